"""Correlations of a wavelet coefficient and of moduli, complex numbers, as outputs, real numbers."""

from itertools import pairwise

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core._records import complex_dtype


def n_outputs(n_finer):
    """Number of outputs of a wavelet with ``n_finer`` wavelets of finer scale."""
    return 2 + 2 * n_finer + n_finer**2


def to_real(correlations):
    """Flatten a Hermitian matrix to real numbers: power, correlations with the signal, correlations of envelopes."""
    phase, envelope = correlations[0, 1:], correlations[1:, 1:]
    upper = [_upper(envelope, offset) for offset in (0, 1)]
    parts = [correlations[0, :1].real, phase.real, phase.imag, envelope[upper[0]].real, envelope[upper[1]].imag]
    return arrays.namespace(correlations).concatenate(parts)


def to_real_adjoint(g, size):
    """Adjoint of :func:`to_real`: a matrix whose lower triangle is zero."""
    n = size - 1
    d = arrays.zeros((size, size), complex_dtype(arrays.dtype_of(g)), g)
    ends = np.cumsum([1, n, n, n * (n + 1) // 2]).tolist()
    power, real, imag, upper, strict = (g[a:b] for a, b in pairwise([0, *ends, len(g)]))
    d[0, 0] = power[0]
    d[0, 1:] = real + 1j * imag
    envelope = d[1:, 1:]
    envelope[_upper(envelope, 0)] += upper
    envelope[_upper(envelope, 1)] += 1j * strict
    return d


def _upper(matrix, offset):
    """Return the indices of the upper triangle of a square matrix, in its library."""
    return tuple(arrays.from_numpy(indices, matrix) for indices in np.triu_indices(len(matrix), offset))
