"""Answers for exams as files, from a network that is the same each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.answer_file import AnswerFile, read_answer
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, FinetuneJob, ModelChoice, PredictJob, TrainOptions
from QualityFinetuneLib.engine.worker.answers_predicting import answer_name, predict_answers
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.network import network_to_predict
from QualityFinetuneLib.engine.worker.predict import predict

CPU = torch.device("cpu")
GRADE = Task.model_validate(
    {
        "name": "score", "title": "Score", "roles": ["t2w"], "answer": "grades",
        "choices": [{"value": k, "name": f"PI-RADS {k}"} for k in (2, 3, 4, 5)],
    }
)  # fmt: skip
SIZE = Task.model_validate(
    {
        "name": "size", "title": "Size", "roles": ["t2w"], "answer": "values",
        "values": [{"name": "Size", "short": "S", "unit": "ml", "lowest": 900, "highest": 1000}],
    }
)  # fmt: skip


@pytest.fixture
def trained(exams: tuple[CaseFiles, ...], tiny_card: Path, tmp_path: Path, heard):
    def train(task: Task, *numbers: float) -> ModelChoice:
        cases = tuple(
            case.model_copy(update={"answer": (number,)}) for case, number in zip(exams, numbers, strict=False)
        )
        finetune(
            FinetuneJob(
                output=tmp_path / task.name, precision="fp32", model=ModelChoice(card=str(tiny_card)), task=task,
                train=cases, options=TrainOptions(mode="scratch", epochs=1, batch_size=2),
            ),
            heard.context(),
            device=CPU,
        )  # fmt: skip
        return ModelChoice(card="tiny", folder=tmp_path / task.name / "best")

    return train


def test_a_prediction_says_what_how_sure_and_in_which_words(exams, trained, tmp_path: Path, heard) -> None:
    model = trained(GRADE, 2.0, 5.0)
    job = PredictJob(output=tmp_path / "p", precision="fp32", model=model, task=GRADE, cases=exams[2:4])
    predict(job, heard.context(), device=CPU)
    found = [read_answer(event.path) for event in heard.of("artifact") if event.role == "answer"]
    assert [one.case for one in found] == ["case-2", "case-3"]
    for one in found:
        assert one.words == f"PI-RADS {one.answer['grade']:g}"
        assert list(one.probabilities or {}) == ["2", "3", "4", "5"]
        assert sum((one.probabilities or {}).values()) == pytest.approx(1.0)
    predict(job.model_copy(update={"output": tmp_path / "again"}), heard.context(), device=CPU)
    again = tmp_path / "again" / "predictions" / "case-2.json"
    assert again.read_bytes() == (tmp_path / "p" / "predictions" / "case-2.json").read_bytes()


def test_a_model_of_another_question_is_refused(exams, trained, tmp_path: Path, heard) -> None:
    model = trained(GRADE, 2.0, 5.0)
    other = GRADE.model_copy(update={"choices": GRADE.choices[:3]})
    with pytest.raises(UserError) as caught:
        job = PredictJob(output=tmp_path / "p", model=model, task=other, cases=exams[:1])
        predict(job, heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.BAD_JOB
    assert "PI-RADS 5" in caught.value.why


def test_an_implausible_value_is_told(exams, trained, tmp_path: Path, heard) -> None:
    model = trained(SIZE, 901.0, 999.0)
    small = SIZE.model_copy(update={"values": (SIZE.values[0].model_copy(update={"lowest": 0.0, "highest": 1.0}),)})
    job = PredictJob(output=tmp_path / "p", precision="fp32", model=model, task=small, cases=exams[:1])
    predict_answers(job, [network_to_predict(model, SIZE)], heard.context(), device=CPU)
    (warning,) = [event for event in heard.of("warning") if event.case == "case-0" and event.code == "bad_values"]
    assert "0 to 1 is possible" in warning.why
    assert read_answer(tmp_path / "p" / "predictions" / "case-0.json").told[0].unit == "ml"


def answers_to(job: PredictJob, heard) -> list[AnswerFile]:
    del heard[:]
    predict(job, heard.context(), device=CPU)
    return [read_answer(event.path) for event in heard.of("artifact") if event.role == "answer"]


@pytest.fixture
def two_runs(trained, tmp_path: Path):
    """Two models of one task, which learned different things."""

    def train(task: Task, first: tuple[float, ...], second: tuple[float, ...]) -> list[ModelChoice]:
        models = []
        for number, answers in enumerate((first, second)):
            found = trained(task, *answers)
            found.folder.parent.rename(tmp_path / f"run-{number}")
            models.append(found.model_copy(update={"folder": tmp_path / f"run-{number}" / "best"}))
        return models

    return train


def test_an_ensemble_answers_by_the_mean_of_its_probabilities(exams, two_runs, tmp_path: Path, heard) -> None:
    one, two = two_runs(GRADE, (2.0, 5.0, 5.0), (5.0, 2.0, 2.0))
    job = PredictJob(output=tmp_path / "p", precision="fp32", model=one, task=GRADE, cases=exams[3:])
    alone = [answers_to(job.model_copy(update={"model": model}), heard) for model in (one, two)]
    both = answers_to(job.model_copy(update={"ensemble": (two,)}), heard)
    assert alone[0][0].probabilities != alone[1][0].probabilities
    for case, found in enumerate(both):
        shares = [list((each[case].probabilities or {}).values()) for each in alone]
        expected = np.mean(shares, axis=0)
        assert list((found.probabilities or {}).values()) == pytest.approx(expected, abs=1e-6)
        median = int(np.searchsorted(np.cumsum(expected), 0.5))
        assert found.answer["grade"] == GRADE.choices[median].value
        assert found.looks == 2 and alone[0][case].looks == 1 and alone[0][case].uncertainty is None
        assert (found.uncertainty or {})["grade"] == pytest.approx(-(expected * np.log(expected)).sum(), abs=1e-5)
    told = [(e.case, e.label, e.unit) for e in heard.of("metric") if e.name == "uncertainty"]
    assert told == [("case-3", "grade", "nat"), ("case-4", "grade", "nat")]


def test_an_ensemble_of_values_tells_mean_and_spread(exams, two_runs, tmp_path: Path, heard) -> None:
    one, two = two_runs(SIZE, (901.0, 920.0), (980.0, 999.0))
    job = PredictJob(output=tmp_path / "p", precision="fp32", model=one, task=SIZE, cases=exams[:1])
    low, high = (answers_to(job.model_copy(update={"model": model}), heard)[0].answer["S"] for model in (one, two))
    (found,) = answers_to(job.model_copy(update={"ensemble": (two,)}), heard)
    assert found.answer["S"] == pytest.approx((low + high) / 2)
    assert found.uncertainty == {"S": pytest.approx(abs(high - low) / 2**0.5, rel=1e-4)}
    assert [(e.value, e.unit) for e in heard.of("metric") if e.name == "uncertainty"] == [
        (found.uncertainty["S"], "ml")
    ]
    single = answers_to(job.model_copy(update={"uncertainty": True}), heard)[0]
    assert single.uncertainty == {"S": None} and "single look" in heard.of("log")[-1].text


def test_a_mirrored_exam_is_a_second_look(exams, trained, tmp_path: Path, heard) -> None:
    model = trained(GRADE, 2.0, 5.0)
    job = PredictJob(output=tmp_path / "p", precision="fp32", model=model, task=GRADE, cases=exams[:1], flips=True)
    (found,) = answers_to(job, heard)
    assert found.looks == 2
    sided = job.model_copy(update={"task": GRADE.model_copy(update={"sided": True})})
    with pytest.raises(UserError, match="mirrored exam"):
        predict(sided, heard.context(), device=CPU)


@pytest.mark.parametrize(
    ("changes", "words"), [({"probabilities": True}, "no map"), ({"dropout_passes": 2}, "leaves nothing out")]
)
def test_what_an_answer_cannot_have_is_refused(exams, trained, tmp_path: Path, heard, changes, words: str) -> None:
    model = trained(GRADE, 2.0, 5.0)
    job = PredictJob(output=tmp_path / "p", precision="fp32", model=model, task=GRADE, cases=exams[:1])
    with pytest.raises(UserError, match=words) as caught:
        predict(job.model_copy(update=changes), heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.BAD_JOB
    assert not (tmp_path / "p").exists()


def test_names_of_files_lead_nowhere_else() -> None:
    assert answer_name("../../x") == "_.._x.json"
    assert answer_name("case-0001") == "case-0001.json"
