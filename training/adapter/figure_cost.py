"""What figures of a dataset cost a base, and whether the base reads them as they were drawn."""

from __future__ import annotations

import logging

from inference.model.families import family_of, measure_figure
from inference.model.loader import Base

logger = logging.getLogger(__name__)


def report_figures(base: Base, size: int) -> int:
    """Logs the cost of figures of `size` pixels, and warns where the base resamples them.

    Returns:
        Image tokens of a figure.
    """
    cost = measure_figure(base.processor, base.model.config, size)
    logger.info("%s: a figure of %d px is %d image tokens", base.reference, size, cost.tokens)
    native = family_of(base.model.config).figure_size(base.model.config)
    if cost.resampled:
        logger.warning(
            "the figures are %d px and %s reads %d px, so each is resampled; "
            "`nichelens prep --size %d` draws them at its size",
            size,
            base.reference,
            native,
            native,
        )
    return cost.tokens
