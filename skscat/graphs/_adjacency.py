"""Weighted graphs: validation of adjacency matrices, and the random walk of one graph or several."""

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import block_diag, csgraph, csr_array, eye_array, issparse

from skscat._checks import as_array

# Weights of an edge in both directions that differ by less than this, relative to the largest weight, are equal.
ASYMMETRY = 1e-10


class Graphs(NamedTuple):
    """Graphs, side by side: the nodes of each follow those of the one before.

    Parameters
    ----------
    walk : csr_array of shape (n_nodes, n_nodes)
        Adjacency matrix, normalized by the square roots of the degrees, in double precision. Its eigenvalues are
        between -1 and 1.
    sizes : ndarray of int of shape (n_graphs,)
        Numbers of nodes.
    """

    walk: csr_array
    sizes: np.ndarray


def check_adjacency(name: str, adjacency: Any) -> csr_array:
    """Return a symmetric matrix of weights, in double precision and without stored zeros.

    Raises
    ------
    ValueError
        Unless ``adjacency`` is a symmetric square matrix of finite numbers that are not negative.
    """
    if not issparse(adjacency) and not hasattr(adjacency, "__array__") and not isinstance(adjacency, (list, tuple)):
        raise ValueError(
            f"{name} is of type {type(adjacency).__name__}; expected a sparse matrix or an array of weights. "
            "networkx.to_scipy_sparse_array(graph) makes one of a graph of networkx."
        )
    matrix = adjacency if issparse(adjacency) else as_array(name, adjacency, "There is one weight per pair of nodes.")
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.shape[0]:
        raise ValueError(f"{name} has shape {matrix.shape}; expected (n_nodes, n_nodes), one row per node.")
    if matrix.dtype.kind not in "biuf":
        raise ValueError(f"{name} has dtype {matrix.dtype}; expected real weights.")
    matrix = csr_array(matrix, dtype=float, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    _check_weights(name, matrix)
    return _symmetric(name, matrix)


def _check_weights(name, matrix):
    """Raise ValueError, with the position of the first one, if weights are negative or not finite."""
    for expected, valid in (("finite weights", np.isfinite(matrix.data)), ("no negative weights", matrix.data >= 0)):
        if not valid.all():
            where = np.argmin(valid)
            row, column = np.searchsorted(matrix.indptr, where, side="right") - 1, matrix.indices[where]
            raise ValueError(f"{name} has the weight {matrix.data[where]} at ({row}, {column}); expected {expected}.")


def _symmetric(name, matrix):
    """Return a symmetric matrix, without rounding errors; raise ValueError if there is more to remove."""
    transposed = matrix.T.tocsr()
    difference = abs(matrix - transposed)
    if difference.nnz and difference.max() > ASYMMETRY * matrix.max():
        row, column = np.unravel_index(difference.argmax(), matrix.shape)
        raise ValueError(
            f"{name} is not symmetric: its entries at ({row}, {column}) and ({column}, {row}) are "
            f"{matrix[row, column]:g} and {matrix[column, row]:g}; expected equal weights. (A + A.T) / 2 makes a "
            "directed graph A, such as one of nearest neighbors, undirected."
        )
    # Half of each, since the sum need not fit.
    return matrix / 2 + transposed / 2 if difference.nnz else matrix


def side_by_side(adjacencies: list[csr_array]) -> Graphs:
    """Join graphs, without edges between them, and normalize their adjacency matrices.

    Nodes without neighbors have the eigenvalue 1: the walk stays there.
    """
    joined = block_diag([matrix / (matrix.max() or 1) for matrix in adjacencies], format="csr")
    laplacian = csgraph.laplacian(csr_array(joined), normed=True)
    walk = csr_array(eye_array(joined.shape[0], format="csr") - laplacian)
    # On the diagonal, where a node has neighbors.
    walk.eliminate_zeros()
    return Graphs(walk, np.array([matrix.shape[0] for matrix in adjacencies]))
