"""Scaling of scattering coefficients before classification."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._core._amplitude import rounding, scale_exponents, times_exp2
from skscat._sklearn import POSITIVE, PrecisionTagsMixin, StrOptions, at_least, fit_context, validate_data


class LogMedian(PrecisionTagsMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    r"""Logarithm of coefficients, with a floor relative to the median of each feature.

    .. math:: \log(\max(x, 0) + \epsilon\, m)

    with m the median magnitude of a feature over the training data. Multiplicative factors, such as loudness or
    illumination, become offsets. Coefficients that hold nothing but noise stay near the floor.

    Read more in the :ref:`User Guide <learning>`.

    Parameters
    ----------
    epsilon : float, default=1e-3
        Floor, relative to the median. It matters: tune it by cross-validation between 0.001 and 0.1.

    Attributes
    ----------
    median_ : ndarray of shape (n_features,)
        Median magnitude of each feature; if the median is zero, the mean magnitude; if the feature is all zeros, 1.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

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

    _parameter_constraints: dict = {"epsilon": [POSITIVE]}

    def __init__(self, epsilon: float = 1e-3) -> None:
        self.epsilon = epsilon

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Compute the median magnitude of each feature.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Scattering coefficients.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        x = np.abs(validate_data(self, X, dtype=[np.float64, np.float32]))
        median, mean = np.median(x, axis=0), x.mean(axis=0)
        self.median_ = np.where(median > 0, median, np.where(mean > 0, mean, 1)).astype(x.dtype)
        self._floor = self.epsilon * self.median_
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the logarithm of coefficients.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Scattering coefficients.

        Returns
        -------
        X : ndarray of shape (n, n_features)
            Log-coefficients.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return np.log(np.maximum(x, 0) + self._floor.astype(x.dtype))


class PathScaler(PrecisionTagsMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    r"""Divide each path by its magnitude over the training data.

    Coefficients of long paths are small, but as informative as others. Unlike in
    :class:`~sklearn.preprocessing.StandardScaler`, all positions of a path are divided by the same value, so that the
    shape of each path is preserved.

    Read more in the :ref:`User Guide <learning>`.

    Parameters
    ----------
    norm : {"max", "std"}, default="max"
        Magnitude of a path p, from norms over positions: "max" takes the largest :math:`\|S[p] x_i\|` of the training
        samples [1]_; "std" the root mean square of the deviation from the mean sample,
        :math:`\|S[p] x_i - \bar S[p]\|`. Paths of magnitude zero are left unchanged.
    n_positions : int, default=1
        Number of positions of a path, which are adjacent in X: ``math.prod(scattering.plan_.path_shape)``; 1 if
        coefficients are averaged over the whole signal.

    Attributes
    ----------
    scale_ : ndarray of shape (n_features // n_positions,)
        Value by which each path is divided.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. Pattern Anal. Mach. Intell.
           35 (2013), 1872-1886, section 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.preprocessing import PathScaler
    >>> X = np.array([[3.0, 4.0, 0.0, 0.1], [0.0, 1.0, 0.0, 0.2]])
    >>> PathScaler(n_positions=2).fit_transform(X)
    array([[0.6, 0.8, 0. , 0.5],
           [0. , 0.2, 0. , 1. ]])
    """

    _parameter_constraints: dict = {
        "norm": [StrOptions({"max", "std"})],
        "n_positions": [at_least(1)],
    }

    def __init__(self, norm: str = "max", *, n_positions: int = 1) -> None:
        self.norm = norm
        self.n_positions = n_positions

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Compute the magnitude of each path.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Scattering coefficients.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If the number of features is not a multiple of ``n_positions``.
        """
        x = validate_data(self, X, dtype=[np.float64, np.float32])
        if x.shape[1] % self.n_positions:
            raise ValueError(
                f"n_positions={self.n_positions} does not divide {x.shape[1]} features; expected the number of "
                "positions of a path."
            )
        x = x.reshape(len(x), -1, self.n_positions)
        # Squares of each path must fit its precision.
        exponents = scale_exponents(x.swapaxes(0, 1), None)
        x = times_exp2(x, -exponents[:, np.newaxis])
        if self.norm == "max":
            size, smallest = np.linalg.norm(x, axis=2).max(axis=0), 0
        else:
            mean = x.mean(axis=0)
            size = np.sqrt(np.mean(np.linalg.norm(x - mean, axis=2) ** 2, axis=0))
            # Deviations of constant paths are rounding errors.
            smallest = rounding(x.dtype) * np.linalg.norm(mean, axis=1)
        self.scale_ = np.where(size > smallest, times_exp2(size, exponents), 1).astype(x.dtype)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Divide each path by its magnitude.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Scattering coefficients.

        Returns
        -------
        X : ndarray of shape (n, n_features)
            Scaled coefficients.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return x / np.repeat(self.scale_, x.shape[1] // len(self.scale_)).astype(x.dtype)
