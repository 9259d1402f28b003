"""The data of a scattering transform: bands, filters, banks, joint convolutions, plans.

These records import nothing of the package, so that every module may read them without circular imports. They say
*what* is computed; :mod:`skscat._core._schedule` decides in which order.
"""

from dataclasses import dataclass, field, replace
from math import gcd
from typing import NamedTuple

import numpy as np

# Number of the low-pass filter.
LOW_PASS = -1
# A filter of more frequencies than this is stored in single precision, and only once.
LARGE_FILTER = 2**22
AVERAGES = ("local", "global", None)

# Units of the fields of the table of a filter bank.
PER_SAMPLE, PER_BIN, PER_OCTAVE, HERTZ = "cycles/sample", "cycles/bin", "cycles/octave", "Hz"
SIGN = "sign"


def real_dtype(dtype):
    """Return the real type with the precision of ``dtype``."""
    return np.empty(0, dtype).real.dtype


def complex_dtype(dtype):
    """Return the complex type with the precision of ``dtype``."""
    return np.result_type(dtype, np.complex64)


class Band(NamedTuple):
    """A box of frequencies: integers in cycles per period of the grid, both ends included.

    Parameters
    ----------
    low, high : tuple of int
        Lowest and highest frequency, per grid axis.
    """

    low: tuple[int, ...]
    high: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of frequencies, per axis."""
        return tuple(b - a + 1 for a, b in zip(self.low, self.high, strict=True))

    def union(self, other):
        """Return the smallest band that holds both."""
        return Band(tuple(map(min, self.low, other.low)), tuple(map(max, self.high, other.high)))

    def limited(self, reach):
        """Cut the band to the frequencies ``-reach`` to ``reach``, per axis."""
        return Band(
            tuple(max(a, -n) for a, n in zip(self.low, reach, strict=True)),
            tuple(min(b, n) for b, n in zip(self.high, reach, strict=True)),
        )

    def symmetric(self):
        """Extend the band to be symmetric on all axes but the first, as the spectra of real signals are computed."""
        reach = tuple(max(-a, b) for a, b in zip(self.low[1:], self.high[1:], strict=True))
        return Band((self.low[0], *(-n for n in reach)), (self.high[0], *reach))

    def overlap(self, other):
        """Return the slices of this band, and those of another, that hold their common frequencies."""
        own, others = [], []
        for a, b, c, d in zip(*self, *other, strict=True):
            low, high = max(a, c), min(b, d)
            own.append(slice(low - a, high - a + 1))
            others.append(slice(low - c, high - c + 1))
        return tuple(own), tuple(others)


class Filter(NamedTuple):
    """A filter in the Fourier domain, on its support only.

    Parameters
    ----------
    values : ndarray of shape (n_components, *support)
        Fourier coefficients. Components share a support, and the modulus pools them by the l2 norm: the 2l + 1 solid
        harmonics of degree l are one filter. Usually real, and n_components is 1. In double precision, unless there
        are more than four million.
    low : tuple of int
        Lowest frequency of the support, per grid axis.
    half : bool, default=False
        Whether the filter is real in space and given at the nonnegative frequencies of the first axis only: the
        others are their conjugates, and convolutions with real signals are real.
    is_mirror : bool, default=False
        Whether the filter is the mirror image of another one of its bank, and is to be cropped as that one is: their
        moduli are then equal for real signals.
    """

    values: np.ndarray
    low: tuple[int, ...]
    half: bool = False
    is_mirror: bool = False

    def __repr__(self):
        half = ", half=True" if self.half else ""
        return f"Filter(shape={self.values.shape}, low={self.low}{half})"

    @property
    def high(self) -> tuple[int, ...]:
        """Highest frequency of the support, per grid axis."""
        return tuple(a + n - 1 for a, n in zip(self.low, self.values.shape[1:], strict=True))

    @property
    def band(self) -> Band:
        """Band of the frequencies of a signal on which the response depends."""
        if not self.half:
            return Band(self.low, self.high)
        reach = tuple(max(-a, b) for a, b in zip(self.low, self.high, strict=True))
        return Band(tuple(-n for n in reach), reach)

    @property
    def mirrored(self) -> "Filter":
        """The filter with frequencies reversed: for real values, that of the conjugate wavelet."""
        if self.half:
            return self
        return Filter(reverse(self.values), tuple(-high for high in self.high))


def reverse(values):
    """Reverse the order of frequencies on all axes of the values of a filter."""
    return values[(slice(None),) + (slice(None, None, -1),) * (values.ndim - 1)]


@dataclass(frozen=True, eq=False)
class FilterBank:
    """Band-pass filters and a low-pass filter on one periodic grid, in the Fourier domain.

    Parameters
    ----------
    grid : tuple of int
        Number of samples per axis of the grid.
    psi : tuple of Filter
        The band-pass filters.
    phi : Filter
        The low-pass filter, whose support is symmetric about frequency zero.
    table : structured ndarray of shape (n_filters,)
        One row per filter. Field ``j`` is the log2 of its scale; the others (``xi``, ``sigma``, ``theta``) depend on
        the family.
    units : dict, default={"xi": "cycles/sample", "sigma": "cycles/sample"}
        Units of those fields of ``table`` that have one. ``"sign"`` marks the sign of a frequency.
    two_sided : bool, default=False
        Whether the bank is for complex signals, and covers positive and negative frequencies. If so, no filter may be
        real in space. Otherwise the bank is for real signals, and covers the frequencies of one sign.
    """

    grid: tuple[int, ...]
    psi: tuple[Filter, ...]
    phi: Filter
    table: np.ndarray
    units: dict[str, str] = field(default_factory=lambda: {"xi": PER_SAMPLE, "sigma": PER_SAMPLE})
    two_sided: bool = False

    def __post_init__(self):
        if self.two_sided and any(psi.half for psi in self.psi):
            raise ValueError("two_sided=True: the bank has filters that are real in space; expected half=False.")

    def __repr__(self):
        sides = ", two_sided=True" if self.two_sided else ""
        return f"FilterBank(grid={self.grid}, {len(self.psi)} filters, fields={self.table.dtype.names}{sides})"

    def filter(self, n: int, mirrored: bool = False) -> Filter:
        """Return one of the filters.

        Parameters
        ----------
        n : int
            Index of a band-pass filter, or -1 for the low-pass filter.
        mirrored : bool, default=False
            Whether to reverse frequencies, which gives the conjugate of a real-valued filter's impulse response.

        Returns
        -------
        psi : Filter
        """
        psi = self.phi if n == LOW_PASS else self.psi[n]
        return psi.mirrored if mirrored else psi

    def fields_in(self, unit: str) -> list[str]:
        """Return the names of the fields of ``table`` that are in a unit.

        Parameters
        ----------
        unit : str
            One of the values of ``units``.

        Returns
        -------
        names : list of str
        """
        return [name for name in self.table.dtype.names or () if self.units.get(name) == unit]

    def converted(self, unit: str, to: str, factor: float) -> "FilterBank":
        """Convert the fields of ``table`` from one unit to another.

        Parameters
        ----------
        unit : str
            Fields in this unit are converted.
        to : str
            Their new unit.
        factor : float
            Factor by which they are multiplied.

        Returns
        -------
        bank : FilterBank
            Bank with the same filters.
        """
        table = self.table.copy()
        for name in self.fields_in(unit):
            table[name] *= factor
        return replace(self, table=table, units={k: to if u == unit else u for k, u in self.units.items()})


class JointConvolution(NamedTuple):
    """A convolution of siblings along the grid, then along their index, before one modulus.

    Parameters
    ----------
    siblings : int
        Index of an entry of ``Joint.siblings``. Its first nodes are convolved, one per filter.
    filters : tuple of (int, bool), or None
        For each node, the number of a filter of the last bank of the plan, for the convolution along the grid, and
        whether that filter is mirrored. None stands for the plain average of the siblings, which is not convolved.
    index_filters : tuple of int, default=(0,)
        Numbers of the filters along the index, one path each.
    gain : float, default=1.0
        Factor that multiplies the outputs.
    paths : tuple of int, default=()
        Rows of ``plan.paths``, one per index filter; set when the table of paths is made.
    size : tuple of int, default=()
        Grid on which the result is sampled.
    """

    siblings: int
    filters: tuple[tuple[int, bool], ...] | None
    index_filters: tuple[int, ...] = (0,)
    gain: float = 1.0
    paths: tuple[int, ...] = ()
    size: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Joint:
    """Convolutions along the index of the first layer.

    Parameters
    ----------
    bank : FilterBank
        Index filters: filters along the index axis, which is periodic, the low-pass filter among them. ``bank.phi``
        averages.
    lift : ndarray of int of shape (total,)
        Sibling that fills each sample of the index axis, or -1 for zero.
    conjugated : slice
        Samples that hold the conjugate of their sibling.
    outputs : ndarray of int or None
        Samples of the index axis at which averages are kept; None means the mean.
    n_samples : int
        Samples over which the mean is taken.
    sizes : tuple of int
        Number of samples of the index axis after each index filter.
    siblings : tuple of ndarray of int
        Rows of ``plan.nodes`` along the index axis.
    gain : float, default=1.0
        Factor of all coefficients of first order, with which a transform with tight banks is nonexpansive.
        :func:`skscat.renormalize` undoes it.
    average_paths : tuple of int, default=()
        Row of ``plan.paths`` for the plain average of each entry of ``siblings``.
    convolutions : tuple of JointConvolution, default=()
        Joint convolutions, without the plain averages.
    """

    bank: FilterBank
    lift: np.ndarray
    conjugated: slice
    outputs: np.ndarray | None
    n_samples: int
    sizes: tuple[int, ...]
    siblings: tuple[np.ndarray, ...]
    gain: float = 1.0
    average_paths: tuple[int, ...] = ()
    convolutions: tuple[JointConvolution, ...] = ()

    @property
    def total(self) -> int:
        """Length of the index axis."""
        return len(self.lift)


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that a scattering transform computes: filters, a table of paths, grids.

    Made by the method ``plan(shape)`` of an estimator, or by ``fit``, and run by :func:`skscat.scatter`.

    Parameters
    ----------
    shape : tuple of int
        Shape of one signal.
    grid : tuple of int
        Shape of the padded, periodic grid.
    pad_left : tuple of int
        Number of samples of the grid before the first sample of the signal, per axis.
    padding : {"symmetric", "reflect", "wrap", "edge", "constant"}
        How the signal is extended to the grid, as in :func:`numpy.pad`.
    banks : tuple of FilterBank
        One per order; the last one also averages the deepest moduli.
    average : {"local", "global", None}
        Low-pass filter and subsample the moduli, take their means over the signal, or keep them.
    stride : tuple of int
        Samples between outputs, per axis, where ``average`` is "local".
    nodes : structured ndarray of shape (n_nodes,)
        One row per modulus of the cascade; the fields are those of ``paths``.
    sizes : ndarray of int of shape (n_nodes, n_axes)
        Grid on which each modulus is sampled.
    paths : structured ndarray of shape (n_paths,)
        One row per output: the nodes, except where these are convolved along their index.
    labels : tuple of (str, str)
        Fields of ``paths`` that name a path, with their abbreviation in feature names.
    joint : Joint or None, default=None
        Convolutions along the index of the first layer.
    powers : tuple of float or None, default=None
        Exponents of the moduli whose means are outputs, on a last axis; only if ``average`` is "global". None means
        the first power, and no axis.
    signed : bool, default=True
        Whether the first power of the signal is the signal itself, rather than its magnitude. For complex signals, the
        output is the modulus of the average.
    sampling_rate : float or None, default=None
        Samples per second, with which frequencies in ``nodes`` and ``paths`` are in hertz. None means that they are in
        cycles per sample.
    min_coverage : float or None, default=None
        Smallest coverage of the outputs of signals with gaps, which are marked by NaN; outputs with less are NaN. None
        means that there are no gaps.
    """

    shape: tuple[int, ...]
    grid: tuple[int, ...]
    pad_left: tuple[int, ...]
    padding: str
    banks: tuple[FilterBank, ...]
    average: str | None
    stride: tuple[int, ...]
    nodes: np.ndarray
    sizes: np.ndarray
    paths: np.ndarray
    labels: tuple[tuple[str, str], ...]
    joint: Joint | None = None
    powers: tuple[float, ...] | None = None
    signed: bool = True
    sampling_rate: float | None = None
    min_coverage: float | None = None

    def __repr__(self):
        return (
            f"Plan(shape={self.shape}, grid={self.grid}, padding={self.padding!r}, average={self.average!r}, "
            f"{len(self.paths)} paths of output shape {self.path_shape})"
        )

    @property
    def is_complex(self) -> bool:
        """Whether signals are complex: the first bank then covers both signs of frequencies."""
        return self.banks[0].two_sided

    @property
    def low_pass_grid(self) -> tuple[int, ...]:
        """Grid of the low-passed moduli, per axis: regular, and contains the outputs.

        It is finer than the grid of the outputs where the stride does not divide ``grid``.
        """
        return tuple(n // gcd(n, s) for n, s in zip(self.grid, self.stride, strict=True))

    @property
    def output_slices(self) -> tuple[slice, ...]:
        """Samples of ``low_pass_grid`` that are outputs, per axis."""
        slices = []
        for n, length, left, stride in zip(self.grid, self.shape, self.pad_left, self.stride, strict=True):
            first, step = left // gcd(n, stride), stride // gcd(n, stride)
            slices.append(slice(first, first + (-(-length // stride) - 1) * step + 1, step))
        return tuple(slices)

    @property
    def output_grid(self) -> tuple[int, ...]:
        """Grid of the outputs of one modulus; empty where ``average`` is "global"."""
        if self.average == "global":
            return ()
        if self.average is None:
            return self.shape
        return tuple(-(-n // s) for n, s in zip(self.shape, self.stride, strict=True))

    @property
    def modulus_shape(self) -> tuple[int, ...]:
        """Shape of the outputs of one modulus: ``output_grid``, and the powers if there are several."""
        return (*self.output_grid, len(self.powers)) if self.powers else self.output_grid

    @property
    def path_shape(self) -> tuple[int, ...]:
        """Shape of the output of one path: the index axis if it is kept, then ``output_grid``, then the powers."""
        if self.joint is None or self.joint.outputs is None:
            return self.modulus_shape
        return (len(self.joint.outputs), *self.modulus_shape)
