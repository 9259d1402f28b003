"""The walk: run a plan on signals, and its adjoint.

The tree of paths is walked depth first, a family at a time, so that one branch is in memory.
"""

from functools import partial
from math import prod

import numpy as np

from skscat import _folding as folding
from skscat import _kernel as kernel
from skscat._convolution import convolve, convolve_adjoint, convolved, grid_axes, moduli
from skscat._copying import gather, gather_adjoint, pad, pad_adjoint, scratch
from skscat._plan import check_input, check_outputs
from skscat._schedule import STEP_POINTS, extent
from skscat._threads import single_threaded_blas


def block_length(plan, dtype=np.float32):
    """Return how many signals to transform at once: as many as keep a typical step of the work in cache."""
    families, points = [plan.schedule(dtype)], []
    while families:
        family = families.pop()
        points += [len(step.members) * prod(step.size) for step in family.steps]
        points += [joint.total * prod(joint.step.size) for joint in family.joint]
        families += family.children
    return max(1, STEP_POINTS * len(points) // sum(points))


def _blocks(n, length):
    """Cut n signals into equal blocks of about a given length."""
    if n:
        length = -(-n // max(1, round(n / length)))
    return [slice(start, start + length) for start in range(0, n, length)]


@single_threaded_blas()
def scatter(x, plan):
    """Scattering transform of signals.

    Parameters
    ----------
    x : ndarray of shape (..., *plan.shape)
        Real signals, float32 or float64; leading axes are batch axes.
    plan : Plan
        What a function ``plan_*`` returned.

    Returns
    -------
    s : ndarray of shape (..., n_paths, *plan.output_grid)
        Averaged moduli along every path, in the order of ``plan.paths`` and the precision of x.

    Raises
    ------
    ValueError
        If x is not real floating point or its trailing axes are not ``plan.shape``.
    """
    x = np.asarray(x)
    batch = check_input(x, plan)
    x = x.reshape(-1, *plan.shape)
    s = np.zeros((len(x), len(plan.paths), *plan.output_grid), x.dtype)
    root = plan.schedule(x.dtype)
    try:
        for block in _blocks(len(x), block_length(plan, x.dtype)):
            u = pad(x[block], plan.left, plan.grid, plan.padding)
            _descend([u[:, np.newaxis]], root, plan, s[block])
    finally:
        scratch.trim()
    return s.reshape(*batch, *s.shape[1:])


def _descend(layer, family, plan, s):
    """Average the moduli of a family, one array a step, into s, and go on to the next layer."""
    stack = _stack(len(s), family, s.dtype)
    for u, step in zip(layer, family.steps, strict=True):
        u_hat = kernel.spectrum(u, *step.band) if step.band else None
        _write(_averages(u, u_hat, step, plan), step, s)
        if stack is not None:
            _put(u_hat, step, family, stack)
    for child in family.children:
        _descend((moduli(stack, step) for step in child.steps), child, plan, s)
    for joint in family.joint:
        _scatter_joint(stack, joint, plan, s)


def _write(averages, step, s):
    """Put the averages of a step where they belong, or add what they give to the average along their index."""
    if step.pool is None:
        s[:, step.paths] = averages
    elif len(step.paths):
        path = s[:, step.paths[0]]
        path += kernel.pool(averages, step.pool).reshape(path.shape)


def _stack(n, family, dtype):
    """Spectra of all members of a family, on the band that the next layer sees."""
    if family.band is None:
        return None
    return np.zeros((n, len(family.nodes), *extent(family.band)), folding.complex_dtype(dtype))


def _common(step, family):
    """Where the band of a step and that of its family meet, as cells of the one and of the other."""
    inner, outer = [], []
    for a, b, c, d in zip(*step.band, *family.band, strict=True):
        low, high = max(a, c), min(b, d)
        inner.append(slice(low - a, high - a + 1))
        outer.append(slice(low - c, high - c + 1))
    return (Ellipsis, *inner), (slice(None), step.members, *outer)


def _put(u_hat, step, family, stack):
    inner, outer = _common(step, family)
    stack[outer] = u_hat[inner]


def _index_axis(step):
    return -len(step.size) - 1


def _scatter_joint(u_hat, joint, plan, s):
    """Convolve the members of a family along the grid, then along their index, and average the moduli into s."""
    z = convolve(u_hat, joint.step, convolved(u_hat, joint.step, scratch.empty))
    z_hat = _lift(z, joint)
    for branch in joint.branches:
        shape = (len(s), branch.size, *joint.step.size)
        w = scratch.empty("branch", (len(s), 1, *shape[1:]), u_hat.dtype)
        w = _convolve_index(z_hat, branch, joint, w)
        u = kernel.modulus(w, len(shape) - 1, out=scratch.empty("moduli", shape, s.dtype))
        averages = _of_powers(u, plan, partial(_average_branch, branch=branch, step=joint.step, plan=plan))
        s[:, branch.path] = averages.reshape(s[:, branch.path].shape)


def _average_branch(u, branch, step, plan):
    """Average the moduli of a branch along their index, then over the grid."""
    u = kernel.pool(u, branch.pool)
    return _average(u, kernel.spectrum(u, *step.band) if step.band else None, step, plan)


def _average_branch_adjoint(g, branch, step, plan):
    du, du_hat = _average_adjoint(g, step, plan)
    if du_hat is not None:
        du = kernel.spectrum_adjoint(du_hat, *step.band, step.size)
    return kernel.pool_adjoint(du, branch.pool)


def _averages(u, u_hat, step, plan):
    """Averages over the grid of the moduli of a step, or of their powers."""
    return _of_powers(u, plan, partial(_average, u_hat=u_hat, step=step, plan=plan))


def _of_powers(u, plan, average):
    """Averages of moduli; of their powers, on a last axis, if the plan asks for several."""
    if plan.powers is None:
        return average(u)
    return np.stack([average(kernel.power(u, p)) for p in plan.powers], axis=-1)


def _of_powers_adjoint(u, g, plan, average_adjoint):
    if plan.powers is None:
        return average_adjoint(g)
    return sum(kernel.power_adjoint(u, average_adjoint(g[..., i]), p) for i, p in enumerate(plan.powers))


def _lift(z, joint):
    """Lay members out along the axis of their index, and transform along it."""
    axis = _index_axis(joint.step)
    z = gather(z[:, :, 0], joint.lift, joint.total, axis)
    np.conjugate(z[:, joint.conjugated], out=z[:, joint.conjugated])
    return kernel.analyze(z, (axis,))


def _lift_adjoint(g_hat, joint):
    axis = _index_axis(joint.step)
    g = kernel.analyze_adjoint(g_hat, (axis,))
    np.conjugate(g[:, joint.conjugated], out=g[:, joint.conjugated])
    return gather_adjoint(g, joint.lift, len(joint.step.members), axis)[:, :, np.newaxis]


def _convolve_index(z_hat, branch, joint, out):
    if len(branch.pieces) > 1 or branch.pieces[0].n_points < branch.size:
        out.fill(0)
    kernel.multiply(z_hat, branch.pieces, out)
    return kernel.synthesize(out, (_index_axis(joint.step),))


def _average(u, u_hat, step, plan):
    if plan.average is None:
        return u[(Ellipsis, *_inside(plan))]
    if step.by_matrix:
        flat = u.reshape(*u.shape[:2], -1) if len(step.average[0]) == 1 else u
        return kernel.project(flat, step.average).reshape(*u.shape[:2], *plan.frames)
    z = np.zeros((*u.shape[:2], 1, *plan.output_size), u_hat.dtype)
    kernel.multiply(u_hat, step.average, z)
    return kernel.synthesize(z, grid_axes(step)).real[(slice(None), slice(None), 0, *plan.output_slices)]


def _average_adjoint(g, step, plan):
    """Adjoint of :func:`_average`: its part that acts on u (or None), and its part that acts on u_hat (or None)."""
    if plan.average is None:
        out = np.zeros((*g.shape[:2], *plan.grid), g.dtype)
        out[(Ellipsis, *_inside(plan))] = g
        return out, None
    if step.by_matrix:
        outputs = [matrix.shape[1] for matrix in step.average[0]]
        du = kernel.project_adjoint(g.reshape(*g.shape[:2], *outputs), step.average)
        return du.reshape(*g.shape[:2], *step.size), None
    z = np.zeros((*g.shape[:2], 1, *plan.output_size), folding.complex_dtype(g.dtype))
    z[(slice(None), slice(None), 0, *plan.output_slices)] = g
    out = _zeros_on_band(step, g)
    kernel.multiply_adjoint(kernel.synthesize_adjoint(z, grid_axes(step)), step.average, out)
    return None, out


def _inside(plan):
    """Cells of the padded grid that hold the signal."""
    return tuple(slice(a, a + n) for a, n in zip(plan.left, plan.shape, strict=True))


@single_threaded_blas()
def scatter_adjoint(x, g, plan):
    """Gradient of ``(g * scatter(x, plan)).sum()`` with respect to x.

    The tree is walked again, so that one branch is in memory. Where a modulus is zero its gradient is taken as zero.

    Parameters
    ----------
    x : ndarray of shape (..., *plan.shape)
        Real signals.
    g : ndarray of shape (..., n_paths, *plan.output_grid), or callable
        Weights of the outputs. A function ``g(s, rows, paths)`` is given outputs as soon as they are known, and
        returns their weights: of the slice ``rows`` of the signals, with batch axes flattened, and the array ``paths``
        of paths. A loss that is a sum over outputs, and its gradient, so cost one walk.
    plan : Plan
        What a function ``plan_*`` returned.

    Returns
    -------
    gradient : ndarray of shape (..., *plan.shape)

    Raises
    ------
    ValueError
        If the shapes of x or g do not fit the plan.
    """
    x = np.asarray(x)
    batch = check_input(x, plan)
    flat, cells = x.reshape(-1, *plan.shape), (len(plan.paths), *plan.output_grid)
    weigh = g if callable(g) else None
    g = np.zeros((*batch, *cells)) if weigh else np.asarray(g)
    check_outputs("g", g, batch, plan)
    g = g.reshape(len(flat), *cells).astype(x.dtype, copy=False)
    if weigh and plan.joint:
        # Averages along an index come from several families, so that they are known at the end of a walk only.
        g[:] = weigh(scatter(flat, plan), slice(0, len(flat)), np.arange(len(plan.paths)))
        weigh = None
    gradient = np.empty_like(flat)
    root = plan.schedule(x.dtype)
    try:
        for block in _blocks(len(flat), block_length(plan, x.dtype)):
            u = pad(flat[block], plan.left, plan.grid, plan.padding)
            back = _descend_adjoint([u[:, np.newaxis]], root, plan, g[block], weigh and _of_rows(weigh, block))
            gradient[block] = pad_adjoint(back[0][:, 0], plan.left, plan.shape, plan.padding)
    finally:
        scratch.trim()
    return gradient.reshape(x.shape)


def _of_rows(weigh, rows):
    """Return a function of outputs and their paths, for a slice of the signals."""
    return lambda s, paths: weigh(s, rows, paths)


def _descend_adjoint(layer, family, plan, g, weigh):
    """Gradients, with respect to the moduli of a family, of everything that is computed from them.

    If there is a function ``weigh``, it fills g as averages become known.
    """
    stack = _stack(len(g), family, g.dtype)
    for u, step in zip(layer, family.steps, strict=True):
        needed = step.band and (stack is not None or weigh)
        u_hat = kernel.spectrum(u, *step.band) if needed else None
        if stack is not None:
            _put(u_hat, step, family, stack)
        if weigh:
            g[:, step.paths] = weigh(_averages(u, u_hat, step, plan), step.paths)
    d_stack = None if stack is None else np.zeros_like(stack)
    for child in family.children:
        z = [convolve(stack, step, convolved(stack, step)) for step in child.steps]
        v = [kernel.modulus(a, len(plan.grid)) for a in z]
        dv = _descend_adjoint(v, child, plan, g, weigh)
        for step, *arrays in zip(child.steps, z, v, dv, strict=True):
            convolve_adjoint(kernel.modulus_adjoint(*arrays, len(plan.grid)), step, d_stack)
    for joint in family.joint:
        _scatter_joint_adjoint(stack, joint, plan, g, d_stack)
    return [_moduli_adjoint(u, step, family, d_stack, plan, g) for u, step in zip(layer, family.steps, strict=True)]


def _scatter_joint_adjoint(stack, joint, plan, g, d_stack):
    """Add to d_stack the gradient of what :func:`_scatter_joint` computes."""
    step, axis = joint.step, _index_axis(joint.step)
    z_hat = _lift(convolve(stack, step, convolved(stack, step)), joint)
    dz_hat = np.zeros_like(z_hat)
    for branch in joint.branches:
        w = np.empty((len(g), 1, branch.size, *step.size), stack.dtype)
        w = _convolve_index(z_hat, branch, joint, w)
        u = kernel.modulus(w, -axis)
        weights = g[:, branch.path].reshape(len(g), -1, *plan.cells)
        back = partial(_average_branch_adjoint, branch=branch, step=step, plan=plan)
        du = _of_powers_adjoint(u, weights, plan, back)
        dw = kernel.modulus_adjoint(w, u, du, -axis)
        kernel.multiply_adjoint(kernel.synthesize_adjoint(dw, (axis,)), branch.pieces, dz_hat)
    convolve_adjoint(_lift_adjoint(dz_hat, joint), step, d_stack)


def _moduli_adjoint(u, step, family, d_stack, plan, g):
    """Gradient with respect to the moduli of one step: what comes from their average and from the next layer."""
    weights = _write_adjoint(step, plan, g)
    if plan.powers is None:
        du, du_hat = _average_adjoint(weights, step, plan)
    else:
        du, du_hat = _of_powers_adjoint(u, weights, plan, lambda h: _average_adjoint(h, step, plan)[0]), None
    if d_stack is not None:
        if du_hat is None:
            du_hat = _zeros_on_band(step, du)
        inner, outer = _common(step, family)
        du_hat[inner] += d_stack[outer]
    if du_hat is not None:
        back = kernel.spectrum_adjoint(du_hat, *step.band, step.size)
        du = back if du is None else du + back
    return du


def _write_adjoint(step, plan, g):
    """Adjoint of :func:`_write`: what the outputs ask of the averages of a step."""
    if step.pool is None:
        return g[:, step.paths]
    if not len(step.paths):
        return np.zeros((len(g), len(step.members), *plan.cells), g.dtype)
    return kernel.pool_adjoint(g[:, step.paths[0]].reshape(len(g), -1, *plan.cells), step.pool)


def _zeros_on_band(step, like):
    return np.zeros((*like.shape[:2], *extent(step.band)), folding.complex_dtype(like.dtype))
