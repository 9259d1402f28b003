"""Regression on samples that consist of several copies."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import EstimatorMixin, HasMethods, at_least, fit_context, routed_params, select_params
from skscat._validation import validate_data


class CopyRegressor(EstimatorMixin, MetaEstimatorMixin, RegressorMixin, BaseEstimator):
    """Regression that trains on each copy of a sample and averages predictions over copies.

    Copies are several descriptions of one sample, such as the randomly sorted Coulomb matrices of a molecule [1]_.
    The regressor treats each copy as a separate sample.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    regressor : regressor, default=None
        Regressor to fit. None means ``KernelRidge(kernel="laplacian", alpha=1e-8)``, as in [1]_; its time grows with
        the cube of the number of samples times copies, and its memory with the square.
    n_copies : int, default=1
        Number of copies in a row of X, one after the other.

    Attributes
    ----------
    regressor_ : regressor
        Fitted regressor.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    CoulombMatrix : Coulomb matrices, with several randomly sorted copies per molecule.

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
        "n_copies": [at_least(1)],
    }

    def __init__(self, regressor: BaseEstimator | None = None, *, n_copies: int = 1) -> None:
        self.regressor = regressor
        self.n_copies = n_copies

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike, **params: ArrayLike) -> Self:
        """Fit the regressor on all copies.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples, each row with all copies of one of them.
        y : array-like of shape (n,) or (n, n_targets)
            Targets.
        **params : dict of str to array-like
            Parameters of the ``fit`` method of the regressor, such as ``groups``: with ``groups=np.arange(n)``, a
            regressor that cross-validates by groups keeps all copies of a sample in one fold. Values of length n are
            repeated for each copy. If metadata routing is enabled, the regressor must request them.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If the number of features is not a multiple of ``n_copies``.
        """
        x, target = validate_data(self, X, y, dtype=[np.float64, np.float32], y_numeric=True, multi_output=True)
        if x.shape[1] % self.n_copies:
            raise ValueError(f"n_copies={self.n_copies} does not divide the {x.shape[1]} features of X.")
        self._n_copies = self.n_copies
        samples = np.repeat(np.arange(len(x)), self._n_copies)
        params = select_params(x, routed_params(self, params, "regressor", "fit"), samples)
        self.regressor_ = clone(self._regressor()).fit(self._copies(x), target[samples], **params)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Get metadata routing of this object.

        The parameters of ``fit`` are routed to the ``fit`` method of the regressor.

        Returns
        -------
        routing : MetadataRouter
            A :class:`~sklearn.utils.metadata_routing.MetadataRouter` encapsulating routing information.
        """
        fit_to_fit = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=self).add_self_request(self)
        return router.add(regressor=self._regressor(), method_mapping=fit_to_fit)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict targets: the mean of the predictions for all copies.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples, each row with all copies of one of them.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_targets)
            Predicted targets.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        y = self.regressor_.predict(self._copies(x))
        return y.reshape(len(x), self._n_copies, *y.shape[1:]).mean(axis=1)

    def _regressor(self):
        return KernelRidge(kernel="laplacian", alpha=1e-8) if self.regressor is None else self.regressor

    def _copies(self, X):
        return X.reshape(len(X) * self._n_copies, -1)
