"""The affine subspace classifier."""

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from skscat._core._amplitude import times_exp2
from skscat._core._threads import single_threaded_blas
from skscat._sklearn import (
    CVRoutingMixin,
    EstimatorMixin,
    Interval,
    StrOptions,
    at_least,
    fit_context,
    stratified_splitter,
)
from skscat._validation import validate_data
from skscat.classification._subspaces import assess, fit_spaces, residuals, to_features

# Largest number of directions that cross-validation tries by default.
MAX_COMPONENTS = 200
# Shrinkages that cross-validation tries by default.
SHRINKAGES = (1.0, 0.3, 0.1, 0.03)


class AffineSubspaceClassifier(CVRoutingMixin, EstimatorMixin, ClassifierMixin, BaseEstimator):
    r"""Classification by the nearest affine subspace.

    The samples of a class lie near their mean and deviate from it along few directions: those of translations,
    deformations and other variations that do not change the class. Each class k is modeled by its mean :math:`\mu_k`
    and its d leading principal directions, with projection :math:`P_k`. A sample is assigned to the class of the
    nearest affine subspace:

    .. math:: \hat k(x) = \arg\min_k \|(1 - P_k)(x - \mu_k)\|

    With few samples per class, this is more accurate than discriminative classifiers, provided that the variations
    within a class are linear: scattering linearizes deformations [1]_.

    Read more in the :ref:`User Guide <affine_subspaces>`.

    Parameters
    ----------
    n_components : int, sequence of int or "cv", default="cv"
        Number of directions d per class; 0 gives the nearest-mean classifier. If a sequence is given, the best of its
        entries is selected by cross-validation; "cv" selects from 0 to ``max_components``. All numbers are tried at
        the cost of one, because each direction subtracts its own term from the squared distance. A class whose samples
        span fewer directions uses all of them.
    max_components : int, default=None
        Largest number of directions that ``n_components="cv"`` tries. None means 200. If rare classes matter, set it
        to less than the number of samples of the rarest.
    shrinkage : float, sequence of float or "cv", default="cv"
        1 means Euclidean distances. Smaller values weight directions by the inverse of the within-class covariance,
        shrunk by this amount toward a multiple of the identity with the same trace: ``n_components=0`` is then linear
        discriminant analysis with equal priors. Such weights help if all classes share a strong variation, such as in
        illumination or loudness, and if there are few samples. If a sequence is given, the best of its entries is
        selected by cross-validation, jointly with the number of directions; "cv" selects from 1, 0.3, 0.1 and 0.03.
        All entries share the principal axes of a fold, so that four take less than twice as long as one. With more
        than a few thousand samples and features, set it to 1, which requires no covariance of all features, or precede
        the classifier by principal components.
    cv : int, cross-validation generator or iterable, default=5
        Determines the cross-validation splitting strategy that selects the shrinkage and the number of directions, as
        in :func:`sklearn.model_selection.check_cv`. An integer is the number of stratified folds. A class with fewer
        samples is spread over as many folds as it has samples, without warning; a single sample of a class is held
        out once, and then misclassified whatever the candidate. If all classes have a single sample, the largest
        shrinkage and the smallest number of directions are used. If samples come in groups, such as recordings of a
        speaker, choose :class:`sklearn.model_selection.StratifiedGroupKFold` and pass ``groups`` to :meth:`fit`.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Folds are distributed over threads.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    n_components_ : int
        Selected number of directions per class.
    shrinkage_ : float
        Selected shrinkage.
    means_ : ndarray of shape (n_classes, n_features)
        Mean of each class.
    components_ : list of ndarray of shape (n_directions, n_features)
        Orthonormal directions of each class, in the metric defined by ``shrinkage_``, by decreasing variance.
    candidates_ : ndarray of shape (n_candidates,)
        Numbers of directions that were tried, in increasing order.
    shrinkage_candidates_ : ndarray of shape (n_shrinkages,)
        Shrinkages that were tried, in decreasing order.
    cv_scores_ : ndarray of shape (n_shrinkages, n_candidates)
        Accuracy on held-out samples for each shrinkage and each number of directions. The highest is selected; ties go
        to the simplest model, with the largest shrinkage and then the fewest directions. Only available after
        cross-validation, that is, if there are several shrinkages or several numbers of directions.
    intra_class_error_ : ndarray of shape (n_candidates,)
        Mean squared distance of samples to the subspace of their class, divided by their mean squared norm, averaged
        over classes, for the selected shrinkage. Computed on held-out samples after cross-validation, otherwise on
        the training samples.
    separation_ : ndarray of shape (n_candidates,)
        Mean squared distance of samples to the nearest subspace of another class, divided by their mean squared
        distance to the subspace of their own class, averaged over classes. Computed for the same shrinkage and on the
        same samples as ``intra_class_error_``.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis : Weights all directions of a class by their variance.
    skscat.preprocessing.PathScaler : Gives all paths the same weight.

    Notes
    -----
    There is no ``predict_proba``, because distances to subspaces are not probabilities. If probabilities are needed,
    use :class:`sklearn.calibration.CalibratedClassifierCV`.

    There are no priors: a sample is assigned to the nearest subspace, however frequent the class, and copies of all
    samples of a class do not change its mean and directions. Frequent classes have more weight in only two places: in
    the within-class covariance, and in ``cv_scores_``, the accuracy over all samples. However, a class of few samples
    spans few directions. If other classes span more, some of its samples are nearer to those classes, which
    ``cv_scores_`` hardly shows. With ``max_components`` less than the number of samples of the rarest class, all
    classes have equally many directions. If classes overlap and their frequencies are known, a classifier with priors
    may be more accurate.

    Directions are computed from the covariance or from the Gram matrix, whichever is smaller, so that there may be
    more features than samples. Cross-validation and predictions use one BLAS thread per job.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. Pattern Anal. Mach. Intell.
           35 (2013), 1872-1886, section 4.1.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skscat import Scattering2D
    >>> from skscat.classification import AffineSubspaceClassifier
    >>> from skscat.datasets import load_digits_sample
    >>> X, y = load_digits_sample(return_X_y=True)
    >>> model = make_pipeline(Scattering2D(J=3, L=6), AffineSubspaceClassifier())
    >>> model.fit(X[::2], y[::2]).score(X[1::2], y[1::2]) > 0.9
    True
    """

    _parameter_constraints: dict = {
        "n_components": [StrOptions({"cv"}), at_least(0), "array-like"],
        "max_components": [None, at_least(0)],
        "shrinkage": [StrOptions({"cv"}), Interval(Real, 0, 1, closed="right"), "array-like"],
        "cv": ["cv_object"],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        n_components: int | Sequence[int] | str = "cv",
        *,
        max_components: int | None = None,
        shrinkage: float | Sequence[float] | str = "cv",
        cv: int | BaseCrossValidator | Iterable | None = 5,
        n_jobs: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.max_components = max_components
        self.shrinkage = shrinkage
        self.cv = cv
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike, **params: ArrayLike) -> Self:
        """Fit the affine subspace of each class, and select the shrinkage and the number of directions.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Training data.
        y : array-like of shape (n,)
            Class labels.
        **params : dict of str to array-like
            Parameters of the ``split`` method of ``cv``. ``groups`` may always be passed; others only if metadata
            routing is enabled by ``sklearn.set_config(enable_metadata_routing=True)``.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If there is only one class, if ``n_components`` contains anything but whole numbers of at least 0, or
            ``shrinkage`` anything but numbers greater than 0 and at most 1.
        """
        x, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        n_classes = len(self.classes_)
        if n_classes < 2:
            raise ValueError(f"y has {n_classes} class, {self.classes_[0]}; expected at least two classes.")
        self.shrinkage_candidates_, self.candidates_ = self._shrinkages(), self._candidates()
        splitter = self._splitter(labels)
        splitter_params = self._splitter_params(params)
        metric, best, energies = 0, 0, np.zeros(1)
        if splitter is not None:
            folds = splitter.split(x, labels, **splitter_params)
            # An unusual cross-validation generator may hold out a sample several times, or never.
            n, correct, energies = self._cross_validate(x, labels, folds)
            self.cv_scores_ = correct / n
            metric, best = divmod(int(np.argmax(self.cv_scores_)), len(self.candidates_))
        else:
            self.__dict__.pop("cv_scores_", None)
        self.shrinkage_ = float(self.shrinkage_candidates_[metric])
        self.n_components_ = int(self.candidates_[best])
        self._spaces = fit_spaces(x, labels, n_classes, self.n_components_, [self.shrinkage_])
        if not energies[0].any():
            metric, (_, _, energies) = 0, assess(x, labels, self._spaces, self.candidates_)
        self.intra_class_error_, self.separation_ = _diagnostics(energies[:, metric])
        self.means_ = self._spaces.means.astype(x.dtype)
        with single_threaded_blas():
            components = [to_features(directions, self._spaces.frame) for directions in self._spaces.directions[0]]
        self.components_ = [directions.astype(x.dtype, copy=False) for directions in components]
        return self

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Compute the negative distances to the subspaces of the classes.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.

        Returns
        -------
        scores : ndarray of shape (n, n_classes), or (n,) if there are two classes
            Negative distances. If there are two classes, the distance to the first minus the distance to the second.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        scores, exponents = self._scores(x)
        if self._spaces.frame.rotation is not None:
            # Distances by the inverse covariance have no unit.
            exponents = exponents - self._spaces.exponent
        return times_exp2(scores, exponents).astype(x.dtype, copy=False)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the class of the nearest affine subspace.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n,)
            Predicted class labels.
        """
        check_is_fitted(self)
        scores, _ = self._scores(validate_data(self, X, dtype=[np.float64, np.float32], reset=False))
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)]

    @single_threaded_blas()
    def _scores(self, X):
        """Decision function of each sample in a unit of its own, and binary logarithms of these units."""
        distances, exponents = np.empty((len(X), len(self.classes_))), np.empty(len(X), int)
        for rows, _, squares, _, units in residuals(X, self._spaces, [self.n_components_]):
            distances[rows], exponents[rows] = np.sqrt(squares[..., 0]), units
        return distances[:, 0] - distances[:, 1] if len(self.classes_) == 2 else -distances, exponents

    def _candidates(self):
        """Numbers of directions, in increasing order."""
        if isinstance(self.n_components, str):
            largest = MAX_COMPONENTS if self.max_components is None else self.max_components
            return np.arange(largest + 1)
        candidates = np.unique(np.atleast_1d(self.n_components))
        whole = candidates.dtype.kind in "iu" and np.ndim(self.n_components) < 2
        if not whole or not len(candidates) or candidates[0] < 0:
            raise ValueError(f"n_components={self.n_components!r}: expected whole numbers of at least 0, or 'cv'.")
        return candidates

    def _shrinkages(self):
        """Shrinkages, in decreasing order."""
        shrinkages = SHRINKAGES if isinstance(self.shrinkage, str) else self.shrinkage
        candidates = np.unique(np.atleast_1d(shrinkages))[::-1]
        real = candidates.dtype.kind in "iuf" and np.ndim(shrinkages) < 2
        if not real or not len(candidates) or not np.all((candidates > 0) & (candidates <= 1)):
            raise ValueError(f"shrinkage={self.shrinkage!r}: expected numbers greater than 0 and at most 1, or 'cv'.")
        return candidates.astype(np.float64)

    def _splitter(self, y):
        """Cross-validation splitter; None if there is nothing to select or, by default, one sample per class."""
        if len(self.shrinkage_candidates_) * len(self.candidates_) == 1:
            return None
        return stratified_splitter(self.cv, y)

    def _cross_validate(self, X, y, folds):
        """Sum the results of :func:`assess` over all folds."""
        jobs = (delayed(self._assess_fold)(X, y, train, test) for train, test in folds)
        return map(sum, zip(*Parallel(self.n_jobs, prefer="threads")(jobs), strict=True))

    def _assess_fold(self, X, y, train, test):
        n_classes, n_components = len(self.classes_), self.candidates_[-1]
        spaces = fit_spaces(X[train], y[train], n_classes, n_components, self.shrinkage_candidates_)
        return assess(X[test], y[test], spaces, self.candidates_)


def _diagnostics(energies):
    """Intra-class error and separation, averaged over the classes that have training and test samples."""
    _, norms, own, other = energies[:, energies[0, :, 0] > 0]
    return np.mean(_ratio(own, norms, 0), axis=0), np.mean(_ratio(other, own, 1), axis=0)


def _ratio(a, b, both_zero):
    """Divide; where both are zero, as in classes of constants, the result is ``both_zero``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((a == 0) & (b == 0), both_zero, a / b)
