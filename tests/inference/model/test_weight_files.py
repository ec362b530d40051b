"""Files of weights that are not whole are refused, in one line that says which file."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from data_prep.errors import NicheLensError
from inference.model.weight_files import check_weights

WEIGHTS = save({"layer.weight": np.arange(12, dtype=np.float32)})


def test_whole_weights_pass(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(WEIGHTS)
    check_weights("model", tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:-1], id="the last byte is missing"),
        pytest.param(lambda data: data + b"\0", id="one byte too many"),
        pytest.param(lambda data: data[:5], id="cut off in the length of the header"),
        pytest.param(lambda data: data[:20], id="cut off in the header"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: struct.pack("<Q", 2**60) + data[8:], id="a header longer than the file"),
        pytest.param(lambda data: data[:8] + b"[" + data[9:], id="a header that is not JSON"),
        pytest.param(lambda data: b"<html>502 Bad Gateway</html>", id="a web page"),
    ],
)
def test_a_file_that_is_not_whole_is_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    (tmp_path / "model.safetensors").write_bytes(damage(WEIGHTS))
    with pytest.raises(NicheLensError, match=r"^model: cannot be loaded: model\.safetensors .*not a whole safetensors"):
        check_weights("model", tmp_path)
    with pytest.raises(NicheLensError, match="hf download lab/model --force-download"):
        check_weights("lab/model", tmp_path)


def test_every_shard_and_weight_of_an_index_must_be_there(tmp_path: Path) -> None:
    index = tmp_path / "model.safetensors.index.json"
    (tmp_path / "model-1-of-2.safetensors").write_bytes(WEIGHTS)
    index.write_text('{"weight_map": {"layer.weight": "model-1-of-2.safetensors", "head": "model-2-of-2.safetensors"}}')
    with pytest.raises(NicheLensError, match=r"1 of its files are missing \(first model-2-of-2\.safetensors\)"):
        check_weights("model", tmp_path)
    (tmp_path / "model-2-of-2.safetensors").write_bytes(WEIGHTS)
    with pytest.raises(NicheLensError, match=r"model-2-of-2\.safetensors lacks 'head'"):
        check_weights("model", tmp_path)
    index.write_text("{}")
    with pytest.raises(NicheLensError, match=r"index\.json is damaged"):
        check_weights("model", tmp_path)
