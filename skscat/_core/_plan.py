"""From filter banks to a plan: list the paths, and give each modulus a grid."""

from dataclasses import fields, is_dataclass

import numpy as np

from skscat._checks import as_sequence, check_choice, is_count, is_sequence
from skscat._core._copying import PADDINGS
from skscat._core._paths import path_table
from skscat._core._records import AVERAGES, Plan
from skscat._core._sampling import grid_sizes, grid_unit


def per_order(value, name, max_order):
    """Return one number per order: those of a sequence, the last repeated, or a single number, then 1.

    Raises
    ------
    ValueError
        If an entry is not a whole number of at least 1.
    """
    entries = list(as_sequence(value))
    if not entries or not all(map(is_count, entries)):
        raise ValueError(f"{name}={value!r}: expected a whole number of at least 1, or one per order.")
    n_orders = max(max_order, 1)
    tail = entries[-1] if is_sequence(value) else 1
    return tuple(int(v) for v in (entries + [tail] * n_orders)[:n_orders])


def make_plan(
    shape,
    grid,
    pad_left,
    padding,
    banks,
    allowed,
    *,
    average,
    stride,
    density,
    period,
    labels,
    sampling_rate=None,
    min_coverage=None,
):
    """Assemble a plan: list the paths and give each modulus a grid wide enough for its bandwidth.

    Parameters
    ----------
    shape, grid, pad_left, padding, banks, average, stride, labels, min_coverage
        See :class:`Plan`.
    allowed : sequence of ndarray of bool
        Which filters may follow which, see :func:`path_table`. Its length is the number of layers.
    density : tuple of float
        Samples of a grid per unit of bandwidth (the sigma of a Gaussian filter, in cycles per period), for moduli that
        are filtered again and for those that are only averaged. The modulus of a band-limited signal has a spectrum
        of twice the width with a slowly decaying tail; its aliasing on a coarse grid perturbs the average and,
        even more, the next layer.
    period : int or None
        A shift of the signal by this many samples shifts each modulus by a whole number of samples of its grid (where
        ``period`` divides the grid of the signal), so that the transform commutes with it exactly. None allows grids
        of any even size.
    sampling_rate : float, default=None
        Samples per second: frequencies in ``paths`` are then in hertz.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ValueError
        If ``average`` or ``padding`` is not as documented.
    """
    check_choice("average", average, AVERAGES)
    check_choice("padding", padding, PADDINGS)
    nodes = path_table(banks, allowed, sampling_rate)
    if average is None:
        sizes = np.tile(grid, (len(nodes), 1))
    else:
        sizes = grid_sizes(nodes, banks, grid, grid_unit(grid, period), density)
    nodes.setflags(write=False)
    sizes.setflags(write=False)
    return Plan(
        shape=tuple(shape),
        grid=tuple(grid),
        pad_left=tuple(pad_left),
        padding=padding,
        banks=tuple(banks),
        average=average,
        stride=tuple(stride),
        nodes=nodes,
        sizes=sizes,
        paths=nodes,
        labels=tuple(labels),
        sampling_rate=sampling_rate,
        min_coverage=min_coverage,
    )


def first_difference(plan, other):
    """Say in which field a plan first differs from another.

    Plans that are made on different machines may differ by rounding errors.

    Parameters
    ----------
    plan, other : Plan

    Returns
    -------
    difference : str
        For example "padding='wrap' instead of padding='symmetric'"; empty if there is none.
    """
    for f in fields(plan) if plan is not other else ():
        value, expected = getattr(plan, f.name), getattr(other, f.name)
        if not _alike(value, expected):
            short = isinstance(expected, str | tuple | None) and max(len(repr(value)), len(repr(expected))) < 80
            return f"{f.name}={value!r} instead of {f.name}={expected!r}" if short else f"other {f.name}"
    return ""


def _alike(a, b):
    """Return whether two fields of plans are equal up to rounding errors."""
    if type(a) is not type(b):
        return False
    if is_dataclass(a):
        return all(_alike(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_alike, a, b))
    if not isinstance(a, np.ndarray) or a.dtype != b.dtype or a.shape != b.shape:
        return not isinstance(a, np.ndarray) and a == b
    if a.dtype.names:
        return all(_alike(a[name], b[name]) for name in a.dtype.names)
    return np.allclose(a, b, equal_nan=True) if a.dtype.kind in "fc" else np.array_equal(a, b)
