"""Two steps of LoRA on a model that is sharded over two processes, saved as a run saves it. Started by torchrun.

python -m torch.distributed.run --standalone --nproc_per_node 2 -m tests.training.sharded_run BASE ADAPTER
"""

import sys

import torch
from peft import PeftModel, get_peft_model
from torch import distributed
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from inference.model.loader import Base, load_base
from training.adapter.lora_targets import lora_config
from training.adapter.run_folder import RunFolder
from training.adapter.settings import SftSettings
from training.adapter.trained_weights import collect_trained_weights


def learn(base: Base, *, processes: int = 1, rank: int = 0) -> PeftModel:
    """Two steps on four made-up rows, which are split over the processes."""
    torch.manual_seed(0)
    model = get_peft_model(base.model, lora_config(base.model, 4, 8))
    if processes > 1:
        mesh = init_device_mesh("cpu", (processes,))
        for layer in model.get_base_model().get_decoder().layers:
            fully_shard(layer, mesh=mesh)
        fully_shard(model, mesh=mesh)
        assert all(isinstance(weight, DTensor) for weight in model.parameters())
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=1e-2, weight_decay=0.0)
    words = torch.randint(10, 200, (4, 12), generator=torch.Generator().manual_seed(1))
    share = words.chunk(processes)[rank]
    for _ in range(2):
        model(input_ids=share, labels=share).loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    return model


def main(base: str, out: str) -> None:
    distributed.init_process_group("gloo")
    loaded = load_base(base)
    model = learn(loaded, processes=2, rank=distributed.get_rank())
    weights = collect_trained_weights(model)
    if distributed.get_rank() == 0:
        folder = RunFolder(out)
        folder.lock(SftSettings(dataset="none", output_dir=out))
        folder.finish(model, weights, loaded.processor, loaded.reference, {})
    distributed.barrier()
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
