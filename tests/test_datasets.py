"""Embedded data are what their descriptions say, and files are used before the network."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.utils import Bunch

from skscat import Scattering2D
from skscat.datasets import _digits, fetch_mnist, load_digits_sample, load_sample_images

ENOUGH = {"X_train": (60_000, 28, 28), "y_train": (60_000,), "X_test": (10_000, 28, 28), "y_test": (10_000,)}


@pytest.fixture
def no_network(monkeypatch):
    """Make any download an error."""

    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(_digits, "fetch_openml", refuse)


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """Make a folder with a file of the size of MNIST, whose pictures carry their number."""
    folder = tmp_path_factory.mktemp("numbered")
    np.savez_compressed(folder / "mnist.npz", **numbered_arrays())
    return folder


def numbered_arrays():
    arrays = {key: np.zeros(shape, np.uint8) for key, shape in ENOUGH.items()}
    for part in ("train", "test"):
        n = len(arrays[f"y_{part}"])
        arrays[f"X_{part}"][:, 0, 0] = np.arange(n) % 256
        arrays[f"y_{part}"][:] = np.arange(n) % 10
    return arrays


def test_sample_has_300_training_and_100_test_digits_of_each_class():
    digits = load_digits_sample()
    assert_array_equal(np.bincount(digits.target[digits.train]), np.full(10, 300))
    assert_array_equal(np.bincount(digits.target[~digits.train]), np.full(10, 100))


def test_sample_is_flat_float32_between_0_and_1():
    digits = load_digits_sample()
    assert digits.data.shape == (4000, 784)
    assert digits.data.dtype == np.float32
    assert (digits.data.min(), digits.data.max()) == (0, 1)
    assert_array_equal(digits.images.reshape(4000, 784), digits.data)


def test_sample_has_no_digit_twice():
    assert len(np.unique(load_digits_sample().data, axis=0)) == 4000


def test_sample_states_its_licence():
    assert "CC BY-SA 3.0" in load_digits_sample().DESCR


@pytest.mark.parametrize("subset", ["all", "train", "test"])
def test_subsets_of_sample_are_rows_of_the_whole(subset):
    digits = load_digits_sample()
    rows = {"all": slice(None), "train": digits.train, "test": ~digits.train}[subset]
    data, target = load_digits_sample(subset=subset, return_X_y=True)
    assert_array_equal(data, digits.data[rows])
    assert_array_equal(target, digits.target[rows])


def test_callers_own_what_they_load():
    load_digits_sample().data[:] = 2
    assert load_digits_sample().data.max() == 1


def test_sample_is_the_first_digits_of_each_class_of_mnist():
    folder = os.environ.get("SKSCAT_DATA")
    if folder is None or not (Path(folder) / "mnist.npz").is_file():
        pytest.skip("set SKSCAT_DATA to a folder with mnist.npz")
    digits = load_digits_sample()
    for train, n in ((True, 300), (False, 100)):
        mnist = fetch_mnist(data_home=folder, subset="train" if train else "test")
        rows = np.sort(np.concatenate([np.flatnonzero(mnist.target == k)[:n] for k in range(10)]))
        assert_array_equal(digits.data[digits.train == train], mnist.data[rows])
        assert_array_equal(digits.target[digits.train == train], mnist.target[rows])


def test_scattering_takes_flat_digits_for_squares():
    digits = load_digits_sample(subset="test")
    scattering = Scattering2D(J=3).fit(digits.data)
    assert scattering.signal_shape_ == (28, 28)
    assert_array_equal(scattering.transform(digits.data[:2]), scattering.transform(digits.images[:2]))


@pytest.mark.parametrize("load", [load_digits_sample, fetch_mnist])
def test_unknown_subset_is_refused(load):
    with pytest.raises(ValueError, match=r"subset must be one of 'all', 'train', 'test'\. Got 'tests' instead"):
        load(subset="tests")


def test_pictures_are_eight_grey_squares_between_0_and_1():
    pictures = load_sample_images()
    assert pictures.images.shape == (8, 256, 256)
    assert pictures.images.dtype == np.float32
    assert pictures.images.min() == 0
    assert pictures.images.max() == 1


def test_pictures_are_named_in_order_and_described():
    pictures = load_sample_images()
    assert len(pictures.names) == 8
    assert all(f"\n{name} " in pictures.DESCR for name in pictures.names)
    # What the Hubble telescope saw is mostly black, a cat is not.
    means = dict(zip(pictures.names, pictures.images.mean((1, 2)), strict=True))
    assert means["hubble_deep_field"] < 0.1 < means["chelsea"]


def test_file_in_data_home_is_used_without_network(numbered, no_network):
    digits = fetch_mnist(data_home=numbered)
    assert digits.data.shape == (70_000, 784)
    assert digits.train.sum() == 60_000
    assert_array_equal(np.round(digits.images[:300, 0, 0] * 255), np.arange(300) % 256)


def test_file_in_folder_of_environment_variable_is_used_without_network(numbered, no_network, monkeypatch, tmp_path):
    monkeypatch.setenv("SKSCAT_DATA", str(numbered))
    X, y = fetch_mnist(data_home=tmp_path, subset="test", return_X_y=True)
    assert X.shape == (10_000, 784)
    assert_array_equal(y, np.arange(10_000) % 10)


def test_data_home_goes_before_environment_variable(numbered, no_network, monkeypatch, tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"not the file to read")
    monkeypatch.setenv("SKSCAT_DATA", str(tmp_path))
    assert len(fetch_mnist(data_home=numbered, subset="test").data) == 10_000


def test_missing_file_is_an_error_where_download_is_off(monkeypatch, tmp_path, no_network):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    with pytest.raises(OSError, match=r"mnist\.npz is missing.*download_if_missing=False"):
        fetch_mnist(data_home=tmp_path, download_if_missing=False)


def test_download_is_asked_without_pandas_and_kept(monkeypatch, tmp_path):
    arrays = numbered_arrays()
    asked = []

    def openml(name, **options):
        asked.append((name, options))
        data = np.concatenate([arrays["X_train"], arrays["X_test"]]).reshape(-1, 784)
        # OpenML's labels are strings.
        target = np.concatenate([arrays["y_train"], arrays["y_test"]]).astype(str).astype(object)
        return Bunch(data=data, target=target)

    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    monkeypatch.setattr(_digits, "fetch_openml", openml)
    first = fetch_mnist(data_home=tmp_path, subset="test")
    again = fetch_mnist(data_home=tmp_path, subset="test")
    assert [path.name for path in tmp_path.iterdir()] == ["mnist.npz"]
    ((name, options),) = asked
    assert name == "mnist_784"
    assert options["parser"] == "liac-arff"
    assert options["as_frame"] is False
    assert_array_equal(first.data, again.data)
    assert_array_equal(first.target, np.arange(10_000) % 10)


def test_failed_download_leaves_nothing_behind(monkeypatch, tmp_path):
    def broken(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    monkeypatch.setattr(_digits, "fetch_openml", broken)
    with pytest.raises(OSError, match="no route to host"):
        fetch_mnist(data_home=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut off"])
def test_damaged_file_is_named(content, tmp_path, no_network):
    (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"mnist\.npz is no file of arrays X_train, y_train, X_test, y_test"):
        fetch_mnist(data_home=tmp_path)


def test_file_without_all_arrays_is_refused(tmp_path, no_network):
    np.savez(tmp_path / "mnist.npz", X_train=np.zeros((2, 28, 28), np.uint8))
    with pytest.raises(ValueError, match="is no file of arrays X_train, y_train, X_test, y_test"):
        fetch_mnist(data_home=tmp_path)


def test_file_of_another_size_is_refused(tmp_path, no_network):
    np.savez(tmp_path / "mnist.npz", **{key: np.zeros((2, *shape[1:]), np.uint8) for key, shape in ENOUGH.items()})
    with pytest.raises(
        ValueError, match=r"X_train and y_train have shapes \(2, 28, 28\) and \(2,\); expected \(60000"
    ):
        fetch_mnist(data_home=tmp_path)


def test_import_and_embedded_data_need_no_extra_package():
    blocked = "import sys\nfor name in ('matplotlib', 'pandas', 'pooch', 'PIL'):\n    sys.modules[name] = None\n"
    code = blocked + "import skscat.datasets as d\nd.load_digits_sample()\nd.load_sample_images()"
    subprocess.run([sys.executable, "-c", code], check=True)
