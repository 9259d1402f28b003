"""Conversion of stored arrays to what loaders return."""

import numpy as np

from skscat._checks import check_choice

PARTS = ("train", "test")
SUBSETS = ("all", *PARTS)


def chosen_parts(subset):
    """Return the parts of a dataset that a subset consists of.

    Parameters
    ----------
    subset : {"all", "train", "test"}
        Requested subset.

    Returns
    -------
    parts : tuple of str
        Names of the parts, in the order of PARTS.

    Raises
    ------
    ValueError
        If ``subset`` is invalid.
    """
    check_choice("subset", subset, SUBSETS)
    return PARTS if subset == "all" else (subset,)


def training_mask(parts, arrays):
    """Return a mask of the training samples.

    Parameters
    ----------
    parts : sequence of str
        Names of the parts, in the order in which they are concatenated.
    arrays : dict of ndarray
        Arrays of the dataset, among them the targets ``y_train`` and ``y_test``.

    Returns
    -------
    train : ndarray of shape (n,), bool
        True for training samples.
    """
    return np.repeat([part == "train" for part in parts], [len(arrays[f"y_{part}"]) for part in parts])


def unit_levels(pixels):
    """Convert gray levels between 0 and 255 to float32 between 0 and 1.

    Parameters
    ----------
    pixels : ndarray of uint8
        Images.

    Returns
    -------
    images : ndarray of float32
        Images of the same shape.
    """
    images = pixels.astype(np.float32)
    # In place, because the images of a complete dataset take a lot of memory.
    images /= 255
    return images
