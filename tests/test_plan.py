"""Plans are plain data: tables of paths, grids, and the order of the work."""

import gc
import pickle
import weakref
from itertools import count

import numpy as np
import pytest

from skscat import Scattering1D, Scattering2D, scatter
from skscat._core._paths import path_names, path_table
from skscat._core._records import Band, Filter, FilterBank
from skscat._core._sampling import bandwidth, padded_axis
from skscat._core._schedule import schedule
from skscat._transforms._layout import DENSITY_1D, DENSITY_2D

TABLE = np.array([(0, 0.4), (1, 0.2), (2, 0.1)], dtype=[("j", int), ("xi", float)])
PHI = Filter(np.ones((1, 1)), (0,))
BANKS = [FilterBank((8,), (PHI,) * 3, PHI, TABLE)] * 2


def test_path_table_lists_parents_before_children():
    allowed = [np.array([True, False, True]), np.array([[0, 1, 1], [0, 0, 1], [1, 0, 0]], dtype=bool)]
    paths = path_table(BANKS, allowed)
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
        # Without the end samples repeated, the period is two samples shorter.
        ((101, 50, 8, "reflect"), (0, 200)),
        ((1, 8, 8, "reflect"), (0, 1)),
        ((100, 50, 8, "constant"), (56, 216)),
    ],
)
def test_padded_axis(arguments, expected):
    assert padded_axis(*arguments) == expected


def test_bands_know_their_common_frequencies():
    a, b = Band((-3, -2), (4, 2)), Band((0, -5), (9, 5))
    assert a.shape == (8, 5)
    assert a.union(b) == Band((-3, -5), (9, 5))
    assert a.overlap(b) == ((slice(3, 8), slice(0, 5)), (slice(0, 5), slice(3, 8)))
    assert b.limited((4, 4)) == Band((0, -4), (4, 4))
    assert Band((-3, -1), (4, 2)).symmetric() == Band((-3, -2), (4, 2))


def every_step(siblings):
    yield from siblings.steps
    for child in siblings.children:
        yield from every_step(child)


@pytest.mark.parametrize(
    ("scattering", "shape"),
    [(Scattering1D(J=5, Q=(8, 2), max_order=3), 500), (Scattering2D(J=3, L=4, Q=2), (64, 48))],
    ids=["1-D", "2-D"],
)
def test_schedule_meets_every_path_once(scattering, shape):
    plan = scattering.plan(shape)
    steps = list(every_step(schedule(plan, np.dtype(np.float32))))
    np.testing.assert_array_equal(np.sort(np.concatenate([s.paths for s in steps])), np.arange(len(plan.paths)))
    for step in steps:
        assert (plan.sizes[step.paths] == step.size).all()


def test_schedule_is_kept_as_long_as_its_plan():
    plan = Scattering1D(J=3).plan(64)
    order = schedule(plan, np.dtype(np.float32))
    assert schedule(plan, np.dtype(np.float32)) is order
    released = weakref.ref(order)
    del plan, order
    gc.collect()
    assert released() is None


def test_plans_are_pickled_without_their_schedule():
    plan = Scattering1D(J=3).plan(64)
    before = len(pickle.dumps(plan))
    schedule(plan, np.dtype(np.float32))
    assert len(pickle.dumps(plan)) == before


def test_plans_and_banks_print_on_one_line():
    plan = Scattering2D(J=2, L=4).plan((32, 32))
    assert repr(plan) == (
        "Plan(shape=(32, 32), grid=(64, 64), padding='symmetric', average='local', 25 paths of output shape (8, 8))"
    )
    assert repr(plan.banks[0]) == (
        "FilterBank(grid=(64, 64), 8 filters, fields=('j', 'theta', 'xi', 'sigma', 'angle'))"
    )
    assert repr(plan.banks[0].phi).startswith("Filter(shape=(1, ")


def spread(psi):
    """Square root of twice the variance of the energy of a filter along each frequency axis."""
    energy, spreads = np.abs(psi.values[0]) ** 2, []
    for axis, low in enumerate(psi.low):
        weights = np.moveaxis(energy, axis, 0).reshape(energy.shape[axis], -1).sum(axis=1)
        k = low + np.arange(len(weights))
        mean = np.average(k, weights=weights)
        spreads.append(np.sqrt(2 * np.average((k - mean) ** 2, weights=weights)))
    return spreads


def smallest_size(need, unit):
    """Smallest multiple of ``unit`` that is large enough, by a factor without primes larger than 11."""
    for factor in count(1):
        rest = factor
        for prime in (2, 3, 5, 7, 11):
            while rest % prime == 0:
                rest //= prime
        if rest == 1 and unit * factor >= max(need, 8):
            return unit * factor


@pytest.mark.parametrize(
    ("scattering", "shape", "density"),
    [
        (Scattering1D(J=6, Q=(8, 2), padding="wrap"), 4096, DENSITY_1D),
        (Scattering1D(J=4, max_order=3), 1000, DENSITY_1D),
        (Scattering2D(J=3, L=4), (64, 48), DENSITY_2D),
    ],
    ids=["1-D", "1-D order 3", "2-D"],
)
def test_each_grid_is_the_smallest_that_holds_the_bandwidth(scattering, shape, density):
    plan = scattering.plan(shape)
    period = 2**scattering.J
    assert all(n % period == 0 for n in plan.grid)
    expected = [plan.grid]
    for i, row in enumerate(plan.paths[1:], start=1):
        widths = spread(plan.banks[row["order"] - 1].psi[row[f"n{row['order']}"]])
        samples = density[0 if i in plan.paths["parent"] else 1]
        # A shift by ``period`` samples of the signal is one by whole samples on every grid.
        needed = [smallest_size(samples * w, n // period) for w, n in zip(widths, plan.grid, strict=True)]
        expected.append(np.minimum(needed, expected[row["parent"]]))
    np.testing.assert_array_equal(plan.sizes, expected)
    assert plan.sizes.min() < min(plan.grid) / 2


def test_small_steps_give_the_same_numbers(monkeypatch, rng):
    x = rng.standard_normal((3, 24, 24))
    expected = scatter(x, Scattering2D(J=2, L=4).plan((24, 24)))
    monkeypatch.setattr("skscat._core._schedule.STEP_POINTS", 2000)
    np.testing.assert_allclose(scatter(x, Scattering2D(J=2, L=4).plan((24, 24))), expected, atol=1e-12)


def test_averages_by_matrix_equal_averages_by_spectrum(monkeypatch, rng):
    x = rng.standard_normal((2, 40, 56))
    for padding in ("wrap", "symmetric"):
        by_matrix = scatter(x, Scattering2D(J=2, padding=padding).plan((40, 56)))
        monkeypatch.setattr("skscat._core._average.MATRIX_COLUMNS", 0)
        by_spectrum = scatter(x, Scattering2D(J=2, padding=padding).plan((40, 56)))
        monkeypatch.undo()
        np.testing.assert_allclose(by_matrix, by_spectrum, atol=1e-12)


def test_names_of_paths_are_short():
    assert path_names(Scattering2D(J=2, L=2).plan((16, 16)))[:3] == ["", "j1=0_th1=0", "j1=0_th1=1"]
