"""Groups of samples: estimators with an inner cross-validation pass them to its splitter."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LassoCV
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skscat.classification import AffineSubspaceClassifier
from skscat.linear_model import OrthogonalLeastSquaresCV
from skscat.physics import CopyRegressor

FOLDS = GroupKFold(3)
# Each estimator with the attribute that holds what its inner cross-validation found.
ESTIMATORS = [
    (AffineSubspaceClassifier([0, 1, 2, 3]), "cv_scores_"),
    (OrthogonalLeastSquaresCV(5), "cv_errors_"),
]
estimators = pytest.mark.parametrize(("estimator", "attribute"), ESTIMATORS, ids=lambda e: type(e).__name__)


@pytest.fixture
def samples(rng):
    """Samples, labels and groups: samples of a group are similar and have the same label."""
    groups = rng.integers(0, 9, 90)
    X = rng.standard_normal((9, 6))[groups] + 0.3 * rng.standard_normal((90, 6))
    return X, groups % 2, groups


def fitted_on_groups(estimator, X, y, groups):
    """Fit with the folds of the groups, listed: no groups are passed."""
    return clone(estimator).set_params(cv=list(FOLDS.split(X, y, groups))).fit(X, y)


@estimators
@pytest.mark.parametrize("routing", [False, True])
def test_inner_cross_validation_sees_the_groups(estimator, attribute, routing, samples):
    X, y, groups = samples
    expected = getattr(fitted_on_groups(estimator, X, y, groups), attribute)
    with config_context(enable_metadata_routing=routing):
        model = clone(estimator).set_params(cv=FOLDS).fit(X, y, groups=groups)
    assert_array_equal(getattr(model, attribute), expected)
    # Folds that split groups find another result.
    assert not np.array_equal(getattr(clone(estimator).fit(X, y), attribute), expected)


@estimators
def test_inner_cross_validation_of_a_pipeline_sees_the_groups(estimator, attribute, samples):
    X, y, groups = samples
    X_scaled = StandardScaler().fit_transform(X)
    expected = getattr(fitted_on_groups(estimator, X_scaled, y, groups), attribute)
    model = clone(estimator).set_params(cv=FOLDS)
    with config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(StandardScaler(), model).fit(X, y, groups=groups)
    assert_array_equal(getattr(pipeline[-1], attribute), expected)
    name = type(estimator).__name__.lower()
    pipeline = make_pipeline(StandardScaler(), model).fit(X, y, **{f"{name}__groups": groups})
    assert_array_equal(getattr(pipeline[-1], attribute), expected)


@estimators
def test_inner_and_outer_cross_validation_of_a_search_see_the_groups(estimator, attribute, samples):
    X, y, groups = samples
    model = make_pipeline(StandardScaler(), clone(estimator).set_params(cv=FOLDS))
    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(model, {"standardscaler__with_std": [True]}, cv=GroupKFold(2))
        search.fit(X, y, groups=groups)
    expected = fitted_on_groups(estimator, StandardScaler().fit_transform(X), y, groups)
    assert_array_equal(getattr(search.best_estimator_[-1], attribute), getattr(expected, attribute))
    scores = []
    for train, test in GroupKFold(2).split(X, y, groups):
        scaler = StandardScaler().fit(X[train])
        fold = fitted_on_groups(estimator, scaler.transform(X[train]), y[train], groups[train])
        scores.append(fold.score(scaler.transform(X[test]), y[test]))
    assert_array_equal([search.cv_results_[f"split{i}_test_score"][0] for i in range(2)], scores)


@estimators
def test_folds_from_a_generator_are_used_once(estimator, attribute, samples):
    X, y, groups = samples
    model = clone(estimator).set_params(cv=FOLDS.split(X, y, groups))
    with config_context(enable_metadata_routing=True):
        make_pipeline(model).fit(X, y)
    expected = fitted_on_groups(estimator, X, y, groups)
    assert_array_equal(getattr(model, attribute), getattr(expected, attribute))


@estimators
def test_groups_that_no_splitter_takes_are_refused_by_routing(estimator, attribute, samples):
    X, y, groups = samples
    with config_context(enable_metadata_routing=True), pytest.raises(TypeError, match=r"unexpected argument.*groups"):
        clone(estimator).fit(X, y, groups=groups)


@estimators
def test_other_parameters_of_fit_need_routing(estimator, attribute, samples):
    X, y, groups = samples
    with pytest.raises(ValueError, match=r"fit is only supported if enable_metadata_routing=True.*weights"):
        clone(estimator).fit(X, y, groups=groups, weights=groups)


@pytest.mark.parametrize("routing", [False, True])
def test_copies_of_a_sample_stay_in_one_fold(routing, rng):
    X, y, copies = rng.standard_normal((30, 8)), rng.standard_normal(30), np.repeat(np.arange(30), 2)
    with config_context(enable_metadata_routing=routing):
        model = CopyRegressor(
            LassoCV(cv=FOLDS) if routing else GridSearchCV(KernelRidge(), {"alpha": [1, 2]}, cv=FOLDS)
        )
        model.set_params(n_copies=2).fit(X, y, groups=np.arange(30))
    flat, targets = X.reshape(60, 4), y[copies]
    folds = list(FOLDS.split(flat, targets, copies))
    if routing:
        expected = LassoCV(cv=folds).fit(flat, targets)
        assert_array_equal(model.regressor_.mse_path_, expected.mse_path_)
    else:
        expected = GridSearchCV(KernelRidge(), {"alpha": [1, 2]}, cv=folds).fit(flat, targets)
        assert_array_equal(model.regressor_.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"])
