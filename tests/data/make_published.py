"""Write published.npz: coefficients of the published package's filters on a periodic grid, at full resolution.

Needs kymatio 0.3.0 (and, for SciPy >= 1.17, the alias of ``sph_harm`` below). Every convolution is made at full
resolution in double precision, and decimated at the end: what is published is the filters and the paths, not the
errors of a particular subsampling. Run as ``python make_published.py``.
"""

from pathlib import Path

import numpy as np
import scipy.special

if not hasattr(scipy.special, "sph_harm"):
    scipy.special.sph_harm = lambda m, n, theta, phi: scipy.special.sph_harm_y(n, m, phi, theta)

from kymatio.scattering1d.filter_bank import (
    compute_sigma_psi,
    compute_xi_max,
    gauss_1d,
    get_max_dyadic_subsampling,
    morlet_1d,
)
from kymatio.scattering2d.filter_bank import filter_bank as filter_bank_2d
from kymatio.scattering3d.filter_bank import solid_harmonic_filter_bank


def ladder(J, Q):
    """Centre frequencies and bandwidths of the published ladder, from its own functions."""
    sigma_min, xi = 0.1 / 2**J, compute_xi_max(Q)
    sigma = compute_sigma_psi(xi, Q, r=np.sqrt(0.5))
    out = [(xi, sigma)]
    while sigma > sigma_min * 2 ** (1 / Q):
        xi, sigma = xi / 2 ** (1 / Q), sigma / 2 ** (1 / Q)
        out.append((xi, sigma))
    return out + [(xi - q * xi / Q, sigma_min) for q in range(1, Q)]


def smooth(u, phi_hat, stride):
    axes = tuple(range(1, 1 + phi_hat.ndim))
    s = np.fft.ifftn(np.fft.fftn(u, axes=axes) * phi_hat, axes=axes).real
    return s[(slice(None), *(slice(None, None, stride),) * phi_hat.ndim)]


def modulus(u, psi_hat):
    axes = tuple(range(1, 1 + psi_hat.ndim))
    return np.abs(np.fft.ifftn(np.fft.fftn(u, axes=axes) * psi_hat, axes=axes))


def cascade(x, first, second, phi_hat, stride, follows):
    """Coefficients and filter numbers of orders 0, 1 and 2."""
    s, n = [smooth(x, phi_hat, stride)], [(-1, -1)]
    u1 = [modulus(x, psi) for psi in first]
    for a, u in enumerate(u1):
        s.append(smooth(u, phi_hat, stride))
        n.append((a, -1))
    for a, u in enumerate(u1):
        for b, psi in enumerate(second):
            if follows(a, b):
                s.append(smooth(modulus(u, psi), phi_hat, stride))
                n.append((a, b))
    return np.stack(s, axis=1), np.array(n)


def published_1d(name, x, J, Q):
    N = x.shape[1]
    banks = [ladder(J, Q), ladder(J, 1)]
    psi = [[morlet_1d(N, xi, sigma) for xi, sigma in bank] for bank in banks]
    j = [[get_max_dyadic_subsampling(xi, sigma, alpha=5.0) for xi, sigma in bank] for bank in banks]
    phi = gauss_1d(N, 0.1 / 2**J)
    S, n = cascade(x, *psi, phi, 2**J, lambda a, b: j[1][b] > j[0][a])
    columns = {"xi": 0, "sigma": 1}
    out = {f"{name}_x": x, f"{name}_S": S, f"{name}_n": n, f"{name}_J": J, f"{name}_Q": Q}
    for key, column in columns.items():
        out[f"{name}_{key}"] = [[banks[m][i][column] if i >= 0 else np.nan for m, i in enumerate(row)] for row in n]
    return out


def published_2d(name, x, J, L):
    bank = filter_bank_2d(*x.shape[1:], J, L)
    psi = [np.asarray(psi["levels"][0]).real.squeeze() for psi in bank["psi"]]
    phi = np.asarray(bank["phi"]["levels"][0]).real.squeeze()
    j, theta = (np.array([psi[key] for psi in bank["psi"]]) for key in ("j", "theta"))
    S, n = cascade(x, psi, psi, phi, 2**J, lambda a, b: j[b] > j[a])
    return {
        f"{name}_x": x,
        f"{name}_S": S,
        f"{name}_J": J,
        f"{name}_L": L,
        f"{name}_j": np.where(n < 0, -1, j[n]),
        f"{name}_theta": np.where(n < 0, -1, theta[n]),
    }


def published_3d(name, x, J, L, sigma_0, powers):
    """Integrals of shape (n, scales or pairs of scales, degrees, powers)."""
    bank = solid_harmonic_filter_bank(*x.shape[1:], J, L, sigma_0)

    def pooled(u, j, degree):
        return np.sqrt(sum(modulus(u, psi) ** 2 for psi in np.asarray(bank[degree][j])))

    j = [(a, -1) for a in range(J + 1)] + [(a, b) for a in range(J + 1) for b in range(a + 1, J + 1)]
    S = np.empty((len(x), len(j), L + 1, len(powers)))
    for row, (a, b) in enumerate(j):
        for degree in range(L + 1):
            u = pooled(x, a, degree)
            u = u if b < 0 else pooled(u, b, degree)
            S[:, row, degree] = np.stack([(u**p).sum(axis=(1, 2, 3)) for p in powers], axis=-1)
    arrays = {"x": x, "S": S, "J": J, "L": L, "sigma_0": sigma_0, "powers": powers, "j": j}
    return {f"{name}_{key}": value for key, value in arrays.items()}


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    arrays = {
        **published_1d("q8", rng.standard_normal((2, 1024)), J=6, Q=8),
        **published_1d("q1", rng.standard_normal((2, 1024)), J=5, Q=1),
        **published_2d("image", rng.standard_normal((2, 32, 32)), J=3, L=8),
        # Eighths of whole numbers compress well; wavelets on sides of odd length have their origin beside it.
        **published_3d("volume", np.round(8 * rng.standard_normal((1, 18, 16, 20))) / 8, 2, 3, 1.0, (0.5, 1, 2, 3)),
    }
    np.savez_compressed(Path(__file__).parent / "published.npz", **arrays)
