"""Weights of the outputs of a transform, for its gradient."""

from math import prod

import numpy as np

from skscat._core import _namespace as arrays
from skscat._dispatch import as_given, refuse_tracked


def weights_of_outputs(weights, X, x, shape):
    """Return weights of the features of signals, or a function that computes them, for outputs of a plan.

    Parameters
    ----------
    weights : array-like of shape (n, n_features), or callable
        See :meth:`PlannedScattering.gradient`.
    X : array-like
        Signals as they were given.
    x : ndarray of shape (n, channels, *signal_shape)
        Signals as they are computed with.
    shape : tuple of int
        Shape of the outputs for one signal, channels first.

    Returns
    -------
    g : ndarray of shape (n, *shape), or callable
        See :func:`skscat.scatter_vjp`.

    Raises
    ------
    ValueError
        If weights that are an array do not have the shape of the features.
    """
    n, n_features = len(x), prod(shape)
    if not callable(weights):
        weights = arrays.near(arrays.as_any_array("weights", weights), x)
        if tuple(weights.shape) != (n, n_features):
            raise ValueError(f"weights has shape {tuple(weights.shape)}; expected {(n, n_features)}.")
        return weights.reshape(n, *shape)
    # The row and column of each output of one channel of one signal.
    index = arrays.from_numpy(np.indices((n, n_features)).reshape(2, -1, *shape[1:]), x)

    def g(s, rows, paths):
        rows = rows if isinstance(rows, slice) else arrays.from_numpy(rows, index)
        parts = index[:, rows][:, :, arrays.from_numpy(paths, index)]
        return as_weights(weights(as_given(X, s), tuple(as_given(X, part) for part in parts)), s)

    return g


def as_weights(values, s):
    """Return weights, computed by a function of outputs s, as an array of the library of s."""
    refuse_tracked("weights", values, "the gradient")
    return arrays.near(arrays.as_any_array("weights", values), s)
