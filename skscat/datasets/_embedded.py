"""Data files embedded in the package."""

from importlib.resources import as_file, files

import numpy as np


def load_embedded(name):
    """Read the arrays of an embedded file.

    Parameters
    ----------
    name : str
        Name of a file in ``skscat/datasets/data``.

    Returns
    -------
    arrays : dict of ndarray
        Arrays by name, in the order of the file.
    """
    with as_file(files("skscat.datasets") / "data" / name) as path, np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)
