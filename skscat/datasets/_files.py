"""Files of data that are not part of the package."""

import os
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from sklearn.datasets import get_data_home


def locate(name, data_home):
    """Find a file in ``data_home`` or else in the folder that the environment variable ``SKSCAT_DATA`` names.

    Parameters
    ----------
    name : str
        Name of the file.
    data_home : str, path-like or None
        Folder. None means the one that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's.

    Returns
    -------
    path : Path
        The file; where there is none, its place in ``data_home``.
    """
    folders = [Path(folder).expanduser() for folder in (data_home, os.environ.get("SKSCAT_DATA")) if folder]
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    return found or Path(get_data_home(data_home)) / name


def require(name, data_home, origin):
    """Find a file that is not downloaded.

    Parameters
    ----------
    name : str
        Name of the file.
    data_home : str, path-like or None
        Folder. None means the one that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's.
    origin : str
        Where the data are from, and what the file holds.

    Returns
    -------
    path : Path

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    path = locate(name, data_home)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing, and SKSCAT_DATA names no folder with a file {name}. It is not downloaded: {origin}"
        )
    return path


def check_download(path, download_if_missing):
    """Refuse to go on without a file where it may not be downloaded.

    Parameters
    ----------
    path : Path
        Place of the file.
    download_if_missing : bool
        What the caller allows.

    Raises
    ------
    OSError
        If ``download_if_missing`` is False.
    """
    if not download_if_missing:
        raise OSError(f"{path} is missing, SKSCAT_DATA names no folder with one, and download_if_missing=False.")


def read_arrays(path, keys):
    """Read arrays of a file ``.npz``.

    Parameters
    ----------
    path : Path
        The file.
    keys : sequence of str
        Names of arrays.

    Returns
    -------
    arrays : dict of ndarray

    Raises
    ------
    ValueError
        If the file is damaged, or lacks an array.
    """
    try:
        # Opened here because numpy.load does not close what turns out to be damaged.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {key: stored[key] for key in keys}
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ValueError(f"{path} is no file of arrays {', '.join(keys)}: {error}") from error
