"""Linear regression and feature selection by orthogonal least squares."""

from skscat.linear_model._bagging import BaggedOrthogonalLeastSquares
from skscat.linear_model._regression import OrthogonalLeastSquares, OrthogonalLeastSquaresCV
from skscat.linear_model._selection import OrthogonalLeastSquaresSelector

__all__ = [
    "BaggedOrthogonalLeastSquares",
    "OrthogonalLeastSquares",
    "OrthogonalLeastSquaresCV",
    "OrthogonalLeastSquaresSelector",
]
