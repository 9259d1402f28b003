"""Displays of the scattering coefficients of one-dimensional signals."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skscat.plotting._tools import (
    add_colorbar,
    color_options,
    frequency_label,
    log_axis,
    log_edges,
    output_times,
    rows_of_order,
    scatter_one,
    use_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

    from skscat._transforms._scattering1d import Scattering1D


class ScattergramDisplay:
    """First-order coefficients of a signal as a function of time and log-frequency.

    The plot is a scalogram if moduli are not averaged (``average=None``), and a scattergram if they are averaged
    locally. Each coefficient fills a rectangle that extends halfway to its neighbors in time and log-frequency.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    coefficients : ndarray of shape (n_frequencies, n_times)
        First-order coefficients, from low to high frequency.
    times : ndarray of shape (n_times,)
        Centers of the averaging windows, in samples, or in seconds if ``hertz``.
    frequencies : ndarray of shape (n_frequencies,)
        Center frequencies, in increasing order, in cycles per sample, or in hertz if ``hertz``.
    duration : float
        Duration of the signal, in the unit of ``times``.
    hertz : bool, default=False
        Whether times are in seconds and frequencies in hertz, for the axis labels.

    Attributes
    ----------
    image_ : matplotlib QuadMesh
        Mesh whose array is ``coefficients``.
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.
    colorbar_ : matplotlib Colorbar or None
        Colorbar of the plot, or None if there is none.

    See Also
    --------
    SecondOrderDisplay : Second-order coefficients, which recover what first-order averaging loses.

    References
    ----------
    .. [1] J. Anden and S. Mallat, "Deep scattering spectrum", IEEE Trans. Signal Process. 62 (2014), 4114-4128.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.plotting import ScattergramDisplay
    >>> x = np.cos(0.1 * np.arange(2048) ** 1.2)
    >>> scalogram = Scattering1D(J=6, Q=8, max_order=1, average=None, sampling_rate=1000).fit(x[np.newaxis])
    >>> display = ScattergramDisplay.from_estimator(scalogram, x)
    >>> display.coefficients.shape, display.ax_.get_xlabel(), display.ax_.get_ylabel()
    ((44, 2048), 'time (s)', 'frequency (Hz)')
    """

    ax_: "Axes"
    figure_: "Figure"
    colorbar_: "Colorbar | None"

    def __init__(
        self,
        coefficients: np.ndarray,
        *,
        times: np.ndarray,
        frequencies: np.ndarray,
        duration: float,
        hertz: bool = False,
    ) -> None:
        self.coefficients = coefficients
        self.times = times
        self.frequencies = frequencies
        self.duration = duration
        self.hertz = hertz

    def plot(self, ax: "Axes | None" = None, *, colorbar: bool = True, **kwargs: Any) -> Self:
        """Plot the first-order coefficients.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.pcolormesh``, for example ``cmap``, ``vmax`` or
            ``norm="log"``.

        Returns
        -------
        display : ScattergramDisplay
            Object that stores the plotted values.
        """
        ax = use_axes(self, ax)
        middle = (self.times[1:] + self.times[:-1]) / 2
        edges = np.concatenate([[0.0], middle, [self.duration]]), log_edges(self.frequencies)
        self.image_ = ax.pcolormesh(*edges, self.coefficients, rasterized=True, **color_options(kwargs))
        log_axis(ax.yaxis, edges[1], frequency_label(self.hertz))
        ax.set_xlabel("time (s)" if self.hertz else "time (samples)")
        add_colorbar(self, self.image_, "first-order coefficient", colorbar)
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: "Scattering1D",
        x: ArrayLike,
        *,
        channel: int = 0,
        ax: "Axes | None" = None,
        colorbar: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Plot first-order coefficients given a fitted transform and a signal.

        Parameters
        ----------
        estimator : Scattering1D
            Fitted transform, with ``average=None`` or ``average="local"``.
        x : array-like of shape (length,) or (channels, length)
            One signal.
        channel : int, default=0
            Index of the channel to plot.
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.pcolormesh``.

        Returns
        -------
        display : ScattergramDisplay
            Object that stores the plotted values.

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the output has no time axis, or the transform has no first-order coefficients.
        """
        s = scatter_one(cls, estimator, x, channel, ndim=1)
        if s.ndim == 1:
            raise ValueError("ScattergramDisplay draws coefficients over time; average='global' has no time axis.")
        first = rows_of_order(cls, estimator, 1)
        first = first[np.argsort(estimator.paths_["xi1"][first])]
        display = cls(
            s[first],
            times=output_times(estimator, s.shape[1]),
            frequencies=estimator.paths_["xi1"][first],
            duration=estimator.plan_.shape[0] / (estimator.sampling_rate or 1.0),
            hertz=estimator.sampling_rate is not None,
        )
        return display.plot(ax, colorbar=colorbar, **kwargs)


class SecondOrderDisplay:
    """Second-order coefficients of a signal as a function of the two frequencies of their paths.

    The first frequency locates the signal in the spectrum; the second is the rate at which the envelope varies there.
    Pairs of frequencies without a path are gray.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    coefficients : ndarray of shape (n_second, n_first)
        Second-order coefficients, from low to high frequencies; NaN where there is no path.
    first, second : ndarray of shape (n_first,) and (n_second,)
        Center frequencies of the two orders, in increasing order, in cycles per sample, or in hertz if ``hertz``.
    hertz : bool, default=False
        Whether frequencies are in hertz, for the axis labels.

    Attributes
    ----------
    image_ : matplotlib QuadMesh
        Mesh whose array is ``coefficients``.
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.
    colorbar_ : matplotlib Colorbar or None
        Colorbar of the plot, or None if there is none.

    See Also
    --------
    ScattergramDisplay : First-order coefficients.

    References
    ----------
    .. [1] J. Anden and S. Mallat, "Deep scattering spectrum", IEEE Trans. Signal Process. 62 (2014), 4114-4128.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.plotting import SecondOrderDisplay
    >>> t = np.arange(4096) / 2000
    >>> x = (1 + np.cos(2 * np.pi * 20 * t)) * np.cos(2 * np.pi * 400 * t)
    >>> scattering = Scattering1D(J=8, Q=4, sampling_rate=2000).fit(x[np.newaxis])
    >>> display = SecondOrderDisplay.from_estimator(scattering, x)
    >>> row, column = np.unravel_index(np.nanargmax(display.coefficients), display.coefficients.shape)
    >>> f"{display.first[column]:.0f} Hz varies at {display.second[row]:.0f} Hz"
    '381 Hz varies at 22 Hz'
    """

    ax_: "Axes"
    figure_: "Figure"
    colorbar_: "Colorbar | None"

    def __init__(
        self, coefficients: np.ndarray, *, first: np.ndarray, second: np.ndarray, hertz: bool = False
    ) -> None:
        self.coefficients = coefficients
        self.first = first
        self.second = second
        self.hertz = hertz

    def plot(self, ax: "Axes | None" = None, *, colorbar: bool = True, **kwargs: Any) -> Self:
        """Plot the second-order coefficients.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.pcolormesh``, for example ``cmap``, ``vmax`` or
            ``norm="log"``.

        Returns
        -------
        display : SecondOrderDisplay
            Object that stores the plotted values.
        """
        ax = use_axes(self, ax)
        edges = log_edges(self.first), log_edges(self.second)
        self.image_ = ax.pcolormesh(*edges, self.coefficients, rasterized=True, **color_options(kwargs))
        ax.set_facecolor("0.85")
        log_axis(ax.xaxis, edges[0], frequency_label(self.hertz, "first frequency"))
        log_axis(ax.yaxis, edges[1], frequency_label(self.hertz, "second frequency"))
        add_colorbar(self, self.image_, "second-order coefficient", colorbar)
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: "Scattering1D",
        x: ArrayLike,
        *,
        frame: int | None = None,
        channel: int = 0,
        ax: "Axes | None" = None,
        colorbar: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Plot second-order coefficients given a fitted transform and a signal.

        Parameters
        ----------
        estimator : Scattering1D
            Fitted transform, with ``max_order`` at least 2.
        x : array-like of shape (length,) or (channels, length)
            One signal.
        frame : int, default=None
            Index along time of the output to plot. None means the mean over time.
        channel : int, default=0
            Index of the channel to plot.
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.pcolormesh``.

        Returns
        -------
        display : SecondOrderDisplay
            Object that stores the plotted values.

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the transform has no second-order coefficients, or the output has no such frame.
        """
        s = scatter_one(cls, estimator, x, channel, ndim=1)
        paths = estimator.paths_
        rows = rows_of_order(cls, estimator, 2)
        n_frames = s.shape[1] if s.ndim > 1 else 0
        if frame is not None and not 0 <= frame < n_frames:
            raise ValueError(f"frame={frame}: the output has {n_frames} frame(s), counted from 0.")
        values = s[rows].reshape(len(rows), -1).mean(axis=1) if frame is None else s[rows, frame]
        first, column = np.unique(paths["xi1"][rows], return_inverse=True)
        second, row = np.unique(paths["xi2"][rows], return_inverse=True)
        coefficients = np.full((len(second), len(first)), np.nan)
        coefficients[row, column] = values
        display = cls(coefficients, first=first, second=second, hertz=estimator.sampling_rate is not None)
        return display.plot(ax, colorbar=colorbar, **kwargs)
