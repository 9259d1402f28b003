"""
A recording can be transformed as it arrives
============================================

A recording that lasts for days may not fit in memory, and its features may be needed
before it ends. :class:`~skscat.streaming.ScatteringStream` takes it in chunks of any
length, and returns frames as soon as they are available. Except near both ends, they
equal those of a transform of the whole recording, with a relative error of less than
1e-6.

The price is a delay (latency), since a frame depends on the samples around it. With a
shorter delay, frames are less accurate.
"""

# %%
# A seismometer with four events
# ------------------------------
# The recording, sampled at 100 Hz, is ten minutes of noise whose spectrum falls with
# frequency, and four short events with frequencies of 2 to 9 Hz.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from skscat import Scattering1D
from skscat.streaming import ScatteringStream

rate = 100.0
t = np.arange(int(10 * 60 * rate)) / rate
rng = np.random.default_rng(0)
spectrum = np.fft.rfft(rng.standard_normal(len(t)))
x = np.fft.irfft(spectrum / (0.2 + np.fft.rfftfreq(len(t), 1 / rate)), len(t))
x /= x.std()
for onset, frequency, size in ((110, 6, 8), (230, 2, 4), (370, 9, 6), (490, 3, 10)):
    after = np.clip(t - onset, 0, None)
    x += size * after * np.exp(-after / 4) * np.sin(2 * np.pi * frequency * after)

# %%
# One second at a time
# --------------------
# Each chunk is pushed as it arrives. Most calls return no frames; from time to time,
# one returns a block of frames.

scattering = Scattering1D(J=7, Q=4, sampling_rate=rate)
stream = ScatteringStream(scattering, block_length=2048)
blocks = [stream.push(chunk) for chunk in x.reshape(-1, int(rate))]
n_known = sum(len(times) > 0 for times, S in blocks)
print(f"{n_known} of {len(blocks)} chunks returned frames")
print(f"a frame is available at most {stream.latency_seconds_:.0f} s after its time")
blocks.append(stream.flush())
times = np.concatenate([times for times, S in blocks])
S = np.concatenate([S for times, S in blocks], axis=-1)

# %%
# Comparison with the whole recording
# -----------------------------------

whole = scattering.fit(x[np.newaxis])
expected = whole.transform(x[np.newaxis]).reshape(whole.output_shape_)
inner = (times > 60) & (times < t[-1] - 60)


def error(S):
    """Relative l2 error, without the first and last minute."""
    difference = np.linalg.norm((S - expected)[:, inner])
    return difference / np.linalg.norm(expected[:, inner])


print(f"relative l2 error: {error(S):.0e}")

# %%
# Accuracy and latency
# --------------------
# With shorter margins and blocks, frames are available earlier but are less accurate.

scale = 2**scattering.J
margins = scale * np.array([2, 4, 8, 12, 16, 20, 24])
latencies, errors = [], []
for margin in margins:
    short = ScatteringStream(scattering, block_length=scale, margin=int(margin))
    blocks = [short.push(x), short.flush()]
    latencies.append(short.latency_seconds_)
    errors.append(error(np.concatenate([S for _, S in blocks], axis=-1)))

# %%
# The first order shows the events in their frequency bands, at times in seconds. Just
# before an event, averages may be below the color scale, even negative, since the
# low-pass filter is negative in places. The latencies of the last panel are shorter
# than the one printed above, since its blocks are shorter: 1.3 seconds instead of 20.
# The error falls until only the tails of the filters matter, which are cut at a
# fraction of 1e-5 of their peak.

first = stream.paths_["order"] == 1
frequency = stream.paths_["xi1"][first]
figure, axes = plt.subplots(3, 1, figsize=(7, 8), layout="constrained")
# sphinx_gallery_alt = "Ground motion with four events; their first-order "
# sphinx_gallery_alt = "scattering, in which each event appears in its frequency "
# sphinx_gallery_alt = "band; and the error of the frames, which falls with the "
# sphinx_gallery_alt = "latency until it is below 1e-6."
axes[0].plot(t, x, linewidth=0.3)
axes[0].set(xlim=(0, t[-1]), ylabel="ground motion")
axes[0].set_title("Pushed in chunks of a second")
image = axes[1].pcolormesh(
    times,
    frequency,
    np.maximum(S[first], 1e-6),
    norm=LogNorm(vmin=0.02),
    rasterized=True,
)
figure.colorbar(image, ax=axes[1], label="coefficient", extend="min")
axes[1].set(yscale="log", xlabel="time (s)", ylabel="frequency (Hz)", xlim=(0, t[-1]))
axes[1].set_title("First order, from blocks of 20 seconds")
axes[2].semilogy(latencies, errors, "o-")
default = (stream.margin_ + scale) / rate
axes[2].axvline(default, color="gray", linestyle=":", label="default margin")
axes[2].set(xlabel="latency with blocks of 1.3 seconds (s)", ylabel="relative l2 error")
axes[2].set_title("Error of the stream relative to the whole recording")
axes[2].legend()
plt.show()

# %%
# What was learned
# ----------------
# A stream gives the frames of the whole recording, in constant memory, after a delay
# that you choose: a longer margin is more accurate.
#
# Read on: :ref:`recordings` in the user guide, and
# :class:`~skscat.streaming.ScatteringStream`.
