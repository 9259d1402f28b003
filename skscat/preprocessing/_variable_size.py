"""Features of signals of different lengths, and of images of different sizes."""

from collections.abc import Sequence
from functools import partial
from itertools import product
from math import prod
from numbers import Real
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from skscat._core._paths import path_names
from skscat._core._plan_cache import PlanCache
from skscat._core._records import real_dtype
from skscat._core._schedule import STEP_POINTS
from skscat._core._threads import n_workers, run_tasks, task_length
from skscat._dispatch import on_host
from skscat._lists import MISSING_VALUES, as_list, differ, read_list
from skscat._signals import check_channel_names, warn_of_layout
from skscat._sklearn import HasMethods, Interval, SignalTagsMixin, at_least, check_feature_names_in, fit_context
from skscat._transforms._base import AXIS_NAMES, PlannedScattering
from skscat._validation import check_signals, take_over_features
from skscat.preprocessing._padded_layout import layout_of, plan_on_grid, scatter_pooled
from skscat.preprocessing._pooling import check_statistics


class VariableSizeScattering(SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    r"""Scattering of signals of different lengths, or of images of different sizes, with the same features for each.

    Each signal is extended at its own boundaries, according to ``scattering.padding``, never to the length of the
    longest signal. Its local coefficients, at one position every ``stride`` samples of the signal itself, are pooled
    over positions. The features of a signal do not depend on which other signals are transformed with it.

    Read more in the :ref:`User Guide <scattering1d>`.

    Parameters
    ----------
    scattering : estimator
        A transform such as ``Scattering1D(J=8, Q=8)``, with local averages and its scale J given: a scale that
        depends on the length would give each signal different features. J and T may be longer than a signal, which is
        then extended. Statistics other than the mean need several positions: choose T well below the length of most
        signals. Its ``channel_axis``, ``channel_names`` and ``n_jobs`` also apply here. It is cloned.
    statistics : sequence of str or float, default=("mean", "std")
        Statistics of the coefficients over positions, one feature each:

        * "mean", which approximates ``average="global"``,
        * "std", the standard deviation, which distinguishes steady signals from changing ones,
        * "max", for short events in long signals,
        * "median", for steady signals with outliers,
        * "ppv", the proportion of positions at which the coefficient is above its mean,
        * a number between 0 and 1, such as 0.9, for a quantile.
    n_segments : int, default=1
        Number of equal parts, per axis, in which statistics are computed separately. With 1, features do not
        depend on where something happens; 4 to 8 keep the order of events, as in spoken words, or the arrangement of
        an image, whatever its size. Choose T well below the length of a part.
    cache_size : float, default=128
        Size of the cache of plans, in MB. Padded sizes are rounded up to about eight per octave and axis, and there
        is one plan for each, with its filters. The least recently used plans are evicted from a full cache, and
        rebuilt when they are needed. With ``padding="wrap"``, sizes cannot be rounded, and there is one plan for each
        size.

    Attributes
    ----------
    scattering_ : estimator
        The transform, not fitted to a length.
    paths_ : structured ndarray of shape (n_paths,)
        One row per path, as in the transform.
    output_shape_ : tuple of int
        Shape of the features of one signal: ``(n_paths, n_statistics)``, after the number of channels if X has such
        an axis. There are more axes before the last if the transform keeps log-frequencies or angles, and if there
        are several segments.
    ndim_ : int
        Number of axes of one signal, without channels.
    kinds_ : ndarray of int of shape (n_features_out,)
        Kind of each feature: those of the same order and statistic are normalized together.
    signal_shape_ : tuple of int
        Shape of one signal, channels first. Defined only if X is an array of two axes.
    n_features_in_ : int
        Number of features seen during :term:`fit`. Defined only if X is an array of two axes.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    skscat.ScatteringClassifier : Also takes lists of signals of different lengths.

    Notes
    -----
    X is a list of arrays, an object array, or a column of a data frame that holds arrays. Signals have the shape
    ``(length,)`` or ``(channels, length)``, images ``(height, width)`` or ``(channels, height, width)``, or with
    channels on another axis, as specified by ``channel_axis`` of the transform. All have the same number of channels.
    Arrays of signals of the same size are also accepted, in any layout that the transform accepts. Rows of an array of
    two axes must have the length seen during :term:`fit`, so that a wrong number of features is noticed; pass
    ``list(X)`` if the length differs.

    Local coefficients are those of the transform, fitted to the signal alone, to within the :ref:`error <accuracy>`
    that ``oversampling`` allows. Those of a signal that is shorter than the averaging window are nearly constant.

    Features are named by channel, path, position on the index axis if it is kept, segment, and statistic:
    ``scattering1d_c0_xi1=0.25_t2_std``. If segments outnumber the positions, some share one.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.preprocessing import VariableSizeScattering
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.standard_normal(length) for length in (300, 1000, 1713)]
    >>> scattering = VariableSizeScattering(Scattering1D(J=5, Q=4)).fit(X)
    >>> S = scattering.transform(X)
    >>> S.shape, scattering.output_shape_
    ((3, 204), (102, 2))
    >>> bool((S[1:2] == scattering.transform(X[1:2])).all())
    True
    >>> scattering.get_feature_names_out()[2:4]
    array(['scattering1d_xi1=0.452977_mean', 'scattering1d_xi1=0.452977_std'], dtype=object)
    """

    _parameter_constraints: dict = {
        "scattering": [HasMethods(["fit", "transform"])],
        "statistics": ["array-like"],
        "n_segments": [at_least(1)],
        "cache_size": [Interval(Real, 0, np.inf, closed="left")],
    }

    def __init__(
        self,
        scattering: BaseEstimator,
        *,
        statistics: Sequence[str | float] = ("mean", "std"),
        n_segments: int = 1,
        cache_size: float = 128,
    ) -> None:
        self.scattering = scattering
        self.statistics = statistics
        self.n_segments = n_segments
        self.cache_size = cache_size

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: object = None) -> Self:
        """List the paths, and determine the number of channels.

        Parameters
        ----------
        X : list of array-like of shape (*shape,) or (channels, *shape), or array-like
            Signals, see Notes: real, or complex if the transform has ``complex_input=True``.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If a parameter is invalid, or a signal is not finite and real, has no samples, or differs from the first in
            the number of axes or of channels. The error gives its index.
        """
        self._statistics, self._n_segments = check_statistics(self.statistics), self.n_segments
        self.scattering_ = scattering = clone(check_scattering(self.scattering))
        self._layout, smallest = layout_of(scattering)
        self._plans = PlanCache(partial(plan_on_grid, clone(scattering), self._layout), 1e6 * self.cache_size)
        self._check(X, reset=True)
        self.paths_, self._names = smallest.paths, [path or "mean" for path in path_names(smallest)]
        axes = [(scattering._index_name, n) for n in smallest.path_shape[: -self.ndim_]]
        axes += [(name, self._n_segments) for name in AXIS_NAMES[self.ndim_] if self._n_segments > 1]
        self._axes, lengths = axes, [n for _, n in axes]
        self.output_shape_ = (*self._channels, len(self.paths_), *lengths, len(self._statistics))
        self._n_features_out = prod(self.output_shape_)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Compute the pooled coefficients of signals.

        Parameters
        ----------
        X : list of array-like of shape (*shape,) or (channels, *shape), or array-like
            Real signals of any size, with as many channels as seen during :term:`fit`.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Pooled coefficients, ``S.reshape(n, *output_shape_)``. float32 if all signals are, otherwise float64.

        Raises
        ------
        ValueError
            If a signal is not finite and real, has no samples, or differs from those seen during :term:`fit` in the
            number of axes or of channels.
        """
        check_is_fitted(self)
        signals = self._check(X, reset=False)
        S = np.empty((len(signals), self._n_features_out), np.result_type(*{real_dtype(x.dtype) for x in signals}))
        # Those of the parameter, which may be changed without another fit.
        n_jobs = n_workers(self.scattering.n_jobs)
        tasks = list(self._tasks(signals, effective_n_jobs(n_jobs)))
        return run_tasks(S, tasks, n_jobs, self.scattering.verbose)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: the channel, the path and the statistic.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``scattering1d_c0_xi1=0.25_std``.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features, generate_names=False)
        prefix = type(self.scattering_).__name__.lower()
        labels = product(self._channel_labels(), self._names, self._position_labels())
        return np.array(["_".join(filter(None, (prefix, *label))) for label in labels], dtype=object)

    @property
    def ndim_(self) -> int:
        """Number of axes of one signal, without channels."""
        return self.scattering_.ndim_

    @property
    def kinds_(self) -> np.ndarray:
        """Kind of each feature: those of the same order and statistic are normalized together."""
        n = len(self._statistics)
        order = np.repeat(self.paths_["order"], prod(length for _, length in self._axes))
        return np.tile((order[:, np.newaxis] * n + np.arange(n)).ravel(), prod(self._channels))

    def _channel_labels(self):
        """Return the part of feature names for each channel."""
        return list(self._channel_names or [f"c{c}" for n in self._channels for c in range(n)] or [""])

    def _position_labels(self):
        """Return the part of feature names for each output of a path."""
        axes = [[f"{name}{i}" for i in range(n)] for name, n in self._axes]
        return ["_".join(label) for label in product(*axes, self._statistics)]

    def _check(self, X, reset):
        """Return signals of shape (channels, *shape); set the number of channels, and features of an array, in fit."""
        X = on_host("X", X)
        signals, channel_axis = as_list(X), self.scattering_.channel_axis
        if signals is None or self._are_flat(signals):
            signals, channel_axis = self._read_rows(X, reset), None
        elif reset and channel_axis is None and self.scattering_.channel_names is None and not differ(signals):
            # Otherwise the numbers of channels differ, which is an error.
            self._warn_of_layout(len(signals), tuple(signals[0].shape))
        known, complex_input = None if reset else self._channels, getattr(self.scattering_, "complex_input", False)
        signals, channels = read_list(signals, self.ndim_, channel_axis, known, complex_input)
        if reset:
            take_over_features(self, self.scattering_)
            shape = signals[0].shape[0 if channels else 1 :]
            self._channel_names = check_channel_names(self.scattering_.channel_names, shape, self.ndim_)
            self._channels = channels
        return signals

    def _are_flat(self, signals):
        """Return whether a list has flat rows, to be reshaped."""
        return len(signals[0].shape) == 1 and (self.ndim_ > 1 or self.scattering_.shape is not None)

    def _read_rows(self, X, reset):
        """Validate rows of numbers as the transform does; if there were some in fit, they have as many features."""
        reader = self.scattering_
        if not reset and not hasattr(reader, "n_features_in_"):
            reader, reset = clone(reader), True
        # Not the advice of the transform, whose gaps are refused here.
        x = check_signals(reader, X, ndim=self.ndim_, reset=reset, advice=MISSING_VALUES)
        return list(x if reader._channels else x[:, 0])

    def _warn_of_layout(self, n, shape):
        if len(shape) in (self.ndim_, self.ndim_ + 1):
            warn_of_layout(n, shape, self.ndim_, flat=len(shape) == 1)

    def _tasks(self, signals, n_jobs):
        """Yield tasks: signals of one precision on one padded grid."""
        groups, layout = {}, self._layout
        for i, x in enumerate(signals):
            groups.setdefault((layout.grid(x.shape[1:]), real_dtype(x.dtype)), []).append(i)
        n_moduli = prod(self.output_shape_) // (len(self._statistics) * self._n_segments**self.ndim_)
        pooling = self.scattering_.renormalize, self._n_segments, tuple(self._statistics.values())
        for (grid, dtype), rows in groups.items():
            n_bytes = dtype.itemsize * n_moduli * prod(layout.n_positions(layout.longest(grid)))
            length = task_length(max(1, STEP_POINTS // prod(grid)), len(rows), n_bytes, n_jobs)
            for batch in gen_batches(len(rows), length):
                x = [signals[i] for i in rows[batch]]
                yield rows[batch], scatter_pooled, x, grid, dtype, self._plans, layout, *pooling


def check_scattering(scattering):
    """Return a transform; raise ValueError unless it is one of local averages whose scale is given."""
    if not isinstance(scattering, PlannedScattering):
        raise ValueError(f"scattering={scattering!r}: expected a transform with a plan, such as Scattering1D(J=6).")
    scattering._validate_params()
    if scattering.J is None:
        raise ValueError(
            f"scattering={scattering!r}: with J=None, the scale, and thus the features, depend on the length of a "
            "signal, which varies; set J, for example to the largest for which most signals hold eight scales 2**J."
        )
    if getattr(scattering, "nan_policy", "raise") == "omit":
        raise ValueError(
            f"scattering={scattering!r}: nan_policy='omit', but signals of different sizes have no gaps; expected "
            "nan_policy='raise'. Interpolate missing samples, for example with np.interp."
        )
    if scattering.average != "local":
        raise ValueError(
            f'scattering={scattering!r}: average={scattering.average!r}; expected average="local", since statistics '
            'are those of local averages: statistics=("mean",) replaces average="global".'
        )
    return scattering
