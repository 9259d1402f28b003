"""CIFAR-10: small color photographs of objects, from a file or downloaded."""

import os
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from skscat.datasets._arrays import PARTS, chosen_parts, training_mask, unit_levels
from skscat.datasets._files import check_download, download, locate, named, read_arrays, write_arrays

FILE_NAME = "cifar10.npz"
KEYS = ("X_train", "y_train", "X_test", "y_test")
SHAPE = (32, 32, 3)
# In numbers of one byte, except classes, which take eight.
LARGEST = 60_000 * (32 * 32 * 3 + 8)
ADDRESS = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
# SHA-256 of the archive.
CHECKSUM = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
# Files of the archive. Each image is a byte, its class, and its red, green and blue channels, row by row.
MEMBERS = {
    "train": [f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)],
    "test": ["cifar-10-batches-bin/test_batch.bin"],
}
RECORD, BATCH = 1 + 3 * 32 * 32, 10_000
NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

DESCR = """\
CIFAR-10: small photographs of objects
======================================

Color photographs of 32 x 32 pixels, of animals and vehicles that fill the image.

:Images: {n_train:,} for training, {n_test:,} for test
:Values: 0 to 1
:Classes: 10
:Origin: https://www.cs.toronto.edu/~kriz/cifar.html
:License: free for research

A. Krizhevsky, "Learning multiple layers of features from tiny images", technical report, University of Toronto (2009).
"""


def fetch_cifar10(
    *,
    data_home: str | os.PathLike[str] | None = None,
    subset: str = "all",
    return_X_y: bool = False,
    download_if_missing: bool = True,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load the 60,000 color images of CIFAR-10 from a file, or download them if the file is missing.

    The file ``cifar10.npz`` is read from ``data_home`` or, failing that, from the folder that the environment variable
    ``SKSCAT_DATA`` names. It contains arrays ``X_train`` and ``X_test`` of shape (n, 32, 32, 3), and ``y_train`` and
    ``y_test``, the classes 0 to 9, of type uint8. If it is missing, the published archive of 162 MB is downloaded, and
    its images are stored in such a file in ``data_home``. The SHA-256 checksum of the archive is verified.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    subset : {"all", "train", "test"}, default="all"
        Which images to load: the training images, the test images, or all, training images first.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.
    download_if_missing : bool, default=True
        If False, raise an OSError if the file is missing, instead of downloading the archive.

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
    ImportError
        If the archive must be downloaded and pooch is not installed.
    OSError
        If the file is missing and ``download_if_missing`` is False, or the download fails or stalls for a minute.
    ValueError
        If ``subset`` is invalid, the file does not contain the images, or the archive has a different SHA-256.

    See Also
    --------
    fetch_caltech101 : Photographs of objects: more classes, fewer and larger images.

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
    path = locate(FILE_NAME, data_home)
    if not path.is_file():
        check_download(path, download_if_missing)
        write_arrays(path, _downloaded(path.parent))
    arrays = _read(path)
    # Channels first, before pixels take four bytes.
    images = np.concatenate([arrays[f"X_{part}"].transpose(0, 3, 1, 2) for part in parts])
    images = unit_levels(np.ascontiguousarray(images))
    data = images.reshape(len(images), -1)
    target = np.concatenate([arrays[f"y_{part}"] for part in parts]).astype(np.int64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        images=images,
        train=training_mask(parts, arrays),
        target_names=list(NAMES),
        DESCR=DESCR.format(n_train=len(arrays["y_train"]), n_test=len(arrays["y_test"])),
    )


def _read(path):
    arrays = read_arrays(path, KEYS, LARGEST)
    for part in PARTS:
        X, y = arrays[f"X_{part}"], arrays[f"y_{part}"]
        if X.shape != (*y.shape[:1], *SHAPE) or y.ndim != 1:
            raise ValueError(
                f"{path}: X_{part} and y_{part} have shapes {X.shape} and {y.shape}; expected (n, 32, 32, 3) and (n,)."
            )
        if X.dtype != np.uint8:
            raise ValueError(f"{path}: X_{part} has dtype {X.dtype}; expected uint8, from 0 to 255.")
    return arrays


def _downloaded(folder):
    """Download the archive to a temporary folder, and return its arrays."""
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        path = Path(temporary) / ADDRESS.rpartition("/")[2]
        download(ADDRESS, path, CHECKSUM, "fetch_cifar10")
        with named(path, "the archive of CIFAR-10"), tarfile.open(path) as archive:
            return {key: array for part in PARTS for key, array in _unpacked(archive, part)}


def _unpacked(archive, part):
    """Yield the images and classes of one part of the archive, with their names."""
    records = [archive.extractfile(name).read(BATCH * RECORD) for name in MEMBERS[part]]
    records = np.frombuffer(b"".join(records), np.uint8).reshape(-1, RECORD)
    yield f"X_{part}", records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    yield f"y_{part}", records[:, 0]
