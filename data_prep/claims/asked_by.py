"""The words by which people ask, as data: phrases, and what each of them is about.

A phrase is a regular expression over a question in lower case and without signs, in which ``<gene>``, ``<niche>`` and
``<type>`` stand for names of the slide ("is <gene> a marker of <niche>"). ``N:`` in a phrase is any word for a niche,
``T:`` any word for the tissue. The longest phrase at a place counts; a phrase may have several topics. A question with
a word that is in no phrase is not understood.

`inference.answers.readings` says which topics together ask about which kinds of claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from data_prep.claims.claim import Claim
from data_prep.claims.question_topics import TOPICS
from data_prep.claims.vocabulary import CLAIM_TYPES

NICHE_NOUN = "(?:niche|region|area|cluster|domain|zone|compartment|layer|neighbou?rhood|structure)"
TISSUE_NOUN = "(?:tissue|slide|section|sample|image|picture|map|slice|specimen|biopsy)"

GRAMMAR = (
    r"a; an; the; that; is; are; was; were; be; been; being; am; do; does; did; done; can; could; may; might; "
    r"would; should; will; shall; has; have; had; having; i; you; we; me; us; my; our; your; s; please; kindly; hi; "
    r"hello; hey; dear; thanks; thank you; there; these; those; to; of; by; as; at; for; with; in; on; within; "
    r"inside; across; over; through; throughout; about; all; any; some; each; every; other; others; another; else; "
    r"and; or; but; also; too; just; simply; really; actually; indeed; truly; perhaps; maybe; possibly; probably; "
    r"likely; clearly; obviously; definitely; significantly; very; so; quite; rather; pretty; especially; "
    r"particularly; mainly; mostly; largely; generally; usually; at all; "
    r"(?:know|tell|tell me|see|check|say|wonder|wondering|ask|asking|find out|determine|test|sure|ask you) if; "
    r"whether; know; tell; see; check; want; wonder; wondering; like to know; curious; think; believe; suspect; "
    r"guess; thought; expect; expected; say whether; say if; tell whether; right; correct; true; case; "
    r"it true that; is it the case that; then; now; again; still; yet; well; ok; okay; so called; kind of; sort of; "
    r"kinds?; types? of; looking; look; looks; seem; seems; appear; appears; get; got; let; give; show; list; find; "
    r"name; need; help; in this (?:T:|data ?set|data|experiment); on this T:; in the (?:T:|data ?set|data); "
    r"on the T:; (?:this|the|my|our) T:; (?:this|the|my) (?:data|dataset); of (?:this|the|my) T:; "
    r"across (?:this|the) T:; T:; according to the (?:data|counts|T:); based on the (?:data|counts|T:); "
    r"than (?:in |at |on )?(?:the )?(?:rest|remainder|remaining T:)(?: of (?:the|this|my) T:)?; than elsewhere; "
    r"than anywhere else; than everywhere else; than (?:in )?(?:all |any |the )*others?(?: N:s?| tissue)?; "
    r"than (?:in )?(?:all )?(?:the )?other N:s?; than (?:in )?surrounding tissue; than outside(?: it| of it)?; "
    r"(?:compared|relative) (?:to|with) (?:in )?(?:the )?(?:rest|remainder|(?:all )?other N:s?|(?:all )?other tissue|"
    r"(?:all )?others?|everything else|elsewhere|surrounding tissue)(?: of (?:the|this|my) T:)?; "
    r"(?:versus|vs|against) (?:the )?(?:rest|(?:all )?other N:s?|other tissue|(?:all )?others?|everything else)(?: of "
    r"(?:the|this|my) T:)?; than noise; by more; than average; on average; to what (?:extent|degree); "
    r"than (?:in )?(?:the )?other (?:spots|cells|tissue|areas|parts); better; overall; altogether; anywhere else; "
    r"elsewhere; everywhere else; as such; in particular; in general; by any chance; as well; both; either; "
    r"neither; nor; here and there; one; ones; something; thing; things; way; way to; question; answer; fact; "
    r"in fact; come; comes; go; goes; lot; bit; a bit; much; slightly; somewhat; highly; fairly; markedly; such; "
    r"cells?; same time; at the same time; i mean; you know; how; when; while; where it; per; mean; means; called; "
    r"considered; regarded; call; quick(?:ly)?; one quick question; question about; would like; forget(?: about)?; "
    r"never mind; in space; spatially; sense; make sense; regard; serve; serves; act as; used; use; useful; good; "
    r"great; nice; strong; robust; reliable; true; valid; bona fide; known; be called; candidate; potential; "
    r"possible; putative; sensible; decent; appropriate; convincing; suitable; statistically; visually; "
    r"spatial(?:ly)?; strongly; yes or no; yes; "
    r"ok so; what do you think; do you think; would you say; can you tell(?: me)?; could you tell(?: me)?; tell me; "
    r"can you; could you; would you; is there; are there; evidence; evidence (?:that|for|of); any evidence; sign; "
    r"signs; sign of; indication; hint; hints; suggestion; support; supported"
)
"""Words that ask for nothing by themselves. Every reading passes over them."""

NEGATIONS = (
    r"not; no; never; cannot; without; nothing; none; nowhere; neither; hardly; "
    r"rather than; instead; instead of; fails?; false; un; non"
)
"""Words that turn a question round. The answer states the claim itself, so they change only `Route.is_negated`."""

REFERENCES = {
    "GENE": (
        r"<gene>; (?:(?:the|this|that|a) )?genes?(?: called| named)? <gene>; "
        r"<gene> (?:gene )?(?:gene|expression|levels?|signal|transcripts?|mrna|rna|counts?|abundance|activity|"
        r"molecules?|reads|positivity|map|distribution)(?: levels?)?; "
        r"(?:the )?(?:expression|levels?|signal|transcripts?|mrna|rna|counts?|abundance|activity|amount|map|"
        r"distribution|gene expression|expression levels?) of (?:the gene )?<gene>; <gene> positive cells; "
        r"<gene> expressing cells; cells expressing <gene>"
    ),
    "NICHE": (
        r"<niche>; (?:(?:the|this|that|a) )?N:s?(?: called| named)? <niche>; <niche> N:s?; "
        r"<niche> (?:tissue|cells|spots); spots of <niche>; (?:the )?<niche> niche N:; the <niche> one"
    ),
    "TYPE": r"<type>; cell types? <type>; <type> cells?; <type>s",
    "THIS_GENE": (
        r"(?:this|the|that) (?:selected |current |chosen |same )?(?:gene|symbol|transcript)(?: expression)?; "
        r"(?:my|selected|current|chosen) gene; (?:the )?expression of (?:this|the) gene; "
        r"its (?:expression|signal|map|level|levels|transcripts?|mrna); the (?:expression|signal); "
        r"its expression levels?"
    ),
    "THIS_NICHE": (
        r"(?:this|the|that) (?:selected |current |chosen |highlighted |colou?red |same )?(?:N:|tissue region|"
        r"tissue area); (?:my|selected|current|chosen|highlighted) N:; here; in there"
    ),
    "PRONOUN": r"it; its; they; them; their; this; this one; that one; itself; of that; in that",
    "WHICH_GENE": (
        r"(?:which|what) (?:other |of the |of these |are the )?(?:top |best )?genes?; "
        r"(?:the |some |any |all )?(?:other )?genes; any gene; (?:which|what) transcripts?; top genes?; transcripts"
    ),
    "WHICH_NICHE": (
        r"(?:which|what) (?:other |of the |of these |are the )?N:s?; (?:the |some |all |any )?(?:other )?N:s; "
        r"(?:any |every |each |another )(?:other )?N:; anything(?: else)?; any other N:s?; anywhere; "
        r"(?:which|what) tissue N:s?; another one; other ones"
    ),
    "WHICH_TYPE": (
        r"(?:which|what) (?:other )?(?:kinds?|types?|sorts?) of cells?; "
        r"(?:which|what) (?:are the )?(?:main |major |dominant |most common )?cell ?types?; (?:which|what) cells?; "
        r"(?:the |any |all |main |major |dominant )*cell ?types?; "
        r"cell (?:type )?(?:composition|populations?|mix|make ?up|proportions?|fractions?); "
        r"cellular (?:composition|make ?up); (?:which|what) cell populations?; cell type makeup; types of cells?"
    ),
    "WHAT": r"what; which; who; whose; what else; what all",
    "WHERE": (
        r"where; whereabouts; "
        r"(?:in|at|on) (?:which|what) (?:places?|locations?|positions?|parts?|sides?|corners?|area|region|end|"
        r"spot)(?: of the T:)?; "
        r"(?:which|what) (?:places?|locations?|positions?|parts?|sides?|corners?|end|quadrant)(?: of "
        r"the T:)?; (?:which|what) (?:area|region) of the T:; location; position; whereabouts; where exactly; "
        r"where in the T:; where on the T:; where about; "
        r"(?:which|what) direction"
    ),
}
"""Names, what stands for them, and what is asked for. "Which gene" and the like leave open what the answer names."""

DENIALS = {
    "enriched": "{gene} is not enriched in {niche}.",
    "depleted": "{gene} is not depleted in {niche}.",
    "partial": "{gene} is not expressed only in the {value} of {niche}.",
    "rim": "{gene} is not highest at the {value} of {niche}.",
    "spills_over": "{gene} does not spill over from {niche} into {other}.",
    "adjacent": "{niche} does not border {other}.",
    "form": "{niche} is not {value}.",
    "parts": "{niche} is not in {value}.",
    "centred": "{niche} is not centred {value}.",
    "extent": "{niche} does not cover {value} of the tissue.",
    "highest": "{gene} is not highest {value}.",
    "gradient": "{gene} does not rise {value}.",
    "patterned": "{gene} has no spatial pattern.",
    "follows_depth": "{gene} does not follow sequencing depth.",
    "edge_artefact": "Depth drops no more at the edge of the tissue than niches and genes explain.",
    "stripe": "No stripe has less depth than niches and genes explain.",
    "bubble": "No round patch has less depth than niches and genes explain.",
    "colocalised": "{gene} and {other} do not share their place.",
    "composed_of": "{niche} is not {value} composed of {other}.",
}
"""Kind of claim that is asked → the sentence that says that it is not so."""


OPEN = {
    "enriched": ("which niches {gene} marks", "which genes mark {niche}"),
    "depleted": ("in which niches {gene} is depleted", "which genes are depleted in {niche}"),
    "partial": ("which part of {niche} alone has {gene}", "which genes are in one part of {niche} only"),
    "rim": (
        "whether {gene} is highest at the rim or in the core of {niche}",
        "which genes are highest at the {value} of {niche}",
    ),
    "spills_over": ("where {gene} spills over from {niche}", "which genes spill over from {niche}"),
    "adjacent": ("which niches {niche} borders",),
    "form": ("which form {niche} has",),
    "parts": ("in how many pieces {niche} is",),
    "centred": ("where {niche} is centred",),
    "extent": ("how much of the tissue {niche} covers",),
    "composed_of": ("of which cell types {niche} is composed",),
    "highest": ("where {gene} is highest", "which genes are highest {value}"),
    "gradient": ("in which direction {gene} rises", "which genes rise {value}"),
    "patterned": ("whether {gene} has a spatial pattern", "which genes have a spatial pattern"),
    "follows_depth": ("whether {gene} follows sequencing depth", "which genes follow sequencing depth"),
    "edge_artefact": ("whether depth drops at the edge of the tissue",),
    "stripe": ("whether a stripe of low depth crosses the tissue",),
    "bubble": ("whether the tissue has a bubble of low depth",),
    "colocalised": ("which genes share the place of {gene}",),
}
"""Kind of claim that is asked → what an open question asks for, where the gene is named and where it is left open."""
_ANYTHING = {"gene": "a gene", "niche": "a niche", "value": "some place", "other": "another"}


def open_words(claim: Claim, anything: str) -> str:
    """What a claim with open fields asks for, in words: "which genes mark Stroma".

    Args:
        claim: with real names.
        anything: what stands in its open fields.
    """
    clauses, values = OPEN[claim.kind], CLAIM_TYPES[claim.kind].values
    clause = clauses[-1 if claim.gene == anything else 0]
    fields = {name: getattr(claim, name) for name in _ANYTHING}
    fields["value"] = values.get(claim.value, claim.value)
    return clause.format(**{name: _ANYTHING[name] if word == anything else word for name, word in fields.items()})


def denial(claim: Claim) -> str:
    """The sentence that says that a claim with real names is wrong."""
    return CLAIM_TYPES[claim.kind].say(DENIALS[claim.kind], claim, real_names=True)


@cache
def phrases() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(topic, pattern) of every phrase; the topic of grammar is "" and that of a negation "NOT"."""
    listed = [("", GRAMMAR), ("NOT", NEGATIONS), *REFERENCES.items(), *TOPICS.items()]
    return tuple((topic, pattern) for topic, text in listed for pattern in _patterns(text))


def _patterns(text: str) -> Iterator[re.Pattern[str]]:
    for phrase in text.replace("\n", " ").split(";"):
        words = phrase.strip().replace("N:", NICHE_NOUN).replace("T:", TISSUE_NOUN)
        if words:
            yield re.compile(rf"(?:{words})(?= |$)")
