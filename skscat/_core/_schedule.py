"""The order in which a plan is computed: which nodes of the tree of moduli are computed together.

Siblings are nodes that have the same parents and are followed by the same filters. Those sampled on one grid are
computed in one step: one Fourier transform, one modulus, one average.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial, reduce
from itertools import pairwise
from math import prod
from typing import NamedTuple

import numpy as np

from skscat._core._average import Averaging, average_matrices, index_matrix, plan_averaging
from skscat._core._caching import cached_per_plan
from skscat._core._copying import runs
from skscat._core._folding import fold_index, fold_wavelet, multiplier
from skscat._core._records import Band, Plan
from skscat._core._threads import single_threaded_blas

# Complex numbers in one step: about what the cache of one core holds.
STEP_POINTS = 2**17
# Samples of siblings whose spectra are in memory at once; more siblings are computed one part after the other.
SIBLING_POINTS = 2**25


@dataclass(frozen=True, eq=False)
class Step:
    """Siblings that are computed together, on one grid.

    Attributes
    ----------
    members : ndarray of int of shape (n_nodes,)
        Positions among the siblings.
    paths : ndarray of int of shape (n_nodes,)
        Rows of ``plan.paths``, where the averages go.
    size : tuple of int
        Grid of the moduli.
    n_components : int
        Components pooled in each modulus.
    half : bool
        Whether the filters are real in space, and their products half spectra.
    terms : list of (slice, slice, FoldedFilter)
        For each filter, the parents that it is applied to, the nodes that this makes, and the folded filter.
    averaging : Averaging
        How the moduli are averaged, and the band of their spectrum that is needed.
    pool : ndarray of shape (n_outputs, n_nodes), or None
        Average along the index of the members, which then share one path.
    """

    members: np.ndarray
    paths: np.ndarray
    size: tuple
    n_components: int
    half: bool
    terms: list
    averaging: Averaging
    pool: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class JointStep:
    """Siblings, convolved along the grid and then along their index.

    Attributes
    ----------
    step : Step
        Convolution along the grid, and the average over it.
    lift : list of Run
        The members that fill the index axis, and the samples that they fill.
    conjugated : slice
        Samples of the index axis that hold conjugates.
    total : int
        Length of the index axis.
    terms : list of (int, FoldedFilter, ndarray)
        For each index filter, the row of ``plan.paths``, the folded filter, and the average along the index, of shape
        (n_outputs, n_samples).
    """

    step: Step
    lift: list
    conjugated: slice
    total: int
    terms: list


@dataclass(frozen=True, eq=False)
class Siblings:
    """Nodes of the tree that have the same parents and are followed by the same filters.

    Attributes
    ----------
    nodes : ndarray of int of shape (n_nodes,)
        Rows of ``plan.nodes``.
    steps : list of Step
        The nodes, by the size of their grids.
    band : Band or None
        Frequencies of the moduli that the next layer needs; None if there is no next layer.
    children : list of Siblings
    joint : list of JointStep
        Joint convolutions of the nodes.
    """

    nodes: np.ndarray
    steps: list
    band: Band | None
    children: list
    joint: list


@cached_per_plan
def schedule(plan, dtype):
    """Order the work of a plan; worked out once per plan and precision.

    Parameters
    ----------
    plan : Plan
    dtype : dtype
        Precision of the signals.

    Returns
    -------
    signal : Siblings
        The signal itself; its descendants are the moduli.
    """

    @cache
    def matrices_of(bank, size):
        return average_matrices(plan, bank, size, dtype)

    @cache
    def values_of(bank, n, mirrored):
        return multiplier(bank.filter(n, mirrored), dtype)

    @cache
    def folded(bank, n, mirrored, band, size, shift=None):
        psi, values = bank.filter(n, mirrored), partial(values_of, bank, n, mirrored)
        return fold_wavelet(psi, band, size, plan.grid, dtype, shift, values)

    @cache
    def averaging_of(bank, size, band):
        return plan_averaging(plan, bank, size, band, matrices_of, dtype)

    @cache
    def band_of(bank, filters):
        bands = [bank.filter(*f).band for f in filters]
        return reduce(Band.union, bands).limited(plan.grid).symmetric()

    @cache
    def index_term(f, gain):
        psi, size = plan.joint.bank.psi[f], plan.joint.sizes[f]
        pool = (gain * index_matrix(plan.joint, size)).astype(dtype)
        return fold_index(psi, plan.joint.total, size, len(plan.grid), dtype), pool

    context = _Context(plan, dtype, _Children(plan.nodes), averaging_of, folded, band_of, index_term)
    with single_threaded_blas():
        return _siblings(context, np.array([0]), [], None)


class _Children:
    """The children of every node, indexed once: consecutive rows of ``plan.nodes``."""

    def __init__(self, nodes):
        rows = np.arange(len(nodes))
        self._start = np.searchsorted(nodes["parent"], rows, side="left")
        self._stop = np.searchsorted(nodes["parent"], rows, side="right")
        self._filters = np.full(len(nodes), -1)
        for m in range(1, nodes["order"].max() + 1):
            of_order = nodes["order"] == m
            self._filters[of_order] = nodes[f"n{m}"][of_order]

    def filters(self, node):
        """Return the filter number of each child of a node."""
        return self._filters[self._start[node] : self._stop[node]]

    def row(self, nodes, i):
        """Return the row of the i-th child of each of some nodes."""
        return self._start[nodes] + i


class _Context(NamedTuple):
    """Data shared by all functions that build the tree; filters, bands and matrices are computed once."""

    plan: Plan
    dtype: np.dtype
    children: _Children
    averaging_of: Callable
    folded: Callable
    band_of: Callable
    index_term: Callable


def _siblings(context, nodes, filters, parent_band):
    """Build siblings: each of the numbered filters applied to every parent, filter by filter."""
    plan, bank = context.plan, _next_bank(context.plan, nodes)
    child_filters = context.children.filters(nodes[0]).tolist()
    convolutions = _joint_convolutions(plan, nodes)
    next_filters = [(n, False) for n in child_filters]
    next_filters += sorted({f for convolution in convolutions for f in convolution.filters})
    band = context.band_of(bank, tuple(next_filters)) if next_filters else None
    steps = _steps(context, nodes, filters, parent_band, band)
    children = []
    for positions in _by_children(context, nodes):
        rows = np.concatenate([context.children.row(nodes, i) for i in positions])
        children.append(_siblings(context, rows, [child_filters[i] for i in positions], band))
    joint = [_joint_step(context, nodes, convolution, band) for convolution in convolutions]
    return Siblings(nodes, steps, band, children, joint)


def _next_bank(plan, nodes):
    """Return the bank that is applied to the moduli of some nodes of one order."""
    return plan.banks[min(_order(plan, nodes), len(plan.banks) - 1)]


def _order(plan, nodes):
    return int(plan.nodes["order"][nodes[0]])


def _joint_convolutions(plan, nodes):
    """Return the joint convolutions of some siblings."""
    index = _index_of(plan.joint, nodes)
    return [] if index is None else [c for c in plan.joint.convolutions if c.siblings == index]


def _index_of(joint, nodes):
    """Return the index of some siblings in ``joint.siblings``; None for the signal."""
    starts = [] if joint is None else [rows[0] for rows in joint.siblings]
    return starts.index(nodes[0]) if nodes[0] in starts else None


def _by_children(context, nodes):
    """Split the positions of the children of nodes: those followed by the same filters, or convolved jointly."""
    first, filters = context.children.row(nodes[0], 0), context.children.filters(nodes[0])
    if context.plan.joint:
        return [rows - first for rows in context.plan.joint.siblings] if len(filters) else []
    by_filters = {}
    for i in range(len(filters)):
        by_filters.setdefault(context.children.filters(first + i).tobytes(), []).append(i)
    return [part for positions in by_filters.values() for part in _parts(context, first, len(nodes), positions)]


def _parts(context, first, n_parents, positions):
    """Split the positions of siblings into parts of at most about SIBLING_POINTS samples."""
    sizes = context.plan.sizes[first + np.array(positions)]
    part = (n_parents * sizes.prod(axis=1).cumsum() - 1) // SIBLING_POINTS
    return [np.array(positions)[part == p].tolist() for p in np.unique(part)]


def _steps(context, nodes, filters, parent_band, band):
    """Split siblings into steps of nodes on one grid."""
    if not filters:
        return [_step(context, nodes, [(None, 0, slice(0, 1))], context.plan.grid, 1, False, parent_band, band)]
    bank = context.plan.banks[_order(context.plan, nodes) - 1]
    sizes = context.plan.sizes[nodes].reshape(len(filters), -1, len(context.plan.grid))
    n_parents, by_grid = sizes.shape[1], {}
    for i, (n, runs_of_filter) in enumerate(zip(filters, _runs_of_grids(sizes), strict=True)):
        psi = bank.psi[n]
        for parents, size in runs_of_filter:
            # Components are computed one after the other.
            per_step = max(1, STEP_POINTS // prod(size))
            pending = by_grid.setdefault((size, len(psi.values), psi.half), [_StepParts()])
            for start in range(parents.start, parents.stop, per_step):
                part = slice(start, min(start + per_step, parents.stop))
                if pending[-1].n_nodes + part.stop - part.start > per_step:
                    pending.append(_StepParts())
                pending[-1].add(n, i * n_parents, part)
    return [
        _step(context, nodes, step.parts, size, n_components, half, parent_band, band)
        for (size, n_components, half), pending in by_grid.items()
        for step in pending
        if step.parts
    ]


class _StepParts:
    """Parts of a step: the number of a filter, its first node, and the parents that it is applied to."""

    def __init__(self):
        self.parts, self.n_nodes = [], 0

    def add(self, n, first, parents):
        self.parts.append((n, first, parents))
        self.n_nodes += parents.stop - parents.start


def _runs_of_grids(sizes):
    """Yield, for each filter, the slices of consecutive parents for which the grids are equal, and these grids."""
    uniform = (sizes == sizes[:, :1]).all(axis=(1, 2)).tolist()
    first = [tuple(size) for size in sizes[:, 0].tolist()]
    for i, same in enumerate(uniform):
        if same:
            yield [(slice(0, sizes.shape[1]), first[i])]
        else:
            yield [(run, tuple(sizes[i, run.start].tolist())) for run in _equal_runs(sizes[i])]


def _equal_runs(rows):
    """Return the slices of consecutive equal rows."""
    breaks = 1 + np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1))
    return [slice(a, b) for a, b in pairwise([0, *breaks.tolist(), len(rows)])]


def _step(context, nodes, parts, size, n_components, half, parent_band, band):
    """Make a step of the parts of a :class:`_StepParts`; the signal itself has no filter."""
    plan = context.plan
    members = np.concatenate([np.arange(first + p.start, first + p.stop) for _, first, p in parts])
    terms, position = [], 0
    for n, _, parents in parts:
        end = position + parents.stop - parents.start
        if n is not None:
            bank = plan.banks[_order(plan, nodes) - 1]
            terms.append((parents, slice(position, end), context.folded(bank, n, False, parent_band, size)))
        position = end
    paths, pool = _plain_average(plan.joint, nodes, members) if plan.joint else (nodes[members], None)
    pool = None if pool is None else pool.astype(context.dtype)
    averaging = _averaging(context, nodes, size, band)
    return Step(members, paths, size, n_components, half, terms, averaging, pool)


def _averaging(context, nodes, size, band):
    return context.averaging_of(_next_bank(context.plan, nodes), size, band)


def _plain_average(joint, nodes, members):
    """Return the paths of the plain averages of some siblings, and the matrix that averages these along the index.

    Returns
    -------
    paths : ndarray of int
        One row of ``plan.paths``. None for the signal itself, which has no index, if the index axis is kept.
    pool : ndarray of shape (n_outputs, n_members), or None
    """
    index = _index_of(joint, nodes)
    if index is None:
        return (nodes, None) if joint.outputs is None else (nodes[:0], np.zeros((0, 1)))
    on_axis = joint.lift[:, np.newaxis] == members
    return np.array([joint.average_paths[index]]), joint.gain * index_matrix(joint, joint.total) @ on_axis


def _joint_step(context, nodes, convolution, band):
    plan, joint, n = context.plan, context.plan.joint, len(convolution.filters)
    # Phases matter along the index: wavelets that differ, or act on siblings and their conjugates, are not shifted.
    fixed = len(set(convolution.filters)) > 1 or len(range(joint.total)[joint.conjugated])
    shift = (0,) * len(plan.grid) if fixed else None
    terms = []
    for run in _equal_runs(np.array(convolution.filters)):
        folded = context.folded(plan.banks[-1], *convolution.filters[run.start], band, convolution.size, shift)
        terms.append((run, run, folded))
    averaging = _averaging(context, nodes, convolution.size, None)
    step = Step(np.arange(n), convolution.paths, convolution.size, 1, False, terms, averaging)
    index_terms = [
        (path, *context.index_term(f, convolution.gain))
        for f, path in zip(convolution.index_filters, convolution.paths, strict=True)
    ]
    lift = runs(np.where(joint.lift < n, joint.lift, -1))
    return JointStep(step, lift, joint.conjugated, joint.total, index_terms)
