"""Peak memory of fit and transform for one large signal of each family.

``python benchmarks/memory.py`` prints the table and writes it to ``benchmarks/results/memory.json``; ``--quick`` uses
smaller signals and writes nothing. Each row is measured in a new process, limited to 8 GB, with one thread. Numbers
include the interpreter and the libraries, which the first row shows.
"""

import argparse
import resource
import time

import numpy as np
from _process import in_new_process, memory
from _report import SEED, report_table

import skscat

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
