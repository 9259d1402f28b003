"""How signals are laid out for a cascade: defaults, padding, filter banks. What families on one domain share."""

from typing import NamedTuple

import numpy as np

from skscat._checks import check_choice, check_counts, check_scale, check_shape, warn_user
from skscat._plan import make_plan, per_order
from skscat._sampling import default_stride, padded_axis
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
        If a parameter is not as documented, T is longer than the signal, or Q asks for what the wavelets can't do.
    """
    check_counts(length=length)
    check_counts(0, max_order=max_order)
    check_choice("wavelet", wavelet, WAVELETS_1D)
    check_choice("normalize", normalize, MARGIN_1D)
    per_octave = per_order(Q, "Q", max_order)
    if wavelet == "battle_lemarie" and set(per_octave) != {1}:
        raise ValueError(f"Q={Q!r}: Battle-Lemarie wavelets come one per octave; Q must be 1.")
    J, T, stride = _scales(J, T, stride, padding, length, length // 8, f"the signal, which has {length} samples")
    left, total = padded_axis(length, MARGIN_1D[normalize] * max(T, 2**J), stride, padding)
    banks = {q: WAVELETS_1D[wavelet](total, J, q, T, normalize) for q in set(per_octave)}
    banks = [banks[q] for q in per_octave]
    return Layout((length,), (total,), (left,), padding, banks, (stride,), DENSITY_1D, default_stride(T))


def layout_2d(shape, *, J, L, Q, T, slant, max_order, normalize, stride, padding):
    """Lay out images; parameters are those of :class:`skscat.Scattering2D`.

    Returns
    -------
    layout : Layout

    Raises
    ------
    ValueError
        If a parameter is not as documented, T is longer than a side of the image, or a tight bank is asked for whose
        wavelets leave directions out: a single angle, or too small a slant.
    """
    shape = check_shape(shape, 2)
    check_counts(0, max_order=max_order)
    check_choice("normalize", normalize, MARGIN_2D)
    side = min(shape)
    J, T, stride = _scales(J, T, stride, padding, side, side // 3, f"the image, which has shape {shape}")
    left, grid = zip(
        *(padded_axis(n, MARGIN_2D[normalize] * max(T, 2**J), stride, padding) for n in shape), strict=True
    )
    bank = morlet_bank_2d(grid, J, L, Q, T, slant, normalize)
    banks = [bank] * max(max_order, 1)
    return Layout(shape, grid, left, padding, banks, (stride, stride), DENSITY_2D, default_stride(T))


def _scales(J, T, stride, padding, length, most, what):
    """Check the scales of a transform, and fill in their defaults: the largest J whose scale is at most ``most``."""
    if T is not None:
        check_scale("T", T, length, what)
    J = max(1, int(np.log2(max(most, 1)))) if J is None else J
    check_counts(J=J)
    warn_of_scale("J", J, length, what, padding)
    T = 2**J if T is None else T
    stride = default_stride(T) if stride is None else stride
    check_counts(stride=stride)
    return J, T, stride


def warn_of_scale(name, J, length, what, padding="constant"):
    """Warn of wavelets that are longer than an axis, unless they are the only ones."""
    if 2**J > length and J > 1:
        padded = "" if padding == "periodic" else " and is padded"
        warn_user(f"{name}={J}: the scale 2**{name} is longer than {what}{padded}.")


def _within_envelope(a, b):
    """Whether wavelets b see anything in moduli of wavelets a: those hold no frequency beyond three bandwidths."""
    return (b["xi"] < a["xi"]) & (b["xi"] <= 3 * a["sigma"])


# Which wavelets may follow which in time. The conventional rule goes by the subsampling that the wavelets allow.
FOLLOWS = {"tight": _within_envelope, "l1": lambda a, b: b["j"] > a["j"]}


def may_follow(a, b, normalize):
    """Return a table that says which filters of bank b may follow which of bank a, on the line."""
    return FOLLOWS[normalize](a.table[:, np.newaxis], b.table)
