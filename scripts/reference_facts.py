"""How far two tensors lie apart, and what of a network or a tensor is worth keeping to prove the same later."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

SAMPLES = 32


def relative(found: Tensor, expected: Tensor) -> float:
    """Largest difference over the largest value; infinite when shapes differ or a value is not finite."""
    if found.shape != expected.shape or not bool(torch.isfinite(found).all()):
        return float("inf")
    apart, largest = (found - expected).abs().max().item(), expected.abs().max().item()
    return apart / largest if largest else (float("inf") if apart else 0.0)


def facts_of(model: nn.Module) -> dict[str, Any]:
    """Counts of parameters, and the shape of each tensor by name."""
    return {
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "encoder_parameters": sum(parameter.numel() for parameter in model.encoder.parameters()),
        "tensors": {name: list(value.shape) for name, value in model.state_dict().items()},
    }


def summary_of(tensor: Tensor, *, samples: int = SAMPLES) -> dict[str, Any]:
    """Shape, spread, largest value, and values at `samples` places spread evenly over the flat tensor."""
    flat = tensor.detach().flatten()
    places = torch.linspace(0, len(flat) - 1, min(samples, len(flat)), dtype=torch.float64).round().long().tolist()
    return {
        "shape": list(tensor.shape),
        "mean": flat.double().mean().item(),
        "std": flat.double().std().item(),
        "largest": flat.abs().max().item(),
        "samples": [[place, flat[place].item()] for place in places],
    }
