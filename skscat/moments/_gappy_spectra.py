"""Wavelet coefficients and envelopes of channels with gaps, as rows to correlate with the weights of moduli."""

from typing import NamedTuple

import numpy as np

from skscat._core import _operators as operators
from skscat._core._bridging import bridge, bridge_adjoint, plan_bridge, with_zeros
from skscat._core._records import complex_dtype
from skscat._core._weights import (
    StepWeights,
    combined_shares,
    continued,
    continued_adjoint,
    envelope_on,
    filled_shares,
    weights_seen,
)


class GappyWavelets:
    """Wavelets of a spectrum, and the weights of their coefficients for channels with the same gaps.

    Parameters
    ----------
    missing : ndarray of bool of shape (*grid,)
    plan : Plan
        First-order plan.
    psi : ndarray of shape (n_wavelets, *grid)
        Wavelets in the Fourier domain.
    """

    def __init__(self, missing, plan, psi):
        self.bridge, self.psi = plan_bridge(missing[np.newaxis]), psi
        self.axes, self.least = operators.grid_axes(missing.ndim), plan.min_coverage * missing.size
        self._envelopes = [envelope_on(plan, 0, n, plan.grid) for n in range(len(psi))]
        parts = [(scale, shares[0]) for scale, shares in filled_shares(self.bridge)]
        seen = np.array([combined_shares(parts, xi) for xi in plan.banks[0].table["xi"]])
        self.weights, self.gains = w, gains = weights_seen(self._through(np.array(self._envelopes), seen), 1)
        self.of_moduli = StepWeights(w[np.newaxis], gains[np.newaxis], w.mean(axis=self.axes)[np.newaxis])

    def channel(self, x, sigma):
        """Return a channel, whose outputs are divided by sigma, an array of shape (n_wavelets,)."""
        return GappyChannel(self, x, sigma)

    def coefficients(self, x):
        """Return the wavelet coefficients of a signal of shape (*grid,), whatever its missing samples are."""
        x = with_zeros(x[np.newaxis], self.bridge.missing)
        x_hat = operators.analyze(bridge(x, self.bridge)[0].astype(complex_dtype(x.dtype)), self.axes)
        return operators.synthesize((x_hat * self.psi).astype(x_hat.dtype), self.axes)

    def energies(self, w):
        """Return the sums over the grid of the weighted energies of wavelet coefficients, and of their weights."""
        weights = self.weights**2
        return (weights * np.abs(self.gains * w) ** 2).sum(axis=self.axes), weights.sum(axis=self.axes)

    def of_rows(self, m, finer):
        """Return the weights and gains of wavelet m, and of the moduli of finer scale that it filters."""
        parents = self.weights[finer]
        weights, gains = weights_seen(self._through(self._envelopes[m], parents + 1j * parents**2), 2)
        return (np.concatenate([v[m : m + 1], rows]) for v, rows in ((self.weights, weights), (self.gains, gains)))

    def of_mean(self, m):
        """Return the weights of the mean of the modulus of wavelet m, NaN if they are too small."""
        w = self.weights[m]
        return w / (w.sum() if w.sum() >= self.least else np.nan)

    def _through(self, envelopes, shares):
        """Convolve shares of nodes, complex numbers, with envelopes of wavelets."""
        return operators.synthesize(operators.analyze(shares, self.axes) * envelopes, self.axes)


class GappyRows(NamedTuple):
    """A wavelet coefficient of a channel and those of its envelopes of finer scale, with weights.

    Parameters
    ----------
    values : ndarray of shape (1 + n_finer, n_points)
        Products with the weights.
    weights, gains : ndarray of shape (1 + n_finer, n_points)
    least : float
        Smallest sum of products of weights.
    """

    values: np.ndarray
    weights: np.ndarray
    gains: np.ndarray
    least: float

    def correlations(self, other):
        """Return the correlations with rows of another channel, or of the same; NaN where coverage is small."""
        norms = self._norms(other)
        products = np.where(np.isnan(norms), complex(np.nan, np.nan), self.values @ other.values.conj().T)
        return products / np.nan_to_num(norms, nan=1)

    def divided(self, d, other):
        """Return the gradient with respect to products of rows from that with respect to their correlations."""
        norms = self._norms(other)
        return np.where(np.isnan(norms), 0, d) / np.nan_to_num(norms, nan=1)

    def _norms(self, other):
        """Sums of products of weights by which products are divided, NaN if they are too small."""
        norms = self.weights @ other.weights.T
        return np.where(norms >= self.least, norms, np.nan)


class GappyChannel:
    """A channel of a signal with gaps, see :class:`Channel`."""

    def __init__(self, wavelets, x, sigma):
        self._wavelets, self._sigma = wavelets, sigma
        self._w = wavelets.coefficients(x)
        self._u = wavelets.gains * np.abs(self._w)
        # Moduli are continued into gaps by their weighted means.
        u = continued(self._u[np.newaxis], wavelets.of_moduli)[0].astype(complex_dtype(self._u.dtype))
        self._u_hat = operators.analyze(u, wavelets.axes)

    def mean(self, m):
        """Return the weighted mean of the modulus of wavelet m; NaN where coverage is small."""
        return self._wavelets.of_mean(m).ravel() @ (self._u[m] / self._sigma[m]).ravel()

    def rows(self, m, finer):
        """Return the rows of wavelet m."""
        wavelets, n = self._wavelets, 1 + len(finer)
        weights, gains = wavelets.of_rows(m, finer)
        v = operators.synthesize(self._u_hat[finer] * wavelets.psi[m], wavelets.axes)
        values = gains * np.concatenate([self._w[m : m + 1], v])
        divisors = self._sigma[[m, *finer]].reshape(-1, *(1,) * len(wavelets.axes))
        values, weights, gains = (a.reshape(n, -1) for a in (values / divisors, weights, gains))
        return GappyRows(weights * values, weights, gains, wavelets.least)

    def start_gradient(self):
        """Set the gradients of what the outputs are computed from to zero."""
        self._dw, self._du, self._du_hat = (np.zeros_like(v) for v in (self._w, self._u, self._u_hat))

    def add_mean(self, m, g):
        """Add the gradient of the mean of the modulus of wavelet m, times g; nothing where the mean is NaN."""
        self._du[m] += np.nan_to_num(g * self._wavelets.of_mean(m) / self._sigma[m])

    def add_rows(self, m, finer, rows, d):
        """Add the gradient of Re <d, v>, for the values v of the rows of wavelet m."""
        wavelets = self._wavelets
        d = (rows.weights * rows.gains * d).reshape(-1, *self._w.shape[1:]).astype(self._w.dtype)
        self._dw[m] += d[0] / self._sigma[m]
        for k, row in zip(finer, d[1:], strict=True):
            self._du_hat[k] += wavelets.psi[m] * operators.synthesize_adjoint(row / self._sigma[k], wavelets.axes)

    def gradient(self):
        """Return the gradient with respect to the channel; zero for missing samples."""
        wavelets = self._wavelets
        du = operators.analyze_adjoint(self._du_hat, wavelets.axes).real
        du = self._du + continued_adjoint(du[np.newaxis], wavelets.of_moduli)[0]
        du = du * wavelets.gains
        modulus = np.abs(self._w)
        dw = self._dw + self._w * np.divide(du, modulus, out=np.zeros_like(du), where=modulus > 0)
        dx_hat = np.sum(wavelets.psi * operators.synthesize_adjoint(dw, wavelets.axes), axis=0)
        return bridge_adjoint(operators.analyze_adjoint(dx_hat, wavelets.axes).real[np.newaxis], wavelets.bridge)[0]
