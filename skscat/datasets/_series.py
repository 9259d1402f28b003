"""Time series, from a file."""

import os
import re
from itertools import product
from zipfile import ZipFile, is_zipfile

import numpy as np
from sklearn.utils import Bunch

from skscat.datasets._arrays import PARTS, chosen_parts, training_mask
from skscat.datasets._files import (
    array_names,
    check_download,
    check_hash,
    download,
    file_hash,
    locate,
    named,
    read_arrays,
    search_folders,
)
from skscat.datasets._series_files import stacked, ts_cases, tsv_cases

# Files of arrays, in order of preference, and the name of an array in each, by dataset, kind and part.
ARRAY_FILES = {
    "ucr.npz": lambda name, kind, part: f"{name}/{kind.lower()}_{part}",
    "ucr_small.npz": lambda name, kind, part: f"{name}__{kind}_{part}",
}
SITE = "https://www.timeseriesclassification.com"
# Archive of the .ts files of one dataset.
ADDRESS = "https://timeseriesclassification.com/aeon-toolkit/{name}.zip"
# Formats of text files, in order of preference.
READERS = {".ts": ts_cases, ".tsv": tsv_cases}
# Bytes of the text files of one dataset, whose numbers take about as many bytes as in memory.
LARGEST_TEXT = 2**32

DESCR = """\
{name}
{rule}

A dataset of the UCR and UEA time series archives, with its published split.

:Series: {n_train:,} for training, {n_test:,} for test
:Channels: {channels}
:Length: {length}
:Classes: {n_classes}
:Origin: https://www.timeseriesclassification.com
:License: free for research; cite the archive

H. A. Dau et al., "The UCR time series archive", IEEE/CAA Journal of Automatica Sinica 6 (2019), 1293-1305.
A. Bagnall et al., "The UEA multivariate time series classification archive, 2018", arXiv:1811.00075.
"""


def fetch_ucr(
    name: str,
    *,
    data_home: str | os.PathLike[str] | None = None,
    subset: str = "all",
    return_X_y: bool = False,
    download_if_missing: bool = True,
    known_hash: str | None = None,
) -> Bunch | tuple[np.ndarray | list[np.ndarray], np.ndarray]:
    """Load a dataset of the UCR or UEA time series archive from files, or download it if they are missing.

    The data are read from the first of these that is found in ``data_home`` or, if none is there, in the folder that
    the environment variable ``SKSCAT_DATA`` names:

    - the file ``ucr.npz`` or ``ucr_small.npz``, if it contains the dataset; see Notes;
    - the files ``NAME_TRAIN.ts`` and ``NAME_TEST.ts``, or those that end with ``.tsv``, possibly in a folder ``NAME``;
    - the file ``NAME.zip``, with files ``NAME_TRAIN.ts`` and ``NAME_TEST.ts``.

    If there is none, ``NAME.zip`` is downloaded to ``data_home``, which requires pooch.

    Parameters
    ----------
    name : str
        Name of the dataset in the archive, for example ``"GunPoint"``.
    data_home : str or path-like, default=None
        Folder of the files. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    subset : {"all", "train", "test"}, default="all"
        Which series to load: the training series, the test series, or all, training series first.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.
    download_if_missing : bool, default=True
        If False, raise an error if the dataset is not found, instead of downloading it.
    known_hash : str, default=None
        SHA-256 of the file ``NAME.zip``, in hexadecimal digits. The archive does not publish checksums: None trusts
        the first download, and stores its SHA-256 in a file ``NAME.zip.sha256`` next to it. The file must have this
        SHA-256 whenever it is read, or downloaded again. Publish it with your results to make them reproducible.

    Returns
    -------
    series : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (n, length) or (n, channels, length), or list of ndarray, float32
            Series with one or several channels. If lengths differ, a list of arrays of shape ``(length,)`` or
            ``(channels, length)``. Missing values are NaN.
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
    ImportError
        If the dataset is to be downloaded and pooch is not installed.
    OSError
        If the dataset is not found and ``download_if_missing`` is False, or the download fails or stalls for a minute.
    ValueError
        If ``name`` is not that of a dataset, ``subset`` or ``known_hash`` is invalid, a file is damaged or has a
        different SHA-256, or the shapes of arrays are inconsistent.

    See Also
    --------
    read_ts : Read a ``.ts`` file.
    fetch_spoken_digits : Recordings of spoken digits.

    Notes
    -----
    For each dataset ``NAME``, the file ``ucr_small.npz`` contains the series ``NAME__X_train`` and ``NAME__X_test``,
    of shape ``(n, length)`` or ``(n, channels, length)``, and their classes ``NAME__y_train`` and ``NAME__y_test``. In
    the file ``ucr.npz``, these are ``NAME/x_train``, ``NAME/x_test``, ``NAME/y_train`` and ``NAME/y_test``.

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
    _check_name(name, known_hash)
    found = (_read_folder(folder, name, known_hash) for folder in search_folders(data_home))
    arrays = next(filter(None, found), None)
    if arrays is None:
        arrays = _read_zip(_downloaded(name, data_home, download_if_missing, known_hash), name, known_hash)
    data = _joined([arrays[f"X_{part}"] for part in parts])
    target = np.concatenate([arrays[f"y_{part}"] for part in parts]).astype(str)
    if return_X_y:
        return data, target
    n_train, n_test = (len(arrays[f"y_{part}"]) for part in PARTS)
    target_names = np.unique(np.concatenate([arrays[f"y_{part}"] for part in PARTS]).astype(str))
    lengths = {x.shape[-1] for part in PARTS for x in arrays[f"X_{part}"]}
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
            channels=data[0].shape[0] if data[0].ndim == 2 else 1,
            length=" to ".join(f"{n:,}" for n in sorted({min(lengths), max(lengths)})),
            n_classes=len(target_names),
        ),
    )


def _check_name(name, known_hash):
    if not isinstance(name, str) or not re.fullmatch(r"[\w-]+", name):
        raise ValueError(f"name={name!r}: expected the name of a dataset, letters and digits, as in {SITE}.")
    if known_hash is not None and not re.fullmatch("[0-9a-f]{64}", known_hash):
        raise ValueError(f"known_hash={known_hash!r}: expected a SHA-256 of 64 hexadecimal digits, in lower case.")


def _joined(parts):
    """Return the series of several parts of a dataset in single precision."""
    if isinstance(parts[0], list):
        return [x.astype(np.float32) for part in parts for x in part]
    return np.concatenate(parts).astype(np.float32)


def _read_folder(folder, name, known_hash):
    """Read the four arrays of a dataset from the files of a folder; None if they are not there."""
    stored = (_read_stored(folder / file_name, name) for file_name in ARRAY_FILES)
    arrays, path = next(filter(None, stored), None) or _read_texts(folder, name), folder / f"{name}.zip"
    return _read_zip(path, name, known_hash) if arrays is None and path.is_file() else arrays


def _read_stored(path, name):
    """Read the four arrays of a dataset from a file of arrays, without the name in their keys; None if not there."""
    if not path.is_file() or name not in _stored_names(path):
        return None
    key = ARRAY_FILES[path.name]
    keys = {f"{kind}_{part}": key(name, kind, part) for part in PARTS for kind in ("X", "y")}
    stored = read_arrays(path, list(keys.values()))
    arrays = {key: stored[stored_key] for key, stored_key in keys.items()}
    X, X_test, y, y_test = (arrays[key] for key in ("X_train", "X_test", "y_train", "y_test"))
    if X.ndim not in (2, 3) or X.shape[1:] != X_test.shape[1:] or len(X) != len(y) or len(X_test) != len(y_test):
        raise ValueError(
            f"{path}: X and y of {name!r} have shapes {X.shape} and {y.shape} for training, {X_test.shape} and "
            f"{y_test.shape} for test; expected (n, length) or (n, channels, length) and (n,), equal except for n."
        )
    return arrays


def _stored_names(path):
    """Return the names of the datasets whose training series are in a file of arrays."""
    ending = ARRAY_FILES[path.name]("", "X", "train")
    return sorted(name.removesuffix(ending) for name in array_names(path) if name.endswith(ending))


def _read_texts(folder, name):
    """Read the four arrays of a dataset from two text files; None if they are not there."""
    for ending, place in product(READERS, (folder, folder / name)):
        paths = [place / f"{name}_{part.upper()}{ending}" for part in PARTS]
        if all(path.is_file() for path in paths):
            cases = []
            for path in paths:
                with path.open("rb") as file:
                    cases.append(READERS[ending](file, path))
            return _as_arrays(cases, paths)
    return None


def _as_arrays(cases, sources):
    """Return training and test cases as the four arrays of a dataset; series are in lists if lengths differ."""
    for part, source in zip(cases, sources, strict=True):
        if not part.have_classes:
            raise ValueError(
                f"{source} has no classes; expected a dataset for classification. Read others by read_ts."
            )
    (X, y), (X_test, y_test) = cases
    if len(X[0]) != len(X_test[0]):
        raise ValueError(
            f"{sources[0]} has series of {len(X[0])} channels, {sources[1]} of {len(X_test[0])}; expected the same."
        )
    series = stacked(X + X_test)
    return {"X_train": series[: len(X)], "y_train": y, "X_test": series[len(X) :], "y_test": y_test}


def _read_zip(path, name, known_hash):
    """Read the four arrays of a dataset from the archive of its text files."""
    checksum = known_hash or _recorded_hash(path)
    with named(path, f"the published archive of {name}"):
        if checksum:
            check_hash(path, checksum)
        with ZipFile(path) as archive:
            members = [_member(archive, f"{name}_{part.upper()}.ts") for part in PARTS]
            n_bytes = sum(member.file_size for member in members)
            if n_bytes > LARGEST_TEXT:
                raise ValueError(f"the files take {n_bytes:,} bytes; expected at most {LARGEST_TEXT:,}.")
            cases = []
            for member in members:
                with archive.open(member) as file:
                    cases.append(ts_cases(file, member.filename))
    return _as_arrays(cases, [f"{path}, {member.filename}," for member in members])


def _member(archive, file_name):
    """Return the member of an archive that has this name, in any folder."""
    for member in archive.infolist():
        if member.filename.rpartition("/")[2] == file_name:
            return member
    raise ValueError(f"it has no file {file_name}.")


def _recorded_hash(path):
    """Return the SHA-256 of the first download of a file; None if it was not downloaded."""
    record = _record(path)
    return record.read_text().partition(" ")[0] if record.is_file() else None


def _record(path):
    return path.with_name(f"{path.name}.sha256")


def _downloaded(name, data_home, download_if_missing, known_hash):
    """Download the archive of a dataset, record its SHA-256, and return its path."""
    path, stored = locate(f"{name}.zip", data_home), [locate(file_name, data_home) for file_name in ARRAY_FILES]
    names = {file: ", ".join(_stored_names(file)) for file in stored if file.is_file()}
    if not download_if_missing and names:
        found = "; ".join(f"{names[file]}, the datasets of {file}" for file in names)
        raise ValueError(
            f"name={name!r}: expected one of {found}. There "
            f"are no files {name}_TRAIN.ts and {name}_TEST.ts either, nor {path.name}, and download_if_missing=False."
        )
    check_download(path, download_if_missing)
    address = ADDRESS.format(name=name)
    try:
        download(address, path, known_hash or _recorded_hash(path), "fetch_ucr")
    except OSError as error:
        raise OSError(
            f"name={name!r}: there are no files of this dataset in {path.parent} or SKSCAT_DATA, and the download of "
            f"{address} failed: {error}"
        ) from error
    except ValueError as error:
        if known_hash:
            raise
        record = _record(path)
        raise ValueError(f"{error} {record} has that of the first download: delete it to accept another.") from error
    # If the name is unknown, the site sends a web page.
    if not is_zipfile(path):
        path.unlink()
        raise ValueError(f"name={name!r}: {address} is not an archive; expected the name of a dataset, as in {SITE}.")
    _record(path).write_text(f"{file_hash(path)}  {path.name}\n")
    return path
