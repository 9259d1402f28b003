"""Signals of any amplitude: float32 gives what float64 gives, and powers of two pass through homogeneous maps."""

import numpy as np
import pytest
from graph_cases import ring
from numpy.testing import assert_allclose, assert_array_equal

from skscat import (
    GraphScattering,
    HaarScattering,
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
    renormalize,
    scatter,
    scatter_vjp,
)
from skscat.diagnostics import contraction, discrimination, energy_by_order, translation_stability
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.physics import FourierInvariants, ScatteringInvariants, WaveletInvariants
from skscat.preprocessing import PathScaler, ScaleAveraging
from skscat.synthesis import MicrocanonicalModel, ScatteringDenoiser, ScatteringInpainter, reconstruct

TRANSFORMS = {
    "1d": (Scattering1D(J=3), (2, 100)),
    "2d": (Scattering2D(J=2, L=3), (2, 12, 10)),
    "time-frequency": (TimeFrequencyScattering(J=3, Q=2), (2, 128)),
    "spiral": (SpiralScattering(J=4, Q=4), (2, 128)),
    "roto-translation": (RotoTranslationScattering2D(J=2, L=3), (2, 12, 12)),
    "3d": (HarmonicScattering3D(J=1, L=2), (2, 8, 8, 8)),
    "3d, high powers": (HarmonicScattering3D(J=1, L=2, powers=(1, 2.5, 7)), (2, 8, 8, 8)),
    "3d, local": (HarmonicScattering3D(J=1, L=2, average="local"), (2, 8, 8, 8)),
    "haar": (HaarScattering(n_layers=3, random_state=0), (2, 16)),
    "graph": (GraphScattering(ring, J=3, average="local"), (2, 16)),
}
FAMILIES = [pytest.param(*case, id=name) for name, case in TRANSFORMS.items()]
RENORMALIZED = [pytest.param(*case, id=name) for name, case in TRANSFORMS.items() if name not in ("haar", "graph")]
# Gravitational strain, and quantities in SI units; the last two leave little room in float32.
AMPLITUDES = (1e-23, 1e-21, 8e28, 1e-36, 1e36)
each_amplitude = pytest.mark.parametrize("amplitude", AMPLITUDES)
# float64 at about 1e-165 and 1e155.
each_exponent = pytest.mark.parametrize("exponent", [-548, 515])
# Results that do not fit their precision are infinite, with a warning of NumPy.
may_overflow = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")


def assert_equal_where_it_fits(single, double, rtol):
    """Check float32 results against those of float64, where these are normal float32 numbers."""
    assert single.dtype == np.float32
    magnitude, limits = np.abs(double), np.finfo(np.float32)
    fits = (magnitude > limits.tiny) & (magnitude < limits.max)
    assert fits.any()
    assert_allclose(single[fits], double[fits], rtol=rtol)


def moments(X, **parameters):
    return ScatteringMoments(Scattering1D(J=3), powers=(1, 2, 3), **parameters).fit(X)


def spectra(X):
    return ScatteringSpectra(Scattering1D(J=3, Q=1, padding="wrap")).fit(X)


@may_overflow
@each_amplitude
@pytest.mark.parametrize(("scattering", "shape"), FAMILIES)
def test_coefficients_of_float32_are_those_of_float64(scattering, shape, amplitude, rng):
    x = (amplitude * rng.standard_normal(shape)).astype(np.float32)
    single, double = (scattering.fit(v).transform(v) for v in (x, x.astype(np.float64)))
    # Rounding errors are relative to the signal, and some coefficients are a thousandth of it.
    assert_equal_where_it_fits(single, double, rtol=1e-3)


@may_overflow
@each_exponent
@pytest.mark.parametrize(("scattering", "shape"), FAMILIES)
def test_coefficients_are_homogeneous_at_any_amplitude(scattering, shape, exponent, rng):
    x = rng.standard_normal(shape)
    s, t = (scattering.fit(x).transform(v) for v in (x, np.ldexp(x, exponent)))
    powers = getattr(getattr(scattering, "plan_", None), "powers", None) or (1,)
    with np.errstate(under="ignore"):
        for p, a, b in zip(powers, *(np.moveaxis(v.reshape(-1, len(powers)), 1, 0) for v in (s, t)), strict=True):
            if abs(p * exponent) < 900:
                # Square roots of odd powers of two, and powers that are not whole, are rounded.
                assert_allclose(b / 2.0 ** (p * exponent), a, rtol=1e-13)


@pytest.mark.parametrize("exponent", [-548, -400, 300, 516])
@pytest.mark.parametrize(("scattering", "shape"), RENORMALIZED)
def test_renormalized_coefficients_do_not_depend_on_the_amplitude(scattering, shape, exponent, rng):
    x = rng.standard_normal(shape)
    scattering = type(scattering)(**{**scattering.get_params(), "renormalize": True}).fit(x)
    later = np.repeat(scattering.paths_["order"] > 0, np.prod(scattering.plan_.path_shape, dtype=int))
    with np.errstate(over="ignore"):
        s, t = (scattering.transform(v)[:, later] for v in (x, np.ldexp(x, exponent)))
    assert_allclose(t, s, rtol=1e-13)


@may_overflow
@each_amplitude
def test_renormalized_coefficients_of_float32_are_those_of_float64(amplitude, rng):
    x = (amplitude * rng.random((2, 8, 8, 8))).astype(np.float32)
    scattering = HarmonicScattering3D(J=1, L=2, renormalize=True).fit(x)
    assert_equal_where_it_fits(scattering.transform(x), scattering.transform(x.astype(np.float64)), rtol=1e-4)


@pytest.mark.parametrize("exponent", [-500, 400])
def test_given_coefficients_are_renormalized_at_any_amplitude(exponent, rng):
    x = rng.standard_normal((3, 64))
    plan = Scattering1D(J=3).plan(64)
    expected = renormalize(scatter(x, plan), x, plan)
    y = np.ldexp(x, exponent)
    found = renormalize(scatter(y, plan), y, plan)
    first = plan.paths["order"] > 0
    assert_array_equal(found[:, first], expected[:, first])


@pytest.mark.parametrize("amplitude", [1e-21, 8e28])
@pytest.mark.parametrize("as_function", [False, True], ids=["array", "function"])
@pytest.mark.parametrize("power", [0, 1, 2, 3])
def test_gradients_of_float32_are_those_of_float64(amplitude, as_function, power, rng):
    x = (amplitude * rng.random((2, 6, 6, 6))).astype(np.float32)
    plan = HarmonicScattering3D(J=0, L=1).plan((6, 6, 6))
    # Weights that fit float64 only, of gradients that fit float32.
    weights = rng.standard_normal((2, len(plan.paths), 4)) * (np.arange(4) == power)
    weights *= 1e3 * amplitude ** (1 - plan.powers[power])
    g = (lambda s, rows, paths: weights[rows][:, paths]) if as_function else weights
    with np.errstate(over="ignore"):
        single, double = (scatter_vjp(v, g, plan) for v in (x, x.astype(np.float64)))
    assert_allclose(single, double, rtol=1e-3, atol=1e-5 * np.abs(double).max())


@may_overflow
@pytest.mark.parametrize("amplitude", [1e-23, 8e28])
def test_weighing_functions_see_the_outputs_of_the_signals(amplitude, rng):
    x = (amplitude * rng.random((2, 6, 6, 6))).astype(np.float32)
    plan = HarmonicScattering3D(J=0, L=1).plan((6, 6, 6))
    expected = scatter(x, plan)

    def weigh(s, rows, paths):
        assert_allclose(s, expected[rows][:, paths], rtol=1e-5)
        return np.zeros_like(s)

    assert_array_equal(scatter_vjp(x, weigh, plan), 0)


def test_no_signals_have_no_coefficients():
    plan = HarmonicScattering3D(J=0, L=1).plan((6, 6, 6))
    x = np.zeros((0, 6, 6, 6))
    s = scatter(x, plan)
    assert s.shape == renormalize(s, x, plan).shape == (0, len(plan.paths), 4)
    assert scatter_vjp(x, s, plan).shape == x.shape


@may_overflow
@each_amplitude
def test_moments_of_float32_are_those_of_float64(amplitude, rng):
    x = (amplitude * rng.standard_normal((3, 100))).astype(np.float32)
    single, double = moments(x), moments(x.astype(np.float64))
    assert_allclose(single.mean_, double.mean_, rtol=1e-4)
    assert_allclose(single.standard_error_, double.standard_error_, rtol=1e-2)
    assert_equal_where_it_fits(single.transform(x), double.transform(x.astype(np.float64)), rtol=1e-3)


@each_exponent
def test_renormalized_moments_do_not_depend_on_the_amplitude(exponent, rng):
    x = rng.standard_normal((4, 100))
    y = np.ldexp(x, exponent)
    with np.errstate(over="ignore"):
        at_one, far = (moments(v, renormalize=True) for v in (x, y))
        far.partial_fit(y[:2])
        S, T = at_one.transform(x), far.transform(y)
    at_one.partial_fit(x[:2])
    later = np.repeat(at_one.paths_["order"] > 1, 3)
    assert_allclose(far.mean_[later], at_one.mean_[later], rtol=1e-13)
    assert_allclose(far.standard_error_[later], at_one.standard_error_[later], rtol=1e-13)
    assert_allclose(T[:, later], S[:, later], rtol=1e-13)


@each_exponent
def test_standard_errors_are_proportional_to_the_amplitude(exponent, rng):
    x = rng.standard_normal((4, 100))
    at_one, far = (ScatteringMoments(Scattering1D(J=3)).fit(v) for v in (x, np.ldexp(x, exponent)))
    assert_allclose(np.ldexp(far.standard_error_, -exponent), at_one.standard_error_, rtol=1e-13)


@each_amplitude
def test_spectra_of_float32_are_those_of_float64(amplitude, rng):
    x = (amplitude * rng.standard_normal((2, 128))).astype(np.float32)
    y = x.astype(np.float64)
    single, double = spectra(x), spectra(y)
    assert_allclose(single.sigma_, double.sigma_, rtol=1e-5)
    assert_allclose(single.transform(x), double.transform(y), rtol=1e-3, atol=1e-5)
    weights = amplitude * rng.standard_normal((2, double.kinds_.size))
    slope = double.gradient(y, weights)
    assert_allclose(single.gradient(x, weights), slope, rtol=1e-3, atol=1e-4 * np.abs(slope).max())


@each_exponent
def test_spectra_do_not_depend_on_the_amplitude(exponent, rng):
    x = rng.standard_normal((2, 128))
    y = np.ldexp(x, exponent)
    assert_allclose(spectra(y).transform(y), spectra(x).transform(x), rtol=1e-12)


@each_amplitude
@pytest.mark.parametrize("norm", ["max", "std"])
def test_scales_of_float32_are_those_of_float64(norm, amplitude, rng):
    x = (amplitude * rng.standard_normal((5, 100))).astype(np.float32)
    single, double = (PathScaler(Scattering1D(J=3), norm).fit(v).scale_ for v in (x, x.astype(np.float64)))
    assert_equal_where_it_fits(single, double, rtol=1e-5)


@each_exponent
@pytest.mark.parametrize("norm", ["max", "std"])
def test_scaled_paths_do_not_depend_on_the_amplitude(norm, exponent, rng):
    x = rng.standard_normal((5, 100))
    scaler = PathScaler(Scattering1D(J=3), norm)
    assert_allclose(scaler.fit_transform(np.ldexp(x, exponent)), scaler.fit_transform(x), rtol=1e-12)


@pytest.mark.parametrize("amplitude", [1e-21, 1e-19, 8e18])
@pytest.mark.parametrize("kind", [WaveletInvariants, ScatteringInvariants, FourierInvariants])
def test_invariants_of_float32_are_those_of_float64(kind, amplitude, rng):
    x = (amplitude * rng.random((2, 32, 32))).astype(np.float32)
    parameters = {} if kind is FourierInvariants else {"L": 3, "J": 2}
    with np.errstate(over="ignore"):
        single, double = (kind(**parameters).fit(v).transform(v) for v in (x, x.astype(np.float64)))
    # Sums over pixels fit where their means do not.
    assert_equal_where_it_fits(single, double, rtol=1e-3)


@each_exponent
def test_learned_pairs_do_not_depend_on_the_amplitude(exponent, rng):
    x = rng.standard_normal((20, 16))
    parameters = {"n_layers": 2, "pairing": "learned", "criterion": "l2"}
    at_one, far = (HaarScattering(**parameters, random_state=0).fit(v) for v in (x, np.ldexp(x, exponent)))
    for a, b in zip(at_one.pairings_[0], far.pairings_[0], strict=True):
        assert_array_equal(a, b)


def test_images_near_the_largest_number_are_downsampled(rng):
    x = (1e37 * rng.random((1, 64, 64))).astype(np.float32)
    averaging = ScaleAveraging(Scattering2D(J=1, L=2, average="global"), scales=(1, 2))
    single, double = (averaging.fit(v).transform(v) for v in (x, x.astype(np.float64)))
    assert_allclose(single, double, rtol=1e-3)


@each_exponent
def test_measures_do_not_depend_on_the_amplitude(exponent, rng):
    scattering, x = Scattering1D(J=3), rng.standard_normal((4, 64))

    def measures(x):
        yield from energy_by_order(scattering, x)
        yield contraction(scattering, x, random_state=0).ratios
        yield translation_stability(scattering, x, shifts=(1, 2)).changes["scattering"]
        yield discrimination(scattering, x[:1], x).ratios

    for far, at_one in zip(measures(np.ldexp(x, exponent)), measures(x), strict=True):
        assert_allclose(far, at_one, rtol=1e-10, atol=1e-13)


@each_exponent
def test_distances_are_proportional_to_the_amplitude(exponent, rng):
    x = rng.standard_normal((4, 64))
    at_one, far = (contraction(Scattering1D(J=3), v, random_state=0).distances for v in (x, np.ldexp(x, exponent)))
    assert_allclose(np.ldexp(far, -exponent), at_one)


@pytest.mark.parametrize("exponent", [-548, -70, 40, 515])
def test_signals_are_reconstructed_at_any_amplitude(exponent):
    x = np.sin(np.arange(128) ** 2 / 150)[np.newaxis]
    scattering = Scattering1D(J=2).fit(x)
    S = scattering.transform(x)
    y = reconstruct(np.ldexp(S, exponent), scattering, random_state=0, max_iter=60)
    error = np.linalg.norm(scattering.transform(np.ldexp(y, -exponent)) - S)
    assert error < 0.1 * np.linalg.norm(S)


@each_exponent
def test_models_do_not_depend_on_the_amplitude(exponent, rng):
    x = rng.standard_normal((1, 2, 64))
    representation = ScatteringMoments(Scattering1D(J=3, padding="wrap"), powers=(1, 2))
    at_one, far = (
        MicrocanonicalModel(representation, max_iter=3).fit(v).sample(random_state=0)
        for v in (x, np.ldexp(x, exponent))
    )
    assert_allclose(np.ldexp(far, -exponent), at_one, rtol=1e-12)


@each_exponent
def test_denoising_and_filled_gaps_do_not_depend_on_the_amplitude(exponent, rng):
    x, noise = rng.standard_normal((1, 2, 64)).cumsum(axis=-1), rng.standard_normal((5, 2, 64))
    gaps = x.copy()
    gaps[..., 20:25] = np.nan
    scattering = Scattering1D(J=3, padding="wrap", nan_policy="omit", average="global")
    denoiser = ScatteringDenoiser(scattering, n_rounds=1, max_steps=3, random_state=0)
    inpainter = ScatteringInpainter(scattering, max_steps=3, random_state=0)
    at_one, far = (
        (denoiser.fit(unit * noise).transform(unit * x), inpainter.fit_transform(unit * gaps))
        for unit in (1.0, np.ldexp(1.0, exponent))
    )
    for a, b in zip(at_one, far, strict=True):
        assert_allclose(np.ldexp(b, -exponent), a, rtol=1e-9, atol=1e-9)
