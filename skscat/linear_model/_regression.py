"""Regression by orthogonal least squares."""

from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.model_selection import check_cv
from sklearn.utils.validation import check_is_fitted

from skscat._checks import is_count
from skscat._sklearn import DocLinkMixin, Interval, StrOptions, fit_context, validate_data
from skscat.linear_model._path import LinearPath, fit_path

# What a sum over targets of deviations makes of an error, by name of the criterion.
CRITERIA = {"squared_error": np.square, "absolute_error": np.abs}


class _PathRegressor(DocLinkMixin, MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Predict with any number of the terms of a path."""

    def predict(self, X, n_terms=None):
        """Predict targets.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.
        n_terms : int, default=None
            Use the first terms only, from 0 to ``n_terms_``. None means all.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_targets)

        Raises
        ------
        ValueError
            If there are not as many terms.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        m = self.n_terms_ if n_terms is None else n_terms
        if not is_count(m, 0) or m > self.n_terms_:
            raise ValueError(f"n_terms={m!r}: expected a whole number from 0 to {self.n_terms_}.")
        path = self._path
        y = np.tile(path.intercept[m], (len(X), 1))
        if m:
            y += X[:, path.selected[:m]] @ path.coef[m - 1, :m]
        return y[:, 0] if self._one_target else y

    def predict_path(self, X):
        """Predict targets with 0, 1, ... terms.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_terms_ + 1, n) or (n_terms_ + 1, n, n_targets)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        y = path_predictions(X, self._path)
        return y[..., 0] if self._one_target else y

    def _keep(self, path, one_target):
        """Set what is learned."""
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
    r"""Linear regression on few variables, chosen one by one by orthogonal least squares.

    Each step takes the variable that reduces the squared error most, given those taken before: that of largest product
    with the residual after all variables are made orthogonal to the chosen ones and normalized again. (Orthogonal
    matching pursuit leaves out this normalization.) The regression on each number of terms is kept.

    Read more in the :ref:`User Guide <orthogonal_least_squares>`.

    Parameters
    ----------
    n_terms : int, default=None
        Number of variables, at most; fewer are taken when they explain the targets entirely. None means a tenth of all
        variables, but at least five, as far as there are samples.
    fit_intercept : bool, default=True
        Whether to centre variables and targets.

    Attributes
    ----------
    selected_ : ndarray of int of shape (n_terms_,)
        Variables, in the order of their choice.
    n_terms_ : int
        Their number.
    coef_path_ : ndarray of shape (n_terms_, n_terms_) or (n_terms_, n_terms_, n_targets)
        Row m has the coefficients of the first m + 1 of ``selected_`` in the regression on these, then zeros.
    intercept_path_ : ndarray of shape (n_terms_ + 1,) or (n_terms_ + 1, n_targets)
        Intercepts after 0, 1, ... terms.
    errors_ : ndarray of shape (n_terms_ + 1,)
        Mean square training error after 0, 1, ... terms, summed over targets.
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients of the regression on all terms.
    intercept_ : float or ndarray of shape (n_targets,)
        Its intercept.
    n_features_in_ : int
        Features seen in ``fit``.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    OrthogonalLeastSquaresCV : Chooses the number of terms.
    BaggedOrthogonalLeastSquares : Averages several regressions.
    sklearn.linear_model.OrthogonalMatchingPursuit : Does not normalize variables again.

    Notes
    -----
    A step reads X once, in one matrix product, and copies nothing of it but the chosen column, so that X may be a
    memory map. Several targets share their variables.

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
        "n_terms": [None, Interval(Integral, 1, None, closed="left")],
        "fit_intercept": ["boolean"],
    }

    def __init__(self, n_terms=None, *, fit_intercept=True):
        self.n_terms = n_terms
        self.fit_intercept = fit_intercept

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Choose variables and fit a regression on each number of them.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.
        y : array-like of shape (n,) or (n, n_targets)
            Targets.

        Returns
        -------
        self : object
            The fitted regressor.
        """
        X, y, one_target = check_regression(self, X, y)
        path = fit_path(X, y, number_of_terms(self.n_terms, X.shape, self.fit_intercept), self.fit_intercept)
        return self._keep(path, one_target)


class OrthogonalLeastSquaresCV(_PathRegressor):
    """Orthogonal least squares with as many terms as cross-validation finds best.

    Read more in the :ref:`User Guide <orthogonal_least_squares>`.

    Parameters
    ----------
    max_terms : int, default=None
        Largest number of variables that is tried. None means a tenth of all variables, but at least five, as far as
        there are samples.
    criterion : {"squared_error", "absolute_error"}, default="squared_error"
        What is least on the samples left out.
    fit_intercept : bool, default=True
        Whether to centre variables and targets.
    cv : int, cross-validation generator or iterable, default=5
        Folds, as :func:`sklearn.model_selection.check_cv` reads them.
    n_jobs : int, default=None
        Number of threads over folds. None means 1 unless a ``joblib.parallel_config`` context says otherwise, -1 all
        cores.

    Attributes
    ----------
    cv_errors_ : ndarray of shape (n_tried + 1,)
        Mean error of the samples left out after 0, 1, ... terms, summed over targets.
    n_terms_ : int
        Number of terms for which it is least.
    selected_ : ndarray of int of shape (n_terms_,)
        Variables, in the order of their choice from all samples.
    coef_path_ : ndarray of shape (n_terms_, n_terms_) or (n_terms_, n_terms_, n_targets)
        Row m has the coefficients of the first m + 1 of ``selected_`` in the regression on these, then zeros.
    intercept_path_ : ndarray of shape (n_terms_ + 1,) or (n_terms_ + 1, n_targets)
        Intercepts after 0, 1, ... terms.
    errors_ : ndarray of shape (n_terms_ + 1,)
        Mean square training error after 0, 1, ... terms, summed over targets.
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients of the regression on all terms.
    intercept_ : float or ndarray of shape (n_targets,)
        Its intercept.
    n_features_in_ : int
        Features seen in ``fit``.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    OrthogonalLeastSquares : With a given number of terms.

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
        "max_terms": [None, Interval(Integral, 1, None, closed="left")],
        "criterion": [StrOptions(set(CRITERIA))],
        "fit_intercept": ["boolean"],
        "cv": ["cv_object"],
        "n_jobs": [None, Integral],
    }

    def __init__(self, max_terms=None, *, criterion="squared_error", fit_intercept=True, cv=5, n_jobs=None):
        self.max_terms = max_terms
        self.criterion = criterion
        self.fit_intercept = fit_intercept
        self.cv = cv
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Choose the number of terms by cross-validation, then the variables.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.
        y : array-like of shape (n,) or (n, n_targets)
            Targets.

        Returns
        -------
        self : object
            The fitted regressor.
        """
        X, y, one_target = check_regression(self, X, y)
        jobs = (delayed(self._validate)(X, y, *fold) for fold in check_cv(self.cv, y).split(X, y))
        errors = Parallel(self.n_jobs, prefer="threads")(jobs)
        # Where a path ends early, more terms would change nothing.
        longest = max(map(len, errors))
        errors = [np.pad(e, ((0, longest - len(e)), (0, 0)), mode="edge") for e in errors]
        self.cv_errors_ = np.concatenate(errors, axis=1).mean(axis=1)
        path = fit_path(X, y, int(self.cv_errors_.argmin()), self.fit_intercept)
        return self._keep(path, one_target)

    def _validate(self, X, y, train, test):
        """Errors of samples left out, of shape (n_terms + 1, n_test)."""
        n_terms = number_of_terms(self.max_terms, (len(train), X.shape[1]), self.fit_intercept)
        path = fit_path(X[train], y[train], n_terms, self.fit_intercept)
        return path_errors(X[test], y[test], path, self.criterion)


def check_regression(estimator, X, y):
    """Validate samples and targets; targets get two axes, and whether they had one is returned too."""
    X, y = validate_data(estimator, X, y, dtype=[np.float64, np.float32], multi_output=True, y_numeric=True)
    y = y.astype(np.float64, copy=False)
    return X, y.reshape(len(y), -1), y.ndim == 1


def number_of_terms(n_terms, shape, fit_intercept):
    """Return the number of terms to look for, given that of the parameter and the shape of X."""
    n, p = shape
    if n_terms is None:
        n_terms = max(5, p // 10)
    return min(n_terms, p, n - fit_intercept)


def path_predictions(X, path: LinearPath):
    """Predict with 0, 1, ... terms: an array of shape (n_terms + 1, n, n_targets)."""
    terms = np.einsum("nk,mkt->mnt", X[:, path.selected], path.coef, optimize=True)
    return path.intercept[:, np.newaxis] + np.concatenate([np.zeros((1, len(X), terms.shape[2])), terms])


def path_errors(X, y, path, criterion):
    """Errors of each sample with 0, 1, ... terms, summed over targets."""
    return np.sum(CRITERIA[criterion](path_predictions(X, path) - y), axis=2)
