"""Sounds that are computed: glissandi, chirps, and sources and filters that glide apart."""

import math

import numpy as np
from sklearn.utils import check_random_state

from skscat._checks import check_counts, check_values, is_finite, is_not_negative, is_positive

# What is softer than this, to a loudest partial of 1, is left out.
SILENCE = np.finfo(float).eps
# Octaves below half the sampling rate over which partials fade out.
FADE = 0.5


def make_shepard_risset(*, rate=1.0, duration=4.0, sampling_rate=22050.0, f0=440.0, center=440.0, width=1.0):
    r"""Make a Shepard-Risset glissando, whose pitch rises or falls for ever.

    Partials an octave apart glide together, and a spectral envelope that stays where it is lets them in at one end and
    out at the other:

    .. math:: x(t) = \sum_p g(\log_2 f_p(t)) \cos \left(2 \pi \int f_p\right), \quad f_p(t) = f_0 2^{p + \nu t}

    Parameters
    ----------
    rate : float, default=1.0
        Octaves per second, negative to fall.
    duration : float, default=4.0
        Length, in seconds.
    sampling_rate : float, default=22050.0
        Samples per second.
    f0 : float, default=440.0
        Frequency of one of the partials at the middle of the sound, in hertz.
    center : float, default=440.0
        Frequency at which partials are loudest, in hertz.
    width : float, default=1.0
        Standard deviation of the envelope, a Gaussian of log-frequency, in octaves.

    Returns
    -------
    x : ndarray of shape (round(duration * sampling_rate),), float64
        The sound; a partial at ``center`` has amplitude 1.

    Raises
    ------
    ValueError
        If a parameter is not a finite number, if one other than ``rate`` is not positive, or if a frequency is not
        below half the sampling rate.

    See Also
    --------
    make_pagoda : The partials stay, the envelope glides.
    make_source_filter : Both glide.

    Notes
    -----
    Every partial goes through the same cycle, so the sound repeats after ``1 / abs(rate)`` seconds. Time counts from
    its middle: ``-rate`` gives the same sound backwards. Partials fade out over half an octave below half the sampling
    rate, and none is above.

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
    # All partials that are heard at any moment.
    reach = width * math.sqrt(-2 * math.log(SILENCE)) + abs(rate) * duration / 2
    middle = math.log2(center / f0)
    p = np.arange(math.ceil(middle - reach), math.floor(middle + reach) + 1)
    if abs(rate) * duration > 0.5:
        # Each is the same partial at another time, so that one takes the place of the next without a jump of phase.
        frequencies, moments = f0, -p / rate
    else:
        # Too slow for one to take the place of another, and those times grow without bound as rate goes to 0.
        frequencies, moments = f0 * np.exp2(p), 0.0
    return _sum_partials(t, frequencies, rate, (center,), width, 0.0, sampling_rate, moments=moments)


def make_pagoda(*, rate=2.0, duration=2.0, sampling_rate=44100.0, f0=20.0, n_partials=10, width=1.0):
    r"""Make a Shepard pagoda: octaves that stay, under a spectral envelope that glides.

    The counterpart of the Shepard-Risset glissando. The chroma is fixed, and what rises or falls is the octave:

    .. math:: x(t) = \sum_{p=0}^{P-1} g(p - \tfrac{P - 1}{2} - \nu t) \cos(2 \pi f_0 2^p t)

    Parameters
    ----------
    rate : float, default=2.0
        Octaves per second that the envelope glides, negative to fall.
    duration : float, default=2.0
        Length, in seconds.
    sampling_rate : float, default=44100.0
        Samples per second.
    f0 : float, default=20.0
        Frequency of the lowest partial, in hertz.
    n_partials : int, default=10
        Number of partials, an octave apart.
    width : float, default=1.0
        Standard deviation of the envelope, a Gaussian of log-frequency, in octaves.

    Returns
    -------
    x : ndarray of shape (round(duration * sampling_rate),), float64
        The sound; a partial at the centre of the envelope has amplitude 1.

    Raises
    ------
    ValueError
        If ``rate`` is not a finite number, another parameter is not a positive one, ``n_partials`` is not an integer
        or ``f0`` is not below half the sampling rate.

    See Also
    --------
    make_shepard_risset : The partials glide, the envelope stays.
    make_source_filter : Both glide.

    Notes
    -----
    At the middle of the sound the envelope is at the middle of the partials. ``-rate`` gives the same sound backwards.
    Partials less than half an octave below half the sampling rate are softer, and those above are silent.

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
    pitch_rate=0.5,
    formant_rate=-0.5,
    duration=2.0,
    sampling_rate=22050.0,
    f0=110.0,
    n_partials=40,
    formants=(500.0, 1500.0),
    width=0.5,
):
    r"""Make a voice-like sound whose pitch and formants glide each at a rate of its own.

    A harmonic source :math:`e` and a filter :math:`h` of smooth resonances, both moved by a change of time,

    .. math:: x = (e \circ \theta) * (h \circ \eta), \quad \dot\theta(t) = 2^{\nu t}, \quad \dot\eta(t) = 2^{\mu t}

    where :math:`\nu` is ``pitch_rate`` and :math:`\mu` is ``formant_rate``. The filter is short against the time in
    which it moves, so a partial at :math:`f` is as loud as the filter is there at that time,
    :math:`\hat h(f / \dot\eta(t))`; this is what is computed.

    Parameters
    ----------
    pitch_rate : float, default=0.5
        Octaves per second that the source glides, negative to fall.
    formant_rate : float, default=-0.5
        Octaves per second that the filter glides, negative to fall.
    duration : float, default=2.0
        Length, in seconds.
    sampling_rate : float, default=22050.0
        Samples per second.
    f0 : float, default=110.0
        Pitch at the middle of the sound, in hertz.
    n_partials : int, default=40
        Number of partials, at the multiples of the pitch.
    formants : sequence of float, default=(500.0, 1500.0)
        Centre frequencies of the resonances at the middle of the sound, in hertz.
    width : float, default=0.5
        Standard deviation of a resonance, a Gaussian of log-frequency, in octaves.

    Returns
    -------
    x : ndarray of shape (round(duration * sampling_rate),), float64
        The sound; a partial at the centre of a resonance has amplitude 1, and more where resonances overlap.

    Raises
    ------
    ValueError
        If a rate is not a finite number, another parameter is not a positive one, ``n_partials`` is not an integer,
        there is no formant, or a frequency is not below half the sampling rate.

    See Also
    --------
    make_shepard_risset : Octaves glide under a fixed envelope.
    make_pagoda : Fixed octaves under an envelope that glides.

    Notes
    -----
    Spiral scattering of this sound is largest at modulations :math:`(\alpha, \beta, \gamma)` in time, log-frequency
    and octaves on the plane :math:`\alpha + \nu \beta + \mu \gamma = 0`. Both rates with their signs changed give the
    same sound backwards. Partials fade out over half an octave below half the sampling rate, and none is above.

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
    n_samples=100,
    *,
    length=4096,
    sampling_rate=8000.0,
    rate=(2.0, 8.0),
    frequency=(400.0, 1600.0),
    noise=0.1,
    random_state=None,
):
    """Make short rising and falling chirps, to be told apart.

    A chirp takes half of its row, fades in and out, and glides at a constant number of octaves per second. Position,
    rate, frequency and loudness are random, and distributed alike in both classes: only the direction differs. A
    falling chirp is a rising one backwards, and the two have the same scattering transform in time once it is averaged
    over the row.

    Parameters
    ----------
    n_samples : int, default=100
        Number of chirps. Half of them rise; of an odd number, one less than fall.
    length : int, default=4096
        Samples in a row.
    sampling_rate : float, default=8000.0
        Samples per second.
    rate : tuple of float, default=(2.0, 8.0)
        Least and greatest speed, in octaves per second.
    frequency : tuple of float, default=(400.0, 1600.0)
        Lowest and highest frequency at the middle of a chirp, in hertz.
    noise : float, default=0.1
        Standard deviation of white noise; chirps have amplitudes from 0.5 to 2.
    random_state : int, RandomState instance or None, default=None
        Source of the random numbers; pass an int for the same chirps at each call.

    Returns
    -------
    X : ndarray of shape (n_samples, length), float64
        One chirp per row.
    y : ndarray of shape (n_samples,), int64
        1 for rising, 0 for falling.

    Raises
    ------
    ValueError
        If ``n_samples`` or ``length`` is not a positive integer, ``rate`` or ``frequency`` is not a pair of increasing
        positive numbers, ``noise`` is negative, or chirps would reach half the sampling rate.

    See Also
    --------
    make_shepard_risset : One glissando without end.

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
    check_values("a finite number of at least 0", is_not_negative, noise=noise)
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
    # Drawn at the middle of the chirp: drawn at the start, rising chirps would be higher than falling ones.
    middle_frequency = np.exp2(rng.uniform(*np.log2(frequency), size=column))
    loudness = np.exp2(rng.uniform(-1, 1, size=column))
    middle = rng.uniform(duration / 2, total - duration / 2, size=column)
    t = np.clip((np.arange(length) + 0.5) / sampling_rate - middle, -duration / 2, duration / 2)
    X = loudness * np.cos(np.pi * t / duration) ** 2 * _gliding_cosine(t, middle_frequency, slope)
    X += noise * rng.standard_normal(X.shape)
    return X, y


def _sum_partials(t, frequencies, rate, centers, width, envelope_rate, sampling_rate, moments=0.0):
    """Sum partials that glide at one rate, under a spectral envelope that glides at another.

    The partials pass ``frequencies`` at the times ``moments``; the envelope has maxima at ``centers`` at time 0.
    """
    x = np.zeros_like(t)
    for frequency, moment in np.broadcast(frequencies, moments):
        log_f = math.log2(frequency) + rate * (t - moment)
        distances = (log_f - math.log2(center) - envelope_rate * t for center in centers)
        amplitude = sum(np.exp(-0.5 * (distance / width) ** 2) for distance in distances)
        room = np.clip((math.log2(sampling_rate / 2) - log_f) / FADE, 0, 1)
        amplitude *= np.sin(np.pi / 2 * room) ** 2
        heard = amplitude > SILENCE
        x[heard] += amplitude[heard] * _gliding_cosine(t[heard] - moment, frequency, rate)
    return x


def _gliding_cosine(t, frequency, rate):
    """Cosine at ``frequency * 2 ** (rate * t)`` hertz. Its phase is the integral from time 0, in closed form."""
    slope = rate * math.log(2)
    theta = np.expm1(slope * t) / slope if np.all(slope) else t
    return np.cos(2 * np.pi * frequency * theta)


def _times(duration, sampling_rate):
    """Seconds from the middle of the sound, so that to reverse it is to change their sign."""
    check_values("a positive number", is_positive, duration=duration, sampling_rate=sampling_rate)
    n = round(duration * sampling_rate)
    if n == 0:
        raise ValueError(
            f"duration={duration}: expected {1 / sampling_rate:g} s or more, a sample at "
            f"sampling_rate={sampling_rate}."
        )
    return (np.arange(n) - (n - 1) / 2) / sampling_rate


def _check_frequencies(sampling_rate, **parameters):
    nyquist = sampling_rate / 2
    expected = f"a positive number below half of sampling_rate, {nyquist:g} Hz"
    check_values(expected, lambda value: is_positive(value) and value < nyquist, **parameters)


def _is_range(value):
    return np.shape(value) == (2,) and all(map(is_positive, value)) and value[0] <= value[1]
