"""Threads: how many there are, how many BLAS uses, and which backend computes Fourier transforms."""

import os
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Condition, get_ident, local

import scipy.fft
from joblib import Parallel, delayed
from joblib.parallel import SequentialBackend, get_active_backend
from threadpoolctl import OpenBLASController, ThreadpoolController

# Longest time, in seconds, that a fork waits for the computations of other threads.
FORK_TIMEOUT = 60.0
# Number of times that calls lost with a worker of a cluster are computed again.
MAX_LOSSES = 3
# Work is split into TASKS_PER_WORKER tasks per worker, to even out their speed, with outputs of at most TASK_BYTES.
TASKS_PER_WORKER, TASK_BYTES = 4, 2**24


def n_workers(n_jobs):
    """Return ``n_jobs``, but 1 inside a worker, such as one of a grid search: the workers keep all cores busy."""
    return 1 if get_active_backend(prefer="threads")[0].nesting_level else n_jobs


def results_in_order(jobs, n_jobs, verbose):
    """Yield the results of delayed calls; those that go down with a worker of a cluster are computed again."""
    backend, _ = get_active_backend(prefer="threads")
    # Multiprocessing returns a list only. joblib does not ask a sequential backend, whose answer is wrong.
    yields = isinstance(backend, SequentialBackend) or backend.supports_return_generator
    n_done, n_lost = 0, 0
    while n_done < len(jobs):
        parallel = Parallel(n_jobs, verbose=verbose, prefer="threads", return_as="generator" if yields else "list")
        try:
            for result in parallel(jobs[n_done:]):
                yield result
                n_done += 1
        except CancelledError:
            n_lost += 1
            if n_lost > MAX_LOSSES:
                raise


def task_length(smallest, n, n_bytes, n_jobs):
    """Return the number of signals per task: equally many tasks for all workers, and outputs that stay small.

    Parameters
    ----------
    smallest : int
        Number of signals that is worth a task.
    n : int
        Number of all signals.
    n_bytes : int
        Size of the outputs for one signal.
    n_jobs : int
        Number of workers.
    """
    longest = max(smallest, TASK_BYTES // n_bytes)
    rounds = max(1, -(-n // (n_jobs * longest)), min(TASKS_PER_WORKER, n // (n_jobs * smallest)))
    return -(-n // (n_jobs * rounds))


def run_tasks(S, tasks, n_jobs, verbose):
    """Fill the rows of S in parallel, and return S.

    Parameters
    ----------
    S : ndarray of shape (n, n_features)
    tasks : list of tuple
        Rows, a function of signals, the signals, and other arguments of the function.
    n_jobs, verbose : int
        As in :class:`joblib.Parallel`.
    """
    run, backends = delayed(_run_block), FFTBackends()
    # Arguments are passed separately, so that joblib on dask sends large ones once, not with every task.
    jobs = [run(function, backends, *arguments) for _, function, *arguments in tasks]
    for (rows, *_), s in zip(tasks, results_in_order(jobs, n_jobs, verbose), strict=True):
        S[rows] = s.reshape(len(s), -1)
    return S


def _run_block(function, backends, x, *arguments):
    with backends.in_force():
        return function(x, *arguments)


@cache
def _controller():
    return ThreadpoolController()


class _Computations:
    """The computations of this process: BLAS has one thread while there are any, and a fork waits for a safe point.

    A forked process inherits the locks that other threads hold, in this package as in the Fourier transforms of SciPy,
    and no thread is left to release them. A fork therefore waits until every other computation has ended or come to
    :meth:`checkpoint`, or for ``FORK_TIMEOUT``: another thread may be blocked by a lock that the forking thread holds.
    In the forked process BLAS gets its threads back.
    """

    def __init__(self):
        self._changed = Condition()
        # All computations, those at a safe point, and forks that wait for the others.
        self._n_running, self._n_safe, self._n_forks = 0, 0, 0
        self._of_thread = local()
        self._limit = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before_fork, after_in_parent=self._after_fork, after_in_child=self._after_fork_in_child
            )

    @property
    def _n_own(self):
        """Computations of the current thread, one inside the other."""
        return getattr(self._of_thread, "n", 0)

    def enter(self):
        with self._changed:
            if not self._n_own:
                self._changed.wait_for(lambda: not self._n_forks)
            self._of_thread.n = self._n_own + 1
            self._n_running += 1
            if self._limit is None:
                _clear_controlling_thread()
                self._limit = _controller().limit(limits=1, user_api="blas")

    def leave(self):
        with self._changed:
            self._of_thread.n -= 1
            self._n_running -= 1
            self._restore_threads()
            self._changed.notify_all()

    def checkpoint(self):
        """Let forks that wait go ahead."""
        if self._n_forks:
            with self._changed:
                self._at_safe_point(lambda: not self._n_forks)

    def _at_safe_point(self, condition, timeout=None):
        n = self._n_own
        self._n_safe += n
        self._changed.notify_all()
        self._changed.wait_for(condition, timeout)
        self._n_safe -= n

    def _restore_threads(self):
        if self._limit is not None and not self._n_running:
            _clear_controlling_thread()
            self._limit.restore_original_limits()
            self._limit = None
            _clear_controlling_thread()

    def _before_fork(self):
        # The lock is held until the fork is over.
        self._changed.acquire()
        self._n_forks += 1
        self._at_safe_point(lambda: self._n_safe >= self._n_running, FORK_TIMEOUT)

    def _after_fork(self):
        self._n_forks -= 1
        self._changed.notify_all()
        self._changed.release()

    def _after_fork_in_child(self):
        """Forget the threads that a forked process does not have."""
        self._changed = Condition()
        self._n_running, self._n_safe, self._n_forks = self._n_own, 0, 0
        self._restore_threads()


_computations = _Computations()
checkpoint = _computations.checkpoint


@contextmanager
def single_threaded_blas():
    """Limit the BLAS of this process to one thread; the first to enter sets the limit, the last to leave restores it.

    The matrix products of a transform are small, and threads that wait for each other on busy cores cost several times
    what they gain. Blocks of signals are the unit of parallel work here. A fork waits until computations in other
    threads have left, or have called :func:`checkpoint`.
    """
    _computations.enter()
    try:
        yield
    finally:
        _computations.leave()


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
