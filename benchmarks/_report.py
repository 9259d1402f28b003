"""Printing and writing of results, shared by all experiments."""

import json
import os
import platform
import shlex
import sys
import time
from datetime import date
from inspect import signature
from pathlib import Path

import numpy as np
import scipy
import sklearn
from joblib import Memory
from sklearn.base import clone

import skscat

RESULTS = Path(__file__).parent / "results"
SEED = 0
# Options that do not change the result.
PLACE = ("--cache", "--data-home", "--n-jobs", "--output")


def report(name, *, task, metric, ours, published, start, args, baselines=(), ablations=(), **details):
    """Print a result with the published ones and, except in a quick run, write it to a file.

    ``ours`` is a list of dicts with keys ``value``, ``method`` and, optionally, ``deviation`` (standard deviation over
    splits); the method chosen before any test comes last. ``published`` is a list of dicts with keys ``value``,
    ``method`` and ``source``, and ``same_data: False`` if the published result uses different or more data.
    ``baselines`` are dicts as in ``ours``, for methods of others that were run here, and ``ablations`` for reduced
    methods: raw pixels, first-order scattering, shuffled pixels. ``start`` is the value of ``time.perf_counter()`` at
    the beginning of the experiment.
    """
    seconds = time.perf_counter() - start
    print(f"\n{task}: {metric}")
    for label, results in (("baseline", baselines), ("ablation", ablations), ("skscat", ours)):
        for result in results:
            deviation = f"+- {result['deviation']:.2g}" if "deviation" in result else ""
            print(f"  {label:10s} {result['value']:6.4g} {deviation:8s} {result['method']}".rstrip())
    for result in published:
        print(f"  {'published':10s} {result['value']:6.4g} {'':8s} {result['method']}, {result['source']}")
    result = {"task": task, "metric": metric, "ours": ours, "published": published}
    result |= {"baselines": list(baselines), "ablations": list(ablations)}
    write(name, result | details, seconds, args)


def report_table(name, *, task, columns, rows, start, args, **details):
    """Print a table of measurements and, except in a quick run, write it to a file.

    ``rows`` are lists with one string or number per column. Floats are rounded to three significant digits.
    """
    cells = [list(columns), *(texts(row) for row in rows)]
    rows = [[float(f"{cell:.3g}") if isinstance(cell, float) else cell for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{task}")
    for row in cells:
        print("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    write(name, {"task": task, "columns": columns, "rows": rows} | details, time.perf_counter() - start, args)


def texts(row):
    """Format the cells of a row, floats with three significant digits."""
    return [f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row]


def write(name, result, seconds, args):
    """Write a result, with the command, versions and machine that produced it."""
    print(f"  {seconds:.0f} s", flush=True)
    if args.quick:
        return
    stamp = {
        "command": command(sys.argv),
        "date": date.today().isoformat(),
        "seed": SEED,
        "seconds": round(seconds),
        "machine": {"platform": platform.platform(), "cpus": os.cpu_count()},
        "versions": {
            "python": platform.python_version(),
            **{module.__name__: module.__version__ for module in (skscat, np, scipy, sklearn)},
        },
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result | stamp, indent=2) + "\n")
    print(f"  written to {path}")


def command(arguments):
    """Format the command that reproduces a result, without the options in PLACE."""
    script, *arguments = arguments
    kept, arguments = [], iter(arguments)
    for argument in arguments:
        option, equals, _ = argument.partition("=")
        if option not in PLACE:
            kept.append(argument)
        elif not equals:
            next(arguments)
    return shlex.join(["python", f"benchmarks/{Path(script).name}", *kept])


def percent(part, whole):
    """Express a count in percent."""
    return round(100 * part / whole, 2)


def summary(method, values):
    """Mean and, if there are several values, standard deviation over splits or draws, as a result to report."""
    deviation = {"deviation": round(np.std(values), 2)} if len(values) > 1 else {}
    return {"method": method, "value": round(np.mean(values), 2)} | deviation


def shuffled(X, n_axes=1):
    """Apply the same random permutation to the pixels or samples of all of X, which are on the last axes."""
    flat = X.reshape(*X.shape[:-n_axes], -1)
    return flat[..., np.random.default_rng(SEED).permutation(flat.shape[-1])].reshape(X.shape)


def with_jobs(estimator, n_jobs):
    """Clone an estimator, and set its number of jobs, or that of what it wraps, if there is one."""
    names = [name for name in estimator.get_params() if name.rpartition("__")[2] == "n_jobs"]
    return clone(estimator).set_params(**dict.fromkeys(names, n_jobs))


def cached(function, args):
    """Cache the results of a function in files, regardless of its number of jobs.

    The cache does not detect changes of the library within a version: remove the folder after such a change.
    """
    ignored = [name for name in ("n_jobs",) if name in signature(function).parameters]
    return Memory(Path(args.cache) / skscat.__version__, verbose=0).cache(function, ignore=ignored)
