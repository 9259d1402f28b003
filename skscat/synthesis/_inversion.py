"""Reconstruction of signals from wavelet coefficients, from their moduli, and from scattering coefficients."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skscat._checks import as_array, check_counts
from skscat._core import _operators as operators
from skscat._core._amplitude import norms, scale_exponents, times_exp2
from skscat._core._records import complex_dtype
from skscat._dispatch import on_host
from skscat._signals import refuse_complex
from skscat._validation import input_shape
from skscat.filters import FilterBank, littlewood_paley, to_dense
from skscat.synthesis._descent import descend
from skscat.synthesis._relaxation import can_be_relaxed, relaxed_start

# Amplitude of the initial noise of descents, relative to the coefficients.
NOISE = 0.5
# Fit of the zeroth-order outputs: maximum number of iterations, and fraction of the initial loss at which to stop.
LINEAR_STEPS, LINEAR_TOL = 50, 1e-6
# Share of the iterations on signals of several components.
RELAXED_SHARE = 0.8


def wavelet_transform(x: ArrayLike, bank: FilterBank) -> tuple[np.ndarray, np.ndarray]:
    """Compute the wavelet coefficients of signals at every sample.

    Parameters
    ----------
    x : array-like of shape (..., *bank.grid)
        Real signals on a periodic grid.
    bank : FilterBank
        Filter bank.

    Returns
    -------
    low : ndarray of shape (..., *bank.grid)
        Real signals averaged by the low-pass filter.
    w : ndarray of shape (..., n_filters, *bank.grid)
        Complex wavelet coefficients.

    Raises
    ------
    ValueError
        If x is not real and on the grid of the bank, or a filter of the bank has several components, as solid
        harmonics do.

    See Also
    --------
    inverse_wavelet_transform : Reconstruct signals from wavelet coefficients.
    """
    ndim = len(bank.grid)
    x = as_array("x", x)
    if x.shape[x.ndim - min(ndim, x.ndim) :] != tuple(bank.grid) or x.dtype.kind not in "biuf":
        raise ValueError(
            f"x has shape {x.shape} and dtype {x.dtype}; expected real signals of shape (..., *grid), where grid is "
            f"{bank.grid}, that of the bank."
        )
    _check_single(bank)
    x_hat = operators.analyze(x.astype(complex_dtype(x.dtype)), operators.grid_axes(ndim))
    filters = (to_dense(psi, bank.grid)[0].astype(x_hat.real.dtype) for psi in (bank.phi, *bank.psi))
    outputs = [operators.synthesize(x_hat * psi, operators.grid_axes(ndim)) for psi in filters]
    return outputs[0].real, np.stack(outputs[1:], axis=-ndim - 1)


def inverse_wavelet_transform(low: ArrayLike, w: ArrayLike, bank: FilterBank) -> np.ndarray:
    r"""Reconstruct real signals from wavelet coefficients with the dual filters.

    .. math:: \hat x = \frac{\hat\phi^* \hat a + \tfrac12 \sum_\lambda \left(\hat\psi_\lambda^*(\omega)\,
              \hat w_\lambda(\omega) + \hat\psi_\lambda(-\omega)\, \hat w_\lambda^*(-\omega)\right)}{A(\omega)}

    with :math:`a` the argument ``low`` and A the Littlewood-Paley sum. This is the inverse of
    :func:`wavelet_transform`. If the coefficients are those of no signal, the result is the signal with the nearest
    coefficients.

    Parameters
    ----------
    low : array-like of shape (..., *bank.grid)
        Signals averaged by the low-pass filter.
    w : array-like of shape (..., n_filters, *bank.grid)
        Wavelet coefficients.
    bank : FilterBank
        Filter bank.

    Returns
    -------
    x : ndarray of shape (..., *bank.grid)
        Real signals.

    Raises
    ------
    ValueError
        If the bank does not cover all frequencies, a filter of the bank has several components, or ``low`` and ``w``
        do not have the shapes that the bank prescribes.
    """
    ndim = len(bank.grid)
    _check_single(bank)
    low, w = as_array("low", low), as_array("w", w)
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
    dtype = complex_dtype(low.dtype)
    x_hat = operators.analyze(low.astype(dtype), operators.grid_axes(ndim)) * to_dense(bank.phi, bank.grid)[0]
    for psi, coefficients in zip(bank.psi, np.moveaxis(w, -ndim - 1, 0), strict=True):
        w_hat = operators.analyze(coefficients.astype(dtype), operators.grid_axes(ndim))
        x_hat += w_hat * np.conjugate(to_dense(psi, bank.grid)[0])
    # Taking the real part halves each wavelet and adds half of its mirror image.
    return operators.synthesize(x_hat / total, operators.grid_axes(ndim)).real.astype(low.dtype, copy=False)


def griffin_lim(
    low: ArrayLike,
    moduli: ArrayLike,
    bank: FilterBank,
    *,
    n_iter: int = 100,
    random_state: int | np.random.RandomState | None = None,
) -> np.ndarray:
    r"""Reconstruct real signals from the moduli of their wavelet coefficients.

    Starting from random phases, two steps alternate: the coefficients are set to the given moduli without changing
    their phases, then projected onto the coefficients of signals. The distance to the given moduli decreases with each
    iteration, to a local minimum.

    Parameters
    ----------
    low : array-like of shape (..., *bank.grid)
        Signals averaged by the low-pass filter.
    moduli : array-like of shape (..., n_filters, *bank.grid)
        Moduli :math:`|x * \psi_\lambda|`.
    bank : FilterBank
        Filter bank.
    n_iter : int, default=100
        Number of iterations.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the initial phases. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.

    Returns
    -------
    x : ndarray of shape (..., *bank.grid)
        Real signals.

    Raises
    ------
    ValueError
        If ``n_iter`` is less than 1, or for the reasons given in :func:`inverse_wavelet_transform`.

    References
    ----------
    .. [1] D. W. Griffin and J. S. Lim, "Signal estimation from modified short-time Fourier transform", IEEE Trans.
           Acoust. Speech Signal Process. 32 (1984), 236-243.
    .. [2] J. Anden and S. Mallat, "Deep scattering spectrum", IEEE Trans. Signal Process. 62 (2014), 4114-4128,
           section V.
    """
    check_counts(n_iter=n_iter)
    moduli = as_array("moduli", moduli)
    phases = np.exp(2j * np.pi * check_random_state(random_state).random_sample(moduli.shape))
    for _ in range(n_iter):
        x = inverse_wavelet_transform(low, moduli * phases, bank)
        _, w = wavelet_transform(x, bank)
        modulus = np.abs(w)
        phases = np.divide(w, modulus, out=np.ones_like(w), where=modulus > 0)
    return inverse_wavelet_transform(low, moduli * phases, bank)


def reconstruct(
    S: ArrayLike,
    scattering: BaseEstimator,
    *,
    init: ArrayLike | None = None,
    n_components: int = 3,
    tol: float = 1e-8,
    max_iter: int = 1000,
    random_state: int | np.random.RandomState | None = None,
    verbose: int = 0,
) -> np.ndarray:
    r"""Reconstruct signals from scattering coefficients by gradient descent.

    The loss :math:`\|\Phi x - S\|^2`, with :math:`\Phi` the transform, is minimized starting from Gaussian white noise
    of low amplitude. The noise is first fitted to the zeroth-order coefficients, averages of the signal itself, which
    determine its sign. With ``average="local"`` and moderate T, signals are recovered up to local minima of the loss;
    the larger T is, the less the coefficients determine the signal.

    There are fewer local minima in a space of higher dimension. The moduli
    :math:`(\sum_k |x_k \ast \psi_\lambda|^2)^{1/2}` of several signals are fitted first, while a penalty on the energy
    of all signals but one grows, until that one remains [1]_.

    Parameters
    ----------
    S : array-like of shape (n, n_features_out)
        Coefficients, as returned by ``scattering.transform``.
    scattering : estimator
        Fitted scattering transform, or another fitted estimator with ``transform``, ``gradient`` and ``kinds_``.
    init : array-like of shape (n, *shape), default=None
        Initial signals. None means white noise fitted to the zeroth-order coefficients.
    n_components : int, default=3
        Number of signals whose moduli are pooled in the first four fifths of the iterations, each of which takes as
        long as that many gradients. With 1, the descent is on the signal itself, which is faster, but the final error
        on speech is three to twenty times larger. Used only if ``init`` is None and ``scattering`` is a transform of
        this package without powers.
    tol : float, default=1e-8
        Stop when the loss is at most this fraction of its initial value.
    max_iter : int, default=1000
        Maximum number of iterations.
    random_state : int, RandomState instance or None, default=None
        Determines random number generation for the initial noise. Pass an int for reproducible output across multiple
        function calls. See :term:`Glossary <random_state>`.
    verbose : int, default=0
        Verbosity level. If positive, the loss is printed every ``verbose`` iterations.

    Returns
    -------
    X : ndarray of shape (n, *shape) or (n, channels, *shape)
        Reconstructed signals, in the layout of the signals on which ``scattering`` was fitted.

    Raises
    ------
    ValueError
        If S has no rows, or not as many columns as ``scattering`` has outputs, or values that are not finite, ``init``
        has the wrong shape, ``n_components`` or ``max_iter`` is less than 1, or the signals of ``scattering`` are
        complex.
    NotFittedError
        If ``scattering`` is not fitted.

    References
    ----------
    .. [1] S. Burer and R. D. C. Monteiro, "A nonlinear programming algorithm for solving semidefinite programs via
           low-rank factorization", Math. Program. 95 (2003), 329-357.

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
    refuse_complex("scattering", scattering, "reconstruct")
    check_counts(n_components=n_components, max_iter=max_iter)
    S = as_array("S", on_host("S", S)).astype(np.float64)
    n_outputs, shape = len(scattering.kinds_), input_shape(scattering)
    if S.ndim != 2 or not len(S) or S.shape[1] != n_outputs:
        raise ValueError(f"S has shape {S.shape}; expected at least one row of {n_outputs} coefficients.")
    if not np.isfinite(S).all():
        raise ValueError(
            "S has values that are infinite or NaN, as coefficients of signals with gaps may be; expected numbers. "
            "Fill the gaps of the signals first, for example with skscat.synthesis.ScatteringInpainter."
        )
    rng = check_random_state(random_state)
    is_relaxed = init is None and n_components > 1 and can_be_relaxed(scattering)
    # NumPy computes, whatever library the transform was fitted to.
    with config_context(array_api_dispatch=False):
        init = _fitted_noise(S, scattering, rng) if init is None else init
        init = as_array("init", on_host("init", init)).astype(np.float64)
        if init.shape not in ((len(S), *shape), (len(S), int(np.prod(shape)))):
            raise ValueError(f"init has shape {init.shape}; expected {(len(S), *shape)}.")
        X = []
        for s, x in zip(S, init.reshape(len(S), -1), strict=True):
            n_iter, scale = max_iter, _scale(s)
            if is_relaxed:
                n_iter = max(1, max_iter - round(RELAXED_SHARE * max_iter))
                options = {"n_components": n_components, "max_iter": max_iter - n_iter, "verbose": verbose}
                x = relaxed_start(scattering, s, scale, x, rng=rng, **options)
            X.append(descend(scattering, s, scale, x, tol=tol, max_iter=n_iter, verbose=verbose).x)
    return np.array(X).reshape(len(S), *shape)


def _fitted_noise(S, scattering, rng):
    """Return white noise fitted to the given zeroth-order outputs.

    Moduli do not depend on the sign of a signal: a descent on all outputs that starts from the wrong sign would end
    with it, in the whole signal or in parts.
    """
    # First-order coefficients are averages of moduli, whose amplitude is about that of the signal.
    sizes = NOISE * norms(S) / np.sqrt(S.shape[1])
    noise = sizes[:, np.newaxis] * rng.standard_normal((len(S), scattering.n_features_in_))
    kinds = np.asarray(scattering.kinds_)
    zeroth = kinds == kinds.min()
    options = {"tol": LINEAR_TOL, "max_iter": LINEAR_STEPS}
    # Outputs whose error is divided by infinity have no weight.
    return [
        descend(scattering, s, np.where(zeroth, _scale(s), np.inf), x, **options).x
        for s, x in zip(S, noise, strict=True)
    ]


def _scale(s):
    """Return the scale of the error of each output, the same for all: their norm."""
    exponent = scale_exponents(s[np.newaxis], None)
    return np.full(len(s), times_exp2(np.linalg.norm(times_exp2(s, -exponent)), exponent) or 1)


def _check_single(bank):
    n = max(len(psi.values) for psi in bank.psi)
    if n > 1:
        raise ValueError(f"bank has filters of {n} components; expected one component, as in 1-D and 2-D banks.")
