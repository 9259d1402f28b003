"""Reduction of 2-D scattering coefficients by cosine transforms along the scales and angles of paths."""

from itertools import product
from numbers import Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import dct
from scipy.linalg import block_diag
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skscat._core._threads import single_threaded_blas
from skscat._sklearn import (
    HasMethods,
    Interval,
    SignalTagsMixin,
    channel_names,
    check_feature_names_in,
    fit_context,
    take_over_features,
)


class CosineReduction(SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    r"""Keep the low frequencies of scattering coefficients along scales and angles.

    Coefficients of neighboring scales and angles are similar. An orthonormal cosine transform, along the scale
    :math:`j_1` and the angle :math:`\theta_1` of first-order paths and along :math:`j_1`, :math:`j_2 - j_1`,
    :math:`\theta_1` and :math:`\theta_2` of second-order paths, concentrates their energy in few coefficients. This
    is known as cosine scattering [1]_. The transform is fixed, not learned from data.

    Read more in the :ref:`User Guide <learning>`.

    Parameters
    ----------
    transformer : estimator
        A :class:`~skscat.Scattering2D` of order 1 or 2, or a pipeline that begins with one and preserves its features,
        such as ``make_pipeline(Scattering2D(), LogMedian())``. It is cloned.
    keep : float, default=0.5
        Fraction of the coefficients of each order to keep, rounded up, lowest frequencies first.

    Attributes
    ----------
    transformer_ : estimator
        Fitted transformer.
    basis_ : ndarray of shape (n_kept, n_paths)
        Orthonormal rows: cosines along the paths, applied at each position.
    output_shape_ : tuple of int
        Shape of the coefficients of one image: ``(n_kept, height, width)``, after the number of channels if X has
        such an axis; no height and width if ``average="global"``.
    signal_shape_ : tuple of int
        Shape of one image, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. Pattern Anal. Mach. Intell.
           35 (2013), 1872-1886, section 2.4.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering2D
    >>> from skscat.preprocessing import CosineReduction
    >>> X = np.random.default_rng(0).standard_normal((4, 32, 32))
    >>> CosineReduction(Scattering2D(J=3, L=6)).fit_transform(X).shape
    (4, 1024)
    >>> Scattering2D(J=3, L=6).fit_transform(X).shape
    (4, 2032)
    """

    _parameter_constraints: dict = {
        "transformer": [HasMethods(["fit", "transform"])],
        "keep": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(self, transformer: BaseEstimator, *, keep: float = 0.5) -> None:
        self.transformer = transformer
        self.keep = keep

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Fit the transformer, and compute the cosines.

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
            If the transformer is not, or does not begin with, a :class:`~skscat.Scattering2D` of order 1 or 2.
        """
        self.transformer_ = clone(self.transformer).fit(X, y)
        take_over_features(self, self.transformer_)
        scattering = self.transformer_[0] if isinstance(self.transformer_, Pipeline) else self.transformer_
        paths = getattr(scattering, "paths_", None)
        if not _is_scattering2d(paths):
            raise ValueError(
                f"transformer={self.transformer!r}: expected Scattering2D of order 1 or 2, or a pipeline that begins "
                "with it."
            )
        self.basis_, self._frequencies = cosine_basis(paths, self.keep)
        self._grid = scattering.plan_.path_shape
        self._channels = scattering.signal_shape_[:-2]
        self.output_shape_ = (*self._channels, len(self.basis_), *self._grid)
        self._n_features_out = int(np.prod(self.output_shape_))
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the cosine coefficients of images.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Images of the shape seen during :term:`fit`.

        Returns
        -------
        C : ndarray of shape (n, n_features_out)
            Cosine coefficients. ``C.reshape(n, *output_shape_)`` has axes of channels, cosines and positions.

        Raises
        ------
        ValueError
            If a pipeline changes the number of features of its scattering transform.
        """
        check_is_fitted(self)
        # The transformer returns a DataFrame if scikit-learn is configured to.
        S = np.asarray(self.transformer_.transform(X))
        shape = (int(np.prod(self._channels)), self.basis_.shape[1], int(np.prod(self._grid)))
        if S.shape[1] != np.prod(shape):
            raise ValueError(
                f"transformer={self.transformer!r} returned {S.shape[1]} features; expected the {np.prod(shape)} of "
                "its first step."
            )
        S = S.reshape(len(S), *shape)
        with single_threaded_blas():
            return (self.basis_.astype(S.dtype) @ S).reshape(len(S), -1)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: the frequencies of the cosines, and the position.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``cosinereduction_k1=0_k2=1_th1=2_th2=0_y1_x3``: frequencies along scales (k) and angles (th),
            position on the output grid.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        axes = (("k1", "th1"), ("k1", "k2", "th1", "th2"))
        paths = [
            "_".join(f"{axis}={k}" for axis, k in zip(axes[len(index) > 2], index, strict=False)) or "mean"
            for index in self._frequencies
        ]
        channels, prefix = channel_names(self._channels, 0), type(self).__name__.lower()
        positions = [f"y{y}_x{x}" for y, x in np.ndindex(self._grid)] if self._grid else [""]
        names = ["_".join(filter(None, (prefix, *parts))) for parts in product(channels, paths, positions)]
        return np.array(names, dtype=object)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "basis_")


def _is_scattering2d(paths):
    """Whether scales and angles identify each path, and no order exceeds 2."""
    names = ["xi1", "theta1", "xi2", "theta2"]
    if paths is None or not set(names[:2]) <= set(paths.dtype.names) or paths["order"].max() > 2:
        return False
    known = [name for name in names if name in paths.dtype.names]
    return len(np.unique(paths[known].tolist(), axis=0)) == len(paths)


def cosine_basis(paths, keep):
    """Cosines along scales and angles of paths of order up to 2.

    Parameters
    ----------
    paths : structured ndarray of shape (n_paths,)
        See :class:`~skscat.Plan`: sorted by order. Within an order, scales and angles identify each path.
    keep : float
        Fraction of each order to keep.

    Returns
    -------
    basis : ndarray of shape (n_kept, n_paths)
        Orthonormal rows.
    frequencies : list of tuple of int
        Frequencies of each row: (), (scale, angle), or (scale, difference of scales, first angle, second angle).
    """
    blocks, frequencies = [], []
    for order in range(paths["order"].max() + 1):
        rows = paths[paths["order"] == order]
        basis, index, relative = _order_basis(rows, order)
        # Keep the lowest frequencies of each order, relative to the highest one of each axis.
        lowest = np.argsort(relative, kind="stable")[: int(np.ceil(keep * len(relative) - 1e-9))]
        lowest.sort()
        blocks.append(basis[lowest])
        frequencies += [tuple(int(k) for k in index[i]) for i in lowest]
    return block_diag(*blocks), frequencies


def _order_basis(rows, order):
    """Cosines of the paths of one order: orthonormal matrix, frequencies of its rows, and their relative sums."""
    if order == 0:
        return np.ones((1, 1)), [()], np.zeros(1)
    scales = [_ranks(-rows[f"xi{m}"]) for m in range(1, order + 1)]
    angles = [_ranks(rows[f"theta{m}"]) for m in range(1, order + 1)]
    n_angles = angles[0].max() + 1
    pairs = np.unique(np.transpose(scales), axis=0)
    if order == 1:
        basis, index = _cosines(len(pairs)), np.arange(len(pairs))[:, np.newaxis]
        relative = index[:, 0] / len(pairs)
    else:
        basis, index, relative = _cosines_of_pairs(pairs)
    for _ in range(order):
        basis = np.kron(basis, _cosines(n_angles))
        index = np.column_stack([np.repeat(index, n_angles, axis=0), np.tile(np.arange(n_angles), len(index))])
        relative = (relative[:, np.newaxis] + np.arange(n_angles) / n_angles).ravel()
    # Columns are sorted by pairs of scales, then by angles; permute them to the order of the table of paths.
    position = {tuple(pair): i for i, pair in enumerate(pairs)}
    column = np.array([position[pair] for pair in zip(*scales, strict=True)])
    for angle in angles:
        column = column * n_angles + angle
    return basis[:, column], index, relative


def _ranks(values):
    return np.unique(np.round(values, 9), return_inverse=True)[1]


def _cosines(n):
    """Matrix of the orthonormal cosine transform of n values."""
    return dct(np.eye(n), axis=0, norm="ortho")


def _cosines_of_pairs(pairs):
    """Orthonormal cosines along j1 for each difference j2 - j1, then along the difference.

    Pairs fill a triangle: the larger the difference, the shorter the transform along j1.
    """
    first, step = pairs[:, 0], pairs[:, 1] - pairs[:, 0]
    along_first = np.zeros((len(pairs), len(pairs)))
    frequency, length = np.empty(len(pairs), int), np.empty(len(pairs), int)
    for value in np.unique(step):
        members = np.flatnonzero(step == value)
        members = members[np.argsort(first[members])]
        along_first[np.ix_(members, members)] = _cosines(len(members))
        frequency[members], length[members] = np.arange(len(members)), len(members)
    along_step = np.zeros_like(along_first)
    second, second_length = np.empty_like(frequency), np.empty_like(length)
    for value in np.unique(frequency):
        members = np.flatnonzero(frequency == value)
        members = members[np.argsort(step[members])]
        along_step[np.ix_(members, members)] = _cosines(len(members))
        second[members], second_length[members] = np.arange(len(members)), len(members)
    index = np.column_stack([frequency, second])
    return along_step @ along_first, index, frequency / length + second / second_length
