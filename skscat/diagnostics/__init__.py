"""Measurements, on given signals, of the properties that theorems on scattering transforms state."""

from skscat.diagnostics._deformation import random_displacement, warp
from skscat.diagnostics._discrimination import Discrimination, discrimination
from skscat.diagnostics._measures import (
    Contraction,
    Energy,
    Stability,
    contraction,
    deformation_stability,
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
