from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from QualityFinetuneLib.study.export_rows import ExportRows
from QualityFinetuneLib.study.records import Adjudication, Annotation, Case, NewAnswer, Reading
from QualityFinetuneLib.study.study import Study

IDENTITY = {
    "cases": {"patient", "exam", "name"},
    "series": {"name", "path"},
    "annotations": {"path"},
}


@pytest.fixture
def filled(
    study: Study,
    new_case: Callable[..., Case],
    new_reading: Callable[..., Reading],
    new_adjudication: Callable[..., Adjudication],
    new_annotation: Callable[..., Annotation],
) -> Study:
    """Two of each kind, the second instead of the first, about the second of two cases."""
    new_case(study, "Miller A")
    case = new_case(study, "Miller B")
    for _ in range(2):
        readings = [new_reading(study, case), new_reading(study, case, reader="Reader B")]
        new_adjudication(study, *readings, note="As in Miller B.")
        study.answers.add(
            NewAnswer(
                case_id=case.id,
                task="pirads",
                origin="imported",
                status="accepted",
                values={"grade": 4.0, "b": None},
                probabilities={"PI-RADS 4": 0.75},
                source="Miller B.csv",
            )
        )
    draft = new_annotation(study, case)
    new_annotation(study, case, origin="imported", status="accepted", supersedes=draft.id, source="Miller B.nrrd")
    return study


def _tables(study: Study) -> dict[str, list[dict[str, Any]]]:
    rows = ExportRows(study)
    return {
        "cases": list(rows.cases({2: {"t2w.snr": 20.0}})),
        "series": list(rows.series()),
        "readings": list(rows.readings({2: {"t2w.snr": 20.0}})),
        "adjudications": list(rows.adjudications()),
        "annotations": list(rows.annotations()),
        "answers": list(rows.answers()),
        "runs": list(rows.runs()),
    }


def test_a_row_names_its_case_and_tells_whether_it_still_counts(filled: Study) -> None:
    tables = _tables(filled)
    for name in ("adjudications", "annotations", "answers"):
        assert [(row["case_id"], row["case"], row["superseded"]) for row in tables[name]] == [
            (2, "Case 0002", True),
            (2, "Case 0002", False),
        ], name
    assert [row["superseded"] for row in tables["readings"]] == [True, True, False, False]
    assert [row["reader"] for row in tables["readings"]] == ["Reader A", "Reader B"] * 2


def test_what_was_measured_stands_with_its_case_only(filled: Study) -> None:
    tables = _tables(filled)
    assert [row.get("measure.t2w.snr") for row in tables["cases"]] == [None, 20.0]
    assert {row["measure.t2w.snr"] for row in tables["readings"]} == {20.0}


def test_an_answer_has_a_column_for_each_value_and_choice(filled: Study) -> None:
    row = _tables(filled)["answers"][0]
    assert (row["answer.grade"], row["answer.b"], row["probability.PI-RADS 4"]) == (4.0, None, 0.75)


def test_only_an_open_study_tells_patient_exam_name_and_places(filled: Study) -> None:
    blinded = _tables(filled)
    assert "Miller" not in str(blinded)
    assert blinded["adjudications"][0]["note"] == "As in Case 0002."
    filled.save_settings(filled.settings.model_copy(update={"blinded": False}))
    opened = _tables(filled)
    for name, rows in opened.items():
        for row, hidden in zip(rows, blinded[name], strict=True):
            assert set(row) - set(hidden) == IDENTITY.get(name, set()), name
    assert opened["adjudications"][0]["note"] == "As in Miller B."
    assert opened["cases"][1]["patient"] == "patient of Miller B"
