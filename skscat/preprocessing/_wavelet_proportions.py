"""Proportions of time in which wavelets respond to time series, and respond most strongly."""

from collections.abc import Sequence
from itertools import combinations
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._core._amplitude import is_constant, scale_exponents, times_exp2
from skscat._dispatch import check_use
from skscat._signals import channel_names
from skscat._sklearn import (
    CHANNEL_AXIS,
    CHANNEL_NAMES,
    LINE_SHAPE,
    SignalTagsMixin,
    at_least,
    check_feature_names_in,
    fit_context,
)
from skscat._validation import check_signals
from skscat.preprocessing._rectified_derivatives import check_widths
from skscat.preprocessing._wavelet_responses import N_ORDERS, default_widths, dilated_responses, responses

# Pairs of orders, whose sums and differences are also patterns.
PAIRS = tuple(combinations(range(N_ORDERS), 2))
N_PATTERNS = N_ORDERS + 2 * len(PAIRS)
# Number of signals that thresholds are computed from: more would not change quantiles by much.
N_SIGNALS = 64
# Number of responses that are computed together: few enough for the cache.
BLOCK = 2**20


class WaveletProportions(SignalTagsMixin, TransformerMixin, BaseEstimator):
    r"""Proportions of time in which wavelet coefficients exceed thresholds, and in which a wavelet is the strongest.

    Averages of moduli, as in a scattering transform, are dominated by large coefficients, and do not depend on their
    signs. A proportion of time counts small and large coefficients alike, and keeps signs: it measures how often a
    rise, a peak or an inflection of a given width and height occurs. Proportions above thresholds are the features of
    MiniRocket [1]_ and some of those of MultiRocket [2]_; proportions of the strongest response are similar to the
    features of Hydra [3]_. Here, the filters are derivatives of Gaussians. Choose these features for time series, in
    addition to scattering coefficients.

    Read more in the :ref:`User Guide <learning>`.

    Parameters
    ----------
    n_thresholds : int, default=8
        Number of thresholds per wavelet.
    n_segments : int, default=1
        Number of equal parts of the signal in which proportions are computed separately. Choose more if it matters
        when something happens.
    dilated : bool, default=False
        Whether wavelets consist of nine separate points, spaced by the width. Such wavelets compare samples far from
        each other without smoothing. Choose True, or join both kinds, for signals with narrow spikes or with jumps
        between constant levels.
    widths : sequence of float, default=None
        Standard deviations of the Gaussians, in samples, from 0.5 to eight times the length of a signal; whole numbers
        if ``dilated=True``. None means two widths per octave, from 0.7 (1 if ``dilated=True``) up to an eighth of the
        length of a signal.
    shape : int or tuple of int, default=None
        Shape of one signal in flat X, ``length``, ``(length,)`` or ``(channels, length)``, as in
        :func:`numpy.reshape`.
    channel_axis : int, default=None
        Axis of one signal that holds its channels, as in scikit-image: -1 if X has shape ``(n, length, channels)``, 0
        if it has shape ``(n, channels, length)``. With flat X, it is an axis of ``shape``. None means channels first
        if X has three axes, or ``shape`` two, with a warning if they almost certainly come last.
    channel_names : sequence of str, default=None
        Names of the channels in feature names, such as electrodes. None names them ``c0``, ``c1`` and so on.

    Attributes
    ----------
    widths_ : ndarray of shape (n_widths,)
        Widths of the wavelets, in samples.
    scales_ : ndarray of shape (n_widths, n_channels, 5)
        Standard deviations of the responses to the five wavelets of each width, which are divided by them.
    thresholds_ : ndarray of shape (n_widths, n_channels, 5, n_thresholds)
        Thresholds of the divided responses: quantiles at equally spaced levels.
    signal_shape_ : tuple of int
        Shape of one signal, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    RectifiedDerivatives : Scattering that distinguishes rises from falls.

    Notes
    -----
    The wavelets of each width are the derivatives of a Gaussian of order 1 to 5. The signal minus its mean is mirrored
    at its ends, with the end samples repeated. If ``dilated=True``, wavelets are these derivatives at nine points, at
    distances of 1 / 1.2 standard deviations, minus their mean, and the signal minus its mean is zero beyond its ends.

    Responses are divided by their standard deviations over at most 64 of the training signals; thresholds are
    quantiles of the divided responses. There are two groups of features per width and channel:

    1. for each wavelet and threshold, the proportion of time in which the response is above the threshold;
    2. for each of 50 patterns, the proportion of time in which its response is the largest. The patterns are the five
       wavelets, their sums and differences by pairs, divided by :math:`\sqrt 2`, and the negatives of all these.

    The features do not depend on the mean of a signal. Those of the second group do not depend on its amplitude.
    Responses to wide wavelets are computed at fewer positions, and proportions are over fewer than 1,024 positions.

    References
    ----------
    .. [1] A. Dempster, D. F. Schmidt and G. I. Webb, "MiniRocket: a very fast (almost) deterministic transform for
           time series classification", Proc. KDD (2021), 248-257.
    .. [2] C. W. Tan, A. Dempster, C. Bergmeir and G. I. Webb, "MultiRocket: multiple pooling operators and
           transformations for fast and effective time series classification", Data Min. Knowl. Discov. 36 (2022),
           1623-1646.
    .. [3] A. Dempster, D. F. Schmidt and G. I. Webb, "Hydra: competing convolutional kernels for fast and accurate
           time series classification", Data Min. Knowl. Discov. 37 (2023), 1779-1805.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.preprocessing import WaveletProportions
    >>> X = np.random.default_rng(0).standard_normal((4, 256))
    >>> proportions = WaveletProportions(widths=(1, 4)).fit(X)
    >>> proportions.transform(X).shape
    (4, 180)
    >>> for name in proportions.get_feature_names_out()[[0, 40, 52]]:
    ...     print(name)
    waveletproportions_width1_d1_q0.0625
    waveletproportions_width1_d1_largest
    waveletproportions_width1_d3+d4_largest
    """

    _parameter_constraints: dict = {
        "n_thresholds": [at_least(1)],
        "n_segments": [at_least(1)],
        "dilated": ["boolean"],
        "widths": [None, "array-like"],
        "shape": LINE_SHAPE,
        "channel_axis": CHANNEL_AXIS,
        "channel_names": CHANNEL_NAMES,
    }

    def __init__(
        self,
        n_thresholds: int = 8,
        *,
        n_segments: int = 1,
        dilated: bool = False,
        widths: Sequence[float] | None = None,
        shape: int | tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
    ) -> None:
        self.n_thresholds = n_thresholds
        self.n_segments = n_segments
        self.dilated = dilated
        self.widths = widths
        self.shape = shape
        self.channel_axis = channel_axis
        self.channel_names = channel_names

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Compute the thresholds.

        Parameters
        ----------
        X : array-like of shape (n, length), (n, channels, length) or (n, n_features)
            Signals.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If ``widths`` contains anything but numbers from 0.5 to eight times the length of a signal, or but whole
            numbers if ``dilated=True``.
        """
        x = check_signals(self, X, ndim=1, reset=True)
        self.widths_ = self._checked_widths(x.shape[2])
        # Parameters may change until the next fit.
        self._dilated, self._n_segments = self.dilated, self.n_segments
        # Amplitudes of signals differ in meaning, so there is one power of two for all of them.
        self._exponent = scale_exponents(x.reshape(1, -1), None)
        x = self._centered(x[np.linspace(0, len(x) - 1, min(len(x), N_SIGNALS)).astype(int)])
        levels = quantile_levels(self.n_thresholds)
        scales, thresholds = [], []
        for u in self._responses(x):
            scale = u.std(axis=(0, 3), keepdims=True)
            scale[scale == 0] = 1
            u = np.moveaxis(u / scale, 0, 2).reshape(*u.shape[1:3], -1)
            scales.append(scale[0, ..., 0])
            thresholds.append(np.moveaxis(np.quantile(u, levels, axis=2), 0, 2).astype(u.dtype))
        self.scales_, self.thresholds_ = np.array(scales), np.array(thresholds)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the proportions.

        Parameters
        ----------
        X : array-like of shape (n, length), (n, channels, length) or (n, n_features)
            Signals of the shape seen during :term:`fit`.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Proportions, from 0 to 1.
        """
        check_use(self, X, "transform")
        x = check_signals(self, X, ndim=1, reset=False)
        n = max(1, BLOCK // (2 * N_PATTERNS * x[0].size))
        return np.concatenate([self._proportions(self._centered(x[i : i + n])) for i in range(0, len(x), n)])

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``waveletproportions_c0_width1.4_d2_q0.0625``: response to the second derivative above the
            quantile at this level; ``waveletproportions_c0_width1.4_d1-d3_largest_t2``: largest response to the
            difference of the first and the third, in segment 2; ``d1-d3_smallest`` is that to its negative.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        prefixes = [f"{name}_" if name else "" for name in channel_names(self, 1)]
        segments = [""] if self._n_segments == 1 else [f"_t{t}" for t in range(self._n_segments)]
        name = type(self).__name__.lower()
        return np.array(
            [
                f"{name}_{prefix}width{width:.4g}_{event}{segment}"
                for width in self.widths_
                for prefix in prefixes
                for event in event_names(self.thresholds_.shape[3])
                for segment in segments
            ],
            dtype=object,
        )

    def _checked_widths(self, length):
        if self.widths is None:
            return default_widths(length, self.dilated)
        widths = np.array(check_widths(self.widths, length))
        if not len(widths) or (self.dilated and np.any(widths % 1)):
            raise ValueError(f"widths={self.widths!r}: expected at least one number, whole ones if dilated=True.")
        return widths

    def _centered(self, x):
        """Return signals minus their mean, scaled by the power of two of the training signals."""
        x = times_exp2(x.reshape(len(x), -1), np.broadcast_to(-self._exponent, len(x))).reshape(x.shape)
        constant = is_constant(x.reshape(-1, x.shape[2])).reshape(x.shape[:2])
        x = x - x.mean(axis=2, keepdims=True)
        x[constant] = 0
        return x

    def _responses(self, x):
        return (dilated_responses if self._dilated else responses)(x, self.widths_)

    def _proportions(self, x):
        """Return the features of centered signals (n, channels, length)."""
        parts = []
        for u, scale, thresholds in zip(self._responses(x), self.scales_, self.thresholds_, strict=True):
            u = u / scale.astype(u.dtype)[..., np.newaxis]
            segments = segment_indicators(u.shape[3], self._n_segments, u.dtype)
            above = u[:, :, :, np.newaxis] > thresholds.astype(u.dtype)[..., np.newaxis]
            counts = [above.reshape(*u.shape[:2], -1, u.shape[3]), is_largest(u)]
            # Whole numbers, whose sums are exact.
            counts = np.concatenate([events.astype(u.dtype) @ segments for events in counts], axis=2)
            parts.append(counts / segments.sum(axis=0))
        return np.stack(parts, axis=1).reshape(len(x), -1)


def quantile_levels(n):
    """Return n equally spaced levels between 0 and 1."""
    return (np.arange(n) + 0.5) / n


def with_patterns(u):
    """Append to responses (n, channels, 5, positions) those to the sums and differences of wavelets, by pairs."""
    first, second = (u[:, :, [pair[k] for pair in PAIRS]] for k in (0, 1))
    half = u.dtype.type(np.sqrt(0.5))
    return np.concatenate([u, (first + second) * half, (first - second) * half], axis=2)


def is_largest(u):
    """Return which of the patterns and their negatives has the largest response, if any is not zero.

    Parameters
    ----------
    u : ndarray of shape (n, channels, 5, n_positions)
        Responses to the wavelets.

    Returns
    -------
    is_largest : ndarray of bool of shape (n, channels, 2 * N_PATTERNS, n_positions)
        Patterns first, then negatives.
    """
    patterns = with_patterns(u)
    index = abs(patterns).argmax(axis=2)[:, :, np.newaxis]
    largest = np.take_along_axis(patterns, index, axis=2)
    is_index = index == np.arange(N_PATTERNS)[:, np.newaxis]
    return np.concatenate([is_index & (largest > 0), is_index & (largest < 0)], axis=2)


def segment_indicators(n, n_segments, dtype):
    """Return a matrix (n, n_segments) of ones for the positions in each segment.

    Segments overlap by one position if their number does not divide that of the positions.
    """
    indicators = np.zeros((n, n_segments), dtype)
    for k in range(n_segments):
        indicators[k * n // n_segments : -(-(k + 1) * n // n_segments), k] = 1
    return indicators


def event_names(n_thresholds):
    """Return the names of what is counted: responses above thresholds, then largest and smallest responses."""
    waves = [f"d{order}" for order in range(1, N_ORDERS + 1)]
    patterns = waves + [f"{waves[i]}{sign}{waves[k]}" for sign in "+-" for i, k in PAIRS]
    levels = [f"{wave}_q{level:.4g}" for wave in waves for level in quantile_levels(n_thresholds)]
    return levels + [f"{pattern}_{extreme}" for extreme in ("largest", "smallest") for pattern in patterns]
