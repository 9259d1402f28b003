"""ScatteringModule in networks: devices, states, copies, threads, training."""

import copy
import io
import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError
from small_plans import PLANS, noise
from torch.utils.data import DataLoader, TensorDataset

from skscat import HaarScattering, HarmonicScattering3D, Scattering1D, Scattering2D, scatter
from skscat.datasets import load_digits_sample
from skscat.torch import ScatteringModule

IMAGES = PLANS["images, local"]


@pytest.fixture
def module():
    return ScatteringModule(IMAGES)


@pytest.fixture
def x(rng):
    return torch.from_numpy(rng.standard_normal((3, *IMAGES.shape)).astype(np.float32))


def loaded(module, state, **options):
    """Return a copy of a module that has loaded a state."""
    module = copy.deepcopy(module)
    module.load_state_dict(state, **options)
    return module


# ---------------------------------------------------------------------------------------------------------------
# What is computed


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", PLANS)
def test_values_are_those_of_scatter_to_the_bit(name, dtype, rng):
    x = torch.from_numpy(noise(rng, name, 2))
    x = x.to(dtype.to_complex() if x.is_complex() else dtype)
    assert torch.equal(ScatteringModule(PLANS[name], dtype=dtype)(x), scatter(x, PLANS[name]))


@pytest.mark.parametrize("name", PLANS)
def test_gradients_are_those_of_finite_differences(name, rng):
    x = torch.from_numpy(noise(rng, name, 1)).requires_grad_()
    assert torch.autograd.gradcheck(ScatteringModule(PLANS[name], dtype=torch.float64), x, fast_mode=True)


@pytest.mark.parametrize("name", PLANS)
def test_the_engine_of_pytorch_computes_with_the_buffers(name, rng, monkeypatch):
    x = torch.from_numpy(noise(rng, name, 2)).requires_grad_()
    s = scatter(x, PLANS[name])
    (gradient,) = torch.autograd.grad(s.square().sum(), x)
    # As on another device, where NumPy has no part.
    monkeypatch.setattr("skscat._core._namespace.is_on_host", lambda x: False)
    monkeypatch.setattr("skscat._core._cascade.schedule_for", None)
    found = ScatteringModule(PLANS[name], dtype=torch.float64)(x)
    torch.testing.assert_close(found, s, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(torch.autograd.grad(found.square().sum(), x)[0], gradient, rtol=1e-6, atol=1e-9)


def test_leading_axes_are_batch_axes(module, x):
    assert module(x[0]).shape == module.output_shape
    assert module(x[:, None, None]).shape == (3, 1, 1, *module.output_shape)
    assert module(x[:0]).shape == (0, *module.output_shape)


def test_changed_filters_are_computed_with(module, x):
    before = module(x)
    module.filters *= 2
    assert torch.equal(module(x)[:, 0], 2 * before[:, 0])


def test_filters_given_for_one_call_are_computed_with(module, x):
    buffers = {"filters": torch.zeros_like(module.filters)}
    assert not torch.func.functional_call(module, buffers, x).any()
    assert torch.equal(module(x), scatter(x, IMAGES))


def test_a_fitted_estimator_gives_its_plan(x):
    scattering = Scattering2D(J=2, L=2).fit(x.numpy())
    assert ScatteringModule(scattering).plan is scattering.plan_


def test_the_default_precision_is_that_of_pytorch():
    torch.set_default_dtype(torch.float64)
    try:
        assert ScatteringModule(IMAGES).filters.dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert ScatteringModule(IMAGES).filters.dtype == torch.float32


def test_the_representation_tells_the_shapes(module):
    assert repr(module) == "ScatteringModule(shape=(8, 9), 9 paths of output shape (2, 3))"


# ---------------------------------------------------------------------------------------------------------------
# Precision


def test_a_converted_module_computes_its_filters_anew(module, x):
    x = x.double()
    assert torch.equal(torch.nn.Sequential(module).double()(x), scatter(x, IMAGES))
    assert torch.equal(module.filters, ScatteringModule(IMAGES, dtype=torch.float64).filters)
    assert torch.equal(module.float()(x.float()), scatter(x.float(), IMAGES))


def test_complex_modules_keep_real_filters_of_their_precision(module, x):
    with pytest.warns(UserWarning, match="Complex modules are a new feature"):
        module.to(torch.complex128)
    assert module.filters.dtype == torch.float64


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_refused(dtype, module, x):
    message = f"dtype is {dtype}; ScatteringModule computes in torch.float32 or torch.float64 only"
    with pytest.raises(ValueError, match=message):
        ScatteringModule(IMAGES, dtype=dtype)
    with pytest.raises(ValueError, match=message):
        module.to(dtype)
    assert torch.equal(module(x), scatter(x, IMAGES))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.int64, torch.complex128])
def test_signals_in_another_precision_are_refused(dtype, module, x):
    with pytest.raises(ValueError, match=rf"x has dtype {dtype}, and the module computes in torch.float32; convert x"):
        module(x.to(dtype))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_autocast_leaves_the_precision_of_the_module(dtype, module, x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = module(x.to(dtype))
    assert torch.equal(found, scatter(x.to(dtype).float(), IMAGES))


def test_gradients_under_autocast(x):
    network = torch.nn.Sequential(torch.nn.Linear(9, 9), ScatteringModule(IMAGES))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        network(x).sum().backward()
    assert network[0].weight.grad.norm() > 0


# ---------------------------------------------------------------------------------------------------------------
# States


def test_the_state_is_loaded(module, x):
    state = io.BytesIO()
    torch.save(torch.nn.Sequential(module).state_dict(), state)
    state.seek(0)
    other = torch.nn.Sequential(ScatteringModule(IMAGES))
    assert str(other.load_state_dict(torch.load(state, weights_only=True))) == "<All keys matched successfully>"
    assert torch.equal(other(x), module(x))


def test_loaded_filters_are_computed_with(module, x):
    state = {**module.state_dict(), "filters": 1.0001 * module.filters}
    for assign in (False, True):
        found = loaded(module, state, assign=assign)(x)[:, 0]
        torch.testing.assert_close(found, 1.0001 * module(x)[:, 0], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("change", [{"padding": "wrap"}, {"normalize": "l1"}, {"J": 1}, {"average": "global"}])
def test_the_state_of_another_plan_is_refused(change, module):
    other = ScatteringModule(Scattering2D(J=2, L=2).set_params(**change).plan(IMAGES.shape))
    with pytest.raises(RuntimeError, match="the state is that of another plan than Plan"):
        loaded(torch.nn.Sequential(module), torch.nn.Sequential(other).state_dict())


@pytest.mark.parametrize("factor", [1.1, np.nan])
def test_a_state_with_other_filters_is_refused(factor, module):
    state = {**module.state_dict(), "filters": factor * module.filters}
    with pytest.raises(RuntimeError, match=r"filters of the state differ from those of Plan.* by (0.1|nan) of their"):
        loaded(module, state)


def test_filters_of_another_number_are_refused(module, x):
    state = {**module.state_dict(), "filters": module.filters[1:]}
    with pytest.raises(RuntimeError, match="size mismatch for filters"):
        loaded(module, state)
    module.filters = module.filters[1:]
    with pytest.raises(ValueError, match=r"filters has shape .*; this version of skscat expects"):
        module(x)


def test_a_missing_state_is_refused(module):
    with pytest.raises(RuntimeError, match="Missing key"):
        loaded(module, {})


def test_plans_that_differ_in_filters_only_have_the_same_hash(module):
    (bank,) = set(IMAGES.banks)
    rounded = replace(bank, psi=tuple(psi._replace(values=psi.values * (1 + 1e-12)) for psi in bank.psi))
    other = ScatteringModule(replace(IMAGES, banks=(rounded, rounded)))
    assert torch.equal(other.plan_hash, module.plan_hash)
    assert str(module.load_state_dict(other.state_dict())) == "<All keys matched successfully>"


# ---------------------------------------------------------------------------------------------------------------
# Copies, replicas, threads, compilation


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
def test_copies_compute_the_same(duplicate, module, x):
    module(x)
    assert torch.equal(duplicate(module)(x), module(x))


def test_saved_modules_compute_the_same(module, x):
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    assert torch.equal(torch.load(file, weights_only=False)(x), module(x))


def test_replicas_use_their_own_buffers_in_threads(module, x):
    # As torch.nn.DataParallel makes them: shallow copies with other buffers.
    replicas = [module._replicate_for_data_parallel() for _ in range(4)]
    for i, replica in enumerate(replicas):
        replica.filters = module.filters * i
    expected, found = module(x)[:, 0], {}

    def call(i):
        for _ in range(5):
            found[i] = replicas[i](x)[:, 0]

    threads = [threading.Thread(target=call, args=(i,)) for i in range(len(replicas))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(len(replicas)):
        torch.testing.assert_close(found[i], i * expected)
    assert torch.equal(module(x)[:, 0], expected)


def test_shared_memory(module, x):
    before = module(x)
    assert torch.equal(module.share_memory()(x), before)


def test_modules_without_memory_are_filled_by_a_state(module, x):
    empty = copy.deepcopy(module).to("meta").to_empty(device="cpu")
    assert torch.equal(loaded(empty, module.state_dict())(x), module(x))


def test_signals_on_another_device_are_refused(module, x):
    with pytest.raises(ValueError, match=r"x is on meta, and the module on cpu; move one of them"):
        module(x.to("meta"))


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
def test_compiled_networks_compute_the_same(module, x):
    network = torch.nn.Sequential(torch.nn.Linear(9, 9), module)
    assert torch.equal(torch.compile(network, backend="eager")(x), network(x))


def test_compiled_modules_are_left_out_of_full_graphs(module, x):
    with pytest.raises(torch._dynamo.exc.Unsupported):
        torch.compile(module, backend="eager", fullgraph=True)(x)


def test_inference_without_gradients(module, x):
    expected = module(x)
    with torch.no_grad():
        assert torch.equal(module(x), expected)
    with torch.inference_mode():
        assert torch.equal(module(x), expected)


EXPORTS = {
    "torch.jit.trace": torch.jit.trace,
    "torch.onnx.export": lambda f, x: torch.onnx.export(f, (x,), io.BytesIO(), dynamo=False),
    "torch.export": lambda f, x: torch.export.export(f, (x,), strict=False),
}


@pytest.mark.parametrize("leads", [True, False])
@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_graph_of_the_transform_is_refused(export, leads, module, x):
    network = torch.nn.Sequential(torch.nn.Identity() if leads else torch.nn.Linear(9, 9), module).requires_grad_(
        False
    )
    with pytest.raises(ValueError, match=r"cannot be exported as a graph .* Export only the layers after it"):
        export(network, x)


# ---------------------------------------------------------------------------------------------------------------
# Training


def test_a_network_learns_before_and_after_the_transform(rng):
    X, y = load_digits_sample(subset="train", return_X_y=True)
    X = torch.from_numpy(X[:100].reshape(-1, 1, 28, 28).astype(np.float32))
    y = torch.from_numpy(y[:100].astype(np.int64))
    torch.manual_seed(0)
    before = torch.nn.Conv2d(1, 2, 3, padding=1)
    scattering = ScatteringModule(Scattering2D(J=3, L=4).plan((28, 28)))
    n = 2 * int(np.prod(scattering.output_shape))
    after = torch.nn.Flatten(), torch.nn.BatchNorm1d(n), torch.nn.Linear(n, 10)
    network = torch.nn.Sequential(before, scattering, *after)
    start, optimizer = before.weight.detach().clone(), torch.optim.Adam(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(10):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    assert not torch.equal(before.weight, start)
    assert not list(scattering.parameters())


class Transformed(TensorDataset):
    """Signals that a worker transforms."""

    def __init__(self, x, module):
        super().__init__(x)
        self.module = module

    def __getitem__(self, i):
        return self.module(super().__getitem__(i)[0])


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_workers_of_a_data_loader_transform(context, module, x):
    expected = module(x)
    loader = DataLoader(
        Transformed(x, module), batch_size=2, num_workers=1, multiprocessing_context=context, timeout=60
    )
    torch.testing.assert_close(torch.cat(list(loader)), expected)


# ---------------------------------------------------------------------------------------------------------------
# What is refused


def test_an_estimator_that_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError, match=r"Scattering2D\(J=2\) is not fitted. Call fit, or pass its plan"):
        ScatteringModule(Scattering2D(J=2))


def test_renormalized_coefficients_are_refused(rng):
    scattering = Scattering1D(J=3, renormalize=True).fit(rng.standard_normal((2, 32)))
    with pytest.raises(ValueError, match="renormalize=True is not supported in a module"):
        ScatteringModule(scattering)


def test_signals_with_gaps_are_refused(rng):
    scattering = Scattering1D(J=3, nan_policy="omit").fit(rng.standard_normal((2, 32)))
    for given in (scattering, scattering.plan_):
        with pytest.raises(ValueError, match='nan_policy="omit": signals with gaps are not supported'):
            ScatteringModule(given)


@pytest.mark.parametrize("given", [3, None, HaarScattering()])
def test_what_has_no_plan_is_refused(given):
    with pytest.raises(ValueError, match=r"scattering is of type .*; expected a Plan, or a fitted estimator"):
        ScatteringModule(given)


def test_arrays_of_numpy_are_refused(module, x):
    with pytest.raises(ValueError, match="x is of type ndarray; expected a tensor"):
        module(x.numpy())


def test_gradients_of_filters_are_refused(module, x):
    module.filters.requires_grad_()
    with pytest.raises(ValueError, match="filters requires a gradient; only gradients with respect to"):
        module(x)


def test_second_derivatives_are_refused(module, x):
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(module(x).sum(), x, create_graph=True)
    with pytest.raises(NotImplementedError, match="second derivatives are not available"):
        gradient.sum().backward()


def test_large_filters_in_double_precision(rng, monkeypatch):
    # Filters of more frequencies than this are stored in single precision, and only once.
    for place in ("_core._folding", "filters._frame"):
        monkeypatch.setattr(f"skscat.{place}.LARGE_FILTER", 10)
    plan = HarmonicScattering3D(J=1, L=1).plan((5, 5, 5))
    x = torch.from_numpy(rng.standard_normal((2, 5, 5, 5)))
    torch.testing.assert_close(ScatteringModule(plan, dtype=torch.float64)(x), scatter(x, plan))
