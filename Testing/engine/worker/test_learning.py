"""What learns is stored and restored whole, rests when it should, and is judged by its mean where there is one."""

from __future__ import annotations

import pytest
import torch

from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
from QualityFinetuneLib.engine.worker.learning import Learning
from QualityFinetuneLib.engine.worker.modes import choose_parts
from QualityFinetuneLib.engine.worker.state import TrainingState
from QualityFinetuneLib.models.build import build

CPU = torch.device("cpu")
IMAGES = torch.randn(2, 1, 16, 16, 16, generator=torch.Generator().manual_seed(0))


def learning(**options: object) -> Learning:
    torch.manual_seed(0)
    model = build("profound_conv_fpn", outputs=1, in_channels=1, size="atto", hidden=8)
    settings = TrainOptions.model_validate({"epochs": 4, "learning_rate": 1e-2, "warmup_fraction": 0.0} | options)
    parts = choose_parts(model, settings, seed=3)
    return Learning(model, parts, settings, steps_per_epoch=2, device=CPU, precision="fp32")


def step(one: Learning, number: int) -> None:
    one.begin_epoch(number // 2)
    one.set_rate(number)
    one.optimizer.zero_grad(set_to_none=True)
    one.model(IMAGES).square().mean().backward()
    one.optimizer.step()
    one.stepped()


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "full", "ema": 0.9},
        {"mode": "lora", "lora_rank": 2, "ema": 0.5},
        {"mode": "partial", "from_stage": 3},
        {"mode": "full", "decoder_warmup_epochs": 1},
    ],
    ids=str,
)
def test_going_on_from_what_was_stored_is_going_on(options: dict[str, object]) -> None:
    whole, first, second = (learning(**options) for _ in range(3))
    for number in range(4):
        step(whole, number)
    for number in range(2):
        step(first, number)
    state = TrainingState(fingerprint="f", patch=(16, 16, 16))
    first.store(state)
    second.restore(state)
    for number in range(2, 4):
        step(second, number)
    expected, found = whole.model.state_dict(), second.model.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    if whole.average is not None and second.average is not None:
        assert all(torch.equal(whole.average.mean[name], second.average.mean[name]) for name in whole.average.mean)


def test_an_encoder_at_rest_is_not_even_decayed() -> None:
    one = learning(mode="full", decoder_warmup_epochs=1, weight_decay=0.5)
    before = {name: value.clone() for name, value in one.model.state_dict().items()}
    step(one, 0)
    for name, value in one.model.state_dict().items():
        assert torch.equal(value, before[name]) == name.startswith("encoder.") or not before[name].any()
    step(one, 2)
    assert not torch.equal(one.model.encoder.stages[0][0].pwconv1.weight, before["encoder.stages.0.0.pwconv1.weight"])


def test_judging_uses_the_mean_and_leaves_no_trace() -> None:
    one = learning(mode="full", ema=0.9)
    step(one, 0)
    assert one.average is not None
    own = one.model.head.classifier.weight.detach().clone()
    with one.judged():
        assert not one.model.training
        assert torch.equal(one.model.head.classifier.weight, one.average.mean["head.classifier.weight"])
    assert torch.equal(one.model.head.classifier.weight, own)
