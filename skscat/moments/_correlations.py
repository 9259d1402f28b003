"""Which correlations of wavelet coefficients and of envelopes, complex numbers, are outputs, real numbers."""

from typing import NamedTuple

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core._records import complex_dtype

# Kinds of outputs.
SPARSITY, SPECTRUM, PHASE, ENVELOPE = range(4)


class Entries(NamedTuple):
    """Real numbers taken from matrices of correlations, whose row and column 0 are those of the signal.

    Parameters
    ----------
    size : int
        Number of rows.
    kinds : ndarray of int of shape (n_entries,)
    rows, columns : ndarray of int of shape (n_entries,)
    imaginary : ndarray of bool of shape (n_entries,)
        Whether the entry is an imaginary part.
    conjugated : ndarray of bool of shape (n_entries,)
        Whether the entry is taken from the conjugate: that of an envelope in a row with the signal in column 0.
    """

    size: int
    kinds: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    imaginary: np.ndarray
    conjugated: np.ndarray

    def of(self, correlations):
        """Return the entries of a matrix, complex, or real if no entry is an imaginary part."""
        parts = correlations.reshape(-1)
        if arrays.is_complex(parts):
            parts = arrays.namespace(parts).concatenate([parts.real, parts.imag])
        index, signs = (arrays.from_numpy(v, parts) for v in (self._index, self._signs(parts)))
        return parts[index] * signs

    def adjoint(self, g):
        """Return the matrix d, complex, such that Re <d, c> is the sum of the entries of c weighted by g."""
        n = self.size**2
        parts = arrays.zeros((2 * n,), arrays.dtype_of(g), g)
        index, signs = (arrays.from_numpy(v, g) for v in (self._index, self._signs(g)))
        parts[index] = g * signs
        d = arrays.astype(parts[:n], complex_dtype(arrays.dtype_of(g))) + 1j * parts[n:]
        return d.reshape(self.size, self.size)

    @property
    def _index(self):
        """Positions in the real parts, row by row, followed by the imaginary parts."""
        return (self.imaginary * self.size + self.rows) * self.size + self.columns

    def _signs(self, like):
        return np.where(self.imaginary & self.conjugated, -1, 1).astype(arrays.precision(like))


def correlation_entries(odd, *, is_cross, is_complex):
    """List the entries that are outputs: the spectrum, correlations with the signal, correlations of envelopes.

    Parameters
    ----------
    odd : ndarray of bool of shape (n_envelopes,)
        Whether reflections change the sign of an envelope. Products of odd with even ones are left out.
    is_cross : bool
        Whether rows and columns are of different channels. Otherwise, matrices are Hermitian.
    is_complex : bool
        Whether imaginary parts are also outputs.

    Returns
    -------
    entries : Entries
    """
    envelopes = np.arange(1, len(odd) + 1)
    even = envelopes[~odd]
    signal, origin = np.zeros_like(even), np.zeros(1, int)
    i, j = np.indices((len(odd),) * 2).reshape(2, -1)
    i, j = (v[(odd[i] == odd[j]) & (is_cross | (i <= j))] + 1 for v in (i, j))
    parts = [(SPECTRUM, origin, origin), (PHASE, signal, even)]
    if is_cross:
        parts.append((PHASE, even, signal))
    parts.append((ENVELOPE, i, j))
    columns = []
    for kind, rows, cols in parts:
        for imaginary in (False, True)[: 1 + is_complex]:
            # The diagonal of a Hermitian matrix is real.
            keep = (rows != cols) | is_cross | (not imaginary)
            columns.append(np.array([np.full_like(rows, kind), rows, cols, np.full_like(rows, imaginary)])[:, keep])
    kinds, rows, cols, imaginary = np.concatenate(columns, axis=1)
    return Entries(len(odd) + 1, kinds, rows, cols, imaginary.astype(bool), (kinds == PHASE) & (cols == 0))
