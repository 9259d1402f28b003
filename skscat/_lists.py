"""Signals of different lengths or sizes: lists, arrays of objects and columns of arrays, read one by one."""

import numpy as np

from skscat._checks import as_array
from skscat._signals import NOUNS, channel_position

# What to do about values that are not known.
MISSING_VALUES = {
    1: "Interpolate values that are missing, for example with np.interp, or drop the signal.",
    2: "Interpolate pixels that are missing, for example with scipy.interpolate.griddata, or drop the image.",
    3: "Interpolate voxels that are missing, for example with scipy.interpolate.griddata, or drop the volume.",
}


def as_list(X):
    """Return the signals of a list, a column, an array of objects, or an array of more than two axes.

    Parameters
    ----------
    X : object
        Signals, or anything else.

    Returns
    -------
    signals : list, or None
        Entries have an attribute ``shape``. None if X consists of rows of numbers, or of no signals.
    """
    if hasattr(X, "iloc") and len(X.shape) == 1:
        X = X.to_numpy()
    shape = getattr(X, "shape", ())
    if isinstance(X, (list, tuple)) or (len(shape) == 1 and X.dtype == object):
        signals = [x if hasattr(x, "shape") else as_array(f"X[{i}]", x) for i, x in enumerate(X)]
    elif len(shape) > 2:
        # Arrays on disk cannot always be iterated over.
        signals = [X[i] for i in range(shape[0])]
    else:
        return None
    return signals if signals and len(signals[0].shape) else None


def differ(signals):
    """Return whether signals differ in shape."""
    return len({tuple(signal.shape) for signal in signals}) > 1


def unequal(X):
    """Return the signals of X as a list if they differ in shape, otherwise None."""
    if len(getattr(X, "shape", ())) > 1:
        return None
    signals = as_list(X)
    return signals if signals and differ(signals) else None


def read_list(signals, ndim, channel_axis=None, channels=None, complex_input=False):
    """Validate signals of any lengths or sizes, and move their channels to the first axis.

    Parameters
    ----------
    signals : list
        What :func:`as_list` returned.
    ndim : int
        Number of axes of a signal, without channels.
    channel_axis : int, default=None
        Axis of a signal that holds its channels. None means the first if there is one axis more than ``ndim``.
    channels : tuple of int, default=None
        Number of channels of all signals, or ``()`` if they have no such axis; None means that of the first signal.
    complex_input : bool, default=False
        Whether signals may be complex.

    Returns
    -------
    x : list of ndarray of shape (channels, *shape)
        float32 or float64 (complex64 or complex128), with one channel if there is no such axis.
    channels : tuple of int

    Raises
    ------
    ValueError
        If a signal is not finite and real (unless it may be complex), has no samples, or has another number of axes or
        of channels. The error gives its index.
    """
    x, reference = [], "the signals seen in fit have"
    for i, signal in enumerate(signals):
        values = _read(f"X[{i}]", signal, ndim, channel_axis, complex_input)
        if channels is None:
            channels, reference = values.shape[: values.ndim - ndim], "X[0] has"
        found = values.shape[: values.ndim - ndim]
        if found != channels:
            raise ValueError(
                f"X[{i}] has {_described(found)}, but {reference} {_described(channels)}; expected the same for all "
                f"{NOUNS[ndim][0]}. {_remedy(ndim, channel_axis, values.shape, both=bool(found and channels))}"
            )
        x.append(values if channels else values[np.newaxis])
    return x, channels


def _described(channels):
    """Describe the channels of a signal."""
    return f"{channels[0]} channel{'s' * (channels[0] > 1)}" if channels else "no axis of channels"


def _remedy(ndim, channel_axis, shape, both=False):
    """Say how to give all signals the same channels, for one of a shape; ``both`` if only their numbers differ."""
    last = "If channels are on the last axis, set channel_axis=-1. " if both and channel_axis is None else ""
    if ndim == 2:
        return (
            f'{last}Make all images gray, with Pillow\'s convert("L") and channel_axis=None, or make all RGB, with '
            'convert("RGB") and channel_axis=-1.'
        )
    axis = (-1 if len(shape) > ndim and shape[-1] < shape[0] else 0) if channel_axis is None else channel_axis
    none = "" if channel_axis is None else ", and leave channel_axis=None"
    return (
        f"{last}Average the channels of {NOUNS[ndim][0]} that have several, x.mean(axis={axis}){none}, or give all "
        f"{NOUNS[ndim][0]} the same channels."
    )


def _read(name, signal, ndim, channel_axis, complex_input):
    """Validate one signal; return it with channels first, if it has an axis of channels."""
    x = as_array(name, signal)
    expected = (ndim, ndim + 1) if channel_axis is None else (ndim + 1,)
    if x.ndim not in expected:
        found = f"has {x.ndim} ax{'i' if x.ndim == 1 else 'e'}s"
        advice = f", with channels. {_remedy(ndim, channel_axis, x.shape)}" if channel_axis is not None else "."
        raise ValueError(f"{name} {found}, of shape {x.shape}; expected {' or '.join(map(str, expected))}{advice}")
    if x.size == 0:
        raise ValueError(f"{name} has shape {x.shape}, without {NOUNS[ndim][1]}; a minimum of 1 is required.")
    x = _as_floats(name, x, ndim, complex_input)
    return x if channel_axis is None else np.moveaxis(x, channel_position(channel_axis, ndim), 0)


def _as_floats(name, x, ndim, complex_input):
    """Return an array in single precision, if it is, or double precision; raise ValueError unless it is finite."""
    is_complex = x.dtype.kind == "c"
    if is_complex and not complex_input:
        raise ValueError(
            f"{name} is complex; expected real numbers. Set complex_input=True of the transform, if it has this "
            "parameter, for complex signals."
        )
    if x.dtype not in (np.float32, np.float64, np.complex64, np.complex128):
        try:
            x = x.astype(np.complex128 if is_complex else np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{name} has dtype {x.dtype}; expected real numbers.") from None
    if not np.isfinite(x).all():
        found, advice = ("NaN", MISSING_VALUES[ndim]) if np.isnan(x).any() else ("infinity", "")
        raise ValueError(f"{name} contains {found}. {advice}")
    return x
