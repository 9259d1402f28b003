"""Arrays on a device are computed there, and PyTorch differentiates what is computed from tensors.

There is no device here: tensors of the CPU count as those of a GPU, and like these cannot be read by NumPy, except by
the function that copies them.
"""

import numpy as np
import pytest
import torch
from array_cases import GAPPY, LINES, OTHERS, PLANES, STEPS, TRANSFORMS, WITH_GAPS, each_case
from sklearn.base import clone
from sklearn.utils import get_tags
from test_common import ESTIMATORS

from skscat import Scattering1D, Scattering2D, renormalize, scatter
from skscat._core import _namespace as arrays
from skscat.diagnostics import energy_by_order
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.preprocessing import LogMedian, PathScaler
from skscat.synthesis import reconstruct

# Relative to the largest value: the library sums in another order. In single precision, logarithms of small
# coefficients are less accurate.
TOLERANCES = {np.float64: 1e-9, np.float32: 2e-4}


class Device:
    """What a device does: it copies to NumPy's memory on demand, and keeps the numbers of values."""

    def __init__(self, read, read_tensor):
        self._read, self._read_tensor, self.copied = read, read_tensor, []

    def to_numpy(self, x):
        if not arrays.is_torch(x):
            return self._read(x)
        self.copied.append(x.numel())
        return self.values(x)

    def values(self, x):
        """Return the values of a tensor, without counting them."""
        return self._read_tensor(x.detach())


@pytest.fixture
def device(monkeypatch, dispatch):
    """Let tensors be on a device."""

    def refuse(self, *arguments, **options):
        raise TypeError("can't convert cuda:0 device type tensor to numpy.")

    device = Device(arrays.to_numpy, torch.Tensor.numpy)
    monkeypatch.setattr(arrays, "is_on_host", lambda x: not arrays.is_torch(x))
    monkeypatch.setattr(arrays, "to_numpy", device.to_numpy)
    monkeypatch.setattr(torch.Tensor, "numpy", refuse)
    monkeypatch.setattr(torch.Tensor, "__array__", refuse)
    return device


def assert_close(found, expected, dtype=np.float64):
    assert found.dtype == expected.dtype
    known = np.isfinite(expected)
    np.testing.assert_array_equal(np.isfinite(found), known)
    scale = np.abs(expected[known]).max()
    np.testing.assert_allclose(found[known] / scale, expected[known] / scale, atol=TOLERANCES[dtype])


# ---------------------------------------------------------------------------------------------------------------
# Computed on the device


@pytest.mark.parametrize("dtype", TOLERANCES)
@each_case(TRANSFORMS, GAPPY, STEPS, OTHERS)
def test_transforms_are_those_of_numpy_arrays(estimator, X, dtype, device):
    X = X.astype(np.result_type(dtype, np.complex64) if np.iscomplexobj(X) else dtype)
    expected, tensor = clone(estimator).fit(X).transform(X), torch.from_numpy(X.copy())
    S = clone(estimator).fit(tensor).transform(tensor)
    assert isinstance(S, torch.Tensor)
    assert_close(device.values(S), expected, dtype)


@each_case(TRANSFORMS, GAPPY, STEPS, OTHERS)
def test_fit_transform_is_that_of_numpy_arrays(estimator, X, device):
    S = clone(estimator).fit_transform(torch.from_numpy(X.copy()))
    assert_close(device.values(S), clone(estimator).fit_transform(X))


@pytest.mark.parametrize("dtype", TOLERANCES)
@each_case(TRANSFORMS, GAPPY)
def test_gradients_are_those_of_numpy_arrays(estimator, X, dtype, device, rng):
    X = X.astype(np.result_type(dtype, np.complex64) if np.iscomplexobj(X) else dtype)
    reference, tensor = clone(estimator).fit(X), torch.from_numpy(X.copy())
    weights = rng.standard_normal(reference.transform(X).shape).astype(dtype)
    found = clone(estimator).fit(tensor).gradient(tensor, torch.from_numpy(weights))
    assert_close(device.values(found), reference.gradient(X, weights), dtype)


@each_case(TRANSFORMS, GAPPY)
def test_weights_of_gradients_may_be_functions_of_tensors(estimator, X, device, rng):
    reference, tensor = clone(estimator).fit(X), torch.from_numpy(X.copy())
    targets = rng.standard_normal(reference.transform(X).shape)
    converted = torch.from_numpy(targets)
    found = clone(estimator).fit(tensor).gradient(tensor, lambda S, index: S - converted[index])
    assert_close(device.values(found), reference.gradient(X, lambda S, index: S - targets[index]))


@each_case({name: GAPPY[name] for name in ("gaps", "moments with gaps")})
def test_coverage_is_that_of_numpy_arrays(estimator, X, device):
    tensor = torch.from_numpy(X.copy())
    found = clone(estimator).fit(tensor).coverage(tensor)
    assert_close(device.values(found), clone(estimator).fit(X).coverage(X))


@pytest.mark.parametrize(
    ("estimator", "attribute"),
    [
        (LogMedian(), "median_"),
        (PathScaler(Scattering1D(J=3), norm="std"), "scale_"),
        (ScatteringMoments(Scattering1D(J=3), renormalize=True), "mean_"),
        (ScatteringMoments(Scattering1D(J=3)), "standard_error_"),
        (ScatteringSpectra(Scattering1D(J=3, Q=1, padding="wrap")), "sigma_"),
    ],
    ids=str,
)
@pytest.mark.parametrize("n", [4, 3])
def test_what_is_learned_is_there(estimator, attribute, n, device):
    learned = getattr(clone(estimator).fit(torch.from_numpy(LINES[:n].copy())), attribute)
    assert isinstance(learned, torch.Tensor)
    assert_close(device.values(learned), getattr(clone(estimator).fit(LINES[:n]), attribute))


@each_case(TRANSFORMS, STEPS)
def test_no_signals_and_no_coefficients_are_copied_from_there(estimator, X, device):
    tensor = torch.from_numpy(np.tile(X, (5, *(1,) * (X.ndim - 1))))
    fitted = clone(estimator).fit(tensor)
    device.copied.clear()
    S = fitted.transform(tensor)
    # One number for each signal, by which it is scaled.
    assert sum(device.copied) < (tensor.numel() + S.numel()) / 20


def test_one_call_computes_all_signals(device, monkeypatch):
    monkeypatch.setattr("skscat._core._traversal.STEP_POINTS", 2**10)
    calls = []
    scattering = Scattering2D(J=2, L=3, n_jobs=2).fit(torch.from_numpy(PLANES))
    function, *arguments = scattering._computation()
    monkeypatch.setattr(scattering, "_computation", lambda: (lambda *a: calls.append(1) or function(*a), *arguments))
    scattering.transform(torch.from_numpy(np.tile(PLANES, (5, 1, 1))))
    assert len(calls) == 1


def test_amplitudes_do_not_matter_there(device):
    X = torch.from_numpy(np.float32(1e-30) * LINES.astype(np.float32))
    expected = Scattering1D(J=3, renormalize=True).fit_transform(1e-30 * LINES)
    S = Scattering1D(J=3, renormalize=True).fit_transform(X)
    # Those of order zero, which are not divided, are not visible beside the others.
    assert_close(device.values(S).astype(np.float64), expected, np.float32)


def test_renormalize_is_that_of_numpy_arrays(device):
    plan = Scattering1D(J=3, Q=2).plan(64)
    s = scatter(LINES, plan)
    found = renormalize(torch.from_numpy(s), torch.from_numpy(LINES), plan)
    assert_close(device.values(found), renormalize(s, LINES, plan))


@pytest.mark.parametrize("estimator", [e for e in ESTIMATORS if not get_tags(e).array_api_support], ids=str)
def test_other_estimators_refuse_arrays_on_a_device(estimator, device):
    y = torch.from_numpy(np.arange(4) % 2)
    with pytest.raises(ValueError, match="X is an array of torch on the device cpu, but NumPy computes here"):
        clone(estimator).fit(torch.from_numpy(PLANES.reshape(4, -1)), y)


def test_functions_that_compute_with_numpy_refuse_arrays_on_a_device(device):
    X = torch.from_numpy(LINES)
    scattering = Scattering1D(J=2).fit(X)
    with pytest.raises(ValueError, match="S is an array of torch on the device cpu, but NumPy computes here"):
        reconstruct(scattering.transform(X), scattering)
    with pytest.raises(ValueError, match="X is an array of torch on the device cpu, but NumPy computes here"):
        energy_by_order(scattering, X)


def test_functions_that_compute_with_numpy_take_tensors_in_the_memory_of_the_cpu(dispatch):
    X = torch.from_numpy(LINES)
    scattering = Scattering1D(J=2).fit(X)
    S, options = scattering.transform(X), {"max_iter": 3, "random_state": 0}
    expected = reconstruct(S.numpy(), Scattering1D(J=2).fit(LINES), **options)
    np.testing.assert_array_equal(reconstruct(S, scattering, **options), expected)


# ---------------------------------------------------------------------------------------------------------------
# Gradients of PyTorch


def check_gradient(transform, X):
    """Compare the gradient of a weighted sum of outputs with central differences in one direction."""
    X = torch.from_numpy(X.copy())
    tracked = X.clone().requires_grad_(True)
    S = transform(tracked)
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(S.shape, generator=generator, dtype=torch.float64)
    known = torch.isfinite(S)
    (S[known] * weights[known]).sum().backward()
    step = 1e-6 * torch.randn(X.shape, generator=generator, dtype=X.dtype)
    change = (transform(X + step) - transform(X - step))[known]
    expected = (change * weights[known]).sum() / 2
    found = (tracked.grad.conj() * torch.where(torch.isfinite(X), step, 0)).sum().real
    assert torch.isclose(found, expected, rtol=1e-5, atol=1e-12)


@each_case(TRANSFORMS, STEPS, {"gaps": GAPPY["gaps"], "moments with gaps": GAPPY["moments with gaps"]})
def test_transforms_are_differentiable(estimator, X, dispatch):
    fitted = clone(estimator).fit(torch.from_numpy(X.copy()))
    check_gradient(fitted.transform, X)


@each_case(TRANSFORMS, STEPS)
def test_transforms_are_differentiable_on_a_device(estimator, X, device):
    fitted = clone(estimator).fit(torch.from_numpy(X.copy()))
    check_gradient(fitted.transform, X)


@each_case({name: STEPS[name] for name in ("PathScaler", "LogMedian", "CosineReduction")})
def test_what_is_learned_from_tensors_that_require_a_gradient_is_constant(estimator, X, dispatch):
    tensor = torch.from_numpy(X.copy()).requires_grad_(True)
    fitted = clone(estimator).fit(tensor)
    assert not any(isinstance(value, torch.Tensor) and value.requires_grad for value in vars(fitted).values())
    assert torch.equal(clone(estimator).fit_transform(tensor), fitted.transform(tensor))


def test_without_gradient_tensors_that_require_one_are_taken_by_all(dispatch):
    X = torch.from_numpy(LINES.copy()).requires_grad_(True)
    with torch.no_grad():
        moments = ScatteringMoments(Scattering1D(J=3), renormalize=True).fit(X)
        assert not moments.transform(X).requires_grad


@pytest.mark.parametrize(
    ("estimator", "X", "what"),
    [
        (*OTHERS["renormalized moments"], "renormalized moments"),
        (*GAPPY["spectra with gaps"], "spectra of signals with gaps"),
    ],
    ids=["moments", "spectra"],
)
def test_transforms_without_gradient_refuse_tensors_that_require_one(estimator, X, what, dispatch):
    tensor = torch.from_numpy(X.copy())
    fitted = clone(estimator).fit(tensor)
    with pytest.raises(ValueError, match=f"X requires a gradient, but PyTorch cannot differentiate {what}; expected"):
        fitted.transform(tensor.requires_grad_(True))


@each_case({name: TRANSFORMS[name] for name in ("lines", "moments", "spectra")})
@pytest.mark.parametrize("name", ["X", "weights"])
def test_gradients_are_not_differentiated(estimator, X, name, dispatch):
    tensor = torch.from_numpy(X.copy())
    fitted = clone(estimator).fit(tensor)
    arguments = {"X": tensor, "weights": torch.ones_like(fitted.transform(tensor))}
    arguments[name] = arguments[name].requires_grad_(True)
    with pytest.raises(ValueError, match=f"{name} requires a gradient, but PyTorch cannot differentiate the gradient"):
        fitted.gradient(**arguments)


def test_coverage_of_tensors_that_require_a_gradient_is_constant(dispatch):
    X = torch.from_numpy(WITH_GAPS.copy()).requires_grad_(True)
    scattering = Scattering1D(J=3, nan_policy="omit").fit(X)
    assert not scattering.coverage(X).requires_grad


def test_other_estimators_refuse_tensors_that_require_a_gradient(dispatch):
    X = torch.from_numpy(LINES.copy()).requires_grad_(True)
    estimator = next(e for e in ESTIMATORS if not get_tags(e).array_api_support)
    with pytest.raises(ValueError, match="X requires a gradient, but PyTorch cannot differentiate what is computed"):
        clone(estimator).fit(X)
