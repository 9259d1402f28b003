"""Large pictures, a tile at a time."""

from collections.abc import Iterator
from itertools import product
from math import ceil
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import gen_batches

from skscat._checks import as_array, check_shape
from skscat._transforms._roto_translation import RotoTranslationScattering2D
from skscat._transforms._scattering2d import Scattering2D
from skscat.streaming._segments import (
    axis_of_channels,
    check_scattering,
    coefficients,
    fit_segments,
    frame_names,
    lay_out,
    n_at_once,
    segment_dtype,
    trial_plan,
    values_of,
)

FAMILIES = (Scattering2D, RotoTranslationScattering2D)
# Default side of the kept part of a tile: at least LEAST_KEPT margins, otherwise KEPT margins or KEPT_PIXELS pixels,
# whichever is less.
LEAST_KEPT, KEPT, KEPT_PIXELS = 2, 12, 2048


class ScatteringTiles:
    """Scattering transform of a large picture, which need not fit in memory, a tile at a time.

    An iterable of ``(index, S)``, where ``S`` is ``features[index]`` if ``features`` are the coefficients of the whole
    picture, an array of shape ``output_shape_``. Each tile is computed from the pixels within a margin around it; only
    these are read.

    Read more in the :ref:`User Guide <recordings>`.

    Parameters
    ----------
    picture : array-like of shape (height, width) or (channels, height, width)
        A memory map, an HDF5 dataset, a Zarr array or any other object with a shape that can be sliced. Computed in
        single precision if it is float32 or complex64, otherwise in double precision.
    scattering : Scattering2D or RotoTranslationScattering2D
        Transform to compute, fitted or not, with a number for ``J`` and ``average="local"``. ``padding`` determines
        how the picture is extended at its borders, and ``channel_axis`` which axis holds its channels. ``n_jobs``
        tiles are computed at a time.
    tile_shape : int or tuple of int, default=None
        Largest number of pixels, per axis, of a tile without its margins, rounded up to a multiple of the stride and
        of the largest power of two up to T. The picture is covered by tiles of one size, at most this one. Memory is
        proportional to the area of a tile with its margins, and the work to the ratio of this area to that without
        them. None means 12 margins, but at most 2048 pixels or two margins, whichever is more.
    margin : int, default=None
        Number of pixels around a tile from which its coefficients are computed. None means the reach of the filters,
        3 to 10 times ``max(2**J, T)`` with one wavelet per octave. With 4 times this scale, the relative l2 error is
        about 1e-4.

    Attributes
    ----------
    output_shape_ : tuple of int
        Shape of the coefficients of the whole picture: ``(n_paths, height, width)``, after the number of channels if
        the picture has such an axis, as in ``scattering``.
    tile_shape_ : tuple of int
        Number of pixels of a tile, without its margins.
    margin_ : int
        Number of pixels around a tile from which its coefficients are computed, at least.
    stride_ : int
        Number of pixels between outputs, on both axes.
    paths_ : structured ndarray of shape (n_paths,)
        One row per path, as in ``scattering``.

    Raises
    ------
    ValueError
        If ``scattering`` or another parameter is not as described, or pixels are not real and finite.

    See Also
    --------
    skscat.Scattering2D.transform_blocks : Many images, a block at a time.
    scatter_recording : Scattering of a long recording.

    Notes
    -----
    Suppose that the whole picture is transformed at once, with a padded size that is a multiple of the largest power
    of two up to T, as it is if ``stride`` is this power (the default) or a multiple of it. In double precision, the
    coefficients farther than ``margin_`` from the borders are then equal to those of the tiles, with a relative l2
    error of less than 1e-6 if ``oversampling`` is at least Q. With less oversampling, the grids of moduli are too
    coarse for their spectra, which are cut off, so that each modulus depends slightly on distant pixels: with
    ``oversampling=0``, the error is 1e-5 to 6e-4, at most a twentieth of the sampling error. At the borders, the whole
    picture is extended by less than the reach of the filters: coefficients there differ by about 1e-3.

    Examples
    --------
    >>> import numpy as np
    >>> from skscat import Scattering2D
    >>> from skscat.streaming import ScatteringTiles
    >>> picture = np.random.default_rng(0).standard_normal((300, 500), dtype=np.float32)
    >>> tiles = ScatteringTiles(picture, Scattering2D(J=2, L=4), tile_shape=128)
    >>> tiles.output_shape_, len(tiles), tiles.tile_shape_
    ((25, 75, 125), 12, (100, 128))
    >>> features = np.empty(tiles.output_shape_, np.float32)
    >>> for index, S in tiles:
    ...     features[index] = S
    """

    def __init__(
        self,
        picture: Any,
        scattering: Scattering2D | RotoTranslationScattering2D,
        *,
        tile_shape: int | tuple[int, int] | None = None,
        margin: int | None = None,
    ) -> None:
        check_scattering(scattering, FAMILIES)
        self._picture: Any = picture if hasattr(picture, "shape") else as_array("picture", picture)
        shape: tuple[int, ...] = tuple(self._picture.shape)
        self._channel_axis = axis_of_channels("picture", shape, scattering.channel_axis, 2)
        self._shape = tuple(n for axis, n in enumerate(shape) if axis != self._channel_axis)
        if 0 in shape:
            raise ValueError(f"picture has shape {shape}, without pixels; a minimum of 1 is required.")
        plan, self.margin_ = trial_plan(scattering, 2, margin)
        if tile_shape is None:
            least, most = LEAST_KEPT * self.margin_, KEPT * self.margin_
            tile_shape = max(least, min(most, KEPT_PIXELS), 1)
        sides = check_shape(tile_shape if np.iterable(tile_shape) else (tile_shape,) * 2, 2)
        # Tiles of one size: the last one is not mostly padding.
        sides = tuple(ceil(n / ceil(n / side)) for n, side in zip(self._shape, sides, strict=True))
        self._segments = [lay_out(scattering, plan, side, self.margin_) for side in sides]
        self._sources = [
            _extended(n, axis, scattering.padding) for n, axis in zip(self._shape, self._segments, strict=True)
        ]
        dtype = segment_dtype(self._picture.dtype, scattering)
        channels = () if self._channel_axis is None else (shape[self._channel_axis],)
        scattering = clone(scattering).set_params(channel_axis=0 if channels else None)
        self._transform = fit_segments(scattering, (*channels, *(axis.length for axis in self._segments)), dtype)
        self._n_at_once = n_at_once(scattering)
        self.paths_ = plan.paths
        self.stride_ = self._segments[0].stride
        self.tile_shape_ = tuple(axis.kept for axis in self._segments)
        self.output_shape_ = (*self._transform.output_shape_[:-2], *(ceil(n / self.stride_) for n in self._shape))

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self._corners())

    def __iter__(self) -> Iterator[tuple[tuple, np.ndarray]]:
        """Compute the tiles, row by row."""
        corners = self._corners()
        for batch in gen_batches(len(corners), self._n_at_once):
            x = np.stack([self._read(corner) for corner in corners[batch]])
            for corner, s in zip(corners[batch], coefficients(self._transform, x), strict=True):
                yield self._kept(corner, s)

    def get_feature_names_out(self) -> np.ndarray:
        """Get the names of the coefficients at one position.

        Returns
        -------
        names : ndarray of str objects of shape (n_paths,) or (channels, n_paths)
            The shape is that of the coefficients without their last two axes.
        """
        return frame_names(self._transform)

    def _corners(self):
        """Return the first pixel of each tile, without its margins."""
        axes = zip(self._shape, self.tile_shape_, strict=True)
        return list(product(*(range(0, n, kept) for n, kept in axes)))

    def _read(self, corner):
        """Read a tile with its margins, channels first, extended at the borders of the picture."""
        axes = zip(corner, self._segments, self._sources, strict=True)
        sources = [source[first : first + axis.length] for first, axis, source in axes]
        index = [slice(max(source.min(), 0), source.max() + 1) for source in sources]
        if self._channel_axis is not None:
            index.insert(self._channel_axis, slice(None))
        x = values_of("picture", np.asanyarray(self._picture[tuple(index)]), self._transform)
        x = x if self._channel_axis is None else np.moveaxis(x, self._channel_axis, 0)
        for axis, source in enumerate(sources, start=-2):
            x = np.take(x, np.maximum(source - max(source.min(), 0), 0), axis)
            np.moveaxis(x, axis, 0)[source < 0] = 0
        return x

    def _kept(self, corner, s):
        """Return the part of the coefficients of a tile that is kept, after its index."""
        axes = list(zip(corner, self._segments, self._shape, strict=True))
        inside = tuple(axis.frames(n - first) for first, axis, n in axes)
        s = s[(Ellipsis, *inside)]
        starts = [first // self.stride_ for first in corner]
        index = (slice(start, start + n) for start, n in zip(starts, s.shape[-2:], strict=True))
        return (Ellipsis, *index), s


def _extended(n, axis, padding):
    """Return, for each pixel of an axis that is extended to all tiles, the pixel that it repeats, or -1 for zero."""
    after = ceil(n / axis.kept) * axis.kept - axis.kept + axis.known_after - n
    constant = {"constant_values": -1} if padding == "constant" else {}
    return np.pad(np.arange(n), (axis.before, after), mode=padding, **constant)
