"""Wavelet coefficients and envelopes of channels without gaps, as rows to correlate, in any array library."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core import _operators as operators
from skscat._core._records import complex_dtype


class Wavelets(NamedTuple):
    """Wavelets of a spectrum, in the Fourier domain; see :class:`GappyWavelets` for signals with gaps.

    Parameters
    ----------
    psi : ndarray of shape (n_wavelets, *grid)
        Wavelets.
    supports : list of ndarray of int
        Frequencies, on a flat axis, at which each wavelet is not zero.
    gains : list of ndarray
        Squares of the wavelets there.
    """

    psi: np.ndarray
    supports: list
    gains: list

    @classmethod
    def of_bank(cls, psi):
        """Prepare sums over the supports of wavelets."""
        supports = [np.flatnonzero(wavelet) for wavelet in psi]
        gains = [wavelet.ravel()[support] ** 2 for wavelet, support in zip(psi, supports, strict=True)]
        return cls(psi, supports, gains)

    def placed(self, x):
        """Return the same with arrays of the library of x, on its device and in its precision."""
        if arrays.is_numpy(x):
            return self

        psi, *gains = (arrays.from_numpy(v.astype(arrays.precision(x)), x) for v in (self.psi, *self.gains))
        return Wavelets(psi, [arrays.from_numpy(support, x) for support in self.supports], gains)

    @property
    def axes(self):
        """Axes of the grid."""
        return operators.grid_axes(self.psi.ndim - 1)

    def channel(self, x, sigma):
        """Return a channel, whose outputs are divided by sigma, an array of shape (n_wavelets,) in NumPy."""
        return Channel(self, x, sigma)


class Rows(NamedTuple):
    """Spectra of a channel and of its envelopes of finer scale, on the support of a wavelet.

    Parameters
    ----------
    values : ndarray of shape (1 + n_finer, n_frequencies)
    gain : ndarray of shape (n_frequencies,)
        Square of the wavelet.
    """

    values: Any
    gain: Any

    def correlations(self, other):
        """Return the correlations with rows of another channel, or of the same."""
        return (self.values * self.gain) @ other.values.conj().T

    def divided(self, d, other):
        """Return the gradient with respect to products of rows from that with respect to their correlations."""
        return d


class Channel:
    """A channel of a signal: its moduli, correlations, and the gradient of their weighted sum, see :mod:`_pairs`."""

    def __init__(self, wavelets, x, sigma):
        self._wavelets, self._sigma = wavelets, sigma
        self._x_hat = analyzed(x, wavelets.axes)
        dtype = arrays.dtype_of(self._x_hat)
        self._w = operators.synthesize(arrays.astype(self._x_hat * wavelets.psi, dtype), wavelets.axes)
        self._u = abs(self._w)
        self._u_hat = analyzed(self._u, wavelets.axes)

    def mean(self, m):
        """Return the mean of the modulus of wavelet m."""
        return self._u[m].mean() / self._sigma[m]

    def rows(self, m, finer):
        """Return the rows of wavelet m."""
        support = self._wavelets.supports[m]
        rows = [self._x_hat.reshape(-1)[support] / self._sigma[m]]
        rows += [self._u_hat[k].reshape(-1)[support] / self._sigma[k] for k in finer]
        return Rows(arrays.namespace(self._x_hat).stack(rows), self._wavelets.gains[m])

    def start_gradient(self):
        """Set the gradients of what the outputs are computed from to zero."""
        xp = arrays.namespace(self._x_hat)
        self._dx_hat, self._du_hat, self._du = (xp.zeros_like(v) for v in (self._x_hat, self._u_hat, self._u))

    def add_mean(self, m, g):
        """Add the gradient of the mean of the modulus of wavelet m, times g."""
        self._du[m] += g / (self._sigma[m] * prod(self._x_hat.shape))

    def add_rows(self, m, finer, rows, d):
        """Add the gradient of Re <d, v>, for the values v of the rows of wavelet m."""
        support = self._wavelets.supports[m]
        d = d * rows.gain
        self._dx_hat.reshape(-1)[support] += d[0] / self._sigma[m]
        of_moduli = self._du_hat.reshape(len(self._du_hat), -1)
        for k, row in zip(finer, d[1:], strict=True):
            of_moduli[k, support] += row / self._sigma[k]

    def gradient(self):
        """Return the gradient with respect to the channel."""
        axes = self._wavelets.axes
        du = self._du + operators.analyze_adjoint(self._du_hat, axes).real
        dw = self._w * arrays.divide(du, self._u, self._u > 0)
        dx_hat = self._dx_hat + (self._wavelets.psi * operators.synthesize_adjoint(dw, axes)).sum(axis=0)
        return operators.analyze_adjoint(dx_hat, axes).real


def analyzed(x, axes):
    """Return the Fourier coefficients of real signals."""
    return operators.analyze(arrays.astype(x, complex_dtype(arrays.dtype_of(x))), axes)
