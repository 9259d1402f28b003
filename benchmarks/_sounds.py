"""Spoken digits: averaged spectra, time scattering and joint time-frequency scattering.

Recordings are padded to one length or, with ``--own-lengths``, transformed as they are.
"""

import time

import numpy as np
from _report import cached, percent, report, shuffled, with_jobs
from joblib import Parallel, delayed
from scipy.ndimage import gaussian_filter1d
from scipy.signal import stft
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import GroupKFold, ParameterGrid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, normalize
from sklearn.svm import SVC

from skscat import Scattering1D, TimeFrequencyScattering
from skscat.datasets import fetch_spoken_digits
from skscat.preprocessing import LogMedian, VariableSizeScattering

LENGTH, RATE = 8192, 8000


class AveragedSpectra(TransformerMixin, BaseEstimator):
    """Magnitudes of short-time Fourier transforms in bands of equal width in mel, averaged over time.

    Windows of 32 ms start every 8 ms. The averaging window is Gaussian. Its width and the interval between averages
    are those of scattering with the same ``T``.
    """

    n_window, hop = 256, 64

    def __init__(self, n_bands=40, *, T=512):
        self.n_bands = n_bands
        self.T = T

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        _, _, Z = stft(X, nperseg=self.n_window, noverlap=self.n_window - self.hop)
        # The center of the last window is the end of the sound: no average includes it.
        bands = mel_weights(self.n_bands, self.n_window, RATE) @ np.abs(Z[..., :-1])
        n_windows = self.T // self.hop
        averages = gaussian_filter1d(bands, 1.6 * n_windows, axis=-1)[..., n_windows // 2 :: n_windows]
        return averages.reshape(len(X), -1)


def mel_weights(n_bands, n_window, rate):
    """Weights of the frequencies of a window in triangular bands of equal width in mel: (n_bands, n_frequencies)."""
    mel = np.log1p(np.fft.rfftfreq(n_window, 1 / rate) / 700)
    low, center, high = (np.linspace(0, mel[-1], n_bands + 2)[k : k + n_bands, None] for k in range(3))
    return np.maximum(np.minimum((mel - low) / (center - low), (high - mel) / (high - center)), 0)


TIME = [(Q, T) for Q in (8, 16) for T in (512, 1024)]
# Candidate transforms, and whether samples are shuffled. The candidate classifiers are the same for all methods.
ABLATIONS = {
    "time scattering of shuffled samples": ([Scattering1D(10, Q=(Q, 1), T=T) for Q, T in TIME], True),
    "first-order time scattering": ([Scattering1D(10, Q=Q, T=T, max_order=1) for Q, T in TIME], False),
    "averaged mel spectra": ([AveragedSpectra(n, T=T) for n in (40, 80) for T in (512, 1024)], False),
}
SYSTEMS = {
    "time scattering": ([Scattering1D(10, Q=(Q, 1), T=T) for Q, T in TIME], False),
    "time-frequency scattering": (
        [TimeFrequencyScattering(10, Q=Q, T=T, F=F) for Q, T, F in ((8, 1024, 2), (8, 512, 4), (16, 1024, 4))],
        False,
    ),
}
QUANTILES = (0.1, "median", 0.9)
# The same for recordings at their own lengths, from 0.14 to 2.3 s.
OWN_LENGTHS = {
    "time scattering, pooled": (
        [
            VariableSizeScattering(Scattering1D(J, Q=(8, 1), T=256), statistics=QUANTILES, n_segments=n)
            for J, n in ((8, 1), (8, 3), (10, 3))
        ],
        False,
    ),
    "time-frequency scattering, pooled": (
        [VariableSizeScattering(TimeFrequencyScattering(9, Q=8, T=256, F=2), n_segments=n) for n in (2, 4)],
        False,
    ),
}
PUBLISHED = {
    "fsdd": [{"value": 98.0, "method": "log-scattering, logistic regression", "source": "Kymatio 0.3, example"}]
}
EPSILONS, PENALTIES = (1e-2, 1e-1), (1, 10, 100)


def fsdd(args):
    """Accuracy on spoken digits: later recordings of the same speakers, and new speakers."""
    start = time.perf_counter()
    length = None if args.own_lengths else LENGTH // 2 if args.quick else LENGTH
    digits = fetch_spoken_digits(length=length, data_home=args.data_home)
    if args.quick:
        some = digits.take % 10 == 0
        digits.update({key: digits[key][some] for key in ("data", "target", "train", "speaker", "take")})
    # Some speakers are ten times louder than others.
    X, y = [x / np.std(x) for x in digits.data] if args.own_lengths else normalize(digits.data), digits.target
    systems, ablations = (OWN_LENGTHS, {}) if args.own_lengths else (SYSTEMS, ABLATIONS)
    features = {
        method: {
            " ".join(str(s).split()): cached(coefficients, args)(X, s, shuffle, args.n_jobs)
            for s in (some[:1] if args.quick else some)
        }
        for method, (some, shuffle) in (ablations | systems).items()
    }
    # Cross-validation leaves out consecutive recordings, as in the test set.
    splits = {
        "fsdd": [(digits.train, ~digits.train, digits.take // 5)],
        "fsdd_speakers": [
            (digits.speaker != k, digits.speaker == k, digits.speaker) for k in np.unique(digits.speaker)
        ],
    }
    n_train, n_test = np.sum(digits.train), np.sum(~digits.train)
    tasks = {
        "fsdd": f"{n_train:,} training and {n_test:,} test recordings of the same speakers",
        "fsdd_speakers": "leaving one speaker out",
    }
    for name, task in list(tasks.items())[: 1 if args.quick else None]:
        results = [{"method": method, **learn_all(S, y, splits[name], args)} for method, S in features.items()]
        report(
            f"{name}_own_lengths" if args.own_lengths else name,
            task=f"Free Spoken Digit Dataset, {task}{', original lengths' if args.own_lengths else ''}",
            metric="accuracy (%)",
            ours=results[len(ablations) :],
            published=PUBLISHED.get(name, []),
            ablations=results[: len(ablations)],
            start=start,
            args=args,
            length=length,
        )


def coefficients(X, transform, shuffle, n_jobs):
    """Transform sounds, whose samples are optionally shuffled, all by the same permutation."""
    return with_jobs(transform, n_jobs).fit_transform(shuffled(X) if shuffle else X)


def learn_all(S, y, splits, args):
    """Train and test on each split. S contains the coefficients of each candidate transform."""
    results = [learn(S, y, *split, args) for split in splits]
    right, n = (sum(result[key] for result in results) for key in ("right", "n"))
    return {"value": percent(right, n), "splits": results}


def learn(S, y, train, test, groups, args):
    """Choose the transform, the floor of the logarithm and the penalty by cross-validation, then test."""
    choices = [
        (score, name, chosen) for name in S for score, chosen in [cross_validate(S[name], y, train, groups, args)]
    ]
    score, name, chosen = max(choices, key=lambda choice: choice[0])
    K, K_test = kernels(S[name][train], S[name][test], chosen["epsilon"])
    right = count_right(K, K_test, y[train], y[test], chosen["C"])
    result = {"right": right, "n": int(np.sum(test)), "cross_validation": score, "transform": name, **chosen}
    print(result, flush=True)
    return result


def cross_validate(S, y, train, groups, args):
    """Best cross-validation accuracy on the training recordings, in percent, and its parameters."""
    S, y, groups = S[train], y[train], groups[train]
    folds = GroupKFold(3).split(S, y, groups)
    jobs = (delayed(right_in_fold)(S, y, *fold) for fold in folds)
    right = np.sum(Parallel(args.n_jobs, prefer="threads")(jobs), axis=0)
    return percent(int(right.max()), len(y)), ParameterGrid({"epsilon": EPSILONS, "C": PENALTIES})[int(right.argmax())]


def right_in_fold(S, y, train, test):
    """Number of correct predictions in one fold for each parameter combination, in the order of ParameterGrid."""
    pairs = {epsilon: kernels(S[train], S[test], epsilon) for epsilon in EPSILONS}
    grid = ParameterGrid({"epsilon": EPSILONS, "C": PENALTIES})
    return [count_right(*pairs[p["epsilon"]], y[train], y[test], p["C"]) for p in grid]


def kernels(S, S_test, epsilon):
    """Linear kernels of standardized log-coefficients: of the training set, and of the test with the training set."""
    model = make_pipeline(LogMedian(epsilon), StandardScaler())
    Z, Z_test = model.fit_transform(S), model.transform(S_test)
    return Z @ Z.T / Z.shape[1], Z_test @ Z.T / Z.shape[1]


def count_right(K, K_test, y, y_test, C):
    """Train a linear SVM and count its correct predictions on the test set."""
    return int(np.sum(SVC(kernel="precomputed", C=C).fit(K, y).predict(K_test) == y_test))
