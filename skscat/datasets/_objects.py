"""Photographs of objects, from files."""

import io

import numpy as np
from sklearn.utils import Bunch

from skscat.datasets._arrays import PARTS, chosen_parts, training_mask, unit_levels
from skscat.datasets._files import read_arrays, require

CIFAR10_FILE = "cifar10_jpegbytes_20k.npz"
CIFAR10_SHAPE = (3, 32, 32)
CIFAR10_ORIGIN = (
    "make it from the pictures of https://www.cs.toronto.edu/~kriz/cifar.html, as arrays jpeg_train and jpeg_test "
    "(uint8, the bytes of all pictures as JPEG or PNG, one after the other), offsets_train and offsets_test (where "
    "each begins, and the end), y_train and y_test (classes 0 to 9) and classes (10 names)."
)
CIFAR10_DESCR = """\
CIFAR-10: small photographs of objects
======================================

Colour photographs of 32 x 32 pixels, of animals and vehicles that fill the picture.

:Pictures: {n_train:,} for training, {n_test:,} for test; of the original there are 50,000 and 10,000
:Values: 0 to 1; pictures that were kept as JPEG have lost a little
:Classes: 10
:Origin: https://www.cs.toronto.edu/~kriz/cifar.html
:Licence: free for research

A. Krizhevsky, "Learning multiple layers of features from tiny images", technical report, University of Toronto (2009).
"""

CALTECH_FILE = "caltech97_gray64_max60.npz"
CALTECH_SIZE = 64
CALTECH_ORIGIN = (
    "make it from the pictures of https://data.caltech.edu/records/mzrjq-6wc02, grey and resized to 64 x 64 pixels, "
    "as arrays X (uint8, n x 64 x 64), y (classes, from 0) and classes (their names)."
)
CALTECH_DESCR = """\
Caltech-101: objects, grey and small
====================================

Grey photographs and drawings of objects, resized to squares of 64 x 64 pixels whatever their shape was; at most 60 of
each class, without the class of backgrounds.

:Pictures: {n:,}
:Values: 0 (black) to 1 (white)
:Classes: {n_classes} of the 101 of the original
:Origin: https://data.caltech.edu/records/mzrjq-6wc02
:Licence: free for research

L. Fei-Fei, R. Fergus and P. Perona, "Learning generative visual models from few training examples", Computer Vision
and Image Understanding 106 (2007), 59-70.
"""


def fetch_cifar10(*, data_home=None, subset="all", return_X_y=False):
    """Load photographs of CIFAR-10, in colour, from a file.

    A file ``cifar10_jpegbytes_20k.npz`` is read from ``data_home``, or else from the folder that the environment
    variable ``SKSCAT_DATA`` names. It is not downloaded; see Notes. Pillow must be installed.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's,
        ``~/scikit_learn_data`` unless it was set otherwise.
    subset : {"all", "train", "test"}, default="all"
        The training pictures, the test pictures, or all, training pictures first.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` in place of a Bunch.

    Returns
    -------
    objects : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with attributes:

        data : ndarray of shape (n, 3072), float32
            Pixels from 0 to 1: all red ones of a picture, rows first, then green and blue.
        target : ndarray of shape (n,), int64
            The classes, 0 to 9.
        images : ndarray of shape (n, 3, 32, 32), float32
            The same as ``data``, as pictures with three channels.
        train : ndarray of shape (n,), bool
            True for training pictures.
        target_names : list of str
            Names of the classes.
        DESCR : str
            Description, source and licence.
    (data, target) : tuple of ndarray
        If ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ImportError
        If Pillow is not installed.
    ValueError
        If ``subset`` is none of the three, or the file does not hold the pictures.

    See Also
    --------
    fetch_caltech101_gray : Objects of more kinds, fewer of each.

    Notes
    -----
    For training and for test the file holds the bytes of all pictures, as JPEG or PNG and one after the other,
    ``jpeg_train`` and ``jpeg_test``, type uint8; where each begins, and the end, ``offsets_train`` and
    ``offsets_test``; and their classes, ``y_train`` and ``y_test``. ``classes`` are the ten names. The order of the
    file is kept: where it goes class by class, shuffle before you cut.

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
    arrays = read_arrays(path, [*(f"{key}_{part}" for part in PARTS for key in keys), "classes"])
    pixels = [_decoded(path, *(arrays[f"{key}_{part}"] for key in keys)) for part in parts]
    images = unit_levels(np.concatenate(pixels))
    data, target = images.reshape(len(images), -1), np.concatenate([arrays[f"y_{part}"] for part in parts])
    target = target.astype(np.int64)
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


def fetch_caltech101_gray(*, data_home=None, return_X_y=False):
    """Load small grey pictures of the objects of Caltech-101, from a file.

    A file ``caltech97_gray64_max60.npz`` is read from ``data_home``, or else from the folder that the environment
    variable ``SKSCAT_DATA`` names. It is not downloaded; see Notes.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's,
        ``~/scikit_learn_data`` unless it was set otherwise.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` in place of a Bunch.

    Returns
    -------
    objects : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with attributes:

        data : ndarray of shape (n, 4096), float32
            Pixels from 0 (black) to 1 (white), rows first.
        target : ndarray of shape (n,), int64
            The classes, from 0.
        images : ndarray of shape (n, 64, 64), float32
            The same as ``data``, as pictures.
        target_names : list of str
            Names of the classes.
        DESCR : str
            Description, source and licence.
    (data, target) : tuple of ndarray
        If ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ValueError
        If the file does not hold such pictures.

    See Also
    --------
    fetch_cifar10 : Objects of ten kinds, in colour.

    Notes
    -----
    The file holds arrays ``X`` of shape (n, 64, 64), type uint8, ``y`` of shape (n,) and ``classes``, the names. Ours
    has 97 classes: that of backgrounds is left out, and so are four that were damaged where it was made.

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
    arrays = read_arrays(path, ("X", "y", "classes"))
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
    """Pixels, channels first, from the bytes of the files of pictures, one after the other."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("fetch_cifar10 needs Pillow to decode pictures: pip install pillow") from error
    rising = len(offsets) == len(y) + 1 and offsets[0] == 0 and (np.diff(offsets) > 0).all()
    if not rising or offsets[-1] != len(content):
        raise ValueError(
            f"{path}: expected for {len(y)} pictures {len(y) + 1} offsets that rise from 0 to {len(content)}, the "
            "number of bytes."
        )
    content = content.tobytes()
    images = np.empty((len(y), *CIFAR10_SHAPE), np.uint8)
    for i, (image, start, stop) in enumerate(zip(images, offsets[:-1], offsets[1:], strict=True)):
        try:
            with Image.open(io.BytesIO(content[start:stop])) as file:
                pixels = np.asarray(file.convert("RGB"))
        except OSError as error:
            raise ValueError(f"{path}: picture {i} cannot be decoded: {error}") from error
        if pixels.shape != (32, 32, 3):
            raise ValueError(f"{path}: picture {i} has {pixels.shape[:2]} pixels; expected (32, 32).")
        image[:] = pixels.transpose(2, 0, 1)
    return images
