"""Pictures of all sizes: ten classes of Caltech-101 through roto-translation scattering to a classifier."""

import time
from io import BytesIO

import numpy as np
from _report import SEED, cached, percent, report, with_jobs
from PIL import Image
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skscat import RotoTranslationScattering2D
from skscat.datasets._files import read_arrays, require
from skscat.preprocessing import LogMedian, VariableSizeScattering

FILE_NAME = "caltech101_max256.npz"
ORIGIN = (
    "make it from https://data.caltech.edu/records/mzrjq-6wc02, with arrays webp (uint8, all pictures as WebP bytes, "
    "at most 256 pixels high and wide), offset (start of each picture, and the total length), y (classes) and classes "
    "(names)."
)
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
    pictures, y, train = draw(args)
    results = []
    for method, side in SYSTEMS.items():
        X = [as_gray(picture, 64, side and 48) if args.quick else as_gray(picture, side=side) for picture in pictures]
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


def draw(args):
    """Return pictures as WebP bytes, their classes, and which are for training."""
    arrays = read_arrays(require(FILE_NAME, args.data_home, ORIGIN), ("webp", "offset", "y", "classes"), 2**27)
    rng, names = np.random.default_rng(SEED), arrays["classes"].tolist()
    n_classes, n_train, n_test = (3, 6, 3) if args.quick else (len(CLASSES), N_TRAIN, N_TEST)
    rows, offset = [], arrays["offset"]
    for name in CLASSES[:n_classes]:
        rows.extend(rng.permutation(np.flatnonzero(arrays["y"] == names.index(name)))[: n_train + n_test])
    train = np.tile(np.arange(n_train + n_test) < n_train, n_classes)
    return [arrays["webp"][offset[i] : offset[i + 1]].tobytes() for i in rows], arrays["y"][rows], train


def as_gray(picture, longest=None, side=None):
    """Decode a picture in gray, from 0 to 1; reduce it to at most ``longest`` pixels, or distort it to a square."""
    image = Image.open(BytesIO(picture)).convert("L")
    if longest:
        image.thumbnail((longest, longest))
    if side:
        image = image.resize((side, side))
    return np.asarray(image, np.float32) / 255


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
