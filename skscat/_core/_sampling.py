"""Sampling: padded axes, and the grid of each modulus."""

from functools import cache

import numpy as np

from skscat._core._fourier import fast_size

# Smallest number of samples, per axis, of the grid of a modulus.
SMALLEST_SIZE = 8
# Factor of the density per unit of ``oversampling``: errors fall to a tenth.
OVERSAMPLING_STEP = 2.2


def default_stride(T):
    """Return the largest power of two up to T."""
    return 2 ** int(np.log2(T))


def padded_axis(length, margin, stride, padding):
    """Lay out a padded axis.

    Returns
    -------
    left, total : int
        Samples before the signal (at least ``margin``, a multiple of ``stride``) and samples in all (a multiple of
        ``stride`` with a fast Fourier transform). A periodic axis is not padded, and a mirrored one at most to its
        period, where it has no border error, unless that length has a slow Fourier transform.
    """
    if padding == "wrap":
        return 0, length
    left = int(np.ceil(margin / stride)) * stride
    total = stride * fast_size((left + length + margin) / stride)
    # The period of a mirrored signal, with its end samples repeated or not.
    period = {"symmetric": 2 * length, "reflect": max(2 * (length - 1), 1)}.get(padding)
    if period is not None and total >= period and _work(period) <= _work(total):
        return 0, period
    return left, total


def _work(size):
    """Estimate the work on an axis: per sample, p operations for each prime factor p of its size, and 100 besides."""
    passes, rest, p = 0, size, 2
    while rest > 1:
        if rest % p:
            p += 1 if p * p <= rest else rest - p
        else:
            passes, rest = passes + p, rest // p
    return size * (100 + passes)


def bandwidth(*filters):
    """Width in frequency of a filter: the sigma of the Gaussian whose energy is spread as much.

    For several filters, the width of their total energy about frequency zero.
    """
    energy, mean, square = np.sum([_moments(psi) for psi in filters], axis=0)
    if not energy.any():
        return np.zeros(len(energy))
    mean, square = mean / energy, square / energy
    # Of a single frequency, the variance is zero up to rounding.
    variance = np.maximum(square - mean**2, 0) if len(filters) == 1 else square
    # exp(-k^2 / 2 sigma^2) has energy of variance sigma^2 / 2.
    return np.sqrt(2 * variance)


def _moments(psi):
    """Return the sums of the energy of a filter, weighted by 1, the frequency and its square, per axis."""
    energy = np.square(np.abs(psi.values), dtype=float).sum(axis=0)
    if psi.half and psi.low[0] == 0:
        energy[0] *= 0.5
    sums = []
    for axis, low in enumerate(psi.low):
        marginal = energy.sum(axis=tuple(i for i in range(energy.ndim) if i != axis))
        k = low + np.arange(len(marginal))
        sums.append((marginal.sum(), 0.0 if psi.half else (k * marginal).sum(), (k**2 * marginal).sum()))
    return np.transpose(sums)


def grid_unit(grid, period):
    """Return, per axis, the number of which grid sizes must be multiples.

    A shift of the signal by ``period`` then shifts every grid by whole samples. None asks for even sizes only.
    """
    if period is None:
        return (2,) * len(grid)
    return tuple(n // period if n % period == 0 else 1 for n in grid)


def grid_size(need, unit, limit):
    """Return a fast size of at least ``need``, a multiple of ``unit``, at most ``limit``: per axis."""
    sizes = [u * fast_size(max(n, SMALLEST_SIZE) / u) for n, u in zip(need, unit, strict=True)]
    return tuple(int(min(size, n)) for size, n in zip(sizes, limit, strict=True))


def grid_sizes(nodes, banks, grid, unit, density):
    """Return the grid of every node: a multiple of ``unit``, as its bandwidth needs, at most that of its parent."""
    width = cache(lambda bank: np.array([bandwidth(psi) for psi in bank.psi]).reshape(len(bank.psi), len(grid)))
    widths = [width(bank) for bank in banks]
    has_children = np.zeros(len(nodes), dtype=bool)
    has_children[nodes["parent"][1:]] = True

    @cache
    def size(order, n, is_parent, limit):
        return grid_size(density[0 if is_parent else 1] * widths[order - 1][n], unit, limit)

    sizes = [tuple(grid)]
    for i in range(1, len(nodes)):
        order = int(nodes["order"][i])
        limit = sizes[nodes["parent"][i]]
        sizes.append(size(order, int(nodes[f"n{order}"][i]), bool(has_children[i]), limit))
    return np.array(sizes, dtype=int).reshape(len(nodes), len(grid))
