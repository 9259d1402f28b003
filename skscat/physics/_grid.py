"""Grids of densities."""

import numpy as np

from skscat._checks import as_array, check_shape
from skscat._core._fourier import fast_size

# Default grid spacing, in Angstrom.
SPACING = 0.1
# Largest relative difference between the spacings along different axes.
TOLERANCE = 1e-2


def make_grid(box, shape, spacing, positions, margin, dim):
    """Set up a grid with the same spacing along all axes.

    Parameters
    ----------
    box : sequence of (float, float) or None
        Bounds of the grid along each axis.
    shape : tuple of int or None
        Number of grid points along each axis.
    spacing : float or None
        Grid spacing.
    positions : ndarray of shape (n, dim)
        Positions that the grid must contain if ``box`` is None.
    margin : float
        Margin around the positions.
    dim : int
        Number of axes.

    Returns
    -------
    box : ndarray of shape (dim, 2)
    shape : tuple of int

    Raises
    ------
    ValueError
        If ``box``, ``shape`` and ``spacing`` contradict each other or ``dim``.
    """
    if box is not None and shape is not None and spacing is not None:
        raise ValueError("box, shape and spacing are all given; give at most two of them.")
    if shape is not None:
        shape = check_shape(shape, dim)
    if box is not None:
        box = as_array("box", box).astype(float)
        if box.shape != (dim, 2) or not (np.isfinite(box).all() and (box[:, 0] < box[:, 1]).all()):
            raise ValueError(f"box={box.tolist()}: expected a pair (low, high) for each of {dim} coordinates.")
        if shape is None:
            return _of_spacing(box, SPACING if spacing is None else spacing)
        sides = np.diff(box)[:, 0] / shape
        if sides.max() > (1 + TOLERANCE) * sides.min():
            raise ValueError(
                f"box={box.tolist()} and shape={shape} give spacings {sides.tolist()}, which are not equal."
            )
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
    """Enlarge a box so that its numbers of grid points have a fast Fourier transform."""
    shape = tuple(fast_size(round(float(width) / spacing, 6)) for width in np.diff(box)[:, 0])
    half = np.array(shape) * spacing / 2
    return box.mean(axis=1, keepdims=True) + np.stack([-half, half], axis=1), shape
