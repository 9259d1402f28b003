"""The plans of the library, run by the oracles: slowly, at the full resolution of the padded grid."""

import numpy as np
import oracles

from skscat.filters import to_dense


def scatter_slowly(x, plan):
    """Scattering of one signal with local averages: pad, run the cascade by definition, keep the signal's samples."""
    psi_hats = [[to_dense(psi, plan.grid)[0] for psi in bank.psi] for bank in plan.banks]
    phi_hats = [to_dense(bank.phi, plan.grid)[0] for bank in plan.banks]
    paths = [[row[f"n{m}"] for m in range(1, row["order"] + 1)] for row in plan.paths]
    for axis, (left, total) in enumerate(zip(plan.pad_left, plan.grid, strict=True)):
        x = oracles.pad_axis(x, axis, left, total, plan.padding)
    s = oracles.scatter(x, psi_hats, phi_hats, paths)
    signal = zip(plan.pad_left, plan.shape, plan.stride, strict=True)
    return s[(slice(None), *(slice(left, left + n, stride) for left, n, stride in signal))]


def scatter_gaps_slowly(x, plan):
    """Scattering of one signal with gaps, which NaN marks, with local averages, and its coverage."""
    x, parts = oracles.bridge(x, np.isnan(x))
    present = parts[0][1]
    phi_hats = [to_dense(bank.phi, plan.grid)[0] for bank in plan.banks]
    paths = [[row[f"n{m}"] for m in range(1, row["order"] + 1)] for row in plan.paths]
    padded = []
    for field in (x, 1 - present, *(shares for _, shares in parts[1:])):
        for axis, (left, total) in enumerate(zip(plan.pad_left, plan.grid, strict=True)):
            field = oracles.pad_axis(field, axis, left, total, plan.padding)
        padded.append(field)
    wavelets = [
        [
            (to_dense(psi, plan.grid)[0], row["xi"], _envelope(psi))
            for psi, row in zip(bank.psi, bank.table, strict=True)
        ]
        for bank in plan.banks
    ]
    signal = list(zip(plan.pad_left, plan.shape, plan.stride, strict=True))
    kept = (slice(None), *(slice(left, left + n, stride) for left, n, stride in signal))
    # Padded by zeros, a signal has no gaps there.
    padded[1] = 1 - padded[1]
    parts = [(scale, shares) for (scale, _), shares in zip(parts, padded[1:], strict=True)]
    s, coverage = oracles.scatter_with_gaps(padded[0], parts, wavelets, phi_hats, paths)
    return s[kept], coverage[kept]


def _envelope(psi):
    """Covariance of the Gaussian whose energy is spread in frequency as that of a filter."""
    k, energy = zip(*np.ndenumerate(np.abs(psi.values[0]) ** 2), strict=True)
    return 2 * np.atleast_2d(np.cov(np.transpose(k), aweights=energy, ddof=0))
