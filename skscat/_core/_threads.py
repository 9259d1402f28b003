"""Threads: how many there are, how many BLAS uses, and which backend computes Fourier transforms."""

from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock, get_ident

import scipy.fft
from joblib.parallel import get_active_backend
from threadpoolctl import OpenBLASController, ThreadpoolController

_lock = Lock()
_users = 0
_limit = None


def n_workers(n_jobs):
    """Return ``n_jobs``, but 1 inside a worker, such as one of a grid search: the workers keep all cores busy."""
    return 1 if get_active_backend(prefer="threads")[0].nesting_level else n_jobs


@cache
def _controller():
    return ThreadpoolController()


@contextmanager
def single_threaded_blas():
    """Limit the BLAS of this process to one thread; the first to enter sets the limit, the last to leave restores it.

    The matrix products of a transform are small, and threads that wait for each other on busy cores cost several times
    what they gain. Blocks of signals are the unit of parallel work here.
    """
    global _users, _limit
    with _lock:
        _users += 1
        if _users == 1:
            _clear_controlling_thread()
            _limit = _controller().limit(limits=1, user_api="blas")
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _clear_controlling_thread()
                _limit.restore_original_limits()
                _clear_controlling_thread()


def _clear_controlling_thread():
    """Let the next thread set the limit: in threadpoolctl 3.8 and later, only the first thread to do so may."""
    if hasattr(OpenBLASController, "clear_controlling_thread"):
        OpenBLASController.clear_controlling_thread(force=True)


class FFTBackends:
    """The backends of ``scipy.fft`` that are set in the current thread, to be set in other threads.

    ``scipy.fft.set_backend`` only affects the thread that calls it. Backends are not sent to other processes,
    which use their own.
    """

    def __init__(self):
        self._thread = get_ident()
        self._skipped, self._preferred = _local_backends()

    def __reduce__(self):
        return FFTBackends, ()

    @contextmanager
    def in_force(self):
        """Set the backends, unless this is the thread they come from."""
        with ExitStack() as stack:
            if get_ident() != self._thread:
                for backend in self._skipped:
                    stack.enter_context(scipy.fft.skip_backend(backend))
                for backend, coerce, only in self._preferred:
                    stack.enter_context(scipy.fft.set_backend(backend, coerce=coerce, only=only))
            yield


def _local_backends():
    """Return the backends of this thread: those to skip, and those to prefer with their options.

    SciPy has no public function that returns them, and there is no other way to pass them to worker threads: a
    context variable would have to be set by ``scipy.fft.set_backend`` itself. SciPy's private ``set_state``, made for
    this purpose, frees memory twice if ``set_backend`` is called in the same thread (SciPy 1.17). Without the private
    name, workers fall back on the default backend: results are the same, and only the speed differs.
    """
    try:
        _, local, _ = scipy.fft._backend.ua.get_state()._pickle()
    except AttributeError:
        return (), ()
    return local.get("numpy.scipy.fft", ((), ()))
