"""
Any number of images can be transformed in constant memory
==========================================================

The features of many images may not fit in memory, nor may the images themselves.
``transform`` returns a single array, so its memory grows with the number of images.
``transform_blocks`` reads a block of images, yields its features, and releases both.
The images can come from a memory map. The features can be written to another memory
map, or passed to an estimator with ``partial_fit`` (see :ref:`scaling`).
"""

# %%
# Images on disk
# --------------
# Random patches of eight photographs are written to a file in blocks of a thousand. The
# file stores one byte per pixel; the transform computes with eight (float64).

import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np

from skscat import Scattering2D
from skscat.datasets import load_images_sample

photographs = load_images_sample().images
photographs = photographs - photographs.min()
photographs = np.uint8(255 * photographs / np.ptp(photographs))
rng = np.random.default_rng(0)
side = 32


def patches(n):
    """Cut patches at random positions."""
    index = rng.integers(len(photographs), size=n)
    top, left = (rng.integers(size - side, size=n) for size in photographs.shape[1:])
    rows = top[:, None, None] + np.arange(side)[:, None]
    columns = left[:, None, None] + np.arange(side)
    return photographs[index[:, None, None], rows, columns]


folder = TemporaryDirectory()
images_file = Path(folder.name, "images.npy")
features_file = Path(folder.name, "features.npy")
n_images = 8000
shape = (n_images, side, side)
file = np.lib.format.open_memmap(images_file, "w+", np.uint8, shape)
for start in range(0, n_images, 1000):
    file[start : start + 1000] = patches(1000)
file.flush()
print(f"{n_images:,} images in a file of {images_file.stat().st_size / 1e6:.0f} MB")

# %%
# From file to file
# -----------------
# ``mmap_mode="r"`` opens the file without reading it. Each block of 500 images is read,
# transformed and written.

images = np.load(images_file, mmap_mode="r")
scattering = Scattering2D(J=2, L=4, max_order=1, n_jobs=2).fit(images[:1])


def from_file_to_file(n):
    """Transform the first n images block by block."""
    shape = (n, len(scattering.get_feature_names_out()))
    features = np.lib.format.open_memmap(features_file, "w+", np.float64, shape)
    for block, S in scattering.transform_blocks(images[:n], block_size=500):
        features[block] = S


def all_at_once(n):
    """Transform the first n images to a single array."""
    return scattering.transform(images[:n])


# %%
# Peak memory
# -----------
# The measurement includes all memory that Python and NumPy allocate. It excludes the
# pages of memory maps, which the operating system releases when it needs memory.


def peak_megabytes(run, n):
    """Peak of the allocated memory."""
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
    values = zip(counts, peaks, strict=True)
    text = ", ".join(f"{peak:.0f} MB for {n:,}" for n, peak in values)
    print(f"{name:>16}: {text}")

features = np.load(features_file, mmap_mode="r")
print(f"features on disk: {features.shape}, {features.nbytes / 1e6:.0f} MB")
np.testing.assert_allclose(features[-5:], scattering.transform(images[-5:]))

# %%
# The memory of ``transform`` grows with the number of images; that of
# ``transform_blocks`` hardly changes.

figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
# sphinx_gallery_alt = "Peak memory against the number of images: it grows in "
# sphinx_gallery_alt = "proportion for transform, and is constant for "
# sphinx_gallery_alt = "transform_blocks."
for name, peaks in curves.items():
    ax.plot(counts, peaks, "o-", label=name)
ax.set(xlabel="number of images", ylabel="peak memory (MB)", ylim=(0, None))
ax.legend(loc="upper left")
plt.show()

del file, features
folder.cleanup()

# %%
# What was learned
# ----------------
# The transform of an image does not depend on other images, so any number of images can
# be transformed in blocks, in a fixed amount of memory.
#
# Read on: :ref:`scaling` in the user guide, which also covers clusters, and the method
# :meth:`~skscat.Scattering2D.transform_blocks`.
