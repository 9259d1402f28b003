"""Display of Haar scattering trees at the positions of the features."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_array, check_is_fitted

from skscat.graphs._haar import HaarScattering
from skscat.plotting._tools import use_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# A qualitative colormap: neighboring nodes are likely to have different colors.
COLOR_MAP, N_COLORS = "tab20", 20


class HaarPairsDisplay:
    """Pairs and nodes of a Haar scattering tree, plotted at the positions of the features.

    Dots are features, colored by their node in one layer; several nodes may share a color. Lines join the centroids of
    the two children of each node. Lines of higher layers are wider.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    positions : ndarray of shape (n_features, 2) or (n_features, 3)
        Position of each feature. The plot is three-dimensional if there are three coordinates.
    nodes : ndarray of int of shape (n_features,)
        Node of each feature in one layer, which sets its color.
    pairs : list of ndarray of shape (n_pairs, 2, n_coordinates)
        Endpoints of the lines of each layer, starting with the first layer.

    Attributes
    ----------
    points_ : matplotlib PathCollection
        Dots of the features.
    lines_ : list of matplotlib LineCollection
        Lines of each layer.
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.

    See Also
    --------
    skscat.graphs.HaarScattering : Haar scattering transform, which learns the pairs.

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

    ax_: "Axes"
    figure_: "Figure"

    def __init__(self, positions: np.ndarray, *, nodes: np.ndarray, pairs: Sequence[np.ndarray]) -> None:
        self.positions = positions
        self.nodes = nodes
        self.pairs = pairs

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Plot dots and lines.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes object to plot on, three-dimensional if positions are. If `None`, a new figure is created.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.scatter``, for example ``s``, ``marker`` or ``cmap``.

        Returns
        -------
        display : HaarPairsDisplay
            Object that stores the plotted values.

        Raises
        ------
        ValueError
            If ax and positions differ in their number of dimensions.
        """
        is_3d = self.positions.shape[1] == 3
        if ax is not None and (ax.name == "3d") != is_3d:
            raise ValueError(
                f"ax: positions have {self.positions.shape[1]} coordinates; got axes with the {ax.name} projection."
            )
        ax = use_axes(self, ax, "3d" if is_3d else None)
        if is_3d:
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
    def from_estimator(
        cls,
        estimator: HaarScattering,
        positions: ArrayLike,
        *,
        layer: int | None = None,
        tree: int = 0,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Plot a tree up to a layer given a fitted transform and the positions of the features.

        Parameters
        ----------
        estimator : HaarScattering
            Fitted transform.
        positions : array-like of shape (n_features, 2) or (n_features, 3)
            Position of each feature, in the order of the columns seen during :term:`fit`.
        layer : int, default=None
            Layer whose nodes color the dots, and up to which lines are plotted. None means the last layer.
        tree : int, default=0
            Index of the tree to plot.
        ax : matplotlib Axes, default=None
            Axes object to plot on, three-dimensional if positions are. If `None`, a new figure is created.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.scatter``.

        Returns
        -------
        display : HaarPairsDisplay
            Object that stores the plotted values.

        Raises
        ------
        TypeError
            If the estimator is not a :class:`~skscat.graphs.HaarScattering`.
        ValueError
            If there is no such layer or tree, or if ``positions`` does not have one row per feature.
        """
        if not isinstance(estimator, HaarScattering):
            raise TypeError(f"estimator must be a HaarScattering; got {type(estimator).__name__}.")
        check_is_fitted(estimator)
        points = check_array(positions, dtype=float, input_name="positions")
        if points.shape not in [(estimator.n_features_in_, n) for n in (2, 3)]:
            raise ValueError(
                f"positions has shape {points.shape}; expected 2 or 3 coordinates for each of the "
                f"{estimator.n_features_in_} features."
            )
        layer = estimator.n_layers_ if layer is None else layer
        nodes = estimator.feature_nodes(layer, tree)
        return cls(points, nodes=nodes, pairs=_lines(estimator, points, layer, tree)).plot(ax, **kwargs)


def _lines(estimator, positions, n_layers, tree):
    """Return, per layer, the centroids of the two children of each node; a child without features has no line."""
    lines = []
    centers = positions
    for layer in range(1, n_layers + 1):
        pairs = estimator.pairings_[tree][layer - 1]
        whole = (pairs >= 0).all(axis=1) & np.isfinite(centers[pairs]).all(axis=(1, 2))
        lines.append(centers[pairs[whole]])
        nodes = estimator.feature_nodes(layer, tree)
        counts = np.bincount(nodes, minlength=len(pairs))[:, np.newaxis]
        sums = np.stack([np.bincount(nodes, axis, minlength=len(pairs)) for axis in positions.T], axis=1)
        centers = np.divide(sums, counts, where=counts > 0, out=np.full(sums.shape, np.nan))
    return lines
