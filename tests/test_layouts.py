"""Channels are read from the axis that is named, and readings of X that are hardly meant raise a warning."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from skscat import (
    HaarScattering,
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
)
from skscat.diagnostics import energy_by_order
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.physics import (
    AtomicDensity,
    CoulombMatrix,
    DensityInvariants,
    FourierInvariants,
    ScatteringInvariants,
    WaveletInvariants,
)
from skscat.plotting import ScatteringDiskDisplay
from skscat.preprocessing import (
    CosineReduction,
    LevelNormalizer,
    LogMedian,
    PathScaler,
    RectifiedDerivatives,
    RotationAveraging,
    ScaleAveraging,
    WaveletProportions,
)
from skscat.synthesis import GaussianTexture, MicrocanonicalModel, reconstruct

# Estimators that read signals, and the shape of a signal with two channels, which come first.
LINE, PLANE, CUBE = (2, 64), (2, 12, 10), (2, 8, 8, 6)
READERS = {
    "1-D": (Scattering1D(J=2), LINE),
    "2-D": (Scattering2D(J=1, L=2), PLANE),
    "time-frequency": (TimeFrequencyScattering(J=2, Q=3, J_fr=1), LINE),
    "spiral": (SpiralScattering(J=2, Q=2), LINE),
    "roto-translation": (RotoTranslationScattering2D(J=1, L=2), PLANE),
    "3-D": (HarmonicScattering3D(J=0, L=1), CUBE),
    "scales": (ScaleAveraging(Scattering2D(J=1, L=2, average="global"), scales=(1, 1.5)), PLANE),
    "rectified": (RectifiedDerivatives(Scattering1D(J=2, average="global"), widths=(1, 2)), LINE),
    "proportions": (WaveletProportions(widths=(1, 2)), LINE),
    "Haar": (HaarScattering(2, pairing="grid"), PLANE),
    "Fourier": (FourierInvariants(), PLANE),
    "wavelet invariants": (WaveletInvariants(J=1, L=2), PLANE),
    "scattering invariants": (ScatteringInvariants(J=2, L=2), PLANE),
}
WRAPPED = {
    "moments": (lambda **k: ScatteringMoments(Scattering2D(J=1, L=2, **k), powers=(1, 2)), PLANE),
    "spectra": (lambda **k: ScatteringSpectra(Scattering1D(J=2, padding="wrap", **k)), LINE),
    "cosines": (lambda **k: CosineReduction(Scattering2D(J=1, L=2, **k)), PLANE),
    "rotations": (lambda **k: RotationAveraging(Scattering2D(J=1, L=2, **k)), PLANE),
    "levels": (lambda **k: LevelNormalizer(Scattering1D(J=2, **k)), LINE),
    "scaled paths": (lambda **k: PathScaler(Scattering2D(J=1, L=2, **k)), PLANE),
    "pipeline": (lambda **k: make_pipeline(Scattering2D(J=1, L=2, **k), LogMedian()), PLANE),
}
ALL = {
    **{
        name: (lambda e=estimator, **k: clone(e).set_params(**k), shape)
        for name, (estimator, shape) in READERS.items()
    },
    **WRAPPED,
}
each_reader = pytest.mark.parametrize(("make", "shape"), ALL.values(), ids=ALL)
quiet = pytest.mark.filterwarnings("ignore:J:UserWarning")


@quiet
@each_reader
def test_channels_on_any_axis_give_the_features_of_channels_first(make, shape, rng):
    X = rng.standard_normal((3, *shape))
    expected = make().fit(X).transform(X)
    for axis in range(-len(shape), len(shape)):
        given = np.moveaxis(X, 1, 1 + axis if axis >= 0 else axis)
        estimator = make(channel_axis=axis).fit(given)
        np.testing.assert_array_equal(estimator.transform(given), expected)
        np.testing.assert_array_equal(estimator.transform(given.reshape(3, -1)), expected)
        np.testing.assert_array_equal(estimator.transform(given.astype(np.float32)).dtype, np.float32)


@quiet
@each_reader
def test_names_of_features_do_not_depend_on_the_axis_of_channels(make, shape, rng):
    X = rng.standard_normal((3, *shape))
    first, last = make().fit(X), make(channel_axis=-1).fit(np.moveaxis(X, 1, -1))
    np.testing.assert_array_equal(first.get_feature_names_out(), last.get_feature_names_out())


@quiet
@pytest.mark.parametrize(("estimator", "shape"), READERS.values(), ids=READERS)
def test_the_shape_of_flat_signals_is_read_with_its_channel_axis(estimator, shape, rng):
    X = rng.standard_normal((3, *shape))
    given, last = np.moveaxis(X, 1, -1), (*shape[1:], shape[0])
    flat = clone(estimator).set_params(shape=last, channel_axis=-1).fit(given.reshape(3, -1))
    assert flat.signal_shape_ == shape
    expected = clone(estimator).fit(X).transform(X)
    np.testing.assert_array_equal(flat.transform(given.reshape(3, -1)), expected)
    table = pd.DataFrame(given.reshape(3, -1), columns=[f"v{i}" for i in range(given[0].size)])
    np.testing.assert_array_equal(clone(flat).fit(table).transform(table), expected)


GRADIENTS = {name: ALL[name] for name in ("1-D", "2-D", "3-D", "roto-translation", "moments", "spectra")}


@quiet
@pytest.mark.parametrize(("make", "shape"), GRADIENTS.values(), ids=GRADIENTS)
def test_gradients_are_in_the_layout_of_the_signals(make, shape, rng):
    X = rng.standard_normal((3, *shape))
    first, last = make().fit(X), make(channel_axis=-1).fit(np.moveaxis(X, 1, -1))
    weights = rng.standard_normal(first.transform(X).shape)
    for g in (weights, lambda S, index: weights[index]):
        expected = np.moveaxis(first.gradient(X, g).reshape(X.shape), 1, -1).reshape(3, -1)
        np.testing.assert_array_equal(last.gradient(np.moveaxis(X, 1, -1), g), expected)


def test_reconstructions_are_in_the_layout_of_the_signals(rng):
    X = rng.standard_normal((2, 2, 32)).cumsum(axis=2)
    given = np.moveaxis(X, 1, -1)
    first, last = Scattering1D(J=2).fit(X), Scattering1D(J=2, channel_axis=-1).fit(given)
    init = rng.standard_normal(X.shape)
    expected = reconstruct(first.transform(X), first, init=init, max_iter=5)
    y = reconstruct(last.transform(given), last, init=np.moveaxis(init, 1, -1), max_iter=5)
    # The order of the values of a signal changes the rounding errors of the descent.
    np.testing.assert_allclose(y, np.moveaxis(expected, 1, -1), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "make",
    [
        lambda axis: GaussianTexture(channel_axis=axis),
        lambda axis: MicrocanonicalModel(
            Scattering2D(J=1, L=2, padding="wrap", average="global", channel_axis=axis), max_iter=3
        ),
        lambda axis: MicrocanonicalModel(
            [ScatteringMoments(Scattering2D(J=1, L=2, padding="wrap", channel_axis=axis))], max_iter=3, init="gaussian"
        ),
    ],
    ids=["Gaussian", "microcanonical", "moments"],
)
def test_models_generate_signals_in_the_layout_of_their_examples(make, rng):
    X = rng.standard_normal((2, 3, 12, 10))
    given = np.moveaxis(X, 1, -1)
    first, last = make(None).fit(X), make(-1).fit(given)
    Y, expected = last.sample(2, random_state=0), first.sample(2, random_state=0)
    assert Y.shape == given[:2].shape
    np.testing.assert_array_equal(Y, np.moveaxis(expected, 1, -1))
    if hasattr(first, "relative_errors"):
        np.testing.assert_array_equal(last.relative_errors(Y), first.relative_errors(expected))


def test_diagnostics_read_channels_where_the_transform_does(rng):
    X = rng.standard_normal((2, 3, 64))
    expected = energy_by_order(Scattering1D(J=2), X)
    found = energy_by_order(Scattering1D(J=2, channel_axis=-1), np.moveaxis(X, 1, -1))
    np.testing.assert_array_equal(found.shares, expected.shares)


def test_displays_read_channels_where_the_transform_does(rng):
    x = rng.standard_normal((2, 16, 16))
    first, last = (
        Scattering2D(J=2, L=4, average="global", channel_axis=axis).fit(v[np.newaxis])
        for axis, v in ((0, x), (-1, np.moveaxis(x, 0, -1)))
    )
    a = ScatteringDiskDisplay.from_estimator(first, x, channel=1)
    b = ScatteringDiskDisplay.from_estimator(last, np.moveaxis(x, 0, -1), channel=1)
    np.testing.assert_array_equal(a.coefficients, b.coefficients)


def test_blocks_read_channels_where_the_transform_does(rng):
    X = rng.standard_normal((5, 64, 2))
    scattering = Scattering1D(J=2, channel_axis=-1).fit(X)
    for rows, S in scattering.transform_blocks(X, block_size=2):
        np.testing.assert_array_equal(S, scattering.transform(X)[rows])


@pytest.mark.parametrize(
    ("estimator", "X", "message"),
    [
        (
            Scattering2D(J=1, channel_axis=-1),
            np.zeros((2, 8, 8)),
            r"Scattering2D with channel_axis=-1 expects \(n, height, width, channels\) or \(n, n_features\)",
        ),
        (Scattering1D(J=1, channel_axis=-1), np.zeros((2, 64)), "channel_axis=-1, but X is flat"),
        (
            Scattering2D(J=1, channel_axis=1, shape=(8, 8)),
            np.zeros((2, 64)),
            r"shape=\(8, 8\) has 2 entries; expected 3 with channels on axis 1",
        ),
        (
            ScaleAveraging(Scattering2D(J=1, channel_axis=-1)),
            np.zeros((2, 8, 8, 3)),
            "channel_axis=-1, but it gets signals with channels first; .* Set channel_axis of ScaleAveraging",
        ),
        (
            RectifiedDerivatives(Scattering1D(J=1, channel_axis=-1)),
            np.zeros((2, 64, 3)),
            "channel_axis=-1, but it gets signals with channels first; .* Set channel_axis of RectifiedDerivatives",
        ),
        (
            DensityInvariants(AtomicDensity(("dirac",), shape=(8, 8)), WaveletInvariants(J=1, channel_axis=-1)),
            np.ones((2, 1, 3)),
            "channel_axis=-1, but it gets signals with channels first",
        ),
    ],
)
def test_channels_that_are_not_on_their_axis_are_refused(estimator, X, message):
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(X)


def test_transform_refuses_another_layout(rng):
    scattering = Scattering2D(J=1, channel_axis=-1).fit(rng.standard_normal((2, 8, 8, 3)))
    with pytest.raises(ValueError, match=r"signals of shape \(3, 8, 8\), but .* on signals of shape \(8, 8, 3\)"):
        scattering.transform(rng.standard_normal((2, 3, 8, 8)))


LAST = "set channel_axis=-1; set channel_axis=0 to confirm this reading"
ONE = r"pass X\[np.newaxis\] and set channel_axis=-1"
HARDLY_MEANT = {
    "colors last": (Scattering2D(J=1, L=2), (2, 32, 32, 3), f"32 channels of 32 x 3 pixels. .*{LAST}"),
    "gray, with an axis": (Scattering2D(J=1, L=2), (2, 28, 28, 1), LAST),
    "bands last": (Scattering2D(J=1, L=2), (2, 24, 24, 10), LAST),
    "bands of wide images": (Scattering2D(J=1, L=2), (1, 48, 64, 10), LAST),
    "voxels with channels last": (HarmonicScattering3D(J=0, L=0), (1, 8, 8, 8, 2), LAST),
    "stereo, last": (Scattering1D(J=1), (2, 500, 2), f"signals of 500 channels of 2 samples. .*{LAST}"),
    "leads last": (Scattering1D(J=1), (2, 100, 12), LAST),
    "electrodes last": (Scattering1D(J=1), (1, 400, 64), LAST),
    "one photograph in color": (Scattering2D(J=1, L=2), (48, 64, 3), f"48 images of 64 x 3 pixels. .*{ONE}"),
    "stereo": (Scattering1D(J=1), (500, 2), r"500 signals of 2 samples. .* X.T\[np.newaxis\] for channels"),
    "a column": (Scattering1D(J=1), (500, 1), r"500 signals of 1 sample\. .* pass X.T"),
    "one photograph": (Scattering2D(J=1, L=2), (64, 64), r"64 images of 8 x 8 pixels. .* pass\s+X\[np.newaxis\]"),
    "Haar scattering": (HaarScattering(1, pairing="grid"), (2, 32, 32, 3), LAST),
    "densities": (FourierInvariants(), (2, 32, 32, 3), LAST),
    "textures": (GaussianTexture(), (2, 32, 32, 3), LAST),
    "scales": (ScaleAveraging(Scattering2D(J=1, L=2, average="global"), scales=(1,)), (2, 32, 32, 3), LAST),
    "rectified derivatives": (RectifiedDerivatives(Scattering1D(J=1)), (2, 100, 12), LAST),
    "moments": (ScatteringMoments(Scattering2D(J=1, L=2)), (2, 32, 32, 3), LAST),
}


@pytest.mark.filterwarnings("ignore:J=1:UserWarning")
@pytest.mark.parametrize(("estimator", "shape", "message"), HARDLY_MEANT.values(), ids=HARDLY_MEANT)
def test_readings_that_are_hardly_meant_raise_a_warning_that_names_the_remedy(estimator, shape, message, rng):
    with pytest.warns(UserWarning, match=message) as record:
        clone(estimator).fit(rng.standard_normal(shape))
    assert record[0].filename == __file__


PLAUSIBLE = {
    "channels first": (Scattering2D(J=1, L=2), (2, 3, 32, 32)),
    "as many channels as pixels": (Scattering2D(J=1, L=2), (2, 16, 16, 16)),
    "many channels of small images": (Scattering2D(J=1, L=2), (2, 32, 8, 8)),
    "channels of wide images": (Scattering2D(J=1, L=2), (2, 8, 12, 40)),
    "channels in time": (Scattering1D(J=1), (2, 64, 50)),
    "short signals": (Scattering1D(J=1), (1000, 12)),
    "a few very short signals": (Scattering1D(J=1), (3, 2)),
    "images of a photograph's size": (Scattering2D(J=1, L=2), (300, 16, 16)),
    "other numbers of flat images": (Scattering2D(J=1, L=2), (63, 64)),
    "narrow images": (Scattering2D(J=1, L=2), (3, 40, 3)),
    "electrodes first": (Scattering1D(J=1), (2, 64, 256)),
    "one channel": (HarmonicScattering3D(J=0, L=0), (2, 1, 8, 8, 8)),
}


@pytest.mark.parametrize(("estimator", "shape"), PLAUSIBLE.values(), ids=PLAUSIBLE)
def test_plausible_readings_raise_no_warning(estimator, shape, rng):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Scales beyond short signals have a warning of their own.
        warnings.filterwarnings("ignore", message="J=1")
        clone(estimator).fit(rng.standard_normal(shape))


@pytest.mark.parametrize(
    ("estimator", "shape"),
    [
        (Scattering2D(J=1, L=2, channel_axis=0), (2, 32, 32, 3)),
        (Scattering2D(J=1, L=2, channel_axis=-1), (2, 32, 32, 3)),
        (Scattering1D(J=1, shape=(2,)), (500, 2)),
        (Scattering1D(J=1, shape=1), (500, 1)),
        (Scattering2D(J=1, L=2, shape=(8, 8)), (64, 64)),
        (Scattering2D(J=1, L=2, shape=(64, 3)), (48, 64, 3)),
    ],
)
def test_the_remedy_of_a_warning_silences_it(estimator, shape, rng):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="J=1")
        clone(estimator).fit(rng.standard_normal(shape))


def molecules(rng, dim, n_bodies=24):
    charges = rng.integers(1, 9, (3, n_bodies, 1))
    return np.concatenate([charges, rng.standard_normal((3, n_bodies, dim))], axis=2)


def test_flat_rows_of_bodies_in_space_raise_a_warning(rng):
    X = molecules(rng, 3)
    with pytest.warns(UserWarning, match="read as 32 bodies with 2 coordinates, but .* Set dim=3"):
        CoulombMatrix().fit(X.reshape(3, -1))
    expected = CoulombMatrix().fit_transform(X)
    np.testing.assert_array_equal(CoulombMatrix(dim=3).fit_transform(X.reshape(3, -1)), expected)


def test_flat_rows_of_bodies_with_masses_in_space_raise_a_warning(rng):
    X = molecules(rng, 3)
    X[..., 0] *= 1.5
    with pytest.warns(UserWarning, match="Set dim=3"):
        CoulombMatrix().fit(X.reshape(3, -1))


@pytest.mark.parametrize("factor", [1, 1.5, -1.5])
def test_flat_rows_of_bodies_in_the_plane_raise_no_warning(factor, rng):
    X = molecules(rng, 2)
    X[..., 0] *= factor
    np.testing.assert_array_equal(CoulombMatrix().fit_transform(X.reshape(3, -1)), CoulombMatrix().fit_transform(X))


def test_bodies_on_the_last_axis_raise_a_warning(rng):
    X = molecules(rng, 2)
    with pytest.warns(
        UserWarning, match=r"3 bodies, each with a charge and 23 coordinates. .* np.swapaxes\(X, 1, 2\)"
    ):
        CoulombMatrix().fit(np.swapaxes(X, 1, 2))


@pytest.mark.parametrize(
    "transform", [Scattering1D(J=2), TimeFrequencyScattering(J=2, Q=2), SpiralScattering(J=2, Q=2)]
)
@quiet
def test_the_shape_of_a_line_may_be_a_number(transform, rng):
    X = rng.standard_normal((2, 64))
    expected = clone(transform).fit_transform(X)
    np.testing.assert_array_equal(clone(transform).set_params(shape=64).fit_transform(X), expected)


@pytest.mark.parametrize("estimator", [GaussianTexture(ndim=1, shape=64), FourierInvariants(ndim=1, shape=64)])
def test_the_shape_of_a_line_may_be_a_number_in_models_and_invariants(estimator, rng):
    assert clone(estimator).fit(rng.standard_normal((2, 64))).signal_shape_ == (64,)
