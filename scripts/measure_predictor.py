"""How good is a quality score learned from simulated faults? The table of docs/predicted-quality.md.

    python scripts/measure_predictor.py DATA

DATA holds `prostate-mini`. Nine slices about the gland of the first exams by name are cut out, T2w and mask; the rest
is the command that anybody would use, `quality-finetune quality train-predictor`. Takes a few minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from measure_by_degradation import around_gland

from QualityFinetuneLib.cases.reading import read_image, write_image

PATIENTS = 10


def cut(data: Path, target: Path, *, patients: int = PATIENTS) -> list[str]:
    """Write T2w and gland of the slices about the gland, an exam a folder; the names of the exams."""
    exams = sorted(path for path in (data / "prostate-mini" / "cases").iterdir() if path.is_dir())[:patients]
    for exam in exams:
        t2w, gland = (read_image(exam / f"{name}.nii.gz") for name in ("t2w", "gland_taps"))
        (target / exam.name).mkdir(parents=True)
        write_image(around_gland(t2w, gland), target / exam.name / "t2w.nrrd")
        write_image(around_gland(gland, gland), target / exam.name / "gland.nrrd")
    return [exam.name for exam in exams]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        names = cut(options.data, Path(folder) / "exams")
        print(f"{len(names)} patients: {', '.join(names)}", flush=True)
        command = [sys.executable, "-m", "QualityFinetuneLib", "quality", "train-predictor", f"{folder}/exams"]
        chosen = ["--role", "t2w", "--hold-out", "ghosting", "--seed", str(options.seed)]
        return subprocess.run([*command, *chosen, "--out", f"{folder}/t2w.json"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
