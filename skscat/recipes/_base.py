"""Base class of estimators from signals to targets: features, folds, and the choice among candidates."""

import time
from contextlib import contextmanager
from numbers import Integral
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.decomposition import PCA
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from skscat._checks import warn_user
from skscat._core._threads import single_threaded_blas
from skscat._dispatch import on_host
from skscat._lists import read_list, unequal
from skscat._sklearn import CHANNEL_AXIS, LINE_SHAPE, HasMethods, SignalTagsMixin, StrOptions
from skscat._validation import check_signals, flat_rows, to_array, validate_data
from skscat.preprocessing import LevelNormalizer, LogMedian
from skscat.recipes._folds import (
    check_groups,
    is_number,
    list_folds,
    takes_groups,
)
from skscat.recipes._kinds import KINDS, steps
from skscat.recipes._sizes import CANDIDATES_OF_SIZES

# Largest number of principal components that a model is fitted to: more do not change its accuracy.
N_COMPONENTS = 800

STEP = [None, StrOptions({"passthrough"}), HasMethods(["fit", "transform"])]
CONSTRAINTS = {
    "kind": [StrOptions(set(KINDS))],
    "scattering": STEP,
    "logarithm": STEP,
    "scaler": STEP,
    "cv": ["cv_object"],
    "shape": LINE_SHAPE,
    "channel_axis": CHANNEL_AXIS,
    "n_jobs": [None, Integral],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}


def model_has(method):
    """Return a check that the model has a method: the fitted model or, before ``fit``, the one to be fitted."""

    def check(estimator):
        model = estimator.pipeline_[-1] if hasattr(estimator, "pipeline_") else estimator._model(None)
        return hasattr(model, method)

    return check


class BaseScatteringPipeline(SignalTagsMixin, BaseEstimator):
    """Base class of estimators from signals to targets.

    A subclass gives the name of its model parameter in ``_model_name``, and returns the given or the default model
    from ``_model(cv)``. ``_splitter(y, groups)`` returns a splitter, or None if there is nothing to hold out. A score
    requires at least ``_least_fold`` test signals.
    """

    _model_name: ClassVar[str]
    _least_fold: ClassVar[int]

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the targets of signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features), or list
            Signals of the shape seen during :term:`fit`; of any size if those were a list of different sizes.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_targets)
            Predicted class labels or values.
        """
        return self._apply("predict", X)

    def _apply(self, method, X):
        check_is_fitted(self)
        with single_threaded_blas():
            return getattr(self.pipeline_, method)(on_host("X", X))

    def _fit(self, X, y, groups, **options):
        X, y, signal = self._validated(X, y, options)
        groups, splitter, folds = check_groups(groups, len(y)), None, None
        candidates = self._candidates(signal)
        if len(candidates) > 1 or self._uses_default_model():
            splitter = self._splitter(y, groups)
            # A list, so that all candidates have the same folds, and errors are raised before any work is done.
            folds = None if splitter is None else list_folds(splitter, X, y, groups, self._least_fold)
        # Features of transforms that other candidates wrap, by id, None until they are computed.
        known = {id(step.transformer): None for (_, step), *_ in candidates if hasattr(step, "_fit_transform")}
        with single_threaded_blas():
            fitted = [self._fit_pipeline(c, X, y, groups, folds, known, len(candidates) > 1) for c in candidates]
        self.candidates_ = [clone(Pipeline(c)) for c in candidates]
        self.scores_ = np.array([score for _, score in fitted])
        # The first candidate, if there are no scores.
        self.pipeline_ = fitted[int(np.argmax(np.nan_to_num(self.scores_, nan=-np.inf)))][0]
        self._generalize(self.cv if is_number(self.cv) and groups is None else splitter)
        return self

    def _uses_default_model(self):
        return getattr(self, self._model_name) is None

    def _most_components(self, n, n_features):
        """Return the largest number of principal components; None if the model is fitted to the features."""
        return N_COMPONENTS

    def _generalize(self, cv):
        """Set the parameters that depend on the number of signals: copies of the pipeline may be fitted to others."""
        *_, components, model = self.pipeline_
        if components != "passthrough" and components.n_components < N_COMPONENTS:
            components.set_params(n_components=None)
        # A model that leaves out one signal at a time has no folds.
        if self._uses_default_model() and getattr(model, "cv", None) is not None:
            model.set_params(cv=cv)

    def _validated(self, X, y, options):
        """Validate signals and targets; return them, and the shape of one signal without its channels, if known.

        If signals differ in size, X is a list, and there is an array of shapes.
        """
        X, y = on_host("X", X), on_host("y", y)
        signals = unequal(X)
        if signals:
            return self._validated_list(signals, y, options)
        X = to_array(X)
        options |= {"dtype": [np.float64, np.float32]}
        if self.scattering is None:
            ndim = KINDS[self.kind].ndim
            _, y = check_signals(self, X, y, ndim=ndim, reset=True, **options)
            self._warn_of_squares(ndim)
            return X, y, self.signal_shape_[len(self.signal_shape_) - ndim :]
        for name in ("signal_shape_", "_channel_axis", "_channel_names"):
            self.__dict__.pop(name, None)
        _, y = validate_data(self, flat_rows(X) if len(X.shape) > 2 else X, y, **options)
        return X, y, None

    def _validated_list(self, signals, y, options):
        """Validate signals of different sizes, and targets."""
        for name in ("n_features_in_", "feature_names_in_", "signal_shape_", "_channel_axis", "_channel_names"):
            self.__dict__.pop(name, None)
        y = validate_data(self, "no_validation", y, **options)
        check_consistent_length(signals, y)
        if self.scattering is not None:
            return signals, y, None
        if self.shape is not None:
            raise ValueError(f"shape={self.shape!r}, but X is a list of signals that differ in size; expected None.")
        ndim = KINDS[self.kind].ndim
        x, _ = read_list(signals, ndim, self.channel_axis)
        return signals, y, np.array([values.shape[1:] for values in x])

    def _warn_of_squares(self, ndim):
        """Warn about square images that are read as signals with as many channels as samples."""
        n, *others = self.signal_shape_
        if ndim == 1 and others == [n] and n > 1 and self.shape is None and self.channel_axis is None:
            warn_user(
                f'X has signals of shape {(n, n)}, which kind="{self.kind}" reads as {n} channels of {n} samples. If '
                'they are images, choose kind="image" or kind="texture"; set channel_axis=0 to confirm this reading.'
            )

    def _candidates(self, signal):
        """Return candidate lists of the steps before the principal components."""
        logarithm = LogMedian() if self.logarithm is None else self.logarithm
        scaler = StandardScaler() if self.scaler is None else self.scaler
        if self.scattering is not None:
            candidates = [steps(self.scattering, logarithm, scaler)]
        else:
            layout = {"shape": self.shape, "channel_axis": self.channel_axis, "n_jobs": self.n_jobs}
            candidates = KINDS[self.kind].candidates if np.ndim(signal) == 1 else CANDIDATES_OF_SIZES[self.kind]
            candidates = candidates(signal, logarithm, scaler, **layout)
        if KINDS[self.kind].has_level and self.scattering != "passthrough":
            return [[(name, LevelNormalizer(transform)), *others] for (name, transform), *others in candidates]
        return candidates

    def _fit_pipeline(self, candidate, X, y, groups, folds, known, compares):
        """Fit a pipeline with candidate steps; return it and, if it is compared with others, its score."""
        fitted, features = [], X
        for name, step in candidate:
            features = self._fit_step(fitted, name, step, features, y, known)
        components, most = "passthrough", self._most_components(*features.shape)
        if most is not None:
            # n centered samples have at most n - 1 components.
            n_components = max(1, min(most, len(features) - 1, features.shape[1]))
            components = PCA(n_components, random_state=self.random_state)
        # Features that are all constant have no variance to be explained.
        with np.errstate(invalid="ignore"):
            features = self._fit_step(fitted, "components", components, features, y, {})
        model = clone(self._model(folds))
        params = {"groups": groups} if groups is not None and takes_groups(model) else {}
        with self._timed(self._model_name, model):
            # Small penalties leave matrices ill-conditioned in single precision.
            features = features.astype(np.float64) if hasattr(features, "astype") else features
            model.fit(features, y, **params)
        score = self._score(model, features, y, folds, params) if compares else np.nan
        return Pipeline([*fitted, (self._model_name, model)]), score

    def _fit_step(self, fitted, name, step, features, y, known):
        """Append a fitted clone of a step to a list, and return its features, in a frame if it returns one."""
        if isinstance(step, str):
            fitted.append((name, step))
            return features
        given, step = step, clone(step)
        S = known.get(id(given.transformer)) if hasattr(step, "_fit_transform") else None
        with self._timed(name, step):
            if S is not None:
                features = step._fit_transform(features, y, S)
            elif hasattr(step, "fit_transform"):
                features = step.fit_transform(features, y)
            else:
                features = step.fit(features, y).transform(features)
        # Not a frame, which has names; a copy, since other steps may change features in place.
        if id(given) in known and isinstance(features, np.ndarray):
            known[id(given)] = features.copy()
        fitted.append((name, step))
        return features

    def _score(self, model, features, y, folds, params):
        """Return the cross-validation score of a fitted model, which most models have computed."""
        if hasattr(model, "cv_scores_"):
            return float(np.max(model.cv_scores_))
        if hasattr(model, "best_score_"):
            return float(model.best_score_)
        if folds is None:
            return np.nan
        return float(np.mean(cross_val_score(model, features, y, cv=folds, params=params)))

    @contextmanager
    def _timed(self, name, step):
        """Print, if verbose, which step is being fitted, and how long it took."""
        if self.verbose:
            print(f"[{type(self).__name__}] {name}: {type(step).__name__} ...", end="", flush=True)
        start = time.perf_counter()
        yield
        if self.verbose:
            print(f" {time.perf_counter() - start:.1f} s", flush=True)
