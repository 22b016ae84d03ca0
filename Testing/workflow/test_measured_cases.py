from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.quality.structured_report.content import Number
from QualityFinetuneLib.study.csv_files import write_csv
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.measured_cases import read_measures
from QualityFinetuneLib.workflow.measuring import COLUMNS


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with Study.create(tmp_path / "study", name="Measured") as made:
        made.cases.add(patient="P1", exam="E1", name="Miller", series=[])
        made.cases.add(patient="P2", exam="E2", name="Second", series=[])
        yield made


def row(case: str, measure: str, value: float | None, **others: object) -> dict[str, object]:
    about = {"role": "t2w", "series": "t2w", "b_value": None, "unit": "1", "why": None}
    return {"case": case, "measure": measure, "value": value} | about | others


def table(path: Path, *rows: dict[str, object]) -> Path:
    return write_csv(path / "measures.csv", rows, columns=COLUMNS)


def test_measures_come_back_to_their_cases_whatever_these_were_called(study: Study, tmp_path: Path) -> None:
    file = table(
        tmp_path,
        row("Case 0001", "snr", 20.5),
        row("Case 0001", "snr", 9.0, series="repeat"),
        row("Case 0001", "cjv", None, why="The image is constant."),
        row("second", "snr", 11.0, unit="image"),
        row("Second", "snr", 5.0, role="dwi", b_value=800.0),
        row("Second", "snr", 4.0, role="dwi", b_value=50.0),
        row("Somebody else", "snr", 1.0),
    )
    found = read_measures(study, file)
    assert found.numbers == {
        1: {"t2w.snr": Number(value=20.5, unit="1")},
        2: {
            "t2w.snr": Number(value=11.0, unit="image"),
            "dwi.b800.snr": Number(value=5.0, unit="1"),
            "dwi.b50.snr": Number(value=4.0, unit="1"),
        },
    }
    assert found.unknown == ("Somebody else",)
    assert found.values[1] == {"t2w.snr": 20.5}


def test_what_is_no_table_of_this_study_is_told(study: Study, tmp_path: Path) -> None:
    with pytest.raises(UserError) as told:
        read_measures(study, table(tmp_path, row("Somebody else", "snr", 1.0)))
    assert told.value.code is ErrorCode.NOT_FOUND
    (tmp_path / "other.csv").write_text("case,value\nA,1\n")
    for name in ("other.csv", "absent.csv"):
        with pytest.raises(UserError) as told:
            read_measures(study, tmp_path / name)
        assert told.value.code is ErrorCode.UNREADABLE_FILE
