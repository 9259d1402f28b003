"""
Tight banks keep the norm
=========================

A wavelet bank splits the energy of a signal. What it keeps of it at each frequency is its Littlewood-Paley sum
:math:`A(\\omega) = |\\hat\\phi(\\omega)|^2 + \\frac12 \\sum_\\lambda |\\hat\\psi_\\lambda(\\omega)|^2 +
|\\hat\\psi_\\lambda(-\\omega)|^2`. The conventional Morlet banks (``normalize="l1"``) keep little of the highest
frequencies, and their sum goes up and down. The banks that skscat takes by default (``normalize="tight"``) reach the
highest frequencies and are divided by the square root of the sum: :math:`A = 1` everywhere, so that no energy is lost
on the way and distances between signals never grow.
"""

# %%
# Four banks
# ----------
# Each kind on the line and in the plane.

import matplotlib.pyplot as plt
import numpy as np

from skscat.filters import to_dense, frame_bounds, littlewood_paley, morlet_bank_1d, morlet_bank_2d
from skscat.plotting import FilterBankDisplay

kinds = {"l1": "conventional", "tight": "tight"}
banks = {
    "1-D": {kind: morlet_bank_1d(2048, J=4, Q=4, normalize=kind) for kind in kinds},
    "2-D": {kind: morlet_bank_2d((128, 128), J=3, L=8, normalize=kind) for kind in kinds},
}

# %%
# How much of the norm is left
# ----------------------------
# Filter white noise with every bank and add up the energies of the outputs; by Parseval's formula they can be summed
# over frequencies.

rng = np.random.default_rng(0)
for dimension, pair in banks.items():
    for kind, bank in pair.items():
        x_hat = np.fft.fftn(rng.standard_normal(bank.grid), norm="ortho")
        energy = sum(np.sum(np.abs(x_hat * to_dense(psi, bank.grid)) ** 2) for psi in bank.psi)
        energy += np.sum(np.abs(x_hat * to_dense(bank.phi, bank.grid)) ** 2)
        kept = energy / np.sum(np.abs(x_hat) ** 2)
        low, high = frame_bounds(bank)
        print(f"{dimension} {kinds[kind]:>12}: {kept:6.1%} of the energy of noise; A between {low:.3f} and {high:.3f}")

# %%
# Where it is lost
# ----------------
# The black curve and the brightness of the plane show the sum: the conventional banks lose what is low or dark.
# Outlines in the plane are wavelets at half their maximum; one half of the plane is enough for real images.

figure, axes = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
for row, (dimension, pair) in zip(axes, banks.items(), strict=True):
    for ax, (kind, bank) in zip(row, pair.items(), strict=True):
        FilterBankDisplay.from_bank(bank, ax=ax)
        ax.set_title(f"{dimension}, {kinds[kind]}")

# %%
# The tight banks are flat to the last digits:

for dimension, pair in banks.items():
    print(f"{dimension}: max |A - 1| = {np.abs(littlewood_paley(pair['tight']) - 1).max():.1e}")
