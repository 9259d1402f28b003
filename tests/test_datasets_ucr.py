"""Datasets of the UCR and UEA archives are found in folders, or downloaded, and verified."""

import hashlib
import io
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from series_texts import refused_by_name, ts_text

from skscat.datasets import _series, fetch_ucr

START = "@univariate true\n@classLabel true up down\n@data\n"


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
# Datasets in folders


@pytest.fixture
def alone(monkeypatch):
    """Let no other folder have datasets, and nothing be downloaded."""

    def refuse(*arguments):
        raise AssertionError("a download was tried")

    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    monkeypatch.setattr(_series, "download", refuse)


def parts(rng, lengths=(6, 6, 6, 6, 6), channels=1):
    """Texts of three training and two test series, and the series."""
    X = [rng.standard_normal((channels, n)).astype(np.float32) for n in lengths]
    options = {"channels": channels, "length": lengths[0] if len(set(lengths)) == 1 else None}
    train = ts_text(X[:3], ["up", "down", "up"], **options)
    return {"Waves_TRAIN.ts": train, "Waves_TEST.ts": ts_text(X[3:], ["down", "up"], **options)}, X


@pytest.mark.parametrize("folder", ["", "Waves/"])
@pytest.mark.parametrize("channels", [1, 2])
def test_data_sets_are_read_from_text_files(folder, channels, write, alone, tmp_path, rng):
    texts, X = parts(rng, channels=channels)
    for name, text in texts.items():
        write(text, folder + name)
    waves = fetch_ucr("Waves", data_home=tmp_path)
    assert_array_equal(waves.data, np.array(X)[:, 0] if channels == 1 else X)
    assert waves.data.dtype == np.float32
    assert_array_equal(waves.target, ["up", "down", "up", "down", "up"])
    assert_array_equal(waves.train, [True, True, True, False, False])
    assert_array_equal(waves.target_names, ["down", "up"])
    assert f":Channels: {channels}\n:Length: 6\n" in waves.DESCR


def test_data_sets_of_several_lengths_are_lists_in_all_subsets(write, alone, tmp_path, rng):
    # The lengths of the training series alone are equal.
    texts, X = parts(rng, lengths=(6, 6, 6, 1200, 4))
    for name, text in texts.items():
        write(text, name)
    waves = fetch_ucr("Waves", data_home=tmp_path)
    assert [x.shape for x in waves.data] == [(6,), (6,), (6,), (1200,), (4,)]
    assert {x.dtype.name for x in waves.data} == {"float32"}
    assert ":Length: 4 to 1,200\n" in waves.DESCR
    for subset, expected in (("train", X[:3]), ("test", X[3:])):
        data, target = fetch_ucr("Waves", data_home=tmp_path, subset=subset, return_X_y=True)
        assert isinstance(data, list)
        assert len(target) == len(expected)
        for x, found in zip(expected, data, strict=True):
            assert_array_equal(found, x[0])


def test_data_sets_are_read_from_files_with_tabs(write, alone, tmp_path):
    write("1\t1\t2\n2\t3\t4\n", "Waves_TRAIN.tsv")
    write("2\t5\t6\n", "Waves_TEST.tsv")
    data, target = fetch_ucr("Waves", data_home=tmp_path, return_X_y=True)
    assert_array_equal(data, [[1, 2], [3, 4], [5, 6]])
    assert_array_equal(target, ["1", "2", "2"])


def test_text_files_are_found_in_the_folder_of_the_environment_variable(write, alone, tmp_path, monkeypatch, rng):
    for name, text in parts(rng)[0].items():
        write(text, f"data/{name}")
    monkeypatch.setenv("SKSCAT_DATA", str(tmp_path / "data"))
    assert fetch_ucr("Waves", data_home=tmp_path).data.shape == (5, 6)


def test_data_sets_of_other_files_are_found_beside_the_file_of_arrays(write, alone, tmp_path, rng):
    X, y = np.zeros((2, 4)), np.array(["a", "b"])
    np.savez(tmp_path / "ucr_small.npz", Other__X_train=X, Other__y_train=y, Other__X_test=X, Other__y_test=y)
    for name, text in parts(rng)[0].items():
        write(text, name)
    assert fetch_ucr("Other", data_home=tmp_path).data.shape == (4, 4)
    assert fetch_ucr("Waves", data_home=tmp_path).data.shape == (5, 6)


def test_files_of_the_given_folder_come_first(write, alone, tmp_path, monkeypatch, rng):
    X, y = np.zeros((2, 4)), np.array(["a", "b"])
    np.savez(tmp_path / "ucr_small.npz", Waves__X_train=X, Waves__y_train=y, Waves__X_test=X, Waves__y_test=y)
    monkeypatch.setenv("SKSCAT_DATA", str(tmp_path))
    for name, text in parts(rng)[0].items():
        write(text, f"given/{name}")
    assert fetch_ucr("Waves", data_home=tmp_path / "given").data.shape == (5, 6)
    assert fetch_ucr("Waves").data.shape == (4, 4)


def test_parts_of_different_channels_are_refused(write, alone, tmp_path, rng):
    write(parts(rng, channels=2)[0]["Waves_TRAIN.ts"], "Waves_TRAIN.ts")
    write(parts(rng, channels=3)[0]["Waves_TEST.ts"], "Waves_TEST.ts")
    with pytest.raises(ValueError, match=r"TRAIN\.ts has series of 2 channels, .*TEST\.ts of 3; expected the same"):
        fetch_ucr("Waves", data_home=tmp_path)


def test_data_sets_for_regression_are_refused(write, alone, tmp_path):
    for part in ("TRAIN", "TEST"):
        write("@targetLabel true\n@data\n1,2:0.5\n", f"Waves_{part}.ts")
    with pytest.raises(ValueError, match=r"Waves_TRAIN\.ts has no classes; .* Read others by read_ts"):
        fetch_ucr("Waves", data_home=tmp_path)


def test_a_missing_data_set_is_an_error_if_it_must_not_be_downloaded(alone, tmp_path):
    with pytest.raises(OSError, match=r"Waves\.zip is missing, .*, and download_if_missing=False"):
        fetch_ucr("Waves", data_home=tmp_path, download_if_missing=False)


@pytest.mark.parametrize("name", ["", "../Waves", "Gun Point", "a/b", 3])
def test_names_that_are_no_file_names_are_refused(name, tmp_path):
    with pytest.raises(ValueError, match=r"name=.*: expected the name of a dataset, letters and digits"):
        fetch_ucr(name, data_home=tmp_path)


@pytest.mark.parametrize("known_hash", ["", "abc", "sha256:" + "0" * 64, "A" * 64])
def test_hashes_of_another_form_are_refused(known_hash, tmp_path):
    with pytest.raises(ValueError, match=r"known_hash=.*: expected a SHA-256 of 64 hexadecimal digits"):
        fetch_ucr("Waves", data_home=tmp_path, known_hash=known_hash)


# ---------------------------------------------------------------------------------------------------------------
# Downloads


def zipped(texts, folder=""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(folder + name, text)
    return buffer.getvalue()


@pytest.fixture
def site(monkeypatch):
    """Serve files as the site of the archive does, which sends a page for what it does not have."""
    served = SimpleNamespace(files={}, asked=[])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            served.asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(served.files.get(self.path, b"<!doctype html>"))

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.delenv("SKSCAT_DATA", raising=False)
        monkeypatch.setattr(_series, "ADDRESS", f"http://127.0.0.1:{server.server_port}/aeon-toolkit/{{name}}.zip")
        yield served
        server.shutdown()
        thread.join()


PATH = "/aeon-toolkit/Waves.zip"


@pytest.mark.parametrize("folder", ["", "Waves/"])
def test_missing_data_sets_are_downloaded_once(folder, site, tmp_path, rng):
    texts, X = parts(rng)
    site.files[PATH] = zipped(texts, folder)
    for _ in range(2):
        data, _ = fetch_ucr("Waves", data_home=tmp_path, return_X_y=True)
        assert_array_equal(data, np.array(X)[:, 0])
    assert site.asked == [PATH]
    # In the format of the program sha256sum.
    digest = hashlib.sha256(site.files[PATH]).hexdigest()
    assert (tmp_path / "Waves.zip.sha256").read_text() == f"{digest}  Waves.zip\n"


def test_the_published_address_is_that_of_the_archive():
    assert _series.ADDRESS.format(name="GunPoint") == "https://timeseriesclassification.com/aeon-toolkit/GunPoint.zip"


def test_another_file_than_the_first_download_is_refused(site, tmp_path, rng):
    site.files[PATH] = zipped(parts(rng)[0])
    fetch_ucr("Waves", data_home=tmp_path)
    (tmp_path / "Waves.zip").unlink()
    first, site.files[PATH] = site.files[PATH], zipped(parts(rng)[0])
    with pytest.raises(ValueError, match=r"does not match the known hash.*Waves\.zip\.sha256 has that of the first"):
        fetch_ucr("Waves", data_home=tmp_path)
    assert not (tmp_path / "Waves.zip").exists()
    site.files[PATH] = first
    fetch_ucr("Waves", data_home=tmp_path)


def test_a_file_that_changed_since_its_download_is_refused(site, tmp_path, rng):
    site.files[PATH] = zipped(parts(rng)[0])
    fetch_ucr("Waves", data_home=tmp_path)
    (tmp_path / "Waves.zip").write_bytes(zipped(parts(rng)[0]))
    with pytest.raises(
        ValueError, match=r"Waves\.zip is not the published archive of Waves, .*the SHA-256 of the file"
    ):
        fetch_ucr("Waves", data_home=tmp_path)


def test_known_hashes_are_verified_in_downloads_and_in_files(site, tmp_path, rng):
    site.files[PATH] = zipped(parts(rng)[0])
    digest = hashlib.sha256(site.files[PATH]).hexdigest()
    with pytest.raises(ValueError, match="does not match the known hash"):
        fetch_ucr("Waves", data_home=tmp_path, known_hash="0" * 64)
    assert not list(tmp_path.iterdir())
    fetch_ucr("Waves", data_home=tmp_path, known_hash=digest)
    with pytest.raises(ValueError, match=f"the SHA-256 of the file is {digest}; expected 000"):
        fetch_ucr("Waves", data_home=tmp_path, known_hash="0" * 64)


def test_a_name_that_the_archive_does_not_have_is_refused_and_leaves_nothing(site, tmp_path):
    with pytest.raises(
        ValueError, match=r"name='Wave': http.*Wave\.zip is not an archive; expected the name of a dataset"
    ):
        fetch_ucr("Wave", data_home=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_failed_download_names_the_folder_and_the_address(site, tmp_path, monkeypatch):
    monkeypatch.setattr(_series, "ADDRESS", "http://127.0.0.1:9/{name}.zip")
    with pytest.raises(OSError, match=r"name='Waves': there are no files .* SKSCAT_DATA, and the download of http.*9"):
        fetch_ucr("Waves", data_home=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_missing_pooch_is_named(alone, tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"fetch_ucr needs pooch; install it with: pip install 'skscat\[datasets\]'"):
        fetch_ucr("Waves", data_home=tmp_path)


def test_archives_that_the_user_put_there_need_no_hash(alone, tmp_path, write, rng):
    texts, X = parts(rng, lengths=(5, 3, 4, 4, 4), channels=2)
    write(zipped(texts), "Waves.zip")
    for x, found in zip(X, fetch_ucr("Waves", data_home=tmp_path).data, strict=True):
        assert_array_equal(found, x)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"Waves_TRAIN.ts": START + "1:up\n"}, r"it has no file Waves_TEST\.ts"),
        ({"Waves_TRAIN.ts": START + "1:u\n", "Waves_TEST.ts": ""}, r"Waves_TRAIN\.ts, line 4: class 'u'"),
    ],
)
def test_archives_of_other_contents_are_refused(texts, message, alone, tmp_path, write):
    write(zipped(texts), "Waves.zip")
    with pytest.raises(ValueError, match=rf"Waves\.zip is not the published archive of Waves, or .*{message}"):
        fetch_ucr("Waves", data_home=tmp_path)


def test_archives_of_which_a_byte_is_flipped_are_refused_or_unchanged(alone, tmp_path, write, rng):
    texts, X = parts(rng)
    content, refused = zipped(texts), 0
    for position, bits in zip(rng.integers(len(content), size=200), rng.integers(1, 256, 200), strict=True):
        flipped = bytearray(content)
        flipped[position] ^= bits
        path = write(bytes(flipped), "Waves.zip")
        data = refused_by_name(lambda: fetch_ucr("Waves", data_home=tmp_path).data, path)
        refused += data is None
        if data is not None:
            assert_array_equal(data, np.array(X)[:, 0])
    # The other bytes are dates, permissions and the like.
    assert refused > 100


def test_archives_that_announce_too_much_are_refused(alone, tmp_path, write, rng, monkeypatch):
    write(zipped(parts(rng)[0]), "Waves.zip")
    monkeypatch.setattr(_series, "LARGEST_TEXT", 500)
    with pytest.raises(ValueError, match=r"the files take \d+ bytes; expected at most 500"):
        fetch_ucr("Waves", data_home=tmp_path)
