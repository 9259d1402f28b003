"""Validation of systems of bodies: rows of X become charges and positions."""

import numpy as np
from sklearn.base import clone

from skscat._checks import warn_user
from skscat._validation import flat_rows, to_array, validate_data

# Default number of coordinates of a body in flat rows.
DEFAULT_DIM = 2
# Number of coordinates of a body in space.
IN_SPACE = 3
MISSING_BODIES = (
    "Systems with fewer bodies must be padded with charges of zero: X = np.zeros((n, max_bodies, 1 + dim)), then "
    "X[i, : len(system)] = system for each system i."
)


def check_bodies(estimator, X, *, reset, dim=None):
    """Validate systems of bodies.

    The bodies of each system are sorted, so that results do not depend on their order, to the last bit. Bodies
    without charge come last, at the origin.

    Parameters
    ----------
    estimator : estimator
        Estimator whose ``dim_`` is set in ``fit``.
    X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
        Charge and position of each body. After ``fit``, X with three axes may have any number of bodies.
    reset : bool
        True in ``fit``.
    dim : int, default=None
        Number of coordinates of a body in flat rows. Only used in ``fit``.

    Returns
    -------
    charges : ndarray of shape (n, max_bodies)
        float32 or float64.
    positions : ndarray of shape (n, max_bodies, dim)

    Raises
    ------
    ValueError
        If X is not finite and real, or its shape contradicts ``dim`` or the shape seen in ``fit``.
    """
    name = type(estimator).__name__
    X, n_values = to_array(X, MISSING_BODIES), None
    if len(X.shape) > 2:
        if len(X.shape) != 3 or 0 in X.shape or X.shape[2] < 2:
            raise ValueError(
                f"X has shape {tuple(X.shape)}; {name} expects (n, max_bodies, 1 + dim), charges first, or flat rows."
            )
        n_values = X.shape[2]
        if not reset and n_values != 1 + estimator.dim_:
            raise ValueError(
                f"X has {n_values} values per body, but {name} was fitted on {1 + estimator.dim_}: a charge and "
                f"{estimator.dim_} coordinates."
            )
        X = flat_rows(X)
    options = {"dtype": [np.float64, np.float32], "order": "C", "missing": MISSING_BODIES}
    if reset or n_values is None:
        X = validate_data(estimator, X, reset=reset, **options)
    else:
        # A new estimator accepts any number of features.
        X = validate_data(clone(estimator), X, reset=True, **options)
    if reset:
        estimator.dim_ = _dimension(X, n_values, dim)
    dim = estimator.dim_
    bodies = np.zeros((len(X), -(-X.shape[1] // (1 + dim)) * (1 + dim)), X.dtype)
    bodies[:, : X.shape[1]] = X
    return _in_order(bodies.reshape(len(X), -1, 1 + dim))


def _dimension(X, n_values, dim):
    """Return the number of coordinates of a body; ``n_values`` is its number of values, None in flat rows."""
    n_features = X.shape[1]
    if n_values is not None:
        if dim not in (None, n_values - 1):
            raise ValueError(f"dim={dim} contradicts X, whose bodies have {n_values - 1} coordinates.")
        if dim is None and n_values > 1 + IN_SPACE:
            warn_user(
                f"X is read as systems of {n_features // n_values} bodies, each with a charge and {n_values - 1} "
                "coordinates. If bodies are on the last axis, pass np.swapaxes(X, 1, 2); set dim= to confirm this "
                "reading."
            )
        if _has_charges_last(X.reshape(-1, n_values)):
            warn_user(
                "X[..., 0] is read as charges, but has fractions, unlike X[..., -1]. If charges are last, pass "
                "np.roll(X, 1, axis=2)."
            )
        return n_values - 1
    if dim is None:
        dim = DEFAULT_DIM
        if _looks_spatial(X):
            warn_user(
                f"X is flat and its {n_features} features are read as {n_features // (1 + dim)} bodies with {dim} "
                f"coordinates, but charges are those of bodies with {IN_SPACE}. Set dim={IN_SPACE} for these, or "
                f"dim={dim} to confirm this reading."
            )
        if n_features % (1 + dim):
            warn_user(
                f"X is flat and its {n_features} features are not a multiple of {1 + dim}: assuming bodies with {dim} "
                "coordinates, the last of them completed by zeros. Pass dim= to set the number of coordinates."
            )
    elif n_features % (1 + dim):
        raise ValueError(
            f"dim={dim}: X has {n_features} features, not a multiple of {1 + dim} (a charge and {dim} coordinates)."
        )
    return dim


def _looks_spatial(X):
    """Return whether charges in flat rows are whole, or positive, numbers in space but not in the plane."""
    if X.shape[1] % (1 + DEFAULT_DIM) or X.shape[1] % (1 + IN_SPACE):
        return False
    plane, space = X[:, :: 1 + DEFAULT_DIM], X[:, :: 1 + IN_SPACE]
    return any(test(space) and not test(plane) for test in (_are_whole, _are_nonnegative))


def _has_charges_last(bodies):
    """Return whether the last values of bodies, but not the first, look like nuclear charges."""
    first, last = bodies[:, 0], bodies[:, -1]
    return not _are_whole(first) and _are_whole(last) and _are_nonnegative(last) and bool(last.any())


def _are_whole(charges):
    return bool(np.all(charges == np.round(charges)))


def _are_nonnegative(charges):
    return bool(np.all(charges >= 0))


def _in_order(bodies):
    """Sort the bodies of each system; those without charge come last."""
    bodies = np.where(bodies[..., :1] == 0, 0, bodies)
    charges, last_to_first = bodies[..., 0], [bodies[..., i] for i in range(bodies.shape[2] - 1, 0, -1)]
    order = np.lexsort([*last_to_first, charges, -np.abs(charges)], axis=1)
    bodies = np.take_along_axis(bodies, order[..., np.newaxis], axis=1)
    return np.ascontiguousarray(bodies[..., 0]), np.ascontiguousarray(bodies[..., 1:])


def aligned(charges, positions, align):
    """Move systems of bodies to a common position and, optionally, orientation.

    Parameters
    ----------
    charges : ndarray of shape (n, max_bodies)
        Charges; zero means no body.
    positions : ndarray of shape (n, max_bodies, dim)
    align : {"center", "axes", None}
        "center" moves the center of the bounding box to the origin. "axes" first rotates the principal axes of the
        positions onto the coordinate axes, the longest onto the first. None leaves the positions unchanged.

    Returns
    -------
    positions : ndarray of shape (n, max_bodies, dim)
        Zero where there is no body.
    """
    if align is None:
        return positions
    present = (charges != 0)[..., np.newaxis]
    if align == "axes":
        n_bodies = np.maximum(present.sum(axis=1, keepdims=True), 1)
        positions = np.where(present, positions - positions.sum(axis=1, keepdims=True) / n_bodies, 0)
        _, axes = np.linalg.eigh(np.swapaxes(positions, 1, 2) @ positions)
        positions = positions @ axes[..., ::-1]
    low = np.where(present, positions, np.inf).min(axis=1, keepdims=True)
    high = np.where(present, positions, -np.inf).max(axis=1, keepdims=True)
    # A system without bodies has infinite bounds; it has no center and needs none.
    center = np.add(low, high, out=np.zeros_like(low), where=low <= high) / 2
    return np.where(present, positions - center, 0).astype(positions.dtype, copy=False)
