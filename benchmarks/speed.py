"""Speed, accuracy and memory, beside Kymatio's on the same CPU.

``python benchmarks/speed.py`` prints every table; ``--only 2d threads`` some of them, ``--quick`` a short version, and
``--json FILE`` writes the rows. It needs the extra ``bench``: ``pip install -e ".[bench]"``.

* Both sides take the same float32 signals, in turns in one process with one thread a side, best of several rounds.
  Times are CPU times; wall times stand in the file. ``ratio`` compares with the faster of Kymatio's two CPU backends.
* Errors are relative, in l2, of the worst order, against the transform in float64 without subsampling by the same
  filters on the same padded grid: a side is charged for its shortcuts, not for its padding. What padding costs shows
  in ``border_error``: the same against ample padding.
* The floor is the time of the bare Fourier transforms in ours: its calls of ``scipy.fft`` are recorded, then made
  again on arrays of the same sizes. ``over_floor`` is ours divided by it.
"""

import argparse
import json
import os
import platform
import resource
import shlex
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from math import inf
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import scipy.fft
import scipy.special
from sklearn.utils import gen_batches
from threadpoolctl import threadpool_limits

import skscat
from skscat import (
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
    plan_scattering1d,
    plan_scattering2d,
)

ESTIMATORS = {1: Scattering1D, 2: Scattering2D}
SEED = 0
# Enough to make any coarse grid as fine as that of the signal.
NO_SUBSAMPLING = 20
# Signals whose errors are measured.
N_CHECKED = 4
OVERSAMPLINGS = (0, 1, 2)
FRONTENDS = ("numpy", "torch")
# What a process may hold that transforms more data than that.
STREAM_BYTES = 10**9


@dataclass
class Workload:
    """Signals, and what both sides make of them.

    ``peer_shape`` is the shape that Kymatio is told; images larger than that are padded already.
    """

    name: str
    shape: tuple
    J: int
    peer_shape: tuple
    Q: int | None = None
    border: bool = False

    @property
    def ndim(self):
        """Axes of a signal."""
        return len(self.shape) - 1

    @property
    def padded(self):
        """Whether signals come with their padding, so that both sides take them for periodic."""
        return self.shape[1:] != self.peer_shape

    @property
    def parameters(self):
        """Return our parameters that give the peer's filters."""
        parameters = {"J": self.J, "normalize": "l1", "padding": "periodic" if self.padded else "reflect"}
        return parameters | ({"Q": self.Q} if self.ndim == 1 else {"L": 8})

    def signals(self):
        """White noise: the hardest for a side that leaves out high frequencies."""
        return np.random.default_rng(SEED).standard_normal(self.shape, dtype=np.float32)

    def ours(self, **parameters):
        """Return our estimator, fitted."""
        estimator = ESTIMATORS[self.ndim](**self.parameters | parameters)
        return estimator.fit(np.zeros((1, *self.shape[1:]), np.float32))

    def peer(self, frontend):
        """Return Kymatio's transform."""
        return peer(self.ndim, frontend, self.J, self.peer_shape, Q=self.Q, pre_pad=self.padded)


WORKLOADS = {
    "1d": [
        Workload("8 x 65,536, J=10, Q=8", (8, 65536), 10, (65536,), Q=8),
        Workload("64 x 8,192, J=8, Q=8", (64, 8192), 8, (8192,), Q=8),
        Workload("64 x 8,192, J=8, Q=1", (64, 8192), 8, (8192,), Q=1),
    ],
    "2d": [
        Workload("128 x 48 x 48 padded, J=3", (128, 48, 48), 3, (32, 32)),
        Workload("8 x 288 x 288 padded, J=4", (8, 288, 288), 4, (256, 256)),
        Workload("128 x 32 x 32, J=3", (128, 32, 32), 3, (32, 32), border=True),
    ],
}


# ---------------------------------------------------------------------------------------------------------------
# The peer


def peer(ndim, frontend, J, shape, Q=None, pre_pad=False):
    """Build Kymatio's transform; ``frontend`` is "numpy" or "torch"."""
    if not hasattr(scipy.special, "sph_harm"):
        # Removed in SciPy 1.17; the peer's import asks for it.
        scipy.special.sph_harm = lambda m, n, theta, phi: scipy.special.sph_harm_y(n, m, phi, theta)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import kymatio

        if ndim == 1:
            return corrected(kymatio.Scattering1D(J, shape[0], Q, frontend=frontend))
        return kymatio.Scattering2D(J, shape, L=8, pre_pad=pre_pad, frontend=frontend)


def corrected(transform):
    """Scale the filters of version 0.3.0 that act on subsampled signals in 1-D.

    There they are means over aliases where they should be sums, which later versions put right: as they are, the
    amplitude of a coefficient depends on the subsampling of its path. It costs no time.
    """
    for bank in (*transform.psi2_f, transform.phi_f):
        for k, level in enumerate(bank["levels"]):
            level *= 2**k
    return transform


def peer_runner(transform, frontend, x):
    """Return a function that runs the peer and returns an array."""
    if frontend == "numpy":
        return lambda: transform.scattering(x)
    import torch

    tensor = torch.from_numpy(x)

    def run():
        with torch.no_grad():
            return transform.scattering(tensor).numpy()

    return run


def pad_as_peer(x, transform, ndim):
    """Mirror signals as the peer does: without the samples at the ends, to the length that it chose."""
    if ndim == 1:
        return np.pad(x, ((0, 0), (transform.pad_left, transform.pad_right)), mode="reflect")
    padded = (transform._M_padded, transform._N_padded)
    widths = [((m - n) // 2, (m - n + 1) // 2) for m, n in zip(padded, x.shape[1:], strict=True)]
    return np.pad(x, ((0, 0), *widths), mode="reflect")


def cut_as_peer(s, transform, ndim):
    """Keep the outputs of a periodic transform that the peer keeps."""
    if ndim == 1:
        return s[..., transform.ind_start[transform.log2_T] : transform.ind_end[transform.log2_T]]
    return s[..., 1:-1, 1:-1]


# ---------------------------------------------------------------------------------------------------------------
# Errors


def coefficients(estimator, x):
    """Coefficients of shape (n, n_paths, *places)."""
    return estimator.transform(x).reshape(len(x), *estimator.output_shape_)


def unsubsampled(workload, x, **parameters):
    """Coefficients in float64 without subsampling, and the order of each path."""
    parameters = workload.parameters | {"oversampling": NO_SUBSAMPLING} | parameters
    estimator = ESTIMATORS[workload.ndim](**parameters).fit(x[:1])
    return coefficients(estimator, x.astype(float)), estimator.paths_["order"]


def worst_error(s, reference, orders):
    """Largest relative l2 error of an order."""
    assert s.shape == reference.shape, (s.shape, reference.shape)
    norms = [
        (np.linalg.norm((s - reference)[:, orders == m]), np.linalg.norm(reference[:, orders == m])) for m in {*orders}
    ]
    return max(float(error / norm) for error, norm in norms)


def peer_reference(workload, transform, x):
    """Return what the peer would compute without subsampling, on its own padded grid."""
    s, orders = unsubsampled(workload, pad_as_peer(x, transform, workload.ndim), padding="periodic")
    return cut_as_peer(s, transform, workload.ndim), orders


def amply_padded(workload, x, mode):
    """Coefficients without subsampling of images that were mirrored far beyond their borders."""
    stride, n = 2**workload.J, x.shape[-1]
    margin = 8 * stride
    widths = ((0, 0), *[(margin, margin)] * workload.ndim)
    s, orders = unsubsampled(workload, np.pad(x, widths, mode=mode), padding="periodic")
    inside = slice(margin // stride, margin // stride + n // stride)
    return s[(..., *[inside] * workload.ndim)], orders


# ---------------------------------------------------------------------------------------------------------------
# Times


def once(run):
    """CPU and wall time of one call, in seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    return time.process_time() - cpu, time.perf_counter() - wall


def race(runners, seconds):
    """Run functions in turns, three rounds or more; return the best CPU and wall time of each, in seconds."""
    best = dict.fromkeys(runners, (inf, inf))
    start, rounds = time.perf_counter(), 0
    while rounds < 3 or (rounds < 20 and time.perf_counter() - start < seconds):
        for name, run in runners.items():
            best[name] = tuple(map(min, best[name], once(run)))
        rounds += 1
    return best


class FFTRecorder:
    """A backend of scipy.fft that notes every call and leaves the work to SciPy."""

    __ua_domain__ = "numpy.scipy.fft"

    def __init__(self):
        self.calls = []

    def __ua_function__(self, method, args, kwargs):
        x, *rest = args
        self.calls.append((method, x.shape, x.dtype, tuple(rest), kwargs))
        with scipy.fft.set_backend("scipy", only=True):
            return method(*args, **kwargs)


def recorded_calls(estimator, x):
    """Return the calls of scipy.fft that a transform makes, in their order."""
    recorder = FFTRecorder()
    with scipy.fft.set_backend(recorder):
        estimator.transform(x)
    return recorder.calls


def replay(calls):
    """Return a function that makes recorded calls again, on arrays of its own."""
    # Zeros stay zeros whatever is done in place; written one by one, they are memory and not a promise of it.
    arrays = {(shape, dtype): np.full(shape, 0, dtype) for _, shape, dtype, _, _ in calls}

    def run():
        for method, shape, dtype, rest, kwargs in calls:
            method(arrays[shape, dtype], *rest, **kwargs)

    return run


# ---------------------------------------------------------------------------------------------------------------
# Tables: each yields rows


def milliseconds(seconds):
    """Milliseconds with four digits."""
    return rounded(1e3 * seconds)


def rounded(value):
    """Four digits."""
    return float(f"{value:.4g}")


def transforms(name, args):
    """Times and errors of transforms."""
    for workload in WORKLOADS[name]:
        x = workload.signals()
        ours = {k: workload.ours(oversampling=k) for k in OVERSAMPLINGS}
        peers = {frontend: workload.peer(frontend) for frontend in FRONTENDS}
        times = race(transform_runners(ours, peers, x), 0 if args.quick else 30)
        errors = measure_errors(workload, ours, peers, x[:N_CHECKED])
        for k in ours:
            yield transform_row(workload, k, times, errors)


def transform_runners(ours, peers, x):
    runners = {frontend: peer_runner(transform, frontend, x) for frontend, transform in peers.items()}
    for k, estimator in ours.items():
        runners[f"ours {k}"] = partial(estimator.transform, x)
        runners[f"floor {k}"] = replay(recorded_calls(estimator, x))
    return runners


def transform_row(workload, k, times, errors):
    best = min(FRONTENDS, key=lambda frontend: times[frontend][0])
    sides = {"ours": f"ours {k}", "numpy": "numpy", "torch": "torch", "floor": f"floor {k}"}
    row = {"workload": workload.name, "oversampling": k}
    row |= {f"{side}_ms": milliseconds(times[name][0]) for side, name in sides.items()}
    row["ratio"] = rounded(times[best][0] / times[f"ours {k}"][0])
    row["over_floor"] = rounded(times[f"ours {k}"][0] / times[f"floor {k}"][0])
    row |= {"error": errors[f"ours {k}"], "peer_error": errors[best]}
    if workload.border:
        row |= {"border_error": errors[f"border {k}"], "peer_border_error": errors[f"border {best}"]}
    row |= {f"{side}_wall_ms": milliseconds(times[name][1]) for side, name in sides.items()}
    return row


def measure_errors(workload, ours, peers, x):
    """Errors of all sides, and those made at borders."""
    reference, orders = unsubsampled(workload, x)
    ample = amply_padded(workload, x, "symmetric")[0] if workload.border else None
    errors = {}
    for k, estimator in ours.items():
        s = coefficients(estimator, x)
        errors[f"ours {k}"] = rounded(worst_error(s, reference, orders))
        if workload.border:
            errors[f"border {k}"] = rounded(worst_error(s, ample, orders))
    return errors | measure_peer_errors(workload, peers, x, reference, orders)


def measure_peer_errors(workload, peers, x, reference, orders):
    transform = peers["numpy"]
    if workload.padded:
        reference = cut_as_peer(reference, transform, workload.ndim)
    else:
        reference, orders = peer_reference(workload, transform, x)
    ample = amply_padded(workload, x, "reflect")[0] if workload.border else None
    errors = {}
    for frontend, transform in peers.items():
        s = peer_runner(transform, frontend, x)()
        errors[frontend] = rounded(worst_error(s, reference, orders))
        if workload.border:
            errors[f"border {frontend}"] = rounded(worst_error(s, ample, orders))
    return errors


# Name, our plan and its arguments, the peer's arguments.
BANKS = [
    ("256 x 256, J=5, L=8", partial(plan_scattering2d, (256, 256), J=5), {"ndim": 2, "J": 5, "shape": (256, 256)}),
    (
        "65,536, J=10, Q=8",
        partial(plan_scattering1d, 65536, J=10, Q=8),
        {"ndim": 1, "J": 10, "shape": (65536,), "Q": 8},
    ),
]


def construction(name, args):
    """Times to build filter banks; ours once more with the order of the work, which the first transform settles."""
    for workload, plan, arguments in BANKS:
        ndim = arguments["ndim"]
        peer(ndim=ndim, frontend="numpy", J=2, shape=(32,) * ndim, Q=1)
        if args.quick:
            workload, arguments = f"{workload}; the peer's: 64, J=3", arguments | {"J": 3, "shape": (64,) * ndim}
        yield bank_row(workload, partial(plan, normalize="l1"), arguments)


def bank_row(workload, plan, arguments):
    ours = race({"plan": plan, "schedule": lambda: plan().schedule(np.float32)}, 5)
    theirs = {frontend: once(partial(peer, frontend=frontend, **arguments))[0] for frontend in FRONTENDS}
    return {
        "workload": workload,
        "ours_ms": milliseconds(ours["plan"][0]),
        "ours_with_schedule_ms": milliseconds(ours["schedule"][0]),
        **{f"{frontend}_ms": milliseconds(seconds) for frontend, seconds in theirs.items()},
        "ratio": rounded(min(theirs.values()) / ours["plan"][0]),
    }


GLOBAL = {"average": "global", "average_frequency": "global"}
# Name, shape of the signals, plain estimator, joint estimator.
JOINT = [
    ("time-frequency", (4, 8192), Scattering1D(J=8, Q=8), TimeFrequencyScattering(J=8, Q=8, J_fr=3)),
    ("time-frequency, global", (4, 8192), Scattering1D(J=8, Q=8), TimeFrequencyScattering(J=8, Q=8, J_fr=3, **GLOBAL)),
    ("spiral", (4, 8192), Scattering1D(J=8, Q=8), SpiralScattering(J=8, Q=8, J_fr=3)),
    ("rigid motions", (8, 128, 128), Scattering2D(J=4), RotoTranslationScattering2D(J=4)),
]


def joint(name, args):
    """Times of joint scattering beside those of plain scattering with the same first layer, and beside the floor."""
    for workload, shape, plain, estimator in JOINT:
        x = np.random.default_rng(SEED).standard_normal(shape, dtype=np.float32)
        estimator.fit(x)
        runners = {
            "joint": partial(estimator.transform, x),
            "plain": partial(plain.fit(x).transform, x),
            "floor": replay(recorded_calls(estimator, x)),
        }
        times = {side: cpu for side, (cpu, _) in race(runners, 0 if args.quick else 10).items()}
        yield {
            "workload": f"{workload}, {' x '.join(f'{n:,}' for n in shape)}",
            "n_paths": len(estimator.paths_),
            **{f"{side}_ms": milliseconds(seconds) for side, seconds in times.items()},
            "over_floor": rounded(times["joint"] / times["floor"]),
            "over_plain": rounded(times["joint"] / times["plain"]),
        }


def scaling(name, args):
    """Time and memory as work grows: the number of images, then the length of signals."""
    for n in (100, 1000, 10_000) if args.quick else (100, 1000, 10_000, 100_000):
        # A fresh process each, whose peak is that of one transform.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            yield pool.submit(scatter_images, n).result()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool.submit(stream_images, 10_000 if args.quick else 1_000_000).result()
    first = None
    for log2_length in range(12, 17 if args.quick else 21, 2):
        row = scatter_length(2**log2_length)
        first = first or row["cpu_ns_per_sample"] / log2_length
        yield row | {"over_n_log_n": rounded(row["cpu_ns_per_sample"] / log2_length / first)}


def scatter_images(n):
    """Transform n images with two threads; return times per image, and memory beyond that of input and output."""
    scattering = Scattering2D(J=3, average="global", n_jobs=2).fit(np.zeros((1, 32, 32), np.float32))
    scattering.transform(np.zeros((64, 32, 32), np.float32))
    before = memory("VmRSS")
    x = np.random.default_rng(SEED).standard_normal((n, 32, 32), dtype=np.float32)
    run = partial(scattering.transform, x)
    cpu, wall = once(run) if n > 1000 else race({"": run}, 2)[""]
    both = x.nbytes + n * len(scattering.paths_) * x.itemsize
    return {
        "workload": f"{n:,} x 32 x 32, J=3, global average, n_jobs=2",
        "wall_us_per_image": rounded(1e6 * wall / n),
        "cpu_us_per_image": rounded(1e6 * cpu / n),
        "input_and_output_mb": rounded(both / 1e6),
        "more_memory_mb": rounded(max(0, memory("VmHWM") - before - both) / 1e6),
    }


def stream_images(n):
    """Transform n images from one memory map to another in a process that may not hold more than STREAM_BYTES."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (STREAM_BYTES, STREAM_BYTES))
    scattering = Scattering2D(J=3, average="global", n_jobs=2).fit(np.zeros((1, 32, 32), np.float32))
    rng = np.random.default_rng(SEED)
    with TemporaryDirectory() as folder:
        x = np.lib.format.open_memmap(Path(folder, "x.npy"), "w+", np.float32, (n, 32, 32))
        s = np.lib.format.open_memmap(Path(folder, "s.npy"), "w+", np.float32, (n, len(scattering.paths_)))
        for rows in gen_batches(n, 10_000):
            x[rows] = rng.standard_normal(x[rows].shape, dtype=np.float32)
        held = []

        def run():
            for rows, features in scattering.transform_blocks(x):
                s[rows] = features
                held.append(memory("RssAnon"))

        cpu, wall = once(run)
    return {
        "workload": f"{n:,} x 32 x 32 from disk to disk, {STREAM_BYTES / 1e9:g} GB of memory at most",
        "wall_us_per_image": rounded(1e6 * wall / n),
        "cpu_us_per_image": rounded(1e6 * cpu / n),
        "input_and_output_mb": rounded((x.nbytes + s.nbytes) / 1e6),
        "more_memory_mb": rounded(max(held) / 1e6),
    }


def memory(field):
    """Resident memory now (VmRSS; RssAnon without mapped files) or at its peak (VmHWM), in bytes.

    On Linux, ru_maxrss of a process counts what its parent held when it started; this does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return next(1024 * int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(field))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def scatter_length(length):
    """Transform 2**20 samples in signals of a given length, periodic ones, so that padding does not count."""
    x = np.random.default_rng(SEED).standard_normal((2**20 // length, length), dtype=np.float32)
    scattering = Scattering1D(J=8, Q=8, padding="periodic").fit(x[:1])
    cpu, _ = race({"": lambda: scattering.transform(x)}, 3)[""]
    return {
        "workload": f"{len(x):,} x {length:,}, J=8, Q=8, periodic",
        "cpu_ns_per_sample": rounded(1e9 * cpu / x.size),
    }


def threads(name, args):
    """Wall times with two threads beside those with one, and the same for bare Fourier transforms."""
    for workload in (WORKLOADS["2d"][0], WORKLOADS["1d"][1]):
        with ThreadPoolExecutor(2) as pool:
            times = race(thread_runners(workload, pool), 0 if args.quick else 30)
        row = {"workload": workload.name}
        for side in ("ours", "torch", "floor"):
            one, two = (times[f"{side} {n}"][1] for n in (1, 2))
            row |= {f"{side}_1_wall_ms": milliseconds(one), f"{side}_2_wall_ms": milliseconds(two)}
            row[f"{side}_speedup"] = rounded(one / two)
        yield row


def thread_runners(workload, pool):
    x = workload.signals()
    run_peer = peer_runner(workload.peer("torch"), "torch", x)
    calls = recorded_calls(workload.ours(), x)
    halves = [replay(calls[: len(calls) // 2]), replay(calls[len(calls) // 2 :])]
    runners = {"floor 1": replay(calls), "floor 2": lambda: list(pool.map(lambda run: run(), halves))}
    for n in (1, 2):
        runners[f"ours {n}"] = partial(workload.ours(n_jobs=n).transform, x)
        runners[f"torch {n}"] = partial(with_torch_threads, n, run_peer)
    return runners


def with_torch_threads(n, run):
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(n)
    run()
    torch.set_num_threads(before)


TABLES = {
    "1d": transforms,
    "2d": transforms,
    "joint": joint,
    "construction": construction,
    "scaling": scaling,
    "threads": threads,
}


# ---------------------------------------------------------------------------------------------------------------
# Report


def show(row, header):
    """Print a row of numbers under their names, which are printed where they differ from the last ones."""
    keys = [key for key in row if (key != "workload" and not key.endswith("_wall_ms")) or key[-9:-8].isdigit()]
    if keys != header:
        print("\n" + " ".join([f"{'':44s}", *(f"{key.removesuffix('_wall_ms'):>10s}" for key in keys)]))
    cells = [f"{row[key]:>{max(10, len(key.removesuffix('_wall_ms')))}.4g}" for key in keys]
    print(" ".join([f"{row['workload']:44s}", *cells]), flush=True)
    return keys


def machine():
    """Describe the machine and what runs on it."""
    info = Path("/proc/cpuinfo")
    models = (
        [line.split(": ")[1] for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    packages = ("numpy", "scipy", "scikit-learn", "joblib", "kymatio", "torch")
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "versions": {
            "python": platform.python_version(),
            "skscat": skscat.__version__,
            **{name: version(name) for name in packages},
        },
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=TABLES, default=list(TABLES), help="tables to make")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to a file")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller tables")
    args = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    tables, header = {}, None
    with threadpool_limits(1):
        for name in args.only:
            print(f"\n{name}: {TABLES[name].__doc__}")
            tables[name] = []
            for row in TABLES[name](name, args):
                header = show(row, header)
                tables[name].append(row)
    if args.json:
        command = shlex.join(["python", "benchmarks/speed.py", *sys.argv[1:]])
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps({"command": command, "machine": machine(), "tables": tables}, indent=2) + "\n")


if __name__ == "__main__":
    main()
