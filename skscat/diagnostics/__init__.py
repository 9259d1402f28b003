"""Measures of what the theorems of scattering state, on given signals."""

from skscat.diagnostics._deformation import random_displacement, warp
from skscat.diagnostics._measures import (
    Contraction,
    Discrimination,
    Energy,
    Stability,
    contraction,
    deformation_stability,
    discrimination,
    energy_by_order,
    translation_stability,
)

__all__ = [
    "Contraction",
    "Discrimination",
    "Energy",
    "Stability",
    "contraction",
    "deformation_stability",
    "discrimination",
    "energy_by_order",
    "random_displacement",
    "translation_stability",
    "warp",
]
