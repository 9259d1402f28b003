"""Folds of the cross-validation within the training data."""

import warnings
from numbers import Integral

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, check_cv
from sklearn.utils.metadata_routing import get_routing_for_object

from skscat._checks import refuse_masked
from skscat._sklearn import stratified_splitter

# As in scikit-learn, if ``cv`` is None.
N_FOLDS = 5


def check_groups(groups, n):
    """Return groups as an array; raise ValueError unless there is one for each of n signals."""
    if groups is None:
        return None
    refuse_masked("groups", groups)
    groups = np.asarray(groups)
    if groups.shape != (n,):
        raise ValueError(f"groups has shape {groups.shape}; expected ({n},), one entry per signal.")
    return groups


def takes_groups(model):
    """Return whether a model cross-validates, with a splitter that takes groups."""
    cv = model.get_params(deep=False).get("cv")
    return bool(get_routing_for_object(cv).consumes("split", ["groups"]))


def is_number(cv):
    """Return whether a parameter ``cv`` is a number of folds, or None for the default."""
    return cv is None or isinstance(cv, Integral)


def classification_splitter(cv, y, groups):
    """Return a splitter of signals with class labels y; None if each class has one signal."""
    n_folds = _n_group_folds(cv, groups)
    if n_folds is None:
        return stratified_splitter(cv, y)
    # Stratification requires a class that can be in all folds.
    stratifies = np.unique(y, return_counts=True)[1].max() >= n_folds
    return StratifiedGroupKFold(n_folds) if stratifies else GroupKFold(n_folds)


def regression_splitter(cv, y, groups):
    """Return a splitter of signals with values y; folds hold at least two signals if ``cv`` is a number of folds."""
    n_folds = _n_group_folds(cv, groups)
    if n_folds is not None:
        return GroupKFold(n_folds)
    if not is_number(cv):
        return check_cv(cv)
    n = len(y)
    if n < 4:
        raise ValueError(f"X has {n} sample{'s' * (n > 1)}; cross-validation requires at least 4, in two folds.")
    return KFold(min(N_FOLDS if cv is None else cv, n // 2))


def list_folds(splitter, X, y, groups, least=1):
    """Return the folds of a splitter: pairs of indices of training and test signals.

    Parameters
    ----------
    splitter : cross-validation generator
        See :func:`classification_splitter`.
    X, y, groups : array-like
        Signals, targets and, if not None, groups.
    least : int, default=1
        Number of test signals that a score requires. Folds of fewer are left out.

    Returns
    -------
    folds : list of tuple

    Raises
    ------
    ValueError
        If no fold is left.
    """
    with warnings.catch_warnings():
        # Groups are stratified as well as they can be.
        warnings.filterwarnings("ignore", message="The least populated class in y has only", category=UserWarning)
        folds = [(train, test) for train, test in splitter.split(X, y, groups) if len(test) >= least]
    if not folds:
        raise ValueError(f"cv: there is no fold of {least} or more test samples, which a score requires.")
    return folds


def _n_group_folds(cv, groups):
    """Return the number of folds of whole groups, at most the number of groups, or None if there are no such folds."""
    if groups is None or not is_number(cv):
        return None
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        raise ValueError("groups: all signals are in one group; expected at least two groups.")
    return min(N_FOLDS if cv is None else cv, n_groups)
