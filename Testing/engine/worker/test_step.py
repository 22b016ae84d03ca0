"""One step: same gradient in parts, survives a lack of memory, stops when the loss is no number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from monai.losses import DiceCELoss

from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, FinetuneJob, TrainOptions
from QualityFinetuneLib.engine.worker import step as module
from QualityFinetuneLib.engine.worker.loading import Loaded, Samples
from QualityFinetuneLib.engine.worker.memory_plan import MemoryPlan
from QualityFinetuneLib.engine.worker.network import network_to_train
from QualityFinetuneLib.engine.worker.optimising import optimiser
from QualityFinetuneLib.engine.worker.patches import Patches, epoch_plan
from QualityFinetuneLib.engine.worker.sample import Sample
from QualityFinetuneLib.engine.worker.segmentation_objective import SegmentationObjective
from QualityFinetuneLib.engine.worker.step import TrainingStep
from QualityFinetuneLib.models.build import build

CPU = torch.device("cpu")


@pytest.fixture
def make(finetune_job: Callable[..., FinetuneJob], exams: tuple[CaseFiles, ...], zones: Task, heard):
    """A step on the tiny network with its plan; the network is the same each time."""

    def make(**plan: object):
        options = TrainOptions(mode="scratch", learning_rate=1e-2)
        network = network_to_train(
            finetune_job().model, zones, options=options, seed=0, simulated=False, context=heard.context()
        )
        model = network.model.train()
        objective = SegmentationObjective(
            task=zones, meta=network.meta, weights=model.supervision_weights, device=CPU, precision="fp32",
            context=heard.context(),
        )  # fmt: skip
        cases = [objective.prepare(case) for case in exams]
        defaults = {"parts": 1, "patch": (16, 16, 8), "recompute": False, "patch_may_shrink": True}
        memory = MemoryPlan(**(defaults | {"divisors": (8, 8, 8)} | plan))
        step = TrainingStep(
            model=model,
            objective=objective,
            optimizer=optimiser(model, options),
            samples=Patches(cases, target=objective.target, augment=True, whole_volume=False),
            features=None,
            plan=memory,
            device=CPU,
            precision="fp32",
            context=heard.context(),
        )
        return model, step, memory

    return make


def batch(size: int = 4):
    return epoch_plan(5, batch_size=size, steps=1, seed=3, epoch=0, views=None)[0]


@pytest.mark.parametrize("plan", [{"parts": 2}, {"parts": 3}, {"parts": 4}, {"recompute": True}], ids=str)
def test_a_batch_in_parts_or_recomputed_gives_the_same_gradient(make, plan: dict) -> None:
    whole, step, _ = make()
    expected = step.run(batch(), words=("w",))
    parts, step, _ = make(**plan)
    assert step.run(batch(), words=("w",)) == pytest.approx(expected, rel=1e-5)
    for a, b in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.allclose(a.grad, b.grad, atol=1e-5)


def test_micro_batches_equal_one_larger_batch_where_nothing_uses_its_statistics(make) -> None:
    double = [], []
    for network, plan in zip(double, ({"parts": 1}, {"parts": 4}), strict=True):
        model, step, _ = make(**plan)
        model.double()
        step._samples = _InDouble(step._samples)
        step._objective = _LossInDouble(step._objective)
        network.extend([step.run(batch(), words=("w",)), model])
    assert double[0][0] == pytest.approx(double[1][0], rel=1e-6)
    for a, b in zip(double[0][1].parameters(), double[1][1].parameters(), strict=True):
        if a.grad is not None:  # the coarser outputs have no part in this loss
            assert torch.allclose(a.grad, b.grad, rtol=1e-6, atol=1e-9)


class _InDouble:
    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def get(self, shown, patch):
        sample = self._samples.get(shown, patch)
        return replace(sample, image=sample.image.double())


class _LossInDouble:
    """Dice plus cross-entropy by MONAI, without the rounding to fp32."""

    def __init__(self, objective: SegmentationObjective) -> None:
        self._loss = DiceCELoss(softmax=True, to_onehot_y=True, include_background=False)

    def loss(self, outputs, targets):
        whole = outputs[0] if isinstance(outputs, list) else outputs
        return self._loss(whole, targets.double())


def test_a_batch_that_was_cut_ahead_gives_the_same_step(make) -> None:
    _, step, plan = make()
    expected = step.run(batch(), words=("w",))
    _, step, plan = make()
    cut = [step._samples.get(shown, plan.patch) for shown in batch()]
    step._samples = None
    assert step.run(batch(), words=("w",), loaded=Loaded(batch(), cut, plan.patch)) == expected


def test_a_batch_that_was_cut_before_patches_shrank_is_cut_again(make) -> None:
    _, step, _ = make(patch=(8, 8, 8))
    expected = step.run(batch(), words=("w",))
    _, step, _ = make(patch=(8, 8, 8))
    cut = [step._samples.get(shown, (16, 16, 8)) for shown in batch()]
    assert step.run(batch(), words=("w",), loaded=Loaded(batch(), cut, (16, 16, 8))) == expected


def test_one_exam_alone_trains_a_head_that_normalises_over_the_batch(recwarn: pytest.WarningsRecorder, heard) -> None:
    torch.manual_seed(0)
    model = build("segresnet_classifier", outputs=2, in_channels=1, init_filters=8)
    before = model.head[1].running_mean.clone()
    step = _step_of(model, heard)
    assert step.run(batch(1), words=("w",)) > 0
    assert torch.equal(model.head[1].running_mean, before), "one exam has no statistics to learn"
    step.run(batch(3), words=("w",))
    assert not torch.equal(model.head[1].running_mean, before)
    assert model.head[1].training
    assert len(recwarn) == 0


def test_gradients_are_unscaled_before_they_are_clipped(heard, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in fp16 on a GPU: a scaled loss, and the same step all the same."""
    results = []
    for scaler in (None, _Scaler(1024.0)):
        torch.manual_seed(0)
        model = build("segresnet_classifier", outputs=2, in_channels=1, init_filters=8)
        _step_of(model, heard, scaler=scaler).run(batch(3), words=("w",))
        results.append([parameter.detach().clone() for parameter in model.parameters()])
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*results, strict=True))


class _Scaler:
    """What torch.amp.GradScaler does when no gradient overflows."""

    def __init__(self, scale: float) -> None:
        self._scale = scale

    def scale(self, loss: torch.Tensor) -> torch.Tensor:
        return loss * self._scale

    def unscale_(self, optimizer: torch.optim.Optimizer) -> None:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad /= self._scale

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        optimizer.step()

    def update(self) -> None:
        self._scale *= 2


class _Classes:
    """Noise to be told apart."""

    def get(self, shown, patch):
        generator = torch.Generator().manual_seed(shown.case)
        return Sample(image=torch.randn(1, 8, 8, 8, generator=generator), target=torch.tensor(shown.case % 2))

    def loss(self, outputs, targets):
        return torch.nn.functional.cross_entropy(outputs, targets)


def _step_of(model, heard, scaler=None) -> TrainingStep:
    return TrainingStep(
        model=model.train(),
        objective=_Classes(),
        optimizer=optimiser(model, TrainOptions(mode="scratch")),
        samples=_Classes(),
        features=None,
        plan=MemoryPlan(parts=1, patch=(8, 8, 8), recompute=False, patch_may_shrink=False),
        device=CPU,
        precision="fp32",
        context=heard.context(),
        scaler=scaler,
    )


def test_a_lack_of_memory_shrinks_the_batch_and_the_step_is_done(
    make, heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, step, plan = make()
    real = model.forward

    def too_small(images: torch.Tensor):
        if len(images) > 1 or images.shape[2] > 8:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(images)

    monkeypatch.setattr(model, "forward", too_small)
    monkeypatch.setattr("QualityFinetuneLib.engine.worker.memory_plan.SMALLEST_PATCH", 8)
    before = [p.clone() for p in model.parameters()]
    step.run(batch(), words=("w",))
    assert (plan.parts, plan.patch[0]) == (4, 8)
    assert any(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert len(heard.of("warning")) == 3


def test_when_nothing_helps_the_lack_of_memory_is_the_answer(make, monkeypatch: pytest.MonkeyPatch) -> None:
    model, step, plan = make()

    def never(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(model, "forward", never)
    monkeypatch.setattr(model, "encode", never)
    with pytest.raises(torch.OutOfMemoryError):
        step.run(batch(), words=("w",))
    assert plan.recompute


def test_other_errors_are_not_mistaken_for_a_lack_of_memory(make, monkeypatch: pytest.MonkeyPatch) -> None:
    model, step, plan = make()
    monkeypatch.setattr(model, "forward", lambda _: (_ for _ in ()).throw(RuntimeError("shape mismatch")))
    with pytest.raises(RuntimeError, match="shape mismatch"):
        step.run(batch(), words=("w",))
    assert plan.parts == 1


def test_a_loss_that_is_no_number_stops_the_run_before_the_weights_are_spoiled(make) -> None:
    model, step, _ = make()
    with torch.no_grad():
        next(model.parameters()).fill_(float("inf"))
    others = [p.clone() for p in list(model.parameters())[1:]]
    with pytest.raises(UserError) as caught:
        step.run(batch(), words=("w",))
    assert caught.value.code is ErrorCode.BAD_VALUES
    assert all(torch.equal(a, b) for a, b in zip(others, list(model.parameters())[1:], strict=True))


def test_the_gradient_is_clipped(make) -> None:
    model, step, _ = make()
    step.run(batch(), words=("w",))
    norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm()
    assert norm <= module.CLIP_NORM * 1.001


def test_a_trial_leaves_no_trace(heard) -> None:
    torch.manual_seed(0)
    model = build("segresnet_classifier", outputs=2, in_channels=1, init_filters=8)
    step = _step_of(model, heard)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    random = torch.get_rng_state()
    step.try_out(batch(3))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert torch.equal(torch.get_rng_state(), random) and not step._optimizer.state
