"""Preprocessing of images and of scattering coefficients."""

from skscat.preprocessing._cosine_reduction import CosineReduction
from skscat.preprocessing._level import LevelNormalizer
from skscat.preprocessing._path_scaling import PathScaler
from skscat.preprocessing._rectified_derivatives import RectifiedDerivatives
from skscat.preprocessing._rotation_averaging import RotationAveraging
from skscat.preprocessing._scale_averaging import ScaleAveraging
from skscat.preprocessing._scaling import LogMedian
from skscat.preprocessing._variable_size import VariableSizeScattering
from skscat.preprocessing._wavelet_proportions import WaveletProportions

__all__ = [
    "CosineReduction",
    "LevelNormalizer",
    "LogMedian",
    "PathScaler",
    "RectifiedDerivatives",
    "RotationAveraging",
    "ScaleAveraging",
    "VariableSizeScattering",
    "WaveletProportions",
]
