"""Caltech-101: scattering and a Gaussian kernel, with all features and with about 2,000 selected features."""

import time
from importlib.util import find_spec
from itertools import product

import numpy as np
from _cifar10 import QUICK, predict
from _report import SEED, cached, report, shuffled, summary
from sklearn.feature_selection import f_classif
from sklearn.metrics import balanced_accuracy_score
from sklearn.svm import SVC

from skscat import Scattering2D
from skscat.datasets import fetch_caltech101
from skscat.linear_model import OrthogonalLeastSquaresSelector
from skscat.preprocessing import LogMedian

CALTECH_PUBLISHED = [
    {
        "value": 79.9,
        "method": "roto-translation scattering, color images of 256 x 256 pixels",
        "source": "Oyallon & Mallat 2015",
        "same_data": False,
    }
]
N_TRAIN, N_TEST, N_SPLITS, N_HELD_OUT = 30, 50, 5, 10
SIDE = 64
# Scales, floor and rounds of selection were chosen on 10 of the 30 training images per class, in one or more of the
# splits. The test images of other splits overlap with them.
J, STRIDE, EPSILON = 4, 8, 0.3
N_TERMS, N_ROUNDS = 7, 3
# Values of gamma and of the penalty of kernel ridge regression.
GRID = list(product((0.25, 0.5, 1.0, 2.0), (1e-2, 3e-2, 1e-1)))
SVM_PENALTIES = (1, 10, 100)
HOG = "histograms of oriented gradients"
SECOND_ORDER = "second-order scattering, all features"
ABLATIONS = ("raw pixels", "shuffled pixels, second-order scattering, one split", "first-order scattering")
ABOUT = "second-order scattering, about 2,000 features"
# The order is fixed, regardless of the results.
OURS = (SECOND_ORDER, f"{ABOUT} selected by orthogonal least squares")
BASELINES = (f"{HOG}, linear SVM", f"{HOG}, Gaussian kernel")


def caltech(args):
    """Mean accuracy over the classes of Caltech-101, in small grayscale images, with 30 training images per class."""
    start = time.perf_counter()
    X, y = small_objects(args)
    n_splits = 1 if args.quick else N_SPLITS
    splits = [split(y, SEED + i) for i in range(n_splits)]
    kinds = {
        ABLATIONS[0]: lambda: X.reshape(len(X), -1),
        ABLATIONS[1]: lambda: cached(coefficients, args)(shuffled(X, n_axes=2), 2, n_jobs=args.n_jobs),
        ABLATIONS[2]: lambda: cached(coefficients, args)(X, 1, n_jobs=args.n_jobs),
        HOG: lambda: cached(gradients, args)(X, n_jobs=args.n_jobs),
        SECOND_ORDER: lambda: cached(coefficients, args)(X, 2, n_jobs=args.n_jobs),
    }
    if args.quick and find_spec("skimage") is None:
        del kinds[HOG]
    accuracies = {}
    for kind, features in kinds.items():
        some = splits[:1] if kind == ABLATIONS[1] else splits
        S = features()
        results = [learn(kind, S, y, *rows) for rows in some]
        for method in results[0]:
            accuracies[method] = [result[method] for result in results]
            print(f"{np.mean(accuracies[method]):6.2f} {method}", flush=True)
    summaries = {method: summary(method, values) for method, values in accuracies.items()}
    report(
        "caltech101_gray64",
        task=f"Caltech-101, {len(np.unique(y))} classes, grayscale, {X.shape[1]} x {X.shape[2]} pixels, {N_TRAIN} "
        f"training images per class, at most {N_TEST} test images",
        metric=f"mean accuracy over classes (%), mean and standard deviation over {n_splits} splits",
        ours=[summaries[method] for method in OURS],
        baselines=[summaries[method] for method in BASELINES if method in summaries],
        ablations=[summaries[method] for method in summaries if method not in OURS + BASELINES],
        published=CALTECH_PUBLISHED,
        start=start,
        args=args,
    )


def small_objects(args):
    """Small grayscale images, without the background, and their classes."""
    side, classes = (SIDE // 2, QUICK) if args.quick else (SIDE, None)
    return fetch_caltech101(shape=(side, side), gray=True, classes=classes, data_home=args.data_home, return_X_y=True)


def split(y, seed):
    """Indices of the training images, sorted by class, and of the test images, at most N_TEST of a class."""
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(np.flatnonzero(y == k)) for k in np.unique(y)]
    train = np.concatenate([order[:N_TRAIN] for order in orders])
    return train, np.sort(np.concatenate([order[N_TRAIN : N_TRAIN + N_TEST] for order in orders]))


def coefficients(X, max_order, n_jobs):
    """Scattering coefficients on a grid of 8 x 8 positions."""
    return Scattering2D(J, stride=STRIDE, max_order=max_order, n_jobs=n_jobs).fit_transform(X)


def gradients(X, n_jobs):
    """Histograms of oriented gradients, with the parameters of the original publication."""
    from skimage.feature import hog

    return np.stack([hog(x, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2)) for x in X])


def learn(kind, S, y, train, test):
    """Mean accuracy over classes for each method, in percent: with all features, and with selected features."""
    if "scattering" in kind:
        S = LogMedian(EPSILON).fit(S[train]).transform(S)
    deviation = S[train].std(axis=0)
    Z = (S - S[train].mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    score = Scorer(y, train, test)
    parameters, accuracy = score(Z)
    if kind == HOG:
        return dict(zip(BASELINES, (score.linear_svm(S), accuracy), strict=True))
    if kind != SECOND_ORDER:
        return {kind: accuracy}
    # The classifier has the parameters chosen for all features. They cannot be chosen for the selected features on
    # held-out images, because the selection uses all training images.
    selector = OrthogonalLeastSquaresSelector(N_TERMS, n_rounds=N_ROUNDS).fit(Z[train], y[train])
    n = selector.n_selected_
    selections = {
        "with the largest variance": np.argsort(-deviation)[:n],
        "with the largest F statistic": np.argsort(-f_classif(Z[train], y[train])[0])[:n],
        "selected by orthogonal least squares": selector.get_support(),
    }
    few = {f"{ABOUT} {name}": score(Z[:, chosen], parameters)[1] for name, chosen in selections.items()}
    return {SECOND_ORDER: accuracy, **few}


class Scorer:
    """Mean accuracy over classes on test images; the training images are sorted by class."""

    def __init__(self, y, train, test):
        self.y, self.train, self.test = y, train, test
        is_held_out = np.arange(len(train)) % N_TRAIN < N_HELD_OUT
        self.learned, self.held_out, self.columns = train[~is_held_out], train[is_held_out], ~is_held_out

    def __call__(self, Z, parameters=None):
        """Parameters and score of kernel ridge regression. By default, parameters are chosen on held-out images."""
        norms = np.sum(Z**2, axis=1)
        D = norms[:, np.newaxis] + norms[self.train] - 2 * Z @ Z[self.train].T
        D /= D[self.train].mean()
        if parameters is None:
            inner = D[:, self.columns]
            parameters = max(GRID, key=lambda p: self._ridge(inner, self.learned, self.held_out, *p))
        return parameters, self._ridge(D, self.train, self.test, *parameters)

    def linear_svm(self, S):
        """Score of a linear support vector machine, whose penalty is chosen on held-out images."""
        K = S @ S[self.train].T
        K /= np.mean(K[self.train].diagonal())
        inner = K[:, self.columns]
        C = max(SVM_PENALTIES, key=lambda C: self._svm(inner, self.learned, self.held_out, C))
        return self._svm(K, self.train, self.test, C)

    def _ridge(self, D, train, test, gamma, penalty):
        K, K_test = (np.exp(-gamma * D[rows]) for rows in (train, test))
        return self._score(test, predict(K, K_test, self.y[train], penalty))

    def _svm(self, K, train, test, C):
        model = SVC(kernel="precomputed", C=C).fit(K[train], self.y[train])
        return self._score(test, model.predict(K[test]))

    def _score(self, rows, predicted):
        return 100 * balanced_accuracy_score(self.y[rows], predicted)
