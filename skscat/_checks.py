"""Checks of parameters. Errors name the parameter, its value, and what was expected."""

import sys
import warnings
from collections.abc import Mapping, Set
from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np


def is_count(n, least=1):
    """Return whether n is a whole number of at least ``least``."""
    return isinstance(n, Integral) and not isinstance(n, bool) and n >= least


def is_finite(value):
    """Return whether a value is a finite real number."""
    return isinstance(value, Real) and isfinite(value)


def is_positive(value):
    """Return whether a value is a finite number greater than zero."""
    return is_finite(value) and value > 0


def is_nonnegative(value):
    """Return whether a value is a finite number of at least zero."""
    return is_finite(value) and value >= 0


def check_values(expected, accepts, /, **values):
    """Raise ValueError, naming the parameter, unless ``accepts(value)`` is true for each value."""
    for name, value in values.items():
        if not accepts(value):
            raise ValueError(f"{name}={value!r}: expected {expected}.")


def check_counts(least=1, /, **counts):
    """Raise ValueError, naming the parameter, unless each value is a whole number of at least ``least``."""
    check_values(f"a whole number of at least {least}", lambda n: is_count(n, least), **counts)


def check_positive(**values):
    """Raise ValueError, naming the parameter, unless each value is a positive number, or None for a default."""
    check_values("a positive number", lambda value: value is None or is_positive(value), **values)


def check_scale(name, value, longest, what, suited, average="average"):
    """Raise ValueError unless an averaging scale is a number from 1 to ``longest``, the length of ``what``.

    The message suggests the scale ``suited``, or the parameter ``average``.
    """
    if not isinstance(value, Real) or not value >= 1:
        raise ValueError(f"{name}={value!r}: expected a number of at least 1.")
    if value > longest:
        raise ValueError(
            f"{name}={value} is longer than {what}. Choose a smaller {name}, such as {suited}; "
            f'{average}="global" with {name}=None averages over all of it.'
        )


def check_choice(name, value, choices):
    """Raise ValueError unless a value is among the choices."""
    # A tuple, since a value may be unhashable and the choices may be the keys of a dict.
    if value not in tuple(choices):
        raise ValueError(f"{name}={value!r}: expected one of {', '.join(map(repr, choices))}.")


def is_sequence(values):
    """Return whether values can be iterated over in an order that means something: neither a dict, a set nor text."""
    return np.iterable(values) and not isinstance(values, (Mapping, Set, str, bytes))


def as_sequence(value):
    """Return a sequence as a tuple, and anything else as a tuple of one."""
    return tuple(value) if is_sequence(value) else (value,)


def check_shape(shape, ndim):
    """Return the shape of a signal of ``ndim`` axes as a tuple of int, or raise ValueError."""
    entries = as_sequence(shape)
    if len(entries) != ndim or not all(map(is_count, entries)):
        raise ValueError(f"shape={shape!r}: expected {ndim} whole number{'s' * (ndim > 1)} of at least 1.")
    return tuple(map(int, entries))


def check_numbers(name, values, accepts, expected):
    """Return a sequence of numbers as a tuple of float; raise ValueError unless ``accepts`` is true for each."""
    numbers = tuple(values) if is_sequence(values) else ()
    if not numbers or not all(is_finite(v) and accepts(v) for v in numbers):
        raise ValueError(f"{name}={values!r}: expected a sequence of {expected}.")
    return tuple(map(float, numbers))


def check_powers(powers):
    """Return powers of moduli as a tuple of float.

    Raises
    ------
    ValueError
        If ``powers`` are not positive numbers, or not distinct.
    """
    numbers = check_numbers("powers", powers, lambda p: p > 0, "positive numbers")
    if len({f"{p:g}" for p in numbers}) < len(numbers):
        raise ValueError(f"powers={powers!r}: expected numbers that differ in their first six digits.")
    return numbers


def is_masked(values):
    """Return whether an array, or an array in a list or in an array of objects, has masked values.

    For a Dask array, only the type of its blocks is known.
    """
    if isinstance(getattr(values, "_meta", None), np.ma.MaskedArray):
        return True
    if isinstance(values, np.ma.MaskedArray):
        return bool(np.ma.is_masked(values))
    if isinstance(values, np.ndarray) and values.dtype == object:
        return any(map(is_masked, values.flat))
    return isinstance(values, (list, tuple)) and any(map(is_masked, values))


# What to do about masked values.
MASKED = "Fill them in, by interpolation or with its method filled(), or drop the rows that have any."


def refuse_masked(name, values, masked=MASKED):
    """Raise ValueError if there are masked values, whose mask would be lost: what it hides would count as data."""
    if is_masked(values):
        raise ValueError(f"{name} has masked values; expected values only. {masked}")


def fill_masked(values):
    """Return values with NaN for those that are masked, in an array, or in the arrays in a list or in objects."""
    if values is np.ma.masked:
        return np.nan
    if hasattr(values, "iloc") and len(values.shape) == 1:
        # A column of a data frame.
        values = np.asarray(values)
    if not is_masked(values):
        return values
    if isinstance(getattr(values, "_meta", None), np.ma.MaskedArray):
        values = values.compute()
    if isinstance(values, np.ma.MaskedArray):
        single = values.dtype in (np.float32, np.complex64)
        return values.astype(values.dtype if single else np.result_type(values.dtype, np.float64)).filled(np.nan)
    return [fill_masked(v) for v in values]


# What to do about sequences of different lengths.
UNEQUAL = (
    "skscat.preprocessing.VariableSizeScattering and ScatteringClassifier take signals of different lengths. Or crop "
    'them, or pad them to one length, for example with np.pad and mode="symmetric".'
)


def as_array(name: str, values: Any, unequal: str = UNEQUAL, masked: str = MASKED) -> np.ndarray:
    """Return values as an array, for functions and estimators alike. Signals in lists or in objects are stacked.

    Raises
    ------
    ValueError
        If values are masked, are not numbers, or are sequences of different lengths.
    TypeError
        If values are a sparse matrix.
    """
    refuse_masked(name, values, masked)
    if hasattr(values, "toarray"):
        raise TypeError(
            f"Sparse data was passed for {name}, but dense data is required. Use '.toarray()' to convert to a dense "
            "numpy array."
        )
    # Dicts, sets and generators become arrays without axes.
    array = _stacked(name, values, unequal) if isinstance(values, (list, tuple)) else np.asarray(values)
    if array.dtype == object and array.size and np.ndim(array.flat[0]):
        # Columns of a data frame.
        refuse_masked(name, array, masked)
        array = _stacked(name, array.tolist(), unequal)
    if array.dtype == object and not array.ndim:
        raise ValueError(f"{name} is of type {type(values).__name__}; expected an array of numbers.")
    if array.dtype.kind in "mMV":
        raise ValueError(f"{name} has dtype {array.dtype}; expected real numbers.")
    return array


def _stacked(name, values, unequal):
    """Convert a list to an array; say which lengths its entries have if they differ."""
    try:
        return np.asarray(values)
    except ValueError:
        lengths = {len(entry) if np.iterable(entry) else 0 for entry in values}
        found = f"lengths, from {min(lengths)} to {max(lengths)}" if len(lengths) > 1 else "shapes"
        raise ValueError(f"{name} has entries of different {found}; expected the same. {unequal}") from None


def warn_user(message):
    """Warn at the line that calls the package, however many frames away it is."""
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in ("skscat", "sklearn"):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)
