from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.files import sha256_of
from QualityFinetuneLib.study.records import Annotation, Case
from QualityFinetuneLib.study.study import Study

AddCase = Callable[..., Case]
AddAnnotation = Callable[..., Annotation]


@pytest.fixture
def case(study: Study, new_case: AddCase) -> Case:
    return new_case(study, "A")


@pytest.fixture
def reader_id(study: Study) -> int:
    return study.readers.ensure("Reader A").id


def test_an_annotation_keeps_what_it_is(
    study: Study, case: Case, reader_id: int, new_annotation: AddAnnotation
) -> None:
    run = study.runs.create("predict", "gland", {}, 0)
    draft = new_annotation(study, case, run_id=run.id, source="taps_gland")
    fixed = new_annotation(
        study, case, origin="reader", status="corrected", reader_id=reader_id, supersedes=draft.id,
        changes={"dice": 0.97, "added_ml": 0.4},
    )  # fmt: skip
    assert study.annotations.get(draft.id) == draft
    assert study.annotations.history(case.id, "gland") == study.annotations.all() == [draft, fixed]
    assert (draft.run_id, draft.source, draft.reader_id, draft.changes) == (run.id, "taps_gland", None, None)
    assert (fixed.reader_id, fixed.supersedes, fixed.changes) == (
        reader_id,
        draft.id,
        {"dice": 0.97, "added_ml": 0.4},
    )
    assert fixed.sha256 == sha256_of(fixed.path)


def test_recording_a_mask_frees_its_reservation(study: Study, case: Case, new_annotation: AddAnnotation) -> None:
    annotation = new_annotation(study, case)
    assert [path.name for path in annotation.path.parent.iterdir()] == ["gland-1.nrrd"]


def test_nothing_is_current_before_there_is_an_annotation(study: Study, case: Case) -> None:
    assert study.annotations.current(case.id, "gland") is None
    assert study.annotations.trainable("gland") == {}


def test_the_newest_draft_is_current_but_nothing_to_learn_from(
    study: Study, case: Case, new_annotation: AddAnnotation
) -> None:
    new_annotation(study, case)
    newest = new_annotation(study, case)
    assert study.annotations.current(case.id, "gland") == newest
    assert study.annotations.trainable("gland") == {}


def test_a_readers_mask_comes_before_newer_drafts_and_imports(
    study: Study, case: Case, reader_id: int, new_annotation: AddAnnotation
) -> None:
    imported = new_annotation(study, case, origin="imported", status="accepted")
    assert study.annotations.current(case.id, "gland") == imported
    by_reader = new_annotation(study, case, origin="reader", status="corrected", reader_id=reader_id)
    new_annotation(study, case, origin="imported", status="accepted")
    new_annotation(study, case)
    assert study.annotations.current(case.id, "gland") == by_reader
    assert study.annotations.trainable("gland") == {case.id: by_reader}


def test_an_imported_mask_comes_before_a_newer_draft(study: Study, case: Case, new_annotation: AddAnnotation) -> None:
    imported = new_annotation(study, case, origin="imported", status="draft")
    new_annotation(study, case)
    assert study.annotations.current(case.id, "gland") == imported
    assert study.annotations.trainable("gland") == {case.id: imported}


def test_accepting_a_draft_adds_a_row_about_the_same_file(
    study: Study, case: Case, reader_id: int, new_annotation: AddAnnotation
) -> None:
    draft = new_annotation(study, case)
    accepted = new_annotation(
        study, case, path=draft.path, status="accepted", reader_id=reader_id, supersedes=draft.id
    )
    assert accepted.sha256 == draft.sha256
    assert study.annotations.current(case.id, "gland") == accepted
    assert study.annotations.history(case.id, "gland") == [draft, accepted]


def test_a_rejected_draft_is_out(study: Study, case: Case, reader_id: int, new_annotation: AddAnnotation) -> None:
    draft = new_annotation(study, case)
    new_annotation(study, case, path=draft.path, status="rejected", reader_id=reader_id, supersedes=draft.id)
    assert study.annotations.current(case.id, "gland") is None


def test_tasks_and_cases_are_kept_apart(
    study: Study, case: Case, reader_id: int, new_case: AddCase, new_annotation: AddAnnotation
) -> None:
    other = new_case(study, "B")
    gland = new_annotation(study, case)
    zones = new_annotation(study, case, task="zones", origin="reader", status="accepted", reader_id=reader_id)
    theirs = new_annotation(study, other)
    assert study.annotations.current(case.id, "zones") == zones
    assert study.annotations.all_current("gland") == {case.id: gland, other.id: theirs}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE annotations SET status = 'accepted'",
        "DELETE FROM annotations",
        "INSERT OR REPLACE INTO annotations SELECT * FROM annotations",
    ],
)
def test_the_database_itself_refuses_to_change_an_annotation(
    study: Study, case: Case, new_annotation: AddAnnotation, statement: str
) -> None:
    kept = new_annotation(study, case)
    with pytest.raises(DBAPIError, match="append-only"), study.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert study.annotations.all() == [kept]


def test_a_missing_file_is_told(study: Study, case: Case, new_annotation: AddAnnotation) -> None:
    with pytest.raises(UserError) as told:
        new_annotation(study, case, path=study.paths.new_annotation(case, "gland"))
    assert told.value.code is ErrorCode.NO_LABEL
    assert study.annotations.all() == []


def test_a_file_outside_the_study_is_refused(
    study: Study, case: Case, new_annotation: AddAnnotation, tmp_path: Path
) -> None:
    outside = tmp_path / "mask.nrrd"
    outside.touch()
    with pytest.raises(UserError) as told:
        new_annotation(study, case, path=outside)
    assert told.value.code is ErrorCode.BAD_CONFIG


def test_a_readers_annotation_names_its_reader(study: Study, case: Case, new_annotation: AddAnnotation) -> None:
    with pytest.raises(UserError) as told:
        new_annotation(study, case, origin="reader", status="accepted")
    assert told.value.code is ErrorCode.BAD_VALUES


@pytest.mark.parametrize("link", ["case_id", "reader_id", "run_id", "supersedes"])
def test_what_it_refers_to_must_exist(
    study: Study, case: Case, new_annotation: AddAnnotation, mask_writer: Callable[[Path], None], link: str
) -> None:
    path = study.paths.new_annotation(case, "gland")
    mask_writer(path)
    with pytest.raises(UserError) as told:
        new_annotation(study, case, path=path, **{link: 99})
    assert told.value.code is ErrorCode.NOT_FOUND
    with pytest.raises(UserError):
        study.annotations.get(99)


def test_it_cannot_supersede_one_of_another_task(study: Study, case: Case, new_annotation: AddAnnotation) -> None:
    zones = new_annotation(study, case, task="zones")
    with pytest.raises(UserError) as told:
        new_annotation(study, case, supersedes=zones.id)
    assert told.value.code is ErrorCode.BAD_VALUES
