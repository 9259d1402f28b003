"""Gradient descent on signals, to given outputs of a representation."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

# Gradients of past steps that approximate curvature.
MEMORY = 20


class Descent(NamedTuple):
    """Where a descent ended, and the loss after each step."""

    x: np.ndarray
    losses: np.ndarray


def descend(representation, target, scale, x, *, tol, max_iter, verbose=0):
    r"""Change a signal by gradient descent until a representation has given outputs.

    The loss is :math:`\tfrac12 \sum_p ((\Phi_p x - t_p) / s_p)^2`, minimized by L-BFGS in double precision.

    Parameters
    ----------
    representation : estimator
        Fitted, with methods ``transform`` and ``gradient``.
    target, scale : ndarray of shape (n_outputs,)
        Outputs t to reach, and the sizes s of what counts as an error.
    x : ndarray of shape (n_features,)
        Where to begin.
    tol : float
        Stop when the loss has fallen to this share of its first value.
    max_iter : int
        Steps, at most.
    verbose : int
        Print the loss every so many steps; 0 is silent.

    Returns
    -------
    descent : Descent
    """
    losses, targets, scales = [], target[np.newaxis], scale[np.newaxis]

    def value_and_gradient(x):
        loss = 0.0

        def weights(s, index):
            nonlocal loss
            residual = (s - targets[index]) / scales[index]
            loss += 0.5 * np.sum(residual**2)
            return residual / scales[index]

        gradient = representation.gradient(x[np.newaxis], weights)[0]
        if not losses:
            note(loss)
        return loss, gradient

    def callback(intermediate_result):
        note(intermediate_result.fun)
        if losses[-1] <= tol * losses[0]:
            raise StopIteration

    def note(loss):
        losses.append(float(loss))
        if verbose and (len(losses) - 1) % verbose == 0:
            print(f"step {len(losses) - 1:5d}  loss {losses[-1]:.3e}", flush=True)

    options = {"maxiter": max_iter, "maxfun": 10 * max_iter, "maxcor": MEMORY, "ftol": 0, "gtol": 0}
    result = minimize(value_and_gradient, x, jac=True, method="L-BFGS-B", callback=callback, options=options)
    return Descent(result.x, np.array(losses))
