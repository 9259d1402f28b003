"""Maximum-entropy models: signals as random as given statistics allow."""

from numbers import Integral, Real

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._checks import check_counts
from skscat._sklearn import (
    HasMethods,
    Interval,
    SignalTagsMixin,
    StrOptions,
    check_signals,
    fit_context,
    validate_data,
    with_channels,
)
from skscat.synthesis._descent import descend
from skscat.synthesis._gaussian import GaussianTexture
from skscat.synthesis._union import RepresentationUnion

# Groups of outputs smaller than this, for signals of variance one, count as if they were as large.
SMALLEST_GROUP = 0.5


class MicrocanonicalModel(SignalTagsMixin, BaseEstimator):
    r"""Signals with the same outputs of a representation as an example, and random otherwise.

    With :math:`\Phi` a scattering averaged over the whole signal, samples are drawn by descent of

    .. math:: \tfrac12 \|\Phi(x) - \Phi(\bar x)\|^2

    from white noise of the mean and variance of the example :math:`\bar x`, [1]_. Each order counts the same. As
    :math:`\Phi` and noise are stationary, so are samples; what :math:`\Phi` does not say stays as random as it was.

    Read more in the :ref:`User Guide <processes>`.

    Parameters
    ----------
    representation : estimator or list of estimators
        With ``fit``, ``transform`` and ``gradient``: :class:`~skscat.moments.ScatteringMoments`,
        :class:`~skscat.moments.ScatteringSpectra`, or any scattering with ``average="global"``. Use
        ``padding="wrap"`` for textures. Of several all outputs are kept. They are cloned.
    tol : float, default=1e-8
        A descent ends when the loss has fallen to this share of its first value.
    max_iter : int, default=500
        Steps of a descent, at most.
    init : {"white", "gaussian"}, default="white"
        Where descents begin: at white noise, or at noise of the spectrum of the example.
    n_jobs : int, default=None
        Number of threads over samples. None means 1 unless a ``joblib.parallel_config`` context says otherwise, -1 all
        cores.
    verbose : int, default=0
        Print the loss every so many steps.

    Attributes
    ----------
    target_ : ndarray of shape (n_coefficients_,)
        Outputs of the representation for the examples, their mean if there are several, of channels made white.
    mean_ : ndarray of shape (n_channels,)
        Mean of each channel.
    mixing_ : ndarray of shape (n_channels, n_channels)
        From white channels to those of the examples: a root of their covariance.
    representation_ : object
        The fitted representation, with ``transform``, ``gradient`` and ``kinds_``.
    n_coefficients_ : int
        Number of outputs. A model of as many as a signal has numbers, ``n_features_in_``, can but repeat its example.
    loss_curve_ : ndarray of shape (n_iter + 1,)
        Losses of the last signal of the latest call of ``sample``; not there before.
    signal_shape_ : tuple of int
        Shape of one signal.
    n_features_in_ : int
        Numbers in one signal.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    GaussianTexture : Keeps the spectrum alone.

    Notes
    -----
    Channels are made white first, then modelled one by one: correlations of different channels at one place are those
    of the examples, others are not kept.

    References
    ----------
    .. [1] J. Bruna and S. Mallat, "Multiscale sparse microcanonical models", Math. Stat. Learn. 1 (2018), 257-315.

    Examples
    --------
    >>> from skscat import Scattering2D
    >>> from skscat.datasets import load_images_sample
    >>> from skscat.synthesis import MicrocanonicalModel
    >>> pictures = load_images_sample()
    >>> X = pictures.images[:1, :32, :32]
    >>> model = MicrocanonicalModel(Scattering2D(J=3, L=4, padding="wrap", average="global"), max_iter=30)
    >>> model.fit(X).sample(random_state=0).shape
    (1, 32, 32)
    >>> bool(model.loss_curve_[-1] < 1e-3 * model.loss_curve_[0])
    True
    """

    _parameter_constraints: dict = {
        "representation": [HasMethods(["fit", "transform", "gradient"]), list],
        "tol": [Interval(Real, 0, 1, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "init": [StrOptions({"white", "gaussian"})],
        "n_jobs": [None, Integral],
        "verbose": ["verbose"],
    }

    def __init__(self, representation, *, tol=1e-8, max_iter=500, init="white", n_jobs=None, verbose=0):
        self.representation = representation
        self.tol = tol
        self.max_iter = max_iter
        self.init = init
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Learn the outputs of the representation.

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

        Raises
        ------
        ValueError
            If a channel is constant or a sum of others, or the representation divides outputs by each other.
        """
        # Takes the names of features; the rest is checked by the representation, which sees no names.
        X = validate_data(self, X, skip_check_array=True)
        X = X.to_numpy() if hasattr(X, "to_numpy") else X
        parts = self._check_parts()
        representation = RepresentationUnion(parts).fit(X)
        self.signal_shape_, self.n_features_in_ = representation.signal_shape_, representation.n_features_in_
        self._ndim = representation.ndim_
        X = np.asarray(X, dtype=np.float64).reshape(len(X), *self._layout())
        self.mean_ = X.mean(axis=(0, *range(2, X.ndim)))
        deviations = np.moveaxis(X, 1, -1) - self.mean_
        covariance = np.tensordot(deviations, deviations, (range(X.ndim - 1),) * 2) / (X.size / X.shape[1])
        variances, axes = np.linalg.eigh(covariance)
        if variances[0] <= 1e-12 * variances[-1]:
            raise ValueError("X has channels that are constant, or sums of others; there is nothing to model.")
        self.mixing_ = axes * np.sqrt(variances)
        white = np.moveaxis(deviations @ np.linalg.inv(self.mixing_).T, -1, 1)
        # Some representations learn the sizes of their outputs, which must be those of white channels.
        self.representation_ = RepresentationUnion(parts).fit(white.reshape(len(X), *self.signal_shape_))
        self.target_ = self._outputs(white).mean(axis=0)
        self.n_coefficients_ = self.target_.size
        self._groups = self.representation_.kinds_
        self._sizes = np.sqrt(np.bincount(self._groups, self.target_**2))
        self._twin = GaussianTexture(ndim=self._ndim).fit(white) if self.init == "gaussian" else None
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
        shape = (n_samples, *self._layout())
        first = rng.standard_normal(shape) if self._twin is None else self._twin.sample(n_samples, rng).reshape(shape)
        scale = np.maximum(self._sizes, SMALLEST_GROUP)[self._groups]
        run = delayed(descend)
        options = {"tol": self.tol, "max_iter": self.max_iter, "verbose": self.verbose}
        jobs = (run(self.representation_, self.target_, scale, x.ravel(), **options) for x in first)
        descents = Parallel(self.n_jobs, prefer="threads")(jobs)
        self.loss_curve_ = descents[-1].losses
        white = np.array([descent.x for descent in descents]).reshape(shape)
        X = np.moveaxis(np.moveaxis(white, 1, -1) @ self.mixing_.T + self.mean_, -1, 1)
        return X.reshape(n_samples, *self.signal_shape_)

    def relative_errors(self, X):
        """Errors of the outputs of signals, relative to those of the example, for each group of outputs.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Signals.

        Returns
        -------
        errors : ndarray of shape (n, n_groups)
            Norms of the errors divided by the norms of the outputs of the example. Groups are those of
            ``representation_.kinds_``: for scattering its orders, each by its powers.
        """
        check_is_fitted(self)
        X = check_signals(self, X, ndim=self._ndim, reset=False).astype(np.float64)
        white = np.moveaxis((np.moveaxis(X, 1, -1) - self.mean_) @ np.linalg.inv(self.mixing_).T, -1, 1)
        squares = [np.bincount(self._groups, e) for e in (self._outputs(white) - self.target_) ** 2]
        return np.sqrt(squares) / np.maximum(self._sizes, SMALLEST_GROUP)

    def _check_parts(self):
        """List the representations."""
        parts = self.representation if isinstance(self.representation, list) else [self.representation]
        if not parts:
            raise ValueError("representation=[]: expected one estimator at least.")
        for part in parts:
            missing = [name for name in ("fit", "transform", "gradient") if not hasattr(part, name)]
            if missing:
                raise ValueError(f"representation={part!r} has no method {missing[0]}.")
            if getattr(part, "renormalize", False):
                raise ValueError(f"representation={part!r} has no gradient; expected renormalize=False.")
        return parts

    def _outputs(self, white):
        """Outputs of the representation for signals with white channels."""
        return self.representation_.transform(white.reshape(len(white), *self.signal_shape_))

    def _layout(self):
        """Shape of one signal with its channels."""
        return with_channels(self.signal_shape_, self._ndim)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "target_")
