"""Mish (arXiv 1908.08681) for prediction: the same values, several times faster on a CPU."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .rewrites import Rewritable

_CHUNK = 1 << 21
"""Elements worked on at once: few enough to stay in a processor's cache (the work needs 20 MiB), and so many that
waking the threads for each step does not count. The worker's threads sleep while they wait (`engine.client.python`),
and waking one takes 50 us: with chunks of 2^18, two threads spent 25 ms on 2^24 elements, of which 18 on waking."""


class Mish(Rewritable):
    """x tanh(ln(1 + e^x)).

    Rewritten form: with r = sigmoid(-x) it is x (1 - r^2) / (1 + r^2) = 2 x / (1 + r^2) - x, which needs one
    exponential instead of an exponential, a logarithm and a hyperbolic tangent, and does not overflow. It is computed
    in fp32 chunk by chunk and written over the input, so it serves where no gradient is wanted and the input is not
    needed again, as it is after a normalisation. With gradients, and on a GPU, it is PyTorch's own.
    """

    def forward(self, maps: Tensor) -> Tensor:
        flat = _in_memory_order(maps) if self.rewrite and maps.device.type == "cpu" else None
        if flat is None or torch.is_grad_enabled():
            return functional.mish(maps)
        minus = torch.empty(min(_CHUNK, flat.numel()), dtype=torch.float32)
        share = torch.empty_like(minus)
        for part in flat.split(_CHUNK):
            m, s = minus[: part.numel()], share[: part.numel()]
            m.copy_(part).neg_()
            torch.sigmoid(m, out=s)
            s.mul_(s).add_(1.0)
            part.copy_(torch.addcdiv(m, m, s, value=-2.0, out=s))
        return maps


def _in_memory_order(maps: Tensor) -> Tensor | None:
    """A flat view of the elements; None where they lie apart, and for numbers that fp32 would round."""
    if maps.dtype not in (torch.float32, torch.bfloat16, torch.float16):
        return None
    if maps.is_contiguous():
        return maps.view(-1)
    if maps.ndim == 5 and maps.is_contiguous(memory_format=torch.channels_last_3d):
        return maps.permute(0, 2, 3, 4, 1).view(-1)
    return None
