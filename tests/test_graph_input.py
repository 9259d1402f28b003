"""Scattering on given graphs: formats of graphs and signals, names, lists of graphs, errors."""

import pickle
import re

import networkx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from graph_cases import random_graph, ring
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skscat import GraphScattering
from skscat.graphs import _graph_cascade
from skscat.preprocessing import LogMedian

N = 24


@pytest.fixture
def adjacency(rng):
    return random_graph(N, rng)


@pytest.fixture
def X(rng):
    return rng.standard_normal((5, N))


@pytest.fixture
def graphs(rng):
    """Graphs of different sizes with signals, and a graph without edges."""
    samples = [(sp.csr_array(random_graph(n, rng)), rng.standard_normal(n)) for n in (12, 9, 30, 17)]
    return [*samples, (np.zeros((1, 1)), np.ones(1))]


# ---------------------------------------------------------------------------------------------------------------
# Input and output


@pytest.mark.parametrize(
    "convert",
    [np.asarray, np.ndarray.tolist, sp.csr_array, sp.coo_matrix, pd.DataFrame, lambda a: lambda x: a],
    ids=["array", "list", "csr", "coo", "frame", "callable"],
)
def test_graphs_of_any_format_are_equal(convert, adjacency, X):
    expected = GraphScattering(adjacency).fit_transform(X)
    assert_allclose(GraphScattering(convert(adjacency)).fit_transform(X), expected, rtol=1e-12)


def test_graphs_from_data_get_one_row_per_node(rng):
    x = rng.standard_normal((4, 3, N))
    seen = []

    def weights(signals):
        seen.append(signals)
        return np.abs(np.corrcoef(signals))

    scattering = GraphScattering(weights).fit(x)
    assert_array_equal(seen[0], x.transpose(2, 0, 1).reshape(N, 12))
    assert_allclose(scattering.adjacency_.toarray(), np.abs(np.corrcoef(seen[0])))
    scattering.transform(x)
    assert len(seen) == 1


def test_layouts_of_channels_are_equal(adjacency, rng):
    x = rng.standard_normal((4, 2, N))
    S = GraphScattering(adjacency).fit_transform(x)
    assert_array_equal(GraphScattering(adjacency, channel_axis=-1).fit_transform(x.transpose(0, 2, 1)), S)
    assert_array_equal(GraphScattering(adjacency, shape=(2, N)).fit_transform(x.reshape(4, -1)), S)
    for c in range(2):
        assert_array_equal(S.reshape(4, 2, -1)[:, c], GraphScattering(adjacency).fit_transform(x[:, c]))


def test_names_say_channel_path_and_power_or_node(adjacency, rng):
    x = rng.standard_normal((4, 2, N))
    scattering = GraphScattering(adjacency, 2, channel_names=("speed", "heat"), powers=(1, 2)).fit(x)
    names = scattering.get_feature_names_out()
    assert names[:3].tolist() == [
        "graphscattering_speed_mean_p1", "graphscattering_speed_mean_p2", "graphscattering_speed_j1=0_p1",
    ]  # fmt: skip
    assert names[-1] == "graphscattering_heat_j1=1_j2=1_p2"
    assert len(set(names)) == scattering.transform(x).shape[1] == np.prod(scattering.output_shape_)
    local = GraphScattering(adjacency, 2, average="local").fit(x).get_feature_names_out()
    assert local[N + 5] == "graphscattering_c0_j1=0_v5"


def test_small_graphs_give_no_warning_of_layouts(rng):
    # Warnings are errors.
    GraphScattering(ring(np.zeros(6))).fit_transform(rng.standard_normal((100, 6)))


def test_graphs_of_their_own_equal_a_graph_of_all_signals(adjacency, X):
    expected = GraphScattering(adjacency, 3).fit_transform(X)
    pairs = [(adjacency, x) for x in X]
    objects = np.empty(len(X), object)
    objects[:] = pairs
    for given in (pairs, tuple(pairs), objects, pd.Series(pairs)):
        assert_allclose(GraphScattering(J=3).fit_transform(given), expected, rtol=1e-12)


@pytest.mark.parametrize("channel_axis", [None, 1])
def test_graphs_may_have_several_channels(channel_axis, graphs, rng):
    signals = [rng.standard_normal((2, adjacency.shape[0])) for adjacency, _ in graphs]
    given = [(a, x if channel_axis is None else x.T) for (a, _), x in zip(graphs, signals, strict=True)]
    scattering = GraphScattering(J=3, channel_axis=channel_axis).fit(given)
    S = scattering.transform(given)
    assert scattering.output_shape_ == (2, 13, 4)
    for c in range(2):
        alone = [(a, x[c]) for (a, _), x in zip(graphs, signals, strict=True)]
        assert_array_equal(S.reshape(len(given), 2, -1)[:, c], GraphScattering(J=3).fit_transform(alone))
    for dx, (_, x) in zip(scattering.gradient(given, np.ones_like(S)), given, strict=True):
        assert dx.shape == x.shape


def test_graphs_of_two_precisions_are_computed_in_the_higher_one(graphs, monkeypatch):
    monkeypatch.setattr(_graph_cascade, "BLOCK_POINTS", 1)
    mixed = [(a, x.astype(np.float32) if i % 2 else x) for i, (a, x) in enumerate(graphs)]
    in_double = [(a, x.astype(float)) for a, x in mixed]
    assert_array_equal(GraphScattering().fit_transform(mixed), GraphScattering().fit_transform(in_double))


def test_graphs_are_cross_validated_in_pipelines(rng):
    graphs, y = [], np.arange(20) % 2
    for label in y:
        graph = networkx.watts_strogatz_graph(40, 4, 0.5 * label, seed=int(rng.integers(1000)))
        graphs.append((networkx.to_scipy_sparse_array(graph), rng.standard_normal(40)))
    model = make_pipeline(GraphScattering(J=3), LogMedian(), StandardScaler(), LogisticRegression())
    assert cross_val_score(model, graphs, y, cv=4, error_score="raise").mean() > 0.9


def test_pickled_estimators_give_the_same_results(graphs):
    scattering = GraphScattering().fit(graphs)
    assert_array_equal(pickle.loads(pickle.dumps(scattering)).transform(graphs), scattering.transform(graphs))


def test_another_fit_forgets_the_first(graphs, adjacency, X):
    scattering = GraphScattering(adjacency).fit(X)
    scattering.set_params(adjacency=None).fit(graphs)
    assert not {"n_features_in_", "signal_shape_", "adjacency_"} & set(vars(scattering))
    assert_array_equal(scattering.transform(graphs), GraphScattering().fit_transform(graphs))


# ---------------------------------------------------------------------------------------------------------------
# Errors


def with_entry(row, column, value):
    adjacency = ring(np.zeros(N))
    adjacency[row, column] = value
    return adjacency


ADJACENCIES = {
    "asymmetric": (
        with_entry(2, 7, 1), r"adjacency is not symmetric: its entries at \((2, 7|7, 2)\) .*\(A \+ A.T\) / 2",
    ),
    "negative": (
        -ring(np.zeros(N)), r"adjacency has the weight -1.0 at \(0, 1\); expected no negative weights",
    ),
    "NaN": (with_entry(3, 4, np.nan), r"adjacency has the weight nan at \(3, 4\); expected finite weights"),
    "infinite": (with_entry(3, 4, np.inf), r"adjacency has the weight inf at \(3, 4\)"),
    "not square": (np.ones((N, N + 1)), r"adjacency has shape \(24, 25\); expected \(n_nodes, n_nodes\)"),
    "sparse, not square": (sp.eye_array(N, N + 1), r"adjacency has shape \(24, 25\)"),
    "a vector": (np.ones(N), r"adjacency has shape \(24,\)"),
    "empty": (np.ones((0, 0)), r"adjacency has shape \(0, 0\)"),
    "complex": (1j * ring(np.zeros(N)), "adjacency has dtype complex128; expected real weights"),
    "text": (np.full((N, N), "a"), "adjacency has dtype <U1; expected real weights"),
    "ragged": ([[0, 1], [1]], "adjacency has entries of different lengths"),
    "masked": (np.ma.masked_equal(ring(np.zeros(N)), 1), "adjacency has masked values"),
    "of networkx": (networkx.path_graph(N), r"adjacency is of type Graph; .* networkx.to_scipy_sparse_array"),
    "of other nodes": (
        ring(np.zeros(N + 1)), r"adjacency has 25 nodes, but signals in X have 24 values; .* \(n, channels, 25\)",
    ),
    "callable": (lambda x: np.ones(3), r"adjacency\(X\) has shape \(3,\)"),
}  # fmt: skip


@pytest.mark.parametrize(("adjacency", "message"), ADJACENCIES.values(), ids=ADJACENCIES)
def test_bad_graphs_are_refused(adjacency, message, X):
    with pytest.raises(ValueError, match=message):
        GraphScattering(adjacency).fit(X)


def test_rounding_errors_of_weights_are_not_asymmetry(adjacency, X):
    other = adjacency * (1 + 1e-14 * np.triu(np.ones((N, N))))
    assert_allclose(GraphScattering(other).fit_transform(X), GraphScattering(adjacency).fit_transform(X), rtol=1e-10)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"J": 0}, "The 'J' parameter"),
        ({"J": 21}, "The 'J' parameter"),
        ({"wavelets": "haar"}, "The 'wavelets' parameter"),
        ({"average": "mean"}, "The 'average' parameter"),
        ({"powers": (1, -1)}, r"powers=\(1, -1\): expected a sequence of positive numbers"),
        ({"powers": (1, 2), "average": "local"}, "means of powers need average=\"global\", not 'local'"),
        ({"shape": (3, 7)}, r"shape=\(3, 7\) holds 21 values"),
        ({"channel_axis": 3}, "channel_axis=3: expected None, or an axis"),
    ],
)
def test_bad_parameters_are_refused(parameters, message, X):
    with pytest.raises(ValueError, match=message):
        GraphScattering(ring(np.zeros(N)), **parameters).fit(X)


def pair(n=4, values=4):
    return ring(np.zeros(n)), np.ones(values)


LISTS = {
    "an array": (np.ones((3, 4)), r"X has shape \(3, 4\); expected a list of pairs \(adjacency, signals\)"),
    "a number": (3.0, "X is of type float; expected a list of pairs"),
    "none": ([], "X has 0 samples"),
    "graphs only": ([ring(np.zeros(4))], r"X\[0\] is of type ndarray and length 4; expected a list"),
    "other nodes": ([pair(), pair(5)], r"X\[1\] has a graph of 5 nodes, but signals of 4 values"),
    "asymmetric": ([pair(), (np.triu(np.ones((4, 4))), np.ones(4))], r"X\[1\]\[0\] is not symmetric"),
    "NaN": ([pair(), (ring(np.zeros(4)), np.full(4, np.nan))], r"X\[1\] contains NaN"),
    "channels": ([pair(), (ring(np.zeros(4)), np.ones((2, 4)))], r"X\[1\] has 2 channels, but X\[0\] has no axis"),
}


@pytest.mark.parametrize(("X", "message"), LISTS.values(), ids=LISTS)
def test_bad_lists_of_graphs_are_refused(X, message):
    with pytest.raises(ValueError, match=message):
        GraphScattering().fit(X)


@pytest.mark.parametrize("average", ["local", None])
def test_graphs_of_their_own_have_global_averages_only(average, graphs):
    with pytest.raises(ValueError, match=re.escape(f"average={average!r}: graphs of different sizes have no common")):
        GraphScattering(average=average).fit(graphs)


def test_many_paths_give_a_warning(X):
    with pytest.warns(UserWarning, match="J=20, max_order=4: 168,421 paths"):
        GraphScattering(ring(np.zeros(N)), 20, max_order=4).fit(X)
