"""Multiscale quadratic invariants of point charges, without a grid."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import Interval, SignalTagsMixin, check_feature_names_in, fit_context
from skscat.physics._bodies import check_bodies

# Pairs of bodies that are evaluated at a time.
BLOCK_PAIRS = 2**18


class NBodyInvariants(SignalTagsMixin, TransformerMixin, BaseEstimator):
    r"""Energies of point charges, scale by scale.

    .. math:: \sum_k z_k^2, \quad
              s_j^2 \, \|\rho * \psi_j\|^2 = s_j^{2 - d} \sum_{k, l} z_k z_l \, A(|r_k - r_l| / s_j),
              \quad s_j = 2^{j / Q} s_0

    for the density :math:`\rho = \sum_k z_k \delta_{r_k}` and wavelets :math:`\psi_j(u) = s_j^{-d} \psi(u / s_j)`
    with :math:`|\hat\psi(\omega)|^2 = |\omega|^4 e^{-|\omega|^2}`, whose autocorrelation A is known: there is no grid,
    and no error. Coulomb's and Newton's energies are linear in these numbers, of which there need only be as many as
    octaves between the smallest distance and the size of a system, [1]_.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    J : int, default=9
        Number of octaves.
    Q : int, default=1
        Scales per octave.
    smallest : float, default=0.09
        The smallest scale :math:`s_0`, in the unit of positions. What it sees most of are distances of about four
        times as much.
    dim : int, default=None
        Coordinates of a body in flat X. None means two.

    Attributes
    ----------
    scales_ : ndarray of shape (J * Q,)
        The scales, in the unit of positions.
    theoretical_coef_ : ndarray of shape (1 + J * Q,)
        Weights of the outputs in :math:`\sum_{k < l} z_k z_l / |r_k - r_l|`, for bodies in space and as many scales as
        one likes on both sides. The first takes away the energies of bodies on themselves that all these scales hold.
    dim_ : int
        Coordinates of a body.
    n_features_in_ : int
        Numbers in one system.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    skscat.datasets.make_nbody : Systems with their energies.
    DensityInvariants : Invariants of densities on a grid.

    Notes
    -----
    In space :math:`\|\rho * \psi_j\|^2` is the integral of :math:`|\hat\rho|^2 |\hat\psi(s_j \omega)|^2 / (2 \pi)^3`,
    and the energy that of :math:`4 \pi |\hat\rho|^2 / |\omega|^2`. So what is needed are weights with
    :math:`\sum_j w s_j^2 |\omega|^2 |\hat\psi(s_j \omega)|^2 = 4 \pi`. The mean of the sum over one octave is
    :math:`w Q / \log 2` for these wavelets, so that :math:`w = 4 \pi \log(2) / Q`, and half of it where pairs are
    counted once. The published theorem has the same sum with another wavelet.

    Energies of bodies on themselves, :math:`A(0) \sum_k z_k^2`, are part of every scale and must be taken away again:
    hence the first output.

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
        "J": [Interval(Integral, 1, None, closed="left")],
        "Q": [Interval(Integral, 1, None, closed="left")],
        "smallest": [Interval(Real, 0, None, closed="neither")],
        "dim": [None, Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, J=9, *, Q=1, smallest=0.09, dim=None):
        self.J = J
        self.Q = Q
        self.smallest = smallest
        self.dim = dim

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the number of coordinates.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position of each body; zero charge means no body.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        check_bodies(self, X, reset=True, dim=self.dim)
        self.scales_ = self.smallest * 2.0 ** (np.arange(self.J * self.Q) / self.Q)
        weight = 2 * np.pi * np.log(2) / self.Q
        # The sum over all larger scales of the energies of bodies on themselves, a geometric series in space.
        own = weight * autocorrelation(0.0, 3) / self.smallest / (1 - 2 ** (-1 / self.Q))
        self.theoretical_coef_ = np.concatenate([[-own], np.full(len(self.scales_), weight)])
        self._n_features_out = 1 + len(self.scales_)
        return self

    def transform(self, X):
        """Compute energies scale by scale.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position of each body; zero charge means no body.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            The sum of squared charges, then one number a scale. float32 if X is, else float64.
        """
        check_is_fitted(self)
        charges, positions = check_bodies(self, X, reset=False)
        S = np.empty((len(charges), self._n_features_out), charges.dtype)
        length = max(1, BLOCK_PAIRS // charges.shape[1] ** 2)
        for rows in gen_batches(len(S), length):
            S[rows] = self._energies(charges[rows].astype(np.float64), positions[rows].astype(np.float64))
        return S

    def get_feature_names_out(self, input_features=None):
        """Name the outputs.

        Parameters
        ----------
        input_features : None or array-like of str
            Only checked against the names seen in ``fit``.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
            For example ``nbodyinvariants_scale=0.72``.
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
    """Autocorrelation of the isotropic wavelet whose squared spectrum is ``w**4 * exp(-w**2)``.

    Parameters
    ----------
    r : ndarray
        Distances.
    dim : int
        Number of coordinates.

    Returns
    -------
    a : ndarray
        Of the same shape.
    """
    # The Laplacian, applied twice to the Gaussian that has the spectrum exp(-w**2).
    square = np.square(r)
    polynomial = np.square(square / 4 - dim / 2) - square / 2 + dim / 2
    return (4 * np.pi) ** (-dim / 2) * polynomial * np.exp(-square / 4)
