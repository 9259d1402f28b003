"""Files that are part of the package."""

from importlib.resources import as_file, files

import numpy as np


def load_embedded(name):
    """Read an embedded file of arrays.

    Parameters
    ----------
    name : str
        Name of a file of ``skscat/datasets/data``.

    Returns
    -------
    arrays : dict of ndarray
        In the order of the file.
    """
    with as_file(files("skscat.datasets") / "data" / name) as path, np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)
