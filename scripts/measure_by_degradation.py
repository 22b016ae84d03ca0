"""Do measures follow the severity of the degradations that they claim to see? A table of Spearman correlations.

    python scripts/measure_by_degradation.py DATA --write docs/measures-by-degradation.md

DATA holds `prostate-mini` (real exams, CC BY); simulated exams are made on the way. Each run is one case, one
degradation and one seed at six severities from 0 to 1; its correlation is that of the measure with the severity.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy.stats import spearmanr

from QualityFinetuneLib.cases.reading import read_image
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.simulated import make_cohort
from QualityFinetuneLib.common.files import write_text
from QualityFinetuneLib.quality.degradations import KINDS, CaseImage, degrade_case, single
from QualityFinetuneLib.quality.measures import DEFINITIONS, definitions, measure

SEVERITIES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
FEWEST_DEFINED = 5
"""A run counts for a measure that is defined at this many severities and more."""
MONOTONE = 0.9 - 1e-9
"""Median correlation in the required direction from which a claim is called monotone."""
LEAST = 0.7
"""Correlation that no single run of a monotone claim may stay below."""
T2W_SLICES = 9
"""About the middle of the gland; the whole volume takes three times as long and says the same."""
T2W_CASES = ("ProstateX-0000", "MIP-PROSTATE-01-0001")
DIFFUSION_CASES = ("ProstateX-0000", "ProstateX-0001")
SERIES: Mapping[str, str] = {
    "epi_distortion": "low b",
    "n2_ghost": "low b",
    "eddy": "high b",
    "adc_noise": "adc",
    "high_b_noise": "adc",
}
"""What is measured after a degradation of the diffusion scan; all others are measured on the T2w."""
CATALOGUE = [(one.name, one) for one in definitions()]
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

Table = dict[tuple[str, str], list[float]]
"""(measure, degradation) to the correlation of each run."""


@dataclass(frozen=True)
class Run:
    """One case, one degradation, one seed."""

    folder: Path
    kind: str
    seed: int

    @property
    def diffusion(self) -> bool:
        return self.kind in SERIES


@dataclass(frozen=True)
class Row:
    """One measure of one run, at each severity; NaN where it is not defined."""

    case: str
    kind: str
    seed: int
    measure: str
    values: tuple[float, ...]


def runs_of(data: Path, cohort: Path, seeds: int, kinds: Sequence[str]) -> Iterator[Run]:
    real, simulated = data / "prostate-mini" / "cases", sorted(cohort.iterdir())
    for kind in kinds:
        names = DIFFUSION_CASES if kind in SERIES else T2W_CASES
        for folder in [*(real / name for name in names), *simulated]:
            for seed in range(seeds if KINDS[kind].draws else 1):
                yield Run(folder, kind, seed)


def images_of(run: Run) -> tuple[list[CaseImage], sitk.Image]:
    files = {path.name.split(".")[0]: path for path in run.folder.iterdir() if path.suffix in (".gz", ".nrrd")}
    gland = read_image(files["gland_taps"] if "gland_taps" in files else files["gland"])
    images = [CaseImage(role=Role.T2W, image=around_gland(read_image(files["t2w"]), gland))]
    if run.diffusion:
        acquired = [b for b in (50, 400, 800) if f"b{b}" in files]
        images += [
            CaseImage(role=Role.DWI, image=read_image(files[f"b{b}"]), b_value=b, calculated=False) for b in acquired
        ]
        if not acquired:
            images.append(CaseImage(role=Role.HBV, image=read_image(files["hbv"]), b_value=1400.0))
        images.append(CaseImage(role=Role.ADC, image=read_image(files["adc"])))
    return images, gland


def around_gland(t2w: sitk.Image, gland: sitk.Image) -> sitk.Image:
    """The slices about the middle of the gland, whose mask lies on the T2w's grid."""
    places = np.argwhere(sitk.GetArrayViewFromImage(gland) > 0)[:, 0]
    start = max(0, min(int(np.median(places)) - T2W_SLICES // 2, t2w.GetDepth() - T2W_SLICES))
    return t2w[:, :, start : start + T2W_SLICES]


def measured(run: Run) -> dict[str, list[float]]:
    """Each measure at each severity; NaN where it is not defined."""
    images, gland = images_of(run)
    series: dict[str, list[float]] = defaultdict(list)
    for severity in SEVERITIES:
        case = degrade_case(images, single(run.kind, severity, seed=run.seed), gland=gland)
        shown = shown_of(case.images, run.kind)
        t2w = case.image(Role.T2W) if run.diffusion else None
        # Phase is encoded front to back, which is along the columns of an axial slice.
        values = measure(
            shown.image,
            gland=gland,
            role=shown.role,
            t2w=t2w,
            low_b=lower_than(shown, case.images),
            phase_encoding="COL",
        )
        for name, value in values.items():
            series[name].append(value.value if value.defined else math.nan)
    return dict(series)


def shown_of(images: Sequence[CaseImage], kind: str) -> CaseImage:
    """The image that is measured after a degradation."""
    wanted = SERIES.get(kind, "t2w")
    if wanted in ("t2w", "adc"):
        return next(one for one in images if one.role is Role(wanted))
    acquired = sorted((one for one in images if one.role in (Role.DWI, Role.HBV)), key=lambda one: one.b_value or 0.0)
    return acquired[0] if wanted == "low b" else acquired[-1]


def lower_than(shown: CaseImage, images: Sequence[CaseImage]) -> sitk.Image | None:
    """The lowest b-value of the scan, where `shown` has a higher one."""
    lower = [one for one in images if one.role is Role.DWI and (one.b_value or 0.0) < (shown.b_value or 0.0)]
    return min(lower, key=lambda one: one.b_value or 0.0).image if lower else None


def correlation(values: Sequence[float]) -> float | None:
    """Spearman's rho with severity, None where too little is defined; a measure that stays the same gives 0."""
    kept = [(s, v) for s, v in zip(SEVERITIES, values, strict=True) if not math.isnan(v)]
    if len(kept) < FEWEST_DEFINED:
        return None
    if np.ptp([v for _, v in kept]) == 0.0:
        return 0.0
    return float(spearmanr(*zip(*kept, strict=True)).statistic)


def required_sign(name: str) -> int:
    """+1 for a measure that should rise with severity."""
    return 1 if DEFINITIONS[name].better == "lower" else -1


def markdown(table: Table, kinds: Sequence[str]) -> str:
    names = [name for name, _ in CATALOGUE if any((name, kind) in table for kind in kinds)]
    lines = ["| measure | " + " | ".join(kinds) + " |", "|---|" + "---:|" * len(kinds)]
    for name in names:
        lines.append(f"| {name} | " + " | ".join(_cell(table, name, kind) for kind in kinds) + " |")
    lines += ["", "### Claims", ""]
    lines += ["| measure | claims to see | median | worst run | runs of 0.9 and more | verdict |"]
    lines += ["|---|---|---:|---:|---:|---|"]
    for name, kind in claims():
        if kind in kinds:
            lines.append(_claim(name, kind, table.get((name, kind), [])))
    return "\n".join(lines)


def claims() -> list[tuple[str, str]]:
    return [(name, kind) for name, one in CATALOGUE for kind in one.sees]


def _cell(table: Table, name: str, kind: str) -> str:
    found = table.get((name, kind))
    if not found:
        return ""
    text = f"{np.median(found):+.2f}".replace("-", "−")
    return f"**{text}**" if (name, kind) in claims() else text


def _claim(name: str, kind: str, found: Sequence[float]) -> str:
    if not found:
        return f"| {name} | {kind} |  |  | 0 | not defined in any run |"
    directed = [value * required_sign(name) for value in found]
    median, worst = float(np.median(directed)), min(directed)
    monotone = sum(value >= MONOTONE for value in directed)
    verdict = "monotone" if median >= MONOTONE and worst >= LEAST else "not monotone"
    return f"| {name} | {kind} | {median:.2f} | {worst:.2f} | {monotone} of {len(directed)} | {verdict} |"


def real_pair(data: Path) -> str:
    """The one real pair: an acquisition blurred by motion, and its repeat."""
    folder = data / "prostate-mini" / "cases" / "ProstateX-0001"
    gland = read_image(folder / "gland_taps.nii.gz")
    good, bad = (
        measure(read_image(folder / f"{name}.nii.gz"), gland=gland, role=Role.T2W, phase_encoding="ROW")
        for name in ("t2w", "t2w_repeat_motion")
    )
    lines = ["| measure | unit | t2w | t2w_repeat_motion | ranks t2w above |", "|---|---|---:|---:|---|"]
    for name in good:
        better = DEFINITIONS[name].better
        if good[name].defined and bad[name].defined and better:
            a, b = good[name].value, bad[name].value
            verdict = "equal" if a == b else "yes" if (a > b) == (better == "higher") else "no"
            lines.append(f"| {name} | {good[name].unit} | {a:.4g} | {b:.4g} | {verdict} |")
    return "\n".join(lines)


def measure_all(given: argparse.Namespace) -> list[Row]:
    """Every value of every run."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as made, ProcessPoolExecutor(given.workers) as pool:
        cohort = Path(made)
        make_cohort(cohort, patients=2, seed=7, low_quality_share=0.0)
        waiting = {pool.submit(measured, run): run for run in runs_of(given.data, cohort, given.seeds, given.kinds)}
        for number, done in enumerate(as_completed(waiting), start=1):
            run = waiting[done]
            print(f"{number} of {len(waiting)}: {run.folder.name} {run.kind} {run.seed}", file=sys.stderr, flush=True)
            for name, values in done.result().items():
                rows.append(Row(run.folder.name, run.kind, run.seed, name, tuple(values)))
    return sorted(rows, key=lambda one: (one.kind, one.case, one.seed))


def table_of(rows: Sequence[Row]) -> Table:
    """The correlations of every run in which a measure is defined often enough."""
    table: Table = defaultdict(list)
    for one in rows:
        rho = correlation(one.values)
        if rho is not None:
            table[one.measure, one.kind].append(rho)
    return table


def write_values(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("case", "degradation", "seed", "measure", *map(str, SEVERITIES)))
        writer.writerows((one.case, one.kind, one.seed, one.measure, *map(repr, one.values)) for one in rows)


def read_values(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))[1:]
    return [Row(case, kind, int(seed), name, tuple(map(float, values))) for case, kind, seed, name, *values in lines]


def write_document(path: Path, body: str) -> None:
    """Put the tables between the marks of the document, and leave the rest as it is."""
    text = path.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    write_text(path, f"{text[:start]}\n\n{body}\n\n{text[end:]}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data", type=Path, help="folder that holds prostate-mini")
    arguments.add_argument("--seeds", type=int, default=2)
    arguments.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    arguments.add_argument("--workers", type=int, default=1)
    arguments.add_argument("--write", type=Path, help="document whose tables are replaced")
    arguments.add_argument("--values", type=Path, help="CSV that receives every measured value")
    arguments.add_argument("--from-values", type=Path, help="such a CSV, to write the tables without measuring again")
    given = arguments.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    kinds = given.kinds
    rows = read_values(given.from_values) if given.from_values else measure_all(given)
    if given.values:
        write_values(given.values, rows)
    body = f"{markdown(table_of(rows), kinds)}\n\n### The real pair\n\n{real_pair(given.data)}"
    print(body)
    if given.write:
        write_document(given.write, body)


if __name__ == "__main__":
    main()
