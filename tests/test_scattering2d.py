"""Scattering of images."""

import numpy as np
import pytest
from slow_scattering import scatter_slowly

from skscat import Scattering2D, scatter
from skscat.datasets import load_images_sample

# Grids as fine as the image's own: nothing is subsampled before the end.
FULL = 20

each_padding = pytest.mark.parametrize("padding", ["symmetric", "reflect", "wrap", "edge", "constant"])


@pytest.mark.parametrize(
    ("shape", "J"), [((1, 1), 1), ((1, 9), 1), ((3, 2), 1), ((7, 5), 2), ((7, 13), 1), ((17, 16), 1)]
)
@each_padding
def test_images_of_any_shape_are_scattered_by_definition(shape, J, padding, rng):
    plan = Scattering2D(J=J, L=2, padding=padding, oversampling=FULL).plan(shape)
    x = rng.standard_normal(shape)
    # Both are sums of some thousand terms in double precision.
    np.testing.assert_allclose(scatter(x, plan), scatter_slowly(x, plan), atol=1e-12)


@pytest.mark.parametrize(("shape", "J"), [((1, 1), 1), ((1, 9), 1), ((7, 13), 2), ((17, 16), 2), ((31, 37), 2)])
@each_padding
def test_coarse_grids_of_images_of_any_shape_are_accurate(shape, J, padding, rng):
    x = rng.standard_normal((2, *shape))
    s, exact = (scatter(x, Scattering2D(J=J, L=3, padding=padding, oversampling=o).plan(shape)) for o in (0, FULL))
    # The promise in the plane.
    assert np.linalg.norm(s - exact) <= 1e-2 * np.linalg.norm(exact)


def test_reflection_is_the_period_of_the_mirrored_image(rng):
    x = rng.standard_normal((2, 21, 17))
    plan = Scattering2D(J=2, L=3, padding="reflect").plan((21, 17))
    assert plan.grid == (40, 32)
    mirrored = np.pad(x, ((0, 0), (0, 19), (0, 15)), mode="reflect")
    periodic = Scattering2D(J=2, L=3, padding="wrap").plan((40, 32))
    expected = scatter(mirrored, periodic)[:, :, : plan.output_grid[0], : plan.output_grid[1]]
    np.testing.assert_allclose(scatter(x, plan), expected, atol=1e-13)


@pytest.mark.parametrize(("J", "L"), [(2, 8), (3, 8), (4, 8), (3, 6)])
def test_path_count(J, L):
    n_paths = 1 + J * L + L**2 * J * (J - 1) // 2
    assert len(Scattering2D(J=J, L=L).plan((64, 64)).paths) == n_paths


@pytest.mark.parametrize(("side", "J"), [(28, 3), (32, 3), (64, 4), (256, 6)])
def test_default_scale_fits_three_times(side, J):
    assert Scattering2D(max_order=0).plan((side, side + 5)).stride == (2**J, 2**J)


def test_second_order_is_an_octave_coarser():
    paths = Scattering2D(J=3, L=4, Q=2).plan((64, 64)).paths
    second = paths[paths["order"] == 2]
    assert (second["j2"] >= second["j1"] + 1).all()
    assert (second["j2"] == second["j1"] + 1.5).any()


@pytest.mark.parametrize(("J", "L", "Q", "n_paths"), [(3, 8, 3, 1417), (4, 2, 3, 205), (4, 2, 6, 733), (4, 2, 7, 981)])
def test_every_wavelet_at_least_an_octave_coarser_follows(J, L, Q, n_paths):
    # Pairs among J Q scales that are at least Q apart.
    n_pairs = (J - 1) * Q * ((J - 1) * Q + 1) // 2
    assert 1 + J * Q * L + L**2 * n_pairs == n_paths
    assert len(Scattering2D(J=J, L=L, Q=Q, max_order=2).plan((16, 16)).paths) == n_paths


def test_feature_names_say_path_and_position(rng):
    X = rng.standard_normal((1, 3, 32, 32))
    names = Scattering2D(J=3).fit(X).get_feature_names_out()
    assert "scattering2d_c0_mean_y0_x0" in names
    assert "scattering2d_c2_j1=0_th1=3_y2_x1" in names
    assert "scattering2d_c0_j1=0_th1=3_j2=2_th2=5_y0_x1" in names


@pytest.mark.parametrize("degrees", [0, 45, 90, 135])
def test_grating_is_largest_at_the_wavelet_of_its_direction(degrees):
    y, x = np.mgrid[:64, :64]
    angle = np.deg2rad(degrees)
    plan = Scattering2D(J=3, max_order=1, average="global").plan((64, 64))
    for j, row in enumerate(np.unique(plan.banks[0].table["xi"])[::-1]):
        grating = np.cos(2 * np.pi * row * (y * np.cos(angle) + x * np.sin(angle)))
        s = scatter(grating, plan)
        best = plan.paths[1:][np.argmax(s[1:])]
        assert best["j1"] == j
        assert np.isclose((best["angle1"] - angle) % np.pi, 0) or np.isclose((best["angle1"] - angle) % np.pi, np.pi)


def test_transposed_image_swaps_the_axes(rng):
    image = rng.standard_normal((32, 48))
    plan, transposed = Scattering2D(J=2).plan((32, 48)), Scattering2D(J=2).plan((48, 32))
    # Reflecting about the diagonal sends the angle a to pi / 2 - a.
    angle = {n: (np.pi / 2 - a) % np.pi for n, a in enumerate(plan.banks[0].table["angle"][:8])}
    other = {
        n: next(m for m, b in enumerate(plan.banks[0].table["angle"][:8]) if np.isclose(np.cos(2 * (b - a)), 1))
        for n, a in angle.items()
    } | {-1: -1}
    row = {(p["j1"], p["theta1"], p["j2"], p["theta2"]): i for i, p in enumerate(plan.paths)}
    source = [row[p["j1"], other[p["theta1"]], p["j2"], other[p["theta2"]]] for p in plan.paths]
    s, t = scatter(image, plan)[source], scatter(image.T.copy(), transposed)
    # Filters are cut at 1e-5 of their peak.
    np.testing.assert_allclose(np.swapaxes(s, 1, 2), t, atol=1e-4 * np.abs(t).max())


def test_border_is_that_of_the_mirrored_image():
    images = load_images_sample().images[:3, :128, :128].astype(float)
    width = 64
    wide = np.pad(images, ((0, 0), (width, width), (width, width)), mode="symmetric")
    s = scatter(images, Scattering2D(J=3, oversampling=2).plan((128, 128)))
    expected = scatter(wide, Scattering2D(J=3, oversampling=2).plan((256, 256)))[:, :, 8:-8, 8:-8]
    assert np.abs(s - expected).max() <= 1e-3 * np.abs(expected).max()
    assert np.linalg.norm(s - expected) <= 1e-3 * np.linalg.norm(expected)


def test_border_of_small_images_is_exact(rng):
    x = rng.standard_normal((2, 32, 32))
    wide = np.pad(x, ((0, 0), (64, 64), (64, 64)), mode="symmetric")
    s = scatter(x, Scattering2D(J=3).plan((32, 32)))
    # Half a period of the mirrored image, away from its own border.
    expected = scatter(wide[:, 32:96, 32:96], Scattering2D(J=3, padding="wrap").plan((64, 64)))
    np.testing.assert_allclose(s, expected[:, :, 4:, 4:], atol=1e-12)


@pytest.mark.filterwarnings("ignore:J=:UserWarning")
@pytest.mark.parametrize("normalize", ["tight", "l1"])
@pytest.mark.parametrize("padding", ["wrap", "symmetric"])
@pytest.mark.parametrize("J", [4, 5])
def test_filters_longer_than_the_image_are_those_of_its_periodic_extension(normalize, padding, J, rng):
    x = rng.standard_normal((12, 9))
    period = x if padding == "wrap" else np.block([[x, x[:, ::-1]], [x[::-1], x[::-1, ::-1]]])
    long = np.tile(period, (16, 16))
    parameters = {"J": J, "L": 4, "normalize": normalize, "average": None, "oversampling": 4}
    s = scatter(x, Scattering2D(padding=padding, **parameters).plan(x.shape))
    expected = scatter(long, Scattering2D(padding="wrap", **parameters).plan(long.shape))[:, :12, :9]
    # Filters end at 1e-5 of their peak.
    np.testing.assert_allclose(s, expected, atol=1e-4 * expected[1:].max())
