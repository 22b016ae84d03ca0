"""Learning answers: what is unknown does not count, rare answers count more, and odd cohorts are told."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml

from QualityFinetuneLib.cases.tasks import Task, load_task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, FinetuneJob, ModelChoice, TrainOptions
from QualityFinetuneLib.engine.worker.answers_objective import UNKNOWN, AnswersObjective
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.preparing import Prepared
from QualityFinetuneLib.models.answers import ANSWERS
from QualityFinetuneLib.models.meta import read_meta
from QualityFinetuneLib.models.networks.classifier import SegResNetClassifier
from QualityFinetuneLib.models.networks.heads import Measured

CPU = torch.device("cpu")
VOLUME = load_task("prostate_volume")


def question(answer: str = "grades", **changes: object) -> Task:
    """PI-RADS, but for exams that have a T2w alone."""
    choices = [{"value": k, "name": f"PI-RADS {k}"} for k in (2, 3, 4, 5)]
    given = {"name": "score", "title": "Score", "roles": ["t2w"], "answer": answer, "choices": choices} | changes
    return Task.model_validate(given)


def known(case: CaseFiles, *numbers: float | None) -> CaseFiles:
    return case.model_copy(update={"label": None, "answer": numbers})


@pytest.fixture
def prepared(exams: tuple[CaseFiles, ...]) -> Callable[..., Prepared]:
    """A case that was not even read, with an answer."""

    def make(number: int, *numbers: float | None) -> Prepared:
        import numpy as np

        from QualityFinetuneLib.cases.grid import Geometry

        grid = Geometry(
            size=(1, 1, 1), spacing_mm=(1, 1, 1), origin_mm=(0, 0, 0), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1)
        )
        case = exams[number % 5].model_copy(update={"id": f"case-{number}", "answer": numbers or None, "label": None})
        image = np.zeros((1, 16, 16, 8), np.float32)
        return Prepared(case=case, image=image, label=None, truth=None, grid=grid, t2w=grid, axes="xyz")

    return make


@pytest.fixture
def objective(heard) -> Callable[..., AnswersObjective]:
    def make(task: Task, **changes: object) -> AnswersObjective:
        return AnswersObjective(
            task=task,
            meta=None,
            device=CPU,
            precision="fp32",
            context=heard.context(),
            **changes,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def job(
    exams: tuple[CaseFiles, ...], tiny_card: Path, tiny_weights: Path, tmp_path: Path
) -> Callable[..., FinetuneJob]:
    """A finetune of a question on three exams, from the tiny network's encoder."""

    def make(task: Task, answers: list[tuple[float | None, ...]], **changes: object) -> FinetuneJob:
        options = {name: changes.pop(name) for name in list(changes) if name in TrainOptions.model_fields}
        cases = [known(case, *numbers) for case, numbers in zip(exams, answers, strict=False)]
        values: dict[str, object] = {
            "output": tmp_path / "run",
            "precision": "fp32",
            "model": ModelChoice(card=str(tiny_card), weights=tiny_weights),
            "task": task,
            "train": cases[:3],
            "validate_on": cases[3:],
            "options": {"mode": "frozen", "epochs": 2, "learning_rate": 5e-3, "augment": False} | options,
        }
        return FinetuneJob.model_validate(values | changes)

    return make


# ---------------------------------------------------------------------- loss


@pytest.mark.parametrize("answer", ["classes", "grades"])
def test_a_batch_of_one_is_weighted_too(answer: str, objective, prepared) -> None:
    task = question(answer)
    learner = objective(task)
    learner.check([prepared(n, grade) for n, grade in enumerate([2.0, 2.0, 2.0, 5.0])])
    outputs = torch.zeros(1, 4 if answer == "classes" else 3)
    common = learner.loss(outputs, learner.target(prepared(0, 2.0), None)[None])
    rare = learner.loss(outputs, learner.target(prepared(0, 5.0), None)[None])
    assert float(rare / common) == pytest.approx(3.0)


def test_weights_are_one_on_average_and_off_when_rare_cases_are_shown_more(objective, prepared) -> None:
    cases = [prepared(n, grade) for n, grade in enumerate([2.0, 2.0, 2.0, 5.0])]
    targets = torch.tensor([0.0, 0.0, 0.0, 3.0])
    outputs = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    weighted, plain = objective(question()), objective(question(), balanced=False)
    weighted.check(cases)
    plain.check(cases)
    each = [float(ANSWERS["grades"].loss(outputs[n : n + 1], targets[n : n + 1])) for n in range(4)]
    assert float(plain.loss(outputs, targets)) == pytest.approx(sum(each) / 4, rel=1e-5)
    expected = sum(w * e for w, e in zip([2 / 3, 2 / 3, 2 / 3, 2.0], each, strict=True)) / 4
    assert float(weighted.loss(outputs, targets)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("answer", ["classes", "grades"])
def test_what_nobody_knows_teaches_nothing(answer: str, objective, prepared) -> None:
    learner = objective(question(answer))
    learner.check([prepared(0, 2.0), prepared(1, 5.0)])
    outputs = torch.randn(2, 4 if answer == "classes" else 3, requires_grad=True)
    one = learner.loss(outputs[:1], torch.tensor([3.0]))
    both = learner.loss(outputs, torch.tensor([3.0, math.nan]))
    assert float(both.detach()) == pytest.approx(float(one.detach()))
    both.backward()
    assert outputs.grad is not None and float(outputs.grad[1].abs().sum()) == 0.0
    nothing = learner.loss(outputs, torch.full((2,), math.nan))
    assert float(nothing.detach()) == 0.0


def test_the_loss_of_a_volume_does_not_depend_on_its_unit(objective, prepared) -> None:
    def loss(scale: float) -> float:
        values = [{"name": "V", "short": "V", "unit": "x", "lowest": 0, "highest": 1e6}]
        learner = objective(question("values", choices=[], values=values))
        learner.check([prepared(n, scale * value) for n, value in enumerate((20.0, 60.0, 100.0))])
        return float(learner.loss(torch.tensor([[50.0 * scale]]), torch.tensor([[80.0 * scale]])))

    assert loss(1.0) == pytest.approx(loss(1000.0), rel=1e-4)


def test_rare_labels_count_more(objective, prepared) -> None:
    task = question("labels", choices=[{"value": k, "name": n, "short": n} for k, n in enumerate("AB")])
    learner = objective(task)
    learner.check([prepared(0, 1.0, 1.0), prepared(1, 0.0, 1.0), prepared(2, 0.0, 0.0), prepared(3, 0.0, None)])
    missed_a = learner.loss(torch.tensor([[-2.0, -9.0]]), torch.tensor([[1.0, 0.0]]))
    missed_b = learner.loss(torch.tensor([[-9.0, -2.0]]), torch.tensor([[0.0, 1.0]]))
    assert float(missed_a / missed_b) == pytest.approx(3 / 0.5, rel=1e-2)
    assert learner.kinds(prepared(0, 1.0, 1.0)) == {"A", "B"}
    assert learner.kinds(prepared(0, 0.0, 0.0)) == {"none"}


# ---------------------------------------------------------------------- cohorts


def test_no_known_answer_at_all_is_refused(objective, prepared) -> None:
    with pytest.raises(UserError) as caught:
        objective(question()).check([prepared(0), prepared(1, None)])
    assert caught.value.code is ErrorCode.NO_LABEL
    assert "No training case has a known answer" in caught.value.why


def test_cases_that_are_unknown_or_all_alike_are_told(objective, prepared, heard) -> None:
    objective(question()).check([prepared(0, 4.0), prepared(1, 4.0), prepared(2)])
    unknown, alike = heard.of("warning")
    assert unknown.case == "case-2" and "teaches nothing" in unknown.what
    assert "say always the same" in alike.what and "PI-RADS 4" in alike.why
    assert objective(question()).kinds(prepared(2)) == {UNKNOWN}
    assert objective(question()).kinds(prepared(0, 4.0)) == {"PI-RADS 4"}
    assert objective(VOLUME).kinds(prepared(0, 40.0)) == {"prostate_volume"}


def test_a_single_case_is_told_and_can_be_learned_from(job, heard) -> None:
    one = job(question(), [(4.0,), (4.0,), (4.0,), (3.0,)])
    one = one.model_copy(update={"train": one.train[:1]})
    finetune(one, heard.context(), device=CPU)
    assert any("single training case" in event.why for event in heard.of("warning"))
    assert (one.output / "best" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("task", "numbers", "why"),
    [
        (question(), (1.0,), "1 is not one of 2, 3, 4, 5"),
        (question(), (2.0, 3.0), "2 numbers, and 1 are needed"),
        (VOLUME, (-20.0,), "-20 lies outside"),
    ],
)
def test_wrong_answers_are_refused_naming_the_case(
    job, heard, task: Task, numbers: tuple[float, ...], why: str
) -> None:
    with pytest.raises(UserError) as caught:
        finetune(job(task, [numbers] * 5), heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.BAD_VALUES
    assert why in caught.value.why
    assert "case-0" in caught.value.what


def test_validation_cases_all_alike_choose_the_epoch_by_another_metric(job, heard) -> None:
    done = job(question(), [(2.0,), (5.0,), (3.0,), (4.0,), (4.0,)])
    finetune(done, heard.context(), device=CPU)
    assert any("chosen by accuracy" in event.what for event in heard.of("warning"))
    assert read_meta(done.output / "best").trained_on["best_epoch"] in (1, 2)


# ---------------------------------------------------------------------- whole runs


@pytest.mark.parametrize("mode", ["full", "frozen", "probe", "partial", "scratch"])
def test_every_mode_learns_answers(mode: str, job, heard) -> None:
    changes = {"from_stage": 2} if mode == "partial" else {}
    done = job(question(), [(2.0,), (5.0,), (3.0,), (4.0,), (2.0,)], mode=mode, epochs=1, batch_size=2, **changes)
    finetune(done, heard.context(), device=CPU)
    meta = read_meta(done.output / "best")
    assert (meta.mode, meta.predicts, meta.architecture) == (mode, "classification", "segresnet_classifier")
    assert (meta.answer, [choice.value for choice in meta.choices]) == ("grades", [2, 3, 4, 5])
    assert any(event.name == "quadratic_kappa" and event.epoch == 1 for event in heard.of("metric"))


def test_a_frozen_network_learns_its_training_cases_by_heart(job, heard) -> None:
    """Three exams with three answers: enough epochs must bring the loss down to nearly nothing."""
    done = job(question(), [(2.0,), (5.0,), (3.0,)], epochs=40, batch_size=3, learning_rate=2e-2)
    finetune(done, heard.context(), device=CPU)
    losses = [event.value for event in heard.of("metric") if event.name == "loss"]
    assert losses[-1] < 0.25 * losses[0]


def test_a_value_begins_at_the_mean_of_the_training_cases(job, heard) -> None:
    done = job(VOLUME, [(40.0,), (50.0,), (60.0,), (45.0,), (55.0,)], epochs=1, learning_rate=1e-6)
    finetune(done, heard.context(), device=CPU)
    error = next(event for event in heard.of("metric") if event.name == "mean_absolute_error")
    assert error.unit == "ml" and 0 <= error.value < 25
    told = read_meta(done.output / "best").trained_on["validation_mean_absolute_error"]
    assert told == pytest.approx(error.value, abs=1e-3)


def test_an_error_is_told_positive_and_judged_by_its_negative(objective) -> None:
    learner = objective(VOLUME)
    assert learner.told(-3.25) == 3.25
    assert learner.facts(-3.25) == {"validation_mean_absolute_error": 3.25}
    assert objective(question()).told(0.5) == 0.5
    assert objective(question()).facts(None) == {"validation_quadratic_kappa": None}


def test_a_value_known_nowhere_is_never_asked_for(objective, prepared) -> None:
    values = [{"name": n, "short": n, "unit": "mm", "lowest": 0, "highest": 99} for n in "AB"]
    learner = objective(question("values", choices=[], values=values))
    cases = [prepared(0, 10.0, None), prepared(1, 20.0, None)]
    learner.check(cases)
    model = SegResNetClassifier(outputs=2, init_filters=8, answer="values")
    learner.begin(model, cases)
    (head,) = [module for module in model.modules() if isinstance(module, Measured)]
    assert head.mean.tolist() == [15.0, 0.0]
    loss = learner.loss(torch.tensor([[15.0, 99.0]]), learner.target(cases[0], None)[None])
    assert math.isfinite(float(loss))


def test_a_resumed_run_of_answers_equals_an_unbroken_one(job, heard, tmp_path: Path) -> None:
    answers = [(2.0,), (5.0,), (3.0,), (4.0,), (2.0,)]
    whole = job(question(), answers, epochs=4, batch_size=2, output=tmp_path / "whole")
    finetune(whole, heard.context(), device=CPU)
    steps = iter(range(100))

    def stop_in_third_epoch() -> bool:
        return next(steps) > 14

    from QualityFinetuneLib.engine.worker.context import Stopped

    broken = job(question(), answers, epochs=4, batch_size=2, output=tmp_path / "broken")
    with pytest.raises(Stopped):
        finetune(broken, heard.context(asked_to_stop=stop_in_third_epoch), device=CPU)
    finetune(broken.model_copy(update={"resume": True}), heard.context(), device=CPU)
    first, second = (torch.load(tmp_path / name / "last.pt", weights_only=True) for name in ("whole", "broken"))
    assert [row["loss"] for row in first["history"]] == [row["loss"] for row in second["history"]]
    assert all(torch.equal(first["weights"][name], second["weights"][name]) for name in first["weights"])


def test_a_changed_answer_is_another_run(job, heard) -> None:
    first = job(question(), [(2.0,), (5.0,), (3.0,), (4.0,)], epochs=1)
    finetune(first, heard.context(), device=CPU)
    changed = job(question(), [(2.0,), (5.0,), (4.0,), (4.0,)], epochs=1, resume=True)
    with pytest.raises(UserError, match="cannot be resumed"):
        finetune(changed, heard.context(), device=CPU)


@pytest.mark.parametrize("mode", ["frozen", "lora"])
def test_profound_answers_with_the_encoder_of_its_segmentation(
    mode: str, exams: tuple[CaseFiles, ...], tiny_profound: ModelChoice, tmp_path: Path, heard
) -> None:
    cases = tuple(known(case, grade) for case, grade in zip(exams, (2.0, 5.0, 3.0, 4.0), strict=False))
    job = FinetuneJob(
        output=tmp_path / "run", precision="fp32", model=tiny_profound, task=question(), train=cases[:3],
        validate_on=cases[3:], options=TrainOptions(mode=mode, epochs=1, batch_size=2),
    )  # fmt: skip
    finetune(job, heard.context(), device=CPU)
    meta = read_meta(job.output / "best")
    assert (meta.architecture, meta.options) == ("profound_conv_classifier", {"size": "atto", "answer": "grades"})
    assert not any("drop" in event.text for event in heard.of("log"))


def test_a_card_without_a_sibling_is_refused(tiny_card: Path, tmp_path: Path, exams, heard) -> None:
    from QualityFinetuneLib.models.exam_networks import exam_network_of

    with pytest.raises(UserError) as caught:
        exam_network_of("unet", {}, answer="grades")
    assert caught.value.code is ErrorCode.BAD_JOB
    card = yaml.safe_load(tiny_card.read_text())
    assert exam_network_of(card["architecture"], {"init_filters": 8, "blocks": "1,1"}, answer="values") == (
        "segresnet_classifier",
        {"init_filters": 8, "answer": "values"},
    )
