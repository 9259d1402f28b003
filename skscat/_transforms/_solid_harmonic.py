"""Solid harmonic scattering of volumes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skscat._checks import check_powers, check_scale, warn_user
from skscat._core._paths import order_labels
from skscat._core._sampling import default_stride
from skscat._sklearn import POSITIVE, at_least
from skscat._transforms._base import COMMON_CONSTRAINTS, PlannedScattering
from skscat._transforms._layout import Layout, largest_scale, oversampled
from skscat._transforms._limits import check_octaves, padded_grid
from skscat.filters import solid_harmonic_bank
from skscat.filters._solid_harmonic import LOWPASS_SIGMA

POWERS = (0.5, 1.0, 2.0, 3.0)
# Padding on either side, in standard deviations of the widest Gaussian.
MARGIN = 4.0
# Samples per bandwidth, see make_plan: the relative l2 error of means of all powers is 1e-3.
DENSITY = (5, 4)
# Shortest side of a volume, in standard deviations of the coarsest wavelets, from which J follows by default.
WIDTHS_PER_SIDE = 8


class HarmonicScattering3D(PlannedScattering):
    r"""Solid harmonic scattering transform of volumes, invariant to rigid motions.

    A cascade of convolutions with solid harmonic wavelets, whose moduli pool the orders m of a degree l, and means of
    their powers:

    .. math::

       U[j_1, l] x = \Big(\sum_{m=-l}^{l} |x * \psi_{j_1, l, m}|^2\Big)^{1/2}, \quad
       U[j_1, j_2, l] x = U[j_2, l]\, U[j_1, l] x, \quad j_1 < j_2, \quad
       S x = \langle (U x)^q \rangle

    and, at zeroth order, :math:`\langle |x|^q \rangle`, with means :math:`\langle \cdot \rangle` over the volume.

    Read more in the :ref:`User Guide <solid_harmonic>`.

    Parameters
    ----------
    J : int, default=None
        Number of octaves between the finest and the coarsest scale: scales are ``sigma_0 * 2**j`` for j from 0 to J.
        None means the largest for which the shortest side of a volume is at least eight times the coarsest scale.
    L : int, default=3
        Largest degree of the solid harmonics: degrees are 0 to L.
    sigma_0 : float, default=1.0
        Standard deviation of the Gaussian of the finest wavelets, in voxels.
    T : float, default=None
        Averaging scale, in voxels, if ``average="local"``. The averaging window has a full width at half maximum of
        about 0.95 T. None means the window of the coarsest wavelets, a Gaussian of standard deviation
        ``sigma_0 * 2**J``.
    max_order : int, default=2
        Number of wavelet layers.
    powers : sequence of float, default=None
        Exponents q of the moduli whose means are taken, if ``average="global"``; None means 0.5, 1, 2 and 3. With any
        other ``average``, the moduli themselves are used, and ``powers`` must be None.
    normalize : {"tight", "l1"}, default="tight"
        "tight" makes a filter bank that preserves the norm, whose wavelets of degree zero have zero mean; "l1" the
        published one, whose wavelets of degree zero are Gaussians, to reproduce published coefficients.
    average : {"global", "local", None}, default="global"
        How the moduli are averaged: "global" takes the mean of every power over the volume; "local" averages over T
        voxels, with one output every ``stride`` voxels; None keeps the moduli at every voxel.
    stride : int, default=None
        Number of voxels between outputs, on all axes. None means the largest power of two up to T (up to
        ``sigma_0 * 2**J`` if T is None). Ignored unless ``average="local"``.
    oversampling : int, default=0
        Oversampling of the intermediate moduli; the output keeps its shape. Each unit samples them 2.2 times as finely
        on each axis and divides the error by about ten. Relative l2 errors are typically 1e-3 at 0; the :ref:`largest
        <accuracy>` are those of very small volumes. Ignored if ``average=None``, where nothing is subsampled.
    padding : {"symmetric", "reflect", "wrap", "edge", "constant"}, default="wrap"
        How the volume is extended at its boundaries, as in :func:`numpy.pad`: "symmetric" mirrors it, with the border
        voxels repeated; "reflect" mirrors it without repeating them; "wrap" treats it as periodic, which suits
        densities that vanish at the border; "edge" repeats the border voxels; "constant" adds zeros.
    renormalize : bool, default=False
        Divide coefficients of second and higher orders by their parents, and those of first order by the mean of
        ``|x|``, each power by the same power, so that they no longer depend on the amplitude. Not available with
        ``average=None``.
    shape : tuple of int, default=None
        Shape of one volume in flat X, ``(depth, height, width)`` or ``(channels, depth, height, width)``, as in
        :func:`numpy.reshape`. If None, volumes are cubes.
    channel_axis : int, default=None
        Axis of one volume that holds its channels, as in scikit-image: -1 if X has shape ``(n, depth, height, width,
        channels)``, 0 if it has shape ``(n, channels, depth, height, width)``. With flat X, it is an axis of
        ``shape``. Features are always ordered channels first. None means channels first if X has five axes, or
        ``shape`` four, with a warning if they almost certainly come last.
    channel_names : sequence of str, default=None
        Names of the channels, such as kinds of electrons, in feature names:
        ``harmonicscattering3d_core_j1=0_l1=1_p1``. None names them ``c0``, ``c1`` and so on.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Jobs are threads over blocks of volumes unless that context says otherwise. GPU
        arrays are processed in the calling thread.
    verbose : int, default=0
        Verbosity level.

    Attributes
    ----------
    plan_ : Plan
        Filters and paths for the shape seen during :term:`fit`.
    paths_ : structured ndarray of shape (n_paths,)
        One row per path: ``order``, ``parent`` (a row number), and for each order (here the first) the filter index
        ``n1``, log2 scale ``j1``, degree ``l1``, peak frequency ``xi1`` and bandwidth ``sigma1`` in cycles per voxel;
        -1 or NaN where the path is shorter.
    output_shape_ : tuple of int
        Shape of the coefficients of one volume: ``(n_paths, n_powers)``, after the number of channels if X has such an
        axis; ``(n_paths, depth, height, width)`` unless ``average="global"``.
    frame_bounds_ : tuple of float
        Minimum and maximum of the Littlewood-Paley sum.
    signal_shape_ : tuple of int
        Shape of one volume, channels first.
    ndim_ : int
        Number of axes of one volume, without channels.
    kinds_ : ndarray of int of shape (n_features_out,)
        Kind of each coefficient: those of the same order and power are normalized together.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    Scattering2D : Scattering of images.
    skscat.filters.solid_harmonic_bank : The wavelets.

    Notes
    -----
    Outputs are means over voxels, which do not depend on their number. An integral, which adds up over the parts of a
    molecule, is the mean times the volume: ``np.prod(shape)`` in voxels. The published transform [2]_ gives such
    integrals for ``normalize="l1"``, without the zeroth order, sorted by scale, then by degree.

    For a real volume, the orders m and -m have the same modulus: two real wavelets represent both, and half of their
    spectra suffices.

    With ``normalize="tight"``, ``average="local"``, ``padding="wrap"``, ``stride=1`` and ``T`` of at most its
    default the transform is nonexpansive: ``norm(S x - S y) <= norm(x - y)``. Gaussians do not cover the corners of
    the frequency domain. The finest wavelets of a tight bank therefore keep their peak value at higher frequencies,
    whatever ``sigma_0``, and are sampled as finely as the volume: the published bank is faster for ``sigma_0 >= 2``.
    Since each degree is followed only by itself, the second order preserves less of the energy of a modulus than that
    of :class:`Scattering2D`.

    References
    ----------
    .. [1] M. Eickenberg, G. Exarchakis, M. Hirn and S. Mallat, "Solid harmonic wavelet scattering: predicting quantum
           molecular energy from invariant descriptors of 3D electronic densities", NeurIPS (2017).
    .. [2] M. Andreux et al., "Kymatio: scattering transforms in Python", J. Mach. Learn. Res. 21 (2020), 60:1-6.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import HarmonicScattering3D
    >>> X = np.random.default_rng(0).standard_normal((2, 16, 16, 16))
    >>> scattering = HarmonicScattering3D(J=1, L=2).fit(X)
    >>> scattering.transform(X).shape, scattering.output_shape_
    ((2, 40), (10, 4))
    """

    _ndim = 3

    _parameter_constraints: dict = {
        **COMMON_CONSTRAINTS,
        "J": [None, at_least(0)],
        "L": [at_least(0)],
        "sigma_0": [POSITIVE],
        "powers": [None, "array-like"],
    }

    def __init__(
        self,
        J: int | None = None,
        *,
        L: int = 3,
        sigma_0: float = 1.0,
        T: float | None = None,
        max_order: int = 2,
        powers: Sequence[float] | None = None,
        normalize: str = "tight",
        average: str | None = "global",
        stride: int | None = None,
        oversampling: int = 0,
        padding: str = "wrap",
        renormalize: bool = False,
        shape: tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.J = J
        self.L = L
        self.sigma_0 = sigma_0
        self.T = T
        self.max_order = max_order
        self.powers = powers
        self.normalize = normalize
        self.average = average
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
        powers = self._powers()
        layout = self._layout(shape)
        # Degrees do not mix: other degrees of a modulus add little information.
        j, degree = layout.banks[0].table["j"], layout.banks[0].table["l"]
        may_follow = (j > j[:, np.newaxis]) & (degree == degree[:, np.newaxis])
        allowed = [np.ones(len(j), dtype=bool)] + [may_follow] * (self.max_order - 1)
        allowed = allowed[: self.max_order]
        labels = order_labels(len(allowed), j="j", l="l")
        plan = layout.plan(allowed, average=self.average, labels=labels)
        return replace(plan, powers=powers, signed=powers is None)

    def _powers(self):
        if self.average == "global":
            return POWERS if self.powers is None else check_powers(self.powers)
        if self.powers is not None:
            raise ValueError(f'powers={self.powers!r}: means of powers need average="global", not {self.average!r}.')
        return None

    def _layout(self, shape):
        side, sigma_0, T = min(shape), self.sigma_0, self.T
        if T is not None:
            what = f"the volume, which has shape {shape}"
            check_scale("T", T, side, what, 2 ** largest_scale(side / 3, 0))
        J = largest_scale(side / (WIDTHS_PER_SIDE * sigma_0), 0) if self.J is None else self.J
        check_octaves("J", J)
        coarsest = sigma_0 * 2**J
        if coarsest > max(side, sigma_0):
            warn_user(f"J={J}: the coarsest wavelets are wider than the volume {shape}.")
        widest = coarsest if T is None else max(coarsest, LOWPASS_SIGMA * T)
        period = default_stride(max(coarsest if T is None else T, 1))
        stride = period if self.stride is None else self.stride
        parameters = {"J": J, "L": self.L, "sigma_0": sigma_0, "T": T, "stride": stride, "max_order": self.max_order}
        # Half as many frequencies as components, and half of the filters complex.
        n_filters = (self.L + 1) ** 2
        left, grid = padded_grid(shape, MARGIN * widest, stride, self.padding, n_filters, parameters)
        bank = solid_harmonic_bank(grid, J, self.L, sigma_0, T, self.normalize)
        return Layout(
            shape=shape,
            grid=grid,
            pad_left=left,
            padding=self.padding,
            banks=[bank] * max(self.max_order, 1),
            stride=(stride,) * 3,
            density=oversampled(DENSITY, self.oversampling),
            period=None if self.average == "global" else period,
            parameters=parameters,
        )
