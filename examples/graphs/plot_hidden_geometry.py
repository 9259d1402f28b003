"""
Haar scattering recovers a hidden geometry
==========================================

Sensors on a ring, a grid or a sphere measure a smooth function, but their positions are
unknown. Haar scattering pairs the sensors whose values differ least. All pairs of the
first layer turn out to be neighbors (compared with at most 3.1 % of random pairs), and
nearly all pairs of pairs form patches: the geometry is recovered without using any
position.
"""

# %%
# Smooth random functions
# -----------------------
# White noise, smoothed by a Gaussian function of the distance, gives 300 functions on
# each geometry. Columns are in random order. The positions are used only to evaluate
# and plot the pairs.

import matplotlib.pyplot as plt
import numpy as np

from skscat import HaarScattering
from skscat.plotting import HaarPairsDisplay

rng = np.random.default_rng(0)
k = np.arange(256)
angle = 2 * np.pi * np.arange(64) / 64
height = 1 - (2 * k + 1) / 256
golden = np.pi * (1 + np.sqrt(5)) * k
radius = np.sqrt(1 - height**2)
x, y = radius * np.cos(golden), radius * np.sin(golden)
positions = {
    "ring": np.column_stack([np.cos(angle), np.sin(angle)]),
    "grid": np.column_stack(np.divmod(k, 16)) / 8.0,
    "sphere": np.column_stack([x, y, height]),
}
# Number of neighbors of a node, and width of the Gaussian.
neighbors = {"ring": 2, "grid": 4, "sphere": 6}
width = {"ring": 0.2, "grid": 0.3, "sphere": 0.3}


def distances(points):
    """Pairwise distances of points."""
    return np.linalg.norm(points[:, np.newaxis] - points, axis=2)


for name, points in positions.items():
    positions[name] = points[rng.permutation(len(points))]

# %%
# Learned pairs and random pairs
# ------------------------------
# We compute the fraction of pairs in the first layer that are neighbors. A node has two
# neighbors on a ring, four on a grid, and about six on a sphere.

trees = {}
for name, points in positions.items():
    distance = distances(points)
    smoothing = np.exp(-0.5 * (distance / width[name]) ** 2)
    X = rng.standard_normal((300, len(points))) @ smoothing
    nearest = np.argsort(distance, axis=1)[:, 1 : neighbors[name] + 1]
    shares = {}
    for pairing in ("random", "learned"):
        haar = HaarScattering(n_layers=3, pairing=pairing, random_state=0).fit(X)
        pairs = haar.pairings_[0][0]
        are_near = [b in nearest[a] or a in nearest[b] for a, b in pairs]
        shares[pairing] = np.mean(are_near)
    trees[name] = haar
    text = ", ".join(f"{share:6.1%} of {kind} pairs" for kind, share in shares.items())
    print(f"{name:6s} neighbors: {text}")

# %%
# The learned trees
# -----------------
# Lines join the two sensors of each pair, and the centers of paired nodes in higher
# layers, where they are wider. Nearby dots of the same color belong to one node of
# eight sensors. All nodes of a layer are paired, so the last pairs may be far apart.
# For the sphere, the figure shows the pairs on the front.

fig = plt.figure(figsize=(7, 3.2), layout="constrained")
# sphinx_gallery_alt = "Sensors on a ring, a grid and a sphere, with lines between "
# sphinx_gallery_alt = "the sensors that Haar scattering paired. Nearly all lines "
# sphinx_gallery_alt = "join neighbors, and sensors of the same color form patches."
for column, (name, points) in enumerate(positions.items(), start=1):
    projection = "3d" if name == "sphere" else None
    ax = fig.add_subplot(1, 3, column, projection=projection)
    if name == "sphere":
        # The back and the higher layers would hide the pairs on the front.
        elevation, azimuth = np.deg2rad([30, -60])
        eye = [
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
        ]
        front, pairs = points @ eye > 0, trees[name].pairings_[0][0]
        segments = points[pairs[front[pairs].all(axis=1)]]
        nodes = trees[name].feature_nodes(3)[front]
        HaarPairsDisplay(points[front], nodes=nodes, pairs=[segments]).plot(ax, s=14)
        ax.view_init(elev=30, azim=-60)
        ax.set_box_aspect((1, 1, 1), zoom=1.4)
    else:
        display = HaarPairsDisplay.from_estimator(trees[name], points, ax=ax, s=14)
    ax.set_title(name, pad=2)
    ax.set_axis_off()
labels = ("pairs of sensors", "pairs of pairs", "pairs of fours", "nodes of eight")
handles = [*display.lines_, display.points_]
fig.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
plt.show()

# %%
# What was learned
# ----------------
# The pairing with the smallest differences recovers which sensors are neighbors, if the
# signals are smooth on the geometry. No positions, distances or graph were given.
#
# Read on: :ref:`graphs` in the user guide, :class:`~skscat.graphs.HaarScattering`, and
# the examples with
# :ref:`digits <sphx_glr_auto_examples_graphs_plot_scrambled_digits.py>`
# and :ref:`text <sphx_glr_auto_examples_graphs_plot_text.py>`.
