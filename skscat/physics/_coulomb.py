"""Coulomb matrices."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import Interval, SignalTagsMixin, StrOptions, check_feature_names_in, fit_context
from skscat.physics._bodies import check_bodies

# Energy of a free atom of charge z, in Hartree: 0.5 * z ** 2.4. A Bohr radius in Angstrom.
SELF_FACTOR, SELF_POWER, BOHR = 0.5, 2.4, 0.529177


class CoulombMatrix(SignalTagsMixin, TransformerMixin, BaseEstimator):
    r"""Coulomb matrices of molecules.

    .. math:: C_{kk} = \tfrac12 z_k^{2.4}, \quad C_{kl} = \frac{z_k z_l}{|r_k - r_l|}

    with distances in Bohr radii. They depend on neither place nor direction, and say everything else. What depends on
    the order of the atoms is removed by sorting rows by their norms, by several random orders in place of one, or by
    keeping eigenvalues only, [1]_ [2]_.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    kind : {"sorted", "random", "eigenvalues"}, default="sorted"
        "sorted" puts rows of larger norm first; "random" does so after noise was added to the norms, for ``n_copies``
        orders; "eigenvalues" keeps these, by falling magnitude.
    n_copies : int, default=8
        Random orders.
    noise : float, default=1.0
        Standard deviation of the noise on norms, in Hartree.
    dim : int, default=None
        Coordinates of a body in flat X. None means two.
    random_state : int, RandomState instance or None, default=None
        Draws the noise. Pass an int for the same result each time. The noise of a molecule does not depend on those
        before it.

    Attributes
    ----------
    output_shape_ : tuple of int
        ``(n_entries,)``, after the number of copies if ``kind="random"``: entries are those on and below the diagonal,
        or eigenvalues.
    dim_ : int
        Coordinates of a body.
    n_features_in_ : int
        Numbers in one system.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    CopyRegressor : Learns from several copies.
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
        "kind": [StrOptions({"sorted", "random", "eigenvalues"})],
        "n_copies": [Interval(Integral, 1, None, closed="left")],
        "noise": [Interval(Real, 0, None, closed="left")],
        "dim": [None, Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, kind="sorted", *, n_copies=8, noise=1.0, dim=None, random_state=None):
        self.kind = kind
        self.n_copies = n_copies
        self.noise = noise
        self.dim = dim
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the size of the matrices.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position, in Angstrom, of each body; zero charge means no body.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        charges, _ = check_bodies(self, X, reset=True, dim=self.dim)
        n, self._kind = charges.shape[1], self.kind
        n_entries = n if self._kind == "eigenvalues" else n * (n + 1) // 2
        self.output_shape_ = (self.n_copies, n_entries) if self._kind == "random" else (n_entries,)
        self._n_features_out = int(np.prod(self.output_shape_))
        # Orders of a molecule are the same wherever it stands in X.
        self._noise = self.noise * check_random_state(self.random_state).standard_normal((self.n_copies, n))
        return self

    def transform(self, X):
        """Compute Coulomb matrices.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position, in Angstrom, of each body; zero charge means no body.

        Returns
        -------
        C : ndarray of shape (n, n_features_out)
            Entries, in Hartree; float32 if X is, else float64.

        Raises
        ------
        ValueError
            If two bodies of a system are at the same place.
        """
        check_is_fitted(self)
        charges, positions = check_bodies(self, X, reset=False)
        matrices = coulomb_matrices(charges, positions)
        if self._kind == "eigenvalues":
            values = np.linalg.eigvalsh(matrices)
            order = np.argsort(-np.abs(values), axis=1)
            return np.take_along_axis(values, order, axis=1)
        norms = np.linalg.norm(matrices, axis=2)
        if self._kind == "sorted":
            return _lower(_permuted(matrices, norms))
        copies = [_lower(_permuted(matrices, norms + noise * (norms > 0))) for noise in self._noise]
        return np.stack(copies, axis=1).reshape(len(matrices), -1).astype(matrices.dtype, copy=False)

    def get_feature_names_out(self, input_features=None):
        """Name the entries.

        Parameters
        ----------
        input_features : None or array-like of str
            Only checked against the names seen in ``fit``.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
            For example ``coulombmatrix_copy0_3_1``, or ``coulombmatrix_2``.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        n = self._noise.shape[1]
        labels = [f"{k}_{m}" for k, m in zip(*np.tril_indices(n), strict=True)]
        if self._kind == "eigenvalues":
            labels = [str(k) for k in range(n)]
        copies = [f"copy{c}" for c in range(self.output_shape_[0])] if len(self.output_shape_) > 1 else [""]
        names = ["_".join(filter(None, ("coulombmatrix", copy, label))) for copy in copies for label in labels]
        return np.array(names, dtype=object)


def coulomb_matrices(charges, positions):
    """Coulomb matrices, in the order of the bodies.

    Parameters
    ----------
    charges : ndarray of shape (n, max_bodies)
    positions : ndarray of shape (n, max_bodies, dim)
        In Angstrom.

    Returns
    -------
    matrices : ndarray of shape (n, max_bodies, max_bodies)

    Raises
    ------
    ValueError
        If two bodies of a system are at the same place.
    """
    distances = np.linalg.norm(positions[:, :, np.newaxis] - positions[:, np.newaxis], axis=3) / BOHR
    pairs = (charges[:, :, np.newaxis] * charges[:, np.newaxis] != 0) & ~np.eye(charges.shape[1], dtype=bool)
    check_apart(distances, pairs)
    products = charges[:, :, np.newaxis] * charges[:, np.newaxis]
    matrices = np.divide(products, distances, out=np.zeros_like(distances), where=pairs)
    diagonal = np.arange(charges.shape[1])
    matrices[:, diagonal, diagonal] = SELF_FACTOR * np.abs(charges) ** SELF_POWER
    return matrices


def check_apart(distances, pairs):
    """Refuse pairs of bodies at the same place.

    Parameters
    ----------
    distances : ndarray of shape (n, max_bodies, max_bodies)
    pairs : ndarray of bool of the same shape
        Which pairs count.

    Raises
    ------
    ValueError
        If a distance is zero.
    """
    overlapping = pairs & (distances == 0)
    if overlapping.any():
        sample = int(np.argwhere(overlapping)[0, 0])
        raise ValueError(f"X: two bodies of sample {sample} are at the same place, where their energy is infinite.")


def _permuted(matrices, norms):
    order = np.argsort(-norms, axis=1, kind="stable")
    rows = np.take_along_axis(matrices, order[:, :, np.newaxis], axis=1)
    return np.take_along_axis(rows, order[:, np.newaxis], axis=2)


def _lower(matrices):
    row, column = np.tril_indices(matrices.shape[1])
    return matrices[:, row, column]
