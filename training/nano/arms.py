"""Arms: the models that one run trains side by side on the same lessons, for example to compare designs at equal cost.

A file of arms is YAML: the name of each arm, and the sizes (`NanoConfig`) and switches (`Arm`) in which it differs.

    patch8: {patch_size: 8, scale_factor: 4, vision_hidden: 128, vision_heads: 2, vision_intermediate: 512}
    no_dense: {dense: false}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from data_prep.errors import NicheLensError
from training.nano.architecture import NanoConfig
from training.nano.lesson_prompts import asked_kinds

ONLY_ARM = "model"
"""Name of the arm of a run that trains one model."""
_NAME = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True)
class Arm:
    """One model of a run.

    Attributes:
        name: of its folder in the output.
        sizes: of the model.
        dense: whether it learns from dense targets too.
        in_words: whether its answer Yes repeats the claim in words.
        rate: its peak learning rate, as a share of the run's.
        kind_weights: kind of claim → weight of the loss on its answers; kinds that are left out have 1.
    """

    name: str
    sizes: NanoConfig
    dense: bool = True
    in_words: bool = False
    rate: float = 1.0
    kind_weights: Mapping[str, float] = field(default_factory=dict)


def read_arms(file: str, sizes: NanoConfig) -> list[Arm]:
    """The arms of a file.

    Args:
        file: path of a YAML file; "" for one arm.
        sizes: of the arms, where the file does not say otherwise.

    Raises:
        NicheLensError: there is no such file, or it is not a mapping of known settings.
    """
    if not file:
        return [Arm(ONLY_ARM, sizes)]
    import yaml

    path = Path(file)
    if not path.is_file():
        message = f"arms is {file}: no such file"
        raise NicheLensError(message)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{file}: not readable as YAML ({' '.join(str(error).split())})"
        raise NicheLensError(message) from error
    if not isinstance(content, Mapping) or not content:
        message = f"{file}: must map names of arms to their settings"
        raise NicheLensError(message)
    return [_arm(file, name, changes or {}, sizes) for name, changes in content.items()]


def _arm(file: str, name: object, changes: object, sizes: NanoConfig) -> Arm:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(changes, Mapping):
        message = f"{file}: {name!r} must be a name in small letters, digits and _, followed by its settings"
        raise NicheLensError(message)
    default_of = {one.name: getattr(sizes, one.name) for one in fields(NanoConfig)}
    of_sizes = set(default_of)
    plain = Arm(name, sizes)
    default_of |= {one.name: getattr(plain, one.name) for one in fields(Arm) if one.name not in ("name", "sizes")}
    for key, value in changes.items():
        if key not in default_of:
            message = f"{file}: arm {name} has the unknown setting '{key}'"
            raise NicheLensError(message)
        if type(value) is not type(default_of[key]):
            message = f"{file}: {key} of arm {name} is {value!r} and must be {type(default_of[key]).__name__}"
            raise NicheLensError(message)
    for kind, weight in changes.get("kind_weights", {}).items():
        if kind not in asked_kinds() or type(weight) not in (int, float) or not weight > 0:
            message = (
                f"{file}: kind_weights of arm {name}: '{kind}: {weight}' must be a kind of claim and a number above 0"
            )
            raise NicheLensError(message)
    own_sizes = replace(sizes, **{key: value for key, value in changes.items() if key in of_sizes})
    return replace(plain, sizes=own_sizes, **{key: value for key, value in changes.items() if key not in of_sizes})
