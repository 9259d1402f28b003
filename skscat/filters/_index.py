"""Filters along the index of a layer: log-frequency, octaves, angles."""

from dataclasses import replace

import numpy as np

from skscat._checks import check_choice, check_counts, check_positive, check_values
from skscat._core._records import PER_BIN, PER_OCTAVE, SIGN, Filter, FilterBank
from skscat.filters._frame import NORMALIZATIONS, to_dense
from skscat.filters._morlet_1d import SIGMA0, gaussian_lowpass_1d, make_morlet_bank


def all_pass(length: int) -> Filter:
    """Make the identity filter on a periodic axis.

    Parameters
    ----------
    length : int
        Number of samples of the axis.

    Returns
    -------
    phi : Filter
        Filter with symmetric support: for even length, both ends are the highest frequency, with value 0.5.
    """
    half = length // 2
    values = np.ones((1, 2 * half + 1))
    if length % 2 == 0:
        values[:, [0, -1]] = 0.5
    return Filter(values, (-half,))


def spin_bank_1d(
    length: int,
    J: int,
    Q: int = 1,
    F: float | None = None,
    normalize: str = "tight",
    two_sided: bool = True,
    suffix: str = "fr",
) -> FilterBank:
    r"""Make Morlet wavelets of positive and negative frequency, and their low-pass filter, for complex signals.

    Parameters
    ----------
    length : int
        Number of bins of the periodic axis.
    J : int
        Log2 of the largest scale, in bins. With 0 there are no wavelets: the only filter is the identity.
    Q : int, default=1
        Number of wavelets per octave.
    F : float, default=None
        Averaging scale of ``bank.phi``, in bins. None means ``2**J``. With ``J=0``, ``bank.phi`` is the identity
        for every F.
    normalize : {"tight", "l1"}, default="tight"
        See :func:`morlet_bank_1d`. A tight bank preserves the norm of complex signals.
    two_sided : bool, default=True
        Whether there are wavelets of negative frequency. If False, their energy is given to those of positive
        frequency.
    suffix : str, default="fr"
        Suffix of the names of the fields of ``bank.table``.

    Returns
    -------
    bank : FilterBank
        Filter 0 is the low-pass filter of the wavelets. ``bank.table`` has fields ``n_fr`` (filter index), ``j_fr``,
        ``xi_fr`` and ``sigma_fr`` (in cycles per bin) and ``spin`` (sign of the frequency; 0 for the low-pass filter).

    Raises
    ------
    ValueError
        If a parameter has an invalid value.
    """
    check_counts(length=length, Q=Q)
    check_counts(0, J=J)
    check_positive(F=F)
    check_choice("normalize", normalize, NORMALIZATIONS)
    fields = [
        (f"n_{suffix}", int),
        (f"j_{suffix}", int),
        (f"xi_{suffix}", float),
        (f"sigma_{suffix}", float),
        ("spin", int),
    ]
    units = {f"xi_{suffix}": PER_BIN, f"sigma_{suffix}": PER_BIN, "spin": SIGN}
    if J == 0:
        table = np.array([(0, 0, 0.0, 0.5, 0)], dtype=fields)
        identity = Filter(np.ones((1, length)), (0,))
        return FilterBank((length,), (identity,), all_pass(length), table, units)
    bank = make_morlet_bank(length, J, Q, None, normalize, resolved=True)
    # The filters of a tight bank for real signals carry the energy of both signs of frequency, which is split here.
    share = np.sqrt(0.5) if two_sided and normalize == "tight" else 1.0
    rising = [Filter(share * psi.values, psi.low) for psi in bank.psi]
    falling = [psi.mirrored for psi in rising] if two_sided else []
    spin = [1] * len(rising) + [-1] * len(falling)
    rows = [(0, J, 0.0, SIGMA0 / 2**J, 0)]
    for sign, row in zip(spin, bank.table[np.arange(len(spin)) % len(rising)], strict=True):
        rows.append((len(rows), row["j"], sign * row["xi"], row["sigma"], sign))
    table = np.array(rows, dtype=fields)
    phi = bank.phi if F is None else gaussian_lowpass_1d(length, F)
    return FilterBank((length,), (bank.phi, *rising, *falling), phi, table, units)


def spiral_bank(
    length: int,
    J: int,
    Q: int,
    J_oct: int,
    n_chroma: int,
    F: float | None = None,
    normalize: str = "tight",
) -> FilterBank:
    """Make wavelets on a log-frequency axis rolled up into a spiral: along the axis, and across octaves.

    Bins ``n_chroma`` apart have the same chroma. A convolution over these bins multiplies the spectrum along the axis
    by a function of ``n_chroma`` times the frequency, so that the convolutions along the axis and across octaves
    reduce to a single convolution.

    Parameters
    ----------
    length : int
        Number of bins of the periodic axis, a multiple of ``n_chroma``.
    J : int
        Log2 of the largest scale along the axis, in bins.
    Q : int
        Number of wavelets along the axis per octave of their frequency.
    J_oct : int
        Log2 of the largest scale of the wavelets across octaves, in octaves.
    n_chroma : int
        Number of bins per octave.
    F : float, default=None
        Averaging scale of ``bank.phi``, in bins. None means ``2**J``.
    normalize : {"tight", "l1"}, default="tight"
        See :func:`morlet_bank_1d`. A tight bank preserves the norm of complex signals.

    Returns
    -------
    bank : FilterBank
        ``bank.table`` has the fields of :func:`spin_bank_1d`, and ``n_oct``, ``xi_oct`` (in cycles per octave) and
        ``spin_oct`` for the filter across octaves.

    Raises
    ------
    ValueError
        If a parameter has an invalid value.

    References
    ----------
    .. [1] V. Lostanlen and S. Mallat, "Wavelet scattering on the pitch spiral", Proc. DAFx (2015).
    """
    check_counts(length=length, n_chroma=n_chroma)
    check_values(f"a multiple of n_chroma={n_chroma}", lambda n: n % n_chroma == 0, length=length)
    check_counts(0, J_oct=J_oct)
    along = spin_bank_1d(length, J, Q, F, normalize)
    across = spin_bank_1d(length // n_chroma, J_oct, 1, None, normalize, suffix="oct")
    responses = np.stack([to_dense(psi, across.grid)[0] for psi in across.psi])
    psi, rows = [], []
    for psi_along, row in zip(along.psi, along.table, strict=True):
        k = np.arange(psi_along.low[0], psi_along.high[0] + 1)
        for response, row_oct in zip(responses, across.table, strict=True):
            psi.append(Filter(psi_along.values * response[k % len(response)], psi_along.low))
            rows.append((*row.tolist(), row_oct["n_oct"], row_oct["xi_oct"], row_oct["spin"]))
    fields = [*along.table.dtype.descr, ("n_oct", int), ("xi_oct", float), ("spin_oct", int)]
    units = {**along.units, "xi_oct": PER_OCTAVE, "spin_oct": SIGN}
    return replace(along, psi=tuple(psi), table=np.array(rows, dtype=fields), units=units)
