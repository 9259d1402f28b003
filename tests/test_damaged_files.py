"""Damaged and hostile data files are refused by name, before they fill the memory; a silent network is an error."""

import io
import socket
import struct
import tracemalloc
import zipfile
from urllib.request import urlopen

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skscat.datasets import _digits, _files, fetch_caltech101, fetch_mnist, fetch_spoken_digits, fetch_ucr
from skscat.datasets._files import read_arrays

KEYS = ("X", "y", "names")


@pytest.fixture
def arrays(rng):
    return {"X": rng.integers(0, 9, (5, 4, 3), np.uint8), "y": rng.standard_normal(5), "names": np.array(["a", "bc"])}


def flipped_copies(content, rng, n=200):
    """Yield the bytes of a file with some bits of one byte flipped."""
    for position, bits in zip(rng.integers(len(content), size=n), rng.integers(1, 256, n), strict=True):
        flipped = bytearray(content)
        flipped[position] ^= bits
        yield flipped


def refused_by_name(read, path, remedy="Delete it, and download or make it again"):
    """Read a file and return nothing, if it is refused by an error that says which file it is and what to do."""
    try:
        return read()
    except ValueError as error:
        message = str(error)
    assert str(path) in message
    assert remedy in message
    return None


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_of_which_a_byte_is_flipped_are_refused_or_unchanged(save, arrays, tmp_path, rng):
    path = tmp_path / "some.npz"
    save(path, **arrays)
    refused = 0
    for content in flipped_copies(path.read_bytes(), rng):
        path.write_bytes(content)
        read = refused_by_name(lambda: read_arrays(path, KEYS), path)
        refused += read is None
        for key in KEYS if read else ():
            assert_array_equal(read[key], arrays[key])
    # The other bytes are dates, permissions and the like.
    assert refused > 100


def test_archives_cut_off_anywhere_are_refused(arrays, tmp_path, rng):
    path = tmp_path / "some.npz"
    np.savez_compressed(path, **arrays)
    content = path.read_bytes()
    for length in rng.integers(len(content), size=50):
        path.write_bytes(content[:length])
        assert refused_by_name(lambda: read_arrays(path, KEYS), path) is None


def speech(path):
    np.savez(
        path / "fsdd.npz",
        audio=np.arange(9, dtype=np.int16),
        offsets=[0, 4, 9],
        y=[0, 1],
        speaker=[0, 0],
        index=[0, 5],
        speakers=["a"],
        sr=8000,
    )
    return lambda: fetch_spoken_digits(length=4, data_home=path).data, path / "fsdd.npz"


def series(path):
    X, y = np.arange(12.0).reshape(3, 4), np.array(["a", "b", "a"])
    np.savez_compressed(path / "ucr_small.npz", W__X_train=X, W__y_train=y, W__X_test=X, W__y_test=y)
    return lambda: fetch_ucr("W", data_home=path, download_if_missing=False).data, path / "ucr_small.npz"


@pytest.mark.parametrize("make", [speech, series])
def test_fetchers_refuse_flipped_bytes_or_return_the_data(make, tmp_path, rng):
    fetch, path = make(tmp_path)
    expected = fetch()
    for content in flipped_copies(path.read_bytes(), rng):
        path.write_bytes(content)
        # A dataset whose name in the file is damaged is not found; the error then lists the others.
        data = refused_by_name(fetch, path, remedy="")
        if data is not None:
            assert_array_equal(data, expected)


def pictures(content, n=1):
    """Arrays of a file of n pictures, all with the same bytes."""
    offset = len(content) * np.arange(n + 1)
    return {"webp": np.frombuffer(content * n, np.uint8), "offset": offset, "y": np.zeros(n, int), "classes": ["a"]}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_pictures_of_which_a_byte_is_flipped_are_refused_by_name_or_decoded(kind, tmp_path, rng):
    image, path, buffer = pytest.importorskip("PIL.Image"), tmp_path / "caltech101_max256.npz", io.BytesIO()
    image.fromarray(np.arange(3072, dtype=np.uint8).reshape(32, 32, 3)).save(buffer, kind)
    for content in flipped_copies(buffer.getvalue(), rng):
        np.savez(path, **pictures(bytes(content)))
        images = refused_by_name(lambda: fetch_caltech101(data_home=tmp_path).images, f"{path}, picture 0")
        assert images is None or max(images[0].shape) <= 1024


# ---------------------------------------------------------------------------------------------------------------
# Announced sizes


def npy_header(shape, dtype="|u1"):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def bomb(path, n_bytes):
    """Write an archive of a megabyte or two whose training images are zeros of ``n_bytes``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for key in ("X_train", "y_train", "X_test", "y_test"):
            n = n_bytes if key == "X_train" else 1
            with archive.open(f"{key}.npy", "w") as member:
                member.write(npy_header((n,)))
                for start in range(0, n, 2**24):
                    member.write(bytes(min(2**24, n - start)))


def traced_peak(run):
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_archives_that_announce_too_much_are_refused_before_they_are_expanded(tmp_path):
    path = tmp_path / "mnist.npz"
    bomb(path, 2**29)
    assert path.stat().st_size < 2**22

    def run():
        with pytest.raises(ValueError, match=r"mnist\.npz .*the arrays take 536,\d{3},\d{3} bytes; expected at most"):
            fetch_mnist(data_home=tmp_path)

    assert traced_peak(run) < 2**22


@pytest.mark.parametrize("header", [npy_header((2**40,)), npy_header((2**40,), "<U0"), npy_header((3,), "|O")])
def test_headers_of_arrays_that_do_not_fit_their_bytes_are_refused_before_memory_is_taken(header, tmp_path):
    path = tmp_path / "some.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", header + b"\0" * (0 if b"U0" in header else 24))

    def run():
        assert refused_by_name(lambda: read_arrays(path, ["X"]), path) is None

    assert traced_peak(run) < 2**22


def test_bytes_beyond_the_announced_size_are_not_expanded(tmp_path):
    path = tmp_path / "some.npz"
    np.savez_compressed(path, X=np.zeros(2**20, np.uint8))
    content = path.read_bytes()
    start = content.rindex(b"PK\x01\x02") + 24
    path.write_bytes(content[:start] + struct.pack("<I", 1000) + content[start + 4 :])
    assert traced_peak(lambda: refused_by_name(lambda: read_arrays(path, ["X"]), path)) < 2**19
    assert refused_by_name(lambda: read_arrays(path, ["X"]), path) is None


def test_pictures_that_announce_too_many_pixels_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("the picture was decoded")

    image, buffer = pytest.importorskip("PIL.Image"), io.BytesIO()
    image.new("1", (8192, 8192)).save(buffer, "PNG")
    np.savez(tmp_path / "caltech101_max256.npz", **pictures(buffer.getvalue()))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", refuse)
    with pytest.raises(ValueError, match="picture has 8192 x 8192 pixels; expected at most 1024 on each side"):
        fetch_caltech101(data_home=tmp_path)


# ---------------------------------------------------------------------------------------------------------------
# Network


@pytest.fixture
def silent_server():
    """Address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_digits_are_not_awaited_for_ever(silent_server, tmp_path, monkeypatch):
    monkeypatch.delenv("SKSCAT_DATA", raising=False)
    monkeypatch.setattr(_files, "TIMEOUT", 0.2)
    monkeypatch.setattr(_digits, "fetch_openml", lambda *args, **options: urlopen(silent_server))
    with pytest.raises(OSError, match="timed out"):
        fetch_mnist(data_home=tmp_path)
    assert socket.getdefaulttimeout() is None
    assert not list(tmp_path.iterdir())
