"""Statistics over positions."""

from functools import partial
from itertools import product
from numbers import Real

import numpy as np

from skscat._checks import is_sequence
from skscat._core._amplitude import scale_exponents, times_exp2


def _proportion_above_mean(s, axis):
    return np.mean(s > s.mean(axis=axis, keepdims=True), axis=axis, dtype=s.dtype)


STATISTICS = {"mean": np.mean, "std": np.std, "max": np.max, "median": np.median, "ppv": _proportion_above_mean}


def check_statistics(statistics):
    """Return the name of each statistic and its function; raise ValueError unless all are known, and distinct."""
    entries = tuple(statistics) if is_sequence(statistics) else ()
    if not entries or not all(map(_is_known, entries)) or len(set(entries)) < len(entries):
        raise ValueError(
            f"statistics={statistics!r}: expected a sequence of {', '.join(map(repr, STATISTICS))}, and numbers "
            "between 0 and 1 for quantiles, each once."
        )
    return {_name(entry): entry for entry in entries}


def _is_known(entry):
    if isinstance(entry, str):
        return entry in STATISTICS
    return isinstance(entry, Real) and 0 < entry < 1


def _name(entry):
    return entry if isinstance(entry, str) else f"q{entry:g}"


def pool_segments(s, shape, n_segments, statistics):
    """Compute statistics over equal parts of the first positions.

    Parts are whole numbers of positions, and overlap by one if their number does not divide that of the positions.

    Parameters
    ----------
    s : ndarray of shape (..., *grid)
        Coefficients of one signal, on a grid of positions that may be larger than the signal.
    shape : tuple of int
        Number of positions of the signal, per axis.
    n_segments : int
        Number of parts, per axis.
    statistics : iterable of str or float
        Names of statistics, and quantiles.

    Returns
    -------
    pooled : ndarray of shape (..., n_segments ** len(shape), n_statistics)
    """
    parts = [[slice(i * n // n_segments, -(-(i + 1) * n // n_segments)) for i in range(n_segments)] for n in shape]
    pooled = []
    for part in product(*parts):
        # Contiguous, on an axis of their own: sums then do not depend on the size of the grid.
        positions = np.ascontiguousarray(s[(Ellipsis, *part)])
        pooled.append(pool(positions.reshape(*s.shape[: s.ndim - len(shape)], -1), statistics))
    return np.stack(pooled, axis=-2)


def pool(s, statistics):
    """Compute statistics over the last axis.

    Parameters
    ----------
    s : ndarray of shape (..., n_positions)
        Coefficients of one signal.
    statistics : iterable of str or float
        Names of statistics, and quantiles.

    Returns
    -------
    pooled : ndarray of shape (..., n_statistics)
    """
    # Squares of deviations must fit the precision.
    exponents = scale_exponents(s[np.newaxis], None)
    s = times_exp2(s[np.newaxis], -exponents)[0]
    pooled = np.empty((*s.shape[:-1], len(statistics)), s.dtype)
    for k, entry in enumerate(statistics):
        function = STATISTICS[entry] if isinstance(entry, str) else partial(np.quantile, q=entry)
        values = function(s, axis=-1)
        pooled[..., k] = values if entry == "ppv" else times_exp2(values[np.newaxis], exponents)[0]
    return pooled
