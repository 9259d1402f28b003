"""Times of functions run alternately, and of the Fourier transforms in them."""

import time
from math import inf

import numpy as np
import scipy.fft


def once(run):
    """CPU and wall time of one call, in seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    return time.process_time() - cpu, time.perf_counter() - wall


def race(runners, seconds):
    """Run functions alternately in at least three rounds; return the best CPU and wall time of each, in seconds."""
    best = dict.fromkeys(runners, (inf, inf))
    start, rounds = time.perf_counter(), 0
    while rounds < 3 or (rounds < 20 and time.perf_counter() - start < seconds):
        for name, run in runners.items():
            best[name] = tuple(map(min, best[name], once(run)))
        rounds += 1
    return best


class FFTRecorder:
    """A backend of scipy.fft that records all calls and delegates them to SciPy."""

    __ua_domain__ = "numpy.scipy.fft"

    def __init__(self):
        self.calls = []

    def __ua_function__(self, method, args, kwargs):
        x, *rest = args
        self.calls.append((method, x.shape, x.dtype, tuple(rest), kwargs))
        with scipy.fft.set_backend("scipy", only=True):
            return method(*args, **kwargs)


def recorded_calls(estimator, x):
    """Return the calls of scipy.fft in a transform, in order."""
    recorder = FFTRecorder()
    with scipy.fft.set_backend(recorder):
        estimator.transform(x)
    return recorder.calls


def replay(calls):
    """Return a function that replays recorded calls on its own arrays."""
    # Zeros remain zeros under in-place transforms. np.full allocates physical memory, unlike np.zeros.
    arrays = {(shape, dtype): np.full(shape, 0, dtype) for _, shape, dtype, _, _ in calls}

    def run():
        for method, shape, dtype, rest, kwargs in calls:
            method(arrays[shape, dtype], *rest, **kwargs)

    return run


def milliseconds(seconds):
    """Milliseconds, rounded to four significant digits."""
    return rounded(1e3 * seconds)


def rounded(value):
    """Round to four significant digits."""
    return float(f"{value:.4g}")
