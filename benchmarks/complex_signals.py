"""Modulations of radio signals, distinguished by complex scattering and by scattering of the real part alone.

``python benchmarks/complex_signals.py`` prints the tables and writes the first to
``benchmarks/results/complex_signals.json``; ``--quick`` uses each segment once and writes nothing.

The recordings of ``radio_iq.npz`` use amplitude-, frequency- or phase-shift keying. They are cut into segments of 512
I/Q samples that do not overlap. Segments of one transmission, or of one quarter of a recording that is a single
transmission, are in one fold. "As recorded", segments are only scaled to unit power: carriers and noise differ between
recordings, and nearly identify them. Otherwise, recordings are shifted to the carrier frequency zero, and segments get
a random phase, a random tuning error up to the given one, in cycles per sample, and white noise of -20 dB, six times
each. The score is the balanced accuracy, averaged over four folds.

The second table is about a polarized sky, of ``fields.npz``: Q + iU is multiplied by a phase if the axes to which
polarization refers are rotated.
"""

import argparse
import os
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from _report import SEED, report_table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skscat import Scattering1D, Scattering2D
from skscat.preprocessing import LogMedian

MODULATION = {
    "ask50": "ASK",
    "enocean": "ASK",
    "FSK10": "FSK",
    "FSK15": "FSK",
    "fsk": "FSK",
    "homematic": "FSK",
    "steckdose_anlernen": "FSK",
    "psk_generated": "PSK",
}
LENGTH, N_FOLDS, N_COPIES, NOISE = 512, 4, 6, 0.1
TUNING_ERRORS = (0.02, 0.05, 0.1)
# A transmission is where the mean magnitude over this many samples is at least this fraction of the largest.
WINDOW, PRESENT = 256, 0.3

METHODS = {
    "real part": (lambda z: z.real, False),
    "magnitude": (np.abs, False),
    "real and imaginary parts, two channels": (lambda z: np.stack([z.real, z.imag], axis=1), False),
    "complex signal": (lambda z: z, True),
}
COLUMNS = ("Signal", "Order", "Features", "As recorded (%)", *(f"Tuning error {e} (%)" for e in TUNING_ERRORS))


def transmissions(z):
    """Return the first and last samples of the transmissions of a recording, and the fold of each."""
    magnitude = np.convolve(np.abs(z), np.ones(WINDOW) / WINDOW, mode="same")
    present = magnitude > PRESENT * np.quantile(magnitude, 0.99)
    edges = np.flatnonzero(np.diff(present, prepend=False, append=False)).reshape(-1, 2)
    edges = edges[np.diff(edges, axis=1)[:, 0] >= LENGTH]
    if len(edges) < N_FOLDS:
        parts = [np.linspace(*edge, N_FOLDS + 1).astype(int) for edge in edges]
        return [(a, b, fold) for part in parts for fold, (a, b) in enumerate(pairwise(part))]
    return [(a, b, i % N_FOLDS) for i, (a, b) in enumerate(edges)]


def segments(data_home):
    """Return segments of unit power, the carrier of each in cycles per sample, its modulation, and its fold."""
    rows = []
    with np.load(Path(data_home) / "radio_iq.npz") as recordings:
        for name, modulation in MODULATION.items():
            z = recordings[name].astype(float) @ [1, 1j]
            carrier = np.angle(np.vdot(z[:-1], z[1:])) / (2 * np.pi)
            for a, b, fold in transmissions(z):
                for start in range(a, b - LENGTH + 1, LENGTH):
                    rows.append((z[start : start + LENGTH], carrier, modulation, fold))
    z, carrier, modulation, fold = map(np.array, zip(*rows, strict=True))
    return z / np.sqrt(np.mean(np.abs(z) ** 2, axis=1, keepdims=True)), carrier, modulation, fold


def received(z, carrier, error, rng):
    """Return segments at carrier frequency zero, up to an error, with a random phase and with noise."""
    frequency = rng.uniform(-error, error, (len(z), 1)) - carrier[:, np.newaxis]
    phase = 2 * np.pi * (frequency * np.arange(LENGTH) + rng.random((len(z), 1)))
    noise = NOISE / np.sqrt(2) * (rng.standard_normal(z.shape) + 1j * rng.standard_normal(z.shape))
    return z * np.exp(1j * phase) + noise


def features(z, method, order, n_jobs):
    """Return the log-coefficients of segments, averaged over each."""
    part, complex_input = METHODS[method]
    scattering = Scattering1D(6, max_order=order, average="global", complex_input=complex_input, n_jobs=n_jobs)
    return make_pipeline(scattering, LogMedian()).fit_transform(part(z))


def accuracy(S, modulation, fold):
    """Return the balanced accuracy in percent, averaged over folds."""
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000, class_weight="balanced"))
    predicted = cross_val_predict(classifier, S, modulation, groups=fold, cv=LeaveOneGroupOut())
    scores = [balanced_accuracy_score(modulation[fold == k], predicted[fold == k]) for k in range(N_FOLDS)]
    return 100 * float(np.mean(scores))


def modulations(args):
    """Print the accuracies of all methods."""
    start, n_copies = time.perf_counter(), 1 if args.quick else N_COPIES
    z, carrier, modulation, fold = segments(args.data_home)
    print(*(f"{np.sum(modulation == name)} segments of {name}" for name in np.unique(modulation)), sep=", ")
    rng, table = np.random.default_rng(SEED), []
    sets = [(z, modulation, fold)]
    for error in TUNING_ERRORS:
        copies = np.concatenate([received(z, carrier, error, rng) for _ in range(n_copies)])
        sets.append((copies, np.tile(modulation, n_copies), np.tile(fold, n_copies)))
    for order in (1, 2):
        for method in METHODS:
            computed = [(features(z, method, order, args.n_jobs), *labels) for z, *labels in sets]
            table.append([method, order, computed[0][0].shape[1], *(accuracy(*one) for one in computed)])
    task = "Modulations of radio signals: balanced accuracy on held-out transmissions"
    report_table("complex_signals", task=task, columns=COLUMNS, rows=table, start=start, args=args)


def polarization(args):
    """Print how coefficients of a polarized sky change with the axes to which polarization refers."""
    with np.load(Path(args.data_home) / "fields.npz") as fields:
        z = fields["Q_1"][::2, ::2] + 1j * fields["U_1"][::2, ::2].astype(float)
    z = (z - z.mean())[np.newaxis]
    # Polarization has a period of half a rotation.
    turned = z * np.exp(2j * np.deg2rad(22.5))
    print("\nPolarized sky: relative change of coefficients if the axes are rotated by 22.5 degrees")
    for method, (part, complex_input) in METHODS.items():
        scattering = Scattering2D(5, average="global", complex_input=complex_input, n_jobs=args.n_jobs).fit(part(z))
        s, t = (scattering.transform(part(v)) for v in (z, turned))
        print(f"  {np.linalg.norm(t - s) / np.linalg.norm(s):8.1e}  {method}")
    first = scattering.paths_["order"] == 1
    opposite = s[0, first].reshape(5, 2, 8)
    print(f"  opposite directions differ by up to {np.abs(np.log(opposite[:, 0] / opposite[:, 1])).max():.1%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="use each segment once and write nothing")
    parser.add_argument("--data-home", default=os.environ.get("SKSCAT_DATA"), help="data folder; default: SKSCAT_DATA")
    parser.add_argument("--n-jobs", type=int, default=1, help="number of parallel jobs")
    args = parser.parse_args()
    if args.data_home is None:
        parser.error("expected --data-home, or the environment variable SKSCAT_DATA.")
    modulations(args)
    polarization(args)


if __name__ == "__main__":
    main()
