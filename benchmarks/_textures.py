"""Materials: scattering of textures that is invariant to translations, rotations and scales, added one by one."""

import time
from collections import Counter

import numpy as np
from _report import SEED, cached, report
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold, StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skscat import RotoTranslationScattering2D, ScaleAveraging, Scattering2D
from skscat.datasets import fetch_kth_tips
from skscat.preprocessing import LogMedian

N_TRAIN, N_SPLITS = (5, 20, 40), 10
SCALES = [2 ** (k / 2) for k in range(4)]
EPSILON = 0.1


class AffineSubspaces(ClassifierMixin, BaseEstimator):
    """Classify by the nearest affine subspace: mean and leading principal directions of the examples of a class.

    Distances are those of the covariance within classes, shrunk towards a multiple of the identity; with
    ``shrinkage=1`` they are Euclidean. ``share`` of the directions that the examples of a class span are kept; with
    none, means are left, and the classifier is linear discriminant analysis.
    """

    def __init__(self, shrinkage=1.0, share=1.0):
        self.shrinkage = shrinkage
        self.share = share

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        deviations = np.concatenate([X[y == k] - X[y == k].mean(axis=0) for k in self.classes_])
        self.metric_ = self._whitening(deviations)
        classes = [X[y == k] @ self.metric_ for k in self.classes_]
        self.means_ = [x.mean(axis=0) for x in classes]
        # The deviations of n points span n - 1 directions.
        self.directions_ = [
            np.linalg.svd(x - mean, full_matrices=False)[2][: int(self.share * (len(x) - 1))]
            for x, mean in zip(classes, self.means_, strict=True)
        ]
        return self

    def predict(self, X):
        X = X @ self.metric_
        residuals = []
        for mean, directions in zip(self.means_, self.directions_, strict=True):
            z = X - mean
            residuals.append(np.sum(z**2, axis=1) - np.sum((z @ directions.T) ** 2, axis=1))
        return self.classes_[np.argmin(residuals, axis=0)]

    def _whitening(self, deviations):
        p = deviations.shape[1]
        if self.shrinkage == 1:
            return np.eye(p)
        covariance = deviations.T @ deviations / len(deviations)
        identity = np.trace(covariance) / p * np.eye(p)
        variances, axes = np.linalg.eigh((1 - self.shrinkage) * covariance + self.shrinkage * identity)
        return axes / np.sqrt(variances)


class OverScales(ClassifierMixin, BaseEstimator):
    """Classify images by their coefficients at several scales, an array of shape (n, n_scales, n_features).

    Coefficients, or their logarithms, are averaged over scales. With ``copies`` the classifier learns from each scale
    as if it were another image, and predicts from the average.
    """

    def __init__(self, classifier=None, *, log=True, copies=False):
        self.classifier = classifier
        self.log = log
        self.copies = copies

    def fit(self, S, y):
        if self.log:
            self.logarithms_ = [LogMedian(EPSILON).fit(s) for s in S.swapaxes(0, 1)]
        S = self._compressed(S)
        X, y = (np.concatenate(S), np.tile(y, len(S))) if self.copies else (np.mean(S, axis=0), y)
        self.model_ = make_pipeline(StandardScaler(), clone(self.classifier)).fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, S):
        return self.model_.predict(np.mean(self._compressed(S), axis=0))

    def _compressed(self, S):
        S = S.swapaxes(0, 1)
        return [log.transform(s) for log, s in zip(self.logarithms_, S, strict=True)] if self.log else S


# Coefficients, number of scales and parameters of OverScales; each system adds something to the one before.
SYSTEMS = {
    "translation scattering": ("translation", 1, {"log": False}),
    "roto-translation scattering": ("roto-translation", 1, {"log": False}),
    "with logarithm": ("roto-translation", 1, {}),
    "with average over scales": ("roto-translation", len(SCALES), {}),
    "with training on all scales": ("roto-translation", len(SCALES), {"copies": True}),
}
CLASSIFIERS = [
    SVC(kernel="linear"),
    *(AffineSubspaces(shrinkage, share) for shrinkage in (1, 0.1, 0.01) for share in (0.25, 0.5, 1)),
]


def kth_tips(args):
    """Accuracies on KTH-TIPS after learning from 5, 20 and 40 photographs of each of ten materials."""
    start = time.perf_counter()
    textures = fetch_kth_tips(data_home=args.data_home)
    X, y = textures.images, textures.target
    if args.quick:
        X, y = X[::3, :64, :64], y[::3]
    coefficients = texture_coefficients(X, args)
    n_splits = 2 if args.quick else N_SPLITS
    for n_train in N_TRAIN[:1] if args.quick else N_TRAIN:
        systems = {
            name: over_splits(coefficients[kind][:, :n_scales], y, n_train, n_splits, parameters, args.n_jobs)
            for name, (kind, n_scales, parameters) in SYSTEMS.items()
        }
        report(
            f"kth_tips_{n_train:02d}",
            task=f"KTH-TIPS, {n_train} training photographs of each material",
            metric=f"accuracy, %, mean and deviation over {n_splits} splits",
            ours=[
                {"method": name, "value": round(np.mean(accuracies), 2), "deviation": round(np.std(accuracies), 2)}
                for name, (accuracies, _) in systems.items()
            ],
            published=[],
            start=start,
            args=args,
            classifiers={name: dict(Counter(chosen)) for name, (_, chosen) in systems.items()},
        )


def texture_coefficients(X, args):
    """Coefficients by kind of scattering, arrays of shape (n, n_scales, n_features)."""
    kinds = {"translation": (Scattering2D, SCALES[:1]), "roto-translation": (RotoTranslationScattering2D, SCALES)}
    features = cached(features_at_scales, args)
    J = 3 if args.quick else 5
    return {
        kind: features(X, scattering(J, average="global"), scales, args.n_jobs)
        for kind, (scattering, scales) in kinds.items()
    }


def features_at_scales(X, scattering, scales, n_jobs):
    """Scattering coefficients, averaged over all pixels, of images made smaller by some factors."""
    stacked = ScaleAveraging(clone(scattering).set_params(n_jobs=n_jobs), scales=scales, combine="stack")
    return stacked.fit_transform(X).reshape(len(X), len(scales), -1)


def over_splits(S, y, n_train, n_splits, parameters, n_jobs):
    """Accuracies of a system on test images, in percent, and the classifiers chosen, over random splits."""
    splits = StratifiedShuffleSplit(n_splits, train_size=10 * n_train, random_state=SEED).split(y, y)
    results = Parallel(n_jobs)(delayed(learn)(S, y, train, test, parameters) for train, test in splits)
    return tuple(zip(*results, strict=True))


def learn(S, y, train, test, parameters):
    """Choose a classifier by cross-validation on training images; return its accuracy on the others, and its name."""
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
    search = GridSearchCV(OverScales(**parameters), {"classifier": CLASSIFIERS}, cv=folds).fit(S[train], y[train])
    return 100 * search.score(S[test], y[test]), str(search.best_params_["classifier"])
