"""Photographs of objects are what their descriptions say."""

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skscat.datasets import fetch_caltech101_gray, fetch_cifar10

CIFAR10, CALTECH = "cifar10_jpegbytes_20k.npz", "caltech97_gray64_max60.npz"


def in_one_color(level, size=32):
    """Bytes of an image, compressed without loss, whose red is ``level``; its upper left pixel is blue."""
    image = pytest.importorskip("PIL.Image")
    pixels = np.zeros((size, size, 3), np.uint8)
    pixels[..., 0] = level
    pixels[0, 0] = 0, 0, 255
    buffer = io.BytesIO()
    image.fromarray(pixels).save(buffer, "PNG")
    return np.frombuffer(buffer.getvalue(), np.uint8)


def cifar10_arrays(**changes):
    """Five training and two test images, of levels 0 to 4 and 10 to 11."""
    arrays = {"classes": np.array([f"class_{k}" for k in range(10)])}
    for part, levels in (("train", range(5)), ("test", (10, 11))):
        contents = [in_one_color(level) for level in levels]
        arrays[f"jpeg_{part}"] = np.concatenate(contents)
        arrays[f"offsets_{part}"] = np.concatenate([[0], np.cumsum([len(content) for content in contents])])
        arrays[f"y_{part}"] = np.array(levels, np.uint8) % 10
    return arrays | changes


def caltech_arrays(n=3, **changes):
    X = np.zeros((n, 64, 64), np.uint8)
    X[:, 0, 1] = np.arange(n) + 1
    return {"X": X, "y": np.arange(n, dtype=np.uint8), "classes": np.array([f"class_{k}" for k in range(n)])} | changes


def test_small_photographs_have_three_channels_between_0_and_1(tmp_path):
    np.savez(tmp_path / CIFAR10, **cifar10_arrays())
    objects = fetch_cifar10(data_home=tmp_path)
    assert objects.images.shape == (7, 3, 32, 32)
    assert objects.images.dtype == np.float32
    assert_array_equal(np.round(objects.images[:, 0, 1, 1] * 255), [0, 1, 2, 3, 4, 10, 11])
    assert_array_equal(objects.images[:, 2, 0, 0], np.ones(7))
    assert_array_equal(objects.images.reshape(7, -1), objects.data)


def test_small_photographs_for_training_come_first(tmp_path):
    np.savez(tmp_path / CIFAR10, **cifar10_arrays())
    objects = fetch_cifar10(data_home=tmp_path)
    assert_array_equal(objects.train, [True] * 5 + [False] * 2)
    assert_array_equal(objects.target, [0, 1, 2, 3, 4, 0, 1])
    assert objects.target_names[3] == "class_3"


@pytest.mark.parametrize("subset", ["all", "train", "test"])
def test_subsets_of_small_photographs_are_rows_of_the_whole(subset, tmp_path):
    np.savez(tmp_path / CIFAR10, **cifar10_arrays())
    objects = fetch_cifar10(data_home=tmp_path)
    rows = {"all": slice(None), "train": objects.train, "test": ~objects.train}[subset]
    data, target = fetch_cifar10(data_home=tmp_path, subset=subset, return_X_y=True)
    assert_array_equal(data, objects.data[rows])
    assert_array_equal(target, objects.target[rows])


def test_description_counts_all_small_photographs_whatever_the_subset(tmp_path):
    np.savez(tmp_path / CIFAR10, **cifar10_arrays())
    assert "5 for training, 2 for test" in fetch_cifar10(data_home=tmp_path, subset="test").DESCR


def test_unknown_subset_of_small_photographs_is_refused():
    with pytest.raises(ValueError, match="subset='tests': expected one of 'all', 'train', 'test'"):
        fetch_cifar10(subset="tests")


@pytest.mark.parametrize("offsets", [[0, 5], [0, 9, 3, 10, 11, 12], [1, 2, 3, 4, 5, 6]])
def test_offsets_that_do_not_fit_the_bytes_are_refused(offsets, tmp_path):
    np.savez(tmp_path / CIFAR10, **cifar10_arrays(offsets_train=np.array(offsets)))
    with pytest.raises(ValueError, match=r"expected 6 offsets for 5 images, increasing from 0 to \d+, the number of"):
        fetch_cifar10(data_home=tmp_path)


def test_images_that_cannot_be_decoded_are_named_by_their_number(tmp_path):
    arrays = cifar10_arrays()
    arrays["jpeg_train"][arrays["offsets_train"][2] :] = 0
    np.savez(tmp_path / CIFAR10, **arrays)
    with pytest.raises(ValueError, match="image 2, is not a JPEG or PNG file of 32 x 32 pixels, or it is damaged"):
        fetch_cifar10(data_home=tmp_path)


def test_small_photograph_of_another_size_is_refused(tmp_path):
    content = in_one_color(0, size=16)
    changes = {"jpeg_test": content, "offsets_test": np.array([0, len(content)]), "y_test": np.zeros(1, np.uint8)}
    np.savez(tmp_path / CIFAR10, **cifar10_arrays(**changes))
    with pytest.raises(ValueError, match="image 0 has 16 x 16 pixels; expected 32 x 32"):
        fetch_cifar10(data_home=tmp_path)


def test_missing_pillow_is_named(tmp_path, monkeypatch):
    np.savez(tmp_path / CIFAR10, **cifar10_arrays())
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match="fetch_cifar10 needs Pillow"):
        fetch_cifar10(data_home=tmp_path)


def test_gray_objects_are_read_from_file_in_data_home(tmp_path):
    np.savez(tmp_path / CALTECH, **caltech_arrays())
    objects = fetch_caltech101_gray(data_home=tmp_path)
    assert objects.images.dtype == np.float32
    assert_allclose(objects.images[:, 0, 1] * 255, [1, 2, 3], rtol=1e-6)
    assert_array_equal(objects.images.reshape(3, -1), objects.data)
    assert objects.target_names == ["class_0", "class_1", "class_2"]
    assert "Images: 3" in objects.DESCR


def test_gray_objects_are_returned_as_data_and_target_on_request(tmp_path):
    np.savez(tmp_path / CALTECH, **caltech_arrays())
    data, target = fetch_caltech101_gray(data_home=tmp_path, return_X_y=True)
    assert data.shape == (3, 4096)
    assert_array_equal(target, [0, 1, 2])


@pytest.mark.parametrize("changes", [{"X": np.zeros((3, 32, 32), np.uint8)}, {"y": np.zeros(4, np.uint8)}])
def test_gray_objects_of_another_shape_are_refused(changes, tmp_path):
    np.savez(tmp_path / CALTECH, **caltech_arrays(**changes))
    with pytest.raises(ValueError, match=r"X and y have shapes .*; expected \(n, 64, 64\) and \(n,\)"):
        fetch_caltech101_gray(data_home=tmp_path)


def test_gray_objects_other_than_bytes_are_refused(tmp_path):
    np.savez(tmp_path / CALTECH, **caltech_arrays(X=np.zeros((3, 64, 64))))
    with pytest.raises(ValueError, match="X has dtype float64; expected uint8, from 0 to 255"):
        fetch_caltech101_gray(data_home=tmp_path)


@pytest.mark.parametrize(("fetch", "name"), [(fetch_cifar10, CIFAR10), (fetch_caltech101_gray, CALTECH)])
def test_missing_file_of_objects_is_described(fetch, name, monkeypatch, tmp_path):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match=rf"{name} is missing.*SKSCAT_DATA.*make it from .*arrays") as caught:
        fetch(data_home=tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_real_objects():
    folder = os.environ.get("SKSCAT_DATA")
    if folder is None or not all((Path(folder) / name).is_file() for name in (CIFAR10, CALTECH)):
        pytest.skip(f"set SKSCAT_DATA to a folder with {CIFAR10} and {CALTECH}")
    pytest.importorskip("PIL")
    test = fetch_cifar10(subset="test")
    assert_array_equal(np.bincount(test.target), np.full(10, 1000))
    assert test.target_names[0] == "airplane"
    objects = fetch_caltech101_gray()
    assert len(np.unique(objects.target)) == len(objects.target_names) == 97
    assert np.bincount(objects.target).max() == 60
