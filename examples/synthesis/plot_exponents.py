"""
Moments of order one measure regularity, those of order two intermittency
=========================================================================

Fractional Brownian motions, Levy processes and multifractal random walks are self-similar: their moments are powers of
the scale. Order one gives the exponent. Order two, divided by order one, does not depend on it, and tells them apart:
it falls by half an octave in each octave for Gaussian processes, and hardly for multifractal ones, whose bursts come
in bursts.
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
processes = {
    "fBm, H = 0.2": (make_fbm(N, LENGTH, H=0.2, random_state=0), 0.2),
    "fBm, H = 0.8": (make_fbm(N, LENGTH, H=0.8, random_state=0), 0.8),
    r"Levy, $\alpha$ = 1.5": (make_levy(N, LENGTH, alpha=1.5, random_state=0), 1 / 1.5),
    r"multifractal, $\lambda^2$ = 0.1": (make_mrw(N, LENGTH, intermittency=0.1, random_state=0), (1 + 0.1) / 2),
}
moments = ScatteringMoments(Scattering1D(J=J, Q=1, wavelet="battle_lemarie"), renormalize=True)
scales = np.arange(2, J)
results = {}
for name, (X, theory) in processes.items():
    moments.fit(X)
    first, second = moments_by_scale(moments.mean_, moments.paths_)
    exponent = np.polyfit(scales, np.log2(first[scales]), 1)[0]
    print(f"{name:32s} exponent {exponent:.2f}, in theory {theory:.2f}")
    # Mean over the finer scale, for each difference of scales.
    pairs = [np.mean([second[j, j + step] for j in range(2, J - step)]) for step in range(1, 7)]
    results[name] = first, pairs

# %%
# Both orders
# -----------
fig, axes = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained")
for name, (X, _) in processes.items():
    x = X[0, :4096]
    axes[0].plot((x - x.mean()) / np.ptp(x) - list(processes).index(name), linewidth=0.7)
    first, pairs = results[name]
    axes[1].plot(scales, np.log2(first[scales] / first[2]), marker="o", markersize=4, label=name)
    axes[2].plot(range(1, 7), np.log2(pairs) - np.log2(pairs[1]), marker="o", markersize=4)
steps = np.arange(2, 7)
axes[2].plot(steps, -(steps - 2) / 2, color="0.5", linestyle=":", label="-1/2 an octave: Gaussian theory")
axes[0].set(title="realisations", xlabel="sample", yticks=[])
axes[1].set(title="order one", xlabel="scale j", ylabel="log2 of moment, relative to j = 2")
axes[2].set(title="order two / order one", xlabel="difference of scales", ylabel="log2, relative to a difference of 2")
axes[1].legend(fontsize=8)
axes[2].legend(fontsize=8)
plt.show()
