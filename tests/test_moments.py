"""Moments of stationary processes: estimates, exponents of known processes, gradients."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skscat import (
    HaarScattering,
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
)
from skscat.datasets import make_fbm, make_levy, make_mrw, make_poisson
from skscat.moments import ScatteringMoments, ScatteringSpectra, moments_by_scale

SIGNALS = {
    Scattering1D(J=4, Q=2): (256,),
    Scattering2D(J=2, L=4, padding="wrap"): (24, 24),
    TimeFrequencyScattering(J=4, Q=4): (256,),
    TimeFrequencyScattering(J=4, Q=4, average_frequency="global"): (256,),
    SpiralScattering(J=4, Q=4): (256,),
    RotoTranslationScattering2D(J=2, L=4): (24, 24),
}
each_scattering = pytest.mark.parametrize(
    ("scattering", "shape"), SIGNALS.items(), ids=lambda value: type(value).__name__
)


def noise(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def check_gradient(model, x):
    """Compare with a difference quotient along the gradient, where rounding matters least."""
    weights = noise(*model.fit(x).transform(x).shape)
    gradient = model.gradient(x, weights).reshape(x.shape)
    direction = gradient / np.linalg.norm(gradient)
    step = 1e-5
    change = np.sum(weights * (model.transform(x + step * direction) - model.transform(x - step * direction)))
    assert_allclose(change / (2 * step), np.linalg.norm(gradient), rtol=1e-6)


@each_scattering
def test_gradients_of_powers_equal_finite_differences(scattering, shape):
    check_gradient(ScatteringMoments(scattering, powers=(1, 2, 0.5)), noise(2, *shape))


@each_scattering
def test_weights_may_depend_on_outputs(scattering, shape):
    x = noise(2, *shape)
    for model in (ScatteringMoments(scattering, powers=(1, 2)), clone(scattering)):
        S = model.fit_transform(x)
        target, seen = noise(*S.shape), np.zeros(S.shape)

        def weights(s, index, target=target, seen=seen):
            seen[index] += s
            return s - target[index]

        assert_allclose(model.gradient(x, weights), model.gradient(x, S - target), atol=1e-12)
        assert_allclose(seen, S, atol=1e-13)


@pytest.mark.parametrize(
    ("scattering", "shape"),
    [
        (Scattering1D(J=4, Q=1, padding="wrap"), (2, 256)),
        (Scattering2D(J=3, L=3, padding="wrap"), (2, 24, 24)),
        (Scattering2D(J=2, L=4, padding="wrap"), (2, 3, 16, 16)),
    ],
)
def test_gradients_of_spectra_equal_finite_differences(scattering, shape):
    check_gradient(ScatteringSpectra(scattering), noise(*shape))


@each_scattering
def test_the_first_power_is_the_global_average(scattering, shape):
    x = noise(3, *shape)
    both = ScatteringMoments(scattering, powers=(1, 2)).fit(x)
    first = clone(scattering).set_params(average="global").fit_transform(x)
    assert_allclose(both.transform(x).reshape(*first.shape, 2)[..., 0], first, atol=1e-13)


def test_the_second_power_of_a_tight_bank_adds_up_to_the_energy():
    x = noise(2, 64, 64)
    moments = ScatteringMoments(Scattering2D(J=3, L=4, padding="wrap", max_order=1), powers=(2,)).fit(x)
    wavelets = moments.transform(x)[:, 1:].sum(axis=1)
    lowest = Scattering2D(J=3, L=4, padding="wrap", max_order=0, average="local", stride=1).fit_transform(x)
    energy = np.mean(x**2, axis=(1, 2))
    # Coarse grids cut the tails of wavelets.
    assert_allclose(wavelets + np.mean(lowest**2, axis=1), energy, rtol=1e-5)


@each_scattering
def test_names_are_unique_and_complete(scattering, shape):
    moments = ScatteringMoments(scattering, powers=(1, 2)).fit(noise(2, *shape))
    names = moments.get_feature_names_out()
    assert len(set(names)) == len(names) == len(moments.mean_) == len(moments.kinds_)
    assert names[0].endswith("_p1")
    assert names[1].endswith("_p2")


def test_partial_fits_equal_one_fit():
    X = noise(10, 256)
    whole = ScatteringMoments(Scattering1D(J=4), renormalize=True).fit(X)
    parts = ScatteringMoments(Scattering1D(J=4), renormalize=True)
    for part in np.split(X, [3, 4]):
        parts.partial_fit(part)
    assert parts.n_samples_seen_ == 10
    assert_allclose(parts.mean_, whole.mean_)
    assert_allclose(parts.standard_error_, whole.standard_error_)


@pytest.mark.parametrize(
    "parameters", [{}, {"renormalize": True}, {"powers": (1, 2, 0.5)}, {"powers": (1, 2), "renormalize": True}]
)
@pytest.mark.parametrize("scale", [1, 1e-200, 1e60])
def test_merged_moments_are_those_of_all_signals_in_any_order(parameters, scale):
    X = scale * noise(12, 2, 128)
    X[3] = 0
    whole = ScatteringMoments(Scattering1D(J=3), **parameters).fit(X)
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        parts = np.split(X, [3, 4])
        first, *others = (ScatteringMoments(Scattering1D(J=3), **parameters).fit(parts[i]) for i in order)
        for other in others:
            first.merge(other)
        assert first.n_samples_seen_ == 12
        # Sums of twelve numbers, in another order.
        assert_allclose(first.mean_, whole.mean_, rtol=1e-13)
        assert_allclose(first.standard_error_, whole.standard_error_, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:All coefficients of:UserWarning")
@pytest.mark.parametrize("renormalize", [False, True])
def test_merged_moments_of_signals_with_gaps_are_those_of_all(renormalize):
    X = noise(12, 128)
    X[:4, 20:90], X[7], X[8:, 3:5] = np.nan, np.nan, np.nan
    scattering = Scattering1D(J=3, nan_policy="omit")
    whole, *parts = (
        ScatteringMoments(scattering, renormalize=renormalize).fit(part) for part in (X, *np.split(X, [5, 8]))
    )
    merged = parts[2].merge(parts[0]).merge(parts[1])
    assert_allclose(merged.mean_, whole.mean_, rtol=1e-13)
    assert_allclose(merged.standard_error_, whole.standard_error_, rtol=1e-12)


def test_merging_is_one_more_partial_fit():
    X = noise(10, 128)
    merged, fitted = (ScatteringMoments(Scattering1D(J=3)).fit(X[:6]) for _ in range(2))
    merged.merge(ScatteringMoments(Scattering1D(J=3)).fit(X[6:]))
    fitted.partial_fit(X[6:])
    # The mean of the four signals is multiplied and divided by their number before it is merged.
    assert_allclose(merged.mean_, fitted.mean_, rtol=4e-16)
    assert_allclose(merged.standard_error_, fitted.standard_error_, rtol=1e-15)


def test_quiet_signals_are_merged_with_loud_ones():
    quiet, loud = 1e-170 * noise(5, 128), 1e60 * noise(5, 128)
    moments = [ScatteringMoments(Scattering1D(J=3), powers=(2,)).fit(X) for X in (quiet, loud)]
    expected = moments[1].mean_ / 2
    assert_allclose(clone(moments[0]).fit(quiet).merge(moments[1]).mean_, expected, rtol=1e-13)
    assert_allclose(clone(moments[1]).fit(loud).merge(moments[0]).mean_, expected, rtol=1e-13)


def test_merging_does_not_change_the_other():
    first, other = (ScatteringMoments(Scattering1D(J=3)).fit(noise(n, 128)) for n in (3, 5))
    mean = other.mean_.copy()
    first.merge(other).partial_fit(noise(2, 128))
    assert_allclose(other.mean_, mean, rtol=0)
    assert other.n_samples_seen_ == 5


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (Scattering1D(J=3), r"other=Scattering1D\(J=3\): expected a ScatteringMoments"),
        (
            ScatteringMoments(Scattering1D(J=3), renormalize=True),
            "other has renormalize=True; expected renormalize=False",
        ),
        (
            ScatteringMoments(Scattering1D(J=3, padding="wrap")),
            r"other has a plan with grid=\(64,\) instead of grid=\(128,\)",
        ),
        (ScatteringMoments(Scattering1D(J=3), powers=(2,)), r"plan with powers=\(2.0,\) instead of powers=None"),
        (ScatteringMoments(Scattering1D(J=3, Q=4)), "other has a plan with other"),
        (ScatteringMoments(Scattering1D(J=3, normalize="l1")), "other has a plan with other banks"),
    ],
)
def test_moments_that_differ_are_not_merged(other, message):
    moments = ScatteringMoments(Scattering1D(J=3)).fit(noise(2, 64))
    with pytest.raises(ValueError, match=message):
        moments.merge(other.fit(noise(2, 64)))


def test_moments_of_signals_of_another_shape_are_not_merged():
    first, other = (ScatteringMoments(Scattering1D(J=3)).fit(noise(2, n)) for n in (64, 128))
    with pytest.raises(ValueError, match=r"other has seen signals of shape \(128,\); expected \(64,\)"):
        first.merge(other)


@pytest.mark.parametrize("fitted", [0, 1])
def test_moments_that_are_not_fitted_are_not_merged(fitted):
    pair = [ScatteringMoments(Scattering1D(J=3)) for _ in range(2)]
    pair[fitted].fit(noise(2, 64))
    with pytest.raises(NotFittedError):
        pair[0].merge(pair[1])


def test_partial_fits_keep_the_parameters_of_the_first():
    X = noise(10, 256)
    parts = ScatteringMoments(Scattering1D(J=4)).fit(X[:5])
    parts.set_params(renormalize=True).partial_fit(X[5:])
    assert_allclose(parts.mean_, ScatteringMoments(Scattering1D(J=4)).fit(X).mean_)


def test_standard_errors_do_not_suffer_from_large_means():
    X = noise(50, 64)
    quiet, loud = (ScatteringMoments(Scattering1D(J=3, max_order=0)).fit(X + c).standard_error_ for c in (0, 1e8))
    assert_allclose(quiet, loud, rtol=1e-4)


def test_standard_errors_are_standard_deviations_of_means():
    X = noise(400, 128)
    means = np.array([ScatteringMoments(Scattering1D(J=3)).fit(part).mean_ for part in np.split(X, 20)])
    errors = ScatteringMoments(Scattering1D(J=3)).fit(X[:20]).standard_error_
    assert np.all(np.abs(np.log(errors / means.std(axis=0))) < np.log(2))


def test_moments_of_one_signal_have_no_standard_error():
    assert np.all(np.isnan(ScatteringMoments(Scattering1D(J=3)).fit(noise(1, 64)).standard_error_))


def by_scale(X, J=10):
    moments = ScatteringMoments(
        Scattering1D(J=J, Q=1, wavelet="battle_lemarie", padding="symmetric"), renormalize=True
    ).fit(X)
    return moments_by_scale(moments.mean_, moments.paths_)


def exponent(values):
    return np.polyfit(np.arange(len(values)), np.log2(values), 1)[0]


def by_difference(second):
    """Mean of normalized second moments for each difference of scales, of scales that sampling does not touch."""
    J = len(second)
    return [np.mean([second[j, j + step] for j in range(2, J - step)]) for step in range(1, 7)]


@pytest.mark.parametrize("H", [0.2, 0.4, 0.6, 0.8])
def test_hurst_exponents_are_recovered(H):
    first, second = by_scale(make_fbm(16, 2**16, H=H, random_state=0))
    assert abs(exponent(first[2:]) - H) < 0.05
    # Theory: proportional to 2 ** (-j / 2), once wavelets of the second order are wide enough.
    assert abs(exponent(by_difference(second)[2:]) + 0.5) < 0.1


def test_normalized_second_moments_of_a_multifractal_hardly_decay():
    _, fractal = by_scale(make_mrw(16, 2**16, intermittency=0.1, random_state=0))
    _, brownian = by_scale(make_fbm(16, 2**16, H=0.5, random_state=0))
    # A quarter of the decay of a Gaussian process: about the error of a slope from 16 realizations of a few octaves.
    assert abs(exponent(by_difference(fractal)[2:])) < 0.12
    assert exponent(by_difference(brownian)[2:]) < -0.4


@pytest.mark.parametrize("alpha", [1.2, 1.5, 1.8])
def test_stability_is_recovered(alpha):
    first, _ = by_scale(make_levy(16, 2**16, alpha=alpha, random_state=0))
    # Means of heavy tails converge slowly.
    assert abs(exponent(first[2:]) - 1 / alpha) < 0.1


def test_points_are_rare_at_fine_scales_and_noise_at_coarse_ones():
    first, _ = by_scale(make_poisson(16, 2**16, rate=0.01, random_state=0))
    # Constant in the limit of rare points only; that of noise would be -0.5.
    assert abs(exponent(first[1:4])) < 0.25
    assert abs(exponent(first[7:]) + 0.5) < 0.1


def test_spectra_distinguish_the_directions_of_time():
    decays = np.exp(-np.arange(64) / 8)
    x = np.array([np.convolve(points, decays)[:4096] for points in make_poisson(4, 4096, rate=0.02, random_state=0)])
    spectra = ScatteringSpectra(Scattering1D(J=5, Q=1, padding="wrap")).fit(x)
    forth, back = (spectra.transform(v).mean(axis=0) for v in (x, x[:, ::-1]))
    phase = np.char.find(spectra.get_feature_names_out().astype(str), "phase") >= 0
    imaginary = np.char.endswith(spectra.get_feature_names_out().astype(str), "im")
    assert_allclose(forth[~imaginary], back[~imaginary], rtol=1e-6, atol=1e-9)
    assert_allclose(forth[imaginary], -back[imaginary], atol=1e-9)
    assert np.abs(forth[phase & imaginary]).max() > 0.1


def test_spectra_of_gaussian_noise_have_the_sparsity_of_circular_gaussians():
    spectra = ScatteringSpectra(Scattering1D(J=4, Q=1, padding="wrap")).fit(noise(8, 4096))
    sparsity = spectra.transform(noise(8, 4096))[:, spectra.kinds_ == 0]
    assert_allclose(sparsity.mean(axis=0), np.sqrt(np.pi) / 2, rtol=0.02)


def test_sparsity_is_linear_in_the_signal_and_all_else_quadratic():
    x = noise(2, 512)
    spectra = ScatteringSpectra(Scattering1D(J=4, Q=1, padding="wrap")).fit(x)
    gains = np.where(spectra.kinds_ == 0, 3, 9)
    assert_allclose(spectra.transform(3 * x), gains * spectra.transform(x))


def test_the_power_spectrum_of_the_signals_of_a_fit_is_one():
    x = noise(2, 512)
    spectra = ScatteringSpectra(Scattering1D(J=4, Q=1, padding="wrap")).fit(x)
    assert_allclose(spectra.transform(x)[:, spectra.kinds_ == 1].mean(axis=0), 1, rtol=1e-12)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (ScatteringMoments(Scattering1D(), powers=(1, -1)), r"powers=\(1, -1\): expected a sequence of positive"),
        (ScatteringMoments(Scattering1D(), powers=()), r"powers=\(\): expected a sequence of positive numbers"),
        (ScatteringMoments(Scattering1D(), powers=(2, 2)), r"powers=\(2, 2\): expected numbers that differ"),
        (ScatteringSpectra(TimeFrequencyScattering(padding="wrap")), "expected Scattering1D or Scattering2D"),
        (ScatteringSpectra(Scattering1D()), r"scattering=Scattering1D\(\): expected padding='wrap'"),
        (
            ScatteringMoments(HaarScattering()),
            r"scattering=HaarScattering\(\): expected a transform with parameters av",
        ),
    ],
)
def test_bad_parameters_are_named(model, message):
    with pytest.raises(ValueError, match=message):
        model.fit(noise(2, 64))


@pytest.mark.parametrize("L", [0, 1])
def test_solid_harmonics_have_no_spectra(L):
    with pytest.raises(ValueError, match="expected Scattering1D or Scattering2D"):
        ScatteringSpectra(HarmonicScattering3D(J=1, L=L)).fit(np.ones((1, 8, 8, 8)))


@pytest.mark.parametrize("Q", [1, 2])
def test_moments_by_scale_are_means_over_octaves_and_directions(Q):
    moments = ScatteringMoments(Scattering2D(J=2, L=2, Q=Q)).fit(noise(2, 16, 16))
    first, second = moments_by_scale(moments.mean_, moments.paths_)
    paths, j1 = moments.paths_, np.floor(moments.paths_["j1"])
    finest = moments.mean_[(paths["order"] == 1) & (j1 == 0)]
    assert len(finest) == 2 * Q
    assert_allclose(first[0], finest.mean())
    assert_allclose(
        second[0, 1], moments.mean_[(paths["order"] == 2) & (j1 == 0) & (np.floor(paths["j2"]) == 1)].mean()
    )


def test_quotients_have_no_gradient():
    moments = ScatteringMoments(Scattering1D(J=3), renormalize=True).fit(noise(2, 64))
    with pytest.raises(ValueError, match="set renormalize=False for a gradient"):
        moments.gradient(noise(2, 64), moments.transform(noise(2, 64)))


def test_spectra_of_silence_are_zero():
    spectra = ScatteringSpectra(Scattering1D(J=3, Q=1, padding="wrap"))
    assert_allclose(spectra.fit_transform(np.zeros((1, 64))), 0)


@pytest.mark.parametrize(
    ("make", "parameters", "message"),
    [
        (make_fbm, {"H": 1.0}, "H=1.0: expected a number between 0 and 1"),
        (make_levy, {"alpha": 0.5}, "alpha=0.5: expected a number between 1 and 2"),
        (make_mrw, {"intermittency": 0.7}, "intermittency=0.7: expected a number between 0 and 0.5"),
        (make_poisson, {"rate": -1}, "rate=-1: expected a number between 0 and inf"),
        (make_fbm, {"n_samples": 0}, "n_samples=0: expected a whole number of at least 1"),
        (make_levy, {"length": 2.5}, "length=2.5: expected a whole number of at least 1"),
    ],
)
def test_bad_processes_are_named(make, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters)


def test_increments_of_fractional_brownian_motion_have_their_covariance():
    X = np.diff(make_fbm(400, 512, H=0.8, random_state=0), axis=1)
    lags = np.arange(5)
    measured = [np.mean(X[:, : 511 - k] * X[:, k:]) for k in lags]
    expected = 0.5 * ((lags + 1) ** 1.6 - 2 * lags**1.6 + np.abs(lags - 1) ** 1.6)
    assert_allclose(measured, expected, atol=0.03)


@pytest.mark.parametrize("make", [make_fbm, make_levy, make_mrw, make_poisson])
def test_random_state_repeats_processes(make):
    assert_allclose(make(2, 100, random_state=1), make(2, 100, random_state=1), rtol=0)
    assert not np.allclose(make(2, 100, random_state=1), make(2, 100, random_state=2))
