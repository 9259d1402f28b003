"""The tree of a Haar scattering, where its features are."""

import numpy as np
from sklearn.utils.validation import check_array, check_is_fitted

from skscat.graphs._haar import HaarScattering
from skscat.plotting._tools import use_axes

# Colours that neighbouring groups are likely to differ in.
COLOR_MAP, N_COLORS = "tab20", 20


class HaarPairsDisplay:
    """Pairs and groups of a tree of Haar scattering, drawn where the features are.

    Dots are features, coloured by their groups in a layer; several groups may share a colour. Lines join the two
    halves of every group, from centre to centre, the wider the higher their layer.

    Parameters
    ----------
    positions : ndarray of shape (n_features, 2) or (n_features, 3)
        Where each feature is. It is drawn in space if there are three coordinates.
    nodes : ndarray of int of shape (n_features,)
        Node of each feature in a layer, for the colors.
    pairs : list of ndarray of shape (n_pairs, 2, n_coordinates)
        Ends of the lines of each layer, the first layer first.

    Attributes
    ----------
    points_ : matplotlib PathCollection
        The dots.
    lines_ : list of matplotlib LineCollection
        The lines of each layer.
    ax_ : matplotlib Axes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.

    See Also
    --------
    skscat.HaarScattering : Learns the pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import HaarScattering
    >>> from skscat.plotting import HaarPairsDisplay
    >>> X = np.cumsum(np.random.default_rng(0).standard_normal((200, 16)), axis=1)
    >>> haar = HaarScattering(n_layers=2).fit(X)
    >>> positions = np.column_stack([np.arange(16), np.zeros(16)])
    >>> display = HaarPairsDisplay.from_estimator(haar, positions)
    >>> [len(line.get_segments()) for line in display.lines_]
    [8, 4]
    """

    def __init__(self, positions, *, nodes, pairs):
        self.positions = positions
        self.nodes = nodes
        self.pairs = pairs

    def plot(self, ax=None, **kwargs):
        """Draw dots and lines.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; three-dimensional if positions are. None makes a new figure.
        **kwargs : dict
            For ``Axes.scatter``, such as ``s``, ``marker`` or ``cmap``.

        Returns
        -------
        display : HaarPairsDisplay

        Raises
        ------
        ValueError
            If ax has not as many dimensions as the positions.
        """
        solid = self.positions.shape[1] == 3
        if ax is not None and (ax.name == "3d") != solid:
            raise ValueError(
                f"ax: positions have {self.positions.shape[1]} coordinates; got axes of the projection {ax.name}."
            )
        ax = use_axes(self, ax, "3d" if solid else None)
        if solid:
            from mpl_toolkits.mplot3d.art3d import Line3DCollection as LineCollection
        else:
            from matplotlib.collections import LineCollection
        self.lines_ = []
        for layer, ends in enumerate(self.pairs, start=1):
            lines = LineCollection(list(ends), colors="black", linewidths=0.4 + 0.5 * layer, zorder=1)
            ax.add_collection(lines)
            self.lines_.append(lines)
        style = {
            "c": self.nodes % N_COLORS,
            "cmap": COLOR_MAP,
            "vmin": 0,
            "vmax": N_COLORS - 1,
            "zorder": 2,
            **kwargs,
        }
        self.points_ = ax.scatter(*self.positions.T, **style)
        ax.set_aspect("equal")
        return self

    @classmethod
    def from_estimator(cls, estimator, positions, *, layer=None, tree=0, ax=None, **kwargs):
        """Draw a tree up to a layer.

        Parameters
        ----------
        estimator : HaarScattering
            A fitted transform.
        positions : array-like of shape (n_features, 2) or (n_features, 3)
            Where each feature is, in the order of the columns that the transform was fitted to.
        layer : int, default=None
            Dots have the colours of the groups of this layer, and lines go up to it. None means the last.
        tree : int, default=0
            Which tree to draw.
        ax : matplotlib Axes, default=None
            Where to draw; three-dimensional if positions are. None makes a new figure.
        **kwargs : dict
            For ``Axes.scatter``.

        Returns
        -------
        display : HaarPairsDisplay

        Raises
        ------
        TypeError
            If the estimator is not a :class:`~skscat.graphs.HaarScattering`.
        ValueError
            If there is no such layer or tree, or positions are not those of the features.
        """
        if not isinstance(estimator, HaarScattering):
            raise TypeError(f"estimator must be a HaarScattering; got {type(estimator).__name__}.")
        check_is_fitted(estimator)
        positions = check_array(positions, dtype=float, input_name="positions")
        if positions.shape not in [(estimator.n_features_in_, n) for n in (2, 3)]:
            raise ValueError(
                f"positions has shape {positions.shape}; expected 2 or 3 coordinates of each of the "
                f"{estimator.n_features_in_} features."
            )
        layer = estimator.n_layers_ if layer is None else layer
        groups = estimator.feature_nodes(layer, tree)
        return cls(positions, nodes=groups, pairs=_lines(estimator, positions, layer, tree)).plot(ax, **kwargs)


def _lines(estimator, positions, n_layers, tree):
    """Centres of the two halves of each group, by layer; halves without features have no line."""
    lines = []
    centres = positions
    for layer in range(1, n_layers + 1):
        pairs = estimator.pairings_[tree][layer - 1]
        whole = (pairs >= 0).all(axis=1) & np.isfinite(centres[pairs]).all(axis=(1, 2))
        lines.append(centres[pairs[whole]])
        groups = estimator.feature_nodes(layer, tree)
        counts = np.bincount(groups, minlength=len(pairs))[:, np.newaxis]
        sums = np.stack([np.bincount(groups, axis, minlength=len(pairs)) for axis in positions.T], axis=1)
        centres = np.divide(sums, counts, where=counts > 0, out=np.full(sums.shape, np.nan))
    return lines
