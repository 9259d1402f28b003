"""Gaussian processes with the mean and the spectrum of examples."""

from numbers import Integral

import numpy as np
import scipy.fft
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._checks import check_counts
from skscat._sklearn import Interval, SignalTagsMixin, StrOptions, check_signals, fit_context


class GaussianTexture(SignalTagsMixin, BaseEstimator):
    r"""Stationary Gaussian model of a texture or sound: its mean and power spectrum, and nothing else.

    The twin of a process, to tell what its spectrum alone accounts for: a scattering of order one hardly tells the two
    apart, one of order two does where the process is not Gaussian.

    Read more in the :ref:`User Guide <processes>`.

    Parameters
    ----------
    method : {"phases", "noise"}, default="phases"
        "phases" gives the Fourier coefficients of an example random phases [1]_: each sample has its spectrum exactly.
        "noise" filters white noise: samples of the Gaussian process whose spectrum is the mean over the examples.
    periodic : bool, default=True
        Whether to take the spectrum of the periodic component of the examples. The jump from one border to the other
        would otherwise give samples horizontal and vertical streaks.
    ndim : int, default=2
        Axes of a signal: 1 for sounds, 2 for images.
    shape : tuple of int, default=None
        Shape of one signal in flat X, as ``numpy.reshape`` reads it, channels first. None takes square images, or
        all features for one sound.

    Attributes
    ----------
    mean_ : ndarray of shape (n_channels,)
        Mean of each channel.
    signal_shape_ : tuple of int
        Shape of one signal.
    n_features_in_ : int
        Numbers in one signal.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    MicrocanonicalModel : Keeps scattering coefficients.

    Notes
    -----
    Channels keep their cross-spectra: they get the same phases, or the same noise.

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
        "shape": [None, Interval(Integral, 1, None, closed="left"), "array-like"],
    }

    def __init__(self, *, method="phases", periodic=True, ndim=2, shape=None):
        self.method = method
        self.periodic = periodic
        self.ndim = ndim
        self.shape = shape

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn mean and spectrum.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Examples.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted model.
        """
        X = check_signals(self, X, ndim=self.ndim, reset=True).astype(np.float64)
        self._method, axes = self.method, tuple(range(-self.ndim, 0))
        self.mean_ = X.mean(axis=(0, *axes))
        if self.periodic:
            X = periodic_component(X, self.ndim)
        self._spectra = scipy.fft.fftn(X, axes=axes)
        # The mean of a sample is that of the examples.
        self._spectra[(..., *(0,) * self.ndim)] = 0
        return self

    def sample(self, n_samples=1, random_state=None):
        """Draw signals.

        Parameters
        ----------
        n_samples : int, default=1
            Number of signals.
        random_state : int, RandomState instance or None, default=None
            Pass an int for the same result each time.

        Returns
        -------
        X : ndarray of shape (n_samples, *signal_shape_)
            Signals of the shape of the examples.

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
            # Each example as the filter of a noise of its own: cross-spectra are the means over examples.
            spectra = np.einsum("ec...,se...->sc...", self._spectra, white) / np.sqrt(n_examples * np.prod(grid))
        X = scipy.fft.ifftn(spectra, axes=axes).real
        X += self.mean_.reshape(-1, *(1,) * len(grid))
        return X.reshape(n_samples, *self.signal_shape_)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_spectra")


def periodic_component(x, ndim):
    r"""Remove from signals a smooth part, so that what is left joins up with itself at the borders.

    The smooth part has the Laplacian of the jumps across borders: with :math:`v` those jumps, its Fourier transform is
    :math:`\hat v(\omega) / \sum_a (2 \cos \omega_a - 2)`.

    Parameters
    ----------
    x : ndarray of shape (..., *grid)
        Real signals.
    ndim : int
        Number of grid axes.

    Returns
    -------
    x : ndarray of the same shape
        With the same mean; float32 if the signals are, else float64.

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
    x, axes = np.asarray(x), tuple(range(-ndim, 0))
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
    # The smooth part has mean zero.
    laplacian[(0,) * ndim] = 1
    smooth = scipy.fft.fftn(jumps, axes=axes) / laplacian
    smooth[(..., *(0,) * ndim)] = 0
    return x - scipy.fft.ifftn(smooth, axes=axes).real
