"""Scattering of images."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from skscat._core._paths import order_labels
from skscat._sklearn import POSITIVE, at_least
from skscat._transforms._base import COMMON_CONSTRAINTS, PlannedScattering
from skscat._transforms._gaps import GAP_CONSTRAINTS, GapsMixin
from skscat._transforms._layout import layout_2d


class Scattering2D(GapsMixin, PlannedScattering):
    r"""Scattering transform of images.

    A cascade of convolutions with oriented wavelets and moduli, averaged over space:

    .. math:: S x(u, j_1, \theta_1, j_2, \theta_2) =
              ||x * \psi_{j_1, \theta_1}| * \psi_{j_2, \theta_2}| * \phi_T(u), \quad j_1 < j_2

    The coefficients are invariant to translations much smaller than T pixels and stable to deformations.

    Read more in the :ref:`User Guide <scattering2d>`.

    Parameters
    ----------
    J : int, default=None
        Log2 of the largest scale of the wavelets, in pixels: 3 for digits of 28 x 28 pixels, 4 to 5 for textures of
        200 x 200. None means the largest for which the shorter side of an image holds three such scales. If ``2**J``
        is longer than a side, images are padded and a warning is given.
    L : int, default=8
        Number of orientations in [0, pi). A tight bank needs at least two.
    Q : int, default=1
        Number of wavelets per octave.
    T : float, default=None
        Averaging scale, in pixels: set T to the largest shift the features should be invariant to. The averaging
        window has a full width at half maximum of about 0.9 T. None means ``2**J``.
    slant : float, default=None
        Width of a wavelet's envelope along its direction of oscillation, relative to the width across. None means
        ``4 / L`` if ``normalize="l1"`` and Q = 1, as in the conventional Morlet wavelet, and otherwise the value with
        the same angular selectivity. With a tight bank, an error is raised if the wavelets are so selective that they
        do not cover all directions.
    max_order : int, default=2
        Number of wavelet layers. Orders beyond 2 spread little energy over many coefficients.
    normalize : {"tight", "l1"}, default="tight"
        "tight" makes a filter bank that preserves the norm; "l1" the conventional one, whose envelopes have unit l1
        norm, to reproduce published coefficients.
    average : {"local", "global", None}, default="local"
        How the moduli are averaged: "local" over T pixels, with one output every ``stride`` pixels, if position
        matters (digits, objects); "global" over the whole image, for textures; None keeps the moduli at every pixel.
    stride : int, default=None
        Number of pixels between outputs, on both axes. None means the largest power of two up to T; half of that keeps
        more information and often gives a higher accuracy. Ignored unless ``average="local"``.
    oversampling : int, default=0
        Oversampling of the intermediate moduli; the output keeps its shape. Each unit samples them 2.2 times as finely
        on each axis and divides the error by ten. Relative l2 errors are typically 1e-2 at 0; the :ref:`largest
        <accuracy>` are those of very small images. Ignored if ``average=None``, where nothing is subsampled. (In
        Kymatio, the parameter of this name makes the output denser; here, ``stride`` does.)
    padding : {"symmetric", "reflect", "wrap", "edge", "constant"}, default="symmetric"
        How the image is extended at its boundaries, as in :func:`numpy.pad`: "symmetric" mirrors it, with the border
        pixels repeated; "reflect" mirrors it without repeating them; "wrap" treats it as periodic; "edge" repeats the
        border pixels; "constant" adds zeros.
    renormalize : bool, default=False
        Divide coefficients of second and higher orders by their parents, and those of first order by the local mean of
        ``|x|``, so that they no longer depend on the amplitude. Not available with ``average=None``.
    complex_input : bool, default=False
        Whether images are complex, such as polarization Q + iU or synthetic-aperture radar. Wavelets of first order
        then have 2 L orientations in [0, 2 pi), numbered ``theta1`` from 0 to ``2 * L - 1``, since opposite
        frequencies differ. Higher orders use the same wavelets as for real images, because moduli are real. The zeroth
        order is the modulus of the average of the image, so that no coefficient depends on a global phase. Real X is
        accepted; its imaginary part is zero. If False, complex X raises an error.
    nan_policy : {"raise", "omit"}, default="raise"
        What to do about missing pixels, which are NaN, or masked in a :class:`numpy.ma.MaskedArray`. "raise" raises
        an error; "omit" leaves them out, as in :mod:`scipy.stats`: they have no influence on the coefficients, which
        are averages of moduli far enough from :ref:`gaps <gaps>`. Coefficients without such moduli are NaN.
    min_coverage : float, default=0.25
        Smallest coverage of a coefficient, greater than 0 and at most 1; coefficients with less coverage are NaN. The
        coverage is the average weight of the moduli in a coefficient, 1 far from gaps. Larger values give fewer
        coefficients, of smaller variance. Ignored if ``nan_policy="raise"``.
    shape : tuple of int, default=None
        Shape of one image in flat X, ``(height, width)`` or ``(channels, height, width)``, as in
        :func:`numpy.reshape`. If None, images are square.
    channel_axis : int, default=None
        Axis of one image that holds its channels, as in scikit-image: -1 if X has shape ``(n, height, width,
        channels)``, 0 if it has shape ``(n, channels, height, width)``. With flat X, it is an axis of ``shape``.
        Features are always ordered channels first. None means channels first if X has four axes, or ``shape`` three,
        with a warning if they almost certainly come last.
    channel_names : sequence of str, default=None
        Names of the channels, such as colors, in feature names: ``scattering2d_red_j1=0_th1=3_y2_x5``. None names them
        ``c0``, ``c1`` and so on.
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
        One row per path: ``order``, ``parent`` (a row number), and for each order (here the first) the filter index
        ``n1``, log2 scale ``j1``, orientation index ``theta1`` and angle ``angle1`` (in radians from axis 0), center
        frequency ``xi1`` and bandwidth ``sigma1`` in cycles per pixel; -1 or NaN where the path is shorter.
    output_shape_ : tuple of int
        Shape of the coefficients of one image: ``(n_paths, height, width)``, after the number of channels if X has
        such an axis; no height and width if ``average="global"``.
    frame_bounds_ : tuple of float
        Minimum and maximum of the Littlewood-Paley sum.
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
    RotoTranslationScattering2D : Invariant to rotations as well.
    Scattering1D : Scattering of time series.

    Notes
    -----
    For a real image, ``complex_input=True`` gives the same coefficients at opposite angles, ``theta1`` and ``theta1 +
    L``. With ``normalize="tight"``, they are those of the real transform divided by the square root of 2, in first and
    higher orders, since each of them holds half the energy; with ``normalize="l1"``, they are equal to those of the
    real transform. Mirroring a complex image at its boundaries (``padding="symmetric"`` or ``"reflect"``) reverses the
    sign of its frequencies there: set ``padding`` to ``"constant"`` or ``"wrap"`` if small coefficients at the
    opposite frequencies matter.

    With ``normalize="tight"``, ``padding="wrap"``, ``stride=1`` and ``T <= 2**J`` the transform is nonexpansive:
    ``norm(S x - S y) <= norm(x - y)``.

    The low-pass filter of a tight bank has small negative values, and so may averages of moduli: clip them at zero
    before a logarithm or a root. With ``normalize="l1"`` they are nonnegative to within 1e-5 of the largest.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. PAMI 35 (2013), 1872-1886.

    Examples
    --------
    >>> from skscat import Scattering2D
    >>> from skscat.datasets import load_digits_sample
    >>> digits = load_digits_sample()
    >>> scattering = Scattering2D(J=3).fit(digits.data)
    >>> scattering.transform(digits.data[:2]).shape, scattering.output_shape_
    ((2, 3472), (217, 4, 4))
    """

    _ndim = 2

    _parameter_constraints: dict = {
        **COMMON_CONSTRAINTS,
        **GAP_CONSTRAINTS,
        "L": [at_least(1)],
        "Q": [at_least(1)],
        "slant": [None, POSITIVE],
        "complex_input": ["boolean"],
    }

    def __init__(
        self,
        J: int | None = None,
        *,
        L: int = 8,
        Q: int = 1,
        T: float | None = None,
        slant: float | None = None,
        max_order: int = 2,
        normalize: str = "tight",
        average: str | None = "local",
        stride: int | None = None,
        oversampling: int = 0,
        padding: str = "symmetric",
        renormalize: bool = False,
        complex_input: bool = False,
        nan_policy: str = "raise",
        min_coverage: float = 0.25,
        shape: tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.J = J
        self.L = L
        self.Q = Q
        self.T = T
        self.slant = slant
        self.max_order = max_order
        self.normalize = normalize
        self.average = average
        self.stride = stride
        self.oversampling = oversampling
        self.padding = padding
        self.renormalize = renormalize
        self.complex_input = complex_input
        self.nan_policy = nan_policy
        self.min_coverage = min_coverage
        self.shape = shape
        self.channel_axis = channel_axis
        self.channel_names = channel_names
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _make_plan(self, shape, warn=True):
        layout = layout_2d(
            shape,
            J=self.J,
            L=self.L,
            Q=self.Q,
            T=self.T,
            slant=self.slant,
            max_order=self.max_order,
            normalize=self.normalize,
            stride=self.stride,
            padding=self.padding,
            oversampling=self.oversampling,
            complex_input=self.complex_input,
            warn=warn,
        )
        # A modulus varies more slowly than its wavelet oscillates: only wavelets an octave coarser overlap its
        # spectrum. Scales are compared by number, because fractions of octaves are rounded.
        scales = [np.arange(len(bank.psi)) // (2 * self.L if bank.two_sided else self.L) for bank in layout.banks]
        allowed = [np.ones(len(scales[0]), dtype=bool)]
        allowed += [b >= a[:, np.newaxis] + self.Q for a, b in pairwise(scales)]
        allowed = allowed[: self.max_order]
        labels = order_labels(len(allowed), j="j", theta="th")
        return layout.plan(allowed, average=self.average, labels=labels, min_coverage=self._min_coverage())
