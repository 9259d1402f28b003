"""The table of paths of scattering spectra, and how they are named."""

import numpy as np

from skscat._core._paths import missing_value
from skscat.moments._correlations import ENVELOPE, PHASE, SPARSITY, SPECTRUM

KINDS = {SPARSITY: "sparsity", SPECTRUM: "spectrum", PHASE: "phase", ENVELOPE: "envelope"}


def spectra_paths(pairs, orbits, paths):
    """List the outputs of scattering spectra.

    Parameters
    ----------
    pairs : list of (int, int)
        Pairs of channels.
    orbits : list of Orbit
    paths : structured ndarray of shape (n_paths,)
        Paths of the scattering transform, those of first order with the scales, frequencies and angles of wavelets.

    Returns
    -------
    paths : structured ndarray of shape (n_outputs,)
        See :attr:`ScatteringSpectra.paths_`.
    """
    blocks = {is_cross: _block(orbits, is_cross) for is_cross in (False, True)}
    columns = []
    for a, b in pairs:
        kinds, n1, n2, n3, h1, h2, imaginary, conjugated = blocks[a != b]
        channels = np.where(conjugated, [[b], [a]], [[a], [b]])
        columns.append([kinds, *channels, n1, n2, n3, h1, h2, imaginary])
    kinds, c1, c2, n1, n2, n3, h1, h2, imaginary = np.concatenate(columns, axis=1)
    wavelets = paths[paths["order"] == 1]
    names = [name for name in paths.dtype.names if name not in ("order", "parent", "n1")]
    fields = {"kind": kinds, "channel1": c1, "channel2": c2}
    for m, n in enumerate((n1, n2, n3), start=1):
        fields[f"n{m}"] = n
        fields |= {f"{name[:-1]}{m}": _values(wavelets[name], n) for name in names}
    if orbits[0].series is not None:
        fields |= {"harmonic1": h1, "harmonic2": h2}
    fields["part"] = np.where(imaginary, "im", "re")
    paths = np.empty(len(kinds), [(name, values.dtype) for name, values in fields.items()])
    for name, values in fields.items():
        paths[name] = values
    return paths


def _values(values, n):
    """Values of a field for some wavelets, with -1 or NaN where there is none."""
    return np.where(n < 0, missing_value(values.dtype), values[n])


def _block(orbits, is_cross):
    """Kinds, wavelets, harmonics and parts of the outputs of a pair of channels."""
    columns = []
    for orbit in orbits:
        entries = orbit.cross if is_cross else orbit.auto
        n, h = np.array([-1, *orbit.envelopes]), np.array([0, *orbit.harmonics])
        # An envelope with a signal is listed as that signal with the envelope.
        first = np.where(entries.conjugated, entries.columns, entries.rows)
        second = np.where(entries.conjugated, entries.rows, entries.columns)
        m = np.full_like(first, orbit.wavelets[0])
        block = [entries.kinds, n[first], n[second], m, h[first], h[second], entries.imaginary, entries.conjugated]
        if not is_cross:
            columns.append([[SPARSITY], [-1], [-1], m[:1], [0], [0], [0], [0]])
        columns.append(block)
    return np.concatenate(columns, axis=1)


def spectra_names(paths, channels, prefix):
    """Name the outputs of scattering spectra.

    Parameters
    ----------
    paths : structured ndarray of shape (n_outputs,)
    channels : list of str
        Part of the names for each channel, empty if signals have no axis of channels.
    prefix : str

    Returns
    -------
    names : ndarray of str objects of shape (n_outputs,)
    """
    return np.array(["_".join(filter(None, (prefix, *_parts(path, channels)))) for path in paths], dtype=object)


def _parts(path, channels):
    """Parts of the name of an output."""
    c1, c2 = path["channel1"], path["channel2"]
    parts = [channels[c] for c in ((c1,) if c1 == c2 else (c1, c2))] + [KINDS[path["kind"]]]
    parts += [_envelope(path, m) for m in ("1", "2") if path[f"n{m}"] >= 0]
    parts.append(f"n{path['n3']}")
    # Sparsity and the power spectrum are real.
    return parts + [path["part"]] * int(path["kind"] >= PHASE or c1 != c2)


def _envelope(path, m):
    """Part of a name for an envelope: its wavelet, and the harmonic over angles of a scale if there is one."""
    name = f"n{path[f'n{m}']}"
    if "harmonic1" not in path.dtype.names:
        return name
    h = path[f"harmonic{m}"]
    return f"{name}{'sin' if h < 0 else 'cos'}{abs(h)}"
