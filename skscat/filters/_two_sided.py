"""Banks for complex signals: each wavelet with its mirror image at negative frequencies."""

from dataclasses import replace

import numpy as np

from skscat._checks import check_choice
from skscat._core._records import Filter, FilterBank
from skscat.filters._frame import NORMALIZATIONS

# Factor of the filters. A tight bank for real signals has wavelets of twice the energy, as it leaves out one sign.
GAIN = {"tight": 0.5**0.5, "l1": 1.0}


def two_sided(bank: FilterBank, normalize: str = "tight") -> FilterBank:
    r"""Make a bank for complex signals from one for real signals: add the mirror image of each wavelet.

    In the Fourier domain, the mirror image of a wavelet, its complex conjugate in space, is
    :math:`\hat\psi(-\omega)`.

    Parameters
    ----------
    bank : FilterBank
        Bank for real signals on one or two axes, such as :func:`morlet_bank_1d`, :func:`battle_lemarie_bank_1d` and
        :func:`morlet_bank_2d` return.
    normalize : {"tight", "l1"}, default="tight"
        Normalization of ``bank``. With "tight", wavelets are divided by :math:`\sqrt2`: a tight bank for real signals
        gives the energy of both signs of a frequency to one wavelet. The Littlewood-Paley sum, and thus the low-pass
        filter, stay the same. With "l1", wavelets keep their unit l1 norm.

    Returns
    -------
    bank : FilterBank
        Bank with twice as many wavelets. On one axis, wavelet ``n + len(bank.psi)`` is the mirror image of wavelet n,
        with negative ``xi``. On two axes, wavelets are sorted by scale, then by ``theta`` from 0 to ``2 * L - 1``, and
        ``theta + L`` is the mirror image of ``theta``: ``angle`` covers all directions.

    Raises
    ------
    ValueError
        If the bank is already two-sided, or if its filters are real in space, as solid harmonics are, or have other
        fields in ``bank.table``.

    See Also
    --------
    littlewood_paley : For two-sided banks, the sum at positive and negative frequencies.

    Examples
    --------
    >>> from skscat.filters import frame_bounds, morlet_bank_1d, two_sided
    >>> bank = two_sided(morlet_bank_1d(1024, J=3))
    >>> bank.table["xi"].round(3).tolist()
    [0.357, 0.179, 0.089, 0.045, 0.03, 0.015, -0.357, -0.179, -0.089, -0.045, -0.03, -0.015]
    >>> "%.6f %.6f" % frame_bounds(bank)
    '1.000000 1.000000'
    """
    check_choice("normalize", normalize, NORMALIZATIONS)
    if bank.two_sided:
        raise ValueError("bank is two-sided already; expected a bank for real signals.")
    n, mirrored, fields = len(bank.psi), bank.table.copy(), bank.table.dtype.names or ()
    if "theta" in fields:
        per_scale = int(mirrored["theta"].max(initial=-1)) + 1
        mirrored["theta"] += per_scale
        # Angles fall as their numbers rise.
        mirrored["angle"] -= np.pi
    elif "xi" in fields and len(bank.grid) == 1:
        per_scale = n
        mirrored["xi"] *= -1
    else:
        raise ValueError(f"bank has the fields {fields}; expected one of Morlet or spline wavelets.")
    order = np.arange(2 * n).reshape(2, -1, max(per_scale, 1)).swapaxes(0, 1).ravel()
    psi = [psi._replace(values=GAIN[normalize] * psi.values) for psi in bank.psi]
    psi += [Filter(f.values.conj(), f.low, is_mirror=True) for f in (f.mirrored for f in psi)]
    table = np.concatenate([bank.table, mirrored])[order]
    return replace(bank, psi=tuple(psi[i] for i in order), table=table, two_sided=True)
