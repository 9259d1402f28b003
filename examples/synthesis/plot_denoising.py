"""
Denoising by matching statistics preserves what Wiener filters smooth out
=========================================================================

A Wiener filter has the smallest mean squared error of all linear filters. At
frequencies where there is much more noise than signal, it returns nearly zero: the
result is too smooth. ``ScatteringDenoiser`` looks for a field that, with noise added,
has the statistics of the observation.
"""

# %%
# A field and its observation
# ---------------------------
# The field is a lognormal random field, which resembles clouds, observed with white
# noise of half its standard deviation.
import matplotlib.pyplot as plt
import numpy as np

from skscat import Scattering2D
from skscat.moments import ScatteringSpectra
from skscat.synthesis import ScatteringDenoiser

SIDE, NOISE = 128, 0.5
rng = np.random.default_rng(0)
k = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
white = np.fft.fft2(rng.standard_normal((SIDE, SIDE)))
gaussian = np.fft.ifft2(white * np.maximum(k, 2 / SIDE) ** -1.5).real
field = np.exp(gaussian / gaussian.std())
field = (field - field.mean()) / field.std()
observed = field + NOISE * rng.standard_normal((SIDE, SIDE))

# %%
# Wiener filter
# -------------
# The gain of the filter is the fraction of the power of the observation that is due to
# the signal. Here it is computed from the true power spectrum, averaged over
# directions, which is not known in practice.
ring = np.round(k * SIDE).astype(int)


def power(x):
    """Power spectrum, averaged over rings of frequencies."""
    periodogram = np.abs(np.fft.fft2(x)) ** 2 / x.size
    return np.bincount(ring.ravel(), periodogram.ravel()) / np.bincount(ring.ravel())


gain = (power(field) / (power(field) + NOISE**2))[ring]
filtered = np.fft.ifft2(gain * np.fft.fft2(observed)).real

# %%
# Denoising by matching statistics
# --------------------------------
# ``fit`` takes samples of the noise, ``transform`` observations.
spectra = ScatteringSpectra(Scattering2D(J=4, L=4, padding="wrap"))
noise = NOISE * rng.standard_normal((40, SIDE, SIDE))
denoiser = ScatteringDenoiser(spectra, random_state=0).fit(noise)
denoised = denoiser.transform(observed[np.newaxis])[0]

# %%
# The errors of the statistics are relative to their norm. The denoiser is not linear;
# here, the denoised pixels are also closer to those of the field than the filtered ones
# are. So are the statistics, except sparsity. Sparsity is a ratio of moments of the
# coefficients of one wavelet, which does not change if a filter multiplies these
# coefficients by a constant.
target = spectra.fit_transform(field[np.newaxis])[0]
kinds = ("sparsity", "spectrum", "phase", "envelopes")
errors = {}
for name, x in (("Wiener filter", filtered), ("denoised", denoised)):
    S = spectra.transform(x[np.newaxis])[0]
    of_kinds = [spectra.kinds_ == kind for kind in range(4)]
    errors[name] = [
        np.linalg.norm((S - target)[c]) / np.linalg.norm(target[c]) for c in of_kinds
    ]
    print(f"{name}: error of the pixels {np.std(x - field):.2f}, of the statistics")
    for kind, error in zip(kinds, errors[name], strict=True):
        print(f"  {kind:9} {error:.2f}")

# %%
fig = plt.figure(figsize=(7, 4.6), layout="constrained")
# sphinx_gallery_alt = "Clouds, the same with noise, a Wiener-filtered map, which is "
# sphinx_gallery_alt = "too smooth, and a denoised map, which looks like the clouds. "
# sphinx_gallery_alt = "Power spectra of the clouds and of the denoised map agree; "
# sphinx_gallery_alt = "that of the filtered map is too low. Errors of the "
# sphinx_gallery_alt = "statistics, except of sparsity, are several times smaller "
# sphinx_gallery_alt = "after denoising."
shown = {
    "field": field,
    "observed": observed,
    "Wiener filter": filtered,
    "denoised": denoised,
}
left, right = ["spectrum"] * 2, ["errors"] * 2
panels = fig.subplot_mosaic([[*shown], left + right], height_ratios=(1, 1.6))
for name, x in shown.items():
    ax = panels[name]
    ax.imshow(x, cmap="inferno", vmin=-1.5, vmax=3)
    ax.set_title(name)
    ax.axis("off")
ax = panels["spectrum"]
used = slice(1, SIDE // 2)
colors = {"field": "k", "observed": "0.7", "Wiener filter": "C0", "denoised": "C1"}
for name, x in shown.items():
    frequencies = np.arange(SIDE)[used] / SIDE
    ax.loglog(frequencies, power(x)[used], colors[name], label=name)
ax.set(title="power spectrum", xlabel="frequency (cycles/pixel)", ylabel="power")
ax.legend(fontsize=9, handlelength=1)
ax = panels["errors"]
for i, (name, values) in enumerate(errors.items()):
    where = np.arange(4) + 0.4 * i
    ax.barh(where, values, 0.4, color=colors[name], label=name)
ax.set_yticks(np.arange(4) + 0.2, kinds)
ax.invert_yaxis()
ax.set(title="errors of statistics", xlabel="relative error")
ax.legend(fontsize=9, handlelength=1)
plt.show()

# %%
# What was learned
# ----------------
# The linear filter with the smallest mean squared error returns a field that is too
# smooth. If the statistics of a field matter, find a field that has these statistics.
#
# Read on: :ref:`denoising` in the user guide, and
# :class:`~skscat.synthesis.ScatteringDenoiser`.
