"""Multiscale quadratic invariants of point charges, without a grid."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import POSITIVE, SignalTagsMixin, at_least, check_feature_names_in, fit_context
from skscat.physics._bodies import check_bodies

# Number of pairs of bodies that are evaluated at a time.
BLOCK_PAIRS = 2**18


class NBodyInvariants(SignalTagsMixin, TransformerMixin, BaseEstimator):
    r"""Multiscale energies of point charges.

    .. math:: \sum_k z_k^2, \quad
              s_j^2 \, \|\rho * \psi_j\|^2 = s_j^{2 - d} \sum_{k, l} z_k z_l \, A(|r_k - r_l| / s_j),
              \quad s_j = 2^{j / Q} s_0

    for the density :math:`\rho = \sum_k z_k \delta_{r_k}` and wavelets :math:`\psi_j(u) = s_j^{-d} \psi(u / s_j)`
    with :math:`|\hat\psi(\omega)|^2 = |\omega|^4 e^{-|\omega|^2}`, whose autocorrelation A has a closed form: there is
    no grid and no discretization error. Coulomb and gravitational energies are linear in these features, which need
    only one scale per octave between the smallest distance and the size of a system [1]_.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    J : int, default=9
        Number of octaves.
    Q : int, default=1
        Number of scales per octave.
    min_scale : float, default=0.09
        Smallest scale :math:`s_0`, in the unit of the positions. It is most sensitive to distances of about four times
        its value.
    dim : int, default=None
        Number of coordinates of a body in flat X. None means two.

    Attributes
    ----------
    scales_ : ndarray of shape (J * Q,)
        Scales, in the unit of the positions.
    theoretical_coef_ : ndarray of shape (1 + J * Q,)
        Weights of the outputs in :math:`\sum_{k < l} z_k z_l / |r_k - r_l|`, for bodies in 3-D and sufficiently many
        small and large scales. The first weight subtracts the self-energies that all these scales contain.
    dim_ : int
        Number of coordinates of a body.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    skscat.datasets.make_nbody : Systems of bodies with their energies.
    DensityInvariants : Invariants of densities on a grid.

    Notes
    -----
    In 3-D, :math:`\|\rho * \psi_j\|^2` is the integral of :math:`|\hat\rho|^2 |\hat\psi(s_j \omega)|^2 / (2 \pi)^3`,
    and the energy is the integral of :math:`4 \pi |\hat\rho|^2 / |\omega|^2 / (2 \pi)^3`. The weight w must therefore
    satisfy :math:`\sum_j w s_j^2 |\omega|^2 |\hat\psi(s_j \omega)|^2 = 4 \pi`. For these wavelets, the mean of this
    sum over one octave of :math:`|\omega|` is :math:`w Q / \log 2`; hence :math:`w = 4 \pi \log(2) / Q`, or half of it
    if each pair is counted once. The published theorem has the same sum with another wavelet.

    Every scale contains the self-energies of the bodies, :math:`A(0) \sum_k z_k^2`; the first output serves to
    subtract them.

    References
    ----------
    .. [1] M. Hirn, S. Mallat and N. Poilvert, "Wavelet scattering regression of quantum chemical energies", Multiscale
           Model. Simul. 15 (2017), 827-863, theorem 2.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from skscat.datasets import make_nbody
    >>> from skscat.physics import NBodyInvariants
    >>> X, y = make_nbody(600, random_state=0)
    >>> S = NBodyInvariants().fit_transform(X)
    >>> bool(LinearRegression().fit(S[:400], y[:400]).score(S[400:], y[400:]) > 0.999)
    True
    """

    _parameter_constraints: dict = {
        "J": [at_least(1)],
        "Q": [at_least(1)],
        "min_scale": [POSITIVE],
        "dim": [None, at_least(1)],
    }

    def __init__(self, J: int = 9, *, Q: int = 1, min_scale: float = 0.09, dim: int | None = None) -> None:
        self.J = J
        self.Q = Q
        self.min_scale = min_scale
        self.dim = dim

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn the number of coordinates.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position of each body. A charge of zero means no body.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        check_bodies(self, X, reset=True, dim=self.dim)
        self.scales_ = self.min_scale * 2.0 ** (np.arange(self.J * self.Q) / self.Q)
        weight = 2 * np.pi * np.log(2) / self.Q
        # Sum of the self-energies over the smallest and all larger scales: a geometric series in space.
        own = weight * autocorrelation(0.0, 3) / self.min_scale / (1 - 2 ** (-1 / self.Q))
        self.theoretical_coef_ = np.concatenate([[-own], np.full(len(self.scales_), weight)])
        self._n_features_out = 1 + len(self.scales_)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the energy at each scale.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position of each body. A charge of zero means no body. With three axes, max_bodies
            may differ from that in ``fit``.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Sum of the squared charges, followed by one energy per scale. float32 if X is, otherwise float64.
        """
        check_is_fitted(self)
        charges, positions = check_bodies(self, X, reset=False)
        S = np.empty((len(charges), self._n_features_out), charges.dtype)
        block_size = max(1, BLOCK_PAIRS // charges.shape[1] ** 2)
        for rows in gen_batches(len(S), block_size):
            S[rows] = self._energies(charges[rows].astype(np.float64), positions[rows].astype(np.float64))
        return S

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: the scale of each energy.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``nbodyinvariants_scale=0.72``; the first is ``nbodyinvariants_self``.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        names = ["nbodyinvariants_self", *(f"nbodyinvariants_scale={s:.6g}" for s in self.scales_)]
        return np.array(names, dtype=object)

    def _energies(self, charges, positions):
        dim = positions.shape[2]
        distances = np.linalg.norm(positions[:, :, np.newaxis] - positions[:, np.newaxis], axis=3)
        out = [np.square(charges).sum(axis=1)]
        for scale in self.scales_:
            pairs = autocorrelation(distances / scale, dim)
            out.append(scale ** (2 - dim) * np.einsum("nk,nkl,nl->n", charges, pairs, charges, optimize=True))
        return np.stack(out, axis=1)


def autocorrelation(r, dim):
    """Compute the autocorrelation of the isotropic wavelet whose squared spectrum is ``w**4 * exp(-w**2)``.

    Parameters
    ----------
    r : ndarray
        Distances.
    dim : int
        Number of coordinates.

    Returns
    -------
    a : ndarray
        Array of the shape of ``r``.
    """
    # The Laplacian applied twice to the Gaussian with the spectrum exp(-w**2).
    square = np.square(r)
    polynomial = np.square(square / 4 - dim / 2) - square / 2 + dim / 2
    return (4 * np.pi) ** (-dim / 2) * polynomial * np.exp(-square / 4)
