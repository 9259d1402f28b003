"""
Envelopes show what three uncorrelated fields share
===================================================

Emission of interstellar dust is polarized by the magnetic field: where the intensity I
is large, so are the polarizations Q and U, with signs that depend on the angle of the
field. The three maps are hardly correlated at any scale. Correlations with envelopes,
and of envelopes, show that the maps come from the same clouds.
"""

# %%
# Maps
# ----
# The maps are realizations of a toy model: lognormal clouds of dust, and a direction of
# the magnetic field that varies independently.
import matplotlib.pyplot as plt
import numpy as np

from skscat import Scattering2D
from skscat.moments import ScatteringSpectra, standard_error
from skscat.synthesis import GaussianTexture

N, SIDE = 16, 64


def smooth_fields(n, exponent, rng):
    """Gaussian fields whose power falls with the frequency."""
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
    white = np.fft.fft2(rng.standard_normal((n, SIDE, SIDE)))
    fields = np.fft.ifft2(white * np.maximum(k, 2 / SIDE) ** (-exponent / 2)).real
    return fields / fields.std()


rng = np.random.default_rng(0)
intensity = np.exp(smooth_fields(N, 2.5, rng))
angle = 2 * smooth_fields(N, 3, rng)
X = np.stack([intensity * np.cos(angle), intensity * np.sin(angle), intensity], axis=1)
X -= X.mean(axis=(0, 2, 3), keepdims=True)
correlations = np.corrcoef(X.swapaxes(0, 1).reshape(3, -1))
for a, b in ((0, 1), (0, 2), (1, 2)):
    print(f"correlation of {'QUI'[a]} and {'QUI'[b]}: {correlations[a, b]:5.2f}")

# %%
# Which statistics differ from zero
# ---------------------------------
# Averages over realizations are compared with their standard errors. The averages over
# independent Gaussian surrogates of each map show how many statistics exceed three
# standard errors by chance. These maps have no masks. If they had, some statistics
# would be NaN for some realizations: ``nanmean`` averages over the others, and a
# statistic that is known for fewer than two realizations is not counted.
texture = GaussianTexture(periodic=False)
random = np.random.RandomState(0)
surrogates = np.stack(
    [texture.fit(x[:, np.newaxis]).sample(N, random)[:, 0] for x in X.swapaxes(0, 1)],
    axis=1,
)
wavelets = Scattering2D(J=3, L=4, padding="wrap", channel_names=("Q", "U", "I"))
spectra = ScatteringSpectra(wavelets, cross_spectra=True)
kinds = {"cross-spectrum": 1, "signal and envelopes": 2, "envelopes": 3}


def shares(X):
    """Share of the statistics beyond 3 standard errors, by pair of maps and kind."""
    S = spectra.fit_transform(X)
    z, paths = np.nanmean(S, axis=0) / standard_error(S), spectra.paths_
    found = {}
    for a, b in ((0, 1), (0, 2), (2, 0), (1, 2), (2, 1)):
        for kind in kinds.values():
            pair = (paths["channel1"] == a) & (paths["channel2"] == b)
            chosen = pair & (paths["kind"] == kind) & ~np.isnan(z)
            if chosen.any():
                found[a, b, kind] = np.mean(np.abs(z[chosen]) > 3)
    return found


maps, by_chance = shares(X), shares(surrogates)

# %%
# The order of a pair matters: the intensity is large where the envelopes of Q and U are
# large (I with \|Q\|), but the envelopes of I do not determine the sign of Q (Q with
# \|I\|). At most half of the statistics differ from zero, since imaginary parts do not:
# the model has no preferred direction.
fig = plt.figure(figsize=(7, 5.6), layout="constrained")
# sphinx_gallery_alt = "Maps of Q, U and I. Below, the shares of statistics that "
# sphinx_gallery_alt = "differ from zero: hardly any cross-spectrum, but many "
# sphinx_gallery_alt = "correlations of signals with envelopes and of envelopes, and "
# sphinx_gallery_alt = "nearly none for Gaussian surrogates."
grid = fig.add_gridspec(2, 3, height_ratios=(1, 1.1))
for i, name in enumerate("QUI"):
    ax = fig.add_subplot(grid[0, i])
    limit = np.quantile(np.abs(X[0, i]), 0.99)
    ax.imshow(X[0, i], cmap="RdBu_r", vmin=-limit, vmax=limit)
    ax.set_title(name)
    ax.axis("off")
for i, (title, kind) in enumerate(kinds.items()):
    ax = fig.add_subplot(grid[1, i])
    pairs = [key for key in maps if key[2] == kind]
    pattern = {1: "{}\n{}", 2: "{}\n|{}|", 3: "|{}|\n|{}|"}[kind]
    labels = [pattern.format("QUI"[a], "QUI"[b]) for a, b, _ in pairs]
    where = np.arange(len(pairs))
    ax.bar(where - 0.2, [100 * maps[key] for key in pairs], 0.4, label="maps")
    values = [100 * by_chance[key] for key in pairs]
    ax.bar(where + 0.2, values, 0.4, color="0.6", label="Gaussian surrogates")
    ax.set(title=title, ylim=(0, 100), xticks=where, xticklabels=labels)
    ax.set(ylabel="differ from zero (%)" if i == 0 else None)
handles = fig.axes[3].get_legend_handles_labels()
fig.legend(*handles, loc="outside lower center", ncols=2)
plt.show()

# %%
# What was learned
# ----------------
# Fields can be uncorrelated at every scale and still depend on each other. Envelopes
# reveal this dependence, and standard errors show which statistics are not due to
# chance.
#
# Read on: :ref:`cross_spectra` in the user guide, :ref:`results_fields` on measured
# maps, and :class:`~skscat.moments.ScatteringSpectra`.
