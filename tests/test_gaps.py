"""Signals with gaps: missing samples have no influence, and averages over the others are unbiased."""

import gc
import pickle
import warnings
import weakref

import numpy as np
import oracles
import pandas as pd
import pytest
from sklearn.base import clone
from slow_scattering import scatter_gaps_slowly

from skscat import (
    GraphScattering,
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
    scatter,
    scatter_vjp,
)
from skscat._core import _weights
from skscat._core._bridging import bridge, bridge_adjoint, plan_bridge
from skscat.datasets import make_fbm
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.preprocessing import RectifiedDerivatives, VariableSizeScattering
from skscat.streaming import scatter_recording
from skscat.synthesis import GaussianTexture, MicrocanonicalModel, ScatteringDenoiser, reconstruct

# Some signals have no samples at all; the warning has tests of its own.
pytestmark = pytest.mark.filterwarnings("ignore:All coefficients of:UserWarning")

# Every grid as fine as that of the padded signal.
FULL = 20
SHAPES = {Scattering1D: (150,), Scattering2D: (24, 22)}
PARAMETERS = {Scattering1D: {"J": 3}, Scattering2D: {"J": 2, "L": 2}}


def omitting(cls, **parameters):
    return cls(**PARAMETERS[cls] | {"nan_policy": "omit"} | parameters)


def with_gaps(cls, rng, n=4, channels=()):
    """Random walks, and a mask of single samples and one block; one signal has none, another nothing else."""
    X = rng.standard_normal((n, *channels, *SHAPES[cls])).cumsum(axis=-1)
    missing = rng.random(X.shape) < 0.02
    missing[(Ellipsis, *(slice(5, 12) for _ in SHAPES[cls]))] = True
    missing[1], missing[2] = False, True
    return X, missing


def block_mask(shape, side, share, rng):
    """Mask of blocks at random positions that hide a share of all samples."""
    missing = np.zeros(shape, bool)
    while missing.mean() < share:
        corner = [rng.integers(-side, n) for n in shape]
        missing[tuple(slice(max(a, 0), max(a + side, 0)) for a in corner)] = True
    return missing


each_class = pytest.mark.parametrize("cls", SHAPES)
each_average = pytest.mark.parametrize("average", ["local", "global", None])


@each_class
@each_average
def test_values_under_the_mask_change_nothing(cls, average, rng):
    X, missing = with_gaps(cls, rng)
    scattering = omitting(cls, average=average).fit(X)
    S, gradient = scattering.transform(np.where(missing, np.nan, X)), None
    weights = rng.standard_normal(S.shape)
    for value in (1e30, -np.inf, np.nan, 0):
        masked = np.ma.masked_array(np.where(missing, value, X), missing)
        np.testing.assert_array_equal(scattering.transform(masked), S)
        previous, gradient = gradient, scattering.gradient(masked, weights)
        if previous is not None:
            np.testing.assert_array_equal(gradient, previous)


@each_class
@each_average
def test_signals_without_gaps_give_the_coefficients_of_raise(cls, average, rng):
    X, missing = with_gaps(cls, rng)
    plain = omitting(cls, average=average, nan_policy="raise").fit(X)
    scattering = omitting(cls, average=average).fit(X)
    np.testing.assert_array_equal(scattering.transform(X), plain.transform(X))
    # The second signal has no gaps, whatever the others have.
    np.testing.assert_array_equal(scattering.transform(np.where(missing, np.nan, X))[1:2], plain.transform(X[1:2]))
    np.testing.assert_array_equal(scattering.coverage(X), 1)


@each_class
def test_masked_arrays_of_any_layout_are_arrays_with_nan(cls, rng):
    X, missing = with_gaps(cls, rng, channels=(2,))
    S = omitting(cls).fit_transform(np.where(missing, np.nan, X))
    masked = np.ma.masked_array(np.where(missing, 1e30, X), missing)
    objects = np.empty(len(X), object)
    objects[:] = list(masked)
    last = np.moveaxis(masked, 1, -1)
    flat = masked.reshape(len(X), -1)
    shape = (2, *SHAPES[cls])
    for given in (masked, list(masked), objects, pd.Series(list(masked))):
        np.testing.assert_array_equal(omitting(cls).fit_transform(given), S)
    np.testing.assert_array_equal(omitting(cls, shape=shape).fit_transform(flat), S)
    np.testing.assert_array_equal(omitting(cls, channel_axis=-1).fit_transform(last), S)
    np.testing.assert_array_equal(omitting(cls).fit(X).transform(flat), S)


def test_masked_constants_and_integers_are_missing():
    X = [[*range(40), np.ma.masked, *range(41, 64)]] * 2
    Y = np.ma.masked_equal(np.tile(np.arange(64), (2, 1)), 40)
    S = omitting(Scattering1D).fit_transform(X)
    np.testing.assert_array_equal(omitting(Scattering1D).fit_transform(Y), S)


@each_class
def test_single_precision_follows_double(cls, rng):
    X, missing = with_gaps(cls, rng)
    Y = np.ma.masked_array(X, missing)
    scattering = omitting(cls).fit(X)
    single, double = scattering.transform(Y.astype(np.float32)), scattering.transform(Y)
    assert single.dtype == scattering.coverage(Y.astype(np.float32)).dtype == np.float32
    # 24 bits, through transforms of some hundred points, and averages divided by coverages down to 1/4.
    np.testing.assert_allclose(single, double, atol=1e-5 * np.nanmax(np.abs(double)))


@each_class
@pytest.mark.parametrize("padding", ["symmetric", "wrap", "constant"])
def test_coefficients_equal_those_of_the_oracle(cls, padding, rng):
    shape = {Scattering1D: (90,), Scattering2D: (13, 11)}[cls]
    parameters = {Scattering1D: {"J": 3, "T": 4}, Scattering2D: {"J": 1, "L": 3, "max_order": 3}}[cls]
    # Padded images are large for the oracle.
    shape = shape if padding != "constant" or cls is Scattering1D else (7, 5)
    scattering = omitting(cls, **parameters, padding=padding, normalize="l1", oversampling=FULL, min_coverage=0.05)
    x = rng.standard_normal(shape).cumsum(axis=0)
    # Gaps over which coefficients are known, and in 1-D one over which they are not.
    x[(slice(3, 5), *(slice(1, 4),) * (len(shape) - 1))] = np.nan
    if cls is Scattering1D:
        x[50:76] = np.nan
    plan = scattering.plan(shape)
    expected, coverage = scatter_gaps_slowly(x, plan)
    expected[coverage < 0.05] = np.nan
    assert np.isnan(expected).mean() < 0.9
    np.testing.assert_allclose(scatter(x, plan), expected, atol=1e-9)
    fitted = scattering.fit(x[np.newaxis])
    np.testing.assert_allclose(fitted.coverage(x[np.newaxis])[0], np.clip(coverage, 0, 1).ravel(), atol=1e-9)


def test_first_order_coefficients_on_coarse_grids_approach_the_oracle(rng):
    x = rng.standard_normal(256).cumsum()
    x[100:120] = np.nan
    plan = omitting(Scattering1D, J=3, normalize="l1").plan(256)
    expected, coverage = scatter_gaps_slowly(x, plan)
    # Near the threshold, rounding decides.
    known = coverage > 0.3
    # The accuracy of coarse grids, 1e-3, and that of clipped weights, which are less smooth.
    np.testing.assert_allclose(scatter(x, plan)[known], expected[known], atol=5e-3 * expected[known].max())


@pytest.mark.parametrize("shape", [(40,), (9, 14)])
def test_bridges_equal_those_of_the_oracle(shape, rng):
    x, missing = rng.standard_normal(shape), rng.random(shape) < 0.3
    missing[2:7] = True
    gaps = plan_bridge(missing[np.newaxis])
    expected, (_, *parts) = oracles.bridge(x, missing)
    np.testing.assert_allclose(bridge(np.where(missing, 0, x)[np.newaxis], gaps)[0], expected, atol=1e-12)
    for (scale, shares, _), (expected_scale, expected_shares) in zip(gaps.neighborhoods, parts, strict=True):
        assert scale == expected_scale
        np.testing.assert_allclose(shares[0], expected_shares, atol=1e-12)


@pytest.mark.parametrize("shape", [(40,), (9, 14)])
def test_bridging_has_an_adjoint(shape, rng):
    x, g = rng.standard_normal((2, 1, *shape))
    gaps = plan_bridge(rng.random((1, *shape)) < 0.4)
    x[gaps.missing] = 0
    np.testing.assert_allclose(np.vdot(bridge(x, gaps), g), np.vdot(x, bridge_adjoint(g, gaps)))


def test_bridges_stay_between_the_samples_at_the_edges_of_a_gap():
    x = np.repeat([1.0, 3.0], 50)
    missing = np.zeros((1, 100), bool)
    missing[:, 40:60] = True
    bridged = bridge(np.where(missing, 0, x), plan_bridge(missing))[0]
    # The smallest neighborhoods have small negative weights, since they are band-limited.
    assert bridged.min() > 0.9
    assert bridged.max() < 3.1
    assert np.abs(np.diff(bridged)).max() < 0.5


@each_class
def test_constant_signals_with_gaps_have_no_coefficients(cls, rng):
    _, missing = with_gaps(cls, rng)
    scattering = omitting(cls)
    S = scattering.fit_transform(np.where(missing, np.nan, 3.7)).reshape(len(missing), *scattering.output_shape_)
    assert not np.nan_to_num(S[:, 1:]).any()
    np.testing.assert_allclose(S[:, 0][~np.isnan(S[:, 0])], 3.7)


@each_class
@pytest.mark.parametrize("exponent", [-100, 100])
def test_amplitude_only_scales_coefficients(cls, exponent, rng):
    X, missing = with_gaps(cls, rng)
    Y = np.where(missing, np.nan, X).astype(np.float32)
    scattering = omitting(cls, average="global").fit(Y)
    np.testing.assert_array_equal(
        scattering.transform(Y * np.float32(2.0**exponent)), scattering.transform(Y) * np.float32(2.0**exponent)
    )


@each_class
@each_average
def test_coefficients_with_little_coverage_are_nan(cls, average, rng):
    X, missing = with_gaps(cls, rng, channels=(2,))
    Y = np.where(missing, np.nan, X)
    for least in (0.05, 0.25, 1.0):
        scattering = omitting(cls, average=average, min_coverage=least).fit(Y)
        S, coverage = scattering.transform(Y), scattering.coverage(Y)
        np.testing.assert_array_equal(np.isnan(S), coverage < least)
    assert coverage.shape == S.shape
    assert coverage.min() == 0
    assert coverage.max() == 1


@each_class
def test_signals_without_samples_have_no_coefficients(cls, rng):
    X, missing = with_gaps(cls, rng)
    Y = np.where(missing, np.nan, X)
    scattering = omitting(cls).fit(Y)
    assert np.isnan(scattering.transform(Y)[2]).all()
    assert not scattering.coverage(Y)[2].any()
    assert not scattering.gradient(Y, np.ones((4, scattering.coverage(Y).shape[1])))[2].any()


@each_class
def test_means_of_zeroth_order_are_those_of_the_samples(cls, rng):
    X, missing = with_gaps(cls, rng)
    Y = np.where(missing, np.nan, X)
    S = omitting(cls, average="global").fit_transform(Y)[[0, 1, 3]]
    np.testing.assert_allclose(S[:, 0], np.nanmean(Y[[0, 1, 3]].reshape(3, -1), axis=1))


@each_class
def test_moduli_without_averages_are_nan_inside_gaps_only(cls, rng):
    X, missing = with_gaps(cls, rng)
    missing = missing[:1]
    scattering = omitting(cls, average=None, max_order=1)
    S = scattering.fit_transform(np.where(missing, np.nan, X[:1])).reshape(scattering.output_shape_)
    np.testing.assert_array_equal(np.isnan(S[0]), missing[0])
    inside = (slice(6, 11),) * len(SHAPES[cls])
    assert np.isnan(S[1][inside]).all()
    assert np.isfinite(S[1]).mean() > 0.4


@each_class
def test_coefficients_do_not_depend_on_the_other_signals(cls, rng):
    X, missing = with_gaps(cls, rng, n=6)
    Y = np.ma.masked_array(X, missing)
    scattering = omitting(cls, n_jobs=2).fit(Y)
    S = scattering.transform(Y)
    np.testing.assert_array_equal(np.concatenate([s for _, s in scattering.transform_blocks(Y, 1)]), S)
    np.testing.assert_array_equal(omitting(cls).fit_transform(Y), S)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(scattering)).transform(Y), S)


@each_class
def test_blocks_of_one_mask_equal_single_signals(cls, monkeypatch, rng):
    X, missing = with_gaps(cls, rng, n=7)
    Y = np.where(missing[0], np.nan, X)
    S = omitting(cls).fit_transform(Y)
    monkeypatch.setattr("skscat._core._weights.KEPT_POINTS", 0)
    monkeypatch.setattr("skscat._core._traversal.STEP_POINTS", 2**8)
    np.testing.assert_array_equal(omitting(cls).fit_transform(Y), S)


def test_weights_that_are_kept_do_not_keep_their_plan(rng):
    X, missing = with_gaps(Scattering1D, rng, n=5)
    scattering = omitting(Scattering1D).fit(X)
    scattering.transform(np.where(missing[0], np.nan, X))
    plan = weakref.ref(scattering.plan_)
    assert plan() in _weights._last_gaps
    del scattering
    gc.collect()
    assert plan() is None


@each_class
def test_weights_of_one_mask_are_not_used_for_another(cls, rng):
    X, missing = with_gaps(cls, rng, n=5)
    scattering = omitting(cls).fit(X)
    for mask in (missing[0], missing[3], missing[0]):
        Y = np.where(mask, np.nan, X)
        np.testing.assert_array_equal(scattering.transform(Y), omitting(cls).fit_transform(Y))


@each_class
def test_renormalized_coefficients_are_ratios_of_those_that_are_known(cls, rng):
    X, missing = with_gaps(cls, rng)
    Y = np.where(missing, np.nan, X)
    plain, scattering = (omitting(cls, renormalize=r).fit(Y) for r in (False, True))
    S, R = (s.transform(Y).reshape(4, *s.output_shape_) for s in (plain, scattering))
    np.testing.assert_array_equal(np.isnan(S), np.isnan(R))
    second = scattering.paths_["order"] == 2
    parents = scattering.paths_["parent"][second]
    # The floor of the divisor is 2 ** -20 of the loudest.
    np.testing.assert_allclose(R[:, second], S[:, second] / S[:, parents], rtol=1e-3)
    loud = scattering.transform(1e3 * Y).reshape(R.shape)
    np.testing.assert_allclose(loud[:, 1:], R[:, 1:], rtol=1e-9)


@each_class
@each_average
def test_gradient_equals_finite_differences(cls, average, rng):
    X, missing = with_gaps(cls, rng)
    Y = np.where(missing, np.nan, X)
    # Moduli near zero are not differentiable: a step along one direction, and few samples.
    scattering = omitting(cls, average=average).fit(Y)
    weights = rng.standard_normal(scattering.transform(Y).shape)
    gradient = scattering.gradient(Y, weights).reshape(X.shape)
    assert not gradient[missing].any()
    direction = np.where(missing, 0, rng.standard_normal(X.shape))
    up, down = (scattering.transform(Y + step * direction) for step in (1e-6, -1e-6))
    slope = np.nansum(weights * (up - down)) / 2e-6
    np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-5)


@each_class
@each_average
def test_gaps_of_complex_signals(cls, average, rng):
    X, missing = with_gaps(cls, rng)
    X = X + 1j * rng.standard_normal(X.shape).cumsum(axis=-1)
    masked = [np.ma.masked_array(np.where(missing, value, X), missing) for value in (1e30, complex(0, np.nan))]
    scattering = omitting(cls, complex_input=True, average=average).fit(X)
    S, again = map(scattering.transform, masked)
    np.testing.assert_array_equal(S, again)
    np.testing.assert_array_equal(np.isnan(S), scattering.coverage(masked[0]) < 0.25)
    assert scattering.transform(masked[0].astype(np.complex64)).dtype == np.float32
    whole = omitting(cls, complex_input=True, average=average, nan_policy="raise").fit_transform(X)
    np.testing.assert_array_equal(S[1], whole[1])
    # A constant phase changes nothing but the signal itself.
    if average is not None:
        np.testing.assert_allclose(scattering.transform(masked[0] * 1j), S, atol=1e-9)
    weights = rng.standard_normal(S.shape)
    gradient = scattering.gradient(masked[0], weights).reshape(X.shape)
    assert not gradient[missing].any()
    direction = np.where(missing, 0, rng.standard_normal(X.shape) + 1j * rng.standard_normal(X.shape))
    up, down = (scattering.transform(masked[0] + step * direction) for step in (1e-6, -1e-6))
    slope = np.nansum(weights * (up - down)) / 2e-6
    np.testing.assert_allclose(np.sum((gradient.conj() * direction).real), slope, rtol=1e-5)


def test_powers_of_complex_signals_with_gaps(rng):
    X, missing = with_gaps(Scattering1D, rng)
    X = np.where(missing, np.nan, X + 1j * rng.standard_normal(X.shape))
    moments = ScatteringMoments(omitting(Scattering1D, complex_input=True), powers=(1, 2)).fit(X)
    S = moments.transform(X)[[0, 3]]
    np.testing.assert_allclose(S[:, 0], np.abs(np.nanmean(X[[0, 3]], axis=1)))
    np.testing.assert_allclose(S[:, 1], np.nanmean(np.abs(X[[0, 3]]) ** 2, axis=1))
    weights = rng.standard_normal((4, S.shape[1]))
    direction = rng.standard_normal(X.shape) + 1j * rng.standard_normal(X.shape)
    gradient = moments.gradient(X, weights).reshape(X.shape)
    up, down = (moments.transform(X + step * direction) for step in (1e-6, -1e-6))
    slope = np.nansum(weights * (up - down)) / 2e-6
    np.testing.assert_allclose(np.sum((gradient.conj() * direction).real), slope, rtol=1e-5)


def test_gradient_of_every_sample_equals_finite_differences(rng):
    x = rng.standard_normal(40)
    x[[3, 20, 21, 22, 23]] = np.nan
    plan = omitting(Scattering1D, J=2, min_coverage=0.1).plan(40)
    s = scatter(x, plan)
    g = np.where(np.isnan(s), 0, rng.standard_normal(s.shape))
    expected = oracles.numerical_gradient(lambda x: np.nansum(g * scatter(x, plan), axis=(1, 2)), x)
    np.testing.assert_allclose(scatter_vjp(x, g, plan), np.where(np.isnan(x), 0, expected), atol=1e-7)


def test_weights_of_a_gradient_may_be_a_function_of_outputs(rng):
    X, missing = with_gaps(Scattering1D, rng, channels=(2,))
    Y = np.where(missing, np.nan, X)
    scattering = omitting(Scattering1D).fit(Y)
    S = scattering.transform(Y)
    expected = scattering.gradient(Y, 2 * S)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(scattering.gradient(Y, lambda s, index: 2 * s), expected, atol=1e-9)
    seen = np.full(S.shape, np.inf)

    def record(s, index):
        seen[index] = s
        return s

    scattering.gradient(Y, record)
    np.testing.assert_allclose(seen, S, atol=1e-12)


# ---------------------------------------------------------------------------------------------------------------
# Moments of processes


def frequencies(*shape):
    """Magnitudes of the frequencies of a periodic grid, in cycles per period."""
    return np.sqrt(sum(f**2 for f in np.meshgrid(*[np.fft.fftfreq(n, 1 / n) for n in shape], indexing="ij")))


def gaussian_fields(n, shape, exponent, rng):
    """Periodic Gaussian fields of unit variance whose power falls with the frequency, above four cycles."""
    k, axes = np.maximum(frequencies(*shape), 4), tuple(range(1, len(shape) + 1))
    white = np.fft.fftn(rng.standard_normal((n, *shape)), axes=axes)
    fields = np.fft.ifftn(white * k ** (-exponent / 2), axes=axes).real
    return fields / fields.std()


def lognormal_fields(n, side, rng):
    return np.exp(gaussian_fields(n, (side, side), 3, rng))


PROCESSES = {
    "brownian": (Scattering1D(J=6), lambda rng: make_fbm(12, 2048, H=0.5, random_state=0), 64),
    "lognormal": (Scattering2D(J=4, L=2), lambda rng: lognormal_fields(6, 96, rng), 16),
}


# The shares of moments of first and second order that are known at least. Scattered gaps leave few of second order:
# moduli of fine wavelets are near gaps everywhere.
@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize(
    ("kind", "share", "first", "second"),
    [
        ("scattered", 0.05, 1, 1),
        ("scattered", 0.2, 1, 0.5),
        ("scattered", 0.4, 0.75, 0.15),
        ("blocks", 0.05, 1, 1),
        ("blocks", 0.2, 1, 0.9),
        ("blocks", 0.4, 0.75, 0.3),
    ],
)
def test_moments_are_within_two_standard_errors_of_those_without_gaps(process, kind, share, first, second, rng):
    scattering, make, side = PROCESSES[process]
    X = make(rng)
    if kind == "scattered":
        missing = rng.random(X.shape) < share
    else:
        missing = np.stack([block_mask(X.shape[1:], side, share, rng) for _ in X])
    whole = ScatteringMoments(scattering).fit(X[:1])
    gappy = ScatteringMoments(clone(scattering).set_params(nan_policy="omit")).fit(X[:1])
    samples = gappy.transform(np.where(missing, np.nan, X)), whole.transform(X)
    # Those known for every realization: of fewer realizations, averages differ for other reasons.
    known, order = np.isfinite(samples[0]).all(axis=0), whole.paths_["order"]
    assert known[order == 0].all()
    assert known[order == 1].mean() >= first
    assert known[order == 2].mean() >= second
    means = [s[:, known].mean(axis=0) for s in samples]
    errors = [s[:, known].std(axis=0, ddof=1) / np.sqrt(len(X)) for s in samples]
    assert np.all(np.abs(means[0] - means[1]) < 2 * np.hypot(*errors))
    # Chance errors are smaller in averages over paths. What is left is a bias, of up to 3.3 % in these cases.
    for m in (1, 2):
        assert abs(np.mean((means[0] / means[1])[order[known] == m]) - 1) < 0.04


def test_moments_leave_out_signals_whose_moments_are_not_known(rng):
    X = rng.standard_normal((5, 256))
    Y = X.copy()
    Y[1] = np.nan
    Y[3, 100:] = np.nan
    for renormalize in (False, True):
        moments = ScatteringMoments(omitting(Scattering1D, J=5), renormalize=renormalize).fit(Y)
        S = moments.transform(Y)
        counts = np.isfinite(S).sum(axis=0)
        # Means are known of all signals but one, moduli near the long gap of all but two.
        assert set(counts) == {3, 4}
        if not renormalize:
            np.testing.assert_allclose(moments.mean_, np.nanmean(S, axis=0))
        np.testing.assert_allclose(moments.standard_error_, np.nanstd(S, axis=0, ddof=1) / np.sqrt(counts))
        parts = ScatteringMoments(omitting(Scattering1D, J=5), renormalize=renormalize)
        for part in (Y[:2], Y[2:]):
            parts.partial_fit(part)
        np.testing.assert_allclose(parts.mean_, moments.mean_)
        np.testing.assert_allclose(parts.standard_error_, moments.standard_error_)
        assert parts.n_samples_seen_ == 5


def test_moments_of_no_samples_are_nan():
    moments = ScatteringMoments(omitting(Scattering1D)).fit(np.full((2, 64), np.nan))
    assert np.isnan(moments.mean_).all()
    assert np.isnan(moments.standard_error_).all()


def test_moments_have_a_coverage(rng):
    X, missing = with_gaps(Scattering1D, rng)
    Y = np.where(missing, np.nan, X)
    moments = ScatteringMoments(omitting(Scattering1D), powers=(1, 2)).fit(Y)
    coverage = moments.coverage(Y)
    np.testing.assert_array_equal(np.isnan(moments.transform(Y)), coverage < 0.25)
    np.testing.assert_array_equal(coverage[:, ::2], coverage[:, 1::2])


def test_moments_of_powers_are_weighted_means_of_powers(rng):
    X, missing = with_gaps(Scattering1D, rng)
    Y = np.where(missing, np.nan, X)
    moments = ScatteringMoments(omitting(Scattering1D), powers=(1, 2)).fit(Y)
    squares = moments.transform(Y)[[0, 3], 1]
    np.testing.assert_allclose(squares, np.nanmean(Y[[0, 3]] ** 2, axis=1))


# ---------------------------------------------------------------------------------------------------------------
# Scattering spectra and Gaussian textures


def spectra(cls, **parameters):
    return ScatteringSpectra(omitting(cls, padding="wrap", **parameters))


@each_class
def test_spectra_do_not_depend_on_missing_samples(cls, rng):
    X, missing = with_gaps(cls, rng)
    S = spectra(cls).fit_transform(np.where(missing, np.nan, X))
    np.testing.assert_array_equal(
        spectra(cls).fit_transform(np.ma.masked_array(np.where(missing, 1e30, X), missing)), S
    )
    assert np.isnan(S[2]).all()
    assert np.isfinite(S[[0, 1, 3]]).mean() > 0.9


@each_class
def test_spectra_of_signals_without_gaps_are_those_of_raise(cls, rng):
    X, _ = with_gaps(cls, rng)
    plain = spectra(cls, nan_policy="raise").fit(X)
    np.testing.assert_array_equal(spectra(cls).fit(X).transform(X), plain.transform(X))


def test_spectra_with_gaps_tend_to_those_without(rng):
    X = gaussian_fields(8, (1024,), 2, rng)
    missing = np.stack([block_mask((1024,), 30, 0.1, rng) for _ in X])
    whole = spectra(Scattering1D, J=4).fit(X)
    gappy = spectra(Scattering1D, J=4).fit(np.where(missing, np.nan, X))
    # Root mean squares over the samples that are left, a few percent of which are chance.
    np.testing.assert_allclose(gappy.sigma_, whole.sigma_, rtol=0.1)
    S, T = (s.transform(np.where(m, np.nan, X)) for s, m in ((gappy, missing), (whole, False)))
    error = T.std(axis=0, ddof=1) / np.sqrt(len(T))
    assert np.isfinite(S).all()
    assert np.mean(np.abs(S.mean(axis=0) - T.mean(axis=0)) < 2 * error) > 0.9


@each_class
def test_gradient_of_spectra_equals_finite_differences(cls, rng):
    X, missing = with_gaps(cls, rng)
    Y = np.where(missing, np.nan, X)
    representation = spectra(cls).fit(Y)
    weights = rng.standard_normal(representation.transform(Y).shape)
    gradient = representation.gradient(Y, weights).reshape(X.shape)
    assert not gradient[missing].any()
    direction = np.where(missing, 0, rng.standard_normal(X.shape))
    up, down = (representation.transform(Y + step * direction) for step in (1e-6, -1e-6))
    np.testing.assert_allclose(np.sum(gradient * direction), np.nansum(weights * (up - down)) / 2e-6, rtol=1e-5)


@pytest.mark.parametrize("kind", ["scattered", "block"])
def test_gaussian_textures_learn_the_spectrum_of_masked_maps(kind, rng):
    X = gaussian_fields(20, (48, 48), 3, rng) + 5
    missing = rng.random(X.shape) < 0.2 if kind == "scattered" else np.zeros(X.shape, bool)
    missing[:, 10:30, 15:33] |= kind == "block"
    whole = GaussianTexture(method="noise").fit(X)
    masked = GaussianTexture(method="noise", nan_policy="omit").fit(
        np.ma.masked_array(np.where(missing, 1e30, X), missing)
    )
    np.testing.assert_allclose(masked.mean_, X[~missing].mean())
    k = frequencies(48, 48)
    for low, high in ((1, 4), (4, 8), (8, 24)):
        band = (k >= low) & (k < high)
        power, expected = (np.sum(np.abs(model._spectra[..., band]) ** 2) for model in (masked, whole))
        # Up to chance, and errors of bridges of single pixels at the highest frequencies.
        assert abs(power / expected - 1) < 0.1
    assert np.isfinite(masked.sample(2, random_state=0)).all()


def test_gaussian_textures_of_examples_without_gaps_are_those_of_raise(rng):
    X = rng.standard_normal((2, 3, 16, 16))
    plain, omit = (GaussianTexture(nan_policy=policy).fit(X) for policy in ("raise", "omit"))
    np.testing.assert_array_equal(omit.sample(2, random_state=0), plain.sample(2, random_state=0))


def test_gaussian_textures_need_samples():
    X = np.zeros((2, 3, 8, 8))
    X[1, 2] = np.nan
    with pytest.raises(ValueError, match=r"X\[1\] has no values in channel 2; expected some in every channel"):
        GaussianTexture(nan_policy="omit").fit(X)


# ---------------------------------------------------------------------------------------------------------------
# What is refused, and what is said


GAPPY = [
    Scattering1D(J=2),
    Scattering2D(J=1, L=2),
    ScatteringMoments(Scattering2D(J=1, L=2)),
    ScatteringSpectra(Scattering2D(J=1, L=2, padding="wrap")),
    GaussianTexture(),
]
each_estimator = pytest.mark.parametrize("estimator", GAPPY, ids=lambda e: type(e).__name__)


def set_policy(estimator, policy):
    name = "scattering__nan_policy" if hasattr(estimator, "scattering") else "nan_policy"
    return estimator.set_params(**{name: policy})


@each_estimator
def test_errors_of_raise_point_to_omit(estimator, rng):
    X = rng.standard_normal((3, 16, 16))
    X[1, 2, 3] = np.nan
    estimator = set_policy(estimator, "raise")
    advice = r'(Interpolate|Impute missing pixels).* Set nan_policy="omit" to leave them out'
    with pytest.raises(ValueError, match=rf"Input X contains NaN\. {advice}"):
        estimator.fit(X.reshape(3, -1))
    with pytest.raises(ValueError, match=r'X has masked values; .* Set nan_policy="omit" to leave them out'):
        estimator.fit(np.ma.masked_invalid(X).reshape(3, -1))


@pytest.mark.parametrize("estimator", GAPPY[:4], ids=lambda e: type(e).__name__)
def test_an_inverted_mask_is_warned_of(estimator, rng):
    X, valid = rng.standard_normal((3, 16, 16)), np.ones((16, 16), bool)
    valid[4:8] = False
    masks = np.array([~valid, ~valid, valid])  # the last one is inverted
    X[np.broadcast_to(~valid, X.shape)] = np.nan
    message = (
        r"All coefficients of 1 of 3 signals are NaN, .* Masks are True where values are invalid, .* invert it. "
        r".*decrease min_coverage=0.25"
    )
    estimator = set_policy(clone(estimator), "omit")
    if estimator.get_params().get("average"):
        estimator.set_params(average="global")
    row = np.ma.masked_array(X, masks).reshape(3, -1)
    with pytest.warns(UserWarning, match=message):
        S = estimator.fit(row).transform(row)
    np.testing.assert_array_equal(np.isnan(S).all(axis=1), [False, False, True])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator.fit(row[:2]).transform(row[:2])


def test_segments_without_samples_are_not_warned_of(rng):
    x = rng.standard_normal(4000)
    x[1000:3000] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(scatter_recording(x, Scattering1D(J=3, nan_policy="omit"), block_length=500))


WRAPPERS = [
    RectifiedDerivatives(Scattering1D(J=2, nan_policy="omit")),
    ScatteringDenoiser(Scattering2D(J=1, L=2, average="global", nan_policy="omit")),
    MicrocanonicalModel(Scattering2D(J=1, L=2, average="global", nan_policy="omit")),
    MicrocanonicalModel(Scattering2D(J=1, L=2, average="global")),
]


@pytest.mark.parametrize("estimator", WRAPPERS)
def test_wrappers_that_take_no_gaps_say_so(estimator, rng):
    X = rng.standard_normal((3, 64) if hasattr(estimator, "widths") else (3, 16, 16))
    gappy = X.copy()
    gappy[1, 2] = np.nan
    message = f"{type(estimator).__name__} takes no signals with gaps, whatever the nan_policy .*ScatteringInpainter"
    for given in (gappy, np.ma.masked_invalid(gappy)):
        with pytest.raises(ValueError, match=message):
            clone(estimator).fit(given)
        fitted = clone(estimator).fit(X)
        with pytest.raises(ValueError, match=message):
            (fitted.transform if hasattr(fitted, "transform") else fitted.relative_errors)(given)


def test_rows_of_variable_size_do_not_point_to_a_policy_that_is_refused(rng):
    X = rng.standard_normal((3, 256))
    X[1, 2] = np.nan
    with pytest.raises(ValueError, match="Interpolate values that are missing") as error:
        VariableSizeScattering(Scattering1D(J=2)).fit(X)
    assert "nan_policy" not in str(error.value)


def test_reconstruction_says_that_coefficients_in_gaps_are_not_numbers(rng):
    X = rng.standard_normal((1, 64))
    X[0, 20:50] = np.nan
    scattering = Scattering1D(J=2, nan_policy="omit").fit(X)
    with pytest.raises(ValueError, match=r"as coefficients of signals with gaps may be; .*ScatteringInpainter"):
        reconstruct(scattering.transform(X), scattering)


def test_graphs_take_no_missing_values(rng):
    X = rng.standard_normal((2, 16))
    X[0, 2] = np.nan
    graph = np.roll(np.eye(16), 1, axis=0) + np.roll(np.eye(16), -1, axis=0)
    message = r"Graphs take no gaps. .* remove their nodes from the graph and from X"
    for given in (X, np.ma.masked_invalid(X)):
        with pytest.raises(ValueError, match=message):
            GraphScattering(graph, J=1).fit(given)


@each_estimator
def test_infinity_is_always_refused(estimator, rng):
    X = rng.standard_normal((3, 256))
    for value in (np.inf, -np.inf):
        X[1, 2] = value
        for policy in ("raise", "omit"):
            with pytest.raises(ValueError, match="Input X contains infinity"):
                set_policy(estimator, policy).fit(X)


@each_estimator
@pytest.mark.parametrize("policy", ["raise", "omit"])
def test_tags_follow_the_policy(estimator, policy):
    assert set_policy(estimator, policy).__sklearn_tags__().input_tags.allow_nan == (policy == "omit")


@pytest.mark.parametrize(
    ("estimator", "advice"),
    [
        (TimeFrequencyScattering(), "np.interp.* Scattering1D leaves them out"),
        (SpiralScattering(Q=4), "np.interp.* Scattering1D leaves them out"),
        (RotoTranslationScattering2D(), "Impute missing pixels.* Scattering2D leaves them out"),
        (HarmonicScattering3D(), "Impute missing voxels.* No transform of volumes leaves them out"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_other_transforms_say_which_take_gaps(estimator, advice):
    X = np.zeros((2, 4096))
    X[1, 2] = np.nan
    with pytest.raises(ValueError, match=rf"Input X contains NaN\. .*{advice}"):
        estimator.fit(X)


def test_moments_of_other_transforms_have_no_coverage(rng):
    moments = ScatteringMoments(TimeFrequencyScattering(J=2, Q=2, J_fr=1)).fit(rng.standard_normal((2, 64)))
    with pytest.raises(
        ValueError, match=r"scattering=TimeFrequencyScattering.*: expected Scattering1D or Scattering2D"
    ):
        moments.coverage(rng.standard_normal((2, 64)))


@pytest.mark.parametrize(("name", "value"), [("nan_policy", "propagate"), ("min_coverage", 0), ("min_coverage", 1.1)])
@each_class
def test_unknown_policies_and_coverages_are_refused(cls, name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of {cls.__name__} must be"):
        omitting(cls, **{name: value}).fit(np.zeros((2, *SHAPES[cls])))


def test_fitted_estimators_keep_their_policy(rng):
    X, missing = with_gaps(Scattering1D, rng)
    Y = np.where(missing, np.nan, X)
    omit, plain = omitting(Scattering1D).fit(Y), omitting(Scattering1D, nan_policy="raise").fit(X)
    S = omit.transform(Y)
    np.testing.assert_array_equal(omit.set_params(nan_policy="raise").transform(Y), S)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        plain.set_params(nan_policy="omit").transform(Y)


def test_gradients_of_renormalized_coefficients_are_refused(rng):
    X, _ = with_gaps(Scattering1D, rng)
    scattering = omitting(Scattering1D, renormalize=True).fit(X)
    with pytest.raises(ValueError, match="renormalize=True divides outputs by each other"):
        scattering.gradient(X, scattering.transform(X))
