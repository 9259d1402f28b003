"""Joint scattering along time, log-frequency and octaves."""

from numbers import Integral, Real

import numpy as np

from skscat._base import COMMON_CONSTRAINTS, BaseScattering
from skscat._checks import check_counts
from skscat._layout import warn_of_scale
from skscat._log_frequency import frequency_scales, padded_length, plan_log_frequency
from skscat._validation import Interval, StrOptions
from skscat.filters import spiral_bank


def _n_geometric(bank):
    """How many wavelets, from the top, are a constant ratio apart: below, there are no octaves to roll up."""
    ratio = bank.table["sigma"] / bank.table["xi"]
    return int(np.count_nonzero(np.isclose(ratio, ratio[0])))


def plan_spiral(
    length,
    *,
    J=None,
    Q=8,
    J_fr=None,
    Q_fr=1,
    J_oct=1,
    T=None,
    F=None,
    max_order=2,
    normalize="tight",
    average="local",
    average_frequency="local",
    stride=None,
    oversampling=0,
    padding="reflect",
    sampling_rate=None,
):
    """Plan the spiral scattering of signals of a given length.

    Parameters are those of :class:`SpiralScattering`.

    Parameters
    ----------
    length : int
        Samples of a signal.
    J : int, default=None
        Log2 of the largest scale in time.
    Q : int, default=8
        Wavelets per octave.
    J_fr : int, default=None
        Log2 of the largest scale along log-frequency, in bins.
    Q_fr : int, default=1
        Wavelets per octave along log-frequency.
    J_oct : int, default=1
        Log2 of the largest scale of the wavelets across octaves, in octaves. If ``2**J_oct`` is more than the octaves
        of the axis, a warning is given.
    T : float, default=None
        Averaging scale in time, in samples.
    F : float, default=None
        Averaging scale along log-frequency, in bins.
    max_order : {1, 2}, default=2
        Wavelet layers in time.
    normalize : {"tight", "l1"}, default="tight"
        Normalisation of the filters.
    average : {"local", "global"}, default="local"
        Average in time.
    average_frequency : {"local", "global"}, default="local"
        Average along log-frequency.
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
        If a parameter is not as documented, a scale is longer than its axis, or Q is not one number.

    See Also
    --------
    scatter : Run the plan.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import plan_spiral, scatter
    >>> plan = plan_spiral(2048, J=6, J_fr=3)
    >>> scatter(np.ones((2, 2048)), plan).shape
    (2, 761, 4, 32)
    """
    if np.iterable(Q):
        raise ValueError(
            f"Q={Q!r}: expected one number, the bins of an octave; the second order has one wavelet each."
        )
    check_counts(Q=Q, Q_fr=Q_fr, J_oct=J_oct)

    def bank_of(n_bins):
        J_bins, F_bins = frequency_scales(n_bins, J_fr, F)
        warn_of_scale("J_oct", J_oct, n_bins / Q, f"the spiral, which has {n_bins / Q:.2g} turns")
        total = padded_length(n_bins, max(2**J_bins, F_bins, Q * 2**J_oct), Q)
        return spiral_bank(total, J_bins, Q_fr, J_oct, Q, F_bins, normalize), F_bins

    return plan_log_frequency(
        length,
        _n_geometric,
        bank_of,
        J=J,
        Q=Q,
        T=T,
        max_order=max_order,
        normalize=normalize,
        average=average,
        average_frequency=average_frequency,
        stride=stride,
        oversampling=oversampling,
        padding=padding,
        sampling_rate=sampling_rate,
        labels=(("xi2", "xi"), ("xi_fr", "fr"), ("xi_oct", "oct")),
    )


class SpiralScattering(BaseScattering):
    r"""Features of sounds that tell how energy moves along time, log-frequency, and from octave to octave.

    The log-frequency axis of the scalogram :math:`U(t, \lambda) = |x * \psi_\lambda|(t)` is rolled up into a spiral
    that makes one turn an octave. It is filtered along time, along the spiral, and across its turns, all before one
    modulus, and averaged:

    .. math:: S x(t, \lambda, \alpha, \beta, \gamma) =
              |U *_t \psi_\alpha *_\lambda \psi_\beta *_{\mathrm{oct}} \psi_\gamma| *_t \phi_T *_\lambda \phi_F

    with low-pass filters among each. Partials an octave apart, as harmonic sounds have, move alike: they meet the
    low-pass filter across octaves, while a resonance that moves over fixed partials does not.

    Read more in the :ref:`User Guide <time_frequency>`.

    Parameters
    ----------
    J : int, default=None
        Log2 of the largest scale in time, in samples. None takes the largest for which a signal holds eight such
        scales. If ``2**J`` is longer than the signal, the signal is padded and a warning given.
    Q : int, default=8
        Wavelets per octave in time at the first order, and bins in a turn of the spiral.
    J_fr : int, default=None
        Log2 of the largest scale along log-frequency, in bins. None takes the largest for which the axis holds
        eight such scales. If ``2**J_fr`` is longer than the axis, a warning is given.
    Q_fr : int, default=1
        Wavelets per octave along log-frequency.
    J_oct : int, default=1
        Log2 of the largest scale of the wavelets across octaves, in octaves. If ``2**J_oct`` is more than the octaves
        of the axis, a warning is given.
    T : float, default=None
        Averaging scale in time, in samples: a Gaussian window of standard deviation 1.6 T. None means ``2**J``.
    F : float, default=None
        Averaging scale along log-frequency, in bins, at most as many as there are. None means ``2**J_fr``.
    max_order : {1, 2}, default=2
        Wavelet layers in time. With 1, the averaged scalogram and its wavelets along log-frequency.
    normalize : {"tight", "l1"}, default="tight"
        "tight" makes banks that keep the norm; "l1" the conventional ones, to reproduce published coefficients.
    average : {"local", "global"}, default="local"
        "local" averages over T samples and keeps one output every ``stride``; "global" takes the mean over the signal.
    average_frequency : {"local", "global"}, default="local"
        "local" averages over F bins and keeps one output every so many (the largest power of two up to F); "global"
        takes the mean over all bins, invariant to transposition.
    stride : int, default=None
        Samples between outputs. None takes the largest power of two up to T.
    oversampling : int, default=0
        How much finer than needed the moduli are sampled inside: each unit makes grids 2.2 times finer and errors five
        to ten times smaller. 0 is right to about 1e-3.
    padding : {"reflect", "periodic", "edge", "constant"}, default="reflect"
        What lies beyond the ends of the signal: its mirror image, itself, its end values, or zeros. Beyond the ends of
        the log-frequency axis there are zeros.
    renormalize : bool, default=False
        Divide coefficients of order two by the scalogram averaged alike, and those of order one by the local mean of
        ``|x|``: they no longer depend on the loudness.
    sampling_rate : float, default=None
        Samples per second; frequencies in time are then in hertz, else in cycles per sample.
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
        One row per path: ``order``, ``parent`` (a row); wavelet in time: its number ``n2``, log2 scale ``j2``, centre
        frequency ``xi2`` and bandwidth ``sigma2``, -1 or NaN for the low-pass filter; wavelet along log-frequency:
        its number ``n_fr`` (0 is the low-pass filter), log2 scale ``j_fr``, frequency ``xi_fr`` and bandwidth
        ``sigma_fr`` in cycles per octave, and ``spin``: +1 for patterns that rise with time, -1 for such that fall;
        wavelet across octaves: ``n_oct`` (0 is the low-pass filter), ``xi_oct`` in cycles per octave, ``spin_oct``.
        The mean of the signal is among the paths with ``average_frequency="global"`` only.
    output_shape_ : tuple of int
        ``(n_paths, n_bins, n_frames)``, after the number of channels if X has such an axis; bins from high to low
        frequency. Axes that are averaged globally are left out.
    frame_bounds_ : tuple of float
        Extreme values of the Littlewood-Paley sum in time.
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
    TimeFrequencyScattering : Without wavelets across octaves.
    plan_spiral : The plan, without scikit-learn.

    Notes
    -----
    The evenly spaced wavelets at the bottom of the scalogram are left out: there are no octaves in them.

    A wavelet in time sees the bins of the scalogram that vary fast enough for it, those of the higher frequencies; it
    is filtered along these alone, with zeros beyond.

    References
    ----------
    .. [1] V. Lostanlen and S. Mallat, "Wavelet scattering on the pitch spiral", Proc. DAFx (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import SpiralScattering
    >>> X = np.random.default_rng(0).standard_normal((4, 2048))
    >>> scattering = SpiralScattering(J=6, J_fr=3).fit(X)
    >>> scattering.transform(X).shape, scattering.output_shape_
    ((4, 97408), (761, 4, 32))
    """

    _ndim = 1
    _index_name = "f"

    _parameter_constraints: dict = {
        **COMMON_CONSTRAINTS,
        "Q": [Interval(Integral, 1, None, closed="left")],
        "J_fr": [None, Interval(Integral, 1, None, closed="left")],
        "Q_fr": [Interval(Integral, 1, None, closed="left")],
        "J_oct": [Interval(Integral, 1, None, closed="left")],
        "F": [None, Interval(Real, 1, None, closed="left")],
        "max_order": [Interval(Integral, 1, 2, closed="both")],
        "average": [StrOptions({"local", "global"})],
        "average_frequency": [StrOptions({"local", "global"})],
        "sampling_rate": [None, Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        J=None,
        *,
        Q=8,
        J_fr=None,
        Q_fr=1,
        J_oct=1,
        T=None,
        F=None,
        max_order=2,
        normalize="tight",
        average="local",
        average_frequency="local",
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
        self.J_fr = J_fr
        self.Q_fr = Q_fr
        self.J_oct = J_oct
        self.T = T
        self.F = F
        self.max_order = max_order
        self.normalize = normalize
        self.average = average
        self.average_frequency = average_frequency
        self.stride = stride
        self.oversampling = oversampling
        self.padding = padding
        self.renormalize = renormalize
        self.sampling_rate = sampling_rate
        self.shape = shape
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _make_plan(self, shape, **parameters):
        return plan_spiral(shape[0], **parameters)
