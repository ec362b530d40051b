"""The spot graph: no bridges over gaps; spots at the edge of the tissue are known."""

import numpy as np
import pytest

from data_prep.facts.spot_graph import edge_spots, spot_graph


def test_no_edge_bridges_a_gap() -> None:
    rng = np.random.default_rng(1)
    two = rng.random((200, 2))
    two[100:, 0] += 10
    rows, columns = spot_graph(two).nonzero()
    assert ((rows < 100) == (columns < 100)).all()


@pytest.mark.parametrize("layout", ["array", "cells"])
def test_edge_spots_lie_at_the_edge(layout: str) -> None:
    row, column = np.divmod(np.arange(900), 30)
    xy = np.stack([column + 0.5 * (row % 2), row * 0.75**0.5], axis=1)
    if layout == "cells":
        xy = np.random.default_rng(2).random((900, 2)) * [30, 26]
    hole = np.hypot(*(xy - [15, 13]).T) < 4
    xy = xy[~hole]
    edge = edge_spots(xy)
    x, y = xy.T
    depth = np.minimum(np.minimum(x - x.min(), x.max() - x), np.minimum(y - y.min(), y.max() - y))
    depth = np.minimum(depth, np.hypot(x - 15, y - 13) - 4)
    assert edge[depth < 0.2].mean() > 0.9
    assert edge[depth > 2.5].mean() < 0.05
