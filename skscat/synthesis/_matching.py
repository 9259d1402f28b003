"""Descents on the statistics of a signal of which something is unknown: its noise, or its missing samples."""

import numpy as np

from skscat.synthesis._descent import descend

# Descents stop at this loss, lower than that of another realization, 1/2: estimates start from signals with too little
# energy, and those that stop earlier keep too little.
STOP = 0.3


def error_scales(S, kinds):
    """Return scales of the errors of outputs, so that the loss of another realization is about 1/2.

    Each kind of outputs has the same weight.

    Parameters
    ----------
    S : ndarray of shape (n, n_outputs)
        Outputs for realizations of what is unknown.
    kinds : ndarray of int of shape (n_outputs,)
        Kind of each output.

    Returns
    -------
    scales : ndarray of shape (n_outputs,)
        Standard deviations, times the root of the number of outputs of a kind and that of kinds. Infinite, so that
        there is no weight, for outputs that are not known or do not vary.
    """
    deviations, counts = S.std(axis=0, ddof=1), np.bincount(kinds)
    varies = deviations > np.finfo(np.float32).eps * np.abs(S).max(axis=0)
    return np.where(varies, deviations, np.inf) * np.sqrt(np.count_nonzero(counts) * counts)[kinds]


def loss(errors, scales):
    """Return the loss of given errors of the outputs, that of :func:`descend`."""
    return 0.5 * float(np.sum((errors / scales) ** 2))


def match(representation, target, scales, x, *, max_iter, verbose):
    """Return a signal whose outputs are as near to a target as those of another realization, by a descent from x."""
    return descend(representation, target, scales, x, tol=0, stop=STOP, max_iter=max_iter, verbose=verbose).x


def match_with_noise(representation, target, x, noise, *, max_iter, verbose):
    r"""Return a signal whose outputs, averaged over noise that is added, are near to a target.

    In each round, the mean of :math:`\Phi(x + n) - \Phi(x)` over samples n of the noise is subtracted from the target,
    which the descent then approaches by :math:`\Phi(x)`.

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
    scales = None
    for samples in noise:
        S = representation.transform(x + samples)
        if scales is None:
            scales = error_scales(S, representation.kinds_)
        noisy = S.mean(axis=0)
        if loss(noisy - target, scales) <= STOP:
            break
        bias = noisy - representation.transform(x[np.newaxis])[0]
        x = match(representation, target - bias, scales, x, max_iter=max_iter, verbose=verbose)
    return x
