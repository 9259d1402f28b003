"""Signals that are not periodic: samples beyond their boundaries are missing."""

from dataclasses import replace
from math import prod

import numpy as np
from scipy.fft import next_fast_len
from sklearn.base import clone


def extended_plan(scattering):
    """Plan for signals followed by missing samples, at least as many as the largest wavelet is long.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Fitted, with ``padding="wrap"``.

    Returns
    -------
    plan : Plan
        Its coverage is the share of the samples that signals have.
    """
    plan = scattering.plan_
    J = int(plan.banks[0].table["j"].max()) + 1
    shape = tuple(next_fast_len(n + 2**J, real=True) for n in plan.shape)
    extended = clone(scattering).set_params(J=J, nan_policy="omit").plan(shape)
    return replace(extended, min_coverage=scattering.min_coverage * prod(plan.shape) / prod(shape))


def extended(x, shape):
    """Append missing samples to signals (n, channels, *grid)."""
    widths = [(0, total - n) for n, total in zip(x.shape[2:], shape, strict=True)]
    return np.pad(x, [(0, 0), (0, 0), *widths], constant_values=np.nan)
