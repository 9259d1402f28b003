"""Pictures of the coefficients of images."""

import numpy as np

from skscat.plotting._tools import add_colorbar, scatter_one, use_axes


class ScatteringDiskDisplay:
    r"""Coefficients at one place of an image as sectors of the disk of frequencies.

    Order one: a ring for each scale, the finest outside, and in it a sector for each direction, where the centre
    frequency of the wavelet lies in the picture of the frequency plane (rows of the image point down). Order two:
    each of these sectors is divided along the radius by the second scale, the finest outside, and along the angle by
    the second direction relative to the first, so that a rotation of the image rotates the disk. The middle is empty:
    it stands for the low-pass filter and, at order two, for the coarsest scale, which no other follows. Both halves
    of the disk are the same, as :math:`\theta` and :math:`\theta + \pi` are the same wavelet for a real image.

    Parameters
    ----------
    coefficients : ndarray of shape (n_paths,)
        Coefficients of all paths at one place.
    paths : structured ndarray of shape (n_paths,)
        ``paths_`` of the transform.

    Attributes
    ----------
    sectors_ : matplotlib PatchCollection
        What was drawn: the coefficients of the order in the sequence of ``paths``, then once more for the other half.
    ax_ : matplotlib Axes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.
    colorbar_ : matplotlib Colorbar or None
        The scale of the coefficients.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Invariant scattering convolution networks", IEEE Trans. PAMI 35 (2013), 1872-1886,
           figure 3.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering2D
    >>> from skscat.plotting import ScatteringDiskDisplay
    >>> x = np.random.default_rng(0).standard_normal((64, 64))
    >>> scattering = Scattering2D(J=3, L=4).fit(x[np.newaxis])
    >>> display = ScatteringDiskDisplay.from_estimator(scattering, x, order=2)
    >>> len(display.sectors_.get_array()), display.ax_.get_xlabel()
    (96, 'scale $2^{j_1}$ (pixels)')
    """

    def __init__(self, coefficients, *, paths):
        self.coefficients = coefficients
        self.paths = paths

    def plot(self, ax=None, *, order=1, colorbar=True, **kwargs):
        """Draw the disk.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        order : {1, 2}, default=1
            Which coefficients to draw.
        colorbar : bool, default=True
            Whether to add a colour bar.
        **kwargs : dict
            For ``matplotlib.collections.PatchCollection``, such as ``cmap``, ``clim`` or ``norm``.

        Returns
        -------
        display : ScatteringDiskDisplay

        Raises
        ------
        ValueError
            If there are no coefficients of this order, or no picture for it.
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
        self._frame(ax)
        add_colorbar(self, self.sectors_, f"coefficient of order {order}", colorbar)
        return self

    def _frame(self, ax):
        """Say along the radius which ring has which scale."""
        scales = np.unique(self.paths["j1"][self.paths["order"] == 1])
        rim = len(scales) + 1
        ax.set(xlim=(-rim, rim), ylim=(-rim, rim), aspect="equal", yticks=[])
        ax.set_xticks(rim - 0.5 - np.arange(len(scales)), [f"{2.0**j:.3g}" for j in scales])
        ax.set_xlabel("scale $2^{j_1}$ (pixels)")
        ax.spines[:].set_visible(False)
        ax.add_artist(_circle(rim))

    @classmethod
    def from_estimator(cls, estimator, x, *, order=1, position=None, channel=0, ax=None, colorbar=True, **kwargs):
        """Scatter an image and draw the coefficients at one place.

        Parameters
        ----------
        estimator : Scattering2D
            A fitted transform.
        x : array-like of shape (height, width) or (channels, height, width)
            One image.
        order : {1, 2}, default=1
            Which coefficients to draw.
        position : (int, int), default=None
            Row and column on the output grid. None takes its middle.
        channel : int, default=0
            Which channel to draw.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        colorbar : bool, default=True
            Whether to add a colour bar.
        **kwargs : dict
            For ``matplotlib.collections.PatchCollection``.

        Returns
        -------
        display : ScatteringDiskDisplay

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the output has no such place, or the transform no such order.
        """
        s = scatter_one(cls, estimator, x, channel, ndim=2)
        grid = s.shape[1:]
        place = tuple(n // 2 for n in grid) if position is None else tuple(position)
        if len(place) != len(grid) or any(not 0 <= i < n for i, n in zip(place, grid, strict=True)):
            raise ValueError(f"position={position}: the output grid has shape {grid}, counted from 0.")
        display = cls(s[(slice(None), *place)], paths=estimator.paths_)
        return display.plot(ax, order=order, colorbar=colorbar, **kwargs)


def _circle(radius):
    from matplotlib.patches import Circle

    return Circle((0, 0), radius, fill=False, color="0.5", linewidth=0.8)


def _sectors(paths, order):
    """Inner and outer radius, first and last angle (radians, anticlockwise from the right) of the paths of an order.

    Rings of order one have unit width; the low-pass filter would fill the unit disk inside.
    """
    scales = np.unique(paths["j1"][paths["order"] == 1])
    L = int(paths["theta1"].max()) + 1
    rows = paths[paths["order"] == order]
    outer = len(scales) + 1.0 - np.searchsorted(scales, rows["j1"])
    # Angles are from the row axis, which points down.
    middle = rows["angle1"] - np.pi / 2
    radial, width = 1.0, np.pi / L
    if order == 2:
        rank, count = np.empty((2, len(rows)))
        for j1 in np.unique(rows["j1"]):
            siblings = rows["j1"] == j1
            second, rank[siblings] = np.unique(rows["j2"][siblings], return_inverse=True)
            count[siblings] = len(second)
        radial = 1 / count
        outer = outer - rank * radial
        turn = np.round((rows["angle2"] - rows["angle1"]) * L / np.pi)
        turn = (turn + L // 2) % L - (L - 1) / 2
        width = width / L
        middle = middle + turn * width
    return outer - radial, outer, middle - width / 2, middle + width / 2
