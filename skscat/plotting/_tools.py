"""Helpers shared by all displays."""

import numpy as np
from sklearn import config_context
from sklearn.utils.validation import check_is_fitted

from skscat._checks import as_array
from skscat._transforms._base import PlannedScattering

# Transforms that a display accepts, by the number of axes of a signal and by the column of ``paths_`` that numbers the
# index filters (None for transforms without index filters).
FAMILIES = {
    (1, None): "Scattering1D",
    (2, None): "Scattering2D",
    (1, "n_fr"): "TimeFrequencyScattering or SpiralScattering",
    (2, "n_rot"): "RotoTranslationScattering2D",
}
ORDERS = {1: "first", 2: "second"}


def use_axes(display, ax, projection=None):
    """Return ax, or new axes if it is None, and store them on the display."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{type(display).__name__}.plot needs matplotlib; install it with: pip install 'skscat[plot]'"
        ) from error
    if ax is None:
        ax = plt.subplots(layout="constrained", subplot_kw={"projection": projection})[1]
    display.ax_, display.figure_ = ax, ax.figure
    return ax


def add_colorbar(display, mappable, label, wanted):
    """Add a labeled colorbar if wanted, and store it on the display."""
    display.colorbar_ = display.figure_.colorbar(mappable, ax=display.ax_, label=label) if wanted else None


def color_options(kwargs):
    """Return kwargs with a default colormap and, unless ``norm`` is given, a color scale that starts at zero."""
    return {"cmap": "magma", **({} if "norm" in kwargs else {"vmin": 0}), **kwargs}


def fitted_plan(estimator):
    """Return the plan of a fitted transform; raise TypeError unless it is a scattering transform with filters."""
    if not isinstance(estimator, PlannedScattering):
        raise TypeError(f"estimator must be a scattering transform with filters; got {type(estimator).__name__}.")
    check_is_fitted(estimator)
    return estimator.plan_


def scatter_one(display, estimator, x, channel, ndim, index=None):
    """Return coefficients of one channel of one signal, of shape (n_paths, *grid); ``index`` as in ``FAMILIES``."""
    plan = fitted_plan(estimator)
    if len(plan.shape) != ndim:
        kind = ("one-dimensional signals", "images")[ndim - 1]
        raise ValueError(
            f"{display.__name__} draws {kind}; this {type(estimator).__name__} takes arrays of shape {plan.shape}."
        )
    if index != next((name for _, name in FAMILIES if name in plan.paths.dtype.names), None):
        raise ValueError(
            f"estimator={type(estimator).__name__}(...): {display.__name__} draws coefficients of "
            f"{FAMILIES[ndim, index]}."
        )
    if plan.is_complex:
        raise ValueError(
            f"estimator={type(estimator).__name__}(...): {display.__name__} draws coefficients of real signals; "
            "expected complex_input=False."
        )
    # NumPy computes, whatever library the transform was fitted to.
    with config_context(array_api_dispatch=False):
        s = np.asarray(estimator.transform(as_array("x", x)[np.newaxis]))
    s = s.reshape(-1, len(plan.paths), *plan.path_shape)
    if not 0 <= channel < len(s):
        raise ValueError(f"channel={channel}: signals have {len(s)} channel(s), counted from 0.")
    return s[channel]


def rows_of_order(display, estimator, order):
    """Return the rows of the paths of an order; raise ValueError if there are none."""
    rows = np.flatnonzero(estimator.paths_["order"] == order)
    if not len(rows):
        raise ValueError(
            f"{display.__name__} draws {ORDERS[order]}-order coefficients; the transform has no path of this order."
        )
    return rows


def output_times(estimator, n):
    """Return the times of the n outputs, in seconds if the transform has a sampling rate, otherwise in samples."""
    stride = estimator.plan_.stride[0] if estimator.plan_.average else 1
    return np.arange(n) * stride / (estimator.sampling_rate or 1.0)


def log_edges(centers):
    """Return the edges of intervals around increasing positive values.

    Edges are geometric means of neighboring values. The edges of a single value are half an octave from it.
    """
    log = np.log2(centers)
    half = np.diff(log) / 2 if len(log) > 1 else np.array([0.5])
    return 2.0 ** np.concatenate([[log[0] - half[0]], log[:-1] + half[: len(log) - 1], [log[-1] + half[-1]]])


def frequency_label(hertz, what="frequency"):
    """Return the label of a frequency axis, with its unit."""
    return f"{what} ({'Hz' if hertz else 'cycles/sample'})"


def log_axis(axis, edges, label):
    """Make an axis logarithmic, with decimal tick labels: 20 and 0.05 are easier to read than powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
    getattr(axis.axes, f"set_{axis.axis_name}lim")(edges[0], edges[-1])
    # Tick labels take more room on a horizontal axis.
    axis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5) if axis.axis_name == "y" else (1, 3)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
    axis.set_minor_formatter(NullFormatter())
    axis.set_label_text(label)
