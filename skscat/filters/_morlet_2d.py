"""Morlet wavelets in the plane."""

import numpy as np

from skscat._checks import check_choice, check_counts, check_positive
from skscat._core._records import Filter, FilterBank
from skscat._core._threads import single_threaded_blas
from skscat.filters._frame import GAUSSIAN_REACH, NORMALIZATIONS, compact, tighten
from skscat.filters._morlet_1d import relative_bandwidth

# One wavelet per octave: centre frequency in radians per pixel and standard deviation in pixels at the finest scale.
# Conventional wavelets overlap by much. Those of a tight bank are wider in space: their moduli vary more slowly, so
# that coarser wavelets see all but a hundredth of the energy of an image.
XI0, FINEST_SIGMA = 3 * np.pi / 4, {"l1": 0.8, "tight": 1.4}
# Standard deviation of a low-pass filter that averages over one pixel.
LOWPASS_SIGMA = 0.4
# The finest wavelets of a tight bank are widened until the corners of the plane are this many bandwidths away.
CORNER_DISTANCE = 1.6
# The published package divides its envelopes by 2 * 3.1415 * sigma ** 2, and its coefficients with them.
PUBLISHED_SCALE = np.pi / 3.1415
# Half-width of a Gaussian in space, where it is sampled, in standard deviations.
SPACE_REACH = 6.0
# Narrowest filter, in radians per period: a periodic grid can't tell nearer frequencies apart.
NARROWEST = 0.8 * np.pi


def _covariance(spread, angle, slant, grid):
    """Covariance, in frequency, of a Gaussian: ``spread`` along the angle and ``slant * spread`` across.

    Its widths on the axes are not less than what the grid can tell apart.
    """
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-np.sin(angle), np.cos(angle)])
    covariance = spread**2 * (np.outer(along, along) + slant**2 * np.outer(across, across))
    diagonal = np.einsum("ii->i", covariance)
    diagonal[:] = np.maximum(diagonal, np.square(NARROWEST / np.array(grid)))
    return covariance


def _envelope(covariance, center=(0.0, 0.0)):
    """Gaussian in space with a given covariance in frequency, where it is not negligible, on a wave of zero mean."""
    half = np.ceil(SPACE_REACH * np.sqrt(np.diag(np.linalg.inv(covariance)))).astype(int)
    y, x = np.arange(-half[0], half[0] + 1)[:, np.newaxis], np.arange(-half[1], half[1] + 1)
    exponent = covariance[0, 0] * y**2 + 2 * covariance[0, 1] * y * x + covariance[1, 1] * x**2
    envelope = np.sqrt(np.linalg.det(covariance)) / (2 * np.pi) * np.exp(-0.5 * exponent)
    if not any(center):
        return envelope
    wave = np.exp(1j * center[0] * y) * np.exp(1j * center[1] * x)
    return envelope * (wave - (envelope * wave).sum() / envelope.sum())


def _fourier(x, box, grid):
    """Fourier transform, at integer frequencies of a box, of a function on pixels about the origin: its real part.

    Pixels beyond the grid are counted where it continues periodically.
    """
    waves = []
    for k, n, size in zip(box, x.shape, grid, strict=True):
        roots = np.exp(-2j * np.pi * np.arange(size) / size)
        waves.append(roots[np.multiply.outer(k, np.arange(n) - n // 2) % size])
    rows = waves[0] @ x
    # The real part of a complex product, as one real product.
    return np.hstack([rows.real, -rows.imag]) @ np.hstack([waves[1].real, waves[1].imag]).T


def _support(low, high, n):
    """Integer frequencies of a box, given in radians per sample: at most one period."""
    low, high = int(np.floor(low * n / (2 * np.pi))), int(np.ceil(high * n / (2 * np.pi)))
    if high - low + 1 > n:
        low = -((n - 1) // 2)
        high = low + n - 1
    return np.arange(low, high + 1)


def _morlet(xi, spread, angle, slant, grid, gain):
    center = xi * np.array([np.cos(angle), np.sin(angle)])
    covariance = _covariance(spread, angle, slant, grid)
    reach = GAUSSIAN_REACH * np.sqrt(np.diag(covariance))
    # The Gaussian that makes the mean zero sits at the origin.
    box = [_support(min(c, 0) - r, max(c, 0) + r, n) for c, r, n in zip(center, reach, grid, strict=True)]
    values = _fourier(gain * _envelope(covariance, center), box, grid)
    return compact(values[np.newaxis], tuple(int(k[0]) for k in box))


def gaussian_lowpass_2d(grid, T):
    """Gaussian low-pass filter in the plane.

    Parameters
    ----------
    grid : tuple of int
        Rows and columns of the periodic grid.
    T : float
        Averaging scale, in pixels; the standard deviation in space is 0.4 T.

    Returns
    -------
    phi : Filter
        Equal to one at frequency zero.
    """
    covariance = _covariance(1 / (LOWPASS_SIGMA * T), 0.0, 1.0, grid)
    reach = GAUSSIAN_REACH * np.sqrt(np.diag(covariance))
    box = [_support(-r, r, n) for r, n in zip(reach, grid, strict=True)]
    values = _fourier(_envelope(covariance), box, grid)
    return compact((values / values.max())[np.newaxis], tuple(int(k[0]) for k in box))


@single_threaded_blas()
def morlet_bank_2d(grid, J, L=8, Q=1, T=None, slant=None, normalize="tight"):
    r"""Oriented Morlet wavelets and a Gaussian low-pass filter on a periodic grid.

    Wavelet number ``q * L + theta`` has scale :math:`2^{q/Q}`, centre frequency :math:`2^{-q/Q} \xi` in direction
    ``angle`` from the row axis, a Gaussian envelope that is ``1 / slant`` times longer across than along that
    direction, and zero mean.

    Parameters
    ----------
    grid : tuple of int
        Rows and columns of the grid.
    J : int
        Octaves.
    L : int, default=8
        Angles on half a turn. (The other half gives the same moduli of real images.)
    Q : int, default=1
        Wavelets per octave.
    T : float, default=None
        Averaging scale of the low-pass filter, in pixels. None means ``2**J``.
    slant : float, default=None
        Ratio of the envelope's widths. None means ``4 / L`` for the conventional bank with Q = 1, and what gives the
        same angular selectivity elsewhere.
    normalize : {"tight", "l1"}, default="tight"
        "tight" widens the finest wavelets so that they reach the corners of the frequency plane, then divides all
        filters by the root of the Littlewood-Paley sum: the bank keeps the norm of real images (contracts it if
        ``T > 2**J``). "l1" gives the conventional bank: envelopes have unit l1 norm.

    Returns
    -------
    bank : FilterBank
        ``bank.table`` has fields ``j`` (``q / Q``), ``theta`` (0 to L - 1), ``xi`` and ``sigma`` (centre frequency and
        radial bandwidth in cycles per pixel) and ``angle`` (radians from the row axis).

    Raises
    ------
    ValueError
        If a parameter is not as documented, or a tight bank is asked for whose wavelets leave directions out: a single
        angle, or too small a slant.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. PAMI 35 (2013), 1872-1886.
    .. [2] Kymatio 0.3, ``scattering2d.filter_bank``: the conventional bank.

    Examples
    --------
    >>> from skscat.filters import frame_bounds, morlet_bank_2d
    >>> bank = morlet_bank_2d((64, 64), J=3, L=8)
    >>> len(bank.psi), "%.6f %.6f" % frame_bounds(bank)
    (24, '1.000000 1.000000')
    """
    grid = tuple(grid)
    check_counts(L=L, Q=Q)
    check_counts(0, J=J)
    check_positive(slant=slant)
    check_positive(T=T)
    check_choice("normalize", normalize, NORMALIZATIONS)
    T = 2**J if T is None else T
    tight = normalize == "tight"
    if tight and L == 1:
        raise ValueError("L=1: a single angle leaves directions out; a tight bank needs L of at least 2.")
    selectivity = relative_bandwidth(1) / relative_bandwidth(Q)
    xi0 = np.pi / 2 * (1 + 2 ** (-1 / Q))
    spread0 = xi0 / (XI0 * FINEST_SIGMA[normalize] * selectivity)
    # Across, the bandwidth of the conventional wavelets is kept.
    slant = 4 / L * xi0 / (XI0 * FINEST_SIGMA["l1"] * spread0) if slant is None else slant
    gain = 1.0 if tight else PUBLISHED_SCALE
    fields = [("j", int if Q == 1 else float), ("theta", int), ("xi", float), ("sigma", float), ("angle", float)]
    table = np.zeros(J * Q * L, dtype=fields)
    # The conventional order of angles.
    first = max(L // 2 - 1, 0)
    psi = []
    for n in range(len(table)):
        q, theta = divmod(n, L)
        xi, spread = xi0 / 2 ** (q / Q), spread0 / 2 ** (q / Q)
        if tight and q == 0:
            spread = max(spread, (np.sqrt(2) * np.pi - xi) / CORNER_DISTANCE)
        angle = (first - theta) * np.pi / L
        table[n] = (q / Q, theta, xi / (2 * np.pi), spread / (2 * np.pi), angle)
        psi.append(_morlet(xi, spread, angle, slant, grid, gain))
    phi = gaussian_lowpass_2d(grid, T)
    if not tight:
        return FilterBank(grid, tuple(psi), Filter(gain * phi.values, phi.low), table)
    bank = FilterBank(grid, tuple(psi), gaussian_lowpass_2d(grid, min(T, 2**J)), table)
    try:
        return tighten(bank, phi)
    except ValueError as error:
        raise ValueError(
            f"slant={slant:.3g}, L={L}: wavelets leave directions out; expected a larger slant or more angles for a "
            "tight bank."
        ) from error
