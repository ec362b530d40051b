"""Fetching and pushing, against a stand-in for the Hub: what arrives, and the line that says why something does not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from data_prep.dataset.loading import DATASET_FILES, find_dataset
from data_prep.errors import NicheLensError
from data_prep.hub import MODEL_FILES, HubId, fetch, push
from tests.hub_stand_in import STRANGER, Hub

WEIGHTS = save({"layer.weight": np.arange(12, dtype=np.float32)})
MODEL = {"config.json": b"{}", "model.safetensors": WEIGHTS, "model.py": b"import os", "model.bin": b"pickle"}


def get(text: str, kind: str = "model") -> Path:
    hub_id = HubId.parse(text)
    assert hub_id is not None
    return fetch(hub_id, kind, MODEL_FILES)


@pytest.fixture
def refused() -> Callable[..., str]:
    def refuse(text: str) -> str:
        with pytest.raises(NicheLensError) as caught:
            get(text)
        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith(f"{text}: ")
        return str(caught.value)

    return refuse


@pytest.mark.parametrize(
    ("text", "repository", "revision"),
    [
        ("org/name", "org/name", None),
        ("org/na.me-2@v1.0", "org/na.me-2", "v1.0"),
        ("o/n@refs/pr/3", "o/n", "refs/pr/3"),
    ],
)
def test_ids_are_told_apart_from_paths(text: str, repository: str, revision: str | None) -> None:
    assert HubId.parse(text) == HubId(repository, revision)
    assert str(HubId.parse(text)) == text
    for path in ("name", "./org/name", "/org/name", "~/name", "a/b/c", "org/name@", "org/name@a b", "../name"):
        assert HubId.parse(path) is None
    for elsewhere in ("org/name@../../x", "org/name@/etc", "org/..", "../..", "org/name@a/../../b", "http://host/name"):
        assert HubId.parse(elsewhere) is None


def test_data_arrives_and_code_does_not(hub: Hub) -> None:
    hub.add("lab/model", MODEL)
    folder = get("lab/model")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        name: MODEL[name] for name in ("config.json", "model.safetensors")
    }
    assert folder.name == hub.repositories["model", "lab/model"].commits[-1][0]
    asked = len(hub.requests)
    assert get("lab/model") == folder
    assert not [path for _, path, _ in hub.requests[asked:] if "/resolve/" in path and path.endswith("safetensors")]


def test_a_revision_is_a_tag_or_a_commit(hub: Hub, refused: Callable[..., str]) -> None:
    found = hub.add("lab/model", {"config.json": b'{"v": 1}'})
    first = found.commits[0][0]
    found.tags["v1"] = first
    found.commit({"config.json": b'{"v": 2}'})
    assert (get("lab/model") / "config.json").read_text() == '{"v": 2}'
    for revision in ("v1", first):
        assert (get(f"lab/model@{revision}") / "config.json").read_text() == '{"v": 1}'
    assert "no revision 'v9'" in refused("lab/model@v9")


def test_what_cannot_be_had_is_said_with_what_to_do(
    hub: Hub, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no such model on the Hub" in refused("lab/nothing")
    hub.add("lab/secret", MODEL, private=True)
    hub.add("lab/gated", MODEL, gated=True)
    hub.add("lab/ours", MODEL, private=True)
    assert (get("lab/ours") / "config.json").exists()
    monkeypatch.setenv("HF_TOKEN", STRANGER)
    assert "private? `hf auth login`" in refused("lab/secret")
    assert "accept its terms" in refused("lab/gated")
    monkeypatch.delenv("HF_TOKEN")
    assert "accept its terms" in refused("lab/gated")
    monkeypatch.setenv("HF_TOKEN", "hf_nonsense")
    assert "refuses your token" in refused("lab/gated")


def test_without_a_network_what_was_fetched_still_loads(
    hub: Hub, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("lab/model", MODEL)
    folder = get("lab/model")
    hub.stop()
    assert get("lab/model") == folder
    assert "cannot be reached; connect to the network" in refused("lab/other")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert get("lab/model") == folder
    assert get(f"lab/model@{folder.name}") == folder
    assert "HF_HUB_OFFLINE is set" in refused("lab/other")


def test_a_download_that_broke_off_is_never_loaded(
    hub: Hub, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("lab/model", MODEL)
    hub.cuts["model.safetensors"] = 20
    monkeypatch.setattr("time.sleep", lambda _: None)  # the client waits between its attempts
    assert "try again" in refused("lab/model") or "cannot be reached" in refused("lab/model")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "an earlier download was cut off" in refused("lab/model")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    hub.cuts.clear()
    assert (get("lab/model") / "model.safetensors").read_bytes() == WEIGHTS


def test_a_push_is_one_commit_that_replaces_what_it_owns(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("data/train.parquet", "README.md", "notes.txt"):
        (tmp_path / name).write_text(f"---\ntags: []\n---\n{name}")
    where = HubId("lab/data")
    for _ in range(2):
        push(
            tmp_path,
            ["README.md", "data/train.parquet"],
            where,
            "dataset",
            private=False,
            owned=["data/*"],
            message="m",
        )
    pushed = hub.repositories["dataset", "lab/data"]
    assert set(pushed.files) == {".gitattributes", "README.md", "data/train.parquet"}
    assert len(pushed.commits) == 2  # made empty, then all of it; nothing had changed the second time
    pushed.commit({**pushed.files, "data/stale.parquet": b"", "LICENSE": b"theirs"})
    (tmp_path / "README.md").write_text("---\ntags: []\n---\nnew")
    push(tmp_path, ["README.md", "data/train.parquet"], where, "dataset", private=False, owned=["data/*"], message="m")
    assert set(pushed.files) == {".gitattributes", "README.md", "data/train.parquet", "LICENSE"}


def test_a_push_that_fails_leaves_nothing_of_it(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(WEIGHTS)

    def refusal(text: str, *, private: bool = False) -> str:
        hub_id = HubId.parse(text)
        assert hub_id is not None
        with pytest.raises(NicheLensError) as caught:
            push(tmp_path, ["model.safetensors"], hub_id, "model", private=private, owned=[], message="m")
        return str(caught.value)

    assert "leave out '@v1'" in refusal("lab/model@v1")
    assert "you may not write there" in refusal("others/model")
    monkeypatch.setattr("huggingface_hub.lfs.http_backoff", _once)
    hub.broken = True
    assert "cannot be pushed to the Hub" in refusal("lab/model")
    assert set(hub.repositories["model", "lab/model"].files) == {".gitattributes"}
    assert "can be seen by everybody" in refusal("lab/model", private=True)
    monkeypatch.setenv("HF_TOKEN", STRANGER)
    assert "you may not write there" in refusal("lab/model")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set" in refusal("lab/model")


def _once(method: str, url: str, **given: object) -> object:
    """A request without the client's patience."""
    from huggingface_hub.utils import get_session

    known = {name: value for name, value in given.items() if name in ("headers", "json", "content")}
    return get_session().request(method, url, **known)


def test_a_dataset_comes_from_the_hub_as_from_a_folder(hub: Hub) -> None:
    hub.add("lab/data", {"figure_contract.json": b"{}", "data/train.parquet": b"rows", "run.py": b""}, kind="dataset")
    folder = find_dataset("lab/data")
    assert sorted(path.name for path in folder.rglob("*")) == ["data", "figure_contract.json", "train.parquet"]
    hub.add("lab/other", {"a.csv": b"1"}, kind="dataset")
    with pytest.raises(NicheLensError, match="lab/other: not a NicheLens dataset"):
        find_dataset("lab/other")
    assert "slides/*" in DATASET_FILES
