"""Scattering of features whose geometry is a graph or a tree, given or learned."""

from skscat.graphs._graph_scattering import GraphScattering
from skscat.graphs._haar import HaarScattering

__all__ = ["GraphScattering", "HaarScattering"]
