"""What a step of synthesis costs."""

import time

import numpy as np
from _report import SEED, report_table
from threadpoolctl import threadpool_limits

from skscat import Scattering2D

SIDE, L, ROUNDS = 256, 8, 7
COLUMNS = ("image", "J", "moments", "transform, s", "loss and gradient, s", "ratio")


def cost(args):
    """A loss with its gradient, beside a transform: CPU seconds, best of several in turns."""
    start = time.perf_counter()
    side, scales = (64, (3,)) if args.quick else (SIDE, (5, 6))
    X = np.random.default_rng(SEED).standard_normal((1, side, side))
    rows = []
    with threadpool_limits(1):
        for J in scales:
            scattering = Scattering2D(J=J, L=L, padding="periodic", average="global").fit(X)
            target = scattering.transform(X)

            def residual(S, index, target=target):
                return S - target[index]

            calls = (lambda s=scattering: s.transform(X), lambda s=scattering, r=residual: s.gradient(X, r))
            forward, both = best_times(calls)
            row = (f"{side} x {side}", J, target.size, forward, both, both / forward)
            rows.append([float(f"{cell:.3g}") if isinstance(cell, float) else cell for cell in row])
    report_table(
        "synthesis_cost", task="A loss with its gradient, beside a transform", columns=COLUMNS, rows=rows, start=start,
        args=args,
    )  # fmt: skip


def best_times(calls):
    """CPU seconds of each call, the least of several rounds."""
    times = np.empty((ROUNDS, len(calls)))
    for row in times:
        for i, call in enumerate(calls):
            before = time.process_time()
            call()
            row[i] = time.process_time() - before
    return times.min(axis=0)
