"""Facts whose numbers a test sets."""

from types import SimpleNamespace

import numpy as np

from data_prep.claims.kinds.centred import PLACES
from data_prep.facts.measurement import Measurement

ZERO = Measurement(0.0, 0.05)
N_SPOTS = 200
_HALVES = ("left", "right", "upper", "lower")


def shape(**values: object) -> SimpleNamespace:
    """A compact niche in one piece, in the middle of the tissue, with the neighbour M."""
    usual = {
        "form": "compact",
        "centroid": (0.5, 0.5),
        "centroid_error": (0.02, 0.03),
        "area_fraction": 0.2,
        "area_error": 0.05,
        "homophily": 0.9,
        "coverage": 0.5,
        "hollow": 0.9,
        "aspect": 2.0,
        "pieces": (1.0,),
        "pieces_error": (0.01,),
        "contacts": {"M": 0.5},
        "contact_errors": {"M": 0.02},
    }
    return SimpleNamespace(**(usual | values))


class Tissue(SimpleNamespace):
    """Labelled tissue of two niches with 100 spots each, all of depth 1000."""

    def __init__(self) -> None:
        super().__init__(
            niche_sizes=np.array([100, 100]),
            niche_depths=np.array([1000.0, 1000.0]),
            median_depth=1000.0,
            depth=np.full(N_SPOTS, 1000.0),
        )

    def __len__(self) -> int:
        return N_SPOTS


class Measured(SimpleNamespace):
    """Facts of a slide with the genes G and H and the niches N and M.

    Args:
        shape: of the niche N.
        log2fc: of G in N.
        frac_in: share of the spots of N that have G.
        share: of the cells of N that are T cells.
        values: what the functions of ``gene_maps`` return.
    """

    def __init__(
        self,
        *,
        shape: SimpleNamespace = shape(),  # noqa: B008
        log2fc: Measurement = Measurement(2.0, 0.1),  # noqa: B008
        q_value: float = 1e-9,
        frac_in: float = 0.5,
        label: int = 1,
        share: float = 0.0,
        **values: object,
    ) -> None:
        usual = {
            "detected": 0.5,
            "moran": ZERO,
            "moran_z": 0.0,
            "trend": (ZERO, ZERO),
            "depth_correlation": ZERO,
            "map_correlation": ZERO,
            "spot_correlation": ZERO,
            "halves": dict.fromkeys(_HALVES, ZERO),
            "rim": ZERO,
            "spill": ZERO,
            "pool_size": 7,
            "sides": np.arange(N_SPOTS) < 40,
            "place": np.arange(N_SPOTS) < 30,
            "ninths": dict.fromkeys(PLACES, Measurement(-1.0, 0.1)),
        }
        table = np.ones((2, 2))
        super().__init__(
            slide=SimpleNamespace(
                genes=np.array(["G", "H"]),
                has_gene=["G", "H"].__contains__,
                gene_index=["G", "H"].index,
                niche_index=["N", "M"].index,
                niches=("N", "M"),
                cell_types=("T cell",),
            ),
            shapes={"N": shape, "M": shape},
            canvas=SimpleNamespace(niche_colours=lambda: {"N": "red", "M": "blue"}),
            markers=SimpleNamespace(
                label=np.array([[label, 0], [0, 0]], np.int8),
                log2fc=table * log2fc.value,
                error=table * log2fc.error,
                noise=table * log2fc.noise,
                q_value=table * q_value,
                frac_in=table * frac_in,
                frac_out=table * 0.5,
            ),
            tissue=Tissue(),
            composition={"N": {"T cell": Measurement(share, 0.04)}},
            gene_maps=SimpleNamespace(
                **{name: lambda *_, value=value, **__: value for name, value in (usual | values).items()}
            ),
        )
