"""The autoencoder that a pretraining job asks for, and how its encoder will be described."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...common.errors import ErrorCode, UserError
from ...models.build import build
from ...models.cards import ModelCard
from ...models.loading import load_pretrained
from ...models.meta import ModelMeta
from ...models.networks.masked import MaskedAutoencoder
from ...models.networks.masked_loss import usual_patch
from ...models.package import load_model
from ...models.registry import card as card_of
from ..protocol.jobs import PretrainJob
from .context import JobContext
from .seeding import seed_torch

NO_TASK = "none"
"""Task of a model that has learned no label."""


@dataclass(frozen=True, kw_only=True)
class PretrainNetwork:
    """What is trained.

    Attributes:
        model: on the CPU.
        meta: of the encoder, as it will be saved.
        start: SHA-256 of the weights it started from; empty for random ones.
        patch: voxels shown at once, in the network's order of axes.
        mask_patch: voxels of a patch to hide, in the same order.
    """

    model: MaskedAutoencoder
    meta: ModelMeta
    start: str
    patch: tuple[int, int, int]
    mask_patch: tuple[int, int, int]

    @property
    def divisors(self) -> tuple[int, int, int]:
        """What the extents of everything shown are divisible by: whole strides and whole patches."""
        x, y, z = (math.lcm(side, step) for side, step in zip(self.mask_patch, self.model.stride, strict=True))
        return x, y, z


def network_to_pretrain(job: PretrainJob, context: JobContext) -> PretrainNetwork:
    """The encoder of the job's model with a decoder that guesses voxels.

    Raises:
        UserError: NO_WEIGHTS, WRONG_CHECKPOINT, NOT_FOUND; BAD_CONFIG when nothing could be both hidden and seen.
    """
    choice, options = job.model, job.options
    known = load_model(choice.folder) if choice.folder is not None else None
    base: ModelCard | ModelMeta = known[1] if known is not None else card_of(choice.card)
    outputs = base.outputs or 2  # of the decoder that is built and left aside
    seed_torch(job.seed, "weights")
    build_options: dict[str, Any] = dict(base.options)
    whole = build(base.architecture, outputs=outputs, in_channels=len(base.inputs), **build_options)
    start = ""
    if options.start == "pretrained":
        if known is not None:
            start = known[1].weights_sha256
            whole.encoder.load_state_dict(known[0].encoder.state_dict())
            context.log(f"Going on from {base.name}.")
        else:
            assert isinstance(base, ModelCard)
            report = load_pretrained(whole, choice.weights or base, strict=False)
            start = report.sha256
            context.log(report.summary())
    seed_torch(job.seed, "pretraining decoder")
    model = MaskedAutoencoder(whole.encoder, in_channels=len(base.inputs), width=options.decoder_width)
    shown = options.patch or base.patch
    mask_patch = _ordered(options.mask_patch, base.axes) if options.mask_patch else None
    patch, mask_patch = fitting(_ordered(shown, base.axes), mask_patch, stride=model.stride, image=model.image)
    changes: dict[str, Any] = {
        "predicts": "encoder",
        "simulated": any(case.simulated for case in job.cases),
        "trained_on": {
            "seed": job.seed,
            "epochs": options.epochs,
            "start": start,
            "cases": len(job.cases),
            "held_out_cases": len(job.hold_out),
            "mask_ratio": options.mask_ratio,
            "mask_patch": " x ".join(map(str, _ordered(mask_patch, base.axes))),
            "shown": " x ".join(map(str, _ordered(patch, base.axes))),
        },
    }
    name = base.card if isinstance(base, ModelMeta) else base.name
    common: dict[str, Any] = {"name": f"pretrained {name}", "task": NO_TASK, "labels": (), "mode": "pretrain"}
    common["outputs"] = outputs
    if isinstance(base, ModelCard):
        meta = ModelMeta.from_card(base, **common, **changes)
    else:
        meta = ModelMeta.model_validate(base.model_dump() | common | changes | {"weights_sha256": ""})
    return PretrainNetwork(model=model, meta=meta, start=start, patch=patch, mask_patch=mask_patch)


def fitting(
    shown: Sequence[int],
    mask_patch: Sequence[int] | None,
    *,
    stride: Sequence[int],
    image: tuple[int, int, int] | None,
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """What is shown, enlarged to whole strides and whole patches, and the patch to hide; all in the network's order.

    Args:
        shown: asked for.
        mask_patch: asked for; None takes the usual one.
        stride: of the encoder's deepest map.
        image: the one size that the encoder takes, whatever was asked for; None where any will do.

    Raises:
        UserError: BAD_CONFIG when what is shown holds one patch alone, or the patch does not fit the one size.
    """
    if mask_patch is None:
        whole = image or [_up(extent, step) for extent, step in zip(shown, stride, strict=True)]
        mask_patch = usual_patch(whole, stride)
    steps = [math.lcm(side, step) for side, step in zip(mask_patch, stride, strict=True)]
    x, y, z = image or (_up(extent, step) for extent, step in zip(shown, steps, strict=True))
    along = [extent / side for extent, side in zip((x, y, z), mask_patch, strict=True)]
    if any(count % 1 for count in along) or math.prod(along) < 2:
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what="Nothing can be hidden in this way.",
            why=f"What is shown has {x} x {y} x {z} voxels, which patches of "
            f"{' x '.join(map(str, mask_patch))} do not divide into two or more.",
            next="Choose smaller patches to hide, or leave their size out.",
        )
    first, second, third = mask_patch
    return (x, y, z), (first, second, third)


def _ordered(extents: tuple[int, int, int], axes: str) -> tuple[int, int, int]:
    """From (x, y, z) to the network's order of axes; its own inverse."""
    return extents if axes == "xyz" else (extents[2], extents[1], extents[0])


def _up(extent: int, factor: int) -> int:
    return -(-extent // factor) * factor
