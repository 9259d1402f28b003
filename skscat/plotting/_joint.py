"""Displays of joint scattering coefficients, along time and log-frequency or position and angle."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skscat.plotting._tools import (
    add_colorbar,
    color_options,
    frequency_label,
    log_axis,
    log_edges,
    rows_of_order,
    scatter_one,
    use_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

    from skscat._transforms._roto_translation import RotoTranslationScattering2D
    from skscat._transforms._spiral import SpiralScattering
    from skscat._transforms._time_frequency import TimeFrequencyScattering

# Half the width of the low-pass column, in octaves.
HALF_COLUMN = 0.5
# Largest number of ticks on either side of the low-pass column.
MAX_TICKS = 4


class RateScaleDisplay:
    """Second-order coefficients of a sound as a function of rate and scale.

    The rate is the frequency of the wavelet along time, the scale the frequency of the wavelet along log-frequency.
    Patterns whose frequency falls with time are on the left, patterns whose frequency rises are on the right. The
    column in the middle is the low-pass filter along log-frequency, which responds to variations common to all
    frequencies. A pattern that moves by v octaves per second lies on the line where the rate is v times the scale.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    coefficients : ndarray of shape (n_octave, n_rates, 2 * n_scales + 1)
        Second-order coefficients: rates from low to high, scales from falling to rising, with the finest at both ends.
        ``n_octave`` is 1, or 3 for the low-pass filter, the rising wavelets and the falling wavelets across octaves.
    rates : ndarray of shape (n_rates,)
        Frequencies along time, in increasing order, in cycles per sample, or in hertz if ``hertz``.
    scales : ndarray of shape (n_scales,)
        Positive frequencies along log-frequency, in increasing order, in cycles per octave.
    hertz : bool, default=False
        Whether rates are in hertz, for the axis labels.

    Attributes
    ----------
    image_ : matplotlib QuadMesh
        Mesh whose array is ``coefficients[octave]``.
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.
    colorbar_ : matplotlib Colorbar or None
        Colorbar of the plot, or None if there is none.

    See Also
    --------
    SecondOrderDisplay : Second-order coefficients of time scattering.

    References
    ----------
    .. [1] J. Anden, V. Lostanlen and S. Mallat, "Joint time-frequency scattering", IEEE Trans. Signal Process. 67
           (2019), 3704-3718.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import TimeFrequencyScattering
    >>> from skscat.plotting import RateScaleDisplay
    >>> x = np.cos(2000 * 2 ** (np.arange(8192) / 4096))
    >>> scattering = TimeFrequencyScattering(J=9, J_fr=3, sampling_rate=8192).fit(x[np.newaxis])
    >>> display = RateScaleDisplay.from_estimator(scattering, x)
    >>> falling, rising = display.coefficients[0, :, :5].sum(), display.coefficients[0, :, -5:].sum()
    >>> display.ax_.get_ylabel(), bool(rising > falling)
    ('rate (Hz)', True)
    """

    ax_: "Axes"
    figure_: "Figure"
    colorbar_: "Colorbar | None"

    def __init__(
        self, coefficients: np.ndarray, *, rates: np.ndarray, scales: np.ndarray, hertz: bool = False
    ) -> None:
        self.coefficients = coefficients
        self.rates = rates
        self.scales = scales
        self.hertz = hertz

    def plot(self, ax: "Axes | None" = None, *, octave: int = 0, colorbar: bool = True, **kwargs: Any) -> Self:
        """Plot the second-order coefficients.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        octave : {0, 1, -1}, default=0
            Filter across octaves, for spiral scattering: 0 for the low-pass filter, 1 or -1 for the wavelets of
            patterns that rise or fall from octave to octave with time.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.pcolormesh``, for example ``cmap``, ``vmax`` or
            ``norm="log"``.

        Returns
        -------
        display : RateScaleDisplay
            Object that stores the plotted values.

        Raises
        ------
        ValueError
            If the transform has no such filter across octaves.
        """
        allowed = (0, 1, -1)[: len(self.coefficients)]
        if octave not in allowed:
            raise ValueError(f"octave={octave}: expected one of {allowed}; only SpiralScattering has 1 and -1.")
        ax = use_axes(self, ax)
        edges, rates = log_edges(self.scales), log_edges(self.rates)
        columns = _mirrored(edges, edges[0])
        self.image_ = ax.pcolormesh(
            columns, rates, self.coefficients[octave], rasterized=True, **color_options(kwargs)
        )
        log_axis(ax.yaxis, rates, frequency_label(self.hertz, "rate"))
        exponents = np.arange(np.floor(np.log2(edges[-1])), np.log2(edges[0]), -1)
        ticks = 2.0 ** exponents[:: -(-len(exponents) // MAX_TICKS)][::-1]
        # Keep tick labels clear of the zero.
        ticks = ticks[_mirrored(ticks, edges[0])[len(ticks) :] > columns[-1] / 6]
        names = [f"{tick:g}" if tick >= 1 else f"1/{1 / tick:g}" for tick in ticks]
        ax.set_xticks(np.insert(_mirrored(ticks, edges[0]), len(ticks), 0), [*names[::-1], "0", *names])
        ax.set_xlabel("falling  ←  scale (cycles/octave)  →  rising")
        add_colorbar(
            self, self.image_, "norm of second-order coefficients" if octave else "second-order coefficient", colorbar
        )
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: "TimeFrequencyScattering | SpiralScattering",
        x: ArrayLike,
        *,
        octave: int = 0,
        channel: int = 0,
        ax: "Axes | None" = None,
        colorbar: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Plot second-order coefficients, averaged over time and frequency, given a fitted transform and a sound.

        Parameters
        ----------
        estimator : TimeFrequencyScattering or SpiralScattering
            Fitted transform, with ``max_order=2``.
        x : array-like of shape (length,) or (channels, length)
            One signal.
        octave : {0, 1, -1}, default=0
            Filter across octaves, for spiral scattering: 0 for the low-pass filter, 1 or -1 for the wavelets of
            patterns that rise or fall from octave to octave with time. The l2 norm over these wavelets is plotted.
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
        display : RateScaleDisplay
            Object that stores the plotted values.

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the transform has no second-order coefficients, or no such filter across octaves.
        """
        s = scatter_one(cls, estimator, x, channel, ndim=1, index="n_fr")
        rows = rows_of_order(cls, estimator, 2)
        paths = estimator.paths_[rows]
        values = s[rows].reshape(len(rows), -1).mean(axis=1)
        rates, row = np.unique(paths["xi2"], return_inverse=True)
        signed, column = np.unique(paths["xi_fr"], return_inverse=True)
        spiral = "spin_oct" in paths.dtype.names
        energy = np.zeros((3 if spiral else 1, len(rates), len(signed)))
        spin = paths["spin_oct"] if spiral else np.zeros(len(paths), dtype=int)
        np.add.at(energy, (spin, row, column), values**2)
        hertz = estimator.sampling_rate is not None
        display = cls(np.sqrt(energy), rates=rates, scales=signed[signed > 0], hertz=hertz)
        return display.plot(ax, octave=octave, colorbar=colorbar, **kwargs)


class RotoTranslationDisplay:
    """Second-order coefficients of an image on the group of rigid motions.

    The plot has one block per pair of scales. Each block has one column per angle of the second wavelet, and one row
    per wavelet along the angle. A rotated copy of the image has the same plot.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    coefficients : ndarray of shape (n_rot, n_pairs, L)
        Second-order coefficients: frequencies along the angle from low to high, pairs of scales, angles.
    frequencies : ndarray of shape (n_rot,)
        Frequencies along the angle, in increasing order, in cycles per rotation.
    pairs : list of (int, int)
        Log2 of the first and second scales.
    relative : bool, default=True
        Whether angles of the second wavelet are relative to the first wavelet.

    Attributes
    ----------
    image_ : matplotlib QuadMesh
        Mesh whose array is ``coefficients``, with angle zero in the middle of each block.
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.
    colorbar_ : matplotlib Colorbar or None
        Colorbar of the plot, or None if there is none.

    See Also
    --------
    ScatteringDiskDisplay : Coefficients that rotate with the image.

    References
    ----------
    .. [1] L. Sifre and S. Mallat, "Rotation, scaling and deformation invariant scattering for texture discrimination",
           Proc. CVPR (2013), 1233-1240.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import RotoTranslationScattering2D
    >>> from skscat.plotting import RotoTranslationDisplay
    >>> x = np.random.default_rng(0).standard_normal((32, 32))
    >>> scattering = RotoTranslationScattering2D(J=3, L=4, average="global").fit(x[np.newaxis])
    >>> upright, rotated = (RotoTranslationDisplay.from_estimator(scattering, y) for y in (x, np.rot90(x)))
    >>> difference = np.abs(rotated.coefficients - upright.coefficients).max()
    >>> bool(difference < 1e-2 * upright.coefficients.max())
    True
    """

    ax_: "Axes"
    figure_: "Figure"
    colorbar_: "Colorbar | None"

    def __init__(
        self,
        coefficients: np.ndarray,
        *,
        frequencies: np.ndarray,
        pairs: Sequence[tuple[int, int]],
        relative: bool = True,
    ) -> None:
        self.coefficients = coefficients
        self.frequencies = frequencies
        self.pairs = pairs
        self.relative = relative

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
        display : RotoTranslationDisplay
            Object that stores the plotted values.
        """
        ax = use_axes(self, ax)
        n_rot, n_pairs, L = self.coefficients.shape
        table = np.roll(self.coefficients, L // 2, axis=2).reshape(n_rot, -1)
        self.image_ = ax.pcolormesh(table, rasterized=True, **color_options(kwargs))
        for border in range(L, n_pairs * L, L):
            ax.axvline(border, color="white")
        starts = L * np.arange(n_pairs)
        shown = sorted({0, L // 2})
        degrees = [f"{(k - L // 2) * 180 / L:.3g}°" for k in shown]
        ax.set_xticks((starts[:, np.newaxis] + shown).ravel() + 0.5, degrees * n_pairs)
        ax.set_yticks(np.arange(n_rot) + 0.5, [f"{f:.2g}" for f in self.frequencies])
        ax.set_xlabel("angle of the second wavelet" + " relative to the first" * self.relative)
        ax.set_ylabel("frequency along angle\n(cycles/rotation)")
        top = ax.secondary_xaxis("top")
        top.set_xticks(starts + L / 2, [f"{2**a}, {2**b}" for a, b in self.pairs])
        top.set_xlabel("first and second scale (pixels)")
        top.tick_params(length=0)
        add_colorbar(self, self.image_, "second-order coefficient", colorbar)
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: "RotoTranslationScattering2D",
        x: ArrayLike,
        *,
        channel: int = 0,
        ax: "Axes | None" = None,
        colorbar: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Plot second-order coefficients, averaged over positions and angles, given a fitted transform and an image.

        Parameters
        ----------
        estimator : RotoTranslationScattering2D
            Fitted transform, with ``max_order=2``.
        x : array-like of shape (height, width) or (channels, height, width)
            One image.
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
        display : RotoTranslationDisplay
            Object that stores the plotted values.

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the transform has no second-order coefficients.
        """
        s = scatter_one(cls, estimator, x, channel, ndim=2, index="n_rot")
        rows = rows_of_order(cls, estimator, 2)
        paths = estimator.paths_[rows]
        frequencies, n_rot = np.unique(paths["xi_rot"], return_inverse=True)
        pairs = sorted(set(zip(paths["j1"].tolist(), paths["j2"].tolist(), strict=True)))
        pair = [pairs.index(key) for key in zip(paths["j1"], paths["j2"], strict=True)]
        coefficients = np.full((len(frequencies), len(pairs), estimator.L), np.nan)
        coefficients[n_rot, pair, paths["theta2"]] = s[rows].reshape(len(rows), -1).mean(axis=1)
        display = cls(coefficients, frequencies=frequencies, pairs=pairs, relative=not estimator.separable)
        return display.plot(ax, colorbar=colorbar, **kwargs)


def _mirrored(scales, lowest):
    """Return positions of scales on the right of the low-pass column, preceded by their mirror images on the left."""
    right = HALF_COLUMN + np.log2(scales / lowest)
    return np.concatenate([-right[::-1], right])
