"""Reconstruction from moduli in a space of higher dimension, where descents meet fewer local minima."""

import numpy as np

from skscat._core._amplitude import scale_exponents
from skscat.synthesis._descent import descend

# Weights of the energy of all components but the first, relative to the energy of all: the smallest after the first
# descent, and its factor from one stage to the next.
SMALLEST_PENALTY, PENALTY_FACTOR, N_STAGES = 1e-4, 2.0, 10
# Share of all iterations before there is a penalty.
FREE_SHARE = 0.25


class PooledRepresentation:
    """Representation of signals of several components, whose first moduli are pooled over the components.

    The outputs of one signal are those of each component, then the samples of all components but the first. Since the
    moduli are pooled, components differ in zeroth-order outputs only.

    Parameters
    ----------
    scattering : PlannedScattering
        Fitted scattering transform.
    n_components : int
        Number of components.
    """

    def __init__(self, scattering, n_components):
        self.scattering = scattering
        self.n_components = n_components

    def gradient(self, X, weights):
        """Return the gradient of a weighted sum of the outputs of one signal, a row of concatenated components."""
        x, n_outputs = X.reshape(self.n_components, -1), len(self.scattering.kinds_)
        others = x[1:].reshape(1, -1)

        def of_components(s, index):
            rows, columns = index
            return weights(s, (np.zeros_like(rows), rows * n_outputs + columns))

        gradient = self.scattering._gradient(x, of_components, n_pooled=self.n_components)
        columns = self.n_components * n_outputs + np.arange(others.size)[np.newaxis]
        gradient[1:] += weights(others, (np.zeros_like(columns), columns)).reshape(gradient[1:].shape)
        return gradient.reshape(1, -1)


def can_be_relaxed(scattering):
    """Return whether a representation has moduli to pool, and its zeroth-order outputs are linear."""
    plan = getattr(scattering, "plan_", None)
    return hasattr(scattering, "_gradient") and plan is not None and plan.powers in (None, (1,))


def relaxed_start(scattering, s, scale, x, *, n_components, max_iter, rng, verbose):
    """Descend on a signal of several components, which become one, and return the first.

    Zeros of wavelet coefficients that are not zeros of the signal sought are the obstacle to a descent on one signal:
    phases wind around them, so that no continuous change removes them. Pooled moduli of several components are zero
    where all components are, which is exceptional. The others are then forced to zero, by a penalty that grows.

    Parameters
    ----------
    scattering : PlannedScattering
        Fitted scattering transform.
    s, scale : ndarray of shape (n_outputs,)
        Outputs to reach, and scales by which their errors are divided.
    x : ndarray of shape (n_features,)
        Initial signal, the first component.
    n_components : int
        Number of components.
    max_iter : int
        Number of iterations of all stages together.
    rng : RandomState
    verbose : int

    Returns
    -------
    x : ndarray of shape (n_features,)
    """
    representation, others = PooledRepresentation(scattering, n_components), n_components - 1
    zeroth = np.asarray(scattering.kinds_) == 0
    target = np.concatenate([s, np.zeros(others * (len(s) + len(x)))])
    # Moduli count once, with the first component; the zeroth order of the other components is zero.
    of_others = np.tile(np.where(zeroth, scale, np.inf), others)
    y = np.concatenate([x, _in_range(np.std, x) * rng.standard_normal(others * len(x))])
    free = max(1, round(FREE_SHARE * max_iter))
    stages = [(0.0, free)]
    penalties = SMALLEST_PENALTY * PENALTY_FACTOR ** np.arange(N_STAGES)
    stages += [(penalty, max(1, (max_iter - free) // N_STAGES)) for penalty in penalties]
    for penalty, n_iter in stages:
        energy_scale = _in_range(np.linalg.norm, y) / np.sqrt(penalty) if penalty else np.inf
        scales = np.concatenate([scale, of_others, np.full(others * len(x), energy_scale)])
        y = descend(representation, target, scales, y, tol=0, max_iter=n_iter, verbose=verbose).x
    return y[: len(x)]


def _in_range(function, x):
    """Compute a function of degree one of signals whose squares may not fit their precision."""
    exponent = scale_exponents(x[np.newaxis], None)[0]
    return np.ldexp(function(np.ldexp(x, -exponent)), exponent)
