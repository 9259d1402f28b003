"""Arrays of libraries that follow the array API standard are computed by NumPy, and results go back to the library."""

import subprocess
import sys

import array_api_strict
import numpy as np
import pytest
from small_plans import PLANS, noise

from skscat import Scattering1D, scatter, scatter_vjp


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["signals, local", "images, global", "angles, kept", "volumes, powers"])
def test_values_and_gradients_are_those_of_numpy(name, dtype, rng):
    plan, x = PLANS[name], noise(rng, name, 2).astype(dtype)
    s, strict = scatter(x, plan), array_api_strict.asarray(x)
    found = scatter(strict, plan)
    assert found.__array_namespace__() is array_api_strict
    assert np.array_equal(np.asarray(found), s)
    gradient = scatter_vjp(strict, found, plan)
    assert gradient.__array_namespace__() is array_api_strict
    assert np.array_equal(np.asarray(gradient), scatter_vjp(x, s, plan))


def test_complex_signals(rng):
    plan, x = PLANS["complex signals, local"], noise(rng, "complex signals, local", 2)
    found = scatter(array_api_strict.asarray(x), plan)
    assert np.array_equal(np.asarray(found), scatter(x, plan))


def test_results_stay_on_the_device(rng):
    device = array_api_strict.Device("device1")
    x = array_api_strict.asarray(rng.standard_normal((2, 24)), device=device)
    assert scatter(x, PLANS["signals, local"]).device == device


def test_weights_may_be_functions_of_outputs(rng):
    plan, x = PLANS["signals, local"], noise(rng, "signals, local", 2)

    def weigh(s, rows, paths):
        assert s.__array_namespace__() is array_api_strict
        return 2 * s

    gradient = scatter_vjp(array_api_strict.asarray(x), weigh, plan)
    assert np.array_equal(np.asarray(gradient), scatter_vjp(x, lambda s, rows, paths: 2 * s, plan))


def test_signals_with_gaps(rng):
    plan = Scattering1D(J=3, nan_policy="omit").plan(64)
    x = rng.standard_normal((2, 64))
    x[1, 10:20] = np.nan
    found = scatter(array_api_strict.asarray(x), plan)
    assert np.array_equal(np.asarray(found), scatter(x, plan), equal_nan=True)


def test_integers_are_refused():
    with pytest.raises(ValueError, match="x has dtype int64; expected float32 or float64"):
        scatter(array_api_strict.zeros(24, dtype=array_api_strict.int64), PLANS["signals, local"])


def test_array_libraries_are_imported_only_by_those_who_use_them():
    code = """if True:
        import sys, numpy
        import skscat
        skscat.scatter(numpy.zeros(64), skscat.Scattering1D(J=3).plan(64))
        print([name for name in ("torch", "cupy", "jax", "dask", "array_api_strict") if name in sys.modules])
    """
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
