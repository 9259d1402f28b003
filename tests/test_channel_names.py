"""Channels have the names that the user gives them, in the features of all estimators."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from skscat import (
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
)
from skscat.diagnostics import energy_by_order
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.physics import FourierInvariants, ScatteringInvariants, WaveletInvariants
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
from skscat.synthesis import MicrocanonicalModel

# Shape of a signal of two channels, and estimators of such signals with the parameters that are passed.
LINE, PLANE, CUBE = (2, 64), (2, 12, 10), (2, 8, 8, 6)
NAMED = {
    "1-D": (lambda **k: Scattering1D(J=2, **k), LINE),
    "2-D": (lambda **k: Scattering2D(J=1, L=2, **k), PLANE),
    "time-frequency": (lambda **k: TimeFrequencyScattering(J=2, Q=3, J_fr=1, **k), LINE),
    "spiral": (lambda **k: SpiralScattering(J=2, Q=2, **k), LINE),
    "roto-translation": (lambda **k: RotoTranslationScattering2D(J=1, L=2, **k), PLANE),
    "3-D": (lambda **k: HarmonicScattering3D(J=0, L=1, **k), CUBE),
    "Fourier": (FourierInvariants, PLANE),
    "wavelet invariants": (lambda **k: WaveletInvariants(J=1, L=2, **k), PLANE),
    "scattering invariants": (lambda **k: ScatteringInvariants(J=2, L=2, **k), PLANE),
    "moments": (lambda **k: ScatteringMoments(Scattering2D(J=1, L=2, **k), powers=(1, 2)), PLANE),
    "spectra": (lambda **k: ScatteringSpectra(Scattering1D(J=2, padding="wrap", **k)), LINE),
    "cosines": (lambda **k: CosineReduction(Scattering2D(J=1, L=2, **k)), PLANE),
    "rotations": (lambda **k: RotationAveraging(Scattering2D(J=1, L=2, **k)), PLANE),
    "levels": (lambda **k: LevelNormalizer(Scattering1D(J=2, **k)), LINE),
    "scaled paths": (lambda **k: PathScaler(Scattering2D(J=1, L=2, **k)), PLANE),
    "scales": (lambda **k: ScaleAveraging(Scattering2D(J=1, L=2, average="global"), scales=(1, 1.5), **k), PLANE),
    "inner scales": (lambda **k: ScaleAveraging(Scattering2D(J=1, L=2, average="global", **k), scales=(1, 2)), PLANE),
    "rectified": (lambda **k: RectifiedDerivatives(Scattering1D(J=2, average="global"), widths=(1,), **k), LINE),
    "proportions": (lambda **k: WaveletProportions(widths=(1,), **k), LINE),
    "pipeline": (lambda **k: make_pipeline(PathScaler(Scattering2D(J=1, L=2, **k)), LogMedian()), PLANE),
}
each = pytest.mark.parametrize(("make", "shape"), NAMED.values(), ids=NAMED)
quiet = pytest.mark.filterwarnings("ignore:J:UserWarning")


@quiet
@each
def test_names_replace_the_numbers_of_channels_and_nothing_else(make, shape, rng):
    X = rng.standard_normal((3, *shape))
    numbered, named = make().fit(X), make(channel_names=["Fz", "Cz"]).fit(X)
    names = named.get_feature_names_out()
    assert len(set(names)) == len(names)
    if isinstance(named, RectifiedDerivatives):
        # The transformer numbers the channels of X and their derivatives.
        positions = {f"_c{i}_": f"_{channel}_" for i, channel in enumerate(named.channels_)}
        assert all(channel.split("_")[0] in ("Fz", "Cz") for channel in named.channels_)
    else:
        positions = {"_c0_": "_Fz_", "_c1_": "_Cz_"}
    expected = []
    for name in numbered.get_feature_names_out():
        (found,) = [number for number in positions if number in name]
        expected.append(name.replace(found, positions[found]))
    np.testing.assert_array_equal(names, expected)
    np.testing.assert_array_equal(named.transform(X), numbered.transform(X))


@quiet
@each
def test_columns_of_data_frames_have_the_names(make, shape, rng):
    X = rng.standard_normal((3, *shape))
    estimator = make(channel_names=("Fz", "Cz")).set_output(transform="pandas").fit(X)
    frame = estimator.transform(X)
    assert isinstance(frame, pd.DataFrame)
    np.testing.assert_array_equal(frame.columns, estimator.get_feature_names_out())


def test_epochs_are_read_with_the_names_of_their_electrodes(rng):
    # The shape of mne.Epochs.get_data(): (n_epochs, n_channels, n_times).
    electrodes = ["Fp1", "Fp2", "Fz", "Cz", "EOG 061"]
    epochs = rng.standard_normal((4, 5, 301)).astype(np.float32)
    scattering = Scattering1D(J=5, average="global", sampling_rate=150.0, channel_names=electrodes).fit(epochs)
    names = scattering.get_feature_names_out()
    assert scattering.output_shape_[0] == 5
    for electrode, part in zip(electrodes, np.split(names, 5), strict=True):
        assert part[0] == f"scattering1d_{electrode}_mean"
        assert all(name.startswith(f"scattering1d_{electrode}_") for name in part)
    # 56.25 Hz is three eighths of the sampling rate.
    assert names[1].startswith("scattering1d_Fp1_xi1=")


def test_names_belong_to_the_channels_wherever_these_are(rng):
    X = rng.standard_normal((3, 2, 64))
    first = Scattering1D(J=2, channel_names=["left", "right"]).fit(X)
    last = Scattering1D(J=2, channel_names=["left", "right"], channel_axis=-1).fit(np.moveaxis(X, 1, 2))
    flat = Scattering1D(J=2, channel_names=["left", "right"], shape=(2, 64)).fit(X.reshape(3, -1))
    for scattering in (last, flat):
        np.testing.assert_array_equal(scattering.get_feature_names_out(), first.get_feature_names_out())


@pytest.mark.parametrize("names", [("a", "b"), np.array(["a", "b"]), pd.Index(["a", "b"]), pd.Series(["a", "b"])])
def test_any_sequence_of_strings_will_do(names, rng):
    scattering = clone(Scattering1D(J=2, channel_names=names)).fit(rng.standard_normal((3, 2, 64)))
    assert scattering.get_feature_names_out()[0] == "scattering1d_a_mean_t0"


def test_fitted_names_stay_until_the_next_fit(rng):
    X = rng.standard_normal((3, 2, 64))
    scattering = Scattering1D(J=2, channel_names=["a", "b"]).fit(X)
    before = scattering.get_feature_names_out()
    scattering.set_params(channel_names=["d", "e"])
    np.testing.assert_array_equal(scattering.get_feature_names_out(), before)
    assert scattering.fit(X).get_feature_names_out()[0] == "scattering1d_d_mean_t0"
    assert scattering.set_params(channel_names=None).fit(X).get_feature_names_out()[0] == "scattering1d_c0_mean_t0"


def test_named_channels_are_meant_to_be_where_they_are(rng):
    X = rng.standard_normal((3, 16, 4))
    with pytest.warns(UserWarning, match="If the last axis holds the channels, set channel_axis=-1"):
        Scattering1D(J=1).fit(X)
    # Warnings are errors.
    Scattering1D(J=1, channel_names=[f"E{i}" for i in range(16)]).fit(X)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "b", "c"], "channel_names has 3 entries, but X has 2 channels; expected one per channel. If another"),
        (["a"], "channel_names has 1 entries, but X has 2 channels"),
        (["a", "a"], r"channel_names=\['a', 'a'\]: 'a' is repeated; expected distinct names"),
        (["a", 1], r"channel_names=\['a', 1\]: expected a sequence of strings, one per channel"),
        (["a", ""], r"channel_names=\['a', ''\]: expected a sequence of strings"),
        ("ab", "The 'channel_names' parameter of Scattering1D must be"),
        ({"a": 1, "b": 2}, r"channel_names=\{'a': 1, 'b': 2\}: expected a sequence of strings"),
        ([], r"channel_names=\[\]: expected a sequence of strings"),
    ],
)
def test_other_names_are_refused(names, message, rng):
    with pytest.raises(ValueError, match=message):
        Scattering1D(J=2, channel_names=names).fit(rng.standard_normal((3, 2, 64)))


@pytest.mark.parametrize("shape", [(3, 64), (3, 1)])
def test_names_without_channels_are_refused(shape, rng):
    with pytest.raises(
        ValueError, match=r"X has signals of shape \(\d+,\), without an axis of channels; expected \(n, c"
    ):
        Scattering1D(J=1, channel_names=["a"]).fit(rng.standard_normal(shape))


def test_names_of_derivatives_begin_with_those_of_channels(rng):
    X = rng.standard_normal((3, 2, 64))
    transformer = make_pipeline(Scattering1D(J=2, average="global"), LogMedian())
    rectified = RectifiedDerivatives(transformer, widths=(4,), channel_names=["Fz", "Cz"]).fit(X)
    assert rectified.channels_[:3] == ["Fz", "Cz", "Fz_centered_positive"]
    assert rectified.channels_[-1] == "Cz_derivative2_width4_negative"
    assert rectified.get_feature_names_out()[-1].startswith("scattering1d_Cz_derivative2_width4_negative_xi1=")
    # The parameter is a copy's.
    assert transformer[0].channel_names is None


def test_names_pass_through_estimators_that_wrap_each_other(rng):
    X = rng.standard_normal((3, 2, 12, 12))
    inner = ScaleAveraging(Scattering2D(J=1, L=2, average="global"), scales=(1, 2), combine="concatenate")
    outer = ScaleAveraging(inner, scales=(1, 2), combine="concatenate", channel_names=["red", "green"]).fit(X)
    assert outer.get_feature_names_out()[-1] == "s2_s2_scattering2d_green_j1=0_th1=1"


def test_models_and_diagnostics_take_transforms_of_named_channels(rng):
    X = rng.standard_normal((3, 2, 64))
    scattering = Scattering1D(J=2, padding="wrap", channel_names=["u", "v"])
    plain = clone(scattering).set_params(channel_names=None)
    np.testing.assert_array_equal(energy_by_order(scattering, X).shares, energy_by_order(plain, X).shares)
    models = [MicrocanonicalModel(s, max_iter=2).fit(X) for s in (scattering, plain)]
    named, unnamed = (model.sample(random_state=0) for model in models)
    np.testing.assert_array_equal(named, unnamed)


def test_names_that_no_feature_would_have_are_refused(rng):
    X = rng.standard_normal((5, 2, 64))
    flat = make_pipeline(PCA(2))
    with pytest.raises(ValueError, match=r"channel_names=\['Fz', .*no parameter channel_names, so that its features"):
        RectifiedDerivatives(flat, channel_names=["Fz", "Cz"]).fit(X)


def test_two_sets_of_names_are_refused(rng):
    X = rng.standard_normal((3, 3, 12, 12))
    transformer = Scattering2D(J=1, L=2, average="global", channel_names=["r", "g", "b"])
    message = r"transformer__channel_names=\['r', 'g', 'b'\]: expected None, or \['red', 'green', 'blue'\]"
    with pytest.raises(ValueError, match=message):
        ScaleAveraging(transformer, channel_names=["red", "green", "blue"]).fit(X)
    ScaleAveraging(transformer, scales=(1, 2), channel_names=["r", "g", "b"]).fit(X)
