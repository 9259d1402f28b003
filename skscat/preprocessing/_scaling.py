"""Preparation of scattering coefficients for classifiers."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import Interval, PrecisionTagsMixin, StrOptions, fit_context, validate_data


class LogMedian(PrecisionTagsMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    r"""Logarithm of coefficients above a floor of each feature's own.

    .. math:: \log(\max(x, 0) + \epsilon\, m)

    with m the median of a feature's magnitude over the training data. Products of factors, as loudness or
    illumination, become sums; what is nothing but noise stays near the floor.

    Read more in the :ref:`User Guide <learning>`.

    Parameters
    ----------
    epsilon : float, default=1e-3
        Floor, relative to the median.

    Attributes
    ----------
    median_ : ndarray of shape (n_features,)
        Median of the magnitude of each feature; where that is zero its mean, or 1 if the feature is all zeros.
    n_features_in_ : int
        Features seen in ``fit``.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    References
    ----------
    .. [1] J. Anden and S. Mallat, "Deep scattering spectrum", IEEE Trans. Signal Process. 62 (2014), 4114-4128,
           section VI.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.preprocessing import LogMedian
    >>> X = np.array([[1.0, 100.0], [10.0, 1000.0], [100.0, 0.0]])
    >>> np.round(LogMedian(epsilon=0.01).fit_transform(X), 2)
    array([[0.1 , 4.62],
           [2.31, 6.91],
           [4.61, 0.  ]])
    """

    _parameter_constraints: dict = {"epsilon": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, epsilon=1e-3):
        self.epsilon = epsilon

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the median of each feature.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Coefficients.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        X = np.abs(validate_data(self, X, dtype=[np.float64, np.float32]))
        median, mean = np.median(X, axis=0), X.mean(axis=0)
        self.median_ = np.where(median > 0, median, np.where(mean > 0, mean, 1)).astype(X.dtype)
        self._floor = self.epsilon * self.median_
        return self

    def transform(self, X):
        """Take logarithms.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Coefficients.

        Returns
        -------
        X : ndarray of shape (n, n_features)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return np.log(np.maximum(X, 0) + self._floor.astype(X.dtype))


class PathScaler(PrecisionTagsMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    r"""Divide each path by its size over the training data.

    Coefficients of long paths are small, but tell as much as others. Unlike
    :class:`~sklearn.preprocessing.StandardScaler` all places of a path are divided by the same number, so that the
    shape of each path remains.

    Read more in the :ref:`User Guide <learning>`.

    Parameters
    ----------
    norm : {"max", "std"}, default="max"
        Size of a path p, by its norm over places: "max" takes the largest :math:`\|S[p] x_i\|` of the training samples
        [1]_; "std" the root mean square of :math:`\|S[p] x_i - \bar S[p]\|`, deviations from the mean sample. Paths of
        size zero stay as they are.
    n_places : int, default=1
        Places of a path, which are neighbours in X: ``np.prod(scattering.plan_.output_grid)``; 1 after averages over
        the whole signal.

    Attributes
    ----------
    scale_ : ndarray of shape (n_features // n_places,)
        Size of each path.
    n_features_in_ : int
        Features seen in ``fit``.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. Pattern Anal. Mach. Intell.
           35 (2013), 1872-1886, section 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.preprocessing import PathScaler
    >>> X = np.array([[3.0, 4.0, 0.0, 0.1], [0.0, 1.0, 0.0, 0.2]])
    >>> PathScaler(n_places=2).fit_transform(X)
    array([[0.6, 0.8, 0. , 0.5],
           [0. , 0.2, 0. , 1. ]])
    """

    _parameter_constraints: dict = {
        "norm": [StrOptions({"max", "std"})],
        "n_places": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, norm="max", *, n_places=1):
        self.norm = norm
        self.n_places = n_places

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the size of each path.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Coefficients.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            If the number of features is no multiple of ``n_places``.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32])
        if X.shape[1] % self.n_places:
            raise ValueError(
                f"n_places={self.n_places} does not divide {X.shape[1]} features; expected the number of places of a "
                "path."
            )
        if self.norm == "max":
            size, rounding = self._norms(X).max(axis=0), 0
        else:
            mean = X.mean(axis=0)
            size = np.sqrt(np.mean(self._norms(X - mean) ** 2, axis=0))
            # Deviations of what is constant are rounding errors.
            rounding = 10 * np.finfo(X.dtype).eps * self._norms(mean[np.newaxis])[0]
        self.scale_ = np.where(size > rounding, size, 1).astype(X.dtype)
        return self

    def _norms(self, X):
        """Norm of each path of each sample."""
        return np.linalg.norm(X.reshape(len(X), -1, self.n_places), axis=2)

    def transform(self, X):
        """Divide.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Coefficients.

        Returns
        -------
        X : ndarray of shape (n, n_features)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return X / np.repeat(self.scale_, X.shape[1] // len(self.scale_)).astype(X.dtype)
