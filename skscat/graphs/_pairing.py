"""Pairs of nodes: learned by matching, drawn at random, or along the axes of a grid."""

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from skscat._core._amplitude import scale_exponents, times_exp2
from skscat.graphs._haar_tree import ZERO_NODE, haar_layer

# The blossom algorithm considers all pairs of up to N_COMPLETE nodes; of more nodes, N_NEIGHBORS neighbors of each.
N_COMPLETE, N_NEIGHBORS = 128, 10
# Gains below this fraction of the mean cost of a pair are rounding errors.
ROUNDING = 1e-10


def learn_pairings(x, n_layers, criterion="l1", matching="relaxed"):
    """Pair nodes with similar coefficients, layer by layer.

    Parameters
    ----------
    x : ndarray of shape (n, n_features)
        Signals to learn from.
    n_layers : int
        Number of layers.
    criterion : {"l1", "l2"}, default="l1"
        Cost of a pair, see :func:`pair_costs`.
    matching : {"relaxed", "blossom"}, default="relaxed"
        How pairs are found, see :func:`match_nodes`.

    Returns
    -------
    pairings : list of ndarray of int of shape (n_pairs, 2)
        Pairs of each layer.
    """
    s = x[:, np.newaxis]
    pairings = []
    for _ in range(n_layers):
        pairings.append(pair_nodes(s, criterion, matching))
        s = haar_layer(s, pairings[-1])
    return pairings


def pair_nodes(s, criterion="l1", matching="relaxed"):
    """Pair nodes with similar coefficients.

    If the number of nodes is odd, a node that is zero for all signals is added, and paired like any other.

    Parameters
    ----------
    s : ndarray of shape (n, n_paths, n_nodes)
        Coefficients of the signals to learn from.
    criterion, matching : str
        As in :func:`learn_pairings`.

    Returns
    -------
    pairs : ndarray of int of shape (n_pairs, 2)
        Pairs, sorted by their first nodes, which are the smaller ones. The zero node, if any, comes second.
    """
    n_nodes = s.shape[-1]
    vectors = np.moveaxis(s, -1, 0).reshape(n_nodes, -1)
    if n_nodes % 2:
        vectors = np.concatenate([vectors, np.zeros_like(vectors[:1])])
    pairs = match_nodes(pair_costs(vectors, criterion), matching)
    return np.where(pairs == n_nodes, ZERO_NODE, pairs)


def pair_costs(vectors, criterion):
    """Sums of absolute ("l1") or squared ("l2") differences between vectors; infinite on the diagonal."""
    # Scaling by a power of two changes no pair, and keeps squares from vanishing.
    vectors = np.asarray(vectors, dtype=np.float64)
    vectors = times_exp2(vectors, -scale_exponents(vectors[np.newaxis], None))
    costs = cdist(vectors, vectors, {"l1": "cityblock", "l2": "sqeuclidean"}[criterion])
    np.fill_diagonal(costs, np.inf)
    return costs


def match_nodes(costs, matching="relaxed"):
    """Pair an even number of nodes at minimal total cost.

    Parameters
    ----------
    costs : ndarray of shape (n_nodes, n_nodes)
        Symmetric matrix, infinite on the diagonal.
    matching : {"relaxed", "blossom"}, default="relaxed"
        "relaxed" starts from the optimal assignment of nodes to nodes, which is a matching except for a few cycles of
        odd length, cuts these cycles and improves pairs two at a time. "blossom" is Edmonds' algorithm, exact for up
        to 128 nodes; with more nodes, each may be paired with its ten nearest or with its "relaxed" partner.

    Returns
    -------
    pairs : ndarray of int of shape (n_nodes // 2, 2)
        Sorted pairs, each with the smaller node first.
    """
    pairs = exchange(costs, close_cycles(costs))
    if matching == "blossom":
        pairs = blossom(costs, _edges(costs, pairs))
    pairs = np.sort(pairs, axis=1)
    return pairs[np.argsort(pairs[:, 0])]


def close_cycles(costs):
    """Pair nodes along the cycles of the assignment of minimal cost, a permutation.

    Along a cycle of even length, every other edge is a pair. Cycles of odd length are joined two at a time, the
    cheapest first: one node of the first is paired with one of the second, and the rest of each along its cycle.
    """
    _, successor = linear_sum_assignment(costs)
    pairs, odd, seen = [], [], np.zeros(len(costs), bool)
    for start in range(len(costs)):
        cycle, node = [], start
        while not seen[node]:
            seen[node] = True
            cycle.append(node)
            node = successor[node]
        if len(cycle) % 2:
            odd.append(cycle)
        else:
            pairs += zip(cycle[::2], cycle[1::2], strict=True)
    return np.array(pairs + _join_odd_cycles(costs, odd))


def _join_odd_cycles(costs, cycles):
    """Join cycles of odd length, two at a time, by a pair of one node of each; pair the others along their cycle."""
    rotations = [cycle[k:] + cycle[:k] for cycle in cycles for k in range(len(cycle))]
    rest = np.array([costs[rotation[1::2], rotation[2::2]].sum() for rotation in rotations])
    labels = np.repeat(np.arange(len(cycles)), [len(cycle) for cycle in cycles])
    nodes = np.array([rotation[0] for rotation in rotations], int)
    joined = costs[np.ix_(nodes, nodes)] + rest + rest[:, np.newaxis]
    pairs = []
    for i, j in greedy(joined, labels):
        pairs.append((nodes[i], nodes[j]))
        pairs += [pair for k in (i, j) for pair in zip(rotations[k][1::2], rotations[k][2::2], strict=True)]
    return pairs


def greedy(costs, labels):
    """Pair the two nodes of least cost with different labels, drop all nodes with these labels, and repeat."""
    first, second = np.triu_indices(len(costs), 1)
    order = np.argsort(costs[first, second], kind="stable")
    free, pairs = np.ones(len(costs), bool), []
    for i, j in zip(first[order].tolist(), second[order].tolist(), strict=True):
        if labels[i] != labels[j] and free[labels[i]] and free[labels[j]]:
            free[[labels[i], labels[j]]] = False
            pairs.append((i, j))
    return pairs


def exchange(costs, pairs):
    """Exchange partners between two pairs if this reduces the cost, largest gains first, until nothing is gained."""
    pairs = pairs.copy()
    while True:
        a, b = pairs.T.copy()
        current = costs[a, b]
        both = current[:, np.newaxis] + current
        parallel = costs[np.ix_(a, a)] + costs[np.ix_(b, b)] - both
        crossed = costs[np.ix_(a, b)]
        crossed = crossed + crossed.T - both
        np.fill_diagonal(crossed, 0)
        gain = np.minimum(parallel, crossed)
        i, j = np.nonzero(np.triu(gain < -ROUNDING * current.mean()))
        if not len(i):
            return pairs
        free = np.ones(len(pairs), bool)
        for k in np.argsort(gain[i, j], kind="stable"):
            u, v = i[k], j[k]
            if free[u] and free[v]:
                free[[u, v]] = False
                straight = parallel[u, v] <= crossed[u, v]
                pairs[u], pairs[v] = ((a[u], a[v]), (b[u], b[v])) if straight else ((a[u], b[v]), (a[v], b[u]))


def blossom(costs, edges):
    """Perfect matching of minimal cost among given edges (n_edges, 2), by Edmonds' blossom algorithm."""
    try:
        import networkx
    except ImportError as error:
        raise ImportError(
            "matching=\"blossom\" needs networkx; install it with: pip install 'skscat[graph]'"
        ) from error
    weights = costs[edges[:, 0], edges[:, 1]]
    graph = networkx.Graph()
    graph.add_weighted_edges_from(zip(*edges.T.tolist(), (weights.max() - weights).tolist(), strict=True))
    return np.array(list(networkx.max_weight_matching(graph, maxcardinality=True)))


def _edges(costs, pairs):
    """Candidate edges: all, or if there are many nodes, the nearest neighbors of each and a given matching."""
    if len(costs) <= N_COMPLETE:
        return np.transpose(np.triu_indices(len(costs), 1))
    neighbors = np.argpartition(costs, N_NEIGHBORS, axis=1)[:, :N_NEIGHBORS]
    nearest = np.column_stack([np.repeat(np.arange(len(costs)), N_NEIGHBORS), neighbors.ravel()])
    return np.unique(np.sort(np.concatenate([nearest, pairs]), axis=1), axis=0)


def random_pairings(n_features, n_layers, rng):
    """Draw random pairs: a list of ndarray of int of shape (n_pairs, 2), one per layer."""
    pairings, n_nodes = [], n_features
    for _ in range(n_layers):
        nodes = np.arange(n_nodes + n_nodes % 2)
        nodes[n_nodes:] = ZERO_NODE
        pairings.append(rng.permutation(nodes).reshape(-1, 2))
        n_nodes = len(pairings[-1])
    return pairings


def grid_pairings(shape, n_layers, shift=None):
    """Pair neighbors on a grid, alternately along its last axis and along the one before.

    Parameters
    ----------
    shape : tuple of int
        Shape of the grid, optionally after the number of channels, which are never paired with each other.
    n_layers : int
        Number of layers.
    shift : tuple of int, default=None
        Number of positions by which the tree is shifted along each axis of the grid, with periodic borders.

    Returns
    -------
    pairings : list of ndarray of int of shape (n_pairs, 2)
        Pairs of each layer. If an axis has an odd number of nodes, the last ones are paired with the zero node.
    """
    nodes = np.arange(np.prod(shape)).reshape(shape)
    if shift is not None:
        nodes = np.roll(nodes, [-s for s in shift], axis=tuple(range(-len(shift), 0)))
    pairings = []
    for axis in pairing_axes(shape, n_layers):
        nodes = np.moveaxis(nodes, axis, -1)
        if nodes.shape[-1] % 2:
            nodes = np.concatenate([nodes, np.full_like(nodes[..., :1], ZERO_NODE)], axis=-1)
        pairs = np.moveaxis(nodes.reshape(*nodes.shape[:-1], -1, 2), -2, axis - 1)
        pairings.append(pairs.reshape(-1, 2))
        nodes = np.arange(len(pairings[-1])).reshape(pairs.shape[:-1])
    return pairings


def pairing_axes(shape, n_layers=None):
    """Return the axis along which each layer pairs nodes of a grid: -1 and -2 alternately, if both are longer than 1.

    With ``n_layers=None``, there are layers until one node is left, and at least one layer.
    """
    sizes, axes = {-1: shape[-1], -2: shape[-2]}, []
    while len(axes) != n_layers and (max(sizes.values()) > 1 or not axes):
        turn = -1 if not axes or axes[-1] == -2 else -2
        axis = turn if sizes[turn] > 1 or not axes else -3 - turn
        sizes[axis] = -(-sizes[axis] // 2)
        axes.append(axis)
    return axes


def check_pairings(pairings, n_features):
    """Return given pairs as a list of trees, or raise ValueError if they do not form trees.

    Parameters
    ----------
    pairings : list of list of array-like of int of shape (n_pairs, 2)
        Pairs of each layer of each tree; or those of one tree, without the outer list.
    n_features : int
        Number of nodes of the first layer.

    Returns
    -------
    pairings : list of list of ndarray of int of shape (n_pairs, 2)
        The given pairs, as arrays.

    Raises
    ------
    ValueError
        If a layer does not pair each of its nodes exactly once, or trees have different numbers of layers.
    """
    try:
        trees = [pairings] if np.ndim(pairings[0][0]) == 1 else pairings
        trees = [[np.asarray(pairs) for pairs in tree] for tree in trees]
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError(
            "pairing: expected a list of trees, each a list of arrays of pairs (n_pairs, 2), one per layer; or one "
            "tree."
        ) from error
    depths = sorted({len(tree) for tree in trees})
    if len(depths) != 1 or depths[0] == 0:
        raise ValueError(
            f"pairing has {len(trees)} trees of {depths} layers; expected one or more trees with the same number of "
            "layers."
        )
    for t, tree in enumerate(trees):
        n_nodes = n_features
        for layer, pairs in enumerate(tree, start=1):
            nodes = np.sort(pairs, axis=None)
            if (
                pairs.ndim != 2
                or pairs.shape[1] != 2
                or pairs.dtype.kind not in "iu"
                or not np.array_equal(nodes[nodes != ZERO_NODE], np.arange(n_nodes))
            ):
                raise ValueError(
                    f"pairing, layer {layer} of tree {t}, of shape {pairs.shape}: expected pairs (n_pairs, 2) of "
                    f"whole numbers that contain each of the nodes 0 to {n_nodes - 1} once, and -1 for no partner."
                )
            n_nodes = len(pairs)
    return trees
