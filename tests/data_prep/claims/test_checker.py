"""The checker: verdicts between and beyond the thresholds of every family of claims."""

from types import SimpleNamespace

import numpy as np
import pytest

from data_prep.claims import CONTRADICTED, SUPPORTED, UNCHECKABLE, Claim, check, gene_claims, pair_claims, within_claims
from data_prep.facts.facts import Facts
from data_prep.facts.gene_maps import Contrast
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts.measure(make_slide(11, n_spots=900, n_niches=5, n_genes=120))


class Measured(SimpleNamespace):
    """Facts of a slide with the genes G and H and the niches N and M, with values that a test sets."""

    def __init__(self, **values: object) -> None:
        contrast = Contrast(0.0, 1.0)
        defaults = {
            "detected": lambda gene: 0.5,
            "moran": lambda gene: (0.0, 0.0),
            "trend": lambda gene: (0.0, 0.0),
            "depth_correlation": lambda gene: 0.0,
            "map_correlation": lambda a, b: 0.0,
            "halves": lambda gene, niche: dict.fromkeys(("left", "right", "upper", "lower"), contrast),
            "rim": lambda gene, niche: contrast,
            "spill": lambda gene, niche, other: contrast,
        }
        shape = SimpleNamespace(form="compact", contacts={"M": 0.5})
        super().__init__(
            slide=SimpleNamespace(
                genes=np.array(["G", "H"]), gene_index=["G", "H"].index, niche_index=["N", "M"].index, niches=("N", "M")
            ),
            shapes={"N": shape, "M": shape},
            canvas=SimpleNamespace(niche_colours=lambda: {"N": "red", "M": "blue"}),
            markers=SimpleNamespace(label=np.array([[1, 0], [0, 0]])),
            composition={"N": {"T cell": values.get("share", 0.0)}},
            gene_maps=SimpleNamespace(**{name: values.get(name, default) for name, default in defaults.items()}),
        )


@pytest.mark.parametrize(
    ("claim", "statistic", "values", "verdicts"),
    [
        (Claim("absent", "G"), "detected", (0.005, 0.02, 0.04), (SUPPORTED, UNCHECKABLE, CONTRADICTED)),
        (Claim("ubiquitous", "G"), "detected", (0.97, 0.9, 0.8), (SUPPORTED, UNCHECKABLE, CONTRADICTED)),
        (
            Claim("patterned", "G"),
            "moran",
            ((0.3, 9.0), (0.05, 4.0), (0.3, 4.0), (0.0, 1.0)),
            (SUPPORTED, UNCHECKABLE, UNCHECKABLE, CONTRADICTED),
        ),
        (Claim("not_patterned", "G"), "moran", ((0.3, 9.0), (0.0, -1.0)), (CONTRADICTED, SUPPORTED)),
        (
            Claim("gradient", "G", value="left"),
            "trend",
            ((-0.8, 0.0), (-0.6, 0.0), (0.8, 0.0)),
            (SUPPORTED, UNCHECKABLE, CONTRADICTED),
        ),
        (
            Claim("follows_depth", "G"),
            "depth_correlation",
            (-0.6, 0.6, 0.4, 0.1),
            (SUPPORTED, SUPPORTED, UNCHECKABLE, CONTRADICTED),
        ),
        (
            Claim("colocalised", "G", other="H"),
            "map_correlation",
            (0.6, 0.45, 0.3),
            (SUPPORTED, UNCHECKABLE, CONTRADICTED),
        ),
        (
            Claim("exclusive", "G", other="H"),
            "map_correlation",
            (-0.3, -0.15, 0.1),
            (SUPPORTED, UNCHECKABLE, CONTRADICTED),
        ),
        (
            Claim("unrelated", "G", other="H"),
            "map_correlation",
            (0.05, -0.12, 0.2),
            (SUPPORTED, SUPPORTED, CONTRADICTED),
        ),
        (
            Claim("rim", "G", "N", "rim"),
            "rim",
            (Contrast(1.5, 1e-6), Contrast(0.8, 1e-6), Contrast(0.5, 1e-6), Contrast(1.5, 0.01)),
            (SUPPORTED, UNCHECKABLE, CONTRADICTED, CONTRADICTED),
        ),
        (Claim("rim", "G", "N", "core"), "rim", (Contrast(-1.5, 1e-6), Contrast(1.5, 1e-6)), (SUPPORTED, CONTRADICTED)),
        (
            Claim("spills_over", "G", "N", other="M"),
            "spill",
            (Contrast(1.5, 1e-6), Contrast(0.8, 1e-6), Contrast(0.1, 0.5)),
            (SUPPORTED, UNCHECKABLE, CONTRADICTED),
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Claim) else "",
)
def test_verdicts_follow_the_measured_value(claim: Claim, statistic: str, values: tuple, verdicts: tuple) -> None:
    for value, verdict in zip(values, verdicts, strict=True):
        facts = Measured(**{statistic: lambda *names, value=value: value})
        assert check(claim, facts).verdict == verdict, value


def test_only_one_half_of_a_niche_is_claimed() -> None:
    halves = dict.fromkeys(("left", "right", "upper", "lower"), Contrast(0.0, 1.0)) | {"upper": Contrast(3.0, 1e-9)}
    facts = Measured(halves=lambda gene, niche: halves)
    assert within_claims(facts, "G", "N") == [Claim("partial", "G", "N", "upper")]
    assert check(Claim("partial", "G", "N", "upper"), facts).verdict == SUPPORTED
    assert check(Claim("partial", "G", "N", "left"), facts).verdict == CONTRADICTED


@pytest.mark.parametrize(("share", "band"), [(0.01, "hardly"), (0.3, "partly"), (0.8, "mostly")])
def test_shares_of_cell_types_are_checked_with_a_tolerance(share: float, band: str) -> None:
    facts = Measured(share=share)
    verdicts = {
        word: check(Claim("composed_of", niche="N", value=word, other="T cell"), facts).verdict
        for word in ("hardly", "partly", "mostly")
    }
    assert verdicts == {word: SUPPORTED if word == band else CONTRADICTED for word in verdicts}
    assert check(Claim("composed_of", niche="N", value=band, other="B cell"), facts).verdict == UNCHECKABLE


def test_nothing_is_claimed_between_the_thresholds() -> None:
    unclear = Measured(moran=lambda gene: (0.05, 4.0), trend=lambda gene: (0.6, 0.0), map_correlation=lambda a, b: 0.3)
    assert gene_claims(unclear, "G") == []
    assert pair_claims(unclear, "G", "H") == []
    assert gene_claims(Measured(detected=lambda gene: 0.001), "G") == [Claim("absent", "G")]


def test_the_opposite_of_every_clear_label_is_contradicted(facts: Facts) -> None:
    label = facts.markers.label
    clear = np.argwhere(label >= 0)[::29]
    assert set(label[tuple(clear.T)]) == {0, 1}
    for gene, niche in clear:
        kinds = ("enriched", "not_enriched") if label[gene, niche] == 1 else ("not_enriched", "enriched")
        names = str(facts.slide.genes[gene]), facts.slide.niches[niche]
        right, wrong = (check(Claim(kind, *names), facts).verdict for kind in kinds)
        assert (right, wrong) == (SUPPORTED, CONTRADICTED)


def test_a_far_place_a_wrong_form_and_an_unknown_gene_are_not_supported(facts: Facts) -> None:
    niche, measured = next(iter(facts.shapes.items()))
    x, y = measured.centroid
    far = ("lower " if y < 0.5 else "upper ") + ("right" if x < 0.5 else "left")
    assert check(Claim("located", niche=niche, value=far), facts).verdict == CONTRADICTED
    other = next(form for form in ("ring", "band", "compact") if form != measured.form)
    assert check(Claim("form", niche=niche, value=other), facts).verdict == CONTRADICTED
    assert check(Claim("enriched", "NO-SUCH", niche), facts).verdict == UNCHECKABLE
