from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import SimpleITK as sitk

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.export import export_masks, export_tables
from QualityFinetuneLib.study.records import Adjudication, Annotation, NewSeries, Reading
from QualityFinetuneLib.study.study import Study

SECRETS = ("PAT-0007", "Miller", "1.2.840.99")


@pytest.fixture
def filled(study: Study, new_reading: Callable[..., Reading], new_annotation: Callable[..., Annotation]) -> Study:
    """One simulated case of a patient whose name is everywhere it can be."""
    folder = study.paths.new_case("Miller 1954")
    path = study.paths.series(folder, "t2w Miller")
    path.write_bytes(b"t2w")
    series = NewSeries(role=Role.T2W, name="t2w Miller 1954", path=path, headers={"SliceThickness": 3.0})
    case = study.cases.add(patient="PAT-0007", exam="1.2.840.99", name="Miller 1954", series=[series], simulated=True)
    new_reading(study, case, score=1)
    new_reading(study, case, score=2)
    run = study.runs.create("predict", "Miller 1954 only", {"cases": ["PAT-0007"], "model": str(study.folder)}, 3)
    study.runs.finish(run.id, "done", {"dice": {"Miller 1954": 0.5}})
    draft = new_annotation(study, case, run_id=run.id, source="gland of PAT-0007")
    reader_id = study.readers.ensure("Reader A").id
    new_annotation(
        study,
        case,
        origin="reader",
        status="corrected",
        reader_id=reader_id,
        supersedes=draft.id,
        changes={"dice": 0.9},
    )
    new_annotation(study, case, task="zones", run_id=run.id)
    return study


def _open(study: Study) -> None:
    study.save_settings(study.settings.model_copy(update={"blinded": False}))


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_table_becomes_a_file(filled: Study, tmp_path: Path) -> None:
    files = export_tables(filled, tmp_path / "out")
    names = ["cases", "series", "readings", "annotations", "runs", "adjudications", "answers"]
    assert [file.stem for file in files] == names
    assert [len(_rows(file)) for file in files] == [1, 1, 2, 3, 1, 0, 0]


def test_a_reading_has_a_column_for_each_item_and_score(filled: Study, tmp_path: Path) -> None:
    first, second = _rows(export_tables(filled, tmp_path)[2])
    assert (first["item.t2w_snr"], first["item.t2w_artefacts"], first["item.t2w_planes"]) == ("true", "false", "")
    assert (first["score.t2w"], first["exam_score"], first["active_s"], first["reader"]) == (
        "3",
        "1",
        "450.5",
        "Reader A",
    )
    assert (first["superseded"], second["superseded"], second["supersedes"]) == ("true", "false", "1")


def test_what_headers_said_and_what_was_measured_are_columns_too(
    filled: Study, new_reading: Callable[..., Reading], tmp_path: Path
) -> None:
    technical = {
        "values": {"t2w_slice_thickness": False},
        "scores": {"t2w": 0},
        "found": {"t2w_slice_thickness": {"passed": False, "found": "5 mm", "wanted": "at most 3 mm"}},
    }
    new_reading(filled, filled.cases.get(1), technical=technical, visual={"scores": {"t2w": 4}})
    files = export_tables(filled, tmp_path, measures={1: {"t2w.snr": 21.5, "adc.range": None}})
    (case,), readings = _rows(files[0]), _rows(files[2])
    assert (case["measure.t2w.snr"], case["measure.adc.range"]) == ("21.5", "")
    last = readings[-1]
    assert (last["headers.t2w_slice_thickness"], last["headers.t2w_slice_thickness.found"]) == ("false", "5 mm")
    assert (last["technical_score.t2w"], last["visual_score.t2w"]) == ("0", "4")
    assert last["measure.t2w.snr"] == "21.5"
    assert (readings[0]["headers.t2w_slice_thickness"], readings[0]["repeat"]) == ("", "0")


def test_an_adjudication_tells_what_it_settles(
    filled: Study, new_adjudication: Callable[..., Adjudication], tmp_path: Path
) -> None:
    new_adjudication(filled, *filled.readings.all(), note="Seen again with Miller 1954 on the screen.")
    (row,) = _rows(export_tables(filled, tmp_path)[5])
    assert (row["settles"], row["exam_score"], row["item.t2w_snr"], row["score.t2w"]) == ("1 2", "3", "true", "4")
    assert row["note"] == "Seen again with Case 0001 (simulated) on the screen."
    assert (row["reader"], row["superseded"]) == ("Reader C", "false")


def test_a_blinded_study_gives_away_no_identity(filled: Study, tmp_path: Path) -> None:
    for file in [*export_tables(filled, tmp_path / "t"), *export_masks(filled, tmp_path / "m", "nrrd")]:
        content = file.read_bytes() + str(file.relative_to(tmp_path)).encode()
        assert not [secret for secret in SECRETS if secret.encode() in content], file.name
        assert str(filled.folder).encode() not in content
    (case,) = _rows(tmp_path / "t" / "cases.csv")
    assert (case["case"], case["simulated"], case["quality"]) == ("Case 0001 (simulated)", "true", "high")


def test_an_open_study_exports_patient_exam_and_paths(filled: Study, tmp_path: Path) -> None:
    _open(filled)
    cases, series, _, annotations, runs = (_rows(file)[0] for file in export_tables(filled, tmp_path)[:5])
    assert (cases["patient"], cases["exam"], cases["name"]) == ("PAT-0007", "1.2.840.99", "Miller 1954")
    assert (series["path"], series["name"]) == ("cases/Miller-1954/t2w-Miller.nrrd", "t2w Miller 1954")
    assert annotations["path"] == "annotations/Miller-1954/gland-1.nrrd"
    assert runs["config"] == '{"cases":["PAT-0007"],"model":"."}'


def test_annotations_tell_who_and_how_much_was_changed(filled: Study, tmp_path: Path) -> None:
    draft, corrected, _ = _rows(export_tables(filled, tmp_path)[3])
    assert (draft["origin"], draft["status"], draft["reader"], draft["changes.dice"]) == ("model", "draft", "", "")
    assert (corrected["reader"], corrected["supersedes"], corrected["changes.dice"]) == ("Reader A", "1", "0.9")


def test_the_current_mask_of_each_task_is_written(filled: Study, tmp_path: Path) -> None:
    files = export_masks(filled, tmp_path)
    assert [file.relative_to(tmp_path).as_posix() for file in files] == [
        "Case-0001-simulated/gland.nii.gz",
        "Case-0001-simulated/zones.nii.gz",
        "masks.csv",
    ]
    rows = _rows(files[-1])
    assert [(row["task"], row["status"]) for row in rows] == [("gland", "corrected"), ("zones", "draft")]
    current = filled.annotations.current(1, "gland")
    assert current is not None
    there, here = sitk.ReadImage(str(files[0])), sitk.ReadImage(str(current.path))
    assert (sitk.GetArrayFromImage(there) == sitk.GetArrayFromImage(here)).all()
    assert there.GetOrigin() == pytest.approx(here.GetOrigin(), abs=1e-4)


def test_nrrd_keeps_the_geometry_in_double_precision(filled: Study, tmp_path: Path) -> None:
    exported = sitk.ReadImage(str(export_masks(filled, tmp_path, "nrrd")[0]))
    current = filled.annotations.current(1, "gland")
    assert current is not None
    mask = sitk.ReadImage(str(current.path))
    assert exported.GetOrigin() == mask.GetOrigin()
    assert exported.GetSpacing() == pytest.approx(mask.GetSpacing(), rel=1e-15, abs=0)
    # The file holds spacing times direction, so dividing again may round the last bit.
    assert exported.GetDirection() == pytest.approx(mask.GetDirection(), abs=1e-15)
    assert exported.GetPixelID() == sitk.sitkUInt8


def test_drafts_can_be_left_out(filled: Study, tmp_path: Path) -> None:
    _open(filled)
    files = export_masks(filled, tmp_path, drafts=False)
    assert [file.relative_to(tmp_path).as_posix() for file in files] == [
        "Miller-1954-simulated/gland.nii.gz",
        "masks.csv",
    ]


def test_a_format_that_does_not_exist_is_told(filled: Study, tmp_path: Path) -> None:
    with pytest.raises(UserError) as told:
        export_masks(filled, tmp_path, "dcm")
    assert told.value.code is ErrorCode.BAD_VALUES
    assert "nii.gz" in told.value.next


def test_an_empty_study_exports_empty_tables(study: Study, tmp_path: Path) -> None:
    assert [len(_rows(file)) for file in export_tables(study, tmp_path)] == [0] * 7
    assert [file.name for file in export_masks(study, tmp_path)] == ["masks.csv"]
