"""Signals from their coefficients: from wavelet coefficients, from their moduli, from scattering."""

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._checks import check_counts
from skscat._core import _operators as operators
from skscat._core._records import complex_dtype
from skscat.filters import littlewood_paley, to_dense
from skscat.synthesis._descent import descend

# Amplitude of the noise that descents begin at, relative to the coefficients.
SOFT = 0.5
# Steps to the outputs of order zero, and the share of their loss that is left then.
LINEAR_STEPS, LINEAR_TOL = 50, 1e-6


def wavelet_transform(x, bank):
    """Wavelet coefficients of signals at every sample.

    Parameters
    ----------
    x : ndarray of shape (..., *bank.grid)
        Real signals on a periodic grid.
    bank : FilterBank
        Filters.

    Returns
    -------
    low : ndarray of shape (..., *bank.grid)
        Real averages by the low-pass filter.
    w : ndarray of shape (..., n_filters, *bank.grid)
        Complex coefficients.

    Raises
    ------
    ValueError
        If the filters of the bank are groups, as solid harmonics are.

    See Also
    --------
    inverse_wavelet_transform : Signals from coefficients.
    """
    ndim = len(bank.grid)
    x = np.asarray(x)
    _check_single(bank)
    x_hat = operators.analyze(x.astype(complex_dtype(x.dtype)), _axes(ndim))
    filters = (to_dense(psi, bank.grid)[0].astype(x_hat.real.dtype) for psi in (bank.phi, *bank.psi))
    outputs = [operators.synthesize(x_hat * psi, _axes(ndim)) for psi in filters]
    return outputs[0].real, np.stack(outputs[1:], axis=-ndim - 1)


def inverse_wavelet_transform(low, w, bank):
    r"""Real signals from wavelet coefficients, by the dual filters.

    .. math:: \hat x = \frac{\hat\phi^* \hat a + \tfrac12 \sum_\lambda \left(\hat\psi_\lambda^*(\omega)\,
              \hat w_\lambda(\omega) + \hat\psi_\lambda(-\omega)\, \hat w_\lambda^*(-\omega)\right)}{A(\omega)}

    with A the Littlewood-Paley sum. The inverse of :func:`wavelet_transform`; of other coefficients, the signal whose
    transform is nearest.

    Parameters
    ----------
    low : ndarray of shape (..., *bank.grid)
        Averages by the low-pass filter.
    w : ndarray of shape (..., n_filters, *bank.grid)
        Wavelet coefficients.
    bank : FilterBank
        Filters.

    Returns
    -------
    x : ndarray of shape (..., *bank.grid)

    Raises
    ------
    ValueError
        If there are frequencies that no filter sees, the filters of the bank are groups, or ``low`` and ``w`` do not
        fit it.
    """
    ndim = len(bank.grid)
    _check_single(bank)
    low, w = np.asarray(low), np.asarray(w)
    low = low if low.dtype.kind == "f" else low.astype(np.float64)
    expected = (*low.shape[: low.ndim - ndim], len(bank.psi), *bank.grid)
    if low.shape[low.ndim - ndim :] != bank.grid or w.shape != expected:
        raise ValueError(
            f"low and w have shapes {low.shape} and {w.shape}; expected (..., *grid) and "
            f"(..., {len(bank.psi)}, *grid), where grid is {bank.grid}, that of the bank."
        )
    total = littlewood_paley(bank)
    if total.min() <= np.finfo(np.float32).eps:
        raise ValueError("bank does not cover all frequencies: the transform has no inverse.")
    kind = complex_dtype(low.dtype)
    x_hat = operators.analyze(low.astype(kind), _axes(ndim)) * to_dense(bank.phi, bank.grid)[0]
    for n, psi in enumerate(bank.psi):
        w_hat = operators.analyze(w[(..., n, *(slice(None),) * ndim)].astype(kind), _axes(ndim))
        x_hat += w_hat * np.conjugate(to_dense(psi, bank.grid)[0])
    # The real part takes the half of each wavelet, and that of its mirror image.
    return operators.synthesize(x_hat / total, _axes(ndim)).real.astype(low.dtype, copy=False)


def griffin_lim(low, moduli, bank, *, n_iter=100, random_state=None):
    r"""Real signals from the moduli of their wavelet coefficients.

    In turns, coefficients get the given moduli, and are projected to those of a signal, from random phases on. The
    distance to the given moduli falls with each step, to a local minimum.

    Parameters
    ----------
    low : ndarray of shape (..., *bank.grid)
        Averages by the low-pass filter.
    moduli : ndarray of shape (..., n_filters, *bank.grid)
        Moduli :math:`|x * \psi_\lambda|`.
    bank : FilterBank
        Filters.
    n_iter : int, default=100
        Number of steps.
    random_state : int, RandomState instance or None, default=None
        Draws the phases. Pass an int for the same result each time.

    Returns
    -------
    x : ndarray of shape (..., *bank.grid)

    Raises
    ------
    ValueError
        If ``n_iter`` is less than 1, or in the cases of :func:`inverse_wavelet_transform`.

    References
    ----------
    .. [1] D. W. Griffin and J. S. Lim, "Signal estimation from modified short-time Fourier transform", IEEE Trans.
           Acoust. Speech Signal Process. 32 (1984), 236-243.
    .. [2] J. Anden and S. Mallat, "Deep scattering spectrum", IEEE Trans. Signal Process. 62 (2014), 4114-4128,
           section V.
    """
    check_counts(n_iter=n_iter)
    moduli = np.asarray(moduli)
    phases = np.exp(2j * np.pi * check_random_state(random_state).random_sample(moduli.shape))
    for _ in range(n_iter):
        x = inverse_wavelet_transform(low, moduli * phases, bank)
        _, w = wavelet_transform(x, bank)
        size = np.abs(w)
        phases = np.divide(w, size, out=np.ones_like(w), where=size > 0)
    return inverse_wavelet_transform(low, moduli * phases, bank)


def reconstruct(S, scattering, *, init=None, tol=1e-8, max_iter=500, random_state=None, verbose=0):
    r"""Signals from their scattering coefficients, by gradient descent.

    Descends :math:`\|S x - S\|^2` from soft Gaussian white noise, which first gets the outputs of the first group:
    those of order zero, averages of the signal itself, which tell its sign. With ``average="local"`` and a T that is
    not too long, signals are recovered up to local minima of the descent; the longer T, the less is determined.

    Parameters
    ----------
    S : array-like of shape (n, n_features_out)
        Coefficients, as ``scattering.transform`` returns them.
    scattering : estimator
        A fitted scattering transform, or another estimator with ``transform``, ``gradient`` and ``kinds_``.
    init : array-like of shape (n, *shape), default=None
        Where to begin. None means at white noise with the given outputs of order zero.
    tol : float, default=1e-8
        A descent ends when the loss has fallen to this share of its first value.
    max_iter : int, default=500
        Steps of a descent, at most.
    random_state : int, RandomState instance or None, default=None
        Draws the noise. Pass an int for the same result each time.
    verbose : int, default=0
        Print the loss every so many steps.

    Returns
    -------
    X : ndarray of shape (n, *scattering.signal_shape_)
        Signals.

    Raises
    ------
    ValueError
        If S does not have as many columns as ``scattering`` has outputs, or no row; ``init`` is of another shape; or
        ``max_iter`` is less than 1.
    NotFittedError
        If ``scattering`` is not fitted.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.synthesis import reconstruct
    >>> x = np.sin(np.arange(256) ** 2 / 300)[np.newaxis]
    >>> scattering = Scattering1D(J=2).fit(x)
    >>> S = scattering.transform(x)
    >>> y = reconstruct(S, scattering, random_state=0, max_iter=100)
    >>> bool(np.linalg.norm(scattering.transform(y) - S) < 0.1 * np.linalg.norm(S))
    True
    """
    check_is_fitted(scattering)
    check_counts(max_iter=max_iter)
    S = np.asarray(S, dtype=np.float64)
    n_outputs, shape = len(scattering.kinds_), scattering.signal_shape_
    if S.ndim != 2 or not len(S) or S.shape[1] != n_outputs:
        raise ValueError(f"S has shape {S.shape}; expected one row or more of {n_outputs} coefficients.")
    if init is None:
        init = _soft_noise(S, scattering, check_random_state(random_state))
    init = np.asarray(init, dtype=np.float64)
    if init.shape not in ((len(S), *shape), (len(S), int(np.prod(shape)))):
        raise ValueError(f"init has shape {init.shape}; expected {(len(S), *shape)}.")
    starts = init.reshape(len(S), -1)
    options = {"tol": tol, "max_iter": max_iter, "verbose": verbose}
    X = [descend(scattering, s, _norms(s), x, **options).x for s, x in zip(S, starts, strict=True)]
    return np.array(X).reshape(len(S), *shape)


def _soft_noise(S, scattering, rng):
    """White noise with the given outputs of order zero.

    Moduli do not change with the sign of a signal, so that a descent to all outputs from a signal of the wrong sign
    ends with that sign, in all of the signal or in parts.
    """
    # Coefficients of order one are averages of moduli, which have about the size of the signal.
    sizes = SOFT * np.linalg.norm(S, axis=1) / np.sqrt(S.shape[1])
    noise = sizes[:, np.newaxis] * rng.standard_normal((len(S), scattering.n_features_in_))
    groups = np.asarray(scattering.kinds_)
    first = groups == groups.min()
    options = {"tol": LINEAR_TOL, "max_iter": LINEAR_STEPS}
    return [
        descend(scattering, s, np.where(first, _norms(s), np.inf), x, **options).x
        for s, x in zip(S, noise, strict=True)
    ]


def _norms(s):
    """Size of an error of each output: the norm of all."""
    return np.full(len(s), np.linalg.norm(s) or 1)


def _check_single(bank):
    n = max(len(psi.values) for psi in bank.psi)
    if n > 1:
        raise ValueError(f"bank has groups of {n} filters; expected single ones, as of banks on one and two axes.")


def _axes(ndim):
    return tuple(range(-ndim, 0))
