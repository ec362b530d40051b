"""A comparison as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from data_prep.claims import CONTRADICTED, VERDICT_MARKS
from inference.answers.across.comparison import Comparison
from inference.answers.across.findings import Finding
from inference.answers.across.markdown_parts import escaped, table
from inference.answers.readable import percent

HEADINGS = ("Statement", "p", "Verdict", "", "", "Difference", "Limits")
"""Columns of a table of findings; the two empty ones are named after the sides."""
NO_CHANGES = "Nothing."
"""Text of a list without findings."""


def to_json(comparison: Comparison) -> str:
    """Everything for other programs."""
    return json.dumps(comparison.to_dict(), indent=2, ensure_ascii=False) + "\n"


def to_markdown(comparison: Comparison) -> str:
    """The comparison for people who read Markdown; contradicted statements are struck through."""
    pair = comparison.pair
    lines = [f"# {escaped(comparison.title)}", "", escaped(comparison.text), "", escaped(questions(comparison)), ""]
    lines += [f"- {escaped(note)}" for note in comparison.notes]
    sides = (pair.a.name, pair.b.name)
    for heading, findings in sections(comparison):
        lines += ["", f"## {escaped(heading)}", ""]
        lines += _findings(findings, sides) if findings else [NO_CHANGES]
    lines += ["", "Research software. Not for clinical use.", ""]
    return "\n".join(lines)


def sections(comparison: Comparison) -> list[tuple[str, tuple[Finding, ...]]]:
    """The lists of findings with their headings."""
    differ = "What differs" if comparison.pair.is_one_slide else "What changed"
    more = comparison.n_found - len(comparison.found)
    rest = f" ({more:,} more genes are not listed)" if more else ""
    return [
        (f"{differ}: what the model says", comparison.changes),
        (f"{differ}: what only the counts show{rest}", comparison.found),
        ("The same on both sides: what the model says", comparison.kept),
    ]


def questions(comparison: Comparison) -> str:
    """How many questions were asked, and what the counts compare."""
    return (
        f"{comparison.model} answered the same {comparison.n_asked} yes/no questions about pictures of both sides: "
        f"{comparison.n_sure} surely on both, of which {comparison.n_agree} alike. The counts compare "
        f"{comparison.n_compared:,} genes."
    )


def probability(finding: Finding) -> str:
    """The model's probability of a statement, for example "97%"; "" where there is none."""
    return "" if finding.probability is None else percent(finding.probability)


def _findings(findings: Sequence[Finding], sides: tuple[str, str]) -> list[str]:
    head = [*HEADINGS[:3], *(escaped(side) for side in sides), *HEADINGS[5:]]
    return table(head, [_row(finding) for finding in findings])


def _row(finding: Finding) -> list[str]:
    sentence = escaped(finding.sentence)
    verdict = f"{VERDICT_MARKS[finding.verdict]} {finding.verdict}"
    return [
        f"~~{sentence}~~" if finding.verdict == CONTRADICTED else sentence,
        escaped(probability(finding)),
        f"{verdict}: {escaped(finding.needs_words)}" if finding.needs else verdict,
        escaped(finding.on_a),
        escaped(finding.on_b),
        escaped(finding.difference),
        escaped(finding.threshold),
    ]
