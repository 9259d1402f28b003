"""Handwritten digits: scattering and a Gaussian SVM."""

import time

import numpy as np
from _report import SEED, percent, report
from joblib import Parallel, delayed
from sklearn.decomposition import PCA
from sklearn.model_selection import ParameterGrid, StratifiedKFold
from sklearn.preprocessing import normalize
from sklearn.svm import SVC

from skscat import Scattering2D
from skscat.datasets import fetch_mnist

# Errors in percent of scattering of order two by number of training digits: Gaussian SVM, affine subspaces.
MNIST_PUBLISHED = {
    300: (5.6, 4.7),
    1000: (2.6, 2.3),
    2000: (1.8, 1.3),
    5000: (1.4, 1.03),
    10000: (1.0, 0.88),
    20000: (0.58, 0.79),
    40000: (0.53, 0.74),
    60000: (0.43, 0.7),
}
MNIST_SCATTERINGS = [{"J": J, "L": L} for J in (2, 3) for L in (6, 8)]
MNIST_GRID = {"n_components": [100, 200, 400], "power": [0.0, 0.5, 0.75], "gamma": [0.25, 0.5], "C": [10]}


def mnist(args):
    """Errors on the 10,000 test digits of MNIST, after learning from the first of its training digits."""
    start = time.perf_counter()
    n_train = 1000 if args.quick else args.n_train
    X, y = fetch_mnist(data_home=args.data_home, subset="train", return_X_y=True)
    X, y = X[:n_train], y[:n_train]
    choices = []
    for scattering in [{"J": 3, "L": 6}] if args.quick else MNIST_SCATTERINGS:
        wrong, classifier = cross_validate(digit_features(X, args.n_jobs, **scattering), y, args.n_jobs)
        choices.append((wrong, scattering, classifier))
        print(f"{scattering}, {classifier}: {percent(wrong, n_train)} % wrong in cross-validation", flush=True)
    wrong, scattering, classifier = min(choices, key=lambda choice: choice[0])
    X_test, y_test = fetch_mnist(data_home=args.data_home, subset="test", return_X_y=True)
    if args.quick:
        X_test, y_test = X_test[:1000], y_test[:1000]
    features, test_features = (digit_features(data, args.n_jobs, **scattering) for data in (X, X_test))
    test_wrong = count_wrong(*principal_components(features, test_features), y, y_test, **classifier)
    methods = ("scattering, Gaussian SVM", "scattering, affine subspaces")
    report(
        f"mnist_{n_train}",
        task=f"MNIST, first {n_train:,} training digits, {len(y_test):,} test digits",
        metric="test error, %",
        ours=percent(test_wrong, len(y_test)),
        published=[
            {"value": value, "method": method, "source": "Bruna & Mallat 2013, Table 4"}
            for method, value in zip(methods, MNIST_PUBLISHED.get(n_train, ()), strict=False)
        ],
        start=start,
        args=args,
        cross_validation_error=percent(wrong, n_train),
        parameters={**scattering, **classifier},
    )


def digit_features(X, n_jobs, J, L):
    """Square roots of scattering coefficients on a half-overlapping grid, scaled to unit norm."""
    S = Scattering2D(J=J, L=L, stride=2 ** (J - 1), padding="constant", n_jobs=n_jobs).fit_transform(X)
    # The low-pass of a tight bank has negative values, so averages may fall slightly below zero.
    return normalize(np.sqrt(np.maximum(S, 0)), copy=False)


def cross_validate(features, y, n_jobs):
    """Return the number of digits that the best parameters of MNIST_GRID get wrong, and these parameters."""
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED).split(features, y)
    wrong = Parallel(n_jobs)(delayed(wrong_in_fold)(features, y, train, test) for train, test in folds)
    totals = np.sum(wrong, axis=0)
    return int(totals.min()), ParameterGrid(MNIST_GRID)[int(totals.argmin())]


def wrong_in_fold(features, y, train, test):
    """Count what each combination of parameters gets wrong in one fold; one PCA serves them all."""
    Z, Z_test = principal_components(features[train], features[test])
    return [count_wrong(Z, Z_test, y[train], y[test], **parameters) for parameters in ParameterGrid(MNIST_GRID)]


def principal_components(features, test_features):
    """As many principal components of the first argument as MNIST_GRID asks for, for both."""
    # The deviations of n points have n - 1 components.
    n_components = min(max(MNIST_GRID["n_components"]), len(features) - 1)
    pca = PCA(n_components, svd_solver="randomized", random_state=SEED)
    return pca.fit_transform(features), pca.transform(test_features)


def count_wrong(Z, Z_test, y, y_test, n_components, power, **svm):
    """Train a Gaussian SVM on leading principal components, and count what it gets wrong of the second set.

    Components are divided by a power of their standard deviation, 0 to keep distances, 1 to whiten; then the sum of
    their variances is made one, so that gamma means the same for all powers.
    """
    deviation = Z[:, :n_components].std(axis=0)
    scale = deviation**-power
    scale /= np.linalg.norm(scale * deviation)
    model = SVC(**svm, cache_size=1000).fit(Z[:, :n_components] * scale, y)
    return int(np.sum(model.predict(Z_test[:, :n_components] * scale) != y_test))
