"""Utilities of scikit-learn: constraints of parameters, tags, metadata routing, splitters."""

import sys
from numbers import Integral, Real

import numpy as np

# scikit-learn's private helpers are imported here and nowhere else.
from sklearn.base import _fit_context as fit_context
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.model_selection import PredefinedSplit, check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils._param_validation import Interval as _Interval
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    _raise_for_params,
    _routing_enabled,
    process_routing,
)
from sklearn.utils.validation import _check_feature_names_in as check_feature_names_in
from sklearn.utils.validation import _check_method_params as select_params

from skscat._checks import warn_user

__all__ = [
    "CHANNEL_AXIS",
    "CHANNEL_NAMES",
    "LINE_SHAPE",
    "POSITIVE",
    "SHAPE",
    "ArrayTagsMixin",
    "CVRoutingMixin",
    "EstimatorMixin",
    "HasMethods",
    "Interval",
    "PrecisionTagsMixin",
    "SignalTagsMixin",
    "StrOptions",
    "at_least",
    "check_feature_names_in",
    "fit_context",
    "routed_params",
    "select_params",
    "stratified_splitter",
]


class Interval(_Interval):
    """scikit-learn's constraint of a parameter to an interval of numbers, which here excludes booleans."""

    def is_satisfied_by(self, val):
        return not isinstance(val, bool) and super().is_satisfied_by(val)


def at_least(least):
    """Constrain a parameter to whole numbers of at least ``least``."""
    return Interval(Integral, least, None, closed="left")


# Constraints of the parameters from which shapes of signals are read. The shape of lines may also be a number.
SHAPE = [None, "array-like"]
LINE_SHAPE = [None, at_least(1), "array-like"]
CHANNEL_AXIS = [None, Interval(Integral, None, None, closed="neither")]
CHANNEL_NAMES = [None, "array-like"]
# Constraint of parameters that are finite numbers greater than zero.
POSITIVE = Interval(Real, 0, np.inf, closed="neither")


class VersionWarning(InconsistentVersionWarning):
    """Warning that an estimator was saved by another version of skscat; the versions it holds are those of skscat."""

    def __str__(self):
        saved = self.original_sklearn_version
        return (
            f"{self.estimator_name} was saved by {f'skscat {saved}' if saved else 'an unknown version of skscat'} and "
            f"is loaded by skscat {self.current_sklearn_version}: results may differ, or errors occur. Fit it again"
            + (f", or load it with skscat {saved}." if saved else ".")
        )


class EstimatorMixin:
    """Mixin of all estimators: the version of skscat in their state, and the link from their HTML diagram."""

    _doc_link_module = "skscat"
    _doc_link_template = (
        "https://skscat.readthedocs.io/en/stable/api/generated/{estimator_module}.{estimator_name}.html"
    )

    def __getstate__(self):
        return super().__getstate__() | {"_skscat_version": _version()}

    def __setstate__(self, state):
        state = dict(state)
        saved, current = state.pop("_skscat_version", None), _version()
        if saved != current:
            name = type(self).__name__
            versions = {"current_sklearn_version": current, "original_sklearn_version": saved}
            warn_user(VersionWarning(estimator_name=name, **versions))
        super().__setstate__(state)


def _version():
    # Not imported: in the table of layers, the package is above this module.
    return sys.modules["skscat"].__version__


def routed_params(estimator, params, part, method):
    """Return the parameters of ``fit`` that go to a method of a part of an estimator: all, if routing is disabled."""
    return process_routing(estimator, "fit", **params)[part][method] if _routing_enabled() else params


class CVRoutingMixin:
    """Metadata routing of estimators whose ``fit`` cross-validates: parameters of ``fit`` go to the splitter."""

    cv: object

    def get_metadata_routing(self) -> MetadataRouter:
        """Get metadata routing of this object.

        The parameters of ``fit`` are routed to the ``split`` method of ``cv``.

        Returns
        -------
        routing : MetadataRouter
            A :class:`~sklearn.utils.metadata_routing.MetadataRouter` encapsulating routing information.
        """
        fit_to_split = MethodMapping().add(caller="fit", callee="split")
        return MetadataRouter(owner=self).add_self_request(self).add(splitter=self.cv, method_mapping=fit_to_split)

    def _splitter_params(self, params):
        """Return the parameters of ``fit`` for the splitter; if routing is disabled, only ``groups`` may be passed."""
        _raise_for_params({name: value for name, value in params.items() if name != "groups"}, self, "fit")
        return routed_params(self, params, "splitter", "split")


def stratified_splitter(cv, y):
    """Return a splitter for classification; an integer ``cv`` also suits small classes.

    Parameters
    ----------
    cv : int, cross-validation generator, iterable or None
        See :func:`sklearn.model_selection.check_cv`. If it is a number, or None for 5, a class of fewer samples is
        spread over as many folds as it has samples.
    y : ndarray of shape (n,)
        Class labels.

    Returns
    -------
    splitter : cross-validation generator or None
        None if each class has one sample, so that there is nothing to hold out.
    """
    splitter, (classes, counts) = check_cv(cv, y, classifier=True), np.unique(y, return_counts=True)
    if not (cv is None or isinstance(cv, Integral)) or counts.min() >= splitter.n_splits:
        return splitter
    if counts.max() == 1:
        return None
    folds = np.empty(len(y), int)
    folds[np.argsort(y, kind="stable")] = np.arange(len(y)) % splitter.n_splits
    for label in classes:
        # Samples in a row are often similar, and stay in one fold.
        folds[y == label] = np.sort(folds[y == label])
    return PredefinedSplit(folds)


class ArrayTagsMixin:
    """Tag of estimators that take arrays of any library; those that wrap another one do if it does."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.array_api_support = _supports_arrays(getattr(self, "transformer", getattr(self, "scattering", None)))
        return tags


def _supports_arrays(part):
    """Return whether an estimator, if there is one, takes arrays of any library; a pipeline, if all its steps do."""
    if isinstance(part, Pipeline):
        return all(_supports_arrays(step) for _, step in part.steps)
    if part is None or isinstance(part, str):
        return True
    return hasattr(part, "__sklearn_tags__") and get_tags(part).array_api_support


class PrecisionTagsMixin(EstimatorMixin):
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
        tags.input_tags.allow_nan = getattr(self, "nan_policy", "raise") == "omit"
        return tags
