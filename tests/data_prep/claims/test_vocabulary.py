"""The vocabulary: every kind has one file, with sentences, a statistic, a check and mostly a question."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data_prep import claims as c
from data_prep.claims.vocabulary import KNOWN_KINDS, thresholds
from data_prep.figures.spec import KINDS, KNOWN_FIGURES

ROOT = Path(__file__).parents[3]
NEW_KIND = """
from data_prep.claims.candidates import of_genes
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import weigh
from data_prep.claims.samples import of_tissue
from data_prep.facts.measurement import Measurement


def _check(claim, facts):
    return weigh(Measurement(facts.gene_maps.detected(claim.gene), 0.0), 0.5, 0.3)


TYPES = (
    ClaimType(
        kind="common",
        sentences=("{gene} is common.", "{gene} is in most spots."),
        statistic="share of the spots with a count",
        check=_check,
        threshold=lambda claim: "from 50 % on, not up to 30 %",
        sample=of_tissue,
        question=ClaimQuestion("expression", ("Is this gene common?", "Is it in most spots?"), of_genes("common")),
    ),
)
"""
USE_OF_IT = """
import numpy as np
from app.commands.prep_command import prep
from data_prep.claims import Claim, check, hear, speak
from data_prep.dataset.prep_config import PrepConfig
from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide
from data_prep.tasks import PROMPTS, TASKS, QuestionLimits

facts = Facts.measure(make_slide(1, n_spots=300, n_niches=3, n_genes=60))
specs = list(TASKS["common"].choose_questions(facts, np.random.default_rng(0), QuestionLimits(8)))
assert len(specs) == 8, specs
for spec in specs:
    verdict = check(Claim("common", spec.genes[0]), facts).verdict
    assert verdict == {"yes": "supported", "no": "contradicted"}[spec.label]
    assert TASKS["common"].make_example(facts, spec).completion in ("Yes.", "No.")
assert hear(speak([Claim("common", "this gene")])) == [Claim("common", "this gene")]
assert "Is this gene common?" in PROMPTS
assert "common" in PrepConfig().tasks
PrepConfig(tasks=("common",))
"""


@pytest.mark.parametrize("claim_type", c.CLAIM_TYPES.values(), ids=lambda claim_type: claim_type.kind)
def test_every_kind_has_several_phrasings_and_a_statistic(claim_type: c.ClaimType) -> None:
    assert len(claim_type.sentences) >= 2
    assert claim_type.statistic
    assert len(set(claim_type.sentences)) == len(claim_type.sentences)


@pytest.mark.parametrize("kind", c.ASKED_KINDS)
def test_every_question_shows_a_figure_and_has_several_wordings(kind: str) -> None:
    question = c.CLAIM_TYPES[kind].question
    assert question is not None
    assert question.figure in KINDS
    assert 2 <= len(set(question.wordings)) <= 4
    assert len({"{value}" in wording for wording in question.wordings}) == 1
    assert not {slot for wording in question.wordings for slot in re.findall(r"{(\w+)}", wording)} - {"value"}
    assert question.denial == "" or question.denial in c.CLAIM_TYPES


@pytest.mark.parametrize("kind", [kind for kind in KNOWN_KINDS if c.CLAIM_TYPES[kind].question])
def test_every_question_on_files_shows_a_figure_and_names_nothing(kind: str) -> None:
    question = c.CLAIM_TYPES[kind].question
    assert question.figure in (*KINDS, *KNOWN_FIGURES)
    assert not any(re.findall(r"{(\w+)}", wording) for wording in question.wordings)
    assert kind not in c.ASKED_KINDS, "it is not asked of a slide without files"


def test_kinds_exclude_and_imply_kinds_that_exist() -> None:
    for claim_type in c.CLAIM_TYPES.values():
        assert set(claim_type.excludes) <= set(c.CLAIM_TYPES)
        assert claim_type.implies in ("", *c.CLAIM_TYPES)


def test_no_sentence_has_two_meanings() -> None:
    templates = [template for claim_type in c.CLAIM_TYPES.values() for template in claim_type.sentences]
    assert len(set(templates)) == len(templates) >= 2 * len(c.CLAIM_TYPES)


def test_no_prompt_asks_about_two_kinds() -> None:
    from data_prep.tasks import CLAIM_PROMPTS, PROMPTS

    assert set(CLAIM_PROMPTS) == set(c.ASKED_KINDS)
    assert len(set(PROMPTS)) == len(PROMPTS)


def test_a_new_kind_takes_one_file_and_no_other_change(tmp_path: Path) -> None:
    for package in ("app", "data_prep", "inference", "training"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "data_prep" / "claims" / "kinds" / "common.py").write_text(NEW_KIND)
    done = subprocess.run([sys.executable, "-c", USE_OF_IT], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_documentation_lists_every_kind() -> None:
    documented = (ROOT / "docs" / "claims.md").read_text()
    for kind in c.CLAIM_TYPES.keys() - KNOWN_KINDS:
        claim_type = c.CLAIM_TYPES[kind]
        assert f"`{kind}`" in documented
        if claim_type.question:
            (row,) = (line for line in documented.splitlines() if line.startswith(f"| `{kind}` |"))
            cells = [cell.strip().replace("*", "") for cell in row.split("|")]
            assert cells[2] == claim_type.question.figure
            claims = [c.Claim(kind, value=value) for value in claim_type.asked_values]
            assert cells[3] in [claim_type.question.prompt(claim, claim_type.values) for claim in claims]


def test_the_documentation_of_what_is_known_lists_every_kind_that_needs_files() -> None:
    about_claims = (ROOT / "docs" / "known.md").read_text().split("\n## ")[1]
    rows = [line.split("|") for line in about_claims.splitlines() if line.startswith("| `")]
    for kind in KNOWN_KINDS:
        (row,) = (cells for cells in rows if f"`{kind}`" in cells[1])
        question = c.CLAIM_TYPES[kind].question
        assert row[-2].strip() == (question.figure if question else "–")


def test_the_thresholds_of_each_kind_are_numbers() -> None:
    found = json.loads(json.dumps(thresholds(), allow_nan=False))
    assert {"partial", "highest", "adjacent"} <= found.keys()
    assert found["adjacent"]["ADJACENT"] > found["adjacent"]["NOT_ADJACENT"] > 0
