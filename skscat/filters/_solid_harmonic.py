"""Solid harmonic wavelets in space."""

from math import gamma, pi, sqrt

import numpy as np

from skscat._checks import check_choice, check_counts, check_positive, check_values, is_positive
from skscat._core._records import Filter, FilterBank
from skscat.filters._frame import NORMALIZATIONS, compact, tighten

# Filters are cut where they are below this share of their peak: higher than elsewhere, for boxes grow as the cube.
SOLID_THRESHOLD = 1e-4
# Standard deviation of a low-pass filter that averages over one voxel.
LOWPASS_SIGMA = 0.4
BANK_DTYPE = [("j", int), ("l", int), ("xi", float), ("sigma", float)]


def _gain(degree):
    """Amplitude for which the root of the sum of squares over all orders has unit l1 norm in space."""
    radial_integral = 2 ** ((degree + 1) / 2) * gamma((degree + 3) / 2)
    return sqrt(2) * pi / (sqrt(2 * degree + 1) * radial_integral)


def solid_harmonics(degree, z, y, x):
    """Real solid harmonics, spherical harmonics times the distance to the power of their degree.

    Parameters
    ----------
    degree : int
    z, y, x : ndarray
        Coordinates, broadcast against each other.

    Yields
    ------
    values : ndarray
        One of ``2 * degree + 1``, orthonormal on the unit sphere: order zero, then two of each order.
    odd : tuple of bool
        Whether it changes sign with z, with y and with x.

    Notes
    -----
    Each is a polynomial of z and of the squared distance, by the recurrence of associated Legendre functions in their
    degree, times the real or imaginary part of a power of ``x + iy``.
    """
    square = z**2 + y**2 + x**2
    plane, rotated = x + 1j * y, 1.0
    start = sqrt(1 / (4 * pi))
    for m in range(degree + 1):
        if m:
            start *= sqrt((2 * m + 1) / (2 * m)) * (sqrt(2) if m == 1 else 1)
            rotated = rotated * plane
        below, polynomial = 0.0, start
        for n in range(m + 1, degree + 1):
            a = sqrt((4 * n**2 - 1) / (n**2 - m**2))
            b = sqrt(((n - 1) ** 2 - m**2) / (4 * (n - 1) ** 2 - 1))
            below, polynomial = polynomial, a * (z * polynomial - b * square * below)
        z_odd = (degree - m) % 2 == 1
        yield polynomial * np.real(rotated), (z_odd, False, m % 2 == 1)
        if m:
            yield polynomial * np.imag(rotated), (z_odd, True, m % 2 == 0)


def _box(grid, reach):
    """Integer frequencies within a reach, in cycles per sample, per axis; those of the first are not negative."""
    limits = [(min(n // 2, int(n * reach)), min((n - 1) // 2, int(n * reach))) for n in grid]
    limits[0] = (0, limits[0][0])
    return [np.arange(-low, high + 1) for low, high in limits]


def _radius(degree):
    """Distance, in bandwidths, beyond which a wavelet of a degree is below the threshold of supports."""
    r = np.linspace(0, 20, 2001)
    size = r**degree * np.exp(-(r**2) / 2)
    return r[np.flatnonzero(size > SOLID_THRESHOLD * size.max())[-1]] + 0.01


def _wavelet(grid, degree, sigma, radial, reach):
    """Solid harmonic wavelets of one degree and scale, of all orders: a group."""
    box = _box(grid, reach)
    axes = [k.reshape([-1 if i == axis else 1 for i in range(3)]) for axis, k in enumerate(box)]
    w = [2 * pi * sigma / n * k for n, k in zip(grid, axes, strict=True)]
    # The Fourier transform of a real function is real if the function is even, and imaginary if it is odd.
    envelope = (-1j) ** (degree % 2) * (-1) ** (degree // 2) * radial(np.sqrt(w[0] ** 2 + w[1] ** 2 + w[2] ** 2))
    values = np.empty((2 * degree + 1, *envelope.shape), complex if degree % 2 else float)
    for member, (harmonic, odd) in zip(values, solid_harmonics(degree, *w), strict=True):
        member[:] = harmonic * (envelope if degree % 2 else envelope.real)
        for axis, (n, k) in enumerate(zip(grid, box, strict=True)):
            if odd[axis]:
                # Frequency one half is its own negative.
                member[(slice(None),) * axis + (2 * np.abs(k) == n,)] = 0
    return compact(values, tuple(int(k[0]) for k in box), SOLID_THRESHOLD, half=True)


def _radial(degree, power, flat):
    """What a solid harmonic of a degree is multiplied by, as a function of the distance in bandwidths."""

    def value(r):
        # Beyond its peak, at the root of the power, a flat wavelet stays as it is.
        top = np.minimum(r, sqrt(power)) if flat else r
        ratio = np.divide(top, r, out=np.ones_like(r), where=r > 0)
        return _gain(degree) * ratio**degree * top ** (power - degree) * np.exp(-(top**2) / 2)

    return value


def gaussian_lowpass_3d(grid, T):
    """Gaussian low-pass filter in space.

    Parameters
    ----------
    grid : tuple of int
        Planes, rows and columns of the periodic grid.
    T : float
        Averaging scale, in voxels; the standard deviation in space is 0.4 T.

    Returns
    -------
    phi : Filter
        Equal to one at frequency zero.
    """
    axes = [_gaussian(n, LOWPASS_SIGMA * T) for n in grid]
    return Filter(np.einsum("i,j,k->ijk", *axes)[np.newaxis], tuple(-(len(values) // 2) for values in axes))


def _gaussian(n, sigma):
    """Gaussian on the frequencies of an axis where it is not negligible, symmetric about zero."""
    reach = min(int(_radius(0) * n / (2 * pi * sigma)), (n - 1) // 2)
    return np.exp(-((2 * pi * sigma / n * np.arange(-reach, reach + 1)) ** 2) / 2)


def solid_harmonic_bank(grid, J, L=3, sigma_0=1.0, T=None, normalize="tight"):
    r"""Solid harmonic wavelets and a Gaussian low-pass filter on a periodic grid in space.

    .. math:: \hat\psi_{j, l, m}(\omega) = c_l\, (-i)^l\, |\sigma_j \omega|^l\, e^{-|\sigma_j \omega|^2 / 2}\,
              Y_{l, m}(\omega / |\omega|), \quad \sigma_j = 2^j \sigma_0

    with real spherical harmonics. Wavelet number ``j * (L + 1) + l`` is the group of all orders m, whose convolutions
    with a function rotate into each other when the function is rotated: pooled by L2 they do not change.

    Parameters
    ----------
    grid : tuple of int
        Planes, rows and columns of the grid.
    J : int
        Octaves between the finest and the coarsest scale: there are ``J + 1``.
    L : int, default=3
        Highest degree: there are ``L + 1``.
    sigma_0 : float, default=1.0
        Standard deviation of the finest Gaussian, in voxels.
    T : float, default=None
        Averaging scale of the low-pass filter, a Gaussian of standard deviation 0.4 T. None takes the coarsest of
        the wavelets, ``sigma_0 * 2**J / 0.4``.
    normalize : {"tight", "l1"}, default="tight"
        "l1" gives the published bank: the :math:`c_l` make the root of the sum of squares over m of unit l1 norm in
        space, and degree zero is a Gaussian, which averages. "tight" makes wavelets of zero mean,
        :math:`|\sigma_j \omega|^2` times the Gaussian in degree zero, lets the finest ones keep the value of their
        peak at all higher frequencies, then divides all filters by the root of the Littlewood-Paley sum: the bank
        keeps the norm of real functions (contracts it if T is longer than its default).

    Returns
    -------
    bank : FilterBank
        ``bank.table`` has fields ``j``, ``l`` (degree), ``xi`` (frequency of the peak) and ``sigma`` (bandwidth of the
        Gaussian), in cycles per voxel. Groups have ``2 * l + 1`` members.

    Raises
    ------
    ValueError
        If a parameter is not as documented.

    References
    ----------
    .. [1] M. Eickenberg, G. Exarchakis, M. Hirn and S. Mallat, "Solid harmonic wavelet scattering: predicting quantum
           molecular energy from invariant descriptors of 3D electronic densities", NeurIPS (2017), equation 3.
    .. [2] Kymatio 0.3, ``scattering3d.filter_bank``: the constants of the published bank.

    Examples
    --------
    >>> from skscat.filters import frame_bounds, solid_harmonic_bank
    >>> bank = solid_harmonic_bank((16, 16, 16), J=1, L=2)
    >>> [len(psi.values) for psi in bank.psi], "%.6f %.6f" % frame_bounds(bank)
    ([1, 3, 5, 1, 3, 5], '1.000000 1.000000')
    """
    check_counts(0, J=J, L=L)
    check_values("a positive number", is_positive, sigma_0=sigma_0)
    check_positive(T=T)
    check_choice("normalize", normalize, NORMALIZATIONS)
    grid, tight = tuple(grid), normalize == "tight"
    longest = sigma_0 * 2**J / LOWPASS_SIGMA
    T = longest if T is None else T
    table = np.zeros((J + 1) * (L + 1), dtype=BANK_DTYPE)
    psi = []
    for n in range(len(table)):
        j, degree = divmod(n, L + 1)
        sigma = sigma_0 * 2**j
        power = 2 if tight and degree == 0 else degree
        table[n] = (j, degree, sqrt(power) / (2 * pi * sigma), 1 / (2 * pi * sigma))
        flat = tight and j == 0
        reach = 0.5 if flat else _radius(power) / (2 * pi * sigma)
        psi.append(_wavelet(grid, degree, sigma, _radial(degree, power, flat), reach))
    if not tight:
        return FilterBank(grid, tuple(psi), gaussian_lowpass_3d(grid, T), table)
    bank = FilterBank(grid, tuple(psi), gaussian_lowpass_3d(grid, min(T, longest)), table)
    return tighten(bank, gaussian_lowpass_3d(grid, T))
