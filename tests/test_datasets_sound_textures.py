"""Recordings of sound textures are read from a file as their description says."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skscat.datasets import fetch_sound_textures

NAME = "sound_textures.npz"


def arrays(**changes):
    """Two recordings, of three and five samples."""
    x = np.array([0, 2**14, -(2**15), 1, 2, 3, 4, 5], np.int16)
    return {
        "x": x,
        "offset": np.array([0, 3, 8]),
        "rate": np.array(20000),
        "name": np.array(["rain", "fire"]),
    } | changes


def test_recordings_are_between_minus_one_and_one(tmp_path):
    np.savez(tmp_path / NAME, **arrays())
    textures = fetch_sound_textures(data_home=tmp_path)
    assert [x.dtype for x in textures.data] == [np.float32] * 2
    assert_array_equal(textures.data[0], [0, 0.5, -1])
    assert_array_equal(textures.data[1] * 2**15, [1, 2, 3, 4, 5])
    assert textures.sampling_rate == 20000
    assert textures.target_names == ["rain", "fire"]
    assert "Recordings: 2" in textures.DESCR


@pytest.mark.parametrize("offset", [[0, 3, 7], [1, 3, 8], [0, 0, 8]])
def test_offsets_that_do_not_cut_the_samples_are_refused(offset, tmp_path):
    np.savez(tmp_path / NAME, **arrays(offset=np.array(offset)))
    with pytest.raises(ValueError, match="expected offsets that increase from 0 to 8, the number of samples"):
        fetch_sound_textures(data_home=tmp_path)


@pytest.mark.parametrize("changes", [{"x": np.zeros(8)}, {"offset": np.array([0, 8])}, {"name": np.array("rain")}])
def test_arrays_of_another_kind_are_refused(changes, tmp_path):
    np.savez(tmp_path / NAME, **arrays(**changes))
    with pytest.raises(ValueError, match="expected a vector x of dtype int16, and one more offset than names"):
        fetch_sound_textures(data_home=tmp_path)


def test_missing_file_is_described(tmp_path, monkeypatch):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match=rf"{NAME} is missing.*SKSCAT_DATA.*make it from .*arrays"):
        fetch_sound_textures(data_home=tmp_path)


def test_real_recordings():
    folder = os.environ.get("SKSCAT_DATA")
    if folder is None or not (Path(folder) / NAME).is_file():
        pytest.skip(f"set SKSCAT_DATA to a folder with {NAME}")
    textures = fetch_sound_textures()
    assert [len(x) for x in textures.data] == [7 * textures.sampling_rate] * 20
