"""Moments of stationary processes: scattering moments and scattering spectra."""

from skscat.moments._moments import ScatteringMoments, moments_by_scale
from skscat.moments._spectra import ScatteringSpectra

__all__ = ["ScatteringMoments", "ScatteringSpectra", "moments_by_scale"]
