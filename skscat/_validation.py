"""Validation of samples, and of signals as arrays of shape (n, channels, *shape)."""

from math import prod

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import validate_data as _validate_data

from skscat._checks import MASKED, UNEQUAL, as_array, fill_masked, refuse_masked
from skscat._core import _namespace as arrays
from skscat._core._records import complex_dtype
from skscat._dispatch import as_given, is_dispatched, library_of, on_host, taken, takes
from skscat._signals import (
    NOUNS,
    channel_position,
    check_channel_names,
    expected_layouts,
    signal_shape,
    takes_complex,
    warn_of_layout,
)

# What to do about values that are not known, for errors of features and of signals.
IMPUTE = "Impute {}, for example with sklearn.impute.SimpleImputer, or drop the {} that have any."
MISSING = IMPUTE.format("them", "samples or features")
MISSING_SAMPLES = {
    1: "Interpolate values that are missing, for example with np.interp. Do not fill up signals of different lengths: "
    "pass a list of signals to skscat.preprocessing.VariableSizeScattering.",
    2: IMPUTE.format("missing pixels", "images"),
    3: IMPUTE.format("missing voxels", "volumes"),
}
# Which estimators leave them out: one with the parameter, or another one, by the number of axes of a signal, or none.
OMIT = 'Set nan_policy="omit" to leave them out.'
OMIT_ELSEWHERE = {
    1: 'Scattering1D leaves them out, with nan_policy="omit".',
    2: 'Scattering2D leaves them out, with nan_policy="omit".',
    3: "No transform of volumes leaves them out.",
}
FILL_GAPS = (
    "{} takes no signals with gaps, whatever the nan_policy of a transform. Fill the gaps first, for example with "
    "skscat.synthesis.ScatteringInpainter."
)


def advice_on_gaps(estimator, ndim):
    """Return what to do about missing samples that an estimator does not leave out."""
    if hasattr(estimator, "nan_policy"):
        return OMIT
    if any(hasattr(estimator, name) for name in ("scattering", "representation", "transformer")):
        return FILL_GAPS.format(type(estimator).__name__)
    return OMIT_ELSEWHERE[ndim]


def validate_data(estimator, X, y="no_validation", *, missing=MISSING, **options):
    """Validate samples and targets as scikit-learn does, after :func:`as_array`; errors say what to do.

    Parameters
    ----------
    estimator : estimator
        Its ``n_features_in_`` and ``feature_names_in_`` are set, or compared with X.
    X : array-like, or "no_validation"
        Samples. Data frames, sparse matrices and arrays on disk are left to scikit-learn.
    y : array-like, default="no_validation"
        Targets.
    missing : str, default=MISSING
        What to do about NaN in X.
    **options
        Other options of :func:`sklearn.utils.validation.validate_data`.

    Returns
    -------
    X, y : ndarray
        Only X if there are no targets, and only y if X is not validated. X is an array of another library if it is
        :func:`taken` as such.
    """
    given = X
    if not options.get("skip_check_array") and not isinstance(X, str):
        X = to_array(X, takes_any=takes(estimator, X))
    if options.get("reset", True):
        estimator._library = library_of(given)
    return _validated(estimator, X, y, missing, **options)


def _validated(estimator, X, y, missing, **options):
    """Validate samples that are an array, or left to scikit-learn, and targets."""
    if not options.get("skip_check_array") and not isinstance(X, str) and len(X.shape) < 2:
        raise ValueError(
            f"Expected 2D array, got {'1D' if X.shape else 'scalar'} array instead: X has shape {tuple(X.shape)}. "
            "Reshape your data with X.reshape(1, -1) if X is a single sample, or one signal."
        )
    refuse_masked("y", y)
    found, refused = "Input X contains NaN.", "Complex data not supported"
    try:
        if is_dispatched(X):
            return _validated_array(estimator, X, refused, **options)
        return _validate_data(estimator, X, on_host("y", y), **options)
    except ValueError as error:
        if str(error).startswith(found):
            raise ValueError(f"{found} {missing}") from None
        if str(error).startswith(refused) and hasattr(estimator, "complex_input"):
            raise ValueError(
                f"{refused} with complex_input=False. Set complex_input=True for complex signals, such as I/Q samples."
            ) from None
        raise


def _validated_array(estimator, X, refused, **options):
    """Validate samples that are an array of another library, see :func:`_validated`."""
    if arrays.is_complex(X):
        # PyTorch would drop the imaginary parts.
        raise ValueError(refused)
    options["dtype"] = arrays.real_types(X)
    if not arrays.is_tracked(X):
        return _validate_data(estimator, X, **options)
    # What scikit-learn returns is no longer tracked by all versions of PyTorch.
    return X.to(_validate_data(estimator, X.detach(), **options).dtype)


def to_array(X, unequal=UNEQUAL, masked=MASKED, *, takes_any=False):
    """Return X as an array with :func:`as_array`, unless it is a data frame, a sparse matrix or an array on disk.

    If scikit-learn dispatches to the library of X, X is :func:`taken` as an array of any library, or must be in the
    memory of the CPU.
    """
    if takes_any and not arrays.is_numpy(X := taken(X)):
        return X
    X = on_host("X", X)
    if hasattr(X, "iloc") and len(X.shape) == 2 and len(X) and any(map(np.ndim, X.iloc[0])):
        raise ValueError(
            "X is a data frame whose cells are arrays; expected numbers, or the column that holds the signals, such "
            f"as X[{X.columns[0]!r}]."
        )
    known = isinstance(X, np.ndarray) or not hasattr(X, "shape") or len(X.shape) < 2
    if known:
        return as_array("X", X, unequal, masked)
    refuse_masked("X", X, masked)
    return X


def check_signals(estimator, X, y="no_validation", *, ndim, reset, omit=False, advice=None, warn=True, **options):
    """Validate signals and bring them to one layout.

    In ``fit``, flat rows get the shape that ``estimator.shape`` prescribes, see :func:`signal_shape`; later, the shape
    seen in ``fit``. Channels are moved from ``estimator.channel_axis`` to the first axis of a signal. With
    ``estimator.complex_input``, signals become complex, and scikit-learn checks their real and imaginary parts.

    Parameters
    ----------
    estimator : estimator
        Its parameters ``shape``, ``channel_axis`` and ``complex_input`` are read in ``fit``; ``signal_shape_``,
        channels first, is set there.
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.
    y : array-like, default="no_validation"
        Targets.
    ndim : int
        Number of axes of one signal.
    reset : bool
        True in ``fit``.
    omit : bool, default=False
        Whether X may have missing values, which are NaN, or masked, in X and NaN in what is returned.
    advice : str, default=None
        What to do about missing values that X may not have. None means what the parameters of ``estimator`` suggest.
    warn : bool, default=True
        Whether to warn about unlikely readings.
    **options
        Other options of :func:`sklearn.utils.validation.validate_data`.

    Returns
    -------
    X, y : ndarray
        Signals of shape (n, channels, *shape), float32 or float64 (complex64 or complex128), and targets; only X if
        there are no targets.

    Raises
    ------
    ValueError
        If X is not finite, real and of the shape that ``shape`` or ``fit`` prescribes.
    """
    gaps = advice or advice_on_gaps(estimator, ndim)
    missing = advice or f"{MISSING_SAMPLES[ndim]} {gaps}"
    if omit:
        X = fill_masked(X)
    library = library_of(X)
    X = to_array(X, masked=f"{MASKED} {gaps}", takes_any=takes(estimator, X))
    given = tuple(X.shape[1:]) if len(X.shape) > 2 else None
    _check_axes(estimator, X, ndim, reset)
    if given is not None:
        X = flat_rows(X)
    options = {"dtype": [np.float64, np.float32], "order": "C", **options}
    if omit:
        options["ensure_all_finite"] = "allow-nan"
    if reset and hasattr(estimator, "complex_input"):
        estimator._takes_complex = estimator.complex_input
    X, *imaginary = _split_complex(X) if takes_complex(estimator) else (X,)
    if isinstance(y, str):
        X = _validated(estimator, X, y, missing, reset=reset, **options)
    else:
        X, y = _validated(estimator, X, y, missing, reset=reset, **options)
    if takes_complex(estimator):
        imaginary = [
            _validated(estimator, part, "no_validation", missing, reset=False, **options) for part in imaginary
        ]
        X = _join_complex(X, *imaginary)
    if reset:
        estimator._library = library
        _read_shape(estimator, len(X), X.shape[1], given, ndim, warn)
    if estimator._channel_axis is None:
        X = X.reshape(len(X), *with_channels(estimator.signal_shape_, ndim))
    else:
        X = X.reshape(len(X), *input_shape(estimator))
        X = arrays.contiguous(arrays.namespace(X).moveaxis(X, 1 + estimator._channel_axis, 1))
    return X if isinstance(y, str) else (X, y)


def _split_complex(X):
    """Return the real and the imaginary parts of complex X, data frames as such, or real X alone."""
    array = X if is_dispatched(X) else np.asarray(X)
    if not arrays.is_complex(array):
        return (X,)
    parts = array.real, array.imag
    # Names of data frames are also checked.
    return tuple(type(X)(part, index=X.index, columns=X.columns) for part in parts) if hasattr(X, "iloc") else parts


def _join_complex(real, imaginary=None):
    """Return the complex array with given real and imaginary parts, in their precision."""
    if arrays.is_torch(real):
        xp = arrays.namespace(real)
        return xp.complex(real, xp.zeros_like(real) if imaginary is None else imaginary)
    X = arrays.empty(real.shape, complex_dtype(real.dtype), real)
    X.real, X.imag = real, 0 if imaginary is None else imaginary
    return X


def _check_axes(estimator, X, ndim, reset):
    """Raise ValueError unless X is flat or has the axes of signals: in ``transform``, those of ``fit``."""
    shape, name, channel_axis = tuple(X.shape), type(estimator).__name__, _channel_axis(estimator)
    advice = ""
    if not reset and shape == input_shape(estimator):
        advice = f" If X is one {NOUNS[ndim][0][:-1]}, pass X[np.newaxis]."
    if len(shape) <= 2:
        # The number of features of flat signals is left to scikit-learn. A single row is a flat signal.
        if advice and len(shape) == 2 and shape[0] > 1:
            raise ValueError(
                f"X has {shape[1]} features, but {name} is expecting {prod(shape)} features as input.{advice}"
            )
        return
    if 0 in shape:
        raise ValueError(f"X has shape {shape}, without samples or without features; a minimum of 1 is required.")
    if reset and len(shape) - 1 not in ((ndim, ndim + 1) if channel_axis is None else (ndim + 1,)):
        needed = "" if channel_axis is None else f" with channel_axis={channel_axis}"
        expected = expected_layouts(ndim, channel_axis)
        raise ValueError(f"X has shape {shape}; {name}{needed} expects {expected}.")
    if not reset and shape[1:] != input_shape(estimator):
        raise ValueError(
            f"X has signals of shape {shape[1:]}, but {name} was fitted on signals of shape "
            f"{input_shape(estimator)}.{advice}"
        )


def _read_shape(estimator, n, n_features, given, ndim, warn):
    """Set the shape of signals, the position and names of channels; warn, if asked, about unlikely readings."""
    channel_axis, names = _channel_axis(estimator), getattr(estimator, "channel_names", None)
    shape = signal_shape(n_features, given, estimator.shape, ndim, channel_axis)
    position = None
    if channel_axis is not None:
        position = channel_position(channel_axis, ndim)
        shape = (shape[position], *shape[:position], *shape[position + 1 :])
    channels = check_channel_names(names, shape, ndim)
    # If each channel has a name, channels are on the intended axis.
    if warn and channel_axis is None and estimator.shape is None and channels is None:
        warn_of_layout(n, shape, ndim, given is None)
    estimator.signal_shape_, estimator._channel_axis, estimator._channel_names = shape, position, channels


def _channel_axis(estimator):
    """Return the parameter ``channel_axis``, which not every family needs."""
    return getattr(estimator, "channel_axis", None)


def input_shape(estimator):
    """Return the shape of one signal in the layout seen in ``fit``, channels where they were."""
    shape, position = estimator.signal_shape_, getattr(estimator, "_channel_axis", None)
    return shape if position is None else (*shape[1 : 1 + position], shape[0], *shape[1 + position :])


def to_input_layout(estimator, x):
    """Return signals of shape (n, channels, *shape) in the layout seen in ``fit``: the inverse of check_signals."""
    position = getattr(estimator, "_channel_axis", None)
    x = x if position is None else arrays.namespace(x).moveaxis(x, 1, 1 + position)
    return x.reshape(len(x), *input_shape(estimator))


def passed_on(estimator, X, x):
    """Return signals that follow from X for a part of an estimator, in the library of X if both take it."""
    return as_given(X, x) if takes(estimator, X) else x


def flat_rows(X):
    """Return an array of samples with any number of axes, or what can be converted to one, as flat rows."""
    # Not len(X), which arrays on disk need not have.
    return (X if is_dispatched(X) else np.asarray(X)).reshape(X.shape[0], -1)


def with_channels(shape, ndim):
    """Return the shape of a signal with a channel axis before its ``ndim`` axes, added if there is none."""
    return shape if len(shape) > ndim else (1, *shape)


def take_over_features(estimator, fitted):
    """Copy attributes that describe the input from a fitted estimator, and delete those that it lacks."""
    names = "n_features_in_", "feature_names_in_", "signal_shape_", "_channel_axis", "_channel_names", "_library"
    for name in names:
        if hasattr(fitted, name):
            setattr(estimator, name, getattr(fitted, name))
        elif hasattr(estimator, name):
            delattr(estimator, name)


def refuse_channel_axis(name, estimator, owner):
    """Raise ValueError if an estimator that gets signals with channels first is to look for them elsewhere."""
    for parameter, axis in estimator.get_params().items():
        if parameter.rpartition("__")[2] == "channel_axis" and axis not in (None, 0):
            raise ValueError(
                f"{name}={estimator!r}: {parameter}={axis}, but it gets signals with channels first; expected None. "
                f"{owner}"
            )


def reading_channels_first(estimator, has_channels):
    """Clone an estimator, and have it read its signals with channels first, if there are any, whatever the shape."""
    parameters = {}
    for parameter in estimator.get_params():
        prefix, separator, name = parameter.rpartition("__")
        if name == "channel_axis":
            parameters |= {parameter: 0 if has_channels else None, f"{prefix}{separator}shape": None}
    return clone(estimator).set_params(**parameters)
