"""Times of the construction of filter banks, and of joint compared with plain scattering."""

from functools import partial

import numpy as np
from _report import SEED
from _speed_peer import FRONTENDS, peer
from _speed_times import milliseconds, once, race, recorded_calls, replay, rounded

from skscat import (
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
)
from skscat._core._schedule import schedule

# Name, our transform and the shape of a signal, arguments of Kymatio.
BANKS = [
    (
        "256 x 256, J=5, L=8",
        Scattering2D(J=5, normalize="l1"),
        (256, 256),
        {"ndim": 2, "J": 5, "shape": (256, 256)},
    ),
    (
        "65,536, J=10, Q=8",
        Scattering1D(J=10, Q=8, normalize="l1"),
        65536,
        {"ndim": 1, "J": 10, "shape": (65536,), "Q": 8},
    ),
]


def construction(name, args):
    """Times to build filter banks; ours also with the schedule, which is made by the first transform."""
    for workload, scattering, shape, arguments in BANKS:
        ndim = arguments["ndim"]
        peer(ndim=ndim, frontend="numpy", J=2, shape=(32,) * ndim, Q=1)
        if args.quick:
            workload, arguments = f"{workload}; Kymatio: 64, J=3", arguments | {"J": 3, "shape": (64,) * ndim}
        yield bank_row(workload, partial(scattering.plan, shape), arguments)


def bank_row(workload, plan, arguments):
    ours = race({"plan": plan, "schedule": lambda: schedule(plan(), np.dtype(np.float32))}, 5)
    theirs = {frontend: once(partial(peer, frontend=frontend, **arguments))[0] for frontend in FRONTENDS}
    return {
        "workload": workload,
        "ours_ms": milliseconds(ours["plan"][0]),
        "ours_with_schedule_ms": milliseconds(ours["schedule"][0]),
        **{f"{frontend}_ms": milliseconds(seconds) for frontend, seconds in theirs.items()},
        "ratio": rounded(min(theirs.values()) / ours["plan"][0]),
    }


GLOBAL = {"average": "global", "average_frequency": "global"}
# Name, shape of the signals, plain estimator, joint estimator.
JOINT = [
    ("time-frequency", (4, 8192), Scattering1D(J=8, Q=8), TimeFrequencyScattering(J=8, Q=8, J_fr=3)),
    ("time-frequency, global", (4, 8192), Scattering1D(J=8, Q=8), TimeFrequencyScattering(J=8, Q=8, J_fr=3, **GLOBAL)),
    ("spiral", (4, 8192), Scattering1D(J=8, Q=8), SpiralScattering(J=8, Q=8, J_fr=3)),
    ("roto-translation", (8, 128, 128), Scattering2D(J=4), RotoTranslationScattering2D(J=4)),
]


def joint(name, args):
    """Times of joint scattering, compared with plain scattering with the same first layer and with the floor."""
    for workload, shape, plain, estimator in JOINT:
        x = np.random.default_rng(SEED).standard_normal(shape, dtype=np.float32)
        estimator.fit(x)
        runners = {
            "joint": partial(estimator.transform, x),
            "plain": partial(plain.fit(x).transform, x),
            "floor": replay(recorded_calls(estimator, x)),
        }
        times = {side: cpu for side, (cpu, _) in race(runners, 0 if args.quick else 10).items()}
        yield {
            "workload": f"{workload}, {' x '.join(f'{n:,}' for n in shape)}",
            "n_paths": len(estimator.paths_),
            **{f"{side}_ms": milliseconds(seconds) for side, seconds in times.items()},
            "over_floor": rounded(times["joint"] / times["floor"]),
            "over_plain": rounded(times["joint"] / times["plain"]),
        }
