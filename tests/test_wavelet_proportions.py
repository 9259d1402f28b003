"""Proportions of time in which wavelet coefficients exceed thresholds, and in which a wavelet is the strongest."""

from itertools import combinations

import numpy as np
import pytest
from numpy.polynomial.hermite_e import HermiteE
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import RidgeClassifier

from skscat.preprocessing import WaveletProportions
from skscat.preprocessing._wavelet_responses import n_positions, responses

ORDERS = range(1, 6)


def derivative(order, t):
    """Derivative of a Gaussian of standard deviation 1, not normalized."""
    return (-1) ** order * HermiteE.basis(order)(t) * np.exp(-(t**2) / 2)


def slow_responses(x, width, positions):
    """Convolve a signal, mirrored at its ends, with derivatives of a Gaussian; an array (5, n_positions)."""
    reach = int(10 * width)
    mirrored = np.pad(x - x.mean(), reach, mode="symmetric")
    t = np.arange(-reach, len(x) + reach)
    return np.array([[np.sum(derivative(order, (p - t) / width) * mirrored) for p in positions] for order in ORDERS])


def slow_dilated_responses(x, width):
    """Weighted sums of nine samples of a signal that is zero beyond its ends."""
    padded = dict(enumerate(x - x.mean()))
    u = np.zeros((5, len(x)))
    for row, order in enumerate(ORDERS):
        weights = derivative(order, np.arange(-4, 5) / 1.2)
        weights -= weights.mean()
        for p in range(len(x)):
            u[row, p] = sum(weights[k + 4] * padded.get(p - k * width, 0) for k in range(-4, 5))
    return u


def slow_proportions(u, n_thresholds):
    """Count by explicit loops, in responses (n, 5, n_positions)."""
    u = u / u.std(axis=(0, 2), keepdims=True)
    levels = (np.arange(n_thresholds) + 0.5) / n_thresholds
    thresholds = [np.quantile(u[:, k], levels) for k in range(5)]
    features = []
    for x in u:
        above = [np.mean(x[k] > threshold) for k in range(5) for threshold in thresholds[k]]
        pairs = list(combinations(x, 2))
        patterns = [*x, *((a + b) / np.sqrt(2) for a, b in pairs), *((a - b) / np.sqrt(2) for a, b in pairs)]
        winners = np.argmax(patterns + [-pattern for pattern in patterns], axis=0)
        features.append(above + [np.mean(winners == k) for k in range(50)])
    return np.array(features)


def test_proportions_are_those_of_a_slow_computation(rng):
    X = rng.standard_normal((4, 50)).cumsum(axis=1)
    u = np.array([slow_responses(x, 3, range(50)) for x in X])
    S = WaveletProportions(widths=(3,)).fit_transform(X)
    assert_allclose(S, slow_proportions(u, 8), atol=1e-12)


def test_proportions_of_dilated_wavelets_are_those_of_a_slow_computation(rng):
    X = rng.standard_normal((3, 40))
    features = WaveletProportions(5, dilated=True, widths=(1, 7)).fit_transform(X)
    for width, S in zip((1, 7), np.split(features, 2, axis=1), strict=True):
        u = np.array([slow_dilated_responses(x, width) for x in X])
        assert_allclose(S, slow_proportions(u, 5), atol=1e-12)


@pytest.mark.parametrize("width", [8, 20, 64])
def test_responses_to_wide_wavelets_are_samples_of_the_convolution(width, rng):
    x = rng.standard_normal((1, 1, 700))
    n = n_positions(700, width)
    u = next(responses(x - x.mean(), [width]))[0, 0]
    assert u.shape == (5, n)
    assert n < 700 / 2
    expected = slow_responses(x[0, 0], width, np.arange(n) * 700 / n)
    # Frequencies above the Nyquist rate of the positions.
    ratio = np.linalg.norm(u, axis=1) / np.linalg.norm(expected, axis=1)
    assert_allclose(u, expected * ratio[:, np.newaxis], atol=1e-4 * u.std())


@pytest.mark.parametrize("dilated", [False, True])
def test_at_each_time_one_pattern_is_the_strongest(dilated, rng):
    X = rng.standard_normal((5, 2, 300))
    S = WaveletProportions(dilated=dilated, widths=(2, 5)).fit_transform(X).reshape(5, 2, 2, 90)
    assert_allclose(S[..., 40:].sum(axis=3), 1)


@pytest.mark.parametrize("dilated", [False, True])
def test_no_pattern_is_the_strongest_in_constant_signals(dilated, rng):
    X = rng.standard_normal((5, 64))
    X[2] = 0.3
    S = WaveletProportions(dilated=dilated, widths=(2,)).fit_transform(X)
    assert_array_equal(S[2, 40:], 0)
    assert np.all(np.isfinite(WaveletProportions().fit_transform(np.ones((2, 16)))))


@pytest.mark.parametrize("dilated", [False, True])
def test_means_do_not_matter_nor_do_amplitudes_for_the_strongest(dilated, rng):
    X = rng.standard_normal((6, 200)).cumsum(axis=1)
    model = WaveletProportions(dilated=dilated).fit(X)
    S = model.transform(X)
    # Rounding may move a response across a threshold.
    assert_allclose(model.transform(X + 3), S, atol=0.02)
    is_strongest = ["est" in name for name in model.get_feature_names_out()]
    assert_array_equal(model.transform(8 * X)[:, is_strongest], S[:, is_strongest])
    assert not np.allclose(model.transform(8 * X), S)


def test_negative_signals_exchange_largest_and_smallest_responses(rng):
    X = rng.standard_normal((6, 100))
    model = WaveletProportions(widths=(2,)).fit(X)
    largest, smallest = np.split(model.transform(X)[:, 40:], 2, axis=1)
    assert_array_equal(model.transform(-X)[:, 40:], np.concatenate([smallest, largest], axis=1))


@pytest.mark.parametrize("dilated", [False, True])
def test_a_proportion_is_the_mean_of_those_in_segments(dilated, rng):
    X = rng.standard_normal((4, 96))
    whole, quarters = (
        WaveletProportions(n_segments=n, dilated=dilated, widths=(1, 2)).fit_transform(X) for n in (1, 4)
    )
    assert_allclose(quarters.reshape(*whole.shape, 4).mean(axis=2), whole)


def test_segments_tell_when_something_happens(rng):
    X = 0.1 * rng.standard_normal((3, 128))
    X[:, 100] += 10
    model = WaveletProportions(n_segments=4, widths=(2,)).fit(X)
    names = model.get_feature_names_out().tolist()
    peak = [names.index(f"waveletproportions_width2_d2_q0.9375_t{t}") for t in range(4)]
    # A second derivative is positive beside a peak.
    assert np.all(np.argmax(model.transform(X)[:, peak], axis=1) == 3)


def test_rises_are_distinguished_from_falls(rng):
    ramps = (np.arange(120) / 20 + rng.uniform(size=(40, 1))) % 1
    y = np.arange(40) % 2
    X = np.where(y[:, np.newaxis], -ramps, ramps) + 0.1 * rng.standard_normal(ramps.shape)
    S = WaveletProportions().fit_transform(X)
    assert RidgeClassifier().fit(S[:20], y[:20]).score(S[20:], y[20:]) == 1


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_amplitudes_may_be_of_any_size(scale, rng):
    X = rng.standard_normal((4, 64))
    features = [WaveletProportions(widths=(2, 4)).fit_transform(factor * X) for factor in (1, scale)]
    # Rounding may move a response across a threshold.
    assert_allclose(features[1], features[0], atol=0.02)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"widths": ()}, r"widths=\(\): expected at least one number"),
        ({"widths": (0.1,)}, r"widths=\(0.1,\): expected a sequence of numbers from 0.5 to"),
        ({"widths": (1.5,), "dilated": True}, r"widths=\(1.5,\): expected at least one number, whole ones"),
    ],
)
def test_invalid_widths_are_refused(parameters, message, rng):
    with pytest.raises(ValueError, match=message):
        WaveletProportions(**parameters).fit(rng.standard_normal((3, 32)))
