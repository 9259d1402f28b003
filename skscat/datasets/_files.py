"""Data files that are not part of the package."""

import os
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from sklearn.datasets import get_data_home


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


def read_arrays(path, keys):
    """Read arrays from an ``.npz`` file.

    Parameters
    ----------
    path : Path
        Path of the file.
    keys : sequence of str
        Names of the arrays.

    Returns
    -------
    arrays : dict of ndarray
        Arrays by name.

    Raises
    ------
    ValueError
        If the file is damaged or lacks an array.
    """
    try:
        # Opened here because numpy.load does not close a damaged file.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {key: stored[key] for key in keys}
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ValueError(f"{path} is not a file of arrays {', '.join(keys)}: {error}") from error
