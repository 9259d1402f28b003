"""Memory: filters are held once, siblings are computed in parts, and plans that cannot be meant take none."""

import tracemalloc
import warnings

import numpy as np
import pytest

from skscat import (
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
    scatter,
    scatter_vjp,
)
from skscat._core import _folding, _schedule
from skscat._transforms import _limits
from skscat.filters import FilterBank, _frame, morlet_bank_1d, tighten

FAMILIES = {
    "time": (Scattering1D(J=5, Q=4, max_order=3), (512,)),
    # On finer grids no frequency is cropped, which may depend on the last bit of a filter.
    "plane": (Scattering2D(J=3, max_order=3, oversampling=1), (32, 40)),
    "space": (HarmonicScattering3D(J=1, L=2, powers=(1, 2)), (16, 16, 16)),
    "time-frequency": (TimeFrequencyScattering(J=5, Q=4, J_fr=2), (512,)),
    "spiral": (SpiralScattering(J=5, Q=4, J_fr=2), (512,)),
    "angles": (RotoTranslationScattering2D(J=2), (32, 40)),
}


def steps_of(siblings):
    yield from siblings.steps
    yield from (joint.step for joint in siblings.joint)
    for child in siblings.children:
        yield from steps_of(child)


def arrays_of(plan, dtype):
    """Arrays that hold the folded filters of a plan, each once."""
    pieces = []
    for step in steps_of(_schedule.schedule(plan, np.dtype(dtype))):
        pieces += [piece.values for *_, folded in step.terms for piece in folded.pieces]
        pieces += [piece.values for piece in step.averaging.pieces or ()]
    owners = {}
    for array in pieces:
        while array.base is not None:
            array = array.base
        owners[id(array)] = array
    return list(owners.values())


def small_limit(monkeypatch, n):
    monkeypatch.setattr(_frame, "LARGE_FILTER", n)
    monkeypatch.setattr(_folding, "LARGE_FILTER", n)


@pytest.mark.parametrize("name", ["time", "plane", "time-frequency", "angles"])
def test_a_schedule_holds_each_filter_once(name):
    scattering, shape = FAMILIES[name]
    plan = scattering.plan(shape)
    filters = {id(psi): psi for bank in plan.banks for psi in (*bank.psi, bank.phi)}
    # Repeated for real and imaginary parts, a filter in single precision has the bytes of one in double precision.
    # Filters of joint convolutions are also used mirrored.
    copies = 2 if plan.joint else 1
    held = sum(array.nbytes for array in arrays_of(plan, "float32"))
    assert held <= copies * sum(psi.values.nbytes for psi in filters.values())


def test_large_filters_are_not_copied(monkeypatch):
    small_limit(monkeypatch, 0)
    plan = Scattering2D(J=3).plan((32, 40))
    filters = {id(psi.values if psi.values.base is None else psi.values.base) for psi in plan.banks[0].psi}
    used = {id(array) for array in arrays_of(plan, "float32")}
    assert all(psi.values.dtype == np.float32 for psi in plan.banks[0].psi)
    assert len(used - filters) <= 1  # the low-pass filter


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FAMILIES)
def test_large_filters_give_the_results_of_others_in_single_precision(name, dtype, rng, monkeypatch):
    scattering, shape = FAMILIES[name]
    x = rng.standard_normal((2, *shape)).astype(dtype)
    plan = scattering.plan(shape)
    expected, gradient = scatter(x, plan), scatter_vjp(x, scatter(x, plan), plan)
    # Low-pass filters are small: whether averages are matrix products depends on their last bit.
    small_limit(monkeypatch, max(bank.phi.values.size for bank in plan.banks))
    plan = scattering.plan(shape)
    assert plan.banks[0].psi[0].values.dtype in (np.float32, np.complex64)
    s = scatter(x, plan)
    # A few roundings to single precision. Gradients are sensitive to them where moduli are small.
    assert np.linalg.norm(s - expected) < 1e-6 * np.linalg.norm(expected)
    found = scatter_vjp(x, s, plan)
    assert np.linalg.norm(found - gradient) < 1e-3 * np.linalg.norm(gradient)
    assert s.dtype == found.dtype == x.dtype


@pytest.mark.parametrize("name", ["time", "plane", "space"])
def test_results_do_not_depend_on_the_number_of_siblings_computed_together(name, rng, monkeypatch):
    scattering, shape = FAMILIES[name]
    x = rng.standard_normal((2, *shape))
    plan = scattering.plan(shape)
    s = scatter(x, plan)
    monkeypatch.setattr(_schedule, "SIBLING_POINTS", 1)
    plan = scattering.plan(shape)
    # Matrix products of more rows round differently.
    np.testing.assert_allclose(scatter(x, plan), s, rtol=1e-12, atol=1e-12 * np.abs(s).max())
    signal = _schedule.schedule(plan, x.dtype)
    assert all(len(child.nodes) == 1 for child in signal.children)


def test_tighten_leaves_its_argument_unless_asked_to_overwrite_it():
    bank = morlet_bank_1d(256, 4, 2, normalize="l1")
    bank = FilterBank(bank.grid, tuple(psi._replace(values=10 * psi.values) for psi in bank.psi), bank.phi, bank.table)
    before = [psi.values.copy() for psi in bank.psi]
    tight = tighten(bank)
    for psi, values in zip(bank.psi, before, strict=True):
        np.testing.assert_array_equal(psi.values, values)
    overwritten = tighten(bank, overwrite=True)
    for psi, same, own in zip(tight.psi, overwritten.psi, bank.psi, strict=True):
        np.testing.assert_array_equal(same.values, psi.values)
        assert same.values is own.values


# ---------------------------------------------------------------------------------------------------------------
# Plans that cannot be meant


def planned(scattering, shape):
    """Plan, and return the messages of the warnings."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        scattering.plan(shape)
    return [str(warning.message) for warning in found]


IMPOSSIBLE = {
    "J of images": (Scattering2D(J=16, padding="edge"), (64, 64), r"J=16, .*shape \(64, 64\) are padded to .* GB"),
    "J of angles": (RotoTranslationScattering2D(J=16, padding="edge"), (64, 64), "J=16, .* take about .* GB"),
    "J of signals": (
        Scattering1D(J=40, padding="edge"),
        256,
        r"J=40, .*shape \(256,\) are padded to .* GB, but this machine has",
    ),
    "stride": (Scattering1D(stride=10**15, padding="edge"), 256, "stride=1000000000000000, .* GB"),
    "J of volumes": (HarmonicScattering3D(J=14, padding="edge"), (8, 8, 8), "J=14, L=3, .* GB"),
    "sigma_0": (HarmonicScattering3D(sigma_0=1e6, padding="edge"), (8, 8, 8), "sigma_0=1000000.0, .* GB"),
    "J_fr": (TimeFrequencyScattering(J_fr=45), 1024, "J_fr=45, .* GB"),
    "J_oct": (SpiralScattering(J_oct=45), 1024, "J_oct=45: .* GB"),
    "length": (Scattering1D(), 2**45, r"shape \(35184372088832,\) .* GB, .*shorter signals"),
    "octaves of signals": (Scattering1D(J=64), 256, r"J=64: expected at most 62"),
    "octaves of images": (Scattering2D(J=1000), (32, 32), r"J=1000: expected at most 62"),
    "octaves of volumes": (HarmonicScattering3D(J=2000), (8, 8, 8), r"J=2000: expected at most 62"),
    "octaves of log-frequency": (TimeFrequencyScattering(J_fr=100), 1024, r"J_fr=100: expected at most 62"),
    "octaves of octaves": (SpiralScattering(J_oct=100), 1024, r"J_oct=100: expected at most 62"),
}


@pytest.mark.filterwarnings("ignore:.*(is longer than|are wider than):UserWarning")
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_does_not_fit_in_memory_is_refused_by_name_before_it_is_made(name, monkeypatch):
    scattering, shape, message = IMPOSSIBLE[name]
    monkeypatch.setattr(_limits, "machine_memory", lambda: 2**36)
    with pytest.raises(ValueError, match=message):
        scattering.plan(shape)


def test_a_grid_out_of_proportion_to_signals_is_warned_of(monkeypatch):
    monkeypatch.setattr(_limits, "MUCH_MEMORY", 2**20)
    messages = planned(Scattering2D(J=6, L=2, padding="edge"), (8, 8))
    assert any("J=6, L=2" in m and "padded to (512, 512)" in m and "GB" in m for m in messages)


def test_many_paths_are_warned_of(monkeypatch):
    monkeypatch.setattr(_limits, "MANY_PATHS", 1000)
    (message,) = planned(Scattering2D(J=2, L=40), (16, 16))
    # One path of order zero, 80 of first order, 1,600 of second order.
    assert message.startswith("J=2, L=40, Q=1, ")
    assert "1,681 paths" in message
    (message,) = planned(RotoTranslationScattering2D(J=2, L=300, average_angle=None), (16, 16))
    assert message.startswith("J=2, L=300, ")


def test_outputs_that_do_not_fit_in_memory_are_warned_of(monkeypatch):
    monkeypatch.setattr(_limits, "machine_memory", lambda: 2 * 10**6)
    (message,) = planned(Scattering2D(J=3, L=4, average=None), (100, 100))
    # 1 + 12 + 3 * 16 paths of 10,000 samples in single precision.
    assert "average=None: outputs for one signal, 61 paths of shape (100, 100), take 0.00244 GB" in message
    assert message.endswith('this machine has 0.002 GB of memory. Choose a longer stride, or average="global".')


@pytest.mark.parametrize(
    ("scattering", "shape"),
    [
        (Scattering1D(J=10, Q=16), 2**16),
        (Scattering1D(J=8, padding="edge"), 256),
        (Scattering2D(J=5, L=16), (100, 100)),
        (Scattering2D(J=6, L=2, padding="edge"), (64, 64)),
        (HarmonicScattering3D(J=3, padding="edge"), (8, 8, 8)),
        (TimeFrequencyScattering(J=8, Q=16), 4096),
    ],
)
def test_ordinary_plans_do_not_warn(scattering, shape):
    assert planned(scattering, shape) == []


def test_paths_are_counted_before_they_are_listed():
    follows = np.tri(4, k=-1, dtype=bool).T
    # Four filters, in order: 4 of one, 6 of two, 4 of three.
    assert _limits.count_paths([np.ones(4, dtype=bool), follows, follows]) == 1 + 4 + 6 + 4
    assert _limits.count_paths([]) == 1


def test_averages_at_few_outputs_take_little_memory():
    # Samples times frequencies are 6 GB, and the matrix is 128 kB.
    tracemalloc.start()
    Scattering1D(J=6, T=2, stride=16384).fit(np.zeros((1, 16384)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**26
