"""Which nodes make a pair: learned by matching, at random, or along the axes of a grid."""

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from skscat.graphs._haar_tree import ZERO_NODE, haar_layer

# The blossom algorithm may pair all of up to so many nodes with each other; of more, each with so many neighbours.
N_COMPLETE, N_NEIGHBOURS = 128, 10
# A gain of less than this share of the mean cost of a pair is rounding.
ROUNDING = 1e-10


def learn_pairings(x, n_layers, criterion="l1", matching="relaxed"):
    """Pair, layer by layer, nodes whose coefficients are alike.

    Parameters
    ----------
    x : ndarray of shape (n, n_features)
        Signals to learn from.
    n_layers : int
        Number of layers.
    criterion : {"l1", "l2"}, default="l1"
        What a pair costs, see :func:`pair_costs`.
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
    """Pair nodes whose coefficients are alike.

    An odd number of nodes gets one more, which is zero for all signals and is paired as any other.

    Parameters
    ----------
    s : ndarray of shape (n, n_paths, n_nodes)
        Coefficients of the signals to learn from.
    criterion, matching : str
        As in :func:`learn_pairings`.

    Returns
    -------
    pairs : ndarray of int of shape (n_pairs, 2)
        In the order of their first nodes, which are the smaller ones; the node of zeros, if any, comes second.
    """
    n_nodes = s.shape[-1]
    vectors = np.moveaxis(s, -1, 0).reshape(n_nodes, -1)
    if n_nodes % 2:
        vectors = np.concatenate([vectors, np.zeros_like(vectors[:1])])
    pairs = match_nodes(pair_costs(vectors, criterion), matching)
    return np.where(pairs == n_nodes, ZERO_NODE, pairs)


def pair_costs(vectors, criterion):
    """Sums of absolute ("l1") or squared ("l2") differences of vectors, infinite on the diagonal."""
    costs = cdist(vectors, vectors, {"l1": "cityblock", "l2": "sqeuclidean"}[criterion])
    np.fill_diagonal(costs, np.inf)
    return costs


def match_nodes(costs, matching="relaxed"):
    """Match an even number of nodes in pairs of the least total cost.

    Parameters
    ----------
    costs : ndarray of shape (n_nodes, n_nodes)
        Symmetric, with infinite diagonal.
    matching : {"relaxed", "blossom"}, default="relaxed"
        "relaxed" begins with the best assignment of nodes to nodes, which is a matching but for few cycles of odd
        length, cuts these open and improves pairs two by two. "blossom" is Edmonds' algorithm, exact for up to 128
        nodes; of more nodes, each may be paired with its ten nearest or with its partner of the first method.

    Returns
    -------
    pairs : ndarray of int of shape (n_nodes // 2, 2)
        Sorted, each with the smaller node first.
    """
    pairs = exchange(costs, close_cycles(costs))
    if matching == "blossom":
        pairs = blossom(costs, _edges(costs, pairs))
    pairs = np.sort(pairs, axis=1)
    return pairs[np.argsort(pairs[:, 0])]


def close_cycles(costs):
    """Pair nodes by the assignment of least cost, in which each has a successor: a permutation, a set of cycles.

    Along a cycle of even length every second step is a pair. Of cycles of odd length two are joined at a time, the
    cheapest first: by a pair of one node of each, and pairs along the rest of both.
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
    """Join cycles of odd length, two at a time, by one node of each; the others of a cycle are paired along it."""
    turns = [cycle[k:] + cycle[:k] for cycle in cycles for k in range(len(cycle))]
    rest = np.array([costs[turn[1::2], turn[2::2]].sum() for turn in turns])
    number = np.repeat(np.arange(len(cycles)), [len(cycle) for cycle in cycles])
    nodes = np.array([turn[0] for turn in turns], int)
    joined = costs[np.ix_(nodes, nodes)] + rest + rest[:, np.newaxis]
    pairs = []
    for i, j in greedy(joined, number):
        pairs.append((nodes[i], nodes[j]))
        pairs += [pair for k in (i, j) for pair in zip(turns[k][1::2], turns[k][2::2], strict=True)]
    return pairs


def greedy(costs, groups):
    """Pair the cheapest two nodes of different groups, strike out both groups, and repeat."""
    first, second = np.triu_indices(len(costs), 1)
    order = np.argsort(costs[first, second], kind="stable")
    free, pairs = np.ones(len(costs), bool), []
    for i, j in zip(first[order].tolist(), second[order].tolist(), strict=True):
        if groups[i] != groups[j] and free[groups[i]] and free[groups[j]]:
            free[[groups[i], groups[j]]] = False
            pairs.append((i, j))
    return pairs


def exchange(costs, pairs):
    """Let two pairs exchange partners wherever that costs less, the largest gains first, until nothing is gained."""
    pairs = pairs.copy()
    while True:
        a, b = pairs.T.copy()
        now = costs[a, b]
        both = now[:, np.newaxis] + now
        parallel = costs[np.ix_(a, a)] + costs[np.ix_(b, b)] - both
        crossed = costs[np.ix_(a, b)]
        crossed = crossed + crossed.T - both
        np.fill_diagonal(crossed, 0)
        gain = np.minimum(parallel, crossed)
        i, j = np.nonzero(np.triu(gain < -ROUNDING * now.mean()))
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
    """Perfect matching of least cost among some edges (n_edges, 2), by Edmonds' blossom algorithm."""
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
    """Edges worth a try: all of few nodes, or some neighbours of each and a matching, so that there is one."""
    if len(costs) <= N_COMPLETE:
        return np.transpose(np.triu_indices(len(costs), 1))
    neighbours = np.argpartition(costs, N_NEIGHBOURS, axis=1)[:, :N_NEIGHBOURS]
    nearest = np.column_stack([np.repeat(np.arange(len(costs)), N_NEIGHBOURS), neighbours.ravel()])
    return np.unique(np.sort(np.concatenate([nearest, pairs]), axis=1), axis=0)


def random_pairings(n_features, n_layers, rng):
    """Pairs drawn at random: list of ndarray of int of shape (n_pairs, 2), one a layer."""
    pairings, n_nodes = [], n_features
    for _ in range(n_layers):
        nodes = np.arange(n_nodes + n_nodes % 2)
        nodes[n_nodes:] = ZERO_NODE
        pairings.append(rng.permutation(nodes).reshape(-1, 2))
        n_nodes = len(pairings[-1])
    return pairings


def grid_pairings(shape, n_layers, shift=None):
    """Pair neighbours on a grid: along its last axis, then along the one before, and so on in turns.

    Parameters
    ----------
    shape : tuple of int
        Shape of the grid, perhaps after that of channels, which are never paired with each other.
    n_layers : int
        Number of layers.
    shift : tuple of int, default=None
        By how many cells the pairs of the first layers are shifted along each axis; opposite borders then meet.

    Returns
    -------
    pairings : list of ndarray of int of shape (n_pairs, 2)
        Pairs of each layer. Where an axis has an odd number of nodes, its last ones are paired with zero.
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
    """Return the axis along which each layer pairs the nodes of a grid: -1 and -2 in turns, while both have several.

    With ``n_layers=None`` layers go on until one node is left; there is at least one.
    """
    sizes, axes = {-1: shape[-1], -2: shape[-2]}, []
    while len(axes) != n_layers and (max(sizes.values()) > 1 or not axes):
        turn = -1 if not axes or axes[-1] == -2 else -2
        axis = turn if sizes[turn] > 1 or not axes else -3 - turn
        sizes[axis] = -(-sizes[axis] // 2)
        axes.append(axis)
    return axes


def check_pairings(pairings, n_features):
    """Return given pairs as a list of trees, or raise ValueError unless they make trees.

    Parameters
    ----------
    pairings : list of list of array-like of int of shape (n_pairs, 2)
        Pairs of each layer of each tree; or those of one tree, without the outer list.
    n_features : int
        Number of nodes of the first layer.

    Returns
    -------
    pairings : list of list of ndarray of int of shape (n_pairs, 2)
        The same, as arrays.

    Raises
    ------
    ValueError
        If a layer does not pair each of its nodes once, or trees have unlike numbers of layers.
    """
    try:
        trees = [pairings] if np.ndim(pairings[0][0]) == 1 else pairings
        trees = [[np.asarray(pairs) for pairs in tree] for tree in trees]
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError(
            "pairing: expected a list of trees, each a list of arrays of pairs (n_pairs, 2), one a layer; or one tree."
        ) from error
    depths = sorted({len(tree) for tree in trees})
    if len(depths) != 1 or depths[0] == 0:
        raise ValueError(
            f"pairing has {len(trees)} trees of {depths} layers; expected one or more trees, with as many layers each."
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
                    f"whole numbers in which each of the nodes 0 to {n_nodes - 1} stands once, and -1 for none."
                )
            n_nodes = len(pairs)
    return trees
