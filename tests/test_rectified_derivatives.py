"""Positive and negative parts of derivatives, as channels before a scattering transform."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skscat import Scattering1D, TimeFrequencyScattering
from skscat.preprocessing import LogMedian, PathScaler, RectifiedDerivatives

SCATTERING = Scattering1D(J=3, average="global")


def flatten(x):
    return x.reshape(len(x), -1)


# The features are the signals that the transformer gets.
SIGNALS = FunctionTransformer(flatten)


def channels(X, widths=(1, 2, 4, 8), **parameters):
    """Return the signals that the transformer gets, of shape (n, channels, length), by their names."""
    estimator = RectifiedDerivatives(SIGNALS, widths=widths, **parameters)
    S = estimator.fit_transform(X)
    S = S.reshape(len(X), len(estimator.channels_), -1)
    return dict(zip(estimator.channels_, S.swapaxes(0, 1), strict=True))


def slow_derivative(x, width, order):
    """Convolve a signal, mirrored at its ends, with samples of a derivative of a Gaussian."""
    radius = int(4 * width + 0.5)
    t = np.arange(-radius, radius + 1)
    gaussian = np.exp(-(t**2) / (2 * width**2))
    gaussian /= gaussian.sum()
    derivative = {1: -t / width**2, 2: t**2 / width**4 - 1 / width**2}[order] * gaussian
    return np.convolve(np.pad(x, radius, mode="symmetric"), derivative, mode="valid")


def slow_parts(x, widths):
    """Return a signal and its rectified derivatives by explicit loops."""
    centered = [value - sum(x) / len(x) for value in x]
    waves = [centered, [x[t] - x[max(t - 1, 0)] for t in range(len(x))]]
    waves += [slow_derivative(centered, width, order) for width in widths for order in (1, 2)]
    return [x] + [[max(sign * value, 0) for value in wave] for wave in waves for sign in (1, -1)]


@pytest.mark.parametrize("widths", [(1, 2, 4, 8), (0.5,), (3.7, 1), ()])
@pytest.mark.parametrize("length", [2, 3, 7, 50])
def test_parts_are_those_of_a_slow_computation(length, widths, rng):
    X = rng.standard_normal((2, 3, length))
    S = RectifiedDerivatives(SIGNALS, widths=widths, channel_axis=0).fit_transform(X)
    # The parts of all channels follow each other: channels are the second axis.
    expected = [np.transpose([slow_parts(channel, widths) for channel in x], (1, 0, 2)) for x in X]
    # Rounding errors.
    assert_allclose(S.reshape(2, 1 + 2 * (2 + 2 * len(widths)), 3, length), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("shape", [(40,), (3, 40)])
def test_names_of_channels_tell_their_signals(shape, rng):
    X = rng.standard_normal((2, *shape))
    found = channels(X, widths=(1, 2.5))
    x = X[1, -1] if len(shape) > 1 else X[1]
    last = f"c{shape[0] - 1 if len(shape) > 1 else 0}"
    assert next(iter(found)) == "c0"
    assert_array_equal(found[last][1], x)
    assert_allclose(found[f"{last}_centered_negative"][1], np.maximum(x.mean() - x, 0), atol=1e-15)
    assert_allclose(found[f"{last}_difference_positive"][1, 1:], np.maximum(np.diff(x), 0))
    for name, order, width in (("derivative1_width1", 1, 1), ("derivative2_width2.5", 2, 2.5)):
        expected = np.maximum(-slow_derivative(x - x.mean(), width, order), 0)
        assert_allclose(found[f"{last}_{name}_negative"][1], expected, atol=1e-14)


def test_features_are_named_by_the_number_of_their_channel(rng):
    estimator = RectifiedDerivatives(SCATTERING, widths=(4,)).fit(rng.standard_normal((3, 2, 64)))
    names = estimator.get_feature_names_out()
    n_paths = len(estimator.transformer_.paths_)
    assert len(estimator.channels_) == 2 * 9
    assert [name.split("_")[1] for name in names[::n_paths]] == [f"c{c}" for c in range(2 * 9)]


def test_reversal_of_time_swaps_rises_and_falls(rng):
    X = rng.standard_normal((3, 60))
    forward, backward = channels(X), channels(X[:, ::-1])
    for width in (1, 2, 4, 8):
        name = f"c0_derivative1_width{width}"
        for one, other in (("positive", "negative"), ("negative", "positive")):
            assert_allclose(backward[f"{name}_{one}"], forward[f"{name}_{other}"][:, ::-1], atol=1e-14)
    # A difference belongs to the later of its two samples.
    expected = forward["c0_difference_negative"][:, :0:-1]
    assert_allclose(backward["c0_difference_positive"][:, 1:], expected, atol=1e-14)


def test_reversal_of_time_preserves_peaks_and_troughs(rng):
    X = rng.standard_normal((3, 60))
    forward, backward = channels(X), channels(X[:, ::-1])
    names = [name for name in forward if "derivative2" in name or "centered" in name]
    assert len(names) == 10
    for name in names:
        assert_allclose(backward[name], forward[name][:, ::-1], atol=1e-14)


def test_a_change_of_sign_swaps_positive_and_negative_parts(rng):
    X = rng.standard_normal((3, 60))
    plus, minus = channels(X), channels(-X)
    assert_array_equal(minus.pop("c0"), -plus.pop("c0"))
    opposite = {"positive": "negative", "negative": "positive"}
    for name, part in plus.items():
        wave, sign = name.rsplit("_", 1)
        assert_array_equal(minus[f"{wave}_{opposite[sign]}"], part)


def test_scattering_distinguishes_rises_from_falls_only_by_rectified_derivatives():
    # Slow rises and sudden falls, and the reverse.
    X = (np.arange(256) % 32 / 32)[np.newaxis]
    S, S_reversed = (SCATTERING.fit_transform(x) for x in (X, X[:, ::-1]))
    # The error of subsampling.
    assert np.linalg.norm(S - S_reversed) < 1e-3 * np.linalg.norm(S)
    T, T_reversed = (RectifiedDerivatives(SCATTERING).fit_transform(x) for x in (X, X[:, ::-1]))
    assert np.linalg.norm(T - T_reversed) > 0.1 * np.linalg.norm(T)


def test_channels_are_independent(rng):
    X = rng.standard_normal((4, 3, 64))
    estimator = RectifiedDerivatives(SCATTERING).fit(X)
    S = estimator.transform(X).reshape(4, 21, 3, -1)
    for c in range(3):
        assert_array_equal(S[:, :, c].reshape(4, -1), clone(estimator).fit_transform(X[:, c]))


def test_flat_rows_are_read_with_their_shape(rng):
    X = rng.standard_normal((4, 2, 32))
    expected = RectifiedDerivatives(SCATTERING).fit_transform(X)
    found = RectifiedDerivatives(SCATTERING, shape=(2, -1)).fit_transform(X.reshape(4, -1))
    assert_array_equal(found, expected)


def test_single_precision_is_preserved(rng):
    X = rng.standard_normal((4, 64)).astype(np.float32)
    estimator = RectifiedDerivatives(SCATTERING).fit(X)
    S = estimator.transform(X)
    assert S.dtype == estimator.fit_transform(X).dtype == np.float32
    double = estimator.transform(X.astype(float))
    # A hundred times the precision of float32, relative to the largest feature.
    assert_allclose(S, double, atol=1e-5 * np.abs(double).max())


@pytest.mark.parametrize(
    ("dtype", "exponent"), [(np.float32, -110), (np.float32, 120), (np.float64, -900), (np.float64, 1015)]
)
def test_features_are_proportional_to_the_amplitude(dtype, exponent, rng):
    x = rng.standard_normal((3, 64)).astype(dtype)
    estimator = RectifiedDerivatives(SCATTERING).fit(x)
    at_one, far = estimator.transform(x), estimator.transform(np.ldexp(x, exponent))
    assert np.isfinite(far).all()
    # Small features of small signals are rounded to multiples of the smallest number, 2**-149 in float32.
    assert_allclose(np.ldexp(far, -exponent), at_one, rtol=1e-5, atol=1e-6 * at_one.max())


def test_a_small_channel_beside_a_large_one_is_not_lost(rng):
    x = rng.standard_normal((3, 2, 64)).astype(np.float32)
    X = x * np.float32([[1e30], [1e-30]])
    estimator = RectifiedDerivatives(SCATTERING, channel_axis=0)
    S, expected = (estimator.fit_transform(v).reshape(3, 21, 2, -1) for v in (X, x))
    for c, factor in enumerate((1e30, 1e-30)):
        part = S[:, :, c].astype(float) / factor
        assert_allclose(part, expected[:, :, c], rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_derivatives_that_do_not_fit_are_refused():
    X = np.zeros((1, 64), np.float32)
    X[0, 3:5] = 3e38, -3e38
    with pytest.raises(ValueError, match=r"X has values of magnitude 3e\+38, whose differences do not fit float32"):
        RectifiedDerivatives(SCATTERING).fit(X)


@pytest.mark.parametrize("noise", [0, 1])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("length", [1, 100])
def test_constants_have_no_derivatives(length, dtype, noise, rng):
    levels = np.array([[0.1], [3.3], [7e3]])
    X = (levels * (1 + noise * np.finfo(dtype).eps * rng.uniform(-1, 1, (3, length)))).astype(dtype)
    found = channels(X)
    assert_array_equal(found.pop("c0"), X)
    assert not np.any(list(found.values()))


def test_an_offset_of_signals_changes_no_derivative(rng):
    X = rng.standard_normal((3, 64))
    found, shifted = channels(X), channels(X + 1e3)
    assert_allclose(shifted.pop("c0"), found.pop("c0") + 1e3)
    for name, wave in found.items():
        # The offset takes three digits.
        assert_allclose(shifted[name], wave, atol=1e-12)


def test_no_widths_leave_centered_signals_and_differences(rng):
    X = rng.standard_normal((3, 64))
    waves = ("centered_positive", "centered_negative", "difference_positive", "difference_negative")
    for widths in ((), [], np.array([])):
        assert list(channels(X, widths=widths)) == ["c0", *(f"c0_{wave}" for wave in waves)]


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_very_short_signals_are_transformed_without_a_warning_of_their_channels(length, n_channels, rng):
    X = rng.standard_normal((5, n_channels, length))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        S = RectifiedDerivatives(Scattering1D(average="global"), channel_axis=0).fit_transform(X)
    assert np.isfinite(S).all()
    assert S.shape[0] == 5
    assert S.shape[1] % (21 * n_channels) == 0


@pytest.mark.parametrize(
    "transformer",
    [
        SCATTERING,
        Scattering1D(J=3),
        TimeFrequencyScattering(J=3, Q=3, J_fr=1),
        make_pipeline(SCATTERING, LogMedian()),
        PathScaler(SCATTERING),
    ],
)
def test_any_transformer_of_signals_gets_the_channels(transformer, rng):
    X = rng.standard_normal((4, 2, 64))
    x = RectifiedDerivatives(SIGNALS).fit_transform(X).reshape(4, 42, 64)
    expected = clone(transformer).fit(x)
    estimator = RectifiedDerivatives(transformer).fit(X)
    assert_array_equal(estimator.transform(X), expected.transform(x))
    assert_array_equal(estimator.fit_transform(X), clone(transformer).fit_transform(x))
    assert_array_equal(estimator.get_feature_names_out(), expected.get_feature_names_out())


class LabelMeans(TransformerMixin, BaseEstimator):
    """Mean of the targets seen in fit."""

    def fit(self, X, y):
        self.mean_ = np.mean(y)
        return self

    def transform(self, X):
        return np.full((len(X), 1), self.mean_)


def test_targets_are_passed_to_the_transformer(rng):
    X, y = rng.standard_normal((4, 16)), np.array([0, 0, 1, 2])
    assert_array_equal(RectifiedDerivatives(LabelMeans()).fit(X, y).transform(X), 0.75)
    assert_array_equal(RectifiedDerivatives(LabelMeans()).fit_transform(X, y), 0.75)


def test_the_transformer_is_cloned(rng):
    scattering = clone(SCATTERING)
    RectifiedDerivatives(scattering).fit(rng.standard_normal((4, 64)))
    assert not hasattr(scattering, "plan_")
    assert scattering.channel_axis is None


def test_signals_are_left_as_they_are(rng):
    X = rng.standard_normal((4, 64))
    expected = X.copy()
    RectifiedDerivatives(SCATTERING).fit(X).transform(X)
    assert_array_equal(X, expected)


def test_grid_search_varies_widths_and_parameters_of_the_transformer(rng):
    # Slow rises and sudden falls, or the reverse, with a random phase.
    t = np.arange(64) + rng.integers(0, 16, (30, 1))
    X, y = t % 16 / 16, np.arange(30) % 2
    X[y == 1] = X[y == 1, ::-1]
    model = make_pipeline(RectifiedDerivatives(SCATTERING), RidgeClassifier())
    grid = {"rectifiedderivatives__widths": [(), (1, 2)], "rectifiedderivatives__transformer__J": [2, 3]}
    assert GridSearchCV(model, grid, cv=3).fit(X, y).best_score_ == 1


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ((1, 0), r"widths=\(1, 0\): expected a sequence of numbers from 0.5 to 512, eight times the length of a"),
        ((-1.0,), r"widths=\(-1.0,\): expected a sequence of numbers from 0.5"),
        ((0.4,), r"widths=\(0.4,\): expected a sequence of numbers from 0.5"),
        ((1, 513), r"widths=\(1, 513\): expected a sequence of numbers from 0.5 to 512"),
        ((np.nan,), r"widths=\(nan,\): expected a sequence of numbers"),
        ((np.inf,), r"widths=\(inf,\): expected a sequence of numbers"),
        (("a",), r"widths=\('a',\): expected a sequence of numbers"),
        ({1: 2}, r"widths=\{1: 2\}: expected a sequence of numbers"),
        (set(), r"widths=set\(\): expected a sequence of numbers"),
        (4, "The 'widths' parameter of RectifiedDerivatives must be an array-like"),
        (None, "The 'widths' parameter of RectifiedDerivatives must be an array-like"),
    ],
)
def test_bad_widths_are_named(widths, message):
    estimator = RectifiedDerivatives(SCATTERING, widths=widths)
    with pytest.raises(ValueError, match=message):
        estimator.fit(np.zeros((2, 64)))


def test_images_are_refused():
    with pytest.raises(ValueError, match=r"RectifiedDerivatives expects \(n, length\), \(n, channels, length\) or"):
        RectifiedDerivatives(SCATTERING).fit(np.zeros((2, 3, 8, 8)))


def test_signals_of_another_length_are_refused(rng):
    estimator = RectifiedDerivatives(SCATTERING).fit(rng.standard_normal((4, 2, 64)))
    with pytest.raises(ValueError, match=r"signals of shape \(2, 32\), but RectifiedDerivatives was fitted on"):
        estimator.transform(np.zeros((4, 2, 32)))


def test_a_refused_fit_is_no_fit(rng):
    estimator = RectifiedDerivatives(Scattering1D(T=999))
    with pytest.raises(ValueError, match="T=999 is longer than the signal"):
        estimator.fit(rng.standard_normal((4, 64)))
    with pytest.raises(NotFittedError):
        estimator.transform(rng.standard_normal((4, 64)))
