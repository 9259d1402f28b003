"""What is worked out once per plan, and released with it; pickled plans, of which a process keeps one copy; bytes."""

import copyreg
from collections import deque
from dataclasses import fields, is_dataclass
from functools import wraps
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np
from joblib import hash as hash_content

from skscat._core._records import Plan

# Largest plan that a process keeps when the task that it came with has ended.
KEPT_BYTES = 2**23


def cached_per_plan(function):
    """Keep the results of ``function(plan, *key)`` for as long as the plan lives.

    Plans stay pure data: they can be pickled and shared, and know nothing of what is derived from them. Two threads
    that ask at the same time may both do the work; they get equal results.
    """
    results = WeakKeyDictionary()

    @wraps(function)
    def cached(plan, *key):
        of_plan = results.setdefault(plan, {})
        if key not in of_plan:
            of_plan[key] = function(plan, *key)
        return of_plan[key]

    return cached


# Plans that have been pickled or restored in this process, and the hash of the content of each.
_plans: WeakValueDictionary[str, Plan] = WeakValueDictionary()
_tokens: WeakKeyDictionary[Plan, str] = WeakKeyDictionary()
# Small plans that were restored last: a process that gets its tasks one by one holds no plan in between.
_kept: deque[Plan] = deque(maxlen=4)


def n_bytes(*roots):
    """Return the bytes of all arrays that records, and the containers in them, refer to; each counts once."""
    seen, total, pending = set(), 0, list(roots)
    while pending:
        item = pending.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, np.ndarray):
            # A view keeps the whole array.
            is_view = isinstance(item.base, np.ndarray)
            total += 0 if is_view else item.nbytes
            pending += [item.base] if is_view else []
        elif isinstance(item, dict):
            pending += item.values()
        elif isinstance(item, (list, tuple)):
            pending += item
        elif is_dataclass(item):
            pending += vars(item).values()
    return total


def _reduce(plan):
    """Pickle a plan with the hash of its content.

    Each task of a cluster or of another process comes with a plan of its own, which would be scheduled anew: that
    takes as long as some tens of images.
    """
    values = {f.name: getattr(plan, f.name) for f in fields(plan)}
    if plan not in _tokens:
        _tokens[plan] = hash_content(values)
    _plans.setdefault(_tokens[plan], plan)
    return _restore, (_tokens[plan], values)


def _restore(token, values):
    """Return the plan that this process has with the same content, or a new one."""
    plan = _plans.get(token)
    if plan is None:
        plan = _plans.setdefault(token, Plan(**values))
        _tokens[plan] = token
    if plan not in _kept and n_bytes(plan) <= KEPT_BYTES:
        _kept.append(plan)
    return plan


# Records know nothing of what is done with them, so that this is no method of theirs.
copyreg.pickle(Plan, _reduce)
