"""Phrases about one gene in one niche: enriched, depleted, partial, rim, spills over, nowhere."""

from __future__ import annotations

from data_prep.claims.prose.phrase import Phrase, by_word, phrases

_STRENGTHS = by_word(
    {
        "strongly": "strongly|highly|markedly|heavily|dramatically|greatly|massively|very strongly",
        "moderately": "moderately|modestly",
    }
)
_OF_NOUN = {"strong": "strongly", "very strong": "strongly", "moderate": "moderately"}
_RAISED = r"(?:enriched|upregulated|overexpressed|elevated|raised|increased|higher|overrepresented)"
_HIGH = (
    r"(?:(?:highly|strongly|abundantly|heavily|richly|prominently|very highly|very strongly|most strongly|most "
    r"highly|"
    r"more highly|more strongly|more) (?:expressed|abundant|present|active)|more abundant|most abundant|"
    r"(?:very )?(?:high|abundant)|up|stronger|most enriched|more enriched|concentrated|at its strongest)"
)
_MORE = (
    r"(?:high|higher|elevated|increased|raised|more|much|strong|stronger|abundant|high levels? of|higher "
    r"levels? of|elevated levels? of|increased levels? of)"
)
_LOWERED = (
    r"(?:depleted|downregulated|underexpressed|lowered|reduced|decreased|lower|underrepresented|diminished|"
    r"suppressed)"
)
_LOW = (
    r"(?:less (?:abundant|expressed|strongly expressed|highly expressed)|(?:very )?low|scarce|down|weaker|"
    r"poorly expressed|rare)"
)
_LESS = r"(?:low|lower|reduced|decreased|less|little|low levels? of|lower levels? of|reduced levels? of)"
_ADJECTIVE = (
    r"(?:(?:clear|strong|marked|distinct|moderate|high|obvious|significant|pronounced|specific|local|"
    r"visible|sharp|spatial|any|such|real|robust|and|,|very|strongest|more|notable) )*"
)
_WORDS = {
    "<RAISED>": _RAISED,
    "<HIGH>": _HIGH,
    "<MORE>": _MORE,
    "<LOWERED>": _LOWERED,
    "<LOW>": _LOW,
    "<LESS>": _LESS,
    "<ADJ>": _ADJECTIVE,
    "<ENRICHMENT>": r"(?:enrichment|upregulation|overexpression|elevation|accumulation)",
    "<END>": r"(?= ?(?:$|[,;:–]|(?:and|but|while|whereas|with|as|than|compared|relative|although|though)\b))",
    "<MARKS>": (
        r"(?:marks?(?: out)?|labels?|highlights?|distinguish(?:es)?|defines?|characterizes?|identif(?:y|ies)|"
        r"delineates?|demarcates?|singles? out|picks? out|lights? up|tags?|marking|labelling)"
    ),
    "<MARKED>": (
        r"(?:marked(?: out)?|characterized|defined|distinguished|labelled|identified|typified|highlighted|"
        r"delineated|"
        r"demarcated|recognized|recognised|recognizable|recognisable)"
    ),
}
ENRICHED: tuple[Phrase, ...] = (
    *phrases(
        "enriched",
        r"(?:is )?<not>(?P<value>strong|very strong|moderate) <MARKER> (?:of|for|in) <N>",
        r"<not>has (?P<value>strong|very strong|moderate) <ENRICHMENT> <IN> <N>",
        denial="not_enriched",
        values=_OF_NOUN,
        words=_WORDS,
    ),
    *phrases(
        "enriched",
        r"<not>has (?P<value>strong|very strong|moderate) <ENRICHMENT> (?:of|for|in) <G>",
        subject="niche",
        denial="not_enriched",
        values=_OF_NOUN,
        words=_WORDS,
    ),
    *phrases(
        "enriched",
        r"(?:there is )?<not>(?P<value>strong|very strong|moderate) <ENRICHMENT> of <G>"
        r"(?: is)?(?: (?:found|visible|seen|apparent))* <IN> <N>",
        subject="",
        denial="not_enriched",
        values=_OF_NOUN,
        words=_WORDS,
    ),
    *phrases(
        "enriched",
        r"(?:is )?<not>(?:<STRENGTH> )?<RAISED> <IN> <N>",
        r"(?:is )?<not>(?:<STRENGTH> )?<RAISED> (?P<niche>here|there)",
        r"<not><MARKS> <N>(?: <STRENGTH>)?",
        denial="not_enriched",
        values=_STRENGTHS,
        words=_WORDS,
    ),
    *phrases(
        "enriched",
        r"(?:is )?<not><HIGH> <IN> <N>",
        r"(?:is )?<not><HIGH> (?P<niche>here|there)",
        r"(?:is )?<not>(?:one of |among |part of )?<GOOD><MARKER> (?:of|for|in) <N>",
        r"(?:is )?<not>(?:one of |among |part of )?<GOOD><N>(?: 's|'s|s')? <GOOD><MARKER>",
        r"belongs? to <MARKER> of <N>",
        r"<not>has (?:its )?<ADJ><ENRICHMENT> <IN> <N>",
        r"has (?P<negation>no )<ADJ><ENRICHMENT> <IN> <N>",
        r"<not>has (?:its )?<MORE> (?:expression|levels?|signal|abundance|counts)? ?<IN> <N>",
        r"(?P<negation>lacks?) <ADJ><ENRICHMENT> <IN> <N>",
        r"<not>(?:accumulates?|lights? up) <IN> <N>",
        r"(?:is )?<not>(?:predominantly|mainly|mostly|largely|primarily|chiefly) (?:localized|expressed|"
        r"concentrated|confined|"
        r"restricted|found|present|detected) (?:to|in|within) <N>",
        r"(?:is )?<not>expressed at (?:high|higher|elevated|increased|much higher) levels <IN> <N>",
        r"(?:is )?<not>expressed at (?:high|higher|elevated|increased|much higher) levels (?P<niche>here|there)",
        denial="not_enriched",
        words=_WORDS,
    ),
    *phrases(
        "enriched",
        r"(?:is )?(?:(?:only|largely|mainly|mostly|highly|strongly) )*(?:specific|restricted|confined|"
        r"exclusive|unique|limited) "
        r"to <N>",
        r"(?:is )?(?:<STRENGTH> )?<RAISED> only <IN> <N>",
        r"(?:is )?only (?:<STRENGTH> )?<RAISED> <IN> <N>",
        r"is (?:only )?<N>[- ]specific",
        r"(?:is )?(?:almost |nearly |virtually )?(?:exclusively|only) (?:found |seen |expressed |present |"
        r"detected )?in <N>",
        values=_STRENGTHS,
        says_more=True,
        words=_WORDS,
    ),
    *phrases(
        "enriched",
        r"(?:is )?<not>(?:<STRENGTH> )?<RAISED><END>",
        r"(?:is )?<not><HIGH><END>",
        denial="not_enriched",
        values=_STRENGTHS,
        needs_front=True,
        words=_WORDS,
    ),
    *phrases(
        "enriched",
        r"is <not>(?:<STRENGTH> )?<MARKED> by (?:presence of |<MORE> )?<G>",
        r"(?:is )?<not>(?:<STRENGTH> )?(?:enriched|rich) (?:for|in|with) <G>",
        r"<not>(?:overexpress(?:es)?|upregulates?) <G>",
        r"<not>(?:has|expresses|express) (?:(?:markedly|strongly|highly|dramatically|greatly|massively) )?<MORE> <G>",
        r"<not>has <ADJ><ENRICHMENT> (?:of|for|in) <G>",
        r"has (?P<negation>no )<ADJ><ENRICHMENT> (?:of|for|in) <G>",
        r"<not>(?:expresses|express) <G> (?:strongly|highly|at high levels|more strongly|more highly|more)",
        r"<not>has <G> as (?:its |one of its )?<GOOD><MARKER>",
        subject="niche",
        denial="not_enriched",
        values=_STRENGTHS,
        words=_WORDS,
    ),
    *phrases(
        "enriched",
        r"<GOOD><MARKER> (?:of|for|in) <N> (?:is|:|includes?|like|such as|comprises?) (?:its )?(?:<MORE> )?<G>",
        r"<N>(?: 's|'s|s')? <GOOD><MARKER> (?:is|:|includes?|comprises?) <G>",
        r"(?P<niche>its) <GOOD><MARKER> (?:is|:|includes?|comprises?) <G>",
        r"among <GOOD><MARKER> (?:of|for|in) <N> is <G>",
        r"among <N> <MARKER> is <G>",
        r"<not>(?:supports?|confirms?|suggests?|identif(?:y|ies)|shows?|has|reveals?|reports?|call|consider|"
        r"regard) <G> (?:as )?"
        r"<GOOD><MARKER> (?:of|for|in) <N>",
        r"(?:genes )?(?:enriched|upregulated|elevated|raised) <IN> <N> (?:is|:|includes?) <G>",
        r"(?:there is )?<not><ADJ><ENRICHMENT> of <G>(?: (?:is|found|"
        r"visible|seen|apparent))* <IN> <N>(?: is (?:clear|strong|evident|obvious|visible|apparent|pronounced|"
        r"striking|remarkable|unmistakable|marked))?",
        r"(?:there is )?<not>(?:(?:clear|very) )?(?:higher|elevated|increased|raised|strong|high|intense|"
        r"abundant|robust) <G>"
        r"(?: is)?(?: (?:seen|found|observed|visible|evident|detected|present))? <IN> <N>",
        r"(?:has|see|sees|find|finds|observe|there is) <not><ADJ><G> <ENRICHMENT> <IN> <N>",
        r"<G> (?:in|within|inside) <N> is <not>(?:higher|elevated|raised|increased)",
        r"<G> (?:is )?<not>(?:among |one of )?(?P<niche>its) <GOOD><MARKER>",
        subject="",
        denial="not_enriched",
        words=_WORDS,
    ),
)
_HALF = r"(?P<value>left|right|upper|lower|top|bottom)(?:most)? (?:part|half|side|portion|section)"
_HALVES = {"top": "upper", "bottom": "lower"}
_HAS = r"(?:expressed|present|detected|active|visible|found|confined|restricted|limited|concentrated|in|on|high)"
_RIM = (
    r"(?:(?:invasive|outermost|very|innermost|necrotic|tumou?r) )?(?P<value>rims?|edges?|borders?|periphery|"
    r"peripheries|margins?|boundary|boundaries|outer (?:edge|rim|zone|"
    r"part|layer|border)|"
    r"outskirts|core|cores|centre|interior|middle|inside|heart|inner (?:part|zone|core|region)|cent(?:er|re))"
)
_RIMS = by_word(
    {
        "core": "core|cores|centre|interior|middle|inside|heart|inner part|inner zone|inner core|inner region",
        "rim": "rim|rims|edge|edges|border|borders|periphery|peripheries|margin|margins|boundary|boundaries|outer edge|"
        "outer rim|outer zone|outer part|outer layer|outer border|outskirts",
    }
)
_PLACES = {
    "<HALF>": _HALF,
    "<HAS>": _HAS,
    "<RIM>": _RIM,
    "<OFN>": r"(?:of <N>)",
    "<MAINLY>": r"(?:mainly|mostly|largely|predominantly)",
    "<TOP>": (
        r"(?:highest|strongest|higher|stronger|enriched|concentrated|most abundant|more abundant|elevated|"
        r"raised|brightest|"
        r"brighter|maximal|most (?:strongly |highly )?expressed|more strongly expressed|most intense|high|"
        r"strongly enriched|"
        r"most enriched|accumulated)"
    ),
    "<AT>": r"(?:at|in|along|near|around|toward|towards|on|within)",
}
WITHIN_NICHE: tuple[Phrase, ...] = (
    *phrases(
        "partial",
        r"(?:is )?(?:<HAS> )?(?:almost |nearly )?(?:only|solely|exclusively|entirely) (?:<HAS> )?(?:in |to |"
        r"within )?<HALF> <OFN>",
        r"(?:is )?(?:only |almost only |nearly only )?(?:confined|restricted|limited) to (?:only )?<HALF> <OFN>",
        r"(?:is )?<HAS> (?:in|within) (?:only|just|nothing but) <HALF> <OFN>",
        r"(?:is )?(?:<HAS> )?<MAINLY> (?:<HAS> )?(?:in |to |within )<HALF> <OFN>",
        values=_HALVES,
        words=_PLACES,
    ),
    *phrases(
        "partial",
        r"(?:only|<MAINLY>) <HALF> <OFN> (?:expresses|has|contains|shows) <G>",
        r"(?:nearly|almost) all (?:of )?<G> is (?:in|within) <HALF> <OFN>",
        subject="",
        values=_HALVES,
        words=_PLACES,
    ),
    *phrases(
        "rim",
        r"(?:is )?<TOP> <AT> <RIM> <OFN>",
        r"(?:peaks?|culminates|accumulates?|concentrates?) <AT> <RIM> <OFN>",
        r"has (?:its )?(?:peak|maximum|highest|highest (?:values?|levels?|expression|signal)) <AT> <RIM> <OFN>",
        r"(?:is )?<TOP> <AT> (?P<niche>its) <RIM>",
        r"(?:is )?<TOP> <AT> <N>(?:'s| 's|s'|)? <RIM>",
        r"peaks? <AT> (?P<niche>its) <RIM>",
        values=_RIMS,
        words=_PLACES,
    ),
    *phrases(
        "rim",
        r"(?:is )?<TOP> <AT> <RIM>",
        r"peaks? <AT> <RIM>",
        values=_RIMS,
        needs_front=True,
        words=_PLACES,
    ),
    *phrases(
        "rim",
        r"<RIM> <OFN> (?:has|contains|holds|shows) (?:most of |most |highest |more |strongest |higher )<G>",
        r"<RIM> <OFN> is (?:rich in|richest in|enriched (?:in|for)|highest in) <G>",
        subject="",
        values=_RIMS,
        words=_PLACES,
    ),
    *phrases(
        "spills_over",
        r"(?:spills?|leaks?|bleeds?|spreads?|extends?|reaches|reach|diffuses?|seeps?)(?: over| across| "
        r"beyond)?(?: from| out of| out from) <N> "
        r",? ?(?:in|on|over|out|across)?(?: |-)?(?:into|to|onto|over to) <N2>",
        r"(?:spills?|leaks?|bleeds?|spreads?|seeps?)(?: over)? into <N2> from <N>",
        r"(?:extends?|reaches|spills?|spreads?|leaks?) beyond (?:(?:border|edge|boundary|rim) of )?<N>(?: and)? "
        r"into <N2>",
        words=_WORDS,
    ),
    *phrases(
        "spills_over",
        r"from <N> ,? ?<G> (?:reaches|extends|spills|spills over|leaks|spreads|bleeds) (?:over )?(?:into|to|"
        r"onto) <N2>",
        r"spill(?:-| )?over of <G> from <N> (?:into|to) <N2>",
        subject="",
        words=_WORDS,
    ),
    *phrases(
        "nowhere",
        r"(?:marks?|labels?|defines?|distinguish(?:es)?) (?:no niches?|none of (?:these |all )?niches)",
        r"(?:is )?(?:enriched|upregulated|elevated|raised) in (?:no niches?|none of (?:these )?niches|no single "
        r"niche|no one niche)",
        r"(?:is )?not (?:enriched|upregulated|elevated|raised) in any (?:(?:single |one |particular |specific )*"
        r"niche|of (?:these )?niches|niches)",
        r"not (?:marks?|label|define|distinguish) any (?:(?:single |particular |specific )*niche|of (?:these )?niches|"
        r"niches)",
        r"(?:is )?(?:not marker (?:of|for) any|marker (?:of|for) no|no marker (?:of|for) any) (?:(?:single "
        r")?niches?|of (?:these )?niches)",
        r"(?:is )?(?:enriched|raised) nowhere",
    ),
    *phrases(
        "nowhere",
        r"(?:no niche|none of (?:these )?niches) is (?:marked|defined|distinguished|labelled) by <G>",
        r"(?:no niche|none of (?:these )?niches) is (?:enriched|rich) (?:for|in) <G>",
        subject="",
    ),
)
DEPLETED: tuple[Phrase, ...] = (
    *phrases(
        "depleted",
        r"(?:is )?<not>(?:(?:strongly|clearly|markedly|highly|moderately|heavily) )?<LOWERED> (?:<IN>|from) <N>",
        r"(?:is )?<not><LOW> <IN> <N>",
        r"(?:is )?<not>(?:<LOWERED>|<LOW>) (?P<niche>here|there)",
        r"<not>(?:avoids?|shuns?|avoiding) <N>",
        r"(?:is )?<not>(?:strongly |largely )?excluded from <N>",
        r"<not>has (?:<ADJ>)depletion <IN> <N>",
        r"<not>has (?:its )?<LESS> (?:expression|levels?|signal|abundance) <IN> <N>",
        words=_WORDS,
    ),
    *phrases(
        "depleted",
        r"(?:is )?<not>(?:(?:strongly|markedly|highly|moderately) )?<LOWERED><END>",
        r"(?:is )?<not><LOW><END>",
        needs_front=True,
        words=_WORDS,
    ),
    *phrases(
        "depleted",
        r"(?:is )?<not>(?:(?:strongly|markedly) )?(?:depleted|poor) (?:of|in|for) <G>",
        r"<not>(?:has|expresses|express) <LESS> <G>",
        r"<not>downregulates? <G>",
        subject="niche",
        words=_WORDS,
    ),
    *phrases(
        "depleted",
        r"(?:there is )?<not><ADJ>depletion of <G>(?: is| is seen| is found)? <IN> <N>",
        r"(?:there is )?<not>(?:(?:clear|very) )?(?:low|lower|reduced|decreased|lowered|diminished) <G>"
        r"(?: is)?(?: (?:seen|found|observed|visible|evident|detected|present))? <IN> <N>",
        subject="",
        words=_WORDS,
    ),
)
