"""Displays of filter banks, scattering coefficients and trees, following scikit-learn's plotting API.

A display stores the values to plot. Its method ``plot`` draws them and sets ``ax_`` and ``figure_``; its class methods
``from_*`` compute the values and plot them. matplotlib is imported only when something is plotted.
"""

from skscat.plotting._diagnostics import ContractionDisplay, DiscriminationDisplay, EnergyDisplay
from skscat.plotting._filter_bank import FilterBankDisplay
from skscat.plotting._haar import HaarPairsDisplay
from skscat.plotting._images import ScatteringDiskDisplay
from skscat.plotting._joint import RateScaleDisplay, RotoTranslationDisplay
from skscat.plotting._signals import ScattergramDisplay, SecondOrderDisplay
from skscat.plotting._spiral import SpiralDisplay
from skscat.plotting._stability import StabilityDisplay

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
