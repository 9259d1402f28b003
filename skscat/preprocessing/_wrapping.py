"""Functions shared by the estimators that wrap a scattering transform, or a pipeline that begins with one."""

from math import prod

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skscat._core import _namespace as arrays
from skscat._dispatch import is_dispatched, taken
from skscat._transforms._base import PlannedScattering
from skscat.preprocessing._variable_size import VariableSizeScattering


def scattering_of(transformer):
    """Return the scattering transform at the head of pipelines and of wrappers that preserve its features.

    Such a wrapper has an attribute ``_preserves_features`` and a parameter ``transformer``. A transform of signals of
    variable size has the paths of the one it wraps.
    """
    while True:
        if isinstance(transformer, Pipeline):
            transformer = transformer.steps[0][1]
        elif getattr(transformer, "_preserves_features", False):
            transformer = getattr(transformer, "transformer_", transformer.transformer)
        else:
            return transformer


def clone_wrapped(transformer, expected, family=PlannedScattering):
    """Clone a transformer, unless it does not begin with a scattering transform.

    Parameters
    ----------
    transformer : estimator
        Parameter of an estimator that wraps it.
    expected : str
        The scattering transforms that are expected, for the error.
    family : type, default=PlannedScattering
        Their class.

    Returns
    -------
    transformer : estimator
        Clone, not fitted.

    Raises
    ------
    ValueError
        If :func:`scattering_of` finds no transform of this family.
    """
    scattering = scattering_of(transformer)
    if isinstance(scattering, VariableSizeScattering):
        scattering = scattering.scattering
    if not isinstance(scattering, family):
        raise unexpected(transformer, expected)
    return clone(transformer)


def path_shape(scattering):
    """Return the shape of the outputs of one path and channel of a fitted transform."""
    return scattering.output_shape_[len(scattering._channels) + 1 :]


def measures(scattering):
    """Return the shape of the last axis of the outputs of a path if it holds powers or statistics, otherwise ()."""
    if isinstance(scattering, VariableSizeScattering):
        return scattering.output_shape_[-1:]
    return (len(scattering.plan_.powers),) if scattering.plan_.powers else ()


def name_channels(transformer, names):
    """Set the parameter ``channel_names`` of what a transformer begins with, unless ``names`` is None.

    Raises
    ------
    ValueError
        If the transformer has no such parameter, or has other names already.
    """
    if names is None:
        return
    parameters = transformer.get_params()
    owners = [p.removesuffix("channel_names") for p in parameters if p.rpartition("__")[2] == "channel_names"]
    # What these wrap gets its names from them.
    owners = [owner for owner in owners if not any(owner != p and owner.startswith(p) for p in owners)]
    if not owners:
        raise ValueError(
            f"channel_names={list(names)!r}: transformer={transformer!r} has no parameter channel_names, so that its "
            "features would not be named; expected None."
        )
    for owner in owners:
        given = parameters[f"{owner}channel_names"]
        if given is not None and list(given) != list(names):
            raise ValueError(f"transformer__{owner}channel_names={given!r}: expected None, or {list(names)!r}.")
        transformer.set_params(**{f"{owner}channel_names": list(names)})


def unexpected(transformer, expected):
    """Return the error of a transformer that does not begin with what is expected."""
    return ValueError(f"transformer={transformer!r}: expected {expected}, or a pipeline that begins with it.")


def check_features(transformer, S):
    """Return what a fitted transformer computed, as it is computed with, if its features are scattering coefficients.

    Parameters
    ----------
    transformer : estimator
        Fitted.
    S : ndarray or data frame of shape (n, n_features)
        Result of its ``transform``: a data frame if scikit-learn is configured to return these, or an array of a
        library to which it dispatches.

    Returns
    -------
    S : ndarray of shape (n, n_features)
        float32 if it is, otherwise float64. See :func:`skscat._dispatch.taken` for its library.

    Raises
    ------
    ValueError
        If there are not as many features as coefficients of the scattering transform.
    """
    S = taken(S) if is_dispatched(S) else np.asarray(S)
    expected = prod(scattering_of(transformer).output_shape_)
    if tuple(S.shape[1:]) != (expected,):
        raise ValueError(
            f"transformer={transformer!r} returned {prod(S.shape[1:])} features; expected the {expected} of its first "
            "step."
        )
    return S if arrays.dtype_of(S) == np.float32 else arrays.astype(S, np.dtype(np.float64))
