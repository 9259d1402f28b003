"""Display of the pitch spiral: a scalogram with its log-frequency axis rolled up."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skscat.plotting._tools import (
    add_colorbar,
    color_options,
    log_edges,
    output_times,
    rows_of_order,
    scatter_one,
    use_axes,
)

if TYPE_CHECKING:
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure
    from matplotlib.projections.polar import PolarAxes

    from skscat._transforms._scattering1d import Scattering1D

NOTES = ("C", "", "D", "", "E", "F", "", "G", "", "A", "", "B")
MIDDLE_C = 440 * 2**-0.75
# Smallest number of straight segments per turn, and number of turns left empty in the center.
PIECES, HOLE = 120, 0.75


class SpiralDisplay:
    """First-order coefficients at one time, on a spiral with one revolution per octave.

    The angle is the chroma: frequencies an octave apart are neighbors on the same ray, the lower one closer to the
    center. Frequency increases clockwise.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    coefficients : ndarray of shape (n_frequencies,)
        First-order coefficients, from low to high frequency.
    frequencies : ndarray of shape (n_frequencies,)
        Center frequencies, in increasing order, in cycles per sample, or in hertz if ``hertz``.
    hertz : bool, default=False
        Whether frequencies are in hertz. If True, C is at the top and rays are labeled with the names of notes (A is
        440 Hz). Otherwise, a power of two is at the top and rays are labeled in twelfths of an octave.

    Attributes
    ----------
    image_ : matplotlib QuadMesh
        Mesh whose array repeats each coefficient, once per straight segment of its arc.
    ax_ : matplotlib PolarAxes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.
    colorbar_ : matplotlib Colorbar or None
        Colorbar of the plot, or None if there is none.

    See Also
    --------
    ScattergramDisplay : First-order coefficients as a function of time and log-frequency.
    skscat.SpiralScattering : Scattering with wavelets along the spiral and across its revolutions.

    References
    ----------
    .. [1] V. Lostanlen and S. Mallat, "Wavelet scattering on the pitch spiral", Proc. DAFx (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.plotting import SpiralDisplay
    >>> t = np.arange(4096) / 4096
    >>> x = sum(np.cos(2 * np.pi * f * t) for f in (220, 440, 880))
    >>> scalogram = Scattering1D(J=8, Q=12, max_order=1, average=None, sampling_rate=4096).fit(x[np.newaxis])
    >>> display = SpiralDisplay.from_estimator(scalogram, x, time=0.5)
    >>> [label.get_text() for label in display.ax_.get_xticklabels()][9]
    'A'
    """

    ax_: "PolarAxes"
    figure_: "Figure"
    colorbar_: "Colorbar | None"

    def __init__(self, coefficients: np.ndarray, *, frequencies: np.ndarray, hertz: bool = False) -> None:
        self.coefficients = coefficients
        self.frequencies = frequencies
        self.hertz = hertz

    def plot(self, ax: "PolarAxes | None" = None, *, colorbar: bool = True, **kwargs: Any) -> Self:
        """Plot the spiral.

        Parameters
        ----------
        ax : matplotlib PolarAxes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.pcolormesh``, for example ``cmap``, ``vmax`` or
            ``norm="log"``.

        Returns
        -------
        display : SpiralDisplay
            Object that stores the plotted values.

        Raises
        ------
        ValueError
            If ax is not polar.
        """
        if ax is not None and ax.name != "polar":
            raise ValueError(f'ax: SpiralDisplay needs polar axes (projection="polar"); got {ax.name} axes.')
        ax = use_axes(self, ax, "polar")
        octaves = np.log2(log_edges(self.frequencies) / (MIDDLE_C if self.hertz else 1.0))
        # Octave at the center. Only radii depend on it, not angles.
        bottom = octaves[0] - HOLE
        pieces = int(np.ceil(PIECES * np.diff(octaves).max()))
        fine = np.interp(np.arange(pieces * len(octaves) - pieces + 1) / pieces, np.arange(len(octaves)), octaves)
        radius = np.stack([fine - bottom, fine - bottom + 1])
        values = np.repeat(self.coefficients, pieces)[np.newaxis]
        ax.grid(False)
        self.image_ = ax.pcolormesh(np.tile(2 * np.pi * fine, (2, 1)), radius, values, **_seamless(kwargs))
        self._label(ax, octaves, bottom)
        add_colorbar(self, self.image_, "first-order coefficient", colorbar)
        return self

    def _label(self, ax, octaves, bottom):
        """Label the rays, and the frequencies along the top ray."""
        from matplotlib.patheffects import withStroke

        names = NOTES if self.hertz else [f"{k}/12" if k else "0" for k in range(12)]
        ax.set(theta_zero_location="N", theta_direction=-1, rlim=(0, octaves[-1] - bottom + 1))
        ax.set_xticks(np.arange(12) * np.pi / 6, names)
        # In the outermost revolution, labels would reach beyond the spiral.
        turns = np.arange(np.ceil(octaves[0]), max(octaves[-1] - 1, np.ceil(octaves[0]) + 0.5))
        tops = 2.0**turns * (MIDDLE_C if self.hertz else 1.0)
        ax.set_yticks(
            turns - bottom + 0.5, [f"{f:.0f}" if self.hertz else f"1/{1 / f:.0f}" for f in tops], ha="center"
        )
        ax.set_rlabel_position(0)
        for label in ax.get_yticklabels():
            label.set(color="white", fontsize=9, path_effects=[withStroke(linewidth=1.5, foreground="black")])
        ax.set_xlabel(f"angle: chroma\nradius: octave ({'Hz' if self.hertz else 'cycles/sample'} on the top ray)")
        ax.spines["polar"].set_visible(False)

    @classmethod
    def from_estimator(
        cls,
        estimator: "Scattering1D",
        x: ArrayLike,
        *,
        time: float | tuple[float, float] | None = None,
        channel: int = 0,
        ax: "PolarAxes | None" = None,
        colorbar: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Plot first-order coefficients at one time given a fitted transform and a signal.

        Wavelets of the lowest frequencies, whose center frequencies are evenly spaced, are left out: they are not
        organized in octaves.

        Parameters
        ----------
        estimator : Scattering1D
            Fitted transform.
        x : array-like of shape (length,) or (channels, length)
            One signal.
        time : float or (float, float), default=None
            Time whose nearest output is plotted, or first and last times of an interval over which the mean is taken;
            in seconds if the transform has a sampling rate, otherwise in samples. None means the mean over the signal.
        channel : int, default=0
            Index of the channel to plot.
        ax : matplotlib PolarAxes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.pcolormesh``.

        Returns
        -------
        display : SpiralDisplay
            Object that stores the plotted values.

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the transform has no first-order coefficients, or ``time`` is outside the signal.
        """
        s = scatter_one(cls, estimator, x, channel, ndim=1)
        paths, first = estimator.paths_, rows_of_order(cls, estimator, 1)
        s = s.reshape(len(paths), -1)
        s = s[:, _frames(time, output_times(estimator, s.shape[1]))].mean(axis=1)
        ratio = paths["sigma1"][first] / paths["xi1"][first]
        first = first[np.isclose(ratio, ratio[paths["xi1"][first].argmax()])]
        first = first[np.argsort(paths["xi1"][first])]
        display = cls(s[first], frequencies=paths["xi1"][first], hertz=estimator.sampling_rate is not None)
        return display.plot(ax, colorbar=colorbar, **kwargs)


def _seamless(kwargs):
    """Return kwargs with defaults that leave no visible lines between the segments of one coefficient."""
    return color_options({"rasterized": True, "edgecolors": "face", "linewidth": 0.2, **kwargs})


def _frames(time, times):
    """Return the indices of the outputs at a time or in an interval; ``times`` are those of all outputs."""
    if time is None:
        return slice(None)
    start, *stop = np.atleast_1d(time)
    end = times[-1] + (times[1] - times[0] if len(times) > 1 else 0)
    if not 0 <= start <= (stop[-1] if stop else start) <= end or len(stop) > 1:
        raise ValueError(f"time={time}: expected a time, or a first and a last time, from 0 to {end:g}.")
    if not stop:
        return [np.abs(times - start).argmin()]
    inside = np.flatnonzero((start <= times) & (times <= stop[0]))
    return inside if len(inside) else [np.abs(times - np.mean(time)).argmin()]
