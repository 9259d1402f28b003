"""Scaling of the paths of scattering coefficients."""

from math import prod
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._core import _namespace as arrays
from skscat._core._amplitude import rounding, scale_exponents, times_exp2
from skscat._dispatch import as_given, check_use
from skscat._sklearn import (
    ArrayTagsMixin,
    HasMethods,
    SignalTagsMixin,
    StrOptions,
    check_feature_names_in,
    fit_context,
)
from skscat._validation import take_over_features
from skscat.preprocessing._wrapping import check_features, clone_wrapped, measures, path_shape, scattering_of


class PathScaler(ArrayTagsMixin, SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    r"""Divide each path by its magnitude over the training data.

    Coefficients of long paths are small, but as informative as others. Unlike with
    :class:`~sklearn.preprocessing.StandardScaler`, all positions of a path are divided by the same value, so that the
    shape of each path is preserved. The paths and their positions are those of the wrapped scattering transform, so
    that a grid search may vary any of its parameters.

    Read more in the :ref:`User Guide <learning>`.

    Parameters
    ----------
    transformer : estimator
        A scattering transform, such as :class:`~skscat.Scattering2D`, :class:`VariableSizeScattering` of one, or a
        pipeline that begins with either and preserves its features, such as ``make_pipeline(Scattering2D(),
        LogMedian())``. It is cloned.
    norm : {"max", "std"}, default="max"
        Magnitude of a path p, from norms over positions: "max" takes the largest :math:`\|S[p] x_i\|` of the training
        samples [1]_; "std" the root mean square of the deviation from the mean sample,
        :math:`\|S[p] x_i - \bar S[p]\|`; choose it for logarithms, whose offset is arbitrary. Paths of magnitude zero
        are left unchanged.

    Attributes
    ----------
    transformer_ : estimator
        Fitted transformer.
    scale_ : ndarray of shape (n_paths,), (n_channels, n_paths) or (..., n_paths, n_powers)
        Value by which each path is divided: ``output_shape_`` without the axes of positions. Each channel of X, each
        power of :class:`~skscat.HarmonicScattering3D`, and each statistic has its own. If log-frequencies or angles
        are kept, they are positions like those on the output grid.
    output_shape_ : tuple of int
        Shape of the coefficients of one signal, that of the scattering transform.
    signal_shape_ : tuple of int
        Shape of one signal, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    CosineReduction : Reduction of 2-D coefficients, which may be scaled first:
        ``CosineReduction(PathScaler(Scattering2D()))``.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. Pattern Anal. Mach. Intell.
           35 (2013), 1872-1886, section 4.1.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering2D
    >>> from skscat.preprocessing import PathScaler
    >>> X = np.random.default_rng(0).standard_normal((4, 32, 32))
    >>> scaler = PathScaler(Scattering2D(J=3, L=6)).fit(X)
    >>> scaler.output_shape_, scaler.scale_.shape
    ((127, 4, 4), (127,))
    >>> S = scaler.transform(X).reshape(-1, *scaler.output_shape_)
    >>> largest = np.linalg.norm(S, axis=(2, 3)).max(axis=0)
    >>> bool(np.allclose(largest, 1))
    True
    """

    _parameter_constraints: dict = {
        "transformer": [HasMethods(["fit", "transform"])],
        "norm": [StrOptions({"max", "std"})],
    }
    # See scattering_of.
    _preserves_features = True

    def __init__(self, transformer: BaseEstimator, norm: str = "max") -> None:
        self.transformer = transformer
        self.norm = norm

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Fit the transformer, and compute the magnitude of each path.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        y : array-like of shape (n,), default=None
            Target values, passed to the transformer.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If the transformer is not, or does not begin with, a scattering transform, or if it returns values that
            are not finite, or another number of features than its scattering transform.
        """
        self._fit(X, y)
        return self

    @fit_context(prefer_skip_nested_validation=False)
    def fit_transform(self, X: ArrayLike, y: ArrayLike | None = None) -> np.ndarray:
        """Fit the transformer, and return the scaled coefficients of X, which are computed once.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        y : array-like of shape (n,), default=None
            Target values, passed to the transformer.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Scaled coefficients.

        Raises
        ------
        ValueError
            See ``fit``.
        """
        return self._scaled(self._fit(X, y))

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the scaled coefficients of signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals of the shape seen during :term:`fit`.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Scaled coefficients. ``S.reshape(n, *output_shape_)`` has axes of channels, paths and positions.
        """
        check_use(self, X, "transform")
        return self._scaled(self.transformer_.transform(X))

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: those of the scattering transform.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``scattering2d_j1=0_th1=3_y2_x5``.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features, generate_names=False)
        # Pipelines may have steps that name no features, such as a square root.
        return scattering_of(self.transformer_).get_feature_names_out()

    def _fit(self, X, y):
        """Fit, and return what the transformer returned for X."""
        transformer = clone_wrapped(self.transformer, "a transform with a plan, such as Scattering2D")
        S = transformer.fit_transform(X, y)
        x = arrays.untracked(check_features(transformer, S))
        if not arrays.namespace(x).isfinite(x).all():
            raise ValueError(f"transformer={transformer!r} returned NaN or infinity; expected finite values.")
        scattering = scattering_of(transformer)
        take_over_features(self, scattering)
        self.transformer_, self.output_shape_ = transformer, scattering.output_shape_
        self._n_features_out = x.shape[1]
        shape = (*self.output_shape_[: len(scattering._channels) + 1], *measures(scattering))
        x = self._by_path(x).swapaxes(2, 3)
        self.scale_ = as_given(S, magnitudes(x.reshape(len(x), -1, x.shape[3]), self.norm).reshape(shape))
        return S

    def _by_path(self, S):
        """Split the axis of features into paths of all channels, positions, and powers or statistics."""
        scattering = scattering_of(self.transformer_)
        n_measures = prod(measures(scattering))
        return S.reshape(len(S), -1, prod(path_shape(scattering)) // n_measures, n_measures)

    def _scaled(self, S):
        """Divide what the transformer returned by the scale of each path."""
        x = self._by_path(check_features(self.transformer_, S))
        scale = arrays.astype(arrays.near(self.scale_, x), arrays.dtype_of(x))
        return as_given(S, (x / scale.reshape(-1, 1, x.shape[3])).reshape(len(x), -1))

    def __sklearn_is_fitted__(self):
        return hasattr(self, "scale_")


def magnitudes(x, norm):
    """Return the magnitude of each path over all samples, or 1 if it is zero.

    Parameters
    ----------
    x : ndarray of shape (n, n_paths, n_positions)
        Coefficients.
    norm : {"max", "std"}
        See :class:`PathScaler`.

    Returns
    -------
    magnitudes : ndarray of shape (n_paths,)
        In NumPy.
    """
    xp, dtype = arrays.namespace(x), arrays.dtype_of(x)
    # Squares of each path must fit its precision.
    exponents = scale_exponents(x.swapaxes(0, 1), None)
    x = times_exp2(x, -exponents[:, np.newaxis])
    if norm == "max":
        size, smallest = arrays.to_numpy(xp.linalg.norm(x, axis=2)).max(axis=0), 0
    else:
        mean = x.mean(axis=0)
        size = np.sqrt(np.mean(arrays.to_numpy(xp.linalg.norm(x - mean, axis=2)) ** 2, axis=0))
        # Deviations of constant paths are rounding errors.
        smallest = rounding(dtype) * arrays.to_numpy(xp.linalg.norm(mean, axis=1))
    return np.where(size > smallest, times_exp2(size, exponents), 1).astype(dtype)
