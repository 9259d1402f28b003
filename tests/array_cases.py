"""Estimators that take arrays of any library, with signals in every layout, and conversions between libraries."""

import array_api_strict
import numpy as np
import pytest
import torch
from sklearn.pipeline import make_pipeline

from skscat import (
    HaarScattering,
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
)
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.preprocessing import (
    CosineReduction,
    LevelNormalizer,
    LogMedian,
    PathScaler,
    RectifiedDerivatives,
    RotationAveraging,
    ScaleAveraging,
)

# Libraries and devices that need no hardware, and a precision for each.
LIBRARIES = [
    ("torch", "cpu", "float64"),
    ("torch", "cpu", "float32"),
    ("array_api_strict", "CPU_DEVICE", "float64"),
    ("array_api_strict", "device1", "float32"),
]

_RNG = np.random.default_rng(0)
LINES, PLANES, CUBES = (_RNG.standard_normal((4, *shape)) for shape in ((64,), (16, 16), (8, 8, 8)))
WITH_GAPS = np.where(_RNG.random((4, 64)) < 0.1, np.nan, LINES)

# Estimators with a gradient.
TRANSFORMS = {
    "lines": (Scattering1D(J=3, Q=2), LINES),
    "shape": (Scattering1D(J=3, shape=(2, 32)), LINES),
    "channels last": (Scattering1D(J=2, channel_axis=-1), PLANES),
    "complex": (Scattering1D(J=3, complex_input=True), LINES + 1j * LINES[::-1]),
    "real as complex": (Scattering1D(J=3, complex_input=True), LINES),
    "moduli": (Scattering1D(J=3, average=None), LINES),
    "planes": (Scattering2D(J=2, L=3), PLANES),
    "channels": (Scattering2D(J=2, L=3), PLANES[:, np.newaxis]),
    "flat planes": (Scattering2D(J=2, L=3, shape=(8, -1)), PLANES.reshape(4, -1)),
    "time and frequency": (TimeFrequencyScattering(J=3, Q=2), LINES),
    "spiral": (SpiralScattering(J=5, Q=4, J_oct=1), LINES),
    "roto-translation": (RotoTranslationScattering2D(J=2, L=4), PLANES),
    "volumes": (HarmonicScattering3D(J=1, L=1), CUBES),
    "moments": (ScatteringMoments(Scattering1D(J=3), powers=(1, 2)), LINES),
    "spectra": (ScatteringSpectra(Scattering1D(J=3, Q=1, padding="wrap")), LINES),
    "spectra of planes": (ScatteringSpectra(Scattering2D(J=2, L=2, padding="wrap")), PLANES[:, np.newaxis]),
    "cross-spectra": (
        ScatteringSpectra(Scattering1D(J=3, Q=1, padding="wrap"), cross_spectra=True),
        LINES.reshape(2, 2, 64),
    ),
    "harmonic spectra": (
        ScatteringSpectra(Scattering2D(J=2, L=3, padding="wrap"), cross_spectra=True, angles="harmonic"),
        PLANES.reshape(2, 2, *PLANES.shape[1:]),
    ),
}
# The same, of signals with gaps.
GAPPY = {
    "gaps": (Scattering1D(J=3, nan_policy="omit"), WITH_GAPS),
    "moments with gaps": (ScatteringMoments(Scattering1D(J=3, nan_policy="omit")), WITH_GAPS),
    "spectra with boundaries": (
        ScatteringSpectra(Scattering1D(J=3, Q=1, padding="wrap"), cross_spectra=True, periodic=False),
        LINES.reshape(2, 2, 64),
    ),
    "spectra with gaps": (ScatteringSpectra(Scattering1D(J=3, Q=1, padding="wrap", nan_policy="omit")), WITH_GAPS),
}
# Estimators whose transform PyTorch differentiates.
STEPS = {
    "renormalized": (Scattering2D(J=2, L=3, renormalize=True), PLANES),
    "renormalized volumes": (HarmonicScattering3D(J=1, L=1, renormalize=True), CUBES),
    "renormalized joint": (TimeFrequencyScattering(J=3, Q=2, renormalize=True), LINES),
    "Haar": (HaarScattering(3, n_trees=2, max_order=2, pairing="random", random_state=0), LINES[:, :61]),
    "Haar on a grid": (HaarScattering(2, pairing="grid", channel_axis=-1), PLANES[..., np.newaxis]),
    "averaged trees": (HaarScattering(2, n_trees=2, pairing="grid", combine="mean", random_state=0), PLANES),
    "LogMedian": (LogMedian(), LINES),
    "LevelNormalizer": (LevelNormalizer(Scattering1D(J=3)), LINES),
    "PathScaler": (PathScaler(Scattering2D(J=2, L=3)), PLANES),
    "PathScaler of logarithms": (PathScaler(make_pipeline(Scattering1D(J=3), LogMedian()), norm="std"), LINES),
    "PathScaler of powers": (PathScaler(HarmonicScattering3D(J=1, L=1)), CUBES),
    "CosineReduction": (CosineReduction(PathScaler(Scattering2D(J=2, L=4))), PLANES),
    "RotationAveraging": (RotationAveraging(Scattering2D(J=2, L=4)), PLANES[:, np.newaxis]),
    "ScaleAveraging": (
        ScaleAveraging(make_pipeline(Scattering2D(J=1, L=2, average="global"), LogMedian()), scales=(1, 1.5)),
        PLANES,
    ),
    "scales": (
        ScaleAveraging(Scattering2D(J=1, L=2), scales=(1, 2), combine="concatenate", channel_axis=-1),
        PLANES[..., np.newaxis],
    ),
    "RectifiedDerivatives": (RectifiedDerivatives(Scattering1D(J=3), widths=(1, 4, 100)), LINES),
    "rectified channels": (
        RectifiedDerivatives(make_pipeline(Scattering1D(J=3), LogMedian()), shape=(2, -1)),
        LINES,
    ),
}
# Others, whose transform has no gradient.
OTHERS = {
    "renormalized gaps": (Scattering1D(J=3, nan_policy="omit", renormalize=True), WITH_GAPS),
    "renormalized moments": (ScatteringMoments(Scattering1D(J=3), renormalize=True), LINES),
}


def each_case(*tables):
    """Parametrize a test by the estimators and signals of some tables."""
    cases = {name: case for table in tables for name, case in table.items()}
    return pytest.mark.parametrize(("estimator", "X"), cases.values(), ids=cases)


def in_precision(X, dtype):
    """Return real or complex signals in single or double precision."""
    return X.astype(np.result_type(np.dtype(dtype), np.complex64) if np.iscomplexobj(X) else dtype)


def to_library(values, library):
    """Convert an array to a library, on a device, in a precision."""
    name, device, dtype = library
    values = in_precision(values, dtype)
    if name == "torch":
        return torch.from_numpy(np.require(values, requirements="CW"))
    return array_api_strict.asarray(values, device=array_api_strict.Device(device))


def check_equal(found, expected, like):
    """Check that an array has the values and the type of one in NumPy, and the library and the device of another."""
    assert type(found) is type(like)
    assert found.device == like.device
    # NumPy reads both libraries, whatever the device.
    values = found.numpy() if isinstance(found, torch.Tensor) else np.from_dlpack(found)
    assert values.dtype == expected.dtype
    np.testing.assert_array_equal(values, expected)
