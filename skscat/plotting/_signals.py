"""Pictures of the coefficients of one-dimensional signals."""

import numpy as np

from skscat.plotting._tools import (
    add_colorbar,
    colors,
    frequency_label,
    log_axis,
    log_edges,
    output_times,
    rows_of_order,
    scatter_one,
    use_axes,
)


class ScattergramDisplay:
    """Coefficients of order one of a signal over time and log-frequency.

    Moduli (``average=None``) make a scalogram, their local averages a scattergram. A cell reaches half-way to the
    neighbouring output in time and in log-frequency.

    Parameters
    ----------
    coefficients : ndarray of shape (n_frequencies, n_times)
        Coefficients of order one, from low to high frequency.
    times : ndarray of shape (n_times,)
        Centres of the averages, in samples, or in seconds if ``hertz``.
    frequencies : ndarray of shape (n_frequencies,)
        Centre frequencies, increasing, in cycles per sample, or in hertz if ``hertz``.
    duration : float
        End of the signal, in the unit of ``times``.
    hertz : bool, default=False
        Units for the labels: seconds and hertz.

    Attributes
    ----------
    image_ : matplotlib QuadMesh
        The picture; its array is ``coefficients``.
    ax_ : matplotlib Axes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.
    colorbar_ : matplotlib Colorbar or None
        The scale of the coefficients.

    See Also
    --------
    SecondOrderDisplay : What the average of order one loses.

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

    def __init__(self, coefficients, *, times, frequencies, duration, hertz=False):
        self.coefficients = coefficients
        self.times = times
        self.frequencies = frequencies
        self.duration = duration
        self.hertz = hertz

    def plot(self, ax=None, *, colorbar=True, **kwargs):
        """Draw the picture.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        colorbar : bool, default=True
            Whether to add a colour bar.
        **kwargs : dict
            For ``Axes.pcolormesh``, such as ``cmap``, ``vmax`` or ``norm="log"``.

        Returns
        -------
        display : ScattergramDisplay
        """
        ax = use_axes(self, ax)
        middle = (self.times[1:] + self.times[:-1]) / 2
        edges = np.concatenate([[0.0], middle, [self.duration]]), log_edges(self.frequencies)
        self.image_ = ax.pcolormesh(*edges, self.coefficients, rasterized=True, **colors(kwargs))
        log_axis(ax.yaxis, edges[1], frequency_label(self.hertz))
        ax.set_xlabel("time (s)" if self.hertz else "time (samples)")
        add_colorbar(self, self.image_, "coefficient of order 1", colorbar)
        return self

    @classmethod
    def from_estimator(cls, estimator, x, *, channel=0, ax=None, colorbar=True, **kwargs):
        """Scatter a signal and draw its first order.

        Parameters
        ----------
        estimator : Scattering1D
            A fitted transform; ``average`` None or "local".
        x : array-like of shape (length,) or (channels, length)
            One signal.
        channel : int, default=0
            Which channel to draw.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        colorbar : bool, default=True
            Whether to add a colour bar.
        **kwargs : dict
            For ``Axes.pcolormesh``.

        Returns
        -------
        display : ScattergramDisplay

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the transform keeps no time or has no first order.
        """
        s = scatter_one(cls, estimator, x, channel, ndim=1)
        if s.ndim == 1:
            raise ValueError("ScattergramDisplay draws coefficients over time; average='global' keeps none.")
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
    """Coefficients of order two of a signal over both frequencies of their paths.

    The first frequency says where in the spectrum the signal is, the second how fast its envelope varies there. Pairs
    that are no path stay grey.

    Parameters
    ----------
    coefficients : ndarray of shape (n_second, n_first)
        Coefficients of order two, from low to high frequencies; NaN where there is no path.
    first, second : ndarray of shape (n_first,) and (n_second,)
        Centre frequencies of the two orders, increasing, in cycles per sample, or in hertz if ``hertz``.
    hertz : bool, default=False
        Unit for the labels.

    Attributes
    ----------
    image_ : matplotlib QuadMesh
        The picture; its array is ``coefficients``.
    ax_ : matplotlib Axes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.
    colorbar_ : matplotlib Colorbar or None
        The scale of the coefficients.

    See Also
    --------
    ScattergramDisplay : Coefficients of order one.

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

    def __init__(self, coefficients, *, first, second, hertz=False):
        self.coefficients = coefficients
        self.first = first
        self.second = second
        self.hertz = hertz

    def plot(self, ax=None, *, colorbar=True, **kwargs):
        """Draw the picture.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        colorbar : bool, default=True
            Whether to add a colour bar.
        **kwargs : dict
            For ``Axes.pcolormesh``, such as ``cmap``, ``vmax`` or ``norm="log"``.

        Returns
        -------
        display : SecondOrderDisplay
        """
        ax = use_axes(self, ax)
        edges = log_edges(self.first), log_edges(self.second)
        self.image_ = ax.pcolormesh(*edges, self.coefficients, rasterized=True, **colors(kwargs))
        ax.set_facecolor("0.85")
        log_axis(ax.xaxis, edges[0], frequency_label(self.hertz, "first frequency"))
        log_axis(ax.yaxis, edges[1], frequency_label(self.hertz, "second frequency"))
        add_colorbar(self, self.image_, "coefficient of order 2", colorbar)
        return self

    @classmethod
    def from_estimator(cls, estimator, x, *, frame=None, channel=0, ax=None, colorbar=True, **kwargs):
        """Scatter a signal and draw its second order.

        Parameters
        ----------
        estimator : Scattering1D
            A fitted transform with ``max_order`` of two or more.
        x : array-like of shape (length,) or (channels, length)
            One signal.
        frame : int, default=None
            Which of the outputs in time to draw. None takes the mean over time.
        channel : int, default=0
            Which channel to draw.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        colorbar : bool, default=True
            Whether to add a colour bar.
        **kwargs : dict
            For ``Axes.pcolormesh``.

        Returns
        -------
        display : SecondOrderDisplay

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the transform has no second order or no such frame.
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
