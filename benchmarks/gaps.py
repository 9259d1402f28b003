"""Errors of coefficients of signals with gaps, relative to those without, by process, kind and share of gaps.

``python benchmarks/gaps.py`` prints the table and writes it to ``benchmarks/results/gaps.json``; ``--quick`` takes few
signals and writes nothing. Coefficients are averages over whole signals: 32 of 4096 samples, or 12 images of 128 x 128
pixels. Gaps are single samples, or blocks of 128 samples or 24 x 24 pixels, at random positions that are not the same
for all signals. Errors are those of means over signals, relative to the means without gaps, averaged over paths whose
coefficients are known for every signal; they are also given in units of standard errors, as the median over paths.
"""

import argparse
import time

import numpy as np
from _report import SEED, report_table

from skscat import Scattering1D, Scattering2D
from skscat.datasets import make_fbm

COLUMNS = (
    "Process",
    "Gaps",
    "Share (%)",
    "1st order: error (%)",
    "largest (%)",
    "error / standard error",
    "unknown (%)",
    "2nd order: error (%)",
    "error / standard error",
    "unknown (%)",
)


def gaussian_fields(n, shape, exponent, rng):
    """Periodic Gaussian fields of unit variance whose power falls with the frequency, above four cycles."""
    k = np.sqrt(sum(f**2 for f in np.meshgrid(*[np.fft.fftfreq(m, 1 / m) for m in shape], indexing="ij")))
    axes = tuple(range(1, len(shape) + 1))
    white = np.fft.fftn(rng.standard_normal((n, *shape)), axes=axes)
    fields = np.fft.ifftn(white * np.maximum(k, 4) ** (-exponent / 2), axes=axes).real
    return fields / fields.std()


def processes(n_signals, n_images):
    """Return a transform, realizations and the side of blocks for each process."""
    rng = np.random.default_rng(SEED)
    lines, images = Scattering1D(J=7, average="global"), Scattering2D(J=4, L=4, average="global")
    return {
        "Brownian motion": (lines, make_fbm(n_signals, 4096, H=0.5, random_state=SEED), 128),
        "fractional Brownian motion, H = 0.3": (lines, make_fbm(n_signals, 4096, H=0.3, random_state=SEED), 128),
        "1/f noise": (lines, gaussian_fields(n_signals, (4096,), 1, rng), 128),
        "white noise": (lines, rng.standard_normal((n_signals, 4096)), 128),
        "lognormal images": (images, np.exp(gaussian_fields(n_images, (128, 128), 3, rng)), 24),
    }


def gaps(shape, side, share, rng):
    """Mask of blocks at random positions, or of single samples, that hide a share of all."""
    if side == 1:
        return rng.random(shape) < share
    missing = np.zeros(shape, bool)
    while missing.mean() < share:
        corner = [rng.integers(-side, n) for n in shape]
        missing[tuple(slice(max(a, 0), max(a + side, 0)) for a in corner)] = True
    return missing


def errors(S, whole, paths):
    """Return the errors of some coefficients, in percent and in standard errors, and the share that is unknown."""
    known = paths & np.isfinite(S).all(axis=0)
    if not known.any():
        return [], [], 100.0
    change = S[:, known].mean(axis=0) - whole[:, known].mean(axis=0)
    error = S[:, known].std(axis=0, ddof=1) / np.sqrt(len(S))
    return 100 * change / whole[:, known].mean(axis=0), np.abs(change) / error, 100 * (1 - known.sum() / paths.sum())


def row(scattering, X, whole, side, share):
    """Return the errors of first and second order for one kind and share of gaps."""
    rng = np.random.default_rng(SEED)
    missing = np.stack([gaps(X.shape[1:], side, share, rng) for _ in X])
    S, order, cells = scattering.transform(np.where(missing, np.nan, X)), scattering.paths_["order"], []
    for m in (1, 2):
        relative, deviations, unknown = errors(S, whole, order == m)
        some = len(relative) > 0
        cells.append(float(np.mean(relative)) if some else "")
        if m == 1:
            cells.append(float(np.abs(relative).max()) if some else "")
        cells += [float(np.median(deviations)) if some else "", float(unknown)]
    return cells


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few signals")
    args = parser.parse_args()
    start, table = time.perf_counter(), []
    for name, (scattering, X, side) in processes(*((4, 2) if args.quick else (32, 12))).items():
        scattering.set_params(nan_policy="omit").fit(X)
        whole = scattering.transform(X)
        for kind, size in (("scattered", 1), ("blocks", side)):
            for share in (0.05, 0.2, 0.4):
                table.append([name, kind, round(100 * share), *row(scattering, X, whole, size, share)])
        print(f"  {name}: {time.perf_counter() - start:.0f} s", flush=True)
    task = "Errors of coefficients of signals with gaps, relative to those without"
    report_table("gaps", task=task, columns=COLUMNS, rows=table, start=start, args=args)


if __name__ == "__main__":
    main()
