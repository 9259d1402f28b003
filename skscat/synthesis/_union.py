"""Several representations side by side, with their gradient."""

import numpy as np
from sklearn.base import clone


class RepresentationUnion:
    """Outputs of several representations, one after the other.

    Parameters
    ----------
    parts : sequence of estimator
        With ``fit``, ``transform``, ``gradient`` and ``kinds_``. They are cloned.
    """

    def __init__(self, parts):
        self.parts = [clone(part) for part in parts]

    def fit(self, X):
        """Fit all parts."""
        for part in self.parts:
            part.fit(X)
        first = self.parts[0]
        self.ndim_, self.signal_shape_, self.n_features_in_ = first.ndim_, first.signal_shape_, first.n_features_in_
        groups = [np.unique(part.kinds_, return_inverse=True)[1] for part in self.parts]
        offsets = np.cumsum([0, *(g.max() + 1 for g in groups)])
        self.kinds_ = np.concatenate([g + offset for g, offset in zip(groups, offsets, strict=False)])
        self._starts = np.cumsum([0, *(len(g) for g in groups)])
        return self

    def transform(self, X):
        """Outputs of all parts, of shape (n, n_outputs)."""
        return np.concatenate([np.asarray(part.transform(X)) for part in self.parts], axis=1)

    def gradient(self, X, weights):
        """Gradient of a weighted sum of outputs; ``weights(S, index)`` is asked for the weights of each part."""
        total = 0
        for part, start in zip(self.parts, self._starts, strict=False):

            def shifted(S, index, start=start):
                row, column = index
                return weights(S, (row, column + start))

            total = total + part.gradient(X, shifted)
        return total
