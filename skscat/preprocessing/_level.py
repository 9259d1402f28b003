"""Signals of unit level before a transform."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from skscat._checks import fill_masked, is_masked
from skscat._core import _namespace as arrays
from skscat._core._amplitude import scale_exponents, times_exp2
from skscat._dispatch import check_use, is_dispatched, takes
from skscat._lists import as_list
from skscat._sklearn import ArrayTagsMixin, HasMethods, SignalTagsMixin, check_feature_names_in, fit_context
from skscat._validation import flat_rows, passed_on, take_over_features, to_array
from skscat.preprocessing._wrapping import scattering_of


class LevelNormalizer(ArrayTagsMixin, SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    """Divide each signal by its root mean square before a transform.

    The level of a recording depends on the distance and the gain of the microphone. Logarithms make it an offset, but
    only above their floor: a classifier of log-coefficients that was trained at one level fails at another. With this
    wrapper, features do not depend on the level at all. :class:`~skscat.ScatteringClassifier` uses it for
    ``kind="sound"``. Don't use it if the level itself matters.

    Read more in the :ref:`User Guide <recipes>`.

    Parameters
    ----------
    transformer : estimator
        Estimator that computes the features of signals: a scattering transform, :class:`VariableSizeScattering` of
        one, or a pipeline that begins with either. It is cloned.

    Attributes
    ----------
    transformer_ : estimator
        Fitted transformer.
    signal_shape_ : tuple of int
        Shape of one signal, channels first. Defined only if the transformer defines it.
    n_features_in_ : int
        Number of features seen during :term:`fit`. Defined only if the signals have the same size.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    skscat.ScatteringClassifier : Classification of raw signals.
    sklearn.preprocessing.Normalizer : Rows of unit norm.

    Notes
    -----
    The root mean square is that over all samples and channels of a signal: differences of level between channels are
    preserved. Missing samples (NaN, masked) are left out. Signals that are zero, such as digital silence, stay zero.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.preprocessing import LevelNormalizer
    >>> X = np.random.default_rng(0).standard_normal((4, 256))
    >>> normalizer = LevelNormalizer(Scattering1D(J=4)).fit(X)
    >>> bool(np.allclose(normalizer.transform(X), normalizer.transform(0.01 * X)))
    True
    """

    _parameter_constraints: dict = {"transformer": [HasMethods(["fit", "transform"])]}
    # See scattering_of.
    _preserves_features = True

    def __init__(self, transformer: BaseEstimator) -> None:
        self.transformer = transformer

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: ArrayLike | None = None) -> Self:
        """Fit the transformer to signals of unit level.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features), or list
            Signals. A list may hold signals of different sizes if the transformer takes them.
        y : array-like of shape (n,), default=None
            Target values, passed to the transformer.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If the transformer rejects the signals, or objects in X are not numbers.
        """
        return self._take_over(clone(self.transformer).fit(self._leveled(X), y))

    @fit_context(prefer_skip_nested_validation=False)
    def fit_transform(self, X: Any, y: ArrayLike | None = None) -> np.ndarray:
        """Fit the transformer to signals of unit level, and return their features.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features), or list
            Signals. A list may hold signals of different sizes if the transformer takes them.
        y : array-like of shape (n,), default=None
            Target values, passed to the transformer.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Features.

        Raises
        ------
        ValueError
            See ``fit``.
        """
        transformer, x = clone(self.transformer), self._leveled(X)
        has_both = hasattr(transformer, "fit_transform")
        S = transformer.fit_transform(x, y) if has_both else transformer.fit(x, y).transform(x)
        self._take_over(transformer)
        return S if is_dispatched(S) else np.asarray(S)

    def transform(self, X: Any) -> np.ndarray:
        """Compute the features of signals of unit level.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features), or list
            Signals of the shape seen during :term:`fit`; of any size if the transformer takes them.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Features.

        Raises
        ------
        ValueError
            See ``fit``.
        """
        check_use(self, X, "transform")
        S = self.transformer_.transform(self._leveled(X))
        return S if is_dispatched(S) else np.asarray(S)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: those of the transformer.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``scattering1d_xi1=0.1_t3``.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features, generate_names=False)
        return self.transformer_.get_feature_names_out()

    def _take_over(self, transformer):
        """Set the attributes of a fit."""
        take_over_features(self, scattering_of(transformer))
        self.transformer_ = transformer
        return self

    def _leveled(self, X):
        """Return signals of unit level in the layout of X; what they must be is left to the transformer."""
        signals = None if hasattr(X, "dtype") and X.dtype != object else as_list(X)
        if signals is not None:
            return [with_unit_level(x[np.newaxis])[0] for x in signals]
        if is_masked(X):
            return with_unit_level(X)
        values = to_array(X, takes_any=takes(self, X))
        if len(values.shape) < 2 or 0 in values.shape or issparse(values):
            return X
        if not takes(self, X):
            values = np.asarray(values)
            # Numbers in objects; what is not a number is left to the transformer.
            values = values.astype(np.float64) if values.dtype == object else values
            if values.dtype.kind not in "biufc":
                return X
        x = with_unit_level(values)
        # Transformers check the names of data frames.
        return type(X)(x, index=X.index, columns=X.columns) if hasattr(X, "iloc") else passed_on(self, X, x)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "transformer_")


def with_unit_level(x):
    """Divide signals by their root mean square, unless it is zero.

    Parameters
    ----------
    x : array of shape (n, ...)
        Signals, in any array library. Samples that are masked or not finite remain so, and do not count.

    Returns
    -------
    x : array of shape (n, ...)
    """
    if is_masked(x):
        x = with_unit_level(fill_masked(x))
        return np.ma.masked_array(x, np.isnan(x))
    x = np.asarray(x) if arrays.is_numpy(x) else x
    # Sums over rows depend on their layout, by rounding errors.
    xp, rows = arrays.namespace(x), arrays.contiguous(flat_rows(x))
    if arrays.is_numpy(rows) and rows.dtype not in (np.float32, np.complex64):
        rows = rows.astype(np.result_type(rows.dtype, np.float64), copy=False)
    known = xp.isfinite(rows)
    # Squares must fit the precision.
    exponents = scale_exponents(xp.where(known, rows, xp.zeros_like(rows)), None)
    rows = times_exp2(rows, -exponents)
    squares = xp.where(known, abs(rows) ** 2, xp.zeros_like(abs(rows)))
    n_known = arrays.astype(known, arrays.dtype_of(squares)).sum(axis=1)
    level = xp.sqrt(squares.sum(axis=1) / xp.clip(n_known, 1, None))
    return (rows / xp.where(level > 0, level, xp.ones_like(level))[:, np.newaxis]).reshape(x.shape)
