"""Two processes that share each step equal one that does it alone, whatever learns, also when memory runs out."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from harness.steps_together import Outcome, Scenario, train, train_together
from QualityFinetuneLib.engine.worker.distributed import ALONE
from QualityFinetuneLib.engine.worker.shared_gradients import SharedGradients

ATTO = {"size": "atto", "hidden": 8}
SCENARIOS = [
    Scenario("everything learns"),
    Scenario("an uneven batch", batch=3),
    Scenario("uneven parts", batch=3, plan={"parts": 2}),
    Scenario("activations computed twice", plan={"recompute": True}),
    Scenario("cached and computed twice", options={"mode": "frozen"}, cached=True, plan={"recompute": True}),
    Scenario("adapters", "profound_conv_fpn", ATTO, {"mode": "lora", "lora_rank": 2}, extent=16),
    Scenario("later stages", "profound_conv_fpn", ATTO, {"mode": "partial", "from_stage": 2}, extent=16),
    Scenario("a decoder's warm-up", "profound_conv_fpn", ATTO, extent=16, batch=4, plan={"parts": 2}, joins_at=2),
    Scenario("an answer", "profound_conv_classifier", ATTO | {"hidden": 0}, extent=16),
    Scenario("no memory at first", fails=(0, "loss"), batch=4),
    Scenario("no memory once buckets were made anew", fails=(2, "cut"), batch=4),
    Scenario("no memory for the loss", fails=(1, "loss"), batch=4),
    Scenario("no memory on the way back later", fails=(3, "backward"), batch=4, steps=6),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outcome]]:
    found = train_together(SCENARIOS, tmp_path_factory.mktemp("ranks"))
    return {scenario.name: each for scenario, each in zip(SCENARIOS, found, strict=True)}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_two_processes_equal_one(scenario: Scenario, outcomes: dict[str, list[Outcome]]) -> None:
    first, second = outcomes[scenario.name]
    alone = train(scenario, ALONE)
    assert first.losses == pytest.approx(alone.losses, rel=1e-5)
    for name, expected in alone.weights.items():
        assert torch.equal(first.weights[name], second.weights[name]), name
        assert torch.allclose(first.weights[name], expected, rtol=1e-4, atol=2e-5), name
    assert first.parts == second.parts == alone.parts


def test_gradients_go_by_the_wrapper_from_the_second_step_on(outcomes: dict[str, list[Outcome]]) -> None:
    sent = {name: [outcome.sent for outcome in each] for name, each in outcomes.items()}
    for first, second in sent.values():
        assert first == second
    assert all(count > 0 for count in sent["everything learns"][0][1:])
    warm_up = sent["a decoder's warm-up"][0]
    assert warm_up[1] > 0 and warm_up[3] >= warm_up[1]


def test_alone_a_pass_is_what_it_is() -> None:
    layer = nn.Linear(2, 1)
    shared = SharedGradients(layer, layer.parameters(), ranks=ALONE)
    shared.begin()
    with shared.part(last=True) as outputs:
        assert outputs is layer
        outputs(torch.ones(1, 2)).sum().backward()
    shared.make_up()
    shared.finish()
    assert torch.equal(layer.weight.grad, torch.ones(1, 2))
    shared.forget()
