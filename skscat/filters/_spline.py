"""Battle-Lemarie wavelets."""

import numpy as np

from skscat._checks import check_choice, check_counts, check_positive
from skscat._core._records import FilterBank
from skscat.filters._frame import NORMALIZATIONS, compact, tighten
from skscat.filters._morlet_1d import BANK_DTYPE


def _spline_sum(w):
    """Return the sum over integers k of ``(w + 2 pi k) ** -8``, for w that are not multiples of 2 pi."""
    c2, s2 = np.cos(w / 2) ** 2, np.sin(w / 2) ** 2
    return (5 + 30 * c2 + 30 * s2 * c2 + 70 * c2**2 + 2 * s2**2 * c2 + 2 / 3 * s2**3) / (105 * 2**8 * s2**4)


def _scaling(w):
    """Return the Fourier transform of the orthogonal cubic spline scaling function."""
    out = np.zeros_like(w)
    out[w == 0] = 1.0
    regular = np.abs(np.sin(w / 2)) > 1e-6
    out[regular] = w[regular] ** -4 * _spline_sum(w[regular]) ** -0.5
    return out


def _wavelet(w):
    """Return the modulus of the Fourier transform of the cubic Battle-Lemarie wavelet, times sqrt(2)."""
    # |psi(w)|^2 = |phi(w / 2)|^2 - |phi(w)|^2 telescopes over scales. The expression in terms of the conjugate filter
    # is accurate where the difference cancels.
    out = np.zeros_like(w)
    regular = (np.abs(np.sin(w / 4)) > 1e-6) & (np.abs(np.cos(w / 4)) > 1e-6)
    v = w[regular]
    ratio = _spline_sum(v / 2 + np.pi) / (_spline_sum(v) * _spline_sum(v / 2))
    out[regular] = np.sqrt(2 * ratio) / v**4
    # At odd multiples of 2 pi, the high-pass filter is one.
    peak = (np.abs(np.cos(w / 4)) <= 1e-6) & (w != 0)
    out[peak] = np.sqrt(2) * _scaling(w[peak] / 2)
    return out


def battle_lemarie_bank_1d(length: int, J: int, T: int | None = None, normalize: str = "tight") -> FilterBank:
    r"""Make analytic cubic spline wavelets of Battle and Lemarie, one per octave, on a periodic grid.

    The real wavelets are an orthonormal basis. Their analytic parts, times :math:`\sqrt2`, are a tight frame for real
    signals, and satisfy the admissibility condition under which scattering preserves the norm [1]_.

    Parameters
    ----------
    length : int
        Number of samples of the grid.
    J : int
        Log2 of the largest scale, in samples.
    T : int, default=None
        Averaging scale, a power of two. None means ``2**J``.
    normalize : {"tight", "l1"}, default="tight"
        "tight" divides all filters by the square root of the Littlewood-Paley sum, which removes the frame error due
        to the truncation of filters to their support, and to ``T < 2**J``. "l1" keeps the published formula.

    Returns
    -------
    bank : FilterBank
        ``bank.table`` has fields ``j``, ``xi`` and ``sigma``, in cycles per sample.

    Raises
    ------
    ValueError
        If a parameter has an invalid value.

    References
    ----------
    .. [1] S. Mallat, "Group invariant scattering", Comm. Pure Appl. Math. 65 (2012), 1331-1398, section 2.
    """
    check_counts(length=length)
    check_counts(0, J=J)
    check_positive(T=T)
    check_choice("normalize", normalize, NORMALIZATIONS)
    T = 2**J if T is None else T
    if T < 1 or np.log2(T) % 1:
        raise ValueError(f"T={T}: Battle-Lemarie wavelets average over a power of two; expected T = 1, 2, 4, ...")
    k = np.arange(length)
    w = 2 * np.pi * k / length
    table = np.zeros(J, dtype=BANK_DTYPE)
    table["j"] = np.arange(J)
    table["xi"] = 3 / 8 / 2.0 ** table["j"]
    table["sigma"] = 1 / 8 / 2.0 ** table["j"]
    psi = tuple(compact(_wavelet(2 ** (j + 1) * w)[np.newaxis], (0,)) for j in range(J))
    bank = FilterBank((length,), psi, _spline_lowpass(length, min(T, 2**J)), table)
    phi = _spline_lowpass(length, T)
    if normalize == "tight":
        return tighten(bank, phi, overwrite=True)
    return FilterBank((length,), psi, phi, table)


def _spline_lowpass(length, T):
    half = length // 2
    k = np.arange(-((length - 1) // 2), half + 1)
    return compact(_scaling(2 * np.pi * T * k / length)[np.newaxis], (int(k[0]),))
