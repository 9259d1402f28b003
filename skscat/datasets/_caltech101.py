"""Caltech-101: photographs of objects of many sizes, from a file."""

import os
from collections.abc import Sequence

import numpy as np
from sklearn.utils import Bunch

from skscat._checks import check_choice
from skscat.datasets._arrays import unit_levels
from skscat.datasets._files import read_arrays, require
from skscat.datasets._pictures import check_offsets, decode_pictures

FILE_NAME = "caltech101_max256.npz"
BACKGROUND = "BACKGROUND_Google"
# The published pictures, compressed, take 130 MB.
LARGEST = 2**28
ORIGIN = (
    "make it from the pictures of https://data.caltech.edu/records/mzrjq-6wc02, with arrays webp (uint8, concatenated "
    "WebP, JPEG or PNG files of all pictures, at most 1,024 pixels high and wide), offset (start of each file, and "
    "the total number of bytes), y (classes, from 0) and classes (their names, those of the folders)."
)
DTYPES = ("float32", "uint8")
DESCR = """\
Caltech-101: photographs of objects
===================================

Color photographs and drawings of objects, of many sizes and aspect ratios, a few of them gray. Objects are centered,
and often seen from the same side. A class has between 31 and 800 pictures in the original.

:Images: {n:,}
:Values: {values}
:Classes: {n_classes}; the original has 101, and pictures of the background
:Origin: https://data.caltech.edu/records/mzrjq-6wc02
:License: free for research

L. Fei-Fei, R. Fergus and P. Perona, "Learning generative visual models from few training examples", Computer Vision
and Image Understanding 106 (2007), 59-70.
"""


def fetch_caltech101(
    *,
    shape: tuple[int, int] | None = None,
    gray: bool = False,
    classes: Sequence[str] | None = None,
    dtype: str = "float32",
    data_home: str | os.PathLike[str] | None = None,
    return_X_y: bool = False,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load the photographs of Caltech-101 from a file.

    The file ``caltech101_max256.npz`` is read from ``data_home`` or, failing that, from the folder that the
    environment variable ``SKSCAT_DATA`` names. It is not downloaded; see Notes. Pillow must be installed.

    Parameters
    ----------
    shape : tuple of int, default=None
        Height and width to which all pictures are resized, whatever their aspect ratio. None returns each picture at
        its original size, for :class:`~skscat.preprocessing.VariableSizeScattering`.
    gray : bool, default=False
        If True, return gray levels instead of colors.
    classes : sequence of str, default=None
        Names of the classes to load, in the order of their targets. None loads all but the background.
    dtype : {"float32", "uint8"}, default="float32"
        Type of the pixels: "float32" from 0 to 1, or "uint8" from 0 to 255, which takes a quarter of the memory. All
        pictures in color, at their original sizes, take 5 GB in float32.
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    return_X_y : bool, default=False
        If True, return ``(images, target)`` instead of a Bunch object.

    Returns
    -------
    objects : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        images : ndarray of shape (n, 3, height, width), or (n, height, width) if ``gray`` is True
            Pictures, red, green and blue channels first. With ``shape=None``, an array of n arrays, whose heights and
            widths differ.
        target : ndarray of shape (n,), int64
            Classes, from 0.
        target_names : list of str
            Names of the classes.
        DESCR : str
            Full description of the dataset, with its origin and license.
    (images, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If the file is not found.
    ImportError
        If Pillow is not installed.
    ValueError
        If ``shape`` is not two positive integers, ``dtype`` or a class is unknown, or the file does not contain such
        pictures.

    See Also
    --------
    fetch_cifar10 : Small color images of objects of ten classes.

    Notes
    -----
    The file contains arrays ``webp`` (the concatenated WebP, JPEG or PNG files of all pictures, as uint8), ``offset``
    (the start of each of them, followed by the total number of bytes), ``y`` and ``classes``, the names. The file used
    in the benchmarks has all 9,144 pictures of the original, 8,677 of them without the background, reduced to at most
    256 pixels on each side.

    References
    ----------
    .. [1] L. Fei-Fei, R. Fergus and P. Perona, "Learning generative visual models from few training examples",
           Computer Vision and Image Understanding 106 (2007), 59-70.

    Examples
    --------
    >>> from skscat.datasets import fetch_caltech101
    >>> objects = fetch_caltech101(shape=(64, 64), gray=True)  # doctest: +SKIP
    >>> objects.images.shape  # doctest: +SKIP
    (8677, 64, 64)
    """
    check_choice("dtype", dtype, DTYPES)
    _check_shape(shape)
    path = require(FILE_NAME, data_home, ORIGIN)
    arrays = read_arrays(path, ("webp", "offset", "y", "classes"), LARGEST)
    check_offsets(path, arrays)
    names, rows, target = _chosen(arrays, classes)
    mode = "L" if gray else "RGB"
    pictures = decode_pictures(path, arrays, rows, fetcher="fetch_caltech101", mode=mode, shape=shape)
    images = _collected((_converted(picture, dtype) for picture in pictures), len(rows), shape)
    if return_X_y:
        return images, target
    values = "0 to 1" if dtype == "float32" else "0 to 255"
    descr = DESCR.format(n=len(images), values=values, n_classes=len(names))
    return Bunch(images=images, target=target, target_names=names, DESCR=descr)


def _check_shape(shape):
    if shape is None:
        return
    sides = shape if isinstance(shape, tuple | list) else ()
    if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
        raise ValueError(f"shape={shape!r}: expected a height and a width in pixels, or None.")


def _chosen(arrays, classes):
    """Names of the classes, numbers of their pictures, in the order of the file, and targets of these."""
    stored = arrays["classes"].tolist()
    names = [name for name in stored if name != BACKGROUND] if classes is None else list(classes)
    unknown = [name for name in names if name not in stored]
    if unknown or len(set(names)) < len(names):
        raise ValueError(f"classes={names!r}: expected different names among {', '.join(stored)}.")
    targets = np.full(len(stored), -1)
    targets[[stored.index(name) for name in names]] = np.arange(len(names))
    target = targets[arrays["y"]]
    rows = np.flatnonzero(target >= 0)
    return names, rows, target[rows].astype(np.int64)


def _converted(picture, dtype):
    """Channels first, in the requested type."""
    picture = np.moveaxis(picture, -1, 0) if picture.ndim == 3 else picture
    return unit_levels(picture) if dtype == "float32" else np.ascontiguousarray(picture)


def _collected(pictures, n, shape):
    """One array, whose entries are arrays if pictures keep their sizes."""
    images = None
    for i, picture in enumerate(pictures):
        if images is None:
            images = np.empty(n, object) if shape is None else np.empty((n, *picture.shape), picture.dtype)
        images[i] = picture
    return np.empty(0, object) if images is None else images
