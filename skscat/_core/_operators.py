"""The linear operations of a scattering transform, each beside its adjoint, and the modulus.

Conventions, used everywhere in the library:

* batch axes lead, grid axes trail;
* a spectrum holds Fourier-series coefficients, ``u(n) = sum_k u_hat[k] exp(2i pi k n / size)``, so that it does
  not depend on the number of samples of the grid;
* frequencies are integers, in cycles per period of the grid. They may be negative;
* adjoints are taken for the real inner product Re <a, b>.

All Fourier transforms of the engine are made here.
"""

from functools import lru_cache, reduce
from operator import add

import numpy as np
import scipy.fft

from skscat._core import _namespace as arrays
from skscat._core._copying import at, gather, gather_adjoint, resized, runs
from skscat._core._fourier import fourier
from skscat._core._namespace import is_complex, namespace


def grid_axes(ndim):
    """Return the axes of the grid, counted from the end."""
    return tuple(range(-ndim, 0))


# ---------------------------------------------------------------------------------------------------------------
# Spectra of signals


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
    """Fourier coefficients of signals at the frequencies low..high of each grid axis.

    The transform is pruned: frequencies that are not asked for are dropped before the next axis is transformed. Along
    the first grid axis of real signals, it is a real one. Frequencies beyond those of the grid continue periodically.

    Parameters
    ----------
    u : ndarray of shape (..., *grid), real or complex
        Signals on a periodic grid.
    low, high : tuple of int
        Lowest and highest frequency per grid axis. On all axes but the first, ``low == -high``.

    Returns
    -------
    u_hat : ndarray of shape (..., *(high - low + 1)), complex
        Entry i of an axis is the frequency ``low + i``.
    """
    ndim = len(low)
    size = u.shape[-ndim:]
    if is_complex(u):
        return _columns(u, low, high, size, range(-ndim, 0))
    direct, mirrored = _row_runs(low[0], high[0], size[0])
    half = fourier(u).rfft(u, axis=-ndim, norm="forward")
    half = half[at(-ndim, slice(0, max(abs(low[0]), abs(high[0])) + 1))]
    half = _columns(half, low, high, size, range(1 - ndim, 0))
    u_hat = arrays.empty(resized(half.shape, -ndim, high[0] - low[0] + 1), arrays.dtype_of(half), half)
    for run in direct:
        u_hat[at(-ndim, run.target)] = arrays.part_of(half, at(-ndim, run.source))
    flip = (slice(None, None, -1),) * (ndim - 1)
    for run in mirrored:
        arrays.conjugate(arrays.part_of(half, (Ellipsis, run.source, *flip)), out=u_hat[at(-ndim, run.target)])
    return u_hat


def spectrum_adjoint(g_hat, low, high, size, is_complex=False):
    """Adjoint of :func:`spectrum`, back to real or complex signals of shape (..., *size)."""
    ndim = len(low)
    if is_complex:
        return _columns_adjoint(g_hat, low, high, size, range(-1, -ndim - 1, -1))
    direct, mirrored = _row_runs(low[0], high[0], size[0])
    half = arrays.zeros(resized(g_hat.shape, -ndim, size[0] // 2 + 1), arrays.dtype_of(g_hat), g_hat)
    for run in direct:
        arrays.add_to_part(half, at(-ndim, run.source), g_hat[at(-ndim, run.target)])
    flip = (slice(None, None, -1),) * (ndim - 1)
    for run in mirrored:
        part = arrays.conjugate(g_hat[at(-ndim, run.target)])
        arrays.add_to_part(half, (Ellipsis, run.source, *flip), part)
    half = _columns_adjoint(half, low, high, size, range(-1, -ndim, -1))
    # irfft takes every row but the self-conjugate ones for a pair of conjugates.
    half[at(-ndim, slice(1, (size[0] + 1) // 2))] *= 0.5
    return fourier(half).irfft(half, n=size[0], axis=-ndim, overwrite_x=True)


def _columns(u, low, high, size, axes):
    """Fourier coefficients of complex signals at the frequencies low..high of some axes, one after the other."""
    for axis in axes:
        u = fourier(u).fft(u, axis=axis, norm="forward")
        u = gather(u, _column_runs(low[axis], high[axis], size[axis]), high[axis] - low[axis] + 1, axis)
    return u


def _columns_adjoint(g, low, high, size, axes):
    """Adjoint of :func:`_columns`, with the axes in reverse order."""
    for axis in axes:
        g = gather_adjoint(g, _column_runs(low[axis], high[axis], size[axis]), size[axis], axis)
        g = fourier(g).ifft(g, axis=axis, overwrite_x=True)
    return g


# ---------------------------------------------------------------------------------------------------------------
# Cosine transforms


def cosine_transform(x, ndim):
    """Coefficients of real signals, mirrored at their boundaries, in the orthonormal basis of cosines."""
    return scipy.fft.dctn(x, axes=grid_axes(ndim), norm="ortho")


def inverse_cosine_transform(x_hat, ndim):
    """Inverse of :func:`cosine_transform`, and its adjoint."""
    return scipy.fft.idctn(x_hat, axes=grid_axes(ndim), norm="ortho")


# ---------------------------------------------------------------------------------------------------------------
# Filtering


def multiply(x_hat, pieces, out, components=slice(None)):
    """Write the folded product of spectra with a filter to ``out``.

    Parameters
    ----------
    x_hat : ndarray of shape (..., *x_shape), complex
    pieces : list of Piece
        From :func:`skscat._core._folding.fold`.
    out : ndarray of shape (..., n_components, *size), complex
        Must be zero unless the pieces cover it.
    components : slice, default=slice(None)
        Components of the filter, of which ``out`` has as many.
    """
    for source, values, target, _, adds, side_by_side in pieces:
        x = (arrays.side_by_side(x_hat) if side_by_side else x_hat)[source]
        x = x.reshape((*x.shape[: 1 - values.ndim], 1, *x.shape[1 - values.ndim :]))
        part = (arrays.side_by_side(out) if side_by_side else out)[target]
        if adds:
            part += x * values[components]
        else:
            namespace(x).multiply(x, values[components], out=part)


def multiply_adjoint(g, pieces, out, components=slice(None)):
    """Adjoint of :func:`multiply`: add what ``g`` (..., n_components, *size) gives to ``out`` (..., *x_shape)."""
    for source, values, target, _, _, side_by_side in pieces:
        values = values[components]
        part = (arrays.side_by_side(g) if side_by_side else g)[target]
        part = part * (values if side_by_side else arrays.conjugate(values))
        part = part[at(-values.ndim, 0)] if len(values) == 1 else part.sum(axis=-values.ndim)
        (arrays.side_by_side(out) if side_by_side else out)[source] += part


def analyze(z, axes):
    """Fourier coefficients of complex signals on some axes, in the order of the Fourier transform."""
    return fourier(z).fftn(z, axes=axes, norm="forward", overwrite_x=True)


def analyze_adjoint(g_hat, axes):
    """Adjoint of :func:`analyze`. ``g_hat`` is overwritten."""
    return fourier(g_hat).ifftn(g_hat, axes=axes, norm="backward", overwrite_x=True)


def synthesize(z_hat, axes):
    """Signals with given Fourier coefficients on some axes. ``z_hat`` is overwritten."""
    return fourier(z_hat).ifftn(z_hat, axes=axes, norm="forward", overwrite_x=True)


def synthesize_adjoint(g, axes):
    """Adjoint of :func:`synthesize`. ``g`` is overwritten."""
    return fourier(g).fftn(g, axes=axes, norm="backward", overwrite_x=True)


def synthesize_real(z_hat, size):
    """Real signals (..., *size), given their coefficients at the nonnegative frequencies of the first grid axis."""
    return fourier(z_hat).irfftn(z_hat, s=_last_first(size), axes=_last_first(grid_axes(len(size))), norm="forward")


def synthesize_real_adjoint(g, size):
    """Adjoint of :func:`synthesize_real`."""
    g_hat = fourier(g).rfftn(g, axes=_last_first(grid_axes(len(size))), norm="backward")
    # All but the self-conjugate rows stand for a pair of conjugates.
    g_hat[at(-len(size), slice(1, (size[0] + 1) // 2))] *= 2
    return g_hat


def _last_first(axes):
    """Move the first of some axes to the end, where n-dimensional transforms have the real one."""
    return (*axes[1:], axes[0])


def project(u, products):
    """Sum of products of one matrix per axis, applied to the trailing axes of real u (..., *size).

    Parameters
    ----------
    u : ndarray of shape (..., *size)
    products : list of tuple of ndarray of shape (size[axis], n[axis])
        Or of shape (prod(size), n), a tuple of one, for all axes at once.

    Returns
    -------
    s : ndarray of shape (..., *n)
    """
    return reduce(add, (_apply(u, matrices) for matrices in products))


def project_adjoint(g, products):
    """Adjoint of :func:`project`, back to (..., *size)."""
    return arrays.contiguous(reduce(add, (_apply(g, [matrix.T for matrix in matrices]) for matrices in products)))


def _apply(u, matrices):
    # One product per signal, though one for all would be faster: BLAS rounds the last rows of a matrix differently, so
    # that results would depend on how signals are split into blocks.
    for axis, matrix in enumerate(reversed(matrices), start=1):
        u = arrays.matmul(u.swapaxes(-axis, -1), matrix).swapaxes(-axis, -1)
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
    """Pool the components of z (..., n_components, *grid) by the l2 norm: the modulus if there is only one."""
    xp = namespace(z)
    if z.shape[-ndim - 1] == 1:
        return xp.abs(z[at(-ndim - 1, 0)], out=out)
    return xp.sqrt(energy(z).sum(axis=-ndim - 1), out=out)


def energy(z):
    """Squared magnitude."""
    return z.real**2 + z.imag**2 if is_complex(z) else namespace(z).square(z)


def power(u, exponent, signed=True):
    """Power of magnitudes. ``signed`` leaves the first power as it is, which makes a difference for signals only."""
    if exponent == 1:
        return u if signed else abs(u)
    if exponent == 3:
        # Many times faster than a general exponent.
        magnitude = abs(u)
        return magnitude * magnitude * magnitude
    return abs(u) ** exponent


def power_vjp(u, g, exponent, signed=True):
    """Vector-Jacobian product of :func:`power` at u; zero where u is zero."""
    if exponent == 1:
        return g if signed else g * namespace(u).sign(u)
    magnitude = abs(u)
    return exponent * g * arrays.power(magnitude, exponent - 1, magnitude > 0) * phase(u)


def phase(u):
    """U divided by its magnitude, the sign of real u; zero where u is zero."""
    if not is_complex(u):
        return namespace(u).sign(u)
    magnitude = abs(u)
    return arrays.divide(u, magnitude, magnitude > 0)


def modulus_vjp(z, u, g, ndim, out=None):
    """Vector-Jacobian product of :func:`modulus` at z, where its value is u; zero where u is zero."""
    with np.errstate(over="ignore"):
        scale = arrays.divide(g, u, u > 0)
    # Where u is almost zero the ratio may not fit; z times the largest number is still less than g.
    largest = np.finfo(arrays.precision(u)).max
    scale = namespace(u).clip(scale, -largest, largest, out=scale)
    return namespace(z).multiply(z, scale[(Ellipsis, None, *(slice(None),) * ndim)], out=out)
