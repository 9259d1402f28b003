"""Random graphs of several kinds, all with the same mean degree, and the same graphs with their edges rewired."""

import networkx as nx
import numpy as np

MEAN_DEGREE, SIZES = 8, (40, 80)


def uniform(n, rng):
    """Return the adjacency matrix of a graph of which all pairs of nodes are equally likely edges."""
    return _of_likely_pairs(np.ones((n, n)), rng)


def geometric(n, rng):
    """Return a graph of points in the unit square, of which near ones are likely to be neighbors."""
    points = rng.random((n, 2))
    distance = np.linalg.norm(points[:, np.newaxis] - points, axis=2)
    return _of_likely_pairs(np.exp(-((distance / 0.1) ** 2)) + 1e-12, rng)


def communities(n, rng):
    """Return a graph of four communities, in which an edge is eight times as likely as between them."""
    community = rng.integers(0, 4, n)
    return _of_likely_pairs(np.where(community[:, np.newaxis] == community, 8.0, 1.0), rng)


def small_world(n, rng):
    """Return a ring of which each node is joined to its eight nearest, with 40 % of the edges moved."""
    return nx.to_numpy_array(nx.watts_strogatz_graph(n, MEAN_DEGREE, 0.4, seed=_seed(rng)))


def preferential(n, rng):
    """Return a graph that grows: nodes of many neighbors get more of them."""
    return nx.to_numpy_array(nx.barabasi_albert_graph(n, MEAN_DEGREE // 2, seed=_seed(rng)))


KINDS = (uniform, geometric, communities, small_world, preferential)
# Rewired, these are alike.
STRUCTURED = (geometric, communities, small_world)


def _of_likely_pairs(likelihood, rng):
    """Draw pairs without replacement, with given likelihoods."""
    n = len(likelihood)
    first, second = np.triu_indices(n, 1)
    order = np.argsort(rng.exponential(size=len(first)) / likelihood[first, second])
    edges = order[: n * MEAN_DEGREE // 2]
    adjacency = np.zeros((n, n))
    adjacency[first[edges], second[edges]] = 1
    return adjacency + adjacency.T


def rewired(adjacency, rng):
    """Exchange the ends of pairs of edges, three times as often as there are edges; degrees do not change."""
    graph = nx.from_numpy_array(adjacency)
    n_edges = graph.number_of_edges()
    nx.double_edge_swap(graph, nswap=3 * n_edges, max_tries=300 * n_edges, seed=_seed(rng))
    return nx.to_numpy_array(graph, nodelist=range(len(adjacency)))


def _seed(rng):
    return int(rng.integers(2**31))


def draw_kinds(n_each, rng):
    """Return n_each graphs of each of five kinds, and the number of the kind of each."""
    graphs = [kind(int(rng.integers(SIZES[0], SIZES[1] + 1)), rng) for kind in KINDS for _ in range(n_each)]
    return graphs, np.repeat(np.arange(len(KINDS)), n_each)


def draw_rewired(n_each, rng):
    """Return n_each graphs of each of three kinds, every other one rewired, and which ones are."""
    graphs = [kind(int(rng.integers(SIZES[0], SIZES[1] + 1)), rng) for kind in STRUCTURED for _ in range(n_each)]
    is_rewired = np.arange(len(graphs)) % 2
    return [rewired(a, rng) if moved else a for a, moved in zip(graphs, is_rewired, strict=True)], is_rewired
