"""Scattering transforms as functions that PyTorch differentiates.

This module imports PyTorch, and is imported only when tensors have been passed whose gradients are asked for.
"""

from collections.abc import Callable
from typing import Any

import torch

TWICE = (
    "The gradient of a scattering transform (scatter or ScatteringModule) was differentiated: second derivatives are "
    "not available. Set create_graph=False, or detach the coefficients from what is differentiated twice."
)


def differentiable(x: torch.Tensor, forward: Callable, backward: Callable) -> torch.Tensor:
    """Return ``forward(x)``, with a gradient that is computed by ``backward(x, g)``.

    Parameters
    ----------
    x : Tensor
    forward, backward : callable
        A function, and its vector-Jacobian product.

    Returns
    -------
    s : Tensor
    """
    return _Transform.apply(x, forward, backward)


class _Transform(torch.autograd.Function):
    """A function whose vector-Jacobian product is known. Only the signals are kept until it is asked for."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, forward: Callable, backward: Callable) -> torch.Tensor:
        ctx.save_for_backward(x)
        ctx.function = backward
        return forward(x)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return _Gradient.apply(x, *gradients, ctx.function), None, None


class _Gradient(torch.autograd.Function):
    """A vector-Jacobian product, which has no derivative itself."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, g: torch.Tensor, function: Callable) -> torch.Tensor:
        gradient = function(x, g)
        # With respect to real signals, whatever they are converted to.
        return gradient if x.is_complex() else gradient.real

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        raise NotImplementedError(TWICE)
