"""Times the first and the second call of each part of a GPU library that a training step uses.

The first step of a run on a GPU is slow. This tells whether the libraries are the reason: each loads its kernels at its
first call. It also times the start of processes that draw figures ahead.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

_WORKERS = 15


def measure_first_calls(device: str) -> dict[str, tuple[float, float]]:
    """Seconds of the (first, second) call of each part; shapes are those of Qwen3.5-2B.

    Args:
        device: "cuda" or "cpu".
    """
    began = time.perf_counter()
    import torch
    import torch.nn.functional as F

    imported = time.perf_counter() - began

    def normal(*shape: int, dtype: Any = torch.bfloat16) -> Any:
        return torch.randn(shape, device=device, dtype=dtype, requires_grad=True)

    def with_backward(forward: Callable[..., Any], *shapes: tuple[int, ...], dtype: Any = torch.bfloat16) -> None:
        forward(*(normal(*shape, dtype=dtype) for shape in shapes)).sum().backward()

    def solve(system: Any, right: Any) -> Any:
        return torch.linalg.solve_triangular(system, right, upper=False, unitriangular=True)

    parts: dict[str, Callable[[], None]] = {
        "context": lambda: normal(1) and None,
        "product": lambda: with_backward(torch.matmul, (1024, 2048), (2048, 2048)),
        "patches (conv3d)": lambda: with_backward(
            lambda x, w: F.conv3d(x, w, stride=(2, 16, 16)), (784, 3, 2, 16, 16), (1024, 3, 2, 16, 16)
        ),
        "convolution (conv1d)": lambda: with_backward(
            lambda x, w: F.conv1d(x, w, groups=6144), (4, 6144, 128), (6144, 1, 4)
        ),
        "triangular system": lambda: with_backward(solve, (4, 16, 2, 64, 64), (4, 16, 2, 64, 128), dtype=torch.float32),
        "attention": lambda: with_backward(F.scaled_dot_product_attention, *[(4, 8, 128, 256)] * 3),
        f"{_WORKERS} processes (fork)": _fork,
    }
    seconds = {"import torch": (imported, 0.0)}
    for name, call in parts.items():
        times = []
        for _ in range(2):
            started = time.perf_counter()
            call()
            if device == "cuda":
                torch.cuda.synchronize()
            times.append(time.perf_counter() - started)
        seconds[name] = (times[0], times[1])
    return seconds


def _fork() -> None:
    children = []
    for _ in range(_WORKERS):
        child = os.fork()
        if not child:
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
