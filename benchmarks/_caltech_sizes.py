"""Pictures of all sizes: ten classes of Caltech-101 through roto-translation scattering to a classifier."""

import time

import numpy as np
from _report import SEED, cached, percent, report, with_jobs
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skscat import RotoTranslationScattering2D
from skscat.datasets import fetch_caltech101
from skscat.preprocessing import LogMedian, VariableSizeScattering

CLASSES = (
    "accordion",
    "bonsai",
    "buddha",
    "butterfly",
    "chandelier",
    "electric_guitar",
    "helicopter",
    "ketch",
    "revolver",
    "umbrella",
)
N_TRAIN, N_TEST = 20, 10
# Side of the squares that pictures are distorted to for the baseline: about as many pixels as the average picture.
SIDE = 208
TRANSFORM = VariableSizeScattering(RotoTranslationScattering2D(J=4, L=6), n_segments=3)
SYSTEMS = {"distorted to squares": SIDE, "all sizes": None}
GRID = {"logmedian__epsilon": [0.01, 0.1], "svc__C": [1, 10]}


def caltech_sizes(args):
    """Accuracy on ten classes of Caltech-101, pictures of all sizes."""
    start = time.perf_counter()
    results = []
    for method, side in SYSTEMS.items():
        X, y, train = draw(side, args)
        results.append({"method": method, **learn(X, y, train, args)})
        print(results[-1], flush=True)
    sizes, n_test = np.array([x.shape for x in X]), np.sum(~train)
    report(
        "caltech_sizes",
        task=f"{len(np.unique(y))} classes of Caltech-101, {np.sum(train)} training and {n_test} test pictures of "
        f"{len(np.unique(sizes, axis=0))} sizes, with sides of {sizes.min()} to {sizes.max()} pixels",
        metric="accuracy (%)",
        ours=results[1:],
        baselines=results[:1],
        published=[],
        start=start,
        args=args,
    )


def draw(side, args):
    """Return gray pictures, distorted to squares if there is a side, their classes, and which are for training."""
    n_classes, n_train, n_test = (3, 6, 3) if args.quick else (len(CLASSES), N_TRAIN, N_TEST)
    images, target = fetch_caltech101(
        shape=side and (side, side), gray=True, classes=CLASSES[:n_classes], data_home=args.data_home, return_X_y=True
    )
    rng, n = np.random.default_rng(SEED), n_train + n_test
    rows = np.concatenate([rng.permutation(np.flatnonzero(target == k))[:n] for k in range(n_classes)])
    step = 4 if args.quick else 1
    return [image[::step, ::step] for image in images[rows]], target[rows], np.tile(np.arange(n) < n_train, n_classes)


def coefficients(X, n_jobs):
    """Transform pictures."""
    return with_jobs(TRANSFORM, n_jobs).fit_transform(X)


def learn(X, y, train, args):
    """Choose the floor of the logarithm and the penalty by cross-validation, and test the best."""
    S = cached(coefficients, args)(X, args.n_jobs)
    model = make_pipeline(LogMedian(), StandardScaler(), SVC(kernel="linear"))
    search = GridSearchCV(model, GRID, cv=3 if args.quick else 5).fit(S[train], y[train])
    right, n = int(np.sum(search.predict(S[~train]) == y[~train])), int(np.sum(~train))
    score = percent(float(search.best_score_), 1)
    return {"value": percent(right, n), "cross_validation": score, **search.best_params_}
