"""Scattering transforms as scikit-learn estimators."""

from skscat._core._records import Plan
from skscat._core._renormalization import renormalize
from skscat._core._scatter import scatter, scatter_vjp
from skscat._transforms._roto_translation import RotoTranslationScattering2D
from skscat._transforms._scattering1d import Scattering1D
from skscat._transforms._scattering2d import Scattering2D
from skscat._transforms._solid_harmonic import HarmonicScattering3D
from skscat._transforms._spiral import SpiralScattering
from skscat._transforms._time_frequency import TimeFrequencyScattering
from skscat._xarray import to_xarray
from skscat.graphs import GraphScattering, HaarScattering
from skscat.recipes import ScatteringClassifier, ScatteringRegressor

__version__ = "0.1.0"

__all__ = [
    "GraphScattering",
    "HaarScattering",
    "HarmonicScattering3D",
    "Plan",
    "RotoTranslationScattering2D",
    "Scattering1D",
    "Scattering2D",
    "ScatteringClassifier",
    "ScatteringRegressor",
    "SpiralScattering",
    "TimeFrequencyScattering",
    "renormalize",
    "scatter",
    "scatter_vjp",
    "to_xarray",
]
