"""Greedy linear models: regression on few variables, chosen one by one, and their selection."""

from skscat.linear_model._bagging import BaggedOrthogonalLeastSquares
from skscat.linear_model._regression import OrthogonalLeastSquares, OrthogonalLeastSquaresCV
from skscat.linear_model._selection import OLSSelector

__all__ = [
    "BaggedOrthogonalLeastSquares",
    "OLSSelector",
    "OrthogonalLeastSquares",
    "OrthogonalLeastSquaresCV",
]
