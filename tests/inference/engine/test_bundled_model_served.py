"""The bundled model behind `transformers serve` on loopback says word for word what it says when it is loaded here."""

import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

from inference.engine.load_engine import load_engine
from inference.model.calibration import CALIBRATION_FILE
from inference.model.merged_model import write_merged
from inference.model.model_folder import BUNDLED_BASE, find_model
from tests.chat_server import free_port

SERVING = ("openai", "fastapi", "uvicorn")
READY_SECONDS = 120

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not all(map(find_spec, SERVING)), reason="no server here; pip install -e '.[serving]'"),
    pytest.mark.skipif(not BUNDLED_BASE.is_dir(), reason="the bundled base is not here"),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bundled model in one folder, as a server loads it: the base, or base and adapter merged."""
    folder = tmp_path_factory.mktemp("served") / "nano"
    bundled = find_model(None)
    if bundled.is_adapter:
        write_merged(bundled.path, folder, "float32")
    else:
        shutil.copytree(bundled.path, folder)
    # This server gives no probabilities, so its answers cannot be calibrated.
    (folder / CALIBRATION_FILE).unlink(missing_ok=True)
    return folder


@pytest.fixture(scope="module")
def address(whole):
    port = free_port()
    serve = [Path(sys.executable).with_name("transformers"), "serve", whole, "--device", "cpu", "--dtype", "float32"]
    log = whole.with_suffix(".log")
    with log.open("w") as file:
        process = subprocess.Popen(
            [*map(str, serve), "--host", "127.0.0.1", "--port", str(port)], stdout=file, stderr=subprocess.STDOUT
        )
    try:
        _wait(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(url: str, process: subprocess.Popen, log: Path) -> None:
    """Until the server answers."""
    for _ in range(READY_SECONDS * 5):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"not ready after {READY_SECONDS} s: {log.read_text()}")


@pytest.fixture(scope="module")
def local(whole):
    return load_engine(whole, device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def served(whole, address):
    return load_engine(whole, endpoint=address)


def test_same_words_in_the_order_of_the_questions(local, served, questions):
    said = local.answer(questions)
    assert served.answer(questions) == said
    assert set(said) == {"Yes.", "No."}
    assert said != sorted(said)  # an order that could be mixed up
    assert said != sorted(said, reverse=True)
    assert served.image_size == local.image_size


def test_streaming_equals_the_whole_answer(served, questions):
    parts = list(served.stream(questions[0]))
    assert len(parts) > 1
    assert [parts[-1]] == served.answer(questions[:1])
    assert all(parts[-1].startswith(part) for part in parts)


def test_it_gives_no_log_probabilities_so_the_first_word_decides(local, served, questions, caplog):
    found = served.yes_probability(questions)
    assert found.tolist() == (local.yes_logit(questions) > 0).tolist()
    assert {0, 1} == set(found.tolist())
    assert not served.gives_probability
    assert len(caplog.records) <= 1


def test_a_model_that_it_lacks_is_one_line(address, questions):
    from data_prep.errors import NicheLensError

    other = load_engine("nosuch", endpoint=address)
    with pytest.raises(NicheLensError, match="Server is pinned to"):
        other.answer(questions[:1])
