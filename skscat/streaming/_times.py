"""Times of samples: numbers or dates."""

from typing import Any

import numpy as np

from skscat._checks import is_finite

NANOSECONDS = 1e9


class Clock:
    """Times of the samples of a recording.

    Parameters
    ----------
    start : float or datetime64
        Time of the first sample.
    sampling_rate : float or None
        Samples per second. If None, times are in samples, and cannot be dates.
    """

    def __init__(self, start, sampling_rate):
        self._rate = sampling_rate
        self._start: Any = start
        if not is_finite(start):
            self._start = _as_date(start)
            if sampling_rate is None:
                raise ValueError(
                    f"start={start!r} is a date, but the sampling rate is not known. Set the parameter sampling_rate."
                )

    def times(self, index):
        """Return the times of samples."""
        if isinstance(self._start, np.datetime64):
            return self._start + np.round(index * (NANOSECONDS / self._rate)).astype("timedelta64[ns]")
        return self._start + (index if self._rate is None else index / self._rate)

    def seconds(self, n_samples):
        """Return the duration of some samples; None if the sampling rate is not known."""
        return None if self._rate is None else n_samples / self._rate


def _as_date(start):
    try:
        date = np.datetime64(start, "ns")
    except (TypeError, ValueError):
        date = np.datetime64("NaT")
    if np.isnat(date):
        raise ValueError(f"start={start!r}: expected a number or a date, such as a datetime64.")
    return date
