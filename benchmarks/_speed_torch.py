"""Times and errors of transforms of PyTorch tensors and of their gradients, compared with Kymatio's PyTorch backend.

Times are those of a transform without gradient, and those of a transform and the gradient of a weighted sum of its
coefficients. They are CPU times, and also wall times on a GPU (``cuda_``) if PyTorch finds one. Errors are those of
coefficients and of the gradient. Rows cover all values of oversampling up to the smallest at which the error of our
coefficients is at most that of Kymatio's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import numpy as np
from _report import SEED
from _speed_peer import cut_as_peer, pad_as_peer
from _speed_times import milliseconds, race, rounded
from _speed_transforms import NO_SUBSAMPLING, Workload, arrange_as_ours, worst_error

from skscat import TimeFrequencyScattering, scatter, scatter_vjp

WORKLOADS = [
    Workload("128 x 32 x 32, J=3", (128, 32, 32), 3, (32, 32)),
    Workload("16 x 256 x 256, J=5", (16, 256, 256), 5, (256, 256)),
    Workload("8 x 65,536, J=8, Q=8", (8, 65536), 8, (65536,), Q=8),
    Workload("2 x 64 x 64 x 64, J=2, L=3, sigma_0=1", (2, 64, 64, 64), 2, (64, 64, 64), sigma_0=1.0),
]
QUICK = [
    Workload("4 x 32 x 32, J=3", (4, 32, 32), 3, (32, 32)),
    Workload("2 x 4,096, J=6, Q=8", (2, 4096), 6, (4096,), Q=8),
    Workload("1 x 16 x 16 x 16, J=1, L=2, sigma_0=1", (1, 16, 16, 16), 1, (16, 16, 16), sigma_0=1.0),
]
# Shapes of signals for joint time-frequency scattering, which Kymatio 0.3 does not have.
JOINT, QUICK_JOINT = (4, 8192), (2, 1024)
OVERSAMPLINGS = (0, 1, 2, 3)
# Number of signals for the measurement of errors.
N_CHECKED = 2


@dataclass
class Side:
    """A differentiable transform of tensors, and what it approximates.

    Parameters
    ----------
    transform : callable
        The transform that is timed.
    expected : tuple of ndarray
        Coefficients and gradient without subsampling, in double precision, of the first signals.
    orders : ndarray of int
        Order of each path.
    arrange : callable
        Arranges the coefficients of the transform as the expected ones.
    """

    transform: Callable
    expected: tuple
    orders: np.ndarray
    arrange: Callable

    def errors(self, x):
        """Return the relative errors of coefficients (the largest of all orders) and of a gradient."""
        s, gradient = with_gradient(lambda x: self.arrange(self.transform(x)), x[:N_CHECKED])
        expected, expected_gradient = self.expected
        gradient_error = np.linalg.norm(gradient - expected_gradient) / np.linalg.norm(expected_gradient)
        return rounded(worst_error(s, expected, self.orders)), rounded(float(gradient_error))


def with_gradient(transform, x):
    """Return coefficients of tensors, and the gradient of their sum with some weights."""
    y = x.detach().clone().requires_grad_()
    s = transform(y)
    s.backward(weights(s))
    return s.detach().cpu().numpy(), y.grad.cpu().numpy()


def weights(s):
    """Return random weights of coefficients, the same for each precision and device."""
    import torch

    g = np.random.default_rng(SEED).standard_normal(tuple(s.shape), dtype=np.float32)
    return torch.from_numpy(g).to(s)


# ---------------------------------------------------------------------------------------------------------------
# Both libraries


def our_sides(fit, oversamplings, x):
    """Return our sides of a comparison, for each oversampling; ``fit`` fits an estimator."""
    plans = {k: fit(oversampling=k).plan_ for k in (*oversamplings, NO_SUBSAMPLING)}
    expected = with_gradient(partial(scatter, plan=plans[NO_SUBSAMPLING]), x[:N_CHECKED].double())
    orders = plans[NO_SUBSAMPLING].paths["order"]
    return {k: Side(partial(scatter, plan=plans[k]), expected, orders, unchanged) for k in oversamplings}


def peer_side(workload, x):
    """Return Kymatio's side of a comparison; None if it does not run on the device of x."""
    peer = workload.peer("torch").to(x.device)
    try:
        gradient_of(peer.scattering, x[:1], None)
    except (RuntimeError, TypeError, ValueError) as error:
        print(f"{workload.name}: Kymatio does not run on {x.device}: {error}")
        return None
    transform, arrange = approximated_by_peer(workload, peer)
    expected = with_gradient(transform, x[:N_CHECKED].double().cpu())
    return Side(peer.scattering, expected, workload.ours().paths_["order"][-expected[0].shape[1] :], arrange)


def approximated_by_peer(workload, peer):
    """Return the transform that Kymatio approximates, and a function that arranges its coefficients like this."""
    if workload.ndim == 3:
        # Kymatio has no zeroth-order integrals.
        plan = workload.ours(oversampling=NO_SUBSAMPLING).plan_
        return lambda x: x[0].numel() * scatter(x, plan)[:, 1:], partial(arrange_as_ours, workload=workload)
    # Numbers of the samples that Kymatio's padding repeats.
    shape = workload.shape[1:]
    index = pad_as_peer(np.arange(prod(shape)).reshape(1, *shape), peer, workload.ndim)[0]
    padded = replace(workload, shape=(1, *index.shape))
    plan = padded.ours(oversampling=NO_SUBSAMPLING).plan_
    return lambda x: cut_as_peer(scatter(x.flatten(1)[:, index], plan), peer, workload.ndim), unchanged


def unchanged(s):
    """Return coefficients as they are."""
    return s


# ---------------------------------------------------------------------------------------------------------------
# What is timed


def forward(transform, x):
    """Transform tensors without keeping track of gradients."""
    import torch

    with torch.no_grad():
        return transform(x)


def gradient_of(transform, x, g):
    """Transform tensors, and return the gradient of the sum of the coefficients with weights g (None for ones)."""
    import torch

    y = x.detach().requires_grad_()
    s = transform(y)
    s.backward(torch.ones_like(s) if g is None else g)
    return y.grad


def gradient_in_numpy(x, g, plan):
    """Do with NumPy what :func:`gradient_of` does."""
    return scatter(x, plan), scatter_vjp(x, g, plan)


def synchronized(run):
    """Let a function wait for the GPU."""
    import torch

    def wait():
        run()
        torch.cuda.synchronize()

    return wait


def runners_of(sides, x):
    """Return functions to be timed: the transform of each side, and the gradient."""
    runners = {}
    for name, side in sides.items():
        g = weights(forward(side.transform, x))
        runners[f"{name} forward"] = partial(forward, side.transform, x)
        runners[f"{name} gradient"] = partial(gradient_of, side.transform, x, g)
        if name != "peer" and x.device.type == "cpu":
            plan = side.transform.keywords["plan"]
            runners[f"{name} numpy_forward"] = partial(scatter, x.numpy(), plan)
            runners[f"{name} numpy_gradient"] = partial(gradient_in_numpy, x.numpy(), g.numpy(), plan)
    return runners if x.device.type == "cpu" else {name: synchronized(run) for name, run in runners.items()}


# ---------------------------------------------------------------------------------------------------------------
# Table


def tensors(name, args):
    """Times and errors of transforms of PyTorch tensors and of gradients, on the CPU and on a GPU if there is one."""
    import torch

    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    for workload in QUICK if args.quick else WORKLOADS:
        x = torch.from_numpy(workload.signals())
        ours = our_sides(workload.ours, OVERSAMPLINGS, x)
        for device in devices:
            y = x.to(device)
            yield from rows(workload.name, ours, peer_side(workload, y), y, args)
    shape = QUICK_JOINT if args.quick else JOINT
    x = torch.from_numpy(np.random.default_rng(SEED).standard_normal(shape, dtype=np.float32))
    ours = our_sides(partial(joint, shape), (0,), x)
    for device in devices:
        title = f"time-frequency, {shape[0]} x {shape[1]:,}, J=8, Q=8"
        yield from rows(title, ours, None, x.to(device), args)


def joint(shape, **parameters):
    return TimeFrequencyScattering(J=8, Q=8, J_fr=3, **parameters).fit(np.zeros((1, *shape[1:]), np.float32))


def rows(title, ours, peer, x, args):
    """Yield the rows of a workload on the device of x."""
    errors = {"peer": peer.errors(x)} if peer else {}
    sides = {"peer": peer} if peer else {}
    for k, side in ours.items():
        sides[k], errors[k] = side, side.errors(x)
        if peer and errors[k][0] <= errors["peer"][0]:
            break
    times = race(runners_of(sides, x), 0 if args.quick else 30)
    for k in sides:
        if k != "peer":
            yield row(title, k, times, errors, x.device.type)


def row(title, k, times, errors, device):
    """Return the row of one oversampling."""
    kind = 1 if device == "cuda" else 0
    prefix = "cuda_" if device == "cuda" else ""
    cells = {}
    for what in ("forward", "gradient"):
        own, peers = times[f"{k} {what}"], times.get(f"peer {what}")
        cells[f"{what}_ms"] = milliseconds(own[kind])
        if f"{k} numpy_{what}" in times:
            cells[f"numpy_{what}_ms"] = milliseconds(times[f"{k} numpy_{what}"][kind])
        if peers:
            cells[f"peer_{what}_ms"] = milliseconds(peers[kind])
            cells[f"{what}_ratio"] = rounded(peers[kind] / own[kind])
    cells["error"], cells["gradient_error"] = errors[k]
    if "peer" in errors:
        cells["peer_error"], cells["peer_gradient_error"] = errors["peer"]
    if device == "cpu":
        for name in (f"{k} forward", f"{k} gradient", "peer forward", "peer gradient"):
            if name in times:
                cells[f"{name.replace(f'{k} ', 'ours_').replace(' ', '_')}_wall_ms"] = milliseconds(times[name][1])
    return {"workload": title, "oversampling": k} | {prefix + key: value for key, value in cells.items()}
