"""Descents on the statistics of a signal of which something is unknown: its noise, or its missing samples."""

import numpy as np
from scipy.optimize import brentq

from skscat.synthesis._descent import descend

# Losses at which descents stop. That of another realization is 1/2. With noise, targets are closer to the outputs of
# the initial signal, and descents go on. Both chosen on maps of U, see benchmarks/fields.py.
STOP_NOISE, STOP_GAPS = 0.1, 0.5


def deviations(S):
    """Return standard deviations of outputs over realizations, infinite for outputs that do not vary.

    Parameters
    ----------
    S : ndarray of shape (n, n_outputs)
    """
    found = S.std(axis=0, ddof=1)
    return np.where(found > np.finfo(np.float32).eps * np.abs(S).max(axis=0), found, np.inf)


def error_scales(sigma, kinds):
    """Return scales of the errors of outputs, so that the loss of another realization is about 1/2.

    Each kind of outputs has the same weight.

    Parameters
    ----------
    sigma : ndarray of shape (n_outputs,)
        Standard deviations over realizations of what is unknown.
    kinds : ndarray of int of shape (n_outputs,)
        Kind of each output.

    Returns
    -------
    scales : ndarray of shape (n_outputs,)
    """
    counts = np.bincount(kinds)
    return sigma * np.sqrt(np.count_nonzero(counts) * counts)[kinds]


def shares_of_signal(errors, sigma, kinds):
    r"""Return the shares of errors that are not those of chance, by the rule of empirical Bayes.

    For errors :math:`e_p` with variance :math:`\tau^2 + \sigma_p^2`, the share is
    :math:`\tau^2 / (\tau^2 + \sigma_p^2)` [1]_. For each kind, :math:`\tau^2` is such that the mean of
    :math:`e_p^2 / (\tau^2 + \sigma_p^2)` is one, or zero if it is less.

    Parameters
    ----------
    errors, sigma : ndarray of shape (n_outputs,)
        Errors, and their standard deviations by chance.
    kinds : ndarray of int of shape (n_outputs,)
        Kind of each output.

    Returns
    -------
    shares : ndarray of shape (n_outputs,)

    References
    ----------
    .. [1] B. Efron and C. Morris, "Stein's estimation rule and its competitors - an empirical Bayes approach", Journal
           of the American Statistical Association 68 (1973), 117-130.
    """
    shares, varies = np.zeros(len(errors)), np.isfinite(sigma)
    for kind in np.unique(kinds[varies]):
        chosen = varies & (kinds == kind)
        squares, noise = errors[chosen] ** 2, sigma[chosen] ** 2

        def excess(variance, squares=squares, noise=noise):
            return np.mean(squares / (variance + noise)) - 1

        if excess(0.0) > 0:
            variance = brentq(excess, 0.0, squares.max())
            shares[chosen] = variance / (variance + noise)
    return shares


def match_with_noise(representation, target, x, noise, *, max_iter, verbose):
    r"""Return a signal whose outputs, averaged over added noise, are near a target.

    In each round, the mean of :math:`\Phi(x + n) - \Phi(x)` over samples n of the noise is subtracted from the target,
    which the descent then approaches by :math:`\Phi(x)`. Only the share of the difference between the target and the
    outputs of the initial signal that is not due to chance counts, see :func:`shares_of_signal`.

    Parameters
    ----------
    representation : RepresentationUnion
        Fitted representations.
    target : ndarray of shape (n_outputs,)
    x : ndarray of shape (n_features,)
        Initial signal.
    noise : list of ndarray of shape (n, n_features)
        Samples of the noise for each round.
    max_iter : int
        Maximum number of iterations of each round.
    verbose : int

    Returns
    -------
    x : ndarray of shape (n_features,)
    """
    initial = representation.transform(x[np.newaxis])[0]
    scales = shares = None
    for samples in noise:
        noisy = representation.transform(x + samples)
        bias = noisy.mean(axis=0) - representation.transform(x[np.newaxis])[0]
        change = target - bias - initial
        if scales is None:
            sigma = deviations(noisy)
            scales = error_scales(sigma, representation.kinds_)
            shares = shares_of_signal(change, sigma, representation.kinds_)
        options = {"tol": 0, "stop": STOP_NOISE, "max_iter": max_iter, "verbose": verbose}
        x = descend(representation, initial + shares * change, scales, x, **options).x
    return x


def match_gaps(representation, target, x, missing, realizations, *, max_iter, verbose):
    """Return the missing samples of a signal, so that its outputs are near a target.

    Only the share of the difference between the target and the outputs of the initial signal that is not due to chance
    counts, see :func:`shares_of_signal`.

    Parameters
    ----------
    representation : RepresentationUnion
        Fitted representations.
    target : ndarray of shape (n_outputs,)
        NaN for outputs that do not matter.
    x : ndarray of shape (channels, *grid)
        Signal with initial values of the missing samples.
    missing : ndarray of bool of shape (channels, *grid)
    realizations : ndarray of shape (n, channels, *grid)
        Signals with other values of the missing samples.
    max_iter, verbose : int

    Returns
    -------
    values : ndarray of shape (n_missing,)
    """
    kinds, known = representation.kinds_, np.isfinite(target)
    initial = representation.transform(x.reshape(1, -1))[0]
    of_others = representation.transform(realizations.reshape(len(realizations), -1))
    sigma = np.where(known, deviations(of_others), np.inf)
    change = np.where(known, target, initial) - initial
    change *= shares_of_signal(change, sigma, kinds)
    options = {"tol": 0, "stop": STOP_GAPS, "max_iter": max_iter, "verbose": verbose}
    of_missing = OfMissing(representation, x, missing)
    return descend(of_missing, initial + change, error_scales(sigma, kinds), x[missing], **options).x


class OfMissing:
    """Outputs of a representation as functions of the missing samples of a signal alone.

    Parameters
    ----------
    representation : RepresentationUnion
        Fitted representations.
    x : ndarray of shape (channels, *grid)
        Signal with filled gaps.
    missing : ndarray of bool of shape (channels, *grid)
    """

    def __init__(self, representation, x, missing):
        self._representation, self._x, self._missing = representation, x, missing

    def gradient(self, values, weights):
        """Return the gradient of a weighted sum of outputs with respect to the missing samples, in a row."""
        x = self._x.copy()
        x[self._missing] = values[0]
        gradient = self._representation.gradient(x.reshape(1, -1), weights)
        return gradient.reshape(x.shape)[self._missing][np.newaxis]
