"""Phrases about a niche: its neighbours, form, pieces, place, extent and cells."""

from __future__ import annotations

from data_prep.claims.prose.phrase import Phrase, by_word, one_of, phrases
from data_prep.claims.prose.tissue_phrases import PLACE, PLACES

_ADJECTIVE = (
    r"(?:(?:long|thin|narrow|broad|curved|elongated|continuous|horizontal|vertical|diagonal|thick|"
    r"closed|open|hollow|wide|clear|single|dense|rounded|round|small|large|big|solid|irregular|well-defined|"
    r"bent|separate|distinct|disconnected|connected|contiguous|isolated|discrete|coherent|unbroken|detached|"
    r"unconnected|spatially separate|different|intact|and|,|very) )*"
)
_WHOLE = (
    r"(?:tissue(?: section| area)?|section|slide|slice|sample|specimen|spots|labelled (?:spots|tissue)|"
    r"whole tissue|entire tissue|tissue's area|area)"
)
_PIECES = (
    r"(?:pieces?|parts?|patches|patch|blocks?|regions?|islands?|components?|chunks?|areas?|fragments?|"
    r"clusters?|clumps?|lobes?|bod(?:y|ies)|mass|masses|foci|blobs?)"
)
_BANDS = {"band": "band", "stripe": "band", "strip": "band", "belt": "band", "ribbon": "band", "ring": "ring",
          "annulus": "ring", "annular": "ring", "doughnut": "ring", "donut": "ring", "compact": "compact",
          "scattered": "scattered", "dispersed": "scattered", "spread out": "scattered", "sprinkled": "scattered",
          "interspersed": "scattered"}  # fmt: skip
_SHAPE = r"(?P<value>band|stripe|strip|belt|ribbon|ring|annulus|doughnut|donut)"
_WORDS = {
    "<ADJ>": _ADJECTIVE,
    "<WHOLE>": _WHOLE,
    "<PIECES>": _PIECES,
    "<PLACE>": PLACE,
    "<SHAPE>": _SHAPE,
    "<SPLIT>": r"(?:is(?: all)?(?: (?:split|divided|broken|separated|fragmented|composed|made|cut))?(?: up)?"
    r"(?: (?:in|into|of|as))?|consists? of|comprises?|falls? (?:apart )?into|splits? "
    r"(?:up )?into|breaks? (?:up |apart )?into|forms?|has|makes up|separates? into|divides? into|comes in|"
    r"occurs (?:in|as))",
    "<TOUCHES>": r"(?:borders?(?: on)?|touch(?:es)?|abuts?|neighbours?|adjoins?|contacts?|meets?|flanks?|"
    r"bordering|touching)",
    "<DIRECT>": r"(?:(?:direct|close|immediate|long|broad|physical|common|shared|clear|right|short|extensive) )*",
}
NEIGHBOURS: tuple[Phrase, ...] = (
    *phrases(
        "adjacent",
        r"<not><TOUCHES> <N2>",
        r"(?:is )?<not><DIRECT>(?:adjacent to|next to|beside|adjoining|bordered by|flanked by|in "
        r"<DIRECT>contact with|contiguous with|"
        r"alongside|up against|surrounded by|encircled by|neighbour of|neighbours of|enclosed by|neighbouring|"
        r"abutting|touching|neighbour to|next door to|juxtaposed to|"
        r"side by side with) <N2>",
        r"<not>(?:has|shares?|forms?|makes?) <DIRECT>(?:borders?|boundary|edge|contact|interface) (?:with|to) <N2>",
        r"<not>has <N2> as (?:its )?neighbours?",
        r"<not>comes into contact with <N2>",
        subject="niche",
        words=_WORDS,
    ),
    *phrases(
        "adjacent",
        r"<not><TOUCHES>(?: (?:each other|one another))",
        r"<not>(?:touch|meet|adjoin|abut)",
        r"(?:is )?<not><DIRECT>(?:neighbours|adjacent|next to (?:each other|one another)|adjacent to (?:each "
        r"other|one another)|side by side|in <DIRECT>contact(?: with each other)?|neighbouring niches|adjacent "
        r"niches)",
        r"<not>(?:shares?|has) <DIRECT>(?:border|boundary|edge|interface)",
        subject="niche",
        is_pair=True,
        words=_WORDS,
    ),
    *phrases(
        "adjacent",
        r"neighbours of <N> (?:is|:|includes?|comprises?) <N2>",
        r"<N>(?:'s| 's|s')? neighbours (?:is|:|includes?|comprises?) <N2>",
        r"(?P<niche>its) (?:neighbours|neighbouring niches) (?:is|:|includes?) <N2>",
        r"<N2> (?:is )?<not>(?:among |one of )?(?P<niche>its) neighbours",
        subject="",
        words=_WORDS,
    ),
)
FORM: tuple[Phrase, ...] = (
    *phrases(
        "form",
        r"(?:is|forms?|makes?|makes up|has (?:form|shape) of|takes (?:on )?(?:form|shape) of|is shaped like|is "
        r"arranged (?:in|as)|is in (?:form|shape) of|runs as|stretches as|appears as) (?P<negation>not |no "
        r")?<ADJ><SHAPE>",
        r"(?:is |forms? |has |makes? )?<not><ADJ><SHAPE>[- ](?:shaped|like)(?: in (?:form|shape)| (?:niche|"
        r"region|structure|form|"
        r"shape))?",
        r"is <not>(?:<ADJ>)(?P<value>annular)",
        r"is <not>(?:<ADJ>)(?P<value>compact)(?: (?:mass|blob|block|body|region|area|patch|cluster|niche|domain|"
        r"structure|shape|form|piece))?(?: in (?:form|shape))?",
        r"(?:forms?|makes?|is in|has) <ADJ>(?P<value>compact) (?:<ADJ>)(?:mass|blob|block|body|region|area|"
        r"patch|cluster|domain|structure|shape|form|piece)",
        r"is <not>(?:(?:widely|thinly|broadly|diffusely|loosely|highly) )?(?P<value>scattered|dispersed|spread "
        r"out|sprinkled|interspersed)(?: (?:over|across|throughout|around|all over|through|in)(?: (?:whole|"
        r"entire|much of|most of))? (?:tissue|section|slide))?",
        r"has <ADJ>(?P<value>compact|ring|band|scattered)(?:-like|-shaped)? (?:form|shape|appearance|outline)",
        subject="niche",
        values=_BANDS,
        words=_WORDS,
    ),
    *phrases(
        "form",
        r"(?:form|shape|outline) of <N> is <not>(?:that of )?(?:<ADJ>)(?P<value>compact|ring|band|stripe|"
        r"scattered|strip)",
        subject="",
        values=_BANDS,
        words=_WORDS,
    ),
    *phrases(
        "parts",
        r"<not><SPLIT> (?:only )?(?:one|single) <ADJ><PIECES>",
        r"(?:is )?<not>(?:all )?in (?:one|single) piece",
        r"is <not>of one piece",
        r"is <not>(?:contiguous|unbroken|undivided|spatially contiguous|all of piece|all in piece)",
        subject="niche",
        value="one piece",
        words=_WORDS,
    ),
    *phrases(
        "parts",
        r"<not><SPLIT> two <ADJ><PIECES>",
        r"<not>(?:is (?:split|divided|broken)(?: up)?|falls|splits|breaks)(?: apart)? in(?:to)? two",
        subject="niche",
        value="two pieces",
        words=_WORDS,
    ),
    *phrases(
        "parts",
        r"<not><SPLIT> (?:several|multiple|many|numerous|various|number of) <ADJ><PIECES>",
        r"is <not>(?:highly |heavily |strongly )?fragmented",
        r"is <not>in pieces",
        subject="niche",
        value="several pieces",
        words=_WORDS,
    ),
)
_PART = r"(?:part|fraction|portion|share|area|piece|proportion|section|percentage)"
_EXTENTS = by_word(
    {
        "a tiny part": "tiny|very small|minute|minuscule|sliver|tiny bit|negligible",
        "a small part": "small|little|smallish",
        "a moderate part": "moderate|medium|medium-sized|moderately sized|intermediate|fair",
        "a large part": "large|big|very large",
        "most": "most|majority|bulk|vast majority|greater part|lion's share",
    }
)
_SIZES = one_of(word for word, value in _EXTENTS.items() if value != "most" and word not in ("sliver", "tiny bit"))
PLACE_AND_SIZE: tuple[Phrase, ...] = (
    *phrases(
        "extent",
        rf"<not>(?:<COVERS>|is) (?:only |up )?(?P<value>{_SIZES}) {_PART} of (?:this |whole |entire )?<WHOLE>",
        r"<not>(?:<COVERS>|is) (?:only )?(?P<value>sliver|tiny bit|most|majority|vast majority|bulk|greater "
        r"part|lion's share)(?: of)? (?:this |whole |entire )?<WHOLE>",
        subject="niche",
        values=_EXTENTS,
        words=_WORDS
        | {
            "<COVERS>": r"(?:covers?|takes? up|occup(?:y|ies)|fills?|spans?|makes? up|accounts? for|comprises?|"
            r"constitutes?|represents?|forms?)"
        },
    ),
    *phrases(
        "extent",
        rf"(?:only )?(?P<value>{_SIZES}) {_PART} of (?:this |whole |entire )?<WHOLE> is (?:in |part of |covered "
        rf"by |occupied by )?<N>",
        r"(?P<value>most|majority|bulk|vast majority)(?: of)? (?:this |whole |entire )?<WHOLE> is (?:in |part "
        r"of |covered by |occupied by )?<N>",
        subject="",
        values=_EXTENTS,
        words=_WORDS,
    ),
    *phrases(
        "centred",
        r"(?:is )?<not>(?:mostly |mainly |all )?(?:(?:centred|concentrated) )?<PLACE>",
        r"is (?P<value>central|centrally)(?:<TISSUE>)",
        rf"(?:occup(?:y|ies)|fills?) (?P<value>{one_of(PLACES)}) (?:corner|quadrant|side|part|"
        rf"region)<TISSUE>",
        r"has its centre <PLACE>",
        subject="niche",
        values=PLACES | {"central": "centre", "centrally": "centre"},
        words=_WORDS,
    ),
    *phrases(
        "centred",
        r"(?:centre|middle|centroid|centre of mass) of <N> is <not><PLACE>",
        r"(?P<niche>its) (?:centre|middle|centroid) is <PLACE>",
        subject="",
        values=PLACES,
        words=_WORDS,
    ),
)
_SHARES = by_word(
    {
        "mostly": "mostly|mainly|predominantly|largely|primarily|chiefly|for most part|most|majority|bulk|"
        "vast majority",
        "partly": "partly|partially|in part|to some extent|some",
        "hardly": "hardly|barely|scarcely|hardly any|barely any|scarcely any|almost no|virtually no|very few|few|"
        "next to no|practically no|nearly no",
    }
)
_HOW = (
    r"(?P<value>mostly|mainly|predominantly|largely|primarily|chiefly|for most part|partly|partially|in part|"
    r"to some extent|hardly|barely|scarcely)"
)
_MADE = (
    r"(?:composed of|made up of|made of|comprised of|formed by|formed of|populated by|built of|built from|"
    r"filled with|occupied by)"
)
CELLS: tuple[Phrase, ...] = (
    *phrases(
        "composed_of",
        rf"is <not>{_HOW}(?: {_MADE})? (?:by |those of )?<T>",
        rf"is <not>{_MADE} {_HOW} (?:of )?<T>",
        rf"<not>(?:consists?|comprises?) (?:{_HOW})(?: of)? <T>",
        rf"<not>{_HOW} (?:consists? of|comprises?|contains?) <T>",
        r"<not>(?:contains?|has|holds?|houses?|harbours?) (?P<value>mostly|mainly|predominantly|hardly any|"
        r"barely any|scarcely any|almost no|virtually no|very few|few|next to no|practically no) <T>",
        subject="niche",
        values=_SHARES,
        words=_WORDS,
    ),
    *phrases(
        "composed_of",
        r"is <not>dominated by <T>",
        subject="niche",
        value="mostly",
        words=_WORDS,
    ),
    *phrases(
        "composed_of",
        r"<T> (?:makes? up|constitutes?|forms?|accounts? for|represents?) (?P<value>most|majority|bulk|vast "
        r"majority)(?: of)?(?: cells (?:of|in))? <N>",
        r"(?P<value>most|majority|vast majority|bulk)(?: of)? (?:cells |spots )(?:of|in|within) <N> is <T>",
        r"(?:there is )?(?P<value>hardly any|barely any|scarcely any|almost no|virtually no|very few|few|next to no|"
        r"practically no) <T>(?: is| is found| occur| live)? (?:in|within) <N>",
        rf"cells of <N> is {_HOW} (?:those of )?<T>",
        subject="",
        values=_SHARES,
        words=_WORDS,
    ),
    *phrases("composed_of", r"<T> dominates? <N>", subject="", value="mostly", words=_WORDS),
)
