"""The engine computes in CuPy what it computes in NumPy, as far as a stand-in for CuPy can tell."""

import sys

import fake_cupy
import numpy as np
import pytest
from random_plans import FAMILIES, make_plan, random_case
from small_plans import PLANS, noise

from skscat import Scattering1D, scatter, scatter_vjp
from skscat._core._placement import schedule_for


@pytest.fixture(autouse=True)
def cupy(monkeypatch):
    """Make the stand-in what has been imported as CuPy."""
    monkeypatch.setattr(fake_cupy, "__name__", "cupy")
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy)
    monkeypatch.setitem(sys.modules, "cupyx.scipy.fft", fake_cupy.fourier)
    return fake_cupy


def equals(found, expected):
    """Return whether an array of CuPy is equal to what NumPy computes, up to rounding."""
    assert isinstance(found, fake_cupy.ndarray)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    # The same Fourier transforms are computed, and other sums.
    return np.allclose(found.get(), expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max(initial=0.0))


@pytest.mark.parametrize("family", FAMILIES)
def test_random_transforms_and_gradients_equal_those_of_numpy(family, cupy, rng):
    for seed in range(8):
        scattering, x = random_case(family, seed)
        plan = make_plan(scattering, x.shape)
        if plan is None:
            continue
        x = rng.standard_normal((2, *x.shape))
        s = scatter(x, plan)
        assert equals(scatter(cupy.asarray(x), plan), s), seed
        assert equals(scatter_vjp(cupy.asarray(x), cupy.asarray(s), plan), scatter_vjp(x, s, plan)), seed


@pytest.mark.parametrize("name", PLANS)
def test_small_transforms_and_gradients_equal_those_of_numpy(name, cupy, rng):
    plan, x = PLANS[name], noise(rng, name, 2)
    s = scatter(x, plan)
    assert equals(scatter(cupy.asarray(x), plan), s)
    assert equals(scatter_vjp(cupy.asarray(x), cupy.asarray(s), plan), scatter_vjp(x, s, plan))
    assert equals(scatter_vjp(cupy.asarray(x), lambda s, rows, paths: s, plan), scatter_vjp(x, s, plan))


@pytest.mark.parametrize("amplitude", [0.0, 1e-30, 1e30])
def test_amplitudes_whose_squares_do_not_fit(amplitude, cupy, rng):
    plan = PLANS["images, local"]
    x = (amplitude * noise(rng, "images, local", 2)).astype(np.float32)
    s = scatter(x, plan)
    found = scatter(cupy.asarray(x), plan).get()
    np.testing.assert_allclose(found, s, rtol=1e-5, atol=1e-6 * s.max())


def test_constants_have_no_coefficients(cupy, rng):
    plan = PLANS["signals, local"]
    x = rng.standard_normal((3, *plan.shape))
    x[1] = 0.1
    assert equals(scatter(cupy.asarray(x), plan), scatter(x, plan))


def test_batches_without_signals(cupy):
    plan = PLANS["images, local"]
    s = scatter(cupy.zeros((0, *plan.shape)), plan)
    assert s.shape == (0, len(plan.paths), *plan.path_shape)
    assert scatter_vjp(cupy.zeros((0, *plan.shape)), s, plan).shape == (0, *plan.shape)


def test_signals_with_gaps(cupy, rng):
    plan = Scattering1D(J=3, nan_policy="omit").plan(64)
    x = rng.standard_normal((2, 64))
    x[1, 10:20] = np.nan
    found = scatter(cupy.asarray(x), plan)
    assert isinstance(found, cupy.ndarray)
    assert np.array_equal(found.get(), scatter(x, plan), equal_nan=True)


def test_filters_are_copied_to_the_device_once(cupy):
    x = cupy.zeros((2, 24))
    assert schedule_for(x, PLANS["signals, local"]) is schedule_for(x, PLANS["signals, local"])


def test_half_precision_is_refused(cupy):
    with pytest.raises(ValueError, match="x has dtype float16; expected float32 or float64"):
        scatter(cupy.zeros(24, np.float16), PLANS["signals, local"])
