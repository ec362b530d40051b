"""Comparison of two niches: what the model says has changed, what it says is the same, and what only the counts show.

    comparison = compare_slides(engine, facts_a, facts_b, "L1", "L1")
    print(comparison.text)
    for finding in comparison.changes:
        print(finding.verdict, finding.sentence, finding.difference)

Every finding is checked on the difference itself (`findings`). With the same slide on both sides nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from data_prep.claims import CONTRADICTED, SUPPORTED, UNCLEAR
from data_prep.claims.kinds.enriched import fold_change
from data_prep.facts.facts import Facts
from data_prep.facts.niche_matching import similarity
from data_prep.slide_loading import slide_label
from inference.answers.across.findings import Finding
from inference.answers.across.gene_findings import GeneFindings, gene_sentence
from inference.answers.across.partners import depth_note, notes_on_slides, partner_niches
from inference.answers.across.shape_findings import ShapeFindings
from inference.answers.across.sides import Pair, Side, pair_of_niches, pair_of_slides
from inference.answers.across.two_interviews import TwoInterviews
from inference.answers.candidate_claims import N_GENES
from inference.answers.interview import ENRICHED
from inference.engine.engine import Engine, Progress

MOST_FOUND = 20
"""Changes of genes that are listed although only the counts show them."""


@dataclass(frozen=True)
class GeneRow:
    """A gene that the model was asked about on both sides.

    Attributes:
        gene: symbol.
        p_a: calibrated probability that it marks the niche on the first side; None where a server gives none.
        p_b: the same on the second side.
        log2fc_a: log2 fold change on the first side, niche over rest.
        error_a: its standard error.
        log2fc_b: log2 fold change on the second side.
        error_b: its standard error.
        difference: log2 difference, second side less first.
        error: its standard error.
        q_value: its adjusted p, over all genes compared.
    """

    gene: str
    p_a: float | None
    p_b: float | None
    log2fc_a: float
    error_a: float
    log2fc_b: float
    error_b: float
    difference: float
    error: float
    q_value: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between two niches.

    Attributes:
        pair: the two sides.
        model: name of the model.
        changes: differences that the model's answers state, each checked.
        found: differences that the counts support and the model did not state, the strongest first.
        n_found: number of all of these; at most `MOST_FOUND` genes are listed.
        kept: what the model says of both sides alike, each checked.
        genes: the genes that were asked about.
        n_compared: number of genes that the counts compare.
        n_asked: questions asked on each side.
        n_sure: questions with a sure answer on both sides.
        n_agree: of these, those with the same answer.
        notes: what to keep in mind, in words.
    """

    pair: Pair
    model: str
    changes: tuple[Finding, ...]
    found: tuple[Finding, ...]
    n_found: int
    kept: tuple[Finding, ...]
    genes: tuple[GeneRow, ...]
    n_compared: int
    n_asked: int
    n_sure: int
    n_agree: int
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        """What is compared."""
        return self.pair.title

    @property
    def text(self) -> str:
        """What the model says and the counts support, and how much of what it says they do not."""
        supported = [finding for finding in self.changes if finding.verdict == SUPPORTED]
        of_genes = [finding for finding in supported if finding.topic == "gene"]
        said = [finding.sentence for finding in supported if finding.topic != "gene"]
        for change in dict.fromkeys(finding.change for finding in of_genes):
            genes = [finding.about for finding in of_genes if finding.change == change]
            said.append(gene_sentence(self.pair, genes, change))
        what = "difference" if self.pair.is_one_slide else "change"
        if not self.changes:
            agree = (
                f"{self.n_agree} of {self.n_sure} questions that it answers surely on both sides have the same answer"
            )
            return f"The model is sure of no {what}: {agree}."
        if not said:
            said = [f"The counts confirm no {what} that the model states."]
        for verdict, words in ((UNCLEAR, "unclear by the counts"), (CONTRADICTED, "contradicted by the counts")):
            n = sum(finding.verdict == verdict for finding in self.changes)
            if n:
                said.append(
                    f"{n} {'statement' if n == 1 else 'statements'} of the model {'is' if n == 1 else 'are'} {words}."
                )
        return " ".join(said)

    def to_dict(self) -> dict[str, Any]:
        """Everything for other programs; numbers that are not finite are None."""
        pair = self.pair
        return {
            "title": self.title,
            "model": self.model,
            "a": _side(pair.a),
            "b": _side(pair.b),
            "text": self.text,
            "changes": [_plain(finding) for finding in self.changes],
            "found_by_counts": [_plain(finding) for finding in self.found],
            "n_found_by_counts": self.n_found,
            "kept": [_plain(finding) for finding in self.kept],
            "genes": [_plain(row) for row in self.genes],
            "n_genes_compared": self.n_compared,
            "questions": {"asked": self.n_asked, "sure_on_both": self.n_sure, "same_answer": self.n_agree},
            "notes": list(self.notes),
        }


def compare_slides(
    engine: Engine,
    a: Facts,
    b: Facts,
    niche: str,
    other: str = "",
    *,
    n_genes: int = N_GENES,
    progress: Progress | None = None,
) -> Comparison:
    """What changed in a niche from slide a to slide b.

    Args:
        engine: model to ask.
        a: facts of the first slide, with a canvas of the engine's image size.
        b: facts of the second slide, likewise.
        niche: name of the niche on the first slide.
        other: its name on the second slide; "" for the niche of the same name, or where niches were computed and so
            have no names, for its match.
        n_genes: number of genes to ask about on both slides.
        progress: called with (questions answered so far, all questions).

    Raises:
        NicheLensError: a slide has no such niche, the slides share too few genes, or the pictures of a slide have
            another size than the model reads.
    """
    a.slide.niche_index(niche)
    alike = similarity(a, b)
    partners = partner_niches(a, b, alike)
    other = other or partners.get(niche, niche)
    b.slide.niche_index(other)
    pair = pair_of_slides(a, b, niche, other, partners)
    return _compare(engine, pair, n_genes, progress, notes_on_slides(pair, alike))


def compare_niches(
    engine: Engine,
    facts: Facts,
    niche: str,
    other: str,
    *,
    n_genes: int = N_GENES,
    progress: Progress | None = None,
) -> Comparison:
    """How two niches of one slide differ, the second against the first.

    Args:
        engine: model to ask.
        facts: facts of the slide, with a canvas of the engine's image size.
        niche: name of the first niche.
        other: name of the second niche.
        n_genes: number of genes to ask about in both niches.
        progress: called with (questions answered so far, all questions).

    Raises:
        NicheLensError: the slide has no such niche, the two are one, or the pictures of the slide have another size
            than the model reads.
    """
    for name in (niche, other):
        facts.slide.niche_index(name)
    return _compare(engine, pair_of_niches(facts, niche, other), n_genes, progress, ())


def _compare(engine: Engine, pair: Pair, n_genes: int, progress: Progress | None, notes: tuple[str, ...]) -> Comparison:
    for side in (pair.a, pair.b):
        engine.check_canvas(side.facts.canvas)
    of_genes, of_shapes = GeneFindings(pair), ShapeFindings(pair)
    asked = of_genes.candidates(n_genes)
    interviews = TwoInterviews(engine, pair, asked)
    interviews.ask(progress)
    changes = list(interviews.changes(of_genes, of_shapes))
    changes.sort(key=lambda finding: -(finding.probability or 0.0))
    told = {(finding.topic, finding.change, finding.about) for finding in changes}
    found = [
        [finding for finding in findings if (finding.topic, finding.change, finding.about) not in told]
        for findings in (of_shapes.changed(), of_genes.changed())
    ]
    n_sure, n_agree = interviews.agreement()
    return Comparison(
        pair=pair,
        model=engine.name,
        changes=tuple(changes),
        found=(*found[0], *found[1][:MOST_FOUND]),
        n_found=len(found[0]) + len(found[1]),
        kept=tuple(interviews.kept(of_genes, of_shapes)),
        genes=tuple(_gene_rows(interviews, of_genes, known=engine.gives_probability)),
        n_compared=len(of_genes.genes),
        n_asked=len(interviews.topics),
        n_sure=n_sure,
        n_agree=n_agree,
        notes=(*notes, *depth_note(pair)),
    )


def _gene_rows(interviews: TwoInterviews, of_genes: GeneFindings, *, known: bool) -> Iterator[GeneRow]:
    """The genes that were asked about, those that differ most first."""
    by_counts, pair = of_genes.differences, of_genes.pair
    topics = [topic for topic in interviews.topics if topic.a.kind == ENRICHED]
    topics.sort(key=lambda topic: -abs(by_counts.of(topic.a.gene).value))
    for topic in topics:
        gene = topic.a.gene
        p_a, p_b = interviews.p_yes(topic)
        fold_a, fold_b = (fold_change(side.facts, gene, side.niche) for side in (pair.a, pair.b))
        difference = by_counts.of(gene)
        yield GeneRow(
            gene=gene,
            p_a=p_a if known else None,
            p_b=p_b if known else None,
            log2fc_a=fold_a.value,
            error_a=fold_a.error,
            log2fc_b=fold_b.value,
            error_b=fold_b.error,
            difference=difference.value,
            error=difference.error,
            q_value=float(by_counts.q_value[by_counts.row(gene)]),
        )


def _side(side: Side) -> dict[str, Any]:
    shape, slide = side.facts.shapes[side.niche], side.facts.slide
    return {
        "slide": slide.name,
        "slice": slide_label(slide),
        "donor": slide.meta.donor,
        "niche": side.niche,
        "n_spots": side.n_spots,
        "median_counts": side.depth,
        "share": shape.area_fraction,
    }


def _plain(record: Finding | GeneRow) -> dict[str, Any]:
    """A record for JSON: what is not finite is None."""
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in asdict(record).items()
    }
