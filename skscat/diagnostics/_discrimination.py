"""Measure of discrimination between signals and a process."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from skscat._checks import as_array
from skscat._core._amplitude import rounding, scale_exponents, times_exp2
from skscat._transforms._base import globally_averaged


class Discrimination(NamedTuple):
    """Distance of signals from a process, relative to the spread of the process.

    Parameters
    ----------
    orders : ndarray of shape (max_order,)
        Orders 1, 2, ...
    ratios : ndarray of shape (max_order,)
        Mean squared distance of the signals from the mean of the process, divided by that of samples of the process.
    """

    orders: np.ndarray
    ratios: np.ndarray


def discrimination(scattering: BaseEstimator, X: ArrayLike, Y: ArrayLike) -> Discrimination:
    r"""Measure how well coefficients of each order distinguish signals from a process.

    .. math:: \rho(m) = \frac{E\,\|S_m X - E S_m Y\|^2}{E\,\|S_m Y - E S_m Y\|^2}

    with averages over the whole signal. The ratio is about one if order m does not distinguish the signals from the
    process [1]_.

    Parameters
    ----------
    scattering : estimator
        Scattering transform. A clone that averages over the whole signal is used.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.
    Y : array-like of shape (m, *shape), (m, channels, *shape) or (m, n_features)
        Samples of the process, at least two.

    Returns
    -------
    discrimination : Discrimination
        Ratio for each order.

    Raises
    ------
    ValueError
        If Y has fewer than two samples, or samples whose coefficients are all the same.

    See Also
    --------
    skscat.synthesis.GaussianTexture : Gaussian surrogates, for comparison.
    skscat.plotting.DiscriminationDisplay : Visualization of the ratios.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. Pattern Anal. Mach. Intell.
           35 (2013), 1872-1886, section 5.

    Examples
    --------
    >>> from skscat import Scattering2D
    >>> from skscat.datasets import load_images_sample
    >>> from skscat.diagnostics import discrimination
    >>> from skscat.synthesis import GaussianTexture
    >>> gravel = load_images_sample().images[2:3, :64, :64]
    >>> surrogates = GaussianTexture(method="noise").fit(gravel).sample(10, random_state=0)
    >>> first, second = discrimination(Scattering2D(J=4, padding="wrap"), gravel, surrogates).ratios
    >>> bool(first < 3 < second)
    True
    """
    Y = as_array("Y", Y)
    if len(Y) < 2:
        raise ValueError(f"Y has {len(Y)} sample(s); expected at least two, to estimate their spread.")
    scattering = globally_averaged(scattering).fit(Y)
    S, T = np.asarray(scattering.transform(X)), np.asarray(scattering.transform(Y))
    order = scattering.kinds_ // len(scattering.plan_.powers or (1,))
    orders = np.unique(order[order > 0])
    return Discrimination(orders, np.array([_discrimination(S[:, order == m], T[:, order == m], m) for m in orders]))


def _discrimination(S, T, order):
    """Mean squared distance of rows of S from the mean row of T, divided by that of the rows of T."""
    exponent = scale_exponents(np.concatenate([S, T])[np.newaxis], None)
    S, T = times_exp2(S, -exponent), times_exp2(T, -exponent)
    center = T.mean(axis=0)
    distance, spread = (np.sum((V - center) ** 2) / len(V) for V in (S, T))
    if spread <= np.sum((rounding(T.dtype) * center) ** 2):
        raise ValueError(
            f"Y has the same coefficients of order {order} in all its samples, by whose spread distances are divided; "
            "expected random samples."
        )
    return distance / spread
