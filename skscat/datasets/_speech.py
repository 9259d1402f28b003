"""Spoken digits: an embedded sample, and the complete dataset from a file."""

import os

import numpy as np
from sklearn.utils import Bunch

from skscat._checks import check_choice, check_counts
from skscat.datasets._arrays import SUBSETS
from skscat.datasets._embedded import load_embedded
from skscat.datasets._files import read_arrays, require

FILE_NAME = "fsdd.npz"
KEYS = ("audio", "offsets", "y", "speaker", "index", "speakers", "sr")
# Bytes of 3,000 recordings, of 20,000 samples of eight bytes.
LARGEST = 8 * 3000 * 20_000
# Recordings of each speaker and digit with an index below this are test recordings.
N_TEST = 5

ORIGIN = (
    "make it from the recordings at https://github.com/Jakobovski/free-spoken-digit-dataset, with arrays audio "
    "(int16, all recordings concatenated), offsets (start of each recording, and the total length), y (digits), "
    "speaker (indices), index (of the recording among those of its speaker and digit), speakers (names) and sr (8000)."
)

DESCR = """\
Free Spoken Digit Dataset
=========================

English digits, spoken by six speakers{times}, with silence trimmed.

:Recordings: {counts}
:Values: -1 to 1
:Sampling rate: 8,000 Hz
:Classes: 10
:Origin: https://github.com/Jakobovski/free-spoken-digit-dataset
:License: Creative Commons Attribution-ShareAlike 4.0 (CC BY-SA 4.0), Z. Jackson and contributors
"""


ALL_COUNTS = "3,000; the first five of the fifty of each speaker and digit are for test"
SAMPLE_COUNTS = (
    "300; for each speaker and digit, two for test and three for training: numbers 0, 1 and 5, 6, 7 of the\n"
    "    fifty of the complete dataset. Four recordings of more than 8,192 samples are cropped at both ends"
)


def load_spoken_digits_sample(
    *, length: int | None = 8192, subset: str = "all", return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load a sample of 300 recordings of spoken digits.

    The sample is embedded in the package. It has five recordings of each of ten digits by each of six speakers, from
    the Free Spoken Digit Dataset. Two of the five belong to the test set of the complete dataset.

    Parameters
    ----------
    length : int, default=8192
        Length of the returned signals, in samples. Recordings are centered: longer ones are cropped equally at both
        ends, shorter ones are padded with zeros. No recording of the sample has more than 8192 samples. None returns
        each recording at its original length, for :class:`~skscat.preprocessing.VariableSizeScattering`.
    subset : {"all", "train", "test"}, default="all"
        Which recordings to load: the 180 training recordings, the 120 test recordings, or all, in the order of the
        complete dataset.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    Returns
    -------
    recordings : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the attributes described in :func:`fetch_spoken_digits`.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    ValueError
        If ``length`` is neither a positive integer nor None, or ``subset`` is invalid.

    See Also
    --------
    fetch_spoken_digits : All 3,000 recordings.

    Notes
    -----
    The Free Spoken Digit Dataset was made by Z. Jackson and contributors and is distributed under the Creative Commons
    Attribution-ShareAlike 4.0 license, which also applies to this sample. Four of its recordings were cropped to 8192
    samples.

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
    # High and low bytes are stored separately because they compress better that way.
    audio = np.ascontiguousarray(arrays.pop("audio_bytes").T).view("<i2").ravel()
    descr = DESCR.format(times="", counts=SAMPLE_COUNTS)
    return _bunch(arrays | {"audio": audio}, length, subset, return_X_y, descr)


def fetch_spoken_digits(
    *,
    length: int | None = 8192,
    data_home: str | os.PathLike[str] | None = None,
    subset: str = "all",
    return_X_y: bool = False,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load the Free Spoken Digit Dataset, 3,000 recordings of six speakers, from a file.

    The file ``fsdd.npz`` is read from ``data_home`` or, failing that, from the folder that the environment variable
    ``SKSCAT_DATA`` names. It is not downloaded; see Notes.

    Parameters
    ----------
    length : int, default=8192
        Length of the returned signals, in samples. Recordings are centered: longer ones are cropped equally at both
        ends, shorter ones are padded with zeros. None returns each recording at its original length, for
        :class:`~skscat.preprocessing.VariableSizeScattering`.
    data_home : str or path-like, default=None
        Folder of the file. None means the folder that ``SKSCAT_DATA`` names if the file is there, else scikit-learn's
        data folder, by default ``~/scikit_learn_data``.
    subset : {"all", "train", "test"}, default="all"
        Which recordings to load: the 2,700 training recordings, the 300 test recordings, or all, in the order of the
        file.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch object.

    Returns
    -------
    recordings : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (n, length), float32
            Signals, with values from -1 to 1. With ``length=None``, an array of n arrays of different lengths.
        target : ndarray of shape (n,), int64
            Digits, 0 to 9.
        train : ndarray of shape (n,), bool
            True for training recordings.
        speaker : ndarray of shape (n,), int64
            Index of the speaker of each recording.
        speaker_names : list of str
            Names of the speakers.
        take : ndarray of shape (n,), int64
            Index of the recording among the fifty of its speaker and digit.
        duration : ndarray of shape (n,), int64
            Number of samples of the whole recording, before cropping or padding.
        sampling_rate : float
            Number of samples per second.
        target_names : ndarray of shape (10,), int64
            Names of the classes.
        DESCR : str
            Full description of the dataset, with its origin and license.
    (data, target) : tuple of ndarray
        Returned instead of the Bunch object if ``return_X_y`` is True.

    Raises
    ------
    FileNotFoundError
        If the file is not found.
    ValueError
        If ``length`` is neither a positive integer nor None, ``subset`` is invalid, or the file ``fsdd.npz`` does not
        contain the recordings.

    See Also
    --------
    load_spoken_digits_sample : Sample of 300 recordings, embedded in the package.
    make_chirps : Synthetic rising and falling chirps.

    Notes
    -----
    The file contains arrays ``audio``, the concatenated recordings, of type int16; ``offsets``, the start of each
    recording followed by the total length; ``y``, ``speaker`` and ``index``, the digit of each recording, the index of
    its speaker, and its own index among those of the same speaker and digit; ``speakers``, their names; and ``sr``,
    the sampling rate.

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
    if length is not None:
        check_counts(length=length)


def _bunch(arrays, length, subset, return_X_y, descr):
    """Convert the arrays of a file to what the loaders return."""
    train = arrays["index"] >= N_TEST
    chosen = np.flatnonzero({"all": np.ones_like(train), "train": train, "test": ~train}[subset])
    recordings = [arrays["audio"][slice(*arrays["offsets"][i : i + 2])] for i in chosen]
    data = _whole(recordings) if length is None else _centered(recordings, length)
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


def _whole(recordings):
    """Return recordings at their own lengths, as an array of arrays: unlike a list, it can be indexed by an array."""
    X = np.empty(len(recordings), dtype=object)
    for i, sound in enumerate(recordings):
        X[i] = sound / np.float32(2**15)
    return X


def _centered(recordings, length):
    """Center recordings in rows of the same length."""
    X = np.zeros((len(recordings), length), np.float32)
    for row, sound in zip(X, recordings, strict=True):
        surplus = len(sound) - length
        if surplus > 0:
            row[:] = sound[surplus // 2 :][:length]
        else:
            row[-surplus // 2 :][: len(sound)] = sound
    X /= 2**15
    return X


def _read(path):
    arrays = read_arrays(path, KEYS, LARGEST)
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
            f"{offsets[-1]}; expected one entry per recording, and offsets that increase from 0 to {len(audio)}, the "
            "length of audio."
        )
    return arrays
