"""Moments of stationary processes: expected scattering, estimated by averages over space or time and realisations."""

from dataclasses import replace

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import HasMethods, SignalTagsMixin, check_powers, fit_context, take_over_features
from skscat._transforms._base import globally_averaged


class ScatteringMoments(SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    r"""Scattering moments of stationary processes.

    .. math:: \bar S X(\lambda_1, \lambda_2) = E\,||X * \psi_{\lambda_1}| * \psi_{\lambda_2}|^p

    estimated by the mean over a signal, and over realisations. Few numbers say how a process is correlated, how
    intermittent it is and how its scales depend on each other, [1]_ [2]_.

    Read more in the :ref:`User Guide <processes>`.

    Parameters
    ----------
    scattering : estimator
        A scattering transform. A clone of it averages over the whole signal; powers of its own do not count.
    powers : sequence of float, default=(1,)
        Powers p of the moduli. The second gives the power spectrum, in bands.
    renormalize : bool, default=False
        Whether to divide the moments of second and later orders by those of their parents. Then
        :math:`E||X * \psi_1| * \psi_2| / E|X * \psi_1|` depends on neither the size nor the spectrum of a process that
        is self-similar.

    Attributes
    ----------
    mean_ : ndarray of shape (n_features_out,)
        Moments: means over signals. Quotients are those of means.
    standard_error_ : ndarray of shape (n_features_out,)
        Standard errors of the means (of the mean of quotients, if there are any); NaN after one signal.
    n_samples_seen_ : int
        Number of signals.
    scattering_ : estimator
        The fitted transform.
    paths_ : structured ndarray
        Its paths.
    plan_ : Plan
        Its plan.
    output_shape_ : tuple of int
        Shape of the moments of one signal: channels (if X has any), paths, powers (unless ``powers=(1,)``).
    kinds_ : ndarray of int of shape (n_features_out,)
        Number of the group of each output: outputs of the same order and power, which are alike in size.
    ndim_ : int
        Number of axes of one signal, without channels.
    signal_shape_ : tuple of int
        Shape of one signal.
    n_features_in_ : int
        Numbers in one signal.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    ScatteringSpectra : Correlations of wavelet coefficients and moduli.
    skscat.synthesis.MicrocanonicalModel : Signals with given moments.

    References
    ----------
    .. [1] S. Mallat, "Group invariant scattering", Comm. Pure Appl. Math. 65 (2012), 1331-1398, section 4.
    .. [2] J. Bruna, S. Mallat, E. Bacry and J.-F. Muzy, "Intermittent process analysis with scattering moments", Ann.
           Statist. 43 (2015), 323-351.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.moments import ScatteringMoments
    >>> X = np.random.default_rng(0).standard_normal((8, 1024))
    >>> moments = ScatteringMoments(Scattering1D(J=4), powers=(1, 2)).fit(X)
    >>> moments.mean_.shape == moments.transform(X)[0].shape
    True
    """

    _parameter_constraints: dict = {
        "scattering": [HasMethods(["fit", "transform"])],
        "powers": ["array-like"],
        "renormalize": ["boolean"],
    }

    def __init__(self, scattering, *, powers=(1,), renormalize=False):
        self.scattering = scattering
        self.powers = powers
        self.renormalize = renormalize

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Estimate the moments of a process from signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Realisations.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            If ``powers`` has other than positive numbers, or one twice, or ``scattering`` has no averages.
        """
        powers = check_powers(self.powers)
        scattering = globally_averaged(self.scattering).fit(X)
        powers = None if powers == (1,) else powers
        if powers != scattering.plan_.powers:
            scattering.set_plan(replace(scattering.plan_, powers=powers))
        self.scattering_ = scattering
        take_over_features(self, scattering)
        self.plan_, self.paths_, self.output_shape_ = scattering.plan_, scattering.paths_, scattering.output_shape_
        self._n_features_out = scattering._n_features_out
        self._divides = self.renormalize
        self.n_samples_seen_ = 0
        self._raw_mean, self._mean, self._squares = np.zeros((3, self._n_features_out))
        return self._count(X)

    @fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y=None):
        """Add signals to those that estimate the moments.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Realisations, of the shape of those before.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        return self._count(X) if hasattr(self, "n_samples_seen_") else self.fit(X)

    def transform(self, X):
        """Return the moments of each signal.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
        """
        check_is_fitted(self)
        S = np.asarray(self.scattering_.transform(X))
        return self._quotients(S) if self._divides else S

    def gradient(self, X, weights):
        """Gradient of a weighted sum of the moments with respect to the signals.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.
        weights : array-like of shape (n, n_features_out), or callable
            Weights of the moments, as ``transform(X)`` returns them. A function ``weights(S, index)`` is given parts
            of the output, ``transform(X)[index]``, as soon as they are known, and returns their weights.

        Returns
        -------
        gradient : ndarray of shape (n, n_features_in_)
            Gradient of ``(weights * transform(X)).sum()``, with flat rows.

        Raises
        ------
        ValueError
            If moments are divided by those of their parents, or weights have another shape than the output.
        """
        check_is_fitted(self)
        if self._divides:
            raise ValueError("renormalize=True divides moments by each other; their gradient needs renormalize=False.")
        return self.scattering_.gradient(X, weights)

    def get_feature_names_out(self, input_features=None):
        """Name the moments, as the transform does, with their powers if there are several.

        Parameters
        ----------
        input_features : None or array-like of str
            Only checked against the names seen in ``fit``.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
        """
        check_is_fitted(self)
        return self.scattering_.get_feature_names_out(input_features)

    def _count(self, X):
        """Update the means of moments and of what ``transform`` returns, and the squared deviations of the latter."""
        S = np.asarray(self.scattering_.transform(X), dtype=np.float64)
        T = self._quotients(S) if self._divides else S
        before, n = self.n_samples_seen_, self.n_samples_seen_ + len(S)
        jump = T.mean(axis=0) - self._mean
        self._squares = self._squares + np.sum((T - T.mean(axis=0)) ** 2, axis=0) + jump**2 * before * len(S) / n
        self._mean = self._mean + jump * len(S) / n
        self._raw_mean = self._raw_mean + (S.mean(axis=0) - self._raw_mean) * len(S) / n
        self.n_samples_seen_ = n
        self.mean_ = self._quotients(self._raw_mean[np.newaxis])[0] if self._divides else self._raw_mean
        self.standard_error_ = np.sqrt(self._squares / n / (n - 1)) if n > 1 else np.full(len(jump), np.nan)
        return self

    def _quotients(self, S):
        """Divide second and later orders by their parents; nothing divided by nothing is nothing."""
        n_axes = 1 + len(self.plan_.output_grid)
        S = S.reshape(len(S), *self.output_shape_)
        parents = np.take(S, np.maximum(self.paths_["parent"], 0), axis=-n_axes)
        divided = np.divide(S, parents, out=np.zeros_like(S), where=parents > 0)
        later = (self.paths_["order"] > 1).reshape(-1, *(1,) * (n_axes - 1))
        return np.where(later, divided, S).reshape(len(S), -1)

    @property
    def ndim_(self):
        """Number of axes of one signal."""
        return self.scattering_.ndim_

    @property
    def kinds_(self):
        """Number of the group of each output: those of one order and power are alike in size."""
        return self.scattering_.kinds_

    def __sklearn_is_fitted__(self):
        return hasattr(self, "scattering_")


def moments_by_scale(moments, paths):
    """Average moments over everything but their scales: directions, and wavelets of one octave.

    Parameters
    ----------
    moments : ndarray of shape (..., n_paths)
        Moments of one power.
    paths : structured ndarray of shape (n_paths,)
        Paths of :class:`~skscat.Scattering1D` or :class:`~skscat.Scattering2D`.

    Returns
    -------
    first : ndarray of shape (..., J)
        Moments of order one at the scales :math:`2^0, ..., 2^{J-1}`.
    second : ndarray of shape (..., J, J)
        Moments of order two, NaN where there are none.

    Raises
    ------
    ValueError
        If there is not one moment a path, or there are no wavelets.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.moments import ScatteringMoments, moments_by_scale
    >>> X = np.random.default_rng(0).standard_normal((8, 1024))
    >>> moments = ScatteringMoments(Scattering1D(J=4, Q=1)).fit(X)
    >>> first, second = moments_by_scale(moments.mean_, moments.paths_)
    >>> first.shape, second.shape
    ((4,), (4, 4))
    """
    moments = np.asarray(moments)
    if moments.shape[-1:] != paths.shape:
        raise ValueError(
            f"moments has shape {moments.shape}; expected {len(paths)} moments, one a path, on the last axis."
        )
    if "j1" not in paths.dtype.names:
        raise ValueError("paths has no wavelets; expected those of a transform of order one at least.")
    # Wavelets between two octaves go with the finer one.
    j1, order = np.floor(paths["j1"]), paths["order"]
    J = 1 + int(np.nanmax(j1))
    first = np.stack([_mean_over(moments, (order == 1) & (j1 == j)) for j in range(J)], axis=-1)
    if "j2" not in paths.dtype.names:
        return first, np.full((*first.shape, J), np.nan)
    j2 = np.floor(paths["j2"])
    pairs = [_mean_over(moments, (order == 2) & (j1 == a) & (j2 == b)) for a in range(J) for b in range(J)]
    return first, np.stack(pairs, axis=-1).reshape(*first.shape, J)


def _mean_over(moments, rows):
    return moments[..., rows].mean(axis=-1) if rows.any() else np.full(moments.shape[:-1], np.nan)
