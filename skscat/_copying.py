"""Memory that is used again, and copying along an axis.

Batch axes lead, grid axes trail; axes are counted from the end.
"""

from functools import lru_cache
from math import prod
from threading import local
from typing import NamedTuple

import numpy as np

# "reflect" repeats the end samples, as in scipy.ndimage: mirrored signals then have the period 2 * length.
_NUMPY_PAD_MODES = {"reflect": "symmetric", "periodic": "wrap", "edge": "edge"}
PADDINGS = (*_NUMPY_PAD_MODES, "constant")

# Largest array that a thread keeps from one transform to the next.
SCRATCH_BYTES = 2**23


class Scratch(local):
    """Named arrays that are used again, each thread's own: to get fresh memory costs more than to compute in it."""

    def __init__(self):
        self._arrays = {}

    def empty(self, name, shape, dtype):
        """Return an array with arbitrary content, which the next call with the same name overwrites."""
        n_bytes = prod(shape) * np.dtype(dtype).itemsize
        if name not in self._arrays or len(self._arrays[name]) < n_bytes:
            self._arrays[name] = np.empty(n_bytes, np.uint8)
        return self._arrays[name][:n_bytes].view(dtype).reshape(shape)

    def trim(self):
        """Let go of large arrays."""
        self._arrays = {name: array for name, array in self._arrays.items() if len(array) <= SCRATCH_BYTES}


scratch = Scratch()


class Run(NamedTuple):
    """A stretch of an index that ascends or descends by one: two slices, so that copying needs no index array."""

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
    step = np.diff(index)
    # A run of step s ends where the step changes; single cells are runs of step one.
    breaks = [0]
    for i in range(1, len(index)):
        start = breaks[-1]
        if index[i] < 0 or index[i - 1] < 0 or abs(step[i - 1]) != 1 or (i - start > 1 and step[i - 1] != step[start]):
            breaks.append(i)
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
    """Index that applies ``part`` to a negative axis."""
    return (Ellipsis, part) + (slice(None),) * (-axis - 1)


def resized(shape, axis, length):
    """Return ``shape`` with another length on a negative axis."""
    return (*shape[:axis], length, *shape[len(shape) + axis + 1 :])


def gather(x, index_runs, length, axis):
    """Copy runs of x along a negative axis to an array with ``length`` cells there; cells in no run are zero."""
    covered = sum(run.target.stop - run.target.start for run in index_runs)
    out = (np.empty if covered == length else np.zeros)(resized(x.shape, axis, length), x.dtype)
    for run in index_runs:
        out[at(axis, run.target)] = x[at(axis, run.source)]
    return out


def gather_adjoint(g, index_runs, length, axis, overwrite=False):
    """Adjoint of :func:`gather`: each cell returns its value to where it was copied from.

    With ``overwrite=True`` the result may be a part of g, whose values are lost.
    """
    # One that covers all cells saves zeros.
    first = [run for run in index_runs if run.source == slice(0, length, 1)][:1]
    out = g[at(axis, first[0].target)] if first else np.zeros(resized(g.shape, axis, length), g.dtype)
    if first and not overwrite:
        out = out.copy()
    for run in index_runs:
        if run not in first:
            out[at(axis, run.source)] += g[at(axis, run.target)]
    return out


@lru_cache(maxsize=4096)
def pad_runs(length, left, total, mode):
    """Return the runs that extend an axis to a padded one.

    Parameters
    ----------
    length : int
        Samples on the axis.
    left : int
        Cells before the first sample.
    total : int
        Cells of the padded axis.
    mode : {"reflect", "periodic", "edge", "constant"}
        What lies beyond the signal.
    """
    widths = (left, total - left - length)
    if mode == "constant":
        return runs(np.pad(np.arange(length), widths, constant_values=-1))
    return runs(np.pad(np.arange(length), widths, mode=_NUMPY_PAD_MODES[mode]))


def pad(x, left, grid, mode):
    """Extend the trailing axes of x to the periodic ``grid``, ``left`` cells before the first sample."""
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
