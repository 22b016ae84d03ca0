#!/usr/bin/env python3
"""How fast are ProFound's networks here, and with how much memory, against the networks as published?

    python scripts/benchmark_networks.py [--rows encoder,upernet,...] [--repeats N] [--json FILE]
        [--upstream CHECKOUT] [--same-environment] [--device cuda]

The plain side is the network as published, computed eagerly in fp32: the published operations of the same class
(rewrites off), or with --upstream the authors' own code (a checkout of pipiwang/ProFound, branch demo) with the same
weights. Our sides compute as the engine does. Each side is a process of its own; they take turns, the first turn
warms up, medians are compared. Ours run with the environment that the engine gives its worker, plain with the
environment as it is; --same-environment gives both that of the worker. A training step is forward, loss (Dice plus
cross-entropy or cross-entropy), backward and AdamW on one exam of 3 x 64 x 224 x 224. Memory is the most that the
process ever had less what it had before the network was made: weights, gradients, the state of the optimiser and the
work.

Rows: encoder, upernet, classification, segmentation (its frozen forms included). On a GPU (--device cuda) the same
rows run with channels-last layout and, for forward passes, compiled with CUDA graphs too.
Exits with 1 when a promise made for two threads of a CPU is broken.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import benchmarking
import numpy as np

CHECKOUT = Path(__file__).resolve().parents[1]
EXTENTS = (64, 224, 224)
HIDDEN, LIGHT = 512, 128


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to compute a row's work.

    Attributes:
        plain: as published.
        bf16: under autocast.
        light: the decoder with a quarter of the width.
        encoder: how the encoder takes part in a training step: `learns`, `frozen`, or `cached`, its features known.
        channels_last: layout of weights and images.
        compiled: through torch.compile with CUDA graphs.
        speed: promise for the ratio of times.
        error: promise for the largest difference relative to the largest value.
        memory: promise for the ratio of memory.
    """

    plain: bool = False
    bf16: bool = False
    light: bool = False
    encoder: str = "learns"
    channels_last: bool = False
    compiled: bool = False
    speed: float | None = None
    error: float | None = None
    memory: float | None = None


ROWS: dict[str, dict[str, Variant]] = {
    "encoder": {
        "bf16": Variant(bf16=True, speed=4.0, error=1.5e-2),
        "fp32": Variant(speed=1.3, error=1e-5),
    },
    "upernet": {
        "bf16": Variant(bf16=True, speed=3.3, error=1.5e-2),
        "fp32": Variant(speed=1.4, error=1e-5),
        "light, bf16": Variant(bf16=True, light=True, speed=8.0),
    },
    "classification": {
        "bf16": Variant(bf16=True, speed=2.7, memory=0.5),
        "fp32": Variant(),
    },
    "segmentation": {
        "bf16": Variant(bf16=True, speed=3.5, memory=0.4),
        "frozen, bf16": Variant(bf16=True, encoder="frozen", speed=4.8),
        "frozen, features cached, bf16": Variant(bf16=True, encoder="cached"),
        "light, frozen, features cached, bf16": Variant(bf16=True, encoder="cached", light=True),
    },
}
TRAINING = ("classification", "segmentation")


def main() -> int:
    """Compare, print, and return 0 when all promises hold."""
    options = _arguments()
    if options.side:
        return _be_a_side(options)
    rows: list[dict[str, Any]] = []
    for row in options.rows:
        rows += compare(row, options)
    results = {
        "machine": benchmarking.machine(threads=options.threads),
        "device": options.device,
        "extents": options.extents,
        "size": options.size,
        "plain": "the authors' code" if options.upstream else "published operations of our class",
        "same_environment": options.same_environment,
        "repeats": options.repeats,
    }
    return benchmarking.finish(results, rows, json_file=options.json)


def variants_of(row: str, device: str) -> dict[str, Variant]:
    """Name to variant, plain first."""
    chosen = {"plain": Variant(plain=True), **ROWS[row]}
    if device == "cpu":
        return chosen
    more: dict[str, Variant] = {}
    for name, one in ROWS[row].items():
        layout = {"bf16": one.bf16, "light": one.light, "encoder": one.encoder, "channels_last": True}
        more[f"{name}, channels last"] = Variant(**layout)
        if row not in TRAINING:
            more[f"{name}, compiled"] = Variant(**{**layout, "channels_last": False}, compiled=True)
    return chosen | more


def compare(row: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Let all variants of a row take turns; one result for each, with its promises."""
    variants = variants_of(row, options.device)
    wanted = [name for name in variants if name == "plain" or not options.only or name in options.only]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as open_sides:
        sides = {
            name: open_sides.enter_context(
                benchmarking.Side(
                    _command(row, name, Path(folder) / f"{number}.npy", options),
                    environment=_environment(plain=name == "plain" and not options.same_environment, options=options),
                )
            )
            for number, name in enumerate(wanted)
        }
        benchmarking.alternate(sides, repeats=options.repeats)
        outputs = {
            name: np.load(path)
            for number, name in enumerate(wanted)
            if (path := Path(folder) / f"{number}.npy").is_file()
        }
    plain = sides["plain"]
    results = [_result(row, "plain", Variant(plain=True), plain, plain, {}, options)]
    results += [_result(row, name, variants[name], sides[name], plain, outputs, options) for name in wanted[1:]]
    return results


def _result(
    row: str,
    name: str,
    variant: Variant,
    side: benchmarking.Side,
    plain: benchmarking.Side,
    outputs: Mapping[str, np.ndarray],
    options: argparse.Namespace,
) -> dict[str, Any]:
    memory = _memory(side)
    found: dict[str, Any] = {
        "row": row,
        "variant": name,
        "seconds": side.median(),
        "all_seconds": [run["seconds"] for run in side.runs[1:]],
        "ratio": plain.median() / side.median(),
        "memory_mib": memory,
        "memory_ratio": memory / _memory(plain),
        "peak_mib": side.runs[-1]["peak_mib"],
    }
    text = f"{row:15} {name:38} {found['seconds']:8.3f} s  x{found['ratio']:5.2f}  {memory:6.0f} MiB"
    text += f"  x{found['memory_ratio']:.2f}"
    if name in outputs and outputs[name].shape == outputs["plain"].shape and not variant.light:
        expected = outputs["plain"]
        found["error"] = float(np.abs(outputs[name] - expected).max() / np.abs(expected).max())
        text += f"  error {found['error']:.1e}"
    found["text"] = text
    found["promises"] = []
    if options.device == "cpu" and variant.speed is not None:
        found["promises"].append(benchmarking.promise("times as fast", found["ratio"], at_least=variant.speed))
    if options.device == "cpu" and variant.memory is not None:
        found["promises"].append(benchmarking.promise("memory", found["memory_ratio"], at_most=variant.memory))
    if variant.error is not None and "error" in found:
        found["promises"].append(benchmarking.promise("relative error", found["error"], at_most=variant.error))
    return found


def _memory(side: benchmarking.Side) -> float:
    last = side.runs[-1]
    return float(last.get("device_peak_mib") or last["peak_mib"] - last["before_mib"])


def _command(row: str, name: str, output: Path, options: argparse.Namespace) -> list[str]:
    command = [sys.executable, __file__, "--side", row, name, str(output), "--threads", str(options.threads)]
    command += ["--device", options.device, "--size", options.size, "--extents", *map(str, options.extents)]
    return command + (["--upstream", str(options.upstream)] if options.upstream and name == "plain" else [])


def _environment(*, plain: bool, options: argparse.Namespace) -> dict[str, str]:
    from QualityFinetuneLib.engine.client.python import child_environment

    environment = dict(os.environ) if plain else child_environment(Path(sys.executable))
    return environment | {"OMP_NUM_THREADS": str(options.threads)}


def _be_a_side(options: argparse.Namespace) -> int:
    import monai.losses  # noqa: F401 - before memory is measured
    import torch

    from QualityFinetuneLib.engine.worker.losses import SegmentationLoss  # noqa: F401 - the same

    torch.set_num_threads(options.threads)
    before = benchmarking.resident_mib()
    row, name, output = options.side
    work = prepared(row, variants_of(row, options.device)[name], options, output=Path(output))
    benchmarking.serve(work, before_mib=before)
    return 0


def prepared(
    row: str, variant: Variant, options: argparse.Namespace, *, output: Path | None = None
) -> Callable[[], dict[str, Any]]:
    """The work of a variant, ready to be done again and again; its first output is written to `output`."""
    import torch

    device = torch.device(options.device)
    model = _network(row, variant, options)
    images = torch.randn(1, 3, *options.extents, generator=torch.Generator().manual_seed(1))
    if variant.channels_last:
        model = model.to(memory_format=torch.channels_last_3d)
        images = images.contiguous(memory_format=torch.channels_last_3d)
    model, images = model.to(device), images.to(device)
    work = _step(row, variant, model, images) if row in TRAINING else _forward(row, variant, model, images)

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


def _network(row: str, variant: Variant, options: argparse.Namespace) -> Any:
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
        network = theirs.Classifier(encoder, 4)
    else:
        network = theirs.UperNet(encoder=encoder, in_channels=[96, 192, 384, 768], out_channels=1)
    network.load_state_dict(model.state_dict(), strict=True)
    return network


def _forward(row: str, variant: Variant, model: Any, images: Any) -> Callable[[], Any]:
    import torch

    network = (model.encoder if row == "encoder" else model).eval()
    if variant.compiled:
        network = torch.compile(network, mode="reduce-overhead")

    @torch.inference_mode()
    def work() -> Any:
        with torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=variant.bf16):
            return network(images)

    return work


def _step(row: str, variant: Variant, model: Any, images: Any) -> Callable[[], Any]:
    import torch

    from QualityFinetuneLib.engine.worker.losses import SegmentationLoss

    model.train()
    if row == "classification":
        loss_of, target = torch.nn.functional.cross_entropy, torch.tensor([1], device=images.device)
    else:
        # The weight of the auxiliary output as published.
        loss_of = SegmentationLoss(outputs=1, weights=(1.0, 0.4))
        target = torch.zeros(1, 1, *images.shape[2:], dtype=torch.long, device=images.device)
        target[..., target.shape[-1] // 3 : target.shape[-1] // 2] = 1
    features = None
    if variant.encoder != "learns":
        model.freeze_encoder()
    if variant.encoder == "cached":
        with torch.no_grad(), torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=variant.bf16):
            features = [one.bfloat16().float() for one in model.encode(images)]
    optimizer = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=1e-5)

    def work() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=variant.bf16):
            outputs = model(images) if features is None else model.decode(features)
        if not isinstance(outputs, torch.Tensor):
            outputs = [one.float() for one in outputs]
        elif row == "classification":
            outputs = outputs.float()
        loss_of(outputs, target).backward()
        optimizer.step()

    return work


def _arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    benchmarking.add_arguments(parser, repeats=3)
    parser.add_argument("--rows", type=lambda text: text.split(","), default=list(ROWS), help="separated by commas")
    parser.add_argument("--only", action="append", help="a variant to compare with plain; may be repeated")
    parser.add_argument("--upstream", type=Path, help="checkout of the authors' code for the plain side")
    parser.add_argument("--same-environment", action="store_true", help="the worker's environment for plain too")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--size", default="tiny", help="of the encoder")
    parser.add_argument("--extents", type=int, nargs=3, default=EXTENTS)
    parser.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
