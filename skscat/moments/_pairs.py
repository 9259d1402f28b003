"""Scattering spectra of the channels of a signal, within channels and between them, and their gradient.

Outputs are ordered by pairs of channels, then by orbits of wavelets. Those of a pair of equal channels begin, for each
orbit, with the mean of the modulus.
"""

from skscat._core import _namespace as arrays
from skscat._core._threads import single_threaded_blas


def pairs_of(n_channels, cross):
    """List the pairs of channels: each with itself and then, if ``cross``, with all that follow."""
    pairs = [(c, c) for c in range(n_channels)]
    return pairs + [(a, b) for a in range(n_channels) for b in range(a + 1, n_channels) if cross]


def n_outputs(orbits, is_cross):
    """Number of outputs of a pair."""
    return sum(len(orbit.cross.kinds) if is_cross else 1 + len(orbit.auto.kinds) for orbit in orbits)


@single_threaded_blas()
def outputs(channels, pairs, orbits):
    """Return the scattering spectra of a signal.

    Parameters
    ----------
    channels : list of Channel or list of GappyChannel
    pairs : list of (int, int)
    orbits : list of Orbit

    Returns
    -------
    outputs : ndarray of shape (n_outputs,)
    """
    parts = {pair: [] for pair in pairs}
    for orbit in orbits:
        totals, means = dict.fromkeys(pairs, 0), [0] * len(channels)
        for m, finer in zip(orbit.wavelets, orbit.finer, strict=True):
            rows = [channel.rows(m, finer) for channel in channels]
            means = [mean + channel.mean(m) for mean, channel in zip(means, channels, strict=True)]
            for a, b in pairs:
                totals[a, b] = totals[a, b] + rows[a].correlations(rows[b])
        for (a, b), total in totals.items():
            if a == b:
                parts[a, b].append((means[a] / len(orbit.wavelets)).reshape(1))
            parts[a, b].append(_entries(orbit, a, b).of(orbit.average(total)))
    parts = [part for pair in pairs for part in parts[pair]]
    return arrays.namespace(parts[0]).concatenate(parts)


@single_threaded_blas()
def outputs_vjp(channels, pairs, orbits, g):
    """Return the gradients of a weighted sum of the outputs, with weights g, with respect to each channel."""
    for channel in channels:
        channel.start_gradient()
    g = _split(g, pairs, orbits)
    for orbit in orbits:
        ds = {pair: next(g[pair]) for pair in pairs}
        for m, finer in zip(orbit.wavelets, orbit.finer, strict=True):
            rows = [channel.rows(m, finer) for channel in channels]
            dv = [0] * len(channels)
            for (a, b), (of_mean, d) in ds.items():
                d = rows[a].divided(d, rows[b])
                if a == b:
                    channels[a].add_mean(m, of_mean / len(orbit.wavelets))
                    dv[a] = dv[a] + (d + d.conj().T) @ rows[a].values
                else:
                    dv[a] = dv[a] + d @ rows[b].values
                    dv[b] = dv[b] + d.conj().T @ rows[a].values
            for channel, of_channel, dv_channel in zip(channels, rows, dv, strict=True):
                channel.add_rows(m, finer, of_channel, dv_channel)
    return [channel.gradient() for channel in channels]


def _entries(orbit, a, b):
    return orbit.auto if a == b else orbit.cross


def _split(g, pairs, orbits):
    """For each pair, iterate over the weight of the mean and the gradient of the matrices of each orbit."""
    start, parts = 0, {}
    for a, b in pairs:
        length = n_outputs(orbits, a != b)
        parts[a, b] = _of_orbits(g[start : start + length], a, b, orbits)
        start += length
    return parts


def _of_orbits(g, a, b, orbits):
    start = 0
    for orbit in orbits:
        entries, n_means = _entries(orbit, a, b), int(a == b)
        stop = start + n_means + len(entries.kinds)
        d = entries.adjoint(g[start + n_means : stop])
        yield g[start], orbit.average_adjoint(d)
        start = stop
