"""Pictures of filter banks and scattering coefficients, by scikit-learn's Display convention.

A display stores what is drawn; ``plot`` draws it and keeps ``ax_`` and ``figure_``; ``from_*`` computes and draws.
matplotlib is imported when something is drawn.
"""

from skscat.plotting._diagnostics import (
    ContractionDisplay,
    DiscriminationDisplay,
    EnergyDisplay,
    StabilityDisplay,
)
from skscat.plotting._filter_bank import FilterBankDisplay
from skscat.plotting._images import ScatteringDiskDisplay
from skscat.plotting._joint import RateScaleDisplay, RotoTranslationDisplay
from skscat.plotting._signals import ScattergramDisplay, SecondOrderDisplay
from skscat.plotting._spiral import SpiralDisplay

__all__ = [
    "ContractionDisplay",
    "DiscriminationDisplay",
    "EnergyDisplay",
    "FilterBankDisplay",
    "RateScaleDisplay",
    "RotoTranslationDisplay",
    "ScattergramDisplay",
    "ScatteringDiskDisplay",
    "SecondOrderDisplay",
    "SpiralDisplay",
    "StabilityDisplay",
]
