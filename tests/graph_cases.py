"""Graphs for the tests."""

import numpy as np


def ring(x):
    """Return the adjacency matrix of a ring, with as many nodes as x has rows."""
    n = len(x)
    adjacency = np.zeros((n, n))
    for i in range(n):
        adjacency[i, (i + 1) % n] = adjacency[(i + 1) % n, i] = 1
    return adjacency


def random_graph(n, rng, density=0.2):
    """Return a random weighted graph of which a node has no neighbors, and another one has an edge to itself."""
    upper = np.triu(rng.random((n, n)) * (rng.random((n, n)) < density), 1)
    adjacency = upper + upper.T
    adjacency[n // 2] = adjacency[:, n // 2] = 0
    adjacency[0, 0] = 3
    return adjacency
