"""Picture vectors: what the vision tower of a model makes of the maps of genes.

    features = picture_features(engine, canvas, genes)   # (n_genes, n_tokens, n_features)
    vectors = picture_vectors([features])                # (n_genes, 50): like pictures, like vectors

The features of a picture are its image tokens as the decoder gets them. All pictures of a slide show the same tissue,
so the mean picture is taken away first. `docs/embeddings.md` sets these vectors beside plain ones, which are better.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_prep.claims.names import Names
from data_prep.errors import NicheLensError
from data_prep.figures.canvas import Canvas
from data_prep.tasks import MARKER_PROMPT, Question
from inference.engine.engine import Engine, Progress
from inference.engine.local import LocalEngine

COMPONENTS = 50
MOST_BYTES = 2 * 2**30
"""Memory that the features of all pictures may take."""
_BATCH = 16


def picture_features(
    engine: Engine, canvas: Canvas, genes: Sequence[str], progress: Progress | None = None
) -> np.ndarray:
    """The image tokens of the `expression` picture of each gene, (n_genes, n_tokens, n_features) float32.

    Args:
        engine: a model in this process.
        canvas: draws the slide.
        genes: symbols.
        progress: called after each batch.

    Raises:
        NicheLensError: the model runs on a server or reads pictures of another size, or the features take too much
            memory.
    """
    import torch

    if not isinstance(engine, LocalEngine):
        message = f"{engine.name}: a server gives answers and no vectors; load the model without --endpoint"
        raise NicheLensError(message)
    engine.check_canvas(canvas)
    trunk = getattr(engine.model, engine.model.base_model_prefix)
    known = inspect.signature(trunk.get_image_features).parameters
    features = np.zeros((0, 0, 0), np.float32)
    with torch.inference_mode():
        for start in range(0, len(genes), _BATCH):
            pictures = canvas.expression(genes[start : start + _BATCH])
            questions = [Question((picture,), MARKER_PROMPT, Names(), ()) for picture in pictures]
            inputs = {name: value for name, value in engine.encoder.encode(questions).items() if name in known}
            batch = _tokens(trunk.get_image_features(**inputs), len(pictures))
            if not start:
                needed = len(genes) * batch[0].nbytes
                if needed > MOST_BYTES:
                    message = (
                        f"{engine.name}: the features of {len(genes):,} genes take {needed / 2**30:.1f} GiB, and "
                        f"{MOST_BYTES / 2**30:.0f} are allowed; ask for fewer genes"
                    )
                    raise NicheLensError(message)
                features = np.empty((len(genes), *batch.shape[1:]), np.float32)
            features[start : start + len(batch)] = batch
            if progress:
                progress(start + len(batch), len(genes))
    return features


def picture_vectors(features: Sequence[np.ndarray]) -> np.ndarray:
    """Vectors of length 1 of the same genes on some slides, (n_genes, at most `COMPONENTS`) float32.

    The product of two vectors is the cosine of the features, less their mean over the genes, as a mean over the slides;
    without what the components leave out.

    Args:
        features: of `picture_features`, one for each slide, with the same genes in the same order.
    """
    rows = []
    for of_slide in features:
        flat = of_slide.reshape(len(of_slide), -1) - of_slide.reshape(len(of_slide), -1).mean(axis=0)
        rows.append(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12))
    products = sum(row @ row.T for row in rows).astype(float) / len(rows)
    size, left = np.linalg.eigh(products)
    last = slice(None, -COMPONENTS - 1, -1)
    left = left[:, last] * np.sqrt(np.maximum(size[last], 0.0))
    left *= np.where(left[np.abs(left).argmax(axis=0), np.arange(left.shape[1])] < 0, -1.0, 1.0)
    return (left / np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def _tokens(output: Any, n: int) -> np.ndarray:
    """(n, n_tokens, n_features) image tokens of some pictures; families return one tensor, or one for each picture."""
    import torch

    pooled = output.pooler_output
    if not isinstance(pooled, torch.Tensor):
        pooled = torch.cat(list(pooled))
    return pooled.reshape(n, -1, pooled.shape[-1]).float().cpu().numpy()
