"""Joint convolutions along time and log-frequency, with any filters along log-frequency."""

import numpy as np

from skscat._checks import check_scale
from skscat._core._fourier import fast_size
from skscat._core._joint import ONE_SIDED_GAIN, index_sizes, one_sided_filters
from skscat._core._records import LOW_PASS, PER_BIN, PER_OCTAVE, Joint, JointConvolution
from skscat._core._sampling import default_stride
from skscat._transforms._layout import SUPPORT_1D, first_order_gain, largest_scale, may_follow, warn_of_scale
from skscat._transforms._limits import check_grid, check_octaves

# Zeros beyond the log-frequency axis, in scales of the filters along it: five standard deviations of a Gaussian.
MARGIN = 8

TIME_FIELDS = [("n2", int), ("j2", int), ("xi2", float), ("sigma2", float)]


def frequency_scales(n_bins, J_fr, F):
    """Check the scales along log-frequency, and fill in their defaults: wavelets up to an eighth of the axis."""
    what = f"the log-frequency axis, which has {n_bins} bins"
    if F is not None:
        check_scale("F", F, n_bins, what, 2 ** largest_scale(n_bins // 8, 0), "average_frequency")
    J_fr = largest_scale(n_bins // 8) if J_fr is None else J_fr
    check_octaves("J_fr", J_fr)
    warn_of_scale("J_fr", J_fr, n_bins, what)
    return J_fr, 2**J_fr if F is None else F


def padded_length(n_bins, scale, parameters, unit=1):
    """Return the length of a log-frequency axis with its margin: fast to transform, a multiple of ``unit``."""
    total = unit * fast_size((n_bins + MARGIN * scale) / unit)
    check_grid((n_bins,), (total,), SUPPORT_1D, parameters)
    return total


def join_log_frequency(layout, n_bins, bank, F, labels, transform):
    """Plan joint convolutions along time and log-frequency.

    Parameters
    ----------
    layout : Layout
        Layout of signals, with a bank for each order.
    n_bins : int
        Number of wavelets of the first bank, from high to low frequency, that form the log-frequency axis.
    bank : FilterBank
        Filters along the axis, with frequencies in cycles per bin.
    F : float
        Averaging scale along the axis, in bins.
    labels : tuple of (str, str)
        See :class:`skscat.Plan`.
    transform : TimeFrequencyScattering or SpiralScattering
        Its parameters ``Q``, ``max_order``, ``normalize``, ``average``, ``average_frequency`` and ``sampling_rate``
        are used.

    Returns
    -------
    plan : Plan
    """
    first, second = layout.banks[0], layout.banks[-1]
    plan = layout.plan_first_order(
        np.arange(len(first.psi)) < n_bins, average=transform.average, sampling_rate=transform.sampling_rate
    )
    bank = bank.converted(PER_BIN, PER_OCTAVE, np.atleast_1d(transform.Q)[0])
    samples, step = np.arange(*bank.grid), default_stride(F)
    kept = transform.average_frequency == "local"
    joint = Joint(
        bank=bank,
        lift=np.where(samples < n_bins, samples, -1),
        conjugated=slice(0, 0),
        outputs=np.arange(0, n_bins, step) if kept else None,
        n_samples=n_bins,
        sizes=index_sizes(bank, layout.density[1]),
        siblings=(1 + np.arange(n_bins),),
        gain=first_order_gain(bank, step, transform.average, transform.normalize) if kept else 1.0,
    )
    low_passed = ((LOW_PASS, False),) * n_bins
    convolutions = [
        ({}, JointConvolution(0, None)),
        ({}, JointConvolution(0, low_passed, one_sided_filters(bank), ONE_SIDED_GAIN[transform.normalize])),
    ]
    if transform.max_order > 1:
        follows = may_follow(first, second, transform.normalize)[:n_bins]
        convolutions += _along_both(follows, second.table, transform.sampling_rate or 1.0, len(bank.psi))
    return layout.join(plan, joint, convolutions, TIME_FIELDS, labels)


def _along_both(follows, table, unit, n_index_filters):
    """Convolutions with each wavelet in time, on the bins that vary fast enough for it: those of high frequency."""
    for n2, row in enumerate(table):
        n_bins = int(np.argmin([*follows[:, n2], False]))
        if n_bins:
            fields = {"n2": n2, "j2": row["j"], "xi2": unit * row["xi"], "sigma2": unit * row["sigma"]}
            yield fields, JointConvolution(0, ((n2, False),) * n_bins, tuple(range(n_index_filters)))
