"""Block jackknife: standard errors from leaving out one spatial block after the other (Künsch 1989).

Every statistic here is a function of sums over blocks. So all values without one block come from a subtraction, for
many statistics at once.
"""

from __future__ import annotations

import numpy as np


def jackknife_error(left_out: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Standard error of statistics from their values without each block.

    Args:
        left_out: (..., n_blocks) statistic without each block; may be NaN where ``used`` is false.
        used: the same shape; false for blocks that have no part in the statistic.

    Returns:
        (...) errors; 0 where fewer than two blocks are used.
    """
    n = used.sum(axis=-1)
    values = np.where(used, left_out, 0.0)
    mean = values.sum(axis=-1) / np.maximum(n, 1)
    squares = np.where(used, values - mean[..., None], 0.0) ** 2
    return np.sqrt(np.maximum(n - 1, 0) / np.maximum(n, 1) * squares.sum(axis=-1))


def ratio_error(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Jackknife error of ``part.sum(-1) / whole.sum(-1)`` from the sums of each block.

    Args:
        part: (..., n_blocks) numerators.
        whole: the same shape or one that broadcasts; non-negative denominators.
    """
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    rest = whole.sum(axis=-1, keepdims=True) - whole
    used = (whole > 0) & (rest > 0)
    left_out = (part.sum(axis=-1, keepdims=True) - part) / np.where(used, rest, 1.0)
    return jackknife_error(left_out, used)


def share_with_error(part: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of things that count, and their errors: the larger of that of independent things and the jackknife.

    Args:
        part: (..., n_blocks) number of things that count.
        whole: the same shape or one that broadcasts; number of all things.

    Returns:
        (...) shares, 0 of nothing; and their errors.
    """
    n = np.maximum(whole.sum(axis=-1), 1)
    share = part.sum(axis=-1) / n
    return share, np.maximum(np.sqrt(share * (1 - share) / n), ratio_error(part, whole))


def correlation_with_error(
    n: np.ndarray, a: np.ndarray, b: np.ndarray, aa: np.ndarray, bb: np.ndarray, ab: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pearson correlation and its jackknife error from the moments of each block.

    Args:
        n: (n_blocks,) spots.
        a: (..., n_blocks) sum of the first variable; centre it first, so that the sums keep their digits.
        b: sum of the second one.
        aa: sum of the squares of the first one.
        bb: sum of the squares of the second one.
        ab: sum of the products.

    Returns:
        (...) correlations, 0 where a variable is constant; and their errors.
    """
    n, a, b, aa, bb, ab = np.broadcast_arrays(n, a, b, aa, bb, ab)
    value = _correlation(*(moment.sum(axis=-1) for moment in (n, a, b, aa, bb, ab)))
    left_out = _correlation(*(moment.sum(axis=-1, keepdims=True) - moment for moment in (n, a, b, aa, bb, ab)))
    return value, jackknife_error(left_out, n > 0)


def _correlation(
    n: np.ndarray, a: np.ndarray, b: np.ndarray, aa: np.ndarray, bb: np.ndarray, ab: np.ndarray
) -> np.ndarray:
    n = np.maximum(n, 1)
    spread = (aa - a * a / n) * (bb - b * b / n)
    # Rounding leaves tiny differences where a variable is constant.
    varies = spread > 1e-20 * np.maximum(aa * bb, 1e-300)
    return np.where(varies, (ab - a * b / n) / np.sqrt(np.where(varies, spread, 1.0)), 0.0)
