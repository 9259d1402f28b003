"""Features of signals of different sizes, for each kind: as for one size, but pooled over positions."""

import numpy as np

from skscat._transforms._layout import largest_scale
from skscat._transforms._scattering1d import Scattering1D
from skscat._transforms._scattering2d import Scattering2D
from skscat._transforms._time_frequency import TimeFrequencyScattering
from skscat.preprocessing import RotationAveraging, ScaleAveraging, VariableSizeScattering
from skscat.recipes._kinds import SOUND_J, TEXTURE_J, steps

# Parts of a signal whose statistics are computed separately, where time or position matters.
SEGMENTS, IMAGE_SEGMENTS = 4, 5


def _image(side, **layout):
    J = largest_scale(side // IMAGE_SEGMENTS)
    return [VariableSizeScattering(Scattering2D(J, **layout), statistics=("mean",), n_segments=IMAGE_SEGMENTS)]


def _texture(side, channel_axis, n_jobs, **layout):
    J = min(TEXTURE_J, largest_scale(side // 3))
    scattering = VariableSizeScattering(Scattering2D(J, channel_axis=channel_axis, n_jobs=n_jobs, **layout))
    # The transformer of ScaleAveraging gets reduced images, channels first. Its coefficients at scale 1 are the same.
    reduced = scattering if channel_axis is None else VariableSizeScattering(Scattering2D(J, n_jobs=n_jobs))
    scales = ScaleAveraging(reduced, channel_axis=channel_axis)
    return [scattering, RotationAveraging(scattering), scales]


def _series(length, **layout):
    J = largest_scale(length // 4)
    fine, octaves = Scattering1D(J, Q=(8, 2), **layout), Scattering1D(J, T=max(1, length // 16), **layout)
    return [VariableSizeScattering(fine), VariableSizeScattering(octaves, n_segments=SEGMENTS)]


def _sound(length, **layout):
    J = min(SOUND_J, largest_scale(length // 8))
    T = max(1, min(2**J, length // (2 * SEGMENTS)))
    fine, joint = Scattering1D(J, Q=(8, 1), T=T, **layout), TimeFrequencyScattering(J, T=T, F=2, **layout)
    return [
        VariableSizeScattering(fine, statistics=(0.1, "median", 0.9)),
        VariableSizeScattering(joint),
        VariableSizeScattering(joint, n_segments=SEGMENTS),
    ]


def _of_median(transforms):
    """Return a function of shapes that returns lists of steps, for transforms that suit the median shorter side."""

    def candidates(shapes, logarithm, scaler, **layout):
        side = int(np.median(np.min(shapes, axis=1)))
        return [steps(transform, logarithm, scaler) for transform in transforms(side, **layout)]

    return candidates


CANDIDATES_OF_SIZES = {
    "image": _of_median(_image),
    "texture": _of_median(_texture),
    "series": _of_median(_series),
    "sound": _of_median(_sound),
}
