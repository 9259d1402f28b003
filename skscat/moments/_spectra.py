"""Scattering spectra: correlations of wavelet coefficients with their moduli, and of moduli with each other."""

from collections.abc import Callable
from numbers import Integral
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skscat._core import _namespace as arrays
from skscat._core._amplitude import scale_exponents, times_exp2
from skscat._core._bridging import missing_samples, with_zeros
from skscat._dispatch import as_given, check_use, refuse_tracked
from skscat._signals import channel_names, refuse_complex
from skscat._sklearn import (
    ArrayTagsMixin,
    HasMethods,
    Interval,
    SignalTagsMixin,
    StrOptions,
    check_feature_names_in,
    fit_context,
)
from skscat._transforms._base import globally_averaged
from skscat._transforms._gaps import warn_of_unknown
from skscat._transforms._gradient import as_weights, weights_of_outputs
from skscat._validation import check_signals, take_over_features, to_input_layout
from skscat.filters import to_dense
from skscat.moments._angles import wavelet_orbits
from skscat.moments._boundaries import extended, extended_plan
from skscat.moments._channel_spectra import Wavelets
from skscat.moments._pairs import n_outputs, outputs, outputs_vjp, pairs_of
from skscat.moments._root_mean_squares import root_mean_squares, wavelets_by_gaps
from skscat.moments._spectra_paths import spectra_names, spectra_paths


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

    With ``cross_spectra=True``, all but the first are also computed between channels, with the two factors of a
    product from different channels: these are cross-spectra of several fields.

    Read more in the :ref:`User Guide <processes>`.

    Parameters
    ----------
    scattering : Scattering1D or Scattering2D
        Transform whose first-order wavelets are used; its ``padding`` must be "wrap". It is cloned. With Q=1 and few
        orientations there are hundreds to thousands of outputs; their number grows as the cube of the number of
        wavelets.
    cross_spectra : bool, default=False
        Whether to also compute the statistics between channels of a signal. For C channels there are C (C - 1) / 2
        pairs, each with about twice as many outputs as one channel.
    periodic : bool, default=True
        Whether signals are periodic. If not, samples beyond their ends are treated as missing (see :ref:`gaps`), so
        that jumps between opposite ends have no effect. This takes several times longer.
    angles : {"all", "isotropic", "harmonic"}, default="all"
        How the orientations of 2-D wavelets are averaged [2]_ [3]_. "all" keeps all outputs. "isotropic" averages over
        common rotations of all wavelets of an output, for isotropic fields: differences of angles remain, and
        imaginary parts, whose averages are zero, are left out; there are 2 L times fewer outputs. "harmonic" also
        replaces the differences of angles by a few coefficients of their cosine series, for fields that are invariant
        under reflections as well.
    n_harmonics : int, default=1
        Largest harmonic of the series, at most L / 2. 1 keeps means and the first cosines; L / 2 loses no information
        on fields that are invariant under reflections. Only used if ``angles="harmonic"``.

    Attributes
    ----------
    sigma_ : ndarray of shape (n_channels, n_wavelets)
        Root mean squares of the wavelet coefficients of the signals seen during :term:`fit`, by which outputs are
        normalized; 1 where they are zero, up to rounding errors. Averaged over orientations if the outputs are.
    kinds_ : ndarray of int of shape (n_features_out,)
        Kind of each coefficient, 0 to 3 in the order above: those of the same kind are normalized together.
    paths_ : structured ndarray of shape (n_features_out,)
        Table of the outputs. ``kind`` is 0 for sparsity, 1 for power and cross-spectra, 2 for a signal with an
        envelope, and 3 for two envelopes. ``channel1`` and ``channel2`` are the channels of both factors; ``n1`` and
        ``n2`` the wavelets of their envelopes, -1 for the signal itself; ``n3`` is the wavelet that filters both.
        Columns such as ``j3``, ``xi3`` and ``theta3`` are the scale, frequency and angle of that wavelet, likewise
        for ``n1`` and ``n2`` (-1 or NaN for the signal). Thus ``j3`` is the scale of every output, and kinds 0 and 1
        have no other wavelet; for kind 2, ``j2`` is the scale of the envelope. ``part`` is "re" or "im". With
        ``angles="isotropic"``, the wavelets listed are those for which ``theta3`` is zero. With
        ``angles="harmonic"``, ``n1`` and ``n2`` are the first wavelets of a scale, and ``harmonic1`` and
        ``harmonic2`` the harmonics over their angles, negative for sines.
    scattering_ : Scattering1D or Scattering2D
        Fitted scattering transform.
    plan_ : Plan
        Plan of the wavelets: that of ``scattering_``, or of a larger grid if ``periodic=False``.
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
    and of its envelopes, restricted to the support of the filter. Cross-spectra are products of the matrices of two
    channels.

    Outputs are ordered by channels, followed by pairs of channels; then by :math:`\lambda'`, then by kind.

    References
    ----------
    .. [1] R. Morel, G. Rochette, R. Leonarduzzi, J.-P. Bouchaud and S. Mallat, "Scale dependencies and self-similar
           models with wavelet scattering spectra", arXiv:2204.10177.
    .. [2] S. Cheng, R. Morel, E. Allys, B. Menard and S. Mallat, "Scattering spectra models for physics", PNAS Nexus 3
           (2024).
    .. [3] E. Allys, F. Levrier, S. Zhang, C. Colling, B. Regaldo-Saint Blancard, F. Boulanger, P. Hennebelle and S.
           Mallat, "The RWST, a comprehensive statistical description of the non-Gaussian structures in the ISM",
           Astronomy & Astrophysics 629 (2019), A115.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.moments import ScatteringSpectra
    >>> X = np.random.default_rng(0).standard_normal((4, 1024))
    >>> spectra = ScatteringSpectra(Scattering1D(J=4, Q=1, padding="wrap")).fit(X)
    >>> spectra.transform(X).shape
    (4, 123)

    >>> two = X.reshape(2, 2, 1024)
    >>> spectra.set_params(cross_spectra=True).fit(two).get_feature_names_out()[-1]
    'scatteringspectra_c0_c1_envelope_n4_n4_n6_im'
    """

    _parameter_constraints: dict = {
        "scattering": [HasMethods(["fit", "transform"])],
        "cross_spectra": ["boolean"],
        "periodic": ["boolean"],
        "angles": [StrOptions({"all", "isotropic", "harmonic"})],
        "n_harmonics": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self,
        scattering: BaseEstimator,
        *,
        cross_spectra: bool = False,
        periodic: bool = True,
        angles: str = "all",
        n_harmonics: int = 1,
    ) -> None:
        self.scattering = scattering
        self.cross_spectra = cross_spectra
        self.periodic = periodic
        self.angles = angles
        self.n_harmonics = n_harmonics

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
        self.scattering_, self.plan_ = scattering, plan if self.periodic else extended_plan(scattering)
        take_over_features(self, scattering)
        bank = self.plan_.banks[0]
        self._check_angles(bank.table)
        self._wavelets = Wavelets.of_bank(np.array([to_dense(psi, bank.grid)[0] for psi in bank.psi]))
        self._orbits = wavelet_orbits(bank.table, self.angles, self.n_harmonics)
        signals = self._signals(X)
        self._n_channels, self._cross = signals.shape[1], self.cross_spectra
        sigma = root_mean_squares(arrays.untracked(signals), self.plan_, self._wavelets, self._orbits)
        self.sigma_ = as_given(X, sigma)
        self._n_features_out = sum(n_outputs(self._orbits, a != b) for a, b in pairs_of(self._n_channels, self._cross))
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
        S = arrays.empty((len(signals), self._n_features_out), arrays.dtype_of(signals), signals)
        for row, _, columns, channels, _ in self._joint_channels(signals):
            S[row, columns] = outputs(channels, self._pairs, self._orbits)
        warn_of_unknown(S, self.scattering_.plan_)
        return as_given(X, S)

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
        # Averages over rotations with a term that is not known have no gradient.
        partly_known = self.plan_.min_coverage is not None and self._orbits[0].is_real
        if not callable(weights):
            given = weights_of_outputs(weights, X, signals, (self._n_features_out,))
        gradient = arrays.namespace(signals).empty_like(signals)
        for row, group, columns, channels, exponents in self._joint_channels(signals):
            if callable(weights) or partly_known:
                S = outputs(channels, self._pairs, self._orbits)
            if callable(weights):
                index = as_given(X, np.arange(columns.start, columns.stop))
                g = as_weights(weights(as_given(X, S), (row, index)), S)
            else:
                g = given[row, columns]
            if partly_known:
                g = np.where(np.isnan(S), 0, g)
            if not arrays.is_numpy(signals):
                g = arrays.astype(g, arrays.dtype_of(signals))
            gradients = outputs_vjp(channels, self._pairs, self._orbits, g)
            for c, dx, exponent in zip(group, gradients, exponents, strict=True):
                gradient[row, c] = times_exp2(dx, -exponent)
        inside = (..., *(slice(n) for n in self.scattering_.plan_.shape))
        return as_given(X, to_input_layout(self, gradient[inside]).reshape(len(signals), -1))

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
        return spectra_names(self.paths_, channel_names(self, self.ndim_), type(self).__name__.lower())

    @property
    def ndim_(self) -> int:
        """Number of axes of one signal, without channels."""
        return self.scattering_.ndim_

    @property
    def kinds_(self) -> np.ndarray:
        """Kind of each coefficient: those of the same kind are normalized together."""
        return self.paths_["kind"]

    @property
    def paths_(self) -> np.ndarray:
        """Table of the outputs: kinds, channels, wavelets, with their scales, and parts; see the attributes above."""
        return spectra_paths(pairs_of(self._n_channels, self._cross), self._orbits, self.plan_.paths)

    @property
    def _pairs(self):
        """Pairs of channels that are computed together: all, or each by itself."""
        return pairs_of(self._n_channels if self._cross else 1, self._cross)

    def _signals(self, X):
        omit = self.scattering_.plan_.min_coverage is not None
        x = check_signals(self.scattering_, X, ndim=self.ndim_, reset=False, omit=omit)
        if self.plan_.min_coverage is None:
            return x
        # NumPy computes with gaps.
        return extended(arrays.to_numpy(x), self.plan_.shape)

    def _check_angles(self, table):
        """Raise ValueError unless there are angles to average over, and as many harmonics."""
        if self.angles == "all":
            return
        if "theta" not in table.dtype.names:
            raise ValueError(
                f"angles={self.angles!r}, but wavelets of {self.scattering!r} have no angles; expected 'all'."
            )
        L = int(table["theta"].max()) + 1
        if self.angles == "harmonic" and self.n_harmonics > L // 2:
            raise ValueError(f"n_harmonics={self.n_harmonics}: expected at most {L // 2}, half of L={L} angles.")

    def _joint_channels(self, signals):
        """Iterate over signals, and over their channels unless pairs of these are computed.

        Yields the row, the numbers of the channels, their columns of the output, their coefficients, and exponents.
        Each channel is divided by a power of two if its squares would not fit, and so is its sigma. The spectra do not
        change.
        """
        missing, sigma = missing_samples(signals, self.plan_), arrays.to_numpy(self.sigma_)
        filled, wavelets = with_zeros(signals, missing), self._wavelets.placed(signals)
        exponents = scale_exponents(filled.reshape(-1, *signals.shape[2:]), None).reshape(signals.shape[:2])
        n = self._n_channels if self._cross else 1
        groups = np.arange(self._n_channels).reshape(-1, n)
        length, gappy = self._n_features_out // len(groups), {}
        for row, i in np.ndindex(len(signals), len(groups)):
            group, columns = groups[i], slice(i * length, (i + 1) * length)
            in_group = [wavelets] * n
            if missing is not None and missing[row, group].any():
                gaps = [missing[row, c] for c in group]
                gappy = wavelets_by_gaps(gaps, self.plan_, wavelets, gappy)
                in_group = [gappy[of_channel.tobytes()] for of_channel in gaps]
            scales = exponents[row, group]
            channels = [
                w.channel(times_exp2(signals[row, c], -k), times_exp2(sigma[c], -k))
                for c, k, w in zip(group, scales, in_group, strict=True)
            ]
            yield row, group, columns, channels, scales

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = get_tags(self.scattering).input_tags.allow_nan
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "sigma_")
