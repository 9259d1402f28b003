"""Standard errors of spectra, and scores of self-similarity and of time reversal on processes where they are known."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from skscat import Scattering1D, Scattering2D
from skscat.datasets import make_fbm, make_levy, make_mrw, make_poisson
from skscat.moments import ScatteringSpectra, scale_dependence, standard_error, time_asymmetry

N, LENGTH = 24, 2**12


def shot_noise():
    """Jumps that decay: neither self-similar nor reversible."""
    decays = np.exp(-np.arange(64) / 8)
    points = make_poisson(N, LENGTH, rate=0.02, random_state=0)
    return np.array([np.convolve(x, decays)[:LENGTH] for x in points])


PROCESSES = {
    "fractional Gaussian noise, H=0.3": lambda: np.diff(make_fbm(N, LENGTH, H=0.3, random_state=0)),
    "fractional Gaussian noise, H=0.7": lambda: np.diff(make_fbm(N, LENGTH, H=0.7, random_state=0)),
    "multifractal": lambda: np.diff(make_mrw(N, LENGTH, intermittency=0.05, random_state=0)),
    "stable": lambda: np.diff(make_levy(N, LENGTH, alpha=1.5, random_state=0)),
    "Poisson": lambda: make_poisson(N, LENGTH, rate=0.02, random_state=0),
    "shots": shot_noise,
}
SELF_SIMILAR = list(PROCESSES)[:4]
REVERSIBLE = list(PROCESSES)[:5]


def spectra_of(X, **parameters):
    wavelets = Scattering1D(J=7, wavelet="battle_lemarie", padding="wrap", **parameters)
    spectra = ScatteringSpectra(wavelets).fit(X)
    return spectra.transform(X), spectra.paths_


@pytest.mark.parametrize("name", SELF_SIMILAR)
def test_spectra_of_self_similar_processes_do_not_depend_on_scale(name):
    score = scale_dependence(*spectra_of(PROCESSES[name]()))
    assert abs(score.value) < 3 * score.standard_error
    assert score.standard_error < 0.02


@pytest.mark.parametrize("name", ["Poisson", "shots"])
def test_spectra_of_processes_with_a_scale_of_their_own_depend_on_scale(name):
    score = scale_dependence(*spectra_of(PROCESSES[name]()))
    assert score.value > 5 * score.standard_error


@pytest.mark.parametrize("name", REVERSIBLE)
def test_spectra_of_reversible_processes_are_real(name):
    score = time_asymmetry(*spectra_of(PROCESSES[name]()))
    assert abs(score.value) < 3 * score.standard_error
    assert score.standard_error < 0.02


def test_spectra_of_processes_with_a_direction_of_time_are_not_real():
    score = time_asymmetry(*spectra_of(shot_noise()))
    assert score.value > 20 * score.standard_error


def test_shuffled_samples_are_reversible(rng):
    X = rng.permuted(shot_noise(), axis=1)
    asymmetry, dependence = time_asymmetry(*spectra_of(X)), scale_dependence(*spectra_of(X))
    assert abs(asymmetry.value) < 3 * asymmetry.standard_error
    # At large scales, sums of independent samples tend to Gaussians.
    assert dependence.value > 5 * dependence.standard_error


@pytest.mark.parametrize("score", [scale_dependence, time_asymmetry])
def test_scores_have_no_bias(score, rng):
    # Spectra with known expectations and independent errors.
    _, paths = spectra_of(rng.standard_normal((1, 1024)))
    expected = np.where(paths["part"] == "im", 0.1, 1.0) * (1 + paths["n3"])
    exact = score(np.tile(expected, (3, 1)), paths)
    assert exact.standard_error < 1e-12
    found = [score(expected + 3 * rng.standard_normal((8, len(paths))), paths).value for _ in range(200)]
    # The ratio of unbiased estimates has a small bias.
    assert abs(np.mean(found) - exact.value) < 3 * stats.sem(found) + 0.002


@pytest.mark.parametrize("score", [scale_dependence, time_asymmetry])
def test_standard_errors_of_scores_are_their_standard_deviations(score, rng):
    _, paths = spectra_of(rng.standard_normal((1, 1024)))
    expected = np.where(paths["part"] == "im", 0.3, 1.0) * (1 + paths["n3"])
    found = [score(expected + rng.standard_normal((12, len(paths))), paths) for _ in range(200)]
    assert_allclose(np.mean([s.standard_error for s in found]), np.std([s.value for s in found]), rtol=0.15)


def test_time_asymmetry_does_not_change_with_the_direction_of_time():
    X = shot_noise()
    assert_allclose(time_asymmetry(*spectra_of(X)), time_asymmetry(*spectra_of(X[:, ::-1])), rtol=1e-6)


def test_scores_do_not_depend_on_units_or_sampling_rates():
    X = shot_noise()
    for score in (scale_dependence, time_asymmetry):
        assert_allclose(score(*spectra_of(1e-6 * X, sampling_rate=44100)), score(*spectra_of(X)), rtol=1e-6)


def test_wavelets_of_constant_bandwidth_are_left_out(rng):
    X = rng.standard_normal((3, 1024))
    spectra = ScatteringSpectra(Scattering1D(J=5, Q=1, padding="wrap")).fit(X)
    S, paths = spectra.transform(X), spectra.paths_
    # The last wavelets are wider than dilated ones; whatever their values are, the score is the same.
    S[:, paths["n3"] >= 7] = 1e3 * np.arange(3)[:, np.newaxis]
    kept = paths["n3"] < 7
    members = scale_dependence(S[:, kept], paths[kept])
    assert_allclose(scale_dependence(S, paths), members)


def test_standard_errors_are_those_of_scipy(rng):
    S = rng.standard_normal((7, 5))
    S[0, 1] = S[1:, 2] = np.nan
    S[:, 3] = np.nan
    found = standard_error(S)
    assert_allclose(found[[0, 1, 4]], stats.sem(S[:, [0, 1, 4]], nan_policy="omit"))
    assert np.isnan(found[[2, 3]]).all()


def test_outputs_that_are_not_known_are_left_out(rng):
    S, paths = spectra_of(rng.standard_normal((4, 1024)))
    missing = np.where(paths["n3"] == 3, np.nan, S)
    known = paths["n3"] != 3
    for score in (scale_dependence, time_asymmetry):
        assert_allclose(score(missing, paths), score(S[:, known], paths[known]))


@pytest.mark.parametrize("score", [scale_dependence, time_asymmetry])
def test_bad_input_is_named(score, rng):
    S, paths = spectra_of(rng.standard_normal((4, 256)))
    with pytest.raises(ValueError, match=r"S has shape \(2, .*\); expected .* at least 3 realizations"):
        score(S[:2], paths)
    with pytest.raises(ValueError, match=r"S has shape \(4, 7\); expected \d+ columns, one per path"):
        score(S[:, :7], paths)
    with pytest.raises(ValueError, match="S has no correlations with or between envelopes that are not NaN"):
        score(np.full_like(S, np.nan), paths)
    planes = ScatteringSpectra(Scattering2D(J=1, L=2, padding="wrap")).fit(rng.standard_normal((1, 16, 16)))
    for other in (planes.paths_, planes.scattering_.paths_):
        with pytest.raises(ValueError, match="paths: expected those of ScatteringSpectra of Scattering1D"):
            score(np.zeros((3, len(other))), other)
    with pytest.raises(ValueError, match=r"S has shape \(1, 3\); expected .* at least 2 realizations"):
        standard_error(np.zeros((1, 3)))


def test_scales_that_have_no_other_to_compare_with_are_named(rng):
    S, paths = spectra_of(rng.standard_normal((4, 256)))
    one = paths["n3"] == 2
    with pytest.raises(ValueError, match="paths: expected some that differ only in scale; found none"):
        scale_dependence(S[:, one], paths[one])
