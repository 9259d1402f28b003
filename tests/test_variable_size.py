"""Features of signals of different lengths, and of images of different sizes."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skscat import (
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
    scatter,
    scatter_vjp,
)
from skscat._core._caching import n_bytes
from skscat._core._copying import pad
from skscat._core._plan_cache import PlanCache
from skscat._core._renormalization import scatter_renormalized
from skscat._core._schedule import schedule
from skscat.preprocessing import (
    CosineReduction,
    LogMedian,
    PathScaler,
    RotationAveraging,
    ScaleAveraging,
    VariableSizeScattering,
)
from skscat.preprocessing._padded_layout import rounded_size
from skscat.preprocessing._pooling import pool

LENGTHS = (37, 300, 1000)
# Transforms, shapes of signals, the largest of which hold several positions, and the documented error of each.
FAMILIES = {
    "time": (Scattering1D(J=5, Q=4), [(37,), (300,), (1000,)], 1e-3),
    "time, frequent positions": (Scattering1D(J=5, T=8, stride=3), [(37,), (300,), (1000,)], 1e-3),
    "plane": (Scattering2D(J=3, L=4), [(20, 31), (64, 50)], 1e-2),
    "time and frequency": (TimeFrequencyScattering(J=5), [(60,), (500,)], 2e-3),
    "spiral": (SpiralScattering(J=4, Q=4, J_fr=1, average_frequency="global"), [(60,), (200,)], 2e-3),
    "motions": (RotoTranslationScattering2D(J=2, L=4, average_angle=None), [(20, 31), (40, 33)], 1e-2),
    "space": (HarmonicScattering3D(J=1, L=1, average="local", padding="edge"), [(9, 12, 10), (16, 10, 14)], 1e-2),
}
each_family = pytest.mark.parametrize(("scattering", "shapes", "tolerance"), FAMILIES.values(), ids=FAMILIES)
PADDINGS = ("symmetric", "reflect", "wrap", "edge", "constant")


def ragged(rng, shapes=tuple((n,) for n in LENGTHS), dtype=float):
    """Random walks along the last axis."""
    return [np.cumsum(rng.standard_normal(shape), axis=-1).astype(dtype) for shape in shapes]


def small(**parameters):
    return VariableSizeScattering(Scattering1D(J=3), **parameters)


def coefficients(scattering, x):
    """Local coefficients of one signal, with positions on one last axis."""
    with warnings.catch_warnings():
        # A scale longer than the signal.
        warnings.simplefilter("ignore", UserWarning)
        fitted = clone(scattering).fit(x[np.newaxis])
    s = fitted.transform(x[np.newaxis]).reshape(fitted.output_shape_)
    return s.reshape(*s.shape[: s.ndim - x.ndim], -1)


# What is computed.


@each_family
def test_means_are_those_of_the_transform_of_each_signal_alone(scattering, shapes, tolerance, rng):
    X = ragged(rng, shapes)
    pooled = VariableSizeScattering(scattering, statistics=("mean",)).fit(X)
    S = pooled.transform(X).reshape(len(X), *pooled.output_shape_)
    for s, x in zip(S, X, strict=True):
        expected = coefficients(scattering, x).mean(axis=-1)
        assert np.linalg.norm(s[..., 0] - expected) < tolerance * np.linalg.norm(expected)


@pytest.mark.parametrize("padding", PADDINGS)
def test_each_signal_is_extended_at_its_own_boundaries(padding, rng):
    X, scattering = ragged(rng), Scattering1D(J=5, Q=4, oversampling=1, padding=padding)
    S = VariableSizeScattering(scattering, statistics=("mean", "max")).fit_transform(X)
    for s, x in zip(S, X, strict=True):
        u = coefficients(scattering, x)
        expected = np.stack([u.mean(axis=-1), u.max(axis=-1)], axis=-1).ravel()
        # The error of finer grids; mirrored signals are longer here than their period, which has no border error.
        assert np.linalg.norm(s - expected) < 5e-4 * np.linalg.norm(expected)


def test_finer_grids_make_smaller_errors(rng):
    x = ragged(rng, [(300,)])
    exact = coefficients(Scattering1D(J=5, Q=4, padding="constant", oversampling=3), x[0]).mean(axis=-1)
    errors = []
    for oversampling in (0, 1):
        scattering = Scattering1D(J=5, Q=4, padding="constant", oversampling=oversampling)
        S = VariableSizeScattering(scattering, statistics=("mean",)).fit_transform(x)
        errors.append(np.linalg.norm(S - exact))
    assert errors[1] < errors[0] / 2


def test_scales_longer_than_a_signal_are_those_of_a_longer_one(rng):
    # A mirrored signal is that of twice its length.
    x = rng.standard_normal(40)
    twice = np.concatenate([x, x[::-1]])
    S = VariableSizeScattering(Scattering1D(J=8, T=512, oversampling=1), statistics=("mean",)).fit_transform(
        [x, twice]
    )
    assert_allclose(S[0], S[1], rtol=1e-3, atol=1e-4 * S.max())


def test_averages_longer_than_a_periodic_signal_are_its_mean(rng):
    x = rng.standard_normal((1, 12))
    scattering = VariableSizeScattering(Scattering1D(J=2, T=64, padding="wrap"), statistics=("mean",)).fit(x)
    assert_allclose(scattering.transform(x)[0, 0], x.mean(), atol=1e-12)


@pytest.mark.parametrize("parameters", [{"renormalize": True}, {"normalize": "l1"}, {"max_order": 1}, {"stride": 64}])
def test_other_parameters_of_the_transform_apply(parameters, rng):
    X, scattering = ragged(rng), Scattering1D(J=4, **parameters)
    S = VariableSizeScattering(scattering, statistics=("mean",)).fit_transform(X)
    for s, x in zip(S, X, strict=True):
        assert_allclose(s, coefficients(scattering, x).mean(axis=-1), rtol=2e-2, atol=2e-3 * s.max())


STATISTICS = {
    "mean": lambda u: sum(u) / len(u),
    "std": lambda u: (sum((v - sum(u) / len(u)) ** 2 for v in u) / len(u)) ** 0.5,
    "max": max,
    "median": lambda u: sorted(u)[len(u) // 2],
    "ppv": lambda u: sum(v > sum(u) / len(u) for v in u) / len(u),
    0.25: lambda u: sorted(u)[len(u) // 4],
}


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_are_as_defined(name, rng):
    # Of 13 values, the quartile is the fourth, and the median the seventh.
    s = rng.standard_normal((2, 3, 13))
    expected = [[STATISTICS[name](row.tolist()) for row in rows] for rows in s]
    assert_allclose(pool(s, (name,))[..., 0], expected, rtol=1e-12)


@pytest.mark.parametrize("amplitude", [1e-300, 1e300])
def test_statistics_fit_wherever_coefficients_do(amplitude, rng):
    s = rng.standard_normal((3, 13))
    assert_allclose(pool(amplitude * s, tuple(STATISTICS)[:4]), amplitude * pool(s, tuple(STATISTICS)[:4]), rtol=1e-12)


def test_segments_are_equal_parts_of_the_positions(rng):
    X, scattering = ragged(rng, [(512,), (130,)]), Scattering1D(J=4, padding="constant")
    segments = VariableSizeScattering(scattering, statistics=("mean", "max"), n_segments=4).fit(X)
    assert segments.output_shape_[1:] == (4, 2)
    S = segments.transform(X).reshape(2, *segments.output_shape_)
    # Of 32 positions, 8 each; of 9, three each, of which neighbors share some.
    for s, x, parts in zip(
        S, X, [[(0, 8), (8, 16), (16, 24), (24, 32)], [(0, 3), (2, 5), (4, 7), (6, 9)]], strict=True
    ):
        u = coefficients(scattering, x)
        for k, (start, stop) in enumerate(parts):
            assert_allclose(s[:, k, 0], u[:, start:stop].mean(axis=-1), atol=1e-6 * u.max())
            assert_allclose(s[:, k, 1], u[:, start:stop].max(axis=-1), atol=1e-6 * u.max())


def test_images_have_segments_along_both_axes(rng):
    images = VariableSizeScattering(Scattering2D(J=1, L=2, padding="constant"), statistics=("mean",), n_segments=2)
    x = rng.standard_normal((16, 24))
    S = images.fit_transform([x]).reshape(images.output_shape_)
    u = coefficients(Scattering2D(J=1, L=2, padding="constant"), x).reshape(-1, 8, 12)
    assert_allclose(S[:, 1, 0, 0], u[:, 4:, :6].mean(axis=(1, 2)), rtol=1e-3)


# Rows.


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@each_family
def test_rows_are_those_of_each_signal_alone(scattering, shapes, tolerance, dtype, rng):
    # Others have the same padded grid, or not.
    X = ragged(rng, [*shapes, *shapes, tuple(n + 1 for n in shapes[0])], dtype)
    pooled = VariableSizeScattering(scattering, statistics=("mean", "std", "ppv", 0.9)).fit(X)
    S = pooled.transform(X)
    assert S.dtype == dtype
    for i in (0, len(shapes), len(X) - 1):
        assert_array_equal(pooled.transform(X[i : i + 1])[0], S[i])


def test_rows_do_not_depend_on_the_precision_of_others(rng):
    X = ragged(rng)
    X[1] = X[1].astype(np.float32)
    pooled = small().fit(X)
    S = pooled.transform(X)
    assert S.dtype == np.float64
    assert_array_equal(S[1], pooled.transform(X[1:2])[0])


def test_columns_do_not_depend_on_the_lengths_seen_in_fit(rng):
    X = ragged(rng)
    names = [small().fit([x]).get_feature_names_out() for x in X]
    assert_array_equal(names[0], names[2])
    assert_array_equal(small().fit(X[:1]).transform(X[2:]), small().fit(X).transform(X)[2:])


def test_two_threads_equal_one(rng):
    X = ragged(rng, [(int(n),) for n in rng.integers(20, 2000, 40)])
    one, two = (VariableSizeScattering(Scattering1D(J=4, n_jobs=n)).fit(X).transform(X) for n in (1, 2))
    assert_array_equal(one, two)


def test_pickles_transform_the_same(rng):
    X = ragged(rng)
    pooled = small().fit(X)
    S = pooled.transform(X)
    revived = pickle.loads(pickle.dumps(pooled))
    # Plans are made again, not saved.
    assert len(pooled._plans) == 3
    assert len(revived._plans) == 0
    assert_array_equal(revived.transform(X), S)


# Layouts of X.


def test_columns_arrays_of_objects_tuples_and_nested_lists_are_lists(rng):
    X = ragged(rng)
    S, objects = small().fit_transform(X), np.empty(len(X), object)
    objects[:] = X
    frame = pd.DataFrame({"sound": pd.Series(X, index=["a", "b", "c"])})
    for given in (objects, frame["sound"], tuple(X), [x.tolist() for x in X], [pd.Series(x) for x in X]):
        assert_array_equal(small().fit(given).transform(given), S)


def test_whole_numbers_are_floats(rng):
    X = [rng.integers(-100, 100, n, dtype=np.int16) for n in LENGTHS]
    assert_array_equal(small().fit_transform(X), small().fit_transform([x.astype(float) for x in X]))


def test_rows_of_one_length_are_a_list(rng):
    X = rng.standard_normal((4, 100))
    S = small().fit(X).transform(X)
    assert_array_equal(small().fit(list(X)).transform(X.tolist()), S)
    assert_array_equal(small().fit(X).transform(list(X)), S)
    assert_array_equal(small().fit(list(X)).transform(X), S)


def test_collections_of_aeon_have_channels_first(rng):
    X = ragged(rng, [(3, n) for n in LENGTHS])
    pooled = small(statistics=("max",)).fit(X)
    S = pooled.transform(X).reshape(len(X), *pooled.output_shape_)
    assert pooled.output_shape_[0] == 3
    for c in range(3):
        assert_array_equal(S[:, c].reshape(len(X), -1), small(statistics=("max",)).fit_transform([x[c] for x in X]))
    equal = rng.standard_normal((4, 3, 100))
    assert_array_equal(small().fit_transform(equal), small().fit_transform(list(equal)))


@pytest.mark.parametrize("channel_axis", [-1, 1])
def test_channels_may_be_on_another_axis(channel_axis, rng):
    X = ragged(rng, [(3, 20, 31), (3, 30, 18)])
    moved = [np.moveaxis(x, 0, channel_axis) for x in X]
    first = VariableSizeScattering(Scattering2D(J=2, L=2)).fit_transform(X)
    other = VariableSizeScattering(Scattering2D(J=2, L=2, channel_axis=channel_axis)).fit_transform(moved)
    assert_array_equal(first, other)


def test_flat_images_get_the_shape_that_the_transform_prescribes(rng):
    X, scattering = rng.standard_normal((4, 6, 10)), Scattering2D(J=1, L=2, shape=(6, 10))
    flat = VariableSizeScattering(scattering).fit(X.reshape(4, 60))
    expected = VariableSizeScattering(Scattering2D(J=1, L=2)).fit_transform(X)
    assert_array_equal(flat.transform(X.reshape(4, 60)), expected)
    assert_array_equal(flat.transform(list(X)), expected)


def test_arrays_may_have_other_lengths_than_in_fit(rng):
    X = rng.standard_normal((4, 2, 100))
    assert_array_equal(small().fit(X).transform(X[..., :50]), small().fit_transform(X[..., :50]))


def test_rows_of_another_length_are_refused_unless_they_are_a_list(rng):
    X = rng.standard_normal((4, 100))
    with pytest.raises(ValueError, match="X has 50 features, but Scattering1D is expecting 100 features as input"):
        small().fit(X).transform(X[:, :50])
    assert_array_equal(small().fit(X).transform(list(X[:, :50])), small().fit_transform(X[:, :50]))


def test_a_second_fit_leaves_nothing_of_the_first(rng):
    frame = pd.DataFrame(rng.standard_normal((4, 50)), columns=[f"v{i}" for i in range(50)])
    assert set(vars(small().fit(frame).fit(ragged(rng)))) == set(vars(small().fit(ragged(rng))))


def test_channels_that_are_hardly_meant_raise_a_warning(rng):
    with pytest.warns(UserWarning, match="read as signals of 100 channels of 3 samples.*set channel_axis=-1"):
        small().fit([rng.standard_normal((100, 3))] * 2)


# Names.


def test_names_tell_channel_path_index_segment_and_statistic(rng):
    scattering = TimeFrequencyScattering(J=3, Q=2, average_frequency="local")
    pooled = VariableSizeScattering(scattering, statistics=("mean", 0.9), n_segments=2).fit(ragged(rng, [(2, 300)]))
    names = pooled.get_feature_names_out()
    assert len(set(names)) == len(names) == np.prod(pooled.output_shape_)
    first, last = names[0].split("_"), names[-1].split("_")
    assert (first[:2], first[-3:]) == (["timefrequencyscattering", "c0"], ["f0", "t0", "mean"])
    assert (last[:2], last[-2:]) == (["timefrequencyscattering", "c1"], ["t1", "q0.9"])


def test_channels_have_the_names_that_the_transform_is_given(rng):
    X = ragged(rng, [(2, 30), (2, 50)])
    names = VariableSizeScattering(Scattering1D(J=3, channel_names=["N", "E"])).fit(X).get_feature_names_out()
    assert [name.split("_")[1] for name in names[:: len(names) // 2]] == ["N", "E"]


def test_names_of_channels_that_are_not_there_are_refused(rng):
    scattering = VariableSizeScattering(Scattering1D(J=3, channel_names=["N", "E"]))
    with pytest.raises(ValueError, match="channel_names has 2 entries, but X has 3 channels"):
        scattering.fit(ragged(rng, [(3, 30)]))
    with pytest.raises(ValueError, match="without an axis of channels"):
        scattering.fit(ragged(rng))


def test_kinds_are_orders_and_statistics(rng):
    pooled = VariableSizeScattering(Scattering1D(J=3), statistics=("mean", "max")).fit(ragged(rng, [(2, 300)]))
    order = pooled.paths_["order"]
    assert_array_equal(pooled.kinds_.reshape(2, -1, 2), np.stack([[2 * order, 2 * order + 1]] * 2).transpose(0, 2, 1))


# Plans.


def test_there_are_few_sizes_per_octave():
    sizes = {rounded_size(n) for n in range(1024, 2049)}
    assert len(sizes) <= 10
    assert all(n <= rounded_size(n) <= 1.2 * n for n in range(1, 5000))


def test_a_thousand_lengths_take_less_memory_than_the_cache(rng):
    # All plans together take 15 MB, in a dozen of sizes.
    pooled = VariableSizeScattering(Scattering1D(J=4, max_order=1), cache_size=5).fit(ragged(rng))
    pooled.transform([rng.standard_normal(n) for n in range(200, 1200)])
    assert 1e6 < pooled._plans.n_bytes < 5e6
    assert len(pooled._plans) < 12


def test_plans_that_were_not_used_for_the_longest_time_make_way():
    scattering = Scattering1D(J=3)
    of_two = sum(n_bytes(plan, schedule(plan, np.dtype(float))) for plan in map(scattering.plan, (100, 200)))
    plans = PlanCache(scattering.plan, of_two)
    first = plans.plan(100, np.dtype(float))
    plans.plan(200, np.dtype(float))
    assert plans.plan(100, np.dtype(float)) is first
    plans.plan(300, np.dtype(float))
    assert 200 not in plans._plans
    assert 300 in plans._plans


def test_the_last_plan_is_kept_whatever_its_size(rng):
    X = ragged(rng)
    pooled = small(cache_size=0).fit(X)
    assert_array_equal(pooled.transform(X), small().fit_transform(X))
    assert len(pooled._plans) == 1


def test_bytes_of_arrays_count_once():
    values = np.zeros(100)
    assert n_bytes([values, values[::2]], {"a": (values,)}, np.zeros(3)) == 824


@pytest.mark.parametrize("renormalize", [False, True])
def test_extended_signals_have_the_coefficients_of_signals(renormalize, rng):
    # The engine takes signals on the padded grid, too.
    plan, x = Scattering1D(J=4, padding="edge").plan(100), rng.standard_normal((3, 100))
    run = scatter_renormalized if renormalize else scatter
    assert_array_equal(run(pad(x, plan.pad_left, plan.grid, "edge"), plan), run(x, plan))


def test_gradients_of_extended_signals_are_on_the_grid(rng):
    plan, x = Scattering1D(J=3, padding="constant").plan(60), rng.standard_normal((2, 60))
    (left,), (total,) = plan.pad_left, plan.grid
    extended = np.pad(x, ((0, 0), (left, total - left - 60)))
    g = rng.standard_normal((2, len(plan.paths), *plan.path_shape))
    assert_allclose(scatter_vjp(extended, g, plan)[:, left : left + 60], scatter_vjp(x, g, plan), atol=1e-12)


# In pipelines.


def labeled(rng):
    """Noise and random walks of different lengths."""
    lengths = rng.integers(90, 150, 12)
    X = [rng.standard_normal(n) if i % 2 else np.cumsum(rng.standard_normal(n)) for i, n in enumerate(lengths)]
    return X, np.arange(12) % 2


def test_pipelines_of_lists_are_searched(rng):
    X, y = labeled(rng)
    model = make_pipeline(small(), LogMedian(), StandardScaler(), RidgeClassifier())
    grid = {"variablesizescattering__scattering__J": [2, 4], "variablesizescattering__statistics": [("mean",)]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, y)
    assert search.best_score_ == 1
    assert_array_equal(search.predict(X), y)
    assert_array_equal(cross_val_score(model, X, y, cv=2, error_score="raise"), 1)


def test_searches_in_threads_equal_those_without(rng):
    X, y = labeled(rng)
    grid = {"variablesizescattering__n_segments": [1, 2]}
    model = make_pipeline(small(), RidgeClassifier())
    with parallel_config(backend="threading"):
        scores = [
            GridSearchCV(model, grid, cv=2, n_jobs=n, error_score="raise").fit(X, y).cv_results_["mean_test_score"]
            for n in (1, 2)
        ]
    assert_array_equal(*scores)


def test_output_may_be_a_frame(rng):
    X = ragged(rng)
    frame = small().set_output(transform="pandas").fit_transform(X)
    assert_array_equal(frame.columns, small().fit(X).get_feature_names_out())
    assert_array_equal(frame, small().fit_transform(X))


def test_paths_are_scaled_per_statistic(rng):
    X = ragged(rng, [(2, 200), (2, 150), (2, 400)])
    pooled = small(n_segments=2).fit(X)
    scaler = PathScaler(small(n_segments=2)).fit(X)
    S = pooled.transform(X).reshape(3, *pooled.output_shape_)
    assert_allclose(scaler.scale_, np.linalg.norm(S, axis=3).max(axis=0), rtol=1e-12)
    assert_array_equal(scaler.get_feature_names_out(), pooled.get_feature_names_out())


def test_rotated_images_of_any_size_have_the_same_averages_over_rotations(rng):
    X = [rng.standard_normal((32, 32)), rng.standard_normal((24, 40))]
    scattering = VariableSizeScattering(Scattering2D(J=2, L=4, padding="wrap", stride=1))
    averaging = RotationAveraging(scattering).fit(X)
    S, S_rotated = averaging.transform(X), averaging.transform([np.rot90(x) for x in X])
    # Positions are all samples, which rotations by 90 degrees permute.
    assert_allclose(S_rotated, S, rtol=1e-2, atol=1e-3 * S.max())
    assert averaging.get_feature_names_out()[2] == "rotationaveraging_j1=0_mean"


def test_cosines_along_paths_are_those_of_each_statistic(rng):
    X = [rng.standard_normal((16, 20)), rng.standard_normal((12, 30))]
    pooled = VariableSizeScattering(Scattering2D(J=2, L=4))
    reduction = CosineReduction(pooled).fit(X)
    S = pooled.fit_transform(X).reshape(2, -1, 2)
    assert_allclose(reduction.transform(X).reshape(2, -1, 2), reduction.basis_ @ S, rtol=1e-12, atol=1e-12)


def over_scales(J=2, **parameters):
    return ScaleAveraging(VariableSizeScattering(Scattering2D(J=J, L=2)), scales=(1, 1.5), **parameters)


@pytest.mark.parametrize("channels", [(), (2,)])
@pytest.mark.parametrize("combine", ["mean", "concatenate"])
def test_averages_over_scales_are_those_of_each_image_alone(combine, channels, rng):
    X = [rng.standard_normal((*channels, *shape)) for shape in ((16, 20), (12, 31), (16, 20))]
    # A stack of one image has one size.
    expected = [over_scales(combine=combine).fit_transform(x[np.newaxis])[0] for x in X]
    averaging = over_scales(combine=combine).fit(X)
    assert_allclose(averaging.transform(X), expected, rtol=1e-12, atol=1e-12)
    assert_allclose(over_scales(combine=combine).fit_transform(X), expected, rtol=1e-12, atol=1e-12)
    assert len(averaging.get_feature_names_out()) == len(expected[0])
    # One size later on, in a list or an array.
    for given in (X[:1], np.stack(X[::2])):
        assert_allclose(averaging.transform(given)[0], expected[0], rtol=1e-12, atol=1e-12)
    if channels:
        last = [np.moveaxis(x, 0, -1) for x in X]
        moved = over_scales(combine=combine, channel_axis=-1, channel_names=["a", "b"]).fit(last)
        assert_array_equal(moved.transform(last), averaging.transform(X))
        assert moved.get_feature_names_out()[-1].count("_b_") == 1


def test_averages_over_scales_of_other_sizes_than_in_fit(rng):
    X = rng.standard_normal((3, 16, 20))
    averaging = over_scales().fit(X)
    assert_allclose(averaging.transform([*X, np.ones((9, 9))])[:3], averaging.transform(X), rtol=1e-12, atol=1e-12)
    assert set(vars(over_scales().fit(X).fit([X[0], X[0, 1:]]))) == set(vars(over_scales().fit([X[0], X[0, 1:]])))


def test_images_whose_averages_over_scales_can_not_be_computed_are_refused():
    X = [np.ones((16, 20)), np.ones((9, 9))]
    for refused, message in (
        ([X[0], np.ones((3, 16, 20))], r"X\[1\] has 3 channels, but X\[0\] has no axis of channels"),
        ([X[0], np.ones(9)], r"X\[1\] has 1 axis, of shape \(9,\); expected 2 or 3"),
    ):
        with pytest.raises(ValueError, match=message):
            over_scales().fit(refused)
    with pytest.raises(ValueError, match=r"X\[0\] has 1 axis, of shape \(320,\)"):
        over_scales().fit(X).transform(np.ones((2, 320)))
    with pytest.raises(ValueError, match=r"shape=.*, but X is a list of images that differ in size; expected None"):
        over_scales(shape=(16, 20)).fit(X)
    with pytest.raises(ValueError, match="VariableSizeScattering"):
        ScaleAveraging(Scattering2D(J=1, L=2, average="global")).fit(X)


@pytest.mark.parametrize("wrapper", [RotationAveraging, CosineReduction])
def test_wrappers_of_images_refuse_signals(wrapper):
    with pytest.raises(ValueError, match="expected Scattering2D"):
        wrapper(small()).fit([np.zeros(60)])


def test_complex_signals_have_the_coefficients_of_the_transform(rng):
    X = [(x + 1j * y).astype(np.complex64) for x, y in zip(ragged(rng), ragged(rng), strict=True)]
    scattering = Scattering1D(J=4, complex_input=True, padding="constant")
    pooled = VariableSizeScattering(scattering, statistics=("mean",)).fit(X)
    S = pooled.transform([*X, X[0].real])
    assert S.dtype == np.float32
    for s, x in zip(S, X, strict=False):
        expected = coefficients(scattering, x).mean(axis=-1)
        # Errors of coarse grids, at the same grid or at another.
        assert np.linalg.norm(s - expected) < 1e-3 * np.linalg.norm(expected)
    assert_array_equal(pooled.transform([X[0].real])[0], S[-1])


# What is refused.

X0 = np.ones(20)
REFUSED = {
    "NaN": ([X0, np.array([1, np.nan])], r"X\[1\] contains NaN. Interpolate values"),
    "infinity": ([X0, X0, np.array([1, np.inf])], r"X\[2\] contains infinity"),
    "complex": ([X0, X0 * 1j], r"X\[1\] is complex; expected real numbers"),
    "strings": ([X0, np.array(["a", "b"])], r"X\[1\] has dtype <U1; expected real numbers"),
    "objects": ([X0, np.array(["a", None], object)], r"X\[1\] has dtype object; expected real numbers"),
    "masked": ([X0, np.ma.masked_equal([1.0, 2.0], 2)], r"X\[1\] has masked values"),
    "empty": ([X0, np.ones(0)], r"X\[1\] has shape \(0,\), without samples; a minimum of 1 is required"),
    "no channels": ([X0, np.ones((0, 5))], r"X\[1\] has shape \(0, 5\), without samples"),
    "axes": ([X0, np.ones((2, 3, 4))], r"X\[1\] has 3 axes, of shape \(2, 3, 4\); expected 1 or 2"),
    "a number": ([X0, 3.0], r"X\[1\] has 0 axes, of shape \(\); expected 1 or 2"),
    "channels": (
        [np.ones((2, 9)), np.ones((3, 9))],
        r"X\[1\] has 3 channels, but X\[0\] has 2 channels.*channel_axis=-1",
    ),
    "channels and none": ([X0, np.ones((2, 9))], r"X\[1\] has 2 channels, but X\[0\] has no axis of channels"),
    "ragged signal": ([X0, [[1, 2], [3]]], r"X\[1\] has entries of different lengths, from 1 to 2"),
    "numbers": ([1.0, 2.0], "Expected 2D array, got 1D array instead"),
    "nothing": ([], "Expected 2D array, got 1D array instead"),
}


@pytest.mark.parametrize(("X", "message"), REFUSED.values(), ids=REFUSED)
def test_signals_that_can_not_be_used_are_refused_by_number(X, message):
    with pytest.raises(ValueError, match=message):
        small().fit(X)


def test_signals_are_refused_in_transform_as_in_fit(rng):
    pooled = small().fit(ragged(rng))
    with pytest.raises(ValueError, match=r"X\[1\] contains NaN"):
        pooled.transform([X0, np.full(9, np.nan)])
    with pytest.raises(
        ValueError, match=r"X\[0\] has 2 channels, but the signals seen in fit have no axis of channels"
    ):
        pooled.transform([np.ones((2, 30))])


def test_signals_without_the_axis_of_channels_are_refused():
    with pytest.raises(ValueError, match=r"X\[0\] has 2 axes, of shape \(8, 9\); expected 3, with channels"):
        VariableSizeScattering(Scattering2D(J=1, L=2, channel_axis=-1)).fit([np.ones((8, 9))])


PARAMETERS = {
    "no scale": ({"scattering": Scattering1D()}, r"Scattering1D\(\): with J=None, the scale.*set J"),
    "global": ({"scattering__average": "global"}, "average='global'; expected average=\"local\""),
    "moduli": ({"scattering__average": None}, 'average=None; expected average="local"'),
    "gaps": ({"scattering__nan_policy": "omit"}, "nan_policy='omit', but signals of different sizes have no gaps"),
    "no transform": ({"scattering": LogMedian()}, r"scattering=LogMedian\(\): expected a transform with a plan"),
    "invalid": ({"scattering__J": 0}, "The 'J' parameter of Scattering1D"),
    "unknown": ({"statistics": ("mean", "mode")}, "statistics=.*expected a sequence of 'mean', 'std'"),
    "quantile": ({"statistics": (1.0,)}, "numbers between 0 and 1 for quantiles"),
    "twice": ({"statistics": ("max", "max")}, "each once"),
    "none": ({"statistics": ()}, "statistics="),
    "segments": ({"n_segments": 0}, "The 'n_segments' parameter"),
    "cache": ({"cache_size": -1}, "The 'cache_size' parameter"),
}


@pytest.mark.parametrize(("parameters", "message"), PARAMETERS.values(), ids=PARAMETERS)
def test_parameters_that_can_not_be_meant_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        small().set_params(**parameters).fit([X0])
