"""Whole networks, ours against the authors', with the same weights and input by formula.

Each comparison takes upstream's classes (`upstream_code`) and the size of the input (D, H, W), and returns facts of
upstream's network with, under `errors`, how far ours lies from it in its published and in its rewritten form.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import torch
from reference_facts import facts_of, relative, summary_of
from torch import Tensor, nn

from fixtures import reference_weights as formula
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.formats.masked_vit import vit_encoder
from QualityFinetuneLib.models.networks.rewrites import use_rewrites

Size = tuple[int, int, int]

PROBED = (
    "encoder.downsample_layers.0.0.weight",
    "encoder.stages.0.0.dwconv.weight",
    "encoder.stages.1.2.grn.gamma",
    "encoder.stages.2.4.grn.beta",
    "encoder.stages.3.2.pwconv2.weight",
    "hidden_norm.1.weight",
    "decode_head.psp_modules.3.1.conv.weight",
    "decode_head.bottleneck.conv.weight",
    "decode_head.fpn_bottleneck.conv.weight",
    "auxiliary_head.convs.0.conv.weight",
)
"""Tensors whose gradients are kept: one of each kind."""


def segmentation(upstream: types.SimpleNamespace, size: Size, *, gradients: bool) -> dict[str, Any]:
    """UPerNet with one output; with `gradients` also a training step."""
    theirs = upstream.UperNet(
        encoder=upstream.convnextv2_tiny(in_chans=3), in_channels=[96, 192, 384, 768], out_channels=1
    )
    ours = _same_weights(theirs, "profound_conv", outputs=1)
    image = formula.values("image", (1, 3, *size))
    found = _forward(ours, theirs, image)
    if not gradients:
        return found
    expected_outputs, expected_gradients = _train_step(theirs, image)
    for form in _forms(ours):
        outputs, own = _train_step(ours, image)
        found["errors"][f"auxiliary, {form}"] = relative(outputs[1], expected_outputs[1])
        found["errors"][f"gradients, {form}"] = max(
            relative(own[name], value) for name, value in expected_gradients.items()
        )
    found["auxiliary"] = summary_of(expected_outputs[1])
    found["gradients"] = {name: summary_of(expected_gradients[name], samples=4) for name in PROBED}
    return found


def classification(upstream: types.SimpleNamespace, size: Size) -> dict[str, Any]:
    """Four classes, two exams at once."""
    theirs = upstream.Classifier(upstream.convnextv2_tiny(in_chans=3), 4)
    ours = _same_weights(theirs, "profound_conv_classifier", outputs=4)
    return _forward(ours, theirs, formula.values("image", (2, 3, *size)), samples=8)


def unetr(upstream: types.SimpleNamespace, size: Size) -> dict[str, Any]:
    """The UNETR decoder with one output, as upstream's demo builds it."""
    theirs = upstream.ConvnextUNETR(
        in_channels=3, out_channels=1, convnext=upstream.convnextv2_tiny(in_chans=3), feature_size=32
    )
    ours = _same_weights(theirs, "profound_conv_unetr", outputs=1)
    return _forward(ours, theirs, formula.values("image", (1, 3, *size)))


def transformer(upstream: types.SimpleNamespace, _: Size) -> dict[str, Any]:
    """The masked autoencoder's encoder with no patch masked; its image has one size only."""
    theirs = upstream.autoencoder()
    positions = theirs.pos_embed.detach().clone()
    formula.fill(theirs)
    theirs.pos_embed.data.copy_(positions)
    ours = build("profound_vit_classifier", outputs=4, in_channels=3).encoder
    errors = {"positions": relative(ours.pos_embed, positions)}
    ours.load_state_dict(vit_encoder(theirs.state_dict()), strict=True)
    image = formula.values("image", (1, 3, 64, 256, 256))
    with torch.no_grad():
        shuffled, _mask, order = theirs.eval().forward_encoder(image, 0.0)
        places = order[..., None].expand(-1, -1, shuffled.shape[-1])
        expected = torch.cat([shuffled[:, :1], shuffled[:, 1:].gather(1, places)], dim=1)
        errors["tokens"] = relative(ours.eval().tokens(image), expected)
    return {
        "parameters": sum(value.numel() for value in ours.parameters()),
        "tensors": {name: list(value.shape) for name, value in vit_encoder(theirs.state_dict()).items()},
        "positions": summary_of(positions),
        "input": list(image.shape),
        "output": summary_of(expected, samples=64),
        "errors": errors,
    }


def _same_weights(theirs: nn.Module, architecture: str, *, outputs: int) -> nn.Module:
    """Our network with the weights that upstream's gets by formula."""
    formula.fill(theirs)
    ours = build(architecture, outputs=outputs, in_channels=3)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours


def _forward(ours: nn.Module, theirs: nn.Module, image: Tensor, **kept: int) -> dict[str, Any]:
    with torch.no_grad():
        expected = theirs.eval()(image)
        errors = {form: relative(ours.eval()(image), expected) for form in _forms(ours)}
    return facts_of(theirs) | {"input": list(image.shape), "output": summary_of(expected, **kept), "errors": errors}


def _forms(model: nn.Module) -> Iterator[str]:
    """Both forms by name; while a name is in hand the model works in that form."""
    for form, rewrite in (("as published", False), ("rewritten", True)):
        use_rewrites(model, rewrite)
        yield form


def _train_step(model: nn.Module, image: Tensor) -> tuple[list[Tensor], dict[str, Tensor]]:
    """Outputs in training mode and gradients of a fixed weighted sum of them."""
    model.train().zero_grad()
    outputs = model(image)
    sum(
        (output * formula.values(f"probe {n}", tuple(output.shape))).sum() for n, output in enumerate(outputs)
    ).backward()
    found = {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}
    return [output.detach() for output in outputs], found
