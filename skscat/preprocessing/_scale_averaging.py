"""Features of images that change little with their scale."""

import numpy as np
import scipy.fft
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from skscat._checks import check_numbers
from skscat._sklearn import (
    HasMethods,
    SignalTagsMixin,
    StrOptions,
    check_feature_names_in,
    check_signals,
    fit_context,
)


def reduce_images(x, factor):
    """Make images smaller, on their last two axes: cut their cosine series. Beyond borders lie mirror images.

    Parameters
    ----------
    x : ndarray of shape (..., height, width)
        Images.
    factor : float
        At least 1.

    Returns
    -------
    x : ndarray of shape (..., round(height / factor), round(width / factor))
    """
    if factor == 1:
        return x
    height, width = (max(1, round(n / factor)) for n in x.shape[-2:])
    series = scipy.fft.dctn(x, axes=(-2, -1))[..., :height, :width]
    # Sums of cosines are not normalized: what they add up to grows with the number of pixels.
    gain = height * width / (x.shape[-2] * x.shape[-1])
    return gain * scipy.fft.idctn(series, axes=(-2, -1), overwrite_x=True)


class ScaleAveraging(SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    r"""Average the features of an image over copies of several sizes.

    A surface seen from further away is the same surface at a smaller scale. Averages over copies reduced by factors up
    to the change to be expected hardly depend on it. To average logarithms, put the logarithm into the transformer:
    ``ScaleAveraging(make_pipeline(RotoTranslationScattering2D(average="global"), LogMedian()))``.

    Parameters
    ----------
    transformer : estimator
        What makes features of images: a scattering transform, or a pipeline that begins with one. It is cloned for
        each size.
    scales : sequence of float, default=(1, 2 ** 0.5, 2, 2 ** 1.5)
        Factors, of at least 1, by which images are made smaller.
    combine : {"mean", "stack"}, default="mean"
        "mean" averages features over scales, which needs the same number of features at every scale: use a
        transformer with ``average="global"``. "stack" keeps them side by side.
    shape : tuple of int, default=None
        Shape of one image in flat X, ``(height, width)`` or ``(channels, height, width)``, as ``numpy.reshape`` reads
        it. None takes square images.

    Attributes
    ----------
    transformers_ : list of estimator
        The fitted transformers, one a scale.
    signal_shape_ : tuple of int
        Shape of one image.
    n_features_in_ : int
        Numbers in one image.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    RotoTranslationScattering2D : Invariance to rotations.

    References
    ----------
    .. [1] L. Sifre and S. Mallat, "Rotation, scaling and deformation invariant scattering for texture discrimination",
           Proc. CVPR (2013), 1233-1240.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import ScaleAveraging, Scattering2D
    >>> X = np.random.default_rng(0).standard_normal((4, 32, 32))
    >>> averaging = ScaleAveraging(Scattering2D(J=2, average="global"), scales=(1, 1.4)).fit(X)
    >>> averaging.transform(X).shape
    (4, 81)
    """

    _parameter_constraints: dict = {
        "transformer": [HasMethods(["fit", "transform"])],
        "scales": ["array-like"],
        "combine": [StrOptions({"mean", "stack"})],
        "shape": [None, "array-like"],
    }

    def __init__(self, transformer, *, scales=(1, 2**0.5, 2, 2**1.5), combine="mean", shape=None):
        self.transformer = transformer
        self.scales = scales
        self.combine = combine
        self.shape = shape

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None):
        """Fit a transformer for each scale.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Images.
        y : array-like of shape (n,), default=None
            Passed to the transformers.

        Returns
        -------
        self : object
            The fitted transformer.

        Raises
        ------
        ValueError
            If ``scales`` has other than numbers of at least 1, or ``combine="mean"`` finds other numbers of features
            at other scales.
        """
        self._fit_transform(X, y)
        return self

    @fit_context(prefer_skip_nested_validation=False)
    def fit_transform(self, X, y=None):
        """Fit a transformer for each scale, and return the features of X.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Images.
        y : array-like of shape (n,), default=None
            Passed to the transformers.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)

        Raises
        ------
        ValueError
            As ``fit`` does.
        """
        return self._fit_transform(X, y)

    def _fit_transform(self, X, y):
        scales = check_numbers("scales", self.scales, lambda scale: scale >= 1, "numbers of at least 1")
        X = self._images(X, reset=True)
        self.transformers_ = [clone(self.transformer) for _ in scales]
        self._scales, self._stacks = scales, self.combine == "stack"
        features = [
            transformer.fit_transform(reduce_images(X, scale), y)
            for transformer, scale in zip(self.transformers_, scales, strict=True)
        ]
        return self._combine(features)

    def transform(self, X):
        """Return the features of images, averaged over scales.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features)
            Images of the shape seen in ``fit``.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
        """
        check_is_fitted(self)
        X = self._images(X, reset=False)
        pairs = zip(self.transformers_, self._scales, strict=True)
        return self._combine([transformer.transform(reduce_images(X, scale)) for transformer, scale in pairs])

    def get_feature_names_out(self, input_features=None):
        """Name the features: as the transformer does, with the scale before them if they are stacked.

        Parameters
        ----------
        input_features : None or array-like of str
            Only checked against the names seen in ``fit``.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        names = [transformer.get_feature_names_out() for transformer in self.transformers_]
        if not self._stacks:
            return names[0]
        parts = zip(self._scales, names, strict=True)
        return np.array([f"s{scale:.6g}_{name}" for scale, part in parts for name in part], dtype=object)

    def _images(self, X, reset):
        X = check_signals(self, X, ndim=2, reset=reset)
        return X if len(self.signal_shape_) > 2 else X[:, 0]

    def _combine(self, features):
        if self._stacks:
            return np.concatenate(features, axis=1)
        counts = [f.shape[1] for f in features]
        if len(set(counts)) > 1:
            raise ValueError(
                f"combine='mean' found {counts} features at scales {self._scales}; expected as many at each. "
                "Average over the whole image, or stack."
            )
        return np.mean(features, axis=0)
