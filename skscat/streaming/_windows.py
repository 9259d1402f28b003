"""Windows of a recording, each of which is a signal."""

from typing import Any

import numpy as np

from skscat._checks import as_array, check_counts, check_positive, refuse_masked
from skscat.streaming._recordings import as_recording
from skscat.streaming._times import Clock

# What to do about masked values, whose mask a view does not have.
FILL = 'Fill them in, or pass recording.filled(np.nan) for a transform with nan_policy="omit".'


class Windows:
    """Windows of a recording on disk, an array of shape (n, [channels,] length) that reads what is sliced."""

    def __init__(self, recording, length, hop):
        self._recording, self._length, self._hop = recording, length, hop
        shape, axis = tuple(recording.samples.shape), recording.axis
        self.shape = ((recording.n_samples - length) // hop + 1, *shape[:axis], *shape[axis + 1 :], length)
        self.dtype = recording.samples.dtype
        self.ndim = len(self.shape)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        """Read some windows: a slice of step one, or the number of a window."""
        if not isinstance(index, slice):
            n = range(len(self))[index]
            return self[n : n + 1][0]
        first, stop, step = index.indices(len(self))
        if step != 1:
            raise IndexError(f"windows of a recording on disk are read with step 1, not {step}.")
        n = max(stop - first, 0)
        first *= self._hop
        x = self._recording.read(first, first + ((n - 1) * self._hop + self._length if n else 0))
        x = as_array("recording", x, masked=FILL)
        return _view(x, self._length, self._hop) if n else np.zeros((0, *self.shape[1:]), self.dtype)


def sliding_windows(
    recording: Any,
    length: int,
    hop: int,
    *,
    sampling_rate: float | None = None,
    channel_axis: int | None = None,
) -> tuple[np.ndarray, Any]:
    """Cut a recording into windows of one length, each of which is a signal of its own.

    Windows suit estimators that take one signal per row, such as classifiers, and global averages. Nothing is copied:
    pass the windows to ``transform_blocks``, which takes some at a time, rather than to ``transform``, which copies
    them all. For frames of a long recording, use :func:`scatter_recording`: each window is extended at its own ends,
    whereas the recording is extended only where it begins and ends, and samples in several windows are transformed
    several times.

    Read more in the :ref:`User Guide <recordings>`.

    Parameters
    ----------
    recording : array-like of shape (samples,) or (channels, samples)
        Also a memory map, an HDF5 dataset or Zarr array, an xarray DataArray, or a Trace or Stream of ObsPy.
    length : int
        Number of samples in a window. It must hold several periods of the lowest frequency of interest: choose at
        least 8 times ``2**J``.
    hop : int
        Number of samples from one window to the next: ``length`` if windows must not overlap, half of it if an event
        may lie at the boundary of two. Samples after the last complete window are left out.
    sampling_rate : float, default=None
        Samples per second. None means that of the recording, if it has one.
    channel_axis : int, default=None
        Axis of the channels in a recording of two axes: -1 if it has shape ``(samples, channels)``. None means the
        first.

    Returns
    -------
    times : ndarray of shape (n_windows,)
        Times of the first samples of the windows: in seconds, or dates if the recording has them, or in samples if
        the sampling rate is not known.
    windows : ndarray of shape (n_windows, length) or (n_windows, channels, length)
        Read-only view of the recording. For a recording on disk that is not a memory map, an object of this shape that
        reads windows when it is sliced.

    Raises
    ------
    ValueError
        If the recording is shorter than a window, or a parameter is not as described.

    See Also
    --------
    scatter_recording : Frames of a recording, without windows.

    Examples
    --------
    Windows of 4 seconds, every 2 seconds, at 100 Hz:

    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.streaming import sliding_windows
    >>> recording = np.random.default_rng(0).standard_normal(10_000)
    >>> times, windows = sliding_windows(recording, 400, 200, sampling_rate=100.0)
    >>> times[:3], windows.shape
    (array([0., 2., 4.]), (49, 400))
    >>> scattering = Scattering1D(J=5, average="global").fit(windows[:1])
    >>> features = np.concatenate([S for _, S in scattering.transform_blocks(windows)])
    >>> features.shape
    (49, 37)
    """
    check_counts(length=length, hop=hop)
    check_positive(sampling_rate=sampling_rate)
    recording = as_recording(recording, channel_axis)
    if recording.n_samples < length:
        raise ValueError(
            f"length={length}, but the recording has {recording.n_samples} samples; expected at most that many."
        )
    if sampling_rate is None:
        sampling_rate = recording.sampling_rate
    if isinstance(recording.samples, np.ndarray):
        refuse_masked("recording", recording.samples, FILL)
        windows = _view(np.moveaxis(recording.samples, recording.axis, -1), length, hop)
    else:
        windows = Windows(recording, length, hop)
    return Clock(recording.start, sampling_rate).times(hop * np.arange(len(windows))), windows


def _view(x, length, hop):
    """Return windows along the last axis as the first axis of a view."""
    windows = np.lib.stride_tricks.sliding_window_view(x, length, axis=-1)[..., ::hop, :]
    return np.moveaxis(windows, -2, 0)
