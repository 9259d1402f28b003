"""Filters on their support, and how their products with spectra go to smaller grids.

Frequencies are integers, in cycles per period of the grid, and may be negative.
"""

from typing import NamedTuple

import numpy as np

from skscat._copying import runs


def real_dtype(dtype):
    """Return the real type with the precision of ``dtype``."""
    return np.empty(0, dtype).real.dtype


def complex_dtype(dtype):
    """Return the complex type with the precision of ``dtype``."""
    return np.result_type(dtype, np.complex64)


class Filter(NamedTuple):
    """A filter in the Fourier domain, on its support only.

    Parameters
    ----------
    values : ndarray of shape (n_group, *support)
        Members of a group share a support and are pooled by L2 in the modulus. Usually real, and n_group is 1.
    low : tuple of int
        Lowest frequency of the support, per grid axis.
    half : bool, default=False
        Whether the filter is real in space and given at frequencies that are not negative on the first axis: the
        others hold the conjugates, and convolutions with real signals are real.
    """

    values: np.ndarray
    low: tuple
    half: bool = False

    @property
    def high(self):
        """Highest frequency of the support, per grid axis."""
        return tuple(a + n - 1 for a, n in zip(self.low, self.values.shape[1:], strict=True))

    @property
    def band(self):
        """Lowest and highest frequency, per grid axis, of signals that the filter sees."""
        if not self.half:
            return self.low, self.high
        high = tuple(max(-a, b) for a, b in zip(self.low, self.high, strict=True))
        return tuple(-n for n in high), high

    @property
    def mirrored(self):
        """The filter with frequencies reversed: for real values, that of the conjugate wavelet."""
        if self.half:
            return self
        return Filter(reverse(self.values), tuple(-high for high in self.high))


def reverse(values):
    """Reverse the order of frequencies on all axes of the values of a filter."""
    return values[(slice(None),) + (slice(None, None, -1),) * (values.ndim - 1)]


def whole(psi, grid):
    """Give a filter of which one half is stored with both halves, on a box that is symmetric about zero.

    Parameters
    ----------
    psi : Filter
    grid : tuple of int
        Samples per axis. Frequency one half is shared out to both ends of an axis.

    Returns
    -------
    psi : Filter
    """
    if not psi.half:
        return psi
    low, high = psi.band
    values = np.zeros((len(psi.values), *(b - a + 1 for a, b in zip(low, high, strict=True))), psi.values.dtype)
    stored = tuple(slice(a - b, a - b + n) for a, b, n in zip(psi.low, low, psi.values.shape[1:], strict=True))
    values[(slice(None), *stored)] = psi.values
    values[:, : high[0]] = np.conjugate(reverse(values)[:, : high[0]])
    for axis, (n, length) in enumerate(zip(high, grid, strict=True), start=1):
        if 2 * n == length:
            ends = values.take([0, -1], axis=axis)
            values[(slice(None),) * axis + ([0, -1],)] = ends.mean(axis=axis, keepdims=True) if axis > 1 else ends / 2
    return Filter(values, low)


def crop(psi, size):
    """Cut the support of a filter to the window of at most ``size`` frequencies, per axis, that holds most energy."""
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


class Piece(NamedTuple):
    """A box of a filter's support: where it meets a spectrum, and where the product goes on a smaller grid.

    Real values stand twice, and slices count halves of complex numbers on the last axis, see
    :func:`skscat._kernel.multiply`. ``adds`` says whether an earlier piece goes to some of the same cells.
    """

    source: tuple
    values: np.ndarray
    target: tuple
    n_points: int
    adds: bool = False


def covers(pieces, size):
    """Whether pieces write all cells of a grid."""
    return sum(piece.n_points for piece in pieces if not piece.adds) == np.prod(size)


def _fold_axis(low, width, x_low, x_width, size, shift):
    """Cut the support of a filter, on one axis, where its product with a spectrum wraps around a grid."""
    pieces = []
    k, stop = max(low, x_low), min(low + width, x_low + x_width)
    while k < stop:
        cell = (k - shift) % size
        n = min(stop - k, size - cell)
        pieces.append((slice(k - x_low, k - x_low + n), slice(k - low, k - low + n), slice(cell, cell + n)))
        k += n
    return pieces


def _upper_half(pieces, size):
    """Keep what goes to the cells of a half spectrum, on one axis."""
    kept = []
    for source, support, target in pieces:
        excess = max(target.stop - size // 2 - 1, 0)
        if target.start + excess < target.stop:
            kept.append(tuple(slice(s.start, s.stop - excess) for s in (source, support, target)))
    return kept


def _meet(a, b):
    """Whether two boxes have a cell in common."""
    return all(s.start < t.stop and t.start < s.stop for s, t in zip(a, b, strict=True))


def fold(psi, x_low, x_shape, size, shift, dtype, half=False):
    """Plan the product of a filter with a spectrum, periodised onto a grid of ``size`` frequencies.

    Parameters
    ----------
    psi : Filter
        With both of its halves.
    x_low : tuple of int
        Lowest frequency of the spectrum, per axis.
    x_shape : tuple of int
        Frequencies of the spectrum, per axis. What lies outside counts as zero.
    size : tuple of int
        Grid of the result, per axis.
    shift : tuple of int
        Frequency that goes to cell 0. The modulus of the result does not depend on it.
    dtype : dtype
        Precision of the spectrum.
    half : bool, default=False
        Leave out the negative frequencies of the first axis of the result.

    Returns
    -------
    pieces : list of Piece
        One, unless the support wraps around the grid; the largest first.
    """
    axes = [_fold_axis(*args) for args in zip(psi.low, psi.values.shape[1:], x_low, x_shape, size, shift, strict=True)]
    if half:
        axes[0] = _upper_half(axes[0], size[0])
    boxes = []
    for index in np.ndindex(*map(len, axes)):
        box = tuple(zip(*(axis[i] for axis, i in zip(axes, index, strict=True)), strict=True))
        boxes.append((int(np.prod([cells.stop - cells.start for cells in box[2]])), *box))
    boxes.sort(key=lambda box: -box[0])
    pieces = []
    for i, (n_points, source, support, target) in enumerate(boxes):
        adds = any(_meet(target, earlier) for *_, earlier in boxes[:i])
        values = psi.values[(slice(None), *support)]
        if np.iscomplexobj(values):
            values = values.astype(complex_dtype(dtype))
        else:
            # Real filters multiply real and imaginary parts side by side: twice as fast as a complex product.
            values = np.repeat(values, 2, axis=-1).astype(real_dtype(dtype))
            source, target = _double_last(source), _double_last(target)
        pieces.append(Piece((Ellipsis, *source), values, (Ellipsis, *target), n_points, adds))
    return pieces


def _double_last(box):
    return (*box[:-1], slice(2 * box[-1].start, 2 * box[-1].stop))


def fold_index(psi, total, size, ndim, dtype):
    """Plan the product of a filter with spectra of all ``total`` frequencies along the axis before the grid axes.

    Parameters
    ----------
    psi : Filter
        On one axis, with at most ``size`` frequencies. The first goes to cell 0: the modulus does not depend on it.
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
    pieces : list of Piece
    """
    grid = (slice(None),) * ndim
    values, (low,), _ = crop(psi, (size,))
    kind = complex_dtype(dtype) if np.iscomplexobj(values) else real_dtype(dtype)
    values = values.astype(kind).reshape(1, -1, *(1,) * ndim)
    return [
        Piece((Ellipsis, run.source, *grid), values[:, run.target], (Ellipsis, run.target, *grid), values.size)
        for run in runs(np.arange(low, low + values.size) % total)
    ]
