"""Grids of densities."""

import numpy as np

from skscat._checks import check_shape
from skscat._core._operators import fast_size

# Side of a cell unless told otherwise, in Angstrom.
SPACING = 0.1
# Sides of a cell may differ by so much.
TOLERANCE = 1e-2


def make_grid(box, shape, spacing, positions, margin, dim):
    """Lay out a grid of square or cubic cells.

    Parameters
    ----------
    box : sequence of (float, float) or None
        Ends of the grid on each axis.
    shape : tuple of int or None
        Cells on each axis.
    spacing : float or None
        Side of a cell.
    positions : ndarray of shape (n, dim)
        What the grid must hold if there is no ``box``.
    margin : float
        Room around them.
    dim : int
        Number of axes.

    Returns
    -------
    box : ndarray of shape (dim, 2)
    shape : tuple of int

    Raises
    ------
    ValueError
        If the three contradict each other, or the number of axes.
    """
    if box is not None and shape is not None and spacing is not None:
        raise ValueError("box, shape and spacing are all given; at most two of them may be.")
    if shape is not None:
        shape = check_shape(shape, dim)
    if box is not None:
        box = np.asarray(box, dtype=float)
        if box.shape != (dim, 2) or not (np.isfinite(box).all() and (box[:, 0] < box[:, 1]).all()):
            raise ValueError(f"box={box.tolist()}: expected a pair (low, high) for each of {dim} coordinates.")
        if shape is None:
            return _of_spacing(box, SPACING if spacing is None else spacing)
        sides = np.diff(box)[:, 0] / shape
        if sides.max() > (1 + TOLERANCE) * sides.min():
            raise ValueError(f"box={box.tolist()} and shape={shape} make cells of sides {sides.tolist()}, not equal.")
        return box, shape
    if shape is not None and spacing is not None:
        half = np.array(shape) * spacing / 2
        return np.stack([-half, half], axis=1), shape
    if not len(positions):
        positions = np.zeros((1, dim))
    box = np.stack([positions.min(axis=0) - margin, positions.max(axis=0) + margin], axis=1).astype(float)
    if shape is None:
        return _of_spacing(box, SPACING if spacing is None else spacing)
    half = np.array(shape) * (np.diff(box)[:, 0] / shape).max() / 2
    return box.mean(axis=1, keepdims=True) + np.stack([-half, half], axis=1), shape


def _of_spacing(box, spacing):
    """Widen a box to a whole number of cells with a fast Fourier transform."""
    shape = tuple(fast_size(round(float(width) / spacing, 6)) for width in np.diff(box)[:, 0])
    half = np.array(shape) * spacing / 2
    return box.mean(axis=1, keepdims=True) + np.stack([-half, half], axis=1), shape
