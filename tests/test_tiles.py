"""Coefficients of a large picture that is transformed a tile at a time are those of the whole picture."""

import numpy as np
import pytest
from long_recordings import whole
from sklearn.base import clone

from skscat import RotoTranslationScattering2D, Scattering1D, Scattering2D
from skscat.streaming import ScatteringTiles

# As for recordings: the tails of filters that are cut at 1e-5 of their peak change coefficients by 2e-7 to 5e-7.
EQUAL = 1e-6


def joined(tiles):
    """Join the tiles of a picture, each of whose outputs must be written once."""
    dtype = np.float32 if tiles._picture.dtype in (np.float32, np.complex64) else np.float64
    out, times = np.zeros(tiles.output_shape_, dtype), np.zeros(tiles.output_shape_[-2:], int)
    for index, s in tiles:
        assert s.dtype == dtype
        out[index] = s
        times[index] += 1
    assert (times == 1).all()
    return out


def error(s, expected, border=0):
    """Norm of the difference, relative to that of what is expected, without a border."""
    inner = (Ellipsis, *(slice(border, n - border) for n in s.shape[-2:]))
    return np.linalg.norm((s - expected)[inner]) / np.linalg.norm(expected[inner])


SETTINGS = {
    "default": Scattering2D(J=2, L=4, oversampling=1),
    "l1": Scattering2D(J=2, L=4, normalize="l1", oversampling=1),
    "half the stride": Scattering2D(J=2, L=4, stride=2, oversampling=1),
    "longer average": Scattering2D(J=1, L=4, T=9.5, oversampling=1),
    "two per octave": Scattering2D(J=2, L=4, Q=2, oversampling=2),
    "constant": Scattering2D(J=2, L=4, padding="constant", oversampling=1),
    "first order": Scattering2D(J=2, L=4, max_order=1, oversampling=1),
    "complex": Scattering2D(J=2, L=4, complex_input=True, oversampling=1),
    "roto-translation": RotoTranslationScattering2D(J=2, L=4, oversampling=1),
}


@pytest.mark.parametrize("scattering", SETTINGS.values(), ids=SETTINGS)
def test_coefficients_are_those_of_the_whole(scattering, rng):
    # Sides whose padded lengths are multiples of the power of two up to T, as they are for most strides.
    picture = rng.standard_normal((292, 195))
    if getattr(scattering, "complex_input", False):
        picture = picture + 1j * rng.standard_normal(picture.shape)
    tiles = ScatteringTiles(picture, scattering, tile_shape=(96, 70))
    assert len(tiles) > 4
    s, expected = joined(tiles), whole(picture, scattering)
    assert s.shape == expected.shape
    assert error(s, expected, tiles.margin_ // tiles.stride_ + 1) < EQUAL
    # The whole is extended by 3.5 scales, which changes coefficients by less than 1e-3 of the largest, and by more if
    # there are several wavelets per octave, which are longer.
    assert np.abs(s - expected).max() < (2e-3 if len(expected) < 50 else 2e-2) * expected.max()


@pytest.mark.parametrize(
    ("scattering", "tolerance"), [(Scattering2D(J=2, L=4), 3e-4), (RotoTranslationScattering2D(J=2, L=4), 5e-5)]
)
def test_without_oversampling_coefficients_are_close_to_those_of_the_whole(scattering, tolerance, rng):
    # Spectra of moduli are cut at the ends of coarse grids: a hundredth of the error due to sampling, 1e-2.
    picture = rng.standard_normal((300, 300))
    tiles = ScatteringTiles(picture, scattering, tile_shape=100)
    assert error(joined(tiles), whole(picture, scattering), tiles.margin_ // tiles.stride_ + 1) < tolerance


@pytest.mark.parametrize("padding", ["symmetric", "reflect", "edge", "constant", "wrap"])
def test_at_the_borders_coefficients_are_those_of_the_extended_picture(padding, rng):
    picture, scattering = rng.standard_normal((60, 84)), Scattering2D(J=2, L=4, padding=padding, oversampling=1)
    extended = np.pad(picture, 60, mode=padding)
    expected = whole(extended, clone(scattering).set_params(padding="wrap"))[:, 15:30, 15:36]
    s = joined(ScatteringTiles(picture, scattering, tile_shape=40))
    assert error(s, expected) < EQUAL


def test_of_a_periodic_picture_all_coefficients_are_those_of_the_whole(rng):
    picture, scattering = rng.standard_normal((96, 120)), Scattering2D(J=2, L=4, padding="wrap", oversampling=1)
    assert error(joined(ScatteringTiles(picture, scattering, tile_shape=50)), whole(picture, scattering)) < EQUAL


def test_masked_pixels_can_be_left_out(rng):
    picture, scattering = rng.standard_normal((96, 120)), Scattering2D(J=2, L=4, nan_policy="omit")
    picture[40:60, 30:50] = np.nan
    expected = joined(ScatteringTiles(picture, scattering, tile_shape=50))
    assert 0 < np.isnan(expected).mean() < 0.5
    masked = np.ma.masked_invalid(picture)
    np.testing.assert_array_equal(joined(ScatteringTiles(masked, scattering, tile_shape=50)), expected)


def test_a_picture_smaller_than_a_tile_is_one_tile(rng):
    picture, scattering = rng.standard_normal((20, 33)), Scattering2D(J=2, L=4)
    tiles = ScatteringTiles(picture, scattering)
    assert len(tiles) == 1
    assert joined(tiles).shape == whole(picture, scattering).shape


@pytest.mark.parametrize("channel_axis", [None, 0, 1, -1])
def test_channels_are_read_from_their_axis(channel_axis, rng):
    picture, scattering = rng.standard_normal((3, 80, 60)), Scattering2D(J=1, L=2)
    expected = [joined(ScatteringTiles(channel, scattering, tile_shape=40)) for channel in picture]
    scattering.set_params(channel_axis=channel_axis)
    tiles = ScatteringTiles(np.moveaxis(picture, 0, channel_axis or 0), scattering, tile_shape=40)
    np.testing.assert_array_equal(joined(tiles), expected)
    assert tiles.get_feature_names_out()[1, 1] == "scattering2d_c1_j1=0_th1=0"


def test_workers_do_not_change_coefficients(rng):
    picture, scattering = rng.standard_normal((80, 60)), Scattering2D(J=1, L=2)
    expected = joined(ScatteringTiles(picture, scattering, tile_shape=30))
    np.testing.assert_array_equal(
        joined(ScatteringTiles(picture, scattering.set_params(n_jobs=2), tile_shape=30)), expected
    )


def test_single_precision_is_kept_and_integers_are_computed_in_double_precision(rng):
    picture, scattering = rng.integers(0, 256, (80, 60)).astype(np.uint8), Scattering2D(J=1, L=2)
    exact = joined(ScatteringTiles(picture, scattering))
    single = joined(ScatteringTiles(picture.astype(np.float32), scattering))
    assert (exact.dtype, single.dtype) == (np.float64, np.float32)
    assert error(single, exact) < 1e-6


def test_only_a_tile_with_its_margins_is_read_at_a_time(rng):
    class OnDisk:
        shape, dtype = (150, 130), np.dtype(float)
        largest = 0

        def __getitem__(self, index):
            assert all(isinstance(part, slice) and part.step is None for part in index)
            part = picture[index].copy()
            self.largest = max(self.largest, part.size)
            return part

    picture, scattering, dataset = rng.standard_normal((150, 130)), Scattering2D(J=1, L=2), OnDisk()
    tiles = ScatteringTiles(dataset, scattering, tile_shape=40)
    np.testing.assert_array_equal(joined(tiles), joined(ScatteringTiles(picture, scattering, tile_shape=40)))
    assert dataset.largest <= (tiles.tile_shape_[0] + 2 * tiles.margin_ + 8) ** 2


P = np.zeros((40, 50))


@pytest.mark.parametrize(
    ("picture", "scattering", "options", "message"),
    [
        (P, Scattering1D(J=2), {}, "expected one of Scattering2D, RotoTranslationScattering2D"),
        (P, Scattering2D(), {}, "J=None, which depends on the length of the signal; expected a number"),
        (P, Scattering2D(J=1, average="global"), {}, "average='global'; expected \"local\""),
        (P, Scattering2D(J=1, shape=(40, 50)), {}, r"shape=\(40, 50\), for flat X; expected None"),
        (P, Scattering2D(J=1), {"tile_shape": 0}, r"shape=\(0, 0\): expected 2 whole numbers of at least 1"),
        (P, Scattering2D(J=1), {"margin": -1}, "margin=-1: expected a whole number of at least 0"),
        (P[0], Scattering2D(J=1), {}, r"picture has shape \(50,\); expected 2 axes, or 3 with channels first"),
        (P[0:0], Scattering2D(J=1), {}, r"picture has shape \(0, 50\), without pixels"),
        (
            np.zeros((40, 50, 3)),
            Scattering2D(J=1),
            {},
            r"shape \(40, 50, 3\), which would be read as 40 channels. Set",
        ),
        (P, Scattering2D(J=1, channel_axis=-1), {}, "expected 2 axes and, with channel_axis=-1, one of channels"),
    ],
)
def test_what_can_not_be_transformed_is_refused(picture, scattering, options, message):
    with pytest.raises(ValueError, match=message):
        ScatteringTiles(picture, scattering, **options)


def test_pixels_that_are_not_real_and_finite_are_refused():
    with pytest.raises(ValueError, match="Input X contains NaN"):
        list(ScatteringTiles(np.full((40, 50), np.nan), Scattering2D(J=1)))
    with pytest.raises(ValueError, match="Complex data not supported"):
        list(ScatteringTiles(P + 1j, Scattering2D(J=1)))
