"""Scratch memory, and copying and padding along an axis.

Batch axes lead, grid axes trail; axes are counted from the end.
"""

from contextlib import contextmanager
from functools import lru_cache
from itertools import accumulate
from math import prod
from threading import local
from typing import NamedTuple

import numpy as np

from skscat._core import _namespace as arrays

# How a signal is extended at its boundaries: modes of numpy.pad.
PADDINGS = ("symmetric", "reflect", "wrap", "edge", "constant")

# Largest array that a thread keeps from one transform to the next. Arrays of frames are parts of chunks of this size,
# and begin at multiples of a cache line; of chunks, a thread keeps a total.
SCRATCH_BYTES, LINE_BYTES, KEPT_BYTES = 2**23, 2**6, 2**26


class Scratch(local):
    """Arrays that each thread reuses: fresh memory costs more than computing in it.

    They have names, or belong to a frame, see :meth:`frame`.
    """

    def __init__(self):
        self._arrays = {}
        # Chunks of memory, and where the next array of a frame begins: the number of a chunk, and a byte in it.
        self._chunks = []
        self._top = (-1, 0)

    def empty(self, name, shape, dtype, like):
        """Return an array with arbitrary content, which the next call with the same name overwrites.

        It belongs to the library of ``like`` and is on its device. Libraries other than NumPy reuse memory themselves.
        """
        if not isinstance(like, np.ndarray):
            return arrays.empty(shape, dtype, like)
        n_bytes = prod(shape) * np.dtype(dtype).itemsize
        memory = self._arrays.get(name)
        if memory is None or len(memory) < n_bytes:
            memory = self._arrays[name] = np.empty(n_bytes, np.uint8)
        return np.ndarray(shape, dtype, memory)

    @contextmanager
    def frame(self):
        """Let the arrays that are taken inside be used again after its end. Frames may be inside others."""
        top = self._top
        try:
            yield
        finally:
            self._top = top

    def take(self, shape, dtype, like):
        """Return an array with arbitrary content, as :meth:`empty` does, that lasts until the frame ends.

        A large one is not used again.
        """
        n_bytes = prod(shape) * np.dtype(dtype).itemsize
        if n_bytes > SCRATCH_BYTES or not isinstance(like, np.ndarray):
            return arrays.empty(shape, dtype, like)
        chunk, start = self._top
        if chunk < 0 or start + n_bytes > len(self._chunks[chunk]):
            chunk, start = chunk + 1, 0
            if chunk == len(self._chunks) or n_bytes > len(self._chunks[chunk]):
                self._chunks.insert(chunk, np.empty(SCRATCH_BYTES, np.uint8))
        self._top = chunk, start + -(-n_bytes // LINE_BYTES) * LINE_BYTES
        return np.ndarray(shape, dtype, self._chunks[chunk], start)

    def take_zeros(self, shape, dtype, like):
        """Return zeros that last until the frame ends."""
        x = self.take(shape, dtype, like)
        x[:] = 0
        return x

    def trim(self):
        """Release large arrays, and, outside all frames, chunks beyond a total."""
        self._arrays = {name: array for name, array in self._arrays.items() if len(array) <= SCRATCH_BYTES}
        if self._top[0] < 0:
            totals = accumulate(map(len, self._chunks))
            self._chunks = [chunk for chunk, total in zip(self._chunks, totals, strict=True) if total <= KEPT_BYTES]


scratch = Scratch()


class Run(NamedTuple):
    """A stretch of an index array that ascends, descends or is constant, as slices: copying needs no index array.

    A source of one sample fills the whole target.
    """

    source: slice
    target: slice


def runs(index):
    """Split an integer index into runs; negative entries are left out.

    Parameters
    ----------
    index : ndarray of int of shape (n,)
        ``out[i] = x[index[i]]``.

    Returns
    -------
    runs : list of Run
    """
    index = np.asarray(index)
    step, negative = np.diff(index), index < 0
    # A run can end only where the step changes, is a jump, or the sign does. A loop over all samples would take longer
    # than the transform of a long signal.
    changes = negative[1:] != negative[:-1]
    jumps = np.abs(step) > 1
    ends = changes | jumps
    ends[1:] |= step[1:] != step[:-1]
    breaks = [0]
    for i in (1 + np.flatnonzero(ends)).tolist():
        start = breaks[-1]
        if changes[i - 1] or jumps[i - 1]:
            breaks.append(i)
        elif i - start > 1 and step[i - 1] != step[start]:
            # The last of equal entries begins the run that ascends or descends from it.
            breaks.append(i - 1 if step[start] == 0 else i)
    out = []
    for start, stop in zip(breaks, [*breaks[1:], len(index)], strict=True):
        first, last = int(index[start]), int(index[stop - 1])
        if first < 0:
            continue
        down = last < first
        end = last - 1 if down else last + 1
        out.append(Run(slice(first, None if end < 0 else end, -1 if down else 1), slice(start, stop)))
    return out


def at(axis, part):
    """Return the index that applies ``part`` to a negative axis."""
    return (Ellipsis, part) + (slice(None),) * (-axis - 1)


def resized(shape, axis, length):
    """Return ``shape`` with another length on a negative axis."""
    return (*shape[:axis], length, *shape[len(shape) + axis + 1 :])


def gather(x, index_runs, length, axis):
    """Copy runs of x along a negative axis to an array of ``length`` samples there; samples in no run are zero."""
    covered = sum(run.target.stop - run.target.start for run in index_runs)
    create = arrays.empty if covered == length else arrays.zeros
    out = create(resized(x.shape, axis, length), arrays.dtype_of(x), x)
    for run in index_runs:
        out[at(axis, run.target)] = arrays.part_of(x, at(axis, run.source))
    return out


def gather_adjoint(g, index_runs, length, axis, overwrite=False):
    """Adjoint of :func:`gather`: each sample is added to where it was copied from.

    With ``overwrite=True`` the result may be a part of g, whose values are lost.
    """
    # A run that covers all samples takes the place of zeros.
    covering = [run for run in index_runs if run.source == slice(0, length, 1) and _length(run.target) == length][:1]
    if covering:
        out = g[at(axis, covering[0].target)]
        out = out if overwrite else arrays.copy(out)
    else:
        out = arrays.zeros(resized(g.shape, axis, length), arrays.dtype_of(g), g)
    for run in index_runs:
        if run not in covering:
            part = g[at(axis, run.target)]
            repeated = _length(run.target) > 1 and _is_single(run.source)
            part = part.sum(axis=axis, keepdims=True) if repeated else part
            arrays.add_to_part(out, at(axis, run.source), part)
    return out


def _length(part):
    return part.stop - part.start


def _is_single(source):
    """Return whether a source is a single sample."""
    end = -1 if source.stop is None else source.stop
    return abs(end - source.start) == 1


@lru_cache(maxsize=4096)
def pad_runs(length, left, total, mode):
    """Return the runs that extend an axis to a padded one.

    Parameters
    ----------
    length : int
        Number of samples of the signal.
    left : int
        Number of samples before the first.
    total : int
        Number of samples of the padded axis.
    mode : {"symmetric", "reflect", "wrap", "edge", "constant"}
        How the signal is extended at its boundaries, as in :func:`numpy.pad`.
    """
    widths = (left, total - left - length)
    if mode == "constant":
        return runs(np.pad(np.arange(length), widths, constant_values=-1))
    return runs(np.pad(np.arange(length), widths, mode=mode))


def pad(x, left, grid, mode):
    """Extend the trailing axes of x to the periodic ``grid``, by ``left`` samples before the first."""
    for axis in range(-len(grid), 0):
        if x.shape[axis] != grid[axis]:
            x = gather(x, pad_runs(x.shape[axis], left[axis], grid[axis], mode), grid[axis], axis)
    return x


def pad_adjoint(g, left, shape, mode):
    """Adjoint of :func:`pad`, back to the trailing axes ``shape``."""
    for axis in range(-len(shape), 0):
        if g.shape[axis] != shape[axis]:
            g = gather_adjoint(g, pad_runs(shape[axis], left[axis], g.shape[axis], mode), shape[axis], axis)
    return g
