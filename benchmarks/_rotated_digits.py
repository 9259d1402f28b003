"""Handwritten digits rotated by random angles: translation and roto-translation scattering."""

import time

import numpy as np
from _digit_classifiers import learn
from _digits import CLASSIFIERS, N_POSITIONS, SCATTERING, digit_features
from _report import SEED, cached, percent, report
from scipy.ndimage import rotate
from sklearn.preprocessing import normalize
from sklearn.utils import gen_batches

from skscat import RotoTranslationScattering2D
from skscat.datasets import fetch_mnist

N_TRAIN, N_TEST, BLOCK = 12_000, 50_000, 10_000
PUBLISHED = {"first-order scattering": 8.0, "convolutional network": 8.8, "second-order scattering": 4.4}
TRANSLATIONS, RIGID_MOTIONS = "second-order scattering", "roto-translation scattering"
BOTH = f"{TRANSLATIONS} and {RIGID_MOTIONS}"
# Features and classifier.
ABLATIONS = [
    ("shuffled pixels, second-order scattering", "affine"),
    ("raw pixels", "affine"),
    ("first-order scattering", "affine"),
]
METHODS = [(TRANSLATIONS, "affine"), (RIGID_MOTIONS, "affine"), (BOTH, "affine"), (BOTH, "svm")]


def mnist_rotated(args):
    """Error on 50,000 digits of MNIST rotated by random angles, with 12,000 training digits."""
    start = time.perf_counter()
    n_train, n_test = (400, 400) if args.quick else (N_TRAIN, N_TEST)
    X, y = rotated_digits(n_train + n_test, args.data_home)
    ablations, ours = (
        [result(name, kind, X, y, n_train, args) for name, kind in (methods[:2] if args.quick else methods)]
        for methods in (ABLATIONS, METHODS)
    )
    report(
        "mnist_rotated",
        task=f"MNIST rotated by random angles, {n_train:,} training digits, {n_test:,} test digits",
        metric="test error (%)",
        ours=ours,
        published=[
            {"value": value, "method": method, "source": "Bruna & Mallat 2013"} for method, value in PUBLISHED.items()
        ],
        ablations=ablations,
        start=start,
        args=args,
    )


def rotated_digits(n, data_home):
    """Digits of the training and test sets in random order, each rotated about its center by a random angle."""
    X, y = fetch_mnist(data_home=data_home, return_X_y=True)
    rng = np.random.default_rng(SEED)
    rows = rng.permutation(len(X))[:n]
    images = X[rows].reshape(-1, 28, 28)
    rotated = [rotate(x, a, reshape=False, order=1) for x, a in zip(images, rng.uniform(0, 360, n), strict=True)]
    return np.reshape(rotated, (n, -1)), y[rows]


def result(name, kind, X, y, n_train, args):
    """Train on the first digits and test on the others, block by block."""
    print(f"{name}, {CLASSIFIERS[kind]}", flush=True)
    n_positions = N_POSITIONS if "scattering" in name else X.shape[1]
    model, score, chosen = learn(features(name, X[:n_train], args), y[:n_train], kind, n_positions, args.n_jobs)
    blocks = gen_batches(len(X) - n_train, BLOCK)
    wrong = sum(np.sum(model.predict(features(name, X[n_train:][rows], args)) != y[n_train:][rows]) for rows in blocks)
    chosen |= {"cross_validation_error": round(100 * (1 - score), 2)}
    return {
        "method": f"{name}, {CLASSIFIERS[kind]}",
        "value": percent(wrong, len(X) - n_train),
        "chosen": chosen,
    }


def features(name, X, args):
    """Features by name. If both kinds of scattering are concatenated, they have the same norm."""
    if name == BOTH:
        return np.hstack([normalize(features(part, X, args)) for part in (TRANSLATIONS, RIGID_MOTIONS)])
    if name == RIGID_MOTIONS:
        return cached(rigid_features, args)(X, args.n_jobs)
    order = 0 if name == "raw pixels" else 1 if name.startswith("first-order") else 2
    return cached(digit_features, args)(X, order, name.startswith("shuffled"), SCATTERING, args.n_jobs)


def rigid_features(X, n_jobs):
    """Square roots of rotation-invariant coefficients, on the grid of the other features."""
    S = RotoTranslationScattering2D(**SCATTERING, n_jobs=n_jobs).fit_transform(X)
    return np.sqrt(np.maximum(S, 0))
