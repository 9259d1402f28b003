"""Scattering transforms as scikit-learn estimators."""

from skscat._cascade import scatter, scatter_adjoint
from skscat._cosine_reduction import CosineReduction
from skscat._haar import HaarScattering
from skscat._plan import Plan
from skscat._renormalization import renormalize
from skscat._roto_translation import RotoTranslationScattering2D, plan_roto_translation
from skscat._scale_averaging import ScaleAveraging
from skscat._scattering1d import Scattering1D, plan_scattering1d
from skscat._scattering2d import Scattering2D, plan_scattering2d
from skscat._solid_harmonic import HarmonicScattering3D, plan_harmonic_scattering3d
from skscat._spiral import SpiralScattering, plan_spiral
from skscat._time_frequency import TimeFrequencyScattering, plan_time_frequency

__version__ = "0.1.0.dev0"

__all__ = [
    "CosineReduction",
    "HaarScattering",
    "HarmonicScattering3D",
    "Plan",
    "RotoTranslationScattering2D",
    "ScaleAveraging",
    "Scattering1D",
    "Scattering2D",
    "SpiralScattering",
    "TimeFrequencyScattering",
    "plan_harmonic_scattering3d",
    "plan_roto_translation",
    "plan_scattering1d",
    "plan_scattering2d",
    "plan_spiral",
    "plan_time_frequency",
    "renormalize",
    "scatter",
    "scatter_adjoint",
]
