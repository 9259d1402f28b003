"""Scattering coefficients as labeled arrays of xarray."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skscat._core._paths import path_names
from skscat._core._records import HERTZ, PER_SAMPLE, SIGN
from skscat._signals import NOUNS, channel_names
from skscat._transforms._base import PlannedScattering
from skscat.moments import ScatteringMoments
from skscat.preprocessing._wrapping import scattering_of

if TYPE_CHECKING:
    from xarray import DataArray

# Names of the axes of a signal, by their number.
AXES = {1: ("time",), 2: ("y", "x"), 3: ("z", "y", "x")}
# Descriptions of the fields of a table of paths, without the number of their order.
LONG_NAMES = {
    "order": "order",
    "n": "filter number",
    "j": "log2 of the scale",
    "xi": "center frequency",
    "sigma": "bandwidth",
    "theta": "orientation number",
    "angle": "orientation",
    "l": "degree",
}


def to_xarray(scattering: BaseEstimator, S: ArrayLike, *, sample: ArrayLike | None = None) -> "DataArray":
    """Label the coefficients of signals with their channels, paths, frequencies, times and positions.

    Parameters
    ----------
    scattering : estimator
        Fitted scattering transform with a plan, such as :class:`Scattering1D`;
        :class:`~skscat.moments.ScatteringMoments`; :class:`~skscat.preprocessing.PathScaler`; or a fitted pipeline
        that begins with one of them, and whose further steps return as many features, such as a logarithm.
    S : array-like of shape (n, n_features_out) or (n_features_out,)
        Output of its ``transform``, or a single row, such as the mean over signals. The values are not copied. If it
        is a data frame, its index labels the samples.
    sample : array-like of shape (n,), default=None
        Labels of the samples, such as their classes, names or times.

    Returns
    -------
    coefficients : xarray.DataArray
        Array with these dimensions, without those that do not apply:

        - ``sample``;
        - ``channel``, with the names of the channels;
        - ``path``, with the names of the paths in feature names, such as ``"xi1=45.7_xi2=2.9"``. The fields of
          ``paths_`` also label the paths: ``order``, ``j1``, ``xi1`` and so on; NaN or -1 where a path has no such
          field;
        - ``frequency`` or ``angle``: center frequency, or orientation in radians from axis 0, of the first wavelet, if
          joint scattering keeps this axis;
        - ``time``: centers of the averaging windows, in seconds if the transform has a ``sampling_rate``, otherwise in
          samples, from the first sample of the signal; or ``y`` and ``x``, after ``z`` in volumes, in pixels (voxels);
        - ``power``, if there are several powers of moduli.

        The attribute ``units`` of a coordinate is its unit.

    Raises
    ------
    ImportError
        If xarray is not installed.
    ValueError
        If ``scattering`` is another estimator, S is not of the shape of its output, or ``sample`` does not have one
        label per sample.

    See Also
    --------
    Scattering1D : Its method ``set_output(transform="pandas")`` returns data frames, whose columns are feature names.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D, to_xarray
    >>> X = np.random.default_rng(0).standard_normal((4, 2, 1024))
    >>> scattering = Scattering1D(J=6, sampling_rate=256, channel_names=["Fz", "Cz"]).fit(X)
    >>> S = to_xarray(scattering, scattering.transform(X))
    >>> dict(S.sizes)
    {'sample': 4, 'channel': 2, 'path': 46, 'time': 16}
    >>> first = S.where(S.order == 1, drop=True)
    >>> first.xi1.values[:4].round(1), first.xi1.units
    (array([91.4, 45.7, 22.9, 11.4]), 'Hz')
    >>> S.sel(channel="Cz", time=slice(1, 2)).time.values
    array([1.  , 1.25, 1.5 , 1.75, 2.  ])
    """
    try:
        from xarray import DataArray
    except ImportError as error:
        raise ImportError("to_xarray needs xarray; install it with: pip install 'skscat[xarray]'") from error
    source = _source(scattering)
    plan, values = source.plan_, np.asarray(S)
    if values.ndim not in (1, 2) or values.shape[-1] != source._n_features_out:
        n = source._n_features_out
        raise ValueError(f"S has shape {values.shape}; expected (n, {n}) or ({n},), as transform returns it.")
    coordinates = _samples(S, values, sample)
    if len(source.signal_shape_) > source.ndim_:
        coordinates["channel"] = ("channel", channel_names(source, source.ndim_))
    dimensions = ["sample"] if values.ndim > 1 else []
    dimensions += [name for name in coordinates if name != "sample"]
    grid = {**_index(plan), **_positions(plan)}
    dimensions += ["path", *grid]
    coordinates |= _paths(plan) | {name: (name, *coordinate) for name, coordinate in grid.items()}
    return DataArray(
        values.reshape(*values.shape[:-1], *source.output_shape_),
        coordinates,
        dimensions,
        name=type(getattr(source, "scattering_", source)).__name__.lower(),
        attrs={"long_name": "scattering coefficients"},
    )


def _source(scattering):
    """Return the fitted estimator that computes the coefficients of ``scattering``."""
    source = scattering_of(scattering)
    if not isinstance(source, (PlannedScattering, ScatteringMoments)):
        raise ValueError(
            f"scattering={scattering!r}: expected a scattering transform with a plan, such as Scattering1D, "
            "ScatteringMoments, PathScaler, or a pipeline that begins with one of them."
        )
    check_is_fitted(source)
    return source


def _samples(S, values, sample):
    """Return the coordinate of samples: given, or the index of a data frame."""
    if sample is None:
        return {"sample": ("sample", S.index)} if values.ndim > 1 and hasattr(S, "iloc") else {}
    labels = np.asarray(sample)
    if labels.shape != values.shape[:-1] or not labels.ndim:
        raise ValueError(
            f"sample has shape {labels.shape}, and S has shape {values.shape}; expected one label per row of S."
        )
    return {"sample": ("sample", labels)}


def _unit_of_frequency(plan):
    return HERTZ if plan.sampling_rate else f"cycles/{NOUNS[len(plan.shape)][1][:-1]}"


def _paths(plan):
    """Return the coordinates of paths: their names, and the fields of the table of paths."""
    names = np.array([name or "mean" for name in path_names(plan)])
    coordinates = {"path": ("path", names, {"long_name": "path"})}
    index_units = plan.joint.bank.units if plan.joint else {}
    for field in plan.paths.dtype.names:
        # Rows of another table are no labels.
        if field == "parent":
            continue
        kind = field.partition("_")[0].rstrip("0123456789")
        unit = index_units.get(field, plan.banks[0].units.get(kind))
        attributes = {"long_name": LONG_NAMES.get(kind, kind)}
        if kind == "angle":
            attributes["units"] = "rad"
        elif unit not in (None, SIGN):
            attributes["units"] = _unit_of_frequency(plan) if unit == PER_SAMPLE else unit
        coordinates[field] = ("path", np.array(plan.paths[field]), attributes)
    return coordinates


def _index(plan):
    """Return the coordinate of the index axis of joint scattering, if it is kept: what the first wavelets have."""
    if plan.joint is None or plan.joint.outputs is None:
        return {}
    first = plan.nodes[plan.joint.siblings[0][plan.joint.lift[plan.joint.outputs]]]
    if "angle1" in first.dtype.names:
        return {"angle": (first["angle1"], {"long_name": LONG_NAMES["angle"], "units": "rad"})}
    return {"frequency": (first["xi1"], {"long_name": LONG_NAMES["xi"], "units": _unit_of_frequency(plan)})}


def _positions(plan):
    """Return the coordinates of times or positions, from the first sample of the signal on, and of powers."""
    coordinates = {}
    unit, names = NOUNS[len(plan.shape)][1], AXES[len(plan.shape)]
    # No axes, if averages are global.
    for name, n, stride in zip(names, plan.output_grid, plan.stride, strict=False):
        positions = np.arange(n) * (stride if plan.average else 1)
        if plan.sampling_rate:
            positions, unit = positions / plan.sampling_rate, "s"
        coordinates[name] = (positions, {"units": unit})
    if plan.powers:
        coordinates["power"] = (np.array(plan.powers), {"long_name": "power of the modulus"})
    return coordinates
