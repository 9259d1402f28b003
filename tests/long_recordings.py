"""Recordings and pictures, transformed at once and a part at a time, and their difference."""

import numpy as np
from sklearn.base import clone

from skscat.streaming import ScatteringStream


def whole(x, scattering):
    """Transform a whole recording, or its channels, at once."""
    scattering = clone(scattering).fit(x[np.newaxis])
    return scattering.transform(x[np.newaxis]).reshape(scattering.output_shape_)


def joined(blocks):
    """Join the blocks of a recording."""
    times, s = zip(*blocks, strict=True)
    return np.concatenate(times), np.concatenate(s, axis=-1)


def pushed(x, chunk, scattering, **options):
    """Push chunks of a given length."""
    stream = ScatteringStream(scattering, **options)
    blocks = [stream.push(x[..., i : i + chunk]) for i in range(0, x.shape[-1], chunk)]
    return joined([*blocks, stream.flush()])


def error(s, expected, inner=slice(None)):
    """Norm of the difference, relative to that of what is expected, of some frames."""
    return np.linalg.norm((s - expected)[..., inner]) / np.linalg.norm(expected[..., inner])


def away_from_ends(scattering):
    """Return the frames that are farther than the margin from both ends."""
    stream = ScatteringStream(scattering)
    n = stream.margin_ // stream.stride_ + 1
    return slice(n, -n)
