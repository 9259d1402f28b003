"""Functions shared by the cascade and its vector-Jacobian product: checks, blocks of signals, spectra of siblings."""

from math import prod

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core import _operators as operators
from skscat._core._amplitude import clear_rounding
from skscat._core._average import average
from skscat._core._bridging import bridge
from skscat._core._copying import gather, gather_adjoint, pad
from skscat._core._records import complex_dtype
from skscat._core._schedule import STEP_POINTS, schedule
from skscat._core._weights import continued, weighted_average

# Complex numbers in one step on a device other than the CPU.
DEVICE_POINTS = 2**23


def block_length(plan, dtype, on_host=True):
    """Return how many signals to transform at once.

    In the memory of the CPU, they are as many as keep a typical step of the work in cache; on another device, as many
    as keep it busy.
    """
    pending, points = [schedule(plan, dtype)], []
    while pending:
        siblings = pending.pop()
        points += [len(step.members) * prod(step.size) for step in siblings.steps]
        points += [joint.total * prod(joint.step.size) for joint in siblings.joint]
        pending += siblings.children
    return max(1, (STEP_POINTS if on_host else DEVICE_POINTS) * len(points) // sum(points))


def blocks_of(n, length):
    """Cut n signals into equal blocks of about a given length."""
    if n:
        length = -(-n // max(1, round(n / length)))
    return [slice(start, start + length) for start in range(0, n, length)]


def check_input(x, plan):
    """Return the batch axes of x after checking it against a plan.

    Signals without gaps may have been extended to its grid.
    """
    arrays.refuse_tracing(x)
    ndim = len(plan.shape)
    shapes = [tuple(plan.shape)] if plan.min_coverage is not None else [tuple(plan.shape), tuple(plan.grid)]
    known, names = [np.float32, np.float64], "float32 or float64"
    if plan.is_complex:
        known, names = [*known, np.complex64, np.complex128], "complex64, complex128, float32 or float64"
    if arrays.dtype_of(x) not in known:
        is_refused = arrays.is_complex(x) and not plan.is_complex
        hint = " Plans with complex_input=True take complex signals." if is_refused else ""
        raise ValueError(f"x has dtype {x.dtype}; expected {names}.{hint}")
    if x.ndim < ndim or tuple(x.shape[x.ndim - ndim :]) not in shapes:
        raise ValueError(
            f"x has shape {tuple(x.shape)}; its last axes must be {tuple(plan.shape)}, the shape of the plan."
        )
    return tuple(x.shape[: x.ndim - ndim])


def flat_signals(x, plan):
    """Flatten the batch axes of x; if the signals of the plan are complex, real ones become complex."""
    x = x.reshape(-1, *x.shape[x.ndim - len(plan.shape) :])
    return arrays.astype(x, complex_dtype(arrays.dtype_of(x))) if plan.is_complex else x


def check_outputs(name, s, batch, plan):
    """Check the shape of outputs, or of their weights, for signals with some batch axes."""
    expected = (*batch, len(plan.paths), *plan.path_shape)
    if tuple(s.shape) != expected:
        raise ValueError(f"{name} has shape {tuple(s.shape)}; the outputs of this plan for x have shape {expected}.")


def padded(x, plan, gaps):
    """Bridge the gaps of signals, if they have any, and pad them."""
    return pad(bridge(x, gaps.bridge) if gaps else x, plan.pad_left, plan.grid, plan.padding)


def next_spectrum(u, step, weights):
    """Return the spectrum of moduli that their average or the next layer needs; None if neither does."""
    band = step.averaging.band
    return operators.spectrum(continued(u, weights) if weights else u, *band) if band else None


def averages_of(u, step, plan, u_hat, weights):
    """Return the averages of moduli, weighted if the signals have gaps."""
    if weights is None:
        return average(u, step.averaging, plan, u_hat)
    return weighted_average(u, weights, step.averaging, plan)


def clear_constants(stack, siblings, plan, constant):
    """Remove rounding errors from the spectra of signals that are constant."""
    if stack is not None and constant is not None and constant.any():
        cleared = stack[constant]
        clear_rounding(cleared, siblings.band, plan.banks[0])
        stack[constant] = cleared


def empty_stack(siblings, like, create=arrays.zeros):
    """Return zeros to be filled with the spectra of all siblings, on the band that the next layer needs."""
    if siblings.band is None:
        return None
    shape = (len(like), len(siblings.nodes), *siblings.band.shape)
    return create(shape, complex_dtype(arrays.dtype_of(like)), like)


def put(u_hat, step, siblings, stack):
    """Copy the spectra of a step to those of all siblings, unless they are all."""
    if len(siblings.steps) == 1 and step.averaging.band == siblings.band:
        return u_hat
    own, common = shared_slices(step, siblings)
    stack[common] = u_hat[own]
    return stack


def shared_slices(step, siblings):
    """Indices of the frequencies that the spectra of a step and those of all siblings have in common."""
    own, common = step.averaging.band.overlap(siblings.band)
    return (Ellipsis, *own), (slice(None), step.members, *common)


def index_axis(joint):
    """Return the axis of the index, which comes before those of the grid."""
    return -len(joint.step.size) - 1


def lift_siblings(z, joint):
    """Arrange siblings along their index axis, and compute the Fourier transform along it."""
    axis = index_axis(joint)
    z = gather(z[:, :, 0], joint.lift, joint.total, axis)
    arrays.conjugate(z[:, joint.conjugated], out=z[:, joint.conjugated])
    return operators.analyze(z, (axis,))


def lift_siblings_adjoint(g_hat, joint):
    """Adjoint of :func:`lift_siblings`."""
    axis = index_axis(joint)
    g = operators.analyze_adjoint(g_hat, (axis,))
    arrays.conjugate(g[:, joint.conjugated], out=g[:, joint.conjugated])
    return gather_adjoint(g, joint.lift, len(joint.step.members), axis)[:, :, np.newaxis]
