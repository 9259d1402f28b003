"""Recordings in memory, on disk or in the objects of other libraries."""

from collections.abc import Iterator
from itertools import chain, islice
from math import isclose
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from skscat._checks import as_array
from skscat._transforms._scattering1d import Scattering1D
from skscat._transforms._spiral import SpiralScattering
from skscat._transforms._time_frequency import TimeFrequencyScattering
from skscat._validation import reading_channels_first
from skscat.streaming._segments import axis_of_channels, check_scattering, interpolate_or_omit, n_at_once
from skscat.streaming._stream import FAMILIES, ScatteringStream

# Dates are rounded: intervals may differ by this fraction from their mean, and sampling rates from each other.
JITTER, SAME_RATE = 1e-3, 1e-6


class Recording(NamedTuple):
    """Samples that are read by slices, and when they were recorded.

    Parameters
    ----------
    samples : array-like of one or two axes
        Any object with a shape that can be sliced.
    axis : int
        Axis of time; the other axis, if there is one, holds the channels.
    sampling_rate : float or None
    start : float or datetime64
        Time of the first sample.
    """

    samples: Any
    axis: int
    sampling_rate: float | None = None
    start: Any = 0

    @property
    def n_samples(self) -> int:
        """Number of samples in time."""
        return int(self.samples.shape[self.axis])

    @property
    def channels(self) -> tuple[int, ...]:
        """Shape of the axis of channels, empty if there is none."""
        shape = tuple(self.samples.shape)
        return shape[: self.axis] + shape[self.axis + 1 :]

    def read(self, first: int, stop: int) -> np.ndarray:
        """Read some samples, with their axis last."""
        index = (slice(None),) * self.axis + (slice(first, stop),)
        return np.moveaxis(np.asanyarray(self.samples[index]), self.axis, -1)


def scatter_recording(
    recording: Any,
    scattering: Scattering1D | TimeFrequencyScattering | SpiralScattering,
    *,
    block_length: int | None = None,
    margin: int | None = None,
    start: Any = None,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Compute the scattering transform of a recording that need not fit in memory, one block of frames at a time.

    The blocks are those of a :class:`ScatteringStream`, whose notes say how accurate they are.

    Read more in the :ref:`User Guide <recordings>`.

    Parameters
    ----------
    recording : array-like of shape (samples,) or (channels, samples), or iterator of chunks
        Only the samples of a block are read at a time, so that it may be a memory map, an HDF5 dataset, a Zarr array
        or any other object with a shape that can be sliced. The times and the sampling rate of an xarray DataArray,
        whose time dimension is "time" or the one without channels, and of a Trace or Stream of ObsPy are used; the
        traces of a Stream are channels. An iterator, such as a generator, yields chunks as for
        :meth:`ScatteringStream.push`. An iterator or list of Traces, Streams or DataArrays, such as one per file,
        yields consecutive parts of the recording, whose times are rounded to whole samples. Between them, samples may
        be missing with ``nan_policy="omit"``.
    scattering : Scattering1D, TimeFrequencyScattering or SpiralScattering
        Transform to compute, as for :class:`ScatteringStream`. With ``channel_axis=-1``, a recording has shape
        ``(samples, channels)``. ``n_jobs`` segments are computed at a time.
    block_length : int, default=None
        See :class:`ScatteringStream`. A recording that is shorter than the default forms a single block.
    margin : int, default=None
        See :class:`ScatteringStream`.
    start : float or datetime64, default=None
        Time of the first sample, in seconds if the sampling rate is known, else in samples. None means that of the
        recording, or zero.

    Returns
    -------
    blocks : generator of (ndarray of shape (n_frames,), ndarray of shape (..., n_frames))
        Times of frames, the centers of the averaging windows, and their coefficients, as :meth:`ScatteringStream.push`
        returns them. Times are dates if the recording has dates or ``start`` is one.

    Raises
    ------
    ValueError
        If ``scattering`` or another parameter is not as described, or the sampling rate of the recording varies or is
        not that of ``scattering``, or samples are not real and finite, or parts with times overlap, are not in order,
        or have gaps between them that ``scattering`` does not leave out.

    See Also
    --------
    ScatteringStream : Scattering of a recording that is not complete yet; feature names.

    Examples
    --------
    Half an hour at 100 Hz in a file, of which a block of frames is computed at a time:

    >>> import numpy as np
    >>> from tempfile import TemporaryFile
    >>> from skscat import Scattering1D
    >>> from skscat.streaming import scatter_recording
    >>> with TemporaryFile() as file:
    ...     np.random.default_rng(0).standard_normal(180_000, dtype=np.float32).tofile(file)
    ...     recording = np.memmap(file, np.float32, "r")
    ...     scattering = Scattering1D(J=8, sampling_rate=100.0)
    ...     for times, S in scatter_recording(recording, scattering, block_length=2**16):
    ...         print(S.shape, f"{times[0]:.2f} to {times[-1]:.2f} s")
    (67, 256) 0.00 to 652.80 s
    (67, 256) 655.36 to 1308.16 s
    (67, 192) 1310.72 to 1799.68 s
    """
    check_scattering(scattering, FAMILIES)
    if hasattr(recording, "__next__") or _is_list_of_traces(recording):
        return _scatter_chunks(iter(recording), scattering, start, {"block_length": block_length, "margin": margin})
    read = as_recording(recording, scattering.channel_axis)
    scattering = reading_channels_first(with_sampling_rate(scattering, read), len(read.samples.shape) > 1)
    options = {"margin": margin, "start": read.start if start is None else start}
    stream = ScatteringStream(scattering, block_length=block_length, **options)
    if block_length is None and stream.block_length_ > read.n_samples > 0:
        stream = ScatteringStream(scattering, block_length=read.n_samples, **options)
    step = stream.block_length_ * n_at_once(scattering)
    return _blocks(stream, (read.read(first, first + step) for first in range(0, read.n_samples, step)))


def _scatter_chunks(chunks, scattering, start, options):
    """Scatter the chunks of an iterator, at their times if they have any."""
    first = list(islice(chunks, 1))
    chunks = chain(first, chunks)
    if first and _has_times(first[0], scattering.channel_axis):
        read = as_recording(first[0], scattering.channel_axis)
        chunks = _consecutive(chunks, read, scattering)
        scattering = reading_channels_first(with_sampling_rate(scattering, read), len(read.samples.shape) > 1)
        start = read.start if start is None else start
    stream = ScatteringStream(scattering, start=0 if start is None else start, **options)
    return _blocks(stream, chunks)


def _consecutive(parts, first, scattering):
    """Yield the samples of consecutive parts of a recording, and NaN for those that are missing between them.

    Parameters
    ----------
    parts : iterator
        Traces, Streams or DataArrays.
    first : Recording
        The first of them.
    scattering : estimator
    """
    n_known, rate, components = 0, first.sampling_rate, None
    for number, part in enumerate(parts):
        components = components or _components(part)
        if _components(part) != components:
            raise ValueError(
                f"recording has parts of different components: {components} and, in part {number}, "
                f"{_components(part)}; expected the same, in the same order. Select or sort the Traces."
            )
        read = as_recording(part, scattering.channel_axis)
        if read.sampling_rate is None or not isclose(rate, read.sampling_rate, rel_tol=SAME_RATE):
            raise ValueError(
                f"recording has parts whose sampling rates differ: {rate:g} and, in part {number}, "
                f"{read.sampling_rate}; expected the same. Resample the parts."
            )
        elapsed = read.start - first.start
        seconds = elapsed / np.timedelta64(1, "s") if isinstance(elapsed, np.timedelta64) else elapsed
        n_missing = round(seconds * rate) - n_known
        if n_missing < 0:
            raise ValueError(
                f"recording has a part, {number}, that starts at {read.start}, {-n_missing} samples before the end of "
                "the part before it; expected parts in the order of their times that do not overlap. Sort them, or "
                "merge the Traces of a Stream: stream.merge(). Channels recorded at the same times are one Stream."
            )
        if n_missing > 0:
            if getattr(scattering, "nan_policy", "raise") != "omit":
                raise ValueError(
                    f"recording has a gap of {n_missing} samples before part {number}, which starts at {read.start}. "
                    f"{interpolate_or_omit(scattering)}"
                )
            # A view of one number.
            yield np.broadcast_to(np.float32(np.nan), (*read.channels, n_missing))
        yield read.read(0, read.n_samples)
        n_known += n_missing + read.n_samples


def _blocks(stream, chunks):
    """Push chunks, and yield the frames that become known."""
    for chunk in chunks:
        times, s = stream.push(chunk)
        if len(times):
            yield times, s
    yield stream.flush()


def with_sampling_rate(scattering, recording):
    """Return a transform with the sampling rate of a recording, if that is known."""
    known, given = recording.sampling_rate, scattering.sampling_rate
    if known is None or (given is not None and isclose(known, given, rel_tol=SAME_RATE)):
        return scattering
    if given is not None:
        raise ValueError(
            f"scattering has sampling_rate={given!r}, but that of the recording is {known:g}; expected the same, or "
            "None."
        )
    return clone(scattering).set_params(sampling_rate=known)


def as_recording(recording, channel_axis):
    """Return a :class:`Recording`, given an array, a DataArray of xarray, or a Trace or Stream of ObsPy.

    These are recognized by their attributes, so that neither library is imported.
    """
    if _is_list_of_traces(recording):
        raise ValueError(
            f"recording is a {type(recording).__name__} of {len(recording)} Traces; expected one Trace, or a Stream "
            "whose Traces are channels. Merge consecutive ones: stream.merge()."
        )
    if hasattr(recording, "traces"):
        return _of_traces(list(recording.traces))
    if hasattr(recording, "stats") and hasattr(recording, "data"):
        return _of_traces([recording])._replace(samples=recording.data, axis=0)
    labeled = hasattr(recording, "dims") and hasattr(recording, "coords")
    if not labeled and (not hasattr(recording, "shape") or hasattr(recording, "iloc")):
        recording = as_array("recording", recording)
    if labeled and "time" in recording.dims:
        others = [axis for axis, name in enumerate(recording.dims) if name != "time"]
        channel_axis = others[0] if others else None
    channels = axis_of_channels("recording", tuple(recording.shape), channel_axis, 1)
    axis = 0 if channels is None else 1 - channels
    if not labeled or recording.dims[axis] not in recording.coords:
        return Recording(recording, axis)
    return Recording(recording, axis, *_rate_and_start(np.asarray(recording.coords[recording.dims[axis]])))


def _is_of_obspy(chunk):
    return hasattr(chunk, "traces") or (hasattr(chunk, "stats") and hasattr(chunk, "data"))


def _components(part):
    """Return the codes of the channels of a Trace or Stream; None where there is none."""
    return [getattr(getattr(t, "stats", None), "channel", None) for t in getattr(part, "traces", [part])]


def _is_list_of_traces(recording):
    return isinstance(recording, (list, tuple)) and len(recording) > 0 and all(map(_is_of_obspy, recording))


def _has_times(chunk, channel_axis):
    """Return whether a chunk has times: one of ObsPy, or a DataArray with coordinates."""
    labeled = hasattr(chunk, "dims") and hasattr(chunk, "coords")
    return _is_of_obspy(chunk) or (labeled and as_recording(chunk, channel_axis).sampling_rate is not None)


def _of_traces(traces):
    """Return the traces of a Stream of ObsPy as channels, which must have been recorded at the same times."""
    stats = [(float(t.stats.sampling_rate), int(t.stats.starttime.ns), len(t.data)) for t in traces]
    if len(set(stats)) != 1:
        raise ValueError(
            f"recording has {len(traces)} traces, of different sampling rates, starts or lengths; expected traces of "
            "the same, which are read as channels. Merge the pieces of each channel, whose gaps are then masked, and "
            "trim channels to the same times: stream.merge().trim(start, end)."
            if traces
            else "recording has no traces; expected at least one."
        )
    rate, start, _ = stats[0]
    data = np.ma.stack([t.data for t in traces]) if len(traces) > 1 else traces[0].data[np.newaxis]
    return Recording(data, 1, rate, np.datetime64(start, "ns"))


def _rate_and_start(t):
    """Return the sampling rate and the start, given the times of all samples in seconds or as dates."""
    if t.dtype.kind not in "Mfiu":
        raise ValueError(f"recording has times of dtype {t.dtype}; expected numbers, in seconds, or dates.")
    start = t[0] if len(t) else 0
    if len(t) < 2:
        return None, start
    steps = np.diff(t) / np.timedelta64(1, "s") if t.dtype.kind == "M" else np.diff(t).astype(float)
    mean = steps.mean()
    if not mean > 0 or np.abs(steps - mean).max() > JITTER * mean:
        raise ValueError(
            f"recording has sampling intervals from {steps.min():g} to {steps.max():g} s; expected equal ones. "
            "Interpolate it to regular times."
        )
    return float(1 / mean), start if t.dtype.kind == "M" else float(start)
