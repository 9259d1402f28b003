"""Classification by affine subspaces."""

from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from scipy.linalg import eigh, qr
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import check_cv
from sklearn.utils import gen_batches
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import DocLinkMixin, Interval, StrOptions, fit_context, validate_data

__all__ = ["AffineSubspaceClassifier"]

# Largest number of directions that cross-validation tries unless told otherwise.
MAX_COMPONENTS = 200
# Numbers in a block of residuals: what is in memory at a time.
BLOCK = 2**22


class AffineSubspaceClassifier(DocLinkMixin, ClassifierMixin, BaseEstimator):
    r"""Classify by the nearest affine subspace.

    Examples of a class lie near their mean, off which they move along few directions: those of translations,
    deformations and whatever else does not change the class. Each class k is modelled by its mean
    :math:`\mu_k` and its d leading principal directions, with projection :math:`P_k`; a sample goes to the class whose
    space leaves the least of it:

    .. math:: \hat k(x) = \arg\min_k \|(1 - P_k)(x - \mu_k)\|

    With few examples of a class this is more accurate than discriminative classifiers, as long as directions add up
    linearly, which scattering makes of deformations [1]_.

    Read more in the :ref:`User Guide <affine_subspaces>`.

    Parameters
    ----------
    n_components : int, sequence of int or "cv", default="cv"
        Number of directions d of each class; 0 is the nearest mean. Of several numbers the best in cross-validation is
        taken. All are tried at the cost of one, for each direction takes its square from the distance. "cv" tries all
        up to ``max_components``. A class whose examples span fewer directions keeps all it has.
    max_components : int, default=None
        Largest number that ``n_components="cv"`` tries. None means 200.
    shrinkage : float, default=1.0
        1 measures Euclidean distances. Less than 1 weighs directions by the inverse of a covariance: that within
        classes, shrunk by this much towards a multiple of the identity of the same trace. Then ``n_components=0`` is
        linear discriminant analysis with equal priors.
    cv : int, cross-validation generator or iterable, default=5
        Folds that choose the number of directions, as :func:`sklearn.model_selection.check_cv` reads them.
    n_jobs : int, default=None
        Number of threads over folds. None means 1 unless a ``joblib.parallel_config`` context says otherwise, -1 all
        cores.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels.
    n_components_ : int
        Number of directions in use.
    means_ : ndarray of shape (n_classes, n_features)
        Mean of each class.
    components_ : list of ndarray of shape (n_directions, n_features)
        Orthonormal directions of each class, in the metric of ``shrinkage``, the one of largest variance first.
    candidates_ : ndarray of shape (n_candidates,)
        Numbers of directions that were tried, increasing.
    cv_scores_ : ndarray of shape (n_candidates,)
        Accuracy of each on samples left out. Only if there were several.
    intra_class_error_ : ndarray of shape (n_candidates,)
        Mean square distance of samples to the space of their class, divided by the mean square norm, averaged over
        classes. Of samples left out if there were several candidates, else of the training samples.
    separation_ : ndarray of shape (n_candidates,)
        Mean square distance to the nearest space of another class, divided by that to the own, averaged over classes;
        of the same samples.
    n_features_in_ : int
        Features seen in ``fit``.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis : Weighs all directions of a class by their variance.
    skscat.preprocessing.PathScaler : Gives paths the same weight.

    Notes
    -----
    There is no ``predict_proba``: distances to subspaces are no probabilities. Where one is needed use
    :class:`sklearn.calibration.CalibratedClassifierCV`.

    Directions come from the smaller of covariance and Gram matrix, so that features may outnumber samples.

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
        "n_components": [StrOptions({"cv"}), Interval(Integral, 0, None, closed="left"), "array-like"],
        "max_components": [None, Interval(Integral, 0, None, closed="left")],
        "shrinkage": [Interval(Real, 0, 1, closed="right")],
        "cv": ["cv_object"],
        "n_jobs": [None, Integral],
    }

    def __init__(self, n_components="cv", *, max_components=None, shrinkage=1.0, cv=5, n_jobs=None):
        self.n_components = n_components
        self.max_components = max_components
        self.shrinkage = shrinkage
        self.cv = cv
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Learn the spaces of all classes, and how many directions they need.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Features.
        y : array-like of shape (n,)
            Labels.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If there is but one class, or ``n_components`` has other than whole numbers from 0 on.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_, y = np.unique(y, return_inverse=True)
        n_classes = len(self.classes_)
        if n_classes < 2:
            raise ValueError(f"y has {n_classes} class, {self.classes_[0]}; expected at least two classes.")
        self.candidates_ = self._candidates()
        if len(self.candidates_) > 1:
            cv = check_cv(self.cv, y, classifier=True)
            jobs = (delayed(self._assess_fold)(X, y, train, test, n_classes) for train, test in cv.split(X, y))
            right, energies = map(sum, zip(*Parallel(self.n_jobs, prefer="threads")(jobs), strict=True))
            # Each sample of an unusual generator may be left out several times, or never.
            self.cv_scores_ = right / energies[0, :, 0].sum()
            best = np.argmax(self.cv_scores_)
        else:
            vars(self).pop("cv_scores_", None)
            best, energies = 0, None
        self.n_components_ = int(self.candidates_[best])
        self._spaces = fit_spaces(X, y, n_classes, self.n_components_, self.shrinkage)
        if energies is None:
            _, energies = assess(X, y, self._spaces, self.candidates_)
        self.intra_class_error_, self.separation_ = _diagnostics(energies)
        self.means_, self.components_ = self._spaces.means, self._spaces.directions
        return self

    def decision_function(self, X):
        """Return distances to the spaces of classes, with a minus sign.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Features.

        Returns
        -------
        scores : ndarray of shape (n, n_classes), or (n,) if there are two classes
            Of two classes, the distance to the first less the distance to the second.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        distances = np.empty((len(X), len(self.classes_)), X.dtype)
        for rows, squares in residuals(X, self._spaces, [self.n_components_]):
            distances[rows] = np.sqrt(squares[..., 0])
        return distances[:, 0] - distances[:, 1] if len(self.classes_) == 2 else -distances

    def predict(self, X):
        """Return the class of the nearest space.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Features.

        Returns
        -------
        y : ndarray of shape (n,)
            Labels.
        """
        scores = self.decision_function(X)
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)]

    def _candidates(self):
        if isinstance(self.n_components, str):
            largest = MAX_COMPONENTS if self.max_components is None else self.max_components
            return np.arange(largest + 1)
        candidates = np.unique(np.atleast_1d(self.n_components))
        whole = candidates.dtype.kind in "iu" and np.ndim(self.n_components) < 2
        if not whole or not len(candidates) or candidates[0] < 0:
            raise ValueError(f"n_components={self.n_components!r}: expected whole numbers from 0 on, or 'cv'.")
        return candidates

    def _assess_fold(self, X, y, train, test, n_classes):
        spaces = fit_spaces(X[train], y[train], n_classes, self.candidates_[-1], self.shrinkage)
        return assess(X[test], y[test], spaces, self.candidates_)


class Spaces(NamedTuple):
    """Affine spaces of all classes: means, orthonormal directions, and the metric in which they are orthonormal."""

    means: np.ndarray
    directions: list
    metric: tuple | None


def fit_spaces(X, y, n_classes, n_components, shrinkage):
    """Fit the affine spaces of classes 0, 1, ...

    Parameters
    ----------
    X : ndarray of shape (n, n_features)
        Samples.
    y : ndarray of int of shape (n,)
        Classes. One that has no sample has its mean at infinity, so that nothing is near.
    n_classes, n_components : int
        Numbers of classes, and of directions of each.
    shrinkage : float
        See :class:`AffineSubspaceClassifier`.

    Returns
    -------
    spaces : Spaces
    """
    groups = [np.flatnonzero(y == k) for k in range(n_classes)]
    means = np.array([X[rows].mean(axis=0) if len(rows) else np.full(X.shape[1], np.inf, X.dtype) for rows in groups])
    metric = None if shrinkage == 1 else _shrunk_metric(X - means[y], shrinkage)
    deviations = (apply_metric(X[rows] - means[k], metric) for k, rows in enumerate(groups))
    return Spaces(means, [principal_axes(d, n_components)[0] for d in deviations], metric)


def principal_axes(x, n_axes):
    """Leading principal axes of deviations, by the smaller of covariance and Gram matrix.

    Parameters
    ----------
    x : ndarray of shape (n, n_features)
        Deviations from a mean.
    n_axes : int
        At most so many.

    Returns
    -------
    axes : ndarray of shape (n_axes_found, n_features)
        Orthonormal. Fewer than asked for if the deviations span fewer dimensions.
    variances : ndarray of shape (n_axes_found,)
        Decreasing.
    """
    n, p = x.shape
    size = min(n, p)
    n_axes = min(n_axes, size)
    if n_axes == 0:
        return np.empty((0, p), x.dtype), np.empty(0)
    # In double precision, for products hold the squares of small lengths.
    precise = x.astype(np.float64, copy=False)
    products = (precise @ precise.T if n <= p else precise.T @ precise) / n
    variances, vectors = eigh(products, subset_by_index=[size - n_axes, size - 1], overwrite_a=True)
    # What the products round off to is no direction.
    spanned = variances > size * np.finfo(np.float64).eps * variances[-1]
    variances, vectors = variances[spanned][::-1], vectors[:, spanned][:, ::-1]
    if n <= p:
        # Orthonormal once more, for short axes are a difference of long ones.
        vectors, _ = qr(precise.T @ vectors, mode="economic", overwrite_a=True)
    return vectors.T.astype(x.dtype), variances


def _shrunk_metric(deviations, shrinkage):
    """Root of the inverse of a shrunk covariance: its axes, what it adds to them, and its value off them."""
    axes, variances = principal_axes(deviations, min(deviations.shape))
    floor = shrinkage * np.sum(variances) / deviations.shape[1]
    if floor == 0:
        return axes, np.zeros(len(axes), deviations.dtype), deviations.dtype.type(1)
    gains = ((1 - shrinkage) * variances + floor) ** -0.5 - floor**-0.5
    return axes, gains.astype(deviations.dtype), deviations.dtype.type(floor**-0.5)


def apply_metric(x, metric):
    """Bring deviations to coordinates in which distances are Euclidean."""
    if metric is None:
        return x
    axes, gains, rest = metric
    return rest * x + ((x @ axes.T) * gains) @ axes


def residuals(X, spaces, candidates):
    """Square distances of samples to spaces of several dimensions, by Pythagoras.

    Parameters
    ----------
    X : ndarray of shape (n, n_features)
        Samples.
    spaces : Spaces
        Of the largest dimension at least.
    candidates : sequence of int
        Numbers of leading directions.

    Yields
    ------
    rows : slice
        Some of the samples.
    squares : ndarray of shape (n_rows, n_classes, n_candidates)
        Their square distances.
    """
    means, directions, metric = spaces
    length = max(1, BLOCK // max(X.shape[1], len(means) * (1 + max(map(len, directions)))))
    for rows in gen_batches(len(X), length):
        squares = np.full((len(X[rows]), len(means), len(candidates)), np.inf, X.dtype)
        for k in np.flatnonzero(np.isfinite(means[:, 0])):
            z = apply_metric(X[rows] - means[k], metric)
            gone = np.cumsum((z @ directions[k].T) ** 2, axis=1)
            gone = np.pad(gone, ((0, 0), (1, 0)))[:, np.minimum(candidates, len(directions[k]))]
            squares[:, k] = np.maximum(np.sum(z**2, axis=1)[:, np.newaxis] - gone, 0)
        yield rows, squares


def assess(X, y, spaces, candidates):
    """Count what spaces of each dimension get right, and sum square distances.

    Returns
    -------
    right : ndarray of shape (n_candidates,)
        Samples whose own space is the nearest.
    energies : ndarray of shape (4, n_classes, n_candidates)
        By class of the samples: their number, and the sums of their squared norms, of their square distances to their
        own space, and to the nearest space of another class.
    """
    n_classes = len(spaces.means)
    right = np.zeros(len(candidates), int)
    energies = np.zeros((4, n_classes, len(candidates)))
    for rows, squares in residuals(X, spaces, candidates):
        labels, index = y[rows], np.arange(len(squares))
        right += np.sum(squares.argmin(axis=1) == labels[:, np.newaxis], axis=0)
        own = squares[index, labels]
        squares[index, labels] = np.inf
        norms = np.sum(apply_metric(X[rows], spaces.metric) ** 2, axis=1)
        for part, values in zip(energies, (1, norms[:, np.newaxis], own, squares.min(axis=1)), strict=True):
            np.add.at(part, labels, values)
    return right, energies


def _diagnostics(energies):
    """Intra-class error and separation, averaged over classes with samples to learn from and to measure."""
    n, norms, own, other = energies
    # A class that had no sample to learn from in a fold is infinitely far.
    seen = (n[:, 0] > 0) & np.isfinite(own[:, 0])
    norms, own, other = (part[seen] for part in (norms, own, other))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.mean(own / norms, axis=0), np.mean(other / own, axis=0)
