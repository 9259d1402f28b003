"""Standard errors of scattering spectra, and whether they change with scale or with the direction of time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from skscat._core import _namespace as arrays
from skscat.moments._correlations import ENVELOPE, PHASE

# Wavelets whose ratio of bandwidth to frequency differs from the median by more are not dilations of each other.
SAME_SHAPE = 0.01
# Binary logarithms of ratios of frequencies are equal up to this fraction.
LOG_RATIO_STEP = 0.01


class Score(NamedTuple):
    """Score of a process, and its standard error over realizations.

    Parameters
    ----------
    value : float
        Fraction of the squared norm of the spectra, not biased by sampling errors.
    standard_error : float
        Standard error of the value.
    """

    value: float
    standard_error: float


def standard_error(S: ArrayLike) -> np.ndarray:
    """Compute the standard errors of averages of features over realizations.

    Parameters
    ----------
    S : array-like of shape (n, n_features)
        Features of independent realizations of a process, for example scattering spectra. Those of a single long
        recording can be cut into blocks that are much longer than the largest scale.

    Returns
    -------
    standard_error : ndarray of shape (n_features,)
        Standard deviation over realizations, divided by the root of their number. Realizations where a feature is NaN
        are left out, as by :func:`numpy.nanmean`; NaN if fewer than two remain.

    Raises
    ------
    ValueError
        If there are fewer than two realizations.

    Examples
    --------
    >>> from skscat import Scattering1D
    >>> from skscat.datasets import make_fbm
    >>> from skscat.moments import ScatteringSpectra, standard_error
    >>> import numpy as np
    >>> X = np.diff(make_fbm(16, 2**10, random_state=0))
    >>> spectra = ScatteringSpectra(Scattering1D(J=4, Q=1, padding="wrap"))
    >>> S = spectra.fit_transform(X)
    >>> phase = spectra.kinds_ == 2
    >>> bool(np.mean(np.abs(S.mean(axis=0)[phase]) < 3 * standard_error(S)[phase]) > 0.95)
    True
    """
    given, values = _realizations(S, 2)
    n = np.count_nonzero(~np.isnan(values), axis=0)
    known = n > 1
    error = np.full(values.shape[1], np.nan)
    error[known] = np.nanstd(values[:, known], axis=0, ddof=1) / np.sqrt(n[known])
    return arrays.back_to(given, error)


def scale_dependence(S: ArrayLike, paths: np.ndarray) -> Score:
    r"""Measure how much scattering spectra of time series depend on scale: zero for self-similar processes.

    Correlations of a self-similar process depend on scales only through their ratios: on :math:`\lambda / \lambda'`
    for those with the signal, and on :math:`\lambda / \lambda'` and :math:`\mu / \lambda'` for those of envelopes
    [1]_. The score is the sum of their squared deviations from averages over :math:`\lambda'`, divided by the sum of
    their squares.

    Parameters
    ----------
    S : array-like of shape (n, n_features)
        Scattering spectra of at least three independent realizations of a process: signals, or blocks of one that are
        much longer than the largest scale. The spectra must be fitted to the same process, since they are divided by
        the root mean squares seen in ``fit``.
    paths : structured ndarray of shape (n_features,)
        ``paths_`` of :class:`ScatteringSpectra` of :class:`~skscat.Scattering1D`. To leave out scales, select columns
        of S and rows of the paths.

    Returns
    -------
    score : Score
        Value and standard error. Sampling errors of S do not bias the value, which may thus be slightly negative.

    Raises
    ------
    ValueError
        If S does not have one column per path or has fewer than three rows, paths are not those of series, or no two
        outputs differ only by their scale.

    Notes
    -----
    Only wavelets that are dilations of each other are compared: those of low frequency with a constant bandwidth are
    left out. With ``wavelet="battle_lemarie"``, all are dilations. The finest wavelets are affected by the sampling.

    Averages are over products of deviations of different realizations, which have no bias. The standard error is a
    jackknife estimate.

    References
    ----------
    .. [1] R. Morel, G. Rochette, R. Leonarduzzi, J.-P. Bouchaud and S. Mallat, "Scale dependencies and self-similar
           models with wavelet scattering spectra", arXiv:2204.10177.

    Examples
    --------
    >>> from skscat import Scattering1D
    >>> from skscat.datasets import make_mrw, make_poisson
    >>> from skscat.moments import ScatteringSpectra, scale_dependence
    >>> import numpy as np
    >>> wavelets = Scattering1D(J=7, wavelet="battle_lemarie", padding="wrap")
    >>> for X in (np.diff(make_mrw(32, 2**12, random_state=0)), make_poisson(32, 2**12, rate=0.02, random_state=0)):
    ...     spectra = ScatteringSpectra(wavelets).fit(X)
    ...     score = scale_dependence(spectra.transform(X), spectra.paths_)
    ...     print(f"{score.value:.2f} +- {score.standard_error:.2f}")
    0.00 +- 0.01
    0.05 +- 0.01
    """
    values, paths = _spectra_of_series(S, paths)
    keys = _scale_differences(paths)
    _, group, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    several = counts[group.ravel()] > 1
    if not several.any():
        raise ValueError("paths: expected some that differ only in scale; found none.")
    values, group = values[:, several], group.ravel()[several]
    members = group == np.unique(group)[:, np.newaxis]
    means = (members / members.sum(axis=1, keepdims=True)) @ values.T
    return _share(values - (members.T @ means).T, values)


def time_asymmetry(S: ArrayLike, paths: np.ndarray) -> Score:
    r"""Measure how much scattering spectra of time series change under time reversal: zero for reversible processes.

    Time reversal conjugates all correlations, so that their imaginary parts vanish if the process is reversible [1]_.
    The score is the sum of squares of the imaginary parts of correlations of the signal with its envelopes and of
    envelopes with each other, divided by the sum of their squared moduli.

    Parameters
    ----------
    S : array-like of shape (n, n_features)
        Scattering spectra of at least three independent realizations of a process: signals, or blocks of one that are
        much longer than the largest scale.
    paths : structured ndarray of shape (n_features,)
        ``paths_`` of :class:`ScatteringSpectra` of :class:`~skscat.Scattering1D`. To compare some kinds or scales,
        select columns of S and rows of the paths.

    Returns
    -------
    score : Score
        Value and standard error. Sampling errors of S do not bias the value, which may thus be slightly negative.

    Raises
    ------
    ValueError
        If S does not have one column per path or has fewer than three rows, or paths are not those of series.

    See Also
    --------
    scale_dependence : Dependence on scale, with the same estimator.

    References
    ----------
    .. [1] R. Morel, G. Rochette, R. Leonarduzzi, J.-P. Bouchaud and S. Mallat, "Scale dependencies and self-similar
           models with wavelet scattering spectra", arXiv:2204.10177.

    Examples
    --------
    >>> from skscat import Scattering1D
    >>> from skscat.datasets import make_poisson
    >>> from skscat.moments import ScatteringSpectra, time_asymmetry
    >>> import numpy as np
    >>> points = make_poisson(32, 2**12, rate=0.02, random_state=0)
    >>> decays = np.exp(-np.arange(64) / 8)
    >>> shots = np.array([np.convolve(x, decays, "same") for x in points])
    >>> for X in (points, shots):
    ...     spectra = ScatteringSpectra(Scattering1D(J=6, wavelet="battle_lemarie", padding="wrap")).fit(X)
    ...     score = time_asymmetry(spectra.transform(X), spectra.paths_)
    ...     print(f"{abs(score.value):.3f} +- {score.standard_error:.3f}")
    0.000 +- 0.000
    0.450 +- 0.005
    """
    values, paths = _spectra_of_series(S, paths)
    return _share(values[:, paths["part"] == "im"], values)


def _realizations(S, at_least):
    """Return S as it is given, and in NumPy."""
    given = arrays.as_any_array("S", S)
    S = arrays.to_numpy(given)
    if S.ndim != 2 or len(S) < at_least:
        raise ValueError(
            f"S has shape {S.shape}; expected (n, n_features), a row for each of at least {at_least} realizations."
        )
    return given, S.astype(float, copy=False)


def _spectra_of_series(S, paths):
    """Return the correlations with and of envelopes, in NumPy, and their paths."""
    _, S = _realizations(S, 3)
    fields = paths.dtype.names or ()
    if "n3" not in fields or "theta3" in fields:
        raise ValueError("paths: expected those of ScatteringSpectra of Scattering1D.")
    if S.shape[1:] != paths.shape:
        raise ValueError(f"S has shape {S.shape}; expected {len(paths)} columns, one per path.")
    keep = np.isin(paths["kind"], (PHASE, ENVELOPE)) & ~np.isnan(S).any(axis=0)
    if not keep.any():
        raise ValueError("S has no correlations with or between envelopes that are not NaN.")
    return S[:, keep], paths[keep]


def _scale_differences(paths):
    """Return, for each path, numbers that are equal if paths differ only by their scale."""
    ratios = np.array([paths[f"sigma{m}"] / paths[f"xi{m}"] for m in (1, 2, 3)])
    shape = np.nanmedian(ratios)
    dilated = np.all(np.isnan(ratios) | (np.abs(ratios / shape - 1) < SAME_SHAPE), axis=0)
    octaves = [np.log2(paths[f"xi{m}"] / paths["xi3"]) / LOG_RATIO_STEP for m in (1, 2)]
    # The signal itself has no frequency. Others are a group each.
    steps = np.round(np.nan_to_num(octaves, nan=np.iinfo(int).min))
    alone = np.where(dilated, -1, np.arange(len(paths)))
    names = ("kind", "channel1", "channel2")
    return np.column_stack([*(paths[name] for name in names), paths["part"] == "im", *steps, alone])


def _share(part, whole):
    """Ratio of squared norms of expectations, without bias, and its standard error by the jackknife."""
    ratios = np.divide(*(_leave_one_out(v) for v in (part, whole)))
    n = len(part)
    error = np.sqrt((n - 1) / n * np.sum((ratios[1:] - ratios[1:].mean()) ** 2))
    return Score(float(ratios[0]), float(error))


def _leave_one_out(v):
    """Means of the products of different rows: of all rows, then without each of them."""
    n, total = len(v), v.sum(axis=0)
    squares, products = np.sum(v**2, axis=1), v @ total
    whole = (total @ total - squares.sum()) / (n * (n - 1))
    # Without row r, the products of pairs that contain it are missing, twice.
    without = (total @ total - squares.sum() - 2 * (products - squares)) / ((n - 1) * (n - 2))
    return np.concatenate([[whole], without])
