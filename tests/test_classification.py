"""The affine subspace classifier: geometry, choice of dimension, diagnostics, bad input."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.neighbors import NearestCentroid

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
    (_, together, _), *_ = residuals(X_test[:50], spaces, [0, 4, 30])
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
    unit = 1 if "shrinkage" in parameters else amplitude
    tolerance = {"rtol": 1e-3, "atol": 1e-2} if dtype == np.float32 else {"rtol": 1e-9}
    if scaled.n_components_ == expected.n_components_:
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
