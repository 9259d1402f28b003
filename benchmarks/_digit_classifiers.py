"""What reads the coefficients of digits: affine subspaces and a Gaussian SVM, their parameters chosen in training."""

import time

import numpy as np
from _report import SEED
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.svm import SVC

from skscat.classification import AffineSubspaceClassifier
from skscat.preprocessing import PathScaler

# Principal components that classifiers see at most: more change nothing.
N_COMPONENTS = {"affine": 600, "svm": 400}
SHRINKAGES = [1.0, 0.3, 0.1]
SVM_GRID = {
    "partialwhitening__n_components": [200, 400],
    "partialwhitening__power": [0.0, 0.25, 0.5, 0.75],
    "svc__gamma": [0.25, 0.5, 1.0],
    "svc__C": [10],
}
# Of more samples than the first number half learn and half validate an SVM, up to the second number of each.
N_FOLDED, N_VALIDATED = 2000, 5000
FOLDS = StratifiedKFold(5, shuffle=True, random_state=SEED)


class PartialWhitening(TransformerMixin, BaseEstimator):
    """Divide leading principal components by a power of their deviation: 0 keeps distances, 1 whitens.

    Then the sum of variances is made one, so that the width of a kernel means the same for all powers.
    """

    def __init__(self, n_components=200, power=0.5):
        self.n_components = n_components
        self.power = power

    def fit(self, X, y=None):
        deviation = X[:, : self.n_components].std(axis=0)
        scale = deviation**-self.power
        self.scale_ = scale / np.linalg.norm(scale * deviation)
        return self

    def transform(self, X):
        return X[:, : self.n_components] * self.scale_


def learn(X, y, kind, n_positions=1, n_jobs=None):
    """Fit a classifier of the given kind to features, and choose its parameters by cross-validation.

    Principal components are those of all training samples: they know nothing of labels, and all candidates share them.

    Returns
    -------
    model : estimator
        Fitted to all samples.
    score : float
        Accuracy of its parameters in cross-validation.
    parameters : dict
        What was chosen.
    """
    fit, scalers = {"affine": (fit_affine, [None, "max"]), "svm": (fit_svm, [None])}[kind]
    if n_positions == X.shape[1]:
        # One path has nothing to be scaled against.
        scalers = [None]
    candidates = []
    for scaler in scalers:
        start = time.perf_counter()
        reduction = make_pipeline(
            PathScaler(scaler, n_positions=n_positions) if scaler else "passthrough",
            Normalizer(),
            # The deviations of n points have n - 1 components.
            PCA(min(N_COMPONENTS[kind], len(X) - 1, X.shape[1]), svd_solver=solver(X), random_state=SEED),
        )
        Z = reduction.fit_transform(X)
        classifier, score, parameters = fit(Z, y, n_jobs)
        parameters = {"path_scaler": scaler} | parameters
        print(f"  {score:.2%} in cross-validation, {parameters}, {time.perf_counter() - start:.0f} s", flush=True)
        candidates.append((make_pipeline(reduction, classifier), score, parameters))
    return max(candidates, key=lambda candidate: candidate[1])


def solver(X):
    """How principal components are best found: many samples have their covariance, others are projected at random."""
    return "covariance_eigh" if len(X) > 2 * X.shape[1] else "randomized"


def fit_affine(Z, y, n_jobs):
    """Choose the metric and the dimension of affine subspaces."""
    models = [AffineSubspaceClassifier(shrinkage=s, cv=FOLDS, n_jobs=n_jobs).fit(Z, y) for s in SHRINKAGES]
    best = max(models, key=lambda model: model.cv_scores_.max())
    return best, best.cv_scores_.max(), {"shrinkage": best.shrinkage, "n_directions": best.n_components_}


def fit_svm(Z, y, n_jobs):
    """Choose whitening and kernel of a Gaussian SVM."""
    model = make_pipeline(PartialWhitening(), SVC(cache_size=2000))
    search = GridSearchCV(model, SVM_GRID, cv=split(y), n_jobs=n_jobs).fit(Z, y)
    parameters = {name.partition("__")[2]: value for name, value in search.best_params_.items()}
    return search.best_estimator_, search.best_score_, parameters


def split(y):
    """Five folds; of many samples one half learns and the other validates."""
    if len(y) <= N_FOLDED:
        return FOLDS
    n = min(len(y) // 2, N_VALIDATED)
    return [(np.arange(n), np.arange(n, 2 * n))]
