"""Plans: what a scattering transform computes, as data.

A plan is built once, from the shape of the signals (see ``skscat.plan_scattering1d`` and its siblings), and run by
``skscat.scatter``. Nothing here knows what a wavelet is.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import gcd

import numpy as np

from skscat._checks import check_choice, check_counts, is_count
from skscat._copying import PADDINGS
from skscat._folding import Filter
from skscat._sampling import OVERSAMPLING_STEP, grid_sizes, grid_unit
from skscat._schedule import schedule

# Stands for the low-pass filter where filters go by numbers.
LOW_PASS = -1
AVERAGES = ("local", "global", None)


@dataclass(frozen=True, eq=False)
class FilterBank:
    """Band-pass filters and a low-pass filter on one periodic grid, in the Fourier domain.

    Parameters
    ----------
    grid : tuple of int
        Samples per axis of the grid.
    psi : tuple of Filter
        The band-pass filters.
    phi : Filter
        The low-pass filter, whose support is symmetric about frequency zero.
    table : structured ndarray of shape (n_filters,)
        One row per filter. Field ``j`` is the log2 of its scale; the others (``xi``, ``sigma``, ``theta``) depend on
        the family. Frequencies are in cycles per sample.
    """

    grid: tuple
    psi: tuple
    phi: Filter
    table: np.ndarray

    def __getitem__(self, n):
        """Band-pass filter n; beyond the last their mirror images follow. ``LOW_PASS`` is the low-pass filter."""
        if n == LOW_PASS:
            return self.phi
        return self.psi[n] if n < len(self.psi) else self.psi[n - len(self.psi)].mirrored


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything a walk needs: filters, a table of paths, grid sizes.

    Parameters
    ----------
    shape : tuple of int
        Shape of one signal.
    grid : tuple of int
        Shape of the padded, periodic grid.
    left : tuple of int
        Cells of the grid before the first sample, per axis.
    padding : {"reflect", "periodic", "edge", "constant"}
        What the cells outside the signal hold.
    banks : tuple of FilterBank
        One per order; the last one also averages the deepest moduli.
    average : {"local", "global", None}
        Low-pass and subsample, take the mean over the signal, or keep the moduli.
    stride : tuple of int
        Samples between outputs, per axis, where ``average`` is "local".
    nodes : structured ndarray of shape (n_nodes,)
        One row per modulus of the cascade, see :func:`path_table`.
    sizes : ndarray of int of shape (n_nodes, n_axes)
        Grid on which each is sampled.
    paths : structured ndarray of shape (n_paths,)
        One row per output: the nodes, but where these are convolved along their index.
    labels : tuple of (str, str)
        Fields of ``paths`` that name a path, with their abbreviation in feature names.
    joint : Joint or None
        Convolutions along the index of the first layer.
    powers : tuple of float or None
        Powers of moduli whose means are outputs, on a last axis; "global" averages only. None means the first power,
        and no axis.
    """

    shape: tuple
    grid: tuple
    left: tuple
    padding: str
    banks: tuple
    average: str | None
    stride: tuple
    nodes: np.ndarray
    sizes: np.ndarray
    paths: np.ndarray
    labels: tuple
    joint: object | None = None
    powers: tuple | None = None
    _schedules: dict = field(default_factory=dict, repr=False, init=False)

    @property
    def output_size(self):
        """Grid of the averaged moduli before it is cut to the outputs, per axis.

        It is regular and contains the outputs: finer than these where the stride does not divide the grid.
        """
        return tuple(n // gcd(n, s) for n, s in zip(self.grid, self.stride, strict=True))

    @property
    def output_slices(self):
        """Cells of that grid which are kept, per axis."""
        slices = []
        for n, length, left, stride in zip(self.grid, self.shape, self.left, self.stride, strict=True):
            first, step = left // gcd(n, stride), stride // gcd(n, stride)
            slices.append(slice(first, first + (-(-length // stride) - 1) * step + 1, step))
        return tuple(slices)

    @property
    def frames(self):
        """Outputs of one path over the grid, per axis; empty where ``average`` is "global"."""
        if self.average == "global":
            return ()
        if self.average is None:
            return self.shape
        return tuple(-(-n // s) for n, s in zip(self.shape, self.stride, strict=True))

    @property
    def cells(self):
        """Outputs of one modulus: over the grid, and of several powers."""
        return (*self.frames, len(self.powers)) if self.powers else self.frames

    @property
    def output_grid(self):
        """Shape of the output of one path: outputs along the index, if there are several, over the grid, of powers."""
        if self.joint is None or self.joint.outputs is None:
            return self.cells
        return (len(self.joint.outputs), *self.cells)

    @cached_property
    def root(self):
        """The plan that stops at order zero: the average of the signal."""
        return replace(self, nodes=self.nodes[:1], sizes=self.sizes[:1], paths=self.nodes[:1], joint=None)

    def schedule(self, dtype):
        """Order the work in a given precision; worked out once.

        Parameters
        ----------
        dtype : dtype
            Single or double precision.

        Returns
        -------
        root : Family
            The signal itself; its descendants are the moduli.
        """
        key = np.dtype(dtype).name
        if key not in self._schedules:
            self._schedules[key] = schedule(self, dtype)
        return self._schedules[key]

    def __sizeof__(self):
        """Bytes of the filters and the table: what joblib on dask goes by to send a plan once, not with every task."""
        banks = (*self.banks, self.joint.bank) if self.joint else self.banks
        filters = {id(psi): psi for bank in banks for psi in (*bank.psi, bank.phi)}
        return self.paths.nbytes + sum(psi.values.nbytes for psi in filters.values())

    def __getstate__(self):
        return {**{k: v for k, v in self.__dict__.items() if k != "root"}, "_schedules": {}}


def per_order(value, name, max_order):
    """Return one number per order: given as one number, later orders have 1; of a sequence the last is repeated.

    Raises
    ------
    ValueError
        If an entry is not a whole number of at least 1.
    """
    entries = list(value) if np.iterable(value) else [value]
    if not entries or not all(map(is_count, entries)):
        raise ValueError(f"{name}={value!r}: expected a whole number of at least 1, or one per order.")
    n_orders = max(max_order, 1)
    tail = entries[-1] if np.iterable(value) else 1
    return tuple(int(v) for v in (entries + [tail] * n_orders)[:n_orders])


def make_plan(
    shape,
    grid,
    left,
    padding,
    banks,
    allowed,
    *,
    average,
    stride,
    oversampling,
    density,
    period,
    labels,
    frequency_unit=1.0,
):
    """Assemble a plan: list the paths and give each a grid wide enough for its bandwidth.

    Parameters
    ----------
    shape, grid, left, padding, banks, average, stride
        See :class:`Plan`.
    allowed : sequence of ndarray of bool
        See :func:`path_table`. Its length plus one is the number of layers.
    oversampling : int
        How often grids are made finer than needed, ``OVERSAMPLING_STEP`` times each.
    density : tuple of float
        Samples of a grid per unit of bandwidth (the sigma of a Gaussian filter, in cycles per period), for moduli that
        are filtered again and for those that are only averaged. The modulus of a band-limited signal has a spectrum
        of twice the width with a slowly decaying tail; what a coarse grid folds back of it perturbs the average
        and, more, the layer that follows.
    period : int or None
        A shift of the signal by so many samples shifts the moduli by whole cells of their grids (where it divides the
        grid of the signal), so that the transform commutes with it exactly. None: grids of any even size.
    labels : tuple of (str, str)
        Fields of the tables of the banks that name a path, with their abbreviation in feature names.
    frequency_unit : float, default=1.0
        Frequencies in ``paths`` are multiplied by it.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ValueError
        If an option is not as documented.
    """
    check_choice("average", average, AVERAGES)
    check_choice("padding", padding, PADDINGS)
    check_counts(0, oversampling=oversampling)
    paths = path_table([bank.table for bank in banks], allowed)
    if average is None:
        sizes = np.tile(grid, (len(paths), 1))
    else:
        sizes = grid_sizes(
            paths, banks, grid, grid_unit(grid, period), OVERSAMPLING_STEP**oversampling * np.array(density)
        )
    for name in paths.dtype.names:
        if name.startswith(("xi", "sigma")):
            paths[name] *= frequency_unit
    paths.setflags(write=False)
    sizes.setflags(write=False)
    orders = range(1, len(allowed) + 1)
    return Plan(
        shape=tuple(shape),
        grid=tuple(grid),
        left=tuple(left),
        padding=padding,
        banks=tuple(banks),
        average=average,
        stride=tuple(stride),
        nodes=paths,
        sizes=sizes,
        paths=paths,
        labels=tuple((f"{name}{m}", f"{short}{m}") for m in orders for name, short in labels),
    )


def path_table(tables, allowed):
    """List the paths of a cascade, parents before children.

    Parameters
    ----------
    tables : sequence of structured ndarray
        Descriptions of the filters of order 1, 2, ...
    allowed : sequence of ndarray of bool
        ``allowed[0]`` of shape (n_filters,) says which filters make paths of order 1, and ``allowed[m][a, b]``
        whether filter ``b`` of order m + 1 may follow filter ``a`` of order m.

    Returns
    -------
    paths : structured ndarray of shape (n_paths,)
        Row 0 is the signal itself. ``order``; ``parent``, a row number; and per order m the filter number ``nm``
        and the fields of its table, with -1 or NaN where the path is shorter than m.
    """
    fields = [("order", int), ("parent", int)]
    for m, table in enumerate(tables[: len(allowed)], start=1):
        fields.append((f"n{m}", int))
        fields += [(f"{name}{m}", table.dtype[name]) for name in table.dtype.names]
    root = np.zeros(1, dtype=fields)
    for name, kind in fields[1:]:
        root[name] = -1 if np.issubdtype(kind, np.integer) else np.nan
    layers, first = [root], 0
    for m, may_follow in enumerate(allowed, start=1):
        parents = layers[-1]
        last = parents[f"n{m - 1}"] if m > 1 else None
        parent, n = np.nonzero(may_follow[last] if m > 1 else may_follow[np.newaxis])
        layer = parents[parent]
        layer["order"], layer["parent"], layer[f"n{m}"] = m, first + parent, n
        for name in tables[m - 1].dtype.names:
            layer[f"{name}{m}"] = tables[m - 1][name][n]
        layers.append(layer)
        first += len(parents)
    return np.concatenate(layers)


def path_names(plan):
    """Name each path by the fields in ``plan.labels``: ``["", "j1=0_th1=3", "j1=0_th1=3_j2=1_th2=0", ...]``."""
    names = []
    for row in plan.paths:
        given = [(short, row[field]) for field, short in plan.labels]
        names.append("_".join(f"{short}={value:.6g}" for short, value in given if not _absent(value)))
    return names


def _absent(value):
    """Whether a path lacks what a field tells: -1 or NaN stands there."""
    return np.isnan(value) or (isinstance(value, np.integer) and value == -1)


def check_input(x, plan):
    """Return the batch axes of x after checking it against a plan."""
    ndim = len(plan.shape)
    if x.dtype not in (np.float32, np.float64):
        raise ValueError(f"x has dtype {x.dtype}; expected float32 or float64.")
    if x.ndim < ndim or x.shape[x.ndim - ndim :] != tuple(plan.shape):
        raise ValueError(f"x has shape {x.shape}; its last axes must be {tuple(plan.shape)}, the shape of the plan.")
    return x.shape[: x.ndim - ndim]


def check_outputs(name, s, batch, plan):
    """Check the shape of outputs, or of their weights, for signals with some batch axes."""
    expected = (*batch, len(plan.paths), *plan.output_grid)
    if s.shape != expected:
        raise ValueError(f"{name} has shape {s.shape}; the outputs of this plan for x have shape {expected}.")
