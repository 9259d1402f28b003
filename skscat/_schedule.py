"""The order of the work of a plan: which nodes of the tree are computed together.

Nodes with the same parents and the same children make a family. Members on grids of one size are computed in one step:
one Fourier transform, one modulus, one average.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from skscat import _folding as folding
from skscat._average import average_matrices, index_matrix
from skscat._copying import runs
from skscat._threads import single_threaded_blas

# Complex numbers in one step: about what the cache of one core holds.
STEP_POINTS = 2**17


@dataclass(frozen=True, eq=False)
class Step:
    """Members of a family on one grid.

    Attributes
    ----------
    members : ndarray of int of shape (n_nodes,)
        Positions in the family.
    paths : ndarray of int of shape (n_nodes,)
        Rows of ``plan.paths``, where the averages go.
    size : tuple of int
        Grid of the moduli.
    n_group : int
        Filters pooled in each modulus.
    half : bool
        Whether the filters are real in space, and their products half spectra.
    terms : list of (slice, slice, Product)
        One filter each: which members of the parent family it meets, which nodes that makes, how to multiply.
    band : (tuple of int, tuple of int) or None
        Lowest and highest frequencies of the moduli that the average and the children of the family need.
    average : list or None
        Low-pass filter: products of matrices that apply to the moduli, or pieces that multiply their spectrum.
    by_matrix : bool
        Which of the two.
    pool : ndarray of shape (n_outputs, n_nodes), or None
        Average along the index of the members, which then share one path.
    """

    members: np.ndarray
    paths: np.ndarray
    size: tuple
    n_group: int
    half: bool
    terms: list
    band: tuple | None
    average: list | None
    by_matrix: bool
    pool: np.ndarray | None = None


class Product(NamedTuple):
    """How a filter multiplies spectra.

    Parameters
    ----------
    pieces : list of Piece
    size : tuple of int
        Cells of the product.
    covered : bool
        Whether the pieces write all of these.
    wraps : tuple of list of Run
        For the last axes, where the cells of the grid go to those of the product, if these are more.
    """

    pieces: list
    size: tuple
    covered: bool
    wraps: tuple = ()


class Branch(NamedTuple):
    """A filter along the index of a family.

    Parameters
    ----------
    path : int
        Row of ``plan.paths``.
    size : int
        Samples of the result along the index.
    pieces : list of Piece
        How it multiplies.
    pool : ndarray of shape (n_outputs, size)
        Average along the index.
    """

    path: int
    size: int
    pieces: list
    pool: np.ndarray


@dataclass(frozen=True, eq=False)
class JointStep:
    """Members of a family, convolved along the grid and then along their index.

    Attributes
    ----------
    step : Step
        Convolution along the grid, and the average over it.
    lift : list of Run
        Which member fills which cell of the index axis.
    conjugated : slice
        Cells of that axis that hold conjugates.
    total : int
        Length of that axis.
    branches : list of Branch
    """

    step: Step
    lift: list
    conjugated: slice
    total: int
    branches: list


@dataclass(frozen=True, eq=False)
class Family:
    """Nodes of the tree with the same parents and the same children.

    Attributes
    ----------
    nodes : ndarray of int of shape (n_members,)
        Rows of ``plan.nodes``.
    steps : list of Step
        The members, by the size of their grids.
    band : (tuple of int, tuple of int) or None
        Lowest and highest frequencies of the members that the next layer sees; None if there is none.
    children : list of Family
    joint : list of JointStep
        What the members become together.
    """

    nodes: np.ndarray
    steps: list
    band: tuple | None
    children: list
    joint: list


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
        return average_matrices(plan, plan.banks[bank].phi, size, dtype)

    with single_threaded_blas():
        return _family(_Job(plan, dtype, average_of), np.array([0]), [], None)


class _Job(NamedTuple):
    """What all functions that build the tree share."""

    plan: object
    dtype: np.dtype
    average_of: Callable


def _family(job, nodes, filters, parent_band):
    """Build the family of some nodes: every one of ``filters`` applied to every parent, in this order."""
    plan = job.plan
    children = _child_filters(plan, nodes[0])
    elements = plan.joint.elements_of(nodes) if plan.joint else []
    bank = plan.banks[_next_bank(plan, nodes)]
    seen = [bank[n] for n in {*children, *(n for element in elements for n in element.filters)}]
    band = _band(seen, plan.grid) if seen else None
    steps = _steps(job, nodes, filters, parent_band, band)
    families = []
    for group in _by_children(plan, nodes[0], children):
        rows = np.concatenate([_rows(plan, nodes, n) for n in group])
        families.append(_family(job, rows, [bank[n] for n in group], band))
    return Family(nodes, steps, band, families, [_joint_step(job, element, band) for element in elements])


def _next_bank(plan, nodes):
    """Bank that acts on the moduli of some nodes of one order."""
    return min(int(plan.nodes["order"][nodes[0]]), len(plan.banks) - 1)


def _child_filters(plan, node):
    """Filter numbers of the children of a node."""
    rows = np.flatnonzero(plan.nodes["parent"] == node)
    return plan.nodes[f"n{plan.nodes['order'][node] + 1}"][rows].tolist() if len(rows) else []


def _rows(plan, parents, n):
    """Rows of the children by filter n of some paths."""
    order = plan.nodes["order"][parents[0]] + 1
    rows = np.flatnonzero((plan.nodes["order"] == order) & (plan.nodes[f"n{order}"] == n))
    return rows[np.searchsorted(plan.nodes["parent"][rows], parents)]


def _by_children(plan, node, filters):
    """Split the filters that follow a node into those that are followed by the same, or convolved together."""
    if plan.joint:
        return [plan.nodes["n1"][group].tolist() for group in plan.joint.groups] if filters else []
    groups = {}
    for n in filters:
        child = _rows(plan, np.array([node]), n)[0]
        groups.setdefault(tuple(_child_filters(plan, child)), []).append(n)
    return list(groups.values())


def _band(filters, grid):
    """Frequencies that some filters need: (low, high) per axis, at most one period beyond zero."""
    lows, highs = zip(*(psi.band for psi in filters), strict=True)
    low = np.maximum(np.min(lows, axis=0), -np.array(grid))
    high = np.minimum(np.max(highs, axis=0), grid)
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


def _steps(job, nodes, filters, parent_band, band):
    """Group the members of a family by grid, each group small enough for a step."""
    sizes = job.plan.sizes[nodes].reshape(max(len(filters), 1), -1, len(job.plan.grid))
    n_parents, groups = sizes.shape[1], {}
    for i, psi in enumerate(filters or [None]):
        n_group = 1 if psi is None else len(psi.values)
        for parents in _equal_runs(sizes[i]):
            size = tuple(int(n) for n in sizes[i, parents.start])
            # Members of a group are computed one after the other.
            per_step = max(1, STEP_POINTS // int(np.prod(size)))
            bins = groups.setdefault((size, n_group, psi is not None and psi.half), [[]])
            for start in range(parents.start, parents.stop, per_step):
                part = slice(start, min(start + per_step, parents.stop))
                if sum(p.stop - p.start for _, _, p in bins[-1]) + part.stop - part.start > per_step:
                    bins.append([])
                bins[-1].append((psi, i * n_parents, part))
    return [
        _step(job, nodes, parts, size, n_group, half, parent_band, band)
        for (size, n_group, half), bins in groups.items()
        for parts in bins
        if parts
    ]


def _equal_runs(rows):
    """Slices of consecutive equal rows."""
    breaks = 1 + np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1))
    return [slice(a, b) for a, b in pairwise([0, *breaks.tolist(), len(rows)])]


def _step(job, nodes, parts, size, n_group, half, parent_band, band):
    plan = job.plan
    members = np.concatenate([first + np.arange(p.start, p.stop) for _, first, p in parts])
    terms, first = [], 0
    for psi, _, parents in parts:
        last = first + parents.stop - parents.start
        if psi is not None:
            terms.append((parents, slice(first, last), _fold_wavelet(psi, parent_band, size, job)))
        first = last
    paths, pool = nodes[members], None
    if plan.joint:
        paths, pool = plan.joint.average_of(nodes, members)
        pool = None if pool is None else pool.astype(job.dtype)
    averaging = _averaging(job, nodes, size, band)
    return Step(members, paths, size, n_group, half, terms, *averaging, pool=pool)


def half_size(size):
    """Cells of a half spectrum."""
    return (size[0] // 2 + 1, *size[1:])


def _averaging(job, nodes, size, band):
    """How moduli on one grid are averaged: which of their frequencies are needed, the average, whether by matrix."""
    plan, bank = job.plan, _next_bank(job.plan, nodes)
    phi, average = plan.banks[bank].phi, job.average_of(bank, size)
    by_spectrum = plan.average == "local" and average is None
    needed = _union(band, (phi.low, phi.high)) if by_spectrum else band
    needed = needed and _within(needed, size, plan.grid)
    if by_spectrum:
        average = folding.fold(phi, needed[0], extent(needed), plan.output_size, (0,) * len(size), job.dtype)
    return needed, average, not by_spectrum


def _joint_step(job, element, band):
    plan, joint = job.plan, job.plan.joint
    bank, n, terms = plan.banks[-1], len(element.filters), []
    # Along the index phases count: wavelets that differ, or meet their conjugates, must all stay where they are.
    apart = len(set(element.filters)) > 1 or len(range(joint.total)[joint.conjugated])
    shift = (0,) * len(plan.grid) if apart else None
    for run in _equal_runs(np.array(element.filters)[:, np.newaxis]):
        terms.append((run, run, _fold_wavelet(bank[element.filters[run.start]], band, element.size, job, shift)))
    averaging = _averaging(job, element.nodes, element.size, None)
    step = Step(np.arange(n), element.paths, element.size, 1, False, terms, *averaging)
    branches = []
    for f, path in zip(element.index, element.paths, strict=True):
        pieces = folding.fold_index(joint.bank.psi[f], joint.total, joint.sizes[f], len(plan.grid), job.dtype)
        pool = (element.gain * index_matrix(joint, joint.sizes[f])).astype(job.dtype)
        branches.append(Branch(path, joint.sizes[f], pieces, pool))
    lift = runs(np.where(joint.lift < n, joint.lift, -1))
    return JointStep(step, lift, joint.conjugated, joint.total, branches)


def _union(a, b):
    return b if a is None else (np.minimum(a[0], b[0]), np.maximum(a[1], b[1]))


def extent(band):
    """Return how many frequencies a band holds, per axis."""
    return tuple(high - low + 1 for low, high in zip(*band, strict=True))


def _fold_wavelet(psi, band, size, job, shift=None):
    """Multiply a wavelet with spectra on a band, shifted to the origin, where its modulus is the same.

    What does not fit on the grid is left out: by the choice of the grid it is as small as what the modulus folds back.
    """
    if psi.half:
        return _fold_half(psi, band, size, job)
    psi = folding.crop(psi, size)
    shift = shift or tuple(max(a, b) for a, b in zip(psi.low, band[0], strict=True))
    pieces = folding.fold(psi, band[0], extent(band), size, shift, job.dtype)
    return Product(pieces, size, folding.covers(pieces, size))


def _fold_half(psi, band, size, job):
    """Multiply a wavelet that is real in space, and keep one half.

    All of it is folded, so that convolutions are sampled exactly. A shift by half a grid, which only changes signs,
    brings frequencies together, so that products are of long rows; those that do not fit are folded an axis at a time.
    """
    shift = tuple(0 if axis == 0 or n % 2 else -(n // 2) for axis, n in enumerate(size))
    wide = any(b - a >= n for a, b, n in zip(*psi.band, size, strict=True))
    if not wide:
        pieces = folding.fold(psi, band[0], extent(band), size, shift, job.dtype, half=True)
        return Product(pieces, half_size(size), folding.covers(pieces, half_size(size)))
    psi = folding.whole(psi, job.plan.grid)
    box = (size[0], *psi.values.shape[2:])
    pieces = folding.fold(psi, band[0], extent(band), box, (0, *psi.low[1:]), job.dtype, half=True)
    cells = [(low - first + np.arange(n)) % m for low, first, n, m in zip(psi.low, shift, box, size, strict=True)]
    wraps = tuple(runs(index) for index in cells[1:])
    return Product(pieces, half_size(box), folding.covers(pieces, half_size(box)), wraps)
