"""Texts of files of time series, as the UCR and UEA archives have them."""

import numpy as np

HEADER = """\
# A comment, as the archive has them.

@problemName Waves
@timeStamps false
@missing {missing}
@univariate {univariate}
{dimensions}
@equalLength {equal}
{length}
@classLabel true up down
@data
"""


def _header(missing=False, channels=1, length=None):
    """Return the header of a .ts file; length is None if lengths differ."""
    words = {"missing": missing, "univariate": channels == 1, "equal": length is not None}
    return HEADER.format(
        **{key: str(value).lower() for key, value in words.items()},
        dimensions="" if channels == 1 else f"@dimensions {channels}",
        length="" if length is None else f"@seriesLength {length}",
    )


def _line(series, label):
    """Return a line of a .ts file."""
    channels = [",".join(str(float(v)).replace("nan", "?") for v in channel) for channel in np.atleast_2d(series)]
    return ":".join([*channels, label])


def ts_text(series, labels, **options):
    """Return the text of a .ts file; missing values are NaN."""
    return _header(**options) + "".join(f"{_line(x, y)}\n" for x, y in zip(series, labels, strict=True))


def refused_by_name(read, path):
    """Read a file; return None if it is refused by an error that names it."""
    try:
        return read()
    except ValueError as error:
        message = str(error)
    assert str(path) in message
    return None
