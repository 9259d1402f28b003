"""Synthetic sounds: glissandi, chirps, and voice-like sounds whose pitch and formants glide independently."""

import math
from collections.abc import Sequence

import numpy as np
from sklearn.utils import check_random_state

from skscat._checks import check_counts, check_values, is_finite, is_nonnegative, is_positive

# Amplitude below which a partial is left out; the loudest has amplitude 1.
SILENCE = np.finfo(float).eps
# Width of the fade-out of partials below half the sampling rate, in octaves.
FADE = 0.5


def make_shepard_risset(
    *,
    rate: float = 1.0,
    duration: float = 4.0,
    sampling_rate: float = 22050.0,
    f0: float = 440.0,
    center: float = 440.0,
    width: float = 1.0,
) -> np.ndarray:
    r"""Generate a Shepard-Risset glissando, whose pitch seems to rise or fall forever.

    Partials an octave apart glide together under a fixed spectral envelope, which fades them in at one end and out at
    the other:

    .. math:: x(t) = \sum_p g(\log_2 f_p(t)) \cos \left(2 \pi \int f_p\right), \quad f_p(t) = f_0 2^{p + \nu t}

    where g is the envelope and :math:`\nu` is ``rate``.

    Parameters
    ----------
    rate : float, default=1.0
        Rate of the glissando, in octaves per second; negative for a falling pitch.
    duration : float, default=4.0
        Duration of the sound, in seconds.
    sampling_rate : float, default=22050.0
        Number of samples per second.
    f0 : float, default=440.0
        Frequency of one of the partials in the middle of the sound, in hertz.
    center : float, default=440.0
        Center frequency of the envelope, in hertz: partials are loudest there.
    width : float, default=1.0
        Standard deviation of the envelope, in octaves. The envelope is Gaussian in log-frequency.

    Returns
    -------
    x : ndarray of shape (round(duration * sampling_rate),), float64
        Sound signal; a partial at ``center`` has amplitude 1.

    Raises
    ------
    ValueError
        If a parameter is not a finite number, a parameter other than ``rate`` is not positive, or a frequency is not
        below half the sampling rate.

    See Also
    --------
    make_pagoda : Fixed partials under a gliding envelope.
    make_source_filter : Gliding partials under a gliding envelope.

    Notes
    -----
    All partials go through the same cycle, so the sound has a period of ``1 / abs(rate)`` seconds. Time is measured
    from the middle of the sound: ``-rate`` gives the time-reversed sound. Partials fade out over the last half octave
    below half the sampling rate, and are silent above it.

    References
    ----------
    .. [1] R. N. Shepard, "Circularity in judgments of relative pitch", J. Acoust. Soc. Am. 36 (1964), 2346-2353.
    .. [2] V. Lostanlen and S. Mallat, "Wavelet scattering on the pitch spiral", Proc. DAFx (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.datasets import make_shepard_risset
    >>> x = make_shepard_risset(rate=2.0, sampling_rate=16000)
    >>> x.shape
    (64000,)
    >>> np.allclose(x[:-8000], x[8000:]), np.allclose(x[::-1], make_shepard_risset(rate=-2.0, sampling_rate=16000))
    (True, True)
    """
    t = _times(duration, sampling_rate)
    check_values("a finite number", is_finite, rate=rate)
    check_values("a positive number", is_positive, width=width)
    _check_frequencies(sampling_rate, f0=f0, center=center)
    # All partials that are audible at any time.
    reach = width * math.sqrt(-2 * math.log(SILENCE)) + abs(rate) * duration / 2
    middle = math.log2(center / f0)
    p = np.arange(math.ceil(middle - reach), math.floor(middle + reach) + 1)
    if abs(rate) * duration > 0.5:
        # Each partial is a delayed copy of the same one, so that the sound repeats without a jump in phase.
        return _sum_partials(t, f0, rate, (center,), width, 0.0, sampling_rate, origins=-p / rate)
    # The glissando is too slow to repeat within the sound, and delays would grow without bound as rate goes to 0.
    return _sum_partials(t, f0 * np.exp2(p), rate, (center,), width, 0.0, sampling_rate)


def make_pagoda(
    *,
    rate: float = 2.0,
    duration: float = 2.0,
    sampling_rate: float = 44100.0,
    f0: float = 20.0,
    n_partials: int = 10,
    width: float = 1.0,
) -> np.ndarray:
    r"""Generate a Shepard pagoda: partials at fixed octaves, under a gliding spectral envelope.

    This is the counterpart of the Shepard-Risset glissando: the chroma is fixed, and the octave rises or falls,

    .. math:: x(t) = \sum_{p=0}^{P-1} g(p - \tfrac{P - 1}{2} - \nu t) \cos(2 \pi f_0 2^p t)

    where g is the envelope, :math:`\nu` is ``rate`` and P is ``n_partials``.

    Parameters
    ----------
    rate : float, default=2.0
        Rate of the envelope, in octaves per second; negative if it falls.
    duration : float, default=2.0
        Duration of the sound, in seconds.
    sampling_rate : float, default=44100.0
        Number of samples per second.
    f0 : float, default=20.0
        Frequency of the lowest partial, in hertz.
    n_partials : int, default=10
        Number of partials, an octave apart.
    width : float, default=1.0
        Standard deviation of the envelope, in octaves. The envelope is Gaussian in log-frequency.

    Returns
    -------
    x : ndarray of shape (round(duration * sampling_rate),), float64
        Sound signal; a partial at the center of the envelope has amplitude 1.

    Raises
    ------
    ValueError
        If ``rate`` is not a finite number, another parameter is not positive, ``n_partials`` is not an integer, or
        ``f0`` is not below half the sampling rate.

    See Also
    --------
    make_shepard_risset : Gliding partials under a fixed envelope.
    make_source_filter : Gliding partials under a gliding envelope.

    Notes
    -----
    In the middle of the sound, the envelope is centered on the partials. ``-rate`` gives the time-reversed sound.
    Partials within half an octave below half the sampling rate are attenuated, and those above it are silent.

    References
    ----------
    .. [1] V. Lostanlen and S. Mallat, "Wavelet scattering on the pitch spiral", Proc. DAFx (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.datasets import make_pagoda
    >>> x = make_pagoda(rate=2.0)
    >>> x.shape
    (88200,)
    >>> np.allclose(x[::-1], make_pagoda(rate=-2.0))
    True
    """
    t = _times(duration, sampling_rate)
    check_values("a finite number", is_finite, rate=rate)
    check_values("a positive number", is_positive, width=width)
    check_counts(n_partials=n_partials)
    _check_frequencies(sampling_rate, f0=f0)
    frequencies = f0 * np.exp2(np.arange(n_partials))
    center = f0 * 2 ** ((n_partials - 1) / 2)
    return _sum_partials(t, frequencies, 0.0, (center,), width, rate, sampling_rate)


def make_source_filter(
    *,
    pitch_rate: float = 0.5,
    formant_rate: float = -0.5,
    duration: float = 2.0,
    sampling_rate: float = 22050.0,
    f0: float = 110.0,
    n_partials: int = 40,
    formants: Sequence[float] = (500.0, 1500.0),
    width: float = 0.5,
) -> np.ndarray:
    r"""Generate a voice-like sound whose pitch and formants glide at independent rates.

    A harmonic source :math:`e` is convolved with a filter :math:`h` of smooth resonances, each with its own time warp:

    .. math:: x = (e \circ \theta) * (h \circ \eta), \quad \dot\theta(t) = 2^{\nu t}, \quad \dot\eta(t) = 2^{\mu t}

    where :math:`\nu` is ``pitch_rate`` and :math:`\mu` is ``formant_rate``. Since the filter is short compared with
    the time over which it glides, a partial of frequency :math:`f` at time :math:`t` has amplitude
    :math:`\hat h(f / \dot\eta(t))`; the sound is computed in this way.

    Parameters
    ----------
    pitch_rate : float, default=0.5
        Rate of the source, in octaves per second; negative if the pitch falls.
    formant_rate : float, default=-0.5
        Rate of the filter, in octaves per second; negative if the formants fall.
    duration : float, default=2.0
        Duration of the sound, in seconds.
    sampling_rate : float, default=22050.0
        Number of samples per second.
    f0 : float, default=110.0
        Pitch in the middle of the sound, in hertz.
    n_partials : int, default=40
        Number of partials, at multiples of the pitch.
    formants : sequence of float, default=(500.0, 1500.0)
        Center frequencies of the resonances in the middle of the sound, in hertz.
    width : float, default=0.5
        Standard deviation of each resonance, in octaves. Resonances are Gaussian in log-frequency.

    Returns
    -------
    x : ndarray of shape (round(duration * sampling_rate),), float64
        Sound signal; a partial at the center of a resonance has amplitude 1, or more where resonances overlap.

    Raises
    ------
    ValueError
        If a rate is not a finite number, another parameter is not positive, ``n_partials`` is not an integer,
        ``formants`` is empty, or a frequency is not below half the sampling rate.

    See Also
    --------
    make_shepard_risset : Gliding partials under a fixed envelope.
    make_pagoda : Fixed partials under a gliding envelope.

    Notes
    -----
    Spiral scattering coefficients of this sound are largest for modulations :math:`(\alpha, \beta, \gamma)`, along
    time, log-frequency and octaves, in the plane :math:`\alpha + \nu \beta + \mu \gamma = 0`. Changing the signs of
    both rates gives the time-reversed sound. Partials fade out over the last half octave below half the sampling rate,
    and are silent above it.

    References
    ----------
    .. [1] V. Lostanlen and S. Mallat, "Wavelet scattering on the pitch spiral", Proc. DAFx (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.datasets import make_source_filter
    >>> x = make_source_filter(pitch_rate=1.0, formant_rate=-0.5)
    >>> x.shape
    (44100,)
    >>> np.allclose(x[::-1], make_source_filter(pitch_rate=-1.0, formant_rate=0.5))
    True
    """
    t = _times(duration, sampling_rate)
    check_values("a finite number", is_finite, pitch_rate=pitch_rate, formant_rate=formant_rate)
    check_values("a positive number", is_positive, width=width)
    check_counts(n_partials=n_partials)
    check_values("a sequence of frequencies", lambda value: np.ndim(value) == 1 and len(value) > 0, formants=formants)
    _check_frequencies(sampling_rate, f0=f0, **{f"formants[{i}]": f for i, f in enumerate(formants)})
    frequencies = f0 * np.arange(1, n_partials + 1)
    return _sum_partials(t, frequencies, pitch_rate, formants, width, formant_rate, sampling_rate)


def make_chirps(
    n_samples: int = 100,
    *,
    length: int = 4096,
    sampling_rate: float = 8000.0,
    rate: tuple[float, float] = (2.0, 8.0),
    frequency: tuple[float, float] = (400.0, 1600.0),
    noise: float = 0.1,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Generate short rising and falling chirps, as a classification problem.

    A chirp lasts half of the signal, fades in and out, and glides at a constant number of octaves per second. Its
    position, rate, frequency and loudness are random, with the same distribution in both classes: only the direction
    differs. A falling chirp is a time-reversed rising chirp, and both have the same time scattering transform once it
    is averaged over the whole signal.

    Parameters
    ----------
    n_samples : int, default=100
        Number of chirps. Half of them rise; if ``n_samples`` is odd, one fewer rises than falls.
    length : int, default=4096
        Number of samples per signal.
    sampling_rate : float, default=8000.0
        Number of samples per second.
    rate : tuple of float, default=(2.0, 8.0)
        Smallest and largest rate, in octaves per second.
    frequency : tuple of float, default=(400.0, 1600.0)
        Lowest and highest frequency in the middle of a chirp, in hertz.
    noise : float, default=0.1
        Standard deviation of additive white noise; chirps have amplitudes between 0.5 and 2.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the chirps and the noise. Pass an int for reproducible output across
        multiple function calls. See :term:`Glossary <random_state>`.

    Returns
    -------
    X : ndarray of shape (n_samples, length), float64
        Signals, with one chirp each.
    y : ndarray of shape (n_samples,), int64
        Classes: 1 for rising, 0 for falling.

    Raises
    ------
    ValueError
        If ``n_samples`` or ``length`` is not a positive integer, ``rate`` or ``frequency`` is not a pair of numbers
        with 0 < low <= high, ``noise`` is negative, or chirps would reach half the sampling rate.

    See Also
    --------
    make_shepard_risset : Endless glissando.

    References
    ----------
    .. [1] J. Anden, V. Lostanlen and S. Mallat, "Joint time-frequency scattering", IEEE Trans. Signal Process. 67
           (2019), 3704-3718.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.datasets import make_chirps
    >>> X, y = make_chirps(20, random_state=0)
    >>> X.shape, np.bincount(y)
    ((20, 4096), array([10, 10]))
    """
    check_counts(n_samples=n_samples, length=length)
    check_values("a positive number", is_positive, sampling_rate=sampling_rate)
    check_values("a pair (low, high) of numbers with 0 < low <= high", _is_range, rate=rate, frequency=frequency)
    check_values("a finite number of at least 0", is_nonnegative, noise=noise)
    total = length / sampling_rate
    duration = total / 2
    highest = frequency[1] * np.exp2(rate[1] * duration / 2)
    if highest >= sampling_rate / 2:
        raise ValueError(
            f"frequency={frequency} and rate={rate}: chirps of {duration:g} s reach {highest:.0f} Hz; expected less "
            f"than half of sampling_rate, {sampling_rate / 2:g} Hz."
        )
    rng = check_random_state(random_state)
    y = rng.permutation(np.arange(n_samples, dtype=np.int64) % 2)
    column = (n_samples, 1)
    slope = np.where(y, 1, -1)[:, np.newaxis] * rng.uniform(*rate, size=column)
    # Drawn in the middle of the chirp: if drawn at the start, rising chirps would be higher than falling ones.
    middle_frequency = np.exp2(rng.uniform(*np.log2(frequency), size=column))
    loudness = np.exp2(rng.uniform(-1, 1, size=column))
    middle = rng.uniform(duration / 2, total - duration / 2, size=column)
    t = np.clip((np.arange(length) + 0.5) / sampling_rate - middle, -duration / 2, duration / 2)
    X = loudness * np.cos(np.pi * t / duration) ** 2 * _gliding_cosine(t, middle_frequency, slope)
    X += noise * rng.standard_normal(X.shape)
    return X, y


def _sum_partials(t, frequencies, rate, centers, width, envelope_rate, sampling_rate, origins=0.0):
    """Sum partials that glide at one rate, under a spectral envelope that glides at another.

    The partials have ``frequencies`` and phase zero at the times ``origins``; the envelope has maxima at ``centers``
    at time 0.
    """
    x = np.zeros_like(t)
    for frequency, origin in np.broadcast(frequencies, origins):
        log_f = math.log2(frequency) + rate * (t - origin)
        distances = (log_f - math.log2(center) - envelope_rate * t for center in centers)
        amplitude = sum(np.exp(-0.5 * (distance / width) ** 2) for distance in distances)
        room = np.clip((math.log2(sampling_rate / 2) - log_f) / FADE, 0, 1)
        amplitude *= np.sin(np.pi / 2 * room) ** 2
        heard = amplitude > SILENCE
        x[heard] += amplitude[heard] * _gliding_cosine(t[heard] - origin, frequency, rate)
    return x


def _gliding_cosine(t, frequency, rate):
    """Cosine of frequency ``frequency * 2 ** (rate * t)``. The phase is integrated from time 0, in closed form."""
    slope = rate * math.log(2)
    theta = np.expm1(slope * t) / slope if np.all(slope) else t
    return np.cos(2 * np.pi * frequency * theta)


def _times(duration, sampling_rate):
    """Times in seconds, antisymmetric about the middle of the sound: time reversal changes their sign."""
    check_values("a positive number", is_positive, duration=duration, sampling_rate=sampling_rate)
    n = round(duration * sampling_rate)
    if n == 0:
        least = f"{1 / sampling_rate:g} s, one sample at sampling_rate={sampling_rate}"
        raise ValueError(f"duration={duration}: expected at least {least}.")
    return (np.arange(n) - (n - 1) / 2) / sampling_rate


def _check_frequencies(sampling_rate, **parameters):
    nyquist = sampling_rate / 2
    expected = f"a positive number below half of sampling_rate, {nyquist:g} Hz"
    check_values(expected, lambda value: is_positive(value) and value < nyquist, **parameters)


def _is_range(value):
    return np.shape(value) == (2,) and all(map(is_positive, value)) and value[0] <= value[1]
