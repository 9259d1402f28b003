"""
Joint moments know that a sound rises
=====================================

A Shepard-Risset glissando rises for ever. Sounds are drawn that have its scattering moments and are random otherwise.
Those of time scattering know how loud each frequency is and how fast it beats, but not that neighbours beat one after
the other: the sample rises and falls at once. Those of time-frequency scattering have a sign for it, and their sample
rises.
"""

# %%
# Three sounds
# ------------
from base64 import b64encode
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
from scipy.io import wavfile

from skscat import Scattering1D, TimeFrequencyScattering
from skscat.datasets import make_shepard_risset
from skscat.synthesis import MicrocanonicalModel

RATE = 4096
glissando = make_shepard_risset(rate=2.0, duration=1.0, sampling_rate=RATE, f0=300.0, center=300.0)
models = {
    "time scattering": Scattering1D(J=9, Q=8, average="global"),
    "time-frequency scattering": TimeFrequencyScattering(J=9, Q=8, average="global", average_frequency="global"),
}
sounds = {"glissando": glissando}
for name, scattering in models.items():
    model = MicrocanonicalModel(scattering, max_iter=40).fit(glissando[np.newaxis])
    sounds[name] = model.sample(random_state=0)[0]
    print(f"{name}: {model.n_coefficients_} moments, loss down to {model.loss_curve_[-1] / model.loss_curve_[0]:.0e}")

# %%
# The glissando; then sounds with its moments of time scattering, and of time-frequency scattering.


class Player:
    """A sound that a page of the gallery or a notebook can play."""

    def __init__(self, x):
        file = BytesIO()
        wavfile.write(file, RATE, np.float32(0.9 * x / np.abs(x).max()))
        self.wav = file.getvalue()

    def _repr_html_(self):
        return f'<audio controls src="data:audio/wav;base64,{b64encode(self.wav).decode()}"></audio>'


Player(sounds["glissando"])

# %%

Player(sounds["time scattering"])

# %%

Player(sounds["time-frequency scattering"])

# %%
# What rises, and what falls
# --------------------------
# The energy of joint coefficients that rise with time, over that of those that fall.
joint = TimeFrequencyScattering(J=9, Q=8, average="global", average_frequency="global")
S = joint.fit_transform(np.array(list(sounds.values())))
spin = joint.paths_["spin"]
ratios = np.sum(S[:, spin == 1] ** 2, axis=1) / np.sum(S[:, spin == -1] ** 2, axis=1)

# %%
# Scalograms
# ----------
scalogram = Scattering1D(J=6, Q=12, max_order=1, average=None, sampling_rate=RATE)
U = scalogram.fit_transform(np.array(list(sounds.values()))).reshape(3, *scalogram.output_shape_)[:, 1:]
frequencies = scalogram.paths_["xi1"][1:]
fig, axes = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained", sharey=True)
for ax, u, name, ratio in zip(axes, U, sounds, ratios, strict=True):
    ax.pcolormesh(np.arange(RATE) / RATE, frequencies, u / u.max(), cmap="magma", shading="nearest", rasterized=True)
    ax.set(yscale="log", xlabel="time (s)", title=f"{name}\nrising : falling = {ratio:.1f} : 1", ylim=(80, RATE / 2))
axes[0].set_ylabel("frequency (Hz)")
axes[0].set_yticks([100, 200, 500, 1000, 2000], ["100", "200", "500", "1000", "2000"])
axes[0].minorticks_off()
plt.show()
