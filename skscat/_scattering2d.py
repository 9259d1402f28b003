"""Scattering of images."""

from numbers import Integral, Real

import numpy as np

from skscat._base import COMMON_CONSTRAINTS, BaseScattering
from skscat._layout import layout_2d
from skscat._validation import Interval


def plan_scattering2d(
    shape,
    *,
    J=None,
    L=8,
    Q=1,
    T=None,
    slant=None,
    max_order=2,
    normalize="tight",
    average="local",
    stride=None,
    oversampling=0,
    padding="reflect",
):
    """Plan the scattering transform of images of a given shape.

    Parameters are those of :class:`Scattering2D`.

    Parameters
    ----------
    shape : tuple of int
        Height and width of an image.
    J : int, default=None
        Log2 of the largest scale.
    L : int, default=8
        Angles on half a turn.
    Q : int, default=1
        Wavelets per octave.
    T : float, default=None
        Averaging scale, in pixels.
    slant : float, default=None
        Ratio of the widths of a wavelet's envelope.
    max_order : int, default=2
        Wavelet layers.
    normalize : {"tight", "l1"}, default="tight"
        Normalisation of the filters.
    average : {"local", "global", None}, default="local"
        What is done with the moduli.
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
        wavelets leave directions out: a single angle, or too small a slant.

    See Also
    --------
    scatter : Run the plan.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import plan_scattering2d, scatter
    >>> plan = plan_scattering2d((32, 32), J=3)
    >>> scatter(np.ones((2, 3, 32, 32)), plan).shape
    (2, 3, 217, 4, 4)
    """
    layout = layout_2d(
        shape,
        J=J,
        L=L,
        Q=Q,
        T=T,
        slant=slant,
        max_order=max_order,
        normalize=normalize,
        stride=stride,
        padding=padding,
    )
    # A modulus varies more slowly than its wavelet oscillates: only wavelets an octave coarser see anything in it.
    # Scales go by their numbers, for fractions of octaves are rounded.
    q = np.arange(len(layout.banks[0].psi)) // L
    allowed = [np.ones(len(q), dtype=bool)] + [q >= q[:, np.newaxis] + Q] * (max_order - 1)
    return layout.plan(
        allowed[:max_order], average=average, oversampling=oversampling, labels=(("j", "j"), ("theta", "th"))
    )


class Scattering2D(BaseScattering):
    r"""Translation-stable features of images.

    A cascade of convolutions with oriented wavelets and moduli, averaged over space:

    .. math:: S x(u, j_1, \theta_1, j_2, \theta_2) =
              ||x * \psi_{j_1, \theta_1}| * \psi_{j_2, \theta_2}| * \phi_T(u), \quad j_1 < j_2

    Read more in the :ref:`User Guide <scattering2d>`.

    Parameters
    ----------
    J : int, default=None
        Log2 of the largest scale, in pixels. None takes the largest for which the shorter side of an image holds
        three such scales. If ``2**J`` is longer than a side, images are padded and a warning given.
    L : int, default=8
        Angles on half a turn. A tight bank needs two at least.
    Q : int, default=1
        Wavelets per octave.
    T : float, default=None
        Averaging scale, in pixels: a Gaussian window of standard deviation 0.4 T. None means ``2**J``.
    slant : float, default=None
        Width of a wavelet's envelope along its direction of oscillation over that across. None takes that of
        the conventional Morlet wavelet, ``4 / L`` for ``normalize="l1"`` and Q = 1, or one as selective in angle. A
        tight bank is refused where wavelets are so narrow in angle that they leave directions out.
    max_order : int, default=2
        Number of wavelet layers.
    normalize : {"tight", "l1"}, default="tight"
        "tight" makes a bank that keeps the norm; "l1" the conventional one, to reproduce published coefficients.
    average : {"local", "global", None}, default="local"
        "local" averages over T pixels and keeps one output every ``stride``; "global" takes the mean over the image;
        None keeps the moduli, at every pixel.
    stride : int, default=None
        Pixels between outputs, on both axes. None takes the largest power of two up to T; half of that keeps more and
        often classifies better.
    oversampling : int, default=0
        How much finer than needed the moduli are sampled inside: each unit makes grids 2.2 times finer on each axis
        and errors ten times smaller. 0 is right to about 1e-2.
    padding : {"reflect", "periodic", "edge", "constant"}, default="reflect"
        What lies beyond the image: its mirror image, itself, its border values, or zeros.
    renormalize : bool, default=False
        Divide coefficients of order two and more by their parent, and those of order one by the local mean of
        ``|x|``: they no longer depend on the contrast. Needs an average.
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
        One row per path: ``order``, ``parent`` (a row), and for each order m the filter number ``nm``, log2 scale
        ``jm``, number ``thetam`` and ``anglem`` (radians from the row axis) of its direction, centre frequency ``xim``
        and bandwidth ``sigmam`` in cycles per pixel; -1 or NaN where the path is shorter.
    output_shape_ : tuple of int
        ``(n_paths, height, width)`` of the output, after the number of channels if X has such an axis; no height and
        width if ``average="global"``.
    frame_bounds_ : tuple of float
        Extreme values of the Littlewood-Paley sum.
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
    Scattering1D : The same for time series.
    plan_scattering2d : The plan, without scikit-learn.

    Notes
    -----
    With ``normalize="tight"``, ``padding="periodic"``, ``stride=1`` and ``T <= 2**J`` the transform is contractive:
    ``norm(S x - S y) <= norm(x - y)``.

    The low-pass filter of a tight bank has small negative values, and so may have averages of moduli: clip them at
    zero before a logarithm or a root. With ``normalize="l1"`` they are positive to 1e-5 of the largest.

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
        "L": [Interval(Integral, 1, None, closed="left")],
        "Q": [Interval(Integral, 1, None, closed="left")],
        "slant": [None, Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        J=None,
        *,
        L=8,
        Q=1,
        T=None,
        slant=None,
        max_order=2,
        normalize="tight",
        average="local",
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
        self.shape = shape
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _make_plan(self, shape, **parameters):
        return plan_scattering2d(shape, **parameters)
