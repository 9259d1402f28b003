"""Time series in the text files of the UCR and UEA archives."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

# Bytes of a line, which holds one series: the longest of the archives takes a tenth of that.
LONGEST_LINE = 2**28
# Characters of a line that an error quotes.
QUOTED = 40


class Cases(NamedTuple):
    """Series of a file, each of shape (channels, length), and their classes or targets, if the file has any."""

    series: list
    labels: np.ndarray | None

    @property
    def have_classes(self) -> bool:
        """Whether the labels are classes, not targets of a regression."""
        return self.labels is not None and self.labels.dtype.kind == "U"


def read_ts(path: str | os.PathLike[str]) -> tuple[np.ndarray | list[np.ndarray], np.ndarray | None]:
    r"""Read time series with any number of channels and any lengths, and their classes, from a ``.ts`` file.

    This is the format of the UCR and UEA archives and of aeon, sktime and tsml.

    Parameters
    ----------
    path : str or path-like
        Path of the file.

    Returns
    -------
    X : ndarray of shape (n, length) or (n, channels, length), or list of ndarray, float64
        Series. The channel axis is omitted if there is only one channel. If lengths differ, X is a list of arrays of
        shape ``(length,)`` or ``(channels, length)``. Missing values, ``?`` in the file, are NaN.
    y : ndarray of shape (n,) or None
        Classes (str), as written in the file, or regression targets (float64); None if the file has neither.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, contradicts its header, or has time stamps. The error names the file and the line.

    See Also
    --------
    read_tsv : Read the format of the UCR archive of 2018.
    fetch_ucr : Load a dataset of the archives by its name.

    Notes
    -----
    A header of lines ``@key value`` ends with ``@data``. Then there is a line per series: values separated by commas,
    channels by colons, the class after the last colon. Lines of the header that begin with ``#`` or ``%`` are
    comments. Text that is not in UTF-8 is read as Latin-1.

    Transforms also accept the arrays of aeon as they are: its "numpy3D" has the shape ``(n, channels, length)``, even
    with one channel.

    References
    ----------
    .. [1] A. Bagnall et al., "The UEA multivariate time series classification archive, 2018", arXiv:1811.00075.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skscat.datasets import read_ts
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "Steps_TRAIN.ts"
    ...     _ = path.write_text("@problemName Steps\n@classLabel true up down\n@data\n1,2,3:up\n3,?,1:down\n")
    ...     X, y = read_ts(path)
    >>> X
    array([[ 1.,  2.,  3.],
           [ 3., nan,  1.]])
    >>> y
    array(['up', 'down'], dtype='<U4')
    """
    return _read_file(path, ts_cases)


def read_tsv(
    path: str | os.PathLike[str], *, padded: bool = True
) -> tuple[np.ndarray | list[np.ndarray], np.ndarray | None]:
    r"""Read univariate time series and their classes from a ``.tsv`` file of the UCR archive.

    Parameters
    ----------
    path : str or path-like
        Path of the file.
    padded : bool, default=True
        Whether trailing NaN values of a line are padding: in this format, the archive appends them to shorter series.
        If False, they are missing values.

    Returns
    -------
    X : ndarray of shape (n, length), or list of ndarray of shape (length,), float64
        Series; a list if lengths differ. Missing values are NaN.
    y : ndarray of shape (n,), str
        Classes, as they are written in the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged. The error names the file and the line.

    See Also
    --------
    read_ts : Read the format of several channels.

    Notes
    -----
    Each line has a class and values, separated by tabs. All lines have the same number of values.

    References
    ----------
    .. [1] H. A. Dau et al., "The UCR time series archive", IEEE/CAA Journal of Automatica Sinica 6 (2019), 1293-1305.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skscat.datasets import read_tsv
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "Steps_TRAIN.tsv"
    ...     _ = path.write_text("1\t1\t2\t3\n2\t3\t2\tNaN\n")
    ...     X, y = read_tsv(path)
    >>> X
    [array([1., 2., 3.]), array([3., 2.])]
    >>> y
    array(['1', '2'], dtype='<U1')
    """
    return _read_file(path, lambda file, name: tsv_cases(file, name, padded))


def _read_file(path, read):
    with Path(path).open("rb") as file:
        cases = read(file, path)
    return stacked(cases.series), cases.labels


def stacked(series):
    """Return series of shape (channels, length) as one array, or as a list; without the axis of a single channel."""
    if series[0].shape[0] == 1:
        series = [x[0] for x in series]
    return np.stack(series) if len({x.shape for x in series}) == 1 else series


def tsv_cases(file, name, padded=True):
    """Read the lines of an open ``.tsv`` file; see :func:`read_tsv`. Errors call it ``name``."""
    series, labels, width = [], [], None
    for number, text in _lines(file, name):
        label, *fields = text.split("\t")
        if not fields:
            raise _error(name, number, f"{text[:QUOTED]!r}: expected a class and values, separated by tabs.")
        width = len(fields) if width is None else width
        if len(fields) != width:
            raise _error(name, number, f"{len(fields)} values; expected {width}, as in the first line.")
        values = _values(fields, name, number)
        known = np.flatnonzero(~np.isnan(values))
        if not len(known):
            raise _error(name, number, "the series has no values.")
        series.append(values[np.newaxis, : known[-1] + 1 if padded else None])
        labels.append(_check_label(label.strip(), name, number))
    if not series:
        raise ValueError(f"{name} has no lines; expected one per series.")
    return Cases(series, np.array(labels))


def ts_cases(file, name):
    """Read the lines of an open ``.ts`` file; see :func:`read_ts`. Errors call it ``name``."""
    lines = _lines(file, name)
    header = _read_header(lines, name)
    series, labels = [], []
    for number, text in lines:
        channels = text.split(":")
        if header.is_labeled:
            labels.append(_read_label(channels.pop().strip(), header, name, number))
        if not channels:
            raise _error(name, number, f"{text[:QUOTED]!r}: expected values and a class, separated by a colon.")
        values = [_values(channel.split(","), name, number) for channel in channels]
        _check_series(values, header, series, name, number)
        series.append(np.stack(values))
    if not series:
        raise ValueError(f"{name} has no lines after @data; expected one per series.")
    return Cases(series, np.array(labels) if labels else None)


class _Header(NamedTuple):
    """What the header of a ``.ts`` file says; None where it says nothing."""

    classes: frozenset | None = None
    has_targets: bool = False
    n_channels: int | None = None
    is_equal: bool | None = None
    length: int | None = None

    @property
    def is_labeled(self):
        return self.classes is not None or self.has_targets


def _read_header(lines, name):
    """Read lines up to ``@data``."""
    header, number = _Header(), 0
    for number, text in lines:
        if text.startswith(("#", "%")):
            continue
        key, *values = text.split()
        if key.lower() == "@data":
            return header
        if not key.startswith("@"):
            raise _error(name, number, f"{text[:QUOTED]!r}: expected a line @key value, up to the line @data.")
        change = _CHANGES.get(key[1:].lower())
        if change:
            try:
                header = header._replace(**change(values))
            except ValueError as error:
                raise _error(name, number, f"{text[:QUOTED]!r}: {error}.") from None
    raise ValueError(f"{name} ends at line {number}, without @data; expected a file of time series.")


def _flag(values):
    """Return the truth of the first value of a line of the header."""
    flag = values[0].lower() if values else ""
    if flag not in ("true", "false"):
        raise ValueError("expected true or false")
    return flag == "true"


def _count(values):
    if not values or not values[0].isdecimal() or int(values[0]) < 1:
        raise ValueError("expected a whole number of at least 1")
    return int(values[0])


def _refuse_time_stamps(values):
    if _flag(values):
        raise ValueError("series with time stamps are not read; expected values at regular times")
    return {}


def _classes(values):
    if not _flag(values):
        return {"classes": None}
    if len(values) == 1:
        raise ValueError("expected the classes")
    return {"classes": frozenset(value.lower() for value in values[1:])}


# What each line of the header sets, by its key. Lines with other keys are for human readers.
_CHANGES: dict[str, Callable] = {
    "timestamps": _refuse_time_stamps,
    "univariate": lambda values: {"n_channels": 1} if _flag(values) else {},
    "dimension": lambda values: {"n_channels": _count(values)},
    "dimensions": lambda values: {"n_channels": _count(values)},
    "equallength": lambda values: {"is_equal": _flag(values)},
    "serieslength": lambda values: {"length": _count(values)},
    "classlabel": _classes,
    "targetlabel": lambda values: {"has_targets": _flag(values)},
}


def _read_label(text, header, name, number):
    """Return a class, or a target as a number."""
    if header.has_targets:
        return float(_values([text], name, number)[0])
    if text.lower() not in header.classes:
        raise _error(name, number, f"class {text[:QUOTED]!r}; expected one of {', '.join(sorted(header.classes))}.")
    return text


def _check_label(text, name, number):
    if not text:
        raise _error(name, number, "there is no class before the first tab.")
    return text


def _check_series(values, header, series, name, number):
    """Raise ValueError unless the channels of a series have one length, and agree with the header and other series."""
    length = len(values[0])
    if any(len(channel) != length for channel in values):
        found = ", ".join(str(len(channel)) for channel in values[:QUOTED])
        raise _error(name, number, f"channels of {found} values; expected the same number.")
    n_channels = header.n_channels or (len(series[0]) if series else len(values))
    if len(values) != n_channels:
        raise _error(name, number, f"{len(values)} channels; expected {n_channels}.")
    expected = header.length or (series[0].shape[1] if series else length)
    if header.is_equal and length != expected:
        raise _error(name, number, f"{length} values; expected {expected}, since lengths are equal.")


def _values(fields, name, number):
    """Convert texts to numbers; ``?`` is NaN."""
    try:
        return np.array([field if "?" not in field else field.replace("?", "nan") for field in fields], np.float64)
    except ValueError as error:
        raise _error(name, number, f"{error}; expected numbers.") from None


def _lines(file, name):
    """Yield the number and the text of each line that is not blank."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise _error(name, number, f"more than {LONGEST_LINE:,} bytes; expected one series.")
        try:
            text = line.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = line.decode("latin-1")
        text = text.strip("\r\n ")
        if text.strip():
            yield number, text


def _error(name, number, found):
    return ValueError(f"{name}, line {number}: {found}")
