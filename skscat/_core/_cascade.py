"""The cascade: run a plan on signals, and its vector-Jacobian product.

The tree of moduli is traversed depth first, some siblings at a time, so that only one branch is in memory.
"""

from collections.abc import Callable

import numpy as np

from skscat._checks import as_array
from skscat._core import _operators as operators
from skscat._core._amplitude import is_constant, rescale_outputs, scale_exponents, times_exp2
from skscat._core._average import average, average_vjp
from skscat._core._bridging import bridge_adjoint, missing_samples, rows_by_gaps, with_zeros
from skscat._core._convolution import convolve, convolve_adjoint, convolve_index, moduli
from skscat._core._copying import pad_adjoint, scratch
from skscat._core._records import Plan, real_dtype
from skscat._core._schedule import schedule
from skscat._core._threads import checkpoint, single_threaded_blas
from skscat._core._traversal import (
    averages_of,
    block_length,
    blocks_of,
    check_input,
    check_outputs,
    clear_constants,
    empty_stack,
    flat_signals,
    index_axis,
    lift_siblings,
    lift_siblings_adjoint,
    next_spectrum,
    padded,
    put,
    shared_slices,
)
from skscat._core._weights import (
    amplified,
    continued_adjoint,
    gaps_of_blocks,
    weighted_average_adjoint,
    weights_of_steps,
)

# ---------------------------------------------------------------------------------------------------------------
# Scattering


@single_threaded_blas()
def scatter(x: np.ndarray, plan: Plan) -> np.ndarray:
    """Compute the scattering transform of signals.

    Parameters
    ----------
    x : ndarray of shape (..., *plan.shape)
        Real signals, float32 or float64; leading axes are batch axes. If ``plan.is_complex``, complex64 or complex128,
        too: real signals then have imaginary parts of zero. If the estimator has ``nan_policy="omit"``, NaN marks
        missing samples. Signals that have been extended at their boundaries have the shape
        ``(..., *plan.grid)``, with ``plan.pad_left`` samples before the first.
    plan : Plan
        What ``plan(shape)`` of an estimator returned, or its attribute ``plan_``.

    Returns
    -------
    s : ndarray of shape (..., n_paths, *plan.path_shape)
        Averaged moduli along every path, in the order of ``plan.paths`` and the precision of x.

    Raises
    ------
    ValueError
        If x does not have one of these types, or its trailing axes are neither ``plan.shape`` nor ``plan.grid``.

    See Also
    --------
    scatter_vjp : Gradients of weighted sums of the outputs.

    Notes
    -----
    Signals whose squares or powers would not fit their precision are divided by a power of two, and the outputs scaled
    back: outputs are right at any amplitude at which they fit. Signals that are constant up to rounding errors count
    as constant: they have no coefficients of first and later orders unless wavelets have a mean or padding adds zeros.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D, scatter
    >>> plan = Scattering1D(J=6, Q=8).plan(1024)
    >>> scatter(np.ones((3, 1024)), plan).shape
    (3, 204, 16)
    """
    x = as_array("x", x)
    batch = check_input(x, plan)
    x = flat_signals(x, plan)
    missing = missing_samples(x, plan)
    x = with_zeros(x, missing)
    exponents = scale_exponents(x, plan.powers)
    x = times_exp2(x, -exponents)
    s = np.zeros((len(x), len(plan.paths), *plan.path_shape), real_dtype(x.dtype))
    if missing is None:
        _scatter_rows(x, plan, s)
    else:
        for rows, gaps in rows_by_gaps(missing):
            part = s[rows]
            _scatter_rows(x[rows], plan, part, gaps)
            s[rows] = part
    return rescale_outputs(s, exponents, plan.powers).reshape(*batch, *s.shape[1:])


def _scatter_rows(x, plan, s, missing=None):
    """Write the outputs of signals with some gaps, see :func:`rows_by_gaps`, to s."""
    signal, gaps_of = schedule(plan, s.dtype), gaps_of_blocks(missing, plan, s.dtype)
    try:
        for block in blocks_of(len(x), block_length(plan, s.dtype)):
            checkpoint()
            gaps = gaps_of(block)
            u = padded(x[block], plan, gaps)
            _descend([u[:, np.newaxis]], signal, plan, s[block], is_constant(u), gaps and gaps.weights)
    finally:
        scratch.trim()


def _descend(layer, siblings, plan, s, constant=None, weights=None):
    """Average the moduli of siblings, one array per step, into s, and go on to the next layer.

    ``constant`` says which signals are constant, if the layer is the signal; ``weights`` are those of the siblings, if
    the signals have gaps.
    """
    stack = empty_stack(len(s), siblings, s.dtype)
    for u, step, w in zip(layer, siblings.steps, weights_of_steps(weights, siblings), strict=True):
        u = amplified(u, w)
        u_hat = next_spectrum(u, step, w)
        _write(averages_of(u, step, plan, u_hat, w), step, s)
        if stack is not None:
            stack = put(u_hat, step, siblings, stack)
    clear_constants(stack, siblings, plan, constant)
    for i, child in enumerate(siblings.children):
        _descend(
            (moduli(stack, step) for step in child.steps), child, plan, s, weights=weights and weights.child(i, plan)
        )
    for joint in siblings.joint:
        _scatter_jointly(stack, joint, plan, s)


def _write(averages, step, s):
    """Write the averages of a step to its paths, or add their share to the average along their index."""
    if step.pool is None:
        s[:, step.paths] = averages
    elif len(step.paths):
        path = s[:, step.paths[0]]
        path += operators.pool(averages, step.pool).reshape(path.shape)


def _scatter_jointly(u_hat, joint, plan, s):
    """Convolve siblings along the grid, then along their index, and average the moduli into s."""
    step, axis = joint.step, index_axis(joint)
    z_hat = lift_siblings(convolve(u_hat, step, reuse=True), joint)
    for path, psi, pool in joint.terms:
        w = convolve_index(z_hat, psi, step.size)
        u = scratch.empty("moduli", (len(s), *w.shape[2:]), s.dtype)
        u = operators.modulus(w, -axis, out=u)
        s[:, path] = average(u, step.averaging, plan, pool=pool).reshape(s[:, path].shape)


# ---------------------------------------------------------------------------------------------------------------
# Its vector-Jacobian product


@single_threaded_blas()
def scatter_vjp(x: np.ndarray, g: np.ndarray | Callable[..., np.ndarray], plan: Plan) -> np.ndarray:
    """Compute the gradient of ``(g * scatter(x, plan)).sum()`` with respect to x, a vector-Jacobian product.

    The tree of moduli is traversed again, so that only one branch is in memory. Where a modulus is zero, its gradient
    is taken as zero. With respect to complex x, the gradient is that for the real inner product: its real part holds
    the derivatives with respect to the real parts of x, its imaginary part those with respect to the imaginary parts.

    Parameters
    ----------
    x : ndarray of shape (..., *plan.shape)
        Signals, as :func:`scatter` takes them.
    g : ndarray of shape (..., n_paths, *plan.path_shape), or callable
        Weights of the outputs. A callable ``g(s, rows, paths)`` is given outputs ``s`` as soon as they are known and
        returns their weights: ``rows`` are the signals, a slice or (if there are gaps) an array of their numbers, with
        batch axes flattened, and ``paths`` the array of rows of ``plan.paths``. The gradient of a loss that is a sum
        over outputs then takes one traversal.
    plan : Plan
        What ``plan(shape)`` of an estimator returned, or its attribute ``plan_``.

    Returns
    -------
    gradient : ndarray of shape (..., *plan.shape)
        Complex if ``plan.is_complex``.

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
    x = as_array("x", x)
    batch = check_input(x, plan)
    flat, shape = flat_signals(x, plan), (len(plan.paths), *plan.path_shape)
    missing = missing_samples(flat, plan)
    flat = with_zeros(flat, missing)
    weigh = g if callable(g) else None
    g = np.zeros((*batch, *shape)) if weigh else as_array("g", g)
    check_outputs("g", g, batch, plan)
    exponents = scale_exponents(flat, plan.powers)
    flat = times_exp2(flat, -exponents)
    # Weights of the outputs for scaled signals: the gradient with respect to them is that which is asked for.
    g = rescale_outputs(g.reshape(len(flat), *shape), exponents, plan.powers, degree=1)
    g = np.asarray(g, real_dtype(x.dtype))
    if weigh and plan.joint:
        # Averages along an index combine several siblings, and are known only at the end of a traversal.
        g[:] = _of_scaled(weigh, exponents, plan)(scatter(flat, plan), slice(0, len(flat)), np.arange(len(plan.paths)))
        weigh = None
    weigh = weigh and _of_scaled(weigh, exponents, plan)
    gradient = np.empty_like(flat)
    if missing is None:
        _scatter_rows_vjp(flat, g, plan, weigh, gradient)
    else:
        for rows, gaps in rows_by_gaps(missing):
            part = gradient[rows]
            _scatter_rows_vjp(flat[rows], g[rows], plan, weigh, part, rows, gaps)
            gradient[rows] = part
    return gradient.reshape(x.shape)


def _scatter_rows_vjp(x, g, plan, weigh, gradient, rows=None, missing=None):
    """Write the gradients with respect to some rows of all signals, with some gaps, to ``gradient``."""
    signal, gaps_of = schedule(plan, g.dtype), gaps_of_blocks(missing, plan, g.dtype)
    try:
        for block in blocks_of(len(x), block_length(plan, g.dtype)):
            checkpoint()
            gaps = gaps_of(block)
            u = padded(x[block], plan, gaps)
            weigh_block = weigh and _of_rows(weigh, block if rows is None else rows[block])
            weights = gaps and gaps.weights
            du = _descend_vjp([u[:, np.newaxis]], signal, plan, g[block], weigh_block, is_constant(u), weights)
            dx = pad_adjoint(du[0][:, 0], plan.pad_left, x.shape[1:], plan.padding)
            gradient[block] = bridge_adjoint(dx, gaps.bridge) if gaps else dx
    finally:
        scratch.trim()


def _of_scaled(weigh, exponents, plan):
    """Take the outputs of scaled signals, and return their weights, where ``weigh`` takes those of the signals."""

    def scaled(s, rows, paths):
        g = weigh(rescale_outputs(s, exponents[rows], plan.powers), rows, paths)
        return rescale_outputs(np.asarray(g), exponents[rows], plan.powers, degree=1)

    return scaled


def _of_rows(weigh, rows):
    """Restrict a function of outputs, signals and paths to some of the signals."""
    return lambda s, paths: weigh(s, rows, paths)


def _descend_vjp(layer, siblings, plan, g, weigh, constant=None, weights=None):
    """Gradients, with respect to the moduli of siblings, of everything that is computed from them.

    If there is a function ``weigh``, it fills g as averages become known. ``constant`` says which signals are
    constant, if the layer is the signal; ``weights`` are those of the siblings, if the signals have gaps.
    """
    stack, of_steps = empty_stack(len(g), siblings, g.dtype), weights_of_steps(weights, siblings)
    layer = [amplified(u, w) for u, w in zip(layer, of_steps, strict=True)]
    for u, step, w in zip(layer, siblings.steps, of_steps, strict=True):
        u_hat = next_spectrum(u, step, w) if stack is not None or weigh else None
        if stack is not None:
            stack = put(u_hat, step, siblings, stack)
        if weigh:
            g[:, step.paths] = weigh(averages_of(u, step, plan, u_hat, w), step.paths)
    clear_constants(stack, siblings, plan, constant)
    d_stack = None if stack is None else np.zeros_like(stack)
    for i, child in enumerate(siblings.children):
        z = [convolve(stack, step) for step in child.steps]
        v = [operators.modulus(a, len(plan.grid)) for a in z]
        dv = _descend_vjp(v, child, plan, g, weigh, weights=weights and weights.child(i, plan))
        for step, *arrays in zip(child.steps, z, v, dv, strict=True):
            convolve_adjoint(operators.modulus_vjp(*arrays, len(plan.grid)), step, d_stack)
    for joint in siblings.joint:
        _scatter_jointly_vjp(stack, joint, plan, g, d_stack)
    steps = zip(layer, siblings.steps, of_steps, strict=True)
    return [_moduli_vjp(u, step, siblings, d_stack, plan, g, w) for u, step, w in steps]


def _scatter_jointly_vjp(stack, joint, plan, g, d_stack):
    """Add to d_stack the gradient of what :func:`_scatter_jointly` computes."""
    step, axis = joint.step, index_axis(joint)
    z_hat = lift_siblings(convolve(stack, step), joint)
    dz_hat = np.zeros_like(z_hat)
    for path, psi, pool in joint.terms:
        w = convolve_index(z_hat, psi, step.size)
        u = operators.modulus(w, -axis)
        weights = g[:, path].reshape(len(g), -1, *plan.modulus_shape)
        du, _ = average_vjp(u, weights, step.averaging, plan, pool)
        dw = operators.modulus_vjp(w, u, du, -axis)
        operators.multiply_adjoint(operators.synthesize_adjoint(dw, (axis,)), psi.pieces, dz_hat)
    convolve_adjoint(lift_siblings_adjoint(dz_hat, joint), step, d_stack)


def _moduli_vjp(u, step, siblings, d_stack, plan, g, weights=None):
    """Gradient with respect to the moduli of one step, through their average and through the next layer."""
    if weights:
        g_step = weighted_average_adjoint(_write_adjoint(step, plan, g), weights, plan)
        du, du_hat = average_vjp(u, g_step, step.averaging, plan, weights=weights.values)
    else:
        du, du_hat = average_vjp(u, _write_adjoint(step, plan, g), step.averaging, plan)
    band = step.averaging.band
    if d_stack is not None:
        if du_hat is None:
            du_hat = np.zeros((*u.shape[:2], *band.shape), d_stack.dtype)
        own, common = shared_slices(step, siblings)
        du_hat[own] += d_stack[common]
    if du_hat is not None:
        back = operators.spectrum_adjoint(du_hat, *band, step.size, np.iscomplexobj(u))
        back = continued_adjoint(back, weights) if weights else back
        du = back if du is None else du + back
    return amplified(du, weights)


def _write_adjoint(step, plan, g):
    """Adjoint of :func:`_write`: the gradient with respect to the averages of a step."""
    if step.pool is None:
        return g[:, step.paths]
    if not len(step.paths):
        return np.zeros((len(g), len(step.members), *plan.modulus_shape), g.dtype)
    return operators.pool_adjoint(g[:, step.paths[0]].reshape(len(g), -1, *plan.modulus_shape), step.pool)
