"""Energies of molecules."""

import numpy as np
from _report import cached
from sklearn.base import clone

from skscat.physics import AtomicDensity, DensityInvariants

PIECE = 500
# Half the published number of cells a side, and as many octaves as fit, but moduli sampled more finely.
BOXES = {"4357": [(-9, 9), (-7, 7)], "454": [(-10.5, 10.5), (-7, 7)]}
SHAPES = {"4357": (256, 199), "454": (256, 171)}


def density_invariants(name, channels, invariants):
    """Invariants of densities of one of the planar sets."""
    return DensityInvariants(AtomicDensity(channels, box=BOXES[name], shape=SHAPES[name]), invariants)


def features(X, model, args):
    """Features of molecules, kept in pieces."""
    pieces = [X[i : i + PIECE].astype(np.float32) for i in range(0, len(X), PIECE)]
    return np.concatenate([cached(transformed, args)(piece, model, n_jobs=args.n_jobs) for piece in pieces])


def transformed(X, model, n_jobs):
    """Compute features."""
    return clone(model).set_params(n_jobs=n_jobs).fit(X).transform(X)
