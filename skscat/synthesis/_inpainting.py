"""Gaps filled by matching statistics: signals whose statistics are those of the observed samples."""

from numbers import Integral
from typing import Self

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._checks import fill_masked
from skscat._core._amplitude import is_constant, scale_exponents, times_exp2
from skscat._dispatch import on_host
from skscat._sklearn import HasMethods, SignalTagsMixin, at_least, fit_context
from skscat._validation import check_signals, to_input_layout
from skscat.synthesis._gaussian import GaussianTexture, check_any_left
from skscat.synthesis._matching import match_gaps
from skscat.synthesis._spectral import band_means, conditional_mean, constrained_realization
from skscat.synthesis._union import channels_first, check_representations, read_layout


class ScatteringInpainter(SignalTagsMixin, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    r"""Fill gaps in signals so that the statistics of the whole are those of the observed samples.

    Gaps are first filled with the mean of a Gaussian process with the power spectrum of the examples, given the
    observed samples [1]_. A gradient descent on the missing samples alone then brings the statistics of the whole to
    those of the examples.

    Read more in the :ref:`User Guide <denoising>`.

    Parameters
    ----------
    representation : estimator or list of estimators
        Statistics, with ``fit``, ``transform`` and ``gradient``: :class:`~skscat.moments.ScatteringSpectra`,
        :class:`~skscat.moments.ScatteringMoments`, or any scattering transform with ``average="global"``. To
        learn from examples with gaps, the transform needs ``nan_policy="omit"``. Estimators are cloned.
    n_realizations : int, default=20
        Number of realizations of the Gaussian process, given the observed samples: errors are scaled by the standard
        deviations of their statistics.
    max_steps : int, default=100
        Maximum number of steps. The descent stops earlier when the statistics are closer to those of the examples than
        those of another realization would be.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the realizations. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.
    n_jobs : int, default=None
        Number of jobs to run in parallel. ``None`` means 1 unless in a :obj:`joblib.parallel_backend` context. ``-1``
        means using all processors. Jobs are threads over signals.
    verbose : int, default=0
        Verbosity level. If positive, the loss is printed every ``verbose`` iterations.

    Attributes
    ----------
    target_ : ndarray of shape (n_coefficients,)
        Outputs of the representation for the examples with standardized channels, averages if there are several
        examples. NaN for outputs that no example determines.
    signal_shape_ : tuple of int
        Shape of one signal, channels first.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    ScatteringDenoiser : Denoise signals by the same descent.
    GaussianTexture : Gaussian process with the power spectrum of examples.

    Notes
    -----
    The Gaussian process is periodic, and each channel has its own; correlations between channels are those of the
    representation. The difference between the statistics of the examples and those of the filled signal is only
    reduced to the size of the differences between realizations, so that fewer details are random.

    References
    ----------
    .. [1] Y. Hoffman and E. Ribak, "Constrained realizations of Gaussian fields: a simple algorithm", Astrophysical
           Journal 380 (1991), L5-L8.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.moments import ScatteringSpectra
    >>> from skscat.synthesis import ScatteringInpainter
    >>> x = np.random.default_rng(0).exponential(size=1024) ** 2
    >>> X = np.convolve(x, np.ones(16) / 4, "same")[np.newaxis]
    >>> X[:, 300:350] = np.nan
    >>> scattering = Scattering1D(J=5, Q=1, padding="wrap", nan_policy="omit")
    >>> inpainter = ScatteringInpainter(ScatteringSpectra(scattering), random_state=0)
    >>> filled = inpainter.fit_transform(X)
    >>> bool(np.isfinite(filled).all() and np.array_equal(filled[:, :300], X[:, :300]))
    True
    """

    _parameter_constraints: dict = {
        "representation": [HasMethods(["fit", "transform", "gradient"]), list],
        "n_realizations": [at_least(2)],
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
        max_steps: int = 100,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.representation = representation
        self.n_realizations = n_realizations
        self.max_steps = max_steps
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: None = None) -> Self:
        """Learn the statistics of examples, with or without gaps.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Examples; missing samples are NaN, or masked in a :class:`numpy.ma.MaskedArray`.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If all samples of a channel of an example are missing, a channel is constant, or the representation has no
            gradient, is for complex signals, or does not accept gaps (``nan_policy="raise"``) although X has some.
        """
        X = on_host("X", X)
        parts = check_representations(self)
        read_layout(self, X, parts)
        x = check_signals(self, X, ndim=self._ndim, reset=False, omit=True).astype(np.float64)
        self._exponent = scale_exponents(np.nan_to_num(x)[np.newaxis], None)
        x = times_exp2(x, -self._exponent)
        texture = GaussianTexture(ndim=self._ndim, nan_policy="omit", channel_axis=0, method="noise").fit(x)
        self._mean = texture.mean_.reshape(-1, *(1,) * self._ndim)
        self._unit = self._standard_deviations(x)
        standard = (x - self._mean) / self._unit
        grid = x.shape[2:]
        power = np.mean(np.abs(texture._spectra) ** 2, axis=0) / np.prod(grid)
        self._power = band_means(power / self._unit**2, grid)[0]
        self.representation_ = channels_first(self, parts).fit(standard.reshape(len(x), *self.signal_shape_))
        S = self.representation_.transform(standard.reshape(len(x), *self.signal_shape_))
        known = np.isfinite(S)
        counts = known.sum(axis=0)
        self.target_ = np.where(counts > 0, np.where(known, S, 0).sum(axis=0) / np.maximum(counts, 1), np.nan)
        rng = check_random_state(self.random_state)
        self._white = rng.standard_normal((self.n_realizations, *x.shape[1:]))
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Fill the gaps in signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals; missing samples are NaN, or masked in a :class:`numpy.ma.MaskedArray`.

        Returns
        -------
        X : ndarray of the shape of X
            Signals without gaps; observed samples do not change. float32 if X is, otherwise float64.

        Raises
        ------
        ValueError
            If all samples of a channel of a signal are missing, or X is not real and of the shape of the examples.
        """
        check_is_fitted(self)
        X = fill_masked(on_host("X", X))
        x = check_signals(self, X, ndim=self._ndim, reset=False, omit=True)
        missing = np.isnan(x)
        check_any_left(missing, tuple(range(2, x.ndim)))
        filled = x.copy()
        rows = np.flatnonzero(missing.any(axis=tuple(range(1, x.ndim))))
        found = Parallel(self.n_jobs, prefer="threads")(delayed(self._fill)(x[row], missing[row]) for row in rows)
        for row, values in zip(rows, found, strict=True):
            filled[row][missing[row]] = values
        return to_input_layout(self, filled).reshape(np.asarray(X).shape)

    def _fill(self, x, missing):
        """Return the missing samples of a signal of shape (channels, *grid)."""
        x = times_exp2(x.astype(np.float64), -self._exponent)
        standard = np.where(missing, 0, (x - self._mean) / self._unit)
        channels = list(zip(standard, missing, self._power, strict=True))
        start = np.array([conditional_mean(*channel) for channel in channels])
        others = [
            [constrained_realization(*channel, w) for channel, w in zip(channels, white, strict=True)]
            for white in self._white
        ]
        values = match_gaps(
            self.representation_,
            self.target_,
            start,
            missing,
            np.array(others),
            max_iter=self.max_steps,
            verbose=self.verbose,
        )
        unit, mean = (np.broadcast_to(v, x.shape)[missing] for v in (self._unit, self._mean))
        return times_exp2(mean + unit * values, self._exponent)

    def _standard_deviations(self, x):
        """Return the standard deviation of each channel, or raise ValueError if one is constant."""
        for channel, values in enumerate(x.swapaxes(0, 1)):
            if is_constant(values[~np.isnan(values)][np.newaxis])[0]:
                raise ValueError(f"X is constant in channel {channel}; expected examples that vary.")
        return np.nanstd(x, axis=(0, *range(2, x.ndim))).reshape(self._mean.shape)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "target_")
