"""Arrays of several libraries: which one an array belongs to, and what the libraries spell differently.

The engine computes where an array is: in NumPy, PyTorch or CuPy. It uses what the three have in common, which are
operators, methods, slices with positive steps and functions such as ``namespace(x).where``, and takes the rest from
here. PyTorch and CuPy are never imported: whoever passes their arrays has done so.

What is called for each filter tests for NumPy first, by itself: transforms of small signals took a twentieth longer
with one more call of a function for each.
"""

import sys
from typing import Any

import numpy as np

from skscat._checks import as_array
from skscat._core._records import real_dtype

# Libraries whose arrays are computed as they are, with the type of these arrays.
ARRAY_TYPES = {"torch": "Tensor", "cupy": "ndarray"}


def namespace(x: Any) -> Any:
    """Return the module that an array belongs to: torch or cupy, otherwise numpy."""
    if isinstance(x, np.ndarray):
        return np
    for name, array_type in ARRAY_TYPES.items():
        module = sys.modules.get(name)
        if module is not None and isinstance(x, getattr(module, array_type)):
            return module
    return np


def is_numpy(x: Any) -> bool:
    """Return whether NumPy computes with x."""
    return isinstance(x, np.ndarray) or namespace(x) is np


def is_torch(x: Any) -> bool:
    """Return whether x is a PyTorch tensor."""
    return not isinstance(x, np.ndarray) and namespace(x).__name__ == "torch"


def is_foreign(x: Any) -> bool:
    """Return whether x is an array of another library that follows the array API standard, such as JAX.

    NumPy computes with its values, and results go back to its library.
    """
    return is_numpy(x) and not isinstance(x, (np.ndarray, np.generic)) and hasattr(x, "__array_namespace__")


def is_on_host(x: Any) -> bool:
    """Return whether the values of x are in the memory of the CPU."""
    return x.device.type == "cpu" if is_torch(x) else is_numpy(x)


def is_tracked(x: Any) -> bool:
    """Return whether PyTorch keeps track of what is computed from x, to differentiate it."""
    return is_torch(x) and x.requires_grad and namespace(x).is_grad_enabled()


def refuse_tracing(x: Any) -> None:
    """Raise ValueError if PyTorch records the operations on x as a graph, which would lack those of NumPy."""
    if not is_torch(x):
        return
    torch = namespace(x)
    # Not in all supported versions.
    is_exporting = getattr(torch.compiler, "is_exporting", bool)
    if torch.jit.is_tracing() or is_exporting() or isinstance(x, torch._subclasses.FakeTensor):
        raise ValueError(
            "A scattering transform cannot be exported as a graph (torch.onnx.export, torch.export, torch.jit.trace): "
            "it runs in NumPy, or depends on values of its input. Export only the layers after it, and save the whole "
            "network with torch.save."
        )


# ---------------------------------------------------------------------------------------------------------------
# Types


def dtype_of(x: Any) -> np.dtype:
    """Return the type of the entries of x, as one of NumPy's: that of objects for those that NumPy does not have."""
    if isinstance(x, np.ndarray) or not is_torch(x):
        return x.dtype
    name = str(x.dtype).removeprefix("torch.")
    return np.dtype(name if name in np.sctypeDict else object)


def precision(x: Any) -> np.dtype:
    """Return the real type with the precision of x, as one of NumPy's."""
    return x.real.dtype if isinstance(x, np.ndarray) else real_dtype(dtype_of(x))


def has_doubles(x: Any) -> bool:
    """Return whether the device of x has double precision."""
    if not is_foreign(x):
        return not is_torch(x) or x.device.type != "mps"
    info = getattr(x.__array_namespace__(), "__array_namespace_info__", None)
    return info is None or "float64" in info().dtypes(kind="real floating", device=x.device)


def real_types(x: Any) -> list:
    """Return the types of the library of x with double and single precision, those that its device has."""
    xp = namespace(x)
    return [xp.float64, xp.float32] if has_doubles(x) else [xp.float32]


def is_complex(x: Any) -> bool:
    """Return whether x has a complex type."""
    if isinstance(x, np.ndarray):
        return x.dtype.kind == "c"
    return x.is_complex() if is_torch(x) else np.iscomplexobj(x)


def astype(x: Any, dtype: np.dtype) -> Any:
    """Return x with one of NumPy's types; x itself if that is its type."""
    return x.to(_torch_dtype(x, dtype)) if is_torch(x) else x.astype(dtype, copy=False)


def _torch_dtype(like, dtype):
    return getattr(namespace(like), np.dtype(dtype).name)


# ---------------------------------------------------------------------------------------------------------------
# Creation, and transfer


def empty(shape: tuple, dtype: np.dtype, like: Any) -> Any:
    """Return an array with arbitrary content, in the library and on the device of ``like``."""
    if isinstance(like, np.ndarray):
        return np.empty(shape, dtype)
    if is_torch(like):
        return like.new_empty(shape, dtype=_torch_dtype(like, dtype))
    return namespace(like).empty(shape, dtype)


def zeros(shape: tuple, dtype: np.dtype, like: Any) -> Any:
    """Return zeros, in the library and on the device of ``like``."""
    if isinstance(like, np.ndarray):
        return np.zeros(shape, dtype)
    if is_torch(like):
        return like.new_zeros(shape, dtype=_torch_dtype(like, dtype))
    return namespace(like).zeros(shape, dtype)


def copy(x: Any) -> Any:
    """Return a copy of x."""
    return x.clone() if is_torch(x) else x.copy()


def to_numpy(x: Any) -> np.ndarray:
    """Copy values to NumPy's memory, unless they are there."""
    if is_torch(x):
        refuse_tracing(x)
        return x.detach().resolve_conj().resolve_neg().cpu().numpy()
    if not is_numpy(x):
        return x.get()
    try:
        return np.asarray(x)
    except RuntimeError:
        # Libraries may refuse this for devices that NumPy can read all the same.
        return np.from_dlpack(x)


def from_numpy(values: np.ndarray, like: Any) -> Any:
    """Copy an array of NumPy's to the library and the device of ``like``, unless it is there.

    Devices without double precision get single precision.
    """
    if values.dtype.char in "dD" and not has_doubles(like):
        values = values.astype(np.complex64 if values.dtype.kind == "c" else np.float32)
    if is_torch(like):
        # PyTorch warns of memory that it must not write to, and has no negative strides.
        return namespace(like).from_numpy(np.require(values, requirements=["C", "W"])).to(like.device)
    if is_foreign(like):
        return like.__array_namespace__().asarray(values, device=like.device)
    return values if is_numpy(like) else namespace(like).asarray(values)


def for_computing(x: Any) -> Any:
    """Return x, or its values in NumPy's memory if NumPy computes with them, without keeping track of gradients.

    NumPy computes for tensors in the memory of the CPU and for libraries that are not known.
    """
    refuse_tracing(x)
    stays = is_tracked(x) or not (is_foreign(x) or (is_torch(x) and is_on_host(x)))
    return x if stays else to_numpy(x)


def untracked(x: Any) -> Any:
    """Return x as :func:`for_computing` does, without keeping track of gradients."""
    return for_computing(x.detach()) if is_tracked(x) else x


def back_to(like: Any, values: Any) -> Any:
    """Return results as an array of the library of ``like``, on its device: the inverse of :func:`for_computing`."""
    return from_numpy(values, like) if is_numpy(values) else values


def near(values: Any, like: Any) -> Any:
    """Return an array of any library as one that can be combined with ``like``."""
    is_near = namespace(values) is namespace(like) and not is_foreign(values)
    return values if is_near else from_numpy(to_numpy(values), like)


def as_any_array(name: str, values: Any) -> Any:
    """Return values as an array with :func:`as_array`, unless they are an array of any library."""
    return as_array(name, values) if is_numpy(values) and not is_foreign(values) else values


def as_like(name: str, values: Any, like: Any) -> Any:
    """Return values as an array of the library of ``like``, on its device if they come from another library."""
    return values if namespace(values) is namespace(like) is not np else from_numpy(as_array(name, values), like)


def detached(x: Any) -> Any:
    """Return x, of whose further use PyTorch keeps no track."""
    return x.detach() if is_torch(x) else x


# ---------------------------------------------------------------------------------------------------------------
# Parts of arrays


def contiguous(x: Any) -> Any:
    """Return x with its entries in the order of its axes in memory; x itself if they are."""
    return x.contiguous() if is_torch(x) else namespace(x).ascontiguousarray(x)


def take(x: Any, indices: np.ndarray, axis: int) -> Any:
    """Return the entries with some indices along an axis."""
    if is_torch(x):
        return namespace(x).index_select(x, axis, from_numpy(indices, x))
    return namespace(x).take(x, from_numpy(indices, x), axis=axis)


def side_by_side(x: Any) -> Any:
    """View a complex array as its real and imaginary parts, side by side on the last axis."""
    if isinstance(x, np.ndarray) or not is_torch(x):
        return x.view(x.real.dtype)
    return namespace(x).view_as_real(x).view(*x.shape[:-1], 2 * x.shape[-1])


def part_of(x: Any, index: tuple) -> Any:
    """Return ``x[index]``. Slices may have a step of -1, which PyTorch does not know; then it is a copy."""
    if isinstance(x, np.ndarray) or not is_torch(x):
        return x[index]
    index, reversed_axes = _ascending(index)
    return x[index].flip(reversed_axes) if reversed_axes else x[index]


def add_to_part(x: Any, index: tuple, values: Any) -> None:
    """Do ``x[index] += values``. Slices may have a step of -1."""
    if is_torch(x):
        index, reversed_axes = _ascending(index)
        values = values.flip(reversed_axes) if reversed_axes else values
    x[index] += values


def _ascending(index):
    """Turn an Ellipsis, followed by slices, into one with positive steps, and the axes that these reverse."""
    slices, axes = [], []
    for axis, part in enumerate(index[1:], start=1 - len(index)):
        if part.step == -1:
            axes.append(axis)
            start = None if part.stop is None else part.stop + 1
            part = slice(start, None if part.start is None else part.start + 1)
        slices.append(part)
    return (index[0], *slices), axes


# ---------------------------------------------------------------------------------------------------------------
# Arithmetic


def conjugate(x: Any, out: Any = None) -> Any:
    """Return the conjugate of x, or write it to ``out``, which may be x."""
    if isinstance(x, np.ndarray):
        return np.conjugate(x, out=out)
    return namespace(x).conj_physical(x, out=out) if is_torch(x) else namespace(x).conjugate(x, out=out)


def matmul(a: Any, b: Any) -> Any:
    """Return the matrix product of a and real b, which PyTorch wants to be of the same type."""
    return a @ (b if isinstance(a, np.ndarray) or not is_torch(a) else b.to(a.dtype))


def where(condition: np.ndarray, a: Any, b: Any) -> Any:
    """Return the entries of a or b, numbers or arrays of one library, by a condition in NumPy."""
    return namespace(a).where(from_numpy(condition, a), a, b)


def divide(a: Any, b: Any, where: Any) -> Any:
    """Return a / b, and zero where a condition does not hold."""
    xp = namespace(a)
    if xp is np:
        return a / b if where.all() else np.divide(a, b, out=np.zeros_like(a), where=where)
    return xp.where(where, a / xp.where(where, b, xp.ones_like(b)), xp.zeros_like(a))


def extremes(x: Any) -> tuple:
    """Return the smallest and the largest entry of each row of real x (n, ...); zeros for rows without entries."""
    if not all(x.shape[1:]):
        return (zeros((len(x),), dtype_of(x), x),) * 2
    axes = tuple(range(1, x.ndim))
    return (x.amin(axes), x.amax(axes)) if is_torch(x) else (x.min(axis=axes), x.max(axis=axes))


def largest(x: Any, axes: tuple) -> Any:
    """Return the largest entry along some axes, which are kept, with NaN left out."""
    xp = namespace(x)
    if xp is np:
        return np.fmax.reduce(x, axis=axes, keepdims=True)
    x = xp.where(xp.isnan(x), -xp.inf, x)
    return x.amax(axes, keepdim=True) if is_torch(x) else x.max(axis=axes, keepdims=True)


def power(a: Any, exponent: float, where: Any) -> Any:
    """Return a power of a, and zero where a condition does not hold."""
    xp = namespace(a)
    if xp is np:
        return np.power(a, exponent, out=np.zeros_like(a), where=where)
    return xp.where(where, xp.where(where, a, xp.ones_like(a)) ** exponent, xp.zeros_like(a))
