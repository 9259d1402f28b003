"""CIFAR-10: scattering, local principal components and kernel ridge regression."""

import time
from math import isqrt

import numpy as np
from _kernel_ridge import tested
from _report import SEED, cached, report, shuffled
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.decomposition import PCA, TruncatedSVD

from skscat import RotoTranslationScattering2D, Scattering2D
from skscat.datasets import fetch_caltech101, fetch_cifar10
from skscat.preprocessing import LogMedian

CIFAR10_PUBLISHED = {
    "value": 82.3,
    "method": "roto-translation scattering, 50,000 images",
    "source": "Oyallon & Mallat 2015",
}
# Classes of Caltech-101 in quick runs.
QUICK = ("accordion", "bonsai", "buddha", "ketch", "laptop")
COLORS = np.array([[0.299, 0.587, 0.114], [-0.147, -0.289, 0.436], [0.615, -0.515, -0.1]], np.float32)
# The floor of the logarithm and the whitening of local components were chosen for second-order scattering, on 3,000
# held-out images of 7,000 training images; the representations and their number of components, on 4,000 held-out
# images of 14,000.
EPSILON, N_LOCAL, LOCAL_POWER = 0.3, 150, 0.4
N_LEARN, N_COMPONENTS, N_HELD_OUT, BLOCK = 3000, 500, 5000, 500
# Ablations use fewer images.
N_ABLATION, N_ABLATION_TEST, PIECE = 10_000, 4000, 2000
GRID = {"power": (0.15, 0.25), "gamma": (1.0, 2.0, 4.0), "penalty": (1e-3, 3e-3, 1e-2)}


class PlaceComponents(TransformerMixin, BaseEstimator):
    """Principal components of the vectors at all positions, each divided by a power of its standard deviation.

    X has shape (n, n_variables, n_positions). All positions share the components; each position has its own mean.
    """

    def __init__(self, n_components, power):
        self.n_components = n_components
        self.power = power

    def fit(self, S, y=None):
        self.mean_ = S.mean(axis=0)
        centered = S - self.mean_
        deviation = centered.std(axis=(0, 2))
        vectors = (centered / deviation[:, np.newaxis]).transpose(1, 0, 2).reshape(len(deviation), -1)
        variances, axes = np.linalg.eigh(vectors @ vectors.T / vectors.shape[1])
        leading = np.argsort(-variances)[: self.n_components]
        variances = np.maximum(variances[leading], 1e-3 * variances.mean())
        self.components_ = (axes[:, leading] * variances ** (-self.power / 2) / deviation[:, np.newaxis]).T
        return self

    def transform(self, S):
        return np.matmul(self.components_, S - self.mean_).reshape(len(S), -1)


class Representation(TransformerMixin, BaseEstimator):
    """Even and odd components of images of shape (n, n_colors, height, width) with respect to mirroring.

    Mirror images need not be transformed: their coefficients are those of the images at mirrored positions and angles,
    but for a translation by one pixel less than the stride. The sum of both is even, their difference is odd. Squares
    of ``pooling`` x ``pooling`` positions are averaged, after the logarithm.
    """

    def __init__(self, scattering=None, n_colors=3, pooling=1):
        self.scattering = scattering
        self.n_colors = n_colors
        self.pooling = pooling

    def fit(self, X, y=None):
        if self.scattering is not None:
            self.scattering_ = clone(self.scattering).fit(X[:, : self.n_colors])
            self.mirrored_ = mirrored_variables(self.scattering_)
            # Zeroth-order coefficients are colors, which may be negative.
            S = self._coefficients(X)[0][:, :, self._n_means() :]
            self.log_ = LogMedian(EPSILON).fit(S.reshape(len(S), -1))
        self.local_ = PlaceComponents(N_LOCAL, LOCAL_POWER).fit(self._logarithms(X)[0])
        even, odd = self._parts(X)
        n_components = min(N_COMPONENTS, *(n - 1 for n in even.shape))
        # Not centered, so that the odd components of a mirror image are exactly opposite.
        svd = TruncatedSVD(n_components, n_iter=2, random_state=SEED)
        self.reductions_ = [PCA(n_components, svd_solver="randomized", iterated_power=2, random_state=SEED), svd]
        for reduction, part in zip(self.reductions_, (even, odd), strict=True):
            reduction.fit(part)
        return self

    def transform(self, X):
        """Even and odd components, of shape (2, n, n_components)."""
        blocks = (self._parts(X[i : i + BLOCK]) for i in range(0, len(X), BLOCK))
        reduced = [[r.transform(part) for r, part in zip(self.reductions_, parts, strict=True)] for parts in blocks]
        return np.concatenate(reduced, axis=1).astype(np.float32)

    def _parts(self, X):
        S, mirror = (self.local_.transform(S) for S in self._logarithms(X))
        return S + mirror, S - mirror

    def _n_means(self):
        return int(np.sum(self.scattering_.paths_["order"] == 0))

    def _coefficients(self, X):
        """Coefficients of images and of mirror images, of shape (n, n_colors, n_variables, n_positions)."""
        X = X[:, : self.n_colors]
        if self.scattering is None:
            S = X[:, :, np.newaxis]
            mirror = S[..., ::-1]
        else:
            S = self.scattering_.transform(X).reshape(*X.shape[:2], -1, *self.scattering_.output_shape_[-2:])
            mirror = S[:, :, self.mirrored_, :, ::-1]
        return [s.reshape(*s.shape[:3], -1) for s in (S, mirror)]

    def _logarithms(self, X):
        """Log-coefficients of images and of mirror images, of shape (n, n_variables, n_positions).

        No logarithm is taken of the zeroth order.
        """
        both = self._coefficients(X)
        if self.scattering is not None:
            for S in both:
                moduli = S[:, :, self._n_means() :]
                moduli[:] = self.log_.transform(moduli.reshape(len(S), -1)).reshape(moduli.shape)
        return [self._pooled(S.reshape(len(S), -1, S.shape[-1])) for S in both]

    def _pooled(self, S):
        """Averages over squares of positions."""
        side = isqrt(S.shape[-1]) // self.pooling
        return (
            S.reshape(*S.shape[:2], side, self.pooling, side, self.pooling).mean(axis=(3, 5)).reshape(*S.shape[:2], -1)
        )


LOCAL = Scattering2D(3, stride=4)
# All colors have the orientations of the luminance, so only the luminance is filtered along angles.
ROTATED = RotoTranslationScattering2D(3, separable=True, average_angle=None)
PIXELS, ORDER_ONE, ORDER_TWO = (
    Representation(scattering) for scattering in (None, clone(LOCAL).set_params(max_order=1), LOCAL)
)
FINE = Representation(Scattering2D(2, stride=2), pooling=2)
SYSTEMS = {
    "raw pixels": [PIXELS],
    "shuffled pixels, second-order scattering": [ORDER_TWO],
    "first-order scattering": [ORDER_ONE],
    "second-order scattering": [ORDER_TWO],
    "second-order scattering at two scales": [ORDER_TWO, FINE],
    "pixels, first- and second-order scattering at two scales, wavelets along the angle": [
        PIXELS,
        ORDER_ONE,
        ORDER_TWO,
        FINE,
        Representation(ROTATED, 1),
    ],
}


def cifar10(args):
    """Accuracy on the 10,000 test images of CIFAR-10, with some of its 50,000 training images."""
    start = time.perf_counter()
    data, test_data = quick_images(args) if args.quick else (images(subset, args) for subset in ("train", "test"))
    n_train = min(args.n_train, len(data[0]))
    *ablations, best = SYSTEMS
    fewer = [x[:N_ABLATION] for x in data], [x[:N_ABLATION_TEST] for x in test_data]
    compared = [learn(method, *fewer, args) for method in [*ablations, best]]
    result = learn(best, [x[:n_train] for x in data], test_data, args)
    report(
        f"cifar10_{n_train}",
        task=f"CIFAR-10, {n_train:,} training images, {len(test_data[0]):,} test images",
        metric="accuracy (%)",
        ours=[result],
        ablations=compared,
        published=[CIFAR10_PUBLISHED | {"same_data": n_train == 50_000}],
        start=start,
        args=args,
    )


def learn(method, data, test_data, args):
    """Train a method and test it."""
    (X, y), (X_test, y_test) = data, test_data
    if method.startswith("shuffled"):
        X, X_test = (shuffled(x, n_axes=2) for x in (X, X_test))
    parts = []
    for model in SYSTEMS[method]:
        model = cached(fitted, args)(X[:N_LEARN], model, n_jobs=args.n_jobs)
        parts.append([represent(x, model, args) for x in (X, X_test)])
    Z, Z_test = zip(*parts, strict=True)
    result = cached(tested, args)(Z, y, Z_test, y_test, GRID, N_HELD_OUT)
    print(method, result, flush=True)
    return {"method": f"{method}, {len(X):,} training and {len(X_test):,} test images", **result}


def fitted(X, model, n_jobs):
    """Fit a representation."""
    if model.scattering is not None:
        model = clone(model).set_params(scattering__n_jobs=n_jobs)
    return model.fit(X)


def represent(X, model, args):
    """Representations of images, cached in pieces that are shared by training sets of different sizes."""
    pieces = [X[i : i + PIECE] for i in range(0, len(X), PIECE)]
    return np.concatenate([cached(transformed, args)(piece, model, n_jobs=args.n_jobs) for piece in pieces], axis=1)


def transformed(X, model, n_jobs):
    """Represent images."""
    return model.transform(X)


def images(subset, args):
    """Images in random order, with luminance and two color differences as channels."""
    objects = fetch_cifar10(subset=subset, data_home=args.data_home)
    return shuffled_rows(objects.images, objects.target)


def quick_images(args):
    """Training and test images of a quick run: pictures of five classes of Caltech-101, reduced to 16 x 16 pixels.

    They are at hand where the lossless images of CIFAR-10 are not.
    """
    X, y = fetch_caltech101(shape=(16, 16), classes=QUICK, data_home=args.data_home, return_X_y=True)
    X, y = shuffled_rows(X, y)
    return (X[:200], y[:200]), (X[200:300], y[200:300])


def shuffled_rows(X, y):
    """Images in random order, in luminance and color differences."""
    order = np.random.default_rng(SEED).permutation(len(y))
    return np.einsum("kc,nchw->nkhw", COLORS, X[order], optimize=True), y[order]


def mirrored_variables(scattering):
    """Index of the coefficient of the mirror image for each path, and for each angle if there is an angle axis."""
    paths, L = scattering.paths_, scattering.L

    def opposite(theta):
        # Reflect angles about the vertical; those of the bank decrease from pi / 2 - pi / L.
        return np.where(theta < 0, -1, (L - 2 - theta) % L)

    if "spin" not in paths.dtype.names:
        pairs = [(paths["j1"], paths["j1"]), (paths["theta1"], opposite(paths["theta1"]))]
        if "j2" in paths.dtype.names:
            pairs += [(paths["j2"], paths["j2"]), (paths["theta2"], opposite(paths["theta2"]))]
        return matches(*zip(*pairs, strict=True))
    spin = np.where(paths["order"] == 2, -paths["spin"], paths["spin"])
    same = (paths["j1"], paths["j2"], np.abs(paths["xi_rot"]))
    rows = matches((*same, paths["theta2"], paths["spin"]), (*same, opposite(paths["theta2"]), spin))
    return (L * rows[:, np.newaxis] + opposite(np.arange(L))).ravel()


def matches(columns, wanted):
    """Index, in the table ``columns``, of each row of the table ``wanted``."""
    rows = {row: i for i, row in enumerate(zip(*columns, strict=True))}
    return np.array([rows[row] for row in zip(*wanted, strict=True)])
