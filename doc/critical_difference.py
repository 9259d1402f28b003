"""Critical-difference diagram of the accuracies of several methods on many datasets."""

import json
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import friedmanchisquare, rankdata, wilcoxon

LEVEL = 0.05


def differ(accuracies):
    """Return which pairs of methods differ: Wilcoxon's signed-rank tests, corrected by Holm's method.

    Parameters
    ----------
    accuracies : ndarray of shape (n_datasets, n_methods)

    Returns
    -------
    differ : set of frozenset
        Pairs of columns. Empty if Friedman's test finds no difference.
    """
    if friedmanchisquare(*accuracies.T).pvalue >= LEVEL:
        return set()
    pairs = list(combinations(range(accuracies.shape[1]), 2))
    p = [wilcoxon(accuracies[:, a], accuracies[:, b], zero_method="pratt").pvalue for a, b in pairs]
    found = set()
    for k, index in enumerate(np.argsort(p)):
        if p[index] >= LEVEL / (len(pairs) - k):
            break
        found.add(frozenset(pairs[index]))
    return found


def cliques(order, different):
    """Return the longest runs of methods, ordered by rank, in which no two differ; as first and last position."""
    runs = []
    for first in range(len(order)):
        last = first
        while last + 1 < len(order) and not any(
            frozenset((order[k], order[last + 1])) in different for k in range(first, last + 1)
        ):
            last += 1
        if last > first and not any(last <= other for _, other in runs):
            runs.append((first, last))
    return runs


def draw(ax, names, accuracies):
    """Draw the mean ranks of methods, and a bar across those that do not differ."""
    ranks = rankdata(-accuracies, axis=1).mean(axis=0)
    order = np.argsort(ranks)
    for row, method in enumerate(order):
        # The best one lowest, so that no name crosses a line.
        depth = row - len(names)
        ax.plot([ranks[method]] * 2, [0, depth], color="C0", marker="o", markevery=[0])
        ax.text(ranks[method], depth, f"  {names[method]}, {ranks[method]:.2f}", va="center")
    for row, (first, last) in enumerate(cliques(order, differ(accuracies))):
        ax.plot(ranks[order[[first, last]]], [0.4 + 0.3 * row] * 2, color="C1", linewidth=4, solid_capstyle="butt")
    ax.set(xlim=(1, len(names) + 1), ylim=(-len(names) - 0.5, 1.2), yticks=[], xlabel="Mean rank")
    ax.set_xticks(range(1, len(names) + 1))
    ax.spines[["left", "right", "top"]].set_visible(False)


result = json.loads(Path("benchmarks/results/ucr_hydra.json").read_text())
methods, tables = list(result["ranks"]), result["sets"].values()
_, axes = plt.subplots(figsize=(7, 2.5), layout="constrained")
labels = [method.partition(":")[0] for method in methods]
draw(axes, labels, np.array([[table[method] for method in methods] for table in tables]))
plt.show()
