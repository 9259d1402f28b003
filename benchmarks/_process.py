"""Memory of processes."""

import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path


def in_new_process(function, *arguments):
    """Return the result of a function of a module, computed in a new process, whose peak memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def memory(field):
    """Current resident memory (VmRSS; RssAnon without mapped files) or its peak (VmHWM), in bytes.

    Unlike ru_maxrss on Linux, it excludes the memory of the parent process at the start of this process.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return next(1024 * int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(field))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
