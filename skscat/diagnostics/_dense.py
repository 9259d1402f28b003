"""Transforms for which theorems hold: periodic, and with outputs as dense as a continuous average."""

from math import gcd, prod

import numpy as np
from sklearn.base import clone

from skscat._sklearn import with_channels

# Averages by Gaussians of scale T have no frequency beyond that of outputs a quarter of their stride apart.
DENSER = 4


def dense_transform(scattering, X):
    """Make a transform whose outputs are so many, and so scaled, that sums of squares are integrals.

    Parameters
    ----------
    scattering : estimator
        A scattering transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.

    Returns
    -------
    transform : callable
        From signals of shape (n, channels, *shape) to coefficients of shape (n, channels, n_paths, *output_grid).
    order : ndarray of int of shape (n_paths,)
        Order of each path.
    x : ndarray of shape (n, channels, *shape)
        The signals.

    Raises
    ------
    ValueError
        If the transform has no local averages, or a signal is zero.
    """
    if not {"average", "stride", "padding"} <= set(scattering.get_params(deep=False)):
        raise ValueError(f"scattering={scattering!r}: expected a transform with local averages.")
    fitted = clone(scattering).set_params(padding="wrap", average="local", renormalize=False, stride=None).fit(X)
    stride = gcd(*fitted.plan_.shape, *(max(1, stride // DENSER) for stride in fitted.plan_.stride))
    fitted.set_params(stride=stride).fit(X)
    shape, weight = fitted.signal_shape_, np.sqrt(stride**fitted.ndim_)
    x = np.asarray(X, dtype=np.float64).reshape(-1, *with_channels(shape, fitted.ndim_))
    if not norms(x).all():
        raise ValueError("X has a signal that is zero; changes are measured relative to its norm.")

    def transform(x):
        S = np.asarray(fitted.transform(x.reshape(len(x), *shape)))
        return weight * S.reshape(*x.shape[:2], len(fitted.paths_), *fitted.plan_.output_grid)

    return transform, fitted.paths_["order"], x


def norms(x):
    """Return the norm of each row.

    Parameters
    ----------
    x : ndarray of shape (n, ...)

    Returns
    -------
    norms : ndarray of shape (n,)
    """
    return np.linalg.norm(x.reshape(len(x), prod(x.shape[1:])), axis=1)
