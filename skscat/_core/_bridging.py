"""Missing samples, and how they are bridged: by averages over neighborhoods as large as the gap is deep.

A bridged signal does not jump at the edge of a gap, where wavelets of all scales would respond, and does not continue
the noise of the samples at its edge across the gap. Bridging is linear in the samples that are not missing.
"""

from typing import NamedTuple

import numpy as np

from skscat._core import _operators as operators

# A neighborhood fills a sample alone if at least this share of it is there, otherwise in part; a larger one the rest.
ENOUGH = 0.25
# Standard deviation of the Gaussian that is the smallest neighborhood, in samples; each is twice as large as the last.
SMALLEST_SCALE = 0.5
# A neighborhood this many times as long as a signal is the whole signal: its average is the mean.
WHOLE = 100.0
# Shares of neighborhoods below this are rounding errors.
NEGLIGIBLE = 1e-6
# Signals with the same gaps are computed together if there are this many.
SAME_GAPS = 4


class Neighborhood(NamedTuple):
    """Averages that fill missing samples.

    Parameters
    ----------
    scale : float
        Standard deviation of the Gaussian, in samples.
    shares : ndarray of shape (m, *shape)
        Share in each missing sample, for signals with different gaps.
    factors : ndarray of shape (m, *shape)
        The shares, divided by those of the neighborhoods that are not missing.
    """

    scale: float
    shares: np.ndarray
    factors: np.ndarray


class Bridge(NamedTuple):
    """How missing samples are bridged.

    Parameters
    ----------
    missing : ndarray of bool of shape (m, *shape)
        One row per signal, or a single row for signals with the same gaps.
    neighborhoods : list of Neighborhood
    """

    missing: np.ndarray
    neighborhoods: list


def missing_samples(x, plan):
    """Return which samples of x are missing; None if there are none, or if the plan does not look for them."""
    if plan.min_coverage is None:
        return None
    missing = np.isnan(x)
    return missing if missing.any() else None


def with_zeros(x, missing):
    """Return x with zeros for the missing samples, whatever their values; x itself if ``missing`` is None."""
    return x if missing is None else np.where(missing, np.zeros(1, x.dtype), x)


def rows_by_gaps(missing):
    """Yield the rows of signals that are computed together, and their gaps.

    Parameters
    ----------
    missing : ndarray of bool of shape (n, *shape)

    Yields
    ------
    rows : ndarray of int
    gaps : ndarray of bool of shape (m, *shape), or None
        A single row if all signals have the same gaps; None if they have none.
    """
    groups, others = {}, []
    for row, key in enumerate(np.packbits(missing.reshape(len(missing), -1), axis=1)):
        groups.setdefault(key.tobytes(), []).append(row)
    for rows in groups.values():
        if not missing[rows[0]].any():
            yield np.array(rows), None
        elif len(rows) >= SAME_GAPS:
            yield np.array(rows), missing[rows[:1]]
        else:
            others += rows
    if others:
        yield np.array(others), missing[others]


def plan_bridge(missing):
    """Choose the neighborhoods that fill each missing sample.

    Parameters
    ----------
    missing : ndarray of bool of shape (m, *shape)

    Returns
    -------
    bridge : Bridge
    """
    shape = missing.shape[1:]
    present = operators.cosine_transform(np.where(missing, 0.0, 1.0), len(shape))
    rest, neighborhoods, scale, whole = missing.astype(float), [], SMALLEST_SCALE, False
    while rest.any() and not whole:
        whole = scale > max(shape)
        scale = WHOLE * max(shape) if whole else scale
        there = operators.inverse_cosine_transform(present * _gain(shape, scale), len(shape))
        filled = np.where(whole, 1.0, np.minimum(there / ENOUGH, 1))
        shares = np.where((filled < NEGLIGIBLE) | (there < NEGLIGIBLE * ENOUGH), 0, rest * filled)
        factors = np.divide(shares, there, out=np.zeros_like(shares), where=shares > 0)
        neighborhoods.append(Neighborhood(scale, shares, factors))
        rest, scale = rest - shares, 2 * scale
        rest[filled >= 1] = 0
    return Bridge(missing, neighborhoods)


def _gain(shape, scale):
    """Cosine transform of a Gaussian of unit sum and some standard deviation, in samples."""
    gain = np.ones(())
    for n in shape:
        gain = np.multiply.outer(gain, np.exp(-0.5 * (np.pi * scale / n * np.arange(n)) ** 2))
    return gain


def bridge(x, gaps):
    """Fill the missing samples of x (n, *shape), which must be zero there."""
    shape, axes = x.shape[1:], operators.grid_axes(x.ndim - 1)
    n_present = np.count_nonzero(~gaps.missing, axis=axes, keepdims=True)
    # Constants are bridged by themselves: subtracting the mean only reduces rounding errors.
    mean = (x.sum(axis=axes, keepdims=True) / np.maximum(n_present, 1)).astype(x.dtype)
    x = with_zeros(x - mean, gaps.missing)
    x_hat = operators.cosine_transform(x, len(shape))
    for scale, _, factors in gaps.neighborhoods:
        sums = operators.inverse_cosine_transform(x_hat * _gain(shape, scale).astype(x.dtype), len(shape))
        x = x + factors.astype(x.dtype) * sums
    return x + mean


def bridge_adjoint(g, gaps):
    """Adjoint of :func:`bridge`: zero for missing samples."""
    shape, g_hat = g.shape[1:], np.zeros_like(g)
    for scale, _, factors in gaps.neighborhoods:
        sums_hat = operators.cosine_transform(factors.astype(g.dtype) * g, len(shape))
        g_hat += _gain(shape, scale).astype(g.dtype) * sums_hat
    return with_zeros(g + operators.inverse_cosine_transform(g_hat, len(shape)), gaps.missing)
