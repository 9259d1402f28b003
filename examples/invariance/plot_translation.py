"""
Scattering is stable to small translations and dilations
========================================================

An image that is translated slightly, or dilated by a few percent, still shows the same
scene. Its pixel values change considerably in both cases. The modulus of its Fourier
transform is invariant to translations, except for what enters at the borders, but a
dilation moves high frequencies far. Wavelets have a large bandwidth at high
frequencies: averages of their moduli change little in both cases.

The reference is the distance between different images. A representation is useful if
deformations move an image much less than the distance to other images.
"""

# %%
# Three representations of eight images
# -------------------------------------

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import affine_transform

from skscat import Scattering2D
from skscat.datasets import load_images_sample

images = load_images_sample().images
mean = images.mean(axis=(1, 2), keepdims=True)
images = (images - mean) / images.std(axis=(1, 2), keepdims=True)
margin = 64


def warp(zoom=1.0, shift=0.0):
    """Dilate images about their center, shift them to the right, crop to 128 x 128."""
    center = (images.shape[-1] - 1) / 2
    matrix = np.full(2, 1 / zoom)
    offset = np.array([center - center / zoom, center - (center + shift) / zoom])
    options = {"offset": offset, "order": 3, "mode": "mirror"}
    warped = [affine_transform(image, matrix, **options) for image in images]
    return np.stack(warped)[:, margin:-margin, margin:-margin]


scattering = Scattering2D(J=5, L=8, average="global").fit(warp())
window = np.hanning(128)[:, np.newaxis] * np.hanning(128)


def pixels(x):
    return x.reshape(len(x), -1)


def fourier_modulus(x):
    # The window reduces the effect of the image borders on the spectrum.
    return pixels(np.abs(np.fft.rfft2(x * window)))


representations = {
    "pixels": pixels,
    "Fourier modulus": fourier_modulus,
    "scattering": scattering.transform,
}

# %%
# Distances under deformations
# ----------------------------
# Distances are divided by the mean distance between two images: at 1, a deformed image
# is as far from its original as a different image. No representation can be invariant
# to what enters at the borders when an image is translated.


def curve(represent, deformed):
    """Mean distance between deformed images and originals, relative to other images."""
    original = represent(warp())
    distances = np.linalg.norm(original[:, np.newaxis] - original, axis=-1)
    between = distances[np.triu_indices(len(original), 1)].mean()
    changes = [np.linalg.norm(represent(x) - original, axis=1).mean() for x in deformed]
    return np.array(changes) / between


shifts = np.array([0, 1, 2, 4, 8, 16])
percent = np.array([0, 1, 2, 4, 8, 12])
shifted = [warp(shift=v) for v in shifts]
dilated = [warp(zoom=1 + v / 100) for v in percent]
curves = {}
for name, represent in representations.items():
    by_shift, by_dilation = curve(represent, shifted), curve(represent, dilated)
    curves[name] = by_shift, by_dilation
    print(
        f"{name:>16}: {by_shift[3]:.2f} for a shift by {shifts[3]} pixels, "
        f"{by_dilation[3]:.2f} for a dilation by {percent[3]} %"
    )

# %%
# Stability curves
# ----------------

figure, axes = plt.subplots(1, 2, figsize=(7, 3.6), layout="constrained", sharey=True)
# sphinx_gallery_alt = "Distances of images from their shifted and dilated copies. "
# sphinx_gallery_alt = "Distances of pixels grow fastest, those of Fourier moduli "
# sphinx_gallery_alt = "grow with dilations, and those of scattering coefficients "
# sphinx_gallery_alt = "stay a small fraction of the distance between images."
for name, pair in curves.items():
    for ax, amounts, distances in zip(axes, (shifts, percent), pair, strict=True):
        ax.plot(amounts, distances, "o-", label=name)
axes[0].set(xlabel="shift (pixels)", ylabel="relative distance", ylim=(0, 1.08))
axes[1].set(xlabel="dilation (%)")
for ax in axes:
    ax.axhline(1, color="0.5", linestyle="dotted")
    ax.text(0, 1.01, "mean distance between two images", color="0.4", va="bottom")
axes[1].legend(loc="upper left", bbox_to_anchor=(0, 0.93))
plt.show()

# %%
# What was learned
# ----------------
# Stability is relative: what matters is that deformations move an image much less than
# the distance to another image. Averages of wavelet moduli have this property for
# shifts and for dilations.
#
# Read on: :ref:`deformations` in the user guide, and :class:`~skscat.Scattering2D`,
# whose parameters ``J`` and ``average`` set the range of the invariance.
