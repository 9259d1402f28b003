"""Models with given statistics, and signals from their coefficients."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.exceptions import NotFittedError

from skscat import (
    Scattering1D,
    Scattering2D,
    TimeFrequencyScattering,
)
from skscat.datasets import load_images_sample, make_poisson
from skscat.filters import morlet_bank_1d, solid_harmonic_bank
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.preprocessing import PathScaler
from skscat.synthesis import (
    GaussianTexture,
    MicrocanonicalModel,
    griffin_lim,
    inverse_wavelet_transform,
    periodic_component,
    reconstruct,
    wavelet_transform,
)
from skscat.synthesis._union import RepresentationUnion

SIDE = 64
MOMENTS = ScatteringMoments(Scattering2D(J=4, L=4, padding="wrap"), powers=(1, 2))


def texture(name, side=SIDE):
    sample = load_images_sample()
    return sample.images[sample.names.index(name)][np.newaxis, :side, :side].astype(float)


@pytest.fixture(scope="module")
def gravel():
    return texture("gravel")


@pytest.fixture(scope="module")
def samples(gravel):
    model = MicrocanonicalModel(MOMENTS, max_iter=60).fit(gravel)
    return model, model.sample(2, random_state=0)


def power_spectrum(x):
    return np.abs(np.fft.fft2(x)) ** 2


def test_random_phases_preserve_the_spectrum(gravel):
    surrogate = GaussianTexture(periodic=False).fit(gravel).sample(2, random_state=0)
    assert_allclose(power_spectrum(surrogate), np.broadcast_to(power_spectrum(gravel), surrogate.shape), rtol=1e-6)


def test_filtered_noise_has_the_spectrum_on_average(gravel):
    surrogates = GaussianTexture(method="noise", periodic=False).fit(gravel).sample(400, random_state=0)
    ratio = power_spectrum(surrogates).mean(axis=0).ravel()[1:] / power_spectrum(gravel[0]).ravel()[1:]
    # The mean of 400 exponential variables is within a fifth, except for one in some ten thousand.
    assert np.mean(np.abs(ratio - 1) < 0.2) > 0.998


def test_surrogates_have_the_mean_of_the_example(gravel):
    assert_allclose(GaussianTexture().fit(gravel).sample(3, 0).mean(axis=(1, 2)), gravel.mean())


def test_surrogates_are_gaussian():
    points = make_poisson(1, 2**14, rate=0.02, random_state=0)
    surrogate = GaussianTexture(ndim=1).fit(points).sample(1, random_state=0)[0]
    z = (surrogate - surrogate.mean()) / surrogate.std()
    # Of 16,384 independent samples the fourth moment has a standard error of 0.08.
    assert abs(np.mean(z**4) - 3) < 0.25


def test_channels_of_surrogates_keep_their_cross_spectra(rng):
    x = rng.standard_normal((1, 3, 32, 32))
    x[:, 2] = x[:, 0] + np.roll(x[:, 1], 5, axis=-1)
    surrogate = GaussianTexture(periodic=False).fit(x).sample(1, random_state=0)
    a, b = (np.fft.fft2(v[0] - v[0].mean(axis=(1, 2), keepdims=True)) for v in (x, surrogate))
    assert_allclose(b[0] * b[2].conj(), a[0] * a[2].conj(), atol=1e-8 * np.abs(a).max() ** 2)


def test_examples_share_in_the_noise_model(rng):
    rough, smooth = rng.standard_normal((2, 64)), np.cumsum(rng.standard_normal((2, 64)), axis=1)
    X = np.concatenate([rough, smooth - smooth.mean(axis=1, keepdims=True)])
    surrogates = GaussianTexture(method="noise", periodic=False, ndim=1).fit(X).sample(3000, random_state=0)
    measured = np.mean(np.abs(np.fft.fft(surrogates)) ** 2, axis=0)[1:]
    assert_allclose(measured, np.mean(np.abs(np.fft.fft(X)) ** 2, axis=0)[1:], rtol=0.12)


@pytest.mark.parametrize("shape", [(64,), (32, 48), (8, 12, 10)])
def test_a_periodic_component_differs_by_a_harmonic_function(shape, rng):
    x = rng.standard_normal(shape).cumsum(axis=-1)
    smooth = x - periodic_component(x, len(shape))
    laplacian = sum(np.roll(smooth, 1, a) + np.roll(smooth, -1, a) - 2 * smooth for a in range(len(shape)))
    inside = (slice(1, -1),) * len(shape)
    assert_allclose(laplacian[inside], 0, atol=1e-12)
    assert_allclose(smooth.mean(), 0, atol=1e-12)


def test_a_periodic_component_has_no_jump():
    ramp = np.linspace(0, 1, 64)
    periodic = periodic_component(ramp, 1)
    # The jump of one is spread over all steps.
    assert abs(periodic[0] - periodic[-1]) < 0.05


def test_fitted_textures_do_not_change_with_parameters(gravel):
    texture = GaussianTexture().fit(gravel)
    expected = texture.sample(2, random_state=0)
    assert_array_equal(texture.set_params(method="noise", ndim=1).sample(2, random_state=0), expected)


def test_a_periodic_component_keeps_single_precision(gravel):
    x = gravel[0].astype(np.float32)
    periodic = periodic_component(x, 2)
    assert periodic.dtype == np.float32
    assert_allclose(periodic, periodic_component(x.astype(float), 2), atol=1e-5)


def test_a_periodic_component_of_bytes_does_not_overflow(rng):
    x = rng.integers(0, 256, (16, 16), dtype=np.uint8)
    assert_allclose(periodic_component(x, 2), periodic_component(x.astype(float), 2))


def test_samples_reach_the_moments_that_surrogates_miss(gravel, samples):
    model, drawn = samples
    surrogate = GaussianTexture().fit(gravel).sample(1, random_state=0)
    assert model.loss_curve_[-1] < 1e-4 * model.loss_curve_[0]
    errors, surrogate_errors = model.relative_errors(drawn).max(axis=0), model.relative_errors(surrogate)[0]
    # Kinds of coefficients: orders 0 to 2, powers one and two of each.
    assert np.all(errors < 1e-2)
    assert np.all(5 * errors[4:] < surrogate_errors[4:])


def test_loss_never_rises(samples):
    assert np.all(np.diff(samples[0].loss_curve_) <= 0)


def test_samples_differ_from_each_other_and_from_the_example(gravel, samples):
    _, (first, second) = samples
    images = [x - x.mean() for x in (first, second, gravel[0])]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        # At any shift.
        a, b = images[i], images[j]
        correlation = np.fft.ifft2(np.fft.fft2(a) * np.fft.fft2(b).conj()).real
        assert np.abs(correlation[0, 0]) / (np.linalg.norm(a) * np.linalg.norm(b)) < 0.1
        assert np.abs(correlation).max() / (np.linalg.norm(a) * np.linalg.norm(b)) < 0.5


def test_samples_are_stationary(gravel, samples):
    _, drawn = samples
    quarters = [x[y : y + 32, z : z + 32] for x in drawn for y in (0, 32) for z in (0, 32)]
    spread = np.std([q.std() for q in quarters]) / np.mean([q.std() for q in quarters])
    original = [gravel[0, y : y + 32, z : z + 32].std() for y in (0, 32) for z in (0, 32)]
    assert spread < 2 * np.std(original) / np.mean(original) + 0.05


def kurtosis(x, j, bank):
    _, w = wavelet_transform(x, bank)
    a = np.abs(w[bank.table["j"] == j])
    return np.mean(np.mean(a**4, axis=(1, 2)) / np.mean(a**2, axis=(1, 2)) ** 2)


@pytest.mark.parametrize("name", ["brick", "grass", "gravel"])
def test_samples_are_as_sparse_as_the_example(name):
    X = texture(name)
    # Means of cubes weigh the largest coefficients. Without them samples of bricks are too sparse.
    model = MicrocanonicalModel(ScatteringMoments(MOMENTS.scattering, powers=(1, 2, 3)), max_iter=60).fit(X)
    image, surrogate = model.sample(1, random_state=0)[0], GaussianTexture().fit(X).sample(1, random_state=0)[0]
    bank = Scattering2D(J=4, L=4, padding="wrap").plan((SIDE, SIDE)).banks[0]
    for j in (0, 1):
        target = kurtosis(X[0], j, bank)
        assert abs(kurtosis(surrogate, j, bank) - 2) < 0.4
        assert abs(kurtosis(image, j, bank) / target - 1) < 0.3


@pytest.mark.parametrize("name", ["brick", "grass", "gravel"])
def test_second_order_discriminates_a_texture_from_its_surrogates_and_first_order_does_not(name):
    X = texture(name)
    scattering = Scattering2D(J=4, padding="wrap", average="global").fit(X)
    surrogates = GaussianTexture(method="noise").fit(X).sample(20, random_state=0)
    S, T = scattering.transform(periodic_component(X, 2)), scattering.transform(surrogates)

    def discrimination(order):
        columns = scattering.kinds_ == order
        mean = T[:, columns].mean(axis=0)
        return np.sum((S[:, columns] - mean) ** 2) / np.mean(np.sum((T[:, columns] - mean) ** 2, axis=1))

    # Bruna and Mallat (2013) found about 1 and 5 for a texture and its Gaussian surrogates.
    assert discrimination(1) < 2
    assert discrimination(2) > 3


def test_descents_may_begin_at_a_surrogate(gravel):
    white, surrogate = (
        MicrocanonicalModel(MOMENTS, init=init, max_iter=1).fit(gravel) for init in ("white", "gaussian")
    )
    for model in (white, surrogate):
        model.sample(1, random_state=0)
    assert surrogate.loss_curve_[0] < 0.2 * white.loss_curve_[0]


def test_colors_keep_their_covariance():
    gravel, grass, brick = (texture(name, 32)[0] for name in ("gravel", "grass", "brick"))
    X = np.stack([gravel, 0.5 * gravel + 0.5 * grass, grass + brick])[np.newaxis]
    scattering = Scattering2D(J=3, L=4, padding="wrap", average="global")
    drawn = MicrocanonicalModel(scattering, max_iter=100).fit(X).sample(1, random_state=0)
    assert drawn.shape == X.shape
    assert_allclose(drawn.mean(axis=(0, 2, 3)), X.mean(axis=(0, 2, 3)), atol=2e-3)
    correlations = [np.corrcoef(v.reshape(3, -1)) for v in (X[0], drawn[0])]
    assert_allclose(correlations[1], correlations[0], atol=0.15)


@pytest.mark.parametrize(
    ("representation", "max_iter"),
    [
        (Scattering1D(J=5, Q=4, average="global"), 40),
        (TimeFrequencyScattering(J=5, Q=4, average="global", average_frequency="global"), 40),
        (ScatteringSpectra(Scattering1D(J=5, Q=1, padding="wrap")), 100),
    ],
)
def test_sounds_have_models(representation, max_iter, rng):
    x = rng.standard_normal((1, 1024)) * (1 + np.cos(2 * np.pi * np.arange(1024) / 128))
    model = MicrocanonicalModel(representation, max_iter=max_iter).fit(x)
    assert model.sample(1, random_state=0).shape == (1, 1024)
    assert model.loss_curve_[-1] < 1e-3 * model.loss_curve_[0]


def test_several_representations_are_kept_together(rng):
    x = rng.standard_normal((1, 512))
    parts = [Scattering1D(J=5, Q=4, average="global"), ScatteringSpectra(Scattering1D(J=4, Q=1, padding="wrap"))]
    model = MicrocanonicalModel(parts, max_iter=60).fit(x)
    drawn = model.sample(1, random_state=0)
    white = (x - x.mean()) / x.std()
    sizes = [part.fit(white).transform(white).shape[1] for part in parts]
    assert model.n_coefficients_ == sum(sizes)
    # Kinds of coefficients: three orders, then four of spectra.
    assert model.relative_errors(drawn).shape == (1, 7)
    assert model.relative_errors(drawn).max() < 0.05


def test_the_gradient_of_several_representations_is_that_of_their_outputs(rng):
    x, direction, target = rng.standard_normal((1, 128)), rng.standard_normal((1, 128)), 0.1
    parts = [Scattering1D(J=3, average="global"), Scattering1D(J=4, Q=2, average="global")]
    union = RepresentationUnion(parts).fit(x)
    slope = np.sum(union.gradient(x, lambda S, index: S - target) * direction)

    def loss(step):
        return 0.5 * np.sum((union.transform(x + step * direction) - target) ** 2)

    # The step is small because the slope of a modulus changes near zero.
    assert_allclose(slope, (loss(1e-5) - loss(-1e-5)) / 2e-5, rtol=1e-5)


def test_cross_spectra_of_fields_are_kept_if_they_are_modeled_jointly(rng):
    x = GaussianTexture(periodic=False).fit(rng.standard_normal((1, 24, 24)).cumsum(axis=1)).sample(random_state=0)
    x = np.stack([x, np.roll(np.abs(x), (2, 1), axis=(1, 2))], axis=1)
    scattering = Scattering2D(J=2, L=3, padding="wrap")
    measure = ScatteringSpectra(scattering, cross_spectra=True).fit(x)
    target, crossed = measure.transform(x), measure.paths_["channel1"] != measure.paths_["channel2"]
    errors = []
    for cross in (True, False):
        spectra = ScatteringSpectra(scattering, cross_spectra=cross)
        drawn = MicrocanonicalModel(spectra, max_iter=200).fit(x).sample(random_state=0)
        errors.append(np.linalg.norm((measure.transform(drawn) - target)[:, crossed]))
    assert errors[0] < 0.01 * np.linalg.norm(target[:, crossed])
    assert errors[1] > 0.5 * np.linalg.norm(target[:, crossed])


def test_channels_that_are_modeled_jointly_are_standardized(rng):
    # Of three channels, the last is a linear combination of the others.
    x = rng.standard_normal((1, 3, 128)) * np.array([[1.0], [10.0], [1.0]]) + 5
    x[:, 2] = x[:, 0] + x[:, 1]
    spectra = ScatteringSpectra(Scattering1D(J=3, Q=1, padding="wrap"), cross_spectra=True)
    model = MicrocanonicalModel([spectra], max_iter=2).fit(x)
    assert_allclose(model.mixing_, np.diag(x[0].std(axis=-1)), rtol=1e-10)
    x[:, 2] = 5
    with pytest.raises(ValueError, match="X has channels that are constant: they cannot be whitened"):
        model.fit(x)


@pytest.mark.parametrize("representation", [MOMENTS, ScatteringSpectra(Scattering2D(J=3, L=2, padding="wrap"))])
def test_the_unit_of_pixels_does_not_matter(gravel, representation):
    fraction, byte = (
        MicrocanonicalModel(representation, max_iter=5).fit(unit * gravel).sample(1, random_state=0)
        for unit in (1, 255)
    )
    assert_allclose(byte, 255 * fraction, rtol=1e-4)


def test_representations_may_be_set_to_pandas_output(gravel):
    with config_context(transform_output="pandas"):
        for scattering in (ScatteringSpectra(Scattering2D(J=2, L=2, padding="wrap")), MOMENTS):
            model = MicrocanonicalModel(scattering, max_iter=1).fit(gravel)
            assert model.sample(1, random_state=0).shape == gravel.shape


def test_random_state_and_threads_repeat_samples(gravel):
    serial, parallel = (
        MicrocanonicalModel(MOMENTS, max_iter=3, n_jobs=n).fit(gravel).sample(2, random_state=3) for n in (1, 2)
    )
    assert_array_equal(serial, parallel)


def test_progress_is_printed(gravel, capsys):
    MicrocanonicalModel(MOMENTS, max_iter=2, verbose=1).fit(gravel).sample(1, random_state=0)
    assert capsys.readouterr().out.startswith("step     0  loss ")


@pytest.mark.parametrize(
    ("scattering", "shape"),
    [(Scattering1D(J=5, Q=4, padding="wrap"), (512,)), (Scattering2D(J=3, padding="wrap"), (32, 32))],
)
def test_dual_filters_invert_the_wavelet_transform(scattering, shape, rng):
    bank, x = scattering.plan(shape).banks[0], rng.standard_normal((2, *shape))
    assert_allclose(inverse_wavelet_transform(*wavelet_transform(x, bank), bank), x, atol=1e-12)


def test_dual_filters_invert_banks_that_are_not_tight(rng):
    bank = morlet_bank_1d(512, 5, 1, 32, "l1")
    x = rng.standard_normal(512)
    x = np.convolve(x, np.ones(3) / 3, "same")
    assert_allclose(inverse_wavelet_transform(*wavelet_transform(x, bank), bank), x, atol=1e-6)


def test_a_signal_is_found_with_moduli_near_those_given():
    bank = Scattering1D(J=4, Q=4, padding="wrap").plan(256).banks[0]
    x = np.sin(np.arange(256) ** 2 / 400)
    low, w = wavelet_transform(x, bank)
    y = griffin_lim(low, np.abs(w), bank, n_iter=300, random_state=0)
    _, v = wavelet_transform(y, bank)
    # With random phases the distance is most of the norm; projections end in a local minimum.
    assert np.linalg.norm(np.abs(v) - np.abs(w)) < 0.1 * np.linalg.norm(w)


def test_more_steps_bring_moduli_nearer():
    bank = Scattering1D(J=4, Q=4, padding="wrap").plan(256).banks[0]
    low, w = wavelet_transform(np.sin(np.arange(256) ** 2 / 400), bank)
    distances = []
    for n_iter in (1, 10, 100):
        _, v = wavelet_transform(griffin_lim(low, np.abs(w), bank, n_iter=n_iter, random_state=0), bank)
        distances.append(np.linalg.norm(np.abs(v) - np.abs(w)))
    assert distances[0] > distances[1] > distances[2]


def test_signals_are_recovered_from_local_scattering():
    x = np.sin(np.arange(512) ** 2 / 2000)[np.newaxis]
    scattering = Scattering1D(J=5, Q=8, T=32).fit(x)
    S = scattering.transform(x)
    y = reconstruct(S, scattering, random_state=0, max_iter=80)
    # Descents end in a local minimum, as phases are lost.
    assert np.linalg.norm(scattering.transform(y) - S) < 0.05 * np.linalg.norm(S)
    assert y.shape == x.shape


def test_reconstruction_that_starts_at_the_signal_returns_it(rng):
    x = rng.standard_normal((2, 128))
    scattering = Scattering1D(J=3).fit(x)
    assert_array_equal(reconstruct(scattering.transform(x), scattering, init=x), x)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: GaussianTexture().fit(x).sample(0), "n_samples=0: expected a whole number of at least 1"),
        (lambda x: MicrocanonicalModel(MOMENTS).fit(x).sample(1.5), "n_samples=1.5: expected a whole number"),
        (lambda x: MicrocanonicalModel(MOMENTS).fit(np.ones_like(x)), "X has channels that are constant"),
        (
            lambda x: MicrocanonicalModel(Scattering2D(J=2, renormalize=True)).fit(x),
            "has no gradient; expected renormalize=False",
        ),
        (lambda x: MicrocanonicalModel([]).fit(x), "expected at least one estimator"),
        (lambda x: MicrocanonicalModel([PathScaler(Scattering2D())]).fit(x), "has no method gradient"),
        (
            lambda x: MicrocanonicalModel(MOMENTS).fit(x).relative_errors(x.reshape(1, 32, 128)),
            r"X has signals of shape \(32, 128\)",
        ),
        (
            lambda x: reconstruct(np.ones((1, 20736)), Scattering2D(J=2).fit(x), init=x.reshape(1, 32, 128)),
            r"init has shape \(1, 32, 128\); expected \(1, 64, 64\)",
        ),
        (
            lambda x: reconstruct(np.ones((1, 3)), Scattering2D(J=2).fit(x)),
            r"S has shape \(1, 3\); expected at least one row of 20736 coefficients",
        ),
    ],
)
def test_bad_input_is_named(gravel, call, message):
    with pytest.raises(ValueError, match=message):
        call(gravel)


def test_filters_of_several_components_are_refused():
    bank = solid_harmonic_bank((8, 8, 8), J=1, L=1)
    with pytest.raises(ValueError, match="bank has filters of 3 components"):
        wavelet_transform(np.ones((8, 8, 8)), bank)
    with pytest.raises(ValueError, match="bank has filters of 3 components"):
        inverse_wavelet_transform(np.ones((8, 8, 8)), np.ones((4, 8, 8, 8)), bank)


def test_integer_averages_do_not_round_the_inverse():
    bank = morlet_bank_1d(64, 3)
    low, w = wavelet_transform(np.arange(64.0), bank)
    whole = inverse_wavelet_transform(np.round(low).astype(int), w, bank)
    assert_allclose(whole, inverse_wavelet_transform(np.round(low), w, bank))


def test_coefficients_must_fit_their_bank():
    bank = morlet_bank_1d(64, 3)
    with pytest.raises(ValueError, match=r"shapes \(64,\) and \(9, 64\); expected \(\.\.\., \*grid\)"):
        inverse_wavelet_transform(np.ones(64), np.ones((9, 64)), bank)
    with pytest.raises(ValueError, match="n_iter=0: expected a whole number of at least 1"):
        griffin_lim(np.ones(64), np.ones((3, 64)), bank, n_iter=0)


def test_transforms_that_are_inverted_must_be_fitted():
    with pytest.raises(NotFittedError):
        reconstruct(np.ones((1, 3)), Scattering1D(J=3))


def test_no_coefficients_are_refused():
    with pytest.raises(ValueError, match=r"S has shape \(0, 20\); expected at least one row of"):
        reconstruct(np.ones((0, 20)), Scattering1D(J=3).fit(np.ones((1, 32))))


def test_banks_with_gaps_have_no_inverse():
    bank = Scattering1D(J=3, Q=1, padding="wrap").plan(512).banks[0]
    bank = replace(bank, psi=bank.psi[1:])
    with pytest.raises(ValueError, match="bank does not cover all frequencies"):
        inverse_wavelet_transform(*wavelet_transform(np.ones(512), bank), bank)
