"""Estimators take arrays of other libraries if scikit-learn dispatches to them, and return arrays of the same library.

The checks of scikit-learn run for PyTorch on the CPU, and for array-api-strict on the devices for which they ask.
Those for GPUs, CuPy and dpnp need hardware, which test_array_api_devices.py simulates.
"""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from array_cases import (
    GAPPY,
    LIBRARIES,
    LINES,
    OTHERS,
    PLANES,
    STEPS,
    TRANSFORMS,
    WITH_GAPS,
    check_equal,
    each_case,
    in_precision,
    to_library,
)
from sklearn import config_context
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils._array_api import yield_namespace_device_dtype_combinations
from test_common import ESTIMATORS

from skscat import HarmonicScattering3D, Scattering1D, Scattering2D, renormalize, scatter
from skscat.moments import ScatteringMoments, ScatteringSpectra, moments_by_scale
from skscat.preprocessing import (
    CosineReduction,
    LevelNormalizer,
    LogMedian,
    PathScaler,
    RotationAveraging,
    ScaleAveraging,
)

# What is not here.
ABSENT = {"cuda", "xpu", "mps", "cupy", "dpnp"}

SUPPORTING = [estimator for estimator in ESTIMATORS if get_tags(estimator).array_api_support]

each_library = pytest.mark.parametrize("library", LIBRARIES, ids="-".join)
each_supporting = pytest.mark.parametrize("estimator", SUPPORTING, ids=str)
# The data of the checks form no square.
flat = pytest.mark.filterwarnings("ignore:X is flat:UserWarning")


# ---------------------------------------------------------------------------------------------------------------
# The checks of scikit-learn


def test_tags_say_which_estimators_take_arrays_of_any_library():
    assert {type(estimator).__name__ for estimator in SUPPORTING} == {
        "CosineReduction",
        "HaarScattering",
        "HarmonicScattering3D",
        "LevelNormalizer",
        "LogMedian",
        "PathScaler",
        "RectifiedDerivatives",
        "RotationAveraging",
        "RotoTranslationScattering2D",
        "ScaleAveraging",
        "Scattering1D",
        "Scattering2D",
        "ScatteringMoments",
        "ScatteringSpectra",
        "SpiralScattering",
        "TimeFrequencyScattering",
    }


@pytest.mark.parametrize("wrapper", [PathScaler, CosineReduction, LevelNormalizer, RotationAveraging, ScaleAveraging])
@pytest.mark.parametrize(("step", "supports"), [(LogMedian(), True), (FunctionTransformer(np.sqrt), False)])
def test_tags_of_wrappers_are_those_of_what_they_wrap(wrapper, step, supports):
    assert get_tags(wrapper(make_pipeline(Scattering2D(), step))).array_api_support == supports


def test_every_library_and_device_that_is_here_is_checked():
    known = set(yield_namespace_device_dtype_combinations(include_numpy_namespaces=False))
    assert {entry for entry in known if not {*entry[:2]} & ABSENT} == set(LIBRARIES)


@flat
@each_library
@each_supporting
def test_scikit_learn_checks_of_types(estimator, library):
    estimator_checks.check_array_api_input(type(estimator).__name__, estimator, *library)


@flat
@each_library
@each_supporting
def test_scikit_learn_checks_of_values(estimator, library):
    estimator_checks.check_array_api_input_and_values(type(estimator).__name__, estimator, *library)


@flat
@each_supporting
def test_scikit_learn_check_of_mixed_libraries(estimator):
    tensors, strict = (estimator_checks.NamespaceAndDevice(*LIBRARIES[i][:2]) for i in (0, 3))
    estimator_checks.check_array_api_mixed_inputs(type(estimator).__name__, estimator, tensors, strict)


@flat
@each_supporting
def test_scikit_learn_check_of_the_library_seen_in_fit(estimator):
    estimator_checks.check_array_api_same_namespace(type(estimator).__name__, estimator, "array_api_strict")


# ---------------------------------------------------------------------------------------------------------------
# Values, for all layouts of X


@each_library
@each_case(TRANSFORMS, GAPPY, STEPS, OTHERS)
def test_transforms_equal_those_of_numpy_arrays(estimator, X, library, dispatch):
    X, given = in_precision(X, library[2]), to_library(X, library)
    check_equal(clone(estimator).fit(given).transform(given), clone(estimator).fit(X).transform(X), given)


@each_library
@each_case(TRANSFORMS, GAPPY, STEPS, OTHERS)
def test_fit_transform_equals_that_of_numpy_arrays(estimator, X, library, dispatch):
    X, given = in_precision(X, library[2]), to_library(X, library)
    check_equal(clone(estimator).fit_transform(given), clone(estimator).fit_transform(X), given)


@each_library
@each_case(TRANSFORMS, GAPPY)
def test_gradients_equal_those_of_numpy_arrays(estimator, X, library, dispatch, rng):
    X, given = in_precision(X, library[2]), to_library(X, library)
    reference = clone(estimator).fit(X)
    weights = rng.standard_normal(reference.transform(X).shape).astype(library[2])
    found = clone(estimator).fit(given).gradient(given, to_library(weights, library))
    check_equal(found, reference.gradient(X, weights), given)


@each_library
@each_case(TRANSFORMS, GAPPY)
def test_weights_of_gradients_may_be_functions_of_arrays_of_the_library(estimator, X, library, dispatch, rng):
    X, given = in_precision(X, library[2]), to_library(X, library)
    reference = clone(estimator).fit(X)
    targets = rng.standard_normal(reference.transform(X).shape).astype(library[2])
    converted = to_library(targets, library)
    found = clone(estimator).fit(given).gradient(given, lambda S, index: S - converted[index])
    check_equal(found, reference.gradient(X, lambda S, index: S - targets[index]), given)


@each_library
def test_weights_of_gradients_may_be_a_list(library, dispatch):
    X, given = in_precision(LINES[:1], library[2]), to_library(LINES[:1], library)
    scattering, reference = (Scattering1D(J=2, average="global").fit(x) for x in (given, X))
    weights = [range(len(reference.paths_))]
    check_equal(scattering.gradient(given, weights), reference.gradient(X, weights), given)


@each_library
def test_blocks_equal_those_of_numpy_arrays(library, dispatch):
    X, given = in_precision(PLANES, library[2]), to_library(PLANES, library)
    blocks, expected = (list(Scattering2D(J=2, L=3).fit(x).transform_blocks(x, 3)) for x in (given, X))
    assert [rows for rows, _ in blocks] == [rows for rows, _ in expected]
    for (_, S), (_, reference) in zip(blocks, expected, strict=True):
        check_equal(S, reference, given)


@each_library
@each_case({name: GAPPY[name] for name in ("gaps", "moments with gaps")})
def test_coverage_equals_that_of_numpy_arrays(estimator, X, library, dispatch):
    X, given = in_precision(X, library[2]), to_library(X, library)
    check_equal(clone(estimator).fit(given).coverage(given), clone(estimator).fit(X).coverage(X), given)


def test_two_threads_equal_one_on_tensors(dispatch, monkeypatch):
    # Blocks so short that both threads have some.
    monkeypatch.setattr("skscat._core._traversal.STEP_POINTS", 2**10)
    X = torch.from_numpy(np.tile(PLANES, (5, 1, 1)))
    serial, parallel = (Scattering2D(J=2, L=3, n_jobs=n).fit_transform(X) for n in (1, 2))
    assert torch.equal(serial, parallel)


def test_integers_become_doubles(dispatch):
    X = (100 * LINES).astype(np.int16)
    check_equal(
        Scattering1D(J=2).fit_transform(torch.from_numpy(X)), Scattering1D(J=2).fit_transform(X), torch.ones(1)
    )


def test_tensors_whose_sign_is_changed_when_they_are_read_are_taken(dispatch):
    X = torch.from_numpy(LINES + 1j * LINES[::-1]).conj().imag
    check_equal(Scattering1D(J=2).fit_transform(X), Scattering1D(J=2).fit_transform(-LINES[::-1]), torch.ones(1))


@each_library
def test_renormalize_takes_arrays_of_any_library(library):
    plan, X = Scattering1D(J=3).plan(64), in_precision(LINES, library[2])
    s, given = scatter(X, plan), to_library(X, library)
    check_equal(renormalize(to_library(s, library), given, plan), renormalize(s, X, plan), given)


@each_library
def test_moments_by_scale_takes_arrays_of_any_library(library):
    moments = ScatteringMoments(Scattering1D(J=3, Q=1)).fit(LINES)
    mean = in_precision(moments.mean_, library[2])
    given = to_library(mean, library)
    for found, expected in zip(
        moments_by_scale(given, moments.paths_), moments_by_scale(mean, moments.paths_), strict=True
    ):
        check_equal(found, expected, given)


# ---------------------------------------------------------------------------------------------------------------
# What is learned


@each_library
@pytest.mark.parametrize(
    ("estimator", "attributes"),
    [
        (LogMedian(), ["median_"]),
        (PathScaler(Scattering1D(J=3)), ["scale_"]),
        (ScatteringMoments(Scattering1D(J=3)), ["mean_", "standard_error_"]),
        (ScatteringSpectra(Scattering1D(J=3, Q=1, padding="wrap")), ["sigma_"]),
    ],
    ids=str,
)
def test_what_is_learned_follows_X(estimator, attributes, library, dispatch):
    X, given = in_precision(LINES, library[2]), to_library(LINES, library)
    fitted, reference = clone(estimator).fit(given), clone(estimator).fit(X)
    for name in attributes:
        check_equal(getattr(fitted, name), getattr(reference, name), given)


def test_devices_without_double_precision_get_what_is_learned_in_single_precision(dispatch):
    library = ("array_api_strict", "no_float64", "float32")
    X, given = in_precision(LINES, "float32"), to_library(LINES, library)
    fitted, reference = (ScatteringMoments(Scattering1D(J=3)).fit(x) for x in (given, X))
    check_equal(fitted.transform(given), reference.transform(X), given)
    check_equal(fitted.mean_, reference.mean_.astype(np.float32), given)


def test_steps_within_wrappers_learn_arrays_of_the_library_of_X(dispatch):
    steps = make_pipeline(Scattering2D(J=1, L=2, average="global"), LogMedian())
    averaging = ScaleAveraging(steps, scales=(1, 2)).fit(torch.from_numpy(PLANES))
    assert all(isinstance(steps[-1].median_, torch.Tensor) for steps in averaging.transformers_)


def test_moments_are_updated_with_tensors(dispatch):
    first, second = (torch.from_numpy(LINES[part]) for part in (slice(0, 2), slice(2, 4)))
    expected = ScatteringMoments(Scattering1D(J=3)).fit(LINES[:2]).partial_fit(LINES[2:])
    moments = ScatteringMoments(Scattering1D(J=3)).fit(first).partial_fit(second)
    check_equal(moments.mean_, expected.mean_, first)


def test_merged_moments_stay_in_their_library_whether_scikit_learn_dispatches_or_not():
    X = torch.from_numpy(LINES)
    with config_context(array_api_dispatch=True):
        first, second = (ScatteringMoments(Scattering1D(J=3)).fit(X[part]) for part in (slice(0, 2), slice(2, 4)))
    expected = [ScatteringMoments(Scattering1D(J=3)).fit(LINES[part]) for part in (slice(0, 2), slice(2, 4))]
    check_equal(first.merge(second).mean_, expected[0].merge(expected[1]).mean_, X)


@pytest.mark.parametrize("method", ["transform", "gradient", "coverage", "partial_fit"])
def test_another_library_than_in_fit_is_refused(method, dispatch):
    moments = ScatteringMoments(Scattering1D(J=3, nan_policy="omit")).fit(torch.from_numpy(LINES))
    arguments = (LINES, LINES) if method == "gradient" else (LINES,)
    with pytest.raises(
        ValueError,
        match=rf"ScatteringMoments\.{method}\(\) must use the same namespace and the same device as those passed to "
        r"fit\(\): found numpy on cpu, expected torch on cpu",
    ):
        getattr(moments, method)(*arguments)


# ---------------------------------------------------------------------------------------------------------------
# Without dispatch


@each_case(TRANSFORMS, GAPPY, STEPS, OTHERS)
def test_without_dispatch_tensors_are_converted_to_numpy(estimator, X):
    tensor = torch.from_numpy(X.copy())
    S = clone(estimator).fit(tensor).transform(tensor)
    assert isinstance(S, np.ndarray)
    np.testing.assert_array_equal(S, clone(estimator).fit(X).transform(X))


def test_without_dispatch_what_was_learned_from_tensors_is_converted():
    X = torch.from_numpy(LINES)
    with config_context(array_api_dispatch=True):
        scaler = PathScaler(Scattering1D(J=3)).fit(X)
    np.testing.assert_array_equal(scaler.transform(X), PathScaler(Scattering1D(J=3)).fit_transform(LINES))


def test_without_dispatch_tensors_that_require_a_gradient_are_refused():
    X = torch.from_numpy(LINES.copy()).requires_grad_(True)
    with pytest.raises(RuntimeError, match="requires grad"):
        Scattering1D(J=3).fit(X)


def test_dispatch_takes_the_setting_of_scipy():
    code = "import sklearn, skscat; sklearn.set_config(array_api_dispatch=True)"
    environment = {**os.environ, "SCIPY_ARRAY_API": "0"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "Please set the SCIPY_ARRAY_API=1 environment variable" in run.stderr


# ---------------------------------------------------------------------------------------------------------------
# Errors


def test_nan_is_refused_in_tensors(dispatch):
    with pytest.raises(ValueError, match=r"Input X contains NaN\. Interpolate values that are missing"):
        Scattering1D(J=3).fit(torch.from_numpy(WITH_GAPS))


def test_complex_tensors_are_refused(dispatch):
    with pytest.raises(ValueError, match="Complex data not supported with complex_input=False"):
        Scattering1D(J=3).fit(torch.from_numpy(LINES + 0j))


def test_tensors_of_one_axis_are_refused(dispatch):
    with pytest.raises(ValueError, match=r"X has shape \(64,\)"):
        Scattering1D(J=3).fit(torch.from_numpy(LINES[0]))


def test_tensors_of_other_axes_are_refused(dispatch):
    with pytest.raises(ValueError, match=r"X has shape \(4, 16, 16\); HarmonicScattering3D expects"):
        HarmonicScattering3D().fit(torch.from_numpy(PLANES))


def test_weights_of_another_shape_are_refused(dispatch):
    X = torch.from_numpy(LINES)
    with pytest.raises(ValueError, match=r"weights has shape \(4, 64\)"):
        Scattering1D(J=3).fit(X).gradient(X, X)
