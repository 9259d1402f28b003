"""
Four properties of scattering, measured on photographs
======================================================

The properties that the theory of scattering predicts can be measured on any signals.
After a few orders, the averages contain all the energy except that of the paths that
the transform omits. Distances never grow. The change under a small deformation is
proportional to its size. Second-order coefficients distinguish a texture from the
Gaussian process with the same spectrum: gravel is much farther from the mean of the
process than samples of the process are. At the first order, it is no farther than a
sample.
"""

# %%
# Diagnostics
# -----------
# Each property is measured by a function of :mod:`skscat.diagnostics`, and plotted by
# the corresponding display.
import matplotlib.pyplot as plt

from skscat import Scattering2D
from skscat.datasets import load_images_sample
from skscat.diagnostics import energy_by_order
from skscat.plotting import (
    ContractionDisplay,
    DiscriminationDisplay,
    EnergyDisplay,
    StabilityDisplay,
)
from skscat.synthesis import GaussianTexture

images = load_images_sample().images[:6, 64:192, 64:192]
scattering = Scattering2D(J=4, L=6)

figure, axes = plt.subplots(2, 2, figsize=(7, 6.6), layout="constrained")
# sphinx_gallery_alt = "Energy by order, nearly all of which is in the averages; "
# sphinx_gallery_alt = "distances, which never grow; changes under deformations, "
# sphinx_gallery_alt = "which are proportional to their size; and distances of "
# sphinx_gallery_alt = "gravel from a Gaussian process, large at the second order "
# sphinx_gallery_alt = "only."
three_orders = Scattering2D(J=4, L=6, max_order=3)
energy = EnergyDisplay.from_estimator(three_orders, images[:, :64, :64], ax=axes[0, 0])
energy.ax_.set_title("the averages contain\nnearly all energy")

contraction = ContractionDisplay.from_estimator(
    scattering,
    images,
    random_state=0,
    ax=axes[0, 1],
)
contraction.ax_.set(title="distances never grow", ylabel="ratio of distances")
contraction.ax_.lines[0].set_label("ratio 1")
contraction.ax_.legend(loc="lower right")

sizes = (0.005, 0.01, 0.02, 0.04)
stability = StabilityDisplay.from_estimator(scattering, images, sizes, ax=axes[1, 0])
stability.ax_.set_title("changes are proportional\nto the deformation")
stability.ax_.set_ylim(None, 2)
stability.ax_.legend(loc="upper left")

gravel = images[2:3]
surrogates = GaussianTexture(method="noise").fit(gravel).sample(20, random_state=0)
discrimination = DiscriminationDisplay.from_estimator(
    Scattering2D(J=4, L=6, padding="wrap"), gravel, surrogates, ax=axes[1, 1]
)
discrimination.ax_.set_title("the second order distinguishes\ngravel from noise")
discrimination.ax_.lines[0].set_label("samples of noise")
discrimination.ax_.set_ylim(0, 19)
discrimination.ax_.legend(loc="upper left")
plt.show()

# %%
# Measured values
# ---------------
residual = energy.energy.residual[:, -1].mean()
print(f"energy left after three orders: {100 * residual:.1f} %")
print(f"largest ratio of distances: {contraction.contraction.ratios.max():.3f}")
changes = stability.stability.changes
print(
    f"dilation by 1 %: scattering changes by {100 * changes['scattering'][1]:.1f} %, "
    f"the Fourier modulus by {100 * changes['Fourier modulus'][1]:.0f} %"
)
print("squared distance of gravel from the process, relative to that of a sample:")
for order, ratio in zip(*discrimination.discrimination, strict=True):
    print(f"  order {order}: {ratio:.1f}")
four_orders = Scattering2D(J=4, L=6, max_order=4)
residual = energy_by_order(four_orders, images[:, :64, :64]).residual[:, -1].mean()
print(f"energy left after four orders: {100 * residual:.1f} %")

# %%
# A fourth order recovers none of the energy left after three orders: this energy is on
# paths whose second wavelet is not coarser than the first, which the transform omits.

# %%
# What was learned
# ----------------
# The theorems can be checked on your own signals, with one function each, before you
# rely on them.
#
# Read on: :ref:`theory` in the user guide, and
# :func:`~skscat.diagnostics.energy_by_order`.
