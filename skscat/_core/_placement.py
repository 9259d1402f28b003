"""Schedules whose filters and matrices are where the signals are."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from skscat._core._caching import cached_per_plan
from skscat._core._namespace import from_numpy, is_numpy, namespace, precision
from skscat._core._records import Plan
from skscat._core._schedule import Siblings, schedule


def schedule_for(x: Any, plan: Plan) -> Siblings:
    """Return the schedule of a plan for signals, with arrays of their library, on their device.

    What is copied there is kept for as long as the plan lives.
    """
    if is_numpy(x):
        return schedule(plan, precision(x))
    placements, key = _placements(plan), (precision(x), namespace(x).__name__, str(x.device))
    if key not in placements:
        placements[key] = with_arrays(schedule(plan, precision(x)), lambda values: from_numpy(values, x))
    return placements[key]


@cached_per_plan
def _placements(plan):
    return {}


def with_arrays(signal: Siblings, convert: Callable[[np.ndarray], Any]) -> Siblings:
    """Return a schedule with each of its arrays converted; those with the same values in memory only once."""
    converted: dict = {}

    def convert_once(values):
        key = _place(values)
        if key not in converted:
            converted[key] = convert(values)
        return converted[key]

    return _mapped(signal, convert_once)


def arrays_of(signal: Siblings) -> list[np.ndarray]:
    """Return the arrays of a schedule, in the order in which :func:`with_arrays` converts them."""
    found: list = []
    with_arrays(signal, found.append)
    return found


def _place(values):
    return values.__array_interface__["data"][0], values.shape, values.strides, values.dtype


def _mapped(record, convert):
    """Copy a record, or what contains some, with converted arrays."""
    if isinstance(record, np.ndarray):
        return convert(record)
    if is_dataclass(record):
        return replace(record, **{f.name: _mapped(getattr(record, f.name), convert) for f in fields(record)})
    if isinstance(record, (list, tuple)):
        parts = [_mapped(part, convert) for part in record]
        return type(record)(*parts) if hasattr(record, "_fields") else type(record)(parts)
    return record
