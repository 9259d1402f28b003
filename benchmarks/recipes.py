"""One estimator with its defaults, against the best pipeline of the benchmarks: accuracy on each dataset.

``python benchmarks/recipes.py`` prints the table and writes it to ``benchmarks/results/recipes.json``. The first
method is a pipeline without choices: a transform with its defaults, standardization and ridge regression. The second
is ``ScatteringClassifier(kind)``, whose defaults were chosen by cross-validation on training data of such sets. The
third is the method of ``published.py`` for the set, run here on the same split. ``--sets`` runs some of the sets, and
``--quick`` small versions, to check that the script works; both write nothing.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _brodatz import GRID, SIDE, STRIDE, comparable_scans
from _caltech import chosen_accuracy, pictures, products, split, two_stages
from _digit_classifiers import learn as learn_digits
from _digits import N_POSITIONS, SCATTERING, digit_features
from _report import SEED, report_table
from _series import OURS, accuracy_of
from _sounds import LENGTH, SYSTEMS, learn
from _textures import OverScales, over_scales
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, GroupKFold, StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, normalize

from skscat import Scattering1D, Scattering2D, ScatteringClassifier
from skscat.classification import AffineSubspaceClassifier
from skscat.datasets import (
    fetch_kth_tips,
    fetch_mnist,
    fetch_sipi_brodatz,
    fetch_spoken_digits,
    fetch_ucr,
)
from skscat.preprocessing import LogMedian

COLUMNS = (
    "Dataset",
    "Training signals",
    "Plain pipeline (%)",
    "One estimator (%)",
    "Best pipeline (%)",
    "Best pipeline",
)
PLAIN = {"image": Scattering2D, "texture": Scattering2D, "series": Scattering1D, "sound": Scattering1D}
# Series of one or several channels.
SERIES = (
    *("ACSF1", "Adiac", "ArrowHead", "BasicMotions", "Coffee", "GunPoint", "ItalyPowerDemand", "JapaneseVowels"),
    *("OSULeaf", "PickupGestureWiimoteZ", "PigCVP", "Trace"),
)
# Random splits of the photographs of textures; recordings per digit and speaker for training, and the others.
N_TEXTURE_SPLITS, TRAIN_TAKES, TEST_TAKES = 3, range(5, 15), range(5)


class Task(NamedTuple):
    """One split of a dataset: indices of training and test signals, and the accuracy of the best known pipeline."""

    kind: str
    X: np.ndarray
    y: np.ndarray
    train: np.ndarray
    test: np.ndarray
    best: object
    groups: np.ndarray | None = None
    score: object = lambda y, predicted: np.mean(y == predicted)


def mnist(args):
    """MNIST: the first digits."""
    X, y = fetch_mnist(data_home=args.data_home, return_X_y=True)
    test = np.arange(60_000, 60_300 if args.quick else 70_000)

    def best(train):
        S, S_test = (digit_features(X[rows], 2, False, SCATTERING, args.n_jobs) for rows in (train, test))
        model = learn_digits(S, y[train], "affine", N_POSITIONS, args.n_jobs)[0]
        return np.mean(model.predict(S_test) == y[test])

    for n in (300,) if args.quick else (300, 1000, 5000):
        train = np.arange(n)
        yield f"MNIST, {n:,} digits", [Task("image", X, y, train, test, lambda train=train: best(train))]


def caltech(args):
    """Caltech-101 in gray, 30 pictures per class; mean accuracy over classes."""
    X, y = pictures(args, side=64, gray=True)
    train, test = split(y, SEED)

    def best():
        S = Scattering2D(2 if args.quick else 4, stride=X.shape[1] // 8, n_jobs=args.n_jobs).fit_transform(X)
        stages = two_stages(train, test)
        return chosen_accuracy([products(S, y, *rows) for rows in stages], y, stages)[0] / 100

    yield "Caltech-101", [Task("image", X, y, train, test, best, score=balanced_accuracy_score)]


def kth_tips(args):
    """KTH-TIPS, 10 materials, mean over random splits."""
    textures = fetch_kth_tips(data_home=args.data_home)
    X, y = textures.images, textures.target
    if args.quick:
        X, y = X[::12, :64, :64], y[::12]
    S = []

    def best(train, test):
        if not S:
            S.append(over_scales(X, Scattering2D(3 if args.quick else 5, average="global"), args))
        return OverScales(copies=True).fit(S[0][train], y[train]).score(S[0][test], y[test])

    for n in (5,) if args.quick else (20, 40):
        splits = StratifiedShuffleSplit(1 if args.quick else N_TEXTURE_SPLITS, train_size=10 * n, random_state=SEED)
        yield (
            f"KTH-TIPS, {n} per material",
            [Task("texture", X, y, *rows, lambda rows=rows: best(*rows)) for rows in splits.split(y, y)],
        )


def brodatz(args):
    """Brodatz textures: patches of the left part of each scan for training, and of the rest for testing."""
    scans = comparable_scans(fetch_sipi_brodatz(data_home=args.data_home))[0]
    scans = scans[:3, :256, :320] if args.quick else scans
    patches = np.lib.stride_tricks.sliding_window_view(scans, (SIDE, SIDE), axis=(1, 2))[:, ::STRIDE, ::STRIDE]
    n_scans, n_rows, n_columns = patches.shape[:3]
    y, row, column = (index.ravel() for index in np.indices((n_scans, n_rows, n_columns)))
    X = patches.reshape(-1, SIDE, SIDE)
    X = X - X.mean(axis=(1, 2), keepdims=True)
    X /= X.std(axis=(1, 2), keepdims=True)
    train, test = np.flatnonzero(column < 2), np.flatnonzero(STRIDE * column >= SIDE + STRIDE)

    def best():
        S = Scattering2D(3 if args.quick else 5, average="global", n_jobs=args.n_jobs).fit_transform(X)
        model = make_pipeline(LogMedian(), StandardScaler(), AffineSubspaceClassifier())
        search = GridSearchCV(model, GRID, cv=list(GroupKFold(3).split(train, groups=row[train])))
        return search.fit(S[train], y[train]).score(S[test], y[test])

    yield f"Brodatz, {n_scans} textures, one scan", [Task("texture", X, y, train, test, best)]


def fsdd(args):
    """Spoken digits: other recordings of the same speakers, and new speakers."""
    digits = fetch_spoken_digits(length=LENGTH // 4 if args.quick else LENGTH, data_home=args.data_home)
    known = np.isin(digits.take, TRAIN_TAKES[:3] if args.quick else TRAIN_TAKES)
    kept = known | np.isin(digits.take, TEST_TAKES[:1] if args.quick else TEST_TAKES)
    X, y = normalize(digits.data[kept]), digits.target[kept]
    known, speaker, take = known[kept], digits.speaker[kept], digits.take[kept]
    S = {}

    def best(train, test, groups):
        if not S:
            candidates = SYSTEMS["time-frequency scattering"][0][: 1 if args.quick else None]
            S.update({str(t): t.set_params(n_jobs=args.n_jobs).fit_transform(X) for t in candidates})
        return learn(S, y, train, test, groups, args)["right"] / np.sum(test)

    def task(train, test, groups):
        masks = train, test
        rows = [np.flatnonzero(mask) for mask in masks]
        return Task("sound", X, y, *rows, lambda: best(*masks, groups), groups)

    yield "Spoken digits, same speakers", [task(known, ~known, take)]
    if not args.quick:
        speakers = [task(known & (speaker != k), known & (speaker == k), speaker) for k in np.unique(speaker)]
        yield "Spoken digits, new speakers", speakers


def ucr(args):
    """Datasets of the UCR and UEA archives, mean accuracy."""
    tasks = []
    for name in ("GunPoint",) if args.quick else SERIES:
        series = fetch_ucr(name, data_home=args.data_home)
        rows = np.flatnonzero(series.train), np.flatnonzero(~series.train)

        def best(name=name):
            return accuracy_of(name, OURS, args.data_home, args.n_jobs) / 100

        tasks.append(Task("series", series.data, series.target, *rows, best))
    yield f"UCR and UEA archives, {len(tasks)} sets", tasks


SETS_OF_TASKS = {table.__name__: table for table in (mnist, caltech, kth_tips, brodatz, fsdd, ucr)}
BEST = {
    "mnist": "square roots, finer grid, scaled paths, affine subspaces",
    "caltech": "finer grid, logarithm, Gaussian kernel",
    "kth_tips": "logarithm, averages over four scales, trained on all scales, affine subspaces",
    "brodatz": "logarithm, affine subspaces",
    "fsdd": "local time-frequency scattering, logarithm, linear SVM",
    "ucr": "the same estimator",
}


def accuracies(task, args):
    """Accuracies of the plain pipeline, of the one estimator, and of the best known pipeline, in percent."""
    plain = make_pipeline(PLAIN[task.kind](n_jobs=args.n_jobs), StandardScaler(), RidgeClassifier(alpha=1000))
    one = ScatteringClassifier(task.kind, n_jobs=args.n_jobs, random_state=SEED)
    X, y = task.X[task.train], task.y[task.train]
    groups = {} if task.groups is None else {"groups": task.groups[task.train]}
    fitted = plain.fit(X, y), one.fit(X, y, **groups)
    ours = [task.score(task.y[task.test], model.predict(task.X[task.test])) for model in fitted]
    chosen = one.pipeline_[0]
    found = [100 * accuracy for accuracy in (*ours, task.best())]
    print("   ", *(f"{accuracy:6.2f}" for accuracy in found), " ".join(repr(chosen).split()), flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", choices=SETS_OF_TASKS, default=list(SETS_OF_TASKS), help="sets to run")
    parser.add_argument("--quick", action="store_true", help="run small versions and write nothing")
    parser.add_argument("--data-home", help="data folder, see skscat.datasets; default: SKSCAT_DATA")
    parser.add_argument("--n-jobs", type=int, default=-1, help="number of parallel jobs")
    args = parser.parse_args()
    start, table = time.perf_counter(), []
    with tempfile.TemporaryDirectory() as folder:
        # For functions of published.py that cache coefficients.
        args.cache = Path(folder)
        for name in args.sets:
            for title, tasks in SETS_OF_TASKS[name](args):
                print(title, flush=True)
                means = np.mean([accuracies(task, args) for task in tasks], axis=0)
                table.append(
                    [title, sum(len(task.train) for task in tasks) // len(tasks), *means.tolist(), BEST[name]]
                )
    args.quick = args.quick or args.sets != list(SETS_OF_TASKS)
    task = "Accuracy of one estimator and of pipelines on test data"
    report_table("recipes", task=task, columns=COLUMNS, rows=table, start=start, args=args)


if __name__ == "__main__":
    main()
