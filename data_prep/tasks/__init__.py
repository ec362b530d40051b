"""The tasks: what is asked of a picture, and what the right answer is. A new task is one class in one file.

``marker_question`` and ``describe_question`` build what a model is shown, in training and in use alike.
"""

from data_prep.tasks.compare import COMPARE_PROMPTS, Compare
from data_prep.tasks.describe import (
    COMPOSITION_PROMPT,
    DESCRIBE_PROMPT,
    Describe,
    describe_question,
    draw_panels,
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
from data_prep.tasks.question import Example, PlanConfig, Question, Recipe, Task

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
"""Every question in words, for a tokenizer to learn; those about names have slots."""

__all__ = [
    "DESCRIBE_PROMPT",
    "MARKER_PROMPT",
    "NAMED_MARKER_PROMPT",
    "PROMPTS",
    "TASKS",
    "Example",
    "Marker",
    "PlanConfig",
    "Question",
    "Recipe",
    "Task",
    "checkerboard_quads",
    "describe_question",
    "draw_panels",
    "has_spatial_claim",
    "marker_question",
    "panel_claims",
]
