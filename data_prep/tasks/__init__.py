"""The tasks: what is asked of a picture, and what the right answer is. A new task is one class in one file.

``marker_question`` and ``describe_question`` build what a model is shown, in training and in use alike.
"""

from data_prep.tasks.base import Example, PlanConfig, Question, Recipe, Task
from data_prep.tasks.compare import Compare
from data_prep.tasks.describe import DESCRIBE_PROMPT, Describe, describe_question, draw_panels, panel_claims
from data_prep.tasks.identity import Identity
from data_prep.tasks.marker import (
    MARKER_PROMPT,
    NAMED_MARKER_PROMPT,
    Marker,
    checkerboard_quads,
    marker_question,
)
from data_prep.tasks.marker_panel import MarkerPanel
from data_prep.tasks.niches_of_gene import NichesOfGene
from data_prep.tasks.pattern import Pattern

TASKS: dict[str, Task] = {
    task.name: task for task in (Marker(), MarkerPanel(), NichesOfGene(), Pattern(), Describe(), Compare(), Identity())
}

__all__ = [
    "DESCRIBE_PROMPT",
    "MARKER_PROMPT",
    "NAMED_MARKER_PROMPT",
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
    "marker_question",
    "panel_claims",
]
