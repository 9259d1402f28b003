"""Estimators from signals to targets: a scattering transform and a model, chosen by cross-validation."""

from typing import Any, Self

import numpy as np
from numpy.random import RandomState
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import Ridge, RidgeClassifierCV
from sklearn.model_selection import BaseCrossValidator, GridSearchCV
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets

from skscat._sklearn import HasMethods, fit_context
from skscat.classification import AffineSubspaceClassifier
from skscat.recipes._base import CONSTRAINTS, BaseScatteringPipeline, model_has
from skscat.recipes._folds import classification_splitter, is_number, regression_splitter
from skscat.recipes._kinds import KINDS

# Numbers of directions of affine subspaces, and penalties of ridge regression, that cross-validation tries.
N_DIRECTIONS = (0, 1, 2, 4, 8, 16, 32, 64)
GRID = {"alpha": [10.0**k for k in range(-4, 7)]}
PENALTIES = tuple(10.0**k for k in range(-7, 7))
# Number of principal components for ridge regression on more signals than features.
N_RIDGE_COMPONENTS = 2000


class ScatteringClassifier(ClassifierMixin, BaseScatteringPipeline):
    """Classification of signals: a scattering transform, logarithms, standardization, and a classifier.

    A single estimator that maps raw signals to classes, with the choices that performed best in cross-validation on
    the datasets of the :ref:`benchmarks <recipes>`. ``kind`` specifies what the signals are:

    * "image": position matters, as in digits and photographs of objects. :class:`~skscat.Scattering2D`
      with local averages.
    * "texture": only the material matters. One of three candidates, whichever is best in cross-validation: global
      averages of :class:`~skscat.Scattering2D`; these, averaged over rotations
      (:class:`~skscat.preprocessing.RotationAveraging`); these, averaged over scales
      (:class:`~skscat.preprocessing.ScaleAveraging`).
    * "series": time series, such as measurements, outlines and movements, in which rises differ from falls and timing
      matters. Globally averaged :class:`~skscat.Scattering1D` of the series and of its rectified derivatives
      (:class:`~skscat.preprocessing.RectifiedDerivatives`), proportions of time in which wavelet coefficients exceed
      thresholds (:class:`~skscat.preprocessing.WaveletProportions`), and the series itself.
    * "sound": audio, whose level is arbitrary: each signal is divided by its root mean square
      (:class:`~skscat.preprocessing.LevelNormalizer`). :class:`~skscat.TimeFrequencyScattering` with global or local
      averages, or global :class:`~skscat.Scattering1D` with 12 wavelets per octave, whichever is best in
      cross-validation.

    The log-coefficients [2]_ are classified by affine subspaces [1]_ or, for series, by ridge regression. For other
    choices, start from ``pipeline_``, a plain scikit-learn pipeline.

    Signals of different lengths, and images of different sizes, are passed as a list. They are transformed by
    :class:`~skscat.preprocessing.VariableSizeScattering`, with wavelets that suit the median size: textures are pooled
    over the whole image, images in 5 x 5 segments, series and sounds over the whole signal or in four segments,
    whichever is better in cross-validation. Rectified derivatives and proportions are then left out.

    Read more in the :ref:`User Guide <recipes>`.

    Parameters
    ----------
    kind : {"image", "texture", "series", "sound"}, default="series"
        Kind of the signals.
    scattering : estimator or "passthrough", default=None
        Transform to use instead of those of ``kind``, such as ``Scattering2D(J=4)``. It reads the layout of X from its
        own parameters: ``shape``, ``channel_axis`` and ``n_jobs`` do not apply to it. With ``kind="sound"``, its
        signals are normalized too; apart from that, ``kind`` does not matter. It is cloned, like all steps.
    logarithm : estimator or "passthrough", default=None
        Step to use instead of :class:`~skscat.preprocessing.LogMedian`.
    scaler : estimator or "passthrough", default=None
        Step to use instead of :class:`~sklearn.preprocessing.StandardScaler`.
    classifier : estimator, default=None
        Classifier of the principal components, at most 800, of the scaled coefficients. None means
        :class:`~skscat.classification.AffineSubspaceClassifier`, whose shrinkage and number of directions are chosen
        by cross-validation; for series, unless ``scattering`` is given, it means
        :class:`~sklearn.linear_model.RidgeClassifierCV` on all features, or on 2,000 principal components if there are
        more features than that, and more signals than features.
    cv : int, cross-validation generator or iterable, default=5
        Cross-validation within the training data by which these choices are made. An integer is the number of
        stratified folds. If ``groups`` are given to :meth:`fit`, there are at most as many folds as groups, and no
        group is in two folds. Without groups, an integer does not apply to the ridge regression of series, whose
        penalty is chosen by leaving out one series at a time.
    shape : int or tuple of int, default=None
        Shape of one signal in flat X, as in :class:`~skscat.Scattering1D` or :class:`~skscat.Scattering2D`. If None,
        images are square.
    channel_axis : int, default=None
        Axis of one signal that holds its channels: -1 if colors or sensors come last. None means channels first, if
        there is such an axis.
    n_jobs : int, default=None
        Number of jobs to run in parallel, over signals and folds. ``None`` means 1 unless in a
        :obj:`joblib.parallel_backend` context. ``-1`` means using all processors.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the randomized computation of principal components of large data. Pass
        an int for reproducible output across multiple function calls. See :term:`Glossary <random_state>`.
    verbose : int, default=0
        Verbosity level. If positive, each step and its time are printed.

    Attributes
    ----------
    pipeline_ : Pipeline
        Fitted pipeline, with steps "scattering", "logarithm", "scaler", "components" and "classifier"; for series of
        one length, the first three are in a :class:`~sklearn.pipeline.FeatureUnion` named "features".
    candidates_ : list of Pipeline
        Candidates for the steps before the principal components, not fitted.
    scores_ : ndarray of shape (n_candidates,)
        Accuracy of each of ``candidates_`` in cross-validation, or ``best_score_`` of a given classifier that has this
        attribute. The first of the best candidates is used. NaN if there is only one candidate, or one signal per
        class. For series, the negative mean squared error of ridge regression.
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
    ``predict_proba`` exists only if the given classifier has it: distances to affine subspaces are not probabilities.
    :class:`~sklearn.calibration.CalibratedClassifierCV` computes probabilities for any classifier.

    Medians, standard deviations and principal components are computed once, from all training data. They do not depend
    on the classes. If a step that you pass does, cross-validation scores are too high: put such a step and the
    classifier into a pipeline, and pass that as ``classifier``.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. PAMI 35 (2013), 1872-1886:
           affine subspaces of scattering coefficients, section 4.1.
    .. [2] J. Anden and S. Mallat, "Deep scattering spectrum", IEEE Trans. Signal Process. 62 (2014), 4114-4128:
           logarithms relative to the median, section VI.

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
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features), or list
            Signals. A list, an object array or a column of arrays may hold signals of different sizes.
        y : array-like of shape (n,)
            Class labels.
        groups : array-like of shape (n,), default=None
            Groups of signals that belong together, such as the recordings of one speaker, and that cross-validation
            keeps together. They are also passed to a given classifier if its ``cv`` is a splitter that takes groups.

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

    @available_if(model_has("decision_function"))
    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Compute the decision function of the classifier.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features), or list
            Signals of the shape seen during :term:`fit`; of any size if those were a list of different sizes.

        Returns
        -------
        scores : ndarray of shape (n, n_classes), or (n,) if there are two classes
            By default, negative distances to the affine subspaces of the classes; for series, predictions of ridge
            regression.
        """
        return self._apply("decision_function", X)

    @available_if(model_has("predict_proba"))
    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Compute the probabilities of the classes, if the given classifier has them.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features), or list
            Signals of the shape seen during :term:`fit`; of any size if those were a list of different sizes.

        Returns
        -------
        p : ndarray of shape (n, n_classes)
            Probabilities.
        """
        return self._apply("predict_proba", X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # Samples that are not signals, such as the points of scikit-learn's checks.
        tags.classifier_tags.poor_score = True
        return tags

    def _model(self, cv):
        if self.classifier is not None:
            return self.classifier
        if self._is_ridge():
            return RidgeClassifierCV(PENALTIES, cv=cv)
        return AffineSubspaceClassifier(N_DIRECTIONS, cv=cv, n_jobs=self.n_jobs)

    def _is_ridge(self):
        return self.classifier is None and self.scattering is None and KINDS[self.kind].is_linear

    def _most_components(self, n, n_features):
        if not self._is_ridge():
            return super()._most_components(n, n_features)
        # Leaving out components costs accuracy. But if there are more signals than features, each penalty takes a time
        # that grows with the cube of the number of features.
        return N_RIDGE_COMPONENTS if N_RIDGE_COMPONENTS < n_features < n else None

    def _splitter(self, y, groups):
        if self._is_ridge() and groups is None and is_number(self.cv):
            # Leaving out one signal at a time, in closed form, is faster and more precise than folds.
            return None
        return classification_splitter(self.cv, y, groups)

    def _validated(self, X, y, options):
        X, y, signal = super()._validated(X, y, options)
        check_classification_targets(y)
        if len(np.unique(y)) < 2:
            raise ValueError(f"y has 1 class, {y[0]}; expected at least two classes.")
        return X, y, signal


class ScatteringRegressor(RegressorMixin, BaseScatteringPipeline):
    """Regression on signals: a scattering transform, logarithms, standardization, and ridge regression.

    A single estimator that maps raw signals to values. ``kind`` specifies what the signals are, and thus which
    transforms are tried: see :class:`ScatteringClassifier`.

    Read more in the :ref:`User Guide <recipes>`.

    Parameters
    ----------
    kind : {"image", "texture", "series", "sound"}, default="series"
        Kind of the signals.
    scattering, logarithm, scaler : estimator or "passthrough", default=None
        Steps to use instead of the default ones; see :class:`ScatteringClassifier`.
    regressor : estimator, default=None
        Regressor on the principal components, at most 800, of the scaled coefficients. None means
        :class:`~sklearn.linear_model.Ridge`, whose penalty is chosen by cross-validation.
    cv : int, cross-validation generator or iterable, default=5
        Cross-validation within the training data by which these choices are made. An integer is the number of folds;
        there are fewer if some would have fewer than two signals. If ``groups`` are given to :meth:`fit`, there are at
        most as many folds as groups, and no group is in two folds.
    shape : int or tuple of int, default=None
        Shape of one signal in flat X, as in :class:`~skscat.Scattering1D` or :class:`~skscat.Scattering2D`. If None,
        images are square.
    channel_axis : int, default=None
        Axis of one signal that holds its channels: -1 if colors or sensors come last. None means channels first, if
        there is such an axis.
    n_jobs : int, default=None
        Number of jobs to run in parallel, over signals and folds. ``None`` means 1 unless in a
        :obj:`joblib.parallel_backend` context. ``-1`` means using all processors.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the randomized computation of principal components of large data. Pass
        an int for reproducible output across multiple function calls. See :term:`Glossary <random_state>`.
    verbose : int, default=0
        Verbosity level. If positive, each step and its time are printed.

    Attributes
    ----------
    pipeline_ : Pipeline
        Fitted pipeline, with steps "scattering", "logarithm", "scaler", "components" and "regressor"; for series, the
        first three are in a :class:`~sklearn.pipeline.FeatureUnion` named "features".
    candidates_ : list of Pipeline
        Candidates for the steps before the principal components, not fitted.
    scores_ : ndarray of shape (n_candidates,)
        Coefficient of determination of each of ``candidates_`` in cross-validation, or ``best_score_`` of a given
        regressor that has this attribute. The first of the best candidates is used. nan if there is only one.
    signal_shape_ : tuple of int
        Shape of one signal, channels first. Defined only if ``scattering`` is not given.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    ScatteringClassifier : Classification of signals; describes the kinds of signals.
    skscat.physics : Regression of energies, which are not functions of logarithms.

    Notes
    -----
    ``kind="texture"`` has one wavelet per octave, which resolves scales coarsely. For values such as a magnification,
    also try a transform with more: ``ScatteringRegressor(scattering=Scattering2D(J=4, L=4, Q=2, average="global"))``.

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
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features), or list
            Signals. A list, an object array or a column of arrays may hold signals of different sizes.
        y : array-like of shape (n,) or (n, n_targets)
            Target values.
        groups : array-like of shape (n,), default=None
            Groups of signals that belong together, such as the recordings of one machine, and that cross-validation
            keeps together. They are also passed to a given regressor if its ``cv`` is a splitter that takes groups.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If a parameter, or the shape of X, y or ``groups``, is invalid, if there is only one group, or if there are
            fewer than four signals, too few to choose the penalty.
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
