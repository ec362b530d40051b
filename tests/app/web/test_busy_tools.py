"""Many callers end in a polite answer, and a caller who leaves ends the work."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any

import anyio
import numpy as np
import pytest

from app.web.serving import Serving
from app.web.tool_endpoints import RUNNING, CallerLeft, Places, ToolError, check_wanted
from data_prep.tasks import Question
from tests import own_loop
from tests.oracle import Answering


class Waiting(Answering):
    """Answers when it is told to, and notes the time of each batch."""

    def __init__(self, seconds: float) -> None:
        super().__init__(lambda claim: 1.0)
        self.seconds = seconds
        self.may_answer = threading.Event()
        self.times: list[float] = []

    def yes_logit(self, questions: Sequence[Question], batch_size: Any = None, progress: Any = None) -> np.ndarray:
        self.times.append(time.monotonic())
        self.may_answer.wait(self.seconds)
        return super().yes_logit(questions, batch_size, progress)


def test_places_run_some_let_some_wait_and_refuse_the_rest_politely() -> None:
    may_end, running, most = threading.Event(), [0], [0]

    def work() -> str:
        running[0] += 1
        most[0] = max(most[0], running[0])
        may_end.wait(20)
        running[0] -= 1
        return "done"

    async def flood() -> list[str]:
        places, results = Places(waiting=3), []

        async def call() -> None:
            try:
                results.append(await places.run(work))
            except ToolError as error:
                results.append(str(error))

        async with anyio.create_task_group() as group:
            for _ in range(RUNNING + 3 + 5):
                group.start_soon(call)
            with anyio.fail_after(20):
                while len(results) < 5 or running[0] < RUNNING:
                    await anyio.sleep(0.01)
            may_end.set()
        results.append(await places.run(lambda: "free again"))
        return results

    results = own_loop.run(flood)
    assert results[:5] == ["the server is busy (requests waiting: 3); try again in a minute"] * 5
    assert results[5:-1] == ["done"] * (RUNNING + 3)
    assert results[-1] == "free again"
    assert most[0] == RUNNING


def test_work_ends_when_its_caller_leaves() -> None:
    ended = threading.Event()

    def work() -> None:
        while True:
            try:
                check_wanted()
            except CallerLeft:
                ended.set()
                raise
            time.sleep(0.01)

    async def leave() -> None:
        with anyio.move_on_after(0.1):
            await Places(1).run(work)

    own_loop.run(leave)
    assert ended.wait(5)
    check_wanted()  # who calls no tool is wanted


def request(address: str, path: str, arguments: Any, timeout: float = 30) -> bytes:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    asked = urllib.request.Request(f"{address}/gradio_api/{path}", json.dumps(arguments).encode(), headers)
    with urllib.request.urlopen(asked, timeout=timeout) as answer:
        return answer.read()


def call(address: str, name: str, timeout: float = 30, **arguments: Any) -> Any:
    """The result of a tool, called as an MCP client calls it."""
    params = {"name": name, "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = json.loads(request(address, "mcp/", message, timeout).decode().split("data: ")[1])
    return json.loads(answer["result"]["content"][0]["text"])


def test_an_agent_that_leaves_stops_its_screen(serve: Callable[..., Any]) -> None:
    pytest.importorskip("mcp")
    engine = Waiting(seconds=0.25)  # the screen would take 45 seconds
    with serve(engine=engine) as address:
        slide = call(address, "open_slide", example="synthetic tissue")["slices"][0]["slide"]
        call(address, "neighbours", slide=slide, niche="tumour core")  # measures the slide
        left = time.monotonic() + 0.5
        with pytest.raises(TimeoutError):
            call(address, "screen", timeout=0.5, slide=slide, top_n=240)
        time.sleep(3.5)
        assert engine.times, "the screen never began"
        assert max(engine.times) < left + 2.5
        assert len(engine.claims) < 240 * 6


def test_a_full_queue_is_a_polite_answer(serve: Callable[..., Any]) -> None:
    pytest.importorskip("mcp")
    engine = Waiting(seconds=30)
    with serve(Serving(queue_size=1), engine) as address:
        slide = call(address, "open_slide", example="synthetic tissue")["slices"][0]["slide"]
        refused: list[Exception] = []

        def ask() -> None:
            try:
                request(address, "run/ask", {"data": [slide, "GENE001", "tumour core", ""]})
            except urllib.error.HTTPError as error:
                refused.append(json.load(error)["error"])

        callers = [threading.Thread(target=ask) for _ in range(RUNNING + 3)]
        for caller in callers:
            caller.start()
        deadline = time.monotonic() + 20
        while len(refused) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert call(address, "list_niches", slide=slide)["niches"]  # who only looks does not wait for the model
        engine.may_answer.set()
        for caller in callers:
            caller.join(30)
        assert refused == ["the server is busy (requests waiting: 1); try again in a minute"] * 2
