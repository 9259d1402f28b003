"""Synthesis of signals and images with given statistics, and reconstruction of signals from coefficients."""

from skscat.synthesis._denoising import ScatteringDenoiser
from skscat.synthesis._gaussian import GaussianTexture, periodic_component
from skscat.synthesis._inpainting import ScatteringInpainter
from skscat.synthesis._inversion import griffin_lim, inverse_wavelet_transform, reconstruct, wavelet_transform
from skscat.synthesis._microcanonical import MicrocanonicalModel

__all__ = [
    "GaussianTexture",
    "MicrocanonicalModel",
    "ScatteringDenoiser",
    "ScatteringInpainter",
    "griffin_lim",
    "inverse_wavelet_transform",
    "periodic_component",
    "reconstruct",
    "wavelet_transform",
]
