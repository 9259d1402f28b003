"""Scattering on given graphs: digits, kinds of graphs, stability, energy of paths, large graphs.

``python benchmarks/graphs.py TABLE`` prints a table and writes it to ``benchmarks/results/graphs_TABLE.json``;
``--quick`` takes fewer or smaller samples and writes nothing.

* ``digits``: the 3,000 training and 1,000 test digits of the package, on their grid and at 784 random points of the
  plane, where they are interpolated, with a graph of eight nearest points. J=3 was chosen among 3 to 6 on 1,000 of the
  training digits, on the grid.
* ``kinds``: graphs of 40 to 80 nodes with a mean degree of about 8, drawn by networkx or with given likelihoods of
  pairs. The task is to find the kind, one of five, or whether the ends of the edges of a graph have been exchanged,
  which leaves all degrees unchanged. Training and test graphs are drawn separately. J=4 and the support vector machine
  were chosen by cross-validation on other draws.
* ``stability``: change of coefficients if edges of a random geometric graph change, relative to the coefficients.
* ``energy``: distribution of the second-order energy over paths.
* ``large``: time and memory on a random graph.
"""

import argparse
import time

import networkx as nx
import numpy as np
from _process import in_new_process, memory
from _random_graphs import draw_kinds, draw_rewired
from _report import SEED, report_table
from scipy.ndimage import map_coordinates
from scipy.sparse import csr_array
from sklearn.decomposition import PCA
from sklearn.neighbors import kneighbors_graph
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skscat import GraphScattering, HaarScattering
from skscat.datasets import load_digits_sample

SIDE = 28
PERTURBATIONS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
# Log-moments: those of order and power that vanish on a graph are all alike.
FLOOR = 1e-3


def grid_graph(side):
    """Return the graph of the pixels of a square, each joined to the four next to it, row by row."""
    return nx.to_scipy_sparse_array(nx.grid_2d_graph(side, side))


def geometric_graph(points, n_neighbors=8):
    """Return the graph of the nearest points, with weights that decrease with the distance."""
    adjacency = kneighbors_graph(points, n_neighbors, mode="distance")
    adjacency.data = np.exp(-((adjacency.data / np.median(adjacency.data)) ** 2) / 2)
    return csr_array((adjacency + adjacency.T) / 2)


# ---------------------------------------------------------------------------------------------------------------
# Digits


def digits(args):
    """Errors on test digits of scattering on two graphs, of pixels, and of Haar scattering."""
    start, n_train, n_test = time.perf_counter(), *((300, 200) if args.quick else (3000, 1000))
    data = load_digits_sample()
    order = np.random.default_rng(SEED).permutation(np.flatnonzero(data.train))[:n_train]
    rows = np.concatenate([order, np.flatnonzero(~data.train)[:n_test]])
    X, y = data.data[rows].astype(np.float32) / 255, data.target[rows]
    points = np.random.default_rng(SEED).uniform(0, SIDE - 1, (SIDE**2, 2))
    samples = np.array([map_coordinates(x.reshape(SIDE, SIDE), points.T, order=1) for x in X])
    table = []
    for place, graph, signals in (
        ("grid", grid_graph(SIDE), X),
        ("random points", geometric_graph(points), samples),
    ):
        haar = HaarScattering(4, max_order=3, n_trees=8, random_state=SEED, n_jobs=args.n_jobs)
        transforms = {"values of the nodes": None, "HaarScattering, which learns its graph": haar}
        for kind, n_orders in (("diffusion", 2), ("tight", 1), ("tight", 2)):
            name = f'GraphScattering(graph, J=3, max_order={n_orders}, wavelets="{kind}", average="local")'
            transforms[name] = GraphScattering(
                graph, 3, max_order=n_orders, wavelets=kind, average="local", n_jobs=args.n_jobs
            )
        for name, transform in transforms.items():
            S = signals if transform is None else transform.fit(signals[:n_train]).transform(signals)
            table.append([place, name, S.shape[1], digit_error(S, y, n_train)])
            print(*table[-1], flush=True)
    report_table(
        "graphs_digits",
        task=f"Digits as signals on a graph: {n_train:,} training and {n_test:,} test digits, 200 principal "
        "components, Gaussian support vector machine",
        columns=("Nodes", "Features", "Number", "Test error (%)"),
        rows=table,
        start=start,
        args=args,
    )


def digit_error(S, y, n_train):
    """Return the test error in percent."""
    reduction = PCA(200, svd_solver="randomized", random_state=SEED)
    model = make_pipeline(reduction, SVC(C=10)).fit(S[:n_train], y[:n_train])
    return 100 * (1 - model.score(S[n_train:], y[n_train:]))


# ---------------------------------------------------------------------------------------------------------------
# Kinds of graphs


def node_features(adjacency):
    """Return the degrees and the local clustering coefficients of the nodes, two channels."""
    degree = adjacency.sum(axis=0)
    triangles = ((adjacency @ adjacency) * adjacency).sum(axis=0)
    return np.array([degree, triangles / np.maximum(degree * (degree - 1), 1)])


def kinds(args):
    """Accuracies on test graphs of moments of node features, and of those of scattering."""
    start, n_each = time.perf_counter(), 20 if args.quick else 200
    draws = [
        [draw(n, np.random.default_rng((SEED, part))) for part, n in enumerate((n_each, n_each), start=1)]
        for draw in (draw_kinds, draw_rewired)
    ]
    table = []
    for features, channels in (("degree", 1), ("degree, clustering", 2)):
        for name, parameters in {
            "moments": {"max_order": 0},
            "scattering, diffusion wavelets, order 1": {"max_order": 1, "wavelets": "diffusion"},
            "scattering, diffusion wavelets, order 2": {"max_order": 2, "wavelets": "diffusion"},
            "scattering, order 1": {"max_order": 1},
            "scattering, order 2": {"max_order": 2},
        }.items():
            scattering = GraphScattering(J=4, n_jobs=args.n_jobs, **parameters)
            scores = [graph_accuracy(scattering, channels, *draw) for draw in draws]
            table.append([features, name, *scores])
            print(*table[-1], flush=True)
    report_table(
        "graphs_kinds",
        task=f"Accuracy on graphs, from moments over their nodes: {5 * n_each:,} graphs of five kinds, and "
        f"{3 * n_each} of which half are rewired, for training, and as many for the test",
        columns=("Node features", "Moments of", "Five kinds (%)", "Rewired or not (%)"),
        rows=table,
        start=start,
        args=args,
    )


def graph_accuracy(scattering, n_channels, train, test):
    """Return the accuracy on test graphs in percent."""
    (S, y), (S_test, y_test) = (
        (np.log(FLOOR + scattering.fit_transform([(a, node_features(a)[:n_channels]) for a in graphs])), labels)
        for graphs, labels in (train, test)
    )
    return 100 * make_pipeline(StandardScaler(), SVC(C=10)).fit(S, y).score(S_test, y_test)


# ---------------------------------------------------------------------------------------------------------------
# Stability and energy


def reweighted(adjacency, size, rng):
    """Multiply each weight by a factor between 1 - size and 1 + size."""
    noise = np.triu(rng.uniform(-1, 1, adjacency.shape), 1)
    return adjacency * (1 + size * (noise + noise.T))


def moved(adjacency, share, rng):
    """Move a share of the edges, at least one, between two random nodes each."""
    adjacency = adjacency.copy()
    first, second = np.nonzero(np.triu(adjacency, 1))
    for i in rng.choice(len(first), max(1, round(share * len(first))), replace=False):
        a, b = rng.choice(len(adjacency), 2, replace=False)
        adjacency[a, b] = adjacency[b, a] = adjacency[first[i], second[i]]
        adjacency[first[i], second[i]] = adjacency[second[i], first[i]] = 0
    return adjacency


def fourier_moduli(x, adjacency):
    """Return the moduli of the coefficients of x (n, n_nodes) on the eigenvectors of the normalized Laplacian."""
    degree = adjacency.sum(axis=0)
    scale = 1 / np.sqrt(np.where(degree, degree, 1))
    return np.abs(x @ np.linalg.eigh(scale[:, np.newaxis] * adjacency * scale)[1])


def stability(args):
    """Relative changes of coefficients of smooth signals with noise, at given changes of the graph."""
    start, n, n_draws = time.perf_counter(), 200 if args.quick else 500, 2 if args.quick else 5
    rng = np.random.default_rng(SEED)
    points = rng.random((n, 2))
    adjacency = geometric_graph(points).toarray()
    x = np.cos(2 * np.pi * rng.uniform(0, 2, (20, 2)) @ points.T + rng.uniform(0, 2 * np.pi, (20, 1)))
    x += 0.3 * rng.standard_normal(x.shape)
    transforms = {
        "Tight wavelets": lambda a: GraphScattering(a, average="local").fit_transform(x),
        "Diffusion wavelets": lambda a: GraphScattering(a, average="local", wavelets="diffusion").fit_transform(x),
        "Tight wavelets, means": lambda a: GraphScattering(a, powers=(1,)).fit_transform(x),
        "Fourier moduli": lambda a: fourier_moduli(x, a),
    }
    expected, table = {name: transform(adjacency) for name, transform in transforms.items()}, []
    for what, change in (("weights", reweighted), ("edges", moved)):
        for size in PERTURBATIONS:
            others = [change(adjacency, size, rng) for _ in range(n_draws)]
            row = [
                np.mean([np.linalg.norm(transform(a) - expected[name]) for a in others])
                / np.linalg.norm(expected[name])
                for name, transform in transforms.items()
            ]
            table.append([what, size, *map(float, row)])
    report_table(
        "graphs_stability",
        task=f"Relative change of coefficients on a graph of {n} random points, if weights change by up to a "
        "fraction, or a fraction of the edges is moved",
        columns=("Changed", "Fraction", *transforms),
        rows=table,
        start=start,
        args=args,
    )


def energy(args):
    """Shares of the energy of second-order moduli in paths to coarser, the same and finer scales."""
    start, n = time.perf_counter(), 400
    rng = np.random.default_rng(SEED)
    graphs = {
        "grid": grid_graph(20),
        "random geometric": geometric_graph(rng.random((n, 2))),
        "small world": nx.to_scipy_sparse_array(nx.watts_strogatz_graph(n, 8, 0.1, seed=SEED)),
        "preferential": nx.to_scipy_sparse_array(nx.barabasi_albert_graph(n, 4, seed=SEED)),
    }
    table = []
    for name, graph in graphs.items():
        signals = {"white noise": rng.standard_normal((20, n)), "one node": np.eye(n)[rng.choice(n, 20)]}
        signals["smooth"] = GraphScattering(graph, 6, max_order=0, average="local").fit_transform(
            signals["white noise"]
        )
        for kind, x in signals.items():
            scattering = GraphScattering(graph, 5, average=None).fit(x)
            squares = (scattering.transform(x).reshape(20, -1, n) ** 2).sum(axis=(0, 2))
            j1, j2 = (scattering.paths_[field][scattering.paths_["order"] == 2] for field in ("j1", "j2"))
            squares = squares[-len(j1) :]
            shares = (squares[where].sum() / squares.sum() for where in (j2 > j1, j2 == j1, j2 < j1))
            table.append([name, kind, *(100 * float(share) for share in shares)])
    report_table(
        "graphs_energy",
        task=f"Energy of second-order moduli on graphs of {n} nodes, J=5, in percent",
        columns=("Graph", "Signal", "Coarser, j2 > j1", "Equal", "Finer, j2 < j1"),
        rows=table,
        start=start,
        args=args,
    )


# ---------------------------------------------------------------------------------------------------------------
# Large graphs


def large_row(n_nodes, n_edges, parameters):
    """Return one row of the table of large graphs: times of fit, transform and gradient, and peak memory."""
    rng = np.random.default_rng(SEED)
    ends = rng.integers(0, n_nodes, (2, n_edges))
    adjacency = csr_array((np.ones(n_edges), ends), shape=(n_nodes, n_nodes))
    adjacency = csr_array(adjacency + adjacency.T)
    x = rng.standard_normal((1, n_nodes))
    scattering, times = GraphScattering(adjacency, n_jobs=1, **parameters), [time.process_time()]
    scattering.fit(x)
    times.append(time.process_time())
    S = scattering.transform(x)
    times.append(time.process_time())
    peak = memory("VmHWM")
    scattering.gradient(x, np.ones_like(S))
    times.append(time.process_time())
    listed = ", ".join(f"{name}={value!r}" for name, value in parameters.items())
    return [listed, *map(float, np.diff(times)), *(b / 1e6 for b in (peak, memory("VmHWM")))]


def large(args):
    """CPU times and peak memory of one signal on a large random graph."""
    start, (n_nodes, n_edges) = time.perf_counter(), (1000, 10_000) if args.quick else (100_000, 1_000_000)
    settings = [
        {"J": 4, "max_order": 1},
        {"J": 4},
        {"J": 4, "wavelets": "diffusion"},
        {"J": 4, "average": "local"},
        {"J": 6},
        {"J": 4, "max_order": 3},
    ]
    report_table(
        "graphs_large",
        task=f"CPU time and memory for one signal in double precision on a random graph of {n_nodes:,} nodes and "
        f"{n_edges:,} edges, one thread; memory includes the libraries",
        columns=("Parameters", "fit (s)", "transform (s)", "gradient (s)", "Memory (MB)", "with gradient (MB)"),
        rows=[in_new_process(large_row, n_nodes, n_edges, parameters) for parameters in settings],
        start=start,
        args=args,
    )


TABLES = {"digits": digits, "kinds": kinds, "stability": stability, "energy": energy, "large": large}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--quick", action="store_true", help="fewer or smaller samples, and write nothing")
    parser.add_argument("--n-jobs", type=int, default=1, help="number of parallel jobs")
    args = parser.parse_args()
    TABLES[args.table](args)


if __name__ == "__main__":
    main()
