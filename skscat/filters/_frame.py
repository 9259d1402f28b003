"""Littlewood-Paley sums, frame bounds, and tight banks."""

from dataclasses import replace

import numpy as np

from skscat._core._folding import whole
from skscat._core._records import LARGE_FILTER, Filter, FilterBank

# Filters are stored where they exceed this fraction of their peak.
SUPPORT_THRESHOLD = 1e-5
# Half-width of the support of a Gaussian at that threshold, in standard deviations.
GAUSSIAN_REACH = np.sqrt(-2 * np.log(SUPPORT_THRESHOLD)) + 0.1
# Smallest Littlewood-Paley sum of a bank that can be made tight: below it, the division would distort the filters.
LOWEST_SUM = 0.03
NORMALIZATIONS = ("tight", "l1")


def compact(values, low, threshold=SUPPORT_THRESHOLD, half=False):
    """Trim a filter to the smallest box that contains all values above a fraction of its peak.

    Parameters
    ----------
    values : ndarray of shape (n_components, *support)
        Values on a box of frequencies.
    low : tuple of int
        Lowest frequency of the box on each axis.
    threshold : float, default=1e-5
        Fraction of the peak.
    half : bool, default=False
        Whether the filter is real in space and given at the nonnegative frequencies of its first axis only.

    Returns
    -------
    psi : Filter
        Filter on its support.
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
    values = np.ascontiguousarray(values[tuple(box)])
    if values.size > LARGE_FILTER:
        values = values.astype(np.complex64 if np.iscomplexobj(values) else np.float32)
    return Filter(values, tuple(corner), half)


def to_dense(psi: Filter, grid: tuple[int, ...]) -> np.ndarray:
    """Expand a filter from its support to a whole periodic grid.

    Parameters
    ----------
    psi : Filter
        Filter on its support.
    grid : tuple of int
        Number of samples per axis of the grid.

    Returns
    -------
    values : ndarray of shape (n_components, *grid)
        Fourier coefficients, in the order of :mod:`numpy.fft`.
    """
    psi = whole(psi, grid)
    out = np.zeros((len(psi.values), *grid), psi.values.dtype)
    np.add.at(out, (slice(None), *_indices(psi, grid)), psi.values)
    return out


def _indices(psi, grid):
    """Return the indices, on a dense grid, of the support of a filter."""
    return np.ix_(
        *(np.arange(low, low + n) % m for low, n, m in zip(psi.low, psi.values.shape[1:], grid, strict=True))
    )


def littlewood_paley(bank: FilterBank) -> np.ndarray:
    r"""Compute the Littlewood-Paley sum of a filter bank.

    At each frequency, the bank multiplies the energy of signals by this sum. For real signals,

    .. math:: A(\omega) = |\hat\phi(\omega)|^2
              + \frac12 \sum_\lambda \left(|\hat\psi_\lambda(\omega)|^2 + |\hat\psi_\lambda(-\omega)|^2\right)

    and for complex signals, for which a bank is two-sided,
    :math:`A(\omega) = |\hat\phi(\omega)|^2 + \sum_\lambda |\hat\psi_\lambda(\omega)|^2`.

    Parameters
    ----------
    bank : FilterBank
        Filter bank.

    Returns
    -------
    A : ndarray of shape bank.grid
        Littlewood-Paley sum, in the order of :mod:`numpy.fft`.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. PAMI 35 (2013),
           1872-1886, equation 3.
    """
    A = np.zeros(bank.grid)
    for psi in bank.psi:
        weight = 1.0 if bank.two_sided else _both_signs(psi, bank.grid)
        A[_indices(psi, bank.grid)] += weight * (np.abs(psi.values) ** 2).sum(axis=0)
    if not bank.two_sided:
        A += np.roll(np.flip(A), 1, axis=tuple(range(A.ndim)))
    A[_indices(bank.phi, bank.grid)] += np.abs(bank.phi.values[0]) ** 2
    return A


def _both_signs(psi, grid):
    """Return weights of the energy of a filter for which adding the mirrored energy gives the mean over both signs."""
    if not psi.half:
        return 0.5
    k = psi.low[0] + np.arange(psi.values.shape[1])
    weight = np.where((k == 0) | (2 * k == grid[0]), 0.5, 1.0)
    return weight.reshape(-1, *(1,) * (len(grid) - 1))


def frame_bounds(bank: FilterBank) -> tuple[float, float]:
    """Compute the frame bounds of a bank: the extreme values of its Littlewood-Paley sum.

    Parameters
    ----------
    bank : FilterBank
        Filter bank.

    Returns
    -------
    bounds : tuple of float
        ``(lower, upper)`` such that ``lower * |x|^2 <= |W x|^2 <= upper * |x|^2`` for real signals on the grid, or
        for complex ones if the bank is two-sided.
    """
    A = littlewood_paley(bank)
    return float(A.min()), float(A.max())


def tighten(bank: FilterBank, phi: Filter | None = None, *, overwrite: bool = False) -> FilterBank:
    """Divide all filters by the square root of the Littlewood-Paley sum, so that the bank preserves the norm.

    Parameters
    ----------
    bank : FilterBank
        Filter bank whose Littlewood-Paley sum is positive.
    phi : Filter, default=None
        Low-pass filter of the result, before the division. None means that of ``bank``. A narrower one makes a bank
        that is nonexpansive but does not preserve the norm.
    overwrite : bool, default=False
        Divide the filters of ``bank`` and ``phi`` in place: they are then not in memory twice.

    Returns
    -------
    bank : FilterBank
        Filter bank with the divided filters.

    Raises
    ------
    ValueError
        If the sum is so close to zero that the division would distort a filter.
    """
    A = littlewood_paley(bank)
    if A.min() < LOWEST_SUM:
        raise ValueError(
            f"bank does not cover all frequencies: its Littlewood-Paley sum falls to {A.min():.2g}; expected at least "
            f"{LOWEST_SUM}."
        )
    root = np.sqrt(A, out=A)

    def divide(psi):
        out = psi.values if overwrite else np.empty_like(psi.values)
        np.divide(psi.values, root[_indices(psi, bank.grid)], out=out, casting="same_kind")
        return psi._replace(values=out)

    return replace(bank, psi=tuple(map(divide, bank.psi)), phi=divide(bank.phi if phi is None else phi))
