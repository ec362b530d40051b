"""Fetches models and datasets from the Hub by their ids, and pushes them, with errors that say what to do.

Downloads go to the shared cache, so everything that was fetched before works offline (HF_HUB_OFFLINE=1). A push is one
commit: it uploads all files or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from data_prep.errors import NicheLensError

MODEL_FILES = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model")
"""Files that a model is loaded from. Code and pickled weights are never fetched."""

_HUB_ID = re.compile(r"(?P<repository>\w[\w.-]*/[\w.-]+)(@(?P<revision>[\w./-]+))?")


@dataclass(frozen=True)
class HubId:
    """A model or dataset on the Hub.

    Attributes:
        repository: `org/name`.
        revision: branch, tag or commit; None for the newest.
    """

    repository: str
    revision: str | None = None

    @classmethod
    def parse(cls, text: str) -> HubId | None:
        """The id in `org/name` or `org/name@revision`; None if the text is no id."""
        # The client makes paths of the cache from both, and addresses: neither may lead elsewhere.
        match = None if ".." in text or "@/" in text else _HUB_ID.fullmatch(text)
        return cls(match["repository"], match["revision"]) if match else None

    def __str__(self) -> str:
        return f"{self.repository}@{self.revision}" if self.revision else self.repository


def fetch(hub_id: HubId, kind: str, files: Sequence[str]) -> Path:
    """The local copy of a model or dataset, downloaded if there is none. The folder has the name of the commit.

    Args:
        hub_id: what to fetch.
        kind: "model" or "dataset".
        files: patterns of the files to fetch.

    Raises:
        NicheLensError: the id does not exist, is gated or private, or the Hub cannot be reached.
    """
    from huggingface_hub import snapshot_download

    with _in_one_line(hub_id, kind):
        folder = snapshot_download(
            hub_id.repository, repo_type=kind, revision=hub_id.revision, allow_patterns=list(files)
        )
    return Path(folder)


def push(
    folder: Path, files: Sequence[str], hub_id: HubId, kind: str, *, private: bool, owned: Sequence[str], message: str
) -> str:
    """Upload files of a folder as one commit and return its address.

    Args:
        folder: folder of the files.
        files: their paths in the folder, which are kept.
        hub_id: the target; the repository is created if it does not exist.
        kind: "model" or "dataset".
        private: create a private repository.
        owned: patterns of files that a push replaces completely: files of the repository that match and are not pushed
            are removed.
        message: message of the commit.

    Raises:
        NicheLensError: not logged in, not allowed to write, the Hub cannot be reached, or the repository is public
            although ``private`` is set.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    if hub_id.revision:
        text = f"{hub_id}: a push goes to the main branch; leave out '@{hub_id.revision}'"
        raise NicheLensError(text)
    api, repository = HfApi(), hub_id.repository
    with _in_one_line(hub_id, kind, pushing=True):
        api.create_repo(repository, repo_type=kind, private=private or None, exist_ok=True)
        if private and not api.repo_info(repository, repo_type=kind).private:
            text = f"{hub_id}: exists and can be seen by everybody; make it private on its page, or leave out --private"
            raise NicheLensError(text)
        stored = api.list_repo_files(repository, repo_type=kind)
        stale = [path for path in stored if path not in files and any(fnmatch(path, pattern) for pattern in owned)]
        commit = api.create_commit(
            repository,
            [
                *(CommitOperationAdd(path, folder / path) for path in files),
                *(CommitOperationDelete(path) for path in stale),
            ],
            commit_message=message,
            repo_type=kind,
        )
    return str(commit.commit_url)


@contextmanager
def _in_one_line(hub_id: HubId, kind: str, *, pushing: bool = False) -> Iterator[None]:
    """Turn the errors of the Hub's client into one line that says what to do."""
    from huggingface_hub.errors import HTTPError

    try:
        yield
    except (OSError, HTTPError, ValueError, RuntimeError) as error:  # RuntimeError: the upload of a file failed
        text = f"{hub_id}: {_advice(error, hub_id, kind, pushing=pushing)}"
        raise NicheLensError(text) from error


def _advice(error: Exception, hub_id: HubId, kind: str, *, pushing: bool) -> str:
    """What went wrong at the Hub, and what to do."""
    from huggingface_hub import constants, errors

    connect = "HF_HUB_OFFLINE is set: unset it" if constants.is_offline_mode() else "connect to the network"
    status = getattr(getattr(error, "response", None), "status_code", None)
    reason = "; ".join(" ".join(str(part).split())[:160] for part in (error, error.__cause__) if str(part or ""))
    if isinstance(error, errors.LocalTokenNotFoundError) or (pushing and status in (401, 403)):
        return "you may not write there; check the name, and log in with a token that may (`hf auth login`)"
    if isinstance(error, errors.GatedRepoError):
        return f"this {kind} is gated; accept its terms on its Hub page, then log in with `hf auth login`"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"the Hub has no revision '{hub_id.revision}' of this {kind}; give a branch, a tag or a commit"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"no such folder here and no such {kind} on the Hub; check the name (private? `hf auth login`)"
    if isinstance(error, errors.IncompleteSnapshotError):
        return f"an earlier download was cut off, and the Hub cannot be reached; {connect}, or give a folder"
    if isinstance(error, errors.LocalEntryNotFoundError):
        return (
            f"no such folder here, not in the Hub's cache, and the Hub cannot be reached; {connect}, or give a folder"
        )
    if isinstance(error, errors.OfflineModeIsEnabled) or (isinstance(error, errors.HTTPError) and status is None):
        return f"the Hub cannot be reached; {connect}"
    if status in (401, 403):
        return "the Hub refuses your token; log in again with `hf auth login`"
    return f"cannot be {'pushed to' if pushing else 'fetched from'} the Hub ({reason}); try again"
