"""Spoken digits: averaged spectra, scattering along time, and along time and log-frequency together."""

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
from skscat.preprocessing import LogMedian

LENGTH, RATE = 8192, 8000


class AveragedSpectra(TransformerMixin, BaseEstimator):
    """Magnitudes of short-time Fourier transforms in bands of equal width in mel, averaged as scattering averages.

    Windows have 32 ms, and start every 8 ms. Averages are Gaussian, of the width of those of scattering with the same
    ``T``, and have its rate.
    """

    n_window, hop = 256, 64

    def __init__(self, n_bands=40, *, T=512):
        self.n_bands = n_bands
        self.T = T

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        _, _, Z = stft(X, nperseg=self.n_window, noverlap=self.n_window - self.hop)
        # The last window has its centre where the sound ends, and belongs to no average.
        bands = self._triangles() @ np.abs(Z[..., :-1])
        n_windows = self.T // self.hop
        averages = gaussian_filter1d(bands, 1.6 * n_windows, axis=-1)[..., n_windows // 2 :: n_windows]
        return averages.reshape(len(X), -1)

    def _triangles(self):
        """Weights of frequencies in each band, an array of shape (n_bands, n_frequencies)."""
        mel = np.log1p(np.fft.rfftfreq(self.n_window, 1 / RATE) / 700)
        low, centre, high = (np.linspace(0, mel[-1], self.n_bands + 2)[k : k + self.n_bands, None] for k in range(3))
        return np.maximum(np.minimum((mel - low) / (centre - low), (high - mel) / (high - centre)), 0)


TIME = [(Q, T) for Q in (8, 16) for T in (512, 1024)]
# Transforms to choose from, and whether samples are shuffled; each method is given the same choice of classifiers.
ABLATIONS = {
    "time scattering of shuffled samples": ([Scattering1D(10, Q=(Q, 1), T=T) for Q, T in TIME], True),
    "time scattering of order 1": ([Scattering1D(10, Q=Q, T=T, max_order=1) for Q, T in TIME], False),
    "averaged mel spectra": ([AveragedSpectra(n, T=T) for n in (40, 80) for T in (512, 1024)], False),
}
SYSTEMS = {
    "time scattering": ([Scattering1D(10, Q=(Q, 1), T=T) for Q, T in TIME], False),
    "time-frequency scattering": (
        [TimeFrequencyScattering(10, Q=Q, T=T, F=F) for Q, T, F in ((8, 1024, 2), (8, 512, 4), (16, 1024, 4))],
        False,
    ),
}
PUBLISHED = {
    "fsdd": [
        {"value": 98.0, "method": "logarithm of scattering, logistic regression", "source": "example of Kymatio 0.3"}
    ]
}
EPSILONS, PENALTIES = (1e-2, 1e-1), (1, 10, 100)


def fsdd(args):
    """Accuracies on spoken digits: of later recordings of the same speakers, and of speakers never heard."""
    start = time.perf_counter()
    digits = fetch_spoken_digits(length=LENGTH // 2 if args.quick else LENGTH, data_home=args.data_home)
    if args.quick:
        some = digits.take % 10 == 0
        digits.update({key: digits[key][some] for key in ("data", "target", "train", "speaker", "take")})
    # Some speakers are ten times louder than others.
    X, y = normalize(digits.data), digits.target
    features = {
        method: {
            str(s): cached(coefficients, args)(X, s, shuffle, args.n_jobs) for s in (some[:1] if args.quick else some)
        }
        for method, (some, shuffle) in (ABLATIONS | SYSTEMS).items()
    }
    # As the test recordings, those left out in cross-validation follow one another.
    splits = {
        "fsdd": [(digits.train, ~digits.train, digits.take // 5)],
        "fsdd_speakers": [
            (digits.speaker != k, digits.speaker == k, digits.speaker) for k in np.unique(digits.speaker)
        ],
    }
    n_train, n_test = np.sum(digits.train), np.sum(~digits.train)
    tasks = {
        "fsdd": f"{n_train:,} training and {n_test:,} test recordings of the same speakers",
        "fsdd_speakers": "each speaker in turn for test, the others for training",
    }
    for name, task in list(tasks.items())[: 1 if args.quick else None]:
        results = [{"method": method, **learn_all(S, y, splits[name], args)} for method, S in features.items()]
        report(
            name,
            task=f"Free Spoken Digit Dataset, {task}",
            metric="accuracy, %",
            ours=results[len(ABLATIONS) :],
            published=PUBLISHED.get(name, []),
            ablations=results[: len(ABLATIONS)],
            start=start,
            args=args,
            length=LENGTH,
        )


def coefficients(X, transform, shuffle, n_jobs):
    """Transform sounds, perhaps after all have lost the order of their samples in the same way."""
    return with_jobs(transform, n_jobs).fit_transform(shuffled(X) if shuffle else X)


def learn_all(S, y, splits, args):
    """Learn from each training set and predict its test set; S has coefficients by scattering."""
    results = [learn(S, y, *split, args) for split in splits]
    right, n = (sum(result[key] for result in results) for key in ("right", "n"))
    return {"value": percent(right, n), "splits": results}


def learn(S, y, train, test, groups, args):
    """Choose transform, floor of the logarithm and penalty by cross-validation on training data, then test."""
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
    """Return the best accuracy over groups of training recordings, in percent, and its parameters."""
    S, y, groups = S[train], y[train], groups[train]
    folds = GroupKFold(3).split(S, y, groups)
    jobs = (delayed(right_in_fold)(S, y, *fold) for fold in folds)
    right = np.sum(Parallel(args.n_jobs, prefer="threads")(jobs), axis=0)
    return percent(int(right.max()), len(y)), ParameterGrid({"epsilon": EPSILONS, "C": PENALTIES})[int(right.argmax())]


def right_in_fold(S, y, train, test):
    """Count what each combination of parameters gets right in one fold, in the order of ParameterGrid."""
    pairs = {epsilon: kernels(S[train], S[test], epsilon) for epsilon in EPSILONS}
    grid = ParameterGrid({"epsilon": EPSILONS, "C": PENALTIES})
    return [count_right(*pairs[p["epsilon"]], y[train], y[test], p["C"]) for p in grid]


def kernels(S, S_test, epsilon):
    """Mean products of standardized logarithms: of training recordings, and of test with training recordings."""
    model = make_pipeline(LogMedian(epsilon), StandardScaler())
    Z, Z_test = model.fit_transform(S), model.transform(S_test)
    return Z @ Z.T / Z.shape[1], Z_test @ Z.T / Z.shape[1]


def count_right(K, K_test, y, y_test, C):
    """Train a linear SVM, and count what it gets right of the second set."""
    return int(np.sum(SVC(kernel="precomputed", C=C).fit(K, y).predict(K_test) == y_test))
