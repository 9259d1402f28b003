"""Times and errors of transforms, compared with Kymatio."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from _report import SEED
from _speed_peer import FRONTENDS, cut_as_peer, pad_as_peer, peer, peer_runner
from _speed_times import milliseconds, race, recorded_calls, replay, rounded

from skscat import HarmonicScattering3D, Scattering1D, Scattering2D

ESTIMATORS = {1: Scattering1D, 2: Scattering2D, 3: HarmonicScattering3D}
# Large enough that no grid is subsampled.
NO_SUBSAMPLING = 20
# Number of signals for the measurement of errors.
N_CHECKED = 4
OVERSAMPLINGS = (0, 1, 2)


@dataclass
class Workload:
    """Signals and the transforms of both libraries.

    ``peer_shape`` is the shape passed to Kymatio; larger images are already padded.
    """

    name: str
    shape: tuple
    J: int
    peer_shape: tuple
    Q: int | None = None
    border: bool = False
    sigma_0: float | None = None
    powers: tuple = (0.5, 1, 2)

    @property
    def ndim(self):
        """Number of axes of a signal."""
        return len(self.shape) - 1

    @property
    def padded(self):
        """Whether signals are already padded, so that both libraries treat them as periodic."""
        return self.shape[1:] != self.peer_shape

    @property
    def parameters(self):
        """Return our parameters for the filters of Kymatio."""
        parameters = {"J": self.J, "normalize": "l1"}
        if self.ndim == 3:
            return parameters | {"L": 3, "sigma_0": self.sigma_0, "powers": self.powers}
        parameters["padding"] = "wrap" if self.padded else "symmetric"
        return parameters | ({"Q": self.Q} if self.ndim == 1 else {"L": 8})

    def signals(self):
        """White noise, which is least favorable to approximations that omit high frequencies."""
        return np.random.default_rng(SEED).standard_normal(self.shape, dtype=np.float32)

    def ours(self, **parameters):
        """Return our fitted estimator."""
        estimator = ESTIMATORS[self.ndim](**self.parameters | parameters)
        return estimator.fit(np.zeros((1, *self.shape[1:]), np.float32))

    def peer(self, frontend):
        """Return Kymatio's transform."""
        if self.ndim == 3:
            solid = {"L": 3, "sigma_0": self.sigma_0, "integral_powers": self.powers}
            return peer(3, frontend, self.J, self.peer_shape, **solid)
        return peer(self.ndim, frontend, self.J, self.peer_shape, Q=self.Q, pre_pad=self.padded)


WORKLOADS = {
    "1d": [
        Workload("8 x 65,536, J=10, Q=8", (8, 65536), 10, (65536,), Q=8),
        Workload("64 x 8,192, J=8, Q=8", (64, 8192), 8, (8192,), Q=8),
        Workload("64 x 8,192, J=8, Q=1", (64, 8192), 8, (8192,), Q=1),
    ],
    "2d": [
        Workload("128 x 48 x 48 padded, J=3", (128, 48, 48), 3, (32, 32)),
        Workload("8 x 288 x 288 padded, J=4", (8, 288, 288), 4, (256, 256)),
        Workload("128 x 32 x 32, J=3", (128, 32, 32), 3, (32, 32), border=True),
    ],
    "small": [Workload(f"{n:,} x 28 x 28, J=2", (n, 28, 28), 2, (28, 28)) for n in (1, 16, 128)],
    "3d": [
        Workload("2 x 64 x 64 x 64, J=2, L=3, sigma_0=2", (2, 64, 64, 64), 2, (64, 64, 64), sigma_0=2.0),
        Workload("2 x 64 x 64 x 64, J=2, L=3, sigma_0=1", (2, 64, 64, 64), 2, (64, 64, 64), sigma_0=1.0),
    ],
}


# ---------------------------------------------------------------------------------------------------------------
# Errors


def coefficients(estimator, x):
    """Coefficients of shape (n, n_paths, *positions)."""
    return estimator.transform(x).reshape(len(x), *estimator.output_shape_)


def unsubsampled(workload, x, **parameters):
    """float64 coefficients without subsampling, and the order of each path."""
    parameters = workload.parameters | {"oversampling": NO_SUBSAMPLING} | parameters
    estimator = ESTIMATORS[workload.ndim](**parameters).fit(x[:1])
    return coefficients(estimator, x.astype(float)), estimator.paths_["order"]


def worst_error(s, reference, orders):
    """Largest relative l2 error over orders."""
    assert s.shape == reference.shape, (s.shape, reference.shape)
    norms = [
        (np.linalg.norm((s - reference)[:, orders == m]), np.linalg.norm(reference[:, orders == m])) for m in {*orders}
    ]
    return max(float(error / norm) for error, norm in norms)


def peer_reference(workload, transform, x):
    """Coefficients without subsampling on the padded grid of Kymatio, and the order of each path."""
    s, orders = unsubsampled(workload, pad_as_peer(x, transform, workload.ndim), padding="wrap")
    return cut_as_peer(s, transform, workload.ndim), orders


def amply_padded(workload, x, mode):
    """Coefficients, without subsampling, of images that are mirrored far beyond their borders."""
    stride, n = 2**workload.J, x.shape[-1]
    margin = 8 * stride
    widths = ((0, 0), *[(margin, margin)] * workload.ndim)
    s, orders = unsubsampled(workload, np.pad(x, widths, mode=mode), padding="wrap")
    inside = slice(margin // stride, margin // stride + n // stride)
    return s[(..., *[inside] * workload.ndim)], orders


# ---------------------------------------------------------------------------------------------------------------
# Table


def transforms(name, args):
    """Times and errors of transforms."""
    for workload in WORKLOADS[name]:
        x = workload.signals()
        ours = {k: workload.ours(oversampling=k) for k in OVERSAMPLINGS}
        peers = {frontend: workload.peer(frontend) for frontend in FRONTENDS}
        times = race(transform_runners(ours, peers, x), 0 if args.quick else 30)
        errors = measure_errors(workload, ours, peers, x[:N_CHECKED])
        for k in ours:
            yield transform_row(workload, k, times, errors)


def arrange_as_ours(s, workload):
    """Sort Kymatio's integrals (n, scales or pairs of scales, degrees, powers) in the order of our paths."""
    paths = workload.ours().paths_[1:]
    scales = [(a, -1) for a in range(workload.J + 1)]
    scales += [(a, b) for a in range(workload.J + 1) for b in range(a + 1, workload.J + 1)]
    row = [scales.index((path["j1"], path["j2"])) for path in paths]
    return s[:, row, paths["l1"].copy()]


def transform_runners(ours, peers, x):
    runners = {frontend: peer_runner(transform, frontend, x) for frontend, transform in peers.items()}
    for k, estimator in ours.items():
        runners[f"ours {k}"] = partial(estimator.transform, x)
        runners[f"floor {k}"] = replay(recorded_calls(estimator, x))
    return runners


def transform_row(workload, k, times, errors):
    best = min(FRONTENDS, key=lambda frontend: times[frontend][0])
    sides = {"ours": f"ours {k}", "numpy": "numpy", "torch": "torch", "floor": f"floor {k}"}
    row = {"workload": workload.name, "oversampling": k}
    row |= {f"{side}_ms": milliseconds(times[name][0]) for side, name in sides.items()}
    row["ratio"] = rounded(times[best][0] / times[f"ours {k}"][0])
    row["over_floor"] = rounded(times[f"ours {k}"][0] / times[f"floor {k}"][0])
    row |= {"error": errors[f"ours {k}"], "peer_error": errors[best]}
    if workload.border:
        row |= {"border_error": errors[f"border {k}"], "peer_border_error": errors[f"border {best}"]}
    row |= {f"{side}_wall_ms": milliseconds(times[name][1]) for side, name in sides.items()}
    return row


def measure_errors(workload, ours, peers, x):
    """Errors of both libraries, without and with border effects."""
    reference, orders = unsubsampled(workload, x)
    ample = amply_padded(workload, x, "symmetric")[0] if workload.border else None
    errors = {}
    for k, estimator in ours.items():
        s = coefficients(estimator, x)
        errors[f"ours {k}"] = rounded(worst_error(s, reference, orders))
        if workload.border:
            errors[f"border {k}"] = rounded(worst_error(s, ample, orders))
    return errors | measure_peer_errors(workload, peers, x, reference, orders)


def measure_peer_errors(workload, peers, x, reference, orders):
    transform = peers["numpy"]
    if workload.ndim == 3:
        # Kymatio has no zeroth-order integrals.
        reference, orders = x[0].size * reference[:, 1:], orders[1:]
    elif workload.padded:
        reference = cut_as_peer(reference, transform, workload.ndim)
    else:
        reference, orders = peer_reference(workload, transform, x)
    ample = amply_padded(workload, x, "symmetric")[0] if workload.border else None
    errors = {}
    for frontend, transform in peers.items():
        s = peer_runner(transform, frontend, x)()
        if workload.ndim == 3:
            s = arrange_as_ours(s, workload)
        errors[frontend] = rounded(worst_error(s, reference, orders))
        if workload.border:
            errors[f"border {frontend}"] = rounded(worst_error(s, ample, orders))
    return errors
