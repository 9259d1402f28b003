"""Concatenation of several representations, with their gradient."""

import numpy as np
from sklearn.base import clone


class RepresentationUnion:
    """Concatenate the outputs of several representations.

    Parameters
    ----------
    parts : sequence of estimator
        Representations with ``fit``, ``transform``, ``gradient`` and ``kinds_``. They are cloned.
    """

    def __init__(self, parts):
        self.parts = [clone(part) for part in parts]

    def fit(self, X):
        """Fit all parts."""
        for part in self.parts:
            part.fit(X)
        first = self.parts[0]
        self.ndim_, self.signal_shape_, self.n_features_in_ = first.ndim_, first.signal_shape_, first.n_features_in_
        # Custom representations need not know of it.
        self.channel_axis = getattr(first, "_channel_axis", None)
        kinds = [np.unique(part.kinds_, return_inverse=True)[1] for part in self.parts]
        offsets = np.cumsum([0, *(k.max() + 1 for k in kinds)])
        self.kinds_ = np.concatenate([k + offset for k, offset in zip(kinds, offsets, strict=False)])
        self._starts = np.cumsum([0, *(len(k) for k in kinds)])
        return self

    def transform(self, X):
        """Return the outputs of all parts, of shape (n, n_outputs)."""
        return np.concatenate([np.asarray(part.transform(X)) for part in self.parts], axis=1)

    def gradient(self, X, weights):
        """Return the gradient of a weighted sum of outputs; ``weights(S, index)`` gives the weights of each part."""
        total = 0
        for part, start in zip(self.parts, self._starts, strict=False):

            def shifted(S, index, start=start):
                row, column = index
                return weights(S, (row, column + start))

            total = total + part.gradient(X, shifted)
        return total
