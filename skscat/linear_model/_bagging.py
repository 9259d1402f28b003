"""Bagging of regressions by orthogonal least squares."""

from numbers import Integral, Real
from typing import Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from scipy.linalg import lstsq
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._core._threads import single_threaded_blas
from skscat._sklearn import EstimatorMixin, Interval, StrOptions, at_least, fit_context
from skscat._validation import validate_data
from skscat.linear_model._path import fit_path, rescale
from skscat.linear_model._regression import CRITERIA, MAX_TERMS, check_regression, number_of_terms, path_errors


class BaggedOrthogonalLeastSquares(EstimatorMixin, MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Average of orthogonal least squares regressions whose features are selected on random subsets of the samples.

    Each regression selects features on a random subset of the samples, and chooses their number by the error on the
    remaining samples. It is then refitted on all samples with the selected features. The average depends less on the
    accidents of a greedy selection than a single regression does.

    Read more in the :ref:`User Guide <orthogonal_least_squares>`.

    Parameters
    ----------
    n_estimators : int, default=10
        Number of regressions.
    max_terms : int, default=None
        Maximum number of terms of a regression. None means 500, or a tenth of all features if that is more. The
        numbers of features and samples are always upper limits. A smaller number saves time; if ``n_terms_`` reaches
        it, the error may still be decreasing.
    max_samples : float, default=0.8
        Fraction of the samples, drawn without replacement, on which features are selected.
    criterion : {"squared_error", "absolute_error"}, default="absolute_error"
        Error that the number of terms minimizes on the remaining samples. (The default of
        :class:`OrthogonalLeastSquaresCV`, a single regression, is "squared_error".)
    fit_intercept : bool, default=True
        Whether to fit an intercept. If False, features and targets are not centered.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the subsets of samples. Pass an int for reproducible output across
        multiple function calls. See :term:`Glossary <random_state>`.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Regressions are distributed over threads.

    Attributes
    ----------
    selected_ : list of ndarray of int
        Features selected by each regression, in order of selection.
    n_terms_ : ndarray of int of shape (n_estimators,)
        Number of features selected by each regression.
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients of the average of the regressions, which is a linear model.
    intercept_ : float or ndarray of shape (n_targets,)
        Intercept of this linear model.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    OrthogonalLeastSquaresCV : A single regression.

    References
    ----------
    .. [1] M. Hirn, S. Mallat and N. Poilvert, "Wavelet scattering regression of quantum chemical energies", Multiscale
           Model. Simul. 15 (2017), 827-863, section 5.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.linear_model import BaggedOrthogonalLeastSquares
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 30))
    >>> y = 3 * X[:, 7] - X[:, 2]
    >>> model = BaggedOrthogonalLeastSquares(random_state=0).fit(X, y)
    >>> np.flatnonzero(np.round(model.coef_, 6))
    array([2, 7])
    """

    _parameter_constraints: dict = {
        "n_estimators": [at_least(1)],
        "max_terms": [None, at_least(1)],
        "max_samples": [Interval(Real, 0, 1, closed="neither")],
        "criterion": [StrOptions(set(CRITERIA))],
        "fit_intercept": ["boolean"],
        "random_state": ["random_state"],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        n_estimators: int = 10,
        *,
        max_terms: int | None = None,
        max_samples: float = 0.8,
        criterion: str = "absolute_error",
        fit_intercept: bool = True,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_terms = max_terms
        self.max_samples = max_samples
        self.criterion = criterion
        self.fit_intercept = fit_intercept
        self.random_state = random_state
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit all regressions.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Training data, at least two samples.
        y : array-like of shape (n,) or (n, n_targets)
            Target values.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If there is only one sample.
        """
        x, targets, one_target = check_regression(self, X, y)
        n = len(x)
        if n < 2:
            raise ValueError(f"X has {n} sample; expected at least two, to select on some and validate on others.")
        x, targets, columns, target = rescale(x, targets)
        rng = check_random_state(self.random_state)
        drawn = min(n - 1, max(1, round(self.max_samples * n)))
        orders = [rng.permutation(n) for _ in range(self.n_estimators)]
        jobs = (delayed(self._select)(x, targets, order[:drawn], order[drawn:]) for order in orders)
        self.selected_ = Parallel(self.n_jobs, prefer="threads")(jobs)
        self.n_terms_ = np.array([len(selected) for selected in self.selected_])
        models = [_regression(x, targets, selected, self.fit_intercept) for selected in self.selected_]
        coef, intercept = (np.mean(part, axis=0) for part in zip(*models, strict=True))
        coef, intercept = np.ldexp(coef, target - columns), np.ldexp(intercept, target)
        self.coef_, self.intercept_ = (coef[0], intercept[0]) if one_target else (coef, intercept)
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict target values.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_targets)
            Predicted values.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        with single_threaded_blas():
            return x @ self.coef_.T + self.intercept_

    def _select(self, X, y, train, test):
        n_terms = number_of_terms(self.max_terms, (len(train), X.shape[1]), self.fit_intercept, MAX_TERMS)
        path = fit_path(X[train], y[train], n_terms, self.fit_intercept)
        errors = path_errors(X[test], y[test], path, self.criterion).mean(axis=1)
        return path.selected[: errors.argmin()]


@single_threaded_blas()
def _regression(X, y, selected, fit_intercept):
    """Least squares on selected columns: coefficients of all columns, (n_targets, n_features), and intercepts."""
    x = X[:, selected].astype(np.float64)
    offset, y_offset = (a.mean(axis=0) if fit_intercept else np.zeros(a.shape[1]) for a in (x, y))
    coef = np.zeros((y.shape[1], X.shape[1]))
    if len(selected):
        deviations = x - offset
        # lstsq ignores columns that are small compared with others.
        exponents = np.frexp(np.abs(deviations).max(axis=0))[1]
        coef[:, selected] = np.ldexp(lstsq(np.ldexp(deviations, -exponents), y - y_offset)[0].T, -exponents)
    return coef, y_offset - coef[:, selected] @ offset
