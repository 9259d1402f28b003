"""Electron densities of free atoms."""

from functools import cache, lru_cache
from importlib.resources import as_file, files

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import j0

# Electrons of the inner shells, by the last element of each row of the periodic table.
INNER_ELECTRONS = {2: 0, 10: 2, 18: 10}
# Frequencies and radii at which form factors are computed; cubic splines go through them.
N_FREQUENCIES, N_RADII = 512, 1001
# Sums over directions of exp(i k x), divided by their number, by the number of coordinates.
WAVES = {2: j0, 3: lambda x: np.sinc(x / np.pi)}


@cache
def atomic_table():
    """Return the radial distributions of charge of core and valence electrons, and the elements they belong to."""
    with as_file(files("skscat.physics") / "data" / "atoms.npz") as path, np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def known_elements():
    """Charges of the elements whose densities are tabulated."""
    return tuple(atomic_table()["charges"].tolist())


def core_charges(charges):
    """Electrons of the inner shells of neutral atoms.

    Parameters
    ----------
    charges : ndarray
        Nuclear charges, whole numbers from 1 to 18.

    Returns
    -------
    core : ndarray
        Of the same shape.

    Raises
    ------
    ValueError
        If there are other charges.
    """
    last = np.array(list(INNER_ELECTRONS))
    wrong = (charges != np.round(charges)) | (charges < 1) | (charges > last[-1])
    if wrong.any():
        raise ValueError(
            f"X has a charge of {charges[wrong].flat[0]:g}; core and valence electrons are known for elements 1 to "
            f"{last[-1]}."
        )
    return np.array(list(INNER_ELECTRONS.values()))[np.searchsorted(last, charges)]


def form_factor(element, shell, dim, k):
    """Fourier transform of the density of an atom, divided by its charge.

    Parameters
    ----------
    element : int
        Nuclear charge, one of :func:`known_elements`.
    shell : {"core", "valence", "atomic"}
        Which electrons.
    dim : {2, 3}
        Coordinates: in the plane, the charge within a distance is that in space.
    k : ndarray
        Frequencies, in radians per Angstrom.

    Returns
    -------
    f : ndarray
        Of the same shape; one at frequency zero, or zero if the atom has no such electrons.
    """
    spline = _spline(element, shell, dim, float(k.max()))
    return np.zeros(k.shape) if spline is None else spline(k)


@lru_cache(maxsize=256)
def _spline(element, shell, dim, largest):
    table = atomic_table()
    row = table["charges"].tolist().index(element)
    shells = ("core", "valence") if shell == "atomic" else (shell,)
    radius = np.linspace(0, table["radius"][-1], N_RADII)
    density = sum(np.interp(radius, table["radius"], table[s][row]) for s in shells)
    if not density.any():
        return None
    k = np.linspace(0, largest, N_FREQUENCIES)
    return CubicSpline(k, WAVES[dim](np.multiply.outer(k, radius)) @ (density / density.sum()))
