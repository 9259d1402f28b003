"""Regression on samples of which there are several copies."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import DocLinkMixin, HasMethods, Interval, fit_context, validate_data


class CopyRegressor(DocLinkMixin, MetaEstimatorMixin, RegressorMixin, BaseEstimator):
    """Regression that learns from each copy of a sample, and predicts the mean over copies.

    Copies are several descriptions of one sample, such as the randomly sorted Coulomb matrices of a molecule, [1]_.
    Each is a sample of its own to the regressor.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    regressor : regressor, default=None
        What learns. None means ``KernelRidge(kernel="laplacian", alpha=1e-8)``, as in [1]_. Its cost goes with the
        cube of samples times copies, and its memory with the square.
    n_copies : int, default=1
        Copies in a row of X, one after the other.

    Attributes
    ----------
    regressor_ : regressor
        The fitted regressor.
    n_features_in_ : int
        Features seen in ``fit``, of all copies.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    CoulombMatrix : Makes copies.

    References
    ----------
    .. [1] K. Hansen et al., "Assessment and validation of machine learning methods for predicting molecular
           atomization energies", J. Chem. Theory Comput. 9 (2013), 3404-3419.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.physics import CopyRegressor
    >>> rng = np.random.default_rng(0)
    >>> x = rng.random((100, 2))
    >>> y = x.prod(axis=1)
    >>> X = np.concatenate([x, x[:, ::-1]], axis=1)
    >>> bool(CopyRegressor(n_copies=2).fit(X[:50], y[:50]).score(X[50:], y[50:]) > 0.98)
    True
    """

    _parameter_constraints: dict = {
        "regressor": [None, HasMethods(["fit", "predict"])],
        "n_copies": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, regressor=None, *, n_copies=1):
        self.regressor = regressor
        self.n_copies = n_copies

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y):
        """Learn from all copies.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples, each with all of its copies.
        y : array-like of shape (n,) or (n, n_targets)
            Targets.

        Returns
        -------
        self : object
            The fitted regressor.

        Raises
        ------
        ValueError
            If the number of features is no multiple of ``n_copies``.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], y_numeric=True, multi_output=True)
        if X.shape[1] % self.n_copies:
            raise ValueError(f"n_copies={self.n_copies} does not divide the {X.shape[1]} features of X.")
        regressor = KernelRidge(kernel="laplacian", alpha=1e-8) if self.regressor is None else clone(self.regressor)
        self._n_copies = self.n_copies
        self.regressor_ = regressor.fit(self._copies(X), np.repeat(y, self._n_copies, axis=0))
        return self

    def predict(self, X):
        """Predict targets, as the mean of the predictions from all copies.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples, each with all of its copies.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_targets)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        y = self.regressor_.predict(self._copies(X))
        return y.reshape(len(X), self._n_copies, *y.shape[1:]).mean(axis=1)

    def _copies(self, X):
        return X.reshape(len(X) * self._n_copies, -1)
