"""Pictures of the coefficients of joint scattering: time with log-frequency, position with angle."""

import numpy as np

from skscat.plotting._tools import (
    add_colorbar,
    colors,
    frequency_label,
    log_axis,
    log_edges,
    rows_of_order,
    scatter_one,
    use_axes,
)

# Half the width of the low-pass column, in octaves of scale.
HALF_COLUMN = 0.5
# Numbers on either side of it.
MAX_TICKS = 4


class RateScaleDisplay:
    """Coefficients of order two of a sound over rate and scale: how fast its spectrum moves, and how finely.

    The rate is the frequency of the wavelet in time, the scale that of the wavelet along log-frequency. Patterns that
    fall with time stand at the left, those that rise at the right; in the middle stands the low-pass filter along
    log-frequency, which sees all frequencies vary alike. A pattern that moves by v octaves a second lies on the line
    where the rate is v times the scale.

    Parameters
    ----------
    coefficients : ndarray of shape (n_octave, n_rates, 2 * n_scales + 1)
        Coefficients of order two: rates from low to high, scales from falling to rising, the finest at both ends.
        ``n_octave`` is 1, or 3 for the low-pass filter across octaves, the rising wavelets and the falling ones.
    rates : ndarray of shape (n_rates,)
        Frequencies in time, increasing, in cycles per sample, or in hertz if ``hertz``.
    scales : ndarray of shape (n_scales,)
        Frequencies along log-frequency, positive and increasing, in cycles per octave.
    hertz : bool, default=False
        Unit for the labels.

    Attributes
    ----------
    image_ : matplotlib QuadMesh
        The picture; its array is ``coefficients[octave]``.
    ax_ : matplotlib Axes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.
    colorbar_ : matplotlib Colorbar or None
        The scale of the coefficients.

    See Also
    --------
    SecondOrderDisplay : The second order of plain time scattering.

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

    def __init__(self, coefficients, *, rates, scales, hertz=False):
        self.coefficients = coefficients
        self.rates = rates
        self.scales = scales
        self.hertz = hertz

    def plot(self, ax=None, *, octave=0, colorbar=True, **kwargs):
        """Draw the picture.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        octave : {0, 1, -1}, default=0
            What to draw of a spiral scattering: the low-pass filter across octaves, or its wavelets for patterns that
            rise or fall from octave to octave with time.
        colorbar : bool, default=True
            Whether to add a colour bar.
        **kwargs : dict
            For ``Axes.pcolormesh``, such as ``cmap``, ``vmax`` or ``norm="log"``.

        Returns
        -------
        display : RateScaleDisplay

        Raises
        ------
        ValueError
            If there are no such wavelets across octaves.
        """
        allowed = (0, 1, -1)[: len(self.coefficients)]
        if octave not in allowed:
            raise ValueError(f"octave={octave}: expected one of {allowed}; only SpiralScattering has 1 and -1.")
        ax = use_axes(self, ax)
        edges, rates = log_edges(self.scales), log_edges(self.rates)
        columns = _mirrored(edges, edges[0])
        self.image_ = ax.pcolormesh(columns, rates, self.coefficients[octave], rasterized=True, **colors(kwargs))
        log_axis(ax.yaxis, rates, frequency_label(self.hertz, "rate"))
        exponents = np.arange(np.floor(np.log2(edges[-1])), np.log2(edges[0]), -1)
        ticks = 2.0 ** exponents[:: -(-len(exponents) // MAX_TICKS)][::-1]
        # Clear of the zero.
        ticks = ticks[_mirrored(ticks, edges[0])[len(ticks) :] > columns[-1] / 6]
        names = [f"{tick:g}" if tick >= 1 else f"1/{1 / tick:g}" for tick in ticks]
        ax.set_xticks(np.insert(_mirrored(ticks, edges[0]), len(ticks), 0), [*names[::-1], "0", *names])
        ax.set_xlabel("falling  ←  scale (cycles/octave)  →  rising")
        add_colorbar(
            self, self.image_, "norm of coefficients of order 2" if octave else "coefficient of order 2", colorbar
        )
        return self

    @classmethod
    def from_estimator(cls, estimator, x, *, octave=0, channel=0, ax=None, colorbar=True, **kwargs):
        """Scatter a sound and draw its second order, averaged over time and frequency.

        Parameters
        ----------
        estimator : TimeFrequencyScattering or SpiralScattering
            A fitted transform with ``max_order`` 2.
        x : array-like of shape (length,) or (channels, length)
            One signal.
        octave : {0, 1, -1}, default=0
            What to draw of a spiral scattering: the low-pass filter across octaves, or its wavelets for patterns that
            rise or fall from octave to octave with time, all together: the root of the sum of their squares.
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
        display : RateScaleDisplay

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the transform has no second order, or no such wavelets across octaves.
        """
        s = scatter_one(cls, estimator, x, channel, ndim=1, index="n_fr")
        rows = rows_of_order(cls, estimator, 2)
        paths = estimator.paths_[rows]
        values = s[rows].reshape(len(rows), -1).mean(axis=1)
        rates, row = np.unique(paths["xi2"], return_inverse=True)
        signed, column = np.unique(paths["xi_fr"], return_inverse=True)
        spiral = "spin_oct" in paths.dtype.names
        energy = np.zeros((3 if spiral else 1, len(rates), len(signed)))
        np.add.at(energy, (paths["spin_oct"] if spiral else 0, row, column), values**2)
        hertz = estimator.sampling_rate is not None
        display = cls(np.sqrt(energy), rates=rates, scales=signed[signed > 0], hertz=hertz)
        return display.plot(ax, octave=octave, colorbar=colorbar, **kwargs)


class RotoTranslationDisplay:
    """Coefficients of order two of an image on the group of rigid motions.

    A block for each pair of scales; in it, a column for each angle of the second wavelet, and a row for each wavelet
    along the angle. A rotated copy of the image has the same picture.

    Parameters
    ----------
    coefficients : ndarray of shape (n_rot, n_pairs, L)
        Coefficients of order two: frequencies along the angle from low to high, pairs of scales, angles.
    frequencies : ndarray of shape (n_rot,)
        Frequencies along the angle, increasing, in cycles per turn.
    pairs : list of (int, int)
        Log2 of the first and of the second scale.
    relative : bool, default=True
        Whether angles are counted from the first wavelet's.

    Attributes
    ----------
    image_ : matplotlib QuadMesh
        The picture; its array is ``coefficients``, with the angle zero in the middle of each block.
    ax_ : matplotlib Axes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.
    colorbar_ : matplotlib Colorbar or None
        The scale of the coefficients.

    See Also
    --------
    ScatteringDiskDisplay : Coefficients that turn with the image.

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
    >>> upright, turned = (RotoTranslationDisplay.from_estimator(scattering, y) for y in (x, np.rot90(x)))
    >>> difference = np.abs(turned.coefficients - upright.coefficients).max()
    >>> bool(difference < 1e-2 * upright.coefficients.max())
    True
    """

    def __init__(self, coefficients, *, frequencies, pairs, relative=True):
        self.coefficients = coefficients
        self.frequencies = frequencies
        self.pairs = pairs
        self.relative = relative

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
        display : RotoTranslationDisplay
        """
        ax = use_axes(self, ax)
        n_rot, n_pairs, L = self.coefficients.shape
        table = np.roll(self.coefficients, L // 2, axis=2).reshape(n_rot, -1)
        self.image_ = ax.pcolormesh(table, rasterized=True, **colors(kwargs))
        for border in range(L, n_pairs * L, L):
            ax.axvline(border, color="white")
        starts = L * np.arange(n_pairs)
        shown = sorted({0, L // 2})
        degrees = [f"{(k - L // 2) * 180 / L:.3g}°" for k in shown]
        ax.set_xticks((starts[:, np.newaxis] + shown).ravel() + 0.5, degrees * n_pairs)
        ax.set_yticks(np.arange(n_rot) + 0.5, [f"{f:.2g}" for f in self.frequencies])
        ax.set_xlabel("angle of the second wavelet" + " from the first" * self.relative)
        ax.set_ylabel("frequency along angle\n(cycles/turn)")
        top = ax.secondary_xaxis("top")
        top.set_xticks(starts + L / 2, [f"{2**a}, {2**b}" for a, b in self.pairs])
        top.set_xlabel("scales $2^{j_1}, 2^{j_2}$ (pixels)")
        top.tick_params(length=0)
        add_colorbar(self, self.image_, "coefficient of order 2", colorbar)
        return self

    @classmethod
    def from_estimator(cls, estimator, x, *, channel=0, ax=None, colorbar=True, **kwargs):
        """Scatter an image and draw its second order, averaged over the image and over angles.

        Parameters
        ----------
        estimator : RotoTranslationScattering2D
            A fitted transform with ``max_order`` 2.
        x : array-like of shape (height, width) or (channels, height, width)
            One image.
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
        display : RotoTranslationDisplay

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform.
        ValueError
            If the transform has no second order.
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
    """Places of scales at the right of the low-pass column, and before these their mirror images at the left."""
    right = HALF_COLUMN + np.log2(scales / lowest)
    return np.concatenate([-right[::-1], right])
