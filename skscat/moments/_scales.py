"""Averages of moments over orientations and the wavelets of each octave."""

import numpy as np
from numpy.typing import ArrayLike

from skscat._core import _namespace as arrays


def moments_by_scale(moments: ArrayLike, paths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average moments over the orientations and the wavelets of each octave.

    Parameters
    ----------
    moments : array-like of shape (..., n_paths)
        Moments for a single power.
    paths : structured ndarray of shape (n_paths,)
        Paths of :class:`~skscat.Scattering1D` or :class:`~skscat.Scattering2D`.

    Returns
    -------
    first : ndarray of shape (..., J)
        First-order moments at the scales :math:`2^0, ..., 2^{J-1}`.
    second : ndarray of shape (..., J, J)
        Second-order moments by first and second scale; NaN for pairs of scales without paths.

    Raises
    ------
    ValueError
        If there is not one moment per path, or paths contain no wavelet.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.moments import ScatteringMoments, moments_by_scale
    >>> X = np.random.default_rng(0).standard_normal((8, 1024))
    >>> moments = ScatteringMoments(Scattering1D(J=4, Q=1)).fit(X)
    >>> first, second = moments_by_scale(moments.mean_, moments.paths_)
    >>> first.shape, second.shape
    ((4,), (4, 4))
    """
    given = arrays.as_any_array("moments", moments)
    moments = arrays.to_numpy(given)
    if moments.shape[-1:] != paths.shape:
        raise ValueError(
            f"moments has shape {moments.shape}; expected {len(paths)} moments, one per path, on the last axis."
        )
    fields = paths.dtype.names or ()
    if "j1" not in fields:
        raise ValueError("paths contain no wavelet; expected those of a transform of at least first order.")
    # Wavelets between two octaves count with the finer one.
    j1, order = np.floor(paths["j1"]), paths["order"]
    J = 1 + int(np.nanmax(j1))
    first = np.stack([_mean_over(moments, (order == 1) & (j1 == j)) for j in range(J)], axis=-1)
    if "j2" not in fields:
        return arrays.back_to(given, first), arrays.back_to(given, np.full((*first.shape, J), np.nan))
    j2 = np.floor(paths["j2"])
    pairs = [_mean_over(moments, (order == 2) & (j1 == a) & (j2 == b)) for a in range(J) for b in range(J)]
    return arrays.back_to(given, first), arrays.back_to(given, np.stack(pairs, axis=-1).reshape(*first.shape, J))


def _mean_over(moments, rows):
    return moments[..., rows].mean(axis=-1) if rows.any() else np.full(moments.shape[:-1], np.nan)
