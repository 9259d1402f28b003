"""How signals are laid out for a cascade: defaults, padding, filter banks. What families on one domain share."""

import warnings
from typing import NamedTuple

import numpy as np

from skscat._plan import default_stride, make_plan, padded_axis, per_order
from skscat.filters import battle_lemarie_bank_1d, morlet_bank_1d, morlet_bank_2d

# Padding on either side, in averaging scales: more changes no coefficient by a thousandth of the largest.
MARGIN_1D = {"l1": 8.0, "tight": 12.0}
MARGIN_2D = {"l1": 2.5, "tight": 3.5}

# Samples per bandwidth, see make_plan: errors at ``oversampling=0`` are 1e-3 or better in time, 1e-2 in the plane.
DENSITY_1D = (20, 12)
DENSITY_2D = (7, 5.5)

WAVELETS_1D = {
    "morlet": morlet_bank_1d,
    "battle_lemarie": lambda length, J, Q, T, normalize: battle_lemarie_bank_1d(length, J, T, normalize),
}
WAVELETS_2D = {"morlet": morlet_bank_2d}


class Layout(NamedTuple):
    """What :func:`skscat._plan.make_plan` asks for, but for the paths.

    Parameters
    ----------
    shape, grid, left, padding, banks, stride
        See :class:`skscat._plan.Plan`.
    density, period
        See :func:`skscat._plan.make_plan`.
    """

    shape: tuple
    grid: tuple
    left: tuple
    padding: str
    banks: list
    stride: tuple
    density: tuple
    period: int

    def plan(self, allowed, **options):
        """Make the plan of a cascade with given paths."""
        return make_plan(allowed=allowed, **self._asdict(), **options)


def layout_1d(length, *, J, Q, T, max_order, wavelet, normalize, stride, padding):
    """Lay out signals; parameters are those of :class:`skscat.Scattering1D`.

    Returns
    -------
    layout : Layout

    Raises
    ------
    ValueError
        If T is longer than the signal, or Q asks for what the wavelets can't do.
    """
    if T is not None and T > length:
        raise ValueError(f"T={T} is longer than the signal, which has {length} samples.")
    Q = per_order(Q, "Q", max_order)
    if wavelet == "battle_lemarie" and any(q != 1 for q in Q):
        raise ValueError(f"Q={Q}: Battle-Lemarie wavelets come one per octave; Q must be 1.")
    J = max(1, int(np.log2(max(length // 8, 1)))) if J is None else J
    _warn_of_padding(J, length, f"the signal ({length} samples)")
    T = 2**J if T is None else T
    stride = default_stride(T) if stride is None else stride
    left, total = padded_axis(length, MARGIN_1D[normalize] * max(T, 2**J), stride, padding)
    banks = {q: WAVELETS_1D[wavelet](total, J, q, T, normalize) for q in Q}
    banks = [banks[q] for q in Q]
    return Layout((length,), (total,), (left,), padding, banks, (stride,), DENSITY_1D, default_stride(T))


def layout_2d(shape, *, J, L, Q, T, slant, max_order, wavelet, normalize, stride, padding):
    """Lay out images; parameters are those of :class:`skscat.Scattering2D`.

    Returns
    -------
    layout : Layout

    Raises
    ------
    ValueError
        If T is longer than a side of the image.
    """
    shape, side = tuple(shape), min(shape)
    if T is not None and T > side:
        raise ValueError(f"T={T} is longer than the image, which has shape {shape}.")
    J = max(1, int(np.log2(max(side // 3, 1)))) if J is None else J
    _warn_of_padding(J, side, f"the image {shape}")
    T = 2**J if T is None else T
    stride = default_stride(T) if stride is None else stride
    left, grid = zip(
        *(padded_axis(n, MARGIN_2D[normalize] * max(T, 2**J), stride, padding) for n in shape), strict=True
    )
    bank = WAVELETS_2D[wavelet](grid, J, L, Q, T, slant, normalize)
    banks = [bank] * max(max_order, 1)
    return Layout(shape, grid, left, padding, banks, (stride, stride), DENSITY_2D, default_stride(T))


def _warn_of_padding(J, length, what):
    if 2**J > length and J > 1:
        warnings.warn(f"J={J}: the scale 2**J is longer than {what}, which is padded.", stacklevel=4)


def _within_envelope(a, b):
    """Whether wavelets b see anything in moduli of wavelets a: those hold no frequency beyond three bandwidths."""
    return (b["xi"] < a["xi"]) & (b["xi"] <= 3 * a["sigma"])


# Which wavelets may follow which in time. The conventional rule goes by the subsampling that the wavelets allow.
FOLLOWS = {"tight": _within_envelope, "l1": lambda a, b: b["j"] > a["j"]}


def may_follow(a, b, normalize):
    """Return a table that says which filters of bank b may follow which of bank a, on the line."""
    return FOLLOWS[normalize](a.table[:, np.newaxis], b.table)
