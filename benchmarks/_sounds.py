"""Spoken digits: scattering along time against scattering along time and log-frequency together."""

import time

import numpy as np
from _report import cached, percent, report
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.model_selection import GroupKFold, ParameterGrid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, normalize
from sklearn.svm import SVC

from skscat import Scattering1D, TimeFrequencyScattering
from skscat.datasets import fetch_spoken_digits
from skscat.preprocessing import LogMedian

LENGTH = 8192
SYSTEMS = {
    "time scattering": [Scattering1D(10, Q=(Q, 1), T=T) for Q in (8, 16) for T in (512, 1024)],
    "time-frequency scattering": [
        TimeFrequencyScattering(10, Q=Q, T=T, F=F) for Q, T, F in ((8, 1024, 2), (8, 512, 4), (16, 1024, 4))
    ],
}
EPSILONS, PENALTIES = (1e-2, 1e-1), (1, 10, 100)


def fsdd(args):
    """Accuracies on spoken digits: of later recordings of the same speakers, and of speakers never heard."""
    start = time.perf_counter()
    digits = fetch_spoken_digits(length=LENGTH, data_home=args.data_home)
    if args.quick:
        some = digits.take % 5 == 0
        digits.update({key: digits[key][some] for key in ("data", "target", "train", "speaker", "take")})
    # Some speakers are ten times louder than others.
    X, y = normalize(digits.data), digits.target
    systems = {
        method: {str(s): cached(coefficients, args)(X, s, args.n_jobs) for s in (some[:1] if args.quick else some)}
        for method, some in SYSTEMS.items()
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
    for name, task in tasks.items():
        report(
            name,
            task=f"Free Spoken Digit Dataset, {task}",
            metric="accuracy, %",
            ours=[{"method": method, **learn_all(S, y, splits[name], args)} for method, S in systems.items()],
            published=[],
            start=start,
            args=args,
            length=LENGTH,
        )


def coefficients(X, scattering, n_jobs):
    """Scattering coefficients of sounds."""
    return clone(scattering).set_params(n_jobs=n_jobs).fit_transform(X)


def learn_all(S, y, splits, args):
    """Learn from each training set and predict its test set; S has coefficients by scattering."""
    results = [learn(S, y, *split, args) for split in splits]
    right, n = (sum(result[key] for result in results) for key in ("right", "n"))
    return {"value": percent(right, n), "splits": results}


def learn(S, y, train, test, groups, args):
    """Choose scattering, floor of the logarithm and penalty by cross-validation on training data, then test."""
    choices = [
        (score, name, chosen) for name in S for score, chosen in [cross_validate(S[name], y, train, groups, args)]
    ]
    score, name, chosen = max(choices, key=lambda choice: choice[0])
    K, K_test = kernels(S[name][train], S[name][test], chosen["epsilon"])
    right = count_right(K, K_test, y[train], y[test], chosen["C"])
    result = {"right": right, "n": int(np.sum(test)), "cross_validation": score, "scattering": name, **chosen}
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
