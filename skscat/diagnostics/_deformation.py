"""Deformations of signals."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter, map_coordinates
from sklearn.utils import check_random_state

from skscat._checks import as_array, check_positive

# Order of the splines that interpolate signals.
SPLINE = 5
# Standard deviation of the Gaussian that smooths a random displacement, as a fraction of the shortest axis.
SIGMA = 0.125


def warp(x: ArrayLike, displacement: ArrayLike) -> np.ndarray:
    r"""Deform signals, :math:`L_\tau x(u) = x(u - \tau(u))`.

    Signals are interpolated by splines of order five, and extended at their boundaries by reflection.

    Parameters
    ----------
    x : array-like of shape (..., *grid)
        Real or complex signals.
    displacement : array-like of shape (ndim, *grid)
        Displacement :math:`\tau` along each axis, in samples.

    Returns
    -------
    y : ndarray of shape (..., *grid)
        Deformed signals.

    Raises
    ------
    ValueError
        If the displacement does not have the grid of the signals.

    See Also
    --------
    random_displacement : Generate a smooth random displacement.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.diagnostics import warp
    >>> warp(np.arange(6.0), np.full((1, 6), 1.0)).round(6)[2:]
    array([1., 2., 3., 4.])
    """
    x, displacement = as_array("x", x), as_array("displacement", displacement).astype(float)
    x = x.astype(np.result_type(x, float))
    ndim, grid = displacement.ndim - 1, displacement.shape[1:]
    if ndim < 1 or len(displacement) != ndim or x.shape[-ndim:] != grid:
        raise ValueError(
            f"displacement has shape {displacement.shape}; expected (ndim, *grid), where grid is the last "
            f"ndim entries of the shape of x, {x.shape}."
        )
    positions = np.indices(grid) - displacement
    flat = x.reshape(-1, *grid)
    return np.stack([map_coordinates(v, positions, order=SPLINE, mode="mirror") for v in flat]).reshape(x.shape)


def random_displacement(
    shape: tuple[int, ...],
    *,
    sigma: float | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> np.ndarray:
    r"""Generate a smooth random displacement with :math:`\|\nabla \tau\|_\infty = 1`.

    The displacement is white noise smoothed by a Gaussian. Multiply it by the desired size of the deformation.

    Parameters
    ----------
    shape : tuple of int
        Grid of the signals.
    sigma : float, default=None
        Standard deviation of the Gaussian, in samples. None means an eighth of the shortest axis.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the noise. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.

    Returns
    -------
    displacement : ndarray of shape (len(shape), *shape)
        Periodic displacement along each axis, in samples.

    Raises
    ------
    ValueError
        If an axis has fewer than two samples, or ``sigma`` is not positive.

    See Also
    --------
    warp : Deform signals by a displacement.

    Examples
    --------
    >>> from skscat.diagnostics import random_displacement
    >>> random_displacement((32, 48), random_state=0).shape
    (2, 32, 48)
    """
    if min(shape) < 2:
        raise ValueError(f"shape={tuple(shape)}: expected at least two samples on each axis.")
    sigma = SIGMA * min(shape) if sigma is None else sigma
    check_positive(sigma=sigma)
    noise = check_random_state(random_state).standard_normal((len(shape), *shape))
    smooth = np.stack([gaussian_filter(v, sigma, mode="wrap") for v in noise])
    axes = tuple(range(1, 1 + len(shape)))
    jacobian = np.stack([(np.roll(smooth, -1, a) - np.roll(smooth, 1, a)) / 2 for a in axes], axis=-1)
    steepest = np.linalg.norm(np.moveaxis(jacobian, 0, -2), ord=2, axis=(-2, -1)).max()
    return smooth / steepest
