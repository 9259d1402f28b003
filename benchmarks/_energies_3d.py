"""Energies of molecules in space, by ridge regression on solid harmonic scattering."""

import time

import numpy as np
from _energies import ALPHAS, cross_validated, row, search
from _molecules import transformed
from _report import SEED, cached, report
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skscat import HarmonicScattering3D
from skscat.datasets import fetch_qm7
from skscat.physics import AtomicDensity, DensityInvariants
from skscat.physics._bodies import aligned

PUBLISHED = [
    {
        "value": 2.75,
        "rmse": 4.18,
        "method": "solid harmonic scattering, ridge, 7,165 molecules (root mean square: 4.18)",
        "source": "Kymatio, QM7 example",
        "same_data": False,
    }
]
# Width of the Gaussians in cells, and what those of the nearest of all atoms leave of each other halfway.
WIDTH, OVERLAP = 1.25, 1e-1
# Room between a molecule and its periodic images, in Angstrom, and steps of the sides of grids, in cells.
GAP, STEP = 8.0, 10
CHARGES = ("total", "valence", "core")
POWERS = (0.5, 1.0, 2.0, 3.0)
SCATTERING = HarmonicScattering3D(2, L=3, sigma_0=WIDTH, powers=POWERS, normalize="l1", oversampling=1)


def molecules_in_space(args):
    """Errors over five random folds."""
    start = time.perf_counter()
    data = fetch_qm7(data_home=args.data_home)
    X, y = data.data, data.target
    if args.quick:
        small = np.flatnonzero(np.sum(X[..., 0] > 0, axis=1) < 10)[:40]
        X, y = X[small], y[small]
    fold = np.random.default_rng(SEED).permutation(len(y)) % 5
    S, paths = invariants(X, args)
    model = search(
        make_pipeline(FunctionTransformer(take), StandardScaler(), RidgeCV(ALPHAS)),
        {"functiontransformer__kw_args": [{"columns": columns} for columns in choices(paths)]},
    )
    errors = cross_validated(model, S, y, fold, args.n_jobs)
    report(
        "molecules_3d",
        task=f"{len(y):,} molecules of QM7 in space, solid harmonics",
        metric="mean absolute error, kcal/mol",
        ours=[row("solid harmonic scattering, ridge regression", errors, fold)],
        published=PUBLISHED,
        start=start,
        args=args,
        n_features=S.shape[1],
    )


def invariants(X, args):
    """Integrals of powers of moduli, on a grid for each size of molecules, and the paths."""
    spacing = smallest_distance(X) / (WIDTH * np.sqrt(-8 * np.log(OVERLAP)))
    S = None
    for shape, rows in grids(X, spacing).items():
        sides = np.array(shape) * spacing
        density = AtomicDensity(
            ("gaussian",) * len(CHARGES),
            charges=CHARGES,
            width=WIDTH * spacing,
            box=np.stack([-sides / 2, sides / 2], axis=1).tolist(),
            shape=shape,
            align="axes",
        )
        model = DensityInvariants(density, SCATTERING)
        found = cached(transformed, args)(X[rows].astype(np.float32), model, n_jobs=args.n_jobs)
        S = np.empty((len(X), found.shape[1])) if S is None else S
        # Means over the grid become integrals.
        S[rows] = np.prod(sides) * found
        print(f"{shape[0]} x {shape[1]} x {shape[2]} cells: {len(rows)} molecules", flush=True)
    paths = SCATTERING.fit(np.zeros((1, 1, *shape), np.float32)).paths_
    return S, paths


def grids(X, spacing):
    """Rows of X by the shape of the smallest grid that holds them: most molecules are small."""
    positions = aligned(X[..., 0], X[..., 1:], "axes")
    found = {}
    for i, (charges, r) in enumerate(zip(X[..., 0], positions, strict=True)):
        cells = (np.ptp(r[charges > 0], axis=0) + GAP) / spacing
        found.setdefault(tuple((np.ceil(cells / STEP).astype(int) * STEP).tolist()), []).append(i)
    return found


def choices(paths):
    """Columns of orders, scales and powers that cross-validation chooses from."""
    powers = np.array(POWERS)
    scale = np.maximum(paths["j1"], paths["j2"])
    for max_order in (1, 2):
        for J in (1, 2):
            for largest in (2, 3):
                kept = ((paths["order"] <= max_order) & (scale <= J))[:, np.newaxis] & (powers <= largest)
                yield np.flatnonzero(np.tile(kept.ravel(), len(CHARGES)))


def take(S, columns=slice(None)):
    """Take some columns."""
    return S[:, columns]


def smallest_distance(X):
    """Smallest distance between atoms of one molecule, in all molecules."""
    distances = np.linalg.norm(X[:, :, np.newaxis, 1:] - X[:, np.newaxis, :, 1:], axis=3)
    real = X[..., 0] > 0
    pairs = real[:, :, np.newaxis] & real[:, np.newaxis] & ~np.eye(X.shape[1], dtype=bool)
    return distances[pairs].min()
