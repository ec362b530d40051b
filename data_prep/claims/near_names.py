"""Near names: words that may be the name of a gene or niche with a typing error, and symbols that are not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from data_prep.claims.common_words import COMMON_WORDS, NO_GENES, words_of
from data_prep.claims.name_writings import fold

MOST_NEAR = 3
"""Names that are offered for one word."""
SIMILAR = 0.75
"""Least similarity of a word and the name of a niche, 1 less the share of letters to change. Below it, one word in two
is another word."""
_WORD = re.compile(r"[^\W_](?:[^\s,;:!?()\[\]{}\"“”'’`*]*[^\W_])?")
_MOST_WORDS = 5
"""Words of a niche's name that may be mistyped together."""
_GENERIC = words_of("cell cells cortex layers like tissue tissues type types")
"""Words of many niches' names that by themselves name none."""
_STEM = 4
"""Letters that two words share at least if one is a form of the other."""
_GREEK = str.maketrans("αβγδεκ", "abgdek")
_UNITS = re.compile(r"[+-]?\d+(?:[.,/]\d+)*(?:st|nd|rd|th|x|fold|-fold|um|µm|mm|px|k|%)?", re.IGNORECASE)

Near = tuple[str, int, int, tuple[str, ...]]


def find_near(
    text: str, places: Iterable[tuple[int, int]], genes: Mapping[str, str], niches: Mapping[str, str]
) -> Iterator[Near]:
    """Finds words that are nearly a name, and words that look like a gene symbol.

    Args:
        text: free text.
        places: parts of the text to look at, as (start, end).
        genes: symbol in lower case → symbol.
        niches: writing of a niche in lower case → its name.

    Yields:
        (kind of mention, start, end, near names). A word that looks like a symbol may have no near name.
    """
    for start, end in places:
        words = list(_WORD.finditer(text, start, end))
        at = 0
        while at < len(words):
            found = _near_niche(words[at:], niches) or _near_gene(words[at:], genes)
            if found is None:
                at += 1
                continue
            n, kind, close = found
            yield kind, words[at].start(), words[at + n - 1].end(), close
            at += n


def looks_like_symbol(word: str) -> bool:
    """Whether a word is written as gene symbols are: with letters and digits, or in capitals."""
    if word.casefold() in NO_GENES or _UNITS.fullmatch(word):
        return False
    has_digit, capitals = any(c.isdigit() for c in word), sum(c.isupper() for c in word)
    return any(c.isalpha() for c in word) and (has_digit or (capitals >= 2 and word.isupper() and len(word) >= 3))


def _near_niche(words: Sequence[re.Match[str]], niches: Mapping[str, str]) -> tuple[int, str, tuple[str, ...]] | None:
    """(number of words, kind, niches) for the words that begin here and are nearly the name of a niche."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    if words[0][0].casefold() in COMMON_WORDS:
        return None
    best: tuple[float, int, tuple[str, ...]] | None = None
    longest = max((name.count(" ") for name in niches), default=0) + 1
    for n in range(1, min(longest, len(words), _MOST_WORDS) + 1):
        if n > 1 and words[n - 1].start() != words[n - 2].end() + 1:  # a comma or the like stands between
            break
        written = " ".join(fold(word[0]) for word in words[:n])
        if len(written) < 4 or (written.isdigit()):
            continue
        close = extract(
            written, list(niches), scorer=OSA.normalized_similarity, score_cutoff=SIMILAR, limit=2 * MOST_NEAR
        )
        if close and (best is None or close[0][1] > best[0]):
            best = close[0][1], n, tuple(dict.fromkeys(niches[name] for name, _, _ in close))[:MOST_NEAR]
    if best is not None:
        return best[1], "niche", best[2]
    part = fold(words[0][0])
    having = dict.fromkeys(
        name for written, name in niches.items() if any(_share_a_stem(part, word) for word in written.split())
    )
    if len(part) >= 4 and part not in _GENERIC and 0 < len(having) <= MOST_NEAR:
        return 1, "niche", tuple(having)
    return None


def _near_gene(words: Sequence[re.Match[str]], genes: Mapping[str, str]) -> tuple[int, str, tuple[str, ...]] | None:
    """(number of words, kind, genes) for the word that begins here and is nearly a symbol, or looks like one."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    word = words[0][0]
    folded = _plain(word)
    if len(words) > 1 and (joined := folded + _plain(words[1][0])) in genes and any(c.isdigit() for c in joined):
        return 2, "gene", (genes[joined],)
    is_symbol = looks_like_symbol(word)
    if len(folded) < 3 or folded in COMMON_WORDS or word.casefold() in NO_GENES or not folded[0].isalnum():
        return None
    if not is_symbol and (len(folded) < 4 or not word.isalnum()):
        return None
    allowed = 1 if len(folded) < 6 or not is_symbol else 2
    close = extract(folded, list(genes), scorer=OSA.distance, score_cutoff=allowed, limit=50)
    close.sort(key=lambda match: (match[1], -_shared_start(folded, match[0]), len(match[0]), match[0]))
    near = tuple(genes[name] for name, _, _ in close[:MOST_NEAR])
    return (1, "gene", near) if near or is_symbol else None


def _share_a_stem(a: str, b: str) -> bool:
    """Whether two words begin with the same letters, but for an ending: "pancreas" and "pancreatic"."""
    return _shared_start(a, b) >= max(_STEM, 0.8 * min(len(a), len(b)))


def _plain(word: str) -> str:
    """A symbol in lower case, without hyphens and with Greek letters written out as in symbols."""
    return fold(word).translate(_GREEK).replace("-", "")


def _shared_start(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
