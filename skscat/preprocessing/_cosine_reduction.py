"""Reduction of 2-D scattering coefficients by cosine transforms along the scales and angles of paths."""

from numbers import Real

import numpy as np
from scipy.fft import dct
from scipy.linalg import block_diag
from sklearn.base import BaseEstimator

from skscat._sklearn import HasMethods, Interval
from skscat.preprocessing._path_maps import PathMap
from skscat.preprocessing._wrapping import unexpected


class CosineReduction(PathMap):
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
        such as ``make_pipeline(Scattering2D(), LogMedian())``, or ``PathScaler(Scattering2D())``. For images of
        different sizes, ``VariableSizeScattering(Scattering2D(J=4))``. It is cloned.
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

    Notes
    -----
    Features are named by frequencies along scales (k) and angles (th), and by position on the output grid:
    ``cosinereduction_k1=0_k2=1_th1=2_th2=0_y1_x3``; those of zeroth order ``cosinereduction_mean_y1_x3``.

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
    _expected = "Scattering2D of order 1 or 2"

    def __init__(self, transformer: BaseEstimator, *, keep: float = 0.5) -> None:
        self.transformer = transformer
        self.keep = keep

    @property
    def basis_(self) -> np.ndarray:
        """Orthonormal rows: cosines along the paths, applied at each position."""
        return self._matrix

    def _map(self, paths):
        if not 1 <= paths["order"].max() <= 2:
            raise unexpected(self.transformer, self._expected)
        basis, frequencies = cosine_basis(paths, self.keep)
        axes = (("k1", "th1"), ("k1", "k2", "th1", "th2"))
        labels = [
            "_".join(f"{axis}={k}" for axis, k in zip(axes[len(index) > 2], index, strict=False)) or "mean"
            for index in frequencies
        ]
        return basis, labels


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
    n_angles = [angle.max() + 1 for angle in angles]
    pairs = np.unique(np.transpose(scales), axis=0)
    if order == 1:
        basis, index = _cosines(len(pairs)), np.arange(len(pairs))[:, np.newaxis]
        relative = index[:, 0] / len(pairs)
    else:
        basis, index, relative = _cosines_of_pairs(pairs)
    for n in n_angles:
        basis = np.kron(basis, _cosines(n))
        index = np.column_stack([np.repeat(index, n, axis=0), np.tile(np.arange(n), len(index))])
        relative = (relative[:, np.newaxis] + np.arange(n) / n).ravel()
    # Columns are sorted by pairs of scales, then by angles; permute them to the order of the table of paths.
    position = {tuple(pair): i for i, pair in enumerate(pairs)}
    column = np.array([position[pair] for pair in zip(*scales, strict=True)])
    for n, angle in zip(n_angles, angles, strict=True):
        column = column * n + angle
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
