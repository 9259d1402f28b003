"""Joint convolutions along time and log-frequency, for whatever filters along log-frequency."""

from dataclasses import replace

import numpy as np

from skscat._joint import Convolution, Joint, index_sizes, join
from skscat._layout import layout_1d, may_follow
from skscat._kernel import fast_size
from skscat._plan import LOW_PASS, default_stride

# Cells of zeros beyond the log-frequency axis, in scales of the filters along it: five deviations of a Gaussian.
MARGIN = 8

# The low-passed first layer is real: of two opposite filters one is kept, with the energy of both.
GAIN = {"tight": np.sqrt(2), "l1": 1.0}

TIME_FIELDS = [("n2", int), ("j2", int), ("xi2", float), ("sigma2", float)]


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
    F,
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
        From this number to the filters along the axis, frequencies in cycles per bin.
    labels : tuple of (str, str)
        See :class:`skscat._plan.Plan`.

    Other parameters are those of :class:`skscat.TimeFrequencyScattering`.

    Returns
    -------
    plan : Plan
    """
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
        labels=labels,
    )
    bank = _per_octave(bank_of(n_bins), np.atleast_1d(Q)[0])
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
    along_frequency = Convolution(0, (LOW_PASS,) * n_bins, {}, _half(bank.table), GAIN[normalize])
    convolutions = [Convolution(0, None, {}), along_frequency]
    if max_order > 1:
        convolutions += _along_both(may_follow(first, second, normalize)[:n_bins], second.table, unit, bank)
    return join(plan, joint, convolutions, TIME_FIELDS, labels, layout, oversampling)


def _per_octave(bank, Q):
    """The same bank, with frequencies in cycles per octave in its table."""
    table = bank.table.copy()
    for name in ("xi_fr", "sigma_fr"):
        table[name] *= Q
    return replace(bank, table=table)


def _half(table):
    """Filters that are enough for real signals: one of every two with opposite frequencies."""
    spins = [name for name in ("spin", "spin_oct") if name in table.dtype.names]
    return tuple(n for n, row in enumerate(table[spins].tolist()) if row > (0,) * len(spins))


def _along_both(follows, table, unit, bank):
    """Convolutions with each wavelet in time, on the bins that hold anything it sees: those of high frequency."""
    everything = tuple(range(len(bank.psi)))
    for n2, row in enumerate(table):
        n_bins = int(np.argmin([*follows[:, n2], False]))
        if n_bins:
            fields = {"n2": n2, "j2": row["j"], "xi2": unit * row["xi"], "sigma2": unit * row["sigma"]}
            yield Convolution(0, (n2,) * n_bins, fields, everything)
