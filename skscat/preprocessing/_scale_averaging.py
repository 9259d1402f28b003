"""Features of images that are stable to changes of scale."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Self

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from skscat._checks import as_sequence, is_finite, is_sequence
from skscat._core import _namespace as arrays
from skscat._core._amplitude import scale_exponents, times_exp2
from skscat._dispatch import as_given, check_use, taken
from skscat._lists import as_list, read_list, unequal
from skscat._signals import check_channel_names, refuse_complex
from skscat._sklearn import (
    CHANNEL_AXIS,
    CHANNEL_NAMES,
    SHAPE,
    ArrayTagsMixin,
    HasMethods,
    SignalTagsMixin,
    StrOptions,
    check_feature_names_in,
    fit_context,
)
from skscat._validation import check_signals, passed_on, refuse_channel_axis, to_array
from skscat.preprocessing._wrapping import name_channels


def reduce_images(x, factor):
    """Downsample images along their last two axes by truncating their cosine series (symmetric padding).

    Parameters
    ----------
    x : ndarray of shape (n, ..., height, width)
        Images.
    factor : float or tuple of float
        Downsampling factor, at least 1, or those of height and width.

    Returns
    -------
    x : ndarray of shape (n, ..., round(height / factor), round(width / factor))
        Downsampled images.
    """
    factors = np.broadcast_to(factor, 2).tolist()
    if factors == [1, 1]:
        return x
    height, width = (max(1, round(n / f)) for n, f in zip(x.shape[-2:], factors, strict=True))
    exponents = scale_exponents(x, None)
    if not arrays.is_numpy(x):
        rows, columns = (
            arrays.from_numpy(_reduction(*sizes).astype(arrays.dtype_of(x)), x)
            for sizes in zip(x.shape[-2:], (height, width), strict=True)
        )
        return times_exp2(rows @ times_exp2(x, -exponents) @ columns.T, exponents)
    series = scipy.fft.dctn(times_exp2(x, -exponents), axes=(-2, -1))[..., :height, :width]
    # The cosine transform is not normalized: its coefficients grow with the number of pixels.
    gain = height * width / (x.shape[-2] * x.shape[-1])
    return times_exp2(gain * scipy.fft.idctn(series, axes=(-2, -1), overwrite_x=True), exponents)


@lru_cache(maxsize=64)
def _reduction(n, shorter):
    """Matrix that downsamples n values as :func:`reduce_images` does."""
    return shorter / n * scipy.fft.idct(scipy.fft.dct(np.eye(n), axis=0)[:shorter], axis=0)


def scale_name(scale):
    """Name of a factor in feature names, such as 2, or of those of height and width, such as 1x2."""
    return "x".join(f"{factor:.6g}" for factor in as_sequence(scale))


class ScaleAveraging(ArrayTagsMixin, SignalTagsMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    r"""Average the features of images over several scales.

    A surface seen from farther away is the same surface at a smaller scale. Features averaged over downsampled copies
    of an image, by factors up to the largest expected change of scale, hardly depend on this change. A surface seen
    obliquely is foreshortened: it is smaller along one direction, and so are copies downsampled along one axis. To
    average log-coefficients, include the logarithm in the transformer:
    ``ScaleAveraging(make_pipeline(RotoTranslationScattering2D(average="global"), LogMedian()))``.

    Read more in the :ref:`User Guide <roto_translation>`.

    Parameters
    ----------
    transformer : estimator
        Estimator that computes the features of images: a scattering transform, or a pipeline that begins with one. It
        is cloned for each scale. For images of different sizes, wrap the transform first:
        ``ScaleAveraging(VariableSizeScattering(Scattering2D(J=4)))``.
    scales : sequence of float or of pairs of float, default=(1, 2 ** 0.5, 2, 2 ** 1.5)
        Factors by which images are downsampled, at least 1. A pair gives the factors of height and width.
    combine : {"mean", "concatenate"}, default="mean"
        "mean" averages the features over scales. This requires the same number of features at each scale: use a
        transformer with ``average="global"``. "concatenate" keeps the features of all scales.
    shape : tuple of int, default=None
        Shape of one image in flat X, ``(height, width)`` or ``(channels, height, width)``, as in
        :func:`numpy.reshape`. If None, images are square.
    channel_axis : int, default=None
        Axis of one image that holds its channels, as in scikit-image: -1 if X has shape ``(n, height, width,
        channels)``. With flat X, it is an axis of ``shape``. None means channels first if X has four axes. The
        transformer always receives channels first.
    channel_names : sequence of str, default=None
        Names of the channels, such as colors, in feature names. They are passed to the transformer. None leaves the
        names to the transformer, whose channels are ``c0``, ``c1`` and so on by default.

    Attributes
    ----------
    transformers_ : list of estimator
        Fitted transformers, one per scale.
    signal_shape_ : tuple of int
        Shape of one image, channels first. Not defined if images differ in size.
    n_features_in_ : int
        Number of features seen during :term:`fit`. Not defined if images differ in size.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    skscat.RotoTranslationScattering2D : Scattering that is invariant to rotations.

    References
    ----------
    .. [1] L. Sifre and S. Mallat, "Rotation, scaling and deformation invariant scattering for texture discrimination",
           Proc. CVPR (2013), 1233-1240.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering2D
    >>> from skscat.preprocessing import ScaleAveraging
    >>> X = np.random.default_rng(0).standard_normal((4, 32, 32))
    >>> averaging = ScaleAveraging(Scattering2D(J=2, average="global"), scales=(1, 1.4)).fit(X)
    >>> averaging.transform(X).shape
    (4, 81)
    """

    _parameter_constraints: dict = {
        "transformer": [HasMethods(["fit", "transform"])],
        "scales": ["array-like"],
        "combine": [StrOptions({"mean", "concatenate"})],
        "shape": SHAPE,
        "channel_axis": CHANNEL_AXIS,
        "channel_names": CHANNEL_NAMES,
    }

    def __init__(
        self,
        transformer: BaseEstimator,
        *,
        scales: Sequence[float] = (1, 2**0.5, 2, 2**1.5),
        combine: str = "mean",
        shape: tuple[int, ...] | None = None,
        channel_axis: int | None = None,
        channel_names: Sequence[str] | None = None,
    ) -> None:
        self.transformer = transformer
        self.scales = scales
        self.combine = combine
        self.shape = shape
        self.channel_axis = channel_axis
        self.channel_names = channel_names

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Fit a transformer for each scale.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features), or list
            Images; a list if they differ in size.
        y : array-like of shape (n,), default=None
            Target values, passed to the transformers.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If ``scales`` contains anything but numbers of at least 1 and pairs of them, if ``combine="mean"`` and the
            number of features differs between scales, or if ``channel_names`` are not one per channel, or cannot be
            passed to the transformer.
        """
        first = []
        for transformer, x in self._clones(X):
            transformer.fit(x, y)
            if not self._concatenates:
                # The features of one image suffice to compare their numbers.
                first.append(transformer.transform(x[:1] if isinstance(x, list) else x[:1, ...]))
        self._check_counts(first)
        return self

    @fit_context(prefer_skip_nested_validation=False)
    def fit_transform(self, X: ArrayLike, y: ArrayLike | None = None) -> np.ndarray:
        """Fit a transformer for each scale, and return the features of X.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features), or list
            Images; a list if they differ in size.
        y : array-like of shape (n,), default=None
            Target values, passed to the transformers.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Features, averaged over scales or concatenated.

        Raises
        ------
        ValueError
            If ``scales`` contains anything but numbers of at least 1 and pairs of them, if ``combine="mean"`` and the
            number of features differs between scales, or if ``channel_names`` are not one per channel, or cannot be
            passed to the transformer.
        """
        return self._fit_transform(X, y)

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the features of images.

        Parameters
        ----------
        X : array-like of shape (n, height, width), (n, channels, height, width) or (n, n_features), or list
            Images of the shape seen during :term:`fit`; of any size if those differed in size.

        Returns
        -------
        S : ndarray of shape (n, n_features_out)
            Features, averaged over scales or concatenated.
        """
        check_use(self, X, "transform")
        x = self._images(X, reset=False)
        images = (self._reduced(X, x, scale) for scale in self._scales)
        pairs = zip(self.transformers_, images, strict=True)
        return self._combine([transformer.transform(x) for transformer, x in pairs])

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: those of the transformer, after the scale if features are concatenated.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            Feature names.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features, generate_names=False)
        names = [transformer.get_feature_names_out() for transformer in self.transformers_]
        if not self._concatenates:
            return names[0]
        parts = zip(self._scales, names, strict=True)
        return np.array([f"s{scale_name(scale)}_{name}" for scale, part in parts for name in part], dtype=object)

    def _fit_transform(self, X, y=None, S=None):
        """Return the features of X; S are those of the transformer to be fitted to X, if they are known."""
        features = []
        for transformer, x in self._clones(X):
            if S is not None and self._scales[len(features)] in (1, (1, 1)):
                transformer.fit(x, y)
                features.append(S)
            else:
                features.append(transformer.fit_transform(x, y))
        return self._combine(features)

    def _checked_scales(self):
        """Scales as a tuple of numbers and pairs of numbers."""
        scales = [as_sequence(scale) for scale in as_sequence(self.scales)] if is_sequence(self.scales) else []
        right = (len(scale) in (1, 2) and all(is_finite(f) and f >= 1 for f in scale) for scale in scales)
        if not scales or not all(right):
            raise ValueError(
                f"scales={self.scales!r}: expected a sequence of numbers of at least 1, or of pairs of them."
            )
        return tuple(tuple(map(float, scale)) if len(scale) == 2 else float(scale[0]) for scale in scales)

    def _images(self, X, reset):
        """Return an array of images, or a list if they differ in size, or did in ``fit``."""
        signals = unequal(X) if reset or hasattr(self, "signal_shape_") else as_list(X) or list(to_array(X))
        if signals:
            return self._listed(signals, reset)
        X = check_signals(self, X, ndim=2, reset=reset)
        if reset:
            self._channels = self.signal_shape_[:-2]
        return X if len(self.signal_shape_) > 2 else X[:, 0]

    def _listed(self, signals, reset):
        """Return images of different sizes, with their channels, if any, first."""
        x, channels = read_list(signals, 2, self.channel_axis, None if reset else self._channels)
        if reset:
            if self.shape is not None:
                raise ValueError(
                    f"shape={self.shape!r}, but X is a list of images that differ in size; expected None."
                )
            for name in ("n_features_in_", "feature_names_in_", "signal_shape_", "_channel_axis", "_library"):
                self.__dict__.pop(name, None)
            self._channels = channels
            self._channel_names = check_channel_names(self.channel_names, x[0].shape[0 if channels else 1 :], 2)
        return x if channels else [image[0] for image in x]

    def _reduced(self, X, x, scale):
        """Return downsampled images, for a transformer."""
        if isinstance(x, list):
            return [reduce_images(image, scale) for image in x]
        return passed_on(self, X, reduce_images(x, scale))

    def _clones(self, X):
        """Set the attributes of a fit. Yield a transformer for each scale, to be fitted, and its images."""
        scales = self._checked_scales()
        refuse_channel_axis("transformer", self.transformer, "Set channel_axis of ScaleAveraging instead.")
        refuse_complex("transformer", self.transformer, "ScaleAveraging")
        x = self._images(X, reset=True)
        self.transformers_ = [clone(self.transformer) for _ in scales]
        for transformer in self.transformers_:
            name_channels(transformer, self._channel_names)
        self._scales, self._concatenates = scales, self.combine == "concatenate"
        for transformer, scale in zip(self.transformers_, scales, strict=True):
            yield transformer, self._reduced(X, x, scale)

    def _check_counts(self, features):
        """Raise ValueError unless there are as many features at each scale."""
        counts = [f.shape[1] for f in features]
        if len(set(counts)) > 1:
            raise ValueError(
                f"combine='mean' found {counts} features at scales {self._scales}; expected the same number at each. "
                "Average over the whole image, or concatenate."
            )

    def _combine(self, features):
        if not self._concatenates:
            self._check_counts(features)
        given, features = features[0], [taken(f) for f in features]
        if self._concatenates:
            return as_given(given, arrays.namespace(features[0]).concatenate(features, axis=1))
        if arrays.is_numpy(features[0]):
            return as_given(given, np.mean(features, axis=0))
        return sum(features) / len(features)
