"""Scaling of scattering coefficients before classification."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

from skscat._core import _namespace as arrays
from skscat._dispatch import as_given, check_use
from skscat._sklearn import POSITIVE, ArrayTagsMixin, PrecisionTagsMixin, fit_context
from skscat._validation import validate_data


class LogMedian(ArrayTagsMixin, PrecisionTagsMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    r"""Logarithm of coefficients, linear near zero relative to the median of each feature.

    .. math:: \operatorname{sign}(x) \log\left(1 + \frac{|x|}{\epsilon\, m}\right)

    with m the median magnitude of a feature over the training data. Multiplicative factors, such as loudness or
    illumination, become offsets. Coefficients below :math:`\epsilon\, m`, which hold nothing but noise, stay near
    zero. For positive x this is :math:`\log(x + \epsilon\, m)` up to a constant [1]_. Averages of the signal itself
    (zeroth order) can have either sign, which is preserved.

    Read more in the :ref:`User Guide <learning>`.

    Parameters
    ----------
    epsilon : float, default=0.1
        Magnitude, relative to the median, below which the logarithm is linear. The default suits most data; 0.01 is
        better for recordings of very different loudness.

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
    array([[2.4 , 4.62],
           [4.62, 6.91],
           [6.91, 0.  ]])
    """

    _parameter_constraints: dict = {"epsilon": [POSITIVE]}

    def __init__(self, epsilon: float = 0.1) -> None:
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
        x = abs(arrays.untracked(validate_data(self, X, dtype=[np.float64, np.float32])))
        median, mean, dtype = arrays.to_numpy(_medians(x)), arrays.to_numpy(x.mean(axis=0)), arrays.dtype_of(x)
        median = np.where(median > 0, median, np.where(mean > 0, mean, 1)).astype(dtype)
        floor = np.maximum(self.epsilon * median, np.finfo(dtype).tiny)
        self.median_, self._floor = as_given(X, median), as_given(X, floor)
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
        check_use(self, X, "transform")
        x = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        xp, floor = arrays.namespace(x), arrays.astype(arrays.near(self._floor, x), arrays.dtype_of(x))
        # Not the logarithm of a ratio, which could overflow.
        return as_given(X, xp.copysign(xp.log(abs(x) + floor) - xp.log(floor), x))


def _medians(x):
    """Return the median of each column. PyTorch's median is not the mean of the two middle values."""
    if not arrays.is_torch(x):
        return arrays.namespace(x).median(x, axis=0)
    ordered = x.sort(dim=0).values
    return (ordered[(len(x) - 1) // 2] + ordered[len(x) // 2]) / 2
