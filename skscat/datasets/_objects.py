"""Images of objects, from files."""

import io
import os

import numpy as np
from sklearn.utils import Bunch

from skscat.datasets._arrays import PARTS, chosen_parts, training_mask, unit_levels
from skscat.datasets._files import named, read_arrays, require

CIFAR10_FILE = "cifar10_jpegbytes_20k.npz"
CIFAR10_SHAPE = (3, 32, 32)
# Bytes of 60,000 images: compressed, they take less than the pixels, and a header.
CIFAR10_LARGEST = 60_000 * 4096
CIFAR10_ORIGIN = (
    "make it from the images of https://www.cs.toronto.edu/~kriz/cifar.html, with arrays jpeg_train and jpeg_test "
    "(uint8, concatenated JPEG or PNG files of all images), offsets_train and offsets_test (start of each file, and "
    "the total number of bytes), y_train and y_test (classes 0 to 9) and classes (10 names)."
)
CIFAR10_DESCR = """\
CIFAR-10: small photographs of objects
======================================

Color photographs of 32 x 32 pixels, of animals and vehicles that fill the image.

:Images: {n_train:,} for training, {n_test:,} for test; 50,000 and 10,000 in the original
:Values: 0 to 1; images stored as JPEG differ slightly from the original
:Classes: 10
:Origin: https://www.cs.toronto.edu/~kriz/cifar.html
:License: free for research

A. Krizhevsky, "Learning multiple layers of features from tiny images", technical report, University of Toronto (2009).
"""

CALTECH_FILE = "caltech97_gray64_max60.npz"
CALTECH_SIZE = 64
# Bytes of 10,000 images whose pixels take eight bytes; the original has 9,144.
CALTECH_LARGEST = 8 * 10_000 * CALTECH_SIZE**2
CALTECH_ORIGIN = (
    "make it from the images of https://data.caltech.edu/records/mzrjq-6wc02, converted to gray levels and resized to "
    "64 x 64 pixels, with arrays X (uint8, n x 64 x 64), y (classes, from 0) and classes (their names)."
)
CALTECH_DESCR = """\
Caltech-101: small gray-level images of objects
===============================================

Gray-level photographs and drawings of objects, resized to 64 x 64 pixels whatever their aspect ratio. There are at
most 60 images per class; the background class is left out.

:Images: {n:,}
:Values: 0 (black) to 1 (white)
:Classes: {n_classes}, of the 101 of the original
:Origin: https://data.caltech.edu/records/mzrjq-6wc02
:License: free for research

L. Fei-Fei, R. Fergus and P. Perona, "Learning generative visual models from few training examples", Computer Vision
and Image Understanding 106 (2007), 59-70.
"""


def fetch_cifar10(
    *, data_home: str | os.PathLike[str] | None = None, subset: str = "all", return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load the color images of CIFAR-10 from a file.

    The file ``cifar10_jpegbytes_20k.npz`` is read from ``data_home`` or, failing that, from the folder that the
    environment variable ``SKSCAT_DATA`` names. It is not downloaded; see Notes. Pillow must be installed.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    subset : {"all", "train", "test"}, default="all"
        Which images to load: the training images, the test images, or all, training images first.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    Returns
    -------
    objects : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (n, 3072), float32
            Pixels from 0 to 1: the red channel of an image, row by row, then the green and blue channels.
        target : ndarray of shape (n,), int64
            Classes, 0 to 9.
        images : ndarray of shape (n, 3, 32, 32), float32
            ``data``, reshaped to images with three channels.
        train : ndarray of shape (n,), bool
            True for training images.
        target_names : list of str
            Names of the classes.
        DESCR : str
            Full description of the dataset, with its origin and license.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If the file is not found.
    ImportError
        If Pillow is not installed.
    ValueError
        If ``subset`` is invalid, or the file does not contain the images.

    See Also
    --------
    fetch_caltech101_gray : Gray-level images of objects: more classes, fewer images per class.

    Notes
    -----
    The file contains, for each of the training and test sets, the concatenated JPEG or PNG files of all images as
    uint8 (``jpeg_train`` and ``jpeg_test``), the start of each of them followed by the total number of bytes
    (``offsets_train`` and ``offsets_test``), and the classes (``y_train`` and ``y_test``). ``classes`` are the ten
    names. The order of the file is preserved: if it is sorted by class, shuffle before taking a subset.

    References
    ----------
    .. [1] A. Krizhevsky, "Learning multiple layers of features from tiny images", technical report, University of
           Toronto (2009).

    Examples
    --------
    >>> from skscat.datasets import fetch_cifar10
    >>> objects = fetch_cifar10(subset="test")  # doctest: +SKIP
    >>> objects.images.shape  # doctest: +SKIP
    (10000, 3, 32, 32)
    """
    parts = chosen_parts(subset)
    path = require(CIFAR10_FILE, data_home, CIFAR10_ORIGIN)
    keys = ("jpeg", "offsets", "y")
    arrays = read_arrays(path, [*(f"{key}_{part}" for part in PARTS for key in keys), "classes"], CIFAR10_LARGEST)
    pixels = [_decoded(path, *(arrays[f"{key}_{part}"] for key in keys)) for part in parts]
    images = unit_levels(np.concatenate(pixels))
    data = images.reshape(len(images), -1)
    target = np.concatenate([arrays[f"y_{part}"] for part in parts]).astype(np.int64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        images=images,
        train=training_mask(parts, arrays),
        target_names=arrays["classes"].tolist(),
        DESCR=CIFAR10_DESCR.format(n_train=len(arrays["y_train"]), n_test=len(arrays["y_test"])),
    )


def fetch_caltech101_gray(
    *, data_home: str | os.PathLike[str] | None = None, return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load small gray-level images of the objects of Caltech-101 from a file.

    The file ``caltech97_gray64_max60.npz`` is read from ``data_home`` or, failing that, from the folder that the
    environment variable ``SKSCAT_DATA`` names. It is not downloaded; see Notes.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    Returns
    -------
    objects : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (n, 4096), float32
            Pixels from 0 (black) to 1 (white), row by row.
        target : ndarray of shape (n,), int64
            Classes, from 0.
        images : ndarray of shape (n, 64, 64), float32
            ``data``, reshaped to images.
        target_names : list of str
            Names of the classes.
        DESCR : str
            Full description of the dataset, with its origin and license.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If the file is not found.
    ValueError
        If the file does not contain such images.

    See Also
    --------
    fetch_cifar10 : Color images of objects of ten classes.

    Notes
    -----
    The file contains arrays ``X`` of shape (n, 64, 64) and type uint8, ``y`` of shape (n,), and ``classes``, the
    names. The file used in the benchmarks has 97 classes: the background class is left out, as are four classes that
    were damaged in the copy it was made from.

    References
    ----------
    .. [1] L. Fei-Fei, R. Fergus and P. Perona, "Learning generative visual models from few training examples",
           Computer Vision and Image Understanding 106 (2007), 59-70.

    Examples
    --------
    >>> from skscat.datasets import fetch_caltech101_gray
    >>> objects = fetch_caltech101_gray()  # doctest: +SKIP
    >>> objects.images.shape  # doctest: +SKIP
    (5094, 64, 64)
    """
    path = require(CALTECH_FILE, data_home, CALTECH_ORIGIN)
    arrays = read_arrays(path, ("X", "y", "classes"), CALTECH_LARGEST)
    shape, labels = arrays["X"].shape, arrays["y"].shape
    expected = (*labels[:1], CALTECH_SIZE, CALTECH_SIZE)
    if shape != expected or len(labels) != 1:
        raise ValueError(f"{path}: X and y have shapes {shape} and {labels}; expected (n, 64, 64) and (n,).")
    if arrays["X"].dtype != np.uint8:
        raise ValueError(f"{path}: X has dtype {arrays['X'].dtype}; expected uint8, from 0 to 255.")
    images = unit_levels(arrays["X"])
    data, target = images.reshape(len(images), -1), arrays["y"].astype(np.int64)
    if return_X_y:
        return data, target
    names = arrays["classes"].tolist()
    return Bunch(
        data=data,
        target=target,
        images=images,
        target_names=names,
        DESCR=CALTECH_DESCR.format(n=len(images), n_classes=len(names)),
    )


def _decoded(path, content, offsets, y):
    """Decode concatenated image files to pixels, channels first."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("fetch_cifar10 needs Pillow; install it with: pip install pillow") from error
    increasing = len(offsets) == len(y) + 1 and offsets[0] == 0 and (np.diff(offsets) > 0).all()
    if not increasing or offsets[-1] != len(content):
        raise ValueError(
            f"{path}: expected {len(y) + 1} offsets for {len(y)} images, increasing from 0 to {len(content)}, the "
            "number of bytes."
        )
    content = content.tobytes()
    images = np.empty((len(y), *CIFAR10_SHAPE), np.uint8)
    for i, (image, start, stop) in enumerate(zip(images, offsets[:-1], offsets[1:], strict=True)):
        with named(f"{path}, image {i},", "a JPEG or PNG file of 32 x 32 pixels"):
            with Image.open(io.BytesIO(content[start:stop])) as file:
                # Before anything is decoded.
                if file.size != (32, 32):
                    raise ValueError(f"image {i} has {file.height} x {file.width} pixels; expected 32 x 32.")
                pixels = np.asarray(file.convert("RGB"))
            image[:] = pixels.transpose(2, 0, 1)
    return images
