"""Root mean squares of wavelet coefficients, by which scattering spectra are normalized."""

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core._amplitude import rounding, scale_exponents, times_exp2
from skscat._core._bridging import missing_samples, with_zeros
from skscat.moments._channel_spectra import analyzed
from skscat.moments._gappy_spectra import GappyWavelets


def root_mean_squares(x, plan, wavelets, orbits):
    """Compute root mean squares of wavelet coefficients over signals and their samples.

    Parameters
    ----------
    x : ndarray of shape (n, n_channels, *grid)
        Signals, with NaN for missing samples if the plan looks for them.
    plan : Plan
    wavelets : Wavelets
    orbits : list of Orbit
        Wavelets with the same sigma: otherwise, averages over orientations would change with rotations.

    Returns
    -------
    sigma : ndarray of shape (n_channels, n_wavelets)
        In NumPy; 1 where coefficients are zero, up to rounding errors.
    """
    missing, axes = missing_samples(x, plan), wavelets.axes
    filled = with_zeros(x, missing)
    exponents = scale_exponents(filled.swapaxes(0, 1), None)
    scales = -exponents.reshape(-1, *(1,) * len(axes))
    energies = arrays.to_numpy((abs(analyzed(times_exp2(filled, scales), axes)) ** 2).mean(axis=0))
    if missing is None:
        squares = np.tensordot(energies, wavelets.psi**2, (axes, axes))
    else:
        squares = _with_gaps(times_exp2(x, scales), plan, wavelets)
    for orbit in orbits:
        squares[:, orbit.wavelets] = squares[:, orbit.wavelets].mean(axis=1, keepdims=True)
    sigma = np.sqrt(squares)
    smallest = rounding(arrays.dtype_of(x)) * np.sqrt(energies.sum(axis=axes))
    return np.where(sigma > smallest[:, np.newaxis], times_exp2(sigma, exponents), 1)


def _with_gaps(x, plan, wavelets):
    """Mean squares of wavelet coefficients of each channel, with weights."""
    energies, weights = np.zeros((2, x.shape[1], len(wavelets.psi)))
    gappy = {}
    for row, channel in np.ndindex(x.shape[:2]):
        gappy = wavelets_by_gaps([np.isnan(x[row, channel])], plan, wavelets, gappy)
        (of_gaps,) = gappy.values()
        energy, weight = of_gaps.energies(of_gaps.coefficients(x[row, channel]))
        energies[channel] += energy
        weights[channel] += weight
    return energies / np.where(weights > 0, weights, 1)


def wavelets_by_gaps(missing, plan, wavelets, last):
    """Prepare wavelets for the gaps of some channels, unless they are among those of the last ones.

    Parameters
    ----------
    missing : iterable of ndarray of bool of shape (*grid,)
    plan : Plan
    wavelets : Wavelets
    last : dict
        What this function returned for the last channels.

    Returns
    -------
    gappy : dict of bytes to GappyWavelets
        By the bytes of the gaps.
    """
    gaps = {of_channel.tobytes(): of_channel for of_channel in missing}
    return {key: last.get(key) or GappyWavelets(value, plan, wavelets.psi) for key, value in gaps.items()}
