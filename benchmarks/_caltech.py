"""Caltech-101: scattering of luminance and colors, wavelets along angles, and a Gaussian kernel."""

import time
from importlib.util import find_spec
from itertools import product
from typing import NamedTuple

import numpy as np
from _cifar10 import COLORS, QUICK
from _kernel_ridge import predict
from _report import SEED, cached, report, shuffled, summary, with_jobs
from sklearn.base import BaseEstimator, clone
from sklearn.feature_selection import f_classif
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skscat import RotoTranslationScattering2D, Scattering2D
from skscat.datasets import fetch_caltech101
from skscat.linear_model import OrthogonalLeastSquaresSelector
from skscat.preprocessing import LogMedian

CALTECH_PUBLISHED = [
    {
        "value": 79.9,
        "method": "roto-translation scattering, images of 256 x 256 pixels",
        "source": "Oyallon & Mallat 2015",
    }
]
N_TRAIN, N_TEST, N_SPLITS, N_HELD_OUT = 30, 50, 5, 10
SIDE = 128
# The floor, the whitening, and the weights below were chosen on 10 of the 30 training images per class of one split.
EPSILON, POWER, NOISE = 0.3, 0.3, 1e-3
LEAST_WEIGHT = 1e-3
N_TERMS, N_ROUNDS = 7, 3
# Values of gamma and of the penalty of kernel ridge regression.
GRID = list(product((0.25, 0.5, 1.0), (1e-2, 3e-2, 1e-1, 3e-1)))
BATCH, COLUMNS = 50, 8192


class Block(NamedTuple):
    """Features of images in luminance and color differences, images reduced by a factor, features averaged."""

    transformer: BaseEstimator
    channels: slice = slice(0, 1)
    reduction: int = 1
    pooling: int = 1
    weight: float = 1.0
    log: bool = True


def hog(X):
    """Histograms of oriented gradients, with the parameters of the original publication."""
    from skimage.feature import hog

    return np.stack([hog(x, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2)) for x in X[:, 0]])


ALL = Scattering2D(5, stride=16)
BLOCKS = {
    "pixels": Block(FunctionTransformer(), slice(0, 3), 4, log=False),
    "gradients": Block(FunctionTransformer(hog), log=False),
    "shuffled": Block(ALL),
    "order 1": Block(clone(ALL).set_params(max_order=1)),
    "luminance": Block(ALL),
    "colors": Block(Scattering2D(4, stride=8), slice(1, 3), 2, weight=0.3),
    "angles": Block(
        RotoTranslationScattering2D(4, stride=8, separable=True, average_angle=None),
        reduction=2,
        pooling=2,
        weight=0.5,
    ),
}
LUMINANCE = "second-order scattering of luminance"
SHUFFLED = "shuffled pixels, second-order scattering of luminance, one split"
BASELINE = "histograms of oriented gradients"
# Blocks of each method.
METHODS = {
    "raw pixels": ("pixels",),
    SHUFFLED: ("shuffled",),
    "first-order scattering of luminance": ("order 1",),
    BASELINE: ("gradients",),
    LUMINANCE: ("luminance",),
    "with scattering of color differences": ("luminance", "colors"),
    "with wavelets along angles": ("luminance", "colors", "angles"),
}
SELECTED = f"{LUMINANCE}, about 2,000 features"


def caltech(args):
    """Mean accuracy over the classes of Caltech-101, with 30 training images per class."""
    start = time.perf_counter()
    X, y = pictures(args)
    n_splits = 1 if args.quick else N_SPLITS
    blocks = {name: reduced(block) for name, block in BLOCKS.items()} if args.quick else dict(BLOCKS)
    if args.quick and find_spec("skimage") is None:
        del blocks["gradients"]
    S = {
        name: cached(coefficients, args)(shuffled(X, n_axes=2) if name == "shuffled" else X, block, args.n_jobs)
        for name, block in blocks.items()
    }
    accuracies = {}
    for i in range(n_splits):
        some = {name: s for name, s in S.items() if i == 0 or name != "shuffled"}
        for method, accuracy in learn(some, y, *split(y, SEED + i)).items():
            accuracies.setdefault(method, []).append(accuracy)
            print(f"split {i}  {accuracy:6.2f} {method}", flush=True)
    summaries = {method: summary(method, values) for method, values in accuracies.items()}
    names = list(METHODS)
    ours, baselines = names[names.index(LUMINANCE) :], [BASELINE]
    report(
        "caltech101",
        task=f"Caltech-101, {len(np.unique(y))} classes, images of {X.shape[2]} x {X.shape[3]} pixels, {N_TRAIN} "
        f"training images per class, at most {N_TEST} test images",
        metric=f"mean accuracy over classes (%), mean and standard deviation over {n_splits} splits",
        ours=[summaries[method] for method in ours],
        baselines=[summaries[method] for method in baselines if method in summaries],
        ablations=[summaries[method] for method in summaries if method not in ours + baselines],
        published=CALTECH_PUBLISHED,
        start=start,
        args=args,
    )


def pictures(args, *, side=SIDE, gray=False):
    """Images without the background, as bytes or as gray levels from 0 to 1, and their classes."""
    side, classes = (side // 4, QUICK) if args.quick else (side, None)
    return fetch_caltech101(
        shape=(side, side),
        gray=gray,
        classes=classes,
        dtype="float32" if gray else "uint8",
        data_home=args.data_home,
        return_X_y=True,
    )


def reduced(block):
    """Features of images of a quarter of the size."""
    small = with_jobs(block.transformer, None)
    if hasattr(small, "J"):
        small.set_params(J=small.J - 2, stride=small.stride // 4)
    return block._replace(transformer=small, reduction=min(block.reduction, 2))


def split(y, seed):
    """Indices of the training images, sorted by class, and of the test images, at most N_TEST of a class."""
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(np.flatnonzero(y == k)) for k in np.unique(y)]
    train = np.concatenate([order[:N_TRAIN] for order in orders])
    return train, np.sort(np.concatenate([order[N_TRAIN : N_TRAIN + N_TEST] for order in orders]))


def coefficients(X, block, n_jobs):
    """Features of images, without logarithm."""
    transformer = with_jobs(block.transformer, n_jobs)
    found = []
    for i in range(0, len(X), BATCH):
        batch = np.einsum("kc,nchw->nkhw", COLORS, X[i : i + BATCH].astype(np.float32) / 255)[:, block.channels]
        features = transformer.fit_transform(pooled(batch, block.reduction))
        if block.pooling > 1:
            grids = features.reshape(len(batch), -1, *transformer.output_shape_[-2:])
            features = pooled(grids, block.pooling)
        found.append(features.reshape(len(batch), -1))
    return np.concatenate(found)


def pooled(X, factor):
    """Averages over squares of factor x factor pixels or positions."""
    n, n_channels, height, width = X.shape
    return X.reshape(n, n_channels, height // factor, factor, width // factor, factor).mean(axis=(3, 5))


def learn(S, y, train, test):
    """Mean accuracy over classes of each method, in percent."""
    stages = two_stages(train, test)
    K = [{name: products(s, y, *rows, log=BLOCKS[name].log) for name, s in S.items()} for rows in stages]
    accuracies, parameters = {}, {}
    for method, names in METHODS.items():
        if S.keys() >= set(names):
            sums = [sum(BLOCKS[name].weight * k[name] for name in names) for k in K]
            accuracies[method], parameters[method] = chosen_accuracy(sums, y, stages)
    return accuracies | few_features(S["luminance"], y, train, test, parameters[LUMINANCE])


def two_stages(train, test):
    """Training and test images of the choice of parameters, within the training images, and of the test."""
    is_held_out = np.arange(len(train)) % N_TRAIN < N_HELD_OUT
    return (train[~is_held_out], train[is_held_out]), (train, test)


def chosen_accuracy(K, y, stages):
    """Accuracy and parameters of kernel ridge regression, from the scalar products of both stages."""
    (Z, inner), (Z_test, outer) = ((components(k), rows) for k, rows in zip(K, stages, strict=True))
    parameters = max(GRID, key=lambda p: ridge_accuracy(Z, y, *inner, *p))
    return ridge_accuracy(Z_test, y, *outer, *parameters), parameters


def few_features(S, y, train, test, parameters):
    """Accuracies with few of the features.

    The parameters are those for all features. They cannot be chosen for the selected ones on held-out images, because
    the selection uses all training images.
    """
    logarithms = LogMedian(EPSILON).fit_transform(S[train])
    Z = StandardScaler().fit_transform(logarithms)
    selector = OrthogonalLeastSquaresSelector(N_TERMS, n_rounds=N_ROUNDS).fit(Z, y[train])
    n = selector.n_selected_
    selections = {
        "with the largest variance": np.argsort(-logarithms.std(axis=0))[:n],
        "with the largest F statistic": np.argsort(-f_classif(Z, y[train])[0])[:n],
        "selected by orthogonal least squares": np.flatnonzero(selector.get_support()),
    }
    accuracies = {}
    for name, columns in selections.items():
        Z = components(products(S[:, columns], y, train, test))
        accuracies[f"{SELECTED} {name}"] = ridge_accuracy(Z, y, train, test, *parameters)
    return accuracies


def products(S, y, train, test, log=True):
    """Scalar products of the weighted features of training and test images with those of training images.

    Features, or their logarithms, are standardized and multiplied by the share of the variance between classes in
    their variance, as estimated on the training images. The mean square norm of training images is one.
    """
    rows, n = np.concatenate([train, test]), len(train)
    K = np.zeros((len(rows), n), np.float32)
    for i in range(0, S.shape[1], COLUMNS):
        Z = S[rows, i : i + COLUMNS]
        if log:
            Z = LogMedian(EPSILON).fit(Z[:n]).transform(Z)
        Z = StandardScaler().fit(Z[:n]).transform(Z)
        Z *= between_classes(Z[:n], y[train])
        K += Z @ Z[:n].T
    return K / np.mean(K.diagonal())


def between_classes(Z, y):
    """Share of the variance between classes, of which sampling accounts for none on average, and at least a little.

    All classes have the same number of training images.
    """
    means = np.stack([Z[y == k].mean(axis=0) for k in np.unique(y)])
    n_each = len(Z) / len(means)
    return np.maximum(np.mean(means**2, axis=0) - 1 / n_each, LEAST_WEIGHT).astype(Z.dtype)


def components(K):
    """Principal components of training and test images, divided by a power of their standard deviation."""
    n = K.shape[1]
    K = K - K[:n].mean(axis=0) - K.mean(axis=1, keepdims=True) + K[:n].mean()
    variances, axes = np.linalg.eigh(K[:n])
    kept = variances > 1e-6 * variances[-1]
    variances = variances[kept]
    scales = (variances + NOISE * variances.mean()) ** (-POWER / 2) / np.sqrt(variances)
    return K @ (axes[:, kept] * scales)


def ridge_accuracy(Z, y, train, test, gamma, penalty):
    """Mean accuracy over classes of kernel ridge regression, in percent. Training images come first in Z."""
    n, norms = len(train), np.sum(Z**2, axis=1)
    D = norms[:, np.newaxis] + norms[:n] - 2 * Z @ Z[:n].T
    K = np.exp(-gamma * D / D[:n].mean()).astype(np.float32)
    return 100 * balanced_accuracy_score(y[test], predict(K[:n], K[n:], y[train], penalty))
