"""
Haar scattering learns which words belong together
==================================================

A bag of words has no geometry: the columns of a table of counts are in alphabetical
order. Haar scattering pairs words that occur together, then pairs of words. It finds
topics, for instance ``matplotlib`` and ``pyplot``, and above all phrases that
docstrings repeat verbatim.

For text classification, learned pairs are more accurate than random pairs. They are not
more accurate than the words themselves with a linear classifier: TF-IDF is hard to beat
where single words reveal the topic.
"""

# %%
# Texts: the docstrings of SciPy
# ------------------------------
# The docstrings of SciPy are available wherever this example runs. The class of a text
# is its subpackage. The names of the subpackages are removed from the texts.

import importlib
import inspect
import re

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedShuffleSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.svm import LinearSVC

from skscat import HaarScattering

packages = [
    *("fft", "integrate", "interpolate", "linalg", "ndimage"),
    *("optimize", "signal", "sparse", "special", "stats"),
]
subjects = {}
for package in packages:
    module = importlib.import_module(f"scipy.{package}")
    for name in module.__all__:
        member = getattr(module, name)
        # Constants have the docstring of their type.
        home = getattr(member, "__module__", None) or ""
        text = inspect.getdoc(member) or ""
        is_own = home.startswith(f"scipy.{package}") and not inspect.ismodule(member)
        if is_own and len(text.split()) > 30:
            subjects.setdefault(text, package)
names = re.compile(rf"\b(scipy|{'|'.join(packages)})\b")
texts = np.array([names.sub(" ", text) for text in subjects], dtype=object)
y = np.array(list(subjects.values()))
largest = np.unique(y, return_counts=True)[1].max()
print(f"{len(y)} texts, {len(packages)} classes; the largest has {largest} texts")

# %%
# Pairs of the 512 most frequent words
# ------------------------------------
# Each column is divided by its standard deviation: otherwise, words would be paired
# merely because they are rare. The squared difference of two columns is then small if
# they are correlated.


def words():
    """Return a new TF-IDF vectorizer."""
    return TfidfVectorizer(
        max_features=512,
        sublinear_tf=True,
        token_pattern="[a-z]{3,}",
        stop_words="english",
    )


counts = make_pipeline(words(), StandardScaler(with_mean=False))
X = counts.fit_transform(texts)
haar = HaarScattering(n_layers=3, criterion="l2").fit(X)
word = counts[0].get_feature_names_out()
pairs = haar.pairings_[0][0]
costs = np.asarray((X[:, pairs[:, 0]] - X[:, pairs[:, 1]]).power(2).sum(axis=0)).ravel()
nearest = [" + ".join(word[pair]) for pair in pairs[np.argsort(costs)]]
print("nearest pairs:", *nearest[:12], sep="\n  ")
nodes = haar.feature_nodes(3)
print(
    "nodes of eight words:",
    *(" ".join(word[nodes == node]) for node in range(0, 64, 8)),
    sep="\n  ",
)

# %%
# Text classification
# -------------------
# Everything, including the pairs, is learned from the training texts only.

models = {
    "TF-IDF": make_pipeline(words(), LinearSVC(C=3)),
    **{
        f"Haar scattering, {pairing} pairs": make_pipeline(
            words(),
            StandardScaler(with_mean=False),
            HaarScattering(
                n_layers=2,
                n_trees=2,
                pairing=pairing,
                criterion="l2",
                random_state=0,
            ),
            Normalizer(),
            LinearSVC(C=3),
        )
        for pairing in ("learned", "random")
    },
}
sizes = [50, 100, 200, 400]
accuracies = {}
print(f"{'training texts':32s}", *(f"{size:5d}" for size in sizes))
for name, model in models.items():
    accuracies[name] = []
    for size in sizes:
        cv = StratifiedShuffleSplit(5, train_size=size, test_size=300, random_state=0)
        scores = cross_val_score(model, texts, y, cv=cv)
        accuracies[name].append(100 * scores.mean())
    print(f"{name:32s}", *(f"{value:5.1f}" for value in accuracies[name]))

# %%
# The left panel shows accuracies, the right one the twenty nearest pairs.

fig = plt.figure(figsize=(7, 4.4), layout="constrained")
# sphinx_gallery_alt = "Accuracy against the number of training texts: TF-IDF with a "
# sphinx_gallery_alt = "linear classifier is best, then Haar scattering with learned "
# sphinx_gallery_alt = "pairs, then with random pairs. Next to it, the nearest pairs "
# sphinx_gallery_alt = "of words."
ax, ax_words = fig.subplots(1, 2, width_ratios=(2.2, 1))
for (name, values), style in zip(accuracies.items(), ("k--", "o-", "s:"), strict=True):
    ax.plot(sizes, values, style, label=name)
ax.set(xscale="log", xlabel="training texts", ylabel="accuracy on 300 test texts (%)")
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.grid(alpha=0.3)
ax.legend(frameon=False)
ax_words.text(
    0,
    1,
    "\n".join(nearest[:20]),
    va="top",
    fontsize=9.5,
    transform=ax_words.transAxes,
)
ax_words.set_title("nearest pairs of words", loc="left")
ax_words.set_axis_off()
plt.show()

# %%
# What was learned
# ----------------
# Learned pairs find which words belong together, and are better than random ones. That
# alone does not make them the best features: where single words reveal the topic, use
# the words.
#
# Read on: :ref:`graphs` in the user guide, and :class:`~skscat.graphs.HaarScattering`.
