"""Orthogonal least squares: the greedy path, its cross-validation, bagging and selection."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, make_regression
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from skscat.linear_model import (
    BaggedOrthogonalLeastSquares,
    OrthogonalLeastSquares,
    OrthogonalLeastSquaresCV,
    OrthogonalLeastSquaresSelector,
)


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return PolynomialFeatures(2, include_bias=False).fit_transform(X), y


def squared_error(X, y, columns, intercept=True):
    """Least squares on some columns."""
    A = np.column_stack([X[:, columns], np.ones(len(X))]) if intercept else X[:, columns]
    return np.sum((y - A @ np.linalg.lstsq(A, y, rcond=None)[0]) ** 2)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_each_step_takes_the_variable_that_reduces_the_error_most(diabetes, fit_intercept):
    X, y = diabetes
    model = OrthogonalLeastSquares(6, fit_intercept=fit_intercept).fit(X, y)
    chosen = []
    for _ in range(6):
        rest = [k for k in range(X.shape[1]) if k not in chosen]
        chosen.append(min(rest, key=lambda k: squared_error(X, y, [*chosen, k], fit_intercept)))
    assert_array_equal(model.selected_, chosen)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_training_error_equals_that_of_least_squares_on_the_chosen_columns(diabetes, fit_intercept):
    X, y = diabetes
    model = OrthogonalLeastSquares(40, fit_intercept=fit_intercept).fit(X, y)
    errors = [squared_error(X, y, model.selected_[:m], fit_intercept) / len(X) for m in range(1, 41)]
    assert_allclose(model.errors_[1:], errors, rtol=1e-8)
    assert_allclose(np.mean((model.predict_path(X) - y) ** 2, axis=1), model.errors_, rtol=1e-8)


def test_training_error_falls_with_every_term(diabetes):
    model = OrthogonalLeastSquares(60).fit(*diabetes)
    assert np.all(np.diff(model.errors_) <= 0)


def test_coefficients_are_those_of_linear_regression(diabetes):
    X, y = diabetes
    model = OrthogonalLeastSquares(12).fit(X, y)
    linear = LinearRegression().fit(X[:, model.selected_], y)
    assert_allclose(model.coef_[model.selected_], linear.coef_, rtol=1e-8)
    assert_allclose(model.intercept_, linear.intercept_, rtol=1e-8)
    assert np.count_nonzero(model.coef_) == 12


def test_the_path_holds_the_models_of_fewer_terms(diabetes):
    X, y = diabetes
    long = OrthogonalLeastSquares(20).fit(X, y)
    for m in (1, 7, 20):
        short = OrthogonalLeastSquares(m).fit(X, y)
        assert_allclose(long.predict(X, n_terms=m), short.predict(X), rtol=1e-9)
        assert_allclose(long.coef_path_[m - 1, :m], short.coef_path_[-1], rtol=1e-9)
        assert_allclose(long.predict_path(X)[m], short.predict(X), rtol=1e-9)
    assert_allclose(long.predict(X, n_terms=0), y.mean())


def test_targets_share_their_variables():
    X, Y = make_regression(200, 30, n_informative=4, n_targets=3, noise=0, random_state=0)
    model = OrthogonalLeastSquares(4).fit(X, Y)
    assert model.coef_.shape == (3, 30)
    assert_allclose(model.predict(X), Y, atol=1e-8)
    assert model.predict_path(X).shape == (5, 200, 3)


def test_several_targets_of_one_column_equal_one_target(diabetes):
    X, y = diabetes
    one, several = (OrthogonalLeastSquares(5).fit(X, t) for t in (y, y[:, np.newaxis]))
    assert_array_equal(one.selected_, several.selected_)
    assert_allclose(one.predict(X), several.predict(X)[:, 0])


def test_scale_and_offset_of_variables_do_not_matter(diabetes, rng):
    X, y = diabetes
    # Sex has two values, so that its square is a tie with it.
    X = np.delete(X, 20, axis=1)
    scaled = X * 10 ** rng.uniform(-3, 3, X.shape[1]) + rng.standard_normal(X.shape[1])
    one, other = (OrthogonalLeastSquares(15).fit(data, y) for data in (X, scaled))
    assert_array_equal(one.selected_, other.selected_)
    assert_allclose(one.predict(X), other.predict(scaled), rtol=1e-6)


def test_variables_in_the_span_of_others_are_never_chosen(rng):
    X = rng.standard_normal((50, 4))
    X = np.column_stack([X, X, X @ rng.standard_normal((4, 5)), np.full((50, 2), [0.1, 1e6 + 0.1])])
    model = OrthogonalLeastSquares(15).fit(X, rng.standard_normal(50))
    assert model.n_terms_ == 4
    assert not {13, 14} & set(model.selected_)
    assert np.linalg.matrix_rank(X[:, model.selected_]) == 4


def test_the_path_ends_when_the_target_is_explained(rng):
    X = rng.standard_normal((50, 20))
    assert_array_equal(OrthogonalLeastSquares(20).fit(X, 2 * X[:, 3] + 1).selected_, [3])
    assert OrthogonalLeastSquares(20).fit(X, np.full(50, 0.1)).n_terms_ == 0


def test_more_variables_than_samples_fit_exactly(rng):
    X, y = rng.standard_normal((20, 100)), rng.standard_normal(20)
    model = OrthogonalLeastSquares(100).fit(X, y)
    assert model.n_terms_ == 19
    assert_allclose(model.predict(X), y, atol=1e-10)


def test_single_precision_chooses_the_same_variables():
    X, y = make_regression(300, 60, n_informative=20, noise=30, random_state=0)
    single = OrthogonalLeastSquares(10).fit(X.astype(np.float32), y)
    double = OrthogonalLeastSquares(10).fit(X, y)
    assert_array_equal(single.selected_, double.selected_)
    assert_allclose(single.predict(X.astype(np.float32)), double.predict(X), rtol=1e-4)


def test_a_memory_map_is_read_and_not_copied(tmp_path, monkeypatch, rng):
    monkeypatch.setattr("skscat.linear_model._path.BLOCK_BYTES", 2**20)
    n, p = 2000, 4000
    X = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", np.float32, (n, p))
    X[:] = rng.standard_normal((n, p), dtype=np.float32)
    y = X[:, 17] - X[:, 2900] + np.arange(n) / n
    X.flush()
    stored = np.load(tmp_path / "X.npy", mmap_mode="r")
    tracemalloc.start()
    model = OrthogonalLeastSquares(3).fit(stored, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert set(model.selected_[:2]) == {17, 2900}
    assert peak < X.nbytes / 4


def test_blocks_of_rows_give_the_same_path(diabetes, monkeypatch):
    X, y = diabetes
    whole = OrthogonalLeastSquares(8).fit(X, y)
    monkeypatch.setattr("skscat.linear_model._path.BLOCK_BYTES", 8 * X.shape[1] * 100)
    assert_allclose(OrthogonalLeastSquares(8).fit(X, y).errors_, whole.errors_, rtol=1e-12)


@pytest.mark.parametrize("criterion", ["squared_error", "absolute_error"])
def test_cross_validation_of_the_path_scores_what_a_grid_search_scores(diabetes, criterion):
    X, y = diabetes
    X, y, folds = X[:440], y[:440], KFold(4, shuffle=True, random_state=0)
    model = OrthogonalLeastSquaresCV(10, criterion=criterion, cv=folds).fit(X, y)
    scoring = {"squared_error": "neg_mean_squared_error", "absolute_error": "neg_mean_absolute_error"}[criterion]
    search = GridSearchCV(OrthogonalLeastSquares(), {"n_terms": range(1, 11)}, cv=folds, scoring=scoring).fit(X, y)
    assert_allclose(model.cv_errors_[1:], -search.cv_results_["mean_test_score"])
    assert model.n_terms_ == search.best_params_["n_terms"]
    assert_array_equal(model.selected_, search.best_estimator_.selected_)


def test_cross_validation_may_find_that_nothing_helps(rng):
    X, y = rng.standard_normal((100, 40)), rng.standard_normal(100)
    model = OrthogonalLeastSquaresCV(20).fit(X, y)
    assert model.n_terms_ == 0
    assert_allclose(model.predict(X), y.mean())


def test_an_average_has_the_mean_of_the_coefficients_of_its_regressions(diabetes):
    X, y = diabetes
    model = BaggedOrthogonalLeastSquares(4, max_terms=20, random_state=0).fit(X, y)
    predictions = [LinearRegression().fit(X[:, s], y).predict(X[:, s]) for s in model.selected_]
    assert_allclose(model.predict(X), np.mean(predictions, axis=0), rtol=1e-9)
    assert_array_equal(model.n_terms_, [len(s) for s in model.selected_])


def test_an_average_predicts_better_than_one_regression():
    X, y = make_regression(300, 100, n_informative=30, noise=80, random_state=0)
    scores = {
        type(m).__name__: clone(m).fit(X[:150], y[:150]).score(X[150:], y[150:])
        for m in (BaggedOrthogonalLeastSquares(20, max_terms=60, random_state=0), OrthogonalLeastSquaresCV(60))
    }
    assert scores["BaggedOrthogonalLeastSquares"] > scores["OrthogonalLeastSquaresCV"]


@pytest.mark.parametrize("model", [OrthogonalLeastSquaresCV(), BaggedOrthogonalLeastSquares(random_state=0)])
def test_by_default_all_of_few_features_may_be_terms(model, rng):
    X = rng.standard_normal((400, 60))
    y = X.sum(axis=1) + 0.1 * rng.standard_normal(400)
    model = clone(model).fit(X[:300], y[:300])
    assert_array_equal(model.n_terms_, 60)
    # All features, with equal weights, are those of least squares; a tenth of them would explain a tenth of y.
    assert_allclose(model.predict(X[300:]), LinearRegression().fit(X[:300], y[:300]).predict(X[300:]), rtol=1e-9)


def test_an_average_of_several_targets_is_that_of_each(diabetes):
    X, y = diabetes
    Y = np.column_stack([y, y])
    one, two = (BaggedOrthogonalLeastSquares(3, max_terms=9, random_state=0).fit(X, t) for t in (y, Y))
    assert_allclose(two.predict(X), np.column_stack([one.predict(X)] * 2))


def test_random_state_repeats_an_average(diabetes):
    first, second = (BaggedOrthogonalLeastSquares(3, random_state=1).fit(*diabetes).coef_ for _ in range(2))
    assert_array_equal(first, second)


def test_each_class_selects_what_a_regression_on_its_indicator_selects():
    X, y = load_digits(return_X_y=True)
    selector = OrthogonalLeastSquaresSelector(5).fit(X, y)
    for k in (0, 4, 9):
        assert_array_equal(selector.selected_[0, k], OrthogonalLeastSquares(5).fit(X, y == k).selected_)


def test_rounds_select_different_variables():
    X, y = load_digits(return_X_y=True)
    selector = OrthogonalLeastSquaresSelector(1, n_rounds=3).fit(X, y)
    rounds = [set(chosen.ravel()) for chosen in selector.selected_]
    assert sum(map(len, rounds)) == len(set.union(*rounds))
    assert set(selector.get_support(indices=True)) == set.union(*rounds)
    assert selector.n_selected_ == len(set.union(*rounds))


def test_rounds_end_when_no_variable_is_left():
    X, y = load_digits(return_X_y=True)
    selector = OrthogonalLeastSquaresSelector(60, n_rounds=3).fit(X, y)
    # Three pixels are zero in all digits.
    assert selector.n_selected_ == 61
    assert np.all(selector.selected_[-1] == -1)


def test_a_joint_choice_is_that_of_a_regression_on_all_indicators():
    X, y = load_digits(return_X_y=True)
    selector = OrthogonalLeastSquaresSelector(12, joint=True).fit(X, y)
    assert_array_equal(selector.selected_[0, 0], OrthogonalLeastSquares(12).fit(X, np.eye(10)[y]).selected_)
    assert selector.transform(X).shape == (1797, 12)


def test_selection_for_regression_is_that_of_regressions():
    X, Y = make_regression(100, 20, n_informative=3, n_targets=2, random_state=0)
    selector = OrthogonalLeastSquaresSelector(3, task="regression").fit(X, Y)
    for k in range(2):
        assert_array_equal(selector.selected_[0, k], OrthogonalLeastSquares(3).fit(X, Y[:, k]).selected_)


def test_two_classes_are_one_problem():
    X, y = load_digits(return_X_y=True)
    assert OrthogonalLeastSquaresSelector(4).fit(X[y < 2], y[y < 2]).selected_.shape == (1, 1, 4)


def test_selected_pixels_classify_better_than_those_of_large_variance_or_large_f(rng):
    X, y = load_digits(return_X_y=True)
    X = X + 1e-3 * rng.standard_normal(X.shape)
    chosen = OrthogonalLeastSquaresSelector(16, joint=True)
    variance = np.sort(X[::2].var(axis=0))[-17]
    scores = [
        make_pipeline(s, StandardScaler(), RidgeClassifier()).fit(X[::2], y[::2]).score(X[1::2], y[1::2])
        for s in (chosen, SelectKBest(k=16), VarianceThreshold(variance))
    ]
    assert scores[0] > scores[1]
    assert scores[0] > scores[2]


def test_selector_names_what_it_keeps():
    X, y = load_digits(return_X_y=True, as_frame=True)
    selector = OrthogonalLeastSquaresSelector(2).fit(X, y)
    assert list(selector.get_feature_names_out()) == list(X.columns[selector.get_support()])


def test_bad_number_of_terms_in_predict_is_refused(diabetes):
    model = OrthogonalLeastSquares(3).fit(*diabetes)
    for n_terms in (4, 2.5, True):
        with pytest.raises(ValueError, match=f"n_terms={n_terms}: expected a whole number from 0 to 3"):
            model.predict(diabetes[0], n_terms=n_terms)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="y has 1 class, 7; expected at least two classes"):
        OrthogonalLeastSquaresSelector().fit(np.eye(4), [7, 7, 7, 7])


def test_one_sample_is_refused_by_bagging():
    with pytest.raises(ValueError, match="X has 1 sample; expected at least two"):
        BaggedOrthogonalLeastSquares().fit([[1.0, 2.0]], [1.0])


def test_selection_for_regression_deletes_the_classes_of_an_earlier_fit():
    X, y = load_digits(return_X_y=True)
    selector = OrthogonalLeastSquaresSelector(2).fit(X, y)
    assert not hasattr(selector.set_params(task="regression").fit(X, y), "classes_")


AMPLITUDES = [(np.float32, 1e-30), (np.float32, 1e-21), (np.float32, 8e28), (np.float64, 1e-165), (np.float64, 1e155)]


@pytest.mark.parametrize(("dtype", "amplitude"), AMPLITUDES)
@pytest.mark.parametrize("same_unit", [False, True])
@pytest.mark.parametrize(
    "model",
    [
        OrthogonalLeastSquares(6),
        OrthogonalLeastSquaresCV(15),
        OrthogonalLeastSquaresCV(15, criterion="absolute_error"),
        BaggedOrthogonalLeastSquares(3, random_state=0),
    ],
)
def test_units_of_variables_and_targets_do_not_matter(model, dtype, amplitude, same_unit):
    X, y = make_regression(120, 40, n_informative=10, noise=30, random_state=0)
    unit = amplitude if same_unit else 1.0
    expected = clone(model).fit(X, y)
    scaled = clone(model).fit((X * amplitude).astype(dtype), y * unit)
    assert_array_equal(np.concatenate(scaled.selected_, axis=None), np.concatenate(expected.selected_, axis=None))
    # In float32 half a unit in the last place of X.
    tolerance = {"rtol": 1e-4 if dtype == np.float32 else 1e-9}
    assert_allclose(scaled.coef_ * amplitude / unit, expected.coef_, atol=1e-9, **tolerance)
    assert_allclose(scaled.predict((X * amplitude).astype(dtype)) / unit, expected.predict(X), **tolerance)
    if isinstance(model, OrthogonalLeastSquaresCV):
        degree = 2 if model.criterion == "squared_error" else 1
        with np.errstate(over="ignore"):
            # Squares of the targets may not fit.
            assert_allclose(scaled.cv_errors_, expected.cv_errors_ * np.float64(unit) ** degree, **tolerance)


@pytest.mark.parametrize(("dtype", "amplitude"), AMPLITUDES)
def test_units_of_variables_do_not_matter_to_a_selection(dtype, amplitude):
    X, y = load_digits(return_X_y=True)
    expected = OrthogonalLeastSquaresSelector(5, joint=True).fit(X, y).selected_
    scaled = OrthogonalLeastSquaresSelector(5, joint=True).fit((X * amplitude).astype(dtype), y)
    assert_array_equal(scaled.selected_, expected)


def test_an_average_does_not_lose_variables_that_are_small_beside_others(diabetes, rng):
    X, y = diabetes
    X = np.delete(X, 20, axis=1)
    units = 10.0 ** rng.uniform(-12, 12, X.shape[1])
    one, other = (BaggedOrthogonalLeastSquares(3, random_state=0).fit(data, y) for data in (X, X * units))
    assert_allclose(one.predict(X), other.predict(X * units), rtol=1e-6)
