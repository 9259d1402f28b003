"""
Four theorems, measured on photographs
======================================

What the theory of scattering promises can be checked on any signals: after a few orders, all energy but what is left
out by choice is in the averages; distances never grow; deformations cost in proportion to their size; and order two
tells a texture from the Gaussian process of the same spectrum, which order one does not.
"""

# %%
# Each is a function of :mod:`skscat.diagnostics`, with a display
# ---------------------------------------------------------------
import matplotlib.pyplot as plt

from skscat import Scattering2D
from skscat.datasets import load_images_sample
from skscat.plotting import ContractionDisplay, DiscriminationDisplay, EnergyDisplay, StabilityDisplay
from skscat.synthesis import GaussianTexture

images = load_images_sample().images[:6, 64:192, 64:192]
scattering = Scattering2D(J=4, L=6)

figure, axes = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")
energy = EnergyDisplay.from_estimator(Scattering2D(J=4, L=6, max_order=3), images[:, :64, :64], ax=axes[0, 0])
energy.ax_.set_title("nearly all energy is in the averages")

contraction = ContractionDisplay.from_estimator(scattering, images, random_state=0, ax=axes[0, 1])
contraction.ax_.set_title("distances never grow")

stability = StabilityDisplay.from_estimator(scattering, images, (0.005, 0.01, 0.02, 0.04), ax=axes[1, 0])
stability.ax_.set_title("deformations cost in proportion")

gravel = images[2:3]
twins = GaussianTexture(method="noise").fit(gravel).sample(20, random_state=0)
discrimination = DiscriminationDisplay.from_estimator(
    Scattering2D(J=4, L=6, padding="wrap"), gravel, twins, ax=axes[1, 1]
)
discrimination.ax_.set_title("order two tells gravel from its Gaussian twin")

# %%
# In numbers
# ----------
print(f"left after three orders: {100 * energy.energy.residual[:, -1].mean():.1f} % of the energy")
print(f"largest ratio of distances: {contraction.contraction.ratios.max():.3f}")
changes = stability.stability.changes
print(f"dilated by 1 %: scattering changes by {100 * changes['scattering'][1]:.1f} %, ", end="")
print(f"the Fourier modulus by {100 * changes['Fourier modulus'][1]:.0f} %")
plt.show()

# %%
# What is left after three orders is not waiting for a fourth: it is on paths whose second wavelet is not coarser than
# the first, which transforms leave out.
