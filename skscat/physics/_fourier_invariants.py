"""Means of the Fourier modulus of densities over circles or spheres."""

from numbers import Integral

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._core import _operators as operators
from skscat._sklearn import (
    Interval,
    SignalTagsMixin,
    channel_names,
    check_feature_names_in,
    check_signals,
    fit_context,
)


class FourierInvariants(SignalTagsMixin, TransformerMixin, BaseEstimator):
    r"""Means of the modulus of the Fourier transform of densities over circles or spheres, and of its square.

    .. math:: \int |\hat\rho(r \omega)| \, d\omega, \quad \int |\hat\rho(r \omega)|^2 \, d\omega

    for each radius r, :math:`\omega` running over all directions. They do not depend on where the density stands, its
    direction, or reflections; but, unlike wavelets, they change much where the density is deformed a little.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    n_radii : int, default=None
        Radii: multiples of one cycle per longest side of the grid, from zero. None means all up to the Nyquist
        frequency.
    ndim : {1, 2, 3}, default=2
        Axes of a density.
    shape : tuple of int, default=None
        Shape of one density in flat X, channels first if there are several. None takes squares or cubes.

    Attributes
    ----------
    radii_ : ndarray of shape (n_radii,)
        Frequencies, in cycles per cell.
    output_shape_ : tuple of int
        ``(2, n_radii)``, after the number of channels if X has such an axis: means, and means of squares.
    signal_shape_ : tuple of int
        Shape of one density.
    n_features_in_ : int
        Numbers in one density.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    WaveletInvariants : Bands of an octave, of wavelets.
    DensityInvariants : Densities and their invariants, some systems at a time.

    Notes
    -----
    Each mean is over the frequencies of the grid within one step of the radius, with weights that fall linearly. The
    more room there is around the density, the smoother its spectrum and the smaller the errors.

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
        "n_radii": [None, Interval(Integral, 1, None, closed="left")],
        "ndim": [Interval(Integral, 1, 3, closed="both")],
        "shape": [None, Interval(Integral, 1, None, closed="left"), "array-like"],
    }

    def __init__(self, n_radii=None, *, ndim=2, shape=None):
        self.n_radii = n_radii
        self.ndim = ndim
        self.shape = shape

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the shape of X.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Densities. Only their shape is used.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            If ``n_radii`` is more than the grid holds.
        """
        X = check_signals(self, X, ndim=self.ndim, reset=True)
        shape = X.shape[2:]
        longest, largest = max(shape), 1 + max(shape) // 2
        n_radii = largest if self.n_radii is None else self.n_radii
        if n_radii > largest:
            raise ValueError(f"n_radii={n_radii}: densities of shape {shape} have spectra of at most {largest} radii.")
        self.radii_ = np.arange(n_radii) / longest
        self._weights = _circles(shape, n_radii)
        self._grid = shape
        self.output_shape_ = (*self.signal_shape_[: -self.ndim], 2, n_radii)
        self._n_features_out = int(np.prod(self.output_shape_))
        return self

    def transform(self, X):
        """Compute means of Fourier moduli.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Densities of the shape seen in ``fit``.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Means over circles or spheres, and means of squares; at radius zero, the sum of the density.
            ``S.reshape(n, *self.output_shape_)`` gives them apart. float32 if X is, else float64.
        """
        check_is_fitted(self)
        X = check_signals(self, X, ndim=len(self._grid), reset=False)
        n_cells, low, high = np.prod(self._grid), *_half(self._grid)
        out = np.empty((*X.shape[:2], *self.output_shape_[-2:]), X.dtype)
        for i, x in enumerate(X):
            modulus = n_cells * np.abs(operators.spectrum(x, low, high)).reshape(len(x), -1)
            out[i, :, 0] = (self._weights @ modulus.T).T
            out[i, :, 1] = (self._weights @ np.square(modulus).T).T
        return out.reshape(len(X), -1)

    def get_feature_names_out(self, input_features=None):
        """Name the means.

        Parameters
        ----------
        input_features : None or array-like of str
            Only checked against the names seen in ``fit``.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
            For example ``fourierinvariants_c0_r12_p2``: first channel (if X has channels), radius, power.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        channels = channel_names(self.signal_shape_, len(self._grid))
        labels = [f"r{r}_p{p}" for p in (1, 2) for r in range(len(self.radii_))]
        names = ["_".join(filter(None, ("fourierinvariants", c, label))) for c in channels for label in labels]
        return np.array(names, dtype=object)


def _half(shape):
    """Lowest and highest frequencies of half a spectrum, per axis: the other half is conjugate."""
    high = [n // 2 for n in shape]
    return (0, *(-h for h in high[1:])), tuple(high)


def _circles(shape, n_radii):
    """Weights of frequencies in means over circles or spheres: a matrix with a row for each radius."""
    low, high = _half(shape)
    k = np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(low, high, strict=True)), indexing="ij", sparse=True)
    radius = max(shape) * np.sqrt(sum(np.square(f / n) for f, n in zip(k, shape, strict=True))).ravel()
    # Frequencies that stand for their conjugates too count twice, and those at both ends of an axis half.
    count = np.where(k[0] == 0, 1.0, 2.0)
    for f, n in zip(k, shape, strict=True):
        count = count * np.where(2 * np.abs(f) == n, 0.5, 1)
    count = np.broadcast_to(count, [b - a + 1 for a, b in zip(low, high, strict=True)]).ravel()
    inner = np.floor(radius).astype(int)
    rows, columns = np.concatenate([inner, inner + 1]), np.tile(np.arange(len(radius)), 2)
    values = np.concatenate([count * (1 - radius + inner), count * (radius - inner)])
    kept = (rows < n_radii) & (values > 0)
    weights = csr_array((values[kept], (rows[kept], columns[kept])), shape=(n_radii, len(radius)))
    # A radius without frequencies has a mean of zero.
    totals = weights.sum(axis=1)
    weights.data /= np.repeat(totals, np.diff(weights.indptr))
    return weights
