"""Invariants of densities, block by block: the densities need not fit in memory."""

from numbers import Integral
from typing import Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from skscat._core._threads import FFTBackends
from skscat._sklearn import HasMethods, SignalTagsMixin, at_least, check_feature_names_in, fit_context
from skscat._validation import refuse_channel_axis
from skscat.physics._bodies import check_bodies
from skscat.physics._density import AtomicDensity
from skscat.physics._wavelet_invariants import ScatteringInvariants

# Default size of the densities of one block, in bytes (float64).
BLOCK_BYTES = 2**25


class DensityInvariants(SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    """Invariants of the densities of molecules and other systems of bodies.

    Computes densities and then their invariants, one block of systems at a time: the densities of all systems are
    never in memory at once.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    density : transformer, default=None
        Computes the densities of systems as flat rows, and has an attribute ``output_shape_``, the shape of the
        densities of one system. None means ``AtomicDensity()``.
    invariants : transformer, default=None
        Computes invariants of densities of shape ``(n, n_channels, *shape)``: :class:`ScatteringInvariants`,
        :class:`WaveletInvariants`, :class:`FourierInvariants`, or any other transformer of such arrays. None means
        ``ScatteringInvariants()``.
    block_size : int, default=None
        Number of systems in a block. None means as many as fit in 32 MiB of densities.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Jobs are threads over blocks of systems unless that context says otherwise.
    verbose : int, default=0
        Verbosity level.

    Attributes
    ----------
    density_ : transformer
        Fitted transformer that computes the densities.
    invariants_ : transformer
        Fitted transformer that computes the invariants.
    dim_ : int
        Number of coordinates of a body.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    AtomicDensity : Densities on a grid.
    ScatteringInvariants : Invariants of densities.
    CoulombMatrix : Descriptor that needs no density.

    Notes
    -----
    Passing X as float32 halves the computation time.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.physics import AtomicDensity, DensityInvariants, WaveletInvariants
    >>> water = np.array([[[8, 0, 0], [1, 0.76, 0.59], [1, -0.76, 0.59]]])
    >>> reflected = water[:, :, [0, 2, 1]]
    >>> invariants = DensityInvariants(AtomicDensity(spacing=0.05), WaveletInvariants(J=5)).fit(water)
    >>> bool(np.allclose(invariants.transform(water), invariants.transform(reflected), rtol=1e-2))
    True
    """

    _parameter_constraints: dict = {
        "density": [None, HasMethods(["fit", "transform"])],
        "invariants": [None, HasMethods(["fit", "transform"])],
        "block_size": [None, at_least(1)],
        "n_jobs": [None, Integral],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        density: BaseEstimator | None = None,
        invariants: BaseEstimator | None = None,
        *,
        block_size: int | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.density = density
        self.invariants = invariants
        self.block_size = block_size
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Set up the grid and build the filters.

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
        density = AtomicDensity() if self.density is None else clone(self.density)
        bodies = _joined(*check_bodies(self, X, reset=True, dim=getattr(density, "dim", None)))
        self.density_ = density.fit(bodies)
        invariants = ScatteringInvariants() if self.invariants is None else clone(self.invariants)
        refuse_channel_axis("invariants", invariants, "Densities have their channels first.")
        self.invariants_ = invariants.fit(self._densities(bodies[:1]))
        self._n_features_out = len(self.invariants_.get_feature_names_out())
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the invariants.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position (in Angstrom) of each body. A charge of zero means no body. With three axes, max_bodies
            may differ from that in ``fit``.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Invariants of the density of each system.

        Raises
        ------
        ValueError
            If a body lies outside the grid, or has a charge that the density does not support.
        """
        check_is_fitted(self)
        block_size = self.block_size or max(1, BLOCK_BYTES // (8 * int(np.prod(self.density_.output_shape_))))
        bodies = _joined(*check_bodies(self, X, reset=False))
        backends = FFTBackends()
        parallel = Parallel(n_jobs=self.n_jobs, verbose=self.verbose, prefer="threads")
        batches = gen_batches(len(bodies), block_size)
        return np.concatenate(parallel(delayed(self._block)(bodies, rows, backends) for rows in batches))

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: those of ``invariants_``.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        return self.invariants_.get_feature_names_out()

    def _densities(self, bodies):
        return np.asarray(self.density_.transform(bodies)).reshape(len(bodies), *self.density_.output_shape_)

    def _block(self, bodies, rows, backends):
        try:
            with backends.in_force():
                return np.asarray(self.invariants_.transform(self._densities(bodies[rows])))
        except ValueError as error:
            # Both steps number the samples from the start of the block.
            raise ValueError(
                f"In X[{rows.start}:{rows.stop}], with samples numbered from its start: {error}"
            ) from error


def _joined(charges, positions):
    return np.concatenate([charges[..., np.newaxis], positions], axis=2)
