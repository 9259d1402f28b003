"""Convolutions of the siblings of a step with its filters, and their moduli."""

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core import _operators as operators
from skscat._core._copying import gather, gather_adjoint, scratch
from skscat._core._folding import FoldedFilter, half_size
from skscat._core._schedule import Step


def moduli(u_hat: np.ndarray, step: Step) -> np.ndarray:
    """Return the moduli of a step, in scratch memory that the next call overwrites."""
    u = scratch.empty("moduli", (len(u_hat), len(step.members), *step.size), arrays.precision(u_hat), u_hat)
    if step.n_components == 1:
        return operators.modulus(convolve(u_hat, step, reuse=True), len(step.size), out=u)
    # One component at a time, so that it stays in cache.
    u[:] = 0
    for component in range(step.n_components):
        z = convolve(u_hat, step, slice(component, component + 1), reuse=True)
        u += operators.energy(z)[:, :, 0]
    return arrays.namespace(u).sqrt(u, out=u)


def convolutions_and_moduli(u_hat: np.ndarray, step: Step) -> tuple[np.ndarray, np.ndarray]:
    """Return the convolutions of a step and their moduli, in scratch memory that lasts until the frame ends."""
    z = convolve(u_hat, step, keep=True)
    u = scratch.take((len(u_hat), len(step.members), *step.size), arrays.precision(u_hat), u_hat)
    return z, operators.modulus(z, len(step.size), out=u)


def convolve(
    u_hat: np.ndarray, step: Step, components: slice | None = None, reuse: bool = False, keep: bool = False
) -> np.ndarray:
    """Convolve the parents of a step with its filters.

    Parameters
    ----------
    u_hat : ndarray of shape (batch, n_parents, *band)
        Spectra of the parents.
    step : Step
    components : slice, default=None
        Components of the filters to use. None uses all.
    reuse : bool, default=False
        Return scratch memory, which the next call overwrites.
    keep : bool, default=False
        Return scratch memory that lasts until the frame ends.

    Returns
    -------
    z : ndarray of shape (batch, n_members, n_components, *step.size)
        Real if the filters are real in space.
    """
    n_components = step.n_components if components is None else components.stop - components.start
    size = half_size(step.size) if step.half else step.size
    shape = (len(u_hat), len(step.members), n_components, *size)
    dtype = arrays.dtype_of(u_hat)
    if reuse:
        z_hat = scratch.empty("convolved", shape, dtype, u_hat)
    else:
        z_hat = (scratch.take if keep else arrays.empty)(shape, dtype, u_hat)
    for parents, nodes, psi in step.terms:
        _multiply(u_hat[:, parents], psi, z_hat[:, nodes], components or slice(None))
    if step.half:
        return operators.synthesize_real(z_hat, step.size)
    return operators.synthesize(z_hat, operators.grid_axes(len(size)))


def _multiply(u_hat, psi, out, components):
    shape = (*out.shape[:3], *psi.size)
    wide = scratch.empty("product", shape, arrays.dtype_of(out), out) if psi.wraps else out
    if not psi.covers:
        wide[:] = 0
    operators.multiply(u_hat, psi.pieces, wide, components)
    for axis, wrap in enumerate(psi.wraps, start=-len(psi.wraps)):
        wide = gather_adjoint(wide, wrap, out.shape[axis], axis, overwrite=True)
    if psi.wraps:
        out[:] = wide


def convolve_adjoint(g: np.ndarray, step: Step, out: np.ndarray) -> None:
    """Adjoint of :func:`convolve`: add the gradient with respect to the spectra of the parents to ``out``.

    g is overwritten.
    """
    if step.half:
        g = operators.synthesize_real_adjoint(g, step.size)
    else:
        g = operators.synthesize_adjoint(g, operators.grid_axes(len(step.size)))
    for parents, nodes, psi in step.terms:
        part = g[:, nodes]
        for axis, wrap in reversed(list(enumerate(psi.wraps, start=-len(psi.wraps)))):
            part = gather(part, wrap, psi.size[axis], axis)
        operators.multiply_adjoint(part, psi.pieces, out[:, parents])


def convolve_index(z_hat: np.ndarray, psi: FoldedFilter, grid: tuple[int, ...]) -> np.ndarray:
    """Convolve along the index axis, in scratch memory.

    Parameters
    ----------
    z_hat : ndarray of shape (batch, total, *grid)
        Spectra along the index axis.
    psi : FoldedFilter
        An index filter.
    grid : tuple of int
        Grid of the convolution over the signal.

    Returns
    -------
    w : ndarray of shape (batch, 1, *psi.size, *grid)
        The next call overwrites it.
    """
    shape = (len(z_hat), 1, *psi.size, *grid)
    w_hat = scratch.empty("convolved along the index", shape, arrays.dtype_of(z_hat), z_hat)
    if not psi.covers:
        w_hat[:] = 0
    operators.multiply(z_hat, psi.pieces, w_hat)
    return operators.synthesize(w_hat, (-len(grid) - 1,))
