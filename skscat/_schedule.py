"""The order of the work of a plan: which nodes of the tree are computed together.

Nodes with the same parents and the same children make a family. Members on grids of one size are computed in one step:
one Fourier transform, one modulus, one average.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from skscat import _kernel as kernel
from skscat._threads import single_threaded_blas

# Complex numbers in one step: about what the cache of one core holds.
STEP_POINTS = 2**17
# Averages are matrix products where that costs less than a Fourier transform: where a point of the moduli meets no
# more than so many columns. Matrices larger than so many entries leave the cache.
MATRIX_COLUMNS, MATRIX_ENTRIES = 100, 2**18


@dataclass(frozen=True, eq=False)
class Step:
    """Members of a family on one grid.

    Attributes
    ----------
    members : ndarray of int of shape (n_nodes,)
        Positions in the family.
    paths : ndarray of int of shape (n_nodes,)
        Rows of ``plan.paths``.
    size : tuple of int
        Grid of the moduli.
    n_group : int
        Filters pooled in each modulus.
    terms : list of (slice, slice, list of Piece)
        One filter each: which members of the parent family it meets, which nodes that makes, how to multiply.
    covered : bool
        Whether the products fill the grids.
    band : (tuple of int, tuple of int) or None
        Lowest and highest frequencies of the moduli that the average and the children of the family need.
    average : list or None
        Low-pass filter: products of matrices that apply to the moduli, or pieces that multiply their spectrum.
    by_matrix : bool
        Which of the two.
    """

    members: np.ndarray
    paths: np.ndarray
    size: tuple
    n_group: int
    terms: list
    covered: bool
    band: tuple | None
    average: list | None
    by_matrix: bool


@dataclass(frozen=True, eq=False)
class Family:
    """Nodes of the tree with the same parents and the same children.

    Attributes
    ----------
    paths : ndarray of int of shape (n_members,)
        Rows of ``plan.paths``.
    steps : list of Step
        The members, by the size of their grids.
    band : (tuple of int, tuple of int) or None
        Lowest and highest frequencies of the members that the children see; None without children.
    children : list of Family
    """

    paths: np.ndarray
    steps: list
    band: tuple | None
    children: list


def schedule(plan, dtype):
    """Order the work of a plan.

    Parameters
    ----------
    plan : Plan
    dtype : dtype
        Precision of the signals.

    Returns
    -------
    root : Family
        The signal itself; its descendants are the moduli.
    """

    @cache
    def average_of(bank, size):
        return _average_matrices(plan, plan.banks[bank].phi, size, dtype)

    with single_threaded_blas():
        return _family(_Job(plan, dtype, average_of), np.array([0]), [], None)


class _Job(NamedTuple):
    """What all functions that build the tree share."""

    plan: object
    dtype: np.dtype
    average_of: Callable


def _family(job, paths, filters, parent_band):
    """Build the family of the nodes ``paths``: every one of ``filters`` applied to every parent, in this order."""
    plan = job.plan
    children = _child_filters(plan, paths[0])
    bank = plan.banks[_next_bank(plan, paths)]
    band = _band([bank.psi[n] for n in children], plan.grid) if len(children) else None
    steps = _steps(job, paths, filters, parent_band, band)
    families = []
    for group in _by_children(plan, paths[0], children):
        rows = np.concatenate([_rows(plan, paths, n) for n in group])
        families.append(_family(job, rows, [bank.psi[n] for n in group], band))
    return Family(paths, steps, band, families)


def _next_bank(plan, paths):
    """Bank that acts on the moduli of some paths of one order."""
    return min(int(plan.paths["order"][paths[0]]), len(plan.banks) - 1)


def _child_filters(plan, path):
    """Filter numbers of the children of a path."""
    rows = np.flatnonzero(plan.paths["parent"] == path)
    return plan.paths[f"n{plan.paths['order'][path] + 1}"][rows] if len(rows) else np.zeros(0, dtype=int)


def _rows(plan, parents, n):
    """Rows of the children by filter n of some paths."""
    order = plan.paths["order"][parents[0]] + 1
    rows = np.flatnonzero((plan.paths["order"] == order) & (plan.paths[f"n{order}"] == n))
    return rows[np.searchsorted(plan.paths["parent"][rows], parents)]


def _by_children(plan, path, filters):
    """Split the filters that follow a path into those that are followed by the same filters."""
    groups = {}
    for n in filters:
        child = _rows(plan, np.array([path]), n)[0]
        groups.setdefault(tuple(_child_filters(plan, child)), []).append(n)
    return list(groups.values())


def _band(filters, grid):
    """Frequencies that some filters need: (low, high) per axis, at most one period beyond zero."""
    low = np.maximum(np.min([psi.low for psi in filters], axis=0), -np.array(grid))
    high = np.minimum(np.max([psi.high for psi in filters], axis=0), grid)
    return _symmetric(low, high)


def _symmetric(low, high):
    """Make a band symmetric on all axes but the first, as :func:`skscat._kernel.spectrum` wants it."""
    high[1:] = np.maximum(high[1:], -low[1:])
    low[1:] = -high[1:]
    return tuple(map(int, low)), tuple(map(int, high))


def _within(band, size, grid):
    """Limit a band to what moduli sampled on a grid hold: half its size, unless it is the padded grid itself."""
    limit = np.where(np.array(size) == grid, grid, (np.array(size) - 1) // 2)
    return _symmetric(np.maximum(band[0], -limit), np.minimum(band[1], limit))


def _steps(job, paths, filters, parent_band, band):
    """Group the members of a family by grid, each group small enough for a step."""
    sizes = job.plan.sizes[paths].reshape(max(len(filters), 1), -1, len(job.plan.grid))
    n_parents, groups = sizes.shape[1], {}
    for i, psi in enumerate(filters or [None]):
        n_group = 1 if psi is None else len(psi.values)
        for parents in _equal_runs(sizes[i]):
            size = tuple(int(n) for n in sizes[i, parents.start])
            per_step = max(1, STEP_POINTS // (int(np.prod(size)) * n_group))
            bins = groups.setdefault((size, n_group), [[]])
            for start in range(parents.start, parents.stop, per_step):
                part = slice(start, min(start + per_step, parents.stop))
                if sum(p.stop - p.start for _, _, p in bins[-1]) + part.stop - part.start > per_step:
                    bins.append([])
                bins[-1].append((psi, i * n_parents, part))
    return [
        _step(job, paths, parts, size, n_group, parent_band, band)
        for (size, n_group), bins in groups.items()
        for parts in bins
        if parts
    ]


def _equal_runs(rows):
    """Slices of consecutive equal rows."""
    breaks = 1 + np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1))
    return [slice(a, b) for a, b in pairwise([0, *breaks.tolist(), len(rows)])]


def _step(job, paths, parts, size, n_group, parent_band, band):
    plan, dtype = job.plan, job.dtype
    members = np.concatenate([first + np.arange(p.start, p.stop) for _, first, p in parts])
    terms, first = [], 0
    for psi, _, parents in parts:
        nodes = slice(first, first + parents.stop - parents.start)
        if psi is not None:
            terms.append((parents, nodes, _fold_wavelet(psi, parent_band, size, dtype)))
        first = nodes.stop
    bank = _next_bank(plan, paths)
    phi = plan.banks[bank].phi
    average = job.average_of(bank, size)
    by_spectrum = plan.average == "local" and average is None
    needed = _union(band, (phi.low, phi.high)) if by_spectrum else band
    needed = needed and _within(needed, size, plan.grid)
    if by_spectrum:
        average = kernel.fold(phi, needed[0], extent(needed), plan.output_size, (0,) * len(size), dtype)
    covered = all(pieces[0].n_points == np.prod(size) for _, _, pieces in terms)
    return Step(members, paths[members], size, n_group, terms, covered, needed, average, not by_spectrum)


def _union(a, b):
    return b if a is None else (np.minimum(a[0], b[0]), np.maximum(a[1], b[1]))


def extent(band):
    """Return how many frequencies a band holds, per axis."""
    return tuple(high - low + 1 for low, high in zip(*band, strict=True))


def _fold_wavelet(psi, band, size, dtype):
    """Multiply a wavelet with spectra on a band, shifted to the origin, where its modulus is the same.

    What does not fit on the grid is left out: by the choice of the grid it is as small as what the modulus folds back.
    """
    psi = kernel.crop(psi, size)
    shift = tuple(max(a, b) for a, b in zip(psi.low, band[0], strict=True))
    return kernel.fold(psi, band[0], extent(band), size, shift, dtype)


def _average_matrices(plan, phi, size, dtype):
    """Averages as sums of products of one matrix an axis, or None where a Fourier transform costs less.

    Each matrix has shape (samples, outputs) on its axis. For few outputs their Kronecker product is formed.
    """
    if plan.average is None:
        return None
    if plan.average == "global":
        return [tuple(_mean_weights(plan, axis, n).astype(dtype) for axis, n in enumerate(size))]
    n_outputs, points = int(np.prod(plan.output_grid)), int(np.prod(size))
    whole = n_outputs <= MATRIX_COLUMNS and n_outputs * points <= MATRIX_ENTRIES
    if not whole and (len(size) == 1 or plan.output_grid[-1] > MATRIX_COLUMNS):
        return None
    products = _separate(phi, np.finfo(float if whole else dtype).eps)
    if products is None or not (whole or len(products) * plan.output_grid[-1] <= MATRIX_COLUMNS):
        return None
    matrices = [
        tuple(
            _low_pass_matrix(plan, axis, low, a, size[axis])
            for axis, (low, a) in enumerate(zip(phi.low, factors, strict=True))
        )
        for factors in products
    ]
    if not whole:
        return [tuple(m.astype(dtype) for m in factors) for factors in matrices]
    kronecker = sum(reduce(np.kron, factors) for factors in matrices)
    return [(np.ascontiguousarray(kronecker, dtype=dtype),)]


def _separate(phi, tolerance):
    """Write a low-pass filter as a sum of products of even functions of one axis; None if it is none or too long."""
    values = phi.values[0]
    if any(low != -high for low, high in zip(phi.low, phi.high, strict=True)):
        return None
    if values.ndim == 1:
        return [(values,)]
    if values.ndim > 2 or max(np.abs(values - np.flip(values, axis)).max() for axis in (0, 1)) > tolerance:
        return None
    u, scale, v = np.linalg.svd(values)
    rank = np.count_nonzero(scale > tolerance * scale[0])
    return [(u[:, r] * scale[r], v[r]) for r in range(rank)]


def _low_pass_matrix(plan, axis, low, phi, size):
    """Low-pass filter from the samples of a coarse grid to the outputs, on one axis."""
    k = np.arange(-low + 1)
    # Cosine series of an even filter; frequencies beyond the grid of the moduli hold nothing.
    series = np.where(k == 0, 1, 2) * phi[-low:] / size
    if size != plan.grid[axis]:
        series, k = series[: (size - 1) // 2 + 1], k[: (size - 1) // 2 + 1]
    outputs = plan.left[axis] + plan.stride[axis] * np.arange(plan.output_grid[axis])
    at_outputs = 2 * np.pi * np.outer(k, outputs / plan.grid[axis])
    at_samples = 2 * np.pi * np.outer(np.arange(size) / size, k)
    return (np.cos(at_samples) * series) @ np.cos(at_outputs) + (np.sin(at_samples) * series) @ np.sin(at_outputs)


def _mean_weights(plan, axis, size):
    """Weights of the samples of a coarse grid that give the mean over the signal, padding left out: (size, 1)."""
    total, left, length = plan.grid[axis], plan.left[axis], plan.shape[axis]
    window = np.zeros(total)
    window[left : left + length] = 1 / length
    if size == total:
        return window[:, np.newaxis]
    limit = (size - 1) // 2
    window_hat = kernel.spectrum(window, (-limit,), (limit,))
    coarse_hat = np.zeros((1, size), dtype=complex)
    flat = kernel.Filter(np.ones((1, 2 * limit + 1)), (-limit,))
    kernel.multiply(window_hat, kernel.fold(flat, (-limit,), window_hat.shape, (size,), (0,), float), coarse_hat)
    return kernel.synthesize(coarse_hat, 1).real.T * (total / size)
