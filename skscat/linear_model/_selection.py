"""Feature selection by orthogonal least squares."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from skscat._sklearn import EstimatorMixin, StrOptions, at_least, fit_context
from skscat._validation import to_array, validate_data
from skscat.linear_model._path import center, orthogonal_path, rescale


class OrthogonalLeastSquaresSelector(EstimatorMixin, SelectorMixin, BaseEstimator):
    """Feature selection by orthogonal least squares, for classification or regression.

    For each class, features are selected one by one to best fit the indicator of the class in the least-squares sense.
    This reduces tens of thousands of scattering coefficients to a few, each selected for one class.

    Read more in the :ref:`User Guide <orthogonal_least_squares>`.

    Parameters
    ----------
    n_terms : int, default=30
        Maximum number of features to select per class or target in each round.
    n_rounds : int, default=1
        Number of rounds. Each round selects among the features that earlier rounds did not select.
    task : {"classification", "regression"}, default="classification"
        Whether y contains class labels or target values.
    joint : bool, default=False
        If True, each round selects at most ``n_terms`` features in total, shared by all classes or targets.

    Attributes
    ----------
    selected_ : ndarray of int of shape (n_rounds, n_problems, min(n_terms, n_features))
        Selected features in order of selection, for each round and each class or target; a single problem if there
        are two classes or ``joint=True``. Classes may select the same feature. -1 once a class needs no more.
    n_selected_ : int
        Number of distinct selected features.
    classes_ : ndarray of shape (n_classes,)
        Class labels. Only available if ``task="classification"``.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    OrthogonalLeastSquares : Regression with the same selection of features.
    sklearn.feature_selection.SelectKBest : Scores each feature on its own.

    Notes
    -----
    All classes advance together: each step reads X once, in a single matrix product, and copies only the selected
    columns, so that X may be a memory map. Memory grows as the number of samples times the total number of terms of
    all classes.

    References
    ----------
    .. [1] E. Oyallon and S. Mallat, "Deep roto-translation scattering for object classification", Proc. CVPR (2015),
           2865-2873.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skscat.linear_model import OrthogonalLeastSquaresSelector
    >>> X, y = load_digits(return_X_y=True)
    >>> OrthogonalLeastSquaresSelector(n_terms=2).fit_transform(X, y).shape
    (1797, 17)
    """

    _parameter_constraints: dict = {
        "n_terms": [at_least(1)],
        "n_rounds": [at_least(1)],
        "task": [StrOptions({"classification", "regression"})],
        "joint": ["boolean"],
    }

    def __init__(
        self, n_terms: int = 30, *, n_rounds: int = 1, task: str = "classification", joint: bool = False
    ) -> None:
        self.n_terms = n_terms
        self.n_rounds = n_rounds
        self.task = task
        self.joint = joint

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Select features.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Training data.
        y : array-like of shape (n,), or (n, n_targets) in regression
            Class labels or target values.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If all class labels are the same.
        """
        regression = self.task == "regression"
        self.__dict__.pop("classes_", None)
        x, y = validate_data(self, X, y, dtype=[np.float64, np.float32], multi_output=regression, y_numeric=regression)
        targets = np.asarray(y, np.float64).reshape(len(x), -1) if regression else self._indicators(y)
        x, targets, *_ = rescale(x, targets)
        targets = center(targets, targets.mean(axis=0))
        targets = targets[np.newaxis] if self.joint else targets.T[:, :, np.newaxis]
        offset = x.mean(axis=0, dtype=np.float64)
        available = np.ones(x.shape[1], bool)
        rounds = []
        for _ in range(self.n_rounds):
            selected = orthogonal_path(x, targets, min(self.n_terms, x.shape[1]), offset, available).selected
            rounds.append(selected)
            available[selected[selected >= 0]] = False
        self.selected_ = np.array(rounds)
        self._support = ~available
        self.n_selected_ = int(np.sum(self._support))
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Reduce X to the selected features.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Samples.

        Returns
        -------
        X_r : ndarray of shape (n, n_selected_)
            The samples with only the selected features.
        """
        return super().transform(to_array(X))

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
