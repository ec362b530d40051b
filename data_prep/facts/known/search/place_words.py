"""Words of place and form in a phrase: "outermost", "beside X", "rim of X", "in a band", "upper left".

The words are taken out of the phrase; what is left names cells, processes and genes. Words that also name parts of a
cell or an organ count only where the phrase shows that a place is meant: "cell surface receptor" and "left ventricle"
are no places, "at the surface" and "on the left" are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

OUTER, INNER = 1, -1
BESIDE, RIM = "beside", "rim"
LARGE, SMALL = 1, -1

_LANDMARKS = r"(?:pia(?: mater)?|meninges|surface|skin|epidermis|capsule|cortex surface)"
_OF_TISSUE = r"(?:\s+of the (?:tissue|slide|section|slice|organ|sample|brain|bulb|cortex|embryo))?"
_OUTER = re.compile(
    rf"\b(?:outermost|superficial|subpial|topmost|outer(?!\s+(?:mitochondri|membrane|segment|ear|hair))|"
    rf"upper(?=[\s-]layers?\b)|(?:right |just )?(?:below|beneath|under|underneath) the {_LANDMARKS}|"
    rf"(?:at|near|on|along|to) the (?:very )?(?:surface|outside|periphery|edge|margin){_OF_TISSUE}(?!\s+of))\b"
)
_INNER = re.compile(
    rf"\b(?:innermost|deepest|deep(?!\s+sea)|inner(?!\s+(?:mitochondri|membrane|segment|ear|hair))|"
    rf"lower(?=[\s-]layers?\b)|(?:at|in|into|to|towards?|near) the (?:very )?(?:core|centre|center|middle|interior|"
    rf"inside){_OF_TISSUE}(?!\s+of)|far from the (?:surface|edge))\b"
)
_EXTREME = re.compile(r"most|deepest|very|surface|outside|periphery|edge|margin|pia|meninges|core", re.IGNORECASE)
_VERTICAL, _SIDE = r"(upper|top|lower|bottom)", r"(left|right)"
_WHERE = r"(?:\s+(?:corner|part|half|side|end|area|quadrant|third)\b)"
_CORNER = re.compile(
    rf"\b(?:(?:in|at|on) the )?(?:{_VERTICAL}[\s-]?{_SIDE}|{_SIDE}[\s-](?:upper|top|lower|bottom)){_WHERE}?{_OF_TISSUE}"
)
_EDGE = re.compile(
    rf"\b(?:(?:in|at|on|to|towards) the (upper|top|lower|bottom|left|right)(?:{_WHERE}{_OF_TISSUE}|(?=\s*$|\s*[,.;])|"
    rf"\s+of the (?:tissue|slide|section|slice|picture))|(upper|top|lower|bottom|left|right){_WHERE}{_OF_TISSUE})"
)
_FORMS = (
    ("ring", re.compile(r"\b(?:(?:in )?a ring(?: of)?|ring[\s-](?:shaped|like)|ring of)\b")),
    (
        "band",
        re.compile(
            r"\b(?:in (?:a )?(?:thin )?(?:bands?|stripes?)|band[\s-]?(?:shaped|like)|"
            r"(?:thin )?(?:bands?|stripes?|strips?)(?: of)?)\b"
        ),
    ),
    ("scattered", re.compile(r"\b(?:scattered|dispersed|sprinkled)\b")),
    ("compact", re.compile(r"\b(?:compact|(?:dense )?clusters? of|clumps? of|in (?:one )?(?:patch|clump|cluster))\b")),
)
_NOUNS = r"(?:niches?|regions?|areas?|patch(?:es)?|parts?|zones?|domains?|pieces?|compartments?)"
_SIZES = (
    (LARGE, re.compile(rf"\b(?:the )?(?:largest|biggest)\b(?: {_NOUNS})?|\b(?:large|big|wide) {_NOUNS}\b")),
    (SMALL, re.compile(rf"\b(?:the )?smallest\b(?: {_NOUNS})?|\b(?:small|tiny|little) {_NOUNS}\b")),
)
_ENDS = r"(?=\s*(?:[,;.]|\b(?:and|with|but|or|that|which|where|in|at|on|near|beside|full)\b)|\s*$)"
_RIM = re.compile(
    rf"\b(?:(?:at|on|along|in) )?(?:the )?(?:outer )?(?:rims?|edges?|margins?|borders?|periphery|outskirts|boundary|"
    rf"invasive front)\s+of (?:the )?(?P<of>.+?){_ENDS}"
)
_BESIDE = re.compile(
    rf"\b(?:(?:that|which) )?(?:is |are |lies? )?(?:right |just )?(?:beside|next to|adjacent to|"
    rf"bordering(?: on)?|borders(?: on)?|"
    rf"touching|touches|neighbou?ring|near(?: to)?|close to|around|surround(?:s|ing)|alongside|in contact with|below|"
    rf"beneath|under|underneath|above|on top of)\s+(?:the )?(?P<of>.+?){_ENDS}"
)
_LACKING = re.compile(
    r"\b(?:with )?(?:very )?(?:few|no|without|lacking|devoid of|free of|hardly any|almost no)\s+(?P<of>.+?)"
    r"(?=\s*(?:[,;.]|\b(?:and|with|but|or)\b)|\s*$)"
)
_ROWS = {"upper": "upper", "top": "upper", "lower": "lower", "bottom": "lower"}


@dataclass(frozen=True)
class PlaceWords:
    """What a phrase says of place and form.

    Attributes:
        rest: the phrase without these words.
        depth: ``OUTER`` or ``INNER``; 0 for nothing.
        is_extreme: whether it says the outermost or innermost, not merely outer or deep.
        side: "left", "right", "upper", "lower", or two: "upper left"; "" for nothing.
        form: one of `niche_shapes.FORMS`; "" for nothing.
        size: ``LARGE``, ``SMALL`` or 0.
        relation: ``BESIDE`` or ``RIM``; "" for none.
        reference: the words for what it is beside, or the rim of.
        lacking: words for what shall not be there.
    """

    rest: str
    depth: int = 0
    is_extreme: bool = False
    side: str = ""
    form: str = ""
    size: int = 0
    relation: str = ""
    reference: str = ""
    lacking: str = ""

    @property
    def says_place(self) -> bool:
        """Whether the phrase says anything of place or form."""
        return bool(self.depth or self.side or self.form or self.size or self.relation)

    def without_reference(self) -> PlaceWords:
        """The same, with the words of the reference among the rest: no niche was found for them."""
        return replace(self, rest=f"{self.rest} {self.reference}".strip(), relation="", reference="")


def read_places(phrase: str) -> PlaceWords:
    """Takes the words of place and form out of a phrase."""
    text, found = " ".join(phrase.split()), PlaceWords("")
    text, lacking = _taken(_LACKING, text)
    if lacking:
        found = replace(found, lacking=lacking["of"])
    for depth, pattern in ((OUTER, _OUTER), (INNER, _INNER)):
        text, match = _taken(pattern, text)
        if match:
            found = replace(found, depth=depth, is_extreme=bool(_EXTREME.search(match[0])))
    for pattern in (_CORNER, _EDGE):
        text, match = _taken(pattern, text)
        if match:
            words = [_ROWS.get(word, word) for word in re.findall(r"upper|top|lower|bottom|left|right", match[0])]
            found = replace(found, side=" ".join(sorted(words, key=lambda word: word in ("left", "right"))))
    for form, pattern in _FORMS:
        text, match = _taken(pattern, text)
        if match:
            found = replace(found, form=form)
    for size, pattern in _SIZES:
        text, match = _taken(pattern, text)
        if match:
            found = replace(found, size=size)
    for relation, pattern in ((RIM, _RIM), (BESIDE, _BESIDE)):
        if not found.relation:
            text, match = _taken(pattern, text)
            if match:
                found = replace(found, relation=relation, reference=match["of"])
    return replace(found, rest=text)


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, re.Match[str] | None]:
    """The text without the first place that fits, and that place."""
    match = re.search(pattern.pattern, text, re.IGNORECASE)
    if match is None:
        return text, None
    return " ".join(f"{text[: match.start()]} {text[match.end() :]}".split()), match
