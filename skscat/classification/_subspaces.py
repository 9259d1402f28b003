"""Affine subspaces of classes, and distances to them."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh, qr
from sklearn.utils import gen_batches

from skscat._core._amplitude import scale_exponents, times_exp2
from skscat._core._threads import checkpoint, single_threaded_blas

# Number of elements in a block of residuals, which limits the memory.
BLOCK = 2**22
# Deviations from a mean of up to this many units in its last place are rounding errors.
ROUNDING = 4


class Spaces(NamedTuple):
    """Affine subspaces of all classes.

    Attributes
    ----------
    means : ndarray of shape (n_classes, n_features)
        Means of the classes.
    directions : list of ndarray of shape (n_directions, n_features)
        Directions of each class, orthonormal in the metric.
    metric : tuple or None
        Metric of deviations divided by ``2**exponent``, see :func:`apply_metric`.
    exponent : int
        Binary logarithm of the unit of length, zero for features of ordinary size.
    """

    means: np.ndarray
    directions: list
    metric: tuple | None
    exponent: int


@single_threaded_blas()
def fit_spaces(X, y, n_classes, n_components, shrinkage):
    """Fit the affine subspaces of classes 0, 1, ...

    Parameters
    ----------
    X : ndarray of shape (n, n_features)
        Samples.
    y : ndarray of int of shape (n,)
        Class of each sample. The mean of a class without samples is infinite, so that no sample is near it.
    n_classes, n_components : int
        Number of classes, and number of directions per class.
    shrinkage : float
        See :class:`AffineSubspaceClassifier`.

    Returns
    -------
    spaces : Spaces
    """
    members = [np.flatnonzero(y == k) for k in range(n_classes)]
    means = np.array([_mean(X[rows]) if len(rows) else np.full(X.shape[1], np.inf, X.dtype) for rows in members])
    exponent = int(scale_exponents((X.max(axis=0) - X.min(axis=0))[np.newaxis], None)[0])
    metric = None if shrinkage == 1 else _shrunk_metric(times_exp2(X - means[y], -exponent), shrinkage)
    directions = []
    for mean, rows in zip(means, members, strict=True):
        checkpoint()
        directions.append(_directions(X[rows], mean, n_components, metric, exponent))
    return Spaces(means, directions, metric, exponent)


def _mean(x):
    """Mean of samples, which is exact if they are equal."""
    return (x[0] + np.mean(x - x[0], axis=0, dtype=np.float64)).astype(x.dtype)


def _directions(x, mean, n_components, metric, exponent):
    """Principal directions of a class, without those along which only rounding errors remain."""
    deviations = times_exp2(x - mean, -exponent)
    axes, variances = principal_axes(apply_metric(deviations, metric), n_components)
    size = np.where(np.any(deviations, axis=0), np.abs(mean), 0).astype(np.float64)
    errors = ROUNDING * np.finfo(x.dtype).eps * times_exp2(size, -exponent)
    return axes[variances > np.sum(np.square(apply_metric(axes, metric) * errors), axis=1)]


def principal_axes(x, n_axes):
    """Leading principal axes of deviations, from the covariance or the Gram matrix, whichever is smaller.

    Parameters
    ----------
    x : ndarray of shape (n, n_features)
        Deviations from a mean.
    n_axes : int
        Maximum number of axes.

    Returns
    -------
    axes : ndarray of shape (n_axes_found, n_features)
        Orthonormal axes, fewer than ``n_axes`` if the deviations span fewer dimensions.
    variances : ndarray of shape (n_axes_found,)
        Variances along the axes, in decreasing order.
    """
    n, p = x.shape
    size = min(n, p)
    n_axes = min(n_axes, size)
    if n_axes == 0:
        return np.empty((0, p), x.dtype), np.empty(0)
    # Double precision is needed because the products contain squares of small lengths.
    precise = x.astype(np.float64, copy=False)
    products = (precise @ precise.T if n <= p else precise.T @ precise) / n
    variances, vectors = eigh(products, subset_by_index=[size - n_axes, size - 1], overwrite_a=True)
    # Eigenvalues at the level of rounding errors do not correspond to directions.
    spanned = variances > size * np.finfo(np.float64).eps * variances[-1]
    variances, vectors = variances[spanned][::-1], vectors[:, spanned][:, ::-1]
    if n <= p:
        # Orthonormalize again, because short axes are differences of long vectors.
        vectors, _ = qr(precise.T @ vectors, mode="economic", overwrite_a=True)
    return vectors.T.astype(x.dtype), variances


def _shrunk_metric(deviations, shrinkage):
    """Inverse square root of a shrunk covariance: axes, additional gain along each axis, and gain elsewhere.

    None if the covariance is zero.
    """
    axes, variances = principal_axes(deviations, min(deviations.shape))
    floor = shrinkage * np.sum(variances) / deviations.shape[1]
    if floor == 0:
        return None
    gains = ((1 - shrinkage) * variances + floor) ** -0.5 - floor**-0.5
    return axes, gains.astype(deviations.dtype), deviations.dtype.type(floor**-0.5)


def apply_metric(x, metric):
    """Map deviations to coordinates in which distances are Euclidean."""
    if metric is None:
        return x
    axes, gains, rest = metric
    return rest * x + ((x @ axes.T) * gains) @ axes


def residuals(X, spaces, candidates):
    """Squared distances of samples to subspaces of several dimensions, by the Pythagorean theorem.

    Parameters
    ----------
    X : ndarray of shape (n, n_features)
        Samples.
    spaces : Spaces
        Subspaces of at least the largest dimension in ``candidates``.
    candidates : sequence of int
        Numbers of leading directions.

    Yields
    ------
    rows : slice
        Block of samples.
    squares : ndarray of shape (n_rows, n_classes, n_candidates)
        Squared distances of these samples, divided by ``4**exponents``.
    exponents : ndarray of int of shape (n_rows,)
        Binary logarithms of the units of length: that of the subspaces, or larger for samples at larger distances.
    """
    means, directions, metric, exponent = spaces
    seen = np.flatnonzero(np.isfinite(means[:, 0]))
    length = max(1, BLOCK // max(X.shape[1], len(means) * (1 + max(map(len, directions)))))
    for rows in gen_batches(len(X), length):
        checkpoint()
        exponents = np.maximum(scale_exponents(X[rows] - means[seen[0]], None), exponent)
        squares = np.full((len(X[rows]), len(means), len(candidates)), np.inf, X.dtype)
        for k in seen:
            z = apply_metric(times_exp2(X[rows] - means[k], -exponents), metric)
            explained = np.cumsum((z @ directions[k].T) ** 2, axis=1)
            explained = np.pad(explained, ((0, 0), (1, 0)))[:, np.minimum(candidates, len(directions[k]))]
            squares[:, k] = np.maximum(np.sum(z**2, axis=1)[:, np.newaxis] - explained, 0)
        yield rows, squares, exponents


@single_threaded_blas()
def assess(X, y, spaces, candidates):
    """Count correct predictions for subspaces of each dimension, and sum squared distances.

    Returns
    -------
    correct : ndarray of shape (n_candidates,)
        Number of samples whose nearest subspace is that of their own class.
    energies : ndarray of shape (4, n_classes, n_candidates)
        For each class: the number of its samples, and the sums of their squared norms, of their squared distances to
        their own subspace, and of their squared distances to the nearest subspace of another class, in the unit of
        length of the subspaces.
    """
    n_classes = len(spaces.means)
    correct = np.zeros(len(candidates), int)
    energies = np.zeros((4, n_classes, len(candidates)))
    for rows, squares, exponents in residuals(X, spaces, candidates):
        labels, index = y[rows], np.arange(len(squares))
        correct += np.sum(squares.argmin(axis=1) == labels[:, np.newaxis], axis=0)
        own = squares[index, labels]
        squares[index, labels] = np.inf
        other = squares.min(axis=1)
        with np.errstate(over="ignore"):
            norms = apply_metric(times_exp2(X[rows].astype(np.float64), -spaces.exponent), spaces.metric)
            norms = np.sum(np.square(norms), axis=1, keepdims=True)
            own, other = (times_exp2(s.astype(np.float64), 2 * (exponents - spaces.exponent)) for s in (own, other))
        for part, values in zip(energies, (1, norms, own, other), strict=True):
            np.add.at(part, labels, values)
    return correct, energies
