"""Answers from tables: what is understood, what is left out by row, and the real table of labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.tasks import Task, load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.importing_answers import AnswersReport, import_answers

PI_RADS, ISUP, VOLUME = load_task("pi_rads"), load_task("isup"), load_task("prostate_volume")


def bring(
    study: Study, tmp_path: Path, text: str | bytes, *columns: str, task: Task = PI_RADS, **more
) -> AnswersReport:
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    columns = columns or ("PIRADS",)
    return import_answers(study, path, task, case_column=more.pop("case_column", "case"), columns=columns, **more)


def test_rows_become_answers_by_name_number_or_neutral_label(study: Study, tmp_path: Path) -> None:
    report = bring(
        study, tmp_path, 'case,PIRADS\nSimulated-0001,4\n2,5\nCase 0003,"3,2"\nSimulated-0004,\n', reduce="max"
    )
    assert [(one.case_id, one.values) for one in report.added] == [
        (1, {"grade": 4.0}),
        (2, {"grade": 5.0}),
        (3, {"grade": 3.0}),
    ]
    assert (report.empty, report.same, report.messages) == (1, (), ())
    assert report.added[0].source == "labels.csv, column PIRADS, max"
    assert study.answers.trainable("pi_rads").keys() == {1, 2, 3}


def test_the_same_table_again_adds_nothing_and_a_changed_one_supersedes(study: Study, tmp_path: Path) -> None:
    text = "case,PIRADS\nSimulated-0001,4\nSimulated-0002,2\n"
    first = bring(study, tmp_path, text)
    again = bring(study, tmp_path, text)
    assert again.added == () and [case.id for case in again.same] == [1, 2]
    changed = bring(study, tmp_path, text.replace(",4", ",5"))
    (answer,) = changed.added
    assert answer.supersedes == first.added[0].id
    assert study.verify() == []


def test_each_wrong_row_is_told_by_number_and_the_others_are_taken(study: Study, tmp_path: Path) -> None:
    report = bring(
        study,
        tmp_path,
        'case,PIRADS\nSimulated-0001,1\nNobody,4\nSimulated-0002,high\nSimulated-0003,"4,4"\nSimulated-0004,4\n'
        "Simulated-0004,5\n\nSimulated-0005,3\n",
    )
    assert [message.row for message in report.messages] == [2, 3, 4, 5, 7]
    whys = [message.why for message in report.messages]
    assert "1 is not one of 2, 3, 4, 5" in whys[0]
    assert "No case has this name" in whys[1]
    assert "high is not one of" in whys[2]
    assert "holds 2 answers" in whys[3]
    assert "Row 6 told its answer already" in whys[4]
    assert [one.case_id for one in report.added] == [4, 5]
    assert all(message.next for message in report.messages)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_separate_as_they_like(study: Study, tmp_path: Path, delimiter: str) -> None:
    text = "\ufeffcase,age,ml\nSimulated-0001,63,52.0\n".replace(",", delimiter)
    report = bring(study, tmp_path, text, "ml", task=VOLUME)
    assert report.added[0].values == {"Volume": 52.0}


def test_a_task_that_asks_several_takes_a_column_each(study: Study, tmp_path: Path) -> None:
    task = Task.model_validate(
        {
            "name": "sides", "title": "Sides", "roles": ["t2w"], "answer": "labels", "sided": True,
            "choices": [{"value": 1, "name": "left", "short": "L"}, {"value": 2, "name": "right", "short": "R"}],
        }
    )  # fmt: skip
    report = bring(study, tmp_path, "case,l,r\nSimulated-0001,yes,\nSimulated-0002,,\n", "l", "r", task=task)
    assert report.added[0].values == {"L": 1.0, "R": None}
    assert report.empty == 1
    with pytest.raises(UserError, match="needs 2 columns"):
        bring(study, tmp_path, "case,l\nSimulated-0001,yes\n", "l", task=task)


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        ("", ErrorCode.UNREADABLE_FILE, "no table"),
        (b"case,PIRADS\n\xff\xfe", ErrorCode.UNREADABLE_FILE, "not UTF-8"),
        ("case,PIRADS\n\0", ErrorCode.UNREADABLE_FILE, "no table"),
        ('case,PIRADS\n"Simulated-0001,4\n', ErrorCode.UNREADABLE_FILE, "nexpected end of data"),
        ("case,grade\nSimulated-0001,4\n", ErrorCode.BAD_CONFIG, "Its columns are case, grade"),
        ("id,PIRADS\nSimulated-0001,4\n", ErrorCode.BAD_CONFIG, "Its columns are id, PIRADS"),
    ],
)
def test_what_is_no_such_table_is_refused(study: Study, tmp_path: Path, text, code: ErrorCode, why: str) -> None:
    with pytest.raises(UserError) as caught:
        bring(study, tmp_path, text)
    assert caught.value.code is code
    assert why in caught.value.why
    assert study.answers.all() == []


def test_an_absent_table_and_a_task_of_masks_are_refused(study: Study, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        import_answers(study, tmp_path / "none.csv", PI_RADS, case_column="case", columns=["x"])
    with pytest.raises(UserError, match="Its answer is a mask"):
        bring(study, tmp_path, "case,PIRADS\n", task=load_task("zones"))


def test_a_patient_with_several_exams_is_not_guessed(study: Study, tmp_path: Path) -> None:
    first = study.cases.get(1)
    folder = study.paths.new_case("Second")
    from QualityFinetuneLib.cases.roles import Role
    from QualityFinetuneLib.study.records import NewSeries

    path = study.paths.series(folder, "t2w")
    path.write_bytes(b"x")
    study.cases.add(
        patient="P-9", exam="first", name="P-9 one", series=[NewSeries(role=Role.T2W, name="t2w", path=path)]
    )
    assert len(bring(study, tmp_path, "case,PIRADS\nP-9,4\n").added) == 1
    folder = study.paths.new_case("Third")
    path = study.paths.series(folder, "t2w")
    path.write_bytes(b"y")
    study.cases.add(
        patient="P-9", exam="second", name="P-9 two", series=[NewSeries(role=Role.T2W, name="t2w", path=path)]
    )
    assert first.patient
    assert bring(study, tmp_path, "case,PIRADS\nP-9,5\n").messages[0].row == 2


def test_the_real_table_of_labels_is_understood(prostate_mini: Path, study: Study) -> None:
    """Its rows name real exams; here they are given to the simulated ones by renaming."""
    table = prostate_mini / "labels-nc" / "labels.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    own = study.folder / "labels.csv"
    renamed = [lines[0]] + [
        f"Simulated-000{n}," + line.split(",", 1)[1] for n, line in enumerate(lines[1:7], start=1)
    ]
    own.write_text("\n".join(renamed), encoding="utf-8")
    grades = import_answers(study, own, PI_RADS, case_column="case", columns=["PIRADS"], reduce="max")
    assert [one.values["grade"] for one in grades.added] == [4, 4, 5, 2, 4, 5]
    isup = import_answers(study, own, ISUP, case_column="case", columns=["ISUP"])
    assert [one.values["grade"] for one in isup.added] == [3, 1, 2, 0, 1, 3]
    volume = import_answers(study, own, VOLUME, case_column="case", columns=["prostate_volume"])
    assert [one.values["Volume"] for one in volume.added] == [52, 28, 39, 122, 146, 38]
    assert not (grades.messages or isup.messages or volume.messages)
    plain = import_answers(study, own, PI_RADS, case_column="case", columns=["PIRADS"])
    assert [message.row for message in plain.messages] == [3, 4, 5, 7]
