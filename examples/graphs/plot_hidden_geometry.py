"""
Pairs learned from data alone are neighbours on a geometry that nobody told
===========================================================================

Sensors on a ring, a grid or a sphere measure something smooth, but nobody wrote down which sensor is where. Haar
scattering pairs those whose values differ least. Nearly all pairs turn out to be neighbours, and pairs of pairs make
patches: the geometry is found without a single position.
"""

# Licence: BSD-3-Clause

# %%
# Smooth random functions, and positions that are kept for the picture
# --------------------------------------------------------------------
# 300 functions each: noise, made smooth by a Gaussian of the distance. Columns are in random order.

import matplotlib.pyplot as plt
import numpy as np

from skscat import HaarScattering
from skscat.plotting import HaarPairsDisplay

rng = np.random.default_rng(0)
k = np.arange(256)
turn = 2 * np.pi * np.arange(64) / 64
height = 1 - (2 * k + 1) / 256
golden = np.pi * (1 + np.sqrt(5)) * k
radius = np.sqrt(1 - height**2)
positions = {
    "ring": np.column_stack([np.cos(turn), np.sin(turn)]),
    "grid": np.column_stack(np.divmod(k, 16)) / 8.0,
    "sphere": np.column_stack([radius * np.cos(golden), radius * np.sin(golden), height]),
}
# The number of neighbours of a node, and the width of the Gaussian.
neighbours, width = {"ring": 2, "grid": 4, "sphere": 6}, {"ring": 0.2, "grid": 0.3, "sphere": 0.3}


def distances(points):
    """All distances of points from each other."""
    return np.linalg.norm(points[:, np.newaxis] - points, axis=2)


for name, points in positions.items():
    positions[name] = points[rng.permutation(len(points))]

# %%
# Learned pairs, and random ones
# ------------------------------
# The share of pairs of the first layer that are neighbours. On a ring each node has two neighbours, on a grid four, on
# a sphere about six.

trees = {}
for name, points in positions.items():
    distance = distances(points)
    X = rng.standard_normal((300, len(points))) @ np.exp(-0.5 * (distance / width[name]) ** 2)
    nearest = np.argsort(distance, axis=1)[:, 1 : neighbours[name] + 1]
    shares = {}
    for pairing in ("random", "learned"):
        haar = HaarScattering(n_layers=3, pairing=pairing, random_state=0).fit(X)
        pairs = haar.pairings_[0][0]
        shares[pairing] = np.mean([b in nearest[a] or a in nearest[b] for a, b in pairs])
    trees[name] = haar
    print(f"{name:6s} neighbours: {shares['random']:6.1%} of random pairs, {shares['learned']:6.1%} of learned pairs")

# %%
# The tree where the sensors are
# ------------------------------
# Lines join pairs, and the centres of pairs of pairs; the wider lines belong to higher layers. Dots of the same colour
# that lie together are one group of eight. What a layer leaves over must be paired too, however far apart. Of the
# sphere the front is shown, and its pairs.

fig = plt.figure(figsize=(12, 4.2), layout="constrained")
for place, (name, points) in enumerate(positions.items(), start=1):
    ax = fig.add_subplot(1, 3, place, projection="3d" if name == "sphere" else None)
    if name == "sphere":
        # Its front, and the first pairs: what lies behind would cover them.
        elevation, azimuth = np.deg2rad([30, -60])
        eye = [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
        front, pairs = points @ eye > 0, trees[name].pairings_[0][0]
        segments = points[pairs[front[pairs].all(axis=1)]]
        HaarPairsDisplay(points[front], nodes=trees[name].feature_nodes(3)[front], pairs=[segments]).plot(ax, s=22)
        ax.view_init(elev=30, azim=-60)
        ax.set_box_aspect((1, 1, 1), zoom=1.4)
    else:
        HaarPairsDisplay.from_estimator(trees[name], points, ax=ax, s=22)
    ax.set_title(name, pad=2)
    ax.set_axis_off()

# The gallery and notebooks show the figure themselves; a script keeps it in a file.
if "__file__" in globals():
    fig.savefig("hidden_geometry.png", dpi=150)
    print("figure: hidden_geometry.png")
