"""The work that `benchmark_networks.py` times: forward passes, and training steps as the engine makes them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from network_variants import TRAINING, Variant

HIDDEN, LIGHT = 512, 128


def load_libraries() -> None:
    """Import what a training needs, before memory is measured."""
    import monai.losses  # noqa: F401
    import torch._dynamo  # noqa: F401 - PyTorch's optimisers load it at their first step

    from QualityFinetuneLib.engine.worker import step  # noqa: F401


def prepared(
    row: str, variant: Variant, options: argparse.Namespace, *, output: Path | None = None
) -> Callable[[], dict[str, Any]]:
    """The work of a variant, ready to be done again and again; its first output is written to `output`."""
    import torch

    device = torch.device(options.device)
    model = network(row, variant, options)
    images = torch.randn(1, 3, *options.extents, generator=torch.Generator().manual_seed(1))
    if variant.channels_last:
        model = model.to(memory_format=torch.channels_last_3d)
        images = images.contiguous(memory_format=torch.channels_last_3d)
    model, images = model.to(device), images.to(device)
    if row not in TRAINING:
        work = _forward(row, variant, model, images)
    elif variant.plain:
        work = _published_step(row, model, images)
    else:
        work = _step(row, variant, model, images)

    def once() -> dict[str, Any]:
        found = work()
        told = {}
        if device.type == "cuda":
            torch.cuda.synchronize()
            told["device_peak_mib"] = torch.cuda.max_memory_allocated() / 2**20
        if output is not None and found is not None and not output.exists():
            np.save(output, found.float().cpu().numpy())
        return told

    return once


def network(row: str, variant: Variant, options: argparse.Namespace) -> Any:
    """The variant's network with weights by a seed."""
    import torch

    from QualityFinetuneLib.models.build import build

    torch.manual_seed(0)
    if row == "classification":
        model = build("profound_conv_classifier", outputs=4, in_channels=3, size=options.size)
    else:
        hidden = LIGHT if variant.light else HIDDEN
        model = build("profound_conv", outputs=1, in_channels=3, size=options.size, hidden=hidden)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".grn." in name:  # zero at the start, which would hide half of the normalisation
                parameter.normal_(std=0.5)
    if not variant.plain:
        return model
    from QualityFinetuneLib.models.networks.rewrites import use_rewrites

    use_rewrites(model, False)
    return _published(row, model, options.upstream) if options.upstream else model


def _published(row: str, model: Any, folder: Path) -> Any:
    """The authors' own code with the weights of `model`."""
    import compare_with_upstream

    theirs = compare_with_upstream._upstream(folder)
    encoder = theirs.convnextv2_tiny(in_chans=3)
    if row == "classification":
        published = theirs.Classifier(encoder, 4)
    else:
        published = theirs.UperNet(encoder=encoder, in_channels=[96, 192, 384, 768], out_channels=1)
    published.load_state_dict(model.state_dict(), strict=True)
    return published


def _forward(row: str, variant: Variant, model: Any, images: Any) -> Callable[[], Any]:
    import torch

    from QualityFinetuneLib.engine.worker.precision import autocast

    module = (model.encoder if row == "encoder" else model).eval()
    if variant.compiled:
        module = torch.compile(module, mode="reduce-overhead")

    @torch.inference_mode()
    def work() -> Any:
        with autocast(images.device, "bf16" if variant.bf16 else "fp32"):
            return module(images)

    return work


def _task(row: str, images: Any) -> tuple[Callable[[Any, Any], Any], Any]:
    """Loss and target."""
    import torch

    from QualityFinetuneLib.engine.worker.losses import SegmentationLoss

    if row == "classification":
        return torch.nn.functional.cross_entropy, torch.tensor([1], device=images.device)
    target = torch.zeros(1, 1, *images.shape[2:], dtype=torch.long, device=images.device)
    target[..., target.shape[-1] // 3 : target.shape[-1] // 2] = 1
    # The weight of the auxiliary output as published.
    return SegmentationLoss(outputs=1, weights=(1.0, 0.4)), target


def _published_step(row: str, model: Any, images: Any) -> Callable[[], Any]:
    """The loop that everybody writes: eager, in fp32, with PyTorch's AdamW as it is."""
    import torch

    model.train()
    loss_of, target = _task(row, images)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)

    def work() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss_of(model(images), target).backward()
        optimizer.step()

    return work


def _step(row: str, variant: Variant, model: Any, images: Any) -> Callable[[], Any]:
    """The engine's own training step, with its optimiser."""
    import torch

    from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
    from QualityFinetuneLib.engine.worker.memory_plan import MemoryPlan
    from QualityFinetuneLib.engine.worker.optimising import optimiser
    from QualityFinetuneLib.engine.worker.patches import Shown
    from QualityFinetuneLib.engine.worker.precision import autocast
    from QualityFinetuneLib.engine.worker.sample import Sample
    from QualityFinetuneLib.engine.worker.step import TrainingStep

    model.train()
    loss_of, target = _task(row, images)
    precision = "bf16" if variant.bf16 else "fp32"
    features = None
    if variant.encoder != "learns":
        model.freeze_encoder()
    if variant.encoder == "cached":
        with torch.no_grad(), autocast(images.device, precision):
            features = [level[0].bfloat16() for level in model.encode(images)]
    sample = Sample(image=images[0], target=target[0], features=features)
    options = TrainOptions(mode="full" if variant.encoder == "learns" else "frozen", learning_rate=1e-5)
    patch = tuple(images.shape[2:])
    step = TrainingStep(
        model=model,
        objective=SimpleNamespace(loss=lambda outputs, targets: loss_of(_exact(outputs), targets)),  # type: ignore[arg-type]
        optimizer=optimiser(model, options),
        samples=SimpleNamespace(get=lambda *_: sample),  # type: ignore[arg-type]
        features=None if features is None else SimpleNamespace(),  # type: ignore[arg-type]
        plan=MemoryPlan(parts=1, patch=patch, recompute=False, patch_may_shrink=False),  # type: ignore[arg-type]
        device=images.device,
        precision=precision,  # type: ignore[arg-type]
        context=SimpleNamespace(),  # type: ignore[arg-type]
    )

    def work() -> None:
        step.run([Shown(case=0, words=("exam",))], words=("step",))

    return work


def _exact(outputs: Any) -> Any:
    return [one.float() for one in outputs] if isinstance(outputs, list) else outputs.float()
