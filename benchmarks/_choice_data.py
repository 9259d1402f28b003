"""Training data of ``choices.py``, with the folds of its cross-validations and a base transform for each set."""

from typing import NamedTuple

import numpy as np
from _brodatz import SIDE, STRIDE, comparable_scans
from _report import SEED
from _sounds import LENGTH, RATE
from sklearn.base import clone
from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold, train_test_split
from sklearn.preprocessing import normalize

from skscat import Scattering1D, Scattering2D
from skscat.datasets import fetch_kth_tips, fetch_mnist, fetch_sipi_brodatz, fetch_spoken_digits, fetch_ucr

N_FOLDS, N_DIGITS, N_PHOTOGRAPHS, TAKES, TEXTURE_J = 5, 1000, 20, range(5, 15), 5
# The sets of _series.py with at least ten training series per class.
SERIES = (
    *("ACSF1", "ArrowHead", "BasicMotions", "Coffee", "GunPoint", "ItalyPowerDemand", "JapaneseVowels", "OSULeaf"),
    "Trace",
)


class Data(NamedTuple):
    """Training signals, indices of the training and test signals of each fold, and a transform.

    ``groups`` says which signals the cross-validation within a fold keeps together, ``T`` is the averaging scale of
    local averages, in samples, and ``cache`` holds coefficients.
    """

    X: np.ndarray
    y: np.ndarray
    folds: list
    scattering: object
    T: float
    groups: np.ndarray | None
    cache: dict

    def coefficients(self, scattering):
        """Fit a transform; return its coefficients, computed once, and the transform."""
        key = repr(scattering)
        if key not in self.cache:
            scattering = clone(scattering)
            self.cache[key] = scattering.fit_transform(self.X), scattering
        return self.cache[key]


def digits(args):
    """MNIST: the first digits."""
    X, y = fetch_mnist(data_home=args.data_home, return_X_y=True)
    n = 100 if args.quick else N_DIGITS
    X, y = X[:n], y[:n]
    return [_stratified(X, y, Scattering2D(3), 8, args)]


def photographs(args):
    """KTH-TIPS: some photographs of each material."""
    textures = fetch_kth_tips(data_home=args.data_home)
    X, y, J = textures.images, textures.target, TEXTURE_J
    if args.quick:
        X, J = X[:, :64, :64], 4
    n = 10 * (N_FOLDS if args.quick else N_PHOTOGRAPHS)
    some, _ = train_test_split(np.arange(len(y)), train_size=n, stratify=y, random_state=SEED)
    return [_stratified(X[some], y[some], Scattering2D(J, average="global"), 2**J, args)]


def scans(args):
    """Brodatz textures: patches of the left part of each scan. Folds leave out a row, and patches that overlap it."""
    x = comparable_scans(fetch_sipi_brodatz(data_home=args.data_home))[0]
    x = x[:3, : 3 * SIDE] if args.quick else x
    patches = np.lib.stride_tricks.sliding_window_view(x, (SIDE, SIDE), axis=(1, 2))[:, ::STRIDE, ::STRIDE][:, :, :2]
    y, row, _ = (index.ravel() for index in np.indices(patches.shape[:3]))
    X = patches.reshape(-1, SIDE, SIDE)
    X = X - X.mean(axis=(1, 2), keepdims=True)
    X /= X.std(axis=(1, 2), keepdims=True)
    overlap = (SIDE - 1) // STRIDE
    folds = [(np.flatnonzero(abs(row - k) > overlap), np.flatnonzero(row == k)) for k in np.unique(row)]
    return [_data(X, y, folds, Scattering2D(TEXTURE_J, average="global"), 2**TEXTURE_J, args, row)]


def sounds(args, scales=normalize):
    """Spoken digits of the same energy. Folds leave out a speaker."""
    spoken = fetch_spoken_digits(length=LENGTH // 8 if args.quick else LENGTH, data_home=args.data_home)
    some = np.isin(spoken.take, TAKES[:1] if args.quick else TAKES)
    X, y, speaker = scales(spoken.data[some]), spoken.target[some], spoken.speaker[some]
    J = 7 if args.quick else 10
    scattering = Scattering1D(J, Q=8, sampling_rate=RATE)
    return [_data(X, y, LeaveOneGroupOut().split(X, y, speaker), scattering, 2**J, args, speaker)]


def recordings(args):
    """Spoken digits as they were recorded. Some speakers are ten times louder than others."""
    return sounds(args, scales=np.asarray)


def series(args):
    """Training series of several sets."""
    return [_training_series(name, args) for name in (("GunPoint",) if args.quick else SERIES)]


def vowels(args):
    """Japanese vowels: series of twelve cepstral coefficients."""
    return [_training_series("JapaneseVowels", args)]


def _training_series(name, args):
    X, y, train = (fetch_ucr(name, data_home=args.data_home)[key] for key in ("data", "target", "train"))
    X, y = (X[train][::3], y[train][::3]) if args.quick else (X[train], y[train])
    length = X.shape[-1]
    T = max(1, length // 8)
    # Wavelets of up to half the length of the series.
    return _stratified(X, y, Scattering1D(int(np.log2(length)) - 1, T=T), T, args)


def _stratified(X, y, scattering, T, args):
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=SEED).split(X, y)
    return _data(X, y, folds, scattering, T, args)


def _data(X, y, folds, scattering, T, args, groups=None):
    folds = list(folds)[: 2 if args.quick else None]
    return Data(X, y, folds, scattering.set_params(n_jobs=args.n_jobs), T, groups, {})
