"""Names from files reach the page as text, never as HTML."""

from app.web import appearance
from app.web.ledger_view import answer_view, ledger_view
from app.web.model_figures import figures_view
from data_prep.claims import Claim
from data_prep.figures.canvas import Canvas
from data_prep.synth.tissue import make_slide
from inference.answers.asking import Answer
from inference.answers.ledger import CheckedSentence, Ledger, LedgerEntry

EVIL = "<script>alert(1)</script>"


def test_names_are_escaped() -> None:
    canvas = Canvas(make_slide(3, n_spots=300, n_niches=3, n_genes=12), 32)
    entry = LedgerEntry(Claim("enriched", EVIL, EVIL), "contradicted", EVIL, EVIL, EVIL, probability=0.5)
    checked = Ledger((CheckedSentence(EVIL, (entry,)), CheckedSentence(EVIL)))
    for piece in (
        appearance.status(EVIL, EVIL, EVIL),
        appearance.note(EVIL),
        appearance.verdict(EVIL, "yes", EVIL),
        answer_view(Answer(EVIL)),
        answer_view(None, EVIL),
        ledger_view(checked),
        answer_view(Answer(EVIL, ledger=checked)),
        figures_view([(canvas.niche("Niche A"), EVIL)], EVIL),
    ):
        assert "<script>" not in piece
        assert "&lt;script&gt;" in piece


def test_a_problem_stands_below_the_name_of_the_slide_that_is_open() -> None:
    line = appearance.status("open.h5ad", "human", "broken.h5ad: no slide")
    assert line.index("open.h5ad") < line.index("broken.h5ad")
    assert 'role="alert"' in line
    assert "alert" not in appearance.status("open.h5ad", "human")
