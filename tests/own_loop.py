"""Coroutines in tests."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio


def run(function: Callable[..., Any], *arguments: Any) -> Any:
    """Runs an async function in a thread of its own: the browser's loop runs in the thread of the tests."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(anyio.run, function, *arguments).result()
