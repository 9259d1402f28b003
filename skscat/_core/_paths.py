"""Tables of paths: which filter follows which, and how paths are named."""

import numpy as np

from skscat._core._records import HERTZ, PER_SAMPLE, SIGN


def path_table(banks, allowed, sampling_rate=None):
    """List the paths of a cascade, parents before children.

    Parameters
    ----------
    banks : sequence of FilterBank
        Filters of order 1, 2, ...
    allowed : sequence of ndarray of bool
        ``allowed[0]`` of shape (n_filters,) says which filters make paths of first order, and ``allowed[m][a, b]``
        whether filter ``b`` of order m + 1 may follow filter ``a`` of order m.
    sampling_rate : float, default=None
        Samples per second: frequencies are then in hertz rather than in cycles per sample.

    Returns
    -------
    paths : structured ndarray of shape (n_paths,)
        Row 0 is the signal itself. The fields are ``order``, ``parent`` (a row number) and, for each order m, the
        filter number ``nm`` and the fields of its bank, with -1 or NaN for paths of lower order. The children of a
        path are consecutive rows.
    """
    banks = banks[: len(allowed)]
    if sampling_rate is not None:
        banks = [bank.converted(PER_SAMPLE, HERTZ, sampling_rate) for bank in banks]
    tables = [bank.table for bank in banks]
    fields = [("order", int), ("parent", int)]
    for m, table in enumerate(tables, start=1):
        fields.append((f"n{m}", int))
        fields += [(f"{name}{m}", table.dtype[name]) for name in table.dtype.names]
    signal = np.zeros(1, dtype=fields)
    for name, dtype in fields[1:]:
        signal[name] = missing_value(dtype)
    layers, first = [signal], 0
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


def joint_path_table(rows, fields, index_bank):
    """Return the table of paths of joint convolutions.

    Parameters
    ----------
    rows : list of dict
        The known fields of each path.
    fields : list of (str, type)
        Fields other than ``order``, ``parent`` and those of the index filters.
    index_bank : FilterBank
        Index filters.

    Returns
    -------
    paths : structured ndarray of shape (n_paths,)
        Fields that a row lacks are -1 or NaN; signs are 0.
    """
    fields = [("order", int), ("parent", int), *fields, *index_bank.table.dtype.descr]
    signs = index_bank.fields_in(SIGN)
    table = np.zeros(len(rows), dtype=fields)
    for name in table.dtype.names:
        default = 0 if name in signs else missing_value(table.dtype[name])
        table[name] = [row.get(name, default) for row in rows]
    table.setflags(write=False)
    return table


def missing_value(dtype):
    """Return the value of a field that a path does not have: -1 for integers, else NaN."""
    return -1 if np.issubdtype(dtype, np.integer) else np.nan


def _is_missing(value):
    return np.isnan(value) or (isinstance(value, np.integer) and value == -1)


def order_labels(n_orders, **abbreviations):
    """Make labels of the same fields at every order: ``(("j1", "j1"), ("theta1", "th1"), ("j2", "j2"), ...)``.

    Parameters
    ----------
    n_orders : int
        Number of orders.
    **abbreviations : str
        For each field of the banks, its abbreviation in feature names.
    """
    orders = range(1, n_orders + 1)
    return tuple((f"{name}{m}", f"{short}{m}") for m in orders for name, short in abbreviations.items())


def path_names(plan):
    """Name each path by the fields in ``plan.labels``: ``["", "j1=0_th1=3", "j1=0_th1=3_j2=1_th2=0", ...]``."""
    names = []
    for row in plan.paths:
        given = [(short, row[field]) for field, short in plan.labels]
        names.append("_".join(f"{short}={value:.6g}" for short, value in given if not _is_missing(value)))
    return names
