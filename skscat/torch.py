"""PyTorch: scattering transforms as modules of a network.

Needs PyTorch: ``pip install "skscat[torch]"``.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Self

import numpy as np
from sklearn.exceptions import NotFittedError

from skscat._core import _namespace as arrays
from skscat._core._caching import cached_per_plan
from skscat._core._placement import arrays_of, with_arrays
from skscat._core._records import Plan
from skscat._core._scatter import compute
from skscat._core._schedule import Siblings, schedule

try:
    import torch
except ImportError as error:
    raise ImportError("skscat.torch needs PyTorch; install it with: pip install 'skscat[torch]'") from error

__all__ = ["ScatteringModule"]

PRECISIONS = {torch.float32: np.dtype(np.float32), torch.float64: np.dtype(np.float64)}
# Each array of filters begins at a multiple of this number of entries, for fast access.
ALIGNMENT = 16
# Largest relative difference of filters that are the same up to rounding errors.
SAME_FILTERS = 1e-3


class ScatteringModule(torch.nn.Module):
    """Scattering transform as a module of a PyTorch network.

    It computes what :func:`skscat.scatter` computes, with filters that move with the network from device to device,
    and are saved with it. Filters are fixed, and there are no parameters to learn; gradients flow to the preceding
    layers.

    Parameters
    ----------
    scattering : Plan or estimator
        Plan, as returned by ``plan(shape)`` of an estimator, or a fitted estimator, whose ``plan_`` is used. Neither
        ``renormalize=True`` nor signals with gaps (``nan_policy="omit"``) are supported.
    dtype : torch.dtype, default=None
        Precision, ``torch.float32`` or ``torch.float64``. None means ``torch.get_default_dtype()``.

    Attributes
    ----------
    plan : Plan
        Plan that the module runs; ``plan.paths`` is the table of paths.
    filters : Tensor of shape (n_entries,)
        Buffer with the filters and the matrices of averages, one after the other, in the order of the computation.
        Pieces of one filter that multiply different spectra are separate; complex filters are pairs of real and
        imaginary parts.
    plan_hash : Tensor of shape (32,)
        Buffer that identifies the plan, except for the values of its filters.

    Raises
    ------
    ValueError
        If ``scattering`` is not one of these, or the precision is not supported.

    See Also
    --------
    skscat.scatter : The transform as a function, which also differentiates tensors.

    Notes
    -----
    ``forward`` takes a tensor of shape ``(..., *plan.shape)``, whose leading axes are batch axes, channels among them,
    and returns one of shape ``(..., n_paths, *plan.path_shape)``. Precision and device of the input must be those of
    the module. Under ``torch.autocast``, the module computes in its own precision, and converts tensors of half
    precision to it.

    ``to``, ``double`` and ``float`` compute the filters of the plan anew in another precision; half precision is
    refused. ``load_state_dict`` refuses the state of another plan. To compute with filters of your own, make a plan
    with them, or change the buffer.

    Only the signals are kept for the gradient. The backward pass computes the transform again, with one branch of the
    tree of moduli in memory at a time. Second derivatives are not available.

    ``torch.compile`` leaves the transform as it is, at a graph break, and so refuses it with ``fullgraph=True``. It
    cannot be exported as a graph, by ``torch.onnx.export``, ``torch.export`` or ``torch.jit``.

    Transforms of tensors in CPU memory are computed by NumPy on the same memory, in ``torch.get_num_threads()``
    threads, which is faster than the same operations in PyTorch. Those of tensors on other devices are computed there.

    Examples
    --------
    >>> import torch
    >>> from skscat import Scattering2D
    >>> from skscat.torch import ScatteringModule
    >>> scattering = ScatteringModule(Scattering2D(J=2, L=4).plan((32, 32)))
    >>> network = torch.nn.Sequential(
    ...     scattering, torch.nn.BatchNorm2d(25), torch.nn.Flatten(), torch.nn.Linear(25 * 8 * 8, 10)
    ... )
    >>> scattering.output_shape
    (25, 8, 8)
    >>> network(torch.zeros(5, 32, 32)).shape
    torch.Size([5, 10])
    """

    plan: Plan
    filters: torch.Tensor
    plan_hash: torch.Tensor

    def __init__(self, scattering: Any, *, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        dtype = torch.get_default_dtype() if dtype is None else dtype
        _check_precision("dtype", dtype)
        self.plan = _plan_of(scattering)
        self.register_buffer("filters", _filters(self.plan, dtype))
        self.register_buffer("plan_hash", _plan_hash(self.plan))
        # The schedule that refers to the buffers, with what it was made from.
        self._placed: tuple | None = None

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the output for one signal: ``(n_paths, *plan.path_shape)``."""
        return (len(self.plan.paths), *self.plan.path_shape)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the scattering transform of signals.

        Parameters
        ----------
        x : Tensor of shape (..., *plan.shape)
            Signals, in the precision of the module and on its device. Complex if ``plan.is_complex``.

        Returns
        -------
        s : Tensor of shape (..., n_paths, *plan.path_shape)
            Averaged moduli along every path.

        Raises
        ------
        ValueError
            If x does not have this shape, or the precision and the device of the module, or if PyTorch traces the
            module, to export it as a graph.
        """
        arrays.refuse_tracing(x)
        if torch.compiler.is_compiling():
            # Compiled in parts, with NumPy replaced, it would not be faster.
            return torch.compiler.disable(self._transform)(x)
        return self._transform(x)

    def _transform(self, x):
        return compute(self._checked(x), self.plan, self._schedule())

    def extra_repr(self) -> str:
        """Describe the plan.

        Returns
        -------
        text : str
            Part of the representation of the module.
        """
        return f"shape={self.plan.shape}, {len(self.plan.paths)} paths of output shape {self.plan.path_shape}"

    def _checked(self, x):
        """Return x in the precision of the module, after checking it."""
        if not isinstance(x, torch.Tensor):
            raise ValueError(f"x is of type {type(x).__name__}; expected a tensor.")
        if self.filters.requires_grad:
            raise ValueError("filters requires a gradient; only gradients with respect to the input are available.")
        dtype, device = self.filters.dtype, self.filters.device
        if x.device != device:
            raise ValueError(f"x is on {x.device}, and the module on {device}; move one of them with to(device).")
        if x.dtype in (torch.float16, torch.bfloat16) and torch.is_autocast_enabled(device.type):
            x = x.to(dtype)
        if x.dtype.to_real() != dtype:
            raise ValueError(
                f"x has dtype {x.dtype}, and the module computes in {dtype}; convert x, or the module with "
                "to(torch.float32) or to(torch.float64)."
            )
        return x

    def _schedule(self):
        """Return the schedule whose arrays are parts of the buffer; made again if the buffer has been replaced.

        Replicas on several devices share all attributes but their buffers, so that each makes its own.
        """
        filters, placed = self.filters, self._placed
        if placed is None or placed[0] is not filters or placed[1] != filters.data_ptr():
            self._placed = placed = filters, filters.data_ptr(), _schedule_of(filters.detach(), self.plan)
        return placed[2]

    def _apply(self, fn: Callable, recurse: bool = True) -> Self:
        """Apply a function to the buffers; if it changes the precision, compute the filters anew."""
        buffers, before = dict(self._buffers), self.filters
        super()._apply(fn, recurse)
        dtype = self.filters.dtype.to_real()
        if dtype != before.dtype or self.filters.is_complex():
            try:
                _check_precision("dtype", dtype)
            except ValueError:
                self._buffers.update(buffers)
                raise
            self.filters = _filters(self.plan, dtype).to(self.filters.device)
        return self

    def _load_from_state_dict(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ):
        state = {name: state_dict[prefix + name] for name in self._buffers if prefix + name in state_dict}
        found = _difference(self.plan, self.filters.dtype, state)
        if found:
            error_msgs.append(f"{prefix or 'ScatteringModule'}: {found}")
            return
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_placed": None}


# ---------------------------------------------------------------------------------------------------------------
# Plans


def _plan_of(scattering):
    """Return the plan of an estimator, or the argument, if there is nothing that a plan does not say."""
    plan = scattering if isinstance(scattering, Plan) else getattr(scattering, "plan_", None)
    if plan is None and hasattr(scattering, "plan"):
        raise NotFittedError(
            f"{scattering!r} is not fitted. Call fit, or pass its plan for the shape of the signals: "
            "ScatteringModule(scattering.plan(shape))."
        )
    if not isinstance(plan, Plan):
        raise ValueError(
            f"scattering is of type {type(scattering).__name__}; expected a Plan, or a fitted estimator that has one."
        )
    if getattr(scattering, "_renormalizes", False):
        raise ValueError("renormalize=True is not supported in a module; expected renormalize=False.")
    if plan.min_coverage is not None:
        raise ValueError('nan_policy="omit": signals with gaps are not supported in a module; see skscat.scatter.')
    return plan


def _plan_hash(plan):
    """Return a hash of what a plan computes, without the values of filters: other machines round them differently."""
    joint = plan.joint
    content = [
        *(plan.shape, plan.grid, plan.pad_left, plan.padding, plan.average, plan.stride, plan.sizes),
        *(plan.powers, plan.signed, plan.is_complex),
        [plan.nodes[name] for name in plan.nodes.dtype.names if name in ("order", "parent") or name[1:].isdigit()],
        [[(f.low, f.values.shape, f.half) for f in (*bank.psi, bank.phi)] for bank in plan.banks],
        joint and (joint.lift, joint.conjugated, joint.outputs, joint.sizes, joint.average_paths),
        joint and [(c.siblings, c.filters, c.index_filters, c.paths) for c in joint.convolutions],
    ]
    text = json.dumps(content, default=_as_plain)
    return torch.from_numpy(np.frombuffer(sha256(text.encode()).digest(), np.uint8).copy())


def _as_plain(value):
    """Convert arrays, NumPy scalars and slices to what JSON can hold."""
    return [value.start, value.stop, value.step] if isinstance(value, slice) else value.tolist()


def _difference(plan, dtype, state):
    """Return how the buffers of a state differ from those of a plan; None if they do not, as far as there are any."""
    if "plan_hash" in state and not torch.equal(state["plan_hash"].cpu(), _plan_hash(plan)):
        return f"the state is that of another plan than {plan}."
    expected = _filters(plan, dtype).double()
    filters = state.get("filters", expected).detach().cpu().double()
    if filters.shape != expected.shape:
        # PyTorch reports this.
        return None
    difference = float((filters - expected).norm() / expected.norm())
    if difference <= SAME_FILTERS:
        return None
    return f"the filters of the state differ from those of {plan} by {difference:.2g} of their norm."


# ---------------------------------------------------------------------------------------------------------------
# Filters


def _check_precision(name, dtype):
    if dtype not in PRECISIONS:
        raise ValueError(f"{name} is {dtype}; ScatteringModule computes in torch.float32 or torch.float64 only.")


def _is_filter(values):
    return values.dtype.kind in "fc"


def _length(values):
    """Return the number of real entries of an array of filters, and of the place it takes."""
    n = values.size * (2 if np.iscomplexobj(values) else 1)
    return n, -(-n // ALIGNMENT) * ALIGNMENT


def _filters(plan, dtype):
    """Return all filters and matrices of a plan, one after the other."""
    parts = [values for values in arrays_of(schedule(plan, PRECISIONS[dtype])) if _is_filter(values)]
    flat, start = np.zeros(sum(_length(values)[1] for values in parts), PRECISIONS[dtype]), 0
    for values in parts:
        n, place = _length(values)
        flat[start : start + n] = np.ascontiguousarray(values).view(values.real.dtype).ravel()
        start += place
    return torch.from_numpy(flat)


@cached_per_plan
def _indices(plan, dtype, device):
    """Return the index arrays of a schedule, by their number, on a device."""
    found = [values for values in arrays_of(schedule(plan, dtype)) if not _is_filter(values)]
    return [torch.from_numpy(np.ascontiguousarray(values)).to(device) for values in found]


def _schedule_of(flat: torch.Tensor, plan: Plan) -> Siblings:
    """Return the schedule of a plan whose filters are parts of a tensor; of NumPy in the memory of the CPU."""
    _check_precision("dtype of filters", flat.dtype)
    dtype, on_host, start = PRECISIONS[flat.dtype], arrays.is_on_host(flat), 0
    original = schedule(plan, dtype)
    total = sum(_length(values)[1] for values in arrays_of(original) if _is_filter(values))
    if flat.shape != (total,):
        raise ValueError(f"filters has shape {tuple(flat.shape)}; this version of skscat expects {(total,)}.")
    indices = iter(() if on_host else _indices(plan, dtype, flat.device))

    def part_of(values):
        nonlocal start
        if not _is_filter(values):
            return values if on_host else next(indices)
        n, place = _length(values)
        part, start = flat[start : start + n], start + place
        part = torch.view_as_complex(part.view(-1, 2)) if np.iscomplexobj(values) else part
        part = part.view(values.shape)
        return part.numpy() if on_host else part

    return with_arrays(original, part_of)
