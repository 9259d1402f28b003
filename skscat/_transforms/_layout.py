"""Defaults, padding and filter banks shared by the transforms on one domain."""

from typing import NamedTuple

import numpy as np

from skscat._checks import check_scale, warn_user
from skscat._core._joint import ONE_SIDED_GAIN, join, one_sided_filters
from skscat._core._plan import make_plan, per_order
from skscat._core._sampling import OVERSAMPLING_STEP, default_stride
from skscat._transforms._limits import check_octaves, count_paths, padded_grid, warn_of_outputs, warn_of_paths
from skscat.filters import battle_lemarie_bank_1d, morlet_bank_1d, morlet_bank_2d, to_dense, two_sided

# Padding on either side, in averaging scales: more padding changes coefficients by less than 1e-3 of the largest.
MARGIN_1D = {"l1": 8.0, "tight": 12.0}
MARGIN_2D = {"l1": 2.5, "tight": 3.5}

# Samples per bandwidth, see make_plan: errors at ``oversampling=0`` are 1e-3 or better in time, 1e-2 in the plane.
DENSITY_1D = (20, 12)
DENSITY_2D = (7, 5.5)

# Sum of the supports of the filters of a bank for signals in time, as a fraction of the grid: 2.9 to 3.8.
SUPPORT_1D = 3

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
    parameters : dict
        Parameters that determine filters and paths, for warnings.
    """

    shape: tuple
    grid: tuple
    pad_left: tuple
    padding: str
    banks: list
    stride: tuple
    density: tuple
    period: int | None
    parameters: dict

    def plan(self, allowed, **options):
        """Make the plan of a cascade with given paths."""
        warn_of_paths(count_paths(allowed), self.parameters)
        arguments = self._asdict()
        parameters = arguments.pop("parameters")
        plan = make_plan(allowed=allowed, **arguments, **options)
        warn_of_outputs(plan, parameters)
        return plan

    def plan_first_order(self, allowed, **options):
        """Make the plan of a first layer that is convolved jointly: every modulus is filtered again."""
        return self._replace(density=(self.density[0],) * 2).plan([allowed], labels=(), **options)

    def join(self, plan, joint, convolutions, fields, labels):
        """Add joint convolutions to the plan of a first layer."""
        plan = join(plan, joint, convolutions, fields, labels, density=self.density[1], period=self.period)
        warn_of_paths(len(plan.paths), self.parameters)
        warn_of_outputs(plan, self.parameters)
        return plan


def layout_1d(
    length, *, J, Q, T, max_order, normalize, stride, padding, oversampling, wavelet="morlet", complex_input=False
):
    """Lay out signals; parameters are those of :class:`skscat.Scattering1D`.

    Raises
    ------
    ValueError
        If T is longer than the signal, or the wavelets do not support Q.
    """
    per_octave = per_order(Q, "Q", max_order)
    if wavelet == "battle_lemarie" and set(per_octave) != {1}:
        raise ValueError(f"Q={Q!r}: there is one Battle-Lemarie wavelet per octave; expected Q=1.")
    J, T, stride = _scales(J, T, stride, padding, length, length // 8, f"the signal, which has {length} samples")
    parameters = {"J": J, "Q": Q, "T": T, "stride": stride, "max_order": max_order}
    margin, n_filters = MARGIN_1D[normalize] * max(T, 2**J), SUPPORT_1D * (len(set(per_octave)) + 2 * complex_input)
    left, (total,) = padded_grid((length,), margin, stride, padding, n_filters, parameters)
    banks = {q: WAVELETS_1D[wavelet](total, J, q, T, normalize) for q in set(per_octave)}
    return Layout(
        shape=(length,),
        grid=(total,),
        pad_left=left,
        padding=padding,
        banks=_for_signals([banks[q] for q in per_octave], normalize, complex_input),
        stride=(stride,),
        density=oversampled(DENSITY_1D, oversampling),
        period=default_stride(T),
        parameters=parameters,
    )


def layout_2d(
    shape, *, J, L, Q, T, slant, max_order, normalize, stride, padding, oversampling, complex_input=False, warn=True
):
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
    parameters = {"J": J, "L": L, "Q": Q, "T": T, "stride": stride, "max_order": max_order}
    # The finest wavelets cover the whole grid.
    n_filters = (1 + 2 * complex_input) * L / (1 - 4 ** (-1 / Q))
    left, grid = padded_grid(shape, margin, stride, padding, n_filters, parameters)
    bank = morlet_bank_2d(grid, J, L, Q, T, slant, normalize)
    return Layout(
        shape=shape,
        grid=grid,
        pad_left=left,
        padding=padding,
        banks=_for_signals([bank] * max(max_order, 1), normalize, complex_input),
        stride=(stride, stride),
        density=oversampled(DENSITY_2D, oversampling),
        period=default_stride(T),
        parameters=parameters,
    )


def _for_signals(banks, normalize, complex_input):
    """Make the first bank two-sided if signals are complex; later ones filter moduli, which are real."""
    return [two_sided(banks[0], normalize), *banks[1:]] if complex_input else banks


def oversampled(density, oversampling):
    """Scale the density of samples of moduli; see the parameter ``oversampling`` of the transforms."""
    return tuple(OVERSAMPLING_STEP**oversampling * d for d in density)


def first_order_gain(bank, step, average, normalize):
    """Return the factor of first-order coefficients with which a joint transform with tight banks is nonexpansive.

    The average along the index keeps what ``bank.phi`` passes; wavelets along the index keep what the low-pass filter
    among them does not pass. Both keep the frequencies in between, so that the energy of first order is up to twice
    that of the low-passed layer. Outputs at every other sample, or means, hold half of it at most.

    Parameters
    ----------
    bank : FilterBank
        Index filters of both spins, see :class:`skscat._core._records.Joint`.
    step : int
        Samples between outputs on the index axis.
    average, normalize : str
        Parameters of the transform.

    Returns
    -------
    gain : float
        At most one.
    """
    if normalize != "tight" or average != "local" or step > 1:
        return 1.0
    energy = np.abs(to_dense(bank.phi, bank.grid)[0]) ** 2
    for n in one_sided_filters(bank):
        response = np.abs(ONE_SIDED_GAIN[normalize] * to_dense(bank.psi[n], bank.grid)[0]) ** 2
        # The low-passed layer is real: half of its energy is at the opposite frequency.
        energy += (response + np.roll(response[::-1], 1)) / 2
    return float(1 / np.sqrt(max(1.0, energy.max())))


def largest_scale(extent, least=1):
    """Return the largest J whose scale ``2**J`` is at most ``extent``, but at least ``least``."""
    return max(least, int(np.log2(max(extent, 1))))


def _scales(J, T, stride, padding, length, longest, what, warn=True):
    """Check the scales of a transform, and fill in their defaults; by default ``2**J`` is at most ``longest``."""
    if T is not None:
        check_scale("T", T, length, what, 2 ** largest_scale(longest, 0))
    J = largest_scale(longest) if J is None else J
    check_octaves("J", J)
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
    return (b["xi"] < np.abs(a["xi"])) & (b["xi"] <= 3 * a["sigma"])


# Which wavelets may follow which in time. The conventional rule compares the subsampling that wavelets allow.
FOLLOWS = {"tight": _within_envelope, "l1": lambda a, b: b["j"] > a["j"]}


def may_follow(a, b, normalize):
    """Return a table that says which filters of bank b may follow which of bank a, in one dimension."""
    return FOLLOWS[normalize](a.table[:, np.newaxis], b.table)
