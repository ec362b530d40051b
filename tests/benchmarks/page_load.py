"""Many visitors at once: each opens a slide of their own and asks, describes and screens on the real page.

    python -m tests.benchmarks.page_load --clients 32 --seconds 300

Starts `nichelens demo` in a process of its own, lets the clients work, and prints how long they waited, what failed,
whether anybody saw another one's slide, and how the memory of the server grew in the last half.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from tests.chat_server import free_port

OWN = re.compile(r"Visitor(\d{4})Slide")
"""Each gene and niche of a client's slide holds the client's number, in words that no encoded array holds by chance."""
POLITE = "queue is full"
BUTTONS: dict[str, list[Any]] = {"Ask": [""], "Describe": [], "Find markers": [30, False]}
"""Words of each button that is pressed → its inputs after slice, niche and gene."""
LOOK_SECONDS = 2.0


@dataclass
class Record:
    """What the clients saw. Threads share it.

    Attributes:
        waits: what was asked → seconds until it was answered.
        failures: what went wrong → how often.
        foreign: texts in which a client found another one's names.
        memory: (seconds since the start, bytes of the server).
    """

    waits: dict[str, list[float]] = field(default_factory=dict)
    failures: Counter = field(default_factory=Counter)
    foreign: list[str] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class QueueFull(Exception):
    """The server asks to come back later."""


class Visitor:
    """A browser's side of Gradio's protocol: one session on the page.

    Args:
        address: of the page.
        number: of the client.
    """

    def __init__(self, address: str, number: int) -> None:
        self._http = httpx.Client(base_url=address, timeout=180)
        self._session = secrets.token_hex(6)
        self._number = number
        config = self._http.get("/config").json()
        self._components = {c["id"]: c for c in config["components"]}
        self._events = config["dependencies"]
        self._alive = threading.Thread(target=self._beat, daemon=True)
        self._alive.start()

    def leave(self) -> None:
        """Closes the page."""
        self._http.close()

    def load(self) -> list[Any]:
        """Opens the page."""
        return self.fire(self._event("load", None), [None])

    def upload(self, path: Path) -> list[Any]:
        """Opens a slide."""
        with path.open("rb") as file:
            (stored,) = self._http.post("/gradio_api/upload", files={"files": (path.name, file)}).json()
        data = {"path": stored, "orig_name": path.name, "meta": {"_type": "gradio.FileData"}}
        return self.fire(self._event("upload", "uploadbutton"), [None, data])

    def press(self, button: str, choice: list[Any], rest: list[Any] | None = None) -> list[Any]:
        """Presses a button of a tab.

        Args:
            button: its words.
            choice: slice, niche and gene.
            rest: further inputs.
        """
        event = self._event("click", "button", button)
        return self.fire(event, [None, *choice, *(rest or [])][: len(event["inputs"])])

    def fire(self, event: dict[str, Any], data: list[Any]) -> list[Any]:
        """Sends an event and waits for its last answer.

        Raises:
            QueueFull: the server is too busy, and says so.
            RuntimeError: the event failed.
        """
        data = data + [None] * (len(event["inputs"]) - len(data))
        body = {"data": data, "fn_index": event["id"], "session_hash": self._session, "event_data": None}
        joined = self._http.post("/gradio_api/queue/join", json=body)
        if joined.status_code == 503 and POLITE in joined.text.lower():
            raise QueueFull
        joined.raise_for_status()
        event_id = joined.json()["event_id"]
        last: list[Any] = []
        with self._http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._session}) as stream:
            for line in stream.iter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                if message.get("event_id") not in (None, event_id):
                    continue
                if message["msg"] == "process_completed":
                    if not message["success"]:
                        text = json.dumps(message.get("output"))
                        if POLITE in text.lower():
                            raise QueueFull
                        raise RuntimeError(text[:200])
                    return message["output"].get("data", last)
                if message["msg"] in ("unexpected_error", "close_stream"):
                    raise RuntimeError(json.dumps(message)[:200])
        message = "the stream ended without an answer"
        raise RuntimeError(message)

    def _event(self, trigger: str, kind: str | None, words: str = "") -> dict[str, Any]:
        for event in self._events:
            for component, name in event["targets"]:
                shown = self._components.get(component)
                if name != trigger or (kind and (not shown or shown["type"] != kind)):
                    continue
                if not words or (shown and shown["props"].get("value") == words):
                    return event
        message = f"the page has no event {trigger} {words}"
        raise LookupError(message)

    def _beat(self) -> None:
        """Keeps the session alive, as an open page does."""
        try:
            with self._http.stream("GET", f"/gradio_api/heartbeat/{self._session}", timeout=None) as stream:
                for _ in stream.iter_raw():
                    pass
        except (httpx.HTTPError, RuntimeError):
            return


def own_name(number: int) -> str:
    """What the names of a client's slide begin with."""
    return f"Visitor{number:04}Slide"


def write_slide(folder: Path, number: int) -> Path:
    """A slide whose genes and niches hold a number."""
    import anndata as ad
    import pandas as pd
    import scipy.sparse as sp

    from data_prep.synth.tissue import make_slide

    slide = make_slide(number, n_spots=500, n_niches=4, n_genes=60)
    own = own_name(number)
    adata = ad.AnnData(
        sp.csr_matrix(slide.counts),
        obs=pd.DataFrame({"region": pd.Categorical([f"{own} {slide.niches[code]}" for code in slide.niche])}),
        var=pd.DataFrame(index=[f"{own}{gene}" for gene in slide.genes]),
    )
    adata.obs_names = [f"spot{i}" for i in range(adata.n_obs)]
    adata.obsm["spatial"] = slide.xy
    path = folder / f"slide{number}.h5ad"
    adata.write_h5ad(path)
    return path


def work(address: str, number: int, slide: Path, until: float, record: Record) -> None:
    """One client: visits until the time is over."""
    rng = np.random.default_rng(number)
    while time.monotonic() < until:
        try:
            visit(Visitor(address, number), number, slide, rng, until, record)
        except QueueFull:
            with record.lock:
                record.failures["told politely that the queue is full"] += 1
            time.sleep(2)
        except Exception as error:
            with record.lock:
                record.failures[f"{type(error).__name__}: {str(error)[:120]}"] += 1
            time.sleep(1)


def visit(visitor: Visitor, number: int, slide: Path, rng: np.random.Generator, until: float, record: Record) -> None:
    """One visit: opens the slide, and presses five buttons."""
    own = own_name(number)
    timed(record, "open the page", visitor.load)
    check(record, number, timed(record, "open a slide", lambda: visitor.upload(slide)))
    for _ in range(5):
        if time.monotonic() > until:
            break
        choice = [slide.stem, f"{own} Niche {'ABCD'[rng.integers(4)]}", f"{own}GENE{rng.integers(1, 61):03d}"]
        button = ("Ask", "Ask", "Describe", "Find markers")[rng.integers(4)]
        press = partial(visitor.press, button, choice, BUTTONS[button])
        check(record, number, timed(record, button, press))
    visitor.leave()


def timed(record: Record, name: str, action: Callable[[], list[Any]]) -> list[Any]:
    """Does something and notes how long it took."""
    start = time.monotonic()
    result = action()
    with record.lock:
        record.waits.setdefault(name, []).append(time.monotonic() - start)
    return result


def check(record: Record, number: int, result: list[Any]) -> None:
    """Notes names of other clients."""
    found = {int(text) for text in OWN.findall(json.dumps(result))}
    if number not in found:
        with record.lock:
            record.failures["an answer without the client's own names"] += 1
    if found - {number}:
        with record.lock:
            record.foreign.append(f"client {number} saw {sorted(found - {number})}")


def watch(process: psutil.Process, start: float, until: float, record: Record) -> None:
    """Notes the memory of the server."""
    while time.monotonic() < until:
        record.memory.append((time.monotonic() - start, process.memory_info().rss))
        time.sleep(LOOK_SECONDS)


def growth_in_last_half(memory: list[tuple[float, int]]) -> float:
    """How much the memory grew over the last half, by a straight line: 0.05 for 5 %."""
    seconds, rss = np.array(memory, float).T
    half = seconds >= seconds[-1] / 2
    slope, begin = np.polyfit(seconds[half], rss[half], 1)
    first, last = begin + slope * seconds[half][0], begin + slope * seconds[-1]
    return float(last / first - 1)


def run(clients: int, seconds: float, workdir: Path) -> Record:
    """Starts the server, lets the clients work, and ends it."""
    slides = [write_slide(workdir, number) for number in range(clients)]
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "nichelens", "demo", "--port", str(port), "--queue-size", str(2 * clients)],
        stdout=subprocess.DEVNULL,
        stderr=(workdir / "server.log").open("w"),
    )
    address = f"http://127.0.0.1:{port}"
    record = Record()
    try:
        for _ in range(600):
            try:
                httpx.get(f"{address}/config").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.2)
        start = time.monotonic()
        until = start + seconds
        threads = [
            threading.Thread(target=work, args=(address, number, slides[number], until, record))
            for number in range(clients)
        ]
        threads.append(threading.Thread(target=watch, args=(psutil.Process(server.pid), start, until, record)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        server.terminate()
        server.wait(30)
    return record


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nichelens-load-") as folder:
        record = run(options.clients, options.seconds, Path(folder))
        print((Path(folder) / "server.log").read_text()[-2000:], file=sys.stderr)
    print(f"{options.clients} clients, {options.seconds:.0f} s")
    print(f"{'':16} {'n':>6} {'median s':>9} {'95 % s':>9} {'longest':>9}")
    for name, waits in sorted(record.waits.items()):
        print(f"{name:16} {len(waits):6} {np.median(waits):9.2f} {np.quantile(waits, 0.95):9.2f} {max(waits):9.2f}")
    for words, number in record.failures.items():
        print(f"{number} × {words}")
    print(f"saw another one's slide: {len(record.foreign)} {record.foreign[:3]}")
    first, last = record.memory[len(record.memory) // 2][1], record.memory[-1][1]
    print(f"memory: {first / 2**20:.0f} MiB at half time, {last / 2**20:.0f} MiB at the end")
    print(f"growth in the last half, by a straight line: {growth_in_last_half(record.memory):+.1%}")


if __name__ == "__main__":
    main()
