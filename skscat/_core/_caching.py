"""What is worked out once per plan, and released with it."""

from functools import wraps
from weakref import WeakKeyDictionary


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
