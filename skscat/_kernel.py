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
from math import ceil, prod
from threading import local
from typing import NamedTuple

import numpy as np
import scipy.fft

# "reflect" repeats the end samples, as in scipy.ndimage: mirrored signals then have the period 2 * length.
_NUMPY_PAD_MODES = {"reflect": "symmetric", "periodic": "wrap", "edge": "edge"}

# Largest array that a thread keeps from one transform to the next.
SCRATCH_BYTES = 2**23


def real_dtype(dtype):
    """Return the real type with the precision of ``dtype``."""
    return np.empty(0, dtype).real.dtype


def complex_dtype(dtype):
    """Return the complex type with the precision of ``dtype``."""
    return np.result_type(dtype, np.complex64)


def fast_size(size):
    """Return the smallest size >= ``size`` whose Fourier transform is fast."""
    return scipy.fft.next_fast_len(ceil(size))


class Scratch(local):
    """Named arrays that are used again, each thread's own: to get fresh memory costs more than to compute in it."""

    def __init__(self):
        self._arrays = {}

    def empty(self, name, shape, dtype):
        """Return an array with arbitrary content, which the next call with the same name overwrites."""
        n_bytes = prod(shape) * np.dtype(dtype).itemsize
        if name not in self._arrays or len(self._arrays[name]) < n_bytes:
            self._arrays[name] = np.empty(n_bytes, np.uint8)
        return self._arrays[name][:n_bytes].view(dtype).reshape(shape)

    def trim(self):
        """Let go of large arrays."""
        self._arrays = {name: array for name, array in self._arrays.items() if len(array) <= SCRATCH_BYTES}


scratch = Scratch()


# ---------------------------------------------------------------------------------------------------------------
# Copying along an axis


class Run(NamedTuple):
    """A stretch of an index that ascends or descends by one: two slices, so that copying needs no index array."""

    source: slice
    target: slice


def runs(index):
    """Split an integer index into runs; negative entries are left out.

    Parameters
    ----------
    index : ndarray of int of shape (n,)
        ``out[i] = x[index[i]]``.

    Returns
    -------
    runs : list of Run
    """
    index = np.asarray(index)
    step = np.diff(index)
    # A run of step s ends where the step changes; single cells are runs of step one.
    breaks = [0]
    for i in range(1, len(index)):
        start = breaks[-1]
        if index[i] < 0 or index[i - 1] < 0 or abs(step[i - 1]) != 1 or (i - start > 1 and step[i - 1] != step[start]):
            breaks.append(i)
    out = []
    for start, stop in zip(breaks, [*breaks[1:], len(index)], strict=True):
        first, last = int(index[start]), int(index[stop - 1])
        if first < 0:
            continue
        down = last < first
        end = last - 1 if down else last + 1
        out.append(Run(slice(first, None if end < 0 else end, -1 if down else 1), slice(start, stop)))
    return out


def _at(axis, part):
    """Index that applies ``part`` to a negative axis."""
    return (Ellipsis, part) + (slice(None),) * (-axis - 1)


def _resized(shape, axis, length):
    """Return ``shape`` with another length on a negative axis."""
    return (*shape[:axis], length, *shape[len(shape) + axis + 1 :])


def gather(x, index_runs, length, axis):
    """Copy runs of x along a negative axis to an array with ``length`` cells there; cells in no run are zero."""
    covered = sum(run.target.stop - run.target.start for run in index_runs)
    out = (np.empty if covered == length else np.zeros)(_resized(x.shape, axis, length), x.dtype)
    for run in index_runs:
        out[_at(axis, run.target)] = x[_at(axis, run.source)]
    return out


def gather_adjoint(g, index_runs, length, axis):
    """Adjoint of :func:`gather`: each cell returns its value to where it was copied from."""
    out = np.zeros(_resized(g.shape, axis, length), g.dtype)
    for run in index_runs:
        out[_at(axis, run.source)] += g[_at(axis, run.target)]
    return out


@lru_cache(maxsize=4096)
def pad_runs(length, left, total, mode):
    """Return the runs that extend an axis to a padded one.

    Parameters
    ----------
    length : int
        Samples on the axis.
    left : int
        Cells before the first sample.
    total : int
        Cells of the padded axis.
    mode : {"reflect", "periodic", "edge", "constant"}
        What lies beyond the signal.
    """
    widths = (left, total - left - length)
    if mode == "constant":
        return runs(np.pad(np.arange(length), widths, constant_values=-1))
    return runs(np.pad(np.arange(length), widths, mode=_NUMPY_PAD_MODES[mode]))


def pad(x, left, grid, mode):
    """Extend the trailing axes of x to the periodic ``grid``, ``left`` cells before the first sample."""
    for axis in range(-len(grid), 0):
        if x.shape[axis] != grid[axis]:
            x = gather(x, pad_runs(x.shape[axis], left[axis], grid[axis], mode), grid[axis], axis)
    return x


def pad_adjoint(g, left, shape, mode):
    """Adjoint of :func:`pad`, back to the trailing axes ``shape``."""
    for axis in range(-len(shape), 0):
        if g.shape[axis] != shape[axis]:
            g = gather_adjoint(g, pad_runs(shape[axis], left[axis], g.shape[axis], mode), shape[axis], axis)
    return g


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
    half = half[_at(-ndim, slice(0, max(abs(low[0]), abs(high[0])) + 1))]
    for axis in range(1 - ndim, 0):
        half = scipy.fft.fft(half, axis=axis, norm="forward")
        half = gather(half, _column_runs(low[axis], high[axis], size[axis]), high[axis] - low[axis] + 1, axis)
    u_hat = np.empty(_resized(half.shape, -ndim, high[0] - low[0] + 1), half.dtype)
    for run in direct:
        u_hat[_at(-ndim, run.target)] = half[_at(-ndim, run.source)]
    flip = (slice(None, None, -1),) * (ndim - 1)
    for run in mirrored:
        np.conjugate(half[(Ellipsis, run.source, *flip)], out=u_hat[_at(-ndim, run.target)])
    return u_hat


def spectrum_adjoint(g_hat, low, high, size):
    """Adjoint of :func:`spectrum`, back to real signals of shape (..., *size)."""
    ndim = len(low)
    direct, mirrored = _row_runs(low[0], high[0], size[0])
    half = np.zeros(_resized(g_hat.shape, -ndim, size[0] // 2 + 1), g_hat.dtype)
    for run in direct:
        half[_at(-ndim, run.source)] += g_hat[_at(-ndim, run.target)]
    flip = (slice(None, None, -1),) * (ndim - 1)
    for run in mirrored:
        half[(Ellipsis, run.source, *flip)] += np.conjugate(g_hat[_at(-ndim, run.target)])
    for axis in range(-1, -ndim, -1):
        half = gather_adjoint(half, _column_runs(low[axis], high[axis], size[axis]), size[axis], axis)
        half = scipy.fft.ifft(half, axis=axis, overwrite_x=True)
    # irfft takes every row but the self-conjugate ones for a pair of conjugates.
    half[_at(-ndim, slice(1, (size[0] + 1) // 2))] *= 0.5
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


def synthesize(z_hat, ndim):
    """Signals with given Fourier coefficients on ``ndim`` trailing axes. ``z_hat`` is overwritten."""
    return scipy.fft.ifftn(z_hat, axes=tuple(range(-ndim, 0)), norm="forward", overwrite_x=True)


def synthesize_adjoint(g, ndim):
    """Adjoint of :func:`synthesize`. ``g`` is overwritten."""
    return scipy.fft.fftn(g, axes=tuple(range(-ndim, 0)), norm="backward", overwrite_x=True)


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


# ---------------------------------------------------------------------------------------------------------------
# Modulus


def modulus(z, ndim, out=None):
    """Pool the group axis of z (..., n_group, *grid) by L2: the modulus where the group has one member."""
    if z.shape[-ndim - 1] == 1:
        return np.abs(z[_at(-ndim - 1, 0)], out=out)
    return np.sqrt((z.real**2 + z.imag**2).sum(axis=-ndim - 1), out=out)


def modulus_adjoint(z, u, g, ndim):
    """Vector-Jacobian product of :func:`modulus` at z, where its value is u; zero where u is zero."""
    scale = np.divide(g, u, out=np.zeros_like(g), where=u > 0)
    return z * np.expand_dims(scale, -ndim - 1)
