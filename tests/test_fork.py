"""Processes that are forked while other threads transform."""

import os
import threading
import time
import warnings

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from skscat import Scattering1D
from skscat._core._threads import single_threaded_blas

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

N_FORKS = 300
# A child takes some milliseconds; one that hangs takes forever.
TIMEOUT = 30.0


# Looks for the libraries once: a search in each child would take most of the time.
BLAS = ThreadpoolController().select(user_api="blas")


def blas_threads():
    return {library.num_threads for library in BLAS.lib_controllers}


def fork(run):
    """Return the exit code of a forked process, or None if it hangs: that of ``run()``, 99 if it raises."""
    with warnings.catch_warnings():
        # Python warns of just what is tested here.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        try:
            os._exit(run())
        finally:
            os._exit(99)
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(1e-3)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return None


def test_forks_beside_busy_threads_neither_hang_nor_lose_blas_threads(rng):
    before = blas_threads()
    X = rng.standard_normal((2, 64))
    scattering = Scattering1D(J=3).fit(X)
    expected = scattering.transform(X)
    stop = threading.Event()

    def work():
        while not stop.is_set():
            scattering.transform(X)

    def child():
        same = np.array_equal(scattering.transform(X), expected)
        return 0 if same and blas_threads() == before else 1

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        codes = [fork(child) for _ in range(N_FORKS)]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert codes == [0] * N_FORKS
    assert blas_threads() == before


def test_fork_inside_a_computation_keeps_the_limit_until_all_are_left():
    before = blas_threads()

    def child():
        inner.__exit__(None, None, None)
        first = blas_threads()
        outer.__exit__(None, None, None)
        return 0 if first == {1} and blas_threads() == before else 1

    outer, inner = single_threaded_blas(), single_threaded_blas()
    with outer, inner:
        assert fork(child) == 0
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_forks_do_not_wait_forever_for_a_thread_that_is_blocked(monkeypatch):
    monkeypatch.setattr("skscat._core._threads.FORK_TIMEOUT", 0.2)
    inside, end = threading.Event(), threading.Event()

    def work():
        with single_threaded_blas():
            inside.set()
            end.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    try:
        assert fork(lambda: 0) == 0
    finally:
        end.set()
        thread.join()
