"""Time series are read from a file with their split; the embedded recordings are those of the complete set."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skscat import Scattering1D
from skscat.datasets import fetch_spoken_digits, fetch_ucr, load_spoken_digits_sample


def series_arrays(name="Waves", shape=(16,), **changes):
    """Three training and two test series whose first entries count them."""
    X = np.zeros((5, *shape))
    X.reshape(5, -1)[:, 0] = np.arange(5)
    y = np.array(["up", "down", "up", "down", "flat"])
    arrays = {"X_train": X[:3], "y_train": y[:3], "X_test": X[3:], "y_test": y[3:]} | changes
    return {f"{name}__{key}": array for key, array in arrays.items()}


@pytest.fixture
def folder(tmp_path):
    """Make a folder with a file of a data set of one channel and one of two."""
    np.savez(tmp_path / "ucr_small.npz", **series_arrays(), **series_arrays("Pairs", (2, 16)))
    return tmp_path


@pytest.mark.parametrize(("name", "shape"), [("Waves", (5, 16)), ("Pairs", (5, 2, 16))])
def test_time_series_are_float32_in_the_shape_of_the_file(folder, name, shape):
    series = fetch_ucr(name, data_home=folder)
    assert series.data.shape == shape
    assert series.data.dtype == np.float32


def test_training_time_series_come_first(folder):
    series = fetch_ucr("Waves", data_home=folder)
    assert_array_equal(series.data[:, 0], np.arange(5))
    assert_array_equal(series.target, ["up", "down", "up", "down", "flat"])
    assert_array_equal(series.train, [True, True, True, False, False])


@pytest.mark.parametrize("subset", ["train", "test"])
def test_subsets_are_rows_of_the_whole(folder, subset):
    series = fetch_ucr("Waves", data_home=folder)
    rows = {"train": series.train, "test": ~series.train}[subset]
    data, target = fetch_ucr("Waves", data_home=folder, subset=subset, return_X_y=True)
    assert_array_equal(data, series.data[rows])
    assert_array_equal(target, series.target[rows])


def test_description_counts_both_parts_whatever_the_subset(folder):
    series = fetch_ucr("Pairs", data_home=folder, subset="test")
    assert "3 for training, 2 for test" in series.DESCR
    assert ":Channels: 2" in series.DESCR
    assert_array_equal(series.target_names, ["down", "flat", "up"])


def test_file_is_found_in_folder_of_environment_variable(folder, monkeypatch, tmp_path_factory):
    monkeypatch.setenv("SKSCAT_DATA", str(folder))
    assert len(fetch_ucr("Waves", data_home=tmp_path_factory.mktemp("empty")).data) == 5


def test_file_of_the_whole_archive_comes_first(folder):
    whole = {key.replace("__X", "/x").replace("__y", "/y"): value for key, value in series_arrays("Waves").items()}
    whole["Waves/y_train"] = np.array([3, 1, 2], np.int16)
    np.savez(folder / "ucr.npz", **whole)
    assert_array_equal(fetch_ucr("Waves", data_home=folder, subset="train").target, ["3", "1", "2"])
    assert fetch_ucr("Pairs", data_home=folder).data.shape == (5, 2, 16)
    with pytest.raises(ValueError, match=r"of .*ucr\.npz; Pairs, Waves, .* of .*ucr_small\.npz"):
        fetch_ucr("Wave", data_home=folder, download_if_missing=False)


def test_scattering_reads_time_series_of_several_channels(folder):
    data = fetch_ucr("Pairs", data_home=folder).data
    assert Scattering1D(J=2).fit(data).output_shape_[0] == 2


def test_unknown_data_set_is_refused_with_a_list_of_those_in_the_file(folder, monkeypatch):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    with pytest.raises(ValueError, match=r"name='Wave': expected one of Pairs, Waves, .* of .*ucr_small\.npz"):
        fetch_ucr("Wave", data_home=folder, download_if_missing=False)


def test_unknown_subset_is_refused(folder):
    with pytest.raises(ValueError, match="subset='tests': expected one of 'all', 'train', 'test'"):
        fetch_ucr("Waves", data_home=folder, subset="tests")


def test_damaged_file_is_named(tmp_path):
    (tmp_path / "ucr_small.npz").write_bytes(b"not an archive")
    with pytest.raises(ValueError, match=r"ucr_small\.npz is not a file of arrays, or it is damaged"):
        fetch_ucr("Waves", data_home=tmp_path)


@pytest.mark.parametrize(
    "changes", [{"y_train": np.array(["up"])}, {"X_test": np.zeros((2, 15))}, {"X_train": np.zeros(3)}]
)
def test_arrays_that_do_not_fit_together_are_refused(changes, tmp_path):
    np.savez(tmp_path / "ucr_small.npz", **series_arrays(**changes))
    with pytest.raises(ValueError, match="equal except for n"):
        fetch_ucr("Waves", data_home=tmp_path)


def test_real_series():
    folder = os.environ.get("SKSCAT_DATA")
    if folder is None or not (Path(folder) / "ucr_small.npz").is_file():
        pytest.skip("set SKSCAT_DATA to a folder with ucr_small.npz")
    gestures = fetch_ucr("GunPoint")
    assert gestures.data.shape == (200, 150)
    assert (gestures.train.sum(), (~gestures.train).sum()) == (50, 150)
    assert fetch_ucr("BasicMotions").data.shape == (80, 6, 100)


def test_sample_has_five_recordings_of_each_digit_of_each_speaker():
    digits = load_spoken_digits_sample(length=16)
    assert_array_equal(np.bincount(10 * digits.speaker + digits.target), np.full(60, 5))


def test_two_recordings_of_five_are_for_test():
    digits = load_spoken_digits_sample(length=16)
    assert_array_equal(np.unique(digits.take[digits.train]), [5, 6, 7])
    assert_array_equal(np.unique(digits.take[~digits.train]), [0, 1])


def test_recordings_are_float32_between_minus_1_and_1():
    data = load_spoken_digits_sample().data
    assert data.shape == (300, 8192)
    assert data.dtype == np.float32
    assert 0.5 < np.abs(data).max() <= 1


def test_no_recording_of_the_sample_is_longer_than_8192():
    assert load_spoken_digits_sample().duration.max() == 8192


def test_recordings_without_length_are_whole():
    whole, centered = load_spoken_digits_sample(length=None), load_spoken_digits_sample()
    assert whole.data.shape == (300,)
    assert_array_equal([len(x) for x in whole.data], whole.duration)
    for x, row in zip(whole.data, centered.data, strict=True):
        assert x.dtype == np.float32
        assert_array_equal(x, row[(8192 - len(x)) // 2 :][: len(x)])


@pytest.mark.parametrize("subset", ["train", "test"])
def test_subsets_of_recordings_are_rows_of_the_whole(subset):
    digits = load_spoken_digits_sample(length=64)
    rows = {"train": digits.train, "test": ~digits.train}[subset]
    data, target = load_spoken_digits_sample(length=64, subset=subset, return_X_y=True)
    assert_array_equal(data, digits.data[rows])
    assert_array_equal(target, digits.target[rows])


def test_sample_of_recordings_states_its_license():
    assert "CC BY-SA 4.0" in load_spoken_digits_sample(length=16).DESCR


@pytest.mark.parametrize("length", [0, 2.5])
def test_length_of_sampled_recordings_is_a_positive_integer(length):
    with pytest.raises(ValueError, match=f"length={length}: expected a whole number of at least 1"):
        load_spoken_digits_sample(length=length)


def test_sample_is_part_of_the_complete_set():
    folder = os.environ.get("SKSCAT_DATA")
    if folder is None or not (Path(folder) / "fsdd.npz").is_file():
        pytest.skip("set SKSCAT_DATA to a folder with fsdd.npz")
    digits, complete = load_spoken_digits_sample(), fetch_spoken_digits()
    rows = np.isin(complete.take, [0, 1, 5, 6, 7])
    assert_array_equal(digits.data, complete.data[rows])
    assert_array_equal(digits.target, complete.target[rows])
    assert_array_equal(digits.speaker, complete.speaker[rows])
