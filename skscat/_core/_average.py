"""Averages of moduli over the grid and along their index: the choice of method, the matrices, and the adjoints.

A local average is a low-pass filter followed by subsampling. It multiplies the spectrum of the moduli, or, where
that costs less, is a matrix from the samples of a coarse grid to the outputs. A mean over the signal is also a matrix.
"""

from functools import reduce
from typing import NamedTuple

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core import _operators as operators
from skscat._core._folding import fold
from skscat._core._records import Band, complex_dtype

# Averages are matrix products where that costs less than a Fourier transform: if no more than this many columns
# multiply each sample of the moduli. Matrices with more entries than this do not fit in the cache.
MATRIX_COLUMNS, MATRIX_ENTRIES = 100, 2**18


class Averaging(NamedTuple):
    """How moduli on one grid are averaged. Without matrices and pieces they are kept as they are.

    Parameters
    ----------
    band : Band or None
        Frequencies of the moduli that their average or the next layer needs; None if neither does.
    matrices : list of tuple of ndarray, or None
        See :func:`average_matrices`.
    pieces : list of Piece, or None
        Low-pass filter that multiplies their spectrum on ``band``.
    """

    band: Band | None
    matrices: list | None = None
    pieces: list | None = None


def plan_averaging(plan, bank, size, band, matrices_of, dtype):
    """Decide how moduli on one grid are averaged.

    Parameters
    ----------
    plan : Plan
    bank : FilterBank
        Its low-pass filter averages.
    size : tuple of int
        Grid of the moduli.
    band : Band or None
        Frequencies of the moduli that the next layer needs.
    matrices_of : callable
        Cached function of a bank and a size that returns :func:`average_matrices`.
    dtype : dtype
        Precision of the moduli.

    Returns
    -------
    averaging : Averaging
    """
    matrices = None if plan.average is None else matrices_of(bank, size)
    by_spectrum = plan.average is not None and matrices is None
    if by_spectrum:
        band = bank.phi.band if band is None else band.union(bank.phi.band)
    if band is not None:
        band = band.limited(_nyquist(size, plan.grid)).symmetric()
    pieces = fold(bank.phi, band, plan.low_pass_grid, (0,) * len(size), dtype) if by_spectrum else None
    return Averaging(band, matrices, pieces)


def _nyquist(size, grid):
    """Highest frequency of moduli sampled on a grid, per axis: on the padded grid itself spectra may be repeated."""
    return tuple(n if n == total else (n - 1) // 2 for n, total in zip(size, grid, strict=True))


# ---------------------------------------------------------------------------------------------------------------
# Averages over the grid


def average(u, averaging, plan, u_hat=None, pool=None, weights=None):
    """Average moduli over the grid, or each of their powers, on a last axis, if the plan has any.

    Parameters
    ----------
    u : ndarray of shape (batch, n, *size)
        Moduli. Of complex signals, the modulus of the average is returned.
    averaging : Averaging
    plan : Plan
    u_hat : ndarray, default=None
        Spectrum of u on ``averaging.band``, if it is known.
    pool : ndarray of shape (n_outputs, n), default=None
        Average along the index, taken first.
    weights : ndarray of shape (1 or batch, n, *size), default=None
        Factors of the moduli, or of their powers, before these are averaged. There is no ``u_hat`` then.

    Returns
    -------
    s : ndarray of shape (batch, n or n_outputs, *plan.modulus_shape)
    """
    if plan.powers is None and plan.signed:
        return _magnitude(_average(_pooled(_weighted(u, weights), pool), averaging, plan, u_hat))
    powers = (_weighted(operators.power(u, p, plan.signed), weights) for p in plan.powers or (1,))
    averages = [_magnitude(_average(_pooled(v, pool), averaging, plan)) for v in powers]
    return averages[0] if plan.powers is None else arrays.namespace(u).stack(averages, axis=-1)


def average_vjp(u, g, averaging, plan, pool=None, weights=None):
    """Vector-Jacobian product of :func:`average` at u.

    Returns
    -------
    du : ndarray, or None
        Gradient with respect to u, None for zero.
    du_hat : ndarray, or None
        Gradient with respect to the spectrum of u on ``averaging.band``, None for zero.
    """
    size = u.shape[-len(plan.grid) :]
    if arrays.is_complex(u):
        return _signal_vjp(u, g, averaging, plan, size, weights)
    if plan.powers is not None or not plan.signed:
        g = g[..., np.newaxis] if plan.powers is None else g
        parts = [_average_adjoint(h, averaging, plan, size)[0] for h in arrays.namespace(g).moveaxis(g, -1, 0)]
        terms = zip(parts, plan.powers or (1,), strict=True)
        unweighted = ((_weighted(_unpooled(d, pool), weights), p) for d, p in terms)
        return sum(operators.power_vjp(u, d, p, plan.signed) for d, p in unweighted), None
    du, du_hat = _average_adjoint(g, averaging, plan, size)
    if pool is None and weights is None:
        return du, du_hat
    if du_hat is not None:
        du = operators.spectrum_adjoint(du_hat, *averaging.band, size)
    return _weighted(_unpooled(du, pool), weights), None


def average_weights(weights, averaging, plan):
    """Average weights (m, n, *size) over the grid, as moduli of the first power: (m, n, *plan.output_grid)."""
    return _average(weights, averaging, plan)


def _weighted(u, weights):
    return u if weights is None else weights * u


def _signal_vjp(u, g, averaging, plan, size, weights=None):
    """Return :func:`average_vjp` for complex signals."""

    def of_mean(h):
        phase = operators.phase(_average(_weighted(u, weights), averaging, plan))
        return _average_adjoint(h * phase, averaging, plan, size)

    if plan.powers is None:
        du, du_hat = of_mean(g)
        if weights is None:
            return du, du_hat
        if du_hat is not None:
            du = operators.spectrum_adjoint(du_hat, *averaging.band, size, True)
        return weights * du, None
    xp = arrays.namespace(u)
    du = xp.zeros_like(u)
    for p, h in zip(plan.powers, xp.moveaxis(g, -1, 0), strict=True):
        # Powers are averaged over the whole signal, by matrices.
        if p == 1:
            du += _weighted(of_mean(h)[0], weights)
        else:
            du += operators.power_vjp(u, _weighted(_average_adjoint(h, averaging, plan, size)[0], weights), p)
    return du, None


def _magnitude(s):
    """Return the modulus of averages of complex signals, and other averages as they are."""
    return abs(s) if arrays.is_complex(s) else s


def _pooled(u, pool):
    return u if pool is None else operators.pool(u, pool)


def _unpooled(du, pool):
    return du if pool is None else operators.pool_adjoint(du, pool)


def _average(u, averaging, plan, u_hat=None):
    if averaging.matrices is not None:
        flat = u.reshape(*u.shape[:2], -1) if len(averaging.matrices[0]) == 1 else u
        return operators.project(flat, averaging.matrices).reshape(*u.shape[:2], *plan.output_grid)
    if averaging.pieces is None:
        return u[(Ellipsis, *_inside(plan))]
    u_hat = operators.spectrum(u, *averaging.band) if u_hat is None else u_hat
    z = arrays.zeros((*u.shape[:2], 1, *plan.low_pass_grid), arrays.dtype_of(u_hat), u_hat)
    operators.multiply(u_hat, averaging.pieces, z)
    z = operators.synthesize(z, operators.grid_axes(len(plan.grid)))
    z = z if arrays.is_complex(u) else z.real
    return z[(slice(None), slice(None), 0, *plan.output_slices)]


def _average_adjoint(g, averaging, plan, size):
    """Adjoint of :func:`_average`: gradients with respect to u (or None) and to its spectrum (or None)."""
    if averaging.matrices is not None:
        outputs = [matrix.shape[1] for matrix in averaging.matrices[0]]
        du = operators.project_adjoint(g.reshape(*g.shape[:2], *outputs), averaging.matrices)
        return du.reshape(*g.shape[:2], *size), None
    if averaging.pieces is None:
        du = arrays.zeros((*g.shape[:2], *plan.grid), arrays.dtype_of(g), g)
        du[(Ellipsis, *_inside(plan))] = g
        return du, None
    dtype = complex_dtype(arrays.dtype_of(g))
    z = arrays.zeros((*g.shape[:2], 1, *plan.low_pass_grid), dtype, g)
    z[(slice(None), slice(None), 0, *plan.output_slices)] = g
    du_hat = arrays.zeros((*g.shape[:2], *averaging.band.shape), dtype, g)
    z = operators.synthesize_adjoint(z, operators.grid_axes(len(plan.grid)))
    operators.multiply_adjoint(z, averaging.pieces, du_hat)
    return None, du_hat


def _inside(plan):
    """Samples of the padded grid that are the signal."""
    return tuple(slice(a, a + n) for a, n in zip(plan.pad_left, plan.shape, strict=True))


# ---------------------------------------------------------------------------------------------------------------
# Averages as matrices


def average_matrices(plan, bank, size, dtype):
    """Write averages over the grid as sums of products of one matrix per axis.

    Parameters
    ----------
    plan : Plan
        Its average is "local" or "global".
    bank : FilterBank
        Its low-pass filter is used where ``plan.average`` is "local".
    size : tuple of int
        Grid of the moduli.
    dtype : dtype
        Precision of the moduli.

    Returns
    -------
    products : list of tuple of ndarray, or None
        Each matrix has shape (samples, outputs) on its axis; for few outputs their Kronecker product is formed. None
        where a Fourier transform costs less.
    """
    if plan.average == "global":
        weights = tuple(_mean_weights(plan, axis, n) for axis, n in enumerate(size))
        weights = (reduce(np.kron, weights),) if np.prod(size) <= MATRIX_ENTRIES else weights
        return [tuple(w.astype(dtype) for w in weights)]
    n_outputs, points = int(np.prod(plan.output_grid)), int(np.prod(size))
    whole = n_outputs <= MATRIX_COLUMNS and n_outputs * points <= MATRIX_ENTRIES
    if not whole and (len(size) == 1 or plan.output_grid[-1] > MATRIX_COLUMNS):
        return None
    phi = bank.phi
    products = _separate(phi, np.finfo(float if whole else dtype).eps)
    if products is None or not (whole or len(products) * plan.output_grid[-1] <= MATRIX_COLUMNS):
        return None
    axes = zip(plan.pad_left, plan.stride, plan.output_grid, strict=True)
    outputs = [left + stride * np.arange(n) for left, stride, n in axes]
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
    """Low-pass filter on one axis, from the samples of a coarse grid to some samples of the fine one.

    Parameters
    ----------
    phi : ndarray of shape (1 - 2 * low,)
        Even filter at the frequencies ``low`` to ``-low``.
    low : int
        Its lowest frequency.
    size : int
        Number of samples of the coarse grid.
    total : int
        Number of samples of the fine grid.
    outputs : ndarray of int of shape (n,)
        Samples of the fine grid that are kept.

    Returns
    -------
    matrix : ndarray of shape (size, n)
    """
    k = np.arange(low, 1 - low)
    if size != total:
        # Frequencies beyond the coarse grid hold nothing.
        inside = np.abs(k) <= (size - 1) // 2
        phi, k = phi[inside], k[inside]
    # Each column is the response to an impulse at an output, whose spectrum may wrap around the grid.
    spectra = np.zeros((len(outputs), size), dtype=complex)
    np.add.at(spectra, (slice(None), k % size), phi * np.exp(-2j * np.pi * np.outer(outputs / total, k)))
    return operators.synthesize(spectra, (-1,)).real.T / size


def _mean_weights(plan, axis, size):
    """Weights of the samples of a coarse grid that give the mean over the signal, padding left out: (size, 1)."""
    total, left, length = plan.grid[axis], plan.pad_left[axis], plan.shape[axis]
    window = np.zeros(total)
    window[left : left + length] = 1 / length
    if size == total:
        return window[:, np.newaxis]
    limit = (size - 1) // 2
    window_hat = operators.spectrum(window, (-limit,), (limit,))
    coarse_hat = np.zeros(size, dtype=complex)
    coarse_hat[np.arange(-limit, limit + 1)] = window_hat
    return operators.synthesize(coarse_hat, (-1,)).real[:, np.newaxis] * (total / size)


def index_matrix(joint, size):
    """Average along the index axis, from the samples of a coarse grid to the outputs.

    Parameters
    ----------
    joint : Joint
    size : int
        Number of samples of the coarse grid.

    Returns
    -------
    matrix : ndarray of shape (n_outputs, size)
        One row, for the mean, where ``joint.outputs`` is None.
    """
    (total,) = joint.bank.grid
    if joint.outputs is None:
        # Samples beyond the ends of the index, which a convolution fills, count too.
        return np.full((1, size), total / size / joint.n_samples)
    phi = joint.bank.phi
    return low_pass_matrix(phi.values[0], phi.low[0], size, total, joint.outputs).T
