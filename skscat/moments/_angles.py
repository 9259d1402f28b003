"""Which wavelets of a spectrum belong together, and how correlations are averaged over their orientations."""

from typing import NamedTuple

import numpy as np

from skscat._core import _namespace as arrays
from skscat.moments._correlations import Entries, correlation_entries


class Orbit(NamedTuple):
    """Wavelets that are rotations of each other, whose correlations are averaged; often a single one.

    Parameters
    ----------
    wavelets : ndarray of int of shape (n,)
        Wavelets with which envelopes are filtered.
    finer : ndarray of int of shape (n, n_finer)
        Wavelets of finer scale than each. Columns are those of one scale and one rotation relative to the wavelet.
    is_real : bool
        Whether the outputs are the real parts of the average. The imaginary parts change sign with a rotation by pi,
        so that they vanish in an average over all rotations.
    series : ndarray of shape (n_harmonics, n_angles) or None
        Coefficients of the cosine and sine series along the relative rotations, if envelopes are replaced by these.
    harmonics : ndarray of int of shape (n_envelopes,)
        Harmonic of each envelope, negative for sines; 0 without series.
    auto, cross : Entries
        Outputs of one channel, and of two.
    """

    wavelets: np.ndarray
    finer: np.ndarray
    is_real: bool
    series: np.ndarray | None
    harmonics: np.ndarray
    auto: Entries
    cross: Entries

    def average(self, total):
        """Return the matrix of which outputs are entries, from the sum of the correlations of all wavelets."""
        if not self.is_real:
            return total
        mean = total.real / len(self.wavelets)
        if self.series is None:
            return mean
        series = arrays.from_numpy(self.series.astype(arrays.precision(mean)), mean)
        return _along_rows(_along_rows(mean, series).T, series).T

    def average_adjoint(self, d):
        """Adjoint of :meth:`average`, for a matrix of complex type."""
        if not self.is_real:
            return d
        if self.series is not None:
            series = arrays.from_numpy(self.series.T.astype(arrays.dtype_of(d)), d)
            d = _along_rows(_along_rows(d, series).T, series).T
        return d / len(self.wavelets)

    @property
    def envelopes(self):
        """Wavelet of each envelope of the outputs; for a series, the first of its scale."""
        first = self.finer[0]
        if self.series is None:
            return first
        n_harmonics, n_angles = self.series.shape
        return np.repeat(first[::n_angles], n_harmonics)


def _along_rows(matrix, series):
    """Replace the rows of envelopes, ordered by scales and rotations, by their series; row 0 is the signal."""
    n_out, n_in = series.shape
    n_scales, n_columns = (len(matrix) - 1) // n_in, matrix.shape[1]
    envelopes = series @ matrix[1:].reshape(n_scales, n_in, n_columns)
    return arrays.namespace(matrix).concatenate([matrix[:1], envelopes.reshape(n_scales * n_out, n_columns)])


def wavelet_orbits(table, angles, n_harmonics):
    """List the orbits of wavelets.

    Parameters
    ----------
    table : structured ndarray of shape (n_wavelets,)
        Scales ``j`` and, in two dimensions, angles ``theta`` in steps of pi / L; sorted by scale and angle.
    angles : {"all", "isotropic", "harmonic"}
    n_harmonics : int
        Largest harmonic of the series, if ``angles="harmonic"``.

    Returns
    -------
    orbits : list of Orbit
    """
    if angles == "all":
        groups, n_angles, series = [[m] for m in range(len(table))], 1, None
    else:
        n_angles = int(table["theta"].max()) + 1
        groups = np.arange(len(table)).reshape(-1, n_angles)
        series = cosine_series(n_angles, n_harmonics) if angles == "harmonic" else None
    return [_orbit(np.array(group), table, angles != "all", n_angles, series) for group in groups]


def _orbit(wavelets, table, is_real, n_angles, series):
    finer = np.array([np.flatnonzero(table["j"] < row["j"]) for row in table[wavelets]])
    if is_real:
        by_scale = finer.reshape(len(wavelets), -1, n_angles)
        finer = np.array([np.roll(k, -t, axis=1).ravel() for t, k in enumerate(by_scale)])
    harmonics = np.zeros(finer.shape[1], int)
    if series is not None:
        harmonics = np.tile(_harmonics(len(series)), finer.shape[1] // n_angles)
    odd = harmonics < 0
    auto, cross = (correlation_entries(odd, is_cross=c, is_complex=not is_real) for c in (False, True))
    return Orbit(wavelets, finer, is_real, series, harmonics, auto, cross)


def cosine_series(n_angles, n_harmonics):
    """Coefficients of cosines, and sines, of even multiples of angles in steps of pi / n_angles, as means.

    Returns
    -------
    series : ndarray of shape (n, n_angles)
        Constant, cosine of the first harmonic, sine of the first harmonic, and so on, without sines that are zero.
    """
    turns = np.arange(n_angles) / n_angles
    rows = [np.ones(n_angles)]
    for h in range(1, n_harmonics + 1):
        rows += [np.cos(2 * np.pi * h * turns)] + [np.sin(2 * np.pi * h * turns)] * (2 * h < n_angles)
    return np.array(rows) / n_angles


def _harmonics(n):
    """Harmonics of the rows of a series, negative for sines."""
    h = (np.arange(n) + 1) // 2
    return np.where((np.arange(n) % 2 == 0), -h, h)
