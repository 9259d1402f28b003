"""The engine computes in PyTorch what it computes in NumPy.

``scatter`` leaves tensors in the memory of the CPU to NumPy. What runs on other devices is called directly here.
"""

import warnings

import numpy as np
import pytest
import torch
from random_plans import FAMILIES, make_plan, random_case
from small_plans import PLANS, noise

from skscat import scatter, scatter_vjp
from skscat._core._cascade import run, run_vjp

# Relative l2 errors. Gradients have the phase of moduli, which is rounding where these are almost zero, and powers of
# 0.5 magnify rounding there: more is allowed if a change of the signals by a few rounding errors changes as much.
TOLERANCE = {np.float32: 1e-6, np.float64: 1e-12}
ROUNDING, MARGIN = 4, 10
N_RANDOM = 12


def error(found, expected):
    """Relative l2 error of a tensor, in units in which squares fit."""
    unit = np.abs(expected).max(initial=0.0) or 1.0
    expected = expected / unit
    return np.linalg.norm(found.numpy() / unit - expected) / (np.linalg.norm(expected) or 1.0)


def equals(found, expected):
    """Return whether a tensor is equal to what NumPy computes, up to rounding and in the same precision."""
    assert found.numpy().dtype == expected.dtype
    return error(found, expected) <= TOLERANCE[expected.real.dtype.type]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("family", FAMILIES)
def test_random_transforms_and_gradients_equal_those_of_numpy(family, dtype, rng):
    for seed in range(N_RANDOM):
        scattering, x = random_case(family, seed)
        plan = make_plan(scattering, x.shape)
        if plan is None:
            continue
        x = rng.standard_normal((2, *x.shape)).astype(dtype)
        nearby = (x + ROUNDING * np.finfo(dtype).eps * rng.standard_normal(x.shape)).astype(dtype)
        s = scatter(x, plan)
        g = rng.standard_normal(s.shape).astype(dtype)
        found = run(torch.from_numpy(x), plan), run_vjp(torch.from_numpy(x), torch.from_numpy(g), plan)
        changed = scatter(nearby, plan), scatter_vjp(nearby, g, plan)
        for tensor, expected, other in zip(found, (s, scatter_vjp(x, g, plan)), changed, strict=True):
            allowed = max(TOLERANCE[dtype], MARGIN * error(torch.from_numpy(other), expected))
            assert error(tensor, expected) <= allowed, seed


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
@pytest.mark.parametrize("name", [name for name in PLANS if name.startswith("complex")])
def test_complex_signals_equal_those_of_numpy(name, dtype, rng):
    x, plan = noise(rng, name, 3).astype(dtype), PLANS[name]
    s = scatter(x, plan)
    assert equals(run(torch.from_numpy(x), plan), s)
    assert equals(run_vjp(torch.from_numpy(x), torch.from_numpy(s), plan), scatter_vjp(x, s, plan))


def test_real_signals_of_complex_plans_equal_those_of_numpy(rng):
    plan = PLANS["complex signals, local"]
    x = rng.standard_normal((2, *plan.shape))
    assert equals(run(torch.from_numpy(x), plan), scatter(x, plan))


# Amplitudes whose squares do not fit, and two that need no scaling.
AMPLITUDES = [(np.float32, a) for a in (1e-30, 1e-10, 1e10, 1e30)] + [(np.float64, a) for a in (1e-250, 1e250)]


@pytest.mark.parametrize(("dtype", "amplitude"), AMPLITUDES)
@pytest.mark.parametrize("name", ["images, local", "angles, kept", "complex signals, global"])
def test_amplitudes_whose_squares_do_not_fit(name, dtype, amplitude, rng):
    plan, x = PLANS[name], amplitude * noise(rng, name, 2)
    x = x.astype(np.result_type(dtype, np.complex64) if plan.is_complex else dtype)
    s = scatter(x, plan)
    found = run(torch.from_numpy(x), plan), run_vjp(torch.from_numpy(x), torch.from_numpy(s), plan)
    assert [equals(*pair) for pair in zip(found, (s, scatter_vjp(x, s, plan)), strict=True)] == [True, True]


@pytest.mark.parametrize("name", PLANS)
def test_constants_have_no_coefficients_but_those_of_numpy(name):
    plan = PLANS[name]
    x = np.stack([np.zeros(plan.shape), np.full(plan.shape, 0.1), np.full(plan.shape, -3.0)]).astype(np.float32)
    found, expected = run(torch.from_numpy(x), plan).numpy(), scatter(x, plan)
    # What is left of constants is their mean; what is zero in NumPy is zero.
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=0)


def test_a_constant_among_other_signals(rng):
    plan = PLANS["signals, local"]
    x = rng.standard_normal((3, *plan.shape))
    x[1] = 0.1
    assert equals(run(torch.from_numpy(x), plan), scatter(x, plan))
    assert not run(torch.from_numpy(x), plan)[1, plan.paths["order"] > 0].any()


@pytest.mark.parametrize("name", ["signals, local", "time and frequency, local", "complex images", "volumes, powers"])
@pytest.mark.parametrize("batch", [(), (0,), (2, 0, 3), (2, 1, 3)])
def test_batch_axes_lead(name, batch, rng):
    plan = PLANS[name]
    x = noise(rng, name, int(np.prod(batch))).reshape(*batch, *plan.shape)
    s = run(torch.from_numpy(x), plan)
    assert s.shape == (*batch, len(plan.paths), *plan.path_shape)
    assert equals(s, scatter(x, plan))
    assert equals(run_vjp(torch.from_numpy(x), s, plan), scatter_vjp(x, s.numpy(), plan))


def test_signals_extended_to_the_grid(rng):
    plan = PLANS["images, local"]
    x = rng.standard_normal((2, *plan.grid))
    s = scatter(x, plan)
    assert equals(run(torch.from_numpy(x), plan), s)
    assert equals(run_vjp(torch.from_numpy(x), torch.from_numpy(s), plan), scatter_vjp(x, s, plan))


@pytest.mark.parametrize("name", PLANS)
def test_weights_may_be_functions_of_outputs(name, rng):
    plan, x = PLANS[name], noise(rng, name, 2)
    expected = scatter_vjp(x, lambda s, rows, paths: s * (1 + paths.reshape(-1, *(1,) * (s.ndim - 2))), plan)

    def weigh(s, rows, paths):
        assert isinstance(s, torch.Tensor)
        assert isinstance(paths, np.ndarray)
        return s * torch.from_numpy(1 + paths).reshape(-1, *(1,) * (s.ndim - 2))

    assert equals(run_vjp(torch.from_numpy(x), weigh, plan), expected)


def test_functions_that_return_arrays_of_numpy(rng):
    plan, x = PLANS["signals, local"], noise(rng, "signals, local", 2)
    gradient = run_vjp(torch.from_numpy(x), lambda s, rows, paths: s.numpy(), plan)
    assert equals(gradient, scatter_vjp(x, lambda s, rows, paths: s, plan))


# ---------------------------------------------------------------------------------------------------------------
# Tensors that are not contiguous, not writable, or not what their memory holds


@pytest.mark.parametrize("function", [run, scatter])
def test_tensors_that_are_not_contiguous(function, rng):
    plan = PLANS["images, local"]
    tensor = torch.from_numpy(rng.standard_normal((*plan.shape[::-1], 3, 4)))[..., ::2].permute(2, 3, 1, 0)
    assert not tensor.is_contiguous()
    assert equals(function(tensor, plan), scatter(tensor.contiguous().numpy(), plan))


@pytest.mark.parametrize("function", [run, scatter])
def test_expanded_tensors(function, rng):
    plan, x = PLANS["signals, local"], rng.standard_normal(24)
    assert equals(function(torch.from_numpy(x).expand(3, 24), plan), scatter(np.stack([x, x, x]), plan))


@pytest.mark.parametrize("function", [run, scatter])
@pytest.mark.parametrize("name", [name for name in PLANS if name.startswith("complex")])
def test_conjugates_that_are_views(name, function, rng):
    plan, x = PLANS[name], noise(rng, name, 2)
    tensor = torch.from_numpy(x).conj()
    assert tensor.is_conj()
    assert equals(function(tensor, plan), scatter(x.conj(), plan))


@pytest.mark.parametrize("function", [run, scatter])
def test_negatives_that_are_views(function, rng):
    plan, x = PLANS["signals, local"], rng.standard_normal((2, 24)) + 1j * rng.standard_normal((2, 24))
    tensor = torch.from_numpy(x).conj().imag
    assert tensor.is_neg()
    assert equals(function(tensor, plan), scatter(-x.imag, plan))


@pytest.mark.parametrize("function", [run, scatter])
def test_tensors_on_memory_that_is_read_only(function, rng):
    plan, x = PLANS["signals, local"], rng.standard_normal((2, 24))
    x.flags.writeable = False
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable", category=UserWarning)
        tensor = torch.from_numpy(x)
    assert equals(function(tensor, plan), scatter(x, plan))


@pytest.mark.parametrize("name", PLANS)
def test_signals_and_weights_are_left_as_they_are(name, rng):
    plan, x = PLANS[name], torch.from_numpy(noise(rng, name, 2))
    before, s = x.clone(), run(x, plan)
    weights = s.clone()
    run_vjp(x, weights, plan)
    assert torch.equal(x, before)
    assert torch.equal(weights, s)
