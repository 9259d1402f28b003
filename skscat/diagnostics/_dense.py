"""Transforms to which the theorems apply: periodic, with outputs dense enough to represent continuous averages."""

from math import gcd, prod

import numpy as np
from sklearn.base import clone

from skscat._sklearn import with_channels

# Outputs this many times denser than the default represent all frequencies of averages by Gaussians of scale T.
DENSER = 4


def dense_transform(scattering, X):
    """Return a transform whose outputs are dense and scaled so that sums of their squares are integrals.

    Parameters
    ----------
    scattering : estimator
        Scattering transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.

    Returns
    -------
    transform : callable
        Maps signals of shape (n, channels, *shape) to coefficients of shape (n, channels, n_paths, *path_shape).
    order : ndarray of int of shape (n_paths,)
        Order of each path.
    x : ndarray of shape (n, channels, *shape)
        Signals in the layout that ``transform`` takes.

    Raises
    ------
    ValueError
        If the transform computes no local averages, or a signal is zero.
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
        return weight * S.reshape(*x.shape[:2], len(fitted.paths_), *fitted.plan_.path_shape)

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
