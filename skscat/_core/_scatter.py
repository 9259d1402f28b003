"""The scattering transform and its vector-Jacobian product, as functions of arrays of any library."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from math import prod
from typing import Any

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core._cascade import run, run_vjp
from skscat._core._records import Plan, real_dtype
from skscat._core._threads import n_workers, run_tasks, task_length
from skscat._core._traversal import block_length, blocks_of, check_input, check_outputs, flat_signals


def scatter(x: Any, plan: Plan) -> Any:
    """Compute the scattering transform of signals.

    Parameters
    ----------
    x : array of shape (..., *plan.shape)
        Real signals, float32 or float64; leading axes are batch axes. Arrays of NumPy, PyTorch or CuPy, on any device,
        or of another library that follows the array API standard. If ``plan.is_complex``, also complex64 or
        complex128; real signals then have imaginary parts of zero. If the estimator has ``nan_policy="omit"``, NaN
        marks missing samples. Signals that have been extended at their boundaries have the shape
        ``(..., *plan.grid)``, with ``plan.pad_left`` samples before the first.
    plan : Plan
        Plan, as returned by ``plan(shape)`` of an estimator, or its attribute ``plan_``.

    Returns
    -------
    s : array of shape (..., n_paths, *plan.path_shape)
        Averaged moduli along every path, in the order of ``plan.paths`` and the precision of x; of the same library
        and on the same device. If x is a PyTorch tensor that requires a gradient, it flows through s.

    Raises
    ------
    ValueError
        If x does not have one of these types, or its trailing axes are neither ``plan.shape`` nor ``plan.grid``.

    See Also
    --------
    scatter_vjp : Gradients of weighted sums of the outputs.

    Notes
    -----
    Signals whose squares or powers would not fit their precision are divided by a power of two, and the outputs are
    scaled back, so that they are accurate at any amplitude at which they fit. Signals that are constant up to rounding
    errors are treated as constant: their coefficients of first and higher orders are zero, unless wavelets have a
    nonzero mean or padding adds zeros.

    Transforms of PyTorch tensors in CPU memory are computed by NumPy, in ``torch.get_num_threads()`` threads; so are
    those of signals with gaps, and of arrays of libraries other than PyTorch and CuPy. Filters are copied to other
    devices once, and kept there for as long as the plan lives.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D, scatter
    >>> plan = Scattering1D(J=6, Q=8).plan(1024)
    >>> scatter(np.ones((3, 1024)), plan).shape
    (3, 204, 16)
    """
    return compute(arrays.as_any_array("x", x), plan)


def scatter_vjp(x: Any, g: Any | Callable[..., Any], plan: Plan) -> Any:
    """Compute the gradient of ``(g * scatter(x, plan)).sum()`` with respect to x, a vector-Jacobian product.

    The tree of moduli is traversed again, so that only one branch is in memory. Where a modulus is zero, its gradient
    is taken as zero. With respect to complex x, the gradient is that for the real inner product: its real part holds
    the derivatives with respect to the real parts of x, its imaginary part those with respect to the imaginary parts.

    Parameters
    ----------
    x : array of shape (..., *plan.shape)
        Signals, as for :func:`scatter`.
    g : array of shape (..., n_paths, *plan.path_shape), or callable
        Weights of the outputs. A callable ``g(s, rows, paths)`` receives outputs ``s`` as soon as they are computed
        and returns their weights: ``rows`` are the signals, a slice or (if there are gaps) an array of their indices,
        with batch axes flattened, and ``paths`` the array of rows of ``plan.paths``. The gradient of a loss that is a
        sum over outputs then takes one traversal.
    plan : Plan
        Plan, as returned by ``plan(shape)`` of an estimator, or its attribute ``plan_``.

    Returns
    -------
    gradient : array of shape (..., *plan.shape)
        Of the library of x, and on its device. Complex if ``plan.is_complex``.

    Raises
    ------
    ValueError
        If the shapes of x or g do not fit the plan.

    See Also
    --------
    scatter : The transform.

    Examples
    --------
    The gradient of half the squared norm of the coefficients:

    >>> import numpy as np
    >>> from skscat import Scattering1D, scatter, scatter_vjp
    >>> plan = Scattering1D(J=4).plan(256)
    >>> x = np.random.default_rng(0).standard_normal((2, 256))
    >>> scatter_vjp(x, scatter(x, plan), plan).shape
    (2, 256)
    """
    return compute_vjp(arrays.as_any_array("x", x), g, plan)


# ---------------------------------------------------------------------------------------------------------------
# Who computes


def compute(x, plan, signal=None):
    """Compute :func:`scatter`, by a given schedule or by that of the plan."""
    by = {"plan": plan, "signal": signal}
    if not arrays.is_torch(x):
        return _computed(x, **by)
    check_input(x, plan)
    return _autograd().differentiable(x, partial(_computed, **by), partial(_computed_vjp, **by))


def compute_vjp(x, g, plan, signal=None):
    """Compute :func:`scatter_vjp`, by a given schedule or by that of the plan."""
    by = {"plan": plan, "signal": signal}
    if not arrays.is_torch(x):
        return _computed_vjp(x, g, **by)
    check_input(x, plan)
    if callable(g):
        return _computed_vjp(arrays.detached(x), g, **by)
    g = arrays.astype(arrays.as_like("g", g, x), arrays.precision(x))
    return _autograd().differentiable_once(x, g, partial(_computed_vjp, **by))


def _autograd():
    """Return what makes functions of tensors differentiable: a module that imports PyTorch."""
    return import_module("skscat._core._autograd")


def _computed(x, plan, signal):
    if not is_left_to_numpy(x, plan):
        return run(x, plan, signal)
    values = arrays.to_numpy(x)
    batch, shape = check_input(values, plan), (len(plan.paths), *plan.path_shape)
    s = np.empty((prod(batch), prod(shape)), arrays.precision(values))
    _fill_in_threads(s, _n_threads(x), run, plan, signal, flat_signals(values, plan))
    return arrays.from_numpy(s.reshape(*batch, *shape), x)


def _computed_vjp(x, g, plan, signal):
    if not is_left_to_numpy(x, plan):
        return run_vjp(x, g if callable(g) else arrays.as_like("g", g, x), plan, signal)
    values = arrays.to_numpy(x)
    batch, flat = check_input(values, plan), flat_signals(values, plan)
    if callable(g):
        return arrays.from_numpy(run_vjp(values, _of_numpy(g, x), plan, signal), x)
    g = arrays.to_numpy(arrays.as_any_array("g", g))
    check_outputs("g", g, batch, plan)
    g = g.reshape(len(flat), *g.shape[len(batch) :])
    gradient = np.empty((len(flat), prod(flat.shape[1:])), flat.dtype)
    _fill_in_threads(gradient, _n_threads(x), run_vjp, plan, signal, flat, g)
    return arrays.from_numpy(gradient.reshape(values.shape), x)


def is_left_to_numpy(x, plan):
    """Return whether NumPy computes for another library, and the results go back to it.

    It does for tensors in the memory of the CPU, since it is faster than PyTorch there and need not copy them; for
    libraries that are not known; and if signals may have gaps.
    """
    if arrays.is_numpy(x):
        return arrays.is_foreign(x)
    return arrays.is_on_host(x) or plan.min_coverage is not None


def _of_numpy(weigh, like):
    """Let a function of outputs that takes arrays of another library take those of NumPy."""
    return lambda s, rows, paths: arrays.to_numpy(weigh(arrays.from_numpy(s, like), rows, paths))


def _n_threads(x):
    """Return the number of threads that PyTorch would use."""
    return n_workers(arrays.namespace(x).get_num_threads() if arrays.is_torch(x) else 1)


def _fill_in_threads(out, n_threads, function, plan, signal, *inputs):
    """Fill the rows of ``out`` with a function of the rows of some arrays, of a plan and of its schedule."""
    length = task_length(block_length(plan, real_dtype(out.dtype)), len(out), max(1, out[:1].nbytes), n_threads)
    blocks = blocks_of(len(out), max(1, length))
    if n_threads == 1 or len(blocks) < 2:
        out[:] = function(*inputs, plan, signal).reshape(out.shape)
    else:
        tasks = [(block, function, *(values[block] for values in inputs), plan, signal) for block in blocks]
        run_tasks(out, tasks, n_threads, verbose=0)
