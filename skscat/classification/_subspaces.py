"""Affine subspaces of classes in one or several metrics, and distances to them."""

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


class Frame(NamedTuple):
    """Principal axes of the within-class deviations, along which the metrics of all shrinkages multiply coordinates.

    Attributes
    ----------
    basis : ndarray of shape (n_features, n_axes) or None
        Orthonormal basis of a space that contains the deviations. None if it consists of the features.
    rotation : ndarray of shape (n_axes, n_axes) or None
        Principal axes, in columns, as combinations of the basis. None if the axes are the basis.
    """

    basis: np.ndarray | None
    rotation: np.ndarray | None


class Spaces(NamedTuple):
    """Affine subspaces of all classes in one or several metrics.

    Attributes
    ----------
    means : ndarray of shape (n_classes, n_features)
        Means of the classes.
    exponent : int
        Binary logarithm of the unit of length, zero for features of ordinary size.
    frame : Frame
        Axes of the coordinates.
    gains : ndarray of shape (n_metrics, n_axes)
        Factor of each coordinate of a deviation.
    rests : ndarray of shape (n_metrics,)
        Factor of the component that is orthogonal to all axes.
    directions : list of list of ndarray of shape (n_directions, n_axes)
        Directions of each class in each metric, orthonormal, in coordinates that are multiplied by their factors.
    """

    means: np.ndarray
    exponent: int
    frame: Frame
    gains: np.ndarray
    rests: np.ndarray
    directions: list


@single_threaded_blas()
def fit_spaces(X, y, n_classes, n_components, shrinkages):
    """Fit the affine subspaces of classes 0, 1, ...

    Parameters
    ----------
    X : ndarray of shape (n, n_features)
        Samples.
    y : ndarray of int of shape (n,)
        Class of each sample. The mean of a class without samples is infinite, so that no sample is near it.
    n_classes, n_components : int
        Number of classes, and number of directions per class.
    shrinkages : sequence of float
        Shrinkage of each metric, see :class:`AffineSubspaceClassifier`.

    Returns
    -------
    spaces : Spaces
    """
    n_features = X.shape[1]
    members = [np.flatnonzero(y == k) for k in range(n_classes)]
    means = np.array([_mean(X[rows]) if len(rows) else np.full(n_features, np.inf) for rows in members])
    spread = X.max(axis=0).astype(np.float64) - X.min(axis=0)
    exponent = int(scale_exponents(spread[np.newaxis], None)[0])
    frame, variances, coordinates = Frame(None, None), np.zeros(n_features), None
    if min(shrinkages) < 1:
        frame, variances, coordinates = _principal_frame(times_exp2(X - means[y], -exponent))
    gains, rests = zip(*(_factors(variances, shrinkage, n_features) for shrinkage in shrinkages), strict=True)
    directions = [[] for _ in shrinkages]
    for mean, rows in zip(means, members, strict=True):
        checkpoint()
        deviations = X[rows] - mean
        size = times_exp2(np.where(np.any(deviations, axis=0), np.abs(mean), 0), -exponent)
        errors = ROUNDING * np.finfo(X.dtype).eps * size
        z = times_exp2(deviations, -exponent) if coordinates is None else coordinates[rows]
        for found, factors in zip(directions, gains, strict=True):
            found.append(_directions(z * factors, n_components, factors, errors, frame))
    return Spaces(means, exponent, frame, np.array(gains), np.array(rests), directions)


def _mean(x):
    """Mean of samples in double precision, which is exact if they are equal."""
    return x[0] + np.mean(x - x[0], axis=0, dtype=np.float64)


def _principal_frame(deviations):
    """Principal axes of deviations, variances along them, and coordinates of the deviations.

    The axes span all deviations, however short. If all are zero, the axes are the features, without coordinates.
    """
    n, p = deviations.shape
    if not np.any(deviations):
        return Frame(None, None), np.zeros(p), None
    basis, coordinates = None, deviations
    if n < p:
        basis, triangle = qr(deviations.T, mode="economic", overwrite_a=True)
        coordinates = triangle.T
    variances, rotation = np.linalg.eigh(coordinates.T @ coordinates / n)
    return Frame(basis, rotation), np.maximum(variances, 0), coordinates @ rotation


def _factors(variances, shrinkage, n_features):
    """Factors of coordinates along the principal axes and elsewhere: an inverse square root of a shrunk covariance."""
    floor = shrinkage * np.sum(variances) / n_features
    if shrinkage == 1 or floor == 0:
        return np.ones(len(variances)), 1.0
    return ((1 - shrinkage) * variances + floor) ** -0.5, floor**-0.5


def to_coordinates(x, frame):
    """Coordinates of deviations along the axes, and what is orthogonal to all axes: None if they span the space."""
    along = x if frame.basis is None else x @ frame.basis
    rest = None if frame.basis is None else x - along @ frame.basis.T
    return along if frame.rotation is None else along @ frame.rotation, rest


def to_features(coordinates, frame):
    """Deviations that have the given coordinates along the axes."""
    along = coordinates if frame.rotation is None else coordinates @ frame.rotation.T
    return along if frame.basis is None else along @ frame.basis.T


def _directions(z, n_components, gains, errors, frame):
    """Principal directions of a class, without those along which only rounding errors of the features remain."""
    axes, variances = principal_axes(z, n_components)
    weights = axes * gains
    # The largest error bounds all, so that directions are hardly ever computed in terms of features.
    doubtful = np.flatnonzero(variances <= np.max(errors) ** 2 * np.sum(weights**2, axis=1))
    remaining = np.sum(np.square(to_features(weights[doubtful], frame) * errors), axis=1)
    return np.delete(axes, doubtful[variances[doubtful] <= remaining], axis=0)


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
    if 6 * n_axes < size:
        variances, vectors = eigh(products, subset_by_index=[size - n_axes, size - 1], overwrite_a=True)
    else:
        # Takes less time than a large subset and, unlike SciPy's function, lets other threads run.
        variances, vectors = (part[..., -n_axes:] for part in np.linalg.eigh(products))
    # Eigenvalues at the level of rounding errors do not correspond to directions.
    spanned = variances > size * np.finfo(np.float64).eps * variances[-1]
    variances, vectors = variances[spanned][::-1], vectors[:, spanned][:, ::-1]
    if n <= p:
        # Orthonormalize again, because short axes are differences of long vectors.
        vectors, _ = qr(precise.T @ vectors, mode="economic", overwrite_a=True)
    return vectors.T.astype(x.dtype), variances


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
    metric : int
        Index of a metric.
    squares : ndarray of shape (n_rows, n_classes, n_candidates)
        Squared distances of these samples in this metric, divided by ``4**exponents``.
    norms : ndarray of shape (n_rows,)
        Squared norms of these samples in this metric, divided by ``4**exponents``.
    exponents : ndarray of int of shape (n_rows,)
        Binary logarithms of the units of length: that of the subspaces, or larger for samples at larger distances.
    """
    means, exponent, frame, gains, rests, directions = spaces
    seen = np.flatnonzero(np.isfinite(means[:, 0]))
    # Coordinates are linear: those of samples and of centers are subtracted. All refer to one of the means, because
    # features may be large compared to deviations. The last center is zero, for the norms.
    origin = means[seen[0]]
    centers = times_exp2(np.concatenate([means[seen] - origin, -origin[np.newaxis]]), -exponent)
    centers, center_rests = to_coordinates(centers, frame)
    length = max(1, BLOCK // max(X.shape[1], len(means) * len(candidates)))
    for rows in gen_batches(len(X), length):
        checkpoint()
        x = X[rows] - origin
        exponents = np.maximum(scale_exponents(x, None), exponent)
        units = np.exp2(exponent - exponents)[:, np.newaxis] if np.any(exponents != exponent) else 1.0
        coordinates, rest = to_coordinates(times_exp2(x, -exponents), frame)
        apart = [0] * len(centers)
        if rest is not None:
            with np.errstate(over="ignore"):
                apart = [np.sum((rest - units * center) ** 2, axis=1) for center in center_rests]
        for m, (factors, of_rest) in enumerate(zip(gains, rests, strict=True)):
            scaled, squares = coordinates * factors, np.full((len(x), len(means), len(candidates)), np.inf)
            *of_classes, of_zero = centers * factors
            for k, center, square in zip(seen, of_classes, apart[:-1], strict=True):
                z = scaled - units * center
                squares[:, k] = _squares(z, of_rest**2 * square, directions[m][k], candidates)
            with np.errstate(over="ignore"):
                norms = np.sum((scaled - units * of_zero) ** 2, axis=1) + of_rest**2 * apart[-1]
            yield rows, m, squares, norms, exponents


def _squares(z, rest, directions, candidates):
    """Squared distances from subspaces: z holds coordinates of deviations, ``rest`` their squared norms elsewhere."""
    explained = np.pad(np.cumsum((z @ directions.T) ** 2, axis=1), ((0, 0), (1, 0)))
    total = np.einsum("ij,ij->i", z, z) + rest
    return np.maximum(total[:, np.newaxis] - explained[:, np.minimum(candidates, len(directions))], 0)


@single_threaded_blas()
def assess(X, y, spaces, candidates):
    """Count correct predictions for subspaces of each dimension in each metric, and sum squared distances.

    Returns
    -------
    n : int
        Number of samples.
    correct : ndarray of shape (n_metrics, n_candidates)
        Number of samples whose nearest subspace is that of their own class.
    energies : ndarray of shape (4, n_metrics, n_classes, n_candidates)
        For each class: the number of its samples, and the sums of their squared norms, of their squared distances to
        their own subspace, and of their squared distances to the nearest subspace of another class, in the unit of
        length of the subspaces. Only of samples for which both subspaces exist.
    """
    n_metrics, n_classes, n_candidates = len(spaces.rests), len(spaces.means), len(candidates)
    correct = np.zeros((n_metrics, n_candidates), int)
    energies = np.zeros((4, n_metrics, n_classes, n_candidates))
    for rows, m, squares, norms, exponents in residuals(X, spaces, candidates):
        labels, index = y[rows], np.arange(len(squares))
        correct[m] += np.sum(squares.argmin(axis=1) == labels[:, np.newaxis], axis=0)
        own = squares[index, labels]
        squares[index, labels] = np.inf
        other = squares.min(axis=1)
        # The subspace of a class without training samples is at an infinite distance.
        known = np.isfinite(own[:, 0]) & np.isfinite(other[:, 0])
        units = 2 * (exponents - spaces.exponent)[known]
        with np.errstate(over="ignore"):
            norms, own, other = (times_exp2(s[known], units) for s in (norms[:, np.newaxis], own, other))
        for part, values in zip(energies[:, m], (1, norms, own, other), strict=True):
            np.add.at(part, labels[known], values)
    return len(X), correct, energies
