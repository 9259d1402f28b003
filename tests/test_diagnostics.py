"""The theorems of scattering, as the library measures them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skscat import Scattering1D, Scattering2D
from skscat.datasets import load_images_sample
from skscat.diagnostics import (
    contraction,
    deformation_stability,
    discrimination,
    energy_by_order,
    random_displacement,
    translation_stability,
    warp,
)
from skscat.filters import littlewood_paley
from skscat.moments import ScatteringMoments
from skscat.synthesis import GaussianTexture


@pytest.fixture(scope="module")
def images():
    """Everyday scenes and surfaces."""
    return load_images_sample().images[:6, 64:128, 64:128].astype(float)


@pytest.fixture
def signals(images, rng):
    """Images for transforms of images, noise for transforms of signals in time."""
    return {Scattering2D: images, Scattering1D: rng.standard_normal((6, 512))}


@pytest.mark.parametrize("scattering", [Scattering2D(J=3, max_order=3), Scattering1D(J=5, max_order=3)])
def test_energy_ends_in_the_averages(scattering, signals):
    """Mallat (2012), theorem 2.6: what is left goes to zero, and is never negative."""
    energy = energy_by_order(scattering, signals[type(scattering)])
    # Grids that are just fine enough change energies by up to 1e-2.
    assert np.all(energy.residual > -1e-2)
    assert np.all(np.diff(energy.residual, axis=1) <= 0)
    assert np.all(energy.shares[:, 2:] < 0.6 * energy.shares[:, 1:-1])
    # The paths that are left out hold the rest.
    assert np.all(energy.residual[:, -1] < 0.05)
    assert_allclose(energy.shares.sum(axis=1) + energy.residual[:, -1], 1)


def test_residual_is_the_energy_of_the_next_moduli(images):
    X = images[:2]
    moduli = Scattering2D(J=3, max_order=1, average=None, padding="wrap").fit(X)
    u = moduli.transform(X).reshape(2, -1, *X.shape[1:])[:, 1:]
    expected = np.sum(u**2, axis=(1, 2, 3)) / np.sum(X**2, axis=(1, 2))
    assert_allclose(energy_by_order(Scattering2D(J=3, max_order=0), X).residual[:, 0], expected, rtol=1e-5)


def test_energy_counts_channels_together(rng):
    X = rng.standard_normal((3, 2, 256))
    shares = energy_by_order(Scattering1D(J=4), X).shares
    parts = [energy_by_order(Scattering1D(J=4), X[:, c]).shares for c in (0, 1)]
    weights = [np.sum(X[:, c] ** 2, axis=1) / np.sum(X**2, axis=(1, 2)) for c in (0, 1)]
    assert_allclose(shares, sum(w[:, np.newaxis] * p for w, p in zip(weights, parts, strict=True)))


@pytest.mark.parametrize("scattering", [Scattering2D(J=3), Scattering1D(J=5, Q=4)])
def test_scattering_contracts(scattering, signals):
    """Mallat (2012), proposition 2.5."""
    X = signals[type(scattering)]
    measured = contraction(scattering, X, random_state=0)
    assert measured.ratios.max() <= 1 + 1e-6
    assert len(measured.ratios) == len(X) * (len(X) + 1) // 2


def test_conventional_filters_need_not_contract():
    """A wave gains energy where the Littlewood-Paley sum of usual Morlet wavelets in the plane exceeds one."""
    scattering = Scattering2D(J=4, normalize="l1", padding="wrap")
    sums = littlewood_paley(scattering.plan((64, 64)).banks[0])
    assert sums.max() > 1.03
    rows, columns = np.mgrid[:64, :64]
    a, b = np.unravel_index(sums.argmax(), sums.shape)
    wave = np.cos(2 * np.pi * (a * rows + b * columns) / 64)
    assert contraction(scattering, np.stack([wave, 2 * wave]), random_state=0).ratios.max() > 1.01


def test_shifts_cost_in_proportion_to_the_scale(images):
    """Mallat (2012), theorem 2.10: the change falls with J. Constants as measured on natural images."""
    X = images - images.mean(axis=(1, 2), keepdims=True)
    shifts = np.array([1, 2, 4])
    coarse, fine = (translation_stability(Scattering2D(J=J), X, shifts).changes for J in (4, 2))
    assert np.all(coarse["scattering"] <= 2 * shifts / 2**4)
    assert np.all(coarse["scattering"] < 0.7 * fine["scattering"])
    assert np.all(coarse["scattering"] < 0.3 * coarse["signal"])


def test_fourier_moduli_do_not_see_shifts(rng):
    changes = translation_stability(Scattering1D(J=4), rng.standard_normal((3, 256)), (3, 50)).changes
    assert_allclose(changes["Fourier modulus"], 0, atol=1e-12)


def test_dilations_cost_in_proportion_where_fourier_moduli_break():
    """Mallat (2012), theorem 2.12: linear in the size of the gradient."""
    t = np.arange(2048) - 1024
    x = (np.exp(-((t / 400) ** 2) / 2) * np.cos(0.4 * np.pi * t))[np.newaxis]
    sizes = np.array([0.005, 0.01, 0.02, 0.04])
    changes = deformation_stability(Scattering1D(J=6), x, sizes).changes
    assert np.all(changes["scattering"] <= 4 * sizes)
    assert changes["Fourier modulus"][1] > 10 * changes["scattering"][1]


@pytest.mark.parametrize("kind", ["dilation", "random"])
def test_deformations_of_images_cost_in_proportion(kind, images):
    sizes = np.array([0.01, 0.02, 0.04])
    changes = deformation_stability(Scattering2D(J=4), images, sizes, deformation=kind, random_state=0).changes[
        "scattering"
    ]
    assert np.all(changes <= 4 * sizes)
    # Linear: the change per size is nearly constant.
    assert np.ptp(changes / sizes) < 0.5 * np.max(changes / sizes)


def test_a_dilation_is_that_of_the_function():
    t = np.arange(1024) - 511.5
    measured = deformation_stability(Scattering1D(J=4), np.cos(t / 9)[np.newaxis], (0.02,)).changes["signal"]
    expected = np.linalg.norm(np.cos(0.98 * t / 9) - np.cos(t / 9)) / np.linalg.norm(np.cos(t / 9))
    # Splines of order five at 56 samples per period.
    assert_allclose(measured, expected, rtol=1e-6)


def test_deformed_signals_are_sampled_elsewhere():
    u = np.indices((64, 48)).astype(float)
    tau = 0.5 * random_displacement((64, 48), random_state=0)
    x = np.cos(2 * np.pi * u[0] / 32) + np.sin(2 * np.pi * u[1] / 24)
    y = np.cos(2 * np.pi * (u - tau)[0] / 32) + np.sin(2 * np.pi * (u - tau)[1] / 24)
    # Mirrored at the border, the waves have another phase.
    inside = (slice(16, -16),) * 2
    assert_allclose(warp(np.stack([x, 2 * x]), tau)[1][inside], 2 * y[inside], atol=1e-4)


@pytest.mark.parametrize("shape", [(100,), (32, 48), (12, 16, 20)])
def test_random_displacements_have_a_gradient_of_norm_one(shape):
    tau = random_displacement(shape, random_state=3)
    axes = range(1, 1 + len(shape))
    jacobian = np.stack([(np.roll(tau, -1, a) - np.roll(tau, 1, a)) / 2 for a in axes], axis=-1)
    assert_allclose(np.linalg.norm(np.moveaxis(jacobian, 0, -2), ord=2, axis=(-2, -1)).max(), 1)


def test_second_order_discriminates_what_the_spectrum_does_not(images):
    """Bruna and Mallat (2013), section 5: about 1 and 5 for a texture and its Gaussian surrogates."""
    gravel = images[2:3]
    surrogates = GaussianTexture(method="noise").fit(gravel).sample(20, random_state=0)
    orders, (first, second) = discrimination(Scattering2D(J=4, padding="wrap"), gravel, surrogates)
    assert orders.tolist() == [1, 2]
    assert first < 2
    assert second > 3


def test_samples_of_the_process_are_not_discriminated_from_it(rng):
    Y = rng.standard_normal((200, 512))
    ratios = discrimination(Scattering1D(J=5), Y[:100], Y[100:]).ratios
    # Means over a hundred samples have standard errors of about a tenth.
    assert_allclose(ratios, 1, atol=0.25)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda _: energy_by_order(ScatteringMoments(Scattering1D()), np.ones((1, 64))),
            "expected a transform with local averages",
        ),
        (lambda _: energy_by_order(Scattering1D(), np.zeros((1, 64))), "X has a signal that is zero"),
        (
            lambda x: deformation_stability(Scattering2D(), x, (0.7,)),
            r"sizes=\[0.7\]: expected numbers from 0 to 0.5",
        ),
        (
            lambda x: deformation_stability(Scattering2D(), x, deformation="x"),
            "deformation='x': expected one of 'dilation', ",
        ),
        (lambda x: discrimination(Scattering2D(), x, x[:1]), r"Y has 1 sample\(s\); expected at least two"),
        (
            lambda _: warp(np.ones((3, 8)), np.ones((1, 7))),
            r"displacement has shape \(1, 7\); expected \(ndim, \*grid\)",
        ),
        (lambda _: warp(np.ones((4, 4)), np.ones((1, 4, 4))), r"shape \(1, 4, 4\); expected \(ndim, \*grid\)"),
        (lambda _: random_displacement((8, 8), sigma=0), r"sigma=0: expected a positive number"),
        (lambda _: contraction(Scattering1D(J=2), np.ones((2, 32)), noise=0), "noise=0: expected a positive number"),
        (
            lambda _: translation_stability(Scattering1D(J=2), np.ones((2, 32)), (1.5,)),
            r"shifts=\(1.5,\): expected a sequence of whole numbers",
        ),
        (lambda _: random_displacement((8, 1)), r"shape=\(8, 1\): expected at least two samples on each axis"),
    ],
)
def test_bad_input_is_named(call, message, images):
    with pytest.raises(ValueError, match=message):
        call(images)
