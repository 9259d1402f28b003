"""Pictures of filter banks, scattering coefficients and trees, by scikit-learn's Display convention.

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
from skscat.plotting._haar import HaarPairsDisplay
from skscat.plotting._images import ScatteringDiskDisplay
from skscat.plotting._joint import RateScaleDisplay, RotoTranslationDisplay
from skscat.plotting._signals import ScattergramDisplay, SecondOrderDisplay
from skscat.plotting._spiral import SpiralDisplay

__all__ = [
    "ContractionDisplay",
    "DiscriminationDisplay",
    "EnergyDisplay",
    "FilterBankDisplay",
    "HaarPairsDisplay",
    "RateScaleDisplay",
    "RotoTranslationDisplay",
    "ScattergramDisplay",
    "ScatteringDiskDisplay",
    "SecondOrderDisplay",
    "SpiralDisplay",
    "StabilityDisplay",
]
