"""Names from files reach the page as text, never as HTML."""

from app.web import appearance
from data_prep.claims import Claim
from data_prep.figures.canvas import Canvas
from data_prep.synth.tissue import make_slide
from inference.answers.ledger import Ledger, LedgerEntry


def test_names_are_escaped() -> None:
    evil = "<script>alert(1)</script>"
    for piece in (
        appearance.status(evil),
        appearance.status(evil, bad=True),
        appearance.note(evil),
        appearance.verdict(evil, "yes", evil),
    ):
        assert "<script>" not in piece
        assert "&lt;script&gt;" in piece


def test_legend_has_the_colours_of_the_map() -> None:
    canvas = Canvas(make_slide(3, n_spots=300, n_niches=3, n_genes=12), 64)
    legend = appearance.legend(canvas, "Niche B")
    assert "Niche B (asked)" in legend
    assert f'rgb{tuple(appearance.palette.ASKED)}"></i>Niche B' in legend
    shown = {tuple(map(int, pixel)) for pixel in canvas.niches("Niche B").reshape(-1, 3)}
    for name, colour in canvas.niche_colours().items():
        rgb = appearance.palette.NICHE_COLOURS[colour]
        if name != "Niche B":
            assert rgb in shown
            assert f'rgb{rgb}"></i>{name}' in legend


def test_ledger_rows_hold_every_sentence() -> None:
    claim = Claim("enriched", "G", "N")
    entry = LedgerEntry(claim, "contradicted", "log2 fold change", "-1.0", "G is enriched in N.", probability=0.873)
    rows = appearance.ledger_rows(Ledger((entry,), ("Hello.",)))
    assert rows == [
        ["G is enriched in N.", "87%", "✗ contradicted", "log2 fold change", "-1.0"],
        ["Hello.", "", "- not checked", "holds no claim of the vocabulary", ""],
    ]
    assert all(len(row) == len(appearance.LEDGER_HEADERS) for row in rows)
