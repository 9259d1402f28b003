"""
Energies of bodies need as many terms as there are octaves, not as there are pairs
==================================================================================

The Coulomb energy of n charges is a sum over n (n - 1) / 2 pairs. It is also a sum over scales: one number for each
octave between the smallest distance and the size of the system, the energy of a wavelet transform of the density. A
linear regression finds the weights that theory gives, and the number of scales grows with the logarithm of the size.
"""

# %%
# Energies are linear in energies by scale
# ----------------------------------------
# Charges in a box of side 16, no two nearer than 0.25; a regression learns from 1,000 systems and is tested on 500.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LinearRegression

from skscat.datasets import make_nbody
from skscat.physics import NBodyInvariants

N_TRAIN, N_TEST, LARGEST = 1000, 500, 16.0


def split(n_bodies, **options):
    X, y = make_nbody(N_TRAIN + N_TEST, n_bodies, random_state=0, **options)
    return (X[:N_TRAIN], y[:N_TRAIN]), (X[N_TRAIN:], y[N_TRAIN:])


def relative_error(train, test, J, largest=LARGEST):
    invariants = NBodyInvariants(J, smallest=largest / 2 ** (J - 1)).fit(train[0])
    model = LinearRegression().fit(invariants.transform(train[0]), train[1])
    deviation = model.predict(invariants.transform(test[0])) - test[1]
    return np.sqrt(np.mean(deviation**2)) / np.std(test[1])


numbers = np.arange(2, 9)
errors = {}
for signs in ("same", "mixed"):
    for n_bodies in (4, 16, 64):
        train, test = split(n_bodies, signs=signs)
        errors[signs, n_bodies] = [relative_error(train, test, J) for J in numbers]
        print(f"{n_bodies:2d} charges, {signs:5s} signs: {errors[signs, n_bodies][-1]:.3f} with {numbers[-1]} scales")

# %%
# The weights are those of the theorem
# ------------------------------------
# Short and long range are small and large scales. At both ends of the range the regression makes up for scales that
# are not there: the largest stands for all that follow.
train, _ = split(16)
invariants = NBodyInvariants(8).fit(train[0])
S = invariants.transform(train[0])
learned = LinearRegression().fit(S, train[1]).coef_[1:]
theory = invariants.theoretical_coef_[1:]
# How much of the variation of the energy each scale accounts for, with the energy of bodies on themselves taken away.
own = LinearRegression().fit(S[:, :1], S[:, 1:]).predict(S[:, :1])
shares = np.std((S[:, 1:] - own) * learned, axis=0) / np.std(train[1])

# %%
# Larger systems need few more terms
# ----------------------------------
# At a constant density of charges, the smallest number of scales for which the error is below 5 %.
sizes = [4, 8, 16, 32, 64, 128]
needed = []
for n_bodies in sizes:
    box = 16.0 * (n_bodies / 64) ** (1 / 3)
    train, test = split(n_bodies, box=box)
    counts = range(1, 12)
    enough = (J for J in counts if relative_error(train, test, J, largest=box) < 0.05)
    needed.append(1 + next(enough))

# %%
fig, axes = plt.subplots(1, 3, figsize=(12, 3.9), layout="constrained")
for (signs, n_bodies), error in errors.items():
    color = f"C{(4, 16, 64).index(n_bodies)}"
    axes[0].semilogy(
        numbers, error, color=color, marker="o", markersize=4, linestyle="-" if signs == "same" else "--",
        label=f"{n_bodies} charges, {signs} sign" + ("s" if signs == "mixed" else ""),
    )  # fmt: skip
axes[0].set(title="Nine numbers give the energy", xlabel="scales", ylabel="relative error on test systems")
axes[0].legend(fontsize=8)
axes[1].semilogx(invariants.scales_, learned / theory, marker="o", base=2, label="weight: learned / theory")
axes[1].semilogx(invariants.scales_, shares, marker="s", base=2, label="share in the variation of energy")
axes[1].axhspan(0.85, 1.15, color="0.9", label="theory within 15 %")
axes[1].set(title="Weights of short and long range", xlabel="scale (side of the box: 16)", ylim=(0, 2.8))
axes[1].legend(fontsize=8)
pairs = [n * (n - 1) // 2 for n in sizes]
axes[2].loglog(sizes, pairs, color="0.5", marker="s", label="pairs of bodies")
axes[2].loglog(sizes, needed, marker="o", label="numbers for an error of 5 %")
axes[2].set(title="Terms grow like the logarithm of the size", xlabel="bodies, at constant density", ylabel="terms")
axes[2].set_xticks(sizes, sizes)
axes[2].minorticks_off()
axes[2].legend(fontsize=8)
plt.show()
