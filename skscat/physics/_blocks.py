"""Invariants of densities that need not fit in memory."""

from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from skscat._core._threads import FFTBackends
from skscat._sklearn import HasMethods, Interval, SignalTagsMixin, check_feature_names_in, fit_context
from skscat.physics._bodies import check_bodies
from skscat.physics._density import AtomicDensity
from skscat.physics._wavelet_invariants import ScatteringInvariants

# Bytes of densities, in float64, that one task makes unless told otherwise.
BLOCK_BYTES = 2**25


class DensityInvariants(SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    """Invariants of the densities of molecules, and of other systems of bodies.

    Two steps, a density and its invariants, done for some systems at a time: the densities of all are never in memory
    at once.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    density : transformer, default=None
        Makes flat rows of systems, whose shape is its ``output_shape_``. None means ``AtomicDensity()``.
    invariants : transformer, default=None
        Makes invariants of densities of shape ``(n, n_channels, *shape)``: :class:`ScatteringInvariants`,
        :class:`WaveletInvariants`, :class:`FourierInvariants`, or any other that takes such arrays. None means
        ``ScatteringInvariants()``.
    block_size : int, default=None
        Systems in a block. None means as many as fit in 32 MiB of densities.
    n_jobs : int, default=None
        Number of threads over blocks of systems. None means 1 unless a ``joblib.parallel_config`` context says
        otherwise, -1 all cores.
    verbose : int, default=0
        Verbosity of joblib.

    Attributes
    ----------
    density_ : transformer
        The fitted density.
    invariants_ : transformer
        The fitted invariants.
    dim_ : int
        Coordinates of a body.
    n_features_in_ : int
        Numbers in one system.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    AtomicDensity : The first step.
    ScatteringInvariants : The second step.
    CoulombMatrix : What needs no density.

    Notes
    -----
    X in float32 halves the time.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.physics import AtomicDensity, DensityInvariants, WaveletInvariants
    >>> water = np.array([[[8, 0, 0], [1, 0.76, 0.59], [1, -0.76, 0.59]]])
    >>> turned = water[:, :, [0, 2, 1]]
    >>> invariants = DensityInvariants(AtomicDensity(spacing=0.05), WaveletInvariants(J=5)).fit(water)
    >>> bool(np.allclose(invariants.transform(water), invariants.transform(turned), rtol=1e-2))
    True
    """

    _parameter_constraints: dict = {
        "density": [None, HasMethods(["fit", "transform"])],
        "invariants": [None, HasMethods(["fit", "transform"])],
        "block_size": [None, Interval(Integral, 1, None, closed="left")],
        "n_jobs": [None, Integral],
        "verbose": ["verbose"],
    }

    def __init__(self, density=None, invariants=None, *, block_size=None, n_jobs=None, verbose=0):
        self.density = density
        self.invariants = invariants
        self.block_size = block_size
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Lay out the grid, and build the filters.

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
        density = AtomicDensity() if self.density is None else clone(self.density)
        X = _joined(*check_bodies(self, X, reset=True, dim=getattr(density, "dim", None)))
        self.density_ = density.fit(X)
        invariants = ScatteringInvariants() if self.invariants is None else clone(self.invariants)
        self.invariants_ = invariants.fit(self._densities(X[:1]))
        self._n_features_out = len(self.invariants_.get_feature_names_out())
        return self

    def transform(self, X):
        """Compute invariants.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position, in Angstrom, of each body; zero charge means no body.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            What ``invariants`` makes of each density.

        Raises
        ------
        ValueError
            If a body lies outside the grid, or has a charge that the density does not know.
        """
        check_is_fitted(self)
        length = self.block_size or max(1, BLOCK_BYTES // (8 * int(np.prod(self.density_.output_shape_))))
        X = _joined(*check_bodies(self, X, reset=False))
        backends = FFTBackends()
        parallel = Parallel(n_jobs=self.n_jobs, verbose=self.verbose, prefer="threads")
        blocks = parallel(delayed(self._block)(X, rows, backends) for rows in gen_batches(len(X), length))
        return np.concatenate(blocks)

    def get_feature_names_out(self, input_features=None):
        """Name the invariants, as ``invariants`` does.

        Parameters
        ----------
        input_features : None or array-like of str
            Only checked against the names seen in ``fit``.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        return self.invariants_.get_feature_names_out()

    def _densities(self, X):
        return np.asarray(self.density_.transform(X)).reshape(len(X), *self.density_.output_shape_)

    def _block(self, X, rows, backends):
        try:
            with backends.in_force():
                return np.asarray(self.invariants_.transform(self._densities(X[rows])))
        except ValueError as error:
            # The steps know nothing of other blocks.
            raise ValueError(f"In X[{rows.start}:{rows.stop}], whose first sample is 0 here: {error}") from error


def _joined(charges, positions):
    return np.concatenate([charges[..., np.newaxis], positions], axis=2)
