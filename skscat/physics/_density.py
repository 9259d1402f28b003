"""Densities of molecules and other systems of bodies on grids."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from skscat._checks import as_sequence
from skscat._core import _operators as operators
from skscat._core._threads import single_threaded_blas
from skscat._sklearn import POSITIVE, SignalTagsMixin, StrOptions, at_least, check_feature_names_in, fit_context
from skscat.physics._atoms import advice, core_charges, form_factor, known_elements
from skscat.physics._bodies import aligned, check_bodies
from skscat.physics._grid import make_grid

# Channels of tabulated densities, named after the electrons they include.
TABULATED = ("core", "valence", "atomic")
CHANNELS = (*TABULATED, "gaussian", "dirac")
CHARGES = ("total", "core", "valence")
# What to do about elements that a channel does not support.
GAUSSIANS = 'For others, use the channel "gaussian" with the entry {!r} in charges=.'
KEYS = "Add it to the dict in charges=."
# Default width of Gaussians, in grid spacings, and default margin around the bodies, in Angstrom.
WIDTH, MARGIN = 2.0, 3.0


class AtomicDensity(SignalTagsMixin, TransformerMixin, BaseEstimator):
    r"""Densities of molecules and other systems of bodies on a grid.

    .. math:: \rho(u) = \sum_k \rho_{z_k}(u - r_k)

    where the density of each atom depends only on its charge :math:`z_k`: a first approximation of the electron
    density that ignores all bonds. There is one channel per kind of density [1]_.

    Read more in the :ref:`User Guide <physics>`.

    Parameters
    ----------
    channels : sequence of {"core", "valence", "atomic", "gaussian", "dirac"}, default=("core", "valence")
        Kind of density in each channel. "core", "valence" and "atomic" are the densities of the inner, the outer and
        all electrons of the free atoms H, C, N, O, S and Cl; in 2-D, the charge within a given distance of the nucleus
        is the same as in 3-D. "gaussian" is a Gaussian; "dirac" distributes the charge over the grid points next to a
        body, by linear interpolation. "gaussian" and "dirac" accept any charge.
    charges : sequence of ({"total", "core", "valence"}, dict or None), default=None
        Charge to which the bodies are normalized, one entry per channel: "total" is the charge in X, "core" and
        "valence" are the numbers of electrons in the inner and outer shells (elements 1 to 18), and a dict maps each
        charge in X to another one. None, as an entry or for all of them, means "core" and "valence" for the channels
        of these names, and "total" for other channels.
    width : float, default=None
        Standard deviation of the Gaussians, in Angstrom. Gaussians narrower than 1.5 grid spacings alias. None means
        two grid spacings.
    box : sequence of (float, float), default=None
        Bounds of the grid along each axis, in Angstrom. None means a box that contains the systems seen during
        :term:`fit` with a margin of 3 Angstrom; if ``shape`` and ``spacing`` are both given, the grid has the size
        they define and is centered at the origin.
    shape : tuple of int, default=None
        Number of grid points along each axis, with one axis per coordinate of X. None means the number required by
        ``spacing``, rounded up to a size that suits the fast Fourier transform.
    spacing : float, default=None
        Grid spacing, in Angstrom. None means the spacing that fits ``box`` and ``shape``, or 0.1 if ``shape`` is None.
    align : {"center", "axes", None}, default="center"
        "center" moves the center of the bounding box of each system to the origin. "axes" first rotates its principal
        axes onto those of the grid, the longest onto the first. None leaves the positions unchanged.
    dim : int, default=None
        Number of coordinates of a body in flat X. None means two.

    Attributes
    ----------
    box_ : ndarray of shape (dim, 2)
        Bounds of the grid, in Angstrom.
    spacing_ : float
        Grid spacing, in Angstrom.
    output_shape_ : tuple of int
        Shape of the densities of one system: ``(n_channels, *shape)``.
    dim_ : int
        Number of coordinates of a body.
    n_features_in_ : int
        Number of features seen during :term:`fit`.
    feature_names_in_ : ndarray of str of shape (n_features_in_,)
        Names of features seen during :term:`fit`. Defined only when `X` has feature names that are all strings.

    See Also
    --------
    DensityInvariants : Densities and their invariants, one block of systems at a time.

    Notes
    -----
    Tabulated densities are computed in the Fourier domain, where atoms need not lie on grid points: the density of a
    shifted molecule is the shifted density. They are limited to the frequencies that the grid represents in all
    directions, which leaves small ripples around the nuclei if the grid spacing is larger than 0.05 Angstrom. The grid
    is periodic.

    The tables are subsampled from those of ScatNet-QM-2D [2]_ (Copyright 2016 M. Hirn, Apache License 2.0) to 251
    radii up to 2.5 Angstrom.

    References
    ----------
    .. [1] M. Hirn, S. Mallat and N. Poilvert, "Wavelet scattering regression of quantum chemical energies", Multiscale
           Model. Simul. 15 (2017), 827-863, section 5.
    .. [2] https://github.com/matthew-hirn/ScatNet-QM-2D

    Examples
    --------
    >>> import numpy as np
    >>> from skscat.physics import AtomicDensity
    >>> water = np.array([[[8, 0, 0], [1, 0.76, 0.59], [1, -0.76, 0.59]]])
    >>> density = AtomicDensity().fit(water)
    >>> rho = density.transform(water).reshape(density.output_shape_)
    >>> np.round(rho.sum(axis=(1, 2)) * density.spacing_**2, 6)
    array([2., 8.])
    """

    _parameter_constraints: dict = {
        "channels": ["array-like"],
        "charges": [None, "array-like"],
        "width": [None, POSITIVE],
        "box": [None, "array-like"],
        "shape": [None, at_least(1), "array-like"],
        "spacing": [None, POSITIVE],
        "align": [None, StrOptions({"center", "axes"})],
        "dim": [None, at_least(1)],
    }

    def __init__(
        self,
        channels: Sequence[str] = ("core", "valence"),
        *,
        charges: Sequence[str | dict[Any, float] | None] | None = None,
        width: float | None = None,
        box: ArrayLike | None = None,
        shape: tuple[int, ...] | None = None,
        spacing: float | None = None,
        align: str | None = "center",
        dim: int | None = None,
    ) -> None:
        self.channels = channels
        self.charges = charges
        self.width = width
        self.box = box
        self.shape = shape
        self.spacing = spacing
        self.align = align
        self.dim = dim

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Set up the grid.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position (in Angstrom) of each body. A charge of zero means no body.
        y : Ignored
            Not used, present here for API consistency by convention.

        Returns
        -------
        self : object
            Fitted estimator.

        Raises
        ------
        ValueError
            If parameters contradict each other or X, or a channel does not support a charge in X.
        """
        charges, positions = check_bodies(self, X, reset=True, dim=self.dim)
        channels = self._check_channels()
        self._align = self.align
        positions = aligned(charges, positions, self._align)
        self.box_, shape = make_grid(self.box, self.shape, self.spacing, positions[charges != 0], MARGIN, self.dim_)
        self.spacing_ = float(np.diff(self.box_)[0, 0] / shape[0])
        self._width = WIDTH if self.width is None else self.width / self.spacing_
        self.output_shape_ = (len(channels), *shape)
        self._n_features_out = int(np.prod(self.output_shape_))
        self._factors = self._form_factors(channels, shape)
        # Raises an error if a channel does not support a charge.
        self._electrons(charges)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Compute the densities.

        Parameters
        ----------
        X : array-like of shape (n, max_bodies, 1 + dim) or (n, max_bodies * (1 + dim))
            Charge and position (in Angstrom) of each body. A charge of zero means no body. With three axes, max_bodies
            may differ from that in ``fit``.

        Returns
        -------
        rho : ndarray of shape (n, n_features_out)
            Charge per cubic Angstrom, or per square Angstrom in the plane. ``rho.reshape(n, *self.output_shape_)``
            restores the axes of channels and grid. float32 if X is, otherwise float64.

        Raises
        ------
        ValueError
            If a body lies outside the grid, or has a charge that a channel does not support.
        """
        check_is_fitted(self)
        charges, positions = check_bodies(self, X, reset=False)
        positions = aligned(charges, positions, self._align)
        self._check_inside(charges, positions)
        electrons = self._electrons(charges)
        rho = np.empty((len(charges), *self.output_shape_), charges.dtype)
        with single_threaded_blas():
            for i in range(len(rho)):
                present = charges[i] != 0
                self._compute(charges[i, present], electrons[:, i, present], positions[i, present], rho[i])
        return rho.reshape(len(rho), -1)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Get output feature names: the channel and grid point of each value.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Only used to validate feature names with the names seen during :term:`fit`.

        Returns
        -------
        feature_names_out : ndarray of str objects of shape (n_features_out,)
            For example ``atomicdensity_core_3_7``.
        """
        check_is_fitted(self)
        check_feature_names_in(self, input_features)
        channels = _unique(self._channels)
        points = ["_".join(map(str, point)) for point in np.ndindex(self.output_shape_[1:])]
        return np.array([f"atomicdensity_{c}_{point}" for c in channels for point in points], dtype=object)

    def _check_channels(self):
        channels = list(as_sequence(self.channels))
        if not channels or any(c not in CHANNELS for c in channels):
            raise ValueError(f"channels={self.channels!r}: expected one or more of {', '.join(CHANNELS)}.")
        if self.dim_ not in (2, 3) and any(c in TABULATED for c in channels):
            raise ValueError(
                f"channels={self.channels!r}: densities of free atoms need two or three coordinates, but X has "
                f"{self.dim_}."
            )
        charges = [None] * len(channels) if self.charges is None else list(as_sequence(self.charges))
        if len(charges) != len(channels) or any(
            not (c is None or isinstance(c, dict) or (isinstance(c, str) and c in CHARGES)) for c in charges
        ):
            raise ValueError(
                f"charges={self.charges!r}: expected one of {', '.join(CHARGES)}, None or a dict for each of the "
                f"{len(channels)} channels."
            )
        self._channels = channels
        self._charges = [
            (channel if channel in CHARGES else "total") if c is None else c
            for channel, c in zip(channels, charges, strict=True)
        ]
        return channels

    def _form_factors(self, channels, shape):
        """Return the form factors of all elements at the frequencies of the grid, or None if no channel needs them."""
        if not any(c in TABULATED for c in channels):
            return None
        k = np.sqrt(sum(np.square(k) for k in np.meshgrid(*self._frequencies(shape), indexing="ij", sparse=True)))
        # A disk or ball, so that rotating a molecule only rotates its density.
        kept = k < 0.999 * np.pi / self.spacing_
        return {
            (channel, z): np.where(kept, form_factor(z, channel, self.dim_, k), 0).astype(np.float32)
            for channel in set(channels) & set(TABULATED)
            for z in known_elements()
        }

    def _frequencies(self, shape):
        sides = np.diff(self.box_)[:, 0]
        return [2 * np.pi * np.fft.fftfreq(n, side / n) for n, side in zip(shape, sides, strict=True)]

    def _electrons(self, charges):
        """Return the charges to which bodies are normalized, of shape (n_channels, *charges.shape)."""
        present = charges != 0
        out = np.zeros((len(self._channels), *charges.shape))
        for i, (channel, kind) in enumerate(zip(self._channels, self._charges, strict=True)):
            for known, remedy in _known_charges(channel, kind):
                unknown = charges[present & ~np.isin(charges, list(known))]
                if unknown.size:
                    raise ValueError(
                        f"X has a charge of {unknown.flat[0]:g}, which channel {channel!r} does not support; it "
                        f"supports {', '.join(f'{z:g}' for z in known)}. {advice(unknown.flat[0], remedy)}"
                    )
            out[i, present] = _charges_of_kind(charges[present], kind)
        return out

    def _check_inside(self, charges, positions):
        low, high = self.box_.T
        outside = (((positions < low) | (positions > high)).any(axis=2)) & (charges != 0)
        if outside.any():
            sample, body = np.argwhere(outside)[0]
            raise ValueError(
                f"X: a body of sample {sample} lies at {np.round(positions[sample, body], 3).tolist()} Angstrom, "
                f"outside the grid, whose bounds are {np.round(self.box_, 3).tolist()}. Pass a larger box."
            )

    def _compute(self, charges, electrons, positions, out):
        """Write the densities of one system to ``out``."""
        tabulated = [i for i, channel in enumerate(self._channels) if channel in TABULATED]
        for i, channel in enumerate(self._channels):
            if channel not in TABULATED:
                out[i] = self._in_space(channel, electrons[i], positions, out.dtype)
        if not tabulated:
            return
        elements = [(int(z), charges == z) for z in np.unique(charges)]
        structures = [(z, members, self._structure(positions[members])) for z, members in elements]
        # Channels are computed in pairs, as the real and imaginary parts of one signal.
        for pair in (tabulated[i : i + 2] for i in range(0, len(tabulated), 2)):
            rho_hat = np.zeros(out.shape[1:], np.complex64 if out.dtype == np.float32 else np.complex128)
            for z, members, structure in structures:
                for i, unit in zip(pair, (1, 1j), strict=False):
                    # All atoms of an element have the same charge.
                    rho_hat += (unit * electrons[i, members][0]) * self._factors[self._channels[i], z] * structure
            rho_hat /= np.prod(np.diff(self.box_))
            rho = operators.synthesize(rho_hat, tuple(range(-self.dim_, 0)))
            out[pair[0]] = rho.real
            if len(pair) > 1:
                out[pair[1]] = rho.imag

    def _structure(self, positions):
        """Return the sum over bodies of exp(-i k r), at the frequencies of the grid."""
        waves = [
            np.exp(-1j * np.multiply.outer(positions[:, a] - self.box_[a, 0], k)).astype(
                np.complex64 if positions.dtype == np.float32 else np.complex128
            )
            for a, k in enumerate(self._frequencies(self.output_shape_[1:]))
        ]
        return _sum_of_products(waves)

    def _in_space(self, channel, electrons, positions, dtype):
        """Return the density of one system in a channel of Gaussians or Diracs."""
        weights = []
        for a, n in enumerate(self.output_shape_[1:]):
            low, high = self.box_[a]
            offsets = (positions[:, a, np.newaxis] - low) / (high - low) * n - np.arange(n)
            # The grid is periodic.
            offsets -= n * np.round(offsets / n)
            if channel == "dirac":
                w = np.maximum(1 - np.abs(offsets), 0)
            else:
                exponents = -0.5 * np.square(offsets / self._width)
                # Relative to the nearest grid point, so that Gaussians much narrower than the spacing do not vanish.
                w = np.exp(exponents - exponents.max(axis=1, keepdims=True))
            weights.append(w / w.sum(axis=1, keepdims=True))
        weights[0] *= electrons[:, np.newaxis] * np.prod(self.output_shape_[1:]) / np.prod(np.diff(self.box_))
        return _sum_of_products([w.astype(dtype, copy=False) for w in weights])


def _sum_of_products(factors):
    """Return the sum over bodies of products of factors, one of shape (n_bodies, n) per axis."""
    rest = factors[-1]
    for factor in reversed(factors[1:-1]):
        rest = (factor[:, :, np.newaxis] * rest[:, np.newaxis]).reshape(len(rest), -1)
    if len(factors) == 1:
        return rest.sum(axis=0)
    return (factors[0].T @ rest).reshape([f.shape[1] for f in factors])


def _known_charges(channel, kind):
    """Return the charges that a channel supports, tabulated elements or keys of a dict, each with a remedy."""
    tables = [(known_elements(), GAUSSIANS.format(kind if kind in CHARGES else "total"))]
    return [*(tables if channel in TABULATED else []), *([(kind, KEYS)] if isinstance(kind, dict) else [])]


def _charges_of_kind(charges, kind):
    if isinstance(kind, dict):
        return [kind[z] for z in charges.tolist()]
    if kind == "total":
        return charges
    core = core_charges(charges)
    return core if kind == "core" else charges - core


def _unique(names):
    """Append a number to names that occur more than once."""
    return [n if names.count(n) == 1 else f"{n}{names[:i].count(n)}" for i, n in enumerate(names)]
