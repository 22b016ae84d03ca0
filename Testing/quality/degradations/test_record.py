"""The record of a degraded case is kept whole, says that it is simulated, and refuses what it does not know."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.cases.survey import SIMULATED_MARKER, is_simulated, marked_patient
from QualityFinetuneLib.common.yaml_config import load_yaml, save_yaml
from QualityFinetuneLib.quality.degradations.recipe import packaged
from QualityFinetuneLib.quality.degradations.record import DegradationRecord, SeriesRecord


@pytest.fixture
def record() -> DegradationRecord:
    return DegradationRecord(
        name="Simulated P1 severe",
        source="P1",
        patient="patient-1",
        recipe=packaged("severe"),
        series=(SeriesRecord(name="t2w", role=Role.T2W, changed=True, phase_encoding="assumed"),),
        gland_from_mask=True,
        software_version="0.1.0",
    )


def test_a_record_is_read_back_as_it_was_written(record: DegradationRecord, tmp_path: Path) -> None:
    save_yaml(tmp_path / SIMULATED_MARKER, record)
    assert load_yaml(tmp_path / SIMULATED_MARKER, DegradationRecord) == record


def test_beside_images_it_marks_them_as_simulated_and_keeps_the_patient(
    record: DegradationRecord, tmp_path: Path
) -> None:
    folder = tmp_path / "P1"
    folder.mkdir()
    assert not is_simulated(folder)
    save_yaml(folder / SIMULATED_MARKER, record)
    assert is_simulated(folder)
    assert marked_patient(folder) == "patient-1"
    assert "not for diagnosis" in (folder / SIMULATED_MARKER).read_text()


def test_an_unknown_kind_or_key_is_refused(record: DegradationRecord) -> None:
    data = record.model_dump(mode="json")
    with pytest.raises(ValidationError):
        DegradationRecord.model_validate({**data, "content": "simulated"})
    with pytest.raises(ValidationError):
        DegradationRecord.model_validate({**data, "reader": "x"})
