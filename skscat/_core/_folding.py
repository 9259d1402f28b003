"""How the product of a filter with a spectrum is folded onto a smaller grid.

To subsample a convolution is to fold its spectrum: frequencies that are equal modulo the size of the smaller grid are
added. Frequencies are integers, in cycles per period of the grid, and may be negative.
"""

from functools import partial
from math import prod
from operator import ge
from typing import NamedTuple

import numpy as np

from skscat._core._copying import runs
from skscat._core._records import LARGE_FILTER, Filter, complex_dtype, real_dtype, reverse


class Piece(NamedTuple):
    """A box of a filter's support, the frequencies of a spectrum it multiplies, and where the product goes.

    ``adds`` says whether the target overlaps that of an earlier piece. If ``side_by_side``, values multiply real and
    imaginary parts side by side, and slices of the last axis count both.
    """

    source: tuple
    values: np.ndarray
    target: tuple
    n_points: int
    adds: bool = False
    side_by_side: bool = False


class FoldedFilter(NamedTuple):
    """A filter as it multiplies spectra on a given band, folded onto a given grid.

    Parameters
    ----------
    pieces : list of Piece
        The largest comes first; one is enough unless the support wraps around the grid.
    size : tuple of int
        Frequencies of the product, per axis.
    covers : bool
        Whether the pieces write all of them.
    wraps : tuple of list of Run, default=()
        How the product is wrapped onto a still smaller grid, for each of the last axes.
    """

    pieces: list
    size: tuple
    covers: bool
    wraps: tuple = ()


def _folded(pieces, size, wraps=()):
    written = sum(piece.n_points for piece in pieces if not piece.adds)
    return FoldedFilter(pieces, size, written == prod(size), wraps)


# ---------------------------------------------------------------------------------------------------------------
# Supports


def whole(psi, grid):
    """Return a filter stored by its half with both halves, on a box that is symmetric about zero.

    Parameters
    ----------
    psi : Filter
    grid : tuple of int
        Samples per axis. The value at frequency one half is split between both ends of an axis.

    Returns
    -------
    psi : Filter
    """
    if not psi.half:
        return psi
    low, high = psi.band
    values = np.zeros((len(psi.values), *psi.band.shape), psi.values.dtype)
    stored = tuple(slice(a - b, a - b + n) for a, b, n in zip(psi.low, low, psi.values.shape[1:], strict=True))
    values[(slice(None), *stored)] = psi.values
    values[:, : high[0]] = np.conjugate(reverse(values)[:, : high[0]])
    for axis, (n, length) in enumerate(zip(high, grid, strict=True), start=1):
        if 2 * n == length:
            ends = values.take([0, -1], axis=axis)
            values[(slice(None),) * axis + ([0, -1],)] = ends.mean(axis=axis, keepdims=True) if axis > 1 else ends / 2
    return Filter(values, low)


def crop(psi, size):
    """Crop a filter to the window of at most ``size`` frequencies, per axis, that holds the most energy."""
    if all(map(ge, size, psi.values.shape[1:])):
        return psi
    if psi.is_mirror:
        # Of two windows with equal energy, the first would be taken: not the mirror image of that of the other filter.
        return crop(psi.mirrored, size).mirrored
    energy = (np.abs(psi.values) ** 2).sum(axis=0)
    box, low = [slice(None)], []
    for axis, (first, n) in enumerate(zip(psi.low, size, strict=True)):
        length = energy.shape[axis]
        marginal = energy.sum(axis=tuple(i for i in range(energy.ndim) if i != axis))
        total = np.concatenate(([0.0], np.cumsum(marginal)))
        n = min(n, length)
        start = int(np.argmax(total[n:] - total[: length - n + 1]))
        box.append(slice(start, start + n))
        low.append(first + start)
    return Filter(psi.values[tuple(box)], tuple(low))


def half_size(size):
    """Return the size of a half spectrum: the nonnegative frequencies of the first axis."""
    return (size[0] // 2 + 1, *size[1:])


# ---------------------------------------------------------------------------------------------------------------
# Folding


def multiplier(psi, dtype):
    """Return the values of a filter as they multiply spectra; the pieces of all its products are views of them.

    Parameters
    ----------
    psi : Filter
    dtype : dtype
        Precision of the spectra.

    Returns
    -------
    values : ndarray of shape (n_components, *support) or (n_components, *support, 2)
        Real values are repeated for real and imaginary parts, whose products side by side take half the time of
        complex ones. Large filters are not: memory matters more.
    """
    values = psi.values
    if np.iscomplexobj(values):
        return values.astype(complex_dtype(dtype), copy=False)
    if values.size > LARGE_FILTER:
        return values.astype(min(values.dtype, real_dtype(dtype)), copy=False)
    return np.repeat(values.astype(real_dtype(dtype))[..., np.newaxis], 2, axis=-1)


def fold_wavelet(psi, band, size, grid, dtype, shift=None, values=None):
    """Fold the product of a wavelet with spectra, up to a shift in frequency, on which the modulus does not depend.

    Parameters
    ----------
    psi : Filter
    band : Band
        Frequencies of the spectra.
    size : tuple of int
        Grid of the convolution. Wavelets are cropped to it: the grid is such that this loses as little as the
        aliasing of the modulus. Those that are real in space are folded in whole instead, see :func:`_fold_real`.
    grid : tuple of int
        Grid on which the wavelet is given.
    dtype : dtype
        Precision of the spectra.
    shift : tuple of int, default=None
        Frequency that goes to frequency 0. None means the lowest of the product.
    values : callable, default=None
        Returns ``multiplier(psi, dtype)``, from a cache.

    Returns
    -------
    psi : FoldedFilter
    """
    values = values or partial(multiplier, psi, dtype)
    if psi.half:
        return _fold_real(psi, band, size, grid, dtype, values)
    cropped = crop(psi, size)
    _, box = cropped.band.overlap(psi.band)
    shift = shift or tuple(map(max, cropped.low, band.low))
    return _folded(fold(cropped, band, size, shift, dtype, values=values()[(slice(None), *box)]), size)


def _fold_real(psi, band, size, grid, dtype, values):
    """Fold the product of spectra with a wavelet that is real in space, and keep one half.

    All of it is folded, so that convolutions are sampled exactly. A shift by half a grid, which only changes signs,
    makes the frequencies of a row contiguous, so that rows are long; wavelets that do not fit are folded axis by axis.
    """
    shift = tuple(0 if axis == 0 or n % 2 else -(n // 2) for axis, n in enumerate(size))
    if all(extent <= n for extent, n in zip(psi.band.shape, size, strict=True)):
        pieces = fold(psi, band, size, shift, dtype, half=True, values=values())
        return _folded(pieces, half_size(size))
    psi = whole(psi, grid)
    box = (size[0], *psi.values.shape[2:])
    pieces = fold(psi, band, box, (0, *psi.low[1:]), dtype, half=True)
    targets = [(low - first + np.arange(n)) % m for low, first, n, m in zip(psi.low, shift, box, size, strict=True)]
    return _folded(pieces, half_size(box), tuple(map(runs, targets[1:])))


def fold_index(psi, total, size, ndim, dtype):
    """Fold the product of a filter with spectra along the index axis, which comes before the grid axes.

    Parameters
    ----------
    psi : Filter
        On one axis. It is cropped to ``size`` frequencies and shifted so that the first is frequency 0: the modulus
        does not depend on the shift.
    total : int
        Frequencies of the spectra.
    size : int
        Grid of the result.
    ndim : int
        Number of grid axes.
    dtype : dtype
        Precision of the spectra.

    Returns
    -------
    psi : FoldedFilter
    """
    grid = (slice(None),) * ndim
    values, (low,), *_ = crop(psi, (size,))
    dtype = complex_dtype(dtype) if np.iscomplexobj(values) else real_dtype(dtype)
    values = values.astype(dtype).reshape(1, -1, *(1,) * ndim)
    pieces = []
    for run in runs(np.arange(low, low + values.size) % total):
        part = values[:, run.target]
        source, target = (Ellipsis, run.source, *grid), (Ellipsis, run.target, *grid)
        pieces.append(Piece(source, part, target, part.size, side_by_side=part.dtype.kind != "c"))
    return _folded(pieces, (size,))


def fold(psi, band, size, shift, dtype, half=False, values=None):
    """Fold the product of a filter with spectra onto a grid of ``size`` frequencies.

    Parameters
    ----------
    psi : Filter
        Its values as they are stored: a filter with ``half`` is not completed.
    band : Band
        Frequencies of the spectra. What lies outside counts as zero.
    size : tuple of int
        Grid of the result, per axis.
    shift : tuple of int
        Frequency that goes to frequency 0. The modulus of the result does not depend on it.
    dtype : dtype
        Precision of the spectra.
    half : bool, default=False
        Leave out the negative frequencies of the first axis of the result.
    values : ndarray, default=None
        ``multiplier(psi, dtype)``, if it is known.

    Returns
    -------
    pieces : list of Piece
        One, unless the support wraps around the grid; the largest first.
    """
    axes = [
        _fold_axis(*args)
        for args in zip(psi.low, psi.values.shape[1:], band.low, band.shape, size, shift, strict=True)
    ]
    if half:
        axes[0] = _upper_half(axes[0], size[0])
    boxes = []
    for index in np.ndindex(*map(len, axes)):
        box = tuple(zip(*(axis[i] for axis, i in zip(axes, index, strict=True)), strict=True))
        boxes.append((prod(part.stop - part.start for part in box[2]), *box))
    boxes.sort(key=lambda box: -box[0])
    values = multiplier(psi, dtype) if values is None else values
    side_by_side, pieces = values.ndim > psi.values.ndim, []
    for i, (n_points, source, support, target) in enumerate(boxes):
        adds = any(_overlap(target, earlier) for *_, earlier in boxes[:i])
        part = values[(slice(None), *support)]
        if side_by_side:
            part = part.reshape(*part.shape[:-2], -1)
            source, target = _double_last(source), _double_last(target)
        pieces.append(Piece((Ellipsis, *source), part, (Ellipsis, *target), n_points, adds, side_by_side))
    return pieces


def _fold_axis(low, width, x_low, x_width, size, shift):
    """Cut the support of a filter, on one axis, where its product with a spectrum wraps around a grid."""
    parts = []
    k, stop = max(low, x_low), min(low + width, x_low + x_width)
    while k < stop:
        first = (k - shift) % size
        n = min(stop - k, size - first)
        parts.append((slice(k - x_low, k - x_low + n), slice(k - low, k - low + n), slice(first, first + n)))
        k += n
    return parts


def _upper_half(parts, size):
    """Keep what goes to the nonnegative frequencies, on one axis."""
    kept = []
    for source, support, target in parts:
        excess = max(target.stop - size // 2 - 1, 0)
        if target.start + excess < target.stop:
            kept.append(tuple(slice(s.start, s.stop - excess) for s in (source, support, target)))
    return kept


def _overlap(a, b):
    """Return whether two boxes have a frequency in common."""
    return all(s.start < t.stop and t.start < s.stop for s, t in zip(a, b, strict=True))


def _double_last(box):
    return (*box[:-1], slice(2 * box[-1].start, 2 * box[-1].stop))
