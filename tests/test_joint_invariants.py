"""What joint scattering is invariant to, and what it distinguishes that plain scattering does not."""

import numpy as np
import pytest
from scipy.ndimage import rotate
from sklearn.pipeline import make_pipeline

from skscat import (
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
    scatter,
)
from skscat.datasets import load_images_sample, make_pagoda, make_shepard_risset
from skscat.preprocessing import LogMedian, PathScaler, RotationAveraging, ScaleAveraging
from skscat.preprocessing._scale_averaging import reduce_images

GLOBAL = {"average": "global", "average_frequency": "global", "padding": "wrap"}


def distance(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(a)


def one_row(estimator, x):
    return estimator.fit(x[np.newaxis]).transform(x[np.newaxis])[0]


# ---------------------------------------------------------------------------------------------------------------
# Time and log-frequency


def opposite(paths, row, *spins):
    """Path with the same wavelets, except for the sign of some frequencies."""
    same = np.ones(len(paths), dtype=bool)
    for name in ("order", "n2", *(n for n in ("xi_fr", "xi_oct") if n in paths.dtype.names)):
        sign = -1 if name in spins else 1
        same &= (paths[name] == sign * row[name]) | (np.isnan(paths[name]) if np.isnan(row[name]) else False)
    # First-order paths have the frequencies of the low-pass filter.
    (match,) = np.flatnonzero(same & (paths["order"] == 2))
    return match


@pytest.fixture(scope="module")
def glissando():
    """Time-frequency scattering of a glissando of one octave a second, and of its reverse."""
    x = make_shepard_risset(rate=1.0, duration=4.0, sampling_rate=8192.0, f0=600.0, center=600.0)
    estimator = TimeFrequencyScattering(J=13, Q=8, J_fr=4, sampling_rate=8192.0, **GLOBAL)
    return estimator, one_row(estimator, x), one_row(estimator, x[::-1])


@pytest.mark.parametrize("direction", [1, -1])
def test_spin_distinguishes_the_directions_of_a_glissando(glissando, direction):
    estimator, *coefficients = glissando
    s, paths = coefficients[direction < 0], estimator.paths_
    spinning = np.flatnonzero((paths["order"] == 2) & (paths["spin"] != 0))
    ridge = spinning[np.argmax(s[spinning])]
    assert paths["spin"][ridge] == direction
    # At the ridge the wavelets glide as fast as the sound: rate (Hz) = octaves a second times cycles per octave.
    assert paths["xi2"][ridge] == pytest.approx(abs(paths["xi_fr"][ridge]), rel=0.1)
    assert s[ridge] ** 2 >= 20 * s[opposite(paths, paths[ridge], "xi_fr")] ** 2


def test_time_reversal_swaps_the_spins(rng):
    x = rng.standard_normal(4096)
    estimator = TimeFrequencyScattering(J=8, Q=8, J_fr=3, **GLOBAL)
    # The reverse about sample 0 of the periodic signal.
    s, reverse = one_row(estimator, x), one_row(estimator, np.roll(x[::-1], 1))
    paths = estimator.paths_
    swapped = [opposite(paths, row, "xi_fr") if row["order"] == 2 else i for i, row in enumerate(paths)]
    assert distance(s, reverse[swapped]) <= 1e-6
    assert distance(s, reverse) >= 1e-2


@pytest.fixture(scope="module")
def rising_chirp():
    t = np.arange(8192) / 8192 - 0.5
    return np.sin(2 * np.pi * 400 * (2 ** (3 * t) - 1) / (3 * np.log(2))) * np.exp(-((t / 0.15) ** 2))


def test_time_scattering_does_not_distinguish_a_chirp_from_its_reverse(rising_chirp):
    estimator = Scattering1D(J=9, Q=8, average="global", padding="wrap")
    assert distance(one_row(estimator, rising_chirp), one_row(estimator, rising_chirp[::-1])) <= 1e-2


def test_time_frequency_scattering_distinguishes_a_chirp_from_its_reverse(rising_chirp):
    estimator = TimeFrequencyScattering(J=9, Q=8, J_fr=3, **GLOBAL)
    assert distance(one_row(estimator, rising_chirp), one_row(estimator, rising_chirp[::-1])) >= 0.3


def test_time_frequency_scattering_is_invariant_to_transposition():
    """Averaged over log-frequency, a sound a few bins higher has nearly the same coefficients."""
    estimator = TimeFrequencyScattering(J=11, Q=8, J_fr=3, **GLOBAL)
    t = np.arange(16384) / 16384
    sounds = [np.sin(2 * np.pi * f * t) * np.sin(np.pi * 40 * t) ** 4 for f in (1000, 1000 * 2**0.5)]
    plain = Scattering1D(J=11, Q=8, average="global", padding="wrap")
    change, plain_change = (distance(*(one_row(e, x) for x in sounds)) for e in (estimator, plain))
    # Wavelets half an octave higher are shorter, so that they resolve the pulses better.
    assert change <= 0.15
    assert plain_change >= 1


# ---------------------------------------------------------------------------------------------------------------
# The spiral


def spiral(x, sampling_rate, **parameters):
    estimator = SpiralScattering(J=12, Q=16, J_fr=4, J_oct=1, sampling_rate=sampling_rate, **GLOBAL)
    return estimator.set_params(**parameters), one_row(estimator, x)


def test_partials_of_a_glissando_move_in_parallel_in_all_octaves():
    x = make_shepard_risset(rate=1.0, duration=4.0, sampling_rate=8192.0, f0=600.0, center=600.0)
    estimator, s = spiral(x, 8192.0)
    paths = estimator.paths_
    spinning = np.flatnonzero((paths["order"] == 2) & (paths["spin"] != 0))
    ridge = spinning[np.argmax(s[spinning])]
    assert paths["n_oct"][ridge] == 0
    assert paths["spin"][ridge] == 1
    same = (paths["n2"] == paths["n2"][ridge]) & (paths["n_fr"] == paths["n_fr"][ridge])
    # The first wavelet of either sign takes differences of neighboring octaves.
    for n_oct in (1, 1 + paths["n_oct"].max() // 2):
        (difference,) = np.flatnonzero(same & (paths["n_oct"] == n_oct))
        assert s[ridge] >= 3 * s[difference]


def test_envelope_of_a_pagoda_moves_from_octave_to_octave():
    x = make_pagoda(rate=2.0, duration=2.0, sampling_rate=8192.0)
    estimator, s = spiral(x, 8192.0, J=11, padding="symmetric")
    reverse = one_row(estimator, x[::-1])
    second = estimator.paths_["order"] == 2
    energy = [
        [(v[second & (estimator.paths_["spin_oct"] == sign)] ** 2).sum() for sign in (1, -1)] for v in (s, reverse)
    ]
    assert energy[0][0] >= 2 * energy[0][1]
    assert energy[1][1] >= 2 * energy[1][0]


def test_spiral_distinguishes_harmonic_from_detuned_partials():
    """Partials an octave apart, and the same ones detuned: the neighborhood of each partial stays the same."""
    t = np.arange(16384) / 8192
    pulse = 1 + np.sin(2 * np.pi * 8 * t)
    harmonic, detuned = (
        pulse * sum(np.sin(2 * np.pi * 125 * 2 ** (p + shift) * t) for p, shift in enumerate(shifts))
        for shifts in ((0, 0, 0, 0, 0), (0.2, -0.3, 0.45, -0.15, 0.05))
    )
    distances = {}
    for cls in (SpiralScattering, TimeFrequencyScattering):
        estimator = cls(J=10, Q=16, J_fr=2, **GLOBAL)
        s = [one_row(estimator, x) for x in (harmonic, detuned)]
        second = estimator.paths_["order"] == 2
        distances[cls] = distance(s[0][second], s[1][second])
    assert distances[SpiralScattering] > 2 * distances[TimeFrequencyScattering]


# ---------------------------------------------------------------------------------------------------------------
# Rigid motions


@pytest.fixture(scope="module")
def images():
    return load_images_sample().images[:6, 64:192, 64:192].astype(float)


@pytest.fixture(scope="module")
def disks(images):
    """Images without their mean inside a smooth disk, zero outside."""
    y = np.linspace(-1, 1, images.shape[-1])
    inside = np.clip(4 * (0.85 - np.hypot(y[:, np.newaxis], y)), 0, 1)
    return (images - images.mean(axis=(-2, -1), keepdims=True)) * inside


ROTATED = {"J": 4, "L": 8, "average": "global", "padding": "wrap"}


def rotated_about_the_origin(x):
    """Images rotated by 90 degrees about pixel (0, 0), which is where all grids begin."""
    return np.roll(np.rot90(x, axes=(1, 2)), 1, axis=1)


@pytest.fixture(scope="module")
def rotated_plan():
    return RotoTranslationScattering2D(**ROTATED).plan((128, 128))


@pytest.fixture(scope="module")
def coefficients(disks, rotated_plan):
    return scatter(disks, rotated_plan)


def test_rotations_of_the_grid_by_90_degrees_change_nothing(disks, rotated_plan, coefficients):
    # Filters are cut at 1e-5 of their peak.
    assert distance(coefficients, scatter(rotated_about_the_origin(disks), rotated_plan)) <= 1e-5


def test_rotations_of_an_image_by_90_degrees_change_little(disks):
    # The center is between pixels: aliasing of coarse grids changes with a shift by one pixel.
    plan, x = RotoTranslationScattering2D(oversampling=2, **ROTATED).plan((128, 128)), disks[:2]
    assert distance(scatter(x, plan), scatter(np.rot90(x, axes=(1, 2)).copy(), plan)) <= 1e-5


@pytest.mark.parametrize("n_steps", [1, 2, 3, 5])
def test_rotations_by_the_angles_of_the_wavelets_change_little(n_steps, disks, rotated_plan, coefficients):
    rotated = rotate(disks, 180 / 8 * n_steps, axes=(2, 1), reshape=False, order=5)
    t = scatter(rotated, rotated_plan)
    rows = rotated_plan.paths["order"] > 0
    # Rotated images are interpolated, and filters are not isotropic in the corners of the frequency plane.
    assert distance(coefficients[:, rows], t[:, rows]) <= 0.03


def test_separable_transform_changes_with_rotations(disks):
    plan = RotoTranslationScattering2D(separable=True, **ROTATED).plan((128, 128))
    rows = plan.paths["order"] == 2
    s, t = (scatter(v, plan)[:, rows] for v in (disks, np.rot90(disks, axes=(1, 2)).copy()))
    assert distance(s, t) >= 0.1


def test_angles_shift_with_rotations(disks):
    plan, x = RotoTranslationScattering2D(average_angle=None, **ROTATED).plan((128, 128)), disks[:3]
    s, t = scatter(x, plan), scatter(rotated_about_the_origin(x), plan)
    # Beyond 180 degrees wavelets of opposite spin take over; the low-pass filter has none.
    rows = plan.paths["spin"] == 0
    assert distance(np.roll(s[:, rows], 4, axis=2), t[:, rows]) <= 1e-5


def woven(across, size=128):
    """Gratings in four directions, the contrast of each modulated along its direction or across."""
    images = []
    y, x = 2 * np.pi * np.mgrid[:size, :size] / size
    for a, b in ((1, 0), (1, 1), (0, 1), (-1, 1)):
        fine, coarse = (32, 6) if 0 in (a, b) else (23, 4)
        waves = np.cos(fine * (a * y + b * x))
        c, d = (-b, a) if across else (a, b)
        images.append(waves * (1 + np.cos(coarse * (c * y + d * x))))
    return np.array(images)


def test_joint_transform_distinguishes_what_the_separable_one_does_not():
    """The mean over all directions of gratings modulated along themselves, and of gratings modulated across."""
    distances = {}
    for separable in (False, True):
        plan = RotoTranslationScattering2D(J=5, L=4, separable=separable, average="global", padding="wrap").plan(
            (128, 128)
        )
        rows = plan.paths["order"] == 2
        s = [scatter(woven(across), plan).mean(axis=0)[rows] for across in (False, True)]
        distances[separable] = distance(*s)
    assert distances[False] > 5 * distances[True]


def test_without_wavelets_along_the_angle_averages_are_those_of_plain_scattering(images):
    parameters = {"J": 3, "L": 4, "average": "global", "padding": "wrap", "oversampling": 20}
    x = images[:, :32, :32]
    roto, plain = (
        RotoTranslationScattering2D(J_rot=0, **parameters).plan((32, 32)),
        Scattering2D(**parameters).plan((32, 32)),
    )
    s, p = scatter(x, plain), plain.paths
    expected = []
    for row in roto.paths:
        same = (p["order"] == row["order"]) & ((p["j1"] == row["j1"]) | (row["order"] == 0))
        if row["order"] == 2:
            same &= (p["j2"] == row["j2"]) & ((p["theta2"] - p["theta1"]) % 4 == row["theta2"])
        expected.append(s[:, same].mean(axis=1))
    np.testing.assert_allclose(scatter(x, roto), np.transpose(expected), rtol=1e-10)


# ---------------------------------------------------------------------------------------------------------------
# Means of plain scattering over rotations


PERIODIC = {"average": "global", "padding": "wrap"}


def change(estimator, x, moved):
    """Change of the features of images, relative to their norm."""
    return distance(estimator.fit(x).transform(x), estimator.transform(moved))


@pytest.mark.parametrize(
    "parameters",
    [
        {"J": 4},
        {"J": 3, "L": 6, "max_order": 3},
        {"J": 2, "Q": 2},
        # The coarse grids of conventional filters alias by 2e-4 of the norm.
        {"J": 3, "normalize": "l1", "oversampling": 1},
    ],
)
def test_rotation_averages_ignore_rotations_by_90_degrees(parameters, disks):
    plain, x = Scattering2D(**parameters, **PERIODIC), disks[:3]
    # Filters are cut at 1e-5 of their peak.
    assert change(RotationAveraging(plain), x, rotated_about_the_origin(x)) <= 1e-5
    assert change(plain, x, rotated_about_the_origin(x)) >= 0.2
    # The center is between pixels: aliasing of coarse grids changes with a shift by one pixel.
    averaged = RotationAveraging(plain.set_params(oversampling=2))
    assert change(averaged, x, np.rot90(x, axes=(1, 2))) <= 1e-5


@pytest.mark.parametrize("n_steps", [1, 3])
def test_rotation_averages_hardly_change_with_rotations_by_the_angles_of_the_wavelets(n_steps, disks):
    rotated = rotate(disks, 180 / 8 * n_steps, axes=(2, 1), reshape=False, order=5)
    plain = Scattering2D(J=4, L=8, **PERIODIC)
    # Rotated images are interpolated, and filters are not isotropic in the corners of the frequency plane.
    assert change(RotationAveraging(plain), disks, rotated) <= 0.02
    assert change(plain, disks, rotated) >= 0.2


def test_logarithms_of_rotation_averages_are_invariant(disks):
    model = make_pipeline(RotationAveraging(Scattering2D(J=4, **PERIODIC)), LogMedian())
    # Filters are cut at 1e-5 of their peak.
    assert change(model, disks, rotated_about_the_origin(disks)) <= 1e-5


def test_rotation_averages_of_logarithms_change_near_the_floor_only(disks):
    rotated, plain = rotated_about_the_origin(disks), Scattering2D(J=4, **PERIODIC)
    high, low = (
        change(RotationAveraging(make_pipeline(plain, LogMedian(epsilon))), disks, rotated) for epsilon in (0.1, 0.001)
    )
    # The medians of six images differ between angles. The error is proportional to the floor at least.
    assert high <= 5e-3
    assert low <= high / 100


@pytest.mark.parametrize("step", [PathScaler, lambda s: make_pipeline(s, LogMedian())])
def test_steps_that_learn_from_all_orientations_preserve_the_invariance(step, disks):
    model = RotationAveraging(step(Scattering2D(J=4, **PERIODIC)))
    rotated = rotated_about_the_origin(disks)
    S, S_rotated = np.split(model.fit_transform(np.concatenate([disks, rotated])), 2)
    # Filters are cut at 1e-5 of their peak.
    assert distance(S, S_rotated) <= 1e-5
    # From one orientation of each image they learn to treat angles differently.
    S, S_rotated = model.fit_transform(disks), model.transform(rotated)
    assert distance(S, S_rotated) >= 1e-3


def test_rotation_averages_are_roto_translation_scattering_without_wavelets_along_the_angle(images):
    x, parameters = images[:, :32, :32], {"J": 3, "L": 4, "oversampling": 20, **PERIODIC}
    averaged, roto = RotationAveraging(Scattering2D(**parameters)), RotoTranslationScattering2D(J_rot=0, **parameters)
    # On full grids, up to rounding errors.
    np.testing.assert_allclose(averaged.fit_transform(x), roto.fit_transform(x), rtol=1e-10)


def crossing(apart, size=128):
    """Horizontal and vertical gratings, each in a few smooth spots: the same spots, or others."""
    y, x = 2 * np.pi * np.mgrid[:size, :size] / size
    spots = ((1 + np.cos(2 * y)) * (1 + np.cos(2 * x)) / 4) ** 2
    return np.cos(40 * y) * spots + np.cos(40 * x) * (np.roll(spots, size // 4, axis=0) if apart else spots)


def test_rotation_averages_hardly_know_which_orientations_cross():
    x = np.array([crossing(apart) for apart in (False, True)])
    averaged = RotationAveraging(Scattering2D(J=3, **PERIODIC))
    joint = RotoTranslationScattering2D(J=3, **PERIODIC)
    assert change(joint, x[:1], x[1:]) >= 3 * change(averaged, x[:1], x[1:])


# ---------------------------------------------------------------------------------------------------------------
# Scales


def texture(rng, wavelength, size=128):
    """Noise that oscillates with a wavelength in pixels."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size)))
    octaves = np.log2(np.maximum(frequency, 1e-6) * wavelength)
    x = np.fft.ifft2(np.fft.fft2(rng.standard_normal((size, size))) * np.exp(-8 * octaves**2)).real
    return x / x.std()


def test_scale_averaging_makes_features_stable_to_dilation(rng):
    x = np.array([texture(rng, wavelength) for wavelength in (5, 7, 9)])
    near, far = x[:, :80, :80], reduce_images(x, 2**0.5)[:, :80, :80]
    plain = RotoTranslationScattering2D(J=4, L=4, average="global")
    averaged = ScaleAveraging(plain, scales=2 ** (np.arange(4) / 2))
    change, plain_change = (distance(t.fit(near).transform(near), t.transform(far)) for t in (averaged, plain))
    assert change <= 0.7 * plain_change


@pytest.mark.parametrize(
    ("factor", "shape"), [(1.0, (60, 60)), (1.5, (40, 40)), (2.0, (30, 30)), ((1, 2), (60, 30)), ((1.5, 1), (40, 60))]
)
def test_reduced_images_are_samples_of_the_same_cosines(factor, shape):
    def image(height, width):
        y, x = ((np.arange(n) + 0.5) / n for n in (height, width))
        return 3 + np.cos(4 * np.pi * y)[:, np.newaxis] * np.cos(np.pi * x)

    np.testing.assert_allclose(reduce_images(image(60, 60), factor), image(*shape), atol=1e-12)


def test_scales_may_have_factors_of_height_and_width(rng):
    x = rng.standard_normal((3, 24, 32))
    inner = Scattering2D(J=2, L=2, average="global")
    stacked = ScaleAveraging(inner, scales=[(1, 1), (1, 2)], combine="concatenate", shape=(24, 32)).fit(x)
    expected = [inner.fit(z).transform(z) for z in (x, reduce_images(x, (1, 2)))]
    np.testing.assert_array_equal(stacked.transform(x), np.concatenate(expected, axis=1))
    assert stacked.get_feature_names_out()[-1].startswith("s1x2_")


# ---------------------------------------------------------------------------------------------------------------
# Logarithms


def test_logarithm_makes_a_gain_a_shift(rng):
    X = rng.random((50, 7)) + 1
    transformer = LogMedian(epsilon=1e-9).fit(X)
    np.testing.assert_allclose(transformer.transform(10 * X) - transformer.transform(X), np.log(10), rtol=1e-6)


def test_logarithm_of_zero_is_zero():
    X = np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]])
    np.testing.assert_array_equal(LogMedian(epsilon=0.1).fit(X).transform(np.zeros((1, 2))), 0)


@pytest.mark.parametrize(("scales", "found"), [((0.5, 1), r"\(0.5, 1\)"), ((), r"\(\)"), (2.0, "2.0")])
def test_bad_scales_are_refused(scales, found):
    estimator = ScaleAveraging(RotoTranslationScattering2D(), scales=scales)
    with pytest.raises(ValueError, match=found):
        estimator.fit(np.zeros((2, 16, 16)))


def test_mean_over_scales_needs_as_many_features_at_each():
    estimator = ScaleAveraging(RotoTranslationScattering2D(J=2), scales=(1, 2))
    with pytest.raises(ValueError, match=r"combine='mean' found .* Average over the whole image, or concatenate"):
        estimator.fit(np.zeros((2, 32, 32)))


def test_scales_are_concatenated_in_order(rng):
    X = rng.standard_normal((3, 32, 32))
    inner = RotoTranslationScattering2D(J=2, L=2, average="global")
    stacked = ScaleAveraging(inner, scales=(1, 2), combine="concatenate").fit(X)
    S, n = stacked.transform(X), len(inner.fit(X).get_feature_names_out())
    np.testing.assert_array_equal(S[:, :n], inner.transform(X))
    assert S.shape[1] == 2 * n == len(set(stacked.get_feature_names_out()))
