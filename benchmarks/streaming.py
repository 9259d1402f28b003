"""Recordings and pictures that are transformed a part at a time: equality with the whole, time, memory.

``python benchmarks/streaming.py equality`` (or ``time``, ``recording``, ``picture``) prints a table and writes it to
``benchmarks/results/streaming_<name>.json``; ``--quick`` uses shorter signals and writes nothing. The tables need up
to 4 GB. ``equality`` includes an hour of a seismometer from ``seismic.npz`` in the folder ``--data-home``.
``recording`` and ``picture`` write files of 4 GB and 1 GB, the former sparse, to the temporary folder.
"""

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import numpy as np
from _process import in_new_process, memory
from _report import SEED, report_table

from skscat import RotoTranslationScattering2D, Scattering1D, Scattering2D, SpiralScattering, TimeFrequencyScattering
from skscat.streaming import ScatteringStream, ScatteringTiles, scatter_recording

CHUNKS = (1000, 10_000, 100_000, 1_000_000)
# Recordings are cut into this many blocks, also those that are shorter than the default.
BLOCKS = 5
EQUALITY = [
    (Scattering1D(J=4), 10**6),
    (Scattering1D(J=8, Q=(8, 1)), 10**6),
    (Scattering1D(J=11), 10**6),
    (Scattering1D(J=14), 2 * 10**6),
    (Scattering1D(J=8, T=1000.0), 10**6),
    # A length whose padded length is a multiple of 64.
    (Scattering1D(J=6, stride=27), 883_185),
    (Scattering1D(J=6, stride=35), 1_010_001),
    (Scattering1D(J=6, stride=35, oversampling=1), 1_010_001),
    (Scattering1D(J=6, stride=35, oversampling=3), 1_010_001),
    (Scattering1D(J=8, normalize="l1"), 10**6),
    (Scattering1D(J=8, wavelet="battle_lemarie"), 10**6),
    (Scattering1D(J=8, wavelet="battle_lemarie", oversampling=1), 10**6),
    (TimeFrequencyScattering(J=8, Q=4, J_fr=2), 3 * 10**5),
    (SpiralScattering(J=6, Q=4, J_fr=2), 10**5),
]
PICTURES = [
    (Scattering2D(J=3, L=4), 1024),
    (Scattering2D(J=3, L=4, oversampling=1), 1024),
    (Scattering2D(J=5), 1024),
    (Scattering2D(J=5, oversampling=1), 1024),
    (RotoTranslationScattering2D(J=3, L=4), 512),
    (RotoTranslationScattering2D(J=3, L=4, oversampling=1), 512),
]
TIMED = [(Scattering1D(J=6), 10**7), (Scattering1D(J=10, Q=4), 10**7), (Scattering1D(J=14), 2**25)]
SCATTERING, LENGTHS = Scattering1D(J=8), [10**6, 10**7, 10**8, 10**9]
PICTURE, SIDE = Scattering2D(J=5), 16_384


def whole(x, scattering):
    """Transform a recording or picture at once."""
    scattering.fit(x[np.newaxis])
    return scattering.transform(x[np.newaxis]).reshape(scattering.output_shape_)


def pushed(x, scattering, chunk):
    """Push chunks of a recording, and join the frames."""
    stream = ScatteringStream(scattering, block_length=len(x) // BLOCKS)
    blocks = [stream.push(x[i : i + chunk])[1] for i in range(0, len(x), chunk)] + [stream.flush()[1]]
    return np.concatenate(blocks, axis=-1), stream


def equality_row(scattering, x, name=""):
    """Compare frames of chunks of several lengths with each other and with the whole."""
    expected = whole(x, scattering)
    s, stream = pushed(x, scattering, CHUNKS[-1])
    same = all((pushed(x, scattering, chunk)[0] == s).all() for chunk in CHUNKS[:-1])
    period = 2 ** int(np.log2(scattering.T or 2**scattering.J))
    n = stream.margin_ // stream.stride_ + 1
    return [
        name or repr(scattering),
        f"{len(x):,}",
        "yes" if scattering.plan_.grid[0] % period == 0 else "no",
        round(stream.margin_ / max(2**scattering.J, scattering.T or 1), 1),
        *errors(s[..., n:-n], expected[..., n:-n]),
        float(np.abs(s - expected).max() / expected.max()),
        "yes" if same else "no",
    ]


def errors(s, expected):
    """Norm of the difference, relative to that of what is expected, and its maximum, relative to the largest."""
    difference = s - expected
    return float(np.linalg.norm(difference) / np.linalg.norm(expected)), float(
        np.abs(difference).max() / expected.max()
    )


def picture_row(scattering, side):
    """Compare tiles of a picture with the whole."""
    x = np.random.default_rng(SEED).standard_normal((side, side))
    tiles = ScatteringTiles(x, scattering, tile_shape=side // 3)
    s = np.empty(tiles.output_shape_)
    for index, part in tiles:
        s[index] = part
    expected = whole(x, scattering)
    n = tiles.margin_ // tiles.stride_ + 1
    inner = (Ellipsis, slice(n, -n), slice(n, -n))
    margin = round(tiles.margin_ / 2**scattering.J, 1)
    border = float(np.abs(s - expected).max() / expected.max())
    return [repr(scattering), f"{side:,} x {side:,}", "yes", margin, *errors(s[inner], expected[inner]), border, "-"]


def equality(args):
    """Compare recordings and pictures with the whole."""
    start, rows, part = time.perf_counter(), [], 20 if args.quick else 1
    for scattering, n in EQUALITY[: 1 if args.quick else None]:
        x = np.random.default_rng(SEED).standard_normal(n // part)
        rows.append(in_new_process(equality_row, scattering, x))
        print(rows[-1], flush=True)
    if not args.quick:
        with np.load(Path(args.data_home) / "seismic.npz") as file:
            x, rate = file["sts2_hour"].astype(float), float(file["sts2_hour__rate"])
        scattering = Scattering1D(J=12, Q=(4, 1), sampling_rate=rate)
        rows.append(in_new_process(equality_row, scattering, x, f"{scattering!r}, a seismometer"))
        print(rows[-1], flush=True)
    for scattering, side in PICTURES[: 1 if args.quick else None]:
        rows.append(in_new_process(picture_row, scattering, side // (2 if args.quick else 1)))
        print(rows[-1], flush=True)
    report_table(
        "streaming_equality",
        task="Chunks and tiles against the whole, white noise in double precision. Chunks: "
        + ", ".join(map(str, CHUNKS)),
        columns=(
            "Transform",
            "Samples",
            "Period divides grid",
            "Margin (scales)",
            "Relative l2 error",
            "Largest error / largest coefficient",
            "The same, ends included",
            "Chunks agree to the bit",
        ),
        rows=rows,
        start=start,
        args=args,
    )


def seconds(function):
    """Return the CPU time of a call, and its result."""
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def time_row(scattering, n):
    """Time the transform of a whole recording and of its blocks, in single precision."""
    x = np.random.default_rng(SEED).standard_normal(n, dtype=np.float32)
    fit, _ = seconds(lambda: scattering.fit(x[np.newaxis]))
    # The first transform also schedules the work.
    at_once = min(seconds(lambda: scattering.transform(x[np.newaxis]))[0] for _ in range(2))
    peak = memory("VmHWM")
    blocks = min(seconds(lambda: sum(s.size for _, s in scatter_recording(x, scattering)))[0] for _ in range(2))
    ratios = blocks / (fit + at_once), blocks / at_once
    return [repr(scattering), f"{n:,}", fit, at_once, blocks, *ratios, round(peak / 1e6)]


def timing(args):
    """Time blocks against the whole."""
    start, rows = time.perf_counter(), []
    for scattering, n in TIMED:
        rows.append(in_new_process(time_row, scattering, n // (16 if args.quick else 1)))
        print(rows[-1], flush=True)
    report_table(
        "streaming_time",
        task="CPU time of recordings in single precision, one thread",
        columns=(
            "Transform",
            "Samples",
            "Whole: fit (s)",
            "Transform (s)",
            "Blocks, with fits (s)",
            "Ratio",
            "Ratio without fit of the whole",
            "Peak memory of the whole (MB)",
        ),
        rows=rows,
        start=start,
        args=args,
    )


class PeakMemory(Thread):
    """The largest resident memory, without the pages of mapped files, while a block of code runs."""

    def __init__(self):
        super().__init__(daemon=True)
        self.bytes, self._ended = 0, Event()

    def run(self):
        """Look every few milliseconds."""
        while not self._ended.wait(0.02):
            self.bytes = max(self.bytes, memory("RssAnon"))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self._ended.set()
        self.join()


def recording_row(path, n):
    """Transform the first samples of a file, and return the memory that it takes."""
    x = np.memmap(path, np.float32, "r", shape=(n,))
    start, cpu = time.perf_counter(), time.process_time()
    with PeakMemory() as peak:
        frames = sum(len(times) for times, _ in scatter_recording(x, SCATTERING))
    return [
        f"{n:,}",
        frames,
        round(peak.bytes / 1e6),
        round(memory("VmHWM") / 1e6),
        time.process_time() - cpu,
        time.perf_counter() - start,
    ]


def recording(args):
    """Measure memory against the length of a recording in a sparse file."""
    start, rows, lengths = time.perf_counter(), [], LENGTHS[: 2 if args.quick else None]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "recording.dat"
        x = np.memmap(path, np.float32, "w+", shape=(lengths[-1],))
        x[: lengths[0]] = np.random.default_rng(SEED).standard_normal(lengths[0])
        x.flush()
        for n in lengths:
            rows.append(in_new_process(recording_row, path, n))
            print(rows[-1], flush=True)
    report_table(
        "streaming_recording",
        task=f"{SCATTERING!r}, a memory map in single precision, one thread",
        columns=(
            "Samples",
            "Frames",
            "Peak memory (MB)",
            "With pages of the file (MB)",
            "CPU time (s)",
            "Time (s)",
        ),
        rows=rows,
        start=start,
        args=args,
    )


def tiles_row(path, side):
    """Transform a picture in a file, and return the memory that it takes."""
    x = np.memmap(path, np.float32, "r", shape=(side, side))
    start, cpu = time.perf_counter(), time.process_time()
    with PeakMemory() as peak:
        tiles = ScatteringTiles(x, PICTURE)
        total = sum(s.size for _, s in tiles)
    return [
        f"{side:,} x {side:,}",
        len(tiles),
        total,
        round(peak.bytes / 1e6),
        round(memory("VmHWM") / 1e6),
        time.process_time() - cpu,
        time.perf_counter() - start,
    ]


def picture(args):
    """Measure the memory that a large picture takes."""
    start, side = time.perf_counter(), SIDE // 8 if args.quick else SIDE
    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture.dat"
        x = np.memmap(path, np.float32, "w+", shape=(side, side))
        rng = np.random.default_rng(SEED)
        for row in range(0, side, 1024):
            x[row : row + 1024] = rng.standard_normal((1024, side), dtype=np.float32)
        x.flush()
        rows = [in_new_process(tiles_row, path, side)]
    report_table(
        "streaming_picture",
        task=f"{PICTURE!r}, a memory map in single precision, one thread",
        columns=(
            "Pixels",
            "Tiles",
            "Coefficients",
            "Peak memory (MB)",
            "With pages of the file (MB)",
            "CPU time (s)",
            "Time (s)",
        ),
        rows=rows,
        start=start,
        args=args,
    )


TABLES = {"equality": equality, "time": timing, "recording": recording, "picture": picture}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--data-home", default=os.environ.get("SKSCAT_DATA", "."), help="folder of seismic.npz")
    parser.add_argument("--quick", action="store_true", help="shorter signals")
    args = parser.parse_args()
    TABLES[args.table](args)


if __name__ == "__main__":
    main()
