"""Phrases about a gene, a pair of genes or a niche on the whole tissue."""

from __future__ import annotations

from data_prep.claims.prose.phrase import Phrase, one_of, phrases
from data_prep.facts.niche_shapes import COMPASS

PLACES = {place: place for row in COMPASS for place in row} | {"middle": "centre"}
PLACE = (
    rf"(?:in|at|on|along)(?: (?:far|very|extreme))? (?P<value>{one_of(PLACES)})"
    r"(?: (?:corner|quadrant|part|side|region|area|ninth|end|edge|portion|zone))?<TISSUE>"
)
_EVERY = (
    r"(?:(?:nearly |almost |virtually |practically )?(?:all|every)(?: of)?(?: single)? spots?|everywhere|"
    r"all over(?: tissue)?|throughout(?: whole| entire)? (?:tissue|section|slide)|across (?:whole|entire|all "
    r"of) (?:tissue|section|slide|sample))"
)
_ANYWHERE = (
    r"(?:anywhere(?: (?:in|on) (?:this )?(?:tissue|slide|section))?|in (?:this |any of )?(?:tissue|"
    r"slide|section|sample|any spot|any of spots)|at all|in any spots?)"
)
_DEPTH = (
    r"(?:sequencing depth|read depth|sequencing coverage|library size|total (?:umi |read |transcript "
    r")?counts?|number of (?:counts|reads|umis)|depth of sequencing|depth map|total umis?)"
)
_RISING = {
    "left to right": "right", "right to left": "left", "top to bottom": "down", "bottom to top": "up",
    "right": "right", "left": "left", "bottom": "down", "top": "up", "downwards": "down", "downward": "down",
    "upwards": "up", "upward": "up",
}  # fmt: skip
_FALLING = {
    words: {"right": "left", "left": "right", "down": "up", "up": "down"}[value] for words, value in _RISING.items()
}
_SIDE = r"(?: (?:side|edge|end|part))?(?: of (?:tissue|section|slide))?"
_AXES = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_FROM = "|".join(rf"from {start}{_SIDE} (?:to|towards?) {end}{_SIDE}" for start, end in _AXES.items())
_ALONG = (
    rf"(?P<value>{_FROM}|towards? (?:left|right|top|bottom)(?: (?:side|edge|end))?(?: of (?:tissue|section|"
    rf"slide))?|(?:up|down)wards?|to (?:left|"
    rf"right))"
)
_UP = (
    r"(?:rises?|increases?|grows?|climbs?|goes up|gets stronger|gets higher|strengthens?|is stronger|ramps up|"
    r"intensif(?:y|ies)|is (?:rising|increasing|growing)|rising|increasing|gains? strength|gets brighter|"
    r"brightens?)"
)
_DOWN = (
    r"(?:falls?(?: off)?|decreases?|declines?|drops?(?: off)?|fades?|weakens?|diminishes|goes down|tapers "
    r"off|wanes?|gets weaker|is (?:falling|decreasing)|decays?|falling|decreasing)"
)
_TOP = (
    r"(?:highest|strongest|brightest|most (?:abundant|intense|highly expressed|strongly expressed|prominent|"
    r"expressed)|maximal|"
    r"at (?:its|their) (?:highest|maximum|peak|strongest|brightest)|concentrated)"
)
_PEAK = (
    r"(?:peak|maximum|highest(?: (?:expression|levels?|values?|signal|point))?|strongest(?: (?:expression|"
    r"signal))?|hotspot|hot spot)"
)
_WORDS = {
    "<PLACE>": PLACE,
    "<EVERY>": _EVERY,
    "<ANYWHERE>": _ANYWHERE,
    "<DEPTH>": _DEPTH,
    "<ALONG>": _ALONG,
    "<UP>": _UP,
    "<DOWN>": _DOWN,
    "<TOP>": _TOP,
    "<PEAK>": _PEAK,
    "<ADJ>": r"(?:(?:clear|strong|distinct|marked|obvious|real|pronounced|visible|spatial|any|single|spatially|"
    r"coherent|recognizable|discernible|detectable|meaningful|apparent|particular|evident|definite|genuine|"
    r"significant|regional|true|non-random|and|,|highly) )*",
    "<MOSTLY>": r"(?:(?:largely|mostly|mainly|strongly|closely|tightly|nearly perfectly|almost perfectly|"
    r"perfectly) )?",
}
GENE_ON_TISSUE: tuple[Phrase, ...] = (
    *phrases(
        "highest",
        r"(?:is )?<TOP> <PLACE>",
        r"peaks? <PLACE>",
        r"with (?:its |their )?<PEAK> <PLACE>",
        r"(?:has|reaches|finds) (?:its|their)? ?<PEAK> <PLACE>",
        values=PLACES,
        words=_WORDS,
    ),
    *phrases(
        "highest",
        r"<PEAK>(?: of| for)? <G> is <PLACE>",
        r"(?:brightest|strongest|highest) (?:region|spot|spots|area|part|signal) (?:for|of) <G> is <PLACE>",
        r"<PLACE> (?:has|shows|holds) (?:highest|most|most of|strongest) <G>",
        subject="",
        values=PLACES,
        words=_WORDS,
    ),
    *phrases(
        "no_peak",
        r"(?:has no|lacks?|is without|without) (?:(?:single|clear|one|distinct|particular|dominant|obvious|real|"
        r"sharp|unique|any) )*(?:peak|maximum|hotspot|hot spot|focus)",
        r"not (?:peaks?|culminate) (?:in|at) (?:any )?(?:one|single|particular|any)(?: (?:single|particular|"
        r"one))? (?:place|spot|location|region|part)",
        r"(?:is )?highest in no (?:single |particular |one )?(?:place|spot|part|region)",
        r"(?:is )?not highest in any (?:single |particular |one )?(?:place|spot|part|region)",
        words=_WORDS,
    ),
    *phrases(
        "gradient",
        r"<UP> <ALONG>",
        r"has <ADJ>(?:rising|increasing|growing) gradient <ALONG>",
        r"has <ADJ>gradient (?:, )?(?:with )?(?:expression |levels )?(?:rising|increasing|that rises|that "
        r"increases|which rises) <ALONG>",
        values=_RISING,
        words=_WORDS,
    ),
    *phrases(
        "gradient",
        r"<DOWN> <ALONG>",
        r"has <ADJ>(?:falling|decreasing|declining) gradient <ALONG>",
        r"has <ADJ>gradient (?:, )?(?:with )?(?:expression |levels )?(?:falling|decreasing|that falls|that "
        r"decreases) <ALONG>",
        values=_FALLING,
        words=_WORDS,
    ),
    *phrases(
        "gradient",
        r"gradient of <G>(?: [^§,]*)? ,? ?(?:rising|increasing) <ALONG>",
        subject="",
        values=_RISING,
        words=_WORDS,
    ),
    *phrases(
        "patterned",
        r"(?:is )?<not>(?:spatially |clearly )?patterned",
        r"(?:is )?<not>(?:<ADJ>)spatially (?:variable|structured|organized|restricted|heterogeneous|"
        r"autocorrelated|varying|dependent)(?: gene)?",
        r"<not>has <ADJ>spatial (?:pattern|structure|organization|variation|structuring|patterning|"
        r"heterogeneity|autocorrelation)",
        r"<not>has <ADJ>(?:pattern|patterning)",
        r"has (?P<negation>no) <ADJ>(?:pattern|patterning|structure|(?:spatial )?variation|spatial (?:structure|"
        r"organization|autocorrelation))",
        r"(?P<negation>lacks?) <ADJ>(?:pattern|patterning|spatial (?:structure|organization|variation))",
        r"(?:is )?(?P<negation>without|with no) <ADJ>(?:pattern|structure|spatial (?:pattern|structure))",
        r"<not>(?:varies|vary) (?:spatially|in space|(?:over|across) (?:tissue|section|slide)(?: by more than "
        r"noise)?)",
        denial="not_patterned",
        words=_WORDS,
    ),
    *phrases(
        "not_patterned",
        r"(?:is )?(?:only |just |pure |nothing but |mere |no more than |little more than |spatially |basically "
        r")*(?:noise|random noise|indistinguishable from noise|not distinguishable from noise|unpatterned|"
        r"spatially random|random in space|spatially unstructured)",
        r"(?:is )?(?:randomly|spatially randomly) (?:distributed|scattered|spread|expressed)<TISSUE>",
        r"(?:is )?(?:distributed|scattered|spread|expressed) (?:randomly|at random)(?: (?:over|across) tissue)?",
        words=_WORDS,
    ),
    *phrases(
        "patterned",
        r"(?:there is )?<not><ADJ>(?:spatial )?(?:pattern|structure|patterning) (?:of|for|in|to) <G>",
        subject="",
        denial="not_patterned",
        words=_WORDS,
    ),
    *phrases(
        "follows_depth",
        r"<not>(?:only |just |mainly |mostly |closely )*(?:follows?|tracks?(?: with)?|mirrors?|reflects?|"
        r"correlates? with|scales? with|"
        r"depends? on|copies|resembles?|is(?: only| mainly| mostly| largely| strongly)? (?:explained by|driven "
        r"by|dominated by|"
        r"confounded by|proportional to|that of|correlated with|due to|artefact of|artifact of|reflection of|"
        r"function of)) "
        r"(?:only |that of |differences in |map of |variation in )*<DEPTH>",
        r"is <not>(?:high|highest|bright|higher) where <DEPTH> is (?:high|highest|higher|large)?",
        words=_WORDS,
    ),
    *phrases(
        "absent",
        r"(?:is )?(?:absent|missing|undetected|undetectable)(?: from (?:this )?(?:tissue|slide|section|sample|"
        r"slice)| everywhere| throughout(?: tissue)?| altogether)",
        r"(?:is )?(?:virtually |practically |essentially |completely |entirely |almost )*(?:absent|undetected|"
        r"undetectable)(?= ?(?:$|[,;]))",
        r"(?:is )?(?:not|hardly|barely|scarcely|hardly ever) (?:detected|detectable|seen|expressed|present|"
        r"found|visible|measurable)(?: almost)? <ANYWHERE>",
        r"is (?:hardly|barely|scarcely|not) (?:detected|detectable|seen|found)(?= ?(?:$|[,;]))",
        r"is (?:hardly|barely|scarcely|not) <ANYWHERE>",
        words=_WORDS,
    ),
    *phrases(
        "ubiquitous",
        r"(?:is )?<not>(?:expressed|detected|present|detectable|seen|visible)(?: more or less| pretty much| "
        r"practically)? (?:in )?<EVERY>",
        r"is <not>(?:everywhere|ubiquitous)",
        r"(?:is )?<not>ubiquitously (?:expressed|present|detected)<TISSUE>",
        r"is in <EVERY>",
        words=_WORDS,
    ),
)
_SHARES = r"(?:colocalizes?|overlaps?|cooccurs?|coincides?|goes together|go together|go hand in hand|coexpress(?:es)?)"
_PLACE_NOUN = (
    r"(?:places?|locations?|territor(?:y|ies)|domains?|patterns?|distributions?|spots|regions?|areas?|parts|space|"
    r"niches|spatial (?:pattern|domain|distribution))"
)
_PAIR = {**_WORDS, "<SHARES>": _SHARES, "<PLACES>": _PLACE_NOUN,
         "<HI>": r"(?:high|highest|strong|up|bright|abundant|expressed|highly expressed|enriched)",
         "<LO>": r"(?:low|lowest|absent|missing|depleted|down|weak|dark|off|lacking|scarce)"}  # fmt: skip
GENE_PAIRS: tuple[Phrase, ...] = (
    *phrases(
        "colocalised",
        r"<not><MOSTLY><SHARES>(?: (?:strongly|closely|tightly|in space|spatially|with each other|well))*<TISSUE>",
        r"<not>shares? (?:their|same|its|common|one) <PLACES>",
        r"(?:is )?<not><MOSTLY>(?:colocalized|coexpressed|spatially correlated|in register)(?: with each other)?",
        r"(?:is )?<not>(?:<HI> |found |seen |active |both <HI> |coexpressed |colocalized )?(?:in|at) same <PLACES>",
        r"<not>occup(?:y|ies) same <PLACES>",
        r"<not>has (?:(?:highly|very|nearly|almost|strikingly) )*(?:same|similar|identical) (?:spatial |"
        r"expression )?<PLACES>",
        is_pair=True,
        words=_PAIR,
    ),
    *phrases(
        "colocalised",
        r"<not><MOSTLY><SHARES> (?:\w+ly )?with <G2>",
        r"<not>overlaps? <G2>",
        r"<not>shares? (?:its|same|their)? ?<PLACES> (?:with|of) <G2>",
        r"(?:is )?<not><MOSTLY>(?:colocalized|coexpressed|spatially correlated) with <G2>",
        r"(?:is )?<not><HI> (?:in same places )?where(?:ver)? <G2>(?: is <HI>| is)",
        r"(?:is )?<not>in same <PLACES> as <G2>",
        words=_PAIR,
    ),
    *phrases("colocalised", r"where(?:ver)? <G2> is <HI> ,? ?(?:so is )?<G>(?: is <HI>)?", subject="", words=_PAIR),
    *phrases(
        "exclusive",
        r"<not>(?:mutually )?(?:excludes?|avoids?|repels?) (?:each other|one another)",
        r"(?:is )?<not>(?:mutually exclusive|spatially exclusive|mutually exclusively expressed|anticorrelated|"
        r"complementary|exclusive of each other)",
        r"(?:occupies|occupy) (?:mutually exclusive|complementary) <PLACES>",
        r"has (?:mutually exclusive|complementary|opposite) (?:spatial |expression )*<PLACES>",
        is_pair=True,
        words=_PAIR,
    ),
    *phrases(
        "exclusive",
        r"<not>(?:excludes?|avoids?) <G2>",
        r"(?:is )?<not>(?:mutually exclusive with|exclusive with|complementary to|anticorrelated with|excluded "
        r"from where) <G2>",
        r"<not>anticorrelates? with <G2>",
        r"(?:is )?<not><LO> where(?:ver)? <G2> is <HI>",
        r"(?:is )?<not><HI> where(?:ver)? <G2> is <LO>",
        words=_PAIR,
    ),
    *phrases(
        "exclusive",
        r"where(?:ver)? <G2> is <HI> ,? ?<G> is <LO>",
        r"where(?:ver)? <G2> is <LO> ,? ?<G> is <HI>",
        subject="",
        words=_PAIR,
    ),
    *phrases(
        "unrelated",
        r"(?:is )?<not>(?:spatially )?(?:unrelated|uncorrelated|independent)(?: (?:of|to|with) each other| in "
        r"space| spatially)?",
        r"(?:has|bear|bears) no (?:spatial )?relation(?:ship)?(?: (?:with|to) each other)?",
        r"has nothing to do with each other",
        is_pair=True,
        words=_PAIR,
    ),
    *phrases(
        "unrelated",
        r"(?:is )?<not>(?:spatially )?(?:unrelated to|uncorrelated with|independent of) (?:that of )?<G2>",
        r"has nothing to do with (?:that of )?<G2>",
        r"has no (?:spatial )?relation(?:ship)? (?:with|to) (?:that of )?<G2>",
        words=_PAIR,
    ),
    *phrases(
        "unrelated",
        r"(?:place|location|position|pattern) of <G> (?:says|tells)(?: us)? nothing (?:of |on )?(?:that of )?<G2>",
        r"no (?:spatial )?relation(?:ship)? between <PAIR>".replace("<PAIR>", r"(?P<pair>§g\d+)"),
        subject="",
        words=_PAIR,
    ),
)
