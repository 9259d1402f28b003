"""Filter banks: functions that return wavelets as data, and their frame bounds."""

from skscat._core._records import Filter, FilterBank
from skscat.filters._frame import frame_bounds, littlewood_paley, tighten, to_dense
from skscat.filters._index import all_pass, spin_bank_1d, spiral_bank
from skscat.filters._morlet_1d import gaussian_lowpass_1d, morlet_bank_1d, morlet_frequencies_1d
from skscat.filters._morlet_2d import gaussian_lowpass_2d, morlet_bank_2d
from skscat.filters._solid_harmonic import gaussian_lowpass_3d, solid_harmonic_bank
from skscat.filters._spline import battle_lemarie_bank_1d
from skscat.filters._two_sided import two_sided

__all__ = [
    "Filter",
    "FilterBank",
    "all_pass",
    "battle_lemarie_bank_1d",
    "frame_bounds",
    "gaussian_lowpass_1d",
    "gaussian_lowpass_2d",
    "gaussian_lowpass_3d",
    "littlewood_paley",
    "morlet_bank_1d",
    "morlet_bank_2d",
    "morlet_frequencies_1d",
    "solid_harmonic_bank",
    "spin_bank_1d",
    "spiral_bank",
    "tighten",
    "to_dense",
    "two_sided",
]
