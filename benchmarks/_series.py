"""Time series: the recipe for series on 100 datasets, with MiniRocket, Hydra and nearest-neighbor baselines."""

import time

import numpy as np
from _report import SEED, cached, percent, report, shuffled
from scipy.stats import rankdata
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier

from skscat import ScatteringClassifier
from skscat.datasets import fetch_ucr

# Of the 112 univariate datasets of equal length of the UCR archive that are usually compared, those at hand, without
# TwoPatterns and Wafer, each of which lacks a series there.
SETS = """
ACSF1 Adiac ArrowHead BME Beef BeetleFly BirdChicken CBF Car Chinatown ChlorineConcentration CinCECGTorso Coffee
Computers CricketX CricketY CricketZ Crop DiatomSizeReduction DistalPhalanxOutlineAgeGroup DistalPhalanxOutlineCorrect
DistalPhalanxTW ECG200 ECG5000 ECGFiveDays EOGHorizontalSignal EOGVerticalSignal Earthquakes ElectricDevices
EthanolLevel FaceAll FaceFour FacesUCR FiftyWords Fish FordA FordB FreezerRegularTrain FreezerSmallTrain GunPoint
GunPointAgeSpan GunPointMaleVersusFemale GunPointOldVersusYoung Ham HandOutlines Haptics Herring HouseTwenty
InlineSkate InsectEPGRegularTrain InsectEPGSmallTrain InsectWingbeatSound ItalyPowerDemand LargeKitchenAppliances
Lightning2 Lightning7 Mallat Meat MedicalImages MiddlePhalanxOutlineAgeGroup MiddlePhalanxOutlineCorrect
MiddlePhalanxTW MixedShapesRegularTrain MixedShapesSmallTrain MoteStrain NonInvasiveFetalECGThorax1
NonInvasiveFetalECGThorax2 OSULeaf OliveOil PhalangesOutlinesCorrect Phoneme PigAirwayPressure PigArtPressure PigCVP
Plane PowerCons ProximalPhalanxOutlineAgeGroup ProximalPhalanxOutlineCorrect ProximalPhalanxTW RefrigerationDevices
Rock ScreenType ShapeletSim ShapesAll SmallKitchenAppliances SmoothSubspace SonyAIBORobotSurface1 SonyAIBORobotSurface2
Strawberry SwedishLeaf SyntheticControl ToeSegmentation1 ToeSegmentation2 Trace TwoLeadECG UMD Wine WordSynonyms Worms
WormsTwoClass
"""
QUICK_SETS = ("GunPoint", "ItalyPowerDemand")
# Ablations and Hydra are run on the datasets that have at most so many samples, to save time.
ABLATION_SAMPLES, HYDRA_SAMPLES = 30_000, 292_000

OURS = 'ScatteringClassifier("series"): scattering, proportions, samples'
NEAREST, MINIROCKET, HYDRA = "nearest neighbor, Euclidean distance", "MiniRocket", "Hydra and MultiROCKET"
SHUFFLED = "shuffled samples"
PROPORTIONS = ("proportions", "dilated", "segments")
# Parameters of the fitted pipeline, without the shares of the features.
ABLATIONS = {
    "raw series": dict.fromkeys(("scattering", *PROPORTIONS), "drop"),
    "scattering and samples, without proportions": dict.fromkeys(PROPORTIONS, "drop"),
    "proportions and samples, without scattering": {"scattering": "drop"},
    "first-order scattering, proportions, samples": {"scattering__scattering__transformer__max_order": 1},
}


def ucr(args):
    """Accuracy on 100 datasets of the UCR archive, with the same method and the splits of the archive."""
    start = time.perf_counter()
    names = QUICK_SETS if args.quick else SETS.split()
    run, tables = cached(accuracy_of, args), {}
    sizes = {name: fetch_ucr(name, data_home=args.data_home).data.size for name in names}
    for name in sorted(names, key=sizes.get):
        methods = [NEAREST, *((MINIROCKET,) if not args.quick else ()), OURS]
        if sizes[name] <= HYDRA_SAMPLES and not args.quick:
            methods.append(HYDRA)
        if sizes[name] <= ABLATION_SAMPLES:
            methods += [*ABLATIONS, SHUFFLED]
        tables[name] = {method: run(name, method, args.data_home, args.n_jobs) for method in methods}
        print(name, *(f"  {value:6.2f} {method}" for method, value in tables[name].items()), sep="\n", flush=True)
    with_hydra = {table: tables[table] for table in used(tables, HYDRA)}
    report(
        "ucr",
        task=f"{len(tables)} datasets of the UCR time series archive",
        metric="mean accuracy (%)",
        ours=[summary(tables, OURS)],
        published=[],
        baselines=[summary(tables, method) for method in (NEAREST, MINIROCKET) if used(tables, method)],
        ablations=[summary(tables, method) for method in (*ABLATIONS, SHUFFLED)],
        start=start,
        args=args,
        sets=tables,
    )
    if with_hydra:
        methods = (NEAREST, MINIROCKET, HYDRA, OURS)
        report(
            "ucr_hydra",
            task=f"The {len(with_hydra)} smallest of these datasets, with Hydra and MultiROCKET",
            metric="mean accuracy (%)",
            ours=[summary(with_hydra, OURS)],
            published=[],
            baselines=[summary(with_hydra, method) for method in methods[:-1]],
            start=start,
            args=args,
            sets=with_hydra,
            ranks=mean_ranks(with_hydra, methods),
        )


def used(tables, method):
    """Return the names of the datasets on which a method was run."""
    return [name for name, accuracies in tables.items() if method in accuracies]


def summary(tables, method):
    """Average the accuracy of a method; with that of ours on the same datasets, if these are not all."""
    names = used(tables, method)
    value, ours = (np.mean([tables[name][some] for name in names]) for some in (method, OURS))
    note = "" if len(names) == len(tables) else f" ({len(names)} smallest datasets; ours there: {ours:.2f})"
    return {"method": f"{method}{note}", "value": round(value, 2)}


def mean_ranks(tables, methods):
    """Average the ranks of methods over datasets; the best has rank 1."""
    accuracies = np.array([[accuracies[method] for method in methods] for accuracies in tables.values()])
    return dict(zip(methods, np.round(rankdata(-accuracies, axis=1).mean(axis=0), 3).tolist(), strict=True))


def accuracy_of(name, method, data_home, n_jobs):
    """Train a method on the training series of a dataset, and return its accuracy on the others."""
    series = fetch_ucr(name, data_home=data_home)
    if method in BASELINES:
        model, X = BASELINES[method](n_jobs), series.data
    else:
        X = shuffled(series.data) if method == SHUFFLED else series.data
        model = recipe(X[series.train], series.target[series.train], n_jobs, ABLATIONS.get(method, {}))
    if method in (MINIROCKET, HYDRA):
        # aeon requires a channel axis.
        X = X[:, np.newaxis].astype(float)
    right = model.fit(X[series.train], series.target[series.train]).predict(X[~series.train])
    return percent(np.sum(right == series.target[~series.train]), np.sum(~series.train))


def recipe(X, y, n_jobs, changes):
    """Return the recipe for series, or its pipeline with some parts of the features dropped or replaced."""
    model = ScatteringClassifier("series", n_jobs=n_jobs, random_state=SEED)
    if not changes:
        return model
    pipeline = model.fit(X, y).pipeline_
    changed = clone(pipeline).set_params(**{f"features__{key}": value for key, value in changes.items()})
    features, n_features = changed["features"].fit(X), {}
    for union in (features, pipeline["features"]):
        for part, steps in union.transformer_list:
            n_features.setdefault(part, []).append(steps[-1].n_features_in_ if steps != "drop" else 0)
    # Each part keeps its share of the variance with fewer features.
    weights = features.transformer_weights
    kept = {
        part: weight * (n_features[part][1] / n) ** 0.5
        for part, weight in weights.items()
        if (n := n_features[part][0])
    }
    return changed.set_params(features__transformer_weights=kept)


def minirocket(n_jobs):
    """MiniRocket and ridge regression."""
    return rocket("MiniRocketClassifier", n_jobs)


def hydra(n_jobs):
    """Hydra, MultiROCKET and ridge regression."""
    return rocket("MultiRocketHydraClassifier", n_jobs)


def rocket(name, n_jobs):
    """Return a classifier of aeon."""
    try:
        from aeon.classification import convolution_based
    except ImportError as error:
        raise SystemExit(f"{error}. The baselines need aeon: pip install 'skscat[bench]'") from None
    return getattr(convolution_based, name)(random_state=SEED, n_jobs=n_jobs)


BASELINES = {NEAREST: lambda n_jobs: KNeighborsClassifier(1, n_jobs=n_jobs), MINIROCKET: minirocket, HYDRA: hydra}
