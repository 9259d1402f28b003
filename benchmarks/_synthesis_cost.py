"""Computing time of a step of synthesis."""

import time
from functools import partial

import numpy as np
from _report import SEED, report_table
from _speed_times import race
from threadpoolctl import threadpool_limits

from skscat import Scattering2D

SIDE, L, SECONDS = 256, 8, 30
COLUMNS = ("image", "J", "number of moments", "transform (s)", "loss and gradient (s)", "ratio")


def cost(args):
    """CPU time of a loss and its gradient and of a transform: best of several alternating runs, in seconds."""
    start = time.perf_counter()
    side, scales = (64, (3,)) if args.quick else (SIDE, (5, 6))
    X = np.random.default_rng(SEED).standard_normal((1, side, side))
    rows = []
    with threadpool_limits(1):
        for J in scales:
            scattering = Scattering2D(J=J, L=L, padding="wrap", average="global").fit(X)
            target = scattering.transform(X)

            def residual(S, index, target=target):
                return S - target[index]

            runners = {
                "transform": partial(scattering.transform, X),
                "gradient": partial(scattering.gradient, X, residual),
            }
            times = race(runners, 0 if args.quick else SECONDS)
            forward, both = (times[name][0] for name in runners)
            rows.append([f"{side} x {side}", J, target.size, forward, both, both / forward])
    report_table(
        "synthesis_cost", task="Loss and gradient compared with a transform", columns=COLUMNS, rows=rows, start=start,
        args=args,
    )  # fmt: skip
