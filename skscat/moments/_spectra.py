"""Scattering spectra: correlations of wavelet coefficients with their moduli, and of moduli with each other."""

from collections.abc import Callable
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skscat._checks import as_array
from skscat._core import _operators as operators
from skscat._core._amplitude import rounding, scale_exponents, times_exp2
from skscat._core._bridging import missing_samples, with_zeros
from skscat._core._records import complex_dtype
from skscat._core._threads import single_threaded_blas
from skscat._signals import channel_names, refuse_complex
from skscat._sklearn import HasMethods, SignalTagsMixin, check_feature_names_in, fit_context
from skscat._transforms._base import globally_averaged
from skscat._validation import check_signals, take_over_features, to_input_layout
from skscat.filters import to_dense
from skscat.moments._correlations import n_outputs, to_real, to_real_adjoint
from skscat.moments._gappy_spectra import GappySpectra

# Kinds of outputs.
SPARSITY, SPECTRUM, PHASE, ENVELOPE = range(4)


class ScatteringSpectra(SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    r"""Scattering spectra of stationary processes.

    With :math:`W_\lambda = X * \psi_\lambda` and :math:`\sigma_\lambda^2 = E|W_\lambda|^2`, there are four kinds of
    averages:

    * sparsity, :math:`E|W_\lambda| / \sigma_\lambda`;
    * power spectrum, :math:`E|W_\lambda|^2 / \sigma_\lambda^2`;
    * correlation of the signal with its envelopes,
      :math:`E[W_{\lambda'}\, (|W_\lambda| * \psi_{\lambda'})^*] / (\sigma_{\lambda'} \sigma_\lambda)`, sensitive to
      the direction of time and to the alignment of edges across scales;
    * correlation of envelopes,
      :math:`E[(|W_\lambda| * \psi_{\lambda'})\, (|W_\mu| * \psi_{\lambda'})^*] / (\sigma_\lambda \sigma_\mu)`;

    for all :math:`\lambda, \mu` of finer scale than :math:`\lambda'`. Moduli are taken only once, and moments
    are of at most second order, so that few samples suffice to estimate them [1]_ [2]_.

    Read more in the :ref:`User Guide <processes>`.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Transform whose first-order wavelets are used; its ``padding`` must be "wrap". It is cloned. With Q=1 and few
        orientations there are hundreds to thousands of outputs; their number grows as the cube of the number of
        wavelets.

    Attributes
    ----------
    sigma_ : ndarray of shape (n_channels, n_wavelets)
        Root mean squares of the wavelet coefficients of the signals seen during :term:`fit`, by which outputs are
        normalized; 1 where they are zero, up to rounding errors.
    kinds_ : ndarray of int of shape (n_features_out,)
        Kind of each coefficient, 0 to 3 in the order above: those of the same kind are normalized together.
    scattering_ : Scattering1D or Scattering2D
        Fitted scattering transform.
    plan_ : Plan
        Plan of ``scattering_``.
    ndim_ : int
        Number of axes of one signal, without channels.
    signal_shape_ : tuple of int
        Shape of one signal, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    ScatteringMoments : Averages of moduli of any order.
    skscat.synthesis.MicrocanonicalModel : Synthesis of signals with given spectra.

    Notes
    -----
    A complex correlation gives two outputs, its real and its imaginary part. In the Fourier domain, all correlations
    for one :math:`\psi_{\lambda'}` are computed as the product of a matrix with its adjoint: the spectra of the signal
    and of its envelopes, restricted to the support of the filter.

    References
    ----------
    .. [1] R. Morel, G. Rochette, R. Leonarduzzi, J.-P. Bouchaud and S. Mallat, "Scale dependencies and self-similar
           models with wavelet scattering spectra", arXiv:2204.10177.
    .. [2] S. Cheng, R. Morel, E. Allys, B. Menard and S. Mallat, "Scattering spectra models for physics", PNAS Nexus 3
           (2024).

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.moments import ScatteringSpectra
    >>> X = np.random.default_rng(0).standard_normal((4, 1024))
    >>> spectra = ScatteringSpectra(Scattering1D(J=4, Q=1, padding="wrap")).fit(X)
    >>> spectra.transform(X).shape
    (4, 123)
    """

    _parameter_constraints: dict = {"scattering": [HasMethods(["fit", "transform"])]}

    def __init__(self, scattering: BaseEstimator) -> None:
        self.scattering = scattering

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: None = None) -> Self:
        """Learn the root mean squares of the wavelet coefficients.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Real signals.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If ``padding`` is not "wrap", or the transform is neither Scattering1D nor Scattering2D, or its signals are
            complex.
        """
        if self.scattering.get_params().get("padding") != "wrap":
            raise ValueError(f"scattering={self.scattering!r}: expected padding='wrap'.")
        refuse_complex("scattering", self.scattering, "ScatteringSpectra")
        scattering = globally_averaged(self.scattering, max_order=1).fit(X)
        plan = scattering.plan_
        if plan.joint is not None or scattering.ndim_ > 2:
            raise ValueError(f"scattering={self.scattering!r}: expected Scattering1D or Scattering2D.")
        self.scattering_, self.plan_ = scattering, plan
        take_over_features(self, scattering)
        bank = self.plan_.banks[0]
        self._psi = np.array([to_dense(psi, bank.grid)[0] for psi in bank.psi])
        self._support = [np.flatnonzero(psi) for psi in self._psi]
        self._finer = [np.flatnonzero(bank.table["j"] < row["j"]) for row in bank.table]
        self.sigma_ = self._root_mean_squares(self._signals(X))
        self.kinds_ = np.tile(np.concatenate([_kinds(len(finer)) for finer in self._finer]), len(self.sigma_))
        self._n_features_out = len(self.kinds_)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the scattering spectra of each signal.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Real signals of the shape seen during :term:`fit`.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Scattering spectra. float32 if X is, otherwise float64.
        """
        check_is_fitted(self)
        signals = self._signals(X)
        S = np.empty((*signals.shape[:2], self._n_features_out // len(self.sigma_)), signals.dtype)
        for index, x, sigma, _ in self._scaled(signals):
            moduli, outputs, _ = self._functions(x)
            S[index] = outputs(moduli(x), sigma)
        return S.reshape(len(S), -1)

    def gradient(self, X: ArrayLike, weights: ArrayLike | Callable[[np.ndarray, tuple], np.ndarray]) -> np.ndarray:
        """Compute the gradient of a weighted sum of the spectra with respect to the signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Real signals of the shape seen during :term:`fit`.
        weights : array-like of shape (n, n_features_out), or callable
            Weights of the outputs of ``transform(X)``. A callable ``weights(S, index)`` receives parts of the output,
            ``transform(X)[index]``, as they are computed, and returns their weights.

        Returns
        -------
        gradient : ndarray of shape (n, n_features_in_)
            Gradient of ``(weights * transform(X)).sum()``, with flat rows in the layout of X.

        Raises
        ------
        ValueError
            If the weights do not have the shape of the output.
        """
        check_is_fitted(self)
        signals = self._signals(X)
        weigh = weights if callable(weights) else self._as_callable(weights, len(signals))
        gradient = np.empty_like(signals)
        columns = np.split(np.arange(self._n_features_out), len(self.sigma_))
        for (row, c), x, sigma, exponent in self._scaled(signals):
            compute, outputs, outputs_vjp = self._functions(x)
            moduli = compute(x)
            g = weigh(outputs(moduli, sigma), (row, columns[c]))
            gradient[row, c] = times_exp2(outputs_vjp(moduli, sigma, g), -exponent)
        return to_input_layout(self, gradient).reshape(len(signals), -1)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: the kind and the wavelets of each coefficient.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``scatteringspectra_envelope_n0_n2_n5_re``: real part of the correlation of the moduli of
            wavelets 0 and 2, both filtered by wavelet 5.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        channels, prefix = channel_names(self, self.ndim_), type(self).__name__.lower()
        names = [name for m, finer in enumerate(self._finer) for name in _names(m, finer)]
        return np.array(["_".join(filter(None, (prefix, c, name))) for c in channels for name in names], dtype=object)

    @property
    def ndim_(self) -> int:
        """Number of axes of one signal, without channels."""
        return self.scattering_.ndim_

    @property
    def _axes(self):
        return tuple(range(-self.ndim_, 0))

    def _as_callable(self, weights, n_samples):
        """Return a function of the output and its index that returns the weights given as an array."""
        weights = as_array("weights", weights)
        if weights.shape != (n_samples, self._n_features_out):
            raise ValueError(f"weights has shape {weights.shape}; expected {(n_samples, self._n_features_out)}.")
        return lambda S, index: weights[index]

    def _signals(self, X):
        omit = self.plan_.min_coverage is not None
        return check_signals(self.scattering_, X, ndim=self.ndim_, reset=False, omit=omit)

    def _functions(self, x):
        """Return the functions that compute the moduli of a channel, the outputs, and their gradient."""
        missing = missing_samples(x, self.plan_)
        if missing is None:
            return self._moduli, self._outputs, self._outputs_vjp
        gappy = GappySpectra(missing, self.plan_, self._psi, self._finer)
        return gappy.coefficients, gappy.outputs, gappy.outputs_vjp

    def _analyze(self, x):
        return operators.analyze(x.astype(complex_dtype(x.dtype)), self._axes)

    def _root_mean_squares(self, x):
        """Root mean squares of the wavelet coefficients of each channel; 1 where they are zero."""
        missing = missing_samples(x, self.plan_)
        filled = with_zeros(x, missing)
        exponents = scale_exponents(filled.swapaxes(0, 1), None)
        scales = -exponents.reshape(-1, *(1,) * self.ndim_)
        energies = (np.abs(self._analyze(times_exp2(filled, scales))) ** 2).mean(axis=0)
        if missing is None:
            sigma = np.sqrt(np.tensordot(energies, self._psi**2, (self._axes, self._axes)))
        else:
            sigma = self._gappy_root_mean_squares(times_exp2(x, scales))
        smallest = rounding(x.dtype) * np.sqrt(energies.sum(axis=self._axes))
        return np.where(sigma > smallest[:, np.newaxis], times_exp2(sigma, exponents), 1)

    def _gappy_root_mean_squares(self, x):
        """Root mean squares of the wavelet coefficients of each channel, with weights."""
        energies, weights = np.zeros((2, x.shape[1], len(self._psi)))
        for row, channel in np.ndindex(x.shape[:2]):
            signal = x[row, channel]
            gappy = GappySpectra(np.isnan(signal), self.plan_, self._psi, self._finer)
            energy, weight = gappy.energies(gappy.coefficients(signal))
            energies[channel] += energy
            weights[channel] += weight
        return np.sqrt(energies / np.where(weights > 0, weights, 1))

    def _scaled(self, signals):
        """Divide each channel of each signal, and its sigma, by a power of two if its squares would not fit.

        The spectra do not change. Yields the index of the channel, the channel, sigma, and the exponent.
        """
        filled = with_zeros(signals, missing_samples(signals, self.plan_))
        exponents = scale_exponents(filled.reshape(-1, *signals.shape[2:]), None).reshape(signals.shape[:2])
        for index in np.ndindex(exponents.shape):
            k = exponents[index]
            yield index, times_exp2(signals[index], -k), times_exp2(self.sigma_[index[1]], -k), k

    def _moduli(self, x):
        """Wavelet coefficients of one channel, their moduli, and the spectra of the channel and the moduli."""
        x_hat = self._analyze(x)
        w = operators.synthesize((x_hat * self._psi).astype(x_hat.dtype), self._axes)
        u = np.abs(w)
        return w, u, x_hat, self._analyze(u)

    def _rows(self, x_hat, u_hat, sigma, m):
        """Normalized spectra of the signal and of the envelopes of finer scale, on the support of wavelet m."""
        support, finer = self._support[m], self._finer[m]
        rows = [x_hat.ravel()[support] / sigma[m]]
        rows += [u_hat[k].ravel()[support] / sigma[k] for k in finer]
        return np.array(rows)

    @single_threaded_blas()
    def _outputs(self, moduli, sigma):
        """Scattering spectra of one channel."""
        _, u, x_hat, u_hat = moduli
        parts = []
        for m, support in enumerate(self._support):
            v = self._rows(x_hat, u_hat, sigma, m)
            correlations = (v * self._psi[m].ravel()[support] ** 2) @ v.conj().T
            parts += [[u[m].mean() / sigma[m]], to_real(correlations)]
        return np.concatenate(parts)

    @single_threaded_blas()
    def _outputs_vjp(self, moduli, sigma, g):
        """Gradient of a weighted sum of the scattering spectra of one channel."""
        w, u, x_hat, u_hat = moduli
        dx_hat, du_hat, du = np.zeros_like(x_hat), np.zeros_like(u_hat), np.zeros_like(u)
        flat, start = du_hat.reshape(len(u_hat), -1), 0
        for m, (support, finer) in enumerate(zip(self._support, self._finer, strict=True)):
            stop = start + n_outputs(len(finer))
            du[m] += g[start] / (sigma[m] * x_hat.size)
            d = to_real_adjoint(g[start + 1 : stop], len(finer) + 1)
            v = self._rows(x_hat, u_hat, sigma, m)
            # Gradient of Re <d, v h v*>, for a matrix d that is not Hermitian.
            dv = ((d + d.conj().T) @ v) * self._psi[m].ravel()[support] ** 2
            dx_hat.reshape(-1)[support] += dv[0] / sigma[m]
            flat[np.ix_(finer, support)] += dv[1:] / sigma[finer, np.newaxis]
            start = stop
        du += operators.analyze_adjoint(du_hat, self._axes).real
        dw = w * np.divide(du, u, out=np.zeros_like(u), where=u > 0)
        dx_hat += np.sum(self._psi * operators.synthesize_adjoint(dw, self._axes), axis=0)
        return operators.analyze_adjoint(dx_hat, self._axes).real

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = get_tags(self.scattering).input_tags.allow_nan
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "sigma_")


def _kinds(n_finer):
    """Kind of each output of a wavelet with ``n_finer`` wavelets of finer scale."""
    return np.repeat([SPARSITY, SPECTRUM, PHASE, ENVELOPE], [1, 1, 2 * n_finer, n_finer**2])


def _names(m, finer):
    """Names of the outputs of wavelet m."""
    n = len(finer)
    names = [f"sparsity_n{m}", f"spectrum_n{m}"]
    names += [f"phase_n{k}_n{m}_{part}" for part in ("re", "im") for k in finer]
    for part, offset in (("re", 0), ("im", 1)):
        pairs = np.transpose(np.triu_indices(n, offset))
        names += [f"envelope_n{finer[i]}_n{finer[j]}_n{m}_{part}" for i, j in pairs]
    return names
