"""The vocabulary: every kind of claim that NicheLens can make, found in the files of `data_prep.claims.kinds`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from data_prep.claims import kinds
from data_prep.claims.claim_type import ClaimType


def _find_types() -> dict[str, ClaimType]:
    found: dict[str, ClaimType] = {}
    for file in sorted(module.name for module in iter_modules(kinds.__path__)):
        for claim_type in import_module(f"{kinds.__name__}.{file}").TYPES:
            if claim_type.kind in found:
                message = f"two files of {kinds.__name__} have the kind '{claim_type.kind}'"
                raise ValueError(message)
            found[claim_type.kind] = claim_type
    return found


CLAIM_TYPES: dict[str, ClaimType] = _find_types()
"""Name of a kind → its type."""
ASKED_KINDS = tuple(kind for kind, claim_type in CLAIM_TYPES.items() if claim_type.question is not None)
"""The kinds that are asked as yes/no questions."""
