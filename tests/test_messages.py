"""Input that can't be used is refused with an error that names it and says what to do, by estimators and functions."""

import dask.array
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from graph_cases import ring
from sklearn.base import clone

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
    renormalize,
    scatter,
    scatter_vjp,
)
from skscat.classification import AffineSubspaceClassifier
from skscat.diagnostics import contraction, discrimination, energy_by_order, warp
from skscat.filters import morlet_bank_1d, morlet_bank_2d
from skscat.linear_model import (
    BaggedOrthogonalLeastSquares,
    OrthogonalLeastSquares,
    OrthogonalLeastSquaresCV,
    OrthogonalLeastSquaresSelector,
)
from skscat.moments import ScatteringMoments, ScatteringSpectra, moments_by_scale
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
from skscat.plotting import ScattergramDisplay
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
from skscat.synthesis import (
    GaussianTexture,
    MicrocanonicalModel,
    ScatteringDenoiser,
    griffin_lim,
    inverse_wavelet_transform,
    periodic_component,
    reconstruct,
    wavelet_transform,
)

SCATTERINGS = [
    Scattering1D(),
    Scattering2D(),
    TimeFrequencyScattering(),
    SpiralScattering(Q=4),
    RotoTranslationScattering2D(),
    HarmonicScattering3D(),
]
LINES = [*SCATTERINGS[:1], *SCATTERINGS[2:4]]
BODIES = [
    AtomicDensity(("dirac",), shape=(8, 8)),
    DensityInvariants(AtomicDensity(("dirac",), shape=(8, 8)), WaveletInvariants(J=1, L=2)),
    CoulombMatrix(),
    NBodyInvariants(),
]
SIGNALS = [
    *SCATTERINGS,
    ScaleAveraging(Scattering2D(J=1, L=2, average="global"), scales=(1,)),
    CosineReduction(Scattering2D(J=1, L=2)),
    RotationAveraging(Scattering2D(J=1, L=2)),
    LevelNormalizer(Scattering1D(J=1)),
    PathScaler(Scattering2D(J=1, L=2)),
    RectifiedDerivatives(Scattering1D(average="global"), widths=(1,)),
    WaveletProportions(widths=(1,)),
    HaarScattering(1),
    HaarScattering(1, pairing="grid"),
    GraphScattering(ring, 1),
    ScatteringMoments(Scattering2D(J=1, L=2)),
    ScatteringSpectra(Scattering1D(J=1, padding="wrap")),
    FourierInvariants(),
    WaveletInvariants(J=1, L=2),
    ScatteringInvariants(J=1, L=2),
    GaussianTexture(),
    MicrocanonicalModel(Scattering2D(J=1, L=2, padding="wrap", average="global"), max_iter=1),
    ScatteringDenoiser(Scattering2D(J=1, L=2, padding="wrap", average="global"), n_rounds=1, max_steps=1),
    *(RECIPES := [ScatteringClassifier("image", cv=2), ScatteringRegressor("image", cv=2)]),
]
FEATURES = [
    LogMedian(),
    AffineSubspaceClassifier(n_components=1),
    OrthogonalLeastSquares(2),
    OrthogonalLeastSquaresCV(cv=2),
    BaggedOrthogonalLeastSquares(2),
    CopyRegressor(),
    OrthogonalLeastSquaresSelector(2),
]
ALL = [*SIGNALS, *BODIES, *FEATURES]
each_estimator = pytest.mark.parametrize("estimator", ALL, ids=lambda e: type(e).__name__)
# Flat bodies in the plane, and signals of no square or cube.
quiet = pytest.mark.filterwarnings("ignore:X is flat:UserWarning", "ignore:J:UserWarning")
y = np.arange(6) % 2


@pytest.fixture
def X(rng):
    # Features of images of 8 x 8, of volumes of 4 x 4 x 4, and positive charges.
    return rng.random((6, 64)) + 0.5


def hidden(values):
    """Mask the value -9999, which hides one that is missing."""
    values = values.copy()
    values[(1,) * values.ndim] = -9999
    return np.ma.masked_equal(values, -9999)


@quiet
@each_estimator
def test_masked_values_are_refused(estimator, X):
    masked = hidden(X)
    for given in (masked, list(masked)):
        with pytest.raises(ValueError, match=r"X has masked values; expected values only. Fill them in"):
            clone(estimator).fit(given, y)
    estimator = clone(estimator).fit(X, y)
    for name in ("transform", "predict", "relative_errors"):
        if hasattr(estimator, name):
            with pytest.raises(ValueError, match="X has masked values"):
                getattr(estimator, name)(masked)


@quiet
def test_masked_values_are_refused_in_columns_and_dask_arrays():
    masked = np.ma.masked_equal(np.arange(32.0).reshape(2, 16), 3)
    column = pd.Series(list(masked))
    blocks = dask.array.from_array(masked, chunks=(1, 16))
    lazy = dask.array.ma.masked_array(dask.array.ones((2, 16)), dask.array.zeros((2, 16), dtype=bool))
    for X in (column, blocks, lazy):
        with pytest.raises(ValueError, match="X has masked values"):
            Scattering1D(J=2).fit(X)


def test_signals_in_the_cells_of_a_frame_are_refused():
    X = pd.DataFrame({"ecg": [np.ones(16), np.zeros(16)]})
    with pytest.raises(ValueError, match=r"X is a data frame whose cells are arrays; .* such as X\['ecg'\]"):
        Scattering1D(J=2).fit(X)
    assert Scattering1D(J=2).fit(X["ecg"]).signal_shape_ == (16,)


@pytest.mark.parametrize("estimator", [*FEATURES[1:], *RECIPES], ids=lambda e: type(e).__name__)
def test_masked_targets_are_refused(estimator, X):
    with pytest.raises(ValueError, match="y has masked values"):
        clone(estimator).fit(X, np.ma.masked_equal(y, 1))


@quiet
@each_estimator
def test_masked_arrays_without_masked_values_are_arrays(estimator, X):
    clone(estimator).fit(np.ma.masked_array(X), y)


def test_masked_values_are_refused_in_lists_and_objects():
    scattering, row = Scattering1D(J=1), np.ones(16)
    objects = np.empty(2, object)
    objects[:] = [row, np.ma.masked_equal(np.arange(16.0), 3)]
    for given in (
        [row, objects[1]],
        (row, list(objects[1])),
        [[row], [objects[1]]],
        objects,
        [np.ones(16).tolist(), [*np.ones(15), np.ma.masked]],
    ):
        with pytest.raises(ValueError, match="X has masked values"):
            scattering.fit(given)


BANK = morlet_bank_1d(64, 2)
PLAN = Scattering1D(J=2).plan(64)
FITTED = Scattering1D(J=2).fit(np.zeros((2, 64)))
FUNCTIONS = {
    "scatter": (lambda x: scatter(x, PLAN), (2, 64), "x"),
    "scatter_vjp": (lambda x: scatter_vjp(x, np.zeros((2, len(PLAN.paths), 16)), PLAN), (2, 64), "x"),
    "scatter_vjp, weights": (lambda g: scatter_vjp(np.zeros((2, 64)), g, PLAN), (2, len(PLAN.paths), 16), "g"),
    "renormalize": (lambda s: renormalize(s, np.zeros((2, 64)), PLAN), (2, len(PLAN.paths), 16), "s"),
    "gradient": (lambda g: FITTED.gradient(np.zeros((2, 64)), g), (2, len(PLAN.paths) * 16), "weights"),
    "wavelet_transform": (lambda x: wavelet_transform(x, BANK), (2, 64), "x"),
    "inverse": (lambda w: inverse_wavelet_transform(np.zeros(64), w, BANK), (len(BANK.psi), 64), "w"),
    "griffin_lim": (lambda u: griffin_lim(np.zeros(64), u, BANK), (len(BANK.psi), 64), "moduli"),
    "reconstruct": (lambda s: reconstruct(s, FITTED), (2, len(PLAN.paths) * 16), "S"),
    "periodic_component": (lambda x: periodic_component(x, 2), (8, 8), "x"),
    "warp": (lambda x: warp(x, np.zeros((1, 64))), (2, 64), "x"),
    "moments_by_scale": (lambda m: moments_by_scale(m, PLAN.paths), (2, len(PLAN.paths)), "moments"),
    "discrimination, X": (lambda x: discrimination(Scattering1D(J=2), x, np.eye(3, 64)), (2, 64), "X"),
    "discrimination, Y": (lambda y: discrimination(Scattering1D(J=2), np.ones((2, 64)), y), (2, 64), "Y"),
    "energy_by_order": (lambda x: energy_by_order(Scattering1D(J=2), x), (2, 64), "X"),
    "contraction": (lambda x: contraction(Scattering1D(J=2), x), (2, 64), "X"),
    "transform_blocks": (lambda x: list(FITTED.transform_blocks(x)), (2, 64), "X"),
    "display": (lambda x: ScattergramDisplay.from_estimator(FITTED, x), (64,), "x"),
}
each_function = pytest.mark.parametrize(("function", "shape", "name"), FUNCTIONS.values(), ids=FUNCTIONS)


@each_function
def test_functions_refuse_masked_values(function, shape, name, rng):
    with pytest.raises(ValueError, match=f"{name} has masked values; expected values only"):
        function(hidden(rng.random(shape)))


@pytest.mark.parametrize("estimator", LINES, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("kind", [list, pd.Series, "objects"])
def test_signals_of_different_lengths_are_refused_with_advice(estimator, kind, rng):
    signals = [rng.standard_normal(n) for n in (64, 50, 60)]
    if kind == "objects":
        objects = np.empty(3, object)
        objects[:] = signals
    given = objects if kind == "objects" else kind(signals)
    with pytest.raises(ValueError, match=r"X has entries of different lengths, from 50 to 64; .* np.pad and mode="):
        clone(estimator).fit(given)


# X is tested with the estimators that read it; a display takes a single signal.
@pytest.mark.parametrize(
    ("function", "name"), [(f, name) for key, (f, _, name) in FUNCTIONS.items() if name != "X" and key != "display"]
)
def test_functions_refuse_entries_of_different_lengths(function, name):
    with pytest.raises(ValueError, match=f"{name} has entries of different lengths, from 2 to 3; expected the same"):
        function([[1.0, 2.0], [1.0, 2.0, 3.0]])


def test_channels_of_different_lengths_are_refused_with_advice():
    with pytest.raises(ValueError, match="X has entries of different shapes; expected the same"):
        Scattering1D().fit([[np.zeros(8), np.zeros(9)], [np.zeros(8), np.zeros(9)]])


def test_systems_of_different_numbers_of_bodies_are_refused_with_advice():
    with pytest.raises(ValueError, match=r"from 2 to 3; .* must be padded with charges of zero"):
        CoulombMatrix().fit([np.ones((2, 4)), np.ones((3, 4))])


GRAY, RGB = np.ones((20, 30)), np.ones((25, 30, 3))
MONO, STEREO = np.ones(300), np.ones((400, 2))
COLORS = r'Make all images gray, with Pillow\'s convert\("L"\) .* all RGB, with convert\("RGB"\) and channel_axis=-1\.'
# Signals whose channels differ, the parameter channel_axis, and the remedy, which works for them.
CHANNELS = {
    "gray, RGB": (
        "texture",
        None,
        [GRAY, RGB],
        rf"X\[1\] has 25 channels, .* no axis of channels; .* images\. {COLORS}",
    ),
    "RGB, gray": ("texture", None, [RGB, GRAY], rf"X\[1\] has no axis of channels, .* images\. {COLORS}"),
    "RGB last, gray": ("texture", -1, [RGB, GRAY], rf"X\[1\] has 2 axes, .*; expected 3, with channels\. {COLORS}"),
    "RGB, RGBA": ("texture", -1, [RGB, np.ones((9, 9, 4))], rf"X\[1\] has 4 channels, .* images\. {COLORS}"),
    "RGB read as channels first": (
        "texture",
        None,
        [RGB, np.ones((9, 9, 3))],
        rf"X\[1\] has 9 channels, .* last axis, set channel_axis=-1\. {COLORS}",
    ),
    "mono, stereo": (
        "sound",
        None,
        [MONO, STEREO],
        r"X\[1\] has 400 channels, .* signals\. Average .*, x\.mean\(axis=-1\), or",
    ),
    "mono, stereo first": (
        "sound",
        None,
        [MONO, STEREO.T],
        r"X\[1\] has 2 channels, .* signals\. Average .*, x\.mean\(axis=0\), or",
    ),
    "stereo last, mono": (
        "sound",
        -1,
        [STEREO, MONO],
        r"X\[1\] has 1 axis, .*; expected 2, with channels\. Average .*axis=-1\), and leave channel_axis=None",
    ),
}


@pytest.mark.parametrize(("kind", "channel_axis", "X", "message"), CHANNELS.values(), ids=CHANNELS)
def test_lists_of_signals_with_different_channels_are_refused_with_advice(kind, channel_axis, X, message):
    transform = Scattering1D(J=2) if kind == "sound" else Scattering2D(J=1, L=2)
    pooled = VariableSizeScattering(transform.set_params(channel_axis=channel_axis))
    for fit in (pooled.fit, ScatteringClassifier(kind, channel_axis=channel_axis).fit):
        with pytest.raises(ValueError, match=message):
            fit(3 * X, np.arange(6) % 2)


def test_stereo_is_refused_with_advice_by_what_was_fitted_to_mono():
    pooled = VariableSizeScattering(Scattering1D(J=2)).fit([MONO, MONO[:200]])
    with pytest.raises(ValueError, match=r"seen in fit have no axis of channels; .*, x\.mean\(axis=-1\), or") as error:
        pooled.transform([STEREO])
    assert "channel_axis" not in str(error.value)
    assert pooled.transform([STEREO.mean(axis=-1)]).shape == (1, pooled.transform([MONO]).shape[1])


@pytest.mark.parametrize("estimator", SCATTERINGS, ids=lambda e: type(e).__name__)
@quiet
def test_signals_in_objects_are_signals(estimator, X):
    objects = np.empty(len(X), object)
    objects[:] = list(X)
    expected = clone(estimator).fit_transform(X)
    for given in (objects, pd.Series(list(X)), list(X), X.astype(object)):
        np.testing.assert_array_equal(clone(estimator).fit_transform(given), expected)


def test_channels_in_objects_are_signals(rng):
    X = rng.standard_normal((3, 2, 64))
    objects = np.empty((3, 2), object)
    for index in np.ndindex(3, 2):
        objects[index] = X[index]
    np.testing.assert_array_equal(
        Scattering1D(J=2).fit(X).transform(X), Scattering1D(J=2).fit(objects).transform(objects)
    )


@quiet
@pytest.mark.parametrize(
    ("estimators", "advice"),
    [
        (
            SIGNALS,
            "Interpolate values that are missing|Fill the gaps first|Impute them|Impute missing (pixels|voxels)",
        ),
        (FEATURES, "Impute them"),
        (BODIES, "padded with charges of zero"),
    ],
)
def test_missing_values_are_refused_with_advice(estimators, advice, X):
    X[2, 60:] = np.nan
    for estimator in estimators:
        with pytest.raises(ValueError, match=rf"Input X contains NaN\. .*({advice})") as error:
            clone(estimator).fit(X, y)
        assert "sklearn.ensemble" not in str(error.value)


@pytest.mark.parametrize(
    ("estimator", "shape", "noun"),
    [
        (Scattering1D(J=2), (3, 64), "signal"),
        (Scattering2D(J=2), (16, 16), "image"),
        (Scattering2D(J=2), (3, 16, 16), "image"),
        (Scattering2D(J=2, channel_axis=-1), (16, 12, 3), "image"),
        (RotoTranslationScattering2D(J=2), (16, 16), "image"),
        (HarmonicScattering3D(J=1), (8, 8, 8), "volume"),
        (HaarScattering(1, pairing="grid"), (8, 8), "image"),
        (PathScaler(Scattering2D(J=1, L=2)), (8, 8), "image"),
        (ScatteringClassifier("image", cv=2), (8, 8), "image"),
        (ScatteringClassifier("image", cv=2, channel_axis=-1), (16, 16, 3), "image"),
    ],
    ids=lambda e: type(e).__name__ if hasattr(e, "fit") else str(e),
)
def test_one_signal_needs_an_axis_of_samples(estimator, shape, noun, rng):
    X = rng.random((6, *shape))
    estimator = clone(estimator).fit(X, y)
    apply = getattr(estimator, "transform", None) or estimator.predict
    message = rf"X has (signals of shape|{shape[1]} features, but \w+ is expecting .* features as input\.)"
    with pytest.raises(ValueError, match=rf"{message}.* If X is one {noun}, pass X\[np\.newaxis\]"):
        apply(X[0])
    np.testing.assert_allclose(apply(X[:1]), apply(X[0][np.newaxis]))


def test_missing_pixels_in_lists_are_refused_with_advice():
    images = [np.ones((16, 16)), np.full((12, 16), np.nan)]
    with pytest.raises(ValueError, match=r"X\[1\] contains NaN\. Interpolate pixels .* or drop the image"):
        ScatteringClassifier("image", cv=2).fit(images, [0, 1])


def test_signals_of_the_shape_of_a_signal_are_signals(rng):
    # As many images as rows of an image, flat images, and a single flat row.
    X = rng.random((16, 16, 16))
    scattering = Scattering2D(J=2).fit(X)
    assert len(scattering.transform(X)) == len(scattering.transform(X.reshape(16, -1))) == 16
    line = HaarScattering(1, pairing="grid", shape=(1, 64)).fit(rng.random((3, 64)))
    assert len(line.transform(rng.random((1, 64)))) == 1
    with pytest.raises(ValueError, match=r"X has 17 features, but Scattering2D is expecting 256 features as input\.$"):
        scattering.transform(np.zeros((16, 17)))


@pytest.mark.parametrize("given", [None, {"a": [1.0]}, {1.0, 2.0}, (v for v in range(3))])
def test_what_is_no_array_is_refused(given):
    with pytest.raises(ValueError, match=r"X is of type .*; expected an array of numbers"):
        Scattering1D().fit(given)


@pytest.mark.parametrize("dtype", ["datetime64[s]", "timedelta64[s]", [("a", float)]])
def test_dates_and_records_are_refused(dtype):
    with pytest.raises(ValueError, match=r"X has dtype .*; expected real numbers"):
        Scattering1D().fit(np.zeros((3, 16), dtype))


def test_blocks_of_no_signals_are_refused():
    with pytest.raises(ValueError, match="X has 0 samples, while a minimum of 1 is required by Scattering1D"):
        FITTED.transform_blocks(np.zeros((0, 64)))


@pytest.mark.parametrize("function", [lambda x: scatter(x, PLAN), lambda x: wavelet_transform(x, BANK)])
def test_functions_refuse_sparse_signals(function):
    with pytest.raises(TypeError, match="Sparse data was passed for x, but dense data is required"):
        function(scipy.sparse.csr_array(np.eye(2, 64)))


@pytest.mark.parametrize(
    ("shape", "bank"),
    [
        ((2,), BANK),
        ((5, 1), BANK),
        ((), BANK),
        ((64, 1), morlet_bank_2d((64, 64), 2)),
        ((64,), morlet_bank_2d((64, 64), 2)),
    ],
)
def test_wavelet_transforms_need_signals_on_the_grid_of_the_bank(shape, bank):
    with pytest.raises(ValueError, match=r"x has shape \(.*\) and dtype float64; expected real signals of shape"):
        wavelet_transform(np.zeros(shape), bank)


def test_wavelet_transforms_and_periodic_components_need_real_signals():
    with pytest.raises(ValueError, match="dtype complex128; expected real signals"):
        wavelet_transform(np.zeros(64, complex), BANK)
    with pytest.raises(ValueError, match="dtype complex128; expected real signals"):
        periodic_component(np.zeros((8, 8), complex), 2)


def test_periodic_components_need_as_many_axes_as_they_are_told():
    with pytest.raises(ValueError, match=r"x has shape \(8,\) .* of ndim=2 axes"):
        periodic_component(np.zeros(8), 2)


@pytest.mark.filterwarnings("ignore:J:UserWarning")
@pytest.mark.parametrize("normalize", ["tight", "l1"])
def test_spectra_of_a_single_sample_are_those_of_constants(normalize):
    spectra = ScatteringSpectra(Scattering1D(normalize=normalize, padding="wrap")).fit([[1.0], [2.0]])
    np.testing.assert_array_equal(spectra.transform([[1.0], [2.0]]), 0)


@pytest.mark.parametrize("value", [0, 1])
def test_processes_without_spread_are_refused(value):
    with pytest.raises(ValueError, match="Y has the same coefficients of order 1 in all its samples"):
        discrimination(Scattering1D(J=2), np.eye(2, 64), np.full((3, 64), float(value)))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"channels": {"core": 1}}, r"channels=\{'core': 1\}: expected one or more of"),
        ({"box": [[1, 2], [3]]}, "box has entries of different lengths"),
        ({"box": {1: 2}}, "box is of type dict|The 'box' parameter"),
    ],
)
def test_parameters_of_densities_are_sequences(parameters, message):
    with pytest.raises(ValueError, match=message):
        AtomicDensity(**parameters).fit(np.ones((1, 1, 3)))
