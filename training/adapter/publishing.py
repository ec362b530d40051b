"""Publishes an adapter on the Hub with its processor, contract, scores and card, and its dataset if asked.

Everything is checked before anything is sent. Only files that belong to an adapter are sent, and none of them holds a
path of this machine.
"""

from __future__ import annotations

import json
import shutil
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from data_prep.dataset.loading import CARD_FILE, CONTRACT_FILE, DATASET_FILES, find_dataset
from data_prep.errors import NicheLensError
from data_prep.hub import HubId, push
from data_prep.json_files import read_json
from inference.model.model_folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS, CHECKOUT, RUN_CONFIG
from inference.model.weight_files import check_weights
from training.adapter.adapter_card import adapter_card

EVALUATION_FILE = "evaluation.json"
_REQUIRED_FILES = (ADAPTER_CONFIG, ADAPTER_WEIGHTS, CONTRACT_FILE, RUN_CONFIG)
_OPTIONAL_FILES = (
    "calibration.json",
    "training_log.json",
    EVALUATION_FILE,
    "processor_config.json",
    "preprocessor_config.json",
    "video_preprocessor_config.json",
    "chat_template.jinja",
    "chat_template.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
)


def publish(
    adapter: Path,
    hub_id: HubId,
    *,
    private: bool = False,
    evaluation: Path | None = None,
    base: str | None = None,
    dataset: str | None = None,
) -> list[str]:
    """Upload an adapter with its processor, run, figure contract, calibration, evaluation and card.

    Args:
        adapter: folder that `training.sft` wrote.
        hub_id: where the adapter is published.
        private: whether only its owner may see it.
        evaluation: JSON that `nichelens evaluate` wrote; None for the one in the folder, if there is one.
        base: Hub id of the base, for an adapter that was trained on a local copy.
        dataset: the training dataset, which is uploaded first under the same id; None to upload none.

    Returns:
        Addresses of the commits.

    Raises:
        NicheLensError: the adapter is incomplete; the evaluation or the dataset has another figure contract; the base
            is a folder of this machine; or the Hub refuses.
    """
    missing = [name for name in _REQUIRED_FILES if not (adapter / name).is_file()]
    if missing:
        message = f"{adapter}: holds no {missing[0]}; give the folder of an adapter that training.sft wrote"
        raise NicheLensError(message)
    check_weights(str(adapter), adapter)
    config, run = (read_json(str(adapter), adapter / name) for name in (ADAPTER_CONFIG, RUN_CONFIG))
    if base:
        _name_base(config, run, base)
    _check_base(adapter, config)
    if evaluation is None and (adapter / EVALUATION_FILE).is_file():
        evaluation = adapter / EVALUATION_FILE
    scores = _read_evaluation(evaluation, str(run["contract"])) if evaluation else None
    pushed = []
    if dataset is not None:
        _check_dataset(dataset, str(run["contract"]))
        pushed.append(_push_dataset(find_dataset(dataset), hub_id, private=private))
    with TemporaryDirectory(prefix="nichelens-push-") as made:
        folder = Path(made)
        for name in (*_REQUIRED_FILES, *_OPTIONAL_FILES):
            if (adapter / name).is_file():
                shutil.copy(adapter / name, folder / name)
        _write(folder / ADAPTER_CONFIG, config)
        _write(folder / RUN_CONFIG, run)
        if scores is not None:
            _write(folder / EVALUATION_FILE, scores)
        card = adapter_card(run, scores, hub_id.repository, hub_id.repository if dataset else "")
        (folder / CARD_FILE).write_text(card, encoding="utf-8")
        files = sorted(file.name for file in folder.iterdir())
        message = f"NicheLens adapter {run['name']}"
        owned_files = (*_REQUIRED_FILES, *_OPTIONAL_FILES)
        pushed.append(push(folder, files, hub_id, "model", private=private, owned=owned_files, message=message))
    return pushed


def _push_dataset(folder: Path, hub_id: HubId, *, private: bool) -> str:
    """Upload a dataset with its card, and with its slides if figures are drawn from them."""
    paths = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    files = sorted(path for path in paths if any(fnmatch(path, pattern) for pattern in DATASET_FILES))
    return push(folder, files, hub_id, "dataset", private=private, owned=DATASET_FILES, message="NicheLens dataset")


def _check_dataset(dataset: str, contract: str) -> None:
    dataset_contract = read_json(dataset, find_dataset(dataset) / CONTRACT_FILE).get("hash")
    if dataset_contract != contract:
        message = (
            f"{dataset}: has figure contract {dataset_contract}, and the adapter {contract}; "
            "give the dataset that the adapter was trained on"
        )
        raise NicheLensError(message)


def _name_base(config: dict[str, Any], run: dict[str, Any], base: str) -> None:
    """Replace the name of an adapter's base by a Hub id."""
    named = HubId.parse(base)
    if named is None:
        message = f"--base {base}: is no Hub id; give org/name or org/name@revision"
        raise NicheLensError(message)
    config |= {"base_model_name_or_path": named.repository, "revision": named.revision}
    run["base"] = {"name": named.repository, "on_hub": True, "revision": named.revision}


def _check_base(adapter: Path, config: dict[str, Any]) -> None:
    base = str(config.get("base_model_name_or_path") or "")
    is_bundled = (CHECKOUT / base).is_dir() and not Path(base).is_absolute()
    is_on_hub = HubId.parse(base) is not None and not Path(base).exists()
    if not base or not (is_bundled or is_on_hub):
        message = (
            f"{adapter}: its base is a folder of this machine ('{base}'), which others do not have; "
            "say which model on the Hub it is with --base org/name"
        )
        raise NicheLensError(message)


def _read_evaluation(file: Path, contract: str) -> dict[str, Any]:
    scores = read_json(str(file.parent), file)
    if not {"kinds", "contract", "dataset", "split"} <= scores.keys():
        message = f"{file}: is no evaluation; give the JSON that `nichelens evaluate --out` wrote"
        raise NicheLensError(message)
    if scores["contract"] != contract:
        message = f"{file}: evaluates a model of figure contract {scores['contract']}, and this one has {contract}"
        raise NicheLensError(message)
    return scores


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
