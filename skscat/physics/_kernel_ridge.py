"""Kernel ridge regression on samples of which there are several copies."""

from numbers import Integral, Real

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted

from skscat._validation import DocLinkMixin, Interval, fit_context, validate_data

# Rows of a kernel that are computed at a time.
BLOCK_ROWS = 512


class CopyKernelRidge(DocLinkMixin, RegressorMixin, BaseEstimator):
    r"""Kernel ridge regression with a Laplacian kernel that is averaged over copies of the samples.

    .. math:: k(x, x') = \frac{1}{n^2} \sum_{a, b} \exp(-\|x_a - x'_b\|_1 / \sigma)

    over all pairs of copies of two samples, such as their randomly sorted Coulomb matrices, [1]_. Training with all
    copies as samples of their own would take :math:`n^2` times the memory.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    n_copies : int, default=1
        Copies in a row of X, one after the other.
    width : float, default=None
        Width of the kernel. None means the median distance of training samples.
    alpha : float, default=1e-8
        Penalty.

    Attributes
    ----------
    X_fit_ : ndarray of shape (n, n_features)
        Training samples.
    dual_coef_ : ndarray of shape (n,)
        Their weights.
    width_ : float
        Width of the kernel.
    intercept_ : float
        Mean of the targets.
    n_features_in_ : int
        Features seen in ``fit``.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    CoulombMatrix : Makes copies.
    copy_kernel : The kernel, for several widths at once.
    sklearn.kernel_ridge.KernelRidge : Other kernels, without copies.

    References
    ----------
    .. [1] K. Hansen et al., "Assessment and validation of machine learning methods for predicting molecular
           atomization energies", J. Chem. Theory Comput. 9 (2013), 3404-3419.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.physics import CopyKernelRidge
    >>> X = np.random.default_rng(0).random((50, 2))
    >>> y = X.sum(axis=1)
    >>> bool(CopyKernelRidge(n_copies=2).fit(X, y).score(X, y) > 0.99)
    True
    """

    _parameter_constraints: dict = {
        "n_copies": [Interval(Integral, 1, None, closed="left")],
        "width": [None, Interval(Real, 0, None, closed="neither")],
        "alpha": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, n_copies=1, *, width=None, alpha=1e-8):
        self.n_copies = n_copies
        self.width = width
        self.alpha = alpha

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Learn the weights of training samples.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples, each with all of its copies.
        y : array-like of shape (n,)
            Targets.

        Returns
        -------
        self : object
            The fitted regressor.

        Raises
        ------
        ValueError
            If the number of features is no multiple of ``n_copies``.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], y_numeric=True)
        if X.shape[1] % self.n_copies:
            raise ValueError(f"n_copies={self.n_copies} does not divide the {X.shape[1]} features of X.")
        self.X_fit_, self._n_copies = X, self.n_copies
        self.width_ = _median_distance(X, self.n_copies) if self.width is None else self.width
        (kernel,) = copy_kernel(X, X, self.n_copies, [self.width_])
        kernel[np.diag_indices_from(kernel)] += self.alpha
        self.intercept_ = y.mean()
        self.dual_coef_ = cho_solve(cho_factor(kernel, overwrite_a=True), y - self.intercept_)
        return self

    def predict(self, X):
        """Predict targets.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples, each with all of its copies.

        Returns
        -------
        y : ndarray of shape (n,)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        (kernel,) = copy_kernel(X, self.X_fit_, self._n_copies, [self.width_])
        return kernel @ self.dual_coef_ + self.intercept_


def copy_kernel(X, Y, n_copies, widths):
    """Laplacian kernels averaged over copies.

    Parameters
    ----------
    X : ndarray of shape (n_x, n_features)
        Samples, each with all of its copies.
    Y : ndarray of shape (n_y, n_features)
        Samples, each with all of its copies.
    n_copies : int
        Copies in a row.
    widths : sequence of float
        Widths of the kernels.

    Returns
    -------
    kernels : ndarray of shape (n_widths, n_x, n_y)

    See Also
    --------
    CopyKernelRidge : Learns with such a kernel.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.physics import copy_kernel
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> kernels = copy_kernel(X, X, 2, [1.0])
    >>> kernels.shape, bool(np.ptp(kernels) == 0)
    ((1, 2, 2), True)
    """
    X, Y = (np.asarray(x, dtype=np.float64).reshape(len(x), n_copies, -1) for x in (X, Y))
    kernels = np.zeros((len(widths), len(X), len(Y)))
    for rows in gen_batches(len(X), BLOCK_ROWS):
        for a in range(n_copies):
            for b in range(n_copies):
                distance = cdist(X[rows, a], Y[:, b], "cityblock")
                for kernel, width in zip(kernels, widths, strict=True):
                    kernel[rows] += np.exp(distance / -width)
    return kernels / n_copies**2


def _median_distance(X, n_copies):
    """Median distance of first copies, or one if most are the same."""
    first = X[:, : X.shape[1] // n_copies]
    distance = cdist(first, first, "cityblock")
    return float(np.median(distance[np.triu_indices(len(X), 1)])) or 1.0 if len(X) > 1 else 1.0
