"""Moments of stationary processes: scattering moments and scattering spectra."""

from skscat.moments._moments import ScatteringMoments
from skscat.moments._scales import moments_by_scale
from skscat.moments._scores import Score, scale_dependence, standard_error, time_asymmetry
from skscat.moments._spectra import ScatteringSpectra

__all__ = [
    "ScatteringMoments",
    "ScatteringSpectra",
    "Score",
    "moments_by_scale",
    "scale_dependence",
    "standard_error",
    "time_asymmetry",
]
