"""Reduces a marked sentence to few forms, so that few phrases are needed.

"does not appear to be", "is by no means" and "was not" all become "is not"; articles and adverbs that do not change a
claim are left out; a hedge ("may", "probably") is left out too, because a hedged sentence still makes its claim.
"""

from __future__ import annotations

import re

_STATISTIC = (
    r"(?:log2 ?-?\(?fold[- ]changes?\)?|log2 ?fc|log2fc|lfc|logfc|fold[- ]changes?|fc|q|p|padj|adj(?:usted)? p|"
    r"fdr|auc|"
    r"moran'?s i|correlation|pearson|spearman|r|rho|z)(?:[- ]?(?:values?|scores?))?"
)
_NUMBER = r"[-+]?\d[\d.,]*(?:e[-+]?\d+)?(?: ?(?:%|fold|x|±|/)[-+]? ?[\d.]*)?"
STATISTICS = re.compile(
    rf",?(?: (?:with|at|having|and|of))?(?: (?:a|an|the|its|mean|average))* {_STATISTIC} ?(?:of|is|=|:|≈|~|<|>|"
    rf"≥|≤|about|around|<=|>=)+ ?{_NUMBER}"
)
"""A number that a sentence gives. It is not compared with the counts."""
FOLDS = re.compile(
    r"\b\d[\d.,]*(?:-| )?(?:fold|times|x)\b(?= (?:higher|more|lower|less|enriched|stronger|elevated|depleted)\b)"
)
"""Likewise: "4-fold"."""
_ADVERBS = (
    "clearly really indeed notably visibly generally overall quite very particularly especially again still "
    "simply even "
    "too similarly further furthermore moreover additionally however therefore thus hence consequently "
    "accordingly consistently significantly robustly reliably distinctly obviously evidently apparently presumably "
    "probably likely possibly perhaps maybe seemingly arguably essentially specifically certainly definitely surely "
    "undoubtedly unsurprisingly interestingly importantly strikingly remarkably nicely plainly unmistakably "
    "conspicuously prominently noticeably appreciably substantially considerably truly actually basically altogether "
    "merely also now then broadly typically usually often preferentially selectively fairly reasonably "
    "unambiguously convincingly confidently directly immediately physically closely tightly roughly approximately "
    "about already well potentially statistically somehow nonetheless nevertheless instead "
    "expectedly tentatively at-least in-fact of-course in-turn as-well as-expected by-contrast "
    "on-the-whole in-general for-sure no-doubt without-doubt without-a-doubt beyond-doubt not-surprisingly "
    "by-comparison at-a-glance on-average to-me in-my-view in-my-opinion in-particular "
    "on-the-other-hand on-the-contrary by-far"
)
_ADVERB = "|".join(sorted((word.replace("-", " ") for word in _ADVERBS.split()), key=len, reverse=True))
_DEGREE = "strongly|highly|markedly|heavily|dramatically|moderately|modestly|greatly"
_BE = "is|are|was|were|be|been|being|am"
_RULES: tuple[tuple[str, str], ...] = (
    (r"\bno (?:sign|hint|trace|indication) of(?: any)?\b", "no"),
    (r"\b(?:i|we|one|you) (?:would|could|can|do) not (?=(?:call|consider|regard)\b)", "not "),
    (r"\b(is|are|was|were) far from (?:being )?", r"\1 not "),
    (
        r"\b(is|are|was|were) (?:hardly|barely|scarcely) (?=(?:an? )?(?:enriched|marker|raised|elevated|"
        r"upregulated)\b)",
        r"\1 not ",
    ),
    (r"\b(is|are|was|were) neither (?=[a-z])", r"\1 not "),
    (r"\b(is|are|was|were|has|have) both (?!.* and (?:is|are|was|were|has|have) )(?=[a-z])", r"\1 "),
    (r"\b(?:i would|i'd|we would|one could|one might|you could) say(?: that)?\b", " "),
    (r"\b(are|were) (?:all|each) (?=\w+(?:ed|ly)\b|high|low|up\b|down\b|more\b|markers?\b)", r"\1 "),
    (r"\b(?:an?|such an?|outright|pure) (?:lie|fib|joke|hoax)\b", "false"),
    (r"\bcould have been\b|\b(?:is|are|was|were) to be\b", "would be"),
    (r",? if anything ,?|, if anything,", " "),
    (r"\bvs\.", "vs"),
    (r"(?<!is )(?<!are )\b(?:located|situated|positioned) (?=(?:in|at|on) )", ""),
    (r"\blocalised\b", "localized"),
    (
        r"\b(?:was|were) (?:once |previously )?(?=(?:thought|believed|assumed|said|supposed|reported|expected)\b)",
        "formerly ",
    ),
    (r"\b(is|are|was|were) (enriched|raised|upregulated|elevated) not in\b", r"\1 not \2 in"),
    (r"\bnot (?:only|just|merely|simply|solely) (?!noise|random|depth)(?=.*\bbut\b.*\b(?:also|too|as well)\b)", " "),
    (r",? but (?:also|too|as well)\b", " and "),
    (r"\b(?:neither|nor) (?:does|do|did|is|are|was|were) (§[gn]\d+)", r"likewise-not \1"),
    (r"\b(?:as|so) (?:does|do|did|is|are|was|were) (§[gn]\d+)", r"likewise \1"),
    (r"\b(?:contrary to|despite|in spite of|against) [^,§]*,", " "),
    (r"\ba few\b", "several"),
    (
        r"\b(overlaps?|colocalizes?|coincides?)(?: (?:almost|nearly) (?:perfectly|completely|entirely)| "
        r"perfectly| completely| extensively)",
        r"nearly perfectly \1",
    ),
    (r"\ba lot of\b|\blots of\b|\bplenty of\b|\ba great deal of\b", "much"),
    (r"\b(?:upper|top)[- ]left\b|\bnorth[- ]?west(?:ern)?\b", "upper left"),
    (r"\b(?:upper|top)[- ]right\b|\bnorth[- ]?east(?:ern)?\b", "upper right"),
    (r"\b(?:lower|bottom)[- ]left\b|\bsouth[- ]?west(?:ern)?\b", "lower left"),
    (r"\b(?:lower|bottom)[- ]right\b|\bsouth[- ]?east(?:ern)?\b", "lower right"),
    (r"\b(left|right)-hand\b", r"\1"),
    (r"\bco-(?=locali|express|occur)", "co"),
    (r"\b(up|down|over|under)-(?=regulat|express|represent)", r"\1"),
    (r"\banti-(?=correl)", "anti"),
    (r"\b(characteri|colocali|summari|organi)s(?=e|i|a)", r"\1z"),
    (r"\bneighbor", "neighbour"),
    (r"\bcenter", "centre"),
    (r"\bcentrered\b", "centred"),
    (r"\bcolor", "colour"),
    (r"\blabeled\b", "labelled"),
    (
        r"\b(?:much|far|way|even|still|somewhat)\b(?= (?:higher|more|lower|less|stronger|weaker|fewer|elevated|"
        r"reduced)\b)",
        " ",
    ),
    (r"\bin (?:contrast|addition)\b(?! to)", " "),
    (rf"\b(?:{_ADVERB})\b(?! (?:of|as|from|than|one|two|several)\b)(?<!-)", " "),
    (r"\b(?:steadily|gradually|smoothly|progressively|monotonically|continuously)\b", " "),
    (r"\b(?:a|an|the)\b", " "),
    (
        rf"\b({_BE}|not|marks?)\s+(?:and|but|yet|,)(?=\s+(?:and )?(?:{_DEGREE}|enriched|depleted|raised|marks?)\b)",
        r"\1",
    ),
    (r"\b(?:can|could|may|might|will|must)\b", " "),
    (r"\b(?:do|does|did)\b(?! ?$)", " "),
    (r"\b(?:has|have|had) (?=(?:not |never )?(?:been|become)\b)", " "),
    (rf"\b(?:{_BE}|remains?|stays?|becomes?|became)\b", "is"),
    (
        r"\b(?:is (?:thought|believed|found|seen|known|shown|observed|said|reported|considered|bound|confirmed)|"
        r"seems?|"
        r"seemed|appears?|appeared|tends?|tended|looks?|looked|proves?|proved|turns out|turned out|happens?|"
        r"continues?) "
        r"(not )?to ",
        r"\1",
    ),
    (r"\bnot (?:is|be)\b", "is not"),
    (
        r"\b(?:is (?P<not>not )?(?:regarded|considered|seen|used|described|classified|thought of|viewed|"
        r"called)(?: as)?|"
        r"(?:seems|appears|looks)"
        r" like|(?:acts|serves|functions|works|qualifies|counts|emerges|stands out|behaves|appears|can serve) as) "
        r"(?=(?:not )?(?:(?:good|strong|clear|top|best) )*(?:marker|one of|band|stripe|ring|compact|§n\d+ marker))",
        r"is \g<not>",
    ),
    (r"\b(?:seems?|seemed|appears?|appeared|looks?|looked|proves?)\b(?! (?:that|as if|at))", "is"),
    (r"\bis to (?=(?:not )?is\b)", ""),
    (r"\b(?:fails?|failed|failing) to\b", "not"),
    (r"\bis (?:no longer|by no means|in no way|never|not at all|nowhere near|not in any way|not even)\b", "is not"),
    (r"\b(?:never|no longer)\b", "not"),
    (r"\bnot (?:is|be)\b", "is not"),
    (r"\bis is\b", "is"),
    (
        r"\b(?:demonstrates?|shows?|showed|displays?|displayed|exhibits?|exhibited|presents?|possesses|having|"
        r"have|had)\b(?! "
        r"that)",
        "has",
    ),
    (r"\bhas been\b", "is"),
    (
        r"\b(?:lies|lie|sits|sit|resides?|rests|is (?:located|situated|positioned|placed|found|lying|sitting|"
        r"seen))\b",
        "is",
    ),
    (r"\bis is\b", "is"),
)
_COMPILED = [(re.compile(pattern), words) for pattern, words in _RULES]


def reduce_words(text: str) -> str:
    """The reduced form of a marked sentence in lower case."""
    for pattern, words in _COMPILED:
        text = " ".join(pattern.sub(words, text).split())
    text = re.sub(r"(?: ?,)+", " ,", " ".join(re.sub(r"([,;:])", r" \1 ", text).split()))
    return text.strip(" .,;:!–")
