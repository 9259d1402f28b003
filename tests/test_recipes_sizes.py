"""Estimators from signals to targets, for signals of different sizes."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from recipe_signals import SHAPES, each_case, each_kind, each_model, outputs, quick, y
from sklearn.model_selection import cross_val_score

from skscat import Scattering1D, ScatteringClassifier
from skscat.preprocessing import RotationAveraging, VariableSizeScattering


@pytest.fixture(autouse=True)
def few_penalties(monkeypatch):
    """Ridge regressions of two penalties, which are quickly fitted."""
    monkeypatch.setattr("skscat.recipes._estimators.GRID", {"alpha": [1.0, 1000.0]})


def ragged(kind, rng, channels=()):
    """Noise of two colors, in signals of different sizes: neighboring samples of odd signals are similar."""
    X = [rng.standard_normal((*channels, *(n + k for n in SHAPES[kind]))) for k in rng.integers(0, 9, 24)]
    for x in X[1::2]:
        x[..., 1:] += x[..., :-1]
    return X


@each_case
def test_signals_of_different_sizes_are_distinguished(model, kind, rng):
    X = ragged(kind, rng)
    estimator = quick(model, kind).fit(X, y)
    held_out = ragged(kind, rng)
    # Colors are easily told; the sounds and the images, of the fewest samples, least.
    assert np.mean((estimator.predict(held_out) > 0.5) == y) > 0.85


@each_kind
def test_predictions_do_not_depend_on_other_signals(kind, rng):
    X = ragged(kind, rng)
    estimator = quick(kind=kind).fit(X, y)
    # Products of matrices of several rows differ by rounding errors.
    np.testing.assert_allclose(outputs(estimator, X[3:4]), outputs(estimator, X)[3:4], rtol=1e-6, atol=1e-9)


@each_model
def test_arrays_of_objects_and_columns_are_lists(model, rng):
    X, objects = ragged("series", rng), np.empty(24, object)
    objects[:] = X
    expected = outputs(quick(model, "series").fit(X, y), X)
    for given in (objects, pd.Series(X, index=range(24, 0, -1))):
        assert_array_equal(outputs(quick(model, "series").fit(given, y), given), expected)


def test_lists_of_one_size_have_the_pipeline_of_arrays(rng):
    X = rng.standard_normal((24, 8, 8))
    model = quick().fit(list(X), y)
    assert model.signal_shape_ == (8, 8)
    assert_array_equal(outputs(model, X), outputs(quick().fit(X, y), X))


def test_models_of_lists_predict_for_arrays(rng):
    model = quick(kind="sound").fit(ragged("sound", rng), y)
    X = rng.standard_normal((5, 100))
    assert_array_equal(outputs(model, X), outputs(model, list(X)))


@pytest.mark.parametrize("kind", ["image", "series"])
def test_channels_last_are_channels_first(kind, rng):
    X = ragged(kind, rng, channels=(2,))
    last = [np.moveaxis(x, 0, -1) for x in X]
    first, moved = quick(kind=kind).fit(X, y), quick(kind=kind, channel_axis=-1).fit(last, y)
    assert_array_equal(outputs(moved, last), outputs(first, X))


def test_wavelets_suit_the_median_size(rng):
    X = [rng.standard_normal(n) for n in (20, *[128] * 21, 30, 600)]
    model = quick(kind="sound").fit(X, y)
    # Of 128 samples, an eighth.
    assert {candidate["scattering"].transformer.scattering.J for candidate in model.candidates_} == {4}


def test_textures_of_different_sizes_may_be_averaged_over_rotations(rng):
    model = quick(kind="texture").fit(ragged("texture", rng), y)
    assert isinstance(model.candidates_[1]["scattering"], RotationAveraging)


@each_model
def test_a_given_transform_of_variable_size_replaces_those_of_the_kind(model, rng):
    X, scattering = ragged("sound", rng), VariableSizeScattering(Scattering1D(J=3))
    estimator = quick(model, "image", scattering=scattering).fit(X, y)
    assert_array_equal(estimator.pipeline_["scattering"].transform(X), scattering.fit_transform(X))


def test_lists_are_cross_validated(rng):
    X, folds = ragged("sound", rng), [(np.arange(16), np.arange(16, 24))]
    fresh = quick(kind="sound").fit(X[:16], y[:16]).score(X[16:], y[16:])
    assert_array_equal(cross_val_score(quick(kind="sound"), X, y, cv=folds, error_score="raise"), [fresh])


def test_pickles_predict_the_same(rng):
    X = ragged("sound", rng)
    estimator = quick(kind="sound").fit(X, y)
    assert_array_equal(outputs(pickle.loads(pickle.dumps(estimator)), X), outputs(estimator, X))


def test_a_second_fit_leaves_nothing_of_the_first(rng):
    X = ragged("sound", rng)
    frame = pd.DataFrame(rng.standard_normal((24, 64)), columns=[f"v{i}" for i in range(64)])
    reused = quick(kind="sound").fit(frame, y).fit(X, y)
    assert set(vars(reused)) == set(vars(quick(kind="sound").fit(X, y)))


# What is refused.


def changed(rng, value):
    X = ragged("sound", rng)
    X[3] = value
    return X


BAD = {
    "missing": ({}, np.full(9, np.nan), y, r"X\[3\] contains NaN"),
    "axes": ({}, np.ones((2, 3, 4)), y, r"X\[3\] has 3 axes"),
    "channels": ({}, np.ones((2, 30)), y, r"X\[3\] has 2 channels, but X\[0\] has no axis of channels"),
    "shape": ({"shape": 64}, np.ones(9), y, "shape=64, but X is a list of signals that differ in size; expected None"),
    "no y": ({}, np.ones(9), None, "requires y to be passed, but the target y is None"),
    "short y": ({}, np.ones(9), y[:9], r"inconsistent numbers of samples: \[24, 9\]"),
    "missing y": ({}, np.ones(9), np.where(y, np.nan, 1.0), "Input y contains NaN"),
    "masked y": ({}, np.ones(9), np.ma.masked_equal(y, 1), "y has masked values"),
}


@each_model
@pytest.mark.parametrize(("parameters", "value", "targets", "message"), BAD.values(), ids=BAD)
def test_lists_that_can_not_be_used_are_refused(model, parameters, value, targets, message, rng):
    with pytest.raises(ValueError, match=message):
        quick(model, "sound", **parameters).fit(changed(rng, value), targets)


def test_models_of_one_size_refuse_others(rng):
    model = ScatteringClassifier("sound", cv=2, random_state=0).fit(rng.standard_normal((24, 64)), y)
    with pytest.raises(ValueError, match=r"different lengths.*VariableSizeScattering"):
        model.predict(ragged("sound", rng))
