"""Displays of joint scattering, and of the spiral, draw what they claim to draw."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skscat import (
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
)
from skscat.plotting import (
    RateScaleDisplay,
    RotoTranslationDisplay,
    ScattergramDisplay,
    ScatteringDiskDisplay,
    SecondOrderDisplay,
    SpiralDisplay,
)

plt = pytest.importorskip("matplotlib.pyplot")


def noise(*shape):
    return np.random.default_rng(0).standard_normal(shape)


NOISE, IMAGE = noise(2, 1024), noise(32, 32)


@pytest.fixture(autouse=True)
def close_figures():
    plt.close("all")
    yield
    plt.close("all")


def fitted(kind, **parameters):
    if kind is RotoTranslationScattering2D:
        return kind(**{"J": 3, "L": 4, "average": "global", **parameters}).fit(IMAGE[np.newaxis])
    defaults = {} if kind is Scattering1D else {"J_fr": 2}
    return kind(**{"J": 6, "Q": 8, **defaults, **parameters}).fit(NOISE)


def means(estimator, x):
    """Coefficients of each path, averaged over all positions."""
    return estimator.transform(x[np.newaxis]).reshape(len(estimator.paths_), -1).mean(axis=1)


# ---------------------------------------------------------------------------------------------------------------
# What all displays share

CASES = [
    (RateScaleDisplay, TimeFrequencyScattering, NOISE[0]),
    (RateScaleDisplay, SpiralScattering, NOISE[0]),
    (SpiralDisplay, Scattering1D, NOISE[0]),
    (RotoTranslationDisplay, RotoTranslationScattering2D, IMAGE),
]


@pytest.mark.parametrize(("display", "kind", "x"), CASES)
def test_displays_draw_on_the_axes_they_are_given(display, kind, x):
    figure, ax = plt.subplots(subplot_kw={"projection": "polar" if display is SpiralDisplay else None})
    drawn = display.from_estimator(fitted(kind), x, ax=ax)
    assert drawn.ax_ is ax
    assert drawn.figure_ is figure
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize(("display", "kind", "x"), CASES)
def test_axes_and_colors_are_labeled(display, kind, x):
    drawn = display.from_estimator(fitted(kind), x)
    assert drawn.ax_.get_xlabel()
    assert drawn.colorbar_.ax.get_ylabel().endswith("-order coefficient")
    assert display.from_estimator(fitted(kind), x, colorbar=False).colorbar_ is None


@pytest.mark.parametrize(("display", "kind", "x"), CASES)
def test_unfitted_estimators_are_refused(display, kind, x):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        display.from_estimator(kind(), x)


@pytest.mark.parametrize(
    ("display", "kind", "x", "expected"),
    [
        (ScattergramDisplay, TimeFrequencyScattering, NOISE[0], "Scattering1D"),
        (SecondOrderDisplay, SpiralScattering, NOISE[0], "Scattering1D"),
        (SpiralDisplay, TimeFrequencyScattering, NOISE[0], "Scattering1D"),
        (ScatteringDiskDisplay, RotoTranslationScattering2D, IMAGE, "Scattering2D"),
        (RateScaleDisplay, Scattering1D, NOISE[0], "TimeFrequencyScattering or SpiralScattering"),
    ],
)
def test_other_families_are_refused_by_name(display, kind, x, expected):
    with pytest.raises(ValueError, match=rf"^estimator={kind.__name__}.*{display.__name__} draws .* of {expected}\.$"):
        display.from_estimator(fitted(kind), x)


def test_translation_scattering_has_no_roto_translation_display():
    with pytest.raises(ValueError, match=r"estimator=Scattering2D.*draws .* of RotoTranslationScattering2D\.$"):
        RotoTranslationDisplay.from_estimator(Scattering2D(J=2).fit(IMAGE[np.newaxis]), IMAGE)


@pytest.mark.parametrize(
    ("display", "kind", "x"), [case for case in CASES if case[0] in (RateScaleDisplay, RotoTranslationDisplay)]
)
def test_displays_of_the_second_order_need_one(display, kind, x):
    with pytest.raises(ValueError, match="draws second-order coefficients; the transform has no path of this order"):
        display.from_estimator(fitted(kind, max_order=1), x)


# ---------------------------------------------------------------------------------------------------------------
# Rate and scale


@pytest.mark.parametrize("average_frequency", ["local", "global"])
def test_each_path_has_the_cell_of_its_rate_and_signed_scale(average_frequency):
    estimator = fitted(TimeFrequencyScattering, average_frequency=average_frequency)
    display = RateScaleDisplay.from_estimator(estimator, NOISE[0])
    signed = np.concatenate([-display.scales[::-1], [0], display.scales])
    second = estimator.paths_["order"] == 2
    for path, value in zip(estimator.paths_[second], means(estimator, NOISE[0])[second], strict=True):
        cell = display.coefficients[0, display.rates == path["xi2"], signed == path["xi_fr"]]
        assert cell == pytest.approx(abs(value))
    np.testing.assert_array_equal(display.image_.get_array(), display.coefficients[0])


@pytest.mark.parametrize(("rate", "unit"), [(None, "cycles/sample"), (2000, "Hz")])
def test_rates_have_units(rate, unit):
    ax = RateScaleDisplay.from_estimator(fitted(TimeFrequencyScattering, sampling_rate=rate), NOISE[0]).ax_
    assert ax.get_ylabel() == f"rate ({unit})"
    assert "cycles/octave" in ax.get_xlabel()


def test_tick_labels_of_the_scale_are_in_the_cells_of_these_scales():
    display = RateScaleDisplay.from_estimator(fitted(TimeFrequencyScattering), NOISE[0])
    columns = display.image_.get_coordinates()[0, :, 0]
    middles = np.concatenate([-display.scales[::-1], [0], display.scales])
    for tick, label in zip(display.ax_.get_xticks(), display.ax_.get_xticklabels(), strict=True):
        top, _, bottom = label.get_text().partition("/")
        scale = np.sign(tick) * float(top) / float(bottom or 1)
        # Borders between cells are half an octave from the scale of the cell.
        middle = middles[np.searchsorted(columns, tick) - 1]
        assert (middle == scale == 0) or 1 / np.sqrt(2) < middle / scale < np.sqrt(2)


@pytest.mark.parametrize("kind", [TimeFrequencyScattering, SpiralScattering])
@pytest.mark.parametrize(("direction", "side"), [(1, "right"), (-1, "left")])
def test_rising_chirps_are_drawn_at_the_right_and_falling_ones_at_the_left(kind, direction, side):
    t = np.arange(4096) / 4096
    chirp = np.cos(2 * np.pi * 200 * 2 ** (3 * t) / (3 * np.log(2)))[::direction]
    estimator = kind(J=8, J_fr=3, padding="constant", sampling_rate=4096).fit(chirp[np.newaxis])
    coefficients = RateScaleDisplay.from_estimator(estimator, chirp).coefficients[0]
    n_scales = coefficients.shape[1] // 2
    left, right = (coefficients[:, half].sum() for half in (slice(n_scales), slice(-n_scales, None)))
    assert (right > 2 * left) if side == "right" else (left > 2 * right)


def test_octave_wavelets_of_one_direction_are_drawn_together():
    estimator = fitted(SpiralScattering)
    display = RateScaleDisplay.from_estimator(estimator, NOISE[0])
    paths, values = estimator.paths_, means(estimator, NOISE[0])
    for octave in (0, 1, -1):
        drawn = display.plot(octave=octave).image_.get_array()
        rows = (paths["order"] == 2) & (paths["spin_oct"] == octave)
        np.testing.assert_allclose((drawn**2).sum(), (values[rows] ** 2).sum())


def test_octaves_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match=r"octave=2: expected one of \(0, 1, -1\)"):
        RateScaleDisplay.from_estimator(fitted(SpiralScattering), NOISE[0], octave=2)
    with pytest.raises(ValueError, match=r"octave=1: expected one of \(0,\); only SpiralScattering has 1 and -1"):
        RateScaleDisplay.from_estimator(fitted(TimeFrequencyScattering), NOISE[0], octave=1)


# ---------------------------------------------------------------------------------------------------------------
# The spiral


def tones(*frequencies):
    return sum(np.cos(2 * np.pi * f * np.arange(4096) / 4096) for f in frequencies)


def scalogram(**parameters):
    return Scattering1D(J=8, Q=12, max_order=1, average=None, sampling_rate=4096, **parameters).fit(tones(0)[None])


def centers(display):
    """Angle (radians), radius and coefficient of the pieces of the spiral."""
    corners = display.image_.get_coordinates()
    middle = (corners[1:, 1:] + corners[:-1, :-1]) / 2
    return middle[..., 0].ravel(), middle[..., 1].ravel(), display.image_.get_array().ravel()


def test_one_revolution_of_the_spiral_is_an_octave():
    display = SpiralDisplay.from_estimator(scalogram(), tones(220))
    angle, radius, _ = centers(display)
    np.testing.assert_allclose(np.diff(angle), 2 * np.pi * np.diff(radius))
    corners = display.image_.get_coordinates()
    np.testing.assert_allclose(corners[1, :, 1] - corners[0, :, 1], 1)
    octaves = np.log2(display.frequencies[-1] / display.frequencies[0])
    assert abs(np.ptp(angle) / (2 * np.pi) - octaves) < 1 / 6


@pytest.mark.parametrize("frequency", [220, 440, 880])
def test_notes_an_octave_apart_are_at_the_angle_of_their_name(frequency):
    display = SpiralDisplay.from_estimator(scalogram(), tones(frequency), time=0.5)
    angle, _, value = centers(display)
    names = [label.get_text() for label in display.ax_.get_xticklabels()]
    away = np.mean(angle[value == value.max()]) / (2 * np.pi) - names.index("A") / 12
    # Up to half the spacing of twelve wavelets per octave.
    assert abs((away + 0.5) % 1 - 0.5) < 1 / 24


def test_the_radius_grows_by_one_per_octave():
    radii = []
    for frequency in (220, 440, 880):
        _, radius, value = centers(SpiralDisplay.from_estimator(scalogram(), tones(frequency), time=0.5))
        radii.append(radius[value == value.max()].mean())
    np.testing.assert_allclose(np.diff(radii), 1, atol=1 / 12)


def test_labels_of_the_top_ray_are_inside_the_spiral():
    display = SpiralDisplay.from_estimator(scalogram(), tones(220))
    ticks = display.ax_.get_yticks()
    np.testing.assert_allclose(np.diff(ticks), 1)
    assert len(ticks) > 2
    # Labels are about as high as a revolution, whose width is 1.
    assert max(ticks) + 1 < display.ax_.get_rmax()


def test_evenly_spaced_wavelets_are_left_out():
    estimator = fitted(Scattering1D)
    display = SpiralDisplay.from_estimator(estimator, NOISE[0])
    ratios = display.frequencies[1:] / display.frequencies[:-1]
    np.testing.assert_allclose(ratios, 2 ** (1 / 8))
    assert len(ratios) + 1 < (estimator.paths_["order"] == 1).sum()


@pytest.mark.parametrize(("time", "frames"), [(None, slice(None)), (0.5, [2048]), ((0.25, 0.5), slice(1024, 2049))])
def test_the_requested_time_is_drawn(time, frames):
    estimator = scalogram()
    x = np.concatenate([tones(220)[:2048], tones(300)[2048:]])
    display = SpiralDisplay.from_estimator(estimator, x, time=time)
    s = estimator.transform(x[np.newaxis]).reshape(len(estimator.paths_), -1)[:, frames].mean(axis=1)
    rows = [np.flatnonzero(estimator.paths_["xi1"] == f)[0] for f in display.frequencies]
    np.testing.assert_allclose(display.coefficients, s[rows])


@pytest.mark.parametrize("average", ["local", "global"])
def test_averages_are_drawn_on_a_spiral_too(average):
    display = SpiralDisplay.from_estimator(fitted(Scattering1D, average=average), NOISE[0], time=0)
    assert (display.coefficients > 0).all()


@pytest.mark.parametrize("time", [-1, 2.0, (0.5, 0.25), (0, 0.1, 0.2)])
def test_times_outside_the_signal_are_refused(time):
    with pytest.raises(ValueError, match=r"time=.*: expected a time, or a first and a last time, from 0 to 1"):
        SpiralDisplay.from_estimator(scalogram(), tones(220), time=time)


def test_spirals_need_a_first_order_and_polar_axes():
    with pytest.raises(ValueError, match="draws first-order coefficients; the transform has no path of this order"):
        SpiralDisplay.from_estimator(fitted(Scattering1D, max_order=0), NOISE[0])
    with pytest.raises(ValueError, match=r"ax: SpiralDisplay needs polar axes.*; got rectilinear"):
        SpiralDisplay.from_estimator(scalogram(), tones(220), ax=plt.subplots()[1])


# ---------------------------------------------------------------------------------------------------------------
# Rotations


@pytest.mark.parametrize("parameters", [{}, {"average": "local"}, {"average_angle": None}, {"separable": True}])
def test_each_path_has_the_cell_of_its_scales_and_angles(parameters):
    estimator = fitted(RotoTranslationScattering2D, **parameters)
    display = RotoTranslationDisplay.from_estimator(estimator, IMAGE)
    second = estimator.paths_["order"] == 2
    for path, value in zip(estimator.paths_[second], means(estimator, IMAGE)[second], strict=True):
        pair = display.pairs.index((path["j1"], path["j2"]))
        cell = display.coefficients[display.frequencies == path["xi_rot"], pair, path["theta2"]]
        assert cell == pytest.approx(value)
    assert np.isfinite(display.coefficients).all()


@pytest.mark.parametrize("L", [3, 4])
def test_the_relative_angle_zero_is_in_the_middle_of_a_block(L):
    estimator = fitted(RotoTranslationScattering2D, L=L)
    display = RotoTranslationDisplay.from_estimator(estimator, IMAGE)
    drawn = display.image_.get_array().reshape(display.coefficients.shape)
    np.testing.assert_array_equal(drawn[..., L // 2], display.coefficients[..., 0])
    ticks = dict(zip(display.ax_.get_xticks(), display.ax_.get_xticklabels(), strict=True))
    assert ticks[L // 2 + 0.5].get_text() == "0°"


def test_a_rotated_image_is_drawn_alike():
    estimator = fitted(RotoTranslationScattering2D, oversampling=4, padding="wrap")
    upright = RotoTranslationDisplay.from_estimator(estimator, IMAGE)
    rotated = RotoTranslationDisplay.from_estimator(estimator, np.rot90(IMAGE))
    np.testing.assert_allclose(rotated.image_.get_array(), upright.image_.get_array(), rtol=1e-6)


@pytest.mark.parametrize(("separable", "label"), [(False, "to the first"), (True, "angle of the second wavelet")])
def test_the_label_names_the_origin_of_the_angles(separable, label):
    estimator = fitted(RotoTranslationScattering2D, separable=separable)
    assert RotoTranslationDisplay.from_estimator(estimator, IMAGE).ax_.get_xlabel().endswith(label)
