"""Choices that a pipeline leaves open, by cross-validation on training data: one table per question.

``python benchmarks/choices.py`` prints the tables and writes them to ``benchmarks/results/choices_<question>.json``.
Cells are mean accuracies over folds, in percent. Unless a row says otherwise, the steps are a transform,
``LogMedian``, ``StandardScaler``, at most 800 principal components and ``AffineSubspaceClassifier``, all with their
defaults; the transform is that of ``_choice_data.py``. The last row is the standard error of a difference from the
best option: the standard deviation over folds, divided by the root of their number, as the median over the other
options. Smaller differences are ties.

``--questions`` answers some of the questions, and ``--quick`` runs small versions, to check that the script works, and
writes nothing.
"""

import argparse
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from _choice_data import digits, photographs, recordings, scans, series, sounds, vowels
from _report import SEED, report_table
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from skscat import TimeFrequencyScattering
from skscat.classification import AffineSubspaceClassifier
from skscat.preprocessing import LogMedian
from skscat.preprocessing._path_scaling import magnitudes

# As many principal components as ScatteringClassifier keeps.
N_COMPONENTS = 800
ERROR = "Standard error of a difference"


class Choice(NamedTuple):
    """One option: what it changes in the default pipeline.

    ``transform`` makes a transform from data; ``logarithm`` and ``scaler`` make steps from the fitted transform.
    """

    transform: Callable = lambda data: data.scattering
    logarithm: Callable = lambda scattering: LogMedian()
    scaler: Callable = lambda scattering: StandardScaler()
    classifier: BaseEstimator = AffineSubspaceClassifier()

    def accuracies(self, data):
        """Accuracy in each fold, in percent. The default pipeline, an option of most questions, runs once."""
        transform = self.transform(data)
        key = self, repr(transform)
        if key not in data.cache:
            S, scattering = data.coefficients(transform)
            data.cache[key] = [self._accuracy(S, scattering, data, *fold) for fold in data.folds]
        return data.cache[key]

    def _accuracy(self, S, scattering, data, train, test):
        n_components = min(N_COMPONENTS, len(train) - 1, S.shape[1])
        steps = self.logarithm(scattering), self.scaler(scattering), PCA(n_components, random_state=SEED)
        features = make_pipeline(*steps).fit(S[train])
        # In single precision, small penalties leave matrices ill-conditioned.
        Z, Z_test = (features.transform(S[rows]).astype(np.float64) for rows in (train, test))
        classifier = clone(self.classifier)
        if data.groups is not None and "cv" in classifier.get_params():
            groups = data.groups[train]
            folds = StratifiedGroupKFold(min(5, len(np.unique(groups)))).split(Z, data.y[train], groups)
            classifier.set_params(cv=list(folds))
        return 100 * classifier.fit(Z, data.y[train]).score(Z_test, data.y[test])


class CoefficientScaler(TransformerMixin, BaseEstimator):
    """``PathScaler``, for coefficients that have been computed."""

    def __init__(self, n_positions, norm):
        self.n_positions = n_positions
        self.norm = norm

    def fit(self, X, y=None):
        """Compute the magnitude of each path."""
        self.scale_ = np.repeat(magnitudes(X.reshape(len(X), -1, self.n_positions), self.norm), self.n_positions)
        return self

    def transform(self, X):
        """Divide each path by its magnitude."""
        return X / self.scale_


def no_step(scattering):
    """Make a step that changes nothing."""
    return FunctionTransformer()


def altered(**parameters):
    """Return a function that alters the transform of data."""
    return lambda data: clone(data.scattering).set_params(**parameters)


def globally(data):
    """Replace the transform of data by one with global averages."""
    return data._replace(scattering=altered(average="global")(data))


def local(ratio):
    """Return a function that makes local averages, over some multiple of the scale of the data."""
    return lambda data: clone(data.scattering).set_params(average="local", T=ratio * data.T)


def joint_8(data):
    """Make a time-frequency scattering transform with the parameters of the transform of data."""
    given = data.scattering.get_params()
    parameters = {name: given[name] for name in ("J", "T", "average", "sampling_rate", "n_jobs")}
    return TimeFrequencyScattering(Q=8, **parameters)


def by_path(norm):
    """Return a function that makes a scaler of paths."""
    return lambda scattering: CoefficientScaler(int(np.prod(scattering.plan_.path_shape)), norm)


def order_zero(step):
    """Return a function that makes logarithms of all coefficients; those of zeroth order have a step of their own."""
    return lambda scattering: ColumnTransformer([("zero", step, scattering.kinds_ == 0)], remainder=LogMedian())


def signed_root(x):
    """Square root of magnitudes, with the sign of the coefficients."""
    return np.copysign(np.sqrt(np.abs(x)), x)


def positive_part(x):
    """Coefficients that are positive, zero for others."""
    return np.maximum(x, 0)


AVERAGE = {
    "global": Choice(altered(average="global")),
    "local, 2 T": Choice(local(2)),
    "local, T": Choice(local(1)),
    "local, T / 2": Choice(local(1 / 2)),
}
Q = {
    **{f"``Scattering1D(Q={Q})``": Choice(altered(Q=Q)) for Q in (1, 4, 8, 12, 16)},
    "``TimeFrequencyScattering(Q=8)``": Choice(joint_8),
}
COMPRESSION = {
    "none": Choice(logarithm=no_step),
    "``renormalize=True``": Choice(altered(renormalize=True), no_step),
    "``LogMedian(1e-3)``": Choice(logarithm=lambda scattering: LogMedian(1e-3)),
    "``LogMedian(1e-2)``": Choice(logarithm=lambda scattering: LogMedian(1e-2)),
    "``LogMedian(0.1)``, the default": Choice(),
    "``LogMedian(1)``": Choice(logarithm=lambda scattering: LogMedian(1)),
    "``renormalize=True``, ``LogMedian()``": Choice(altered(renormalize=True)),
    "square root": Choice(logarithm=lambda scattering: FunctionTransformer(signed_root)),
}
SCALING = {
    "none": Choice(scaler=no_step),
    "``StandardScaler``": Choice(),
    "``PathScaler``, norm max": Choice(scaler=by_path("max")),
    "``PathScaler``, norm std": Choice(scaler=by_path("std")),
}
CLASSIFIER = {
    "nearest mean": Choice(classifier=AffineSubspaceClassifier(0, shrinkage=1)),
    "linear discriminant: ``AffineSubspaceClassifier(0)``": Choice(classifier=AffineSubspaceClassifier(0)),
    "``AffineSubspaceClassifier(shrinkage=1)``": Choice(classifier=AffineSubspaceClassifier(shrinkage=1)),
    "``AffineSubspaceClassifier()``": Choice(),
    "``RidgeClassifierCV``, penalties 1e-4 to 1e6": Choice(classifier=RidgeClassifierCV(10.0 ** np.arange(-4, 7))),
    "linear ``SVC``": Choice(classifier=SVC(kernel="linear")),
}
ORDER_ZERO = {
    "signed logarithm, the default": Choice(),
    "linear": Choice(logarithm=order_zero("passthrough")),
    "dropped": Choice(logarithm=order_zero("drop")),
    "logarithm of the positive part": Choice(
        logarithm=order_zero(make_pipeline(FunctionTransformer(positive_part), LogMedian()))
    ),
}
T_COLUMNS = {
    "Digits, T = 8 pixels": digits,
    "KTH-TIPS, T = 32 pixels": photographs,
    "Brodatz, T = 32 pixels": scans,
    "Spoken digits, T = 128 ms": sounds,
    "Series, T = 1/8 of length": series,
}
Q_COLUMNS = {
    "Spoken digits, global": lambda args: [globally(data) for data in sounds(args)],
    "Spoken digits, T = 128 ms": sounds,
    "Series, global": lambda args: [globally(data) for data in series(args)],
}
COLUMNS = {"Digits": digits, "KTH-TIPS": photographs, "Brodatz": scans, "Spoken digits": sounds, "Series": series}
# Title, options and data of each question.
QUESTIONS = {
    "average": ("Averages of scattering coefficients", AVERAGE, T_COLUMNS),
    "q": ("Wavelets per octave", Q, Q_COLUMNS),
    "compression": (
        "Compression of coefficients",
        COMPRESSION,
        COLUMNS | {"Spoken digits as recorded": recordings},
    ),
    "scaling": ("Scaling after the logarithm", SCALING, COLUMNS),
    "classifier": ("Classifiers of standardized log-coefficients", CLASSIFIER, COLUMNS),
    "order_zero": (
        "Coefficients of order zero",
        ORDER_ZERO,
        {"Digits": digits, "Spoken digits": sounds, "Japanese vowels": vowels, "Series": series},
    ),
}


def rows(options, columns):
    """Rows of a table: accuracies, and the standard error of differences."""
    # Shape (n_options, n_columns, n_folds) but for the number of folds, which depends on the column.
    folds = [
        [np.mean([choice.accuracies(data) for data in column], axis=0) for column in columns]
        for choice in options.values()
    ]
    means = [[float(np.mean(cell)) for cell in row] for row in folds]
    errors = [standard_error(np.array(column)) for column in zip(*folds, strict=True)]
    return [*([name, *row] for name, row in zip(options, means, strict=True)), [ERROR, *errors]]


def standard_error(accuracies):
    """Median over options of the standard error of their difference from the best.

    ``accuracies`` has shape (n_options, n_folds). The folds are the same for all options.
    """
    best = accuracies.mean(axis=1).argmax()
    difference = np.delete(accuracies[best] - accuracies, best, axis=0)
    # Rounding errors of equal accuracies do not count as differences.
    return round(float(np.median(difference.std(axis=1, ddof=1)) / np.sqrt(accuracies.shape[1])), 6)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--questions", nargs="+", choices=QUESTIONS, default=list(QUESTIONS), help="questions to answer"
    )
    parser.add_argument("--quick", action="store_true", help="run small versions and write nothing")
    parser.add_argument("--data-home", help="data folder, see skscat.datasets; default: SKSCAT_DATA")
    parser.add_argument("--n-jobs", type=int, default=-1, help="number of parallel jobs")
    args = parser.parse_args()
    start, tables, loaded = time.perf_counter(), {}, {}
    for question in args.questions:
        _, options, columns = QUESTIONS[question]
        if args.quick:
            options = dict(list(options.items())[-2:])
        for load in columns.values():
            if load not in loaded:
                loaded[load] = load(args)
        tables[question] = rows(options, [loaded[load] for load in columns.values()])
        print(f"{question}: {time.perf_counter() - start:.0f} s", flush=True)
    for question, table in tables.items():
        title, _, columns = QUESTIONS[question]
        report_table(
            f"choices_{question}",
            task=f"{title}: accuracy in cross-validation on training data (%)",
            columns=["Option", *columns],
            rows=table,
            start=start,
            args=args,
        )


if __name__ == "__main__":
    main()
