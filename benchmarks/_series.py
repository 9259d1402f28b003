"""Time series: scattering of series and rectified derivatives, with MiniRocket and nearest-neighbor baselines."""

import time

import numpy as np
from _report import SEED, cached, percent, report, shuffled
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skscat import Scattering1D
from skscat.datasets import fetch_ucr
from skscat.preprocessing import LogMedian, RectifiedDerivatives

SETS = (
    *("ACSF1", "Adiac", "ArrowHead", "BasicMotions", "Coffee", "GunPoint", "ItalyPowerDemand", "JapaneseVowels"),
    *("OSULeaf", "PickupGestureWiimoteZ", "PigCVP", "Trace"),
)
QUICK_SETS = ("GunPoint", "ItalyPowerDemand")
# Standard deviations, in samples, of the Gaussians whose derivatives are rectified.
WIDTHS = (1, 2, 4, 8)
# Wavelets per octave, and number of averages along a series; 1 is a global average.
SCATTERINGS = ((1, 1), ((8, 2), 1), (1, 16))
# Number of feature sets of a classifier: those of SCATTERINGS, then the samples. More sets resolve time more finely.
N_SETS = (2, 3, 4)
EPSILON = 0.1
CLASSIFIERS = [
    *(RidgeClassifier(alpha) for alpha in (1e-3, 1e-2, 1e-1, 1)),
    *(SVC(kernel="linear", C=C) for C in (10, 100)),
]
# Largest order, whether rectified derivatives are included, and whether samples are shuffled. The last is our method.
METHODS = {
    "shuffled samples, second-order scattering of series and rectified derivatives": (2, True, True),
    "raw series": (0, False, False),
    "second-order scattering of series": (2, False, False),
    "first-order scattering of series and rectified derivatives": (1, True, False),
    "second-order scattering of series and rectified derivatives": (2, True, False),
}
MINIROCKET, NEAREST = "MiniRocket and ridge", "nearest neighbor"


def ucr(args):
    """Accuracy on twelve datasets of the UCR and UEA archives, with the same method and the splits of the archives."""
    start = time.perf_counter()
    baselines, details = {NEAREST: nearest_neighbor}, {NEAREST: "Euclidean distance"}
    if not args.quick:
        baselines[MINIROCKET], version = minirocket(args)
        details[MINIROCKET] = f"Dempster et al. 2021, aeon {version}"
    tables = {}
    for name in QUICK_SETS if args.quick else SETS:
        series = fetch_ucr(name, data_home=args.data_home)
        tables[name] = {method: baseline(series) for method, baseline in baselines.items()}
        tables[name] |= {method: learn(series, method, args) for method in METHODS}
        print(name, *(f"  {result['accuracy']:6.2f} {method}" for method, result in tables[name].items()), sep="\n")
    averages = {
        method: round(np.mean([results[method]["accuracy"] for results in tables.values()]), 2)
        for method in (*baselines, *METHODS)
    }
    *ablations, ours = [{"method": method, "value": averages[method]} for method in METHODS]
    report(
        "ucr",
        task=f"{len(tables)} datasets of the UCR and UEA time series archives",
        metric="mean accuracy (%)",
        ours=[ours],
        published=[],
        baselines=[{"method": f"{method}, {details[method]}", "value": averages[method]} for method in baselines],
        ablations=ablations,
        start=start,
        args=args,
        sets=tables,
    )


def minirocket(args):
    """Return a function that trains and tests MiniRocket on a dataset, and the version of aeon."""
    try:
        import aeon
        from aeon.classification.convolution_based import MiniRocketClassifier
    except ImportError as error:
        raise SystemExit(f"{error}. The MiniRocket baseline needs aeon: pip install 'skscat[bench]'") from None

    def learn_minirocket(series):
        # aeon requires a channel axis.
        X = with_channels(series.data)
        return accuracy(MiniRocketClassifier(random_state=SEED, n_jobs=args.n_jobs), X, series)

    return learn_minirocket, aeon.__version__


def nearest_neighbor(series):
    """Train and test a nearest-neighbor classifier on a dataset."""
    return accuracy(KNeighborsClassifier(1), series.data.reshape(len(series.data), -1), series)


def accuracy(model, X, series):
    """Train on the training series, and compute the accuracy on the others."""
    right = model.fit(X[series.train], series.target[series.train]).predict(X[~series.train])
    return {"accuracy": percent(np.sum(right == series.target[~series.train]), np.sum(~series.train))}


def learn(series, method, args):
    """Choose feature sets and a classifier by cross-validation on training series, then test."""
    sets = cached(series_features, args)(series.data, *METHODS[method], args.n_jobs)
    y = series.target[series.train]
    folds = RepeatedStratifiedKFold(
        # Some datasets have only two training series in a class.
        n_splits=min(5, *np.unique(y, return_counts=True)[1]),
        n_repeats=1 if args.quick else 4,
        random_state=SEED,
    )
    model = Pipeline([("classifier", SVC())])
    searches = []
    for n_sets in sorted({min(n, len(sets)) for n in N_SETS}):
        X = coordinates(sets[:n_sets], series.train)
        search = GridSearchCV(model, {"classifier": CLASSIFIERS}, cv=folds, n_jobs=args.n_jobs)
        searches.append((search.fit(X[series.train], y), X, n_sets))
    search, X, n_sets = max(searches, key=lambda found: found[0].best_score_)
    return accuracy(search.best_estimator_, X, series) | {
        "cross_validation": round(100 * search.best_score_, 2),
        "n_groups": n_sets,
        "classifier": str(search.best_params_["classifier"]),
    }


def series_features(X, order, rectified, shuffle, n_jobs):
    """Feature sets: one for each of SCATTERINGS, and the samples; only the samples for order 0."""
    X = with_channels(X)
    length = X.shape[-1]
    if shuffle:
        X = shuffled(X)
    samples = X.reshape(len(X), -1)
    if order == 0:
        return [samples]
    sets = []
    for Q, n_averages in SCATTERINGS:
        scattering = Scattering1D(int(np.log2(length)) - 1, Q=Q, max_order=order, n_jobs=n_jobs)
        if n_averages == 1:
            scattering.set_params(average="global")
        else:
            scattering.set_params(T=max(2, length // n_averages))
        transformer = RectifiedDerivatives(scattering, widths=WIDTHS) if rectified else scattering
        sets.append(transformer.fit_transform(X))
    return [*sets, samples]


def coordinates(sets, train):
    """Principal components of standardized features, in which all feature sets have the same weight.

    All components of the training series are included, so that their distances are those of the features. The labels
    are not used.
    """
    scaled = []
    for k, features in enumerate(sets):
        is_scattering = len(sets) > 1 and k < len(SCATTERINGS)
        scale = make_pipeline(LogMedian(EPSILON), StandardScaler()) if is_scattering else StandardScaler()
        z = scale.fit(features[train]).transform(features)
        scaled.append(z / np.linalg.norm(z[train]))
    Z = np.concatenate(scaled, axis=1) * np.sqrt(np.sum(train) / len(sets))
    return PCA().fit(Z[train]).transform(Z)


def with_channels(X):
    """Add a channel axis to series that have none."""
    return X if X.ndim == 3 else X[:, None]
