"""The bundled model behind `transformers serve` on loopback says word for word what it says when it is loaded here."""

import dataclasses
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

from data_prep.tasks import describe_question
from inference.engine.confidence import NEVER
from inference.engine.load_engine import load_engine
from inference.model.calibration import CALIBRATION_FILE, Calibration, save_calibration
from inference.model.merged_model import write_merged
from inference.model.model_folder import BUNDLED_ADAPTER
from tests.chat_server import free_port

SERVING = ("openai", "fastapi", "uvicorn")
READY_SECONDS = 120

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not all(map(find_spec, SERVING)), reason="no server here; pip install -e '.[serving]'"),
    pytest.mark.skipif(not BUNDLED_ADAPTER.is_dir(), reason="the bundled adapter is not here"),
]


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    """The bundled base and adapter merged into one folder, as a server loads them."""
    folder = tmp_path_factory.mktemp("served") / "nano"
    write_merged(BUNDLED_ADAPTER, folder, "float32")
    # This server gives no probabilities, so what the model is unsure of can be left out here only.
    (folder / CALIBRATION_FILE).unlink()
    return folder


@pytest.fixture(scope="module")
def address(merged):
    port = free_port()
    serve = [Path(sys.executable).with_name("transformers"), "serve", merged, "--device", "cpu", "--dtype", "float32"]
    log = merged.with_suffix(".log")
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
def local(merged):
    return load_engine(merged, device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def served(merged, address):
    return load_engine(merged, endpoint=address)


def test_same_words_in_the_order_of_the_questions(local, served, facts, questions):
    genes = [str(gene) for gene in facts.slide.genes[:4]]
    asked = [*questions, describe_question(facts.canvas, facts.slide.niches[0], genes)]
    said = local.answer(asked)
    assert served.answer(asked) == said
    assert len(set(said)) > 4  # an order that could be mixed up
    assert served.image_size == local.image_size


def test_streaming_equals_the_whole_answer(served, questions):
    parts = list(served.stream(questions[0]))
    assert len(parts) > 3
    assert [parts[-1]] == served.answer(questions[:1])
    assert all(parts[-1].startswith(part) for part in parts)


def test_it_gives_no_log_probabilities_so_the_first_word_decides(local, served, questions, caplog):
    found = served.yes_probability(questions)
    assert found.tolist() == (local.yes_logit(questions) > 0).tolist()
    assert {0, 1} == set(found.tolist())
    assert not served.gives_probability
    assert len(caplog.records) <= 1


def test_kinds_of_claims_that_are_never_right_are_left_out(merged, address, local, questions):
    calibration = Calibration(least_confidence={"located": NEVER})
    file = save_calibration(calibration, merged)
    try:
        served = load_engine(merged, endpoint=address)
    finally:
        file.unlink()
    strict = object.__new__(type(local))
    strict.__dict__.update(local.__dict__, calibration=dataclasses.replace(calibration))
    said = strict.answer(questions[:4])
    assert served.answer(questions[:4]) == said
    assert said != local.answer(questions[:4])


def test_a_model_that_it_lacks_is_one_line(address, questions):
    from data_prep.errors import NicheLensError

    other = load_engine("nosuch", endpoint=address)
    with pytest.raises(NicheLensError, match="Server is pinned to"):
        other.answer(questions[:1])
