"""Solid harmonic scattering: its definition, its symmetries, the accuracy of coarse grids, bad input."""

import numpy as np
import oracles
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from skscat import HarmonicScattering3D, scatter
from skscat.filters import solid_harmonic_bank, to_dense
from skscat.moments import ScatteringMoments

FULL = 20
BLOBS = np.array([[-3.1, 0.4, 1.7], [2.2, 2.9, -1.3], [0.6, -3.3, 0.2], [3.0, -0.5, 2.6]])


def density(positions, n=32, sigma=2):
    """Gaussians around the center of a cube."""
    axis = np.arange(n) - n / 2
    profiles = np.exp(-((axis - np.asarray(positions)[..., np.newaxis]) ** 2) / (2 * sigma**2))
    return np.einsum("ai,aj,ak,a->ijk", *np.moveaxis(profiles, 1, 0), [1.0, 6.0, 7.0, 8.0])


def transform(x, **parameters):
    return HarmonicScattering3D(**parameters).fit_transform(x[np.newaxis])[0]


def moduli(x, **parameters):
    return scatter(x, HarmonicScattering3D(average=None, **parameters).plan(x.shape))


# ---------------------------------------------------------------------------------------------------------------
# Definition


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_moduli_are_those_of_the_wavelets_in_space(degree, rng):
    x = rng.standard_normal((8, 7, 9))
    u = moduli(x, J=0, L=degree, sigma_0=1.6, normalize="l1", max_order=1)[-1]
    # All orders -l to l of complex harmonics; the grid aliases about a ten-thousandth.
    expected = oracles.pooled_modulus(x, oracles.solid_harmonics(x.shape, degree, 1.6))
    np.testing.assert_allclose(u, expected, atol=1e-3 * expected.max())


def test_second_order_is_the_modulus_of_a_modulus_of_the_same_degree(rng):
    x = rng.standard_normal((6, 5, 4))
    plan = HarmonicScattering3D(J=1, L=2, sigma_0=0.8, powers=(0.5, 1, 3), oversampling=FULL).plan(x.shape)
    wavelets = [[oracles.time_domain(h) for h in to_dense(psi, plan.grid)] for psi in plan.banks[0].psi]
    expected = [x]
    for row in plan.paths[1:]:
        u = oracles.pooled_modulus(x, wavelets[row["n1"]])
        expected.append(u if row["order"] == 1 else oracles.pooled_modulus(u, wavelets[row["n2"]]))
    expected = [[(np.abs(v) ** p).mean() for p in (0.5, 1, 3)] for v in expected]
    np.testing.assert_allclose(scatter(x, plan), expected, atol=1e-10)


def test_paths_have_one_degree_and_ascending_scales():
    paths = HarmonicScattering3D(J=2, L=3).plan((16, 16, 16)).paths
    second = paths[paths["order"] == 2]
    assert np.count_nonzero(paths["order"] == 1) == 3 * 4
    assert len(second) == 3 * 4
    assert (second["l1"] == second["l2"]).all()
    assert (second["j1"] < second["j2"]).all()


def test_published_degree_zero_is_a_gaussian_convolution():
    x = density(BLOBS)
    u = moduli(x, J=1, L=0, sigma_0=1.5, normalize="l1", max_order=1)
    for j in (0, 1):
        expected = gaussian_filter(x, 1.5 * 2**j, mode="wrap", truncate=8)
        # A Gaussian sampled in space and one sampled in frequency.
        np.testing.assert_allclose(u[1 + j], expected, atol=1e-4 * expected.max())


@pytest.mark.parametrize("power", [0.5, 1, 2, 3])
def test_outputs_are_means_of_powers(power):
    x = density(BLOBS)
    # The moduli themselves are computed at every voxel.
    u = np.abs(moduli(x, J=1, L=2))
    s = transform(x, J=1, L=2, powers=(power,), oversampling=FULL)
    np.testing.assert_allclose(s[1:], (u[1:] ** power).mean(axis=(1, 2, 3)), rtol=1e-10)


def test_zeroth_order_is_the_mean_of_powers_of_the_magnitude(rng):
    x = rng.standard_normal((9, 8, 7))
    s = transform(x, J=0, max_order=0)
    np.testing.assert_allclose(s, [np.mean(np.abs(x) ** p) for p in (0.5, 1, 2, 3)])


def test_renormalized_coefficients_do_not_depend_on_amplitude():
    x = density(BLOBS)
    s, t = (transform(a * x, J=1, renormalize=True)[4:] for a in (1, 50))
    # A fraction of 2^-20 of the largest mean is added to every divisor.
    np.testing.assert_allclose(t, s, rtol=1e-5)


def test_powers_of_moments_replace_those_of_the_transform(rng):
    x = rng.standard_normal((3, 8, 8, 8))
    scattering = HarmonicScattering3D(J=0, L=1)
    for powers in ((1,), (2, 3)):
        moments = ScatteringMoments(scattering, powers=powers).fit_transform(x)
        np.testing.assert_array_equal(moments, HarmonicScattering3D(J=0, L=1, powers=powers).fit_transform(x))


# ---------------------------------------------------------------------------------------------------------------
# Invariance


@pytest.mark.parametrize("normalize", ["tight", "l1"])
@pytest.mark.parametrize("axes", [(0, 1), (0, 2), (1, 2)])
def test_rotations_by_90_degrees_change_nothing(axes, normalize, rng):
    x = rng.standard_normal((16, 16, 16))
    # About voxel zero, which stays where it is.
    rotated = np.roll(np.rot90(x, axes=axes), 1, axis=axes[0])
    s, t = (transform(v, J=1, normalize=normalize) for v in (x, rotated))
    # Rotations by 90 degrees map coarse grids to themselves.
    np.testing.assert_allclose(t, s, rtol=1e-6)


@pytest.mark.parametrize("normalize", ["tight", "l1"])
def test_reflections_change_nothing(normalize, rng):
    x = rng.standard_normal((16, 15, 16))
    s, t = (transform(v, J=1, normalize=normalize) for v in (x, np.roll(x[::-1], 1, axis=0)))
    np.testing.assert_allclose(t, s, rtol=1e-6)


@pytest.mark.parametrize("normalize", ["tight", "l1"])
def test_rotated_densities_have_the_same_integrals(normalize):
    s = transform(density(BLOBS), J=1, sigma_0=1.5, normalize=normalize)
    for seed in range(3):
        rotation = Rotation.random(random_state=seed).as_matrix()
        t = transform(density(BLOBS @ rotation.T), J=1, sigma_0=1.5, normalize=normalize)
        # Errors of sampling the moduli, which are largest for the cubes of coarse ones.
        assert np.linalg.norm(t - s) <= 1e-3 * np.linalg.norm(s)
        np.testing.assert_allclose(t, s, rtol=2e-2)


def test_moved_densities_have_the_same_integrals():
    s, t = (transform(density(BLOBS + shift), J=1, sigma_0=1.5) for shift in (0, np.array([0.3, -0.45, 1.7])))
    assert np.linalg.norm(t - s) <= 1e-3 * np.linalg.norm(s)


# ---------------------------------------------------------------------------------------------------------------
# Coarse grids


@pytest.mark.parametrize("sigma_0", [1, 2])
@pytest.mark.parametrize("normalize", ["tight", "l1"])
def test_integrals_of_all_powers_are_right_on_coarse_grids(sigma_0, normalize, rng):
    x = np.stack([density(BLOBS), rng.standard_normal((32, 32, 32))])
    parameters = {"J": 1, "sigma_0": sigma_0, "normalize": normalize}
    coarse, full = (
        HarmonicScattering3D(**parameters, oversampling=k).fit_transform(x).reshape(2, -1, 4)[:, 1:] for k in (0, FULL)
    )
    # The promise of the default; white noise on so small a grid is the hard part.
    error = np.linalg.norm(coarse - full, axis=1) / np.linalg.norm(full, axis=1)
    assert error.max() <= 5e-3
    assert np.linalg.norm(coarse - full) <= 2e-3 * np.linalg.norm(full)


def test_coarse_scales_are_sampled_on_coarse_grids():
    plan = HarmonicScattering3D(J=3, normalize="l1").plan((64, 64, 64))
    size = {(row["order"], row["j1"], row["j2"]): n[0] for row, n in zip(plan.paths, plan.sizes, strict=True)}
    assert size[1, 3, -1] <= 12
    assert size[2, 2, 3] <= 12


# ---------------------------------------------------------------------------------------------------------------
# Input


def test_powers_need_a_global_average():
    with pytest.raises(ValueError, match=r'powers=\(1, 2\): means of powers need average="global", not \'local\''):
        HarmonicScattering3D(powers=(1, 2), average="local").fit(np.zeros((1, 8, 8, 8)))


@pytest.mark.parametrize("powers", [(), (0, 1), (1, -1), ((1, 2),)])
def test_powers_are_positive(powers):
    with pytest.raises(ValueError, match=r"powers=.*: expected a sequence of positive numbers"):
        HarmonicScattering3D(powers=powers).fit(np.zeros((1, 8, 8, 8)))


def test_average_longer_than_the_volume_is_refused():
    with pytest.raises(ValueError, match=r"T=9 is longer than the volume, which has shape \(8, 8, 8\)"):
        HarmonicScattering3D(T=9).fit(np.zeros((1, 8, 8, 8)))


def test_wavelets_wider_than_the_volume_raise_a_warning():
    with pytest.warns(UserWarning, match=r"J=4: the coarsest wavelets are wider than the volume \(8, 8, 8\)"):
        HarmonicScattering3D(J=4).fit(np.zeros((1, 8, 8, 8)))


def test_default_scales_fit_into_the_volume():
    assert solid_harmonic_bank((64, 64, 64), 3).table["j"].max() == 3
    for side, sigma_0, J in ((64, 1, 3), (64, 2, 2), (8, 1, 0), (4, 3, 0)):
        paths = HarmonicScattering3D(L=0, sigma_0=sigma_0).fit(np.zeros((1, side, side, side))).paths_
        assert paths["j1"].max() == J
