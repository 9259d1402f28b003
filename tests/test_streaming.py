"""Frames of a recording that is transformed a part at a time are those of the whole recording."""

import tracemalloc

import numpy as np
import pytest
from long_recordings import away_from_ends, error, joined, pushed, whole
from sklearn.base import clone

from skscat import Scattering1D, SpiralScattering, TimeFrequencyScattering
from skscat._core._sampling import padded_axis
from skscat._transforms._layout import MARGIN_1D
from skscat.streaming import ScatteringStream, scatter_recording

# Filters are cut at 1e-5 of their peak, and their impulse responses have tails that reach across the whole grid. These
# tails change frames by 1e-7 to 4e-7 of the norm, and by up to 1e-6 of the largest coefficient; averages of white
# noise alone, which have little energy, by 1e-6 of their norm.
EQUAL = 1e-6


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
