"""Denoising and gap filling by matching statistics, and the linear estimates with which they are compared."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import circulant
from sklearn import config_context
from sklearn.exceptions import NotFittedError

from skscat import Scattering1D, Scattering2D
from skscat.moments import ScatteringMoments, ScatteringSpectra
from skscat.preprocessing import PathScaler
from skscat.synthesis import GaussianTexture, ScatteringDenoiser, ScatteringInpainter
from skscat.synthesis._matching import OfMissing, match_with_noise, shares_of_signal
from skscat.synthesis._spectral import conditional_mean, constrained_realization, wiener_filter
from skscat.synthesis._union import RepresentationUnion

LINE = ScatteringSpectra(Scattering1D(J=4, Q=1, padding="wrap"))
GAPPY_LINE = ScatteringSpectra(Scattering1D(J=4, Q=1, padding="wrap", nan_policy="omit"))
PLANE = ScatteringSpectra(Scattering2D(J=3, L=4, padding="wrap"))
GAPPY_PLANE = ScatteringSpectra(Scattering2D(J=3, L=4, padding="wrap", nan_policy="omit"))


def clouds(side, rng, n=1):
    """Lognormal fields of zero mean and unit variance, whose power falls with the frequency."""
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    fields = np.fft.ifft2(np.fft.fft2(rng.standard_normal((n, side, side))) * np.maximum(k, 2 / side) ** -1.5).real
    x = np.exp(fields / fields.std())
    return (x - x.mean(axis=(1, 2), keepdims=True)) / x.std(axis=(1, 2), keepdims=True)


def bursts(length, rng, n=1):
    """Series of intermittent shots."""
    x = rng.exponential(size=(n, length)) ** 3
    return np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(np.exp(-np.arange(length) / 8)), length)


def power(shape):
    """Power spectrum that falls with the frequency."""
    k = np.sqrt(sum(f**2 for f in np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij")))
    return (k + 0.05) ** -2


def covariance(spectrum):
    """Covariance matrix of periodic fields, entry by entry."""
    of_lag = np.fft.ifftn(spectrum).real
    points = np.array(list(np.ndindex(spectrum.shape)))
    lags = (points[:, np.newaxis] - points) % spectrum.shape
    return of_lag[tuple(np.moveaxis(lags, -1, 0))]


def missing_block(shape):
    missing = np.zeros(shape, bool)
    missing[tuple(slice(2, 2 + n // 3) for n in shape)] = True
    return missing


def distance(spectra, x, y):
    """Error of the spectra of y relative to the norm of those of x."""
    a, b = spectra.fit(x).transform(x), spectra.transform(y)
    return np.linalg.norm(a - b) / np.linalg.norm(a)


# Linear estimates


@pytest.mark.parametrize("exponent", [1, 0.5])
def test_wiener_filter_is_that_of_dense_matrices(exponent, rng):
    n = 32
    x, noise = rng.standard_normal(n).cumsum(), rng.standard_normal((5, n))
    x -= x.mean()
    of_x, of_noise = np.abs(np.fft.fft(x)) ** 2 / n, np.mean(np.abs(np.fft.fft(noise)) ** 2, axis=0) / n
    bands = {}
    for index in range(n):
        k = min(index, n - index)
        bands.setdefault(round(4 * np.log2(k)) if k else None, []).append(index)
    spectra = np.zeros((2, n))
    for band in bands.values():
        of_band = of_noise[band].mean()
        spectra[:, band] = [[max(of_x[band].mean() - of_band, of_band * np.sqrt(2 / len(band)))], [of_band]]
    signal, chance = (circulant(np.fft.ifft(p).real) for p in spectra)
    values, vectors = np.linalg.eigh(signal @ np.linalg.inv(signal + chance))
    expected = (vectors * values**exponent) @ vectors.T @ x
    found = wiener_filter(x[np.newaxis], noise[:, np.newaxis], exponent)[0]
    assert_allclose(found, expected, atol=1e-10 * np.abs(x).max())


@pytest.mark.parametrize("shape", [(32,), (7, 9)])
def test_conditional_mean_is_that_of_dense_matrices(shape, rng):
    x, missing, C = rng.standard_normal(shape), missing_block(shape), covariance(power(shape))
    m = missing.ravel()
    expected = C[np.ix_(m, ~m)] @ np.linalg.solve(C[np.ix_(~m, ~m)], x.ravel()[~m])
    found = conditional_mean(np.where(missing, np.nan, x), missing, power(shape))
    # Tolerance of conjugate gradients.
    assert_allclose(found[missing], expected, atol=1e-5)
    assert_array_equal(found[~missing], x[~missing])


@pytest.mark.parametrize("shape", [(32,), (7, 9)])
def test_constrained_realizations_have_the_conditional_mean_and_covariance(shape, rng):
    x, missing, C = rng.standard_normal(shape), missing_block(shape), covariance(power(shape))
    m = missing.ravel()
    # Realizations are affine functions of white noise, here those of each basis vector.
    mean = constrained_realization(x, missing, power(shape), np.zeros(shape))
    basis = np.eye(x.size).reshape(-1, *shape)
    factor = np.array([(constrained_realization(x, missing, power(shape), e) - mean)[missing] for e in basis]).T
    expected = C[np.ix_(m, m)] - C[np.ix_(m, ~m)] @ np.linalg.solve(C[np.ix_(~m, ~m)], C[np.ix_(~m, m)])
    assert_allclose(factor @ factor.T, expected, atol=1e-4 * expected.max())
    assert_allclose(mean, conditional_mean(x, missing, power(shape)), atol=1e-12)


# Descents


def test_shares_of_errors_of_one_variance_are_those_of_stein(rng):
    errors = np.r_[2.0, -3.0, 1.0, 0.1, -0.1]
    shares = shares_of_signal(errors, np.full(5, 0.5), np.array([0, 0, 0, 1, 1]))
    assert_allclose(shares, [*[1 - 3 * 0.25 / 14] * 3, 0, 0], atol=1e-12)


def test_shares_solve_their_equation_and_are_zero_for_outputs_that_do_not_vary():
    errors, sigma = np.array([1.0, 2.0, -3.0, 5.0]), np.array([0.1, 1.0, 2.0, np.inf])
    shares = shares_of_signal(errors, sigma, np.zeros(4, int))
    assert shares[3] == 0
    variance = shares[1] / (1 - shares[1])
    assert_allclose(np.mean(errors[:3] ** 2 / (variance + sigma[:3] ** 2)), 1)
    assert_allclose(shares[:3], variance / (variance + sigma[:3] ** 2))


@pytest.mark.parametrize(("spectra", "shape"), [(LINE, (2, 64)), (PLANE, (2, 16, 16))])
def test_gradient_with_respect_to_missing_samples_is_that_of_finite_differences(spectra, shape, rng):
    x, missing = rng.standard_normal(shape), np.zeros(shape, bool)
    missing[0, 3:6], missing[1, 5:9] = True, True
    union = RepresentationUnion([spectra]).fit(x[np.newaxis])
    target = union.transform(x[np.newaxis])[0]
    of_missing, values = OfMissing(union, x, missing), rng.standard_normal(missing.sum())

    def loss(v):
        y = x.copy()
        y[missing] = v
        return 0.5 * np.sum((union.transform(y[np.newaxis])[0] - target) ** 2)

    found = of_missing.gradient(values[np.newaxis], lambda S, index: S - target[np.newaxis][index])[0]
    for i in range(0, len(values), 5):
        step = 1e-5 * np.eye(len(values))[i]
        assert_allclose(found[i], (loss(values + step) - loss(values - step)) / 2e-5, rtol=1e-5, atol=1e-8)


def test_descent_with_noise_reduces_the_expected_error(rng):
    x = bursts(512, rng)
    x -= x.mean()
    noise = 0.5 * x.std() * rng.standard_normal((20, 512))
    union = RepresentationUnion([LINE]).fit(x)
    outputs = union.transform(x + noise)
    target, sigma = outputs.mean(axis=0), outputs.std(axis=0)
    found = match_with_noise(union, target, 0.5 * x[0], [noise] * 3, max_iter=20, verbose=0)
    errors = [np.linalg.norm((union.transform(y + noise).mean(axis=0) - target) / sigma) for y in (0.5 * x, found)]
    assert errors[1] < 0.3 * errors[0]


# Denoising


def test_statistics_of_denoised_fields_are_nearer_than_those_of_the_wiener_filter(rng):
    x = clouds(64, rng)
    noise = rng.standard_normal((40, 64, 64))
    observed = x + rng.standard_normal((1, 64, 64))
    denoised = ScatteringDenoiser(PLANE, random_state=0).fit(noise).transform(observed)
    filtered = wiener_filter(observed, noise[:, np.newaxis])
    # Of maps of 64 x 64 pixels, statistics are known half as well as of the maps of the benchmark.
    assert distance(PLANE, x, denoised) < 0.6 * distance(PLANE, x, filtered)
    assert np.std(denoised - x) < 0.6 * np.std(observed - x)


def test_a_field_is_separated_from_another_of_which_there_is_an_example(rng):
    x, other, example = clouds(64, rng), *(np.roll(v, 1, -1) - v for v in clouds(64, rng, 2))
    observed = x + 2 * other
    samples = GaussianTexture(periodic=False).fit(2 * example[np.newaxis]).sample(40, random_state=0)
    separated = ScatteringDenoiser(PLANE, random_state=0).fit(samples).transform(observed)
    assert distance(PLANE, x, separated) < 0.5 * distance(PLANE, x, observed)
    assert np.std(separated - x) < np.std(observed - x)


@pytest.fixture(scope="module")
def series():
    rng = np.random.default_rng(0)
    x = bursts(256, rng, 3)
    noise = x.std() * rng.standard_normal((25, 256))
    return x + x.std() * rng.standard_normal(x.shape), noise


def test_denoising_is_reproducible_and_each_observation_denoised_by_itself(series):
    observed, noise = series
    found = ScatteringDenoiser(LINE, random_state=1).fit(noise).transform(observed)
    assert_array_equal(found, ScatteringDenoiser(LINE, random_state=1, n_jobs=2).fit(noise).transform(observed))
    assert_array_equal(found[1:2], ScatteringDenoiser(LINE, random_state=1).fit(noise).transform(observed[1:2]))
    assert not np.array_equal(found, ScatteringDenoiser(LINE, random_state=2).fit(noise).transform(observed))


def test_the_mean_of_the_noise_is_subtracted(series):
    observed, noise = series
    plain, shifted = (
        ScatteringDenoiser(LINE, random_state=0).fit(noise + c).transform(observed + c) for c in (0, 3.0)
    )
    # The sample mean of the noise is known to rounding errors only, which descents amplify.
    assert_allclose(shifted, plain, atol=1e-4 * plain.std())


def test_only_the_mean_of_the_noise_is_subtracted_from_constant_observations(series):
    denoised = ScatteringDenoiser(LINE).fit(series[1] + 2).transform(np.full((1, 256), 3.0))
    assert_allclose(denoised, 3 - (series[1] + 2).mean())


@pytest.mark.parametrize("joint", [False, True])
def test_channels_are_denoised_in_their_own_units(joint, series):
    observed, noise = series
    X, N = np.stack([observed, observed[:, ::-1]], axis=1), np.stack([noise, noise[:, ::-1]], axis=1)
    unit = np.array([[1.0], [2.0**10]])
    spectra = ScatteringSpectra(LINE.scattering, cross_spectra=joint)
    denoiser = ScatteringDenoiser(spectra, random_state=0, n_rounds=2)
    plain, scaled = denoiser.fit(N).transform(X), denoiser.fit(N * unit).transform(X * unit)
    assert_allclose(scaled / unit, plain, atol=1e-6 * plain.std())


def test_flat_and_last_channels_are_the_same_signals(rng):
    x, noise = rng.standard_normal((1, 2, 16, 16)).cumsum(axis=-1), rng.standard_normal((10, 2, 16, 16))
    expected = ScatteringDenoiser(PLANE, random_state=0, n_rounds=1).fit(noise).transform(x)
    last = ScatteringSpectra(Scattering2D(J=3, L=4, padding="wrap", channel_axis=-1))
    denoiser = ScatteringDenoiser(last, random_state=0, n_rounds=1).fit(np.moveaxis(noise, 1, -1))
    assert_allclose(np.moveaxis(denoiser.transform(np.moveaxis(x, 1, -1)), -1, 1), expected, rtol=1e-12)
    flat = ScatteringSpectra(Scattering2D(J=3, L=4, padding="wrap", shape=(2, 16, 16)))
    denoiser = ScatteringDenoiser(flat, random_state=0, n_rounds=1).fit(noise.reshape(10, -1))
    assert_allclose(denoiser.transform(x.reshape(1, -1)), expected.reshape(1, -1), rtol=1e-12)


def test_single_precision_is_kept(series):
    observed, noise = (v.astype(np.float32) for v in series)
    found = ScatteringDenoiser(LINE, random_state=0, n_rounds=1).fit(noise).transform(observed)
    expected = (
        ScatteringDenoiser(LINE, random_state=0, n_rounds=1).fit(noise.astype(float)).transform(observed.astype(float))
    )
    assert found.dtype == np.float32
    assert expected.dtype == np.float64
    assert_allclose(found, expected, atol=1e-4 * expected.std())


def test_the_loss_is_printed(series, capsys):
    ScatteringDenoiser(LINE, random_state=0, n_rounds=1, verbose=1).fit(series[1]).transform(series[0][:1])
    assert "step     0  loss " in capsys.readouterr().out


# Gaps


def with_gaps(x, rng, size=8, n=4):
    gaps = x.copy()
    for _ in range(n):
        corner = [rng.integers(length - size) for length in x.shape[1:]]
        gaps[(slice(None), *(slice(c, c + size) for c in corner))] = np.nan
    return gaps


def test_filled_gaps_have_the_statistics_of_what_is_seen(rng):
    x = clouds(64, rng)
    X = with_gaps(x, rng, 12)
    missing = np.isnan(X)
    inpainter = ScatteringInpainter(GAPPY_PLANE, random_state=0).fit(X)
    filled = inpainter.transform(X)
    texture = GaussianTexture(method="noise", nan_policy="omit").fit(X)
    spectrum = np.mean(np.abs(np.fft.fft2(texture.sample(50, 0))) ** 2, axis=0) / 64**2
    mean, known = np.nanmean(X), np.isfinite(inpainter.target_)
    left = np.where(missing, 0, X - mean)[0]
    realizations = mean + np.array(
        [constrained_realization(left, missing[0], spectrum, w) for w in rng.standard_normal((10, 64, 64))]
    )
    smooth = mean + conditional_mean(left, missing[0], spectrum)[np.newaxis]

    def outputs(y):
        return inpainter.representation_.transform((y - mean) / np.nanstd(X))[:, known]

    sigma = outputs(realizations).std(axis=0)

    def mismatch(y):
        return np.linalg.norm((outputs(y) - inpainter.target_[known]) / sigma, axis=1).mean()

    assert mismatch(filled) < 0.8 * mismatch(realizations)
    assert mismatch(filled) < 0.6 * mismatch(smooth)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_that_are_seen_do_not_change(dtype, rng):
    X = with_gaps(bursts(256, rng, 3), rng).astype(dtype)
    X[2] = bursts(256, rng)[0]
    filled = ScatteringInpainter(GAPPY_LINE, random_state=0).fit_transform(X)
    seen = ~np.isnan(X)
    assert filled.dtype == dtype
    assert np.isfinite(filled).all()
    assert_array_equal(filled[seen], X[seen])
    masked = np.ma.masked_invalid(X)
    assert_array_equal(ScatteringInpainter(GAPPY_LINE, random_state=0).fit_transform(masked), filled)


def test_filled_gaps_are_reproducible_and_each_signal_is_filled_by_itself(rng):
    X = with_gaps(bursts(256, rng, 3), rng)
    inpainter = ScatteringInpainter(GAPPY_LINE, random_state=0).fit(X)
    filled = inpainter.transform(X)
    assert_array_equal(filled, ScatteringInpainter(GAPPY_LINE, random_state=0, n_jobs=2).fit(X).transform(X))
    assert_array_equal(filled[1:2], inpainter.transform(X[1:2]))


@pytest.mark.parametrize("joint", [False, True])
def test_gaps_of_channels_need_not_be_the_same(joint, rng):
    X = rng.standard_normal((2, 2, 128)).cumsum(axis=-1)
    X -= X.mean(axis=-1, keepdims=True)
    X[0, 0, 30:50] = np.nan
    X[1, :, 90:100] = np.nan
    unit = np.array([[1.0], [2.0**12]])
    scattering = Scattering1D(J=3, Q=1, padding="wrap", nan_policy="omit")
    inpainter = ScatteringInpainter(ScatteringSpectra(scattering, cross_spectra=joint), random_state=0, max_steps=5)
    filled = inpainter.fit_transform(X)
    assert_array_equal(filled[0, 1], X[0, 1])
    assert np.isfinite(filled).all()
    assert_allclose(inpainter.fit_transform(X * unit) / unit, filled, rtol=1e-7, atol=1e-7)


def test_gaps_are_filled_by_the_statistics_of_complete_examples(rng):
    examples, X = bursts(256, rng, 8), with_gaps(bursts(256, rng), rng)
    # A representation that takes no gaps is enough.
    moments = ScatteringMoments(Scattering1D(J=4, padding="wrap"), powers=(1, 2))
    inpainter = ScatteringInpainter([moments, LINE], random_state=0).fit(examples)
    standard = (examples - examples.mean()) / examples.std()
    assert_allclose(inpainter.target_, inpainter.representation_.transform(standard).mean(axis=0))
    assert np.isfinite(inpainter.transform(X)).all()


# Errors


@pytest.mark.parametrize("kind", [ScatteringDenoiser, ScatteringInpainter])
@pytest.mark.parametrize(
    ("representation", "message"),
    [
        ([], r"representation=\[\]: expected at least one estimator"),
        ([PathScaler(Scattering1D())], "has no method gradient"),
        (Scattering1D(J=2, renormalize=True), "has no gradient; expected renormalize=False"),
    ],
)
def test_errors_of_representations(kind, representation, message, rng):
    with pytest.raises(ValueError, match=message):
        kind(representation).fit(rng.standard_normal((3, 64)))


@pytest.mark.parametrize("kind", [ScatteringDenoiser, ScatteringInpainter])
def test_complex_representations_are_refused_by_the_name_of_the_estimator(kind, rng):
    scattering = Scattering1D(J=2, complex_input=True, average="global")
    with pytest.raises(ValueError, match=f"complex_input=True, but signals of {kind.__name__} are real"):
        kind(scattering).fit(rng.standard_normal((3, 64)))


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (
            lambda x: ScatteringDenoiser(LINE).fit(x[:1]),
            "X has n_samples=1, one sample of the noise; expected",
        ),
        (lambda x: ScatteringDenoiser(LINE).fit(np.ones_like(x)), "noise that is constant in channel 0; expected"),
        (lambda x: ScatteringDenoiser(LINE).fit(x).transform(x[:, :32]), "32 features"),
        (lambda x: ScatteringDenoiser(LINE).fit(np.where(x > 1, np.nan, x)), "NaN"),
        (lambda x: ScatteringDenoiser(LINE, n_rounds=0).fit(x), "'n_rounds' parameter"),
        (lambda x: ScatteringDenoiser(LINE, n_realizations=1).fit(x), "'n_realizations' parameter"),
        (
            lambda x: ScatteringInpainter(GAPPY_LINE).fit(np.ones_like(x)),
            "X is constant in channel 0; expected ex",
        ),
        (lambda x: ScatteringInpainter(GAPPY_LINE).fit(np.full_like(x, np.nan)), r"X\[0\] has no values in channel 0"),
        (lambda x: ScatteringInpainter(LINE).fit(np.where(x > 1, np.nan, x)), 'nan_policy="omit"'),
        (
            lambda x: ScatteringInpainter(GAPPY_LINE).fit(x).transform(np.full((1, 64), np.nan)),
            r"X\[0\] has no values in channel 0; expected some in every channel",
        ),
        (lambda x: ScatteringInpainter(GAPPY_LINE).fit(x).transform(np.where(x > 1, np.inf, x)), "infinity"),
    ],
)
def test_errors(attempt, message, rng):
    with pytest.raises(ValueError, match=message):
        attempt(rng.standard_normal((4, 64)))


def test_errors_of_estimators_that_are_not_fitted_or_not_checked(rng):
    for estimator in (ScatteringDenoiser(LINE), ScatteringInpainter(GAPPY_LINE)):
        with pytest.raises(NotFittedError):
            estimator.transform(rng.standard_normal((2, 64)))
        with config_context(skip_parameter_validation=True):
            assert estimator.fit(rng.standard_normal((4, 64))).transform(rng.standard_normal((1, 64))).shape == (1, 64)
