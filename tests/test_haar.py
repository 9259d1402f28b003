"""Haar scattering: energy, contraction, invariances, and pairs that are learned."""

import sys

import networkx
import numpy as np
import oracles
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import gaussian_filter
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from skscat import HaarScattering
from skscat.datasets import load_digits_sample
from skscat.graphs._haar_tree import haar_layer, scatter_tree, tree_leaves
from skscat.graphs._pairing import (
    close_cycles,
    exchange,
    greedy,
    grid_pairings,
    match_nodes,
    pair_costs,
    random_pairings,
)

SIZES = [2, 7, 16, 21, 64, 100]

each_layout = pytest.mark.parametrize("layout", [np.asarray, csr_array], ids=["dense", "sparse"])


def signals(n_features, n=30, seed=0):
    return np.random.default_rng(seed).standard_normal((n, n_features))


def hidden_ring(n=200, n_nodes=64):
    """Smooth random signals on a ring in a hidden order, and which features are neighbors."""
    rng = np.random.default_rng(0)
    X = gaussian_filter(rng.standard_normal((n, n_nodes)), (0, 2), mode="wrap")
    order = rng.permutation(n_nodes)
    steps = np.abs(np.subtract.outer(order, order))
    return X[:, order], np.minimum(steps, n_nodes - steps) == 1


def hidden_grid(n=200, side=16):
    """Smooth random periodic images with pixels in a hidden order, and which pixels are neighbors."""
    rng = np.random.default_rng(0)
    X = gaussian_filter(rng.standard_normal((n, side, side)), (0, 2, 2), mode="wrap").reshape(n, -1)
    order = rng.permutation(side**2)
    steps = [np.abs(np.subtract.outer(axis, axis)) for axis in np.divmod(order, side)]
    distance = sum(np.minimum(step, side - step) for step in steps)
    return X[:, order], distance == 1


def hidden_sphere(n=300, n_nodes=256):
    """Smooth random functions at points evenly spread on a sphere, and the six nearest of each point."""
    rng = np.random.default_rng(0)
    k = np.arange(n_nodes) + 0.5
    height, angle = 1 - 2 * k / n_nodes, np.pi * (1 + np.sqrt(5)) * k
    radius = np.sqrt(1 - height**2)
    points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), height])[rng.permutation(n_nodes)]
    cosines = points @ points.T
    X = rng.standard_normal((n, n_nodes)) @ np.exp(20 * (cosines - 1))
    nearest = np.argsort(-cosines, axis=1)[:, 1:7]
    neighbors = np.zeros((n_nodes, n_nodes), bool)
    neighbors[np.arange(n_nodes)[:, np.newaxis], nearest] = True
    return X, neighbors | neighbors.T


GEOMETRIES = {"ring": hidden_ring, "grid": hidden_grid, "sphere": hidden_sphere}


# The transform


@pytest.mark.parametrize("n_features", SIZES)
@pytest.mark.parametrize("pairing", ["learned", "random"])
def test_each_layer_doubles_the_energy(n_features, pairing):
    X = signals(n_features)
    pairings = HaarScattering(pairing=pairing, random_state=0).fit(X).pairings_[0]
    s = X[:, np.newaxis]
    for layer, pairs in enumerate(pairings, start=1):
        s = haar_layer(s, pairs)
        assert_allclose(np.sum(s**2, axis=(1, 2)), 2**layer * np.sum(X**2, axis=1), rtol=1e-12)


@pytest.mark.parametrize("n_features", SIZES)
@pytest.mark.parametrize("n_trees", [1, 3])
def test_norms_are_preserved(n_features, n_trees):
    X = signals(n_features)
    S = HaarScattering(n_trees=n_trees, pairing="random", random_state=0).fit_transform(X)
    assert_allclose(np.linalg.norm(S, axis=1), np.linalg.norm(X, axis=1), rtol=1e-12)


@pytest.mark.parametrize("n_features", SIZES)
@pytest.mark.parametrize("max_order", [None, 1])
def test_transform_is_nonexpansive(n_features, max_order):
    X = signals(n_features, n=100)
    S = HaarScattering(n_trees=3, pairing="random", max_order=max_order, random_state=0).fit_transform(X)
    distances, scattered = (np.linalg.norm(x[1:] - x[:-1], axis=1) for x in (X, S))
    # Rounding.
    assert np.all(scattered <= distances * (1 + 1e-12))
    assert np.mean(scattered / distances) < 0.99 or n_features == 2


@pytest.mark.parametrize("n_features", SIZES)
def test_coefficients_equal_the_recursion(n_features):
    X = signals(n_features)
    haar = HaarScattering(n_trees=2, random_state=0).fit(X)
    S = haar.transform(X) * np.sqrt(2**haar.n_layers_ * 2)
    for t, pairings in enumerate(haar.pairings_):
        rows = haar.paths_["tree"] == t
        for x, s in zip(X[:5], S[:5, rows], strict=True):
            nodes = np.array(oracles.haar(x, pairings))
            assert_allclose(s, nodes[haar.paths_["node"][rows], haar.paths_["differences"][rows]], atol=1e-12)


@pytest.mark.parametrize("max_order", [0, 1, 3])
def test_coefficients_up_to_an_order_are_those_without_a_limit(max_order):
    X = signals(64)
    haar = HaarScattering(n_layers=5, n_trees=2, random_state=0).fit(X)
    pruned = HaarScattering(n_layers=5, n_trees=2, max_order=max_order, random_state=0).fit(X)
    kept = haar.paths_["order"] <= max_order
    assert_array_equal(pruned.paths_, haar.paths_[kept])
    assert_array_equal(pruned.transform(X), haar.transform(X)[:, kept])


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_swapping_the_halves_of_any_node_changes_nothing(layer):
    X = signals(64)
    haar = HaarScattering(n_layers=4, pairing="random", random_state=0).fit(X)
    leaves = tree_leaves(haar.pairings_[0])
    swapped = leaves.reshape(-1, 2, 2**layer).copy()
    some = np.random.default_rng(1).random(len(swapped)) < 0.5
    swapped[some] = swapped[some, ::-1]
    relabeled = X.copy()
    relabeled[:, leaves] = X[:, swapped.ravel()]
    assert np.any(relabeled != X)
    # Sums are the same to the last bit: a + b = b + a.
    assert_array_equal(haar.transform(relabeled), haar.transform(X))


def test_only_order_zero_changes_with_the_sign_of_a_signal():
    X = signals(16)
    haar = HaarScattering(n_layers=4, pairing="random", random_state=0).fit(X)
    sums = haar.paths_["order"] == 0
    assert_allclose(haar.transform(-X)[:, ~sums], haar.transform(X)[:, ~sums], rtol=1e-12)
    assert_allclose(haar.transform(-X)[:, sums], -haar.transform(X)[:, sums], rtol=1e-12)


@pytest.mark.parametrize("max_order", [2, 10])
def test_additions_grow_like_the_features_times_the_layers(max_order, monkeypatch):
    count = 0
    layer = sys.modules["skscat.graphs._haar_tree"]._sums_and_differences

    def counted(left, right, rising=None):
        nonlocal count
        out = layer(left, right, rising)
        count += out.size
        return out

    monkeypatch.setattr("skscat.graphs._haar_tree._sums_and_differences", counted)
    counts = []
    for n_layers in range(4, 11):
        count = 0
        pairings = grid_pairings((1, 2**n_layers), n_layers)
        scatter_tree(signals(2**n_layers, n=1), tree_leaves(pairings), n_layers, max_order)
        counts.append(count / (n_layers * 2**n_layers))
    if max_order == 10:
        assert counts == [1] * 7
    else:
        # Paths of higher orders are never computed.
        assert np.all(np.diff(counts) < 0)


def test_features_of_all_trees_are_concatenated():
    X = signals(32)
    haar = HaarScattering(n_trees=3, random_state=0).fit(X)
    S = haar.transform(X)
    for t, tree in enumerate(haar.pairings_):
        alone = HaarScattering(pairing=tree).fit_transform(X)
        assert_allclose(S[:, haar.paths_["tree"] == t], alone / np.sqrt(3), rtol=1e-12)


@pytest.fixture
def counts(rng):
    """Counts of words in documents, or the like: most of them are zero."""
    return rng.poisson(0.3, (40, 30)).astype(float)


@each_layout
def test_results_do_not_depend_on_the_number_of_jobs(layout, counts, monkeypatch):
    # Several blocks of signals.
    monkeypatch.setattr("skscat.graphs._haar.BLOCK_POINTS", 64)
    serial, parallel = (
        HaarScattering(n_trees=3, random_state=0, n_jobs=n).fit_transform(layout(counts)) for n in (1, 2)
    )
    assert_array_equal(parallel, serial)


@each_layout
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("block_size", [None, 7])
def test_blocks_are_those_of_transform(layout, n_jobs, block_size, counts, monkeypatch):
    monkeypatch.setattr("skscat.graphs._haar.BLOCK_POINTS", 64)
    X = layout(counts)
    haar = HaarScattering(n_trees=2, random_state=0, n_jobs=n_jobs).fit(X)
    blocks, parts = zip(*haar.transform_blocks(X, block_size), strict=True)
    assert len(blocks) == (1 if block_size is None else 6)
    assert np.r_[blocks].tolist() == list(range(40))
    assert_array_equal(np.concatenate(parts), haar.transform(X))


def test_sparse_counts_give_what_dense_ones_give(counts):
    dense, sparse = (HaarScattering(n_trees=2, random_state=0).fit_transform(X) for X in (counts, csr_array(counts)))
    assert_array_equal(sparse, dense)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype):
    X = signals(20).astype(dtype)
    S = HaarScattering(n_trees=2, random_state=0).fit_transform(X)
    assert S.dtype == dtype
    double = HaarScattering(n_trees=2, random_state=0).fit_transform(X.astype(float))
    # Sums of six layers in single precision, with seven digits.
    assert_allclose(S, double, atol=1e-5)


# Matching


@pytest.mark.parametrize("seed", range(5))
def test_blossom_finds_the_cheapest_of_all_matchings(seed):
    costs = pair_costs(signals(3, n=8, seed=seed), "l1")
    pairs = match_nodes(costs, "blossom")
    least = min(sum(costs[a, b] for a, b in matching) for matching in oracles.perfect_matchings(list(range(8))))
    assert_allclose(costs[pairs[:, 0], pairs[:, 1]].sum(), least, rtol=1e-12)


# Random points in the plane have many cycles of odd length: the median of many draws is 2 % more, the worst 9 %.
@pytest.mark.parametrize("n_nodes", [10, 60, 100])
@pytest.mark.parametrize(("dimension", "bound"), [(2, 1.1), (20, 1.02)])
def test_relaxed_matching_costs_hardly_more_than_the_exact_one(n_nodes, dimension, bound):
    costs = pair_costs(signals(dimension, n=n_nodes), "l1")
    graph = networkx.Graph()
    graph.add_weighted_edges_from((a, b, costs[a, b]) for a in range(n_nodes) for b in range(a))
    exact = sum(costs[a, b] for a, b in networkx.min_weight_matching(graph))
    pairs = match_nodes(costs)
    assert_array_equal(np.sort(pairs, axis=None), np.arange(n_nodes))
    assert exact * (1 - 1e-12) <= costs[pairs[:, 0], pairs[:, 1]].sum() <= bound * exact


def test_blossom_among_neighbors_is_exact_where_the_relaxation_is():
    X, _ = hidden_grid()
    costs = pair_costs(X.T, "l1")
    relaxed, exact = (match_nodes(costs, matching) for matching in ("relaxed", "blossom"))
    cost, least = (costs[pairs[:, 0], pairs[:, 1]].sum() for pairs in (relaxed, exact))
    assert_allclose(cost, least, rtol=1e-12)


def test_exchanges_improve_greedy_pairs():
    costs = pair_costs(signals(2, n=100), "l1")
    pairs = np.array(greedy(costs, np.arange(100)))
    better = exchange(costs, pairs)
    assert_array_equal(np.sort(better, axis=None), np.arange(100))
    assert costs[better[:, 0], better[:, 1]].sum() < 0.95 * costs[pairs[:, 0], pairs[:, 1]].sum()


def test_three_nodes_in_a_triangle_do_not_stay_one_cycle():
    # Two triangles far from each other: the assignment is a cycle on each, and one pair must cross.
    corners = np.array([[0, 0], [1, 0], [0.4, 1]])
    costs = pair_costs(np.concatenate([corners, corners + 10]), "l2")
    pairs = close_cycles(costs)
    assert_array_equal(np.sort(pairs, axis=None), np.arange(6))


@pytest.mark.parametrize("n_features", [5, 6, 7])
@pytest.mark.parametrize("matching", ["relaxed", "blossom"])
def test_features_that_never_change_are_paired_too(n_features, matching):
    X = np.zeros((10, n_features))
    haar = HaarScattering(matching=matching).fit(X)
    assert_array_equal(haar.transform(X), 0)
    assert (haar.pairings_[0][0] == -1).sum() == n_features % 2


def test_an_odd_feature_out_is_the_one_nearest_to_zero():
    X = np.repeat(signals(2, n=50), 2, axis=1)
    X = np.column_stack([X[:, :2], 0.01 * signals(1, n=50, seed=1), X[:, 2:]])
    pairs = HaarScattering(n_layers=1).fit(X).pairings_[0][0]
    assert_array_equal(pairs, [[0, 1], [2, -1], [3, 4]])


# Learning


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("criterion", ["l1", "l2"])
def test_learned_pairs_are_neighbors_of_the_hidden_geometry(geometry, criterion):
    X, neighbors = GEOMETRIES[geometry]()
    pairs = HaarScattering(criterion=criterion).fit(X).pairings_[0][0]
    assert neighbors[pairs[:, 0], pairs[:, 1]].mean() >= 0.95
    random = HaarScattering(pairing="random", random_state=0).fit(X).pairings_[0][0]
    assert neighbors[random[:, 0], random[:, 1]].mean() < 0.2


def test_nodes_of_the_layers_are_connected_in_the_hidden_grid():
    X, neighbors = hidden_grid()
    haar = HaarScattering(4).fit(X)
    for layer in (1, 2):
        nodes = haar.feature_nodes(layer)
        connected = [
            len(breadth_first_order(csr_array(neighbors[np.ix_(members, members)]), 0, directed=False)[0])
            == len(members)
            for members in (np.flatnonzero(nodes == n) for n in range(256 >> layer))
        ]
        assert np.mean(connected) >= 0.95


@pytest.mark.parametrize("seed", [0, 1])
def test_permuting_the_features_changes_nothing_but_names(seed):
    X = signals(21)
    order = np.random.default_rng(seed).permutation(21)
    haar, permuted = HaarScattering().fit(X), HaarScattering().fit(X[:, order])
    S, S_permuted = haar.transform(X), permuted.transform(X[:, order])
    # The nodes hold the same features, but are numbered in another order.
    nodes, nodes_permuted = haar.feature_nodes(haar.n_layers_), permuted.feature_nodes(permuted.n_layers_)
    assert_array_equal(np.equal.outer(nodes, nodes)[np.ix_(order, order)], np.equal.outer(*(nodes_permuted,) * 2))
    assert_allclose(np.sort(S_permuted, axis=1), np.sort(S, axis=1), atol=1e-12)


def test_learned_pairs_cost_less_than_random_ones():
    X, _ = hidden_ring()
    costs = pair_costs(X.T, "l1")
    learned, random = (
        HaarScattering(1, pairing=pairing, random_state=0).fit(X).pairings_[0][0] for pairing in ("learned", "random")
    )
    assert costs[learned[:, 0], learned[:, 1]].sum() < 0.3 * costs[random[:, 0], random[:, 1]].sum()


def test_learned_pairs_classify_scrambled_digits_better_than_random_ones(rng):
    digits = load_digits_sample()
    X = digits.data[:2000][:, rng.permutation(784)]
    X, X_test, y, y_test = train_test_split(X, digits.target[:2000], random_state=0)
    scores = {}
    for pairing in ("learned", "random"):
        haar = HaarScattering(n_layers=4, max_order=2, pairing=pairing, max_samples=300, random_state=0)
        scores[pairing] = make_pipeline(haar, RidgeClassifier()).fit(X, y).score(X_test, y_test)
    assert scores["learned"] > scores["random"] + 0.02


def test_trees_learn_from_samples_of_their_own():
    X = signals(16, n=60)
    haar = HaarScattering(n_trees=3, max_samples=15, random_state=0).fit(X)
    rows = np.random.RandomState(0).permutation(60)[:45].reshape(3, 15)
    for tree, part in zip(haar.pairings_, rows, strict=True):
        alone = HaarScattering().fit(X[part]).pairings_[0]
        for pairs, expected in zip(tree, alone, strict=True):
            assert_array_equal(pairs, expected)


# Known grids


def test_pairs_of_a_grid_alternate_between_rows_and_columns():
    first, second, third = grid_pairings((2, 4), 3)
    assert_array_equal(first, [[0, 1], [2, 3], [4, 5], [6, 7]])
    assert_array_equal(second, [[0, 2], [1, 3]])
    assert_array_equal(third, [[0, 1]])


def test_shifted_trees_scatter_what_unshifted_ones_scatter_of_shifted_images():
    X = signals(64).reshape(-1, 8, 8)
    haar = HaarScattering(4, pairing="grid", n_trees=5, random_state=0).fit(X)
    S = haar.transform(X) * np.sqrt(5)
    first = HaarScattering(4, pairing="grid").fit(X)
    shifted = {(dy, dx): first.transform(np.roll(X, (-dy, -dx), axis=(1, 2))) for dy in range(4) for dx in range(4)}
    for t in range(5):
        matches = [np.allclose(S[:, haar.paths_["tree"] == t], s, atol=1e-12) for s in shifted.values()]
        assert sum(matches) == 1
        assert matches[0] == (t == 0)


def test_the_average_over_all_shifts_moves_with_the_image():
    X = signals(64).reshape(-1, 8, 8)
    haar = HaarScattering(4, pairing="grid", n_trees=16, combine="mean", random_state=0).fit(X)
    assert haar.paths_["tree"].max() == -1
    assert haar.get_feature_names_out()[0] == "haarscattering_mean_n0"
    S, moved = (haar.transform(x).reshape(len(X), 16, 2, 2) for x in (X, np.roll(X, 4, axis=2)))
    assert_allclose(moved, np.roll(S, 1, axis=3), atol=1e-12)


def test_odd_grids_with_channels_preserve_the_norm():
    X = signals(2 * 5 * 7).reshape(-1, 2, 5, 7)
    haar = HaarScattering(pairing="grid", n_trees=4, random_state=0).fit(X)
    assert haar.n_layers_ == 6
    assert_allclose(np.linalg.norm(haar.transform(X), axis=1), np.linalg.norm(X.reshape(30, -1), axis=1), rtol=1e-12)
    colors = np.repeat([0, 1], 35)
    nodes = haar.feature_nodes(6)
    assert len(set(nodes[colors == 0]) & set(nodes[colors == 1])) == 0


# Trees


def test_the_hierarchy_is_a_binary_tree_with_the_features_as_leaves():
    X = signals(13)
    haar = HaarScattering(3).fit(X)
    (tree,) = haar.trees_
    graph = networkx.from_scipy_sparse_array(tree, create_using=networkx.DiGraph)
    assert networkx.is_branching(graph)
    assert {node for node in graph if graph.out_degree(node) == 0} == set(range(13))
    assert max(degree for _, degree in graph.out_degree()) == 2
    roots = [node for node in graph if graph.in_degree(node) == 0]
    assert len(roots) == len(haar.pairings_[0][-1])
    nodes = haar.feature_nodes(3)
    for root in roots:
        members = [node for node in networkx.descendants(graph, root) if node < 13]
        assert len(set(nodes[members])) == 1


def test_names_say_tree_differences_and_node():
    haar = HaarScattering(2, n_trees=2, pairing="random", random_state=0).fit(signals(6))
    names = haar.get_feature_names_out()
    assert len(set(names)) == len(names) == haar.transform(signals(6)).shape[1]
    assert names[0] == "haarscattering_t0_n0"
    assert names[-1] == "haarscattering_t1_d1_d2_n1"


def test_pairs_of_a_fitted_tree_can_be_given():
    X = signals(21)
    haar = HaarScattering(n_trees=2, random_state=0).fit(X)
    again = HaarScattering(pairing=haar.pairings_).fit(X[:1])
    assert_array_equal(again.transform(X), haar.transform(X))


# Errors


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_layers": 6}, "n_layers=6: 20 features allow at most 5 layers"),
        ({"n_trees": 40}, "n_trees=40: each tree learns from samples of its own, but X has n_samples = 30"),
        ({"combine": "mean"}, 'combine="mean" needs pairing="grid"'),
        (
            {"pairing": "grid", "shape": (4, 5), "n_layers": 2, "n_trees": 5},
            "n_trees=5: 2 layers on a grid of shape .4, 5. have 4 different shifts",
        ),
        ({"pairing": []}, "pairing: expected a list of trees, each a list of arrays of pairs"),
        ({"pairing": [1, 2]}, "pairing: expected a list of trees, each a list of arrays of pairs"),
        ({"pairing": [[[0, 1], [2]]]}, "pairing: expected a list of trees, each a list of arrays of pairs"),
        ({"pairing": [[], []]}, "pairing: expected a list of trees, each a list of arrays of pairs"),
        ({"pairing": [[np.array([[0, 1]])], [np.array([[0, 1]])] * 2]}, r"2 trees of \[1, 2\] layers"),
        ({"pairing": [np.arange(18).reshape(9, 2)]}, "layer 1 of tree 0, of shape .9, 2.: expected pairs"),
        ({"pairing": [np.arange(20).reshape(10, 2), np.zeros((5, 2), int)]}, "layer 2 of tree 0.*the nodes 0 to 9"),
        ({"pairing": [np.arange(20.0).reshape(10, 2)]}, "expected pairs .n_pairs, 2. of whole numbers"),
        ({"pairing": [np.arange(20).reshape(10, 2)], "n_layers": 2}, "n_layers=2, but pairing has 1 layers"),
        ({"pairing": [np.arange(20).reshape(10, 2)], "n_trees": 2}, "n_trees=2, but pairing has 1 trees"),
    ],
)
def test_errors_say_what_was_expected(parameters, message):
    with pytest.raises(ValueError, match=message):
        HaarScattering(**parameters).fit(signals(20))


@pytest.mark.parametrize(("layer", "tree", "message"), [(3, 0, "layer=3"), (0, 0, "layer=0"), (1, 2, "tree=2")])
def test_layers_and_trees_that_do_not_exist_are_refused(layer, tree, message):
    haar = HaarScattering(2).fit(signals(8))
    with pytest.raises(ValueError, match=f"{message}: expected a number from"):
        haar.feature_nodes(layer, tree)


def test_blossom_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(ImportError, match=r'matching="blossom" needs networkx; install it with: pip install'):
        HaarScattering(matching="blossom").fit(signals(8))


def test_random_pairs_hold_each_node_once():
    for pairs, n_nodes in zip(random_pairings(21, 4, np.random.RandomState(0)), [21, 11, 6, 3], strict=True):
        assert_array_equal(np.sort(pairs[pairs >= 0]), np.arange(n_nodes))
