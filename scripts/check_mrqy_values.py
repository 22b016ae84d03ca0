#!/usr/bin/env python3
"""Do MRQy's measures by our code give the numbers that MRQy published? One row a column, worst over the exams.

    python scripts/check_mrqy_values.py FOLDER

FOLDER holds `IQM.csv` (github ccipd/MRQy, New_MRQy/UserInterface/Data/Pen2) and, for each exam to compare, its DICOM
series as PARTICIPANT.tar.xz or as a folder PARTICIPANT. Exits with 1 when a number differs by more than one part in a
thousand, or when there is none where MRQy did not divide by an empty background.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pydicom

from QualityFinetuneLib.quality.measures.mrqy import measure_slices
from QualityFinetuneLib.quality.measures.mrqy_slice import EXTENDED

TOLERANCE = 1e-3
DIVIDED_BY_NOTHING = 1e7
"""Published ratios above this are divisions by MRQy's small constants: no signal is ten million times its noise."""


@dataclass
class Column:
    """One measure over all exams compared."""

    name: str
    differences: list[float] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)
    missing: int = 0

    def add(self, published: str, value: float, why: str | None) -> None:
        """Compare one value with what MRQy published."""
        theirs = float(published) if published not in ("", "N/A") else math.nan
        if not math.isnan(value) and not math.isnan(theirs):
            self.differences.append(abs(value - theirs) / max(abs(value), abs(theirs), 1e-300))
        elif math.isnan(value) and (math.isnan(theirs) or abs(theirs) > DIVIDED_BY_NOTHING):
            self.excused.append(f"published {published or 'nothing'}. {why}")
        else:
            self.missing += 1

    @property
    def right(self) -> bool:
        """Whether every value is reproduced, or is none."""
        return self.missing == 0 and max(self.differences, default=0.0) <= TOLERANCE

    def __str__(self) -> str:
        told = [f"{max(self.differences):8.1e}" if self.differences else "       –"]
        told.append(f"{len(self.differences)} compared, {len(self.excused)} without a value, {self.missing} missing")
        return f"{self.name:6} {told[0]}  {told[1]}" + (f"; {self.excused[0]}" if self.excused else "")


def compare(folder: Path) -> list[Column]:
    """Every published column over all exams whose series are in the folder."""
    with (folder / "IQM.csv").open(newline="", encoding="utf-8") as file:
        published = {row["Participant"]: row for row in csv.DictReader(file)}
    columns = {name: Column(name) for name in EXTENDED}
    for name, row in published.items():
        slices = list(slices_of(folder, name))
        if not slices:
            continue
        stack = np.stack([one.pixel_array for one in sorted(slices, key=lambda one: int(one.InstanceNumber))])
        print(f"{name}: {len(stack)} slices", file=sys.stderr)
        for measure, value in measure_slices(stack).items():
            columns[measure].add(row[measure], value.value, value.why)
    return list(columns.values())


def slices_of(folder: Path, name: str) -> Iterator[pydicom.Dataset]:
    """The DICOM files of one exam, read from a folder or an archive; none where there is neither."""
    archive = folder / f"{name}.tar.xz"
    if (folder / name).is_dir():
        yield from (pydicom.dcmread(path) for path in sorted((folder / name).rglob("*.dcm")))
    elif archive.is_file():
        with tarfile.open(archive) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.name.endswith(".dcm") else None
                if content is not None:
                    yield pydicom.dcmread(io.BytesIO(content.read()))


def main() -> int:
    """Print the table and return 0 when everything is as published."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    columns = compare(parser.parse_args().folder)
    if not any(one.differences for one in columns):
        print("There is no series to compare.", file=sys.stderr)
        return 1
    print("column  largest relative difference")
    for one in columns:
        print(one)
    right = sum(one.right for one in columns)
    print(f"{right} of {len(columns)} columns as published, or without a value where MRQy's is none")
    return 0 if right == len(columns) else 1


if __name__ == "__main__":
    sys.exit(main())
