"""Published coefficients are reproduced; see data/make_published.py for what made them."""

from pathlib import Path

import numpy as np
import pytest

from skscat import HarmonicScattering3D, Scattering1D, Scattering2D

PUBLISHED = np.load(Path(__file__).parent / "data" / "published.npz")


def relative_errors(estimator, name):
    """Relative l2 error of each order."""
    x, expected = PUBLISHED[f"{name}_x"], PUBLISHED[f"{name}_S"]
    S = estimator.fit_transform(x).reshape(len(x), *estimator.output_shape_)
    assert S.shape == expected.shape
    orders = [estimator.paths_["order"] == m for m in range(3)]
    return [np.linalg.norm((S - expected)[:, m]) / np.linalg.norm(expected[:, m]) for m in orders]


def conventional_1d(name, oversampling=0):
    J, Q = int(PUBLISHED[f"{name}_J"]), int(PUBLISHED[f"{name}_Q"])
    return Scattering1D(J=J, Q=Q, normalize="l1", padding="wrap", oversampling=oversampling)


def conventional_2d(oversampling=0):
    J, L = int(PUBLISHED["image_J"]), int(PUBLISHED["image_L"])
    return Scattering2D(J=J, L=L, normalize="l1", padding="wrap", oversampling=oversampling)


# Aliasing of the grids, by oversampling; the last is the error of cutting filters at 1e-5 of their peak.
@pytest.mark.parametrize(("oversampling", "tolerance"), [(0, 2e-3), (1, 4e-4), (2, 1e-4), (20, 3e-5)])
@pytest.mark.parametrize("name", ["q8", "q1"])
def test_coefficients_equal_published_values_1d(name, oversampling, tolerance):
    assert max(relative_errors(conventional_1d(name, oversampling), name)) <= tolerance


@pytest.mark.parametrize(("oversampling", "tolerance"), [(0, 1e-2), (1, 1e-3), (2, 1e-4), (20, 5e-6)])
def test_coefficients_equal_published_values_2d(oversampling, tolerance):
    assert max(relative_errors(conventional_2d(oversampling), "image")) <= tolerance


@pytest.mark.parametrize("name", ["q8", "q1"])
def test_paths_equal_published_ones_1d(name):
    paths = conventional_1d(name).fit(PUBLISHED[f"{name}_x"]).paths_
    for m in (1, 2):
        np.testing.assert_array_equal(paths[f"n{m}"], PUBLISHED[f"{name}_n"][:, m - 1])
        for field in ("xi", "sigma"):
            np.testing.assert_allclose(paths[f"{field}{m}"], PUBLISHED[f"{name}_{field}"][:, m - 1], rtol=1e-12)


def test_paths_equal_published_ones_2d():
    paths = conventional_2d().fit(PUBLISHED["image_x"]).paths_
    for m in (1, 2):
        np.testing.assert_array_equal(paths[f"j{m}"], PUBLISHED["image_j"][:, m - 1])
        np.testing.assert_array_equal(paths[f"theta{m}"], PUBLISHED["image_theta"][:, m - 1])


def conventional_3d(oversampling=0):
    J, L, sigma_0 = (PUBLISHED[f"volume_{key}"].item() for key in ("J", "L", "sigma_0"))
    powers = PUBLISHED["volume_powers"]
    return HarmonicScattering3D(J, L=L, sigma_0=sigma_0, powers=powers, normalize="l1", oversampling=oversampling)


# Published wavelets of odd degree are not real at the highest frequency of an even axis: a thousandth of white noise.
@pytest.mark.parametrize(("oversampling", "tolerance"), [(0, 2e-3), (1, 1e-3), (20, 1e-3)])
def test_integrals_equal_published_values_3d(oversampling, tolerance):
    estimator = conventional_3d(oversampling)
    x, expected = PUBLISHED["volume_x"], PUBLISHED["volume_S"]
    S = x[0].size * estimator.fit_transform(x).reshape(len(x), *estimator.output_shape_)
    paths = estimator.paths_
    for row, (j1, j2) in enumerate(PUBLISHED["volume_j"]):
        # The first path, of order zero, is not published.
        found = S[:, 1:][:, (paths["j1"][1:] == j1) & (paths["j2"][1:] == j2)]
        assert np.linalg.norm(found - expected[:, row]) <= tolerance * np.linalg.norm(expected[:, row])
