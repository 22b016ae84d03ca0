#!/usr/bin/env python3
"""Take a picture of every step, the panel beside the slice views as in Slicer, without Slicer and without a screen.

With real exams where they are kept beside the checkout, else (or with --simulated) with a small simulated cohort.
Only pictures of simulated exams may be committed: python scripts/screenshots.py --readme writes those of the README.

Needs the development packages (slicer-core, PySide6). Numbers of the pictures named `scripted` are made up: they
show how a run looks while it works, without waiting for one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT / "Testing"), str(CHECKOUT / "QualityFinetune")]

from harness.environment import prepare  # noqa: E402

prepare()

from picture_exams import real_exams, simulated_exams  # noqa: E402
from picture_files import save_small  # noqa: E402
from picture_walk import walk  # noqa: E402

from harness.slicer_app import start  # noqa: E402

README = {"2-rate-answered": "rate", "3-review": "review", "4-finetune": "finetune", "1-study-rated": "study"}


def main() -> int:
    """Make a study, walk through it, and say where the pictures are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=CHECKOUT / "out" / "screenshots", help="folder for the PNG files")
    parser.add_argument("--simulated", action="store_true", help="use the simulated cohort even where real exams are")
    parser.add_argument("--readme", action="store_true", help="also write the simulated pictures of the README")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    start()
    with tempfile.TemporaryDirectory() as folder:
        exams = None if options.simulated or options.readme else real_exams(Path(folder) / "exams")
        walk(Path(folder), exams or simulated_exams(Path(folder) / "exams"), options.out)
    if options.readme:
        for source, target in README.items():
            save_small(options.out / f"{source}.png", CHECKOUT / "Resources" / "Screenshots" / f"{target}.png")
    print(f"Pictures are in {options.out}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
