"""Estimators from signals to targets: the folds of their cross-validation, whose groups stay together."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from recipe_signals import each_kind, each_model, outputs, quick, signals, y
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    ShuffleSplit,
    StratifiedGroupKFold,
    cross_validate,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from skscat import ScatteringClassifier, ScatteringRegressor
from skscat.recipes._folds import classification_splitter, list_folds, regression_splitter

GROUPS = np.repeat([3, 1, 4, 0, 2, 5], 4)


@pytest.fixture(autouse=True)
def few_penalties(monkeypatch):
    """Ridge regressions of two penalties, which are quickly fitted."""
    monkeypatch.setattr("skscat.recipes._estimators.GRID", {"alpha": [1.0, 1000.0]})


# Groups.


@pytest.mark.parametrize("make", [classification_splitter, regression_splitter])
@pytest.mark.parametrize("cv", [None, 2, 5, 40])
def test_no_group_is_in_two_folds_and_each_sample_is_held_out_once(make, cv, rng):
    for _ in range(50):
        n = rng.integers(6, 60)
        groups, labels = rng.integers(0, rng.integers(2, 12), n), rng.integers(0, rng.integers(2, 6), n)
        groups[:2] = 0, 1
        folds = list_folds(make(cv, labels, groups), np.zeros((n, 1)), labels, groups)
        assert len(folds) == min(cv or 5, len(np.unique(groups)))
        assert_array_equal(np.sort(np.concatenate([test for _, test in folds])), np.arange(n))
        for train, test in folds:
            assert not set(groups[train]) & set(groups[test])
            assert len(train) + len(test) == n


class Spy(KNeighborsClassifier):
    """Record the samples of each class in each fit."""

    seen = []

    def fit(self, X, y):
        self.seen.append(np.bincount(y, minlength=6))
        return super().fit(X, y)


@pytest.mark.parametrize("cv", [2, GroupKFold(3)])
def test_candidates_are_compared_on_whole_groups(cv, rng):
    Spy.seen.clear()
    # The classes are the groups: those of training samples are complete, or are held out.
    quick(kind="texture", cv=cv, classifier=Spy(1)).fit(signals("texture", rng), GROUPS, groups=GROUPS)
    assert len(Spy.seen) == 3 * (1 + (cv if cv == 2 else 3))
    assert {n for counts in Spy.seen for n in counts} == {0, 4}


@pytest.mark.parametrize("kind", ["image", "series"])
def test_a_classifier_is_chosen_on_stratified_folds_of_the_groups(kind, rng):
    X = signals(kind, rng)
    folds = list(StratifiedGroupKFold(3).split(X, y, GROUPS))
    model = quick(kind=kind, cv=3).fit(X, y, groups=GROUPS)
    assert_array_equal(outputs(model, X), outputs(quick(kind=kind, cv=folds).fit(X, y), X))
    assert_array_equal(scores_of(model), scores_of(quick(kind=kind, cv=folds).fit(X, y)))


def test_a_regressor_is_chosen_on_folds_of_the_groups(rng):
    X, values = signals("image", rng), rng.standard_normal(24)
    model = quick(ScatteringRegressor, cv=3).fit(X, values, groups=GROUPS)
    expected = quick(ScatteringRegressor, cv=list(GroupKFold(3).split(X, values, GROUPS))).fit(X, values)
    assert_array_equal(scores_of(model), scores_of(expected))


def scores_of(estimator):
    """Return what the model at the end of a pipeline found in cross-validation."""
    model = estimator.pipeline_[-1]
    if hasattr(model, "cv_scores_"):
        return model.cv_scores_
    return model.cv_results_["mean_test_score"] if hasattr(model, "cv_results_") else model.best_score_


@each_model
def test_there_are_at_most_as_many_folds_as_groups(model, rng):
    X, groups = signals("image", rng), GROUPS % 3
    assert quick(model, cv=10).fit(X, y, groups=groups).pipeline_[-1].cv.n_splits == 3


@each_model
@each_kind
@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (np.zeros(24), "groups: all signals are in one group; expected at least two"),
        (GROUPS[:9], r"groups has shape \(9,\); expected \(24,\), one entry per signal"),
        (GROUPS[:, np.newaxis], r"groups has shape \(24, 1\); expected \(24,\)"),
        (np.ma.masked_equal(GROUPS, 3), "groups has masked values"),
    ],
)
def test_groups_that_can_not_be_used_are_refused_before_the_work(model, kind, groups, message, rng, monkeypatch):
    monkeypatch.setattr(model, "_fit_pipeline", None)
    with pytest.raises(ValueError, match=message):
        quick(model, kind).fit(signals(kind, rng), y, groups=groups)


def test_groups_may_be_dates_or_names(rng):
    X = signals("image", rng)
    expected = scores_of(quick(cv=3).fit(X, y, groups=GROUPS))
    for groups in (np.datetime64("2020-01-01") + GROUPS, [f"speaker {g}" for g in GROUPS]):
        assert_array_equal(scores_of(quick(cv=3).fit(X, y, groups=groups)), expected)


def test_copies_of_the_pipeline_take_groups(rng):
    X = signals("image", rng)
    model = quick(cv=3).fit(X, y, groups=GROUPS)
    copy = clone(model.pipeline_).fit(X, y, classifier__groups=GROUPS)
    assert_array_equal(copy.predict(X), model.predict(X))


@each_model
@pytest.mark.parametrize("splitter", [GroupKFold(3), LeaveOneGroupOut()])
@pytest.mark.parametrize("routing", [False, True])
def test_a_given_splitter_takes_the_groups(model, splitter, routing, rng):
    X = signals("image", rng)
    with config_context(enable_metadata_routing=routing):
        found = quick(model, cv=splitter).fit(X, y, groups=GROUPS)
    expected = quick(model, cv=list(splitter.split(X, y, GROUPS))).fit(X, y)
    assert_array_equal(scores_of(found), scores_of(expected))


def test_a_splitter_of_groups_needs_them(rng, monkeypatch):
    monkeypatch.setattr(ScatteringClassifier, "_fit_pipeline", None)
    with pytest.raises(ValueError, match="'groups' parameter should not be None"):
        quick(cv=GroupKFold(3)).fit(signals("image", rng), y)


@pytest.mark.parametrize("routing", [False, True])
def test_a_splitter_that_ignores_groups_says_so(routing, rng):
    with (
        config_context(enable_metadata_routing=routing),
        pytest.warns(UserWarning, match="The groups parameter is ignored by KFold"),
    ):
        quick(cv=KFold(2)).fit(signals("image", rng), y, groups=GROUPS)


@pytest.mark.parametrize("routing", [False, True])
def test_a_given_search_takes_the_groups_if_its_splitter_does(routing, rng):
    X, grid = signals("image", rng), {"C": [0.1, 10.0]}
    with config_context(enable_metadata_routing=routing):
        grouped = quick(classifier=GridSearchCV(LogisticRegression(), grid, cv=GroupKFold(3))).fit(X, y, groups=GROUPS)
        plain = quick(classifier=GridSearchCV(LogisticRegression(), grid, cv=KFold(3))).fit(X, y, groups=GROUPS)
    folds = list(GroupKFold(3).split(X, y, GROUPS))
    listed = quick(classifier=GridSearchCV(LogisticRegression(), grid, cv=folds)).fit(X, y)
    assert_array_equal(scores_of(grouped), scores_of(listed))
    assert_array_equal(
        scores_of(plain), scores_of(quick(classifier=GridSearchCV(LogisticRegression(), grid, cv=KFold(3))).fit(X, y))
    )


def test_cross_validation_routes_groups_to_the_folds_within(rng):
    X, outer = signals("image", rng), GroupKFold(2)
    with config_context(enable_metadata_routing=True):
        model = quick().set_fit_request(groups=True)
        found = cross_validate(model, X, y, params={"groups": GROUPS}, cv=outer, return_estimator=True)
        with pytest.raises(UnsetMetadataPassedError, match="groups"):
            cross_validate(quick(), X, y, params={"groups": GROUPS}, cv=outer, error_score="raise")
    for estimator, score, (train, test) in zip(
        found["estimator"], found["test_score"], outer.split(X, y, GROUPS), strict=True
    ):
        expected = quick().fit(X[train], y[train], groups=GROUPS[train])
        assert_array_equal(scores_of(estimator), scores_of(expected))
        assert score == expected.score(X[test], y[test])


def test_a_pipeline_passes_groups_on(rng):
    X = signals("image", rng)
    expected = scores_of(quick(cv=3).fit(X, y, groups=GROUPS))
    pipeline = make_pipeline("passthrough", quick(cv=3)).fit(X, y, scatteringclassifier__groups=GROUPS)
    assert_array_equal(scores_of(pipeline[-1]), expected)
    with config_context(enable_metadata_routing=True):
        pipeline = make_pipeline("passthrough", quick(cv=3).set_fit_request(groups=True)).fit(X, y, groups=GROUPS)
    assert_array_equal(scores_of(pipeline[-1]), expected)


# Other folds.


@each_model
@pytest.mark.parametrize("kind", ["texture", "series"])
def test_folds_from_a_generator_serve_all_candidates(model, kind, rng):
    X = signals(kind, rng)
    found = quick(model, kind, cv=KFold(3).split(X)).fit(X, y)
    expected = quick(model, kind, cv=list(KFold(3).split(X))).fit(X, y)
    assert_array_equal(found.scores_, expected.scores_)


def test_random_folds_are_those_of_all_candidates(rng):
    Spy.seen.clear()
    quick(kind="texture", cv=ShuffleSplit(3), classifier=Spy(1)).fit(signals("texture", rng), np.arange(24) % 6)
    # One fit to all samples, then one per fold, for each candidate.
    counts = np.reshape(Spy.seen, (3, 4, 6))
    assert_array_equal(counts[1:], counts[[0, 0]])


def test_none_is_five_folds(rng):
    X = signals("image", rng)
    for model in (ScatteringClassifier, ScatteringRegressor):
        assert_array_equal(
            scores_of(quick(model, cv=None).fit(X, y)),
            scores_of(quick(model, cv=5).fit(X, y)),
        )


def test_folds_are_used_only_if_there_is_a_choice(rng):
    # These would be refused.
    model = quick(ScatteringRegressor, cv=GroupKFold(3), regressor=Ridge())
    assert_array_equal(model.fit(signals("image", rng), y).scores_, [np.nan])


# Few samples. Warnings are errors.


@each_kind
@pytest.mark.parametrize("rare", [[2], [2, 2], [2, 3, 3]])
@pytest.mark.parametrize("groups", [None, GROUPS], ids=["samples", "groups"])
def test_classes_of_one_or_two_samples_are_fitted(kind, rare, groups, rng):
    labels = np.r_[y[: -len(rare)], rare]
    model = quick(kind=kind, cv=3).fit(signals(kind, rng), labels, groups=groups)
    assert_array_equal(model.classes_, np.unique(labels))


@each_kind
@pytest.mark.parametrize("groups", [None, [0, 0, 1, 1]], ids=["samples", "groups"])
@pytest.mark.parametrize("classifier", [None, KNeighborsClassifier(1)], ids=["default", "given"])
def test_single_samples_of_classes_are_recognized(kind, classifier, groups, rng):
    X, labels = signals(kind, rng)[:4], [3, 1, 2, 0]
    model = quick(kind=kind, classifier=classifier).fit(X, labels, groups=groups)
    assert_array_equal(model.predict(X), labels)


@each_kind
def test_three_signals_are_enough_for_two_classes(kind, rng):
    model = quick(kind=kind, cv=5).fit(signals(kind, rng)[:3], [0, 0, 1])
    assert_array_equal(model.classes_, [0, 1])


@each_kind
def test_groups_may_be_the_classes(kind, rng):
    # No class is in the training samples of the fold that it is held out in.
    X = signals(kind, rng)
    assert set(quick(kind=kind).fit(X, y, groups=y).predict(X)) <= {0, 1}


@pytest.mark.parametrize("n", [4, 5, 9])
def test_a_penalty_is_chosen_with_few_signals(n, rng):
    model = quick(ScatteringRegressor, cv=5).fit(signals("image", rng)[:n], np.arange(n))
    assert np.isfinite(scores_of(model)).all()


def test_a_group_of_one_signal_has_no_score(rng):
    X, values, groups = signals("image", rng), rng.standard_normal(24), np.r_[np.arange(23) % 3, 3]
    model = quick(ScatteringRegressor, cv=4).fit(X, values, groups=groups)
    folds = [(train, test) for train, test in GroupKFold(4).split(X, values, groups) if len(test) > 1]
    assert len(folds) == 3
    assert_allclose(scores_of(model), scores_of(quick(ScatteringRegressor, cv=folds).fit(X, values)))


def test_a_penalty_is_not_chosen_with_three_signals(rng):
    with pytest.raises(ValueError, match="X has 3 samples; cross-validation requires at least 4"):
        quick(ScatteringRegressor).fit(signals("image", rng)[:3], [0.0, 1.0, 2.0])


def test_scores_of_values_need_two_test_samples(rng):
    with pytest.raises(ValueError, match="cv: there is no fold of 2 or more test samples"):
        quick(ScatteringRegressor, cv=LeaveOneOut()).fit(signals("image", rng), y)


@each_kind
def test_one_class_is_refused(kind, rng):
    for label in (7, "a"):
        with pytest.raises(ValueError, match=f"y has 1 class, {label}; expected at least two classes"):
            quick(kind=kind).fit(signals(kind, rng), [label] * 24)
