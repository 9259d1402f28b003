"""Recordings of sound textures, from a file."""

import os

import numpy as np
from sklearn.utils import Bunch

from skscat.datasets._files import read_arrays, require

FILE_NAME = "sound_textures.npz"
KEYS = ("x", "offset", "rate", "name")
# The recordings of the file take six megabytes.
LARGEST = 2**28
ORIGIN = (
    "make it from the example sounds of the texture synthesis toolbox of J. McDermott, "
    "https://mcdermottlab.mit.edu, with arrays x (int16, all recordings concatenated), offset (start of each "
    "recording, and the total length), rate (samples per second) and name."
)
DESCR = """\
Sound textures
==============

Recordings of applause, rain, fire, water, insects, animals, engines, voices and objects: sounds made of many similar
events, whose statistics hardly change with time.

:Recordings: {n}
:Values: -1 to 1
:Sampling rate: {rate:,} Hz
:Origin: example sounds of the texture synthesis toolbox of J. McDermott
:License: free for research

J. McDermott and E. Simoncelli, "Sound texture perception via statistics of the auditory periphery: evidence from sound
synthesis", Neuron 71 (2011), 926-940.
"""


def fetch_sound_textures(*, data_home: str | os.PathLike[str] | None = None) -> Bunch:
    """Load 20 recordings of sound textures, such as rain, fire, applause and insects, from a file.

    The file ``sound_textures.npz`` is read from ``data_home`` or, failing that, from the folder that the environment
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

        data : list of ndarray of shape (n_samples,), float32
            Recordings, with values from -1 to 1, each of its original length.
        sampling_rate : int
            Number of samples per second.
        target_names : list of str
            Names of the recordings.
        DESCR : str
            Full description of the dataset, with its origin and license.

    Raises
    ------
    FileNotFoundError
        If the file is not found.
    ValueError
        If the file ``sound_textures.npz`` does not contain such recordings.

    See Also
    --------
    skscat.synthesis.MicrocanonicalModel : Synthesis of sounds with the same moments.

    Notes
    -----
    The file contains arrays ``x`` (all recordings, concatenated, as int16), ``offset`` (the start of each of them,
    followed by the total number of samples), ``rate`` and ``name``. The recordings of the toolbox of [1]_ last 7 s, at
    20 kHz.

    References
    ----------
    .. [1] J. McDermott and E. Simoncelli, "Sound texture perception via statistics of the auditory periphery: evidence
           from sound synthesis", Neuron 71 (2011), 926-940.

    Examples
    --------
    >>> from skscat.datasets import fetch_sound_textures
    >>> textures = fetch_sound_textures()  # doctest: +SKIP
    >>> len(textures.data), textures.sampling_rate  # doctest: +SKIP
    (20, 20000)
    """
    path = require(FILE_NAME, data_home, ORIGIN)
    arrays = read_arrays(path, KEYS, LARGEST)
    x, offset, names = arrays["x"], arrays["offset"], arrays["name"]
    if (
        x.ndim != 1
        or names.ndim != 1
        or x.dtype != np.int16
        or offset.shape != (names.size + 1,)
        or offset.dtype.kind not in "iu"
    ):
        raise ValueError(
            f"{path}: x, offset and name have shapes {x.shape}, {offset.shape} and {names.shape}, and x has dtype "
            f"{x.dtype}; expected a vector x of dtype int16, and one more offset than names."
        )
    if offset[0] != 0 or offset[-1] != len(x) or np.any(np.diff(offset) <= 0):
        raise ValueError(f"{path}: expected offsets that increase from 0 to {len(x)}, the number of samples.")
    rate = int(arrays["rate"])
    data = [part / np.float32(2**15) for part in np.split(x, offset[1:-1])]
    return Bunch(
        data=data, sampling_rate=rate, target_names=names.tolist(), DESCR=DESCR.format(n=len(data), rate=rate)
    )
