"""Predicted answers against known ones, told case by case and in all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from QualityFinetuneLib.cases.tasks import Task, load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.answer_file import AnswerFile, write_answer
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, EvaluateJob
from QualityFinetuneLib.engine.worker.evaluate import evaluate

PI_RADS, VOLUME = load_task("pi_rads"), load_task("prostate_volume")


def said(folder: Path, name: str, asked: Task, value: float | None, **changes: object) -> Path:
    key = "grade" if asked.choices else "Volume"
    fields = {"case": name, "task": asked.name, "kind": asked.answer, "answer": {key: value}, "words": "x"}
    path = folder / f"{name}.json"
    write_answer(path, AnswerFile.model_validate(fields | changes))
    return path


def cases(
    folder: Path, task: Task, rows: list[tuple[float | None, float | None]], *, says: str | None = None
) -> list[CaseFiles]:
    return [
        CaseFiles(
            id=f"case-{number}",
            answer=(truth,),
            prediction=said(folder, f"case-{number}", task, predicted, **({"task": says} if says else {})),
            quality="high" if number % 2 else "low",
        )
        for number, (truth, predicted) in enumerate(rows)
    ]


def test_every_number_is_told_and_written(tmp_path: Path, heard) -> None:
    rows: list[tuple[float | None, float | None]] = [(2, 2), (5, 4), (3, 3), (4, 2), (5, 5), (2, 3)]
    job = EvaluateJob(output=tmp_path / "e", task=PI_RADS, cases=tuple(cases(tmp_path, PI_RADS, rows)))
    evaluate(job, heard.context())
    metrics = heard.of("metric")
    by_name = {(m.name, m.stratum): m.value for m in metrics if m.case is None}
    assert by_name["accuracy", "all"] == pytest.approx(0.5)
    assert by_name["accuracy_lower", "all"] < 0.5 < by_name["accuracy_upper", "all"]
    assert by_name["accuracy_cases", "all"] == 6
    assert by_name["quadratic_kappa", "high"] is not None
    errors = {m.case: m.value for m in metrics if m.name == "error"}
    assert errors == {"case-0": 0, "case-1": -1, "case-2": 0, "case-3": -2, "case-4": 0, "case-5": 1}
    document = json.loads((tmp_path / "e" / "metrics.json").read_text())
    assert document["cases"][1]["truth"] == {"grade": 5} and document["cases"][1]["predicted"] == {"grade": 4}
    assert {row["stratum"] for row in document["summary"]} == {"all", "high", "low"}
    assert heard.of("artifact")[0].role == "metrics"


def test_volumes_are_told_in_ml_even_where_implausible(tmp_path: Path, heard) -> None:
    rows: list[tuple[float | None, float | None]] = [(40.0, 45.0), (60.0, -3.0), (None, 50.0)]
    job = EvaluateJob(output=tmp_path / "e", task=VOLUME, cases=tuple(cases(tmp_path, VOLUME, rows)))
    evaluate(job, heard.context())
    found = {m.name: m for m in heard.of("metric") if m.case is None and m.stratum == "all"}
    assert (found["mean_absolute_error"].value, found["mean_absolute_error"].unit) == (34.0, "ml")
    assert found["mean_absolute_error_cases"].value == 2
    unknown = next(m for m in heard.of("metric") if m.case == "case-2")
    assert unknown.value is None and "not known" in str(unknown.why)


@pytest.mark.parametrize(
    ("change", "code", "why"),
    [
        ({"answer": None}, ErrorCode.NO_LABEL, "no known answer"),
        ({"prediction": None}, ErrorCode.NO_LABEL, "no predicted answer"),
        ({"answer": (1.0,)}, ErrorCode.BAD_VALUES, "1 is not one of"),
        ({"prediction": Path("none.json")}, ErrorCode.UNREADABLE_FILE, "absent"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    tmp_path: Path, heard, change: dict[str, object], code: ErrorCode, why: str
) -> None:
    (case,) = cases(tmp_path, PI_RADS, [(2, 2)])
    job = EvaluateJob(output=tmp_path / "e", task=PI_RADS, cases=(case.model_copy(update=change),))
    with pytest.raises(UserError) as caught:
        evaluate(job, heard.context())
    assert caught.value.code is code
    assert why in caught.value.why


def test_answers_of_another_task_or_beyond_it_are_refused(tmp_path: Path, heard) -> None:
    other = cases(tmp_path, PI_RADS, [(2, 2)], says="isup")
    with pytest.raises(UserError, match="isup, not pi_rads"):
        evaluate(EvaluateJob(output=tmp_path / "e", task=PI_RADS, cases=tuple(other)), heard.context())
    beyond = cases(tmp_path, PI_RADS, [(2, 9)])
    with pytest.raises(UserError, match="9 is not one of"):
        evaluate(EvaluateJob(output=tmp_path / "e", task=PI_RADS, cases=tuple(beyond)), heard.context())


def test_labels_are_told_each(tmp_path: Path, heard) -> None:
    task = Task.model_validate(
        {
            "name": "sides", "title": "Sides", "roles": ["t2w"], "answer": "labels", "sided": True,
            "choices": [{"value": 1, "name": "left", "short": "L"}, {"value": 2, "name": "right", "short": "R"}],
        }
    )  # fmt: skip
    path = said(tmp_path, "a", task, 1.0, answer={"L": 1.0, "R": 0.0}, probabilities={"L": 0.9, "R": 0.3})
    case = CaseFiles(id="a", answer=(1.0, 1.0), prediction=path)
    evaluate(EvaluateJob(output=tmp_path / "e", task=task, cases=(case,)), heard.context())
    assert [(m.label, m.value) for m in heard.of("metric") if m.name == "correct"] == [("L", 1.0), ("R", 0.0)]
