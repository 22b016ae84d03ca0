from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.study.records import Case, NewSeries
from QualityFinetuneLib.study.study import Study

AddCase = Callable[..., Case]


def _count(study: Study, table: str) -> int:
    with study.database.engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())  # noqa: S608


def _file(study: Study, folder: str, name: str = "t2w.nrrd") -> Path:
    path = study.paths.cases / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(folder.encode())
    return path


def test_a_case_comes_back_as_it_was_added(study: Study, new_case: AddCase) -> None:
    before = datetime.now(UTC)
    added = new_case(study, "Ärm 1", patient="P1", roles=(Role.T2W, Role.ADC))
    assert study.cases.all() == [added]
    assert study.cases.get(added.id) == study.cases.by_name("Ärm 1") == added
    assert study.cases.find(patient="P1", exam="1.2.Ärm 1") == added
    assert (added.patient, added.slug, added.simulated) == ("P1", "Arm-1", False)
    assert before <= added.created <= datetime.now(UTC)


def test_a_series_keeps_everything_about_its_volume(study: Study) -> None:
    path = _file(study, "A", "b800.nrrd")
    new = NewSeries(
        role=Role.DWI, name="ep2d b=800", path=path, b_value=800.0, calculated=False, time_index=2, time_s=8.5,
        headers={"SliceThickness": 3.0, "ImageType": ["ORIGINAL", "PRIMARY"]},
    )  # fmt: skip
    case = study.cases.add(patient="P", exam="E", name="A", series=[new], simulated=True)
    (series,) = study.cases.series(case.id)
    assert (series.role, series.name, series.path) == (Role.DWI, "ep2d b=800", path)
    assert (series.b_value, series.calculated, series.time_index, series.time_s) == (800.0, False, 2, 8.5)
    assert series.headers == {"SliceThickness": 3.0, "ImageType": ["ORIGINAL", "PRIMARY"]}
    assert series.sha256 == sha256_of(path)
    assert case.simulated


def test_series_are_found_by_role(study: Study, new_case: AddCase) -> None:
    case = new_case(study, "A", roles=(Role.T2W, Role.DWI, Role.DWI))
    other = new_case(study, "B", roles=(Role.ADC,))
    assert [series.role for series in study.cases.series(case.id)] == [Role.T2W, Role.DWI, Role.DWI]
    assert [series.path.name for series in study.cases.series(case.id, Role.DWI)] == ["dwi.nrrd", "dwi-2.nrrd"]
    first = study.cases.first(case.id, Role.DWI)
    assert first is not None and first.path.name == "dwi.nrrd"
    assert study.cases.first(case.id, Role.ADC) is None
    assert [series.case_id for series in study.cases.all_series()] == [case.id] * 3 + [other.id]


def test_the_database_holds_relative_paths_with_forward_slashes(study: Study, new_case: AddCase) -> None:
    new_case(study, "A")
    with study.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT path FROM series").scalar_one() == "cases/A/t2w.nrrd"


def test_an_exam_is_not_added_twice(study: Study, new_case: AddCase) -> None:
    new_case(study, "A", patient="P")
    with pytest.raises(UserError) as told:
        study.cases.add(patient="P", exam="1.2.A", name="another name", series=[])
    assert told.value.code is ErrorCode.CONFLICT
    assert "exam is in the study" in told.value.why


def test_a_name_is_not_given_twice(study: Study, new_case: AddCase) -> None:
    new_case(study, "A")
    with pytest.raises(UserError) as told:
        study.cases.add(patient="P", exam="E", name="A", series=[])
    assert told.value.code is ErrorCode.CONFLICT
    assert "this name" in told.value.why


def test_two_patients_may_have_exams_of_the_same_folder_name(study: Study) -> None:
    for patient in ("P1", "P2"):
        study.cases.add(patient=patient, exam="baseline", name=patient, series=[])
    assert len(study.cases.all()) == 2


@pytest.mark.parametrize("field", ["patient", "exam", "name"])
def test_a_case_needs_patient_exam_and_name(study: Study, field: str) -> None:
    fields = {"patient": "P", "exam": "E", "name": "A"} | {field: "  "}
    with pytest.raises(UserError) as told:
        study.cases.add(series=[], **fields)
    assert told.value.code is ErrorCode.BAD_VALUES


def test_a_missing_file_leaves_nothing_behind(study: Study) -> None:
    good = NewSeries(role=Role.T2W, name="t2w", path=_file(study, "A"))
    gone = NewSeries(role=Role.ADC, name="adc", path=study.paths.cases / "A" / "adc.nrrd")
    with pytest.raises(UserError) as told:
        study.cases.add(patient="P", exam="E", name="A", series=[good, gone])
    assert told.value.code is ErrorCode.MISSING_SERIES
    assert (_count(study, "cases"), _count(study, "series")) == (0, 0)


def test_a_file_outside_the_study_is_refused(study: Study, tmp_path: Path) -> None:
    outside = tmp_path / "outside.nrrd"
    outside.touch()
    with pytest.raises(UserError) as told:
        study.cases.add(patient="P", exam="E", name="A", series=[NewSeries(role=Role.T2W, name="t2w", path=outside)])
    assert told.value.code is ErrorCode.BAD_CONFIG


def test_when_a_series_cannot_be_stored_its_case_is_not_stored_either(study: Study, new_case: AddCase) -> None:
    taken = study.cases.series(new_case(study, "A").id)[0].path
    mine = NewSeries(role=Role.ADC, name="adc", path=_file(study, "B"))
    foreign = NewSeries(role=Role.T2W, name="t2w", path=taken)
    with pytest.raises(UserError) as told:
        study.cases.add(patient="P", exam="E", name="B", series=[mine, foreign])
    assert told.value.code is ErrorCode.CONFLICT
    assert (_count(study, "cases"), _count(study, "series")) == (1, 1)
    assert {entry.name for entry in study.paths.cases.iterdir()} == {"A", "B"}


def test_another_program_that_was_faster_is_told_as_a_conflict(
    study: Study, new_case: AddCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_case(study, "A", patient="P")
    check = study.cases._refuse_known
    calls = iter([lambda **_: None, check])  # the first look finds nothing, as when the other one came in between
    monkeypatch.setattr(study.cases, "_refuse_known", lambda **fields: next(calls)(**fields))
    with pytest.raises(UserError) as told:
        study.cases.add(patient="P", exam="1.2.A", name="A", series=[])
    assert "exam is in the study" in told.value.why
    assert [entry.name for entry in study.paths.cases.iterdir()] == ["A"]


@pytest.mark.parametrize("look", [lambda s: s.cases.get(7), lambda s: s.cases.by_name("nobody")])
def test_an_unknown_case_is_told(study: Study, look: Callable[[Study], Case]) -> None:
    with pytest.raises(UserError) as told:
        look(study)
    assert told.value.code is ErrorCode.NOT_FOUND
    assert study.cases.find(patient="P", exam="E") is None
