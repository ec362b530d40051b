"""Tasks: kinds of questions about figures, with their right answers. A new task is one class in one file.

``marker_question`` and ``describe_question`` build the questions for training and for use.
"""

from data_prep.tasks.claim_task import claim_names, claim_of, claim_question
from data_prep.tasks.compare import COMPARE_PROMPTS, Compare
from data_prep.tasks.describe import (
    COMPOSITION_PROMPT,
    DESCRIBE_PROMPT,
    Describe,
    choose_panels,
    describe_question,
    panel_claims,
)
from data_prep.tasks.identity import IDENTITY_PROMPTS, Identity
from data_prep.tasks.marker import (
    MARKER_PROMPT,
    NAMED_MARKER_PROMPT,
    Marker,
    checkerboard_quads,
    marker_question,
)
from data_prep.tasks.marker_panel import PANEL_PROMPTS, MarkerPanel
from data_prep.tasks.niches_of_gene import NICHES_PROMPTS, NichesOfGene
from data_prep.tasks.pattern import PATTERN_PROMPTS, Pattern, has_spatial_claim
from data_prep.tasks.question import Example, Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task

TASKS: dict[str, Task] = {
    task.name: task for task in (Marker(), MarkerPanel(), NichesOfGene(), Pattern(), Describe(), Compare(), Identity())
}

PROMPTS = (
    MARKER_PROMPT,
    DESCRIBE_PROMPT,
    f"{DESCRIBE_PROMPT} {COMPOSITION_PROMPT}",
    *PANEL_PROMPTS,
    *NICHES_PROMPTS,
    *PATTERN_PROMPTS,
    *COMPARE_PROMPTS,
    *IDENTITY_PROMPTS,
)
"""Prompts of all tasks, for the training of a tokenizer. Prompts with names have slots."""

__all__ = [
    "DESCRIBE_PROMPT",
    "MARKER_PROMPT",
    "NAMED_MARKER_PROMPT",
    "PROMPTS",
    "TASKS",
    "Example",
    "Marker",
    "Question",
    "QuestionLimits",
    "QuestionSpec",
    "Task",
    "checkerboard_quads",
    "choose_panels",
    "claim_names",
    "claim_of",
    "claim_question",
    "describe_question",
    "has_spatial_claim",
    "marker_question",
    "panel_claims",
]
