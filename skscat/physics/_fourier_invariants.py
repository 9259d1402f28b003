"""Means of the Fourier modulus of densities over circles or spheres."""

from collections.abc import Sequence
from numbers import Integral
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._core import _operators as operators
from skscat._core._amplitude import scale_exponents, times_exp2
from skscat._signals import channel_names
from skscat._sklearn import (
    CHANNEL_AXIS,
    CHANNEL_NAMES,
    LINE_SHAPE,
    Interval,
    SignalTagsMixin,
    at_least,
    check_feature_names_in,
    fit_context,
)
from skscat._validation import check_signals


class FourierInvariants(SignalTagsMixin, TransformerMixin, BaseEstimator):
    r"""Means of the Fourier modulus of densities, and of its square, over circles or spheres.

    .. math:: \int |\hat\rho(r \omega)| \, d\omega, \quad \int |\hat\rho(r \omega)|^2 \, d\omega

    for each radius r, where :math:`d\omega` is the uniform probability measure on the directions. These means are
    invariant to translations, rotations and reflections of the density but, unlike integrals of wavelet moduli, they
    are not stable to deformations.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    n_radii : int, default=None
        Number of radii. They are the multiples, starting with zero, of one cycle along the longest side of the grid.
        None means all radii up to the Nyquist frequency.
    ndim : {1, 2, 3}, default=2
        Number of axes of one density, without channels.
    shape : int or tuple of int, default=None
        Shape of one density in flat X, with channels first if there are several, as in :func:`numpy.reshape`. If None,
        densities are squares or cubes.
    channel_axis : int, default=None
        Axis of one density that holds its channels, as in scikit-image: -1 if they are last. With flat X, it is an
        axis of ``shape``. None means channels first if X has such an axis.
    channel_names : sequence of str, default=None
        Names of the channels, such as kinds of electrons, in feature names: ``fourierinvariants_core_r12_p2``. None
        names them ``c0``, ``c1`` and so on.

    Attributes
    ----------
    radii_ : ndarray of shape (n_radii,)
        Radii, in cycles per grid spacing.
    output_shape_ : tuple of int
        ``(2, n_radii)``, for means and means of squares, after the number of channels if X has such an axis.
    signal_shape_ : tuple of int
        Shape of one density, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    WaveletInvariants : Integrals of wavelet coefficients, in bands of one octave.
    DensityInvariants : Densities and their invariants, one block of systems at a time.

    Notes
    -----
    Each mean is over the frequencies of the grid within one step of the radius, with weights that decrease linearly.
    The wider the margin around the density, the smoother its spectrum and the smaller the errors.

    References
    ----------
    .. [1] M. Hirn, S. Mallat and N. Poilvert, "Wavelet scattering regression of quantum chemical energies", Multiscale
           Model. Simul. 15 (2017), 827-863, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.physics import FourierInvariants
    >>> rho = np.zeros((1, 32, 32))
    >>> rho[0, 3, 5] = 2
    >>> invariants = FourierInvariants().fit(rho)
    >>> means, squares = invariants.transform(rho).reshape(invariants.output_shape_)
    >>> bool(np.allclose(means, 2) and np.allclose(squares, 4))
    True
    """

    _parameter_constraints: dict = {
        "n_radii": [None, at_least(1)],
        "ndim": [Interval(Integral, 1, 3, closed="both")],
        "shape": LINE_SHAPE,
        "channel_axis": CHANNEL_AXIS,
        "channel_names": CHANNEL_NAMES,
    }

    def __init__(
        self,
        n_radii: int | None = None,
        *,
        ndim: int = 2,
        shape: int | tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
    ) -> None:
        self.n_radii = n_radii
        self.ndim = ndim
        self.shape = shape
        self.channel_axis = channel_axis
        self.channel_names = channel_names

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Compute the weights of the means for the shape of X.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Densities. Only their shape is used.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If ``n_radii`` is larger than the number of radii up to the Nyquist frequency.
        """
        shape = check_signals(self, X, ndim=self.ndim, reset=True).shape[2:]
        longest, largest = max(shape), 1 + max(shape) // 2
        n_radii = largest if self.n_radii is None else self.n_radii
        if n_radii > largest:
            raise ValueError(f"n_radii={n_radii}: densities of shape {shape} have spectra of at most {largest} radii.")
        self.radii_ = np.arange(n_radii) / longest
        self._weights = _radial_weights(shape, n_radii)
        self._grid = shape
        self.output_shape_ = (*self.signal_shape_[: -self.ndim], 2, n_radii)
        self._n_features_out = int(np.prod(self.output_shape_))
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the means.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Densities of the shape seen during :term:`fit`.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Means and means of squares over circles or spheres. At radius zero, the mean is the modulus of the sum of
            the density. ``S.reshape(n, *self.output_shape_)`` separates channels, powers and radii. float32 if X is,
            otherwise float64.
        """
        check_is_fitted(self)
        densities = check_signals(self, X, ndim=len(self._grid), reset=False)
        low, high = _half(self._grid)
        n_points = np.prod(self._grid)
        out = np.empty((*densities.shape[:2], *self.output_shape_[-2:]), densities.dtype)
        for i, rho in enumerate(densities):
            exponents = scale_exponents(rho, None)
            u_hat = operators.spectrum(times_exp2(rho, -exponents), low, high)
            modulus = n_points * np.abs(u_hat).reshape(len(rho), -1)
            out[i, :, 0] = times_exp2((self._weights @ modulus.T).T, exponents)
            out[i, :, 1] = times_exp2((self._weights @ np.square(modulus).T).T, 2 * exponents)
        return out.reshape(len(out), -1)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: the channel, radius and power of each mean.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``fourierinvariants_c0_r12_p2``: first channel (if X has channels), radius, power.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        channels = channel_names(self, len(self._grid))
        labels = [f"r{r}_p{p}" for p in (1, 2) for r in range(len(self.radii_))]
        names = ["_".join(filter(None, ("fourierinvariants", c, label))) for c in channels for label in labels]
        return np.array(names, dtype=object)


def _half(shape):
    """Return the lowest and highest frequencies of half a spectrum along each axis; the other half is conjugate."""
    high = [n // 2 for n in shape]
    return (0, *(-h for h in high[1:])), tuple(high)


def _radial_weights(shape, n_radii):
    """Return the weights of frequencies in means over circles or spheres: a matrix with one row per radius."""
    low, high = _half(shape)
    k = np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(low, high, strict=True)), indexing="ij", sparse=True)
    radius = max(shape) * np.sqrt(sum(np.square(f / n) for f, n in zip(k, shape, strict=True))).ravel()
    # Frequencies that also represent their conjugates count twice, those present at both ends of an axis half.
    count = np.where(k[0] == 0, 1.0, 2.0)
    for f, n in zip(k, shape, strict=True):
        count = count * np.where(2 * np.abs(f) == n, 0.5, 1)
    count = np.broadcast_to(count, [b - a + 1 for a, b in zip(low, high, strict=True)]).ravel()
    inner = np.floor(radius).astype(int)
    rows, columns = np.concatenate([inner, inner + 1]), np.tile(np.arange(len(radius)), 2)
    values = np.concatenate([count * (1 - radius + inner), count * (radius - inner)])
    kept = (rows < n_radii) & (values > 0)
    weights = csr_array((values[kept], (rows[kept], columns[kept])), shape=(n_radii, len(radius)))
    # The mean over a radius without frequencies is zero.
    totals = weights.sum(axis=1)
    weights.data /= np.repeat(totals, np.diff(weights.indptr))
    return weights
