"""Realizations of random processes whose scattering moments are known."""

import numpy as np
import scipy.fft
from scipy.stats import levy_stable
from sklearn.utils import check_random_state

from skscat._checks import check_counts, check_values, is_finite


def make_fbm(
    n_samples: int = 1, length: int = 2**14, *, H: float = 0.5, random_state: int | np.random.RandomState | None = None
) -> np.ndarray:
    r"""Generate fractional Brownian motions.

    A fractional Brownian motion is Gaussian, with stationary increments and
    :math:`E(X(t) - X(s))^2 = |t - s|^{2H}`. Its first-order moments grow as :math:`E|X * \psi_j| \sim 2^{jH}`, and its
    normalized second-order moments decay as :math:`2^{-(j_2 - j_1) / 2}` for every H.

    Parameters
    ----------
    n_samples : int, default=1
        Number of realizations.
    length : int, default=16384
        Number of samples per realization.
    H : float, default=0.5
        Hurst exponent, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the realizations. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.

    Returns
    -------
    X : ndarray of shape (n_samples, length), float64
        Realizations, starting at X(1), with X(0) = 0.

    Raises
    ------
    ValueError
        If ``H`` is not between 0 and 1, or ``n_samples`` or ``length`` is not a positive integer.

    Notes
    -----
    Increments are generated exactly, by circulant embedding of their covariance [1]_.

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


def make_poisson(
    n_samples: int = 1,
    length: int = 2**14,
    *,
    rate: float = 0.01,
    random_state: int | np.random.RandomState | None = None,
) -> np.ndarray:
    r"""Generate Poisson processes: number of points in each sampling interval.

    At scales below the mean distance between points, the first-order moment :math:`E|X * \psi_j|` does not depend on
    the scale; at larger scales, it is that of white noise, :math:`\sim 2^{-j/2}`.

    Parameters
    ----------
    n_samples : int, default=1
        Number of realizations.
    length : int, default=16384
        Number of samples per realization.
    rate : float, default=0.01
        Mean number of points per sampling interval.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the realizations. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.

    Returns
    -------
    X : ndarray of shape (n_samples, length), float64
        Number of points in each sampling interval.

    Raises
    ------
    ValueError
        If ``rate`` is not positive, or ``n_samples`` or ``length`` is not a positive integer.

    Examples
    --------
    >>> from skscat.datasets import make_poisson
    >>> float(make_poisson(4, 10000, rate=0.1, random_state=0).mean().round(2))
    0.1
    """
    check_counts(n_samples=n_samples, length=length)
    _check_between("rate", rate, 0, np.inf)
    return check_random_state(random_state).poisson(rate, (n_samples, length)).astype(float)


def make_levy(
    n_samples: int = 1,
    length: int = 2**14,
    *,
    alpha: float = 1.5,
    random_state: int | np.random.RandomState | None = None,
) -> np.ndarray:
    r"""Generate alpha-stable Levy processes, which have jumps of all sizes.

    First-order moments grow as :math:`E|X * \psi_j| \sim 2^{j/\alpha}`, and normalized second-order moments decay as
    :math:`2^{(j_2 - j_1)(1/\alpha - 1)}`.

    Parameters
    ----------
    n_samples : int, default=1
        Number of realizations.
    length : int, default=16384
        Number of samples per realization.
    alpha : float, default=1.5
        Stability parameter, greater than 1 (so that means exist) and less than 2 (Brownian motion).
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the realizations. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.

    Returns
    -------
    X : ndarray of shape (n_samples, length), float64
        Realizations: cumulative sums of independent, symmetric increments.

    Raises
    ------
    ValueError
        If ``alpha`` is not between 1 and 2, or ``n_samples`` or ``length`` is not a positive integer.

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


def make_mrw(
    n_samples: int = 1,
    length: int = 2**14,
    *,
    intermittency: float = 0.04,
    integral_scale: float | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> np.ndarray:
    r"""Generate multifractal random walks.

    Increments are white Gaussian noise times :math:`e^{\omega}`, where :math:`\omega` is a Gaussian process with
    covariance :math:`\lambda^2 \log(L / (1 + |t|))` up to the integral scale L. Bursts are clustered at all scales:
    normalized second-order moments do not depend on :math:`j_2 - j_1`.

    Parameters
    ----------
    n_samples : int, default=1
        Number of realizations.
    length : int, default=16384
        Number of samples per realization.
    intermittency : float, default=0.04
        Intermittency :math:`\lambda^2`, between 0 (Brownian motion) and 0.5.
    integral_scale : float, default=None
        Integral scale L, in samples, greater than 1: increments that are further apart are independent. None means
        ``max(length, 2)``.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the realizations. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.

    Returns
    -------
    X : ndarray of shape (n_samples, length), float64
        Realizations.

    Raises
    ------
    ValueError
        If a parameter is out of range.

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
    # At a scale of 1, omega would be zero and the walk Brownian.
    scale = max(2, length) if integral_scale is None else integral_scale
    _check_between("integral_scale", scale, 1, np.inf)
    rng = check_random_state(random_state)
    covariance = intermittency * np.maximum(np.log(scale / (1 + np.arange(length + 1.0))), 0)
    omega = _gaussian(n_samples, length, covariance, rng)
    # Subtracting the variance of omega normalizes the variance of the increments to one.
    return np.cumsum(rng.standard_normal((n_samples, length)) * np.exp(omega - covariance[0]), axis=1)


def _gaussian(n_samples, length, covariance, rng):
    """Generate stationary Gaussian noise with given covariances at lags 0 to length, by circulant embedding."""
    circulant = np.concatenate([covariance, covariance[-2:0:-1]])
    # Rounding errors, and embeddings that are not positive semidefinite, give small negative variances.
    variances = np.maximum(scipy.fft.fft(circulant).real, 0)
    white = rng.standard_normal((2, n_samples, len(circulant)))
    noise = scipy.fft.fft(np.sqrt(variances / len(circulant)) * (white[0] + 1j * white[1]), axis=1)
    return noise.real[:, :length]


def _check_between(name, value, low, high):
    expected = f"a number between {low} and {high}"
    check_values(expected, lambda value: is_finite(value) and low < value < high, **{name: value})
