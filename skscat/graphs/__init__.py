"""Scattering of features whose geometry is a graph or a tree."""

from skscat.graphs._haar import HaarScattering

__all__ = ["HaarScattering"]
