"""Statistics of fields and series: which differ from zero, joint synthesis, self-similarity and reversibility.

``python benchmarks/fields.py EXPERIMENT`` prints a table and writes it to a file of ``benchmarks/results``;
``--quick`` takes less data and writes nothing. Data are those of ``fields.npz``.

cross
    Cross-spectra of the maps Q, U and I of polarized dust emission: 16 parts of 128 x 128 pixels, whose periodic
    components are taken as realizations. How many differ from zero by more than 3 standard errors; and of Gaussian
    surrogates of each map of each part, which are independent, so that all expectations are zero.
synthesis
    Samples of models of Q, U and I, averaged to 128 x 128 pixels, with and without cross-spectra: norms of the errors
    of the statistics of each kind, between maps and within them, relative to the norms of the statistics.
scores
    Self-similarity and time reversal of daily log-returns of the S&P 500 and changes of the VIX, in 16 blocks; of the
    same in random order; and of 32 realizations of processes for which they are known.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from _report import SEED, report_table

from skscat import Scattering1D, Scattering2D
from skscat.datasets import make_fbm, make_mrw, make_poisson
from skscat.moments import ScatteringSpectra, scale_dependence, standard_error, time_asymmetry
from skscat.synthesis import GaussianTexture, MicrocanonicalModel, periodic_component

MAPS = ("Q_1", "U_1", "I_1")
KINDS = {0: "sparsity", 1: "spectrum", 2: "phase", 3: "envelope"}
SIDE, N_BLOCKS = 128, 16


def between(paths):
    """Return which outputs are between two maps."""
    return paths["channel1"] != paths["channel2"]


def cross(args, data):
    """Count the statistics between maps that differ from zero."""
    start, n = time.perf_counter(), 512 // SIDE
    x = np.stack([data[name].astype(float) for name in MAPS])
    parts = x.reshape(3, n, SIDE, n, SIDE).transpose(1, 3, 0, 2, 4).reshape(-1, 3, SIDE, SIDE)
    parts = periodic_component(parts[: 4 if args.quick else None], 2)
    rng, texture = np.random.RandomState(SEED), GaussianTexture(periodic=False)
    surrogates = np.array([[texture.fit(c[np.newaxis]).sample(random_state=rng)[0] for c in part] for part in parts])
    spectra = ScatteringSpectra(Scattering2D(J=4, L=4, padding="wrap"), cross_spectra=True)
    found = [spectra.fit_transform(X) for X in (parts, surrogates)]
    paths, table = spectra.paths_, []
    significant = [np.abs(S.mean(axis=0)) > 3 * standard_error(S) for S in found]
    for kind in (1, 2, 3):
        of_kind = between(paths) & (paths["kind"] == kind)
        for a, b in np.unique(paths[of_kind][["channel1", "channel2"]]):
            of_pair = of_kind & (paths["channel1"] == a) & (paths["channel2"] == b)
            shares = [100 * float(v[of_pair].mean()) for v in significant]
            largest = float(np.abs(found[0].mean(axis=0)[of_pair]).max())
            table.append([KINDS[kind], f"{'QUI'[a]}, {'QUI'[b]}", int(of_pair.sum()), *shares, largest])
    columns = ("Kind", "Maps", "Statistics", "Beyond 3 errors (%)", "of surrogates (%)", "Largest")
    report_table(
        "fields_cross",
        task="Polarized dust: statistics between Q, U and I that differ from zero",
        columns=columns,
        rows=table,
        start=start,
        args=args,
    )


def synthesis(args, data):
    """Compare samples of models with and without cross-spectra."""
    start, side = time.perf_counter(), 32 if args.quick else SIDE
    width = 512 // side
    x = np.stack([data[name].astype(float) for name in MAPS]).reshape(3, side, width, side, width).mean(axis=(2, 4))
    x = periodic_component(x[np.newaxis], 2)
    wavelets = Scattering2D(J=2 if args.quick else 4, L=4, padding="wrap")
    measure = ScatteringSpectra(wavelets, cross_spectra=True).fit(x)
    target, paths, table = measure.transform(x)[0], measure.paths_, []
    for name, joint in (("jointly", True), ("one by one", False)):
        model = MicrocanonicalModel(
            ScatteringSpectra(wavelets, cross_spectra=joint), max_iter=20 if args.quick else 300, verbose=50
        )
        S = measure.transform(model.fit(x).sample(random_state=SEED))[0]
        for where, chosen in (("between maps", between(paths)), ("within maps", ~between(paths))):
            cells = []
            for kind in KINDS:
                of_kind = chosen & (paths["kind"] == kind)
                error = np.linalg.norm((S - target)[of_kind])
                cells.append(100 * float(error / np.linalg.norm(target[of_kind])) if of_kind.any() else "")
            all_kinds = 100 * float(np.linalg.norm((S - target)[chosen]) / np.linalg.norm(target[chosen]))
            table.append([name, model.n_coefficients_, where, *cells, all_kinds])
    report_table(
        "fields_synthesis",
        task=f"Models of Q, U and I ({x.size} values): errors of the statistics of a sample (%)",
        columns=("Modeled", "Coefficients", "Statistics", *(name.capitalize() for name in KINDS.values()), "All"),
        rows=table,
        start=start,
        args=args,
    )


def series(data, quick):
    """Return realizations of each process, and the largest scale for it."""
    rng, n, length = np.random.default_rng(SEED), 8 if quick else 32, 2**12
    changes = np.diff(data["finance"], axis=0)
    size = len(changes) // N_BLOCKS * N_BLOCKS
    points = make_poisson(n, length, rate=0.02, random_state=SEED)
    found = {}
    for name, x in zip(("S&P 500", "VIX"), changes.T, strict=True):
        found[name] = x[:size].reshape(N_BLOCKS, -1), 5
        found[f"{name}, random order"] = rng.permutation(x)[:size].reshape(N_BLOCKS, -1), 5
    return found | {
        "fractional Gaussian noise, H = 0.3": (np.diff(make_fbm(n, length, H=0.3, random_state=SEED)), 7),
        "fractional Gaussian noise, H = 0.7": (np.diff(make_fbm(n, length, H=0.7, random_state=SEED)), 7),
        "multifractal random walk, increments": (np.diff(make_mrw(n, length, random_state=SEED)), 7),
        "Poisson process": (points, 7),
        "shot noise": (np.array([np.convolve(x, np.exp(-np.arange(64) / 8))[:length] for x in points]), 7),
    }


def scores(args, data):
    """Print the scores of series."""
    start, table = time.perf_counter(), []
    for name, (X, J) in series(data, args.quick).items():
        spectra = ScatteringSpectra(Scattering1D(J=J, wavelet="battle_lemarie", padding="wrap"))
        S = spectra.fit_transform(X)
        found = (score(S, spectra.paths_) for score in (scale_dependence, time_asymmetry))
        table.append(
            [name, f"{X.shape[0]} x {X.shape[1]}", *(f"{s.value:.3f} ± {s.standard_error:.3f}" for s in found)]
        )
    report_table(
        "fields_scores",
        task="Share of scattering spectra that depends on scale, and that depends on the direction of time",
        columns=("Process", "Realizations", "Scale", "Direction of time"),
        rows=table,
        start=start,
        args=args,
    )


EXPERIMENTS = {"cross": cross, "synthesis": synthesis, "scores": scores}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--quick", action="store_true", help="take less data and write nothing")
    parser.add_argument("--data-home", default=os.environ.get("SKSCAT_DATA"), help="data folder; default: SKSCAT_DATA")
    args = parser.parse_args()
    if args.data_home is None:
        parser.error("expected --data-home, or the environment variable SKSCAT_DATA.")
    with np.load(Path(args.data_home) / "fields.npz") as data:
        EXPERIMENTS[args.experiment](args, data)


if __name__ == "__main__":
    main()
