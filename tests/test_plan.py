"""Plans are plain data: tables of paths, grids, and the order of the work."""

import numpy as np
import pytest

from skscat import Scattering1D, Scattering2D, scatter
from skscat._core._folding import Filter
from skscat._core._plan import path_names, path_table
from skscat._core._sampling import bandwidth, padded_axis

TABLES = [np.array([(0, 0.4), (1, 0.2), (2, 0.1)], dtype=[("j", int), ("xi", float)])] * 2


def test_path_table_lists_parents_before_children():
    allowed = [np.array([True, False, True]), np.array([[0, 1, 1], [0, 0, 1], [1, 0, 0]], dtype=bool)]
    paths = path_table(TABLES, allowed)
    np.testing.assert_array_equal(paths["order"], [0, 1, 1, 2, 2, 2])
    np.testing.assert_array_equal(paths["parent"], [-1, 0, 0, 1, 1, 2])
    np.testing.assert_array_equal(paths["n1"], [-1, 0, 2, 0, 0, 2])
    np.testing.assert_array_equal(paths["n2"], [-1, -1, -1, 1, 2, 0])
    np.testing.assert_array_equal(paths["xi2"], [np.nan, np.nan, np.nan, 0.2, 0.1, 0.4])


@pytest.mark.parametrize("sigma", [2.0, 5.3])
def test_bandwidth_of_a_gaussian_is_its_sigma(sigma):
    k = np.arange(-60, 61)
    values = np.exp(-(k[:, np.newaxis] ** 2) / (2 * sigma**2)) * np.exp(-(k**2) / (8 * sigma**2))
    np.testing.assert_allclose(bandwidth(Filter(values[np.newaxis], (0, 0))), [sigma, 2 * sigma], rtol=1e-6)


def test_bandwidth_of_nothing_is_zero():
    np.testing.assert_array_equal(bandwidth(Filter(np.zeros((1, 3)), (0,))), 0)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((100, 20, 8, "wrap"), (0, 100)),
        # No more than the period of the mirrored signal.
        ((100, 50, 8, "symmetric"), (0, 200)),
        ((100, 20, 8, "symmetric"), (24, 144)),
        # A period of 2 * 283 has a slow Fourier transform.
        ((283, 112, 32, "symmetric"), (128, 576)),
        ((100, 50, 8, "constant"), (56, 216)),
    ],
)
def test_padded_axis(arguments, expected):
    assert padded_axis(*arguments) == expected


def every_step(family):
    yield from family.steps
    for child in family.children:
        yield from every_step(child)


@pytest.mark.parametrize(
    "plan",
    [Scattering1D(J=5, Q=(8, 2), max_order=3).plan(500), Scattering2D(J=3, L=4, Q=2).plan((64, 48))],
    ids=["1-D", "2-D"],
)
def test_schedule_meets_every_path_once(plan):
    steps = list(every_step(plan.schedule(np.float32)))
    np.testing.assert_array_equal(np.sort(np.concatenate([s.paths for s in steps])), np.arange(len(plan.paths)))
    for step in steps:
        assert (plan.sizes[step.paths] == step.size).all()


def test_schedule_is_kept_but_not_pickled():
    plan = Scattering1D(J=3).plan(64)
    assert plan.schedule(np.float32) is plan.schedule(np.float32)
    assert plan.__getstate__()["_schedules"] == {}


def test_grids_are_as_wide_as_the_bandwidth():
    plan = Scattering1D(J=6, Q=8, padding="wrap").plan(4096)
    first = plan.paths["order"] == 1
    assert (np.diff(plan.sizes[first, 0]) <= 0).all()
    assert plan.sizes[first, 0].min() < 4096 / 16


def test_small_steps_give_the_same_numbers(monkeypatch):
    x = np.random.default_rng(0).standard_normal((3, 24, 24))
    expected = scatter(x, Scattering2D(J=2, L=4).plan((24, 24)))
    monkeypatch.setattr("skscat._core._schedule.STEP_POINTS", 2000)
    np.testing.assert_allclose(scatter(x, Scattering2D(J=2, L=4).plan((24, 24))), expected, atol=1e-12)


def test_averages_by_matrix_equal_averages_by_spectrum(monkeypatch):
    x = np.random.default_rng(0).standard_normal((2, 40, 56))
    for padding in ("wrap", "symmetric"):
        by_matrix = scatter(x, Scattering2D(J=2, padding=padding).plan((40, 56)))
        monkeypatch.setattr("skscat._core._average.MATRIX_COLUMNS", 0)
        by_spectrum = scatter(x, Scattering2D(J=2, padding=padding).plan((40, 56)))
        monkeypatch.undo()
        np.testing.assert_allclose(by_matrix, by_spectrum, atol=1e-12)


def test_names_are_short():
    assert path_names(Scattering2D(J=2, L=2).plan((16, 16)))[:3] == ["", "j1=0_th1=0", "j1=0_th1=1"]
