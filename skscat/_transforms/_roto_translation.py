"""Scattering of images on the group of rigid motions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skscat._core._joint import ONE_SIDED_GAIN, index_sizes, one_sided_filters
from skscat._core._records import LOW_PASS, PER_BIN, Joint, JointConvolution
from skscat._sklearn import POSITIVE, StrOptions, at_least
from skscat._transforms._base import JOINT_CONSTRAINTS, PlannedScattering
from skscat._transforms._layout import DENSITY_1D, first_order_gain, largest_scale, layout_2d, oversampled
from skscat.filters import all_pass, spin_bank_1d

FIELDS = [
    *((f"{name}{m}", kind) for m in (1, 2) for name, kind in (("j", int), ("xi", float), ("sigma", float))),
    ("theta2", int),
]
LABELS = (("j1", "j1"), ("j2", "j2"), ("theta2", "th2"), ("n_rot", "rot"))


def _angle_bank(L, J_rot, normalize, two_sided):
    """Wavelets along the angle, over a full rotation; frequencies in cycles per rotation. ``phi`` keeps all angles."""
    J_rot = largest_scale(L) if J_rot is None else J_rot
    bank = spin_bank_1d(2 * L, J_rot, 1, None, normalize, two_sided, suffix="rot")
    return replace(bank.converted(PER_BIN, "cycles/rotation", 2 * L), phi=all_pass(2 * L))


def _scale_fields(table, j, L, m):
    """Fields of the table of paths for the wavelets of one scale, in layer m."""
    return {f"{name}{m}": table[name][j * L] for name in ("j", "xi", "sigma")}


def _first_order(table, angles, J, L, normalize):
    two_sided = (angles.table["spin"] < 0).any()
    gain = ONE_SIDED_GAIN[normalize] if two_sided else 1.0
    for j in range(J):
        fields = _scale_fields(table, j, L, 1)
        yield fields, JointConvolution(j, None)
        yield fields, JointConvolution(j, ((LOW_PASS, False),) * L, one_sided_filters(angles), gain)


def _second_order(table, angles, J, L, separable):
    index_filters = tuple(range(len(angles.psi)))
    for j1 in range(J):
        for j2 in range(j1 + 1, J):
            for theta2 in range(L):
                fields = _scale_fields(table, j1, L, 1) | _scale_fields(table, j2, L, 2) | {"theta2": theta2}
                rotations = [theta2] * L if separable else range(theta2, theta2 + L)
                # Wavelets rotated by pi and more are mirror images of those in the bank.
                filters = tuple((j2 * L + rotation % L, rotation >= L) for rotation in rotations)
                yield fields, JointConvolution(j1, filters, index_filters)


class RotoTranslationScattering2D(PlannedScattering):
    r"""Roto-translation scattering transform of images.

    The first layer :math:`U(u, j_1, \theta) = |x * \psi_{j_1, \theta}|(u)` is a function of position and angle. It is
    filtered on the group of rigid motions (translations and rotations): by wavelets in space whose orientation follows
    the angle, and by wavelets along the angle, before a single modulus, then averaged over space and angle:

    .. math:: S x(u, j_1, j_2, \theta_2, k) =
              |U *_u \psi_{j_2, \theta + \theta_2} *_\theta \psi_k| *_u \phi_T *_\theta 1

    with low-pass filters among the wavelets. The coefficients are invariant to rotations by multiples of
    :math:`\pi / L`, and stable to deformations.

    Read more in the :ref:`User Guide <roto_translation>`.

    Parameters
    ----------
    J : int, default=None
        Log2 of the largest scale of the wavelets, in pixels. None means the largest for which the shorter side of an
        image holds three such scales. If ``2**J`` is longer than a side, images are padded and a warning is given.
    L : int, default=8
        Number of orientations in [0, pi), at least two.
    J_rot : int, default=None
        Log2 of the largest scale of the wavelets along the angle, in steps of pi / L. None means ``log2(L)``, rounded
        down: a scale of pi if L is a power of two. 0 leaves out the convolution along the angle.
    T : float, default=None
        Averaging scale, in pixels: set T to the largest shift the features should be invariant to. The averaging
        window has a full width at half maximum of about 0.9 T. None means ``2**J``.
    slant : float, default=None
        Width of a wavelet's envelope along its direction of oscillation, relative to the width across. None means the
        default of :class:`Scattering2D`.
    max_order : {1, 2}, default=2
        Number of wavelet layers in space. 1 gives the averaged first layer and its wavelet moduli along the angle.
    separable : bool, default=False
        If True, second-layer wavelets keep their orientation instead of rotating with the angle that they filter. This
        costs less, but patterns that rotate with the image are not recognized, and second-order coefficients are not
        invariant to rotation.
    normalize : {"tight", "l1"}, default="tight"
        "tight" makes filter banks that preserve the norm; "l1" the conventional ones, to reproduce published
        coefficients.
    average : {"local", "global"}, default="local"
        How the moduli are averaged in space: "local" over T pixels, with one output every ``stride`` pixels; "global"
        over the whole image, for textures.
    average_angle : {"global", None}, default="global"
        How the moduli are averaged over angles: "global" over all of them, for invariance to rotation; None keeps L
        angles, and wavelets of both spins.
    stride : int, default=None
        Number of pixels between outputs, on both axes. None means the largest power of two up to T. Ignored unless
        ``average="local"``.
    oversampling : int, default=0
        Oversampling of the intermediate moduli; the output keeps its shape. Each unit samples them 2.2 times as finely
        on each axis and divides the error by ten. Relative l2 errors are typically 1e-2 at 0; the :ref:`largest
        <accuracy>` are those of very small images.
    padding : {"symmetric", "reflect", "wrap", "edge", "constant"}, default="symmetric"
        How the image is extended at its boundaries, as in :func:`numpy.pad`: "symmetric" mirrors it, with the border
        pixels repeated; "reflect" mirrors it without repeating them; "wrap" treats it as periodic; "edge" repeats the
        border pixels; "constant" adds zeros.
    renormalize : bool, default=False
        Divide second-order coefficients by the averaged first layer, and first-order coefficients by the local mean of
        ``|x|``, so that they no longer depend on the amplitude.
    shape : tuple of int, default=None
        Shape of one image in flat X, ``(height, width)`` or ``(channels, height, width)``, as in
        :func:`numpy.reshape`. If None, images are square.
    channel_axis : int, default=None
        Axis of one image that holds its channels, as in scikit-image: -1 if X has shape ``(n, height, width,
        channels)``, 0 if it has shape ``(n, channels, height, width)``. With flat X, it is an axis of ``shape``.
        Features are always ordered channels first. None means channels first if X has four axes, or ``shape`` three,
        with a warning if they almost certainly come last.
    channel_names : sequence of str, default=None
        Names of the channels, such as colors, in feature names: ``rototranslationscattering2d_red_j1=0_rot=1_y0_x0``.
        None names them ``c0``, ``c1`` and so on.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Jobs are threads over blocks of images unless that context says otherwise. GPU
        arrays are processed in the calling thread.
    verbose : int, default=0
        Verbosity level.

    Attributes
    ----------
    plan_ : Plan
        Filters and paths for the shape seen during :term:`fit`.
    paths_ : structured ndarray of shape (n_paths,)
        One row per path: ``order``, ``parent`` (a row number); log2 scales ``j1`` and ``j2``, center frequencies
        ``xi1`` and ``xi2``, bandwidths ``sigma1`` and ``sigma2`` in cycles per pixel; ``theta2``, the orientation of
        the second wavelet relative to the first, in steps of pi / L (with ``separable=True``, its index in the bank);
        wavelet along the angle: its index ``n_rot`` (0 is the low-pass filter), log2 scale ``j_rot``, frequency
        ``xi_rot`` and bandwidth ``sigma_rot`` in cycles per rotation, and ``spin``, the sign of the frequency. -1 or
        NaN where the path has no such wavelet. The paths include the mean of the image only with
        ``average_angle="global"``.
    output_shape_ : tuple of int
        Shape of the coefficients of one image: ``(n_paths, height, width)``, after the number of channels if X has
        such an axis; L angles come before the height if they are not averaged; no height and width if
        ``average="global"``.
    frame_bounds_ : tuple of float
        Minimum and maximum of the Littlewood-Paley sum in space.
    signal_shape_ : tuple of int
        Shape of one image, channels first.
    ndim_ : int
        Number of axes of one image, without channels.
    kinds_ : ndarray of int of shape (n_features_out,)
        Kind of each coefficient: those of the same order and power are normalized together.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    Scattering2D : Scattering of images with a canonical orientation.
    skscat.preprocessing.RotationAveraging : Averages of Scattering2D over rotations, without wavelets along the angle.
    skscat.preprocessing.ScaleAveraging : Average features over scales as well.

    Notes
    -----
    Wavelets have L orientations in [0, pi). Wavelets in [pi, 2 pi) would only add the complex conjugate of the second
    layer: both spins of a wavelet along the angle therefore have the same average over all angles, and only one is
    computed (unless ``separable=True``).

    With ``normalize="tight"``, ``padding="wrap"``, ``stride=1`` and ``T <= 2**J`` the transform is nonexpansive:
    ``norm(S x - S y) <= norm(x - y)``.

    With ``average_angle=None`` the averages share most frequencies along the angle with the wavelets. Coefficients of
    first order are then divided by ``sqrt(2)``, except with ``J_rot=0``, ``average="global"``, ``renormalize=True`` or
    ``normalize="l1"``.

    References
    ----------
    .. [1] L. Sifre and S. Mallat, "Rotation, scaling and deformation invariant scattering for texture discrimination",
           Proc. CVPR (2013), 1233-1240.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import RotoTranslationScattering2D
    >>> X = np.random.default_rng(0).standard_normal((2, 32, 32))
    >>> scattering = RotoTranslationScattering2D(J=3, average="global").fit(X)
    >>> S, S_rotated = scattering.transform(X), scattering.transform(np.rot90(X, axes=(1, 2)))
    >>> bool(np.abs(S_rotated - S).max() < 1e-3 * S.max())
    True
    """

    _ndim = 2
    _index_name = "a"

    _parameter_constraints: dict = {
        **JOINT_CONSTRAINTS,
        "L": [at_least(2)],
        "J_rot": [None, at_least(0)],
        "slant": [None, POSITIVE],
        "separable": ["boolean"],
        "average_angle": [None, StrOptions({"global"})],
    }

    def __init__(
        self,
        J: int | None = None,
        *,
        L: int = 8,
        J_rot: int | None = None,
        T: float | None = None,
        slant: float | None = None,
        max_order: int = 2,
        separable: bool = False,
        normalize: str = "tight",
        average: str = "local",
        average_angle: str | None = "global",
        stride: int | None = None,
        oversampling: int = 0,
        padding: str = "symmetric",
        renormalize: bool = False,
        shape: tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.J = J
        self.L = L
        self.J_rot = J_rot
        self.T = T
        self.slant = slant
        self.max_order = max_order
        self.separable = separable
        self.normalize = normalize
        self.average = average
        self.average_angle = average_angle
        self.stride = stride
        self.oversampling = oversampling
        self.padding = padding
        self.renormalize = renormalize
        self.shape = shape
        self.channel_axis = channel_axis
        self.channel_names = channel_names
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _make_plan(self, shape):
        L = self.L
        layout = layout_2d(
            shape,
            J=self.J,
            L=L,
            Q=1,
            T=self.T,
            slant=self.slant,
            max_order=self.max_order,
            normalize=self.normalize,
            stride=self.stride,
            padding=self.padding,
            oversampling=self.oversampling,
        )
        bank = layout.banks[0]
        J = len(bank.psi) // L
        plan = layout.plan_first_order(np.ones(len(bank.psi), dtype=bool), average=self.average)
        kept = self.average_angle is None
        angles = _angle_bank(L, self.J_rot, self.normalize, two_sided=self.separable or kept)
        density = oversampled(DENSITY_1D, self.oversampling)[1]
        joint = Joint(
            bank=angles,
            # Moduli have the period pi; wavelets rotated by pi are conjugates.
            lift=np.tile(np.arange(L), 2),
            conjugated=slice(0, 0) if self.separable else slice(L, 2 * L),
            outputs=np.arange(L) if kept else None,
            n_samples=2 * L,
            # With all angles kept, rotating the image by a multiple of pi / L shifts the axis by whole samples.
            sizes=(2 * L,) * len(angles.psi) if kept else index_sizes(angles, density, 4),
            siblings=tuple(1 + j * L + np.arange(L) for j in range(J)),
            gain=first_order_gain(angles, 1, self.average, self.normalize) if kept else 1.0,
        )
        convolutions = list(_first_order(bank.table, angles, J, L, self.normalize))
        if self.max_order > 1:
            convolutions += _second_order(bank.table, angles, J, L, self.separable)
        return layout.join(plan, joint, convolutions, FIELDS, LABELS)
