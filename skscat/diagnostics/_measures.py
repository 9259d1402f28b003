"""Measures of energy, contraction and stability.

The theorems hold for filters that preserve the norm, and for signals without boundaries. Each function therefore uses
a clone of the transform with ``padding="wrap"``, and outputs dense enough that sums of their squares are integrals.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from skscat._checks import check_choice, check_values, is_positive
from skscat._core._amplitude import norms, rounding, times_exp2
from skscat.diagnostics._deformation import random_displacement, warp
from skscat.diagnostics._dense import dense_transform

DEFORMATIONS = ("dilation", "random")


class Energy(NamedTuple):
    """Energy of scattering coefficients, relative to the energy of the signals.

    Parameters
    ----------
    shares : ndarray of shape (n, max_order + 1)
        Share of the energy in each order.
    residual : ndarray of shape (n, max_order + 1)
        Share of the energy that is in neither this order nor a lower one.
    """

    shares: np.ndarray
    residual: np.ndarray


class Contraction(NamedTuple):
    """Distances between signals, and ratios of the distances after a transform to those before.

    Parameters
    ----------
    distances : ndarray of shape (n_pairs,)
        Distance between the signals of each pair.
    ratios : ndarray of shape (n_pairs,)
        Distance between the coefficients of each pair, divided by the distance between its signals.
    """

    distances: np.ndarray
    ratios: np.ndarray


class Stability(NamedTuple):
    """Changes of coefficients under shifts or deformations of signals.

    Parameters
    ----------
    action : str
        Description of the action on the signals, with its unit.
    sizes : ndarray of shape (n_sizes,)
        Sizes of the action.
    changes : dict of str to ndarray of shape (n_sizes,)
        Norms of changes relative to the norm of the signal, averaged over signals: of the scattering coefficients, of
        the modulus of the Fourier transform, and of the signals themselves.
    """

    action: str
    sizes: np.ndarray
    changes: dict[str, np.ndarray]


def energy_by_order(scattering: BaseEstimator, X: ArrayLike) -> Energy:
    r"""Measure the share of the energy of signals in each order of scattering coefficients.

    Tight banks preserve energy, :math:`\sum_{k \le m} \|S_k x\|^2 + \|U_{m+1} x\|^2 = \|x\|^2`. The residual is
    therefore the energy of the moduli of the next order, which goes to zero as m grows [1]_, plus that of the paths of
    increasing frequency, which transforms omit because they hold negligible energy.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Scattering transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.

    Returns
    -------
    energy : Energy
        Shares of the orders, and residuals.

    Raises
    ------
    ValueError
        If the transform computes no local averages, or a signal is zero.

    See Also
    --------
    skscat.plotting.EnergyDisplay : Visualization of the energy by order.

    References
    ----------
    .. [1] S. Mallat, "Group invariant scattering", Comm. Pure Appl. Math. 65 (2012), 1331-1398, theorem 2.6.

    Examples
    --------
    >>> from skscat import Scattering2D
    >>> from skscat.datasets import load_images_sample
    >>> from skscat.diagnostics import energy_by_order
    >>> energy = energy_by_order(Scattering2D(J=3), load_images_sample().images[:3, :64, :64])
    >>> bool(energy.residual[:, -1].max() < 0.02)
    True
    """
    transform, order, x, _ = dense_transform(scattering, X)
    squares = transform(x) ** 2
    per_path = squares.sum(axis=(1, *range(3, squares.ndim)))
    shares = np.stack([per_path[:, order == m].sum(axis=1) for m in range(order.max() + 1)], axis=1)
    shares /= norms(x)[:, np.newaxis] ** 2
    return Energy(shares, 1 - np.cumsum(shares, axis=1))


def contraction(
    scattering: BaseEstimator,
    X: ArrayLike,
    *,
    noise: float = 0.01,
    random_state: int | np.random.RandomState | None = None,
) -> Contraction:
    r"""Measure the contraction of distances, :math:`\|S x - S y\| / \|x - y\|`.

    The ratio is at most one for all signals if the filter bank is nonexpansive. It is measured for all pairs of
    signals in X, and for each signal paired with a noisy copy of itself. Pairs that are equal up to rounding errors
    are left out.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Scattering transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.
    noise : float, default=0.01
        Norm of the noise, relative to the norm of the signal.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the noise. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.

    Returns
    -------
    contraction : Contraction
        Distances and their ratios; the largest ratio is the empirical Lipschitz constant.

    Raises
    ------
    ValueError
        If ``noise`` is not positive, the transform computes no local averages, or a signal is zero.

    See Also
    --------
    skscat.plotting.ContractionDisplay : Visualization of the ratios.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.diagnostics import contraction
    >>> X = np.random.default_rng(0).standard_normal((10, 256))
    >>> bool(contraction(Scattering1D(J=4), X, random_state=0).ratios.max() <= 1)
    True
    """
    check_values("a positive number", is_positive, noise=noise)
    transform, _, x, exponent = dense_transform(scattering, X, comparable=True)
    white = check_random_state(random_state).standard_normal(x.shape)
    scale = noise * norms(x) / norms(white)
    near = x + scale.reshape(-1, *(1,) * (x.ndim - 1)) * white
    both = np.concatenate([x, near])
    s = transform(both)
    n = len(x)
    a, b = np.triu_indices(n, 1)
    a, b = np.concatenate([a, np.arange(n)]), np.concatenate([b, np.arange(n, 2 * n)])
    distances = np.array([np.linalg.norm(both[i] - both[j]) for i, j in zip(a, b, strict=True)])
    after = np.array([np.linalg.norm(s[i] - s[j]) for i, j in zip(a, b, strict=True)])
    size = norms(both)
    differ = distances > rounding(x.dtype) * np.maximum(size[a], size[b])
    return Contraction(times_exp2(distances[differ], exponent), after[differ] / distances[differ])


def translation_stability(
    scattering: BaseEstimator, X: ArrayLike, shifts: Sequence[int] = (1, 2, 4, 8, 16)
) -> Stability:
    r"""Measure the change of coefficients under shifts of signals.

    The change :math:`\|S L_c x - S x\|` is bounded in proportion to :math:`2^{-J} |c|`, whereas the bound on the
    change of the signal itself is proportional to its highest frequency.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Scattering transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals, which are shifted circularly along their last axis.
    shifts : sequence of int, default=(1, 2, 4, 8, 16)
        Shifts, in samples.

    Returns
    -------
    stability : Stability
        Relative changes of the scattering coefficients, of the modulus of the Fourier transform (zero) and of the
        signals.

    Raises
    ------
    ValueError
        If ``shifts`` is not a sequence of integers, the transform computes no local averages, or a signal is zero.

    See Also
    --------
    deformation_stability : Measure the change of coefficients under deformations.
    skscat.plotting.StabilityDisplay : Visualization of the changes.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.diagnostics import translation_stability
    >>> x = np.sin(np.arange(1024) ** 2 / 2000)[np.newaxis]
    >>> stability = translation_stability(Scattering1D(J=6), x, shifts=(1, 2))
    >>> bool(stability.changes["scattering"][0] < 0.1 < stability.changes["signal"][0])
    True
    """
    sizes = np.asarray(shifts)
    if sizes.ndim != 1 or sizes.dtype.kind not in "iu":
        raise ValueError(f"shifts={shifts!r}: expected a sequence of whole numbers.")
    transform, _, x, _ = dense_transform(scattering, X)
    return _stability(transform, x, [np.roll(x, shift, axis=-1) for shift in sizes], "shift (samples)", sizes)


def deformation_stability(
    scattering: BaseEstimator,
    X: ArrayLike,
    sizes: Sequence[float] = (0.005, 0.01, 0.02, 0.04),
    *,
    deformation: str = "dilation",
    random_state: int | np.random.RandomState | None = None,
) -> Stability:
    r"""Measure the change of coefficients under deformations of signals.

    For :math:`L_\tau x(u) = x(u - \tau(u))`, the change :math:`\|S L_\tau x - S x\|` is bounded in proportion
    to :math:`\|\nabla \tau\|_\infty` [1]_; the change of the modulus of the Fourier transform has no such bound.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Scattering transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.
    sizes : sequence of float, default=(0.005, 0.01, 0.02, 0.04)
        Values of :math:`\|\nabla \tau\|_\infty`, at most 0.5. Below 0.005, interpolation errors dominate.
    deformation : {"dilation", "random"}, default="dilation"
        "dilation" stretches signals about their center, :math:`\tau(u) = s u`; "random" displaces samples by a smooth
        random field, see :func:`random_displacement`.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the random field. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.

    Returns
    -------
    stability : Stability
        Relative changes of the scattering coefficients, of the modulus of the Fourier transform and of the signals.

    Raises
    ------
    ValueError
        If ``deformation`` is unknown, ``sizes`` are not between 0 and 0.5, the transform computes no local averages,
        or a signal is zero.

    See Also
    --------
    translation_stability : Measure the change of coefficients under shifts.
    skscat.plotting.StabilityDisplay : Visualization of the changes.

    References
    ----------
    .. [1] S. Mallat, "Group invariant scattering", Comm. Pure Appl. Math. 65 (2012), 1331-1398, theorem 2.12.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.diagnostics import deformation_stability
    >>> t = np.arange(2048) - 1024
    >>> x = np.exp(-((t / 300) ** 2)) * np.cos(t)[np.newaxis]
    >>> changes = deformation_stability(Scattering1D(J=6), x, sizes=(0.01, 0.02)).changes
    >>> bool(changes["scattering"][0] < 0.1 * changes["Fourier modulus"][0])
    True
    """
    values = np.asarray(sizes, dtype=float)
    if values.ndim != 1 or not np.all((values >= 0) & (values <= 0.5)):
        raise ValueError(f"sizes={values.tolist()}: expected numbers from 0 to 0.5.")
    check_choice("deformation", deformation, DEFORMATIONS)
    transform, _, x, _ = dense_transform(scattering, X)
    unit = _unit_displacement(deformation, x.shape[2:], check_random_state(random_state))
    moved = [warp(x, size * unit) for size in values]
    return _stability(transform, x, moved, f"{deformation}, size of the gradient", values)


def _unit_displacement(deformation, grid, rng):
    """Return a displacement whose gradient has norm one."""
    if deformation == "random":
        return random_displacement(grid, random_state=rng)
    return np.indices(grid) - (np.array(grid).reshape(-1, *(1,) * len(grid)) - 1) / 2


def _stability(transform, x, moved, action, sizes):
    """Measure relative changes under an action, for each of its sizes."""
    axes = tuple(range(2, x.ndim))
    representations = {
        "scattering": transform,
        "Fourier modulus": lambda x: np.abs(scipy.fft.fftn(x, axes=axes, norm="ortho")),
        "signal": lambda x: x,
    }
    reference, changes = norms(x), {}
    for name, represent in representations.items():
        before = represent(x)
        changes[name] = np.array([np.mean(norms(represent(y) - before) / reference) for y in moved])
    return Stability(action, sizes, changes)
