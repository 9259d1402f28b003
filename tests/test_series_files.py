"""The text files of the UCR and UEA archives are read, and refused by name and line if they are damaged."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from series_texts import refused_by_name, ts_text

from skscat import Scattering1D
from skscat.datasets import _series_files, read_ts, read_tsv


@pytest.fixture
def write(tmp_path):
    """Write a file and return its path."""

    def write(text, name="Waves_TRAIN.ts"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


# ---------------------------------------------------------------------------------------------------------------
# Formats


@pytest.mark.parametrize("channels", [1, 3])
def test_series_of_one_length_are_an_array(channels, write, rng):
    X = rng.standard_normal((4, channels, 7))
    read, y = read_ts(write(ts_text(X, ["up", "down", "down", "up"], channels=channels, length=7)))
    assert_array_equal(read, X[:, 0] if channels == 1 else X)
    assert read.dtype == np.float64
    assert_array_equal(y, ["up", "down", "down", "up"])


@pytest.mark.parametrize("channels", [1, 3])
def test_series_of_several_lengths_are_a_list(channels, write, rng):
    X = [rng.standard_normal((channels, n)) for n in (3, 8, 5)]
    read, y = read_ts(write(ts_text(X, ["up", "up", "down"], channels=channels)))
    assert isinstance(read, list)
    for x, found in zip(X, read, strict=True):
        assert_array_equal(found, x[0] if channels == 1 else x)
    assert_array_equal(y, ["up", "up", "down"])


def test_missing_values_are_nan(write):
    X = np.array([[np.nan, 1, 2], [3, np.nan, np.nan]])
    read, _ = read_ts(write(ts_text(X, ["up", "down"], missing=True, length=3)))
    assert_array_equal(read, X)


def test_the_array_of_one_channel_of_other_libraries_gives_the_same_features(rng):
    # aeon's "numpy3D" has an axis of channels whatever their number.
    X = rng.standard_normal((3, 64))
    scattering = Scattering1D(J=3)
    assert_array_equal(scattering.fit_transform(X[:, np.newaxis]), scattering.fit_transform(X))


@pytest.mark.parametrize("labels", ["@targetLabel true", "@targetlabel TRUE\n@classLabel false"])
def test_targets_of_regressions_are_numbers(labels, write):
    X, y = read_ts(write(f"@univariate true\n{labels}\n@data\n1,2:0.5\n3,4:-2e3\n"))
    assert_array_equal(X, [[1, 2], [3, 4]])
    assert_array_equal(y, [0.5, -2000])


def test_files_without_labels_are_read(write):
    X, y = read_ts(write("@univariate false\n@classLabel false\n@data\n1,2:3,4\n5,6:7,8\n"))
    assert X.shape == (2, 2, 2)
    assert y is None


@pytest.mark.parametrize(
    ("encoding", "newline"), [("utf-8", "\n"), ("utf-8-sig", "\r\n"), ("latin-1", "\n"), ("cp1252", "\r\n")]
)
def test_encodings_and_line_ends_do_not_matter(encoding, newline, write):
    text = "# Données de l'été\n@problemName Été\n@CLASSLABEL  true\tété hiver\n@DATA\n1, 2 : été \n\n3,4:hiver\n"
    X, y = read_ts(write(text.replace("\n", newline).encode(encoding)))
    assert_array_equal(X, [[1, 2], [3, 4]])
    assert_array_equal(y, ["été", "hiver"])


def test_lines_with_tabs_are_series_of_one_channel(write, rng):
    X = rng.standard_normal((3, 5))
    text = "".join(
        "\t".join([label, *map(str, x.tolist())]) + "\n" for label, x in zip(["1", "2", "-1"], X, strict=True)
    )
    read, y = read_tsv(write(text, "Waves_TRAIN.tsv"))
    assert_array_equal(read, X)
    assert_array_equal(y, ["1", "2", "-1"])


def test_nan_at_the_end_of_lines_with_tabs_is_padding(write):
    path = write("1\t1\tNaN\t3\tNaN\n2\t4\t5\t6\t7\n", "Waves_TRAIN.tsv")
    X, _ = read_tsv(path)
    assert_array_equal(X[0], [1, np.nan, 3])
    assert_array_equal(X[1], [4, 5, 6, 7])
    padded, _ = read_tsv(path, padded=False)
    assert_array_equal(padded, [[1, np.nan, 3, np.nan], [4, 5, 6, 7]])


# ---------------------------------------------------------------------------------------------------------------
# Damaged files

START = "@univariate true\n@classLabel true up down\n@data\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ends at line 0, without @data"),
        ("@univariate true\n", "ends at line 1, without @data"),
        ("1,2:up\n", "line 1: '1,2:up': expected a line @key value, up to the line @data"),
        ("PK\x03\x04\x00", r"line 1: 'PK\\x03\\x04\\x00': expected a line @key value"),
        ("@timeStamps true\n@data\n", "line 1: '@timeStamps true': series with time stamps are not read"),
        ("@equalLength yes\n@data\n", "line 1: '@equalLength yes': expected true or false"),
        ("@univariate\n@data\n", "line 1: '@univariate': expected true or false"),
        ("\n@dimensions none\n@data\n", "line 2: '@dimensions none': expected a whole number of at least 1"),
        ("@seriesLength 0\n@data\n", "line 1: '@seriesLength 0': expected a whole number of at least 1"),
        ("@classLabel true\n@data\n", "line 1: '@classLabel true': expected the classes"),
        (START, "no lines after @data; expected one per series"),
        (START + "1,2,3:up\n1,2,x:up\n", "line 5: could not convert string to float: 'x'; expected numbers"),
        (START + "1,2,:up\n", "line 4: could not convert string to float: ''; expected numbers"),
        (START + "1,2,3:up\n1,2,3\n", "line 5: class '1,2,3'; expected one of down, up"),
        (START + "1,2,3:u\n", "line 4: class 'u'; expected one of down, up"),
        (START + "up\n", "line 4: 'up': expected values and a class, separated by a colon"),
        (START + "1,2:3,4:up\n", "line 4: 2 channels; expected 1"),
        ("@univariate false\n@classLabel false\n@data\n1:2\n1:2:3\n", "line 5: 3 channels; expected 2"),
        ("@classLabel false\n@data\n1,2:3\n", "line 3: channels of 2, 1 values; expected the same number"),
        ("@equalLength true\n@classLabel false\n@data\n1,2\n1\n", "line 5: 1 values; expected 2, since lengths are"),
        ("@equalLength true\n@seriesLength 3\n@data\n1,2\n", "line 4: 2 values; expected 3, since lengths are equal"),
        ("@targetLabel true\n@data\n1,2:high\n", "line 3: could not convert string to float: 'high'"),
    ],
)
def test_damaged_files_are_refused_by_name_and_line(text, message, write):
    path = write(text)
    with pytest.raises(ValueError, match=rf"Waves_TRAIN\.ts,? .*{message}") as caught:
        read_ts(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no lines; expected one per series"),
        ("1,2,3\n", "line 1: '1,2,3': expected a class and values, separated by tabs"),
        ("1\t2\t3\n1\t2\n", "line 2: 1 values; expected 2, as in the first line"),
        ("1\t2\t?\n1\t2\tx\n", "line 2: could not convert string to float: 'x'; expected numbers"),
        ("1\t2\n1\tNaN\n", "line 2: the series has no values"),
        ("\t2\n", "line 1: there is no class before the first tab"),
    ],
)
def test_damaged_files_with_tabs_are_refused_by_name_and_line(text, message, write):
    with pytest.raises(ValueError, match=rf"Waves_TRAIN\.tsv,? .*{message}"):
        read_tsv(write(text, "Waves_TRAIN.tsv"))


def test_lines_that_would_fill_the_memory_are_refused(write, monkeypatch):
    monkeypatch.setattr(_series_files, "LONGEST_LINE", 1000)
    with pytest.raises(ValueError, match="line 4: more than 1,000 bytes; expected one series"):
        read_ts(write(START + "1," * 600))


def test_bits_that_flip_never_raise_other_errors(write, rng):
    content = ts_text(rng.standard_normal((3, 2, 4)), ["up", "down", "up"], channels=2, length=4).encode()
    refused = 0
    for position, bits in zip(rng.integers(len(content), size=300), rng.integers(1, 256, 300), strict=True):
        flipped = bytearray(content)
        flipped[position] ^= bits
        path = write(bytes(flipped))
        refused += refused_by_name(lambda path=path: read_ts(path), path) is None
    # The other bytes are digits that became digits, or in lines for people.
    assert refused > 50
