"""Scattering of one-dimensional signals."""

import numpy as np
import pytest
from slow_scattering import scatter_slowly

from skscat import Scattering1D, scatter
from skscat.filters import morlet_frequencies_1d, to_dense

# Grids as fine as the signal's own: nothing is subsampled before the end.
FULL = 20

each_padding = pytest.mark.parametrize("padding", ["symmetric", "reflect", "wrap", "edge", "constant"])


@pytest.mark.parametrize("length", [1, 2, 3, 17, 64, 101])
@each_padding
def test_signals_of_any_length_are_scattered_by_definition(length, padding, rng):
    plan = Scattering1D(J=1, padding=padding, oversampling=FULL).plan(length)
    x = rng.standard_normal(length)
    # Both are sums of some hundred terms in double precision.
    np.testing.assert_allclose(scatter(x, plan), scatter_slowly(x, plan), atol=1e-12)


@pytest.mark.parametrize("length", [1, 2, 3, 17, 64, 101, 211, 1000, 1009])
@each_padding
def test_coarse_grids_of_signals_of_any_length_are_accurate(length, padding, rng):
    x = rng.standard_normal((2, length))
    s, exact = (scatter(x, Scattering1D(J=1, padding=padding, oversampling=o).plan(length)) for o in (0, FULL))
    # The promise is about 1e-3; signals of a few samples scatter about it.
    assert np.linalg.norm(s - exact) <= 2e-3 * np.linalg.norm(exact)


def test_reflection_is_the_period_of_the_mirrored_signal(rng):
    x = rng.standard_normal((2, 101))
    plan = Scattering1D(J=3, padding="reflect").plan(101)
    assert plan.grid == (200,)
    mirrored = np.pad(x, ((0, 0), (0, 99)), mode="reflect")
    expected = scatter(mirrored, Scattering1D(J=3, padding="wrap").plan(200))[:, :, : plan.output_grid[0]]
    np.testing.assert_allclose(scatter(x, plan), expected, atol=1e-13)


@pytest.mark.parametrize(("length", "J"), [(8, 1), (100, 3), (1024, 7), (65536, 13)])
def test_default_scale_fits_eight_times(length, J):
    plan = Scattering1D(max_order=0).plan(length)
    assert plan.stride == (2**J,)


def test_path_count_of_the_published_bank():
    # N = 512, J = 6, Q = 16 is the test case of the published package.
    assert len(Scattering1D(J=6, Q=16, normalize="l1").plan(512).paths) == 222


def test_conventional_paths_go_to_coarser_subsampling():
    paths = Scattering1D(J=6, Q=8, max_order=3, normalize="l1").plan(1024).paths
    for m in (2, 3):
        deep = paths["order"] >= m
        assert (paths[f"j{m}"][deep] > paths[f"j{m - 1}"][deep]).all()


@pytest.mark.parametrize(("Q", "share"), [(1, 0.95), (8, 0.97)])
def test_paths_of_tight_banks_hold_the_energy_of_noise(Q, share, rng):
    plan = Scattering1D(J=7, Q=Q, max_order=3, padding="wrap", stride=16, oversampling=1).plan(4096)
    x = rng.standard_normal((4, 4096))
    assert 16 * (scatter(x, plan) ** 2).sum() >= share * (x**2).sum()


def test_rows_follow_order_and_filter_numbers():
    paths = Scattering1D(J=5, Q=2, max_order=3).plan(512).paths
    keys = [tuple(row) for row in paths[["order", "n1", "n2", "n3"]]]
    assert keys == sorted(keys)
    for row in paths[1:]:
        parent = paths[row["parent"]]
        assert parent["order"] == row["order"] - 1
        assert all(parent[f"n{m}"] == row[f"n{m}"] for m in range(1, row["order"]))


def test_q_per_order():
    a = Scattering1D(J=5, Q=4).plan(512)
    b = Scattering1D(J=5, Q=(4, 1)).plan(512)
    c = Scattering1D(J=5, Q=(4, 2)).plan(512)
    np.testing.assert_array_equal(a.paths[["n1", "n2"]], b.paths[["n1", "n2"]])
    assert len(c.banks[1].psi) == len(morlet_frequencies_1d(5, 2, tight=True))


def test_frequencies_in_hertz():
    hertz, cycles = (Scattering1D(J=5, sampling_rate=rate).plan(512).paths for rate in (8000, None))
    np.testing.assert_allclose(hertz["xi1"], 8000 * cycles["xi1"])
    np.testing.assert_allclose(hertz["sigma2"], 8000 * cycles["sigma2"])
    np.testing.assert_array_equal(hertz["j1"], cycles["j1"])


def test_feature_names_say_path_and_position(rng):
    X = rng.standard_normal((1, 2, 64))
    names = Scattering1D(J=3, sampling_rate=8000).fit(X).get_feature_names_out()
    assert names[0] == "scattering1d_c0_mean_t0"
    assert names[8] == "scattering1d_c0_xi1=2856.38_t0"
    assert names[-1].startswith("scattering1d_c1_xi1=")
    assert "_xi2=" in names[-1]
    assert names[-1].endswith("_t7")


def test_tone_is_largest_at_the_wavelet_of_its_frequency():
    t = np.arange(4096)
    for frequency in (0.01, 0.05, 0.2, 0.4):
        estimator = Scattering1D(J=8, Q=8, max_order=1, average="global").fit(t[np.newaxis])
        s = estimator.transform(np.cos(2 * np.pi * frequency * t)[np.newaxis])[0]
        found = estimator.paths_["xi1"][1:][np.argmax(s[1:])]
        # Half the spacing of eight wavelets per octave.
        assert abs(np.log2(found / frequency)) <= 1 / 16 + 1e-6


def test_moduli_are_a_scalogram(rng):
    x = rng.standard_normal((1, 300))
    estimator = Scattering1D(J=5, Q=4, max_order=1, average=None).fit(x)
    u = estimator.transform(x).reshape(estimator.output_shape_)
    assert u.shape == (len(estimator.paths_), 300)
    np.testing.assert_allclose(u[0], x[0], atol=1e-13)
    assert (u[1:] >= 0).all()


def test_averages_are_averages_of_the_moduli(rng):
    x = rng.standard_normal(512)
    plan = Scattering1D(J=4, padding="wrap", stride=1, oversampling=FULL).plan(512)
    u = scatter(x, Scattering1D(J=4, padding="wrap", average=None).plan(512))
    phi = to_dense(plan.banks[0].phi, plan.grid)[0]
    np.testing.assert_allclose(scatter(x, plan), np.fft.ifft(np.fft.fft(u) * phi).real, atol=1e-12)


def padded_by_hand(x, width, stride):
    """Outputs of the middle of a signal that is mirrored by hand over ``width`` samples on both sides."""
    return np.pad(x, ((0, 0), (width, width)), mode="symmetric"), slice(width // stride, -(width // stride))


@pytest.mark.parametrize("kind", ["noise", "random walk"])
@pytest.mark.parametrize(("length", "J", "Q"), [(1024, 6, 8), (1024, 8, 1), (4096, 5, 1), (8192, 6, 8)])
def test_default_padding_is_ample(kind, length, J, Q, rng):
    x = rng.standard_normal((4, length))
    x = np.cumsum(x, axis=1) if kind == "random walk" else x
    width = 2 ** (J + 5)
    wide, inside = padded_by_hand(x, width, 2**J)
    # At a fine sampling, so that nothing but the border is compared.
    s = scatter(x, Scattering1D(J=J, Q=Q, oversampling=3).plan(length))
    expected = scatter(wide, Scattering1D(J=J, Q=Q, oversampling=3).plan(length + 2 * width))[:, :, inside]
    assert np.abs(s - expected).max() <= 1e-3 * np.abs(expected).max()
    assert np.linalg.norm(s - expected) <= 1e-3 * np.linalg.norm(expected)


def test_constant_signal_is_its_own_average():
    S = scatter(np.full(256, 3.0), Scattering1D(J=4).plan(256))
    np.testing.assert_allclose(S[0], 3, rtol=1e-12)
    np.testing.assert_allclose(S[1:], 0, atol=1e-12)


# ---------------------------------------------------------------------------------------------------------------
# Scales beyond the signal


LONG_SCALES = pytest.mark.filterwarnings("ignore:J=:UserWarning")


@LONG_SCALES
@pytest.mark.parametrize("normalize", ["tight", "l1"])
@pytest.mark.parametrize("padding", ["wrap", "symmetric", "reflect", "edge", "constant"])
def test_paths_do_not_depend_on_the_length(normalize, padding):
    scattering = Scattering1D(J=6, Q=8, normalize=normalize, padding=padding)
    expected = scattering.plan(4096).paths
    for length in (7, 64, 100):
        paths = scattering.plan(length).paths
        for name in expected.dtype.names:
            np.testing.assert_array_equal(paths[name], expected[name])


@LONG_SCALES
@pytest.mark.parametrize("normalize", ["tight", "l1"])
@pytest.mark.parametrize("J", [5, 6, 8])
def test_filters_longer_than_the_signal_are_those_of_its_periodic_extension(normalize, J, rng):
    x = rng.standard_normal(64)
    long = np.tile(np.concatenate([x, x[::-1]]), 32)
    parameters = {"J": J, "Q": 8, "normalize": normalize, "average": "global", "oversampling": 5}
    s = scatter(x, Scattering1D(**parameters).plan(64))
    expected = scatter(long, Scattering1D(padding="wrap", **parameters).plan(len(long)))
    # Filters end at 1e-5 of their peak.
    np.testing.assert_allclose(s, expected, atol=1e-4 * expected[1:].max())


@LONG_SCALES
@pytest.mark.parametrize("T", [16, 32, 64])
def test_averaging_window_is_the_requested_one_for_short_signals(T):
    bank = Scattering1D(J=6, T=T, normalize="l1", padding="wrap").plan(64).banks[0]
    response = to_dense(bank.phi, bank.grid)[0]
    # A Gaussian of bandwidth 0.1 / T, cut at 1e-5 of its peak.
    expected = np.exp(-(np.fft.fftfreq(64) ** 2) / (2 * (0.1 / T) ** 2))
    np.testing.assert_allclose(response, expected, atol=1e-5)


def test_number_of_paths_is_the_published_one_for_short_signals():
    # Kymatio 0.3: Scattering1D(J=6, Q=8, shape=64) has 126 paths.
    assert len(Scattering1D(J=6, Q=8, normalize="l1").plan(64).paths) == 126
