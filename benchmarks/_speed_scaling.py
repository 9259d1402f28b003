"""Scaling of time and memory with the size of the data, and speedup with two threads."""

import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from _process import in_new_process, memory
from _report import SEED
from _speed_peer import peer_runner
from _speed_times import milliseconds, once, race, recorded_calls, replay, rounded
from _speed_transforms import WORKLOADS
from sklearn.utils import gen_batches

from skscat import Scattering1D, Scattering2D

# Memory limit of a process that transforms more data than this.
STREAM_BYTES = 10**9


def scaling(name, args):
    """Scaling of time and memory with the number of images, and of time with the length of signals."""
    for n in (100, 1000, 10_000) if args.quick else (100, 1000, 10_000, 100_000):
        yield in_new_process(scatter_images, n)
    yield in_new_process(stream_images, 10_000 if args.quick else 1_000_000)
    first = None
    for log2_length in range(12, 17 if args.quick else 21, 2):
        row = scatter_length(2**log2_length)
        first = first or row["cpu_ns_per_sample"] / log2_length
        yield row | {"over_n_log_n": rounded(row["cpu_ns_per_sample"] / log2_length / first)}


def scatter_images(n):
    """Transform n images with two threads; return times per image, and the memory in addition to input and output."""
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
    """Transform n images from one memory map to another in a process limited to STREAM_BYTES of memory."""
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
        "workload": f"{n:,} x 32 x 32 from disk to disk, at most {STREAM_BYTES / 1e9:g} GB of memory",
        "wall_us_per_image": rounded(1e6 * wall / n),
        "cpu_us_per_image": rounded(1e6 * cpu / n),
        "input_and_output_mb": rounded((x.nbytes + s.nbytes) / 1e6),
        "more_memory_mb": rounded(max(held) / 1e6),
    }


def scatter_length(length):
    """Transform 2**20 samples in periodic signals of a given length, which need no padding."""
    x = np.random.default_rng(SEED).standard_normal((2**20 // length, length), dtype=np.float32)
    scattering = Scattering1D(J=8, Q=8, padding="wrap").fit(x[:1])
    cpu, _ = race({"": lambda: scattering.transform(x)}, 3)[""]
    return {
        "workload": f"{len(x):,} x {length:,}, J=8, Q=8, periodic",
        "cpu_ns_per_sample": rounded(1e9 * cpu / x.size),
    }


def threads(name, args):
    """Wall times with one and two threads, also of the Fourier transforms alone."""
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
