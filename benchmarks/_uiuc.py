"""UIUC textures: invariance to translations, rotations and changes of scale, added one after the other."""

import time
from itertools import product

import numpy as np
from _report import SEED, cached, report, shuffled, summary
from _textures import features, power_spectra
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skscat import RotoTranslationScattering2D, Scattering2D
from skscat.classification import AffineSubspaceClassifier
from skscat.datasets import fetch_uiuc_textures
from skscat.preprocessing import LogMedian, RotationAveraging

N_TRAIN, N_SPLITS = (5, 10, 20), 10
# All that follows was chosen on other random splits.
J, EPSILON = 5, 0.01
TRANSLATION = Scattering2D(J, L=8, average="global")
MOTIONS = RotoTranslationScattering2D(J, L=6, average="global")
# Factors of height and width of the copies of a photograph, in steps of about the square root of 2: two scales, of
# which averages are taken, and copies for training only, the last two of them foreshortened. The only prime factors of
# the sides are 2, 3, 5 and 7.
COPIES, N_AVERAGED = (1.0, 240 / 168, 2.0, (1, 320 / 224), (240 / 168, 1)), 2
# Numbers of directions, at most a quarter of the features, and shrinkages of a committee of classifiers. Chosen by
# cross-validation, a single one has a larger error, because there are few errors to choose by.
MEMBERS = list(product((16, 32, 64), (0.6, 0.3)))
# Kind of coefficients, number of copies, and parameters of Committee. Each step extends the previous one.
STEPS = {
    "translation scattering": ("translation", 1, {}),
    "averages over rotations": ("rotations", 1, {}),
    "roto-translation scattering instead": ("motions", 1, {}),
    "with scale averaging": ("motions", 2, {}),
    "with training on all scales": ("motions", 3, {"copies": True}),
    "with training on foreshortened copies": ("motions", 5, {"copies": True}),
}
ABLATIONS = {
    "translation scattering without logarithm": ("translation", 1, {"log": False}),
    "windowed power spectrum": ("spectrum", 1, {}),
    "first-order roto-translation scattering": ("order 1", 5, {"copies": True}),
    "shuffled pixels, averages over rotations": ("shuffled", 1, {}),
}


class Committee(ClassifierMixin, BaseEstimator):
    """Classify photographs by the coefficients of copies of each, an array of shape (n, n_copies, n_features).

    Logarithms of the coefficients are averaged over the first N_AVERAGED copies. With ``copies``, each copy is an
    additional training photograph, and the scores of the average are added to those of the copies that it averages.
    The scores of each member of the committee are centered and divided by their standard deviation over the classes.
    """

    def __init__(self, *, log=True, copies=False):
        self.log = log
        self.copies = copies

    def fit(self, S, y):
        if self.log:
            self.logarithms_ = [LogMedian(EPSILON).fit(s) for s in S.swapaxes(0, 1)]
        averages = self._averages(S)
        rows = [*averages, *self._compressed(S)[N_AVERAGED:]] if self.copies else averages[:1]
        self.scaler_ = StandardScaler().fit(np.concatenate(rows))
        X, y = self.scaler_.transform(np.concatenate(rows)), np.tile(y, len(rows))
        members = dict.fromkeys((min(d, X.shape[1] // 4), shrinkage) for d, shrinkage in MEMBERS)
        self.members_ = [AffineSubspaceClassifier(d, shrinkage=shrinkage).fit(X, y) for d, shrinkage in members]
        self.classes_ = self.members_[0].classes_
        return self

    def predict(self, S):
        rows = self._averages(S)[: None if self.copies else 1]
        scores = [member.decision_function(self.scaler_.transform(x)) for member in self.members_ for x in rows]
        return self.classes_[np.sum([normalized(score) for score in scores], axis=0).argmax(axis=1)]

    def _compressed(self, S):
        S = S.swapaxes(0, 1)
        return [log.transform(s) for log, s in zip(self.logarithms_, S, strict=True)] if self.log else list(S)

    def _averages(self, S):
        """The average over copies, and the copies that it averages."""
        rows = self._compressed(S)[:N_AVERAGED]
        return [np.mean(rows, axis=0), *rows]


def normalized(scores):
    """Scores of all classes, centered and divided by their standard deviation."""
    scores = scores - scores.mean(axis=1, keepdims=True)
    return scores / scores.std(axis=1, keepdims=True)


def uiuc(args):
    """Error on the UIUC textures with 5, 10 and 20 training photographs of each of 25 surfaces."""
    start = time.perf_counter()
    X, y = photographs(args)
    coefficients = texture_coefficients(X, args)
    n_splits = 2 if args.quick else N_SPLITS
    for n_train in N_TRAIN[:1] if args.quick else N_TRAIN:
        splitter = StratifiedShuffleSplit(n_splits, train_size=len(np.unique(y)) * n_train, random_state=SEED)
        splits, summaries = list(splitter.split(y, y)), {}
        for name, (kind, n_copies, parameters) in (STEPS | ABLATIONS).items():
            S = coefficients[kind][:, :n_copies]
            errors = Parallel(args.n_jobs)(delayed(learn)(S, y, *split, parameters) for split in splits)
            summaries[name] = summary(name, errors)
            print(f"{n_train} training photographs, {summaries[name]}", flush=True)
        report(
            f"uiuc_{n_train:02d}",
            task=f"UIUC textures, {n_train} training photographs per surface",
            metric=f"test error (%), mean and standard deviation over {n_splits} splits",
            ours=[summaries[name] for name in STEPS],
            ablations=[summaries[name] for name in ABLATIONS],
            published=[],
            start=start,
            args=args,
        )


def photographs(args):
    """Photographs and their surfaces; in a quick run, parts of ten photographs of each of five surfaces."""
    X, y = fetch_uiuc_textures(data_home=args.data_home, return_X_y=True)
    X = X.reshape(-1, 240, 320)
    if not args.quick:
        return X, y
    few = np.flatnonzero(np.isin(y, np.unique(y)[:5]))[::4]
    return X[few, :64, :96], y[few]


def texture_coefficients(X, args):
    """Coefficients of each kind, arrays of shape (n, n_copies, n_features)."""
    translation, motions = (clone(t).set_params(J=3 if args.quick else J) for t in (TRANSLATION, MOTIONS))
    rotations = RotationAveraging(translation).fit(X[:1]).weights_.T
    S, M = over_copies(X, translation, args, 1), over_copies(X, motions, args)
    return {
        "translation": S,
        "rotations": S @ rotations,
        "motions": M,
        "spectrum": over_copies(X, FunctionTransformer(power_spectra), args, 1),
        "order 1": M[..., clone(motions).fit(X[:1]).paths_["order"] < 2],
        "shuffled": over_copies(shuffled(X, n_axes=2), translation, args, 1) @ rotations,
    }


def over_copies(X, transformer, args, n_copies=None):
    """Features of copies of photographs, of shape (n, n_copies, n_features)."""
    copies = [cached(features, args)(X, transformer, factors, args.n_jobs) for factors in COPIES[:n_copies]]
    return np.stack(copies, axis=1)


def learn(S, y, train, test, parameters):
    """Train on some photographs; return the error on the others in percent."""
    return 100 * (1 - Committee(**parameters).fit(S[train], y[train]).score(S[test], y[test]))
