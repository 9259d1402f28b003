"""Sums and absolute differences on a binary tree. The tree is given as the pairs of nodes.

Arrays have batch axes first, then an axis of paths (which layers take differences), then an axis of nodes of the tree.
The pairs of a layer are an array of node indices of shape (n_pairs, 2). The index -1 stands for a node that is always
zero, so that any number of nodes can be paired.
"""

from itertools import pairwise

import numpy as np
from scipy.sparse import coo_array

from skscat._core import _namespace as arrays

ZERO_NODE = -1
PATH_FIELDS = [("tree", np.int32), ("layer", np.int32), ("node", np.int32), ("order", np.int32), ("differences", int)]


def haar_layer(s, pairs):
    """Sum and absolute difference of the nodes of each pair.

    The sum of squares doubles, and the distance between two signals grows by a factor of at most the square root of
    two.

    Parameters
    ----------
    s : ndarray of shape (..., n_paths, n_nodes)
        Coefficients.
    pairs : ndarray of int of shape (n_pairs, 2)
        Nodes of each pair.

    Returns
    -------
    s : ndarray of shape (..., 2 * n_paths, n_pairs)
        All sums, then all absolute differences.
    """
    return _sums_and_differences(*(take_nodes(s, nodes) for nodes in pairs.T))


def take_nodes(s, nodes):
    """Take coefficients (..., n_nodes) at given nodes, with zeros for the node that is always zero."""
    taken = s[..., arrays.from_numpy(nodes, s)]
    if ZERO_NODE in nodes:
        taken[..., arrays.from_numpy(nodes == ZERO_NODE, s)] = 0
    return taken


def tree_leaves(pairings):
    """Order the features so that the two nodes of each pair, in each layer, are adjacent.

    Parameters
    ----------
    pairings : list of ndarray of int of shape (n_pairs, 2)
        Pairs of each layer.

    Returns
    -------
    leaves : ndarray of int of shape (n_nodes * 2**n_layers,)
        Indices of features, or -1. Each run of ``2**layer`` entries is a node of that layer.
    """
    nodes = np.arange(len(pairings[-1]))
    for pairs in reversed(pairings):
        nodes = np.where(nodes[:, np.newaxis] == ZERO_NODE, ZERO_NODE, pairs[nodes]).ravel()
    return nodes


def tree_paths(n_layers, max_order):
    """Return the layers in which each path takes differences, as bits, for all paths up to an order.

    Returns
    -------
    differences : ndarray of int of shape (n_paths,)
        Increasing. Bit j stands for layer j + 1.
    """
    differences = np.zeros(1, int)
    for layer in range(n_layers):
        rising = differences[path_orders(differences) < max_order]
        differences = np.concatenate([differences, rising | 1 << layer])
    return differences


def path_orders(differences):
    """Count the differences of each path, which are the bits that are set."""
    bits = differences[:, np.newaxis] >> np.arange(int(differences.max(initial=0)).bit_length()) & 1
    return bits.sum(axis=1)


def tree_table(tree, n_nodes, n_layers, max_order):
    """Table of the coefficients of the last layer of a tree, sorted by path, then by node."""
    differences = tree_paths(n_layers, max_order)[:, np.newaxis]
    paths = np.empty((len(differences), n_nodes), PATH_FIELDS)
    paths["tree"], paths["layer"], paths["node"] = tree, n_layers, np.arange(n_nodes)
    paths["differences"] = differences
    paths["order"] = path_orders(differences[:, 0])[:, np.newaxis]
    return paths.ravel()


def scatter_tree(x, leaves, n_layers, max_order):
    """Haar scattering on one tree.

    Parameters
    ----------
    x : ndarray of shape (..., n_features)
        Signals.
    leaves : ndarray of int of shape (n_nodes * 2**n_layers,)
        See :func:`tree_leaves`.
    n_layers : int
        Number of layers.
    max_order : int
        Maximum number of differences on a path. A path that has reached it only takes sums.

    Returns
    -------
    s : ndarray of shape (..., n_paths, n_nodes)
        Coefficients of the last layer, paths as in :func:`tree_paths`.
    """
    s = take_nodes(x, leaves)[..., np.newaxis, :]
    for layer in range(n_layers):
        rising = path_orders(tree_paths(layer, max_order)) < max_order
        s = _sums_and_differences(s[..., ::2], s[..., 1::2], rising)
    return s


def _sums_and_differences(left, right, rising=None):
    """Sums of all paths, and absolute differences of the paths whose order may rise; None means all paths."""
    if not arrays.is_numpy(left):
        chosen = slice(None) if rising is None else arrays.from_numpy(rising, left)
        parts = [left + right, abs(left[..., chosen, :] - right[..., chosen, :])]
        return arrays.namespace(left).concatenate(parts, axis=-2)
    *batch, n_paths, n_pairs = left.shape
    every = rising is None or rising.all()
    n_rising = n_paths if every else np.count_nonzero(rising)
    out = np.empty((*batch, n_paths + n_rising, n_pairs), left.dtype)
    np.add(left, right, out=out[..., :n_paths, :])
    differences = out[..., n_paths:, :]
    if every:
        np.subtract(left, right, out=differences)
    else:
        np.subtract(left[..., rising, :], right[..., rising, :], out=differences)
    np.abs(differences, out=differences)
    return out


def hierarchy(pairings, n_features):
    """Sparse matrix of edges from parents to children; its entries are the layers of the parents."""
    starts = np.cumsum([0, n_features, *(len(pairs) for pairs in pairings)])
    parents, children, layers = [], [], []
    for layer, ((start, stop), pairs) in enumerate(zip(pairwise(starts), pairings, strict=False), start=1):
        parent, side = np.nonzero(pairs != ZERO_NODE)
        parents.append(stop + parent)
        children.append(start + pairs[parent, side])
        layers.append(np.full(len(parent), layer))
    edges = np.concatenate(parents), np.concatenate(children)
    return coo_array((np.concatenate(layers), edges), shape=(starts[-1], starts[-1])).tocsr()
