"""Electron densities of free atoms."""

from functools import cache, lru_cache
from importlib.resources import as_file, files

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import j0

# Number of electrons in the inner shells, by the last element of each row of the periodic table.
INNER_ELECTRONS = {2: 0, 10: 2, 18: 10}
# Numbers of frequencies and radii at which form factors are computed; cubic splines interpolate between frequencies.
N_FREQUENCIES, N_RADII = 512, 1001
# What to do about charges that are not supported.
OTHER_ELEMENTS = "For others, set charges= to dicts from nuclear charges to numbers of electrons, such as {35: 7}."
CHARGES_FIRST = "A body is a charge followed by its coordinates: the charges are X[..., 0]."
# Mean of the plane wave exp(i k r) over all directions, as a function of |k| |r|, by the number of coordinates.
WAVES = {2: j0, 3: lambda x: np.sinc(x / np.pi)}


@cache
def atomic_table():
    """Return the radial charge distributions of core and valence electrons, with their elements and radii."""
    with as_file(files("skscat.physics") / "data" / "atoms.npz") as path, np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def known_elements():
    """Return the nuclear charges of the elements whose densities are tabulated."""
    return tuple(atomic_table()["charges"].tolist())


def advice(charge, other):
    """Return what to do about a charge: the order of X if it is not that of a nucleus, otherwise ``other``."""
    return other if charge >= 1 and charge == np.round(charge) else CHARGES_FIRST


def core_charges(charges):
    """Return the number of electrons in the inner shells of neutral atoms.

    Parameters
    ----------
    charges : ndarray
        Nuclear charges, whole numbers from 1 to 18.

    Returns
    -------
    core : ndarray
        Array of the shape of ``charges``.

    Raises
    ------
    ValueError
        If a charge is not a whole number from 1 to 18.
    """
    last = np.array(list(INNER_ELECTRONS))
    wrong = (charges != np.round(charges)) | (charges < 1) | (charges > last[-1])
    if wrong.any():
        raise ValueError(
            f"X has a charge of {charges[wrong].flat[0]:g}; core and valence electrons are known for elements 1 to "
            f"{last[-1]}. {advice(charges[wrong].flat[0], OTHER_ELEMENTS)}"
        )
    return np.array(list(INNER_ELECTRONS.values()))[np.searchsorted(last, charges)]


def form_factor(element, shell, dim, k):
    """Return the Fourier transform of the electron density of an atom, normalized to one at frequency zero.

    Parameters
    ----------
    element : int
        Nuclear charge, one of :func:`known_elements`.
    shell : {"core", "valence", "atomic"}
        Which electrons to include.
    dim : {2, 3}
        Number of coordinates. In the plane, the charge within a given distance is the same as in space.
    k : ndarray
        Frequencies, in radians per Angstrom.

    Returns
    -------
    f : ndarray
        Array of the shape of ``k``; zero if the atom has no such electrons.
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
