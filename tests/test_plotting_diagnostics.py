"""The display of stability measures what it is asked to."""

import pytest
from numpy.testing import assert_array_equal

from skscat import Scattering1D
from skscat.diagnostics import deformation_stability, translation_stability
from skscat.plotting import StabilityDisplay

plt = pytest.importorskip("matplotlib.pyplot")

SCATTERING = Scattering1D(J=4)


@pytest.fixture
def X(rng):
    return rng.standard_normal((2, 256))


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def assert_drawn(display, expected):
    assert display.ax_.get_xlabel() == expected.action
    for line in display.lines_:
        assert_array_equal(line.get_xdata(), expected.sizes)
        assert_array_equal(line.get_ydata(), expected.changes[line.get_label()])


@pytest.mark.parametrize("action", ["dilation", "random"])
def test_deformations_of_either_kind_are_drawn(action, X):
    display = StabilityDisplay.from_estimator(SCATTERING, X, (0.01, 0.02), action=action, random_state=0)
    assert_drawn(display, deformation_stability(SCATTERING, X, (0.01, 0.02), deformation=action, random_state=0))


def test_translations_are_drawn(X):
    display = StabilityDisplay.from_estimator(SCATTERING, X, (1, 3), action="translation")
    assert_drawn(display, translation_stability(SCATTERING, X, (1, 3)))


def test_sizes_are_by_default_those_of_the_measures(X):
    assert_drawn(StabilityDisplay.from_estimator(SCATTERING, X), deformation_stability(SCATTERING, X))
    display = StabilityDisplay.from_estimator(SCATTERING, X, action="translation")
    assert_drawn(display, translation_stability(SCATTERING, X))


def test_random_deformations_of_one_seed_are_the_same(X):
    first, again, other = (
        StabilityDisplay.from_estimator(SCATTERING, X, (0.02,), action="random", random_state=seed).stability
        for seed in (0, 0, 1)
    )
    assert_array_equal(first.changes["signal"], again.changes["signal"])
    assert first.changes["signal"] != other.changes["signal"]


@pytest.mark.parametrize("action", ["deformation", "rotation", None])
def test_other_actions_are_refused(action, X):
    with pytest.raises(ValueError, match=f"action={action!r}: expected one of 'dilation', 'random', 'translation'"):
        StabilityDisplay.from_estimator(SCATTERING, X, action=action)
