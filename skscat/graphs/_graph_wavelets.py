"""Wavelets on graphs as polynomials of the normalized adjacency matrix, and the paths of a cascade of them."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.fft import dct

from skscat._core._paths import order_labels, path_table

# Polynomials end where the sum of all further Chebyshev coefficients is smaller than this.
TOLERANCE = 1e-12
# Points at which kernels are sampled: this many, and per root of the longest walk. Degrees are a third at most.
N_POINTS, POINTS_PER_ROOT = 64, 32


class GraphBank(NamedTuple):
    """Wavelets and a low-pass filter, for any graph.

    Parameters
    ----------
    coefficients : ndarray of shape (J + 1, degree + 1)
        Chebyshev coefficients of the low-pass filter, then of the wavelets, in the normalized adjacency matrix.
    table : structured ndarray of shape (J,)
        One row per wavelet: scale ``j``, and the eigenvalue ``peak`` of the normalized Laplacian at which its kernel
        is largest.
    frame_bounds : tuple of float
        Minimum and maximum of the sum of squares over all eigenvalues.
    """

    coefficients: np.ndarray
    table: np.ndarray
    frame_bounds: tuple


class GraphPlan(NamedTuple):
    """What is computed, for any graph.

    Parameters
    ----------
    bank : GraphBank
    paths : structured ndarray of shape (n_paths,)
        Parents before children; the children of a path are consecutive.
    labels : tuple of (str, str)
        Fields of ``paths`` in feature names, see :func:`skscat._core._paths.path_names`.
    average : {"global", "local", None}
    powers : tuple of float or None
    """

    bank: GraphBank
    paths: np.ndarray
    labels: tuple
    average: str | None
    powers: tuple | None

    def children(self, row):
        """Return the rows of the children of a path."""
        return slice(*np.searchsorted(self.paths["parent"], (row, row + 1)))

    def used(self, rows):
        """Return which rows of ``bank.coefficients`` filter the moduli of some paths, all of the same order."""
        first = 0 if self.average == "local" else 1
        is_last = self.paths["order"][rows.start] == self.paths["order"][-1]
        return slice(first, 1 if is_last else len(self.bank.coefficients))


def tight_kernels(t, J):
    """Kernels of a tight frame at the eigenvalues t of the lazy walk: low-pass, then wavelets.

    The low-pass filter of each scale is split by the cosine and the sine of one angle, so that the sum of squares
    stays one. The angle is a polynomial in t, and the kernels are entire functions: their Chebyshev coefficients decay
    faster than exponentially.
    """
    low, wavelets = np.ones_like(t), []
    for j in range(J):
        angle = np.pi / 2 * t ** (2**j)
        wavelets.append(low * np.cos(angle))
        low = low * np.sin(angle)
    return np.array([low, *wavelets])


def diffusion_kernels(t, J):
    """Kernels of diffusion wavelets, differences of powers of the lazy walk: low-pass, then wavelets."""
    walks = [np.ones_like(t), *(t ** (2**j) for j in range(J))]
    return np.array([walks[-1], *(fine - coarse for fine, coarse in pairwise(walks))])


KERNELS = {"tight": tight_kernels, "diffusion": diffusion_kernels}


def graph_bank(wavelets, J):
    """Make the wavelets of J scales of a kind in ``KERNELS``."""
    n = N_POINTS + POINTS_PER_ROOT * 2 ** (J // 2)
    # Eigenvalues of the normalized adjacency matrix, which are cosines; those of the lazy walk are between 0 and 1.
    s = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    coefficients = dct(KERNELS[wavelets]((1 + s) / 2, J), axis=1) / n
    coefficients[:, 0] /= 2
    tails = np.cumsum(np.abs(coefficients[:, ::-1]), axis=1)[:, ::-1]
    coefficients[tails < TOLERANCE] = 0
    coefficients = coefficients[:, : 1 + np.flatnonzero(coefficients.any(axis=0))[-1]]
    # The polynomials, between the points as well.
    kernels = dct(coefficients * np.where(np.arange(coefficients.shape[1]), 0.5, 1), type=1, n=4 * n + 1, axis=1)
    sums = np.sum(kernels**2, axis=0)
    table = np.zeros(J, [("j", int), ("peak", float)])
    table["j"] = np.arange(J)
    table["peak"] = 1 - np.cos(np.pi * kernels[1:].argmax(axis=1) / (4 * n))
    return GraphBank(coefficients, table, (float(sums.min()), float(sums.max())))


def graph_plan(wavelets, J, max_order, average, powers):
    """Plan a cascade in which any wavelet may follow any other.

    Graph wavelets are real. The modulus of an oscillating wavelet oscillates twice as fast, apart from its slow
    envelope: finer wavelets hold as much of its energy as coarser ones.
    """
    bank = graph_bank(wavelets, J)
    allowed = [np.ones(J, bool), *[np.ones((J, J), bool)] * (max_order - 1)][:max_order]
    paths = path_table([bank] * max_order, allowed)
    paths.setflags(write=False)
    return GraphPlan(bank, paths, order_labels(max_order, j="j"), average, powers)
