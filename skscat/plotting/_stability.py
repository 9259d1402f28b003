"""Display of the stability to deformations and translations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skscat._checks import check_choice
from skscat.diagnostics import Stability, deformation_stability, translation_stability
from skscat.diagnostics._measures import DEFORMATIONS
from skscat.plotting._tools import use_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from skscat._transforms._scattering1d import Scattering1D
    from skscat._transforms._scattering2d import Scattering2D

ACTIONS = (*DEFORMATIONS, "translation")


class StabilityDisplay:
    """Relative change of coefficients, Fourier moduli and signals under deformations or translations.

    It is recommended to use :meth:`from_estimator` to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    stability : Stability
        Relative changes, as returned by :func:`skscat.diagnostics.deformation_stability` or
        :func:`~skscat.diagnostics.translation_stability`.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        One curve per representation that changes.
    ax_ : matplotlib Axes
        Axes containing the plot.
    figure_ : matplotlib Figure
        Figure containing the plot.

    See Also
    --------
    skscat.diagnostics.deformation_stability : Measure changes under deformations.
    skscat.diagnostics.translation_stability : Measure changes under translations.

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

    ax_: "Axes"
    figure_: "Figure"

    def __init__(self, stability: Stability) -> None:
        self.stability = stability

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Plot relative changes against the size of the deformation or translation.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.plot``.

        Returns
        -------
        display : StabilityDisplay
            Object that stores the plotted values.
        """
        ax = use_axes(self, ax)
        # Representations that do not change cannot be shown on a logarithmic axis.
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
    def from_estimator(
        cls,
        estimator: "Scattering1D | Scattering2D",
        X: ArrayLike,
        sizes: Sequence[float] | None = None,
        *,
        action: str = "dilation",
        random_state: int | np.random.RandomState | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Plot relative changes given a transform and signals.

        Parameters
        ----------
        estimator : Scattering1D or Scattering2D
            Scattering transform. It is cloned, and need not be fitted.
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        sizes : sequence of float, default=None
            Sizes of the gradients of the deformations, or shifts in samples. None means the default of
            :func:`skscat.diagnostics.deformation_stability` or :func:`~skscat.diagnostics.translation_stability`.
        action : {"dilation", "random", "translation"}, default="dilation"
            How the signals are changed: by dilations about their center, smooth random deformations, or translations.
        random_state : int, RandomState instance or None, default=None
            Determines random number generation for the random deformation. Pass an int for reproducible output across
            multiple function calls. See :term:`Glossary <random_state>`.
        ax : matplotlib Axes, default=None
            Axes object to plot on. If `None`, a new figure is created.
        **kwargs : dict
            Additional keyword arguments passed to ``Axes.plot``.

        Returns
        -------
        display : StabilityDisplay
            Object that stores the plotted values.

        Raises
        ------
        ValueError
            If ``action`` is not one of these values.
        """
        check_choice("action", action, ACTIONS)
        # Without sizes, the defaults of the functions apply.
        given: tuple[Any, ...] = () if sizes is None else (sizes,)
        if action in DEFORMATIONS:
            stability = deformation_stability(estimator, X, *given, deformation=action, random_state=random_state)
        else:
            stability = translation_stability(estimator, X, *given)
        return cls(stability).plot(ax, **kwargs)
