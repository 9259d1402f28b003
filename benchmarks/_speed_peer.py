"""Kymatio, the peer of the speed benchmarks, and its conventions."""

import warnings

import numpy as np
import scipy.special

FRONTENDS = ("numpy", "torch")


def peer(ndim, frontend, J, shape, Q=None, pre_pad=False, as_released=False, **solid):
    """Build Kymatio's transform; ``frontend`` is "numpy" or "torch", ``solid`` has the arguments of 3-D transforms.

    The amplitude of 1-D filters is corrected, unless ``as_released`` is True.
    """
    if not hasattr(scipy.special, "sph_harm"):
        # Removed in SciPy 1.17, but imported by Kymatio.
        scipy.special.sph_harm = lambda m, n, theta, phi: scipy.special.sph_harm_y(n, m, phi, theta)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import kymatio

        if ndim == 1:
            transform = kymatio.Scattering1D(J, shape[0], Q, frontend=frontend)
            return transform if as_released else corrected(transform)
        if ndim == 3:
            return kymatio.HarmonicScattering3D(J, shape, frontend=frontend, **solid)
        return kymatio.Scattering2D(J, shape, L=8, pre_pad=pre_pad, frontend=frontend)


def corrected(transform):
    """Rescale the 1-D filters of version 0.3.0 that are applied to subsampled signals.

    These filters are means over aliases instead of sums, so that the amplitude of a coefficient depends on the
    subsampling of its path: ``peer_amplitude.py`` measures it. Later versions correct this. The correction does not
    affect times.
    """
    for bank in (*transform.psi2_f, transform.phi_f):
        for k, level in enumerate(bank["levels"]):
            level *= 2**k
    return transform


def peer_runner(transform, frontend, x):
    """Return a function that runs Kymatio and returns an array."""
    if frontend == "numpy":
        return lambda: transform.scattering(x)
    import torch

    tensor = torch.from_numpy(x)

    def run():
        with torch.no_grad():
            return transform.scattering(tensor).numpy()

    return run


def pad_as_peer(x, transform, ndim):
    """Pad signals as Kymatio does: mirrored without repeating the end samples, to its padded shape."""
    if ndim == 1:
        return np.pad(x, ((0, 0), (transform.pad_left, transform.pad_right)), mode="reflect")
    padded = (transform._M_padded, transform._N_padded)
    widths = [((m - n) // 2, (m - n + 1) // 2) for m, n in zip(padded, x.shape[1:], strict=True)]
    return np.pad(x, ((0, 0), *widths), mode="reflect")


def cut_as_peer(s, transform, ndim):
    """Crop the outputs of a periodic transform as Kymatio does."""
    if ndim == 1:
        return s[..., transform.ind_start[transform.log2_T] : transform.ind_end[transform.log2_T]]
    return s[..., 1:-1, 1:-1]
