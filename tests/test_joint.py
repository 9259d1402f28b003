"""Joint scattering along an index of the first layer: time-frequency, spiral, rigid motions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import oracles
import pytest

from skscat import (
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
    renormalize,
    scatter,
    scatter_vjp,
)
from skscat.filters import all_pass, frame_bounds, spin_bank_1d, spiral_bank, to_dense

# Enough to make any coarse grid as fine as that of the signal.
NO_SUBSAMPLING = 20

GLOBAL = {"average": "global", "average_frequency": "global"}
PLANS = {
    "time-frequency": (TimeFrequencyScattering, 64, {"J": 3, "Q": 2, "J_fr": 1}),
    "time-frequency, l1": (TimeFrequencyScattering, 64, {"J": 3, "Q": 2, "J_fr": 1, "normalize": "l1"}),
    "time-frequency, frames": (
        TimeFrequencyScattering,
        64,
        {"J": 3, "Q": 2, "J_fr": 1, "average_frequency": "global"},
    ),
    "time-frequency, global": (TimeFrequencyScattering, 64, {"J": 3, "Q": 2, "J_fr": 1, **GLOBAL}),
    "spiral": (SpiralScattering, 64, {"J": 3, "Q": 2, "J_fr": 1}),
    "spiral, global": (SpiralScattering, 64, {"J": 3, "Q": 2, "J_fr": 1, **GLOBAL}),
    "roto-translation": (RotoTranslationScattering2D, (8, 8), {"J": 2, "L": 4}),
    "roto-translation, l1": (RotoTranslationScattering2D, (8, 8), {"J": 2, "L": 4, "normalize": "l1"}),
    "roto-translation, global": (RotoTranslationScattering2D, (8, 8), {"J": 2, "L": 4, "average": "global"}),
    "roto-translation, all angles": (RotoTranslationScattering2D, (8, 8), {"J": 2, "L": 4, "average_angle": None}),
    "roto-translation, no wavelet along the angle": (
        RotoTranslationScattering2D,
        (8, 8),
        {"J": 2, "L": 3, "J_rot": 0},
    ),
    "separable": (RotoTranslationScattering2D, (8, 8), {"J": 2, "L": 4, "separable": True}),
}
each_plan = pytest.mark.parametrize(("transform", "shape", "parameters"), PLANS.values(), ids=PLANS)


# ---------------------------------------------------------------------------------------------------------------
# The cascade


def averaged(u, plan, phi):
    """Average moduli (n_index, *grid) over the grid of a plan."""
    if plan.average == "global":
        return u.mean(axis=tuple(range(1, u.ndim)))
    smooth = oracles.periodic_convolution(u, oracles.time_domain(phi)).real
    return smooth[(slice(None), *(slice(None, None, stride) for stride in plan.stride))]


def pooled(a, joint):
    """Average along the index, one output at a time."""
    if joint.outputs is None:
        return a.sum(axis=0) / joint.n_samples
    h = oracles.time_domain(to_dense(joint.bank.phi, joint.bank.grid)[0]).real
    return np.array([sum(h[(i - k) % joint.total] * a[k] for k in range(joint.total)) for i in joint.outputs])


def slow_joint(x, plan):
    """Joint scattering on a periodic grid at full resolution, one sum at a time."""
    joint, (first, second) = plan.joint, plan.banks
    phi = to_dense(second.phi, plan.grid)[0]
    nodes = [x] + [
        np.abs(oracles.periodic_convolution(x, oracles.time_domain(to_dense(first.psi[n], plan.grid)[0])))
        for n in plan.nodes["n1"][1:]
    ]
    s = np.zeros((len(plan.paths), *plan.path_shape))
    if joint.outputs is None:
        s[0] = averaged(x[np.newaxis], plan, to_dense(first.phi, plan.grid)[0])[0]
    for siblings, path in zip(joint.siblings, joint.average_paths, strict=True):
        a = averaged(np.array([nodes[row] for row in siblings]), plan, phi)
        on_axis = np.array([a[member] if member >= 0 else np.zeros_like(a[0]) for member in joint.lift])
        s[path] = joint.gain * pooled(on_axis, joint)
    conjugated = np.isin(np.arange(joint.total), np.arange(joint.total)[joint.conjugated])
    for convolution in joint.convolutions:
        filters = [to_dense(second.filter(*f), plan.grid)[0] for f in convolution.filters]
        along_index = [to_dense(joint.bank.psi[f], joint.bank.grid)[0] for f in convolution.index_filters]
        siblings = [nodes[row] for row in joint.siblings[convolution.siblings]]
        moduli = oracles.joint(siblings, filters, joint.lift, conjugated, along_index)
        for u, path in zip(moduli, convolution.paths, strict=True):
            s[path] = convolution.gain * pooled(averaged(u, plan, phi), joint)
    return s


@each_plan
def test_cascade_equals_its_definition(transform, shape, parameters, rng):
    plan = transform(padding="wrap", oversampling=NO_SUBSAMPLING, **parameters).plan(shape)
    x = rng.standard_normal(plan.shape)
    np.testing.assert_allclose(scatter(x, plan), slow_joint(x, plan), atol=1e-12)


@each_plan
def test_adjoint_is_the_gradient(transform, shape, parameters, rng):
    plan = transform(**parameters).plan(shape)
    x, d = rng.standard_normal((2, 2, *plan.shape))
    g = rng.standard_normal((2, len(plan.paths), *plan.path_shape))
    step = 1e-6
    slope = ((scatter(x + step * d, plan) - scatter(x - step * d, plan)) * g).sum() / (2 * step)
    # Central differences of step 1e-6 are right to 1e-6 or so.
    assert (scatter_vjp(x, g, plan) * d).sum() == pytest.approx(slope, rel=1e-5)


@each_plan
def test_coarse_grids_are_accurate(transform, shape, parameters, rng):
    larger = 512 if transform is not RotoTranslationScattering2D else (32, 32)
    plan, fine = (transform(oversampling=m, **parameters).plan(larger) for m in (0, 3))
    x = rng.standard_normal(plan.shape)
    s, exact = scatter(x, plan), scatter(x, fine)
    for order in (1, 2):
        rows = plan.paths["order"] == order
        # The promise of ``oversampling=0`` in the plane; in time errors are about 1e-3.
        assert np.linalg.norm((s - exact)[rows]) <= 1e-2 * np.linalg.norm(exact[rows])


def test_block_boundaries_do_not_matter(monkeypatch, rng):
    plan = TimeFrequencyScattering(J=4, Q=4).plan(256)
    x = rng.standard_normal((7, 256)).astype(np.float32)
    expected = scatter(x, plan)
    monkeypatch.setattr("skscat._core._traversal.STEP_POINTS", 1)
    np.testing.assert_array_equal(scatter(x, plan), expected)


# ---------------------------------------------------------------------------------------------------------------
# Filters along the index


@pytest.mark.parametrize("J", [1, 2, 4])
def test_spin_bank_preserves_the_norm_of_complex_signals(J):
    bank = spin_bank_1d(60, J)
    energy = sum(np.abs(to_dense(psi, (60,))[0]) ** 2 for psi in bank.psi)
    np.testing.assert_allclose(energy, 1, atol=1e-6)


def test_one_sided_spin_bank_preserves_the_norm_of_real_signals():
    bank = spin_bank_1d(60, 3, two_sided=False)
    # Filter 0 is the low-pass filter.
    real = replace(bank, psi=bank.psi[1:], phi=bank.psi[0])
    np.testing.assert_allclose(frame_bounds(real), 1, atol=1e-6)


def test_spiral_bank_preserves_the_norm_of_complex_signals():
    bank = spiral_bank(96, 3, 1, 1, 8)
    energy = sum(np.abs(to_dense(psi, (96,))[0]) ** 2 for psi in bank.psi)
    np.testing.assert_allclose(energy, 1, atol=1e-6)


def test_spiral_filters_are_filters_along_the_axis_then_across_octaves(rng):
    n_chroma, n_octaves = 6, 10
    bank = spiral_bank(n_chroma * n_octaves, 2, 1, 1, n_chroma)
    along, across = spin_bank_1d(n_chroma * n_octaves, 2), spin_bank_1d(n_octaves, 1)
    x = rng.standard_normal(n_chroma * n_octaves)
    rolled = np.fft.ifft(np.fft.fft(x) * to_dense(along.psi[1], along.grid)[0]).reshape(n_octaves, n_chroma)
    expected = np.fft.ifft(np.fft.fft(rolled, axis=0) * to_dense(across.psi[2], across.grid)[0][:, np.newaxis], axis=0)
    (row,) = np.flatnonzero((bank.table["n_fr"] == 1) & (bank.table["n_oct"] == 2))
    actual = np.fft.ifft(np.fft.fft(x) * to_dense(bank.psi[row], bank.grid)[0])
    np.testing.assert_allclose(actual, expected.ravel(), atol=1e-12)


def test_wavelets_along_the_index_have_zero_mean():
    for bank in (spin_bank_1d(40, 3), spin_bank_1d(16, 3, normalize="l1")):
        for psi in bank.psi[1:]:
            assert to_dense(psi, bank.grid)[0, 0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("length", [8, 9])
def test_all_pass_filter_changes_no_signal(length):
    bank = spin_bank_1d(length, 0)
    np.testing.assert_allclose(to_dense(bank.psi[0], (length,)), 1)
    assert all_pass(length).values.sum() == pytest.approx(length)


# ---------------------------------------------------------------------------------------------------------------
# Published values


@pytest.fixture(scope="module")
def published():
    """Global joint time-frequency scattering of two signals, J=7, Q=8, J_fr=3, by Kymatio's development version."""
    return np.load(Path(__file__).parent / "data" / "published_joint.npz")


def published_parameters(x):
    """Parameters and signals that make the published convention: there, mirrored signals have the period 2 (N - 1)."""
    n = x.shape[1] // 2
    return np.pad(x, ((0, 0), (n, n)), mode="reflect"), {
        "J": 7,
        "Q": 8,
        "J_fr": 3,
        "normalize": "l1",
        "padding": "wrap",
        "average": "global",
    }


def test_wavelets_along_log_frequency_equal_published_values(published):
    x, parameters = published_parameters(published["x"])
    plan = TimeFrequencyScattering(average_frequency="global", **parameters).plan(x.shape[1])
    wavelets = plan.paths["spin"] != 0
    # Published paths are in this order: by n2, then n_fr (and so by spin); the others are tested below.
    assert wavelets.sum() == published["wavelets"].shape[1]
    ratio = published["wavelets"] / scatter(x, plan)[:, wavelets]
    # A sum over a padded and subsampled axis is published: one factor per path, the same for every signal.
    np.testing.assert_allclose(ratio[0], ratio[1], rtol=2e-3)


def test_factors_of_published_values_are_those_of_their_grids(published):
    x, parameters = published_parameters(published["x"])
    plan = TimeFrequencyScattering(average_frequency="global", **parameters).plan(x.shape[1])
    wavelets = plan.paths["spin"] != 0
    log_ratio = np.log2(published["wavelets"] / scatter(x, plan)[:, wavelets])
    # Grids are subsampled by powers of two.
    np.testing.assert_allclose(log_ratio - log_ratio[0, 0], np.round(log_ratio - log_ratio[0, 0]), atol=5e-3)


def test_low_pass_along_log_frequency_equals_published_values(published):
    x, parameters = published_parameters(published["x"])
    plan = TimeFrequencyScattering(average_frequency="local", **parameters).plan(x.shape[1])
    # The published transform does not average again what the low-pass filter leaves, and keeps the bins it has seen.
    bank = plan.joint.bank
    second = replace(plan, joint=replace(plan.joint, bank=replace(bank, phi=all_pass(*bank.grid))))
    low_pass = np.flatnonzero(plan.paths["spin"] == 0)
    values = [scatter(x, plan)[:, low_pass[0]]]
    for row in low_pass[1:]:
        (convolution,) = (c for c in plan.joint.convolutions if row in c.paths)
        n_bins = -(-len(convolution.filters) // 8)
        values.append(scatter(x, second)[:, row, :n_bins])
    values = np.concatenate(values, axis=1)
    ratio = published["low_pass"] / values
    np.testing.assert_allclose(ratio[0], ratio[1], rtol=1e-2)


# ---------------------------------------------------------------------------------------------------------------
# Theorems


# The theorem is about exact averages: ``oversampling`` keeps errors of coarse grids below the tolerance.
EXACT = {"padding": "wrap", "stride": 1, "oversampling": 2}
BINS = {"J": 3, "Q": 4, "J_fr": 2, **EXACT}
TURNS = {"J": 3, "Q": 2, "J_fr": 1, **EXACT}
ANGLES = {"J": 2, "L": 4, **EXACT}
JOINT_CONTRACTIONS = {
    "time-frequency": (TimeFrequencyScattering(**BINS), 64),
    "time-frequency, first order": (TimeFrequencyScattering(F=1, max_order=1, **BINS), 64),
    "time-frequency, all bins": (TimeFrequencyScattering(F=1, **BINS), 64),
    "time-frequency, almost every other bin": (TimeFrequencyScattering(F=1.99, **BINS), 64),
    "time-frequency, every other bin": (TimeFrequencyScattering(F=2, **BINS), 64),
    "time-frequency, two wavelets per octave": (TimeFrequencyScattering(F=1, Q_fr=2, **BINS), 64),
    "time-frequency, global": (TimeFrequencyScattering(average_frequency="global", **BINS), 64),
    # The mean includes what filters spread beyond the ends: with twelve bins, the gain of this is less than one.
    "time-frequency, mean over twelve bins": (
        TimeFrequencyScattering(J=3, Q=3, J_fr=3, F=12, average_frequency="global", **EXACT),
        64,
    ),
    "spiral": (SpiralScattering(**TURNS), 32),
    "spiral, first order": (SpiralScattering(F=1, max_order=1, **BINS), 64),
    "spiral, all bins": (SpiralScattering(F=1, **TURNS), 32),
    "spiral, global": (SpiralScattering(average_frequency="global", **TURNS), 32),
    **{
        f"roto-translation, {parameters}": (RotoTranslationScattering2D(**parameters, **ANGLES), (8, 8))
        for parameters in (
            {},
            {"average_angle": None},
            {"average_angle": None, "max_order": 1},
            {"average_angle": None, "J_rot": 1},
            {"average_angle": None, "J_rot": 0},
            {"separable": True},
            {"separable": True, "average_angle": None},
        )
    },
}


def largest_ratio(plan, rng, n_steps=20):
    """Largest ratio of distances on the way of gradient ascent: from zero, from far pairs and from near pairs."""

    def size(a):
        return np.sqrt((a.reshape(len(a), -1) ** 2).sum(axis=1)).reshape(-1, *(1,) * (a.ndim - 1))

    x, d = rng.standard_normal((2, 6, *plan.shape))
    x[:2] = 0
    d[4:] *= 1e-2
    start, largest = size(x), 0.0
    for _ in range(n_steps):
        difference = scatter(x + d, plan) - scatter(x, plan)
        largest = max(largest, (size(difference.reshape(len(d), -1)) / size(d.reshape(len(d), -1))).max())
        at_x, at_y = (scatter_vjp(v, difference, plan) for v in (x, x + d))
        # The best direction of a linear map is found by iteration of the map and its adjoint.
        d = size(d) / size(at_y) * at_y
        x = x + 0.1 * start / np.maximum(size(at_y - at_x), 1e-300) * (at_y - at_x)
    return largest


@pytest.mark.parametrize(("scattering", "shape"), JOINT_CONTRACTIONS.values(), ids=JOINT_CONTRACTIONS)
def test_joint_scattering_contracts_the_worst_pairs_found(scattering, shape, rng):
    assert largest_ratio(scattering.plan(shape), rng) <= 1 + 1e-6


KEPT = {
    "bins": (TimeFrequencyScattering(F=1, **BINS), 64),
    "bins and octaves": (SpiralScattering(F=1, max_order=1, **BINS), 64),
    "angles": (RotoTranslationScattering2D(average_angle=None, **ANGLES), (8, 8)),
}
each_kept = pytest.mark.parametrize(("scattering", "shape"), KEPT.values(), ids=KEPT)


def without_gain(plan):
    """The plan whose plain averages and wavelets along the index both have all their energy."""
    joint = plan.joint
    order = plan.paths["order"]
    undone = [c._replace(gain=np.sqrt(2)) if order[c.paths[0]] == 1 else c for c in joint.convolutions if c.paths]
    return replace(plan, joint=replace(joint, gain=1.0, convolutions=tuple(undone)))


@each_kept
def test_averages_and_wavelets_of_all_energy_enlarge_distances(scattering, shape, rng):
    assert largest_ratio(without_gain(scattering.plan(shape)), rng) > 1.02


@each_kept
def test_first_order_alone_is_multiplied_by_its_gain(scattering, shape, rng):
    plan = scattering.plan(shape)
    x = rng.standard_normal(plan.shape)
    expected = scatter(x, without_gain(plan))
    expected[plan.paths["order"] == 1] *= plan.joint.gain
    np.testing.assert_allclose(scatter(x, plan), expected, rtol=1e-12)
    assert np.sqrt(0.5) - 1e-12 <= plan.joint.gain < 0.8


def test_averages_at_all_angles_are_divided_by_the_root_of_two(rng):
    plan = RotoTranslationScattering2D(average_angle=None, **ANGLES).plan((8, 8))
    plain = Scattering2D(max_order=1, **ANGLES).plan((8, 8))
    x = rng.standard_normal((8, 8))
    first = (plan.paths["order"] == 1) & (plan.paths["parent"] == -1) & (plan.paths["n_rot"] == 0)
    expected = scatter(x, plain)[1:].reshape(2, 4, 8, 8) / np.sqrt(2)
    # The tables of both list scales, then angles. Coarse grids differ.
    np.testing.assert_allclose(scatter(x, plan)[first], expected, atol=1e-4)


@pytest.mark.parametrize(
    "change",
    [{"normalize": "l1"}, {"average": "global"}, {"F": 2}, {"F": None}, {"average_frequency": "global"}],
    ids=str,
)
def test_first_order_keeps_its_gain_where_it_enlarges_no_distance(change):
    for family in (TimeFrequencyScattering, SpiralScattering):
        assert family(**{"F": 1, **BINS, **change}).plan(64).joint.gain == 1
    if change.keys() <= {"normalize", "average"}:
        assert RotoTranslationScattering2D(**{"average_angle": None, **ANGLES, **change}).plan((8, 8)).joint.gain == 1


@each_kept
def test_ratios_of_coefficients_have_no_gain(scattering, shape, rng):
    plan = scattering.plan(shape)
    x = rng.standard_normal(plan.shape)
    full = without_gain(plan)
    np.testing.assert_allclose(
        renormalize(scatter(x, plan), x, plan), renormalize(scatter(x, full), x, full), rtol=1e-10, atol=1e-12
    )


def test_average_along_the_index_is_the_mean_of_the_plain_coefficients(rng):
    parameters = {"J": 4, "Q": 4, "oversampling": NO_SUBSAMPLING}
    joint = TimeFrequencyScattering(average_frequency="global", **parameters).plan(256)
    plain = Scattering1D(**parameters).plan(256)
    x = rng.standard_normal(256)
    (row,) = np.flatnonzero((joint.paths["order"] == 1) & (joint.paths["n_fr"] == 0))
    expected = scatter(x, plain)[plain.paths["order"] == 1].mean(axis=0)
    np.testing.assert_allclose(scatter(x, joint)[row], expected, rtol=1e-10)


def test_wavelets_of_the_second_order_do_not_matter_to_the_first(rng):
    x = rng.standard_normal(256)
    s, other = (scatter(x, TimeFrequencyScattering(J=5, Q=Q, max_order=1).plan(256)) for Q in [(8, 1), (8, 4)])
    np.testing.assert_array_equal(s, other)


def test_spiral_needs_one_number_of_bins_per_octave():
    with pytest.raises(ValueError, match=r"'Q' parameter of SpiralScattering must be an int"):
        SpiralScattering(Q=(8, 1)).plan(256)


def test_spiral_filters_of_one_frequency_have_bandwidth_zero():
    # The variance of their energy is zero up to rounding, which may be negative.
    plan = SpiralScattering(Q=8, J_fr=4, Q_fr=3, J_oct=2).plan(2048)
    assert min(plan.joint.sizes) >= 1
