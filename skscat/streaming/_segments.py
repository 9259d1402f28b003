"""Overlap-save: how an axis is cut into overlapping segments, of which the frames far from both ends are kept.

The frames of a segment are those of the whole axis if

* the segment reaches beyond them by more than the filters do, see :func:`reach`;
* all moduli are sampled at the same positions. Their grids have a whole number of samples per ``period`` of the plan,
  if that divides the axis, and the same number whatever the length of the axis. Segments therefore consist of whole
  periods, and begin a whole number of periods after the padded axis.
"""

from copy import copy
from dataclasses import replace
from math import ceil, lcm
from typing import NamedTuple

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import clone

from skscat._checks import as_array, check_counts, fill_masked
from skscat._core._fourier import fast_size
from skscat._core._operators import synthesize
from skscat._core._records import complex_dtype
from skscat._core._sampling import default_stride
from skscat._core._threads import n_workers
from skscat._signals import channel_position
from skscat._validation import advice_on_gaps
from skscat.filters._frame import SUPPORT_THRESHOLD

# Filters are cut where they fall to SUPPORT_THRESHOLD of their peak, so that their impulse responses have tails that
# decay like 1 / t. Beyond a delay where their norm, relative to that of the response, is this, nothing but these tails
# is left: a wider margin would change little.
TAIL = SUPPORT_THRESHOLD / 3
# Length of the axes with which the reach of the filters is first computed, in scales, by the number of axes: more than
# twice the usual reach. Delays are known up to this fraction of their length, since axes are periodic.
TRIAL, KNOWN = {1: 64, 2: 24}, 0.4
# Filters whose support is more than this many times that of the narrowest are short beside it.
NARROW = 4
# Bins per averaging scale with which impulse responses are described.
BINS = 8


class Segments(NamedTuple):
    """Overlapping segments of one axis.

    Parameters
    ----------
    length : int
        Number of samples of a segment.
    before : int
        Samples before the first one that is kept, a multiple of ``stride``.
    kept : int
        Samples whose frames are kept, a multiple of ``stride``: the step from one segment to the next.
    stride : int
        Samples between frames.
    """

    length: int
    before: int
    kept: int
    stride: int

    @property
    def known_after(self) -> int:
        """Samples after the first one that is kept which a segment contains."""
        return self.length - self.before

    def frames(self, n_samples):
        """Return the frames of a segment that are kept, if there are ``n_samples`` from the first one on."""
        first = self.before // self.stride
        return slice(first, first + ceil(min(self.kept, n_samples) / self.stride))


def check_scattering(scattering, families):
    """Raise ValueError unless a transform is of one of some families, and its parameters suffice to plan it."""
    if not isinstance(scattering, families):
        names = ", ".join(family.__name__ for family in families)
        raise ValueError(f"scattering={scattering!r}: expected one of {names}.")
    found = f"scattering={type(scattering).__name__}(...)"
    if scattering.J is None:
        raise ValueError(f"{found} has J=None, which depends on the length of the signal; expected a number.")
    if scattering.average != "local":
        raise ValueError(f'{found} has average={scattering.average!r}; expected "local", whose outputs are frames.')
    if scattering.shape is not None:
        raise ValueError(f"{found} has shape={scattering.shape!r}, for flat X; expected None.")


def values_of(name, values, scattering):
    """Return samples or pixels as an array, with NaN for masked ones if the transform leaves these out."""
    omit = getattr(scattering, "nan_policy", "raise") == "omit"
    return as_array(name, fill_masked(values) if omit else values, masked=interpolate_or_omit(scattering))


def interpolate_or_omit(scattering):
    """Return what to do about missing samples that a transform does not leave out."""
    return f"{advice_on_gaps(scattering, scattering._ndim)} Or interpolate them, for example with np.interp."


def axis_of_channels(name, shape, channel_axis, ndim):
    """Return the axis of a recording or picture that holds its channels, None if there is none.

    Parameters
    ----------
    name : str
        Name of the input, for messages.
    shape : tuple of int
    channel_axis : int or None
        Parameter of the transform.
    ndim : int
        Number of axes without channels.

    Raises
    ------
    ValueError
        If the number of axes is wrong, or the channels are unlikely to be on the first axis.
    """
    if len(shape) not in ((ndim, ndim + 1) if channel_axis is None else (ndim + 1,)):
        needed = "" if channel_axis is None else f"{ndim} axes and, with channel_axis={channel_axis}, one of channels"
        expected = needed or f"{ndim} axes, or {ndim + 1} with channels first"
        raise ValueError(f"{name} has shape {shape}; expected {expected}.")
    if len(shape) == ndim:
        return None
    if channel_axis is None and shape[-1] < min(shape[:-1]):
        raise ValueError(
            f"{name} has shape {shape}, which would be read as {shape[0]} channels. Set channel_axis=-1 if the last "
            "axis holds the channels, channel_axis=0 to confirm this reading."
        )
    return channel_position(channel_axis or 0, ndim)


def averaging_scale(scattering):
    """Return the averaging scale of a transform, in samples."""
    return 2**scattering.J if scattering.T is None else scattering.T


def longest_scale(scattering):
    """Return the largest scale of the filters of a transform, in samples."""
    return max(2**scattering.J, averaging_scale(scattering))


def trial_plan(scattering, ndim, margin):
    """Return a plan for axes longer than the reach of the filters, and the margin: this reach, or as given."""
    if margin is not None:
        check_counts(0, margin=margin)
    scale, n_scales = longest_scale(scattering), TRIAL[ndim]
    plan = scattering.plan((int(n_scales * scale),) * ndim)
    if margin is not None:
        return plan, int(margin)
    while (found := reach(plan, scale)) > KNOWN * min(plan.grid):
        n_scales *= 2
        plan = scattering.plan((int(n_scales * scale),) * ndim)
    return plan, found


def lay_out(scattering, plan, kept, margin):
    """Cut an axis into segments.

    Parameters
    ----------
    scattering : estimator
    plan : Plan
        Plan of any axis that is long compared with the padding, for its layout.
    kept : int
        Smallest number of samples that are kept.
    margin : int
        Smallest number of samples on either side of those.

    Returns
    -------
    segments : Segments
    """
    stride = plan.stride[0]
    unit = lcm(stride, default_stride(averaging_scale(scattering)))
    kept = unit * ceil(kept / unit)
    # The padded axis begins pad_left samples before the first frame.
    before = margin + (plan.pad_left[0] - margin) % unit
    length = unit * fast_size((before + kept + margin) / unit)
    # A segment is longer than necessary by whole units, which go before what is kept: it is then known earlier.
    before += (length - before - kept - margin) // unit * unit
    return Segments(length, before, kept, stride)


def segment_dtype(dtype, scattering):
    """Return the type of the values of segments, given that of a recording or picture."""
    real = np.float32 if dtype in (np.float32, np.complex64) else np.float64
    return complex_dtype(real) if getattr(scattering, "complex_input", False) else np.dtype(real)


def fit_segments(scattering, shape, dtype):
    """Fit a clone of a transform to segments: periodic signals of some shape, without padding."""
    return clone(scattering).set_params(padding="wrap").fit(np.zeros((1, *shape), dtype))


def n_at_once(scattering):
    """Return the number of segments that ``n_jobs`` workers transform at once."""
    return effective_n_jobs(n_workers(scattering.n_jobs))


def coefficients(transform, x):
    """Transform segments; return an array of shape (n, *transform.output_shape_).

    Unlike ``transform``, this does not warn if all samples of a segment are missing.
    """
    return transform._run(transform._check(x, reset=False)).reshape(len(x), *transform.output_shape_)


def frame_names(transform):
    """Return the names of the coefficients of one frame, in the shape of the outputs without their grid."""
    plan = transform.plan_
    one = copy(transform)
    one.plan_ = replace(plan, shape=plan.stride)
    ending = {1: "_t0", 2: "_y0_x0"}[len(plan.shape)]
    names = [name.removesuffix(ending) for name in one.get_feature_names_out()]
    return np.array(names, dtype=object).reshape(transform.output_shape_[: -len(plan.shape)])


def reach(plan, scale):
    """Return the distance in samples beyond which the samples of a signal hardly matter to a frame.

    The squared magnitude of an impulse response is a distribution of delays. White noise beyond some distance
    contributes to the output of a filter in proportion to the share of the energy that is delayed by more than this
    distance. The delay of a cascade is the sum of independent delays, one per filter. In each layer, the filter with
    the longest delays is used.

    Parameters
    ----------
    plan : Plan
        Plan of an axis that is several times as long as the reach.
    scale : float
        Largest scale of the filters, in samples.

    Returns
    -------
    reach : int
    """
    width = scale / BINS
    reaches = []
    for axis, total in enumerate(plan.grid):
        n_bins = int(total / 2 / width)
        delays = np.ones(1)
        for filters in _layers(plan):
            delays = np.convolve(delays, _delays(filters, axis, total, width, n_bins))
        energy = _tails(np.abs(np.arange(len(delays)) - len(delays) // 2), delays, n_bins)
        reaches.append(int(np.argmax(energy <= TAIL**2)) if energy[-1] <= TAIL**2 else n_bins)
    return ceil(max(reaches) * width)


def _layers(plan):
    """Return the filters of each convolution of the cascade, the average included."""
    if plan.joint is not None:
        first, last = plan.banks[0], plan.banks[-1]
        return [first.psi, (*last.psi, last.phi), (last.phi,)]
    n_orders = int(plan.paths["order"].max())
    return [*(bank.psi for bank in plan.banks[:n_orders]), (plan.banks[-1].phi,)]


def _delays(filters, axis, total, width, n_bins):
    """Return the distribution of delays along an axis, in bins about zero, of the filter that delays most."""
    supports = [psi.values.shape[1 + axis] for psi in filters]
    tails = np.zeros(n_bins + 1)
    for psi, support in zip(filters, supports, strict=True):
        if support <= NARROW * min(supports):
            # A response is known at each sample; for one that is long, some samples are enough.
            size = min(fast_size(2 * BINS * support), total)
            z = np.zeros((*np.moveaxis(psi.values, 1 + axis, -1).shape[:-1], size), complex)
            z[..., :support] = np.moveaxis(psi.values, 1 + axis, -1)
            z = synthesize(z, (-1,))
            energy = (z.real**2 + z.imag**2).reshape(-1, size).sum(axis=0)
            delay = np.abs(np.fft.fftfreq(size)) * total / width
            tails = np.maximum(tails, _tails(np.round(delay).astype(int), energy / energy.sum(), n_bins))
    # The largest share beyond each delay among all distributions.
    share = -np.diff(tails, append=0) / 2
    return np.concatenate([share[:0:-1], [2 * share[0]], share[1:]])


def _tails(bins, energy, n_bins):
    """Return the energy in each bin and those beyond it; bins after the last count as the last."""
    return np.bincount(np.minimum(bins, n_bins), energy, n_bins + 1)[::-1].cumsum()[::-1]
