"""Signals of unknown geometry: Haar scattering on trees of pairs."""

from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import issparse
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._core._threads import n_workers
from skscat._sklearn import StrOptions, at_least, check_signals, fit_context, validate_data
from skscat._transforms._base import BaseScattering
from skscat.graphs._haar_tree import ZERO_NODE, hierarchy, scatter_tree, tree_leaves, tree_table
from skscat.graphs._pairing import check_pairings, grid_pairings, learn_pairings, pairing_axes, random_pairings

# Layers of a tree, unless told otherwise: groups of 64 features.
N_LAYERS = 6
# Numbers of a block of coefficients: small enough for a cache, many enough for threads.
BLOCK_POINTS = 2**18


class HaarScattering(BaseScattering):
    r"""Scattering of features whose geometry is unknown, by sums and absolute differences of pairs.

    Features that behave alike are paired; each pair is replaced by the sum and the absolute difference of its members;
    the pairs are paired in turn, and so on [1]_. With pairs :math:`(a_n, b_n)` of the nodes of layer j,

    .. math::

        S_{j+1} x(n, p) &= S_j x(a_n, p) + S_j x(b_n, p) \\
        S_{j+1} x(n, p + 2^j) &= |S_j x(a_n, p) - S_j x(b_n, p)|

    A node of the last layer J is a group of :math:`2^J` features. To swap the two halves of any node of the tree
    changes nothing. The order of a coefficient is its number of absolute differences. Several trees, each with pairs
    of its own, tell what one does not.

    Outputs are divided by :math:`\sqrt{2^J n_\mathrm{trees}}`: the transform keeps norms and never increases
    distances, if all orders are kept.

    Parameters
    ----------
    n_layers : int, default=None
        Number J of layers. None takes 6, or as many as there are features for.
    max_order : int, default=None
        Largest number of differences. None keeps all orders.
    n_trees : int, default=1
        Number of trees, whose coefficients are concatenated unless ``combine`` says otherwise. If ``pairing`` is a
        list, all of its trees are used, and this must be 1 or their number.
    pairing : {"learned", "grid", "random"} or list, default="learned"
        Where pairs come from:

        - "learned": at each layer, pairs of least total difference over the training data (``criterion``). Each tree
          learns from samples of its own.
        - "grid": neighbours on a grid of known ``shape``, along rows and columns in turns. The first tree pairs even
          places with the next; others are shifted, by amounts drawn at random.
        - "random": drawn.
        - a list of trees, as ``pairings_``; or one tree, as ``pairings_[0]``.
    criterion : {"l1", "l2"}, default="l1"
        Sum of absolute or of squared differences, over the training data and all coefficients of a node, of the
        members of learned pairs.
    matching : {"relaxed", "blossom"}, default="relaxed"
        How learned pairs are found. "relaxed" begins with an assignment problem; its pairs cost next to nothing more
        than the best where there is a geometry, and at most six percent more in tests on points of a plane in no
        order. "blossom" is Edmonds' algorithm, exact but much slower; it needs networkx. Of more than 128 nodes, it
        pairs each with one of its ten nearest, or with its partner of the former method.
    max_samples : int, default=None
        Number of samples that a tree learns from at most. None deals out all.
    combine : {"concatenate", "average"}, default="concatenate"
        Whether coefficients of trees stand beside each other or are averaged, which only shifts of a grid allow.
    shape : tuple of int, default=None
        Shape of one signal as (height, width) or (channels, height, width), for ``pairing="grid"`` and flat rows. One
        entry may be -1. None means a square if it is one, else (1, n_features), with a warning. Channels are not
        paired.
    random_state : int, RandomState instance or None, default=None
        Draws the samples that trees learn from, the shifts of grids, and random pairs.
    n_jobs : int, default=None
        Number of workers that learn trees, and of threads that transform blocks of signals. None means 1 unless a
        ``joblib.parallel_config`` context says otherwise, -1 all cores; such a context may also put processes in the
        place of threads.

    Attributes
    ----------
    pairings_ : list of list of ndarray of int of shape (n_pairs, 2)
        Pairs of each layer of each tree. In place of a partner, -1 stands for a node that is always zero: there is one
        where a layer has an odd number of nodes.
    paths_ : structured ndarray of shape (n_features_out,)
        What each output is: ``tree``; ``layer``; ``node``, its node in this layer; ``order``; and ``differences``,
        whose bit j is set if layer j + 1 took the difference. ``tree`` is -1 for an average.
    trees_ : list of scipy.sparse.csr_array of shape (n_nodes, n_nodes)
        The hierarchy of each tree, for :mod:`scipy.sparse.csgraph`: an edge from each node to its two children. Nodes
        are the features, then the groups of the layers 1 to ``n_layers_``; entries are the layers of the parents.
    n_layers_ : int
        Number of layers.
    signal_shape_ : tuple of int
        Shape of one signal, for ``pairing="grid"``.
    n_features_in_ : int
        Features seen in ``fit``.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    skscat.linear_model.OLSSelector : Chooses those of many coefficients that tell classes.
    skscat.plotting.HaarPairsDisplay : Draws pairs and groups where the features are.
    Scattering2D : For images whose pixels are in place.

    Notes
    -----
    The transform takes ``n_trees * n_layers * n_features`` additions a sample. The relaxed matching holds a few arrays
    of n_features x n_features numbers; beyond ten thousand features choose some first.

    References
    ----------
    .. [1] X. Cheng, X. Chen and S. Mallat, "Deep Haar scattering networks", Information and Inference 5 (2016),
           105-133.

    Examples
    --------
    A random walk of 16 steps, in an order that nobody knows:

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
        "combine": [StrOptions({"concatenate", "average"})],
        "shape": [None, "array-like"],
        "random_state": ["random_state"],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        n_layers=None,
        *,
        max_order=None,
        n_trees=1,
        pairing="learned",
        criterion="l1",
        matching="relaxed",
        max_samples=None,
        combine="concatenate",
        shape=None,
        random_state=None,
        n_jobs=None,
    ):
        self.n_layers = n_layers
        self.max_order = max_order
        self.n_trees = n_trees
        self.pairing = pairing
        self.criterion = criterion
        self.matching = matching
        self.max_samples = max_samples
        self.combine = combine
        self.shape = shape
        self.random_state = random_state
        self.n_jobs = n_jobs

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Find the pairs.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n, n_features), or array-like of shape (n, height, width) or \
                (n, channels, height, width)
            Signals. Only ``pairing="learned"`` looks at their values; only "grid" takes more than two axes.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            If there are fewer features than layers need, fewer samples than trees learn from, or fewer shifts than
            trees; if given pairs make no trees; or if trees other than those of a grid are to be averaged.
        """
        self._on_grid = isinstance(self.pairing, str) and self.pairing == "grid"
        x = self._check(X, reset=True)
        if self.combine == "average" and not self._on_grid:
            raise ValueError('combine="average" needs pairing="grid": coefficients of other trees do not correspond.')
        self.pairings_ = self._find_pairings(x, check_random_state(self.random_state))
        self.n_layers_ = len(self.pairings_[0])
        self._leaves = [tree_leaves(tree) for tree in self.pairings_]
        self._max_order = self.n_layers_ if self.max_order is None else self.max_order
        self._averages = self.combine == "average"
        self.paths_ = self._make_paths()
        self._n_features_out = len(self.paths_)
        return self

    def _find_pairings(self, x, rng):
        if isinstance(self.pairing, list):
            return self._given_pairings(x.shape[1])
        most = len(pairing_axes(self.signal_shape_ if self._on_grid else (1, x.shape[1])))
        if self.n_layers is not None and self.n_layers > most:
            raise ValueError(
                f"n_layers={self.n_layers}: {x.shape[1]} features make at most {most} layers, whose last has one "
                "group."
            )
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
        """Return the shift of each tree: none of the first, others drawn without replacement."""
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
        return Parallel(n_jobs=n_workers(self.n_jobs))(
            learn(_dense(x[part]), n_layers, self.criterion, self.matching) for part in rows
        )

    def _make_paths(self):
        trees = [(-1, self.pairings_[0])] if self._averages else enumerate(self.pairings_)
        tables = [tree_table(t, len(tree[-1]), self.n_layers_, self._max_order) for t, tree in trees]
        return np.concatenate(tables)

    def _check(self, X, reset):
        if self._on_grid:
            x = check_signals(self, X, ndim=2, reset=reset)
            return x.reshape(len(x), -1)
        if reset:
            vars(self).pop("signal_shape_", None)
        return validate_data(self, X, dtype=[np.float64, np.float32], order="C", accept_sparse="csr", reset=reset)

    def feature_nodes(self, layer, tree=0):
        """Tell which group of a layer each feature is in.

        Parameters
        ----------
        layer : int
            From 1 to ``n_layers_``.
        tree : int, default=0
            Which tree.

        Returns
        -------
        groups : ndarray of int of shape (n_features_in_,)
            Numbers of nodes of this layer.

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
        groups = np.empty(self.n_features_in_, int)
        used = leaves != ZERO_NODE
        groups[leaves[used]] = np.flatnonzero(used) // 2**layer
        return groups

    @property
    def trees_(self):
        """Hierarchy of each tree, as a sparse matrix of edges from parents to children."""
        return [hierarchy(tree, self.n_features_in_) for tree in self.pairings_]

    def _computation(self):
        return _scatter_trees, self._leaves, self.n_layers_, self._max_order, self._averages

    def _block_length(self, x):
        return max(1, BLOCK_POINTS // max(len(leaves) for leaves in self._leaves))

    def _labels(self):
        for row in self.paths_:
            tree = "mean" if row["tree"] < 0 else f"t{row['tree']}"
            yield tree, *_difference_names(int(row["differences"])), f"n{row['node']}"

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        grid = isinstance(self.pairing, str) and self.pairing == "grid"
        tags.input_tags.three_d_array = grid
        tags.input_tags.sparse = not grid
        return tags


def _scatter_trees(x, trees, n_layers, max_order, averaged):
    """Coefficients of some samples on all trees, given by their leaves, side by side or averaged."""
    x = _dense(x)
    s = [scatter_tree(x, leaves, n_layers, max_order).reshape(len(x), -1) for leaves in trees]
    scale = 2 ** (-n_layers / 2)
    if averaged:
        return sum(s) * (scale / len(trees))
    s = np.concatenate(s, axis=1)
    s *= scale / np.sqrt(len(trees))
    return s


def _dense(x):
    return x.toarray() if issparse(x) else x


def _difference_names(differences):
    return [f"d{j + 1}" for j in range(differences.bit_length()) if differences >> j & 1]
