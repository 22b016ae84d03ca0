"""The running mean of weights follows its formula, and goes in and out of the network without a trace."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from QualityFinetuneLib.engine.worker.averaging import WeightAverage


def test_the_mean_follows_the_formula_with_a_decay_that_grows_to_the_one_asked_for() -> None:
    weight = nn.Parameter(torch.tensor([1.0, 2.0], dtype=torch.float64))
    average = WeightAverage({"w": weight}, decay=0.5)
    expected = weight.detach().clone()
    for step in range(30):
        with torch.no_grad():
            weight.copy_(torch.tensor([step, -step], dtype=torch.float64))
        average.update()
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * weight.detach()
    torch.testing.assert_close(average.mean["w"], expected)


def test_weights_that_stand_still_are_their_own_mean() -> None:
    layer = nn.Linear(3, 2)
    average = WeightAverage(dict(layer.named_parameters()), decay=0.9)
    for _ in range(5):
        average.update()
    assert all(torch.equal(average.mean[name], parameter) for name, parameter in layer.named_parameters())


def test_the_mean_is_in_the_network_only_meanwhile() -> None:
    layer = nn.Linear(3, 2)
    average = WeightAverage(dict(layer.named_parameters()), decay=0.9)
    with torch.no_grad():
        layer.weight.add_(1.0)
    own = layer.weight.detach().clone()
    with pytest.raises(RuntimeError, match="validation"), average.in_place():
        assert torch.equal(layer.weight, average.mean["weight"]) and not torch.equal(layer.weight, own)
        raise RuntimeError("validation")
    assert torch.equal(layer.weight, own)


def test_a_restored_mean_goes_on_alike() -> None:
    layer = nn.Linear(3, 2)
    first = WeightAverage(dict(layer.named_parameters()), decay=0.9)
    first.update()
    again = WeightAverage(dict(layer.named_parameters()), decay=0.9)
    again.restore(first.state(), steps=first.steps)
    with torch.no_grad():
        layer.weight.mul_(2.0)
    for average in (first, again):
        average.update()
    assert torch.equal(first.mean["weight"], again.mean["weight"])
