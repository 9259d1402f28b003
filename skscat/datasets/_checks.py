"""Checks of the numbers that generators take."""

import math
from numbers import Real


def check_values(expected, accepts, **parameters):
    """Refuse parameters that a function does not accept.

    Parameters
    ----------
    expected : str
        What is accepted, for the message.
    accepts : callable
        Tells of a value whether it is accepted.
    **parameters : dict
        Values by the names of the parameters.

    Raises
    ------
    ValueError
        If one is not accepted.
    """
    for name, value in parameters.items():
        if not accepts(value):
            raise ValueError(f"{name}={value!r}: expected {expected}.")


def is_finite(value):
    """Whether this is a number, and neither infinite nor NaN."""
    return isinstance(value, Real) and math.isfinite(value)


def is_positive(value):
    """Whether this is a finite number greater than zero."""
    return is_finite(value) and value > 0


def is_not_negative(value):
    """Whether this is a finite number of at least zero."""
    return is_finite(value) and value >= 0
