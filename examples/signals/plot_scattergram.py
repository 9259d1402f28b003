"""
The second order recovers the modulation that averaging loses
=============================================================

Averaging a scalogram over time makes it stable, and wipes out all that varies faster than the window. The scattering
transform keeps it: a second layer of wavelets measures how fast the envelope in each frequency band varies before it
is averaged in turn.

The sound here is a note with a tremolo that quickens from 6 to 48 vibrations a second while the pitch stays.
"""

# %%
# A note with a quickening tremolo
# --------------------------------

import matplotlib.pyplot as plt
import numpy as np

from skscat import Scattering1D
from skscat.plotting import ScattergramDisplay, SecondOrderDisplay

rate, seconds = 8000, 4.0
t = np.arange(int(rate * seconds)) / rate
pitch = 440.0
tremolo = 6 * 8 ** (t / seconds)
note = sum(np.cos(2 * np.pi * pitch * k * t + k) / k for k in (1, 2, 3, 4))
rng = np.random.default_rng(0)
x = (1 + 0.8 * np.cos(2 * np.pi * np.cumsum(tremolo) / rate)) * note + 0.05 * rng.standard_normal(len(t))

# %%
# The scalogram shows every vibration. The scattering transform averages it with a Gaussian window, whose standard
# deviation is 1.6 T or a fifth of a second: only a steady chord is left.

T = 1024
common = {"J": 11, "Q": (8, 2), "sampling_rate": rate}
scalogram = Scattering1D(max_order=1, average=None, **common).fit(x[np.newaxis])
scattering = Scattering1D(T=T, **common).fit(x[np.newaxis])

# %%
# Read the tremolo off the second order
# -------------------------------------
# Among the second-order coefficients of the band that holds the pitch, the largest at each moment says how fast this
# band varies. The first and last half second see the mirrored ends of the sound and are left out.

s = scattering.transform(x[np.newaxis]).reshape(scattering.output_shape_)
paths = scattering.paths_
band = paths["xi1"][paths["order"] == 1]
band = band[np.abs(np.log(band / pitch)).argmin()]
rows = (paths["order"] == 2) & (paths["xi1"] == band)
found = paths["xi2"][rows][s[rows].argmax(axis=0)]
times = np.arange(s.shape[1]) * T / rate
inside = (times > 0.5) & (times < seconds - 0.5)
true = np.interp(times, t, tremolo)
octaves = np.abs(np.log2(found / true))[inside]
print(f"tremolo from {true[inside][0]:.0f} to {true[inside][-1]:.0f} Hz, read off to {octaves.max():.2f} octaves")

first = np.flatnonzero(paths["xi1"] == band)[0]
steady = s[first, inside]
print(f"meanwhile order one of the band at {band:.0f} Hz varies by {np.ptp(steady) / steady.mean():.1%}")

# %%
# One figure
# ----------
# Below: the second order early and late. Crosses mark the partials of the note and the tremolo of that moment.

figure, axes = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
ScattergramDisplay.from_estimator(scalogram, x, ax=axes[0, 0])
axes[0, 0].set(ylim=(100, None), title="Scalogram: every vibration")
ScattergramDisplay.from_estimator(scattering, x, ax=axes[0, 1])
axes[0, 1].set(ylim=(100, None), title="Averaged: the tremolo is lost")
for ax, moment in zip(axes[1], (1.0, 3.0), strict=True):
    frame = np.abs(times - moment).argmin()
    SecondOrderDisplay.from_estimator(scattering, x, frame=frame, ax=ax)
    partials = pitch * np.arange(1, 5)
    ax.plot(partials, np.full(4, true[frame]), "x", color="cyan", label=f"truth: {true[frame]:.0f} Hz")
    ax.set(xlim=(100, None), ylim=(3, None), title=f"Second order at {times[frame]:.1f} s: the tremolo is back")
    ax.legend(loc="upper left")
