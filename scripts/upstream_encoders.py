"""The encoder against the authors': its sizes, and a sparse pretrained checkpoint remapped by both sides."""

from __future__ import annotations

import types
from typing import Any

import torch
from reference_facts import relative, summary_of

from fixtures import reference_weights as formula
from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.formats.sparse_fcmae import dense_encoder
from QualityFinetuneLib.models.networks.sizes import ENCODER_SIZES


def encoder_sizes(upstream: types.SimpleNamespace) -> dict[str, list[list[int]]]:
    """Blocks and channels of upstream's encoder in each size.

    Raises:
        SystemExit: when ours are others.
    """
    built = upstream.convnextv2.ConvNeXtV2
    # The factories give what they would build.
    upstream.convnextv2.ConvNeXtV2 = lambda *, depths, dims: [depths, dims]
    found = {}
    for name, size in ENCODER_SIZES.items():
        prefix = "convnext" if name == "pico" else "convnextv2"
        found[name] = getattr(upstream.convnextv2, f"{prefix}_{name}")()
        if found[name] != [list(part) for part in size]:
            raise SystemExit(f"the encoder of size {name} is not upstream's")
    upstream.convnextv2.ConvNeXtV2 = built
    return found


def sparse(upstream: types.SimpleNamespace, size: tuple[int, int, int]) -> dict[str, Any]:
    """A sparse pretrained checkpoint under upstream's names: each tensor remapped, and the encoder's output with it.

    Raises:
        SystemExit: when the names are not upstream's.
    """
    theirs = upstream.convnextv2_tiny(in_chans=3)
    shapes = formula.sparse_shapes({name: tuple(value.shape) for name, value in theirs.state_dict().items()})
    checkpoint = {name: formula.weight(name, shape) for name, shape in shapes.items()}
    declared = {name: tuple(value.shape) for name, value in upstream.sparse_encoder().state_dict().items()}
    invented = {name.removeprefix("encoder."): shape for name, shape in shapes.items() if name.startswith("encoder.")}
    if declared != invented:
        raise SystemExit(
            f"the sparse names are not upstream's: {sorted(set(declared.items()) ^ set(invented.items()))[:4]}"
        )
    expected = upstream.remap_checkpoint_keys({"model": dict(checkpoint)})
    found = dense_encoder(checkpoint)
    if list(expected) != list(found):
        raise SystemExit(f"remapped names differ: {sorted(set(expected) ^ set(found))[:4]}")
    errors = {"tensors": max(relative(found[name], value) for name, value in expected.items())}
    formula.fill(theirs)
    ours = build("profound_conv_classifier", outputs=4, in_channels=3).encoder
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(expected, strict=False)
    ours.load_state_dict(found, strict=False)
    image = formula.values("image", (1, 3, *size))
    with torch.no_grad():
        vector = theirs.eval()(image)
        errors["encoder output"] = relative(ours.eval()(image), vector)
    return {
        "tensors": {name: [list(value.shape), formula.digest(value)] for name, value in expected.items()},
        "input": list(image.shape),
        "output": summary_of(vector),
        "errors": errors,
    }
