"""Paraphrases of claims in free styles, and what says the contrary or nothing, for property tests."""

PARAPHRASES: dict[str, tuple[str, ...]] = {
    "enriched": (
        "{gene} is clearly a marker of {niche}.",
        "We see that {gene} is upregulated in {niche} compared with the rest of the tissue.",
        "{niche} is marked by {gene}.",
        "In {niche}, {gene} is elevated.",
        "There is enrichment of {gene} in {niche}.",
    ),
    "not_enriched": (
        "{gene} isn't a marker of {niche}.",
        "{gene} does not appear to be enriched in {niche}.",
        "{niche} is not marked by {gene}.",
        "There is no enrichment of {gene} in {niche}.",
    ),
    "depleted": ("{gene} is reduced in {niche}.", "In {niche}, {gene} is lower than elsewhere."),
    "adjacent": ("{niche} is right next to {other}.", "{niche} shares a border with {other}."),
    "patterned": ("{gene} is spatially variable.", "The map of {gene} shows a clear spatial pattern."),
    "not_patterned": ("{gene} lacks any spatial pattern.", "{gene} is just noise."),
    "colocalised": ("{gene} and {other} overlap.", "{gene} colocalizes with {other}."),
    "exclusive": ("{gene} and {other} are mutually exclusive.", "{gene} is low where {other} is high."),
    "unrelated": ("{gene} and {other} are unrelated.",),
    "spills_over": ("{gene} leaks from {niche} into {other}.",),
    "follows_depth": ("{gene} merely tracks library size.",),
    "absent": ("{gene} is hardly detected anywhere.",),
    "ubiquitous": ("{gene} is detected in nearly all spots.",),
    "nowhere": ("{gene} marks none of the niches.",),
    "no_peak": ("{gene} has no clear peak.",),
}
NEGATED: dict[str, tuple[str, ...]] = {
    "enriched": (
        "{gene} is not a marker of {niche}.",
        "{gene} never marks {niche}.",
        "It is not true that {gene} marks {niche}.",
        "Neither {gene} nor anything else marks {niche}.",
        "{gene} fails to mark {niche}.",
        "Nobody would call {gene} a marker of {niche}.",
    ),
    "not_enriched": ("It is wrong to say that {gene} is not enriched in {niche}.",),
    "depleted": ("{gene} is not depleted in {niche}.", "{gene} isn't lower in {niche} than elsewhere."),
    "adjacent": ("{niche} does not touch {other}.", "{niche} has no border with {other}."),
    "patterned": ("{gene} is not patterned.", "{gene} shows no spatial pattern."),
    "not_patterned": ("{gene} is not just noise.",),
    "colocalised": ("{gene} and {other} do not overlap.", "{gene} is not colocalised with {other}."),
    "exclusive": ("{gene} and {other} are not mutually exclusive.",),
    "unrelated": ("{gene} and {other} are not unrelated.",),
    "spills_over": ("{gene} does not spill over from {niche} into {other}.",),
    "follows_depth": ("{gene} does not follow sequencing depth.",),
    "absent": ("{gene} is not absent from the tissue.",),
    "ubiquitous": ("{gene} is not expressed everywhere.",),
}
"""Sentences that deny a claim."""
NO_CLAIM = (
    "Is it true that {said}?",
    "It is unclear whether {said}.",
    "If {said}, much would follow.",
    "I cannot tell whether {said}.",
    "You asked whether {said}.",
    "There is no evidence that {said}.",
    "The claim that {said} is false.",
    "One would expect that {said}.",
)
"""Frames that take the claim out of a sentence."""
HARMLESS = (
    "{said}.",
    "Overall, {said}.",
    "I think that {said}.",
    "**Answer:** {said}.",
    "- {said}",
    "We see that {said}, as expected.",
    "{said} (log2FC = 2.1, q < 0.01).",
)
"""Frames that leave the claim in a sentence."""
