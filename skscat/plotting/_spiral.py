"""The scalogram, rolled up."""

import numpy as np

from skscat.plotting._tools import add_colorbar, colors, log_edges, output_times, rows_of_order, scatter_one, use_axes

NOTES = ("C", "", "D", "", "E", "F", "", "G", "", "A", "", "B")
MIDDLE_C = 440 * 2**-0.75
# Straight pieces that a turn is drawn with, at least, and turns that are left empty in the middle.
PIECES, HOLE = 120, 0.75


class SpiralDisplay:
    """Coefficients of order one at a moment, on a spiral that makes one turn an octave.

    The angle is the chroma: frequencies an octave apart are neighbours on a ray, the lower inside. Frequency grows
    clockwise.

    Parameters
    ----------
    coefficients : ndarray of shape (n_frequencies,)
        Coefficients of order one, from low to high frequency.
    frequencies : ndarray of shape (n_frequencies,)
        Centre frequencies, increasing, in cycles per sample, or in hertz if ``hertz``.
    hertz : bool, default=False
        Unit for the labels. With hertz, C stands at the top and rays have the names of notes (A is 440 Hz); else the
        top is a power of two and rays are twelfths of an octave.

    Attributes
    ----------
    image_ : matplotlib QuadMesh
        The picture; its array has every coefficient as many times as it takes to draw a round cell.
    ax_ : matplotlib PolarAxes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.
    colorbar_ : matplotlib Colorbar or None
        The scale of the coefficients.

    See Also
    --------
    ScattergramDisplay : The same coefficients over time, with the axis of frequencies unrolled.
    skscat.SpiralScattering : Wavelets along the spiral and across its turns.

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

    def __init__(self, coefficients, *, frequencies, hertz=False):
        self.coefficients = coefficients
        self.frequencies = frequencies
        self.hertz = hertz

    def plot(self, ax=None, *, colorbar=True, **kwargs):
        """Draw the picture.

        Parameters
        ----------
        ax : matplotlib PolarAxes, default=None
            Where to draw. None makes a new figure.
        colorbar : bool, default=True
            Whether to add a colour bar.
        **kwargs : dict
            For ``Axes.pcolormesh``, such as ``cmap``, ``vmax`` or ``norm="log"``.

        Returns
        -------
        display : SpiralDisplay

        Raises
        ------
        ValueError
            If ax is not polar.
        """
        if ax is not None and ax.name != "polar":
            raise ValueError(f'ax: SpiralDisplay needs polar axes, as projection="polar" makes; got {ax.name}.')
        ax = use_axes(self, ax, "polar")
        octaves = np.log2(log_edges(self.frequencies) / (MIDDLE_C if self.hertz else 1.0))
        # Octaves below middle C in whole turns: angles do not depend on it.
        bottom = octaves[0] - HOLE
        pieces = int(np.ceil(PIECES * np.diff(octaves).max()))
        fine = np.interp(np.arange(pieces * len(octaves) - pieces + 1) / pieces, np.arange(len(octaves)), octaves)
        radius = np.stack([fine - bottom, fine - bottom + 1])
        values = np.repeat(self.coefficients, pieces)[np.newaxis]
        ax.grid(False)
        self.image_ = ax.pcolormesh(np.tile(2 * np.pi * fine, (2, 1)), radius, values, **_flat(kwargs))
        self._label(ax, octaves, bottom)
        add_colorbar(self, self.image_, "coefficient of order 1", colorbar)
        return self

    def _label(self, ax, octaves, bottom):
        """Name the rays, and write along that at the top which frequency stands where."""
        from matplotlib.patheffects import withStroke

        names = NOTES if self.hertz else [f"{k}/12" if k else "0" for k in range(12)]
        ax.set(theta_zero_location="N", theta_direction=-1, rlim=(0, octaves[-1] - bottom + 1))
        ax.set_xticks(np.arange(12) * np.pi / 6, names)
        turns = np.arange(np.ceil(octaves[0]), octaves[-1])
        tops = 2.0**turns * (MIDDLE_C if self.hertz else 1.0)
        ax.set_yticks(
            turns - bottom + 0.5, [f"{f:.0f}" if self.hertz else f"1/{1 / f:.0f}" for f in tops], ha="center"
        )
        ax.set_rlabel_position(0)
        for label in ax.get_yticklabels():
            label.set(color="white", fontsize="x-small", path_effects=[withStroke(linewidth=1.5, foreground="black")])
        ax.set_xlabel(f"angle: chroma\nradius: octave ({'Hz' if self.hertz else 'cycles/sample'} on the top ray)")
        ax.spines["polar"].set_visible(False)

    @classmethod
    def from_estimator(cls, estimator, x, *, time=None, channel=0, ax=None, colorbar=True, **kwargs):
        """Scatter a signal and draw its first order at a moment.

        The evenly spaced wavelets of the lowest frequencies are left out: there are no octaves in them.

        Parameters
        ----------
        estimator : Scattering1D
            A fitted transform.
        x : array-like of shape (length,) or (channels, length)
            One signal.
        time : float or (float, float), default=None
            A moment, to draw the output nearest to it, or first and last moment of a mean; in seconds if the
            transform has a sampling rate, else in samples. None takes the mean over the signal.
        channel : int, default=0
            Which channel to draw.
        ax : matplotlib PolarAxes, default=None
            Where to draw. None makes a new figure.
        colorbar : bool, default=True
            Whether to add a colour bar.
        **kwargs : dict
            For ``Axes.pcolormesh``.

        Returns
        -------
        display : SpiralDisplay

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the transform has no first order, or there is no output at this time.
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


def _flat(kwargs):
    """Cells of one coefficient touch: without lines between their pieces."""
    return colors({"rasterized": True, "edgecolors": "face", "linewidth": 0.2, **kwargs})


def _frames(time, times):
    """Which of the outputs at some times are meant."""
    if time is None:
        return slice(None)
    start, *stop = np.atleast_1d(time)
    end = times[-1] + (times[1] - times[0] if len(times) > 1 else 0)
    if not 0 <= start <= (stop[-1] if stop else start) <= end or len(stop) > 1:
        raise ValueError(f"time={time}: expected a moment, or first and last moment, from 0 to {end:g}.")
    if not stop:
        return [np.abs(times - start).argmin()]
    inside = np.flatnonzero((start <= times) & (times <= stop[0]))
    return inside if len(inside) else [np.abs(times - np.mean(time)).argmin()]
