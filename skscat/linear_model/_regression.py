"""Regression by orthogonal least squares."""

from collections.abc import Iterable
from numbers import Integral
from typing import Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.model_selection import BaseCrossValidator, check_cv
from sklearn.utils.validation import check_is_fitted

from skscat._checks import is_count
from skscat._core._threads import single_threaded_blas
from skscat._sklearn import CVRoutingMixin, EstimatorMixin, StrOptions, at_least, fit_context
from skscat._validation import validate_data
from skscat.linear_model._path import LinearPath, fit_path, rescale, undo_rescale

# Default number of terms, if it is fixed and if it is the largest of those tried; a tenth of all features if that is
# more. Errors of energies of molecules decrease up to a few hundred terms.
N_TERMS, MAX_TERMS = 5, 500
# Error of one deviation, and its degree, by the name of the criterion.
CRITERIA = {"squared_error": np.square, "absolute_error": np.abs}
DEGREES = {"squared_error": 2, "absolute_error": 1}


class _PathRegressor(EstimatorMixin, MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Base class of regressors that predict with any number of terms of a path."""

    def predict(self, X: ArrayLike, n_terms: int | None = None) -> np.ndarray:
        """Predict target values.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.
        n_terms : int, default=None
            Number of terms of the model, from 0 to ``n_terms_``, the first of ``selected_``. None means all.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_targets)
            Predicted values.

        Raises
        ------
        ValueError
            If ``n_terms`` is not a whole number from 0 to ``n_terms_``.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        m = self.n_terms_ if n_terms is None else n_terms
        if not is_count(m, 0) or m > self.n_terms_:
            raise ValueError(f"n_terms={m!r}: expected a whole number from 0 to {self.n_terms_}.")
        path = self._path
        y = np.tile(path.intercept[m], (len(x), 1))
        if m:
            with single_threaded_blas():
                y += x[:, path.selected[:m]] @ path.coef[m - 1, :m]
        return y[:, 0] if self._one_target else y

    def predict_path(self, X: ArrayLike) -> np.ndarray:
        """Predict target values with 0, 1, ... terms.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_terms_ + 1, n) or (n_terms_ + 1, n, n_targets)
            Predicted values.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        y = path_predictions(x, self._path)
        return y[..., 0] if self._one_target else y

    def _keep(self, path, one_target):
        """Set the fitted attributes."""
        self._path, self._one_target = path, one_target
        self.selected_, self.n_terms_ = path.selected, len(path.selected)
        self.errors_ = path.errors
        coef = np.zeros((path.intercept.shape[1], self.n_features_in_))
        if self.n_terms_:
            coef[:, path.selected] = path.coef[-1].T
        if one_target:
            self.coef_path_, self.intercept_path_ = path.coef[..., 0], path.intercept[:, 0]
            self.coef_, self.intercept_ = coef[0], path.intercept[-1, 0]
        else:
            self.coef_path_, self.intercept_path_ = path.coef, path.intercept
            self.coef_, self.intercept_ = coef, path.intercept[-1]
        return self


class OrthogonalLeastSquares(_PathRegressor):
    r"""Linear regression on few features, selected one by one by orthogonal least squares.

    Each step selects the feature that, added to those already selected, reduces the squared error most: the one with
    the largest inner product with the residual, once all features are orthogonalized against the selected ones and
    normalized again. (Orthogonal matching pursuit omits this normalization.) The models with 1, 2, ... terms are all
    available after a single fit.

    Read more in the :ref:`User Guide <orthogonal_least_squares>`.

    Parameters
    ----------
    n_terms : int, default=None
        Maximum number of features to select; fewer are selected if they explain the targets entirely. None means a
        tenth of all features, but at least 5: :class:`OrthogonalLeastSquaresCV` chooses the number by its error. The
        number of samples is always an upper limit.
    fit_intercept : bool, default=True
        Whether to fit an intercept. If False, features and targets are not centered.

    Attributes
    ----------
    selected_ : ndarray of int of shape (n_terms_,)
        Selected features, in order of selection.
    n_terms_ : int
        Number of selected features.
    coef_path_ : ndarray of shape (n_terms_, n_terms_) or (n_terms_, n_terms_, n_targets)
        Row m holds the coefficients of the first m + 1 features of ``selected_`` in the model with m + 1 terms,
        followed by zeros.
    intercept_path_ : ndarray of shape (n_terms_ + 1,) or (n_terms_ + 1, n_targets)
        Intercepts of the models with 0, 1, ... terms.
    errors_ : ndarray of shape (n_terms_ + 1,)
        Mean squared training errors of the models with 0, 1, ... terms, summed over targets.
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients of the model with all terms.
    intercept_ : float or ndarray of shape (n_targets,)
        Intercept of the model with all terms.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    OrthogonalLeastSquaresCV : Selects the number of terms by cross-validation.
    BaggedOrthogonalLeastSquares : Averages several regressions.
    sklearn.linear_model.OrthogonalMatchingPursuit : Does not normalize features again.

    Notes
    -----
    Each step reads X once, in a single matrix product, and copies only the selected column: X may be a memory map.
    If there are several targets, they share the selected features.

    References
    ----------
    .. [1] S. Chen, S. A. Billings and W. Luo, "Orthogonal least squares methods and their application to non-linear
           system identification", Int. J. Control 50 (1989), 1873-1896.
    .. [2] M. Hirn, S. Mallat and N. Poilvert, "Wavelet scattering regression of quantum chemical energies", Multiscale
           Model. Simul. 15 (2017), 827-863, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.linear_model import OrthogonalLeastSquares
    >>> X = np.random.default_rng(0).standard_normal((50, 20))
    >>> model = OrthogonalLeastSquares(n_terms=2).fit(X, 3 * X[:, 7] - X[:, 2])
    >>> model.selected_
    array([7, 2])
    >>> np.round(model.coef_path_[1], 6)
    array([ 3., -1.])
    """

    _parameter_constraints: dict = {
        "n_terms": [None, at_least(1)],
        "fit_intercept": ["boolean"],
    }

    def __init__(self, n_terms: int | None = None, *, fit_intercept: bool = True) -> None:
        self.n_terms = n_terms
        self.fit_intercept = fit_intercept

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Select features and fit a linear model for each number of terms.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Training data.
        y : array-like of shape (n,) or (n, n_targets)
            Target values.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        x, targets, one_target = check_regression(self, X, y)
        x, targets, *exponents = rescale(x, targets)
        n_terms = number_of_terms(self.n_terms, x.shape, self.fit_intercept, N_TERMS)
        path = fit_path(x, targets, n_terms, self.fit_intercept)
        return self._keep(undo_rescale(path, *exponents), one_target)


class OrthogonalLeastSquaresCV(CVRoutingMixin, _PathRegressor):
    """Orthogonal least squares whose number of terms is selected by cross-validation.

    Read more in the :ref:`User Guide <orthogonal_least_squares>`.

    Parameters
    ----------
    max_terms : int, default=None
        Maximum number of terms to try. None means 500, or a tenth of all features if that is more. The numbers of
        features and samples are always upper limits. A smaller number saves time; if ``n_terms_`` reaches it, the
        error may still be decreasing.
    criterion : {"squared_error", "absolute_error"}, default="squared_error"
        Error that the number of terms minimizes on held-out samples.
    fit_intercept : bool, default=True
        Whether to fit an intercept. If False, features and targets are not centered.
    cv : int, cross-validation generator or iterable, default=5
        Determines the cross-validation splitting strategy, as in :func:`sklearn.model_selection.check_cv`.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Folds are distributed over threads.

    Attributes
    ----------
    cv_errors_ : ndarray of shape (n_tried + 1,)
        Mean error on held-out samples of the models with 0, 1, ... terms, summed over targets.
    n_terms_ : int
        Number of terms with the smallest error on held-out samples.
    selected_ : ndarray of int of shape (n_terms_,)
        Features selected on all samples, in order of selection.
    coef_path_ : ndarray of shape (n_terms_, n_terms_) or (n_terms_, n_terms_, n_targets)
        Row m holds the coefficients of the first m + 1 features of ``selected_`` in the model with m + 1 terms,
        followed by zeros.
    intercept_path_ : ndarray of shape (n_terms_ + 1,) or (n_terms_ + 1, n_targets)
        Intercepts of the models with 0, 1, ... terms.
    errors_ : ndarray of shape (n_terms_ + 1,)
        Mean squared training errors of the models with 0, 1, ... terms, summed over targets.
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients of the model with ``n_terms_`` terms.
    intercept_ : float or ndarray of shape (n_targets,)
        Intercept of the model with ``n_terms_`` terms.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    OrthogonalLeastSquares : Orthogonal least squares with a given number of terms.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.linear_model import OrthogonalLeastSquaresCV
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 30))
    >>> y = 3 * X[:, 7] - X[:, 2] + rng.standard_normal(200)
    >>> OrthogonalLeastSquaresCV().fit(X, y).selected_
    array([ 7,  2, 27])
    """

    _parameter_constraints: dict = {
        "max_terms": [None, at_least(1)],
        "criterion": [StrOptions(set(CRITERIA))],
        "fit_intercept": ["boolean"],
        "cv": ["cv_object"],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        max_terms: int | None = None,
        *,
        criterion: str = "squared_error",
        fit_intercept: bool = True,
        cv: int | BaseCrossValidator | Iterable | None = 5,
        n_jobs: int | None = None,
    ) -> None:
        self.max_terms = max_terms
        self.criterion = criterion
        self.fit_intercept = fit_intercept
        self.cv = cv
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike, **params: ArrayLike) -> Self:
        """Select the number of terms by cross-validation, then the features on all samples.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Training data.
        y : array-like of shape (n,) or (n, n_targets)
            Target values.
        **params : dict of str to array-like
            Parameters of the ``split`` method of ``cv``. ``groups`` may always be passed; others only if metadata
            routing is enabled by ``sklearn.set_config(enable_metadata_routing=True)``.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        x, targets, one_target = check_regression(self, X, y)
        folds = check_cv(self.cv, targets).split(x, targets, **self._splitter_params(params))
        x, targets, *exponents = rescale(x, targets)
        jobs = (delayed(self._validate)(x, targets, *fold) for fold in folds)
        errors = Parallel(self.n_jobs, prefer="threads")(jobs)
        # If a path ends early, further terms would change nothing.
        longest = max(map(len, errors))
        errors = [np.pad(e, ((0, longest - len(e)), (0, 0)), mode="edge") for e in errors]
        cv_errors = np.concatenate(errors, axis=1).mean(axis=1)
        with np.errstate(over="ignore"):
            self.cv_errors_ = np.ldexp(cv_errors, DEGREES[self.criterion] * exponents[1])
        path = fit_path(x, targets, int(cv_errors.argmin()), self.fit_intercept)
        return self._keep(undo_rescale(path, *exponents), one_target)

    def _validate(self, X, y, train, test):
        """Errors of held-out samples, of shape (n_terms + 1, n_test)."""
        n_terms = number_of_terms(self.max_terms, (len(train), X.shape[1]), self.fit_intercept, MAX_TERMS)
        path = fit_path(X[train], y[train], n_terms, self.fit_intercept)
        return path_errors(X[test], y[test], path, self.criterion)


def check_regression(estimator, X, y):
    """Validate samples and targets. Return targets with two axes, and whether they had only one."""
    X, y = validate_data(estimator, X, y, dtype=[np.float64, np.float32], multi_output=True, y_numeric=True)
    y = y.astype(np.float64, copy=False)
    return X, y.reshape(len(y), -1), y.ndim == 1


def number_of_terms(n_terms, shape, fit_intercept, default):
    """Return the number of terms to look for, given the parameter, the shape of X and the least default."""
    n, p = shape
    if n_terms is None:
        n_terms = max(default, p // 10)
    return min(n_terms, p, n - fit_intercept)


@single_threaded_blas()
def path_predictions(X: np.ndarray, path: LinearPath) -> np.ndarray:
    """Predict with 0, 1, ... terms. Return an array of shape (n_terms + 1, n, n_targets)."""
    terms = np.einsum("nk,mkt->mnt", X[:, path.selected], path.coef, optimize=True)
    return path.intercept[:, np.newaxis] + np.concatenate([np.zeros((1, len(X), terms.shape[2])), terms])


def path_errors(X, y, path, criterion):
    """Error of each sample with 0, 1, ... terms, summed over targets."""
    return np.sum(CRITERIA[criterion](path_predictions(X, path) - y), axis=2)
