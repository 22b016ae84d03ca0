#!/usr/bin/env python3
"""How fast are ProFound's networks here, and with how much memory, against the networks as published?

    python scripts/benchmark_networks.py [--rows encoder,upernet,...] [--repeats N] [--json FILE]
        [--upstream CHECKOUT] [--same-environment] [--device cuda]

The plain side is the network as published, computed eagerly in fp32: the published operations of the same class
(rewrites off), or with --upstream the authors' own code (a checkout of pipiwang/ProFound, branch demo) with the same
weights. Our sides compute as the engine does. Each side is a process of its own; they take turns, the first turn
warms up, medians are compared. Ours run with the environment that the engine gives its worker, plain with the
environment as it is; --same-environment gives both that of the worker. A training step is forward, loss (Dice plus
cross-entropy or cross-entropy), backward and AdamW on one exam of 3 x 64 x 224 x 224; ours is the engine's own
(`engine.worker.step`). Memory is the most that the process ever had less what it had before the network was made:
weights, gradients, the state of the optimiser and the work.

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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import benchmarking
import network_work
import numpy as np
from network_variants import ROWS, Variant, variants_of

EXTENTS = (64, 224, 224)


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
    import torch

    network_work.load_libraries()
    torch.set_num_threads(options.threads)
    before = benchmarking.resident_mib()
    row, name, output = options.side
    work = network_work.prepared(row, variants_of(row, options.device)[name], options, output=Path(output))
    benchmarking.serve(work, before_mib=before)
    return 0


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
