"""Denoising by matching statistics: signals whose statistics, with noise added, are those of an observation."""

from numbers import Integral
from typing import Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._core._amplitude import is_constant, scale_exponents, times_exp2
from skscat._dispatch import on_host
from skscat._sklearn import HasMethods, SignalTagsMixin, at_least, fit_context
from skscat._validation import check_signals, to_input_layout
from skscat.synthesis._matching import match_with_noise
from skscat.synthesis._spectral import wiener_filter
from skscat.synthesis._union import channels_first, check_representations, read_layout


class ScatteringDenoiser(SignalTagsMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    r"""Estimate signals that, with noise added, have the statistics of noisy observations.

    With :math:`\Phi` the statistics and n samples of the noise, a signal u is sought for each observation d such that

    .. math:: E_n[\Phi(u + n)] \approx \Phi(d),

    by gradient descent from the observation, filtered by a Wiener filter [1]_ [2]_. A Wiener filter minimizes the
    error of each sample, and its results have too little energy where there is noise; this method instead recovers the
    statistics of the signal, such as its power spectrum. Details that the noise hides are random.

    Read more in the :ref:`User Guide <denoising>`.

    Parameters
    ----------
    representation : estimator or list of estimators
        Statistics, with ``fit``, ``transform`` and ``gradient``: :class:`~skscat.moments.ScatteringSpectra`,
        :class:`~skscat.moments.ScatteringMoments`, or any scattering transform with ``average="global"``. With
        ``cross_spectra=True``, channels are denoised jointly. Estimators are cloned, and fitted to each observation.
    n_realizations : int, default=20
        Number of samples of the noise over which the statistics are averaged, at most the number given to ``fit``.
        Errors are scaled by the standard deviations of the statistics, which are less accurate with fewer samples.
    n_rounds : int, default=6
        Number of descents. The effect of the noise on the statistics is recomputed before each descent, with other
        samples of the noise.
    max_steps : int, default=20
        Maximum number of steps of each descent. A descent stops when the statistics are closer to those of the
        observation than those of another realization would be.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the order of the samples of the noise. Pass an int for reproducible
        output across multiple function calls. See :term:`Glossary <random_state>`.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Jobs are threads over observations.
    verbose : int, default=0
        Verbosity level. If positive, the loss is printed every ``verbose`` iterations.

    Attributes
    ----------
    signal_shape_ : tuple of int
        Shape of one signal, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    ScatteringInpainter : Fill gaps in signals by the same descent.
    MicrocanonicalModel : Synthesis of signals with given statistics.

    Notes
    -----
    Generate samples of noise from its model, such as ``std * rng.standard_normal((n, *shape))``, or from an example of
    it with :meth:`GaussianTexture.sample`. 100 samples are enough.

    All kinds of outputs have the same weight, and errors are divided by their standard deviations over samples of the
    noise.

    References
    ----------
    .. [1] B. Regaldo-Saint Blancard, E. Allys, F. Boulanger, F. Levrier and N. Jeffrey, "A new approach for the
           statistical denoising of Planck interstellar dust polarization data", Astronomy & Astrophysics 649 (2021),
           L18.
    .. [2] J.-M. Delouis, E. Allys, E. Gauvrit and F. Boulanger, "Non-Gaussian modelling and statistical denoising of
           Planck dust polarisation full-sky maps using scattering transforms", Astronomy & Astrophysics 668 (2022),
           A122.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.moments import ScatteringSpectra
    >>> from skscat.synthesis import ScatteringDenoiser
    >>> rng = np.random.default_rng(0)
    >>> x = np.convolve(rng.exponential(size=512) ** 2, np.ones(16) / 4, "same")
    >>> observed = x + 6 * rng.standard_normal(512)
    >>> spectra = ScatteringSpectra(Scattering1D(J=5, Q=1, padding="wrap"))
    >>> denoiser = ScatteringDenoiser(spectra, random_state=0).fit(6 * rng.standard_normal((50, 512)))
    >>> denoised = denoiser.transform(observed[np.newaxis])[0]
    >>> print(f"error {np.std(observed - x):.0f} before, {np.std(denoised - x):.0f} after")
    error 6 before, 3 after
    """

    _parameter_constraints: dict = {
        "representation": [HasMethods(["fit", "transform", "gradient"]), list],
        "n_realizations": [at_least(2)],
        "n_rounds": [at_least(1)],
        "max_steps": [at_least(1)],
        "random_state": ["random_state"],
        "n_jobs": [None, Integral],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        representation: BaseEstimator | list[BaseEstimator],
        *,
        n_realizations: int = 20,
        n_rounds: int = 6,
        max_steps: int = 20,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.representation = representation
        self.n_realizations = n_realizations
        self.n_rounds = n_rounds
        self.max_steps = max_steps
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: None = None) -> Self:
        """Store samples of the noise.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Samples of the noise, at least two.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If there is only one sample, the noise of a channel is constant, or the representation has no gradient or
            is for complex signals.
        """
        X = on_host("X", X)
        parts = check_representations(self)
        read_layout(self, X, parts)
        noise = check_signals(self, X, ndim=self._ndim, reset=False).astype(np.float64)
        if len(noise) < 2:
            raise ValueError("X has n_samples=1, one sample of the noise; expected at least 2.")
        constant = np.flatnonzero(is_constant(noise.swapaxes(0, 1)))
        if len(constant):
            raise ValueError(f"X has noise that is constant in channel {constant[0]}; expected samples that vary.")
        order = check_random_state(self.random_state).permutation(len(noise))
        self._noise, self._parts = noise[order], [clone(part) for part in parts]
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Denoise observations.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Observations, each of which is denoised separately. From those with a constant channel, which has no
            statistics, only the mean of the noise is subtracted.

        Returns
        -------
        X : ndarray of the shape of X
            Denoised observations. float32 if X is, otherwise float64.

        Raises
        ------
        ValueError
            If X is not finite, real and of the shape of the noise.
        """
        check_is_fitted(self)
        X = on_host("X", X)
        x = check_signals(self, X, ndim=self._ndim, reset=False)
        denoised = Parallel(self.n_jobs, prefer="threads")(delayed(self._denoise)(observation) for observation in x)
        return to_input_layout(self, np.array(denoised, x.dtype)).reshape(np.asarray(X).shape)

    def _denoise(self, observed):
        """Denoise one observation of shape (channels, *grid)."""
        axes = tuple(range(1, observed.ndim))
        if is_constant(observed).any():
            return observed - self._noise.mean(axis=(0, *(1 + axis for axis in axes))).reshape(-1, *(1,) * len(axes))
        exponent = scale_exponents(observed[np.newaxis].astype(np.float64), None)
        observed, noise = (times_exp2(v.astype(np.float64), -exponent) for v in (observed, self._noise))
        mean, unit = (f(observed, axis=axes, keepdims=True) for f in (np.mean, np.std))
        x, noise = (observed - mean) / unit, noise / unit
        representation = channels_first(self, self._parts).fit(x.reshape(1, *self.signal_shape_))
        target = representation.transform(x.reshape(1, -1))[0]
        of_noise = noise.mean(axis=(0, *(1 + axis for axis in axes))).reshape(mean.shape)
        start = wiener_filter(x, noise - of_noise, exponent=0.5) - of_noise
        n = min(self.n_realizations, len(noise))
        rounds = [noise[np.arange(k * n, (k + 1) * n) % len(noise)] for k in range(self.n_rounds)]
        found = match_with_noise(
            representation,
            target,
            start.ravel(),
            [samples.reshape(n, -1) for samples in rounds],
            max_iter=self.max_steps,
            verbose=self.verbose,
        )
        return times_exp2(mean + unit * found.reshape(x.shape), exponent)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_noise")
