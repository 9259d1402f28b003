"""Coulomb matrices."""

from numbers import Real
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import Interval, SignalTagsMixin, StrOptions, at_least, check_feature_names_in, fit_context
from skscat.physics._bodies import check_bodies

# Energy of a free atom of charge z, in Hartree: 0.5 * z ** 2.4. Bohr radius, in Angstrom.
SELF_FACTOR, SELF_POWER, BOHR = 0.5, 2.4, 0.529177


class CoulombMatrix(SignalTagsMixin, TransformerMixin, BaseEstimator):
    r"""Coulomb matrices of molecules.

    .. math:: C_{kk} = \tfrac12 z_k^{2.4}, \quad C_{kl} = \frac{z_k z_l}{|r_k - r_l|}

    with distances in Bohr radii. They are invariant to translations, rotations and reflections, and retain all other
    information. The dependence on the order of the atoms is removed by sorting the rows by their norms, by using
    several random orders instead of one, or by keeping only the eigenvalues [1]_ [2]_.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    permutation : {"sorted", "random", "eigenvalues"}, default="sorted"
        "sorted" sorts the rows by decreasing norm; "random" does so after adding noise to the norms, once for each of
        ``n_copies`` copies; "eigenvalues" keeps only the eigenvalues, by decreasing magnitude.
    n_copies : int, default=8
        Number of random orders. Ignored unless ``permutation="random"``.
    noise : float, default=1.0
        Standard deviation of the noise added to the norms, in Hartree. Ignored unless ``permutation="random"``.
    dim : int, default=None
        Number of coordinates of a body in flat X. None means two.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the noise. Pass an int for reproducible output across multiple function
        calls. See :term:`Glossary <random_state>`. The noise does not depend on the position of a molecule in X.

    Attributes
    ----------
    output_shape_ : tuple of int
        ``(n_entries,)``, after the number of copies if ``permutation="random"``. The entries are those on and below
        the diagonal, or the eigenvalues.
    dim_ : int
        Number of coordinates of a body.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    CopyRegressor : Regression on several copies per sample.
    DensityInvariants : Invariants of densities.

    References
    ----------
    .. [1] M. Rupp, A. Tkatchenko, K.-R. Mueller and O. A. von Lilienfeld, "Fast and accurate modeling of molecular
           atomization energies with machine learning", Phys. Rev. Lett. 108 (2012), 058301.
    .. [2] K. Hansen et al., "Assessment and validation of machine learning methods for predicting molecular
           atomization energies", J. Chem. Theory Comput. 9 (2013), 3404-3419.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.physics import CoulombMatrix
    >>> hydrogen = np.array([[[1, 0, 0], [1, 0.74, 0]]])
    >>> np.round(CoulombMatrix().fit_transform(hydrogen), 3)
    array([[0.5  , 0.715, 0.5  ]])
    """

    _parameter_constraints: dict = {
        "permutation": [StrOptions({"sorted", "random", "eigenvalues"})],
        "n_copies": [at_least(1)],
        "noise": [Interval(Real, 0, None, closed="left")],
        "dim": [None, at_least(1)],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        permutation: str = "sorted",
        *,
        n_copies: int = 8,
        noise: float = 1.0,
        dim: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.permutation = permutation
        self.n_copies = n_copies
        self.noise = noise
        self.dim = dim
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn the size of the matrices.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position (in Angstrom) of each body. A charge of zero means no body.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        charges, _ = check_bodies(self, X, reset=True, dim=self.dim)
        n, self._permutation = charges.shape[1], self.permutation
        n_entries = n if self._permutation == "eigenvalues" else n * (n + 1) // 2
        self.output_shape_ = (self.n_copies, n_entries) if self._permutation == "random" else (n_entries,)
        self._n_features_out = int(np.prod(self.output_shape_))
        # The random orders of a molecule do not depend on its position in X.
        self._noise = self.noise * check_random_state(self.random_state).standard_normal((self.n_copies, n))
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the Coulomb matrices.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position (in Angstrom) of each body. A charge of zero means no body. With three axes, max_bodies
            may differ from that in ``fit``.

        Returns
        -------
        C : ndarray of shape (n, n_features_out)
            Entries, in Hartree. float32 if X is, otherwise float64.

        Raises
        ------
        ValueError
            If two bodies of a system are at the same position, or a system has more bodies than those seen in ``fit``.
        """
        check_is_fitted(self)
        charges, positions = self._resized(*check_bodies(self, X, reset=False))
        matrices = coulomb_matrices(charges, positions)
        if self._permutation == "eigenvalues":
            values = np.linalg.eigvalsh(matrices)
            order = np.argsort(-np.abs(values), axis=1)
            return np.take_along_axis(values, order, axis=1)
        norms = np.linalg.norm(matrices, axis=2)
        if self._permutation == "sorted":
            return _lower(_permuted(matrices, norms))
        copies = [_lower(_permuted(matrices, norms + noise * (norms > 0))) for noise in self._noise]
        return np.stack(copies, axis=1).reshape(len(matrices), -1).astype(matrices.dtype, copy=False)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: the copy and position of each entry.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``coulombmatrix_copy0_3_1``: copy (if ``permutation="random"``), row and column; or
            ``coulombmatrix_2``, for an eigenvalue.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        n = self._noise.shape[1]
        labels = [f"{k}_{m}" for k, m in zip(*np.tril_indices(n), strict=True)]
        if self._permutation == "eigenvalues":
            labels = [str(k) for k in range(n)]
        copies = [f"copy{c}" for c in range(self.output_shape_[0])] if len(self.output_shape_) > 1 else [""]
        names = ["_".join(filter(None, ("coulombmatrix", copy, label))) for copy in copies for label in labels]
        return np.array(names, dtype=object)

    def _resized(self, charges, positions):
        """Return systems with the number of bodies seen in ``fit``; bodies without charge are last."""
        n, found = self._noise.shape[1], np.count_nonzero(charges, axis=1).max()
        if found > n:
            raise ValueError(
                f"X has a system of {found} bodies, but CoulombMatrix was fitted on at most {n}. Pad X with "
                "charges of zero in fit, up to the largest number of bodies expected."
            )
        padding = (0, 0), (0, max(n - charges.shape[1], 0))
        return np.pad(charges[:, :n], padding), np.pad(positions[:, :n], (*padding, (0, 0)))


def coulomb_matrices(charges, positions):
    """Compute Coulomb matrices, with the bodies in the given order.

    Parameters
    ----------
    charges : ndarray of shape (n, max_bodies)
    positions : ndarray of shape (n, max_bodies, dim)
        Positions, in Angstrom.

    Returns
    -------
    matrices : ndarray of shape (n, max_bodies, max_bodies)

    Raises
    ------
    ValueError
        If two bodies of a system are at the same position.
    """
    distances = np.linalg.norm(positions[:, :, np.newaxis] - positions[:, np.newaxis], axis=3) / BOHR
    products = charges[:, :, np.newaxis] * charges[:, np.newaxis]
    pairs = (products != 0) & ~np.eye(charges.shape[1], dtype=bool)
    check_apart(distances, pairs)
    matrices = np.divide(products, distances, out=np.zeros_like(distances), where=pairs)
    diagonal = np.arange(charges.shape[1])
    matrices[:, diagonal, diagonal] = SELF_FACTOR * np.abs(charges) ** SELF_POWER
    return matrices


def check_apart(distances, pairs):
    """Raise an error if two bodies are at the same position.

    Parameters
    ----------
    distances : ndarray of shape (n, max_bodies, max_bodies)
    pairs : ndarray of bool of the same shape
        Pairs to check.

    Raises
    ------
    ValueError
        If a distance is zero.
    """
    overlapping = pairs & (distances == 0)
    if overlapping.any():
        sample = int(np.argwhere(overlapping)[0, 0])
        raise ValueError(f"X: two bodies of sample {sample} are at the same position, where their energy is infinite.")


def _permuted(matrices, norms):
    order = np.argsort(-norms, axis=1, kind="stable")
    rows = np.take_along_axis(matrices, order[:, :, np.newaxis], axis=1)
    return np.take_along_axis(rows, order[:, np.newaxis], axis=2)


def _lower(matrices):
    row, column = np.tril_indices(matrices.shape[1])
    return matrices[:, row, column]
