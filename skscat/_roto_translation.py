"""Scattering of images on the group of rigid motions."""

from dataclasses import replace
from numbers import Integral, Real

import numpy as np

from skscat._base import COMMON_CONSTRAINTS, BaseScattering
from skscat._checks import check_choice, check_counts
from skscat._joint import GAIN, Convolution, Joint, half_of, index_sizes, join, rescaled
from skscat._layout import DENSITY_1D, layout_2d
from skscat._plan import LOW_PASS
from skscat._validation import Interval, StrOptions
from skscat.filters import all_pass, spin_bank_1d

FIELDS = [
    *((f"{name}{m}", kind) for m in (1, 2) for name, kind in (("j", int), ("xi", float), ("sigma", float))),
    ("theta2", int),
]


def plan_roto_translation(
    shape,
    *,
    J=None,
    L=8,
    J_rot=None,
    T=None,
    slant=None,
    max_order=2,
    separable=False,
    normalize="tight",
    average="local",
    average_angle="global",
    stride=None,
    oversampling=0,
    padding="reflect",
):
    """Plan the roto-translation scattering of images of a given shape.

    Parameters are those of :class:`RotoTranslationScattering2D`.

    Parameters
    ----------
    shape : tuple of int
        Height and width of an image.
    J : int, default=None
        Log2 of the largest scale.
    L : int, default=8
        Angles on half a turn.
    J_rot : int, default=None
        Log2 of the largest scale along the angle, in steps of pi / L.
    T : float, default=None
        Averaging scale, in pixels.
    slant : float, default=None
        Ratio of the widths of a wavelet's envelope.
    max_order : {1, 2}, default=2
        Wavelet layers in space.
    separable : bool, default=False
        Whether wavelets of the second layer keep their direction rather than turn with the angle that they meet.
    normalize : {"tight", "l1"}, default="tight"
        Normalisation of the filters.
    average : {"local", "global"}, default="local"
        Average in space.
    average_angle : {"global", None}, default="global"
        Average over angles; None keeps them.
    stride : int, default=None
        Pixels between outputs.
    oversampling : int, default=0
        How much finer than needed the moduli are sampled.
    padding : {"reflect", "periodic", "edge", "constant"}, default="reflect"
        What lies beyond the image.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ValueError
        If a parameter is not as documented, T is longer than a side of the image, or a tight bank is asked for whose
        wavelets leave directions out: too small a slant.

    See Also
    --------
    scatter : Run the plan.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import plan_roto_translation, scatter
    >>> plan = plan_roto_translation((32, 32), J=3)
    >>> scatter(np.ones((2, 32, 32)), plan).shape
    (2, 136, 4, 4)
    """
    check_choice("max_order", max_order, (1, 2))
    check_choice("average_angle", average_angle, ("global", None))
    check_counts(2, L=L)
    layout = layout_2d(
        shape,
        J=J,
        L=L,
        Q=1,
        T=T,
        slant=slant,
        max_order=2,
        normalize=normalize,
        stride=stride,
        padding=padding,
    )
    bank = layout.banks[0]
    J = len(bank.psi) // L
    # Every modulus of the first layer is filtered again.
    plan = layout._replace(density=(layout.density[0],) * 2).plan(
        [np.ones(len(bank.psi), dtype=bool)], average=average, oversampling=oversampling, labels=()
    )
    kept = average_angle is None
    angles = _angle_bank(L, J_rot, normalize, two_sided=separable or kept)
    joint = Joint(
        bank=angles,
        # Moduli have the period pi; wavelets that turned by pi are conjugates.
        lift=np.tile(np.arange(L), 2),
        conjugated=slice(0, 0) if separable else slice(L, 2 * L),
        outputs=np.arange(L) if kept else None,
        n_places=2 * L,
        # With all angles kept, to turn the image by steps of pi / L is to shift the axis by cells, exactly.
        sizes=(2 * L,) * len(angles.psi) if kept else index_sizes(angles, DENSITY_1D[1], oversampling, 4),
        groups=tuple(1 + j * L + np.arange(L) for j in range(J)),
    )
    convolutions = [*_of_order_one(bank.table, angles.table, J, L, normalize)]
    if max_order > 1:
        convolutions += _of_order_two(bank.table, angles.table, J, L, separable)
    labels = (("j1", "j1"), ("j2", "j2"), ("theta2", "th2"), ("n_rot", "rot"))
    return join(plan, joint, convolutions, FIELDS, labels, layout, oversampling)


def _angle_bank(L, J_rot, normalize, two_sided):
    """Wavelets along the angle on a full turn; frequencies in cycles per turn. ``phi`` keeps all angles."""
    J_rot = int(np.log2(L)) if J_rot is None else J_rot
    check_counts(0, J_rot=J_rot)
    bank = spin_bank_1d(2 * L, J_rot, 1, None, normalize, two_sided, axis="rot")
    return replace(rescaled(bank, 2 * L), phi=all_pass(2 * L))


def _scale(table, j, L, m):
    """What the table of paths says of the wavelets of one scale, as those of layer m."""
    return {f"{name}{m}": table[name][j * L] for name in ("j", "xi", "sigma")}


def _of_order_one(table, angles, J, L, normalize):
    two_sided = (angles["spin"] < 0).any()
    for j in range(J):
        yield Convolution(j, None, _scale(table, j, L, 1))
        gain = GAIN[normalize] if two_sided else 1.0
        yield Convolution(j, (LOW_PASS,) * L, _scale(table, j, L, 1), half_of(angles), gain)


def _of_order_two(table, angles, J, L, separable):
    everything = tuple(range(len(angles)))
    for j1 in range(J):
        for j2 in range(j1 + 1, J):
            for theta2 in range(L):
                fields = _scale(table, j1, L, 1) | _scale(table, j2, L, 2) | {"theta2": theta2}
                turns = np.full(L, theta2) if separable else theta2 + np.arange(L)
                # Beyond half a turn stand the mirror images of the bank.
                filters = turns % L + j2 * L + (turns // L) * J * L
                yield Convolution(j1, tuple(filters.tolist()), fields, everything)


class RotoTranslationScattering2D(BaseScattering):
    r"""Features of images that are stable to translations and rotations, jointly.

    The first layer :math:`U(u, j_1, \theta) = |x * \psi_{j_1, \theta}|(u)` is a function of position and angle. It is
    filtered on the group of rigid motions: with wavelets in space that turn with the angle that they meet, then with
    wavelets along the angle, both before one modulus; and averaged over space and angle:

    .. math:: S x(u, j_1, j_2, \theta_2, k) =
              |U *_u \psi_{j_2, \theta + \theta_2} *_\theta \psi_k| *_u \phi_T *_\theta 1

    with low-pass filters among the wavelets. To turn the image by a multiple of :math:`\pi / L` leaves it unchanged.

    Read more in the :ref:`User Guide <roto_translation>`.

    Parameters
    ----------
    J : int, default=None
        Log2 of the largest scale, in pixels. None takes the largest for which the shorter side of an image holds
        three such scales. If ``2**J`` is longer than a side, images are padded and a warning given.
    L : int, default=8
        Angles on half a turn.
    J_rot : int, default=None
        Log2 of the largest scale along the angle, in steps of pi / L. None takes half a turn, ``log2(L)``, rounded
        down. 0 leaves angles apart: no convolution along them.
    T : float, default=None
        Averaging scale, in pixels: a Gaussian window of standard deviation 0.4 T. None means ``2**J``.
    slant : float, default=None
        Width of a wavelet's envelope along its direction of oscillation over that across; see :class:`Scattering2D`.
    max_order : {1, 2}, default=2
        Wavelet layers in space. With 1, the averaged first layer and its wavelets along the angle.
    separable : bool, default=False
        True filters with wavelets of the second layer that keep their direction: cheaper, but what an image does along
        a direction that turns is not seen, and coefficients of order two are not invariant to rotation.
    normalize : {"tight", "l1"}, default="tight"
        "tight" makes banks that keep the norm; "l1" the conventional ones.
    average : {"local", "global"}, default="local"
        "local" averages over T pixels and keeps one output every ``stride``; "global" takes the mean over the image.
    average_angle : {"global", None}, default="global"
        "global" averages over angles; None keeps L of them, and wavelets of either spin.
    stride : int, default=None
        Pixels between outputs, on both axes. None takes the largest power of two up to T.
    oversampling : int, default=0
        How much finer than needed the moduli are sampled inside: each unit makes grids 2.2 times finer on each axis
        and errors ten times smaller. 0 is right to about 1e-2.
    padding : {"reflect", "periodic", "edge", "constant"}, default="reflect"
        What lies beyond the image: its mirror image, itself, its border values, or zeros.
    renormalize : bool, default=False
        Divide coefficients of order two by the averaged first layer, and those of order one by the local mean of
        ``|x|``: they no longer depend on the contrast.
    shape : tuple of int, default=None
        Shape of one image in flat X, ``(height, width)`` or ``(channels, height, width)``, as ``numpy.reshape`` reads
        it. None takes square images.
    n_jobs : int, default=None
        Number of threads over blocks of images. None means 1 unless a ``joblib.parallel_config`` context says
        otherwise, -1 all cores; such a context may also put processes in their place.
    verbose : int, default=0
        Verbosity of joblib.

    Attributes
    ----------
    plan_ : Plan
        Filters and paths for the shape seen in ``fit``.
    paths_ : structured ndarray of shape (n_paths,)
        One row per path: ``order``, ``parent`` (a row); log2 scales ``j1`` and ``j2``, centre frequencies ``xi1`` and
        ``xi2``, bandwidths ``sigma1`` and ``sigma2`` in cycles per pixel; ``theta2``, the angle of the second wavelet
        in steps of pi / L, from the first wavelet's (with ``separable=True``, its number in the bank); wavelet along
        the angle: its number ``n_rot`` (0 is the low-pass filter), log2 scale ``j_rot``, frequency ``xi_rot`` and
        bandwidth ``sigma_rot`` in cycles per turn, and ``spin``, the sign of the frequency. -1 or NaN where the path
        has no such wavelet. The mean of the image is among the paths with ``average_angle="global"`` only.
    output_shape_ : tuple of int
        ``(n_paths, height, width)`` of the output, after the number of channels if X has such an axis; L angles come
        before the height if they are not averaged; no height and width if ``average="global"``.
    frame_bounds_ : tuple of float
        Extreme values of the Littlewood-Paley sum in space.
    signal_shape_ : tuple of int
        Shape of one image.
    ndim_ : int
        Number of axes of one signal, without channels.
    groups_ : ndarray of int of shape (n_features_out,)
        Number of the group of each output: outputs of the same order and power, which are alike in size.
    n_features_in_ : int
        Numbers in one image.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    Scattering2D : Without rotations.
    plan_roto_translation : The plan, without scikit-learn.

    Notes
    -----
    Angles are those of the wavelets: steps of pi / L on half a turn. Along a full turn the second layer repeats itself
    as its conjugate; both spins of a wavelet along the angle therefore have the same average, and one is computed.

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
    >>> S, S_turned = scattering.transform(X), scattering.transform(np.rot90(X, axes=(1, 2)))
    >>> bool(np.abs(S_turned - S).max() < 1e-3 * S.max())
    True
    """

    _ndim = 2
    _index_name = "a"

    _parameter_constraints: dict = {
        **COMMON_CONSTRAINTS,
        "L": [Interval(Integral, 2, None, closed="left")],
        "J_rot": [None, Interval(Integral, 0, None, closed="left")],
        "slant": [None, Interval(Real, 0, None, closed="neither")],
        "max_order": [Interval(Integral, 1, 2, closed="both")],
        "separable": ["boolean"],
        "average": [StrOptions({"local", "global"})],
        "average_angle": [None, StrOptions({"global"})],
    }

    def __init__(
        self,
        J=None,
        *,
        L=8,
        J_rot=None,
        T=None,
        slant=None,
        max_order=2,
        separable=False,
        normalize="tight",
        average="local",
        average_angle="global",
        stride=None,
        oversampling=0,
        padding="reflect",
        renormalize=False,
        shape=None,
        n_jobs=None,
        verbose=0,
    ):
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
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _make_plan(self, shape, **parameters):
        return plan_roto_translation(shape, **parameters)
