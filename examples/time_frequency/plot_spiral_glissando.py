"""
Spiral scattering tells rising notes from rising octaves
========================================================

Roll up the axis of log-frequency into a spiral that makes one turn an octave: notes an octave apart stand on one ray.
A sound can then rise in two ways. In the glissando of Shepard and Risset all notes glide round the spiral for ever,
while its envelope stays. In a pagoda the note stays and its octaves light up one after the other, from turn to turn.
Time-frequency scattering hears the first way only. Spiral scattering has wavelets across the turns as well, and hears
both.
"""

# %%
# Two sounds that rise
# --------------------

from base64 import b64encode
from io import BytesIO
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.io import wavfile

from skscat import Scattering1D, SpiralScattering, TimeFrequencyScattering
from skscat.datasets import make_pagoda, make_shepard_risset
from skscat.plotting import RateScaleDisplay, SpiralDisplay

rate = 4096
glissando = make_shepard_risset(rate=1.0, duration=2.0, sampling_rate=rate, center=220.0, width=1.5)
pagoda = make_pagoda(rate=4.0, duration=2.0, sampling_rate=rate, f0=27.5, n_partials=7, width=0.5)
sounds = {"glissando": glissando, "pagoda": pagoda}


class Player:
    """A sound that a page of the gallery or a notebook can play."""

    def __init__(self, x):
        file = BytesIO()
        wavfile.write(file, rate, np.float32(0.9 * x / np.abs(x).max()))
        self.wav = file.getvalue()

    def _repr_html_(self):
        return f'<audio controls src="data:audio/wav;base64,{b64encode(self.wav).decode()}"></audio>'


Player(glissando)

# %%

Player(pagoda)

# %%
# Baseline: time-frequency scattering
# -----------------------------------
# How much of the energy of order two is in coefficients that rise, rather than fall, along log-frequency? The octaves
# of the pagoda are as far from the next above as from the next below: its steps look like steps down as well.

common = {"J": 10, "J_fr": 3, "average": "global", "average_frequency": "global", "sampling_rate": rate, "n_jobs": 2}
joint = TimeFrequencyScattering(**common).fit(glissando[np.newaxis])
spiral = SpiralScattering(**common).fit(glissando[np.newaxis])


def rising(scattering, x, direction):
    """Energy of order two that rises by a column of the paths, relative to all that rises or falls."""
    second = scattering.paths_["order"] == 2
    energy = scattering.transform(x[np.newaxis])[0, second] ** 2
    up, down = (energy[scattering.paths_[direction][second] == sign].sum() for sign in (1, -1))
    return up / (up + down)


for name, x in sounds.items():
    print(f"{name:>9}: {rising(joint, x, 'spin'):.0%} rises along log-frequency")

# %%
# Spiral scattering
# -----------------
# And how much rises from octave to octave? One half is no direction at all.

across = {name: rising(spiral, x, "spin_oct") for name, x in sounds.items()}
for name, x in sounds.items():
    print(f"{name:>9}: {rising(spiral, x, 'spin'):.0%} rises along log-frequency, {across[name]:.0%} across octaves")

# %%
# Each sound has its own direction
# --------------------------------
# Left, the spiral at two moments: the glissando turns, the pagoda grows. Then rate and scale of the wavelets that rise
# and those that fall across octaves. The glissando is much the same in both, always on the right, where the rate in
# hertz is the scale in cycles per octave: it moves by one octave a second. The pagoda is left and right, but it rises.
# Shares are of the energy that rises or falls.

scalogram = Scattering1D(J=9, Q=12, max_order=1, average=None, sampling_rate=rate).fit(glissando[np.newaxis])
figure = plt.figure(figsize=(15, 7.5), layout="constrained")
for row, (name, x) in enumerate(sounds.items()):
    for column, moment in enumerate((0.85, 1.15)):
        ax = figure.add_subplot(2, 4, 4 * row + column + 1, projection="polar")
        SpiralDisplay.from_estimator(scalogram, x, time=moment, ax=ax, colorbar=False)
        ax.set_title(f"{name.capitalize()} at {moment} s")
    up, down = (figure.add_subplot(2, 4, 4 * row + column) for column in (3, 4))
    display = RateScaleDisplay.from_estimator(spiral, x, octave=1, ax=up, colorbar=False)
    top = display.coefficients[[1, -1]].max()
    display.image_.set_clim(0, top)
    display.plot(down, octave=-1, vmax=top)
    down.set_ylabel("")
    for ax, direction, share in ((up, "rises", across[name]), (down, "falls", 1 - across[name])):
        ax.set_title(f"{name.capitalize()}: {share:.0%} of the energy\n{direction} across octaves")
        ax.set(ylim=(None, 20))

# A script keeps the sounds in files.
if "__file__" in globals():
    for name, x in sounds.items():
        Path(f"{name}.wav").write_bytes(Player(x).wav)
    print("sounds: glissando.wav, pagoda.wav")
