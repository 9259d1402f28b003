"""Photographs of objects and surfaces are what their descriptions say."""

import hashlib
import io
import os
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skscat.datasets import _cifar10, fetch_caltech101, fetch_cifar10, fetch_uiuc_textures

CIFAR10, CALTECH, UIUC = "cifar10.npz", "caltech101_max256.npz", "uiuc_gray240.npz"
NAMES = ("BACKGROUND_Google", "anchor", "bonsai")


def compressed(level, height, width):
    """Bytes of a picture, compressed without loss, whose red is ``level``; its upper left pixel is blue."""
    image = pytest.importorskip("PIL.Image")
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = level
    pixels[0, 0] = 0, 0, 255
    buffer = io.BytesIO()
    image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def picture_arrays(sizes, **changes):
    """Pictures of the given sizes, of levels 0, 1, ..., in turn of three classes, of which the first is background."""
    contents = [compressed(level, *size) for level, size in enumerate(sizes)]
    return {
        "webp": np.frombuffer(b"".join(contents), np.uint8),
        "offset": np.cumsum([0, *map(len, contents)]),
        "y": np.arange(len(sizes), dtype=np.uint8) % 3,
        "classes": np.array(NAMES),
    } | changes


def cifar10_arrays(n=3, **changes):
    """Training images whose red is their number, and a test image."""
    X = np.zeros((n, 32, 32, 3), np.uint8)
    X[..., 0] = np.arange(n)[:, None, None]
    X[:, 0, 1, 2] = 255
    arrays = {"X_train": X, "y_train": np.arange(n, dtype=np.uint8), "X_test": X[:1] + 10, "y_test": np.full(1, 9)}
    return arrays | changes


@pytest.fixture
def cifar10(tmp_path):
    np.savez(tmp_path / CIFAR10, **cifar10_arrays())
    return tmp_path


@pytest.fixture
def caltech(tmp_path):
    np.savez(tmp_path / CALTECH, **picture_arrays([(8, 9), (10, 12), (20, 16), (7, 7), (9, 5)]))
    return tmp_path


@pytest.fixture
def no_folder(monkeypatch):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)


# ---------------------------------------------------------------------------------------------------------------
# CIFAR-10


def test_small_photographs_have_three_channels_between_0_and_1(cifar10):
    objects = fetch_cifar10(data_home=cifar10)
    assert objects.images.shape == (4, 3, 32, 32)
    assert objects.images.dtype == np.float32
    assert_array_equal(np.round(objects.images[:, 0, 1, 1] * 255), [0, 1, 2, 10])
    assert_array_equal(objects.images[:3, 2, 0, 1], np.ones(3))
    assert_array_equal(objects.images.reshape(4, -1), objects.data)


def test_small_photographs_for_training_come_first(cifar10):
    objects = fetch_cifar10(data_home=cifar10)
    assert_array_equal(objects.train, [True] * 3 + [False])
    assert_array_equal(objects.target, [0, 1, 2, 9])
    assert objects.target_names[3] == "cat"


@pytest.mark.parametrize("subset", ["all", "train", "test"])
def test_subsets_of_small_photographs_are_rows_of_the_whole(subset, cifar10):
    objects = fetch_cifar10(data_home=cifar10)
    rows = {"all": slice(None), "train": objects.train, "test": ~objects.train}[subset]
    data, target = fetch_cifar10(data_home=cifar10, subset=subset, return_X_y=True)
    assert_array_equal(data, objects.data[rows])
    assert_array_equal(target, objects.target[rows])


def test_description_counts_all_small_photographs_whatever_the_subset(cifar10):
    assert "3 for training, 1 for test" in fetch_cifar10(data_home=cifar10, subset="test").DESCR


def test_unknown_subset_of_small_photographs_is_refused():
    with pytest.raises(ValueError, match="subset='tests': expected one of 'all', 'train', 'test'"):
        fetch_cifar10(subset="tests")


@pytest.mark.parametrize("changes", [{"X_test": np.zeros((1, 3, 32, 32), np.uint8)}, {"y_test": np.zeros(2, int)}])
def test_small_photographs_of_another_shape_are_refused(changes, tmp_path):
    np.savez(tmp_path / CIFAR10, **cifar10_arrays(**changes))
    with pytest.raises(ValueError, match=r"X_test and y_test have shapes .*; expected \(n, 32, 32, 3\) and \(n,\)"):
        fetch_cifar10(data_home=tmp_path)


def test_small_photographs_other_than_bytes_are_refused(tmp_path):
    np.savez(tmp_path / CIFAR10, **cifar10_arrays(X_train=np.zeros((3, 32, 32, 3))))
    with pytest.raises(ValueError, match="X_train has dtype float64; expected uint8, from 0 to 255"):
        fetch_cifar10(data_home=tmp_path)


def archive_of(arrays, path):
    """Write the images to an archive as it is published: one in each training file, and the test images."""
    batches = dict(zip(_cifar10.MEMBERS["train"], ([i] for i in range(5)), strict=True))
    with tarfile.open(path, "w:gz") as archive:
        for part, members in (("train", batches), ("test", {_cifar10.MEMBERS["test"][0]: [0]})):
            for name, rows in members.items():
                X, y = arrays[f"X_{part}"][rows], arrays[f"y_{part}"][rows].astype(np.uint8)
                content = np.column_stack([y, X.transpose(0, 3, 1, 2).reshape(len(X), -1)]).tobytes()
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))


@pytest.fixture
def published(tmp_path, monkeypatch, no_folder):
    """Images whose archive is at an address on this machine; it has the expected hash."""
    arrays, archive = cifar10_arrays(5), tmp_path / "published.tar.gz"
    archive_of(arrays, archive)

    def download(address, path, checksum, fetcher):
        assert checksum == hashlib.sha256(archive.read_bytes()).hexdigest()
        path.write_bytes(archive.read_bytes())

    monkeypatch.setattr(_cifar10, "download", download)
    monkeypatch.setattr(_cifar10, "CHECKSUM", hashlib.sha256(archive.read_bytes()).hexdigest())
    return arrays


def test_images_of_the_published_archive_are_those_of_a_file(published, tmp_path):
    fetched = fetch_cifar10(data_home=tmp_path / "new", return_X_y=True)
    (tmp_path / "file").mkdir()
    np.savez(tmp_path / "file" / CIFAR10, **published)
    for array, expected in zip(fetched, fetch_cifar10(data_home=tmp_path / "file", return_X_y=True), strict=True):
        assert_array_equal(array, expected)


def test_of_a_download_only_the_file_of_images_is_kept(published, tmp_path):
    fetch_cifar10(data_home=tmp_path / "new")
    assert [path.name for path in (tmp_path / "new").iterdir()] == [CIFAR10]


def test_missing_small_photographs_are_an_error_if_downloads_are_not_allowed(tmp_path, no_folder):
    with pytest.raises(OSError, match=rf"{CIFAR10} is missing, .* and download_if_missing=False"):
        fetch_cifar10(data_home=tmp_path, download_if_missing=False)


# ---------------------------------------------------------------------------------------------------------------
# Caltech-101


def test_pictures_of_objects_keep_their_sizes_and_leave_out_the_background(caltech):
    objects = fetch_caltech101(data_home=caltech)
    assert [image.shape for image in objects.images] == [(3, 10, 12), (3, 20, 16), (3, 9, 5)]
    assert_array_equal(objects.target, [0, 1, 0])
    assert objects.target_names == ["anchor", "bonsai"]


def test_pictures_of_objects_have_colors_between_0_and_1(caltech):
    image = fetch_caltech101(data_home=caltech).images[0]
    assert image.dtype == np.float32
    assert_array_equal(image[:, 0, 0], [0, 0, 1])
    assert_array_equal(np.round(255 * image[:, 1, 1]), [1, 0, 0])


def test_pictures_of_objects_are_gray_on_request(caltech):
    # Blue counts for 0.114 in luminance.
    image = fetch_caltech101(data_home=caltech, gray=True).images[0]
    assert image.shape == (10, 12)
    assert round(255 * image[0, 0]) == 29


def test_pictures_of_objects_are_resized_to_one_shape(caltech):
    images, target = fetch_caltech101(data_home=caltech, shape=(6, 4), return_X_y=True)
    assert images.shape == (3, 3, 6, 4)
    assert_array_equal(np.round(255 * images[:, 0, 5, 3]), [1, 2, 4])
    assert_array_equal(target, [0, 1, 0])


def test_classes_of_objects_are_loaded_in_the_order_of_their_names(caltech):
    objects = fetch_caltech101(data_home=caltech, classes=["bonsai", NAMES[0]])
    assert_array_equal(objects.target, [1, 0, 1])
    assert objects.target_names == ["bonsai", NAMES[0]]


def test_bytes_of_pictures_are_those_of_the_floats(caltech):
    images = fetch_caltech101(data_home=caltech, shape=(6, 4)).images
    levels = fetch_caltech101(data_home=caltech, shape=(6, 4), dtype="uint8").images
    assert levels.dtype == np.uint8
    assert_array_equal(levels / np.float32(255), images)


@pytest.mark.parametrize("shape", [64, (64,), (64, 0), (64.0, 64), "64"])
def test_shape_of_pictures_is_two_positive_integers(shape):
    with pytest.raises(ValueError, match=r"shape=.*: expected a height and a width in pixels, or None"):
        fetch_caltech101(shape=shape)


@pytest.mark.parametrize("classes", [["rose"], ["bonsai", "bonsai"]])
def test_unknown_or_repeated_classes_are_refused(classes, caltech):
    with pytest.raises(ValueError, match=f"classes=.*: expected different names among {', '.join(NAMES)}"):
        fetch_caltech101(data_home=caltech, classes=classes)


def test_unknown_type_of_pixels_is_refused():
    with pytest.raises(ValueError, match="dtype='int8': expected one of 'float32', 'uint8'"):
        fetch_caltech101(dtype="int8")


# ---------------------------------------------------------------------------------------------------------------
# UIUC textures


def test_pictures_of_surfaces_are_gray_between_0_and_1(tmp_path):
    np.savez(tmp_path / UIUC, **picture_arrays([(240, 320)] * 4))
    textures = fetch_uiuc_textures(data_home=tmp_path)
    assert textures.images.shape == (4, 240, 320)
    assert textures.images.dtype == np.float32
    # Red counts for 0.299 in luminance, blue for 0.114.
    assert_array_equal(np.round(255 * textures.images[:, 0, 0]), [29] * 4)
    assert_array_equal(np.round(255 * textures.images[:, 1, 1]), [0, 0, 1, 1])
    assert_array_equal(textures.images.reshape(4, -1), textures.data)


def test_surfaces_are_returned_as_data_and_target_on_request(tmp_path):
    np.savez(tmp_path / UIUC, **picture_arrays([(240, 320)] * 4))
    data, target = fetch_uiuc_textures(data_home=tmp_path, return_X_y=True)
    assert data.shape == (4, 76800)
    assert_array_equal(target, [0, 1, 2, 0])


def test_picture_of_a_surface_of_another_size_is_refused(tmp_path):
    np.savez(tmp_path / UIUC, **picture_arrays([(240, 320), (320, 240)]))
    with pytest.raises(ValueError, match=r"picture 1, .* the picture has 320 x 240 pixels; expected 240 x 320"):
        fetch_uiuc_textures(data_home=tmp_path)


# ---------------------------------------------------------------------------------------------------------------
# Files


@pytest.mark.parametrize("offset", [[0, 5], [0, 9, 3], [1, 2, 3]])
def test_offsets_that_do_not_fit_the_bytes_are_refused(offset, tmp_path):
    np.savez(tmp_path / UIUC, **picture_arrays([(240, 320)] * 2, offset=np.array(offset)))
    with pytest.raises(ValueError, match=r"expected 3 offsets for 2 pictures, increasing from 0 to \d+, the number"):
        fetch_uiuc_textures(data_home=tmp_path)


@pytest.mark.parametrize("changes", [{"y": np.array(["a", "b"])}, {"offset": np.zeros((3, 1), int)}])
def test_arrays_of_another_kind_are_refused(changes, tmp_path):
    np.savez(tmp_path / UIUC, **picture_arrays([(240, 320)] * 2, **changes))
    with pytest.raises(ValueError, match="expected a vector webp of dtype uint8, and vectors offset and y"):
        fetch_uiuc_textures(data_home=tmp_path)


def test_classes_without_name_are_refused(tmp_path):
    np.savez(tmp_path / CALTECH, **picture_arrays([(8, 8)] * 2, y=np.array([0, 3])))
    with pytest.raises(ValueError, match="y has values from 0 to 3; expected classes 0 to 2"):
        fetch_caltech101(data_home=tmp_path)


def test_pictures_that_cannot_be_decoded_are_named_by_their_number(tmp_path):
    arrays = picture_arrays([(8, 8)] * 3)
    content = arrays["webp"].copy()
    content[arrays["offset"][1] : arrays["offset"][2]] = 0
    np.savez(tmp_path / CALTECH, **arrays | {"webp": content})
    with pytest.raises(ValueError, match="picture 1, is not a picture of at most 1,024 x 1,024 pixels, or it is dam"):
        fetch_caltech101(data_home=tmp_path)


@pytest.mark.parametrize(("fetch", "name"), [(fetch_uiuc_textures, UIUC), (fetch_caltech101, CALTECH)])
def test_missing_pillow_is_named(fetch, name, tmp_path, monkeypatch):
    np.savez(tmp_path / name, **picture_arrays([(8, 8)] * 2))
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=f"{fetch.__name__} needs Pillow"):
        fetch(data_home=tmp_path)


@pytest.mark.parametrize(("fetch", "name"), [(fetch_uiuc_textures, UIUC), (fetch_caltech101, CALTECH)])
def test_missing_file_of_pictures_is_described(fetch, name, tmp_path, no_folder):
    with pytest.raises(FileNotFoundError, match=rf"{name} is missing.*SKSCAT_DATA.*make it from .*arrays") as caught:
        fetch(data_home=tmp_path)
    assert str(tmp_path) in str(caught.value)


def needs_file(name):
    folder = os.environ.get("SKSCAT_DATA")
    if folder is None or not (Path(folder) / name).is_file():
        pytest.skip(f"set SKSCAT_DATA to a folder with {name}")
    pytest.importorskip("PIL")


def test_real_small_photographs():
    needs_file(CIFAR10)
    objects = fetch_cifar10()
    assert_array_equal(np.bincount(objects.target[objects.train]), np.full(10, 5000))
    assert_array_equal(np.bincount(objects.target[~objects.train]), np.full(10, 1000))


def test_real_pictures_of_objects():
    needs_file(CALTECH)
    objects = fetch_caltech101(shape=(16, 16), gray=True, dtype="uint8")
    assert len(np.unique(objects.target)) == len(objects.target_names) == 101
    counts = np.bincount(objects.target)
    assert (counts.min(), counts.max(), counts.sum()) == (31, 800, 8677)


def test_real_pictures_of_surfaces():
    needs_file(UIUC)
    assert_array_equal(np.bincount(fetch_uiuc_textures().target), np.full(25, 40))
