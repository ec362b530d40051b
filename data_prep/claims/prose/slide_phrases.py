"""Phrases about the slide itself: what its depth shows at the edge, in a stripe and in a bubble."""

from __future__ import annotations

from data_prep.claims.prose.phrase import Phrase, phrases

_WORDS = {
    # A round patch may be anything; a bubble has low depth by its name.
    "<BUBBLE>": (
        r"(?:(?:round|dark|air|clear|single|visible) )*"
        r"(?:bubbles?(?: (?:of|with) <LOW> <DEPTH>)?|round (?:patch(?:es)?|hole) (?:of|with) <LOW> <DEPTH>)"
    ),
    # Nothing but the beginning of a clause may stand before: "GFAP counts drop at the edge" is about a gene.
    "<START>": r"(?:^ ?|(?<=[,;:–] )|(?<=\band )|(?<=\bbut )|(?<=\bthat )|(?<=\bwhile ))",
    "<DEPTH>": r"(?:(?:sequencing |read )?depth|(?:total |umi |read )?counts|library size|coverage)",
    "<LOW>": r"(?:low|lower|lowest|reduced|poor|few|fewer|less|missing|shallow|decreased)",
    "<EDGE>": (
        r"(?:outer )?(?:tissue )?(?:edges?|rim|periphery|margins?|border|boundary)(?: of (?:tissue|section|slide))?"
    ),
    "<STRIPE>": (
        r"(?:(?:straight|dark|narrow|thin|clear|single|visible) )*(?:stripes?|streaks?|scratch(?:es)?|band|line)"
    ),
    "<CROSS>": r"(?:crosses|(?:runs|cuts|goes) (?:across|through)|is (?:on|in|across))",
    "<SLIDE>": r"(?:tissue|slide|section|sample|slice)",
}
_LOST = r"(?:has lost|lost|loses|lacks|has <LOW>|is poor in|has few|is of <LOW>)"
SLIDE: tuple[Phrase, ...] = (
    *phrases(
        "edge_artefact",
        r"<START><DEPTH> <not>(?:drops?|falls?|decreases?|declines?)(?: off)? (?:at|near|along|towards?|around) <EDGE>",
        r"<START><DEPTH> is <not><LOW> (?:at|near|along|towards?|around) <EDGE>",
        rf"<START><EDGE> <not>{_LOST} <DEPTH>",
        r"(?:there is |<START><SLIDE> (?:shows?|has) )<not>(?:(?:clear|strong|visible|marked) )*(?:edge|border|rim) "
        r"(?:effect|artefact|artifact|loss|drop)",
        subject="",
        words=_WORDS,
    ),
    *phrases(
        "stripe",
        r"<START><not><STRIPE> (?:of|with) <LOW> <DEPTH> <CROSS> <SLIDE>",
        r"there is <not><STRIPE> (?:of|with) <LOW> <DEPTH>",
        r"<START><SLIDE> <not>(?:has|shows) <STRIPE> (?:of|with) <LOW> <DEPTH>",
        subject="",
        words=_WORDS,
    ),
    *phrases(
        "bubble",
        rf"<START><not>round (?:patch|area|region|spot)(?: of <SLIDE>)? {_LOST} <DEPTH>",
        r"<START><SLIDE> <not>(?:has|shows) <BUBBLE>",
        r"there is <not><BUBBLE>",
        subject="",
        words=_WORDS,
    ),
)
