"""The vocabulary: every kind of claim that NicheLens can make, found in the files of `data_prep.claims.kinds`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from data_prep.claims import kinds
from data_prep.claims.claim_type import ClaimType


def _find_files() -> dict[str, ModuleType]:
    names = sorted(module.name for module in iter_modules(kinds.__path__))
    return {name: import_module(f"{kinds.__name__}.{name}") for name in names}


def _find_types() -> dict[str, ClaimType]:
    found: dict[str, ClaimType] = {}
    for file in _FILES.values():
        for claim_type in file.TYPES:
            if claim_type.kind in found:
                message = f"two files of {kinds.__name__} have the kind '{claim_type.kind}'"
                raise ValueError(message)
            found[claim_type.kind] = claim_type
    return found


def thresholds() -> dict[str, dict[str, float | list[float]]]:
    """File of a kind → its public numbers in capitals, own or imported: the thresholds of its claims."""
    return {name: numbers for name, file in _FILES.items() if (numbers := _numbers(vars(file)))}


def _numbers(constants: Mapping[str, object]) -> dict[str, float | list[float]]:
    numbers: dict[str, float | list[float]] = {}
    for name, value in sorted(constants.items()):
        values = value if isinstance(value, tuple) else (value,)
        if name.isupper() and not name.startswith("_") and all(isinstance(part, int | float) for part in values):
            numbers[name] = list(value) if isinstance(value, tuple) else value  # type: ignore[assignment]
    return numbers


_FILES = _find_files()
CLAIM_TYPES: dict[str, ClaimType] = _find_types()
"""Name of a kind → its type."""
ASKED_KINDS = tuple(
    kind
    for kind, claim_type in CLAIM_TYPES.items()
    if claim_type.question is not None and not claim_type.needs_knowledge
)
"""The kinds that are asked as yes/no questions of every slide."""
KNOWN_KINDS = tuple(kind for kind, claim_type in CLAIM_TYPES.items() if claim_type.needs_knowledge)
"""The kinds that make sense only with files of the user: lists of genes, gene sets, ligands and receptors."""
