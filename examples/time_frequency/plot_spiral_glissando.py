"""
Spiral scattering distinguishes rising pitch from rising octaves
================================================================

The log-frequency axis is rolled up into a spiral with one turn per octave, so that
notes one octave apart are on the same ray. A sound can then rise in two ways. In a
Shepard-Risset glissando, all notes move along the spiral forever under a fixed
envelope. In a pagoda, the note is fixed and its octaves sound one after the other, from
turn to turn. Time-frequency scattering detects the first kind of motion, but hardly the
second: 95 % of its energy rises for the glissando, 60 % for the pagoda, where one half
is no direction. Spiral scattering also has wavelets across octaves, in which 90 % of
the energy of the pagoda rises.
"""

# %%
# Two rising sounds
# -----------------

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
glissando = make_shepard_risset(
    rate=1.0,
    duration=2.0,
    sampling_rate=rate,
    center=220.0,
    width=1.5,
)
pagoda = make_pagoda(
    rate=4.0,
    duration=2.0,
    sampling_rate=rate,
    f0=27.5,
    n_partials=7,
    width=0.5,
)
sounds = {"glissando": glissando, "pagoda": pagoda}


class Player:
    """Audio player for the gallery and notebooks."""

    def __init__(self, x):
        file = BytesIO()
        wavfile.write(file, rate, np.float32(0.9 * x / np.abs(x).max()))
        self.wav = file.getvalue()

    def _repr_html_(self):
        data = b64encode(self.wav).decode()
        return f'<audio controls src="data:audio/wav;base64,{data}"></audio>'


Player(glissando)

# %%

Player(pagoda)

# %%
# Baseline: time-frequency scattering
# -----------------------------------
# Which share of the second-order energy rises, rather than falls, along log-frequency?
# Each octave of the pagoda is as far from the octave above as from the one below, so
# its steps up resemble steps down.

common = {
    "J": 10,
    "J_fr": 3,
    "average": "global",
    "average_frequency": "global",
    "sampling_rate": rate,
    "n_jobs": 2,
}
joint = TimeFrequencyScattering(**common).fit(glissando[np.newaxis])
spiral = SpiralScattering(**common).fit(glissando[np.newaxis])


def rising(scattering, x, direction):
    """Share of rising coefficients in the second-order energy that rises or falls.

    The direction is a column of the paths.
    """
    second = scattering.paths_["order"] == 2
    energy = scattering.transform(x[np.newaxis])[0, second] ** 2
    spin = scattering.paths_[direction][second]
    up, down = (energy[spin == sign].sum() for sign in (1, -1))
    return up / (up + down)


for name, x in sounds.items():
    print(f"{name:>9}: {rising(joint, x, 'spin'):.0%} rises along log-frequency")

# %%
# Spiral scattering
# -----------------
# Which share rises from octave to octave? One half means that there is no direction.

across = {name: rising(spiral, x, "spin_oct") for name, x in sounds.items()}
for name, x in sounds.items():
    along = f"{rising(spiral, x, 'spin'):.0%} rises along log-frequency"
    print(f"{name:>9}: {along}, {across[name]:.0%} across octaves")

# %%
# Directions of both sounds
# -------------------------
# The left panels show the spiral at two times: the glissando rotates, the pagoda grows
# outward. The right panels show the coefficients by rate and scale, for wavelets that
# rise and for wavelets that fall across octaves. The glissando is similar in both,
# always on the right, where the rate in hertz equals the scale in cycles per octave: it
# moves by one octave per second. The pagoda is on the left and on the right, but it
# rises across octaves. Shares are relative to the energy that rises or falls.

scalogram = Scattering1D(J=9, Q=12, max_order=1, average=None, sampling_rate=rate)
scalogram.fit(glissando[np.newaxis])
figure = plt.figure(figsize=(15, 7.5), layout="constrained")
for row, (name, x) in enumerate(sounds.items()):
    for column, time in enumerate((0.85, 1.15)):
        ax = figure.add_subplot(2, 4, 4 * row + column + 1, projection="polar")
        SpiralDisplay.from_estimator(scalogram, x, time=time, ax=ax, colorbar=False)
        ax.set_title(f"{name.capitalize()} at {time} s")
    up, down = (figure.add_subplot(2, 4, 4 * row + column) for column in (3, 4))
    display = RateScaleDisplay.from_estimator(
        spiral,
        x,
        octave=1,
        ax=up,
        colorbar=False,
    )
    top = display.coefficients[[1, -1]].max()
    display.image_.set_clim(0, top)
    display.plot(down, octave=-1, vmax=top)
    down.set_ylabel("")
    for ax, direction, share in (
        (up, "rises", across[name]),
        (down, "falls", 1 - across[name]),
    ):
        title = f"{name.capitalize()}: {share:.0%} of the energy"
        ax.set_title(f"{title}\n{direction} across octaves")
        ax.set(ylim=(None, 20))

# A script saves the sounds to files.
if "__file__" in globals():
    for name, x in sounds.items():
        Path(f"{name}.wav").write_bytes(Player(x).wav)
    print("sounds: glissando.wav, pagoda.wav")
