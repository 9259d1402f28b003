"""The affine subspace classifier: geometry, choice of shrinkage and dimension, diagnostics, bad input."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, LeaveOneOut, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

from skscat._sklearn import stratified_splitter
from skscat.classification import AffineSubspaceClassifier
from skscat.classification._subspaces import fit_spaces, principal_axes, residuals


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:600], y[:600], X[600:1200], y[600:1200]


def planes(n, p=20, seed=0):
    """Samples of three classes that fill a plane each, through one point."""
    rng = np.random.default_rng(seed)
    axes = np.random.default_rng(7).standard_normal((3, 2, p))
    y = np.arange(n) % 3
    return 5 + np.einsum("nd,ndp->np", rng.standard_normal((n, 2)), axes[y]), y


def test_distances_are_what_pca_of_each_class_leaves(digits):
    X, y, X_test, _ = digits
    model = AffineSubspaceClassifier(12, shrinkage=1).fit(X, y)
    left = []
    for k in model.classes_:
        pca = PCA(12, svd_solver="full").fit(X[y == k])
        left.append(np.linalg.norm(X_test - pca.inverse_transform(pca.transform(X_test)), axis=1))
    assert_allclose(-model.decision_function(X_test), np.transpose(left), rtol=1e-9)


def test_without_directions_predictions_are_the_nearest_centroids(digits, rng):
    X, y, X_test, _ = digits
    # scikit-learn warns of pixels that are constant in each class.
    X = X + 1e-3 * rng.standard_normal(X.shape)
    expected = NearestCentroid().fit(X, y).predict(X_test)
    assert_array_equal(AffineSubspaceClassifier(0, shrinkage=1).fit(X, y).predict(X_test), expected)


def test_without_directions_a_shrunk_metric_makes_it_linear_discriminant_analysis(digits):
    X, y, X_test, _ = digits
    lda = LinearDiscriminantAnalysis("lsqr", shrinkage=0.3).fit(X, y)
    scores = lda.decision_function(X_test) - np.log(lda.priors_)
    model = AffineSubspaceClassifier(0, shrinkage=0.3).fit(X, y)
    assert_array_equal(model.predict(X_test), scores.argmax(axis=1))


def test_planes_through_one_point_separate_by_their_directions():
    X, y = planes(60)
    X_test, y_test = planes(300, seed=1)
    assert AffineSubspaceClassifier(0, shrinkage=1).fit(X, y).score(X_test, y_test) < 0.7
    assert AffineSubspaceClassifier(2, shrinkage=1).fit(X, y).score(X_test, y_test) == 1


def test_cross_validation_finds_the_dimension_of_planes(rng):
    X, y = planes(60)
    X = X + 0.1 * rng.standard_normal(X.shape)
    model = AffineSubspaceClassifier(max_components=10).fit(X, y)
    assert model.n_components_ == 2
    assert_array_equal(model.candidates_, np.arange(11))


@pytest.mark.parametrize(
    ("n", "features"), [(300, slice(18, 46)), (75, slice(64))], ids=["more samples", "more features"]
)
def test_one_pass_over_the_folds_scores_what_a_grid_search_scores(digits, n, features):
    X, y = digits[0][:n, features], digits[1][:n]
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    grid = {"shrinkage": [1, 0.4, 0.1], "n_components": [0, 3, 9, 15]}
    model = AffineSubspaceClassifier(**grid, cv=folds).fit(X, y)
    search = GridSearchCV(AffineSubspaceClassifier(), grid, cv=folds).fit(X, y)
    # Folds of equal size weigh the same in both means. The shrinkage, whose name is later, varies fastest.
    assert_allclose(model.cv_scores_.T.ravel(), search.cv_results_["mean_test_score"], atol=1e-12)


def test_shrinkage_is_selected_where_all_classes_share_a_variation(rng):
    # The variation is ten times as long as the differences of the means.
    y, y_test = np.arange(90) % 3, np.arange(300) % 3
    means, shared = rng.standard_normal((3, 20)), 10 * rng.standard_normal((2, 20))
    X, X_test = (
        means[t] + rng.standard_normal((len(t), 2)) @ shared + 0.3 * rng.standard_normal((len(t), 20))
        for t in (y, y_test)
    )
    model = AffineSubspaceClassifier(0).fit(X, y)
    assert_array_equal(model.shrinkage_candidates_, [1, 0.3, 0.1, 0.03])
    assert model.shrinkage_ < 1
    assert model.score(X_test, y_test) > 0.95
    assert AffineSubspaceClassifier(0, shrinkage=1).fit(X, y).score(X_test, y_test) < 0.6


def test_one_of_equal_models_has_the_largest_shrinkage_and_the_fewest_directions(rng):
    y = np.arange(60) % 2
    X = 100 * y[:, np.newaxis] + rng.standard_normal((60, 5))
    model = AffineSubspaceClassifier([3, 1, 2], shrinkage=[0.1, 0.8, 0.5]).fit(X, y)
    assert_array_equal(model.cv_scores_, np.ones((3, 3)))
    assert_array_equal(model.shrinkage_candidates_, [0.8, 0.5, 0.1])
    assert (model.shrinkage_, model.n_components_) == (0.8, 1)


def test_the_selected_model_is_that_of_its_shrinkage_alone(digits):
    X, y, X_test, _ = digits
    model = AffineSubspaceClassifier([2, 6], shrinkage=[0.5, 0.2]).fit(X, y)
    alone = AffineSubspaceClassifier(model.n_components_, shrinkage=model.shrinkage_).fit(X, y)
    assert_array_equal(model.decision_function(X_test), alone.decision_function(X_test))
    same = AffineSubspaceClassifier([2, 6], shrinkage=model.shrinkage_).fit(X, y)
    # Sums in another order.
    assert_allclose(model.intra_class_error_, same.intra_class_error_, rtol=1e-12)
    assert_allclose(model.separation_, same.separation_, rtol=1e-12)


def test_all_dimensions_and_metrics_at_once_equal_each_alone(digits):
    X, y, X_test, _ = digits
    spaces = fit_spaces(X, y, 10, 30, [1, 0.5, 0.05])
    for _, m, squares, _, _ in residuals(X_test[:50], spaces, [0, 4, 30]):
        for i, d in enumerate([0, 4, 30]):
            alone = AffineSubspaceClassifier(d, shrinkage=[1, 0.5, 0.05][m]).fit(X, y).decision_function(X_test[:50])
            assert_allclose(squares[..., i], alone**2, rtol=1e-9)


def test_short_deviations_of_one_class_are_not_lost_beside_long_ones_of_another(rng):
    # The standard deviations along planes of classes 1 and 2 are 1e-9 of those of class 0.
    X, y = planes(90)
    X = X - 5
    X[y == 0] *= 1e9
    spaces = fit_spaces(X, y, 3, 2, [1, 0.3])
    for m, (_, one, two) in enumerate(spaces.directions):
        assert len(one) == len(two) == 2
        distances = [square[y > 0, 1:, 0] for _, i, square, _, _ in residuals(X, spaces, [2]) if i == m]
        assert_array_equal(distances[0].argmin(axis=1) + 1, y[y > 0])


def test_blocks_of_samples_do_not_change_the_scores(digits, monkeypatch):
    X, y, _, _ = digits
    expected = AffineSubspaceClassifier(max_components=9).fit(X, y)
    monkeypatch.setattr("skscat.classification._subspaces.BLOCK", 7 * 100)
    model = AffineSubspaceClassifier(max_components=9).fit(X, y)
    assert_array_equal(model.cv_scores_, expected.cv_scores_)
    # Sums in another order.
    assert_allclose(model.separation_, expected.separation_, rtol=1e-12)


@pytest.mark.parametrize("shape", [(30, 8), (8, 30), (12, 12)])
def test_principal_axes_are_those_of_a_singular_value_decomposition(shape, rng):
    x = rng.standard_normal(shape)
    axes, variances = principal_axes(x, 5)
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    assert_allclose(variances, s[:5] ** 2 / len(x), rtol=1e-10)
    assert_allclose(np.abs(np.sum(axes * vt[:5], axis=1)), 1, atol=1e-8)


def test_principal_axes_span_no_more_than_the_samples(rng):
    x = rng.standard_normal((20, 3)) @ rng.standard_normal((3, 50))
    axes, _ = principal_axes(x, 10)
    assert axes.shape == (3, 50)
    assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)


def test_more_features_than_samples_give_the_same_distances_as_their_coordinates(digits, rng):
    X, y, X_test, _ = digits
    rotated = np.linalg.qr(rng.standard_normal((1000, 64)))[0].T
    model = AffineSubspaceClassifier(6, shrinkage=1)
    small = model.fit(X[:200], y[:200]).decision_function(X_test)
    large = model.fit(X[:200] @ rotated, y[:200]).decision_function(X_test @ rotated)
    assert_allclose(large, small, rtol=1e-8)


def test_shrinkage_measures_distances_by_the_inverse_covariance(digits):
    X, y, X_test, _ = digits
    model = AffineSubspaceClassifier(0, shrinkage=0.2).fit(X, y)
    deviations = X - model.means_[y]
    covariance = deviations.T @ deviations / len(X)
    shrunk = 0.8 * covariance + 0.2 * np.trace(covariance) / 64 * np.eye(64)
    z = X_test - model.means_[3]
    assert_allclose(model.decision_function(X_test)[:, 3] ** 2, np.sum(z @ np.linalg.inv(shrunk) * z, axis=1))


def test_shrunk_metric_of_wide_data_is_that_of_all_axes(rng):
    X, y = rng.standard_normal((20, 50)), np.arange(20) % 2
    model = AffineSubspaceClassifier(0, shrinkage=0.5).fit(X, y)
    deviations = X - model.means_[y]
    covariance = deviations.T @ deviations / 20
    inverse = np.linalg.inv(0.5 * covariance + 0.5 * np.trace(covariance) / 50 * np.eye(50))
    distances = [np.sqrt(np.sum((X - m) @ inverse * (X - m), axis=1)) for m in model.means_]
    assert_allclose(model.decision_function(X), distances[0] - distances[1], atol=1e-10)


def test_diagnostics_follow_their_definition(digits):
    X, y, _, _ = digits
    model = AffineSubspaceClassifier(5, shrinkage=1).fit(X, y)
    squares = model.decision_function(X) ** 2
    own = squares[np.arange(len(X)), y]
    squares[np.arange(len(X)), y] = np.inf
    means = [(own[y == k].mean(), np.mean(np.sum(X[y == k] ** 2, axis=1))) for k in range(10)]
    assert_allclose(model.intra_class_error_, [np.mean([a / b for a, b in means])])
    assert_allclose(
        model.separation_, [np.mean([squares.min(axis=1)[y == k].mean() / means[k][0] for k in range(10)])]
    )


def test_intra_class_error_falls_with_the_number_of_directions(digits):
    X, y, _, _ = digits
    model = AffineSubspaceClassifier(max_components=20).fit(X, y)
    assert np.all(np.diff(model.intra_class_error_) < 0)


def test_classes_of_few_examples_have_fewer_directions(digits):
    X, y, X_test, y_test = digits
    rows = np.concatenate([np.flatnonzero(y == k)[: 5 if k == 3 else 40] for k in range(10)])
    model = AffineSubspaceClassifier(10, shrinkage=1).fit(X[rows], y[rows])
    assert [len(c) for c in model.components_] == [4 if k == 3 else 10 for k in range(10)]
    assert model.score(X_test, y_test) > 0.85


def test_labels_may_be_strings_and_scores_of_two_classes_have_a_sign(digits):
    X, y, X_test, y_test = digits
    some, some_test = y < 2, y_test < 2
    names = np.array(["zero", "one"])
    model = AffineSubspaceClassifier(5).fit(X[some], names[y[some]])
    scores = model.decision_function(X_test[some_test])
    assert scores.shape == (some_test.sum(),)
    assert list(model.classes_) == ["one", "zero"]
    assert np.mean((scores > 0) == (y_test[some_test] == 0)) > 0.99


@pytest.mark.parametrize("shrinkage", [1, 0.1])
def test_precision_of_the_input_hardly_matters(digits, shrinkage):
    X, y, X_test, _ = digits
    single = AffineSubspaceClassifier(8, shrinkage=shrinkage).fit(X.astype(np.float32), y)
    double = AffineSubspaceClassifier(8, shrinkage=shrinkage).fit(X, y)
    assert single.means_.dtype == single.components_[0].dtype == np.float32
    # Pixels of the border are constant: half of the digits of float32 remain.
    assert np.mean(single.predict(X_test) == double.predict(X_test)) > 0.995


def test_threads_give_the_same_scores(digits):
    X, y, _, _ = digits
    serial, parallel = (AffineSubspaceClassifier(max_components=9, n_jobs=n).fit(X, y) for n in (1, 2))
    assert_array_equal(serial.cv_scores_, parallel.cv_scores_)
    assert_array_equal(serial.separation_, parallel.separation_)


def test_scores_of_cross_validation_hold_on_other_samples(digits):
    X, y, X_test, y_test = digits
    model = AffineSubspaceClassifier(max_components=20).fit(X, y)
    assert abs(model.cv_scores_.max() - cross_val_score(model, X_test, y_test).mean()) < 0.04


def test_constant_features_are_ignored():
    X, y = np.zeros((20, 4)), np.arange(20) % 2
    X[:, 0] = y
    for shrinkage in (1, 0.5):
        assert AffineSubspaceClassifier(2, shrinkage=shrinkage).fit(X, y).score(X, y) == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_components": [1, -2]}, r"n_components=\[1, -2\]: expected whole numbers of at least 0, or 'cv'"),
        ({"n_components": [1.5, 2]}, r"n_components=\[1.5, 2\]: expected whole numbers"),
        ({"n_components": [[1], [2]]}, r"n_components=\[\[1\], \[2\]\]: expected whole numbers"),
        ({"n_components": []}, r"n_components=\[\]: expected whole numbers"),
        ({"n_components": "all"}, "The 'n_components' parameter of AffineSubspaceClassifier must be"),
        ({"shrinkage": 0}, "The 'shrinkage' parameter of AffineSubspaceClassifier must be"),
        ({"shrinkage": 1.5}, "The 'shrinkage' parameter of AffineSubspaceClassifier must be"),
        ({"shrinkage": "all"}, "The 'shrinkage' parameter of AffineSubspaceClassifier must be"),
        ({"shrinkage": True}, "The 'shrinkage' parameter of AffineSubspaceClassifier must be"),
        ({"shrinkage": [0.3, 0]}, r"shrinkage=\[0.3, 0\]: expected numbers greater than 0 and at most 1, or 'cv'"),
        ({"shrinkage": (1.5, 1)}, r"shrinkage=\(1.5, 1\): expected numbers greater than 0 and at most 1"),
        ({"shrinkage": [np.nan]}, r"shrinkage=\[nan\]: expected numbers greater than 0"),
        ({"shrinkage": [True]}, r"shrinkage=\[True\]: expected numbers greater than 0"),
        ({"shrinkage": [[1], [0.5]]}, r"shrinkage=\[\[1\], \[0.5\]\]: expected numbers greater than 0"),
        ({"shrinkage": []}, r"shrinkage=\[\]: expected numbers greater than 0"),
        ({"max_components": -1}, "The 'max_components' parameter of AffineSubspaceClassifier must be"),
    ],
)
def test_bad_parameters_are_named(parameters, message):
    with pytest.raises(ValueError, match=message):
        AffineSubspaceClassifier(**parameters).fit(np.eye(6), np.arange(6) % 2)


def test_one_class_is_not_enough():
    with pytest.raises(ValueError, match="y has 1 class, a; expected at least two classes"):
        AffineSubspaceClassifier(1).fit(np.eye(4), ["a"] * 4)


def test_single_precision_keeps_directions_of_little_variance(rng):
    # Standard deviations from 1 to 1e-4: their squares are beyond the digits of float32.
    x = rng.standard_normal((300, 100)) * np.logspace(0, -4, 100)
    single, _ = principal_axes(x.astype(np.float32), 100)
    double, _ = principal_axes(x, 100)
    assert single.shape == double.shape
    # One of small variance whose neighbors still have distinct variances.
    assert abs(single[60] @ double[60]) > 0.99


def test_a_class_that_is_missing_in_a_fold_leaves_diagnostics_finite(digits):
    X, y, _, _ = digits
    rows = np.concatenate([np.flatnonzero(y == 0)[:1], np.flatnonzero(y > 0)])
    model = AffineSubspaceClassifier([2, 5], cv=3).fit(X[rows], y[rows])
    assert np.all(np.isfinite(model.intra_class_error_))
    assert np.all(model.separation_ > 1)


def test_a_fold_of_one_class_leaves_diagnostics_finite(digits):
    X, y, _, _ = digits
    rows = np.concatenate([np.flatnonzero(y == 0)[:1], np.flatnonzero(y == 1)])
    for cv in (5, LeaveOneOut()):
        model = AffineSubspaceClassifier([2, 5], cv=cv).fit(X[rows], y[rows])
        assert np.all(np.isfinite(model.intra_class_error_))
        assert np.all(np.isfinite(model.separation_))
    # No sample is held out while both classes have one.
    model = AffineSubspaceClassifier([0, 1], cv=LeaveOneOut()).fit(X[:2], y[:2])
    assert_array_equal(model.intra_class_error_, [0, 0])


@pytest.mark.parametrize("n", [2, 3, 4])
def test_few_samples_per_class_are_cross_validated_without_warning(digits, n):
    X, y, X_test, y_test = digits
    rows = np.concatenate([np.flatnonzero(y == k)[:n] for k in range(10)])
    model = AffineSubspaceClassifier().fit(X[rows], y[rows])
    assert model.cv_scores_.shape == (4, 201)
    assert model.score(X_test, y_test) > 0.6


@pytest.mark.parametrize("n_folds", [2, 5, 40])
def test_samples_of_a_small_class_are_in_as_many_folds_as_there_are(n_folds, rng):
    y = rng.permutation(np.repeat(np.arange(5), [1, 2, 3, 5, 12]))
    folds = stratified_splitter(n_folds, y).test_fold
    for k, count in enumerate([1, 2, 3, 5, 12]):
        assert len(np.unique(folds[y == k])) == min(count, n_folds)
        assert np.all(np.diff(folds[y == k]) >= 0)
    sizes = np.bincount(folds)
    assert len(sizes) == min(n_folds, len(y))
    assert np.ptp(sizes) <= 1


def test_folds_are_those_of_scikit_learn_if_no_class_is_small(digits):
    X, y, _, _ = digits
    model = AffineSubspaceClassifier([1, 4], cv=5).fit(X, y)
    listed = AffineSubspaceClassifier([1, 4], cv=list(StratifiedKFold(5).split(X, y))).fit(X, y)
    assert_array_equal(model.cv_scores_, listed.cv_scores_)


def test_one_sample_per_class_gives_the_nearest_sample(digits):
    X, y, X_test, _ = digits
    rows = [np.flatnonzero(y == k)[0] for k in range(10)]
    model = AffineSubspaceClassifier().fit(X[rows], y[rows])
    expected = KNeighborsClassifier(1).fit(X[rows], y[rows]).predict(X_test)
    assert_array_equal(model.predict(X_test), expected)
    assert (model.shrinkage_, model.n_components_) == (1, 0)
    assert not hasattr(model, "cv_scores_")


def test_a_class_of_a_single_sample_is_recognized(digits):
    X, y, X_test, y_test = digits
    rows = np.concatenate([np.flatnonzero(y == 0)[:1], np.flatnonzero(y > 0)])
    model = AffineSubspaceClassifier().fit(X[rows], y[rows])
    predicted = model.predict(X_test)
    assert np.mean(predicted[y_test == 0] == 0) > 0.6
    assert np.mean(predicted[y_test > 0] == y_test[y_test > 0]) > 0.9


def test_folds_of_a_given_splitter_are_kept(digits):
    X, y, _, _ = digits
    rows = np.concatenate([np.flatnonzero(y == 0)[:2], np.flatnonzero(y > 0)])
    with pytest.warns(UserWarning, match="The least populated class in y has only 2"):
        AffineSubspaceClassifier([1, 2], cv=StratifiedKFold(3)).fit(X[rows], y[rows])


def test_a_rare_class_is_found_with_as_few_directions_as_its_samples_span(digits):
    # 6 digits of one class beside 50 of each other one.
    X, y, X_test, y_test = digits
    models = [AffineSubspaceClassifier(max_components=5), AffineSubspaceClassifier(), RidgeClassifier()]
    recalls = []
    for k in range(0, 10, 2):
        rows = np.concatenate([np.flatnonzero(y == i)[: 6 if i == k else 50] for i in range(10)])
        recalls.append([np.mean(m.fit(X[rows], y[rows]).predict(X_test[y_test == k]) == k) for m in models])
    few, default, ridge = np.mean(recalls, axis=0)
    assert few > default + 0.2
    assert default > ridge + 0.2


def test_copies_of_all_samples_of_a_class_change_no_euclidean_prediction(digits):
    X, y, X_test, _ = digits
    model = AffineSubspaceClassifier(4, shrinkage=1)
    expected = clone(model).fit(X, y).decision_function(X_test)
    rows = np.concatenate([np.arange(len(y)), *[np.flatnonzero(y == 3)] * 9])
    # Rounding errors of means.
    assert_allclose(model.fit(X[rows], y[rows]).decision_function(X_test), expected, rtol=1e-9)


def test_scores_of_an_earlier_cross_validation_are_deleted(digits):
    X, y, _, _ = digits
    model = AffineSubspaceClassifier([2, 5]).fit(X, y)
    assert not hasattr(model.set_params(n_components=3, shrinkage=1).fit(X, y), "cv_scores_")


@pytest.mark.parametrize("parameters", [{"n_components": 5}, {"n_components": [2, 5, 8]}, {"shrinkage": 0.3}])
@pytest.mark.parametrize(
    ("dtype", "amplitude"),
    [(np.float32, 1e-30), (np.float32, 1e-21), (np.float32, 8e28), (np.float64, 1e-165), (np.float64, 1e155)],
)
def test_units_of_features_do_not_matter(digits, parameters, dtype, amplitude):
    X, y, X_test, _ = digits
    model = AffineSubspaceClassifier(**{"max_components": 5, **parameters})
    expected = clone(model).fit(X, y)
    scaled = clone(model).fit((X * amplitude).astype(dtype), y)
    X_scaled = (X_test * amplitude).astype(dtype)
    # The few digits that are as near to two classes as half of the digits of float32 can tell.
    assert np.mean(scaled.predict(X_scaled) == expected.predict(X_test)) > 0.995
    # Distances by the inverse covariance have no unit.
    unit = amplitude if expected.shrinkage_ == 1 else 1
    tolerance = {"rtol": 1e-3, "atol": 1e-2} if dtype == np.float32 else {"rtol": 1e-9}
    if (scaled.shrinkage_, scaled.n_components_) == (expected.shrinkage_, expected.n_components_):
        assert_allclose(scaled.decision_function(X_scaled) / unit, expected.decision_function(X_test), **tolerance)
    assert_allclose(scaled.intra_class_error_, expected.intra_class_error_, rtol=tolerance["rtol"])
    assert_allclose(scaled.separation_, expected.separation_, rtol=tolerance["rtol"])


@pytest.mark.parametrize(("dtype", "distance"), [(np.float32, 1e25), (np.float64, 1e200)])
@pytest.mark.parametrize("shrinkage", [1, 0.3])
def test_distances_of_far_samples_do_not_overflow(digits, dtype, distance, shrinkage):
    X, y, X_test, _ = digits
    model = AffineSubspaceClassifier(5, shrinkage=shrinkage).fit(X.astype(dtype), y)
    # At such a distance, means do not matter.
    model_at_zero = AffineSubspaceClassifier(5, shrinkage=shrinkage).fit(X, y)
    model_at_zero._spaces = model_at_zero._spaces._replace(means=np.zeros_like(model_at_zero.means_))
    far = (X_test[:50] * distance).astype(dtype)
    expected = model_at_zero.decision_function(X_test[:50])
    assert_allclose(model.decision_function(far) / distance, expected, rtol=1e-3 if dtype == np.float32 else 1e-9)
    assert_array_equal(model.predict(far), model_at_zero.predict(X_test[:50]))


def test_a_sample_is_scored_alike_beside_far_samples(digits):
    X, y, X_test, _ = digits
    model = AffineSubspaceClassifier(5).fit(X.astype(np.float32), y)
    some = X_test[:20].astype(np.float32)
    beside = model.decision_function(np.concatenate([some, some * np.float32(1e30)]))[:20]
    assert_array_equal(beside, model.decision_function(some))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shrinkage", [1, 0.5])
@pytest.mark.parametrize("n", [63, 100, 441, 1000])
def test_equal_samples_of_a_class_have_no_direction(dtype, shrinkage, n, rng):
    # Means of 0.1 differ from 0.1 by rounding errors.
    X = np.repeat(np.array([np.full(4, 0.1), np.full(4, 0.3)], dtype), n, axis=0)
    y = np.repeat([0, 1], n)
    model = AffineSubspaceClassifier(4, shrinkage=shrinkage).fit(X, y)
    assert [len(c) for c in model.components_] == [0, 0]
    assert_array_equal(model.means_, X[[0, n]])
    assert_array_equal(model.intra_class_error_, [0])
    noisy = X + 0.05 * rng.standard_normal(X.shape).astype(dtype)
    assert model.score(noisy, y) == np.mean((noisy.mean(axis=1) > 0.2) == y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rounding_errors_of_constants_are_no_directions(dtype, rng):
    X = np.repeat(np.array([np.full(4, 0.1), np.full(4, 0.3)], dtype), 20, axis=0)
    X += np.spacing(X) * rng.integers(-1, 2, X.shape)
    y = np.repeat([0, 1], 20)
    model = AffineSubspaceClassifier(4).fit(X, y)
    assert [len(c) for c in model.components_] == [0, 0]
    assert model.score(X, y) == 1


@pytest.mark.parametrize(("dtype", "constant"), [(np.float32, 1e5), (np.float32, 1e30), (np.float64, 1e12)])
def test_large_constant_features_hide_no_directions(dtype, constant):
    X, y = planes(60)
    X, X_test = X.astype(dtype), planes(60, seed=1)[0].astype(dtype)
    expected = AffineSubspaceClassifier(2).fit(X, y)
    X, wide_test = (np.insert(x, 3, constant, axis=1) for x in (X, X_test))
    model = AffineSubspaceClassifier(2).fit(X, y)
    assert [len(c) for c in model.components_] == [2, 2, 2]
    # Distances of samples in a subspace are zero up to half of the digits of float32.
    assert_allclose(model.decision_function(wide_test), expected.decision_function(X_test), rtol=1e-3, atol=1e-2)


def test_diagnostics_of_classes_that_are_equal_are_finite():
    X, y = np.zeros((20, 3)), np.arange(20) % 2
    model = AffineSubspaceClassifier(1).fit(X, y)
    assert_array_equal(model.intra_class_error_, [0])
    assert_array_equal(model.separation_, [1])
