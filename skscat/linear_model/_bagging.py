"""Averages of greedy regressions."""

from numbers import Integral, Real

import numpy as np
from joblib import Parallel, delayed
from scipy.linalg import lstsq
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import DocLinkMixin, Interval, StrOptions, fit_context, validate_data
from skscat.linear_model._path import fit_path
from skscat.linear_model._regression import CRITERIA, check_regression, number_of_terms, path_errors


class BaggedOrthogonalLeastSquares(DocLinkMixin, MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Average of regressions by orthogonal least squares on random parts of the samples.

    Each regression chooses variables from a random part of the samples, and their number by its error on the rest;
    then it is fitted again, with these variables, to all samples. The average depends less on the accidents of a
    greedy choice than any of them.

    Read more in the :ref:`User Guide <orthogonal_least_squares>`.

    Parameters
    ----------
    n_estimators : int, default=10
        Number of regressions.
    max_terms : int, default=None
        Largest number of variables. None means a tenth of all, but at least five, as far as there are samples.
    max_samples : float, default=0.8
        Share of the samples, drawn without replacement, from which variables are chosen.
    criterion : {"squared_error", "absolute_error"}, default="absolute_error"
        What is least on the rest. Single regressions, :class:`OrthogonalLeastSquaresCV`, are judged by squares.
    fit_intercept : bool, default=True
        Whether to centre variables and targets.
    random_state : int, RandomState instance or None, default=None
        Draws the parts. Pass an int for the same result each time.
    n_jobs : int, default=None
        Number of threads over regressions. None means 1 unless a ``joblib.parallel_config`` context says otherwise,
        -1 all cores.

    Attributes
    ----------
    selected_ : list of ndarray of int
        Variables of each regression, in the order of their choice.
    n_terms_ : ndarray of int of shape (n_estimators,)
        Their numbers.
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Coefficients of the average, which is linear too.
    intercept_ : float or ndarray of shape (n_targets,)
        Its intercept.
    n_features_in_ : int
        Features seen in ``fit``.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

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
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "max_terms": [None, Interval(Integral, 1, None, closed="left")],
        "max_samples": [Interval(Real, 0, 1, closed="neither")],
        "criterion": [StrOptions(set(CRITERIA))],
        "fit_intercept": ["boolean"],
        "random_state": ["random_state"],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        n_estimators=10,
        *,
        max_terms=None,
        max_samples=0.8,
        criterion="absolute_error",
        fit_intercept=True,
        random_state=None,
        n_jobs=None,
    ):
        self.n_estimators = n_estimators
        self.max_terms = max_terms
        self.max_samples = max_samples
        self.criterion = criterion
        self.fit_intercept = fit_intercept
        self.random_state = random_state
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Fit all regressions.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples, at least two.
        y : array-like of shape (n,) or (n, n_targets)
            Targets.

        Returns
        -------
        self : object
            The fitted regressor.

        Raises
        ------
        ValueError
            If there is but one sample.
        """
        X, y, one_target = check_regression(self, X, y)
        n = len(X)
        if n < 2:
            raise ValueError(f"X has {n} sample; expected at least two, to choose from some and compare on the rest.")
        rng = check_random_state(self.random_state)
        drawn = min(n - 1, max(1, round(self.max_samples * n)))
        orders = [rng.permutation(n) for _ in range(self.n_estimators)]
        jobs = (delayed(self._select)(X, y, order[:drawn], order[drawn:]) for order in orders)
        self.selected_ = Parallel(self.n_jobs, prefer="threads")(jobs)
        self.n_terms_ = np.array([len(selected) for selected in self.selected_])
        models = [_regression(X, y, selected, self.fit_intercept) for selected in self.selected_]
        coef, intercept = (np.mean(part, axis=0) for part in zip(*models, strict=True))
        self.coef_, self.intercept_ = (coef[0], intercept[0]) if one_target else (coef, intercept)
        return self

    def predict(self, X):
        """Predict targets.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_targets)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return X @ self.coef_.T + self.intercept_

    def _select(self, X, y, train, test):
        n_terms = number_of_terms(self.max_terms, (len(train), X.shape[1]), self.fit_intercept)
        path = fit_path(X[train], y[train], n_terms, self.fit_intercept)
        errors = path_errors(X[test], y[test], path, self.criterion).mean(axis=1)
        return path.selected[: errors.argmin()]


def _regression(X, y, selected, fit_intercept):
    """Least squares on some columns: coefficients of all columns, of shape (n_targets, n_features), and intercepts."""
    x = X[:, selected].astype(np.float64)
    offset, y_offset = (a.mean(axis=0) if fit_intercept else np.zeros(a.shape[1]) for a in (x, y))
    coef = np.zeros((y.shape[1], X.shape[1]))
    if len(selected):
        coef[:, selected] = lstsq(x - offset, y - y_offset)[0].T
    return coef, y_offset - coef[:, selected] @ offset
