"""The names of lists and genes as plain words, which phrases are compared with."""

from __future__ import annotations

import re

_COLLECTION = re.compile(r"^(?:HALLMARK|KEGG(?:_MEDICUS)?|REACTOME|WP|PID|BIOCARTA|GO(?:BP|CC|MF)?)_")
"""Collections of gene sets put their own name in front of each (MSigDB)."""
_IDENTIFIER = re.compile(r"\s*\((GO:\d+)\)|\s+(?:R-HSA-\d+|WP\d+|hsa\d+|GO:\d+)\b")
_GREEK = (("alpha", "α"), ("beta", "β"), ("gamma", "γ"), ("delta", "δ"))


def plain_concept(name: str) -> str:
    """The name of a list without the collection's name and without identifiers: "HALLMARK_HYPOXIA" is "hypoxia"."""
    words = _IDENTIFIER.sub(" ", name)
    bare = _COLLECTION.sub("", words)
    if bare != words or ("_" in bare and " " not in bare.strip()):
        bare = bare.replace("_", " ")
        bare = bare.lower() if bare.isupper() else bare
    for latin, greek in _GREEK:
        bare = bare.replace(greek, latin)
    return " ".join(bare.split())


def spoken_concept(name: str) -> str:
    """The name of a list for people: plain, with the identifier of the Gene Ontology if it has one."""
    found = re.search(r"GO:\d+", name)
    plain = plain_concept(name)
    spoken = plain[:1].lower() + plain[1:] if plain[1:2].islower() else plain
    return f"{spoken} ({found[0]})" if found else spoken
