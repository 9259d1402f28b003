"""Spoken digits: a sample that is part of the package, and the complete set from a file."""

import numpy as np
from sklearn.utils import Bunch

from skscat._checks import check_choice, check_counts
from skscat.datasets._arrays import SUBSETS
from skscat.datasets._embedded import load_embedded
from skscat.datasets._files import read_arrays, require

FILE_NAME = "fsdd.npz"
KEYS = ("audio", "offsets", "y", "speaker", "index", "speakers", "sr")
# Recordings of each speaker and digit with lower numbers are those for test.
N_TEST = 5

ORIGIN = (
    "make it from the recordings at https://github.com/Jakobovski/free-spoken-digit-dataset, as arrays audio (int16, "
    "all recordings one after the other), offsets (where each begins, and the end), y (digits), speaker (numbers), "
    "index (of the recording among those of its speaker and digit), speakers (names) and sr (8000)."
)

DESCR = """\
Free Spoken Digit Dataset
=========================

English digits, spoken by six persons{times}, trimmed of silence.

:Recordings: {counts}
:Values: -1 to 1
:Sampling rate: 8,000 Hz
:Classes: 10
:Origin: https://github.com/Jakobovski/free-spoken-digit-dataset
:Licence: Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA 4.0), Z. Jackson and contributors
"""


ALL_COUNTS = "3,000; of the fifty of each person and digit the first five are for test"
SAMPLE_COUNTS = (
    "300; of each person and digit two for test and three for training, numbers 0, 1 and 5, 6, 7 of the\n"
    "    fifty of the complete set. Four recordings of more than 8,192 samples have lost both ends"
)


def load_spoken_digits_sample(*, length=8192, subset="all", return_X_y=False):
    """Load 300 recordings of spoken digits.

    The sample is embedded in the package: five recordings of each of ten digits by each of six speakers, from the Free
    Spoken Digit Dataset. Two of the five are among the test recordings of the complete set.

    Parameters
    ----------
    length : int, default=8192
        Samples in a row. Recordings stand in its middle: longer ones lose as much at either end, shorter ones have
        zeros around them. No recording of the sample has more than 8192.
    subset : {"all", "train", "test"}, default="all"
        The 180 recordings for training, the 120 for test, or all, in the order of the complete set.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` in place of a Bunch.

    Returns
    -------
    recordings : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes that :func:`fetch_spoken_digits` describes.
    (data, target) : tuple of ndarray
        If ``return_X_y`` is True.

    Raises
    ------
    ValueError
        If ``length`` is not a positive integer, or ``subset`` is none of the three.

    See Also
    --------
    fetch_spoken_digits : All 3,000 recordings.

    Notes
    -----
    The Free Spoken Digit Dataset is the work of Z. Jackson and contributors and is distributed under the Creative
    Commons Attribution-ShareAlike 4.0 licence; so is this sample. Four of its recordings were cut to 8192 samples.

    References
    ----------
    .. [1] Z. Jackson, "Free Spoken Digit Dataset", https://github.com/Jakobovski/free-spoken-digit-dataset

    Examples
    --------
    >>> from skscat.datasets import load_spoken_digits_sample
    >>> digits = load_spoken_digits_sample()
    >>> digits.data.shape, digits.speaker_names
    ((300, 8192), ['george', 'jackson', 'lucas', 'nicolas', 'theo', 'yweweler'])
    >>> X_train, y_train = load_spoken_digits_sample(subset="train", return_X_y=True)
    >>> X_train.shape
    (180, 8192)
    """
    _check(length, subset)
    arrays = load_embedded("spoken_digits_sample.npz")
    # High and low bytes stand apart because they are compressed better so.
    audio = np.ascontiguousarray(arrays.pop("audio_bytes").T).view("<i2").ravel()
    descr = DESCR.format(times="", counts=SAMPLE_COUNTS)
    return _bunch(arrays | {"audio": audio}, length, subset, return_X_y, descr)


def fetch_spoken_digits(*, length=8192, data_home=None, subset="all", return_X_y=False):
    """Load the Free Spoken Digit Dataset, 3,000 recordings of six speakers, from a file.

    A file ``fsdd.npz`` is read from ``data_home``, or else from the folder that the environment variable
    ``SKSCAT_DATA`` names. It is not downloaded; see Notes.

    Parameters
    ----------
    length : int, default=8192
        Samples in a row. Recordings stand in its middle: longer ones lose as much at either end, shorter ones have
        zeros around them.
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's,
        ``~/scikit_learn_data`` unless it was set otherwise.
    subset : {"all", "train", "test"}, default="all"
        The 2,700 recordings for training, the 300 for test, or all, in the order of the file.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` in place of a Bunch.

    Returns
    -------
    recordings : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with attributes:

        data : ndarray of shape (n, length), float32
            Sounds, from -1 to 1.
        target : ndarray of shape (n,), int64
            The digits, 0 to 9.
        train : ndarray of shape (n,), bool
            True for training.
        speaker : ndarray of shape (n,), int64
            Numbers of the speakers.
        speaker_names : list of str
            Names of the speakers.
        take : ndarray of shape (n,), int64
            Number of the recording among the fifty of its speaker and digit.
        duration : ndarray of shape (n,), int64
            Samples of the whole recording.
        sampling_rate : float
            Samples per second.
        target_names : ndarray of shape (10,), int64
            The classes.
        DESCR : str
            Description, source and licence.
    (data, target) : tuple of ndarray
        If ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ValueError
        If ``length`` is not a positive integer, ``subset`` is none of the three, or a file ``fsdd.npz`` does not hold
        the recordings.

    See Also
    --------
    load_spoken_digits_sample : 300 of the recordings, embedded in the package.
    make_chirps : Rising and falling sounds, computed.

    Notes
    -----
    The file holds arrays ``audio``, type int16, all recordings one after the other; ``offsets``, where each begins,
    and the end; ``y``, ``speaker`` and ``index``, the digit of each, the number of its speaker, and its own among
    those of the same speaker and digit; ``speakers``, the names; and ``sr``, the sampling rate.

    References
    ----------
    .. [1] Z. Jackson, "Free Spoken Digit Dataset", https://github.com/Jakobovski/free-spoken-digit-dataset

    Examples
    --------
    >>> from skscat.datasets import fetch_spoken_digits
    >>> X_train, y_train = fetch_spoken_digits(subset="train", return_X_y=True)  # doctest: +SKIP
    >>> X_train.shape  # doctest: +SKIP
    (2700, 8192)
    """
    _check(length, subset)
    arrays = _read(require(FILE_NAME, data_home, ORIGIN))
    return _bunch(arrays, length, subset, return_X_y, DESCR.format(times=" fifty times each", counts=ALL_COUNTS))


def _check(length, subset):
    check_choice("subset", subset, SUBSETS)
    check_counts(length=length)


def _bunch(arrays, length, subset, return_X_y, descr):
    """Bring the arrays of a file to the form that the loaders return."""
    train = arrays["index"] >= N_TEST
    chosen = np.flatnonzero({"all": np.ones_like(train), "train": train, "test": ~train}[subset])
    data = _centred(arrays["audio"], arrays["offsets"], chosen, length)
    target = arrays["y"][chosen].astype(np.int64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        train=train[chosen],
        speaker=arrays["speaker"][chosen].astype(np.int64),
        speaker_names=arrays["speakers"].tolist(),
        take=arrays["index"][chosen].astype(np.int64),
        duration=np.diff(arrays["offsets"])[chosen],
        sampling_rate=float(arrays["sr"]),
        target_names=np.arange(10),
        DESCR=descr,
    )


def _centred(audio, offsets, chosen, length):
    """Bring recordings to one length, each in the middle of its row."""
    X = np.zeros((len(chosen), length), np.float32)
    for row, i in zip(X, chosen, strict=True):
        sound = audio[offsets[i] : offsets[i + 1]]
        surplus = len(sound) - length
        if surplus > 0:
            row[:] = sound[surplus // 2 :][:length]
        else:
            row[-surplus // 2 :][: len(sound)] = sound
    X /= 2**15
    return X


def _read(path):
    arrays = read_arrays(path, KEYS)
    audio, offsets = arrays["audio"], arrays["offsets"]
    counts = [len(arrays[key]) for key in ("y", "speaker", "index")]
    if (
        counts != [len(offsets) - 1] * 3
        or offsets[0] != 0
        or offsets[-1] != len(audio)
        or (np.diff(offsets) < 0).any()
    ):
        raise ValueError(
            f"{path}: y, speaker and index have {counts} entries and offsets {len(offsets)}, from {offsets[0]} to "
            f"{offsets[-1]}; expected one entry a recording, and offsets that rise from 0 to {len(audio)}, the length "
            "of audio."
        )
    return arrays
