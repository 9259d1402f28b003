"""One long recording, a chunk at a time."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone

from skscat._checks import check_counts
from skscat._core._records import real_dtype
from skscat._signals import channel_position
from skscat._transforms._layout import warn_of_scale
from skscat._transforms._scattering1d import Scattering1D
from skscat._transforms._spiral import SpiralScattering
from skscat._transforms._time_frequency import TimeFrequencyScattering
from skscat._validation import reading_channels_first
from skscat.streaming._segments import (
    check_scattering,
    coefficients,
    fit_segments,
    frame_names,
    lay_out,
    n_at_once,
    segment_dtype,
    trial_plan,
    values_of,
)
from skscat.streaming._times import Clock

FAMILIES = (Scattering1D, TimeFrequencyScattering, SpiralScattering)
# Samples that are kept of a segment, in margins: the two margins then add a twelfth to the work.
KEPT = 24


class ScatteringStream:
    """Scattering transform of one long recording, which is given a chunk at a time.

    Frames are computed in blocks, each from a segment of the recording that reaches beyond the block by a margin, and
    equal those of a transform of the whole recording, see Notes. They do not depend, bit for bit, on how the recording
    is cut into chunks. Memory use is that of one segment, whatever the length of the recording.

    Read more in the :ref:`User Guide <recordings>`.

    Parameters
    ----------
    scattering : Scattering1D, TimeFrequencyScattering or SpiralScattering
        Transform to compute, fitted or not, with a number for ``J`` and ``average="local"``. ``padding`` determines
        how the recording is extended at its ends; "wrap" is not supported, since the end is not known at the
        beginning. ``channel_axis`` is the axis of the channels in a chunk: with None, chunks of two axes have channels
        first.
    block_length : int, default=None
        Smallest number of samples whose frames are computed together, rounded up to a multiple of the stride and of
        the largest power of two up to T. The work is proportional to ``1 + 2 * margin_ / block_length_``; memory and
        latency grow with the block. None means 24 margins, which is fast; for a live signal, choose the longest that
        the latency allows.
    margin : int, default=None
        Number of samples before and after a block from which its frames are computed. None means the reach of the
        filters, 12 to 24 times ``max(2**J, T)``: frames are then as accurate as they can be. With 12 times this scale,
        the relative l2 error is 1e-5 to 3e-4; with 8 times, it is 1e-4 to 3e-3, and the latency is shorter.
    start : float or datetime64, default=0
        Time of the first sample: in seconds if ``scattering`` has a ``sampling_rate``, else in samples. With a date,
        the times of frames are dates.

    Attributes
    ----------
    block_length_ : int
        Number of samples whose frames are computed together.
    margin_ : int
        Number of samples before and after a block from which its frames are computed, at least.
    latency_ : int
        Largest number of samples from a frame to the sample after which it is available: the block and the margin. The
        last frame of a block is available after little more than the margin.
    latency_seconds_ : float or None
        Latency in seconds. None if ``scattering`` has no ``sampling_rate``.
    stride_ : int
        Number of samples between frames.
    paths_ : structured ndarray of shape (n_paths,)
        One row per path, as in ``scattering``.

    Raises
    ------
    ValueError
        If ``scattering`` or another parameter is not as described.

    See Also
    --------
    scatter_recording : Scattering of a recording that is an array, on disk or in memory.
    sliding_windows : Windows of a recording, each of which is a signal of its own.

    Notes
    -----
    Suppose that the whole recording is transformed at once, with a padded length that is a multiple of the largest
    power of two up to T, as it is if ``stride`` is this power (the default) or a multiple of it. In double precision,
    frames are then equal to those of the stream, with a relative l2 error of less than 1e-6, except for the first and
    last ones, at most ``margin_`` samples from the ends. The recording is extended there by the same rule,
    ``padding``, but the transform of the whole recording extends it by less than the reach of the filters and makes it
    periodic: frames differ by less than 1e-3 of the largest coefficient. There are four exceptions:

    * With another stride, the moduli of the whole recording are sampled on grids whose steps depend on its length.
      Frames differ by the sampling error, about 1e-3, which a unit of ``oversampling`` divides by ten.
    * Battle-Lemarie wavelets extend further in frequency than the grids of their moduli: the error is 4e-5, and less
      than 2e-6 with ``oversampling=1``.
    * With ``normalize="l1"``, the norms of wavelets depend on the length of the grid, because filters are cut at a
      fraction of 1e-5 of their peak: the error is about 2e-6 for each doubling of the length.
    * With ``max_order=0``, the error is 1e-6 to 2e-6 if the recording has zero mean, since averages of noise are
      small.

    With ``nan_policy="omit"``, the same frames are NaN as for the whole recording. In gaps, moduli are replaced by
    their mean before the next layer filters them, over the segment rather than over the recording: near gaps,
    second-order coefficients differ by about 1e-3 of the norm. With ``renormalize=True``, what is added to the
    divisors is a fraction of the largest amplitude in the segment rather than in the recording.

    Examples
    --------
    A signal that arrives in chunks of 1000 samples, at 100 Hz:

    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.streaming import ScatteringStream
    >>> x = np.random.default_rng(0).standard_normal(20_000)
    >>> stream = ScatteringStream(Scattering1D(J=5, sampling_rate=100.0), block_length=2048)
    >>> print(f"frames are available after at most {stream.latency_seconds_:.1f} s")
    frames are available after at most 27.8 s
    >>> parts = [stream.push(chunk) for chunk in np.split(x, 20)] + [stream.flush()]
    >>> times = np.concatenate([times for times, S in parts])
    >>> S = np.concatenate([S for times, S in parts], axis=-1)
    >>> S.shape, times[:3]
    ((37, 625), array([0.  , 0.32, 0.64]))
    """

    def __init__(
        self,
        scattering: Scattering1D | TimeFrequencyScattering | SpiralScattering,
        *,
        block_length: int | None = None,
        margin: int | None = None,
        start: Any = 0,
    ) -> None:
        check_scattering(scattering, FAMILIES)
        if scattering.padding == "wrap":
            raise ValueError(
                'padding="wrap" requires the end of the recording at its beginning; expected another value, such as '
                '"symmetric".'
            )
        if block_length is not None:
            check_counts(block_length=block_length)
        self.scattering = clone(scattering)
        plan, self.margin_ = trial_plan(scattering, 1, margin)
        kept = KEPT * max(self.margin_, 1) if block_length is None else block_length
        self._segments = lay_out(scattering, plan, kept, self.margin_)
        self._clock = Clock(start, scattering.sampling_rate)
        self.paths_ = plan.paths
        self.stride_ = self._segments.stride
        self.block_length_ = self._segments.kept
        self.latency_ = self._segments.known_after
        self.latency_seconds_ = self._clock.seconds(self.latency_)
        self._n_at_once = n_at_once(scattering)
        # Set with the first chunk: what transforms segments, and the samples from the first of the next segment on.
        self._transform: Any = None
        self._buffer = np.empty(0)
        # How many samples of the buffer are filled, those before the first sample of the recording included; how
        # many of these there are; samples in all blocks that have been computed.
        self._filled = self._first = self._segments.before
        self._done = 0
        self._ended = False

    def push(self, chunk: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Push the next samples, and compute the frames that become available.

        Parameters
        ----------
        chunk : array-like of shape (samples,) or (channels, samples)
            Any number of samples, with the same channels as all other chunks, on the axis ``scattering.channel_axis``.
            The first chunk determines whether the recording has single or double precision.

        Returns
        -------
        times : ndarray of shape (n_frames,)
            Times of the centers of the averaging windows; there may be no frames.
        S : ndarray of shape (n_paths, n_frames) or (channels, n_paths, n_frames)
            Coefficients, with the index axis before the last one if it is kept, as in ``scattering.output_shape_``.
            float32 if the recording is float32 or complex64, otherwise float64.

        Raises
        ------
        ValueError
            If the chunk is not real (unless ``complex_input=True``), or has other channels or a higher precision than
            the first one, or is a Trace of ObsPy, or samples are not finite, or the recording has ended.
        """
        x = self._checked(chunk)
        blocks, position = [], 0
        while position < x.shape[-1]:
            part = x[..., position : position + self._buffer.shape[-1] - self._filled]
            self._buffer[..., self._filled : self._filled + part.shape[-1]] = part
            self._filled += part.shape[-1]
            position += part.shape[-1]
            n_complete = (self._filled - self._segments.length) // self._segments.kept + 1
            if n_complete > 0:
                blocks.append(self._scatter(n_complete))
        return self._joined(blocks)

    def flush(self) -> tuple[np.ndarray, np.ndarray]:
        """End the recording, extend it according to ``scattering.padding``, and compute the last frames.

        Returns
        -------
        times : ndarray of shape (n_frames,)
            Times of the centers of the averaging windows.
        S : ndarray of shape (n_paths, n_frames) or (channels, n_paths, n_frames)
            Coefficients, as returned by :meth:`push`.

        Raises
        ------
        ValueError
            If there were no samples, samples are not finite, or the recording has ended.
        """
        self._check_open()
        if self._n_samples == 0:
            raise ValueError("The recording has 0 samples, while a minimum of 1 is required.")
        n = self._n_samples
        warn_of_scale("J", self.scattering.J, n, f"the recording, which has {n} samples")
        blocks = []
        while self._done < n:
            blocks.append(self._scatter(1))
        self._ended = True
        return self._joined(blocks)

    def get_feature_names_out(self) -> np.ndarray:
        """Get the names of the coefficients of one frame.

        Returns
        -------
        names : ndarray of str objects of shape (n_paths,) or (channels, n_paths)
            The shape is that of the coefficients without their last axis.

        Raises
        ------
        ValueError
            If no chunk has been pushed, so that the number of channels is not known.
        """
        if self._transform is None:
            raise ValueError("Names depend on the channels, which are known after the first chunk.")
        return frame_names(self._transform)

    @property
    def _n_samples(self):
        """Number of samples of the recording so far."""
        return self._done + self._filled - self._segments.before

    def _check_open(self):
        if self._ended:
            raise ValueError("The recording has ended with flush(); expected a new ScatteringStream for another one.")

    def _checked(self, chunk):
        """Return a chunk as an array with channels first, and set up the buffer for the first one."""
        self._check_open()
        if hasattr(chunk, "stats") and hasattr(chunk, "data"):
            raise ValueError(
                "chunk is a Trace, whose times push does not read. Pass trace.data, and the time of the first one as "
                "start; or pass an iterator of Traces to scatter_recording, which reads their times."
            )
        x = values_of("chunk", chunk, self.scattering)
        takes_complex = getattr(self.scattering, "complex_input", False)
        if x.dtype.kind not in ("fiubc" if takes_complex else "fiub"):
            also = "" if takes_complex else ", or, for complex numbers, a transform with complex_input=True"
            raise ValueError(f"chunk has dtype {x.dtype}; expected real numbers{also}.")
        axis = self.scattering.channel_axis
        if x.ndim not in ((1, 2) if axis is None else (2,)):
            expected = "(samples,) or (channels, samples)" if axis is None else f"two axes with channel_axis={axis}"
            raise ValueError(f"chunk has shape {x.shape}; expected {expected}.")
        if axis is not None:
            x = np.moveaxis(x, channel_position(axis, 1), 0)
        if self._transform is None:
            self._begin(x)
        if x.shape[:-1] != self._buffer.shape[:-1]:
            raise ValueError(
                f"chunk has channels of shape {x.shape[:-1]}; the first chunk had {self._buffer.shape[:-1]}."
            )
        if x.dtype in (np.float64, np.complex128) and real_dtype(self._buffer.dtype) == np.float32:
            raise ValueError(
                f"chunk has dtype {x.dtype}; the first chunk had {self._buffer.dtype}; expected no higher precision."
            )
        return x

    def _begin(self, x):
        length, channels = self._segments.length, x.shape[:-1]
        dtype = segment_dtype(x.dtype, self.scattering)
        scattering = reading_channels_first(self.scattering, bool(channels))
        self._transform = fit_segments(scattering, (*channels, length), dtype)
        self._buffer = np.empty((*channels, length + (self._n_at_once - 1) * self._segments.kept), dtype)

    def _scatter(self, n_segments):
        """Compute the next blocks: all segments are complete, or there is only one."""
        length, kept, stride = self._segments.length, self._segments.kept, self._segments.stride
        if self._first or self._filled < length:
            self._extend()
        segments = [self._buffer[..., i * kept : i * kept + length] for i in range(n_segments)]
        s = coefficients(self._transform, np.stack(segments))
        s = np.moveaxis(s[..., self._segments.frames(self._n_samples - self._done)], 0, -2)
        s = s.reshape(*s.shape[:-2], -1)
        times = self._clock.times(self._done + stride * np.arange(s.shape[-1]))
        dropped = n_segments * kept
        self._buffer[..., : max(self._filled - dropped, 0)] = self._buffer[..., dropped : self._filled]
        self._filled -= dropped
        self._done += dropped
        return times, s

    def _extend(self):
        """Extend the recording to the first segment, at its beginning, and to the last ones, at its end."""
        length, first = self._segments.length, self._first
        known = self._buffer[..., first : min(self._filled, length)]
        widths = [(0, 0)] * (known.ndim - 1) + [(first, length - first - known.shape[-1])]
        self._buffer[..., :length] = np.pad(known, widths, mode=self.scattering.padding)
        self._first = 0

    def _joined(self, blocks):
        if blocks:
            times, s = zip(*blocks, strict=True)
            return np.concatenate(times), np.concatenate(s, axis=-1)
        shape = (*self._transform.output_shape_[:-1], 0)
        return self._clock.times(np.zeros(0, int)), np.zeros(shape, real_dtype(self._buffer.dtype))
