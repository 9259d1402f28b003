"""
Graph scattering recognizes rewired graphs
==========================================

Swapping the endpoints of pairs of edges destroys the structure of a graph but does not
change any degree: statistics of the degrees recognize rewired graphs no better than
chance. With scattering coefficients of the degrees, 87 % of the graphs are classified
correctly.
"""

# %%
# The graphs have 60 nodes each and are of three kinds: random geometric graphs (points
# in a square, joined if they are close), small-world graphs (rings with random
# shortcuts), and graphs with four communities. Half of the graphs are rewired. The
# signal on a graph is the degree of each node.

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skscat import GraphScattering

KINDS = (
    lambda seed: nx.random_geometric_graph(60, 0.22, seed=seed),
    lambda seed: nx.watts_strogatz_graph(60, 8, 0.4, seed=seed),
    lambda seed: nx.planted_partition_graph(4, 15, 0.35, 0.07, seed=seed),
)
graphs = [KINDS[i // 2 % 3](seed=i) for i in range(600)]
y = np.arange(600) % 2
for i in np.flatnonzero(y):
    nx.double_edge_swap(graphs[i], nswap=600, max_tries=10**5, seed=int(i))
X = [(nx.to_scipy_sparse_array(g), [float(d) for _, d in g.degree]) for g in graphs]

# %%
# The features are logarithms of moments of the degrees and of their scattering
# coefficients. In the figure, the color of a node shows its degree.

scores = {}


def logarithm(S):
    """Logarithm of coefficients, which may be zero."""
    return np.log(1e-3 + S)


log = FunctionTransformer(logarithm)
for order, name in enumerate(("degrees", "order 1", "orders\n1 and 2")):
    steps = GraphScattering(max_order=order), log, StandardScaler(), SVC(C=10)
    model = make_pipeline(*steps)
    scores[name] = model.fit(X[:300], y[:300]).score(X[300:], y[300:])

fig, axes = plt.subplots(1, 3, figsize=(7, 2.8), layout="constrained")
# sphinx_gallery_alt = "A graph of nearby points, the same graph after rewiring, "
# sphinx_gallery_alt = "whose edges cross the whole square, and the shares of graphs "
# sphinx_gallery_alt = "that are recognized: half from degrees, more from the first "
# sphinx_gallery_alt = "order of scattering, 87 % from both orders."
original, rewired = graphs[0], graphs[0].copy()
nx.double_edge_swap(rewired, nswap=600, max_tries=10**5, seed=0)
place, degree = nx.get_node_attributes(original, "pos"), dict(original.degree).values()
for ax, graph in zip(axes[:2], (original, rewired), strict=True):
    nx.draw(graph, place, ax=ax, node_color=degree, node_size=25, edge_color="0.7")
    ax.set_title("original" if graph is original else "rewired, same degrees")
bars = axes[2].bar(scores.keys(), scores.values(), color=("0.4", "C0", "C0"))
axes[2].bar_label(bars, fmt="{:.0%}", label_type="center", color="white")
axes[2].axhline(0.5, color="black", linestyle=":", label="chance")
axes[2].set(title="test graphs recognized", ylim=(0, 1), yticks=[])
axes[2].legend(loc="upper left")
plt.show()

# %%
# What was learned
# ----------------
# By construction, statistics of the degrees do not distinguish rewired graphs. Averages
# of the moduli of wavelet coefficients of the degrees do, since wavelets depend on the
# edges.
#
# Read on: :ref:`graph_scattering` in the user guide, and
# :class:`~skscat.graphs.GraphScattering`.
