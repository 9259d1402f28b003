"""What all experiments share: how a result is printed and written."""

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
# Options that change no result.
PLACE = ("--cache", "--data-home", "--n-jobs", "--output")


def report(name, *, task, metric, ours, published, start, args, rivals=(), ablations=(), **details):
    """Print a result beside the published ones, and write it to a file unless it is that of a quick run.

    ``ours`` is a list of dicts with keys ``value``, ``method`` and perhaps ``deviation`` (over splits): the method
    that was decided on before any test comes last; ``published`` is a list of dicts with keys ``value``, ``method``
    and ``source``, and ``same_data: False`` if the data were other or more; ``rivals``, dicts as in ``ours``, are
    methods of others that were run here; ``ablations``, dicts as in ``ours``, are what less than the method gives:
    raw pixels, order one, shuffled pixels; ``start`` is what ``time.perf_counter()`` was when the experiment began.
    """
    seconds = time.perf_counter() - start
    print(f"\n{task}: {metric}")
    for label, results in (("rival", rivals), ("ablation", ablations), ("skscat", ours)):
        for result in results:
            deviation = f"+- {result['deviation']:.2g}" if "deviation" in result else ""
            print(f"  {label:10s} {result['value']:6.4g} {deviation:8s} {result['method']}".rstrip())
    for result in published:
        print(f"  {'published':10s} {result['value']:6.4g} {'':8s} {result['method']}, {result['source']}")
    result = {"task": task, "metric": metric, "ours": ours, "published": published}
    result |= {"rivals": list(rivals), "ablations": list(ablations)}
    write(name, result | details, seconds, args)


def report_table(name, *, task, columns, rows, start, args, **details):
    """Print a table of what was measured, and write it to a file unless it is that of a quick run.

    ``rows`` are lists of texts and numbers, one for each of ``columns``; three digits of a float are kept.
    """
    cells = [list(columns), *(texts(row) for row in rows)]
    rows = [[float(f"{cell:.3g}") if isinstance(cell, float) else cell for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{task}")
    for row in cells:
        print("  " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    write(name, {"task": task, "columns": columns, "rows": rows} | details, time.perf_counter() - start, args)


def texts(row):
    """Write cells of a table, floats with three digits."""
    return [f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row]


def write(name, result, seconds, args):
    """Write a result, with what made it."""
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
    """Write the command that repeats a result, without what only says where it ran."""
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
    """Mean over splits or draws, and deviation if there are several, as a result to be reported."""
    deviation = {"deviation": round(np.std(values), 2)} if len(values) > 1 else {}
    return {"method": method, "value": round(np.mean(values), 2)} | deviation


def shuffled(X, n_axes=1):
    """Move the pixels or samples of all of X, which are on its last axes, in the same way, at random."""
    flat = X.reshape(*X.shape[:-n_axes], -1)
    return flat[..., np.random.default_rng(SEED).permutation(flat.shape[-1])].reshape(X.shape)


def with_jobs(estimator, n_jobs):
    """Clone an estimator, and set its number of jobs if it has one."""
    estimator = clone(estimator)
    return estimator.set_params(n_jobs=n_jobs) if "n_jobs" in estimator.get_params() else estimator


def cached(function, args):
    """Keep what a function returns in files of the folder of the cache, whatever its number of jobs.

    Nothing tells that the library has changed within a version: remove the folder then.
    """
    ignored = [name for name in ("n_jobs",) if name in signature(function).parameters]
    return Memory(Path(args.cache) / skscat.__version__, verbose=0).cache(function, ignore=ignored)
