"""The plans of the library, run by the oracles: slowly, at the full resolution of the padded grid."""

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
