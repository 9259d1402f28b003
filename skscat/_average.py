"""Averages as matrices: low-pass filters and means, from the samples of a coarse grid to the outputs."""

from functools import reduce

import numpy as np

from skscat import _kernel as kernel

# Averages are matrix products where that costs less than a Fourier transform: where a point of the moduli meets no
# more than so many columns. Matrices larger than so many entries leave the cache.
MATRIX_COLUMNS, MATRIX_ENTRIES = 100, 2**18


def average_matrices(plan, phi, size, dtype):
    """Averages over the grid as sums of products of one matrix an axis.

    Parameters
    ----------
    plan : Plan
    phi : Filter
        Low-pass filter, used where ``plan.average`` is "local".
    size : tuple of int
        Grid of the moduli.
    dtype : dtype
        Precision of the moduli.

    Returns
    -------
    products : list of tuple of ndarray, or None
        Each matrix has shape (samples, outputs) on its axis; for few outputs their Kronecker product is formed. None
        where a Fourier transform costs less, and where nothing is averaged.
    """
    if plan.average is None:
        return None
    if plan.average == "global":
        weights = tuple(_mean_weights(plan, axis, n) for axis, n in enumerate(size))
        weights = (reduce(np.kron, weights),) if np.prod(size) <= MATRIX_ENTRIES else weights
        return [tuple(w.astype(dtype) for w in weights)]
    n_outputs, points = int(np.prod(plan.frames)), int(np.prod(size))
    whole = n_outputs <= MATRIX_COLUMNS and n_outputs * points <= MATRIX_ENTRIES
    if not whole and (len(size) == 1 or plan.frames[-1] > MATRIX_COLUMNS):
        return None
    products = _separate(phi, np.finfo(float if whole else dtype).eps)
    if products is None or not (whole or len(products) * plan.frames[-1] <= MATRIX_COLUMNS):
        return None
    outputs = [
        left + stride * np.arange(n) for left, stride, n in zip(plan.left, plan.stride, plan.frames, strict=True)
    ]
    matrices = [tuple(map(low_pass_matrix, factors, phi.low, size, plan.grid, outputs)) for factors in products]
    if not whole:
        return [tuple(m.astype(dtype) for m in factors) for factors in matrices]
    kronecker = sum(reduce(np.kron, factors) for factors in matrices)
    return [(np.ascontiguousarray(kronecker, dtype=dtype),)]


def _separate(phi, tolerance):
    """Write a low-pass filter as a sum of products of even functions of one axis.

    None if it has more than two axes or is not even.
    """
    values = phi.values[0]
    if any(low != -high for low, high in zip(phi.low, phi.high, strict=True)):
        return None
    if values.ndim == 1:
        return [(values,)]
    if values.ndim > 2 or max(np.abs(values - np.flip(values, axis)).max() for axis in (0, 1)) > tolerance:
        return None
    u, scale, v = np.linalg.svd(values)
    rank = np.count_nonzero(scale > tolerance * scale[0])
    return [(u[:, r] * scale[r], v[r]) for r in range(rank)]


def low_pass_matrix(phi, low, size, total, outputs):
    """Low-pass filter on one axis, from the samples of a coarse grid to some cells of the fine one.

    Parameters
    ----------
    phi : ndarray of shape (1 - 2 * low,)
        Even filter at the frequencies ``low`` to ``-low``.
    low : int
        Its lowest frequency.
    size : int
        Samples of the coarse grid.
    total : int
        Samples of the fine grid.
    outputs : ndarray of int of shape (n,)
        Cells of the fine grid.

    Returns
    -------
    matrix : ndarray of shape (size, n)
    """
    k = np.arange(-low + 1)
    # Cosine series of an even filter; frequencies beyond the grid of the moduli hold nothing.
    series = np.where(k == 0, 1, 2) * phi[-low:] / size
    if size != total:
        series, k = series[: (size - 1) // 2 + 1], k[: (size - 1) // 2 + 1]
    at_outputs = 2 * np.pi * np.outer(k, outputs / total)
    at_samples = 2 * np.pi * np.outer(np.arange(size) / size, k)
    return (np.cos(at_samples) * series) @ np.cos(at_outputs) + (np.sin(at_samples) * series) @ np.sin(at_outputs)


def _mean_weights(plan, axis, size):
    """Weights of the samples of a coarse grid that give the mean over the signal, padding left out: (size, 1)."""
    total, left, length = plan.grid[axis], plan.left[axis], plan.shape[axis]
    window = np.zeros(total)
    window[left : left + length] = 1 / length
    if size == total:
        return window[:, np.newaxis]
    limit = (size - 1) // 2
    window_hat = kernel.spectrum(window, (-limit,), (limit,))
    coarse_hat = np.zeros(size, dtype=complex)
    coarse_hat[np.arange(-limit, limit + 1)] = window_hat
    return kernel.synthesize(coarse_hat, (-1,)).real[:, np.newaxis] * (total / size)


def index_matrix(joint, size):
    """Average along the index axis, from the samples of a coarse grid to the outputs.

    Parameters
    ----------
    joint : Joint
    size : int
        Samples of the coarse grid.

    Returns
    -------
    matrix : ndarray of shape (n_outputs, size)
        One row, for the mean, where ``joint.outputs`` is None.
    """
    (total,) = joint.bank.grid
    if joint.outputs is None:
        # What a convolution spills beyond the ends of the index counts too.
        return np.full((1, size), total / size / joint.n_places)
    phi = joint.bank.phi
    return low_pass_matrix(phi.values[0], phi.low[0], size, total, joint.outputs).T
