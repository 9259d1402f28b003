"""Deformations of signals."""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from sklearn.utils import check_random_state

from skscat._checks import check_positive

# Order of the splines that interpolate deformed signals.
SPLINE = 5
# Standard deviation of the Gaussian that smooths a random displacement, in lengths of the shortest axis.
WAVELENGTH = 0.125


def warp(x, displacement):
    r"""Deform signals, :math:`L_\tau x(u) = x(u - \tau(u))`.

    Values between samples are interpolated by splines of order five; beyond its ends a signal goes on with its mirror
    image.

    Parameters
    ----------
    x : ndarray of shape (..., *grid)
        Signals.
    displacement : ndarray of shape (ndim, *grid)
        The displacement :math:`\tau` along each axis, in samples.

    Returns
    -------
    y : ndarray of shape (..., *grid)

    Raises
    ------
    ValueError
        If the displacement does not fit the grid of the signals.

    See Also
    --------
    random_displacement : A smooth random displacement.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.diagnostics import warp
    >>> warp(np.arange(6.0), np.full((1, 6), 1.0)).round(6)[2:]
    array([1., 2., 3., 4.])
    """
    x, displacement = np.asarray(x, dtype=float), np.asarray(displacement, dtype=float)
    ndim, grid = displacement.ndim - 1, displacement.shape[1:]
    if ndim < 1 or len(displacement) != ndim or x.shape[-ndim:] != grid:
        raise ValueError(
            f"displacement has shape {displacement.shape}; expected (ndim, *grid), where grid are the last "
            f"ndim entries of the shape of x, {x.shape}."
        )
    places = np.indices(grid) - displacement
    flat = x.reshape(-1, *grid)
    return np.stack([map_coordinates(v, places, order=SPLINE, mode="mirror") for v in flat]).reshape(x.shape)


def random_displacement(shape, *, wavelength=None, random_state=None):
    r"""Draw a smooth random displacement with :math:`\|\nabla \tau\|_\infty = 1`.

    White noise, smoothed by a Gaussian. Multiply it by the size of the deformation.

    Parameters
    ----------
    shape : tuple of int
        Grid of the signals.
    wavelength : float, default=None
        Standard deviation of the Gaussian, in samples. None means an eighth of the shortest axis.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same result each time.

    Returns
    -------
    displacement : ndarray of shape (len(shape), *shape)
        Periodic, in samples.

    Raises
    ------
    ValueError
        If an axis has less than two samples, or ``wavelength`` is not positive.

    See Also
    --------
    warp : Warp signals by it.

    Examples
    --------
    >>> from skscat.diagnostics import random_displacement
    >>> random_displacement((32, 48), random_state=0).shape
    (2, 32, 48)
    """
    if min(shape) < 2:
        raise ValueError(f"shape={tuple(shape)}: expected two samples at least on each axis.")
    wavelength = WAVELENGTH * min(shape) if wavelength is None else wavelength
    check_positive(wavelength=wavelength)
    noise = check_random_state(random_state).standard_normal((len(shape), *shape))
    smooth = np.stack([gaussian_filter(v, wavelength, mode="wrap") for v in noise])
    axes = tuple(range(1, 1 + len(shape)))
    jacobian = np.stack([(np.roll(smooth, -1, a) - np.roll(smooth, 1, a)) / 2 for a in axes], axis=-1)
    steepest = np.linalg.norm(np.moveaxis(jacobian, 0, -2), ord=2, axis=(-2, -1)).max()
    return smooth / steepest
