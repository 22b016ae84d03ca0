"""Answers for exams as files, from a network that is the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.answer_file import read_answer
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
    predict_answers(job, network_to_predict(model, SIZE), heard.context(), device=CPU)
    (warning,) = [event for event in heard.of("warning") if event.case == "case-0" and event.code == "bad_values"]
    assert "0 to 1 is possible" in warning.why
    assert read_answer(tmp_path / "p" / "predictions" / "case-0.json").told[0].unit == "ml"


def test_names_of_files_lead_nowhere_else() -> None:
    assert answer_name("../../x") == "_.._x.json"
    assert answer_name("case-0001") == "case-0001.json"
