from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from QualityFinetuneLib.quality.measures.mrqy import measure_slices
from QualityFinetuneLib.quality.measures.mrqy_slice import EXTENDED


@pytest.fixture
def check(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("check_mrqy_values")


@pytest.mark.parametrize(
    ("published", "value", "right"),
    [
        ("10.0", 10.005, True),
        ("10.0", 10.02, False),
        ("10.0", math.nan, False),
        ("6.7e10", math.nan, True),
        ("N/A", math.nan, True),
        ("N/A", 3.0, False),
    ],
)
def test_a_column_is_right_when_close_or_when_there_is_nothing(
    check: ModuleType, published: str, value: float, right: bool
) -> None:
    column = check.Column("SNR1")
    column.add(published, value, "why")
    assert column.right is right
    assert str(column).startswith("SNR1")


def slices() -> np.ndarray:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[-1:1:60j, -1:1:60j]
    body = np.stack([200 * ((x / 0.7) ** 2 + (y / (0.6 + 0.03 * z)) ** 2 < 1) for z in range(3)])
    return np.hypot(body + rng.normal(0, 9, body.shape), rng.normal(0, 9, body.shape)).astype(np.uint16)


def write_dicom(folder: Path, values: np.ndarray) -> None:
    folder.mkdir()
    for number, plane in enumerate(values, start=1):
        one = pydicom.Dataset()
        one.file_meta = FileMetaDataset()
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.InstanceNumber, one.SamplesPerPixel, one.PixelRepresentation = number, 1, 0
        one.PhotometricInterpretation, one.BitsAllocated, one.BitsStored, one.HighBit = "MONOCHROME2", 16, 16, 15
        one.Rows, one.Columns, one.PixelData = *plane.shape, plane.tobytes()
        one.SOPClassUID, one.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", f"2.25.{number}"
        one.save_as(folder / f"{9 - number}.dcm", enforce_file_format=True)


def test_a_folder_is_compared_column_by_column(
    check: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    values = slices()
    write_dicom(tmp_path / "Exam-1", values)
    row = {name: one.value if one.defined else "N/A" for name, one in measure_slices(values).items()}
    for wrong, code in ((1.0, 0), (1.01, 1)):
        with (tmp_path / "IQM.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, ["Participant", *EXTENDED])
            writer.writeheader()
            writer.writerow({"Participant": "Exam-1", **row, "CV": float(row["CV"]) * wrong})
            writer.writerow({"Participant": "Elsewhere", **row})
        monkeypatch.setattr("sys.argv", ["check_mrqy_values.py", str(tmp_path)])
        assert check.main() == code
        assert f"{len(EXTENDED) - code} of {len(EXTENDED)} columns" in capsys.readouterr().out


def test_a_folder_without_series_is_no_success(
    check: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "IQM.csv").write_text("Participant\nExam-1\n")
    monkeypatch.setattr("sys.argv", ["check_mrqy_values.py", str(tmp_path)])
    assert check.main() == 1
