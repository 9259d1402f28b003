"""Scattering of signals on a given graph, or of one signal on each of many graphs."""

from collections.abc import Callable, Sequence
from itertools import product
from numbers import Integral
from typing import Any, Self

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike
from scipy.sparse import sparray, spmatrix
from sklearn.utils import gen_batches

from skscat._checks import check_powers, is_sequence
from skscat._core._paths import path_names
from skscat._core._threads import n_workers, run_tasks
from skscat._dispatch import check_use
from skscat._lists import read_list
from skscat._signals import check_channel_names
from skscat._sklearn import CHANNEL_AXIS, CHANNEL_NAMES, SHAPE, Interval, StrOptions, at_least, fit_context
from skscat._transforms._base import BaseScattering
from skscat._transforms._gradient import weights_of_outputs
from skscat._transforms._limits import warn_of_paths
from skscat._validation import check_signals, to_input_layout
from skscat.graphs._adjacency import check_adjacency, side_by_side
from skscat.graphs._graph_cascade import (
    batches_of_graphs,
    block_size,
    output_shape,
    scatter_graphs,
    scatter_graphs_vjp,
    scatter_signals,
    scatter_signals_vjp,
)
from skscat.graphs._graph_wavelets import KERNELS, graph_plan

# Powers of the moduli by default, and the largest J: the coarsest wavelets see a million steps of a random walk.
POWERS, MOST_SCALES = (1.0, 2.0, 3.0, 4.0), 20

NODES_WITHOUT_VALUES = (
    "Graphs take no gaps. Interpolate values that are missing, or remove their nodes from the graph and from X: "
    "adjacency[known][:, known] and X[:, known]."
)


class GraphScattering(BaseScattering):
    r"""Scattering transform of signals on a given weighted graph.

    A cascade of wavelets on the graph and moduli, and means of their powers over the nodes:

    .. math::

       U[j_1] x = |\psi_{j_1} x|, \quad U[j_1, j_2] x = |\psi_{j_2} U[j_1] x|, \quad
       S x = \langle (U x)^q \rangle

    and, at zeroth order, :math:`\langle |x|^q \rangle`. The wavelets are functions of the lazy random walk
    :math:`T = (I + D^{-1/2} W D^{-1/2}) / 2`, with weights W and degrees D: wavelet j compares averages over about
    :math:`2^j` steps of the walk with averages over twice as many.

    Read more in the :ref:`User Guide <graph_scattering>`.

    Parameters
    ----------
    adjacency : {array-like, sparse matrix} of shape (n_nodes, n_nodes), callable or None, default=None
        Weights of the edges, symmetric and nonnegative, with 0 where there is no edge. Weights on the diagonal are
        ignored. A callable, as in :class:`~sklearn.cluster.FeatureAgglomeration`, receives the signals seen in ``fit``
        with one row per node, and returns the weights. None means that each sample has its own graph: X is a list of
        pairs ``(adjacency, signals)``.
    J : int, default=4
        Number of scales, at most 20. Wavelet j spreads over about :math:`2^{j/2}` edges on a grid; on graphs of small
        diameter, 2 or 3 scales capture nearly all of the energy.
    max_order : int, default=2
        Number of wavelet layers.
    wavelets : {"tight", "diffusion"}, default="tight"
        "tight" preserves the norm, see Notes. "diffusion" takes differences of powers of the lazy walk
        :math:`T^{2^{j-1}} - T^{2^j}` [1]_ [2]_, which takes a quarter to half of the time, but loses part of the
        energy.
    average : {"global", "local", None}, default="global"
        How the moduli are averaged: "global" takes the mean of every power over the nodes; "local" applies the
        low-pass filter of the J scales, with one output per node; None keeps the moduli at every node. If each sample
        has its own graph, only "global" is available.
    powers : sequence of float, default=None
        Exponents q of the moduli whose means are taken, if ``average="global"``; None means 1, 2, 3 and 4. With any
        other ``average``, ``powers`` must be None.
    shape : tuple of int, default=None
        Shape of one signal in flat X, ``(n_nodes,)`` or ``(channels, n_nodes)``, as in :func:`numpy.reshape`. None
        means one channel.
    channel_axis : int, default=None
        Axis of one signal that holds its channels, the features of a node: -1 if X has shape ``(n, n_nodes,
        channels)``. With flat X, it is an axis of ``shape``. None means channels first if X has three axes.
    channel_names : sequence of str, default=None
        Names of the channels in feature names. None names them ``c0``, ``c1`` and so on.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Jobs are threads over blocks of signals, or of graphs, unless that context says
        otherwise.
    verbose : int, default=0
        Verbosity level.

    Attributes
    ----------
    adjacency_ : scipy.sparse.csr_array of shape (n_nodes, n_nodes)
        Weights of the edges. Not available if each sample has its own graph.
    paths_ : structured ndarray of shape (n_paths,)
        One row per path: ``order``, ``parent`` (a row number), and for each order (here the first) the filter index
        ``n1``, the scale ``j1``, and ``peak1``, the eigenvalue of the normalized Laplacian, between 0 and 2, to which
        the wavelet responds most; -1 or NaN where the path is shorter.
    output_shape_ : tuple of int
        Shape of the coefficients of one signal: ``(n_paths, n_powers)``, or ``(n_paths, n_nodes)`` unless
        ``average="global"``, after the number of channels if X has such an axis.
    frame_bounds_ : tuple of float
        Minimum and maximum of the sum of the squared kernels over all eigenvalues that a graph can have.
    signal_shape_ : tuple of int
        Shape of one signal, channels first. Not available if each sample has its own graph.
    n_features_in_ : int
        Number of features seen during :term:`fit`. Not available if each sample has its own graph.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    HaarScattering : Scattering of features whose graph is unknown.
    skscat.Scattering2D : Scattering of images.

    Notes
    -----
    The low-pass filter :math:`\phi_j` of the tight wavelets is split in two, by the cosine and the sine of one angle:

    .. math:: \psi_j = \phi_j \cos(\tfrac{\pi}{2} T^{2^j}), \quad \phi_{j+1} = \phi_j \sin(\tfrac{\pi}{2} T^{2^j})

    with :math:`\phi_0 = I`. For any graph, the squares add up to the identity, so that the transform with
    ``average="local"`` is nonexpansive and preserves the norm, except for that of the moduli of the next order. Since
    the kernels are smooth, no eigenvectors are needed: Chebyshev polynomials of degree 12 for J=1, 36 for J=4 and 71
    for J=6 compute all wavelets to an error of 1e-12.

    Coefficients do not depend on the order of the nodes; local ones are permuted with the nodes. Means over the nodes
    make graphs of different sizes comparable.

    Names of features are ``graphscattering_j1=0_j2=2_p1`` for the mean of the first power, or
    ``graphscattering_j1=0_j2=2_v5`` for node 5.

    References
    ----------
    .. [1] F. Gama, A. Ribeiro and J. Bruna, "Diffusion scattering transforms on graphs", ICLR (2019).
    .. [2] F. Gao, G. Wolf and M. Hirn, "Geometric scattering for graph data analysis", ICML (2019), 2122-2131.

    Examples
    --------
    Noise on a ring of 64 nodes:

    >>> import numpy as np
    >>> from skscat.graphs import GraphScattering
    >>> ring = np.roll(np.eye(64), 1, axis=0) + np.roll(np.eye(64), -1, axis=0)
    >>> X = np.random.default_rng(0).standard_normal((10, 64))
    >>> scattering = GraphScattering(ring).fit(X)
    >>> scattering.transform(X).shape, scattering.output_shape_
    ((10, 84), (21, 4))

    One signal on each of two graphs:

    >>> graphs = [(ring, X[0]), (np.ones((5, 5)), X[1, :5])]
    >>> GraphScattering(J=2).fit_transform(graphs).shape
    (2, 28)
    """

    _parameter_constraints: dict = {
        "adjacency": [None, "array-like", "sparse matrix", callable],
        "J": [Interval(Integral, 1, MOST_SCALES, closed="both")],
        "max_order": [at_least(0)],
        "wavelets": [StrOptions(set(KERNELS))],
        "average": [None, StrOptions({"global", "local"})],
        "powers": [None, "array-like"],
        "shape": SHAPE,
        "channel_axis": CHANNEL_AXIS,
        "channel_names": CHANNEL_NAMES,
        "n_jobs": [None, Integral],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        adjacency: ArrayLike | sparray | spmatrix | Callable | None = None,
        J: int = 4,
        *,
        max_order: int = 2,
        wavelets: str = "tight",
        average: str | None = "global",
        powers: Sequence[float] | None = None,
        shape: tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.adjacency = adjacency
        self.J = J
        self.max_order = max_order
        self.wavelets = wavelets
        self.average = average
        self.powers = powers
        self.shape = shape
        self.channel_axis = channel_axis
        self.channel_names = channel_names
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike | list, y: object = None) -> Self:
        """Check the graph, and make the wavelets.

        Parameters
        ----------
        X : array-like of shape (n, n_nodes), (n, channels, n_nodes) or (n, n_features), or list of pairs
            Signals on the graph, or pairs ``(adjacency, signals)`` of a graph and its signals, of shape (n_nodes,) or
            (channels, n_nodes). Values of signals are used only by an ``adjacency`` that is a callable.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If an adjacency matrix is not square, symmetric, finite and nonnegative, or does not have as many nodes as
            the signals; if X is not finite and real; or if ``powers`` or ``average`` do not suit each other or the
            graphs.
        """
        self._on_one_graph = self.adjacency is not None
        powers = self._checked_powers()
        x = self._check(X, reset=True)
        if self._on_one_graph:
            self._read_graph(x)
        self._plan = graph_plan(self.wavelets, self.J, self.max_order, self.average, powers)
        warn_of_paths(len(self.paths_), {"J": self.J, "max_order": self.max_order})
        self.frame_bounds_ = self._plan.bank.frame_bounds
        self.output_shape_ = (*self._channels, *output_shape(self._plan, x.shape[2] if self._on_one_graph else 0))
        self._n_features_out = int(np.prod(self.output_shape_))
        return self

    def transform(self, X: ArrayLike | list) -> np.ndarray:
        """Compute the scattering coefficients of signals on graphs.

        Parameters
        ----------
        X : array-like of shape (n, n_nodes), (n, channels, n_nodes) or (n, n_features), or list of pairs
            Signals on the graph seen during :term:`fit`, or pairs of other graphs and their signals.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Scattering coefficients. float32 if X is float32, otherwise float64.

        Raises
        ------
        ValueError
            If X is not finite, real and of the shape seen during :term:`fit`, or a graph is not valid.
        """
        return super().transform(X)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``graphscattering_c0_j1=0_j2=2_p1``: first channel (if X has channels; its name, if there are
            ``channel_names``), path, and power q or, unless ``average="global"``, node: ``v0``, ``v1`` and so on.
        """
        return super().get_feature_names_out(input_features)

    def _checked_powers(self):
        if self.average == "global":
            return POWERS if self.powers is None else check_powers(self.powers)
        if self.powers is not None:
            raise ValueError(f'powers={self.powers!r}: means of powers need average="global", not {self.average!r}.')
        if not self._on_one_graph:
            raise ValueError(
                f'average={self.average!r}: graphs of different sizes have no common nodes; expected "global", or '
                "adjacency, if all signals are on one graph."
            )
        return None

    def _read_graph(self, x):
        """Set the graph of all signals x (n, channels, n_nodes)."""
        name, adjacency = "adjacency", self.adjacency
        if callable(adjacency):
            name, adjacency = "adjacency(X)", adjacency(np.moveaxis(x, 2, 0).reshape(x.shape[2], -1))
        adjacency = check_adjacency(name, adjacency)
        n_nodes, found = adjacency.shape[0], x.shape[2]
        if n_nodes != found:
            raise ValueError(
                f"{name} has {n_nodes} nodes, but signals in X have {found} values; expected one per node. For "
                f"channels, pass X of shape (n, channels, {n_nodes}), set channel_axis, or set shape for flat X."
            )
        self.adjacency_, self._graph = adjacency, side_by_side([adjacency])

    def gradient(self, X: ArrayLike | list, weights: ArrayLike | Callable[[np.ndarray, tuple], np.ndarray]) -> Any:
        """Compute the gradient of a weighted sum of the coefficients with respect to the signals.

        Parameters
        ----------
        X : array-like of shape (n, n_nodes), (n, channels, n_nodes) or (n, n_features), or list of pairs
            Signals on the graph seen during :term:`fit`, or on graphs of their own.
        weights : array-like of shape (n, n_features_out), or callable
            Weights of the outputs of ``transform(X)``. A callable ``weights(S, index)`` receives parts of the output,
            ``transform(X)[index]``, as they are computed, and returns their weights.

        Returns
        -------
        gradient : ndarray of shape (n, n_features_in_), or list of ndarray
            Gradient of ``(weights * transform(X)).sum()``, with flat rows in the layout of X; a list of arrays of the
            shapes of the signals if these are on graphs of their own. Where a modulus is zero, its gradient is taken
            as zero.

        Raises
        ------
        ValueError
            If the weights do not have the shape of the output.
        """
        check_use(self, X, "gradient")
        x = self._check(X, reset=False)
        shape = (self.output_shape_[:-2] or (1,)) + self.output_shape_[-2:]
        if self._on_one_graph:
            dx = scatter_signals_vjp(x, weights_of_outputs(weights, x, x, shape), self._graph, self._plan)
            return to_input_layout(self, dx).reshape(len(x), -1)
        signals, adjacencies = x
        g = weights_of_outputs(weights, signals[0], signals, shape)
        return [self._in_layout(dx) for dx in scatter_graphs_vjp(signals, g, adjacencies, self._plan)]

    def _in_layout(self, dx):
        """Return a signal (channels, n_nodes) in the layout of the signals of X."""
        if not self._channels:
            return dx[0]
        return dx if self.channel_axis is None else np.moveaxis(dx, 0, self.channel_axis)

    @property
    def paths_(self) -> np.ndarray:
        """Table of the paths."""
        return self._plan.paths

    def _check(self, X, reset):
        """Return signals of shape (n, channels, n_nodes), or lists of signals and of their graphs."""
        if self._on_one_graph:
            # The graph tells the number of values: no other reading is possible.
            x = check_signals(self, X, ndim=1, reset=reset, advice=NODES_WITHOUT_VALUES, warn=False)
            self._channels = self.signal_shape_[:-1]
            return x
        if reset:
            for name in ("n_features_in_", "feature_names_in_", "signal_shape_", "adjacency_", "_graph"):
                vars(self).pop(name, None)
        pairs = _pairs(X)
        channels = None if reset else self._channels
        signals, channels = read_list([signal for _, signal in pairs], 1, self.channel_axis, channels)
        adjacencies = [check_adjacency(f"X[{i}][0]", adjacency) for i, (adjacency, _) in enumerate(pairs)]
        for i, (signal, adjacency) in enumerate(zip(signals, adjacencies, strict=True)):
            if signal.shape[1] != adjacency.shape[0]:
                raise ValueError(
                    f"X[{i}] has a graph of {adjacency.shape[0]} nodes, but signals of {signal.shape[1]} values; "
                    "expected one value per node."
                )
        if reset:
            self._channels = channels
            self._channel_names = check_channel_names(self.channel_names, (*channels, signals[0].shape[1]), 1)
        return signals, adjacencies

    def _run(self, x):
        if self._on_one_graph:
            return super()._run(x)
        signals, adjacencies = x
        # One precision for all, so that coefficients do not depend on which graphs are computed together.
        dtype = np.result_type(*{signal.dtype for signal in signals})
        signals = [signal.astype(dtype, copy=False) for signal in signals]
        S = np.empty((len(signals), self._n_features_out), dtype)
        n_jobs = n_workers(self.n_jobs)
        tasks = [
            (batch, scatter_graphs, signals[batch], adjacencies[batch], self._plan)
            for batch in self._batches(signals, effective_n_jobs(n_jobs))
        ]
        return run_tasks(S, tasks, n_jobs, self.verbose)

    def _batches(self, signals, n_jobs):
        """Split graphs into batches of at most one block each, and at least one per job."""
        longest = -(-len(signals) // n_jobs)
        sizes = [signal.size for signal in signals]
        for part in batches_of_graphs(sizes):
            for batch in gen_batches(part.stop - part.start, longest):
                yield slice(part.start + batch.start, part.start + batch.stop)

    def _computation(self):
        return scatter_signals, self._graph, self._plan

    def _smallest_task(self, x):
        return max(1, block_size(x.shape[2]) // x.shape[1])

    def _labels(self):
        channels = list(self._channel_names or [f"c{c}" for n in self._channels for c in range(n)] or [""])
        paths = [path or "mean" for path in path_names(self._plan)]
        powers, n_outputs = self._plan.powers, self.output_shape_[-1]
        outputs = [f"p{p:g}" for p in powers] if powers else [f"v{i}" for i in range(n_outputs)]
        return product(channels, paths, outputs)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = tags.input_tags.three_d_array = self.adjacency is not None
        # Sparse matrices of SciPy are not arrays of other libraries.
        tags.array_api_support = False
        return tags


def _pairs(X):
    """Return X as a list of pairs of an adjacency matrix and a signal, or raise ValueError."""
    expected = (
        "expected a list of pairs (adjacency, signals), since adjacency=None. If all signals are on one graph, set "
        "adjacency."
    )
    if hasattr(X, "iloc") and len(X.shape) == 1:
        X = X.to_numpy()
    if not is_sequence(X) or (hasattr(X, "shape") and X.dtype != object):
        found = f"has shape {tuple(X.shape)}" if hasattr(X, "shape") else f"is of type {type(X).__name__}"
        raise ValueError(f"X {found}; {expected}")
    pairs = list(X)
    if not pairs:
        raise ValueError("X has 0 samples, while a minimum of 1 is required by GraphScattering.")
    for i, pair in enumerate(pairs):
        if not is_sequence(pair) or len(pair) != 2:
            length = f" and length {len(pair)}" if is_sequence(pair) else ""
            raise ValueError(f"X[{i}] is of type {type(pair).__name__}{length}; {expected}")
    return pairs
