"""Kinds of signals, and the transforms that suit them: those that won in cross-validation on the benchmarks' data."""

from collections.abc import Callable
from typing import NamedTuple

from sklearn.base import BaseEstimator
from sklearn.pipeline import FeatureUnion

from skscat._transforms._layout import largest_scale
from skscat._transforms._scattering1d import Scattering1D
from skscat._transforms._scattering2d import Scattering2D
from skscat._transforms._time_frequency import TimeFrequencyScattering
from skscat.preprocessing import RectifiedDerivatives, RotationAveraging

# Wavelets longer than 2**5 pixels average over too few independent parts of a photograph of a texture.
TEXTURE_J = 5
# Wavelets in time of at most 2**10 samples, a tenth of a second at usual rates, resolve what is heard as a modulation.
SOUND_J = 10
# Averages along a series, and along a sound, that keep the course of time.
SERIES_AVERAGES, SOUND_AVERAGES = 16, 8


class Kind(NamedTuple):
    """A kind of signals.

    Attributes
    ----------
    ndim : int
        Number of axes of a signal.
    transforms : callable
        ``transforms(signal, **layout)`` returns the candidate transforms for a shape of signals, without channels;
        ``layout`` has the parameters ``shape``, ``channel_axis`` and ``n_jobs`` of the transforms.
    """

    ndim: int
    transforms: Callable[..., list[BaseEstimator]]


def _image(signal, **layout):
    return [Scattering2D(**layout)]


def _texture(signal, **layout):
    J = min(TEXTURE_J, largest_scale(min(signal) // 3))
    scattering = Scattering2D(J, average="global", **layout)
    return [scattering, RotationAveraging(scattering)]


def _series(signal, *, n_jobs, **layout):
    (length,) = signal
    J = largest_scale(length // 2)
    averages = {
        "octaves": Scattering1D(J, average="global", n_jobs=n_jobs),
        "fine": Scattering1D(J, Q=(8, 2), average="global", n_jobs=n_jobs),
        "local": Scattering1D(J, T=max(1, length // SERIES_AVERAGES), n_jobs=n_jobs),
    }
    transforms = [(name, RectifiedDerivatives(s, **layout)) for name, s in averages.items()]
    # Without wavelets, and without averaging: the series itself.
    samples = Scattering1D(J, max_order=0, average=None, n_jobs=n_jobs, **layout)
    return [FeatureUnion(transforms), FeatureUnion(transforms[:2]), samples]


def _sound(signal, **layout):
    (length,) = signal
    J = min(SOUND_J, largest_scale(length // 8))
    return [
        TimeFrequencyScattering(J, average="global", **layout),
        TimeFrequencyScattering(J, T=max(2**J, length // SOUND_AVERAGES), **layout),
        Scattering1D(J, Q=12, average="global", **layout),
    ]


KINDS = {
    "image": Kind(2, _image),
    "texture": Kind(2, _texture),
    "series": Kind(1, _series),
    "sound": Kind(1, _sound),
}
