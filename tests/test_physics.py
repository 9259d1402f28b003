"""Densities of molecules, and their invariants."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from oracles import circle_means, time_domain, wavelet_integrals
from sklearn.base import clone
from sklearn.pipeline import FeatureUnion

from skscat import HarmonicScattering3D, Scattering2D
from skscat.datasets import load_molecules_sample
from skscat.physics import (
    AtomicDensity,
    CoulombMatrix,
    DensityInvariants,
    FourierInvariants,
    NBodyInvariants,
    ScatteringInvariants,
    WaveletInvariants,
)

WATER = np.array([[8, 0.0, 0.0], [1, 0.76, 0.59], [1, -0.76, 0.59]])
# Small molecules in a wide box: what a rotation changes at the border is not seen.
BOX, SHAPE = [(-7.2, 7.2), (-7.2, 7.2)], (192, 192)
DENSITY = AtomicDensity(("valence", "gaussian"), width=0.15, box=BOX, shape=SHAPE, align=None)
# Core electrons are a tenth of an Angstrom wide, and need a spacing as small as the published one.
CORE = AtomicDensity(("core",), box=BOX, shape=(410, 410), align=None)
SCATTERING = ScatteringInvariants(J=5, L=8, oversampling=1)
DICTIONARIES = [FourierInvariants(60), WaveletInvariants(J=5, oversampling=1), SCATTERING]


def molecules(n=3, max_extent=5.0):
    """Small molecules of the sample, in the middle."""
    X = load_molecules_sample().data
    real = X[..., :1] > 0
    low, high = (np.where(real, X[..., 1:], s * np.inf) for s in (1, -1))
    low, high = low.min(axis=1), high.max(axis=1)
    X[..., 1:] -= np.where(real, ((low + high) / 2)[:, np.newaxis], 0)
    return X[np.ptp([low, high], axis=0).max(axis=1) <= max_extent][:n]


def moved(X, matrix=None, shift=(0.0, 0.0)):
    real = X[..., :1] != 0
    rotated = X[..., 1:] if matrix is None else X[..., 1:] @ matrix
    return np.concatenate([X[..., :1], np.where(real, rotated + shift, 0)], axis=2)


def rotation(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def relative_error(a, b):
    """Largest relative l2 error of a sample."""
    return (np.linalg.norm(a - b, axis=1) / np.linalg.norm(b, axis=1)).max()


def by_kind(invariants, S):
    """Split invariants by order and power, whose sizes differ by orders of magnitude."""
    S = S.reshape(len(S), *invariants.output_shape_)
    if isinstance(invariants, FourierInvariants):
        return [S[:, :, p].reshape(len(S), -1) for p in (0, 1)]
    table = invariants.invariants_
    kinds = {(int(row["order"]), float(row["power"])) for row in table if row["order"]}
    return [S[:, :, (table["order"] == o) & (table["power"] == p)].reshape(len(S), -1) for o, p in sorted(kinds)]


@pytest.mark.parametrize("channel", ["core", "valence", "atomic", "gaussian", "dirac"])
@pytest.mark.parametrize("dim", [2, 3])
def test_densities_hold_the_charge(channel, dim):
    X = np.concatenate([WATER, np.zeros((3, dim - 2))], axis=1)[np.newaxis]
    density = AtomicDensity((channel,), spacing=0.2, dim=dim).fit(X)
    charge = density.transform(X).sum() * density.spacing_**dim
    assert charge == pytest.approx({"core": 2, "valence": 8}.get(channel, 10), rel=1e-6)


def test_atomic_density_is_the_sum_of_core_and_valence():
    density = AtomicDensity(("core", "valence", "atomic"), spacing=0.05).fit(WATER[np.newaxis])
    core, valence, atomic = density.transform(WATER[np.newaxis]).reshape(density.output_shape_)
    # The tables hold the charges to a thousandth, and each density is normalized separately.
    assert_allclose(core + valence, atomic, atol=2e-3 * atomic.max())


def test_charges_can_be_chosen_for_each_channel():
    X = np.concatenate([WATER, np.zeros((3, 1))], axis=1)[np.newaxis]
    kinds = ("total", "valence", "core", {1: 0.5, 8: 3})
    density = AtomicDensity(("gaussian",) * 4, charges=kinds, width=0.4, spacing=0.3, align="axes").fit(X)
    rho = density.transform(X).reshape(4, -1)
    assert_allclose(rho.sum(axis=1) * 0.3**3, [10, 8, 2, 4], rtol=1e-12)


def test_gaussians_are_gaussians():
    density = AtomicDensity(("gaussian",), width=0.5, box=[(-4, 4)] * 2, shape=(80, 80), align=None)
    x = np.array([[[3.0, 0.52, -0.31]]])
    rho = density.fit_transform(x).reshape(80, 80)
    axis = -4 + 0.1 * np.arange(80)
    square = (axis[:, np.newaxis] - 0.52) ** 2 + (axis + 0.31) ** 2
    # The Gaussian is cut where the grid ends, seven widths away.
    assert_allclose(rho, 3 * np.exp(-square / 0.5) / (2 * np.pi * 0.25), atol=1e-9)


def test_fitted_densities_do_not_change_with_parameters():
    density = AtomicDensity(("gaussian",), width=0.5, spacing=0.2).fit(WATER[np.newaxis])
    expected = density.transform(WATER[np.newaxis])
    density.set_params(width=1.0, align=None)
    assert_array_equal(density.transform(WATER[np.newaxis]), expected)


def test_gaussians_narrower_than_a_pixel_stay_in_it():
    density = AtomicDensity(("gaussian",), width=1e-3, box=[(0, 4)] * 2, shape=(4, 4), align=None)
    rho = density.fit_transform(np.array([[[2.0, 1.25, 2.0]]])).reshape(4, 4)
    expected = np.zeros((4, 4))
    expected[1, 2] = 2.0
    assert_allclose(rho, expected, atol=1e-15)


def test_systems_without_bodies_have_no_density():
    X = np.stack([WATER, np.zeros_like(WATER)])
    rho = AtomicDensity(spacing=0.2).fit_transform(X)
    assert rho[0].max() > 0
    assert_array_equal(rho[1], 0)


def test_diracs_are_interpolated_linearly():
    density = AtomicDensity(("dirac",), box=[(0, 4)] * 2, shape=(4, 4), align=None)
    rho = density.fit_transform(np.array([[[2.0, 1.25, 2.0]]])).reshape(4, 4)
    expected = np.zeros((4, 4))
    expected[1, 2], expected[2, 2] = 1.5, 0.5
    assert_allclose(rho, expected, atol=1e-15)


def test_density_of_a_shifted_molecule_is_the_shifted_density():
    density = AtomicDensity(box=[(-5, 5)] * 2, spacing=0.1, align=None).fit(WATER[np.newaxis])
    shift = density.spacing_ * np.array([7, -12])
    rho, shifted = (
        density.transform(moved(WATER[np.newaxis], shift=s)).reshape(density.output_shape_) for s in (0, shift)
    )
    assert_allclose(np.roll(rho, (7, -12), axis=(1, 2)), shifted, atol=1e-10 * rho.max())


@pytest.mark.parametrize("transformer", [DENSITY, CoulombMatrix(), CoulombMatrix("random", random_state=0)])
def test_order_of_atoms_changes_no_bit(transformer, rng):
    X = molecules()
    permuted = np.stack([rng.permutation(x) for x in X])
    transformer = clone(transformer).fit(X)
    assert_array_equal(transformer.transform(permuted), transformer.transform(X))


def test_order_of_bodies_changes_no_bit_without_a_grid(rng):
    X = rng.standard_normal((5, 8, 4))
    invariants = NBodyInvariants().fit(X)
    assert_array_equal(invariants.transform(X[:, ::-1]), invariants.transform(X))


@pytest.fixture(scope="module", params=[DENSITY, CORE], ids=["valence", "core"])
def density(request):
    return request.param


@pytest.fixture(scope="module", params=DICTIONARIES, ids=lambda e: type(e).__name__)
def model(request, density):
    """Invariants of densities, fitted to molecules."""
    return DensityInvariants(density, request.param).fit(molecules())


@pytest.fixture(scope="module")
def coefficients(model):
    return model.transform(molecules())


@pytest.mark.parametrize(
    ("motion", "tolerance"),
    [
        ({"shift": (0.313, -0.171)}, 1e-3),
        ({"matrix": rotation(0.6)}, 1e-2),
        ({"matrix": np.diag([1.0, -1.0])}, 1e-12),
    ],
    ids=["translation", "rotation", "reflection"],
)
def test_invariants_do_not_change_under_motions(model, coefficients, motion, tolerance):
    after = model.transform(moved(molecules(), **motion))
    for a, b in zip(*(by_kind(model.invariants_, S) for S in (after, coefficients)), strict=True):
        assert relative_error(a, b) <= tolerance


def test_invariants_change_with_reflections_if_not_averaged_over_them():
    X = molecules()
    mirrored = moved(X, matrix=np.diag([1.0, -1.0]))
    invariants = ScatteringInvariants(J=5, L=8, oversampling=1, reflection=False)
    model = DensityInvariants(DENSITY, invariants).fit(X)
    assert relative_error(model.transform(mirrored)[:, 1:], model.transform(X)[:, 1:]) > 1e-3


@pytest.mark.parametrize(("J", "L"), [(9, 16), (3, 4)])
def test_number_of_invariants_is_the_published_one(J, L, rng):
    rho = rng.random((1, 64, 32)).astype(np.float32)
    invariants = ScatteringInvariants(J=J, L=L).fit(rho)
    assert invariants.output_shape_ == (1 + 2 * J + (L // 2 + 1) * J * (J - 1),)
    assert WaveletInvariants(J=J, L=L).fit(rho).output_shape_ == (1 + 2 * J,)


@pytest.mark.parametrize("J", [None, 7])
def test_scales_longer_than_a_side_give_no_warning(J, rng):
    rho = rng.random((2, 32, 16))
    # Warnings are errors.
    invariants = ScatteringInvariants(J=J, L=4).fit(rho)
    scattering = Scattering2D(J or 5, L=4, slant=2 / 3, normalize="l1", average="global", padding="wrap")
    with pytest.warns(UserWarning, match=f"J={J or 5}: the scale"):
        scattering.fit(rho)
    scattering.set_plan(replace(scattering.plan_, powers=(1, 2)))
    assert_array_equal(invariants.scattering_.transform(rho), scattering.transform(rho))


def test_wavelet_invariants_are_mean_integrals_over_directions(rng):
    rho = rng.random((1, 16, 16))
    invariants = WaveletInvariants(J=2, L=3, oversampling=20).fit(rho)
    bank = invariants.plan_.banks[0]
    filters = []
    for psi in bank.psi:
        dense = np.zeros((16, 16))
        rows, columns = (np.arange(a, a + n) % 16 for a, n in zip(psi.low, psi.values.shape[1:], strict=True))
        np.add.at(dense, np.ix_(rows, columns), psi.values[0])
        filters.append(dense)
    expected = [rho.sum()]
    for j in range(2):
        for p in (1, 2):
            expected.append(np.mean(wavelet_integrals(rho[0], filters[3 * j : 3 * j + 3], p)))
    assert_allclose(invariants.transform(rho)[0], expected, rtol=1e-10)
    assert time_domain(filters[0]).shape == (16, 16)


def test_fourier_invariants_are_means_near_circles(rng):
    rho = rng.random((1, 10, 8))
    invariants = FourierInvariants().fit(rho)
    means, squares = circle_means(rho[0], 6)
    assert_allclose(invariants.transform(rho)[0], np.concatenate([means, squares]), rtol=1e-10)


def test_fourier_invariants_in_space(rng):
    rho = rng.random((2, 6, 5, 4))
    invariants = FourierInvariants(ndim=3).fit(rho)
    expected = [np.concatenate(circle_means(x, 4)) for x in rho]
    assert_allclose(invariants.transform(rho), expected, rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_blocks_and_threads_change_nothing(dtype):
    X = molecules(5).astype(dtype)
    model = DensityInvariants(DENSITY, WaveletInvariants(J=3)).fit(X)
    S = model.transform(X)
    assert S.dtype == dtype
    assert_array_equal(model.set_params(block_size=2, n_jobs=2).transform(X), S)


def test_density_and_invariants_in_two_steps_give_the_same():
    X = molecules()
    model = DensityInvariants(DENSITY, WaveletInvariants(J=3)).fit(X)
    density = clone(DENSITY).fit(X)
    rho = density.transform(X)
    in_steps = WaveletInvariants(J=3, shape=density.output_shape_).fit_transform(rho)
    assert_array_equal(model.transform(X), in_steps)


def test_feature_unions_concatenate_invariants():
    X = molecules()
    parts = [(type(d).__name__, DensityInvariants(DENSITY, d)) for d in DICTIONARIES[:2]]
    expected = np.concatenate([part.fit_transform(X) for _, part in parts], axis=1)
    assert expected.shape == (3, 2 * (120 + 11))
    assert_array_equal(FeatureUnion(parts).fit_transform(X), expected)


def test_flat_rows_give_the_same_density():
    X = molecules()
    flat, bodies = (clone(DENSITY).fit_transform(x) for x in (X.reshape(3, -1), X))
    assert_array_equal(flat, bodies)


def test_names_of_invariants_say_what_they_are():
    X = molecules()
    names = DensityInvariants(DENSITY, SCATTERING).fit(X).get_feature_names_out()
    assert names[0] == "scatteringinvariants_c0_integral"
    assert names[1] == "scatteringinvariants_c0_j1=0_p1"
    assert names[-1] == "scatteringinvariants_c1_j1=3_j2=4_dth=4_p2"
    assert len(set(names)) == len(names)


def test_invariants_of_a_crystal_do_not_depend_on_the_origin_or_number_of_cells():
    side, corners = 5.64, np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
    sodium, chlorine = (np.insert(side * r, 0, z, axis=1) for z, r in ((11, corners), (17, (0.5 - corners) % 1)))
    cell = np.concatenate([sodium, chlorine])[np.newaxis]
    moved = np.concatenate([cell[..., :1], (cell[..., 1:] + [0.1, 0.3, -0.7]) % side], axis=2)
    shifts = np.pad(side * np.array([*np.ndindex(2, 2, 2)]), ((0, 0), (1, 0)))
    cells = np.concatenate([cell + shift for shift in shifts], axis=1)
    scattering = HarmonicScattering3D(J=1, L=2, normalize="l1", oversampling=1)

    def invariants(X, n_cells):
        box, shape = [(0, n_cells * side)] * 3, (n_cells * 16,) * 3
        density = AtomicDensity(("gaussian",) * 2, charges=("core", "valence"), box=box, shape=shape, align=None)
        return DensityInvariants(density, scattering).fit_transform(X)

    S = invariants(cell, 1)
    # The error of the grid, with oversampling: about 1e-3.
    assert relative_error(invariants(moved, 1), S) < 5e-3
    assert relative_error(invariants(cells, 2), S) < 5e-3
