"""Coefficients that do not depend on the amplitude."""

from dataclasses import replace

import numpy as np

from skscat._core._caching import cached_per_plan
from skscat._core._cascade import check_input, check_outputs, scatter
from skscat._core._records import Plan

# What is added to divisors, relative to the loudest place: silence divided by silence is near zero.
FLOOR = 2.0**-20


@cached_per_plan
def _mean_plan(plan):
    """Plan of zeroth order alone: the average of the signal."""
    return replace(plan, nodes=plan.nodes[:1], sizes=plan.sizes[:1], paths=plan.nodes[:1], joint=None)


def renormalize(s: np.ndarray, x: np.ndarray, plan: Plan) -> np.ndarray:
    r"""Divide coefficients by those they come from, so that they do not depend on the amplitude.

    Order m >= 2 is divided by the magnitude of its parent, order one by the average of ``|x|``; order zero stays as it
    is. A fraction :math:`2^{-20}` of the largest average of ``|x|`` is added to every divisor.

    Parameters
    ----------
    s : ndarray of shape (..., n_paths, *plan.output_grid)
        What ``scatter(x, plan)`` returned.
    x : ndarray of shape (..., *plan.shape)
        The signals.
    plan : Plan
        What a function ``plan_*`` returned.

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
    s, x = np.asarray(s), np.asarray(x)
    check_outputs("s", s, check_input(x, plan), plan)
    axis = -1 - len(plan.output_grid)
    loudness = scatter(np.abs(x), _mean_plan(plan))
    if len(plan.output_grid) > len(plan.modulus_grid):
        # The same for all places on the index axis.
        loudness = np.expand_dims(loudness, -1 - len(plan.modulus_grid))
    # Each power is divided by the same power.
    places = range(axis, -1 if plan.powers else 0)
    floor = FLOOR * np.abs(loudness).max(axis=tuple(places), keepdims=True)
    order = plan.paths["order"]
    divisor = np.take(s, np.maximum(plan.paths["parent"], 0), axis=axis)
    np.moveaxis(divisor, axis, 0)[order == 1] = np.moveaxis(loudness, axis, 0)
    divisor = np.abs(divisor) + floor
    out = np.divide(s, divisor, out=np.zeros_like(s), where=divisor > 0)
    np.moveaxis(out, axis, 0)[order == 0] = np.moveaxis(s, axis, 0)[order == 0]
    return out
