"""The cascade of graph wavelets and moduli, and its vector-Jacobian product.

Moduli u have shape (n_nodes, n_siblings, n_signals): siblings share one recurrence. The nodes are those of one graph,
on which there are several signals, or of several graphs side by side, each with its own signal.
"""

from itertools import pairwise

import numpy as np
from sklearn.utils import gen_batches

from skscat._core import _operators as operators
from skscat._core._amplitude import rescale_outputs, scale_exponents, times_exp2
from skscat._core._cascade import of_scaled
from skscat.graphs._adjacency import Graphs, side_by_side

# Number of values in a block of signals: so few that the steps of a recurrence stay in the cache.
BLOCK_POINTS = 2**15


# ---------------------------------------------------------------------------------------------------------------
# Filters


def analyze(walk, coefficients, u):
    """Apply polynomials of a matrix, given by Chebyshev coefficients, to columns.

    Parameters
    ----------
    walk : csr_array of shape (n_nodes, n_nodes)
        Symmetric, with eigenvalues between -1 and 1.
    coefficients : ndarray of shape (n_filters, degree + 1)
    u : ndarray of shape (n_nodes, ...)

    Returns
    -------
    w : ndarray of shape (n_filters, n_nodes, ...)
    """
    coefficients, now = coefficients.astype(u.dtype, copy=False), u.reshape(len(u), -1)
    w = np.multiply.outer(coefficients[:, 0], now)
    before = None
    for k in range(1, coefficients.shape[1]):
        after = walk @ now
        if before is not None:
            after *= 2
            after -= before
        before, now = now, after
        for i in np.flatnonzero(coefficients[:, k]):
            w[i] += coefficients[i, k] * now
    return w.reshape(len(w), *u.shape)


def synthesize(walk, coefficients, w):
    """Adjoint of :func:`analyze`: the sum of the filtered w (n_filters, n_nodes, ...), by Clenshaw's recurrence."""
    coefficients, flat = coefficients.astype(w.dtype, copy=False), w.reshape(*w.shape[:2], -1)
    now = after = np.zeros_like(flat[0])
    for k in range(coefficients.shape[1] - 1, -1, -1):
        before = walk @ now
        if k:
            before *= 2
        before -= after
        for i in np.flatnonzero(coefficients[:, k]):
            before += coefficients[i, k] * flat[i]
        now, after = before, now
    return now.reshape(w.shape[1:])


# ---------------------------------------------------------------------------------------------------------------
# Averages


def _averages(u, low, graphs, plan):
    """Average moduli (n_nodes, n_siblings, n_signals): (n_graphs, n_signals, n_siblings, n_outputs)."""
    if plan.average != "global":
        return np.moveaxis(u if plan.average is None else low, 0, -1).swapaxes(0, 1)[np.newaxis]
    # Single precision would lose digits in the sums over many nodes.
    starts = np.cumsum(graphs.sizes) - graphs.sizes
    powers = (operators.power(u, p, signed=False) for p in plan.powers)
    sums = np.stack([np.add.reduceat(v, starts, axis=0, dtype=float) for v in powers], axis=-1)
    return (sums / graphs.sizes[:, np.newaxis, np.newaxis, np.newaxis]).swapaxes(1, 2)


def _averages_vjp(u, g, graphs, plan):
    """Gradients with respect to moduli and to low-passed moduli, None for zero, given those g of their averages."""
    if plan.average != "global":
        g = np.moveaxis(g[0].swapaxes(0, 1), -1, 0)
        return (g.copy(), None) if plan.average is None else (None, g)
    g = (g / graphs.sizes[:, np.newaxis, np.newaxis, np.newaxis]).astype(u.dtype).swapaxes(1, 2)
    g = np.repeat(g, graphs.sizes, axis=0)
    terms = zip(np.moveaxis(g, -1, 0), plan.powers, strict=True)
    return sum(operators.power_vjp(u, h, p, signed=False) for h, p in terms), None


# ---------------------------------------------------------------------------------------------------------------
# Cascade


def _filtered(u, rows, graphs, plan):
    """Return the low-passed moduli of siblings and their wavelet transforms, None for what is not needed."""
    coefficients = plan.bank.coefficients[plan.used(rows)]
    if not len(coefficients):
        return None, None
    w = analyze(graphs.walk, _trimmed(coefficients), u)
    low, w = (w[0], w[1:]) if plan.average == "local" else (None, w)
    return low, w if len(w) else None


def _trimmed(coefficients):
    return coefficients[:, : 1 + np.flatnonzero(coefficients.any(axis=0))[-1]]


def _moduli(w, i):
    """Return the moduli of the children of one sibling, as siblings."""
    return np.ascontiguousarray(np.moveaxis(np.abs(w[:, :, i]), 0, 1))


def _descend(u, rows, graphs, plan, s):
    """Write the averages of siblings, which are some rows of the table of paths, and go on to their children."""
    low, w = _filtered(u, rows, graphs, plan)
    s[:, :, rows] = _averages(u, low, graphs, plan)
    if w is not None:
        for i, row in enumerate(range(rows.start, rows.stop)):
            _descend(_moduli(w, i), plan.children(row), graphs, plan, s)


def _descend_vjp(u, rows, graphs, plan, g, weigh):
    """Return the gradient with respect to the moduli of siblings; ``weigh`` fills g as averages become known."""
    low, w = _filtered(u, rows, graphs, plan)
    if weigh:
        g[:, :, rows] = weigh(_averages(u, low, graphs, plan), np.arange(rows.start, rows.stop))
    du, dlow = _averages_vjp(u, g[:, :, rows], graphs, plan)
    parts = [] if dlow is None else [dlow[np.newaxis]]
    if w is not None:
        dw = np.sign(w)
        for i, row in enumerate(range(rows.start, rows.stop)):
            children = _descend_vjp(_moduli(w, i), plan.children(row), graphs, plan, g, weigh)
            dw[:, :, i] *= np.moveaxis(children, 1, 0)
        parts.append(dw)
    if parts:
        filtered = synthesize(graphs.walk, _trimmed(plan.bank.coefficients[plan.used(rows)]), np.concatenate(parts))
        du = filtered if du is None else du + filtered
    return du


# ---------------------------------------------------------------------------------------------------------------
# Signals on one graph


def scatter_signals(x, graph, plan):
    """Scatter signals on one graph.

    Parameters
    ----------
    x : ndarray of shape (n, channels, n_nodes)
    graph : Graphs
        A single one.
    plan : GraphPlan

    Returns
    -------
    s : ndarray of shape (n, channels, n_paths, n_outputs)
    """
    flat, exponents = _scaled(x.reshape(-1, x.shape[2]), plan)
    graph = _in_precision(graph, x.dtype)
    s = np.empty((len(flat), *output_shape(plan, x.shape[2])), x.dtype)
    for block in _blocks(flat):
        _descend(_as_columns(flat[block]), slice(0, 1), graph, plan, s[np.newaxis, block])
    return rescale_outputs(s, exponents, plan.powers).reshape(*x.shape[:2], *s.shape[1:])


def scatter_signals_vjp(x, g, graph, plan):
    """Compute the vector-Jacobian product of :func:`scatter_signals` at x.

    Parameters
    ----------
    x, graph, plan
        See :func:`scatter_signals`.
    g : ndarray of shape (n, channels, n_paths, n_outputs), or callable
        Weights of the outputs, or a function that computes them, see :func:`skscat.scatter_vjp`.

    Returns
    -------
    dx : ndarray of shape (n, channels, n_nodes)
    """
    flat, exponents = _scaled(x.reshape(-1, x.shape[2]), plan)
    graph = _in_precision(graph, x.dtype)
    g, weigh = _weights(g, exponents, plan, (len(flat), *output_shape(plan, x.shape[2])), x.dtype)
    dx = np.empty_like(flat)
    for block in _blocks(flat):
        weigh_block = weigh and (lambda s, paths, block=block: weigh(s[0], block, paths))
        du = _descend_vjp(_as_columns(flat[block]), slice(0, 1), graph, plan, g[np.newaxis, block], weigh_block)
        dx[block] = du[:, 0].T
    return dx.reshape(x.shape)


def output_shape(plan, n_nodes):
    """Return the shape of the outputs of one channel of a signal: paths, then powers or nodes."""
    return len(plan.paths), len(plan.powers) if plan.powers else n_nodes


def block_size(n_nodes):
    """Return the number of signals that are computed together."""
    return max(1, BLOCK_POINTS // n_nodes)


def _blocks(flat):
    return gen_batches(len(flat), block_size(flat.shape[1]))


def _as_columns(flat):
    return np.ascontiguousarray(flat.T)[:, np.newaxis]


def _in_precision(graphs, dtype):
    return Graphs(graphs.walk.astype(dtype, copy=False), graphs.sizes)


def _scaled(flat, plan):
    """Scale each of the signals (n, n_nodes) to an amplitude whose powers fit; also return the exponents."""
    exponents = scale_exponents(flat, plan.powers)
    return times_exp2(flat, -exponents), exponents


def _weights(g, exponents, plan, shape, dtype):
    """Return weights for the outputs of scaled signals and, if they are not known yet, the function computing them."""
    if callable(g):
        return np.zeros(shape, dtype), of_scaled(g, exponents, plan)
    return rescale_outputs(g.reshape(shape), exponents, plan.powers, degree=1).astype(dtype), None


# ---------------------------------------------------------------------------------------------------------------
# One signal on each of many graphs


def scatter_graphs(x, adjacencies, plan):
    """Scatter signals on graphs of their own.

    Parameters
    ----------
    x : list of ndarray of shape (channels, n_nodes)
    adjacencies : list of csr_array of shape (n_nodes, n_nodes)
    plan : GraphPlan
        With ``average="global"``.

    Returns
    -------
    s : ndarray of shape (n, channels, n_paths, n_powers)
    """
    flat, exponents, graphs = _joined(x, adjacencies, plan)
    s = np.empty((len(x), len(flat), *output_shape(plan, 0)), flat.dtype)
    _descend(_as_columns(flat), slice(0, 1), graphs, plan, s)
    return rescale_outputs(s.reshape(-1, *s.shape[2:]), exponents, plan.powers).reshape(s.shape)


def scatter_graphs_vjp(x, g, adjacencies, plan):
    """Compute the vector-Jacobian product of :func:`scatter_graphs` at x: list of ndarray (channels, n_nodes)."""
    flat, exponents, graphs = _joined(x, adjacencies, plan)
    shape = len(x), len(flat), *output_shape(plan, 0)
    g, weigh = _weights(g, exponents, plan, (len(exponents), *shape[2:]), flat.dtype)
    rows = slice(0, len(exponents))

    def weigh_all(s, paths):
        return weigh(s.reshape(len(exponents), *s.shape[2:]), rows, paths).reshape(s.shape)

    du = _descend_vjp(_as_columns(flat), slice(0, 1), graphs, plan, g.reshape(shape), weigh and weigh_all)
    ends = np.cumsum(graphs.sizes)[:-1]
    return [part.astype(signal.dtype) for part, signal in zip(np.split(du[:, 0].T, ends, axis=1), x, strict=True)]


def _joined(x, adjacencies, plan):
    """Return scaled signals side by side, (channels, n_nodes), their exponents (n * channels,), and the graphs."""
    scaled, exponents = zip(*(_scaled(signal, plan) for signal in x), strict=True)
    flat = np.concatenate(scaled, axis=1)
    return flat, np.concatenate(exponents), _in_precision(side_by_side(adjacencies), flat.dtype)


def batches_of_graphs(sizes):
    """Yield slices of consecutive graphs, of at most ``BLOCK_POINTS`` nodes unless a single one has more."""
    ends, total = [0], 0
    for i, size in enumerate(sizes):
        if total and total + size > BLOCK_POINTS:
            ends, total = [*ends, i], 0
        total += size
    return [slice(*pair) for pair in pairwise([*ends, len(sizes)])]
