"""Plans of several grids, kept within a number of bytes."""

from collections import OrderedDict
from threading import Lock

from skscat._core._caching import n_bytes
from skscat._core._schedule import schedule
from skscat._core._threads import single_threaded_blas


class PlanCache:
    """Plans by their grid, with the order of their work: the least recently used make way for others.

    Threads share it. It is pickled without its plans: each process makes its own.

    Parameters
    ----------
    make : callable
        ``make(grid)`` returns the plan of a grid. It can be pickled.
    max_bytes : float
        Bytes of the arrays of all plans. The plan that was used last is kept in any case.
    """

    def __init__(self, make, max_bytes):
        self._make, self._max_bytes = make, max_bytes
        self._plans, self._sizes, self._lock = OrderedDict(), {}, Lock()

    def __reduce__(self):
        return PlanCache, (self._make, self._max_bytes)

    def __len__(self):
        return len(self._plans)

    @property
    def n_bytes(self):
        """Bytes of the arrays of all plans."""
        return sum(self._sizes.values())

    # Entered before the lock is taken: a fork, which would inherit the lock, waits until the plan is made.
    @single_threaded_blas()
    def plan(self, grid, dtype):
        """Return the plan of a grid, whose work is ordered for a precision."""
        with self._lock:
            plan = self._plans.pop(grid, None)
            if plan is None:
                plan = self._make(grid)
            # Of plans that are known, the work for another precision takes more memory.
            self._sizes[grid] = max(self._sizes.get(grid, 0), n_bytes(plan, schedule(plan, dtype)))
            self._plans[grid] = plan
            while len(self._plans) > 1 and self.n_bytes > self._max_bytes:
                del self._sizes[self._plans.popitem(last=False)[0]]
            return plan
