"""Data files that are not part of the package."""

import hashlib
import os
import socket
from contextlib import contextmanager
from math import prod
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from sklearn.datasets import get_data_home

# Silence, in seconds, after which a download fails.
TIMEOUT = 60.0
# Bytes of the arrays of one dataset, unless more is known. The largest of the UCR and UEA archives takes half of that.
LARGEST = 2**31
# Headers of arrays are much shorter.
HEADER_BYTES = 2**16
HEADER_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def locate(name, data_home):
    """Find a file in ``data_home`` or in the folder that the environment variable ``SKSCAT_DATA`` names.

    Parameters
    ----------
    name : str
        Name of the file.
    data_home : str, path-like or None
        Folder. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's data folder.

    Returns
    -------
    path : Path
        Path of the file; if it is in neither folder, its path in ``data_home``.
    """
    paths = (folder / name for folder in search_folders(data_home))
    return next((path for path in paths if path.is_file()), None) or Path(get_data_home(data_home)) / name


def search_folders(data_home):
    """Yield the folders in which :func:`locate` looks for a file, in order."""
    yield from (Path(folder).expanduser() for folder in (data_home, os.environ.get("SKSCAT_DATA")) if folder)
    if not data_home:
        yield Path(get_data_home(data_home))


def require(name, data_home, origin):
    """Find a file that is not downloaded.

    Parameters
    ----------
    name : str
        Name of the file.
    data_home : str, path-like or None
        Folder. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's data folder.
    origin : str
        Origin of the data and contents of the file, for the error message.

    Returns
    -------
    path : Path
        Path of the file.

    Raises
    ------
    FileNotFoundError
        If the file is not found.
    """
    path = locate(name, data_home)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing, and SKSCAT_DATA names no folder with a file {name}. It is not downloaded: {origin}"
        )
    return path


def check_download(path, download_if_missing):
    """Raise an error if a missing file must not be downloaded.

    Parameters
    ----------
    path : Path
        Path of the missing file.
    download_if_missing : bool
        Whether downloads are allowed.

    Raises
    ------
    OSError
        If ``download_if_missing`` is False.
    """
    if not download_if_missing:
        raise OSError(f"{path} is missing, SKSCAT_DATA names no folder with that file, and download_if_missing=False.")


@contextmanager
def named(path, contents):
    """Raise a ValueError that names the file, says what it should contain and what to do, if reading it fails.

    Whatever is damaged, be it an archive, compressed data, a header or a checksum, the readers of Python, NumPy, SciPy
    and Pillow raise errors of a dozen types, which have no base class but Exception.
    """
    try:
        yield
    except MemoryError:
        # Sizes are checked first, so the file is not to blame.
        raise
    except Exception as error:
        raise ValueError(
            f"{path} is not {contents}, or it is damaged. Delete it, and download or make it again. "
            f"({type(error).__name__}: {error})"
        ) from error


def file_hash(path):
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_hash(path, checksum):
    """Raise ValueError unless the SHA-256 of a file is ``checksum``."""
    found = file_hash(path)
    if found != checksum:
        raise ValueError(f"the SHA-256 of the file is {found}; expected {checksum}.")


def download(address, path, checksum, fetcher):
    """Download a file to a path with pooch.

    Parameters
    ----------
    address : str
        Address of the file.
    path : Path
        Path to store it at. Nothing is left there if the download fails.
    checksum : str or None
        SHA-256 that it must have, in hexadecimal digits; None accepts any file.
    fetcher : str
        Name of the function that needs the file, for the error.

    Returns
    -------
    path : Path
        Path of the file.

    Raises
    ------
    ImportError
        If pooch is not installed.
    OSError
        If the download fails or stalls.
    ValueError
        If the file has another SHA-256.
    """
    try:
        import pooch
    except ImportError as error:
        raise ImportError(f"{fetcher} needs pooch; install it with: pip install 'skscat[datasets]'") from error
    downloader, known_hash = pooch.HTTPDownloader(timeout=TIMEOUT), checksum and f"sha256:{checksum}"
    return Path(pooch.retrieve(address, known_hash, path.name, path.parent, downloader=downloader))


@contextmanager
def network_timeout():
    """Let network connections raise an error after ``TIMEOUT`` seconds of silence, where no other limit is set.

    The limit applies to all new connections of the process, since :func:`sklearn.datasets.fetch_openml` has no such
    parameter.
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def read_arrays(path, keys, largest=LARGEST):
    """Read arrays from an ``.npz`` file.

    Parameters
    ----------
    path : Path
        Path of the file.
    keys : sequence of str
        Names of the arrays.
    largest : int, default=LARGEST
        Number of bytes that the arrays may take together. A file that announces more is not read.

    Returns
    -------
    arrays : dict of ndarray
        Arrays by name.

    Raises
    ------
    ValueError
        If the file is damaged, lacks an array, or announces arrays that are too large.
    """
    with path.open("rb") as file, named(path, f"a file of arrays {', '.join(keys)}"), ZipFile(file) as archive:
        members = [archive.getinfo(f"{key}.npy") for key in keys]
        n_bytes = sum(member.file_size for member in members)
        if n_bytes > largest + HEADER_BYTES * len(members):
            raise ValueError(f"the arrays take {n_bytes:,} bytes; expected at most {largest:,}.")
        return {key: _read_array(archive, member) for key, member in zip(keys, members, strict=True)}


def write_arrays(path, arrays):
    """Write a compressed ``.npz`` file atomically, so that an interrupted call leaves nothing behind.

    Parameters
    ----------
    path : Path
        Path of the file.
    arrays : dict of ndarray
        Arrays by name.
    """
    partial = path.with_name(f"{os.getpid()}-{path.name}")
    try:
        np.savez_compressed(partial, **arrays)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def array_names(path):
    """Return the names of the arrays of an ``.npz`` file; raise ValueError if it is damaged."""
    with path.open("rb") as file, named(path, "a file of arrays"), ZipFile(file) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist()]


def _read_array(archive, member):
    """Read an array. Its header must announce all bytes of the member: these have a checksum, and are not too many."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in HEADER_READERS:
            raise ValueError(f"{member.filename} has a header of version {version}; expected 1 or 2.")
        shape, _, dtype = HEADER_READERS[version](file)
        n_bytes, stored = prod(shape) * dtype.itemsize, member.file_size - file.tell()
        # Entries without bytes could be any number.
        if not dtype.itemsize or n_bytes != stored:
            raise ValueError(
                f"{member.filename} has {stored:,} bytes; expected {n_bytes:,} for shape {shape}, {dtype}."
            )
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)
