"""Classifiers of digits: affine subspaces and Gaussian SVM, with parameters chosen by cross-validation."""

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

# Largest number of principal components: more do not change the result.
N_COMPONENTS = {"affine": 600, "svm": 400}
SHRINKAGES = [1.0, 0.3, 0.1]
SVM_GRID = {
    "partialwhitening__n_components": [200, 400],
    "partialwhitening__power": [0.0, 0.25, 0.5, 0.75],
    "svc__gamma": [0.25, 0.5, 1.0],
    "svc__C": [10],
}
# Above the first number of samples, an SVM is validated on one half of them, up to the second number in each half.
N_FOLDED, N_VALIDATED = 2000, 5000
FOLDS = StratifiedKFold(5, shuffle=True, random_state=SEED)


class PathNormalizer(TransformerMixin, BaseEstimator):
    """Divide all positions of a path, which are adjacent, by the largest norm of the path in a training sample."""

    def __init__(self, n_positions):
        self.n_positions = n_positions

    def fit(self, X, y=None):
        largest = np.linalg.norm(X.reshape(len(X), -1, self.n_positions), axis=2).max(axis=0)
        self.scale_ = np.repeat(np.where(largest > 0, largest, 1), self.n_positions)
        return self

    def transform(self, X):
        return X / self.scale_


class PartialWhitening(TransformerMixin, BaseEstimator):
    """Divide leading principal components by a power of their standard deviation: 0 preserves distances, 1 whitens.

    The total variance is then normalized to one, so that kernel widths are comparable for all powers.
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
    """Fit a classifier of the given kind, with parameters chosen by cross-validation.

    All candidates share the principal components of all training samples, which do not depend on the labels.

    Returns
    -------
    model : estimator
        Classifier fitted to all samples.
    score : float
        Cross-validation accuracy of its parameters.
    parameters : dict
        Chosen parameters.
    """
    fit, scalers = {"affine": (fit_affine, [None, "max"]), "svm": (fit_svm, [None])}[kind]
    if n_positions == X.shape[1]:
        # A single path need not be scaled relative to others.
        scalers = [None]
    candidates = []
    for scaler in scalers:
        start = time.perf_counter()
        reduction = make_pipeline(
            PathNormalizer(n_positions) if scaler else "passthrough",
            Normalizer(),
            # n centered samples have at most n - 1 components.
            PCA(min(N_COMPONENTS[kind], len(X) - 1, X.shape[1]), svd_solver=solver(X), random_state=SEED),
        )
        Z = reduction.fit_transform(X)
        classifier, score, parameters = fit(Z, y, n_jobs)
        parameters = {"path_scaler": scaler} | parameters
        print(f"  {score:.2%} in cross-validation, {parameters}, {time.perf_counter() - start:.0f} s", flush=True)
        candidates.append((make_pipeline(reduction, classifier), score, parameters))
    return max(candidates, key=lambda candidate: candidate[1])


def solver(X):
    """PCA solver: the covariance matrix for many samples, otherwise random projections."""
    return "covariance_eigh" if len(X) > 2 * X.shape[1] else "randomized"


def fit_affine(Z, y, n_jobs):
    """Choose the shrinkage and the dimension of affine subspaces."""
    model = AffineSubspaceClassifier(shrinkage=SHRINKAGES, cv=FOLDS, n_jobs=n_jobs).fit(Z, y)
    return model, model.cv_scores_.max(), {"shrinkage": model.shrinkage_, "n_directions": model.n_components_}


def fit_svm(Z, y, n_jobs):
    """Choose the whitening and the kernel width of a Gaussian SVM."""
    model = make_pipeline(PartialWhitening(), SVC(cache_size=2000))
    search = GridSearchCV(model, SVM_GRID, cv=split(y), n_jobs=n_jobs).fit(Z, y)
    parameters = {name.partition("__")[2]: value for name, value in search.best_params_.items()}
    return search.best_estimator_, search.best_score_, parameters


def split(y):
    """Five folds or, for many samples, one half for training and one for validation."""
    if len(y) <= N_FOLDED:
        return FOLDS
    n = min(len(y) // 2, N_VALIDATED)
    return [(np.arange(n), np.arange(n, 2 * n))]
