"""scatter and scatter_vjp take PyTorch tensors, and PyTorch differentiates them."""

import gc
import weakref

import numpy as np
import pytest
import torch
from random_plans import FAMILIES, make_plan, random_case
from sklearn import config_context
from small_plans import PLANS, noise

from skscat import Scattering1D, Scattering2D, renormalize, scatter, scatter_vjp
from skscat._core._cascade import run
from skscat._core._placement import schedule_for

SIGNALS = PLANS["signals, local"]


@pytest.fixture
def x(rng):
    """Signals whose gradient is asked for."""
    return torch.from_numpy(rng.standard_normal((2, *SIGNALS.shape))).requires_grad_()


# ---------------------------------------------------------------------------------------------------------------
# Values: tensors in the memory of the CPU are left to NumPy


@pytest.mark.parametrize("family", FAMILIES)
def test_values_and_gradients_are_those_of_numpy_to_the_bit(family):
    for seed in range(10):
        scattering, x = random_case(family, seed)
        plan = make_plan(scattering, x.shape)
        if plan is not None:
            s = scatter(x, plan)
            assert np.array_equal(scatter(torch.from_numpy(x), plan).numpy(), s)
            gradient = scatter_vjp(torch.from_numpy(x), torch.from_numpy(s), plan)
            assert np.array_equal(gradient.numpy(), scatter_vjp(x, s, plan))


@pytest.fixture
def two_threads():
    """Let PyTorch use two threads during a test."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(n_threads)


@pytest.mark.usefixtures("two_threads")
def test_values_and_gradients_in_two_threads_are_equal_to_the_bit(rng):
    plan = Scattering2D(J=2, L=4).plan((32, 32))
    x = rng.standard_normal((150, 32, 32)).astype(np.float32)
    s, tensor = scatter(x, plan), torch.from_numpy(x)
    assert np.array_equal(scatter(tensor, plan).numpy(), s)
    assert np.array_equal(scatter_vjp(tensor, torch.from_numpy(s), plan).numpy(), scatter_vjp(x, s, plan))


def test_signals_with_gaps(rng):
    plan = Scattering1D(J=3, nan_policy="omit").plan(64)
    x = rng.standard_normal((3, 64))
    x[1, 10:20] = np.nan
    s, tensor = scatter(x, plan), torch.from_numpy(x).requires_grad_()
    found = scatter(tensor, plan)
    assert np.array_equal(found.detach().numpy(), s, equal_nan=True)
    (gradient,) = torch.autograd.grad(found.nansum(), tensor)
    assert np.array_equal(gradient.numpy(), scatter_vjp(x, np.where(np.isnan(s), 0.0, 1.0), plan), equal_nan=True)


def test_weights_in_another_precision_or_library(x):
    s = scatter(x.detach(), SIGNALS)
    expected = scatter_vjp(x.detach(), s, SIGNALS)
    assert torch.equal(scatter_vjp(x.detach(), s.numpy(), SIGNALS), expected)
    torch.testing.assert_close(scatter_vjp(x.detach(), s.bfloat16(), SIGNALS), expected, rtol=0.1, atol=0.01)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int64, torch.bool])
def test_other_types_are_refused(dtype):
    with pytest.raises(ValueError, match=f"x has dtype {dtype}; expected float32 or float64"):
        scatter(torch.zeros(24, dtype=dtype), SIGNALS)
    with pytest.raises(ValueError, match=f"x has dtype {dtype}; expected float32 or float64"):
        scatter_vjp(torch.zeros(24, dtype=dtype), torch.zeros(39, 3), SIGNALS)


def test_complex_tensors_are_refused_with_advice():
    with pytest.raises(ValueError, match=r"dtype torch\.complex64; .* complex_input=True take complex signals"):
        scatter(torch.zeros(24, dtype=torch.complex64), SIGNALS)


@pytest.mark.parametrize("shape", [(23,), (24, 2), ()])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"x has shape .*; its last axes must be \(24,\)"):
        scatter(torch.zeros(shape), SIGNALS)


@pytest.mark.parametrize("shape", [(2, 39, 2), (39, 3)])
def test_weights_of_another_shape_are_refused(shape, x):
    with pytest.raises(ValueError, match=r"g has shape .*; the outputs of this plan for x have shape \(2, 39, 3\)"):
        scatter_vjp(x, torch.zeros(shape), SIGNALS)


def test_copies_of_filters_are_released_with_the_plan():
    plan = Scattering1D(J=3).plan(50)
    x = torch.zeros(50)
    signal = weakref.ref(schedule_for(x, plan))
    assert signal() is schedule_for(x, plan)
    alive = weakref.ref(plan)
    del plan
    gc.collect()
    assert (alive(), signal()) == (None, None)


# ---------------------------------------------------------------------------------------------------------------
# Gradients


@pytest.mark.parametrize("name", PLANS)
def test_gradients_are_those_of_finite_differences(name, rng):
    x = torch.from_numpy(noise(rng, name, 1)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: scatter(x, PLANS[name]), x, fast_mode=True)


@pytest.mark.parametrize("name", ["signals, local", "complex signals, global", "images, local", "volumes, powers"])
def test_each_entry_of_the_jacobian_is_that_of_finite_differences(name, rng):
    x = torch.from_numpy(noise(rng, name, 1)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: scatter(x, PLANS[name]), x)


@pytest.mark.parametrize("value", [0.0, 0.3])
@pytest.mark.parametrize("name", PLANS)
def test_constants_have_finite_gradients_of_zeroth_order_only(name, value):
    plan = PLANS[name]
    dtype = torch.complex128 if plan.is_complex else torch.float64
    x = torch.full(plan.shape, value, dtype=dtype, requires_grad=True)
    s = scatter(x, plan)
    (gradient,) = torch.autograd.grad(s.sum(), x, retain_graph=True)
    zeroth = torch.from_numpy(plan.paths["order"] == 0)
    (of_zeroth,) = torch.autograd.grad(s[zeroth].sum(), x, allow_unused=True)
    # Which NaN would not be.
    torch.testing.assert_close(gradient, of_zeroth, rtol=0, atol=1e-12)


def test_real_signals_of_complex_plans_have_real_gradients(rng):
    plan = PLANS["complex signals, local"]
    x = torch.from_numpy(rng.standard_normal(plan.shape)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: scatter(x, plan), x)


def test_gradients_reach_what_comes_before(x):
    weight = torch.ones(24, dtype=torch.float64, requires_grad=True)
    scatter(weight * x.detach(), SIGNALS).square().sum().backward()
    expected = scatter_vjp(x.detach(), 2 * scatter(x.detach(), SIGNALS), SIGNALS) * x.detach()
    torch.testing.assert_close(weight.grad, expected.sum(0))


def test_gradients_flow_through_calls_in_threads(x):
    scatter(x, SIGNALS).sum().backward()
    several = torch.cat([scatter(part, SIGNALS) for part in x.split(1)])
    (gradient,) = torch.autograd.grad(several.sum(), x)
    assert torch.equal(gradient, x.grad)


def test_no_gradient_is_kept_unless_it_is_asked_for(x):
    assert scatter(x, SIGNALS).requires_grad
    assert not scatter(x.detach(), SIGNALS).requires_grad
    with torch.no_grad():
        assert not scatter(x, SIGNALS).requires_grad
    with torch.inference_mode():
        assert scatter(x, SIGNALS).is_inference()


def test_signals_changed_before_the_gradient_are_an_error(x):
    signals = x * 1
    s = scatter(signals, SIGNALS)
    signals += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        s.sum().backward()


def test_second_derivatives_are_refused(x):
    (gradient,) = torch.autograd.grad(scatter(x, SIGNALS).square().sum(), x, create_graph=True)
    with pytest.raises(NotImplementedError, match=r"second derivatives are not available. Set create_graph=False"):
        gradient.sum().backward()


def test_second_derivatives_are_refused_in_a_check_of_them(x):
    with pytest.raises(NotImplementedError, match="second derivatives are not available"):
        torch.autograd.gradgradcheck(lambda x: scatter(x, SIGNALS), x)


def test_derivatives_of_a_vector_jacobian_product_are_refused(x):
    gradient = scatter_vjp(x, scatter(x, SIGNALS), SIGNALS)
    with pytest.raises(NotImplementedError, match="second derivatives are not available"):
        gradient.sum().backward()


def test_a_vector_jacobian_product_with_a_function_has_no_history(x):
    gradient = scatter_vjp(x, lambda s, rows, paths: 2 * s, SIGNALS)
    assert not gradient.requires_grad
    (expected,) = torch.autograd.grad(scatter(x, SIGNALS).square().sum(), x)
    torch.testing.assert_close(gradient, expected)


def test_functions_of_outputs_may_use_gradients_of_their_own(x):
    def weigh(s, rows, paths):
        s = s.clone().requires_grad_()
        return torch.autograd.grad(s.square().sum(), s)[0]

    expected = scatter_vjp(x, lambda s, rows, paths: 2 * s, SIGNALS)
    torch.testing.assert_close(scatter_vjp(x, weigh, SIGNALS), expected)


# ---------------------------------------------------------------------------------------------------------------
# Function transforms, autocast, compilation


def test_functions_are_mapped_over_any_axis(x):
    mapped = torch.vmap(lambda row: scatter(row, SIGNALS), in_dims=1, out_dims=1)(x.detach().T)
    assert torch.equal(mapped.movedim(1, 0), scatter(x.detach(), SIGNALS))


def test_gradients_of_each_signal(x):
    gradients = torch.vmap(torch.func.grad(lambda row: scatter(row, SIGNALS).square().sum()))(x.detach())
    (expected,) = torch.autograd.grad(scatter(x, SIGNALS).square().sum(), x)
    torch.testing.assert_close(gradients, expected)


def test_jacobians_in_reverse_mode(x):
    jacobian = torch.func.jacrev(lambda row: scatter(row, SIGNALS))(x[0].detach())
    expected = torch.autograd.functional.jacobian(lambda row: scatter(row, SIGNALS), x[0].detach())
    torch.testing.assert_close(jacobian, expected)


# PyTorch warns of itself when it is asked for forward-mode derivatives.
JIT_IS_DEPRECATED = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")


@JIT_IS_DEPRECATED
@pytest.mark.parametrize("transform", [torch.func.jacfwd, torch.func.hessian])
def test_forward_mode_is_refused(transform, x):
    with pytest.raises(NotImplementedError, match=r"no forward-mode derivative|second derivatives are not available"):
        transform(lambda row: scatter(row, SIGNALS).sum())(x[0].detach())


@JIT_IS_DEPRECATED
def test_dual_tensors_are_refused(x):
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x.detach(), x.detach())
        with pytest.raises(NotImplementedError, match="no forward-mode derivative"):
            scatter(dual, SIGNALS)


def test_autocast_does_not_change_values(x, monkeypatch):
    signals = x.detach().float()
    expected = run(signals, SIGNALS)
    # As on another device, where the matrix products of the engine are those of PyTorch.
    monkeypatch.setattr("skscat._core._scatter.is_left_to_numpy", lambda x, plan: False)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(scatter(signals, SIGNALS), expected)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
def test_compiled_functions_are_equal(x):
    def loss(x):
        return scatter(torch.tanh(x), SIGNALS).square().sum()

    compiled = torch.compile(loss, backend="eager")
    assert torch.equal(compiled(x), loss(x))
    assert torch.equal(*(torch.autograd.grad(f(x), x)[0] for f in (compiled, loss)))


WEIGHTS = torch.ones(2, len(SIGNALS.paths), *SIGNALS.path_shape, dtype=torch.float64)
TRACED = {
    "scatter": lambda x: scatter(x, SIGNALS),
    "scatter_vjp": lambda x: scatter_vjp(x, WEIGHTS, SIGNALS),
    "renormalize": lambda x: renormalize(WEIGHTS, x, SIGNALS),
    "transform": lambda x: Scattering1D(J=2).fit_transform(x.detach()),
}


@pytest.mark.parametrize("function", TRACED.values(), ids=TRACED)
@pytest.mark.parametrize("engine", ["numpy", "torch"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_traces_are_refused(function, engine, x, monkeypatch):
    if engine == "torch":
        # As on another device.
        monkeypatch.setattr("skscat._core._namespace.is_on_host", lambda x: False)
    with config_context(array_api_dispatch=True), pytest.raises(ValueError, match="cannot be exported as a graph"):
        torch.jit.trace(function, x)
