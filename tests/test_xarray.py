"""Labels of coefficients are those of their feature names, and say where and at which frequency a signal is."""

import sys
from itertools import product

import numpy as np
import pandas as pd
import pytest
import xarray
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from skscat import (
    HaarScattering,
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
    to_xarray,
)
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.preprocessing import CosineReduction, LogMedian, PathScaler

quiet = pytest.mark.filterwarnings("ignore:J:UserWarning")
# Estimators, shapes of signals, and the dimensions of one signal of one channel, with what positions are called in
# feature names.
LABELED = {
    "local": (Scattering1D(J=2), (64,), {"path": "", "time": "t"}),
    "global": (Scattering1D(J=2, average="global"), (64,), {"path": ""}),
    "scalogram": (Scattering1D(J=2, average=None), (64,), {"path": "", "time": "t"}),
    "image": (Scattering2D(J=2, L=3), (12, 16), {"path": "", "y": "y", "x": "x"}),
    "volume": (HarmonicScattering3D(J=0, L=1, average="local"), (4, 6, 8), {"path": "", "z": "z", "y": "y", "x": "x"}),
    "powers": (HarmonicScattering3D(J=0, L=1), (4, 6, 8), {"path": "", "power": "p"}),
    "moments": (ScatteringMoments(Scattering1D(J=2), powers=(1, 2)), (64,), {"path": "", "power": "p"}),
    "mean": (ScatteringMoments(Scattering1D(J=2)), (64,), {"path": ""}),
    "time-frequency": (
        TimeFrequencyScattering(J=2, Q=3, J_fr=1),
        (64,),
        {"path": "", "frequency": "f", "time": "t"},
    ),
    "spiral": (SpiralScattering(J=2, Q=2), (64,), {"path": "", "frequency": "f", "time": "t"}),
    "frequency kept": (
        TimeFrequencyScattering(J=2, Q=3, J_fr=1, average="global"),
        (64,),
        {"path": "", "frequency": "f"},
    ),
    "rotations": (RotoTranslationScattering2D(J=2, L=3), (12, 12), {"path": "", "y": "y", "x": "x"}),
    "angles": (
        RotoTranslationScattering2D(J=2, L=3, average_angle=None),
        (12, 12),
        {"path": "", "angle": "a", "y": "y", "x": "x"},
    ),
    "scaled": (PathScaler(Scattering1D(J=2)), (64,), {"path": "", "time": "t"}),
    "pipeline": (make_pipeline(PathScaler(Scattering1D(J=2)), LogMedian()), (64,), {"path": "", "time": "t"}),
}
each = pytest.mark.parametrize(("estimator", "shape", "letters"), LABELED.values(), ids=LABELED)


@quiet
@each
@pytest.mark.parametrize("channels", [None, 2])
def test_labels_are_those_of_feature_names(estimator, shape, letters, channels, rng):
    X = rng.standard_normal((5, *(() if channels is None else (channels,)), *shape))
    S = estimator.fit(X).transform(X)
    labeled = to_xarray(estimator, S)
    dimensions = ["sample", *(["channel"] if channels else []), *letters]
    assert list(labeled.dims) == dimensions
    np.testing.assert_array_equal(labeled.values.reshape(5, -1), S)
    assert np.shares_memory(labeled.values, S)
    parts = [[labeled.name]]
    for dimension in dimensions[1:]:
        letter, values = letters.get(dimension), labeled[dimension].values
        if dimension in ("channel", "path"):
            parts.append(values.tolist())
        else:
            parts.append([f"{letter}{value:g}" if letter == "p" else f"{letter}{i}" for i, value in enumerate(values)])
    names = ["_".join(label) for label in product(*parts)]
    np.testing.assert_array_equal(names, estimator.get_feature_names_out())


@quiet
@each
def test_paths_have_the_fields_of_their_table(estimator, shape, letters, rng):
    X = rng.standard_normal((3, *shape))
    S = estimator.fit(X).transform(X)
    labeled = to_xarray(estimator, S)
    head = estimator[0] if hasattr(estimator, "steps") else estimator
    paths = getattr(head, "transformer_", head).paths_
    fields = {name for name in labeled.coords if labeled[name].dims == ("path",)}
    assert fields == {"path", *paths.dtype.names} - {"parent"}
    for field in fields - {"path"}:
        np.testing.assert_array_equal(labeled[field], paths[field])


def test_order_selects_paths(rng):
    X = rng.standard_normal((3, 256))
    scattering = Scattering1D(J=4).fit(X)
    S = scattering.transform(X)
    second = to_xarray(scattering, S).sel(path=to_xarray(scattering, S).order == 2)
    columns = np.repeat(scattering.paths_["order"] == 2, scattering.output_shape_[1])
    np.testing.assert_array_equal(second.values.reshape(3, -1), S[:, columns])


def test_channels_have_their_names(rng):
    X = rng.standard_normal((3, 2, 64))
    for names, expected in ((None, ["c0", "c1"]), (("Fz", "Cz"), ["Fz", "Cz"])):
        scattering = Scattering1D(J=2, channel_names=names).fit(X)
        np.testing.assert_array_equal(to_xarray(scattering, scattering.transform(X)).channel, expected)


@pytest.mark.parametrize("stride", [None, 7])
def test_averages_are_largest_at_the_time_of_a_click(stride):
    # 20 samples per second, a click after 14 seconds: at a multiple of either stride.
    x = np.zeros((1, 600))
    x[0, 280] = 1
    scattering = Scattering1D(J=3, stride=stride, sampling_rate=20.0).fit(x)
    S = to_xarray(scattering, scattering.transform(x))[0]
    assert float(S.isel(path=0).idxmax("time")) == 14
    assert S.time.units == "s"
    # Frames are at multiples of the stride.
    np.testing.assert_allclose(np.diff(S.time), (stride or 8) / 20, rtol=1e-12)


def test_times_are_in_samples_without_a_sampling_rate():
    x = np.zeros((1, 600))
    x[0, 280] = 1
    for average, stride in (("local", 8), (None, 1)):
        scattering = Scattering1D(J=3, average=average).fit(x)
        S = to_xarray(scattering, scattering.transform(x))[0]
        assert int(S.isel(path=0).argmax("time")) == 280 // stride
        assert int(S.isel(path=0).idxmax("time")) == 280
        assert S.time.units == "samples"


def test_positions_are_those_of_a_bright_pixel():
    x = np.zeros((1, 32, 48))
    x[0, 8, 36] = 1
    scattering = Scattering2D(J=2, L=2).fit(x)
    S = to_xarray(scattering, scattering.transform(x))[0]
    position = S.isel(path=0).argmax(["y", "x"])
    assert (int(S.y[position["y"]]), int(S.x[position["x"]])) == (8, 36)
    assert S.y.units == S.x.units == "pixels"


def test_frequencies_are_those_of_a_tone():
    # 60 Hz at 1000 samples per second. Wavelets are an eighth of an octave apart, and this many are the largest.
    x = np.sin(2 * np.pi * 60 * np.arange(4096) / 1000)[np.newaxis]
    scattering = Scattering1D(J=8, Q=8, max_order=1, average="global", sampling_rate=1000).fit(x)
    S = to_xarray(scattering, scattering.transform(x))[0]
    first = S.isel(path=np.flatnonzero(S.order == 1))
    loudest = float(first.xi1[int(first.argmax("path"))])
    assert abs(np.log2(loudest / 60)) < 1 / 8
    assert first.xi1.units == "Hz"


def test_the_frequency_axis_is_that_of_a_tone():
    x = np.sin(2 * np.pi * 60 * np.arange(4096) / 1000)[np.newaxis]
    for transform in (TimeFrequencyScattering, SpiralScattering):
        scattering = transform(J=8, Q=8, J_fr=1, F=1, average="global", sampling_rate=1000).fit(x)
        S = to_xarray(scattering, scattering.transform(x))[0]
        # The first path is the average of first-order moduli.
        assert abs(np.log2(float(S.isel(path=0).idxmax("frequency")) / 60)) < 1 / 8
        assert (S.frequency.units, S.xi2.units, S.xi_fr.units) == ("Hz", "Hz", "cycles/octave")


@pytest.mark.parametrize("angle", [0, np.pi / 4, np.pi / 2])
def test_the_angle_axis_is_that_of_a_grating(angle):
    # Waves along a direction at an angle from axis 0.
    u, v = np.mgrid[:64, :64]
    x = np.cos(1.2 * (np.cos(angle) * u + np.sin(angle) * v))[np.newaxis]
    scattering = RotoTranslationScattering2D(J=3, L=4, average_angle=None, average="global").fit(x)
    S = to_xarray(scattering, scattering.transform(x))[0]
    loudest = float(S.isel(path=np.flatnonzero(S.order == 1)).max("path").idxmax("angle"))
    assert abs(np.exp(2j * loudest) - np.exp(2j * angle)) < 1e-9
    assert (S.angle.units, S.xi1.units, S.xi_rot.units) == ("rad", "cycles/pixel", "cycles/rotation")


def test_units_stay_those_of_the_fit(rng):
    x = rng.standard_normal((1, 64))
    scattering = Scattering1D(J=2, sampling_rate=10).fit(x)
    S = to_xarray(scattering.set_params(sampling_rate=None), scattering.transform(x))
    assert (S.xi1.units, S.sigma2.units, S.time.units) == ("Hz", "Hz", "s")
    plain = to_xarray(scattering.fit(x), scattering.transform(x))
    assert (plain.xi1.units, plain.time.units) == ("cycles/sample", "samples")


def test_moments_of_a_process_are_labeled_without_samples(rng):
    X = rng.standard_normal((6, 2, 128))
    moments = ScatteringMoments(Scattering1D(J=3, channel_names=["u", "v"]), powers=(1, 2, 3)).fit(X)
    mean = to_xarray(moments, moments.mean_)
    assert mean.dims == ("channel", "path", "power")
    np.testing.assert_array_equal(mean.power, [1, 2, 3])
    np.testing.assert_array_equal(mean.sel(channel="v").values, moments.mean_.reshape(2, -1, 3)[1])


def test_samples_are_labeled_by_the_user_or_by_the_index_of_a_frame(rng):
    X = rng.standard_normal((3, 64))
    scattering = Scattering1D(J=2).set_output(transform="pandas").fit(X)
    frame = scattering.transform(pd.DataFrame(X, index=["a", "b", "c"]))
    np.testing.assert_array_equal(to_xarray(scattering, frame).sample, ["a", "b", "c"])
    np.testing.assert_array_equal(to_xarray(scattering, frame, sample=[3, 2, 1]).sample, [3, 2, 1])
    assert "sample" not in to_xarray(scattering, frame.to_numpy()).coords


def test_labeled_arrays_are_stored_and_read(rng, tmp_path):
    X = rng.standard_normal((3, 2, 64))
    scattering = Scattering1D(J=2, sampling_rate=10).fit(X)
    S = to_xarray(scattering, scattering.transform(X))
    S.to_netcdf(tmp_path / "S.nc", engine="scipy")
    with xarray.open_dataarray(tmp_path / "S.nc", engine="scipy") as stored:
        xarray.testing.assert_identical(stored.load(), S)


@pytest.mark.parametrize("shape", [(3, 5), (5,), (3, 2, 46)])
def test_coefficients_of_another_shape_are_refused(shape, rng):
    scattering = Scattering1D(J=2).fit(rng.standard_normal((3, 64)))
    n = scattering.transform(np.zeros((1, 64))).shape[1]
    with pytest.raises(ValueError, match=rf"S has shape .*; expected \(n, {n}\) or \({n},\), as transform returns it"):
        to_xarray(scattering, np.zeros(shape))


@pytest.mark.parametrize("sample", [[1, 2], 3, [[1], [2], [3]]])
def test_labels_that_are_not_one_per_sample_are_refused(sample, rng):
    X = rng.standard_normal((3, 64))
    scattering = Scattering1D(J=2).fit(X)
    with pytest.raises(ValueError, match=r"sample has shape .*; expected one label per row of S"):
        to_xarray(scattering, scattering.transform(X), sample=sample)


@pytest.mark.parametrize(
    "estimator",
    [
        HaarScattering(2),
        CosineReduction(Scattering2D(J=1, L=2)),
        ScatteringSpectra(Scattering1D(J=2, padding="wrap")),
        make_pipeline(PCA(2), LogMedian()),
    ],
)
def test_estimators_without_a_plan_are_refused(estimator, rng):
    X = rng.standard_normal((3, 64))
    with pytest.raises(ValueError, match=r"expected a scattering transform with a plan, such as Scattering1D"):
        to_xarray(estimator.fit(X), estimator.transform(X))


def test_transforms_are_fitted_first():
    with pytest.raises(NotFittedError):
        to_xarray(Scattering1D(), np.zeros((2, 3)))


def test_a_missing_xarray_is_named(monkeypatch, rng):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r"to_xarray needs xarray; install it with: pip install 'skscat\[xarray\]'"):
        to_xarray(Scattering1D(), rng.standard_normal((3, 64)))
