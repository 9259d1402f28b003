"""Threads, processes and clusters give the same numbers, and data need not fit in memory."""

import os
import signal
import threading
import tracemalloc
from concurrent.futures import CancelledError

import numpy as np
import pytest
import scipy.fft
from graph_cases import ring
from joblib import delayed, parallel_config
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_info

from skscat import (
    GraphScattering,
    HaarScattering,
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    ScatteringClassifier,
    ScatteringRegressor,
    TimeFrequencyScattering,
)
from skscat._core._threads import MAX_LOSSES, results_in_order, single_threaded_blas
from skscat.classification import AffineSubspaceClassifier
from skscat.linear_model import OrthogonalLeastSquares
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.physics import (
    AtomicDensity,
    CoulombMatrix,
    DensityInvariants,
    FourierInvariants,
    NBodyInvariants,
    WaveletInvariants,
)
from skscat.preprocessing import (
    CosineReduction,
    LevelNormalizer,
    LogMedian,
    PathScaler,
    RectifiedDerivatives,
    RotationAveraging,
    ScaleAveraging,
    VariableSizeScattering,
    WaveletProportions,
)
from skscat.synthesis import GaussianTexture, MicrocanonicalModel, ScatteringDenoiser, ScatteringInpainter

CASES = [
    pytest.param(Scattering1D(J=3, Q=2), (64,), id="1d"),
    pytest.param(Scattering2D(J=2, L=3, renormalize=True), (12, 12), id="2d"),
    pytest.param(TimeFrequencyScattering(J=3, Q=2, renormalize=True), (64,), id="time-frequency"),
    pytest.param(RotoTranslationScattering2D(J=2, L=2), (8, 8), id="roto-translation"),
    pytest.param(HarmonicScattering3D(J=1, L=1, renormalize=True), (4, 4, 4), id="solid-harmonic"),
]
POOLED = pytest.param(VariableSizeScattering(Scattering1D(J=3, Q=2)), (64,), id="variable-size")
each_case = pytest.mark.parametrize(("estimator", "shape"), CASES)
each_case_and_pooled = pytest.mark.parametrize(("estimator", "shape"), [*CASES, POOLED])


def signals(shape, n=200):
    return np.random.default_rng(0).standard_normal((n, *shape)).astype(np.float32)


@pytest.fixture
def small_tasks(monkeypatch):
    """Let tasks be so small that 200 signals make eight of them for two workers."""
    for module in ("_core._traversal", "preprocessing._variable_size"):
        monkeypatch.setattr(f"skscat.{module}.STEP_POINTS", 2**10)


# ---------------------------------------------------------------------------------------------------------------
# Threads, processes, clusters


@each_case_and_pooled
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("backend", ["threading", "loky", "multiprocessing", "sequential"])
def test_joblib_backends_agree_with_serial_run(estimator, shape, backend, n_jobs, small_tasks):
    X = signals(shape)
    estimator = clone(estimator).fit(X)
    expected = estimator.transform(X)
    with parallel_config(backend=backend, n_jobs=n_jobs):
        np.testing.assert_array_equal(estimator.transform(X), expected)


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes on this machine."""
    distributed = pytest.importorskip("distributed", reason="needs the extra 'distributed'")
    workers = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with (
        distributed.LocalCluster(**workers, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@each_case_and_pooled
def test_dask_workers_agree_with_serial_run(cluster, estimator, shape, small_tasks):
    X = signals(shape)
    estimator = clone(estimator).fit(X)
    expected = estimator.transform(X)
    assert len(cluster.ncores()) == 2
    with parallel_config(backend="dask"):
        np.testing.assert_array_equal(estimator.transform(X), expected)


def test_filters_travel_to_dask_workers_once(cluster):
    from dask.sizeof import sizeof

    plan = Scattering2D(J=2).fit(signals((32, 32), 1)).plan_
    filters = sum(psi.values.nbytes for psi in plan.banks[0].psi)
    # joblib sends arguments of more than 1 kB once and not with every task; it asks dask for their size.
    assert sizeof(plan) > filters > 1000


def test_blocks_that_go_down_with_a_dask_worker_are_computed_again(cluster, tmp_path, monkeypatch, small_tasks):
    X = signals((64,))
    estimator = Scattering1D(J=3, Q=2).fit(X)
    expected = estimator.transform(X)
    function, *arguments = estimator._computation()
    fuse, last = tmp_path / "fuse", X[-1]
    fuse.touch()

    def kill_once(x, *arguments):
        # The last block to be sent: a worker must not be lost while it receives one, since joblib then waits forever.
        if fuse.exists() and np.array_equal(x[-1].ravel(), last):
            fuse.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return function(x, *arguments)

    monkeypatch.setattr(estimator, "_computation", lambda: (kill_once, *arguments))
    with parallel_config(backend="dask"):
        S = estimator.transform(X)
    assert not fuse.exists()
    np.testing.assert_array_equal(S, expected)
    # Dask starts another worker for the tests that follow.
    cluster.wait_for_workers(2, timeout=60)


def test_calls_that_are_always_lost_raise_the_error():
    def lost():
        calls.append(None)
        raise CancelledError

    calls = []
    with pytest.raises(CancelledError):
        list(results_in_order([delayed(lost)()], n_jobs=1, verbose=0))
    assert len(calls) == 1 + MAX_LOSSES


def test_calls_before_a_lost_one_are_not_repeated():
    def lost_once(k):
        calls.append(k)
        if calls == [0, 1]:
            raise CancelledError
        return k

    calls = []
    assert list(results_in_order([delayed(lost_once)(k) for k in range(3)], n_jobs=1, verbose=0)) == [0, 1, 2]
    assert calls == [0, 1, 1, 2]


class RecordingBackend:
    """A backend of scipy.fft that records how many points each call transforms, and leaves the work to SciPy.

    It records which threads call it, and, as that takes long, only at the first call of each how many the BLAS has.
    """

    __ua_domain__ = "numpy.scipy.fft"

    def __init__(self):
        # Threads may append at the same time.
        self.points, self.threads, self.blas_threads = [], set(), set()

    def __ua_function__(self, method, args, kwargs):
        self.points.append(np.size(args[0]))
        if threading.get_ident() not in self.threads:
            self.threads.add(threading.get_ident())
            self.blas_threads |= blas_threads()
        with scipy.fft.set_backend("scipy", only=True):
            return method(*args, **kwargs)


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def recorded_transform(transformer, X):
    backend = RecordingBackend()
    with scipy.fft.set_backend(backend):
        transformer.transform(X)
    return backend


@each_case
def test_fft_backend_is_used_by_a_serial_run(estimator, shape):
    X = signals(shape, 20)
    backend = recorded_transform(clone(estimator).set_params(n_jobs=1).fit(X), X)
    assert backend.threads == {threading.get_ident()}


@each_case
def test_fft_backend_reaches_worker_threads(estimator, shape, small_tasks):
    X = signals(shape)
    estimator = clone(estimator).fit(X)
    # What is computed once per plan, by one thread or by several that ask at the same time, is there from now on.
    estimator.transform(X[:1])
    serial, parallel = (recorded_transform(estimator.set_params(n_jobs=n_jobs), X) for n_jobs in (1, 2))
    assert threading.get_ident() not in parallel.threads
    # The number of calls depends on how signals are cut into blocks; the number of points does not.
    assert sum(parallel.points) == sum(serial.points) > 0


def test_fft_backend_leaves_worker_threads_with_the_call(small_tasks):
    X = signals((64,))
    estimator = Scattering1D(J=3, n_jobs=2).fit(X)
    backend = recorded_transform(estimator, X)
    before = len(backend.points)
    assert before > 0
    estimator.transform(X)
    assert len(backend.points) == before


def most_threads(model, X, y):
    """Score a model by the threads that its transformer keeps busy: its own times those of the BLAS."""
    backend = recorded_transform(model[:-1], X)
    return len(backend.threads) * max(backend.blas_threads)


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("n_jobs", [None, 2, -1])
def test_transformer_takes_one_thread_in_a_worker_of_a_search(n_jobs, backend):
    # Enough signals for several tasks in each fold, if the workers had threads for them.
    X, y = signals((64,), 4000), np.arange(4000) % 2
    pipeline = make_pipeline(Scattering1D(J=3, n_jobs=n_jobs), RidgeClassifier())
    search = GridSearchCV(pipeline, {"scattering1d__Q": [1, 2]}, cv=2, scoring=most_threads, refit=False, n_jobs=2)
    with parallel_config(backend=backend):
        results = search.fit(X, y).cv_results_
    np.testing.assert_array_equal(results["mean_test_score"], 1)


def test_blas_gets_its_threads_back_whoever_leaves_last():
    before = blas_threads()
    first_in, second_in, first_out, end = (threading.Event() for _ in range(4))

    def first():
        with single_threaded_blas():
            first_in.set()
            second_in.wait(10)
        first_out.set()
        end.wait(10)

    def second():
        first_in.wait(10)
        with single_threaded_blas():
            second_in.set()
            first_out.wait(10)

    threads = [threading.Thread(target=target) for target in (first, second)]
    for thread in threads:
        thread.start()
    threads[1].join()
    after = blas_threads()
    end.set()
    threads[0].join()
    assert after == before


# ---------------------------------------------------------------------------------------------------------------
# More data than memory


def peak_memory(run):
    """Bytes that Python and NumPy allocate while a function runs. Pages of memory maps are not among them."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def images_on_disk(tmp_path):
    """Return the name of a file with 32 MiB of images."""
    X = np.lib.format.open_memmap(tmp_path / "images.npy", "w+", np.float32, (8192, 32, 32))
    X[:] = signals((32, 32), 1)
    return tmp_path / "images.npy"


def test_transform_leaves_a_memory_map_on_disk(images_on_disk):
    X = np.load(images_on_disk, mmap_mode="r")
    estimator = Scattering2D(J=3, L=2, max_order=1, average="global").fit(X)
    estimator.transform(X[:100])
    assert peak_memory(lambda: estimator.transform(X)) < X.nbytes / 2


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_transform_blocks_holds_a_block_in_memory(images_on_disk, tmp_path, n_jobs):
    X = np.load(images_on_disk, mmap_mode="r")
    estimator = Scattering2D(J=1, L=2, max_order=1, n_jobs=n_jobs).fit(X[:1])
    shape = (len(X), len(estimator.get_feature_names_out()))
    out = np.lib.format.open_memmap(tmp_path / "features.npy", "w+", np.float32, shape)
    estimator.transform(X[:100])

    def run():
        for block, S in estimator.transform_blocks(X, block_size=500):
            out[block] = S

    assert peak_memory(run) < (X.nbytes + out.nbytes) / 2
    np.testing.assert_array_equal(out[-3:], estimator.transform(X[-3:]))


@each_case
@pytest.mark.parametrize("block_size", [None, 7, 1000])
def test_blocks_are_those_of_transform(estimator, shape, block_size):
    X = signals(shape, 20)
    estimator = clone(estimator).fit(X)
    expected = estimator.transform(X)
    blocks, parts = zip(*estimator.transform_blocks(X, block_size), strict=True)
    assert np.r_[blocks].tolist() == list(range(len(X)))
    np.testing.assert_array_equal(np.concatenate(parts), expected)


class Disk:
    """An array that is read by slices, and records how many rows were read at once; as in Zarr 3, it has no length."""

    def __init__(self, data):
        self.data, self.longest = data, 0
        self.shape, self.dtype, self.ndim = data.shape, data.dtype, data.ndim

    def __array__(self, dtype=None, copy=None):
        return np.array(self.data, dtype)

    def __getitem__(self, rows):
        part = self.data[rows]
        self.longest = max(self.longest, len(part))
        return part


def test_transform_blocks_reads_whatever_has_slices(rng):
    X = rng.integers(0, 256, (30, 16, 16), np.uint8)
    estimator = Scattering2D(J=2, L=2).fit(X)
    disk = Disk(X)
    parts = [S for _, S in estimator.transform_blocks(disk, block_size=8)]
    assert disk.longest == 8
    np.testing.assert_array_equal(np.concatenate(parts), estimator.transform(X))


OTHERS = [
    (HaarScattering(2, pairing="grid"), (8, 8)),
    (GraphScattering(ring, 2), (2, 64)),
    (ScaleAveraging(Scattering2D(J=1, L=2, average="global"), scales=(1, 1.5)), (8, 8)),
    (CosineReduction(Scattering2D(J=1, L=2)), (8, 8)),
    (RotationAveraging(Scattering2D(J=1, L=2)), (8, 8)),
    (LevelNormalizer(Scattering1D(J=1)), (64,)),
    (PathScaler(Scattering2D(J=1, L=2)), (8, 8)),
    (RectifiedDerivatives(Scattering1D(J=1), widths=(1,)), (64,)),
    (WaveletProportions(), (64,)),
    (ScatteringMoments(Scattering2D(J=1, L=2)), (8, 8)),
    (ScatteringSpectra(Scattering1D(J=1, Q=1, padding="wrap")), (1, 64)),
    (FourierInvariants(), (8, 8)),
    (WaveletInvariants(J=1, L=2), (8, 8)),
    (AtomicDensity(("gaussian",), shape=(8, 8)), (5, 3)),
    (DensityInvariants(AtomicDensity(("gaussian",), shape=(8, 8)), FourierInvariants()), (5, 3)),
    (CoulombMatrix(), (5, 4)),
    (NBodyInvariants(), (5, 4)),
    (LogMedian(), (64,)),
    (AffineSubspaceClassifier(), (64,)),
    (ScatteringClassifier("texture"), (8, 8)),
    (ScatteringRegressor("sound"), (64,)),
    (OrthogonalLeastSquares(), (64,)),
    (GaussianTexture(), (8, 8)),
    (MicrocanonicalModel(Scattering2D(J=1, L=2, padding="wrap", average="global")), (8, 8)),
    (ScatteringDenoiser(Scattering2D(J=1, L=2, padding="wrap", average="global"), random_state=0), (8, 8)),
    (ScatteringInpainter(Scattering2D(J=1, L=2, padding="wrap", average="global"), random_state=0), (8, 8)),
]


@pytest.mark.parametrize(
    ("estimator", "shape"),
    [*CASES, *(pytest.param(*case, id=type(case[0]).__name__) for case in OTHERS)],
)
def test_arrays_on_disk_that_have_no_length_are_fitted_and_transformed(estimator, shape, rng):
    # Charges and positions, as far as these are bodies.
    X, y = rng.uniform(0.5, 1.0, (12, *shape)), np.arange(12) % 2
    X[..., 0] = 1
    expected, fitted = clone(estimator).fit(X, y), clone(estimator).fit(Disk(X), y)
    for method in {"transform", "predict", "relative_errors"} & set(dir(expected)):
        np.testing.assert_array_equal(getattr(fitted, method)(Disk(X)), getattr(expected, method)(X))
    if hasattr(expected, "sample"):
        np.testing.assert_array_equal(fitted.sample(random_state=0), expected.sample(random_state=0))


def test_blocks_have_at_least_one_signal():
    X = signals((64,), n=4)
    with pytest.raises(ValueError, match="block_size=0: expected a whole number of at least 1"):
        Scattering1D().fit(X).transform_blocks(X, block_size=0)


def test_blocks_are_refused_before_the_first_is_asked_for():
    with pytest.raises(NotFittedError, match="This Scattering1D instance is not fitted yet"):
        Scattering1D().transform_blocks(signals((64,), n=4))
