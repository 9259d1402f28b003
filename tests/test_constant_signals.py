"""Constant signals, such as those of a dead sensor: rounding errors are not divided by each other."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skscat import (
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
    renormalize,
    scatter,
)
from skscat.diagnostics import contraction, discrimination
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.preprocessing import LogMedian, PathScaler
from skscat.synthesis import MicrocanonicalModel

each_length = pytest.mark.parametrize("length", [63, 100, 441, 1000])
each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])
each_noise = pytest.mark.parametrize("noise", [0, 1], ids=["constant", "rounded"])
FAMILIES = {
    "1d": (Scattering1D(J=4), (63,)),
    "1d, l1": (Scattering1D(J=4, normalize="l1", padding="wrap"), (441,)),
    "1d, spline": (Scattering1D(J=4, wavelet="battle_lemarie"), (100,)),
    "1d, edge": (Scattering1D(J=4, padding="edge", average="global"), (1000,)),
    "2d": (Scattering2D(J=2, L=3), (21, 30)),
    "2d, l1": (Scattering2D(J=2, L=3, normalize="l1", padding="wrap"), (21, 30)),
    "time-frequency": (TimeFrequencyScattering(J=4, Q=4), (441,)),
    "spiral": (SpiralScattering(J=4, Q=4), (441,)),
    "roto-translation": (RotoTranslationScattering2D(J=2, L=3), (21, 30)),
    "3d": (HarmonicScattering3D(J=1, L=2), (9, 10, 11)),
}
each_family = pytest.mark.parametrize(
    ("scattering", "shape"), [pytest.param(*case, id=name) for name, case in FAMILIES.items()]
)


def dead_sensors(shape, dtype, noise, rng):
    """Constants, with ``noise`` of the size of their rounding errors."""
    levels = np.array([0.1, 3.3, 7e3]).reshape(-1, *(1,) * len(shape))
    return (levels * (1 + noise * np.finfo(dtype).eps * rng.uniform(-1, 1, (3, *shape)))).astype(dtype)


@each_noise
@each_dtype
@each_family
def test_wavelets_see_nothing_in_a_constant(scattering, shape, dtype, noise, rng):
    x = dead_sensors(shape, dtype, noise, rng)
    s = scattering.fit(x).transform(x).reshape(3, *scattering.output_shape_)
    assert_array_equal(s[:, scattering.paths_["order"] > 0], 0)


@each_noise
@each_family
def test_gradients_of_later_orders_vanish_at_a_constant(scattering, shape, noise, rng):
    x = dead_sensors(shape, np.float64, noise, rng)
    later = np.repeat(scattering.fit(x).paths_["order"] > 0, np.prod(scattering.plan_.path_shape, dtype=int))
    assert_array_equal(scattering.gradient(x, np.broadcast_to(later * 1.0, (3, later.size))), 0)


@pytest.mark.parametrize("degree", [0, 1])
def test_gaussians_see_a_constant(degree):
    x = np.full((1, 9, 9, 9), 0.1)
    scattering = HarmonicScattering3D(J=1, L=1, normalize="l1", powers=(1,)).fit(x)
    s = scattering.transform(x)[0]
    # The published wavelets of degree zero are Gaussians of integral one.
    assert_allclose(s[scattering.paths_["l1"] == degree], 0.1 * (degree == 0), rtol=1e-6)


@each_noise
@each_dtype
@each_length
def test_sigma_is_one_where_there_are_only_rounding_errors(length, dtype, noise, rng):
    x = dead_sensors((length,), dtype, noise, rng)
    spectra = ScatteringSpectra(Scattering1D(J=4, Q=1, padding="wrap")).fit(x)
    assert_array_equal(spectra.sigma_, 1)
    # Nothing is divided by it: these are averages of squares of white noise.
    assert np.abs(spectra.transform(rng.standard_normal((2, length)))).max() < 1


def test_sigma_is_one_where_a_sinusoid_has_only_rounding_errors():
    x = np.tile([1.0, 0.0, -1.0, 0.0], 63)[np.newaxis]
    scattering = Scattering1D(J=6, Q=1, padding="wrap", wavelet="battle_lemarie")
    sigma = ScatteringSpectra(scattering).fit(x).sigma_
    assert sigma.min() > 1e-15
    assert sigma[0, -1] == 1


@each_noise
@each_dtype
@each_length
@pytest.mark.parametrize("powers", [(1,), (0.5, 2)])
def test_renormalized_moments_of_a_constant_are_zero(length, dtype, noise, powers, rng):
    x = dead_sensors((length,), dtype, noise, rng)
    moments = ScatteringMoments(Scattering1D(J=4), powers=powers, renormalize=True).fit(x)
    later = np.repeat(moments.paths_["order"] > 1, len(powers))
    assert_array_equal(moments.transform(x)[:, later], 0)
    assert_array_equal(moments.mean_[later], 0)


def test_renormalized_moments_are_zero_where_a_sinusoid_has_only_rounding_errors():
    x = np.tile([1.0, 0.0, -1.0, 0.0], 63)[np.newaxis]
    scattering = Scattering1D(J=6, Q=1, padding="wrap", wavelet="battle_lemarie")
    moments = ScatteringMoments(scattering, renormalize=True).fit(x)
    # The frequency 1/4 is beyond the support of these spline wavelets, of scales 2**3 and more.
    paths = moments.paths_
    coarse = (paths["order"] == 2) & (paths["j1"] >= 3)
    assert coarse.any()
    assert_array_equal(moments.mean_[coarse], 0)
    assert_array_equal(moments.transform(x)[0, coarse], 0)


@each_noise
@each_dtype
@each_length
def test_renormalized_coefficients_of_a_constant_are_zero(length, dtype, noise, rng):
    x = dead_sensors((length,), dtype, noise, rng)
    plan = Scattering1D(J=4).plan(length)
    r = renormalize(scatter(x, plan), x, plan)
    assert_array_equal(r[:, plan.paths["order"] > 0], 0)


@each_noise
@each_length
@pytest.mark.parametrize("norm", ["max", "std"])
def test_paths_that_see_nothing_are_not_scaled(length, norm, noise, rng):
    scaler = PathScaler(Scattering1D(J=4), norm).fit(dead_sensors((length,), np.float64, noise, rng))
    assert_array_equal(scaler.scale_[scaler.transformer_.paths_["order"] > 0], 1)


@each_noise
def test_medians_of_paths_that_see_nothing_are_one(noise, rng):
    scattering = Scattering1D(J=4, average="global")
    s = scattering.fit_transform(dead_sensors((441,), np.float64, noise, rng))
    assert_array_equal(LogMedian().fit(s).median_[scattering.paths_["order"] > 0], 1)


@each_noise
@each_dtype
@each_length
def test_models_of_a_constant_are_refused(length, dtype, noise, rng):
    x = dead_sensors((length,), dtype, noise, rng)[:1]
    model = MicrocanonicalModel(Scattering1D(J=3, padding="wrap", average="global"))
    with pytest.raises(ValueError, match="X has channels that are constant"):
        model.fit(x)


def test_channels_that_differ_by_rounding_errors_are_refused(rng):
    first = 1e3 + rng.standard_normal((1, 1, 100))
    x = np.concatenate([first, first * (1 + 1e-16 * rng.standard_normal(first.shape))], axis=1)
    model = MicrocanonicalModel(Scattering1D(J=3, padding="wrap", average="global"))
    with pytest.raises(ValueError, match="linear combinations"):
        model.fit(x)


def test_signals_that_differ_by_rounding_errors_are_not_compared(rng):
    x = dead_sensors((63,), np.float64, 1, rng)[[0, 0, 1]]
    x[1] *= 1 + np.finfo(float).eps
    # Two of the three pairs of signals, and each signal with its noisy copy.
    assert len(contraction(Scattering1D(J=3), x, random_state=0).ratios) == 5


@each_noise
def test_a_process_that_is_constant_has_no_spread(noise, rng):
    x = dead_sensors((100,), np.float64, noise, rng)[[0, 0]]
    with pytest.raises(ValueError, match="Y has the same coefficients of order 1"):
        discrimination(Scattering1D(J=3), rng.standard_normal((2, 100)), x)
