"""Complex signals as input of estimators: moments, layouts, names, wrappers, and what is refused."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator
from test_common import is_of_another_library

from skscat import (
    HarmonicScattering3D,
    Scattering1D,
    Scattering2D,
    TimeFrequencyScattering,
    scatter,
)
from skscat.diagnostics import deformation_stability
from skscat.filters import (
    Filter,
    FilterBank,
    morlet_bank_1d,
    solid_harmonic_bank,
    two_sided,
)
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.plotting import FilterBankDisplay, ScattergramDisplay
from skscat.preprocessing import (
    CosineReduction,
    PathScaler,
    RectifiedDerivatives,
    RotationAveraging,
    ScaleAveraging,
)
from skscat.synthesis import MicrocanonicalModel, reconstruct

# Grids as fine as the signal's own: nothing is subsampled before the end.
FULL = 20
# Rounding errors of sums of some thousand terms in double precision.
ROUNDING = 1e-12


def noise(rng, *shape):
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def line(**parameters):
    return Scattering1D(complex_input=True, **parameters)


def plane(**parameters):
    return Scattering2D(complex_input=True, **parameters)


def moments_plan(scattering, powers, length):
    return ScatteringMoments(scattering, powers=powers).fit(np.ones((1, length))).plan_


def dense(psi, n):
    out = np.zeros(n)
    for k, value in enumerate(psi.values[0], start=psi.low[0]):
        out[k % n] += value
    return out


# ---------------------------------------------------------------------------------------------------------------
# Moments


@pytest.mark.parametrize(("scattering", "shape"), [(line(J=2, oversampling=FULL), (40,)), (plane(J=1, L=2), (8, 9))])
def test_moments_are_means_of_powers(scattering, shape, rng):
    X = noise(rng, 3, *shape)
    moments = ScatteringMoments(scattering, powers=(1, 2, 3)).fit(X)
    S = moments.transform(X).reshape(3, *moments.output_shape_)
    expected = np.abs(X).reshape(3, -1)
    np.testing.assert_allclose(S[:, 0, 0], np.abs(X.reshape(3, -1).mean(axis=1)), atol=ROUNDING)
    np.testing.assert_allclose(S[:, 0, 1], (expected**2).mean(axis=1), atol=1e-11)
    np.testing.assert_allclose(S[:, 0, 2], (expected**3).mean(axis=1), atol=1e-11)
    if len(shape) == 1:
        moduli = scatter(X, type(scattering)(**scattering.get_params() | {"average": None}).plan(shape))
        for i, p in enumerate((1, 2, 3)):
            np.testing.assert_allclose(S[:, 1:, i], (moduli[:, 1:] ** p).mean(axis=-1), atol=1e-11)
    np.testing.assert_allclose(moments.mean_, S.reshape(3, -1).mean(axis=0), rtol=1e-12)


def test_second_moments_are_the_power_spectrum_in_bands(rng):
    x, plan = noise(rng, 64), moments_plan(line(J=3, padding="wrap"), (2,), 64)
    spectrum = np.abs(np.fft.fft(x, norm="forward")) ** 2
    s = scatter(x, plan)[:, 0]
    for row, value in zip(plan.paths, s, strict=True):
        if row["order"] == 1:
            np.testing.assert_allclose(value, spectrum @ dense(plan.banks[0].psi[row["n1"]], 64) ** 2, rtol=1e-10)


def test_renormalized_moments_ignore_the_amplitude(rng):
    X = noise(rng, 4, 128)
    means = [ScatteringMoments(line(J=4), renormalize=True).fit(a * X) for a in (1, 1e-200j)]
    later = (means[0].paths_["order"] > 1).nonzero()[0]
    np.testing.assert_allclose(means[0].mean_[later], means[1].mean_[later], rtol=1e-10)


# ---------------------------------------------------------------------------------------------------------------
# Estimators

# All of scikit-learn's checks, except that complex data raise an error.
CHECKS = [
    pytest.param(estimator, check, id=f"{type(estimator).__name__}-{check.func.__name__}")
    for e in (line(), plane(), ScatteringMoments(plane(J=1, L=2), powers=(1, 2)))
    for estimator, check in estimator_checks_generator(e)
    if check.func.__name__ != "check_complex_data" and not is_of_another_library(check)
]


# Some checks pass data that form no square.
@pytest.mark.filterwarnings("ignore:X is flat:UserWarning")
@pytest.mark.parametrize(("estimator", "check"), CHECKS)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("wrapper", [PathScaler, CosineReduction, RotationAveraging])
def test_wrappers_of_transforms_take_complex_signals(wrapper, rng):
    X = noise(rng, 3, 8, 8)
    wrapped = wrapper(plane(J=2, L=4, average="global"))
    S = wrapped.fit_transform(X)
    np.testing.assert_array_equal(wrapped.fit(X).transform(X), S)
    assert S.shape[1] == len(set(wrapped.get_feature_names_out()))


def test_cosines_along_scales_and_angles_of_complex_images_are_orthonormal(rng):
    reduction = CosineReduction(plane(J=3, L=3), keep=1).fit(noise(rng, 2, 16, 16))
    basis = reduction.basis_
    assert basis.shape[0] == basis.shape[1] == len(reduction.transformer_.paths_)
    np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=ROUNDING)


LAYOUTS = {line: (48,), plane: (8, 9)}
each_family = pytest.mark.parametrize(("make", "shape"), LAYOUTS.items(), ids=["1-D", "2-D"])


@each_family
def test_layout_of_complex_input_does_not_matter(make, shape, rng):
    X = noise(rng, 5, *shape)
    flat = X.reshape(5, -1)
    S = make(J=1).fit_transform(X)
    np.testing.assert_array_equal(make(J=1, shape=shape).fit_transform(flat), S)
    np.testing.assert_array_equal(make(J=1).fit(X).transform(flat), S)
    np.testing.assert_array_equal(make(J=1).fit_transform(X.tolist()), S)
    np.testing.assert_array_equal(make(J=1).fit_transform(np.asfortranarray(X)), S)
    frame = pd.DataFrame(flat, columns=[f"t{i}" for i in range(flat.shape[1])])
    fitted = make(J=1, shape=shape).fit(frame)
    np.testing.assert_array_equal(fitted.transform(frame), S)
    assert list(fitted.feature_names_in_) == list(frame.columns)
    assert fitted.n_features_in_ == np.prod(shape)
    np.testing.assert_array_equal(scatter(X, fitted.plan_).reshape(5, -1), S)


@each_family
def test_channels_are_independent(make, shape, rng):
    X = noise(rng, 4, 3, *shape)
    estimator = make(J=1, channel_axis=0).fit(X)
    S = estimator.transform(X).reshape(4, *estimator.output_shape_)
    for c in range(3):
        np.testing.assert_array_equal(S[:, c].reshape(4, -1), make(J=1).fit_transform(X[:, c]))


@each_family
def test_blocks_threads_and_rows_do_not_matter(make, shape, rng, monkeypatch):
    monkeypatch.setattr("skscat._core._traversal.STEP_POINTS", 2**10)
    X = noise(rng, 20, *shape)
    scattering = make(J=1).fit(X)
    S = scattering.transform(X)
    np.testing.assert_array_equal(make(J=1, n_jobs=2).fit_transform(X), S)
    np.testing.assert_array_equal(scattering.transform(X[7:8]), S[7:8])
    for block, part in scattering.transform_blocks(X, 6):
        np.testing.assert_array_equal(part, S[block])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(scattering)).transform(X), S)


def test_read_only_input_is_not_modified(rng):
    X = noise(rng, 3, 40)
    before = X.copy()
    X.setflags(write=False)
    line(J=2).fit_transform(X)
    np.testing.assert_array_equal(X, before)


def test_feature_names_and_paths_carry_negative_frequencies(rng):
    scattering = line(J=2, max_order=1, average="global", sampling_rate=1000.0).fit(noise(rng, 2, 64))
    xi = scattering.paths_["xi1"][1:]
    np.testing.assert_allclose(xi[: len(xi) // 2], -xi[len(xi) // 2 :])
    names = [f"scattering1d_xi1={f:.6g}" for f in xi]
    assert list(scattering.get_feature_names_out()) == ["scattering1d_mean", *names]
    assert xi.min() < -300


def test_paths_of_images_cover_all_directions(rng):
    paths = plane(J=2, L=4).fit(noise(rng, 2, 16, 16)).paths_
    assert set(paths["theta1"][1:]) == set(range(8))
    assert set(paths["theta2"][paths["order"] == 2]) == set(range(4))
    np.testing.assert_allclose(np.unique(np.diff(np.unique(paths["angle1"][1:]))), np.pi / 4)


def test_parameter_takes_effect_at_the_next_fit(rng):
    X = rng.standard_normal((3, 40))
    scattering = Scattering1D(J=2).fit(X)
    S = scattering.transform(X)
    scattering.set_params(complex_input=True)
    np.testing.assert_array_equal(scattering.transform(X), S)
    with pytest.raises(ValueError, match="Complex data not supported"):
        scattering.transform(X + 0j)
    assert scattering.fit(X).transform(X + 1j).shape[1] > S.shape[1]


def test_blocks_of_complex_signals_count_two_numbers_each(rng, monkeypatch):
    X = noise(rng, 10, 32)
    scattering = line(J=2, average="global").fit(X)
    monkeypatch.setattr("skscat._transforms._base.BLOCK_BYTES", 3 * 8 * (2 * 32 + scattering.output_shape_[0]))
    assert [block.stop for block, _ in scattering.transform_blocks(X)] == [3, 6, 9, 10]


def test_deformations_of_complex_signals_move_both_parts(rng):
    n = np.arange(512)
    x = np.exp(-(((n - 256) / 60) ** 2) + 0.6j * n)[np.newaxis]
    stability = deformation_stability(line(J=5), x, sizes=(0.01, 0.02))
    # Two slopes of a bound that is linear, up to interpolation.
    np.testing.assert_allclose(stability.changes["scattering"][1] / stability.changes["scattering"][0], 2, rtol=0.2)


def test_two_sided_banks_are_drawn_at_frequencies_of_both_signs():
    display = FilterBankDisplay.from_bank(two_sided(morlet_bank_1d(64, J=2)), sampling_rate=100)
    assert display.ax_.get_xlim() == (-50, 50)
    curve = display.ax_.get_lines()[len(display.bank.psi) // 2]
    assert curve.get_xdata()[curve.get_ydata().argmax()] < -30


# ---------------------------------------------------------------------------------------------------------------
# Refusals

Z = np.ones((2, 64)) + 1j
REFUSALS = {
    "default": (
        lambda: Scattering1D(J=2).fit(Z),
        "Complex data not supported with complex_input=False. Set complex_in",
    ),
    "images": (lambda: Scattering2D(J=1).fit(Z), "Complex data not supported with complex_input=False"),
    "transform": (
        lambda: Scattering1D(J=2).fit(Z.real).transform(Z),
        "Complex data not supported with complex_input=F",
    ),
    "time-frequency": (lambda: TimeFrequencyScattering().fit(Z), "Complex data not supported\n"),
    "volumes": (lambda: HarmonicScattering3D().fit(Z), "Complex data not supported\n"),
    "NaN": (lambda: line(J=2).fit(np.where(Z.real > 0, complex(0, np.nan), Z)), "Input X contains NaN. Interpolate"),
    "infinity": (lambda: line(J=2).fit(Z * complex(np.inf, 1)), "Input X contains infinity"),
    "plan": (
        lambda: scatter(Z, Scattering1D(J=2).plan(64)),
        r"x has dtype complex128; expected float32 or float64. Plans with complex_input=True take complex signals",
    ),
    "type": (
        lambda: scatter(np.ones(64, int), line(J=2).plan(64)),
        "x has dtype int64; expected complex64, complex128, float32 or float64",
    ),
    "set_plan": (
        lambda: line(J=2).fit(Z).set_plan(Scattering1D(J=2).plan(64)),
        "plan is for real signals; expected one for complex signals",
    ),
    "two sides twice": (lambda: two_sided(two_sided(morlet_bank_1d(64, J=2))), "bank is two-sided already"),
    "normalize": (lambda: two_sided(morlet_bank_1d(64, J=2), "l2"), "normalize='l2': expected one of"),
    "solid harmonics": (lambda: two_sided(solid_harmonic_bank((8, 8, 8), J=1, L=1)), "bank has the fields"),
    "real filters": (
        lambda: FilterBank(
            (8,),
            (Filter(np.ones((1, 2)), (1,), half=True),),
            Filter(np.ones((1, 1)), (0,)),
            np.zeros(1),
            two_sided=True,
        ),
        "two_sided=True: the bank has filters that are real in space",
    ),
    "spectra": (
        lambda: ScatteringSpectra(line(J=1, padding="wrap")).fit(Z),
        r"scattering=.*: complex_input=True, but signals of ScatteringSpectra are real",
    ),
    "model": (
        lambda: MicrocanonicalModel(line(J=1, average="global")).fit(Z),
        r"representation=.*: complex_input=True, but signals of MicrocanonicalModel are real",
    ),
    "model of moments": (
        lambda: MicrocanonicalModel([ScatteringMoments(line(J=1))]).fit(Z.real),
        r"representation=.*: scattering__complex_input=True, but signals of MicrocanonicalModel are real",
    ),
    "reconstruction": (
        lambda: reconstruct(np.ones((2, 3)), line(J=1).fit(Z)),
        r"scattering=.*: complex_input=True, but signals of reconstruct are real",
    ),
    "scales": (
        lambda: ScaleAveraging(plane(J=1)).fit(Z),
        r"transformer=.*: complex_input=True, but signals of ScaleAveraging are real",
    ),
    "derivatives": (
        lambda: RectifiedDerivatives(line(J=1)).fit(Z),
        r"transformer=.*: complex_input=True, but signals of RectifiedDerivatives are real",
    ),
    "scattergram": (
        lambda: ScattergramDisplay.from_estimator(line(J=2).fit(Z), Z[0]),
        r"estimator=Scattering1D\(...\): ScattergramDisplay draws coefficients of real signals; expected comp",
    ),
}


@pytest.mark.parametrize(("call", "message"), REFUSALS.values(), ids=REFUSALS)
def test_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
