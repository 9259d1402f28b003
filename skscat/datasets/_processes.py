"""Realisations of random processes whose scattering moments are known."""

import numpy as np
import scipy.fft
from scipy.stats import levy_stable
from sklearn.utils import check_random_state

from skscat._checks import check_counts, check_values, is_finite


def make_fbm(n_samples=1, length=2**14, *, H=0.5, random_state=None):
    r"""Make fractional Brownian motions.

    Gaussian, with stationary increments and :math:`E(X(t) - X(s))^2 = |t - s|^{2H}`. Their first moments grow as
    :math:`E|X * \psi_j| \sim 2^{jH}`, and the normalized second as :math:`2^{-(j_2 - j_1) / 2}` whatever H.

    Parameters
    ----------
    n_samples : int, default=1
        Number of realisations.
    length : int, default=16384
        Samples of each.
    H : float, default=0.5
        Hurst exponent, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same result each time.

    Returns
    -------
    X : ndarray of shape (n_samples, length), float64
        Realisations, from X(1) on, with X(0) = 0.

    Raises
    ------
    ValueError
        If H is not between 0 and 1, or a number is less than 1.

    Notes
    -----
    Increments are made exactly, by a circulant matrix that their covariance is part of.

    References
    ----------
    .. [1] R. B. Davies and D. S. Harte, "Tests for Hurst effect", Biometrika 74 (1987), 95-101.

    Examples
    --------
    >>> from skscat.datasets import make_fbm
    >>> make_fbm(3, 1000, H=0.7, random_state=0).shape
    (3, 1000)
    """
    check_counts(n_samples=n_samples, length=length)
    _check_between("H", H, 0, 1)
    lag = np.arange(length + 1.0)
    covariance = 0.5 * (np.abs(lag + 1) ** (2 * H) - 2 * lag ** (2 * H) + np.abs(lag - 1) ** (2 * H))
    return np.cumsum(_gaussian(n_samples, length, covariance, check_random_state(random_state)), axis=1)


def make_poisson(n_samples=1, length=2**14, *, rate=0.01, random_state=None):
    r"""Make Poisson processes: numbers of points in cells.

    At scales below the distance of points, :math:`E|X * \psi_j|` does not depend on the scale; beyond, it is that of
    white noise, :math:`\sim 2^{-j/2}`.

    Parameters
    ----------
    n_samples : int, default=1
        Number of realisations.
    length : int, default=16384
        Cells of each.
    rate : float, default=0.01
        Mean number of points in a cell.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same result each time.

    Returns
    -------
    X : ndarray of shape (n_samples, length), float64
        Numbers of points.

    Raises
    ------
    ValueError
        If the rate is not positive, or a number is less than 1.

    Examples
    --------
    >>> from skscat.datasets import make_poisson
    >>> float(make_poisson(4, 10000, rate=0.1, random_state=0).mean().round(2))
    0.1
    """
    check_counts(n_samples=n_samples, length=length)
    _check_between("rate", rate, 0, np.inf)
    return check_random_state(random_state).poisson(rate, (n_samples, length)).astype(float)


def make_levy(n_samples=1, length=2**14, *, alpha=1.5, random_state=None):
    r"""Make alpha-stable Levy processes, which move by jumps of all sizes.

    First moments grow as :math:`E|X * \psi_j| \sim 2^{j/\alpha}`, normalized second moments as
    :math:`2^{(j_2 - j_1)(1/\alpha - 1)}`.

    Parameters
    ----------
    n_samples : int, default=1
        Number of realisations.
    length : int, default=16384
        Samples of each.
    alpha : float, default=1.5
        Stability, greater than 1 (where means exist) and less than 2 (Brownian motion).
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same result each time.

    Returns
    -------
    X : ndarray of shape (n_samples, length), float64
        Sums of independent, symmetric increments.

    Raises
    ------
    ValueError
        If alpha is not between 1 and 2, or a number is less than 1.

    Examples
    --------
    >>> from skscat.datasets import make_levy
    >>> make_levy(2, 1000, random_state=0).shape
    (2, 1000)
    """
    check_counts(n_samples=n_samples, length=length)
    _check_between("alpha", alpha, 1, 2)
    increments = levy_stable.rvs(alpha, 0, size=(n_samples, length), random_state=check_random_state(random_state))
    return np.cumsum(increments, axis=1)


def make_mrw(n_samples=1, length=2**14, *, intermittency=0.04, integral_scale=None, random_state=None):
    r"""Make multifractal random walks.

    Increments are white Gaussian noise times :math:`e^{\omega}`, where :math:`\omega` is Gaussian with covariances
    :math:`\lambda^2 \log(L / (1 + |t|))` up to the integral scale L. Bursts come in bursts, on all scales: normalized
    second moments do not depend on :math:`j_2 - j_1`.

    Parameters
    ----------
    n_samples : int, default=1
        Number of realisations.
    length : int, default=16384
        Samples of each.
    intermittency : float, default=0.04
        :math:`\lambda^2`, between 0 (Brownian motion) and 0.5.
    integral_scale : float, default=None
        Samples beyond which increments do not depend on each other, more than 1. None takes ``length``, but 2 at
        least.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same result each time.

    Returns
    -------
    X : ndarray of shape (n_samples, length), float64
        Realisations.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    References
    ----------
    .. [1] E. Bacry, J. Delour and J.-F. Muzy, "Multifractal random walk", Phys. Rev. E 64 (2001), 026103.

    Examples
    --------
    >>> from skscat.datasets import make_mrw
    >>> make_mrw(2, 1000, random_state=0).shape
    (2, 1000)
    """
    check_counts(n_samples=n_samples, length=length)
    _check_between("intermittency", intermittency, 0, 0.5)
    # At a scale of 1, omega is zero and the walk Brownian.
    scale = max(2, length) if integral_scale is None else integral_scale
    _check_between("integral_scale", scale, 1, np.inf)
    rng = check_random_state(random_state)
    covariance = intermittency * np.maximum(np.log(scale / (1 + np.arange(length + 1.0))), 0)
    omega = _gaussian(n_samples, length, covariance, rng)
    # The mean keeps the variance of the increments at one.
    return np.cumsum(rng.standard_normal((n_samples, length)) * np.exp(omega - covariance[0]), axis=1)


def _gaussian(n_samples, length, covariance, rng):
    """Stationary Gaussian noise of given covariances at lags 0 to length, exact where a circulant matrix has them."""
    circulant = np.concatenate([covariance, covariance[-2:0:-1]])
    # Rounding, and covariances that no circulant has, leave small negative variances.
    variances = np.maximum(scipy.fft.fft(circulant).real, 0)
    white = rng.standard_normal((2, n_samples, len(circulant)))
    noise = scipy.fft.fft(np.sqrt(variances / len(circulant)) * (white[0] + 1j * white[1]), axis=1)
    return noise.real[:, :length]


def _check_between(name, value, low, high):
    expected = f"a number between {low} and {high}"
    check_values(expected, lambda value: is_finite(value) and low < value < high, **{name: value})
