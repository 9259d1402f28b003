"""
Order two knows a texture from noise of the same spectrum, also when lit from one side
======================================================================================

Brick, grass and gravel each have a twin: Gaussian noise with the spectrum of the texture. A classifier that reads
Fourier spectra gets two thirds of the patches right, where one half is had by knowing the three textures and guessing
which is the twin. Scattering coefficients of order two measure how the amplitudes of waves vary from place to place:
99 % and more of the test patches are right, and light that falls from one side changes little.
"""

# Licence: BSD-3-Clause

# %%
# Textures and their twins
# ------------------------
# White noise, filtered by a texture, has its spectrum; a window keeps the borders of the picture out of it.

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
pictures = load_images_sample()
textures = np.stack([pictures.images[pictures.names.index(name)] for name in names])
side, patch = textures.shape[1], 64


def twin(x):
    """Gaussian noise with mean, variance and spectrum of a texture."""
    window = np.outer(np.hanning(side), np.hanning(side))
    noise = np.fft.fft2(rng.standard_normal((side, side)))
    z = np.fft.ifft2(noise * np.fft.fft2(window * (x - x.mean()))).real
    return x.mean() + x.std() * z / z.std()


surfaces = np.concatenate([textures, [twin(x) for x in textures]])


def patches(half, strength=0.0):
    """Patches of half of each picture, brighter on one side, the mean of each 1."""
    rows, columns = range(0, side - patch + 1, patch // 2), range(half, half + side // 2 - patch + 1, patch // 2)
    X = np.stack([x[i : i + patch, j : j + patch] for x in surfaces for i in rows for j in columns])
    side_of_lamp = rng.uniform(0, 2 * np.pi, (len(X), 1, 1))
    across, down = np.meshgrid(*2 * [np.linspace(-1, 1, patch)])
    X = X * (1 + strength * (np.cos(side_of_lamp) * across + np.sin(side_of_lamp) * down) / np.sqrt(2))
    return X / X.mean(axis=(1, 2), keepdims=True), np.repeat(range(len(surfaces)), len(rows) * len(columns))


X_train, y_train = patches(0)
strengths = np.linspace(0, 0.9, 4)
tests = [patches(side // 2, strength) for strength in strengths]

# %%
# Baseline: Fourier spectra
# -------------------------
# The classifier learns from the left halves of the pictures, evenly lit, and is tested on the right halves, lit from
# any side. It takes the nearest of affine spaces, one a surface, whose dimension it finds in cross-validation.

hann = np.outer(np.hanning(patch), np.hanning(patch))
spectrum = FunctionTransformer(lambda X: np.abs(np.fft.rfft2(hann * X, axes=(1, 2))).reshape(len(X), -1))


def accuracies(transformer):
    """Learn from evenly lit patches; accuracy for each light, in percent."""
    classifier = AffineSubspaceClassifier(max_components=12, shrinkage=0.3)
    model = make_pipeline(transformer, LogMedian(0.1), StandardScaler(), classifier).fit(X_train, y_train)
    return [100 * model.score(X, y) for X, y in tests]


curves = {"Fourier spectrum": accuracies(spectrum)}

# %%
# Scattering
# ----------
# The same classifier reads averages over each patch.

for order in (1, 2):
    scattering = Scattering2D(J=4, max_order=order, average="global", n_jobs=2)
    curves[f"scattering, order {order}"] = accuracies(scattering)
for name, curve in curves.items():
    print(f"{name:>19}: {curve[0]:.0f} % in even light, {curve[-1]:.0f} % where one side is darkest")

# %%
# Twins are the difficulty
# ------------------------
# Left, one test patch of each surface, lit from one side. A classifier that tells textures apart, but not from their
# twins, is right half of the time.

figure = plt.figure(figsize=(11, 4), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[6, 5])
X, y = tests[-1]
for k, ax in enumerate(left.subplots(2, 3).flat):
    ax.imshow(X[np.flatnonzero(y == k)[7]], cmap="gray")
    ax.set(title=names[k % 3] + " (twin)" * (k >= 3), xticks=[], yticks=[])

ax = right.subplots()
for (name, curve), color in zip(curves.items(), ("tab:gray", "tab:orange", "tab:blue"), strict=True):
    ax.plot(strengths, curve, "o-", color=color)
    ax.annotate(name, (0, curve[0]), (0, 6), textcoords="offset points", color=color)
ax.axhline(50, color="0.5", linestyle="dotted")
ax.annotate("twins confused", (0, 50), (0, -13), textcoords="offset points", color="0.5")
ax.set(xlabel="strength of the light from one side (0: even light)", ylabel="right of 126 test patches (%)")
ax.set(ylim=(30, 108), title="Learnt from evenly lit patches")
