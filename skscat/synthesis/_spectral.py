"""Linear estimates of stationary Gaussian signals: Wiener filter, conditional means and constrained realizations."""

import numpy as np
import scipy.fft
from scipy.sparse.linalg import LinearOperator, cg

# Number of bands per octave in which power spectra are averaged.
BANDS = 4
# Power spectra are at least this fraction of their largest value, so that conditional means are determined.
SMALLEST_POWER = 1e-9
# Relative residual of conditional means, and maximum number of iterations.
TOL, MAX_ITER = 1e-6, 1000


def grid_axes(grid):
    """Return the trailing axes of signals on a grid."""
    return tuple(range(-len(grid), 0))


def power_spectra(x, grid):
    """Return the periodograms of signals of shape (..., *grid)."""
    return np.abs(scipy.fft.fftn(x, axes=grid_axes(grid))) ** 2 / np.prod(grid)


def moduli_of_frequencies(grid):
    """Return the moduli of the frequencies of a grid, in cycles per sample."""
    return np.sqrt(sum(f**2 for f in np.meshgrid(*map(np.fft.fftfreq, grid), indexing="ij", sparse=True)))


def band_means(power, grid):
    """Average power spectra (channels, *grid) over the directions of frequencies, and over fractions of octaves.

    Returns
    -------
    means : ndarray of shape (channels, *grid)
    counts : ndarray of int of shape (*grid,)
        Number of frequencies in the band of each.
    """
    xi = moduli_of_frequencies(grid)
    # The zero frequency is a band of its own.
    octaves = np.log2(np.maximum(xi * max(grid), 0.5))
    _, bands = np.unique(np.round(BANDS * octaves), return_inverse=True)
    counts = np.bincount(bands.ravel())
    means = [(np.bincount(bands.ravel(), p.ravel()) / counts)[bands].reshape(grid) for p in power]
    return np.array(means), counts[bands].reshape(grid)


def wiener_filter(x, noise, exponent=1.0):
    """Filter an observation by the Wiener filter of its power spectrum and that of samples of its noise.

    The gain of the Wiener filter is the share of the signal in the power of an observation. The power spectrum of
    signals filtered by the root of the gain is that of the signal.

    Parameters
    ----------
    x : ndarray of shape (channels, *grid)
        Observation of zero mean.
    noise : ndarray of shape (n, channels, *grid)
        Samples of the noise.
    exponent : float, default=1.0
        Exponent of the gain.

    Returns
    -------
    x : ndarray of shape (channels, *grid)
    """
    grid = x.shape[1:]
    of_noise, counts = band_means(power_spectra(noise, grid).mean(axis=0), grid)
    of_sum, _ = band_means(power_spectra(x, grid), grid)
    # Where no signal is seen, its power may be as large as the error with which it is estimated.
    power = np.maximum(of_sum - of_noise, of_noise * np.sqrt(2 / counts))
    total = power + of_noise
    gain = np.divide(power, total, out=np.ones_like(total), where=total > 0) ** exponent
    gain[(slice(None), *(0,) * len(grid))] = 1
    axes = grid_axes(grid)
    return scipy.fft.ifftn(gain * scipy.fft.fftn(x, axes=axes), axes=axes).real


def conditional_mean(x, missing, power):
    r"""Fill the gaps of a channel with the mean of a Gaussian process, given the observed samples.

    With the inverse covariance :math:`C^{-1}`, a convolution, the missing samples solve
    :math:`(C^{-1} x)_{\rm missing} = 0`.

    Parameters
    ----------
    x : ndarray of shape (*grid,)
        Signal of zero mean; its missing samples may have any finite value.
    missing : ndarray of bool of shape (*grid,)
    power : ndarray of shape (*grid,)
        Power spectrum.

    Returns
    -------
    x : ndarray of shape (*grid,)
    """
    inverse = 1 / np.maximum(power, SMALLEST_POWER * power.max())
    # The unit of the equations does not matter.
    inverse /= inverse.max()

    def precision(values):
        y = np.zeros(missing.shape)
        y[missing] = values
        return scipy.fft.ifftn(inverse * scipy.fft.fftn(y)).real[missing]

    seen, n = np.where(missing, 0, x), int(missing.sum())
    if n == 0:
        return seen
    right = -scipy.fft.ifftn(inverse * scipy.fft.fftn(seen)).real[missing]
    values, _ = cg(LinearOperator((n, n), precision, dtype=float), right, rtol=TOL, maxiter=MAX_ITER)
    seen[missing] = values
    return seen


def constrained_realization(x, missing, power, white):
    """Fill the gaps of a channel with a random realization of a Gaussian process, given the observed samples.

    Parameters
    ----------
    x, missing, power : ndarray of shape (*grid,)
        As in :func:`conditional_mean`.
    white : ndarray of shape (*grid,)
        White noise of unit variance.

    Returns
    -------
    x : ndarray of shape (*grid,)
    """
    free = scipy.fft.ifftn(np.sqrt(power) * scipy.fft.fftn(white)).real
    return np.where(missing, free + conditional_mean(x - free, missing, power), x)
