"""Reservations: words that keep a sentence from making the claim that its phrase would make.

"It is unclear whether GFAP marks WM", "if GFAP marked WM" and "the claim that GFAP marks WM is false" hold the phrase
"GFAP marks WM" and do not claim it. What is not surely claimed is not heard.
"""

from __future__ import annotations

import re

_HYPOTHESIS = re.compile(
    r"\b(?:if|unless|assuming|suppos(?:e|ing)|provided(?: that)?|hypothetically|imagine|pretend|in case|"
    r"would|should|ought|assumed?|let us|lets|were it|had it|as though|supposedly|allegedly)\b"
    r"|^(?:to|say|please|prove|check|show|write)\b"
)
_DENIAL = (
    r"false|wrong|incorrect|untrue|inaccurate|mistaken|misleading|refuted?|refutes|disproved?n?|disproves?|myth|"
    r"contradict(?:s|ed)?|ruled? out|rules out|reject(?:s|ed)?|den(?:y|ies|ied)|excluded|"
    r"not (?:true|case|correct|right|so|hold|supported|support|borne out|fact)|no evidence|nothing of sort|not "
    r"at all|"
    r"opposite|not (?:see (?:it|this|that)|verif(?:y|ied)|sure)|(?:say|says|suggests?|has|is) otherwise|"
    r"evidence is (?:missing|lacking|weak|thin)|"
    r"(?:said|says|thinks|believes) (?:nobody|no one)|invalid|nonsense|not fit|disagrees?|artefact|artifact|or not|"
    r"not confirm(?:ed)?|unconfirmed|unsupported"
)
_DENIAL_PATTERN = re.compile(rf"\b(?:{_DENIAL})\b")
_DOUBT = re.compile(
    r"\b(?:whether|unclear|unknown|uncertain|unsure|undetermined|undecided|ambiguous|not|no|none|never|nobody|"
    r"nothing|"
    r"nor|neither|without|doubt(?:s|ed|ful)?|doubtful|questionable|question|questions|asks?|asked|unlikely|"
    r"improbable|impossible|"
    r"insufficient|hard to|difficult to|too|except|excepting|excluding|apart from|other than|rather than|"
    r"instead of|"
    r"far from|anything but|hardly|barely|scarcely|rarely|seldom|less|least|almost|nearly|expected to|supposed to|"
    r"expect|hypothes(?:is|es|ize|ized)|hope|test|tested|decide|determine|quotation|lacks?|absence|loss|lack|"
    r"contrary|missing|lacking|"
    r"some of|one of|either|than|compared|relative|versus|vs|when|until|half of|part of|not|per cent of|"
    r"percent of|formerly|weakly|slightly|marginally|loosely|healthy|mouse|mice|"
    r"animals?|humans?|patients?|in vitro|other (?:datasets?|"
    r"studies|slides|samples|patients)|"
    r"literature|published|mistakes?|error|misconception|wrongly|falsely|tempting|temptation|fallacy|"
    r"(?:little|weak|scant|limited|poor|thin|slim) (?:reason|evidence|support|signs?|proof|grounds?|indication)|"
    r"early to|refuses?|short of|far be|told|textbooks?|wikipedia|captions?|user|you (?:say|said|claim|think|believe)|"
    r"sarcasm|irony|ironically|my foot|"
    r"legends?|abstract|prompt|manuscript|article|website|atlas|swapped|shuffled|permuted|simulated|simulation|"
    r"et al|claimed|reported|reportedly|previous(?:ly)?|earlier|used to|papers?|authors?|reviewers?|colleagues?|"
    r"(?:some|few|many|most|others|people|they|experts|he|she) (?:think|thinks|say|says|argues?|believes?|claims?)|"
    r"knock(?:ed)?[- ]?(?:down|out|in)|inhibit(?:s|ed|ion|ing|ors?)|treat(?:ed|ment|ing)|antibod(?:y|ies)|mutants?|"
    r"leads? to|led to|results? in|resulted in|caus(?:es?|ed|ing)|gives?|gave|induc(?:es?|ed|ing)|"
    r"drives?|drove|yields?|yielded|triggers?|triggered|promotes?|probability|at most|chance|odds|"
    rf"only in some|prior|predict(?:s|ed)?|{_DENIAL})\b"
)
_LABEL = re.compile(
    r"^(?:h\d|claim|statement|premise|assumption|option \w|example|joke|story|fiction|translat\w+|"
    r"quote|repeat|prompt|input)(?: \d)? [:–]"
)
"""A sentence that is only quoted, for a verdict that may follow: "Claim: ..."."""
_HERE = (
    r"(?:(?:this|our|whole|entire|present|given|above|shown|your) |my (?:view|opinion|reading|eyes?|judge?ment|map|"
    r"assessment|picture|slide)\b|fact\b|short\b|brief\b|summary|sum\b|"
    r"conclusion|other words|total\b|particular|line\b|turn\b|general|terms? of|contrast|addition|answer|view|"
    r"first |closer |(?:(?:careful|visual|close) )?(?:inspection|look|looking|review)\b|light of|agreement|keeping|"
    r"practice|detail|both (?:maps|panels|pictures)|maps?\b|tissue|section|"
    r"slide|slice|sample|pictures?|figure|images?|data\b|dataset|plot|panels?|counts|colou?r|it\b|all (?:maps|panels))"
)
_ELSEWHERE = re.compile(
    rf"^(?:in|on|at|after|during|under|before|following|upon) (?!{_HERE})[^§,;:]+ ,|"
    r"^(?:elsewhere|somewhere|once|tomorrow|yesterday|sometimes|occasionally|p|pr|prob|odds|score)\b[^§;:]* ,"
)
"""A sentence about something else than this slide: "In aged animals, ..." and "On day 7, ..."."""
_OTHER_TISSUE = (
    r"(?:in |to |of |at |with |from )?(?:all |any |every |each |its |their |rest of |average of |mean of |most )*"
    r"(?:rest|elsewhere|everywhere else|anywhere else|other (?:niches?|regions?|areas?|tissue|spots|layers?|"
    r"domains?|zones?)|"
    r"others|remaining (?:tissue|niches|spots|slide|section|regions?)|remainder|surrounding (?:tissue|niches|"
    r"spots|regions?|areas?)|"
    r"outside|surroundings|background|tissue|outside of it|outside it|slide|everything else|anything else|section|"
    r"neighbou?ring (?:tissue|niches|spots))"
    r"(?: of (?:this |whole )?(?:tissue|slide|section|sample|slice|spots))?"
)
_OTHER_PART = (
    r"(?:in |at |to |toward |towards )?(?:its |their )?(?:rim|core|centre|interior|middle|inside|"
    r"edges?|borders?|periphery|margins?)"
)
_COMPARISON = re.compile(
    r"^ ?,? ?(?:than|from|(?:as |when )?compared (?:with|to)|compared|relative to|versus|vs|over|against|in "
    r"comparison (?:with|to)|with respect to)"
    r" (?P<target>[^,;]*)"
)
_HARMLESS = re.compile(
    rf"rather than [^§,;]*|^ ?,? ?(?:yes|no) ,|\b(?:compared (?:with|to)|relative to) {_OTHER_TISSUE} ,"
)
_SAME_FOR_ALL = re.compile(
    rf"^(?:is )?(?P<rest>{_OTHER_TISSUE}|{_OTHER_PART})(?= ?$| (?:and|but|with|while|whereas|although|though|as|"
    rf"by|which|at|so)\b)"
)


_WRONG = r"(?:false|wrong|incorrect|untrue|not true|not correct|not case|mistaken)"
_TURNED = (
    re.compile(rf"^(?:but )?it (?:would )?is {_WRONG}(?: to (?:say|claim|think|conclude|assume))? that (?P<claim>.*)$"),
    re.compile(rf"^(?:claim|statement|idea|notion|view|assumption)(?: is)? that (?P<claim>.*) is {_WRONG}$"),
)
_AFFIRMED = re.compile(
    r"^(?:it is (?:true|clear|certain|evident|obvious|not denied|undeniable) that|there is no (?:question|"
    r"doubt)(?: that)?|"
    r"nobody (?:doubts|disputes|denies) that|no one (?:doubts|disputes|denies) that) "
)


def read_frame(text: str) -> tuple[str, bool]:
    """Takes off a frame such as "it is not true that", and says whether it turns what it holds into its denial."""
    for frame in _TURNED:
        if turned := frame.match(text):
            return turned["claim"], True
    return _AFFIRMED.sub("", text), False


def is_hypothetical(text: str) -> bool:
    """Whether a reduced sentence says what would be, or what is elsewhere, so that none of its phrases is a claim."""
    return any(pattern.search(text) for pattern in (_HYPOTHESIS, _LABEL, _ELSEWHERE))


def reserves(words: str) -> bool:
    """Whether words in the same clause as a phrase keep it from being a claim."""
    return _DOUBT.search(_HARMLESS.sub("", words)) is not None


def denies(words: str) -> bool:
    """Whether words in a later clause of the sentence take a claim back."""
    return _DENIAL_PATTERN.search(words) is not None or words.strip() in ("not", "nope", "no", "0")


def read_comparison(rest: str) -> int | None:
    """Reads with what a claim compares: "than elsewhere".

    Args:
        rest: the reduced sentence after the phrase.

    Returns:
        Number of letters of the comparison; 0 if there is none; None if it compares with one thing, such as another
        niche, which no kind of claim does.
    """
    comparison = _COMPARISON.match(rest)
    if comparison is None:
        return 0
    target = _SAME_FOR_ALL.match(comparison["target"])
    return None if target is None else comparison.start("target") + target.end()
