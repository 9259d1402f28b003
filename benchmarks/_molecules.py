"""2-D and 3-D features of molecules."""

import numpy as np
from _report import cached, with_jobs

from skscat import HarmonicScattering3D
from skscat.physics import AtomicDensity, DensityInvariants
from skscat.physics._bodies import aligned

PIECE = 500
# The published grid for the smaller set; half as many samples per side for the larger one, which has one octave less.
BOXES = {"4357": [(-9, 9), (-7, 7)], "454": [(-10.5, 10.5), (-7, 7)]}
SHAPES = {"4357": (256, 199), "454": (512, 342)}
# In 3-D: width of the Gaussians in samples, and overlap at the midpoint of the smallest distance between atoms.
WIDTH, OVERLAP = 1.25, 1e-1
# Gap between a molecule and its periodic images, in Angstrom, and step of the grid sizes, in samples.
GAP, STEP = 8.0, 10
CHARGES = ("total", "valence", "core")
POWERS = (0.5, 1.0, 2.0, 3.0)


def density_invariants(name, channels, invariants):
    """Invariants of densities of one of the planar sets."""
    return DensityInvariants(AtomicDensity(channels, box=BOXES[name], shape=SHAPES[name]), invariants)


def features(X, model, args):
    """Features of molecules, cached in pieces."""
    pieces = [X[i : i + PIECE].astype(np.float32) for i in range(0, len(X), PIECE)]
    return np.concatenate([cached(transformed, args)(piece, model, n_jobs=args.n_jobs) for piece in pieces])


def transformed(X, model, n_jobs):
    """Compute features."""
    return with_jobs(model, n_jobs).fit(X).transform(X)


def solid_harmonics(X, J, args):
    """Integrals of powers of solid harmonic moduli, on grids adapted to the molecules, and the paths."""
    scattering = HarmonicScattering3D(J, L=3, sigma_0=WIDTH, powers=POWERS, normalize="l1", oversampling=1)
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
        model = DensityInvariants(density, scattering)
        found = cached(transformed, args)(X[rows].astype(np.float32), model, n_jobs=args.n_jobs)
        S = np.empty((len(X), found.shape[1])) if S is None else S
        # Convert means over the grid to integrals.
        S[rows] = np.prod(sides) * found
        print(f"grid {shape[0]} x {shape[1]} x {shape[2]}: {len(rows)} molecules", flush=True)
    return S, scattering.fit(np.zeros((1, 1, *shape), np.float32)).paths_


def grids(X, spacing):
    """Rows of X by the shape of the smallest grid that contains them: most molecules are small."""
    positions = aligned(X[..., 0], X[..., 1:], "axes")
    found = {}
    for i, (charges, r) in enumerate(zip(X[..., 0], positions, strict=True)):
        cells = (np.ptp(r[charges > 0], axis=0) + GAP) / spacing
        found.setdefault(tuple((np.ceil(cells / STEP).astype(int) * STEP).tolist()), []).append(i)
    return found


def smallest_distance(X):
    """Smallest distance between atoms of the same molecule, over all molecules."""
    distances = np.linalg.norm(X[:, :, np.newaxis, 1:] - X[:, np.newaxis, :, 1:], axis=3)
    real = X[..., 0] > 0
    pairs = real[:, :, np.newaxis] & real[:, np.newaxis] & ~np.eye(X.shape[1], dtype=bool)
    return distances[pairs].min()
