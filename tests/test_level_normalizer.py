"""Signals of unit level before a transform."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import FunctionTransformer

from skscat import Scattering1D, Scattering2D, ScatteringClassifier, ScatteringRegressor
from skscat.datasets import load_spoken_digits_sample
from skscat.preprocessing import LevelNormalizer, LogMedian, PathScaler, VariableSizeScattering


def flatten(x):
    return np.asarray(x).reshape(len(x), -1)


# The features are the signals that the transformer gets.
SIGNALS = FunctionTransformer(flatten)


def level(x):
    """Root mean square of a signal, by an explicit loop."""
    values = [abs(complex(value)) ** 2 for value in np.ravel(x)]
    return (sum(values) / len(values)) ** 0.5


@pytest.mark.parametrize("shape", [(50,), (3, 50), (6, 7), (2, 4, 5, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_signals_are_divided_by_their_root_mean_square(shape, dtype, rng):
    X = (1000 * rng.standard_normal((4, *shape))).astype(dtype)
    expected = [np.ravel(x) / level(x) for x in X.astype(float)]
    found = LevelNormalizer(SIGNALS).fit_transform(X)
    # Rounding errors of single and of double precision.
    assert_allclose(found, expected, rtol=1e-5 if dtype == np.float32 else 1e-12)
    assert found.dtype == (np.float32 if dtype == np.float32 else np.float64)


def test_complex_signals_have_the_level_of_their_modulus(rng):
    Z = rng.standard_normal((3, 20)) + 1j * rng.standard_normal((3, 20))
    expected = [z / level(z) for z in Z]
    assert_allclose(LevelNormalizer(SIGNALS).fit_transform(Z), expected, rtol=1e-12)


def test_differences_of_level_between_channels_are_preserved(rng):
    X = rng.standard_normal((3, 2, 30)) * [[1], [10]]
    found = LevelNormalizer(SIGNALS).fit_transform(X).reshape(X.shape)
    assert_allclose(found[:, 1] / found[:, 0], X[:, 1] / X[:, 0], rtol=1e-12)


def test_silence_stays_silent(rng):
    X = rng.standard_normal((2, 30))
    X[0] = 0
    assert_array_equal(LevelNormalizer(SIGNALS).fit_transform(X)[0], 0)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_levels_of_any_amplitude_fit(scale, rng):
    X = rng.standard_normal((3, 30))
    assert_allclose(LevelNormalizer(SIGNALS).fit_transform(scale * X), SIGNALS.transform(X) / level_of(X), rtol=1e-12)


def level_of(X):
    return np.array([[level(x)] for x in X])


@pytest.mark.parametrize("gain", [1e-3, 0.3, 20])
@pytest.mark.parametrize(
    "transformer",
    [Scattering1D(J=3), Scattering1D(J=3, channel_axis=-1), Scattering2D(J=1, L=2), PathScaler(Scattering1D(J=3))],
    ids=["1-D", "channels last", "2-D", "scaled paths"],
)
def test_features_do_not_depend_on_the_level(transformer, gain, rng):
    X = rng.standard_normal((4, 16, 16))
    normalizer = LevelNormalizer(transformer).fit(X)
    gains = gain ** np.linspace(0, 1, 4)[:, np.newaxis, np.newaxis]
    S = normalizer.transform(X)
    # Rounding errors of the levels, relative to each coefficient, and of transforms, relative to the largest one.
    assert_allclose(normalizer.transform(gains * X), S, rtol=1e-9, atol=1e-12 * np.abs(S).max())


def test_missing_samples_are_left_out(rng):
    X = rng.standard_normal((3, 64))
    mask = np.zeros(X.shape, bool)
    mask[:, 20:30] = True
    expected = Scattering1D(J=2, nan_policy="omit").fit_transform(
        np.where(mask, np.nan, X) / [[level(x[~gap])] for x, gap in zip(X, mask, strict=True)]
    )
    normalizer = LevelNormalizer(Scattering1D(J=2, nan_policy="omit"))
    # Rounding errors of the levels.
    for values in (np.where(mask, np.nan, X), np.ma.masked_array(X, mask)):
        assert_allclose(normalizer.fit_transform(values), expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: np.where(X > 1, np.nan, X), "contains NaN. Interpolate"),
        (lambda X: np.where(X > 1, np.inf, X), "contains infinity"),
        (lambda X: np.ma.masked_greater(X, 1), "has masked values"),
        (lambda X: X[0], "Expected 2D array, got 1D array"),
        (lambda X: X[:, :0], "0 feature"),
    ],
    ids=["NaN", "infinity", "masks", "one signal", "no samples"],
)
def test_errors_are_those_of_the_transform(change, message, rng):
    with pytest.raises(ValueError, match=message):
        LevelNormalizer(Scattering1D(J=2)).fit(change(rng.standard_normal((3, 64))))


def test_lists_may_hold_signals_of_different_lengths(rng):
    X = [rng.standard_normal(n) for n in (40, 64, 100)]
    clips = VariableSizeScattering(Scattering1D(J=2))
    expected = clips.fit_transform([x / level(x) for x in X])
    assert_allclose(LevelNormalizer(clips).fit_transform([gain * x for gain, x in enumerate(X, 1)]), expected)
    masked = [np.ma.masked_greater(x, 1) for x in X]
    with pytest.raises(ValueError, match="masked values"):
        LevelNormalizer(clips).fit(masked)


def test_names_of_data_frames_are_kept(rng):
    X = pd.DataFrame(rng.standard_normal((3, 32))).rename(columns="v{}".format)
    normalizer = LevelNormalizer(Scattering1D(J=2)).fit(X)
    assert_array_equal(normalizer.feature_names_in_, X.columns)
    assert_array_equal(normalizer.get_feature_names_out(), Scattering1D(J=2).fit(X).get_feature_names_out())
    with pytest.raises(ValueError, match="feature names should match"):
        normalizer.transform(X.rename(columns={"v0": "w0"}))


class Mean(TransformerMixin, BaseEstimator):
    """A transformer that is not a scattering transform."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.abs(X).mean(axis=1, keepdims=True)


def test_other_transformers_may_be_wrapped(rng):
    X = rng.standard_normal((3, 32))
    assert_allclose(LevelNormalizer(Mean()).fit_transform(X), Mean().transform(X / level_of(X)))


def test_a_transform_needs_a_fit():
    with pytest.raises(NotFittedError):
        LevelNormalizer(Scattering1D()).transform(np.ones((2, 8)))


@pytest.mark.parametrize("scattering", [None, Scattering1D(J=6, Q=4, average="global")], ids=["default", "given"])
@pytest.mark.parametrize("model", [ScatteringClassifier, ScatteringRegressor])
def test_predictions_for_sounds_do_not_depend_on_the_level(model, scattering, rng):
    y = np.arange(24) % 2
    X = np.sin(np.arange(256) * rng.uniform(0.2, 0.3, (24, 1)) * (1 + y[:, np.newaxis]))
    estimator = model("sound", scattering=scattering, cv=2).fit(X, y)
    expected = estimator.predict(X)
    # Labels are equal; values differ by rounding errors, which the regression amplifies.
    assert_allclose(estimator.predict(1e-3 * X), expected, atol=1e-6)
    assert_allclose(estimator.predict(1000 * X), expected, atol=1e-6)


def test_spoken_digits_are_recognized_at_another_level():
    X, y = load_spoken_digits_sample(subset="train", return_X_y=True)
    X_test, y_test = load_spoken_digits_sample(subset="test", return_X_y=True)
    scattering = Scattering1D(J=9, Q=8, average="global")
    model = ScatteringClassifier("sound", scattering=scattering, random_state=0).fit(X, y)
    assert model.score(X_test, y_test) > 0.8
    # 40 dB below; without normalization, a third of the digits is recognized.
    assert_array_equal(model.predict(0.01 * X_test), model.predict(X_test))


def test_logarithms_alone_depend_on_the_level(rng):
    X = rng.standard_normal((20, 64))
    logarithms = LogMedian().fit_transform(Scattering1D(J=3).fit_transform(X))
    quiet = LogMedian().fit(Scattering1D(J=3).fit_transform(X)).transform(Scattering1D(J=3).fit_transform(0.01 * X))
    # The same offset everywhere would be harmless.
    assert np.std(logarithms - quiet) > 0.1
