"""What a ConvNeXtV2 block adds, from its depthwise convolution on, with no wide map kept for the gradients."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from .kernels import (
    as_written,
    channel_norms,
    column_sums,
    compute_dtype,
    linear,
    linear_gelu,
    product_over_rows,
)

_EPSILON = 1e-6
_PIECE = 1 << 22
"""Numbers of wide maps that the backward pass works on at a time."""


def block_update(
    maps: Tensor,
    *,
    norm: tuple[Tensor, Tensor],
    first: tuple[Tensor, Tensor],
    response: tuple[Tensor, Tensor],
    second: tuple[Tensor, Tensor],
) -> Tensor:
    """Layer normalisation, linear layer, GELU, response normalisation, linear layer, for maps (N, D, H, W, C).

    The response normalisation s x + beta is folded into the second layer, W (s x + beta) + b = (W s) x +
    (b + W beta), s being one number a channel and exam. Forward and backward are written out: only what came in is
    kept, in the format computed with, and everything else is made again from it.

    Args:
        maps: (N, D, H, W, C).
        norm: weight and bias (C,) of the layer normalisation.
        first: weight (H, C) and bias of the first layer.
        response: gamma and beta, (H,).
        second: weight (C, H) and bias of the second layer.
    """
    given = (*norm, *first, *response, *second)
    learns = torch.is_grad_enabled() and any(one.requires_grad for one in (maps, *given))
    update: Tensor = _BlockUpdate.apply(maps, *given, learns)  # type: ignore[no-untyped-call]
    return update


class _BlockUpdate(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        maps: Tensor,
        norm_weight: Tensor,
        norm_bias: Tensor,
        first: Tensor,
        first_bias: Tensor,
        gamma: Tensor,
        beta: Tensor,
        second: Tensor,
        second_bias: Tensor,
        learns: bool,
    ) -> Tensor:
        dtype = compute_dtype(maps)
        ctx.format = maps.dtype
        with as_written(maps):
            maps = maps.to(dtype).contiguous()
            ctx.save_for_backward(maps, norm_weight, norm_bias, first, first_bias, gamma, beta, second)
            normed = torch.native_layer_norm(maps, maps.shape[-1:], norm_weight, norm_bias, _EPSILON)[0]
            rows, weight = normed.flatten(0, -2), first.to(dtype)
            # The faster one is exact to 1e-6, which is too little where gradients follow.
            wide = (
                functional.gelu(linear(rows, weight, first_bias)) if learns else linear_gelu(rows, weight, first_bias)
            )
            del normed, rows
            bias = second_bias + second @ beta
            updates = [
                linear(exam, (second * _scale(channel_norms(exam), gamma)).to(dtype), bias)
                for exam in wide.chunk(len(maps))
            ]
            return (updates[0] if len(updates) == 1 else torch.cat(updates)).view_as(maps)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        maps, norm_weight, norm_bias, first, first_bias, gamma, beta, second = ctx.saved_tensors
        dtype = maps.dtype
        with as_written(maps):
            normed, mean, deviation = torch.native_layer_norm(maps, maps.shape[-1:], norm_weight, norm_bias, _EPSILON)
            before = linear(normed.flatten(0, -2), first.to(dtype), first_bias)
            rows = gradient.to(dtype).contiguous().flatten(0, -2)
            of_bias = column_sums(rows)
            of_second = torch.outer(of_bias, beta)
            of_gamma = torch.zeros_like(gamma)
            for exam, inner in zip(rows.chunk(len(maps)), before.chunk(len(maps)), strict=True):
                pieces = list(zip(_pieces(exam, inner), _pieces(inner, inner), strict=True))
                squares, of_scaled = torch.zeros_like(gamma), torch.zeros_like(second)
                for towards, piece in pieces:
                    wide = functional.gelu(piece)
                    squares += channel_norms(wide).square()
                    of_scaled += product_over_rows(towards, wide)
                norms = squares.sqrt()
                scale = _scale(norms, gamma)
                of_second += of_scaled * scale
                of_scale = (of_scaled * second).sum(0)
                of_gamma += of_scale * (norms / (norms.mean() + _EPSILON))
                # Through the norm g of each channel, of which the wide map's gradient is the map itself over g.
                share = _through_norms(of_scale * gamma, norms) / norms.clamp_min(torch.finfo(norms.dtype).tiny)
                scaled, share = (second * scale).to(dtype).t(), share.to(dtype)
                for towards, piece in pieces:
                    of_wide = linear(towards, scaled).addcmul_(functional.gelu(piece), share)
                    piece.copy_(torch.ops.aten.gelu_backward(of_wide, piece))
            of_before = before  # written over piece by piece
            of_first = product_over_rows(of_before, normed.flatten(0, -2))
            of_normed = linear(of_before, first.to(dtype).t()).view_as(maps)
            of_maps, of_norm_weight, of_norm_bias = torch.ops.aten.native_layer_norm_backward(
                of_normed, maps, maps.shape[-1:], mean, deviation, norm_weight, norm_bias, [True, True, True]
            )
            return (
                of_maps.to(ctx.format),
                of_norm_weight,
                of_norm_bias,
                of_first.to(first.dtype),
                column_sums(of_before).to(first.dtype),
                of_gamma,
                second.t() @ of_bias,
                of_second,
                of_bias,
                None,
            )


def _pieces(rows: Tensor, wide: Tensor) -> tuple[Tensor, ...]:
    """`rows` in pieces of as many as of `wide` are worked on at a time."""
    return rows.split(max(1, _PIECE // wide.shape[1]))


def _scale(norms: Tensor, gamma: Tensor) -> Tensor:
    return norms / (norms.mean() + _EPSILON) * gamma + 1


def _through_norms(of_response: Tensor, norms: Tensor) -> Tensor:
    """Gradient of the norms g from that of their response g / (mean(g) + epsilon)."""
    middle = norms.mean() + _EPSILON
    return of_response / middle - (of_response * norms).sum() / (middle * middle * len(norms))
