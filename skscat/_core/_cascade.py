"""The cascade: run a plan on signals, and its vector-Jacobian product.

The tree of moduli is traversed depth first, some siblings at a time, so that only one branch is in memory.
"""

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core import _operators as operators
from skscat._core._amplitude import is_constant, rescale_outputs, scale_exponents, times_exp2
from skscat._core._average import average, average_vjp
from skscat._core._bridging import bridge_adjoint, missing_samples, rows_by_gaps, with_zeros
from skscat._core._convolution import (
    convolutions_and_moduli,
    convolve,
    convolve_adjoint,
    convolve_index,
    moduli,
)
from skscat._core._copying import pad_adjoint, scratch
from skscat._core._placement import schedule_for
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
def run(x, plan, signal=None, n_pooled=1):
    """Run a plan on signals in any library, by a given schedule or the one that is kept for them.

    See :func:`scatter`. If ``n_pooled`` is greater than 1, rows k, k + n / n_pooled and so on of n rows are components
    of one signal, without gaps: the moduli of the first layer are pooled over them by the l2 norm.
    """
    batch = check_input(x, plan)
    x = flat_signals(x, plan)
    missing = missing_samples(x, plan)
    x = with_zeros(x, missing)
    exponents = _common(scale_exponents(x, plan.powers), n_pooled)
    x = times_exp2(x, -exponents)
    s = arrays.zeros((len(x), len(plan.paths), *plan.path_shape), arrays.precision(x), x)
    signal = signal or schedule_for(s, plan)
    if missing is None:
        _scatter_rows(x, plan, signal, s, n_pooled=n_pooled)
    else:
        for rows, gaps in rows_by_gaps(missing):
            part = s[rows]
            _scatter_rows(x[rows], plan, signal, part, gaps)
            s[rows] = part
    return rescale_outputs(s, exponents, plan.powers).reshape(*batch, *s.shape[1:])


def _scatter_rows(x, plan, signal, s, missing=None, n_pooled=1):
    """Write the outputs of signals with some gaps, see :func:`rows_by_gaps`, to s."""
    gaps_of = gaps_of_blocks(missing, plan, s.dtype)
    try:
        for block in _blocks(s, plan, n_pooled):
            checkpoint()
            gaps = gaps_of(block)
            u = padded(x[block], plan, gaps)
            _descend([u[:, np.newaxis]], signal, plan, s[block], is_constant(u), gaps and gaps.weights, n_pooled)
    finally:
        scratch.trim()


def _descend(layer, siblings, plan, s, constant=None, weights=None, n_pooled=1):
    """Average the moduli of siblings, one array per step, into s, and go on to the next layer.

    ``constant`` says which signals are constant, if the layer is the signal; ``weights`` are those of the siblings, if
    the signals have gaps. The moduli of the next layer are pooled over ``n_pooled`` signals.
    """
    stack = empty_stack(siblings, s)
    for u, step, w in zip(layer, siblings.steps, weights_of_steps(weights, siblings), strict=True):
        u = amplified(u, w)
        u_hat = next_spectrum(u, step, w)
        _write(averages_of(u, step, plan, u_hat, w), step, s)
        if stack is not None:
            stack = put(u_hat, step, siblings, stack)
    clear_constants(stack, siblings, plan, constant)
    for i, child in enumerate(siblings.children):
        next_layer = (_pool_signals(moduli(stack, step), n_pooled) for step in child.steps)
        _descend(next_layer, child, plan, s, weights=weights and weights.child(i, plan))
    for joint in siblings.joint:
        _scatter_jointly(stack, joint, plan, s)


def _write(averages, step, s):
    """Write the averages of a step to its paths, or add their share to the average along their index."""
    if step.pool is None:
        s[:, step.paths] = averages
    elif len(step.paths):
        s[:, step.paths] += operators.pool(averages, step.pool).reshape(len(s), 1, *s.shape[2:])


def _scatter_jointly(u_hat, joint, plan, s):
    """Convolve siblings along the grid, then along their index, and average the moduli into s."""
    step, axis = joint.step, index_axis(joint)
    z_hat = lift_siblings(convolve(u_hat, step, reuse=True), joint)
    for path, psi, pool in joint.terms:
        w = convolve_index(z_hat, psi, step.size)
        u = scratch.empty("moduli", (len(s), *w.shape[2:]), arrays.dtype_of(s), s)
        u = operators.modulus(w, -axis, out=u)
        s[:, path] = average(u, step.averaging, plan, pool=pool).reshape(s[:, path].shape)


# ---------------------------------------------------------------------------------------------------------------
# Its vector-Jacobian product


@single_threaded_blas()
def run_vjp(x, g, plan, signal=None, n_pooled=1):
    """Compute a vector-Jacobian product in any library, by a given schedule or the one that is kept for the signals.

    See :func:`scatter_vjp`, and :func:`run` for ``n_pooled``. The rows of pooled signals have equal outputs, except
    averages of the signals themselves, and the weights of all rows count.
    """
    batch = check_input(x, plan)
    flat, shape = flat_signals(x, plan), (len(plan.paths), *plan.path_shape)
    missing = missing_samples(flat, plan)
    flat = with_zeros(flat, missing)
    weigh = g if callable(g) else None
    g = arrays.zeros((*batch, *shape), arrays.precision(x), x) if weigh else g
    check_outputs("g", g, batch, plan)
    exponents = _common(scale_exponents(flat, plan.powers), n_pooled)
    flat = times_exp2(flat, -exponents)
    # Weights of the outputs for scaled signals: the gradient with respect to them is that which is asked for.
    g = rescale_outputs(g.reshape(len(flat), *shape), exponents, plan.powers, degree=1)
    g = arrays.astype(g, arrays.precision(x))
    if weigh and plan.joint:
        # Averages along an index combine several siblings, and are known only at the end of a traversal.
        s, rows, paths = run(flat, plan, signal, n_pooled), slice(0, len(flat)), np.arange(len(plan.paths))
        g[:] = of_scaled(weigh, exponents, plan)(s, rows, paths)
        weigh = None
    weigh = weigh and of_scaled(weigh, exponents, plan)
    gradient = arrays.namespace(flat).empty_like(flat)
    signal = signal or schedule_for(g, plan)
    if missing is None:
        _scatter_rows_vjp(flat, g, plan, signal, weigh, gradient, n_pooled=n_pooled)
    else:
        for rows, gaps in rows_by_gaps(missing):
            part = gradient[rows]
            _scatter_rows_vjp(flat[rows], g[rows], plan, signal, weigh, part, rows, gaps)
            gradient[rows] = part
    return gradient.reshape(x.shape)


def _scatter_rows_vjp(x, g, plan, signal, weigh, gradient, rows=None, missing=None, n_pooled=1):
    """Write the gradients with respect to some rows of all signals, with some gaps, to ``gradient``."""
    gaps_of = gaps_of_blocks(missing, plan, g.dtype)
    try:
        for block in _blocks(g, plan, n_pooled):
            checkpoint()
            gaps = gaps_of(block)
            u = padded(x[block], plan, gaps)
            weigh_block = weigh and _of_rows(weigh, block if rows is None else rows[block])
            weights = gaps and gaps.weights
            with scratch.frame():
                layer = [u[:, np.newaxis]]
                (du,) = _descend_vjp(layer, signal, plan, g[block], weigh_block, is_constant(u), weights, n_pooled)
            dx = pad_adjoint(du[:, 0], plan.pad_left, x.shape[1:], plan.padding)
            gradient[block] = bridge_adjoint(dx, gaps.bridge) if gaps else dx
    finally:
        scratch.trim()


def of_scaled(weigh, exponents, plan):
    """Take the outputs of scaled signals, and return their weights, where ``weigh`` takes those of the signals."""

    def scaled(s, rows, paths):
        g = weigh(rescale_outputs(s, exponents[rows], plan.powers), rows, arrays.to_numpy(paths))
        g = arrays.detached(arrays.as_like("g", g, s))
        return rescale_outputs(g, exponents[rows], plan.powers, degree=1)

    return scaled


def _of_rows(weigh, rows):
    """Restrict a function of outputs, signals and paths to some of the signals."""
    return lambda s, paths: weigh(s, rows, paths)


def _descend_vjp(layer, siblings, plan, g, weigh, constant=None, weights=None, n_pooled=1):
    """Return the gradients, one after the other, with respect to the moduli of siblings.

    If there is a function ``weigh``, it fills g as averages become known. ``constant`` says which signals are
    constant, if the layer is the signal; ``weights`` are those of the siblings, if the signals have gaps.
    """
    stack, of_steps = empty_stack(siblings, g, scratch.take_zeros), weights_of_steps(weights, siblings)
    layer = [amplified(u, w) for u, w in zip(layer, of_steps, strict=True)]
    for u, step, w in zip(layer, siblings.steps, of_steps, strict=True):
        u_hat = next_spectrum(u, step, w) if stack is not None or weigh else None
        if stack is not None:
            stack = put(u_hat, step, siblings, stack)
        if weigh:
            g[:, step.paths] = weigh(averages_of(u, step, plan, u_hat, w), step.paths)
    clear_constants(stack, siblings, plan, constant)
    d_stack = None if stack is None else scratch.take_zeros(stack.shape, arrays.dtype_of(stack), stack)
    for i, child in enumerate(siblings.children):
        with scratch.frame():
            _through_child_vjp(stack, child, plan, g, weigh, weights and weights.child(i, plan), d_stack, n_pooled)
    for joint in siblings.joint:
        with scratch.frame():
            _scatter_jointly_vjp(stack, joint, plan, g, d_stack)
    steps = zip(layer, siblings.steps, of_steps, strict=True)
    return (_moduli_vjp(u, step, siblings, d_stack, plan, g, w) for u, step, w in steps)


def _through_child_vjp(stack, child, plan, g, weigh, weights, d_stack, n_pooled=1):
    """Add to d_stack the gradient, with respect to the spectra of siblings, of what one group of children computes."""
    z, v = zip(*(convolutions_and_moduli(stack, step) for step in child.steps), strict=True)
    v = [_pool_signals(u, n_pooled) for u in v]
    dv = (_sum_signals(du, n_pooled) for du in _descend_vjp(v, child, plan, g, weigh, weights=weights))
    for step, *parts in zip(child.steps, z, v, dv, strict=True):
        convolve_adjoint(operators.modulus_vjp(*parts, len(plan.grid), out=parts[0]), step, d_stack)


def _scatter_jointly_vjp(stack, joint, plan, g, d_stack):
    """Add to d_stack the gradient of what :func:`_scatter_jointly` computes."""
    step, axis = joint.step, index_axis(joint)
    z_hat = lift_siblings(convolve(stack, step, reuse=True), joint)
    dz_hat = scratch.take_zeros(z_hat.shape, arrays.dtype_of(z_hat), z_hat)
    for path, psi, pool in joint.terms:
        w = convolve_index(z_hat, psi, step.size)
        u = scratch.empty("moduli", (len(g), *w.shape[2:]), arrays.dtype_of(g), g)
        u = operators.modulus(w, -axis, out=u)
        weights = g[:, path].reshape(len(g), -1, *plan.modulus_shape)
        du, _ = average_vjp(u, weights, step.averaging, plan, pool)
        dw = operators.modulus_vjp(w, u, du, -axis, out=w)
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
            du_hat = arrays.zeros((*u.shape[:2], *band.shape), arrays.dtype_of(d_stack), d_stack)
        own, common = shared_slices(step, siblings)
        du_hat[own] += d_stack[common]
    if du_hat is not None:
        back = operators.spectrum_adjoint(du_hat, *band, step.size, arrays.is_complex(u))
        back = continued_adjoint(back, weights) if weights else back
        du = back if du is None else du + back
    return amplified(du, weights)


def _write_adjoint(step, plan, g):
    """Adjoint of :func:`_write`: the gradient with respect to the averages of a step."""
    if step.pool is None:
        return g[:, step.paths]
    if not len(step.paths):
        return arrays.zeros((len(g), len(step.members), *plan.modulus_shape), arrays.dtype_of(g), g)
    return operators.pool_adjoint(g[:, step.paths].reshape(len(g), -1, *plan.modulus_shape), step.pool)


# ---------------------------------------------------------------------------------------------------------------
# Signals of several components


def _common(exponents, n_pooled):
    """Return one exponent for all signals if some are pooled."""
    return exponents if n_pooled == 1 else np.full_like(exponents, exponents.max())


def _blocks(s, plan, n_pooled):
    """Cut signals with outputs s into blocks; signals that are pooled are in the same."""
    length = block_length(plan, arrays.dtype_of(s), arrays.is_on_host(s))
    return blocks_of(len(s), length if n_pooled == 1 else len(s))


def _pool_signals(u, n_pooled):
    """Replace the moduli of groups of signals by their l2 norm over the group, in place."""
    if n_pooled > 1:
        groups = u.reshape(n_pooled, -1, *u.shape[1:])
        groups[:] = arrays.namespace(u).sqrt((groups**2).sum(axis=0))
    return u


def _sum_signals(du, n_pooled):
    """Replace gradients with respect to pooled moduli by their sum over each group of signals, in place."""
    if n_pooled > 1:
        groups = du.reshape(n_pooled, -1, *du.shape[1:])
        groups[:] = groups.sum(axis=0)
    return du
