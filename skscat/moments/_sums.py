"""Moments of signals, and their means and squared deviations over signals, which can be merged."""

from dataclasses import dataclass, replace

import numpy as np

from skscat._core import _namespace as arrays
from skscat._core import _operators as operators
from skscat._core._amplitude import rounding, scale_exponents, times_exp2
from skscat._core._bridging import missing_samples, with_zeros
from skscat._transforms._gaps import warn_of_unknown


def scaled_moments(X, scattering):
    """Compute the moments of the channels of signals, divided by powers of two so that powers of the moduli fit.

    They are computed where the signals are, and returned in NumPy, which computes what follows from them.

    Parameters
    ----------
    X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals.
    scattering : estimator
        Fitted transform, whose averages are global.

    Returns
    -------
    S : ndarray of shape (n * n_channels, n_paths, *path_shape)
    floor : ndarray of shape (n * n_channels, 1, ...)
        Rounding errors of the moments, of ndim as S.
    exponents : ndarray of int of shape (n * n_channels,)
        Binary logarithms of the divisors.
    """
    x, plan = scattering._check(X, reset=False), scattering.plan_
    # NumPy computes with gaps.
    x = arrays.to_numpy(x) if plan.min_coverage is not None else arrays.untracked(x)
    flat = x.reshape(-1, *x.shape[2:])
    missing = missing_samples(flat, plan)
    exponents = scale_exponents(with_zeros(flat, missing), plan.powers)
    flat = times_exp2(flat, -exponents)
    S = arrays.to_numpy(scattering._run(flat.reshape(x.shape))).reshape(len(flat), len(plan.paths), *plan.path_shape)
    warn_of_unknown(S.reshape(len(x), -1), plan)
    energies = operators.energy(with_zeros(flat, missing))
    mean = energies.mean(tuple(range(1, flat.ndim)), dtype=arrays.real_types(flat)[0])
    floor = np.power.outer(rounding(arrays.dtype_of(x)) * np.sqrt(arrays.to_numpy(mean)), plan.powers or (1,))
    return S, floor.reshape(len(S), *(1,) * (S.ndim - 2), -1), exponents


@dataclass(frozen=True, eq=False)
class Sums:
    """Means of moments over signals that are divided by a power of two, so that none is too small or too large.

    Attributes
    ----------
    n : int
        Number of signals.
    exponent : int
        Binary logarithm of the divisor of the signals.
    raw, raw_counts : ndarray of shape (n_features,)
        Means of the moments, and numbers of signals whose moments are known: those inside gaps are NaN.
    mean, squares, counts : ndarray of shape (n_features,)
        Means of the outputs, which are moments or ratios, sums of their squared deviations from the mean, and numbers
        of signals whose outputs are known.
    floor : ndarray of shape (n_channels, 1, ..., n_powers), or float
        Means of the rounding errors of the moments.
    """

    n: int
    exponent: int
    raw: np.ndarray
    raw_counts: np.ndarray
    mean: np.ndarray
    squares: np.ndarray
    counts: np.ndarray
    floor: np.ndarray | float

    @classmethod
    def empty(cls, n_features):
        """Sums over no signals."""
        zeros, none = np.zeros(n_features), np.zeros(n_features, int)
        return cls(0, 0, zeros, none, zeros, zeros, none, 0.0)

    def merged(self, other, raw_degrees, degrees, powers):
        """Return the sums over the signals of both.

        Parameters
        ----------
        other : Sums
        raw_degrees, degrees : ndarray of shape (n_features,)
            Degrees of the moments and of the outputs as homogeneous functions of the signals.
        powers : ndarray of shape (n_powers,)
            Degrees of the rounding errors.

        Returns
        -------
        sums : Sums
        """
        exponent = max((part.exponent for part in (self, other) if np.any(part.floor)), default=0)
        a, b = (part._in_units(exponent, raw_degrees, degrees, powers) for part in (self, other))
        raw_counts, counts = a.raw_counts + b.raw_counts, a.counts + b.counts
        raw_n, n = np.maximum(raw_counts, 1), np.maximum(counts, 1)
        delta = b.mean - a.mean
        return Sums(
            a.n + b.n,
            exponent,
            a.raw + (b.raw - a.raw) * b.raw_counts / raw_n,
            raw_counts,
            a.mean + delta * b.counts / n,
            a.squares + b.squares + delta**2 * a.counts * b.counts / n,
            counts,
            a.floor + (b.floor - a.floor) * b.n / (a.n + b.n),
        )

    def _in_units(self, exponent, raw_degrees, degrees, powers):
        """Return the sums of signals that are divided by another power of two."""
        change = self.exponent - exponent
        # Zeros fit any unit.
        if not change or not np.any(self.floor):
            return self
        return replace(
            self,
            raw=times_exp2(self.raw, change * raw_degrees),
            mean=times_exp2(self.mean, change * degrees),
            squares=times_exp2(self.squares, 2 * change * degrees),
            floor=self.floor * np.exp2(change * powers),
        )


def known_statistics(x):
    """Return the mean of each column, the sum of its squared deviations, and their number, with NaN left out."""
    known = ~np.isnan(x)
    n = known.sum(axis=0)
    mean = np.where(known, x, 0).sum(axis=0) / np.maximum(n, 1)
    return mean, np.sum(np.where(known, x - mean, 0) ** 2, axis=0), n
