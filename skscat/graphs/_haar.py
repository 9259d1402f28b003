"""Haar scattering of features with unknown geometry, on trees of pairs."""

from numbers import Integral
from typing import Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, issparse, sparray, spmatrix
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._core import _namespace as arrays
from skscat._core._amplitude import scale_exponents, times_exp2
from skscat._core._threads import n_workers
from skscat._sklearn import CHANNEL_AXIS, SHAPE, StrOptions, at_least, fit_context
from skscat._transforms._base import BaseScattering
from skscat._validation import MISSING, check_signals, validate_data
from skscat.graphs._haar_tree import ZERO_NODE, hierarchy, scatter_tree, tree_leaves, tree_table
from skscat.graphs._pairing import check_pairings, grid_pairings, learn_pairings, pairing_axes, random_pairings

# Default number of layers: nodes of 64 features.
N_LAYERS = 6
# Number of coefficients in a block: small enough for the cache, large enough to keep a thread busy.
BLOCK_POINTS = 2**18


class HaarScattering(BaseScattering):
    r"""Haar scattering of features whose geometry is unknown: sums and absolute differences of pairs.

    Features with similar values are paired. Each pair becomes a node, whose coefficients are the sums and the absolute
    differences of those of its two members. The nodes are then paired in the same way, and so on [1]_. With pairs
    :math:`(a_n, b_n)` of the nodes of layer j,

    .. math::

        S_{j+1} x(n, p) &= S_j x(a_n, p) + S_j x(b_n, p) \\
        S_{j+1} x(n, p + 2^j) &= |S_j x(a_n, p) - S_j x(b_n, p)|

    A node of the last layer J holds a set of :math:`2^J` features. The coefficients do not change if the two halves of
    any node of the tree are swapped. The order of a coefficient is its number of absolute differences. Several trees,
    each with its own pairs, provide information that a single tree loses.

    Outputs are divided by :math:`\sqrt{2^J n_\mathrm{trees}}`: if all orders are computed, the transform preserves the
    norm and is nonexpansive.

    Read more in the :ref:`User Guide <graphs>`.

    Parameters
    ----------
    n_layers : int, default=None
        Number J of layers. With too many layers, the coefficients are invariant to too much; 4 layers are best for
        digits. None means 6, or fewer if there are not enough features.
    max_order : int, default=None
        Maximum number of absolute differences on a path; 3 is best for digits. None computes all orders.
    n_trees : int, default=1
        Number of trees, whose coefficients are concatenated unless ``combine="mean"``; 20 are best for digits. If
        ``pairing`` is a list, all of its trees are used, and ``n_trees`` must be 1 or their number.
    pairing : {"learned", "grid", "random"} or list, default="learned"
        How features are paired:

        - "learned": the pairs of each layer minimize the total difference over the training data (``criterion``).
          Each tree learns from its own samples.
        - "grid": neighbors on a grid of known ``shape`` are paired, along rows and columns alternately. The first tree
          pairs even positions with the next ones; the other trees are shifted by random amounts.
        - "random": pairs are random.
        - a list of trees, such as ``pairings_``, or a single tree, such as ``pairings_[0]``.
    criterion : {"l1", "l2"}, default="l1"
        Difference that learned pairs minimize: sum of absolute or of squared differences between the members of a
        pair, over the training data and all coefficients of a node.
    matching : {"relaxed", "blossom"}, default="relaxed"
        How learned pairs are found. "relaxed" starts from an assignment problem. Its pairs have nearly minimal cost if
        the features have a geometry; in tests on random points of a plane, the cost is at most six percent above the
        minimum. "blossom" is Edmonds' algorithm, exact but much slower; it requires networkx. With more than 128
        nodes, it pairs each node with one of its ten nearest, or with its partner in the "relaxed" pairs.
    max_samples : int, default=None
        Maximum number of samples from which a tree learns. None distributes all samples among the trees.
    combine : {"concatenate", "mean"}, default="concatenate"
        Whether the coefficients of several trees are concatenated or averaged. "mean" requires
        ``pairing="grid"``, where trees are shifts of each other.
    shape : tuple of int, default=None
        Shape of one signal in flat X if ``pairing="grid"``, ``(height, width)`` or ``(channels, height, width)``, as
        in :func:`numpy.reshape`. None means square images, or ``(1, n_features)``, with a warning, if `n_features` is
        not a square. Different channels are not paired with each other.
    channel_axis : int, default=None
        Axis of one signal that holds its channels if ``pairing="grid"``, as in scikit-image: -1 if X has shape ``(n,
        height, width, channels)``. With flat X, it is an axis of ``shape``. None means channels first if X has four
        axes. ``pairings_`` number the features of signals with channels first.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the samples that trees learn from, the shifts of grids, and random
        pairs. Pass an int for reproducible output across multiple function calls. See
        :term:`Glossary <random_state>`.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. In ``fit``, jobs learn trees; in ``transform``, they process blocks of signals, and
        are threads unless that context says otherwise. Arrays on a GPU are transformed in the calling thread.
    verbose : int, default=0
        Verbosity level.

    Attributes
    ----------
    pairings_ : list of list of ndarray of int of shape (n_pairs, 2)
        Pairs of each layer of each tree. -1 in place of a partner stands for a node that is always zero, which
        completes a layer with an odd number of nodes.
    paths_ : structured ndarray of shape (n_features_out,)
        One row per coefficient: ``tree`` (-1 for an average over trees), ``layer``, ``node`` in this layer, ``order``,
        and ``differences``, whose bit j is set if layer j + 1 takes the difference.
    trees_ : list of scipy.sparse.csr_array of shape (n_nodes, n_nodes)
        Hierarchy of each tree, for :mod:`scipy.sparse.csgraph`, with edges from each node to its two children. Nodes
        are the features, followed by the nodes of the layers 1 to ``n_layers_``; entries are the layers of the
        parents.
    n_layers_ : int
        Number of layers.
    signal_shape_ : tuple of int
        Shape of one signal, channels first. Only available if ``pairing="grid"``.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    GraphScattering : Scattering of signals on a given graph.
    skscat.linear_model.OrthogonalLeastSquaresSelector : Selects the coefficients that discriminate classes.
    skscat.plotting.HaarPairsDisplay : Plots pairs and nodes at the positions of the features.
    skscat.Scattering2D : Scattering of images whose grid is known.

    Notes
    -----
    ``transform`` returns the coefficients of the last layer, sorted by tree, then by path, then by node, as listed in
    ``paths_``. The feature name ``haarscattering_t0_d1_d3_n5`` means tree 0, differences in layers 1 and 3, node 5;
    for an average over trees, ``mean`` replaces ``t0``.

    X may be a sparse matrix unless ``pairing="grid"``. The samples from which a tree learns and each block of signals
    that is transformed are converted to dense arrays; the output is dense.

    The transform takes ``n_trees * n_layers * n_features`` additions per signal. The relaxed matching stores a few
    arrays of shape ``(n_features, n_features)``; if there are more than ten thousand features, select some of them
    first.

    References
    ----------
    .. [1] X. Cheng, X. Chen and S. Mallat, "Deep Haar scattering networks", Information and Inference 5 (2016),
           105-133.

    Examples
    --------
    Random walks whose 16 steps are permuted. The learned pairs are consecutive steps:

    >>> import numpy as np
    >>> from skscat import HaarScattering
    >>> rng = np.random.default_rng(0)
    >>> order = rng.permutation(16)
    >>> X = np.cumsum(rng.standard_normal((200, 16)), axis=1)[:, order]
    >>> haar = HaarScattering(n_layers=2).fit(X)
    >>> haar.transform(X).shape
    (200, 16)
    >>> abs(np.diff(order[haar.pairings_[0][0]])).ravel()
    array([1, 1, 1, 1, 1, 1, 1, 1])
    """

    _parameter_constraints: dict = {
        "n_layers": [None, at_least(1)],
        "max_order": [None, at_least(0)],
        "n_trees": [at_least(1)],
        "pairing": [StrOptions({"learned", "grid", "random"}), list],
        "criterion": [StrOptions({"l1", "l2"})],
        "matching": [StrOptions({"relaxed", "blossom"})],
        "max_samples": [None, at_least(1)],
        "combine": [StrOptions({"concatenate", "mean"})],
        "shape": SHAPE,
        "channel_axis": CHANNEL_AXIS,
        "random_state": ["random_state"],
        "n_jobs": [None, Integral],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_layers: int | None = None,
        *,
        max_order: int | None = None,
        n_trees: int = 1,
        pairing: str | list = "learned",
        criterion: str = "l1",
        matching: str = "relaxed",
        max_samples: int | None = None,
        combine: str = "concatenate",
        shape: tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_layers = n_layers
        self.max_order = max_order
        self.n_trees = n_trees
        self.pairing = pairing
        self.criterion = criterion
        self.matching = matching
        self.max_samples = max_samples
        self.combine = combine
        self.shape = shape
        self.channel_axis = channel_axis
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike | sparray | spmatrix, y: ArrayLike | None = None) -> Self:
        """Find the pairs of each layer of each tree.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n, n_features), or array-like of shape (n, height, width) or \
                (n, channels, height, width)
            Signals. Their values are used only if ``pairing="learned"``. More than two axes require
            ``pairing="grid"``.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If there are too few features for the layers, or too few samples or shifts for the trees; if given pairs do
            not form trees; or if ``combine="mean"`` and ``pairing`` is not "grid".
        """
        self._on_grid = self._pairs_grid()
        x = self._check(X, reset=True)
        if self.combine == "mean" and not self._on_grid:
            raise ValueError('combine="mean" needs pairing="grid": coefficients of other trees do not correspond.')
        self.pairings_ = self._find_pairings(x, check_random_state(self.random_state))
        self.n_layers_ = len(self.pairings_[0])
        self._leaves = [tree_leaves(tree) for tree in self.pairings_]
        self._max_order = self.n_layers_ if self.max_order is None else self.max_order
        self._averages = self.combine == "mean"
        self._n_features_out = len(self.paths_)
        return self

    def _pairs_grid(self):
        return isinstance(self.pairing, str) and self.pairing == "grid"

    def _find_pairings(self, x, rng):
        if isinstance(self.pairing, list):
            return self._given_pairings(x.shape[1])
        most = len(pairing_axes(self.signal_shape_ if self._on_grid else (1, x.shape[1])))
        if self.n_layers is not None and self.n_layers > most:
            raise ValueError(f"n_layers={self.n_layers}: {x.shape[1]} features allow at most {most} layers.")
        n_layers = min(most, N_LAYERS) if self.n_layers is None else self.n_layers
        if self.pairing == "random":
            return [random_pairings(x.shape[1], n_layers, rng) for _ in range(self.n_trees)]
        if self._on_grid:
            shape = self.signal_shape_
            return [grid_pairings(shape, n_layers, shift) for shift in self._shifts(shape, n_layers, rng)]
        return self._learn(x, n_layers, rng)

    def _given_pairings(self, n_features):
        pairings = check_pairings(self.pairing, n_features)
        if self.n_layers not in (None, len(pairings[0])):
            raise ValueError(
                f"n_layers={self.n_layers}, but pairing has {len(pairings[0])} layers; expected the same."
            )
        if self.n_trees not in (1, len(pairings)):
            raise ValueError(
                f"n_trees={self.n_trees}, but pairing has {len(pairings)} trees; expected the same, or 1."
            )
        return pairings

    def _shifts(self, shape, n_layers, rng):
        """Return the shift of each tree: zero for the first, the others drawn without replacement."""
        axes = pairing_axes(shape, n_layers)
        periods = [min(2 ** axes.count(axis), shape[axis]) for axis in (-2, -1)]
        n_shifts = int(np.prod(periods))
        if self.n_trees > n_shifts:
            raise ValueError(
                f"n_trees={self.n_trees}: {n_layers} layers on a grid of shape {shape} have {n_shifts} different "
                "shifts; expected at most as many trees."
            )
        drawn = 1 + rng.permutation(n_shifts - 1)[: self.n_trees - 1]
        return np.transpose(np.unravel_index([0, *drawn], periods)).tolist()

    def _learn(self, x, n_layers, rng):
        n_samples = x.shape[0] // self.n_trees
        if n_samples == 0:
            raise ValueError(
                f"n_trees={self.n_trees}: each tree learns from samples of its own, but X has "
                f"n_samples = {x.shape[0]}."
            )
        n_samples = min(n_samples, self.max_samples or n_samples)
        rows = rng.permutation(x.shape[0])[: n_samples * self.n_trees].reshape(self.n_trees, -1)
        learn = delayed(learn_pairings)
        # NumPy computes costs and matchings.
        x = x if issparse(x) else arrays.to_numpy(x)
        return Parallel(n_jobs=n_workers(self.n_jobs), verbose=self.verbose)(
            learn(_dense(x[part]), n_layers, self.criterion, self.matching) for part in rows
        )

    @property
    def paths_(self) -> np.ndarray:
        """One row per coefficient: tree, layer, node, order and differences."""
        trees = [(-1, self.pairings_[0])] if self._averages else enumerate(self.pairings_)
        tables = [tree_table(t, len(tree[-1]), self.n_layers_, self._max_order) for t, tree in trees]
        return np.concatenate(tables)

    def _check(self, X, reset):
        if self._on_grid:
            x = check_signals(self, X, ndim=2, reset=reset, advice=MISSING)
            return x.reshape(len(x), -1)
        if reset:
            vars(self).pop("signal_shape_", None)
        return validate_data(self, X, dtype=[np.float64, np.float32], order="C", accept_sparse="csr", reset=reset)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``haarscattering_t0_d1_d2_n3``: first tree (or ``mean`` of the trees), layers whose differences
            were taken, none of them for the sums, and node of the last layer.
        """
        return super().get_feature_names_out(input_features)

    def feature_nodes(self, layer: int, tree: int = 0) -> np.ndarray:
        """Get the node of a layer that each feature belongs to.

        Parameters
        ----------
        layer : int
            Layer, from 1 to ``n_layers_``.
        tree : int, default=0
            Index of the tree.

        Returns
        -------
        nodes : ndarray of int of shape (n_features_in_,)
            Index of the node of each feature, in this layer.

        Raises
        ------
        ValueError
            If there is no such layer or tree.
        """
        check_is_fitted(self)
        for name, value, numbers in (
            ("layer", layer, range(1, self.n_layers_ + 1)),
            ("tree", tree, range(len(self.pairings_))),
        ):
            if value not in numbers:
                raise ValueError(f"{name}={value!r}: expected a number from {numbers[0]} to {numbers[-1]}.")
        leaves = tree_leaves(self.pairings_[tree][:layer])
        nodes = np.empty(self.n_features_in_, int)
        used = leaves != ZERO_NODE
        nodes[leaves[used]] = np.flatnonzero(used) // 2**layer
        return nodes

    @property
    def trees_(self) -> list[csr_array]:
        """Hierarchy of each tree: a sparse matrix of edges from parents to children."""
        return [hierarchy(tree, self.n_features_in_) for tree in self.pairings_]

    def _computation(self):
        return _scatter_trees, self._leaves, self.n_layers_, self._max_order, self._averages

    def _smallest_task(self, x):
        return max(1, BLOCK_POINTS // max(len(leaves) for leaves in self._leaves))

    def _labels(self):
        for row in self.paths_:
            tree = "mean" if row["tree"] < 0 else f"t{row['tree']}"
            yield tree, *_difference_names(int(row["differences"])), f"n{row['node']}"

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        grid = self._pairs_grid()
        tags.input_tags.three_d_array = grid
        tags.input_tags.sparse = not grid
        return tags


def _scatter_trees(x, trees, n_layers, max_order, averaged):
    """Coefficients of signals on all trees, which are given by their leaves: concatenated or averaged."""
    x = _dense(x)
    exponents = scale_exponents(x, None)
    x = times_exp2(x, -exponents)
    s = [scatter_tree(x, leaves, n_layers, max_order).reshape(len(x), -1) for leaves in trees]
    scale = 2 ** (-n_layers / 2)
    if averaged:
        return times_exp2(sum(s) * (scale / len(trees)), exponents)
    s = arrays.namespace(x).concatenate(s, axis=1)
    s *= scale / np.sqrt(len(trees))
    return times_exp2(s, exponents)


def _dense(x):
    return x.toarray() if issparse(x) else x


def _difference_names(differences):
    return [f"d{j + 1}" for j in range(differences.bit_length()) if differences >> j & 1]
