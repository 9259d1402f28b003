"""Scattering transforms as scikit-learn estimators."""

from skscat._cascade import renormalize, scatter, scatter_adjoint
from skscat._plan import Plan
from skscat._scattering1d import Scattering1D, plan_scattering1d
from skscat._scattering2d import Scattering2D, plan_scattering2d

__version__ = "0.1.0.dev0"

__all__ = [
    "Plan",
    "Scattering1D",
    "Scattering2D",
    "plan_scattering1d",
    "plan_scattering2d",
    "renormalize",
    "scatter",
    "scatter_adjoint",
]
