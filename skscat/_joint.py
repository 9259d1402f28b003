"""Joint convolutions: what is convolved along the index of the first layer, as data.

The moduli of the first layer have an index beside their grid: the log-frequency of their wavelet, or its angle. A
joint convolution filters a group of them along the grid, then along the index, before the modulus.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from skscat._average import index_matrix
from skscat._checks import check_choice
from skscat._plan import LOW_PASS, FilterBank
from skscat._sampling import OVERSAMPLING_STEP, bandwidth, grid_size, grid_unit

# A low-passed first layer is real: of two opposite filters one is kept, with the energy of both.
GAIN = {"tight": np.sqrt(2), "l1": 1.0}

# Grids of filters that stand apart in frequency may be coarser, relative to the bandwidth about zero: it has gaps.
DENSITY_APART = 0.75


class Element(NamedTuple):
    """The first members of a group, with a filter along the grid for each, and filters along the index for all.

    Parameters
    ----------
    nodes : ndarray of int
        Rows of ``plan.nodes``: the group.
    filters : tuple of int
        Numbers of filters in the last bank of the plan, or ``LOW_PASS``, for as many members.
    size : tuple of int
        Grid of the result.
    index : tuple of int
        Numbers of filters along the index.
    paths : tuple of int
        Rows of ``plan.paths``, as many.
    gain : float
        Factor of the outputs.
    """

    nodes: np.ndarray
    filters: tuple
    size: tuple
    index: tuple
    paths: tuple
    gain: float


@dataclass(frozen=True, eq=False)
class Joint:
    """Convolutions along the index of the first layer.

    Parameters
    ----------
    bank : FilterBank
        Filters along the index axis, which is periodic, the low-pass filter among them. ``bank.phi`` averages.
    lift : ndarray of int of shape (total,)
        Member of a group that fills a cell of the index axis, or -1 for none.
    conjugated : slice
        Cells that hold the conjugate of their member.
    outputs : ndarray of int or None
        Cells of the index axis where averages are kept; None takes the mean.
    n_places : int
        Cells that count in the mean.
    sizes : tuple of int
        Samples along the index axis, for each filter.
    groups : tuple of ndarray of int
        Rows of ``plan.nodes`` along the index axis.
    group_paths : tuple of int
        Rows of ``plan.paths``: where the plain average of each group goes.
    elements : tuple of Element
        Joint convolutions.
    """

    bank: FilterBank
    lift: np.ndarray
    conjugated: slice
    outputs: np.ndarray | None
    n_places: int
    sizes: tuple
    groups: tuple
    group_paths: tuple = ()
    elements: tuple = ()

    @property
    def total(self):
        """Length of the index axis."""
        return len(self.lift)

    def elements_of(self, nodes):
        """Return the joint convolutions of a group."""
        return [element for element in self.elements if element.nodes[0] == nodes[0]]

    def average_of(self, nodes, members):
        """Where the plain averages of some members of a group go, and how they add to that along the index.

        Returns
        -------
        paths : ndarray of int
            One row of ``plan.paths``; none for the signal itself, which has no index, where the axis is kept.
        pool : ndarray of shape (n_outputs, n_members), or None
        """
        if nodes[0] == 0:
            return (nodes, None) if self.outputs is None else (nodes[:0], np.zeros((0, 1)))
        (group,) = (i for i, rows in enumerate(self.groups) if rows[0] == nodes[0])
        cells = self.lift[:, np.newaxis] == members
        return np.array([self.group_paths[group]]), index_matrix(self, self.total) @ cells


class Convolution(NamedTuple):
    """One joint convolution, as the families describe it.

    Parameters
    ----------
    group : int
        Number of a group.
    filters : tuple of int, or None
        See :class:`Element`; None stands for the plain average of the group.
    fields : dict
        What to say of it in the table of paths.
    index : tuple of int
        Numbers of filters along the index.
    gain : float
        Factor of the outputs.
    """

    group: int
    filters: tuple | None
    fields: dict
    index: tuple = (0,)
    gain: float = 1.0


def rescaled(bank, factor):
    """Return a bank along the index whose table gives frequencies in another unit, ``factor`` times the number."""
    table = bank.table.copy()
    for name in table.dtype.names:
        if name.startswith(("xi_", "sigma_")) and name != "xi_oct":
            table[name] *= factor
    return replace(bank, table=table)


def half_of(table):
    """Filters along the index that are enough for real signals: one of every two with opposite frequencies."""
    spins = [name for name in table.dtype.names if name.startswith("spin")]
    return tuple(n for n, row in enumerate(table[spins].tolist()) if row > (0,) * len(spins))


def index_sizes(bank, density, oversampling, unit=1):
    """Return how many samples along the index the result of each filter needs; see :func:`skscat._plan.make_plan`."""
    density = OVERSAMPLING_STEP**oversampling * density
    return tuple(grid_size(density * bandwidth(psi), (unit,), bank.grid)[0] for psi in bank.psi)


def join(plan, joint, convolutions, fields, labels, layout, oversampling):
    """Add joint convolutions to a plan of order one.

    Parameters
    ----------
    plan : Plan
    joint : Joint
        Without elements.
    convolutions : list of Convolution
        In the order of the paths; that of a group's plain average comes before the others of the group.
    fields : list of (str, type)
        Columns of the table of paths beside ``order``, ``parent`` and those of ``joint.bank.table``.
    labels : tuple of (str, str)
        See :class:`skscat._plan.Plan`.
    layout : Layout
    oversampling : int
        See :func:`skscat._plan.make_plan`.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ValueError
        If the plan does not average: moduli along an index have grids of their own.
    """
    check_choice("average", plan.average, ("local", "global"))
    rows = [{"order": 0}] if joint.outputs is None else []
    signal, elements, plain = len(rows) - 1, [], {}
    for group, filters, values, index, gain in convolutions:
        paths = tuple(range(len(rows), len(rows) + len(index)))
        order = 1 if filters is None or set(filters) == {LOW_PASS} else 2
        parent = signal if order == 1 else plain[group]
        rows += [{"order": order, "parent": parent, **values, **_row(joint.bank.table[f])} for f in index]
        if filters is None:
            plain[group] = paths[0]
            continue
        apart = len(set(filters)) > 1
        need = layout.density[1] * OVERSAMPLING_STEP**oversampling * (DENSITY_APART if apart else 1)
        need = need * bandwidth(*(plan.banks[-1][n] for n in set(filters)))
        size = grid_size(need, grid_unit(plan.grid, layout.period), plan.grid)
        elements.append(Element(joint.groups[group], tuple(filters), size, tuple(index), paths, gain))
    joint = replace(joint, group_paths=tuple(plain[i] for i in range(len(plain))), elements=tuple(elements))
    return replace(plan, paths=_table(rows, fields, joint.bank.table.dtype), labels=labels, joint=joint)


def _row(row):
    return dict(zip(row.dtype.names, row.tolist(), strict=True))


def _table(rows, fields, index_dtype):
    """Structured array of the rows; what a row does not mention is -1 or NaN, a spin 0."""
    fields = [("order", int), ("parent", int), *fields, *index_dtype.descr]
    table = np.zeros(len(rows), dtype=fields)
    for name in table.dtype.names:
        absent = -1 if np.issubdtype(table.dtype[name], np.integer) else np.nan
        absent = 0 if name.startswith("spin") else absent
        table[name] = [row.get(name, absent) for row in rows]
    table.setflags(write=False)
    return table
