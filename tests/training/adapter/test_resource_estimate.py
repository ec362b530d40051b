"""Estimates: counts are exact, memory is close to a measured step, and checkpointing is chosen by it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from peft import get_peft_model
from transformers import AutoModelForImageTextToText

from data_prep.errors import NicheLensError
from inference.model.decoder import decoder_linears
from inference.model.loader import load_base, model_without_weights
from inference.model.model_folder import BUNDLED_BASE, find_model
from tests.benchmarks.sizes import describe
from training.adapter.lora_targets import lora_config
from training.adapter.resource_estimate import (
    GIB,
    DeviceLoad,
    ModelSizes,
    choose_checkpointing,
    count_operations,
    estimate_memory,
    measure_model,
    shard_memory,
)
from training.adapter.training_rows import RowSizes, check_rows, load_splits
from training.sft import train

REPOSITORY = Path(__file__).resolve().parents[3]
LARGE = ModelSizes(  # about the language model of a 2B base
    total=2_200_000_000,
    decoder=1_400_000_000,
    vision=400_000_000,
    linears=((2048, 2048), (2048, 512), (2048, 512), (2048, 2048), (2048, 6144), (2048, 6144), (6144, 2048)) * 28,
    layers=28,
    hidden=2048,
    feed_forward=6144,
    vocabulary=150_000,
    vision_hidden=1024,
)
STEPS = """
import json, torch
from pathlib import Path
from peft import get_peft_model
from transformers import AutoModelForImageTextToText
from inference.model.loader import load_base
from tests.benchmarks.sizes import describe
from training.adapter.lora_targets import lora_config
from training.adapter.resource_estimate import DeviceLoad, estimate_memory, measure_model

batch, tokens = 12, 192
model = load_base(None).model
sizes = measure_model(model)
model = get_peft_model(model, lora_config(model, 16, 32)).train()
model.enable_input_require_grads()
words = torch.randint(10, sizes.vocabulary, (batch, tokens), generator=torch.Generator().manual_seed(0))
memory_of = lambda name: 1024 * int(Path("/proc/self/status").read_text().split(name)[1].split()[0])
for checkpointing in (False, True):
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    model(input_ids=words[:1, :8]).logits.sum().backward()  # what is made once
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    before = memory_of("VmRSS:")
    model(input_ids=words, labels=words, use_cache=False).loss.backward()
    parts = estimate_memory(sizes, DeviceLoad(batch, tokens, on_gpu=False, bf16=False), checkpointing=checkpointing)
    # Not TRL's fused head here but the whole logits, once.
    print(json.dumps([memory_of("VmHWM:") - before, parts["activations"] + 4 * words.numel() * sizes.vocabulary]))
"""


@pytest.fixture(scope="module")
def model(base):
    return load_base(str(base)).model


def test_a_model_without_weights_has_the_sizes_of_the_real_one(model, base):
    weightless = model_without_weights(find_model(base))
    assert all(weight.is_meta for weight in weightless.parameters())
    assert measure_model(weightless) == measure_model(model)
    sizes = measure_model(model)
    assert sizes.total == sum(weight.numel() for weight in model.parameters())
    words = model.get_input_embeddings().weight.numel()
    assert sizes.total == sizes.decoder + sizes.vision + words  # the head is tied to the words
    assert sizes.linears == tuple(
        (layer.in_features, layer.out_features)
        for name in decoder_linears(model)
        for layer in [model.get_submodule(name)]
    )


def test_the_bundled_base_is_counted_to_the_byte():
    sizes = measure_model(model_without_weights(find_model(BUNDLED_BASE)))
    head = int.from_bytes((BUNDLED_BASE / "model.safetensors").open("rb").read(8), "little")
    stored = (BUNDLED_BASE / "model.safetensors").stat().st_size - 8 - head
    assert sizes.weight_bytes(2, four_bit=False) == stored


@pytest.mark.parametrize("rank", [1, 16])
def test_adapter_gradients_and_optimiser_are_counted_to_the_byte(base, rank):
    loaded = load_base(str(base)).model
    sizes = measure_model(loaded)
    adapted = get_peft_model(loaded, lora_config(loaded, rank, 32))
    learning = [weight for weight in adapted.parameters() if weight.requires_grad]
    assert sizes.adapter(rank) == sum(weight.numel() for weight in learning)
    optimiser = torch.optim.AdamW(learning)
    for weight in learning:
        weight.grad = torch.ones_like(weight)
    optimiser.step()
    state = [value for found in optimiser.state.values() for value in found.values() if value.ndim]
    parts = estimate_memory(sizes, DeviceLoad(1, 8, rank=rank), checkpointing=False)
    assert parts["adapter"] == sum(weight.nbytes for weight in learning)
    assert parts["gradients"] == sum(weight.grad.nbytes for weight in learning)
    assert parts["optimiser"] == sum(value.nbytes for value in state)


def test_weights_in_four_bits_are_counted_to_the_byte(base_of_whole_blocks):
    whole = measure_model(load_base(str(base_of_whole_blocks)).model)
    packed = load_base(str(base_of_whole_blocks), four_bit=True).model
    assert measure_model(packed) == whole
    states = [weight.quant_state for weight in packed.parameters() if hasattr(weight, "quant_state")]
    held = sum(weight.nbytes for weight in packed.parameters())
    held += sum(state.absmax.nbytes + state.state2.absmax.nbytes for state in states)
    assert whole.weight_bytes(4, four_bit=True) == held


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peaks are measured as Linux tells them")
def test_a_step_takes_about_the_estimated_memory():
    # Without this setting the C library keeps freed memory, which raises the peak.
    environment = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536"}
    command = [sys.executable, "-c", STEPS]
    ran = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True)
    for line in ran.stdout.splitlines()[-2:]:
        measured, estimated = json.loads(line)
        assert estimated == pytest.approx(measured, rel=0.2)


def test_memory_grows_with_the_load_and_shrinks_with_what_saves_memory():
    def total(checkpointing=False, **changes):
        return sum(
            estimate_memory(
                LARGE, DeviceLoad(**({"batch": 8, "tokens": 400} | changes)), checkpointing=checkpointing
            ).values()
        )

    assert total(batch=16) > total()
    assert total(tokens=800) > total()
    assert total(checkpointing=True) < total()
    assert total(four_bit=True) < total()
    assert total(on_gpu=False, bf16=False) > total()
    parts = estimate_memory(LARGE, DeviceLoad(8, 400), checkpointing=False)
    assert sum(shard_memory(parts, LARGE, 8).values()) < sum(parts.values())
    assert shard_memory(parts, LARGE, 8)["activations"] == parts["activations"]


def test_activations_are_recomputed_only_where_they_would_not_fit():
    held = DeviceLoad(8, 400)
    kept, again = (sum(estimate_memory(LARGE, held, checkpointing=choice).values()) for choice in (False, True))
    assert choose_checkpointing(LARGE, held, 2 * kept)[0] is False
    chosen, reason = choose_checkpointing(LARGE, held, kept)
    assert chosen
    assert f"would take about {kept / GIB:.1f} GiB" in reason
    assert "may not fit" not in reason
    assert "lower per_device_batch_size" in choose_checkpointing(LARGE, held, again)[1]


def test_a_run_logs_its_choice_and_the_reason(settings, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr("training.adapter.resource_estimate.device_memory", lambda processes: 2**20)
    made = settings(max_steps=1)
    train(made)
    assert "activation checkpointing is on: a step would take about" in caplog.text
    monkeypatch.undo()
    caplog.clear()
    train(settings(max_steps=1, output_dir=made.output_dir + "-2"))
    assert "activation checkpointing is off: a step takes about" in caplog.text


def test_operations_are_counted_after_kaplan():
    rows = RowSizes(n=10, tokens=4000, longest=400, patches=7840, most_patches=784)
    once = count_operations(LARGE, rows, 1, 16, checkpointing=False)
    assert count_operations(LARGE, rows, 3, 16, checkpointing=False) == pytest.approx(3 * once)
    # A token costs four operations for each frozen weight of the decoder; head, LoRA and pictures add some.
    assert 4 * LARGE.decoder * rows.tokens < once < 8 * LARGE.decoder * rows.tokens
    assert count_operations(LARGE, rows, 1, 16, checkpointing=True) - once == pytest.approx(
        2 * LARGE.decoder * rows.tokens
    )


def test_rows_are_measured_as_the_collator_makes_them(base, dataset):
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    from training.adapter.training_rows import with_rendering

    loaded = load_base(str(base))
    rows, _ = load_splits(str(dataset))
    found = check_rows(rows, loaded.model.config, loaded.processor, "D")
    collate = DataCollatorForVisionLanguageModeling(loaded.processor, completion_only_loss=True)
    lengths = [collate([row])["input_ids"].shape[1] for row in with_rendering(rows, loaded.processor)]
    assert (found.n, found.tokens, found.longest) == (8, sum(lengths), max(lengths))
    patches = (128 // loaded.model.config.vision_config.patch_size) ** 2
    assert (found.patches, found.most_patches) == (8 * patches, patches)


def test_an_estimate_fetches_no_weights(hub, base, dataset, capsys):
    from app.cli import main

    files = {file.name: file.read_bytes() for file in base.iterdir()}
    hub.add("lab/tiny", {**files, "model.safetensors": b"never asked for"})
    asked = ["plan", "--model", "lab/tiny", "--dataset", str(dataset), "--gpus", "2", "--gpu-memory", "24"]
    assert main([*asked, "--price", "2.5", "--load-in-4bit"]) == 0
    said = capsys.readouterr().out
    assert f"{measure_model(model_without_weights(find_model(base))).total:,} parameters" in said
    assert "of 24: fits" in said
    assert "30% of 989 TFLOP/s" in said
    assert "cost: 0.00 at 2.50" in said
    assert not [path for _, path, _ in hub.requests if path.endswith("safetensors")]
    assert main([*asked, "--mfu", "0"]) == 2
    assert main([*asked, "--activation-checkpointing", "yes"]) == 2


def test_a_text_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(NicheLensError, match="no vision-language model is described there"):
        model_without_weights(find_model(tmp_path))


@pytest.mark.parametrize("bf16", [True, False])
def test_linear_attention_keeps_what_is_estimated(bf16):
    config, _ = describe("2b", ["Is it a marker?", "Yes."])
    text = config.text_config
    text.num_hidden_layers, text.layer_types, text.vocab_size = 4, text.layer_types[:4], 256
    config.vision_config.depth = 1
    model = AutoModelForImageTextToText.from_config(config, dtype=torch.bfloat16 if bf16 else torch.float32)
    sizes = measure_model(model)
    adapted = get_peft_model(model, lora_config(model, 1, 2)).train()
    adapted.enable_input_require_grads()
    weights = {weight.untyped_storage().data_ptr() for weight in adapted.parameters()}
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = tensor
        return tensor

    tokens = 192
    words = torch.zeros(1, tokens, dtype=torch.long)
    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        torch.autocast("cpu", torch.bfloat16, enabled=bf16),
    ):
        adapted.model.model.language_model(input_ids=words, use_cache=False)
    measured = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    layers = 4 * sizes.layer_bytes(bf16=bf16) + 3 * sizes.linear_attention.token_bytes(bf16=bf16)
    assert tokens * layers == pytest.approx(measured, rel=0.1)
    assert tokens * 4 * sizes.layer_bytes(bf16=bf16) < 0.6 * measured


@pytest.mark.parametrize(
    ("size", "load", "measured_gib"),
    [
        ("2b", DeviceLoad(16, 712, 3 * 784), 71.8),
        ("9b", DeviceLoad(4, 713, 3 * 784, four_bit=True), 49.2),
    ],
)
def test_the_estimate_is_close_to_runs_on_a_gpu(size, load, measured_gib):
    # Peaks of training.sft in docs/performance.md; an estimate that is too low would end a run.
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(describe(size, ["Is it a marker?", "Yes."])[0])
    estimated = sum(estimate_memory(measure_model(model), load, checkpointing=False).values()) / GIB
    assert measured_gib < estimated < 1.15 * measured_gib
