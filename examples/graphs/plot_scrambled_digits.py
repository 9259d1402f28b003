"""
Digits are read although their pixels were scrambled
====================================================

All pictures have their pixels in the same random order, so that nothing is left of strokes, and a convolution has
nothing to hold on to. Haar scattering learns from the values alone which pixels belong together. It reads the digits
better than a support vector machine on pixels, which does not mind the order either, and than trees of random pairs.
Trees of the true grid, shifted against each other, are better still.
"""

# Licence: BSD-3-Clause

# %%
# Real digits, scrambled
# ----------------------
# 3,000 digits of MNIST to learn from, and 1,000 to be tested on.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.svm import SVC

from skscat import HaarScattering
from skscat.datasets import load_digits_sample
from skscat.linear_model import OLSSelector
from skscat.plotting import HaarPairsDisplay

digits = load_digits_sample()
order = np.random.default_rng(0).permutation(28**2)
train, test = digits.train, ~digits.train
X, y = digits.data[:, order], digits.target

# %%
# Learned trees
# -------------
# Eight trees of four layers, each from some 400 digits of its own; a hundred coefficients for each class, chosen by
# orthogonal least squares; and a support vector machine with a Gaussian kernel. The trees of the true grid know where
# each pixel stands.

learned = HaarScattering(n_layers=4, max_order=3, n_trees=8, random_state=0, n_jobs=2)
transforms = {
    "pixels": ("passthrough", X),
    "random pairs": (HaarScattering(n_layers=4, max_order=3, n_trees=8, pairing="random", random_state=0), X),
    "learned pairs": (learned, X),
    "true grid": (
        HaarScattering(n_layers=4, max_order=3, n_trees=8, pairing="grid", shape=(28, 28), random_state=0),
        digits.data,
    ),
}
errors = {}
for name, (transform, pictures) in transforms.items():
    selector = "passthrough" if name == "pixels" else OLSSelector(100)
    model = make_pipeline(transform, selector, Normalizer(), SVC(C=10, gamma=2)).fit(pictures[train], y[train])
    errors[name] = 100 * (1 - model.score(pictures[test], y[test]))
    print(f"{name:14s} {errors[name]:4.1f} % of the test digits are wrong")

# %%
# What was learned
# ----------------
# The tree of the first 375 digits where its pixels are, as far as they have ink in one digit of twenty: pairs are
# neighbours, though nobody said so. Colours are groups of sixteen pixels.

learned.fit(X[train])
positions = np.column_stack([order % 28, -(order // 28)])
inked = (X[train] > 0.5).mean(axis=0) > 0.05
pairs = learned.pairings_[0][0]
pairs = pairs[inked[pairs].all(axis=1)]
steps = np.abs(np.diff(positions[pairs], axis=1))[:, 0]
print(f"{np.mean(steps.max(axis=1) == 1):.0%} of {len(pairs)} pairs are neighbours, corners included")

fig, axes = plt.subplots(1, 4, figsize=(13, 3.4), layout="constrained", width_ratios=(1, 1, 1, 1.3))
axes[0].imshow(digits.images[7], cmap="gray_r")
axes[0].set_title("a digit")
axes[1].imshow(X[7].reshape(28, 28), cmap="gray_r")
axes[1].set_title("what is given")
groups = learned.feature_nodes(4)[inked]
HaarPairsDisplay(positions[inked], nodes=groups, pairs=[positions[pairs]]).plot(axes[2], s=16, marker="s")
axes[2].set_title("learned pairs, groups of 16")
for ax in axes[:3]:
    ax.set_axis_off()
bars = axes[3].barh(list(errors), errors.values(), color=["tab:gray", "tab:gray", "tab:blue", "tab:gray"])
axes[3].bar_label(bars, fmt="%.1f", padding=3)
axes[3].invert_yaxis()
axes[3].set(xlabel="test error (%)", xlim=(0, 1.2 * max(errors.values())))

# The gallery and notebooks show the figure themselves; a script keeps it in a file.
if "__file__" in globals():
    fig.savefig("scrambled_digits.png", dpi=150)
    print("figure: scrambled_digits.png")
