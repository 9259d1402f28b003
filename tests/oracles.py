"""Slow, obvious reference implementations. Nothing here imports skscat."""

from math import factorial, pi, prod, sqrt

import numpy as np
from scipy.integrate import trapezoid
from scipy.special import lpmv


def periodic_convolution(x, h):
    """Convolve x (..., *grid) with h (*grid) on a periodic grid by definition: O(n^2) in the number of points."""
    if h.ndim == 1:
        lag = np.arange(len(h)) - np.arange(len(h))[:, np.newaxis]
        return x.astype(complex) @ h[lag % len(h)]
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
    """Scattering of one signal at full resolution on its periodic grid, path by path.

    ``psi_hats[m][n]`` and ``phi_hats[m]`` are dense Fourier-domain filters of order m + 1; ``paths`` lists the filter
    numbers of each path, each after the path that it extends. Of a complex signal, the average is a modulus.
    """
    out = []
    moduli = {(): x}
    for path in map(tuple, paths):
        if path:
            psi = time_domain(psi_hats[len(path) - 1][path[-1]])
            moduli[path] = np.abs(periodic_convolution(moduli[path[:-1]], psi))
        phi = phi_hats[min(len(path), len(phi_hats) - 1)]
        average = periodic_convolution(moduli[path], time_domain(phi))
        out.append(np.abs(average) if np.iscomplexobj(moduli[path]) else average.real)
    return np.array(out)


def correlations(x, psi_hats, paths):
    """Correlations of wavelet coefficients and envelopes of the channels of x (channels, *grid), path by path.

    A path is ``(channel1, channel2, n1, n2, n3)``, with -1 for the signal itself, see ``ScatteringSpectra.paths_``.
    """
    psis = [time_domain(psi) for psi in psi_hats]
    w = [[periodic_convolution(channel, psi) for psi in psis] for channel in x]
    sigma = [[np.sqrt(np.mean(np.abs(of_wavelet) ** 2)) for of_wavelet in of_channel] for of_channel in w]

    def factor(c, k, m):
        return w[c][m] / sigma[c][m] if k < 0 else periodic_convolution(np.abs(w[c][k]), psis[m]) / sigma[c][k]

    return np.array([np.mean(factor(a, k, m) * factor(b, n, m).conj()) for a, b, k, n, m in paths])


def pad(x, left, total, mode):
    """Extend a vector sample by sample."""
    n = len(x)
    out = np.zeros(total, np.result_type(x, float))
    for i in range(total):
        k = i - left
        if mode == "constant":
            out[i] = x[k] if 0 <= k < n else 0
        elif mode == "edge":
            out[i] = x[min(max(k, 0), n - 1)]
        elif mode == "wrap":
            out[i] = x[k % n]
        elif mode == "symmetric":
            k %= 2 * n
            out[i] = x[min(k, 2 * n - 1 - k)]
        else:
            k %= max(2 * (n - 1), 1)
            out[i] = x[min(k, 2 * (n - 1) - k)]
    return out


def pad_axis(x, axis, left, total, mode):
    """Extend an array along one axis, vector by vector."""
    return np.apply_along_axis(pad, axis, x, left, total, mode)


def numerical_gradient(function, x, step=1e-6):
    """Gradient at x of a scalar function by central differences; it is called with a batch of points."""
    steps = step * np.eye(x.size).reshape(x.size, *x.shape)
    return (function(x + steps) - function(x - steps)).reshape(x.shape) / (2 * step)


def joint(moduli, filters, lift, conjugated, index_filters):
    """Joint convolution of moduli (n, *grid) by definition: along the grid, then along their index, then the modulus.

    ``filters`` are dense Fourier-domain filters, one per member; ``lift`` says which member fills a sample of the
    index axis (-1: none), ``conjugated`` which samples hold its conjugate; ``index_filters`` are dense Fourier-domain
    filters, each of which gives a result.
    """
    z = [periodic_convolution(u, time_domain(h)) for u, h in zip(moduli, filters, strict=False)]
    axis = np.zeros((len(lift), *moduli[0].shape), dtype=complex)
    for sample, member in enumerate(lift):
        if 0 <= member < len(z):
            axis[sample] = np.conj(z[member]) if conjugated[sample] else z[member]
    lags = (np.arange(len(lift))[:, np.newaxis] - np.arange(len(lift))) % len(lift)
    return [np.abs(np.tensordot(time_domain(h)[lags], axis, axes=1)) for h in index_filters]


def spherical_harmonic(degree, order, polar, azimuth):
    """Spherical harmonics; SciPy has them under different names from version to version."""
    m = abs(order)
    norm = sqrt((2 * degree + 1) / (4 * pi) * factorial(degree - m) / factorial(degree + m))
    positive = norm * lpmv(m, degree, np.cos(polar)) * np.exp(1j * m * azimuth)
    return positive if order >= 0 else (-1) ** m * positive.conj()


def solid_harmonics(grid, degree, sigma, images=2):
    """Published solid harmonic wavelets in space, of all orders, summed over periodic images: (2 l + 1, *grid)."""
    out = np.zeros((2 * degree + 1, *grid), dtype=complex)
    if degree % 2 == 0:
        norm = 1 / (2 * pi * sqrt(degree + 0.5) * prod(range(degree + 1, 0, -2)))
    else:
        norm = 1 / (2 ** ((degree + 3) / 2) * sqrt(pi * (2 * degree + 1)) * factorial((degree + 1) // 2))
    for image in np.ndindex(*(2 * images + 1,) * 3):
        z, y, x = np.meshgrid(
            *(np.arange(n) + n * (i - images) for n, i in zip(grid, image, strict=True)), indexing="ij"
        )
        r = np.sqrt(z**2 + y**2 + x**2)
        polar = np.arccos(np.divide(z, r, out=np.ones(grid), where=r > 0))
        radial = norm * sigma**-3 * (r / sigma) ** degree * np.exp(-((r / sigma) ** 2) / 2)
        for i, m in enumerate(range(-degree, degree + 1)):
            out[i] += radial * spherical_harmonic(degree, m, polar, np.arctan2(y, x))
    return out


def pooled_modulus(x, components):
    """Root of the sum over the components of a filter, given in space, of squared convolutions with x."""
    return np.sqrt(sum(np.abs(periodic_convolution(x, h)) ** 2 for h in components))


def haar(x, pairings):
    """Haar scattering of one signal by its recursion: coefficients of each node of the last layer, one list per node.

    Bit j of the position in a list says whether layer j + 1 took the difference.
    """
    nodes = [[value] for value in x]
    for pairs in pairings:
        above = []
        for a, b in pairs:
            left = [0.0] * len(nodes[0]) if a == -1 else nodes[a]
            right = [0.0] * len(nodes[0]) if b == -1 else nodes[b]
            sums = [u + v for u, v in zip(left, right, strict=True)]
            above.append(sums + [abs(u - v) for u, v in zip(left, right, strict=True)])
        nodes = above
    return nodes


def perfect_matchings(nodes):
    """All ways to pair an even number of nodes."""
    if not nodes:
        yield []
        return
    first, *rest = nodes
    for k, partner in enumerate(rest):
        for others in perfect_matchings(rest[:k] + rest[k + 1 :]):
            yield [(first, partner), *others]


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
    return scale**2 * trapezoid(4 * np.pi * w**2 * spectrum * total, w) / (2 * np.pi) ** 3


def wavelet_integrals(rho, psi_hats, power):
    """Integrals of powers of moduli of one density, by dense filters of any number: sums over the periodic grid."""
    return [np.sum(np.abs(periodic_convolution(rho, time_domain(h))) ** power) for h in psi_hats]


def circle_means(rho, n_radii):
    """Means of the modulus of a spectrum, and of its square, near circles: frequency by frequency."""
    n = rho.shape
    x = [np.arange(m) for m in n]
    sums, squares, weights = np.zeros((3, n_radii + 1))
    for k in np.ndindex(n):
        centered = [a if a <= m / 2 else a - m for a, m in zip(k, n, strict=True)]
        wave = np.ones(())
        for a, m, u in zip(k, n, x, strict=True):
            wave = np.multiply.outer(wave, np.exp(-2j * np.pi * a * u / m))
        modulus = np.abs(np.sum(rho * wave))
        radius = max(n) * np.sqrt(sum((a / m) ** 2 for a, m in zip(centered, n, strict=True)))
        for r in range(n_radii):
            weight = max(0, 1 - abs(radius - r))
            sums[r] += weight * modulus
            squares[r] += weight * modulus**2
            weights[r] += weight
    return sums[:n_radii] / weights[:n_radii], squares[:n_radii] / weights[:n_radii]


def bridge(x, missing):
    """Fill the missing samples of one signal by averages of the others, over larger and larger neighborhoods.

    Returns the signal, and the standard deviation of each neighborhood with its share in every sample.
    """
    filled, rest, parts, scale = np.where(missing, 0.0, x), missing.astype(float), [(0.0, 1.0 - missing)], 0.5
    while rest.any():
        share, total = (_mirrored_average(v, scale) for v in (1.0 - missing, np.where(missing, 0.0, x)))
        shares = np.zeros(x.shape)
        for i in map(tuple, np.argwhere(rest > 0)):
            part = 1.0 if scale > max(x.shape) else min(1.0, share[i] / 0.25)
            if part >= 1e-6:
                filled[i] += rest[i] * part * total[i] / share[i]
                shares[i] = rest[i] * part
                rest[i] *= 1 - part
        # The last neighborhood is the whole signal.
        parts.append((100.0 * max(x.shape) if scale > max(x.shape) else scale, shares))
        scale *= 2
    return filled, parts


def _mirrored_average(x, scale):
    """Convolve a signal, mirrored at its boundaries, with a Gaussian of unit sum: the mean if it is wider than x."""
    if scale > max(x.shape):
        return np.full(x.shape, x.mean())
    mirrored, squares = x, 0.0
    for axis, n in enumerate(x.shape):
        mirrored = np.concatenate([mirrored, np.flip(mirrored, axis)], axis)
        squares = np.add.outer(squares, (2 * np.pi * np.fft.fftfreq(2 * n)) ** 2)
    h = time_domain(np.exp(-0.5 * scale**2 * squares))
    return periodic_convolution(mirrored, h).real[tuple(slice(n) for n in x.shape)]


def scatter_with_gaps(x, parts, wavelets, phi_hats, paths):
    """Scattering of one bridged signal with weights, at full resolution on its periodic grid, and the coverage.

    ``parts`` are those of :func:`bridge`. ``wavelets[m][n]`` holds a dense Fourier-domain
    filter, its center frequency in cycles per sample, and the covariance of the Gaussian that is its envelope in the
    Fourier domain.
    """
    u, w, v = {(): x}, {(): parts[0][1]}, {(): x}
    s, coverage = [], []
    for path in map(tuple, paths):
        if path:
            psi_hat, xi, covariance = wavelets[len(path) - 1][path[-1]]
            parent, tolerance = path[:-1], 0.5 if path[:-1] else 0.1
            seen, seen_energy = w[parent], w[parent] ** 2
            if not parent:
                seen = sum(np.exp(-0.5 * (scale * xi / 0.2) ** 2) * shares for scale, shares in parts)
                seen_energy = sum(np.exp(-((scale * xi / 0.2) ** 2)) * shares for scale, shares in parts)
            k = np.stack(np.meshgrid(*[np.fft.fftfreq(n, 1 / n) for n in x.shape], indexing="ij"), axis=-1)
            envelope = time_domain(np.exp(-0.5 * np.sum((k @ np.linalg.inv(covariance)) * k, axis=-1)))
            share, energy = (periodic_convolution(a, envelope).real for a in (seen, seen_energy))
            w[path] = np.clip(1 - (1 - share) / tolerance, 0, 1)
            u[path] = np.abs(periodic_convolution(v[parent], time_domain(psi_hat)))
            u[path] /= np.sqrt(np.clip(energy, (1 - tolerance) ** 2, 1))
            total = w[path].sum()
            v[path] = w[path] * u[path] + (1 - w[path]) * ((w[path] * u[path]).sum() / total if total else 0)
        phi = time_domain(phi_hats[min(len(path), len(phi_hats) - 1)])
        coverage.append(periodic_convolution(w[path], phi).real)
        s.append(periodic_convolution(w[path] * u[path], phi).real / coverage[-1])
    return np.array(s), np.array(coverage)


def graph_kernels(walk, J, wavelets):
    """Kernels of J graph wavelets, and of their low-pass filter, at eigenvalues of the lazy walk."""
    if wavelets == "diffusion":
        low = [np.ones_like(walk), *(walk ** (2**j) for j in range(J))]
        return [low[j] - low[j + 1] for j in range(J)], low[J]
    low, psi = 1.0, []
    for j in range(J):
        psi.append(low * np.cos(pi / 2 * walk ** (2**j)))
        low = low * np.sin(pi / 2 * walk ** (2**j))
    return psi, low


def graph_scatter(x, adjacency, J, max_order, wavelets, average, powers):
    """Scattering of one signal on a graph, by its eigenvectors: (n_paths, n_powers), or (n_paths, n_nodes)."""
    n = len(x)
    walk = np.zeros((n, n))
    degree = [sum(adjacency[i, k] for k in range(n) if k != i) for i in range(n)]
    for i in range(n):
        for k in range(n):
            if i == k:
                walk[i, i] = 0.5 if degree[i] else 1
            elif adjacency[i, k]:
                walk[i, k] = adjacency[i, k] / sqrt(degree[i] * degree[k]) / 2
    values, vectors = np.linalg.eigh(walk)
    psi, low = graph_kernels(np.clip(values, 0, 1), J, wavelets)
    layer, moduli = [x], [x]
    for _ in range(max_order):
        layer = [np.abs(vectors @ (kernel * (vectors.T @ u))) for u in layer for kernel in psi]
        moduli += layer
    if average == "global":
        return np.array([[np.mean(np.abs(u) ** p) for p in powers] for u in moduli])
    if average is None:
        return np.array(moduli)
    return np.array([vectors @ (low * (vectors.T @ u)) for u in moduli])
