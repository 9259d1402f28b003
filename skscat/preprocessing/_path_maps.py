"""Base class of the estimators that apply a fixed matrix to the paths of Scattering2D."""

from itertools import product
from math import prod
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._core import _namespace as arrays
from skscat._core._threads import single_threaded_blas
from skscat._dispatch import as_given, check_use
from skscat._sklearn import ArrayTagsMixin, SignalTagsMixin, check_feature_names_in, fit_context
from skscat._transforms._scattering2d import Scattering2D
from skscat._validation import take_over_features
from skscat.preprocessing._wrapping import check_features, clone_wrapped, path_shape, scattering_of


class PathMap(ArrayTagsMixin, SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    """Base class of estimators that apply a matrix to the paths of Scattering2D, at each position.

    A subclass has a parameter ``transformer``, says in ``_expected`` what it should be, and returns from
    ``_map(paths)`` a matrix of shape (n_rows, n_paths), and the part of feature names for each row. ``_map`` raises an
    error if it does not expect these paths.
    """

    _expected: str
    transformer: BaseEstimator

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Fit the transformer, and compute the matrix for its paths.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Images.
        y : array-like of shape (n,), default=None
            Target values, passed to the transformer.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If the transformer is not, or does not begin with, a :class:`~skscat.Scattering2D` of an expected order.
        """
        return self._set_transformer(self._clone().fit(X, y))

    @fit_context(prefer_skip_nested_validation=False)
    def fit_transform(self, X: ArrayLike, y: ArrayLike | None = None) -> np.ndarray:
        """Fit the transformer, and return the features of X, whose coefficients are computed once.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Images.
        y : array-like of shape (n,), default=None
            Target values, passed to the transformer.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Features, see ``transform``.

        Raises
        ------
        ValueError
            See ``fit`` and ``transform``.
        """
        return self._fit_transform(X, y)

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the coefficients of images, and apply the matrix.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Images of the shape seen during :term:`fit`.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Features. ``S.reshape(n, *output_shape_)`` has axes of channels, rows of the matrix, and positions.

        Raises
        ------
        ValueError
            If a pipeline changes the number of features of its scattering transform.
        """
        check_use(self, X, "transform")
        S = self.transformer_.transform(X)
        return as_given(S, self._mapped(check_features(self.transformer_, S)))

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: the channel, the row of the matrix, and the position.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            Feature names, as described in the notes of the class.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features, generate_names=False)
        scattering, prefix = scattering_of(self.transformer_), type(self).__name__.lower()
        labels = product(scattering._channel_labels(), self._labels, scattering._position_labels())
        names = ["_".join(filter(None, (prefix, *parts))) for parts in labels]
        return np.array(names, dtype=object)

    def _fit_transform(self, X, y=None, S=None):
        """Return the features of X; S are those of the transformer to be fitted to X, if they are known."""
        transformer = self._clone()
        if S is None:
            S = transformer.fit_transform(X, y)
        else:
            transformer.fit(X, y)
        x = check_features(transformer, S)
        return as_given(S, self._set_transformer(transformer)._mapped(x))

    def _clone(self):
        return clone_wrapped(self.transformer, self._expected, Scattering2D)

    def _set_transformer(self, transformer):
        """Set the attributes of a fit, given a fitted transformer."""
        scattering = scattering_of(transformer)
        matrix, labels = self._map(scattering.paths_)
        take_over_features(self, scattering)
        # In a tuple: the matrix does not follow X to a device, as arrays that are attributes do.
        self.transformer_, self._map_of_paths = transformer, (matrix, labels)
        self._grid = path_shape(scattering)
        self.output_shape_ = (*scattering._channels, len(matrix), *self._grid)
        self._n_features_out = prod(self.output_shape_)
        return self

    def _mapped(self, x):
        matrix = arrays.from_numpy(self._matrix.astype(arrays.dtype_of(x)), x)
        with single_threaded_blas():
            return (matrix @ x.reshape(len(x), -1, matrix.shape[1], prod(self._grid))).reshape(len(x), -1)

    @property
    def _matrix(self):
        return self._map_of_paths[0]

    @property
    def _labels(self):
        return self._map_of_paths[1]

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_map_of_paths")
