"""Signals of any amplitude: scaling by powers of two, which is exact, and the size of rounding errors."""

from functools import reduce
from math import prod
from operator import mul

import numpy as np

from skscat._core import _namespace as arrays

# Rounding errors of coefficients, relative to the signal, in units of its precision. Those of constant signals were
# at most 0.6, and 0.9 if the signal itself had been rounded.
ROUNDING = 8
# Moduli, with their sums over components, are less than 2 ** HEADROOM times as large as the signal.
HEADROOM = 6


def rounding(dtype):
    """Return the size of rounding errors, relative to the signal."""
    return ROUNDING * np.finfo(dtype).eps


def _safe_exponents(powers, dtype):
    """Return the lowest and the highest exponent of amplitudes with which squares and powers of moduli fit."""
    info, power = np.finfo(dtype), max((2, *(powers or ())))
    high = info.maxexp / power - HEADROOM
    # Moduli that are not rounding errors must not vanish.
    return min(info.minexp / power + info.nmant, high), high


def scale_exponents(x, powers):
    """Return exponents k, one per signal, so that squares and powers of the moduli of ``x / 2**k`` fit its precision.

    Parameters
    ----------
    x : array of shape (n, ...)
        Signals, in any array library.
    powers : tuple of float or None
        Exponents of the moduli.

    Returns
    -------
    k : ndarray of int of shape (n,)
        In NumPy. Zero at ordinary amplitudes, where results do not change. Even, so that square roots change by powers
        of two.
    """
    low, high = _safe_exponents(powers, arrays.dtype_of(x))
    ends = [end for part in _parts(x) for end in arrays.extremes(part)]
    largest = arrays.to_numpy(reduce(arrays.namespace(x).maximum, map(abs, ends)))
    exponent = np.frexp(largest)[1].astype(int)
    ordinary = (largest == 0) | ~np.isfinite(largest) | ((exponent >= low) & (exponent <= high))
    k = exponent - round(min(max(0, low), high))
    return np.where(ordinary, 0, k - k % 2)


def times_exp2(x, exponents):
    """Multiply rows of x by powers of two, or entries if there is an exponent for each.

    Parameters
    ----------
    x : ndarray of shape (n, ...)
    exponents : ndarray of shape (n,) or of shape that broadcasts with x

    Returns
    -------
    x : ndarray
        The argument itself if all exponents are zero.
    """
    exponents = np.asarray(exponents)
    if not exponents.any():
        return x
    if exponents.ndim == 1:
        exponents = exponents.reshape(-1, *(1,) * (x.ndim - 1))
    if not arrays.is_numpy(x):
        # In two steps: the factor itself may not fit.
        first = np.floor(exponents / 2)
        factors = (np.exp2(e).astype(arrays.precision(x)) for e in (first, exponents - first))
        return reduce(mul, (arrays.from_numpy(factor, x) for factor in factors), x)
    if np.iscomplexobj(x):
        out = np.empty_like(x)
        out.real, out.imag = (times_exp2(v, exponents) for v in _parts(x))
        return out
    whole = np.floor(exponents)
    return np.ldexp(x * np.exp2(exponents - whole).astype(x.dtype), whole.astype(int))


def rescale_outputs(s, exponents, powers, degree=0):
    """Multiply outputs, homogeneous in the signals, by what they gain if signals are multiplied by powers of two.

    Parameters
    ----------
    s : ndarray of shape (n, ..., n_powers), or (n, ...) if ``powers`` is None
    exponents : ndarray of int of shape (n,)
        Binary logarithms of the factors of the signals.
    powers : tuple of float or None
        Exponents of the moduli: the degrees of the outputs.
    degree : int, default=0
        Subtracted from the degrees.

    Returns
    -------
    s : ndarray
        The argument itself if nothing changes.
    """
    gains = np.multiply.outer(exponents, np.array(powers or (1,)) - degree)
    return times_exp2(s, gains.reshape(len(s), *(1,) * (s.ndim - 2), gains.shape[1]))


def norms(x):
    """Return the norm of each row, also where its square does not fit.

    Parameters
    ----------
    x : ndarray of shape (n, ...)

    Returns
    -------
    norms : ndarray of shape (n,)
    """
    exponents = scale_exponents(x, None)
    flat = times_exp2(x, -exponents).reshape(len(x), prod(x.shape[1:]))
    return times_exp2(np.linalg.norm(flat, axis=1), exponents)


def is_constant(x):
    """Return, for each signal of x (n, ...), whether it is constant up to rounding errors."""
    maximum, ends = arrays.namespace(x).maximum, [arrays.extremes(part) for part in _parts(x)]
    with np.errstate(invalid="ignore"):
        spread = reduce(maximum, [high - low for low, high in ends])
        return spread <= rounding(arrays.dtype_of(x)) * reduce(maximum, [abs(end) for part in ends for end in part])


def _parts(x):
    """Return the real and the imaginary parts of complex x, or real x alone."""
    return (x.real, x.imag) if arrays.is_complex(x) else (x,)


def passes_constants(bank):
    """Return whether a band-pass filter has a mean that is more than a rounding error, as a Gaussian has."""
    return any(_gain_of_constants(psi, bank.grid) > rounding(float) * np.abs(psi.values).max() for psi in bank.psi)


def _gain_of_constants(psi, grid):
    axes = zip(psi.low, psi.high, grid, strict=True)
    return np.abs(psi.values[(slice(None), *np.ix_(*(_is_zero(*axis) for axis in axes)))]).max(initial=0)


def clear_rounding(x_hat, band, bank):
    """Remove rounding errors from spectra of constant signals.

    The Fourier transform leaves them at all frequencies. Divided by each other they look like coefficients.

    Parameters
    ----------
    x_hat : ndarray of shape (n, n_nodes, *band.shape)
        Spectra, to be filtered with the band-pass filters of a bank.
    band : Band
        Their frequencies.
    bank : FilterBank
    """
    if passes_constants(bank):
        is_zero = reduce(np.multiply.outer, [_is_zero(*axis) for axis in zip(*band, bank.grid, strict=True)])
        x_hat *= arrays.from_numpy(is_zero, x_hat)
    else:
        x_hat[:] = 0


def _is_zero(low, high, size):
    """Return which of the frequencies low..high are zero on a grid: beyond its own, frequencies repeat."""
    return np.arange(low, high + 1) % size == 0
