"""What is special to scattering of one-dimensional signals."""

import numpy as np
import pytest

from skscat import Scattering1D, scatter
from skscat.filters import morlet_ladder_1d

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("length", [1, 2, 3, 17, 64, 101, 1000, 1009])
@pytest.mark.parametrize("padding", ["symmetric", "reflect", "wrap", "edge", "constant"])
def test_any_length(length, padding):
    X = RNG.standard_normal((2, length))
    estimator = Scattering1D(J=1, padding=padding).fit(X)
    S = estimator.transform(X).reshape(2, *estimator.output_shape_)
    assert S.shape[2] == -(-length // 2)
    assert np.isfinite(S).all()


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
def test_paths_of_tight_banks_hold_the_energy_of_noise(Q, share):
    plan = Scattering1D(J=7, Q=Q, max_order=3, padding="wrap", stride=16, oversampling=1).plan(4096)
    x = RNG.standard_normal((4, 4096))
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
    assert len(c.banks[1].psi) == len(morlet_ladder_1d(5, 2, tight=True))


def test_frequencies_in_hertz():
    hertz, cycles = (Scattering1D(J=5, sampling_rate=rate).plan(512).paths for rate in (8000, None))
    np.testing.assert_allclose(hertz["xi1"], 8000 * cycles["xi1"])
    np.testing.assert_allclose(hertz["sigma2"], 8000 * cycles["sigma2"])
    np.testing.assert_array_equal(hertz["j1"], cycles["j1"])


def test_feature_names_say_path_and_place():
    X = RNG.standard_normal((1, 2, 64))
    names = Scattering1D(J=3, sampling_rate=8000).fit(X).get_feature_names_out()
    assert names[0] == "scattering1d_c0_mean_t0"
    assert names[8] == "scattering1d_c0_xi1=2856.38_t0"
    assert names[-1].startswith("scattering1d_c1_xi1=")
    assert "_xi2=" in names[-1]
    assert names[-1].endswith("_t7")


def test_tone_lights_the_wavelet_of_its_frequency():
    t = np.arange(4096)
    for frequency in (0.01, 0.05, 0.2, 0.4):
        estimator = Scattering1D(J=8, Q=8, max_order=1, average="global").fit(t[np.newaxis])
        s = estimator.transform(np.cos(2 * np.pi * frequency * t)[np.newaxis])[0]
        found = estimator.paths_["xi1"][1:][np.argmax(s[1:])]
        # Half the spacing of eight wavelets an octave.
        assert abs(np.log2(found / frequency)) <= 1 / 16 + 1e-6


def test_moduli_are_a_scalogram():
    x = RNG.standard_normal((1, 300))
    estimator = Scattering1D(J=5, Q=4, max_order=1, average=None).fit(x)
    u = estimator.transform(x).reshape(estimator.output_shape_)
    assert u.shape == (len(estimator.paths_), 300)
    np.testing.assert_allclose(u[0], x[0], atol=1e-13)
    assert (u[1:] >= 0).all()


def test_averages_are_averages_of_the_moduli():
    x = RNG.standard_normal((1, 512))
    plan = Scattering1D(J=4, padding="wrap", stride=1, oversampling=20).plan(512)
    moduli = Scattering1D(J=4, padding="wrap", average=None).plan(512)
    u, s = scatter(x, moduli)[0], scatter(x, plan)[0]
    phi = np.zeros(512)
    k = plan.banks[0].phi.low[0] + np.arange(plan.banks[0].phi.values.size)
    phi[k] = plan.banks[0].phi.values[0]
    order = plan.paths["order"]
    np.testing.assert_allclose(np.fft.ifft(np.fft.fft(u) * phi).real[order == 0], s[order == 0], atol=1e-12)


def padded_by_hand(x, width, stride):
    """Outputs of the middle of a signal that is mirrored by hand over ``width`` samples on both sides."""
    return np.pad(x, ((0, 0), (width, width)), mode="symmetric"), slice(width // stride, -(width // stride))


@pytest.mark.parametrize("kind", ["noise", "random walk"])
@pytest.mark.parametrize(("length", "J", "Q"), [(1024, 6, 8), (1024, 8, 1), (4096, 5, 1), (8192, 6, 8)])
def test_default_padding_is_ample(kind, length, J, Q):
    x = RNG.standard_normal((4, length))
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
