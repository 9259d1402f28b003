"""Photographs of textures, from files."""

import os

import numpy as np
from sklearn.utils import Bunch

from skscat.datasets._arrays import unit_levels
from skscat.datasets._files import read_arrays, require
from skscat.datasets._pictures import check_offsets, decode_pictures

KTH_TIPS_FILE = "kth_tips_gray200.npz"
KTH_TIPS_KEYS = ("X", "y", "scale", "im", "classes")
KTH_TIPS_SHAPE = (810, 200, 200)
# Bytes of a file whose numbers take eight bytes, and whose names are short.
KTH_TIPS_LARGEST = 8 * 810 * (200 * 200 + 3) + 2**16
KTH_TIPS_ORIGIN = (
    "make it from kth_tips_grey_200x200.tar of https://www.csc.kth.se/cvap/databases/kth-tips, with arrays X (uint8, "
    "810 x 200 x 200), y (classes 0 to 9), scale and im (1 to 9, from the file names) and classes (10 names)."
)

KTH_TIPS_DESCR = """\
KTH-TIPS: textures under varying illumination, pose and scale
=============================================================

Gray-level photographs of ten materials, one specimen each, taken at nine distances (scales from one half to two). At
each distance, there are three poses under three illuminations.

:Images: 810 of 200 x 200 pixels, 81 of each material; the few that are smaller in the original were cropped and
    resized
:Values: 0 (black) to 1 (white)
:Classes: 10
:Origin: https://www.csc.kth.se/cvap/databases/kth-tips
:License: free for research

M. Fritz, E. Hayman, B. Caputo and J.-O. Eklundh, "The KTH-TIPS database", technical report, KTH Stockholm (2004).
"""

BRODATZ_FILE = "sipi_brodatz13.npz"
BRODATZ_SHAPES = {"scan512": (13, 512, 512), "scan1024": (13, 1024, 1024), "classes": (13,)}
BRODATZ_LARGEST = 8 * 13 * (512**2 + 1024**2) + 2**16
BRODATZ_ORIGIN = (
    "make it from the volume Textures of https://sipi.usc.edu/database, with arrays scan512 (uint8, 13 x 512 x 512) "
    "and scan1024 (uint8, 13 x 1024 x 1024), the two scans of each texture in the same order, and classes (13 names)."
)
BRODATZ_DESCR = """\
Brodatz textures, each scanned twice
====================================

Gray-level photographs from the album of P. Brodatz, scanned once at 512 x 512 pixels and once at 1,024 x 1,024. The
scans differ in contrast, brightness and sharpness. The larger ones show a smaller part of each photograph, so that
textures are more than twice as large in pixels.

:Images: two scans of each texture
:Values: 0 (black) to 1 (white)
:Classes: 13
:Flaws: the last two rows of the smaller scans are black; for pigskin, the last 26
:Origin: https://sipi.usc.edu/database, volume Textures
:License: free for research

P. Brodatz, "Textures: a photographic album for artists and designers", Dover (1966). A. G. Weber, "The USC-SIPI image
database", technical report, University of Southern California (1997).
"""

UIUC_FILE = "uiuc_gray240.npz"
UIUC_SIZE = (240, 320)
# The pictures, compressed, take less than a tenth of that.
UIUC_LARGEST = 2**28
UIUC_ORIGIN = (
    "make it from the texture database of the Ponce research group, University of Illinois at Urbana-Champaign "
    "(1,000 gray-level pictures of 640 x 480 pixels, reduced to 320 x 240), with arrays webp (uint8, concatenated "
    "WebP, JPEG or PNG files of all pictures), offset (start of each file, and the total number of bytes), y "
    "(classes, from 0) and classes (their names)."
)
UIUC_DESCR = """\
UIUC textures: surfaces under arbitrary viewpoints
==================================================

Gray-level photographs of surfaces: bark, wood, water, stone, walls, floors, glass, carpets, fabrics and others. They
were taken without control of the viewpoint: at various distances, from various sides, in any orientation, under
various illuminations; fabrics are also folded.

:Images: {n:,} of 240 x 320 pixels, reduced from 480 x 640
:Values: 0 (black) to 1 (white)
:Classes: {n_classes}; the original has 25 of 40 images
:Origin: texture database of the Ponce research group, University of Illinois at Urbana-Champaign
:License: free for research

S. Lazebnik, C. Schmid and J. Ponce, "A sparse texture representation using local affine regions", IEEE Trans. Pattern
Analysis and Machine Intelligence 27 (2005), 1265-1278.
"""


def fetch_kth_tips(
    *, data_home: str | os.PathLike[str] | None = None, return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load KTH-TIPS, 810 photographs of ten materials at nine scales, from a file.

    The file ``kth_tips_gray200.npz`` is read from ``data_home`` or, failing that, from the folder that the environment
    variable ``SKSCAT_DATA`` names. It is not downloaded; see Notes.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    Returns
    -------
    textures : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (810, 40000), float32
            Pixels from 0 (black) to 1 (white), row by row.
        target : ndarray of shape (810,), int64
            Materials, 0 to 9.
        images : ndarray of shape (810, 200, 200), float32
            ``data``, reshaped to images.
        scale : ndarray of shape (810,), int64
            Index of the distance, from 1 (nearest) to 9.
        view : ndarray of shape (810,), int64
            Index of the pose and illumination, from 1 to 9.
        target_names : list of str
            Names of the materials.
        DESCR : str
            Full description of the dataset, with its origin and license.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If the file is not found.
    ValueError
        If the file ``kth_tips_gray200.npz`` does not contain the photographs.

    See Also
    --------
    fetch_sipi_brodatz : Thirteen textures, each scanned twice.
    fetch_uiuc_textures : Surfaces under arbitrary viewpoints.
    load_images_sample : Eight images, embedded in the package.

    Notes
    -----
    The file contains arrays ``X`` of shape (810, 200, 200) and type uint8, ``y``, ``scale`` and ``im`` of shape
    (810,), and ``classes``, the ten names. Make it with :func:`numpy.savez_compressed` from the archive of gray-level
    images at https://www.csc.kth.se/cvap/databases/kth-tips.

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
    path = require(KTH_TIPS_FILE, data_home, KTH_TIPS_ORIGIN)
    arrays = read_arrays(path, KTH_TIPS_KEYS, KTH_TIPS_LARGEST)
    shape, labels = arrays["X"].shape, arrays["y"].shape
    if shape != KTH_TIPS_SHAPE or labels != KTH_TIPS_SHAPE[:1]:
        raise ValueError(
            f"{path}: X and y have shapes {shape} and {labels}; expected {KTH_TIPS_SHAPE} and {KTH_TIPS_SHAPE[:1]}."
        )
    images = unit_levels(arrays["X"])
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
        DESCR=KTH_TIPS_DESCR,
    )


def fetch_sipi_brodatz(*, data_home: str | os.PathLike[str] | None = None) -> Bunch:
    """Load 13 Brodatz textures, each scanned twice, from a file.

    The file ``sipi_brodatz13.npz`` is read from ``data_home`` or, failing that, from the folder that the environment
    variable ``SKSCAT_DATA`` names. It is not downloaded; see Notes.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.

    Returns
    -------
    textures : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        images : ndarray of shape (13, 512, 512), float32
            The smaller scans, from 0 (black) to 1 (white).
        images_large : ndarray of shape (13, 1024, 1024), float32
            The larger scans of the same textures, in the same order.
        target_names : list of str
            Names of the textures.
        DESCR : str
            Full description of the dataset, with its flaws, origin and license.

    Raises
    ------
    FileNotFoundError
        If the file is not found.
    ValueError
        If the file ``sipi_brodatz13.npz`` does not contain the scans.

    See Also
    --------
    fetch_kth_tips : Photographs of materials at nine scales.

    Notes
    -----
    The file contains arrays ``scan512`` of shape (13, 512, 512) and ``scan1024`` of shape (13, 1024, 1024), both of
    type uint8, and ``classes``, the 13 names. Make it with :func:`numpy.savez_compressed` from the volume *Textures*
    at https://sipi.usc.edu/database.

    References
    ----------
    .. [1] P. Brodatz, "Textures: a photographic album for artists and designers", Dover (1966).
    .. [2] A. G. Weber, "The USC-SIPI image database", technical report, University of Southern California (1997).

    Examples
    --------
    >>> from skscat.datasets import fetch_sipi_brodatz
    >>> textures = fetch_sipi_brodatz()  # doctest: +SKIP
    >>> textures.images.shape  # doctest: +SKIP
    (13, 512, 512)
    """
    path = require(BRODATZ_FILE, data_home, BRODATZ_ORIGIN)
    arrays = read_arrays(path, BRODATZ_SHAPES, BRODATZ_LARGEST)
    shapes = {key: array.shape for key, array in arrays.items()}
    if shapes != BRODATZ_SHAPES:
        raise ValueError(f"{path}: arrays have shapes {shapes}; expected {BRODATZ_SHAPES}.")
    return Bunch(
        images=unit_levels(arrays["scan512"]),
        images_large=unit_levels(arrays["scan1024"]),
        target_names=arrays["classes"].tolist(),
        DESCR=BRODATZ_DESCR,
    )


def fetch_uiuc_textures(
    *, data_home: str | os.PathLike[str] | None = None, return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load the UIUC textures, 1,000 photographs of 25 surfaces under arbitrary viewpoints, from a file.

    The file ``uiuc_gray240.npz`` is read from ``data_home`` or, failing that, from the folder that the environment
    variable ``SKSCAT_DATA`` names. It is not downloaded; see Notes. Pillow must be installed.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    Returns
    -------
    textures : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (n, 76800), float32
            Pixels from 0 (black) to 1 (white), row by row.
        target : ndarray of shape (n,), int64
            Surfaces, from 0.
        images : ndarray of shape (n, 240, 320), float32
            ``data``, reshaped to images.
        target_names : list of str
            Names of the surfaces.
        DESCR : str
            Full description of the dataset, with its origin and license.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If the file is not found.
    ImportError
        If Pillow is not installed.
    ValueError
        If the file ``uiuc_gray240.npz`` does not contain such photographs.

    See Also
    --------
    fetch_kth_tips : Photographs of materials at nine scales.

    Notes
    -----
    The file contains arrays ``webp`` (the concatenated WebP, JPEG or PNG files of all photographs, as uint8),
    ``offset`` (the start of each of them, followed by the total number of bytes), ``y`` and ``classes``, the names.

    References
    ----------
    .. [1] S. Lazebnik, C. Schmid and J. Ponce, "A sparse texture representation using local affine regions", IEEE
           Trans. Pattern Analysis and Machine Intelligence 27 (2005), 1265-1278.

    Examples
    --------
    >>> from skscat.datasets import fetch_uiuc_textures
    >>> textures = fetch_uiuc_textures()  # doctest: +SKIP
    >>> textures.images.shape  # doctest: +SKIP
    (1000, 240, 320)
    """
    path = require(UIUC_FILE, data_home, UIUC_ORIGIN)
    arrays = read_arrays(path, ("webp", "offset", "y", "classes"), UIUC_LARGEST)
    check_offsets(path, arrays)
    rows = range(len(arrays["y"]))
    pictures = decode_pictures(path, arrays, rows, fetcher="fetch_uiuc_textures", mode="L", size=UIUC_SIZE)
    images = np.empty((len(rows), *UIUC_SIZE), np.float32)
    for image, picture in zip(images, pictures, strict=True):
        image[:] = unit_levels(picture)
    data, target = images.reshape(len(images), -1), arrays["y"].astype(np.int64)
    if return_X_y:
        return data, target
    names = arrays["classes"].tolist()
    descr = UIUC_DESCR.format(n=len(images), n_classes=len(names))
    return Bunch(data=data, target=target, images=images, target_names=names, DESCR=descr)
