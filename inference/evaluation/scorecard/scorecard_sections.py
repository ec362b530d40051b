"""The sections of a scorecard: tables, plots and sentences that its Markdown and its page share."""

from __future__ import annotations

import math
from collections.abc import Mapping

from inference.evaluation.scorecard import scorecard_plots as plots
from inference.evaluation.scorecard.prose_sections import prose_sections
from inference.evaluation.scorecard.scorecard import Scorecard
from inference.evaluation.scorecard.section import Section, Table
from inference.evaluation.scores.condition_names import ARITHMETIC, BASE, BLANK, MASKED, MODEL, NAMED, SHUFFLED, WORDS
from inference.evaluation.scores.metrics import Score
from inference.evaluation.suites.claim_kinds import KindScores, SlideScores, UnclearVerdicts
from inference.evaluation.suites.depth import MIN_QUESTIONS_EACH, MIN_SPOTS, DepthLadder, RungScores
from inference.evaluation.suites.interview_scores import InterviewScores
from inference.evaluation.suites.perception import PerceptionLadder
from inference.evaluation.suites.robustness import Robustness

_CONDITIONS = (MODEL, BASE, BLANK, SHUFFLED, WORDS, ARITHMETIC, NAMED, MASKED)
MAX_SLIDE_ROWS = 40
"""Slides of a split of which each has a row of its own; of more slides, the mean and the lowest are shown."""


def title(card: Scorecard) -> str:
    """The model, the dataset and the split."""
    where = f"on {card.dataset}, split {card.split}" if card.dataset else "on synthetic tissue"
    return f"{card.model} {where}"


def sections(card: Scorecard) -> list[Section]:
    """The measured parts of a scorecard, and a last section for the parts that were left out."""
    parts = [_about(card)]
    if card.kinds:
        parts += [_kinds(card.kinds), _thresholds(card.kinds)]
        if any(scores.slides for scores in card.kinds.values()):
            parts.append(_slides(card.kinds))
    if card.unclear:
        parts.append(_unclear(card.unclear))
    if card.interview:
        parts.append(_interview(card.interview))
    if card.depth:
        parts.append(_depth(card.depth))
    if card.perception:
        parts.append(_perception(card.perception))
    if card.robustness:
        parts.append(_robustness(card.robustness))
    if card.written:
        parts += list(prose_sections(card.written))
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


def _kinds(kinds: Mapping[str, KindScores]) -> Section:
    names = [name for name in _CONDITIONS if any(name in scores.auroc for scores in kinds.values())]
    rows = []
    for kind, scores in kinds.items():
        cells = [_score(scores.auroc.get(name)) for name in names]
        rows.append((kind, scores.figure, f"{scores.n} ({scores.n_yes} yes)", *cells, _signed(scores.gain)))
    with_base = [
        (kind, _signed(s.gain_over_base)) for kind, s in kinds.items() if not math.isnan(s.gain_over_base.value)
    ]
    tables = [Table(("kind of claim", "figure", "questions", *names, f"model - {ARITHMETIC}"), tuple(rows))]
    if with_base:
        tables.append(Table(("kind of claim", "adapter - base"), tuple(with_base)))
    words = max(kinds.items(), key=lambda pair: pair[1].probe_accuracy)
    return Section(
        "Kinds of claim",
        before=(
            "AUROC of the yes/no questions: 0.5 is chance. With a blank picture or shuffled spots it must be near 0.5. "
            "Arithmetic is a regression on numbers of the pixels of the very same figures, fitted on the training "
            "split. The last column is a paired bootstrap: believe a gain whose interval does not contain 0.",
        ),
        tables=tuple(tables),
        after=(
            "Accuracy of a classifier on the words of the questions, cross-validated within the split: "
            f"at most {words[1].probe_accuracy:.3f} ({words[0]}).",
        ),
        plots=(plots.plot_kinds(kinds), plots.plot_reliability(kinds), plots.plot_coverage(kinds)),
    )


def _thresholds(kinds: Mapping[str, KindScores]) -> Section:
    rows = []
    for kind, scores in kinds.items():
        said = scores.threshold
        least = f"{said.least:.3f}" if math.isfinite(said.least) else "never"
        cells = (said.precision, said.recall, said.denied_precision, said.denied_recall, scores.ece)
        rows.append((kind, least, *map(str, cells)))
    head = ("kind of claim", "said from p", "precision", "recall", "precision of denials", "recall of denials", "ECE")
    return Section(
        "What is said at the model's thresholds",
        before=(
            "Half of the answers are yes, and the wrong claims are near misses. Precision is the share of right claims "
            "among those said, recall the share of right claims that are said. ECE is the expected calibration error "
            "of the probabilities.",
        ),
        tables=(Table(head, tuple(rows)),),
    )


def _slides(kinds: Mapping[str, KindScores]) -> Section:
    slides = sorted({slide for scores in kinds.values() for slide in scores.slides})
    head = ("slide", *kinds)
    rows = [(slide, *(_slide_cell(scores.slides.get(slide)) for scores in kinds.values())) for slide in slides]
    if len(slides) > MAX_SLIDE_ROWS:
        rows = []
    for name, summary in (("mean", _mean), ("lowest", min)):
        values = [[s.auroc for s in scores.slides.values() if not math.isnan(s.auroc)] for scores in kinds.values()]
        rows.append((name, *(f"{summary(some):.3f}" if some else "-" for some in values)))
    return Section(
        "By slide",
        before=(
            "AUROC of the model / of arithmetic on the same figures (questions), for slides with enough questions of "
            "either answer.",
        ),
        tables=(Table(head, tuple(rows)),),
    )


def _slide_cell(scores: SlideScores | None) -> str:
    if scores is None:
        return "-"
    arithmetic = "-" if math.isnan(scores.arithmetic) else f"{scores.arithmetic:.3f}"
    return f"{scores.auroc:.3f} / {arithmetic} ({scores.n})"


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _unclear(verdicts: UnclearVerdicts) -> Section:
    return Section(
        "Unclear claims",
        before=("The counts neither support nor contradict these claims. No answer about them is right or wrong.",),
        after=(
            f"{verdicts.n} questions: yes {verdicts.yes:.1%}, no {verdicts.no:.1%}, abstains {verdicts.abstain:.1%}.",
        ),
    )


def _interview(scores: InterviewScores) -> Section:
    all_claims = ("all claims", "", "", str(scores.precision), str(scores.recall))
    rows = [(kind, str(s.n_said), str(s.n_right), str(s.precision), str(s.recall)) for kind, s in scores.kinds.items()]
    slides = [
        (slide, str(n), _number(precision), _number(recall)) for slide, (precision, recall, n) in scores.slides.items()
    ]
    turns = [
        (name, str(turn.n), str(turn.turned), str(turn.stayed), str(turn.silenced))
        for name, turn in scores.turns.items()
    ]
    return Section(
        "Interviews",
        before=(
            f"{scores.n_niches} niches, each asked {scores.n_questions:.0f} questions on average, of which "
            f"{scores.n_said:.1f} claims are said. Precision is the share of the claims said that the counts support, "
            "recall the share of the supported claims asked about that are said. The counts cannot decide "
            f"{scores.n_uncheckable:.1f} of the claims said; these count in neither.",
        ),
        tables=(
            Table(("kind of claim", "said", "right", "precision", "recall"), (all_claims, *rows)),
            *(
                [Table(("slide", "said", "precision", "recall"), tuple(slides))]
                if len(slides) <= MAX_SLIDE_ROWS
                else []
            ),
            Table(("tissue", "place words said", "turned with it", "stayed", "fell silent"), tuple(turns)),
        ),
        after=(
            f"Precision with blank pictures at the same recall: {scores.blank_precision:.3f}.",
            f"Niches that a gene marks, from one question per niche: mean F1 {scores.niches_f1} at even odds, "
            f"{scores.niches_f1_sure} at the model's threshold ({scores.n_genes} genes).",
        ),
    )


def _depth(ladder: DepthLadder) -> Section:
    rows = {f"all slides, {sum(ladder.n.values())} questions": ladder.pooled}
    rows |= {f"{slide}, {ladder.n[slide]} questions": scores for slide, scores in ladder.slides.items()}
    names = list(next(iter(ladder.pooled.values())))
    others = [name for name in names if name != MODEL]
    gains = tuple(
        (f"{share:.0%}", *(_signed(by_name[name]) for name in others)) for share, by_name in ladder.gain.items()
    )
    return Section(
        "Depth ladder",
        before=(
            "AUROC of the questions about markers. The figures are drawn from thinned counts, the labels are those at "
            f"full depth. Slides need {MIN_SPOTS} labelled spots and {MIN_QUESTIONS_EACH} questions of each answer. "
            "Wilcoxon's z and the fold changes use the same thinned counts. The labels come from the fold change and "
            "its error at full depth, so these have an advantage at 100 %. Arithmetic is fitted on training figures of "
            "the same depth, and never on a gene that it answers.",
        ),
        tables=(
            Table(("all slides: counts kept", *(f"model - {name}" for name in others)), gains),
            *(_rungs(name, "counts kept", scores, names, "{:.0%}") for name, scores in rows.items()),
        ),
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
    rows = [(name, str(c.holds), str(c.moved), str(c.auroc)) for name, c in robustness.changes.items()]
    return Section(
        "Robustness",
        before=(f"{robustness.n} questions about markers, asked again with changed pictures.",),
        tables=(Table(("pictures", "verdicts that hold", "mean change of p", "AUROC"), tuple(rows)),),
        after=tuple(f"Not made: {name} ({reason})." for name, reason in robustness.left_out.items()),
    )


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _signed(score: Score) -> str:
    """A difference with its interval, for example ``+0.021 (+0.010 to +0.033)``."""
    if math.isnan(score.value):
        return "-"
    return f"{score.value:+.3f} ({score.low:+.3f} to {score.high:+.3f})"


def _score(score: Score | None) -> str:
    return "-" if score is None else str(score)
