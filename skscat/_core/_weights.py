r"""Weights of moduli: one far from gaps, zero where a wavelet sees too little of the signal.

Let w be the weights of a node and g the envelope of a wavelet, of unit sum. The wavelet sees the share
:math:`w * g` of the node, and the share :math:`w^2 * g` of its energy. The modulus has the weight
:math:`1 - (1 - w * g) / \epsilon`, clipped to 0 and 1, and is divided by the root of :math:`w^2 * g`.
"""

from functools import cache
from operator import ge
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from skscat._core import _operators as operators
from skscat._core._average import average, average_weights
from skscat._core._bridging import Bridge, plan_bridge
from skscat._core._caching import cached_per_plan
from skscat._core._copying import pad
from skscat._core._records import Plan
from skscat._core._schedule import schedule

# Largest share of a node that a wavelet may miss, at the first order and at later ones. The first is stricter: bridges
# have kinks at the edges of gaps, which are large for fine wavelets if the signal is smooth.
TOLERANCES = (0.1, 0.5)
# A wavelet sees a share of exp(-1/2) of samples filled by averages over a neighborhood of this many of its periods.
BRIDGED_PERIODS = 0.2
# Weights of at most this many samples are kept, for the next signals that have the same gaps.
KEPT_POINTS = 2**22
# Smallest bandwidth of an envelope, in cycles per period of the grid.
NARROWEST = 1e-6


class StepWeights(NamedTuple):
    """Weights of the moduli of a step, for signals with different gaps, or for one signal if all have the same.

    Parameters
    ----------
    values : ndarray of shape (m, n_nodes, *size)
        Between 0 and 1.
    gains : ndarray of shape (m, n_nodes, *size), or None
        Factors of the moduli, at least 1. None for the signal.
    coverage : ndarray of shape (m, n_nodes, *output_grid)
        Averages of the values.
    """

    values: np.ndarray
    gains: np.ndarray | None
    coverage: np.ndarray


class Weights:
    """Weights of siblings. Those of their children are computed when they are asked for.

    The plan is an argument, not an attribute: what is kept for a plan must not keep it alive.

    Parameters
    ----------
    plan : Plan
    dtype : dtype
        Precision of the signals.
    siblings : Siblings
    steps : list of StepWeights
    seen : callable
        Given the number of a wavelet and a grid, the spectra there of the shares that this wavelet sees of all nodes,
        as real parts, and of their energy, as imaginary parts: an array of shape (m, n_nodes, *size).
    """

    def __init__(self, plan, dtype, siblings, steps, seen):
        self.steps = steps
        self._dtype, self._siblings, self._seen = dtype, siblings, seen
        self._keep, self._children = _is_kept(plan, len(steps[0].values)), {}

    def child(self, i: int, plan: Plan) -> "Weights":
        """Return the weights of an entry of ``siblings.children``."""
        if i in self._children:
            return self._children[i]
        weights = self._weigh(self._siblings.children[i], plan)
        if self._keep:
            self._children[i] = weights
        return weights

    def _weigh(self, child, plan):
        order, m = int(plan.nodes["order"][child.nodes[0]]), len(self.steps[0].values)
        steps = []
        for step in child.steps:
            z = np.empty((m, len(step.members), *step.size), complex)
            filters = plan.nodes[f"n{order}"][child.nodes[step.members]]
            for parents, nodes, _ in step.terms:
                n = int(filters[nodes.start])
                envelope = envelope_on(plan, order - 1, n, step.size)
                z[:, nodes] = self._seen(n, step.size)[:, parents] * envelope
            w, gains = weights_seen(operators.synthesize(z, operators.grid_axes(len(step.size))), order)
            steps.append(_step_weights(w, gains, step, plan, self._dtype))
        return Weights(plan, self._dtype, child, steps, _seen_of_moduli(child, steps))


def _is_kept(plan, m):
    """Return whether the weights for signals with m different gaps are so few that they are kept."""
    return m * plan.sizes.prod(axis=1).sum() <= KEPT_POINTS


class Gaps(NamedTuple):
    """How gaps are bridged, and the weights of what is computed from signals with these gaps."""

    bridge: Bridge
    weights: Weights


def plan_gaps(missing: np.ndarray, plan: Plan, dtype: np.dtype) -> Gaps:
    """Bridge gaps, and weigh the samples of the signals.

    Parameters
    ----------
    missing : ndarray of bool of shape (m, *plan.shape)
    plan : Plan
    dtype : dtype
        Precision of the signals.

    Returns
    -------
    gaps : Gaps
    """
    bridge, signal = plan_bridge(missing), schedule(plan, dtype)
    # Padded by zeros, signals have no gaps there.
    present = 1 - _padded(missing.astype(float), plan)
    parts = [(0.0, present), *((scale, _padded(shares, plan)) for scale, shares, _ in bridge.neighborhoods)]
    axes = operators.grid_axes(missing.ndim - 1)
    spectra = [(scale, operators.analyze(part.astype(complex), axes)) for scale, part in parts]
    frequencies = plan.banks[0].table["xi"]

    @cache
    def cropped(size):
        return [(scale, _crop(part_hat, size)) for scale, part_hat in spectra]

    def seen(n, size):
        return combined_shares(cropped(size), frequencies[n])[:, np.newaxis]

    steps = [_step_weights(present[:, np.newaxis], None, signal.steps[0], plan, dtype)]
    return Gaps(bridge, Weights(plan, dtype, signal, steps, seen))


def gaps_of_blocks(missing, plan, dtype):
    """Return a function of a block of signals that plans their gaps, once if all signals have the same."""
    if missing is None:
        return lambda block: None
    if len(missing) > 1:
        return lambda block: plan_gaps(missing[block], plan, dtype)
    gaps = _common_gaps(missing, plan, dtype)
    return lambda block: gaps


# For each plan, the last gaps that many signals have in common: often the same mask comes with every call.
_last_gaps: WeakKeyDictionary = WeakKeyDictionary()


def _common_gaps(missing, plan, dtype):
    """Plan the gaps that signals have in common, unless they are those of the last call."""
    key = (missing.tobytes(), np.dtype(dtype))
    last = _last_gaps.get(plan)
    if last is not None and last[0] == key:
        return last[1]
    gaps = plan_gaps(missing, plan, dtype)
    if _is_kept(plan, 1):
        _last_gaps[plan] = (key, gaps)
    return gaps


def _padded(v, plan):
    return pad(v, plan.pad_left, plan.grid, plan.padding)


def filled_shares(bridge):
    """Return the scale of each neighborhood, and its shares in the samples; those that are there have scale zero."""
    return [(0.0, np.where(bridge.missing, 0.0, 1.0)), *((scale, shares) for scale, shares, _ in bridge.neighborhoods)]


def combined_shares(parts, xi):
    """Return the shares of a signal, and of its energy as imaginary parts, that a wavelet sees.

    Parameters
    ----------
    parts : list of (float, ndarray)
        Scale of each neighborhood, and its shares in the samples, or their spectra.
    xi : float or ndarray
        Frequency of the wavelet, in cycles per sample.
    """
    total: Any = 0
    for scale, part in parts:
        weight = np.exp(-0.5 * (scale * xi / BRIDGED_PERIODS) ** 2)
        total = total + (weight + 1j * weight**2) * part
    return total


def _seen_of_moduli(siblings, steps):
    """Return the function of a wavelet and a grid that gives the spectra of the weights of moduli, see Weights."""
    axes = operators.grid_axes(len(siblings.steps[0].size))

    @cache
    def spectra():
        return [operators.analyze(w.values + 1j * w.values.astype(float) ** 2, axes) for w in steps]

    @cache
    def cropped(size):
        out = np.empty((len(steps[0].values), len(siblings.nodes), *size), complex)
        for step, w_hat in zip(siblings.steps, spectra(), strict=True):
            # The grids of children are no finer than those of their parents.
            if all(map(ge, step.size, size)):
                out[:, step.members] = _crop(w_hat, size)
        return out

    return lambda n, size: cropped(size)


def _step_weights(w, gains, step, plan, dtype):
    coverage = average_weights(w.astype(dtype), step.averaging, plan)
    return StepWeights(w.astype(dtype), None if gains is None else gains.astype(dtype), coverage)


def weights_seen(seen, order):
    """Return the weights and the gains of moduli.

    Parameters
    ----------
    seen : ndarray of complex
        Shares that a wavelet sees of a node, as real parts, and of its energy, as imaginary parts.
    order : int
        Order of the moduli.

    Returns
    -------
    weights, gains : ndarray
    """
    tolerance = TOLERANCES[min(order, len(TOLERANCES)) - 1]
    return np.clip(1 - (1 - seen.real) / tolerance, 0, 1), np.clip(seen.imag, (1 - tolerance) ** 2, 1) ** -0.5


@cached_per_plan
def envelope_on(plan, layer, n, size):
    """Return the Gaussian that is the envelope of a wavelet, in the Fourier domain, on a grid.

    Its energy is spread in frequency as that of the wavelet. For Gabor wavelets, it is the envelope.

    Parameters
    ----------
    plan : Plan
    layer, n : int
        Numbers of a bank and of a filter.
    size : tuple of int
        Number of frequencies, in the order of the Fourier transform.

    Returns
    -------
    envelope : ndarray of shape (*size,)
    """
    k = np.meshgrid(*map(_frequencies, size), indexing="ij", sparse=True)
    precision = _precision(plan.banks[layer].psi[n])
    form = sum(precision[a, b] * k[a] * k[b] for a in range(len(k)) for b in range(len(k)))
    envelope = np.exp(-0.5 * form)
    for axis, (length, total) in enumerate(zip(size, plan.grid, strict=True)):
        if length < total and length % 2 == 0:
            # A coarse grid cannot tell this frequency from its negative.
            envelope[(slice(None),) * axis + (length // 2,)] = 0
    # On the finest grid, that frequency has two values, whose mean is the response of a real envelope.
    return 0.5 * (envelope + np.roll(np.flip(envelope), 1, axis=tuple(range(envelope.ndim))))


def _precision(psi):
    """Inverse of the covariance of the envelope of a filter, in squared periods of the grid."""
    energy = (np.abs(psi.values) ** 2).sum(axis=0, dtype=float)
    axes = [low + np.arange(n) for low, n in zip(psi.low, energy.shape, strict=True)]
    k = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(energy.size, -1).astype(float)
    share = energy.reshape(-1, 1) / (energy.sum() or 1.0)
    k -= (share * k).sum(axis=0)
    # exp(-k^2 / 2 sigma^2) has energy of variance sigma^2 / 2.
    return np.linalg.inv(2 * (share * k).T @ k + NARROWEST**2 * np.eye(len(axes)))


def _crop(w_hat, size):
    """Restrict spectra (..., *grid) to the frequencies of a grid of some size."""
    for axis, n in enumerate(size, start=-len(size)):
        if n < w_hat.shape[axis]:
            w_hat = np.take(w_hat, _frequencies(n) % w_hat.shape[axis], axis=axis)
    return w_hat


def _frequencies(n):
    """Return the frequencies of a grid of n samples, in the order of the Fourier transform."""
    return (np.arange(n) + n // 2) % n - n // 2


# ---------------------------------------------------------------------------------------------------------------
# Weighted averages, and what the next layer sees


def weights_of_steps(weights, siblings):
    """Return the weights of each step, or None for each."""
    return weights.steps if weights else [None] * len(siblings.steps)


def amplified(u, weights):
    """Multiply moduli (batch, n, *size) by their gains."""
    return u if weights is None or weights.gains is None else u * weights.gains


def weighted_average(u, weights, averaging, plan):
    """Average moduli with weights; NaN where the average of the weights is less than ``plan.min_coverage``.

    Parameters
    ----------
    u : ndarray of shape (batch, n, *size)
        Moduli.
    weights : StepWeights
    averaging : Averaging
    plan : Plan

    Returns
    -------
    s : ndarray of shape (batch, n, *plan.modulus_shape)
    """
    s = average(u, averaging, plan, weights=weights.values)
    coverage = _per_output(weights, plan)
    return np.divide(s, coverage, out=np.full_like(s, np.nan), where=coverage >= plan.min_coverage)


def weighted_average_adjoint(g, weights, plan):
    """Divide weights of outputs by the coverage, as :func:`weighted_average` does the averages; zero for NaN."""
    coverage = _per_output(weights, plan)
    return np.divide(g, coverage, out=np.zeros_like(g), where=coverage >= plan.min_coverage)


def _per_output(weights, plan):
    return weights.coverage[..., np.newaxis] if plan.powers else weights.coverage


def continued(u, weights):
    """Continue moduli (batch, n, *size) by their weighted mean where weights are small; the signal is as it is."""
    if weights.gains is None:
        return u
    w, axes = weights.values, operators.grid_axes(u.ndim - 2)
    mean = (w * u).sum(axis=axes, keepdims=True) / _total(weights)
    return w * u + (1 - w) * mean


def continued_adjoint(g, weights):
    """Adjoint of :func:`continued`."""
    if weights.gains is None:
        return g
    w, axes = weights.values, operators.grid_axes(g.ndim - 2)
    return w * (g + ((1 - w) * g).sum(axis=axes, keepdims=True) / _total(weights))


def _total(weights):
    """Return the sum of the weights of each node, 1 if it is zero."""
    total = weights.values.sum(axis=tuple(range(2, weights.values.ndim)), keepdims=True)
    return np.where(total > 0, total, 1)


def coverage_of(missing: np.ndarray, plan: Plan, dtype: np.dtype) -> np.ndarray:
    """Return the average weight behind each output for signals with some gaps.

    Parameters
    ----------
    missing : ndarray of bool of shape (m, *plan.shape)
    plan : Plan
    dtype : dtype
        Precision of the signals.

    Returns
    -------
    coverage : ndarray of shape (m, n_paths, *plan.path_shape)
        Between 0 and 1.
    """
    coverage = np.empty((len(missing), len(plan.paths), *plan.path_shape), dtype)
    pending = [(plan_gaps(missing, plan, dtype).weights, schedule(plan, dtype))]
    while pending:
        weights, siblings = pending.pop()
        for weighted, step in zip(weights.steps, siblings.steps, strict=True):
            coverage[:, step.paths] = np.clip(_per_output(weighted, plan), 0, 1)
        pending += [(weights.child(i, plan), child) for i, child in enumerate(siblings.children)]
    return coverage
