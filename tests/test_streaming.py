"""Frames of a recording that is transformed a part at a time are those of the whole recording."""

import tracemalloc
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import xarray
from sklearn.base import clone

from skscat import Scattering1D, Scattering2D, SpiralScattering, TimeFrequencyScattering
from skscat._core._sampling import padded_axis
from skscat._transforms._layout import MARGIN_1D
from skscat.streaming import ScatteringStream, scatter_recording, sliding_windows

# Filters are cut at 1e-5 of their peak, and their impulse responses have tails that reach across the whole grid. These
# tails change frames by 1e-7 to 4e-7 of the norm, and by up to 1e-6 of the largest coefficient; averages of white
# noise alone, which have little energy, by 1e-6 of their norm.
EQUAL = 1e-6


def whole(x, scattering):
    """Transform a whole recording, or its channels, at once."""
    scattering = clone(scattering).fit(x[np.newaxis])
    return scattering.transform(x[np.newaxis]).reshape(scattering.output_shape_)


def joined(blocks):
    """Join the blocks of a recording."""
    times, s = zip(*blocks, strict=True)
    return np.concatenate(times), np.concatenate(s, axis=-1)


def pushed(x, chunk, scattering, **options):
    """Push chunks of a given length."""
    stream = ScatteringStream(scattering, **options)
    blocks = [stream.push(x[..., i : i + chunk]) for i in range(0, x.shape[-1], chunk)]
    return joined([*blocks, stream.flush()])


def error(s, expected, inner=slice(None)):
    """Norm of the difference, relative to that of what is expected, of some frames."""
    return np.linalg.norm((s - expected)[..., inner]) / np.linalg.norm(expected[..., inner])


def away_from_ends(scattering):
    """Return the frames that are farther than the margin from both ends."""
    stream = ScatteringStream(scattering)
    n = stream.margin_ // stream.stride_ + 1
    return slice(n, -n)


# ---------------------------------------------------------------------------------------------------------------
# Equal to the whole

SETTINGS = {
    "J=1": Scattering1D(J=1),
    "J=4": Scattering1D(J=4),
    "J=11": Scattering1D(J=11),
    "Q=8": Scattering1D(J=6, Q=(8, 2)),
    "third order": Scattering1D(J=5, max_order=3),
    "first order": Scattering1D(J=5, max_order=1),
    "longer average": Scattering1D(J=3, T=200.5),
    "shorter average": Scattering1D(J=7, Q=4, T=12.0),
    "half the stride": Scattering1D(J=5, stride=16),
    "twice the stride": Scattering1D(J=5, stride=64),
    "three times the stride": Scattering1D(J=4, stride=48),
    "reflect": Scattering1D(J=4, padding="reflect"),
    "constant": Scattering1D(J=4, padding="constant"),
    "edge": Scattering1D(J=4, padding="edge"),
    "complex": Scattering1D(J=5, complex_input=True),
    "time-frequency": TimeFrequencyScattering(J=5, Q=4, J_fr=2),
    "spiral": SpiralScattering(J=5, Q=4, J_fr=2),
}


def aligned_length(scattering, least):
    """Return a length, at least ``least``, whose padded length is a multiple of the power of two up to T."""
    T = scattering.T or 2**scattering.J
    period = 2 ** int(np.log2(T))
    layout = MARGIN_1D["tight"] * max(T, 2**scattering.J), scattering.stride or period, scattering.padding
    return next(n for n in range(int(least), 10**9) if padded_axis(n, *layout)[1] % period == 0)


@pytest.mark.parametrize("scattering", SETTINGS.values(), ids=SETTINGS)
def test_frames_are_those_of_the_whole(scattering, rng):
    n = aligned_length(scattering, 2**17 if scattering.J == 11 else 15_001)
    x, inner = rng.standard_normal(n), away_from_ends(scattering)
    if getattr(scattering, "complex_input", False):
        x = x + 1j * rng.standard_normal(n)
    _, s = joined(scatter_recording(x, scattering, block_length=4000))
    expected = whole(x, scattering)
    assert s.shape == expected.shape
    assert error(s, expected, inner) < EQUAL
    assert np.abs(s - expected)[..., inner].max() < 2 * EQUAL * expected.max()
    # The whole is extended by 12 scales, which changes coefficients by less than 1e-3 of the largest.
    assert np.abs(s - expected).max() < 1e-3 * expected.max()


def test_averages_are_those_of_the_whole(rng):
    scattering, x = Scattering1D(J=5, max_order=0), rng.standard_normal(15_000)
    _, s = joined(scatter_recording(x, scattering, block_length=4000))
    assert error(s, whole(x, scattering), away_from_ends(scattering)) < 3 * EQUAL


@pytest.mark.parametrize("stride", [7, 15, 27])
def test_frames_at_an_odd_stride_are_those_of_the_whole(stride, rng):
    scattering = Scattering1D(J=4, stride=stride)
    n = aligned_length(scattering, 10_000)
    x, inner = rng.standard_normal(n), away_from_ends(scattering)
    _, s = joined(scatter_recording(x, scattering, block_length=3000))
    assert error(s, whole(x, scattering), inner) < EQUAL


def test_at_an_odd_stride_oversampling_brings_frames_closer_to_those_of_any_whole(rng):
    errors = []
    for oversampling in (0, 2):
        scattering = Scattering1D(J=4, stride=7, oversampling=oversampling)
        x, inner = rng.standard_normal(10_000), away_from_ends(scattering)
        assert scattering.plan(len(x)).grid[0] % 16 != 0
        errors.append(error(joined(scatter_recording(x, scattering))[1], whole(x, scattering), inner))
    # The errors of sampling: about 1e-3, and a tenth of it for each unit of oversampling.
    assert errors[0] < 1e-3
    assert errors[1] < 1e-5


@pytest.mark.parametrize(("oversampling", "tolerance"), [(0, 5e-5), (1, 2e-6), (2, EQUAL)])
def test_frames_of_splines_are_those_of_the_whole_if_oversampled(oversampling, tolerance, rng):
    # The spectra of Battle-Lemarie wavelets decay like a power, and are cut where grids are too coarse for them.
    scattering = Scattering1D(J=4, wavelet="battle_lemarie", oversampling=oversampling)
    x = rng.standard_normal(16_000)
    s = joined(scatter_recording(x, scattering, block_length=4000))[1]
    assert error(s, whole(x, scattering), away_from_ends(scattering)) < tolerance


def test_frames_of_wavelets_of_unit_l1_norm_are_those_of_the_whole_up_to_their_norms(rng):
    # The norm of a filter that is cut in frequency grows with the logarithm of the length of its grid.
    scattering = Scattering1D(J=4, normalize="l1")
    x = rng.standard_normal(16_000)
    s = joined(scatter_recording(x, scattering, block_length=4000))[1]
    assert error(s, whole(x, scattering), away_from_ends(scattering)) < 1e-5


def test_renormalized_frames_are_those_of_the_whole(rng):
    scattering = Scattering1D(J=4, renormalize=True)
    x = rng.standard_normal(16_000)
    s = joined(scatter_recording(x, scattering, block_length=4000))[1]
    # Divisors have an additional 1e-6 of the largest amplitude of the segment.
    assert error(s, whole(x, scattering), away_from_ends(scattering)) < 2e-6


@pytest.mark.parametrize(("max_order", "tolerance"), [(1, EQUAL), (2, 3e-3)])
def test_frames_of_a_recording_with_gaps_are_those_of_the_whole(max_order, tolerance, rng):
    # The second layer sees moduli that are continued in gaps by their mean, over the segment or the whole.
    scattering, x = Scattering1D(J=4, max_order=max_order, nan_policy="omit"), rng.standard_normal(20_000)
    for start in rng.integers(0, 19_600, 8):
        x[start : start + 400] = np.nan
    s, inner = joined(scatter_recording(x, scattering, block_length=3000))[1], away_from_ends(scattering)
    expected = whole(x, scattering)
    np.testing.assert_array_equal(np.isnan(s)[..., inner], np.isnan(expected)[..., inner])
    assert 0 < np.isnan(expected).mean() < 0.5
    assert error(np.nan_to_num(s), np.nan_to_num(expected), inner) < tolerance
    masked = joined(scatter_recording(np.ma.masked_invalid(x), scattering, block_length=3000))[1]
    np.testing.assert_array_equal(masked, s)


def test_frames_of_a_recording_with_drift_and_offset_are_those_of_the_whole(rng):
    # Segments that begin and end at different levels, which a periodic convolution joins.
    x = 100 + rng.standard_normal(30_000).cumsum()
    scattering = Scattering1D(J=5)
    s, expected = joined(scatter_recording(x, scattering, block_length=4000))[1], whole(x, scattering)
    for path in range(len(s)):
        # Relative to each path: the finest wavelets see a thousandth of the amplitude.
        assert error(s[path], expected[path], away_from_ends(scattering)) < 1e-5


@pytest.mark.parametrize("J", [2, 5, 9])
@pytest.mark.parametrize("Q", [1, (8, 2)])
@pytest.mark.parametrize(("T", "stride"), [(None, None), (23.7, None), (None, 1), (None, 20)])
def test_moduli_are_sampled_at_the_same_positions_as_those_of_the_whole(J, Q, T, stride):
    scattering = Scattering1D(J=J, Q=Q, T=T, stride=stride)
    period = 2 ** int(np.log2(T or 2**J))
    plan = scattering.plan(aligned_length(scattering, 40 * max(2**J, T or 1)))
    stream = ScatteringStream(scattering)
    part = clone(scattering).set_params(padding="wrap").plan(stream._segments.length)
    # The same number of samples per period, of which both grids are multiples, and the same phase.
    np.testing.assert_array_equal(plan.sizes[1:] * period / plan.grid, part.sizes[1:] * period / part.grid)
    assert (plan.pad_left[0] - stream._segments.before) % period == 0


# ---------------------------------------------------------------------------------------------------------------
# The ends


@pytest.mark.parametrize("padding", ["symmetric", "reflect", "edge", "constant"])
@pytest.mark.parametrize("length", [2, 40, 1000, 5003])
@pytest.mark.filterwarnings("ignore:J=4:UserWarning")
def test_first_and_last_frames_are_those_of_the_extended_recording(padding, length, rng):
    x, scattering = rng.standard_normal(length), Scattering1D(J=4, padding=padding)
    extended = np.pad(x, (1600, 1600 + -length % 16), mode=padding)
    expected = whole(extended, clone(scattering).set_params(padding="wrap"))[:, 100 : 100 + -(-length // 16)]
    for options in ({}, {"block_length": 500}):
        _, s = joined(scatter_recording(x, scattering, **options))
        assert s.shape == expected.shape
        assert np.abs(s - expected).max() < EQUAL * expected.max()


def test_a_recording_shorter_than_the_scale_raises_the_warning_of_the_transform(rng):
    stream = ScatteringStream(Scattering1D(J=6))
    stream.push(rng.standard_normal(50))
    with pytest.warns(UserWarning, match=r"J=6: the scale 2\*\*J is longer than the recording, which has 50 samples"):
        stream.flush()


# ---------------------------------------------------------------------------------------------------------------
# Chunks, channels, precision, workers


def test_frames_do_not_depend_on_the_chunks(rng):
    x, scattering = rng.standard_normal((2, 3001)), Scattering1D(J=3)
    times, expected = pushed(x, 3001, scattering, block_length=700)
    for chunk in (1, 10, 699, 1500):
        t, s = pushed(x, chunk, scattering, block_length=700)
        np.testing.assert_array_equal(t, times)
        np.testing.assert_array_equal(s, expected)


def test_chunks_may_have_any_lengths_even_zero(rng):
    x, scattering = rng.standard_normal(3000), Scattering1D(J=3)
    stream = ScatteringStream(scattering, block_length=500)
    parts = np.split(x, np.sort(rng.integers(0, 3000, 12)))
    _, s = joined([*map(stream.push, [x[:0], *parts, x[:0]]), stream.flush()])
    np.testing.assert_array_equal(s, pushed(x, 3000, scattering, block_length=500)[1])


def test_each_channel_has_the_frames_of_its_own_recording(rng):
    x, scattering = rng.standard_normal((3, 4000)), TimeFrequencyScattering(J=3, Q=2, J_fr=1)
    _, s = pushed(x, 500, scattering, block_length=1000)
    for channel, signal in zip(s, x, strict=True):
        np.testing.assert_array_equal(channel, pushed(signal, 500, scattering, block_length=1000)[1])


def test_channels_are_read_from_their_axis(rng):
    x = rng.standard_normal((3, 4000))
    _, expected = joined(scatter_recording(x, Scattering1D(J=3)))
    last = Scattering1D(J=3, channel_axis=-1)
    np.testing.assert_array_equal(joined(scatter_recording(x.T, last))[1], expected)
    chunks = (x.T[i : i + 2] for i in range(0, 4000, 2))
    _, s = joined(scatter_recording(chunks, last, block_length=4000))
    np.testing.assert_array_equal(s, pushed(x, 4000, Scattering1D(J=3), block_length=4000)[1])


def test_workers_do_not_change_frames(rng):
    x, scattering = rng.standard_normal((2, 9000)), Scattering1D(J=3)
    expected = pushed(x, 9000, scattering, block_length=500)[1]
    blocks = list(scatter_recording(x, scattering.set_params(n_jobs=2), block_length=500))
    np.testing.assert_array_equal(joined(blocks)[1], expected)


def test_single_precision_is_kept(rng):
    x, scattering = rng.standard_normal(20_000), Scattering1D(J=4)
    _, s = joined(scatter_recording(x.astype(np.float32), scattering))
    assert s.dtype == np.float32
    # Rounding errors of single precision.
    assert error(s, joined(scatter_recording(x, scattering))[1]) < 1e-6


def test_complex_recordings_have_real_frames_in_their_precision(rng):
    x, scattering = rng.standard_normal(5000) + 1j * rng.standard_normal(5000), Scattering1D(J=3, complex_input=True)
    _, expected = joined(scatter_recording(x, scattering))
    stream = ScatteringStream(scattering)
    _, s = joined([stream.push(part) for part in np.split(x.astype(np.complex64), 5)] + [stream.flush()])
    assert (expected.dtype, s.dtype) == (np.float64, np.float32)
    # Rounding errors of single precision.
    assert error(s, expected) < 1e-6


def test_integers_are_computed_in_double_precision(rng):
    x = rng.integers(-1000, 1000, 5000)
    _, s = joined(scatter_recording(x.astype(np.int16), Scattering1D(J=3)))
    assert s.dtype == np.float64
    np.testing.assert_array_equal(s, joined(scatter_recording(x.astype(float), Scattering1D(J=3)))[1])


def test_before_any_frame_is_known_the_result_is_empty(rng):
    times, s = ScatteringStream(Scattering1D(J=3)).push(rng.standard_normal((2, 5)).astype(np.float32))
    assert times.shape == (0,)
    assert s.shape == (2, len(Scattering1D(J=3).plan(100).paths), 0)
    assert s.dtype == np.float32


def test_names_are_those_of_the_transform_without_the_position(rng):
    for scattering in (Scattering1D(J=2), TimeFrequencyScattering(J=2, Q=2, J_fr=1)):
        x = rng.standard_normal((2, 1000))
        stream = ScatteringStream(scattering)
        _, s = joined([stream.push(x), stream.flush()])
        names = stream.get_feature_names_out()
        assert names.shape == s.shape[:-1]
        fitted = clone(scattering).fit(x[np.newaxis])
        expected = fitted.get_feature_names_out().reshape(fitted.output_shape_)[..., 0]
        assert [f"{name}_t0" for name in names.ravel()] == expected.ravel().tolist()


# ---------------------------------------------------------------------------------------------------------------
# Latency, margins, memory


@pytest.mark.parametrize("options", [{"block_length": 1}, {"block_length": 300}, {"margin": 50, "block_length": 100}])
def test_the_latency_is_that_of_the_first_frame_of_a_block(options, rng):
    stream, delays = ScatteringStream(Scattering1D(J=4, sampling_rate=100.0), **options), []
    for n, sample in enumerate(rng.standard_normal(3000), start=1):
        times, _ = stream.push([sample])
        delays += list(n - 100 * times)
    assert max(delays) == pytest.approx(stream.latency_)
    assert stream.latency_seconds_ == stream.latency_ / 100
    assert stream.latency_ <= stream.block_length_ + stream.margin_ + 16


@pytest.mark.parametrize("scattering", [Scattering1D(J=5), Scattering1D(J=4, Q=8, normalize="l1"), SETTINGS["spiral"]])
def test_samples_beyond_the_margin_hardly_matter_and_those_within_do(scattering, rng):
    margin, x = ScatteringStream(scattering).margin_, rng.standard_normal(2**13)
    periodic = clone(scattering).set_params(padding="wrap")
    center = 2**12
    frame = center // 2**scattering.J
    expected = whole(x, periodic)[..., frame]
    changes = []
    for distance in (margin, margin // 2):
        far = np.abs(np.arange(len(x)) - center) > distance
        changes.append(error(whole(np.where(far, rng.standard_normal(len(x)), x), periodic)[..., frame], expected))
    assert changes[0] < EQUAL
    assert changes[1] > 10 * EQUAL


def test_the_margin_can_be_chosen(rng):
    scattering, x = Scattering1D(J=5), rng.standard_normal(20_000)
    expected, inner = whole(x, scattering), away_from_ends(scattering)
    for scales, tolerance in ((12, 3e-5), (8, 3e-4)):
        _, s = joined(scatter_recording(x, scattering, block_length=512, margin=scales * 32))
        # The tolerances are those of the docstring.
        assert error(s, expected, inner) < tolerance


def test_memory_does_not_depend_on_the_length(rng):
    chunk, peaks = rng.standard_normal(5000), []
    # The first recording fills the caches of the engine.
    for n_chunks in (5, 10, 60):
        tracemalloc.start()
        for _ in scatter_recording((chunk for _ in range(n_chunks)), Scattering1D(J=2), block_length=5000):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Six times as many samples; what the garbage collector has not found yet varies.
    assert peaks[2] < 1.25 * peaks[1]


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
        (Scattering1D(J=2, padding="wrap"), {}, 'padding="wrap" needs the end of the recording at its beginning'),
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
        (X, "chunk has dtype float64; the first chunk had float32, and all must be as precise"),
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
        (of_obspy(np.ma.masked_equal(X, 0)), {}, "chunk has masked values; expected values only"),
    ],
)
def test_recordings_that_are_not_regular_are_refused(recording, options, message):
    with pytest.raises(ValueError, match=message):
        list(scatter_recording(recording, Scattering1D(J=2, **options)))


def test_windows_that_the_recording_does_not_hold_are_refused():
    with pytest.raises(ValueError, match="length=3000, but the recording has 2000 samples; expected at most so many"):
        sliding_windows(X, 3000, 10)
    with pytest.raises(ValueError, match="hop=0: expected a whole number of at least 1"):
        sliding_windows(X, 100, 0)
    with pytest.raises(ValueError, match="sampling_rate=-1: expected a positive number"):
        sliding_windows(X, 100, 10, sampling_rate=-1)
    with pytest.raises(ValueError, match=r"recording has masked values; expected values only. Fill them in, or p"):
        sliding_windows(np.ma.masked_equal(X, 0), 100, 10)
    with pytest.raises(IndexError, match="windows of a recording on disk are read with step 1, not 2"):
        sliding_windows(OnDisk(X), 100, 10)[1][::2]
