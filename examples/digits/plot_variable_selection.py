"""
A few variables chosen by orthogonal least squares classify as well as all of them
==================================================================================

Scattering makes thousands of variables from an image, many of which say the same. Orthogonal least squares chooses,
for each class, those that together tell it from the others. Variables of largest variance repeat one another: 500 of
them are worse than 50 that were chosen so. Those that tell classes apart each for itself come nearer, but not as far.

Selection was made for photographs of objects, of which there are many kinds and few examples. The classes here are the
ten handwritten digits that the package embeds, so that the example needs no network.
"""

# Licence: BSD-3-Clause

# %%
# Coefficients of real digits
# ---------------------------
# 3,000 digits to learn from, 1,000 to be tested on, and the logarithms of their scattering coefficients.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter
from sklearn.feature_selection import f_classif
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skscat import Scattering2D
from skscat.datasets import load_digits_sample
from skscat.linear_model import OLSSelector
from skscat.preprocessing import LogMedian

digits = load_digits_sample()
train, test = np.flatnonzero(digits.train), np.flatnonzero(~digits.train)
scattering = Scattering2D(J=3, L=6, n_jobs=2).fit(digits.data)
log_scattering = make_pipeline(LogMedian(0.1), StandardScaler())
S = scattering.transform(digits.data)
X_train, X_test = log_scattering.fit_transform(S[train]), log_scattering.transform(S[test])
y_train, y_test = digits.target[train], digits.target[test]
print(f"{X_train.shape[1]:,} variables")

# %%
# Three orders of choice
# ----------------------
# By orthogonal least squares, the first choice of each of the ten classes comes first, then the second of each, and so
# on: a variable is the better, the more it explains that those before have not. The others judge each variable alone,
# by its variance before standardization, or by the F statistic of the analysis of variance.

selector = OLSSelector(n_terms=100).fit(X_train, y_train)
by_turns = selector.selected_[0].T.ravel()
_, first = np.unique(by_turns, return_index=True)
orders = {
    "orthogonal least squares": by_turns[np.sort(first)],
    "univariate (F statistic)": np.argsort(-f_classif(X_train, y_train)[0]),
    "largest variance": np.argsort(-log_scattering[0].transform(S[train]).var(axis=0)),
}

# %%
# Error against the number of variables
# -------------------------------------
# The same classifier for all, a support vector machine with Gaussian kernel.


def accuracy(columns):
    """Share of test digits that are right, in percent."""
    svm = SVC(C=10).fit(X_train[:, columns], y_train)
    return 100 * svm.score(X_test[:, columns], y_test)


sizes = [10, 20, 50, 100, 200, 500]
accuracies = {name: [accuracy(order[:size]) for size in sizes] for name, order in orders.items()}
all_variables = accuracy(slice(None))
for name, values in accuracies.items():
    print(f"{name:26s}", *(f"{value:5.1f}" for value in values))
print(f"{'all variables':26s} {all_variables:5.1f}")

# %%
# The dashed line is what all variables give.

fig, ax = plt.subplots(figsize=(7, 4.2), layout="constrained")
ax.axhline(100 - all_variables, color="black", linestyle="--", linewidth=1)
ax.annotate(
    f"all {X_train.shape[1]:,} variables: {100 - all_variables:.1f} %",
    (sizes[0], 100 - all_variables),
    (0, -13),
    textcoords="offset points",
)
for (name, values), color in zip(accuracies.items(), ("tab:blue", "tab:orange", "tab:gray"), strict=True):
    ax.plot(sizes, 100 - np.array(values), "o-", color=color, label=name)
ax.set(xscale="log", yscale="log", xlabel="number of variables", ylabel="error on 1,000 test digits (%)")
ax.set_ylim(0.9, 60)
ax.xaxis.set(
    major_locator=FixedLocator(sizes), minor_locator=NullLocator(), major_formatter=StrMethodFormatter("{x:,.0f}")
)
ax.yaxis.set(
    major_locator=FixedLocator([1, 2, 5, 10, 20, 50]),
    minor_locator=NullLocator(),
    major_formatter=StrMethodFormatter("{x:.0f}"),
)
ax.grid(alpha=0.3)
ax.legend(loc="upper right", frameon=False)

# The gallery and notebooks show the figure themselves; a script keeps it in a file.
if "__file__" in globals():
    fig.savefig("variable_selection.png", dpi=150)
    print("figure: variable_selection.png")
