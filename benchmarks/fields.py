"""Statistics of fields and time series: which differ from zero, joint synthesis, self-similarity and reversibility.

``python benchmarks/fields.py EXPERIMENT`` prints a table and writes it to a file of ``benchmarks/results``;
``--quick`` takes less data and writes nothing. Data are those of ``fields.npz``.

cross
    Cross-spectra of the maps Q, U and I of polarized dust emission: 16 parts of 128 x 128 pixels, whose periodic
    components are taken as realizations. The table counts those that differ from zero by more than 3 standard errors,
    also for independent Gaussian surrogates of each map of each part, for which all expectations are zero.
synthesis
    Samples of models of Q, U and I, averaged to 128 x 128 pixels, with and without cross-spectra: norms of the errors
    of the statistics of each kind, between maps and within them, relative to the norms of the statistics.
scores
    Self-similarity and time reversal of daily log-returns of the S&P 500 and changes of the VIX, in 16 blocks; of
    these series in random order; and of 32 realizations of processes for which they are known.
denoising
    Maps Q and I, averaged to 256 x 256 pixels, with white noise: errors of estimates relative to the map, of their
    power spectrum in quarters of octaves, and of their scattering spectra, of each kind and all, relative to the norm
    of those of the map. "Root of the gain" is the observation filtered so that the power spectrum of the signal is
    kept. Constants of the library (rounds, where descents stop, the first filter) were chosen on U.
gaps
    Maps Q and I, averaged to 128 x 128 pixels, with gaps of 16 x 16 pixels at random positions: errors of the
    withheld pixels, relative to their root mean square, and of the scattering spectra of the whole map. Means over
    three sets of gaps, and three constrained realizations of each. Models know only the observed pixels. Constants of
    the library were chosen on other fields: U, the weak-lensing map, and generated ones.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from _report import SEED, report_table
from sklearn.base import clone

from skscat import Scattering1D, Scattering2D
from skscat.datasets import make_fbm, make_mrw, make_poisson
from skscat.moments import ScatteringSpectra, scale_dependence, standard_error, time_asymmetry
from skscat.synthesis import (
    GaussianTexture,
    MicrocanonicalModel,
    ScatteringDenoiser,
    ScatteringInpainter,
    periodic_component,
)
from skscat.synthesis._spectral import (
    band_means,
    conditional_mean,
    constrained_realization,
    power_spectra,
    wiener_filter,
)

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


def averaged(image, side):
    """Average an image over squares of pixels, and return its periodic component, of zero mean and unit variance."""
    x = periodic_component(image.astype(float).reshape(side, len(image) // side, side, -1).mean(axis=(1, 3)), 2)
    return (x - x.mean()) / x.std()


def spectra_errors(spectra, x, estimates):
    """Return errors of the scattering spectra of estimates, of each kind and of all, in percent."""
    S, target = spectra.transform(estimates), spectra.transform(x[np.newaxis])[0]
    kinds = [spectra.kinds_ == kind for kind in KINDS] + [np.ones(len(target), bool)]
    return [100 * np.linalg.norm((S - target)[:, k], axis=1) / np.linalg.norm(target[k]) for k in kinds]


def power_errors(x, estimate):
    """Return the mean error of the power spectrum over bands up to the Nyquist frequency, in percent."""
    (of_x, of_estimate), _ = band_means(power_spectra(np.stack([x, estimate]), x.shape), x.shape)
    row, column = (np.abs(np.fft.fftfreq(n)) for n in x.shape)
    used = (np.hypot(row[:, np.newaxis], column) < 0.5) & (of_x > 0)
    used[0, 0] = False
    _, first = np.unique(of_x[used], return_index=True)
    return 100 * float(np.mean(np.abs(of_estimate[used][first] / of_x[used][first] - 1)))


def denoising(args, data):
    """Compare denoised maps with the Wiener filter."""
    start, table, side = time.perf_counter(), [], 32 if args.quick else 256
    spectra = ScatteringSpectra(Scattering2D(J=3 if args.quick else 5, L=4, padding="wrap"))
    for name in ("Q_1", "I_1"):
        x, rng = averaged(data[name], side), np.random.default_rng(SEED)
        spectra.fit(x[np.newaxis])
        for level in (0.5, 1, 2):
            observed = x + level * rng.standard_normal(x.shape)
            noise = level * rng.standard_normal((60, *x.shape))
            denoiser = ScatteringDenoiser(spectra, random_state=SEED, n_jobs=1).fit(noise)
            estimates = {
                "none": observed,
                "Wiener filter": wiener_filter(observed[np.newaxis], noise[:, np.newaxis])[0],
                "root of the gain": wiener_filter(observed[np.newaxis], noise[:, np.newaxis], 0.5)[0],
                "ScatteringDenoiser": denoiser.transform(observed[np.newaxis])[0],
            }
            for method, estimate in estimates.items():
                errors = [float(e[0]) for e in spectra_errors(spectra, x, estimate[np.newaxis])]
                of_map = 100 * float(np.std(estimate - x))
                table.append([name[0], level, method, of_map, power_errors(x, estimate), *errors])
            print(f"{name}, {level}", flush=True)
    report_table(
        "fields_denoising",
        task=f"Maps of {side} x {side} pixels with white noise: errors (%)",
        columns=("Map", "Noise", "Filter", "Map", "Power", *(name.capitalize() for name in KINDS.values()), "All"),
        rows=table,
        start=start,
        args=args,
    )


def random_gaps(shape, share, size, rng):
    """Return a mask of squares of missing pixels."""
    missing = np.zeros(shape, bool)
    while missing.mean() < share:
        row, column = (rng.integers(n - size + 1) for n in shape)
        missing[row : row + size, column : column + size] = True
    return missing


def gaps(args, data):
    """Compare filled gaps with Gaussian conditional means and constrained realizations."""
    start, table, side = time.perf_counter(), [], 32 if args.quick else 128
    n_sets, size, wavelets = (
        1 if args.quick else 3,
        side // 8,
        Scattering2D(J=2 if args.quick else 4, L=4, padding="wrap"),
    )
    measure = ScatteringSpectra(wavelets)
    representation = ScatteringSpectra(clone(wavelets).set_params(nan_policy="omit"))
    for name in ("Q_1", "I_1"):
        x, rng = averaged(data[name], side), np.random.default_rng(SEED)
        measure.fit(x[np.newaxis])
        for share in (0.05, 0.1, 0.2):
            found = {}
            for _ in range(n_sets):
                missing = random_gaps(x.shape, share, size, rng)
                seen = np.where(missing, np.nan, x)
                mean = np.nanmean(seen)
                left = np.where(missing, 0, x - mean)
                texture = GaussianTexture(method="noise", nan_policy="omit").fit(seen[np.newaxis])
                power, _ = band_means(
                    power_spectra(texture.sample(50, random_state=SEED), x.shape).mean(0)[None], x.shape
                )
                white = rng.standard_normal((3, *x.shape))
                inpainter = ScatteringInpainter(representation, random_state=SEED)
                filled = {
                    "conditional mean": [mean + conditional_mean(left, missing, power[0])],
                    "constrained realization": [
                        mean + constrained_realization(left, missing, power[0], w) for w in white
                    ],
                    "ScatteringInpainter": inpainter.fit_transform(seen[np.newaxis]),
                }
                norm = np.sqrt(np.mean(x[missing] ** 2))
                for method, estimates in filled.items():
                    of_pixels = [100 * np.sqrt(np.mean((e - x)[missing] ** 2)) / norm for e in estimates]
                    errors = spectra_errors(measure, x, np.array(estimates))
                    found.setdefault(method, []).append([np.mean(of_pixels), *map(np.mean, errors)])
            for method, errors in found.items():
                table.append([name[0], 100 * share, method, *map(float, np.mean(errors, axis=0))])
            print(f"{name}, {share:.0%}", flush=True)
    report_table(
        "fields_gaps",
        task=f"Maps of {side} x {side} pixels with gaps: errors (%)",
        columns=("Map", "Missing (%)", "Gaps", "Pixels", *(name.capitalize() for name in KINDS.values()), "All"),
        rows=table,
        start=start,
        args=args,
    )


EXPERIMENTS = {"cross": cross, "synthesis": synthesis, "scores": scores, "denoising": denoising, "gaps": gaps}


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
