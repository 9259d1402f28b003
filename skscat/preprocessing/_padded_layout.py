"""How signals of different sizes are extended, so that many of them have the same padded grid and plan."""

from dataclasses import replace
from math import ceil
from typing import NamedTuple

import numpy as np
from sklearn.base import clone

from skscat._core._copying import pad
from skscat._core._fourier import fast_size
from skscat._transforms._base import scatter_channels
from skscat.preprocessing._pooling import pool_segments

# Padded sizes, in strides, have about this many binary digits that matter: eight sizes per octave.
DIGITS = 4


class PaddedLayout(NamedTuple):
    """How signals of any size are extended.

    Parameters
    ----------
    padding : str
        See :class:`skscat.Plan`.
    left : tuple of int
        Samples before the first, and at least as many after the last, per axis: multiples of ``stride``.
    stride : tuple of int
        Samples between positions.
    shortest : tuple of int
        Smallest periodic grid that the filters suit.
    """

    padding: str
    left: tuple[int, ...]
    stride: tuple[int, ...]
    shortest: tuple[int, ...]

    def grid(self, shape):
        """Return the padded grid for a signal of a given shape: a few sizes per octave, or whole periods."""
        if self.padding == "wrap":
            return tuple(n * ceil(least / n) for n, least in zip(shape, self.shortest, strict=True))
        axes = zip(shape, self.left, self.stride, strict=True)
        return tuple(stride * rounded_size(ceil((2 * left + n) / stride)) for n, left, stride in axes)

    def longest(self, grid):
        """Return the shape of the largest signal on a padded grid."""
        return tuple(n - 2 * left for n, left in zip(grid, self.left, strict=True))

    def n_positions(self, shape):
        """Return the number of positions within a signal of a given shape, per axis."""
        return tuple(ceil(n / stride) for n, stride in zip(shape, self.stride, strict=True))


def rounded_size(n):
    """Return the smallest of about eight fast sizes per octave that is at least n."""
    unit = 2 ** max(0, n.bit_length() - DIGITS)
    return fast_size(unit * ceil(n / unit))


def layout_of(scattering):
    """Return the layout of padded signals, and a plan with the paths of all sizes."""
    widest = max(2**scattering.J * getattr(scattering, "sigma_0", 1), scattering.T or 1)
    shape = (ceil(widest),) * scattering.ndim_
    # Zeros before and after a signal, as many as filters require. Mirrored signals can be shorter if they are periods.
    plan = clone(scattering).set_params(padding="constant").plan(shape)
    left = (0,) * len(shape) if scattering.padding == "wrap" else plan.pad_left
    return PaddedLayout(scattering.padding, left, plan.stride, shape), plan


def plan_on_grid(scattering, layout, grid):
    """Plan a transform of signals that have been extended to a grid, with the positions of the largest of them."""
    plan = clone(scattering).set_params(padding="wrap").plan(grid)
    return replace(plan, shape=layout.longest(grid), pad_left=layout.left)


def scatter_pooled(signals, grid, dtype, plans, layout, renormalized, n_segments, statistics):
    """Compute the pooled coefficients of signals with the same padded grid.

    Parameters
    ----------
    signals : list of ndarray of shape (channels, *shape)
    grid : tuple of int
    dtype : dtype
        Precision of the signals.
    plans : PlanCache
    layout : PaddedLayout
    renormalized : bool
    n_segments : int
    statistics : tuple of str or float

    Returns
    -------
    pooled : ndarray of shape (n, channels, n_paths, ..., n_segments, n_statistics)
    """
    x = np.stack([pad(signal, layout.left, grid, layout.padding) for signal in signals])
    s = scatter_channels(x, plans.plan(grid, dtype), renormalized)
    shapes = [layout.n_positions(signal.shape[1:]) for signal in signals]
    return np.stack([pool_segments(u, shape, n_segments, statistics) for u, shape in zip(s, shapes, strict=True)])
