"""Reports: an interview about every niche of a slide, with each claim checked.

    (report,) = describe_slides(engine, [facts])
    report.niches[0].answer.text
    to_html(engine, [report])       # one web page, see `inference.answers.report_page`
    to_json([report])               # the claims for other programs

The counts choose which genes are asked about. What is said of them is the model's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.claims import CLAIM_TYPES, SUPPORTED, Claim, check, evidence_fields, sentence
from data_prep.claims.checker import Entry
from data_prep.facts.facts import Facts
from data_prep.slide_loading import slide_label, slides_with_niche
from inference.answers.asking import Answer, describe_niche
from inference.answers.candidate_claims import N_GENES
from inference.answers.interview import ENRICHED
from inference.answers.ledger import LedgerEntry
from inference.answers.screen import marker_table
from inference.answers.story.niche_story import NicheStory, tell_story
from inference.answers.story.phrased_story import PhrasedSentence, phrase_story
from inference.answers.story.recalled_markers import NOTHING_RECALLED, RecalledMarkers, recall_markers
from inference.answers.story.seen_claims import see_claims, seen_words
from inference.engine.engine import Engine, Progress
from inference.model.calibration import KindCalibration

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class NicheReport:
    """What the model says of a niche.

    Attributes:
        niche: its name.
        answer: the checked answer.
        markers: genes that the answer calls enriched, by falling effect, with the columns of `screen_markers`.
        story: what it may be, by the counts and the user's files; None for a slide without knowledge.
        phrased: the story in the words of a model that writes prose, each sentence checked; empty for other models.
        recalled: what such a model answers by names alone; nothing for other models, and without knowledge.
        seen: claims of the story that the model was asked about → what it sees, in words.
    """

    niche: str
    answer: Answer
    markers: pd.DataFrame
    story: NicheStory | None = None
    phrased: tuple[PhrasedSentence, ...] = ()
    recalled: RecalledMarkers = NOTHING_RECALLED
    seen: Mapping[Claim, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class SlideReport:
    """What the model says of a slide.

    Attributes:
        facts: facts of the slide.
        n_genes: number of genes that were asked about in each niche, at most.
        niches: one report for each niche, in the slide's order.
    """

    facts: Facts
    n_genes: int
    niches: tuple[NicheReport, ...]

    @property
    def warnings(self) -> tuple[Entry, ...]:
        """The artefacts of the slide that the counts support: a poor edge, a stripe, a bubble."""
        entries = (check(Claim(kind), self.facts) for kind, of_kind in CLAIM_TYPES.items() if of_kind.is_about_slide)
        return tuple(entry for entry in entries if entry.verdict == SUPPORTED)


def describe_slides(
    engine: Engine,
    slides: Sequence[Facts],
    *,
    n_genes: int = N_GENES,
    niches: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[SlideReport]:
    """Describes every niche of several slides, or some of them.

    Args:
        engine: model to ask.
        slides: facts of each slide, with a canvas of the engine's image size.
        n_genes: number of genes to ask about in each niche.
        niches: names of those to describe, none for all. Nothing is asked about other niches.
        progress: called with (niches described so far, all niches).

    Returns:
        One report for each slide that has one of the niches.

    Raises:
        NicheLensError: no slide has one of the niches, or the pictures of a slide have another size than the model
            reads.
    """
    for niche in niches:
        slides_with_niche([facts.slide for facts in slides], niche)
    chosen = [[niche for niche in facts.shapes if niche in niches or not niches] for facts in slides]
    n_niches, done = sum(map(len, chosen)), 0
    reports = []
    for facts, names in zip(slides, chosen, strict=True):
        described = []
        for niche in names:
            *_, answer = describe_niche(engine, facts, niche, n_genes)
            markers = _markers(facts, niche, answer, engine.calibration.of(ENRICHED))
            described.append(_with_knowledge(NicheReport(niche, answer, markers), engine, facts))
            done += 1
            if progress:
                progress(done, n_niches)
        if described:
            reports.append(SlideReport(facts, n_genes, tuple(described)))
    return reports


def _with_knowledge(report: NicheReport, engine: Engine, facts: Facts) -> NicheReport:
    """The report with what is known of the niche. A model that writes prose phrases it, and says what it recalls."""
    story = tell_story(facts, report.niche)
    if story is None:
        return report
    claims = [sentence.entry.claim for sentence in story.sentences if sentence.entry is not None]
    seen = see_claims(engine, facts.canvas, claims)
    words = {claim: seen_words(engine, claim, p_yes) for claim, p_yes in seen.items()}
    told = replace(report, story=story, seen=words)
    if not engine.writes_prose:
        return told
    recalled = recall_markers(engine, facts, report.answer.asked)
    return replace(told, phrased=phrase_story(engine, facts, story), recalled=recalled)


def to_json(reports: Sequence[SlideReport]) -> str:
    """The reports for other programs: each niche with its text and the claims in it, which have real names.

    ``share_checked`` is the share of the sentences that were checked, null for a text that says nothing of the niche.
    ``p`` is the model's calibrated probability that the claim is right, ``verdict`` and ``statistic`` are what the
    counts say, with the limits that decide and the spots that were measured (`data_prep.claims.Entry`). ``warnings``
    are the artefacts of the slides by the counts. ``may_be`` is what the niche may be by the user's files, with the
    source of each sentence; a slide without knowledge has none.
    """
    niches = [
        {
            "slice": slide_label(report.facts.slide),
            "niche": niche.niche,
            "text": niche.answer.text,
            "share_checked": niche.answer.ledger.share_checked,
            "claims": [_claim(entry) for entry in niche.answer.ledger.entries],
            **_known_json(niche),
        }
        for report in reports
        for niche in report.niches
    ]
    warnings = [
        {
            "slice": slide_label(report.facts.slide),
            "kind": entry.claim.kind,
            "text": entry.sentence,
            "statistic": entry.value,
            **evidence_fields(entry),
        }
        for report in reports
        for entry in report.warnings
    ]
    return json.dumps({"niches": niches, "warnings": warnings}, indent=2, ensure_ascii=False) + "\n"


def _known_json(niche: NicheReport) -> dict[str, Any]:
    if niche.story is None:
        return {}
    phrased = [part.to_json() for part in niche.phrased]
    recalled = asdict(niche.recalled) if niche.recalled.n_asked else None
    seen = [{"claim": sentence(claim, real_names=True), "model": words} for claim, words in niche.seen.items()]
    return {"may_be": niche.story.to_json() | {"phrased": phrased, "recalled": recalled, "seen": seen}}


def _claim(entry: LedgerEntry) -> dict[str, Any]:
    claim = entry.claim
    return {
        "kind": claim.kind,
        "gene": claim.gene,
        "niche": claim.niche,
        "value": claim.value,
        "other": claim.other,
        "p": entry.probability,
        "verdict": entry.verdict,
        "statistic": entry.value,
        **evidence_fields(entry),
    }


def _markers(facts: Facts, niche: str, answer: Answer, calibration: KindCalibration) -> pd.DataFrame:
    """The genes that an answer calls enriched, as rows of the table of a screen."""
    enriched = {entry.claim.gene: entry.probability for entry in answer.ledger.entries if entry.claim.kind == ENRICHED}
    p_marker = np.array([1.0 if p is None else p for p in enriched.values()])[:, None]
    return marker_table(facts, list(enriched), [niche], p_marker, calibration)
