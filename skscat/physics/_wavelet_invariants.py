"""Integrals of scattering coefficients of densities in the plane, over positions and directions."""

import warnings
from dataclasses import replace
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import (
    Interval,
    SignalTagsMixin,
    channel_names,
    check_feature_names_in,
    check_powers,
    check_signals,
    fit_context,
)
from skscat._transforms._base import COMMON_CONSTRAINTS
from skscat._transforms._scattering2d import Scattering2D


class _PlanarIntegrals(SignalTagsMixin, TransformerMixin, BaseEstimator):
    """Integrals of powers of moduli over positions and directions."""

    _parameter_constraints: dict = {
        **{name: COMMON_CONSTRAINTS[name] for name in ("J", "normalize", "oversampling", "shape", "n_jobs")},
        "verbose": ["verbose"],
        "L": [Interval(Integral, 1, None, closed="left")],
        "slant": [None, Interval(Real, 0, None, closed="neither")],
        "powers": ["array-like"],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Build the filters for the shape of X.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Densities. Only their shape is used.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            If ``powers`` has other than positive numbers, or one twice.
        """
        powers = check_powers(self.powers)
        X = check_signals(self, X, ndim=2, reset=True)
        J = max(1, int(np.log2(max(X.shape[2:])))) if self.J is None else self.J
        with warnings.catch_warnings():
            # Nothing is padded, and bodies fill the longer side at most.
            warnings.filterwarnings("ignore", message=f"J={J}: the scale")
            scattering = self._scattering(J).fit(X[:1, 0])
        plan = replace(scattering.plan_, powers=powers)
        scattering.set_plan(plan, X.dtype)
        self.scattering_, self.plan_ = scattering, plan
        rows, self._members = _classes(plan.paths, self.L, getattr(self, "reflection", True))
        self.invariants_ = _table(rows, plan.powers)
        self.output_shape_ = (*self.signal_shape_[:-2], len(self.invariants_))
        self._n_features_out = int(np.prod(self.output_shape_))
        return self

    def transform(self, X):
        """Compute invariants.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Densities of the shape seen in ``fit``.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Integrals, in units of one cell; ``S.reshape(n, *self.output_shape_)`` gives channels back. float32 if X
            is, else float64.
        """
        check_is_fitted(self)
        X = check_signals(self, X, ndim=2, reset=False)
        channels = X.reshape(-1, *X.shape[2:])
        S = np.asarray(self.scattering_.transform(channels)).reshape(len(channels), *self.scattering_.output_shape_)
        out = np.empty((len(channels), len(self.invariants_)), X.dtype)
        out[:, 0] = channels.sum(axis=(1, 2))
        means = [S[:, members].mean(axis=1) for members in self._members]
        if means:
            out[:, 1:] = channels[0].size * np.concatenate(means, axis=1)
        return out.reshape(len(X), -1)

    def get_feature_names_out(self, input_features=None):
        """Name the invariants.

        Parameters
        ----------
        input_features : None or array-like of str
            Only checked against the names seen in ``fit``.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
            For example ``scatteringinvariants_c0_j1=2_j2=4_dth=3_p1``: first channel (if X has channels), scales,
            difference of directions in steps, power.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        channels = channel_names(self.signal_shape_, 2)
        rows = []
        for row in self.invariants_:
            labels = [("j1", row["j1"]), ("j2", row["j2"]), ("dth", row["delta"])]
            name = [f"{label}={value}" for label, value in labels if value >= 0] or ["integral"]
            rows.append("_".join([*name, f"p{row['power']:g}"]) if row["order"] else name[0])
        prefix = type(self).__name__.lower()
        return np.array(["_".join(filter(None, (prefix, c, row))) for c in channels for row in rows], dtype=object)

    def _scattering(self, J):
        return Scattering2D(
            J,
            L=self.L,
            slant=self.slant,
            max_order=self._max_order,
            normalize=self.normalize,
            average="global",
            oversampling=self.oversampling,
            padding="wrap",
            n_jobs=self.n_jobs,
            verbose=self.verbose,
        )


class WaveletInvariants(_PlanarIntegrals):
    r"""Integrals of moduli of wavelet coefficients of densities in the plane.

    .. math:: \int \rho, \quad \iint |\rho * \psi_{j, \theta}(u)|^p \, du \, d\theta

    for each scale and power: they do not depend on where the density stands, its direction, or reflections. The second
    power is the spectrum, in bands of an octave.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    J : int, default=None
        Number of scales. None means all: those up to the longer side of the grid.
    L : int, default=16
        Angles on half a turn, over which means are taken.
    slant : float, default=2/3
        Width of a wavelet's envelope along its direction of oscillation over that across; None as in
        :class:`~skscat.Scattering2D`.
    powers : sequence of float, default=(1, 2)
        Powers p.
    normalize : {"l1", "tight"}, default="l1"
        Normalisation of the filters.
    oversampling : int, default=0
        How much finer than needed moduli are sampled; see :class:`~skscat.Scattering2D`.
    shape : tuple of int, default=None
        Shape of one density in flat X, ``(height, width)`` or ``(channels, height, width)``.
    n_jobs : int, default=None
        Number of threads over blocks of densities. None means 1 unless a ``joblib.parallel_config`` context says
        otherwise, -1 all cores.
    verbose : int, default=0
        Verbosity of joblib.

    Attributes
    ----------
    invariants_ : structured ndarray of shape (n_invariants,)
        One row per invariant of one channel: ``order``, scale ``j1``, ``power``; -1 or NaN where there is none.
    output_shape_ : tuple of int
        ``(n_invariants,)``, after the number of channels if X has such an axis.
    scattering_ : Scattering2D
        The transform.
    plan_ : Plan
        Its plan.
    signal_shape_ : tuple of int
        Shape of one density.
    n_features_in_ : int
        Numbers in one density.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    ScatteringInvariants : Two layers.
    DensityInvariants : Densities and their invariants, some systems at a time.

    Notes
    -----
    The grid is taken for periodic: leave room around the density, as much as the wavelets whose scale matters.

    References
    ----------
    .. [1] M. Hirn, S. Mallat and N. Poilvert, "Wavelet scattering regression of quantum chemical energies", Multiscale
           Model. Simul. 15 (2017), 827-863, section 4.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.physics import WaveletInvariants
    >>> rho = np.random.default_rng(0).random((1, 32, 32))
    >>> WaveletInvariants().fit(rho).output_shape_
    (11,)
    """

    _max_order = 1

    def __init__(
        self,
        J=None,
        *,
        L=16,
        slant=2 / 3,
        powers=(1, 2),
        normalize="l1",
        oversampling=0,
        shape=None,
        n_jobs=None,
        verbose=0,
    ):
        self.J = J
        self.L = L
        self.slant = slant
        self.powers = powers
        self.normalize = normalize
        self.oversampling = oversampling
        self.shape = shape
        self.n_jobs = n_jobs
        self.verbose = verbose


class ScatteringInvariants(_PlanarIntegrals):
    r"""Integrals of scattering coefficients of densities in the plane.

    .. math:: \int \rho, \quad \iint |\rho * \psi_{j_1, \theta}|^p, \quad
              \iint ||\rho * \psi_{j_1, \theta}| * \psi_{j_2, \theta + \delta}|^p \, du \, d\theta,
              \quad j_1 < j_2

    for all scales, differences of directions :math:`\delta` and powers: what a density looks like at one scale, and
    how this is arranged at coarser ones, whatever its place and direction. With ``L=16``, ``J=9`` and two powers there
    are 667, as in [1]_.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    J : int, default=None
        Number of scales. None means all: those up to the longer side of the grid.
    L : int, default=16
        Angles on half a turn.
    slant : float, default=2/3
        Width of a wavelet's envelope along its direction of oscillation over that across; None as in
        :class:`~skscat.Scattering2D`.
    powers : sequence of float, default=(1, 2)
        Powers p.
    reflection : bool, default=True
        Whether to average over :math:`\pm\delta` too, so that mirror images have the same invariants.
    normalize : {"l1", "tight"}, default="l1"
        Normalisation of the filters. "l1" is the conventional one, of [1]_.
    oversampling : int, default=0
        How much finer than needed moduli are sampled; see :class:`~skscat.Scattering2D`. Squares are exact.
    shape : tuple of int, default=None
        Shape of one density in flat X, ``(height, width)`` or ``(channels, height, width)``.
    n_jobs : int, default=None
        Number of threads over blocks of densities. None means 1 unless a ``joblib.parallel_config`` context says
        otherwise, -1 all cores.
    verbose : int, default=0
        Verbosity of joblib.

    Attributes
    ----------
    invariants_ : structured ndarray of shape (n_invariants,)
        One row per invariant of one channel: ``order``, scales ``j1`` and ``j2``, difference of directions ``delta``
        (in steps of pi / L; without its sign if reflections are averaged over), ``power``; -1 or NaN where there is
        none.
    output_shape_ : tuple of int
        ``(n_invariants,)``, after the number of channels if X has such an axis.
    scattering_ : Scattering2D
        The transform.
    plan_ : Plan
        Its plan.
    signal_shape_ : tuple of int
        Shape of one density.
    n_features_in_ : int
        Numbers in one density.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    WaveletInvariants : One layer.
    DensityInvariants : Densities and their invariants, some systems at a time.
    skscat.moments.ScatteringMoments : The same without the mean over directions, for stationary processes.

    Notes
    -----
    The grid is taken for periodic: leave room around the density, as much as the wavelets whose scale matters.

    References
    ----------
    .. [1] M. Hirn, S. Mallat and N. Poilvert, "Wavelet scattering regression of quantum chemical energies", Multiscale
           Model. Simul. 15 (2017), 827-863, section 4.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.physics import ScatteringInvariants
    >>> rho = np.random.default_rng(0).random((1, 32, 32))
    >>> ScatteringInvariants(L=4).fit(rho).output_shape_
    (71,)
    """

    _max_order = 2

    _parameter_constraints: dict = {**_PlanarIntegrals._parameter_constraints, "reflection": ["boolean"]}

    def __init__(
        self,
        J=None,
        *,
        L=16,
        slant=2 / 3,
        powers=(1, 2),
        reflection=True,
        normalize="l1",
        oversampling=0,
        shape=None,
        n_jobs=None,
        verbose=0,
    ):
        self.J = J
        self.L = L
        self.slant = slant
        self.powers = powers
        self.reflection = reflection
        self.normalize = normalize
        self.oversampling = oversampling
        self.shape = shape
        self.n_jobs = n_jobs
        self.verbose = verbose


def _classes(paths, L, reflection):
    """Sort paths into those that turn into each other: order, scales and difference of directions; rows of each."""
    second = paths["order"] == 2
    delta = (paths["theta2"] - paths["theta1"]) % L if second.any() else np.full(len(paths), -1)
    if reflection:
        delta = np.minimum(delta, L - delta)
    j2 = paths["j2"] if second.any() else np.full(len(paths), -1)
    keys = np.stack([paths["order"], paths["j1"], np.where(second, j2, -1), np.where(second, delta, -1)], axis=1)
    rows, which = np.unique(keys[1:], axis=0, return_inverse=True)
    return rows, [1 + np.flatnonzero(which.ravel() == i) for i in range(len(rows))]


def _table(rows, powers):
    """List the invariants of one channel: the integral, then all powers of each class."""
    fields = [("order", int), ("j1", int), ("j2", int), ("delta", int), ("power", float)]
    table = np.zeros(1 + len(rows) * len(powers), dtype=fields)
    table[0] = (0, -1, -1, -1, np.nan)
    for (name, _), column in zip(fields, rows.T, strict=False):
        table[name][1:] = np.repeat(column, len(powers))
    table["power"][1:] = np.tile(powers, len(rows))
    return table
