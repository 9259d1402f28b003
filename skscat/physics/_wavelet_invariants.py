"""Integrals of scattering coefficients of planar densities over positions and orientations."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._checks import check_powers
from skscat._core._amplitude import rescale_outputs, scale_exponents, times_exp2
from skscat._signals import channel_names
from skscat._sklearn import POSITIVE, SignalTagsMixin, at_least, check_feature_names_in, fit_context
from skscat._transforms._base import COMMON_CONSTRAINTS
from skscat._transforms._layout import largest_scale
from skscat._transforms._scattering2d import Scattering2D
from skscat._validation import check_signals


class _PlanarIntegrals(SignalTagsMixin, TransformerMixin, BaseEstimator):
    """Integrals of powers of moduli over positions and orientations."""

    _parameter_constraints: dict = {
        **{
            name: COMMON_CONSTRAINTS[name]
            for name in ("J", "normalize", "oversampling", "shape", "channel_axis", "channel_names", "n_jobs")
        },
        "verbose": ["verbose"],
        "L": [at_least(1)],
        "slant": [None, POSITIVE],
        "powers": ["array-like"],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Build the filters for the shape of X.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Densities. Only their shape is used.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If ``powers`` are not distinct positive numbers, or the filters cannot form a tight bank.
        """
        powers = check_powers(self.powers)
        densities = check_signals(self, X, ndim=2, reset=True)
        J = largest_scale(max(densities.shape[2:])) if self.J is None else self.J
        # No warning about scales beyond the shorter side: densities may fill the longer one, and nothing is padded.
        scattering = self._scattering(J)._fit(densities[:1, 0], warn=False)
        plan = replace(scattering.plan_, powers=powers)
        self.scattering_, self.plan_ = scattering.set_plan(plan, densities.dtype), plan
        rows, self._members = _classes(plan.paths, self.L, getattr(self, "reflection", True))
        self.invariants_ = _table(rows, plan.powers)
        self.output_shape_ = (*self.signal_shape_[:-2], len(self.invariants_))
        self._n_features_out = int(np.prod(self.output_shape_))
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the invariants.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Densities of the shape seen during :term:`fit`.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Integrals, where one grid cell has unit area. ``S.reshape(n, *self.output_shape_)`` restores the axis of
            channels. float32 if X is, otherwise float64.
        """
        check_is_fitted(self)
        densities = check_signals(self, X, ndim=2, reset=False)
        channels = densities.reshape(-1, *densities.shape[2:])
        exponents = scale_exponents(channels, self.plan_.powers)
        scaled = times_exp2(channels, -exponents)
        S = self.scattering_._run(scaled[:, np.newaxis]).reshape(len(channels), *self.scattering_.output_shape_)
        out = np.empty((len(channels), len(self.invariants_)), densities.dtype)
        out[:, 0] = channels.sum(axis=(1, 2))
        integrals = channels[0].size * np.stack([S[:, members].mean(axis=1) for members in self._members], axis=1)
        out[:, 1:] = rescale_outputs(integrals, exponents, self.plan_.powers).reshape(len(channels), -1)
        return out.reshape(len(densities), -1)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: the channel, scales, orientation difference and power of each invariant.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``scatteringinvariants_c0_j1=2_j2=4_dth=3_p1``: first channel (if X has channels), scales,
            orientation difference (in steps of pi / L), power.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        channels = channel_names(self, 2)
        names = []
        for row in self.invariants_:
            fields = [("j1", row["j1"]), ("j2", row["j2"]), ("dth", row["delta"])]
            name = [f"{field}={value}" for field, value in fields if value >= 0] or ["integral"]
            names.append("_".join([*name, f"p{row['power']:g}"]) if row["order"] else name[0])
        prefix = type(self).__name__.lower()
        return np.array(["_".join(filter(None, (prefix, c, name))) for c in channels for name in names], dtype=object)

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
    r"""Integrals of wavelet moduli of planar densities.

    .. math:: \int \rho, \quad \iint |\rho * \psi_{j, \theta}(u)|^p \, du \, d\theta

    for each scale and power. The integrals are invariant to translations, rotations and reflections of the density.
    Those with p = 2 are integrals of the power spectrum over bands of one octave.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    J : int, default=None
        Number of scales. None means all scales up to the longer side of the grid.
    L : int, default=16
        Number of orientations in [0, pi), over which the moduli are averaged.
    slant : float, default=2/3
        Width of a wavelet's envelope along its direction of oscillation, relative to the width across. None means the
        default of :class:`~skscat.Scattering2D`.
    powers : sequence of float, default=(1, 2)
        Powers p of the moduli.
    normalize : {"l1", "tight"}, default="l1"
        Normalization of the filters: "l1" is the conventional one, "tight" makes a bank that preserves the norm.
    oversampling : int, default=0
        Oversampling of the intermediate moduli; see :class:`~skscat.Scattering2D`.
    shape : tuple of int, default=None
        Shape of one density in flat X, ``(height, width)`` or ``(channels, height, width)``.
    channel_axis : int, default=None
        Axis of one density that holds its channels, as in scikit-image: -1 if X has shape ``(n, height, width,
        channels)``. With flat X, it is an axis of ``shape``. None means channels first if X has four axes.
    channel_names : sequence of str, default=None
        Names of the channels, such as kinds of electrons, in feature names: ``waveletinvariants_core_j1=2_p1``. None
        names them ``c0``, ``c1`` and so on.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Jobs are threads over blocks of densities unless that context says otherwise.
    verbose : int, default=0
        Verbosity level.

    Attributes
    ----------
    invariants_ : structured ndarray of shape (n_invariants,)
        One row per invariant of one channel: ``order``, scale ``j1`` and ``power``; -1 or NaN where a field does not
        apply.
    output_shape_ : tuple of int
        ``(n_invariants,)``, after the number of channels if X has such an axis.
    scattering_ : Scattering2D
        Fitted scattering transform.
    plan_ : Plan
        Plan of ``scattering_``.
    signal_shape_ : tuple of int
        Shape of one density, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    ScatteringInvariants : First- and second-order invariants.
    DensityInvariants : Densities and their invariants, one block of systems at a time.

    Notes
    -----
    The grid is taken as periodic: leave a margin around the density as wide as the largest relevant wavelets.

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
        J: int | None = None,
        *,
        L: int = 16,
        slant: float | None = 2 / 3,
        powers: Sequence[float] = (1, 2),
        normalize: str = "l1",
        oversampling: int = 0,
        shape: tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.J = J
        self.L = L
        self.slant = slant
        self.powers = powers
        self.normalize = normalize
        self.oversampling = oversampling
        self.shape = shape
        self.channel_axis = channel_axis
        self.channel_names = channel_names
        self.n_jobs = n_jobs
        self.verbose = verbose


class ScatteringInvariants(_PlanarIntegrals):
    r"""Integrals of scattering coefficients of planar densities.

    .. math:: \int \rho, \quad \iint |\rho * \psi_{j_1, \theta}|^p, \quad
              \iint ||\rho * \psi_{j_1, \theta}| * \psi_{j_2, \theta + \delta}|^p \, du \, d\theta,
              \quad j_1 < j_2

    for all scales, orientation differences :math:`\delta` and powers. The integrals describe the structures of a
    density at one scale and their arrangement at coarser scales, and are invariant to translations and rotations. With
    ``L=16``, ``J=9`` and two powers there are 667 of them, as in [1]_.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    J : int, default=None
        Number of scales. None means all scales up to the longer side of the grid.
    L : int, default=16
        Number of orientations in [0, pi).
    slant : float, default=2/3
        Width of a wavelet's envelope along its direction of oscillation, relative to the width across. None means the
        default of :class:`~skscat.Scattering2D`.
    powers : sequence of float, default=(1, 2)
        Powers p of the moduli.
    reflection : bool, default=True
        Whether to average over :math:`\pm\delta` as well, so that mirror images have the same invariants.
    normalize : {"l1", "tight"}, default="l1"
        Normalization of the filters: "l1" is the conventional one, as in [1]_; "tight" makes a bank that preserves the
        norm.
    oversampling : int, default=0
        Oversampling of the intermediate moduli; see :class:`~skscat.Scattering2D`.
    shape : tuple of int, default=None
        Shape of one density in flat X, ``(height, width)`` or ``(channels, height, width)``.
    channel_axis : int, default=None
        Axis of one density that holds its channels, as in scikit-image: -1 if X has shape ``(n, height, width,
        channels)``. With flat X, it is an axis of ``shape``. None means channels first if X has four axes.
    channel_names : sequence of str, default=None
        Names of the channels, such as kinds of electrons, in feature names: ``scatteringinvariants_core_j1=2_p1``.
        None names them ``c0``, ``c1`` and so on.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Jobs are threads over blocks of densities unless that context says otherwise.
    verbose : int, default=0
        Verbosity level.

    Attributes
    ----------
    invariants_ : structured ndarray of shape (n_invariants,)
        One row per invariant of one channel: ``order``, scales ``j1`` and ``j2``, orientation difference ``delta`` (in
        steps of pi / L; without sign if ``reflection=True``) and ``power``; -1 or NaN where a field does not apply.
    output_shape_ : tuple of int
        ``(n_invariants,)``, after the number of channels if X has such an axis.
    scattering_ : Scattering2D
        Fitted scattering transform.
    plan_ : Plan
        Plan of ``scattering_``.
    signal_shape_ : tuple of int
        Shape of one density, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    WaveletInvariants : First-order invariants only.
    DensityInvariants : Densities and their invariants, one block of systems at a time.
    skscat.moments.ScatteringMoments : Moments of stationary processes, not averaged over orientations.

    Notes
    -----
    The grid is taken as periodic: leave a margin around the density as wide as the largest relevant wavelets.

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
        J: int | None = None,
        *,
        L: int = 16,
        slant: float | None = 2 / 3,
        powers: Sequence[float] = (1, 2),
        reflection: bool = True,
        normalize: str = "l1",
        oversampling: int = 0,
        shape: tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.J = J
        self.L = L
        self.slant = slant
        self.powers = powers
        self.reflection = reflection
        self.normalize = normalize
        self.oversampling = oversampling
        self.shape = shape
        self.channel_axis = channel_axis
        self.channel_names = channel_names
        self.n_jobs = n_jobs
        self.verbose = verbose


def _classes(paths, L, reflection):
    """Sort paths into classes whose members differ only by a rotation.

    Returns
    -------
    rows : ndarray of int of shape (n_classes, 4)
        Order, two scales and orientation difference of each class.
    members : list of ndarray of int
        Rows of the paths of each class.
    """
    second = paths["order"] == 2
    delta = (paths["theta2"] - paths["theta1"]) % L if second.any() else np.full(len(paths), -1)
    if reflection:
        delta = np.minimum(delta, L - delta)
    j2 = paths["j2"] if second.any() else np.full(len(paths), -1)
    keys = np.stack([paths["order"], paths["j1"], np.where(second, j2, -1), np.where(second, delta, -1)], axis=1)
    rows, which = np.unique(keys[1:], axis=0, return_inverse=True)
    return rows, [1 + np.flatnonzero(which.ravel() == i) for i in range(len(rows))]


def _table(rows, powers):
    """Return the table of invariants of one channel: the integral, then all powers of each class."""
    fields = [("order", int), ("j1", int), ("j2", int), ("delta", int), ("power", float)]
    table = np.zeros(1 + len(rows) * len(powers), dtype=fields)
    table[0] = (0, -1, -1, -1, np.nan)
    for (name, _), column in zip(fields, rows.T, strict=False):
        table[name][1:] = np.repeat(column, len(powers))
    table["power"][1:] = np.tile(powers, len(rows))
    return table
