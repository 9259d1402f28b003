"""Energies of molecules and other systems of bodies: densities, their invariants, and other descriptors."""

from skscat.physics._blocks import DensityInvariants
from skscat.physics._copies import CopyRegressor
from skscat.physics._coulomb import CoulombMatrix
from skscat.physics._density import AtomicDensity
from skscat.physics._fourier_invariants import FourierInvariants
from skscat.physics._nbody import NBodyInvariants
from skscat.physics._wavelet_invariants import ScatteringInvariants, WaveletInvariants

__all__ = [
    "AtomicDensity",
    "CopyRegressor",
    "CoulombMatrix",
    "DensityInvariants",
    "FourierInvariants",
    "NBodyInvariants",
    "ScatteringInvariants",
    "WaveletInvariants",
]
