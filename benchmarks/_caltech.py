"""Objects of many kinds: scattering and a Gaussian kernel, with all variables and with a few thousand of them."""

import time
from importlib.util import find_spec
from itertools import product

import numpy as np
from _cifar10 import predict
from _report import SEED, cached, report, shuffled, summary
from sklearn.feature_selection import f_classif
from sklearn.metrics import balanced_accuracy_score
from sklearn.svm import SVC

from skscat import Scattering2D
from skscat.datasets import fetch_caltech101_gray
from skscat.linear_model import OLSSelector
from skscat.preprocessing import LogMedian

CALTECH_PUBLISHED = [
    {
        "value": 79.9,
        "method": "roto-translation scattering, 101 classes, 256 x 256 pixels in colour",
        "source": "Oyallon & Mallat 2015",
        "same_data": False,
    }
]
N_TRAIN, N_SPLITS, N_HELD_OUT = 30, 3, 10
# Scales, floor and rounds of selection were found on 10 of the 30 training pictures of each class, of one or more of
# the splits, whose test pictures overlap with them.
J, STRIDE, EPSILON = 4, 8, 0.3
N_TERMS, N_ROUNDS = 7, 3
# Gamma and penalty of kernel ridge regression.
GRID = list(product((0.25, 0.5, 1.0, 2.0), (1e-2, 3e-2, 1e-1)))
SVM_PENALTIES = (1, 10, 100)
HOG = "histograms of oriented gradients"
ORDER_TWO = "scattering of order 2, all variables"
LESS = ("raw pixels", "shuffled pixels, scattering of order 2, one split", "scattering of order 1")
ABOUT = "about 2,000 of these"
# In this order, whatever they score.
OURS = (ORDER_TWO, f"{ABOUT} by orthogonal least squares")
RIVALS = (f"{HOG}, linear SVM", f"{HOG}, Gaussian kernel")


def caltech(args):
    """Mean accuracies over 97 classes of Caltech-101, grey and small, after learning from 30 pictures of each."""
    start = time.perf_counter()
    objects = fetch_caltech101_gray(data_home=args.data_home)
    X, y = objects.images, objects.target
    if args.quick:
        X, y = X[y < 5, ::2, ::2], y[y < 5]
    n_splits = 1 if args.quick else N_SPLITS
    splits = [split(y, SEED + i) for i in range(n_splits)]
    kinds = {
        LESS[0]: lambda: X.reshape(len(X), -1),
        LESS[1]: lambda: cached(coefficients, args)(shuffled(X, n_axes=2), 2, n_jobs=args.n_jobs),
        LESS[2]: lambda: cached(coefficients, args)(X, 1, n_jobs=args.n_jobs),
        HOG: lambda: cached(gradients, args)(X, n_jobs=args.n_jobs),
        ORDER_TWO: lambda: cached(coefficients, args)(X, 2, n_jobs=args.n_jobs),
    }
    if args.quick and find_spec("skimage") is None:
        del kinds[HOG]
    accuracies = {}
    for kind, features in kinds.items():
        some = splits[:1] if kind == LESS[1] else splits
        S = features()
        results = [learn(kind, S, y, *rows) for rows in some]
        for method in results[0]:
            accuracies[method] = [result[method] for result in results]
            print(f"{np.mean(accuracies[method]):6.2f} {method}", flush=True)
    summaries = {method: summary(method, values) for method, values in accuracies.items()}
    report(
        "caltech97",
        task=f"Caltech-101, {len(np.unique(y))} classes, grey, {X.shape[1]} x {X.shape[2]} pixels, {N_TRAIN} training "
        "pictures of each",
        metric=f"mean accuracy over classes, %, mean and deviation over {n_splits} splits",
        ours=[summaries[method] for method in OURS],
        rivals=[summaries[method] for method in RIVALS if method in summaries],
        ablations=[summaries[method] for method in summaries if method not in OURS + RIVALS],
        published=CALTECH_PUBLISHED,
        start=start,
        args=args,
    )


def split(y, seed):
    """Numbers of the training pictures, class by class, and of the others."""
    rng = np.random.default_rng(seed)
    train = np.concatenate([rng.permutation(np.flatnonzero(y == k))[:N_TRAIN] for k in np.unique(y)])
    return train, np.setdiff1d(np.arange(len(y)), train)


def coefficients(X, max_order, n_jobs):
    """Scattering coefficients on a grid of 8 x 8 places."""
    return Scattering2D(J, stride=STRIDE, max_order=max_order, n_jobs=n_jobs).fit_transform(X)


def gradients(X, n_jobs):
    """Histograms of oriented gradients, with the parameters of their inventors."""
    from skimage.feature import hog

    return np.stack([hog(x, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2)) for x in X])


def learn(kind, S, y, train, test):
    """Mean accuracies over classes, in percent, by method: of all variables of this kind, and of some."""
    if "scattering" in kind:
        S = LogMedian(EPSILON).fit(S[train]).transform(S)
    deviation = S[train].std(axis=0)
    Z = (S - S[train].mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    score = Scorer(y, train, test)
    parameters, accuracy = score(Z)
    if kind == HOG:
        return dict(zip(RIVALS, (score.linear_svm(S), accuracy), strict=True))
    if kind != ORDER_TWO:
        return {kind: accuracy}
    # Parameters of the classifier stay those of all variables: only these may be chosen on pictures held out, for
    # the selection has seen all training pictures.
    selector = OLSSelector(N_TERMS, n_rounds=N_ROUNDS).fit(Z[train], y[train])
    n = selector.n_selected_
    selections = {
        "of largest variance": np.argsort(-deviation)[:n],
        "of largest F statistic": np.argsort(-f_classif(Z[train], y[train])[0])[:n],
        "by orthogonal least squares": selector.get_support(),
    }
    few = {f"{ABOUT} {name}": score(Z[:, chosen], parameters)[1] for name, chosen in selections.items()}
    return {ORDER_TWO: accuracy, **few}


class Scorer:
    """Mean accuracy over classes of test pictures, after learning from training pictures, sorted by class."""

    def __init__(self, y, train, test):
        self.y, self.train, self.test = y, train, test
        is_held_out = np.arange(len(train)) % N_TRAIN < N_HELD_OUT
        self.learnt, self.held_out, self.columns = train[~is_held_out], train[is_held_out], ~is_held_out

    def __call__(self, Z, parameters=None):
        """Return gamma and penalty of kernel ridge regression, unless given chosen on pictures held out, and score."""
        norms = np.sum(Z**2, axis=1)
        D = norms[:, np.newaxis] + norms[self.train] - 2 * Z @ Z[self.train].T
        D /= D[self.train].mean()
        if parameters is None:
            inner = D[:, self.columns]
            parameters = max(GRID, key=lambda p: self._ridge(inner, self.learnt, self.held_out, *p))
        return parameters, self._ridge(D, self.train, self.test, *parameters)

    def linear_svm(self, S):
        """Score of a linear support vector machine, whose penalty is chosen on pictures held out."""
        K = S @ S[self.train].T
        K /= np.mean(K[self.train].diagonal())
        inner = K[:, self.columns]
        C = max(SVM_PENALTIES, key=lambda C: self._svm(inner, self.learnt, self.held_out, C))
        return self._svm(K, self.train, self.test, C)

    def _ridge(self, D, train, test, gamma, penalty):
        K, K_test = (np.exp(-gamma * D[rows]) for rows in (train, test))
        return self._score(test, predict(K, K_test, self.y[train], penalty))

    def _svm(self, K, train, test, C):
        model = SVC(kernel="precomputed", C=C).fit(K[train], self.y[train])
        return self._score(test, model.predict(K[test]))

    def _score(self, rows, predicted):
        return 100 * balanced_accuracy_score(self.y[rows], predicted)
