"""Pictures whose pixels were scrambled: Haar scattering on learned trees, selected variables and a Gaussian SVM."""

import time
from functools import partial

import numpy as np
from _digit_classifiers import learn
from _report import SEED, cached, percent, report
from sklearn.base import clone
from sklearn.utils import gen_batches

from skscat import HaarScattering
from skscat.datasets import fetch_cifar10, fetch_mnist
from skscat.linear_model import OLSSelector

# Layers, orders, trees and variables a class were chosen on 9,000 training digits, 4,000 of them held out.
LEARNED = HaarScattering(4, max_order=3, n_trees=20, max_samples=500, random_state=SEED)
N_TERMS = 200
SETS = {
    "mnist": {"name": "MNIST", "fetch": fetch_mnist, "shape": (28, 28), "unit": "digits"},
    "cifar10": {"name": "CIFAR-10 (JPEG)", "fetch": fetch_cifar10, "shape": (3, 32, 32), "unit": "images"},
}
# Of the pictures so many choose variables, in which all that is learned from labels besides the SVM consists. What
# less than the method gives is measured on as many.
N_SELECTING, BLOCK = 10_000, 2000


def haar(args):
    """Errors on the test pictures of scrambled MNIST or CIFAR-10, whose geometry is unknown."""
    start = time.perf_counter()
    kind = SETS[args.set]
    (X, y), (X_test, y_test) = (pictures(kind, subset, args) for subset in ("train", "test"))
    n_train = min(args.n_train, len(X))
    if args.quick:
        n_train, X_test, y_test = 300, X_test[:300], y_test[:300]
    X, y = X[:n_train], y[:n_train]
    n_ablated = min(n_train, N_SELECTING)
    suffix = f", {n_ablated:,} training {kind['unit']}" if n_train > n_ablated else ""
    methods = systems(kind["shape"], args.quick)
    *ablations, best = methods
    if suffix:
        ablations.append(best)
    run = partial(cached(tested, args), n_jobs=args.n_jobs)
    compared = [
        {"method": method + suffix} | run(methods[method], X[:n_ablated], y[:n_ablated], X_test, y_test)
        for method in ablations
    ]
    result = {"method": best} | run(methods[best], X, y, X_test, y_test)
    report(
        f"haar_{args.set}_{n_train}",
        task=f"scrambled {kind['name']}, first {n_train:,} training {kind['unit']}, {len(y_test):,} test "
        f"{kind['unit']}",
        metric="test error, %",
        ours=[result],
        ablations=compared,
        published=[],
        start=start,
        args=args,
    )


def pictures(kind, subset, args):
    """Flat pictures, in place."""
    X, y = kind["fetch"](data_home=args.data_home, subset=subset, return_X_y=True)
    return X.reshape(len(X), -1).astype(np.float32, copy=False), y


def systems(shape, quick):
    """Transforms by name, and whether they see pixels in place; the method comes last."""
    learned = clone(LEARNED).set_params(n_trees=2) if quick else LEARNED
    # Four layers have sixteen different shifts.
    grid = clone(learned).set_params(pairing="grid", shape=shape, n_trees=min(16, learned.n_trees))
    return {
        "raw pixels, Gaussian SVM": (None, False),
        "random pairs, Gaussian SVM": (clone(learned).set_params(pairing="random"), False),
        "pairs of the known grid, Gaussian SVM": (grid, True),
        "learned pairs, Gaussian SVM": (learned, False),
    }


def tested(system, X, y, X_test, y_test, n_jobs):
    """Error of one method, what was chosen in training, and the time it took."""
    start = time.perf_counter()
    transform, in_place = system
    order = np.arange(X.shape[1]) if in_place else np.random.default_rng(SEED).permutation(X.shape[1])
    X, X_test = X[:, order], X_test[:, order]
    if transform is not None:
        transform = clone(transform).set_params(n_jobs=n_jobs).fit(X[:N_SELECTING])
        selector = OLSSelector(N_TERMS).fit(transform.transform(X[:N_SELECTING]), y[:N_SELECTING])
        X, X_test = (features(x, transform, selector) for x in (X, X_test))
    classifier, score, chosen = learn(X, y, "svm", X.shape[1], n_jobs)
    error = percent(np.sum(classifier.predict(X_test) != y_test), len(y_test))
    seconds = round(time.perf_counter() - start)
    print(transform, f"{len(X)} pictures, {X.shape[1]} variables, {error} %, {seconds} s", flush=True)
    chosen["validation_error"] = round(100 * (1 - score), 2)
    return {"value": error, "n_variables": X.shape[1], "seconds": seconds, "chosen": chosen}


def features(X, transform, selector):
    """Chosen variables, some pictures at a time: of all there would be too many."""
    blocks = gen_batches(len(X), BLOCK)
    return np.concatenate([selector.transform(transform.transform(X[block])) for block in blocks])
