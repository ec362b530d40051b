"""Words inside a phrase that say more than its claim, so that the counts check the sentence in part only.

"MBP is the best marker of WM" says that MBP marks WM, and that no other gene marks it better. The first is checked, the
second is not.
"""

from __future__ import annotations

import re

_STRENGTHS = "strong|pronounced|marked|sharp|steep|striking|clear-cut|perfect|perfectly"
_MORE_THAN_ENRICHED = (
    "best|top|leading|main|perfect|specific|most|strongest|canonical|known|classic|classical|textbook|"
    "established|typical|predominantly|mainly|mostly|largely|primarily|chiefly"
)
_MORE_THAN_FORM = (
    "long|thin|narrow|broad|wide|thick|curved|bent|horizontal|vertical|diagonal|small|large|big|closed|open|hollow|"
    "dense|solid|irregular|round|rounded|isolated|detached|widely|thinly|broadly|diffusely|loosely"
)
_WORDS = {
    "enriched": _MORE_THAN_ENRICHED,
    "depleted": (
        "avoids?|shuns?|avoiding|excluded|scarce|rare|little|poor|poorly|strongly|markedly|highly|heavily|moderately|least"
    ),
    "adjacent": "surrounded|encircled|enclosed|long|broad|extensive|short",
    "form": _MORE_THAN_FORM,
    "centred": "far|very|extreme|edge|end|occupies|occupy|fills|fill",
    "patterned": _STRENGTHS,
    "gradient": _STRENGTHS,
    "partial": "only|just|solely|exclusively|entirely|confined|restricted|limited|nothing but|all",
    "exclusive": "mutually|completely|perfectly|strictly|never",
    "colocalised": "perfect|perfectly|completely|entirely",
}
"""Kind of a claim → the words of its phrases that say more."""
_CENTRE = re.compile(r"\b(?:in|at|on) (?:centre|middle)\b|\bcentral(?:ly)?\b")
_OF_CENTRE = re.compile(r"\bcentred\b|\b(?:its|has its) (?:centre|middle|centroid)\b|^(?:centre|middle|centroid)\b")
"""A ring around the middle of the tissue is centred there and is not "in the centre"."""
_PATTERNS = {kind: re.compile(rf"(?<![\w-])(?:{words})(?![\w-])") for kind, words in _WORDS.items()}


def says_more(kind: str, match: re.Match[str]) -> bool:
    """Whether the words of a phrase say more than a claim of its kind.

    Args:
        kind: of the claim.
        match: where the phrase was found; its value is a part of the claim.
    """
    pattern = _PATTERNS.get(kind)
    if pattern is None:
        return False
    if kind == "centred" and _CENTRE.search(match[0]) and not _OF_CENTRE.search(match[0]):
        return True
    start, end = match.span("value") if match.groupdict().get("value") else (match.end(), match.end())
    text = match.string
    return bool(pattern.search(text[match.start() : start]) or pattern.search(text[end : match.end()]))
