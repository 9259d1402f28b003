"""Joint scattering along time and log-frequency."""

from collections.abc import Sequence
from numbers import Real

from skscat._sklearn import LINE_SHAPE, POSITIVE, Interval, StrOptions, at_least
from skscat._transforms._base import JOINT_CONSTRAINTS, PlannedScattering
from skscat._transforms._layout import layout_1d
from skscat._transforms._log_frequency import frequency_scales, join_log_frequency, padded_length
from skscat.filters import spin_bank_1d


class TimeFrequencyScattering(PlannedScattering):
    r"""Joint time-frequency scattering transform of sounds.

    The scalogram :math:`U(t, \lambda) = |x * \psi_\lambda|(t)` is filtered along time and along
    :math:`\log_2 \lambda` before a single modulus, then averaged:

    .. math:: S x(t, \lambda, \alpha, \beta) = |U *_t \psi_\alpha *_\lambda \psi_\beta| *_t \phi_T *_\lambda \phi_F

    with low-pass filters among the :math:`\psi_\alpha` and :math:`\psi_\beta`. The sign of :math:`\beta` distinguishes
    rising from falling frequencies, which scattering along time alone does not.

    Read more in the :ref:`User Guide <time_frequency>`.

    Parameters
    ----------
    J : int, default=None
        Log2 of the largest scale of the wavelets in time, in samples. None means the largest for which a signal holds
        eight such scales. If ``2**J`` is longer than the signal, the signal is padded and a warning is given.
    Q : int or sequence of int, default=8
        Number of wavelets per octave in time, and of bins per octave of log-frequency. 8 to 16 separate the partials
        of sounds. A number applies to the first order, and the second has one wavelet per octave; a sequence gives one
        number per order, the last of which is repeated. Entries beyond the second are not used.
    J_fr : int, default=None
        Log2 of the largest scale of the wavelets along log-frequency, in bins. None means the largest for which the
        axis holds eight such scales. If ``2**J_fr`` is longer than the axis, a warning is given.
    Q_fr : int, default=1
        Number of wavelets per octave in the filter bank along log-frequency.
    T : float, default=None
        Averaging scale in time, in samples: set T to the largest shift the features should be invariant to. The
        averaging window has a full width at half maximum of about 3.5 T. None means ``2**J``.
    F : float, default=None
        Averaging scale along log-frequency, in bins: set F to the largest transposition the features should be
        invariant to. At most the number of bins. None means ``2**J_fr``.
    max_order : {1, 2}, default=2
        Number of wavelet layers in time. 1 gives the averaged scalogram and its wavelet moduli along log-frequency.
    normalize : {"tight", "l1"}, default="tight"
        "tight" makes filter banks that preserve the norm; "l1" the conventional ones, to reproduce published
        coefficients.
    average : {"local", "global"}, default="local"
        How the moduli are averaged in time: "local" at the scale T, with one output every ``stride`` samples; "global"
        over the whole signal.
    average_frequency : {"local", "global"}, default="local"
        How the moduli are averaged along log-frequency: "local" over F bins, where the number of bins between outputs
        is the largest power of two up to F; "global" over all bins, for invariance to transposition.
    stride : int, default=None
        Number of samples between outputs. None means the largest power of two up to T. Ignored unless
        ``average="local"``.
    oversampling : int, default=0
        Oversampling of the intermediate moduli; the output keeps its shape. Each unit samples them 2.2 times as finely
        and divides the error by five to ten. Relative l2 errors are typically 1e-3 at 0; the :ref:`largest <accuracy>`
        are those of very short signals.
    padding : {"symmetric", "reflect", "wrap", "edge", "constant"}, default="symmetric"
        How the signal is extended at its boundaries, as in :func:`numpy.pad`: "symmetric" mirrors it, with the end
        samples repeated; "reflect" mirrors it without repeating them; "wrap" treats it as periodic; "edge" repeats the
        end samples; "constant" adds zeros. The log-frequency axis is extended by zeros.
    renormalize : bool, default=False
        Divide second-order coefficients by the averaged scalogram, and first-order coefficients by the local mean of
        ``|x|``, so that they no longer depend on the amplitude.
    sampling_rate : float, default=None
        Number of samples per second: frequencies in time are then in hertz, otherwise in cycles per sample.
    shape : int or tuple of int, default=None
        Shape of one signal in flat X, ``length``, ``(length,)`` or ``(channels, length)``, as in
        :func:`numpy.reshape`.
    channel_axis : int, default=None
        Axis of one signal that holds its channels, as in scikit-image: -1 if X has shape ``(n, length, channels)``, 0
        if it has shape ``(n, channels, length)``. With flat X, it is an axis of ``shape``. Features are always ordered
        channels first. None means channels first if X has three axes, or ``shape`` two, with a warning if they almost
        certainly come last.
    channel_names : sequence of str, default=None
        Names of the channels, such as microphones, in feature names: ``timefrequencyscattering_left_fr=0_f0_t0``. None
        names them ``c0``, ``c1`` and so on.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Jobs are threads over blocks of signals unless that context says otherwise. GPU
        arrays are processed in the calling thread.
    verbose : int, default=0
        Verbosity level.

    Attributes
    ----------
    plan_ : Plan
        Filters and paths for the length seen during :term:`fit`.
    paths_ : structured ndarray of shape (n_paths,)
        One row per path: ``order``, ``parent`` (a row number); wavelet in time: its index ``n2``, log2 scale ``j2``,
        center frequency ``xi2`` and bandwidth ``sigma2``, -1 or NaN for the low-pass filter; wavelet along
        log-frequency: its index ``n_fr`` (0 is the low-pass filter), log2 scale ``j_fr``, frequency ``xi_fr`` and
        bandwidth ``sigma_fr`` in cycles per octave, and ``spin``: +1 for patterns that rise with time, -1 for patterns
        that fall. The paths include the mean of the signal only with ``average_frequency="global"``.
    output_shape_ : tuple of int
        Shape of the coefficients of one signal: ``(n_paths, n_bins, n_frames)``, after the number of channels if X has
        such an axis; bins from high to low frequency. Axes that are averaged globally are left out.
    frame_bounds_ : tuple of float
        Minimum and maximum of the Littlewood-Paley sum in time.
    signal_shape_ : tuple of int
        Shape of one signal, channels first.
    ndim_ : int
        Number of axes of one signal, without channels.
    kinds_ : ndarray of int of shape (n_features_out,)
        Kind of each coefficient: those of the same order and power are normalized together.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    Scattering1D : Scattering along time only.
    SpiralScattering : Adds wavelets across octaves.

    Notes
    -----
    A wavelet in time filters only those bins of the scalogram that vary fast enough, which are those of high
    frequency. Joint convolutions run along these bins alone, extended by zeros.

    With ``normalize="tight"``, ``padding="wrap"``, ``stride=1`` and ``T <= 2**J`` the transform is nonexpansive:
    ``norm(S x - S y) <= norm(x - y)``. ``average_frequency="global"`` also requires an axis of at least 12 bins that
    is no shorter than ``2**J_fr`` and ``F``, because the mean includes values beyond the ends of the axis.

    With ``F < 2`` all bins are kept, and the average along log-frequency shares most frequencies with the wavelets.
    Coefficients of first order are then multiplied by ``plan_.joint.gain``, between 0.7 and 1, except with
    ``average="global"``, ``average_frequency="global"``, ``renormalize=True`` or ``normalize="l1"``.

    References
    ----------
    .. [1] J. Anden, V. Lostanlen and S. Mallat, "Joint time-frequency scattering", IEEE Trans. Signal Process. 67
           (2019), 3704-3718.
    .. [2] V. Lostanlen and S. Mallat, "Wavelet scattering on the pitch spiral", Proc. DAFx (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import TimeFrequencyScattering
    >>> X = np.random.default_rng(0).standard_normal((4, 2048))
    >>> scattering = TimeFrequencyScattering(J=6, J_fr=3).fit(X)
    >>> scattering.transform(X).shape, scattering.output_shape_
    ((4, 16320), (85, 6, 32))
    """

    _ndim = 1
    _index_name = "f"

    _parameter_constraints: dict = {
        **JOINT_CONSTRAINTS,
        "Q": [at_least(1), "array-like"],
        "J_fr": [None, at_least(1)],
        "Q_fr": [at_least(1)],
        "F": [None, Interval(Real, 1, None, closed="left")],
        "average_frequency": [StrOptions({"local", "global"})],
        "sampling_rate": [None, POSITIVE],
        "shape": LINE_SHAPE,
    }

    def __init__(
        self,
        J: int | None = None,
        *,
        Q: int | Sequence[int] = 8,
        J_fr: int | None = None,
        Q_fr: int = 1,
        T: float | None = None,
        F: float | None = None,
        max_order: int = 2,
        normalize: str = "tight",
        average: str = "local",
        average_frequency: str = "local",
        stride: int | None = None,
        oversampling: int = 0,
        padding: str = "symmetric",
        renormalize: bool = False,
        sampling_rate: float | None = None,
        shape: int | tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.J = J
        self.Q = Q
        self.J_fr = J_fr
        self.Q_fr = Q_fr
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
        self.channel_axis = channel_axis
        self.channel_names = channel_names
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _make_plan(self, shape):
        layout = layout_1d(
            *shape,
            J=self.J,
            Q=self.Q,
            T=self.T,
            max_order=self.max_order,
            normalize=self.normalize,
            stride=self.stride,
            padding=self.padding,
            oversampling=self.oversampling,
        )
        n_bins = len(layout.banks[0].psi)
        J_fr, F = frequency_scales(n_bins, self.J_fr, self.F)
        total = padded_length(n_bins, max(2**J_fr, F), {"J_fr": J_fr, "F": F})
        bank = spin_bank_1d(total, J_fr, self.Q_fr, F, self.normalize)
        return join_log_frequency(layout, n_bins, bank, F, (("xi2", "xi"), ("xi_fr", "fr")), self)
