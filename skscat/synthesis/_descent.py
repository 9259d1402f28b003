"""Gradient descent on a signal toward given outputs of a representation."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from skscat._core._amplitude import times_exp2

# Number of past gradients from which L-BFGS approximates the curvature.
MEMORY = 20
# Binary logarithms of the amplitudes, at most, of signals that are optimized in their own unit: the first step of
# L-BFGS has length one.
LARGEST_EXPONENT = 20


class Descent(NamedTuple):
    """Signal that a descent has found, and the loss at each iteration."""

    x: np.ndarray
    losses: np.ndarray


def descend(representation, target, scale, x, *, tol, max_iter, stop=0.0, verbose=0):
    r"""Optimize a signal by gradient descent so that a representation has given outputs.

    The loss is :math:`\tfrac12 \sum_p ((\Phi_p x - t_p) / s_p)^2`, minimized by L-BFGS in double precision.

    Parameters
    ----------
    representation : estimator
        Fitted estimator with a method ``gradient``.
    target, scale : ndarray of shape (n_outputs,)
        Outputs t to reach, and scales s by which their errors are divided.
    x : ndarray of shape (n_features,)
        Initial signal.
    tol : float
        Stop when the loss is at most this fraction of its initial value.
    max_iter : int
        Maximum number of iterations.
    stop : float, default=0.0
        Stop when the loss is at most this value.
    verbose : int
        Verbosity level. If positive, the loss is printed every ``verbose`` iterations.

    Returns
    -------
    descent : Descent
    """
    unit = _unit_exponent(x)
    losses, targets, scales = [], target[np.newaxis], scale[np.newaxis]

    def value_and_gradient(y):
        x = times_exp2(y, unit)
        loss = 0.0

        def weights(s, index):
            nonlocal loss
            residual = (s - targets[index]) / scales[index]
            loss += 0.5 * np.sum(residual**2)
            return residual / scales[index]

        gradient = representation.gradient(x[np.newaxis], weights)[0]
        if not losses:
            record(loss)
        return loss, times_exp2(gradient, unit)

    def callback(intermediate_result):
        record(intermediate_result.fun)
        if losses[-1] <= max(tol * losses[0], stop):
            raise StopIteration

    def record(loss):
        losses.append(float(loss))
        if verbose and (len(losses) - 1) % verbose == 0:
            print(f"step {len(losses) - 1:5d}  loss {losses[-1]:.3e}", flush=True)

    options = {"maxiter": max_iter, "maxfun": 10 * max_iter, "maxcor": MEMORY, "ftol": 0, "gtol": 0}
    result = minimize(
        value_and_gradient, times_exp2(x, -unit), jac=True, method="L-BFGS-B", callback=callback, options=options
    )
    return Descent(times_exp2(result.x, unit), np.array(losses))


def _unit_exponent(x):
    """Binary logarithm of the unit in which a signal is optimized."""
    exponent = int(np.frexp(np.abs(x).max(initial=0))[1])
    return exponent if abs(exponent) > LARGEST_EXPONENT else 0
