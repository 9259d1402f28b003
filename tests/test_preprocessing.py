"""Preprocessing: floors of logarithms, norms of paths, cosines over scales and angles."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.fft import dctn
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from skscat import RotoTranslationScattering2D, Scattering2D
from skscat.datasets import load_digits_sample
from skscat.preprocessing import CosineReduction, LogMedian, PathScaler


@pytest.fixture(scope="module")
def digits():
    return load_digits_sample().images[:60]


def coefficients(scattering, X):
    return scattering.fit_transform(X).reshape(len(X), *scattering.output_shape_)


def test_the_largest_norm_of_each_path_becomes_one(digits):
    scattering = Scattering2D(J=3, L=4)
    S = coefficients(scattering, digits)
    scaled = PathScaler(n_positions=16).fit_transform(S.reshape(60, -1)).reshape(S.shape)
    assert_allclose(np.linalg.norm(scaled, axis=(2, 3)).max(axis=0), 1, rtol=1e-6)


def test_the_standard_deviation_of_each_path_becomes_one(digits):
    scattering = Scattering2D(J=3, L=4)
    S = coefficients(scattering, digits)
    scaled = PathScaler("std", n_positions=16).fit_transform(S.reshape(60, -1)).reshape(S.shape)
    assert_allclose(scaled.var(axis=0).sum(axis=(1, 2)), 1, rtol=1e-5)


def test_positions_of_a_path_keep_their_proportions(rng):
    X = rng.standard_normal((5, 12))
    scaled = PathScaler(n_positions=4).fit_transform(X).reshape(5, 3, 4)
    assert_allclose(scaled / scaled[:, :, :1], X.reshape(5, 3, 4) / X.reshape(5, 3, 4)[:, :, :1])


@pytest.mark.parametrize(("value", "dtype"), [(0.1, np.float64), (1000.1, np.float32)])
def test_constant_paths_are_unchanged(value, dtype):
    X = np.full((7, 6), value, dtype)
    assert_array_equal(PathScaler("std", n_positions=3).fit_transform(X), X)


@pytest.mark.parametrize("norm", ["max", "std"])
def test_zero_paths_are_unchanged(norm):
    X = np.zeros((4, 6))
    assert_array_equal(PathScaler(norm, n_positions=3).fit_transform(X), X)


def test_fitted_scalers_do_not_change_with_parameters(rng):
    X = rng.standard_normal((5, 12))
    scaler = PathScaler(n_positions=4).fit(X)
    expected = scaler.transform(X)
    assert_array_equal(scaler.set_params(n_positions=3).transform(X), expected)


def test_positions_that_do_not_divide_the_features_are_refused():
    with pytest.raises(ValueError, match="n_positions=4 does not divide 6 features; expected the number of positions"):
        PathScaler(n_positions=4).fit(np.zeros((2, 6)))


def test_a_gain_of_a_feature_adds_a_constant_to_its_logarithm(rng):
    X = np.abs(rng.standard_normal((50, 3)))
    quiet, loud = LogMedian(0.1).fit_transform(X), LogMedian(0.1).fit_transform(X * [1, 10, 100])
    assert_allclose(loud - quiet, np.tile(np.log([1, 10, 100]), (50, 1)), atol=1e-12)


def test_all_cosines_preserve_distances(digits):
    S = Scattering2D(J=3, L=4).fit_transform(digits)
    C = CosineReduction(Scattering2D(J=3, L=4), keep=1).fit_transform(digits)
    assert C.shape == S.shape
    assert_allclose(np.linalg.norm(C[1:] - C[:-1], axis=1), np.linalg.norm(S[1:] - S[:-1], axis=1), rtol=1e-5)


def test_first_order_is_a_cosine_transform_over_scales_and_angles(digits):
    scattering = Scattering2D(J=3, L=4, max_order=1)
    S = coefficients(scattering, digits)
    expected = dctn(S[:, 1:].reshape(60, 3, 4, 4, 4), axes=(1, 2), norm="ortho").reshape(60, 12, 4, 4)
    C = coefficients(CosineReduction(scattering, keep=1), digits)
    assert_allclose(C[:, 1:], expected, atol=1e-5)
    assert_array_equal(C[:, 0], S[:, 0])


def test_second_order_is_separable_in_scales_and_angles(digits):
    scattering = Scattering2D(J=4, L=3)
    S, paths = coefficients(scattering, digits[:2]), scattering.paths_
    model = CosineReduction(scattering, keep=1)
    C = coefficients(model, digits[:2])
    frequencies = model.get_feature_names_out().reshape(len(model.basis_), -1)[:, 0]
    # The lowest frequency along differences of scales is a sum over pairs of each difference.
    angles = np.empty((4, 4, 2, 3, 3, *S.shape[2:]))
    for path in np.flatnonzero(paths["order"] == 2):
        row = paths[path]
        angles[row["j1"], row["j2"], :, row["theta1"], row["theta2"]] = S[:, path]
    transformed = dctn(angles, axes=(3, 4), norm="ortho")
    along_first = [
        dctn(np.array([transformed[j, j + step] for j in range(4 - step)]), axes=(0,), norm="ortho")
        for step in (1, 2, 3)
    ]
    lowest = dctn(np.array([part[0] for part in along_first]), axes=(0,), norm="ortho")
    for k2, (a, b) in ((0, (0, 0)), (1, (2, 1)), (2, (1, 2))):
        row = list(frequencies).index(f"cosinereduction_k1=0_k2={k2}_th1={a}_th2={b}_y0_x0")
        assert_allclose(C[:, row], lowest[k2][:, a, b], atol=1e-5)


def test_half_of_the_cosines_keep_most_of_the_energy(digits):
    scattering = Scattering2D(J=3, L=6)
    S = coefficients(scattering, digits)
    C = coefficients(CosineReduction(scattering, keep=0.5), digits)
    assert C.shape[1] == 64
    assert np.sum(C**2) > 0.98 * np.sum(S**2)


def test_logarithms_may_precede_cosines(digits):
    pipeline = make_pipeline(Scattering2D(J=2, L=4), LogMedian(0.1))
    C = CosineReduction(pipeline, keep=1).fit_transform(digits)
    assert_allclose(np.linalg.norm(C, axis=1), np.linalg.norm(pipeline.fit_transform(digits), axis=1), rtol=1e-5)


def test_channels_have_their_own_cosines(digits):
    X = np.stack([digits, digits[::-1]], axis=1)
    model = CosineReduction(Scattering2D(J=2, L=4))
    C = coefficients(model, X)
    assert_allclose(C[:, 0], coefficients(CosineReduction(Scattering2D(J=2, L=4)), digits), atol=1e-5)
    names = model.get_feature_names_out()
    assert len(set(names)) == len(names) == C[0].size


@pytest.mark.parametrize(
    "transformer", [RotoTranslationScattering2D(J=2), LogMedian(), Scattering2D(J=3, max_order=3)]
)
def test_cosines_need_a_two_dimensional_scattering(transformer, digits):
    X = digits.reshape(60, -1) if isinstance(transformer, LogMedian) else digits
    with pytest.raises(ValueError, match="expected Scattering2D of order 1 or 2, or a pipeline that begins with it"):
        CosineReduction(transformer).fit(X)


def test_names_of_cosines_of_global_averages_have_no_position(digits):
    model = CosineReduction(Scattering2D(J=2, L=4, average="global"))
    C = model.fit_transform(digits)
    assert C.shape == (60, len(model.basis_))
    assert model.get_feature_names_out()[1] == "cosinereduction_k1=0_th1=0"


def test_cosines_of_part_of_the_coefficients_are_refused(digits):
    model = CosineReduction(make_pipeline(Scattering2D(J=2, L=4), PCA(20)))
    with pytest.raises(ValueError, match=r"returned 20 features; expected the \d+ of its first step"):
        model.fit(digits).transform(digits)
