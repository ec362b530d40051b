"""The script that trains the base on a rented GPU brings back models that open, within its limits."""

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from transformers import AutoModelForImageTextToText, AutoProcessor

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "gpu_pretrain.sh"
MOST_FILES, MOST_BYTES = 8, 15 * 2**20


def run_script(*arguments, **variables):
    environment = os.environ | {"PYTHON": sys.executable} | variables
    return subprocess.run(["bash", str(SCRIPT), *arguments], env=environment, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_rehearsal_packs_each_arm_and_can_be_continued(tmp_path):
    arms = tmp_path / "arms.yaml"
    arms.write_text("first: {}\nsecond: {dense: false}\n")
    out, run = tmp_path / "out", tmp_path / "run"
    arguments = ["--tiny", str(out), "--arms", str(arms), "--finish-seconds", "2"]
    done = run_script(*arguments, "--steps", "2", RUN=str(run), MINUTES="5", KEEP="second first")
    assert done.returncode == 0, done.stderr
    files = list(out.iterdir())
    assert len(files) <= MOST_FILES
    assert all(file.stat().st_size <= MOST_BYTES for file in files)
    unpacked = tmp_path / "unpacked"
    parts = sorted(out.glob("models.tar.*"))
    with tarfile.open(fileobj=io.BytesIO(b"".join(part.read_bytes() for part in parts))) as archive:
        archive.extractall(unpacked, filter="data")
    for model in unpacked.glob("*.tar.gz"):
        with tarfile.open(model) as archive:
            archive.extractall(unpacked, filter="data")
    assert (unpacked / "scores.jsonl").read_text().count("\n") == 2
    for name in ("first", "second"):
        AutoProcessor.from_pretrained(unpacked / name)
        AutoModelForImageTextToText.from_pretrained(unpacked / name)

    again = run_script(*arguments, "--steps", "3", RUN=str(run), MINUTES="5")
    assert again.returncode == 0, again.stderr
    assert "step 3 " in (out / "pretrain.log").read_text()
    assert "step 1 " not in (out / "pretrain.log").read_text()


def test_a_failed_training_without_a_model_says_so(tmp_path):
    done = run_script("--tiny", str(tmp_path / "out"), "--wrong-option", RUN=str(tmp_path / "run"))
    assert done.returncode == 1
    assert "wrong-option" in (tmp_path / "out" / "pretrain.log").read_text()
    assert done.stderr.endswith("error: no model was saved\n")
