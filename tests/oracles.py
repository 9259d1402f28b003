"""Slow, obvious reference implementations. Nothing here imports skscat."""

import numpy as np


def periodic_convolution(x, h):
    """Convolve x (..., *grid) with h (*grid) on a periodic grid by definition: O(n^2) in the number of points."""
    out = np.zeros(x.shape, dtype=complex)
    for shift in np.ndindex(h.shape):
        out += h[shift] * np.roll(x, shift, axis=tuple(range(-h.ndim, 0)))
    return out


def time_domain(h_hat):
    """Impulse response of a dense Fourier-domain filter, by the definition of the inverse DFT."""
    n = h_hat.shape
    out = h_hat.astype(complex)
    for axis, length in enumerate(n):
        k = np.arange(length)
        matrix = np.exp(2j * np.pi * np.outer(k, k) / length) / length
        out = np.moveaxis(np.tensordot(matrix, out, axes=(1, axis)), 0, axis)
    return out


def scatter(x, psi_hats, phi_hats, paths):
    """Scattering of one signal at full resolution on its periodic grid, by nested loops over the paths.

    ``psi_hats[m][n]`` and ``phi_hats[m]`` are dense Fourier-domain filters of order m + 1; ``paths`` lists the filter
    numbers of each path.
    """
    out = []
    for path in paths:
        u = x
        for order, n in enumerate(path):
            u = np.abs(periodic_convolution(u, time_domain(psi_hats[order][n])))
        phi = phi_hats[min(len(path), len(phi_hats) - 1)]
        out.append(periodic_convolution(u, time_domain(phi)).real)
    return np.array(out)


def pad(x, left, total, mode):
    """Extend a vector cell by cell."""
    n = len(x)
    out = np.zeros(total)
    for i in range(total):
        k = i - left
        if mode == "constant":
            out[i] = x[k] if 0 <= k < n else 0
        elif mode == "edge":
            out[i] = x[min(max(k, 0), n - 1)]
        elif mode == "periodic":
            out[i] = x[k % n]
        else:
            k %= 2 * n
            out[i] = x[min(k, 2 * n - 1 - k)]
    return out


def numerical_gradient(function, x, step=1e-6):
    """Gradient of a scalar function by central differences."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        delta = np.zeros_like(x)
        delta[index] = step
        gradient[index] = (function(x + delta) - function(x - delta)) / (2 * step)
    return gradient


def joint(moduli, filters, lift, conjugated, index_filters):
    """Joint convolution of moduli (n, *grid) by definition: along the grid, then along their index, then the modulus.

    ``filters`` are dense Fourier-domain filters, one a member; ``lift`` says which member fills a cell of the index
    axis (-1: none), ``conjugated`` which cells hold its conjugate; ``index_filters`` are dense Fourier-domain
    filters, each of which gives a result.
    """
    z = [periodic_convolution(u, time_domain(h)) for u, h in zip(moduli, filters, strict=False)]
    axis = np.zeros((len(lift), *moduli[0].shape), dtype=complex)
    for cell, member in enumerate(lift):
        if 0 <= member < len(z):
            axis[cell] = np.conj(z[member]) if conjugated[cell] else z[member]
    lags = (np.arange(len(lift))[:, np.newaxis] - np.arange(len(lift))) % len(lift)
    return [np.abs(np.tensordot(time_domain(h)[lags], axis, axes=1)) for h in index_filters]


def isotropic_energy(charges, positions, scale, smooth=12, points=4000):
    """Energy of point charges in space on which an isotropic wavelet acts, ``scale ** 2 * norm(rho * psi) ** 2``.

    An integral over frequencies of ``abs(rho_hat) ** 2 * w ** 4 * exp(-w ** 2) / (2 * pi) ** 3``, directions being
    averaged pair by pair.
    """
    w = np.linspace(0, smooth, points) / scale
    total = np.zeros(points)
    for zk, rk in zip(charges, positions, strict=True):
        for zl, rl in zip(charges, positions, strict=True):
            total += zk * zl * np.sinc(w * np.linalg.norm(rk - rl) / np.pi)
    spectrum = (scale * w) ** 4 * np.exp(-((scale * w) ** 2))
    return scale**2 * np.trapezoid(4 * np.pi * w**2 * spectrum * total, w) / (2 * np.pi) ** 3


def wavelet_integrals(rho, psi_hats, power):
    """Integrals of powers of moduli of one density, by dense filters of any number: sums over the periodic grid."""
    return [np.sum(np.abs(periodic_convolution(rho, time_domain(h))) ** power) for h in psi_hats]


def circle_means(rho, n_radii):
    """Means of the modulus of a spectrum, and of its square, near circles: frequency by frequency."""
    n = rho.shape
    x = [np.arange(m) for m in n]
    sums, squares, weights = np.zeros((3, n_radii + 1))
    for k in np.ndindex(n):
        centred = [a if a <= m / 2 else a - m for a, m in zip(k, n, strict=True)]
        wave = np.ones(())
        for a, m, u in zip(k, n, x, strict=True):
            wave = np.multiply.outer(wave, np.exp(-2j * np.pi * a * u / m))
        modulus = np.abs(np.sum(rho * wave))
        radius = max(n) * np.sqrt(sum((a / m) ** 2 for a, m in zip(centred, n, strict=True)))
        for r in range(n_radii):
            weight = max(0, 1 - abs(radius - r))
            sums[r] += weight * modulus
            squares[r] += weight * modulus**2
            weights[r] += weight
    return sums[:n_radii] / weights[:n_radii], squares[:n_radii] / weights[:n_radii]
