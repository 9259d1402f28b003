"""The affine subspace classifier: geometry, choice of dimension, diagnostics, bad input."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.neighbors import NearestCentroid

from skscat.classification import AffineSubspaceClassifier, fit_spaces, principal_axes, residuals


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
    model = AffineSubspaceClassifier(12).fit(X, y)
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
    assert_array_equal(AffineSubspaceClassifier(0).fit(X, y).predict(X_test), expected)


def test_without_directions_a_shrunk_metric_makes_it_linear_discriminant_analysis(digits):
    X, y, X_test, _ = digits
    lda = LinearDiscriminantAnalysis("lsqr", shrinkage=0.3).fit(X, y)
    scores = lda.decision_function(X_test) - np.log(lda.priors_)
    model = AffineSubspaceClassifier(0, shrinkage=0.3).fit(X, y)
    assert_array_equal(model.predict(X_test), scores.argmax(axis=1))


def test_planes_through_one_point_separate_by_their_directions():
    X, y = planes(60)
    X_test, y_test = planes(300, seed=1)
    assert AffineSubspaceClassifier(0).fit(X, y).score(X_test, y_test) < 0.7
    assert AffineSubspaceClassifier(2).fit(X, y).score(X_test, y_test) == 1


def test_cross_validation_finds_the_dimension_of_planes(rng):
    X, y = planes(60)
    X = X + 0.1 * rng.standard_normal(X.shape)
    model = AffineSubspaceClassifier(max_components=10).fit(X, y)
    assert model.n_components_ == 2
    assert_array_equal(model.candidates_, np.arange(11))


def test_one_fit_per_fold_scores_what_a_grid_search_scores(digits):
    X, y, _, _ = digits
    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    candidates = [0, 3, 9, 27]
    model = AffineSubspaceClassifier(candidates, cv=folds).fit(X, y)
    search = GridSearchCV(AffineSubspaceClassifier(), {"n_components": candidates}, cv=folds).fit(X, y)
    # Folds of equal size weigh the same in both means.
    assert_allclose(model.cv_scores_, search.cv_results_["mean_test_score"], atol=1e-12)
    assert model.n_components_ == search.best_params_["n_components"]


def test_all_dimensions_at_once_equal_each_alone(digits):
    X, y, X_test, _ = digits
    spaces = fit_spaces(X, y, 10, 30, 0.5)
    (_, together), *_ = residuals(X_test[:50], spaces, [0, 4, 30])
    for i, d in enumerate([0, 4, 30]):
        alone = AffineSubspaceClassifier(d, shrinkage=0.5).fit(X, y).decision_function(X_test[:50])
        assert_allclose(together[..., i], alone**2, rtol=1e-9)


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
    small = AffineSubspaceClassifier(6).fit(X[:200], y[:200]).decision_function(X_test)
    large = AffineSubspaceClassifier(6).fit(X[:200] @ rotated, y[:200]).decision_function(X_test @ rotated)
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
    model = AffineSubspaceClassifier(5).fit(X, y)
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
    model = AffineSubspaceClassifier(10).fit(X[rows], y[rows])
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
    with pytest.warns(UserWarning, match="The least populated class in y has only 1"):
        model = AffineSubspaceClassifier([2, 5], cv=3).fit(X[rows], y[rows])
    assert np.all(np.isfinite(model.intra_class_error_))
    assert np.all(model.separation_ > 1)


def test_scores_of_an_earlier_cross_validation_are_deleted(digits):
    X, y, _, _ = digits
    model = AffineSubspaceClassifier([2, 5]).fit(X, y)
    assert not hasattr(model.set_params(n_components=3).fit(X, y), "cv_scores_")
