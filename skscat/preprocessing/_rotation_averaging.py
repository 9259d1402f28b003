"""Features of images that are invariant to rotations: 2-D scattering coefficients, averaged over angles."""

import numpy as np
from sklearn.base import BaseEstimator

from skscat._sklearn import HasMethods
from skscat.preprocessing._path_maps import PathMap


class RotationAveraging(PathMap):
    r"""Average scattering coefficients over joint rotations of the angles of their paths.

    A rotation of an image by a multiple of :math:`\pi / L` shifts all angles of a path. With ``average="global"``, the
    mean over such shifts is invariant to these rotations, up to the sampling of the image and its borders:

    .. math:: \bar S x(j_1) = \frac1L \sum_{\theta_1} S x(j_1, \theta_1), \qquad
              \bar S x(j_1, j_2, \theta) = \frac1L \sum_{\theta_1} S x(j_1, \theta_1, j_2, \theta_1 + \theta)

    and likewise for higher orders, whose differences of angles are all kept. The zeroth order is unchanged. Unlike
    :class:`~skscat.RotoTranslationScattering2D`, this transform has no wavelets along the angle: how angles vary
    jointly at one position is lost [1]_, but it is hardly slower than :class:`~skscat.Scattering2D`.

    Read more in the :ref:`User Guide <roto_translation>`.

    Parameters
    ----------
    transformer : estimator
        A :class:`~skscat.Scattering2D` of any order, or a pipeline that begins with one and preserves its features,
        such as ``make_pipeline(Scattering2D(average="global"), LogMedian())``, whose log-coefficients are averaged
        (geometric means). It is cloned. Set ``average="global"`` for invariance to rotations of the image: with local
        averages, positions are kept, and features are invariant to rotations of the pattern around each position, not
        of the image. An even ``L`` includes rotations by 90 degrees. For images of different sizes, wrap the transform
        first: ``RotationAveraging(VariableSizeScattering(Scattering2D(J=4)))``.

    Attributes
    ----------
    transformer_ : estimator
        Fitted transformer.
    weights_ : ndarray of shape (n_means, n_paths)
        Weights of the means, applied at each position: ``1 / L`` for the L paths of a mean, 1 for zeroth order.
    output_shape_ : tuple of int
        Shape of the features of one image: ``(n_means, height, width)``, after the number of channels if X has such
        an axis; no height and width if ``average="global"``.
    signal_shape_ : tuple of int
        Shape of one image, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    skscat.RotoTranslationScattering2D : Roto-translation scattering, with wavelets along the angle.
    ScaleAveraging : Average features over scales.

    Notes
    -----
    Features are named by scales (j), differences of angles (th) in steps of pi / L, and position on the output grid:
    ``rotationaveraging_mean_y0_x1`` (zeroth order), ``rotationaveraging_j1=0_y0_x1``,
    ``rotationaveraging_j1=0_j2=2_th=3_y0_x1``. From the third order on, the difference between each angle and the
    first is named by its order: ``rotationaveraging_j1=0_j2=1_j3=2_th2=3_th3=0_y0_x1``.

    The norm of a mean over L paths is at most :math:`1 / \sqrt L` times the norm of its paths. The features are thus
    nonexpansive if the transformer is, even with first and higher orders multiplied by :math:`\sqrt L`.

    Invariance requires a transformer that treats all angles alike. :class:`LogMedian` and :class:`PathScaler` learn a
    floor or a scale for each path, and these differ between angles unless the training images have all orientations.
    Means of log-coefficients far above the floor are nevertheless invariant. Logarithms of means always are:
    ``make_pipeline(RotationAveraging(Scattering2D(average="global")), LogMedian())``. Scale means rather than paths.

    References
    ----------
    .. [1] L. Sifre and S. Mallat, "Rotation, scaling and deformation invariant scattering for texture discrimination",
           Proc. CVPR (2013), 1233-1240.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering2D
    >>> from skscat.preprocessing import RotationAveraging
    >>> X = np.random.default_rng(0).standard_normal((4, 32, 32))
    >>> averaging = RotationAveraging(Scattering2D(J=3, average="global", padding="wrap")).fit(X)
    >>> S, S_rotated = averaging.transform(X), averaging.transform(np.rot90(X, axes=(1, 2)))
    >>> S.shape
    (4, 28)
    >>> bool(np.abs(S_rotated - S).max() < 1e-3 * S.max())
    True
    """

    _parameter_constraints: dict = {"transformer": [HasMethods(["fit", "transform"])]}
    _expected = "Scattering2D"

    def __init__(self, transformer: BaseEstimator) -> None:
        self.transformer = transformer

    @property
    def weights_(self) -> np.ndarray:
        """Weights of the means, applied at each position: 1 / L for the L paths of a mean, 1 for zeroth order."""
        return self._matrix

    def _map(self, paths):
        first, means = unique_up_to_rotation(paths)
        weights = np.zeros((len(first), len(paths)))
        weights[means, np.arange(len(paths))] = 1
        weights /= weights.sum(axis=1, keepdims=True)
        return weights, [_label(row) for row in paths[first]]


def unique_up_to_rotation(paths):
    """Find the paths of a 2-D scattering that are unique up to a joint rotation of all their angles.

    Parameters
    ----------
    paths : structured ndarray of shape (n_paths,)
        See :class:`~skscat.Scattering2D`.

    Returns
    -------
    first : ndarray of int of shape (n_unique,)
        Rows of the unique paths, by order, scales, and differences of angles. Their first angle is 0.
    inverse : ndarray of int of shape (n_paths,)
        The unique path of which each path is a rotation.
    """
    orders = range(1, paths["order"].max() + 1)
    # Scales are compared by number, because fractions of octaves are rounded.
    columns = [paths["order"], *(paths[f"n{m}"] - paths[f"theta{m}"] for m in orders)]
    for m in orders[1:]:
        # Angles of later orders, and of real images, span pi.
        difference = (paths[f"theta{m}"] - paths["theta1"]) % (paths[f"theta{m}"].max() + 1)
        columns.append(np.where(paths["order"] >= m, difference, -1))
    _, first, inverse = np.unique(np.column_stack(columns), axis=0, return_index=True, return_inverse=True)
    # NumPy 2.0 returned a column.
    return first, inverse.ravel()


def _label(row):
    """Name a path, whose first angle is 0, by its scales and its other angles."""
    orders = range(1, row["order"] + 1)
    scales = [f"j{m}={row[f'j{m}']:.6g}" for m in orders]
    angles = [f"th{m if len(orders) > 2 else ''}={row[f'theta{m}']}" for m in orders[1:]]
    return "_".join(scales + angles) or "mean"
