"""From the arrays of a file to what loaders return."""

import numpy as np

from skscat._checks import check_choice

PARTS = ("train", "test")
SUBSETS = ("all", *PARTS)


def chosen_parts(subset):
    """Say which parts of a data set a subset has.

    Parameters
    ----------
    subset : {"all", "train", "test"}
        What the caller asked for.

    Returns
    -------
    parts : tuple of str
        Names of PARTS, in their order.

    Raises
    ------
    ValueError
        If ``subset`` is none of the three.
    """
    check_choice("subset", subset, SUBSETS)
    return PARTS if subset == "all" else (subset,)


def training_mask(parts, arrays):
    """Tell training samples from others.

    Parameters
    ----------
    parts : sequence of str
        Names of parts that stand one after the other.
    arrays : dict of ndarray
        With the targets ``y_train`` and ``y_test``.

    Returns
    -------
    train : ndarray of shape (n,), bool
        True for training samples.
    """
    return np.repeat([part == "train" for part in parts], [len(arrays[f"y_{part}"]) for part in parts])


def unit_levels(pixels):
    """Bring grey levels from 0 to 255 to float32 from 0 to 1.

    Parameters
    ----------
    pixels : ndarray of uint8
        Pictures.

    Returns
    -------
    images : ndarray of float32
        Of the same shape.
    """
    images = pixels.astype(np.float32)
    # In place, for pictures of a whole data set are large.
    images /= 255
    return images
