"""A stand-in for CuPy in the memory of the CPU, as strict as CuPy where it differs from NumPy.

Arrays do not convert to NumPy's unless ``get`` is called, and do not mix with them; elements are arrays without axes,
and indexing with such an array copies; ``min`` and ``max`` have no initial value, functions no ``where``; Fourier
transforms leave axes permuted in memory, and what may be overwritten is. What is not defined here is not to be used.
"""

import operator
from types import SimpleNamespace

import numpy as np
import scipy.fft


class ndarray:  # noqa: N801
    """Array on a device that does not exist."""

    __array_priority__ = 100

    def __init__(self, values):
        self._values = np.asarray(values)

    device = "<CUDA Device 0>"
    shape = property(lambda self: self._values.shape)
    ndim = property(lambda self: self._values.ndim)
    size = property(lambda self: self._values.size)
    dtype = property(lambda self: self._values.dtype)
    real = property(lambda self: ndarray(self._values.real))
    imag = property(lambda self: ndarray(self._values.imag))
    T = property(lambda self: ndarray(self._values.T))

    def get(self):
        return self._values.copy()

    def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
        return ndarray(self._values.astype(dtype, order=order, copy=copy))

    def copy(self, order="C"):
        return ndarray(self._values.copy(order))

    def view(self, dtype=None):
        return ndarray(self._values.view(dtype))

    def reshape(self, *shape, order="C"):
        return ndarray(self._values.reshape(*shape, order=order))

    def swapaxes(self, axis1, axis2):
        return ndarray(self._values.swapaxes(axis1, axis2))

    def sum(self, axis=None, dtype=None, out=None, keepdims=False):
        assert out is None
        return ndarray(self._values.sum(axis=axis, dtype=dtype, keepdims=keepdims))

    def min(self, axis=None, out=None, keepdims=False):
        assert out is None
        return ndarray(self._values.min(axis=axis, keepdims=keepdims))

    def max(self, axis=None, out=None, keepdims=False):
        assert out is None
        return ndarray(self._values.max(axis=axis, keepdims=keepdims))

    def any(self, axis=None, out=None, keepdims=False):
        assert out is None
        return ndarray(self._values.any(axis=axis, keepdims=keepdims))

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        return bool(self._values)

    def __getitem__(self, index):
        index = index if isinstance(index, tuple) else (index,)
        part = self._values[tuple(map(_values, index))]
        return ndarray(part.copy() if any(isinstance(i, ndarray) for i in index) else part)

    def __setitem__(self, index, value):
        index = index if isinstance(index, tuple) else (index,)
        self._values[tuple(map(_values, index))] = _operand(value)

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        assert method == "__call__"
        assert not kwargs
        out = None if out is None else _operand(out[0])
        return ndarray(ufunc(*map(_operand, inputs), out=out))

    def __array_function__(self, function, types, args, kwargs):
        return globals()[function.__name__](*args, **kwargs)

    def __abs__(self):
        return ndarray(np.abs(self._values))

    def __neg__(self):
        return ndarray(-self._values)


def _values(x):
    return x._values if isinstance(x, ndarray) else x


def _operand(x):
    if isinstance(x, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    return _values(x)


def _define(name):
    function = getattr(operator, name)

    def apply(self, other):
        return ndarray(function(self._values, _operand(other)))

    def apply_reflected(self, other):
        return ndarray(function(_operand(other), self._values))

    def apply_in_place(self, other):
        self._values[...] = function(self._values, _operand(other)).astype(self.dtype, casting="same_kind")
        return self

    setattr(ndarray, f"__{name}__", apply)
    if name in ("add", "sub", "mul", "truediv", "pow", "matmul"):
        setattr(ndarray, f"__r{name}__", apply_reflected)
        setattr(ndarray, f"__i{name}__", apply_in_place)


for _name in ("add", "sub", "mul", "truediv", "pow", "matmul", "lt", "le", "gt", "ge"):
    _define(_name)


# ---------------------------------------------------------------------------------------------------------------
# Functions


def empty(shape, dtype=float):
    # Not a number, so that nobody relies on the content.
    return ndarray(np.full(shape, np.nan).astype(dtype))


def zeros(shape, dtype=float):
    return ndarray(np.zeros(shape, dtype))


def empty_like(a):
    return empty(a.shape, a.dtype)


def zeros_like(a):
    return ndarray(np.zeros_like(a._values))


def ones_like(a):
    return ndarray(np.ones_like(a._values))


def asarray(a, dtype=None):
    return ndarray(np.array(_values(a), dtype))


def ascontiguousarray(a):
    return ndarray(np.ascontiguousarray(a._values))


def iscomplexobj(x):
    return np.iscomplexobj(x._values)


def where(condition, x, y):
    return ndarray(np.where(*map(_operand, (condition, x, y))))


def clip(a, a_min, a_max, out=None):
    return ndarray(np.clip(a._values, a_min, a_max, out=_values(out)))


def stack(tup, axis=0):
    return ndarray(np.stack([a._values for a in tup], axis))


def moveaxis(a, source, destination):
    return ndarray(np.moveaxis(a._values, source, destination))


def _ufunc(name):
    def function(*args, out=None):
        result = getattr(np, name)(*map(_operand, args), out=None if out is None else out._values)
        return ndarray(result) if out is None else out

    return function


abs, sqrt, square, sign, conjugate, multiply, maximum = map(
    _ufunc, ("abs", "sqrt", "square", "sign", "conjugate", "multiply", "maximum")
)


# ---------------------------------------------------------------------------------------------------------------
# Fourier transforms


def _transform(name, x, along, overwrite_x, **options):
    """Transform x, whose axes are left in the order of memory that CuPy leaves them in."""
    result = getattr(scipy.fft, name)(x._values, **options)
    # One transform over adjacent last axes; otherwise one per axis, each of which is moved to the end.
    axes = [axis % x.ndim for axis in along]
    if axes != list(range(x.ndim - len(axes), x.ndim)):
        for axis in axes:
            result = np.ascontiguousarray(result.swapaxes(axis, -1)).swapaxes(axis, -1)
    if overwrite_x:
        x._values[...] = np.nan
    return ndarray(result)


def _along_axis(name):
    def function(x, n=None, axis=-1, norm=None, overwrite_x=False):
        return _transform(name, x, [axis], overwrite_x, n=n, axis=axis, norm=norm)

    return function


def _along_axes(name):
    def function(x, s=None, axes=None, norm=None, overwrite_x=False):
        return _transform(name, x, axes, overwrite_x, s=s, axes=axes, norm=norm)

    return function


fourier = SimpleNamespace(
    **{name: _along_axis(name) for name in ("fft", "ifft", "rfft", "irfft")},
    **{name: _along_axes(name) for name in ("fftn", "ifftn", "rfftn", "irfftn")},
)
