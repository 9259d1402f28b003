"""Scattering of one-dimensional signals."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from skscat._core._paths import order_labels
from skscat._sklearn import LINE_SHAPE, POSITIVE, StrOptions, at_least
from skscat._transforms._base import COMMON_CONSTRAINTS, PlannedScattering
from skscat._transforms._gaps import GAP_CONSTRAINTS, GapsMixin
from skscat._transforms._layout import WAVELETS_1D, layout_1d, may_follow


class Scattering1D(GapsMixin, PlannedScattering):
    r"""Scattering transform of time series and other one-dimensional signals.

    A cascade of wavelet convolutions and moduli, averaged over time:

    .. math:: S x(t, \lambda_1, \lambda_2) = ||x * \psi_{\lambda_1}| * \psi_{\lambda_2}| * \phi_T(t)

    First-order coefficients resemble a mel spectrogram. Second-order coefficients recover what its averaging
    loses: modulations of the amplitude, attacks, interference.

    Read more in the :ref:`User Guide <scattering1d>`.

    Parameters
    ----------
    J : int, default=None
        Log2 of the largest scale of the wavelets, in samples. None means the largest for which a signal holds eight
        such scales. If ``2**J`` is longer than the signal, the signal is padded and a warning is given.
    Q : int or sequence of int, default=1
        Number of wavelets per octave. 1 suits transients and time series; 8 to 16 separate the partials of sounds. A
        number applies to the first order, and higher orders have one wavelet per octave; a sequence gives one number
        per order, the last of which is repeated for further orders. Entries beyond ``max_order`` are not used.
    T : float, default=None
        Averaging scale, in samples: set T to the largest shift the features should be invariant to. The averaging
        window has a full width at half maximum of about 3.5 T. None means ``2**J``.
    max_order : int, default=2
        Number of wavelet layers. Orders beyond 2 spread little energy over many coefficients.
    wavelet : {"morlet", "battle_lemarie"}, default="morlet"
        Family of wavelets. Battle-Lemarie wavelets are cubic splines, one per octave.
    normalize : {"tight", "l1"}, default="tight"
        "tight" makes a filter bank that preserves the norm; "l1" the conventional one, whose wavelets have unit l1
        norm in time, to reproduce published coefficients.
    average : {"local", "global", None}, default="local"
        How the moduli are averaged: "local" at the scale T, with one output every ``stride`` samples; "global" over
        the whole signal; None keeps the moduli at every sample (a scalogram if ``max_order=1``).
    stride : int, default=None
        Number of samples between outputs. None means the largest power of two up to T. Ignored unless
        ``average="local"``.
    oversampling : int, default=0
        Oversampling of the intermediate moduli; the output keeps its shape. Each unit samples them 2.2 times as finely
        and divides the error by five to ten. Relative l2 errors are typically 1e-3 at 0; the :ref:`largest <accuracy>`
        are those of very short signals. Ignored if ``average=None``, where nothing is subsampled. (In Kymatio, the
        parameter of this name makes the output denser; here, ``stride`` does.)
    padding : {"symmetric", "reflect", "wrap", "edge", "constant"}, default="symmetric"
        How the signal is extended at its boundaries, as in :func:`numpy.pad`: "symmetric" mirrors it, with the end
        samples repeated; "reflect" mirrors it without repeating them; "wrap" treats it as periodic; "edge" repeats the
        end samples; "constant" adds zeros.
    renormalize : bool, default=False
        Divide coefficients of second and higher orders by their parents, and those of first order by the local mean of
        ``|x|``, so that they no longer depend on the amplitude. Not available with ``average=None``.
    nan_policy : {"raise", "omit"}, default="raise"
        What to do about missing samples, which are NaN, or masked in a :class:`numpy.ma.MaskedArray`. "raise" raises
        an error; "omit" leaves them out, as in :mod:`scipy.stats`: they have no influence on the coefficients, which
        are averages of moduli far enough from :ref:`gaps <gaps>`. Coefficients without such moduli are NaN.
    min_coverage : float, default=0.25
        Smallest coverage of a coefficient, greater than 0 and at most 1; coefficients with less coverage are NaN. The
        coverage is the average weight of the moduli in a coefficient, 1 far from gaps. Larger values give fewer
        coefficients, of smaller variance. Ignored if ``nan_policy="raise"``.
    sampling_rate : float, default=None
        Number of samples per second: frequencies in ``paths_`` and feature names are then in hertz, otherwise in
        cycles per sample.
    complex_input : bool, default=False
        Whether signals are complex, such as I/Q samples of a radio or radar echoes. Wavelets of first order then come
        in pairs, at positive and at negative frequencies (negative ``xi1``), which together cover all frequencies.
        Higher orders use the same wavelets as for real signals, because moduli are real. The zeroth order is the
        modulus of the average of the signal, so that no coefficient depends on a global phase. Real X is accepted; its
        imaginary part is zero. If False, complex X raises an error.
    shape : int or tuple of int, default=None
        Shape of one signal in flat X, ``length``, ``(length,)`` or ``(channels, length)``, as in
        :func:`numpy.reshape`.
    channel_axis : int, default=None
        Axis of one signal that holds its channels, as in scikit-image: -1 if X has shape ``(n, length, channels)``, 0
        if it has shape ``(n, channels, length)``. With flat X, it is an axis of ``shape``. Features are always ordered
        channels first. None means channels first if X has three axes, or ``shape`` two, with a warning if they almost
        certainly come last.
    channel_names : sequence of str, default=None
        Names of the channels, such as electrodes, in feature names: ``scattering1d_Fz_xi1=0.1_t0``. None names them
        ``c0``, ``c1`` and so on.
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
        One row per path: ``order``, ``parent`` (a row number), and for each order (here the first) the filter index
        ``n1``, log2 scale ``j1``, center frequency ``xi1`` and bandwidth ``sigma1``; -1 or NaN where the path is
        shorter.
    output_shape_ : tuple of int
        Shape of the coefficients of one signal: ``(n_paths, n_frames)``, after the number of channels if X has such an
        axis; no frames if ``average="global"``.
    frame_bounds_ : tuple of float
        Minimum and maximum of the Littlewood-Paley sum.
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
    TimeFrequencyScattering : Joint scattering along time and log-frequency.
    Scattering2D : Scattering of images.

    Notes
    -----
    For a real signal, ``complex_input=True`` gives the same coefficients at positive and at negative frequencies. With
    ``normalize="tight"``, they are those of the real transform divided by the square root of 2, in first and higher
    orders, since each side holds half the energy; with ``normalize="l1"``, they are equal to those of the real
    transform. Mirroring a complex signal at its boundaries (``padding="symmetric"`` or ``"reflect"``) reverses the
    sign of its frequencies there: set ``padding`` to ``"constant"`` or ``"wrap"`` if small coefficients at the
    opposite frequencies matter.

    With ``normalize="tight"``, ``padding="wrap"``, ``stride=1`` and ``T <= 2**J`` the transform is nonexpansive:
    ``norm(S x - S y) <= norm(x - y)``.

    The low-pass filter of a tight bank has small negative values, and so may averages of moduli: clip them at zero
    before a logarithm or a root. With ``normalize="l1"`` they are nonnegative to within 1e-5 of the largest.

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
        **GAP_CONSTRAINTS,
        "Q": [at_least(1), "array-like"],
        "wavelet": [StrOptions(set(WAVELETS_1D))],
        "sampling_rate": [None, POSITIVE],
        "complex_input": ["boolean"],
        "shape": LINE_SHAPE,
    }

    def __init__(
        self,
        J: int | None = None,
        *,
        Q: int | Sequence[int] = 1,
        T: float | None = None,
        max_order: int = 2,
        wavelet: str = "morlet",
        normalize: str = "tight",
        average: str | None = "local",
        stride: int | None = None,
        oversampling: int = 0,
        padding: str = "symmetric",
        renormalize: bool = False,
        nan_policy: str = "raise",
        min_coverage: float = 0.25,
        sampling_rate: float | None = None,
        complex_input: bool = False,
        shape: int | tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
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
        self.nan_policy = nan_policy
        self.min_coverage = min_coverage
        self.sampling_rate = sampling_rate
        self.complex_input = complex_input
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
            wavelet=self.wavelet,
            normalize=self.normalize,
            stride=self.stride,
            padding=self.padding,
            oversampling=self.oversampling,
            complex_input=self.complex_input,
        )
        allowed = [np.ones(len(layout.banks[0].psi), dtype=bool)][: self.max_order]
        allowed += [may_follow(a, b, self.normalize) for a, b in pairwise(layout.banks)]
        return layout.plan(
            allowed,
            average=self.average,
            sampling_rate=self.sampling_rate,
            min_coverage=self._min_coverage(),
            labels=order_labels(len(allowed), xi="xi"),
        )
