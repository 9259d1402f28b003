"""Time series, from a file."""

import os

import numpy as np
from sklearn.utils import Bunch

from skscat.datasets._arrays import PARTS, chosen_parts, training_mask
from skscat.datasets._files import array_names, read_arrays, require

FILE_NAME = "ucr_small.npz"

ORIGIN = (
    "make it from the archives at https://www.timeseriesclassification.com, with arrays NAME__X_train, NAME__X_test "
    "(float, n x length or n x channels x length), NAME__y_train and NAME__y_test (classes) for each dataset NAME."
)

DESCR = """\
{name}
{rule}

A dataset of the UCR and UEA time series archives, with its published split.

:Series: {n_train:,} for training, {n_test:,} for test
:Channels: {channels}
:Length: {length:,}
:Classes: {n_classes}
:Origin: https://www.timeseriesclassification.com
:License: free for research; cite the archive

H. A. Dau et al., "The UCR time series archive", IEEE/CAA Journal of Automatica Sinica 6 (2019), 1293-1305.
A. Bagnall et al., "The UEA multivariate time series classification archive, 2018", arXiv:1811.00075.
"""


def fetch_ucr(
    name: str, *, data_home: str | os.PathLike[str] | None = None, subset: str = "all", return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load a dataset of the UCR or UEA time series archive from a file.

    The file ``ucr_small.npz`` is read from ``data_home`` or, failing that, from the folder that the environment
    variable ``SKSCAT_DATA`` names. It is not downloaded; see Notes.

    Parameters
    ----------
    name : str
        Name of the dataset in the archive, for example ``"GunPoint"``.
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    subset : {"all", "train", "test"}, default="all"
        Which series to load: the training series, the test series, or all, training series first.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    Returns
    -------
    series : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (n, length) or (n, channels, length), float32
            Series with one or several channels.
        target : ndarray of shape (n,), str
            Classes, as named in the archive.
        train : ndarray of shape (n,), bool
            True for training series.
        target_names : ndarray of shape (n_classes,), str
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
        If ``subset`` is invalid, the file has no dataset of that name, or the shapes of its arrays are inconsistent.

    See Also
    --------
    fetch_spoken_digits : Recordings of spoken digits.

    Notes
    -----
    For each dataset ``NAME``, the file contains the series ``NAME__X_train`` and ``NAME__X_test``, of shape
    ``(n, length)`` or ``(n, channels, length)``, and their classes ``NAME__y_train`` and ``NAME__y_test``. All series
    of a dataset have the same length; if lengths differ in the archive, make them equal beforehand.

    References
    ----------
    .. [1] H. A. Dau et al., "The UCR time series archive", IEEE/CAA Journal of Automatica Sinica 6 (2019), 1293-1305.
    .. [2] A. Bagnall et al., "The UEA multivariate time series classification archive, 2018", arXiv:1811.00075.

    Examples
    --------
    >>> from skscat.datasets import fetch_ucr
    >>> X_train, y_train = fetch_ucr("GunPoint", subset="train", return_X_y=True)  # doctest: +SKIP
    >>> X_train.shape  # doctest: +SKIP
    (50, 150)
    """
    parts = chosen_parts(subset)
    arrays = _read(require(FILE_NAME, data_home, ORIGIN), name)
    data = np.concatenate([arrays[f"X_{part}"] for part in parts]).astype(np.float32)
    target = np.concatenate([arrays[f"y_{part}"] for part in parts]).astype(str)
    if return_X_y:
        return data, target
    n_train, n_test = (len(arrays[f"y_{part}"]) for part in PARTS)
    target_names = np.unique(np.concatenate([arrays[f"y_{part}"] for part in PARTS]).astype(str))
    return Bunch(
        data=data,
        target=target,
        train=training_mask(parts, arrays),
        target_names=target_names,
        DESCR=DESCR.format(
            name=name,
            rule="=" * len(name),
            n_train=n_train,
            n_test=n_test,
            channels=data.shape[1] if data.ndim == 3 else 1,
            length=data.shape[-1],
            n_classes=len(target_names),
        ),
    )


def _read(path, name):
    """Read the four arrays of a dataset; its name is removed from their keys."""
    names = sorted({key.partition("__")[0] for key in array_names(path)})
    if name not in names:
        raise ValueError(f"name={name!r}: expected one of {', '.join(names)}, the datasets of {path}.")
    keys = [f"{kind}_{part}" for part in PARTS for kind in ("X", "y")]
    stored = read_arrays(path, [f"{name}__{key}" for key in keys])
    arrays = {key: stored[f"{name}__{key}"] for key in keys}
    X, X_test, y, y_test = (arrays[key] for key in ("X_train", "X_test", "y_train", "y_test"))
    if X.ndim not in (2, 3) or X.shape[1:] != X_test.shape[1:] or len(X) != len(y) or len(X_test) != len(y_test):
        raise ValueError(
            f"{path}: X and y of {name!r} have shapes {X.shape} and {y.shape} for training, {X_test.shape} and "
            f"{y_test.shape} for test; expected (n, length) or (n, channels, length) and (n,), equal except for n."
        )
    return arrays
