"""Scattering transforms as functions that PyTorch differentiates.

This module imports PyTorch, and is imported only when tensors have been passed.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

TWICE = (
    "The gradient of a scattering transform (scatter, scatter_vjp or ScatteringModule) was differentiated: second "
    "derivatives are not available. Set create_graph=False, or detach the gradient from what is differentiated."
)
FORWARD_MODE = (
    "A scattering transform (scatter or ScatteringModule) has no forward-mode derivative (jvp, jacfwd). Use reverse "
    "mode: backward, torch.autograd.grad, torch.func.vjp, jacrev."
)


def differentiable(x: torch.Tensor, forward: Callable, backward: Callable) -> torch.Tensor:
    """Return ``forward(x)``, with a gradient that is computed by ``backward(x, g)``.

    Parameters
    ----------
    x : Tensor
    forward, backward : callable
        A function, and its vector-Jacobian product. Leading axes of their arguments are batch axes. They are called
        without autocast, and none of their operations is tracked.

    Returns
    -------
    s : Tensor
    """
    return _applied(_Transform)(x, forward, backward)


def differentiable_once(x: torch.Tensor, g: torch.Tensor, function: Callable) -> torch.Tensor:
    """Return ``function(x, g)``; an error says that it has no derivative, should that be asked for.

    See :func:`differentiable`.
    """
    return _applied(_Gradient)(x, g, function)


def _applied(function: type[torch.autograd.Function]) -> Callable:
    """Return what applies a function. ``torch.compile`` calls it as it is, instead of compiling parts of it."""
    return torch.compiler.disable(function.apply) if torch.compiler.is_compiling() else function.apply


class _Transform(torch.autograd.Function):
    """A function whose vector-Jacobian product is known. Only the signals are kept until it is asked for."""

    @staticmethod
    def forward(x: torch.Tensor, forward: Callable, backward: Callable) -> torch.Tensor:
        with _full_precision(x):
            return forward(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: torch.Tensor) -> None:
        x, _, ctx.function = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        (x,) = ctx.saved_tensors
        gradient = _Gradient.apply(x, *gradients, ctx.function)
        # With respect to real signals, whatever they are converted to.
        return gradient if x.is_complex() else gradient.real, None, None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        raise NotImplementedError(FORWARD_MODE)

    @staticmethod
    def vmap(info: Any, in_dims: tuple, x: torch.Tensor, forward: Callable, backward: Callable) -> tuple:
        return _Transform.apply(_leading(x, in_dims[0], info), forward, backward), 0


class _Gradient(torch.autograd.Function):
    """A vector-Jacobian product, which has no derivative itself."""

    @staticmethod
    def forward(x: torch.Tensor, g: torch.Tensor, function: Callable) -> torch.Tensor:
        with _full_precision(x):
            return function(x, g)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: torch.Tensor) -> None:
        """Nothing is kept."""

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        raise NotImplementedError(TWICE)

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        raise NotImplementedError(TWICE)

    @staticmethod
    def vmap(info: Any, in_dims: tuple, x: torch.Tensor, g: torch.Tensor, function: Callable) -> tuple:
        return _Gradient.apply(_leading(x, in_dims[0], info), _leading(g, in_dims[1], info), function), 0


def _leading(x: torch.Tensor, axis: int | None, info: Any) -> torch.Tensor:
    """Make the axis over which a function is mapped the first; x is repeated if it has none."""
    return x.expand(info.batch_size, *x.shape) if axis is None else x.movedim(axis, 0)


def _full_precision(x: torch.Tensor) -> AbstractContextManager:
    """Switch autocast off on the device of x: matrix products would lose half of the digits."""
    kind = x.device.type
    return torch.autocast(kind, enabled=False) if torch.amp.is_autocast_available(kind) else nullcontext()
