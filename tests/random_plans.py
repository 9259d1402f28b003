"""Random transforms of every family, and what they should compute, by definition and in double precision.

The definition is evaluated on the whole padded grid with :mod:`numpy.fft`, without subsampling; it shares nothing with
the engine but the filters and the table of paths of a plan.
"""

import re
import warnings

import numpy as np
import oracles

from skscat import (
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
)
from skscat.filters import to_dense

PADDINGS = ("symmetric", "reflect", "wrap", "edge", "constant")


def _pick(rng, *choices):
    return choices[rng.integers(len(choices))]


def _common(rng, most, average=("local", "global", None)):
    """Parameters of all families, for signals whose shortest side has ``most`` samples."""
    return {
        "J": _pick(rng, None, *range(1, 6)),
        "T": _pick(rng, None, None, float(rng.uniform(1, most)), int(rng.integers(1, most + 1))),
        "normalize": _pick(rng, "tight", "l1"),
        "average": _pick(rng, *average),
        "stride": _pick(rng, None, None, int(rng.integers(1, most + 3))),
        "padding": _pick(rng, *PADDINGS),
    }


def _line(rng):
    n = int(_pick(rng, rng.integers(1, 20), rng.integers(20, 301), 128))
    q = _pick(rng, 1, 2, 8, int(rng.integers(1, 13)), (4, 2), (8, 1, 2))
    parameters = _common(rng, n) | {"Q": q, "max_order": _pick(rng, 0, 1, 2, 2, 2, 3)}
    if rng.random() < 0.1:
        parameters |= {"wavelet": "battle_lemarie", "Q": 1, "T": None}
    return Scattering1D(**parameters), (n,)


def _plane(rng):
    shape = tuple(int(n) for n in rng.integers(1, 33, 2))
    parameters = _common(rng, min(shape)) | {
        "L": _pick(rng, 2, 4, 6, 8),
        "Q": _pick(rng, 1, 1, 2, 3),
        "max_order": _pick(rng, 0, 1, 2, 2, 2),
    }
    return Scattering2D(**parameters | {"J": _pick(rng, None, 1, 2, 3)}), shape


def _log_frequency(rng):
    n = int(rng.integers(16, 301))
    return n, _common(rng, n, ("local", "global")) | {
        "J_fr": _pick(rng, None, 1, 2),
        "Q_fr": _pick(rng, 1, 2),
        "max_order": _pick(rng, 1, 2, 2),
        "average_frequency": _pick(rng, "local", "global"),
        "F": _pick(rng, None, None, 1, 2.5),
    }


def _time_frequency(rng):
    n, parameters = _log_frequency(rng)
    return TimeFrequencyScattering(Q=_pick(rng, 2, 4, 8), **parameters), (n,)


def _spiral(rng):
    n, parameters = _log_frequency(rng)
    # There is a path for each triple of wavelets: few scales keep the definition fast.
    parameters |= {"J": _pick(rng, None, 1, 2, 3), "J_fr": _pick(rng, None, 1), "Q_fr": 1}
    return SpiralScattering(Q=_pick(rng, 2, 3), J_oct=1, **parameters), (n,)


def _roto_translation(rng):
    shape = tuple(int(n) for n in rng.integers(4, 29, 2))
    parameters = _common(rng, min(shape), ("local", "global")) | {
        "J": _pick(rng, None, 1, 2, 3),
        "L": _pick(rng, 2, 4, 6),
        "J_rot": _pick(rng, None, 0, 1, 2),
        "max_order": _pick(rng, 1, 2, 2),
        "separable": _pick(rng, False, True),
        "average_angle": _pick(rng, "global", None),
    }
    return RotoTranslationScattering2D(**parameters), shape


def _solid(rng):
    shape = tuple(int(n) for n in rng.integers(2, 15, 3))
    parameters = _common(rng, min(shape)) | {
        "J": _pick(rng, None, 0, 1, 2),
        "L": _pick(rng, 0, 1, 2, 3),
        "sigma_0": _pick(rng, 1.0, 0.7, 1.5, 2.0),
        "max_order": _pick(rng, 0, 1, 2, 2),
    }
    if parameters["average"] == "global":
        parameters["powers"] = _pick(rng, None, (1,), (0.5, 2), (3,))
    return HarmonicScattering3D(**parameters), shape


FAMILIES = {
    "Scattering1D": _line,
    "Scattering2D": _plane,
    "TimeFrequencyScattering": _time_frequency,
    "SpiralScattering": _spiral,
    "RotoTranslationScattering2D": _roto_translation,
    "HarmonicScattering3D": _solid,
}


def random_case(family, seed, oversampling=None):
    """Return a random transform of a family, and a signal of the shape it is for.

    Signals are noise, a spike, a constant or a slope, of any amplitude that a float can square.
    """
    rng = np.random.default_rng((seed, *family.encode()))
    scattering, shape = FAMILIES[family](rng)
    scattering.set_params(oversampling=_pick(rng, 0, 0, 1, 2) if oversampling is None else oversampling)
    kind = _pick(rng, "noise", "noise", "spike", "constant", "slope")
    x = np.zeros(shape)
    if kind == "noise":
        x = rng.standard_normal(shape)
    elif kind == "spike":
        x[tuple(int(rng.integers(n)) for n in shape)] = 1
    elif kind == "constant":
        x += rng.standard_normal()
    else:
        x = sum(np.ogrid[tuple(slice(n) for n in shape)]) + rng.standard_normal() * np.ones(shape)
    dtype = _pick(rng, np.float32, np.float64)
    exponent = rng.uniform(-10, 10) if dtype == np.float32 else rng.uniform(-80, 80)
    return scattering, (x * 10**exponent).astype(dtype)


def make_plan(scattering, shape):
    """Return the plan of a random transform, or None if it is refused by naming a parameter.

    Scales beyond the signal are no news here.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            return scattering.plan(shape)
        except ValueError as error:
            if any(re.match(rf"(The )?'?{name}\b", str(error)) for name in scattering.get_params()):
                return None
            raise


# ---------------------------------------------------------------------------------------------------------------
# By definition


def _convolved(u, h):
    axes = tuple(range(-h.ndim, 0))
    return np.fft.ifftn(np.fft.fftn(u, axes=axes) * h, axes=axes)


def _moduli(x, plan):
    """Moduli of all nodes on the padded grid, parents first."""
    dense = {}
    nodes = [x]
    for row in plan.nodes[1:]:
        order = row["order"]
        n = row[f"n{order}"]
        if (order, n) not in dense:
            dense[order, n] = to_dense(plan.banks[order - 1].psi[n], plan.grid)
        components = [_convolved(nodes[row["parent"]], h) for h in dense[order, n]]
        nodes.append(np.sqrt(sum(np.abs(z) ** 2 for z in components)))
    return nodes


def _averaged(u, plan, bank, is_signal=False):
    """Average moduli (..., *grid) over the grid."""
    inside = tuple(slice(left, left + n) for left, n in zip(plan.pad_left, plan.shape, strict=True))
    axes = tuple(range(-len(plan.grid), 0))
    if plan.average is None:
        return u[(Ellipsis, *inside)]
    if plan.average == "local":
        smooth = _convolved(u, to_dense(bank.phi, plan.grid)[0])
        smooth = smooth if np.iscomplexobj(u) else smooth.real
        signal = zip(plan.pad_left, plan.shape, plan.stride, strict=True)
        return smooth[(Ellipsis, *(slice(left, left + n, stride) for left, n, stride in signal))]
    if plan.powers is None:
        v = u if plan.signed else np.abs(u)
        return v[(Ellipsis, *inside)].mean(axis=axes)
    powers = [u if p == 1 and plan.signed and is_signal else np.abs(u) ** p for p in plan.powers]
    return np.stack([v[(Ellipsis, *inside)].mean(axis=axes) for v in powers], axis=-1)


def _pooled(a, joint):
    """Average outputs (total, ...) of moduli along the index."""
    if joint.outputs is None:
        return a.sum(axis=0) / joint.n_samples
    h = oracles.time_domain(to_dense(joint.bank.phi, joint.bank.grid)[0]).real
    lags = (joint.outputs[:, np.newaxis] - np.arange(joint.total)) % joint.total
    return np.tensordot(h[lags], a, axes=1)


def _jointly(nodes, plan, s):
    """Fill in the paths of joint convolutions."""
    joint, bank = plan.joint, plan.banks[-1]
    for rows, path in zip(joint.siblings, joint.average_paths, strict=True):
        a = _averaged(np.array([nodes[row] for row in rows]), plan, bank)
        on_axis = np.array([a[member] if member >= 0 else np.zeros_like(a[0]) for member in joint.lift])
        s[path] = joint.gain * _pooled(on_axis, joint)
    conjugated = np.isin(np.arange(joint.total), np.arange(joint.total)[joint.conjugated])
    for convolution in joint.convolutions:
        rows = joint.siblings[convolution.siblings]
        filters = [to_dense(bank.filter(*f), plan.grid)[0] for f in convolution.filters]
        z = [_convolved(nodes[row], h) for row, h in zip(rows, filters, strict=False)]
        axis = np.zeros((joint.total, *plan.grid), dtype=complex)
        for sample, member in enumerate(joint.lift):
            if 0 <= member < len(z):
                axis[sample] = np.conj(z[member]) if conjugated[sample] else z[member]
        axis_hat = np.fft.fft(axis, axis=0)
        for f, path in zip(convolution.index_filters, convolution.paths, strict=True):
            h = to_dense(joint.bank.psi[f], joint.bank.grid)[0].reshape(-1, *(1,) * len(plan.grid))
            u = np.abs(np.fft.ifft(axis_hat * h, axis=0))
            s[path] = convolution.gain * _pooled(_averaged(u, plan, bank), joint)


def by_definition(x, plan):
    """Coefficients of one signal, (n_paths, *plan.path_shape)."""
    x = x.astype(np.result_type(x, float))
    for axis, (left, total) in enumerate(zip(plan.pad_left, plan.grid, strict=True)):
        x = oracles.pad_axis(x, axis, left, total, plan.padding)
    nodes = _moduli(x, plan)
    s = np.zeros((len(plan.paths), *plan.path_shape))
    if plan.joint is not None:
        if plan.joint.outputs is None:
            s[0] = _averaged(x, plan, plan.banks[0], is_signal=True)
        _jointly(nodes, plan, s)
        return s
    for p, (row, u) in enumerate(zip(plan.nodes, nodes, strict=True)):
        bank = plan.banks[min(row["order"], len(plan.banks) - 1)]
        average = _averaged(u, plan, bank, is_signal=p == 0)
        s[p] = np.abs(average) if np.iscomplexobj(average) else average
    return s


def errors_by_order(s, expected, x, plan):
    """Relative l2 error of the coefficients of each order, the largest over powers; nan where there are none.

    Coefficients that are nothing but rounding count relative to a thousandth of the signal.
    """
    errors = []
    if not plan.powers:
        s, expected = s[..., np.newaxis], expected[..., np.newaxis]
    # In units of the signal, whose squares would not all fit.
    unit = (float(np.abs(x).max(initial=0.0)) or 1.0) ** np.array(plan.powers or (1.0,))
    s, expected = (a.astype(float) / unit for a in (s, expected))
    s, expected = (np.moveaxis(a, -1, 0).reshape(a.shape[-1], len(plan.paths), -1) for a in (s, expected))
    floor = 1e-3 ** np.array(plan.powers or (1.0,))
    for order in range(plan.paths["order"].max() + 1):
        rows = plan.paths["order"] == order
        difference = np.linalg.norm((s - expected)[:, rows], axis=(1, 2))
        size = np.maximum(np.linalg.norm(expected[:, rows], axis=(1, 2)), floor)
        errors.append(float((difference / size).max()) if rows.any() else np.nan)
    return errors
