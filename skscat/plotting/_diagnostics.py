"""Displays of energy, contraction and discrimination."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skscat.diagnostics import (
    Contraction,
    Discrimination,
    Energy,
    contraction,
    discrimination,
    energy_by_order,
)
from skscat.plotting._tools import use_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from skscat._transforms._base import PlannedScattering
    from skscat._transforms._scattering1d import Scattering1D
    from skscat._transforms._scattering2d import Scattering2D


class EnergyDisplay:
    """Share of the energy of signals in each order, and residual energy.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    energy : Energy
        Energies, as returned by :func:`skscat.diagnostics.energy_by_order`.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        Curves of the shares and of the residual.
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.

    See Also
    --------
    skscat.diagnostics.energy_by_order : Measure the energy of each order.

    Examples
    --------
    >>> from skscat import Scattering2D
    >>> from skscat.datasets import load_images_sample
    >>> from skscat.plotting import EnergyDisplay
    >>> display = EnergyDisplay.from_estimator(Scattering2D(J=2), load_images_sample().images[:2, :32, :32])
    >>> display.ax_.get_xlabel()
    'order'
    """

    ax_: "Axes"
    figure_: "Figure"

    def __init__(self, energy: Energy) -> None:
        self.energy = energy

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Plot energies in percent, averaged over signals.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.plot``.

        Returns
        -------
        display : EnergyDisplay
            Object that stores the plotted values.
        """
        ax = use_axes(self, ax)
        orders = np.arange(self.energy.shares.shape[1])
        self.lines_ = [
            ax.plot(orders, 100 * values.mean(axis=0), **{"marker": marker, "label": label, **kwargs})[0]
            for values, marker, label in (
                (self.energy.shares, "o", "coefficients"),
                (self.energy.residual, "s", "residual"),
            )
        ]
        ax.set(xlabel="order", ylabel="energy (%)", yscale="log", xticks=orders)
        ax.legend()
        return self

    @classmethod
    def from_estimator(
        cls, estimator: "Scattering1D | Scattering2D", X: ArrayLike, *, ax: "Axes | None" = None, **kwargs: Any
    ) -> Self:
        """Plot the energy of each order given a transform and signals.

        Parameters
        ----------
        estimator : Scattering1D or Scattering2D
            Scattering transform. It is cloned, and need not be fitted.
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.plot``.

        Returns
        -------
        display : EnergyDisplay
            Object that stores the plotted values.
        """
        return cls(energy_by_order(estimator, X)).plot(ax, **kwargs)


class ContractionDisplay:
    """Ratio of the distance between coefficients to the distance between signals, for pairs of signals.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    contraction : Contraction
        Distances and ratios, as returned by :func:`skscat.diagnostics.contraction`.

    Attributes
    ----------
    points_ : matplotlib PathCollection
        One point per pair of signals.
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.

    See Also
    --------
    skscat.diagnostics.contraction : Measure the distances.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.plotting import ContractionDisplay
    >>> X = np.random.default_rng(0).standard_normal((10, 256))
    >>> ContractionDisplay.from_estimator(Scattering1D(J=4), X, random_state=0).ax_.get_ylabel()
    'distance ratio (coefficients / signals)'
    """

    ax_: "Axes"
    figure_: "Figure"

    def __init__(self, contraction: Contraction) -> None:
        self.contraction = contraction

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Plot one point per pair of signals.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.scatter``.

        Returns
        -------
        display : ContractionDisplay
            Object that stores the plotted values.
        """
        ax = use_axes(self, ax)
        self.points_ = ax.scatter(self.contraction.distances, self.contraction.ratios, **{"s": 12, **kwargs})
        ax.axhline(1, color="0.5", linewidth=1, linestyle="--")
        ax.set(xlabel="distance between signals", ylabel="distance ratio (coefficients / signals)", xscale="log")
        ax.set_ylim(0, 1.05 * max(1, self.contraction.ratios.max()))
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: "Scattering1D | Scattering2D",
        X: ArrayLike,
        *,
        noise: float = 0.01,
        random_state: int | np.random.RandomState | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Plot distance ratios given a transform and signals.

        Parameters
        ----------
        estimator : Scattering1D or Scattering2D
            Scattering transform. It is cloned, and need not be fitted.
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        noise : float, default=0.01
            Norm of the noise, relative to the norm of the signal.
        random_state : int, RandomState instance or None, default=None
            Determines random number generation for the noise. Pass an int for reproducible output across multiple
            function calls. See :term:`Glossary <random_state>`.
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.scatter``.

        Returns
        -------
        display : ContractionDisplay
            Object that stores the plotted values.
        """
        return cls(contraction(estimator, X, noise=noise, random_state=random_state)).plot(ax, **kwargs)


class DiscriminationDisplay:
    """Discrimination between signals and a random process, by order of the coefficients.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    discrimination : Discrimination
        Ratios by order, as returned by :func:`skscat.diagnostics.discrimination`.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        One bar per order.
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.

    See Also
    --------
    skscat.diagnostics.discrimination : Measure the discrimination of each order.

    Examples
    --------
    >>> from skscat import Scattering2D
    >>> from skscat.datasets import load_images_sample
    >>> from skscat.plotting import DiscriminationDisplay
    >>> from skscat.synthesis import GaussianTexture
    >>> gravel = load_images_sample().images[2:3, :64, :64]
    >>> surrogates = GaussianTexture(method="noise").fit(gravel).sample(10, random_state=0)
    >>> display = DiscriminationDisplay.from_estimator(Scattering2D(J=4, padding="wrap"), gravel, surrogates)
    >>> len(display.bars_)
    2
    """

    ax_: "Axes"
    figure_: "Figure"

    def __init__(self, discrimination: Discrimination) -> None:
        self.discrimination = discrimination

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Plot one bar per order.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.bar``.

        Returns
        -------
        display : DiscriminationDisplay
            Object that stores the plotted values.
        """
        ax = use_axes(self, ax)
        orders = self.discrimination.orders
        self.bars_ = ax.bar(orders, self.discrimination.ratios, **{"width": 0.6, **kwargs})
        ax.axhline(1, color="0.5", linewidth=1, linestyle="--")
        ax.set(xlabel="order", ylabel="squared distance / variance", xticks=orders)
        return self

    @classmethod
    def from_estimator(
        cls, estimator: "PlannedScattering", X: ArrayLike, Y: ArrayLike, *, ax: "Axes | None" = None, **kwargs: Any
    ) -> Self:
        """Plot the discrimination of each order given a transform, signals and samples of a process.

        Parameters
        ----------
        estimator : scattering transform
            Scattering transform. It is cloned, and need not be fitted.
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        Y : array-like of shape (m, *shape), (m, channels, *shape) or (m, n_features)
            At least two samples of the process.
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.bar``.

        Returns
        -------
        display : DiscriminationDisplay
            Object that stores the plotted values.
        """
        return cls(discrimination(estimator, X, Y)).plot(ax, **kwargs)
