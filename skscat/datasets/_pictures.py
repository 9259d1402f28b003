"""Decoding of compressed pictures that are stored one after the other."""

import io

import numpy as np

from skscat.datasets._files import named

# Formats whose decoders are called; a file that pretends to be a picture of another kind is refused.
FORMATS = ("WEBP", "JPEG", "PNG")
# Largest side of a picture, in pixels: one that announces more is refused before it is decoded.
LARGEST_SIDE = 1024


def decode_pictures(path, arrays, rows, *, fetcher, mode, size=None, shape=None):
    """Decode some of the pictures of a file.

    Parameters
    ----------
    path : Path
        Path of the file, for errors.
    arrays : dict of ndarray
        Arrays of the file: ``webp`` (uint8), all compressed pictures, and ``offset``, the start of each of them
        followed by the total number of bytes.
    rows : sequence of int
        Numbers of the pictures.
    fetcher : str
        Name of the function that needs Pillow, for the error.
    mode : {"L", "RGB"}
        Pixels of Pillow: gray levels or colors.
    size : tuple of int, default=None
        Height and width that all pictures must have. None means any.
    shape : tuple of int, default=None
        Height and width to which pictures are resized, whatever their aspect ratio. None keeps their size.

    Yields
    ------
    picture : ndarray of shape (height, width) or (height, width, 3), uint8
        Pixels.

    Raises
    ------
    ImportError
        If Pillow is not installed.
    ValueError
        If a picture is damaged or has another size.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(f"{fetcher} needs Pillow; install it with: pip install 'skscat[datasets]'") from error
    content, offset = arrays["webp"], arrays["offset"]
    for i in rows:
        with named(f"{path}, picture {i},", "a picture of at most 1,024 x 1,024 pixels"):
            with Image.open(io.BytesIO(content[offset[i] : offset[i + 1]].tobytes()), formats=FORMATS) as file:
                # Before anything is decoded.
                if max(file.size) > LARGEST_SIDE or size not in (None, file.size[::-1]):
                    expected = "{} x {}".format(*size) if size else f"at most {LARGEST_SIDE} on each side"
                    raise ValueError(f"the picture has {file.height} x {file.width} pixels; expected {expected}.")
                picture = file.convert(mode)
            pixels = np.asarray(picture if shape is None else picture.resize(shape[::-1]))
        yield pixels


def check_offsets(path, arrays):
    """Raise ValueError unless a file has as many pictures as classes, and its offsets fit its bytes.

    Parameters
    ----------
    path : Path
        Path of the file, for errors.
    arrays : dict of ndarray
        Arrays of the file: ``webp`` and ``offset``, as in :func:`decode_pictures`, and ``y``, the index of the class
        of each picture among ``classes``.
    """
    content, offset, y = (arrays[key] for key in ("webp", "offset", "y"))
    integers = offset.dtype.kind in "iu" and y.dtype.kind in "iu"
    if content.dtype != np.uint8 or not integers or not content.ndim == offset.ndim == y.ndim == 1:
        raise ValueError(f"{path}: expected a vector webp of dtype uint8, and vectors offset and y of integers.")
    increasing = len(offset) == len(y) + 1 and offset[0] == 0 and (offset[1:] > offset[:-1]).all()
    if not increasing or offset[-1] != len(content):
        raise ValueError(
            f"{path}: expected {len(y) + 1} offsets for {len(y)} pictures, increasing from 0 to {len(content)}, the "
            "number of bytes."
        )
    n_classes = len(arrays["classes"])
    if len(y) and not 0 <= y.min() <= y.max() < n_classes:
        raise ValueError(f"{path}: y has values from {y.min()} to {y.max()}; expected classes 0 to {n_classes - 1}.")
