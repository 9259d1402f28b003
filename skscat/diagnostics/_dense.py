"""Transforms to which the theorems apply: periodic, with outputs dense enough to represent continuous averages."""

from math import gcd

import numpy as np
from sklearn.base import clone

from skscat._core._amplitude import norms, scale_exponents, times_exp2
from skscat._dispatch import on_host
from skscat._validation import check_signals, reading_channels_first

# Outputs this many times denser than the default represent all frequencies of averages by Gaussians of scale T.
DENSER = 4


def dense_transform(scattering, X, *, comparable=False):
    """Return a transform whose outputs are dense and scaled so that sums of their squares are integrals.

    Parameters
    ----------
    scattering : estimator
        Scattering transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.
    comparable : bool, default=False
        Multiply all signals by the same power of two, not each by its own, so that squares fit.

    Returns
    -------
    transform : callable
        Maps signals of shape (n, channels, *shape) to coefficients of shape (n, channels, n_paths, *path_shape).
    order : ndarray of int of shape (n_paths,)
        Order of each path.
    x : ndarray of shape (n, channels, *shape)
        Signals in the layout that ``transform`` takes, divided by powers of two.
    exponents : ndarray of int
        Binary logarithms of the divisors, one per signal, or a single one if they are comparable.

    Raises
    ------
    ValueError
        If the transform computes no local averages, or a signal is zero.
    """
    if not {"average", "stride", "padding"} <= set(scattering.get_params(deep=False)):
        raise ValueError(f"scattering={scattering!r}: expected a transform with local averages.")
    X = on_host("X", X)
    fitted = clone(scattering).set_params(padding="wrap", average="local", renormalize=False, stride=None).fit(X)
    stride = gcd(*fitted.plan_.shape, *(max(1, stride // DENSER) for stride in fitted.plan_.stride))
    shape, weight = fitted.signal_shape_, np.sqrt(stride**fitted.ndim_)
    x = check_signals(fitted, X, ndim=fitted.ndim_, reset=False)
    x = x.astype(np.result_type(x, np.float64))
    fitted = reading_channels_first(fitted, has_channels=len(shape) > fitted.ndim_)
    fitted.set_params(stride=stride).fit(x.reshape(len(x), *shape))
    if not norms(x).all():
        raise ValueError("X has a signal that is zero; changes are measured relative to its norm.")

    def transform(x):
        S = np.asarray(fitted.transform(x.reshape(len(x), *shape)))
        return weight * S.reshape(*x.shape[:2], len(fitted.paths_), *fitted.plan_.path_shape)

    exponents = scale_exponents(x[np.newaxis] if comparable else x, None)
    return transform, fitted.paths_["order"], times_exp2(x, -exponents), exponents
