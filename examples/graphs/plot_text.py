"""
Words that are paired without a dictionary belong together
==========================================================

A bag of words has no geometry: the columns of a table of counts stand in the order of the alphabet. Haar scattering
pairs words that come and go together, and pairs of words with pairs. What is found are phrases, synonyms and subjects,
such as ``matplotlib`` and ``pyplot``, and first of all what docstrings repeat word by word.

To tell texts by their coefficients, pairs that are learned are better than pairs drawn at random. They are no better
than the words themselves with a linear classifier: TF-IDF remains hard to beat where single words give the subject
away.
"""

# Licence: BSD-3-Clause

# %%
# Real texts: what the functions of SciPy say of themselves
# ---------------------------------------------------------
# The docstrings of SciPy are at hand wherever this example runs. The class of a text is the sub-package it comes from,
# whose names are taken out of the texts.

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

packages = ["fft", "integrate", "interpolate", "linalg", "ndimage", "optimize", "signal", "sparse", "special", "stats"]
subjects = {}
for package in packages:
    module = importlib.import_module(f"scipy.{package}")
    for name in module.__all__:
        member = getattr(module, name)
        # Constants have the docstring of their type.
        home = getattr(member, "__module__", None) or ""
        text = inspect.getdoc(member) or ""
        if home.startswith(f"scipy.{package}") and not inspect.ismodule(member) and len(text.split()) > 30:
            subjects.setdefault(text, package)
names = re.compile(rf"\b(scipy|{'|'.join(packages)})\b")
texts = np.array([names.sub(" ", text) for text in subjects], dtype=object)
y = np.array(list(subjects.values()))
print(f"{len(y)} texts, {len(packages)} classes; the largest has {np.unique(y, return_counts=True)[1].max()}")

# %%
# The 512 most frequent words, and their pairs
# --------------------------------------------
# Each column is divided by its deviation: else words would be paired for being rare. Then the squared difference of
# two columns is small if they are correlated.


def words():
    """Weights of words: each step of a pipeline is new."""
    return TfidfVectorizer(max_features=512, sublinear_tf=True, token_pattern="[a-z]{3,}", stop_words="english")


counts = make_pipeline(words(), StandardScaler(with_mean=False))
X = counts.fit_transform(texts)
haar = HaarScattering(n_layers=3, criterion="l2").fit(X)
word = counts[0].get_feature_names_out()
pairs = haar.pairings_[0][0]
costs = np.asarray((X[:, pairs[:, 0]] - X[:, pairs[:, 1]]).power(2).sum(axis=0)).ravel()
nearest = [" + ".join(word[pair]) for pair in pairs[np.argsort(costs)]]
print("nearest pairs:", *nearest[:12], sep="\n  ")
groups = haar.feature_nodes(3)
print("groups of eight:", *(" ".join(word[groups == g]) for g in range(0, 64, 8)), sep="\n  ")

# %%
# Telling the subject of a text
# -----------------------------
# Everything is learned from the training texts only, pairs included.

models = {
    "TF-IDF": make_pipeline(words(), LinearSVC(C=3)),
    **{
        f"Haar scattering, {pairing} pairs": make_pipeline(
            words(),
            StandardScaler(with_mean=False),
            HaarScattering(n_layers=2, n_trees=2, pairing=pairing, criterion="l2", random_state=0),
            Normalizer(),
            LinearSVC(C=3),
        )
        for pairing in ("learned", "random")
    },
}
sizes = [50, 100, 200, 400]
accuracies = {}
for name, model in models.items():
    splits = [StratifiedShuffleSplit(5, train_size=n, test_size=300, random_state=0) for n in sizes]
    accuracies[name] = [100 * cross_val_score(model, texts, y, cv=split).mean() for split in splits]
    print(f"{name:32s}", *(f"{value:5.1f}" for value in accuracies[name]))

# %%
# On the left, accuracies; on the right, the twenty nearest pairs.

fig, (ax, ax_words) = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained", width_ratios=(3, 1))
for (name, values), style in zip(accuracies.items(), ("k--", "o-", "s:"), strict=True):
    ax.plot(sizes, values, style, label=name)
ax.set(xscale="log", xlabel="training texts", ylabel="accuracy on 300 other texts (%)")
ax.set_xticks(sizes, sizes)
ax.minorticks_off()
ax.grid(alpha=0.3)
ax.legend(frameon=False)
ax_words.text(0, 1, "\n".join(nearest[:20]), va="top", fontsize=9.5, transform=ax_words.transAxes)
ax_words.set_title("nearest pairs of words", loc="left")
ax_words.set_axis_off()

# The gallery and notebooks show the figure themselves; a script keeps it in a file.
if "__file__" in globals():
    fig.savefig("text.png", dpi=150)
    print("figure: text.png")
