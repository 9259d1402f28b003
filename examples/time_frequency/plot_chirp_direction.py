"""
Time-frequency scattering hears whether a chirp rises or falls
==============================================================

A rising chirp is a falling one played backwards. The time scattering transform looks at one frequency band at a time,
and within a band it does not know earlier from later: averaged over the sound, it is the same for both. Time-frequency
scattering looks across the bands as well, and puts rising and falling patterns into different coefficients.
"""

# %%
# A chirp and its reverse
# -----------------------
# 200 chirps of a quarter of a second, half of them falling; pitch, speed, position and loudness are alike in both
# halves.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skscat import Scattering1D, TimeFrequencyScattering
from skscat.datasets import make_chirps
from skscat.plotting import RateScaleDisplay, ScattergramDisplay, SecondOrderDisplay
from skscat.preprocessing import LogMedian

rate = 4000
X, y = make_chirps(200, length=2048, sampling_rate=rate, rate=(4, 8), frequency=(200, 800), random_state=0)
chirp = X[np.flatnonzero(y)[0]]
pair = np.stack([chirp, chirp[::-1]])

# %%
# Baseline: time scattering
# -------------------------
# The distance of the coefficients of the two, divided by their norm; then a linear classifier for all chirps, in
# cross-validation. A chirp's coefficients do not depend on the others, so they are computed once.


def distance(scattering):
    """Distance of the chirp and its reverse, relative to their norm."""
    s, s_reversed = scattering.transform(pair)
    return np.linalg.norm(s - s_reversed) / np.linalg.norm(s)


def accuracy(scattering):
    """Mean accuracy of a linear classifier in five-fold cross-validation."""
    classifier = make_pipeline(LogMedian(), StandardScaler(), LogisticRegression(max_iter=1000))
    return cross_val_score(classifier, scattering.transform(X), y, cv=5).mean()


common = {"J": 9, "Q": 8, "average": "global", "sampling_rate": rate, "n_jobs": 2}
time = Scattering1D(**common).fit(X)
time_accuracy = accuracy(time)
print(f"time scattering:           {distance(time):.0e} apart, {time_accuracy:.0%} of the chirps are right")

# %%
# Time-frequency scattering
# -------------------------
# The same wavelets in time, then wavelets along log-frequency before the modulus. All is averaged over frequency too,
# so that not the pitch but only the movement is left.

joint = TimeFrequencyScattering(J_fr=3, average_frequency="global", **common).fit(X)
joint_accuracy = accuracy(joint)
print(f"time-frequency scattering: {distance(joint):.2f} apart, {joint_accuracy:.0%} of the chirps are right")

# %%
# The direction is a side of the picture
# --------------------------------------
# Middle: each band of the chirp swells and fades in the same way in both directions. Right: rate and scale of the
# joint wavelets. A chirp of v octaves a second lies along the line where the rate is v times the scale, at the right
# if it rises and at the left if it falls.

scalogram = Scattering1D(J=9, Q=8, max_order=1, average=None, sampling_rate=rate).fit(X)
figure, axes = plt.subplots(2, 3, figsize=(12.5, 7.5), layout="constrained")
for row, x, name in zip(axes, pair, ("A chirp", "Its reverse"), strict=True):
    ScattergramDisplay.from_estimator(scalogram, x, ax=row[0])
    SecondOrderDisplay.from_estimator(time, x, ax=row[1])
    RateScaleDisplay.from_estimator(joint, x, ax=row[2])
    row[0].set(ylim=(100, None), title=name)
    row[1].set(xlim=(100, None))
axes[0, 1].set_title(f"Time scattering: the same\n({time_accuracy:.0%} of the chirps are right)")
axes[0, 2].set_title(f"Time-frequency scattering: mirrored\n({joint_accuracy:.0%} of the chirps are right)")
