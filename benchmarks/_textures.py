"""KTH-TIPS: textures of materials, with logarithms and invariance to scale and rotation added one after the other."""

import time
from collections import Counter

import numpy as np
from _report import SEED, cached, report, shuffled, summary, with_jobs
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skscat import RotoTranslationScattering2D, Scattering2D
from skscat.classification import AffineSubspaceClassifier
from skscat.datasets import fetch_kth_tips
from skscat.preprocessing import LogMedian, ScaleAveraging

N_TRAIN, N_SPLITS = (5, 20, 40), 10
# Steps of about the square root of 2. The only prime factors of the sides are 2, 3 and 5: these are fast for FFTs.
SCALES = [200 / side for side in (200, 144, 100, 72)]
EPSILON = 0.1
SHRINKAGES, DIRECTIONS = (1.0, 0.3, 0.1), (0, 1, 2, 4, 8, 16, 32, 64)
WINDOW = 32


class OverScales(ClassifierMixin, BaseEstimator):
    """Classify images by their coefficients at several scales, an array of shape (n, n_scales, n_features).

    Coefficients, or their logarithms, are averaged over scales. With ``copies``, each scale is an additional training
    image. The dimension of the affine subspaces and the shrinkage are chosen by cross-validation on the averages.
    """

    def __init__(self, *, log=True, copies=False):
        self.log = log
        self.copies = copies

    def fit(self, S, y):
        if self.log:
            self.logarithms_ = [LogMedian(EPSILON).fit(s) for s in S.swapaxes(0, 1)]
        rows = self._compressed(S)
        average = np.mean(rows, axis=0)
        X = np.concatenate([average, *rows]) if self.copies else average
        n_copies = len(X) // len(S)
        self.scaler_ = StandardScaler().fit(X)
        X, y_copies = self.scaler_.transform(X), np.tile(y, n_copies)
        model = AffineSubspaceClassifier(DIRECTIONS, shrinkage=SHRINKAGES, cv=self._folds(y, n_copies))
        self.model_ = model.fit(X, y_copies)
        self.classes_ = model.classes_
        return self

    def predict(self, S):
        return self.model_.predict(self.scaler_.transform(np.mean(self._compressed(S), axis=0)))

    def _compressed(self, S):
        S = S.swapaxes(0, 1)
        return [log.transform(s) for log, s in zip(self.logarithms_, S, strict=True)] if self.log else S

    def _folds(self, y, n_copies):
        """Folds that leave out an image, whose average is in the first rows, together with all its copies."""
        folds = StratifiedKFold(5, shuffle=True, random_state=SEED).split(y, y)
        return [((train + len(y) * np.arange(n_copies)[:, None]).ravel(), test) for train, test in folds]


# Parameters of OverScales and number of scales. Each step extends the previous one.
STEPS = {
    "translation scattering": ({"log": False}, 1),
    "with logarithm": ({}, 1),
    "with scale averaging": ({}, len(SCALES)),
    "with training on all scales": ({"copies": True}, len(SCALES)),
}
# Coefficients that replace those of the last step.
MOTIONS = {"roto-translation scattering instead": "roto-translation", "both concatenated": "both"}
ABLATIONS = {
    "windowed power spectrum": "spectrum",
    "first-order scattering": "order 1",
    "shuffled pixels": "shuffled",
}


def kth_tips(args):
    """Accuracy on KTH-TIPS with 5, 20 and 40 training photographs of each of ten materials."""
    start = time.perf_counter()
    textures = fetch_kth_tips(data_home=args.data_home)
    X, y = textures.images, textures.target
    if args.quick:
        X, y = X[::9, :96, :96], y[::9]
    coefficients = texture_coefficients(X, args)
    systems = {name: (coefficients["translation"][:, :n], parameters) for name, (parameters, n) in STEPS.items()}
    others = ABLATIONS | MOTIONS if args.motions else ABLATIONS
    systems |= {name: (coefficients[kind], {"copies": True}) for name, kind in others.items()}
    n_splits = 2 if args.quick else N_SPLITS
    for n_train in N_TRAIN[:1] if args.quick else N_TRAIN:
        results = {
            name: over_splits(S, y, n_train, n_splits, parameters, args.n_jobs)
            for name, (S, parameters) in systems.items()
        }
        summaries = {name: summary(name, accuracies) for name, (accuracies, _) in results.items()}
        report(
            f"kth_tips_{n_train:02d}",
            task=f"KTH-TIPS, {n_train} training photographs per material",
            metric=f"accuracy (%), mean and standard deviation over {n_splits} splits",
            ours=[summaries[name] for name in systems if name not in ABLATIONS],
            ablations=[summaries[name] for name in ABLATIONS],
            published=[],
            start=start,
            args=args,
            classifiers={name: dict(Counter(chosen)) for name, (_, chosen) in results.items()},
        )


def texture_coefficients(X, args):
    """Coefficients of each kind, arrays of shape (n, n_scales, n_features)."""
    J = 3 if args.quick else 5
    scattering = Scattering2D(J, average="global")
    S, order = over_scales(X, scattering, args), clone(scattering).fit(X[:1]).paths_["order"]
    coefficients = {
        "spectrum": over_scales(X, FunctionTransformer(power_spectra), args),
        "order 1": S[..., order < 2],
        "shuffled": over_scales(shuffled(X, n_axes=2), scattering, args),
        "translation": S,
    }
    if args.motions:
        motions = over_scales(X, RotoTranslationScattering2D(J, average="global"), args)
        coefficients |= {"roto-translation": motions, "both": np.concatenate([S, motions], axis=2)}
    return coefficients


def over_scales(X, transformer, args):
    """Features of images at all scales, of shape (n, n_scales, n_features)."""
    return np.stack([cached(features, args)(X, transformer, scale, args.n_jobs) for scale in SCALES], axis=1)


def features(X, transformer, scale, n_jobs):
    """Features of images downscaled by a factor."""
    return ScaleAveraging(with_jobs(transformer, n_jobs), scales=[scale]).fit_transform(X)


def power_spectra(X):
    """Power spectra of half-overlapping windows, averaged over each image."""
    hann = np.hanning(WINDOW + 2)[1:-1]
    window = np.outer(hann, hann).astype(X.dtype)
    corners = [range(0, side - WINDOW + 1, WINDOW // 2) for side in X.shape[1:]]
    pieces = (X[:, i : i + WINDOW, j : j + WINDOW] for i in corners[0] for j in corners[1])
    return sum(np.abs(np.fft.rfft2(window * piece)) ** 2 for piece in pieces).reshape(len(X), -1).astype(X.dtype)


def over_splits(S, y, n_train, n_splits, parameters, n_jobs):
    """Test accuracies of a method over random splits, in percent, and the chosen classifiers."""
    splits = StratifiedShuffleSplit(n_splits, train_size=10 * n_train, random_state=SEED).split(y, y)
    results = Parallel(n_jobs)(delayed(learn)(S, y, train, test, parameters) for train, test in splits)
    return tuple(zip(*results, strict=True))


def learn(S, y, train, test, parameters):
    """Train on some images; return the accuracy on the others and the chosen classifier."""
    model = OverScales(**parameters).fit(S[train], y[train])
    chosen = model.model_
    accuracy = 100 * model.score(S[test], y[test])
    return accuracy, f"{chosen.n_components_} directions, shrinkage {chosen.shrinkage_:g}"
