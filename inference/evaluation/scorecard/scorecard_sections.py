"""The sections of a scorecard: tables, plots and sentences that its Markdown and its page share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inference.evaluation.scorecard import scorecard_plots as plots
from inference.evaluation.scorecard.scorecard import Scorecard
from inference.evaluation.scorecard.scorecard_plots import Plot
from inference.evaluation.scores.metrics import PRECISION_ASKED, Score, YesNoScores
from inference.evaluation.scores.text_similarity import MAX_WRONG_ANSWERS
from inference.evaluation.suites.answers_in_words import WrittenScores, WrittenTaskScores
from inference.evaluation.suites.answers_yes_no import AmbiguousVerdicts, YesNoTaskScores
from inference.evaluation.suites.depth import MIN_QUESTIONS_EACH, MIN_SPOTS, DepthLadder, RungScores
from inference.evaluation.suites.perception import PerceptionLadder
from inference.evaluation.suites.robustness import Robustness


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        head: names of the columns.
        rows: as many cells each.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A section of a scorecard.

    Attributes:
        title: its heading.
        before: sentences that explain the tables.
        tables: in order.
        after: sentences with single numbers.
        plots: in order.
    """

    title: str
    before: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    after: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()


def title(card: Scorecard) -> str:
    """The model, the dataset and the split."""
    where = f"on {card.dataset}, split {card.split}" if card.dataset else "on synthetic tissue"
    return f"{card.model} {where}"


def sections(card: Scorecard) -> list[Section]:
    """The measured parts of a scorecard, and a last section for the parts that were left out."""
    parts = [_about(card)]
    for task, scores in card.yes_no.items():
        parts += [_yes_no(task, scores), _slides(task, scores)]
    if card.ambiguous:
        parts.append(_ambiguous(card.ambiguous))
    if card.written:
        parts += list(_written(card.written))
    if card.depth:
        parts.append(_depth(card.depth))
    if card.perception:
        parts.append(_perception(card.perception))
    if card.robustness:
        parts.append(_robustness(card.robustness))
    if card.left_out:
        parts.append(Section("Left out", after=tuple(f"{part}: {reason}." for part, reason in card.left_out.items())))
    return parts


def _about(card: Scorecard) -> Section:
    limit = f", at most {card.limit} questions of each part" if card.limit else ""
    return Section(
        "",
        before=(
            f"Base {card.base}, figure contract {card.contract}, seed {card.seed}{limit}. Brackets show 95 % bootstrap "
            "intervals. The bootstrap resamples whole genes of a slide, because questions about one gene share its "
            "picture.",
        ),
    )


def _yes_no(task: str, scores: YesNoTaskScores) -> Section:
    shuffled = "the counts of spots" if scores.spots_shuffled else "pixels, because the dataset holds no slides,"
    return Section(
        f"Yes/no questions: {task}",
        tables=(_yes_no_table("condition", scores.conditions),),
        after=(
            f"Image reliance (AUROC with the picture minus AUROC with a blank picture): {scores.reliance}.",
            "Accuracy of a classifier on the words of the questions, cross-validated within the split: "
            f"{scores.probe_accuracy:.3f}.",
            f"The shuffled condition permutes {shuffled} over the tissue. Niches stay.",
        ),
        plots=(plots.plot_reliability(task, scores.curves), plots.plot_coverage(task, scores.curves)),
    )


def _slides(task: str, scores: YesNoTaskScores) -> Section:
    rows = {f"{slide}: {name}": part for slide, parts in scores.slides.items() for name, part in parts.items()}
    of_model = [next(iter(parts.values())).auroc.value for parts in scores.slides.values()]
    defined = [value for value in of_model if not math.isnan(value)]
    after = (
        (f"AUROC of the model over slides: mean {sum(defined) / len(defined):.3f}, lowest {min(defined):.3f}.",)
        if defined
        else ()
    )
    return Section(
        f"By slide: {task}",
        tables=(_yes_no_table("slide", rows),),
        after=after,
        plots=(plots.plot_slides(task, scores),),
    )


def _yes_no_table(first: str, rows: Mapping[str, YesNoScores]) -> Table:
    head = (first, "n", "AUROC", "balanced accuracy", "F1", "ECE", f"coverage at {PRECISION_ASKED:.0%} right")
    cells = [(name, s.n, s.auroc, s.balanced_accuracy, s.f1, s.ece, s.coverage) for name, s in rows.items()]
    return Table(head, tuple(tuple(str(cell) for cell in row) for row in cells))


def _ambiguous(verdicts: AmbiguousVerdicts) -> Section:
    return Section(
        "Ambiguous genes",
        before=("These genes lie between the thresholds of the marker rule. No answer about them is right or wrong.",),
        after=(
            f"{verdicts.n} questions: yes {verdicts.yes:.1%}, no {verdicts.no:.1%}, abstains {verdicts.abstain:.1%}.",
        ),
    )


def _written(written: WrittenScores) -> Iterator[Section]:
    head = (
        "task",
        "condition",
        "n",
        "claim precision",
        "claim recall",
        "ledger precision",
        "checkable claims",
        "unheard sentences",
        "ROUGE-L",
        "likelihood quantile",
    )
    rows = [
        (
            task,
            name,
            str(s.n),
            str(s.precision),
            str(s.recall),
            _score(s.ledger),
            "-" if s.checkable is None else f"{s.checkable:.1f}",
            f"{s.unheard:.2f}",
            str(s.rouge_l),
            _score(s.likelihood),
        )
        for task, conditions in written.tasks.items()
        for name, s in conditions.items()
    ]
    yield Section(
        "Written answers",
        before=(
            "Claim precision and recall compare the claims of an answer with those of the right answer; only identical "
            "claims count. Ledger precision is the share of the checkable claims that the counts support. Checkable "
            "claims and unheard sentences (without a known claim) are numbers per answer. ROUGE-L compares the words "
            "with one of several phrasings of the right answer. The likelihood quantile ranks the right answer among "
            f"up to {MAX_WRONG_ANSWERS} answers to other questions of the task; 0.5 is chance.",
        ),
        tables=(Table(head, tuple(rows)),),
    )
    sets = [
        (task, name, scores)
        for task, conditions in written.tasks.items()
        for name, scores in conditions.items()
        if scores.set_f1 or scores.neighbours
    ]
    if sets:
        yield _sets(sets)
    if written.claims:
        yield _spatial_claims(written)
    if written.turns:
        yield _mirrored(written)


def _sets(sets: list[tuple[str, str, WrittenTaskScores]]) -> Section:
    rows = []
    for task, condition, scores in sets:
        if scores.set_f1:
            what = "F1 over panels" if task == "marker_panel" else "mean F1 of the set of niches"
            rows.append((task, condition, what, str(scores.set_f1)))
        if scores.neighbours:
            pair = zip(("precision", "recall"), scores.neighbours, strict=True)
            rows += [(task, condition, f"{name} of neighbours", str(score)) for name, score in pair]
    return Section(
        "Panels, niches and neighbours", tables=(Table(("task", "condition", "what", "score"), tuple(rows)),)
    )


def _spatial_claims(written: WrittenScores) -> Section:
    names = list(dict.fromkeys(name for scores in written.claims.values() for name in scores.conditions))
    rows = [
        (kind, str(s.n), str(s.n_true), *(_score(s.conditions.get(name)) for name in names))
        for kind, s in written.claims.items()
    ]
    return Section(
        "Claims that a fold change cannot make",
        before=(
            "Macro-F1 over every question that could be answered with the claim. For form and parts, the classes are "
            "their values. For the other claims, the classes are made and not made; a claim with the wrong half, side, "
            "direction or neighbour counts as a false claim and as a missed claim. The regression uses five pixel "
            "statistics of the question's own pictures and is fitted on the training split. It predicts the value too; "
            "only the neighbour of spills_over is given to it. Do not believe a claim of a model that scores no higher "
            "than this regression.",
        ),
        tables=(Table(("claim", "questions", "true of", *names), tuple(rows)),),
    )


def _mirrored(written: WrittenScores) -> Section:
    rows = [
        (task, mirror, str(s.n), str(s.turned), str(s.stayed))
        for task, by_mirror in written.turns.items()
        for mirror, s in by_mirror.items()
    ]
    return Section(
        "Place words on mirrored pictures",
        before=(
            "Answers with a place word that the mirror changes: share in which all such words turn with the picture, "
            "and share in which none changes.",
        ),
        tables=(Table(("task", "pictures", "answers", "words turned", "words stayed"), tuple(rows)),),
    )


def _depth(ladder: DepthLadder) -> Section:
    rows = {f"all slides, {sum(ladder.n.values())} questions": ladder.pooled}
    rows |= {f"{slide}, {ladder.n[slide]} questions": scores for slide, scores in ladder.slides.items()}
    names = list(next(iter(ladder.pooled.values())))
    return Section(
        "Depth ladder",
        before=(
            "AUROC of the marker questions of the split. The figures are drawn from thinned counts, the labels are "
            f"those at full depth. Slides need {MIN_SPOTS} labelled spots and {MIN_QUESTIONS_EACH} questions of each "
            "answer. Wilcoxon's z and the log2 fold change use the same thinned counts. The labels come from these two "
            "at full depth, so they have an advantage at 100 %. The regression is fitted on training figures of the "
            "same depth, and never on a gene that it answers.",
        ),
        tables=tuple(_rungs(name, "counts kept", scores, names, "{:.0%}") for name, scores in rows.items()),
        plots=(plots.plot_depth(ladder),),
    )


def _perception(ladder: PerceptionLadder) -> Section:
    d = ladder.default
    names = list(next(iter(next(iter(ladder.ladders.values())).values())))
    return Section(
        "Perception ladder",
        before=(
            f"AUROC on synthetic tissue, {ladder.n} questions for each row. One factor varies; the others stay at a "
            f"log2 fold change of {d.effect:g}, {d.share:.0%} of {d.n_spots} spots in the niche, {d.mean:g} counts per "
            f"spot and a dispersion of {d.dispersion:g}. Each raised gene has a partner of the same mean that is not "
            "raised. The intervals resample slides.",
        ),
        tables=tuple(_rungs("", factor, scores, names, "{:g}") for factor, scores in ladder.ladders.items()),
        plots=(plots.plot_perception(ladder),),
    )


def _rungs(name: str, factor: str, scores: RungScores, columns: list[str], form: str) -> Table:
    head = f"{name}: {factor}" if name else factor
    rows = tuple((form.format(rung), *(_score(by_name.get(c)) for c in columns)) for rung, by_name in scores.items())
    return Table((head, *columns), rows)


def _robustness(robustness: Robustness) -> Section:
    rows = [
        (
            name,
            str(change.holds),
            str(change.moved),
            str(change.auroc),
            *((str(change.places.n), str(change.places.turned)) if change.places else ("", "")),
        )
        for name, change in robustness.changes.items()
    ]
    head = ("pictures", "verdicts that hold", "mean change of p", "AUROC", "answers with place words", "words turned")
    return Section(
        "Robustness",
        before=(f"{robustness.n} marker questions, asked again with changed pictures.",),
        tables=(Table(head, tuple(rows)),),
        after=tuple(f"Not made: {name} ({reason})." for name, reason in robustness.left_out.items()),
    )


def _score(score: Score | None) -> str:
    return "-" if score is None else str(score)
