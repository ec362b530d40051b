"""Models are found in folders and among the bundled ones, and the line that says why one is not."""

import json

import pytest

from data_prep.errors import NicheLensError
from inference.model import model_folder
from inference.model.model_folder import (
    BUNDLED_BASE,
    CHECKOUT,
    find_base,
    find_base_of_adapter,
    find_model,
)


@pytest.fixture
def adapter(tmp_path):
    """Writes the configuration of an adapter that names a base, and finds its folder."""

    def write(**config: object):
        folder = tmp_path / "adapter"
        folder.mkdir(exist_ok=True)
        (folder / "adapter_config.json").write_text(json.dumps(config))
        return find_model(folder)

    return write


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda d: d / "nothing" / "here", "no such folder"),
        (lambda d: (d / "file.txt").write_text("x") and d / "file.txt", "is a file"),
        (lambda d: "some-org/some-model", "cannot be reached"),
    ],
)
@pytest.mark.parametrize("find", [find_model, find_base])
def test_no_model_is_one_line(find, make, expected, tmp_path):
    with pytest.raises(NicheLensError, match=expected) as caught:
        find(make(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_base_to_fine_tune_is_no_adapter_and_no_empty_folder(adapter, tmp_path):
    with pytest.raises(NicheLensError, match="is an adapter; give --model the base"):
        find_base(adapter().path)
    with pytest.raises(NicheLensError, match=r"holds no config\.json"):
        find_base(tmp_path)


@pytest.mark.skipif(not BUNDLED_BASE.is_dir(), reason="the bundled base is not here")
def test_the_bundled_base_is_named_by_its_path_from_the_checkout(adapter):
    base = find_base(None)
    assert (base.path, base.reference, base.revision) == (BUNDLED_BASE, "models/nichelens-nano", None)
    assert CHECKOUT / base.reference == BUNDLED_BASE
    assert find_base_of_adapter(adapter(base_model_name_or_path=base.reference)).path == BUNDLED_BASE


@pytest.mark.skipif(not BUNDLED_BASE.is_dir(), reason="the bundled base is not here")
def test_a_base_of_another_machine_is_looked_up_among_the_bundled_models(adapter):
    elsewhere = adapter(base_model_name_or_path="/home/somebody/models/nichelens-nano")
    assert find_base_of_adapter(elsewhere).path == BUNDLED_BASE


def test_no_model_named_is_the_bundled_base(tmp_path, monkeypatch):
    monkeypatch.setattr(model_folder, "BUNDLED_BASE", tmp_path)
    assert find_model(None).path == tmp_path


def test_any_other_folder_is_named_by_its_whole_path(base_folder, monkeypatch):
    monkeypatch.chdir(base_folder.parent)
    assert find_base(base_folder.name).reference == str(base_folder.resolve())


def test_a_base_beside_its_adapter_is_named_relatively(adapter, tmp_path):
    (tmp_path / "base").mkdir()
    assert find_base_of_adapter(adapter(base_model_name_or_path="../base")).path == (tmp_path / "base").resolve()


def test_an_adapter_whose_base_is_gone_or_not_named(adapter):
    with pytest.raises(NicheLensError, match=r"its base '\.\./tiny-base' is not here"):
        find_base_of_adapter(adapter(base_model_name_or_path="../tiny-base"))
    with pytest.raises(NicheLensError, match="does not name its base"):
        find_base_of_adapter(adapter(peft_type="LORA"))
