"""Base classes of all scattering transforms: blocks over threads, feature names, plans."""

from collections.abc import Callable, Iterator
from itertools import product
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike, DTypeLike
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from skscat._checks import check_counts, check_shape
from skscat._core import _namespace as arrays
from skscat._core._cascade import run_vjp
from skscat._core._copying import PADDINGS
from skscat._core._paths import path_names
from skscat._core._records import Plan, real_dtype
from skscat._core._renormalization import scatter_renormalized
from skscat._core._scatter import scatter, scatter_vjp
from skscat._core._schedule import schedule
from skscat._core._threads import n_workers, run_tasks, task_length
from skscat._core._traversal import block_length
from skscat._dispatch import as_given, check_use, is_dispatched, refuse_tracked, takes
from skscat._signals import channel_names, takes_complex
from skscat._sklearn import (
    CHANNEL_AXIS,
    CHANNEL_NAMES,
    SHAPE,
    ArrayTagsMixin,
    Interval,
    SignalTagsMixin,
    StrOptions,
    at_least,
    check_feature_names_in,
    fit_context,
)
from skscat._transforms._gradient import weights_of_outputs
from skscat._validation import check_signals, to_input_layout
from skscat.filters import frame_bounds

# Bytes of input and output, in float64, that ``transform_blocks`` holds at a time by default.
BLOCK_BYTES = 2**26

# Letters of the axes of signals in feature names, by their number.
AXIS_NAMES = {1: ("t",), 2: ("y", "x"), 3: ("z", "y", "x")}

COMMON_CONSTRAINTS = {
    "J": [None, at_least(1)],
    "T": [None, Interval(Real, 1, None, closed="left")],
    "max_order": [at_least(0)],
    "normalize": [StrOptions({"tight", "l1"})],
    "average": [None, StrOptions({"local", "global"})],
    "stride": [None, at_least(1)],
    "oversampling": [at_least(0)],
    "padding": [StrOptions(set(PADDINGS))],
    "renormalize": ["boolean"],
    "shape": SHAPE,
    "channel_axis": CHANNEL_AXIS,
    "channel_names": CHANNEL_NAMES,
    "n_jobs": [None, Integral],
    "verbose": ["verbose"],
}


# Joint convolutions have two layers, and always average: moduli along an index have grids of their own.
JOINT_CONSTRAINTS = {
    **COMMON_CONSTRAINTS,
    "max_order": [Interval(Integral, 1, 2, closed="both")],
    "average": [StrOptions({"local", "global"})],
}


class BaseScattering(ArrayTagsMixin, SignalTagsMixin, TransformerMixin, BaseEstimator):
    """Base class of scattering transforms: runs a computation on blocks of signals, and names its outputs.

    A subclass validates signals in ``_check(X, reset)``, and sets ``_n_features_out`` in ``fit``. ``_computation()``
    returns a function of a block of signals, followed by its other arguments; it runs in a worker. ``_labels()``
    yields the parts of the name of each output. ``_smallest_task(x)`` returns the smallest number of signals that is
    worth a task. Signals and outputs are arrays of another library if they are on a device, see :func:`taken`.
    """

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the scattering coefficients of signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals of the shape seen during :term:`fit`: real, or complex if the transform has
            ``complex_input=True``.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Scattering coefficients. float32 if X is float32 or complex64, otherwise float64. An array of the library
            of X, on its device, if scikit-learn :ref:`dispatches <array_libraries>` to it.

        Raises
        ------
        ValueError
            If X is not finite, real (unless ``complex_input=True``) and of the shape seen during :term:`fit`.
        """
        check_use(self, X, "transform")
        S = self._run(self._check(X, reset=False))
        self._warn_of(S)
        return as_given(X, S) if takes(self, X) else S

    def _run(self, x, computation=None):
        """Run a computation, that of ``transform`` by default, on signals that have been validated, in blocks."""
        function, *arguments = computation or self._computation()
        if not arrays.is_numpy(x):
            # In this thread: a device, or PyTorch, needs no others.
            return function(x, *arguments).reshape(len(x), -1)
        S = np.empty((x.shape[0], self._n_features_out), real_dtype(x.dtype))
        n_jobs = n_workers(self.n_jobs)
        n_bytes = S.itemsize * S.shape[1]
        length = task_length(self._smallest_task(x), len(S), n_bytes, effective_n_jobs(n_jobs))
        tasks = [(block, function, x[block], *arguments) for block in gen_batches(len(S), length)]
        return run_tasks(S, tasks, n_jobs, self.verbose)

    def _warn_of(self, S):
        """Warn about the coefficients that ``transform`` returns, if they are not what may be expected."""

    def transform_blocks(self, X: Any, block_size: int | None = None) -> Iterator[tuple[slice, np.ndarray]]:
        """Compute the coefficients of signals that need not fit in memory, a block at a time.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals of the shape seen during :term:`fit`. Only one block is read at a time, so that X may be a memory
            map or any other object that can be sliced.
        block_size : int, default=None
            Number of signals in a block. None means as many as fit in 64 MiB, coefficients included.

        Returns
        -------
        blocks : generator of (slice, ndarray of shape (n_rows, n_features_out))
            Rows of X, and what ``transform`` returns for them.

        Raises
        ------
        ValueError
            If ``block_size`` is not a whole number of at least 1, or X has no samples.
        """
        check_is_fitted(self)
        if block_size is None:
            # For signals on graphs of their own, which differ in size, only the coefficients are counted.
            n_values = getattr(self, "n_features_in_", 0) * (2 if takes_complex(self) else 1) + self._n_features_out
            block_size = max(1, BLOCK_BYTES // (8 * n_values))
        check_counts(block_size=block_size)
        n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
        if n_samples == 0:
            raise ValueError(f"X has 0 samples, while a minimum of 1 is required by {type(self).__name__}.")
        # Some libraries want an index of every axis; objects that can be sliced may take only one.
        parts = ((block, (block, ...) if is_dispatched(X) else block) for block in gen_batches(n_samples, block_size))
        return ((block, self.transform(X[part])) for block, part in parts)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: the path and position of each coefficient.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``scattering2d_c0_j1=0_th1=3_y2_x5``: first channel (if X has channels; its name, if there
            are ``channel_names``), path, position on the output grid.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features, generate_names=False)
        prefix = type(self).__name__.lower()
        names = ["_".join(filter(None, (prefix, *label))) for label in self._labels()]
        return np.array(names, dtype=object)


class PlannedScattering(BaseScattering):
    """Base class of scattering transforms that run a plan, which depends only on the parameters and the shape of X.

    A subclass declares its parameters, sets the number of axes of a signal in ``_ndim``, and returns a plan from
    ``_make_plan(shape)``. If outputs have an axis along the index of the first layer, ``_index_name`` is its letter in
    feature names.
    """

    _ndim: int
    _index_name: str
    plan_: Plan

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Build the filters and the table of paths for the shape of X.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals: real, or complex if ``complex_input=True``. Only their shape is used.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If X is not finite, real (unless ``complex_input=True``) and of the shape that ``shape`` prescribes, or a
            parameter does not suit that shape.
        """
        return self._fit(X)

    def _fit(self, X, **options):
        x = self._check(X, reset=True)
        if self.renormalize and self.average is None:
            raise ValueError("renormalize=True needs averages, but average=None keeps the moduli.")
        self._renormalizes = self.renormalize
        return self.set_plan(self._make_plan(tuple(x.shape[2:]), **options), arrays.dtype_of(x))

    def plan(self, shape: int | tuple[int, ...]) -> Plan:
        """Plan the transform of signals of a given shape, without data. ``fit`` stores this plan as ``plan_``.

        Parameters
        ----------
        shape : int or tuple of int
            Shape of one signal, without channels.

        Returns
        -------
        plan : Plan
            Plan to be run by :func:`skscat.scatter`. It does not depend on ``renormalize``, ``shape``,
            ``channel_axis``, ``channel_names``, ``n_jobs`` or ``verbose``.

        Raises
        ------
        ValueError
            If a parameter does not suit the shape.

        Examples
        --------
        >>> from skscat import Scattering1D
        >>> Scattering1D(J=6, Q=8).plan(1024)
        Plan(shape=(1024,), grid=(2048,), padding='symmetric', average='local', 204 paths of output shape (16,))
        """
        self._validate_params()
        return self._make_plan(check_shape(shape, self._ndim))

    def set_plan(self, plan: Plan, dtype: DTypeLike | None = None) -> Self:
        """Replace the plan for the signals seen during :term:`fit`.

        Parameters
        ----------
        plan : Plan
            Plan that subsequent calls of ``transform`` run.
        dtype : dtype, default=None
            Precision of the signals. If given, the computation is scheduled now rather than by the first call of
            ``transform``.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If the plan is for signals of another shape, or for real signals where these are complex.
        """
        check_is_fitted(self, "signal_shape_")
        if tuple(plan.shape) != self.signal_shape_[-self._ndim :]:
            raise ValueError(f"plan has shape {plan.shape}; signals seen in fit have shape {self.signal_shape_}.")
        if takes_complex(self) and not plan.is_complex:
            raise ValueError("plan is for real signals; expected one for complex signals, those seen in fit.")
        if dtype is not None:
            schedule(plan, real_dtype(dtype))
        if not hasattr(self, "plan_") or plan.banks != self.plan_.banks:
            lows, highs = zip(*map(frame_bounds, set(plan.banks)), strict=True)
            self.frame_bounds_ = (min(lows), max(highs))
        self.plan_ = plan
        self.output_shape_ = (*self._channels, len(plan.paths), *plan.path_shape)
        self._n_features_out = int(np.prod(self.output_shape_))
        return self

    def gradient(self, X: ArrayLike, weights: ArrayLike | Callable[[np.ndarray, tuple], np.ndarray]) -> np.ndarray:
        """Compute the gradient of a weighted sum of the coefficients with respect to the signals.

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
            Gradient of ``(weights * transform(X)).sum()``, with flat rows in the layout of X. Complex if
            ``complex_input=True``: derivatives with respect to the real parts of X, plus 1j times those with respect
            to the imaginary parts.

        Raises
        ------
        ValueError
            If ``renormalize=True``, or the weights do not have the shape of the output.

        See Also
        --------
        scatter_vjp : Gradient of the transform of a plan.
        """
        return self._gradient(X, weights)

    def _gradient(self, X, weights, n_pooled=1):
        """Compute the gradient, with the moduli of the first layer pooled over ``n_pooled`` rows, see run."""
        check_use(self, X, "gradient")
        for name, values in (("X", X), ("weights", weights)):
            refuse_tracked(name, values, "the gradient")
        if self._renormalizes:
            raise ValueError("renormalize=True divides outputs by each other; set renormalize=False for a gradient.")
        x = self._check(X, reset=False)
        shape = (x.shape[1], len(self.paths_), *self.plan_.path_shape)
        g = weights_of_outputs(weights, X, x, shape)
        dx = scatter_vjp(x, g, self.plan_) if n_pooled == 1 else run_vjp(x, g, self.plan_, n_pooled=n_pooled)
        return as_given(X, self._flat_rows(dx))

    @property
    def paths_(self) -> np.ndarray:
        """Table of the paths of the plan."""
        return self.plan_.paths

    @property
    def ndim_(self) -> int:
        """Number of axes of one signal, without channels."""
        return self._ndim

    @property
    def kinds_(self) -> np.ndarray:
        """Kind of each coefficient: those of the same order and power are normalized together."""
        n_powers = len(self.plan_.powers or (1,))
        order = np.broadcast_to(
            self.paths_["order"].reshape(-1, *(1,) * len(self.plan_.path_shape)), self.output_shape_
        )
        return (order.reshape(-1, n_powers) * n_powers + np.arange(n_powers)).ravel()

    def _check(self, X, reset):
        omit = getattr(self, "nan_policy", "raise") == "omit" if reset else self.plan_.min_coverage is not None
        return check_signals(self, X, ndim=self._ndim, reset=reset, omit=omit)

    def _flat_rows(self, x):
        return to_input_layout(self, x).reshape(len(x), -1)

    def _computation(self):
        return scatter_channels, self.plan_, self._renormalizes

    def _smallest_task(self, x):
        return -(-block_length(self.plan_, real_dtype(x.dtype)) // x.shape[1])

    @property
    def _channels(self):
        """Shape of the axis of channels, empty if there is none."""
        return self.signal_shape_[: -self._ndim]

    def _channel_labels(self):
        """Return the part of feature names for each channel."""
        return channel_names(self, self._ndim)

    def _position_labels(self):
        """Return the part of feature names for each output of a path."""
        plan = self.plan_
        axes = AXIS_NAMES[self._ndim][: len(plan.output_grid)]
        if len(plan.path_shape) > len(plan.modulus_shape):
            axes = (self._index_name, *axes)
        positions = [[f"{axis}{i}" for i in range(n)] for axis, n in zip(axes, plan.path_shape, strict=False)]
        if plan.powers:
            positions.append([f"p{p:g}" for p in plan.powers])
        return ["_".join(position) for position in product(*positions)]

    def _labels(self):
        paths = [path or "mean" for path in path_names(self.plan_)]
        return product(self._channel_labels(), paths, self._position_labels())


def globally_averaged(scattering, **parameters):
    """Clone a scattering transform, and set it to average over the whole signal.

    Parameters
    ----------
    scattering : estimator
        A scattering transform, fitted or not.
    **parameters
        Other parameters to set.

    Returns
    -------
    scattering : estimator
        Clone, not fitted.

    Raises
    ------
    ValueError
        If ``scattering`` has no parameters ``average`` and ``renormalize``.
    """
    if not {"average", "renormalize"} <= set(scattering.get_params(deep=False)):
        raise ValueError(f"scattering={scattering!r}: expected a transform with parameters average and renormalize.")
    return clone(scattering).set_params(average="global", renormalize=False, **parameters)


def scatter_channels(x, plan, renormalized):
    """Run a plan on signals of shape (n, channels, *shape)."""
    return scatter_renormalized(x, plan) if renormalized else scatter(x, plan)
