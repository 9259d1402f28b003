"""Pictures of what :mod:`skscat.diagnostics` measures."""

import numpy as np

from skscat._checks import check_choice
from skscat.diagnostics import (
    contraction,
    deformation_stability,
    discrimination,
    energy_by_order,
    translation_stability,
)
from skscat.diagnostics._measures import KINDS
from skscat.plotting._tools import use_axes

ACTIONS = (*KINDS, "translation")


class EnergyDisplay:
    """Share of the energy of signals in each order, and what is left after it.

    Parameters
    ----------
    energy : Energy
        What :func:`skscat.diagnostics.energy_by_order` returns.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        Shares and residual.
    ax_ : matplotlib Axes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.

    See Also
    --------
    skscat.diagnostics.energy_by_order : The numbers.

    Examples
    --------
    >>> from skscat import Scattering2D
    >>> from skscat.datasets import load_images_sample
    >>> from skscat.plotting import EnergyDisplay
    >>> display = EnergyDisplay.from_estimator(Scattering2D(J=2), load_images_sample().images[:2, :32, :32])
    >>> display.ax_.get_xlabel()
    'order'
    """

    def __init__(self, energy):
        self.energy = energy

    def plot(self, ax=None, **kwargs):
        """Draw means over signals, in percent.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For ``Axes.plot``.

        Returns
        -------
        display : EnergyDisplay
        """
        ax = use_axes(self, ax)
        orders = np.arange(self.energy.shares.shape[1])
        self.lines_ = [
            ax.plot(orders, 100 * values.mean(axis=0), **{"marker": marker, "label": label, **kwargs})[0]
            for values, marker, label in (
                (self.energy.shares, "o", "this order"),
                (self.energy.residual, "s", "left after it"),
            )
        ]
        ax.set(xlabel="order", ylabel="energy (%)", yscale="log", xticks=orders)
        ax.legend()
        return self

    @classmethod
    def from_estimator(cls, estimator, X, *, ax=None, **kwargs):
        """Measure and draw.

        Parameters
        ----------
        estimator : Scattering1D or Scattering2D
            Transform. It is cloned.
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For ``Axes.plot``.

        Returns
        -------
        display : EnergyDisplay
        """
        return cls(energy_by_order(estimator, X)).plot(ax, **kwargs)


class ContractionDisplay:
    """Distances of coefficients against those of signals, as their ratio.

    Parameters
    ----------
    contraction : Contraction
        What :func:`skscat.diagnostics.contraction` returns.

    Attributes
    ----------
    points_ : matplotlib PathCollection
        A point for each pair.
    ax_ : matplotlib Axes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.

    See Also
    --------
    skscat.diagnostics.contraction : The numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.plotting import ContractionDisplay
    >>> X = np.random.default_rng(0).standard_normal((10, 256))
    >>> ContractionDisplay.from_estimator(Scattering1D(J=4), X, random_state=0).ax_.get_ylabel()
    'distance of coefficients / of signals'
    """

    def __init__(self, contraction):
        self.contraction = contraction

    def plot(self, ax=None, **kwargs):
        """Draw a point for each pair of signals.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For ``Axes.scatter``.

        Returns
        -------
        display : ContractionDisplay
        """
        ax = use_axes(self, ax)
        self.points_ = ax.scatter(self.contraction.distances, self.contraction.ratios, **{"s": 12, **kwargs})
        ax.axhline(1, color="0.5", linewidth=1, linestyle="--")
        ax.set(xlabel="distance of signals", ylabel="distance of coefficients / of signals", xscale="log")
        ax.set_ylim(0, 1.05 * max(1, self.contraction.ratios.max()))
        return self

    @classmethod
    def from_estimator(cls, estimator, X, *, noise=0.01, random_state=None, ax=None, **kwargs):
        """Measure and draw.

        Parameters
        ----------
        estimator : Scattering1D or Scattering2D
            Transform. It is cloned.
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        noise : float, default=0.01
            Norm of the noise, relative to that of the signal.
        random_state : int, RandomState instance or None, default=None
            Draws the noise. Pass an int for the same result each time.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For ``Axes.scatter``.

        Returns
        -------
        display : ContractionDisplay
        """
        return cls(contraction(estimator, X, noise=noise, random_state=random_state)).plot(ax, **kwargs)


class StabilityDisplay:
    """Changes of coefficients, Fourier moduli and signals against the size of what is done to the signals.

    Parameters
    ----------
    stability : Stability
        What :func:`skscat.diagnostics.deformation_stability` or
        :func:`~skscat.diagnostics.translation_stability` returns.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        One a representation that changes at all.
    ax_ : matplotlib Axes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.

    See Also
    --------
    skscat.diagnostics.deformation_stability : The numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.plotting import StabilityDisplay
    >>> t = np.arange(2048) - 1024
    >>> x = np.exp(-((t / 300) ** 2)) * np.cos(t)[np.newaxis]
    >>> display = StabilityDisplay.from_estimator(Scattering1D(J=6), x, (0.01, 0.02))
    >>> [line.get_label() for line in display.lines_]
    ['scattering', 'Fourier modulus', 'signal']
    """

    def __init__(self, stability):
        self.stability = stability

    def plot(self, ax=None, **kwargs):
        """Draw relative changes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For ``Axes.plot``.

        Returns
        -------
        display : StabilityDisplay
        """
        ax = use_axes(self, ax)
        # What does not change has no place on a logarithmic axis.
        self.lines_ = [
            ax.plot(self.stability.sizes, changes, **{"marker": "o", "label": name, **kwargs})[0]
            for name, changes in self.stability.changes.items()
            if changes.max() > 1e-6
        ]
        ax.set(xlabel=self.stability.action, ylabel="relative change", xscale="log", yscale="log")
        ax.set_xticks(self.stability.sizes, [f"{size:g}" for size in self.stability.sizes])
        ax.set_xticks([], minor=True)
        ax.legend()
        return self

    @classmethod
    def from_estimator(cls, estimator, X, sizes=None, *, action="dilation", random_state=None, ax=None, **kwargs):
        """Measure and draw.

        Parameters
        ----------
        estimator : Scattering1D or Scattering2D
            Transform. It is cloned.
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        sizes : sequence of float, default=None
            Sizes of the gradients of deformations, or shifts in samples. None takes the default of
            :func:`skscat.diagnostics.deformation_stability` or :func:`~skscat.diagnostics.translation_stability`.
        action : {"dilation", "random", "translation"}, default="dilation"
            What is done to the signals: dilations about their middle, smooth random deformations, or shifts.
        random_state : int, RandomState instance or None, default=None
            Draws the random deformation. Pass an int for the same result each time.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For ``Axes.plot``.

        Returns
        -------
        display : StabilityDisplay

        Raises
        ------
        ValueError
            If ``action`` is none of the three.
        """
        check_choice("action", action, ACTIONS)
        # Without sizes, those that the functions choose.
        given = () if sizes is None else (sizes,)
        if action in KINDS:
            stability = deformation_stability(estimator, X, *given, kind=action, random_state=random_state)
        else:
            stability = translation_stability(estimator, X, *given)
        return cls(stability).plot(ax, **kwargs)


class DiscriminationDisplay:
    """How well each order tells signals from a process.

    Parameters
    ----------
    discrimination : Discrimination
        What :func:`skscat.diagnostics.discrimination` returns.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
        One an order.
    ax_ : matplotlib Axes
        What was drawn on.
    figure_ : matplotlib Figure
        Its figure.

    See Also
    --------
    skscat.diagnostics.discrimination : The numbers.

    Examples
    --------
    >>> from skscat import Scattering2D
    >>> from skscat.datasets import load_images_sample
    >>> from skscat.plotting import DiscriminationDisplay
    >>> from skscat.synthesis import GaussianTexture
    >>> gravel = load_images_sample().images[2:3, :64, :64]
    >>> twins = GaussianTexture(method="noise").fit(gravel).sample(10, random_state=0)
    >>> display = DiscriminationDisplay.from_estimator(Scattering2D(J=4, padding="wrap"), gravel, twins)
    >>> len(display.bars_)
    2
    """

    def __init__(self, discrimination):
        self.discrimination = discrimination

    def plot(self, ax=None, **kwargs):
        """Draw a bar for each order.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For ``Axes.bar``.

        Returns
        -------
        display : DiscriminationDisplay
        """
        ax = use_axes(self, ax)
        orders = self.discrimination.orders
        self.bars_ = ax.bar(orders, self.discrimination.ratios, **{"width": 0.6, **kwargs})
        ax.axhline(1, color="0.5", linewidth=1, linestyle="--")
        ax.set(xlabel="order", ylabel="distance² / that within", xticks=orders)
        return self

    @classmethod
    def from_estimator(cls, estimator, X, Y, *, ax=None, **kwargs):
        """Measure and draw.

        Parameters
        ----------
        estimator : estimator
            Transform. It is cloned.
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        Y : array-like of shape (m, *shape), (m, channels, *shape) or (m, n_features)
            Samples of the process, two or more.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            For ``Axes.bar``.

        Returns
        -------
        display : DiscriminationDisplay
        """
        return cls(discrimination(estimator, X, Y)).plot(ax, **kwargs)
