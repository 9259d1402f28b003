"""Estimators from signals to targets, as a user runs, stores and combines them, and the input they refuse."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_array_equal
from recipe_signals import SHAPES, each_case, each_kind, each_model, outputs, quick, signals, y
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import ThreadpoolController

from skscat import Scattering1D, Scattering2D, ScatteringClassifier, ScatteringRegressor
from skscat.preprocessing import LogMedian


@pytest.fixture(autouse=True)
def few_penalties(monkeypatch):
    """Ridge regressions of two penalties, which are quickly fitted."""
    monkeypatch.setattr("skscat.recipes._estimators.GRID", {"alpha": [1.0, 1000.0]})


@each_model
def test_verbose_prints_each_step_with_its_time(model, rng, capsys):
    quick(model, verbose=1).fit(signals("image", rng), y)
    printed = [
        re.fullmatch(rf"\[{model.__name__}\] (\w+): (\w+) \.\.\. \d+\.\d s", line)
        for line in capsys.readouterr().out.splitlines()
    ]
    assert [line.groups() for line in printed] == [
        ("scattering", "Scattering2D"),
        ("logarithm", "LogMedian"),
        ("scaler", "StandardScaler"),
        ("components", "PCA"),
        ("classifier", "AffineSubspaceClassifier") if model is ScatteringClassifier else ("regressor", "GridSearchCV"),
    ]


def test_verbose_prints_the_steps_of_each_candidate(rng, capsys):
    quick(kind="texture", logarithm="passthrough", verbose=1).fit(signals("texture", rng), y)
    # A step that is passed through takes no time.
    assert len(capsys.readouterr().out.splitlines()) == 3 * 4


@pytest.mark.parametrize("differ", [False, True])
@pytest.mark.parametrize("index", range(3))
def test_candidates_are_fitted_as_if_there_were_no_others(index, differ, rng):
    X = list(signals("texture", rng))
    if differ:
        X = [x[: 12 - i % 3] for i, x in enumerate(X)]
    # Scaling in place must not change what another candidate uses.
    parameters = {"kind": "texture", "logarithm": "passthrough", "scaler": StandardScaler(copy=False)}
    best = [np.nan] * 3
    best[index] = 1.0
    scores = iter(best)
    model = quick(**parameters)
    model._score = lambda *_: next(scores)
    model.fit(X, y)
    candidate = model.candidates_[index]["scattering"]
    alone = quick(scattering=candidate, **parameters).fit(X, y)
    assert type(model.pipeline_["scattering"]) is type(candidate)
    assert_array_equal(outputs(model, X), outputs(alone, X))
    assert_array_equal(model.pipeline_["scaler"].mean_, alone.pipeline_["scaler"].mean_)


def test_transforms_that_candidates_share_are_computed_once(rng, monkeypatch):
    calls = []
    transform = Scattering2D.fit_transform
    monkeypatch.setattr(
        Scattering2D, "fit_transform", lambda self, X, y=None: calls.append(X) or transform(self, X, y)
    )
    quick(kind="texture").fit(signals("texture", rng), y)
    # The images, and those downsampled by three factors.
    assert [X.shape[1:] for X in calls] == [(12, 12), (8, 8), (6, 6), (4, 4)]


@each_kind
def test_nothing_is_printed_by_default(kind, rng, capsys):
    quick(kind=kind).fit(signals(kind, rng), y)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("model", "kind"), [(ScatteringClassifier, "texture"), (ScatteringRegressor, "image")])
def test_two_jobs_predict_the_same(model, kind, rng):
    X = signals(kind, rng)
    assert_array_equal(
        outputs(quick(model, kind, n_jobs=2).fit(X, y), X),
        outputs(quick(model, kind).fit(X, y), X),
    )


@each_case
def test_pickles_predict_the_same(model, kind, rng):
    X = signals(kind, rng)
    estimator = quick(model, kind).fit(X, y)
    assert_array_equal(outputs(pickle.loads(pickle.dumps(estimator)), X), outputs(estimator, X))


def test_pickles_of_another_version_warn(rng, monkeypatch):
    model = quick().fit(signals("image", rng), y)
    with monkeypatch.context() as patch:
        patch.setattr("skscat.__version__", "0.0.1")
        saved = pickle.dumps(model)
    # So do the steps.
    with pytest.warns(InconsistentVersionWarning) as caught:
        pickle.loads(saved)
    assert any("ScatteringClassifier was saved by skscat 0.0.1" in str(w.message) for w in caught)


def test_a_second_fit_leaves_nothing_of_the_first(rng):
    X = {kind: signals(kind, rng) for kind in SHAPES}
    named = pd.DataFrame(X["image"].reshape(24, -1), columns=[f"v{i}" for i in range(64)])
    fits = [
        ({"kind": "image", "channel_axis": -1}, np.moveaxis(signals("image", rng, (2,)), 1, -1)),
        ({"kind": "image", "channel_axis": None}, named),
        ({"kind": "sound"}, X["sound"]),
        ({"kind": "texture", "classifier": LogisticRegression()}, X["texture"]),
        ({"scattering": Scattering1D(J=2), "classifier": None}, X["sound"]),
    ]
    reused, parameters = quick(), {}
    for changes, given in fits:
        parameters |= changes
        reused.set_params(**changes).fit(given, y)
        fresh = quick(**parameters).fit(given, y)
        assert set(vars(reused)) == set(vars(fresh))
        assert_array_equal(outputs(reused, given), outputs(fresh, given))


def test_the_random_state_determines_the_components(rng, monkeypatch):
    # Few components of many features are computed by random projections.
    monkeypatch.setattr("skscat.recipes._base.N_COMPONENTS", 3)
    X = rng.standard_normal((24, 24, 24))
    first, same, other = (
        quick(scattering=Scattering2D(J=2), random_state=seed).fit(X, y).pipeline_["components"].components_
        for seed in (0, 0, 1)
    )
    assert_array_equal(first, same)
    assert not np.array_equal(first, other)


BLAS = ThreadpoolController().select(user_api="blas")


class Observer(ClassifierMixin, BaseEstimator):
    """Record the number of threads of BLAS, and fail if told so."""

    seen = []

    def __init__(self, fails=False):
        self.fails = fails

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self._observe(X)

    def predict(self, X):
        self._observe(X)
        return np.zeros(len(X))

    def _observe(self, X):
        self.seen.append({library.num_threads for library in BLAS.lib_controllers})
        if self.fails:
            raise RuntimeError("failed")
        return self


def test_blas_has_one_thread_meanwhile_and_its_threads_afterward(rng):
    X, before = signals("image", rng), [library.num_threads for library in BLAS.lib_controllers]
    Observer.seen.clear()
    quick(classifier=Observer()).fit(X, y).predict(X)
    with pytest.raises(RuntimeError, match="failed"):
        quick(classifier=Observer(fails=True)).fit(X, y)
    assert Observer.seen == [{1}] * 3
    assert [library.num_threads for library in BLAS.lib_controllers] == before


# As a part of others.


def test_a_pipeline_predicts_the_same(rng):
    X = signals("image", rng)
    pipeline = make_pipeline(FunctionTransformer(np.negative), quick()).fit(X, y)
    assert_array_equal(outputs(pipeline, X), outputs(quick().fit(-X, y), -X))


@each_model
def test_cross_validation_scores_what_fresh_estimators_score(model, rng):
    X, folds = signals("image", rng), [(np.arange(16), np.arange(16, 24)), (np.arange(8, 24), np.arange(8))]
    fresh = [quick(model).fit(X[train], y[train]).score(X[test], y[test]) for train, test in folds]
    assert_array_equal(cross_val_score(quick(model), X, y, cv=folds), fresh)


@pytest.mark.parametrize(
    ("parameters", "name", "values"),
    [
        ({}, "kind", ["image", "sound"]),
        ({"scattering": Scattering1D()}, "scattering__J", [1, 3]),
        ({"logarithm": LogMedian()}, "logarithm__epsilon", [0.1, 1.0]),
        ({"classifier": LogisticRegression()}, "classifier__C", [0.1, 10.0]),
    ],
)
def test_grid_search_scores_what_fresh_estimators_score(parameters, name, values, rng):
    X, model = signals("image", rng).reshape(24, 64), quick(**parameters)
    train, test = np.arange(16), np.arange(16, 24)
    search = GridSearchCV(model, {name: values}, cv=[(train, test)], error_score="raise").fit(X, y)
    for value, score in zip(values, search.cv_results_["mean_test_score"], strict=True):
        fresh = clone(model).set_params(**{name: value}).fit(X[train], y[train])
        assert score == fresh.score(X[test], y[test])


# Input that can't be used.


def changed(index, value):
    X = np.ones((24, 8, 8))
    X[index] = value
    return X


BAD = {
    "kind": ({"kind": "photo"}, np.ones((24, 8, 8)), y, "The 'kind' parameter .* must be a str among .*'texture'"),
    "cv": ({"cv": 1}, np.ones((24, 8, 8)), y, "The 'cv' parameter of"),
    "step": ({"scattering": 3}, np.ones((24, 8, 8)), y, "The 'scattering' parameter of"),
    "shape": ({"shape": (5, 5)}, np.ones((24, 64)), y, r"shape=\(5, 5\) holds 25 values; X has 64 features"),
    "axes": ({}, np.ones((24, 2, 3, 8, 8)), y, r"X has shape \(24, 2, 3, 8, 8\); \w+ expects \(n, height, width\)"),
    "channels": ({"channel_axis": -1}, np.ones((24, 8, 8)), y, "with channel_axis=-1 expects"),
    "missing": ({}, changed(3, np.nan), y, "Input X contains NaN. Impute missing pixels"),
    "missing features": ({"scattering": Scattering2D()}, changed(3, np.nan), y, "Input X contains NaN"),
    "infinite": ({}, changed(3, np.inf), y, "Input X contains infinity"),
    "masked": ({}, np.ma.masked_equal(changed(3, 7), 7), y, "X has masked values; expected values only"),
    "unequal": (
        {"scattering": Scattering1D()},
        [np.ones(60 + i) for i in range(24)],
        y,
        "different lengths, from 60 to 83; expected the same. skscat.preprocessing.VariableSizeScattering",
    ),
    "one signal": ({}, np.ones(64), y, "Expected 2D array, got 1D array instead"),
    "no y": ({}, np.ones((24, 8, 8)), None, "requires y to be passed, but the target y is None"),
    "short y": ({}, np.ones((24, 8, 8)), y[:9], r"inconsistent numbers of samples: \[24, 9\]"),
    "masked y": ({}, np.ones((24, 8, 8)), np.ma.masked_equal(y, 1), "y has masked values"),
    "missing y": ({}, np.ones((24, 8, 8)), np.where(y, np.nan, 1.0), "Input y contains NaN"),
}


@each_model
@pytest.mark.parametrize(("parameters", "X", "targets", "message"), BAD.values(), ids=BAD)
def test_input_that_can_not_be_used_is_refused(model, parameters, X, targets, message):
    with pytest.raises(ValueError, match=message):
        quick(model, **parameters).fit(X, targets)


@each_model
@pytest.mark.parametrize("scattering", [None, Scattering2D()], ids=["default", "given"])
def test_sparse_signals_are_refused(model, scattering):
    with pytest.raises(TypeError, match="Sparse data was passed for X, but dense data is required"):
        quick(model, scattering=scattering).fit(scipy.sparse.csr_array(np.eye(24, 64)), y)
