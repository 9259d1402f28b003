"""Scattering spectra: correlations of wavelet coefficients with their moduli, and of moduli with each other."""

from collections.abc import Callable
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skscat._core import _namespace as arrays
from skscat._core._amplitude import rounding, scale_exponents, times_exp2
from skscat._core._bridging import missing_samples, with_zeros
from skscat._dispatch import as_given, check_use, refuse_tracked
from skscat._signals import channel_names, refuse_complex
from skscat._sklearn import ArrayTagsMixin, HasMethods, SignalTagsMixin, check_feature_names_in, fit_context
from skscat._transforms._base import globally_averaged
from skscat._transforms._gradient import as_weights, weights_of_outputs
from skscat._validation import check_signals, take_over_features, to_input_layout
from skscat.filters import to_dense
from skscat.moments._channel_spectra import ChannelSpectra, analyzed
from skscat.moments._gappy_spectra import GappySpectra

# Kinds of outputs.
SPARSITY, SPECTRUM, PHASE, ENVELOPE = range(4)


class ScatteringSpectra(ArrayTagsMixin, SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
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
        psi = np.array([to_dense(psi, bank.grid)[0] for psi in bank.psi])
        finer = [np.flatnonzero(bank.table["j"] < row["j"]) for row in bank.table]
        self._spectra = ChannelSpectra.of_wavelets(psi, finer)
        self.sigma_ = as_given(X, self._root_mean_squares(arrays.untracked(self._signals(X))))
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
        check_use(self, X, "transform")
        if self.plan_.min_coverage is not None:
            refuse_tracked("X", X, "spectra of signals with gaps")
        signals = self._signals(X)
        spectra, n_outputs = self._spectra.placed(signals), self._n_features_out // self.sigma_.shape[0]
        S = arrays.empty((*signals.shape[:2], n_outputs), arrays.dtype_of(signals), signals)
        for index, x, sigma, _ in self._scaled(signals):
            channel = self._of_channel(x, spectra)
            S[index] = channel.outputs(channel.coefficients(x), sigma)
        return as_given(X, S.reshape(len(S), -1))

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
        check_use(self, X, "gradient")
        for name, values in (("X", X), ("weights", weights)):
            refuse_tracked(name, values, "the gradient")
        signals = self._signals(X)
        spectra, n_channels = self._spectra.placed(signals), self.sigma_.shape[0]
        columns = np.split(np.arange(self._n_features_out), n_channels)
        if not callable(weights):
            given = weights_of_outputs(weights, X, signals, (n_channels, len(columns[0])))
        gradient = arrays.namespace(signals).empty_like(signals)
        for (row, c), x, sigma, exponent in self._scaled(signals):
            channel = self._of_channel(x, spectra)
            moduli = channel.coefficients(x)
            if callable(weights):
                S = channel.outputs(moduli, sigma)
                g = as_weights(weights(as_given(X, S), (row, as_given(X, columns[c]))), S)
            else:
                g = given[row, c]
            gradient[row, c] = times_exp2(channel.outputs_vjp(moduli, sigma, g), -exponent)
        return as_given(X, to_input_layout(self, gradient).reshape(len(signals), -1))

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
        names = [name for m, finer in enumerate(self._spectra.finer) for name in _names(m, finer)]
        return np.array(["_".join(filter(None, (prefix, c, name))) for c in channels for name in names], dtype=object)

    @property
    def ndim_(self) -> int:
        """Number of axes of one signal, without channels."""
        return self.scattering_.ndim_

    @property
    def kinds_(self) -> np.ndarray:
        """Kind of each coefficient: those of the same kind are normalized together."""
        return np.tile(np.concatenate([_kinds(len(finer)) for finer in self._spectra.finer]), self.sigma_.shape[0])

    def _signals(self, X):
        omit = self.plan_.min_coverage is not None
        x = check_signals(self.scattering_, X, ndim=self.ndim_, reset=False, omit=omit)
        # NumPy computes with gaps.
        return arrays.to_numpy(x) if omit else x

    def _of_channel(self, x, spectra):
        """Return the functions of a channel: ``spectra``, unless it has gaps."""
        missing = missing_samples(x, self.plan_)
        return spectra if missing is None else GappySpectra(missing, self.plan_, spectra.psi, spectra.finer)

    def _root_mean_squares(self, x):
        """Root mean squares of the wavelet coefficients of each channel, in NumPy; 1 where they are zero."""
        missing, axes = missing_samples(x, self.plan_), self._spectra.axes
        filled = with_zeros(x, missing)
        exponents = scale_exponents(filled.swapaxes(0, 1), None)
        scales = -exponents.reshape(-1, *(1,) * self.ndim_)
        energies = arrays.to_numpy((abs(analyzed(times_exp2(filled, scales), axes)) ** 2).mean(axis=0))
        if missing is None:
            sigma = np.sqrt(np.tensordot(energies, self._spectra.psi**2, (axes, axes)))
        else:
            sigma = self._gappy_root_mean_squares(times_exp2(x, scales))
        smallest = rounding(arrays.dtype_of(x)) * np.sqrt(energies.sum(axis=axes))
        return np.where(sigma > smallest[:, np.newaxis], times_exp2(sigma, exponents), 1)

    def _gappy_root_mean_squares(self, x):
        """Root mean squares of the wavelet coefficients of each channel, with weights."""
        energies, weights = np.zeros((2, x.shape[1], len(self._spectra.psi)))
        for row, channel in np.ndindex(x.shape[:2]):
            signal = x[row, channel]
            gappy = GappySpectra(np.isnan(signal), self.plan_, self._spectra.psi, self._spectra.finer)
            energy, weight = gappy.energies(gappy.coefficients(signal))
            energies[channel] += energy
            weights[channel] += weight
        return np.sqrt(energies / np.where(weights > 0, weights, 1))

    def _scaled(self, signals):
        """Divide each channel of each signal, and its sigma, by a power of two if its squares would not fit.

        The spectra do not change. Yields the index of the channel, the channel, sigma, and the exponent.
        """
        filled, sigma = with_zeros(signals, missing_samples(signals, self.plan_)), arrays.to_numpy(self.sigma_)
        exponents = scale_exponents(filled.reshape(-1, *signals.shape[2:]), None).reshape(signals.shape[:2])
        for index in np.ndindex(exponents.shape):
            k = exponents[index]
            yield index, times_exp2(signals[index], -k), times_exp2(sigma[index[1]], -k), k

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
