"""Handwritten digits: an embedded sample, and all of MNIST."""

import os

import numpy as np
from sklearn.datasets import fetch_openml
from sklearn.utils import Bunch

from skscat.datasets._arrays import chosen_parts, training_mask, unit_levels
from skscat.datasets._embedded import load_embedded
from skscat.datasets._files import check_download, locate, network_timeout, read_arrays, write_arrays

FILE_NAME = "mnist.npz"
KEYS = ("X_train", "y_train", "X_test", "y_test")
# In numbers of eight bytes.
LARGEST = 8 * 70_000 * (28 * 28 + 1)

DESCR = """\
MNIST handwritten digits
========================

Gray-level images of single digits, 28 x 28 pixels, centered on their center of mass. The digits were written by
employees of the United States Census Bureau and by high-school students; the training and test sets have no writer in
common.

:Images: {counts}
:Values: 0 (paper) to 1 (ink)
:Classes: 10
:Origin: http://yann.lecun.com/exdb/mnist/
:License: Creative Commons Attribution-ShareAlike 3.0 (CC BY-SA 3.0), Y. LeCun, C. Cortes and C. Burges

Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition", Proceedings
of the IEEE 86 (1998), 2278-2324.
"""

SAMPLE_COUNTS = (
    "3,000 for training (the first 300 of each class among the 60,000 of MNIST, in the original order) and 1,000\n"
    "    for test (the first 100 of each class among the 10,000)"
)
ALL_COUNTS = "60,000 for training and 10,000 for test, in the original order"


def load_digits_sample(*, subset: str = "all", return_X_y: bool = False) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load a sample of 4,000 MNIST digits.

    The sample is embedded in the package. It has the first 300 training digits and the first 100 test digits of each
    class, in the order of MNIST.

    Parameters
    ----------
    subset : {"all", "train", "test"}, default="all"
        Which digits to load: the 3,000 training digits, the 1,000 test digits, or all, training digits first.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    Returns
    -------
    digits : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (n, 784), float32
            Pixels from 0 (paper) to 1 (ink), row by row.
        target : ndarray of shape (n,), int64
            Digits, 0 to 9.
        images : ndarray of shape (n, 28, 28), float32
            ``data``, reshaped to images.
        train : ndarray of shape (n,), bool
            True for training digits.
        target_names : ndarray of shape (10,), int64
            Names of the classes.
        DESCR : str
            Full description of the dataset, with its origin and license.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    ValueError
        If ``subset`` is invalid.

    See Also
    --------
    fetch_mnist : All 70,000 digits.

    Notes
    -----
    MNIST was made by Y. LeCun, C. Cortes and C. Burges and is distributed under the Creative Commons
    Attribution-ShareAlike 3.0 license, which also applies to this sample.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
           Proceedings of the IEEE 86 (1998), 2278-2324.

    Examples
    --------
    >>> from skscat.datasets import load_digits_sample
    >>> digits = load_digits_sample()
    >>> digits.data.shape, digits.images.shape, int(digits.train.sum())
    ((4000, 784), (4000, 28, 28), 3000)
    >>> X_train, y_train = load_digits_sample(subset="train", return_X_y=True)
    >>> X_test, y_test = load_digits_sample(subset="test", return_X_y=True)
    >>> X_train.shape, X_test.shape
    ((3000, 784), (1000, 784))
    """
    parts = chosen_parts(subset)
    return _bunch(load_embedded("digits_sample.npz"), parts, return_X_y, SAMPLE_COUNTS)


def fetch_mnist(
    *,
    data_home: str | os.PathLike[str] | None = None,
    subset: str = "all",
    return_X_y: bool = False,
    download_if_missing: bool = True,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load all 70,000 MNIST digits from a file, or from OpenML if the file is missing.

    The file ``mnist.npz`` is read from ``data_home`` or, failing that, from the folder that the environment variable
    ``SKSCAT_DATA`` names. It contains arrays ``X_train``, ``y_train``, ``X_test`` and ``y_test`` of type uint8. If it
    is missing, the digits are downloaded and stored in such a file in ``data_home``.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    subset : {"all", "train", "test"}, default="all"
        Which digits to load: the 60,000 training digits, the 10,000 test digits, or all, training digits first.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.
    download_if_missing : bool, default=True
        If False, raise an OSError if the file is missing, instead of downloading the digits.

    Returns
    -------
    digits : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (n, 784), float32
            Pixels from 0 (paper) to 1 (ink), row by row.
        target : ndarray of shape (n,), int64
            Digits, 0 to 9.
        images : ndarray of shape (n, 28, 28), float32
            ``data``, reshaped to images.
        train : ndarray of shape (n,), bool
            True for training digits.
        target_names : ndarray of shape (10,), int64
            Names of the classes.
        DESCR : str
            Full description of the dataset, with its origin and license.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    ValueError
        If ``subset`` is invalid, or the file ``mnist.npz`` does not contain the digits.
    OSError
        If the file is missing and ``download_if_missing`` is False, or the download fails or stalls for a minute.

    See Also
    --------
    load_digits_sample : Sample of 4,000 digits, embedded in the package.

    Notes
    -----
    MNIST was made by Y. LeCun, C. Cortes and C. Burges and is distributed under the Creative Commons
    Attribution-ShareAlike 3.0 license.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
           Proceedings of the IEEE 86 (1998), 2278-2324.

    Examples
    --------
    >>> from skscat.datasets import fetch_mnist
    >>> X_train, y_train = fetch_mnist(subset="train", return_X_y=True)  # doctest: +SKIP
    >>> X_train.shape  # doctest: +SKIP
    (60000, 784)
    """
    parts = chosen_parts(subset)
    path = locate(FILE_NAME, data_home)
    if not path.is_file():
        check_download(path, download_if_missing)
        write_arrays(path, _download())
    return _bunch(_read(path), parts, return_X_y, ALL_COUNTS)


def _bunch(arrays, parts, return_X_y, counts):
    """Convert the four arrays of MNIST to what the loaders return."""
    images = unit_levels(np.concatenate([arrays[f"X_{part}"] for part in parts]))
    target = np.concatenate([arrays[f"y_{part}"] for part in parts]).astype(np.int64)
    data = images.reshape(len(images), -1)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        images=images,
        train=training_mask(parts, arrays),
        target_names=np.arange(10),
        DESCR=DESCR.format(counts=counts),
    )


def _read(path):
    arrays = read_arrays(path, KEYS, LARGEST)
    for part, n in (("train", 60_000), ("test", 10_000)):
        shape, labels = arrays[f"X_{part}"].shape, arrays[f"y_{part}"].shape
        if shape != (n, 28, 28) or labels != (n,):
            raise ValueError(
                f"{path}: X_{part} and y_{part} have shapes {shape} and {labels}; expected ({n}, 28, 28) and ({n},)."
            )
    return arrays


def _download():
    # This parser does not need pandas. The file written afterwards is the cache, hence cache=False.
    with network_timeout():
        mnist = fetch_openml("mnist_784", version=1, as_frame=False, parser="liac-arff", cache=False)
    X = np.asarray(mnist.data).astype(np.uint8).reshape(-1, 28, 28)
    y = np.asarray(mnist.target).astype(np.uint8)
    # OpenML preserves the original order, training digits first.
    return {"X_train": X[:60_000], "y_train": y[:60_000], "X_test": X[60_000:], "y_test": y[60_000:]}
