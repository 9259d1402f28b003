"""
Few moments make a texture
==========================

Images are drawn that are random but for some statistics of an example: its power spectrum; scattering moments of
order one; of orders one and two; the latter with mean squares and cubes too. The spectrum alone gives clouds. With
order two stones and bricks are back, from one number for every 68 pixels; cubes make them about as sparse as they
were. Moduli do not know the sign of an edge: some white joints of the bricks come back black.
"""

# %%
# The models
# ----------
# ``sample`` begins at white noise and descends to the moments of the example. The Gaussian twin has its spectrum, with
# random phases.
import matplotlib.pyplot as plt
import numpy as np

from skscat import Scattering2D
from skscat.datasets import load_images_sample
from skscat.moments import ScatteringMoments
from skscat.synthesis import GaussianTexture, MicrocanonicalModel, wavelet_transform

SIDE, NAMES = 128, ("gravel", "grass", "brick")
pictures = load_images_sample()
examples = {name: pictures.images[pictures.names.index(name)][:SIDE, :SIDE] for name in NAMES}


def moments(max_order, powers):
    return ScatteringMoments(Scattering2D(J=4, L=6, max_order=max_order, padding="wrap"), powers=powers)


models = {
    "Gaussian twin": GaussianTexture(),
    "order one": MicrocanonicalModel(moments(1, (1,)), max_iter=60),
    "orders one and two": MicrocanonicalModel(moments(2, (1,)), max_iter=60),
    "and squares, cubes": MicrocanonicalModel(moments(2, (1, 2, 3)), max_iter=100),
}
samples = {}
for name, example in examples.items():
    samples[name] = {"example": example}
    for label, model in models.items():
        samples[name][label] = model.fit(example[np.newaxis]).sample(random_state=0)[0]
        if name == "brick" and label != "Gaussian twin":
            ratio = model.n_features_in_ / model.n_coefficients_
            print(f"{label}: one number for {ratio:.0f} pixels, loss down to {model.loss_curve_[-1]:.1e}")

# %%
# Original, twin, and what moments restore
# ----------------------------------------
fig, axes = plt.subplots(3, 5, figsize=(11, 7), layout="constrained")
for row, name in zip(axes, NAMES, strict=True):
    for ax, (label, image) in zip(row, samples[name].items(), strict=True):
        ax.imshow(image, cmap="gray", vmin=examples[name].min(), vmax=examples[name].max())
        ax.set(xticks=[], yticks=[])
        if name == NAMES[0]:
            ax.set_title(label)
    row[0].set_ylabel(name)

# %%
# Sparsity
# --------
# The fourth moment of wavelet coefficients, divided by the square of the second, is 2 for Gaussian images and large
# where few coefficients hold the energy, as at edges. Order two restores it, and too much of it at the finest scales.
# Mean squares and cubes of moduli bring it to where it was for gravel and grass, and nearly for bricks, the sparsest.
bank = Scattering2D(J=4, L=6, padding="wrap").fit(example[np.newaxis]).plan_.banks[0]


def kurtosis(image):
    _, w = wavelet_transform(image, bank)
    values = np.mean(np.abs(w) ** 4, axis=(1, 2)) / np.mean(np.abs(w) ** 2, axis=(1, 2)) ** 2
    return [values[bank.table["j"] == j].mean() for j in range(4)]


fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained", sharey=True)
for ax, name in zip(axes, NAMES, strict=True):
    for label, image in samples[name].items():
        style = {"color": "k", "linewidth": 2} if label == "example" else {"marker": "o", "markersize": 4}
        ax.plot(range(4), kurtosis(image), label=label, **style)
    ax.axhline(2, color="0.6", linewidth=0.8, linestyle=":")
    ax.set(title=name, xlabel="log2 of the scale (pixels)", xticks=range(4), ylim=(1, 10))
axes[0].set_ylabel("kurtosis of wavelet coefficients")
axes[0].legend(fontsize=8)
plt.show()
