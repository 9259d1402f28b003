"""Utilities of scikit-learn, and the validation of signals as float arrays of shape (n, channels, *shape)."""

from math import isqrt, prod
from numbers import Integral, Real

import numpy as np

# scikit-learn's private helpers are imported here and nowhere else.
from sklearn.base import _fit_context as fit_context
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils._param_validation import Interval as _Interval
from sklearn.utils.validation import _check_feature_names_in as check_feature_names_in
from sklearn.utils.validation import validate_data

from skscat._checks import is_count, warn_user

__all__ = [
    "POSITIVE",
    "DocLinkMixin",
    "HasMethods",
    "Interval",
    "PrecisionTagsMixin",
    "SignalTagsMixin",
    "StrOptions",
    "at_least",
    "channel_names",
    "check_feature_names_in",
    "check_signals",
    "fit_context",
    "signal_shape",
    "take_over_features",
    "validate_data",
    "with_channels",
]


class Interval(_Interval):
    """scikit-learn's constraint of a parameter to an interval of numbers, which here excludes booleans."""

    def is_satisfied_by(self, val):
        return not isinstance(val, bool) and super().is_satisfied_by(val)


def at_least(least):
    """Constrain a parameter to whole numbers of at least ``least``."""
    return Interval(Integral, least, None, closed="left")


# Constraint of parameters that are finite numbers greater than zero.
POSITIVE = Interval(Real, 0, np.inf, closed="neither")


class DocLinkMixin:
    """Link from the HTML diagram of an estimator to its page in the documentation."""

    _doc_link_module = "skscat"
    _doc_link_template = (
        "https://skscat.readthedocs.io/en/stable/api/generated/{estimator_module}.{estimator_name}.html"
    )


class PrecisionTagsMixin(DocLinkMixin):
    """Tags of estimators that preserve the precision of X."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        if tags.transformer_tags is not None:
            tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class SignalTagsMixin(PrecisionTagsMixin):
    """Tags of estimators that take signals, or bodies, as flat rows or as arrays with more axes."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        return tags


def check_signals(estimator, X, *, ndim, reset):
    """Validate signals and bring them to one layout.

    In ``fit``, flat rows get the shape that ``estimator.shape`` prescribes, see :func:`signal_shape`; later, the shape
    seen in ``fit``.

    Parameters
    ----------
    estimator : estimator
        Its ``shape`` parameter is read in ``fit``; ``signal_shape_`` is set there.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.
    ndim : int
        Number of axes of one signal.
    reset : bool
        True in ``fit``.

    Returns
    -------
    X : ndarray of shape (n, channels, *shape)
        float32 or float64.

    Raises
    ------
    ValueError
        If X is not finite, real and of the shape that ``shape`` or ``fit`` prescribes.
    """
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    given = tuple(X.shape[1:]) if len(X.shape) > 2 else None
    if given is not None:
        if len(given) not in (ndim, ndim + 1):
            raise ValueError(f"X has shape {tuple(X.shape)}; {type(estimator).__name__} expects {_layouts(ndim)}.")
        if 0 in X.shape:
            raise ValueError(
                f"X has shape {tuple(X.shape)}, without samples or without features; a minimum of 1 is required."
            )
        if not reset and given != estimator.signal_shape_:
            raise ValueError(
                f"X has signals of shape {given}, but {type(estimator).__name__} was fitted on signals of shape "
                f"{estimator.signal_shape_}."
            )
        X = np.asarray(X).reshape(len(X), prod(given))
    X = validate_data(estimator, X, dtype=[np.float64, np.float32], order="C", reset=reset)
    if reset:
        estimator.signal_shape_ = signal_shape(X.shape[1], given, estimator.shape, ndim)
    shape = estimator.signal_shape_
    return X.reshape(len(X), *with_channels(shape, ndim))


def with_channels(shape, ndim):
    """Return the shape of a signal with a channel axis before its ``ndim`` axes, added if there is none."""
    return shape if len(shape) > ndim else (1, *shape)


def channel_names(shape, ndim):
    """Return the part of feature names for each channel: ``["c0", "c1"]``, or ``[""]`` if there is no channel axis."""
    return [f"c{c}" for c in range(shape[0])] if len(shape) > ndim else [""]


def take_over_features(estimator, fitted):
    """Copy attributes that describe the input from a fitted estimator, and delete those that it lacks."""
    for name in ("n_features_in_", "feature_names_in_", "signal_shape_"):
        if hasattr(fitted, name):
            setattr(estimator, name, getattr(fitted, name))
        elif hasattr(estimator, name):
            delattr(estimator, name)


def _layouts(ndim):
    axes = ", ".join(("depth", "height", "width")[-ndim:]) if ndim > 1 else "length"
    return f"(n, {axes}), (n, channels, {axes}) or (n, n_features)"


def signal_shape(n_features, given, shape, ndim):
    """Return the shape of one signal, channels included.

    Parameters
    ----------
    n_features : int
        Number of features of one signal.
    given : tuple of int or None
        Shape of the signals in X; None if X is flat.
    shape : tuple of int or None
        Shape that the user prescribes, as in :func:`numpy.reshape`: one entry may be -1.
    ndim : int
        Number of axes of a signal, without channels.

    Returns
    -------
    shape : tuple of int
        Of length ``ndim``, or ``ndim + 1`` with channels first.

    Raises
    ------
    ValueError
        If ``shape`` is not as described, does not hold ``n_features`` values or contradicts ``given``.
    """
    if shape is not None:
        shape = _fill_shape(shape, n_features, ndim)
        if given is not None and shape != given:
            raise ValueError(f"shape={shape} contradicts X, whose signals have shape {given}.")
        return shape
    if given is not None:
        return given
    side = round(n_features ** (1 / ndim)) if ndim != 2 else isqrt(n_features)
    if side**ndim == n_features:
        return (side,) * ndim
    shape = (1,) * (ndim - 1) + (n_features,)
    warn_user(
        f"X is flat, and {n_features} features do not form a {'square' if ndim == 2 else 'cube'}: rows are taken as "
        f"signals of shape {shape}. Set the parameter shape to change this."
    )
    return shape


def _fill_shape(shape, n_features, ndim):
    """Return the shape that the user prescribes, with its -1 replaced."""
    entries = tuple(shape)
    if len(entries) not in (ndim, ndim + 1):
        raise ValueError(
            f"shape={shape!r} has {len(entries)} entries; expected {ndim}, or {ndim + 1} with channels first."
        )
    if not all(is_count(n, -1) and n != 0 for n in entries) or entries.count(-1) > 1:
        raise ValueError(f"shape={shape!r}: expected whole numbers of at least 1, one of which may be -1.")
    known, free = prod(n for n in entries if n != -1), -1 in entries
    if n_features % known if free else n_features != known:
        multiple = "a multiple of " if free else ""
        raise ValueError(f"shape={shape!r} holds {multiple}{known} values; X has {n_features} features.")
    return tuple(n_features // known if n == -1 else int(n) for n in entries)
