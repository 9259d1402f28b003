"""Coefficients that do not depend on the amplitude."""

from dataclasses import replace

import numpy as np

from skscat._checks import as_array
from skscat._core._amplitude import rescale_outputs, scale_exponents, times_exp2
from skscat._core._bridging import missing_samples, with_zeros
from skscat._core._caching import cached_per_plan
from skscat._core._records import Plan
from skscat._core._scatter import scatter
from skscat._core._traversal import check_input, check_outputs, flat_signals

# Added to divisors, relative to the largest average of |x|, so that silence divided by silence is near zero.
FLOOR = 2.0**-20


@cached_per_plan
def _mean_plan(plan):
    """Return the plan of the zeroth order alone: the average of the signal."""
    return replace(plan, nodes=plan.nodes[:1], sizes=plan.sizes[:1], paths=plan.nodes[:1], joint=None)


def renormalize(s: np.ndarray, x: np.ndarray, plan: Plan) -> np.ndarray:
    r"""Divide coefficients by those of the previous order, so that they do not depend on the amplitude.

    Coefficients of order m >= 2 are divided by the magnitude of their parent, those of first order by the average of
    ``|x|``; those of zeroth order stay as they are. A fraction :math:`2^{-20}` of the largest average of ``|x|`` is
    added to every divisor.

    Parameters
    ----------
    s : ndarray of shape (..., n_paths, *plan.path_shape)
        Output of ``scatter(x, plan)``.
    x : ndarray of shape (..., *plan.shape)
        The signals.
    plan : Plan
        What ``plan(shape)`` of an estimator returned, or its attribute ``plan_``.

    Returns
    -------
    s : ndarray of the same shape

    Raises
    ------
    ValueError
        If the plan does not average, or the shapes of s or x do not fit it.

    References
    ----------
    .. [1] J. Anden and S. Mallat, "Deep scattering spectrum", IEEE Trans. Signal Process. 62 (2014), 4114-4128,
           section V.
    """
    if plan.average is None:
        raise ValueError("the plan has average=None, which keeps the moduli; expected one that averages.")
    s, x = as_array("s", s), as_array("x", x)
    check_outputs("s", s, check_input(x, plan), plan)
    flat, outputs = flat_signals(x, plan), s.reshape(-1, *s.shape[x.ndim - len(plan.shape) :])
    exponents = _exponents(flat, plan)
    scaled = rescale_outputs(outputs, -exponents, plan.powers)
    return _ratios(scaled, times_exp2(flat, -exponents), plan, outputs).reshape(s.shape)


def scatter_renormalized(x, plan):
    """Return ``renormalize(scatter(x, plan), x, plan)``, also where the coefficients are too small or too large."""
    flat = flat_signals(x, plan)
    exponents = _exponents(flat, plan)
    flat = times_exp2(flat, -exponents)
    s = scatter(flat, plan)
    zeroth = np.where(_zeroth(plan), s, 0)
    unscaled = rescale_outputs(zeroth, exponents, plan.powers)
    return _ratios(s, flat, plan, unscaled).reshape(*x.shape[: x.ndim - len(plan.shape)], *s.shape[1:])


def _exponents(x, plan):
    """Return the exponents of signals that may have gaps."""
    return scale_exponents(with_zeros(x, missing_samples(x, plan)), plan.powers)


def _zeroth(plan):
    """Return which paths are of zeroth order, as an array that broadcasts with coefficients."""
    return (plan.paths["order"] == 0).reshape(-1, *(1,) * len(plan.path_shape))


def _without_gain(s, plan):
    """Undo the factor of the coefficients of first order, which is not one of averages of moduli."""
    if plan.joint is None or plan.joint.gain == 1:
        return s
    first = (plan.paths["order"] == 1).reshape(-1, *(1,) * len(plan.path_shape))
    return np.where(first, s / plan.joint.gain, s)


def _ratios(s, x, plan, unscaled):
    """Divide coefficients of signals of ordinary amplitude; those of zeroth order are those of ``unscaled``."""
    s = _without_gain(s, plan)
    axis = -1 - len(plan.path_shape)
    amplitude = scatter(np.abs(x), _mean_plan(plan))
    if len(plan.path_shape) > len(plan.modulus_shape):
        # The same for all positions on the index axis.
        amplitude = np.expand_dims(amplitude, -1 - len(plan.modulus_shape))
    # Each power is divided by the same power.
    axes = range(axis, -1 if plan.powers else 0)
    # Outputs inside gaps are NaN.
    floor = FLOOR * np.fmax.reduce(np.abs(amplitude), axis=tuple(axes), keepdims=True)
    order = plan.paths["order"]
    divisor = np.take(s, np.maximum(plan.paths["parent"], 0), axis=axis)
    np.moveaxis(divisor, axis, 0)[order == 1] = np.moveaxis(amplitude, axis, 0)
    divisor = np.abs(divisor) + floor
    out = np.divide(s, divisor, out=np.zeros_like(s), where=divisor != 0)
    return np.where(_zeroth(plan), unscaled, out)
