"""Littlewood-Paley sums, frame bounds, and tight banks."""

from dataclasses import replace

import numpy as np

from skscat._core._folding import whole
from skscat._core._records import Filter

# Filters are stored where they exceed this fraction of their peak; Gaussians end there, in standard deviations.
SUPPORT_THRESHOLD = 1e-5
GAUSSIAN_REACH = np.sqrt(-2 * np.log(SUPPORT_THRESHOLD)) + 0.1
# Least Littlewood-Paley sum of a bank that is made tight: where less is left, division would change the filters.
LOWEST_SUM = 0.03
NORMALIZATIONS = ("tight", "l1")


def compact(values, low, threshold=SUPPORT_THRESHOLD, half=False):
    """Trim a filter to the smallest box that holds all that is above a fraction of its peak.

    Parameters
    ----------
    values : ndarray of shape (n_components, *support)
        Values on a box of frequencies.
    low : tuple of int
        Lowest frequency of the box, per axis.
    threshold : float, default=1e-5
        Fraction of the peak.
    half : bool, default=False
        Whether the filter is real in space and given at half of its frequencies.

    Returns
    -------
    psi : Filter
    """
    size = np.abs(values)
    peak = size.max()
    if peak == 0:
        return Filter(np.zeros((len(values),) + (1,) * len(low)), (0,) * len(low), half)
    box, corner = [slice(None)], []
    for axis, first in enumerate(low, start=1):
        hit = np.flatnonzero(size.max(axis=tuple(i for i in range(size.ndim) if i != axis)) > threshold * peak)
        box.append(slice(hit[0], hit[-1] + 1))
        corner.append(int(first + hit[0]))
    return Filter(np.ascontiguousarray(values[tuple(box)]), tuple(corner), half)


def to_dense(psi, grid):
    """Spread a filter over a whole periodic grid.

    Parameters
    ----------
    psi : Filter
        A filter, on its support.
    grid : tuple of int
        Samples per axis.

    Returns
    -------
    values : ndarray of shape (n_components, *grid)
        Fourier coefficients in the order of ``numpy.fft``.
    """
    psi = whole(psi, grid)
    out = np.zeros((len(psi.values), *grid), psi.values.dtype)
    np.add.at(out, (slice(None), *_cells(psi, grid)), psi.values)
    return out


def _cells(psi, grid):
    """Cells of a dense grid that the support of a filter covers."""
    return np.ix_(
        *(np.arange(low, low + n) % m for low, n, m in zip(psi.low, psi.values.shape[1:], grid, strict=True))
    )


def littlewood_paley(bank):
    r"""Share of the energy of a real signal that a bank keeps at each frequency.

    .. math:: A(\omega) = |\hat\phi(\omega)|^2
              + \frac12 \sum_\lambda |\hat\psi_\lambda(\omega)|^2 + |\hat\psi_\lambda(-\omega)|^2

    Parameters
    ----------
    bank : FilterBank
        Filters on one grid.

    Returns
    -------
    A : ndarray of shape bank.grid
        In the order of ``numpy.fft``.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. PAMI 35 (2013),
           1872-1886, equation 3.
    """
    energy = np.zeros(bank.grid)
    for psi in bank.psi:
        energy[_cells(psi, bank.grid)] += _both_signs(psi, bank.grid) * (np.abs(psi.values) ** 2).sum(axis=0)
    mirrored = np.roll(np.flip(energy), 1, axis=tuple(range(energy.ndim)))
    low_pass = np.zeros(bank.grid)
    low_pass[_cells(bank.phi, bank.grid)] = np.abs(bank.phi.values[0]) ** 2
    return energy + mirrored + low_pass


def _both_signs(psi, grid):
    """Weight of the energy of a filter so that the sum over a frequency and its negative is their mean."""
    if not psi.half:
        return 0.5
    k = psi.low[0] + np.arange(psi.values.shape[1])
    weight = np.where((k == 0) | (2 * k == grid[0]), 0.5, 1.0)
    return weight.reshape(-1, *(1,) * (len(grid) - 1))


def frame_bounds(bank):
    """Return the extreme values of the Littlewood-Paley sum of a bank.

    Parameters
    ----------
    bank : FilterBank
        Filters on one grid.

    Returns
    -------
    bounds : tuple of float
        ``(lower, upper)`` such that ``lower * |x|^2 <= |W x|^2 <= upper * |x|^2`` for real signals on the grid.
    """
    A = littlewood_paley(bank)
    return float(A.min()), float(A.max())


def tighten(bank, phi=None):
    """Divide every filter by the root of the Littlewood-Paley sum, so that the bank keeps the norm.

    Parameters
    ----------
    bank : FilterBank
        Its Littlewood-Paley sum must be positive.
    phi : Filter, default=None
        Low-pass filter of the result, divided by the same function. None takes that of ``bank``. One narrower than
        that of ``bank`` gives a bank that contracts without keeping the norm.

    Returns
    -------
    bank : FilterBank

    Raises
    ------
    ValueError
        If the sum comes so near to zero that a filter would change its shape.
    """
    A = littlewood_paley(bank)
    if A.min() < LOWEST_SUM:
        raise ValueError(
            f"bank leaves frequencies out: its Littlewood-Paley sum falls to {A.min():.2g}; expected at least "
            f"{LOWEST_SUM}."
        )
    root = np.sqrt(A)

    def divide(psi):
        return psi._replace(values=psi.values / root[_cells(psi, bank.grid)])

    return replace(bank, psi=tuple(map(divide, bank.psi)), phi=divide(bank.phi if phi is None else phi))
