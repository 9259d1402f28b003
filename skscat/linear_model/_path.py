"""Greedy path of orthogonal least squares, for several problems with the same columns."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular
from sklearn.utils import gen_batches

from skscat._core._amplitude import scale_exponents, times_exp2
from skscat._core._threads import checkpoint, single_threaded_blas

# Number of bytes of X centered at a time.
BLOCK_BYTES = 2**26


class Path(NamedTuple):
    """Columns selected for each problem, and projections of the targets on them.

    Attributes
    ----------
    selected : ndarray of int of shape (n_problems, n_terms)
        Selected columns, in order; -1 once a problem needs no more.
    basis : ndarray of shape (n_problems, n_terms, n)
        Selected columns, centered and orthonormalized in this order; zeros after the last one.
    projections : ndarray of shape (n_problems, n_terms, n_targets)
        Inner products of the basis vectors with the targets.
    """

    selected: np.ndarray
    basis: np.ndarray
    projections: np.ndarray


class LinearPath(NamedTuple):
    """Least-squares models on the first 1, 2, ... selected columns.

    Attributes
    ----------
    selected : ndarray of int of shape (n_terms,)
        Selected columns, in order.
    coef : ndarray of shape (n_terms, n_terms, n_targets)
        Row m holds the coefficients of the first m + 1 selected columns, followed by zeros.
    intercept : ndarray of shape (n_terms + 1, n_targets)
        Intercepts of the models with 0, 1, ... columns.
    errors : ndarray of shape (n_terms + 1,)
        Mean squared training errors of the models with 0, 1, ... columns, summed over targets.
    """

    selected: np.ndarray
    coef: np.ndarray
    intercept: np.ndarray
    errors: np.ndarray


def rescale(X, y):
    """Divide columns and targets by powers of two, so that squares and products fit the precision of X.

    Returns
    -------
    X : ndarray of shape (n, n_features)
        The argument itself if all columns are of ordinary size, so that a memory map is not copied.
    y : ndarray of shape (n, n_targets)
        Targets of a size of about one.
    columns : ndarray of int of shape (n_features,)
        Exponents of the divisors of the columns.
    target : int
        Exponent of the divisor of all targets.
    """
    columns = scale_exponents(X.T, None)
    target = int(np.frexp(np.abs(y).max())[1])
    return times_exp2(X.T, -columns).T, np.ldexp(y, -target), columns, target


def undo_rescale(path, columns, target):
    """Return the models of the original columns and targets, given the exponents of :func:`rescale`."""
    coef_exponents = (target - columns[path.selected])[:, np.newaxis]
    # Squares of the targets need not fit where coefficients do.
    with np.errstate(over="ignore"):
        errors = np.ldexp(path.errors, 2 * target)
    return LinearPath(path.selected, np.ldexp(path.coef, coef_exponents), np.ldexp(path.intercept, target), errors)


@single_threaded_blas()
def fit_path(X, y, n_terms, fit_intercept):
    """Fit linear models with at most ``n_terms`` columns of X to y, of shape (n, n_targets)."""
    offset, y_offset = (a.mean(axis=0, dtype=np.float64) if fit_intercept else np.zeros(a.shape[1]) for a in (X, y))
    centered = center(y, y_offset)
    selected, basis, projections = (part[0] for part in orthogonal_path(X, centered[np.newaxis], n_terms, offset))
    m = int(np.sum(selected >= 0))
    selected, basis, projections = selected[:m], basis[:m], projections[:m]
    # X[:, selected] = basis.T @ r, and each leading block of the inverse of r is the inverse of that block of r.
    r = np.triu(basis @ (X[:, selected] - offset[selected]))
    # SciPy before 1.14 rejects empty matrices.
    inverse = solve_triangular(r, np.eye(m)) if m else r
    coef = np.cumsum(inverse.T[:, :, np.newaxis] * projections[:, np.newaxis], axis=0)
    explained = np.concatenate([np.zeros((1, y.shape[1])), np.einsum("mkt,k->mt", coef, offset[selected])])
    energies = np.cumsum(np.sum(projections**2, axis=1), axis=0)
    errors = np.maximum(np.sum(centered**2) - np.concatenate([[0], energies]), 0) / len(X)
    return LinearPath(selected, coef, y_offset - explained, errors)


@single_threaded_blas()
def orthogonal_path(X, targets, n_terms, offset, available=None):
    r"""Select columns one by one, each with the largest inner product with the residual of the targets.

    For these inner products, columns are orthogonalized against the selected ones and normalized. The orthogonalized
    columns are not stored: with q the unit vector that the last selection added, the inner products with the residual
    and the squared norms are updated by one product :math:`X^T q`, because

    .. math:: \langle r, x - \langle x, q\rangle q\rangle = \langle r - \langle r, q\rangle q, x\rangle, \qquad
              \|x - \langle x, q\rangle q\|^2 = \|x\|^2 - \langle x, q\rangle^2

    X is therefore only read, and may be a memory map.

    Parameters
    ----------
    X : ndarray of shape (n, n_features)
        Columns.
    targets : ndarray of shape (n_problems, n, n_targets)
        Targets, centered if the columns are. Each problem selects its own columns, which serve all its targets.
    n_terms : int
        Maximum number of columns.
    offset : ndarray of shape (n_features,)
        Means of the columns, or zeros.
    available : ndarray of bool of shape (n_features,), default=None
        Columns to select from. None means all.

    Returns
    -------
    path : Path
    """
    n_problems, n, n_targets = targets.shape
    problems = np.arange(n_problems)
    energies = column_energies(X, offset)
    energies[is_rounding(energies, offset, n)] = 0
    # A column whose squared norm falls below this lies in the span of the selected ones, up to rounding errors.
    floor = energies * np.finfo(X.dtype).eps ** 0.75
    if available is not None:
        floor = np.where(available, floor, np.inf)
    norms = np.tile(energies, (n_problems, 1))
    residual = targets.astype(np.float64)
    enough = np.finfo(np.float64).eps * np.sum(residual**2, axis=(1, 2))
    products = column_products(X, residual, offset)
    selected = np.full((n_problems, n_terms), -1)
    basis = np.zeros((n_problems, n_terms, n))
    projections = np.zeros((n_problems, n_terms, n_targets))
    for m in range(n_terms):
        checkpoint()
        gains = np.zeros_like(norms)
        np.divide(np.sum(products**2, axis=2), norms, out=gains, where=norms > floor)
        chosen = gains.argmax(axis=1)
        active = (gains[problems, chosen] > 0) & (np.sum(residual**2, axis=(1, 2)) > enough)
        if not active.any():
            break
        selected[active, m] = chosen[active]
        q = (X[:, chosen].T - offset[chosen, np.newaxis]) * active[:, np.newaxis]
        q = _orthonormalize(q, basis[:, :m])
        basis[:, m] = q
        projections[:, m] = np.einsum("gn,gnt->gt", q, residual)
        residual -= q[:, :, np.newaxis] * projections[:, m, np.newaxis]
        overlaps = column_products(X, q[:, :, np.newaxis], offset)
        products -= overlaps * projections[:, m, np.newaxis]
        norms -= overlaps[..., 0] ** 2
        norms[problems[active], chosen[active]] = 0
    return Path(selected, basis, projections)


def _orthonormalize(q, basis):
    """Orthogonalize each vector against its basis, twice because of rounding errors, and normalize it unless zero."""
    for _ in range(2):
        q = q - np.einsum("gm,gmn->gn", np.einsum("gn,gmn->gm", q, basis), basis)
    norm = np.linalg.norm(q, axis=1, keepdims=True)
    return q / np.where(norm > 0, norm, 1)


def center(y, offset):
    """Subtract means; set columns to zero if only rounding errors remain."""
    y = y - offset
    y[:, is_rounding(np.sum(y**2, axis=0), offset, len(y))] = 0
    return y


def is_rounding(energies, offset, n):
    """Whether squared norms of n deviations are no larger than the rounding errors of constants."""
    return energies <= n * (n * np.finfo(np.float64).eps * np.abs(offset)) ** 2


def column_energies(X, offset):
    """Squared norms of centered columns, computed over blocks of rows."""
    length = max(1, BLOCK_BYTES // (8 * X.shape[1]))
    return sum(np.sum((X[rows] - offset) ** 2, axis=0) for rows in gen_batches(len(X), length))


def column_products(X, vectors, offset):
    """Inner products of centered columns with vectors, in the precision of X.

    Parameters
    ----------
    X : ndarray of shape (n, n_features)
        Columns.
    vectors : ndarray of shape (n_problems, n, n_targets)
        Vectors.
    offset : ndarray of shape (n_features,)
        Means of the columns, or zeros.

    Returns
    -------
    products : ndarray of shape (n_problems, n_features, n_targets)
    """
    n_problems, n, n_targets = vectors.shape
    flat = np.ascontiguousarray(vectors.transpose(1, 0, 2).reshape(n, -1))
    products = (X.T @ flat.astype(X.dtype, copy=False)).astype(np.float64)
    # Vectors rounded to float32 are no longer exactly centered.
    products -= offset[:, np.newaxis] * flat.astype(X.dtype, copy=False).sum(axis=0, dtype=np.float64)
    return products.reshape(-1, n_problems, n_targets).transpose(1, 0, 2)
