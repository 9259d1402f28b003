"""What all experiments share: how a result is printed and written."""

import json
import os
import platform
import shlex
import sys
import time
from pathlib import Path

import numpy as np
import scipy
import sklearn
from joblib import Memory

import skscat

RESULTS = Path(__file__).parent / "results"
SEED = 0
# Options that change no result.
PLACE = ("--cache", "--data-home", "--n-jobs")


def report(name, *, task, metric, ours, published, start, args, ablations=(), **details):
    """Print a result beside the published ones, and write it to a file unless it is that of a quick run.

    ``ours`` is a number, or a list of dicts with keys ``value``, ``method`` and perhaps ``deviation`` (over splits),
    the best method last; ``published`` is a list of dicts with keys ``value``, ``method`` and ``source``;
    ``ablations``, dicts as in ``ours``, are what less than the method gives: raw pixels, order one, shuffled pixels;
    ``start`` is the value of ``time.perf_counter()`` when the experiment began.
    """
    seconds = time.perf_counter() - start
    print(f"\n{task}: {metric}")
    ours_listed = ours if isinstance(ours, list) else [{"value": ours, "method": ""}]
    for label, results in (("ablation", ablations), ("skscat", ours_listed)):
        for result in results:
            deviation = f"+- {result['deviation']:.2g}" if "deviation" in result else ""
            print(f"  {label:10s} {result['value']:6.4g} {deviation:8s} {result['method']}".rstrip())
    for result in published:
        print(f"  {'published':10s} {result['value']:6.4g} {'':8s} {result['method']}, {result['source']}")
    print(f"  {seconds:.0f} s", flush=True)
    if args.quick:
        return
    result = {
        "task": task,
        "metric": metric,
        "ours": ours,
        "published": published,
        "ablations": list(ablations),
        "command": command(sys.argv[1:]),
        **details,
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
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(f"  written to {path}")


def command(arguments):
    """Write the command that repeats a result, without what only says where it ran."""
    kept, arguments = [], iter(arguments)
    for argument in arguments:
        if argument in PLACE:
            next(arguments)
        else:
            kept.append(argument)
    return shlex.join(["python", "benchmarks/published.py", *kept])


def percent(part, whole):
    """Express a count in percent."""
    return round(100 * part / whole, 2)


def cached(function, args):
    """Keep what a function returns in files of the folder of the cache, whatever its number of jobs.

    Nothing tells that the library has changed within a version: remove the folder then.
    """
    return Memory(Path(args.cache) / skscat.__version__, verbose=0).cache(function, ignore=["n_jobs"])
