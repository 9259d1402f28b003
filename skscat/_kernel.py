"""The linear operations of a scattering transform, each beside its adjoint, and the modulus.

Conventions, used everywhere in the library:

* batch axes lead, grid axes trail;
* a spectrum holds Fourier-series coefficients, ``u(n) = sum_k u_hat[k] exp(2i pi k n / size)``, so that it does
  not depend on the number of samples of the grid it came from;
* frequencies are integers, in cycles per period of the grid. They may be negative;
* adjoints are taken for the real inner product Re <a, b>.

All Fourier transforms of the library are made here, by ``scipy.fft.*`` looked up by attribute so that
``scipy.fft.set_backend`` takes effect.
"""

from functools import lru_cache, reduce
from math import ceil
from typing import NamedTuple

import numpy as np
import scipy.fft

from skscat._copying import at, gather, gather_adjoint, resized, runs


def real_dtype(dtype):
    """Return the real type with the precision of ``dtype``."""
    return np.empty(0, dtype).real.dtype


def complex_dtype(dtype):
    """Return the complex type with the precision of ``dtype``."""
    return np.result_type(dtype, np.complex64)


def fast_size(size):
    """Return the smallest size >= ``size`` whose Fourier transform is fast."""
    return scipy.fft.next_fast_len(ceil(size))


# ---------------------------------------------------------------------------------------------------------------
# Spectra of real signals


@lru_cache(maxsize=4096)
def _column_runs(low, high, size):
    return runs(np.arange(low, high + 1) % size)


@lru_cache(maxsize=4096)
def _row_runs(low, high, size):
    """Return the runs over rows of a half spectrum that hold a frequency, and those that hold its conjugate."""
    k = np.arange(low, high + 1) % size
    mirrored = k > size // 2
    return runs(np.where(mirrored, -1, k)), runs(np.where(mirrored, size - k, -1))


def spectrum(u, low, high):
    """Fourier coefficients of real signals at the frequencies low..high of each grid axis.

    The transform is real along the first grid axis and pruned: frequencies that are not asked for are dropped
    before the next axis is transformed. Frequencies beyond the grid's own continue periodically.

    Parameters
    ----------
    u : ndarray of shape (..., *grid), real
        Signals on a periodic grid.
    low, high : tuple of int
        Lowest and highest frequency per grid axis. On all axes but the first, ``low == -high``.

    Returns
    -------
    u_hat : ndarray of shape (..., *(high - low + 1)), complex
        Cell i of an axis is the frequency ``low + i``.
    """
    ndim = len(low)
    size = u.shape[-ndim:]
    direct, mirrored = _row_runs(low[0], high[0], size[0])
    half = scipy.fft.rfft(u, axis=-ndim, norm="forward")
    half = half[at(-ndim, slice(0, max(abs(low[0]), abs(high[0])) + 1))]
    for axis in range(1 - ndim, 0):
        half = scipy.fft.fft(half, axis=axis, norm="forward")
        half = gather(half, _column_runs(low[axis], high[axis], size[axis]), high[axis] - low[axis] + 1, axis)
    u_hat = np.empty(resized(half.shape, -ndim, high[0] - low[0] + 1), half.dtype)
    for run in direct:
        u_hat[at(-ndim, run.target)] = half[at(-ndim, run.source)]
    flip = (slice(None, None, -1),) * (ndim - 1)
    for run in mirrored:
        np.conjugate(half[(Ellipsis, run.source, *flip)], out=u_hat[at(-ndim, run.target)])
    return u_hat


def spectrum_adjoint(g_hat, low, high, size):
    """Adjoint of :func:`spectrum`, back to real signals of shape (..., *size)."""
    ndim = len(low)
    direct, mirrored = _row_runs(low[0], high[0], size[0])
    half = np.zeros(resized(g_hat.shape, -ndim, size[0] // 2 + 1), g_hat.dtype)
    for run in direct:
        half[at(-ndim, run.source)] += g_hat[at(-ndim, run.target)]
    flip = (slice(None, None, -1),) * (ndim - 1)
    for run in mirrored:
        half[(Ellipsis, run.source, *flip)] += np.conjugate(g_hat[at(-ndim, run.target)])
    for axis in range(-1, -ndim, -1):
        half = gather_adjoint(half, _column_runs(low[axis], high[axis], size[axis]), size[axis], axis)
        half = scipy.fft.ifft(half, axis=axis, overwrite_x=True)
    # irfft takes every row but the self-conjugate ones for a pair of conjugates.
    half[at(-ndim, slice(1, (size[0] + 1) // 2))] *= 0.5
    return scipy.fft.irfft(half, n=size[0], axis=-ndim, overwrite_x=True)


# ---------------------------------------------------------------------------------------------------------------
# Filtering


class Filter(NamedTuple):
    """A filter in the Fourier domain, on its support only.

    Parameters
    ----------
    values : ndarray of shape (n_group, *support)
        Members of a group share a support and are pooled by L2 in the modulus. Usually real, and n_group is 1.
    low : tuple of int
        Lowest frequency of the support, per grid axis.
    """

    values: np.ndarray
    low: tuple

    @property
    def high(self):
        """Highest frequency of the support, per grid axis."""
        return tuple(a + n - 1 for a, n in zip(self.low, self.values.shape[1:], strict=True))

    @property
    def mirrored(self):
        """The filter with frequencies reversed: for real values, that of the conjugate wavelet."""
        flip = (slice(None),) + (slice(None, None, -1),) * len(self.low)
        return Filter(self.values[flip], tuple(-high for high in self.high))


def crop(psi, size):
    """Cut the support of a filter to the window of at most ``size`` frequencies, per axis, that holds most energy."""
    energy = (np.abs(psi.values) ** 2).sum(axis=0)
    box, low = [slice(None)], []
    for axis, (first, n) in enumerate(zip(psi.low, size, strict=True)):
        length = energy.shape[axis]
        marginal = energy.sum(axis=tuple(i for i in range(energy.ndim) if i != axis))
        total = np.concatenate(([0.0], np.cumsum(marginal)))
        n = min(n, length)
        start = int(np.argmax(total[n:] - total[: length - n + 1]))
        box.append(slice(start, start + n))
        low.append(first + start)
    return Filter(psi.values[tuple(box)], tuple(low))


class Piece(NamedTuple):
    """A box of a filter's support: where it meets a spectrum, and where the product goes on a smaller grid.

    Real values stand twice, and slices count halves of complex numbers on the last axis, see :func:`multiply`.
    """

    source: tuple
    values: np.ndarray
    target: tuple
    n_points: int


def _fold_axis(low, width, x_low, x_width, size, shift):
    """Cut the support of a filter, on one axis, where its product with a spectrum wraps around a grid."""
    pieces = []
    k, stop = max(low, x_low), min(low + width, x_low + x_width)
    while k < stop:
        cell = (k - shift) % size
        n = min(stop - k, size - cell)
        pieces.append((slice(k - x_low, k - x_low + n), slice(k - low, k - low + n), slice(cell, cell + n)))
        k += n
    return pieces


def fold(psi, x_low, x_shape, size, shift, dtype):
    """Plan the product of a filter with a spectrum, periodised onto a grid of ``size`` frequencies.

    Parameters
    ----------
    psi : Filter
    x_low : tuple of int
        Lowest frequency of the spectrum, per axis.
    x_shape : tuple of int
        Frequencies of the spectrum, per axis. What lies outside counts as zero.
    size : tuple of int
        Grid of the result, per axis.
    shift : tuple of int
        Frequency that goes to cell 0. The modulus of the result does not depend on it.
    dtype : dtype
        Precision of the spectrum.

    Returns
    -------
    pieces : list of Piece
        One, unless the support wraps around the grid.
    """
    axes = [_fold_axis(*args) for args in zip(psi.low, psi.values.shape[1:], x_low, x_shape, size, shift, strict=True)]
    pieces = []
    for box in np.ndindex(*map(len, axes)):
        source, support, target = zip(*(axis[i] for axis, i in zip(axes, box, strict=True)), strict=True)
        values = psi.values[(slice(None), *support)]
        n_points = values[0].size
        if np.iscomplexobj(values):
            values = values.astype(complex_dtype(dtype))
        else:
            # Real filters multiply real and imaginary parts side by side: twice as fast as a complex product.
            values = np.repeat(values, 2, axis=-1).astype(real_dtype(dtype))
            source, target = _double_last(source), _double_last(target)
        pieces.append(Piece((Ellipsis, *source), values, (Ellipsis, *target), n_points))
    return pieces


def _double_last(box):
    return (*box[:-1], slice(2 * box[-1].start, 2 * box[-1].stop))


def _as_stored(x, values):
    """View a complex array as its real and imaginary parts side by side if the filter is stored so."""
    return x if values.dtype.kind == "c" else x.view(x.real.dtype)


def multiply(x_hat, pieces, out):
    """Add the product of spectra with a filter to ``out``, folded: linear in x_hat.

    Parameters
    ----------
    x_hat : ndarray of shape (..., *x_shape), complex
    pieces : list of Piece
        From :func:`fold`.
    out : ndarray of shape (..., n_group, *size), complex
        Zero where the first piece goes.
    """
    for i, (source, values, target, _) in enumerate(pieces):
        x = _as_stored(x_hat, values)[source]
        x = x.reshape((*x.shape[: 1 - values.ndim], 1, *x.shape[1 - values.ndim :]))
        part = _as_stored(out, values)[target]
        if i == 0:
            np.multiply(x, values, out=part)
        else:
            part += x * values


def multiply_adjoint(g, pieces, out):
    """Adjoint of :func:`multiply`: add what ``g`` (..., n_group, *size) gives to ``out`` (..., *x_shape)."""
    for source, values, target, _ in pieces:
        part = _as_stored(g, values)[target] * np.conjugate(values)
        _as_stored(out, values)[source] += part.sum(axis=-values.ndim)


def fold_index(psi, total, size, ndim, dtype):
    """Plan the product of a filter with spectra of all ``total`` frequencies along the axis before the grid axes.

    Parameters
    ----------
    psi : Filter
        On one axis, with at most ``size`` frequencies. The first goes to cell 0: the modulus does not depend on it.
    total : int
        Frequencies of the spectra.
    size : int
        Grid of the result.
    ndim : int
        Number of grid axes.
    dtype : dtype
        Precision of the spectra.

    Returns
    -------
    pieces : list of Piece
    """
    grid = (slice(None),) * ndim
    values, (low,) = crop(psi, (size,))
    kind = complex_dtype(dtype) if np.iscomplexobj(values) else real_dtype(dtype)
    values = values.astype(kind).reshape(1, -1, *(1,) * ndim)
    return [
        Piece((Ellipsis, run.source, *grid), values[:, run.target], (Ellipsis, run.target, *grid), values.size)
        for run in runs(np.arange(low, low + values.size) % total)
    ]


def analyze(z, axes):
    """Fourier coefficients of complex signals on some axes, in the order of the Fourier transform."""
    return scipy.fft.fftn(z, axes=axes, norm="forward", overwrite_x=True)


def analyze_adjoint(g_hat, axes):
    """Adjoint of :func:`analyze`. ``g_hat`` is overwritten."""
    return scipy.fft.ifftn(g_hat, axes=axes, norm="backward", overwrite_x=True)


def synthesize(z_hat, axes):
    """Signals with given Fourier coefficients on some axes. ``z_hat`` is overwritten."""
    return scipy.fft.ifftn(z_hat, axes=axes, norm="forward", overwrite_x=True)


def synthesize_adjoint(g, axes):
    """Adjoint of :func:`synthesize`. ``g`` is overwritten."""
    return scipy.fft.fftn(g, axes=axes, norm="backward", overwrite_x=True)


def project(u, products):
    """Sum of products of one matrix an axis, applied to the trailing axes of real u (..., *size).

    Parameters
    ----------
    u : ndarray of shape (..., *size)
    products : list of tuple of ndarray of shape (size[axis], n[axis])
        Or of shape (prod(size), n), a tuple of one, for all axes at once.

    Returns
    -------
    s : ndarray of shape (..., *n)
    """
    return reduce(np.add, (_apply(u, matrices) for matrices in products))


def project_adjoint(g, products):
    """Adjoint of :func:`project`, back to (..., *size)."""
    return reduce(np.add, (_apply(g, [matrix.T for matrix in matrices]) for matrices in products))


def _apply(u, matrices):
    # One product for each signal, though one for all would be faster: BLAS rounds the rows at the end of a matrix in
    # another way, and numbers would depend on how signals are cut into blocks.
    for axis, matrix in enumerate(reversed(matrices), start=1):
        u = np.moveaxis(np.moveaxis(u, -axis, -1) @ matrix, -1, -axis)
    return u


def pool(u, matrix):
    """Apply a matrix (n_outputs, n) along the second axis of real u (batch, n, ...)."""
    return (matrix @ u.reshape(*u.shape[:2], -1)).reshape(len(u), -1, *u.shape[2:])


def pool_adjoint(g, matrix):
    """Adjoint of :func:`pool`."""
    return pool(g, matrix.T)


# ---------------------------------------------------------------------------------------------------------------
# Modulus


def modulus(z, ndim, out=None):
    """Pool the group axis of z (..., n_group, *grid) by L2: the modulus where the group has one member."""
    if z.shape[-ndim - 1] == 1:
        return np.abs(z[at(-ndim - 1, 0)], out=out)
    return np.sqrt((z.real**2 + z.imag**2).sum(axis=-ndim - 1), out=out)


def power(u, exponent):
    """Power of moduli; that of a signal is taken of its magnitude, but the first."""
    return u if exponent == 1 else np.abs(u) ** exponent


def power_adjoint(u, g, exponent):
    """Vector-Jacobian product of :func:`power` at u; zero where u is zero."""
    if exponent == 1:
        return g
    magnitude = np.abs(u)
    slope = np.power(magnitude, exponent - 1, out=np.zeros_like(u), where=magnitude > 0)
    return exponent * g * slope * np.sign(u)


def modulus_adjoint(z, u, g, ndim):
    """Vector-Jacobian product of :func:`modulus` at z, where its value is u; zero where u is zero."""
    scale = np.divide(g, u, out=np.zeros_like(g), where=u > 0)
    return z * np.expand_dims(scale, -ndim - 1)
