"""Energy, contraction, stability and discrimination, measured.

Statements are about filters that keep the norm, on signals without borders. So each function takes a clone of the
transform with ``padding="wrap"`` and outputs so dense that sums of their squares are integrals.
"""

from typing import NamedTuple

import numpy as np
import scipy.fft
from sklearn.utils import check_random_state

from skscat._checks import check_choice, check_values, is_positive
from skscat._transforms._base import globally_averaged
from skscat.diagnostics._deformation import random_displacement, warp
from skscat.diagnostics._dense import dense_transform, norms

# Of deformations.
KINDS = ("dilation", "random")


class Energy(NamedTuple):
    """Energy of scattering coefficients, relative to that of the signals.

    Parameters
    ----------
    shares : ndarray of shape (n, max_order + 1)
        Share of each order.
    residual : ndarray of shape (n, max_order + 1)
        What no order so far holds.
    """

    shares: np.ndarray
    residual: np.ndarray


class Contraction(NamedTuple):
    """Distances of pairs of signals, before and after.

    Parameters
    ----------
    distances : ndarray of shape (n_pairs,)
        Distances of signals.
    ratios : ndarray of shape (n_pairs,)
        Distances of their coefficients, divided by these.
    """

    distances: np.ndarray
    ratios: np.ndarray


class Stability(NamedTuple):
    """Changes of coefficients when signals are moved.

    Parameters
    ----------
    action : str
        What is done to the signals, with its unit.
    sizes : ndarray of shape (n_sizes,)
        How much of it.
    changes : dict of str to ndarray of shape (n_sizes,)
        Norms of changes relative to that of the signal, mean over signals: of scattering, of the modulus of the
        Fourier transform and of the signals themselves.
    """

    action: str
    sizes: np.ndarray
    changes: dict


class Discrimination(NamedTuple):
    """Distance of signals from a process, in units of its spread.

    Parameters
    ----------
    orders : ndarray of shape (max_order,)
        1, 2, ...
    ratios : ndarray of shape (max_order,)
        Mean squared distance of the signals to the mean of the process, divided by that of samples of the process.
    """

    orders: np.ndarray
    ratios: np.ndarray


def energy_by_order(scattering, X):
    r"""Measure where the energy of signals is after scattering.

    Tight banks lose none, :math:`\sum_{k \le m} \|S_k x\|^2 + \|U_{m+1} x\|^2 = \|x\|^2`, so that the residual is the
    energy of the moduli of the next order, which goes to zero [1]_, and of the paths of rising frequency, which
    transforms leave out because they hold next to nothing.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.

    Returns
    -------
    energy : Energy
        Shares of orders, and residuals.

    Raises
    ------
    ValueError
        If the transform has no local averages, or a signal is zero.

    See Also
    --------
    skscat.plotting.EnergyDisplay : A picture of it.

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
    transform, order, x = dense_transform(scattering, X)
    squares = transform(x) ** 2
    per_path = squares.sum(axis=(1, *range(3, squares.ndim)))
    shares = np.stack([per_path[:, order == m].sum(axis=1) for m in range(order.max() + 1)], axis=1)
    shares /= norms(x)[:, np.newaxis] ** 2
    return Energy(shares, 1 - np.cumsum(shares, axis=1))


def contraction(scattering, X, *, noise=0.01, random_state=None):
    r"""Measure how much distances shrink, :math:`\|S x - S y\| / \|x - y\|`.

    It is at most one if filters contract, whatever the signals. Pairs are all those of X, and each signal with itself
    and a little noise.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.
    noise : float, default=0.01
        Norm of the noise, relative to that of the signal.
    random_state : int, RandomState instance or None, default=None
        Draws the noise. Pass an int for the same result each time.

    Returns
    -------
    contraction : Contraction
        Distances and their ratios; the largest ratio is the empirical Lipschitz constant.

    Raises
    ------
    ValueError
        If ``noise`` is not positive, the transform has no local averages, or a signal is zero.

    See Also
    --------
    skscat.plotting.ContractionDisplay : A picture of it.

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
    transform, _, x = dense_transform(scattering, X)
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
    differ = distances > 0
    return Contraction(distances[differ], after[differ] / distances[differ])


def translation_stability(scattering, X, shifts=(1, 2, 4, 8, 16)):
    r"""Measure how coefficients change when signals are shifted.

    :math:`\|S L_c x - S x\|` is at most in proportion to :math:`2^{-J} |c|`, where the change of the signal itself is
    in proportion to its highest frequency.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals, which are shifted along their last axis; what leaves at one end comes back at the other.
    shifts : sequence of int, default=(1, 2, 4, 8, 16)
        Samples.

    Returns
    -------
    stability : Stability
        Relative changes of scattering, of the modulus of the Fourier transform (none) and of the signals.

    Raises
    ------
    ValueError
        If ``shifts`` are no whole numbers, the transform has no local averages, or a signal is zero.

    See Also
    --------
    deformation_stability : The same for dilations and other deformations.
    skscat.plotting.StabilityDisplay : A picture of it.

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
    transform, _, x = dense_transform(scattering, X)
    return _stability(transform, x, [np.roll(x, shift, axis=-1) for shift in sizes], "shift (samples)", sizes)


def deformation_stability(scattering, X, sizes=(0.005, 0.01, 0.02, 0.04), *, kind="dilation", random_state=None):
    r"""Measure how coefficients change when signals are deformed.

    For :math:`L_\tau x(u) = x(u - \tau(u))` the change :math:`\|S L_\tau x - S x\|` grows in proportion to
    :math:`\|\nabla \tau\|_\infty` [1]_; that of the modulus of a Fourier transform has no such bound.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Transform. It is cloned.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.
    sizes : sequence of float, default=(0.005, 0.01, 0.02, 0.04)
        Sizes of :math:`\|\nabla \tau\|_\infty`, at most a half. Below 0.005 errors of interpolation dominate.
    kind : {"dilation", "random"}, default="dilation"
        "dilation" stretches signals about their middle, :math:`\tau(u) = s u`; "random" displaces them by a smooth
        random field, see :func:`random_displacement`.
    random_state : int, RandomState instance or None, default=None
        Draws the field. Pass an int for the same result each time.

    Returns
    -------
    stability : Stability
        Relative changes of scattering, of the modulus of the Fourier transform and of the signals.

    Raises
    ------
    ValueError
        If ``kind`` or ``sizes`` are none of those, the transform has no local averages, or a signal is zero.

    See Also
    --------
    translation_stability : The same for shifts.
    skscat.plotting.StabilityDisplay : A picture of it.

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
    sizes = np.asarray(sizes, dtype=float)
    if sizes.ndim != 1 or not np.all((sizes >= 0) & (sizes <= 0.5)):
        raise ValueError(f"sizes={sizes.tolist()}: expected numbers from 0 to 0.5.")
    check_choice("kind", kind, KINDS)
    transform, _, x = dense_transform(scattering, X)
    unit = _unit_displacement(kind, x.shape[2:], check_random_state(random_state))
    moved = [warp(x, size * unit) for size in sizes]
    return _stability(transform, x, moved, f"{kind}, size of the gradient", sizes)


def discrimination(scattering, X, Y):
    r"""Measure how well coefficients tell signals from a process, order by order.

    .. math:: \rho(m) = \frac{E\,\|S_m X - E S_m Y\|^2}{E\,\|S_m Y - E S_m Y\|^2}

    with averages over the whole signal; about one if order m does not tell them apart [1]_.

    Parameters
    ----------
    scattering : estimator
        Transform, of which a clone averages over the whole signal.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.
    Y : array-like of shape (m, *shape), (m, channels, *shape) or (m, n_features)
        Samples of the process, two or more.

    Returns
    -------
    discrimination : Discrimination
        Ratios by order.

    Raises
    ------
    ValueError
        If Y has less than two samples.

    See Also
    --------
    skscat.synthesis.GaussianTexture : The process to compare with.
    skscat.plotting.DiscriminationDisplay : A picture of it.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. Pattern Anal. Mach. Intell.
           35 (2013), 1872-1886, section 5.

    Examples
    --------
    >>> from skscat import Scattering2D
    >>> from skscat.datasets import load_images_sample
    >>> from skscat.diagnostics import discrimination
    >>> from skscat.synthesis import GaussianTexture
    >>> gravel = load_images_sample().images[2:3, :64, :64]
    >>> twins = GaussianTexture(method="noise").fit(gravel).sample(10, random_state=0)
    >>> first, second = discrimination(Scattering2D(J=4, padding="wrap"), gravel, twins).ratios
    >>> bool(first < 3 < second)
    True
    """
    Y = np.asarray(Y)
    if len(Y) < 2:
        raise ValueError(f"Y has {len(Y)} sample(s); a spread needs two at least.")
    scattering = globally_averaged(scattering).fit(Y)
    S, T = np.asarray(scattering.transform(X)), np.asarray(scattering.transform(Y))
    order = scattering.kinds_ // len(scattering.plan_.powers or (1,))
    orders = np.unique(order[order > 0])
    center = T.mean(axis=0)
    distances, spread = ([np.sum((V - center)[:, order == m] ** 2) / len(V) for m in orders] for V in (S, T))
    return Discrimination(orders, np.divide(distances, spread))


def _unit_displacement(kind, grid, rng):
    """Displacement whose gradient has norm one."""
    if kind == "random":
        return random_displacement(grid, random_state=rng)
    return np.indices(grid) - (np.array(grid).reshape(-1, *(1,) * len(grid)) - 1) / 2


def _stability(transform, x, moved, action, sizes):
    """Relative changes under an action of several sizes."""
    axes = tuple(range(2, x.ndim))
    representations = {
        "scattering": transform,
        "Fourier modulus": lambda x: np.abs(scipy.fft.fftn(x, axes=axes, norm="ortho")),
        "signal": lambda x: x,
    }
    sizes_before, changes = norms(x), {}
    for name, represent in representations.items():
        before = represent(x)
        changes[name] = np.array([np.mean(norms(represent(y) - before) / sizes_before) for y in moved])
    return Stability(action, sizes, changes)
