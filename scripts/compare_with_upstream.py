#!/usr/bin/env python3
"""Compare ProFound's networks here with the authors' own code, weight for weight.

    python scripts/compare_with_upstream.py FOLDER [--full] [--only PART] [--write-reference [--commit HASH]]

FOLDER is a checkout of pipiwang/ProFound, branch demo. Both sides get the same weights and input by formula
(Testing/fixtures/reference_weights.py). Prints the largest difference relative to the largest value for
segmentation (UPerNet and UNETR), classification, gradients, a remapped sparse checkpoint and, where the package timm
is installed, the transformer; checks the encoder's blocks and channels in each size; exits with 1 when a difference
exceeds 1e-5. --full adds the published size 3 x 64 x 224 x 224. --write-reference writes what upstream gave to
Testing/fixtures/profound_reference.json, with which the tests prove the same without upstream.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import types
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "Testing"))

from upstream_code import upstream_code  # noqa: E402
from upstream_encoders import encoder_sizes, sparse  # noqa: E402
from upstream_networks import classification, segmentation, transformer, unetr  # noqa: E402

SMALL = (32, 64, 64)
FULL = (64, 224, 224)
TOLERANCE = 1e-5
PARTS: dict[str, Callable[[types.SimpleNamespace, tuple[int, int, int]], dict[str, Any]]] = {
    "segmentation": partial(segmentation, gradients=True),
    "classification": classification,
    "sparse": sparse,
    "unetr": unetr,
    "transformer": transformer,
}
AT_FULL_SIZE = PARTS | {"segmentation": partial(segmentation, gradients=False)}


def main() -> int:
    """Compare, print, and return 0 when nothing lies further apart than `TOLERANCE`."""
    options = _arguments()
    torch.set_num_threads(options.threads)
    upstream = upstream_code(options.folder)
    chosen = [name for name in PARTS if options.only in (None, name)]
    if "transformer" in chosen and upstream.autoencoder is None:
        chosen.remove("transformer")
        print("The transformer is left out: its blocks are those of the package timm, which is not installed.")
    sizes = encoder_sizes(upstream)
    results = {name: PARTS[name](upstream, SMALL) for name in chosen}
    if options.full:
        for name in ("segmentation", "classification", "unetr"):
            if name in chosen:
                results[f"{name} at the published size"] = AT_FULL_SIZE[name](upstream, FULL)
    worst = worst_of(results)
    if options.write_reference:
        facts = {name: {key: value for key, value in results[name].items() if key != "errors"} for name in chosen}
        _write(options.commit or _commit(options.folder), facts | {"encoder_sizes": sizes})
    return 0 if worst <= TOLERANCE else 1


def worst_of(results: Mapping[str, Mapping[str, Any]]) -> float:
    """Print every error of every part; the largest."""
    worst = 0.0
    for part, result in results.items():
        for name, error in result["errors"].items():
            worst = max(worst, error)
            print(f"{part:38} {name:28} {error:.1e}")
    print(f"largest relative difference {worst:.1e}, allowed {TOLERANCE:.0e}")
    return worst


def _commit(folder: Path) -> str | None:
    command = ["git", "-C", str(folder), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None


def _write(commit: str | None, results: dict[str, Any]) -> None:
    header = {
        "what": "Facts measured from the authors' code of ProFound with weights and inputs by formula.",
        "written_by": "scripts/compare_with_upstream.py --write-reference",
        "upstream": {"repository": "pipiwang/ProFound", "branch": "demo", "commit": commit},
        "tolerance": TOLERANCE,
    }
    path = CHECKOUT / "Testing" / "fixtures" / "profound_reference.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(
        json.dumps(kept | header | results, indent=None, separators=(",", ":")).replace(',"', ',\n"') + "\n",
        encoding="utf-8",
    )
    print(f"wrote {path.relative_to(CHECKOUT)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="checkout of pipiwang/ProFound, branch demo")
    parser.add_argument("--full", action="store_true", help="also at 3 x 64 x 224 x 224")
    parser.add_argument(
        "--write-reference", action="store_true", help="write Testing/fixtures/profound_reference.json"
    )
    parser.add_argument("--only", choices=sorted(PARTS), help="one part alone")
    parser.add_argument("--commit", help="upstream's commit, where FOLDER is no git checkout")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
