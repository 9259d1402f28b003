"""
Time-frequency scattering distinguishes rising from falling chirps
==================================================================

A falling chirp is a rising chirp played backwards. The time scattering transform
processes each frequency band separately, and within a band it is insensitive to the
direction of time: averaged over the sound, the coefficients of both chirps are the
same. Time-frequency scattering also has wavelets across the bands, and separates rising
from falling patterns.
"""

# %%
# A chirp and its reverse
# -----------------------
# The data are 200 chirps of a quarter of a second, half of them falling. Pitch, speed,
# position and loudness have the same distribution in both classes.

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
X, y = make_chirps(
    200,
    length=2048,
    sampling_rate=rate,
    rate=(4, 8),
    frequency=(200, 800),
    random_state=0,
)
chirp = X[np.flatnonzero(y)[0]]
pair = np.stack([chirp, chirp[::-1]])

# %%
# Baseline: time scattering
# -------------------------
# We measure the relative distance between the coefficients of the chirp and those of
# its reverse, and the cross-validated accuracy of a linear classifier on all chirps.
# The coefficients of a chirp do not depend on the other chirps, so they are computed
# once.


def distance(scattering):
    """Relative distance between a chirp and its reverse."""
    s, s_reversed = scattering.transform(pair)
    return np.linalg.norm(s - s_reversed) / np.linalg.norm(s)


def accuracy(scattering):
    """Mean accuracy of a linear classifier in five-fold cross-validation."""
    classifier = LogisticRegression(max_iter=1000)
    model = make_pipeline(LogMedian(), StandardScaler(), classifier)
    return cross_val_score(model, scattering.transform(X), y, cv=5).mean()


common = {"J": 9, "Q": 8, "average": "global", "sampling_rate": rate, "n_jobs": 2}
time = Scattering1D(**common).fit(X)
time_accuracy = f"accuracy {accuracy(time):.0%}"
print(f"time scattering:           distance {distance(time):.0e}, {time_accuracy}")

# %%
# Time-frequency scattering
# -------------------------
# The wavelets in time are the same, followed by wavelets along log-frequency before the
# modulus. The coefficients are also averaged over frequency, which makes them invariant
# to the pitch but not to its variation.

joint = TimeFrequencyScattering(J_fr=3, average_frequency="global", **common).fit(X)
joint_accuracy = f"accuracy {accuracy(joint):.0%}"
print(f"time-frequency scattering: distance {distance(joint):.2f}, {joint_accuracy}")

# %%
# Joint coefficients of both directions
# -------------------------------------
# The middle panels show that the amplitude of each band varies in the same way in both
# directions. The axes of the bottom panels are rate and scale of the joint wavelets.
# A chirp of v octaves per second lies along the line where the rate is v times the
# scale, on the right if it rises and on the left if it falls.

scalogram = Scattering1D(J=9, Q=8, max_order=1, average=None, sampling_rate=rate).fit(X)
figure = plt.figure(figsize=(7, 8.4), layout="constrained")
# sphinx_gallery_alt = "Scalograms of a rising chirp and of its reverse. Their "
# sphinx_gallery_alt = "coefficients of time scattering are identical; those of "
# sphinx_gallery_alt = "time-frequency scattering are mirrored: on the rising side "
# sphinx_gallery_alt = "for the chirp, on the falling side for its reverse."
rows = figure.subfigures(3, 1)
axes = np.array([row.subplots(1, 2) for row in rows])
rows[1].suptitle(f"Time scattering: identical ({time_accuracy})")
rows[2].suptitle(f"Time-frequency scattering: mirrored ({joint_accuracy})")
for column, x, name in zip(axes.T, pair, ("Chirp", "Reversed chirp"), strict=True):
    ScattergramDisplay.from_estimator(scalogram, x, ax=column[0], colorbar=False)
    SecondOrderDisplay.from_estimator(time, x, ax=column[1], colorbar=False)
    RateScaleDisplay.from_estimator(joint, x, ax=column[2], colorbar=False)
    column[0].set(ylim=(100, None), title=name)
    column[1].set(xlim=(100, None))
plt.show()

# %%
# What was learned
# ----------------
# Transforms that process bands one by one cannot detect the direction of a pattern
# across bands. Wavelets along log-frequency do, and the sign of ``spin`` distinguishes
# rising from falling.
#
# Read on: :ref:`time_frequency` in the user guide, and
# :class:`~skscat.TimeFrequencyScattering`.
