"""The cascade equals its definition at full resolution, and its adjoint is its gradient."""

import numpy as np
import oracles
import pytest
from slow_scattering import scatter_slowly

from skscat import (
    HarmonicScattering3D,
    Scattering1D,
    Scattering2D,
    TimeFrequencyScattering,
    renormalize,
    scatter,
    scatter_vjp,
)
from skscat._core._copying import scratch
from skscat._core._plan import make_plan
from skscat._core._records import Filter, FilterBank
from skscat.filters import to_dense

# Grids as fine as the signal's own: nothing is subsampled before the end.
FULL = 20

PLANS = {
    "1-D": lambda: Scattering1D(J=3, Q=2, padding="wrap", oversampling=FULL).plan(48),
    "1-D odd": lambda: Scattering1D(J=2, padding="wrap", oversampling=FULL).plan(45),
    "1-D l1": lambda: Scattering1D(J=3, Q=(2, 2), normalize="l1", padding="wrap", oversampling=FULL).plan(48),
    "1-D order 3": lambda: Scattering1D(J=4, max_order=3, padding="wrap", oversampling=FULL).plan(64),
    "1-D spline": lambda: Scattering1D(J=3, wavelet="battle_lemarie", padding="wrap", oversampling=FULL).plan(48),
    "2-D": lambda: Scattering2D(J=2, L=3, padding="wrap", oversampling=FULL).plan((12, 16)),
    "2-D odd": lambda: Scattering2D(J=2, L=2, padding="wrap", oversampling=FULL).plan((9, 11)),
    "2-D l1": lambda: Scattering2D(J=2, L=4, normalize="l1", padding="wrap", oversampling=FULL).plan((12, 12)),
}


@pytest.mark.parametrize("name", PLANS)
def test_cascade_equals_its_definition(name, rng):
    plan = PLANS[name]()
    x = rng.standard_normal(plan.shape)
    # Both are sums of some thousand terms in double precision.
    np.testing.assert_allclose(scatter(x, plan), scatter_slowly(x, plan), atol=1e-10)


def pooled_plan_3d():
    """Two layers of random complex filters with several components, on a cube."""
    grid = (4, 5, 6)
    rng = np.random.default_rng(3)

    def random_filter(n_components):
        values = rng.standard_normal((n_components, 3, 3, 3)) + 1j * rng.standard_normal((n_components, 3, 3, 3))
        return Filter(values, (-1, 0, -1))

    phi = Filter(np.ones((1, 1, 1, 1)), (0, 0, 0))
    table = np.array([(0,), (1,)], dtype=[("j", int)])
    bank = FilterBank(grid, (random_filter(1), random_filter(3)), phi, table)
    allowed = [np.array([True, True]), np.array([[False, True], [False, False]])]
    return make_plan(
        grid,
        grid,
        (0, 0, 0),
        "wrap",
        [bank, bank],
        allowed,
        average="local",
        stride=(1, 1, 1),
        density=(1e6, 1e6),
        period=1,
        labels=(),
    )


def test_cascade_pools_components_of_filters_in_3d(rng):
    plan = pooled_plan_3d()
    x = rng.standard_normal(plan.shape)
    first, second = ([to_dense(psi, plan.grid) for psi in bank.psi] for bank in plan.banks)

    def pooled(u, components):
        convolved = [oracles.periodic_convolution(u, oracles.time_domain(h)) for h in components]
        return np.linalg.norm(convolved, axis=0)

    u = [x, pooled(x, first[0]), pooled(x, first[1]), pooled(pooled(x, first[0]), second[1])]
    expected = [np.full(plan.shape, v.mean()) for v in u]
    np.testing.assert_allclose(scatter(x, plan), expected, atol=1e-10)


GRADIENTS = {
    "1-D": lambda: Scattering1D(J=3, Q=2).plan(37),
    "1-D order 3": lambda: Scattering1D(J=4, max_order=3, padding="edge").plan(40),
    "1-D global": lambda: Scattering1D(J=3, average="global").plan(37),
    "1-D moduli": lambda: Scattering1D(J=2, average=None, padding="constant").plan(19),
    "1-D edge": lambda: Scattering1D(J=2, padding="edge").plan(23),
    # The period of the mirrored signal is the grid, or too long for it.
    "1-D reflect": lambda: Scattering1D(J=2, padding="reflect").plan(23),
    "1-D reflect, long": lambda: Scattering1D(J=1, padding="reflect").plan(60),
    "1-D stride does not divide": lambda: Scattering1D(J=2, padding="wrap").plan(30),
    "2-D": lambda: Scattering2D(J=2, L=3).plan((9, 8)),
    "2-D edge": lambda: Scattering2D(J=1, L=2, padding="edge").plan((9, 6)),
    # The period of the mirrored image is longer than the grid along the first axis only.
    "2-D reflect": lambda: Scattering2D(J=1, L=2, normalize="l1", padding="reflect").plan((18, 6)),
    "2-D periodic": lambda: Scattering2D(J=2, L=2, padding="wrap").plan((8, 8)),
    "2-D global": lambda: Scattering2D(J=1, L=2, average="global").plan((9, 6)),
    "3-D components": pooled_plan_3d,
    "3-D powers": lambda: HarmonicScattering3D(J=1, L=2).plan((6, 5, 4)),
    "3-D coarse grids": lambda: HarmonicScattering3D(J=1, L=1, powers=(1, 3), normalize="l1").plan((12, 8, 10)),
    "3-D local": lambda: HarmonicScattering3D(J=1, L=1, T=2, average="local", padding="symmetric").plan((5, 6, 4)),
    "3-D moduli": lambda: HarmonicScattering3D(J=0, L=2, average=None, padding="constant").plan((5, 6, 4)),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_adjoint_is_the_gradient(name, rng):
    plan = GRADIENTS[name]()
    x = rng.standard_normal(plan.shape)
    s = scatter(x, plan)
    g = rng.standard_normal(s.shape)
    expected = oracles.numerical_gradient(lambda v: (g * scatter(v, plan)).reshape(len(v), -1).sum(axis=1), x)
    gradient = scatter_vjp(x, g, plan)
    # Central differences of step 1e-6 carry an error of about 1e-9.
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-6 * np.abs(expected).max())


@pytest.mark.filterwarnings("ignore:J=.. the scale:UserWarning")
@pytest.mark.parametrize(
    ("scattering", "shape"),
    [(Scattering1D(J=5, Q=2, normalize="l1"), 10), (Scattering2D(J=3, L=6, average=None, padding="reflect"), (2, 2))],
)
def test_gradients_are_those_of_double_precision_where_moduli_almost_vanish(scattering, shape, rng):
    plan = scattering.plan(shape)
    x = rng.standard_normal((2, *plan.shape))
    g = rng.standard_normal((2, len(plan.paths), *plan.path_shape))
    expected = scatter_vjp(x, g, plan)
    # The ratio of a weight and the smallest of these moduli does not fit single precision.
    found = scatter_vjp(x.astype(np.float32), g.astype(np.float32), plan)
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_batches_do_not_mix(rng):
    plan = Scattering1D(J=3).plan(64)
    x = rng.standard_normal((2, 3, 64))
    s, gradient = scatter(x, plan), scatter_vjp(x, scatter(x, plan), plan)
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(s[index], scatter(x[index], plan))
        np.testing.assert_array_equal(gradient[index], scatter_vjp(x[index], s[index], plan))


@pytest.mark.parametrize(
    ("scattering", "shape"), [(Scattering1D(J=4, Q=4), 200), (Scattering2D(J=2, L=4), (40, 30))], ids=["1-D", "2-D"]
)
def test_single_precision_follows_double(scattering, shape, rng):
    plan = scattering.plan(shape)
    x = rng.standard_normal((3, *plan.shape))
    single, double = scatter(x.astype(np.float32), plan), scatter(x, plan)
    assert single.dtype == np.float32
    # 24 bits, through transforms of some hundred points.
    np.testing.assert_allclose(single, double, atol=2e-6 * np.abs(double).max())


def test_global_average_is_the_mean_of_the_moduli(rng):
    moduli = Scattering1D(J=3, average=None).plan(100)
    means = Scattering1D(J=3, average="global", oversampling=FULL).plan(100)
    x = rng.standard_normal(100)
    np.testing.assert_allclose(scatter(x, means), scatter(x, moduli).mean(axis=-1), atol=1e-12)


def test_stride_only_decimates(rng):
    x = rng.standard_normal(96)
    fine, coarse = (Scattering1D(J=3, padding="wrap", stride=s).plan(96) for s in (1, 8))
    np.testing.assert_allclose(scatter(x, coarse), scatter(x, fine)[:, ::8], atol=1e-12)


def test_stride_that_does_not_divide_the_period_only_decimates(rng):
    x = rng.standard_normal(101)
    fine, coarse = (Scattering1D(J=3, padding="wrap", stride=s).plan(101) for s in (1, 8))
    np.testing.assert_allclose(scatter(x, coarse), scatter(x, fine)[:, ::8], atol=1e-12)


def test_oversampling_converges(rng):
    x = rng.standard_normal(1024)
    plans = [Scattering1D(J=6, Q=8, oversampling=o).plan(1024) for o in (0, 1, 2, FULL)]
    *s, exact = (scatter(x, plan) for plan in plans)
    errors = [np.linalg.norm(v - exact) / np.linalg.norm(exact) for v in s]
    assert errors[0] < 1e-3
    assert errors[1] < errors[0] / 3
    assert errors[2] < errors[1] / 3


def test_renormalized_coefficients_ignore_loudness(rng):
    plan = Scattering1D(J=4, Q=2).plan(256)
    x = rng.standard_normal(256)
    quiet, loud = (renormalize(scatter(a * x, plan), a * x, plan) for a in (1e-3, 1e3))
    moduli = plan.paths["order"] > 0
    np.testing.assert_allclose(quiet[moduli], loud[moduli], rtol=1e-9)


def test_renormalized_coefficients_are_ratios(rng):
    plan = Scattering1D(J=4).plan(256)
    x = rng.standard_normal(256)
    s, r = scatter(x, plan), renormalize(scatter(x, plan), x, plan)
    second = plan.paths["order"] == 2
    parents = plan.paths["parent"][second]
    # The floor of the divisor is 2 ** -20 of the loudest.
    np.testing.assert_allclose(r[second], s[second] / s[parents], rtol=1e-4)


def test_renormalized_silence_is_zero():
    plan = Scattering1D(J=3).plan(64)
    x = np.zeros(64)
    np.testing.assert_array_equal(renormalize(scatter(x, plan), x, plan), 0)


def test_plans_without_averages_leave_nothing_to_divide_by():
    plan = Scattering1D(J=3, average=None).plan(64)
    with pytest.raises(ValueError, match="the plan has average=None, which keeps the moduli; expected one that"):
        renormalize(np.zeros((len(plan.paths), 64)), np.zeros(64), plan)


@pytest.mark.parametrize("shape", [(8,), (2, 21, 8), (21, 7)])
def test_renormalize_refuses_outputs_of_another_shape(shape):
    plan = Scattering1D(J=3).plan(64)
    with pytest.raises(ValueError, match=r"s has shape .*; the outputs of this plan for x have shape"):
        renormalize(np.zeros(shape), np.zeros(64), plan)


@pytest.mark.parametrize("function", [scatter, lambda x, plan: scatter_vjp(x, np.zeros((1,)), plan)])
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(64, dtype=int), "x has dtype int64; expected float32 or float64"),
        (np.zeros(64, dtype=complex), "x has dtype complex128"),
        (np.zeros(65), r"x has shape \(65,\); its last axes must be \(64,\)"),
    ],
)
def test_scatter_refuses_what_does_not_fit(function, x, message):
    with pytest.raises(ValueError, match=message):
        function(x, Scattering1D(J=3).plan(64))


def test_adjoint_refuses_weights_of_another_shape():
    plan = Scattering1D(J=3).plan(64)
    with pytest.raises(ValueError, match=r"g has shape \(3,\); the outputs of this plan for x have shape"):
        scatter_vjp(np.zeros(64), np.zeros(3), plan)


@pytest.mark.parametrize(
    "scattering", [Scattering1D(J=2), TimeFrequencyScattering(J=2, Q=2, J_fr=1)], ids=["cascade", "joint"]
)
def test_weights_may_be_a_function_whatever_its_arguments_are_called(scattering, rng):
    plan = scattering.plan(64)
    x = rng.standard_normal((2, *plan.shape))
    gradient = scatter_vjp(x, lambda a, b, c, /: 2 * a, plan)
    np.testing.assert_allclose(gradient, scatter_vjp(x, 2 * scatter(x, plan), plan), atol=1e-10)


def test_weights_may_be_computed_by_another_gradient(rng):
    plan, other = Scattering1D(J=3, Q=2).plan(128), Scattering1D(J=4, Q=4).plan(128)
    x = rng.standard_normal((2, 128))
    g = rng.standard_normal((2, len(plan.paths), *plan.path_shape))
    weights = rng.standard_normal((2, len(other.paths), *other.path_shape))

    def weigh(s, rows, paths):
        scatter_vjp(x, weights, other)
        return g[rows][:, paths]

    np.testing.assert_array_equal(scatter_vjp(x, weigh, plan), scatter_vjp(x, g, plan))


def largest_scratch():
    return max(map(len, scratch._arrays.values()), default=0)


@pytest.mark.parametrize(
    "run", [scatter, lambda x, plan: scatter_vjp(x, lambda s, rows, paths: s, plan)], ids=["cascade", "adjoint"]
)
def test_large_scratch_memory_is_released(monkeypatch, run, rng):
    monkeypatch.setattr("skscat._core._copying.SCRATCH_BYTES", 100)
    scratch.trim()
    plan = HarmonicScattering3D(J=1, L=1, average="global").plan((9, 8, 10))
    run(rng.standard_normal((2, *plan.shape)), plan)
    assert largest_scratch() <= 100


def test_large_scratch_memory_is_released_after_an_error(monkeypatch):
    def fail(*_):
        scratch.empty("moduli", (1000,), float, np.empty(0))
        raise RuntimeError("interrupted")

    monkeypatch.setattr("skscat._core._copying.SCRATCH_BYTES", 100)
    monkeypatch.setattr("skscat._core._cascade.operators.spectrum", fail)
    plan = Scattering1D(J=3).plan(64)
    for run in (scatter, lambda x, plan: scatter_vjp(x, np.zeros((1, len(plan.paths), 8)), plan)):
        with pytest.raises(RuntimeError, match="interrupted"):
            run(np.zeros((1, 64)), plan)
        assert largest_scratch() <= 100


def test_lists_are_read_as_arrays(rng):
    plan = Scattering1D(J=1).plan(16)
    x = rng.standard_normal(16)
    np.testing.assert_array_equal(scatter(x.tolist(), plan), scatter(x, plan))
