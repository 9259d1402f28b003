"""Preprocessing of images and of scattering coefficients."""

from skscat.preprocessing._cosine_reduction import CosineReduction
from skscat.preprocessing._scale_averaging import ScaleAveraging
from skscat.preprocessing._scaling import LogMedian, PathScaler

__all__ = ["CosineReduction", "LogMedian", "PathScaler", "ScaleAveraging"]
