"""Estimators from signals to targets: a scattering transform and a model, chosen by cross-validation."""

import time
from contextlib import contextmanager
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import BaseCrossValidator, GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from skscat._core._threads import single_threaded_blas
from skscat._sklearn import (
    CHANNEL_AXIS,
    LINE_SHAPE,
    HasMethods,
    SignalTagsMixin,
    StrOptions,
    check_signals,
    fit_context,
    flat_rows,
    to_array,
    validate_data,
)
from skscat.classification import AffineSubspaceClassifier
from skscat.preprocessing import LogMedian
from skscat.recipes._folds import (
    check_groups,
    classification_splitter,
    is_number,
    list_folds,
    regression_splitter,
    takes_groups,
)
from skscat.recipes._kinds import KINDS, steps

# Largest number of principal components that a model is fitted to: more do not change its accuracy.
N_COMPONENTS = 800
# Numbers of directions of affine subspaces, and penalties of ridge regression, that cross-validation tries.
N_DIRECTIONS = (0, 1, 2, 4, 8, 16, 32, 64)
GRID = {"alpha": [10.0**k for k in range(-4, 7)]}

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


def _model_has(method):
    """Return a check that the model has a method: the fitted one or, before ``fit``, that to be fitted."""

    def check(estimator):
        model = estimator.pipeline_[-1] if hasattr(estimator, "pipeline_") else estimator._model(None)
        return hasattr(model, method)

    return check


class BaseScatteringPipeline(SignalTagsMixin, BaseEstimator):
    """Base class of estimators from signals to targets.

    A subclass names its model, a parameter, by ``_model_name``, and returns the given or the default one from
    ``_model(cv)``. ``_splitter(y, groups)`` returns a splitter, or None if there is nothing to hold out. Scores need
    ``_least_fold`` test signals.
    """

    _model_name: ClassVar[str]
    _least_fold: ClassVar[int]

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the targets of signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals of the shape seen during :term:`fit`.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_targets)
            Predicted class labels or values.
        """
        return self._apply("predict", X)

    def _apply(self, method, X):
        check_is_fitted(self)
        with single_threaded_blas():
            return getattr(self.pipeline_, method)(X)

    def _fit(self, X, y, groups, **options):
        X, y, signal = self._validated(X, y, options)
        groups, splitter, folds = check_groups(groups, len(y)), None, None
        candidates = self._candidates(signal)
        if len(candidates) > 1 or self._uses_default_model():
            splitter = self._splitter(y, groups)
            # Listed, so that all candidates have the same folds, and errors come before the work.
            folds = None if splitter is None else list_folds(splitter, X, y, groups, self._least_fold)
        with single_threaded_blas():
            fitted = [self._fit_pipeline(c, X, y, groups, folds, compares=len(candidates) > 1) for c in candidates]
        self.candidates_ = [clone(Pipeline(c)) for c in candidates]
        self.scores_ = np.array([score for _, score in fitted])
        # The first one, if there are no scores.
        self.pipeline_ = fitted[int(np.argmax(np.nan_to_num(self.scores_, nan=-np.inf)))][0]
        model = self.pipeline_[-1]
        if self._uses_default_model() and "cv" in model.get_params(deep=False):
            # A copy of the pipeline may be fitted to other signals, which have other folds.
            model.set_params(cv=self.cv if is_number(self.cv) and groups is None else splitter)
        return self

    def _uses_default_model(self):
        return getattr(self, self._model_name) is None

    def _validated(self, X, y, options):
        """Validate signals and targets; return them, and the shape of one signal without its channels, if known."""
        X = to_array(X)
        options |= {"dtype": [np.float64, np.float32]}
        if self.scattering is None:
            ndim = KINDS[self.kind].ndim
            _, y = check_signals(self, X, y, ndim=ndim, reset=True, **options)
            return X, y, self.signal_shape_[len(self.signal_shape_) - ndim :]
        for name in ("signal_shape_", "_channel_axis"):
            self.__dict__.pop(name, None)
        _, y = validate_data(self, flat_rows(X) if len(X.shape) > 2 else X, y, **options)
        return X, y, None

    def _candidates(self, signal):
        """Return candidate lists of the steps before the principal components."""
        logarithm = LogMedian() if self.logarithm is None else self.logarithm
        scaler = StandardScaler() if self.scaler is None else self.scaler
        if self.scattering is not None:
            return [steps(self.scattering, logarithm, scaler)]
        layout = {"shape": self.shape, "channel_axis": self.channel_axis, "n_jobs": self.n_jobs}
        return KINDS[self.kind].candidates(signal, logarithm, scaler, **layout)

    def _fit_pipeline(self, candidate, X, y, groups, folds, compares):
        """Fit a pipeline with candidate steps; return it and, if it is compared with others, its score."""
        fitted, features = [], X
        for name, step in candidate:
            features = self._fit_step(fitted, name, step, features, y)
        # n centered samples have at most n - 1 components.
        n_components = max(1, min(N_COMPONENTS, len(features) - 1, features.shape[1]))
        components = PCA(n_components, random_state=self.random_state)
        # Features that are all constant have no variance to be explained.
        with np.errstate(invalid="ignore"):
            features = self._fit_step(fitted, "components", components, features, y)
        model = self._model(folds) if self._uses_default_model() else clone(self._model(folds))
        params = {"groups": groups} if groups is not None and takes_groups(model) else {}
        with self._timed(self._model_name, model):
            # Small penalties leave matrices ill-conditioned in single precision.
            features = features.astype(np.float64) if hasattr(features, "astype") else features
            model.fit(features, y, **params)
        score = self._score(model, features, y, folds, params) if compares else np.nan
        return Pipeline([*fitted, (self._model_name, model)]), score

    def _fit_step(self, fitted, name, step, features, y):
        """Append a fitted clone of a step to a list, and return its features, in a frame if it returns one."""
        if isinstance(step, str):
            fitted.append((name, step))
            return features
        step = clone(step)
        with self._timed(name, step):
            if hasattr(step, "fit_transform"):
                features = step.fit_transform(features, y)
            else:
                features = step.fit(features, y).transform(features)
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


class ScatteringClassifier(ClassifierMixin, BaseScatteringPipeline):
    """Classification of signals: a scattering transform, logarithms, standardization, and a classifier.

    One estimator from raw signals to classes, with the choices that won in cross-validation on the datasets of the
    :ref:`benchmarks <recipes>`. ``kind`` says what the signals are:

    * "image": the position of things matters, as in digits and photographs of objects. :class:`~skscat.Scattering2D`
      with local averages.
    * "texture": only the material matters. Global averages, of each angle or, if that is better in cross-validation,
      over rotations (:class:`~skscat.preprocessing.RotationAveraging`) or over scales
      (:class:`~skscat.preprocessing.ScaleAveraging`).
    * "series": time series, such as measurements, outlines and movements, in which rises and falls differ and the
      course of time matters. :class:`~skscat.Scattering1D` of the series and of its rectified derivatives
      (:class:`~skscat.preprocessing.RectifiedDerivatives`), with global averages and, if that is better in
      cross-validation, with local averages and with the series itself.
    * "sound": audio and vibrations. :class:`~skscat.TimeFrequencyScattering` with global or local averages, or global
      :class:`~skscat.Scattering1D` with 12 wavelets per octave, whichever is best in cross-validation.

    All signals have the same shape. For other choices, start from ``pipeline_``, which is a plain pipeline of
    scikit-learn.

    Read more in the :ref:`User Guide <recipes>`.

    Parameters
    ----------
    kind : {"image", "texture", "series", "sound"}, default="series"
        What the signals are.
    scattering : estimator or "passthrough", default=None
        Transform to use instead of those of ``kind``, such as ``Scattering2D(J=4)``. It reads the layout of X by its
        own parameters: ``kind``, ``shape``, ``channel_axis`` and ``n_jobs`` do not apply to it. It is cloned, like
        all steps.
    logarithm : estimator or "passthrough", default=None
        Step to use instead of :class:`~skscat.preprocessing.LogMedian`.
    scaler : estimator or "passthrough", default=None
        Step to use instead of :class:`~sklearn.preprocessing.StandardScaler`.
    classifier : estimator, default=None
        Classifier of the principal components, at most 800, of the scaled coefficients. None means
        :class:`~skscat.classification.AffineSubspaceClassifier`, whose shrinkage and number of directions are chosen
        by cross-validation; for series, unless ``scattering`` is given, it means
        :class:`~sklearn.linear_model.RidgeClassifier`, whose penalty is.
    cv : int, cross-validation generator or iterable, default=5
        Cross-validation within the training data that makes these choices. An integer is the number of stratified
        folds. If ``groups`` are given to :meth:`fit`, there are at most as many folds as groups, and no group is in
        two folds.
    shape : int or tuple of int, default=None
        Shape of one signal in flat X, as in :class:`~skscat.Scattering1D` or :class:`~skscat.Scattering2D`. None takes
        square images.
    channel_axis : int, default=None
        Axis of one signal that holds its channels: -1 if colors or sensors come last. None takes channels first, if
        there is such an axis.
    n_jobs : int, default=None
        Number of jobs to run in parallel, over signals and folds. ``None`` means 1 unless in a
        :obj:`joblib.parallel_backend` context. ``-1`` means using all processors.
    random_state : int, RandomState instance or None, default=None
        Seed of the randomized algorithm that computes principal components of large data. Pass an int for
        reproducible results.
    verbose : int, default=0
        If positive, print each step and its time.

    Attributes
    ----------
    pipeline_ : Pipeline
        Fitted pipeline, with steps "scattering", "logarithm", "scaler", "components" and "classifier"; for series, the
        first three are in a :class:`~sklearn.pipeline.FeatureUnion` named "features".
    candidates_ : list of Pipeline
        Candidates for the steps before the principal components, not fitted.
    scores_ : ndarray of shape (n_candidates,)
        Accuracy of each candidate in cross-validation, or ``best_score_`` of a given classifier that has it. The
        first of the best candidates is used. nan if there is only one candidate, or one signal per class.
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    signal_shape_ : tuple of int
        Shape of one signal, channels first. Defined only if ``scattering`` is not given.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    ScatteringRegressor : Regression on signals.

    Notes
    -----
    There is ``predict_proba`` only if the given classifier has it: distances to affine subspaces are not
    probabilities. :class:`~sklearn.calibration.CalibratedClassifierCV` makes some of any classifier.

    Medians, standard deviations and principal components are those of all training data, so that each step is
    computed once. They do not depend on the classes. If a given step does, scores in cross-validation are too high:
    put such a step and the classifier into a pipeline, and give that as ``classifier``.

    Examples
    --------
    >>> from skscat import ScatteringClassifier
    >>> from skscat.datasets import load_digits_sample
    >>> X_train, y_train = load_digits_sample(subset="train", return_X_y=True)
    >>> X_test, y_test = load_digits_sample(subset="test", return_X_y=True)
    >>> model = ScatteringClassifier("image", random_state=0).fit(X_train[:200], y_train[:200])
    >>> bool(model.score(X_test, y_test) > 0.93)
    True
    """

    _parameter_constraints: dict = {**CONSTRAINTS, "classifier": [None, HasMethods(["fit", "predict"])]}
    _model_name, _least_fold = "classifier", 1

    def __init__(
        self,
        kind: str = "series",
        *,
        scattering: BaseEstimator | str | None = None,
        logarithm: BaseEstimator | str | None = None,
        scaler: BaseEstimator | str | None = None,
        classifier: BaseEstimator | None = None,
        cv: int | BaseCrossValidator | Any = 5,
        shape: int | tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        n_jobs: int | None = None,
        random_state: int | RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.kind = kind
        self.scattering = scattering
        self.logarithm = logarithm
        self.scaler = scaler
        self.classifier = classifier
        self.cv = cv
        self.shape = shape
        self.channel_axis = channel_axis
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Fit the pipeline, and choose the transform and the regularization by cross-validation.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        y : array-like of shape (n,)
            Class labels.
        groups : array-like of shape (n,), default=None
            Groups of signals that belong together, such as the recordings of one speaker, and that cross-validation
            keeps together. They are passed to a given classifier, too, if its ``cv`` is a splitter that takes groups.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If a parameter, or the shape of X, y or ``groups``, is invalid, or if there is only one class or group.
        """
        self._fit(X, y, groups)
        self.classes_ = self.pipeline_.classes_
        return self

    @available_if(_model_has("decision_function"))
    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Compute the decision function of the classifier.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals of the shape seen during :term:`fit`.

        Returns
        -------
        scores : ndarray of shape (n, n_classes), or (n,) if there are two classes
            By default, negative distances to the affine subspaces of the classes; for series, predictions of ridge
            regression.
        """
        return self._apply("decision_function", X)

    @available_if(_model_has("predict_proba"))
    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Compute the probabilities of the classes, if the given classifier has them.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals of the shape seen during :term:`fit`.

        Returns
        -------
        p : ndarray of shape (n, n_classes)
            Probabilities.
        """
        return self._apply("predict_proba", X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # Samples that are no signals, such as the points of scikit-learn's checks.
        tags.classifier_tags.poor_score = True
        return tags

    def _model(self, cv):
        if self.classifier is not None:
            return self.classifier
        if self.scattering is not None or not KINDS[self.kind].is_linear:
            return AffineSubspaceClassifier(N_DIRECTIONS, cv=cv, n_jobs=self.n_jobs)
        ridge = RidgeClassifier()
        return ridge if cv is None else GridSearchCV(ridge, GRID, cv=cv, n_jobs=self.n_jobs)

    def _splitter(self, y, groups):
        return classification_splitter(self.cv, y, groups)

    def _validated(self, X, y, options):
        X, y, signal = super()._validated(X, y, options)
        check_classification_targets(y)
        if len(np.unique(y)) < 2:
            raise ValueError(f"y has 1 class, {y[0]}; expected at least two classes.")
        return X, y, signal


class ScatteringRegressor(RegressorMixin, BaseScatteringPipeline):
    """Regression on signals: a scattering transform, logarithms, standardization, and ridge regression.

    One estimator from raw signals to values. ``kind`` says what the signals are, and which transforms are tried: see
    :class:`ScatteringClassifier`.

    Read more in the :ref:`User Guide <recipes>`.

    Parameters
    ----------
    kind : {"image", "texture", "series", "sound"}, default="series"
        What the signals are.
    scattering, logarithm, scaler : estimator or "passthrough", default=None
        Steps to use instead of the default ones; see :class:`ScatteringClassifier`.
    regressor : estimator, default=None
        Regressor on the principal components, at most 800, of the scaled coefficients. None means
        :class:`~sklearn.linear_model.Ridge`, whose penalty is chosen by cross-validation.
    cv : int, cross-validation generator or iterable, default=5
        Cross-validation within the training data that makes these choices. An integer is the number of folds, each
        of two signals at least: there may be fewer. If ``groups`` are given to :meth:`fit`, there are at most as many
        folds as groups, and no group is in two folds.
    shape : int or tuple of int, default=None
        Shape of one signal in flat X, as in :class:`~skscat.Scattering1D` or :class:`~skscat.Scattering2D`. None takes
        square images.
    channel_axis : int, default=None
        Axis of one signal that holds its channels: -1 if colors or sensors come last. None takes channels first, if
        there is such an axis.
    n_jobs : int, default=None
        Number of jobs to run in parallel, over signals and folds. ``None`` means 1 unless in a
        :obj:`joblib.parallel_backend` context. ``-1`` means using all processors.
    random_state : int, RandomState instance or None, default=None
        Seed of the randomized algorithm that computes principal components of large data. Pass an int for
        reproducible results.
    verbose : int, default=0
        If positive, print each step and its time.

    Attributes
    ----------
    pipeline_ : Pipeline
        Fitted pipeline, with steps "scattering", "logarithm", "scaler", "components" and "regressor"; for series, the
        first three are in a :class:`~sklearn.pipeline.FeatureUnion` named "features".
    candidates_ : list of Pipeline
        Candidates for the steps before the principal components, not fitted.
    scores_ : ndarray of shape (n_candidates,)
        Coefficient of determination of each candidate in cross-validation, or ``best_score_`` of a given regressor
        that has it. The first of the best candidates is used. nan if there is only one.
    signal_shape_ : tuple of int
        Shape of one signal, channels first. Defined only if ``scattering`` is not given.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    ScatteringClassifier : Classification of signals, and what the kinds of signals are.
    skscat.physics : Regression of energies, which are not functions of logarithms.

    Examples
    --------
    The frequency modulation of a tone, from noisy samples:

    >>> import numpy as np
    >>> from skscat import ScatteringRegressor
    >>> rng = np.random.default_rng(0)
    >>> rate, t = rng.uniform(1, 5, 120), np.arange(512) / 512
    >>> phase = rng.uniform(0, 2 * np.pi, (120, 1))
    >>> X = np.sin(400 * t + 8 * np.sin(2 * np.pi * rate[:, np.newaxis] * t + phase))
    >>> X += 0.1 * rng.standard_normal(X.shape)
    >>> model = ScatteringRegressor(random_state=0).fit(X[:100], rate[:100])
    >>> bool(model.score(X[100:], rate[100:]) > 0.9)
    True
    """

    _parameter_constraints: dict = {**CONSTRAINTS, "regressor": [None, HasMethods(["fit", "predict"])]}
    # The coefficient of determination of a single signal is not defined.
    _model_name, _least_fold = "regressor", 2

    def __init__(
        self,
        kind: str = "series",
        *,
        scattering: BaseEstimator | str | None = None,
        logarithm: BaseEstimator | str | None = None,
        scaler: BaseEstimator | str | None = None,
        regressor: BaseEstimator | None = None,
        cv: int | BaseCrossValidator | Any = 5,
        shape: int | tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        n_jobs: int | None = None,
        random_state: int | RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.kind = kind
        self.scattering = scattering
        self.logarithm = logarithm
        self.scaler = scaler
        self.regressor = regressor
        self.cv = cv
        self.shape = shape
        self.channel_axis = channel_axis
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Fit the pipeline, and choose the transform and the penalty by cross-validation.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        y : array-like of shape (n,) or (n, n_targets)
            Target values.
        groups : array-like of shape (n,), default=None
            Groups of signals that belong together, such as the recordings of one machine, and that cross-validation
            keeps together. They are passed to a given regressor, too, if its ``cv`` is a splitter that takes groups.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If a parameter, or the shape of X, y or ``groups``, is invalid, if there is only one group, or if there
            are fewer than four signals to choose the penalty by.
        """
        return self._fit(X, y, groups, y_numeric=True, multi_output=True)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        tags.target_tags.multi_output = True
        return tags

    def _model(self, cv):
        if self.regressor is not None:
            return self.regressor
        return GridSearchCV(Ridge(), GRID, cv=cv, n_jobs=self.n_jobs)

    def _splitter(self, y, groups):
        return regression_splitter(self.cv, y, groups)
