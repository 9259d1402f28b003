"""Scattering spectra of one signal with gaps: averages with the weights of moduli near gaps."""

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
from skscat.moments._correlations import n_outputs, to_real, to_real_adjoint


class GappySpectra:
    """Averages of products of wavelet coefficients of signals with the same gaps, and their gradients.

    Parameters
    ----------
    missing : ndarray of bool of shape (*grid,)
    plan : Plan
        Of first order.
    psi : ndarray of shape (n_wavelets, *grid)
        Wavelets in the Fourier domain.
    finer : list of ndarray of int
        Wavelets of finer scale than each.
    """

    def __init__(self, missing, plan, psi, finer):
        self._bridge, self._psi, self._finer = plan_bridge(missing[np.newaxis]), psi, finer
        self._axes, self._least = operators.grid_axes(missing.ndim), plan.min_coverage * missing.size
        self._envelopes = [envelope_on(plan, 0, n, plan.grid) for n in range(len(psi))]
        parts = [(scale, shares[0]) for scale, shares in filled_shares(self._bridge)]
        seen = np.array([combined_shares(parts, xi) for xi in plan.banks[0].table["xi"]])
        self._weights, self._gains = w, gains = weights_seen(self._through(np.array(self._envelopes), seen), 1)
        self._of_moduli = StepWeights(w[np.newaxis], gains[np.newaxis], w.mean(axis=self._axes)[np.newaxis])

    def coefficients(self, x):
        """Return the wavelet coefficients of a signal of shape (*grid,), whatever its missing samples are."""
        x = with_zeros(x[np.newaxis], self._bridge.missing)
        x_hat = operators.analyze(bridge(x, self._bridge)[0].astype(complex_dtype(x.dtype)), self._axes)
        return operators.synthesize((x_hat * self._psi).astype(x_hat.dtype), self._axes)

    def energies(self, w):
        """Return the sums over the grid of the weighted energies of wavelet coefficients, and of their weights."""
        weights = self._weights**2
        return (weights * np.abs(self._gains * w) ** 2).sum(axis=self._axes), weights.sum(axis=self._axes)

    def outputs(self, w, sigma):
        """Return the scattering spectra of a signal; NaN where coverage is small.

        Parameters
        ----------
        w : ndarray of shape (n_wavelets, *grid)
            Wavelet coefficients.
        sigma : ndarray of shape (n_wavelets,)
            Divisors.

        Returns
        -------
        outputs : ndarray of shape (n_outputs,)
            For each wavelet, the mean of its modulus and the correlations.
        """
        u_hat = self._spectra(self._moduli(w))
        parts = []
        for m in range(len(w)):
            rows, weights, _ = self._rows(w, u_hat, sigma, m)
            rows = weights * rows
            mean = self._means(m) @ (np.abs(self._gains[m] * w[m]) / sigma[m]).ravel()
            norms = self._norms(weights)
            correlations = np.where(np.isnan(norms), complex(np.nan, np.nan), rows @ rows.conj().T)
            parts += [[mean], to_real(correlations / np.nan_to_num(norms, nan=1))]
        return np.concatenate(parts)

    def outputs_vjp(self, w, sigma, g):
        """Return the gradient of a weighted sum of the outputs, those that are NaN left out.

        Parameters
        ----------
        w, sigma
            See :meth:`outputs`.
        g : ndarray of shape (n_outputs,)
            Weights of the outputs.

        Returns
        -------
        dx : ndarray of shape (*grid,)
        """
        u = self._moduli(w)
        u_hat = self._spectra(u)
        dw, du, du_hat, start = np.zeros_like(w), np.zeros_like(u), np.zeros_like(u_hat), 0
        for m, finer in enumerate(self._finer):
            stop = start + n_outputs(len(finer))
            rows, weights, gains = self._rows(w, u_hat, sigma, m)
            du[m] += np.nan_to_num(g[start] * self._means(m) / sigma[m]).reshape(u[m].shape)
            norms = self._norms(weights)
            d = to_real_adjoint(g[start + 1 : stop], len(finer) + 1)
            d = np.where(np.isnan(norms), 0, d) / np.nan_to_num(norms, nan=1)
            start = stop
            d_rows = weights * ((d + d.conj().T) @ (weights * rows))
            d_rows = (gains * d_rows).reshape(-1, *w.shape[1:]).astype(w.dtype)
            dw[m] += d_rows[0] / sigma[m]
            for k, row in zip(finer, d_rows[1:], strict=True):
                du_hat[k] += self._psi[m] * operators.synthesize_adjoint(row / sigma[k], self._axes)
        d_continued = operators.analyze_adjoint(du_hat, self._axes).real
        du += continued_adjoint(d_continued[np.newaxis], self._of_moduli)[0]
        du *= self._gains
        modulus = np.abs(w)
        dw += w * np.divide(du, modulus, out=np.zeros_like(du), where=modulus > 0)
        dx_hat = np.sum(self._psi * operators.synthesize_adjoint(dw, self._axes), axis=0)
        return bridge_adjoint(operators.analyze_adjoint(dx_hat, self._axes).real[np.newaxis], self._bridge)[0]

    def _through(self, envelopes, shares):
        """Convolve shares of nodes, complex numbers, with envelopes of wavelets."""
        return operators.synthesize(operators.analyze(shares, self._axes) * envelopes, self._axes)

    def _moduli(self, w):
        return self._gains * np.abs(w)

    def _spectra(self, u):
        """Return the spectra of moduli, continued into gaps by their weighted means."""
        u = continued(u[np.newaxis], self._of_moduli)[0].astype(complex_dtype(u.dtype))
        return operators.analyze(u, self._axes)

    def _rows(self, w, u_hat, sigma, m):
        """Return the coefficients of wavelet m, and those of the moduli of finer scale, their weights and gains."""
        finer = self._finer[m]
        parents = self._weights[finer]
        weights, gains = weights_seen(self._through(self._envelopes[m], parents + 1j * parents**2), 2)
        weights = np.concatenate([self._weights[m : m + 1], weights])
        gains = np.concatenate([self._gains[m : m + 1], gains])
        v = operators.synthesize(u_hat[finer] * self._psi[m], self._axes)
        rows = gains * np.concatenate([w[m : m + 1], v])
        divisors = sigma[[m, *finer]].reshape(-1, *(1,) * len(self._axes))
        return tuple(a.reshape(len(a), -1) for a in (rows / divisors, weights, gains))

    def _means(self, m):
        """Return the weights of the mean of the modulus of wavelet m, NaN if they are too small."""
        w = self._weights[m].ravel()
        return w / (w.sum() if w.sum() >= self._least else np.nan)

    def _norms(self, weights):
        """Return the sums of products of weights by which correlations are divided, NaN if they are too small."""
        norms = weights @ weights.T
        return np.where(norms >= self._least, norms, np.nan)
