"""Convolutions of the members of a step, and their moduli."""

import numpy as np

from skscat import _kernel as kernel
from skscat._copying import gather, gather_adjoint, scratch
from skscat._schedule import half_size


def moduli(u_hat, step):
    """Moduli of a step in scratch memory: they last until the next call."""
    u = scratch.empty("moduli", (len(u_hat), len(step.members), *step.size), u_hat.real.dtype)
    if step.n_group == 1:
        return kernel.modulus(convolve(u_hat, step, convolved(u_hat, step, scratch.empty)), len(step.size), out=u)
    # One member of the group at a time stays in cache.
    u.fill(0)
    for member in range(step.n_group):
        z = convolve(u_hat, step, convolved(u_hat, step, scratch.empty, 1), slice(member, member + 1))
        u += kernel.energy(z)[:, :, 0]
    return np.sqrt(u, out=u)


def convolved(u_hat, step, empty=None, n_group=None):
    """Make an array for the spectra of the convolutions of a step, in scratch memory if ``empty`` says so."""
    size = half_size(step.size) if step.half else step.size
    shape = (len(u_hat), len(step.members), n_group or step.n_group, *size)
    return empty("convolved", shape, u_hat.dtype) if empty else np.empty(shape, u_hat.dtype)


def convolve(u_hat, step, out, group=slice(None)):
    """Convolve the parents of a step with its filters, each at the grid of the step; ``out`` is overwritten."""
    for parents, nodes, product in step.terms:
        _multiply(u_hat[:, parents], product, out[:, nodes], group)
    return kernel.synthesize_real(out, step.size) if step.half else kernel.synthesize(out, grid_axes(step))


def _multiply(u_hat, product, out, group):
    wide = scratch.empty("product", (*out.shape[:3], *product.size), out.dtype) if product.wraps else out
    if not product.covered:
        wide.fill(0)
    kernel.multiply(u_hat, product.pieces, wide, group)
    for axis, wrap in enumerate(product.wraps, start=-len(product.wraps)):
        wide = gather_adjoint(wide, wrap, out.shape[axis], axis, overwrite=True)
    if product.wraps:
        out[:] = wide


def convolve_adjoint(g, step, out):
    """Add to ``out`` what the gradient g with respect to convolutions gives to their parents."""
    g = kernel.synthesize_real_adjoint(g, step.size) if step.half else kernel.synthesize_adjoint(g, grid_axes(step))
    for parents, nodes, product in step.terms:
        part = g[:, nodes]
        for axis, wrap in reversed(list(enumerate(product.wraps, start=-len(product.wraps)))):
            part = gather(part, wrap, product.size[axis], axis)
        kernel.multiply_adjoint(part, product.pieces, out[:, parents])


def grid_axes(step):
    """Axes of the grid, counted from the end."""
    return tuple(range(-len(step.size), 0))
