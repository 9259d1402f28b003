"""Scattering of one-dimensional signals."""

from itertools import pairwise
from numbers import Integral, Real

import numpy as np

from skscat._base import COMMON_CONSTRAINTS, BaseScattering
from skscat._checks import check_positive
from skscat._layout import WAVELETS_1D, layout_1d, may_follow
from skscat._validation import Interval, StrOptions


def plan_scattering1d(
    length,
    *,
    J=None,
    Q=1,
    T=None,
    max_order=2,
    wavelet="morlet",
    normalize="tight",
    average="local",
    stride=None,
    oversampling=0,
    padding="reflect",
    sampling_rate=None,
):
    """Plan the scattering transform of signals of a given length.

    Parameters are those of :class:`Scattering1D`.

    Parameters
    ----------
    length : int
        Samples of a signal.
    J : int, default=None
        Log2 of the largest scale.
    Q : int or sequence of int, default=1
        Wavelets per octave.
    T : float, default=None
        Averaging scale, in samples.
    max_order : int, default=2
        Wavelet layers.
    wavelet : {"morlet", "battle_lemarie"}, default="morlet"
        Family of wavelets.
    normalize : {"tight", "l1"}, default="tight"
        Normalisation of the filters.
    average : {"local", "global", None}, default="local"
        What is done with the moduli.
    stride : int, default=None
        Samples between outputs.
    oversampling : int, default=0
        How much finer than needed the moduli are sampled.
    padding : {"reflect", "periodic", "edge", "constant"}, default="reflect"
        What lies beyond the signal.
    sampling_rate : float, default=None
        Samples per second.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ValueError
        If a parameter is not as documented, T is longer than the signal, or Q asks for what the wavelets can't do.

    See Also
    --------
    scatter : Run the plan.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import plan_scattering1d, scatter
    >>> plan = plan_scattering1d(1024, J=6, Q=8)
    >>> scatter(np.ones((3, 1024)), plan).shape
    (3, 204, 16)
    """
    check_positive(sampling_rate=sampling_rate)
    layout = layout_1d(
        length,
        J=J,
        Q=Q,
        T=T,
        max_order=max_order,
        wavelet=wavelet,
        normalize=normalize,
        stride=stride,
        padding=padding,
    )
    allowed = [np.ones(len(layout.banks[0].psi), dtype=bool)][:max_order]
    allowed += [may_follow(a, b, normalize) for a, b in pairwise(layout.banks)]
    return layout.plan(
        allowed,
        average=average,
        oversampling=oversampling,
        frequency_unit=sampling_rate or 1.0,
        labels=(("xi", "xi"),),
    )


class Scattering1D(BaseScattering):
    r"""Translation-stable features of one-dimensional signals.

    A cascade of wavelet convolutions and moduli, averaged over time:

    .. math:: S x(t, \lambda_1, \lambda_2) = ||x * \psi_{\lambda_1}| * \psi_{\lambda_2}| * \phi_T(t)

    Read more in the :ref:`User Guide <scattering1d>`.

    Parameters
    ----------
    J : int, default=None
        Log2 of the largest scale, in samples. None takes the largest for which a signal holds eight such scales. If
        ``2**J`` is longer than the signal, the signal is padded and a warning given.
    Q : int or sequence of int, default=1
        Wavelets per octave: a number for the first order (later orders then have one), or a sequence with one number
        per order. The last number of a sequence is repeated for further orders; numbers beyond ``max_order`` are not
        used.
    T : float, default=None
        Averaging scale, in samples: a Gaussian window of standard deviation 1.6 T. None means ``2**J``.
    max_order : int, default=2
        Number of wavelet layers.
    wavelet : {"morlet", "battle_lemarie"}, default="morlet"
        Family of wavelets. Battle-Lemarie wavelets are cubic splines, one per octave.
    normalize : {"tight", "l1"}, default="tight"
        "tight" makes a bank that keeps the norm; "l1" the conventional one, to reproduce published coefficients.
    average : {"local", "global", None}, default="local"
        "local" averages over T samples and keeps one output every ``stride``; "global" takes the mean over the signal;
        None keeps the moduli, at every sample (with ``max_order=1`` that is a scalogram).
    stride : int, default=None
        Samples between outputs. None takes the largest power of two up to T.
    oversampling : int, default=0
        How much finer than needed the moduli are sampled inside: each unit makes grids 2.2 times finer and errors five
        to ten times smaller. 0 is right to about 1e-3.
    padding : {"reflect", "periodic", "edge", "constant"}, default="reflect"
        What lies beyond the ends of the signal: its mirror image, itself, its end values, or zeros.
    renormalize : bool, default=False
        Divide coefficients of order two and more by their parent, and those of order one by the local mean of
        ``|x|``: they no longer depend on the loudness. Needs an average.
    sampling_rate : float, default=None
        Samples per second; frequencies in ``paths_`` and feature names are then in hertz, else in cycles per sample.
    shape : tuple of int, default=None
        Shape of one signal in flat X, ``(length,)`` or ``(channels, length)``, as ``numpy.reshape`` reads it.
    n_jobs : int, default=None
        Number of threads over blocks of signals. None means 1 unless a ``joblib.parallel_config`` context says
        otherwise, -1 all cores; such a context may also put processes in their place.
    verbose : int, default=0
        Verbosity of joblib.

    Attributes
    ----------
    plan_ : Plan
        Filters and paths for the length seen in ``fit``.
    paths_ : structured ndarray of shape (n_paths,)
        One row per path: ``order``, ``parent`` (a row), and for each order m the filter number ``nm``, log2 scale
        ``jm``, centre frequency ``xim`` and bandwidth ``sigmam``; -1 or NaN where the path is shorter.
    output_shape_ : tuple of int
        ``(n_paths, n_frames)``, after the number of channels if X has such an axis; no frames if ``average="global"``.
    frame_bounds_ : tuple of float
        Extreme values of the Littlewood-Paley sum.
    signal_shape_ : tuple of int
        Shape of one signal.
    ndim_ : int
        Number of axes of one signal, without channels.
    groups_ : ndarray of int of shape (n_features_out,)
        Number of the group of each output: outputs of the same order and power, which are alike in size.
    n_features_in_ : int
        Numbers in one signal.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    Scattering2D : The same for images.
    plan_scattering1d : The plan, without scikit-learn.

    Notes
    -----
    With ``normalize="tight"``, ``padding="periodic"``, ``stride=1`` and ``T <= 2**J`` the transform is contractive:
    ``norm(S x - S y) <= norm(x - y)``.

    The low-pass filter of a tight bank has small negative values, and so may have averages of moduli: clip them at
    zero before a logarithm or a root. With ``normalize="l1"`` they are positive to 1e-5 of the largest.

    References
    ----------
    .. [1] S. Mallat, "Group invariant scattering", Comm. Pure Appl. Math. 65 (2012), 1331-1398.
    .. [2] J. Anden and S. Mallat, "Deep scattering spectrum", IEEE Trans. Signal Process. 62 (2014), 4114-4128.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> X = np.random.default_rng(0).standard_normal((4, 1024))
    >>> scattering = Scattering1D(J=6, Q=8).fit(X)
    >>> scattering.transform(X).shape, scattering.output_shape_
    ((4, 3264), (204, 16))
    """

    _ndim = 1

    _parameter_constraints: dict = {
        **COMMON_CONSTRAINTS,
        "Q": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "wavelet": [StrOptions(set(WAVELETS_1D))],
        "sampling_rate": [None, Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        J=None,
        *,
        Q=1,
        T=None,
        max_order=2,
        wavelet="morlet",
        normalize="tight",
        average="local",
        stride=None,
        oversampling=0,
        padding="reflect",
        renormalize=False,
        sampling_rate=None,
        shape=None,
        n_jobs=None,
        verbose=0,
    ):
        self.J = J
        self.Q = Q
        self.T = T
        self.max_order = max_order
        self.wavelet = wavelet
        self.normalize = normalize
        self.average = average
        self.stride = stride
        self.oversampling = oversampling
        self.padding = padding
        self.renormalize = renormalize
        self.sampling_rate = sampling_rate
        self.shape = shape
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _make_plan(self, shape, **parameters):
        return plan_scattering1d(shape[0], **parameters)
