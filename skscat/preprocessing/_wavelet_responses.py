"""Responses of signals to derivatives of Gaussians of several widths, smooth or dilated."""

import numpy as np
import scipy.fft

# Largest order of the derivatives of Gaussians. Higher ones are hardly different from those of narrower Gaussians.
N_ORDERS = 5
# Widths by default: two per octave, from the narrowest one whose derivatives are distinguished by samples, up to an
# eighth of the signal, where a wavelet is about as long as the signal.
NARROWEST, WIDTHS_PER_OCTAVE, LONGEST = 0.7, 2, 1 / 8
# Responses are sampled twice per width, which is above their Nyquist rate, but at 64 positions at least. Of 1,024
# positions or more, some are skipped, which leaves at least 512: more would hardly make proportions more precise.
SAMPLES_PER_WIDTH, LEAST_POSITIONS, MOST_POSITIONS = 2, 64, 512
# Offsets of the points of a dilated wavelet, and the standard deviation of its Gaussian, in units of its width.
OFFSETS, DILATED_WIDTH = np.arange(-4, 5), 1.2


def default_widths(length, dilated=False):
    """Return widths of wavelets for signals of a length: two per octave, at least one; whole numbers if dilated."""
    narrowest = 1 if dilated else NARROWEST
    n_octaves = max(0.0, np.log2(LONGEST * length / narrowest))
    widths = narrowest * 2 ** (np.arange(int(WIDTHS_PER_OCTAVE * n_octaves) + 1) / WIDTHS_PER_OCTAVE)
    return np.unique(np.round(widths)) if dilated else widths


def responses(x, widths):
    """Yield the responses of signals to the derivatives of the Gaussians of each width.

    Mirrored at its ends, a signal is periodic, with twice its length as a period: its Fourier series is evaluated at
    as many positions of the period as a width requires.

    Parameters
    ----------
    x : ndarray of shape (n, channels, length)
        Signals.
    widths : sequence of float
        Standard deviations of the Gaussians, in samples.

    Yields
    ------
    u : ndarray of shape (n, channels, 5, n_positions)
    """
    length = x.shape[2]
    period = 2 * length
    x_hat = scipy.fft.rfft(np.concatenate([x, x[..., ::-1]], axis=2), axis=2)
    for width in widths:
        n = n_positions(length, width)
        omega = width * 2 * np.pi * np.arange(n + 1) / period
        gains = np.array([(1j * omega) ** order for order in range(1, N_ORDERS + 1)]) * np.exp(-(omega**2) / 2)
        product = x_hat[:, :, np.newaxis, : n + 1] * (gains * (n / length)).astype(x_hat.dtype)
        yield scipy.fft.irfft(product, n=2 * n, axis=3)[..., : n : max(1, n // MOST_POSITIONS)]


def dilated_responses(x, widths):
    """Yield the responses of signals to nine points of derivatives of Gaussians, dilated by each width.

    Parameters
    ----------
    x : ndarray of shape (n, channels, length)
        Signals, zero beyond their ends.
    widths : sequence of float
        Distances of points, whole numbers of samples.

    Yields
    ------
    u : ndarray of shape (n, channels, 5, n_positions)
    """
    length = x.shape[2]
    gaussian = np.exp(-((OFFSETS / DILATED_WIDTH) ** 2) / 2)
    points = np.array([hermite_e(OFFSETS / DILATED_WIDTH, order) * gaussian for order in range(1, N_ORDERS + 1)])
    points = (points - points.mean(axis=1, keepdims=True)).astype(x.dtype)
    positions = np.arange(0, length, max(1, length // MOST_POSITIONS))
    for width in widths.astype(int):
        padded = np.pad(x, ((0, 0), (0, 0), (4 * width, 4 * width)))
        yield points @ padded[:, :, positions + 4 * width + OFFSETS[:, np.newaxis] * width]


def hermite_e(t, order):
    """Evaluate a Hermite polynomial: the derivative of a Gaussian, divided by the Gaussian, up to the sign."""
    return np.polynomial.hermite_e.hermeval(t, np.eye(order + 1)[order])


def n_positions(length, width):
    """Return the number of positions at which responses to wavelets of a width are computed."""
    least = max(LEAST_POSITIONS, int(np.ceil(SAMPLES_PER_WIDTH * length / width)))
    return min(length, scipy.fft.next_fast_len(least, real=True))
