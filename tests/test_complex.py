"""Complex signals: frames over all frequencies, the definition, symmetries, gradients, amplitudes."""

import numpy as np
import oracles
import pytest
from random_plans import by_definition, errors_by_order, make_plan, random_case
from slow_scattering import scatter_slowly

from skscat import (
    Scattering1D,
    Scattering2D,
    renormalize,
    scatter,
    scatter_vjp,
)
from skscat._core import _operators as operators
from skscat.diagnostics import contraction, energy_by_order
from skscat.filters import (
    FilterBank,
    battle_lemarie_bank_1d,
    frame_bounds,
    littlewood_paley,
    morlet_bank_1d,
    morlet_bank_2d,
    two_sided,
)
from skscat.moments import ScatteringMoments
from skscat.preprocessing import (
    RotationAveraging,
)

# Grids as fine as the signal's own: nothing is subsampled before the end.
FULL = 20
PADDINGS = ("symmetric", "reflect", "wrap", "edge", "constant")
# Rounding errors of sums of some thousand terms in double precision.
ROUNDING = 1e-12


def noise(rng, *shape):
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def line(**parameters):
    return Scattering1D(complex_input=True, **parameters)


def plane(**parameters):
    return Scattering2D(complex_input=True, **parameters)


def sides(plan):
    """Rows of paths of positive and of negative first frequency, in one order, and whether a row has a frequency."""
    first = plan.paths["order"] >= 1
    if "theta1" in plan.paths.dtype.names:
        positive = plan.paths["theta1"] <= plan.banks[0].table["theta"].max() // 2
    else:
        positive = plan.paths["xi1"] > 0
    return np.flatnonzero(first & positive), np.flatnonzero(first & ~positive)


# ---------------------------------------------------------------------------------------------------------------
# Frames

BANKS = {
    "1-D": (two_sided, morlet_bank_1d(512, J=5, Q=8)),
    "1-D odd": (two_sided, morlet_bank_1d(405, J=4)),
    "1-D spline": (two_sided, battle_lemarie_bank_1d(256, J=4)),
    "2-D": (two_sided, morlet_bank_2d((48, 64), J=3, L=8)),
    "2-D, two per octave": (two_sided, morlet_bank_2d((45, 33), J=2, L=5, Q=2)),
}


@pytest.mark.parametrize(("make", "bank"), BANKS.values(), ids=BANKS)
def test_two_sided_banks_are_tight_over_all_frequencies(make, bank):
    np.testing.assert_allclose(frame_bounds(make(bank)), 1, atol=1e-6)


def test_littlewood_paley_sum_of_a_two_sided_bank_is_that_of_dense_filters():
    bank = two_sided(morlet_bank_1d(64, J=3, T=32))
    total = np.zeros(64)
    for psi in (bank.phi, *bank.psi):
        for k, value in enumerate(psi.values[0], start=psi.low[0]):
            total[k % 64] += value**2
    np.testing.assert_allclose(littlewood_paley(bank), total, atol=1e-14)


def test_one_side_alone_covers_one_sign_only():
    bank = two_sided(morlet_bank_1d(256, J=4))
    half = FilterBank(bank.grid, bank.psi[: len(bank.psi) // 2], bank.phi, bank.table, two_sided=True)
    A = littlewood_paley(half)
    # Frequencies far from zero and from the highest, where wavelets of both signs overlap.
    assert A[50:90].min() > 0.98
    assert A[-90:-50].max() < 2e-2


@pytest.mark.parametrize("bank", [morlet_bank_1d(128, J=3, Q=2), battle_lemarie_bank_1d(128, J=3)])
def test_mirror_images_are_conjugate_wavelets(bank):
    both = two_sided(bank)
    n = len(bank.psi)
    for k in range(n):
        psi, mirrored = (oracles.time_domain(dense(f, 128)) for f in (both.psi[k], both.psi[n + k]))
        np.testing.assert_allclose(mirrored, psi.conj(), atol=1e-15)
    np.testing.assert_array_equal(both.table["xi"][n:], -bank.table["xi"])


def dense(psi, n):
    out = np.zeros(n)
    for k, value in enumerate(psi.values[0], start=psi.low[0]):
        out[k % n] += value
    return out


def test_angles_of_a_two_sided_bank_point_to_the_peaks_of_its_wavelets():
    bank = two_sided(morlet_bank_2d((64, 64), J=2, L=6))
    np.testing.assert_array_equal(bank.table["theta"], np.tile(np.arange(12), 2))
    for psi, row in zip(bank.psi, bank.table, strict=True):
        peak = np.unravel_index(psi.values[0].argmax(), psi.values[0].shape)
        frequency = np.add(peak, psi.low) / 64
        direction = np.array([np.cos(row["angle"]), np.sin(row["angle"])])
        # The grid has 64 frequencies per axis.
        np.testing.assert_allclose(frequency / np.linalg.norm(frequency), direction, atol=0.1)


def test_l1_filters_keep_their_norm():
    bank = morlet_bank_1d(128, J=3, normalize="l1")
    for psi, before in zip(two_sided(bank, "l1").psi, bank.psi, strict=False):
        np.testing.assert_array_equal(psi.values, before.values)


def test_frame_bounds_of_a_transform_are_those_of_all_its_banks(rng):
    X = noise(rng, 2, 128)
    scattering = line(J=3, normalize="l1").fit(X)
    bounds = [frame_bounds(bank) for bank in scattering.plan_.banks]
    assert [bank.two_sided for bank in scattering.plan_.banks] == [True, False]
    assert scattering.frame_bounds_ == (min(b[0] for b in bounds), max(b[1] for b in bounds))
    np.testing.assert_allclose(line(J=3).fit(X).frame_bounds_, 1, atol=1e-6)


ENERGIES = {
    "1-D": (line(J=5, Q=4, padding="wrap"), (300,)),
    "1-D spline": (line(J=4, wavelet="battle_lemarie", padding="wrap"), (256,)),
    "2-D": (plane(J=2, L=6, padding="wrap"), (32, 40)),
}


@pytest.mark.parametrize(("scattering", "shape"), ENERGIES.values(), ids=ENERGIES)
def test_wavelet_transform_preserves_the_norm_of_complex_noise(scattering, shape, rng):
    x = noise(rng, 3, *shape)
    parameters = scattering.get_params()
    moduli = type(scattering)(**parameters | {"max_order": 1, "average": None}).plan(shape)
    average = type(scattering)(**parameters | {"max_order": 0, "stride": 1}).plan(shape)
    axes = tuple(range(1, 2 + len(shape)))
    energy = np.sum(scatter(x, moduli)[:, 1:] ** 2, axis=axes) + np.sum(scatter(x, average) ** 2, axis=axes)
    np.testing.assert_allclose(energy, np.sum(np.abs(x) ** 2, axis=axes[:-1]), rtol=1e-6)


def test_three_orders_hold_the_energy_of_complex_noise(rng):
    energy = energy_by_order(line(J=5, max_order=3), noise(rng, 4, 512))
    # The rest is in paths of increasing frequency: 0.05 for real white noise, too.
    assert (energy.residual[:, -1] >= -1e-6).all()
    assert energy.residual[:, -1].max() < 0.06


@pytest.mark.parametrize(("scattering", "shape"), ENERGIES.values(), ids=ENERGIES)
def test_scattering_of_complex_signals_is_nonexpansive(scattering, shape, rng):
    assert contraction(scattering, noise(rng, 6, *shape), random_state=0).ratios.max() <= 1 + 1e-6


# ---------------------------------------------------------------------------------------------------------------
# The definition

DEFINITIONS = {
    "1-D": lambda: line(J=3, Q=2, padding="wrap", oversampling=FULL).plan(48),
    "1-D odd": lambda: line(J=2, padding="wrap", oversampling=FULL).plan(45),
    "1-D l1": lambda: line(J=3, Q=(2, 2), normalize="l1", padding="symmetric", oversampling=FULL).plan(24),
    "1-D order 3": lambda: line(J=4, max_order=3, padding="wrap", oversampling=FULL).plan(64),
    "1-D spline": lambda: line(J=3, wavelet="battle_lemarie", padding="edge", oversampling=FULL).plan(20),
    "1-D many outputs": lambda: line(J=1, T=1, padding="wrap", oversampling=FULL).plan(512),
    "2-D": lambda: plane(J=2, L=3, padding="wrap", oversampling=FULL).plan((12, 16)),
    "2-D odd": lambda: plane(J=2, L=2, padding="wrap", oversampling=FULL).plan((9, 11)),
    "2-D, two per octave": lambda: plane(J=2, L=2, Q=2, padding="wrap", oversampling=FULL).plan((10, 12)),
    "2-D l1": lambda: plane(J=1, L=4, normalize="l1", padding="reflect", oversampling=FULL).plan((8, 9)),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_cascade_of_complex_signals_equals_its_definition(name, rng):
    plan = DEFINITIONS[name]()
    x = noise(rng, *plan.shape)
    np.testing.assert_allclose(scatter(x, plan), scatter_slowly(x, plan), atol=1e-10)


@pytest.mark.parametrize(("scattering", "shape"), [(line(Q=4), (300,)), (plane(L=4), (30, 34))], ids=["1-D", "2-D"])
def test_coarse_grids_are_as_accurate_as_for_real_signals(scattering, shape, rng):
    x = noise(rng, *shape)
    exact, coarse = (scatter(x, scattering.set_params(oversampling=o).plan(shape)) for o in (FULL, 0))
    # The documented error, 1e-3 in time and 1e-2 in the plane.
    assert np.linalg.norm(coarse - exact) <= {1: 1e-3, 2: 1e-2}[len(shape)] * np.linalg.norm(exact)


@pytest.mark.parametrize("padding", PADDINGS)
def test_zeroth_order_is_the_modulus_of_the_average(padding, rng):
    x = noise(rng, 50)
    plan = line(J=3, padding=padding, max_order=0, stride=3).plan(50)
    local = Scattering1D(J=3, padding=padding, max_order=0, stride=3).plan(50)
    expected = np.abs(scatter(x.real, local) + 1j * scatter(x.imag, local))
    np.testing.assert_allclose(scatter(x, plan), expected, atol=ROUNDING)
    mean = scatter(x, line(J=3, padding=padding, average="global").plan(50))[0]
    np.testing.assert_allclose(mean, np.abs(x.mean()), atol=ROUNDING)
    moduli = scatter(x, line(J=3, padding=padding, average=None).plan(50))[0]
    np.testing.assert_allclose(moduli, np.abs(x), atol=ROUNDING)


def test_global_averages_are_means_of_the_moduli(rng):
    x = noise(rng, 100)
    means = scatter(x, line(J=3, average="global", oversampling=FULL).plan(100))
    moduli = scatter(x, line(J=3, average=None).plan(100))
    np.testing.assert_allclose(means[1:], moduli[1:].mean(axis=-1), atol=ROUNDING)


@pytest.mark.parametrize(("family", "limit"), [("Scattering1D", 8e-3), ("Scattering2D", 3e-2)])
def test_random_transforms_of_complex_signals_equal_their_definition(family, limit):
    for seed in range({"Scattering1D": 20, "Scattering2D": 8}[family]):
        scattering, x = random_case(family, seed, oversampling=1)
        plan = make_plan(scattering.set_params(complex_input=True), x.shape)
        if plan is not None:
            y = np.random.default_rng(seed).permutation(x.ravel()).reshape(x.shape)
            x = (x + 1j * y).astype(np.result_type(x, np.complex64))
            # Ten times the errors of most transforms at this oversampling, see test_fuzz.py.
            assert np.nanmax(errors_by_order(scatter(x, plan), by_definition(x, plan), x, plan)) < limit, seed


# ---------------------------------------------------------------------------------------------------------------
# Symmetries

SYMMETRIC = {
    "1-D": (line(J=4, Q=2), (100,)),
    "1-D third order": (line(J=4, max_order=3, average="global"), (100,)),
    "1-D l1": (line(J=4, Q=4, normalize="l1", padding="constant"), (100,)),
    "1-D moduli": (line(J=3, average=None, padding="edge"), (60,)),
    "2-D": (plane(J=2, L=3), (20, 24)),
    "2-D l1": (plane(J=2, L=4, Q=2, normalize="l1", average="global"), (20, 24)),
}
each_symmetric = pytest.mark.parametrize(("scattering", "shape"), SYMMETRIC.values(), ids=SYMMETRIC)


@each_symmetric
def test_conjugation_swaps_the_signs_of_frequencies(scattering, shape, rng):
    plan, x = scattering.plan(shape), noise(rng, *shape)
    positive, negative = sides(plan)
    s, conjugate = scatter(x, plan), scatter(x.conj(), plan)
    np.testing.assert_allclose(conjugate[negative], s[positive], atol=ROUNDING)
    np.testing.assert_allclose(conjugate[positive], s[negative], atol=ROUNDING)
    np.testing.assert_allclose(conjugate[0], s[0], atol=ROUNDING)


@each_symmetric
def test_real_signals_give_the_coefficients_of_the_real_transform_on_both_sides(scattering, shape, rng):
    plan, x = scattering.plan(shape), rng.standard_normal(shape)
    real = type(scattering)(**scattering.get_params() | {"complex_input": False}).plan(shape)
    positive, negative = sides(plan)
    # Each side of a tight bank holds half the energy; wavelets of unit l1 norm are the same.
    factor = np.sqrt(0.5) if scattering.normalize == "tight" else 1.0
    s, expected = scatter(x, plan), scatter(x, real)
    first = np.sort(expected[1:], axis=0)
    np.testing.assert_allclose(s[positive], s[negative], atol=ROUNDING)
    np.testing.assert_allclose(np.sort(s[positive], axis=0), factor * first, atol=ROUNDING)
    np.testing.assert_allclose(s[0], np.abs(expected[0]), atol=ROUNDING)


def test_sides_of_real_signals_are_those_paths_of_the_real_transform(rng):
    plan, x = line(J=4, Q=2).plan(100), rng.standard_normal(100)
    real = Scattering1D(J=4, Q=2).plan(100)
    s, expected = scatter(x, plan), scatter(x, real)
    positive, negative = sides(plan)
    for name in ("xi1", "xi2", "sigma1", "n2"):
        np.testing.assert_array_equal(plan.paths[name][positive], real.paths[name][1:])
    np.testing.assert_array_equal(plan.paths["xi1"][negative], -real.paths["xi1"][1:])
    np.testing.assert_allclose(s[positive], np.sqrt(0.5) * expected[1:], atol=ROUNDING)


def test_real_arrays_are_complex_ones_without_imaginary_part(rng):
    X = rng.standard_normal((3, 64))
    scattering = line(J=3).fit(X)
    np.testing.assert_array_equal(scattering.transform(X), scattering.transform(X.astype(complex)))
    np.testing.assert_array_equal(scatter(X, scattering.plan_).reshape(3, -1), scattering.transform(X))
    np.testing.assert_array_equal(scattering.transform((100 * X).astype(int)), scattering.transform(np.trunc(100 * X)))


@each_symmetric
def test_a_constant_phase_changes_nothing(scattering, shape, rng):
    plan, x = scattering.plan(shape), noise(rng, *shape)
    np.testing.assert_allclose(scatter(np.exp(2.1j) * x, plan), scatter(x, plan), atol=ROUNDING)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_shift_in_frequency_moves_the_energy_to_the_path_there(sign):
    plan, n = line(J=5, average="global", padding="wrap").plan(512), np.arange(512)
    envelope = np.exp(-(((n - 256) / 60) ** 2))
    first = plan.paths["order"] == 1
    # Wavelets of higher and lower frequencies reach the other side.
    for k in np.flatnonzero(first & (np.abs(sign * plan.paths["xi1"] - 0.15) < 0.1)):
        s = scatter(envelope * np.exp(2j * np.pi * plan.paths["xi1"][k] * n), plan)
        assert np.argmax(np.where(first, s, 0)) == k
        opposite = first & (sign * plan.paths["xi1"] < 0)
        # The tails of Gaussian wavelets.
        assert np.sum(s[opposite] ** 2) < 1e-3 * np.sum(s[first] ** 2)


@pytest.mark.parametrize(
    ("scattering", "shape"), [(line(J=3), (96,)), (plane(J=2, L=3), (16, 24))], ids=["1-D", "2-D"]
)
def test_a_shift_by_one_output_sample_shifts_the_outputs(scattering, shape, rng):
    plan, x = scattering.set_params(padding="wrap").plan(shape), noise(rng, *shape)
    shifted = scatter(np.roll(x, plan.stride[0], axis=-1), plan)
    np.testing.assert_allclose(shifted, np.roll(scatter(x, plan), 1, axis=-1), atol=ROUNDING)


def test_rotations_of_complex_images_shift_the_angles(rng):
    X = noise(rng, 3, 32, 32)
    averaging = RotationAveraging(plane(J=3, L=4, average="global", padding="wrap")).fit(X)
    paths = averaging.transformer_.paths_
    assert paths["theta1"].max() == 7
    assert paths["theta2"].max() == 3
    S, rotated = averaging.transform(X), averaging.transform(np.rot90(X, axes=(1, 2)))
    # As for real images, up to the errors of coarse grids.
    assert np.abs(rotated - S).max() < 1e-3 * S.max()
    np.testing.assert_allclose(averaging.weights_.sum(axis=1), 1)


# ---------------------------------------------------------------------------------------------------------------
# Gradients

GRADIENTS = {
    "1-D": lambda: line(J=3, Q=2).plan(37),
    "1-D order 3": lambda: line(J=4, max_order=3, padding="edge").plan(40),
    "1-D global": lambda: line(J=3, average="global", normalize="l1").plan(37),
    "1-D moduli": lambda: line(J=2, average=None, padding="constant").plan(19),
    "1-D reflect": lambda: line(J=2, padding="reflect").plan(23),
    "1-D many outputs": lambda: line(J=1, T=1, max_order=1, padding="wrap").plan(256),
    "1-D stride does not divide": lambda: line(J=2, padding="wrap").plan(30),
    "1-D powers": lambda: moments_plan(line(J=2), (1, 2, 3, 0.5), 21),
    "2-D": lambda: plane(J=2, L=3).plan((9, 8)),
    "2-D odd": lambda: plane(J=1, L=2, padding="wrap").plan((7, 9)),
    "2-D many outputs": lambda: plane(J=1, L=2, T=1, max_order=1, padding="wrap").plan((16, 15)),
}


def moments_plan(scattering, powers, length):
    return ScatteringMoments(scattering, powers=powers).fit(np.ones((1, length))).plan_


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient_holds_the_derivatives_by_real_and_imaginary_parts(name, rng):
    plan = GRADIENTS[name]()
    x = noise(rng, *plan.shape)
    g = rng.standard_normal(scatter(x, plan).shape)

    def weighted(parts):
        return (g * scatter(parts[:, 0] + 1j * parts[:, 1], plan)).reshape(len(parts), -1).sum(axis=1)

    expected = oracles.numerical_gradient(weighted, np.stack([x.real, x.imag]))
    gradient = scatter_vjp(x, g, plan)
    # Central differences of step 1e-6 carry an error of about 1e-9.
    tolerance = 1e-6 * np.abs(expected).max()
    np.testing.assert_allclose(gradient, expected[0] + 1j * expected[1], rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("low", "high", "size"), [((-3,), (5,), (8,)), ((-9,), (9,), (8,)), ((-2, -6), (3, 6), (6, 5))]
)
def test_spectra_of_complex_signals_have_their_adjoint(low, high, size, rng):
    u = noise(rng, 2, *size)
    u_hat = operators.spectrum(u, low, high)
    g = noise(rng, *u_hat.shape)
    back = operators.spectrum_adjoint(g, low, high, size, is_complex=True)
    np.testing.assert_allclose(np.vdot(u_hat, g).real, np.vdot(u, back).real, atol=ROUNDING)


@pytest.mark.parametrize("size", [(8,), (6, 5)])
def test_spectra_of_complex_signals_are_fourier_coefficients(size, rng):
    u = noise(rng, *size)
    low, high = tuple(-n for n in size), tuple(size)
    u_hat = operators.spectrum(u, low, high)
    expected = np.fft.fftn(u, norm="forward")
    index = np.ix_(*(np.arange(-n, n + 1) % n for n in size))
    np.testing.assert_allclose(u_hat, expected[index], atol=ROUNDING)


def test_estimators_have_the_gradient_of_their_plan_in_the_layout_of_the_signals(rng):
    X = noise(rng, 3, 24, 2)
    scattering = line(J=2, channel_axis=-1).fit(X)
    weights = rng.standard_normal(scattering.transform(X).shape)
    expected = scatter_vjp(np.moveaxis(X, 2, 1), weights.reshape(3, *scattering.output_shape_), scattering.plan_)
    gradient = scattering.gradient(X, weights)
    np.testing.assert_array_equal(gradient, np.moveaxis(expected, 1, 2).reshape(3, -1))
    by_parts = scattering.gradient(X, lambda s, index: weights[index])
    np.testing.assert_allclose(by_parts, gradient, atol=ROUNDING)


# ---------------------------------------------------------------------------------------------------------------
# Amplitude and precision


@pytest.mark.parametrize(("scattering", "shape"), [(line(J=4, Q=4), 200), (plane(J=2, L=4), (40, 30))])
def test_single_precision_follows_double(scattering, shape, rng):
    plan = scattering.plan(shape)
    x = noise(rng, 3, *plan.shape)
    single, double = scatter(x.astype(np.complex64), plan), scatter(x, plan)
    assert single.dtype == np.float32
    assert double.dtype == np.float64
    # 24 bits, through transforms of some hundred points.
    np.testing.assert_allclose(single, double, atol=2e-6 * np.abs(double).max())
    gradient = scatter_vjp(x.astype(np.complex64), single, plan)
    assert gradient.dtype == np.complex64


@pytest.mark.parametrize(
    ("given", "returned"), [("c8", "f4"), ("c16", "f8"), ("f4", "f4"), ("f8", "f8"), ("i4", "f8")]
)
def test_transforms_return_real_numbers_in_the_precision_of_the_signals(given, returned, rng):
    X = (10 * rng.standard_normal((2, 32))).astype(given)
    assert line(J=2).fit_transform(X).dtype == np.dtype(returned)


@pytest.mark.parametrize("exponent", [-500, 500])
@pytest.mark.parametrize("renormalized", [False, True])
def test_amplitudes_whose_squares_do_not_fit_give_the_same_coefficients(exponent, renormalized, rng):
    x = noise(rng, 2, 100)
    far = np.ldexp(x.real, exponent) + 1j * np.ldexp(x.imag, exponent)
    scattering = line(J=3, renormalize=renormalized).fit(x)
    degree = 0 if renormalized else exponent
    s, expected = (scattering.transform(v).reshape(2, *scattering.output_shape_) for v in (far, x))
    np.testing.assert_array_equal(s[:, 1:], np.ldexp(expected[:, 1:], degree))
    np.testing.assert_array_equal(s[:, 0], np.ldexp(expected[:, 0], exponent))
    if not renormalized:
        g = rng.standard_normal(s.shape)
        gradient = scatter_vjp(far, g, scattering.plan_)
        # Gradients of functions of degree one do not depend on the amplitude.
        np.testing.assert_array_equal(gradient, scatter_vjp(x, g, scattering.plan_))


def test_amplitude_is_that_of_the_larger_part(rng):
    x = 1e-200 * rng.standard_normal(64) + 1e200j * rng.standard_normal(64)
    plan = line(J=2).plan(64)
    np.testing.assert_allclose(scatter(x, plan), 1e200 * scatter(1j * (x.imag / 1e200), plan), rtol=1e-10)


@pytest.mark.parametrize("value", [1.7 - 0.3j, 2.3j, -1e-300 + 0j, 0j])
def test_constant_signals_have_no_coefficients_but_the_zeroth(value):
    s = scatter(np.full(100, value), line(J=4, Q=2).plan(100))
    assert not s[1:].any()
    np.testing.assert_allclose(s[0], np.abs(value), rtol=ROUNDING)


def test_signals_with_one_constant_part_are_not_constant(rng):
    x = rng.standard_normal(100)
    plan = line(J=3).plan(100)
    for signal in (x + 5j, 5 + 1j * x):
        np.testing.assert_allclose(scatter(signal, plan)[1:], scatter(x, plan)[1:], atol=ROUNDING)


def test_renormalized_coefficients_depend_on_neither_amplitude_nor_phase(rng):
    x = noise(rng, 3, 200)
    scattering = line(J=4, renormalize=True).fit(x)
    s, t = (scattering.transform(v).reshape(3, *scattering.output_shape_)[:, 1:] for v in (x, 3j * x))
    np.testing.assert_allclose(s, t, atol=1e-10)
    plan = scattering.plan_
    np.testing.assert_allclose(renormalize(scatter(x, plan), x, plan)[:, 1:], s, atol=ROUNDING)
    first = plan.paths["order"] == 1
    amplitude = scatter(np.abs(x), Scattering1D(J=4, max_order=0).plan(200))
    np.testing.assert_allclose(s[:, first[1:]], scatter(x, plan)[:, first] / amplitude, rtol=1e-4)
