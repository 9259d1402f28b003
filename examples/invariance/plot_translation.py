"""
A small shift or dilation moves the scattering little
=====================================================

A picture that is moved a little or blown up by a few per cent is still the same picture. Its pixels change much in
both cases. The modulus of its Fourier transform ignores the shift but for what enters at the borders, but a dilation
carries high frequencies far away from where they were. Wavelets are wide at high frequencies: averages of their moduli
change little in both cases.

The yardstick is the distance between different pictures. A representation is of use if deformations move a picture by
much less than what separates it from others.
"""

# %%
# Three representations of eight pictures
# ---------------------------------------

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import affine_transform

from skscat import Scattering2D
from skscat.datasets import load_images_sample

pictures = load_images_sample()
images = pictures.images
images = (images - images.mean(axis=(1, 2), keepdims=True)) / images.std(axis=(1, 2), keepdims=True)
margin = 64


def warp(zoom=1.0, shift=0.0):
    """Blow up all pictures about their middle, move them to the right, and keep the 128 x 128 pixels of the middle."""
    middle = (images.shape[-1] - 1) / 2
    offset = np.array([middle - middle / zoom, middle - (middle + shift) / zoom])
    moved = [affine_transform(image, np.full(2, 1 / zoom), offset, order=3, mode="mirror") for image in images]
    return np.stack(moved)[:, margin:-margin, margin:-margin]


scattering = Scattering2D(J=5, L=8, average="global").fit(warp())
window = np.hanning(128)[:, np.newaxis] * np.hanning(128)
representations = {
    "pixels": lambda x: x.reshape(len(x), -1),
    # The window keeps the borders of the pictures out of the spectrum.
    "Fourier modulus": lambda x: np.abs(np.fft.rfft2(x * window)).reshape(len(x), -1),
    "scattering": scattering.transform,
}

# %%
# How far deformations move them
# ------------------------------
# Distances are divided by the mean distance between two pictures: at one, a deformed picture is as far from its
# original as a different one. What enters at the borders when a picture is moved, no representation can ignore.


def curve(represent, deformed):
    """Mean distance of deformed pictures to the originals, in units of that between pictures."""
    origin = represent(warp())
    gaps = np.linalg.norm(origin[:, np.newaxis] - origin, axis=-1)
    between = gaps[np.triu_indices(len(origin), 1)].mean()
    return np.array([np.linalg.norm(represent(x) - origin, axis=1).mean() for x in deformed]) / between


shifts = np.array([0, 1, 2, 4, 8, 16])
percent = np.array([0, 1, 2, 4, 8, 12])
shifted = [warp(shift=v) for v in shifts]
dilated = [warp(zoom=1 + v / 100) for v in percent]
curves = {name: (curve(f, shifted), curve(f, dilated)) for name, f in representations.items()}
for name, (moved, blown) in curves.items():
    print(f"{name:>16}: {moved[3]:.2f} after a shift by {shifts[3]} pixels, {blown[3]:.2f} dilated by {percent[3]} %")

# %%
# Measured curves
# ---------------

figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained", sharey=True)
for name, pair in curves.items():
    for ax, amounts, distances in zip(axes, (shifts, percent), pair, strict=True):
        ax.plot(amounts, distances, "o-", label=name)
axes[0].set(xlabel="shift (pixels)", ylabel="distance from the original", ylim=(0, 1.08))
axes[1].set(xlabel="dilation (%)")
for ax in axes:
    ax.axhline(1, color="0.5", linestyle="dotted")
    ax.text(0, 1.01, "mean distance between two pictures", color="0.4", va="bottom")
axes[1].legend(loc="upper left", bbox_to_anchor=(0, 0.93))
