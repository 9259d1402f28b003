"""Transforms of signals with missing samples: their parameters, and the coverage of their outputs."""

from collections.abc import Callable
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from skscat._checks import warn_user
from skscat._core import _namespace as arrays
from skscat._core._bridging import missing_samples, rows_by_gaps
from skscat._core._records import Plan, real_dtype
from skscat._core._traversal import block_length
from skscat._core._weights import coverage_of
from skscat._dispatch import as_given, check_use
from skscat._sklearn import Interval, StrOptions

GAP_CONSTRAINTS = {
    "nan_policy": [StrOptions({"raise", "omit"})],
    "min_coverage": [Interval(Real, 0, 1, closed="right")],
}


def warn_of_unknown(S, plan):
    """Warn if all coefficients of a signal are NaN, given those of signals that may have gaps, one row per signal."""
    if plan.min_coverage is None:
        return
    rows = np.flatnonzero(np.isnan(arrays.to_numpy(S[:, 0])))
    n_unknown = np.count_nonzero(np.isnan(arrays.to_numpy(S)[rows]).all(axis=1))
    if n_unknown:
        warn_user(
            f"All coefficients of {n_unknown} of {len(S)} signals are NaN, since too few of their samples are valid. "
            "Masks are True where values are invalid, as in numpy.ma: if yours is True where they are valid, invert "
            f"it. Otherwise, leave out these signals, or decrease min_coverage={plan.min_coverage:g}."
        )


class GapsMixin:
    """Mixin of transforms with the parameters ``nan_policy`` and ``min_coverage``, left of PlannedScattering."""

    nan_policy: str
    min_coverage: float
    plan_: Plan
    _check: Callable
    _run: Callable

    def coverage(self, X: ArrayLike) -> np.ndarray:
        """Compute the fraction of the signals that each coefficient averages.

        Parameters
        ----------
        X : array-like of shape (n, *shape), (n, channels, *shape) or (n, n_features)
            Real signals of the shape seen during :term:`fit`. Only which samples are missing matters.

        Returns
        -------
        coverage : ndarray of shape (n, n_features_out)
            Average weight of the moduli in each coefficient of ``transform(X)``: 1 far from gaps, 0 where all moduli
            are near a gap. Coefficients with less than ``min_coverage`` are NaN.

        Raises
        ------
        ValueError
            If X is not real and of the shape seen during :term:`fit`, or has missing samples although
            ``nan_policy="raise"``.

        Examples
        --------
        >>> import numpy as np
        >>> from skscat import Scattering1D
        >>> X = np.random.default_rng(0).standard_normal((1, 1024))
        >>> X[:, 200:400] = np.nan
        >>> scattering = Scattering1D(J=3, average="global", nan_policy="omit").fit(X)
        >>> coverage = scattering.coverage(X)[0]
        >>> print(f"mean: {coverage[0]:.2f}; first order: {coverage[1]:.2f} to {coverage[5]:.2f}")
        mean: 0.80; first order: 0.80 to 0.77
        """
        check_use(self, X, "coverage")
        # It does not depend on the values that are not missing, and is computed with NumPy.
        x = arrays.to_numpy(self._check(X, reset=False))
        return as_given(X, self._run(x, (_cover_channels, self.plan_)))

    def _warn_of(self, S):
        warn_of_unknown(S, self.plan_)

    def _min_coverage(self):
        """Return what the plan needs to know: None if signals may not have gaps."""
        return self.min_coverage if self.nan_policy == "omit" else None


def _cover_channels(x, plan):
    """Return the coverage of the outputs for signals of shape (n, channels, *shape)."""
    coverage = np.ones((x.shape[0] * x.shape[1], len(plan.paths), *plan.path_shape), real_dtype(x.dtype))
    missing = missing_samples(x, plan)
    if missing is not None:
        for rows, gaps in rows_by_gaps(missing.reshape(len(coverage), *plan.shape)):
            step = block_length(plan, coverage.dtype) if gaps is not None and len(gaps) > 1 else len(rows)
            for start in range(0, 0 if gaps is None else len(rows), step):
                block = slice(start, start + step)
                coverage[rows[block]] = coverage_of(gaps[block] if len(gaps) > 1 else gaps, plan, coverage.dtype)
    return coverage.reshape(len(x), -1)
