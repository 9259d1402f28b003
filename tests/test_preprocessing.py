"""Preprocessing: floors of logarithms, norms of paths, cosines over scales and angles, means over rotations."""

import pickle
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.fft import dctn
from scipy.stats import gmean
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from skscat import (
    HaarScattering,
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
)
from skscat.datasets import load_digits_sample
from skscat.preprocessing import CosineReduction, LogMedian, PathScaler, RotationAveraging, ScaleAveraging

SCATTERING = Scattering2D(J=2, L=4)
each_wrapper = pytest.mark.parametrize("wrap", [PathScaler, CosineReduction, RotationAveraging])


@pytest.fixture(scope="module")
def digits():
    return load_digits_sample().images[:60]


def coefficients(scattering, X):
    return scattering.fit_transform(X).reshape(len(X), *scattering.output_shape_)


# Transforms of every family, and the shape of a signal.
FAMILIES = {
    "1-D": (Scattering1D(J=2), (64,)),
    "1-D, global": (Scattering1D(J=2, average="global"), (64,)),
    "1-D, moduli": (Scattering1D(J=2, average=None), (64,)),
    "1-D, channels": (Scattering1D(J=2), (3, 64)),
    "2-D": (Scattering2D(J=2, L=2), (12, 10)),
    "2-D, global": (Scattering2D(J=2, L=2, average="global"), (12, 10)),
    "2-D, moduli": (Scattering2D(J=2, L=2, average=None), (12, 10)),
    "2-D, channels": (Scattering2D(J=2, L=2, stride=3), (2, 12, 10)),
    "time-frequency": (TimeFrequencyScattering(J=2, Q=3, J_fr=1), (64,)),
    "time-frequency, global": (TimeFrequencyScattering(J=2, Q=3, J_fr=1, average="global"), (64,)),
    "time-frequency, both global": (
        TimeFrequencyScattering(J=2, Q=3, J_fr=1, average="global", average_frequency="global"),
        (64,),
    ),
    "time-frequency, channels": (TimeFrequencyScattering(J=2, Q=3, J_fr=1), (2, 64)),
    "spiral": (SpiralScattering(J=2, Q=4, J_oct=1), (64,)),
    "roto-translation": (RotoTranslationScattering2D(J=2, L=3), (12, 12)),
    "roto-translation, angles": (RotoTranslationScattering2D(J=2, L=3, average_angle=None), (2, 12, 12)),
    "3-D": (HarmonicScattering3D(J=1, L=1), (8, 8, 8)),
    "3-D, one power": (HarmonicScattering3D(J=1, L=1, powers=(1,)), (8, 8, 8)),
    "3-D, powers and channels": (HarmonicScattering3D(J=1, L=1, powers=(0.5, 1, 2)), (2, 8, 8, 8)),
    "3-D, local": (HarmonicScattering3D(J=1, L=1, average="local"), (8, 8, 8)),
}
each_family = pytest.mark.parametrize(("scattering", "shape"), FAMILIES.values(), ids=FAMILIES)


def norm_of_path(S, norm):
    """Largest norm of the rows of coefficients of one path, or root mean square of their deviations."""
    if norm == "max":
        return max(np.sqrt(sum(value**2 for value in row)) for row in S)
    mean = sum(S) / len(S)
    return np.sqrt(sum(((row - mean) ** 2).sum() for row in S) / len(S))


def path_norms(names, S, norm):
    """Norm of each path, whose coefficients have the same name except for their position, for each coefficient."""
    paths = np.array([re.sub(r"(_[afzyxt]\d+)+$", "", name) for name in names])
    norms = {path: norm_of_path(S[:, paths == path], norm) for path in dict.fromkeys(paths)}
    return norms, np.array([norms[path] for path in paths])


@each_family
@pytest.mark.parametrize("norm", ["max", "std"])
def test_paths_are_divided_by_their_norm(scattering, shape, norm, rng):
    X = rng.standard_normal((5, *shape))
    S = clone(scattering).fit(X).transform(X)
    scaler = PathScaler(scattering, norm).fit(X)
    norms, divisors = path_norms(scaler.get_feature_names_out(), S, norm)
    # Rounding errors of sums of squares.
    assert_allclose(scaler.scale_.ravel(), list(norms.values()), rtol=1e-12)
    assert_allclose(scaler.transform(X), S / divisors, rtol=1e-12)


@each_family
def test_one_scale_per_channel_path_and_power(scattering, shape, rng):
    X = rng.standard_normal((3, *shape))
    scaler = PathScaler(scattering).fit(X)
    fitted, powers = scaler.transformer_, scaler.transformer_.plan_.powers
    channels = shape[: len(shape) - fitted.ndim_]
    assert scaler.scale_.shape == (*channels, len(fitted.paths_), *([len(powers)] if powers else []))
    assert scaler.output_shape_ == fitted.output_shape_


def test_the_largest_norm_of_each_path_becomes_one(digits):
    scaled = coefficients(PathScaler(Scattering2D(J=3, L=4)), digits)
    assert_allclose(np.linalg.norm(scaled, axis=(2, 3)).max(axis=0), 1, rtol=1e-6)


def test_the_standard_deviation_of_each_path_becomes_one(digits):
    scaled = coefficients(PathScaler(Scattering2D(J=3, L=4), "std"), digits)
    assert_allclose(scaled.var(axis=0).sum(axis=(1, 2)), 1, rtol=1e-5)


def test_positions_of_a_path_keep_their_proportions(digits):
    S, scaled = (coefficients(model, digits) for model in (SCATTERING, PathScaler(SCATTERING)))
    totals, scaled_totals = (np.sum(s, axis=(2, 3), keepdims=True) for s in (S, scaled))
    assert_allclose(scaled / scaled_totals, S / totals, rtol=1e-5)


@pytest.mark.parametrize(("value", "dtype"), [(0.1, np.float64), (1000.1, np.float32)])
def test_constant_paths_are_unchanged(value, dtype, rng):
    X = np.tile((value * rng.random(64)).astype(dtype), (7, 1))
    assert_array_equal(PathScaler(Scattering1D(J=2), "std").fit_transform(X), Scattering1D(J=2).fit_transform(X))


@pytest.mark.parametrize("norm", ["max", "std"])
def test_zero_paths_are_unchanged(norm):
    scaler = PathScaler(Scattering1D(J=2), norm).fit(np.zeros((4, 64)))
    assert_array_equal(scaler.scale_, 1)


def test_channels_have_their_own_scales(digits):
    X = np.stack([digits, 100 * digits[::-1]], axis=1)
    scaler = PathScaler(SCATTERING).fit(X)
    for c in range(2):
        assert_array_equal(scaler.scale_[c], PathScaler(SCATTERING).fit(X[:, c]).scale_)


def test_channels_on_the_last_axis_have_the_scales_of_channels_first(digits):
    X = np.stack([digits, 100 * digits[::-1]], axis=1)
    last = PathScaler(Scattering2D(J=2, L=4, channel_axis=-1)).fit(np.moveaxis(X, 1, -1))
    assert_array_equal(last.scale_, PathScaler(SCATTERING).fit(X).scale_)
    assert last.signal_shape_ == (2, 28, 28)


def test_a_grid_search_scales_the_paths_of_each_candidate(digits):
    y = np.arange(60) % 3
    train, test = np.arange(40), np.arange(40, 60)
    grid = {"J": [1, 2, 3], "stride": [2, 5], "average": ["local", "global"], "n_jobs": [2]}
    model = make_pipeline(PathScaler(Scattering2D(L=2)), LinearSVC(random_state=0))
    parameters = {f"pathscaler__transformer__{name}": values for name, values in grid.items()}
    search = GridSearchCV(model, parameters, cv=[(train, test)], error_score="raise").fit(digits, y)
    for candidate, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
        chosen = {name.rpartition("__")[2]: value for name, value in candidate.items()}
        scattering = Scattering2D(L=2, **chosen).fit(digits)
        S = scattering.transform(digits).astype(float)
        _, divisors = path_norms(scattering.get_feature_names_out(), S[train], "max")
        classifier = LinearSVC(random_state=0).fit(S[train] / divisors, y[train])
        assert classifier.score(S[test] / divisors, y[test]) == score


def test_logarithms_may_precede_the_scaling(digits):
    pipeline = make_pipeline(SCATTERING, LogMedian(0.1))
    scaler = PathScaler(pipeline, "std").fit(digits)
    S = clone(pipeline).fit_transform(digits).astype(float)
    norms, _ = path_norms(scaler.get_feature_names_out(), S, "std")
    # Digits are in single precision.
    assert_allclose(scaler.scale_, list(norms.values()), rtol=1e-5)


def test_steps_that_name_no_features_may_precede_the_scaling(digits):
    scaler = PathScaler(make_pipeline(SCATTERING, FunctionTransformer(np.abs))).set_output(transform="pandas")
    names = clone(SCATTERING).fit(digits).get_feature_names_out()
    assert list(scaler.fit_transform(digits).columns) == list(names)


def test_pipelines_with_memory_may_be_scaled(digits, tmp_path):
    pipeline = make_pipeline(SCATTERING, LogMedian())
    cached = clone(pipeline).set_params(memory=str(tmp_path))
    assert_array_equal(PathScaler(cached).fit_transform(digits), PathScaler(pipeline).fit_transform(digits))


@each_wrapper
def test_fit_transform_computes_the_coefficients_once(wrap, digits, monkeypatch):
    lengths, compute = [], Scattering2D._run

    def record(self, x):
        lengths.append(len(x))
        return compute(self, x)

    monkeypatch.setattr(Scattering2D, "_run", record)
    model = wrap(make_pipeline(SCATTERING, LogMedian()))
    S = model.fit_transform(digits)
    assert lengths == [60]
    assert_array_equal(model.transform(digits), S)


@each_wrapper
def test_wrappers_survive_a_pickle(wrap, digits):
    model = wrap(SCATTERING).fit(digits)
    assert_array_equal(pickle.loads(pickle.dumps(model)).transform(digits), model.transform(digits))


@each_wrapper
def test_a_refused_fit_leaves_what_the_last_one_learned(wrap, digits):
    model = wrap(SCATTERING).fit(digits)
    expected = model.transform(digits)
    with pytest.raises(ValueError, match="returned 5 features"):
        model.set_params(transformer=make_pipeline(SCATTERING, PCA(5))).fit_transform(digits)
    assert_array_equal(model.transform(digits), expected)


@pytest.mark.parametrize(
    "transformer",
    [
        PCA(2),
        LogMedian(),
        HaarScattering(2),
        CosineReduction(SCATTERING),
        ScaleAveraging(SCATTERING),
        make_pipeline(StandardScaler(), SCATTERING),
        make_pipeline("passthrough", SCATTERING),
    ],
)
def test_scaled_paths_are_those_of_a_scattering_transform(transformer, digits):
    message = "expected a transform with a plan, such as Scattering2D, or a pipeline that begins with it"
    with pytest.raises(ValueError, match=rf"transformer={re.escape(repr(transformer))}: {message}"):
        PathScaler(transformer).fit(digits)


def test_scaling_of_part_of_the_coefficients_is_refused(digits):
    with pytest.raises(ValueError, match=r"transformer=Pipeline(.|\n)* returned 20 features; expected the 1225 of"):
        PathScaler(make_pipeline(SCATTERING, PCA(20))).fit(digits)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_scaling_of_infinite_coefficients_is_refused(value, digits):
    pipeline = make_pipeline(SCATTERING, FunctionTransformer(lambda S: np.full_like(S, value)))
    with pytest.raises(ValueError, match=r"transformer=Pipeline(.|\n)* returned NaN or infinity; expected finite"):
        PathScaler(pipeline).fit(digits)


@each_wrapper
def test_wrappers_of_pipelines_know_the_shape_of_signals(wrap, digits):
    model = wrap(make_pipeline(SCATTERING, LogMedian())).fit(digits)
    assert model.signal_shape_ == (28, 28)


def test_units_of_features_do_not_matter_to_their_logarithms(rng):
    X = rng.standard_normal((50, 3))
    units = [1, 10, 1e-200]
    assert_allclose(LogMedian(0.1).fit_transform(X * units), LogMedian(0.1).fit_transform(X), atol=1e-12)


def test_logarithm_above_the_floor_is_the_published_one_up_to_a_constant(rng):
    X = np.abs(rng.standard_normal((51, 3)))
    # Anden and Mallat (2014): log(x + epsilon median).
    difference = LogMedian(0.2).fit_transform(X) - np.log(X + 0.2 * np.median(X, axis=0))
    assert_allclose(difference, np.broadcast_to(difference[0], X.shape), atol=1e-12)


def test_logarithm_preserves_the_sign(rng):
    X = rng.standard_normal((50, 3))
    model = LogMedian(0.1).fit(X)
    assert_allclose(model.transform(-X), -model.transform(X), atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logarithm_fits_wherever_its_argument_does(dtype):
    smallest, largest = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max / 2
    model = LogMedian(0.1).fit(np.array([[smallest], [smallest], [0]], dtype))
    assert np.isfinite(model.transform(np.array([[largest], [-largest], [0]], dtype))).all()


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


def test_scaled_paths_may_precede_cosines(digits):
    scaler = PathScaler(Scattering2D(J=2, L=4))
    model = CosineReduction(scaler, keep=1)
    C = coefficients(model, digits)
    expected = np.einsum("kp,npyx->nkyx", model.basis_, coefficients(scaler, digits))
    assert_allclose(C, expected, atol=1e-5)


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


# Scattering that is averaged over rotations: orders, scales per octave, outputs.
TO_ROTATE = {
    "order zero": Scattering2D(J=2, L=4, max_order=0),
    "first order": Scattering2D(J=2, L=3, max_order=1),
    "second order": Scattering2D(J=3, L=4),
    "third order": Scattering2D(J=3, L=3, max_order=3, average="global"),
    "two scales per octave": Scattering2D(J=2, L=4, Q=2, average="global"),
    "three scales per octave": Scattering2D(J=2, L=2, Q=3, average="global"),
    "one angle": Scattering2D(J=2, L=1, normalize="l1"),
    "moduli": Scattering2D(J=2, L=3, average=None),
    "renormalized": Scattering2D(J=3, L=4, renormalize=True),
}


def means_over_rotations(S, paths, L):
    """Mean of the coefficients of each path and of its rotations by all angles, by the name of the path."""
    rows = {}
    for i, path in enumerate(paths):
        rows[tuple((path[f"j{m}"], path[f"theta{m}"]) for m in range(1, path["order"] + 1))] = i
    means = {}
    for path in rows:
        scales = [f"j{m}={j:.6g}" for m, (j, _) in enumerate(path, start=1)]
        differences = [(theta - path[0][1]) % L for _, theta in path[1:]]
        angles = [f"th={d}" if len(path) == 2 else f"th{m}={d}" for m, d in enumerate(differences, start=2)]
        rotated = [rows[tuple((j, (theta + k) % L) for j, theta in path)] for k in range(L)]
        means["_".join(["rotationaveraging", *scales, *angles] if path else ["rotationaveraging", "mean"])] = (
            sum(S[:, row] for row in rotated) / L
        )
    return means


@pytest.mark.parametrize("scattering", TO_ROTATE.values(), ids=TO_ROTATE)
def test_coefficients_are_averaged_over_rotations_of_all_angles(scattering, rng):
    X = rng.standard_normal((2, 12, 16))
    model = RotationAveraging(scattering)
    R = coefficients(model, X)
    expected = means_over_rotations(coefficients(scattering, X), scattering.paths_, scattering.L)
    names = model.get_feature_names_out().reshape(R.shape[1], -1)[:, 0]
    names = [name.removesuffix("_y0_x0") for name in names]
    assert set(names) == set(expected)
    # Rounding errors of sums.
    assert_allclose(R, np.stack([expected[name] for name in names], axis=1), rtol=1e-12)


def test_names_of_means_over_rotations_tell_channel_scales_angle_and_position(rng):
    X = rng.standard_normal((2, 3, 16, 16))
    model = RotationAveraging(Scattering2D(J=3, L=4)).fit(X)
    names = model.get_feature_names_out().reshape(model.output_shape_)
    assert names[1, 0, 0, 1] == "rotationaveraging_c1_mean_y0_x1"
    assert names[2, 3, 1, 0] == "rotationaveraging_c2_j1=2_y1_x0"
    assert names[0, 4:8, 0, 0].tolist() == [f"rotationaveraging_c0_j1=0_j2=1_th={k}_y0_x0" for k in range(4)]
    assert len(set(names.ravel())) == names.size


def test_rotations_average_each_channel_by_itself(digits):
    X = np.stack([digits, digits[::-1]], axis=1)
    R = coefficients(RotationAveraging(SCATTERING), X)
    assert_array_equal(R[:, 1], coefficients(RotationAveraging(SCATTERING), digits)[::-1])


def test_averages_of_logarithms_are_geometric_means(digits):
    scattering = Scattering2D(J=3, L=6, max_order=1, normalize="l1", average="global")
    R = RotationAveraging(make_pipeline(scattering, FunctionTransformer(np.log))).fit_transform(digits)
    S = scattering.fit_transform(digits)[:, 1:].reshape(60, 3, 6)
    # Single precision.
    assert_allclose(np.exp(R[:, 1:]), gmean(S, axis=2), rtol=1e-5)


def test_scaled_paths_may_be_averaged_over_rotations(digits):
    scaler = PathScaler(SCATTERING)
    model = RotationAveraging(scaler)
    R = coefficients(model, digits)
    assert_allclose(R, np.einsum("kp,npyx->nkyx", model.weights_, coefficients(scaler, digits)), atol=1e-5)


def test_means_over_rotations_are_nonexpansive_even_if_multiplied_by_the_root_of_their_number(rng):
    x, y = rng.standard_normal((2, 20, 16, 16))
    model = RotationAveraging(Scattering2D(J=2, L=4, padding="wrap", stride=1)).fit(x)
    difference = (model.transform(x) - model.transform(y)).reshape(20, *model.output_shape_)
    difference[:, 1:] *= 2
    # The tolerance of test_scattering_contracts_random_pairs.
    norms = np.sqrt((difference**2).sum(axis=(1, 2, 3)))
    assert (norms <= (1 + 1e-6) * np.linalg.norm(x - y, axis=(1, 2))).all()


@pytest.mark.parametrize(
    "transformer",
    [
        LogMedian(),
        Scattering1D(J=2),
        RotoTranslationScattering2D(J=2),
        HaarScattering(2),
        CosineReduction(SCATTERING),
        RotationAveraging(SCATTERING),
        make_pipeline(StandardScaler(), SCATTERING),
    ],
)
@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_rotations_need_a_two_dimensional_scattering(transformer, method, digits):
    message = "expected Scattering2D, or a pipeline that begins with it"
    with pytest.raises(ValueError, match=rf"transformer={re.escape(repr(transformer))}: {message}"):
        getattr(RotationAveraging(transformer), method)(digits)


def test_averages_of_part_of_the_coefficients_are_refused(digits):
    model = RotationAveraging(make_pipeline(SCATTERING, PCA(20))).fit(digits)
    with pytest.raises(ValueError, match=r"transformer=Pipeline(.|\n)* returned 20 features; expected the 1225 of"):
        model.transform(digits)
