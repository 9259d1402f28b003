"""Defaults, padding and filter banks that families on one domain share."""

from typing import NamedTuple

import numpy as np

from skscat._checks import check_scale, warn_user
from skscat._core._joint import join
from skscat._core._plan import make_plan, per_order
from skscat._core._sampling import OVERSAMPLING_STEP, default_stride, padded_axis
from skscat.filters import battle_lemarie_bank_1d, morlet_bank_1d, morlet_bank_2d

# Padding on either side, in averaging scales: more of it changes coefficients by less than 1e-3 of the largest.
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
    """What :func:`skscat._core._plan.make_plan` needs, except the paths.

    Parameters
    ----------
    shape, grid, pad_left, padding, banks, stride
        See :class:`skscat.Plan`.
    density, period
        See :func:`skscat._core._plan.make_plan`. ``oversampling`` is already in ``density``.
    """

    shape: tuple
    grid: tuple
    pad_left: tuple
    padding: str
    banks: list
    stride: tuple
    density: tuple
    period: int | None

    def plan(self, allowed, **options):
        """Make the plan of a cascade with given paths."""
        return make_plan(allowed=allowed, **self._asdict(), **options)

    def plan_first_order(self, allowed, **options):
        """Make the plan of a first layer that is convolved jointly: every modulus is filtered again."""
        return self._replace(density=(self.density[0],) * 2).plan([allowed], labels=(), **options)

    def join(self, plan, joint, convolutions, fields, labels):
        """Add joint convolutions to the plan of a first layer."""
        return join(plan, joint, convolutions, fields, labels, density=self.density[1], period=self.period)


def layout_1d(length, *, J, Q, T, max_order, normalize, stride, padding, oversampling, wavelet="morlet"):
    """Lay out signals; parameters are those of :class:`skscat.Scattering1D`.

    Raises
    ------
    ValueError
        If T is longer than the signal, or the wavelets do not support Q.
    """
    per_octave = per_order(Q, "Q", max_order)
    if wavelet == "battle_lemarie" and set(per_octave) != {1}:
        raise ValueError(f"Q={Q!r}: Battle-Lemarie wavelets come one per octave; Q must be 1.")
    J, T, stride = _scales(J, T, stride, padding, length, length // 8, f"the signal, which has {length} samples")
    left, total = padded_axis(length, MARGIN_1D[normalize] * max(T, 2**J), stride, padding)
    banks = {q: WAVELETS_1D[wavelet](total, J, q, T, normalize) for q in set(per_octave)}
    return Layout(
        shape=(length,),
        grid=(total,),
        pad_left=(left,),
        padding=padding,
        banks=[banks[q] for q in per_octave],
        stride=(stride,),
        density=oversampled(DENSITY_1D, oversampling),
        period=default_stride(T),
    )


def layout_2d(shape, *, J, L, Q, T, slant, max_order, normalize, stride, padding, oversampling, warn=True):
    """Lay out images; parameters are those of :class:`skscat.Scattering2D`.

    ``warn=False`` gives no warning if ``2**J`` is longer than a side.

    Raises
    ------
    ValueError
        If T is longer than a side of the image, or the wavelets of a tight bank leave directions out: a single angle,
        or too small a slant.
    """
    side = min(shape)
    J, T, stride = _scales(J, T, stride, padding, side, side // 3, f"the image, which has shape {shape}", warn)
    margin = MARGIN_2D[normalize] * max(T, 2**J)
    left, grid = zip(*(padded_axis(n, margin, stride, padding) for n in shape), strict=True)
    bank = morlet_bank_2d(grid, J, L, Q, T, slant, normalize)
    return Layout(
        shape=shape,
        grid=grid,
        pad_left=left,
        padding=padding,
        banks=[bank] * max(max_order, 1),
        stride=(stride, stride),
        density=oversampled(DENSITY_2D, oversampling),
        period=default_stride(T),
    )


def oversampled(density, oversampling):
    """Scale the density of samples of moduli; see the parameter ``oversampling`` of the transforms."""
    return tuple(OVERSAMPLING_STEP**oversampling * d for d in density)


def largest_scale(extent, least=1):
    """Return the largest J whose scale ``2**J`` is at most ``extent``, but at least ``least``."""
    return max(least, int(np.log2(max(extent, 1))))


def _scales(J, T, stride, padding, length, longest, what, warn=True):
    """Check the scales of a transform, and fill in their defaults; by default ``2**J`` is at most ``longest``."""
    if T is not None:
        check_scale("T", T, length, what)
    J = largest_scale(longest) if J is None else J
    if warn:
        warn_of_scale("J", J, length, what, padding)
    T = 2**J if T is None else T
    return J, T, default_stride(T) if stride is None else stride


def warn_of_scale(name, J, length, what, padding="constant"):
    """Warn of wavelets that are longer than an axis, unless they are the only ones."""
    if 2**J > length and J > 1:
        padded = "" if padding == "wrap" else " and is padded"
        warn_user(f"{name}={J}: the scale 2**{name} is longer than {what}{padded}.")


def _within_envelope(a, b):
    """Whether wavelets b overlap the spectra of moduli of wavelets a, which end at about three bandwidths."""
    return (b["xi"] < a["xi"]) & (b["xi"] <= 3 * a["sigma"])


# Which wavelets may follow which in time. The conventional rule compares the subsampling that wavelets allow.
FOLLOWS = {"tight": _within_envelope, "l1": lambda a, b: b["j"] > a["j"]}


def may_follow(a, b, normalize):
    """Return a table that says which filters of bank b may follow which of bank a, in one dimension."""
    return FOLLOWS[normalize](a.table[:, np.newaxis], b.table)
