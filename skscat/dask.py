"""Dask arrays: transforms and moments of data that is on several machines, or does not fit in memory.

Needs Dask: ``pip install "skscat[distributed]"``.
"""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from skscat.moments import ScatteringMoments
from skscat.moments._sums import Sums

try:
    import dask
    import dask.array as da
except ImportError as error:
    raise ImportError("skscat.dask needs Dask; install it with: pip install 'skscat[distributed]'") from error

__all__ = ["fit_moments", "transform_lazily"]

# Chunks whose sums are merged by one task.
MERGED_CHUNKS = 64


def transform_lazily(estimator: Any, X: da.Array) -> da.Array:
    """Transform a Dask array chunk by chunk, on the workers that read the chunks.

    The estimator is sent to each worker once, and not with every task. Nothing is computed before the result is
    written or requested; a worker then holds one chunk at a time per thread.

    Parameters
    ----------
    estimator : estimator
        Fitted transformer, such as a scattering transform or a pipeline that ends in a transformer. ``fit`` on a
        single signal is enough for a scattering transform. With ``n_jobs=None``, the default, each thread of a worker
        transforms a chunk of its own.
    X : dask.array.Array of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Signals. Chunks of about a second of work, such as a thousand images of 32 x 32, are best: Dask's overhead, a
        few milliseconds per chunk, then does not matter. Each chunk holds whole signals: axes other than the first are
        rechunked to one chunk.

    Returns
    -------
    S : dask.array.Array of shape (n, n_features_out)
        Output of ``estimator.transform``, bit for bit, in chunks of the same signals.

    Raises
    ------
    ValueError
        If X is not a Dask array, has no signals, or these are not of the shape seen during :term:`fit`.

    See Also
    --------
    skscat.Scattering2D.transform_blocks : Block by block, in one process.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skscat import Scattering2D
    >>> from skscat.dask import transform_lazily
    >>> images = np.random.default_rng(0).standard_normal((60, 16, 16))
    >>> scattering = Scattering2D(J=2, L=4).fit(images[:1])
    >>> S = transform_lazily(scattering, da.from_array(images, chunks=(20, 16, 16)))
    >>> S.chunks
    ((20, 20, 20), (400,))
    >>> bool((S.compute() == scattering.transform(images)).all())
    True
    """
    check_is_fitted(estimator)
    X = _whole_signals(X)
    sample = np.asarray(estimator.transform(_silence(X)))
    return da.map_blocks(
        _transform,
        X,
        _by_reference(estimator),
        chunks=(X.chunks[0], sample.shape[1:]),
        drop_axis=list(range(1, X.ndim)),
        new_axis=[1],
        meta=sample[:0],
    )


def fit_moments(moments: ScatteringMoments, X: da.Array) -> ScatteringMoments:
    """Estimate the moments of a process from a Dask array, chunk by chunk on the workers that read the chunks.

    A worker reduces each chunk to sums over its signals; only the sums are sent on, and merged.

    Parameters
    ----------
    moments : ScatteringMoments
        Estimator whose parameters are used. It is not modified.
    X : dask.array.Array of shape (n, *shape), (n, channels, *shape) or (n, n_features)
        Realizations of the process. See :func:`transform_lazily` for the size of chunks.

    Returns
    -------
    moments : ScatteringMoments
        A clone, fitted to X. With at most 64 chunks, it is bit for bit equal to an estimator fitted with
        ``partial_fit`` chunk by chunk; with more, sums are merged in a different (but fixed) order, and results differ
        by rounding errors.

    Raises
    ------
    ValueError
        If X is not a Dask array, or has no signals; see :meth:`skscat.moments.ScatteringMoments.fit`.

    See Also
    --------
    skscat.moments.ScatteringMoments.merge : Merge the moments of parts of the data, without Dask.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skscat import Scattering1D
    >>> from skscat.dask import fit_moments
    >>> from skscat.moments import ScatteringMoments
    >>> X = np.random.default_rng(0).standard_normal((60, 256))
    >>> moments = fit_moments(ScatteringMoments(Scattering1D(J=4)), da.from_array(X, chunks=(20, 256)))
    >>> np.allclose(moments.mean_, ScatteringMoments(Scattering1D(J=4)).fit(X).mean_), moments.n_samples_seen_
    (True, 60)
    """
    X = _whole_signals(X)
    fitted = clone(moments).fit(_silence(X))
    reference = _by_reference(fitted)
    sums = da.map_blocks(
        _sums,
        X,
        reference,
        chunks=((1,) * X.numblocks[0],),
        drop_axis=list(range(1, X.ndim)),
        meta=np.empty(0, object),
    )
    parts, merge = list(sums.to_delayed()), dask.delayed(_merge, pure=True)
    while True:
        parts = [merge(parts[i : i + MERGED_CHUNKS], reference) for i in range(0, len(parts), MERGED_CHUNKS)]
        if len(parts) == 1:
            return fitted._take(parts[0].compute())


def _whole_signals(X):
    """Return a Dask array whose chunks hold whole signals."""
    if not isinstance(X, da.Array):
        raise ValueError(
            f"X is of type {type(X).__name__}; expected a Dask array, such as dask.array.from_zarr gives."
        )
    if X.ndim < 2 or X.shape[0] == 0:
        raise ValueError(f"X has shape {X.shape}; expected at least one signal, and an axis of signals first.")
    return X.rechunk(dict.fromkeys(range(1, X.ndim), -1))


def _silence(X):
    """Return a signal like those of X, for what depends on their shape and type only."""
    return np.zeros((1, *X.shape[1:]), X.dtype)


def _by_reference(estimator):
    """Make an estimator a task of its own: it is sent to each worker once, and again if it is lost."""
    return dask.delayed(estimator, pure=True, traverse=False)


def _transform(block, estimator):
    return np.asarray(estimator.transform(block))


def _sums(block, moments):
    return moments._sums_of(block)


def _merge(parts, moments):
    return moments._merged([Sums.empty(len(moments.mean_)), *parts])
