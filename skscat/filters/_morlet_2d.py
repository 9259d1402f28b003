"""Two-dimensional Morlet wavelets."""

import numpy as np

from skscat._checks import check_choice, check_counts, check_positive
from skscat._core._records import Filter, FilterBank
from skscat._core._threads import single_threaded_blas
from skscat.filters._frame import GAUSSIAN_REACH, NORMALIZATIONS, compact, tighten
from skscat.filters._morlet_1d import relative_bandwidth

# Center frequency, in radians per pixel, and standard deviation, in pixels, of the finest wavelet of a bank with one
# wavelet per octave. Conventional wavelets overlap considerably. Those of a tight bank are wider in space: their
# moduli vary more slowly, so that coarser wavelets capture all but a hundredth of the energy of photographs, see
# test_three_orders_hold_the_energy_of_images in tests/test_invariants.py.
XI0, FINEST_SIGMA = 3 * np.pi / 4, {"l1": 0.8, "tight": 1.4}
# Standard deviation of the low-pass filter with an averaging scale of one pixel, in pixels.
LOWPASS_SIGMA = 0.4
# The finest wavelets of a tight bank are widened until the corners of the frequency plane are at most this many
# bandwidths away.
CORNER_DISTANCE = 1.6
# Kymatio divides envelopes, and thereby coefficients, by 2 * 3.1415 * sigma ** 2.
PUBLISHED_SCALE = np.pi / 3.1415
# Half-width on which a Gaussian is sampled in space, in standard deviations.
SPACE_REACH = 6.0


def _covariance(spread, angle, slant):
    """Return the covariance, in frequency, of a Gaussian: ``spread`` along the angle and ``slant * spread`` across."""
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-np.sin(angle), np.cos(angle)])
    return spread**2 * (np.outer(along, along) + slant**2 * np.outer(across, across))


def _spectrum(covariance, center, box, grid):
    """Evaluate a Gaussian about ``center``, corrected to be zero at frequency zero, on a box of frequencies.

    The Gaussian is sampled where it is shorter: in space or, if it is longer than the grid there, in frequency.
    """
    half = np.ceil(SPACE_REACH * np.sqrt(np.diag(np.linalg.inv(covariance)))).astype(int)
    if (2 * half + 1 <= np.array(grid)).all():
        return _fourier(_envelope(covariance, center, half), box, grid)
    about_zero = _periodic_gaussian(covariance, (0.0, 0.0), box, grid)
    if not any(center):
        return about_zero
    values = _periodic_gaussian(covariance, center, box, grid)
    zero = tuple(-k[0] for k in box)
    return values - values[zero] / about_zero[zero] * about_zero


def _periodic_gaussian(covariance, center, box, grid):
    """Evaluate a Gaussian, with a period of one cycle per pixel along both axes, on a box of frequencies."""
    inverse = np.linalg.inv(covariance)
    axes = []
    for k, c, variance, n in zip(box, center, np.diag(covariance), grid, strict=True):
        omega, reach = 2 * np.pi * k / n - c, GAUSSIAN_REACH * np.sqrt(variance)
        images = np.arange(np.ceil((-reach - omega[-1]) / (2 * np.pi)), (reach - omega[0]) // (2 * np.pi) + 1)
        axes.append(omega + 2 * np.pi * images[:, np.newaxis])
    y, x = axes[0][:, np.newaxis, :, np.newaxis], axes[1][:, np.newaxis]
    exponent = inverse[0, 0] * y**2 + 2 * inverse[0, 1] * y * x + inverse[1, 1] * x**2
    return np.exp(-0.5 * exponent).sum(axis=(0, 1))


def _envelope(covariance, center, half):
    """Sample, in space, a Gaussian of given covariance in frequency, times a wave corrected to zero mean."""
    y, x = np.arange(-half[0], half[0] + 1)[:, np.newaxis], np.arange(-half[1], half[1] + 1)
    exponent = covariance[0, 0] * y**2 + 2 * covariance[0, 1] * y * x + covariance[1, 1] * x**2
    envelope = np.sqrt(np.linalg.det(covariance)) / (2 * np.pi) * np.exp(-0.5 * exponent)
    if not any(center):
        return envelope
    wave = np.exp(1j * center[0] * y) * np.exp(1j * center[1] * x)
    return envelope * (wave - (envelope * wave).sum() / envelope.sum())


def _fourier(x, box, grid):
    """Return the real part of the Fourier transform, on a box of frequencies, of a function on pixels about zero."""
    waves = []
    for k, n, size in zip(box, x.shape, grid, strict=True):
        roots = np.exp(-2j * np.pi * np.arange(size) / size)
        waves.append(roots[np.multiply.outer(k, np.arange(n) - n // 2) % size])
    rows = waves[0] @ x
    # The real part of a complex product, as a single real product.
    return np.hstack([rows.real, -rows.imag]) @ np.hstack([waves[1].real, waves[1].imag]).T


def _support(low, high, n):
    """Return the integer frequencies of an interval given in radians per sample: at most one period."""
    low, high = int(np.floor(low * n / (2 * np.pi))), int(np.ceil(high * n / (2 * np.pi)))
    if high - low + 1 > n:
        low = -((n - 1) // 2)
        high = low + n - 1
    return np.arange(low, high + 1)


def _morlet(xi, spread, angle, slant, grid, gain):
    center = xi * np.array([np.cos(angle), np.sin(angle)])
    covariance = _covariance(spread, angle, slant)
    reach = GAUSSIAN_REACH * np.sqrt(np.diag(covariance))
    # The Gaussian that corrects the mean to zero is centered at the origin.
    box = [_support(min(c, 0) - r, max(c, 0) + r, n) for c, r, n in zip(center, reach, grid, strict=True)]
    values = gain * _spectrum(covariance, center, box, grid)
    return compact(values[np.newaxis], tuple(int(k[0]) for k in box))


def gaussian_lowpass_2d(grid: tuple[int, ...], T: float) -> Filter:
    """Make a two-dimensional Gaussian low-pass filter.

    Parameters
    ----------
    grid : tuple of int
        Number of rows and columns of the periodic grid.
    T : float
        Averaging scale, in pixels: in space, the standard deviation is 0.4 T and the full width at half maximum about
        0.94 T.

    Returns
    -------
    phi : Filter
        Filter equal to one at frequency zero.
    """
    covariance = _covariance(1 / (LOWPASS_SIGMA * T), 0.0, 1.0)
    reach = GAUSSIAN_REACH * np.sqrt(np.diag(covariance))
    box = [_support(-r, r, n) for r, n in zip(reach, grid, strict=True)]
    values = _spectrum(covariance, (0.0, 0.0), box, grid)
    return compact((values / values.max())[np.newaxis], tuple(int(k[0]) for k in box))


@single_threaded_blas()
def morlet_bank_2d(
    grid: tuple[int, ...],
    J: int,
    L: int = 8,
    Q: int = 1,
    T: float | None = None,
    slant: float | None = None,
    normalize: str = "tight",
) -> FilterBank:
    r"""Make oriented Morlet wavelets and a low-pass filter on a periodic two-dimensional grid.

    The wavelet of index ``q * L + theta`` has scale :math:`2^{q/Q}`, center frequency :math:`2^{-q/Q} \xi` in
    direction ``angle`` from axis 0, a Gaussian envelope that is ``1 / slant`` times longer across than along that
    direction, and zero mean.

    Parameters
    ----------
    grid : tuple of int
        Number of rows and columns of the grid.
    J : int
        Number of octaves.
    L : int, default=8
        Number of orientations in [0, pi). Those in [pi, 2 pi) give the same moduli for real images.
    Q : int, default=1
        Number of wavelets per octave.
    T : float, default=None
        Averaging scale of the low-pass filter, in pixels. None means ``2**J``.
    slant : float, default=None
        Width of the envelope along its direction of oscillation, relative to the width across. None means ``4 / L``
        for the conventional bank with Q = 1, and otherwise the value with the same angular selectivity.
    normalize : {"tight", "l1"}, default="tight"
        "tight" widens the finest wavelets so that they reach the corners of the frequency plane, then divides all
        filters by the square root of the Littlewood-Paley sum: the bank preserves the norm of real images (with
        ``T > 2**J`` it is only nonexpansive). "l1" makes the conventional bank, with a Gaussian low-pass filter and
        envelopes of unit l1 norm.

    Returns
    -------
    bank : FilterBank
        ``bank.table`` has fields ``j`` (``q / Q``), ``theta`` (0 to L - 1), ``xi`` and ``sigma`` (center frequency and
        radial bandwidth in cycles per pixel) and ``angle`` (in radians from axis 0).

    Raises
    ------
    ValueError
        If a parameter has an invalid value, or the wavelets of a tight bank do not cover all directions: a single
        orientation, or too small a slant.

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
        raise ValueError("L=1: a single orientation does not cover all directions; a tight bank requires L >= 2.")
    selectivity = relative_bandwidth(1) / relative_bandwidth(Q)
    xi0 = np.pi / 2 * (1 + 2 ** (-1 / Q))
    spread0 = xi0 / (XI0 * FINEST_SIGMA[normalize] * selectivity)
    # Across their direction, wavelets keep the conventional bandwidth.
    slant = 4 / L * xi0 / (XI0 * FINEST_SIGMA["l1"] * spread0) if slant is None else slant
    gain = 1.0 if tight else PUBLISHED_SCALE
    fields = [("j", int if Q == 1 else float), ("theta", int), ("xi", float), ("sigma", float), ("angle", float)]
    table = np.zeros(J * Q * L, dtype=fields)
    # Angles are in the conventional order.
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
        return tighten(bank, phi, overwrite=True)
    except ValueError as error:
        raise ValueError(
            f"slant={slant:.3g}, L={L}: wavelets do not cover all directions; expected a larger slant or L for a "
            "tight bank."
        ) from error
