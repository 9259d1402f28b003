"""Displays draw the coefficients that they claim to draw."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError

from skscat import HaarScattering, Scattering1D, Scattering2D, plotting
from skscat.filters import (
    FilterBank,
    littlewood_paley,
    morlet_bank_1d,
    morlet_bank_2d,
    solid_harmonic_bank,
    to_dense,
)
from skscat.plotting import FilterBankDisplay, ScattergramDisplay, ScatteringDiskDisplay, SecondOrderDisplay

plt = pytest.importorskip("matplotlib.pyplot")


def noise(*shape):
    return np.random.default_rng(0).standard_normal(shape)


SIGNALS, IMAGES = noise(3, 600), noise(2, 48, 40)
FROM_SIGNAL = [ScattergramDisplay, SecondOrderDisplay]
FROM_ANY = [*FROM_SIGNAL, ScatteringDiskDisplay]
# Displays of diagnostics take any estimator with the methods they need.
MEASURED = ("Contraction", "Discrimination", "Energy", "Stability")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def fitted_1d(**parameters):
    return Scattering1D(J=5, Q=4, **parameters).fit(SIGNALS)


def fitted_2d(**parameters):
    return Scattering2D(J=3, L=4, **parameters).fit(IMAGES)


def coefficients(estimator, x):
    return estimator.transform(x[np.newaxis]).reshape(estimator.output_shape_)


# ---------------------------------------------------------------------------------------------------------------
# What all displays share


def test_matplotlib_is_imported_only_to_draw():
    code = "import sys, skscat.plotting; print([m for m in sys.modules if m.split('.')[0] == 'matplotlib'])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_missing_matplotlib_is_named_with_the_extra_that_has_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"FilterBankDisplay.plot needs matplotlib.*skscat\[plot\]"):
        FilterBankDisplay.from_bank(morlet_bank_1d(64, 2))


def test_all_displays_draw_on_the_axes_they_are_given():
    for draw in (
        lambda ax: FilterBankDisplay.from_bank(morlet_bank_1d(64, 2), ax=ax),
        lambda ax: FilterBankDisplay.from_estimator(fitted_2d(), ax=ax),
        lambda ax: ScattergramDisplay.from_estimator(fitted_1d(), SIGNALS[0], ax=ax),
        lambda ax: SecondOrderDisplay.from_estimator(fitted_1d(), SIGNALS[0], ax=ax),
        lambda ax: ScatteringDiskDisplay.from_estimator(fitted_2d(), IMAGES[0], ax=ax),
    ):
        figure, ax = plt.subplots()
        display = draw(ax)
        assert display.ax_ is ax
        assert display.figure_ is figure
        assert plt.get_fignums() == [figure.number]
        plt.close(figure)


@pytest.mark.parametrize("display", FROM_ANY)
def test_unfitted_estimators_are_refused(display):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        display.from_estimator(Scattering1D(), SIGNALS[0])


@pytest.mark.parametrize("display", FROM_ANY)
def test_other_estimators_are_refused(display):
    with pytest.raises(TypeError, match="must be a scattering transform with filters; got PCA"):
        display.from_estimator(PCA().fit(SIGNALS), SIGNALS[0])


def test_transforms_without_filters_are_refused():
    haar = HaarScattering(n_layers=2).fit(SIGNALS)
    with pytest.raises(TypeError, match="must be a scattering transform with filters; got HaarScattering"):
        FilterBankDisplay.from_estimator(haar)
    with pytest.raises(TypeError, match="must be a scattering transform with filters; got HaarScattering"):
        ScattergramDisplay.from_estimator(haar, SIGNALS[0])


@pytest.mark.parametrize("name", [n for n in plotting.__all__ if not n.startswith(MEASURED)])
def test_refusal_of_other_estimators_is_documented(name):
    assert "TypeError\n" in getattr(plotting, name).from_estimator.__doc__


@pytest.mark.parametrize("display", FROM_SIGNAL)
def test_displays_of_signals_refuse_images(display):
    with pytest.raises(ValueError, match=r"draws one-dimensional signals; this Scattering2D .* shape \(48, 40\)"):
        display.from_estimator(fitted_2d(), IMAGES[0])


def test_displays_of_images_refuse_signals():
    with pytest.raises(ValueError, match=r"draws images; this Scattering1D takes arrays of shape \(600,\)"):
        ScatteringDiskDisplay.from_estimator(fitted_1d(), SIGNALS[0])


@pytest.mark.parametrize("display", FROM_SIGNAL)
def test_the_requested_channel_is_drawn(display):
    both = SIGNALS[:2]
    scattering = Scattering1D(J=5, Q=4).fit(both[np.newaxis])
    drawn = display.from_estimator(scattering, both, channel=1).coefficients
    alone = display.from_estimator(fitted_1d(), both[1]).coefficients
    np.testing.assert_allclose(drawn, alone, rtol=1e-10)
    with pytest.raises(ValueError, match=r"channel=2: signals have 2 channel\(s\)"):
        display.from_estimator(scattering, both, channel=2)


def test_colorbar_can_be_left_out():
    assert ScattergramDisplay.from_estimator(fitted_1d(), SIGNALS[0], colorbar=False).colorbar_ is None
    label = ScattergramDisplay.from_estimator(fitted_1d(), SIGNALS[0]).colorbar_.ax.get_ylabel()
    assert label == "first-order coefficient"


def test_pandas_output_is_drawn_too():
    pytest.importorskip("pandas")
    scattering = fitted_1d().set_output(transform="pandas")
    drawn = ScattergramDisplay.from_estimator(scattering, SIGNALS[0]).coefficients
    plain = ScattergramDisplay.from_estimator(fitted_1d(), SIGNALS[0]).coefficients
    np.testing.assert_array_equal(drawn, plain)


# ---------------------------------------------------------------------------------------------------------------
# Filter banks


@pytest.mark.parametrize(("rate", "label", "top"), [(None, "cycles/sample", 0.5), (8000, "Hz", 4000.0)])
def test_curves_of_a_line_bank_are_its_filters(rate, label, top):
    bank = morlet_bank_1d(128, 3, Q=2)
    ax = FilterBankDisplay.from_bank(bank, sampling_rate=rate).ax_
    curves = [line.get_ydata() for line in ax.lines]
    expected = [np.abs(to_dense(psi, bank.grid)[0, :65]) for psi in (*bank.psi, bank.phi)]
    np.testing.assert_allclose(curves, [*expected, littlewood_paley(bank)[:65]])
    assert ax.lines[0].get_xdata()[-1] == top
    assert ax.get_xlabel() == f"frequency ({label})"


def test_each_curve_peaks_at_the_frequency_in_the_table():
    estimator = fitted_1d(sampling_rate=100)
    ax = FilterBankDisplay.from_estimator(estimator).ax_
    n_filters = len(estimator.plan_.banks[0].psi)
    peaks = [line.get_xdata()[line.get_ydata().argmax()] for line in ax.lines[:n_filters]]
    xi = estimator.paths_["xi1"][estimator.paths_["order"] == 1]
    # Tight filters are bent a little; the finest is cut at the highest frequency.
    np.testing.assert_allclose(peaks[1:], xi[1:], rtol=0.05, atol=0.5)


def test_image_of_a_plane_bank_is_its_littlewood_paley_sum():
    bank = morlet_bank_2d((32, 24), 2, L=4, normalize="l1")
    display = FilterBankDisplay.from_bank(bank)
    np.testing.assert_array_equal(display.image_.get_array(), np.fft.fftshift(littlewood_paley(bank)))
    left, right, bottom, top = display.image_.get_extent()
    # Frequency zero is the center of its pixel, and rows point down.
    assert left + (12.5 / 24) * (right - left) == pytest.approx(0)
    assert top + (16.5 / 32) * (bottom - top) == pytest.approx(0)
    assert bottom > top
    assert "cycles/pixel" in display.ax_.get_xlabel()
    assert "cycles/pixel" in display.ax_.get_ylabel()


def test_outlines_of_a_plane_bank_surround_the_center_frequencies():
    bank = morlet_bank_2d((64, 64), 3, L=4)
    outlines = FilterBankDisplay.from_bank(bank).ax_.collections
    assert len(outlines) == len(bank.psi) + 1
    for outline, row in zip(outlines, bank.table, strict=False):
        if row["j"] > 0:
            center = row["xi"] * np.array([np.sin(row["angle"]), np.cos(row["angle"])])
            assert outline.get_paths()[0].contains_point(center)


def test_curves_of_a_volume_bank_are_those_of_any_axis():
    bank = solid_harmonic_bank((16, 12, 16), 1, L=2, normalize="l1")
    ax = FilterBankDisplay.from_bank(bank).ax_
    # The last line is the sum.
    for line, psi in zip(ax.lines[:-1], (*bank.psi, bank.phi), strict=True):
        along_rows = np.linalg.norm(to_dense(psi, bank.grid), axis=0)[0, 0]
        # Odd wavelets are zero at the highest frequency of one axis or the other. Supports are cut at 1e-4 of peaks.
        np.testing.assert_allclose(line.get_ydata()[:8], along_rows[:8], atol=1e-4)
    assert ax.get_xlabel() == "frequency (cycles/voxel)"


def test_the_bank_of_the_requested_order_is_drawn():
    estimator = fitted_1d()
    assert FilterBankDisplay.from_estimator(estimator, order=2).bank is estimator.plan_.banks[1]
    with pytest.raises(ValueError, match="order=3: expected an order from 1 to 2"):
        FilterBankDisplay.from_estimator(estimator, order=3)


def test_banks_that_cannot_be_drawn_are_refused():
    plane = morlet_bank_2d((16, 16), 1)
    with pytest.raises(ValueError, match="sampling_rate=8000: frequencies of images and volumes are in cycles per"):
        FilterBankDisplay.from_bank(plane, sampling_rate=8000)
    with pytest.raises(ValueError, match="draws banks on 1 to 3 axes; this one has 4"):
        FilterBankDisplay.from_bank(FilterBank((8, 8, 8, 8), plane.psi, plane.phi, plane.table))


# ---------------------------------------------------------------------------------------------------------------
# Signals


@pytest.mark.parametrize("average", ["local", None])
def test_scattergram_is_the_first_order_from_low_to_high_frequency(average):
    estimator = fitted_1d(average=average)
    display = ScattergramDisplay.from_estimator(estimator, SIGNALS[0])
    first = estimator.paths_["order"] == 1
    expected = coefficients(estimator, SIGNALS[0])[first][::-1]
    np.testing.assert_array_equal(display.image_.get_array(), expected)
    np.testing.assert_array_equal(display.frequencies, estimator.paths_["xi1"][first][::-1])


@pytest.mark.parametrize(("rate", "time", "frequency"), [(None, "samples", "cycles/sample"), (200, "s", "Hz")])
def test_scattergram_has_units(rate, time, frequency):
    estimator = fitted_1d(sampling_rate=rate)
    display = ScattergramDisplay.from_estimator(estimator, SIGNALS[0])
    assert display.ax_.get_xlabel() == f"time ({time})"
    assert display.ax_.get_ylabel() == f"frequency ({frequency})"
    assert display.ax_.get_yscale() == "log"
    assert display.ax_.get_xlim() == (0, 600 / (rate or 1))
    assert display.times[1] == 32 / (rate or 1)
    low, high = display.ax_.get_ylim()
    assert low < display.frequencies.min()
    assert high > display.frequencies.max()


def test_scattergram_shows_a_tone_burst_at_its_time_and_frequency():
    t = np.arange(2048) / 1000
    x = np.where(np.abs(t - 1.5) < 0.2, np.cos(2 * np.pi * 120 * t), 0)
    estimator = Scattering1D(J=6, Q=8, sampling_rate=1000).fit(x[np.newaxis])
    display = ScattergramDisplay.from_estimator(estimator, x)
    row, column = np.unravel_index(display.coefficients.argmax(), display.coefficients.shape)
    # Eight wavelets per octave; one output every 64 ms.
    assert abs(np.log2(display.frequencies[row] / 120)) < 1 / 8
    assert abs(display.times[column] - 1.5) < 0.2


def test_cells_of_a_scattergram_contain_their_centers():
    display = ScattergramDisplay.from_estimator(fitted_1d(), SIGNALS[0])
    corners = display.image_.get_coordinates()
    times, frequencies = corners[0, :, 0], corners[:, 0, 1]
    assert (times[:-1] <= display.times).all()
    assert (display.times < times[1:]).all()
    assert (frequencies[:-1] < display.frequencies).all()
    assert (display.frequencies < frequencies[1:]).all()


def test_scattergrams_need_time_and_a_first_order():
    with pytest.raises(ValueError, match="average='global' has no time axis"):
        ScattergramDisplay.from_estimator(fitted_1d(average="global"), SIGNALS[0])
    with pytest.raises(ValueError, match="draws first-order coefficients; the transform has no path"):
        ScattergramDisplay.from_estimator(fitted_1d(max_order=0), SIGNALS[0])


def test_keywords_are_passed_to_pcolormesh():
    # Averages near zero can be slightly negative; a logarithmic scale leaves these cells out.
    display = ScattergramDisplay.from_estimator(fitted_1d(), SIGNALS[0], cmap="viridis", norm="log")
    assert display.image_.get_cmap().name == "viridis"
    assert type(display.image_.norm).__name__ == "LogNorm"
    assert ScattergramDisplay.from_estimator(fitted_1d(), SIGNALS[0]).image_.get_clim()[0] == 0


@pytest.mark.parametrize("frame", [None, 0, 7])
def test_second_order_is_drawn_at_both_frequencies_of_each_path(frame):
    estimator = fitted_1d(sampling_rate=50)
    display = SecondOrderDisplay.from_estimator(estimator, SIGNALS[0], frame=frame)
    s = coefficients(estimator, SIGNALS[0])
    s = s.mean(axis=1) if frame is None else s[:, frame]
    second = estimator.paths_["order"] == 2
    for path, value in zip(estimator.paths_[second], s[second], strict=True):
        cell = display.coefficients[display.second == path["xi2"], display.first == path["xi1"]]
        assert cell == pytest.approx(value)
    assert np.isfinite(display.coefficients).sum() == second.sum()
    np.testing.assert_array_equal(display.image_.get_array().filled(np.nan), display.coefficients)


@pytest.mark.parametrize(("rate", "unit"), [(None, "cycles/sample"), (50, "Hz")])
def test_second_order_has_units(rate, unit):
    display = SecondOrderDisplay.from_estimator(fitted_1d(sampling_rate=rate), SIGNALS[0])
    assert display.ax_.get_xlabel() == f"first frequency ({unit})"
    assert display.ax_.get_ylabel() == f"second frequency ({unit})"


def test_second_order_of_a_global_mean_has_no_frames():
    estimator = fitted_1d(average="global")
    display = SecondOrderDisplay.from_estimator(estimator, SIGNALS[0])
    second = estimator.paths_["order"] == 2
    assert np.nansum(display.coefficients) == pytest.approx(coefficients(estimator, SIGNALS[0])[second].sum())
    with pytest.raises(ValueError, match=r"frame=0: the output has 0 frame\(s\)"):
        SecondOrderDisplay.from_estimator(estimator, SIGNALS[0], frame=0)


def test_second_order_display_needs_a_second_order():
    with pytest.raises(ValueError, match="draws second-order coefficients; the transform has no path"):
        SecondOrderDisplay.from_estimator(fitted_1d(max_order=1), SIGNALS[0])


# ---------------------------------------------------------------------------------------------------------------
# Images


def covered_area(wedges):
    """Area of sectors, by their radii and angles."""
    return sum((w.r**2 - (w.r - w.width) ** 2) / 2 * np.deg2rad((w.theta2 - w.theta1) % 360) for w in wedges)


@pytest.fixture
def wedges(monkeypatch):
    """Sectors in the order in which they are drawn."""
    from matplotlib import patches

    drawn = []

    class Recorded(patches.Wedge):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            drawn.append(self)

    monkeypatch.setattr(patches, "Wedge", Recorded)
    return drawn


@pytest.mark.parametrize("order", [1, 2])
def test_sectors_have_the_coefficients_at_the_position(order):
    estimator = fitted_2d()
    display = ScatteringDiskDisplay.from_estimator(estimator, IMAGES[0], order=order, position=(4, 1))
    expected = coefficients(estimator, IMAGES[0])[estimator.paths_["order"] == order, 4, 1]
    np.testing.assert_array_equal(display.sectors_.get_array(), np.tile(expected, 2))
    assert display.colorbar_.ax.get_ylabel() == f"{'first' if order == 1 else 'second'}-order coefficient"


def test_sectors_are_labeled_with_their_angles(wedges):
    estimator = Scattering2D(J=2, L=4).fit(IMAGES)
    display = ScatteringDiskDisplay.from_estimator(estimator, IMAGES[0])
    table = estimator.paths_[estimator.paths_["order"] == 1]
    labels = {label.get_text(): label.get_position() for label in display.ax_.texts}
    assert [float(text[:-1]) for text in labels] == pytest.approx(np.unique(np.rad2deg(table["angle1"])))
    # Beyond the rim, on the ray through the middle of the sectors of the angle.
    for text, (x, y) in labels.items():
        of_angle = np.isclose(np.rad2deg(table["angle1"]), float(text[:-1]))
        for wedge in (wedge for wedge, chosen in zip(wedges, of_angle, strict=False) if chosen):
            ray = np.rad2deg(np.arctan2(y, x))
            assert (ray - (wedge.theta1 + wedge.theta2) / 2 + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)
            assert np.hypot(x, y) > wedge.r


def test_the_middle_is_drawn_unless_a_position_is_given():
    estimator = fitted_2d()
    middle = coefficients(estimator, IMAGES[0])[:, 3, 2]
    np.testing.assert_array_equal(ScatteringDiskDisplay.from_estimator(estimator, IMAGES[0]).coefficients, middle)
    with pytest.raises(ValueError, match=r"position=\(6, 0\): the output grid has shape \(6, 5\)"):
        ScatteringDiskDisplay.from_estimator(estimator, IMAGES[0], position=(6, 0))


def test_one_disk_draws_both_orders():
    display = ScatteringDiskDisplay.from_estimator(fitted_2d(average="global"), IMAGES[0])
    first = display.sectors_
    assert len(display.plot(order=2).sectors_.get_array()) > len(first.get_array())


@pytest.mark.parametrize(("max_order", "order"), [(0, 1), (1, 2), (2, 3), (2, 0)])
def test_orders_without_a_disk_are_refused(max_order, order):
    expected = f"order={order}: expected 1 or 2, and no more than max_order={max_order} of the transform"
    with pytest.raises(ValueError, match=expected):
        ScatteringDiskDisplay.from_estimator(fitted_2d(max_order=max_order), IMAGES[0], order=order)


@pytest.mark.parametrize("L", [3, 4])
@pytest.mark.parametrize("order", [1, 2])
def test_sectors_fill_their_rings_without_overlap(order, L, wedges):
    estimator = Scattering2D(J=3, L=L).fit(IMAGES)
    ScatteringDiskDisplay.from_estimator(estimator, IMAGES[0], order=order)
    # Three rings of unit width about an empty disk of radius one; the innermost has no second order.
    inner = 1 if order == 1 else 2
    assert covered_area(wedges) == pytest.approx(np.pi * (4**2 - inner**2))
    positions = {(round(w.r, 6), round((w.theta1 + w.theta2) / 2 % 360, 6)) for w in wedges}
    assert len(positions) == len(wedges)


@pytest.mark.parametrize(("direction", "angle"), [((0, 1), 0), ((1, 0), 90), ((1, 1), 135), ((-1, 1), 45)])
def test_a_grating_is_largest_in_the_direction_of_its_frequency(direction, angle, wedges):
    """Rows point down in image and disk: a frequency down and to the right is drawn at -45 or 135 degrees."""
    rows, columns = np.mgrid[:48, :40]
    unit = np.array(direction) / np.linalg.norm(direction)
    grating = np.cos(2 * np.pi * 0.17 * (unit[0] * rows + unit[1] * columns))
    display = ScatteringDiskDisplay.from_estimator(fitted_2d(), grating)
    brightest = wedges[int(np.argmax(display.sectors_.get_array()))]
    assert (brightest.theta1 + brightest.theta2) / 2 % 180 == pytest.approx(angle)
    # 0.17 cycles per pixel belongs to the middle ring, from radius 2 to 3.
    assert brightest.r == 3


def by_position(wedges, values):
    key = {(round(w.r, 6), round((w.theta1 + w.theta2) / 2 % 360, 6)): v for w, v in zip(wedges, values, strict=True)}
    wedges.clear()
    return key


@pytest.mark.parametrize("order", [1, 2])
def test_rotating_the_image_rotates_the_disk(order, wedges):
    image = noise(32, 32)
    # At full resolution, rotation by 90 degrees is exact.
    estimator = Scattering2D(J=3, L=4, average="global", padding="wrap", oversampling=5).fit(image[np.newaxis])
    original = ScatteringDiskDisplay.from_estimator(estimator, image, order=order).sectors_.get_array()
    original = by_position(wedges, original)
    rotated = ScatteringDiskDisplay.from_estimator(estimator, np.rot90(image), order=order).sectors_.get_array()
    rotated = by_position(wedges, rotated)
    for (radius, angle), value in original.items():
        assert rotated[radius, round((angle + 90) % 360, 6)] == pytest.approx(value, rel=1e-10)
