"""Dask arrays, transformed and reduced by the workers of a cluster, some of which are lost."""

import gc
import os
import pickle
import signal
import subprocess
import sys
import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from skscat import Scattering1D, Scattering2D, TimeFrequencyScattering
from skscat._core._caching import KEPT_BYTES
from skscat._core._schedule import schedule
from skscat.moments import ScatteringMoments

da = pytest.importorskip("dask.array", reason="needs the extra 'distributed'")
distributed = pytest.importorskip("distributed", reason="needs the extra 'distributed'")
zarr = pytest.importorskip("zarr", reason="needs the extra 'distributed'")

from skscat.dask import fit_moments, transform_lazily  # noqa: E402

# Seconds after which a test fails rather than hangs.
TIMEOUT = 60


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes on this machine."""
    workers = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with (
        distributed.LocalCluster(**workers, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def images(rng, tmp_path):
    """Return images in memory, and the same in a Zarr array."""
    X = rng.standard_normal((60, 16, 16)).astype(np.float32)
    stored = zarr.open_array(tmp_path / "images.zarr", mode="w", shape=X.shape, chunks=(5, 16, 16), dtype=X.dtype)
    stored[:] = X
    return X, stored


# ---------------------------------------------------------------------------------------------------------------
# Features


def test_features_from_zarr_to_zarr_are_those_of_transform(cluster, images, tmp_path):
    X, stored = images
    scattering = Scattering2D(J=2, L=4).fit(X[:1])
    transform_lazily(scattering, da.from_zarr(stored)).to_zarr(str(tmp_path / "features.zarr"))
    assert_array_equal(zarr.open_array(tmp_path / "features.zarr", mode="r")[:], scattering.transform(X))


@pytest.mark.parametrize(
    ("scattering", "shape", "dtype"),
    [
        (Scattering1D(J=3), (3, 64), np.float64),
        (Scattering1D(J=3), (64,), np.int16),
        (TimeFrequencyScattering(J=3, Q=2), (64,), np.float32),
    ],
)
def test_chunks_have_the_shape_and_type_of_the_features(scattering, shape, dtype, rng):
    X = (100 * rng.standard_normal((7, *shape))).astype(dtype)
    expected = scattering.fit(X[:1]).transform(X)
    S = transform_lazily(scattering, da.from_array(X, chunks=(3, *shape)))
    assert (S.shape, S.dtype, S.chunks[0]) == (expected.shape, expected.dtype, (3, 3, 1))
    assert_array_equal(S.compute(), expected)


def test_pipelines_and_frames_are_transformed(rng):
    X = rng.standard_normal((20, 64))
    pipeline = make_pipeline(Scattering1D(J=3), PCA(3, svd_solver="full")).set_output(transform="pandas").fit(X)
    S = transform_lazily(pipeline, da.from_array(X, chunks=(8, 64)))
    # Products of matrices are rounded differently for other numbers of rows.
    assert_allclose(S.compute(), pipeline.transform(X).to_numpy(), rtol=1e-10, atol=1e-12)


def test_images_that_chunks_cut_are_made_whole(images):
    X, stored = images
    scattering = Scattering2D(J=2, L=4).fit(X[:1])
    S = transform_lazily(scattering, da.from_zarr(stored, chunks=(20, 8, 16)))
    assert S.numblocks == (3, 1)
    assert_array_equal(S.compute(), scattering.transform(X))


# ---------------------------------------------------------------------------------------------------------------
# Plans


def scheduled(estimator, k):
    """Return this process, and the schedule that it has for an estimator."""
    return os.getpid(), id(schedule(estimator.plan_, np.dtype(np.float32)))


def test_tasks_that_bring_their_plan_share_one_schedule_per_worker(cluster):
    scattering = Scattering2D(J=2, L=4).fit(np.zeros((1, 16, 16), np.float32))
    found = cluster.gather([cluster.submit(scheduled, scattering, k) for k in range(20)])
    assert len({process for process, _ in found}) == len(set(found)) == 2


def test_workers_receive_an_estimator_once(cluster, images):
    class Received(Scattering2D):
        def __setstate__(self, state):
            super().__setstate__(state)
            import builtins

            builtins.n_received = getattr(builtins, "n_received", 0) + 1

    def n_received():
        import builtins

        return getattr(builtins, "n_received", 0)

    X, stored = images
    scattering = Received(J=2, L=4).fit(X[:1])
    transform_lazily(scattering, da.from_zarr(stored)).sum().compute()
    # One worker unpacks it from the task that holds it, and the other gets a copy of the result.
    assert set(cluster.run(n_received).values()) == {1}


def pickled(length):
    """Return a plan as another process sends it. Each test has plans of its own, which no other test knows."""
    return pickle.dumps(Scattering1D(J=3).plan(length))


def test_plans_that_were_pickled_in_this_process_are_the_same_object():
    plan = Scattering1D(J=3).plan(57)
    assert pickle.loads(pickle.dumps(plan)) is plan


def test_plans_of_equal_content_are_one_object():
    first, again, other = (pickle.loads(pickled(length)) for length in (58, 58, 59))
    assert first is again
    assert first is not other


@pytest.mark.parametrize(("limit", "kept"), [(KEPT_BYTES, True), (0, False)])
def test_small_plans_are_kept_between_tasks(limit, kept, monkeypatch):
    monkeypatch.setattr("skscat._core._caching.KEPT_BYTES", limit)
    plan = weakref.ref(pickle.loads(pickled(60 + kept)))
    gc.collect()
    assert (plan() is not None) == kept


# ---------------------------------------------------------------------------------------------------------------
# Moments


def assert_equal_to_partial_fits(found, parts):
    """Check moments, to the bit."""
    expected = clone(found)
    for part in parts:
        expected.partial_fit(part)
    assert found.n_samples_seen_ == sum(map(len, parts))
    assert_array_equal(found.mean_, expected.mean_)
    assert_array_equal(found.standard_error_, expected.standard_error_)


@pytest.mark.parametrize("parameters", [{}, {"powers": (1, 2)}, {"renormalize": True}])
def test_moments_of_chunks_are_those_of_partial_fits(cluster, images, parameters):
    X, stored = images
    moments = ScatteringMoments(Scattering2D(J=2, L=4), **parameters)
    found = fit_moments(moments, da.from_zarr(stored))
    assert_equal_to_partial_fits(found, np.split(X, 12))
    assert not hasattr(moments, "mean_")


def test_moments_of_many_chunks_are_those_of_one_fit(rng):
    X = rng.standard_normal((150, 64))
    found = fit_moments(ScatteringMoments(Scattering1D(J=3)), da.from_array(X, chunks=(1, 64)))
    expected = ScatteringMoments(Scattering1D(J=3)).fit(X)
    assert found.n_samples_seen_ == 150
    # Sums of 150 numbers, in another order.
    assert_allclose(found.mean_, expected.mean_, rtol=1e-13)
    assert_allclose(found.standard_error_, expected.standard_error_, rtol=1e-12)


# ---------------------------------------------------------------------------------------------------------------
# Lost workers


def kill_in_the_middle(folder):
    """Return a function of a chunk which, when six chunks have been read, kills the worker that reads the next."""

    def read(chunk):
        with open(folder / "chunks", "ab") as file:
            file.write(b".")
            n_read = file.tell()
        if n_read == 7:
            os.kill(os.getpid(), signal.SIGKILL)
        return chunk

    return read


def check_that_a_worker_was_killed(cluster, before, folder):
    # Dask starts another worker in its place.
    cluster.wait_for_workers(2, timeout=TIMEOUT)
    assert len(before - set(cluster.run(os.getpid).values())) == 1
    # Twelve chunks, and at least the one that was lost.
    assert (folder / "chunks").stat().st_size > 12


def test_a_worker_that_is_killed_loses_no_features(cluster, images, tmp_path):
    X, stored = images
    x, before = da.from_zarr(stored), set(cluster.run(os.getpid).values())
    x = x.map_blocks(kill_in_the_middle(tmp_path), dtype=x.dtype, meta=x._meta)
    scattering = Scattering2D(J=2, L=4).fit(X[:1])
    written = transform_lazily(scattering, x).to_zarr(str(tmp_path / "features.zarr"), compute=False)
    cluster.compute(written).result(timeout=TIMEOUT)
    assert_array_equal(zarr.open_array(tmp_path / "features.zarr", mode="r")[:], scattering.transform(X))
    check_that_a_worker_was_killed(cluster, before, tmp_path)


def test_a_worker_that_is_killed_loses_no_moments(cluster, images, tmp_path):
    X, stored = images
    x, before = da.from_zarr(stored), set(cluster.run(os.getpid).values())
    x = x.map_blocks(kill_in_the_middle(tmp_path), dtype=x.dtype, meta=x._meta)
    found = fit_moments(ScatteringMoments(Scattering2D(J=2, L=4)), x)
    assert_equal_to_partial_fits(found, np.split(X, 12))
    check_that_a_worker_was_killed(cluster, before, tmp_path)


# ---------------------------------------------------------------------------------------------------------------
# Refusals


def test_arrays_in_memory_are_refused(rng):
    X = rng.standard_normal((4, 64))
    with pytest.raises(ValueError, match="X is of type ndarray; expected a Dask array, such as"):
        transform_lazily(Scattering1D(J=3).fit(X), X)


@pytest.mark.parametrize("shape", [(0, 64), (64,)])
def test_arrays_without_signals_are_refused(shape):
    with pytest.raises(
        ValueError, match=r"X has shape .*; expected at least one signal, and an axis of signals first"
    ):
        fit_moments(ScatteringMoments(Scattering1D(J=3)), da.zeros(shape))


def test_signals_of_another_shape_are_refused_before_any_is_read():
    scattering = Scattering1D(J=3).fit(np.zeros((1, 64)))
    with pytest.raises(ValueError, match="32"):
        transform_lazily(scattering, da.zeros((4, 32), chunks=(2, 32)))


def test_the_package_imports_neither_dask_nor_zarr():
    code = "import sys, skscat, skscat.moments; print({'dask', 'distributed', 'zarr'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
