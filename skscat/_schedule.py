"""The order of the work of a plan: which nodes of the tree are computed together.

Nodes with the same parents and the same children make a family. Members on grids of one size are computed in one step:
one Fourier transform, one modulus, one average.
"""

from dataclasses import dataclass

import numpy as np

from skscat import _kernel as kernel

# Complex numbers in one step: about what the cache of one core holds.
STEP_POINTS = 2**17
# Averages of few outputs are matrix products, where the matrix has no more entries than this.
MATRIX_OUTPUTS, MATRIX_ENTRIES = 100, 2**19


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
    band : (tuple of int, tuple of int) or None
        Lowest and highest frequencies of the moduli that the average and the children of the family need.
    average : list of Piece, ndarray of shape (n_points, n_outputs) or None
        Low-pass filter as applied to the spectrum, matrix applied to the moduli, or nothing.
    """

    members: np.ndarray
    paths: np.ndarray
    size: tuple
    n_group: int
    terms: list
    band: tuple | None
    average: object


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
    return _family(plan, np.array([0]), [], None, dtype)


def _family(plan, paths, filters, parent_band, dtype):
    """Build the family of the nodes ``paths``: every one of ``filters`` applied to every parent, in this order."""
    children = _child_filters(plan, paths[0])
    order = plan.paths["order"][paths[0]]
    bank = plan.banks[min(order, len(plan.banks) - 1)]
    band = _band([bank.psi[n] for n in children], plan.grid) if len(children) else None
    steps = _steps(plan, paths, filters, parent_band, band, dtype)
    families = []
    for group in _by_children(plan, paths[0], children):
        rows = np.concatenate([_rows(plan, paths, n) for n in group])
        families.append(_family(plan, rows, [bank.psi[n] for n in group], band, dtype))
    return Family(paths, steps, band, families)


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


def _steps(plan, paths, filters, parent_band, band, dtype):
    """Group the members of a family by grid, each group small enough for a step."""
    n_parents = len(paths) // max(len(filters), 1)
    groups = {}
    for i, psi in enumerate(filters or [None]):
        size = tuple(int(n) for n in plan.sizes[paths[i * n_parents]])
        n_group = 1 if psi is None else len(psi.values)
        per_step = max(1, STEP_POINTS // (int(np.prod(size)) * n_group))
        bins = groups.setdefault((size, n_group), [[]])
        for start in range(0, n_parents, per_step):
            parents = slice(start, min(start + per_step, n_parents))
            if sum(p.stop - p.start for _, _, p in bins[-1]) + parents.stop - parents.start > per_step:
                bins.append([])
            bins[-1].append((psi, i * n_parents, parents))
    return [
        _step(plan, paths, parts, size, n_group, parent_band, band, dtype)
        for (size, n_group), bins in groups.items()
        for parts in bins
        if parts
    ]


def _step(plan, paths, parts, size, n_group, parent_band, band, dtype):
    members = np.concatenate([first + np.arange(p.start, p.stop) for _, first, p in parts])
    terms, first = [], 0
    for psi, _, parents in parts:
        nodes = slice(first, first + parents.stop - parents.start)
        if psi is not None:
            terms.append((parents, nodes, _fold_wavelet(psi, parent_band, size, dtype)))
        first = nodes.stop
    phi = plan.phi[plan.paths["order"][paths[0]]]
    needed = band
    matrix = _average_matrix(plan, phi, size, dtype)
    if plan.average == "local" and matrix is None:
        needed = (phi.low, phi.high) if band is None else _union(band, (phi.low, phi.high))
    needed = None if needed is None else _within(tuple(map(np.array, needed)), size, plan.grid)
    average = matrix
    if plan.average == "local" and matrix is None:
        average = kernel.fold(phi, needed[0], _extent(needed), plan.output_size, (0,) * len(size), dtype)
    return Step(members, paths[members], size, n_group, terms, needed, average)


def _union(a, b):
    return np.minimum(a[0], b[0]), np.maximum(a[1], b[1])


def _extent(band):
    return tuple(high - low + 1 for low, high in zip(*band, strict=True))


def _fold_wavelet(psi, band, size, dtype):
    """Multiply a wavelet with spectra on a band, shifted to the origin, where its modulus is the same.

    What does not fit on the grid is left out: by the choice of the grid it is as small as what the modulus folds back.
    """
    psi = kernel.crop(psi, size)
    shift = tuple(max(a, b) for a, b in zip(psi.low, band[0], strict=True))
    return kernel.fold(psi, band[0], _extent(band), size, shift, dtype)


def _average_matrix(plan, phi, size, dtype):
    """Averages of moduli as a matrix, where that is the faster way."""
    if plan.average == "global":
        weights = np.ones(())
        for axis, n in enumerate(size):
            weights = np.multiply.outer(weights, _mean_weights(plan, axis, n))
        return weights.reshape(-1, 1).astype(dtype)
    n_outputs = int(np.prod(plan.output_grid))
    if plan.average is None or n_outputs > MATRIX_OUTPUTS or n_outputs * np.prod(size) > MATRIX_ENTRIES:
        return None
    # Row n of the matrix is what the output n takes from each sample: the adjoint of the average, of a unit vector.
    band = _within(tuple(map(np.array, (phi.low, phi.high))), size, plan.grid)
    pieces = kernel.fold(phi, band[0], _extent(band), plan.output_size, (0,) * len(size), np.float64)
    z = np.zeros((n_outputs, 1, *plan.output_size), dtype=complex)
    z[(slice(None), 0, *plan.output_slices)] = np.eye(n_outputs).reshape(n_outputs, *plan.output_grid)
    z_hat = np.zeros((n_outputs, *_extent(band)), dtype=complex)
    kernel.multiply_adjoint(kernel.synthesize_adjoint(z, len(size)), pieces, z_hat)
    rows = kernel.spectrum_adjoint(z_hat, *band, size)
    return np.ascontiguousarray(rows.reshape(n_outputs, -1).T, dtype=dtype)


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
