"""Errors of random transforms, relative to their definition, by family, order and oversampling.

``python benchmarks/accuracy.py`` prints the table and writes it to ``benchmarks/results/accuracy.json``; ``-n`` sets
the number of transforms per family, and ``--quick`` tries a few and writes nothing. The transforms and the definition
are those of ``tests/test_fuzz.py``: signals of 1 to 300 samples, images and volumes of up to 32 and 14 samples a side,
all options, any amplitude, single and double precision. Errors are relative l2 errors of all coefficients of an order.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from _report import report_table
from joblib import Parallel, delayed

from skscat import scatter

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from random_plans import FAMILIES, by_definition, errors_by_order, make_plan, random_case

COLUMNS = ("Family", "Order", "Oversampling", "Transforms", "Median error", "99 % of errors below", "Largest error")
BLOCK = 50


def errors(family, seeds):
    """Return the oversampling and the errors by order of some transforms of a family."""
    found = []
    for seed in seeds:
        scattering, x = random_case(family, seed)
        plan = make_plan(scattering, x.shape)
        if plan is None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            found.append((scattering.oversampling, errors_by_order(scatter(x, plan), by_definition(x, plan), x, plan)))
    return found


def rows(family, found):
    """Summarize the errors of a family: one row per order and oversampling."""
    for order in range(max(len(by_order) for _, by_order in found)):
        for oversampling in (0, 1, 2):
            some = [e[order] for o, e in found if o == oversampling and len(e) > order and not np.isnan(e[order])]
            if order and some:
                values = [float(v) for v in (np.median(some), np.quantile(some, 0.99), max(some))]
                yield [family, order, oversampling, len(some), *values]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=1000, help="number of transforms per family")
    parser.add_argument("--n-jobs", type=int, default=2, help="number of processes")
    parser.add_argument("--quick", action="store_true", help="20 transforms per family")
    args = parser.parse_args()
    n, start, table = 20 if args.quick else args.n, time.perf_counter(), []
    for family in FAMILIES:
        blocks = [range(first, min(first + BLOCK, n)) for first in range(0, n, BLOCK)]
        parts = Parallel(n_jobs=args.n_jobs)(delayed(errors)(family, seeds) for seeds in blocks)
        found = [error for part in parts for error in part]
        table += rows(family, found)
        print(f"  {family}: {time.perf_counter() - start:.0f} s", flush=True)
    task = "Errors of random transforms, relative to their definition"
    report_table("accuracy", task=task, columns=COLUMNS, rows=table, start=start, args=args)


if __name__ == "__main__":
    main()
