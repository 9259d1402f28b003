"""Display of filter banks."""

from typing import TYPE_CHECKING, Self

import numpy as np

from skscat.filters import FilterBank, littlewood_paley, to_dense
from skscat.plotting._tools import add_colorbar, fitted_plan, frequency_label, use_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

    from skscat._transforms._base import PlannedScattering


class FilterBankDisplay:
    """Filters of a bank in the frequency domain, with their Littlewood-Paley sum.

    A 1-D bank is plotted as curves over frequency, those of both signs if the bank is two-sided. A 2-D bank is plotted
    as an image of the sum, which is dark at frequencies that are lost, with contours of the filters at half their
    maximum, one color per scale; the vertical axis points down, like the rows of an image. A 3-D bank is plotted as
    curves over the frequencies of the first axis: each curve is the l2 norm over the wavelets of one degree, which is
    the same in all directions.

    It is recommended to use :meth:`from_bank` or :meth:`from_estimator` to create a display. All parameters are stored
    as attributes.

    Parameters
    ----------
    bank : FilterBank
        Filter bank on one, two or three axes.
    littlewood_paley : ndarray of shape bank.grid
        Littlewood-Paley sum of the bank, as returned by :func:`skscat.filters.littlewood_paley`.
    sampling_rate : float, default=None
        Number of samples per second: frequencies of a 1-D bank are then in hertz, otherwise in cycles per sample.

    Attributes
    ----------
    image_ : matplotlib AxesImage
        Image of the sum, with the zero frequency in the center (2-D only).
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.
    colorbar_ : matplotlib Colorbar or None
        Colorbar of the sum (2-D only), or None if there is none.

    See Also
    --------
    skscat.filters.frame_bounds : Extreme values of the Littlewood-Paley sum.

    Examples
    --------
    >>> from skscat.filters import morlet_bank_1d
    >>> from skscat.plotting import FilterBankDisplay
    >>> display = FilterBankDisplay.from_bank(morlet_bank_1d(1024, J=5, Q=4), sampling_rate=8000)
    >>> display.ax_.get_xlabel()
    'frequency (Hz)'
    """

    ax_: "Axes"
    figure_: "Figure"
    colorbar_: "Colorbar | None"

    def __init__(self, bank: FilterBank, littlewood_paley: np.ndarray, *, sampling_rate: float | None = None) -> None:
        self.bank = bank
        self.littlewood_paley = littlewood_paley
        self.sampling_rate = sampling_rate

    def plot(self, ax: "Axes | None" = None, *, colorbar: bool = True) -> Self:
        """Plot the filter bank.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot of a 2-D bank.

        Returns
        -------
        display : FilterBankDisplay
            Object that stores the plotted values.
        """
        ax = use_axes(self, ax)
        if len(self.bank.grid) == 2:
            self._plot_plane(ax, colorbar)
        else:
            self._plot_line(ax)
            self.colorbar_ = None
        return self

    def _modulus(self, psi):
        return np.linalg.norm(to_dense(psi, self.bank.grid), axis=0)

    def _plot_line(self, ax):
        n, *others = self.bank.grid
        k = np.arange(-(n // 2) if self.bank.two_sided else 0, n // 2 + 1)
        line = (k, *(0 for _ in others))
        frequencies = k / n * (self.sampling_rate or 1.0)
        for i, psi in enumerate(self.bank.psi):
            label = None if i else "wavelets"
            ax.plot(frequencies, self._modulus(psi)[line], color="C0", linewidth=0.8, label=label)
        ax.plot(frequencies, self._modulus(self.bank.phi)[line], color="C1", label="low-pass")
        ax.plot(frequencies, self.littlewood_paley[line], color="k", label="Littlewood-Paley sum")
        xlabel = "frequency (cycles/voxel)" if others else frequency_label(self.sampling_rate)
        ax.set(xlabel=xlabel, ylabel="gain", xlim=frequencies[[0, -1]])
        # Leave room for the legend above the curves.
        ax.set_ylim(0, 1.15 * ax.dataLim.y1)
        ax.legend(loc="upper center", ncols=3, fontsize=9, frameon=False, handlelength=1.2, columnspacing=1.2)

    def _plot_plane(self, ax, colorbar):
        y, x = (np.fft.fftshift(np.fft.fftfreq(n)) for n in self.bank.grid)
        A = np.fft.fftshift(self.littlewood_paley)
        half = [0.5 / n for n in self.bank.grid]
        extent = (x[0] - half[1], x[-1] + half[1], y[-1] + half[0], y[0] - half[0])
        self.image_ = ax.imshow(A, extent=extent, cmap="gray", vmin=0, vmax=max(1, A.max()))
        scales = np.unique(self.bank.table["j"])
        handles = [ax.plot([], [], color=f"C{i % 10}", label=f"$j = {j:.3g}$")[0] for i, j in enumerate(scales)]
        handles += ax.plot([], [], "k--", label="low-pass")
        for psi, j in zip(self.bank.psi, self.bank.table["j"], strict=True):
            self._outline(ax, psi, f"C{np.searchsorted(scales, j) % 10}", "solid")
        self._outline(ax, self.bank.phi, "k", "dashed")
        ax.legend(handles=handles, loc="upper right", ncols=-(-len(handles) // 4), fontsize=9)
        ax.set(xlim=extent[:2], ylim=extent[2:])
        ax.set(xlabel="horizontal frequency (cycles/pixel)", ylabel="vertical frequency (cycles/pixel)")
        add_colorbar(self, self.image_, "Littlewood-Paley sum", colorbar)

    def _outline(self, ax, psi, color, linestyle):
        gain = self._modulus(psi)
        # Take one period around the peak: a contour that crosses the highest frequency then leaves the image and does
        # not reappear on the opposite side.
        peak = np.unravel_index(gain.argmax(), gain.shape)
        low = [(k + n // 2) % n - n // 2 - n // 2 for k, n in zip(peak, gain.shape, strict=True)]
        gain = np.roll(gain, [-k for k in low], axis=(0, 1))
        y, x = ((k + np.arange(n)) / n for k, n in zip(low, gain.shape, strict=True))
        ax.contour(x, y, gain, levels=[gain.max() / 2], colors=color, linestyles=linestyle, linewidths=1)

    @classmethod
    def from_bank(
        cls,
        bank: FilterBank,
        *,
        sampling_rate: float | None = None,
        ax: "Axes | None" = None,
        colorbar: bool = True,
    ) -> Self:
        """Plot a filter bank.

        Parameters
        ----------
        bank : FilterBank
            Filter bank on one, two or three axes.
        sampling_rate : float, default=None
            Number of samples per second (1-D only).
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot (2-D only).

        Returns
        -------
        display : FilterBankDisplay
            Object that stores the plotted values.

        Raises
        ------
        ValueError
            If the bank has more than three axes, or if a sampling rate is given for a bank that is not 1-D.
        """
        if len(bank.grid) > 3:
            raise ValueError(f"FilterBankDisplay draws banks on 1 to 3 axes; this one has {len(bank.grid)}.")
        if len(bank.grid) > 1 and sampling_rate is not None:
            raise ValueError(
                f"sampling_rate={sampling_rate}: frequencies of images and volumes are in cycles per pixel or voxel."
            )
        return cls(bank, littlewood_paley(bank), sampling_rate=sampling_rate).plot(ax, colorbar=colorbar)

    @classmethod
    def from_estimator(
        cls, estimator: "PlannedScattering", *, order: int = 1, ax: "Axes | None" = None, colorbar: bool = True
    ) -> Self:
        """Plot the filter bank of one order given a fitted scattering transform.

        Parameters
        ----------
        estimator : scattering transform
            Fitted transform.
        order : int, default=1
            Order whose filter bank is plotted.
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        colorbar : bool, default=True
            Whether to add a colorbar to the plot (2-D only).

        Returns
        -------
        display : FilterBankDisplay
            Object that stores the plotted values.

        Raises
        ------
        TypeError
            If the estimator is not a scattering transform with filters.
        ValueError
            If the transform has no filter bank of this order.
        """
        banks = fitted_plan(estimator).banks
        if not 1 <= order <= len(banks):
            raise ValueError(f"order={order}: expected an order from 1 to {len(banks)}.")
        rate = getattr(estimator, "sampling_rate", None)
        return cls.from_bank(banks[order - 1], sampling_rate=rate, ax=ax, colorbar=colorbar)
