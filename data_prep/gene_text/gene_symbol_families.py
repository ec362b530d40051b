"""Families of genes: paralogues, whose summaries are much alike and must not stand on both sides of a split.

Two genes are of one family if their symbols have the same stem (KRT1, KRT5), if their names have the same stem ("solute
carrier family 2 member 1", "solute carrier family 25 member 4"), or if their summaries are nearly the same. Families
are the connected components of these links. Too large a family costs little: it stands in one split. Aliases link no
families, because short ones are shared by chance: with them, half of all human genes became one family.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from data_prep.gene_text.near_duplicates import near_duplicate_pairs
from data_prep.gene_text.summary_sentences import clean_summary
from data_prep.knowledge.gene_list import GeneRecord

_SYMBOL_STEM = re.compile(r"([A-Z]{3,})-?\d")
"""Three letters at least: CA1, CD4 and IL6 share less with CA9, CD8 and IL10 than a common root. Names link those."""
_NO_FAMILY = frozenset(["LOC", "LINC", "KIAA", "ORF", "GM"])
"""Stems of placeholders, which say nothing about kinship."""
_ROOTS = {
    root: re.compile(pattern)
    for root, pattern in {
        "histone": r"H(?:1|2A|2B|3|4)(?:[-CFWXYZ.]|$)|HIST\d|MACROH2A",
        "olfactory receptor": r"OR\d+[A-Z]|OLFR\d",
        "homeobox cluster": r"HOX[A-D]",
        "zinc finger": r"ZNF|ZFP\d|ZSCAN|ZKSCAN|ZBTB",
        "major histocompatibility complex": r"HLA-|H2-",
        "immunoglobulin": r"IG[HKL][VDJCAEGM]",
        "t cell receptor": r"TR[ABDG][VDJC]",
        "mitochondrial genome": r"MT-",
        "microrna": r"MIR(?:LET)?\d",
        "transfer rna": r"TR[A-Z]-[A-Z]{3}|MT-T",
        "small nuclear rna": r"RNU\d|SNOR[AD]\d|SCARNA\d",
    }.items()
}
"""Families whose symbols have no common stem of letters."""
_MEMBER_WORD = re.compile(
    r"(?:\d+[a-z]?\d*|[a-z]|[a-z]{1,2}\d+[a-z]?\d*|[ivx]+|alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|sigma|"
    r"omega|like|chain|isoform|homolog|pseudogene|protein|component|group|subunit|class|type|and|of|\(.*\))(?:[-\d]*)"
)
"""Words at the end of a name that tell one member from another."""
_CUTS = ("family", "subfamily", "superfamily", "member", "subunit", "type", "class", "auxiliary")
"""Words of a name after which the member is told."""
_LEAST_STEM = 6
"""Letters of a name stem. Shorter ones, such as "beta", link what is not akin."""


def gene_families(records: Sequence[GeneRecord]) -> tuple[str, ...]:
    """The family of each gene, as the symbol of its first member by the alphabet."""
    import numpy as np
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    if not records:
        return ()
    groups: dict[str, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        for stem in _stems(record):
            groups[stem].append(index)
    links = [(members[0], other) for members in groups.values() for other in members[1:]]
    summaries = [clean_summary(record.summary) for record in records]
    told = [index for index, summary in enumerate(summaries) if summary]
    texts = [summaries[index].replace(records[index].symbol, "") for index in told]
    links += [(told[i], told[j]) for i, j in near_duplicate_pairs(texts, texts) if i < j]
    pairs = np.array(links, dtype=np.int64).reshape(-1, 2)
    graph = sp.coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(records), len(records)))
    _, component = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    for number, record in zip(component.tolist(), records, strict=True):
        first[number] = min(first.get(number, record.symbol), record.symbol)
    return tuple(first[number] for number in component.tolist())


def symbol_stem(symbol: str) -> str:
    """The letters of a symbol before its number, "" where they tell no family."""
    stem = _SYMBOL_STEM.match(symbol.upper())
    return stem[1] if stem and stem[1] not in _NO_FAMILY and not re.match(r"C\d+ORF", symbol.upper()) else ""


def name_stem(name: str) -> str:
    """A name without the words that tell one member of a family from another; "" where little is left."""
    words = name.lower().split(",")[0].replace("-like", " like").split()
    for cut in _CUTS:
        if cut in words[1:]:
            words = words[: words.index(cut, 1)]
    while len(words) > 1 and _MEMBER_WORD.fullmatch(words[-1]):
        words = words[:-1]
    stem = " ".join(words)
    return stem if len(stem) >= _LEAST_STEM and stem not in ("uncharacterized", "chromosome") else ""


def _stems(record: GeneRecord) -> list[str]:
    symbol = record.symbol.upper()
    roots = [f"root {root}" for root, pattern in _ROOTS.items() if pattern.match(symbol)]
    roots += [f"symbol {symbol}"]  # a symbol that two records share
    if stem := symbol_stem(symbol):
        roots.append(f"letters {stem}")
    if stem := name_stem(record.name):
        roots.append(f"name {stem}")
    return roots
