"""Picture vectors: what a vision tower makes of the genes' maps."""

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.figures.canvas import Canvas
from data_prep.synth.tissue import make_slide
from inference.engine import picture_vectors
from inference.engine.load_engine import load_engine
from inference.engine.picture_vectors import picture_features
from inference.engine.picture_vectors import picture_vectors as vectors_of


@pytest.fixture(scope="module")
def engine():
    return load_engine(None)


@pytest.fixture(scope="module")
def canvas(engine) -> Canvas:
    return Canvas(make_slide(3, n_spots=400, n_niches=3, n_genes=30, layout="hex", pattern="layers"), engine.image_size)


def test_features_do_not_depend_on_what_else_is_asked(engine, canvas: Canvas) -> None:
    genes = canvas.slide.genes.tolist()[:20]
    features = picture_features(engine, canvas, genes)
    assert features.shape == (20, 16, 256)
    turned = picture_features(engine, canvas, genes[::-1])[::-1]
    assert np.abs(turned - features).max() < 0.05 * np.abs(features).max()
    np.testing.assert_array_equal(picture_features(engine, canvas, genes), features)


def test_vectors_have_the_cosines_of_the_features_less_their_mean() -> None:
    features = np.random.default_rng(0).normal(size=(12, 4, 8)).astype(np.float32)
    flat = features.reshape(12, -1) - features.reshape(12, -1).mean(axis=0)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    vectors = vectors_of([features])
    np.testing.assert_allclose(vectors @ vectors.T, flat @ flat.T, atol=1e-4)
    np.testing.assert_allclose(vectors_of([features, features]), vectors, atol=1e-3)


def test_features_that_need_too_much_memory_are_refused(
    engine, canvas: Canvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_vectors, "MOST_BYTES", 10_000)
    with pytest.raises(NicheLensError, match="ask for fewer genes"):
        picture_features(engine, canvas, canvas.slide.genes.tolist())


def test_a_picture_of_another_size_is_refused(engine, canvas: Canvas) -> None:
    with pytest.raises(NicheLensError, match="drawn at 64 px"):
        picture_features(engine, Canvas(canvas.slide, 64), ["GENE001"])
