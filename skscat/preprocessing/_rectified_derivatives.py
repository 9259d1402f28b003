"""Features of signals that distinguish rises from falls, and peaks from troughs."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter1d
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._checks import check_numbers, is_sequence
from skscat._core import _namespace as arrays
from skscat._core._amplitude import is_constant, scale_exponents, times_exp2
from skscat._core._fourier import fourier
from skscat._dispatch import check_use, is_dispatched
from skscat._signals import refuse_complex
from skscat._sklearn import (
    CHANNEL_AXIS,
    CHANNEL_NAMES,
    LINE_SHAPE,
    ArrayTagsMixin,
    HasMethods,
    SignalTagsMixin,
    check_feature_names_in,
    fit_context,
)
from skscat._validation import check_signals, passed_on, reading_channels_first, refuse_channel_axis
from skscat.preprocessing._wrapping import name_channels

# Samples of narrower Gaussians do not approximate a derivative.
NARROWEST = 0.5
# In signals extended by mirroring, wider Gaussians leave nothing but the mean.
LONGEST = 8


class RectifiedDerivatives(ArrayTagsMixin, SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    r"""Append positive and negative parts of derivatives to signals, as channels, before a transform.

    The modulus of wavelet coefficients loses the sign and the phase: globally averaged scattering coefficients do not
    change if time is reversed, and only the zeroth order changes with the sign. Rectifiers preserve the phase [1]_:
    the positive part of a derivative is nonzero where the signal rises, its negative part where it falls; those of a
    second derivative are nonzero at troughs and at peaks. Scattering of these parts distinguishes them. Choose this
    transformer for time series whose classes differ in shape, such as electrocardiograms or movements.

    Read more in the :ref:`User Guide <scattering1d>`.

    Parameters
    ----------
    transformer : estimator
        Estimator that computes the features of signals, such as ``Scattering1D(average="global")``, or a pipeline that
        begins with one. It is cloned, and receives signals with channels first, of shape ``(n, n_channels * (1 + 2 *
        (2 + 2 * len(widths))), length)``.
    widths : sequence of float, default=(1, 2, 4, 8)
        Standard deviations of the Gaussians that smooth the first and second derivatives, in samples, from 0.5 to
        eight times the length of a signal. Wider Gaussians average out noise, narrower ones resolve short events. Each
        adds four channels per channel of X; with ``()``, there are only the centered signal and its differences.
    shape : int or tuple of int, default=None
        Shape of one signal in flat X, ``length``, ``(length,)`` or ``(channels, length)``, as in
        :func:`numpy.reshape`.
    channel_axis : int, default=None
        Axis of one signal that holds its channels, as in scikit-image: -1 if X has shape ``(n, length, channels)``, 0
        if it has shape ``(n, channels, length)``. With flat X, it is an axis of ``shape``. None means channels first
        if X has three axes, or ``shape`` two, with a warning if they almost certainly come last. The transformer
        always receives channels first.
    channel_names : sequence of str, default=None
        Names of the channels of X, such as electrodes. They begin the names of all channels that the transformer
        receives, ``channels_``, which are passed to it for its feature names. None leaves the names to the
        transformer, whose channels are ``c0``, ``c1`` and so on by default.

    Attributes
    ----------
    transformer_ : estimator
        Fitted transformer.
    channels_ : list of str
        Description of each channel that the transformer receives, named ``c0``, ``c1`` and so on in feature names
        unless there are ``channel_names``: for signals of one channel, ``"c0"``, ``"c0_centered_positive"``,
        ``"c0_centered_negative"``, ``"c0_difference_positive"``, ..., ``"c0_derivative1_width4_negative"``, ...
    signal_shape_ : tuple of int
        Shape of one signal, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    skscat.Scattering1D : Scattering transform of time series.

    Notes
    -----
    The channels are those of X, then the positive and negative parts of

    1. the signal minus its mean,
    2. its differences, of which the first is zero,
    3. for each width, the convolutions of the centered signal with the first and with the second derivative of a
       Gaussian, truncated at four standard deviations; the signal is mirrored at its ends, with the end samples
       repeated.

    Each part holds all channels of X. The parts are proportional to the signal, and do not depend on its mean.

    There are ``1 + 2 * (2 + 2 * len(widths))`` times as many features as without derivatives, 21 times by default;
    they take up to that many times the memory and computing time.

    References
    ----------
    .. [1] S. Mallat, S. Zhang and G. Rochette, "Phase harmonic correlations and convolutional neural networks",
           Information and Inference 9 (2020), 721-747.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.preprocessing import RectifiedDerivatives
    >>> X = np.random.default_rng(0).standard_normal((4, 256))
    >>> rectified = RectifiedDerivatives(Scattering1D(J=4, average="global"), widths=(1, 4)).fit(X)
    >>> rectified.transform(X).shape, len(rectified.channels_)
    ((4, 377), 13)
    >>> rectified.channels_[:3]
    ['c0', 'c0_centered_positive', 'c0_centered_negative']
    """

    _parameter_constraints: dict = {
        "transformer": [HasMethods(["fit", "transform"])],
        "widths": ["array-like"],
        "shape": LINE_SHAPE,
        "channel_axis": CHANNEL_AXIS,
        "channel_names": CHANNEL_NAMES,
    }

    def __init__(
        self,
        transformer: BaseEstimator,
        *,
        widths: Sequence[float] = (1, 2, 4, 8),
        shape: int | tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
    ) -> None:
        self.transformer = transformer
        self.widths = widths
        self.shape = shape
        self.channel_axis = channel_axis
        self.channel_names = channel_names

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Fit the transformer to signals and their rectified derivatives.

        Parameters
        ----------
        X : array-like of shape (n, length), (n, channels, length) or (n, n_features)
            Signals.
        y : array-like of shape (n,), default=None
            Target values, passed to the transformer.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If ``widths`` contains anything but numbers from 0.5 to eight times the length of a signal, if derivatives
            of X do not fit its precision, or if ``channel_names`` are not one per channel, or cannot be passed to the
            transformer.
        """
        transformer, x = self._prepared(X)
        self.transformer_ = transformer.fit(x, y)
        return self

    @fit_context(prefer_skip_nested_validation=False)
    def fit_transform(self, X: ArrayLike, y: ArrayLike | None = None) -> np.ndarray:
        """Fit the transformer to signals and their rectified derivatives, and return their features.

        Parameters
        ----------
        X : array-like of shape (n, length), (n, channels, length) or (n, n_features)
            Signals.
        y : array-like of shape (n,), default=None
            Target values, passed to the transformer.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Features.

        Raises
        ------
        ValueError
            See ``fit``.
        """
        transformer, x = self._prepared(X)
        S = transformer.fit_transform(x, y)
        self.transformer_ = transformer
        return S if is_dispatched(S) else np.asarray(S)

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the features of signals and their rectified derivatives.

        Parameters
        ----------
        X : array-like of shape (n, length), (n, channels, length) or (n, n_features)
            Signals of the shape seen during :term:`fit`.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Features.

        Raises
        ------
        ValueError
            If X is not finite, real and of the shape seen during :term:`fit`, or if its derivatives do not fit its
            precision.
        """
        check_use(self, X, "transform")
        S = self.transformer_.transform(self._extended(X, reset=False))
        return S if is_dispatched(S) else np.asarray(S)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: those of the transformer.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``scattering1d_c2_xi1=0.1``: coefficient of the signal ``channels_[2]``; with
            ``channel_names``, ``scattering1d_Fz_difference_positive_xi1=0.1``.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        return self.transformer_.get_feature_names_out()

    def _extended(self, X, reset):
        """Return signals with their rectified derivatives, of shape (n, channels, length); set what a fit sets."""
        x = check_signals(self, X, ndim=1, reset=reset)
        if reset:
            self._widths = check_widths(self.widths, x.shape[2])
            self.channels_ = channels_of(x.shape[1], self._widths, self._channel_names)
        return passed_on(self, X, with_rectified_derivatives(x, self._widths))

    def _prepared(self, X):
        """Set the attributes of a fit, and return a transformer to be fitted, and its signals."""
        refuse_channel_axis("transformer", self.transformer, "Set channel_axis of RectifiedDerivatives instead.")
        refuse_complex("transformer", self.transformer, "RectifiedDerivatives")
        # Channels may outnumber the samples of a signal, which is no reason to warn.
        transformer = reading_channels_first(self.transformer, has_channels=True)
        x = self._extended(X, reset=True)
        name_channels(transformer, self.channels_ if self._channel_names else None)
        return transformer, x

    def __sklearn_is_fitted__(self):
        return hasattr(self, "transformer_")


def with_rectified_derivatives(x, widths):
    """Append positive and negative parts of derivatives to signals, as channels.

    Parameters
    ----------
    x : ndarray of shape (n, channels, length)
        Signals.
    widths : sequence of float
        Standard deviations of the Gaussians, in samples.

    Returns
    -------
    x : ndarray of shape (n, channels * (1 + 2 * (2 + 2 * len(widths))), length)
        The signals, then the parts in the order of :class:`RectifiedDerivatives`, each with all channels.

    Raises
    ------
    ValueError
        If a derivative does not fit the precision of x.
    """
    n, channels, length = x.shape
    # A channel may be much smaller than another.
    rows = x.reshape(-1, length)
    exponents = scale_exponents(rows, None)
    rows = times_exp2(rows, -exponents)
    constant = is_constant(rows)
    if not arrays.is_numpy(x):
        parts = _parts_elsewhere(x, rows, exponents, constant, widths)
        if exponents.any():
            _check_fit(parts, x)
        return parts.reshape(n, -1, length)
    parts = np.empty((n, 1 + 2 * (2 + 2 * len(widths)), channels, length), x.dtype)
    parts[:, 0] = x
    for k, wave in enumerate(_waves(rows, widths)):
        # The rest are rounding errors.
        wave[constant] = 0
        with np.errstate(over="ignore"):
            wave = times_exp2(wave, exponents).reshape(x.shape)
        np.maximum(wave, 0, out=parts[:, 1 + 2 * k])
        np.maximum(-wave, 0, out=parts[:, 2 + 2 * k])
    # Derivatives are at most a few times as large as the signal.
    if exponents.any():
        _check_fit(parts, x)
    return parts.reshape(n, -1, length)


def _check_fit(parts, x):
    """Raise ValueError if parts of x are infinite."""
    if not arrays.namespace(x).isfinite(parts).all():
        raise ValueError(
            f"X has values of magnitude {float(abs(x).max()):.3g}, whose differences do not fit "
            f"{arrays.dtype_of(x)}; divide X by a constant."
        )


def _parts_elsewhere(x, rows, exponents, constant, widths):
    """Return signals and the parts of their derivatives, stacked on axis 1, in a library other than NumPy."""
    xp, parts = arrays.namespace(x), [x]
    for wave in _waves_elsewhere(rows, widths):
        wave = times_exp2(xp.where(constant[:, None], 0.0, wave), exponents).reshape(x.shape)
        parts += [xp.where(part > 0, part, 0.0) for part in (wave, -wave)]
    return xp.stack(parts, 1)


def _waves(x, widths):
    """Yield signals (n, length) without their mean, their differences, and their smoothed derivatives."""
    # Truncated Gaussians pass a little of the mean.
    x = x - x.mean(axis=1, keepdims=True)
    yield x
    yield np.diff(x, axis=1, prepend=x[:, :1])
    for width in widths:
        for order in (1, 2):
            yield gaussian_filter1d(x, width, axis=1, order=order)


def _waves_elsewhere(x, widths):
    """Yield what :func:`_waves` does. Mirrored at their ends, signals are periodic, and Fourier transforms filter."""
    xp, transforms, length = arrays.namespace(x), fourier(x), x.shape[1]
    x = x - x.mean(axis=1)[:, None]
    yield x
    yield xp.concatenate([xp.zeros_like(x[:, :1]), x[:, 1:] - x[:, :-1]], axis=1)
    x_hat = transforms.rfft(xp.concatenate([x, xp.flip(x, (1,))], axis=1), axis=1)
    impulse = np.eye(1, 2 * length)[0]
    for width in widths:
        for order in (1, 2):
            gain = scipy.fft.rfft(gaussian_filter1d(impulse, width, order=order, mode="wrap"))
            gain = arrays.from_numpy(gain.astype(arrays.dtype_of(x_hat)), x)
            yield transforms.irfft(x_hat * gain, n=2 * length, axis=1)[:, :length]


def channels_of(n_channels, widths, names=None):
    """Return the name of each channel of :func:`with_rectified_derivatives`, for channels named c0, c1 by default."""
    waves = ["centered", "difference", *(f"derivative{order}_width{width:g}" for width in widths for order in (1, 2))]
    suffixes = ["", *(f"_{wave}_{sign}" for wave in waves for sign in ("positive", "negative"))]
    names = names or [f"c{c}" for c in range(n_channels)]
    return [f"{name}{suffix}" for suffix in suffixes for name in names]


def check_widths(widths, length):
    """Return widths, of which there may be none, as a tuple of float; raise ValueError if signals are much shorter."""
    if is_sequence(widths) and not tuple(widths):
        return ()
    expected = f"numbers from {NARROWEST} to {LONGEST * length}, eight times the length of a signal"
    return check_numbers("widths", widths, lambda width: NARROWEST <= width <= LONGEST * length, expected)
