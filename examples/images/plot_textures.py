"""
Second-order coefficients distinguish textures from spectrum-matched noise
==========================================================================

Brick, grass and gravel each have a Gaussian surrogate: noise with the same power
spectrum. A classifier trained on Fourier spectra has an accuracy of two thirds; a
classifier that recognizes the three textures but guesses which patches are surrogates
would have an accuracy of one half. First-order scattering coefficients also depend on
how sparse an image is, and reach 83 to 85 %. Second-order coefficients measure how the
amplitude of oscillations varies across the image. With them, the accuracy is at least
99 %. Uneven illumination hardly changes these values.
"""

# %%
# Textures and their surrogates
# -----------------------------
# White noise filtered by a texture has the spectrum of the texture. A window removes
# the effect of the image borders.

from itertools import product

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skscat import Scattering2D
from skscat.classification import AffineSubspaceClassifier
from skscat.datasets import load_images_sample
from skscat.preprocessing import LogMedian

rng = np.random.default_rng(0)
names = ["brick", "grass", "gravel"]
sample = load_images_sample()
textures = np.stack([sample.images[sample.names.index(name)] for name in names])
side, patch = textures.shape[1], 64


def surrogate(x):
    """Gaussian noise with the mean, variance and spectrum of a texture."""
    window = np.outer(np.hanning(side), np.hanning(side))
    noise = np.fft.fft2(rng.standard_normal((side, side)))
    z = np.fft.ifft2(noise * np.fft.fft2(window * (x - x.mean()))).real
    return x.mean() + x.std() * z / z.std()


surfaces = np.concatenate([textures, [surrogate(x) for x in textures]])


def patches(half, strength=0.0):
    """Patches from one half of each image, lit from one side, each of mean 1."""
    rows = range(0, side - patch + 1, patch // 2)
    columns = range(half, half + side // 2 - patch + 1, patch // 2)
    corners = list(product(rows, columns))
    X = [x[i : i + patch, j : j + patch] for x in surfaces for i, j in corners]
    angle = rng.uniform(0, 2 * np.pi, (len(X), 1, 1))
    across, down = np.meshgrid(*2 * [np.linspace(-1, 1, patch)])
    gradient = np.cos(angle) * across + np.sin(angle) * down
    X = np.stack(X) * (1 + strength * gradient / np.sqrt(2))
    y = np.repeat(range(len(surfaces)), len(corners))
    return X / X.mean(axis=(1, 2), keepdims=True), y


X_train, y_train = patches(0)
strengths = np.linspace(0, 0.9, 4)
tests = [patches(side // 2, strength) for strength in strengths]

# %%
# Baseline: Fourier spectra
# -------------------------
# The classifier is trained on the left halves of the images, evenly lit, and tested on
# the right halves, lit from a random side. It assigns a patch to the nearest of six
# affine spaces, one per class, whose dimension is chosen by cross-validation.

hann = np.outer(np.hanning(patch), np.hanning(patch))


def fourier_modulus(X):
    return np.abs(np.fft.rfft2(hann * X, axes=(1, 2))).reshape(len(X), -1)


def accuracies(transformer):
    """Train on evenly lit patches; accuracy in percent for each illumination."""
    classifier = AffineSubspaceClassifier(max_components=12, shrinkage=0.3)
    model = make_pipeline(transformer, LogMedian(0.1), StandardScaler(), classifier)
    model.fit(X_train, y_train)
    return [100 * model.score(X, y) for X, y in tests]


curves = {"Fourier spectrum": accuracies(FunctionTransformer(fourier_modulus))}

# %%
# Scattering
# ----------
# The same classifier is trained on scattering coefficients averaged over each patch.

for order, name in ((1, "first-order scattering"), (2, "second-order scattering")):
    scattering = Scattering2D(J=4, max_order=order, average="global", n_jobs=2)
    curves[name] = accuracies(scattering)
for name, curve in curves.items():
    even, uneven = f"{curve[0]:.0f} %", f"{curve[-1]:.0f} %"
    print(f"{name:>23}: accuracy {even} evenly lit, {uneven} lit from one side")

# %%
# Distinguishing the surrogates
# -----------------------------
# The top panels show a test patch of each class, lit from one side. A classifier that
# distinguishes the textures, but not the surrogates from them, has an accuracy of one
# half.

figure = plt.figure(figsize=(7, 5), layout="constrained")
# sphinx_gallery_alt = "Patches of brick, grass and gravel and of their surrogates. "
# sphinx_gallery_alt = "Below, accuracies under stronger and stronger lighting "
# sphinx_gallery_alt = "gradients: two thirds from Fourier spectra, 85 % from first- "
# sphinx_gallery_alt = "order scattering, and 99 % or more with the second order."
top, bottom = figure.subfigures(2, 1, height_ratios=[2, 4])
X, y = tests[-1]
for k, ax in enumerate(top.subplots(1, 6)):
    ax.imshow(X[np.flatnonzero(y == k)[7]], cmap="gray")
    ax.set(title=names[k % 3] + "\n(surrogate)" * (k >= 3), xticks=[], yticks=[])

ax = bottom.subplots()
colors = ("tab:gray", "tab:orange", "tab:blue")
for (name, curve), color in zip(curves.items(), colors, strict=True):
    ax.plot(strengths, curve, "o-", color=color)
    ax.annotate(name, (0, curve[0]), (0, 6), textcoords="offset points", color=color)
ax.axhline(50, color="0.5", linestyle="dotted")
ax.annotate(
    "surrogates not distinguished",
    (0, 50),
    (0, -13),
    textcoords="offset points",
    color="0.5",
)
ax.set(xlabel="strength of the lighting gradient (0: even light)")
ax.set(ylabel="accuracy on 126 test patches (%)", ylim=(30, 108))
ax.set_title("Trained on evenly lit patches")
plt.show()

# %%
# What was learned
# ----------------
# If classes have the same spectrum, second-order coefficients distinguish them.
# Logarithms make the features robust to uneven light.
#
# Read on: :ref:`scattering2d` and :ref:`recipes` in the user guide, and
# :class:`~skscat.Scattering2D`.
