"""Display of the scattering coefficients of images."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skscat.plotting._tools import ORDERS, add_colorbar, scatter_one, use_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

    from skscat._transforms._scattering2d import Scattering2D


class ScatteringDiskDisplay:
    r"""Scattering coefficients at one position of an image, as sectors of a disk of frequencies.

    At first order, each scale is a ring, the finest outermost. Each ring has one sector per orientation, at the
    location of the center frequency of the wavelet in the frequency plane (rows of the image point down). At second
    order, each first-order sector is divided radially by the second scale, the finest outermost, and angularly by the
    orientation of the second wavelet relative to the first, so that a rotation of the image rotates the disk. Labels
    at the rim are the angles of the first wavelets. The center is empty: it stands for the low-pass filter and, at
    second order, for the coarsest scale, which has no second-order paths. Both halves of the disk are identical, since
    the wavelets of angles :math:`\theta` and :math:`\theta + \pi` give the same coefficients for a real image.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    coefficients : ndarray of shape (n_paths,)
        Coefficients of all paths at one position.
    paths : structured ndarray of shape (n_paths,)
        ``paths_`` of the transform.

    Attributes
    ----------
    sectors_ : matplotlib PatchCollection
        Sectors of the coefficients of one order, in the sequence of ``paths``, repeated for the second half of the
        disk.
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.
    colorbar_ : matplotlib Colorbar or None
        Colorbar of the plot, or None if there is none.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. Pattern Anal. Mach. Intell.
           35 (2013), 1872-1886, figure 3.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering2D
    >>> from skscat.plotting import ScatteringDiskDisplay
    >>> x = np.random.default_rng(0).standard_normal((64, 64))
    >>> scattering = Scattering2D(J=3, L=4).fit(x[np.newaxis])
    >>> display = ScatteringDiskDisplay.from_estimator(scattering, x, order=2)
    >>> len(display.sectors_.get_array()), display.ax_.get_xlabel()
    (96, 'first scale (pixels)')
    """

    ax_: "Axes"
    figure_: "Figure"
    colorbar_: "Colorbar | None"

    def __init__(self, coefficients: np.ndarray, *, paths: np.ndarray) -> None:
        self.coefficients = coefficients
        self.paths = paths

    def plot(self, ax: "Axes | None" = None, *, order: int = 1, colorbar: bool = True, **kwargs: Any) -> Self:
        """Plot the disk.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        order : {1, 2}, default=1
            Order of the coefficients to plot.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot.
        **kwargs : dict
            Additional keyword arguments passed to ``matplotlib.collections.PatchCollection``, for example ``cmap``,
            ``clim`` or ``norm``.

        Returns
        -------
        display : ScatteringDiskDisplay
            Object that stores the plotted values.

        Raises
        ------
        ValueError
            If ``order`` is not 1 or 2, or if there are no coefficients of this order.
        """
        rows = self.paths["order"] == order
        if order not in (1, 2) or not rows.any():
            raise ValueError(
                f"order={order}: expected 1 or 2, and no more than max_order={self.paths['order'].max()} of the "
                "transform."
            )
        ax = use_axes(self, ax)
        from matplotlib.collections import PatchCollection
        from matplotlib.patches import Wedge

        inner, outer, start, stop = _sectors(self.paths, order)
        wedges = [
            Wedge((0, 0), outer[i], np.rad2deg(start[i]) + half, np.rad2deg(stop[i]) + half, width=outer[i] - inner[i])
            for half in (0, 180)
            for i in range(len(inner))
        ]
        values = np.tile(self.coefficients[rows], 2)
        kwargs = {"cmap": "magma", "edgecolor": "face", "linewidth": 0.4, **kwargs}
        if "norm" not in kwargs and "clim" not in kwargs:
            kwargs["clim"] = (0, values.max())
        self.sectors_ = PatchCollection(wedges, array=values, **kwargs)
        ax.add_collection(self.sectors_)
        self._label(ax)
        add_colorbar(self, self.sectors_, f"{ORDERS[order]}-order coefficient", colorbar)
        return self

    def _label(self, ax):
        """Label the rings with their scales and one half of the sectors with their angles, and outline the disk."""
        first = self.paths[self.paths["order"] == 1]
        scales = np.unique(first["j1"])
        rim = len(scales) + 1
        ax.set(xlim=(-rim, rim), ylim=(-rim, rim), aspect="equal", yticks=[])
        # Angles are measured from axis 0, which points down.
        for angle in np.unique(first["angle1"]):
            x, y = np.sin(angle), -np.cos(angle)
            side = "center" if abs(x) < 0.2 else "left" if x > 0 else "right"
            above = "top" if y < -0.2 else "center"
            ax.text(1.04 * rim * x, 1.04 * rim * y, f"{np.rad2deg(angle):.3g}°", ha=side, va=above, fontsize=9)
        ax.set_xticks(rim - 0.5 - np.arange(len(scales)), [f"{2.0**j:.3g}" for j in scales])
        ax.set_xlabel("first scale (pixels)")
        # Below the labels of the angles.
        ax.tick_params(axis="x", length=0, pad=16)
        ax.spines[:].set_visible(False)
        ax.add_artist(_circle(rim))

    @classmethod
    def from_estimator(
        cls,
        estimator: "Scattering2D",
        x: ArrayLike,
        *,
        order: int = 1,
        position: tuple[int, int] | None = None,
        channel: int = 0,
        ax: "Axes | None" = None,
        colorbar: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Plot the coefficients at one position given a fitted transform and an image.

        Parameters
        ----------
        estimator : Scattering2D
            Fitted transform.
        x : array-like of shape (height, width) or (channels, height, width)
            One image.
        order : {1, 2}, default=1
            Order of the coefficients to plot.
        position : (int, int), default=None
            Row and column on the output grid. None means its center.
        channel : int, default=0
            Index of the channel to plot.
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot.
        **kwargs : dict
            Additional keyword arguments passed to ``matplotlib.collections.PatchCollection``.

        Returns
        -------
        display : ScatteringDiskDisplay
            Object that stores the plotted values.

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the output grid has no such position, or the transform has no coefficients of this order.
        """
        s = scatter_one(cls, estimator, x, channel, ndim=2)
        grid = s.shape[1:]
        index = tuple(n // 2 for n in grid) if position is None else tuple(position)
        if len(index) != len(grid) or any(not 0 <= i < n for i, n in zip(index, grid, strict=True)):
            raise ValueError(f"position={position}: the output grid has shape {grid}, with indices counted from 0.")
        display = cls(s[(slice(None), *index)], paths=estimator.paths_)
        return display.plot(ax, order=order, colorbar=colorbar, **kwargs)


def _circle(radius):
    from matplotlib.patches import Circle

    return Circle((0, 0), radius, fill=False, color="0.5", linewidth=0.8)


def _sectors(paths, order):
    """Return inner and outer radii, and first and last angles, of the paths of an order.

    Angles are in radians, counterclockwise from the right. First-order rings have unit width; the low-pass filter
    would fill the unit disk inside them.
    """
    scales = np.unique(paths["j1"][paths["order"] == 1])
    L = int(paths["theta1"].max()) + 1
    rows = paths[paths["order"] == order]
    outer = len(scales) + 1.0 - np.searchsorted(scales, rows["j1"])
    # Angles are measured from axis 0, which points down.
    middle = rows["angle1"] - np.pi / 2
    radial, width = 1.0, np.pi / L
    if order == 2:
        rank, count = np.empty((2, len(rows)))
        for j1 in np.unique(rows["j1"]):
            ring = rows["j1"] == j1
            second, rank[ring] = np.unique(rows["j2"][ring], return_inverse=True)
            count[ring] = len(second)
        radial = 1 / count
        outer = outer - rank * radial
        rotation = np.round((rows["angle2"] - rows["angle1"]) * L / np.pi)
        rotation = (rotation + L // 2) % L - (L - 1) / 2
        width = width / L
        middle = middle + rotation * width
    return outer - radial, outer, middle - width / 2, middle + width / 2
