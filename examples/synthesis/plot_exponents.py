"""
First-order moments measure regularity, second-order moments intermittency
==========================================================================

Fractional Brownian motions, Lévy processes and multifractal random walks are
self-similar: their moments are powers of the scale. First-order moments give the
exponent. Second-order moments, divided by first-order moments, give the rate at which
bursts average out with the scale. For fractional Brownian motions of any exponent, they
tend to decrease by a factor of :math:`\\sqrt 2` per octave; for Lévy processes, whose
jumps are independent, by :math:`2^{1 - 1/\\alpha}`. For multifractal processes, whose
bursts are clustered, they hardly decrease.
"""

# %%
# Moments of known processes
# --------------------------
import matplotlib.pyplot as plt
import numpy as np

from skscat import Scattering1D
from skscat.datasets import make_fbm, make_levy, make_mrw
from skscat.moments import ScatteringMoments, moments_by_scale

J, N, LENGTH = 10, 16, 2**15
levy = make_levy(N, LENGTH, alpha=1.5, random_state=0)
multifractal = make_mrw(N, LENGTH, intermittency=0.1, random_state=0)
# Realizations, and theoretical exponents of the moments of both orders.
processes = {
    "fBm, H = 0.2": (make_fbm(N, LENGTH, H=0.2, random_state=0), 0.2, -1 / 2),
    "fBm, H = 0.8": (make_fbm(N, LENGTH, H=0.8, random_state=0), 0.8, -1 / 2),
    "Lévy, α = 1.5": (levy, 1 / 1.5, 1 / 1.5 - 1),
    "multifractal, λ² = 0.1": (multifractal, (1 + 0.1) / 2, 0),
}
scattering = Scattering1D(J=J, Q=1, wavelet="battle_lemarie")
moments = ScatteringMoments(scattering, renormalize=True)
scales = np.arange(2, J)
results = {}
print("exponents of first-order moments; of ratios, for differences of 4 to 6 octaves")
for name, (X, theory, theory_of_ratios) in processes.items():
    moments.fit(X)
    first, second = moments_by_scale(moments.mean_, moments.paths_)
    exponent = np.polyfit(scales, np.log2(first[scales]), 1)[0]
    # Mean over the finer scale, for each difference of scales.
    ratios = [np.diag(second, step)[2 : J - step].mean() for step in range(1, 7)]
    decay = np.polyfit(range(4, 7), np.log2(ratios[3:]), 1)[0]
    text = f"{decay:.2f}, theory {theory_of_ratios:.2f}"
    print(f"{name:23s} {exponent:.2f}, theory {theory:.2f}; {text}")
    results[name] = first, ratios

# %%
# Moments of both orders
# ----------------------
fig = plt.figure(figsize=(7, 6.4), layout="constrained")
axes = list(fig.subplot_mosaic([["x", "x"], ["first", "second"]]).values())
# sphinx_gallery_alt = "Realizations of two fractional Brownian motions, a Lévy "
# sphinx_gallery_alt = "process and a multifractal random walk. First-order moments "
# sphinx_gallery_alt = "are powers of the scale; ratios of second- to first-order "
# sphinx_gallery_alt = "moments fall with the slope -1/2 for the motions, less for "
# sphinx_gallery_alt = "the Lévy process, and hardly for the multifractal, next to "
# sphinx_gallery_alt = "dotted lines with the theoretical slopes."
style = {"marker": "o", "markersize": 4}
for row, (name, (X, _, slope)) in enumerate(processes.items()):
    x = X[0, :4096]
    axes[0].plot((x - x.mean()) / np.ptp(x) - row, linewidth=0.7)
    first, ratios = results[name]
    axes[1].plot(scales, np.log2(first[scales] / first[2]), label=name, **style)
    y = np.log2(ratios) - np.log2(ratios[1])
    axes[2].plot(range(1, 7), y, **style)
    axes[2].plot([4, 6], [y[3], y[3] + 2 * slope], f"C{row}:")
axes[2].plot([], [], "k:", label="theoretical slopes")
axes[0].set(title="realizations", xlabel="sample", yticks=[])
axes[1].set(title="first-order moments", xlabel="scale j")
axes[1].set(ylabel="log2, relative to scale 2")
axes[2].set(title="second / first order", xlabel="difference of scales")
axes[2].set(ylabel="log2, relative to 2 scales")
handles = axes[1].get_legend_handles_labels()
fig.legend(*handles, loc="outside upper center", ncols=2)
axes[2].legend(loc="lower left")
plt.show()

# %%
# What was learned
# ----------------
# Two slopes distinguish the processes: the first order measures regularity, the second
# how bursts are clustered.
#
# Read on: :ref:`self_similarity` in the user guide, and
# :class:`~skscat.moments.ScatteringMoments`.
