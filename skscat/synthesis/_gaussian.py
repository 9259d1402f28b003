"""Gaussian processes with the mean and the power spectrum of examples."""

from numbers import Integral
from typing import Self

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._checks import as_array, check_counts
from skscat._core._bridging import bridge, plan_bridge, with_zeros
from skscat._core._weights import combined_shares, filled_shares
from skscat._sklearn import CHANNEL_AXIS, LINE_SHAPE, Interval, SignalTagsMixin, StrOptions, fit_context
from skscat._validation import check_signals, to_input_layout
from skscat.synthesis._spectral import moduli_of_frequencies


class GaussianTexture(SignalTagsMixin, BaseEstimator):
    r"""Stationary Gaussian model of a texture or sound, with its mean and power spectrum.

    Samples are Gaussian surrogates, which show what the power spectrum alone accounts for. Unless a process is
    Gaussian, second-order scattering coefficients distinguish it from its surrogates; first-order coefficients differ
    less.

    Read more in the :ref:`User Guide <processes>`.

    Parameters
    ----------
    method : {"phases", "noise"}, default="phases"
        "phases" randomizes the phases of the Fourier coefficients of an example [1]_: each sample has exactly the
        power spectrum of one example. "noise" filters white noise: samples are drawn from the Gaussian process whose
        power spectrum is the average over the examples.
    periodic : bool, default=True
        Whether to use the spectrum of the periodic component of the examples. Otherwise, jumps between opposite
        borders cause horizontal and vertical streaks in the samples.
    ndim : int, default=2
        Number of axes of one signal, without channels: 1 for sounds, 2 for images.
    nan_policy : {"raise", "omit"}, default="raise"
        What to do about missing samples of the examples, such as a masked part of a map: NaN, or masked in a
        :class:`numpy.ma.MaskedArray`. "raise" raises an error; "omit" leaves them out, see :ref:`gaps`. Samples of the
        model have none.
    shape : int or tuple of int, default=None
        Shape of one signal in flat X, channels first, as in :func:`numpy.reshape`. If None, images are square, and all
        features are one sound.
    channel_axis : int, default=None
        Axis of one signal that holds its channels, as in scikit-image: -1 if they are last, in X and in samples. With
        flat X, it is an axis of ``shape``. None means channels first if X has such an axis.

    Attributes
    ----------
    mean_ : ndarray of shape (n_channels,)
        Mean of each channel.
    signal_shape_ : tuple of int
        Shape of one signal, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    MicrocanonicalModel : Model with given scattering coefficients.

    Notes
    -----
    Channels share their random phases, or their noise, which preserves cross-spectra.

    Missing samples are bridged, and each Fourier coefficient is divided by the square root of the fraction of the
    energy that remains at its frequency.

    References
    ----------
    .. [1] B. Galerne, Y. Gousseau and J.-M. Morel, "Random phase textures: theory and synthesis", IEEE Trans. Image
           Process. 20 (2011), 257-267.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.synthesis import GaussianTexture
    >>> X = np.random.default_rng(0).standard_normal((1, 32, 32)).cumsum(axis=2)
    >>> GaussianTexture().fit(X).sample(3, random_state=0).shape
    (3, 32, 32)
    """

    _parameter_constraints: dict = {
        "method": [StrOptions({"phases", "noise"})],
        "periodic": ["boolean"],
        "ndim": [Interval(Integral, 1, 3, closed="both")],
        "nan_policy": [StrOptions({"raise", "omit"})],
        "shape": LINE_SHAPE,
        "channel_axis": CHANNEL_AXIS,
    }

    def __init__(
        self,
        *,
        method: str = "phases",
        periodic: bool = True,
        ndim: int = 2,
        nan_policy: str = "raise",
        shape: int | tuple[int, ...] | None = None,
        channel_axis: int | None = None,
    ) -> None:
        self.method = method
        self.periodic = periodic
        self.ndim = ndim
        self.nan_policy = nan_policy
        self.shape = shape
        self.channel_axis = channel_axis

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: None = None) -> Self:
        """Learn the mean and the power spectrum of examples.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Examples.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If X is not finite, real and of the shape that ``shape`` prescribes, or if all samples of an example, or of
            one of its channels, are missing.
        """
        x = check_signals(self, X, ndim=self.ndim, reset=True, omit=self.nan_policy == "omit").astype(np.float64)
        self._method, axes = self.method, tuple(range(-self.ndim, 0))
        missing = np.isnan(x)
        check_any_left(missing, axes)
        self.mean_ = np.nanmean(x, axis=(0, *axes)) if missing.any() else x.mean(axis=(0, *axes))
        left = _bridge_examples(x, missing)
        if self.periodic:
            x = periodic_component(x, self.ndim)
        self._spectra = scipy.fft.fftn(x, axes=axes) / np.sqrt(left)
        # ``sample`` adds the mean of all examples instead.
        self._spectra[(..., *(0,) * self.ndim)] = 0
        return self

    def sample(self, n_samples: int = 1, random_state: int | np.random.RandomState | None = None) -> np.ndarray:
        """Generate random samples from the model.

        Parameters
        ----------
        n_samples : int, default=1
            Number of samples to generate.
        random_state : int, RandomState instance or None, default=None
            Determines random number generation for the phases or the noise. Pass an int for reproducible output across
            multiple function calls. See :term:`Glossary <random_state>`.

        Returns
        -------
        X : ndarray of shape (n_samples, *shape) or (n_samples, channels, *shape)
            Generated signals, of the shape of the examples.

        Raises
        ------
        ValueError
            If ``n_samples`` is less than 1.
        """
        check_is_fitted(self)
        check_counts(n_samples=n_samples)
        rng = check_random_state(random_state)
        n_examples, _, *grid = self._spectra.shape
        axes = tuple(range(-len(grid), 0))
        if self._method == "phases":
            chosen = rng.randint(n_examples, size=n_samples)
            white = scipy.fft.fftn(rng.standard_normal((n_samples, 1, *grid)), axes=axes)
            spectra = self._spectra[chosen] * (white / np.abs(white))
        else:
            white = scipy.fft.fftn(rng.standard_normal((n_samples, n_examples, *grid)), axes=axes)
            # Each example filters its own noise: cross-spectra are averages over examples.
            spectra = np.einsum("ec...,se...->sc...", self._spectra, white) / np.sqrt(n_examples * np.prod(grid))
        X = scipy.fft.ifftn(spectra, axes=axes).real
        X += self.mean_.reshape(-1, *(1,) * len(grid))
        return to_input_layout(self, X)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_spectra")


def check_any_left(missing, axes):
    """Raise ValueError if a channel of a signal has no samples."""
    empty = np.argwhere(missing.all(axis=axes))
    if len(empty):
        row, channel = empty[0]
        raise ValueError(f"X[{row}] has no values in channel {channel}; expected some in every channel.")


def _bridge_examples(x, missing):
    """Bridge the gaps of examples in place; return the share of their energy that is left at each frequency."""
    left = np.ones(x.shape if missing.any() else (1,) * x.ndim)
    xi = moduli_of_frequencies(x.shape[2:])
    for index in np.argwhere(missing.any(axis=tuple(range(2, x.ndim)))):
        part = (index[0], slice(index[1], index[1] + 1))
        gaps = plan_bridge(missing[part])
        x[part] = bridge(with_zeros(x[part], gaps.missing), gaps)
        # Means over the samples.
        shares = [(scale, shares.mean()) for scale, shares in filled_shares(gaps)]
        left[part] = combined_shares(shares, xi).imag
    return left


def periodic_component(x: ArrayLike, ndim: int) -> np.ndarray:
    r"""Subtract a smooth component from signals, so that the rest has no jumps across its periodic boundaries.

    The discrete Laplacian of the smooth component equals the jumps :math:`v` of the signal across its boundaries: its
    Fourier transform is :math:`\hat v(\omega) / \sum_a (2 \cos \omega_a - 2)`.

    Parameters
    ----------
    x : array-like of shape (..., *grid)
        Real signals.
    ndim : int
        Number of grid axes.

    Returns
    -------
    x : ndarray of shape (..., *grid)
        Periodic components, with the same means as the signals. float32 if the signals are, otherwise float64.

    References
    ----------
    .. [1] L. Moisan, "Periodic plus smooth image decomposition", J. Math. Imaging Vis. 39 (2011), 161-179.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.synthesis import periodic_component
    >>> ramp = np.arange(64.0)
    >>> bool(np.ptp(periodic_component(ramp, 1)) < np.ptp(ramp) / 10)
    True
    """
    check_counts(ndim=ndim)
    x, axes = as_array("x", x), tuple(range(-ndim, 0))
    if x.ndim < ndim or x.dtype.kind not in "biuf":
        raise ValueError(f"x has shape {x.shape} and dtype {x.dtype}; expected real signals of ndim={ndim} axes.")
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    jumps, laplacian = np.zeros_like(x), np.zeros(x.shape[-ndim:], x.dtype)
    for axis in axes:
        ends = np.moveaxis(x, axis, 0)
        out = np.moveaxis(jumps, axis, 0)
        out[0] += ends[-1] - ends[0]
        out[-1] += ends[0] - ends[-1]
        n = x.shape[axis]
        cosine = 2 * np.cos(2 * np.pi * np.arange(n) / n) - 2
        laplacian += cosine.reshape(-1, *(1,) * (-axis - 1))
    # The smooth component has zero mean.
    laplacian[(0,) * ndim] = 1
    smooth = scipy.fft.fftn(jumps, axes=axes) / laplacian
    smooth[(..., *(0,) * ndim)] = 0
    return x - scipy.fft.ifftn(smooth, axes=axes).real
