"""Peak memory of fit and transform for one large signal of each family.

``python benchmarks/memory.py`` prints the table and writes it to ``benchmarks/results/memory.json``; ``--quick`` uses
smaller signals and writes nothing. Each row is measured in a new process, limited to 8 GB, with one thread. Numbers
include the interpreter and the libraries, which the first row shows. The last rows are for a thousand signals of
different lengths, whose plans are cached: the memory held is measured after they have been transformed.
"""

import argparse
import resource
import time

import numpy as np
from _process import in_new_process, memory
from _report import SEED, report_table

import skscat
from skscat.preprocessing import VariableSizeScattering

LIMIT_BYTES = 8 * 10**9
COLUMNS = ("Workload", "Signals (MB)", "Peak in fit (MB)", "Held after fit (MB)", "Peak in fit and transform (MB)")
# Estimator, its parameters, the shape of X, and that of a quick run.
WORKLOADS = {
    "time": ("Scattering1D", {"J": 10}, (1, 2**24), (1, 2**18)),
    "plane": ("Scattering2D", {"J": 5}, (1, 4096, 4096), (1, 512, 512)),
    "space": ("HarmonicScattering3D", {}, (1, 128, 128, 128), (1, 32, 32, 32)),
    "Haar": ("HaarScattering", {"n_layers": 5, "random_state": SEED}, (32, 10_000), (32, 1000)),
}


def row(name, parameters, shape):
    """Fit and transform white noise in single precision; return one row of the table."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    X = np.random.default_rng(SEED).standard_normal(shape, dtype=np.float32)
    scattering = getattr(skscat, name)(**parameters, n_jobs=1).fit(X)
    fit, held = memory("VmHWM"), memory("VmRSS")
    scattering.transform(X)
    listed = ", ".join(f"{key}={value}" for key, value in parameters.items() if key != "random_state")
    size = " x ".join(f"{n:,}" for n in (shape[1:] if shape[0] == 1 else shape))
    return [f"{name}({listed}), {size}", *map(megabytes, (X.nbytes, fit, held, memory("VmHWM")))]


# Transforms of signals of different lengths, and the numbers of signals, also of a quick run.
OF_LENGTHS = {
    "time, lengths": ("Scattering1D", {"J": 8, "Q": (8, 1)}, 1000, 20),
    "time and frequency, lengths": ("TimeFrequencyScattering", {"J": 8, "F": 4}, 1000, 20),
}


def row_of_lengths(name, parameters, n):
    """Transform white noise of n lengths, from 1,000 samples to n times 10 more; return one row of the table."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    rng = np.random.default_rng(SEED)
    X = [rng.standard_normal(1000 + 10 * k, dtype=np.float32) for k in range(n)]
    scattering = VariableSizeScattering(getattr(skscat, name)(**parameters, n_jobs=1)).fit(X)
    fit = memory("VmHWM")
    scattering.transform(X)
    plans = scattering._plans
    listed = ", ".join(f"{key}={value}" for key, value in parameters.items())
    title = f"{name}({listed}), {n:,} lengths from {len(X[0]):,} to {len(X[-1]):,}, {len(plans)} plans of "
    title += f"{megabytes(plans.n_bytes)} MB"
    size = sum(x.nbytes for x in X)
    return [title, *map(megabytes, (size, fit, memory("VmRSS"), memory("VmHWM")))]


def libraries():
    """Return the row of a process that only imports the package."""
    held = megabytes(memory("VmRSS"))
    return ["libraries only", 0, held, held, held]


def megabytes(n_bytes):
    """Convert bytes to whole megabytes."""
    return round(n_bytes / 1e6)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller signals")
    args = parser.parse_args()
    start, rows = time.perf_counter(), [in_new_process(libraries)]
    for name, parameters, shape, small in WORKLOADS.values():
        rows.append(in_new_process(row, name, parameters, small if args.quick else shape))
        print(f"  {rows[-1][0]}: {time.perf_counter() - start:.0f} s", flush=True)
    for name, parameters, n, few in OF_LENGTHS.values():
        rows.append(in_new_process(row_of_lengths, name, parameters, few if args.quick else n))
        print(f"  {rows[-1][0]}: {time.perf_counter() - start:.0f} s", flush=True)
    report_table(
        "memory",
        task="Peak memory of one process, one thread, float32",
        columns=COLUMNS,
        rows=rows,
        start=start,
        args=args,
    )


if __name__ == "__main__":
    main()
