"""Joint convolutions: what is convolved along the index of the first layer, as data.

The moduli of the first layer have an index beside their grid: the log-frequency of their wavelet, or its angle. A
joint convolution filters siblings along the grid, then along the index, before the modulus.
"""

from dataclasses import replace

import numpy as np

from skscat._checks import check_choice
from skscat._core._paths import joint_path_table
from skscat._core._records import LOW_PASS, SIGN
from skscat._core._sampling import bandwidth, grid_size, grid_unit

# The low-passed first layer is real: of two index filters with opposite frequencies, one keeps the energy of both.
ONE_SIDED_GAIN = {"tight": np.sqrt(2), "l1": 1.0}

# Factor of the density of grids for several filters together: the band about zero that holds them all has gaps.
DENSITY_APART = 0.75


def one_sided_filters(bank):
    """Return the numbers of the index filters that real signals need: one of every two with opposite frequencies."""
    signs = bank.table[bank.fields_in(SIGN)].tolist()
    return tuple(n for n, row in enumerate(signs) if row > (0,) * len(row))


def index_sizes(bank, density, unit=1):
    """Return the number of samples along the index of the result of each filter; see :func:`make_plan`."""
    return tuple(grid_size(density * bandwidth(psi), (unit,), bank.grid)[0] for psi in bank.psi)


def join(plan, joint, convolutions, fields, labels, *, density, period):
    """Add joint convolutions to a plan of first order.

    Parameters
    ----------
    plan : Plan
    joint : Joint
        Without convolutions.
    convolutions : iterable of (dict, JointConvolution)
        In the order of the paths, each with the fields of its paths except those of the index filter. The plain
        average of siblings comes before their convolutions.
    fields : list of (str, type)
        Fields of the table of paths, see :func:`joint_path_table`.
    labels : tuple of (str, str)
        See :class:`Plan`.
    density : float
        Samples per unit of bandwidth, for moduli that are only averaged; see :func:`make_plan`.
    period : int or None
        See :func:`make_plan`.

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
    signal, convolved, plain = len(rows) - 1, [], {}
    for values, convolution in convolutions:
        paths = tuple(range(len(rows), len(rows) + len(convolution.index_filters)))
        order = 2 if any(n != LOW_PASS for n, _ in convolution.filters or ()) else 1
        parent = signal if order == 1 else plain[convolution.siblings]
        for f in convolution.index_filters:
            index = dict(zip(joint.bank.table.dtype.names, joint.bank.table[f].tolist(), strict=True))
            rows.append({"order": order, "parent": parent, **values, **index})
        if convolution.filters is None:
            plain[convolution.siblings] = paths[0]
        else:
            size = _joint_size(plan, convolution.filters, density, period)
            gain = convolution.gain * (joint.gain if order == 1 else 1.0)
            convolved.append(convolution._replace(gain=gain, paths=paths, size=size))
    average_paths = tuple(plain[i] for i in range(len(plain)))
    joint = replace(joint, average_paths=average_paths, convolutions=tuple(convolved))
    return replace(plan, paths=joint_path_table(rows, fields, joint.bank), labels=labels, joint=joint)


def _joint_size(plan, filters, density, period):
    """Grid of a joint convolution: as wide as the bandwidth of all its filters together."""
    distinct = sorted(set(filters))
    need = density * (DENSITY_APART if len(distinct) > 1 else 1)
    need = need * bandwidth(*(plan.banks[-1].filter(*f) for f in distinct))
    return grid_size(need, grid_unit(plan.grid, period), plan.grid)
