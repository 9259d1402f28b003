"""Recordings on disk and in the objects of other libraries, windows, and what is refused."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import xarray
from long_recordings import error, joined, pushed

from skscat import Scattering1D, Scattering2D, TimeFrequencyScattering
from skscat.streaming import ScatteringStream, scatter_recording, sliding_windows

# ---------------------------------------------------------------------------------------------------------------
# Recordings of other libraries


class OnDisk:
    """A dataset that is read by slices of step one, and notes how much was read at once."""

    def __init__(self, values):
        self._values, self.shape, self.dtype, self.largest = values, values.shape, values.dtype, 0

    def __getitem__(self, index):
        assert all(isinstance(part, slice) and part.step is None for part in index)
        part = self._values[index]
        self.largest = max(self.largest, part.shape[-1])
        return part.copy()


def of_obspy(x, rate=200.0, start="2024-01-02T03:04:05"):
    """Return what a Trace of ObsPy is to the library: samples and their statistics."""
    ns = np.datetime64(start, "ns").astype(int)
    stats = SimpleNamespace(sampling_rate=rate, starttime=SimpleNamespace(ns=ns), npts=len(x))
    return SimpleNamespace(data=x, stats=stats)


def test_only_a_block_of_a_dataset_on_disk_is_read_at_a_time(rng):
    x = rng.standard_normal((2, 20_000))
    dataset = OnDisk(x)
    _, s = joined(scatter_recording(dataset, Scattering1D(J=3), block_length=1000))
    np.testing.assert_array_equal(s, pushed(x, 20_000, Scattering1D(J=3), block_length=1000)[1])
    assert dataset.largest == 1000


def test_a_memory_map_has_the_frames_of_its_array(rng, tmp_path):
    x = rng.standard_normal(9000)
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    _, s = joined(scatter_recording(mapped, Scattering1D(J=3)))
    np.testing.assert_array_equal(s, joined(scatter_recording(x, Scattering1D(J=3)))[1])


def test_times_of_frames_are_those_of_the_centers_of_their_windows():
    # The average of zeroth order is largest at the frame nearest to an impulse.
    x = np.zeros(6000)
    x[3200] = 1
    times, s = joined(scatter_recording(x, Scattering1D(J=4)))
    assert times[s[0].argmax()] == 3200
    times, s = joined(scatter_recording(x, Scattering1D(J=4, sampling_rate=200.0), start=100.0))
    assert times[s[0].argmax()] == 116.0
    times, s = joined(scatter_recording(x, Scattering1D(J=4, sampling_rate=200), start=np.datetime64("2024-02-29")))
    assert times[s[0].argmax()] == np.datetime64("2024-02-29T00:00:16")


def test_traces_of_obspy_have_times_and_a_rate(rng):
    x = rng.standard_normal((3, 4000))
    expected = joined(scatter_recording(x, Scattering1D(J=4)))[1]
    times, s = joined(scatter_recording(SimpleNamespace(traces=[of_obspy(row) for row in x]), Scattering1D(J=4)))
    np.testing.assert_array_equal(s, expected)
    assert times[1] == np.datetime64("2024-01-02T03:04:05.080")
    times, s = joined(scatter_recording(of_obspy(x[1]), Scattering1D(J=4)))
    assert error(s, expected[1]) < 1e-12
    assert times[1] == np.datetime64("2024-01-02T03:04:05.080")


# Eleven seconds at 200 Hz, from one second before midnight.
MIDNIGHT = np.datetime64("2024-03-01T00:00:00", "ns")


def pieces(x, spans):
    """Return slices of a recording as Traces that start when their first samples were recorded."""
    start = MIDNIGHT - np.timedelta64(1, "s")
    return [of_obspy(x[..., a:b], start=start + np.timedelta64(5 * a, "ms")) for a, b in spans]


def with_gap(x):
    """Return a recording of 2200 samples without those from 900 to 1300."""
    return np.where((np.arange(2200) >= 900) & (np.arange(2200) < 1300), np.nan, x)


@pytest.mark.parametrize("as_sequence", [iter, list, tuple], ids=lambda f: f.__name__)
def test_traces_in_order_have_the_frames_of_one_trace_that_is_masked_between_them(as_sequence, rng):
    x = rng.standard_normal(2200)
    scattering = Scattering1D(J=4, nan_policy="omit")
    times, s = joined(scatter_recording(as_sequence(pieces(x, [(0, 500), (500, 900), (1300, 2200)])), scattering))
    whole = of_obspy(np.ma.masked_invalid(with_gap(x)), start=MIDNIGHT - np.timedelta64(1, "s"))
    expected = joined(scatter_recording(whole, scattering))
    np.testing.assert_array_equal(times, expected[0])
    # Blocks are longer, and the mean that continues moduli into gaps is that of a block.
    first = scattering.plan(2200).paths["order"] < 2
    np.testing.assert_allclose(s[first], expected[1][first], rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(np.isnan(s), np.isnan(expected[1]))
    # Frames a period of 16 samples inside the gap have no samples; those outside it have most of their window.
    centers = 16 * np.arange(138)
    assert np.isnan(s[0, (centers > 916) & (centers < 1284)]).all()
    assert not np.isnan(s[0, (centers < 900) | (centers >= 1300)]).any()


def test_frames_of_traces_have_their_dates():
    # The average of zeroth order is largest at the frame nearest to an impulse, two seconds after midnight.
    x = np.zeros(2200)
    x[608] = 1
    traces = pieces(x, [(0, 500), (500, 900), (1300, 2200)])
    times, s = joined(scatter_recording(iter(traces), Scattering1D(J=4, nan_policy="omit")))
    assert times[np.nanargmax(s[0])] == MIDNIGHT + np.timedelta64(2040, "ms")
    times, s = joined(scatter_recording(iter(traces), Scattering1D(J=4, nan_policy="omit"), start=100.0))
    assert times[np.nanargmax(s[0])] == 100 + 3.04


def test_streams_of_components_are_parts_with_channels(rng):
    x = rng.standard_normal((3, 2200)).astype(np.float32)
    spans = [(0, 900), (1300, 2200)]
    streams = (SimpleNamespace(traces=[pieces(row, [span])[0] for row in x]) for span in spans)
    scattering = Scattering1D(J=4, nan_policy="omit", channel_axis=-1)
    times, s = joined(scatter_recording(streams, scattering))
    assert times[0] == MIDNIGHT - np.timedelta64(1, "s")
    one = joined(scatter_recording(pieces(x[1], spans), Scattering1D(J=4, nan_policy="omit")))[1]
    np.testing.assert_allclose(s[1], one, rtol=1e-5)
    assert s.dtype == np.float32


@pytest.mark.parametrize("dates", [False, True])
def test_data_arrays_in_order_have_their_times(dates, rng):
    x = rng.standard_normal(2200)
    t = np.arange(2200) / 200 if not dates else MIDNIGHT + 5_000_000 * np.arange(2200)
    parts = (xarray.DataArray(x[a:b], {"time": t[a:b]}, ["time"]) for a, b in [(0, 900), (1300, 2200)])
    times, s = joined(scatter_recording(parts, Scattering1D(J=4, nan_policy="omit")))
    traces = pieces(x, [(0, 900), (1300, 2200)])
    np.testing.assert_array_equal(s, joined(scatter_recording(traces, Scattering1D(J=4, nan_policy="omit")))[1])
    assert times[100] == (t[1600] if dates else 8.0)


def test_times_of_traces_are_rounded_to_samples(rng):
    x = rng.standard_normal(2200)
    traces = pieces(x, [(0, 900), (900, 2200)])
    traces[1].stats.starttime.ns += 2_000_000  # of 5 ms between samples
    _, s = joined(scatter_recording(iter(traces), Scattering1D(J=4)))
    np.testing.assert_array_equal(s, joined(scatter_recording(iter(np.split(x, [900])), Scattering1D(J=4)))[1])


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        (
            [(0, 900), (1300, 2200)],
            'a gap of 400 samples before part 1, which starts at 2024-03-01T00:00:05.5.*. Set nan_policy="omit"',
        ),
        (
            [(0, 900), (890, 2200)],
            r"part, 1, that starts at .*, 10 samples before the end of the part before it; .* stream.merge\(\)",
        ),
        ([(900, 1300), (0, 900)], "part, 1, that starts at .* expected parts in the order of their times"),
    ],
)
def test_traces_that_do_not_follow_each_other_are_refused(spans, message, rng):
    with pytest.raises(ValueError, match=message):
        list(scatter_recording(iter(pieces(rng.standard_normal(2200), spans)), Scattering1D(J=4)))


def test_gaps_between_traces_point_to_transforms_that_take_them(rng):
    traces = pieces(rng.standard_normal(2200), [(0, 900), (1300, 2200)])
    with pytest.raises(ValueError, match=r"gap of 400 samples .* Scattering1D leaves them out"):
        list(scatter_recording(traces, TimeFrequencyScattering(J=4, Q=2)))


def test_traces_of_other_rates_or_components_and_sequences_where_one_is_expected_are_refused(rng):
    x = rng.standard_normal(2000)
    with pytest.raises(ValueError, match=r"sampling rates differ: 200 and, in part 1, 100.0; expected the same"):
        list(scatter_recording([of_obspy(x), of_obspy(x, rate=100.0)], Scattering1D(J=4)))
    parts = pieces(rng.standard_normal(2200), [(0, 900), (900, 2200)])
    for part, channel in zip(parts, ["HHZ", "HHN"], strict=True):
        part.stats.channel = channel
    with pytest.raises(ValueError, match=r"different components: \['HHZ'\] and, in part 1, \['HHN'\]; expected the"):
        list(scatter_recording(parts, Scattering1D(J=4)))
    with pytest.raises(ValueError, match=r"recording is a list of 2 Traces; .* Merge consecutive ones: stream.merge"):
        sliding_windows([of_obspy(x), of_obspy(x)], 200, 100)
    with pytest.raises(ValueError, match=r"chunk is a Trace, whose times push does not read. Pass trace.data"):
        ScatteringStream(Scattering1D(J=4)).push(of_obspy(x))


@pytest.mark.parametrize("dims", [("channel", "time"), ("time", "channel")])
def test_data_arrays_have_times_and_a_rate(dims, rng):
    x = rng.standard_normal((3, 4000))
    expected = joined(scatter_recording(x, Scattering1D(J=4)))[1]
    dates = np.datetime64("2024-01-02", "ns") + np.arange(4000) * np.timedelta64(10, "ms")
    array = xarray.DataArray(x, dims=("channel", "time"), coords={"time": dates}).transpose(*dims)
    times, s = joined(scatter_recording(array, Scattering1D(J=4)))
    np.testing.assert_array_equal(s, expected)
    assert times[1] == dates[16]
    seconds = array.assign_coords(time=3 + np.arange(4000) / 100)
    times, s = joined(scatter_recording(seconds, Scattering1D(J=4, sampling_rate=100.0)))
    assert times[1] == pytest.approx(3.16)


def test_a_data_array_without_coordinates_is_read_like_an_array(rng):
    x = rng.standard_normal((2, 4000))
    times, s = joined(scatter_recording(xarray.DataArray(x), Scattering1D(J=4)))
    np.testing.assert_array_equal(s, joined(scatter_recording(x, Scattering1D(J=4)))[1])
    assert times[1] == 16


def test_the_rate_of_the_recording_is_that_of_the_paths(rng):
    recording, found = of_obspy(rng.standard_normal(4000), rate=50.0), []
    scattering = Scattering1D(J=4)
    for times, _ in scatter_recording(recording, scattering):
        found.append(times[1] - times[0])
    assert found == [np.timedelta64(320, "ms")]
    assert scattering.sampling_rate is None


# ---------------------------------------------------------------------------------------------------------------
# Windows


def test_windows_are_slices_of_the_recording_and_views(rng):
    x = rng.standard_normal((2, 1003))
    times, windows = sliding_windows(x, 100, 37, sampling_rate=10.0)
    assert windows.shape == (25, 2, 100)
    for time, window in zip(times, windows, strict=True):
        start = round(10 * time)
        np.testing.assert_array_equal(window, x[:, start : start + 100])
    assert np.shares_memory(windows, x)
    assert not windows.flags.writeable


@pytest.mark.parametrize("axis", [None, -1])
def test_windows_of_a_dataset_on_disk_are_read_when_they_are_sliced(axis, rng):
    x = rng.standard_normal((2, 5003))
    dataset = OnDisk(x if axis is None else x.T)
    times, windows = sliding_windows(dataset, 64, 37, channel_axis=axis)
    expected_times, expected = sliding_windows(x, 64, 37)
    assert windows.shape == expected.shape
    np.testing.assert_array_equal(times, expected_times)
    np.testing.assert_array_equal(windows[-1], expected[-1])
    np.testing.assert_array_equal(windows[7:7], expected[7:7])
    scattering = Scattering1D(J=2).fit(windows[:1])
    dataset.largest = 0
    s = np.concatenate([s for _, s in scattering.transform_blocks(windows, block_size=20)])
    np.testing.assert_array_equal(s, scattering.transform(expected))
    assert dataset.largest < 20 * 64


def test_windows_have_the_times_of_the_recording(rng):
    times, windows = sliding_windows(of_obspy(rng.standard_normal(1000)), 200, 100)
    assert windows.shape == (9, 200)
    assert times[1] == np.datetime64("2024-01-02T03:04:05.500")


# ---------------------------------------------------------------------------------------------------------------
# Errors

X = np.zeros(2000)


@pytest.mark.parametrize("use", [ScatteringStream, partial(scatter_recording, X)], ids=["push", "array"])
@pytest.mark.parametrize(
    ("scattering", "options", "message"),
    [
        (Scattering2D(J=2), {}, r"scattering=Scattering2D\(J=2\): expected one of Scattering1D, TimeFreq"),
        (Scattering1D(), {}, "J=None, which depends on the length of the signal; expected a number"),
        (Scattering1D(J=2, average=None), {}, 'average=None; expected "local", whose outputs are frames'),
        (Scattering1D(J=2, average="global"), {}, "average='global'; expected \"local\""),
        (Scattering1D(J=2, shape=(2, -1)), {}, r"shape=\(2, -1\), for flat X; expected None"),
        (Scattering1D(J=2, padding="wrap"), {}, 'padding="wrap" requires the end of the recording at its beginning'),
        (Scattering1D(J=2), {"block_length": 0}, "block_length=0: expected a whole number of at least 1"),
        (Scattering1D(J=2), {"margin": -1}, "margin=-1: expected a whole number of at least 0"),
        (Scattering1D(J=2), {"start": "noon"}, "start='noon': expected a number or a date"),
        (Scattering1D(J=2), {"start": np.datetime64("2024-01-01")}, "is a date, but the sampling rate is not known"),
        (Scattering1D(J=-1), {}, "The 'J' parameter of Scattering1D must be"),
    ],
)
def test_what_a_recording_can_not_be_transformed_with_is_refused(use, scattering, options, message):
    with pytest.raises(ValueError, match=message):
        use(scattering, **options)


@pytest.mark.parametrize(
    ("chunk", "message"),
    [
        (X + 1j, "chunk has dtype complex128; expected real numbers, or, for complex numbers, a transform with comp"),
        (np.zeros((2, 3, 4)), r"chunk has shape \(2, 3, 4\); expected \(samples,\) or \(channels, samples\)"),
        (np.zeros((2, 5)), r"chunk has channels of shape \(2,\); the first chunk had \(\)"),
        (X, "chunk has dtype float64; the first chunk had float32; expected no higher precision"),
        (np.ma.masked_equal(X, 0), "chunk has masked values; expected values only"),
    ],
)
def test_chunks_that_do_not_fit_the_first_one_are_refused(chunk, message):
    stream = ScatteringStream(Scattering1D(J=2))
    stream.push(np.zeros(5, np.float32))
    with pytest.raises(ValueError, match=message):
        stream.push(chunk)


def test_samples_that_are_not_finite_raise_the_error_of_the_transform():
    with pytest.raises(ValueError, match=r"Input X contains NaN\. Interpolate values that are missing"):
        list(scatter_recording(np.where(np.arange(2000) == 1000, np.nan, 0), Scattering1D(J=2)))


def test_a_recording_that_has_ended_takes_no_more_samples():
    stream = ScatteringStream(Scattering1D(J=2))
    stream.push(X)
    stream.flush()
    for method in (lambda: stream.push(X), stream.flush):
        with pytest.raises(
            ValueError, match=r"The recording has ended with flush\(\); expected a new ScatteringStream"
        ):
            method()


def test_a_recording_without_samples_is_refused():
    for recording in (X[:0], iter([])):
        with pytest.raises(ValueError, match="The recording has 0 samples, while a minimum of 1 is required"):
            list(scatter_recording(recording, Scattering1D(J=2)))


def test_names_before_the_first_chunk_are_refused():
    with pytest.raises(ValueError, match="channels, which are known after the first chunk"):
        ScatteringStream(Scattering1D(J=2)).get_feature_names_out()


UNEVEN = xarray.DataArray(X, dims="time", coords={"time": np.arange(2000.0) ** 2})
WORDS = xarray.DataArray(np.zeros(2), dims="time", coords={"time": ["dawn", "dusk"]})


@pytest.mark.parametrize(
    ("recording", "options", "message"),
    [
        (
            np.zeros((100, 3)),
            {},
            r"recording has shape \(100, 3\), which would be read as 100 channels. Set channel_axis=-1",
        ),
        (
            X,
            {"channel_axis": 0},
            r"recording has shape \(2000,\); expected 1 axes and, with channel_axis=0, one of chan",
        ),
        (np.zeros((2, 3, 4)), {}, r"recording has shape \(2, 3, 4\); expected 1 axes, or 2 with channels first"),
        (
            of_obspy(X),
            {"sampling_rate": 100.0},
            "sampling_rate=100.0, but that of the recording is 200; expected the same",
        ),
        (UNEVEN, {}, "recording has sampling intervals from 1 to 3997 s; expected equal ones"),
        (WORDS, {}, "recording has times of dtype <U4; expected numbers, in seconds, or dates"),
        (SimpleNamespace(traces=[]), {}, "recording has no traces; expected at least one"),
        (
            SimpleNamespace(traces=[of_obspy(X), of_obspy(X[1:])]),
            {},
            "2 traces, of different sampling rates, starts or le",
        ),
        (
            of_obspy(np.ma.masked_equal(X, 0)),
            {},
            'chunk has masked values; .* Set nan_policy="omit" to leave them out',
        ),
    ],
)
def test_recordings_that_are_not_regular_are_refused(recording, options, message):
    with pytest.raises(ValueError, match=message):
        list(scatter_recording(recording, Scattering1D(J=2, **options)))


def test_windows_that_the_recording_does_not_hold_are_refused():
    with pytest.raises(ValueError, match="length=3000, but the recording has 2000 samples; expected at most that"):
        sliding_windows(X, 3000, 10)
    with pytest.raises(ValueError, match="hop=0: expected a whole number of at least 1"):
        sliding_windows(X, 100, 0)
    with pytest.raises(ValueError, match="sampling_rate=-1: expected a positive number"):
        sliding_windows(X, 100, 10, sampling_rate=-1)
    with pytest.raises(ValueError, match=r"recording has masked values; expected values only. Fill them in, or p"):
        sliding_windows(np.ma.masked_equal(X, 0), 100, 10)
    with pytest.raises(IndexError, match="windows of a recording on disk are read with step 1, not 2"):
        sliding_windows(OnDisk(X), 100, 10)[1][::2]
