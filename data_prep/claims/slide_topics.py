"""The topics of questions about the slide itself: the phrases by which people ask about artefacts.

They are part of `data_prep.claims.question_topics.TOPICS`.
"""

from __future__ import annotations

SLIDE_TOPICS = {
    "EDGE_EFFECT": (
        r"(?:edge|border|rim|boundary|margin) (?:effects?|arte?facts?|arti?facts?|loss(?:es)?|drops?|drop off|bias|"
        r"problems?)(?: in (?:the )?(?:depth|counts))?"
    ),
    "TISSUE_EDGE": (
        r"(?:(?:at|near|on|along|by|towards?|around) )?(?:the |its )?(?:outer )?(?:rim|edges?|borders?|periphery|"
        r"margins?|boundary) of the T:; "
        r"(?:(?:at|near|on|along|by|towards?|around) )?(?:the )?(?:T: )?(?:edges?|periphery|margins?)"
    ),
    "STRIPE": (
        r"(?:stripes?|striping|streaks?|scratch(?:es)?|seams?|straight (?:lines?|bands?))"
        r"(?: (?:of|with) (?:low|lower|few|fewer|reduced) (?:depth|counts))?; stripe arte?facts?"
    ),
    "BUBBLE": (
        r"(?:(?:air )?bubbles?|round (?:patch(?:es)?|areas?|holes?))"
        r"(?: (?:of|with) (?:low|lower|few|fewer|reduced) (?:depth|counts))?"
    ),
    "FEW_COUNTS": (
        r"(?:poor(?:er)?|low(?:er)?) in (?:counts|depth); (?:few|fewer|low|lower|less|missing) (?:counts|depth); "
        r"(?:lost|lose|loses|losing) (?:counts|depth); less deeply sequenced"
    ),
    "CROSS": r"cross(?:es|ing)?(?: the T:)?; runs? (?:across|through)(?: the T:)?",
    "SLIDE_ARTEFACTS": (
        r"(?:is|are) there (?:an |any )?(?:other )?(?:spatial |technical )?(?:arte?facts?|arti?facts?)"
        r"(?: (?:on|in) (?:the|this|my) T:)?; "
        r"(?:spatial |technical )?(?:arte?facts?|arti?facts?) (?:on|in|of) (?:the|this|my) T:; quality problems?; "
        r"(?:something|anything) wrong with (?:the|this|my) T:"
    ),
}
"""Topic → phrases."""
