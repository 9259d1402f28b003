"""Joint convolutions along time and log-frequency, for whatever filters along log-frequency."""

import numpy as np

from skscat._checks import check_choice, check_counts, check_positive, check_scale
from skscat._joint import GAIN, Convolution, Joint, half_of, index_sizes, join, rescaled
from skscat._kernel import fast_size
from skscat._layout import layout_1d, may_follow, warn_of_scale
from skscat._plan import LOW_PASS
from skscat._sampling import default_stride

# Cells of zeros beyond the log-frequency axis, in scales of the filters along it: five deviations of a Gaussian.
MARGIN = 8

TIME_FIELDS = [("n2", int), ("j2", int), ("xi2", float), ("sigma2", float)]


def frequency_scales(n_bins, J_fr, F):
    """Check the scales along log-frequency, and fill in their defaults: wavelets up to an eighth of the axis."""
    what = f"the log-frequency axis, which has {n_bins} bins"
    if F is not None:
        check_scale("F", F, n_bins, what)
    J_fr = max(1, int(np.log2(max(n_bins // 8, 1)))) if J_fr is None else J_fr
    check_counts(J_fr=J_fr)
    warn_of_scale("J_fr", J_fr, n_bins, what)
    return J_fr, 2**J_fr if F is None else F


def padded_length(n_bins, scale, unit=1):
    """Return the length of a log-frequency axis with its margin: fast to transform, a multiple of ``unit``."""
    return unit * fast_size((n_bins + MARGIN * scale) / unit)


def plan_log_frequency(
    length,
    bins_of,
    bank_of,
    *,
    J,
    Q,
    T,
    max_order,
    normalize,
    average,
    average_frequency,
    stride,
    oversampling,
    padding,
    sampling_rate,
    labels,
):
    """Plan joint convolutions along time and log-frequency.

    Parameters
    ----------
    length : int
        Samples of a signal.
    bins_of : callable
        From the first filter bank to the number of its filters, from the top, that make the log-frequency axis.
    bank_of : callable
        From this number to the filters along the axis, frequencies in cycles per bin, and their averaging scale.
    labels : tuple of (str, str)
        See :class:`skscat._plan.Plan`.

    Other parameters are those of :class:`skscat.TimeFrequencyScattering`.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ValueError
        If a parameter is not as documented, or a scale is longer than its axis.
    """
    check_choice("max_order", max_order, (1, 2))
    check_positive(sampling_rate=sampling_rate)
    check_choice("average_frequency", average_frequency, ("local", "global"))
    layout = layout_1d(
        length, J=J, Q=Q, T=T, max_order=2, wavelet="morlet", normalize=normalize, stride=stride, padding=padding
    )
    first, second = layout.banks
    n_bins = bins_of(first)
    unit = sampling_rate or 1.0
    # Every modulus of the first layer is filtered again.
    plan = layout._replace(density=(layout.density[0],) * 2).plan(
        [np.arange(len(first.psi)) < n_bins],
        average=average,
        oversampling=oversampling,
        frequency_unit=unit,
        labels=(),
    )
    bank, F = bank_of(n_bins)
    bank = rescaled(bank, np.atleast_1d(Q)[0])
    cells = np.arange(*bank.grid)
    joint = Joint(
        bank=bank,
        lift=np.where(cells < n_bins, cells, -1),
        conjugated=slice(0, 0),
        outputs=np.arange(0, n_bins, default_stride(F)) if average_frequency == "local" else None,
        n_places=n_bins,
        sizes=index_sizes(bank, layout.density[1], oversampling),
        groups=(1 + np.arange(n_bins),),
    )
    along_frequency = Convolution(0, (LOW_PASS,) * n_bins, {}, half_of(bank.table), GAIN[normalize])
    convolutions = [Convolution(0, None, {}), along_frequency]
    if max_order > 1:
        convolutions += _along_both(may_follow(first, second, normalize)[:n_bins], second.table, unit, bank)
    return join(plan, joint, convolutions, TIME_FIELDS, labels, layout, oversampling)


def _along_both(follows, table, unit, bank):
    """Convolutions with each wavelet in time, on the bins that hold anything it sees: those of high frequency."""
    everything = tuple(range(len(bank.psi)))
    for n2, row in enumerate(table):
        n_bins = int(np.argmin([*follows[:, n2], False]))
        if n_bins:
            fields = {"n2": n2, "j2": row["j"], "xi2": unit * row["xi"], "sigma2": unit * row["sigma"]}
            yield Convolution(0, (n2,) * n_bins, fields, everything)
