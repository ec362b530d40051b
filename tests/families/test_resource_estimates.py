"""The estimate counts parameters and LoRA right for every family, with and without weights."""

from peft import get_peft_model

from inference.model.loader import load_base, model_without_weights
from inference.model.model_folder import find_model
from training.adapter.lora_targets import lora_config
from training.adapter.resource_estimate import DeviceLoad, choose_checkpointing, measure_model
from training.adapter.training_rows import check_rows, load_splits


def test_a_model_without_weights_and_its_lora_have_the_sizes_of_the_real_one(built):
    loaded = load_base(str(built.base))
    sizes = measure_model(loaded.model)
    assert measure_model(model_without_weights(find_model(built.base))) == sizes
    assert sizes.total == sum(weight.numel() for weight in loaded.model.parameters())
    rows, _ = load_splits(str(built.dataset))
    read = check_rows(rows, loaded.model.config, loaded.processor, built.name)
    assert read.n == len(rows)
    assert read.longest <= read.tokens <= read.n * read.longest
    assert choose_checkpointing(sizes, DeviceLoad(8, read.longest, read.most_patches), 2**40)[0] is False
    adapted = get_peft_model(loaded.model, lora_config(loaded.model, 4, 8))
    assert sizes.adapter(4) == sum(weight.numel() for weight in adapted.parameters() if weight.requires_grad)
