"""A scorecard as sections of tables, plots and plain sentences: what its Markdown and its page have in common."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inference.evaluation import plots
from inference.evaluation.depth_ladder import LEAST_EACH, LEAST_SPOTS, DepthLadder, Rungs
from inference.evaluation.free_text import FreeText, WrittenAnswers
from inference.evaluation.metrics import PRECISION_ASKED, Score, YesNoScores
from inference.evaluation.perception_ladder import PerceptionLadder
from inference.evaluation.plots import Plot
from inference.evaluation.robustness import Robustness
from inference.evaluation.scorecard import Scorecard
from inference.evaluation.text_similarity import DISTRACTORS
from inference.evaluation.yes_no import Ambiguous, YesNo


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
    """A part of a report.

    Attributes:
        title: its heading.
        before: sentences that say how to read it.
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
    """What was evaluated on what."""
    where = f"on {card.dataset}, split {card.split}" if card.dataset else "on synthetic tissue"
    return f"{card.model} {where}"


def sections(card: Scorecard) -> list[Section]:
    """The parts of a scorecard that were measured, then what was left out."""
    found = [_about(card)]
    for task, part in card.yes_no.items():
        found += [_yes_no(task, part), _slides(task, part)]
    if card.ambiguous:
        found.append(_ambiguous(card.ambiguous))
    if card.written:
        found += list(_written(card.written))
    if card.depth:
        found.append(_depth(card.depth))
    if card.perception:
        found.append(_perception(card.perception))
    if card.robustness:
        found.append(_robustness(card.robustness))
    if card.left_out:
        found.append(Section("Left out", after=tuple(f"{part}: {why}." for part, why in card.left_out.items())))
    return found


def _about(card: Scorecard) -> Section:
    limit = f", at most {card.limit} questions of each part" if card.limit else ""
    return Section(
        "",
        before=(
            f"Base {card.base}, figure contract {card.contract}, seed {card.seed}{limit}. In brackets: 95 % bootstrap "
            "intervals; whole genes of a slide are resampled, since the questions about one share its picture.",
        ),
    )


def _yes_no(task: str, part: YesNo) -> Section:
    after = [f"Image reliance (AUROC with the picture minus AUROC with a blank one): {part.reliance}."]
    after.append(f"Words of the questions alone, cross-validated within the split: {part.probe_accuracy:.3f}.")
    what = "The counts of spots" if part.spots_shuffled else "Pixels (the dataset holds no slides)"
    after.append(f"{what} were permuted over the tissue for the shuffled condition; niches stayed.")
    return Section(
        f"Yes/no questions: {task}",
        tables=(_yes_no_table("condition", part.conditions),),
        after=tuple(after),
        plots=(plots.plot_reliability(task, part.curves), plots.plot_coverage(task, part.curves)),
    )


def _slides(task: str, part: YesNo) -> Section:
    rows = {f"{slide}: {name}": scores for slide, some in part.slides.items() for name, scores in some.items()}
    first = [next(iter(some.values())).auroc.value for some in part.slides.values()]
    known = [value for value in first if not math.isnan(value)]
    after = (
        (f"The model's AUROC over slides: mean {sum(known) / len(known):.3f}, lowest {min(known):.3f}.",)
        if known
        else ()
    )
    return Section(
        f"By slide: {task}",
        tables=(_yes_no_table("slide", rows),),
        after=after,
        plots=(plots.plot_slides(task, part),),
    )


def _yes_no_table(first: str, rows: Mapping[str, YesNoScores]) -> Table:
    head = (first, "n", "AUROC", "balanced accuracy", "F1", "ECE", f"coverage at {PRECISION_ASKED:.0%} right")
    cells = [(name, s.n, s.auroc, s.balanced_accuracy, s.f1, s.ece, s.coverage) for name, s in rows.items()]
    return Table(head, tuple(tuple(str(cell) for cell in row) for row in cells))


def _ambiguous(said: Ambiguous) -> Section:
    return Section(
        "Ambiguous genes",
        before=("Genes between the thresholds of the marker rule: nothing the model says of them is right or wrong.",),
        after=(f"{said.n} questions: yes {said.yes:.1%}, no {said.no:.1%}, abstains {said.abstain:.1%}.",),
    )


def _written(found: WrittenAnswers) -> Iterator[Section]:
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
        for task, conditions in found.tasks.items()
        for name, s in conditions.items()
    ]
    yield Section(
        "Written answers",
        before=(
            "Claim precision and recall compare with the right answer's claims, and only the very same claim counts; "
            "ledger precision is the share of the checkable claims that the counts support; checkable claims and "
            "unheard sentences are per answer. ROUGE-L compares words with one of several phrasings of the right "
            f"answer. The likelihood quantile ranks the right answer among up to {DISTRACTORS} answers to other "
            "questions of the task: 0.5 is chance.",
        ),
        tables=(Table(head, tuple(rows)),),
    )
    sets = [
        (task, name, s) for task, some in found.tasks.items() for name, s in some.items() if s.set_f1 or s.neighbours
    ]
    if sets:
        yield _sets(sets)
    if found.claims:
        yield _unseen(found)
    if found.turns:
        yield _turns(found)


def _sets(found: list[tuple[str, str, FreeText]]) -> Section:
    rows = []
    for task, condition, scores in found:
        if scores.set_f1:
            what = "F1 over panels" if task == "marker_panel" else "mean F1 of the set of niches"
            rows.append((task, condition, what, str(scores.set_f1)))
        if scores.neighbours:
            pair = zip(("precision", "recall"), scores.neighbours, strict=True)
            rows += [(task, condition, f"{name} of neighbours", str(score)) for name, score in pair]
    return Section(
        "Panels, niches and neighbours", tables=(Table(("task", "condition", "what", "score"), tuple(rows)),)
    )


def _unseen(found: WrittenAnswers) -> Section:
    names = list(dict.fromkeys(name for scores in found.claims.values() for name in scores.conditions))
    rows = [
        (kind, str(s.n), str(s.n_true), *(_score(s.conditions.get(name)) for name in names))
        for kind, s in found.claims.items()
    ]
    return Section(
        "Claims that a fold change cannot make",
        before=(
            "Macro-F1 over every question that could have been answered with the claim. Classes of form and parts are "
            "their values; of the others, said and not said, and a claim with the wrong half, side, direction or "
            "neighbour is both a false claim and a missed one. The regression on five pixel statistics of the "
            "question's own pictures learnt from the training split and tells the value too; only the neighbour of "
            "spills_over is granted to it. A model that does not beat it should not be believed when it makes the "
            "claim.",
        ),
        tables=(Table(("claim", "questions", "true of", *names), tuple(rows)),),
    )


def _turns(found: WrittenAnswers) -> Section:
    rows = [
        (task, turn, str(s.n), str(s.turned), str(s.stayed))
        for task, turns in found.turns.items()
        for turn, s in turns.items()
    ]
    return Section(
        "Place words on mirrored pictures",
        before=("Of the answers with a place word that the turn changes: all such words turned, or none changed.",),
        tables=(Table(("task", "pictures", "answers", "words turned", "words stayed"), tuple(rows)),),
    )


def _depth(ladder: DepthLadder) -> Section:
    rows = {f"all slides, {sum(ladder.n.values())} questions": ladder.pooled}
    rows |= {f"{slide}, {ladder.n[slide]} questions": found for slide, found in ladder.slides.items()}
    names = list(next(iter(ladder.pooled.values())))
    return Section(
        "Depth ladder",
        before=(
            "AUROC of the split's marker questions on figures drawn from thinned counts, against labels at full depth, "
            f"on slides with {LEAST_SPOTS} labelled spots and {LEAST_EACH} questions of each answer. Wilcoxon's z and "
            "the log2 fold change read the same thinned counts; the labels come from them at full depth, so 100 % is "
            "their own ground. The regression learnt from training figures at the same depth, never from a gene that "
            "it answers.",
        ),
        tables=tuple(_rungs(name, "counts kept", found, names, "{:.0%}") for name, found in rows.items()),
        plots=(plots.plot_depth(ladder),),
    )


def _perception(ladder: PerceptionLadder) -> Section:
    d = ladder.default
    names = list(next(iter(next(iter(ladder.ladders.values())).values())))
    return Section(
        "Perception ladder",
        before=(
            f"AUROC on synthetic tissue, {ladder.n} questions a rung, one factor varied around a default of log2 fold "
            f"change {d.effect:g}, {d.share:.0%} of {d.n_spots} spots in the niche, {d.mean:g} counts per spot and "
            f"dispersion {d.dispersion:g}; each raised gene beside one of the same mean that is not. Intervals "
            "resample slides.",
        ),
        tables=tuple(_rungs("", factor, found, names, "{:g}") for factor, found in ladder.ladders.items()),
        plots=(plots.plot_perception(ladder),),
    )


def _rungs(name: str, factor: str, found: Rungs, columns: list[str], form: str) -> Table:
    head = f"{name}: {factor}" if name else factor
    rows = tuple((form.format(rung), *(_score(scores.get(c)) for c in columns)) for rung, scores in found.items())
    return Table((head, *columns), rows)


def _robustness(found: Robustness) -> Section:
    rows = [
        (
            name,
            str(change.holds),
            str(change.moved),
            str(change.auroc),
            *((str(change.places.n), str(change.places.turned)) if change.places else ("", "")),
        )
        for name, change in found.changes.items()
    ]
    head = ("pictures", "verdicts that hold", "mean change of p", "AUROC", "answers with place words", "words turned")
    return Section(
        "Robustness",
        before=(f"{found.n} marker questions, asked again with changed pictures.",),
        tables=(Table(head, tuple(rows)),),
        after=tuple(f"Not made: {name} ({why})." for name, why in found.left_out.items()),
    )


def _score(score: Score | None) -> str:
    return "-" if score is None else str(score)
