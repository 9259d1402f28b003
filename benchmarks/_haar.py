"""Images with scrambled pixels: Haar scattering on learned trees, feature selection and a Gaussian SVM."""

import time
from functools import partial

import numpy as np
from _digit_classifiers import learn
from _report import SEED, cached, percent, report, shuffled, with_jobs
from sklearn.base import clone
from sklearn.utils import gen_batches

from skscat import HaarScattering
from skscat.datasets import fetch_cifar10, fetch_mnist
from skscat.linear_model import OrthogonalLeastSquaresSelector

# The numbers of layers, orders, trees and features per class were chosen on 5,000 training and 4,000 held-out digits;
# the number of layers for photographs on 3,000 and 2,000.
LEARNED = HaarScattering(4, max_order=3, n_trees=20, max_samples=500, random_state=SEED)
N_TERMS = 200
# n_pixels and n_ablated: largest numbers of training images of SVMs on pixels and of other ablations.
SETS = {
    "mnist": {
        "name": "MNIST",
        "fetch": fetch_mnist,
        "shape": (28, 28),
        "unit": "digits",
        "n_pixels": 10_000,
        "n_ablated": 10_000,
        "parameters": {},
    },
    "cifar10": {
        "name": "CIFAR-10",
        "fetch": fetch_cifar10,
        "shape": (3, 32, 32),
        "unit": "images",
        "n_pixels": 20_000,
        "n_ablated": 4000,
        "parameters": {"n_layers": 6, "n_trees": 10},
    },
}
# Number of training images for feature selection, the only step before the SVM that uses labels.
N_SELECTING, BLOCK = 10_000, 2000


def haar(args):
    """Error on the test images of scrambled MNIST or CIFAR-10, whose geometry is unknown."""
    kind = SETS[args.set]
    (X, y), (X_test, y_test) = (images(kind, subset, args) for subset in ("train", "test"))
    n_train = min(args.n_train, len(X))
    if args.quick:
        n_train, X_test, y_test = 300, X_test[:300], y_test[:300]
    X, y = X[:n_train], y[:n_train]
    *ablated, best = methods = systems(kind, args.quick)
    sizes = dict.fromkeys(ablated, min(n_train, kind["n_ablated"])) | {ablated[0]: min(n_train, kind["n_pixels"])}
    if n_train > kind["n_ablated"]:
        sizes[best] = kind["n_ablated"]
    run = partial(cached(tested, args), n_jobs=args.n_jobs)
    compared = []
    for method, size in sizes.items():
        suffix = f", {size:,} training {kind['unit']}" if size < n_train else ""
        compared.append({"method": method + suffix} | run(methods[method], X[:size], y[:size], X_test, y_test))
    result = {"method": best} | run(methods[best], X, y, X_test, y_test)
    report(
        f"haar_{args.set}_{n_train}",
        task=f"scrambled {kind['name']}, first {n_train:,} training {kind['unit']}, {len(y_test):,} test "
        f"{kind['unit']}",
        metric="test error (%)",
        ours=[result],
        ablations=compared,
        published=[],
        # Includes the time of cached results of earlier runs.
        start=time.perf_counter() - sum(found["seconds"] for found in [*compared, result]),
        args=args,
    )


def images(kind, subset, args):
    """Flat unscrambled images, in random order if the file is sorted by class."""
    X, y = kind["fetch"](data_home=args.data_home, subset=subset, return_X_y=True)
    X = X.reshape(len(X), -1).astype(np.float32, copy=False)
    if np.all(np.diff(y) >= 0):
        order = np.random.default_rng(SEED).permutation(len(y))
        X, y = X[order], y[order]
    return X, y


def systems(kind, quick):
    """Transforms by name, and whether their pixels are unscrambled; our method comes last."""
    learned = clone(LEARNED).set_params(**kind["parameters"] | ({"n_trees": 2} if quick else {}))
    n_shifts = 2**learned.n_layers
    grid = clone(learned).set_params(pairing="grid", shape=kind["shape"], n_trees=min(n_shifts, learned.n_trees))
    return {
        "raw pixels, Gaussian SVM": (None, False),
        "random pairs, Gaussian SVM": (clone(learned).set_params(pairing="random"), False),
        "pairs on the known grid, Gaussian SVM": (grid, True),
        "learned pairs, Gaussian SVM": (learned, False),
    }


def tested(system, X, y, X_test, y_test, n_jobs):
    """Error of a method, its chosen parameters and its computing time."""
    start = time.perf_counter()
    transform, in_place = system
    if not in_place:
        X, X_test = shuffled(X), shuffled(X_test)
    if transform is not None:
        transform = with_jobs(transform, n_jobs).fit(X[:N_SELECTING])
        selector = OrthogonalLeastSquaresSelector(N_TERMS).fit(transform.transform(X[:N_SELECTING]), y[:N_SELECTING])
        X, X_test = (features(x, transform, selector) for x in (X, X_test))
    classifier, score, chosen = learn(X, y, "svm", X.shape[1], n_jobs)
    error = percent(np.sum(classifier.predict(X_test) != y_test), len(y_test))
    seconds = round(time.perf_counter() - start)
    print(transform, f"{len(X)} images, {X.shape[1]} features, {error} %, {seconds} s", flush=True)
    chosen["validation_error"] = round(100 * (1 - score), 2)
    return {"value": error, "n_variables": X.shape[1], "seconds": seconds, "chosen": chosen}


def features(X, transform, selector):
    """Selected features, computed in blocks of images: all features would not fit in memory."""
    blocks = gen_batches(len(X), BLOCK)
    return np.concatenate([selector.transform(transform.transform(X[block])) for block in blocks])
