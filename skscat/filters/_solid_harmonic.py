"""Three-dimensional solid harmonic wavelets."""

from math import gamma, pi, sqrt

import numpy as np

from skscat._checks import check_choice, check_counts, check_positive, check_values, is_positive
from skscat._core._records import Filter, FilterBank
from skscat.filters._frame import NORMALIZATIONS, compact, tighten

# Filters are stored where they exceed this fraction of their peak: larger than in 1-D and 2-D, since the number of
# values grows as the cube of the width.
SOLID_THRESHOLD = 1e-4
# Standard deviation of the low-pass filter with an averaging scale of one voxel, in voxels.
LOWPASS_SIGMA = 0.4
BANK_DTYPE = [("j", int), ("l", int), ("xi", float), ("sigma", float)]


def _gain(degree):
    """Return the amplitude for which the l2 norm over all orders has unit l1 norm in space."""
    radial_integral = 2 ** ((degree + 1) / 2) * gamma((degree + 3) / 2)
    return sqrt(2) * pi / (sqrt(2 * degree + 1) * radial_integral)


def solid_harmonics(degree, z, y, x):
    """Compute real solid harmonics: spherical harmonics times the distance to the power of their degree.

    Parameters
    ----------
    degree : int
        Degree of the harmonics.
    z, y, x : ndarray
        Coordinates, broadcast against each other.

    Yields
    ------
    values : ndarray
        One of ``2 * degree + 1`` harmonics, orthonormal on the unit sphere: order zero, then two of each order.
    odd : tuple of bool
        Whether the harmonic is odd in z, in y and in x.

    Notes
    -----
    Each harmonic is the product of a polynomial of z and the squared distance, by the recurrence of associated
    Legendre functions in their degree, and the real or imaginary part of a power of ``x + iy``.
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
    """Return the integer frequencies up to ``reach`` cycles per sample on each axis, nonnegative on the first."""
    limits = [(min(n // 2, int(n * reach)), min((n - 1) // 2, int(n * reach))) for n in grid]
    limits[0] = (0, limits[0][0])
    return [np.arange(-low, high + 1) for low, high in limits]


def _radius(degree):
    """Return the distance, in bandwidths, beyond which a wavelet of a degree is below the support threshold."""
    r = np.linspace(0, 20, 2001)
    size = r**degree * np.exp(-(r**2) / 2)
    return r[np.flatnonzero(size > SOLID_THRESHOLD * size.max())[-1]] + 0.01


def _wavelet(grid, degree, sigma, radial, reach):
    """Make the solid harmonic wavelet of one degree and scale, with one component per order."""
    box = _box(grid, reach)
    axes = [k.reshape([-1 if i == axis else 1 for i in range(3)]) for axis, k in enumerate(box)]
    w = [2 * pi * sigma / n * k for n, k in zip(grid, axes, strict=True)]
    # The Fourier transform of a real function is real if the function is even, and imaginary if it is odd.
    envelope = (-1j) ** (degree % 2) * (-1) ** (degree // 2) * radial(np.sqrt(w[0] ** 2 + w[1] ** 2 + w[2] ** 2))
    values = np.empty((2 * degree + 1, *envelope.shape), complex if degree % 2 else float)
    for component, (harmonic, odd) in zip(values, solid_harmonics(degree, *w), strict=True):
        component[:] = harmonic * (envelope if degree % 2 else envelope.real)
        for axis, (n, k) in enumerate(zip(grid, box, strict=True)):
            if odd[axis]:
                # The frequency of half a cycle per sample is its own negative.
                component[(slice(None),) * axis + (2 * np.abs(k) == n,)] = 0
    return compact(values, tuple(int(k[0]) for k in box), SOLID_THRESHOLD, half=True)


def _radial(degree, power, flat):
    """Return the radial factor of a solid harmonic, as a function of the distance in bandwidths."""

    def value(r):
        # A flat wavelet keeps the value of its peak, at the square root of the power, beyond it.
        top = np.minimum(r, sqrt(power)) if flat else r
        ratio = np.divide(top, r, out=np.ones_like(r), where=r > 0)
        return _gain(degree) * ratio**degree * top ** (power - degree) * np.exp(-(top**2) / 2)

    return value


def gaussian_lowpass_3d(grid: tuple[int, ...], T: float) -> Filter:
    """Make a three-dimensional Gaussian low-pass filter.

    Parameters
    ----------
    grid : tuple of int
        Number of planes, rows and columns of the periodic grid.
    T : float
        Averaging scale, in voxels: in space, the standard deviation is 0.4 T and the full width at half maximum about
        0.94 T.

    Returns
    -------
    phi : Filter
        Filter equal to one at frequency zero.
    """
    axes = [_gaussian(n, LOWPASS_SIGMA * T) for n in grid]
    return Filter(np.einsum("i,j,k->ijk", *axes)[np.newaxis], tuple(-(len(values) // 2) for values in axes))


def _gaussian(n, sigma):
    """Return a Gaussian on the frequencies of an axis where it is not negligible, symmetric about zero."""
    reach = min(int(_radius(0) * n / (2 * pi * sigma)), (n - 1) // 2)
    return np.exp(-((2 * pi * sigma / n * np.arange(-reach, reach + 1)) ** 2) / 2)


def solid_harmonic_bank(
    grid: tuple[int, ...],
    J: int,
    L: int = 3,
    sigma_0: float = 1.0,
    T: float | None = None,
    normalize: str = "tight",
) -> FilterBank:
    r"""Make solid harmonic wavelets and a low-pass filter on a periodic three-dimensional grid.

    .. math:: \hat\psi_{j, l, m}(\omega) = c_l\, (-i)^l\, |\sigma_j \omega|^l\, e^{-|\sigma_j \omega|^2 / 2}\,
              Y_{l, m}(\omega / |\omega|), \quad \sigma_j = 2^j \sigma_0

    with real spherical harmonics. The wavelet of index ``j * (L + 1) + l`` has all orders m as components. A rotation
    of a function rotates its convolutions with the components into each other, and leaves their l2 norm over m
    unchanged.

    Parameters
    ----------
    grid : tuple of int
        Number of planes, rows and columns of the grid.
    J : int
        Number of octaves between the finest and the coarsest scale: there are ``J + 1`` scales.
    L : int, default=3
        Highest degree: there are ``L + 1`` degrees.
    sigma_0 : float, default=1.0
        Standard deviation of the finest Gaussian, in voxels.
    T : float, default=None
        Averaging scale of the low-pass filter, in voxels. In space, the filter has a full width at half maximum of
        about 0.94 T. None means the scale of the coarsest wavelets, ``sigma_0 * 2**J / 0.4``.
    normalize : {"tight", "l1"}, default="tight"
        "l1" makes the published bank: the :math:`c_l` normalize the l2 norm over m to unit l1 norm in space, the
        wavelets of degree zero are Gaussians, whose mean is not zero, and the low-pass filter is a Gaussian of
        standard deviation 0.4 T. "tight" makes wavelets of zero mean, with :math:`|\sigma_j \omega|^2` times the
        Gaussian for degree zero. The finest wavelets keep the value of their peak at all higher frequencies. All
        filters are divided by the square root of the Littlewood-Paley sum: the bank preserves the norm of real
        functions (with T longer than its default it is only nonexpansive).

    Returns
    -------
    bank : FilterBank
        ``bank.table`` has fields ``j``, ``l`` (degree), ``xi`` (frequency of the peak) and ``sigma`` (bandwidth of the
        Gaussian), in cycles per voxel. Filters of degree l have ``2 * l + 1`` components.

    Raises
    ------
    ValueError
        If a parameter has an invalid value.

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
    return tighten(bank, gaussian_lowpass_3d(grid, T), overwrite=True)
