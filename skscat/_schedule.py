"""The order of the work of a plan: siblings on grids of one size are computed together."""

from dataclasses import dataclass

import numpy as np

from skscat import _kernel as kernel

# Complex numbers in one step: about what the cache of one core holds.
STEP_POINTS = 2**17


@dataclass(frozen=True, eq=False)
class Step:
    """Nodes of the tree that are computed together: their parents share a grid, and so do they.

    Attributes
    ----------
    paths : ndarray of int of shape (n_nodes,)
        Rows of ``plan.paths``.
    size : tuple of int
        Grid of the moduli.
    n_group : int
        Filters pooled in each modulus.
    terms : list of (slice, slice, list of Piece)
        One filter each: which parents it meets, which nodes that makes, how to multiply.
    band : (tuple of int, tuple of int) or None
        Lowest and highest frequencies of the moduli that the average and the children need.
    average : list of Piece, ndarray of shape (n_points, n_outputs) or None
        Low-pass filter as applied to the spectrum, matrix applied to the moduli, or nothing.
    children : list of Step
    """

    paths: np.ndarray
    size: tuple
    n_group: int
    terms: list
    band: tuple | None
    average: object
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
    root : Step
        The signal itself; its descendants are the moduli.
    """
    return _step(plan, np.array([0]), 0, [], dtype)


def _step(plan, paths, n_group, terms, dtype):
    size = tuple(int(n) for n in plan.sizes[paths[0]])
    groups = _sibling_groups(plan, paths)
    low_pass = plan.phi[plan.paths["order"][paths[0]]]
    needed = [psi for group in groups for psi, _, _ in group]
    if plan.average == "local":
        needed.append(low_pass)
    band = _band(needed, size, plan.grid) if needed else None
    children = [_child(plan, group, band, dtype) for group in groups]
    return Step(paths, size, n_group, terms, band, _average(plan, low_pass, band, size, dtype), children)


def _sibling_groups(plan, paths):
    """Split the children of some nodes into groups of one grid size that fit in a step.

    Each group is a list of (filter, parents, paths): the parents as positions in ``paths``.
    """
    children = np.flatnonzero(np.isin(plan.paths["parent"], paths))
    if len(children) == 0:
        return []
    position = np.empty(len(plan.paths), dtype=int)
    position[paths] = np.arange(len(paths))
    children = children[np.argsort(position[plan.paths["parent"][children]], kind="stable")]
    parents = position[plan.paths["parent"][children]]
    order = plan.paths["order"][children[0]]
    bank = plan.banks[order - 1]
    n = plan.paths[f"n{order}"][children]
    groups = {}
    for filter_index in np.unique(n):
        psi = bank.psi[filter_index]
        selected = np.flatnonzero(n == filter_index)
        size = tuple(plan.sizes[children[selected[0]]])
        for run in kernel.runs(parents[selected]):
            part = selected[run.target]
            per_step = max(1, STEP_POINTS // (int(np.prod(size)) * len(psi.values)))
            for start in range(0, len(part), per_step):
                piece = part[start : start + per_step]
                bins = groups.setdefault((size, len(psi.values)), [[]])
                if sum(len(p) for _, p, _ in bins[-1]) + len(piece) > per_step:
                    bins.append([])
                bins[-1].append((psi, parents[piece], children[piece]))
    return [group for bins in groups.values() for group in bins if group]


def _band(filters, size, grid):
    """Frequencies that some filters need of moduli sampled on a grid: (low, high) per axis.

    Moduli on a grid coarser than the padded one have no frequency beyond half its size.
    """
    low = np.min([psi.low for psi in filters], axis=0)
    high = np.max([psi.high for psi in filters], axis=0)
    limit = np.where(np.array(size) == grid, grid, (np.array(size) - 1) // 2)
    low, high = np.maximum(low, -limit), np.minimum(high, limit)
    # ``spectrum`` wants symmetric bands on all axes but the first.
    high[1:] = np.maximum(high[1:], -low[1:])
    low[1:] = -high[1:]
    return tuple(map(int, low)), tuple(map(int, high))


def _child(plan, group, band, dtype):
    low, high = band
    shape = tuple(b - a + 1 for a, b in zip(low, high, strict=True))
    paths = np.concatenate([paths for _, _, paths in group])
    size = tuple(int(n) for n in plan.sizes[paths[0]])
    terms, first = [], 0
    for psi, parents, members in group:
        shift = tuple(max(a, b) for a, b in zip(psi.low, low, strict=True))
        pieces = kernel.fold(psi, low, shape, size, shift, dtype)
        nodes = slice(first, first + len(members))
        terms.append((slice(parents[0], parents[-1] + 1), nodes, pieces))
        first = nodes.stop
    return _step(plan, paths, len(group[0][0].values), terms, dtype)


def _average(plan, phi, band, size, dtype):
    if plan.average == "local":
        low, high = band
        shape = tuple(b - a + 1 for a, b in zip(low, high, strict=True))
        return kernel.fold(phi, low, shape, plan.output_size, (0,) * len(size), dtype)
    if plan.average == "global":
        weights = np.ones(())
        for axis, n in enumerate(size):
            weights = np.multiply.outer(weights, _mean_weights(plan, axis, n))
        return weights.reshape(-1, 1).astype(dtype)
    return None


def _mean_weights(plan, axis, size):
    """Weights of the samples of a coarse grid that give the mean over the signal, padding left out."""
    total, left, length = plan.grid[axis], plan.left[axis], plan.shape[axis]
    window = np.zeros(total)
    window[left : left + length] = 1 / length
    if size == total:
        return window
    limit = (size - 1) // 2
    window_hat = kernel.spectrum(window, (-limit,), (limit,))
    coarse_hat = np.zeros((1, size), dtype=complex)
    flat = kernel.Filter(np.ones((1, 2 * limit + 1)), (-limit,))
    kernel.multiply(window_hat, kernel.fold(flat, (-limit,), window_hat.shape, (size,), (0,), float), coarse_hat)
    return kernel.synthesize(coarse_hat, 1)[0].real * (total / size)
