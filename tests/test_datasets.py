"""Embedded data are what their descriptions say, and files are used before the network."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils import Bunch

from skscat import Scattering2D, datasets
from skscat.datasets import (
    _digits,
    fetch_kth_tips,
    fetch_mnist,
    fetch_sipi_brodatz,
    fetch_spoken_digits,
    load_digits_sample,
    load_images_sample,
    make_mrw,
    make_nbody,
)

ENOUGH = {"X_train": (60_000, 28, 28), "y_train": (60_000,), "X_test": (10_000, 28, 28), "y_test": (10_000,)}


@pytest.fixture
def no_network(monkeypatch):
    """Make any download an error."""

    def refuse(*args, **kwargs):
        raise AssertionError("the network was used")

    monkeypatch.setattr(_digits, "fetch_openml", refuse)


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """Make a folder with a file of the size of MNIST, whose images contain their number."""
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


def test_sample_states_its_license():
    assert "CC BY-SA 3.0" in load_digits_sample().DESCR


@pytest.mark.parametrize("subset", ["all", "train", "test"])
def test_subsets_of_sample_are_rows_of_the_whole(subset):
    digits = load_digits_sample()
    rows = {"all": slice(None), "train": digits.train, "test": ~digits.train}[subset]
    data, target = load_digits_sample(subset=subset, return_X_y=True)
    assert_array_equal(data, digits.data[rows])
    assert_array_equal(target, digits.target[rows])


def test_loaded_arrays_are_copies():
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


def test_scattering_reads_flat_digits_as_squares():
    digits = load_digits_sample(subset="test")
    scattering = Scattering2D(J=3).fit(digits.data)
    assert scattering.signal_shape_ == (28, 28)
    assert_array_equal(scattering.transform(digits.data[:2]), scattering.transform(digits.images[:2]))


@pytest.mark.parametrize("load", [load_digits_sample, fetch_mnist, fetch_spoken_digits])
def test_unknown_subset_is_refused(load):
    with pytest.raises(ValueError, match="subset='tests': expected one of 'all', 'train', 'test'"):
        load(subset="tests")


def test_sample_has_eight_square_gray_images_between_0_and_1():
    sample = load_images_sample()
    assert sample.images.shape == (8, 256, 256)
    assert sample.images.dtype == np.float32
    assert sample.images.min() == 0
    assert sample.images.max() == 1


def test_sample_images_are_named_in_order_and_described():
    sample = load_images_sample()
    assert len(sample.names) == 8
    assert all(f"\n{name} " in sample.DESCR for name in sample.names)
    # What the Hubble telescope saw is mostly black, a cat is not.
    means = dict(zip(sample.names, sample.images.mean((1, 2)), strict=True))
    assert means["hubble_deep_field"] < 0.1 < means["chelsea"]


def test_no_name_has_another_meaning_in_scikit_learn():
    assert not set(datasets.__all__) & set(sklearn.datasets.__all__)


@pytest.mark.parametrize("name", ["n_samples", "n_bodies", "dim"])
@pytest.mark.parametrize("value", [0, 2.0, np.nan, "a", True])
def test_numbers_of_systems_bodies_and_coordinates_are_integers(name, value):
    with pytest.raises(ValueError, match=f"{name}={value!r}: expected a whole number of at least 1"):
        make_nbody(**{name: value})


@pytest.mark.parametrize("box", [0, -1.0, np.nan, np.inf, "a"])
def test_box_of_bodies_has_a_finite_side(box):
    with pytest.raises(ValueError, match=f"box={box!r}: expected a positive number"):
        make_nbody(1, 2, box=box)


@pytest.mark.parametrize("min_distance", [-1, np.nan, "a"])
def test_smallest_distance_of_bodies_is_a_number(min_distance):
    with pytest.raises(ValueError, match=f"min_distance={min_distance!r}: expected a number of at least 0"):
        make_nbody(1, 2, min_distance=min_distance)


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


def test_data_home_takes_precedence_over_environment_variable(numbered, no_network, monkeypatch, tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"not the file to read")
    monkeypatch.setenv("SKSCAT_DATA", str(tmp_path))
    assert len(fetch_mnist(data_home=numbered, subset="test").data) == 10_000


def test_environment_variable_takes_precedence_over_scikit_learn(numbered, no_network, monkeypatch, tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"not the file to read")
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.setenv("SKSCAT_DATA", str(numbered))
    assert len(fetch_mnist(subset="test").data) == 10_000


def test_folder_of_scikit_learn_is_used_where_environment_variable_has_no_file(numbered, monkeypatch, tmp_path):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(numbered))
    monkeypatch.setenv("SKSCAT_DATA", str(tmp_path))
    assert len(fetch_mnist(subset="test", download_if_missing=False).data) == 10_000


@pytest.mark.parametrize("name", [name for name in datasets.__all__ if name.startswith("fetch_")])
def test_all_fetchers_document_data_home_in_the_same_words(name):
    words = " ".join(getattr(datasets, name).__doc__.split())
    assert "None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's" in words


def test_missing_file_is_an_error_without_download(monkeypatch, tmp_path, no_network):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    with pytest.raises(OSError, match=r"mnist\.npz is missing.*download_if_missing=False"):
        fetch_mnist(data_home=tmp_path, download_if_missing=False)


def test_download_needs_no_pandas_and_is_kept(monkeypatch, tmp_path):
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
    with pytest.raises(ValueError, match=r"mnist\.npz is not a file of arrays X_train, y_train, X_test, y_test"):
        fetch_mnist(data_home=tmp_path)


def test_file_without_all_arrays_is_refused(tmp_path, no_network):
    np.savez(tmp_path / "mnist.npz", X_train=np.zeros((2, 28, 28), np.uint8))
    with pytest.raises(ValueError, match="is not a file of arrays X_train, y_train, X_test, y_test"):
        fetch_mnist(data_home=tmp_path)


def test_file_of_another_size_is_refused(tmp_path, no_network):
    np.savez(tmp_path / "mnist.npz", **{key: np.zeros((2, *shape[1:]), np.uint8) for key, shape in ENOUGH.items()})
    with pytest.raises(
        ValueError, match=r"X_train and y_train have shapes \(2, 28, 28\) and \(2,\); expected \(60000"
    ):
        fetch_mnist(data_home=tmp_path)


def test_import_and_embedded_data_need_no_extra_package():
    blocked = (
        "import sys\nfor name in ('matplotlib', 'pandas', 'pooch', 'xarray', 'PIL'):\n    sys.modules[name] = None\n"
    )
    code = blocked + "import skscat.datasets as d\nd.load_digits_sample()\nd.load_images_sample()"
    subprocess.run([sys.executable, "-c", code], check=True)


def texture_arrays(**changes):
    arrays = {
        "X": np.zeros((810, 200, 200), np.uint8),
        "y": np.repeat(np.arange(10, dtype=np.uint8), 81),
        "scale": np.tile(np.repeat(np.arange(1, 10, dtype=np.uint8), 9), 10),
        "im": np.tile(np.arange(1, 10, dtype=np.uint8), 90),
        "classes": np.array([f"material_{k}" for k in range(10)]),
    }
    arrays["X"][:, 0, 1] = np.arange(810) % 256
    return arrays | changes


def brodatz_arrays(**changes):
    arrays = {
        "scan512": np.zeros((13, 512, 512), np.uint8),
        "scan1024": np.zeros((13, 1024, 1024), np.uint8),
        "classes": np.array([f"texture_{k}" for k in range(13)]),
    }
    arrays["scan512"][:, 0, 0] = np.arange(13)
    arrays["scan1024"][:, 0, 0] = 255 - np.arange(13)
    return arrays | changes


def speech_arrays(lengths=(4, 7, 10), **changes):
    """Recordings of ones, twos and so on, of one speaker."""
    n = len(lengths)
    arrays = {
        "audio": np.repeat(np.arange(1, n + 1, dtype=np.int16), lengths),
        "offsets": np.concatenate([[0], np.cumsum(lengths)]),
        "y": np.arange(n, dtype=np.uint8),
        "speaker": np.zeros(n, np.uint8),
        "index": np.arange(n, dtype=np.uint8) + 3,
        "speakers": np.array(["somebody"]),
        "sr": np.array(8000),
    }
    return arrays | changes


def test_textures_are_read_from_file_in_data_home(tmp_path):
    np.savez_compressed(tmp_path / "kth_tips_gray200.npz", **texture_arrays())
    textures = fetch_kth_tips(data_home=tmp_path)
    assert textures.images.shape == (810, 200, 200)
    assert textures.images.dtype == np.float32
    assert_array_equal(np.round(textures.images[:, 0, 1] * 255), np.arange(810) % 256)
    assert_array_equal(textures.images.reshape(810, -1), textures.data)
    assert_array_equal(np.bincount(textures.target), np.full(10, 81))
    assert_array_equal(np.unique(textures.scale), np.arange(1, 10))
    assert_array_equal(np.unique(textures.view), np.arange(1, 10))
    assert textures.target_names[3] == "material_3"
    data, target = fetch_kth_tips(data_home=tmp_path, return_X_y=True)
    assert_array_equal(data, textures.data)
    assert_array_equal(target, textures.target)


@pytest.mark.parametrize(
    ("fetch", "name"),
    [
        (fetch_kth_tips, "kth_tips_gray200.npz"),
        (fetch_sipi_brodatz, "sipi_brodatz13.npz"),
        (fetch_spoken_digits, "fsdd.npz"),
    ],
)
def test_missing_file_that_is_not_downloaded_is_described(fetch, name, monkeypatch, tmp_path):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match=rf"{name} is missing.*SKSCAT_DATA.*make it from .*arrays") as caught:
        fetch(data_home=tmp_path)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("changes", [{"X": np.zeros((810, 20, 20), np.uint8)}, {"y": np.zeros(9, np.uint8)}])
def test_textures_of_another_shape_are_refused(changes, tmp_path):
    np.savez_compressed(tmp_path / "kth_tips_gray200.npz", **texture_arrays(**changes))
    with pytest.raises(ValueError, match=r"expected \(810, 200, 200\) and \(810,\)"):
        fetch_kth_tips(data_home=tmp_path)


def test_both_scans_of_textures_are_read(tmp_path):
    np.savez_compressed(tmp_path / "sipi_brodatz13.npz", **brodatz_arrays())
    textures = fetch_sipi_brodatz(data_home=tmp_path)
    assert (textures.images.shape, textures.images_large.shape) == ((13, 512, 512), (13, 1024, 1024))
    assert textures.images.dtype == textures.images_large.dtype == np.float32
    assert_array_equal(np.round(255 * textures.images[:, 0, 0]), np.arange(13))
    assert_array_equal(np.round(255 * textures.images_large[:, 0, 0]), 255 - np.arange(13))
    assert textures.target_names[12] == "texture_12"


def test_scans_of_another_shape_are_refused(tmp_path):
    small = np.zeros((13, 256, 256), np.uint8)
    np.savez_compressed(tmp_path / "sipi_brodatz13.npz", **brodatz_arrays(scan512=small))
    with pytest.raises(ValueError, match=r"arrays have shapes .*\(13, 256, 256\).*; expected .*\(13, 512, 512\)"):
        fetch_sipi_brodatz(data_home=tmp_path)


def test_real_scans_have_the_black_rows_of_their_description():
    folder = os.environ.get("SKSCAT_DATA")
    if folder is None or not (Path(folder) / "sipi_brodatz13.npz").is_file():
        pytest.skip("set SKSCAT_DATA to a folder with sipi_brodatz13.npz")
    textures = fetch_sipi_brodatz()
    black = np.sum(textures.images.max(axis=2) < 0.05, axis=1)
    assert_array_equal(black, np.where(np.array(textures.target_names) == "pigskin", 26, 2))


def test_recordings_are_centered_in_their_rows(tmp_path):
    audio = np.concatenate([np.arange(1, n + 1, dtype=np.int16) for n in (4, 7, 10)])
    np.savez(tmp_path / "fsdd.npz", **speech_arrays(audio=audio))
    digits = fetch_spoken_digits(length=7, data_home=tmp_path)
    assert digits.data.dtype == np.float32
    rows = [[0, 1, 2, 3, 4, 0, 0], [1, 2, 3, 4, 5, 6, 7], [2, 3, 4, 5, 6, 7, 8]]
    assert_array_equal(digits.data * 2**15, rows)
    assert_array_equal(digits.duration, [4, 7, 10])
    assert digits.sampling_rate == 8000
    assert digits.speaker_names == ["somebody"]


def test_first_five_recordings_are_for_test(monkeypatch, tmp_path):
    np.savez(tmp_path / "fsdd.npz", **speech_arrays(lengths=(1, 1, 1, 1)))
    monkeypatch.setenv("SKSCAT_DATA", str(tmp_path))
    digits = fetch_spoken_digits(length=1)
    assert_array_equal(digits.take, [3, 4, 5, 6])
    assert_array_equal(digits.train, [False, False, True, True])
    for subset, rows in (("train", digits.train), ("test", ~digits.train)):
        data, target = fetch_spoken_digits(length=1, subset=subset, return_X_y=True)
        assert_array_equal(data, digits.data[rows])
        assert_array_equal(target, digits.target[rows])


@pytest.mark.parametrize(
    "changes",
    [{"y": np.zeros(2, np.uint8)}, {"offsets": np.array([0, 4, 3, 21])}, {"offsets": np.array([0, 4, 11, 20])}],
)
def test_recordings_that_do_not_fit_their_audio_are_refused(changes, tmp_path):
    np.savez(tmp_path / "fsdd.npz", **speech_arrays(**changes))
    with pytest.raises(ValueError, match="offsets that increase from 0 to 21, the length of audio"):
        fetch_spoken_digits(data_home=tmp_path)


@pytest.mark.parametrize("length", [0, -1, 2.5, True])
def test_length_of_recordings_is_a_positive_integer(length):
    with pytest.raises(ValueError, match=f"length={length}: expected a whole number of at least 1"):
        fetch_spoken_digits(length=length)


def test_real_textures_and_recordings():
    folder = os.environ.get("SKSCAT_DATA")
    if folder is None or not all((Path(folder) / name).is_file() for name in ("kth_tips_gray200.npz", "fsdd.npz")):
        pytest.skip("set SKSCAT_DATA to a folder with kth_tips_gray200.npz and fsdd.npz")
    textures = fetch_kth_tips()
    assert_array_equal(np.bincount(textures.target), np.full(10, 81))
    assert textures.target_names[0] == "aluminium_foil"
    digits = fetch_spoken_digits(length=64)
    assert (digits.train.sum(), (~digits.train).sum()) == (2700, 300)
    assert_array_equal(np.bincount(digits.target[~digits.train]), np.full(10, 30))
    assert_array_equal(np.bincount(digits.speaker), np.full(6, 500))


def test_multifractal_random_walks_of_one_step_have_the_kurtosis_of_theory():
    steps = make_mrw(200_000, 1, intermittency=0.1, random_state=0)[:, 0]
    # Gaussian times exp(omega): of variance 1, and of kurtosis 3 exp(4 Var(omega)), where Var(omega) is 0.1 log(2).
    # Five standard errors; a Gaussian has 3.
    assert_allclose(np.mean(steps**2), 1, rtol=0.02)
    assert_allclose(np.mean(steps**4), 3 * 2**0.4, rtol=0.066)


def test_integral_scale_of_one_is_refused_only_if_given():
    assert make_mrw(1, 1, random_state=0).shape == (1, 1)
    with pytest.raises(ValueError, match="integral_scale=1: expected a number between 1 and inf"):
        make_mrw(1, 100, integral_scale=1)
