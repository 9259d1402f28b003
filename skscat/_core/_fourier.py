"""Fourier transforms of each array library, with the names and options of ``scipy.fft``.

Functions are looked up by attribute at every call, so that ``scipy.fft.set_backend`` takes effect.
"""

from importlib import import_module
from math import ceil
from typing import Any

import numpy as np
import scipy.fft

from skscat._core._namespace import namespace


def fast_size(size: float) -> int:
    """Return the smallest size >= ``size`` whose Fourier transform is fast."""
    return scipy.fft.next_fast_len(ceil(size))


def fourier(x: Any) -> Any:
    """Return what has the Fourier transforms of arrays such as x."""
    if isinstance(x, np.ndarray):
        return scipy.fft
    xp = namespace(x)
    if xp.__name__ == "torch":
        return _TorchFourier(xp.fft)
    return _CupyFourier(import_module("cupyx.scipy.fft"), xp) if xp.__name__ == "cupy" else scipy.fft


class _TorchFourier:
    """Fourier transforms of PyTorch, which calls an axis ``dim``, does not overwrite its input, and permutes axes."""

    def __init__(self, module):
        self._module = module

    def fft(self, x, axis, norm="backward", overwrite_x=False):
        return self._module.fft(x, dim=axis, norm=norm).contiguous()

    def ifft(self, x, axis, norm="backward", overwrite_x=False):
        return self._module.ifft(x, dim=axis, norm=norm).contiguous()

    def rfft(self, x, axis, norm="backward"):
        return self._module.rfft(x, dim=axis, norm=norm).contiguous()

    def irfft(self, x, n, axis, norm="backward", overwrite_x=False):
        return self._module.irfft(x, n=n, dim=axis, norm=norm).contiguous()

    def fftn(self, x, axes, norm="backward", overwrite_x=False):
        return self._module.fftn(x, dim=axes, norm=norm).contiguous()

    def ifftn(self, x, axes, norm="backward", overwrite_x=False):
        return self._module.ifftn(x, dim=axes, norm=norm).contiguous()

    def rfftn(self, x, axes, norm="backward"):
        return self._module.rfftn(x, dim=axes, norm=norm).contiguous()

    def irfftn(self, x, s, axes, norm="backward"):
        return self._module.irfftn(x, s=s, dim=axes, norm=norm).contiguous()


class _CupyFourier:
    """Fourier transforms of CuPy, which permutes axes."""

    def __init__(self, module, xp):
        self._module, self._xp = module, xp

    def __getattr__(self, name):
        function = getattr(self._module, name)
        return lambda *args, **kwargs: self._xp.ascontiguousarray(function(*args, **kwargs))
