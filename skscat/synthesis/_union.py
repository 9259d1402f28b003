"""Concatenation of several representations, with their gradient."""

import numpy as np
from sklearn.base import clone
from sklearn.utils import get_tags

from skscat._checks import MASKED, refuse_masked
from skscat._signals import refuse_complex
from skscat._validation import FILL_GAPS, reading_channels_first, validate_data


class RepresentationUnion:
    """Concatenate the outputs of several representations.

    Parameters
    ----------
    parts : sequence of estimator
        Representations with ``fit``, ``transform``, ``gradient`` and ``kinds_``. They are cloned.
    """

    def __init__(self, parts):
        self.parts = [clone(part) for part in parts]

    def fit(self, X):
        """Fit all parts."""
        for part in self.parts:
            part.fit(X)
        first = self.parts[0]
        self.ndim_, self.signal_shape_, self.n_features_in_ = first.ndim_, first.signal_shape_, first.n_features_in_
        # Custom representations need not know of it.
        self.channel_axis = getattr(first, "_channel_axis", None)
        kinds = [np.unique(part.kinds_, return_inverse=True)[1] for part in self.parts]
        offsets = np.cumsum([0, *(k.max() + 1 for k in kinds)])
        self.kinds_ = np.concatenate([k + offset for k, offset in zip(kinds, offsets, strict=False)])
        self._starts = np.cumsum([0, *(len(k) for k in kinds)])
        return self

    def transform(self, X):
        """Return the outputs of all parts, of shape (n, n_outputs)."""
        return np.concatenate([np.asarray(part.transform(X)) for part in self.parts], axis=1)

    def gradient(self, X, weights):
        """Return the gradient of a weighted sum of outputs; ``weights(S, index)`` gives the weights of each part."""
        total = 0
        for part, start in zip(self.parts, self._starts, strict=False):

            def shifted(S, index, start=start):
                row, column = index
                return weights(S, (row, column + start))

            total = total + part.gradient(X, shifted)
        return total


def check_representations(estimator):
    """Return the parameter ``representation`` of an estimator as a list.

    Raises
    ------
    ValueError
        If it is an empty list, or one of the representations has no gradient or is for complex signals.
    """
    given = estimator.representation
    parts = given if isinstance(given, list) else [given]
    if not parts:
        raise ValueError("representation=[]: expected at least one estimator.")
    for part in parts:
        missing = [name for name in ("fit", "transform", "gradient") if not hasattr(part, name)]
        if missing:
            raise ValueError(f"representation={part!r} has no method {missing[0]}.")
        if getattr(part, "renormalize", False):
            raise ValueError(f"representation={part!r} has no gradient; expected renormalize=False.")
        refuse_complex("representation", part, type(estimator).__name__)
    return parts


def read_layout(estimator, X, parts):
    """Set the attributes that describe the signals X, as the first of some representations reads them."""
    # This only records feature names. The representations, fitted without names, check everything else.
    given = validate_data(estimator, X, skip_check_array=True)
    given = given.to_numpy() if hasattr(given, "to_numpy") else given
    if not get_tags(estimator).input_tags.allow_nan:
        # Before the representations point to their own parameter.
        advice = FILL_GAPS.format(type(estimator).__name__)
        refuse_masked("X", given, f"{MASKED} {advice}")
        if isinstance(given, np.ndarray) and given.dtype.kind == "f" and np.isnan(given).any():
            raise ValueError(f"Input X contains NaN. {advice}")
    # What some representations learn here, such as mean powers of X, is not used, and need not fit.
    with np.errstate(over="ignore"):
        union = RepresentationUnion(parts).fit(given)
    estimator.signal_shape_, estimator.n_features_in_ = union.signal_shape_, union.n_features_in_
    estimator._ndim, estimator._channel_axis = union.ndim_, union.channel_axis


def channels_first(estimator, parts):
    """Return the concatenation of representations of signals with channels first, see :func:`read_layout`."""
    has_channels = len(estimator.signal_shape_) > estimator._ndim
    return RepresentationUnion([reading_channels_first(part, has_channels) for part in parts])
