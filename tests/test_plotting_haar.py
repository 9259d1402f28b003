"""The display of Haar trees draws what it claims to draw."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError

from skscat import HaarScattering
from skscat.plotting import HaarPairsDisplay

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def close_figures():
    plt.close("all")
    yield
    plt.close("all")


def fitted(n_features=16, **parameters):
    X = np.cumsum(np.random.default_rng(0).standard_normal((100, n_features)), axis=1)
    return HaarScattering(**parameters).fit(X)


def on_a_line(n_features=16, n_coordinates=2):
    return np.arange(n_features)[:, np.newaxis] * np.eye(n_coordinates)[0]


def test_lines_of_the_first_layer_join_the_pairs():
    haar, positions = fitted(n_layers=3, n_trees=2, random_state=0), on_a_line()
    display = HaarPairsDisplay.from_estimator(haar, positions, layer=1, tree=1)
    (lines,) = display.lines_
    assert_array_equal(np.array(lines.get_segments())[..., 0], haar.pairings_[1][0])


def test_lines_of_higher_layers_join_the_centers_of_nodes():
    haar, positions = fitted(n_layers=3), on_a_line()
    ends = np.array(HaarPairsDisplay.from_estimator(haar, positions).lines_[2].get_segments())[..., 0]
    nodes = haar.feature_nodes(2)
    centers = np.array([np.flatnonzero(nodes == node).mean() for node in range(4)])
    assert_allclose(ends, centers[haar.pairings_[0][2]])


def test_features_of_a_node_have_one_color():
    haar = fitted(n_layers=2)
    display = HaarPairsDisplay.from_estimator(haar, on_a_line())
    assert_array_equal(display.points_.get_array(), haar.feature_nodes(2))


def test_nodes_without_a_partner_have_no_line():
    display = HaarPairsDisplay.from_estimator(fitted(5, n_layers=3), on_a_line(5))
    # Five nodes make two pairs, three make one, two make one.
    assert [len(lines.get_segments()) for lines in display.lines_] == [2, 1, 1]


def test_positions_in_space_are_drawn_in_space():
    display = HaarPairsDisplay.from_estimator(fitted(), on_a_line(n_coordinates=3))
    assert display.ax_.name == "3d"
    display.figure_.canvas.draw()


def test_axes_that_are_given_are_used():
    _, ax = plt.subplots()
    display = HaarPairsDisplay.from_estimator(fitted(), on_a_line(), ax=ax, marker="s")
    assert display.ax_ is ax
    assert display.figure_ is ax.figure


def test_axes_of_another_dimension_are_refused():
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="positions have 3 coordinates; got axes with the rectilinear projection"):
        HaarPairsDisplay.from_estimator(fitted(), on_a_line(n_coordinates=3), ax=ax)


def test_positions_of_other_features_are_refused():
    with pytest.raises(ValueError, match="expected 2 or 3 coordinates for each of the 16 features"):
        HaarPairsDisplay.from_estimator(fitted(), on_a_line(8))


@pytest.mark.parametrize(("parameters", "message"), [({"layer": 9}, "layer=9"), ({"tree": 1}, "tree=1")])
def test_layers_and_trees_that_do_not_exist_are_refused(parameters, message):
    with pytest.raises(ValueError, match=f"{message}: expected a number from"):
        HaarPairsDisplay.from_estimator(fitted(), on_a_line(), **parameters)


def test_other_estimators_are_refused():
    with pytest.raises(TypeError, match="estimator must be a HaarScattering; got PCA"):
        HaarPairsDisplay.from_estimator(PCA(), on_a_line())


def test_the_transform_must_be_fitted():
    with pytest.raises(NotFittedError):
        HaarPairsDisplay.from_estimator(HaarScattering(), on_a_line())
