"""Kinds of signals, and the features that suit them: those that won in cross-validation on the benchmarks' data."""

from collections.abc import Callable
from math import prod, sqrt
from typing import NamedTuple

from sklearn.pipeline import FeatureUnion, Pipeline

from skscat._transforms._layout import largest_scale
from skscat._transforms._scattering1d import Scattering1D
from skscat._transforms._scattering2d import Scattering2D
from skscat._transforms._time_frequency import TimeFrequencyScattering
from skscat.preprocessing import RectifiedDerivatives, RotationAveraging, ScaleAveraging, WaveletProportions
from skscat.preprocessing._rectified_derivatives import channels_of
from skscat.preprocessing._wavelet_proportions import event_names
from skscat.preprocessing._wavelet_responses import default_widths

# Wavelets longer than 2**5 pixels average over too few independent parts of a photograph of a texture.
TEXTURE_J = 5
# Wavelets in time of at most 2**10 samples, 64 to 128 ms at 8 to 16 kHz, resolve what is heard as a modulation.
SOUND_J = 10
# Number of segments of a series, and of local averages along a sound.
SERIES_SEGMENTS, SOUND_AVERAGES = 4, 8


class Kind(NamedTuple):
    """A kind of signals.

    Attributes
    ----------
    ndim : int
        Number of axes of a signal.
    candidates : callable
        ``candidates(signal, logarithm, scaler, **layout)`` returns candidate lists of the steps before the model, for
        a shape of signals, without channels. ``layout`` has the parameters ``shape``, ``channel_axis`` and ``n_jobs``
        of the transforms.
    is_linear : bool
        Whether a linear classifier suits better than affine subspaces.
    has_level : bool
        Whether the level of a signal is arbitrary, and removed.
    """

    ndim: int
    candidates: Callable[..., list]
    is_linear: bool = False
    has_level: bool = False


def steps(scattering, logarithm, scaler):
    """Return the steps from signals to scaled coefficients."""
    return [("scattering", scattering), ("logarithm", logarithm), ("scaler", scaler)]


def _image(signal, logarithm, scaler, **layout):
    return [steps(Scattering2D(**layout), logarithm, scaler)]


def _texture(signal, logarithm, scaler, **layout):
    J = min(TEXTURE_J, largest_scale(min(signal) // 3))
    scattering = Scattering2D(J, average="global", **layout)
    # The transformer of ScaleAveraging gets reduced images, channels first.
    reduced = Scattering2D(J, average="global", n_jobs=layout["n_jobs"])
    scales = ScaleAveraging(reduced, shape=layout["shape"], channel_axis=layout["channel_axis"])
    return [steps(s, logarithm, scaler) for s in (scattering, RotationAveraging(scattering), scales)]


def _series(signal, logarithm, scaler, *, n_jobs, **layout):
    (length,) = signal
    J = largest_scale(length // 2)
    fine = Scattering1D(J, Q=(8, 2), average="global", n_jobs=n_jobs)
    rectified, plan = RectifiedDerivatives(fine, **layout), fine.plan(signal)
    whole, dilated = WaveletProportions(**layout), WaveletProportions(dilated=True, **layout)
    segments = WaveletProportions(n_segments=SERIES_SEGMENTS, **layout)
    # Neither wavelets nor averages: the series itself.
    samples = Scattering1D(J, max_order=0, average=None, n_jobs=n_jobs, **layout)
    # Share of the total variance, steps, and number of features.
    n_coefficients = len(channels_of(1, rectified.widths)) * len(plan.paths) * prod(plan.path_shape)
    n_events = len(event_names(whole.n_thresholds))
    n_smooth, n_dilated = (len(default_widths(length, is_dilated)) * n_events for is_dilated in (False, True))
    parts = {
        "scattering": (8, steps(rectified, logarithm, scaler), n_coefficients),
        "proportions": (8, steps(whole, "passthrough", scaler), n_smooth),
        "dilated": (8, steps(dilated, "passthrough", scaler), n_dilated),
        "segments": (2, steps(segments, "passthrough", scaler), n_smooth * SERIES_SEGMENTS),
        "samples": (1, steps(samples, "passthrough", scaler), length),
    }
    return [[("features", _weighted(parts))]]


def _weighted(parts):
    """Join features, so that those of each part have their share of the total variance, which is one.

    Parameters
    ----------
    parts : dict of tuple
        For each part, its share relative to the others, its steps, and their number of features, of unit variance.
    """
    total = sum(share for share, *_ in parts.values())
    weights = {name: sqrt(share / total / n_features) for name, (share, _, n_features) in parts.items()}
    return FeatureUnion([(name, Pipeline(some)) for name, (_, some, _) in parts.items()], transformer_weights=weights)


def _sound(signal, logarithm, scaler, **layout):
    (length,) = signal
    J = min(SOUND_J, largest_scale(length // 8))
    T = min(length, max(2**J, length // SOUND_AVERAGES))
    scatterings = (
        TimeFrequencyScattering(J, average="global", **layout),
        TimeFrequencyScattering(J, T=T, **layout),
        Scattering1D(J, Q=12, average="global", **layout),
    )
    return [steps(s, logarithm, scaler) for s in scatterings]


KINDS = {
    "image": Kind(2, _image),
    "texture": Kind(2, _texture),
    "series": Kind(1, _series, is_linear=True),
    "sound": Kind(1, _sound, has_level=True),
}
