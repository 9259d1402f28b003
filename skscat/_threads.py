"""One thread for matrix products while signals are transformed in parallel, or beside other work."""

from contextlib import contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

_lock = Lock()
_users = 0
_limit = None


@cache
def _controller():
    return ThreadpoolController()


@contextmanager
def single_threaded_blas():
    """Hold the BLAS of this process to one thread; the first to enter sets the limit, the last to leave lifts it.

    The matrix products of a transform are small, and threads that wait for each other on busy cores would cost a
    multiple of what they gain: blocks of signals are the unit of parallel work here.
    """
    global _users, _limit
    with _lock:
        _users += 1
        if _users == 1:
            _limit = _controller().limit(limits=1, user_api="blas")
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _limit.restore_original_limits()
