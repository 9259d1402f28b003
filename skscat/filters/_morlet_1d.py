"""One-dimensional Morlet wavelets."""

from math import ceil

import numpy as np

from skscat._checks import check_choice, check_counts, check_positive
from skscat._core._fourier import fast_size
from skscat._core._operators import synthesize
from skscat._core._records import Filter, FilterBank
from skscat.filters._frame import GAUSSIAN_REACH, NORMALIZATIONS, SUPPORT_THRESHOLD, compact, tighten

# Bandwidth of the low-pass filter with an averaging scale of one sample, in cycles per sample.
SIGMA0 = 0.1
# Value at which adjacent wavelets of an unnormalized bank cross.
CROSSING = np.sqrt(0.5)
# Half-width of the essential support of a Gaussian, in standard deviations, which limits the subsampling.
ALPHA = 5
# Smallest bandwidth and lowest center frequency, in cycles per period, of filters that a periodic grid resolves.
NARROWEST, LOWEST = 0.4, 0.75
# Bandwidth, in cycles per period, from which on the l1 norm on one period is that on the line, up to 2e-5.
L1_BANDWIDTH = 1.6

BANK_DTYPE = [("j", int), ("xi", float), ("sigma", float)]


def relative_bandwidth(Q):
    """Return the ratio of bandwidth to center frequency of Q wavelets per octave that cross at ``CROSSING``."""
    ratio = 2 ** (-1 / Q)
    return (1 - ratio) / (1 + ratio) / np.sqrt(2 * np.log(1 / CROSSING))


def morlet_frequencies_1d(J: int, Q: int, *, tight: bool, narrowest: float = 0.0) -> np.ndarray:
    """Compute the center frequencies and bandwidths of a Morlet bank.

    Bandwidths are proportional to the center frequency, down to the bandwidth of scale ``2**J``. At lower frequencies,
    wavelets have this bandwidth and are evenly spaced.

    Parameters
    ----------
    J : int
        Log2 of the largest scale, in samples.
    Q : int
        Number of wavelets per octave.
    tight : bool
        If False, the center frequencies are the conventional ones of published coefficients: they start at ``1 / (1 +
        2**(3 / Q))``, or at 0.35 if that is larger, and ``Q - 1`` of them are evenly spaced. If True, they start one
        bandwidth below the highest frequency, 0.5, and the evenly spaced wavelets cross at the same value as the
        others.
    narrowest : float, default=0.0
        Smallest bandwidth, in cycles per sample.

    Returns
    -------
    ladder : structured ndarray with fields ``j``, ``xi``, ``sigma``
        Center frequencies ``xi``, in decreasing order, and bandwidths ``sigma``, in cycles per sample. ``2**j`` is the
        critical subsampling factor.

    References
    ----------
    .. [1] J. Anden and S. Mallat, "Deep scattering spectrum", IEEE Trans. Signal Process. 62 (2014), 4114-4128.
    .. [2] Kymatio 0.3, ``compute_params_filterbank``: the conventional center frequencies.
    """
    relative = relative_bandwidth(Q)
    sigma_min = max(SIGMA0 / 2**J, narrowest)
    xi = 0.5 / (1 + relative) if tight else max(1 / (1 + 2 ** (3 / Q)), 0.35)
    sigma = relative * xi
    if sigma <= sigma_min:
        # All wavelets have the smallest bandwidth: only the evenly spaced part is left.
        ladder = []
        xi = xi if tight else sigma
    else:
        ladder = [(xi, sigma)]
        while sigma > sigma_min * 2 ** (1 / Q):
            xi, sigma = xi / 2 ** (1 / Q), sigma / 2 ** (1 / Q)
            ladder.append((xi, sigma))
    if tight:
        spacing = 2 * np.sqrt(2 * np.log(1 / CROSSING)) * sigma_min
        n_even = int(np.ceil(xi / spacing)) - 1
        if not ladder:
            ladder.append((xi, sigma_min))
    else:
        n_even = Q - 1
    ladder += [(xi * (1 - q / (n_even + 1)), sigma_min) for q in range(1, n_even + 1)]
    table = np.zeros(len(ladder), dtype=BANK_DTYPE)
    table["xi"], table["sigma"] = np.transpose(ladder) if ladder else ((), ())
    table["j"] = critical_subsampling(table["xi"], table["sigma"])
    return table


def critical_subsampling(xi, sigma):
    """Return the log2 of the subsampling factor that the highest frequency of a filter allows."""
    return (np.floor(-np.log2(np.minimum(xi + ALPHA * sigma, 0.5))) - 1).astype(int)


def _gaussian(xi, sigma, k, length):
    """Return a Gaussian at the frequencies k / length, periodized with period one."""
    reach = GAUSSIAN_REACH * sigma
    images = np.arange(np.ceil(xi - reach - k[-1] / length), np.floor(xi + reach - k[0] / length) + 1)
    return sum((np.exp(-((k / length + p - xi) ** 2) / (2 * sigma**2)) for p in images), np.zeros(len(k)))


def _support(xi_low, xi_high, sigma, length):
    """Return the integer frequencies that a filter may cover: at most one period."""
    reach = GAUSSIAN_REACH * sigma
    low, high = (xi_low - reach) * length, (xi_high + reach) * length
    if high - low + 1 >= length:
        low = np.ceil((low + high) / 2 - length / 2)
        return np.arange(low, low + length).astype(int)
    return np.arange(np.floor(low), np.ceil(high) + 1).astype(int)[:length]


def gaussian_lowpass_1d(length: int, T: float) -> Filter:
    """Make a one-dimensional Gaussian low-pass filter.

    Parameters
    ----------
    length : int
        Number of samples of the periodic grid.
    T : float
        Averaging scale, in samples: in time, the standard deviation is about 1.6 T and the full width at half maximum
        about 3.7 T.

    Returns
    -------
    phi : Filter
        Filter equal to one at frequency zero.
    """
    return _lowpass(SIGMA0 / T, length)


def _lowpass(sigma, length):
    k = _support(0.0, 0.0, sigma, length)
    values = _gaussian(0.0, sigma, k, length)
    return compact((values / values[k == 0])[np.newaxis], (int(k[0]),))


def morlet_bank_1d(length: int, J: int, Q: int = 1, T: float | None = None, normalize: str = "tight") -> FilterBank:
    r"""Make one-dimensional Morlet wavelets and a low-pass filter on a periodic grid.

    .. math:: \hat\psi_\lambda(\omega) = \hat g(\omega - \xi_\lambda)
              - \frac{\hat g(\xi_\lambda)}{\hat g(0)} \hat g(\omega)

    with :math:`\hat g` a Gaussian of bandwidth :math:`\sigma_\lambda`, so that wavelets have zero mean.

    Parameters
    ----------
    length : int
        Number of samples of the grid.
    J : int
        Log2 of the largest scale, in samples.
    Q : int, default=1
        Number of wavelets per octave.
    T : float, default=None
        Averaging scale of the low-pass filter, in samples. None means ``2**J``.
    normalize : {"tight", "l1"}, default="tight"
        "tight" divides all filters by the square root of the Littlewood-Paley sum: the bank preserves the norm of real
        signals (with ``T > 2**J`` it is only nonexpansive). "l1" makes the conventional bank, with a Gaussian low-pass
        filter and wavelets of unit l1 norm in time.

    Returns
    -------
    bank : FilterBank
        ``bank.table`` has fields ``j``, ``xi``, ``sigma``; see :func:`morlet_frequencies_1d`.

    Raises
    ------
    ValueError
        If a parameter has an invalid value.

    References
    ----------
    .. [1] J. Anden and S. Mallat, "Deep scattering spectrum", IEEE Trans. Signal Process. 62 (2014), 4114-4128.

    Examples
    --------
    >>> from skscat.filters import frame_bounds, morlet_bank_1d
    >>> bank = morlet_bank_1d(1024, J=6, Q=8)
    >>> "%.6f %.6f" % frame_bounds(bank)
    '1.000000 1.000000'
    """
    return make_morlet_bank(length, J, Q, T, normalize)


def make_morlet_bank(length, J, Q, T, normalize, resolved=False):
    """Make the bank of :func:`morlet_bank_1d`.

    ``resolved=True`` leaves out what the grid does not resolve, and widens what is too narrow for it: an axis that is
    periodic by nature, such as that of angles, has no frequencies between zero and one cycle per period.
    """
    check_counts(length=length, Q=Q)
    check_counts(0, J=J)
    check_positive(T=T)
    check_choice("normalize", normalize, NORMALIZATIONS)
    T = 2**J if T is None else T
    tight = normalize == "tight"
    narrowest = NARROWEST / length if resolved else 0.0
    table = morlet_frequencies_1d(J, Q, tight=tight, narrowest=narrowest)
    if resolved and tight:
        table = table[(table["xi"] * length >= LOWEST) | (np.arange(len(table)) == 0)]
    psi = tuple(_morlet(row["xi"], row["sigma"], length) for row in table)
    phi = _lowpass(max(SIGMA0 / T, narrowest), length)
    if not tight:
        needed = 0.0 if resolved else L1_BANDWIDTH
        psi = tuple(_unit_l1(f, row, length, needed) for f, row in zip(psi, table, strict=True))
        return FilterBank((length,), psi, phi, table)
    widest = FilterBank((length,), psi, _lowpass(max(SIGMA0 / min(T, 2**J), narrowest), length), table)
    return tighten(widest, phi, overwrite=True)


def _morlet(xi, sigma, length):
    offset = np.exp(-(xi**2) / (2 * sigma**2))
    k = _support(0.0 if offset > SUPPORT_THRESHOLD else xi, xi, sigma, length)
    values = _gaussian(xi, sigma, k, length)
    if (k == 0).any():
        about_zero = _gaussian(0.0, sigma, k, length)
        values -= values[k == 0] / about_zero[k == 0] * about_zero
    return compact(values[np.newaxis], (int(k[0]),))


def _unit_l1(psi, row, length, needed):
    """Divide a filter by its l1 norm in time; four samples per cycle of its bandwidth are enough to compute it.

    A filter that is narrow for the grid is long in time: its norm is that on a grid of several periods, which has
    ``needed`` frequencies in a bandwidth.
    """
    n_periods = max(1, ceil(needed / (row["sigma"] * length)))
    fine = psi if n_periods == 1 else _morlet(row["xi"], row["sigma"], n_periods * length)
    width = fine.values.shape[-1]
    z_hat = np.zeros(min(fast_size(4 * width), n_periods * length), dtype=complex)
    z_hat[:width] = fine.values[0]
    # Wavelets that vanish, as on a grid of one sample, are left unchanged.
    return Filter(psi.values / (np.abs(synthesize(z_hat, (-1,))).mean() or 1.0), psi.low)
