"""Filter banks: zero means, frame bounds, shapes."""

import numpy as np
import pytest

from skscat.filters import (
    FilterBank,
    battle_lemarie_bank_1d,
    frame_bounds,
    gaussian_lowpass_1d,
    gaussian_lowpass_2d,
    gaussian_lowpass_3d,
    littlewood_paley,
    morlet_bank_1d,
    morlet_bank_2d,
    morlet_frequencies_1d,
    solid_harmonic_bank,
    spiral_bank,
    tighten,
    to_dense,
)

LINES = {
    **{
        f"morlet J={J} Q={Q} N={N}": lambda N=N, J=J, Q=Q, **k: morlet_bank_1d(N, J, Q, **k)
        for N, J, Q in [(1024, 6, 8), (1000, 5, 1), (997, 7, 2), (64, 6, 16), (5, 1, 1), (2, 1, 1)]
    },
    **{
        f"spline J={J} N={N}": lambda N=N, J=J, **k: battle_lemarie_bank_1d(N, J, **k)
        for N, J in [(1024, 6), (999, 3), (16, 4)]
    },
}
PLANES = {
    f"morlet {grid} J={J} L={L} Q={Q}": lambda grid=grid, J=J, L=L, Q=Q, **k: morlet_bank_2d(grid, J, L, Q, **k)
    for grid, J, L, Q in [
        ((48, 48), 3, 8, 1),
        ((32, 47), 2, 6, 1),
        ((64, 64), 3, 4, 2),
        ((33, 33), 5, 5, 1),
        ((64, 64), 3, 16, 1),
        ((4, 4), 1, 2, 1),
    ]
}
VOLUMES = {
    f"harmonic {grid} J={J} L={L} sigma_0={sigma_0}": (
        lambda grid=grid, J=J, L=L, sigma_0=sigma_0, **k: solid_harmonic_bank(grid, J, L, sigma_0, **k)
    )
    for grid, J, L, sigma_0 in [
        ((16, 16, 16), 2, 3, 1),
        ((12, 15, 20), 1, 2, 0.7),
        ((15, 15, 15), 1, 5, 2),
        ((9, 8, 7), 0, 0, 1),
        ((4, 1, 3), 1, 2, 1),
    ]
}
BANKS = {**LINES, **PLANES, **VOLUMES}


@pytest.mark.parametrize("make", BANKS.values(), ids=BANKS)
def test_tight_banks_preserve_the_norm_at_every_frequency(make):
    np.testing.assert_allclose(littlewood_paley(make()), 1, atol=1e-6)


@pytest.mark.parametrize("make", BANKS.values(), ids=BANKS)
def test_wavelets_have_zero_mean(make):
    bank = make()
    for psi in bank.psi:
        assert np.abs(to_dense(psi, bank.grid)[(slice(None), *(0,) * len(bank.grid))]).max() < 1e-12


@pytest.mark.parametrize("make", BANKS.values(), ids=BANKS)
def test_low_pass_is_symmetric_and_one_at_zero(make):
    bank = make()
    phi = to_dense(bank.phi, bank.grid)[0]
    assert phi.flat[0] == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(phi, np.roll(np.flip(phi), 1, axis=tuple(range(phi.ndim))), atol=1e-12)


@pytest.mark.parametrize("make", BANKS.values(), ids=BANKS)
def test_tight_filters_are_bounded(make):
    # One analytic filter alone at a frequency has |psi|^2 / 2 = 1.
    assert max(np.abs(psi.values).max() for psi in make().psi) <= np.sqrt(2) * (1 + 1e-9)


@pytest.mark.parametrize(
    "make", [lambda: morlet_bank_1d(4096, 8, 8), lambda: morlet_bank_1d(4096, 8, 1)], ids=["Q=8", "Q=1"]
)
def test_tight_wavelets_keep_their_center_frequencies(make):
    bank = make()
    for psi, row in zip(bank.psi, bank.table, strict=True):
        k = psi.low[0] + np.arange(psi.values.shape[1])
        peak = k[np.argmax(psi.values[0])] / bank.grid[0]
        assert abs(peak - row["xi"]) <= row["sigma"]


def test_tight_wavelets_of_the_plane_are_local():
    bank = morlet_bank_2d((64, 64), J=2, L=8)
    y, x = np.meshgrid(*[np.fft.fftfreq(64, 1 / 64)] * 2, indexing="ij")
    for psi, row in zip(bank.psi, bank.table, strict=True):
        energy = np.abs(np.fft.ifft2(to_dense(psi, bank.grid)[0])) ** 2
        far = np.hypot(y, x) > 8 * 2 ** row["j"]
        assert energy[far].sum() < 1e-3 * energy.sum()


@pytest.mark.parametrize(("T", "lower"), [(16, 1), (64, 1), (256, 0)])
def test_averaging_longer_than_the_wavelets_contracts(T, lower):
    low, high = frame_bounds(morlet_bank_1d(1024, 6, 4, T=T))
    assert high <= 1 + 1e-9
    assert low >= lower - 1e-9
    if lower == 0:
        assert low < 0.9


def test_conventional_wavelets_have_unit_l1_norm():
    bank = morlet_bank_1d(1024, 6, 8, normalize="l1")
    for psi in bank.psi:
        assert np.abs(np.fft.ifft(to_dense(psi, (1024,))[0])).sum() == pytest.approx(1, abs=1e-4)


def test_conventional_banks_do_not_preserve_the_norm():
    # The published bounds, which tight banks correct: nearly zero at the Nyquist frequency and in the corners.
    assert frame_bounds(morlet_bank_1d(1024, 6, 8, normalize="l1"))[0] < 1e-3
    low, high = frame_bounds(morlet_bank_2d((64, 64), 4, 8, normalize="l1"))
    assert low == pytest.approx(0.123, abs=1e-3)
    assert high > 1.01


def test_ladder_has_q_wavelets_per_octave():
    ladder = morlet_frequencies_1d(8, 12, tight=True)
    geometric = ladder["sigma"] > ladder["sigma"].min()
    np.testing.assert_allclose(ladder["xi"][:-1][geometric[1:]] / ladder["xi"][1:][geometric[1:]], 2 ** (1 / 12))
    assert (np.diff(ladder["xi"]) < 0).all()


@pytest.mark.parametrize("J", [3, 6])
def test_ladder_ends_with_the_bandwidth_of_the_largest_scale(J):
    assert morlet_frequencies_1d(J, 4, tight=True)["sigma"][-1] == pytest.approx(0.1 / 2**J)


def test_angles_divide_180_degrees_evenly():
    table = morlet_bank_2d((32, 32), 2, 8).table
    first = table[table["j"] == 0]["angle"]
    np.testing.assert_allclose(np.sort(first), np.pi * np.arange(-4, 4) / 8)


@pytest.mark.parametrize("normalize", ["tight", "l1"])
def test_rotation_by_90_degrees_permutes_the_wavelets(normalize):
    bank = morlet_bank_2d((32, 32), 2, 8, normalize=normalize)
    for n, row in enumerate(bank.table):
        rotated = np.roll(np.rot90(to_dense(bank.psi[n], bank.grid)[0]), 1, axis=0)
        other = n - row["theta"] + (row["theta"] + 4) % 8
        same = to_dense(bank.psi[other], bank.grid)[0]
        mirrored = np.roll(np.flip(same), 1, axis=(0, 1))
        # Filters are cut at 1e-5 of their peak, a little differently after a rotation.
        assert min(np.abs(rotated - same).max(), np.abs(rotated - mirrored).max()) < 3e-5


def test_plane_banks_have_q_wavelets_per_octave():
    bank = morlet_bank_2d((64, 64), J=3, L=4, Q=2)
    assert len(bank.psi) == 3 * 2 * 4
    np.testing.assert_allclose(bank.table["j"][::4], np.arange(6) / 2)


def test_spline_wavelets_telescope():
    # |phi_j|^2 = |phi_{j+1}|^2 + what the wavelet of scale j adds.
    fine, coarse = (battle_lemarie_bank_1d(512, J, normalize="l1") for J in (3, 4))
    added = 0.5 * to_dense(coarse.psi[3], (512,))[0] ** 2
    added += np.roll(added[::-1], 1)
    low = to_dense(coarse.phi, (512,))[0] ** 2 + added
    # The published formula neglects frequencies beyond one period.
    np.testing.assert_allclose(to_dense(fine.phi, (512,))[0] ** 2, low, atol=2e-4)


@pytest.mark.parametrize(
    ("low_pass", "grid", "T"),
    [(gaussian_lowpass_1d, 64, 8), (gaussian_lowpass_2d, (32, 24), 4), (gaussian_lowpass_3d, (16, 12, 11), 5)],
)
def test_low_pass_filters_are_positive(low_pass, grid, T):
    kernel = np.fft.ifftn(to_dense(low_pass(grid, T), np.atleast_1d(grid))[0]).real
    # Filters are cut at 1e-5 of their peak.
    assert kernel.min() > -1e-5 * kernel.max()


@pytest.mark.parametrize("make", VOLUMES.values(), ids=VOLUMES)
@pytest.mark.parametrize("normalize", ["tight", "l1"])
def test_solid_harmonic_wavelets_are_real_in_space(make, normalize):
    bank = make(normalize=normalize)
    for psi in bank.psi:
        wavelets = np.fft.ifftn(to_dense(psi, bank.grid), axes=(1, 2, 3))
        np.testing.assert_allclose(wavelets.imag, 0, atol=1e-12)


def test_orders_of_a_degree_are_isotropic_together():
    bank = solid_harmonic_bank((15, 15, 15), 1, 4, normalize="l1")
    w = 2 * np.pi * np.fft.fftfreq(15)
    square = w[:, np.newaxis, np.newaxis] ** 2 + w[:, np.newaxis] ** 2 + w**2
    for psi, row in zip(bank.psi, bank.table, strict=True):
        energy = (np.abs(to_dense(psi, bank.grid)) ** 2).sum(axis=0)
        r = 2.0 ** (2 * row["j"]) * square
        expected = r ** row["l"] * np.exp(-r)
        expected *= energy.sum() / expected.sum()
        # Filters are cut at 1e-4 of their peak.
        np.testing.assert_allclose(energy, expected, atol=1e-7 * expected.max())


@pytest.mark.parametrize("degree", range(4))
def test_published_solid_harmonics_have_unit_l1_norm(degree):
    bank = solid_harmonic_bank((24, 24, 24), 0, 3, 1.5, normalize="l1")
    wavelets = np.fft.ifftn(to_dense(bank.psi[degree], bank.grid), axes=(1, 2, 3))
    # Sampling of a function with a kink.
    assert np.linalg.norm(wavelets, axis=0).sum() == pytest.approx(1, abs=3e-3)


def test_dense_filters_are_zero_off_their_support():
    bank = morlet_bank_1d(256, 4, 4)
    spread = to_dense(bank.psi[0], (256,))
    assert np.count_nonzero(spread) <= bank.psi[0].values.size
    np.testing.assert_array_equal(
        spread[0, np.arange(bank.psi[0].low[0], bank.psi[0].high[0] + 1) % 256], bank.psi[0].values[0]
    )


def test_bank_with_a_gap_is_refused():
    bank = morlet_bank_1d(256, 4, 4, normalize="l1")
    incomplete = FilterBank(bank.grid, bank.psi[3:], bank.phi, bank.table[3:])
    with pytest.raises(ValueError, match=r"its Littlewood-Paley sum falls to .*; expected at least 0\.03"):
        tighten(incomplete)


@pytest.mark.parametrize("slant", [0.1, 0.2])
def test_plane_bank_that_leaves_directions_out_is_refused(slant):
    with pytest.raises(
        ValueError, match=f"slant={slant}, L=8: wavelets do not cover all directions; expected a larger"
    ):
        morlet_bank_2d((32, 32), 2, slant=slant)


@pytest.mark.parametrize("Q", [1, 2, 8])
def test_wavelets_on_a_grid_of_one_sample_vanish(Q):
    for psi in morlet_bank_1d(1, 1, Q, normalize="l1").psi:
        np.testing.assert_array_equal(psi.values, 0)


def test_spline_averages_over_powers_of_two():
    with pytest.raises(ValueError, match="T=12: Battle-Lemarie wavelets average over a power of two"):
        battle_lemarie_bank_1d(256, 4, T=12)


def test_spirals_have_whole_turns():
    with pytest.raises(ValueError, match="length=50: expected a multiple of n_chroma=12"):
        spiral_bank(50, 2, 1, 1, 12)
