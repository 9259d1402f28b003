"""Scattering on given graphs: wavelets, cascade, equivariance, gradient, precision, blocks."""

import re

import networkx
import numpy as np
import pytest
import scipy.sparse as sp
from graph_cases import random_graph, ring
from numpy.testing import assert_allclose, assert_array_equal
from oracles import graph_kernels, graph_scatter

from skscat import GraphScattering, HaarScattering
from skscat.graphs import _graph_cascade
from skscat.graphs._adjacency import side_by_side
from skscat.graphs._graph_wavelets import graph_bank

N = 24
each_kind = pytest.mark.parametrize("wavelets", ["tight", "diffusion"])
each_average = pytest.mark.parametrize("average", ["global", "local", None])


def test_feature_names_in_docstrings_exist(rng):
    X = rng.standard_normal((40, 2, 16))
    for estimator, signals in ((GraphScattering(random_graph(16, rng)), X), (HaarScattering(2), X[:, 0])):
        (example,) = re.findall(r"example ``(.*?)``", estimator.get_feature_names_out.__doc__)
        assert example in estimator.fit(signals).get_feature_names_out()


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
# Wavelets


@pytest.mark.parametrize("J", range(1, 13))
def test_tight_wavelets_are_a_tight_frame_of_any_graph(J):
    assert_allclose(graph_bank("tight", J).frame_bounds, 1, atol=1e-10)


def test_diffusion_wavelets_are_not_tight():
    low, high = graph_bank("diffusion", 4).frame_bounds
    assert low < 0.5
    assert high == pytest.approx(1)


@each_kind
@pytest.mark.parametrize("J", [1, 4, 8, 12])
def test_polynomials_equal_the_kernels(wavelets, J):
    s = np.cos(np.linspace(0, np.pi, 201))
    psi, phi = graph_kernels((1 + s) / 2, J, wavelets)
    found = np.polynomial.chebyshev.chebval(s, graph_bank(wavelets, J).coefficients.T)
    assert_allclose(found, [phi, *psi], atol=1e-11)


def test_degrees_grow_with_the_root_of_the_steps_of_the_walk():
    degrees = [graph_bank("tight", J).coefficients.shape[1] - 1 for J in range(1, 13)]
    assert max(degrees[:6]) <= 75
    assert_allclose(np.array(degrees[3:]) / np.array(degrees[1:-2]), 2, atol=0.1)


def test_wavelets_respond_to_lower_and_lower_frequencies():
    peak = graph_bank("tight", 6).table["peak"]
    assert peak[0] == pytest.approx(2, abs=1e-3)
    assert (np.diff(peak) < 0).all()


@each_kind
def test_analysis_and_synthesis_are_adjoint(wavelets, adjacency, rng):
    walk, coefficients = side_by_side([sp.csr_array(adjacency)]).walk, graph_bank(wavelets, 3).coefficients
    x, y = rng.standard_normal((N, 2, 3)), rng.standard_normal((4, N, 2, 3))
    left = np.vdot(_graph_cascade.analyze(walk, coefficients, x), y)
    assert left == pytest.approx(np.vdot(x, _graph_cascade.synthesize(walk, coefficients, y)), rel=1e-12)


# ---------------------------------------------------------------------------------------------------------------
# Cascade


@each_kind
@each_average
@pytest.mark.parametrize(("J", "max_order"), [(1, 1), (3, 2), (2, 3), (4, 0)])
def test_coefficients_equal_those_from_eigenvectors(wavelets, average, J, max_order, adjacency, X):
    powers = (1, 2, 3, 4, 0.5) if average == "global" else None
    scattering = GraphScattering(
        adjacency, J, max_order=max_order, wavelets=wavelets, average=average, powers=powers
    ).fit(X)
    S = scattering.transform(X).reshape(len(X), *scattering.output_shape_)
    expected = [graph_scatter(x, adjacency, J, max_order, wavelets, average, powers) for x in X]
    # Square roots of moduli near zero lose half of the digits.
    assert_allclose(S[..., :4], np.array(expected)[..., :4], atol=1e-10)
    assert_allclose(S, expected, atol=1e-7)


def test_the_norm_is_that_of_all_orders_and_of_the_next_moduli(adjacency, X):
    local = GraphScattering(adjacency, 3, average="local").fit_transform(X)
    moduli = GraphScattering(adjacency, 3, max_order=3, average=None).fit(X)
    last = moduli.transform(X).reshape(len(X), -1, N)[:, moduli.paths_["order"] == 3]
    assert_allclose((local**2).sum(axis=1) + (last**2).sum(axis=(1, 2)), (X**2).sum(axis=1), rtol=1e-10)


@each_kind
def test_scattering_is_nonexpansive(wavelets, adjacency, rng):
    x, y = rng.standard_normal((2, 50, N))
    y[::2] = x[::2] + 1e-2 * y[::2]
    scattering = GraphScattering(adjacency, 3, max_order=3, wavelets=wavelets, average="local").fit(x)
    change = np.linalg.norm(scattering.transform(x) - scattering.transform(y), axis=1)
    assert (change <= (1 + 1e-10) * np.linalg.norm(x - y, axis=1)).all()


def test_paths_of_any_two_scales_are_computed(adjacency, X):
    paths = GraphScattering(adjacency, 3).fit(X).paths_
    assert paths["order"].tolist() == [0] + 3 * [1] + 9 * [2]
    second = paths[paths["order"] == 2]
    assert_array_equal(second["j1"], np.repeat(range(3), 3))
    assert_array_equal(second["j2"], np.tile(range(3), 3))
    assert_array_equal(paths["j1"][second["parent"]], second["j1"])


def test_finer_wavelets_hold_as_much_of_the_energy_of_moduli_as_coarser_ones(rng):
    """The reason why all pairs of scales are paths."""
    adjacency = networkx.to_scipy_sparse_array(networkx.random_geometric_graph(400, 0.1, seed=0))
    x = rng.standard_normal((5, 400))
    scattering = GraphScattering(adjacency, average=None).fit(x)
    energy = (scattering.transform(x).reshape(5, -1, 400) ** 2).sum(axis=(0, 2))
    paths = scattering.paths_
    second = paths["order"] == 2
    coarser, not_coarser = (
        energy[second & where].sum() for where in (paths["j2"] > paths["j1"], paths["j2"] <= paths["j1"])
    )
    assert not_coarser > coarser


def test_scattering_on_a_path_does_not_leak_to_another_component(X):
    adjacency = sp.block_diag([ring(np.zeros(10)), ring(np.zeros(N - 10))])
    x = X.copy()
    x[:, 10:] = 0
    S = GraphScattering(adjacency, average="local").fit(x).transform(x).reshape(5, -1, N)
    assert_array_equal(S[:, :, 10:], 0)
    assert (S[:, :, :10] != 0).all()


def test_nodes_without_neighbors_have_no_wavelet_coefficients(X):
    scattering = GraphScattering(np.zeros((N, N)), average="local").fit(X)
    S = scattering.transform(X).reshape(5, -1, N)
    assert_allclose(S[:, 0], X, atol=1e-11)
    assert_allclose(S[:, 1:], 0, atol=1e-10)


@pytest.mark.parametrize("factor", [1e-300, 1e-8, 1e300])
def test_units_of_the_weights_do_not_matter(factor, adjacency, X):
    expected = GraphScattering(adjacency).fit_transform(X)
    assert_allclose(GraphScattering(factor * adjacency).fit_transform(X), expected, rtol=1e-10)


# ---------------------------------------------------------------------------------------------------------------
# Invariance and equivariance


def permuted(adjacency, X, rng):
    order = rng.permutation(N)
    return adjacency[np.ix_(order, order)], X[:, order], order


@each_kind
def test_global_averages_do_not_depend_on_the_order_of_the_nodes(wavelets, adjacency, X, rng):
    other, Y, _ = permuted(adjacency, X, rng)
    S, T = (GraphScattering(a, wavelets=wavelets).fit_transform(x) for a, x in ((adjacency, X), (other, Y)))
    assert_allclose(T, S, rtol=1e-12, atol=1e-12)


@each_kind
@pytest.mark.parametrize("average", ["local", None])
def test_node_outputs_are_permuted_with_the_nodes(wavelets, average, adjacency, X, rng):
    other, Y, order = permuted(adjacency, X, rng)
    S, T = (
        GraphScattering(a, wavelets=wavelets, average=average).fit_transform(x).reshape(5, -1, N)
        for a, x in ((adjacency, X), (other, Y))
    )
    assert_allclose(T, S[:, :, order], rtol=1e-12, atol=1e-12)


def test_two_copies_of_a_graph_have_the_averages_of_one(adjacency, X):
    twice = sp.block_diag([adjacency, adjacency])
    S, T = (GraphScattering(a).fit_transform(x) for a, x in ((adjacency, X), (twice, np.hstack([X, X]))))
    assert_allclose(T, S, rtol=1e-12)


def test_small_changes_of_weights_change_coefficients_in_proportion(adjacency, X, rng):
    noise = rng.uniform(-1, 1, adjacency.shape)
    S = GraphScattering(adjacency, average="local").fit_transform(X)
    changes = []
    for size in (1e-4, 1e-3, 1e-2):
        other = adjacency * (1 + size * (noise + noise.T) / 2)
        changes.append(np.linalg.norm(GraphScattering(other, average="local").fit_transform(X) - S) / size)
    assert max(changes) <= 2 * np.linalg.norm(X)
    assert_allclose(changes, changes[0], rtol=0.1)


# ---------------------------------------------------------------------------------------------------------------
# Gradient


def check_gradient(function, gradient, x, rng):
    direction, step = rng.standard_normal(x.shape), 1e-6
    difference = (function(x + step * direction) - function(x - step * direction)) / (2 * step)
    assert np.vdot(gradient(x), direction) == pytest.approx(difference, rel=1e-6)


@each_kind
@each_average
@pytest.mark.parametrize("channel_axis", [None, -1])
def test_gradient_equals_finite_differences(wavelets, average, channel_axis, adjacency, rng):
    x = rng.standard_normal((3, 2, N) if channel_axis is None else (3, N, 2))
    scattering = GraphScattering(
        adjacency, 3, wavelets=wavelets, average=average, max_order=3, channel_axis=channel_axis
    ).fit(x)
    weights = rng.standard_normal(scattering.transform(x).shape)
    check_gradient(
        lambda v: (weights * scattering.transform(v)).sum(),
        lambda v: scattering.gradient(v, weights).reshape(v.shape),
        x,
        rng,
    )


@each_average
def test_weights_of_a_gradient_may_be_a_function(average, adjacency, X):
    scattering = GraphScattering(adjacency, 3, average=average).fit(X)
    S = scattering.transform(X)
    expected = scattering.gradient(X, 2 * S)

    def weights(s, index):
        assert_allclose(s, S[index], rtol=1e-12, atol=1e-12)
        return 2 * s

    assert_allclose(scattering.gradient(X, weights), expected, rtol=1e-10, atol=1e-10)


def test_gradient_on_graphs_of_their_own_equals_finite_differences(graphs, rng):
    scattering = GraphScattering(J=3).fit(graphs)
    S = scattering.transform(graphs)
    weights = rng.standard_normal(S.shape)
    gradient = scattering.gradient(graphs, weights)
    for i, (adjacency, x) in enumerate(graphs[:-1]):
        check_gradient(
            lambda v, a=adjacency, i=i: (weights[i] * scattering.transform([(a, v)])).sum(),
            lambda v, i=i: gradient[i],
            x,
            rng,
        )
    of_function = scattering.gradient(graphs, lambda s, index: weights[index])
    for found, expected in zip(of_function, gradient, strict=True):
        assert_allclose(found, expected, rtol=1e-12)


def test_gradient_at_zero_is_that_of_the_linear_part(adjacency):
    scattering = GraphScattering(adjacency, 2, average="local").fit(np.zeros((1, N)))
    weights = np.ones((1, scattering.transform(np.zeros((1, N))).shape[1]))
    low = GraphScattering(adjacency, 2, average="local", max_order=0).fit(np.zeros((1, N)))
    assert_allclose(scattering.gradient(np.zeros((1, N)), weights), low.gradient(np.zeros((1, N)), np.ones((1, N))))


def test_weights_of_another_shape_are_refused(adjacency, X):
    with pytest.raises(ValueError, match=r"weights has shape \(5, 3\); expected \(5, 84\)"):
        GraphScattering(adjacency).fit(X).gradient(X, np.ones((5, 3)))


# ---------------------------------------------------------------------------------------------------------------
# Precision, blocks, threads


def test_single_precision_is_kept_and_close(adjacency, X):
    scattering = GraphScattering(adjacency, average="local").fit(X)
    S = scattering.transform(X.astype(np.float32))
    assert S.dtype == np.float32
    assert_allclose(S, scattering.transform(X), atol=1e-5)


@pytest.mark.parametrize("exponent", [-548, 515])
def test_powers_are_homogeneous_at_any_amplitude(exponent, adjacency, X):
    scattering = GraphScattering(adjacency, powers=(1, 1.5)).fit(X)
    S = scattering.transform(X)
    T = scattering.transform(np.ldexp(X, exponent))
    assert_allclose(T.reshape(5, -1, 2) / 2.0 ** (exponent * np.array([1, 1.5])), S.reshape(5, -1, 2), rtol=1e-12)
    weights = np.ones_like(S) * np.tile([1, 0], S.shape[1] // 2)
    gradient = scattering.gradient(np.ldexp(X, exponent), weights)
    assert_allclose(gradient, scattering.gradient(X, weights), rtol=1e-10, atol=1e-14)


@each_average
def test_results_do_not_depend_on_blocks_and_threads(average, adjacency, rng, monkeypatch):
    x = rng.standard_normal((40, 3, N))
    scattering = GraphScattering(adjacency, average=average).fit(x)
    expected = scattering.transform(x)
    monkeypatch.setattr(_graph_cascade, "BLOCK_POINTS", 5 * N)
    assert_array_equal(scattering.transform(x), expected)
    assert_array_equal(scattering.set_params(n_jobs=2).transform(x), expected)
    assert_array_equal(scattering.transform(x[7:8]), expected[7:8])


def test_results_on_graphs_do_not_depend_on_batches_and_threads(graphs, monkeypatch):
    scattering = GraphScattering().fit(graphs)
    expected = scattering.transform(graphs)
    for n_points in (1, 25, 50):
        monkeypatch.setattr(_graph_cascade, "BLOCK_POINTS", n_points)
        assert_array_equal(scattering.transform(graphs), expected)
    assert_array_equal(scattering.set_params(n_jobs=2).transform(graphs), expected)
    for i, graph in enumerate(graphs):
        assert_array_equal(scattering.transform([graph]), expected[i : i + 1])


def test_blocks_of_graphs_are_transformed_one_after_the_other(graphs):
    scattering = GraphScattering().fit(graphs)
    blocks = list(scattering.transform_blocks(graphs, block_size=2))
    assert_array_equal(np.concatenate([s for _, s in blocks]), scattering.transform(graphs))
    assert len(list(scattering.transform_blocks(graphs))) == 1
