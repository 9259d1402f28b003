"""Spectra of the sounds, not the formulas they come from, show the documented rates, partials and envelopes."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import hilbert, stft

from skscat import Scattering1D
from skscat.datasets import make_chirps, make_pagoda, make_shepard_risset, make_source_filter

RATES = [-1.0, 0.5, 3.0]


def spectrogram(x, sampling_rate, window):
    """Frequencies, times from the middle of the sound, and power."""
    f, t, z = stft(x, sampling_rate, nperseg=window, noverlap=window * 3 // 4, boundary=None, padded=False)
    # Without frequency 0, which has no logarithm.
    return f[1:], t - len(x) / sampling_rate / 2, np.abs(z[1:]) ** 2


def log_centroid(f, power):
    """Mean and standard deviation of log2 f, weighted by power."""
    log_f = np.log2(f).reshape(-1, *(1,) * (power.ndim - 1))
    mean = (power * log_f).sum(0) / power.sum(0)
    return mean, np.sqrt((power * (log_f - mean) ** 2).sum(0) / power.sum(0))


def spectrum(x, sampling_rate):
    x = x * np.hanning(len(x))
    return np.fft.rfftfreq(len(x), 1 / sampling_rate)[1:], np.abs(np.fft.rfft(x)[1:]) ** 2


@pytest.mark.parametrize(
    ("make", "n"), [(make_shepard_risset, 88_200), (make_pagoda, 88_200), (make_source_filter, 44_100)]
)
def test_sounds_are_float64_of_the_given_duration(make, n):
    x = make()
    assert x.shape == (n,)
    assert x.dtype == np.float64
    assert len(make(duration=0.5, sampling_rate=8001)) == 4000


@pytest.mark.parametrize("make", [make_shepard_risset, make_pagoda])
@pytest.mark.parametrize("rate", [0.0, 0.1, 2.0])
def test_opposite_rate_is_the_reversed_sound(make, rate):
    # To rounding: phases of at most 1e5 radians, known to 1e-16 of that.
    assert_allclose(make(rate=-rate), make(rate=rate)[::-1], atol=1e-9)


def test_opposite_rates_of_source_and_filter_are_the_reversed_sound():
    x = make_source_filter(pitch_rate=1.0, formant_rate=-0.3)
    assert_allclose(make_source_filter(pitch_rate=-1.0, formant_rate=0.3), x[::-1], atol=1e-9)


@pytest.mark.parametrize("rate", RATES)
def test_glissando_returns_to_its_chroma_after_one_over_rate(rate):
    f, t, power = spectrogram(make_shepard_risset(rate=rate, f0=500.0), 22050, window=2048)
    # Octaves fall together in this sum, so its angle is the chroma.
    chroma = (power * np.exp(2j * np.pi * np.log2(f))[:, np.newaxis]).sum(0)
    octaves = np.unwrap(np.angle(chroma)) / (2 * np.pi)
    slope, at_middle = np.polyfit(t, octaves, 1)
    # The time of a frame is known to half a sample; the rest is found to be below 1e-6.
    assert_allclose(slope, rate, rtol=1e-5)
    assert abs((at_middle - np.log2(500) + 0.5) % 1 - 0.5) < 1e-3


@pytest.mark.parametrize("rate", RATES)
def test_spectral_envelope_of_a_glissando_is_constant(rate):
    x = make_shepard_risset(rate=rate, center=600.0, width=1.2)
    for quarter in (x[: len(x) // 4], x[-len(x) // 4 :]):
        mean, deviation = log_centroid(*spectrum(quarter, 22050))
        # The square of a Gaussian of width 1.2 has width 1.2 / sqrt(2). Octaves sample it well: its Fourier transform
        # at one cycle per octave, exp(-pi^2 1.2^2), is 1e-6 of its integral. The rest are lines 2 Hz wide.
        assert_allclose(mean, np.log2(600), atol=1e-3)
        assert_allclose(deviation, 1.2 / np.sqrt(2), atol=1e-3)


@pytest.mark.parametrize("rate", [-2.0, 1.0])
def test_glissando_is_periodic(rate):
    x = make_shepard_risset(rate=rate, duration=60.0, sampling_rate=8000)
    period = round(8000 / abs(rate))
    # After a minute as after a second; to rounding, as above.
    assert_allclose(x[period:], x[:-period], atol=1e-9)


@pytest.mark.parametrize("rate", [0.0, 1e-17, 1e-6])
def test_glissando_of_tiny_rate_is_a_steady_chord(rate):
    f, power = spectrum(make_shepard_risset(rate=rate), 22050)
    octaves = 440 * np.exp2(np.arange(-8, 5))
    # The window is 4 seconds, so lines are half a hertz wide.
    assert power[np.abs(f[:, np.newaxis] - octaves).min(1) <= 1].sum() >= (1 - 1e-6) * power.sum()


def test_glissando_has_power_at_its_partials_only():
    # Loud at the end of the spectrum: aliased partials would fall where all others rise. They would have 5e-3 of
    # the power if partials stopped at half the sampling rate without fading out.
    f, t, power = spectrogram(make_shepard_risset(center=3000.0, sampling_rate=8000), 8000, window=1024)
    partials = 440 * np.exp2(np.arange(-20, 6)[:, np.newaxis] + t)
    partials[partials >= 4000] = np.inf
    distances = np.abs(f[:, np.newaxis] - partials[:, np.newaxis]).min(0)
    # A window has lines of 8 Hz, in which partials rise by 9 % of their frequency.
    elsewhere = distances > 60 + 0.045 * f[:, np.newaxis]
    assert elsewhere[(f > 3900) & (f < 3950)].any()
    assert power[elsewhere].sum() < 1e-6 * power.sum()


def test_partial_is_silent_from_half_the_sampling_rate_on():
    glide = {"pitch_rate": 1.0, "formant_rate": 0.0, "formants": [2000.0], "width": 10.0}
    x = make_source_filter(n_partials=1, f0=2000.0, sampling_rate=8000, duration=4.0, **glide)
    t = (np.arange(32_000) - 15_999.5) / 8000
    assert x[(t > 0) & (t < 0.4)].std() > 0.6
    assert_array_equal(x[t >= 1], 0)
    # And softly there: sin^2 of 90 degrees * 0.02 / 0.5.
    assert np.abs(x[t > 0.98]).max() < 0.004


def test_partials_of_a_pagoda_are_steady():
    f, power = spectrum(make_pagoda(rate=2.0, f0=25.0, n_partials=9), 44100)
    octaves = 25 * np.exp2(np.arange(9))
    # An octave is loud for about half a second, so lines are some 0.3 Hz wide.
    assert power[np.abs(f[:, np.newaxis] - octaves).min(1) <= 2].sum() >= (1 - 1e-4) * power.sum()


@pytest.mark.parametrize("rate", [-2.0, 1.0])
def test_envelope_of_a_pagoda_glides_at_rate(rate):
    f, t, power = spectrogram(make_pagoda(rate=rate), 44100, window=8192)
    slope, at_middle = np.polyfit(t, log_centroid(f, power)[0], 1)
    # Found to 1e-4; what is missing is the Gaussian beyond the ten octaves.
    assert_allclose(slope, rate, rtol=1e-3)
    assert_allclose(at_middle, np.log2(20) + 4.5, atol=1e-3)


@pytest.mark.parametrize(("pitch_rate", "formant_rate"), [(0.5, -0.5), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)])
def test_filter_glides_at_formant_rate_whatever_the_pitch_does(pitch_rate, formant_rate):
    x = make_source_filter(pitch_rate=pitch_rate, formant_rate=formant_rate, formants=[1000.0])
    f, t, power = spectrogram(x, 22050, window=4096)
    slope, at_middle = np.polyfit(t, log_centroid(f, power)[0], 1)
    assert_allclose(slope, formant_rate, atol=1e-3)
    # Multiples of the pitch lie closer above than below in log-frequency. That multiplies the squared Gaussian, of
    # variance 1/8, by f, and moves its mean by log(2) / 8.
    assert_allclose(at_middle, np.log2(1000) + np.log(2) / 8, atol=1e-3)


@pytest.mark.parametrize("pitch_rate", [-0.5, 0.0, 1.0])
def test_partial_glides_at_pitch_rate_whatever_the_filter_does(pitch_rate):
    x = make_source_filter(
        pitch_rate=pitch_rate, formant_rate=0.5, f0=900.0, n_partials=1, formants=[900.0], width=2.0
    )
    frequency = np.diff(np.unwrap(np.angle(hilbert(x)))) * 22050 / (2 * np.pi)
    t = (np.arange(len(frequency)) - (len(frequency) - 1) / 2) / 22050
    # The analytic signal sees the ends of the sound.
    inside = np.abs(t) < 0.8
    assert_allclose(np.log2(frequency[inside] / 900), pitch_rate * t[inside], atol=2e-3)


def test_partials_of_a_source_are_multiples_of_the_pitch():
    f, power = spectrum(make_source_filter(pitch_rate=0.0, formant_rate=0.5, n_partials=30, width=1.0), 22050)
    lines = np.abs(f[:, np.newaxis] - 110 * np.arange(1, 31)).min(1) <= 3
    assert power[lines].sum() >= (1 - 1e-4) * power.sum()
    # None is missing.
    assert len(np.unique(np.round(f[lines & (power > 1e-6 * power.max())] / 110))) == 30


def test_formants_are_at_the_given_frequencies():
    x = make_source_filter(pitch_rate=0.0, formant_rate=0.0, f0=50.0, formants=[500.0, 2000.0], width=0.3)
    f, power = spectrum(x, 22050)
    below = f < 1000
    assert abs(f[below][power[below].argmax()] - 500) < 1
    assert abs(f[~below][power[~below].argmax()] - 2000) < 1


@pytest.mark.parametrize(("n_samples", "counts"), [(1, [1, 0]), (10, [5, 5]), (11, [6, 5])])
def test_chirps_are_balanced(n_samples, counts):
    X, y = make_chirps(n_samples, length=64, random_state=0)
    assert X.shape == (n_samples, 64)
    assert_array_equal(np.bincount(y, minlength=2), counts)


def test_random_state_repeats_chirps():
    first, again, other = (make_chirps(8, random_state=seed) for seed in (3, np.random.RandomState(3), 4))
    assert_array_equal(first[0], again[0])
    assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_chirps_rise_and_fall_at_the_given_rates():
    X, y = make_chirps(200, rate=(3.0, 6.0), noise=0.0, random_state=0)
    for x, rises in zip(X, y, strict=True):
        z = hilbert(x)
        # The middle half of the chirp, where it is loud.
        loud = np.flatnonzero(np.abs(z) > np.abs(z).max() / 2)
        phase = np.unwrap(np.angle(z[loud[0] : loud[-1]]))
        log_frequency = np.log2(np.diff(phase) * 8000 / (2 * np.pi))
        slope = np.polyfit(np.arange(len(log_frequency)) / 8000, log_frequency, 1)[0]
        # To 1 %: an analytic signal is not exact where the loudness changes.
        assert 2.97 < slope * (1 if rises else -1) < 6.06


def test_chirps_fade_in_and_out_inside_their_rows():
    X, _ = make_chirps(100, noise=0.0, random_state=0)
    assert np.abs(X[:, [0, -1]]).max() < 1e-4
    # Half of the row is silent, to the rounding of the window, 1e-32.
    assert_allclose((np.abs(X) > 1e-20).sum(1), 2048, atol=1)


def test_chirps_of_both_classes_have_the_same_mean_pitch_loudness_and_time():
    X, y = make_chirps(2000, random_state=0)
    power = X**2
    time = (power @ np.arange(X.shape[1])) / power.sum(1)
    f = np.fft.rfftfreq(X.shape[1], 1 / 8000)[1:]
    octave = log_centroid(f, np.abs(np.fft.rfft(X)[:, 1:].T) ** 2)[0]
    for what in (octave, np.log(power.sum(1)), time):
        rising, falling = what[y == 1], what[y == 0]
        error = np.sqrt(rising.var() / len(rising) + falling.var() / len(falling))
        # Three standard errors. Frequencies drawn at the start of the chirp make it 47 for the first.
        assert abs(rising.mean() - falling.mean()) < 3 * error


def test_time_scattering_does_not_distinguish_a_chirp_from_its_reverse():
    X, _ = make_chirps(4, random_state=0)
    scattering = Scattering1D(J=10, Q=8, average="global", padding="wrap").fit(X)
    S = scattering.transform(X)
    error = np.linalg.norm(scattering.transform(X[:, ::-1]) - S, axis=1)
    # Equal except for the sampling of the moduli; found to be 1.3e-4.
    assert (error <= 5e-4 * np.linalg.norm(S, axis=1)).all()


def test_noise_has_the_given_standard_deviation():
    noisy, clean = (make_chirps(50, noise=noise, random_state=0)[0] for noise in (0.3, 0.0))
    # 200,000 numbers: to 0.2 %, five times over.
    assert_allclose((noisy - clean).std(), 0.3, rtol=1e-2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(make_shepard_risset, sampling_rate=0), r"sampling_rate=0: expected a positive number"),
        (partial(make_pagoda, duration=-1.0), r"duration=-1\.0: expected a positive number"),
        (partial(make_source_filter, duration=np.inf), r"duration=inf: expected a positive number"),
        (
            partial(make_pagoda, duration=1e-6),
            r"duration=1e-06: expected at least 2\.2\d*e-05 s, one sample at sampling_rate=44100\.0",
        ),
        (partial(make_shepard_risset, rate=np.nan), r"rate=nan: expected a finite number"),
        (partial(make_pagoda, rate="up"), r"rate='up': expected a finite number"),
        (partial(make_source_filter, pitch_rate=None), r"pitch_rate=None: expected a finite number"),
        (partial(make_source_filter, formant_rate=np.inf), r"formant_rate=inf: expected a finite number"),
        (partial(make_shepard_risset, width=0), r"width=0: expected a positive number"),
        (
            partial(make_shepard_risset, center=4000.0, sampling_rate=8000),
            r"center=4000\.0: expected a positive number below half of sampling_rate, 4000 Hz",
        ),
        (
            partial(make_pagoda, f0=-20.0),
            r"f0=-20\.0: expected a positive number below half of sampling_rate, 22050 Hz",
        ),
        (partial(make_pagoda, n_partials=2.5), r"n_partials=2\.5: expected a whole number of at least 1"),
        (partial(make_source_filter, n_partials=0), r"n_partials=0: expected a whole number of at least 1"),
        (partial(make_source_filter, formants=500.0), r"formants=500\.0: expected a sequence of frequencies"),
        (partial(make_source_filter, formants=[]), r"formants=\[\]: expected a sequence of frequencies"),
        (
            partial(make_source_filter, formants=[500.0, 2e4]),
            r"formants\[1\]=20000\.0: expected a positive number below half of sampling_rate, 11025 Hz",
        ),
        (partial(make_chirps, 0), r"n_samples=0: expected a whole number of at least 1"),
        (partial(make_chirps, length=1.5), r"length=1\.5: expected a whole number of at least 1"),
        (partial(make_chirps, sampling_rate=-1), r"sampling_rate=-1: expected a positive number"),
        (partial(make_chirps, noise=-0.1), r"noise=-0\.1: expected a finite number of at least 0"),
        (
            partial(make_chirps, length=16384),
            r"frequency=\(400\.0, 1600\.0\) and rate=\(2\.0, 8\.0\): chirps of 1\.024 s reach 27\d\d\d Hz; expected "
            r"less than half of sampling_rate, 4000 Hz",
        ),
    ],
)
def test_bad_parameters_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("rate", [4.0, (4.0,), (8.0, 2.0), (0.0, 2.0), (-2.0, 2.0), (1.0, np.inf), "up", None])
def test_rates_other_than_a_range_are_refused(rate):
    with pytest.raises(ValueError, match=r"rate=.*: expected a pair \(low, high\) of numbers with 0 < low <= high"):
        make_chirps(rate=rate)
