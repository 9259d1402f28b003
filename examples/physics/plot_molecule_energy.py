"""
From densities to energies: scattering is three times nearer than the formula
=============================================================================

The energy of a molecule does not depend on its place, its direction, or the order of its atoms; and it is a sum over
scales, from bonds to the shape of the whole. So are integrals of scattering coefficients of a density that is a sum of
free atoms. A linear regression on a few of them knows the energy better than the formula of the molecule does.
"""

# %%
# A molecule and its density
# --------------------------
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skscat.datasets import load_molecules_sample
from skscat.linear_model import BaggedOrthogonalLeastSquares
from skscat.physics import AtomicDensity, DensityInvariants, ScatteringInvariants

molecules = load_molecules_sample()
X, y = molecules.data.astype(np.float32), molecules.target
train, test = molecules.fold > 0, molecules.fold == 0
density = AtomicDensity(box=[(-9, 9), (-6, 6)], spacing=0.14).fit(X)
shown = np.flatnonzero(test)[np.argmax(np.count_nonzero(X[test, :, 0], axis=1))]
# What is shown is computed on a finer grid than what is learned from.
fine = AtomicDensity(box=[(-6, 6), (-5, 5)], spacing=0.04).fit(X[shown : shown + 1])
core, valence = fine.transform(X[shown : shown + 1]).reshape(fine.output_shape_)

# %%
# Regressions on ever more
# ------------------------
# How many atoms of each element there are; integrals of wavelet coefficients, whose modulus forgets how they are
# arranged; and two layers, which see how small scales lie within large ones.
invariants = DensityInvariants(density, ScatteringInvariants(L=8, oversampling=1)).fit(X)
S = invariants.transform(X).astype(np.float64)
table = invariants.invariants_.invariants_
first = np.tile(table["order"] < 2, 2)
counts = np.stack([(X[..., 0] == z).sum(axis=1) for z in np.unique(X[..., 0]) if z], axis=1)
least_squares = BaggedOrthogonalLeastSquares(10, max_terms=120, random_state=0)
systems = {
    "formula": (counts, make_pipeline(StandardScaler(), RidgeCV())),
    "one layer": (S[:, first], least_squares),
    "two layers": (S, least_squares),
}
predictions = {}
for name, (features, model) in systems.items():
    predictions[name] = model.fit(features[train], y[train]).predict(features[test])
    error = np.abs(predictions[name] - y[test]).mean()
    print(f"{name:11s} {features.shape[1]:4d} features, mean absolute error {error:5.2f} kcal/mol")

# %%
# Deviations of energies of molecules that were not learned from
# --------------------------------------------------------------
# The second layer gains little on so few molecules; on ten times as many it counts, see :ref:`results`.
fig, axes = plt.subplots(1, 3, figsize=(12, 3.9), layout="constrained")
(left, right), (bottom, top) = fine.box_
for ax, rho, name in zip(axes, (core, valence), ("core", "valence"), strict=False):
    image = ax.imshow(np.sqrt(np.maximum(rho.T, 0)), origin="lower", extent=(left, right, bottom, top), cmap="magma")
    ax.set(title=f"{name} electrons", xlabel="Å", ylabel="Å", xlim=(-6, 6), ylim=(-5, 5))
    fig.colorbar(image, ax=ax, shrink=0.75, label=r"$\sqrt{\mathrm{electrons} / \mathrm{Å}^2}$")
for name, prediction in predictions.items():
    error = np.abs(prediction - y[test])
    axes[2].semilogx(np.sort(error), np.linspace(0, 1, len(error)), label=f"{name}: {error.mean():.1f} on average")
axes[2].set(
    title=f"energies of {test.sum()} other molecules", xlabel="error (kcal/mol)", ylabel="share of molecules within",
    xlim=(0.1, 200), ylim=(0, 1.3), yticks=np.linspace(0, 1, 6),
)  # fmt: skip
axes[2].legend(loc="upper left", fontsize=8)
plt.show()
