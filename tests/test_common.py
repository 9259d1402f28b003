"""Every estimator behaves as scikit-learn asks, whatever the layout of its input."""

import copy
import pickle
import warnings
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from graph_cases import ring
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from skscat import (
    GraphScattering,
    HaarScattering,
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    ScatteringClassifier,
    ScatteringRegressor,
    SpiralScattering,
    TimeFrequencyScattering,
    __version__,
)
from skscat._core import _schedule
from skscat.classification import AffineSubspaceClassifier
from skscat.linear_model import (
    BaggedOrthogonalLeastSquares,
    OrthogonalLeastSquares,
    OrthogonalLeastSquaresCV,
    OrthogonalLeastSquaresSelector,
)
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.physics import (
    AtomicDensity,
    CopyRegressor,
    CoulombMatrix,
    DensityInvariants,
    FourierInvariants,
    NBodyInvariants,
    ScatteringInvariants,
    WaveletInvariants,
)
from skscat.preprocessing import (
    CosineReduction,
    LevelNormalizer,
    LogMedian,
    PathScaler,
    RectifiedDerivatives,
    RotationAveraging,
    ScaleAveraging,
    VariableSizeScattering,
    WaveletProportions,
)
from skscat.synthesis import GaussianTexture, MicrocanonicalModel, ScatteringDenoiser, ScatteringInpainter

SCATTERINGS = [
    Scattering1D(),
    Scattering2D(),
    TimeFrequencyScattering(),
    SpiralScattering(Q=4),
    RotoTranslationScattering2D(),
    HarmonicScattering3D(),
]
TRANSFORMERS = [
    *SCATTERINGS,
    Scattering1D(nan_policy="omit"),
    Scattering2D(nan_policy="omit"),
    ScaleAveraging(Scattering2D(J=1, L=2, average="global"), scales=(1, 1.5)),
    CosineReduction(Scattering2D(J=1, L=4)),
    RotationAveraging(Scattering2D(J=1, L=4)),
    HaarScattering(),
    HaarScattering(pairing="grid", combine="mean"),
    GraphScattering(ring, J=2),
    GraphScattering(ring, J=2, average="local"),
    LogMedian(),
    LevelNormalizer(Scattering1D()),
    PathScaler(Scattering2D(J=1, L=2)),
    RectifiedDerivatives(Scattering1D(average="global"), widths=(1,)),
    VariableSizeScattering(Scattering1D(J=2)),
    WaveletProportions(),
    WaveletProportions(3, n_segments=2, dilated=True),
    VariableSizeScattering(Scattering2D(J=1, L=2), statistics=("mean", 0.9)),
    OrthogonalLeastSquaresSelector(),
    ScatteringMoments(Scattering2D(J=1, L=2), powers=(1, 2)),
    ScatteringMoments(Scattering2D(J=1, L=2, nan_policy="omit")),
    ScatteringSpectra(Scattering1D(J=1, Q=1, padding="wrap")),
    ScatteringSpectra(Scattering1D(J=1, Q=1, padding="wrap", nan_policy="omit")),
    ScatteringSpectra(Scattering2D(J=1, L=2, padding="wrap"), cross_spectra=True, angles="harmonic"),
    ScatteringSpectra(Scattering1D(J=1, Q=1, padding="wrap"), periodic=False),
    AtomicDensity(("gaussian", "dirac"), shape=(8, 8)),
    DensityInvariants(AtomicDensity(("gaussian",), shape=(8, 8)), WaveletInvariants(J=1, L=2)),
    ScatteringDenoiser(
        Scattering2D(J=1, L=2, padding="wrap", average="global"), n_rounds=1, max_steps=2, random_state=0
    ),
    ScatteringInpainter(
        Scattering2D(J=1, L=2, padding="wrap", average="global", nan_policy="omit"), max_steps=2, random_state=0
    ),
    FourierInvariants(),
    WaveletInvariants(J=1, L=2),
    ScatteringInvariants(J=1, L=2),
    CoulombMatrix(),
    CoulombMatrix("random", n_copies=2, random_state=0),
    CoulombMatrix("eigenvalues"),
    NBodyInvariants(),
]
MODELS = [
    GaussianTexture(),
    GaussianTexture(nan_policy="omit"),
    MicrocanonicalModel(Scattering2D(J=1, L=2, padding="wrap", average="global"), max_iter=2),
]
PREDICTORS = [
    AffineSubspaceClassifier(),
    OrthogonalLeastSquares(),
    OrthogonalLeastSquaresCV(),
    BaggedOrthogonalLeastSquares(3),
    CopyRegressor(),
    *(ScatteringClassifier(kind, cv=2, random_state=0) for kind in ("image", "texture", "series", "sound")),
    # The kinds do not matter to regression.
    ScatteringRegressor("image", cv=2, random_state=0),
]
ESTIMATORS = [*TRANSFORMERS, *PREDICTORS, *MODELS]

TIME_FREQUENCY = {
    "J": 2,
    "Q": 3,
    "J_fr": 2,
    "Q_fr": 2,
    "T": 4,
    "F": 2,
    "max_order": 1,
    "normalize": "l1",
    "average": "global",
    "average_frequency": "global",
    "stride": 2,
    "oversampling": 1,
    "padding": "edge",
    "renormalize": True,
    "sampling_rate": 8000.0,
    "shape": (2, 32),
    "channel_axis": -1,
    "channel_names": ("left", "right"),
    "n_jobs": 2,
    "verbose": 1,
}

# Shape of one signal, and other values of every parameter.
CASES = {
    Scattering1D: (
        (64,),
        {
            "J": 2,
            "Q": 3,
            "T": 4,
            "max_order": 1,
            "wavelet": "battle_lemarie",
            "normalize": "l1",
            "average": "global",
            "stride": 2,
            "oversampling": 1,
            "padding": "edge",
            "renormalize": True,
            "nan_policy": "omit",
            "min_coverage": 0.5,
            "sampling_rate": 8000.0,
            "complex_input": True,
            "shape": (2, 32),
            "channel_axis": -1,
            "channel_names": ("left", "right"),
            "n_jobs": 2,
            "verbose": 1,
        },
    ),
    Scattering2D: (
        (12, 12),
        {
            "J": 1,
            "L": 3,
            "Q": 2,
            "T": 3,
            "slant": 0.7,
            "max_order": 1,
            "normalize": "l1",
            "average": "global",
            "stride": 1,
            "oversampling": 1,
            "padding": "edge",
            "renormalize": True,
            "complex_input": True,
            "nan_policy": "omit",
            "min_coverage": 0.5,
            "shape": (4, 36),
            "channel_axis": -1,
            "channel_names": ("left", "right"),
            "n_jobs": 2,
            "verbose": 1,
        },
    ),
    TimeFrequencyScattering: ((64,), TIME_FREQUENCY),
    SpiralScattering: ((64,), {**TIME_FREQUENCY, "J_oct": 2}),
    RotoTranslationScattering2D: (
        (12, 12),
        {
            "J": 1,
            "L": 3,
            "J_rot": 0,
            "T": 3,
            "slant": 0.7,
            "max_order": 1,
            "separable": True,
            "normalize": "l1",
            "average": "global",
            "average_angle": None,
            "stride": 1,
            "oversampling": 1,
            "padding": "edge",
            "renormalize": True,
            "shape": (4, 36),
            "channel_axis": -1,
            "channel_names": ("left", "right"),
            "n_jobs": 2,
            "verbose": 1,
        },
    ),
    HarmonicScattering3D: (
        (8, 8, 8),
        {
            "J": 1,
            "L": 1,
            "sigma_0": 0.8,
            "T": 3,
            "max_order": 1,
            "powers": (1, 2),
            "normalize": "l1",
            "average": "local",
            "stride": 2,
            "oversampling": 1,
            "padding": "constant",
            "renormalize": True,
            "shape": (2, 4, 8, 8),
            "channel_axis": -1,
            "channel_names": ("left", "right"),
            "n_jobs": 2,
            "verbose": 1,
        },
    ),
}
each_parameter = pytest.mark.parametrize(
    ("cls", "name"), [(cls, name) for cls, (_, values) in CASES.items() for name in values]
)


def small(cls, **parameters):
    """Make an estimator that is quickly fitted: spirals of few bins, otherwise by default."""
    return cls(**({"Q": 4} if cls is SpiralScattering else {}) | parameters)


def signals(cls, n=6, channels=None):
    shape, _ = CASES[cls]
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, *(() if channels is None else (channels,)), *shape))


def is_of_another_library(check):
    """Return whether a check passes arrays of other libraries than NumPy; test_array_api.py has those."""
    return check.func.__name__.startswith("check_array_api") and check.keywords.get("array_namespace") != "numpy"


CHECKS = parametrize_with_checks(ESTIMATORS)


# Some checks pass data that form no square; the warning that says so is tested in test_validation.py.
@pytest.mark.filterwarnings("ignore:X is flat:UserWarning")
@pytest.mark.parametrize(
    CHECKS.args[0], [case for case in CHECKS.args[1] if not is_of_another_library(case[1])], **CHECKS.kwargs
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


EXTRA_CHECKS = [
    "check_param_validation",
    "check_parameters_default_constructible",
    "check_n_features_in",
    "check_dataframe_column_names_consistency",
]
EXTRA_TRANSFORMER_CHECKS = [
    "check_get_feature_names_out_error",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_global_output_transform_pandas",
]


# The checks of output containers fit a frame and transform an array.
@pytest.mark.filterwarnings("ignore:X is flat:UserWarning")
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning")
@pytest.mark.parametrize(
    ("estimator", "check"),
    [(e, check) for e in ESTIMATORS for check in EXTRA_CHECKS]
    + [(e, check) for e in TRANSFORMERS for check in EXTRA_TRANSFORMER_CHECKS],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_checks_that_check_estimator_leaves_out(estimator, check):
    name = type(estimator).__name__
    argument = estimator if check != "check_parameters_default_constructible" else clone(estimator)
    getattr(estimator_checks, check)(name, argument)


def test_cases_cover_every_parameter():
    for estimator in SCATTERINGS:
        assert set(CASES[type(estimator)][1]) == set(estimator.get_params())


# Short signals are quickly transformed, but hold few octaves.
@pytest.mark.filterwarnings("ignore:J_oct=2:UserWarning")
@each_parameter
def test_set_params_equals_a_fresh_estimator(cls, name):
    value = CASES[cls][1][name]
    X = signals(cls).reshape(6, -1)
    X = X if name != "shape" else X[:, : np.prod(value)]
    # Channels are not read from flat signals without shape.
    X = X if name != "channel_axis" else np.moveaxis(signals(cls, channels=2), 1, -1)
    X = X if name != "channel_names" else signals(cls, channels=2)
    reused = small(cls).fit(signals(cls)).set_params(**{name: value}).fit(X)
    fresh = small(cls, **{name: value}).fit(X)
    np.testing.assert_array_equal(reused.transform(X), fresh.transform(X))
    assert reused.output_shape_ == fresh.output_shape_
    np.testing.assert_array_equal(reused.get_feature_names_out(), fresh.get_feature_names_out())


@pytest.mark.parametrize(
    ("estimator", "parameters"),
    [
        (Scattering1D(J=2), {"J": 3, "average": "global", "renormalize": True}),
        (HaarScattering(2, n_trees=2, pairing="grid"), {"n_layers": 1, "pairing": "random", "max_order": 1}),
        (HaarScattering(2, n_trees=2, pairing="grid"), {"combine": "mean"}),
        (GraphScattering(ring), {"J": 2, "max_order": 1, "wavelets": "diffusion", "average": "local"}),
        (GraphScattering(ring), {"adjacency": np.ones((64, 64)), "powers": (2,)}),
        (ScaleAveraging(Scattering2D(J=1, L=2, average="global"), scales=(1, 2)), {"scales": (1, 4)}),
        (ScaleAveraging(Scattering2D(J=1, L=2, average="global"), scales=(1, 2)), {"combine": "concatenate"}),
        (RectifiedDerivatives(Scattering1D(J=2), widths=(1, 2)), {"widths": (4,), "transformer__J": 3}),
        (WaveletProportions(), {"n_thresholds": 3, "n_segments": 2, "dilated": True, "widths": (2,)}),
        (LogMedian(), {"epsilon": 1.0}),
        (PathScaler(Scattering1D(J=2)), {"transformer__J": 3, "norm": "std"}),
        (LevelNormalizer(Scattering1D(J=2)), {"transformer__J": 3}),
        (RotationAveraging(Scattering2D(J=1, L=2)), {"transformer__L": 4}),
        (VariableSizeScattering(Scattering1D(J=2)), {"scattering__J": 3, "statistics": ("max",)}),
        (VariableSizeScattering(Scattering1D(J=2)), {"scattering__padding": "wrap", "scattering__renormalize": True}),
    ],
)
def test_fitted_estimators_do_not_change_until_the_next_fit(estimator, parameters, rng):
    X = rng.standard_normal((6, 64))
    estimator = clone(estimator).fit(X)
    S, names = estimator.transform(X), estimator.get_feature_names_out()
    estimator.set_params(**parameters)
    np.testing.assert_array_equal(estimator.transform(X), S)
    np.testing.assert_array_equal(estimator.get_feature_names_out(), names)


def test_plans_for_signals_of_another_shape_are_refused():
    scattering = Scattering1D(J=2).fit(np.zeros((2, 64)))
    with pytest.raises(ValueError, match=r"plan has shape \(32,\); signals seen in fit have shape \(64,\)"):
        scattering.set_plan(Scattering1D(J=2).plan(32))


def test_plans_are_set_after_fit():
    with pytest.raises(NotFittedError):
        Scattering1D(J=2).set_plan(Scattering1D(J=2).plan(32))


@pytest.fixture
def ordered(monkeypatch):
    """Precisions for which the work of a plan is ordered, in turn."""
    precisions, build = [], _schedule._siblings

    def record(job, nodes, *arguments):
        # The signal is the root of the tree.
        if nodes[0] == 0:
            precisions.append(job.dtype)
        return build(job, nodes, *arguments)

    monkeypatch.setattr(_schedule, "_siblings", record)
    return precisions


def test_fit_orders_the_work_for_the_precision_of_the_signals(ordered):
    scattering = Scattering1D(J=2).fit(np.zeros((2, 64), np.float32))
    assert ordered == [np.float32]
    scattering.transform(np.zeros((2, 64), np.float32))
    assert ordered == [np.float32]


def test_another_plan_orders_no_work_until_a_precision_is_known(ordered):
    scattering = Scattering1D(J=2).fit(np.zeros((2, 64), np.float32))
    plan = Scattering1D(J=3).plan(64)
    ordered.clear()
    scattering.set_plan(plan)
    assert scattering.output_shape_ == (len(plan.paths), *plan.path_shape)
    assert ordered == []
    scattering.set_plan(plan, np.float64)
    assert ordered == [np.float64]


@pytest.mark.parametrize("cls", CASES)
def test_layout_of_input_does_not_matter(cls):
    X = signals(cls)
    S = small(cls).fit_transform(X)
    np.testing.assert_array_equal(small(cls).fit_transform(X.reshape(6, -1)), S)
    np.testing.assert_array_equal(small(cls).fit(X).transform(X.reshape(6, -1)), S)
    np.testing.assert_array_equal(small(cls, shape=CASES[cls][0]).fit_transform(X.reshape(6, -1)), S)
    np.testing.assert_array_equal(small(cls).fit_transform(X.tolist()), S)


@pytest.mark.parametrize("cls", CASES)
def test_channels_are_independent(cls):
    X = signals(cls, channels=3)
    estimator = small(cls).fit(X)
    S = estimator.transform(X).reshape(6, *estimator.output_shape_)
    for c in range(3):
        np.testing.assert_array_equal(S[:, c].reshape(6, -1), small(cls).fit_transform(X[:, c]))


@pytest.mark.parametrize("cls", CASES)
def test_rows_are_independent(cls):
    X = signals(cls)
    estimator = small(cls).fit(X)
    np.testing.assert_array_equal(estimator.transform(X)[2:3], estimator.transform(X[2:3]))


# Processes and clusters are tested in test_parallel.py.
@pytest.mark.parametrize("cls", CASES)
def test_two_threads_equal_one(cls, monkeypatch):
    # Blocks so short that both threads have some.
    monkeypatch.setattr("skscat._core._traversal.STEP_POINTS", 2**10)
    X = signals(cls, n=20)
    serial, parallel = (small(cls, n_jobs=n).fit_transform(X) for n in (1, 2))
    np.testing.assert_array_equal(parallel, serial)


@pytest.mark.parametrize("cls", CASES)
def test_pickle_keeps_everything(cls):
    X = signals(cls)
    estimator = small(cls).fit(X)
    revived = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(revived.transform(X), estimator.transform(X))


each_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)


@each_estimator
@pytest.mark.parametrize("version", ["0.0.1", None])
def test_estimators_saved_by_another_version_warn(estimator, version, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("skscat.__version__", version)
        saved = pickle.dumps(estimator)
    name, by = type(estimator).__name__, "skscat 0.0.1" if version else "an unknown version of skscat"
    remedy = "Fit it again, or load it with skscat 0.0.1." if version else "Fit it again."
    with pytest.warns(InconsistentVersionWarning) as caught:
        revived = pickle.loads(saved)
    assert f"{name} was saved by {by} and is loaded by skscat {__version__}" in str(caught[-1].message)
    assert str(caught[-1].message).endswith(remedy)
    assert repr(revived) == repr(estimator)
    assert not hasattr(revived, "_skscat_version")


@each_estimator
def test_copies_of_estimators_do_not_warn(estimator):
    # Warnings are errors.
    for duplicate in (clone(estimator), copy.copy(estimator), copy.deepcopy(estimator)):
        assert repr(pickle.loads(pickle.dumps(duplicate))) == repr(estimator)


def test_states_without_a_version_warn():
    scattering = Scattering1D(J=2)
    with pytest.warns(InconsistentVersionWarning, match="Scattering1D was saved by an unknown version of skscat"):
        scattering.__setstate__(vars(scattering))


def test_reading_a_state_does_not_change_it():
    state = Scattering1D(J=2).__getstate__()
    Scattering1D().__setstate__(state)
    assert state["_skscat_version"] == __version__


@pytest.mark.parametrize("cls", CASES)
def test_read_only_input_is_not_modified(cls):
    X = signals(cls)
    X.setflags(write=False)
    before = X.copy()
    cls().fit_transform(X)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("cls", CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(cls, dtype):
    assert small(cls).fit_transform(signals(cls).astype(dtype)).dtype == dtype


@pytest.mark.parametrize("cls", CASES)
def test_integers_become_doubles(cls):
    X = (100 * signals(cls)).astype(np.int16)
    np.testing.assert_array_equal(small(cls).fit_transform(X), small(cls).fit_transform(X.astype(float)))


# Short signals are quickly transformed, but hold few octaves.
@pytest.mark.filterwarnings("ignore:J_oct=2:UserWarning")
@pytest.mark.parametrize(
    ("cls", "grid"),
    [
        (Scattering1D, {"J": [1, 2], "Q": [1, 2], "max_order": [1, 2]}),
        (Scattering2D, {"J": [1, 2], "L": [2, 3], "max_order": [1, 2]}),
        (TimeFrequencyScattering, {"J": [1, 2], "Q": [2, 4], "average_frequency": ["local", "global"]}),
        (SpiralScattering, {"Q": [2, 4], "J_oct": [1, 2]}),
        (RotoTranslationScattering2D, {"J": [1, 2], "L": [2, 4], "average_angle": [None, "global"]}),
        (HarmonicScattering3D, {"J": [0, 1], "L": [1, 2], "powers": [(1,), (1, 2)]}),
    ],
)
def test_grid_search_scores_what_fresh_estimators_score(cls, grid):
    X, y = signals(cls, n=24), np.arange(24) % 2
    X[y == 1] = np.cumsum(X[y == 1], axis=-1) / 4
    split = (np.arange(0, 16), np.arange(16, 24))

    def classifier(**parameters):
        return make_pipeline(cls(**parameters), StandardScaler(), LinearSVC(random_state=0))

    step = cls.__name__.lower()
    search = GridSearchCV(
        classifier(), {f"{step}__{name}": values for name, values in grid.items()}, cv=[split], error_score="raise"
    ).fit(X.reshape(24, -1), y)
    for parameters, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
        fresh = classifier(**{name.removeprefix(f"{step}__"): value for name, value in parameters.items()})
        assert fresh.fit(X[split[0]], y[split[0]]).score(X[split[1]], y[split[1]]) == score


@pytest.mark.parametrize("cls", CASES)
def test_pipelines_with_memory_predict_the_same(cls, tmp_path):
    X, y = signals(cls, n=8), np.arange(8) % 2
    cached = make_pipeline(small(cls), LinearSVC(random_state=0), memory=str(tmp_path)).fit(X, y)
    plain = make_pipeline(small(cls), LinearSVC(random_state=0)).fit(X, y)
    np.testing.assert_array_equal(cached.predict(X), plain.predict(X))


@pytest.mark.parametrize("cls", CASES)
def test_pandas_output_has_the_feature_names(cls):
    X = signals(cls)
    estimator = small(cls).set_output(transform="pandas").fit(X)
    frame = estimator.transform(X)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(estimator.get_feature_names_out())
    with config_context(transform_output="pandas"):
        pd.testing.assert_frame_equal(small(cls).fit_transform(X), frame)


@pytest.mark.parametrize(
    ("cls", "average"),
    [(cls, average) for cls in CASES for average in ("local", "global")]
    + [(cls, None) for cls in (Scattering1D, Scattering2D, HarmonicScattering3D)],
)
@pytest.mark.parametrize("channels", [None, 2])
def test_feature_names_are_unique_and_complete(cls, average, channels):
    X = signals(cls, channels=channels)
    estimator = small(cls, average=average, max_order=1).fit(X)
    names = estimator.get_feature_names_out()
    assert len(set(names)) == len(names) == estimator.transform(X).shape[1] == np.prod(estimator.output_shape_)


@pytest.mark.parametrize("cls", CASES)
def test_paths_convert_to_a_data_frame(cls):
    estimator = small(cls).fit(signals(cls))
    frame = pd.DataFrame(estimator.paths_)
    assert len(frame) == estimator.output_shape_[0]
    assert (frame["parent"] < frame.index).all()


@pytest.mark.parametrize("cls", CASES)
def test_html_representation_links_to_the_documentation(cls):
    html = cls()._repr_html_()
    assert f"skscat.{cls.__name__}.html" in html


@pytest.mark.parametrize("cls", CASES)
def test_defaults_give_no_warning(cls):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cls().fit_transform(signals(cls))


@each_estimator
def test_diagrams_link_to_the_page_of_the_estimator(estimator):
    module, _, name = estimator._get_doc_link().rpartition("/")[2].removesuffix(".html").rpartition(".")
    assert getattr(import_module(module), name) is type(estimator)
