"""Coefficients that do not depend on the amplitude."""

from dataclasses import replace
from typing import Any

import numpy as np

from skscat._core import _namespace as arrays
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


def renormalize(s: Any, x: Any, plan: Plan) -> Any:
    r"""Divide coefficients by those of the previous order, so that they do not depend on the amplitude.

    Coefficients of order m >= 2 are divided by the magnitude of their parent, those of first order by the average of
    ``|x|``; those of zeroth order are unchanged. A fraction :math:`2^{-20}` of the largest average of ``|x|`` is added
    to every divisor.

    Parameters
    ----------
    s : ndarray of shape (..., n_paths, *plan.path_shape)
        Output of ``scatter(x, plan)``, an array of any library that it takes.
    x : ndarray of shape (..., *plan.shape)
        The signals.
    plan : Plan
        Plan, as returned by ``plan(shape)`` of an estimator, or its attribute ``plan_``.

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
    given, x = arrays.as_any_array("s", s), arrays.for_computing(arrays.as_any_array("x", x))
    s = arrays.for_computing(given)
    check_outputs("s", s, check_input(x, plan), plan)
    if arrays.is_numpy(s) != arrays.is_numpy(x):
        # PyTorch keeps track of one of them, or one is on a device.
        s, x = (arrays.from_numpy(s, x), x) if arrays.is_numpy(s) else (s, arrays.from_numpy(x, s))
    flat, outputs = flat_signals(x, plan), s.reshape(-1, *s.shape[x.ndim - len(plan.shape) :])
    exponents = _exponents(flat, plan)
    scaled = rescale_outputs(outputs, -exponents, plan.powers)
    return arrays.back_to(given, _ratios(scaled, times_exp2(flat, -exponents), plan, outputs).reshape(s.shape))


def scatter_renormalized(x, plan):
    """Return ``renormalize(scatter(x, plan), x, plan)``, also where the coefficients are too small or too large."""
    flat = flat_signals(arrays.for_computing(x), plan)
    exponents = _exponents(flat, plan)
    flat = times_exp2(flat, -exponents)
    s = scatter(flat, plan)
    zeroth = arrays.where(_of_order(0, plan), s, 0)
    unscaled = rescale_outputs(zeroth, exponents, plan.powers)
    ratios = _ratios(s, flat, plan, unscaled)
    return arrays.back_to(x, ratios.reshape(*x.shape[: x.ndim - len(plan.shape)], *s.shape[1:]))


def _exponents(x, plan):
    """Return the exponents of signals that may have gaps."""
    if plan.min_coverage is not None:
        x = arrays.to_numpy(x)
    return scale_exponents(with_zeros(x, missing_samples(x, plan)), plan.powers)


def _of_order(order, plan):
    """Return which paths are of an order, as an array that broadcasts with coefficients."""
    return (plan.paths["order"] == order).reshape(-1, *(1,) * len(plan.path_shape))


def _without_gain(s, plan):
    """Undo the factor of the coefficients of first order, which is not one of averages of moduli."""
    if plan.joint is None or plan.joint.gain == 1:
        return s
    return arrays.where(_of_order(1, plan), s / plan.joint.gain, s)


def _ratios(s, x, plan, unscaled):
    """Divide coefficients of signals of ordinary amplitude; those of zeroth order are those of ``unscaled``."""
    s = _without_gain(s, plan)
    axis = -1 - len(plan.path_shape)
    amplitude = scatter(abs(x), _mean_plan(plan))
    if len(plan.path_shape) > len(plan.modulus_shape):
        # The same for all positions on the index axis.
        amplitude = amplitude[(..., None, *(slice(None),) * len(plan.modulus_shape))]
    # Each power is divided by the same power.
    axes = range(axis, -1 if plan.powers else 0)
    # Outputs inside gaps are NaN.
    floor = FLOOR * arrays.largest(abs(amplitude), tuple(axes))
    divisor = arrays.take(s, np.maximum(plan.paths["parent"], 0), axis)
    first = arrays.from_numpy(plan.paths["order"] == 1, s)
    divisor[(..., first, *(slice(None),) * len(plan.path_shape))] = amplitude
    divisor = abs(divisor) + floor
    return arrays.where(_of_order(0, plan), unscaled, arrays.divide(s, divisor, divisor != 0))
