"""Photographs of materials, from a file."""

import numpy as np
from sklearn.utils import Bunch

from skscat.datasets._files import read_arrays, require

FILE_NAME = "kth_tips_gray200.npz"
KEYS = ("X", "y", "scale", "im", "classes")
SHAPE = (810, 200, 200)

ORIGIN = (
    "make it from kth_tips_grey_200x200.tar of https://www.csc.kth.se/cvap/databases/kth-tips, as arrays X (uint8, "
    "810 x 200 x 200), y (classes 0 to 9 of the pictures), scale and im (1 to 9, from the names of the files) and "
    "classes (10 names)."
)

DESCR = """\
KTH-TIPS: textures under varying illumination, pose and scale
==============================================================

Grey photographs of ten materials, one specimen of each, from nine distances (which double the scale, and halve it),
and at each distance in three poses under three illuminations.

:Pictures: 810, 81 of each material, of 200 x 200 pixels; the few that are smaller in the original were cropped and
    resized
:Values: 0 (black) to 1 (white)
:Classes: 10
:Origin: https://www.csc.kth.se/cvap/databases/kth-tips
:Licence: free for research

M. Fritz, E. Hayman, B. Caputo and J.-O. Eklundh, "The KTH-TIPS database", technical report, KTH Stockholm (2004).
"""


def fetch_kth_tips(*, data_home=None, return_X_y=False):
    """Load KTH-TIPS, 810 photographs of ten materials at nine scales, from a file.

    A file ``kth_tips_gray200.npz`` is read from ``data_home``, or else from the folder that the environment variable
    ``SKSCAT_DATA`` names. It is not downloaded; see Notes.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means scikit-learn's, ``~/scikit_learn_data`` unless it was set otherwise.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` in place of a Bunch.

    Returns
    -------
    textures : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with attributes:

        data : ndarray of shape (810, 40000), float32
            Pixels from 0 (black) to 1 (white), rows first.
        target : ndarray of shape (810,), int64
            The materials, 0 to 9.
        images : ndarray of shape (810, 200, 200), float32
            The same as ``data``, as pictures.
        scale : ndarray of shape (810,), int64
            Number of the distance, 1 (nearest) to 9.
        view : ndarray of shape (810,), int64
            Number of the pose and illumination, 1 to 9.
        target_names : list of str
            Names of the materials.
        DESCR : str
            Description, source and licence.
    (data, target) : tuple of ndarray
        If ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ValueError
        If a file ``kth_tips_gray200.npz`` does not hold the photographs.

    See Also
    --------
    load_sample_images : Pictures that are part of the package.

    Notes
    -----
    The file holds arrays ``X`` of shape (810, 200, 200), type uint8, ``y``, ``scale`` and ``im`` of shape (810,) and
    ``classes``, the ten names. Make it with :func:`numpy.savez_compressed` from the archive of grey pictures at
    https://www.csc.kth.se/cvap/databases/kth-tips.

    References
    ----------
    .. [1] E. Hayman, B. Caputo, M. Fritz and J.-O. Eklundh, "On the significance of real-world conditions for material
           classification", Proc. ECCV (2004), 253-266.

    Examples
    --------
    >>> from skscat.datasets import fetch_kth_tips
    >>> textures = fetch_kth_tips()  # doctest: +SKIP
    >>> textures.images.shape  # doctest: +SKIP
    (810, 200, 200)
    """
    path = require(FILE_NAME, data_home, ORIGIN)
    arrays = read_arrays(path, KEYS)
    shape, labels = arrays["X"].shape, arrays["y"].shape
    if shape != SHAPE or labels != SHAPE[:1]:
        raise ValueError(f"{path}: X and y have shapes {shape} and {labels}; expected {SHAPE} and {SHAPE[:1]}.")
    images = arrays["X"].astype(np.float32)
    images /= 255
    data, target = images.reshape(len(images), -1), arrays["y"].astype(np.int64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        images=images,
        scale=arrays["scale"].astype(np.int64),
        view=arrays["im"].astype(np.int64),
        target_names=arrays["classes"].tolist(),
        DESCR=DESCR,
    )
