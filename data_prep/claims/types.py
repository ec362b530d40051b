"""Every kind of claim by its name."""

from data_prep.claims import genes, identity, markers, pairs, places, within
from data_prep.claims.base import ClaimType

TYPES: dict[str, ClaimType] = {
    known.kind: known for family in (markers, places, genes, within, pairs, identity) for known in family.TYPES
}
