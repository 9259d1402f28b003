"""Morlet wavelets in the plane."""

import numpy as np

from skscat._kernel import Filter
from skscat._plan import FilterBank
from skscat.filters._frame import SUPPORT_THRESHOLD, compact, tighten
from skscat.filters._morlet_1d import relative_bandwidth

# One wavelet per octave: centre frequency in radians per pixel and standard deviation in pixels at the finest scale.
# Conventional wavelets overlap by much. Those of a tight bank are wider in space: their moduli vary more slowly, so
# that coarser wavelets see all but a hundredth of the energy of an image.
XI0, SIGMA0 = 3 * np.pi / 4, {"l1": 0.8, "tight": 1.4}
# Standard deviation of a low-pass filter that averages over one pixel.
LOWPASS_SIGMA = 0.4
# The finest wavelets of a tight bank are widened until the corners of the plane are this many bandwidths away.
CORNER_DISTANCE = 1.6
# The published package divides its envelopes by 2 * 3.1415 * sigma ** 2, and its coefficients with them.
PUBLISHED_SCALE = np.pi / 3.1415
REACH = np.sqrt(-2 * np.log(SUPPORT_THRESHOLD)) + 0.1
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


def _gaussian(center, covariance, frequencies, grid):
    """Gaussian on a box of integer frequencies, made periodic in both axes."""
    precision = np.linalg.inv(covariance)
    reach = REACH * np.sqrt(np.diag(covariance))
    axes = [2 * np.pi * k / n for k, n in zip(frequencies, grid, strict=True)]
    out = np.zeros([len(w) for w in axes])
    images = [
        np.arange(np.ceil((c - r - w[-1]) / (2 * np.pi)), np.floor((c + r - w[0]) / (2 * np.pi)) + 1)
        for c, r, w in zip(center, reach, axes, strict=True)
    ]
    for p in images[0]:
        for q in images[1]:
            y, x = axes[0] + 2 * np.pi * p - center[0], axes[1] + 2 * np.pi * q - center[1]
            near = np.ix_(np.abs(y) <= reach[0], np.abs(x) <= reach[1])
            y, x = y[near[0][:, 0]][:, np.newaxis], x[near[1][0]]
            exponent = precision[0, 0] * y**2 + (2 * precision[0, 1] * y) * x + precision[1, 1] * x**2
            out[near] += np.exp(-0.5 * exponent)
    return out


def _support(low, high, n):
    """Integer frequencies of a box, given in radians per sample: at most one period."""
    low, high = int(np.floor(low * n / (2 * np.pi))), int(np.ceil(high * n / (2 * np.pi)))
    if high - low + 1 > n:
        low = -((n - 1) // 2)
        high = low + n - 1
    return np.arange(low, high + 1)


def _morlet(xi, spread, angle, slant, grid):
    center = xi * np.array([np.cos(angle), np.sin(angle)])
    covariance = _covariance(spread, angle, slant, grid)
    reach = REACH * np.sqrt(np.diag(covariance))
    # The Gaussian that makes the mean zero sits at the origin.
    box = [_support(min(c, 0) - r, max(c, 0) + r, n) for c, r, n in zip(center, reach, grid, strict=True)]
    origin = [np.zeros(1, dtype=int)] * 2
    zero = np.zeros(2)
    ratio = _gaussian(center, covariance, origin, grid) / _gaussian(zero, covariance, origin, grid)
    values = _gaussian(center, covariance, box, grid) - ratio * _gaussian(zero, covariance, box, grid)
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
    reach = REACH * np.sqrt(np.diag(covariance))
    box = [_support(-r, r, n) for r, n in zip(reach, grid, strict=True)]
    values = _gaussian(np.zeros(2), covariance, box, grid)
    return compact((values / values.max())[np.newaxis], tuple(int(k[0]) for k in box))


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
        If a tight bank is asked for with a single angle.

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
    T = 2**J if T is None else T
    tight = normalize == "tight"
    if tight and L == 1:
        raise ValueError("L=1: a single angle leaves directions out; a tight bank needs L of at least 2.")
    selectivity = relative_bandwidth(1) / relative_bandwidth(Q)
    xi0 = np.pi / 2 * (1 + 2 ** (-1 / Q))
    spread0 = xi0 / (XI0 * SIGMA0[normalize] * selectivity)
    # Across, the bandwidth of the conventional wavelets is kept.
    slant = 4 / L * xi0 / (XI0 * SIGMA0["l1"] * spread0) if slant is None else slant
    fields = [("j", int if Q == 1 else float), ("theta", int), ("xi", float), ("sigma", float), ("angle", float)]
    table = np.zeros(J * Q * L, dtype=fields)
    psi = []
    for n in range(len(table)):
        q, theta = divmod(n, L)
        xi, spread = xi0 / 2 ** (q / Q), spread0 / 2 ** (q / Q)
        if tight and q == 0:
            spread = max(spread, (np.sqrt(2) * np.pi - xi) / CORNER_DISTANCE)
        angle = (L - 1 - L // 2 - theta) * np.pi / L
        table[n] = (q / Q, theta, xi / (2 * np.pi), spread / (2 * np.pi), angle)
        psi.append(_morlet(xi, spread, angle, slant, grid))
    phi = gaussian_lowpass_2d(grid, T)
    if not tight:
        scaled = [Filter(f.values * PUBLISHED_SCALE, f.low) for f in (*psi, phi)]
        return FilterBank(grid, tuple(scaled[:-1]), scaled[-1], table)
    return tighten(FilterBank(grid, tuple(psi), gaussian_lowpass_2d(grid, min(T, 2**J)), table), phi)
