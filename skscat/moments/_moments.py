"""Scattering moments of stationary processes, estimated by averages over space or time and over realizations."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skscat._checks import check_powers
from skscat._core import _namespace as arrays
from skscat._core._amplitude import rescale_outputs, times_exp2
from skscat._core._plan import first_difference
from skscat._dispatch import as_given, check_use, is_dispatched, refuse_tracked
from skscat._sklearn import ArrayTagsMixin, HasMethods, SignalTagsMixin, fit_context
from skscat._transforms._base import globally_averaged
from skscat._validation import take_over_features
from skscat.moments._sums import Sums, known_statistics, scaled_moments


class ScatteringMoments(ArrayTagsMixin, SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    r"""Scattering moments of stationary processes.

    .. math:: \bar S X(\lambda_1, \lambda_2) = E\,||X * \psi_{\lambda_1}| * \psi_{\lambda_2}|^p

    Expectations are estimated by averages over each signal and over realizations. A few moments characterize the
    correlations and the intermittency of a process, and the dependence between its scales [1]_ [2]_.

    Read more in the :ref:`User Guide <processes>`.

    Parameters
    ----------
    scattering : estimator
        Scattering transform. A clone that averages over the whole signal is used; its own ``powers`` and
        ``renormalize`` are ignored. With ``complex_input=True``, processes are complex: the zeroth moment of power 1
        is the modulus of the mean.
    powers : sequence of float, default=(1,)
        Exponents p of the moduli; p = 2 gives the power spectrum in frequency bands.
    renormalize : bool, default=False
        Divide the moments of second and higher orders by those of their parents. If a process is self-similar,
        :math:`E||X * \psi_1| * \psi_2| / E|X * \psi_1|` depends on neither its amplitude nor its spectrum. The ratio
        is zero where the moment of the parent is zero, up to rounding errors.

    Attributes
    ----------
    mean_ : ndarray of shape (n_features_out,)
        Moments, averaged over signals. With ``renormalize=True``, ratios of averages.
    standard_error_ : ndarray of shape (n_features_out,)
        Standard errors of the averages (with ``renormalize=True``, of averages of ratios); NaN after one signal.
        If signals have gaps, averages are taken over those whose moment is not NaN.
    n_samples_seen_ : int
        Number of signals seen by ``fit`` and ``partial_fit``.
    scattering_ : estimator
        Fitted scattering transform.
    paths_ : structured ndarray of shape (n_paths,)
        Paths of ``scattering_``.
    plan_ : Plan
        Plan of ``scattering_``.
    output_shape_ : tuple of int
        Shape of the moments of one signal: channels (if X has such an axis), paths, powers (unless ``powers=(1,)``).
    kinds_ : ndarray of int of shape (n_features_out,)
        Kind of each coefficient: those of the same order and power are normalized together.
    ndim_ : int
        Number of axes of one signal, without channels.
    signal_shape_ : tuple of int
        Shape of one signal, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    ScatteringSpectra : Correlations of wavelet coefficients and their moduli.
    skscat.synthesis.MicrocanonicalModel : Synthesis of signals with given moments.

    References
    ----------
    .. [1] S. Mallat, "Group invariant scattering", Comm. Pure Appl. Math. 65 (2012), 1331-1398, section 4.
    .. [2] J. Bruna, S. Mallat, E. Bacry and J.-F. Muzy, "Intermittent process analysis with scattering moments", Ann.
           Statist. 43 (2015), 323-351.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.moments import ScatteringMoments
    >>> X = np.random.default_rng(0).standard_normal((8, 1024))
    >>> moments = ScatteringMoments(Scattering1D(J=4), powers=(1, 2)).fit(X)
    >>> moments.mean_.shape == moments.transform(X)[0].shape
    True
    """

    _parameter_constraints: dict = {
        "scattering": [HasMethods(["fit", "transform"])],
        "powers": ["array-like"],
        "renormalize": ["boolean"],
    }

    def __init__(
        self, scattering: BaseEstimator, *, powers: Sequence[float] = (1,), renormalize: bool = False
    ) -> None:
        self.scattering = scattering
        self.powers = powers
        self.renormalize = renormalize

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: None = None) -> Self:
        """Estimate the moments of a process from realizations.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Realizations of the process.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If ``powers`` are not positive and distinct, or ``scattering`` computes no averages.
        """
        powers = check_powers(self.powers)
        scattering = globally_averaged(self.scattering).fit(X)
        powers = None if powers == (1,) else powers
        if powers != scattering.plan_.powers:
            scattering.set_plan(replace(scattering.plan_, powers=powers))
        self.scattering_ = scattering
        take_over_features(self, scattering)
        self.plan_, self.output_shape_ = scattering.plan_, scattering.output_shape_
        self._n_features_out = scattering._n_features_out
        self._renormalizes = self.renormalize
        self._sums = Sums.empty(self._n_features_out)
        return self._update(X)

    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X: ArrayLike, y: None = None) -> Self:
        """Update the moments with further realizations.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Realizations of the process, of the shape seen during :term:`fit`.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.
        """
        if not hasattr(self, "n_samples_seen_"):
            return self.fit(X)
        check_use(self, X, "partial_fit")
        return self._update(X)

    def merge(self, other: Self) -> Self:
        """Add the realizations that another estimator has seen, for example in another process.

        The result is that of ``partial_fit`` with these realizations, up to rounding errors, and does not depend on
        the order in which several estimators are merged.

        Parameters
        ----------
        other : ScatteringMoments
            Estimator with the same scattering transform, powers and ``renormalize``, fitted to signals of the same
            shape. It is not modified.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If ``other`` is not a ScatteringMoments, or is fitted to other moments or to signals of another shape.

        See Also
        --------
        skscat.dask.fit_moments : Moments of a Dask array.

        Examples
        --------
        >>> import numpy as np
        >>> from skscat import Scattering1D
        >>> from skscat.moments import ScatteringMoments
        >>> X = np.random.default_rng(0).standard_normal((8, 1024))
        >>> first, second = (ScatteringMoments(Scattering1D(J=4)).fit(part) for part in (X[:5], X[5:]))
        >>> both = ScatteringMoments(Scattering1D(J=4)).fit(X)
        >>> np.allclose(first.merge(second).mean_, both.mean_), first.n_samples_seen_
        (True, 8)
        """
        if not isinstance(other, ScatteringMoments):
            raise ValueError(f"other={other!r}: expected a ScatteringMoments.")
        check_is_fitted(self)
        check_is_fitted(other)
        if other.signal_shape_ != self.signal_shape_:
            raise ValueError(f"other has seen signals of shape {other.signal_shape_}; expected {self.signal_shape_}.")
        if other._renormalizes != self._renormalizes:
            raise ValueError(
                f"other has renormalize={other._renormalizes}; expected renormalize={self._renormalizes}."
            )
        difference = first_difference(other.plan_, self.plan_)
        if difference:
            raise ValueError(f"other has a plan with {difference}. Merge moments of the same scattering transform.")
        return self._take(self._merged([self._sums, other._sums]), self.mean_)

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the moments of each signal.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals of the shape seen during :term:`fit`.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Averages over each signal. float32 if X is float32 or complex64, otherwise float64.
        """
        check_use(self, X, "transform")
        if not self._renormalizes:
            S = self.scattering_.transform(X)
            return S if is_dispatched(S) else np.asarray(S)
        refuse_tracked("X", X, "renormalized moments")
        S, floor, exponents = scaled_moments(X, self.scattering_)
        ratios, first = self._ratios(S, floor), np.where(self._is_later(), 0, S)
        out = np.where(self._is_later(), ratios, rescale_outputs(first, exponents, self.plan_.powers))
        return as_given(X, out.reshape(-1, self._n_features_out))

    def gradient(self, X: ArrayLike, weights: ArrayLike | Callable[[np.ndarray, tuple], np.ndarray]) -> np.ndarray:
        """Compute the gradient of a weighted sum of the moments with respect to the signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals of the shape seen during :term:`fit`.
        weights : array-like of shape (n, n_features_out), or callable
            Weights of the outputs of ``transform(X)``. A callable ``weights(S, index)`` receives parts of the output,
            ``transform(X)[index]``, as they are computed, and returns their weights.

        Returns
        -------
        gradient : ndarray of shape (n, n_features_in_)
            Gradient of ``(weights * transform(X)).sum()``, with flat rows in the layout of X. Complex if the signals
            of ``scattering`` are.

        Raises
        ------
        ValueError
            If ``renormalize=True``, or the weights do not have the shape of the output.
        """
        check_use(self, X, "gradient")
        if self._renormalizes:
            raise ValueError("renormalize=True divides moments by each other; set renormalize=False for a gradient.")
        return self.scattering_.gradient(X, weights)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: those of the scattering transform, with the power unless ``powers=(1,)``.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            Names of the moments.
        """
        check_is_fitted(self)
        return self.scattering_.get_feature_names_out(input_features)

    def _update(self, X):
        sums = self._merged([self._sums, self._sums_of(X)])
        return self._take(sums, X if is_dispatched(X) else None)

    def _sums_of(self, X):
        """Return the sums over some signals; the estimator does not change."""
        S, floor, exponents = scaled_moments(X, self.scattering_)
        # All signals in the units of the largest; zeros fit any unit.
        exponent = int(max(exponents[floor.any(axis=tuple(range(1, floor.ndim)))], default=0))
        S, floor = (rescale_outputs(v.astype(np.float64), exponents - exponent, self.plan_.powers) for v in (S, floor))
        T = self._ratios(S, floor) if self._renormalizes else S
        S, T = (v.reshape(-1, self._n_features_out) for v in (S, T))
        mean, squares, counts = known_statistics(T)
        raw, _, raw_counts = known_statistics(S)
        floor = floor.reshape(len(S), -1, *floor.shape[1:]).mean(axis=0)
        return Sums(len(S), exponent, raw, raw_counts, mean, squares, counts, floor)

    def _merged(self, parts):
        """Merge sums over different signals, in their order; the estimator does not change."""
        powers = np.array(self.plan_.powers or (1,))
        raw_degrees = np.tile(powers, self._n_features_out // len(powers))
        return reduce(lambda a, b: a.merged(b, raw_degrees, self._degrees(), powers), parts)

    def _take(self, sums, like=None):
        """Set the sums over all signals, and what follows from them, as arrays of the library of ``like``."""
        self._sums = sums
        self.n_samples_seen_ = sums.n
        mean = np.where(sums.raw_counts > 0, sums.raw, np.nan)
        if self._renormalizes:
            mean = self._ratios(mean.reshape(-1, *self._channel_shape()), sums.floor).ravel()
        n = np.maximum(sums.counts, 1)
        error = np.where(sums.counts > 1, np.sqrt(sums.squares / n / np.maximum(n - 1, 1)), np.nan)
        gains = sums.exponent * self._degrees()
        self.mean_, self.standard_error_ = (arrays.back_to(like, times_exp2(v, gains)) for v in (mean, error))
        return self

    def _ratios(self, S, floor):
        """Divide second and later orders by their parents; zero where these are rounding errors."""
        parents = np.take(S, np.maximum(self.paths_["parent"], 0), axis=1)
        divided = np.divide(S, parents, out=np.zeros_like(S), where=~(parents <= floor))
        return np.where(self._is_later(), divided, S)

    def _channel_shape(self):
        """Return the shape of the moments of one channel."""
        return (len(self.paths_), *self.plan_.path_shape)

    def _is_later(self):
        """Return which paths are of second or later order, as an array that broadcasts with moments."""
        return (self.paths_["order"] > 1).reshape(-1, *(1,) * len(self.plan_.path_shape))

    def _degrees(self):
        """Return the degree of each output as a homogeneous function of the signal: its power, 0 if it is a ratio."""
        degrees = np.ones(self._channel_shape()) * (self.plan_.powers or 1)
        if self._renormalizes:
            degrees = np.where(self._is_later(), 0, degrees)
        return np.broadcast_to(degrees, self.output_shape_).ravel()

    def coverage(self, X: ArrayLike) -> np.ndarray:
        """Compute the fraction of the signals that each moment averages.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Real signals of the shape seen during :term:`fit`. Only which samples are missing matters.

        Returns
        -------
        coverage : ndarray of shape (n, n_features_out)
            See the method of ``scattering``: 1 far from gaps. Moments with less than its ``min_coverage`` are NaN.

        Raises
        ------
        ValueError
            If ``scattering`` has no parameter ``nan_policy``.
        """
        check_use(self, X, "coverage")
        if not hasattr(self.scattering_, "coverage"):
            raise ValueError(f"scattering={self.scattering!r}: expected Scattering1D or Scattering2D.")
        return self.scattering_.coverage(X)

    @property
    def paths_(self) -> np.ndarray:
        """Paths of ``scattering_``."""
        return self.plan_.paths

    @property
    def ndim_(self) -> int:
        """Number of axes of one signal, without channels."""
        return self.scattering_.ndim_

    @property
    def kinds_(self) -> np.ndarray:
        """Kind of each coefficient: those of the same order and power are normalized together."""
        return self.scattering_.kinds_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = get_tags(self.scattering).input_tags.allow_nan
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "scattering_")
