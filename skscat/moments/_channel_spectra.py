"""Scattering spectra of one channel of a signal without gaps, and their gradients, in any array library."""

from math import prod
from typing import NamedTuple

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core import _operators as operators
from skscat._core._records import complex_dtype
from skscat._core._threads import single_threaded_blas
from skscat.moments._correlations import n_outputs, to_real, to_real_adjoint


class ChannelSpectra(NamedTuple):
    """Averages of products of wavelet coefficients, as sums over frequencies; see :class:`GappySpectra` for gaps.

    Parameters
    ----------
    psi : ndarray of shape (n_wavelets, *grid)
        Wavelets in the Fourier domain.
    supports : list of ndarray of int
        Frequencies, on a flat axis, at which each wavelet is not zero.
    gains : list of ndarray
        Squares of the wavelets there.
    finer : list of ndarray of int
        Wavelets of finer scale than each.
    """

    psi: np.ndarray
    supports: list
    gains: list
    finer: list

    @classmethod
    def of_wavelets(cls, psi, finer):
        """Prepare the averages for some wavelets."""
        supports = [np.flatnonzero(wavelet) for wavelet in psi]
        gains = [wavelet.ravel()[support] ** 2 for wavelet, support in zip(psi, supports, strict=True)]
        return cls(psi, supports, gains, finer)

    def placed(self, x):
        """Return the same with arrays of the library of x, on its device and in its precision."""
        if arrays.is_numpy(x):
            return self

        psi, *gains = (arrays.from_numpy(v.astype(arrays.precision(x)), x) for v in (self.psi, *self.gains))
        return ChannelSpectra(psi, [arrays.from_numpy(support, x) for support in self.supports], gains, self.finer)

    @property
    def axes(self):
        """Axes of the grid."""
        return operators.grid_axes(self.psi.ndim - 1)

    def coefficients(self, x):
        """Return the wavelet coefficients of a channel, their moduli, and the spectra of the channel and of these."""
        x_hat = analyzed(x, self.axes)
        w = operators.synthesize(arrays.astype(x_hat * self.psi, arrays.dtype_of(x_hat)), self.axes)
        u = abs(w)
        return w, u, x_hat, analyzed(u, self.axes)

    @single_threaded_blas()
    def outputs(self, moduli, sigma):
        """Return the scattering spectra of a channel.

        Parameters
        ----------
        moduli : tuple
            What :meth:`coefficients` returned.
        sigma : ndarray of shape (n_wavelets,)
            Divisors, in NumPy.

        Returns
        -------
        outputs : ndarray of shape (n_outputs,)
            For each wavelet, the mean of its modulus and the correlations.
        """
        _, u, x_hat, u_hat = moduli
        parts = []
        for m, gain in enumerate(self.gains):
            v = self._rows(x_hat, u_hat, sigma, m)
            parts += [(u[m].mean() / sigma[m]).reshape(1), to_real((v * gain) @ v.conj().T)]
        return arrays.namespace(u).concatenate(parts)

    @single_threaded_blas()
    def outputs_vjp(self, moduli, sigma, g):
        """Return the gradient of a weighted sum of the outputs, with weights g, with respect to the channel."""
        w, u, x_hat, u_hat = moduli
        if not arrays.is_numpy(u):
            g = arrays.astype(g, arrays.dtype_of(u))
        xp = arrays.namespace(x_hat)
        dx_hat, du_hat, du = xp.zeros_like(x_hat), xp.zeros_like(u_hat), xp.zeros_like(u)
        size, start = prod(x_hat.shape), 0
        of_channel, of_moduli = dx_hat.reshape(-1), du_hat.reshape(len(u_hat), -1)
        for m, (support, gain, finer) in enumerate(zip(self.supports, self.gains, self.finer, strict=True)):
            stop = start + n_outputs(len(finer))
            du[m] += g[start] / (sigma[m] * size)
            d = to_real_adjoint(g[start + 1 : stop], len(finer) + 1)
            v = self._rows(x_hat, u_hat, sigma, m)
            # Gradient of Re <d, v h v*>, for a matrix d that is not Hermitian.
            dv = ((d + d.conj().T) @ v) * gain
            of_channel[support] += dv[0] / sigma[m]
            for k, row in zip(finer, dv[1:], strict=True):
                of_moduli[k, support] += row / sigma[k]
            start = stop
        du += operators.analyze_adjoint(du_hat, self.axes).real
        dw = w * arrays.divide(du, u, u > 0)
        dx_hat += (self.psi * operators.synthesize_adjoint(dw, self.axes)).sum(axis=0)
        return operators.analyze_adjoint(dx_hat, self.axes).real

    def _rows(self, x_hat, u_hat, sigma, m):
        """Normalized spectra of the signal and of the envelopes of finer scale, on the support of wavelet m."""
        support = self.supports[m]
        rows = [x_hat.reshape(-1)[support] / sigma[m]]
        rows += [u_hat[k].reshape(-1)[support] / sigma[k] for k in self.finer[m]]
        return arrays.namespace(x_hat).stack(rows)


def analyzed(x, axes):
    """Return the Fourier coefficients of real signals."""
    return operators.analyze(arrays.astype(x, complex_dtype(arrays.dtype_of(x))), axes)
