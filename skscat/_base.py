"""The estimator that all scattering transforms share."""

from itertools import product
from numbers import Integral, Real

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from skscat._cascade import block_length, scatter, scatter_adjoint
from skscat._checks import check_counts
from skscat._copying import PADDINGS
from skscat._plan import path_names
from skscat._renormalization import renormalize
from skscat._threads import FFTBackends, n_workers
from skscat._validation import (
    Interval,
    SignalTagsMixin,
    StrOptions,
    channel_names,
    check_feature_names_in,
    check_signals,
    fit_context,
)
from skscat.filters import frame_bounds

# Work is dealt out in tasks: so many a worker, to even out their speed, each with an output of so many bytes at most.
TASKS_PER_WORKER, TASK_BYTES = 4, 2**24
# Bytes of input and output, in float64, that ``transform_blocks`` holds at a time unless told otherwise.
PART_BYTES = 2**26

# Parameters of estimators that are not parameters of their plans.
_NOT_PLANNED = {"renormalize", "shape", "n_jobs", "verbose"}

COMMON_CONSTRAINTS = {
    "J": [None, Interval(Integral, 1, None, closed="left")],
    "T": [None, Interval(Real, 1, None, closed="left")],
    "max_order": [Interval(Integral, 0, None, closed="left")],
    "normalize": [StrOptions({"tight", "l1"})],
    "average": [None, StrOptions({"local", "global"})],
    "stride": [None, Interval(Integral, 1, None, closed="left")],
    "oversampling": [Interval(Integral, 0, None, closed="left")],
    "padding": [StrOptions(set(PADDINGS))],
    "renormalize": ["boolean"],
    "shape": [None, "array-like"],
    "n_jobs": [None, Integral],
    "verbose": ["verbose"],
}


class BaseScattering(SignalTagsMixin, TransformerMixin, BaseEstimator):
    """Base class of scattering transforms that need nothing but the shape of X.

    A subclass declares its parameters, names the number of axes of a signal in ``_ndim``, and returns a plan from
    ``_make_plan(shape, **parameters)``. If outputs have an axis along the index of the first layer, ``_index_name`` is
    its letter in feature names.
    """

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Build the filters and the table of paths for the shape of X.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Real signals. Only their shape is used.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            If X is not finite, real and of the shape that ``shape`` says, or a parameter does not suit that shape.
        """
        X = check_signals(self, X, ndim=self._ndim, reset=True)
        if self.renormalize and self.average is None:
            raise ValueError("renormalize=True needs averages, but average=None keeps the moduli.")
        parameters = {k: v for k, v in self.get_params(deep=False).items() if k not in _NOT_PLANNED}
        self._renormalizes = self.renormalize
        return self.use_plan(self._make_plan(X.shape[2:], **parameters), X.dtype)

    def use_plan(self, plan, dtype=None):
        """Take another plan for the signals seen in ``fit``.

        Parameters
        ----------
        plan : Plan
            What ``transform`` computes from now on.
        dtype : dtype, default=None
            Precision of the signals, if the work is to be ordered now rather than with the first of them.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            If the plan is for signals of another shape.
        """
        check_is_fitted(self, "signal_shape_")
        if tuple(plan.shape) != self.signal_shape_[-self._ndim :]:
            raise ValueError(f"plan has shape {plan.shape}; signals seen in fit have shape {self.signal_shape_}.")
        if dtype is not None:
            plan.schedule(dtype)
        if not hasattr(self, "plan_") or plan.banks != self.plan_.banks:
            lows, highs = zip(*map(frame_bounds, set(plan.banks)), strict=True)
            self.frame_bounds_ = (min(lows), max(highs))
        self.plan_, self.paths_ = plan, plan.paths
        channels = self.signal_shape_[: -self._ndim]
        self.output_shape_ = (*channels, len(self.paths_), *plan.output_grid)
        self._n_features_out = int(np.prod(self.output_shape_))
        return self

    def transform(self, X):
        """Scatter signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Real signals of the shape seen in ``fit``.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Scattering coefficients; ``S.reshape(n, *self.output_shape_)`` gives paths and places back. float32 if X
            is, else float64.

        Raises
        ------
        ValueError
            If X is not finite, real and of the shape seen in ``fit``.
        """
        check_is_fitted(self)
        X = check_signals(self, X, ndim=self._ndim, reset=False)
        S = np.empty((len(X), self._n_features_out), X.dtype)
        n_jobs = n_workers(self.n_jobs)
        blocks = list(gen_batches(len(X), _task_length(self.plan_, X, S, effective_n_jobs(n_jobs))))
        parallel = Parallel(n_jobs=n_jobs, verbose=self.verbose, prefer="threads", return_as="generator")
        run = delayed(_scatter_block)
        backends = FFTBackends()
        scattered = parallel(run(X[block], self.plan_, self._renormalizes, backends) for block in blocks)
        for block, s in zip(blocks, scattered, strict=True):
            S[block] = s.reshape(len(s), -1)
        return S

    def transform_blocks(self, X, length=None):
        """Scatter signals that need not fit in memory, some at a time.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Real signals of the shape seen in ``fit``. Only a block is read at a time, so that X may be a memory map or
            anything else that is read by slices.
        length : int, default=None
            Signals in a block. None takes as many as need 64 MiB, coefficients included.

        Returns
        -------
        blocks : generator of (slice, ndarray of shape (n_rows, n_features_out))
            Rows of X, and what ``transform`` returns for them.

        Raises
        ------
        ValueError
            If ``length`` is less than 1.
        """
        check_is_fitted(self)
        if length is None:
            length = max(1, PART_BYTES // (8 * (self.n_features_in_ + self._n_features_out)))
        check_counts(length=length)
        return ((block, self.transform(X[block])) for block in gen_batches(len(X), length))

    def gradient(self, X, weights):
        """Gradient of a weighted sum of the outputs with respect to the signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Real signals of the shape seen in ``fit``.
        weights : array-like of shape (n, n_features_out), or callable
            Weights of the outputs, as ``transform(X)`` returns them. A function ``weights(S, index)`` is given parts
            of the output, ``transform(X)[index]``, as soon as they are known, and returns their weights.

        Returns
        -------
        gradient : ndarray of shape (n, n_features_in_)
            Gradient of ``(weights * transform(X)).sum()``, with flat rows.

        Raises
        ------
        ValueError
            If outputs are divided by their parents, or weights have another shape than the output.

        See Also
        --------
        scatter_adjoint : The same for a plan.
        """
        check_is_fitted(self)
        if self._renormalizes:
            raise ValueError("renormalize=True divides outputs by each other; their gradient needs renormalize=False.")
        X = check_signals(self, X, ndim=self._ndim, reset=False)
        cells = (X.shape[1], len(self.paths_), *self.plan_.output_grid)
        if callable(weights):
            # Where each output of one channel of one signal stands.
            row, column = np.indices((len(X), self._n_features_out))
            row, column = (index.reshape(-1, *cells[1:]) for index in (row, column))

            def g(s, rows, paths):
                return weights(s, (row[rows][:, paths], column[rows][:, paths]))

            return scatter_adjoint(X, g, self.plan_).reshape(len(X), -1)
        weights = np.asarray(weights)
        if weights.shape != (len(X), self._n_features_out):
            raise ValueError(f"weights has shape {weights.shape}; expected {(len(X), self._n_features_out)}.")
        return scatter_adjoint(X, weights.reshape(len(X), *cells), self.plan_).reshape(len(X), -1)

    def get_feature_names_out(self, input_features=None):
        """Name every output by its channel, path and place.

        Parameters
        ----------
        input_features : None or array-like of str
            Only checked against the names seen in ``fit``.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
            For example ``scattering2d_c0_j1=0_th1=3_y2_x5``: first channel (if X has channels), path, position on
            the output grid.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        channels = channel_names(self.signal_shape_, self._ndim)
        plan = self.plan_
        axes = ("z", "y", "x")[-self._ndim :] if self._ndim > 1 else ("t",)
        axes = axes[: len(plan.frames)]
        if len(plan.output_grid) > len(plan.cells):
            axes = (self._index_name, *axes)
        labels = [[f"{axis}{i}" for i in range(n)] for axis, n in zip(axes, plan.output_grid, strict=False)]
        if plan.powers:
            labels.append([f"p{p:g}" for p in plan.powers])
        places = ["_".join(label) for label in product(*labels)]
        prefix = type(self).__name__.lower()
        names = [
            "_".join(filter(None, (prefix, channel, path or "mean", place)))
            for channel in channels
            for path in path_names(plan)
            for place in places
        ]
        return np.array(names, dtype=object)

    @property
    def ndim_(self):
        """Number of axes of one signal, without channels."""
        return self._ndim

    @property
    def groups_(self):
        """Number of the group of each output: outputs of the same order and power, which are alike in size."""
        n_powers = len(self.plan_.powers or (1,))
        order = np.broadcast_to(
            self.paths_["order"].reshape(-1, *(1,) * len(self.plan_.output_grid)), self.output_shape_
        )
        return (order.reshape(-1, n_powers) * n_powers + np.arange(n_powers)).ravel()


def globally_averaged(scattering, **parameters):
    """Clone a scattering transform, set to average over the whole of each signal.

    Parameters
    ----------
    scattering : estimator
        A scattering transform, fitted or not.
    **parameters
        Others that are set.

    Returns
    -------
    scattering : estimator
        Not fitted.

    Raises
    ------
    ValueError
        If it has no parameters ``average`` and ``renormalize``.
    """
    if not {"average", "renormalize"} <= set(scattering.get_params(deep=False)):
        raise ValueError(f"scattering={scattering!r}: expected a transform with parameters average and renormalize.")
    return clone(scattering).set_params(average="global", renormalize=False, **parameters)


def _task_length(plan, X, S, n_jobs):
    """Return how many samples one task takes: all workers get as many tasks, and the output of a task stays small."""
    block = -(-block_length(plan, X.dtype) // X.shape[1])
    longest = max(block, TASK_BYTES // (S.itemsize * S.shape[1]))
    rounds = max(1, -(-len(X) // (n_jobs * longest)), min(TASKS_PER_WORKER, len(X) // (n_jobs * block)))
    return -(-len(X) // (n_jobs * rounds))


def _scatter_block(x, plan, renormalized, backends):
    with backends.in_force():
        s = scatter(x, plan)
        return renormalize(s, x, plan) if renormalized else s
