"""Energies of molecules and of other systems of bodies: densities, their invariants, and what else describes them."""

from skscat.physics._blocks import DensityInvariants
from skscat.physics._density import AtomicDensity
from skscat.physics._wavelet_invariants import ScatteringInvariants, WaveletInvariants

__all__ = [
    "AtomicDensity",
    "DensityInvariants",
    "ScatteringInvariants",
    "WaveletInvariants",
]
