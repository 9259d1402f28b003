"""The cascade: run a plan on signals, and its vector-Jacobian product.

The tree of moduli is traversed depth first, some siblings at a time, so that only one branch is in memory.
"""

from collections.abc import Callable
from math import prod

import numpy as np

from skscat._checks import as_array
from skscat._core import _operators as operators
from skscat._core._amplitude import clear_rounding, is_constant, rescale_outputs, scale_exponents, times_exp2
from skscat._core._average import average, average_vjp
from skscat._core._bridging import bridge, bridge_adjoint, missing_samples, rows_by_gaps, with_zeros
from skscat._core._convolution import convolve, convolve_adjoint, convolve_index, moduli
from skscat._core._copying import gather, gather_adjoint, pad, pad_adjoint, scratch
from skscat._core._records import Plan, complex_dtype, real_dtype
from skscat._core._schedule import STEP_POINTS, schedule
from skscat._core._threads import checkpoint, single_threaded_blas
from skscat._core._weights import (
    amplified,
    continued,
    continued_adjoint,
    gaps_of_blocks,
    weighted_average,
    weighted_average_adjoint,
    weights_of_steps,
)


def block_length(plan, dtype):
    """Return how many signals to transform at once: as many as keep a typical step of the work in cache."""
    pending, points = [schedule(plan, dtype)], []
    while pending:
        siblings = pending.pop()
        points += [len(step.members) * prod(step.size) for step in siblings.steps]
        points += [joint.total * prod(joint.step.size) for joint in siblings.joint]
        pending += siblings.children
    return max(1, STEP_POINTS * len(points) // sum(points))


def _blocks(n, length):
    """Cut n signals into equal blocks of about a given length."""
    if n:
        length = -(-n // max(1, round(n / length)))
    return [slice(start, start + length) for start in range(0, n, length)]


def check_input(x, plan):
    """Return the batch axes of x after checking it against a plan.

    Signals without gaps may have been extended to its grid.
    """
    ndim = len(plan.shape)
    shapes = [tuple(plan.shape)] if plan.min_coverage is not None else [tuple(plan.shape), tuple(plan.grid)]
    known, names = [np.float32, np.float64], "float32 or float64"
    if plan.is_complex:
        known, names = [*known, np.complex64, np.complex128], "complex64, complex128, float32 or float64"
    if x.dtype not in known:
        hint = "" if plan.is_complex or x.dtype.kind != "c" else " Plans with complex_input=True take complex signals."
        raise ValueError(f"x has dtype {x.dtype}; expected {names}.{hint}")
    if x.ndim < ndim or x.shape[x.ndim - ndim :] not in shapes:
        raise ValueError(f"x has shape {x.shape}; its last axes must be {tuple(plan.shape)}, the shape of the plan.")
    return x.shape[: x.ndim - ndim]


def flat_signals(x, plan):
    """Flatten the batch axes of x; if the signals of the plan are complex, real ones become complex."""
    x = x.reshape(-1, *x.shape[x.ndim - len(plan.shape) :])
    return x.astype(complex_dtype(x.dtype), copy=False) if plan.is_complex else x


def check_outputs(name, s, batch, plan):
    """Check the shape of outputs, or of their weights, for signals with some batch axes."""
    expected = (*batch, len(plan.paths), *plan.path_shape)
    if s.shape != expected:
        raise ValueError(f"{name} has shape {s.shape}; the outputs of this plan for x have shape {expected}.")


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
        missing samples.
        Signals that have been extended at their boundaries have shape (..., *plan.grid), with ``plan.pad_left``
        samples before the first.
    plan : Plan
        What ``plan(shape)`` of an estimator returned, or its attribute ``plan_``.

    Returns
    -------
    s : ndarray of shape (..., n_paths, *plan.path_shape)
        Averaged moduli along every path, in the order of ``plan.paths`` and the precision of x.

    Raises
    ------
    ValueError
        If x does not have one of these types, or its trailing axes are neither ``plan.shape`` nor
        ``plan.grid``.

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
        for block in _blocks(len(x), block_length(plan, s.dtype)):
            checkpoint()
            gaps = gaps_of(block)
            u = _padded(x[block], plan, gaps)
            _descend([u[:, np.newaxis]], signal, plan, s[block], is_constant(u), gaps and gaps.weights)
    finally:
        scratch.trim()


def _padded(x, plan, gaps):
    """Bridge the gaps of signals, if they have any, and pad them."""
    return pad(bridge(x, gaps.bridge) if gaps else x, plan.pad_left, plan.grid, plan.padding)


def _descend(layer, siblings, plan, s, constant=None, weights=None):
    """Average the moduli of siblings, one array per step, into s, and go on to the next layer.

    ``constant`` says which signals are constant, if the layer is the signal; ``weights`` are those of the siblings, if
    the signals have gaps.
    """
    stack = _empty_stack(len(s), siblings, s.dtype)
    for u, step, w in zip(layer, siblings.steps, weights_of_steps(weights, siblings), strict=True):
        u = amplified(u, w)
        u_hat = _next_spectrum(u, step, w)
        _write(_averages(u, step, plan, u_hat, w), step, s)
        if stack is not None:
            stack = _put(u_hat, step, siblings, stack)
    _clear_constants(stack, siblings, plan, constant)
    for i, child in enumerate(siblings.children):
        _descend(
            (moduli(stack, step) for step in child.steps), child, plan, s, weights=weights and weights.child(i, plan)
        )
    for joint in siblings.joint:
        _scatter_jointly(stack, joint, plan, s)


def _next_spectrum(u, step, weights):
    """Return the spectrum of moduli that their average or the next layer needs; None if neither does."""
    band = step.averaging.band
    return operators.spectrum(continued(u, weights) if weights else u, *band) if band else None


def _averages(u, step, plan, u_hat, weights):
    if weights is None:
        return average(u, step.averaging, plan, u_hat)
    return weighted_average(u, weights, step.averaging, plan)


def _clear_constants(stack, siblings, plan, constant):
    """Remove rounding errors from the spectra of signals that are constant."""
    if stack is not None and constant is not None and constant.any():
        cleared = stack[constant]
        clear_rounding(cleared, siblings.band, plan.banks[0])
        stack[constant] = cleared


def _write(averages, step, s):
    """Write the averages of a step to its paths, or add their share to the average along their index."""
    if step.pool is None:
        s[:, step.paths] = averages
    elif len(step.paths):
        path = s[:, step.paths[0]]
        path += operators.pool(averages, step.pool).reshape(path.shape)


def _empty_stack(n, siblings, dtype):
    """Return zeros to be filled with the spectra of all siblings, on the band that the next layer needs."""
    if siblings.band is None:
        return None
    return np.zeros((n, len(siblings.nodes), *siblings.band.shape), complex_dtype(dtype))


def _put(u_hat, step, siblings, stack):
    """Copy the spectra of a step to those of all siblings, unless they are all."""
    if len(siblings.steps) == 1 and step.averaging.band == siblings.band:
        return u_hat
    own, common = _shared_slices(step, siblings)
    stack[common] = u_hat[own]
    return stack


def _shared_slices(step, siblings):
    """Indices of the frequencies that the spectra of a step and those of all siblings have in common."""
    own, common = step.averaging.band.overlap(siblings.band)
    return (Ellipsis, *own), (slice(None), step.members, *common)


def _scatter_jointly(u_hat, joint, plan, s):
    """Convolve siblings along the grid, then along their index, and average the moduli into s."""
    step, axis = joint.step, _index_axis(joint)
    z_hat = _lift(convolve(u_hat, step, reuse=True), joint)
    for path, psi, pool in joint.terms:
        w = convolve_index(z_hat, psi, step.size)
        u = scratch.empty("moduli", (len(s), *w.shape[2:]), s.dtype)
        u = operators.modulus(w, -axis, out=u)
        s[:, path] = average(u, step.averaging, plan, pool=pool).reshape(s[:, path].shape)


def _index_axis(joint):
    return -len(joint.step.size) - 1


def _lift(z, joint):
    """Arrange siblings along their index axis, and compute the Fourier transform along it."""
    axis = _index_axis(joint)
    z = gather(z[:, :, 0], joint.lift, joint.total, axis)
    np.conjugate(z[:, joint.conjugated], out=z[:, joint.conjugated])
    return operators.analyze(z, (axis,))


def _lift_adjoint(g_hat, joint):
    axis = _index_axis(joint)
    g = operators.analyze_adjoint(g_hat, (axis,))
    np.conjugate(g[:, joint.conjugated], out=g[:, joint.conjugated])
    return gather_adjoint(g, joint.lift, len(joint.step.members), axis)[:, :, np.newaxis]


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
        for block in _blocks(len(x), block_length(plan, g.dtype)):
            checkpoint()
            gaps = gaps_of(block)
            u = _padded(x[block], plan, gaps)
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
    stack, of_steps = _empty_stack(len(g), siblings, g.dtype), weights_of_steps(weights, siblings)
    layer = [amplified(u, w) for u, w in zip(layer, of_steps, strict=True)]
    for u, step, w in zip(layer, siblings.steps, of_steps, strict=True):
        u_hat = _next_spectrum(u, step, w) if stack is not None or weigh else None
        if stack is not None:
            stack = _put(u_hat, step, siblings, stack)
        if weigh:
            g[:, step.paths] = weigh(_averages(u, step, plan, u_hat, w), step.paths)
    _clear_constants(stack, siblings, plan, constant)
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
    step, axis = joint.step, _index_axis(joint)
    z_hat = _lift(convolve(stack, step), joint)
    dz_hat = np.zeros_like(z_hat)
    for path, psi, pool in joint.terms:
        w = convolve_index(z_hat, psi, step.size)
        u = operators.modulus(w, -axis)
        weights = g[:, path].reshape(len(g), -1, *plan.modulus_shape)
        du, _ = average_vjp(u, weights, step.averaging, plan, pool)
        dw = operators.modulus_vjp(w, u, du, -axis)
        operators.multiply_adjoint(operators.synthesize_adjoint(dw, (axis,)), psi.pieces, dz_hat)
    convolve_adjoint(_lift_adjoint(dz_hat, joint), step, d_stack)


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
        own, common = _shared_slices(step, siblings)
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
