"""Implausible plans, which are refused or warned about before they take memory and time.

The limits are far from ordinary use. They catch a scale given in samples rather than as its logarithm, angles given in
degrees, and the like.
"""

import os
from math import inf, prod

from skscat._checks import warn_user
from skscat._core._records import LARGE_FILTER
from skscat._core._sampling import padded_axis

# Paths of ordinary transforms are at most some thousands.
MANY_PATHS = 100_000
# A padded grid of this many times as many samples as the signal, with filters of so many bytes, is out of proportion:
# with scales as long as the signal, images are padded to at most a hundred times their size.
ENLARGED, MUCH_MEMORY = 1000, 2**28
# Octaves of a scale whose number of samples is an integer of 64 bits.
MANY_OCTAVES = 62


def machine_memory():
    """Return the bytes of physical memory, infinity where they are not known."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return inf


def check_octaves(name, J):
    """Raise ValueError if a scale has more samples than can be counted."""
    if J > MANY_OCTAVES:
        raise ValueError(f"{name}={J}: expected at most {MANY_OCTAVES}; the scale is 2**{name} samples.")


def padded_grid(shape, margin, stride, padding, n_filters, parameters):
    """Lay out padded axes, see :func:`padded_axis`, if filters on their grid fit in memory.

    Parameters
    ----------
    shape : tuple of int
    margin, stride, padding
        See :func:`skscat._core._sampling.padded_axis`.
    n_filters : float
        Sum of the supports of all filters, as a fraction of the grid.
    parameters : dict
        Values of the parameters, for messages.

    Returns
    -------
    left, grid : tuple of int

    Raises
    ------
    ValueError
        If the filters take more than the memory of the machine.
    """
    left, grid = zip(*(padded_axis(n, margin, stride, padding) for n in shape), strict=True)
    check_grid(shape, grid, n_filters, parameters)
    return left, grid


def check_grid(shape, grid, n_filters, parameters):
    """Raise ValueError if filters on a grid do not fit in memory; warn if the grid is out of proportion to signals."""
    points = prod(grid)
    n_bytes = points * n_filters * (4 if points > LARGE_FILTER else 8)
    found = (
        f"{_listed(parameters)}: axes of shape {shape} are padded to {grid}, and filters on this grid take about "
        f"{_gigabytes(n_bytes)}"
    )
    if n_bytes > machine_memory():
        raise ValueError(
            f"{found}, but this machine has {_gigabytes(machine_memory())} of memory. Expected lower values, or "
            "shorter signals."
        )
    if n_bytes > MUCH_MEMORY and points > ENLARGED * prod(shape):
        warn_user(f"{found}. If that is not intended, choose lower values.")


def count_paths(allowed):
    """Return the number of paths of a cascade, given which filters may follow which."""
    total, ending = 1, None
    for may_follow in allowed:
        ending = may_follow.astype(int) if ending is None else ending @ may_follow
        total += int(ending.sum())
    return total


def warn_of_paths(n_paths, parameters):
    """Warn about more paths than anyone is likely to want."""
    if n_paths > MANY_PATHS:
        warn_user(
            f"{_listed(parameters)}: {n_paths:,} paths, which take much time and memory. If that is not intended, "
            "choose lower values."
        )


def warn_of_outputs(plan, parameters):
    """Warn if the outputs for one signal do not fit in memory."""
    n_bytes = 4 * len(plan.paths) * prod(plan.path_shape)
    if n_bytes > machine_memory():
        warn_user(
            f"{_listed(parameters)}, average={plan.average!r}: outputs for one signal, {len(plan.paths):,} paths of "
            f"shape {plan.path_shape}, take {_gigabytes(n_bytes)} in single precision, but this machine has "
            f'{_gigabytes(machine_memory())} of memory. Choose a longer stride, or average="global".'
        )


def _listed(parameters):
    return ", ".join(f"{name}={value!r}" for name, value in parameters.items())


def _gigabytes(n_bytes):
    return f"{n_bytes / 1e9:.3g} GB"
