"""Selection of variables by orthogonal least squares."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import DocLinkMixin, Interval, StrOptions, fit_context, validate_data
from skscat.linear_model._path import centre, orthogonal_path


class OLSSelector(DocLinkMixin, SelectorMixin, BaseEstimator):
    """Select the variables that orthogonal least squares needs to tell classes, or to predict values.

    For each class, variables are chosen one by one that best fit, in least squares, whether a sample is of this class.
    Of tens of thousands of scattering coefficients a few remain, each chosen for one class.

    Read more in the :ref:`User Guide <orthogonal_least_squares>`.

    Parameters
    ----------
    n_terms : int, default=30
        Number of variables chosen for each class or target in each round.
    n_rounds : int, default=1
        Number of rounds. Each chooses from what those before have left.
    task : {"classification", "regression"}, default="classification"
        Whether y has labels or values.
    joint : bool, default=False
        If True, a round chooses ``n_terms`` variables in all, that serve all classes or targets together.

    Attributes
    ----------
    selected_ : ndarray of int of shape (n_rounds, n_problems, min(n_terms, n_features))
        Variables in the order of their choice, by round and by class, target, or (with two classes, or ``joint``) 0.
        Classes may choose the same ones. -1 where a class needs no more.
    n_selected_ : int
        Number of different variables.
    classes_ : ndarray of shape (n_classes,)
        Labels; in classification.
    n_features_in_ : int
        Features seen in ``fit``.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of the features of X, where it has any.

    See Also
    --------
    OrthogonalLeastSquares : The same choice as a regressor.
    sklearn.feature_selection.SelectKBest : Judges each variable alone.

    Notes
    -----
    All problems take a step together, which reads X in one matrix product and copies nothing of it but chosen columns:
    X may be a memory map. Memory grows as the number of samples times that of terms of all classes.

    References
    ----------
    .. [1] E. Oyallon and S. Mallat, "Deep roto-translation scattering for object classification", Proc. CVPR (2015),
           2865-2873.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skscat.linear_model import OLSSelector
    >>> X, y = load_digits(return_X_y=True)
    >>> OLSSelector(n_terms=2).fit_transform(X, y).shape
    (1797, 17)
    """

    _parameter_constraints: dict = {
        "n_terms": [Interval(Integral, 1, None, closed="left")],
        "n_rounds": [Interval(Integral, 1, None, closed="left")],
        "task": [StrOptions({"classification", "regression"})],
        "joint": ["boolean"],
    }

    def __init__(self, n_terms=30, *, n_rounds=1, task="classification", joint=False):
        self.n_terms = n_terms
        self.n_rounds = n_rounds
        self.task = task
        self.joint = joint

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Choose variables.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Features.
        y : array-like of shape (n,), or (n, n_targets) in regression
            Labels or values.

        Returns
        -------
        self : object
            The fitted selector.

        Raises
        ------
        ValueError
            If all labels are the same.
        """
        regression = self.task == "regression"
        vars(self).pop("classes_", None)
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], multi_output=regression, y_numeric=regression)
        targets = y.astype(np.float64).reshape(len(y), -1) if regression else self._indicators(y)
        targets = centre(targets, targets.mean(axis=0))
        targets = targets[np.newaxis] if self.joint else targets.T[:, :, np.newaxis]
        offset = X.mean(axis=0, dtype=np.float64)
        available = np.ones(X.shape[1], bool)
        rounds = []
        for _ in range(self.n_rounds):
            selected = orthogonal_path(X, targets, min(self.n_terms, X.shape[1]), offset, available).selected
            rounds.append(selected)
            available[selected[selected >= 0]] = False
        self.selected_ = np.array(rounds)
        self._support = ~available
        self.n_selected_ = int(np.sum(self._support))
        return self

    def _indicators(self, y):
        check_classification_targets(y)
        binarizer = LabelBinarizer().fit(y)
        self.classes_ = binarizer.classes_
        if len(self.classes_) < 2:
            raise ValueError(f"y has 1 class, {self.classes_[0]}; expected at least two classes.")
        return binarizer.transform(y).astype(np.float64)

    def _get_support_mask(self):
        check_is_fitted(self)
        return self._support

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
