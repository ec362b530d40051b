"""Tasks: kinds of questions about figures, with their right answers.

There is a claim task for each kind of claim that is asked: one figure, one yes/no question. The prose tasks ask for
several sentences about several figures, for large models. A new claim task needs a new kind of claim
(`data_prep.claims.kinds`) and nothing here; a new prose task is one class in one file.
"""

from data_prep.claims import ASKED_KINDS, Claim
from data_prep.tasks.claim_task import ClaimTask, claim_names, claim_of, claim_question, marker_question
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
from data_prep.tasks.marker import MARKER_CLAIM, MARKER_WHY_PROMPT, NAMED_MARKER_PROMPT, Marker
from data_prep.tasks.marker_panel import PANEL_PROMPTS, MarkerPanel
from data_prep.tasks.niches_of_gene import NICHES_PROMPTS, NichesOfGene
from data_prep.tasks.pattern import PATTERN_PROMPTS, Pattern, has_spatial_claim
from data_prep.tasks.quads import checkerboard_quads
from data_prep.tasks.question import Example, Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task

CLAIM_TASKS: dict[str, ClaimTask] = {kind: ClaimTask(kind) for kind in ASKED_KINDS}
"""Kind of claim → its task."""
PROSE_TASKS: dict[str, Task] = {
    task.name: task for task in (Marker(), MarkerPanel(), NichesOfGene(), Pattern(), Describe(), Compare(), Identity())
}
TASKS: dict[str, Task] = {**CLAIM_TASKS, **PROSE_TASKS}

CLAIM_PROMPTS: dict[str, tuple[str, ...]] = {
    kind: tuple(
        task.question.prompt(Claim(kind, value=value), task.claim_type.values, wording)
        for wording in range(len(task.question.wordings))
        for value in task.claim_type.asked_values
    )
    for kind, task in CLAIM_TASKS.items()
}
"""Kind of claim → all its prompts, the plainest first."""
MARKER_PROMPT = CLAIM_PROMPTS["enriched"][0]
"""The question that a screen asks about every gene and niche."""
PROMPTS = (
    *(prompt for prompts in CLAIM_PROMPTS.values() for prompt in prompts),
    MARKER_WHY_PROMPT,
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
    "CLAIM_PROMPTS",
    "CLAIM_TASKS",
    "DESCRIBE_PROMPT",
    "MARKER_CLAIM",
    "MARKER_PROMPT",
    "NAMED_MARKER_PROMPT",
    "PROMPTS",
    "PROSE_TASKS",
    "TASKS",
    "ClaimTask",
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
