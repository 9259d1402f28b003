"""
Any number of images goes through the same memory
=================================================

Features of many images can be larger than memory, and the images themselves as well. ``transform`` returns one array,
so its memory grows with the number of images. ``transform_blocks`` reads some images, yields their features and
forgets both: images come from a memory map and features go to another one, or straight into an estimator that learns
in parts.
"""

# %%
# Images on disk
# --------------
# Patches of eight photographs, written to a file a thousand at a time. The file holds one byte a pixel; a transform
# computes with eight.

import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np

from skscat import Scattering2D
from skscat.datasets import load_images_sample

pictures = load_images_sample().images
pictures = np.uint8(255 * (pictures - pictures.min()) / np.ptp(pictures))
rng = np.random.default_rng(0)
side = 32


def patches(n):
    """Cut patches at random places."""
    picture = rng.integers(len(pictures), size=n)
    top, left = (rng.integers(size - side, size=n) for size in pictures.shape[1:])
    grid = np.arange(side)
    return pictures[picture[:, None, None], top[:, None, None] + grid[:, None], left[:, None, None] + grid]


folder = TemporaryDirectory()
images_file, features_file = Path(folder.name, "images.npy"), Path(folder.name, "features.npy")
n_images = 8000
file = np.lib.format.open_memmap(images_file, "w+", np.uint8, (n_images, side, side))
for start in range(0, n_images, 1000):
    file[start : start + 1000] = patches(1000)
file.flush()
print(f"{n_images:,} images in a file of {images_file.stat().st_size / 1e6:.0f} MB")

# %%
# From file to file
# -----------------
# ``mmap_mode="r"`` opens the file without reading it. A block of 500 images is read, scattered and written.

images = np.load(images_file, mmap_mode="r")
scattering = Scattering2D(J=2, L=4, max_order=1, n_jobs=2).fit(images[:1])


def from_file_to_file(n):
    """Scatter the first n images, block by block."""
    shape = (n, len(scattering.get_feature_names_out()))
    features = np.lib.format.open_memmap(features_file, "w+", np.float64, shape)
    for block, S in scattering.transform_blocks(images[:n], length=500):
        features[block] = S


def all_at_once(n):
    """Scatter the first n images to one array."""
    return scattering.transform(images[:n])


# %%
# Peak memory
# -----------
# Counted is what Python and NumPy allocate. Pages of memory maps are not: the system drops them when it needs room.


def peak_megabytes(run, n):
    """Largest amount of memory allocated at a time."""
    tracemalloc.start()
    run(n)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


counts = [1000, 2000, 4000, 8000]
curves = {
    "transform": [peak_megabytes(all_at_once, n) for n in counts],
    "transform_blocks": [peak_megabytes(from_file_to_file, n) for n in counts],
}
for name, peaks in curves.items():
    print(f"{name:>16}: " + ", ".join(f"{peak:.0f} MB for {n:,}" for n, peak in zip(counts, peaks, strict=True)))

features = np.load(features_file, mmap_mode="r")
print(f"Features on disk: {features.shape}, {features.nbytes / 1e6:.0f} MB")
np.testing.assert_allclose(features[-5:], scattering.transform(images[-5:]))

# %%
# Memory of one call grows with the number of images, that of blocks does not.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for name, peaks in curves.items():
    ax.plot(counts, peaks, "o-", label=name)
ax.set(xlabel="number of images", ylabel="peak memory (MB)", ylim=(0, None))
ax.legend(loc="upper left")

del file, features
folder.cleanup()
