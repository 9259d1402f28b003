"""Two Dask workers against two threads: images of 32 x 32 from one Zarr array to another, and to their moments.

``python benchmarks/cluster.py`` prints the table and writes it to ``benchmarks/results/cluster.json``; ``--quick``
uses few images and writes nothing. It needs the extra ``distributed``. Workers have one thread each. Runs alternate,
and the table shows the best of several rounds. Starting the workers is not included. CPU times are those of all
processes.
"""

import argparse
import os
import time
from contextlib import contextmanager
from functools import partial
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

import dask
import dask.array as da
import joblib
import numpy as np
import zarr
from _report import SEED, report_table
from dask.distributed import Client, LocalCluster
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import gen_batches

from skscat import Scattering2D
from skscat.dask import fit_moments, transform_lazily
from skscat.moments import ScatteringMoments

# Memory that is freed stays with the process.
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": 2**27, "MALLOC_MMAP_THRESHOLD_": 2**25}
# Chunks of a single signal, with which the work of the scheduler is measured.
N_EMPTY = 1000
# What the estimate is for.
N_MACHINES, N_CORES, N_IMAGES, CHUNK = 100, 16, 10**9, 20_000
COLUMNS = (
    "Task",
    "Computed by",
    "Time (s)",
    "Time / time of threads",
    "CPU time (s)",
    "CPU time / CPU time of threads",
    "Equal",
)


class Images:
    """Images in a Zarr array, and what is computed from them."""

    def __init__(self, folder, n, chunk):
        self.folder, self.chunk = Path(folder), chunk
        self.x = self.create("x", n, (32, 32))
        rng = np.random.default_rng(SEED)
        for rows in gen_batches(n, chunk):
            self.x[rows] = rng.standard_normal((rows.stop - rows.start, 32, 32), dtype=np.float32)
        self.scattering = Scattering2D(J=3).fit(self.x[:1])
        self.moments = ScatteringMoments(Scattering2D(J=3), powers=(1, 2))
        self.plan = ScatteringMoments(Scattering2D(J=3), powers=(1, 2)).fit(self.x[:1]).plan_
        self.n_features = len(self.scattering.get_feature_names_out())

    def create(self, name, n, shape):
        """Create an array that is not compressed, since noise cannot be."""
        return zarr.create_array(
            self.folder / name,
            shape=(n, *shape),
            chunks=(self.chunk, *shape),
            dtype="f4",
            compressors=None,
            overwrite=True,
        )

    def lazy(self):
        """Return the images as a Dask array."""
        return da.from_zarr(self.x)

    def scatter_with_threads(self):
        """From file to file."""
        S = self.create("threads", self.x.shape[0], (self.n_features,))
        for rows, block in self.scattering.set_params(n_jobs=2).transform_blocks(self.x, block_size=self.chunk):
            S[rows] = block
        self.scattering.set_params(n_jobs=None)

    def scatter_with_workers(self):
        """From file to file."""
        transform_lazily(self.scattering, self.lazy()).to_zarr(self.create("S", self.x.shape[0], (self.n_features,)))

    def scatter_with_joblib(self):
        """From file to file, through the memory of this process."""
        S = self.create("S", self.x.shape[0], (self.n_features,))
        with joblib.parallel_config(backend="dask"):
            for rows, block in self.scattering.transform_blocks(self.x, block_size=8 * self.chunk):
                S[rows] = block

    def features_are_equal(self):
        """Compare the features of the last run with those of the threads, to the bit."""
        a, b = (zarr.open_array(self.folder / name) for name in ("threads", "S"))
        return all(np.array_equal(a[rows], b[rows]) for rows in gen_batches(a.shape[0], self.chunk))

    def moments_with_threads(self):
        """From file to moments."""
        self.expected = ScatteringMoments(Scattering2D(J=3, n_jobs=2), powers=(1, 2))
        for rows in gen_batches(self.x.shape[0], self.chunk):
            self.expected.partial_fit(self.x[rows])

    def moments_with_workers(self):
        """From file to moments."""
        self.found = fit_moments(self.moments, self.lazy())

    def moments_are_equal(self):
        """Compare the moments of the last run with those of the threads, to the bit."""
        names = ("mean_", "standard_error_")
        return all(np.array_equal(getattr(self.expected, name), getattr(self.found, name)) for name in names)


@contextmanager
def workers(environment):
    """Start two workers with one thread each; yield a client."""
    variables = {f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in environment.items()}
    with (
        dask.config.set(variables),
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        client.run(__import__, "skscat")
        yield client


def cpu_time():
    """CPU time of this process, in seconds."""
    return sum(os.times()[:2])


def measure(run, client=None):
    """Return the wall and CPU time of a run, workers included."""
    total = lambda: cpu_time() + sum(client.run(cpu_time).values() if client else ())  # noqa: E731
    before, start = total(), time.perf_counter()
    run()
    wall = time.perf_counter() - start
    return wall, total() - before


def with_workers(run, environment=KEEP_MEMORY):
    """Measure a run on a cluster of its own: workers take some time even when they are idle."""
    with workers(environment) as client:
        return measure(run, client)


def best_times(images, rounds):
    """Run everything alternately; return the best wall and CPU time and whether results are equal, by name."""
    features, moments = images.features_are_equal, images.moments_are_equal
    runs = {
        ("features", "two threads"): (partial(measure, images.scatter_with_threads), None),
        ("features", "two Dask workers"): (partial(with_workers, images.scatter_with_workers), features),
        ("features", "the same, memory settings of Dask"): (
            partial(with_workers, images.scatter_with_workers, {}),
            features,
        ),
        ("features", "two Dask workers through joblib"): (partial(with_workers, images.scatter_with_joblib), features),
        ("moments", "two threads"): (partial(measure, images.moments_with_threads), None),
        ("moments", "two Dask workers"): (partial(with_workers, images.moments_with_workers), moments),
    }
    best, equal = dict.fromkeys(runs, (inf, inf)), dict.fromkeys(runs, True)
    for _ in range(rounds):
        for name, (run, is_equal) in runs.items():
            wall, cpu = run()
            best[name] = tuple(map(min, best[name], (wall, cpu)))
            equal[name] &= is_equal is None or is_equal()
            print(f"  {', '.join(name)}: {wall:.1f} s, CPU {cpu:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    return best, equal


def scheduler_time(folder, n_empty):
    """CPU time of client and scheduler per task, without other work."""
    x = zarr.create_array(Path(folder, "empty"), shape=(n_empty, 4), chunks=(1, 4), dtype="f4")
    identity = FunctionTransformer().fit(np.zeros((1, 4)))
    written = transform_lazily(identity, da.from_zarr(x)).to_zarr(Path(folder, "copy").as_posix(), compute=False)
    (optimized,) = dask.optimize(written)
    times = []
    with workers(KEEP_MEMORY) as client:
        for _ in range(3):
            before = cpu_time()
            client.compute(written).result()
            times.append(cpu_time() - before)
    return min(times) / len(dict(optimized.__dask_graph__()))


def estimate(cpu_per_image, n_tasks, task_time, bytes_in, bytes_out, bytes_kept):
    """Estimate the work of a cluster: the cells of one column of the table."""
    n_chunks, seconds = N_IMAGES / CHUNK, N_IMAGES * cpu_per_image / (N_MACHINES * N_CORES)
    return [
        1e3 * cpu_per_image,
        seconds / 60,
        N_IMAGES * bytes_in / 1e12,
        N_IMAGES * bytes_in / seconds / 1e9,
        n_chunks * bytes_kept / 1e12,
        n_chunks * bytes_kept / seconds / 1e9,
        int(n_chunks * n_tasks),
        n_chunks * n_tasks / seconds,
        100 * n_chunks * n_tasks * task_time / seconds,
        N_CORES * CHUNK * (bytes_in + bytes_out) / 1e9,
    ]


def estimates(images, best, task_time):
    """Return the rows of the estimate, from CPU times measured here."""
    n, n_paths = images.x.shape[0], len(images.plan.paths) * len(images.plan.powers)
    features, moments = (best[task, "two Dask workers"][1] / n for task in ("features", "moments"))
    of_features, of_moments = 4 * images.n_features, 4 * n_paths
    # Reading, transform and writing; reading and sums, three numbers in double precision per moment.
    columns = (
        estimate(features, 3, task_time, 4 * 32**2, of_features, CHUNK * of_features),
        estimate(moments, 2, task_time, 4 * 32**2, of_moments, 3 * 8 * n_paths),
    )
    quantities = (
        "CPU time per image (ms)",
        "Time (minutes)",
        "Read (TB)",
        "Read per second (GB)",
        "Written, or sent as sums (TB)",
        "Written, or sent, per second (GB)",
        "Tasks",
        "Tasks per second",
        "Load of the scheduler (% of a core)",
        "Chunks in the memory of a machine, in and out (GB)",
    )
    return [list(row) for row in zip(quantities, *columns, strict=True)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few images")
    parser.add_argument("--n-images", type=int, default=100_000)
    parser.add_argument("--chunk", type=int, default=1000, help="images per chunk")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    start = time.perf_counter()
    n, chunk, rounds = (400, 100, 1) if args.quick else (args.n_images, args.chunk, args.rounds)
    n_empty = 50 if args.quick else N_EMPTY
    with TemporaryDirectory() as folder:
        images, task_time = Images(folder, n, chunk), scheduler_time(folder, n_empty)
        best, equal = best_times(images, rounds)
    rows = []
    for (task, by), times in best.items():
        wall, cpu = (time / base for time, base in zip(times, best[task, "two threads"], strict=True))
        rows.append([task, by, times[0], wall, times[1], cpu, "to the bit" if equal[task, by] else "no"])
    report_table(
        "cluster",
        task=f"{n:,} images of 32 x 32, J=3, in chunks of {chunk:,}, from a Zarr array to another, and to moments",
        columns=COLUMNS,
        rows=rows,
        start=start,
        args=args,
    )
    report_table(
        "cluster_estimate",
        task=f"Estimate for {N_IMAGES:,} images of 32 x 32, J=3, in chunks of {CHUNK:,}, on {N_MACHINES} machines "
        f"with {N_CORES} cores, from the CPU times above and {1e3 * task_time:.2g} ms of the scheduler per task",
        columns=("Quantity", "Features to a Zarr array", "Moments"),
        rows=estimates(images, best, task_time),
        start=start,
        args=args,
    )


if __name__ == "__main__":
    main()
