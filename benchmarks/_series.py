"""Time series: scattering of a series and its rectified slopes, beside MiniRocket and the nearest neighbour."""

import time

import numpy as np
from _report import SEED, cached, percent, report, shuffled
from scipy.ndimage import gaussian_filter1d
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skscat import Scattering1D
from skscat.datasets import fetch_ucr
from skscat.preprocessing import LogMedian

SETS = (
    *("ACSF1", "Adiac", "ArrowHead", "BasicMotions", "Coffee", "GunPoint", "ItalyPowerDemand", "JapaneseVowels"),
    *("OSULeaf", "PickupGestureWiimoteZ", "PigCVP", "Trace"),
)
QUICK_SETS = ("GunPoint", "ItalyPowerDemand")
# Standard deviations, in samples, of the Gaussians whose derivatives are rectified.
WIDTHS = (1, 2, 4, 8)
# Wavelets per octave and number of averages along a series, 1 for one average of it all.
SCATTERINGS = ((1, 1), ((8, 2), 1), (1, 16))
# How many groups of features, of SCATTERINGS and then the samples, a classifier may see: more know more of time.
N_GROUPS = (2, 3, 4)
EPSILON = 0.1
CLASSIFIERS = [
    *(RidgeClassifier(alpha) for alpha in (1e-3, 1e-2, 1e-1, 1)),
    *(SVC(kernel="linear", C=C) for C in (10, 100)),
]
# Largest order, whether slopes are rectified, and whether samples are shuffled; the last is the method.
METHODS = {
    "shuffled samples, scattering of order 2 of series and rectified slopes": (2, True, True),
    "raw series": (0, False, False),
    "scattering of order 2 of series": (2, False, False),
    "scattering of order 1 of series and rectified slopes": (1, True, False),
    "scattering of order 2 of series and rectified slopes": (2, True, False),
}
MINIROCKET, NEAREST = "MiniRocket and ridge", "nearest neighbour"


def ucr(args):
    """Accuracies on twelve data sets of the UCR and UEA archives, with one recipe and the split of the archive."""
    start = time.perf_counter()
    rivals, details = {NEAREST: nearest_neighbour}, {NEAREST: "Euclidean distance"}
    if not args.quick:
        rivals[MINIROCKET], version = minirocket(args)
        details[MINIROCKET] = f"Dempster et al. 2021, aeon {version}"
    tables = {}
    for name in QUICK_SETS if args.quick else SETS:
        series = fetch_ucr(name, data_home=args.data_home)
        tables[name] = {method: rival(series) for method, rival in rivals.items()}
        tables[name] |= {method: learn(series, method, args) for method in METHODS}
        print(name, *(f"  {result['accuracy']:6.2f} {method}" for method, result in tables[name].items()), sep="\n")
    averages = {
        method: round(np.mean([results[method]["accuracy"] for results in tables.values()]), 2)
        for method in (*rivals, *METHODS)
    }
    *ablations, ours = [{"method": method, "value": averages[method]} for method in METHODS]
    report(
        "ucr",
        task=f"{len(tables)} data sets of the UCR and UEA archives of time series",
        metric="mean accuracy, %",
        ours=[ours],
        published=[],
        rivals=[{"method": f"{method}, {details[method]}", "value": averages[method]} for method in rivals],
        ablations=ablations,
        start=start,
        args=args,
        sets=tables,
    )


def minirocket(args):
    """Return a function that learns from a data set with MiniRocket, and the version of aeon."""
    try:
        import aeon
        from aeon.classification.convolution_based import MiniRocketClassifier
    except ImportError as error:
        raise SystemExit(f"{error}. MiniRocket, to compare with, is in aeon: pip install 'skscat[bench]'") from None

    def learn_minirocket(series):
        # aeon wants an axis of channels.
        X = with_channels(series.data)
        return accuracy(MiniRocketClassifier(random_state=SEED, n_jobs=args.n_jobs), X, series)

    return learn_minirocket, aeon.__version__


def nearest_neighbour(series):
    """Learn from a data set with the nearest neighbour."""
    return accuracy(KNeighborsClassifier(1), series.data.reshape(len(series.data), -1), series)


def accuracy(model, X, series):
    """Learn from the training part of X, and count what is right in the other."""
    right = model.fit(X[series.train], series.target[series.train]).predict(X[~series.train])
    return {"accuracy": percent(np.sum(right == series.target[~series.train]), np.sum(~series.train))}


def learn(series, method, args):
    """Choose groups of features and a classifier by cross-validation on training series, then test."""
    groups = cached(series_features, args)(series.data, *METHODS[method], args.n_jobs)
    y = series.target[series.train]
    folds = RepeatedStratifiedKFold(
        # Some sets have two training series of a class.
        n_splits=min(5, *np.unique(y, return_counts=True)[1]),
        n_repeats=1 if args.quick else 4,
        random_state=SEED,
    )
    model = Pipeline([("classifier", SVC())])
    searches = []
    for n_groups in sorted({min(n, len(groups)) for n in N_GROUPS}):
        X = coordinates(groups[:n_groups], series.train)
        search = GridSearchCV(model, {"classifier": CLASSIFIERS}, cv=folds, n_jobs=args.n_jobs)
        searches.append((search.fit(X[series.train], y), X, n_groups))
    search, X, n_groups = max(searches, key=lambda found: found[0].best_score_)
    return accuracy(search.best_estimator_, X, series) | {
        "cross_validation": round(100 * search.best_score_, 2),
        "n_groups": n_groups,
        "classifier": str(search.best_params_["classifier"]),
    }


def series_features(X, order, rectified, shuffle, n_jobs):
    """Groups of features, one of each of SCATTERINGS and the samples themselves; only these for order 0."""
    X = with_channels(X)
    length = X.shape[-1]
    if shuffle:
        X = shuffled(X)
    samples = X.reshape(len(X), -1)
    if order == 0:
        return [samples]
    signals = np.concatenate([X, *rectified_slopes(X)], axis=1) if rectified else X
    groups = []
    for Q, n_averages in SCATTERINGS:
        scattering = Scattering1D(int(np.log2(length)) - 1, Q=Q, max_order=order, n_jobs=n_jobs)
        if n_averages == 1:
            scattering.set_params(average="global")
        else:
            scattering.set_params(T=max(2, length // n_averages))
        groups.append(scattering.fit_transform(signals))
    return [*groups, samples]


def rectified_slopes(X):
    """Positive and negative parts of deviations, differences, and smoothed first and second derivatives of series.

    A modulus forgets the sign and the phase of what it is taken of; scattering of these parts tells a rise from a fall
    and a peak from a trough.
    """
    waves = [X - X.mean(axis=-1, keepdims=True), np.diff(X, axis=-1, prepend=X[..., :1])]
    waves += [gaussian_filter1d(X, width, axis=-1, order=order) for width in WIDTHS for order in (1, 2)]
    return [np.maximum(sign * wave, 0) for wave in waves for sign in (1, -1)]


def coordinates(groups, train):
    """Principal components of standardized features, in which each group has the same weight.

    All components that training series have are kept: distances among these are those of the features. Labels are not
    looked at.
    """
    scaled = []
    for k, group in enumerate(groups):
        is_scattering = len(groups) > 1 and k < len(SCATTERINGS)
        scale = make_pipeline(LogMedian(EPSILON), StandardScaler()) if is_scattering else StandardScaler()
        z = scale.fit(group[train]).transform(group)
        scaled.append(z / np.linalg.norm(z[train]))
    Z = np.concatenate(scaled, axis=1) * np.sqrt(np.sum(train) / len(groups))
    return PCA().fit(Z[train]).transform(Z)


def with_channels(X):
    """Give series an axis of channels, if they have none."""
    return X if X.ndim == 3 else X[:, None]
