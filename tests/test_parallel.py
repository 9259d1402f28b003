"""Threads, processes and machines give the same numbers, and data need not fit in memory."""

import threading
import tracemalloc

import numpy as np
import pytest
import scipy.fft
from joblib import parallel_config
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_info

from skscat import Scattering1D, Scattering2D

CASES = [
    (Scattering1D(J=3, Q=2), (64,)),
    (Scattering2D(J=2, L=3, renormalize=True), (12, 12)),
]
each_case = pytest.mark.parametrize(("estimator", "shape"), CASES, ids=lambda case: type(case).__name__)


def signals(shape, n=200):
    return np.random.default_rng(0).standard_normal((n, *shape)).astype(np.float32)


# ---------------------------------------------------------------------------------------------------------------
# Threads and processes


class CountingBackend:
    """A backend of scipy.fft that notes which threads call it, and leaves the work to SciPy."""

    __ua_domain__ = "numpy.scipy.fft"

    def __init__(self):
        self.calls, self.threads, self.blas_threads = 0, set(), set()

    def __ua_function__(self, method, args, kwargs):
        self.calls += 1
        self.threads.add(threading.get_ident())
        self.blas_threads |= {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
        with scipy.fft.set_backend("scipy", only=True):
            return method(*args, **kwargs)


@pytest.fixture
def in_small_tasks(monkeypatch):
    """Make tasks of single blocks, so that small data keep all workers busy."""
    monkeypatch.setattr("skscat._base.TASK_BYTES", 1)


@pytest.mark.usefixtures("in_small_tasks")
@pytest.mark.parametrize("backend", ["threading", "loky"])
@each_case
def test_joblib_backends_agree_with_serial_run(estimator, shape, backend):
    X = signals(shape)
    expected = estimator.fit(X).transform(X)
    with parallel_config(backend=backend, n_jobs=2):
        np.testing.assert_array_equal(estimator.transform(X), expected)


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes on this machine."""
    distributed = pytest.importorskip("distributed", reason='needs the extra "distributed"')
    quiet = {"distributed.worker.memory.terminate": False, "distributed.comm.timeouts.connect": "60s"}
    dask = pytest.importorskip("dask", reason='needs the extra "distributed"')
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.usefixtures("in_small_tasks")
@each_case
def test_dask_workers_agree_with_serial_run(cluster, estimator, shape):
    X = signals(shape)
    expected = estimator.fit(X).transform(X)
    with parallel_config(backend="dask"):
        np.testing.assert_array_equal(estimator.transform(X), expected)
    log = cluster.get_task_stream() if False else cluster.run(lambda dask_worker: dask_worker.state.executed_count)
    assert min(log.values()) > 0, "both workers must have worked"


def test_one_set_of_filters_travels_to_dask_workers(cluster):
    from dask.sizeof import sizeof

    plan = Scattering2D(J=2).fit(signals((32, 32), 1)).plan_
    # joblib sends arguments above 1 kB once, not with every task.
    assert sizeof(plan) > 1000
